// SPDX-License-Identifier: GPL-2.0-only
/*
 * The producer's side of the ring, and a consumer that stores any tail. By
 * induction: faultq_ring_init() makes the invariant, and each step from a state
 * that has it leads to one that has it. So it holds for runs of any length.
 *
 * What must not happen: a slot beyond the ring's end is written, or one that
 * the consumer has not given back.
 *
 * Planted: ring/faultq_ring.h s/now - prod->theirs > prod->mine - prod->theirs/0/
 * Planted: ring/faultq_ring.h s/> prod->mine - prod->theirs)/> prod->size)/
 * Planted: ring/faultq_ring.h s/index & (side->size - 1)/index/
 */
#include "hostile.h"

static bool holds(const struct faultq_ring_side *prod)
{
	return prod->mine - prod->theirs <= prod->size;
}

static void begin(void)
{
	struct faultq_ring_side prod;

	faultq_ring_init(&prod, any_side().size, nondet_u32());
	assert(holds(&prod));
}

/* Any slot that is written, and any one that the consumer may still read */
static void write_slot(const struct faultq_ring_side *prod, __u32 nr)
{
	__u32 filled = prod->mine - prod->theirs;
	__u32 written = prod->mine + nondet_u32() % nr;

	assert(faultq_ring_slot(prod, written) < prod->size);
	if (filled)
		assert(faultq_ring_slot(prod, written) !=
		       faultq_ring_slot(prod,
					prod->theirs + nondet_u32() % filled));
}

static void step(void)
{
	struct faultq_ring_side prod = any_side(), before = prod;
	__u32 head, tail = 0, wake = 0, nr = nondet_u32();

	__CPROVER_assume(holds(&prod));
	assert(faultq_prod_free(&prod) <= prod.size);
	switch (nondet_u32()) {
	case 0:
		faultq_prod_refresh(&prod, &tail);
		/* slots come back, and none is taken away */
		assert(faultq_prod_free(&prod) >= faultq_prod_free(&before));
		break;
	case 1:
		__CPROVER_assume(nr && nr <= faultq_prod_free(&prod));
		write_slot(&prod, nr);
		faultq_prod_publish(&prod, &head, nr);
		assert(head == prod.mine);
		break;
	default:
		faultq_prod_must_wake(&prod, &wake, nr);
		break;
	}
	assert(prod.size == before.size && holds(&prod));
}

int main(void)
{
	begin();
	step();
	return 0;
}
