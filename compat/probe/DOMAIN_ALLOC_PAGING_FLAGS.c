// SPDX-License-Identifier: GPL-2.0-only
/* A driver allocates paging domains with flags and user data. */
#include <linux/iommu.h>

static struct iommu_domain *alloc(struct device *dev, u32 flags,
				  const struct iommu_user_data *user_data)
{
	return NULL;
}

const struct iommu_ops faultq_probe = { .domain_alloc_paging_flags = alloc };
