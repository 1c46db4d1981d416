/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long to wait for what ought to come at once: long enough for a slow
 * machine, and a multiple of it for a kernel that checks all it does.
 */
#ifndef SUPPORT_PATIENCE_H
#define SUPPORT_PATIENCE_H

/* The VM rig knows how many times slower than others the kernel is. */
int slowdown(void);

#define DEADLINE_MS (15000 * slowdown())

/*
 * The harness gives each test a number of seconds, by alarm(). The linker has
 * its calls come to __wrap_alarm(), and names the C library's __real_alarm().
 */
unsigned int __wrap_alarm(unsigned int seconds);
unsigned int __real_alarm(unsigned int seconds);

#endif /* SUPPORT_PATIENCE_H */
