// SPDX-License-Identifier: GPL-2.0-only
/*
 * Module parameters, the default topology, init and exit.
 */
#include <linux/err.h>
#include <linux/log2.h>
#include <linux/module.h>

#include "mock.h"

static unsigned int vtd = 1;
module_param(vtd, uint, 0444);
MODULE_PARM_DESC(vtd, "VT-d IOMMUs to create, 0 to 16 (default 1)");

static unsigned int smmuv3 = 1;
module_param(smmuv3, uint, 0444);
MODULE_PARM_DESC(smmuv3,
		 "SMMUv3s to create after them, 16 in all at most (default 1)");

static unsigned int endpoints = 2;
module_param(endpoints, uint, 0444);
MODULE_PARM_DESC(endpoints,
		 "endpoints to attach to each of them, 0 to 64 (default 2)");

static unsigned int prq_entries;
module_param(prq_entries, uint, 0444);
MODULE_PARM_DESC(prq_entries,
		 "PRQ slots, a power of two, 128 to 16384 (default 2048)");

static unsigned int fault_records;
module_param(fault_records, uint, 0444);
MODULE_PARM_DESC(fault_records,
		 "fault recording registers of a VT-d, 1 to 256 (default 8)");

static bool mock_exceeds(const char *name, unsigned int value, unsigned int max)
{
	if (value <= max)
		return false;
	pr_err("mock_iommu: parameter %s=%u is out of range: 0 to %u\n", name,
	       value, max);
	return true;
}

/* 0 stands for the default. */
static bool mock_prq_entries_bad(void)
{
	if (!prq_entries || (is_power_of_2(prq_entries) &&
			     prq_entries >= MOCK_IOMMU_MIN_PRQ_ENTRIES &&
			     prq_entries <= MOCK_IOMMU_MAX_PRQ_ENTRIES))
		return false;
	pr_err("mock_iommu: parameter prq_entries=%u is out of range: a power of two, %u to %u\n",
	       prq_entries, MOCK_IOMMU_MIN_PRQ_ENTRIES,
	       MOCK_IOMMU_MAX_PRQ_ENTRIES);
	return true;
}

/* Logs the first parameter that is out of range; false if none is. */
static bool mock_parameter_is_bad(void)
{
	return mock_exceeds("vtd", vtd, MOCK_IOMMU_MAX_IOMMUS) ||
	       mock_exceeds("smmuv3", smmuv3, MOCK_IOMMU_MAX_IOMMUS - vtd) ||
	       mock_exceeds("endpoints", endpoints, MOCK_IOMMU_MAX_ENDPOINTS) ||
	       mock_exceeds("fault_records", fault_records,
			    MOCK_IOMMU_MAX_FAULT_RECORDS) ||
	       mock_prq_entries_bad();
}

/* Behind an SMMUv3 every second endpoint has its transactions stalled. */
static int mock_build_endpoint(struct mock_iommu *iommu, bool stall)
{
	const struct hw_endpoint_config config = {
		.pasid_bits = MOCK_IOMMU_MAX_PASID_BITS,
		.credits = stall ? 0 : 32,
		.ats = !stall,
		.pri = !stall,
		.stall = stall,
	};
	const struct mock_resv none = {};

	return PTR_ERR_OR_ZERO(mock_endpoint_add(iommu, &config, &none));
}

static int mock_build_iommu(u32 kind)
{
	struct mock_config config = {
		.kind = kind,
		.prq_entries = prq_entries,
	};
	bool stalls = kind == MOCK_IOMMU_KIND_SMMUV3;
	struct mock_iommu *iommu;
	unsigned int i;
	int ret;

	if (kind == MOCK_IOMMU_KIND_VTD)
		config.fault_records = fault_records;
	ret = mock_config_complete(&config);
	if (ret)
		return ret;
	iommu = mock_iommu_add(&config);
	if (IS_ERR(iommu))
		return PTR_ERR(iommu);
	for (i = 0; i < endpoints && !ret; i++)
		ret = mock_build_endpoint(iommu, stalls && i % 2);
	return ret;
}

static int mock_build_topology(void)
{
	unsigned int i;
	int ret = 0;

	mutex_lock(&mock_topology_lock);
	for (i = 0; i < vtd && !ret; i++)
		ret = mock_build_iommu(MOCK_IOMMU_KIND_VTD);
	for (i = 0; i < smmuv3 && !ret; i++)
		ret = mock_build_iommu(MOCK_IOMMU_KIND_SMMUV3);
	mutex_unlock(&mock_topology_lock);
	if (ret && !mock_parameter_is_bad())
		pr_err("mock_iommu: cannot create the IOMMUs of the module parameters (error %d)\n",
		       ret);
	return ret;
}

/*
 * As long as there are endpoints, faultq knows whose they are: one that it took
 * for another driver's would not hold this module.
 */
static int __init mock_init(void)
{
	int ret;

	ret = mock_poll_start();
	if (ret)
		return ret;
	ret = mock_kinds_init();
	if (ret)
		goto err_poll;
	ret = mock_kinds_register();
	if (ret)
		goto err_kinds;
	mock_debugfs_init();
	ret = mock_build_topology();
	if (ret)
		goto err_remove;
	ret = mock_control_init();
	if (ret)
		goto err_remove;
	return 0;

err_remove:
	mock_iommu_remove_all();
	mock_debugfs_exit();
	mock_kinds_unregister();
err_kinds:
	mock_kinds_exit();
err_poll:
	mock_poll_stop();
	return ret;
}

static void __exit mock_exit(void)
{
	mock_control_exit();
	mock_iommu_remove_all();
	mock_debugfs_exit();
	mock_kinds_unregister();
	mock_kinds_exit();
	mock_poll_stop();
}

module_init(mock_init);
module_exit(mock_exit);
MODULE_DESCRIPTION("Mock IOMMU with page requests, and endpoints behind it");
MODULE_LICENSE("GPL");
/* taints the kernel as test code does */
MODULE_INFO(test, "Y");
