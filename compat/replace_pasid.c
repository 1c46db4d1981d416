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

/*
 * The kernel has no such call, but its IOMMU drivers can do it. What the
 * kernel keeps of an attached PASID is the pointer to its handle: that
 * stays, and the two attachments exchange their handles. The group's mutex is
 * out of reach; faultq owns the device's DMA and holds the DEVICE's lock, so
 * no one else attaches or detaches. The fault path reads domain and attachment
 * of the handle without a lock, and finds the old or the new ones; both are
 * alive until the caller has drained the old one.
 */
int faultq_compat_replace_pasid(struct device *dev,
				struct faultq_attachment *new,
				struct faultq_attachment *old)
{
	struct iommu_domain *domain = new->hwpt->domain;
	struct faultq_handle *handle = old->handle;
	int ret;

	/* as iommu_attach_device_pasid() has it */
	if (!domain->ops->set_dev_pasid)
		return -EOPNOTSUPP;
	if (domain->owner != dev->iommu->iommu_dev->ops)
		return -EINVAL;
	if (domain != old->hwpt->domain) {
		ret = faultq_compat_set_dev_pasid(domain, dev, new->pasid,
						  old->hwpt->domain);
		if (ret)
			return ret;
	}
	WRITE_ONCE(handle->core.domain, domain);
	rcu_assign_pointer(handle->attachment, new);
	RCU_INIT_POINTER(new->handle->attachment, old);
	swap(new->handle, old->handle);
	return 0;
}

#endif
