// SPDX-License-Identifier: GPL-2.0-only
/*
 * PASIDs handed out to a DEVICE, from the kernel's global space.
 */
#include <linux/iommu.h>

#include "faultq_private.h"

/* The DEVICE is locked. */
int faultq_pasid_take(struct faultq_device *device, u32 *out_pasid)
{
	ioasid_t pasid;
	int ret;

	if (!device->dev->iommu->max_pasids)
		return -EOPNOTSUPP;
	pasid = iommu_alloc_global_pasid(device->dev);
	if (pasid == IOMMU_PASID_INVALID)
		return -ENOSPC;
	ret = xa_insert(&device->pasids, pasid, xa_mk_value(0),
			GFP_KERNEL_ACCOUNT);
	if (ret)
		iommu_free_global_pasid(pasid);
	*out_pasid = pasid;
	return ret;
}

/* The DEVICE is locked. */
int faultq_pasid_give_back(struct faultq_device *device, u32 pasid)
{
	if (!xa_load(&device->pasids, pasid))
		return -ENOENT;
	if (xa_load(&device->attachments, pasid))
		return -EBUSY;
	xa_erase(&device->pasids, pasid);
	iommu_free_global_pasid(pasid);
	return 0;
}

int faultq_pasid_alloc(struct faultq_cmd *cmd)
{
	struct faultq_pasid_alloc *arg = cmd->arg;
	struct faultq_device *device;
	int ret;

	if (arg->flags)
		return -EOPNOTSUPP;
	device = faultq_device_lock(cmd->ctx, arg->dev_id);
	if (IS_ERR(device))
		return PTR_ERR(device);
	ret = faultq_pasid_take(device, &arg->out_pasid);
	mutex_unlock(&device->lock);
	/* not under the lock: an unplug must not wait for the user's memory */
	if (!ret && faultq_cmd_reply(cmd, sizeof(*arg))) {
		ret = -EFAULT;
		mutex_lock(&device->lock);
		faultq_pasid_give_back(device, arg->out_pasid);
		mutex_unlock(&device->lock);
	}
	faultq_device_put(device);
	return ret;
}

int faultq_pasid_free(struct faultq_cmd *cmd)
{
	struct faultq_pasid_free *arg = cmd->arg;
	struct faultq_device *device;
	int ret;

	if (arg->flags)
		return -EOPNOTSUPP;
	device = faultq_device_lock(cmd->ctx, arg->dev_id);
	if (IS_ERR(device))
		return PTR_ERR(device);
	ret = faultq_pasid_give_back(device, arg->pasid);
	faultq_device_unlock(device);
	return ret;
}

/**
 * faultq_pasid_free_all() - give back every PASID of a DEVICE
 * @device: the DEVICE, locked, with nothing attached
 */
void faultq_pasid_free_all(struct faultq_device *device)
{
	unsigned long pasid;
	void *entry;

	xa_for_each(&device->pasids, pasid, entry) {
		xa_erase(&device->pasids, pasid);
		iommu_free_global_pasid(pasid);
		cond_resched();
	}
}
