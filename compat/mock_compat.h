/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between the kernels that mock_iommu.ko is built for, and what
 * the IOMMU core does for drivers under locks that it does not export.
 */
#ifndef MOCK_COMPAT_H
#define MOCK_COMPAT_H

#include <linux/iommu.h>
#include <linux/mutex.h>
#include <linux/property.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "generated/features.h"
#include "mock.h"

#ifdef FAULTQ_HAVE_ATTACH_DEV_OLD
#define mock_compat_attach_dev mock_attach_dev
#else
static inline int mock_compat_attach_dev(struct iommu_domain *domain,
					 struct device *dev)
{
	return mock_attach_dev(domain, dev, NULL);
}
#endif

#ifdef FAULTQ_HAVE_SET_DEV_PASID_OLD
#define mock_compat_set_dev_pasid mock_set_dev_pasid
#else
static inline int mock_compat_set_dev_pasid(struct iommu_domain *domain,
					    struct device *dev, ioasid_t pasid)
{
	return mock_set_dev_pasid(domain, dev, pasid, NULL);
}
#endif

#ifdef FAULTQ_HAVE_REMOVE_DEV_PASID_OP
/* Newer kernels attach the blocked domain to the PASID instead. */
static inline void mock_compat_remove_dev_pasid(struct device *dev,
						ioasid_t pasid,
						struct iommu_domain *domain)
{
	mock_set_dev_pasid(dev->iommu->iommu_dev->ops->blocked_domain, dev,
			   pasid, domain);
}
#endif

#ifdef FAULTQ_HAVE_DEV_ENABLE_FEAT
/* Page faults are enabled by attaching a domain that handles them. */
static inline int mock_compat_enable_feat(struct device *dev,
					  enum iommu_dev_features feature)
{
	if (feature != IOMMU_DEV_FEAT_IOPF)
		return -ENODEV;
	return mock_makes_requests(dev) ? 0 : -EOPNOTSUPP;
}

static inline int mock_compat_disable_feat(struct device *dev,
					   enum iommu_dev_features feature)
{
	return feature == IOMMU_DEV_FEAT_IOPF ? 0 : -ENODEV;
}
#endif

#ifndef FAULTQ_HAVE_DOMAIN_ALLOC_NESTED
/*
 * One operation for what newer kernels have two for. Its caller expects a
 * paging domain with its type, which otherwise the IOMMU core sets.
 */
static inline struct iommu_domain *
mock_compat_domain_alloc_user(struct device *dev, u32 flags,
			      struct iommu_domain *parent,
			      const struct iommu_user_data *user_data)
{
	struct iommu_domain *domain;

	if (parent)
		return mock_domain_alloc_nested(dev, parent, flags, user_data);
	domain = mock_domain_alloc_flags(dev, flags, user_data);
	if (!IS_ERR(domain))
		domain->type = IOMMU_DOMAIN_UNMANAGED;
	return domain;
}
#endif

/* Adds the operations that not every kernel has. */
static inline void mock_compat_complete_ops(struct iommu_ops *ops)
{
#ifdef FAULTQ_HAVE_DOMAIN_ALLOC_PAGING_FLAGS
	ops->domain_alloc_paging_flags = mock_domain_alloc_flags;
#endif
#ifdef FAULTQ_HAVE_DOMAIN_ALLOC_NESTED
	ops->domain_alloc_nested = mock_domain_alloc_nested;
#else
	ops->domain_alloc_user = mock_compat_domain_alloc_user;
#endif
#ifdef FAULTQ_HAVE_REMOVE_DEV_PASID_OP
	ops->remove_dev_pasid = mock_compat_remove_dev_pasid;
#endif
#ifdef FAULTQ_HAVE_DEV_ENABLE_FEAT
	ops->dev_enable_feat = mock_compat_enable_feat;
	ops->dev_disable_feat = mock_compat_disable_feat;
#endif
}

/**
 * mock_compat_add_fwspec() - tell the IOMMU core what a device is behind
 * @dev: a device that is not on its bus yet
 * @iommu: firmware node of the IOMMU
 * @id: the device's id there
 *
 * iommu_fwspec_init() and iommu_fwspec_add_ids() are exported for this, but
 * want iommu_probe_device_lock held, which is not: with lockdep on they warn.
 * What they do under it is to allocate two public structures for a device
 * that another thread might be probing at the same time. No one can know @dev
 * yet, so it is done here without the lock. Once the device is added, the core
 * owns both and frees them when it lets go of the device.
 *
 * Return: 0 or -ENOMEM.
 */
static inline int mock_compat_add_fwspec(struct device *dev,
					 struct fwnode_handle *iommu, u32 id)
{
	struct iommu_fwspec *fwspec;
	struct dev_iommu *param;

	param = kzalloc(sizeof(*param), GFP_KERNEL);
	fwspec = kzalloc(struct_size(fwspec, ids, 1), GFP_KERNEL);
	if (!param || !fwspec) {
		kfree(fwspec);
		kfree(param);
		return -ENOMEM;
	}
	mutex_init(&param->lock);
	fwspec->iommu_fwnode = fwnode_handle_get(iommu);
	fwspec->num_ids = 1;
	fwspec->ids[0] = id;
	param->fwspec = fwspec;
	dev->iommu = param;
	return 0;
}

/* Undoes it for a device that the core did not take over. */
static inline void mock_compat_drop_fwspec(struct device *dev)
{
	struct dev_iommu *param = dev->iommu;

	if (!param)
		return;
	dev->iommu = NULL;
	fwnode_handle_put(param->fwspec->iommu_fwnode);
	kfree(param->fwspec);
	kfree(param);
}

/**
 * mock_compat_add_error() - why a platform device could not be added
 * @error: what the driver core says: -EINVAL for a device without a name, as it
 *	does not look whether it had the memory for ours
 *
 * Return: @error, or -ENOMEM for that.
 */
static inline int mock_compat_add_error(int error)
{
	return error == -EINVAL ? -ENOMEM : error;
}

/**
 * mock_compat_mend_software_node() - make up for a link that was not made
 * @dev: a device that was just added, with or without a software node
 *
 * The driver core takes a reference on the node of a device if it can make two
 * links in sysfs, and drops one when the device goes, whether it could or not.
 * With memory short that is one too many.
 */
static inline void mock_compat_mend_software_node(struct device *dev)
{
	struct kernfs_node *link;

	if (!dev_fwnode(dev))
		return;
	link = sysfs_get_dirent(dev->kobj.sd, "software_node");
	if (link)
		sysfs_put(link);
	else
		fwnode_handle_get(dev_fwnode(dev));
}

#endif /* MOCK_COMPAT_H */
