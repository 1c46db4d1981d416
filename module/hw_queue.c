// SPDX-License-Identifier: GPL-2.0-only
/*
 * The HW_QUEUE object: a queue in guest memory that the IOMMU reads itself.
 *
 * Nothing of it passes through here: the guest rings the IOMMU's doorbell, the
 * IOMMU reads the commands through the parent of the VIOMMU.
 */
#include <linux/log2.h>
#include <linux/nospec.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "faultq_private.h"

#define FAULTQ_MIN_VCMDQ 16
#define FAULTQ_MAX_VCMDQ SZ_1M

static int faultq_hw_queue_check(const struct faultq_hw_queue_alloc *arg)
{
	if (arg->flags || arg->type != FAULTQ_HW_QUEUE_TYPE_TEGRA241_CMDQV)
		return -EOPNOTSUPP;
	if (arg->index >= FAULTQ_MAX_VCMDQS)
		return -EINVAL;
	if (!is_power_of_2(arg->length) || arg->length < FAULTQ_MIN_VCMDQ ||
	    arg->length > FAULTQ_MAX_VCMDQ)
		return -EINVAL;
	return arg->nesting_parent_iova & (arg->length - 1) ? -EINVAL : 0;
}

/* The bit of the index keeps others out until the driver knows no more of it. */
static int faultq_hw_queue_start(struct faultq_hw_queue *queue)
{
	struct faultq_viommu *viommu = queue->viommu;
	const struct faultq_driver *driver = viommu->driver;
	int ret;

	if (!driver || !driver->hw_queue_init)
		return -EOPNOTSUPP;
	if (test_and_set_bit(queue->core.index, &viommu->hw_queues))
		return -EEXIST;
	ret = driver->hw_queue_init(&queue->core);
	if (ret)
		clear_bit(queue->core.index, &viommu->hw_queues);
	return ret;
}

static void faultq_hw_queue_stop(struct faultq_hw_queue *queue)
{
	struct faultq_viommu *viommu = queue->viommu;

	viommu->driver->hw_queue_destroy(&queue->core);
	clear_bit(queue->core.index, &viommu->hw_queues);
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
	faultq_object_publish(&queue->object);
	return 0;

err_abort:
	faultq_object_abort(&queue->object);
err_free:
	faultq_hw_queue_free(queue);
	return ret;
}
