// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "uring.h"

static __u32 *uring_index(const struct uring *uring, __u32 offset)
{
	return (__u32 *)(uring->rings + offset);
}

static size_t uring_size(const struct uring *uring)
{
	const struct io_uring_params *params = &uring->params;
	size_t submissions =
		params->sq_off.array + params->sq_entries * sizeof(__u32);
	size_t completions = params->cq_off.cqes +
			     params->cq_entries * sizeof(struct io_uring_cqe);

	return submissions > completions ? submissions : completions;
}

int uring_open(struct uring *uring)
{
	memset(uring, 0, sizeof(*uring));
	uring->fd = syscall(SYS_io_uring_setup, URING_ENTRIES, &uring->params);
	if (uring->fd < 0)
		return -errno;
	uring->rings = mmap(NULL, uring_size(uring), PROT_READ | PROT_WRITE,
			    MAP_SHARED, uring->fd, IORING_OFF_SQ_RING);
	uring->sqes = mmap(NULL, URING_ENTRIES * sizeof(*uring->sqes),
			   PROT_READ | PROT_WRITE, MAP_SHARED, uring->fd,
			   IORING_OFF_SQES);
	if (uring->rings == MAP_FAILED || uring->sqes == MAP_FAILED)
		return -errno;
	return 0;
}

void uring_close(struct uring *uring)
{
	munmap(uring->sqes, URING_ENTRIES * sizeof(*uring->sqes));
	munmap(uring->rings, uring_size(uring));
	close(uring->fd);
}

static int uring_submit(struct uring *uring, const struct io_uring_sqe *sqe)
{
	__u32 *tail = uring_index(uring, uring->params.sq_off.tail);
	__u32 *array = uring_index(uring, uring->params.sq_off.array);
	__u32 slot = *tail & (URING_ENTRIES - 1);
	int ret;

	uring->sqes[slot] = *sqe;
	array[slot] = slot;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	ret = syscall(SYS_io_uring_enter, uring->fd, 1, 0, 0, NULL, 0);
	return ret < 0 ? -errno : ret;
}

/* Submits a read. Returns 1, or -errno. */
int uring_read(struct uring *uring, int fd, void *buf, size_t length,
	       __u64 user_data)
{
	return uring_submit(uring, &(struct io_uring_sqe){
					   .opcode = IORING_OP_READ,
					   .fd = fd,
					   .addr = (uintptr_t)buf,
					   .len = length,
					   .user_data = user_data,
				   });
}

/* Submits a poll that completes at each edge. Returns 1, or -errno. */
int uring_poll_multishot(struct uring *uring, int fd, __u32 events,
			 __u64 user_data)
{
	return uring_submit(uring, &(struct io_uring_sqe){
					   .opcode = IORING_OP_POLL_ADD,
					   .fd = fd,
					   .len = IORING_POLL_ADD_MULTI,
					   .poll32_events = events,
					   .user_data = user_data,
				   });
}

/* Submits a request to cancel what has @user_data. Returns 1, or -errno. */
int uring_cancel(struct uring *uring, __u64 user_data)
{
	return uring_submit(uring, &(struct io_uring_sqe){
					   .opcode = IORING_OP_ASYNC_CANCEL,
					   .fd = -1,
					   .addr = user_data,
					   .user_data = ~user_data,
				   });
}

/* Takes a completion. Returns 1, or 0 if none came in time. */
int uring_wait(struct uring *uring, struct io_uring_cqe *cqe, int timeout_ms)
{
	const struct io_uring_cqe *cqes =
		(void *)(uring->rings + uring->params.cq_off.cqes);
	__u32 *head = uring_index(uring, uring->params.cq_off.head);
	__u32 *tail = uring_index(uring, uring->params.cq_off.tail);
	struct pollfd wait = { .fd = uring->fd, .events = POLLIN };

	while (__atomic_load_n(tail, __ATOMIC_ACQUIRE) == *head)
		if (poll(&wait, 1, timeout_ms) != 1)
			return 0;
	*cqe = cqes[*head & (uring->params.cq_entries - 1)];
	__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	return 1;
}
