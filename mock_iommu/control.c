// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/mock_iommu: struct negotiation and dispatch. The ioctls themselves are
 * in control_topology.c and control_traffic.c.
 */
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include "control.h"
#include "mock.h"

union mock_arg {
	struct mock_iommu_iommu_add iommu_add;
	struct mock_iommu_iommu_remove iommu_remove;
	struct mock_iommu_iommu_info iommu_info;
	struct mock_iommu_iommu_stats iommu_stats;
	struct mock_iommu_iommu_irq iommu_irq;
	struct mock_iommu_endpoint_add endpoint_add;
	struct mock_iommu_endpoint_remove endpoint_remove;
	struct mock_iommu_endpoint_info endpoint_info;
	struct mock_iommu_endpoint_stats endpoint_stats;
	struct mock_iommu_endpoint_reset endpoint_reset;
	struct mock_iommu_dma dma;
	struct mock_iommu_page_request page_request;
	struct mock_iommu_response_read response_read;
	struct mock_iommu_misbehave misbehave;
	struct mock_iommu_fault fault;
	struct mock_iommu_queue_error queue_error;
};

/**
 * struct mock_ioctl - an ioctl
 * @cmd: its full number
 * @size: of the structure as this kernel knows it
 * @min_size: of its first version
 * @run: does it; the structure is written back if it returns 0
 * @silent: there is nothing to write back
 * @undo: takes away what @run made, for a user who cannot be told of it. Both are
 *	called under mock_topology_lock, so that no one else was there meanwhile
 */
struct mock_ioctl {
	unsigned int cmd;
	size_t size;
	size_t min_size;
	int (*run)(void *arg);
	bool silent;
	void (*undo)(void *arg);
};

#define MOCK_IOCTL_ALL(_cmd, _run, _struct, _last, _silent, _undo) \
	[_IOC_NR(_cmd)] = {                                        \
		.cmd = _cmd,                                       \
		.size = sizeof(struct _struct) +                   \
			BUILD_BUG_ON_ZERO(sizeof(union mock_arg) < \
					  sizeof(struct _struct)), \
		.min_size = offsetofend(struct _struct, _last),    \
		.run = _run,                                       \
		.silent = _silent,                                 \
		.undo = _undo,                                     \
	}

#define MOCK_IOCTL(_cmd, _run, _struct, _last) \
	MOCK_IOCTL_ALL(_cmd, _run, _struct, _last, false, NULL)

#define MOCK_IOCTL_SILENT(_cmd, _run, _struct, _last) \
	MOCK_IOCTL_ALL(_cmd, _run, _struct, _last, true, NULL)

#define MOCK_IOCTL_ADD(_cmd, _run, _struct, _last, _undo) \
	MOCK_IOCTL_ALL(_cmd, _run, _struct, _last, false, _undo)

static const struct mock_ioctl mock_ioctls[] = {
	MOCK_IOCTL_ADD(MOCK_IOMMU_IOMMU_ADD, mock_ioctl_iommu_add,
		       mock_iommu_iommu_add, out_name, mock_undo_iommu_add),
	MOCK_IOCTL_SILENT(MOCK_IOMMU_IOMMU_REMOVE, mock_ioctl_iommu_remove,
			  mock_iommu_iommu_remove, iommu_id),
	MOCK_IOCTL(MOCK_IOMMU_IOMMU_INFO, mock_ioctl_iommu_info,
		   mock_iommu_iommu_info, out_name),
	MOCK_IOCTL(MOCK_IOMMU_IOMMU_STATS, mock_ioctl_iommu_stats,
		   mock_iommu_iommu_stats, out_inv_descriptors),
	MOCK_IOCTL_SILENT(MOCK_IOMMU_IOMMU_IRQ, mock_ioctl_iommu_irq,
			  mock_iommu_iommu_irq, masked),
	MOCK_IOCTL_ADD(MOCK_IOMMU_ENDPOINT_ADD, mock_ioctl_endpoint_add,
		       mock_iommu_endpoint_add, out_name,
		       mock_undo_endpoint_add),
	MOCK_IOCTL_SILENT(MOCK_IOMMU_ENDPOINT_REMOVE,
			  mock_ioctl_endpoint_remove,
			  mock_iommu_endpoint_remove, endpoint_id),
	MOCK_IOCTL(MOCK_IOMMU_ENDPOINT_INFO, mock_ioctl_endpoint_info,
		   mock_iommu_endpoint_info, out_name),
	MOCK_IOCTL(MOCK_IOMMU_ENDPOINT_STATS, mock_ioctl_endpoint_stats,
		   mock_iommu_endpoint_stats, out_devtlb_misses),
	MOCK_IOCTL_SILENT(MOCK_IOMMU_ENDPOINT_RESET, mock_ioctl_endpoint_reset,
			  mock_iommu_endpoint_reset, endpoint_id),
	MOCK_IOCTL(MOCK_IOMMU_DMA, mock_ioctl_dma, mock_iommu_dma, out_retries),
	MOCK_IOCTL(MOCK_IOMMU_PAGE_REQUEST, mock_ioctl_page_request,
		   mock_iommu_page_request, __reserved),
	MOCK_IOCTL(MOCK_IOMMU_RESPONSE_READ, mock_ioctl_response_read,
		   mock_iommu_response_read, out_lost),
	MOCK_IOCTL_SILENT(MOCK_IOMMU_MISBEHAVE, mock_ioctl_misbehave,
			  mock_iommu_misbehave, count),
	MOCK_IOCTL(MOCK_IOMMU_FAULT, mock_ioctl_fault, mock_iommu_fault,
		   out_done),
	MOCK_IOCTL_SILENT(MOCK_IOMMU_QUEUE_ERROR, mock_ioctl_queue_error,
			  mock_iommu_queue_error, what),
};

static int mock_ioctl_execute(const struct mock_ioctl *ioctl,
			      union mock_arg *arg, void __user *user,
			      size_t size)
{
	int ret = ioctl->run(arg);

	if (ret || ioctl->silent)
		return ret;
	if (!copy_to_user(user, arg, min_t(size_t, size, ioctl->size)))
		return 0;
	if (ioctl->undo)
		ioctl->undo(arg);
	return -EFAULT;
}

static long mock_control_ioctl(struct file *file, unsigned int cmd,
			       unsigned long arg)
{
	void __user *user = (void __user *)arg;
	unsigned int nr = _IOC_NR(cmd);
	const struct mock_ioctl *ioctl;
	union mock_arg kernel;
	u32 size;
	int ret;

	if (nr >= ARRAY_SIZE(mock_ioctls) || mock_ioctls[nr].cmd != cmd)
		return -ENOTTY;
	ioctl = &mock_ioctls[nr];
	if (get_user(size, (u32 __user *)user))
		return -EFAULT;
	if (size < ioctl->min_size)
		return -EINVAL;
	ret = copy_struct_from_user(&kernel, ioctl->size, user, size);
	if (ret)
		return ret;
	if (!ioctl->undo)
		return mock_ioctl_execute(ioctl, &kernel, user, size);
	/*
	 * The holder may wait for memory that user space provides. EINTR is for
	 * callers whose handler ran; after a stop or a tracer's attachment the
	 * call is made again.
	 */
	if (mutex_lock_interruptible(&mock_topology_lock))
		return -ERESTARTNOHAND;
	ret = mock_ioctl_execute(ioctl, &kernel, user, size);
	mutex_unlock(&mock_topology_lock);
	return ret;
}

static int mock_control_open(struct inode *inode, struct file *file)
{
	return capable(CAP_SYS_ADMIN) ? 0 : -EPERM;
}

/* Its owner is what an open file keeps loaded, and an ioctl under way. */
static const struct file_operations mock_control_fops = {
	.owner = THIS_MODULE,
	.open = mock_control_open,
	.unlocked_ioctl = mock_control_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

static struct miscdevice mock_control_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "mock_iommu",
	.fops = &mock_control_fops,
	.mode = 0600,
};

int mock_control_init(void)
{
	return misc_register(&mock_control_device);
}

void mock_control_exit(void)
{
	misc_deregister(&mock_control_device);
}
