// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the IOMMU core calls to learn about devices.
 */
#include <linux/slab.h>

#include "mock_compat.h"

/* Whether a device that was probed sends page requests, or is stalled */
bool mock_makes_requests(struct device *dev)
{
	struct mock_endpoint *ep = dev_iommu_priv_get(dev);

	return ep->config.pri || ep->config.stall;
}

/* Called while mock_topology_lock is held, so the instance stays. */
static struct iommu_device *mock_probe_device(struct device *dev)
{
	struct iommu_fwspec *fwspec = dev_iommu_fwspec_get(dev);
	struct mock_iommu *iommu = mock_iommu_find(fwspec->iommu_fwnode);
	struct mock_endpoint *ep;

	if (!iommu)
		return ERR_PTR(-ENODEV);
	mutex_lock(&iommu->lock);
	ep = xa_load(&iommu->rids, fwspec->ids[0]);
	if (ep)
		WRITE_ONCE(ep->dev, dev);
	mutex_unlock(&iommu->lock);
	if (!ep)
		return ERR_PTR(-ENODEV);
	dev_iommu_priv_set(dev, ep);
	return &iommu->iommu;
}

/* Whoever had attached something should have detached it. */
static void mock_release_device(struct device *dev)
{
	struct mock_endpoint *ep = dev_iommu_priv_get(dev);
	struct mock_iommu *iommu = ep->iommu;
	struct mock_attachment *attachment;
	unsigned long pasid;

	mutex_lock(&iommu->lock);
	xa_for_each(&ep->attachments, pasid, attachment)
		mock_detach(ep, pasid);
	/* no request of this RID is left for the next one that has it */
	iommu->kind->process(iommu);
	WRITE_ONCE(ep->dev, NULL);
	mutex_unlock(&iommu->lock);
	/* those who report a fault of it are done */
	synchronize_rcu();
}

static void mock_add_region(struct list_head *list, u64 start, u64 length,
			    enum iommu_resv_type type)
{
	struct iommu_resv_region *region;

	region = iommu_alloc_resv_region(start, length, 0, type, GFP_KERNEL);
	if (region)
		list_add_tail(&region->list, list);
}

/* The core has no way to be told that memory is short. */
static void mock_get_resv_regions(struct device *dev, struct list_head *list)
{
	static const enum iommu_resv_type types[] = {
		[MOCK_IOMMU_RESV_RESERVED] = IOMMU_RESV_RESERVED,
		[MOCK_IOMMU_RESV_DIRECT] = IOMMU_RESV_DIRECT,
		[MOCK_IOMMU_RESV_DIRECT_RELAXABLE] =
			IOMMU_RESV_DIRECT_RELAXABLE,
	};
	struct mock_endpoint *ep = dev_iommu_priv_get(dev);
	const struct mock_kind *kind = ep->iommu->kind;

	if (ep->resv.type)
		mock_add_region(list, ep->resv.start, ep->resv.length,
				types[ep->resv.type]);
	mock_add_region(list, kind->msi_start, MOCK_IOMMU_MSI_LENGTH,
			kind->msi_type);
}

/* Memory is the host's, so processors and endpoints agree on what is in it. */
static bool mock_capable(struct device *dev, enum iommu_cap cap)
{
	return cap == IOMMU_CAP_CACHE_COHERENCY;
}

/* The mock takes no part in the DMA API. */
static int mock_def_domain_type(struct device *dev)
{
	return IOMMU_DOMAIN_IDENTITY;
}

static const struct iommu_ops mock_ops_template = {
	.capable = mock_capable,
	.domain_alloc_paging = mock_domain_alloc_paging,
	.probe_device = mock_probe_device,
	.release_device = mock_release_device,
	.device_group = generic_device_group,
	.get_resv_regions = mock_get_resv_regions,
	.page_response = mock_page_response,
	.def_domain_type = mock_def_domain_type,
	.identity_domain = &mock_identity_domain,
	.blocked_domain = &mock_blocked_domain,
	.release_domain = &mock_blocked_domain,
};

/*
 * The IOMMU core takes a reference on ops->owner for every device that it
 * probes, used or not. Our devices exist as long as the module is loaded, so
 * with an owner it could never be unloaded; that is why there is none. The
 * core insists on an owner for operations that lie in a module, so they lie
 * elsewhere.
 *
 * It is safe since the core has these operations only by way of our endpoints,
 * all of which unloading removes, and removal waits until the core has let go
 * of a device; and since who uses an endpoint holds the module by other means:
 * faultq by struct faultq_driver, for a device and for a page table that
 * outlives it, user space by its file on /dev/mock_iommu. As long as one of
 * these is there, unloading is refused.
 */
struct iommu_ops *mock_ops_create(const struct mock_kind *kind)
{
	struct iommu_ops *ops;

	ops = kmemdup(&mock_ops_template, sizeof(mock_ops_template),
		      GFP_KERNEL);
	if (!ops)
		return NULL;
	ops->hw_info = kind->hw_info;
	ops->user_pasid_table = kind->user_pasid_table;
	mock_compat_complete_ops(ops);
	return ops;
}
