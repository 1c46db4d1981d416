/* SPDX-License-Identifier: MIT */
/*
 * The demand pager: maps what page requests ask for, and answers them.
 */
#ifndef FAULTQ_PAGER_H
#define FAULTQ_PAGER_H

#include <stddef.h>

#include "binding.h"
#include "region.h"

#define PAGER_MAX_REGIONS 64

/**
 * struct pager - a device and the regions that it is served
 * @binding: the device
 * @regions: the regions
 * @nr_regions: how many
 * @served: page requests answered Success
 * @invalid: page requests answered Invalid Request
 * @groups: groups answered, with either
 * @mapped: bytes mapped
 * @complained: a failure to map was printed; more may be for the same reason
 */
struct pager {
	struct binding binding;
	struct region regions[PAGER_MAX_REGIONS];
	size_t nr_regions;
	__u64 served;
	__u64 invalid;
	__u64 groups;
	__u64 mapped;
	bool complained;
};

/* Answers all groups that are there; how many, or a negative errno. */
int pager_serve(struct pager *pager);

#endif /* FAULTQ_PAGER_H */
