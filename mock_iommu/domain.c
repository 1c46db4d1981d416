// SPDX-License-Identifier: GPL-2.0-only
/*
 * Domains: paging, nested, blocked and identity.
 */
#include <linux/io.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <uapi/linux/iommufd.h>

#include "mock_compat.h"

#define MOCK_PAGE_SIZES (SZ_4K | SZ_2M | SZ_1G)

struct mock_domain *to_mock_domain(struct iommu_domain *domain)
{
	return container_of(domain, struct mock_domain, domain);
}

static void mock_domain_flush(struct mock_domain *domain, u64 first, u64 last)
{
	lockdep_assert_held(&domain->lock);
	domain->iommu->kind->flush(domain, first, last);
	mock_pgtable_free_removed(&domain->pgtable);
}

static int mock_map_pages(struct iommu_domain *domain, unsigned long iova,
			  phys_addr_t paddr, size_t pgsize, size_t pgcount,
			  int prot, gfp_t gfp, size_t *mapped)
{
	struct mock_domain *mock = to_mock_domain(domain);
	int ret;

	mutex_lock(&mock->lock);
	ret = mock_pgtable_map(&mock->pgtable, iova, paddr, pgsize, pgcount,
			       prot, gfp, mapped);
	mutex_unlock(&mock->lock);
	return ret;
}

static size_t mock_unmap_pages(struct iommu_domain *domain, unsigned long iova,
			       size_t pgsize, size_t pgcount,
			       struct iommu_iotlb_gather *gather)
{
	struct mock_domain *mock = to_mock_domain(domain);
	size_t size;

	mutex_lock(&mock->lock);
	size = mock_pgtable_unmap(&mock->pgtable, iova, pgsize * pgcount);
	mutex_unlock(&mock->lock);
	if (size)
		iommu_iotlb_gather_add_range(gather, iova, size);
	return size;
}

static void mock_iotlb_sync(struct iommu_domain *domain,
			    struct iommu_iotlb_gather *gather)
{
	struct mock_domain *mock = to_mock_domain(domain);

	if (gather->start > gather->end)
		return;
	mutex_lock(&mock->lock);
	mock_domain_flush(mock, gather->start, gather->end);
	mutex_unlock(&mock->lock);
}

static phys_addr_t mock_iova_to_phys(struct iommu_domain *domain,
				     dma_addr_t iova)
{
	struct mock_domain *mock = to_mock_domain(domain);
	phys_addr_t paddr = 0;

	mutex_lock(&mock->lock);
	if (iova <= domain->geometry.aperture_end)
		paddr = mock_pgtable_find(&mock->pgtable, iova);
	mutex_unlock(&mock->lock);
	return paddr;
}

/*
 * What all domains have that are attached by tables. A domain may outlive its
 * devices and the instance's registration: it holds the instance. Its lock is
 * the caller's to initialise, so that lockdep can tell nested domains from
 * their parents.
 */
static int mock_domain_init(struct mock_domain *mock, struct mock_iommu *iommu)
{
	int did;

	/* 16 bits; 0 is left out as hardware with caching mode reserves it */
	did = ida_alloc_range(&iommu->dids, 1, U16_MAX, GFP_KERNEL);
	if (did < 0)
		return -ENOMEM;
	mock->did = did;
	mock->iommu = iommu;
	refcount_inc(&iommu->users);
	INIT_LIST_HEAD(&mock->attachments);
	INIT_LIST_HEAD(&mock->children);
	return 0;
}

static void mock_domain_exit(struct mock_domain *mock)
{
	WARN_ON(!list_empty(&mock->attachments));
	ida_free(&mock->iommu->dids, mock->did);
	mock_iommu_put(mock->iommu);
}

/* It is detached everywhere; detaching has invalidated what was cached. */
static void mock_domain_free(struct iommu_domain *domain)
{
	struct mock_domain *mock = to_mock_domain(domain);

	WARN_ON(!list_empty(&mock->children));
	mock_pgtable_free(&mock->pgtable);
	mock_domain_exit(mock);
	kfree(mock);
}

static const struct iommu_domain_ops mock_paging_ops = {
	.attach_dev = mock_compat_attach_dev,
	.set_dev_pasid = mock_compat_set_dev_pasid,
	.map_pages = mock_map_pages,
	.unmap_pages = mock_unmap_pages,
	.iotlb_sync = mock_iotlb_sync,
	.iova_to_phys = mock_iova_to_phys,
	.free = mock_domain_free,
};

static struct iommu_domain *mock_domain_alloc(struct device *dev,
					      bool nest_parent)
{
	struct mock_endpoint *ep = dev_iommu_priv_get(dev);
	struct mock_iommu *iommu = ep->iommu;
	struct mock_domain *mock;

	mock = kzalloc(sizeof(*mock), GFP_KERNEL_ACCOUNT);
	if (!mock)
		return ERR_PTR(-ENOMEM);
	if (mock_pgtable_init(&mock->pgtable, iommu->kind->format(nest_parent)))
		goto err_free;
	if (mock_domain_init(mock, iommu))
		goto err_pgtable;
	mutex_init(&mock->lock);
	mock->nest_parent = nest_parent;
	mock->domain.ops = &mock_paging_ops;
	mock->domain.pgsize_bitmap = MOCK_PAGE_SIZES;
	mock->domain.geometry.aperture_end =
		GENMASK_ULL(MOCK_ADDRESS_WIDTH - 1, 0);
	mock->domain.geometry.force_aperture = true;
	return &mock->domain;

err_pgtable:
	mock_pgtable_free(&mock->pgtable);
err_free:
	kfree(mock);
	return ERR_PTR(-ENOMEM);
}

/**
 * mock_domain_alloc_paging() - iommu_ops.domain_alloc_paging
 * @dev: a device of the instance that the domain is for
 *
 * Return: the domain, or ERR_PTR(-ENOMEM).
 */
struct iommu_domain *mock_domain_alloc_paging(struct device *dev)
{
	return mock_domain_alloc(dev, false);
}

/**
 * mock_domain_alloc_flags() - iommu_ops.domain_alloc_paging_flags
 * @dev: a device of the instance that the domain is for
 * @flags: IOMMU_HWPT_ALLOC_NEST_PARENT or 0
 * @user_data: NULL: there is nothing to choose
 *
 * Return: the domain, or ERR_PTR(): -EOPNOTSUPP, -ENOMEM.
 */
struct iommu_domain *
mock_domain_alloc_flags(struct device *dev, u32 flags,
			const struct iommu_user_data *user_data)
{
	if (flags & ~IOMMU_HWPT_ALLOC_NEST_PARENT || user_data)
		return ERR_PTR(-EOPNOTSUPP);
	return mock_domain_alloc(dev, flags);
}

bool mock_nested_parent_ok(const struct iommu_domain *parent,
			   const struct mock_iommu *iommu)
{
	const struct mock_domain *mock;

	if (!(parent->type & __IOMMU_DOMAIN_PAGING))
		return false;
	mock = container_of(parent, struct mock_domain, domain);
	return mock->nest_parent && mock->iommu == iommu;
}

/**
 * mock_nested_create() - make a nested domain
 * @parent: its second stage
 * @ops: its operations; to free it is mock_nested_free()
 *
 * It has a domain id of its own, under which the hardware files what it caches
 * of both stages together. When the parent is unmapped, all that is filed under
 * its children is dropped: which addresses of theirs led to the pages that went
 * is known to the guest alone.
 *
 * Return: the domain, whose @guest is still to be filled in, or
 * ERR_PTR(-ENOMEM).
 */
struct mock_domain *mock_nested_create(struct mock_domain *parent,
				       const struct iommu_domain_ops *ops)
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
	mock->domain.type = IOMMU_DOMAIN_NESTED;
	mock->domain.ops = ops;

	mutex_lock(&parent->lock);
	list_add(&mock->node, &parent->children);
	mutex_unlock(&parent->lock);
	return mock;
}

void mock_nested_free(struct iommu_domain *domain)
{
	struct mock_domain *mock = to_mock_domain(domain);

	mutex_lock(&mock->parent->lock);
	list_del(&mock->node);
	mutex_unlock(&mock->parent->lock);
	mock_domain_exit(mock);
	kfree(mock);
}

/**
 * mock_domain_alloc_nested() - iommu_ops.domain_alloc_nested
 * @dev: a device of the instance that the domain is for
 * @parent: second stage: a domain of ours, made as a nest parent
 * @flags: must be 0
 * @user_data: what the kind wants to be told
 *
 * Return: the domain, or ERR_PTR(): -EOPNOTSUPP for flags or a kind that has no
 * such domains, or what the kind says.
 */
struct iommu_domain *
mock_domain_alloc_nested(struct device *dev, struct iommu_domain *parent,
			 u32 flags, const struct iommu_user_data *user_data)
{
	struct mock_endpoint *ep = dev_iommu_priv_get(dev);
	const struct mock_kind *kind = ep->iommu->kind;

	if (flags || !kind->alloc_nested)
		return ERR_PTR(-EOPNOTSUPP);
	return kind->alloc_nested(dev, parent, user_data);
}

/**
 * mock_set_dev_pasid() - iommu_domain_ops.set_dev_pasid, as the newest kernel
 * @domain: any of our domains
 * @dev: the device
 * @pasid: the PASID, 0 for the RID
 * @old: what the IOMMU core believes to be attached; the endpoint knows
 *
 * When it returns, no page request that came before is reported against the
 * domain that was there before.
 *
 * Return: 0; -EINVAL for a domain of another instance or a PASID beyond the
 * endpoint's; -EOPNOTSUPP if the domain handles page faults and the endpoint
 * has no PRI; -ENOMEM; -ENOSPC if it was told to fail (MOCK_IOMMU_MISBEHAVE).
 * Nothing fails that detaches.
 */
int mock_set_dev_pasid(struct iommu_domain *domain, struct device *dev,
		       ioasid_t pasid, struct iommu_domain *old)
{
	struct mock_endpoint *ep = dev_iommu_priv_get(dev);
	struct mock_iommu *iommu = ep->iommu;
	int ret = 0;

	mutex_lock(&iommu->lock);
	if (domain == &mock_blocked_domain || domain == &mock_identity_domain)
		mock_detach(ep, pasid);
	else
		ret = mock_attach(ep, pasid, to_mock_domain(domain), old);
	mutex_unlock(&iommu->lock);
	return ret;
}

/* iommu_domain_ops.attach_dev, as the newest kernel has it */
int mock_attach_dev(struct iommu_domain *domain, struct device *dev,
		    struct iommu_domain *old)
{
	return mock_set_dev_pasid(domain, dev, IOMMU_NO_PASID, old);
}

static const struct iommu_domain_ops mock_blocked_ops = {
	.attach_dev = mock_compat_attach_dev,
	.set_dev_pasid = mock_compat_set_dev_pasid,
};

struct iommu_domain mock_blocked_domain = {
	.type = IOMMU_DOMAIN_BLOCKED,
	.ops = &mock_blocked_ops,
};

static const struct iommu_domain_ops mock_identity_ops = {
	.attach_dev = mock_compat_attach_dev,
};

/*
 * The default domain. Identity in name only: the mock's DMA addresses are
 * chosen by user space and never reach host memory by its physical address.
 */
struct iommu_domain mock_identity_domain = {
	.type = IOMMU_DOMAIN_IDENTITY,
	.ops = &mock_identity_ops,
};
