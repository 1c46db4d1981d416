// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kinds of IOMMU, each with operations and a registration of its own.
 */
#include <linux/iommu.h>
#include <linux/slab.h>

#include "faultq_driver.h"
#include "mock.h"

static struct mock_kind *const mock_kinds[] = {
	[MOCK_IOMMU_KIND_VTD] = &mock_vtd_kind,
};

/* NULL for a kind that is not known */
struct mock_kind *mock_kind_find(u32 kind)
{
	return kind < ARRAY_SIZE(mock_kinds) ? mock_kinds[kind] : NULL;
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
