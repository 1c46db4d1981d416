// SPDX-License-Identifier: MIT
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

bool sysfs_is_there(const char *directory)
{
	return !access(directory, F_OK);
}

/* The last part of where a link leads; false if there is no such link. */
bool sysfs_link(const char *directory, const char *link, char *name,
		size_t size)
{
	char path[PATH_MAX], target[PATH_MAX];
	const char *last;
	ssize_t length;

	snprintf(path, sizeof(path), "%s/%s", directory, link);
	length = readlink(path, target, sizeof(target) - 1);
	if (length < 0)
		return false;
	target[length] = '\0';
	last = strrchr(target, '/');
	snprintf(name, size, "%s", last ? last + 1 : target);
	return true;
}
