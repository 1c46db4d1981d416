/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between the kernels that faultq.ko is built for.
 *
 * The modules are written for the newest kernel; here is what an older one
 * lacks, and what no public header declares.
 */
#ifndef FAULTQ_COMPAT_H
#define FAULTQ_COMPAT_H

#include <linux/iommu.h>
#include <linux/module.h>

#include "generated/features.h"

struct faultq_attachment;
struct user_struct;

#ifdef FAULTQ_HAVE_MODULE_IMPORT_NS_STRING
#define FAULTQ_COMPAT_IMPORT_NS(ns) MODULE_IMPORT_NS(#ns)
#else
#define FAULTQ_COMPAT_IMPORT_NS(ns) MODULE_IMPORT_NS(ns)
#endif

/*
 * Exported in the namespace IOMMUFD_INTERNAL, declared only in the private
 * header drivers/iommu/iommu-priv.h. Unchanged since 6.11.
 */
int iommu_attach_group_handle(struct iommu_domain *domain,
			      struct iommu_group *group,
			      struct iommu_attach_handle *handle);
void iommu_detach_group_handle(struct iommu_domain *domain,
			       struct iommu_group *group);
int iommu_replace_group_handle(struct iommu_group *group,
			       struct iommu_domain *new_domain,
			       struct iommu_attach_handle *handle);
/* since 6.15, if it is exported */
int iommu_replace_device_pasid(struct iommu_domain *domain, struct device *dev,
			       ioasid_t pasid,
			       struct iommu_attach_handle *handle);

/*
 * A kernel with iopf_group_dequeue() frees every group that is still on the
 * device's list when the device leaves its IOPF queue, so a handler that keeps
 * groups must take them off. One without it answers a group only while it is
 * on that list, and leaves its memory alone.
 */
static inline void faultq_compat_group_dequeue(struct iopf_group *group)
{
#ifdef FAULTQ_HAVE_IOPF_GROUP_DEQUEUE
	iopf_group_dequeue(group);
#endif
}

/* Newer kernels leave it to the IOMMU driver, when a domain is attached. */
static inline int faultq_compat_iopf_enable(struct device *dev)
{
#ifdef FAULTQ_HAVE_DEV_ENABLE_FEAT
	return iommu_dev_enable_feature(dev, IOMMU_DEV_FEAT_IOPF);
#else
	return 0;
#endif
}

static inline void faultq_compat_iopf_disable(struct device *dev)
{
#ifdef FAULTQ_HAVE_DEV_ENABLE_FEAT
	iommu_dev_disable_feature(dev, IOMMU_DEV_FEAT_IOPF);
#endif
}

static inline int faultq_compat_attach_dev(struct iommu_domain *domain,
					   struct device *dev,
					   struct iommu_domain *old)
{
#ifdef FAULTQ_HAVE_ATTACH_DEV_OLD
	return domain->ops->attach_dev(domain, dev, old);
#else
	return domain->ops->attach_dev(domain, dev);
#endif
}

static inline int faultq_compat_set_dev_pasid(struct iommu_domain *domain,
					      struct device *dev,
					      ioasid_t pasid,
					      struct iommu_domain *old)
{
#ifdef FAULTQ_HAVE_SET_DEV_PASID_OLD
	return domain->ops->set_dev_pasid(domain, dev, pasid, old);
#else
	return domain->ops->set_dev_pasid(domain, dev, pasid);
#endif
}

int faultq_compat_replace_pasid(struct device *dev,
				struct faultq_attachment *new,
				struct faultq_attachment *old);

int faultq_compat_charge_locked_vm(struct user_struct *user, unsigned long nr);
void faultq_compat_uncharge_locked_vm(struct user_struct *user,
				      struct mm_struct *mm, unsigned long nr);

#endif /* FAULTQ_COMPAT_H */
