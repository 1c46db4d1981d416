/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ring/faultq_ring.h among peers that cannot be trusted: whatever is read from
 * shared memory is any value, another one at each read. Stands in the place of
 * ring/faultq_ring_arch.h.
 */
#ifndef FAULTQ_RING_ARCH_H
#define FAULTQ_RING_ARCH_H

#include <assert.h>
#include <linux/types.h>
#include <stdbool.h>

/* What CBMC knows as "any value" */
__u32 nondet_u32(void);

/* The address is a matter of this side, and is checked. */
static inline __u32 hostile_read(const __u32 *p)
{
	__u32 discarded = *p;

	(void)discarded;
	return nondet_u32();
}

#define faultq_load(p) hostile_read(p)
#define faultq_store(p, v) (*(p) = (v))
#define faultq_load_acquire(p) hostile_read(p)
#define faultq_store_release(p, v) (*(p) = (v))
#define faultq_full_barrier() ((void)0)

#include <faultq_ring.h>

/*
 * A side as an induction has it: anything that keeps the invariant, and every
 * length that a ring may have.
 */
static inline struct faultq_ring_side any_side(void)
{
	struct faultq_ring_side side = {
		.mine = nondet_u32(),
		.theirs = nondet_u32(),
		.size = 1U << (nondet_u32() % 17),
	};

	return side;
}

#endif /* FAULTQ_RING_ARCH_H */
