// SPDX-License-Identifier: GPL-2.0-only
/*
 * The driver half of SMMUv3: its registration, its page tables, and what is done
 * in which order.
 */
#include <linux/err.h>
#include <linux/faultq.h>
#include <linux/slab.h>

#include "smmu_iommu.h"

static const struct mock_register smmu_registers[] = {
	{ "IDR0", SMMU_IDR0 },
	{ "IDR1", SMMU_IDR1 },
	{ "IDR5", SMMU_IDR5 },
	{ "CR0", SMMU_CR0 },
	{ "IRQ_CTRL", SMMU_IRQ_CTRL },
	{ "GERROR", SMMU_GERROR },
	{ "GERRORN", SMMU_GERRORN },
	{ "STRTAB_BASE", SMMU_STRTAB_BASE },
	{ "STRTAB_BASE_CFG", SMMU_STRTAB_BASE_CFG },
	{ "CMDQ_BASE", SMMU_CMDQ_BASE },
	{ "CMDQ_PROD", SMMU_CMDQ_PROD },
	{ "CMDQ_CONS", SMMU_CMDQ_CONS },
	{ "EVTQ_BASE", SMMU_EVTQ_BASE },
	{ "EVTQ_PROD", SMMU_EVTQ_PROD },
	{ "EVTQ_CONS", SMMU_EVTQ_CONS },
	{ "PRIQ_BASE", SMMU_PRIQ_BASE },
	{ "PRIQ_PROD", SMMU_PRIQ_PROD },
	{ "PRIQ_CONS", SMMU_PRIQ_CONS },
	{},
};

/*
 * Errors of the command queue need no interrupt: whoever submits commands waits
 * for them.
 */
static void smmu_set_irqs(struct mock_iommu *iommu, bool enabled)
{
	hw_write(iommu->hw, SMMU_IRQ_CTRL,
		 enabled ? SMMU_IRQ_CTRL_PRIQ | SMMU_IRQ_CTRL_EVTQ : 0);
}

static void smmu_mask(struct mock_iommu *iommu, bool mask)
{
	struct smmu *smmu = to_smmu(iommu);

	if (mask) {
		smmu_set_irqs(iommu, false);
		mock_poll_mask(&smmu->evtq.poll);
		mock_poll_mask(&smmu->priq.poll);
	} else {
		mock_poll_unmask(&smmu->evtq.poll);
		mock_poll_unmask(&smmu->priq.poll);
		smmu_set_irqs(iommu, true);
	}
}

static int smmu_init(struct mock_iommu *iommu, const struct mock_config *config)
{
	struct smmu *smmu = to_smmu(iommu);
	int ret;

	smmu_evtq_prepare(smmu);
	smmu_priq_prepare(smmu);
	ret = smmu_cmdq_init(smmu);
	if (!ret)
		ret = smmu_strtab_init(smmu);
	if (!ret)
		ret = smmu_evtq_init(smmu);
	if (!ret)
		ret = smmu_priq_init(smmu);
	if (ret)
		return ret;
	smmu_set_irqs(iommu, true);
	hw_write(iommu->hw, SMMU_CR0,
		 SMMU_CR0_SMMUEN | SMMU_CR0_PRIQEN | SMMU_CR0_EVTQEN |
			 SMMU_CR0_CMDQEN);
	return 0;
}

static void smmu_exit(struct mock_iommu *iommu)
{
	struct smmu *smmu = to_smmu(iommu);

	smmu_queue_free(&smmu->priq);
	smmu_queue_free(&smmu->evtq);
	smmu_strtab_free(smmu);
	smmu_cmdq_free(smmu);
}

/* &mock_kind.process */
static void smmu_process(struct mock_iommu *iommu)
{
	lockdep_assert_held(&iommu->lock);
	smmu_evtq_drain(to_smmu(iommu));
	smmu_priq_drain(to_smmu(iommu));
}

/* In the context of whoever raised it, which may sleep */
static void smmu_interrupt(void *data, enum hw_irq irq)
{
	struct smmu *smmu = to_smmu(data);

	if (irq == HW_IRQ_FAULT)
		mock_poll_interrupt(&smmu->evtq.poll);
	else if (irq == HW_IRQ_PRI)
		mock_poll_interrupt(&smmu->priq.poll);
}

static void *smmu_hw_info(struct device *dev, u32 *length, u32 *type)
{
	struct mock_endpoint *ep = dev_iommu_priv_get(dev);
	struct hw_iommu *hw = ep->iommu->hw;
	struct faultq_hw_info_arm_smmuv3 *info;
	unsigned int i;

	info = kzalloc(sizeof(*info), GFP_KERNEL);
	if (!info)
		return ERR_PTR(-ENOMEM);
	for (i = 0; i < ARRAY_SIZE(info->idr); i++)
		info->idr[i] = hw_read(hw, SMMU_IDR0 + i * sizeof(u32));
	info->iidr = hw_read(hw, SMMU_IIDR);
	info->aidr = hw_read(hw, SMMU_AIDR);
	*length = sizeof(*info);
	*type = FAULTQ_HW_INFO_ARM_SMMUV3;
	return info;
}

/* AArch64 descriptors (Arm ARM D8.3): a page is marked as a table is */

static u64 smmu_leaf_type(unsigned int level)
{
	return SMMU_PTE_VALID | (level == 1 ? SMMU_PTE_TABLE : 0) |
	       SMMU_PTE_AF | SMMU_PTE_SH_INNER;
}

/* There is no page that may be written but not read. */
static u64 smmu_s1_leaf(int prot, unsigned int level)
{
	if (!(prot & (IOMMU_READ | IOMMU_WRITE)))
		return 0;
	return smmu_leaf_type(level) | SMMU_S1_NG | SMMU_S1_AP_EL0 |
	       (prot & IOMMU_WRITE ? 0 : SMMU_S1_AP_RDONLY);
}

static int smmu_s1_prot(u64 leaf)
{
	return leaf & SMMU_S1_AP_RDONLY ? IOMMU_READ : IOMMU_READ | IOMMU_WRITE;
}

static u64 smmu_s2_leaf(int prot, unsigned int level)
{
	u64 access = (prot & IOMMU_READ ? SMMU_S2AP_R : 0) |
		     (prot & IOMMU_WRITE ? SMMU_S2AP_W : 0);

	return access ? access | smmu_leaf_type(level) | SMMU_S2_MEMATTR : 0;
}

static int smmu_s2_prot(u64 leaf)
{
	return (leaf & SMMU_S2AP_R ? IOMMU_READ : 0) |
	       (leaf & SMMU_S2AP_W ? IOMMU_WRITE : 0);
}

static const struct mock_pgtable_format *smmu_format(bool nest_parent)
{
	static const struct mock_pgtable_format formats[] = {
		{
			.present = SMMU_PTE_VALID,
			.table = SMMU_PTE_VALID | SMMU_PTE_TABLE,
			.leaf_mask = SMMU_PTE_TABLE,
			.leaf = smmu_s1_leaf,
			.prot = smmu_s1_prot,
		},
		{
			.present = SMMU_PTE_VALID,
			.table = SMMU_PTE_VALID | SMMU_PTE_TABLE,
			.leaf_mask = SMMU_PTE_TABLE,
			.leaf = smmu_s2_leaf,
			.prot = smmu_s2_prot,
		},
	};

	return &formats[nest_parent];
}

struct mock_kind mock_smmu_kind = {
	.hw = &hw_smmu_kind,
	.size = sizeof(struct smmu),
	.user_pasid_table = true,
	.msi_type = IOMMU_RESV_SW_MSI,
	.msi_start = MOCK_IOMMU_SMMUV3_MSI_START,
	.registers = smmu_registers,
	.faultq = &smmu_faultq_driver,
	.init = smmu_init,
	.exit = smmu_exit,
	.interrupt = smmu_interrupt,
	.add_endpoint = smmu_tables_add_endpoint,
	.remove_endpoint = smmu_tables_remove_endpoint,
	.format = smmu_format,
	.prepare = smmu_tables_prepare,
	.set = smmu_tables_set,
	.clear = smmu_tables_clear,
	.settle = smmu_tables_settle,
	.process = smmu_process,
	.flush = smmu_flush,
	.flush_endpoint = smmu_flush_endpoint,
	.respond = smmu_respond,
	.hw_info = smmu_hw_info,
	.mask = smmu_mask,
};
