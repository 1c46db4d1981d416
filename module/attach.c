// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attachments: an HWPT on a device's RID or on one of its PASIDs.
 *
 * The end of an attachment, in this order: it is marked dead, so that rings
 * take no more groups of it; the IOMMU driver ends it, after which none can be
 * on its way; its pending groups are revoked; and it is waited for those that
 * a responder has in hand, which is bounded, as no responder waits for
 * user space while it has a group.
 */
#include <linux/device.h>
#include <linux/iommu.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "compat.h"
#include "faultq_private.h"
#include "handle.h"

static struct faultq_attachment *
faultq_attachment_new(struct faultq_device *device, struct faultq_hwpt *hwpt,
		      ioasid_t pasid, u64 cookie, u32 guest_pasid)
{
	struct faultq_attachment *attachment;
	struct faultq_queue *queue = hwpt->queue;

	attachment = kzalloc(sizeof(*attachment), GFP_KERNEL_ACCOUNT);
	if (!attachment)
		return NULL;
	attachment->handle =
		kzalloc(sizeof(*attachment->handle), GFP_KERNEL_ACCOUNT);
	if (!attachment->handle) {
		kfree(attachment);
		return NULL;
	}
	refcount_set(&attachment->users, 1);
	init_completion(&attachment->drained);
	attachment->device = device;
	attachment->hwpt = hwpt;
	attachment->pasid = pasid;
	attachment->guest_pasid = guest_pasid;
	attachment->all_pasids =
		pasid == IOMMU_NO_PASID &&
		hwpt->domain->type == IOMMU_DOMAIN_NESTED &&
		device->dev->iommu->iommu_dev->ops->user_pasid_table;
	attachment->dev_id = device->object.id;
	attachment->cookie = cookie;
	if (queue)
		attachment->ring =
			&queue->rings[attachment->dev_id % queue->nr_rings];
	RCU_INIT_POINTER(attachment->handle->attachment, attachment);
	faultq_live_inc();
	return attachment;
}

static void faultq_attachment_free(struct faultq_attachment *attachment)
{
	faultq_iova_release(attachment->reservation);
	kfree_rcu(attachment->handle, rcu);
	kfree_rcu(attachment, rcu);
	faultq_live_dec();
}

/**
 * faultq_attachment_put() - let go of an attachment, as a group does
 * @attachment: not to be touched after
 */
void faultq_attachment_put(struct faultq_attachment *attachment)
{
	if (refcount_dec_and_test(&attachment->users))
		complete(&attachment->drained);
}

static void faultq_attach_iopf_put(struct faultq_attachment *attachment)
{
	struct faultq_device *device = attachment->device;

	if (attachment->ring && !--device->iopf_users)
		faultq_compat_iopf_disable(device->dev);
}

/*
 * Revoke the pending groups of a dead attachment and wait until no one uses it.
 * The IOMMU driver reports no group of it any more.
 */
static void faultq_attachment_drain(struct faultq_attachment *attachment)
{
	/* without groups of its own it need not look through those of others */
	if (attachment->ring && refcount_read(&attachment->users) > 1)
		faultq_revoke(attachment->ring, attachment);
	faultq_attachment_put(attachment);
	wait_for_completion(&attachment->drained);
}

/* The IOMMU driver has ended it: no group of it can arrive any more. */
static void faultq_attachment_end(struct faultq_attachment *attachment)
{
	struct faultq_hwpt *hwpt = attachment->hwpt;

	faultq_attachment_drain(attachment);
	faultq_attach_iopf_put(attachment);
	faultq_attachment_free(attachment);
	faultq_hwpt_put(hwpt);
}

static void faultq_attachment_mark_dead(struct faultq_attachment *attachment)
{
	struct faultq_ring *ring = attachment->ring;

	if (!ring)
		return;
	spin_lock(&ring->lock);
	attachment->dead = true;
	spin_unlock(&ring->lock);
}

static void faultq_detach(struct faultq_device *device,
			  struct faultq_attachment *attachment)
{
	struct iommu_domain *domain = attachment->hwpt->domain;

	faultq_attachment_mark_dead(attachment);
	if (attachment->pasid == IOMMU_NO_PASID)
		iommu_detach_group_handle(domain, device->group);
	else
		iommu_detach_device_pasid(domain, device->dev,
					  attachment->pasid);
	xa_erase(&device->attachments, attachment->pasid);
	faultq_attachment_end(attachment);
}

/**
 * faultq_detach_pasid() - end the attachment of a PASID, if there is one
 * @device: the DEVICE, locked
 * @pasid: the PASID
 */
void faultq_detach_pasid(struct faultq_device *device, ioasid_t pasid)
{
	struct faultq_attachment *attachment;

	attachment = xa_load(&device->attachments, pasid);
	if (attachment)
		faultq_detach(device, attachment);
}

/**
 * faultq_detach_all() - end every attachment of a DEVICE
 * @device: the DEVICE, locked
 */
void faultq_detach_all(struct faultq_device *device)
{
	struct faultq_attachment *attachment;
	unsigned long pasid;

	xa_for_each(&device->attachments, pasid, attachment) {
		faultq_detach(device, attachment);
		cond_resched();
	}
}

static int faultq_attach_first(struct faultq_device *device,
			       struct faultq_attachment *new)
{
	struct iommu_domain *domain = new->hwpt->domain;

	if (new->pasid == IOMMU_NO_PASID)
		return iommu_attach_group_handle(domain, device->group,
						 &new->handle->core);
	return iommu_attach_device_pasid(domain, device->dev, new->pasid,
					 &new->handle->core);
}

static int faultq_attach_replace(struct faultq_device *device,
				 struct faultq_attachment *new,
				 struct faultq_attachment *old)
{
	struct iommu_domain *domain = new->hwpt->domain;

	if (new->pasid == IOMMU_NO_PASID)
		return iommu_replace_group_handle(device->group, domain,
						  &new->handle->core);
	return faultq_compat_replace_pasid(device->dev, new, old);
}

/*
 * Attach the old domain once more. iommu_group_for_each_dev() calls this with
 * the group's mutex held, as IOMMU drivers expect.
 */
static int faultq_attach_again(struct device *dev, void *data)
{
	struct faultq_attachment *old = data;
	struct iommu_domain *domain = old->hwpt->domain;

	if (old->pasid == IOMMU_NO_PASID)
		return faultq_compat_attach_dev(domain, dev, domain);
	return faultq_compat_set_dev_pasid(domain, dev, old->pasid, domain);
}

/*
 * A replacement failed. Many IOMMU drivers first block the device and then find
 * out that they cannot attach the new domain. Some kernels put the old domain
 * back, others trust the driver to leave it in force. Neither the kernel's
 * books nor ours say which it was, so the old domain is attached once more,
 * which changes nothing where it still is in force.
 *
 * -EBUSY is an exception: it means that the domain cannot be changed now, by
 * the driver or, during a reset of the device, by the kernel. So a driver that
 * says -EBUSY, or that it cannot replace a domain at all, still has the old one.
 *
 * Return: @error, or -ENOTRECOVERABLE if the old domain could not be restored.
 * Then the old attachment has ended.
 */
static int faultq_attach_restore(struct faultq_device *device,
				 struct faultq_attachment *old, int error)
{
	int ret;

	if (error == -EBUSY)
		return error;
	ret = iommu_group_for_each_dev(device->group, old, faultq_attach_again);
	if (!ret || ret == -EBUSY || ret == -EOPNOTSUPP)
		return error;
	dev_err(device->dev,
		"faultq: detached: restoring its page table failed (%d) after a failed attach (%d)\n",
		ret, error);
	faultq_detach(device, old);
	return -ENOTRECOVERABLE;
}

/* Requests with PASID are not kept out of reserved regions: see iova.c. */
static int faultq_attach_reserve(struct faultq_attachment *new)
{
	struct faultq_reservation *reservation;

	if (new->pasid != IOMMU_NO_PASID)
		return 0;
	reservation = faultq_iova_reserve(new->hwpt, new->device->dev);
	if (IS_ERR(reservation))
		return PTR_ERR(reservation);
	new->reservation = reservation;
	return 0;
}

/*
 * Page requests are enabled by the IOMMU driver: on older kernels when it is
 * asked to, on newer ones when it attaches a domain with a handler.
 */
static int faultq_attach_iopf_error(int error)
{
	switch (error) {
	case -ENODEV:
	case -EINVAL:
		return -EOPNOTSUPP;
	default:
		return error;
	}
}

static int faultq_attach_iopf_get(struct faultq_attachment *new)
{
	struct faultq_device *device = new->device;
	int ret;

	if (!new->ring)
		return 0;
	if (!faultq_driver_page_requests(device->dev))
		return -EOPNOTSUPP;
	if (!device->iopf_users) {
		ret = faultq_compat_iopf_enable(device->dev);
		if (ret)
			return faultq_attach_iopf_error(ret);
	}
	device->iopf_users++;
	return 0;
}

/*
 * The IOMMU core checks this for a first attachment only: a driver's operation
 * must never be called for a device of another driver.
 */
static int faultq_attach_check_domain(const struct faultq_device *device,
				      const struct faultq_hwpt *hwpt)
{
	if (hwpt->domain->owner != device->dev->iommu->iommu_dev->ops)
		return -EINVAL;
	return 0;
}

static int faultq_attach_commit(struct faultq_device *device,
				struct faultq_attachment *new,
				struct faultq_attachment *old)
{
	int ret;

	if (!old)
		ret = faultq_attach_first(device, new);
	else
		ret = faultq_attach_replace(device, new, old);
	/* an IOMMU driver's word for a device without page requests */
	if (ret == -ENODEV && new->ring)
		ret = -EOPNOTSUPP;
	if (ret && old)
		ret = faultq_attach_restore(device, old, ret);
	if (ret)
		return ret;
	/* the entry is there or reserved: cannot fail */
	xa_store(&device->attachments, new->pasid, new, GFP_KERNEL_ACCOUNT);
	if (old) {
		faultq_attachment_mark_dead(old);
		/* no fault has the old handle in hand after this */
		faultq_driver_drain(device->dev);
		faultq_attachment_end(old);
	}
	return 0;
}

/*
 * The IOMMU core may have published the handle, and the IOMMU driver may have
 * switched the hardware, before the attachment failed: page requests may have
 * come in for it.
 */
static void faultq_attach_abort(struct faultq_attachment *new)
{
	faultq_attachment_mark_dead(new);
	faultq_driver_drain(new->device->dev);
	faultq_attachment_drain(new);
}

/**
 * faultq_attach() - attach an HWPT, in the place of one that may be there
 * @device: the DEVICE, locked and bound
 * @hwpt: the HWPT; the reference goes along, unless this fails
 * @pasid: a PASID of the device, or IOMMU_NO_PASID
 * @cookie: comes back in every record
 * @guest_pasid: what a guest calls @pasid, 0 unless it is being bound
 *
 * Return: 0, or a negative errno. On error the former attachment is unchanged;
 * with -ENOTRECOVERABLE it has ended, and nothing is attached.
 */
int faultq_attach(struct faultq_device *device, struct faultq_hwpt *hwpt,
		  ioasid_t pasid, u64 cookie, u32 guest_pasid)
{
	struct faultq_attachment *old, *new;
	int ret;

	ret = faultq_attach_check_domain(device, hwpt);
	if (ret)
		return ret;
	ret = xa_reserve(&device->attachments, pasid, GFP_KERNEL_ACCOUNT);
	if (ret)
		return ret;
	old = xa_load(&device->attachments, pasid);
	new = faultq_attachment_new(device, hwpt, pasid, cookie, guest_pasid);
	if (!new) {
		ret = -ENOMEM;
		goto err_release;
	}
	ret = faultq_attach_reserve(new);
	if (ret)
		goto err_free;
	ret = faultq_attach_iopf_get(new);
	if (ret)
		goto err_free;
	ret = faultq_attach_commit(device, new, old);
	if (ret)
		goto err_abort;
	return 0;

err_abort:
	faultq_attach_abort(new);
	faultq_attach_iopf_put(new);
err_free:
	faultq_attachment_free(new);
err_release:
	xa_release(&device->attachments, pasid);
	return ret;
}

/*
 * The PASID of a call: that of the RID without the flag. Its range is checked
 * here, since the kernel checks it for PASIDs only on some versions.
 */
int faultq_attach_check_pasid(const struct faultq_device *device, u32 flags,
			      u32 pasid)
{
	if (!(flags & FAULTQ_DEVICE_ATTACH_PASID))
		return pasid == IOMMU_NO_PASID ? 0 : -EINVAL;
	if (pasid == IOMMU_NO_PASID || pasid >= device->dev->iommu->max_pasids)
		return -EINVAL;
	return 0;
}

/* Nothing but UNBIND parts a guest PASID from its host PASID. */
static bool faultq_attach_is_bound(struct faultq_device *device, u32 pasid)
{
	const struct faultq_attachment *attachment;

	attachment = xa_load(&device->attachments, pasid);
	return attachment && attachment->guest_pasid;
}

static int faultq_attach_locked(struct faultq_ctx *ctx,
				struct faultq_device *device,
				const struct faultq_device_attach *arg)
{
	struct faultq_hwpt *hwpt;
	u64 cookie;
	int ret;

	ret = faultq_attach_check_pasid(device, arg->flags, arg->pasid);
	if (ret)
		return ret;
	if (faultq_attach_is_bound(device, arg->pasid))
		return -EBUSY;
	hwpt = faultq_hwpt_get(ctx, arg->hwpt_id);
	if (!hwpt)
		return -ENOENT;
	cookie = arg->flags & FAULTQ_DEVICE_ATTACH_COOKIE ? arg->cookie :
							    device->label;
	ret = faultq_attach(device, hwpt, arg->pasid, cookie, 0);
	if (ret)
		faultq_hwpt_put(hwpt);
	return ret;
}

int faultq_device_attach(struct faultq_cmd *cmd)
{
	struct faultq_device_attach *arg = cmd->arg;
	struct faultq_device *device;
	int ret;

	if (arg->flags &
	    ~(FAULTQ_DEVICE_ATTACH_PASID | FAULTQ_DEVICE_ATTACH_COOKIE))
		return -EOPNOTSUPP;
	if (arg->__reserved ||
	    (arg->cookie && !(arg->flags & FAULTQ_DEVICE_ATTACH_COOKIE)))
		return -EINVAL;
	device = faultq_device_lock(cmd->ctx, arg->dev_id);
	if (IS_ERR(device))
		return PTR_ERR(device);
	ret = faultq_attach_locked(cmd->ctx, device, arg);
	faultq_device_unlock(device);
	return ret;
}

static int faultq_detach_locked(struct faultq_device *device,
				const struct faultq_device_detach *arg)
{
	struct faultq_attachment *attachment;
	int ret;

	ret = faultq_attach_check_pasid(device, arg->flags, arg->pasid);
	if (ret)
		return ret;
	attachment = xa_load(&device->attachments, arg->pasid);
	if (!attachment)
		return -ENOENT;
	if (attachment->guest_pasid)
		return -EBUSY;
	faultq_detach(device, attachment);
	return 0;
}

int faultq_device_detach(struct faultq_cmd *cmd)
{
	struct faultq_device_detach *arg = cmd->arg;
	struct faultq_device *device;
	int ret;

	if (arg->flags & ~FAULTQ_DEVICE_ATTACH_PASID)
		return -EOPNOTSUPP;
	device = faultq_device_lock(cmd->ctx, arg->dev_id);
	if (IS_ERR(device))
		return PTR_ERR(device);
	ret = faultq_detach_locked(device, arg);
	faultq_device_unlock(device);
	return ret;
}
