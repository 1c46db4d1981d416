// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nested domains: a first stage that a guest manages, in memory that a paging
 * domain, its parent, maps.
 *
 * A nested domain has a domain id of its own, under which the hardware files
 * what it caches of both stages together. When the parent is unmapped, all that
 * is filed under its children is dropped: which addresses of theirs led to the
 * pages that went is known to the guest alone.
 */
#include <linux/faultq.h>
#include <linux/slab.h>
#include <uapi/linux/iommufd.h>

#include "faultq_driver.h"
#include "mock_compat.h"

#define MOCK_VTD_S1_FLAGS \
	(IOMMU_VTD_S1_SRE | IOMMU_VTD_S1_EAFE | IOMMU_VTD_S1_WPE)

static bool mock_first_stage_ok(const struct iommu_hwpt_vtd_s1 *vtd)
{
	return (vtd->addr_width == 48 || vtd->addr_width == 57) &&
	       !(vtd->pgtbl_addr & ~VTD_PHYS_ADDR) && !vtd->__reserved;
}

/*
 * The third word of a PASID table entry. The layout of the user data has no
 * flag for execution; it is enabled, and left to the guest's XD bits.
 */
static u64 mock_first_stage(const struct iommu_hwpt_vtd_s1 *vtd)
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
static void mock_nested_drop(struct mock_domain *mock, u64 first, u64 last,
			     struct mock_inv_batch *batch)
{
	unsigned int order = fls64((first ^ last) >> VTD_PAGE_SHIFT);
	struct mock_attachment *attachment;

	lockdep_assert_held(&mock->lock);
	list_for_each_entry(attachment, &mock->attachments, node) {
		mock_inv_pasid_iotlb(batch, mock->did, attachment->pasid, first,
				     order);
		if (attachment->ep->config.ats)
			mock_inv_devtlb(batch, attachment->ep->config.rid,
					attachment->pasid, first, order);
	}
}

/**
 * mock_nested_flush() - drop all that is cached of the children of a domain
 * @parent: the domain, locked
 * @batch: what the descriptors are added to
 */
void mock_nested_flush(struct mock_domain *parent, struct mock_inv_batch *batch)
{
	struct mock_domain *mock;

	lockdep_assert_held(&parent->lock);
	list_for_each_entry(mock, &parent->children, node) {
		mutex_lock(&mock->lock);
		mock_nested_drop(mock, 0, U64_MAX, batch);
		mutex_unlock(&mock->lock);
	}
}

static void mock_nested_describe(const struct mock_inv_result *result,
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
static int
mock_nested_drop_entry(struct mock_domain *mock,
		       const struct iommu_hwpt_vtd_s1_invalidate *inv,
		       struct mock_inv_result *result)
{
	struct mock_inv_batch batch = { .iommu = mock->iommu, .once = true };
	u64 last = inv->addr + (inv->npages << VTD_PAGE_SHIFT) - 1;

	if (inv->npages == U64_MAX)
		last = U64_MAX;
	mutex_lock(&mock->lock);
	mock_nested_drop(mock, inv->addr, last, &batch);
	mock_inv_sync(&batch);
	mutex_unlock(&mock->lock);
	*result = batch.result;
	return result->error & (VTD_FSTS_ITE | VTD_FSTS_IQE) ? -EIO : 0;
}

/**
 * mock_nested_invalidate() - &faultq_driver.domain_invalidate
 * @domain: a nested domain
 * @inv: what to invalidate, checked
 *
 * Return: 0, -EOPNOTSUPP, or -EIO if the hardware stopped.
 */
int mock_nested_invalidate(struct iommu_domain *domain,
			   struct faultq_invalidation *inv)
{
	const struct iommu_hwpt_vtd_s1_invalidate *entries = inv->entries;
	struct mock_inv_result result;
	int ret;

	inv->handled = 0;
	if (domain->type != IOMMU_DOMAIN_NESTED ||
	    inv->data_type != FAULTQ_HWPT_INVALIDATE_DATA_VTD_S1)
		return -EOPNOTSUPP;
	for (; inv->handled < inv->entry_num; inv->handled++) {
		ret = mock_nested_drop_entry(to_mock_domain(domain),
					     &entries[inv->handled], &result);
		if (result.error)
			mock_nested_describe(&result,
					     &inv->results[inv->handled]);
		if (ret)
			return ret;
	}
	return 0;
}

static int mock_nested_check(const struct iommu_hwpt_vtd_s1_invalidate *inv)
{
	if (inv->flags & ~IOMMU_VTD_INV_FLAGS_LEAF || inv->__reserved)
		return -EOPNOTSUPP;
	if (inv->addr & ~VTD_ADDR || !inv->npages)
		return -EINVAL;
	if (inv->npages == U64_MAX)
		return inv->addr ? -EINVAL : 0;
	if (inv->npages - 1 > (U64_MAX - inv->addr) >> VTD_PAGE_SHIFT)
		return -EINVAL;
	return 0;
}

/* For those who do not know of faultq; they get no more than an error number. */
static int mock_cache_invalidate_user(struct iommu_domain *domain,
				      struct iommu_user_data_array *array)
{
	struct mock_domain *mock = to_mock_domain(domain);
	struct iommu_hwpt_vtd_s1_invalidate inv;
	struct mock_inv_result result;
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
			ret = mock_nested_check(&inv);
		if (!ret)
			ret = mock_nested_drop_entry(mock, &inv, &result);
		if (ret)
			break;
	}
	array->entry_num = i;
	return ret;
}

static void mock_nested_free(struct iommu_domain *domain)
{
	struct mock_domain *mock = to_mock_domain(domain);

	mutex_lock(&mock->parent->lock);
	list_del(&mock->node);
	mutex_unlock(&mock->parent->lock);
	mock_domain_exit(mock);
	kfree(mock);
}

static const struct iommu_domain_ops mock_nested_ops = {
	.attach_dev = mock_compat_attach_dev,
	.set_dev_pasid = mock_compat_set_dev_pasid,
	.cache_invalidate_user = mock_cache_invalidate_user,
	.free = mock_nested_free,
};

static bool mock_nested_parent_ok(const struct iommu_domain *parent,
				  const struct mock_iommu *iommu)
{
	const struct mock_domain *mock;

	if (!(parent->type & __IOMMU_DOMAIN_PAGING))
		return false;
	mock = container_of(parent, struct mock_domain, domain);
	return mock->nest_parent && mock->iommu == iommu;
}

static struct iommu_domain *
mock_nested_create(struct mock_domain *parent,
		   const struct iommu_hwpt_vtd_s1 *vtd)
{
	struct mock_domain *mock;

	mock = kzalloc(sizeof(*mock), GFP_KERNEL_ACCOUNT);
	if (!mock)
		return ERR_PTR(-ENOMEM);
	if (mock_domain_init(mock, parent->iommu)) {
		kfree(mock);
		return ERR_PTR(-ENOMEM);
	}
	mutex_init(&mock->lock);
	mock->parent = parent;
	mock->first_stage = mock_first_stage(vtd);
	mock->domain.type = IOMMU_DOMAIN_NESTED;
	mock->domain.ops = &mock_nested_ops;

	mutex_lock(&parent->lock);
	list_add(&mock->node, &parent->children);
	mutex_unlock(&parent->lock);
	return &mock->domain;
}

/**
 * mock_domain_alloc_nested() - iommu_ops.domain_alloc_nested
 * @dev: a device of the instance that the domain is for
 * @parent: second stage: a domain of ours, made as a nest parent
 * @flags: must be 0
 * @user_data: struct iommu_hwpt_vtd_s1
 *
 * Nothing is begun before the data was read, so that a caller who has page
 * faults disabled can try again after -EFAULT.
 *
 * Return: the domain, or ERR_PTR(): -EOPNOTSUPP for flags, a type or a flag of
 * the data that is not known; -EINVAL for a parent that cannot be one here or
 * data that hardware cannot use; -EFAULT; -ENOMEM.
 */
struct iommu_domain *
mock_domain_alloc_nested(struct device *dev, struct iommu_domain *parent,
			 u32 flags, const struct iommu_user_data *user_data)
{
	struct mock_endpoint *ep = dev_iommu_priv_get(dev);
	struct iommu_hwpt_vtd_s1 vtd;
	int ret;

	if (flags || !user_data || user_data->type != IOMMU_HWPT_DATA_VTD_S1)
		return ERR_PTR(-EOPNOTSUPP);
	if (!mock_nested_parent_ok(parent, ep->iommu))
		return ERR_PTR(-EINVAL);
	ret = iommu_copy_struct_from_user(&vtd, user_data,
					  IOMMU_HWPT_DATA_VTD_S1, __reserved);
	if (ret)
		return ERR_PTR(ret);
	if (vtd.flags & ~(u64)MOCK_VTD_S1_FLAGS)
		return ERR_PTR(-EOPNOTSUPP);
	if (!mock_first_stage_ok(&vtd))
		return ERR_PTR(-EINVAL);
	return mock_nested_create(to_mock_domain(parent), &vtd);
}
