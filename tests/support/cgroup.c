// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup.h"
#include "file.h"

#define ROOT "/sys/fs/cgroup"

static int put(const char *dir, const char *file, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	return write_file(path, value);
}

/* No one has mounted the hierarchy in the VM before the first that needs it. */
int cgroup_make(struct cgroup *cgroup)
{
	int ret;

	cgroup->path[0] = 0;
	if (access(ROOT "/cgroup.procs", F_OK) &&
	    mount("cgroup2", ROOT, "cgroup2", 0, NULL))
		return -errno;
	ret = put(ROOT, "cgroup.subtree_control", "+memory");
	if (ret)
		return ret;
	snprintf(cgroup->path, sizeof(cgroup->path), ROOT "/test-%d",
		 (int)getpid());
	return mkdir(cgroup->path, 0700) ? -errno : 0;
}

/* Whoever is in it is put out; its name is free once the last has ended. */
void cgroup_free(struct cgroup *cgroup)
{
	if (!cgroup->path[0])
		return;
	put(ROOT, "cgroup.procs", "0");
	rmdir(cgroup->path);
}

/* The caller and what it allocates from now on */
int cgroup_enter(const struct cgroup *cgroup)
{
	return put(cgroup->path, "cgroup.procs", "0");
}

int cgroup_set(const struct cgroup *cgroup, const char *file, const char *value)
{
	return put(cgroup->path, file, value);
}

/* The number behind @name in one of its files, or the only one there is */
long long cgroup_get(const struct cgroup *cgroup, const char *file,
		     const char *name)
{
	const size_t length = name ? strlen(name) : 0;
	char path[128], line[128];
	long long value = -1;
	FILE *stream;

	snprintf(path, sizeof(path), "%s/%s", cgroup->path, file);
	stream = fopen(path, "r");
	while (stream && fgets(line, sizeof(line), stream)) {
		if (name &&
		    (strncmp(line, name, length) || line[length] != ' '))
			continue;
		value = strtoll(line + length, NULL, 10);
		break;
	}
	if (stream)
		fclose(stream);
	return value;
}
