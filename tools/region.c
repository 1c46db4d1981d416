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

static int check_create(const struct region *region, const char *command)
{
	if (!region->create || (*region->file && region->size))
		return EXIT_SUCCESS;
	return bad_usage(command,
			 "--region: ':create' needs a SIZE and a FILE");
}

int region_parse(struct region *region, const char *command, char *text)
{
	const char *iova = strsep(&text, ":");
	const char *size = strsep(&text, ":");

	memset(region, 0, sizeof(*region));
	if (!text)
		return bad_usage(command, "--region '%s': not %s", iova,
				 "IOVA:[SIZE]:[FILE][:ro|:create]");
	region->writable = !cut_suffix(text, ":ro");
	region->create = region->writable && cut_suffix(text, ":create");
	region->file = text;
	if (!parse_number(iova, &region->iova) || region->iova % page_size())
		return bad_usage(command,
				 "'%s': not an IOVA: a multiple of %llu", iova,
				 page_size());
	if (!parse_size(region, size))
		return bad_usage(command,
				 "'%s': not a size: bytes, or with K, M or G",
				 size);
	return check_create(region, command);
}

static int fit_file(struct region *region, int fd)
{
	struct stat status;

	if (fstat(fd, &status))
		return fail("%s: %s", region->file, strerror(errno));
	if (S_ISDIR(status.st_mode))
		return fail("%s: %s", region->file, strerror(EISDIR));
	if (!region->size)
		region->size = status.st_size;
	if (!region->size)
		return fail("%s: is empty: give a size and ':create'",
			    region->file);
	if ((__u64)status.st_size >= region->size)
		return EXIT_SUCCESS;
	if (!region->create)
		return fail("%s: is shorter than its region: %s%s",
			    region->file, "leave out the size",
			    region->writable ? ", or append ':create'" : "");
	if (ftruncate(fd, region->size))
		return fail("%s: cannot be made %llu bytes long: %s",
			    region->file, region->size, strerror(errno));
	return EXIT_SUCCESS;
}

static int map_memory(struct region *region, int fd)
{
	int prot = PROT_READ | (region->writable ? PROT_WRITE : 0);
	int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
	__u64 size = (region->size + page_size() - 1) & -page_size();

	if (size < region->size || region->iova + size - 1 < region->iova)
		return fail("%llu bytes from 0x%llx on reach beyond %s",
			    region->size, region->iova, "the last address");
	region->size = size;
	region->memory = mmap(NULL, region->size, prot, flags, fd, 0);
	if (region->memory == MAP_FAILED)
		return fail("region 0x%llx: %llu bytes of %s: %s", region->iova,
			    region->size, fd < 0 ? "memory" : region->file,
			    strerror(errno));
	region->mapped = calloc(region->size / region->unit + 1, 1);
	if (!region->mapped)
		return fail("region 0x%llx: %s", region->iova, strerror(errno));
	return EXIT_SUCCESS;
}

static int open_failed(const struct region *region, int error)
{
	const char *hint = "";

	if (error == ENOENT && region->writable && !region->create)
		hint = ": append ':create' to the region to have it made";
	return fail("%s: %s%s", region->file, strerror(error), hint);
}

static int open_file(struct region *region)
{
	int flags = region->writable ? O_RDWR : O_RDONLY;
	int fd, ret;

	if (region->create)
		flags |= O_CREAT;
	fd = open(region->file, flags | O_CLOEXEC, 0644);
	if (fd < 0)
		return open_failed(region, errno);
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

static __u32 access_flags(const struct region *region)
{
	return FAULTQ_HWPT_MAP_READABLE |
	       (region->writable ? FAULTQ_HWPT_MAP_WRITEABLE : 0);
}

static bool file_became_shorter(const struct region *region)
{
	struct stat status;

	return !stat(region->file, &status) &&
	       ((status.st_size + page_size() - 1) & -page_size()) <
		       region->size;
}

static const char *bad_memory_hint(const struct region *region)
{
	if (!*region->file)
		return "";
	if (file_became_shorter(region))
		return ": the file has become shorter than the region";
	if (!region->writable)
		return ": its file cannot be pinned for DMA";
	/* pin_user_pages(FOLL_LONGTERM) and write-back do not go together. */
	return ": a device may write to no file of this file system: use a tmpfs, or append ':ro'";
}

int region_map_failed(const struct region *region, int error)
{
	const char *hint = "";

	switch (error) {
	case -ENOMEM:
		hint = ": raise the limit on locked memory, ulimit -l, or free some";
		break;
	case -EOVERFLOW:
		hint = ": it is beyond the addresses that the IOMMU translates: see 'faultq list'";
		break;
	case -EFAULT:
		hint = bad_memory_hint(region);
		break;
	}
	return fail("region 0x%llx%s%s: a page cannot be mapped: %s%s",
		    region->iova, *region->file ? " of " : "", region->file,
		    strerror(-error), hint);
}

static int try_page(const struct region *region, int ctx, __u32 hwpt_id,
		    __u64 offset)
{
	__u64 length = page_size();
	int ret;

	ret = faultq_hwpt_map(ctx, hwpt_id, region->memory + offset, length,
			      region->iova + offset, access_flags(region));
	if (!ret)
		ret = faultq_hwpt_unmap(ctx, hwpt_id, region->iova + offset,
					&length);
	return ret ? region_map_failed(region, ret) : EXIT_SUCCESS;
}

int region_try(const struct region *region, int ctx, __u32 hwpt_id)
{
	int status = try_page(region, ctx, hwpt_id, 0);

	if (!status)
		status = try_page(region, ctx, hwpt_id,
				  region->size - page_size());
	return status;
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
	int ret;

	if (region->mapped[unit])
		return 0;
	if (length > region->unit)
		length = region->unit;
	ret = faultq_hwpt_map(ctx, hwpt_id, region->memory + start, length,
			      region->iova + start, access_flags(region));
	if (ret)
		return ret;
	region->mapped[unit] = 1;
	return length;
}
