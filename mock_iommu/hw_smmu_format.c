// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page tables of AArch64, with a granule of 4 KiB (Arm ARM D8). Software
 * keeps the access flag: hardware faults where it is clear (IDR0.HTTU = 0).
 */
#include "hw_smmu.h"

/*
 * AP[1] lets unprivileged requests in, AP[2] makes read-only, and the tables
 * above may take away further (D8.4). What is not readable is not executable.
 */
static u8 hw_smmu_first_grant(const struct hw_table *table,
			      const struct hw_request *request, u64 leaf,
			      u64 all, u64 any, u32 *granted)
{
	bool el0 = (leaf & SMMU_S1_AP_EL0) && !(any & SMMU_S1_APTABLE_NO_EL0);
	bool rdonly = (leaf & SMMU_S1_AP_RDONLY) ||
		      (any & SMMU_S1_APTABLE_RDONLY);
	u64 xn = request->priv ? SMMU_S1_PXN : SMMU_S1_UXN;
	u64 xn_table = request->priv ? SMMU_S1_PXNTABLE : SMMU_S1_UXNTABLE;

	if (!(leaf & SMMU_PTE_AF) && !table->no_access_fault)
		return SMMU_F_ACCESS;
	*granted = 0;
	if (request->priv || el0) {
		*granted = HW_PERM_R;
		if (!rdonly)
			*granted |= HW_PERM_W;
		if (!(leaf & xn) && !(any & xn_table))
			*granted |= HW_PERM_X;
	}
	return request->perm & ~*granted ? SMMU_F_PERMISSION : 0;
}

static u8 hw_smmu_second_grant(const struct hw_table *table,
			       const struct hw_request *request, u64 leaf,
			       u64 all, u64 any, u32 *granted)
{
	if (!(leaf & SMMU_PTE_AF) && !table->no_access_fault)
		return SMMU_F_ACCESS;
	*granted = 0;
	if (leaf & SMMU_S2AP_R)
		*granted |= HW_PERM_R;
	if (leaf & SMMU_S2AP_W)
		*granted |= HW_PERM_W;
	if ((leaf & SMMU_S2AP_R) && !(leaf & SMMU_S2_XN))
		*granted |= HW_PERM_X;
	return request->perm & ~*granted ? SMMU_F_PERMISSION : 0;
}

const struct hw_format hw_smmu_first_stage = {
	.stage = 1,
	.present = SMMU_PTE_VALID,
	.last = SMMU_PTE_TABLE,
	.large = SMMU_PTE_TABLE,
	.large_value = 0,
	.large_levels = BIT(2) | BIT(3),
	.large_ignored = HW_PHYS_ADDR,
	.grant = hw_smmu_first_grant,
	.not_present = SMMU_F_TRANSLATION,
	.bad_entry = SMMU_F_WALK_EABT,
	.bad_root = SMMU_F_WALK_EABT,
	.bad_large = SMMU_F_TRANSLATION,
	.bad_bits = SMMU_F_ADDR_SIZE,
	.bad_input = SMMU_F_TRANSLATION,
};

const struct hw_format hw_smmu_second_stage = {
	.stage = 2,
	.present = SMMU_PTE_VALID,
	.last = SMMU_PTE_TABLE,
	.large = SMMU_PTE_TABLE,
	.large_value = 0,
	.large_levels = BIT(2) | BIT(3),
	.large_ignored = HW_PHYS_ADDR,
	.grant = hw_smmu_second_grant,
	.not_present = SMMU_F_TRANSLATION,
	.bad_entry = SMMU_F_WALK_EABT,
	.bad_root = SMMU_F_WALK_EABT,
	.bad_large = SMMU_F_TRANSLATION,
	.bad_bits = SMMU_F_ADDR_SIZE,
	.bad_input = SMMU_F_TRANSLATION,
};

/*
 * The address bits beyond an output size, encoded as IDR5.OAS. What is larger
 * than the hardware's is taken for that (5.2, 5.4).
 */
u64 hw_smmu_beyond(u32 size)
{
	static const u8 bits[] = { 32, 36, 40, 42, 44, 48 };

	return GENMASK_ULL(51, bits[min_t(u32, size, SMMU_OAS_48)]);
}
