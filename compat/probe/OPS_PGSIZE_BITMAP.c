// SPDX-License-Identifier: GPL-2.0-only
/* The page sizes are a property of the driver too, not of a domain alone. */
#include <linux/iommu.h>

const struct iommu_ops faultq_probe = { .pgsize_bitmap = PAGE_SIZE };
