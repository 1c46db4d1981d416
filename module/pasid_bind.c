// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest PASIDs bound to host PASIDs of a DEVICE. A binding is a nested HWPT, an
 * attachment that knows the guest PASID, and maybe an allocated PASID. Nothing
 * but UNBIND or the end of the DEVICE parts them.
 */
#include <linux/sched.h>
#include <linux/slab.h>

#include "faultq_private.h"

/**
 * struct faultq_binding - a guest PASID of a DEVICE
 * @host_pasid: what the device sends
 * @allocated: the binding allocated it
 * @ready: the user was told, so it may be undone
 * @hwpt: the guest's page table; a reference besides that of the attachment
 */
struct faultq_binding {
	u32 host_pasid;
	bool allocated;
	bool ready;
	struct faultq_hwpt *hwpt;
};

static int faultq_binding_check(const struct faultq_pasid_bind *arg)
{
	if (arg->flags & ~(FAULTQ_PASID_BIND_ALLOC | FAULTQ_PASID_BIND_COOKIE |
			   FAULTQ_PASID_BIND_FAULT_ID_VALID) ||
	    arg->data_type != FAULTQ_HWPT_DATA_VTD_S1)
		return -EOPNOTSUPP;
	if (!arg->guest_pasid || arg->guest_pasid >= FAULTQ_MAX_GUEST_PASIDS ||
	    arg->__reserved)
		return -EINVAL;
	if ((arg->flags & FAULTQ_PASID_BIND_ALLOC && arg->host_pasid) ||
	    (!(arg->flags & FAULTQ_PASID_BIND_COOKIE) && arg->cookie) ||
	    (!(arg->flags & FAULTQ_PASID_BIND_FAULT_ID_VALID) && arg->fault_id))
		return -EINVAL;
	return 0;
}

/*
 * The IOMMU driver reads the description of the table from user memory, and
 * there it is, in the user's struct.
 */
static struct faultq_hwpt *faultq_binding_make_hwpt(struct faultq_cmd *cmd)
{
	const struct faultq_pasid_bind *arg = cmd->arg;
	struct faultq_hwpt_alloc alloc = {
		.dev_id = arg->dev_id,
		.pt_id = arg->pt_id,
		.data_type = arg->data_type,
		.data_len = sizeof(arg->vtd_s1),
		.data_uptr = (uintptr_t)cmd->user_arg +
			     offsetof(struct faultq_pasid_bind, vtd_s1),
	};
	struct faultq_hwpt *hwpt;
	int ret;

	if (arg->flags & FAULTQ_PASID_BIND_FAULT_ID_VALID) {
		alloc.flags = FAULTQ_HWPT_ALLOC_FAULT_ID_VALID;
		alloc.fault_id = arg->fault_id;
	}
	hwpt = faultq_hwpt_new(cmd->ctx, &alloc);
	if (IS_ERR(hwpt))
		return hwpt;
	ret = faultq_object_init(cmd->ctx, &hwpt->object,
				 FAULTQ_OBJECT_HWPT_NESTED);
	if (ret) {
		faultq_hwpt_free(hwpt);
		return ERR_PTR(ret);
	}
	return hwpt;
}

static int faultq_binding_take_pasid(struct faultq_device *device,
				     struct faultq_binding *binding,
				     const struct faultq_pasid_bind *arg)
{
	binding->host_pasid = arg->host_pasid;
	if (arg->flags & FAULTQ_PASID_BIND_ALLOC) {
		binding->allocated = true;
		return faultq_pasid_take(device, &binding->host_pasid);
	}
	return faultq_attach_check_pasid(device, FAULTQ_DEVICE_ATTACH_PASID,
					 arg->host_pasid);
}

static void faultq_binding_give_back(struct faultq_device *device,
				     struct faultq_binding *binding)
{
	/* after an unplug it is given back already */
	if (binding->allocated)
		faultq_pasid_give_back(device, binding->host_pasid);
}

static int faultq_binding_attach(struct faultq_device *device,
				 struct faultq_binding *binding,
				 const struct faultq_pasid_bind *arg)
{
	struct faultq_hwpt *hwpt = binding->hwpt;
	u64 cookie = arg->flags & FAULTQ_PASID_BIND_COOKIE ? arg->cookie :
							     device->label;
	int ret;

	if (xa_load(&device->attachments, binding->host_pasid))
		return -EEXIST;
	refcount_inc(&hwpt->object.users);
	ret = faultq_attach(device, hwpt, binding->host_pasid, cookie,
			    arg->guest_pasid);
	if (ret)
		faultq_hwpt_put(hwpt);
	return ret;
}

static int faultq_binding_connect(struct faultq_device *device,
				  struct faultq_binding *binding,
				  const struct faultq_pasid_bind *arg)
{
	int ret;

	lockdep_assert_held(&device->lock);
	if (device->gone)
		return -ENODEV;
	ret = xa_insert(&device->bindings, arg->guest_pasid, binding,
			GFP_KERNEL_ACCOUNT);
	if (ret)
		return ret == -EBUSY ? -EEXIST : ret;
	ret = faultq_binding_take_pasid(device, binding, arg);
	if (ret)
		goto err_erase;
	ret = faultq_binding_attach(device, binding, arg);
	if (ret)
		goto err_pasid;
	refcount_inc(&binding->hwpt->object.users);
	return 0;

err_pasid:
	faultq_binding_give_back(device, binding);
err_erase:
	xa_erase(&device->bindings, arg->guest_pasid);
	return ret;
}

static struct faultq_binding *
faultq_binding_new(struct faultq_device *device, struct faultq_hwpt *hwpt,
		   const struct faultq_pasid_bind *arg)
{
	struct faultq_binding *binding;
	int ret;

	binding = kzalloc(sizeof(*binding), GFP_KERNEL_ACCOUNT);
	if (!binding)
		return ERR_PTR(-ENOMEM);
	binding->hwpt = hwpt;
	mutex_lock(&device->lock);
	ret = faultq_binding_connect(device, binding, arg);
	mutex_unlock(&device->lock);
	if (ret) {
		kfree(binding);
		return ERR_PTR(ret);
	}
	faultq_live_inc();
	return binding;
}

static void faultq_binding_end(struct faultq_device *device, u32 guest_pasid,
			       struct faultq_binding *binding)
{
	lockdep_assert_held(&device->lock);
	faultq_detach_pasid(device, binding->host_pasid);
	faultq_binding_give_back(device, binding);
	xa_erase(&device->bindings, guest_pasid);
	faultq_object_drop(&binding->hwpt->object);
	faultq_hwpt_put(binding->hwpt);
	kfree(binding);
	faultq_live_dec();
}

/**
 * faultq_binding_end_all() - end every binding of a DEVICE
 * @device: the DEVICE, locked
 */
void faultq_binding_end_all(struct faultq_device *device)
{
	struct faultq_binding *binding;
	unsigned long guest_pasid;

	xa_for_each(&device->bindings, guest_pasid, binding) {
		faultq_binding_end(device, guest_pasid, binding);
		cond_resched();
	}
}

/*
 * The user is told without the DEVICE's lock, as an unplug must not wait for
 * the user's memory. Until then no one else undoes the binding.
 */
static int faultq_binding_tell(struct faultq_cmd *cmd,
			       struct faultq_device *device,
			       struct faultq_binding *binding)
{
	struct faultq_pasid_bind *arg = cmd->arg;
	int ret;

	arg->host_pasid = binding->host_pasid;
	arg->out_hwpt_id = binding->hwpt->object.id;
	ret = faultq_cmd_reply(cmd, sizeof(*arg));
	if (!ret)
		faultq_object_publish(&binding->hwpt->object);
	mutex_lock(&device->lock);
	if (ret)
		faultq_binding_end(device, arg->guest_pasid, binding);
	else
		binding->ready = true;
	mutex_unlock(&device->lock);
	return ret;
}

static int faultq_binding_make(struct faultq_cmd *cmd,
			       struct faultq_device *device)
{
	struct faultq_binding *binding;
	struct faultq_hwpt *hwpt;

	hwpt = faultq_binding_make_hwpt(cmd);
	if (IS_ERR(hwpt))
		return PTR_ERR(hwpt);
	binding = faultq_binding_new(device, hwpt, cmd->arg);
	if (IS_ERR(binding)) {
		faultq_object_drop(&hwpt->object);
		return PTR_ERR(binding);
	}
	return faultq_binding_tell(cmd, device, binding);
}

/* Where the guest has the PASID table, the host binds nothing in it. */
static int faultq_binding_check_device(struct faultq_device *device)
{
	int ret = -ENODEV;

	mutex_lock(&device->lock);
	if (!device->gone)
		ret = device->dev->iommu->iommu_dev->ops->user_pasid_table ?
			      -EOPNOTSUPP :
			      0;
	mutex_unlock(&device->lock);
	return ret;
}

int faultq_pasid_bind(struct faultq_cmd *cmd)
{
	struct faultq_pasid_bind *arg = cmd->arg;
	struct faultq_device *device;
	int ret;

	ret = faultq_binding_check(arg);
	if (ret)
		return ret;
	device = faultq_device_get(cmd->ctx, arg->dev_id);
	if (!device)
		return -ENOENT;
	ret = faultq_binding_check_device(device);
	if (!ret)
		ret = faultq_binding_make(cmd, device);
	faultq_device_put(device);
	return ret;
}

static int faultq_binding_find_and_end(struct faultq_device *device,
				       u32 guest_pasid)
{
	struct faultq_binding *binding =
		xa_load(&device->bindings, guest_pasid);

	if (!binding)
		return -ENOENT;
	if (!binding->ready)
		return -EBUSY;
	faultq_binding_end(device, guest_pasid, binding);
	return 0;
}

int faultq_pasid_unbind(struct faultq_cmd *cmd)
{
	struct faultq_pasid_unbind *arg = cmd->arg;
	struct faultq_device *device;
	int ret;

	if (arg->flags)
		return -EOPNOTSUPP;
	device = faultq_device_get(cmd->ctx, arg->dev_id);
	if (!device)
		return -ENOENT;
	mutex_lock(&device->lock);
	ret = faultq_binding_find_and_end(device, arg->guest_pasid);
	faultq_device_unlock(device);
	return ret;
}
