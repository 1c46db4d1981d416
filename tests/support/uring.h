/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As much of io_uring as it takes to read and poll a file, without a library.
 */
#ifndef SUPPORT_URING_H
#define SUPPORT_URING_H

#include <linux/io_uring.h>
#include <stddef.h>

#define URING_ENTRIES 8

struct uring {
	int fd;
	struct io_uring_params params;
	char *rings;
	struct io_uring_sqe *sqes;
};

int uring_open(struct uring *uring);
void uring_close(struct uring *uring);
int uring_read(struct uring *uring, int fd, void *buf, size_t length,
	       __u64 user_data);
int uring_poll_multishot(struct uring *uring, int fd, __u32 events,
			 __u64 user_data);
int uring_cancel(struct uring *uring, __u64 user_data);
int uring_wait(struct uring *uring, struct io_uring_cqe *cqe, int timeout_ms);

#endif /* SUPPORT_URING_H */
