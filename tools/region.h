/* SPDX-License-Identifier: MIT */
/*
 * A range of IOVAs and the memory that backs it, a file's or anonymous.
 */
#ifndef FAULTQ_REGION_H
#define FAULTQ_REGION_H

#include <linux/types.h>
#include <stdbool.h>

/**
 * struct region - a range of IOVAs and the memory that backs it
 * @iova: where it starts, a multiple of the page size
 * @size: bytes, a multiple of the page size
 * @file: whose contents it has; empty if it is anonymous memory
 * @writable: the device may write
 * @create: @file is created, and extended to @size, if need be
 * @memory: the contents
 * @mapped: a byte for each unit: not 0 once the device's page table has it
 * @unit: bytes that are mapped at a time, a multiple of the page size
 */
struct region {
	__u64 iova;
	__u64 size;
	const char *file;
	bool writable;
	bool create;
	unsigned char *memory;
	unsigned char *mapped;
	__u64 unit;
};

/* IOVA:[SIZE]:[FILE][:ro|:create], cut up in place; returns an exit status */
int region_parse(struct region *region, const char *command, char *text);

/* Allocates or opens the memory; returns an exit status. */
int region_open(struct region *region, __u64 unit);

/*
 * Maps and unmaps both ends, so that a region that can never be served is found
 * before a device asks for it; returns an exit status.
 */
int region_try(const struct region *region, int ctx, __u32 hwpt_id);

/* Prints why a page cannot be mapped; returns an exit status. */
int region_map_failed(const struct region *region, int error);

bool region_contains(const struct region *region, __u64 address);
bool region_overlaps(const struct region *region, const struct region *other);

/* Maps the unit at @address; returns the bytes that are new, or -errno. */
long long region_map(struct region *region, int ctx, __u32 hwpt_id,
		     __u64 address);

#endif /* FAULTQ_REGION_H */
