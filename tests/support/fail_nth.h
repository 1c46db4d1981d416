/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The n-th failure of this thread: of its slab or page allocations and its copies
 * from and to user memory, counted together, by /proc/thread-self/fail-nth. What
 * is tried once more, with other flags, does not notice the failure of one
 * allocation: then the n-th and each one after it fail, by make-it-fail.
 */
#ifndef SUPPORT_FAIL_NTH_H
#define SUPPORT_FAIL_NTH_H

enum fail_kind {
	FAIL_SLAB,
	FAIL_PAGE,
	FAIL_USERCOPY,
	FAIL_NR_KINDS,
};

/* Sets of enum fail_kind */
#define FAILED(kind) (1U << (kind))
#define FAILED_NOTHING 0U

/**
 * enum fail_mode - what the occasions are, besides user copies
 * @FAIL_ONE_SLAB: allocations from slabs, one of which fails
 * @FAIL_SLABS: the same, and from the one that fails on all do
 * @FAIL_ONE_PAGE: allocations of pages, one of which fails
 */
enum fail_mode {
	FAIL_ONE_SLAB,
	FAIL_SLABS,
	FAIL_ONE_PAGE,
	FAIL_NR_MODES,
};

/**
 * struct fail_nth - the counter of the thread that opened it
 * @fd: its fail-nth; -1 once closed
 * @rest: its make-it-fail; -1 once closed
 * @mode: what is to fail
 * @times: failures of each kind that the kernel may still inject
 * @count: failures so far that fail_kinds() saw
 */
struct fail_nth {
	int fd;
	int rest;
	enum fail_mode mode;
	long times[FAIL_NR_KINDS];
	unsigned long count;
};

int fail_open(struct fail_nth *fail);
int fail_mode(struct fail_nth *fail, enum fail_mode mode);
void fail_close(struct fail_nth *fail);
int fail_arm(const struct fail_nth *fail, unsigned int nth);
int fail_disarm(struct fail_nth *fail);
unsigned int fail_kinds(struct fail_nth *fail);

/**
 * struct fail_range - code, without which among its callers nothing fails
 * @start: its first byte
 * @end: the first one behind it
 */
struct fail_range {
	unsigned long long start;
	unsigned long long end;
};

#define FAIL_ANYWHERE ((struct fail_range){ .end = -1ULL })

int fail_within(enum fail_kind kind, struct fail_range range);
void fail_open_within(struct fail_range range);
int fail_knob(enum fail_kind kind, const char *knob, const char *value);
long fail_times(enum fail_kind kind);

#endif /* SUPPORT_FAIL_NTH_H */
