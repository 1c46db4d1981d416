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
bool modules_busy(void);

bool nothing_live(void);
bool nothing_pending(void);
bool queues_dead(void);
void look_around(void);

#endif /* SOAK_SYSTEM_H */
