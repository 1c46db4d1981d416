// SPDX-License-Identifier: GPL-2.0-only
/* Nested domains have an allocation of their own, not domain_alloc_user(). */
#include <linux/iommu.h>

static struct iommu_domain *alloc(struct device *dev,
				  struct iommu_domain *parent, u32 flags,
				  const struct iommu_user_data *user_data)
{
	return NULL;
}

const struct iommu_ops faultq_probe = { .domain_alloc_nested = alloc };
