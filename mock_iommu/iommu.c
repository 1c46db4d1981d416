// SPDX-License-Identifier: GPL-2.0-only
/*
 * Instances: made, registered with the IOMMU core, found, removed.
 */
#include <linux/err.h>
#include <linux/platform_device.h>
#include <linux/property.h>
#include <linux/slab.h>

#include "mock_compat.h"

/* Instances and endpoints come and go under it. */
DEFINE_MUTEX(mock_topology_lock);
static DEFINE_XARRAY_ALLOC(mock_iommus);

/* No endpoint is left, and no device is in the kernel's queue. */
static void mock_iommu_free(struct mock_iommu *iommu)
{
	if (iommu->hw) {
		hw_raise(iommu->hw);
		iommu->kind->exit(iommu);
		hw_iommu_destroy(iommu->hw);
	}
	if (iommu->iopf_queue)
		iopf_queue_free(iommu->iopf_queue);
	xa_destroy(&iommu->rids);
	ida_destroy(&iommu->indices);
	ida_destroy(&iommu->dids);
	kfree(iommu);
}

void mock_iommu_put(struct mock_iommu *iommu)
{
	if (refcount_dec_and_test(&iommu->users))
		mock_iommu_free(iommu);
}

/* The hardware, and what lies in memory for it */
static int mock_iommu_start(struct mock_iommu *iommu)
{
	const struct hw_config config = {
		.id = iommu->id,
		.no_sid = iommu->config.no_sid,
		.fault_records = iommu->config.fault_records,
		.irq = iommu->kind->interrupt,
		.irq_data = iommu,
	};

	iommu->iopf_queue = iopf_queue_alloc(iommu->name);
	if (!iommu->iopf_queue)
		return -ENOMEM;
	iommu->hw = hw_iommu_create(iommu->kind->hw, &config);
	if (!iommu->hw)
		return -ENOMEM;
	return iommu->kind->init(iommu, &iommu->config);
}

static struct mock_iommu *mock_iommu_create(u32 id,
					    const struct mock_config *config)
{
	struct mock_kind *kind = mock_kind_find(config->kind);
	struct mock_iommu *iommu;

	iommu = kzalloc(kind->size, GFP_KERNEL_ACCOUNT);
	if (!iommu)
		return NULL;
	refcount_set(&iommu->users, 1);
	iommu->kind = kind;
	iommu->config = *config;
	iommu->id = id;
	snprintf(iommu->name, sizeof(iommu->name), "mock-iommu%u", id);
	mutex_init(&iommu->lock);
	xa_init_flags(&iommu->rids, XA_FLAGS_ALLOC | XA_FLAGS_ACCOUNT);
	ida_init(&iommu->indices);
	ida_init(&iommu->dids);
	INIT_LIST_HEAD(&iommu->poll_stats);
	if (mock_iommu_start(iommu)) {
		mock_iommu_free(iommu);
		return NULL;
	}
	return iommu;
}

/*
 * The platform device is what sysfs shows; the firmware node is what the
 * endpoints' fwspec names. As no other device names it, the core asks us about
 * our endpoints and about nothing else in the machine.
 */
static int mock_iommu_describe(struct mock_iommu *iommu)
{
	struct fwnode_handle *fwnode = fwnode_create_software_node(NULL, NULL);
	struct platform_device *pdev;

	if (IS_ERR(fwnode))
		return PTR_ERR(fwnode);
	pdev = platform_device_register_simple(iommu->name, PLATFORM_DEVID_NONE,
					       NULL, 0);
	if (IS_ERR(pdev)) {
		fwnode_remove_software_node(fwnode);
		return mock_compat_add_error(PTR_ERR(pdev));
	}
	iommu->pdev = pdev;
	iommu->iommu.fwnode = fwnode;
	return 0;
}

static void mock_iommu_undescribe(struct mock_iommu *iommu)
{
	platform_device_unregister(iommu->pdev);
	fwnode_remove_software_node(iommu->iommu.fwnode);
}

static int mock_iommu_register(struct mock_iommu *iommu)
{
	int ret;

	ret = mock_iommu_describe(iommu);
	if (ret)
		return ret;
	iommu->iommu.max_pasids = BIT(MOCK_IOMMU_MAX_PASID_BITS);
	ret = iommu_device_sysfs_add(&iommu->iommu, &iommu->pdev->dev, NULL,
				     "%s", iommu->name);
	if (ret)
		goto err_undescribe;
	/* without a device: the core would take the firmware node from it */
	ret = iommu_device_register(&iommu->iommu, iommu->kind->ops, NULL);
	if (ret)
		goto err_sysfs;
	return 0;

err_sysfs:
	iommu_device_sysfs_remove(&iommu->iommu);
err_undescribe:
	mock_iommu_undescribe(iommu);
	return ret;
}

static void mock_iommu_unregister(struct mock_iommu *iommu)
{
	mock_debugfs_remove(iommu);
	mock_endpoint_remove_all(iommu);
	iommu_device_unregister(&iommu->iommu);
	iommu_device_sysfs_remove(&iommu->iommu);
	mock_iommu_undescribe(iommu);
	mock_iommu_put(iommu);
}

/**
 * mock_iommu_add() - make an instance and register it
 * @config: what it is made with; its kind is known
 *
 * The caller holds mock_topology_lock, under which the instance stays.
 *
 * Return: the instance, or ERR_PTR(): -ENOSPC beyond the limit, -ENOMEM, or
 * what the IOMMU core says.
 */
struct mock_iommu *mock_iommu_add(const struct mock_config *config)
{
	struct mock_iommu *iommu;
	u32 id;
	int ret;

	lockdep_assert_held(&mock_topology_lock);
	ret = xa_alloc(&mock_iommus, &id, NULL,
		       XA_LIMIT(0, MOCK_IOMMU_MAX_IOMMUS - 1), GFP_KERNEL);
	if (ret)
		return ERR_PTR(ret == -EBUSY ? -ENOSPC : ret);
	iommu = mock_iommu_create(id, config);
	ret = iommu ? mock_iommu_register(iommu) : -ENOMEM;
	if (ret)
		goto err;
	mock_debugfs_add(iommu);
	xa_store(&mock_iommus, id, iommu, GFP_KERNEL);
	return iommu;

err:
	xa_erase(&mock_iommus, id);
	if (iommu)
		mock_iommu_put(iommu);
	return ERR_PTR(ret);
}

/* The caller holds mock_topology_lock. Return: 0 or -ENOENT. */
int mock_iommu_remove(u32 id)
{
	struct mock_iommu *iommu = xa_erase(&mock_iommus, id);

	lockdep_assert_held(&mock_topology_lock);
	if (!iommu)
		return -ENOENT;
	mock_iommu_unregister(iommu);
	return 0;
}

void mock_iommu_remove_all(void)
{
	struct mock_iommu *iommu;
	unsigned long id;

	mutex_lock(&mock_topology_lock);
	xa_for_each(&mock_iommus, id, iommu)
		mock_iommu_remove(id);
	mutex_unlock(&mock_topology_lock);
}

/* The registered instance of that id, held; NULL */
struct mock_iommu *mock_iommu_get(u32 id)
{
	struct mock_iommu *iommu;

	xa_lock(&mock_iommus);
	iommu = xa_load(&mock_iommus, id);
	if (iommu)
		refcount_inc(&iommu->users);
	xa_unlock(&mock_iommus);
	return iommu;
}

/* The registered instance with the smallest id not below @id, held; NULL */
struct mock_iommu *mock_iommu_get_next(u32 id)
{
	unsigned long index = id;
	struct mock_iommu *iommu;

	xa_lock(&mock_iommus);
	iommu = xa_find(&mock_iommus, &index, ULONG_MAX, XA_PRESENT);
	if (iommu)
		refcount_inc(&iommu->users);
	xa_unlock(&mock_iommus);
	return iommu;
}

/* The instance of a firmware node; the caller holds mock_topology_lock. */
struct mock_iommu *mock_iommu_find(const struct fwnode_handle *fwnode)
{
	struct mock_iommu *iommu;
	unsigned long id;

	xa_for_each(&mock_iommus, id, iommu)
		if (iommu->iommu.fwnode == fwnode)
			return iommu;
	return NULL;
}
