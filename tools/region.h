/* SPDX-License-Identifier: MIT */
/*
 * A range of IOVAs and the memory behind it, a file's or anonymous.
 */
#ifndef FAULTQ_REGION_H
#define FAULTQ_REGION_H

#include <linux/types.h>
#include <stdbool.h>

/**
 * struct region - what is behind a range of IOVAs
 * @iova: where it starts, a multiple of the page size
 * @size: bytes, a multiple of the page size
 * @file: whose contents it has; empty if it is anonymous memory
 * @writable: the device may write
 * @memory: the contents
 * @mapped: a byte for each unit: not 0 once the device's page table has it
 * @unit: bytes that are mapped at a time, a multiple of the page size
 */
struct region {
	__u64 iova;
	__u64 size;
	const char *file;
	bool writable;
	unsigned char *memory;
	unsigned char *mapped;
	__u64 unit;
};

/* IOVA:[SIZE]:[FILE][:ro], cut up in place; returns an exit status */
int region_parse(struct region *region, const char *command, char *text);

/* Makes or opens what is behind it; returns an exit status. */
int region_open(struct region *region, __u64 unit);

bool region_contains(const struct region *region, __u64 address);
bool region_overlaps(const struct region *region, const struct region *other);

/* Maps the unit at @address; returns the bytes that are new, or -errno. */
long long region_map(struct region *region, int ctx, __u32 hwpt_id,
		     __u64 address);

#endif /* FAULTQ_REGION_H */
