// SPDX-License-Identifier: GPL-2.0-only
/*
 * The HWPT object: a page table, and the QUEUE that gets its page requests.
 */
#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "faultq_private.h"
#include "nested_compat.h"

static int faultq_hwpt_check_data(const struct faultq_hwpt_alloc *arg)
{
	if (arg->data_type == FAULTQ_HWPT_DATA_NONE) {
		if (arg->pt_id || arg->data_len || arg->data_uptr)
			return -EINVAL;
		return 0;
	}
	if (arg->flags & FAULTQ_HWPT_ALLOC_NEST_PARENT)
		return -EOPNOTSUPP;
	if (!arg->data_len || arg->data_len > FAULTQ_MAX_HWPT_DATA)
		return -EINVAL;
	return 0;
}

static int faultq_hwpt_check(const struct faultq_hwpt_alloc *arg)
{
	const u32 known = FAULTQ_HWPT_ALLOC_NEST_PARENT |
			  FAULTQ_HWPT_ALLOC_FAULT_ID_VALID;

	if (arg->flags & ~known || (arg->flags & known) == known)
		return -EOPNOTSUPP;
	if (arg->__reserved || arg->__reserved2)
		return -EINVAL;
	if (arg->fault_id && !(arg->flags & FAULTQ_HWPT_ALLOC_FAULT_ID_VALID))
		return -EINVAL;
	return faultq_hwpt_check_data(arg);
}

static void faultq_hwpt_put_queue(struct faultq_hwpt *hwpt)
{
	struct faultq_queue *queue = hwpt->queue;

	if (!queue)
		return;
	faultq_object_put(&queue->object);
	faultq_queue_put(queue);
}

static int faultq_hwpt_set_queue(struct faultq_hwpt *hwpt,
				 struct faultq_ctx *ctx,
				 const struct faultq_hwpt_alloc *arg)
{
	if (!(arg->flags & FAULTQ_HWPT_ALLOC_FAULT_ID_VALID))
		return 0;
	hwpt->queue = faultq_queue_get(ctx, arg->fault_id);
	return hwpt->queue ? 0 : -ENOENT;
}

/**
 * faultq_hwpt_set_domain() - give a new HWPT its domain
 * @hwpt: the HWPT, its queue set
 * @device: the DEVICE that the domain was made for, locked and bound
 * @domain: the domain
 */
void faultq_hwpt_set_domain(struct faultq_hwpt *hwpt,
			    struct faultq_device *device,
			    struct iommu_domain *domain)
{
	if (hwpt->queue)
		domain->iopf_handler = faultq_iopf_handler;
	hwpt->domain = domain;
	hwpt->driver_owner = device->driver_owner;
	__module_get(hwpt->driver_owner);
	hwpt->driver = faultq_driver_of(device->dev);
}

static int faultq_hwpt_init_paging(struct faultq_hwpt *hwpt,
				   struct faultq_ctx *ctx,
				   const struct faultq_hwpt_alloc *arg)
{
	struct faultq_device *device;
	struct iommu_domain *domain;

	device = faultq_device_lock(ctx, arg->dev_id);
	if (IS_ERR(device))
		return PTR_ERR(device);
	hwpt->nest_parent = arg->flags & FAULTQ_HWPT_ALLOC_NEST_PARENT;
	domain = hwpt->nest_parent ?
			 faultq_compat_alloc_nest_parent(device->dev) :
			 iommu_paging_domain_alloc(device->dev);
	if (!IS_ERR(domain))
		faultq_hwpt_set_domain(hwpt, device, domain);
	faultq_device_unlock(device);
	return PTR_ERR_OR_ZERO(domain);
}

/**
 * faultq_hwpt_new() - make an HWPT, without an id yet
 * @ctx: the context
 * @arg: what the user wants, checked
 *
 * Return: the HWPT, to be freed by faultq_hwpt_free(), or ERR_PTR().
 */
struct faultq_hwpt *faultq_hwpt_new(struct faultq_ctx *ctx,
				    const struct faultq_hwpt_alloc *arg)
{
	struct faultq_hwpt *hwpt;
	int ret;

	hwpt = kzalloc(sizeof(*hwpt), GFP_KERNEL_ACCOUNT);
	if (!hwpt)
		return ERR_PTR(-ENOMEM);
	mutex_init(&hwpt->lock);
	hwpt->mappings = RB_ROOT;
	hwpt->reserved = RB_ROOT_CACHED;
	ret = faultq_hwpt_set_queue(hwpt, ctx, arg);
	if (ret)
		goto err_free;
	ret = arg->data_type ? faultq_nested_init(hwpt, ctx, arg) :
			       faultq_hwpt_init_paging(hwpt, ctx, arg);
	if (ret)
		goto err_queue;
	return hwpt;

err_queue:
	faultq_hwpt_put_queue(hwpt);
err_free:
	kfree(hwpt);
	return ERR_PTR(ret);
}

void faultq_hwpt_free(struct faultq_hwpt *hwpt)
{
	faultq_mapping_remove_all(hwpt);
	if (hwpt->parent)
		faultq_nested_free_domain(hwpt);
	else
		iommu_domain_free(hwpt->domain);
	module_put(hwpt->driver_owner);
	faultq_hwpt_put_queue(hwpt);
	kfree(hwpt);
}

void faultq_hwpt_destroy(struct faultq_object *object)
{
	struct faultq_hwpt *hwpt =
		container_of(object, struct faultq_hwpt, object);

	faultq_hwpt_free(hwpt);
}

int faultq_hwpt_alloc(struct faultq_cmd *cmd)
{
	struct faultq_hwpt_alloc *arg = cmd->arg;
	struct faultq_hwpt *hwpt;
	int ret;

	ret = faultq_hwpt_check(arg);
	if (ret)
		return ret;
	hwpt = faultq_hwpt_new(cmd->ctx, arg);
	if (IS_ERR(hwpt))
		return PTR_ERR(hwpt);
	ret = faultq_object_init(cmd->ctx, &hwpt->object,
				 hwpt->parent ? FAULTQ_OBJECT_HWPT_NESTED :
						FAULTQ_OBJECT_HWPT);
	if (ret)
		goto err_free;
	arg->out_hwpt_id = hwpt->object.id;
	ret = faultq_cmd_reply(cmd, sizeof(*arg));
	if (ret)
		goto err_abort;
	faultq_object_publish(&hwpt->object);
	return 0;

err_abort:
	faultq_object_abort(&hwpt->object);
err_free:
	faultq_hwpt_free(hwpt);
	return ret;
}

/**
 * faultq_hwpt_get() - the HWPT of an id, referenced
 * @ctx: the context
 * @id: any value
 *
 * Return: the HWPT, paging or nested, or NULL.
 */
struct faultq_hwpt *faultq_hwpt_get(struct faultq_ctx *ctx, u32 id)
{
	struct faultq_object *object;

	object = faultq_object_get(ctx, id, FAULTQ_OBJECT_HWPT) ?:
			 faultq_object_get(ctx, id, FAULTQ_OBJECT_HWPT_NESTED);
	return object ? container_of(object, struct faultq_hwpt, object) : NULL;
}

/**
 * faultq_hwpt_get_paging() - the paging HWPT of an id, referenced
 * @ctx: the context
 * @id: any value
 *
 * Return: the HWPT; -ENOENT if there is none, -EINVAL if it is nested.
 */
struct faultq_hwpt *faultq_hwpt_get_paging(struct faultq_ctx *ctx, u32 id)
{
	struct faultq_hwpt *hwpt = faultq_hwpt_get(ctx, id);

	if (!hwpt)
		return ERR_PTR(-ENOENT);
	if (!hwpt->parent)
		return hwpt;
	faultq_hwpt_put(hwpt);
	return ERR_PTR(-EINVAL);
}

void faultq_hwpt_put(struct faultq_hwpt *hwpt)
{
	faultq_object_put(&hwpt->object);
}
