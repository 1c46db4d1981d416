// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fault recording: registers that are used in turn, and the fault event, which
 * is delivered in hard interrupt context.
 *
 * The fault event tells of recorded faults only. Errors of the invalidation
 * queue (IQE, ICE, ITE) would raise it in hardware too; a driver that waits for
 * its invalidations, as ours, finds them by itself.
 */
#include <linux/slab.h>

#include "hw_vtd.h"
#include "mock_trace.h"

static void hw_fault_irq(struct irq_work *work)
{
	struct hw_vtd *vtd = container_of(work, struct hw_vtd, faults.irq);

	vtd->hw.irq(vtd->hw.irq_data, HW_IRQ_FAULT);
}

/* Return: 0 or -ENOMEM. */
int hw_vtd_fault_init(struct hw_vtd *vtd, u32 count)
{
	struct hw_vtd_faults *faults = &vtd->faults;

	raw_spin_lock_init(&faults->lock);
	faults->irq = IRQ_WORK_INIT_HARD(hw_fault_irq);
	faults->masked = true;
	faults->count = count;
	faults->records =
		kcalloc(count, sizeof(*faults->records), GFP_KERNEL_ACCOUNT);
	return faults->records ? 0 : -ENOMEM;
}

void hw_vtd_fault_free(struct hw_vtd *vtd)
{
	irq_work_sync(&vtd->faults.irq);
	kfree(vtd->faults.records);
}

/* @type: VTD_FRCD_T1, VTD_FRCD_T2 and VTD_FRCD_AT */
static void hw_fault_encode(const struct hw_source *source,
			    const struct hw_request *request, u64 type,
			    u8 reason, struct vtd_frcd *record)
{
	record->qw[0] = request->addr & VTD_FRCD_FI;
	record->qw[1] = FIELD_PREP(VTD_FRCD_SID, source->rid) |
			FIELD_PREP(VTD_FRCD_FR, reason) |
			FIELD_PREP(VTD_FRCD_PASID, source->pasid) |
			(source->has_pasid ? VTD_FRCD_PP : 0) |
			(request->perm & HW_PERM_X ? VTD_FRCD_EXE : 0) |
			(request->priv ? VTD_FRCD_PRIV : 0) | type | VTD_FRCD_F;
}

/* An interrupt is due when PPF goes from 0 to 1, not while it is 1. */
static void hw_fault_signal(struct hw_vtd_faults *faults)
{
	lockdep_assert_held(&faults->lock);
	if (!faults->pending || faults->masked)
		return;
	faults->pending = false;
	irq_work_queue(&faults->irq);
}

/*
 * Nothing is recorded while PFO is set, nor into a register that software has
 * not cleared: that sets PFO (VT-d 7.2.1).
 */
static struct vtd_frcd *hw_fault_take(struct hw_vtd_faults *faults)
{
	struct vtd_frcd *record = &faults->records[faults->next];

	lockdep_assert_held(&faults->lock);
	if (!faults->overflow && (record->qw[1] & VTD_FRCD_F)) {
		faults->overflow = true;
		faults->overflows++;
	}
	if (faults->overflow)
		return NULL;
	if (!faults->unfetched++) {
		faults->first = faults->next;
		faults->pending = true;
	}
	faults->next = (faults->next + 1) % faults->count;
	return record;
}

/* With FPD set in an entry on its way, a fault is blocked and not recorded. */
static void hw_fault_record(struct hw_vtd *vtd, const struct hw_source *source,
			    const struct hw_request *request, u64 type,
			    u8 reason, const struct hw_fault *fault)
{
	struct hw_vtd_faults *faults = &vtd->faults;
	struct vtd_frcd *record;
	unsigned long flags;

	if (fault->silent)
		return;
	raw_spin_lock_irqsave(&faults->lock, flags);
	record = hw_fault_take(faults);
	faults->raised++;
	if (record) {
		faults->recorded++;
		hw_fault_encode(source, request, type, reason, record);
		hw_fault_signal(faults);
	}
	raw_spin_unlock_irqrestore(&faults->lock, flags);
	trace_mock_fault(vtd->hw.id, source->rid,
			 source->has_pasid ? (int)source->pasid : -1, reason,
			 request->addr, request->perm, record);
}

/* &hw_kind.record */
void hw_vtd_fault_record(struct hw_iommu *hw, const struct hw_source *source,
			 bool ats, const struct hw_request *request, u8 reason,
			 const struct hw_fault *fault)
{
	u64 type = FIELD_PREP(VTD_FRCD_AT, ats) |
		   (request->perm & HW_PERM_W ? 0 : VTD_FRCD_T1);

	hw_fault_record(to_hw_vtd(hw), source, request, type, reason, fault);
}

/**
 * hw_vtd_fault_record_request() - record that a page request was blocked
 * @vtd: the IOMMU
 * @rid: its source
 * @message: the page request
 * @reason: fault reason
 * @fault: whether it is silent
 *
 * Called as &hw_kind.record is.
 */
void hw_vtd_fault_record_request(struct hw_vtd *vtd, u16 rid,
				 const struct mock_iommu_request *message,
				 u8 reason, const struct hw_fault *fault)
{
	const struct hw_source source = {
		.rid = rid,
		.has_pasid = message->flags & MOCK_IOMMU_REQUEST_PASID,
		.pasid = message->pasid,
	};
	const struct hw_request request = {
		.addr = message->addr,
		.perm = message->perm & ~MOCK_IOMMU_PERM_PRIV,
		.priv = message->perm & MOCK_IOMMU_PERM_PRIV,
	};

	hw_fault_record(vtd, &source, &request, VTD_FRCD_T2, reason, fault);
}

/* PPF, PFO and FRI of the fault status register */
u64 hw_vtd_fault_status(struct hw_vtd *vtd)
{
	struct hw_vtd_faults *faults = &vtd->faults;
	unsigned long flags;
	u64 status;

	raw_spin_lock_irqsave(&faults->lock, flags);
	status = FIELD_PREP(VTD_FSTS_FRI, faults->first) |
		 (faults->unfetched ? VTD_FSTS_PPF : 0) |
		 (faults->overflow ? VTD_FSTS_PFO : 0);
	raw_spin_unlock_irqrestore(&faults->lock, flags);
	return status;
}

/* Which half of which record @reg is; NULL for none */
static u64 *hw_fault_qword(struct hw_vtd_faults *faults, unsigned int reg)
{
	unsigned int index = (reg - HW_VTD_FRCD) / sizeof(struct vtd_frcd);

	if (reg < HW_VTD_FRCD || reg % sizeof(u64) || index >= faults->count)
		return NULL;
	return &faults->records[index].qw[reg / sizeof(u64) % 2];
}

u64 hw_vtd_fault_read(struct hw_vtd *vtd, unsigned int reg)
{
	struct hw_vtd_faults *faults = &vtd->faults;
	u64 *qword = hw_fault_qword(faults, reg);
	unsigned long flags;
	u64 value = 0;

	raw_spin_lock_irqsave(&faults->lock, flags);
	if (reg == VTD_FECTL)
		value = (faults->masked ? VTD_FECTL_IM : 0) |
			(faults->pending ? VTD_FECTL_IP : 0);
	else if (qword)
		value = *qword;
	raw_spin_unlock_irqrestore(&faults->lock, flags);
	return value;
}

/* F is cleared by writing 1 to it. IP goes with the last one. */
static void hw_fault_clear(struct hw_vtd_faults *faults, u64 *qword)
{
	lockdep_assert_held(&faults->lock);
	if (!(*qword & VTD_FRCD_F))
		return;
	*qword &= ~VTD_FRCD_F;
	if (!--faults->unfetched)
		faults->pending = false;
}

void hw_vtd_fault_write(struct hw_vtd *vtd, unsigned int reg, u64 value)
{
	struct hw_vtd_faults *faults = &vtd->faults;
	u64 *qword = hw_fault_qword(faults, reg);
	unsigned long flags;

	raw_spin_lock_irqsave(&faults->lock, flags);
	if (reg == VTD_FECTL) {
		faults->masked = value & VTD_FECTL_IM;
		hw_fault_signal(faults);
	} else if (reg == VTD_FSTS && (value & VTD_FSTS_PFO)) {
		faults->overflow = false;
	} else if (qword && reg % sizeof(struct vtd_frcd) &&
		   (value & VTD_FRCD_F)) {
		hw_fault_clear(faults, qword);
	}
	raw_spin_unlock_irqrestore(&faults->lock, flags);
}

/* The handler of what was signalled has run when this returns. */
void hw_vtd_fault_raise(struct hw_vtd *vtd)
{
	irq_work_sync(&vtd->faults.irq);
}

void hw_vtd_fault_stats(struct hw_vtd *vtd,
			struct mock_iommu_iommu_stats *stats)
{
	struct hw_vtd_faults *faults = &vtd->faults;

	raw_spin_lock_irq(&faults->lock);
	stats->out_faults_raised = faults->raised;
	stats->out_faults_recorded = faults->recorded;
	stats->out_faults_lost = faults->raised - faults->recorded;
	stats->out_fault_overflows = faults->overflows;
	raw_spin_unlock_irq(&faults->lock);
}
