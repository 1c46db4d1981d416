/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine that is soaked: its modules, its memory, its debugfs.
 */
#ifndef SOAK_SYSTEM_H
#define SOAK_SYSTEM_H

#include <stdbool.h>

/**
 * struct memory - what the machine has, in KiB
 * @free: for anyone: free, or given back on demand
 * @kernel: of the kernel's own: slab that cannot be given back, per-CPU areas,
 *	page tables, vmalloc
 */
struct memory {
	long free;
	long kernel;
};

struct memory memory_now(void);
bool memory_is_back(const struct memory *before, struct memory *now);

bool modules_load(void);
bool modules_unload(void);
int module_load(const char *name);
int module_unload(const char *name);

long live_objects(void);
unsigned int pending_groups(void);
unsigned int rings_in_memory(void);
unsigned int attached_tables(unsigned int iommu);
unsigned int open_files(void);
unsigned int device_groups(void);

/**
 * struct probe - what a process finds that comes after all others
 * @ret: -errno if it could not look
 * @pins: it may pin all that RLIMIT_MEMLOCK allows, and no more
 * @pasid: the first PASID that it gets
 */
struct probe {
	int ret;
	bool pins;
	int pasid;
};

void probe_run(struct probe *probe, unsigned int iommu);

void look_around(void);

#endif /* SOAK_SYSTEM_H */
