// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dispatch of ioctls and negotiation of the size of their structs. One row a
 * call: the number, the size of the first version of its struct, the size now,
 * and who carries it out.
 */
#include <linux/fs.h>
#include <linux/uaccess.h>

#include "faultq_private.h"

union faultq_arg {
	u32 size;
	struct faultq_destroy destroy;
	struct faultq_queue_alloc queue_alloc;
	struct faultq_device_bind device_bind;
	struct faultq_device_info device_info;
	struct faultq_hwpt_alloc hwpt_alloc;
	struct faultq_hwpt_map hwpt_map;
	struct faultq_hwpt_unmap hwpt_unmap;
	struct faultq_device_attach device_attach;
	struct faultq_device_detach device_detach;
	struct faultq_pasid_alloc pasid_alloc;
	struct faultq_pasid_free pasid_free;
	struct faultq_viommu_alloc viommu_alloc;
	struct faultq_vdevice_alloc vdevice_alloc;
	struct faultq_hwpt_invalidate hwpt_invalidate;
	struct faultq_pasid_bind pasid_bind;
	struct faultq_pasid_unbind pasid_unbind;
	struct faultq_hw_queue_alloc hw_queue_alloc;
	struct faultq_hwpt_iova_ranges hwpt_iova_ranges;
	struct faultq_queue_info queue_info;
	struct faultq_queue_eventfd queue_eventfd;
	struct faultq_queue_respond queue_respond;
};

struct faultq_ioctl {
	unsigned int nr;
	u32 min_size;
	u32 size;
	int (*execute)(struct faultq_cmd *cmd);
};

#define FAULTQ_IOCTL(_nr, _struct, _last, _execute)                          \
	{                                                                    \
		.nr = (_nr), .min_size = offsetofend(struct _struct, _last), \
		.size = sizeof(struct _struct) +                             \
			BUILD_BUG_ON_ZERO(sizeof(struct _struct) >           \
					  sizeof(union faultq_arg)),         \
		.execute = (_execute),                                       \
	}

static const struct faultq_ioctl faultq_ctx_ioctls[] = {
	FAULTQ_IOCTL(FAULTQ_DESTROY, faultq_destroy, id, faultq_destroy),
	FAULTQ_IOCTL(FAULTQ_QUEUE_ALLOC, faultq_queue_alloc, out_queue_fd,
		     faultq_queue_alloc),
	FAULTQ_IOCTL(FAULTQ_DEVICE_BIND, faultq_device_bind, __reserved,
		     faultq_device_bind),
	FAULTQ_IOCTL(FAULTQ_DEVICE_INFO, faultq_device_info, out_driver,
		     faultq_device_info),
	FAULTQ_IOCTL(FAULTQ_HWPT_ALLOC, faultq_hwpt_alloc, __reserved2,
		     faultq_hwpt_alloc),
	FAULTQ_IOCTL(FAULTQ_HWPT_MAP, faultq_hwpt_map, iova, faultq_hwpt_map),
	FAULTQ_IOCTL(FAULTQ_HWPT_UNMAP, faultq_hwpt_unmap, length,
		     faultq_hwpt_unmap),
	FAULTQ_IOCTL(FAULTQ_DEVICE_ATTACH, faultq_device_attach, cookie,
		     faultq_device_attach),
	FAULTQ_IOCTL(FAULTQ_DEVICE_DETACH, faultq_device_detach, pasid,
		     faultq_device_detach),
	FAULTQ_IOCTL(FAULTQ_PASID_ALLOC, faultq_pasid_alloc, out_pasid,
		     faultq_pasid_alloc),
	FAULTQ_IOCTL(FAULTQ_PASID_FREE, faultq_pasid_free, pasid,
		     faultq_pasid_free),
	FAULTQ_IOCTL(FAULTQ_VIOMMU_ALLOC, faultq_viommu_alloc, data_uptr,
		     faultq_viommu_alloc),
	FAULTQ_IOCTL(FAULTQ_VDEVICE_ALLOC, faultq_vdevice_alloc, virt_id,
		     faultq_vdevice_alloc),
	FAULTQ_IOCTL(FAULTQ_HWPT_INVALIDATE, faultq_hwpt_invalidate, __reserved,
		     faultq_hwpt_invalidate),
	FAULTQ_IOCTL(FAULTQ_PASID_BIND, faultq_pasid_bind, vtd_s1,
		     faultq_pasid_bind),
	FAULTQ_IOCTL(FAULTQ_PASID_UNBIND, faultq_pasid_unbind, guest_pasid,
		     faultq_pasid_unbind),
	FAULTQ_IOCTL(FAULTQ_HW_QUEUE_ALLOC, faultq_hw_queue_alloc, length,
		     faultq_hw_queue_alloc),
	FAULTQ_IOCTL(FAULTQ_HWPT_IOVA_RANGES, faultq_hwpt_iova_ranges,
		     out_iova_alignment, faultq_hwpt_iova_ranges),
};

static const struct faultq_ioctl faultq_queue_ioctls[] = {
	FAULTQ_IOCTL(FAULTQ_QUEUE_INFO, faultq_queue_info, __reserved,
		     faultq_queue_info),
	FAULTQ_IOCTL(FAULTQ_QUEUE_EVENTFD, faultq_queue_eventfd, __reserved,
		     faultq_queue_eventfd),
	FAULTQ_IOCTL(FAULTQ_QUEUE_RESPOND, faultq_queue_respond, responses_uptr,
		     faultq_queue_respond),
};

static const struct faultq_ioctl *
faultq_ioctl_find(const struct faultq_ioctl *table, size_t length,
		  unsigned int nr)
{
	size_t i;

	for (i = 0; i < length; i++)
		if (table[i].nr == nr)
			return &table[i];
	return NULL;
}

static int faultq_ioctl_execute(const struct faultq_ioctl *ioctl,
				struct faultq_cmd *cmd)
{
	union faultq_arg arg = {};
	int ret;

	if (get_user(cmd->user_size, (u32 __user *)cmd->user_arg))
		return -EFAULT;
	if (cmd->user_size < ioctl->min_size)
		return -EINVAL;
	ret = copy_struct_from_user(&arg, ioctl->size, cmd->user_arg,
				    cmd->user_size);
	if (ret)
		return ret;
	cmd->arg = &arg;
	return ioctl->execute(cmd);
}

/**
 * faultq_cmd_reply() - copy the struct back to the user
 * @cmd: the call
 * @size: of the struct that the kernel knows
 *
 * Return: 0 or -EFAULT.
 */
int faultq_cmd_reply(struct faultq_cmd *cmd, size_t size)
{
	size = min_t(size_t, size, cmd->user_size);
	return copy_to_user(cmd->user_arg, cmd->arg, size) ? -EFAULT : 0;
}

long faultq_ctx_ioctl(struct file *file, unsigned int nr, unsigned long arg)
{
	struct faultq_cmd cmd = {
		.ctx = file->private_data,
		.user_arg = (void __user *)arg,
	};
	const struct faultq_ioctl *ioctl;

	ioctl = faultq_ioctl_find(faultq_ctx_ioctls,
				  ARRAY_SIZE(faultq_ctx_ioctls), nr);
	return ioctl ? faultq_ioctl_execute(ioctl, &cmd) : -ENOTTY;
}

static long faultq_queue_doorbell(struct faultq_queue *queue,
				  unsigned long index)
{
	struct faultq_ring *ring = faultq_queue_ring(queue, index);
	long ret;

	if (!queue->kind->answered)
		return -EOPNOTSUPP;
	if (!ring)
		return -EINVAL;
	ret = faultq_respond_ring(ring);
	faultq_ring_pump(ring);
	return ret;
}

static long faultq_queue_republish(struct faultq_queue *queue,
				   unsigned long index)
{
	struct faultq_ring *ring = faultq_queue_ring(queue, index);

	if (!queue->kind->answered)
		return -EOPNOTSUPP;
	return ring ? faultq_ring_republish(ring) : -EINVAL;
}

long faultq_queue_ioctl(struct file *file, unsigned int nr, unsigned long arg)
{
	struct faultq_cmd cmd = {
		.queue = file->private_data,
		.user_arg = (void __user *)arg,
	};
	const struct faultq_ioctl *ioctl;

	if (READ_ONCE(cmd.queue->dead))
		return -ENODEV;
	if (nr == FAULTQ_QUEUE_DOORBELL)
		return faultq_queue_doorbell(cmd.queue, arg);
	if (nr == FAULTQ_QUEUE_REPUBLISH)
		return faultq_queue_republish(cmd.queue, arg);
	ioctl = faultq_ioctl_find(faultq_queue_ioctls,
				  ARRAY_SIZE(faultq_queue_ioctls), nr);
	return ioctl ? faultq_ioctl_execute(ioctl, &cmd) : -ENOTTY;
}
