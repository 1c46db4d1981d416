// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libfaultq.h"
#include "region.h"
#include "tool.h"

static __u64 page_size(void)
{
	return sysconf(_SC_PAGESIZE);
}

static bool cut_suffix(char *text, const char *suffix)
{
	size_t length = strlen(text), cut = strlen(suffix);

	if (length < cut || strcmp(text + length - cut, suffix))
		return false;
	text[length - cut] = '\0';
	return true;
}

static bool parse_size(struct region *region, const char *text)
{
	if (!*text)
		return *region->file;
	return parse_number(text, &region->size) && region->size;
}

int region_parse(struct region *region, const char *command, char *text)
{
	const char *iova = strsep(&text, ":");
	const char *size = strsep(&text, ":");

	memset(region, 0, sizeof(*region));
	if (!text)
		return bad_usage(command,
				 "--region %s: not IOVA:[SIZE]:[FILE][:ro]",
				 iova);
	region->writable = !cut_suffix(text, ":ro");
	region->file = text;
	if (!parse_number(iova, &region->iova) || region->iova % page_size())
		return bad_usage(command, "%s: not an IOVA: a multiple of %llu",
				 iova, page_size());
	if (!parse_size(region, size))
		return bad_usage(command,
				 "'%s': not a size: bytes, or with K, M or G",
				 size);
	return EXIT_SUCCESS;
}

/* A file that the device may write is made as long as the region. */
static int fit_file(struct region *region, int fd)
{
	struct stat status;

	if (fstat(fd, &status))
		return fail("%s: %s", region->file, strerror(errno));
	if (!region->size)
		region->size = status.st_size;
	if (!region->size)
		return fail("%s: is empty: give the region a size",
			    region->file);
	if ((__u64)status.st_size >= region->size)
		return EXIT_SUCCESS;
	if (!region->writable)
		return fail("%s: %s", region->file,
			    "is shorter than its region: leave out the size");
	if (ftruncate(fd, region->size))
		return fail("%s: cannot be made %llu bytes long: %s",
			    region->file, region->size, strerror(errno));
	return EXIT_SUCCESS;
}

static int map_memory(struct region *region, int fd)
{
	int prot = PROT_READ | (region->writable ? PROT_WRITE : 0);
	int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;

	region->size = (region->size + page_size() - 1) & -page_size();
	if (region->iova + region->size - 1 < region->iova)
		return fail("region 0x%llx: %s", region->iova,
			    "reaches beyond the end of all addresses");
	region->memory = mmap(NULL, region->size, prot, flags, fd, 0);
	if (region->memory == MAP_FAILED)
		return fail("region 0x%llx: no memory of %llu bytes: %s",
			    region->iova, region->size, strerror(errno));
	region->mapped = calloc(region->size / region->unit + 1, 1);
	if (!region->mapped)
		return fail("region 0x%llx: %s", region->iova, strerror(errno));
	return EXIT_SUCCESS;
}

static int open_file(struct region *region)
{
	int flags = region->writable ? O_RDWR | O_CREAT : O_RDONLY;
	int fd = open(region->file, flags | O_CLOEXEC, 0644);
	int ret;

	if (fd < 0)
		return fail("%s: %s", region->file, strerror(errno));
	ret = fit_file(region, fd);
	if (!ret)
		ret = map_memory(region, fd);
	close(fd);
	return ret;
}

int region_open(struct region *region, __u64 unit)
{
	region->unit = unit;
	return *region->file ? open_file(region) : map_memory(region, -1);
}

bool region_contains(const struct region *region, __u64 address)
{
	return address - region->iova < region->size;
}

bool region_overlaps(const struct region *region, const struct region *other)
{
	return region_contains(region, other->iova) ||
	       region_contains(other, region->iova);
}

long long region_map(struct region *region, int ctx, __u32 hwpt_id,
		     __u64 address)
{
	__u64 unit = (address - region->iova) / region->unit;
	__u64 start = unit * region->unit;
	__u64 length = region->size - start;
	__u32 access = FAULTQ_HWPT_MAP_READABLE;
	int ret;

	if (region->mapped[unit])
		return 0;
	if (length > region->unit)
		length = region->unit;
	if (region->writable)
		access |= FAULTQ_HWPT_MAP_WRITEABLE;
	ret = faultq_hwpt_map(ctx, hwpt_id, region->memory + start, length,
			      region->iova + start, access);
	if (ret)
		return ret;
	region->mapped[unit] = 1;
	return length;
}
