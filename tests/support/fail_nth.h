/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The n-th failure of this thread: of its slab or page allocations and its copies
 * from and to user memory, counted together, by /proc/thread-self/fail-nth.
 */
#ifndef SUPPORT_FAIL_NTH_H
#define SUPPORT_FAIL_NTH_H

#include <stdbool.h>

enum fail_kind {
	FAIL_SLAB,
	FAIL_PAGE,
	FAIL_USERCOPY,
	FAIL_NR_KINDS,
	FAIL_NONE = FAIL_NR_KINDS,
};

/**
 * struct fail_nth - the counter of the thread that opened it
 * @fd: its file; -1 once closed
 * @times: failures of each kind that the kernel may still inject
 */
struct fail_nth {
	int fd;
	long times[FAIL_NR_KINDS];
};

int fail_open(struct fail_nth *fail);
int fail_pages(bool pages);
void fail_close(struct fail_nth *fail);
int fail_arm(const struct fail_nth *fail, unsigned int nth);
int fail_disarm(struct fail_nth *fail);
enum fail_kind fail_kind(struct fail_nth *fail);

#endif /* SUPPORT_FAIL_NTH_H */
