// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ring.h"
#include "system.h"

#define DEBUGFS "/sys/kernel/debug/"

/* What may be missing at the end, of KiB: caches of CPUs and of allocators */
#define FREE_BOUND 8192
#define KERNEL_BOUND 2048

static long kib_of(const char *name)
{
	char line[128], key[64];
	long kib, found = 0;
	FILE *file = fopen("/proc/meminfo", "r");

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%63[^:]: %ld", key, &kib) == 2 &&
		    !strcmp(key, name))
			found = kib;
	if (file)
		fclose(file);
	return found;
}

static void shed_caches(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);

	if (fd < 0)
		return;
	if (write(fd, "3", 1) != 1)
		perror("# caches");
	close(fd);
}

struct memory memory_now(void)
{
	shed_caches();
	return (struct memory){
		.free = kib_of("MemFree") + kib_of("Cached") +
			kib_of("Buffers") + kib_of("SReclaimable"),
		.kernel = kib_of("SUnreclaim") + kib_of("Percpu") +
			  kib_of("PageTables") + kib_of("VmallocUsed") +
			  kib_of("KernelStack"),
	};
}

static bool is_back(const struct memory *before, const struct memory *now)
{
	return now->free >= before->free - FREE_BOUND &&
	       now->kernel <= before->kernel + KERNEL_BOUND;
}

/* Some of it comes back by way of RCU and of work items. */
bool memory_is_back(const struct memory *before, struct memory *now)
{
	return AWAIT((*now = memory_now(), is_back(before, now)));
}

static int load(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return -errno;
	ret = syscall(SYS_finit_module, fd, "", 0) ? -errno : 0;
	close(fd);
	return ret == -EEXIST ? 0 : ret;
}

static int unload(const char *name)
{
	if (!syscall(SYS_delete_module, name, O_NONBLOCK) || errno == ENOENT)
		return 0;
	return -errno;
}

bool modules_load(void)
{
	return !load("/modules/faultq.ko") && !load("/modules/mock_iommu.ko");
}

/* From the first moment on: whoever was killed may still be closing files. */
bool modules_unload(void)
{
	return AWAIT(!unload("mock_iommu")) && AWAIT(!unload("faultq"));
}

bool modules_busy(void)
{
	return unload("mock_iommu") && unload("faultq");
}

static bool each_line(const char *path, bool (*good)(const char *line))
{
	FILE *file = fopen(path, "r");
	char line[512];
	bool all = file;

	while (file && all && fgets(line, sizeof(line), file))
		all = good(line);
	if (file)
		fclose(file);
	return all;
}

static bool never(const char *line)
{
	return false;
}

static bool always(const char *line)
{
	return true;
}

static bool is_dead(const char *line)
{
	return strstr(line, " dead");
}

static bool is_zero(const char *line)
{
	return !strcmp(line, "0\n");
}

/* No object, context or QUEUE anywhere */
bool nothing_live(void)
{
	return each_line(DEBUGFS "faultq/live", is_zero);
}

bool nothing_pending(void)
{
	return each_line(DEBUGFS "faultq/pending", never);
}

bool queues_dead(void)
{
	return each_line(DEBUGFS "faultq/queues", is_dead);
}

/* Whoever looks must not be in the way of those who work. */
void look_around(void)
{
	static const char *const files[] = { "registers", "endpoints",
					     "page_tables" };
	char path[128];
	unsigned int i, file;

	each_line(DEBUGFS "faultq/queues", always);
	each_line(DEBUGFS "faultq/pending", always);
	for (i = 0; i < 5; i++) {
		for (file = 0; file < 3; file++) {
			snprintf(path, sizeof(path),
				 DEBUGFS "mock_iommu/mock-iommu%u/%s", i,
				 files[file]);
			each_line(path, always);
		}
	}
}
