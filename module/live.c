// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many objects live, so that unloading the module can tell a leak, and tests
 * can tell one sooner.
 */
#define pr_fmt(fmt) "faultq: " fmt

#include <linux/printk.h>

#include "faultq_private.h"

static atomic_t faultq_live = ATOMIC_INIT(0);

void faultq_live_inc(void)
{
	atomic_inc(&faultq_live);
}

void faultq_live_dec(void)
{
	atomic_dec(&faultq_live);
}

int faultq_live_count(void)
{
	return atomic_read(&faultq_live);
}

void faultq_live_check(void)
{
	int live = faultq_live_count();

	if (live)
		pr_warn("%d objects leaked\n", live);
}
