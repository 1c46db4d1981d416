// SPDX-License-Identifier: GPL-2.0-only
/*
 * The VDEVICE object: the virtual id of a DEVICE on a VIOMMU.
 *
 * It ends in two steps, which may be apart: it is revoked when the device
 * leaves, since the hardware may give its id to another device; the virtual
 * id is given back when the object is destroyed.
 */
#include <linux/slab.h>

#include "faultq_private.h"

static int faultq_vdevice_insert(struct xarray *map, u64 id,
				 struct faultq_vdevice *vdevice)
{
	int ret;

	if (id > ULONG_MAX)
		return -EINVAL;
	ret = xa_insert(map, id, vdevice, GFP_KERNEL_ACCOUNT);
	return ret == -EBUSY ? -EEXIST : ret;
}

static void faultq_vdevice_driver_destroy(struct faultq_vdevice *vdevice)
{
	const struct faultq_driver *driver = vdevice->viommu->driver;

	if (driver && driver->vdevice_destroy)
		driver->vdevice_destroy(&vdevice->core);
}

/* Has the driver tell the physical id, if it can: it leads to the device. */
static int faultq_vdevice_add_phys_id(struct faultq_vdevice *vdevice)
{
	struct faultq_viommu *viommu = vdevice->viommu;
	int ret;

	if (!viommu->driver || !viommu->driver->vdevice_init)
		return 0;
	ret = viommu->driver->vdevice_init(&vdevice->core);
	if (ret)
		return ret;
	mutex_lock(&viommu->lock);
	ret = faultq_vdevice_insert(&viommu->by_phys_id, vdevice->core.phys_id,
				    vdevice);
	mutex_unlock(&viommu->lock);
	if (ret)
		faultq_vdevice_driver_destroy(vdevice);
	else
		vdevice->has_phys_id = true;
	return ret;
}

static void faultq_vdevice_remove_phys_id(struct faultq_vdevice *vdevice)
{
	struct faultq_viommu *viommu = vdevice->viommu;

	if (!vdevice->has_phys_id)
		return;
	mutex_lock(&viommu->lock);
	xa_erase(&viommu->by_phys_id, vdevice->core.phys_id);
	mutex_unlock(&viommu->lock);
	faultq_vdevice_driver_destroy(vdevice);
}

static int faultq_vdevice_connect(struct faultq_vdevice *vdevice,
				  struct faultq_device *device)
{
	struct faultq_viommu *viommu = vdevice->viommu;
	int ret;

	lockdep_assert_held(&device->lock);
	if (device->gone)
		return -ENODEV;
	if (viommu->iommu != device->dev->iommu->iommu_dev)
		return -EINVAL;
	if (rcu_access_pointer(device->vdevice))
		return -EEXIST;
	vdevice->core.dev = device->dev;
	ret = faultq_vdevice_insert(&viommu->by_virt_id, vdevice->core.virt_id,
				    vdevice);
	if (ret)
		return ret;
	ret = faultq_vdevice_add_phys_id(vdevice);
	if (ret)
		xa_erase(&viommu->by_virt_id, vdevice->core.virt_id);
	else
		rcu_assign_pointer(device->vdevice, vdevice);
	return ret;
}

/**
 * faultq_vdevice_revoke() - the device leaves: no report names it any more
 * @device: the DEVICE, locked, its device still there
 */
void faultq_vdevice_revoke(struct faultq_device *device)
{
	struct faultq_vdevice *vdevice;

	vdevice = rcu_replace_pointer(device->vdevice, NULL,
				      lockdep_is_held(&device->lock));
	if (vdevice)
		faultq_vdevice_remove_phys_id(vdevice);
}

static void faultq_vdevice_free(struct faultq_vdevice *vdevice)
{
	struct faultq_device *device = vdevice->device;

	mutex_lock(&device->lock);
	if (rcu_access_pointer(device->vdevice) == vdevice)
		faultq_vdevice_revoke(device);
	mutex_unlock(&device->lock);
	xa_erase(&vdevice->viommu->by_virt_id, vdevice->core.virt_id);
	faultq_viommu_put(vdevice->viommu);
	faultq_device_put(device);
	kfree_rcu(vdevice, rcu);
}

void faultq_vdevice_destroy(struct faultq_object *object)
{
	struct faultq_vdevice *vdevice =
		container_of(object, struct faultq_vdevice, object);

	faultq_vdevice_free(vdevice);
}

static int faultq_vdevice_init(struct faultq_vdevice *vdevice,
			       struct faultq_ctx *ctx,
			       const struct faultq_vdevice_alloc *arg)
{
	int ret = -ENOENT;

	vdevice->viommu = faultq_viommu_get(ctx, arg->viommu_id);
	if (!vdevice->viommu)
		return ret;
	vdevice->device = faultq_device_get(ctx, arg->dev_id);
	if (!vdevice->device)
		goto err_viommu;
	vdevice->core.viommu = &vdevice->viommu->core;
	vdevice->core.virt_id = arg->virt_id;

	mutex_lock(&vdevice->device->lock);
	ret = faultq_vdevice_connect(vdevice, vdevice->device);
	mutex_unlock(&vdevice->device->lock);
	if (ret)
		goto err_device;
	return 0;

err_device:
	faultq_device_put(vdevice->device);
err_viommu:
	faultq_viommu_put(vdevice->viommu);
	return ret;
}

int faultq_vdevice_alloc(struct faultq_cmd *cmd)
{
	struct faultq_vdevice_alloc *arg = cmd->arg;
	struct faultq_vdevice *vdevice;
	int ret;

	vdevice = kzalloc(sizeof(*vdevice), GFP_KERNEL_ACCOUNT);
	if (!vdevice)
		return -ENOMEM;
	ret = faultq_vdevice_init(vdevice, cmd->ctx, arg);
	if (ret) {
		kfree(vdevice);
		return ret;
	}
	ret = faultq_object_init(cmd->ctx, &vdevice->object,
				 FAULTQ_OBJECT_VDEVICE);
	if (ret)
		goto err_free;
	arg->out_vdevice_id = vdevice->object.id;
	ret = faultq_cmd_reply(cmd, sizeof(*arg));
	if (ret)
		goto err_abort;
	faultq_object_publish(&vdevice->object);
	return 0;

err_abort:
	faultq_object_abort(&vdevice->object);
err_free:
	faultq_vdevice_free(vdevice);
	return ret;
}
