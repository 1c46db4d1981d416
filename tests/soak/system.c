// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "module.h"
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

/* Free pages that a CPU has for itself: some MiB, which are not in MemFree */
static long kib_of_cpus(void)
{
	FILE *file = fopen("/proc/zoneinfo", "r");
	long pages, found = 0;
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, " count: %ld", &pages) == 1)
			found += pages;
	if (file)
		fclose(file);
	return found * (sysconf(_SC_PAGESIZE) / 1024);
}

static void shed_caches(void)
{
	if (write_file("/proc/sys/vm/drop_caches", "3"))
		printf("# caches cannot be dropped\n");
}

struct memory memory_now(void)
{
	shed_caches();
	return (struct memory){
		.free = kib_of("MemFree") + kib_of_cpus() + kib_of("Cached") +
			kib_of("Buffers") + kib_of("SReclaimable"),
		.kernel = kib_of("SUnreclaim") + kib_of("Percpu") +
			  kib_of("PageTables") + kib_of("VmallocUsed") +
			  kib_of("KernelStack"),
	};
}

/* KASAN keeps a 32nd of all memory from use again; kmemleak is with it. */
static long quarantine(void)
{
	return access(DEBUGFS "kmemleak", F_OK) ? 0 : kib_of("MemTotal") / 32;
}

static bool is_back(const struct memory *before, const struct memory *now)
{
	long more = quarantine();

	return now->free >= before->free - FREE_BOUND - more &&
	       now->kernel <= before->kernel + KERNEL_BOUND + more;
}

/* Some of it comes back by way of RCU and of work items. */
bool memory_is_back(const struct memory *before, struct memory *now)
{
	return AWAIT((*now = memory_now(), is_back(before, now)));
}

int module_load(const char *name)
{
	char path[64];
	int ret;

	snprintf(path, sizeof(path), "/modules/%s.ko", name);
	ret = module_insert(path, "");
	return ret == -EEXIST ? 0 : ret;
}

int module_unload(const char *name)
{
	int ret = module_remove(name);

	return ret == -ENOENT ? 0 : ret;
}

bool modules_load(void)
{
	return !module_load("faultq") && !module_load("mock_iommu");
}

/* From the first moment on: whoever was killed may still be closing files. */
bool modules_unload(void)
{
	return AWAIT(!module_unload("mock_iommu")) &&
	       AWAIT(!module_unload("faultq"));
}

/* A file that cannot be read has more lines than any bound. */
static unsigned int count_lines(const char *path, const char *with)
{
	FILE *file = fopen(path, "r");
	unsigned int lines = 0;
	char line[512];

	if (!file)
		return UINT_MAX;
	while (fgets(line, sizeof(line), file))
		lines += !!strstr(line, with);
	fclose(file);
	return lines;
}

unsigned int pending_groups(void)
{
	return count_lines(DEBUGFS "faultq/pending", "");
}

long live_objects(void)
{
	FILE *file = fopen(DEBUGFS "faultq/live", "r");
	long live = -1;

	if (!file)
		return live;
	if (fscanf(file, "%ld", &live) != 1)
		live = -1;
	fclose(file);
	return live;
}

/* Regions of rings that the kernel has mapped for itself */
unsigned int rings_in_memory(void)
{
	return count_lines("/proc/vmallocinfo", " faultq_region");
}

/* Nothing but what an attachment made is in this file. */
unsigned int attached_tables(unsigned int iommu)
{
	char path[128];

	snprintf(path, sizeof(path), DEBUGFS "mock_iommu/mock-iommu%u/%s",
		 iommu, "page_tables");
	return count_lines(path, "");
}

static unsigned int count_entries(const char *path)
{
	unsigned int nr = 0;
	struct dirent *entry;
	DIR *dir = opendir(path);

	while (dir && (entry = readdir(dir)))
		nr += entry->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return nr;
}

unsigned int open_files(void)
{
	return count_entries("/proc/self/fd");
}

/* A group lives as long as anyone holds it, with the module or without. */
unsigned int device_groups(void)
{
	return count_entries("/sys/kernel/iommu_groups");
}

/* Whoever looks must not be in the way of those who work. */
void look_around(void)
{
	static const char *const files[] = { "registers", "endpoints",
					     "page_tables", "queues" };
	char path[128];
	unsigned int i, file;

	count_lines(DEBUGFS "faultq/queues", "");
	pending_groups();
	live_objects();
	for (i = 0; i < 8; i++) {
		for (file = 0; file < 4; file++) {
			snprintf(path, sizeof(path),
				 DEBUGFS "mock_iommu/mock-iommu%u/%s", i,
				 files[file]);
			count_lines(path, "");
		}
	}
}
