// SPDX-License-Identifier: GPL-2.0-only
/* A group can be taken off its device's pending list before it is answered. */
#include <linux/iommu.h>

void faultq_probe(struct iopf_group *group);

void faultq_probe(struct iopf_group *group)
{
	iopf_group_dequeue(group);
}
