// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page request queue in memory, its registers and its interrupt.
 */
#include "hw_model.h"
#include "mock_trace.h"

static u32 hw_prq_next(const struct hw_prq *prq, u32 slot)
{
	return (slot + 1) & (prq->entries - 1);
}

/* An interrupt is due when PPR or PRO goes from 0 to 1, not while it is 1. */
static void hw_prq_set_status(struct hw_prq *prq, u64 bit)
{
	lockdep_assert_held(&prq->lock);
	if (!(prq->prs & bit))
		prq->pending = true;
	prq->prs |= bit;
}

static void hw_prq_overflow(struct hw_iommu *hw)
{
	struct hw_prq *prq = &hw->prq;

	lockdep_assert_held(&prq->lock);
	if (!(prq->prs & VTD_PRS_PRO)) {
		prq->overflows++;
		trace_mock_overflow(hw->id, prq->head, prq->tail);
	}
	hw_prq_set_status(prq, VTD_PRS_PRO);
	prq->dropped++;
}

/**
 * hw_prq_put() - write a page request into the queue
 * @hw: the IOMMU
 * @desc: the descriptor
 *
 * While PRS.PRO is set nothing is written. The interrupt that may be due is
 * sent by hw_prq_raise(), which the caller calls once it holds no lock.
 *
 * Return: false if there was no room and the request is lost.
 */
bool hw_prq_put(struct hw_iommu *hw, const struct vtd_desc *desc)
{
	struct hw_prq *prq = &hw->prq;
	bool room;

	spin_lock(&prq->lock);
	room = prq->entries && !(prq->prs & VTD_PRS_PRO) &&
	       hw_prq_next(prq, prq->tail) != prq->head &&
	       !hw_mem_write((prq->pqa & VTD_ADDR) +
				     ((u64)prq->tail << VTD_DESC_SHIFT),
			     desc, sizeof(*desc));
	if (room) {
		prq->tail = hw_prq_next(prq, prq->tail);
		prq->written++;
		hw_prq_set_status(prq, VTD_PRS_PPR);
	} else {
		hw_prq_overflow(hw);
	}
	spin_unlock(&prq->lock);
	return room;
}

/* Sends the interrupt if one is due and not masked. Runs the handler. */
void hw_prq_raise(struct hw_iommu *hw)
{
	struct hw_prq *prq = &hw->prq;
	bool send;

	spin_lock(&prq->lock);
	send = prq->pending && !prq->masked;
	if (send) {
		prq->pending = false;
		prq->interrupts++;
	}
	spin_unlock(&prq->lock);
	if (send)
		hw->prq_irq(hw->irq_data);
}

u64 hw_prq_read(struct hw_iommu *hw, unsigned int reg)
{
	struct hw_prq *prq = &hw->prq;
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
static void hw_prq_set_base(struct hw_prq *prq, u64 pqa)
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
void hw_prq_write(struct hw_iommu *hw, unsigned int reg, u64 value)
{
	struct hw_prq *prq = &hw->prq;

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
		prq->prs &= ~value;
		break;
	case VTD_PECTL:
		prq->masked = value & VTD_PECTL_IM;
		break;
	}
	spin_unlock(&prq->lock);
	if (reg == VTD_PECTL)
		hw_prq_raise(hw);
}
