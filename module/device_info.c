// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a DEVICE and its IOMMU can do, and the registers of the IOMMU that a
 * virtual one must mirror. The IOMMU driver is asked with the DEVICE locked,
 * the user is told without.
 */
#include <linux/iommu.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "faultq_private.h"
#include "nested_compat.h"

/**
 * struct faultq_hw_info - what the IOMMU driver tells of its hardware
 * @type: one of enum faultq_hw_info_type
 * @len: bytes of @data
 * @data: in the layout of @type, to be freed; NULL for none
 */
struct faultq_hw_info {
	u32 type;
	u32 len;
	void *data;
};

static int faultq_hw_info_get(struct faultq_hw_info *info, struct device *dev)
{
	const struct iommu_ops *ops = dev->iommu->iommu_dev->ops;
	void *data;

	if (!ops->hw_info)
		return 0;
	data = ops->hw_info(dev, &info->len, &info->type);
	if (IS_ERR(data))
		return PTR_ERR(data);
	info->data = data;
	return 0;
}

static int faultq_hw_info_put(const struct faultq_hw_info *info,
			      void __user *to, u32 room)
{
	u32 len = min(info->len, room);

	if (copy_to_user(to, info->data, len) ||
	    clear_user(to + len, room - len))
		return -EFAULT;
	return 0;
}

/* Whether a driver can nest, the kernel learns by asking for a parent only. */
static int faultq_device_can_nest(struct device *dev,
				  const struct faultq_driver *driver)
{
	struct iommu_domain *parent;

	if (!faultq_compat_has_nested(dev) &&
	    !(driver && driver->viommu_alloc_nested))
		return 0;
	parent = faultq_compat_alloc_nest_parent(dev);
	if (IS_ERR(parent))
		return PTR_ERR(parent) == -ENOMEM ? -ENOMEM : 0;
	iommu_domain_free(parent);
	return 1;
}

/* An IOMMU may have PASIDs for SVA alone: its page tables then take none. */
static int faultq_device_has_pasids(struct device *dev)
{
	struct iommu_domain *domain;
	int ret;

	if (!dev->iommu->max_pasids)
		return 0;
	domain = iommu_paging_domain_alloc(dev);
	if (IS_ERR(domain))
		return PTR_ERR(domain) == -ENOMEM ? -ENOMEM : 0;
	ret = domain->ops->set_dev_pasid ? 1 : 0;
	iommu_domain_free(domain);
	return ret;
}

static int faultq_device_capabilities(struct device *dev, u32 *caps)
{
	const struct faultq_driver *driver = faultq_driver_of(dev);
	int nests = faultq_device_can_nest(dev, driver);
	int pasids = nests < 0 ? nests : faultq_device_has_pasids(dev);

	if (pasids < 0)
		return pasids;
	*caps = 0;
	if (faultq_driver_page_requests(dev))
		*caps |= FAULTQ_DEVICE_CAP_IOPF;
	if (pasids)
		*caps |= FAULTQ_DEVICE_CAP_PASID;
	if (nests)
		*caps |= FAULTQ_DEVICE_CAP_NESTING;
	if (dev->iommu->iommu_dev->ops->user_pasid_table)
		*caps |= FAULTQ_DEVICE_CAP_USER_PASID_TABLE;
	if (driver && driver->reports_events)
		*caps |= FAULTQ_DEVICE_CAP_EVENTS;
	if (driver && driver->hw_queue_init)
		*caps |= FAULTQ_DEVICE_CAP_HW_QUEUE;
	return 0;
}

static int faultq_device_info_fill(struct faultq_device_info *arg,
				   struct faultq_device *device,
				   struct faultq_hw_info *info)
{
	int ret;

	ret = faultq_device_capabilities(device->dev, &arg->out_capabilities);
	if (ret)
		return ret;
	arg->out_max_pasids = device->dev->iommu->max_pasids;
	arg->out_label = device->label;
	strscpy_pad(arg->out_name, device->name, sizeof(arg->out_name));
	strscpy_pad(arg->out_driver, device->driver_name,
		    sizeof(arg->out_driver));
	return faultq_hw_info_get(info, device->dev);
}

int faultq_device_info(struct faultq_cmd *cmd)
{
	struct faultq_device_info *arg = cmd->arg;
	struct faultq_hw_info info = {};
	struct faultq_device *device;
	int ret;

	BUILD_BUG_ON((int)FAULTQ_HW_INFO_INTEL_VTD !=
		     (int)IOMMU_HW_INFO_TYPE_INTEL_VTD);

	if (arg->flags)
		return -EOPNOTSUPP;
	if (arg->__reserved)
		return -EINVAL;
	device = faultq_device_lock(cmd->ctx, arg->dev_id);
	if (IS_ERR(device))
		return PTR_ERR(device);
	ret = faultq_device_info_fill(arg, device, &info);
	faultq_device_unlock(device);
	if (ret)
		return ret;
	ret = faultq_hw_info_put(&info, u64_to_user_ptr(arg->data_uptr),
				 arg->data_len);
	kfree(info.data);
	if (ret)
		return ret;
	arg->out_data_type = info.type;
	arg->data_len = info.len;
	return faultq_cmd_reply(cmd, sizeof(*arg));
}
