// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kinds of IOMMU, each with operations and a registration of its own.
 */
#include <linux/iommu.h>
#include <linux/log2.h>
#include <linux/slab.h>

#include "faultq_driver.h"
#include "mock.h"

static struct mock_kind *const mock_kinds[] = {
	[MOCK_IOMMU_KIND_VTD] = &mock_vtd_kind,
	[MOCK_IOMMU_KIND_SMMUV3] = &mock_smmu_kind,
};

/* NULL for a kind that is not known */
struct mock_kind *mock_kind_find(u32 kind)
{
	return kind < ARRAY_SIZE(mock_kinds) ? mock_kinds[kind] : NULL;
}

static bool mock_entries_ok(u32 entries, u32 min, u32 max)
{
	return is_power_of_2(entries) && entries >= min && entries <= max;
}

static int mock_config_complete_vtd(struct mock_config *config)
{
	config->fault_records = config->fault_records ?: 8;
	if (config->fault_records > MOCK_IOMMU_MAX_FAULT_RECORDS ||
	    config->evtq_entries)
		return -EINVAL;
	return 0;
}

static int mock_config_complete_smmuv3(struct mock_config *config)
{
	config->evtq_entries = config->evtq_entries ?: 512;
	if (!mock_entries_ok(config->evtq_entries, MOCK_IOMMU_MIN_EVTQ_ENTRIES,
			     MOCK_IOMMU_MAX_EVTQ_ENTRIES) ||
	    config->fault_records || config->no_sid)
		return -EINVAL;
	return 0;
}

/**
 * mock_config_complete() - check what an instance is to be made with
 * @config: as asked for; what is 0 and has a default gets it
 *
 * Return: 0, -EOPNOTSUPP for a kind that is not known, -EINVAL for a number that
 * is out of its range or means nothing to the kind.
 */
int mock_config_complete(struct mock_config *config)
{
	if (!mock_kind_find(config->kind))
		return -EOPNOTSUPP;
	config->prq_entries = config->prq_entries ?: 2048;
	if (!mock_entries_ok(config->prq_entries, MOCK_IOMMU_MIN_PRQ_ENTRIES,
			     MOCK_IOMMU_MAX_PRQ_ENTRIES))
		return -EINVAL;
	return config->kind == MOCK_IOMMU_KIND_VTD ?
		       mock_config_complete_vtd(config) :
		       mock_config_complete_smmuv3(config);
}

/* Makes the operations of each kind. Return: 0 or -ENOMEM. */
int mock_kinds_init(void)
{
	struct mock_kind *kind;
	unsigned int i;

	for (i = MOCK_IOMMU_KIND_VTD; i < ARRAY_SIZE(mock_kinds); i++) {
		kind = mock_kinds[i];
		kind->ops = mock_ops_create(kind);
		if (!kind->ops) {
			mock_kinds_exit();
			return -ENOMEM;
		}
		kind->faultq->ops = kind->ops;
	}
	return 0;
}

void mock_kinds_exit(void)
{
	unsigned int i;

	for (i = MOCK_IOMMU_KIND_VTD; i < ARRAY_SIZE(mock_kinds); i++)
		kfree(mock_kinds[i]->ops);
}

/* Lets faultq bind endpoints behind each kind. Return: 0 or -EEXIST. */
int mock_kinds_register(void)
{
	unsigned int i;
	int ret;

	for (i = MOCK_IOMMU_KIND_VTD; i < ARRAY_SIZE(mock_kinds); i++) {
		ret = faultq_driver_register(mock_kinds[i]->faultq);
		if (ret)
			goto err;
	}
	return 0;

err:
	while (--i >= MOCK_IOMMU_KIND_VTD)
		faultq_driver_unregister(mock_kinds[i]->faultq);
	return ret;
}

void mock_kinds_unregister(void)
{
	unsigned int i;

	for (i = MOCK_IOMMU_KIND_VTD; i < ARRAY_SIZE(mock_kinds); i++)
		faultq_driver_unregister(mock_kinds[i]->faultq);
}
