/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every measuring program needs: clocks, and an end at the first failure.
 */
#ifndef BENCH_H
#define BENCH_H

#include <linux/types.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static inline void check(int ret, const char *what)
{
	if (ret >= 0)
		return;
	printf("FAIL %s: %s\n", what, strerror(-ret));
	exit(1);
}

static inline __u64 ticks(void)
{
	__u32 low, high;

	__asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (__u64)high << 32 | low;
}

static inline __u64 now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

#endif /* BENCH_H */
