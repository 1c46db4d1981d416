// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page request queue in memory, its registers and its interrupt.
 */
#include "hw_vtd.h"
#include "mock_trace.h"

static u32 hw_prq_next(const struct hw_vtd_prq *prq, u32 slot)
{
	return (slot + 1) & (prq->entries - 1);
}

/* An interrupt is due when PPR or PRO goes from 0 to 1, not while it is 1. */
static void hw_prq_set_status(struct hw_vtd_prq *prq, u64 bit)
{
	lockdep_assert_held(&prq->lock);
	if (!(prq->prs & bit))
		prq->pending = true;
	WRITE_ONCE(prq->prs, prq->prs | bit);
}

static void hw_prq_overflow(struct hw_vtd *vtd)
{
	struct hw_vtd_prq *prq = &vtd->prq;

	lockdep_assert_held(&prq->lock);
	if (!(prq->prs & VTD_PRS_PRO)) {
		prq->overflows++;
		trace_mock_overflow(vtd->hw.id, prq->head, prq->tail);
	}
	hw_prq_set_status(prq, VTD_PRS_PRO);
	prq->dropped++;
}

static void hw_prq_encode(u16 rid, const struct mock_iommu_request *request,
			  struct vtd_desc *desc)
{
	desc->qw[0] = FIELD_PREP(VTD_REQ_TYPE, VTD_REQ_TYPE_PAGE) |
		      FIELD_PREP(VTD_REQ_RID, rid) |
		      FIELD_PREP(VTD_REQ_PASID, request->pasid);
	if (request->flags & MOCK_IOMMU_REQUEST_PASID)
		desc->qw[0] |= VTD_REQ_PASID_P;
	if (request->flags & MOCK_IOMMU_REQUEST_PRIVATE)
		desc->qw[0] |= VTD_REQ_PDP;
	if (request->perm & MOCK_IOMMU_PERM_EXEC)
		desc->qw[0] |= VTD_REQ_EXEC;
	if (request->perm & MOCK_IOMMU_PERM_PRIV)
		desc->qw[0] |= VTD_REQ_PRIV;

	desc->qw[1] = request->addr | FIELD_PREP(VTD_REQ_PRGI, request->grpid);
	if (request->perm & MOCK_IOMMU_PERM_READ)
		desc->qw[1] |= VTD_REQ_R;
	if (request->perm & MOCK_IOMMU_PERM_WRITE)
		desc->qw[1] |= VTD_REQ_W;
	if (request->flags & MOCK_IOMMU_REQUEST_LAST)
		desc->qw[1] |= VTD_REQ_LPIG;

	desc->qw[2] = request->private_data[0];
	desc->qw[3] = request->private_data[1];
}

/*
 * Page requests of a source whose context entry is missing, invalid or has PRE
 * clear are blocked: that is a fault, and the group is answered Response Failure.
 */
static bool hw_prq_blocked(struct hw_vtd *vtd, u16 rid,
			   const struct mock_iommu_request *request)
{
	struct hw_fault fault = {};
	u8 reason = hw_vtd_page_request(&vtd->hw, rid, &fault);

	if (reason)
		hw_vtd_fault_record_request(vtd, rid, request, reason, &fault);
	return reason;
}

/*
 * &hw_kind.request. While PRS.PRO is set nothing is written, and groups are
 * answered Success.
 */
bool hw_vtd_prq_put(struct hw_iommu *hw, u16 rid,
		    const struct mock_iommu_request *request, u32 *code)
{
	struct hw_vtd *vtd = to_hw_vtd(hw);
	struct hw_vtd_prq *prq = &vtd->prq;
	struct vtd_desc desc;
	bool room;

	*code = MOCK_IOMMU_RESPONSE_SUCCESS;
	if (hw_prq_blocked(vtd, rid, request)) {
		*code = MOCK_IOMMU_RESPONSE_FAILURE;
		return false;
	}
	hw_prq_encode(rid, request, &desc);
	spin_lock(&prq->lock);
	room = prq->entries && !(prq->prs & VTD_PRS_PRO) &&
	       hw_prq_next(prq, prq->tail) != prq->head &&
	       !hw_mem_write((prq->pqa & VTD_ADDR) +
				     ((u64)prq->tail << VTD_DESC_SHIFT),
			     &desc, sizeof(desc));
	if (room) {
		prq->tail = hw_prq_next(prq, prq->tail);
		prq->written++;
		hw_prq_set_status(prq, VTD_PRS_PPR);
	} else {
		hw_prq_overflow(vtd);
	}
	spin_unlock(&prq->lock);
	return room;
}

/* Sends the interrupt if one is due and not masked. Runs the handler. */
void hw_vtd_prq_raise(struct hw_vtd *vtd)
{
	struct hw_vtd_prq *prq = &vtd->prq;
	bool send;

	spin_lock(&prq->lock);
	send = prq->pending && !prq->masked;
	if (send) {
		prq->pending = false;
		prq->interrupts++;
	}
	spin_unlock(&prq->lock);
	if (send)
		vtd->hw.irq(vtd->hw.irq_data, HW_IRQ_PRI);
}

u64 hw_vtd_prq_read(struct hw_vtd *vtd, unsigned int reg)
{
	struct hw_vtd_prq *prq = &vtd->prq;
	u64 value = 0;

	spin_lock(&prq->lock);
	switch (reg) {
	case VTD_PQH:
		value = (u64)prq->head << VTD_DESC_SHIFT;
		break;
	case VTD_PQT:
		value = (u64)prq->tail << VTD_DESC_SHIFT;
		break;
	case VTD_PQA:
		value = prq->pqa;
		break;
	case VTD_PRS:
		value = prq->prs;
		break;
	case VTD_PECTL:
		value = (prq->masked ? VTD_PECTL_IM : 0) |
			(prq->pending ? VTD_PECTL_IP : 0);
		break;
	}
	spin_unlock(&prq->lock);
	return value;
}

/* PQA.PQS: the queue has 2^(PQS + 7) entries of 32 bytes. */
static void hw_prq_set_base(struct hw_vtd_prq *prq, u64 pqa)
{
	prq->pqa = pqa;
	prq->entries = 0;
	if (pqa & VTD_ADDR)
		prq->entries = BIT(FIELD_GET(VTD_PQA_PQS, pqa) + 7);
	prq->head = 0;
	prq->tail = 0;
}

/*
 * Only unmasking sends an interrupt from here. One that is pending otherwise
 * is about to be sent by who made it so, while software may be writing these
 * registers in its handler.
 */
void hw_vtd_prq_write(struct hw_vtd *vtd, unsigned int reg, u64 value)
{
	struct hw_vtd_prq *prq = &vtd->prq;

	spin_lock(&prq->lock);
	switch (reg) {
	case VTD_PQH:
		if (prq->entries)
			prq->head = (value >> VTD_DESC_SHIFT) &
				    (prq->entries - 1);
		break;
	case VTD_PQA:
		hw_prq_set_base(prq, value);
		break;
	case VTD_PRS:
		WRITE_ONCE(prq->prs, prq->prs & ~value);
		break;
	case VTD_PECTL:
		prq->masked = value & VTD_PECTL_IM;
		break;
	}
	spin_unlock(&prq->lock);
	if (reg == VTD_PECTL)
		hw_vtd_prq_raise(vtd);
}
