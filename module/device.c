// SPDX-License-Identifier: GPL-2.0-only
/*
 * The DEVICE object: a device whose DMA ownership a context holds.
 *
 * It is unbound once, by whoever comes first: DESTROY, the end of the context,
 * or the device's removal from the machine (unplug.c). The object itself stays
 * until its id goes.
 */
#include <linux/device.h>
#include <linux/device/bus.h>
#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "faultq_private.h"

/* Guards the list of bound devices, and the step from a name to a bound one. */
DEFINE_MUTEX(faultq_devices_lock);
LIST_HEAD(faultq_devices);

static struct faultq_device *faultq_device_new(const char *name, u64 label)
{
	struct faultq_device *device;

	device = kzalloc(sizeof(*device), GFP_KERNEL_ACCOUNT);
	if (!device)
		return NULL;
	device->label = label;
	strscpy(device->name, name, sizeof(device->name));
	mutex_init(&device->lock);
	xa_init_flags(&device->attachments, XA_FLAGS_ACCOUNT);
	xa_init_flags(&device->pasids, XA_FLAGS_ACCOUNT);
	xa_init_flags(&device->bindings, XA_FLAGS_ACCOUNT);
	INIT_HLIST_HEAD(&device->event_queues);
	INIT_LIST_HEAD(&device->node);
	return device;
}

static void faultq_device_free(struct faultq_device *device)
{
	xa_destroy(&device->attachments);
	xa_destroy(&device->pasids);
	xa_destroy(&device->bindings);
	if (device->dev)
		put_device(device->dev);
	kfree_rcu(device, rcu);
}

static struct device *faultq_device_find(const char *name)
{
	const char *slash = strchr(name, '/');
	const struct bus_type *bus;

	if (!slash)
		return NULL;
	bus = faultq_bus_find(name, slash - name);
	return bus ? bus_find_device_by_name(bus, NULL, slash + 1) : NULL;
}

/* Without the lock of each: to be bound at the same time is refused anyway. */
static bool faultq_device_is_bound(const struct device *dev)
{
	struct faultq_device *device;

	list_for_each_entry(device, &faultq_devices, node)
		if (device->dev == dev && !READ_ONCE(device->gone))
			return true;
	return false;
}

static int faultq_device_count(struct device *dev, void *data)
{
	(*(unsigned int *)data)++;
	return 0;
}

/*
 * The kernel's IOMMU core attaches and routes by group. The faults of several
 * devices in one group could not be told apart, so such a group is refused.
 */
static int faultq_device_check_group(struct iommu_group *group)
{
	unsigned int nr = 0;

	iommu_group_for_each_dev(group, &nr, faultq_device_count);
	return nr == 1 ? 0 : -EOPNOTSUPP;
}

static int faultq_device_claim(struct faultq_device *device)
{
	struct module *owner;
	int ret;

	owner = faultq_driver_get(device->dev, &device->driver_name);
	if (IS_ERR(owner))
		return PTR_ERR(owner);
	ret = faultq_device_check_group(device->group);
	if (ret)
		goto err_module;
	ret = faultq_driver_check_device(device->dev, device->group);
	if (ret)
		goto err_module;
	/* an owner of its own, so that no second claim can join in */
	ret = iommu_device_claim_dma_owner(device->dev, device);
	if (ret) {
		ret = ret == -EPERM ? -EBUSY : ret;
		goto err_module;
	}
	device->driver_owner = owner;
	return 0;

err_module:
	module_put(owner);
	return ret;
}

/*
 * Under faultq_devices_lock a device that is found on its bus keeps its IOMMU:
 * its removal waits for this lock in faultq_unplug_notify() first.
 */
static int faultq_device_take(struct faultq_device *device)
{
	int ret;

	device->dev = faultq_device_find(device->name);
	if (!device->dev)
		return -ENODEV;
	if (faultq_device_is_bound(device->dev))
		return -EBUSY;
	device->group = iommu_group_get(device->dev);
	if (!device->group)
		return -ENODEV;
	ret = -ENODEV;
	if (device->dev->iommu && device->dev->iommu->iommu_dev)
		ret = faultq_device_claim(device);
	if (ret) {
		iommu_group_put(device->group);
		return ret;
	}
	device->iommu = device->dev->iommu->iommu_dev;
	list_add(&device->node, &faultq_devices);
	faultq_route_add(device);
	return 0;
}

/**
 * faultq_device_unbind() - detach, answer, and give the DMA ownership back
 * @device: the DEVICE, locked; a second call finds nothing to do
 *
 * When it returns, faultq touches the device and its IOMMU no more.
 */
void faultq_device_unbind(struct faultq_device *device)
{
	lockdep_assert_held(&device->lock);
	if (device->gone)
		return;
	faultq_route_remove(device);
	faultq_detach_all(device);
	WARN_ON(device->iopf_users);
	faultq_vdevice_revoke(device);
	faultq_pasid_free_all(device);
	iommu_device_release_dma_owner(device->dev);
	iommu_group_put(device->group);
	module_put(device->driver_owner);
	WRITE_ONCE(device->gone, true);
}

/*
 * First unbound, then off the list: a removal that runs meanwhile finds it
 * there and waits until it is unbound.
 */
static void faultq_device_end(struct faultq_device *device)
{
	mutex_lock(&device->lock);
	faultq_device_unbind(device);
	faultq_binding_end_all(device);
	mutex_unlock(&device->lock);

	mutex_lock(&faultq_devices_lock);
	list_del(&device->node);
	mutex_unlock(&faultq_devices_lock);
	faultq_source_end(&device->event_queues);
	faultq_device_free(device);
}

void faultq_device_destroy(struct faultq_object *object)
{
	faultq_device_end(container_of(object, struct faultq_device, object));
}

static int faultq_device_check(const struct faultq_device_bind *arg)
{
	if (arg->flags)
		return -EOPNOTSUPP;
	if (arg->__reserved ||
	    strnlen(arg->name, sizeof(arg->name)) == sizeof(arg->name))
		return -EINVAL;
	return 0;
}

int faultq_device_bind(struct faultq_cmd *cmd)
{
	struct faultq_device_bind *arg = cmd->arg;
	struct faultq_device *device;
	int ret;

	ret = faultq_device_check(arg);
	if (ret)
		return ret;
	device = faultq_device_new(arg->name, arg->label);
	if (!device)
		return -ENOMEM;
	ret = faultq_object_init(cmd->ctx, &device->object,
				 FAULTQ_OBJECT_DEVICE);
	if (ret)
		goto err_free;

	mutex_lock(&faultq_devices_lock);
	ret = faultq_device_take(device);
	mutex_unlock(&faultq_devices_lock);
	if (ret)
		goto err_abort;

	arg->out_dev_id = device->object.id;
	ret = faultq_cmd_reply(cmd, sizeof(*arg));
	if (ret) {
		faultq_object_abort(&device->object);
		faultq_device_end(device);
		return ret;
	}
	faultq_object_publish(&device->object);
	return 0;

err_abort:
	faultq_object_abort(&device->object);
err_free:
	faultq_device_free(device);
	return ret;
}

/**
 * faultq_device_get() - the DEVICE of an id, referenced
 * @ctx: the context
 * @id: any value
 *
 * Return: the DEVICE, which may be unbound, or NULL.
 */
struct faultq_device *faultq_device_get(struct faultq_ctx *ctx, u32 id)
{
	struct faultq_object *object;

	object = faultq_object_get(ctx, id, FAULTQ_OBJECT_DEVICE);
	return object ? container_of(object, struct faultq_device, object) :
			NULL;
}

void faultq_device_put(struct faultq_device *device)
{
	faultq_object_put(&device->object);
}

/**
 * faultq_device_lock() - the DEVICE of an id, referenced, locked and bound
 * @ctx: the context
 * @id: any value
 *
 * Return: the DEVICE, to be given to faultq_device_unlock(); or -ENOENT if
 * there is none, -ENODEV if it was unplugged.
 */
struct faultq_device *faultq_device_lock(struct faultq_ctx *ctx, u32 id)
{
	struct faultq_device *device = faultq_device_get(ctx, id);

	if (!device)
		return ERR_PTR(-ENOENT);
	mutex_lock(&device->lock);
	if (!device->gone)
		return device;
	faultq_device_unlock(device);
	return ERR_PTR(-ENODEV);
}

void faultq_device_unlock(struct faultq_device *device)
{
	mutex_unlock(&device->lock);
	faultq_device_put(device);
}
