// SPDX-License-Identifier: GPL-2.0-only
/*
 * The IOMMU: what all kinds have, and the way to what they do not share.
 */
#include "hw_model.h"

#define HW_IOTLB_ENTRIES 512

/**
 * hw_iommu_create() - make an IOMMU, as it is after power-on
 * @kind: what it is to be
 * @config: what it is made with
 *
 * Return: the IOMMU, or NULL without memory.
 */
struct hw_iommu *hw_iommu_create(const struct hw_kind *kind,
				 const struct hw_config *config)
{
	struct hw_iommu *hw = kind->create(config);

	if (!hw)
		return NULL;
	hw->kind = kind;
	hw->id = config->id;
	hw->irq = config->irq;
	hw->irq_data = config->irq_data;
	init_rwsem(&hw->access);
	xa_init(&hw->endpoints);
	if (hw_tlb_init(&hw->iotlb, HW_IOTLB_ENTRIES)) {
		hw_iommu_destroy(hw);
		return NULL;
	}
	return hw;
}

/* Its endpoints are freed and no register is accessed any more. */
void hw_iommu_destroy(struct hw_iommu *hw)
{
	xa_destroy(&hw->endpoints);
	hw_tlb_free(&hw->iotlb);
	hw->kind->destroy(hw);
}

/**
 * hw_read() - read a register
 * @hw: the IOMMU
 * @reg: its offset, as its specification has it
 *
 * May sleep.
 *
 * Return: its value, 0 where no register is.
 */
u64 hw_read(struct hw_iommu *hw, unsigned int reg)
{
	return hw->kind->read(hw, reg);
}

/**
 * hw_write() - write a register
 * @hw: the IOMMU
 * @reg: its offset, as its specification has it
 * @value: its value
 *
 * May sleep: a queue is consumed, and an interrupt that becomes unmasked is
 * delivered, before it returns.
 */
void hw_write(struct hw_iommu *hw, unsigned int reg, u64 value)
{
	hw->kind->write(hw, reg, value);
}

/*
 * Sends what is due and not masked; handlers, also those that were under way,
 * have run when this returns. The caller holds no lock.
 */
void hw_raise(struct hw_iommu *hw)
{
	hw->kind->raise(hw);
}

/* Fills in what the hardware counts. */
void hw_iommu_stats(struct hw_iommu *hw, struct mock_iommu_iommu_stats *stats)
{
	spin_lock(&hw->iotlb.lock);
	stats->out_iotlb_hits = hw->iotlb.hits;
	stats->out_iotlb_misses = hw->iotlb.misses;
	spin_unlock(&hw->iotlb.lock);
	hw->kind->stats(hw, stats);
}
