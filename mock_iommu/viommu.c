// SPDX-License-Identifier: GPL-2.0-only
/*
 * What faultq asks of a driver for a VM: a share of an IOMMU, and by which id
 * the hardware names the devices in it.
 */
#include <linux/faultq.h>
#include <linux/limits.h>

#include "faultq_driver.h"
#include "mock.h"

/**
 * mock_viommu_init() - &faultq_driver.viommu_init
 * @viommu: what is to be made; nothing of it is kept
 * @dev: a device of the instance
 *
 * Return: 0, -EOPNOTSUPP for another type, -EINVAL for a parent of another
 * instance.
 */
int mock_viommu_init(struct faultq_driver_viommu *viommu, struct device *dev)
{
	struct mock_endpoint *ep = dev_iommu_priv_get(dev);

	if (viommu->type != FAULTQ_VIOMMU_TYPE_DEFAULT)
		return -EOPNOTSUPP;
	return to_mock_domain(viommu->parent)->iommu == ep->iommu ? 0 : -EINVAL;
}

/**
 * mock_vdevice_init() - &faultq_driver.vdevice_init
 * @vdevice: what is to be made; nothing of it is kept
 *
 * Return: 0, -EINVAL for an id that is no requester id.
 */
int mock_vdevice_init(struct faultq_driver_vdevice *vdevice)
{
	struct mock_endpoint *ep = dev_iommu_priv_get(vdevice->dev);

	if (vdevice->virt_id > U16_MAX)
		return -EINVAL;
	vdevice->phys_id = ep->config.rid;
	return 0;
}
