// SPDX-License-Identifier: GPL-2.0-only
/* Calls that wait for DEADLINE_MS, by the rig's clock */
#include "patience.h"

#define SLICE_MS 1000

int __wrap_poll(struct pollfd *fds, nfds_t nfds, int timeout)
{
	__u64 deadline;
	int ret;

	if (timeout < DEADLINE_MS)
		return __real_poll(fds, nfds, timeout);
	deadline = deadline_in(timeout);
	do {
		ret = __real_poll(fds, nfds, SLICE_MS);
	} while (!ret && !deadline_passed(deadline));
	return ret;
}

int __wrap_epoll_wait(int fd, struct epoll_event *events, int max, int timeout)
{
	__u64 deadline;
	int ret;

	if (timeout < DEADLINE_MS)
		return __real_epoll_wait(fd, events, max, timeout);
	deadline = deadline_in(timeout);
	do {
		ret = __real_epoll_wait(fd, events, max, SLICE_MS);
	} while (!ret && !deadline_passed(deadline));
	return ret;
}
