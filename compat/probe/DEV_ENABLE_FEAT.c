// SPDX-License-Identifier: GPL-2.0-only
/* Page faults are switched on per device by a feature operation. */
#include <linux/iommu.h>

static int enable(struct device *dev, enum iommu_dev_features feature)
{
	return 0;
}

const struct iommu_ops faultq_probe = { .dev_enable_feat = enable };
