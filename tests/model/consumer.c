// SPDX-License-Identifier: GPL-2.0-only
/*
 * The consumer's side of the ring, and a producer that stores any head. By
 * induction, as in producer.c.
 *
 * What must not happen: a slot beyond the ring's end is read, more slots than
 * there are, or one that was given back.
 *
 * Planted: ring/faultq_ring.h s/now - cons->mine > cons->size/0/
 * Planted: ring/faultq_ring.h s/now - cons->mine < cons->theirs - cons->mine/0/
 * Planted: ring/faultq_ring.h s/index & (side->size - 1)/index/
 */
#include "hostile.h"

static bool holds(const struct faultq_ring_side *cons)
{
	return cons->theirs - cons->mine <= cons->size;
}

static void begin(void)
{
	struct faultq_ring_side cons;

	faultq_ring_init(&cons, any_side().size, nondet_u32());
	assert(holds(&cons));
}

static void step(void)
{
	struct faultq_ring_side cons = any_side(), before = cons;
	__u32 head = 0, tail, wake, nr = nondet_u32();

	__CPROVER_assume(holds(&cons));
	switch (nondet_u32()) {
	case 0:
		faultq_cons_refresh(&cons, &head);
		/* what could be read still can */
		assert(faultq_cons_ready(&cons) >= faultq_cons_ready(&before));
		break;
	case 1:
		__CPROVER_assume(nr && nr <= faultq_cons_ready(&cons));
		assert(faultq_ring_slot(&cons, cons.mine + nondet_u32() % nr) <
		       cons.size);
		faultq_cons_release(&cons, &tail, nr);
		assert(tail == cons.mine);
		break;
	default:
		faultq_cons_arm(&cons, &wake, &head);
		assert(wake == cons.mine);
		break;
	}
	assert(cons.size == before.size && holds(&cons));
}

int main(void)
{
	begin();
	step();
	return 0;
}
