// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nested domains: a guest's stream table entry, whose context descriptors and
 * first stages lie in memory that a paging domain, the parent of its VIOMMU,
 * maps. It is for a RID, and there for every PASID of the device.
 */
#include <linux/faultq.h>
#include <linux/slab.h>
#include <uapi/linux/iommufd.h>

#include "faultq_driver.h"
#include "mock_compat.h"
#include "smmu_iommu.h"

/* What a guest's entry may have, other fields being the host's */
#define SMMU_GUEST_0                                                         \
	(SMMU_STE_V | SMMU_STE_CONFIG | SMMU_STE_S1FMT | SMMU_STE_S1CTXPTR | \
	 SMMU_STE_S1CDMAX)
#define SMMU_GUEST_1                                                         \
	(SMMU_STE_S1DSS | SMMU_STE_S1CIR | SMMU_STE_S1COR | SMMU_STE_S1CSH | \
	 SMMU_STE_S1STALLD | SMMU_STE_EATS)

/*
 * -EIO stands for an entry that a guest may not have, as in the kernel's driver.
 * What is allowed is not looked at any further: the hardware takes fields that it
 * cannot use for an invalid entry (C_BAD_STE), which is the guest's to hear of. An
 * entry that is not valid may hold anything (SMMUv3 5.2); it blocks.
 */
static int smmu_guest_ste_check(u64 *ste)
{
	if (!(ste[0] & SMMU_STE_V)) {
		ste[0] = 0;
		ste[1] = 0;
		return 0;
	}
	if (ste[0] & ~SMMU_GUEST_0 || ste[1] & ~SMMU_GUEST_1 ||
	    FIELD_GET(SMMU_STE_EATS, ste[1]) > SMMU_EATS_TRANS)
		return -EIO;
	switch (FIELD_GET(SMMU_STE_CONFIG, ste[0])) {
	case SMMU_CONFIG_ABORT:
	case SMMU_CONFIG_BYPASS:
	case SMMU_CONFIG_S1:
		return 0;
	}
	return -EIO;
}

/* Without set_dev_pasid: the guest has all PASIDs of the device. */
static const struct iommu_domain_ops smmu_nested_ops = {
	.attach_dev = mock_compat_attach_dev,
	.free = mock_nested_free,
};

/**
 * smmu_alloc_nested() - &faultq_driver.viommu_alloc_nested
 * @viommu: the VIOMMU
 * @dev: a device of the instance that the domain is for
 * @data: struct iommu_hwpt_arm_smmuv3
 *
 * Nothing is begun before the data was read, so that a caller who has page
 * faults disabled can try again after -EFAULT.
 *
 * Return: the domain, or ERR_PTR(): -EOPNOTSUPP for a VIOMMU of another type or
 * data of another one; -EINVAL for a VIOMMU of another instance; -EIO for an entry
 * that no guest may have; -EFAULT; -ENOMEM.
 */
struct iommu_domain *smmu_alloc_nested(struct faultq_driver_viommu *viommu,
				       struct device *dev,
				       const struct iommu_user_data *data)
{
	struct mock_endpoint *ep = dev_iommu_priv_get(dev);
	struct smmu_viommu *smmu_viommu = viommu->priv;
	struct faultq_hwpt_arm_smmuv3 guest;
	struct mock_domain *domain;
	int ret;

	if (!smmu_viommu || data->type != FAULTQ_HWPT_DATA_ARM_SMMUV3)
		return ERR_PTR(-EOPNOTSUPP);
	if (&smmu_viommu->smmu->iommu != ep->iommu)
		return ERR_PTR(-EINVAL);
	ret = iommu_copy_struct_from_user(&guest, data,
					  FAULTQ_HWPT_DATA_ARM_SMMUV3, ste);
	if (ret)
		return ERR_PTR(ret);
	ret = smmu_guest_ste_check(guest.ste);
	if (ret)
		return ERR_PTR(ret);
	domain = mock_nested_create(to_mock_domain(viommu->parent),
				    &smmu_nested_ops);
	if (IS_ERR(domain))
		return ERR_CAST(domain);
	domain->viommu = smmu_viommu;
	memcpy(domain->guest, guest.ste, sizeof(domain->guest));
	return &domain->domain;
}
