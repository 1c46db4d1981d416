// SPDX-License-Identifier: GPL-2.0-only
/* A PASID is detached by an operation of its own, not by the blocked domain. */
#include <linux/iommu.h>

static void unset(struct device *dev, ioasid_t pasid,
		  struct iommu_domain *domain)
{
}

const struct iommu_ops faultq_probe = { .remove_dev_pasid = unset };
