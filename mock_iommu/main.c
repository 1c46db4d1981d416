// SPDX-License-Identifier: GPL-2.0-only
/*
 * Module parameters, the default topology, and the order of things.
 */
#include <linux/err.h>
#include <linux/log2.h>
#include <linux/module.h>

#include "mock.h"

static unsigned int iommus = 1;
module_param(iommus, uint, 0444);
MODULE_PARM_DESC(iommus, "IOMMUs to begin with, 0 to 16 (default 1)");

static unsigned int endpoints = 2;
module_param(endpoints, uint, 0444);
MODULE_PARM_DESC(endpoints,
		 "endpoints behind each of them, 0 to 64 (default 2)");

static unsigned int prq_entries = 2048;
module_param(prq_entries, uint, 0444);
MODULE_PARM_DESC(prq_entries,
		 "PRQ slots, a power of two, 128 to 16384 (default 2048)");

static unsigned int fault_records = 8;
module_param(fault_records, uint, 0444);
MODULE_PARM_DESC(fault_records,
		 "fault recording registers of a VT-d, 1 to 256 (default 8)");

static int mock_check_parameters(void)
{
	if (iommus <= MOCK_IOMMU_MAX_IOMMUS &&
	    endpoints <= MOCK_IOMMU_MAX_ENDPOINTS &&
	    is_power_of_2(prq_entries) &&
	    prq_entries >= MOCK_IOMMU_MIN_PRQ_ENTRIES &&
	    prq_entries <= MOCK_IOMMU_MAX_PRQ_ENTRIES && fault_records &&
	    fault_records <= MOCK_IOMMU_MAX_FAULT_RECORDS)
		return 0;
	pr_err("mock_iommu: module parameter out of range\n");
	return -EINVAL;
}

static int mock_build_iommu(void)
{
	static const struct hw_endpoint_config config = {
		.pasid_bits = MOCK_IOMMU_MAX_PASID_BITS,
		.credits = 32,
		.ats = true,
		.pri = true,
	};
	const struct mock_config iommu_config = {
		.kind = MOCK_IOMMU_KIND_VTD,
		.prq_entries = prq_entries,
		.fault_records = fault_records,
	};
	struct mock_iommu *iommu;
	struct mock_endpoint *ep;
	unsigned int i;

	iommu = mock_iommu_add(&iommu_config);
	if (IS_ERR(iommu))
		return PTR_ERR(iommu);
	for (i = 0; i < endpoints; i++) {
		ep = mock_endpoint_add(iommu, &config);
		if (IS_ERR(ep))
			return PTR_ERR(ep);
	}
	return 0;
}

static int mock_build_topology(void)
{
	unsigned int i;
	int ret = 0;

	mutex_lock(&mock_topology_lock);
	for (i = 0; i < iommus && !ret; i++)
		ret = mock_build_iommu();
	mutex_unlock(&mock_topology_lock);
	return ret;
}

static int __init mock_init(void)
{
	int ret;

	ret = mock_check_parameters();
	if (ret)
		return ret;
	ret = mock_kinds_init();
	if (ret)
		return ret;
	mock_debugfs_init();
	ret = mock_build_topology();
	if (ret)
		goto err_remove;
	ret = mock_kinds_register();
	if (ret)
		goto err_remove;
	ret = mock_control_init();
	if (ret)
		goto err_unregister;
	return 0;

err_unregister:
	mock_kinds_unregister();
err_remove:
	mock_iommu_remove_all();
	mock_debugfs_exit();
	mock_kinds_exit();
	return ret;
}

static void __exit mock_exit(void)
{
	mock_control_exit();
	mock_kinds_unregister();
	mock_iommu_remove_all();
	mock_debugfs_exit();
	mock_kinds_exit();
}

module_init(mock_init);
module_exit(mock_exit);
MODULE_DESCRIPTION("Mock IOMMU with page requests, and endpoints behind it");
MODULE_LICENSE("GPL");
/* taints the kernel as test code does */
MODULE_INFO(test, "Y");
