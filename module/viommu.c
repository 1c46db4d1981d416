// SPDX-License-Identifier: GPL-2.0-only
/*
 * The VIOMMU object: the share of one VM in one IOMMU. It knows the nested
 * HWPTs that were made on it, and the virtual ids of devices, both ways.
 */
#include <linux/iommu.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "faultq_private.h"

/* Of TEGRA241_CMDQV; the other types have no data. */
static bool faultq_viommu_has_data(u32 type)
{
	return type == FAULTQ_VIOMMU_TYPE_TEGRA241_CMDQV;
}

/* All of it is written only, so nothing is read but whether it may be longer. */
static int faultq_viommu_check_data(const struct faultq_viommu_alloc *arg)
{
	struct faultq_viommu_tegra241_cmdqv data;

	if (!faultq_viommu_has_data(arg->type))
		return arg->data_len || arg->data_uptr ? -EINVAL : 0;
	if (arg->data_len < sizeof(data))
		return -EINVAL;
	return copy_struct_from_user(&data, sizeof(data),
				     u64_to_user_ptr(arg->data_uptr),
				     arg->data_len);
}

static int faultq_viommu_check(const struct faultq_viommu_alloc *arg)
{
	if (arg->flags || arg->type > FAULTQ_VIOMMU_TYPE_TEGRA241_CMDQV)
		return -EOPNOTSUPP;
	if (arg->__reserved)
		return -EINVAL;
	return faultq_viommu_check_data(arg);
}

static int faultq_viommu_init(struct faultq_viommu *viommu, struct device *dev)
{
	const struct faultq_driver *driver = faultq_driver_of(dev);

	if (!viommu->parent->nest_parent ||
	    viommu->parent->domain->owner != dev->iommu->iommu_dev->ops)
		return -EINVAL;
	viommu->iommu = dev->iommu->iommu_dev;
	viommu->driver = driver;
	viommu->core.parent = viommu->parent->domain;
	if (driver && driver->viommu_init)
		return driver->viommu_init(&viommu->core, dev);
	return viommu->core.type == FAULTQ_VIOMMU_TYPE_DEFAULT ? 0 :
								 -EOPNOTSUPP;
}

static int faultq_viommu_connect(struct faultq_viommu *viommu,
				 struct faultq_ctx *ctx,
				 const struct faultq_viommu_alloc *arg)
{
	struct faultq_device *device;
	int ret;

	device = faultq_device_lock(ctx, arg->dev_id);
	if (IS_ERR(device))
		return PTR_ERR(device);
	viommu->parent = faultq_hwpt_get(ctx, arg->hwpt_id);
	ret = viommu->parent ? faultq_viommu_init(viommu, device->dev) :
			       -ENOENT;
	faultq_device_unlock(device);
	if (ret && viommu->parent)
		faultq_hwpt_put(viommu->parent);
	return ret;
}

static void faultq_viommu_free(struct faultq_viommu *viommu)
{
	faultq_doorbell_remove(viommu);
	if (viommu->driver && viommu->driver->viommu_destroy)
		viommu->driver->viommu_destroy(&viommu->core);
	faultq_source_end(&viommu->event_queues);
	xa_destroy(&viommu->by_virt_id);
	xa_destroy(&viommu->by_phys_id);
	faultq_hwpt_put(viommu->parent);
	kfree_rcu(viommu, rcu);
}

static struct faultq_viommu *
faultq_viommu_new(struct faultq_ctx *ctx, const struct faultq_viommu_alloc *arg)
{
	struct faultq_viommu *viommu;
	int ret;

	viommu = kzalloc(sizeof(*viommu), GFP_KERNEL_ACCOUNT);
	if (!viommu)
		return ERR_PTR(-ENOMEM);
	viommu->core.type = arg->type;
	mutex_init(&viommu->lock);
	mutex_init(&viommu->hw_queue_lock);
	INIT_LIST_HEAD(&viommu->hwpts);
	INIT_HLIST_HEAD(&viommu->event_queues);
	xa_init_flags(&viommu->by_virt_id, XA_FLAGS_ACCOUNT);
	xa_init_flags(&viommu->by_phys_id, XA_FLAGS_ACCOUNT);
	ret = faultq_viommu_connect(viommu, ctx, arg);
	if (ret) {
		kfree(viommu);
		return ERR_PTR(ret);
	}
	if (!faultq_viommu_has_data(arg->type))
		return viommu;
	ret = faultq_doorbell_add(viommu, ctx);
	if (ret) {
		faultq_viommu_free(viommu);
		return ERR_PTR(ret);
	}
	return viommu;
}

void faultq_viommu_destroy(struct faultq_object *object)
{
	faultq_viommu_free(container_of(object, struct faultq_viommu, object));
}

static int faultq_viommu_tell(struct faultq_cmd *cmd,
			      const struct faultq_viommu *viommu)
{
	struct faultq_viommu_alloc *arg = cmd->arg;
	const struct faultq_viommu_tegra241_cmdqv data = {
		.out_vintf_mmap_offset = (u64)viommu->doorbell.index
					 << PAGE_SHIFT,
		.out_vintf_mmap_length = PAGE_SIZE,
	};

	if (faultq_viommu_has_data(arg->type) &&
	    copy_to_user(u64_to_user_ptr(arg->data_uptr), &data, sizeof(data)))
		return -EFAULT;
	arg->out_viommu_id = viommu->object.id;
	return faultq_cmd_reply(cmd, sizeof(*arg));
}

int faultq_viommu_alloc(struct faultq_cmd *cmd)
{
	struct faultq_viommu_alloc *arg = cmd->arg;
	struct faultq_viommu *viommu;
	int ret;

	ret = faultq_viommu_check(arg);
	if (ret)
		return ret;
	viommu = faultq_viommu_new(cmd->ctx, arg);
	if (IS_ERR(viommu))
		return PTR_ERR(viommu);
	ret = faultq_object_init(cmd->ctx, &viommu->object,
				 FAULTQ_OBJECT_VIOMMU);
	if (ret)
		goto err_free;
	ret = faultq_viommu_tell(cmd, viommu);
	if (ret)
		goto err_abort;
	faultq_object_publish(&viommu->object);
	return 0;

err_abort:
	faultq_object_abort(&viommu->object);
err_free:
	faultq_viommu_free(viommu);
	return ret;
}

/**
 * faultq_viommu_get() - the VIOMMU of an id, referenced
 * @ctx: the context
 * @id: any value
 *
 * Return: the VIOMMU or NULL.
 */
struct faultq_viommu *faultq_viommu_get(struct faultq_ctx *ctx, u32 id)
{
	struct faultq_object *object;

	object = faultq_object_get(ctx, id, FAULTQ_OBJECT_VIOMMU);
	return object ? container_of(object, struct faultq_viommu, object) :
			NULL;
}

void faultq_viommu_put(struct faultq_viommu *viommu)
{
	faultq_object_put(&viommu->object);
}

/* Invalidations of the VIOMMU apply to the HWPT from here on. */
void faultq_viommu_add_hwpt(struct faultq_viommu *viommu,
			    struct faultq_hwpt *hwpt)
{
	mutex_lock(&viommu->lock);
	list_add(&hwpt->viommu_node, &viommu->hwpts);
	mutex_unlock(&viommu->lock);
}

void faultq_viommu_remove_hwpt(struct faultq_viommu *viommu,
			       struct faultq_hwpt *hwpt)
{
	mutex_lock(&viommu->lock);
	list_del(&hwpt->viommu_node);
	mutex_unlock(&viommu->lock);
}

/**
 * faultq_viommu_virt_id() - what the guest calls a device
 * @viommu: the VIOMMU
 * @phys_id: what the hardware calls it, any value
 * @virt_id: where to put it
 *
 * Return: true, or false if the device has no VDEVICE here.
 */
bool faultq_viommu_virt_id(struct faultq_viommu *viommu, u64 phys_id,
			   u64 *virt_id)
{
	struct faultq_vdevice *vdevice = NULL;

	mutex_lock(&viommu->lock);
	if (phys_id <= ULONG_MAX)
		vdevice = xa_load(&viommu->by_phys_id, phys_id);
	if (vdevice)
		*virt_id = vdevice->core.virt_id;
	mutex_unlock(&viommu->lock);
	return vdevice;
}
