// SPDX-License-Identifier: GPL-2.0-only
/*
 * The HW_QUEUE object: a queue in guest memory that the IOMMU reads itself.
 *
 * Nothing of it passes through here: the guest rings the IOMMU's doorbell, the
 * IOMMU reads the commands through the parent of the VIOMMU.
 *
 * Hardware may want the queues of a VIOMMU to come in ascending order of their
 * indices and to go in descending order. Each queue then holds the one before it,
 * so that DESTROY of that is EBUSY. A context that is closed ends its queues in any
 * order: whatever ends first takes those above it from the hardware before.
 */
#include <linux/log2.h>
#include <linux/nospec.h>
#include <linux/overflow.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "faultq_private.h"

#define FAULTQ_MIN_VCMDQ 32
#define FAULTQ_MAX_VCMDQ SZ_1M

static int faultq_hw_queue_check(const struct faultq_hw_queue_alloc *arg)
{
	u64 last;

	if (arg->flags || arg->type != FAULTQ_HW_QUEUE_TYPE_TEGRA241_CMDQV)
		return -EOPNOTSUPP;
	if (arg->index >= FAULTQ_MAX_VCMDQS)
		return -EINVAL;
	if (!arg->length)
		return -EINVAL;
	if (check_add_overflow(arg->nesting_parent_iova, arg->length - 1,
			       &last))
		return -EOVERFLOW;
	if (!is_power_of_2(arg->length) || arg->length < FAULTQ_MIN_VCMDQ ||
	    arg->length > FAULTQ_MAX_VCMDQ)
		return -EINVAL;
	return arg->nesting_parent_iova & (arg->length - 1) ? -EINVAL : 0;
}

/*
 * Take a reference on the queue that has to be there before. One that is on its way
 * in or out, of which user space knows no id, is as good as none.
 */
static int faultq_hw_queue_get_prev(struct faultq_hw_queue *queue)
{
	struct faultq_viommu *viommu = queue->viommu;
	struct faultq_hw_queue *prev;

	lockdep_assert_held(&viommu->hw_queue_lock);
	if (!viommu->driver->hw_queues_in_order || !queue->core.index)
		return 0;
	prev = viommu->hw_queues[queue->core.index - 1];
	if (!prev || !prev->published ||
	    !refcount_inc_not_zero(&prev->object.users))
		return -EIO;
	queue->prev = prev;
	return 0;
}

static void faultq_hw_queue_put_prev(struct faultq_hw_queue *queue)
{
	if (queue->prev)
		faultq_object_put(&queue->prev->object);
	queue->prev = NULL;
}

static int faultq_hw_queue_start_locked(struct faultq_hw_queue *queue)
{
	struct faultq_viommu *viommu = queue->viommu;
	int ret;

	lockdep_assert_held(&viommu->hw_queue_lock);
	if (viommu->hw_queues[queue->core.index])
		return -EEXIST;
	ret = faultq_hw_queue_get_prev(queue);
	if (ret)
		return ret;
	ret = viommu->driver->hw_queue_init(&queue->core);
	if (ret)
		faultq_hw_queue_put_prev(queue);
	else
		viommu->hw_queues[queue->core.index] = queue;
	return ret;
}

static int faultq_hw_queue_start(struct faultq_hw_queue *queue)
{
	struct faultq_viommu *viommu = queue->viommu;
	int ret;

	if (!viommu->driver || !viommu->driver->hw_queue_init)
		return -EOPNOTSUPP;
	mutex_lock(&viommu->hw_queue_lock);
	ret = faultq_hw_queue_start_locked(queue);
	mutex_unlock(&viommu->hw_queue_lock);
	return ret;
}

static void faultq_hw_queue_stop_locked(struct faultq_hw_queue *queue)
{
	struct faultq_viommu *viommu = queue->viommu;

	lockdep_assert_held(&viommu->hw_queue_lock);
	viommu->driver->hw_queue_destroy(&queue->core);
	viommu->hw_queues[queue->core.index] = NULL;
	faultq_hw_queue_put_prev(queue);
}

/* They are there only while a context is closed, and are freed later. */
static void faultq_hw_queue_stop_above(struct faultq_viommu *viommu, u32 first)
{
	u32 index;

	for (index = FAULTQ_MAX_VCMDQS - 1; index > first; index--)
		if (viommu->hw_queues[index])
			faultq_hw_queue_stop_locked(viommu->hw_queues[index]);
}

static void faultq_hw_queue_stop(struct faultq_hw_queue *queue)
{
	struct faultq_viommu *viommu = queue->viommu;

	mutex_lock(&viommu->hw_queue_lock);
	if (viommu->driver->hw_queues_in_order)
		faultq_hw_queue_stop_above(viommu, queue->core.index);
	if (viommu->hw_queues[queue->core.index] == queue)
		faultq_hw_queue_stop_locked(queue);
	mutex_unlock(&viommu->hw_queue_lock);
}

/* From here on the next one may be made. */
static void faultq_hw_queue_publish(struct faultq_hw_queue *queue)
{
	struct faultq_viommu *viommu = queue->viommu;

	mutex_lock(&viommu->hw_queue_lock);
	queue->published = true;
	faultq_object_publish(&queue->object);
	mutex_unlock(&viommu->hw_queue_lock);
}

static struct faultq_hw_queue *
faultq_hw_queue_new(struct faultq_ctx *ctx,
		    const struct faultq_hw_queue_alloc *arg)
{
	struct faultq_hw_queue *queue;
	int ret = -ENOENT;

	queue = kzalloc(sizeof(*queue), GFP_KERNEL_ACCOUNT);
	if (!queue)
		return ERR_PTR(-ENOMEM);
	queue->viommu = faultq_viommu_get(ctx, arg->viommu_id);
	if (!queue->viommu)
		goto err_free;
	queue->core = (struct faultq_driver_hw_queue){
		.viommu = &queue->viommu->core,
		.type = arg->type,
		.index = array_index_nospec(arg->index, FAULTQ_MAX_VCMDQS),
		.base = arg->nesting_parent_iova,
		.length = arg->length,
	};
	ret = faultq_hw_queue_start(queue);
	if (ret)
		goto err_viommu;
	return queue;

err_viommu:
	faultq_viommu_put(queue->viommu);
err_free:
	kfree(queue);
	return ERR_PTR(ret);
}

static void faultq_hw_queue_free(struct faultq_hw_queue *queue)
{
	faultq_hw_queue_stop(queue);
	faultq_viommu_put(queue->viommu);
	kfree(queue);
}

void faultq_hw_queue_destroy(struct faultq_object *object)
{
	struct faultq_hw_queue *queue =
		container_of(object, struct faultq_hw_queue, object);

	faultq_hw_queue_free(queue);
}

int faultq_hw_queue_alloc(struct faultq_cmd *cmd)
{
	struct faultq_hw_queue_alloc *arg = cmd->arg;
	struct faultq_hw_queue *queue;
	int ret;

	ret = faultq_hw_queue_check(arg);
	if (ret)
		return ret;
	queue = faultq_hw_queue_new(cmd->ctx, arg);
	if (IS_ERR(queue))
		return PTR_ERR(queue);
	ret = faultq_object_init(cmd->ctx, &queue->object,
				 FAULTQ_OBJECT_HW_QUEUE);
	if (ret)
		goto err_free;
	arg->out_hw_queue_id = queue->object.id;
	ret = faultq_cmd_reply(cmd, sizeof(*arg));
	if (ret)
		goto err_abort;
	faultq_hw_queue_publish(queue);
	return 0;

err_abort:
	faultq_object_abort(&queue->object);
err_free:
	faultq_hw_queue_free(queue);
	return ret;
}
