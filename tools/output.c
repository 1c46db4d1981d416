// SPDX-License-Identifier: MIT
/*
 * Standard output. A command that could not write its result has failed, even if
 * everything else went well: what its reader got may look complete.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

/* stdio keeps no errno for an error of the past. */
#define UNKNOWN_ERROR (-1)

/* Of the first write that failed; later ones may fail for another reason. */
static int output_error;
static bool sigpipe_was_default;

/*
 * A file opened while one of the first three descriptors is closed would get its
 * number, and what is printed would be written to that file. Each placeholder
 * refuses, with EBADF, what its descriptor is used for.
 */
static int reserve_descriptors(void)
{
	int fd, mode;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		mode = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;
		if (open("/dev/null", mode) != fd)
			return fail("/dev/null: %s", strerror(errno));
	}
	return EXIT_SUCCESS;
}

/*
 * With SIGPIPE ignored, a reader that leaves is an error like others, and the
 * command cleans up before it exits. Returns an exit status.
 */
int output_begin(void)
{
	sigpipe_was_default = signal(SIGPIPE, SIG_IGN) == SIG_DFL;
	return reserve_descriptors();
}

/* The signals to be reset in a child process */
void output_child_signals(sigset_t *signals)
{
	sigemptyset(signals);
	if (sigpipe_was_default)
		sigaddset(signals, SIGPIPE);
}

bool output_failed(void)
{
	return output_error;
}

/* To be called after each line of output that someone may be waiting for. */
bool output_flush(void)
{
	int error = fflush(stdout) ? errno : 0;

	if (!error && ferror(stdout))
		error = UNKNOWN_ERROR;
	if (!output_error)
		output_error = error;
	return !output_failed();
}

/*
 * For a poll() on standard output, with no events asked for: it reports when the
 * reader of a pipe is gone, which no write would notice before the next line.
 */
void output_polled(short revents)
{
	if (revents & (POLLERR | POLLHUP) && !output_error)
		output_error = EPIPE;
}

/* Returns the exit status of a command that returned @status. */
int output_end(int status)
{
	if (output_flush())
		return status;
	/* who closes a pipe early has seen enough */
	if (output_error == UNKNOWN_ERROR)
		complain("standard output: write error");
	else if (output_error != EPIPE)
		complain("standard output: %s", strerror(output_error));
	return status ? status : EXIT_FAILURE;
}
