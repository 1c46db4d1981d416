// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults as software sees them: records are fetched from their registers, told
 * in words that all IOMMUs share, and reported.
 *
 * The fault event comes in hard interrupt context. It takes a bounded number of
 * faults; if there are more, it masks itself and leaves them to a work item, so
 * that endpoints which keep faulting hold no processor. What finds no register
 * meanwhile is lost, and told to be.
 */
#include <linux/faultq.h>

#include "faultq_driver.h"
#include "vtd_iommu.h"

/*
 * What a reason is in the words of faultq. VT-d has one code for a page that
 * stage 2 does not map and for one that it does not let be accessed so.
 */
static const u8 vtd_fault_reasons[] = {
	[VTD_FR_ROOT_TTM] = FAULTQ_REASON_SOURCE_FETCH,
	[VTD_FR_ROOT_ACCESS] = FAULTQ_REASON_SOURCE_FETCH,
	[VTD_FR_ROOT_P] = FAULTQ_REASON_SOURCE_INVALID,
	[VTD_FR_ROOT_RSVD] = FAULTQ_REASON_SOURCE_INVALID,
	[VTD_FR_CONTEXT_ACCESS] = FAULTQ_REASON_SOURCE_FETCH,
	[VTD_FR_CONTEXT_P] = FAULTQ_REASON_SOURCE_INVALID,
	[VTD_FR_CONTEXT_RSVD] = FAULTQ_REASON_SOURCE_INVALID,
	[VTD_FR_CONTEXT_DTE] = FAULTQ_REASON_BLOCKED,
	[VTD_FR_CONTEXT_PASIDE] = FAULTQ_REASON_BLOCKED,
	[VTD_FR_CONTEXT_PASID] = FAULTQ_REASON_PASID_INVALID,
	[VTD_FR_CONTEXT_PRE] = FAULTQ_REASON_BLOCKED,
	[VTD_FR_CONTEXT_RID_PASID] = FAULTQ_REASON_PASID_INVALID,
	[VTD_FR_PASID_DIR_ACCESS] = FAULTQ_REASON_PASID_FETCH,
	[VTD_FR_PASID_DIR_P] = FAULTQ_REASON_PASID_INVALID,
	[VTD_FR_PASID_DIR_RSVD] = FAULTQ_REASON_BAD_PASID_ENTRY,
	[VTD_FR_PASID_ACCESS] = FAULTQ_REASON_PASID_FETCH,
	[VTD_FR_PASID_P] = FAULTQ_REASON_PASID_INVALID,
	[VTD_FR_PASID_RSVD] = FAULTQ_REASON_BAD_PASID_ENTRY,
	[VTD_FR_PASID_INVALID] = FAULTQ_REASON_BAD_PASID_ENTRY,
	[VTD_FR_PASID_ERE] = FAULTQ_REASON_BLOCKED,
	[VTD_FR_PASID_SRE] = FAULTQ_REASON_BLOCKED,
	[VTD_FR_FS_ACCESS] = FAULTQ_REASON_WALK_EABT,
	[VTD_FR_FS_P] = FAULTQ_REASON_PTE_FETCH,
	[VTD_FR_FS_RSVD] = FAULTQ_REASON_BAD_PTE,
	[VTD_FR_FS_ROOT_ACCESS] = FAULTQ_REASON_WALK_EABT,
	[VTD_FR_FS_WIDTH] = FAULTQ_REASON_OOR_ADDRESS,
	[VTD_FR_FS_ROOT_READ] = FAULTQ_REASON_PERMISSION,
	[VTD_FR_FS_READ] = FAULTQ_REASON_PERMISSION,
	[VTD_FR_FS_WRITE] = FAULTQ_REASON_PERMISSION,
	[VTD_FR_SS_ACCESS] = FAULTQ_REASON_WALK_EABT,
	[VTD_FR_SS_PERM] = FAULTQ_REASON_PERMISSION,
	[VTD_FR_SS_RSVD] = FAULTQ_REASON_BAD_PTE,
	[VTD_FR_SS_POINTER] = FAULTQ_REASON_WALK_EABT,
	[VTD_FR_FS_CANONICAL] = FAULTQ_REASON_OOR_ADDRESS,
	[VTD_FR_FS_USER] = FAULTQ_REASON_PERMISSION,
	[VTD_FR_FS_EXECUTE] = FAULTQ_REASON_PERMISSION,
	[VTD_FR_SS_WIDTH] = FAULTQ_REASON_OOR_ADDRESS,
	[VTD_FR_FS_NO_WRITE] = FAULTQ_REASON_PERMISSION,
};

static bool vtd_fault_is_stage2(u8 reason)
{
	return (reason >= VTD_FR_FS_WIDTH && reason <= VTD_FR_SS_POINTER) ||
	       reason == VTD_FR_SS_WIDTH;
}

/* Of a page request the record does not say what access it was for. */
static u16 vtd_fault_perm(u64 qw1)
{
	if (qw1 & VTD_FRCD_T2)
		return 0;
	return (qw1 & VTD_FRCD_T1 ? FAULTQ_PAGE_REQUEST_READ :
				    FAULTQ_PAGE_REQUEST_WRITE) |
	       (qw1 & VTD_FRCD_EXE ? FAULTQ_PAGE_REQUEST_EXEC : 0) |
	       (qw1 & VTD_FRCD_PRIV ? FAULTQ_PAGE_REQUEST_PRIV : 0);
}

/* &faultq_native_format.set_guest_ids */
static void vtd_fault_set_guest_ids(void *native,
				    const struct faultq_guest_ids *ids)
{
	struct vtd_frcd *record = native;

	if (ids->virt_id_valid)
		u64p_replace_bits(&record->qw[1], ids->virt_id, VTD_FRCD_SID);
	if (ids->pasid_valid)
		u64p_replace_bits(&record->qw[1], ids->pasid, VTD_FRCD_PASID);
}

const struct faultq_native_format vtd_fault_format = {
	.type = FAULTQ_NATIVE_VTD_FAULT,
	.length = sizeof(struct vtd_frcd),
	.set_guest_ids = vtd_fault_set_guest_ids,
};

static void vtd_fault_report(struct mock_iommu *iommu,
			     const struct vtd_frcd *record)
{
	struct faultq_event_report report = {
		.type = FAULTQ_RECORD_FAULT,
		.flags = FAULTQ_EVENT_ADDR_VALID,
		.perm = vtd_fault_perm(record->qw[1]),
		.addr = record->qw[0] & VTD_FRCD_FI,
		.format = &vtd_fault_format,
		.native = record,
	};
	u8 reason = FIELD_GET(VTD_FRCD_FR, record->qw[1]);

	if (reason < ARRAY_SIZE(vtd_fault_reasons))
		report.reason = vtd_fault_reasons[reason];
	if (vtd_fault_is_stage2(reason))
		report.flags |= FAULTQ_EVENT_STAGE2;
	if (record->qw[1] & VTD_FRCD_PP) {
		report.flags |= FAULTQ_EVENT_PASID_VALID;
		report.pasid = FIELD_GET(VTD_FRCD_PASID, record->qw[1]);
	}
	mock_report_event(iommu, FIELD_GET(VTD_FRCD_SID, record->qw[1]),
			  &report);
}

/*
 * Fetches the next record, if there is one. They are written in turn, so which
 * one is next is known; FRI says the same when PPF is set anew.
 */
static bool vtd_fault_fetch(struct mock_iommu *iommu)
{
	struct vtd_faults *faults = &to_vtd_iommu(iommu)->faults;
	unsigned int reg =
		faults->offset + faults->next * sizeof(struct vtd_frcd);
	struct vtd_frcd record;

	record.qw[1] = hw_read(iommu->hw, reg + sizeof(u64));
	if (!(record.qw[1] & VTD_FRCD_F))
		return false;
	record.qw[0] = hw_read(iommu->hw, reg);
	hw_write(iommu->hw, reg + sizeof(u64), VTD_FRCD_F);
	faults->next = (faults->next + 1) % faults->count;
	vtd_fault_report(iommu, &record);
	return true;
}

/*
 * Fetches what there is, up to a bound, and takes note of an overflow. One that
 * comes behind the last look at the status sets PPF anew, and so raises an
 * interrupt. Return: true if there may be more.
 */
static bool vtd_fault_take(struct mock_iommu *iommu)
{
	struct vtd_faults *faults = &to_vtd_iommu(iommu)->faults;
	unsigned int rounds, nr = 0;
	u64 status;

	lockdep_assert_held(&faults->lock);
	for (rounds = 0; max(rounds, nr) < MOCK_POLL_BUDGET; rounds++) {
		status = hw_read(iommu->hw, VTD_FSTS);
		if (!(status & (VTD_FSTS_PPF | VTD_FSTS_PFO)))
			break;
		while (nr < MOCK_POLL_BUDGET && vtd_fault_fetch(iommu))
			nr++;
		if (status & VTD_FSTS_PFO && nr < MOCK_POLL_BUDGET) {
			mock_report_lost(iommu, &vtd_fault_format);
			hw_write(iommu->hw, VTD_FSTS, VTD_FSTS_PFO);
		}
	}
	return mock_poll_count(&faults->stats, max(rounds, nr));
}

static void vtd_fault_update_mask(struct mock_iommu *iommu)
{
	struct vtd_faults *faults = &to_vtd_iommu(iommu)->faults;

	lockdep_assert_held(&faults->lock);
	hw_write(iommu->hw, VTD_FECTL,
		 faults->masked || faults->polled ? VTD_FECTL_IM : 0);
}

/* The fault event, in hard interrupt context, perhaps twice at once */
void vtd_fault_interrupt(struct mock_iommu *iommu)
{
	struct vtd_faults *faults = &to_vtd_iommu(iommu)->faults;
	unsigned long flags;

	raw_spin_lock_irqsave(&faults->lock, flags);
	if (vtd_fault_take(iommu)) {
		faults->polled = true;
		vtd_fault_update_mask(iommu);
		mock_poll_queue_work(&faults->work);
	}
	raw_spin_unlock_irqrestore(&faults->lock, flags);
}

/**
 * vtd_fault_drain() - fetch what is recorded now, masked or not
 * @iommu: the instance
 *
 * So that nothing of a RID that goes is left for the next one that has it. The
 * least that is taken at a time is half of the budget; what others add goes the
 * usual way.
 */
void vtd_fault_drain(struct mock_iommu *iommu)
{
	unsigned int count = to_vtd_iommu(iommu)->faults.count, i;

	for (i = 0; i <= count / (MOCK_POLL_BUDGET / 2); i++)
		vtd_fault_interrupt(iommu);
}

static void vtd_fault_poll(struct work_struct *work)
{
	struct vtd_iommu *vtd =
		container_of(work, struct vtd_iommu, faults.work);
	struct vtd_faults *faults = &vtd->faults;
	bool more;

	raw_spin_lock_irq(&faults->lock);
	more = vtd_fault_take(&vtd->mock);
	if (!more) {
		faults->polled = false;
		vtd_fault_update_mask(&vtd->mock);
	}
	raw_spin_unlock_irq(&faults->lock);
	if (more)
		mock_poll_queue_work(&faults->work);
}

void vtd_fault_mask(struct mock_iommu *iommu, bool mask)
{
	struct vtd_faults *faults = &to_vtd_iommu(iommu)->faults;

	raw_spin_lock_irq(&faults->lock);
	faults->masked = mask;
	vtd_fault_update_mask(iommu);
	raw_spin_unlock_irq(&faults->lock);
}

void vtd_fault_init(struct mock_iommu *iommu)
{
	struct vtd_faults *faults = &to_vtd_iommu(iommu)->faults;
	u64 cap = hw_read(iommu->hw, VTD_CAP);

	raw_spin_lock_init(&faults->lock);
	INIT_WORK(&faults->work, vtd_fault_poll);
	mock_poll_add_stats(iommu, &faults->stats, "faults");
	faults->offset = FIELD_GET(VTD_CAP_FRO, cap) * sizeof(struct vtd_frcd);
	faults->count = FIELD_GET(VTD_CAP_NFR, cap) + 1;
	vtd_fault_mask(iommu, false);
}

/* No endpoint is left, and the hardware has sent its last interrupt. */
void vtd_fault_exit(struct mock_iommu *iommu)
{
	cancel_work_sync(&to_vtd_iommu(iommu)->faults.work);
}
