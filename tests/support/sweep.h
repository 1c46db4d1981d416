/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A sequence of calls that all succeed, made again and again, each time with
 * another one of its user copies and slab allocations failing, until it goes
 * through and nothing failed; then the same with that allocation and all that
 * the call makes after it failing; then with allocations of pages.
 *
 *	SWEEP(sweep) {
 *		id = STEP(sweep, fq_parent(ctx, dev));
 *		STEP(sweep, fq_destroy(ctx, id));
 *	}
 *
 * A STEP may succeed although something failed in it. If it fails, then with
 * the errno that fits what failed, having changed nothing; made again it
 * succeeds. It gives the same in every pass, so that ids, PASIDs and files are
 * known to be free again. A sequence ends where it began.
 *
 * Failures are those of the thread that makes the calls. What kernel threads
 * (workqueues, threads of interrupts) do in its name does not fail here: see
 * tests/nth/background.c.
 */
#ifndef SUPPORT_SWEEP_H
#define SUPPORT_SWEEP_H

#include <stdbool.h>

#include "fail_nth.h"

#define SWEEP_STEPS 32
#define SWEEP_MAX_FAULTS 1000
#define SWEEP_STATE 32768

/* For @how of STEP_HOW() */
enum sweep_how {
	STEP_SAME_RESULT = 0,
	STEP_NEW_RESULT = 1 << 0, /* ids that are not used again */
	STEP_MAY_BE_DONE = 1 << 1, /* a reply that is lost does not undo it */
	STEP_GETS_SOME_WAY = 1 << 2, /* before it fails, whatever the reason */
	STEP_COPIES_AGAIN = 1 << 3, /* what could not be copied */
};

/**
 * struct sweep - a sequence that is swept
 * @fail: what fails
 * @singly: never all that comes behind what fails
 * @nth: the occasion that fails in this pass; 0 in the first pass: none
 * @left: of @nth at the next step, 0 once it failed
 * @hit: what failed in the last step, a set of enum fail_kind
 * @step: steps made in this pass
 * @results: of each step in the first pass
 * @passes: of all modes
 * @refused: steps that failed with the errno that they should
 * @tolerated: steps that succeeded although something failed
 * @copies: steps in which a copy from or to user memory failed
 * @errors: what went wrong
 * @before: the state before a step
 * @start: what of the state each pass leaves as it was
 */
struct sweep {
	struct fail_nth fail;
	bool singly;
	int nth;
	unsigned int left;
	unsigned int hit;
	unsigned int step;
	int results[SWEEP_STEPS];
	unsigned int passes;
	unsigned int refused;
	unsigned int tolerated;
	unsigned int copies;
	unsigned int errors;
	char before[SWEEP_STATE];
	char start[SWEEP_STATE];
};

void sweep_begin(struct sweep *sweep, bool singly);
bool sweep_next(struct sweep *sweep);
void sweep_step(struct sweep *sweep);
bool sweep_again(struct sweep *sweep, const char *what, int ret, int errnum,
		 enum sweep_how how);
int sweep_result(struct sweep *sweep, const char *what, int ret,
		 enum sweep_how how);
void sweep_before(struct sweep *sweep);
void sweep_refused(struct sweep *sweep, const char *what, int ret, int errnum);
void sweep_error(struct sweep *sweep, const char *what, const char *why,
		 int ret);

#define SWEEP(sweep) for (sweep_begin(sweep, false); sweep_next(sweep);)

/* For what the kernel itself does not survive when all fails */
#define SWEEP_SINGLY(sweep) for (sweep_begin(sweep, true); sweep_next(sweep);)

/* Once there was an error the rest is not worth while. */
#define STEP_HOW(sweep, errnum, how, call)                                \
	({                                                                \
		int ret_ = -ECANCELED;                                    \
		if (!(sweep)->errors) {                                   \
			sweep_step(sweep);                                \
			ret_ = (call);                                    \
			if (sweep_again(sweep, #call, ret_, errnum, how)) \
				ret_ = (call);                            \
			ret_ = sweep_result(sweep, #call, ret_, how);     \
		}                                                         \
		ret_;                                                     \
	})

/* @errnum: what it may fail with instead of ENOMEM */
#define STEP_OR(sweep, errnum, call) \
	STEP_HOW(sweep, errnum, STEP_SAME_RESULT, call)

#define STEP(sweep, call) STEP_OR(sweep, ENOMEM, call)

/* Something else than memory is missing, so that the call has to fail. */
#define REFUSED(sweep, errnum, call)                       \
	do {                                               \
		sweep_before(sweep);                       \
		sweep_refused(sweep, #call, call, errnum); \
	} while (0)

#endif /* SUPPORT_SWEEP_H */
