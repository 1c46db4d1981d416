// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "patience.h"

int slowdown(void)
{
	const char *factor = getenv("FAULTQ_SLOWDOWN");

	return factor ? atoi(factor) : 1;
}

/* The rig's clock is a file that grows by a byte each second. */
static __u64 clock_ms(void)
{
	const char *path = getenv("FAULTQ_CLOCK");
	struct timespec now;
	struct stat file;

	if (path && !stat(path, &file))
		return file.st_size * 1000ULL;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

/* Its first second may be nearly over. */
__u64 deadline_in(__u64 ms)
{
	return clock_ms() + ms + 1000;
}

bool deadline_passed(__u64 deadline)
{
	return clock_ms() >= deadline;
}

int join_in_time(pthread_t thread)
{
	const __u64 deadline = deadline_in(DEADLINE_MS);
	struct timespec until;
	int ret;

	do {
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec++;
		ret = pthread_timedjoin_np(thread, NULL, &until);
	} while (ret == ETIMEDOUT && !deadline_passed(deadline));
	return -ret;
}

/* The alarm that is set. A child inherits the number, and no thread. */
static struct {
	unsigned int number;
	__u64 deadline;
} set_alarm;

/* Ends with the process, or once there is another alarm. */
static void *watch_alarm(void *arg)
{
	const unsigned int number = (unsigned long)arg;

	while (__atomic_load_n(&set_alarm.number, __ATOMIC_ACQUIRE) == number) {
		if (deadline_passed(set_alarm.deadline)) {
			kill(getpid(), SIGALRM);
			break;
		}
		usleep(200000);
	}
	return NULL;
}

/* The thread that called alarm() is the one to be interrupted. */
static void start_watching(unsigned int number)
{
	pthread_t thread;
	sigset_t all, old;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	if (pthread_create(&thread, NULL, watch_alarm,
			   (void *)(unsigned long)number))
		abort();
	pthread_detach(thread);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

unsigned int __wrap_alarm(unsigned int seconds)
{
	unsigned int number = set_alarm.number + 1;

	set_alarm.deadline = deadline_in(1000ULL * seconds * slowdown());
	__atomic_store_n(&set_alarm.number, number, __ATOMIC_RELEASE);
	if (seconds)
		start_watching(number);
	return 0;
}
