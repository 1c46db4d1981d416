// SPDX-License-Identifier: GPL-2.0-only
/*
 * The invalidation queue in memory: it carries invalidations, the answers to
 * page requests, and the wait descriptors by which software learns that what
 * it queued before is done.
 *
 * The queue is consumed in the context of the write to its tail register.
 */
#include <linux/rcupdate.h>

#include "hw_model.h"
#include "mock_trace.h"

/*
 * When this returns, every access that began before has ended; one that
 * begins afterwards finds the caches without what was dropped in between.
 */
static void hw_inv_begin(struct hw_iommu *hw)
{
	down_write(&hw->access);
}

static void hw_inv_end(struct hw_iommu *hw)
{
	hw->iq.invalidations++;
	up_write(&hw->access);
}

static bool hw_inv_iotlb(struct hw_iommu *hw, const struct vtd_desc *desc)
{
	u32 did = FIELD_GET(VTD_IOTLB_DID, desc->qw[0]);
	u64 first = 0, last = U64_MAX;

	switch (FIELD_GET(VTD_IOTLB_G, desc->qw[0])) {
	case VTD_IOTLB_G_GLOBAL:
		did = HW_TLB_ANY;
		break;
	case VTD_IOTLB_G_DOMAIN:
		break;
	case VTD_IOTLB_G_PAGE:
		last = BIT_ULL(FIELD_GET(VTD_IOTLB_AM, desc->qw[1]) +
			       VTD_PAGE_SHIFT) - 1;
		first = desc->qw[1] & VTD_ADDR & ~last;
		last |= first;
		break;
	default:
		return false;
	}
	hw_inv_begin(hw);
	hw_tlb_drop(&hw->iotlb, did, first, last);
	hw_inv_end(hw);
	return true;
}

/*
 * The number of ones from the lowest address bit on tells the size: none is 8
 * KiB, one 16 KiB (PCIe ATS, Invalidate Request with S set).
 */
static void hw_inv_devtlb_range(u64 addr, bool sized, u64 *first, u64 *last)
{
	u64 size = VTD_PAGE_SIZE;

	addr &= VTD_ADDR;
	if (sized)
		size <<= ffz(addr >> VTD_PAGE_SHIFT) + 1;
	*first = addr & ~(size - 1);
	*last = *first + (size - 1);
}

/* An endpoint that is gone has no device TLB; the invalidation is complete. */
static void hw_inv_devtlb(struct hw_iommu *hw, u16 rid, u32 id, u64 first,
			  u64 last)
{
	struct hw_endpoint *ep;

	hw_inv_begin(hw);
	rcu_read_lock();
	ep = xa_load(&hw->endpoints, rid);
	if (ep && ep->config.ats)
		hw_tlb_drop(&ep->devtlb, id, first, last);
	rcu_read_unlock();
	hw_inv_end(hw);
}

static bool hw_inv_rid_devtlb(struct hw_iommu *hw, const struct vtd_desc *desc)
{
	u64 first, last;

	hw_inv_devtlb_range(desc->qw[1], desc->qw[1] & VTD_DEVTLB_S, &first,
			    &last);
	hw_inv_devtlb(hw, FIELD_GET(VTD_DEVTLB_SID, desc->qw[0]),
		      hw_devtlb_id(false, 0), first, last);
	return true;
}

static bool hw_inv_pasid_devtlb(struct hw_iommu *hw,
				const struct vtd_desc *desc)
{
	u32 pasid = FIELD_GET(VTD_PASID_DEVTLB_PASID, desc->qw[0]);
	u64 first, last;

	hw_inv_devtlb_range(desc->qw[1], desc->qw[1] & VTD_PASID_DEVTLB_S,
			    &first, &last);
	hw_inv_devtlb(hw, FIELD_GET(VTD_PASID_DEVTLB_SID, desc->qw[0]),
		      hw_devtlb_id(true, pasid), first, last);
	return true;
}

/* Nothing is cached (see hw_translate.c); accesses under way end. */
static bool hw_inv_pasid_cache(struct hw_iommu *hw,
			       const struct vtd_desc *desc)
{
	hw_inv_begin(hw);
	hw_inv_end(hw);
	return true;
}

/*
 * FN (fence) asks for nothing that in-order execution does not give. PD (page
 * request drain): what endpoints sent is in the queue when the access that
 * sent it has ended.
 */
static bool hw_inv_wait(struct hw_iommu *hw, const struct vtd_desc *desc)
{
	u32 status = FIELD_GET(VTD_WAIT_STATUS, desc->qw[0]);

	if (desc->qw[0] & VTD_WAIT_PD) {
		down_write(&hw->access);
		up_write(&hw->access);
	}
	if (desc->qw[0] & VTD_WAIT_SW)
		return !hw_mem_write(desc->qw[1], &status, sizeof(status));
	return true;
}

static bool hw_inv_page_response(struct hw_iommu *hw,
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
	ep = xa_load(&hw->endpoints, FIELD_GET(VTD_RESP_RID, desc->qw[0]));
	if (ep)
		hw_pri_answer(ep, &answer);
	rcu_read_unlock();
	return true;
}

static bool hw_inv_execute(struct hw_iommu *hw, const struct vtd_desc *desc)
{
	trace_mock_invalidation(hw->id, desc);
	switch (FIELD_GET(VTD_INV_TYPE, desc->qw[0])) {
	case VTD_INV_IOTLB:
		return hw_inv_iotlb(hw, desc);
	case VTD_INV_DEVTLB:
		return hw_inv_rid_devtlb(hw, desc);
	case VTD_INV_WAIT:
		return hw_inv_wait(hw, desc);
	case VTD_INV_PASID_CACHE:
		return hw_inv_pasid_cache(hw, desc);
	case VTD_INV_PASID_DEVTLB:
		return hw_inv_pasid_devtlb(hw, desc);
	case VTD_INV_PAGE_RESPONSE:
		return hw_inv_page_response(hw, desc);
	}
	return false;
}

/* A bad descriptor stops the queue with the head at it (FSTS.IQE). */
static void hw_iq_run(struct hw_iommu *hw)
{
	struct hw_iq *iq = &hw->iq;
	struct vtd_desc desc;

	lockdep_assert_held(&iq->lock);
	while (iq->head != iq->tail && !iq->error) {
		if (hw_mem_read((iq->iqa & VTD_ADDR) +
				((u64)iq->head << VTD_DESC_SHIFT),
				&desc, sizeof(desc)) ||
		    !hw_inv_execute(hw, &desc)) {
			iq->error = true;
			break;
		}
		iq->executed++;
		iq->head = (iq->head + 1) & (iq->entries - 1);
	}
}

u64 hw_iq_read(struct hw_iommu *hw, unsigned int reg)
{
	struct hw_iq *iq = &hw->iq;
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
	case VTD_FSTS:
		value = iq->error ? VTD_FSTS_IQE : 0;
		break;
	}
	mutex_unlock(&iq->lock);
	return value;
}

/* IQA.QS: with 256-bit descriptors the queue has 2^(QS + 7) entries. */
void hw_iq_write(struct hw_iommu *hw, unsigned int reg, u64 value)
{
	struct hw_iq *iq = &hw->iq;

	mutex_lock(&iq->lock);
	if (reg == VTD_IQA) {
		iq->iqa = value;
		iq->entries = BIT(FIELD_GET(VTD_IQA_QS, value) + 7);
		iq->head = 0;
		iq->tail = 0;
	} else if (reg == VTD_IQT && iq->entries) {
		iq->tail = (value >> VTD_DESC_SHIFT) & (iq->entries - 1);
		hw_iq_run(hw);
	}
	mutex_unlock(&iq->lock);
}
