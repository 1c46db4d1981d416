// SPDX-License-Identifier: GPL-2.0-only
/*
 * VT-d: the IOMMU and its registers.
 *
 * A register is accessed as a whole, at its own width. What is enabled by the
 * global command register in hardware is on as soon as its address is given.
 */
#include <linux/slab.h>

#include "hw_vtd.h"

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

static struct hw_iommu *hw_vtd_create(const struct hw_config *config)
{
	struct hw_vtd *vtd = kzalloc(sizeof(*vtd), GFP_KERNEL_ACCOUNT);

	if (!vtd)
		return NULL;
	spin_lock_init(&vtd->prq.lock);
	mutex_init(&vtd->iq.lock);
	if (hw_vtd_fault_init(vtd, config->fault_records)) {
		kfree(vtd);
		return NULL;
	}
	vtd->prq.masked = true;
	vtd->no_sid = config->no_sid;
	return &vtd->hw;
}

static void hw_vtd_destroy(struct hw_iommu *hw)
{
	struct hw_vtd *vtd = to_hw_vtd(hw);

	hw_vtd_fault_free(vtd);
	kfree(vtd);
}

static u64 hw_vtd_cap(const struct hw_vtd *vtd)
{
	return HW_CAP | FIELD_PREP(VTD_CAP_NFR, vtd->faults.count - 1) |
	       FIELD_PREP(VTD_CAP_FRO, HW_VTD_FRCD / sizeof(struct vtd_frcd));
}

/* PRO is shown in PRS and here. No lock is taken that may not be. */
static u64 hw_vtd_status(struct hw_vtd *vtd)
{
	return READ_ONCE(vtd->iq.status) | hw_vtd_fault_status(vtd) |
	       (READ_ONCE(vtd->prq.prs) & VTD_PRS_PRO ? VTD_FSTS_PRO : 0);
}

/* IQE, ICE and ITE are of the invalidation queue, which may then go on. */
static void hw_vtd_write_status(struct hw_vtd *vtd, u64 value)
{
	hw_vtd_fault_write(vtd, VTD_FSTS, value);
	if (value & (VTD_FSTS_IQE | VTD_FSTS_ICE | VTD_FSTS_ITE))
		hw_vtd_iq_write(vtd, VTD_FSTS, value);
}

static u64 hw_vtd_read(struct hw_iommu *hw, unsigned int reg)
{
	struct hw_vtd *vtd = to_hw_vtd(hw);

	switch (reg) {
	case VTD_VER:
		return HW_VER;
	case VTD_CAP:
		return hw_vtd_cap(vtd);
	case VTD_ECAP:
		return HW_ECAP;
	case VTD_RTADDR:
		return READ_ONCE(vtd->rtaddr);
	case VTD_FSTS:
		return hw_vtd_status(vtd);
	case VTD_IQH:
	case VTD_IQT:
	case VTD_IQA:
	case VTD_IQER:
		return hw_vtd_iq_read(vtd, reg);
	case VTD_PQH:
	case VTD_PQT:
	case VTD_PQA:
	case VTD_PRS:
	case VTD_PECTL:
		return hw_vtd_prq_read(vtd, reg);
	default:
		return hw_vtd_fault_read(vtd, reg);
	}
}

/* 1 bits clear bits of FSTS and PRS. */
static void hw_vtd_write(struct hw_iommu *hw, unsigned int reg, u64 value)
{
	struct hw_vtd *vtd = to_hw_vtd(hw);

	switch (reg) {
	case VTD_RTADDR:
		WRITE_ONCE(vtd->rtaddr, value);
		break;
	case VTD_FSTS:
		hw_vtd_write_status(vtd, value);
		break;
	case VTD_IQT:
	case VTD_IQA:
		hw_vtd_iq_write(vtd, reg, value);
		break;
	case VTD_PQH:
	case VTD_PQA:
	case VTD_PRS:
	case VTD_PECTL:
		hw_vtd_prq_write(vtd, reg, value);
		break;
	default:
		hw_vtd_fault_write(vtd, reg, value);
		break;
	}
}

static void hw_vtd_raise(struct hw_iommu *hw)
{
	hw_vtd_prq_raise(to_hw_vtd(hw));
	hw_vtd_fault_raise(to_hw_vtd(hw));
}

static void hw_vtd_stats(struct hw_iommu *hw,
			 struct mock_iommu_iommu_stats *stats)
{
	struct hw_vtd *vtd = to_hw_vtd(hw);

	spin_lock(&vtd->prq.lock);
	stats->out_irq_masked = vtd->prq.masked;
	stats->out_prq_written = vtd->prq.written;
	stats->out_prq_dropped = vtd->prq.dropped;
	stats->out_prq_overflows = vtd->prq.overflows;
	stats->out_interrupts = vtd->prq.interrupts;
	spin_unlock(&vtd->prq.lock);

	hw_vtd_fault_stats(vtd, stats);

	mutex_lock(&vtd->iq.lock);
	stats->out_invalidations = vtd->iq.invalidations;
	stats->out_inv_descriptors = vtd->iq.executed;
	stats->out_inv_errors = vtd->iq.errors;
	mutex_unlock(&vtd->iq.lock);
}

const struct hw_kind hw_vtd_kind = {
	.bad_memory = VTD_FR_SS_ACCESS,
	.create = hw_vtd_create,
	.destroy = hw_vtd_destroy,
	.read = hw_vtd_read,
	.write = hw_vtd_write,
	.translate = hw_vtd_translate,
	.recoverable = hw_vtd_recoverable,
	.request = hw_vtd_prq_put,
	.record = hw_vtd_fault_record,
	.raise = hw_vtd_raise,
	.stats = hw_vtd_stats,
};
