/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How nested domains and their parents are made: newer kernels have an
 * operation for each, older ones have domain_alloc_user() for both.
 */
#ifndef FAULTQ_NESTED_COMPAT_H
#define FAULTQ_NESTED_COMPAT_H

#include <linux/err.h>
#include <linux/iommu.h>
#include <uapi/linux/iommufd.h>

#include "generated/features.h"

static inline const struct iommu_ops *faultq_compat_ops(struct device *dev)
{
	return dev->iommu->iommu_dev->ops;
}

#ifdef FAULTQ_HAVE_PAGING_DOMAIN_ALLOC_FLAGS

static inline struct iommu_domain *
faultq_compat_alloc_nest_parent(struct device *dev)
{
	return iommu_paging_domain_alloc_flags(dev,
					       IOMMU_HWPT_ALLOC_NEST_PARENT);
}

#else

/* What the IOMMU core sets in a domain that it makes is set here. */
static inline struct iommu_domain *
faultq_compat_alloc_nest_parent(struct device *dev)
{
	const struct iommu_ops *ops = faultq_compat_ops(dev);
	struct iommu_domain *domain;

	if (!ops->domain_alloc_user)
		return ERR_PTR(-EOPNOTSUPP);
	domain = ops->domain_alloc_user(dev, IOMMU_HWPT_ALLOC_NEST_PARENT, NULL,
					NULL);
	if (IS_ERR_OR_NULL(domain))
		return domain ?: ERR_PTR(-ENOMEM);
	domain->type = IOMMU_DOMAIN_UNMANAGED;
	domain->owner = ops;
	return domain;
}

#endif

static inline bool faultq_compat_has_nested(struct device *dev)
{
#ifdef FAULTQ_HAVE_DOMAIN_ALLOC_NESTED
	return faultq_compat_ops(dev)->domain_alloc_nested;
#else
	return faultq_compat_ops(dev)->domain_alloc_user;
#endif
}

/* The owner of the new domain is the caller's to set. */
static inline struct iommu_domain *
faultq_compat_alloc_nested(struct device *dev, struct iommu_domain *parent,
			   const struct iommu_user_data *data)
{
	const struct iommu_ops *ops = faultq_compat_ops(dev);

#ifdef FAULTQ_HAVE_DOMAIN_ALLOC_NESTED
	if (!ops->domain_alloc_nested)
		return ERR_PTR(-EOPNOTSUPP);
	return ops->domain_alloc_nested(dev, parent, 0, data);
#else
	if (!ops->domain_alloc_user)
		return ERR_PTR(-EOPNOTSUPP);
	return ops->domain_alloc_user(dev, 0, parent, data);
#endif
}

#endif /* FAULTQ_NESTED_COMPAT_H */
