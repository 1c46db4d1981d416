// SPDX-License-Identifier: GPL-2.0-only
/*
 * Replacing the domain of a PASID without a moment of blocked DMA.
 */
#include "compat.h"
#include "faultq_private.h"
#include "handle.h"

#ifdef FAULTQ_HAVE_IOMMU_REPLACE_DEVICE_PASID

int faultq_compat_replace_pasid(struct device *dev,
				struct faultq_attachment *new,
				struct faultq_attachment *old)
{
	return iommu_replace_device_pasid(new->hwpt->domain, dev, new->pasid,
					  &new->handle->core);
}

#else

struct faultq_replacement {
	struct faultq_attachment *new;
	struct faultq_attachment *old;
};

/*
 * Whether the driver's set_dev_pasid() can replace a domain. If it is told the
 * old one, it refuses what it cannot do; of a driver that is not told, only one
 * that is registered is known to notice.
 */
static bool faultq_compat_can_replace_pasid(struct device *dev)
{
#ifdef FAULTQ_HAVE_SET_DEV_PASID_OLD
	return true;
#else
	return faultq_driver_of(dev);
#endif
}

static int faultq_compat_set_domain(struct device *dev,
				    struct faultq_attachment *new,
				    struct faultq_attachment *old)
{
	struct iommu_domain *domain = new->hwpt->domain;
	int ret;

	/* as iommu_attach_device_pasid() has it */
	if (!domain->ops->set_dev_pasid)
		return -EOPNOTSUPP;
	if (domain == old->hwpt->domain)
		return 0;
	if (!faultq_compat_can_replace_pasid(dev))
		return -EOPNOTSUPP;
	ret = faultq_compat_set_dev_pasid(domain, dev, new->pasid,
					  old->hwpt->domain);
	/* the word of a driver that wants the PASID to be detached first */
	return ret == -EBUSY ? -EOPNOTSUPP : ret;
}

static int faultq_compat_replace_locked(struct device *dev, void *data)
{
	struct faultq_replacement *replacement = data;
	struct faultq_attachment *new = replacement->new;
	struct faultq_attachment *old = replacement->old;
	struct faultq_handle *handle = old->handle;
	int ret;

	ret = faultq_compat_set_domain(dev, new, old);
	if (ret)
		return ret;
	WRITE_ONCE(handle->core.domain, new->hwpt->domain);
	rcu_assign_pointer(handle->attachment, new);
	RCU_INIT_POINTER(new->handle->attachment, old);
	swap(new->handle, old->handle);
	return 0;
}

/*
 * The kernel has no such call, but its IOMMU drivers can do it. What the
 * kernel keeps of an attached PASID is the pointer to its handle: that
 * stays, and the two attachments exchange their handles. The group's mutex,
 * which IOMMU drivers rely on, is held by iommu_group_for_each_dev(); a group
 * that faultq binds has one device. The fault path reads domain and attachment
 * of the handle without a lock, and finds the old or the new ones; both are
 * alive until the caller has drained the old one.
 */
int faultq_compat_replace_pasid(struct device *dev,
				struct faultq_attachment *new,
				struct faultq_attachment *old)
{
	struct faultq_replacement replacement = { .new = new, .old = old };

	return iommu_group_for_each_dev(new->device->group, &replacement,
					faultq_compat_replace_locked);
}

#endif
