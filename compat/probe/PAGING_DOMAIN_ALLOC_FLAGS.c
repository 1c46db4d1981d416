// SPDX-License-Identifier: GPL-2.0-only
/* A paging domain with flags is a call of the kernel, not of the driver. */
#include <linux/iommu.h>

struct iommu_domain *faultq_probe(struct device *dev);

struct iommu_domain *faultq_probe(struct device *dev)
{
	return iommu_paging_domain_alloc_flags(dev, 0);
}
