// SPDX-License-Identifier: GPL-2.0-only
/*
 * The invalidation queue in memory: it carries invalidations, the answers to
 * page requests, and the wait descriptors by which software learns that what
 * it queued before is done.
 *
 * The queue is consumed in the context of the write to its tail register.
 */
#include <linux/rcupdate.h>

#include "hw_vtd.h"
#include "mock_trace.h"

#define HW_IQ_STOPPED (VTD_FSTS_IQE | VTD_FSTS_ITE)

/*
 * When this returns, every access that began before has ended; one that
 * begins afterwards finds the caches without what was dropped in between.
 */
static void hw_inv_begin(struct hw_vtd *vtd)
{
	down_write(&vtd->hw.access);
}

static void hw_inv_end(struct hw_vtd *vtd)
{
	vtd->iq.invalidations++;
	up_write(&vtd->hw.access);
}

/*
 * 2^AM pages, which may be more than there are; AM is in the same place in all
 * descriptors that have one.
 */
static void hw_inv_pages(struct hw_tlb_scope *scope, u64 qw1)
{
	u32 shift = FIELD_GET(VTD_IOTLB_AM, qw1) + HW_PAGE_SHIFT;
	u64 mask = shift < 64 ? BIT_ULL(shift) - 1 : U64_MAX;

	scope->first = qw1 & VTD_ADDR & ~mask;
	scope->last = scope->first | mask;
}

static void hw_inv_iotlb_scope(struct hw_vtd *vtd,
			       const struct hw_tlb_scope *scope)
{
	hw_inv_begin(vtd);
	hw_tlb_drop(&vtd->hw.iotlb, scope);
	hw_inv_end(vtd);
}

static bool hw_inv_iotlb(struct hw_vtd *vtd, const struct vtd_desc *desc)
{
	struct hw_tlb_scope scope = {
		.id = FIELD_GET(VTD_IOTLB_DID, desc->qw[0]),
		.pasid = HW_TLB_ANY,
		.last = U64_MAX,
	};

	switch (FIELD_GET(VTD_IOTLB_G, desc->qw[0])) {
	case VTD_IOTLB_G_GLOBAL:
		scope.id = HW_TLB_ANY;
		break;
	case VTD_IOTLB_G_DOMAIN:
		break;
	case VTD_IOTLB_G_PAGE:
		hw_inv_pages(&scope, desc->qw[1]);
		break;
	default:
		return false;
	}
	hw_inv_iotlb_scope(vtd, &scope);
	return true;
}

/* What is cached of a first stage; IH has no meaning without other caches. */
static bool hw_inv_pasid_iotlb(struct hw_vtd *vtd, const struct vtd_desc *desc)
{
	struct hw_tlb_scope scope = {
		.id = FIELD_GET(VTD_PASID_IOTLB_DID, desc->qw[0]),
		.pasid = FIELD_GET(VTD_PASID_IOTLB_PASID, desc->qw[0]),
		.last = U64_MAX,
	};

	switch (FIELD_GET(VTD_PASID_IOTLB_G, desc->qw[0])) {
	case VTD_PASID_IOTLB_G_PASID:
		break;
	case VTD_PASID_IOTLB_G_PAGE:
		hw_inv_pages(&scope, desc->qw[1]);
		break;
	default:
		return false;
	}
	hw_inv_iotlb_scope(vtd, &scope);
	return true;
}

/*
 * The number of ones from the lowest address bit on tells the size: none is 8
 * KiB, one 16 KiB (PCIe ATS, Invalidate Request with S set).
 */
static void hw_inv_devtlb_range(struct hw_tlb_scope *scope, u64 addr,
				bool sized)
{
	u64 mask = HW_PAGE_SIZE - 1;

	addr &= VTD_ADDR;
	if (sized)
		mask |= addr ^ (addr + HW_PAGE_SIZE);
	scope->first = addr & ~mask;
	scope->last = addr | mask;
}

static void hw_iq_error(struct hw_vtd *vtd, u64 bit, u64 sid_field, u16 rid)
{
	struct hw_vtd_iq *iq = &vtd->iq;

	lockdep_assert_held(&iq->lock);
	if (!(iq->status & bit))
		iq->errors++;
	WRITE_ONCE(iq->status, iq->status | bit);
	iq->iqer &= ~sid_field;
	if (sid_field && !vtd->no_sid)
		iq->iqer |= (u64)rid << __ffs64(sid_field);
	trace_mock_invalidation_error(vtd->hw.id, bit, rid);
}

/* An answer that is late is missed at the next wait descriptor. */
static bool hw_inv_devtlb(struct hw_vtd *vtd, u16 rid,
			  const struct hw_tlb_scope *scope)
{
	enum hw_completion completion;

	hw_inv_begin(vtd);
	completion = hw_devtlb_drop(&vtd->hw, rid, scope);
	hw_inv_end(vtd);
	if (completion == HW_COMPLETION_LATE)
		vtd->iq.late = rid;
	else if (completion == HW_COMPLETION_WRONG)
		hw_iq_error(vtd, VTD_FSTS_ICE, VTD_IQER_ICESID, rid);
	return completion != HW_COMPLETION_DAMAGED;
}

static bool hw_inv_rid_devtlb(struct hw_vtd *vtd, const struct vtd_desc *desc)
{
	struct hw_tlb_scope scope = { .id = hw_devtlb_id(false, 0) };

	hw_inv_devtlb_range(&scope, desc->qw[1], desc->qw[1] & VTD_DEVTLB_S);
	return hw_inv_devtlb(vtd, FIELD_GET(VTD_DEVTLB_SID, desc->qw[0]),
			     &scope);
}

static bool hw_inv_pasid_devtlb(struct hw_vtd *vtd, const struct vtd_desc *desc)
{
	u32 pasid = FIELD_GET(VTD_PASID_DEVTLB_PASID, desc->qw[0]);
	struct hw_tlb_scope scope = { .id = hw_devtlb_id(true, pasid) };

	hw_inv_devtlb_range(&scope, desc->qw[1],
			    desc->qw[1] & VTD_PASID_DEVTLB_S);
	return hw_inv_devtlb(vtd, FIELD_GET(VTD_PASID_DEVTLB_SID, desc->qw[0]),
			     &scope);
}

/* Nothing is cached (see hw_translate.c); accesses under way end. */
static bool hw_inv_pasid_cache(struct hw_vtd *vtd, const struct vtd_desc *desc)
{
	hw_inv_begin(vtd);
	hw_inv_end(vtd);
	return true;
}

/* Time is up for an endpoint that did not answer. */
static bool hw_inv_time_out(struct hw_vtd *vtd)
{
	u16 rid = vtd->iq.late;

	vtd->iq.late = 0;
	if (rid)
		hw_iq_error(vtd, VTD_FSTS_ITE, VTD_IQER_ITESID, rid);
	return rid;
}

/*
 * A wait descriptor behind an invalidation that is not answered waits as long
 * as the hardware does, and is then aborted: no status is written.
 *
 * FN (fence) asks for nothing that in-order execution does not give. PD (page
 * request drain): what endpoints sent is in the queue when the access that
 * sent it has ended.
 */
static bool hw_inv_wait(struct hw_vtd *vtd, const struct vtd_desc *desc)
{
	u32 status = FIELD_GET(VTD_WAIT_STATUS, desc->qw[0]);

	if (hw_inv_time_out(vtd))
		return true;
	if (desc->qw[0] & VTD_WAIT_PD) {
		down_write(&vtd->hw.access);
		up_write(&vtd->hw.access);
	}
	if (desc->qw[0] & VTD_WAIT_SW)
		return !hw_mem_write(desc->qw[1] & VTD_WAIT_ADDR, &status,
				     sizeof(status));
	return true;
}

static bool hw_inv_page_response(struct hw_vtd *vtd,
				 const struct vtd_desc *desc)
{
	struct mock_iommu_response answer = {
		.grpid = FIELD_GET(VTD_RESP_PRGI, desc->qw[1]),
		.code = FIELD_GET(VTD_RESP_CODE, desc->qw[0]),
	};
	struct hw_endpoint *ep;

	if (desc->qw[0] & VTD_RESP_PASID_P) {
		answer.flags = MOCK_IOMMU_RESPONSE_PASID;
		answer.pasid = FIELD_GET(VTD_RESP_PASID, desc->qw[0]);
	}
	rcu_read_lock();
	ep = xa_load(&vtd->hw.endpoints, FIELD_GET(VTD_RESP_RID, desc->qw[0]));
	if (ep)
		hw_pri_answer(ep, &answer);
	rcu_read_unlock();
	return true;
}

static bool hw_inv_execute(struct hw_vtd *vtd, const struct vtd_desc *desc)
{
	trace_mock_invalidation(vtd->hw.id, desc);
	switch (FIELD_GET(VTD_INV_TYPE, desc->qw[0])) {
	case VTD_INV_IOTLB:
		return hw_inv_iotlb(vtd, desc);
	case VTD_INV_DEVTLB:
		return hw_inv_rid_devtlb(vtd, desc);
	case VTD_INV_WAIT:
		return hw_inv_wait(vtd, desc);
	case VTD_INV_PASID_IOTLB:
		return hw_inv_pasid_iotlb(vtd, desc);
	case VTD_INV_PASID_CACHE:
		return hw_inv_pasid_cache(vtd, desc);
	case VTD_INV_PASID_DEVTLB:
		return hw_inv_pasid_devtlb(vtd, desc);
	case VTD_INV_PAGE_RESPONSE:
		return hw_inv_page_response(vtd, desc);
	}
	return false;
}

static bool hw_iq_fetch(const struct hw_vtd_iq *iq, struct vtd_desc *desc)
{
	return !hw_mem_read((iq->iqa & VTD_ADDR) +
				    ((u64)iq->head << VTD_DESC_SHIFT),
			    desc, sizeof(*desc));
}

/*
 * A bad descriptor stops the queue with the head at it (FSTS.IQE), a time-out
 * behind the wait descriptor that it aborted (FSTS.ITE), both until software
 * clears the bit.
 */
static void hw_iq_run(struct hw_vtd *vtd)
{
	struct hw_vtd_iq *iq = &vtd->iq;
	struct vtd_desc desc;

	lockdep_assert_held(&iq->lock);
	while (iq->head != iq->tail && !(iq->status & HW_IQ_STOPPED)) {
		if (!hw_iq_fetch(iq, &desc) || !hw_inv_execute(vtd, &desc)) {
			hw_iq_error(vtd, VTD_FSTS_IQE, 0, 0);
			break;
		}
		iq->executed++;
		iq->head = (iq->head + 1) & (iq->entries - 1);
	}
	if (iq->head == iq->tail)
		hw_inv_time_out(vtd);
}

u64 hw_vtd_iq_read(struct hw_vtd *vtd, unsigned int reg)
{
	struct hw_vtd_iq *iq = &vtd->iq;
	u64 value = 0;

	mutex_lock(&iq->lock);
	switch (reg) {
	case VTD_IQH:
		value = (u64)iq->head << VTD_DESC_SHIFT;
		break;
	case VTD_IQT:
		value = (u64)iq->tail << VTD_DESC_SHIFT;
		break;
	case VTD_IQA:
		value = iq->iqa;
		break;
	case VTD_IQER:
		value = iq->iqer;
		break;
	}
	mutex_unlock(&iq->lock);
	return value;
}

/* IQA.QS: with 256-bit descriptors the queue has 2^(QS + 7) entries. */
void hw_vtd_iq_write(struct hw_vtd *vtd, unsigned int reg, u64 value)
{
	struct hw_vtd_iq *iq = &vtd->iq;

	mutex_lock(&iq->lock);
	switch (reg) {
	case VTD_IQA:
		iq->iqa = value;
		iq->entries = BIT(FIELD_GET(VTD_IQA_QS, value) + 7);
		iq->head = 0;
		iq->tail = 0;
		break;
	case VTD_IQT:
		iq->tail = (value >> VTD_DESC_SHIFT) & (iq->entries - 1);
		break;
	case VTD_FSTS:
		WRITE_ONCE(iq->status, iq->status & ~value);
		break;
	}
	if (iq->entries)
		hw_iq_run(vtd);
	mutex_unlock(&iq->lock);
}
