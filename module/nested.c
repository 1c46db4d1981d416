// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nested HWPTs: a guest's page table, translated by a parent that the kernel
 * manages.
 *
 * The data that describes the guest's table is read by the IOMMU driver, from
 * user memory, while the DEVICE is locked so that it cannot leave. An unplug
 * waits for that lock and must not wait for user space (userfaultfd), so the
 * data is faulted in without the lock, then read with page faults disabled; if
 * it was taken away in between, all is done once more.
 */
#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/uaccess.h>

#include "faultq_private.h"
#include "nested_compat.h"

/* How often user space may take its data away before it has lost. */
#define FAULTQ_NESTED_TRIES 16

static int faultq_nested_get_parent(struct faultq_hwpt *hwpt,
				    struct faultq_ctx *ctx, u32 pt_id)
{
	hwpt->viommu = faultq_viommu_get(ctx, pt_id);
	if (hwpt->viommu) {
		hwpt->parent = hwpt->viommu->parent;
		return 0;
	}
	hwpt->parent = faultq_hwpt_get(ctx, pt_id);
	if (!hwpt->parent)
		return -ENOENT;
	if (hwpt->parent->nest_parent)
		return 0;
	faultq_hwpt_put(hwpt->parent);
	return -EINVAL;
}

static void faultq_nested_put_parent(struct faultq_hwpt *hwpt)
{
	if (hwpt->viommu)
		faultq_viommu_put(hwpt->viommu);
	else
		faultq_hwpt_put(hwpt->parent);
}

static struct iommu_domain *
faultq_nested_alloc_domain(struct faultq_hwpt *hwpt, struct device *dev,
			   const struct iommu_user_data *data)
{
	struct faultq_viommu *viommu = hwpt->viommu;
	struct iommu_domain *parent = hwpt->parent->domain;

	if (parent->owner != dev->iommu->iommu_dev->ops)
		return ERR_PTR(-EINVAL);
	if (!viommu)
		return faultq_compat_alloc_nested(dev, parent, data);
	if (viommu->iommu != dev->iommu->iommu_dev)
		return ERR_PTR(-EINVAL);
	if (viommu->driver && viommu->driver->viommu_alloc_nested)
		return viommu->driver->viommu_alloc_nested(&viommu->core, dev,
							   data);
	return faultq_compat_alloc_nested(dev, parent, data);
}

static int faultq_nested_check_domain(struct iommu_domain *domain)
{
	if (IS_ERR_OR_NULL(domain))
		return domain ? PTR_ERR(domain) : -ENOMEM;
	if (!WARN_ON_ONCE(domain->type != IOMMU_DOMAIN_NESTED))
		return 0;
	iommu_domain_free(domain);
	return -EOPNOTSUPP;
}

static int faultq_nested_try(struct faultq_hwpt *hwpt, struct faultq_ctx *ctx,
			     u32 dev_id, const struct iommu_user_data *data)
{
	struct faultq_device *device = faultq_device_lock(ctx, dev_id);
	struct iommu_domain *domain;
	int ret;

	if (IS_ERR(device))
		return PTR_ERR(device);
	pagefault_disable();
	domain = faultq_nested_alloc_domain(hwpt, device->dev, data);
	pagefault_enable();
	ret = faultq_nested_check_domain(domain);
	if (!ret) {
		domain->owner = device->dev->iommu->iommu_dev->ops;
		faultq_hwpt_set_domain(hwpt, device, domain);
		if (hwpt->viommu)
			faultq_viommu_add_hwpt(hwpt->viommu, hwpt);
	}
	faultq_device_unlock(device);
	return ret;
}

static int faultq_nested_try_all(struct faultq_hwpt *hwpt,
				 struct faultq_ctx *ctx, u32 dev_id,
				 const struct iommu_user_data *data)
{
	int tries, ret = -EFAULT;

	for (tries = 0; tries < FAULTQ_NESTED_TRIES; tries++) {
		if (fault_in_readable(data->uptr, data->len))
			return -EFAULT;
		ret = faultq_nested_try(hwpt, ctx, dev_id, data);
		if (ret != -EFAULT)
			break;
	}
	return ret;
}

/**
 * faultq_nested_init() - give a new HWPT a parent and a nested domain
 * @hwpt: the HWPT, its queue set
 * @ctx: the context
 * @arg: what the user wants, checked
 *
 * Return: 0, or an error, after which nothing is to be undone.
 */
int faultq_nested_init(struct faultq_hwpt *hwpt, struct faultq_ctx *ctx,
		       const struct faultq_hwpt_alloc *arg)
{
	const struct iommu_user_data data = {
		.type = arg->data_type,
		.uptr = u64_to_user_ptr(arg->data_uptr),
		.len = arg->data_len,
	};
	int ret;

	BUILD_BUG_ON((int)FAULTQ_HWPT_DATA_VTD_S1 !=
		     (int)IOMMU_HWPT_DATA_VTD_S1);
	BUILD_BUG_ON(sizeof(struct faultq_hwpt_vtd_s1) !=
		     sizeof(struct iommu_hwpt_vtd_s1));

	ret = faultq_nested_get_parent(hwpt, ctx, arg->pt_id);
	if (ret)
		return ret;
	ret = faultq_nested_try_all(hwpt, ctx, arg->dev_id, &data);
	if (ret)
		faultq_nested_put_parent(hwpt);
	return ret;
}

/**
 * faultq_nested_free_domain() - free the domain of a nested HWPT
 * @hwpt: the HWPT, which no one can find any more
 */
void faultq_nested_free_domain(struct faultq_hwpt *hwpt)
{
	if (hwpt->viommu)
		faultq_viommu_remove_hwpt(hwpt->viommu, hwpt);
	iommu_domain_free(hwpt->domain);
	faultq_nested_put_parent(hwpt);
}
