// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "calls.h"
#include "ring.h"

__u64 now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

void *region_map(int fd, __u32 ring, __u32 region, __u32 size)
{
	int prot = PROT_READ;

	if (region != FAULTQ_REGION_RECORDS)
		prot |= PROT_WRITE;
	return mmap(NULL, size, prot, MAP_SHARED, fd,
		    FAULTQ_MMAP_OFFSET(ring, region));
}

static int map_regions(struct ring *ring)
{
	const struct faultq_queue_info *info = &ring->info;

	ring->header = region_map(ring->fd, ring->index, FAULTQ_REGION_RECORDS,
				  info->out_records_size);
	if (ring->header == MAP_FAILED)
		return -errno;
	ring->control = region_map(ring->fd, ring->index, FAULTQ_REGION_CONTROL,
				   info->out_control_size);
	if (ring->control == MAP_FAILED)
		return -errno;
	/* a QUEUE of events has none */
	if (!info->out_responses_size)
		return 0;
	ring->responses = region_map(ring->fd, ring->index,
				     FAULTQ_REGION_RESPONSES,
				     info->out_responses_size);
	return ring->responses == MAP_FAILED ? -errno : 0;
}

int ring_map(struct ring *ring, int fd, __u32 index)
{
	int ret;

	memset(ring, 0, sizeof(*ring));
	ring->fd = fd;
	ring->index = index;
	ret = fq_queue_info(fd, &ring->info);
	if (!ret)
		ret = map_regions(ring);
	if (ret)
		return ret;

	faultq_ring_init(&ring->cons, ring->header->nr_records,
			 faultq_load(&ring->control->tail));
	faultq_ring_init(&ring->prod, ring->header->nr_responses,
			 faultq_load(&ring->control->resp_head));
	ring->eventfd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return fq_eventfd(fd, index, ring->eventfd);
}

void ring_unmap(struct ring *ring)
{
	if (!ring->header)
		return;
	munmap((void *)ring->header, ring->info.out_records_size);
	munmap(ring->control, ring->info.out_control_size);
	if (ring->responses)
		munmap(ring->responses, ring->info.out_responses_size);
	close(ring->eventfd);
	ring->header = NULL;
}

/* Records that can be read now */
int ring_ready(struct ring *ring)
{
	if (faultq_cons_refresh(&ring->cons, &ring->header->head))
		return -EPROTO;
	return faultq_cons_ready(&ring->cons);
}

/* Sleeps until @nr records can be read */
int ring_wait(struct ring *ring, __u32 nr)
{
	struct pollfd wait = { .fd = ring->eventfd, .events = POLLIN };
	int ready;
	__u64 ticks;

	for (;;) {
		faultq_store(&ring->control->wake, ring->cons.mine + nr - 1);
		faultq_full_barrier();
		ready = ring_ready(ring);
		if (ready < 0 || (__u32)ready >= nr)
			return ready < 0 ? ready : 0;
		if (poll(&wait, 1, DEADLINE_MS) != 1)
			return -ETIMEDOUT;
		if (read(ring->eventfd, &ticks, sizeof(ticks)) < 0)
			return -errno;
	}
}

/* The record that comes @nr after the oldest one */
const struct faultq_page_request *ring_at(const struct ring *ring, __u32 nr)
{
	__u32 slot = faultq_ring_slot(&ring->cons, ring->cons.mine + nr);

	return (const void *)((const char *)ring->header +
			      ring->header->header_size +
			      (size_t)slot * ring->header->record_size);
}

void ring_release(struct ring *ring, __u32 nr)
{
	faultq_cons_release(&ring->cons, &ring->control->tail, nr);
}

/* Takes a group of one page. Returns its tag; 0 if none comes. */
__u32 ring_take(struct ring *ring)
{
	__u32 tag;

	if (ring_wait(ring, 1))
		return 0;
	tag = ring_at(ring, 0)->tag;
	ring_release(ring, 1);
	return tag;
}

/* Puts a response into the ring, which the caller knows to have room. */
void ring_put(struct ring *ring, __u32 tag, __u32 code)
{
	__u32 slot = faultq_ring_slot(&ring->prod, ring->prod.mine);

	ring->responses[slot] = (struct faultq_response){ tag, code };
	faultq_prod_publish(&ring->prod, &ring->control->resp_head, 1);
}

int ring_answer(struct ring *ring, __u32 tag, __u32 code)
{
	ring_put(ring, tag, code);
	return fq_doorbell(ring->fd, ring->index);
}

/* Groups that await their response, by what the counters say */
/* All groups that can be taken now */
void ring_answer_all(struct ring *ring, __u32 code)
{
	while (ring_ready(ring) > 0)
		ring_answer(ring, ring_take(ring), code);
}

__u64 eventfd_ticks(int eventfd)
{
	__u64 count = 0;

	return read(eventfd, &count, sizeof(count)) < 0 ? 0 : count;
}

__u64 ring_pending(const struct ring *ring)
{
	const struct faultq_ring_header *header = ring->header;

	return LOOK(header->arrived) - LOOK(header->answered) -
	       LOOK(header->timed_out) - LOOK(header->revoked) -
	       LOOK(header->refused);
}
