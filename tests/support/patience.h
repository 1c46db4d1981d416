/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long to wait for what ought to come at once.
 *
 * On a shared machine the wall clock says nothing about that: a VM that gets a
 * tenth of a processor needs ten times as long. The rig keeps a clock that stands
 * still while the VM, or on the host the process, waits for a processor (see
 * tests/vm/clock.sh), and all limits are by that one. Outside the rig they are by
 * CLOCK_MONOTONIC.
 */
#ifndef SUPPORT_PATIENCE_H
#define SUPPORT_PATIENCE_H

#include <linux/types.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/epoll.h>

/* The VM rig knows how many times slower than others the kernel is. */
int slowdown(void);

/*
 * For a call that takes a timeout in milliseconds: poll(), epoll_wait() and
 * mock_answers() take this and more for a time of the rig's clock, and what is
 * less for what it says.
 */
#define DEADLINE_MS (15000 * slowdown())

/* A time of the rig's clock, whose unit is coarse */
__u64 deadline_in(__u64 ms);
bool deadline_passed(__u64 deadline);

/* As pthread_join(). Returns 0, or -ETIMEDOUT if the thread does not end. */
int join_in_time(pthread_t thread);

/*
 * The harness gives each test a number of seconds, by alarm(). The linker has
 * calls come to the __wrap_ functions, and names the C library's __real_.
 */
unsigned int __wrap_alarm(unsigned int seconds);
int __wrap_poll(struct pollfd *fds, nfds_t nfds, int timeout);
int __real_poll(struct pollfd *fds, nfds_t nfds, int timeout);
int __wrap_epoll_wait(int fd, struct epoll_event *events, int max, int timeout);
int __real_epoll_wait(int fd, struct epoll_event *events, int max, int timeout);

#endif /* SUPPORT_PATIENCE_H */
