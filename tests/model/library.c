// SPDX-License-Identifier: GPL-2.0-only
/*
 * lib/ring.c as it is, in regions that hold anything: a header that only has
 * to pass faultq_ring_check(), indices that were left by anyone, and shared
 * indices that are another value at each read.
 *
 * What must not happen: an access outside the regions, or a group longer than
 * the ring, over which a loop would go on.
 *
 * Planted: ring/faultq_ring.h s/now - cons->mine > cons->size/0/
 * Planted: ring/faultq_ring.h s/index & (side->size - 1)/index/
 */
#include "hostile.h"

#include <lib/ring.c>

#define RECORDS (256 + 2 * sizeof(struct faultq_page_request))
#define RESPONSES (2 * sizeof(struct faultq_response))
#define CALLS 3

struct records {
	union {
		struct faultq_ring_header header;
		unsigned char bytes[RECORDS];
	};
};

static __u64 seen;

int faultq_call(int fd, unsigned long request, void *arg)
{
	return nondet_u32();
}

static void use(struct faultq_ring *ring, struct faultq_group *group)
{
	__u32 i = nondet_u32();

	switch (nondet_u32()) {
	case 0:
		if (faultq_ring_next(ring, group) == 1 && i < group->nr_pages)
			seen = faultq_ring_page(ring, group, i)->addr;
		break;
	case 1:
		faultq_ring_respond(ring, nondet_u32(), nondet_u32());
		break;
	case 2:
		faultq_ring_republish(ring);
		break;
	default:
		faultq_ring_arm(ring);
		break;
	}
}

int main(void)
{
	struct faultq_queue_info info = {
		.out_records_size = RECORDS,
		.out_responses_size = RESPONSES,
	};
	/* What is not set has any value, to CBMC. */
	struct faultq_ring_control control;
	unsigned char responses[RESPONSES];
	struct records records;
	struct faultq_ring ring = {
		.header = &records.header,
		.control = &control,
		.responses = responses,
	};
	struct faultq_group group;
	int i;

	if (faultq_ring_check(&records.header, &info))
		return 0;
	faultq_ring_start(&ring);
	for (i = 0; i < CALLS; i++)
		use(&ring, &group);
	return 0;
}
