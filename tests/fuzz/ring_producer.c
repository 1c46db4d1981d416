// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's side of the rings, with a hostile user behind the control region:
 * whatever indices it writes, at whatever moment, the producer stays in its ring,
 * has no more free slots than there are, and consumes no more responses.
 */
#include <faultq_ring.h>
#include <linux/faultq.h>

#include "bytes.h"

#define SIZE_MAX_LOG2 6

struct kernel {
	struct faultq_ring_side prod;
	struct faultq_ring_side responses;
	struct faultq_ring_control *control;
	__u32 head, oldest, resp_tail;
	__u32 *records;
	struct faultq_response *slots;
};

/* What a well-behaved user would write, or anything */
static __u32 any_index(struct bytes *bytes, __u32 near)
{
	__u8 choice = take_u8(bytes);

	return choice & 0x80 ? take_u32(bytes) : near + choice - 0x40;
}

static void meddle(struct kernel *kernel, struct bytes *bytes)
{
	struct faultq_ring_control *control = kernel->control;

	switch (take_u8(bytes) % 3) {
	case 0:
		control->tail = any_index(bytes, kernel->head);
		break;
	case 1:
		control->wake = any_index(bytes, kernel->head);
		break;
	case 2:
		control->resp_head = any_index(bytes, kernel->resp_tail);
		break;
	}
}

static void check(const struct kernel *kernel)
{
	CLAIM(faultq_prod_free(&kernel->prod) <= kernel->prod.size);
	CLAIM(faultq_cons_ready(&kernel->responses) <= kernel->responses.size);
	CLAIM(kernel->head == kernel->prod.mine);
}

/* As module/iopf.c does: what finds no room waits for the next turn. */
static void publish(struct kernel *kernel, __u32 nr)
{
	__u32 i, slot;

	if (faultq_prod_free(&kernel->prod) < nr)
		faultq_prod_refresh(&kernel->prod, &kernel->control->tail);
	if (faultq_prod_free(&kernel->prod) < nr)
		return;
	for (i = 0; i < nr; i++) {
		slot = faultq_ring_slot(&kernel->prod, kernel->prod.mine + i);
		kernel->records[slot] = i;
	}
	faultq_prod_publish(&kernel->prod, &kernel->head, nr);
	faultq_prod_must_wake(&kernel->prod, &kernel->control->wake, nr);
}

static void overwrite(struct kernel *kernel)
{
	if (!faultq_prod_free(&kernel->prod))
		faultq_prod_give_up(&kernel->prod, &kernel->control->tail,
				    &kernel->oldest);
	CLAIM(faultq_prod_free(&kernel->prod) > 0);
	publish(kernel, 1);
}

static void respond(struct kernel *kernel)
{
	struct faultq_ring_side *side = &kernel->responses;
	__u32 ready, i, sum = 0;

	if (faultq_cons_refresh(side, &kernel->control->resp_head))
		return;
	ready = faultq_cons_ready(side);
	for (i = 0; i < ready; i++)
		sum += kernel->slots[faultq_ring_slot(side, side->mine + i)].tag;
	CLAIM(sum == 0);
	faultq_cons_release(side, &kernel->resp_tail, ready);
}

static void run(struct kernel *kernel, struct bytes *bytes)
{
	__u8 step;

	while (bytes->left) {
		step = take_u8(bytes);
		switch (step & 3) {
		case 0:
			meddle(kernel, bytes);
			break;
		case 1:
			publish(kernel, (step >> 2) % (kernel->prod.size + 1));
			break;
		case 2:
			overwrite(kernel);
			break;
		case 3:
			respond(kernel);
			break;
		}
		check(kernel);
	}
}

int fuzz_input(const __u8 *data, size_t size)
{
	struct bytes bytes = { data, size };
	__u32 slots = 1U << take_u8(&bytes) % (SIZE_MAX_LOG2 + 1);
	__u32 start = take_u32(&bytes);
	struct kernel kernel = {
		.head = start,
		.resp_tail = start,
		.control = calloc(1, sizeof(*kernel.control)),
		.records = calloc(slots, sizeof(*kernel.records)),
		.slots = calloc(slots, sizeof(*kernel.slots)),
	};

	faultq_ring_init(&kernel.prod, slots, start);
	faultq_ring_init(&kernel.responses, slots, start);
	run(&kernel, &bytes);
	free(kernel.control);
	free(kernel.records);
	free(kernel.slots);
	return 0;
}
