// SPDX-License-Identifier: GPL-2.0-only
/*
 * Endpoints: a device on the platform bus behind an instance. No driver
 * matches its name, so that whoever wants its DMA ownership can have it.
 */
#include <linux/err.h>
#include <linux/limits.h>
#include <linux/platform_device.h>
#include <linux/property.h>
#include <linux/slab.h>

#include "mock_compat.h"

/* Ids are not used again, so that a stale one names nothing. */
static DEFINE_XARRAY_ALLOC1(mock_endpoints);
static u32 mock_next_endpoint = 1;

void mock_endpoint_put(struct mock_endpoint *ep)
{
	struct mock_iommu *iommu = ep->iommu;

	if (!refcount_dec_and_test(&ep->users))
		return;
	hw_endpoint_free(ep->hw);
	xa_destroy(&ep->attachments);
	kfree_rcu(ep, rcu);
	mock_iommu_put(iommu);
}

/* RID 0 stands for any that is free. */
static int mock_endpoint_take_rid(struct mock_endpoint *ep)
{
	struct mock_iommu *iommu = ep->iommu;
	u32 rid = ep->config.rid;
	int ret;

	if (rid) {
		ret = xa_insert(&iommu->rids, rid, ep, GFP_KERNEL_ACCOUNT);
		return ret == -EBUSY ? -EEXIST : ret;
	}
	ret = xa_alloc(&iommu->rids, &rid, ep, XA_LIMIT(1, U16_MAX),
		       GFP_KERNEL_ACCOUNT);
	ep->config.rid = rid;
	return ret;
}

/* Takes a number and a RID, and the memory that both are for. */
static struct mock_endpoint *
mock_endpoint_create(struct mock_iommu *iommu,
		     const struct hw_endpoint_config *config,
		     const struct mock_resv *resv)
{
	struct mock_endpoint *ep;
	int ret;

	ep = kzalloc(sizeof(*ep), GFP_KERNEL_ACCOUNT);
	if (!ep)
		return ERR_PTR(-ENOMEM);
	refcount_set(&ep->users, 1);
	ep->iommu = iommu;
	ep->config = *config;
	ep->resv = *resv;
	xa_init_flags(&ep->attachments, XA_FLAGS_ACCOUNT);
	ret = ida_alloc_max(&iommu->indices, MOCK_IOMMU_MAX_ENDPOINTS - 1,
			    GFP_KERNEL);
	if (ret < 0)
		goto err_free;
	ep->index = ret;
	scnprintf(ep->name, sizeof(ep->name), "%s-ep%u", iommu->name,
		  ep->index);
	ret = mock_endpoint_take_rid(ep);
	if (ret)
		goto err_index;
	ep->hw = hw_endpoint_plug(iommu->hw, &ep->config);
	ret = PTR_ERR_OR_ZERO(ep->hw);
	if (ret)
		goto err_rid;
	refcount_inc(&iommu->users);
	return ep;

err_rid:
	xa_erase(&iommu->rids, ep->config.rid);
err_index:
	ida_free(&iommu->indices, ep->index);
err_free:
	/* whoever reports a fault may have found it by its RID */
	kfree_rcu(ep, rcu);
	return ERR_PTR(ret);
}

/* The device is gone or never was. */
static void mock_endpoint_destroy(struct mock_endpoint *ep)
{
	xa_erase(&ep->iommu->rids, ep->config.rid);
	ida_free(&ep->iommu->indices, ep->index);
	mock_endpoint_put(ep);
}

/* A property of 0 bits would mean one PASID. */
static int mock_endpoint_add_properties(struct mock_endpoint *ep)
{
	const struct property_entry properties[] = {
		PROPERTY_ENTRY_U32("pasid-num-bits", ep->config.pasid_bits),
		{},
	};

	if (!ep->config.pasid_bits)
		return 0;
	return device_create_managed_software_node(&ep->pdev->dev, properties,
						   NULL);
}

/* Prepares a device that the IOMMU core takes over once it is added. */
static int mock_endpoint_describe(struct mock_endpoint *ep)
{
	struct device *dev = &ep->pdev->dev;
	int ret;

	ret = mock_endpoint_add_properties(ep);
	if (ret)
		return ret;
	ret = mock_compat_add_fwspec(dev, ep->iommu->iommu.fwnode,
				     ep->config.rid);
	if (ret)
		device_remove_software_node(dev);
	return ret;
}

/*
 * Adding a device goes through even if its IOMMU does not want it; that shows
 * in the missing group.
 */
static int mock_endpoint_publish(struct mock_endpoint *ep)
{
	struct device *dev;
	int ret;

	ep->pdev = platform_device_alloc(ep->name, PLATFORM_DEVID_NONE);
	if (!ep->pdev)
		return -ENOMEM;
	dev = &ep->pdev->dev;
	ret = mock_endpoint_describe(ep);
	if (ret)
		goto err_put;
	ret = mock_compat_add_error(platform_device_add(ep->pdev));
	if (ret)
		goto err_undescribe;
	mock_compat_mend_software_node(dev);
	if (!ep->dev) {
		platform_device_unregister(ep->pdev);
		return -ENOMEM;
	}
	return 0;

err_undescribe:
	mock_compat_drop_fwspec(dev);
	device_remove_software_node(dev);
err_put:
	platform_device_put(ep->pdev);
	return ret;
}

static void mock_endpoint_unpublish(struct mock_endpoint *ep)
{
	hw_endpoint_unplug(ep->hw);
	platform_device_unregister(ep->pdev);
	ep->iommu->kind->remove_endpoint(ep);
	mock_endpoint_destroy(ep);
}

/**
 * mock_endpoint_add() - put an endpoint behind an instance
 * @iommu: the instance
 * @config: what it can do
 * @resv: its reserved region
 *
 * The caller holds mock_topology_lock, under which the endpoint stays.
 *
 * Return: the endpoint, or ERR_PTR(): -EEXIST for a RID that is taken,
 * -ENOSPC beyond the limit, -ENOMEM.
 */
struct mock_endpoint *mock_endpoint_add(struct mock_iommu *iommu,
					const struct hw_endpoint_config *config,
					const struct mock_resv *resv)
{
	struct mock_endpoint *ep;
	int ret;

	lockdep_assert_held(&mock_topology_lock);
	ep = mock_endpoint_create(iommu, config, resv);
	if (IS_ERR(ep))
		return ep;
	ret = iommu->kind->add_endpoint(ep);
	if (ret)
		goto err_unplug;
	ret = mock_endpoint_publish(ep);
	if (ret)
		goto err_tables;
	ret = xa_alloc_cyclic(&mock_endpoints, &ep->id, ep,
			      XA_LIMIT(1, S32_MAX), &mock_next_endpoint,
			      GFP_KERNEL);
	if (ret < 0)
		goto err_unpublish;
	WRITE_ONCE(iommu->nr_endpoints, iommu->nr_endpoints + 1);
	return ep;

err_unpublish:
	mock_endpoint_unpublish(ep);
	return ERR_PTR(ret);
err_tables:
	ep->iommu->kind->remove_endpoint(ep);
err_unplug:
	hw_endpoint_unplug(ep->hw);
	mock_endpoint_destroy(ep);
	return ERR_PTR(ret);
}

static void mock_endpoint_unplug(struct mock_endpoint *ep)
{
	struct mock_iommu *iommu = ep->iommu;

	WRITE_ONCE(iommu->nr_endpoints, iommu->nr_endpoints - 1);
	mock_endpoint_unpublish(ep);
}

/* The caller holds mock_topology_lock. Return: 0 or -ENOENT. */
int mock_endpoint_remove(u32 id)
{
	struct mock_endpoint *ep = xa_erase(&mock_endpoints, id);

	lockdep_assert_held(&mock_topology_lock);
	if (!ep)
		return -ENOENT;
	mock_endpoint_unplug(ep);
	return 0;
}

void mock_endpoint_remove_all(struct mock_iommu *iommu)
{
	struct mock_endpoint *ep;
	unsigned long id;

	lockdep_assert_held(&mock_topology_lock);
	xa_for_each(&mock_endpoints, id, ep)
		if (ep->iommu == iommu)
			mock_endpoint_remove(id);
}

/* The plugged endpoint of that id, held; NULL */
struct mock_endpoint *mock_endpoint_get(u32 id)
{
	struct mock_endpoint *ep;

	xa_lock(&mock_endpoints);
	ep = xa_load(&mock_endpoints, id);
	if (ep)
		refcount_inc(&ep->users);
	xa_unlock(&mock_endpoints);
	return ep;
}

/* The plugged endpoint with the smallest id not below @id, held; NULL */
struct mock_endpoint *mock_endpoint_get_next(u32 id)
{
	unsigned long index = id;
	struct mock_endpoint *ep;

	xa_lock(&mock_endpoints);
	ep = xa_find(&mock_endpoints, &index, ULONG_MAX, XA_PRESENT);
	if (ep)
		refcount_inc(&ep->users);
	xa_unlock(&mock_endpoints);
	return ep;
}
