// SPDX-License-Identifier: GPL-2.0-only
/*
 * The IOMMU and its registers.
 *
 * A register is accessed as a whole, at its own width. What is enabled by the
 * global command register in hardware is on as soon as its address is given.
 */
#include <linux/slab.h>

#include "hw_model.h"

#define HW_IOTLB_ENTRIES 512

/* Version 3.0: the last whose page requests carry private data. */
#define HW_VER 0x30

#define HW_CAP                                                   \
	(FIELD_PREP_CONST(VTD_CAP_ND, 6) | VTD_CAP_SAGAW_48 |    \
	 VTD_CAP_SAGAW_57 | FIELD_PREP_CONST(VTD_CAP_MGAW, 56) | \
	 VTD_CAP_SSLPS_2M | VTD_CAP_SSLPS_1G | VTD_CAP_PSI |     \
	 FIELD_PREP_CONST(VTD_CAP_MAMV, 18) | VTD_CAP_FS1GP | VTD_CAP_FS5LP)

#define HW_ECAP                                                               \
	(VTD_ECAP_C | VTD_ECAP_QI | VTD_ECAP_DT | VTD_ECAP_NEST |             \
	 VTD_ECAP_PRS | VTD_ECAP_ERS | VTD_ECAP_SRS | VTD_ECAP_EAFS |         \
	 FIELD_PREP_CONST(VTD_ECAP_PSS, 19) | VTD_ECAP_PASID | VTD_ECAP_PDS | \
	 VTD_ECAP_SMTS | VTD_ECAP_SSTS | VTD_ECAP_FSTS)

/**
 * hw_iommu_create() - make an IOMMU, as it is after power-on
 * @id: what tracepoints call it
 * @no_sid: its error record register does not tell whom an error is about
 * @prq_irq: called for a page request interrupt, in the context of whoever
 *	raises it, which may sleep
 * @data: argument of @prq_irq
 *
 * Return: the IOMMU, or NULL without memory.
 */
struct hw_iommu *hw_iommu_create(u32 id, bool no_sid,
				 void (*prq_irq)(void *data), void *data)
{
	struct hw_iommu *hw = kzalloc(sizeof(*hw), GFP_KERNEL_ACCOUNT);

	if (!hw)
		return NULL;
	if (hw_tlb_init(&hw->iotlb, HW_IOTLB_ENTRIES)) {
		kfree(hw);
		return NULL;
	}
	init_rwsem(&hw->access);
	xa_init(&hw->endpoints);
	spin_lock_init(&hw->prq.lock);
	mutex_init(&hw->iq.lock);
	hw->prq.masked = true;
	hw->id = id;
	hw->no_sid = no_sid;
	hw->prq_irq = prq_irq;
	hw->irq_data = data;
	return hw;
}

/* Its endpoints are freed and no register is accessed any more. */
void hw_iommu_destroy(struct hw_iommu *hw)
{
	xa_destroy(&hw->endpoints);
	hw_tlb_free(&hw->iotlb);
	kfree(hw);
}

/**
 * hw_read() - read a register
 * @hw: the IOMMU
 * @reg: its offset, VTD_*
 *
 * May sleep.
 *
 * Return: its value, 0 where no register is.
 */
u64 hw_read(struct hw_iommu *hw, unsigned int reg)
{
	switch (reg) {
	case VTD_VER:
		return HW_VER;
	case VTD_CAP:
		return HW_CAP;
	case VTD_ECAP:
		return HW_ECAP;
	case VTD_RTADDR:
		return READ_ONCE(hw->rtaddr);
	case VTD_FSTS:
		return hw_iq_read(hw, reg) |
		       (hw_prq_read(hw, VTD_PRS) & VTD_PRS_PRO ? VTD_FSTS_PRO :
								 0);
	case VTD_IQH:
	case VTD_IQT:
	case VTD_IQA:
	case VTD_IQER:
		return hw_iq_read(hw, reg);
	case VTD_PQH:
	case VTD_PQT:
	case VTD_PQA:
	case VTD_PRS:
	case VTD_PECTL:
		return hw_prq_read(hw, reg);
	}
	return 0;
}

/**
 * hw_write() - write a register
 * @hw: the IOMMU
 * @reg: its offset, VTD_*
 * @value: its value; 1 bits clear bits of FSTS and PRS
 *
 * May sleep: the invalidation queue is consumed, and an interrupt that
 * becomes unmasked is delivered, before it returns.
 */
void hw_write(struct hw_iommu *hw, unsigned int reg, u64 value)
{
	switch (reg) {
	case VTD_RTADDR:
		WRITE_ONCE(hw->rtaddr, value);
		break;
	case VTD_IQT:
	case VTD_IQA:
	case VTD_FSTS:
		hw_iq_write(hw, reg, value);
		break;
	case VTD_PQH:
	case VTD_PQA:
	case VTD_PRS:
	case VTD_PECTL:
		hw_prq_write(hw, reg, value);
		break;
	}
}

/* Fills in what the hardware counts. */
void hw_iommu_stats(struct hw_iommu *hw, struct mock_iommu_iommu_stats *stats)
{
	spin_lock(&hw->prq.lock);
	stats->out_irq_masked = hw->prq.masked;
	stats->out_prq_written = hw->prq.written;
	stats->out_prq_dropped = hw->prq.dropped;
	stats->out_prq_overflows = hw->prq.overflows;
	stats->out_interrupts = hw->prq.interrupts;
	spin_unlock(&hw->prq.lock);

	spin_lock(&hw->iotlb.lock);
	stats->out_iotlb_hits = hw->iotlb.hits;
	stats->out_iotlb_misses = hw->iotlb.misses;
	spin_unlock(&hw->iotlb.lock);

	mutex_lock(&hw->iq.lock);
	stats->out_invalidations = hw->iq.invalidations;
	stats->out_inv_descriptors = hw->iq.executed;
	stats->out_inv_errors = hw->iq.errors;
	mutex_unlock(&hw->iq.lock);
}
