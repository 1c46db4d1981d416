/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A thread in read() or poll() on a file, known to sleep there.
 */
#ifndef SUPPORT_SLEEPER_H
#define SUPPORT_SLEEPER_H

#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

/**
 * struct sleeper - the thread
 * @wait: what it polls; for read() the file
 * @buf: where it reads to, NULL to poll
 * @length: of @buf
 * @ret: what the call returned, -errno if it failed
 * @tid: its id, once it is about to make the call
 * @thread: for pthread_kill()
 */
struct sleeper {
	struct pollfd wait;
	void *buf;
	size_t length;
	ssize_t ret;
	pid_t tid;
	pthread_t thread;
};

bool task_sleeps(pid_t tid);
int sleeper_start(struct sleeper *sleeper, int fd, void *buf, size_t length);
int sleeper_read(struct sleeper *sleeper, int fd, void *buf, size_t length);
int sleeper_poll(struct sleeper *sleeper, int fd, short events);
ssize_t sleeper_join(struct sleeper *sleeper);

#endif /* SUPPORT_SLEEPER_H */
