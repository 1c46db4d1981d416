// SPDX-License-Identifier: MIT
/*
 * Until when to serve: until SIGINT or SIGTERM, or until a command that was
 * started along has ended. An eventfd tells a poll() of it.
 */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tool.h"

extern char **environ;

static atomic_bool over;
static int over_fd = -1;
static pid_t child;
static const char *child_name;

static void handle(int signal)
{
	int saved = errno;

	(void)signal;
	atomic_store(&over, true);
	eventfd_write(over_fd, 1);
	errno = saved;
}

static void handle_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGCHLD };
	struct sigaction action = {
		.sa_handler = handle,
		.sa_flags = SA_NOCLDSTOP,
	};
	size_t i;

	for (i = 0; i < NR(signals); i++)
		sigaction(signals[i], &action, NULL);
}

/* Returns -1 to go on, or an exit status for what looks like an option. */
int check_command(const char *name, char **command)
{
	if (command[0][0] != '-')
		return -1;
	return bad_usage(name, "%s: options must come before DEVICE",
			 command[0]);
}

static int start(char **command)
{
	posix_spawnattr_t attributes;
	sigset_t signals;
	int ret;

	output_child_signals(&signals);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigdefault(&attributes, &signals);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
	ret = posix_spawnp(&child, command[0], NULL, &attributes, command,
			   environ);
	posix_spawnattr_destroy(&attributes);
	return ret;
}

/* @command may be NULL. Returns an exit status. */
int watch_begin(char **command)
{
	int ret;

	over_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (over_fd < 0)
		return fail("eventfd: %s", strerror(errno));
	handle_signals();
	if (!command)
		return EXIT_SUCCESS;
	child_name = command[0];
	ret = start(command);
	if (ret) {
		child = 0;
		return fail("%s: %s", child_name, strerror(ret));
	}
	return EXIT_SUCCESS;
}

int watch_fd(void)
{
	return over_fd;
}

bool watch_is_over(void)
{
	return atomic_load(&over);
}

/* Terminates the command if it is still running. Returns an exit status. */
int watch_end(void)
{
	int status = 0;

	if (!child)
		return EXIT_SUCCESS;
	kill(child, SIGTERM);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	/* it may have been ended early because of that */
	if (output_failed())
		return EXIT_FAILURE;
	if (WIFSIGNALED(status))
		return fail("%s: ended by signal %d", child_name,
			    WTERMSIG(status));
	if (WEXITSTATUS(status))
		return fail("%s: ended with exit status %d", child_name,
			    WEXITSTATUS(status));
	return EXIT_SUCCESS;
}
