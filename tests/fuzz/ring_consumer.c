// SPDX-License-Identifier: GPL-2.0-only
/*
 * The library's side of the rings, lib/ring.c and lib/event.c as they are, with
 * regions of memory that change between any two calls as a hostile peer likes,
 * header and indices included: no access leaves them, and no call goes on for ever.
 */
#include <internal.h>

#include "bytes.h"

#define REGION_MAX 8192

/* What the doorbell and REPUBLISH "return", and what they do to the regions */
static struct bytes *script;
static struct faultq_ring *victim;
static unsigned char *records;
static size_t records_size;

static void meddle(void)
{
	struct faultq_ring_header *header = (void *)records;
	__u32 *shared[] = {
		&header->head,		&header->oldest,
		&header->flags,		&header->resp_tail,
		&victim->control->tail, &victim->control->resp_head
	};
	__u8 choice = take_u8(script);
	__u32 at;

	if (choice & 0x80) {
		at = take_u32(script) % (records_size / sizeof(at));
		((__u32 *)records)[at] = take_u32(script);
	} else if (choice & 0x40) {
		*shared[choice % 6] = take_u32(script);
	} else {
		*shared[choice % 6] += choice / 6;
	}
}

int faultq_call(int fd, unsigned long request, void *arg)
{
	meddle();
	return (int)take_u32(script);
}

static void read_group(const struct faultq_group *group)
{
	const struct faultq_page_request *page;
	__u64 sum = 0;
	__u32 i;

	CLAIM(group->nr_pages && group->nr_pages <= victim->cons.size);
	for (i = 0; i < group->nr_pages; i++) {
		page = faultq_ring_page(victim, group, i);
		sum += page->addr + page->timestamp;
	}
	faultq_ring_respond(victim, group->tag, sum & 1);
}

/* As many groups, or events, of a batch as there are; a batch has an end. */
static void batch(void)
{
	union faultq_event_record record;
	struct faultq_group group;
	__u32 nr = 0;

	if (victim->has_events) {
		while (faultq_ring_next_event(victim, &record) > 0)
			CLAIM(nr++ < victim->cons.size);
		return;
	}
	while (faultq_ring_next(victim, &group) > 0) {
		CLAIM(nr++ < victim->cons.size);
		read_group(&group);
	}
}

static void step(void)
{
	switch (take_u8(script) % 7) {
	case 0:
		batch();
		break;
	case 1:
		faultq_ring_flush(victim);
		break;
	case 2:
		faultq_ring_arm(victim);
		break;
	case 3:
		faultq_ring_respond(victim, take_u32(script), 0);
		break;
	case 4:
		if (!victim->has_events)
			faultq_ring_republish(victim);
		break;
	case 5:
		faultq_ring_pending(victim);
		break;
	default:
		meddle();
		break;
	}
	CLAIM(faultq_cons_ready(&victim->cons) <= victim->cons.size);
}

/* Half of the time a header that passes, else whatever comes */
static void fill_header(struct faultq_ring_header *header, bool events)
{
	__u32 slots = 1U << take_u8(script) % 5;

	*header = (struct faultq_ring_header){
		.magic = FAULTQ_RING_MAGIC,
		.version = FAULTQ_RING_VERSION,
		.header_size = sizeof(*header),
		.record_size = events ? sizeof(struct faultq_event) :
					sizeof(struct faultq_page_request),
		.nr_records = slots,
		.response_size = sizeof(struct faultq_response),
		.nr_responses = slots,
		.type = events ? FAULTQ_QUEUE_TYPE_EVENT :
				 FAULTQ_QUEUE_TYPE_IOPF,
	};
	if (take_u8(script) & 1)
		take(script, header, 32);
	header->flags = take_u8(script);
	header->head = take_u32(script);
	header->resp_tail = header->head;
}

static size_t room(__u8 choice, size_t least)
{
	return least + choice * 32 % REGION_MAX;
}

int fuzz_input(const __u8 *data, size_t size)
{
	struct bytes bytes = { data, size };
	struct faultq_queue_info info = {};
	struct faultq_ring ring = {};
	__u8 type = take_u8(&bytes);

	script = &bytes;
	victim = &ring;
	ring.has_events = type & 1;
	records_size = room(take_u8(&bytes), sizeof(struct faultq_ring_header));
	info.out_type = ring.has_events ? FAULTQ_QUEUE_TYPE_EVENT :
					  FAULTQ_QUEUE_TYPE_IOPF;
	info.out_records_size = records_size;
	info.out_responses_size = room(take_u8(&bytes), 0);
	records = calloc(1, records_size);
	ring.header = (void *)records;
	ring.control = calloc(1, sizeof(*ring.control));
	ring.responses =
		calloc(1, info.out_responses_size + !info.out_responses_size);
	fill_header((void *)records, ring.has_events);
	ring.control->tail = take_u32(&bytes);
	if (!faultq_ring_check(ring.header, &info)) {
		faultq_ring_start(&ring);
		while (bytes.left)
			step();
	}
	free(records);
	free(ring.control);
	free(ring.responses);
	return 0;
}
