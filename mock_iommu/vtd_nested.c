// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nested domains: a first stage that a guest manages, in memory that a paging
 * domain, its parent, maps.
 */
#include <linux/faultq.h>
#include <linux/slab.h>
#include <uapi/linux/iommufd.h>

#include "faultq_driver.h"
#include "mock_compat.h"
#include "vtd_iommu.h"

#define VTD_S1_FLAGS (IOMMU_VTD_S1_SRE | IOMMU_VTD_S1_EAFE | IOMMU_VTD_S1_WPE)

static bool vtd_first_stage_ok(const struct iommu_hwpt_vtd_s1 *vtd)
{
	return (vtd->addr_width == 48 || vtd->addr_width == 57) &&
	       !(vtd->pgtbl_addr & ~HW_PHYS_ADDR) && !vtd->__reserved;
}

/*
 * The third word of a PASID table entry. The layout of the user data has no
 * flag for execution; it is enabled, and left to the guest's XD bits.
 */
static u64 vtd_first_stage(const struct iommu_hwpt_vtd_s1 *vtd)
{
	u64 levels = vtd->addr_width == 57 ? VTD_FSPM_5_LEVELS :
					     VTD_FSPM_4_LEVELS;

	return vtd->pgtbl_addr | FIELD_PREP(VTD_PASID_FSPM, levels) |
	       VTD_PASID_ERE | VTD_PASID_NXE |
	       (vtd->flags & IOMMU_VTD_S1_SRE ? VTD_PASID_SRE : 0) |
	       (vtd->flags & IOMMU_VTD_S1_EAFE ? VTD_PASID_EAFE : 0) |
	       (vtd->flags & IOMMU_VTD_S1_WPE ? VTD_PASID_WPE : 0);
}

/* Drops what is cached of @first to @last, wherever the domain is attached. */
static void vtd_nested_drop(struct mock_domain *mock, u64 first, u64 last,
			    struct vtd_inv_batch *batch)
{
	unsigned int order = fls64((first ^ last) >> HW_PAGE_SHIFT);
	struct mock_attachment *attachment;

	lockdep_assert_held(&mock->lock);
	list_for_each_entry(attachment, &mock->attachments, node) {
		vtd_inv_pasid_iotlb(batch, mock->did, attachment->pasid, first,
				    order);
		if (attachment->ep->config.ats)
			vtd_inv_devtlb(batch, attachment->ep->config.rid,
				       attachment->pasid, first, order);
	}
}

/**
 * vtd_nested_flush() - drop all that is cached of the children of a domain
 * @parent: the domain, locked
 * @batch: what the descriptors are added to
 */
void vtd_nested_flush(struct mock_domain *parent, struct vtd_inv_batch *batch)
{
	struct mock_domain *mock;

	lockdep_assert_held(&parent->lock);
	list_for_each_entry(mock, &parent->children, node) {
		mutex_lock(&mock->lock);
		vtd_nested_drop(mock, 0, U64_MAX, batch);
		mutex_unlock(&mock->lock);
	}
}

static void vtd_nested_describe(const struct vtd_inv_result *result,
				struct faultq_invalidate_result *told)
{
	if (result->error & VTD_FSTS_ICE)
		told->error |= FAULTQ_INVALIDATE_ICE;
	if (result->error & VTD_FSTS_ITE)
		told->error |= FAULTQ_INVALIDATE_ITE;
	if (result->error & VTD_FSTS_IQE)
		told->error |= FAULTQ_INVALIDATE_IQE;
	if (!result->rid)
		return;
	told->phys_id = result->rid;
	told->phys_id_valid = true;
}

/*
 * One entry of a guest. LEAF makes no difference: no paging structures are
 * cached. An error is told and not repaired: the guest's driver repeats.
 */
static int vtd_nested_drop_entry(struct mock_domain *mock,
				 const struct iommu_hwpt_vtd_s1_invalidate *inv,
				 struct vtd_inv_result *result)
{
	struct vtd_inv_batch batch = { .iommu = mock->iommu, .once = true };
	u64 last = inv->addr + (inv->npages << HW_PAGE_SHIFT) - 1;

	if (inv->npages == U64_MAX)
		last = U64_MAX;
	mutex_lock(&mock->lock);
	vtd_nested_drop(mock, inv->addr, last, &batch);
	vtd_inv_sync(&batch);
	mutex_unlock(&mock->lock);
	*result = batch.result;
	return result->error & (VTD_FSTS_ITE | VTD_FSTS_IQE) ? -EIO : 0;
}

/**
 * vtd_nested_invalidate() - &faultq_driver.domain_invalidate
 * @domain: a nested domain
 * @inv: what to invalidate, checked
 *
 * Return: 0, -EOPNOTSUPP, or -EIO if the hardware stopped.
 */
int vtd_nested_invalidate(struct iommu_domain *domain,
			  struct faultq_invalidation *inv)
{
	const struct iommu_hwpt_vtd_s1_invalidate *entries = inv->entries;
	struct vtd_inv_result result;
	int ret;

	inv->handled = 0;
	if (domain->type != IOMMU_DOMAIN_NESTED ||
	    inv->data_type != FAULTQ_HWPT_INVALIDATE_DATA_VTD_S1)
		return -EOPNOTSUPP;
	for (; inv->handled < inv->entry_num; inv->handled++) {
		ret = vtd_nested_drop_entry(to_mock_domain(domain),
					    &entries[inv->handled], &result);
		if (result.error)
			vtd_nested_describe(&result,
					    &inv->results[inv->handled]);
		if (ret)
			return ret;
	}
	return 0;
}

static int vtd_nested_check(const struct iommu_hwpt_vtd_s1_invalidate *inv)
{
	if (inv->flags & ~IOMMU_VTD_INV_FLAGS_LEAF || inv->__reserved)
		return -EOPNOTSUPP;
	if (inv->addr & ~VTD_ADDR || !inv->npages)
		return -EINVAL;
	if (inv->npages == U64_MAX)
		return inv->addr ? -EINVAL : 0;
	if (inv->npages - 1 > (U64_MAX - inv->addr) >> HW_PAGE_SHIFT)
		return -EINVAL;
	return 0;
}

/* For those who do not know of faultq; they get no more than an error number. */
static int vtd_cache_invalidate_user(struct iommu_domain *domain,
				     struct iommu_user_data_array *array)
{
	struct mock_domain *mock = to_mock_domain(domain);
	struct iommu_hwpt_vtd_s1_invalidate inv;
	struct vtd_inv_result result;
	u32 i, type = array->type, total = array->entry_num;
	int ret = 0;

	if (type != IOMMU_HWPT_INVALIDATE_DATA_VTD_S1) {
		array->entry_num = 0;
		return -EINVAL;
	}
	for (i = 0; i < total; i++) {
		ret = iommu_copy_struct_from_user_array(&inv, array, type, i,
							__reserved);
		if (!ret)
			ret = vtd_nested_check(&inv);
		if (!ret)
			ret = vtd_nested_drop_entry(mock, &inv, &result);
		if (ret)
			break;
		cond_resched();
	}
	array->entry_num = i;
	return ret;
}

static const struct iommu_domain_ops vtd_nested_ops = {
	.attach_dev = mock_compat_attach_dev,
	.set_dev_pasid = mock_compat_set_dev_pasid,
	.cache_invalidate_user = vtd_cache_invalidate_user,
	.free = mock_nested_free,
};

/**
 * vtd_nested_alloc() - &mock_kind.alloc_nested
 * @dev: a device of the instance that the domain is for
 * @parent: second stage: a domain of ours, made as a nest parent
 * @user_data: struct iommu_hwpt_vtd_s1
 *
 * Nothing is begun before the data was read, so that a caller who has page
 * faults disabled can try again after -EFAULT.
 *
 * Return: the domain, or ERR_PTR(): -EOPNOTSUPP for a type or a flag of the
 * data that is not known; -EINVAL for a parent that cannot be one here or data
 * that hardware cannot use; -EFAULT; -ENOMEM.
 */
struct iommu_domain *vtd_nested_alloc(struct device *dev,
				      struct iommu_domain *parent,
				      const struct iommu_user_data *user_data)
{
	struct mock_endpoint *ep = dev_iommu_priv_get(dev);
	struct iommu_hwpt_vtd_s1 vtd;
	struct mock_domain *mock;
	int ret;

	if (!user_data || user_data->type != IOMMU_HWPT_DATA_VTD_S1)
		return ERR_PTR(-EOPNOTSUPP);
	if (!mock_nested_parent_ok(parent, ep->iommu))
		return ERR_PTR(-EINVAL);
	ret = iommu_copy_struct_from_user(&vtd, user_data,
					  IOMMU_HWPT_DATA_VTD_S1, __reserved);
	if (ret)
		return ERR_PTR(ret);
	if (vtd.flags & ~(u64)VTD_S1_FLAGS)
		return ERR_PTR(-EOPNOTSUPP);
	if (!vtd_first_stage_ok(&vtd))
		return ERR_PTR(-EINVAL);
	mock = mock_nested_create(to_mock_domain(parent), &vtd_nested_ops);
	if (IS_ERR(mock))
		return ERR_CAST(mock);
	mock->guest[0] = vtd_first_stage(&vtd);
	return &mock->domain;
}
