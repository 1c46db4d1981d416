// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of pending groups, and their tags.
 *
 * All entries are allocated with the ring, so that a fault allocates nothing
 * and their number is the bound. A tag is, from the low bits up, the entry's
 * index, the ring's index and a generation. The generation changes whenever
 * the entry is published, so a tag that was answered, revoked or published
 * anew is known as stale; an entry is reused as late as possible, and the
 * generations start at random, so that a tag of another queue is refused too.
 */
#include <linux/random.h>
#include <linux/slab.h>

#include "faultq_private.h"

/**
 * faultq_pending_alloc() - allocate the table of a ring
 * @ring: the ring, with its queue set
 *
 * Return: 0 or -ENOMEM.
 */
int faultq_pending_alloc(struct faultq_ring *ring)
{
	u32 i, nr = ring->queue->nr_groups, generation = get_random_u32();

	ring->table = kvcalloc(nr, sizeof(*ring->table), GFP_KERNEL_ACCOUNT);
	if (!ring->table)
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		ring->table[i].generation = generation;
		list_add_tail(&ring->table[i].node, &ring->free);
	}
	return 0;
}

void faultq_pending_free(struct faultq_ring *ring)
{
	kvfree(ring->table);
}

/**
 * faultq_pending_get() - take a free entry
 * @ring: the ring, locked
 *
 * Return: an entry that is on no list, or NULL: the bound is reached.
 */
struct faultq_pending *faultq_pending_get(struct faultq_ring *ring)
{
	struct faultq_pending *p;

	lockdep_assert_held(&ring->lock);
	p = list_first_entry_or_null(&ring->free, struct faultq_pending, node);
	if (p)
		list_del(&p->node);
	return p;
}

/**
 * faultq_pending_put() - give an entry back
 * @ring: the ring, locked
 * @p: on any list; its tag is stale from here on
 */
void faultq_pending_put(struct faultq_ring *ring, struct faultq_pending *p)
{
	lockdep_assert_held(&ring->lock);
	p->tag = 0;
	p->overdue = false;
	list_move_tail(&p->node, &ring->free);
}

static u32 faultq_pending_shift(const struct faultq_ring *ring)
{
	return ring->queue->index_bits + ring->queue->ring_bits;
}

/**
 * faultq_pending_next_tag() - compute the tag of an entry's next publication
 * @ring: the ring, locked
 * @p: the entry
 *
 * Return: the tag. Its generation is never 0, hence no tag is.
 */
u32 faultq_pending_next_tag(const struct faultq_ring *ring,
			    const struct faultq_pending *p)
{
	u32 shift = faultq_pending_shift(ring);
	u32 generation = (p->generation + 1) & (U32_MAX >> shift);

	return (generation ?: 1) << shift |
	       ring->index << ring->queue->index_bits | (p - ring->table);
}

/**
 * faultq_pending_tag() - give an entry a new tag
 * @ring: the ring, locked
 * @p: the entry
 */
void faultq_pending_tag(struct faultq_ring *ring, struct faultq_pending *p)
{
	p->tag = faultq_pending_next_tag(ring, p);
	p->generation = p->tag >> faultq_pending_shift(ring);
}

/**
 * faultq_pending_find() - the entry that a tag names now
 * @ring: the ring, locked
 * @tag: any value
 *
 * Return: the published entry, or NULL if the tag is not, or not yet, or no
 * longer that of one.
 */
struct faultq_pending *faultq_pending_find(struct faultq_ring *ring, u32 tag)
{
	struct faultq_pending *p;

	lockdep_assert_held(&ring->lock);
	p = &ring->table[tag & (ring->queue->nr_groups - 1)];
	return tag && p->tag == tag ? p : NULL;
}
