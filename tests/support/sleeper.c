// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ring.h"
#include "sleeper.h"

static void *sleep_there(void *arg)
{
	struct sleeper *sleeper = arg;

	__atomic_store_n(&sleeper->tid, gettid(), __ATOMIC_RELEASE);
	if (sleeper->buf)
		sleeper->ret =
			read(sleeper->wait.fd, sleeper->buf, sleeper->length);
	else
		sleeper->ret = poll(&sleeper->wait, 1, DEADLINE_MS);
	if (sleeper->ret < 0)
		sleeper->ret = -errno;
	return NULL;
}

/* Also of another process */
bool task_sleeps(pid_t tid)
{
	char path[64], stat[256] = "";
	const char *name_end;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", tid);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return false;
	if (read(fd, stat, sizeof(stat) - 1) < 0)
		stat[0] = 0;
	close(fd);
	name_end = strrchr(stat, ')');
	return name_end && name_end[1] && name_end[2] == 'S';
}

static int sleeper_create(struct sleeper *sleeper)
{
	return -pthread_create(&sleeper->thread, NULL, sleep_there, sleeper);
}

static int sleeper_await(struct sleeper *sleeper)
{
	int ret = sleeper_create(sleeper);

	if (ret)
		return ret;
	return AWAIT(LOOK(sleeper->tid) && task_sleeps(sleeper->tid)) ?
		       0 :
		       -ETIMEDOUT;
}

/* A read() that need not sleep */
int sleeper_start(struct sleeper *sleeper, int fd, void *buf, size_t length)
{
	*sleeper = (struct sleeper){
		.wait = { .fd = fd },
		.buf = buf,
		.length = length,
	};
	return sleeper_create(sleeper);
}

/* Returns 0 once the thread sleeps in read(). */
int sleeper_read(struct sleeper *sleeper, int fd, void *buf, size_t length)
{
	*sleeper = (struct sleeper){
		.wait = { .fd = fd },
		.buf = buf,
		.length = length,
	};
	return sleeper_await(sleeper);
}

/* Returns 0 once the thread sleeps in poll(). */
int sleeper_poll(struct sleeper *sleeper, int fd, short events)
{
	*sleeper = (struct sleeper){
		.wait = { .fd = fd, .events = events },
	};
	return sleeper_await(sleeper);
}

/* Returns what the call returned, -ETIMEDOUT if it does not return. */
ssize_t sleeper_join(struct sleeper *sleeper)
{
	int ret = join_in_time(sleeper->thread);

	return ret ? ret : sleeper->ret;
}
