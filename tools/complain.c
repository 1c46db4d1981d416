// SPDX-License-Identifier: MIT
/*
 * Errors: what is wrong, and what to do about it.
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

/* After getopt_long() has said what is wrong. */
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

static int open_or_complain(int fd, const char *path, const char *module)
{
	if (fd >= 0)
		return fd;
	if (fd == -ENOENT)
		complain("%s: not there: load the module: insmod %s.ko", path,
			 module);
	else if (fd == -EACCES || fd == -EPERM)
		complain("%s: needs root (CAP_SYS_ADMIN)", path);
	else
		complain("%s: %s", path, strerror(-fd));
	return -1;
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
	if (!mock_endpoint_find(mock, name, info))
		return EXIT_SUCCESS;
	return fail("%s: no such endpoint: 'faultq list' shows them", name);
}
