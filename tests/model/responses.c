// SPDX-License-Identifier: GPL-2.0-only
/*
 * module/pending.c and module/respond.c as they are, with responses from user
 * space that are anything: head, tags and codes have another value at each read.
 *
 * What must not happen: an access outside of the rings, the table or the slots,
 * or a group answered twice.
 *
 * Planted: ring/faultq_ring.h s/now - cons->mine > cons->size/0/
 * Planted: ring/faultq_ring.h s/index & (side->size - 1)/index/
 * Planted: module/pending.c s/tag & (ring->queue->nr_groups - 1)/tag/
 * Planted: module/pending.c s/p->tag = 0;//
 * Planted: module/respond.c s/index < queue->nr_rings ? index : 0/index/
 */
#include "kernel.h"

#include <module/pending.c>
#include <module/respond.c>

#define NR_GROUPS 2

static struct faultq_pending table[NR_GROUPS];
static struct iopf_group groups[NR_GROUPS];
static struct faultq_ring_header header;
static struct faultq_ring_control control;
static struct faultq_response slots[NR_GROUPS];

static struct faultq_queue queue = {
	.nr_groups = NR_GROUPS,
	.index_bits = 1,
};

/* Some entries are free, the others published. */
static void begin(struct faultq_ring *ring)
{
	u32 i;

	ring->queue = &queue;
	ring->header = &header;
	ring->control = &control;
	ring->table = table;
	ring->response_slots = slots;
	faultq_ring_init(&ring->responses, NR_GROUPS, nondet_u32());
	for (i = 0; i < NR_GROUPS; i++) {
		table[i].generation = nondet_u32();
		table[i].group = &groups[i];
		if (nondet_u32() % 2)
			faultq_pending_tag(ring, &table[i]);
	}
}

static void answer(struct faultq_ring *ring)
{
	u32 i;

	faultq_respond_ring(ring);
	for (i = 0; i < NR_GROUPS; i++) {
		assert(groups[i].answers <= 1);
		assert(!groups[i].answers || !table[i].tag);
	}
}

/* Of a response that comes by itself, with the ring's index in its tag */
static void find_ring(void)
{
	const struct faultq_ring *ring;

	queue.nr_rings = 1 + nondet_u32() % FAULTQ_MAX_RINGS;
	queue.ring_bits = nondet_u32() % 7;
	ring = faultq_respond_find_ring(&queue, nondet_u32());
	assert(ring >= queue.rings && ring < queue.rings + queue.nr_rings);
}

int main(void)
{
	begin(&queue.rings[0]);
	answer(&queue.rings[0]);
	find_ring();
	return 0;
}
