// SPDX-License-Identifier: GPL-2.0-only
/*
 * A context, and the table of its objects.
 *
 * An id is reserved first, its object becomes visible under it only when the
 * user has been told the id, and DESTROY takes it away only when no one else
 * uses the object. Nothing here waits.
 */
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/sched/user.h>
#include <linux/slab.h>

#include "faultq_private.h"

static void (*const faultq_object_destroy[])(struct faultq_object *object) = {
	[FAULTQ_OBJECT_DEVICE] = faultq_device_destroy,
	[FAULTQ_OBJECT_HWPT] = faultq_hwpt_destroy,
	[FAULTQ_OBJECT_HWPT_NESTED] = faultq_hwpt_destroy,
	[FAULTQ_OBJECT_VIOMMU] = faultq_viommu_destroy,
	[FAULTQ_OBJECT_VDEVICE] = faultq_vdevice_destroy,
	[FAULTQ_OBJECT_HW_QUEUE] = faultq_hw_queue_destroy,
	[FAULTQ_OBJECT_QUEUE] = faultq_queue_destroy,
};

/**
 * faultq_object_init() - reserve an id for a new object
 * @ctx: the context
 * @object: the object; no one finds it before faultq_object_publish()
 * @type: its type
 *
 * Return: 0, -ENOSPC if the context is full, or -ENOMEM.
 */
int faultq_object_init(struct faultq_ctx *ctx, struct faultq_object *object,
		       enum faultq_object_type type)
{
	int ret;

	object->ctx = ctx;
	object->type = type;
	refcount_set(&object->users, 1);
	ret = xa_alloc(&ctx->objects, &object->id, XA_ZERO_ENTRY,
		       XA_LIMIT(1, FAULTQ_MAX_OBJECTS), GFP_KERNEL_ACCOUNT);
	if (ret)
		return ret == -EBUSY ? -ENOSPC : ret;
	faultq_live_inc();
	return 0;
}

/**
 * faultq_object_publish() - let calls find the object; cannot fail
 * @object: the object, whole
 */
void faultq_object_publish(struct faultq_object *object)
{
	void *old = xa_store(&object->ctx->objects, object->id, object,
			     GFP_KERNEL_ACCOUNT);

	WARN_ON(xa_is_err(old));
}

/**
 * faultq_object_abort() - give back the id of an object that no one found
 * @object: the object
 */
void faultq_object_abort(struct faultq_object *object)
{
	xa_erase(&object->ctx->objects, object->id);
	faultq_live_dec();
}

/**
 * faultq_object_get() - the object of an id, referenced
 * @ctx: the context
 * @id: any value
 * @type: what it must be
 *
 * Return: the object, or NULL if there is none of this type.
 */
struct faultq_object *faultq_object_get(struct faultq_ctx *ctx, u32 id,
					enum faultq_object_type type)
{
	struct faultq_object *object;

	xa_lock(&ctx->objects);
	object = xa_load(&ctx->objects, id);
	if (object && object->type == type)
		refcount_inc(&object->users);
	else
		object = NULL;
	xa_unlock(&ctx->objects);
	return object;
}

static void faultq_object_end(struct faultq_object *object)
{
	faultq_object_destroy[object->type](object);
	faultq_live_dec();
}

/* Never the last reference, unless the id was dropped: that one is the id's. */
void faultq_object_put(struct faultq_object *object)
{
	if (refcount_dec_and_test(&object->users))
		faultq_object_end(object);
}

/**
 * faultq_object_drop() - take an id away from whatever uses its object still
 * @object: the object; ends with its last user, which may be now
 */
void faultq_object_drop(struct faultq_object *object)
{
	xa_erase(&object->ctx->objects, object->id);
	faultq_object_put(object);
}

int faultq_destroy(struct faultq_cmd *cmd)
{
	struct faultq_destroy *arg = cmd->arg;
	struct xarray *objects = &cmd->ctx->objects;
	struct faultq_object *object;

	xa_lock(objects);
	object = xa_load(objects, arg->id);
	if (!object) {
		xa_unlock(objects);
		return -ENOENT;
	}
	if (!refcount_dec_if_one(&object->users)) {
		xa_unlock(objects);
		return -EBUSY;
	}
	__xa_erase(objects, arg->id);
	xa_unlock(objects);
	faultq_object_end(object);
	return 0;
}

static int faultq_ctx_open(struct inode *inode, struct file *file)
{
	struct faultq_ctx *ctx;

	ctx = kzalloc(sizeof(*ctx), GFP_KERNEL_ACCOUNT);
	if (!ctx)
		return -ENOMEM;
	xa_init_flags(&ctx->objects, XA_FLAGS_ALLOC1 | XA_FLAGS_ACCOUNT);
	ctx->user = get_uid(current_user());
	ctx->mapping = file->f_mapping;
	file->private_data = ctx;
	faultq_live_inc();
	return 0;
}

static void faultq_ctx_end_all(struct faultq_ctx *ctx,
			       enum faultq_object_type type)
{
	struct faultq_object *object;
	unsigned long id;

	xa_for_each(&ctx->objects, id, object) {
		if (object->type != type)
			continue;
		xa_erase(&ctx->objects, id);
		faultq_object_end(object);
		cond_resched();
	}
}

/* Users end before what they use. */
static const enum faultq_object_type faultq_ctx_end_order[] = {
	FAULTQ_OBJECT_HW_QUEUE,	   FAULTQ_OBJECT_VDEVICE, FAULTQ_OBJECT_DEVICE,
	FAULTQ_OBJECT_HWPT_NESTED, FAULTQ_OBJECT_VIOMMU,  FAULTQ_OBJECT_HWPT,
	FAULTQ_OBJECT_QUEUE,
};

/* No call is under way any more. */
static int faultq_ctx_release(struct inode *inode, struct file *file)
{
	struct faultq_ctx *ctx = file->private_data;
	unsigned int i;

	BUILD_BUG_ON(ARRAY_SIZE(faultq_ctx_end_order) !=
		     FAULTQ_NR_OBJECT_TYPES);
	for (i = 0; i < ARRAY_SIZE(faultq_ctx_end_order); i++)
		faultq_ctx_end_all(ctx, faultq_ctx_end_order[i]);
	xa_destroy(&ctx->objects);
	free_uid(ctx->user);
	kfree(ctx);
	faultq_live_dec();
	return 0;
}

const struct file_operations faultq_ctx_fops = {
	.owner = THIS_MODULE,
	.open = faultq_ctx_open,
	.release = faultq_ctx_release,
	.mmap = faultq_ctx_mmap,
	.unlocked_ioctl = faultq_ctx_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};
