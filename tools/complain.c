// SPDX-License-Identifier: MIT
/*
 * Errors: what failed, with the text of the errno, and what to do about it.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "libfaultq.h"
#include "libmockiommu.h"
#include "tool.h"

static void say(const char *format, va_list arguments)
{
	output_flush();
	fprintf(stderr, "faultq: ");
	vfprintf(stderr, format, arguments);
	fprintf(stderr, "\n");
}

void complain(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
}

int fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
	return EXIT_FAILURE;
}

/* After getopt_long() has printed what is wrong. */
int hint_at_help(const char *command)
{
	fprintf(stderr, "Try: %s --help\n", command);
	return EXIT_USAGE;
}

int bad_usage(const char *command, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
	return hint_at_help(command);
}

static int open_failed(const char *path, const char *module, int error)
{
	char load[LOAD_COMMAND_SIZE];
	const char *what = strerror(-error);

	switch (error) {
	case -ENOENT:
	case -ENODEV:
	case -ENXIO:
		complain("%s: %s: load the module: %s", path, what,
			 load_command(module, load));
		break;
	case -EACCES:
		complain("%s: %s: run as root, or change the file's mode", path,
			 what);
		break;
	case -EPERM:
		complain("%s: %s: %s", path, what,
			 "run with CAP_SYS_ADMIN, outside a container");
		break;
	default:
		complain("%s: %s", path, what);
	}
	return -1;
}

static int open_or_complain(int fd, const char *path, const char *module)
{
	return fd < 0 ? open_failed(path, module, fd) : fd;
}

int open_faultq(void)
{
	return open_or_complain(faultq_open(), "/dev/faultq", "faultq");
}

int open_mock(void)
{
	return open_or_complain(mock_open(), "/dev/mock_iommu", "mock_iommu");
}

int find_endpoint(int mock, const char *name,
		  struct mock_iommu_endpoint_info *info)
{
	int ret = mock_endpoint_find(mock, name, info);

	if (ret == -ENOENT)
		return fail("%s: no such mock endpoint: see 'faultq list'",
			    name);
	if (ret)
		return fail("%s: the endpoint cannot be looked up: %s", name,
			    strerror(-ret));
	return EXIT_SUCCESS;
}
