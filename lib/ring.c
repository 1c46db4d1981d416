// SPDX-License-Identifier: MIT
/*
 * The ring: taking groups, answering them, going to sleep. All that is shared
 * with the kernel is read and written here, by the algorithm of faultq_ring.h.
 */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "internal.h"

static bool is_power_of_two(__u32 nr)
{
	return nr && !(nr & (nr - 1));
}

static bool slots_fit(__u64 start, __u32 nr, __u32 slot_size, __u32 region_size)
{
	return start + (__u64)nr * slot_size <= region_size;
}

static size_t smallest_record(__u32 type)
{
	return type == FAULTQ_QUEUE_TYPE_EVENT ?
		       sizeof(struct faultq_event) :
		       sizeof(struct faultq_page_request);
}

static bool records_make_sense(const struct faultq_ring_header *header,
			       __u32 region_size)
{
	return header->header_size >= sizeof(*header) &&
	       header->header_size % sizeof(__u64) == 0 &&
	       header->record_size >= smallest_record(header->type) &&
	       header->record_size % sizeof(__u64) == 0 &&
	       is_power_of_two(header->nr_records) &&
	       slots_fit(header->header_size, header->nr_records,
			 header->record_size, region_size);
}

static bool responses_make_sense(const struct faultq_ring_header *header,
				 __u32 region_size)
{
	if (header->type == FAULTQ_QUEUE_TYPE_EVENT)
		return true;
	return header->response_size >= sizeof(struct faultq_response) &&
	       header->response_size % sizeof(__u32) == 0 &&
	       is_power_of_two(header->nr_responses) &&
	       slots_fit(0, header->nr_responses, header->response_size,
			 region_size);
}

/* Nothing in the header may lead out of the regions as they are mapped. */
int faultq_ring_check(const struct faultq_ring_header *header,
		      const struct faultq_queue_info *info)
{
	if (header->magic != FAULTQ_RING_MAGIC)
		return -EPROTO;
	if (header->version != FAULTQ_RING_VERSION)
		return -EOPNOTSUPP;
	if (header->type != info->out_type ||
	    !records_make_sense(header, info->out_records_size) ||
	    !responses_make_sense(header, info->out_responses_size))
		return -EPROTO;
	return 0;
}

/*
 * Take up both rings where the control region says that the last consumer
 * stopped. What it left there may be anything: an index that cannot be
 * right counts as an empty ring.
 */
static void resume(struct faultq_ring *ring)
{
	__u32 head = faultq_load_acquire(&ring->header->head);
	__u32 tail = faultq_load(&ring->control->tail);
	__u32 resp_head = faultq_load(&ring->control->resp_head);
	__u32 resp_tail = faultq_load(&ring->header->resp_tail);

	/* one who was overtaken goes on at the oldest record, by chasing it */
	if (head - tail > ring->cons.size && !ring->overwrites)
		tail = head;
	if (resp_head - resp_tail > ring->prod.size)
		resp_head = resp_tail;
	faultq_ring_init(&ring->cons, ring->cons.size, tail);
	faultq_ring_init(&ring->prod, ring->prod.size, resp_tail);
	ring->prod.mine = resp_head;
	ring->taken = 0;
	ring->queued = 0;
}

/* For a ring that is mapped and has passed faultq_ring_check(). */
void faultq_ring_start(struct faultq_ring *ring)
{
	const struct faultq_ring_header *header = ring->header;

	ring->records = (const unsigned char *)header + header->header_size;
	ring->record_size = header->record_size;
	ring->response_size = header->response_size;
	ring->cons.size = header->nr_records;
	ring->prod.size = header->nr_responses;
	ring->overwrites = faultq_load(&header->flags) & FAULTQ_RING_OVERWRITE;
	resume(ring);
}

const void *faultq_ring_record(const struct faultq_ring *ring, __u32 index)
{
	size_t slot = faultq_ring_slot(&ring->cons, index);

	return ring->records + slot * ring->record_size;
}

static const struct faultq_page_request *
record_at(const struct faultq_ring *ring, __u32 index)
{
	return faultq_ring_record(ring, index);
}

static struct faultq_response *response_at(struct faultq_ring *ring,
					   __u32 index)
{
	size_t slot = faultq_ring_slot(&ring->prod, index);

	return (void *)(ring->responses + slot * ring->response_size);
}

/* Are there groups, or events, beyond those of this batch? */
int faultq_ring_pending(struct faultq_ring *ring)
{
	if (ring->has_events)
		return faultq_event_pending(ring);
	if (faultq_cons_refresh(&ring->cons, &ring->header->head))
		return -EPROTO;
	return faultq_cons_ready(&ring->cons) > ring->taken;
}

/* The length of the group at @first, of which @ready records may be read. */
static __u32 group_length(const struct faultq_ring *ring, __u32 first,
			  __u32 ready)
{
	__u32 i;

	for (i = 0; i < ready; i++) {
		if (record_at(ring, first + i)->flags &
		    FAULTQ_PAGE_REQUEST_LAST_PAGE)
			return i + 1;
	}
	return 0;
}

int faultq_ring_next(struct faultq_ring *ring, struct faultq_group *group)
{
	__u32 first = ring->cons.mine + ring->taken;
	__u32 nr;

	if (ring->has_events)
		return -EOPNOTSUPP;
	/* only where a batch begins: what was taken is ready until the flush */
	if (!faultq_cons_ready(&ring->cons) &&
	    faultq_cons_refresh(&ring->cons, &ring->header->head))
		return -EPROTO;
	if (faultq_cons_ready(&ring->cons) == ring->taken)
		return 0;

	/* groups are published whole: one without an end is none of ours */
	nr = group_length(ring, first,
			  faultq_cons_ready(&ring->cons) - ring->taken);
	if (!nr)
		return -EPROTO;
	ring->taken += nr;
	group->tag = record_at(ring, first + nr - 1)->tag;
	group->nr_pages = nr;
	group->first = first;
	return 1;
}

const struct faultq_page_request *
faultq_ring_page(const struct faultq_ring *ring,
		 const struct faultq_group *group, __u32 i)
{
	return record_at(ring, group->first + i);
}

static int doorbell(struct faultq_ring *ring)
{
	int ret = faultq_call(ring->fd, FAULTQ_QUEUE_DOORBELL,
			      (void *)(uintptr_t)ring->index);

	return ret < 0 ? ret : 0;
}

static void publish_responses(struct faultq_ring *ring)
{
	faultq_prod_publish(&ring->prod, &ring->control->resp_head,
			    ring->queued);
	ring->queued = 0;
}

static int make_room(struct faultq_ring *ring)
{
	int ret;

	if (faultq_prod_refresh(&ring->prod, &ring->header->resp_tail))
		return -EPROTO;
	if (faultq_prod_free(&ring->prod) > ring->queued)
		return 0;
	publish_responses(ring);
	ret = doorbell(ring);
	if (ret)
		return ret;
	if (faultq_prod_refresh(&ring->prod, &ring->header->resp_tail))
		return -EPROTO;
	return faultq_prod_free(&ring->prod) ? 0 : -EPROTO;
}

int faultq_ring_respond(struct faultq_ring *ring, __u32 tag, __u32 code)
{
	struct faultq_response *response;
	int ret;

	if (ring->has_events)
		return -EOPNOTSUPP;
	if (faultq_prod_free(&ring->prod) == ring->queued) {
		ret = make_room(ring);
		if (ret)
			return ret;
	}
	response = response_at(ring, ring->prod.mine + ring->queued);
	response->tag = tag;
	response->code = code;
	ring->queued++;
	return 0;
}

/*
 * A doorbell carries out responses and publishes what waits for room, so the
 * need for the latter is looked up only if there are none of the former.
 */
int faultq_ring_flush(struct faultq_ring *ring)
{
	bool released = ring->taken;

	if (ring->has_events) {
		ring->taken = 0;
		return 0;
	}
	if (released) {
		faultq_cons_release(&ring->cons, &ring->control->tail,
				    ring->taken);
		ring->taken = 0;
	}
	if (ring->queued) {
		publish_responses(ring);
		return doorbell(ring);
	}
	if (!released)
		return 0;
	faultq_full_barrier(); /* G */
	if (faultq_load(&ring->header->flags) & FAULTQ_RING_NEED_DOORBELL)
		return doorbell(ring);
	return 0;
}

int faultq_ring_arm(struct faultq_ring *ring)
{
	int ret = faultq_ring_flush(ring);

	if (ret)
		return ret;
	if (ring->has_events)
		faultq_event_pending(ring);
	if (faultq_cons_ready(&ring->cons))
		return 0;
	return faultq_cons_arm(&ring->cons, &ring->control->wake,
			       &ring->header->head);
}

int faultq_ring_eventfd(struct faultq_ring *ring, int fd)
{
	struct faultq_queue_eventfd arg = {
		.size = sizeof(arg),
		.ring = ring->index,
		.fd = fd,
	};

	return faultq_call(ring->fd, FAULTQ_QUEUE_EVENTFD, &arg);
}

int faultq_ring_republish(struct faultq_ring *ring)
{
	int ret = faultq_call(ring->fd, FAULTQ_QUEUE_REPUBLISH,
			      (void *)(uintptr_t)ring->index);

	if (ret >= 0)
		resume(ring);
	return ret;
}

void faultq_ring_stats(const struct faultq_ring *ring,
		       struct faultq_stats *stats)
{
	const struct faultq_ring_header *header = ring->header;

	stats->arrived = faultq_load(&header->arrived);
	stats->published = faultq_load(&header->published);
	stats->answered = faultq_load(&header->answered);
	stats->timed_out = faultq_load(&header->timed_out);
	stats->revoked = faultq_load(&header->revoked);
	stats->refused = faultq_load(&header->refused);
	stats->overdue = faultq_load(&header->overdue);
	stats->bad_responses = faultq_load(&header->bad_responses);
	stats->bad_indices = faultq_load(&header->bad_indices);
	stats->wakeups = faultq_load(&header->wakeups);
	stats->lost_full = faultq_load(&header->lost_full);
	stats->lost_overwritten = faultq_load(&header->lost_overwritten);
	stats->lost_memory = faultq_load(&header->lost_memory);
	stats->lost_hardware = faultq_load(&header->lost_hardware);
}
