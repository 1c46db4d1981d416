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

/* These return 0 or VTD_IQEI_*; a granularity that is none counts as reserved. */

static u8 hw_inv_iotlb(struct hw_vtd *vtd, const struct vtd_desc *desc)
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
		return VTD_IQEI_RESERVED;
	}
	hw_inv_iotlb_scope(vtd, &scope);
	return 0;
}

/* What is cached of a first stage; IH has no meaning without other caches. */
static u8 hw_inv_pasid_iotlb(struct hw_vtd *vtd, const struct vtd_desc *desc)
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
		return VTD_IQEI_RESERVED;
	}
	hw_inv_iotlb_scope(vtd, &scope);
	return 0;
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

/*
 * Sets a bit of FSTS. What caused it, @info, is recorded if the bit was clear:
 * software that reads the field finds the first error (VT-d 11.4.9.9).
 */
static void hw_iq_error(struct hw_vtd *vtd, u64 bit, u64 field, u64 info)
{
	struct hw_vtd_iq *iq = &vtd->iq;

	lockdep_assert_held(&iq->lock);
	if (iq->status & bit)
		return;
	iq->errors++;
	WRITE_ONCE(iq->status, iq->status | bit);
	iq->iqer &= ~field;
	if (!vtd->no_sid)
		iq->iqer |= info << __ffs64(field);
}

/* An error of the device TLB of @rid: VTD_FSTS_ITE or VTD_FSTS_ICE */
static void hw_iq_device_error(struct hw_vtd *vtd, u64 bit, u16 rid)
{
	hw_iq_error(vtd, bit,
		    bit == VTD_FSTS_ITE ? VTD_IQER_ITESID : VTD_IQER_ICESID,
		    rid);
	trace_mock_invalidation_error(vtd->hw.id, bit, rid);
}

/* The queue stops, for one of VTD_IQEI_*. */
static void hw_iq_stop(struct hw_vtd *vtd, u8 iqei)
{
	hw_iq_error(vtd, VTD_FSTS_IQE, VTD_IQER_IQEI, iqei);
	trace_mock_invalidation_error(vtd->hw.id, VTD_FSTS_IQE, 0);
}

/* An answer that is late is missed at the next wait descriptor. */
static u8 hw_inv_devtlb(struct hw_vtd *vtd, u16 rid,
			const struct hw_tlb_scope *scope)
{
	enum hw_completion completion;

	hw_inv_begin(vtd);
	completion = hw_devtlb_drop(&vtd->hw, rid, scope);
	hw_inv_end(vtd);
	if (completion == HW_COMPLETION_LATE)
		vtd->iq.late = rid;
	else if (completion == HW_COMPLETION_WRONG)
		hw_iq_device_error(vtd, VTD_FSTS_ICE, rid);
	return completion == HW_COMPLETION_DAMAGED ? VTD_IQEI_RESERVED : 0;
}

static u8 hw_inv_rid_devtlb(struct hw_vtd *vtd, const struct vtd_desc *desc)
{
	struct hw_tlb_scope scope = { .id = hw_devtlb_id(false, 0) };

	hw_inv_devtlb_range(&scope, desc->qw[1], desc->qw[1] & VTD_DEVTLB_S);
	return hw_inv_devtlb(vtd, FIELD_GET(VTD_DEVTLB_SID, desc->qw[0]),
			     &scope);
}

static u8 hw_inv_pasid_devtlb(struct hw_vtd *vtd, const struct vtd_desc *desc)
{
	u32 pasid = FIELD_GET(VTD_PASID_DEVTLB_PASID, desc->qw[0]);
	struct hw_tlb_scope scope = { .id = hw_devtlb_id(true, pasid) };

	if (desc->qw[1] & VTD_PASID_DEVTLB_G)
		scope.id = HW_TLB_ANY;
	hw_inv_devtlb_range(&scope, desc->qw[1],
			    desc->qw[1] & VTD_PASID_DEVTLB_S);
	return hw_inv_devtlb(vtd, FIELD_GET(VTD_PASID_DEVTLB_SID, desc->qw[0]),
			     &scope);
}

/* Nothing is cached (see hw_vtd_translate.c); accesses in progress end. */
static u8 hw_inv_pasid_cache(struct hw_vtd *vtd, const struct vtd_desc *desc)
{
	hw_inv_begin(vtd);
	hw_inv_end(vtd);
	return 0;
}

/* Time is up for an endpoint that did not answer. */
static bool hw_inv_time_out(struct hw_vtd *vtd)
{
	u16 rid = vtd->iq.late;

	vtd->iq.late = 0;
	if (rid)
		hw_iq_device_error(vtd, VTD_FSTS_ITE, rid);
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
static u8 hw_inv_wait(struct hw_vtd *vtd, const struct vtd_desc *desc)
{
	u32 status = FIELD_GET(VTD_WAIT_STATUS, desc->qw[0]);

	if (hw_inv_time_out(vtd))
		return 0;
	if (desc->qw[0] & VTD_WAIT_PD) {
		down_write(&vtd->hw.access);
		up_write(&vtd->hw.access);
	}
	if (desc->qw[0] & VTD_WAIT_SW &&
	    hw_mem_write(desc->qw[1] & VTD_WAIT_ADDR, &status, sizeof(status)))
		return VTD_IQEI_FETCH;
	return 0;
}

static u8 hw_inv_page_response(struct hw_vtd *vtd, const struct vtd_desc *desc)
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
	return 0;
}

/**
 * struct hw_inv_type - a type of descriptor
 * @execute: what it does
 * @fields: the bits that it has; the others are reserved (VT-d 6.5.2)
 */
struct hw_inv_type {
	u8 (*execute)(struct hw_vtd *vtd, const struct vtd_desc *desc);
	struct vtd_desc fields;
};

static const struct hw_inv_type hw_inv_types[] = {
	[VTD_INV_IOTLB] = {
		.execute = hw_inv_iotlb,
		.fields.qw = {
			VTD_INV_TYPE | VTD_IOTLB_G | VTD_IOTLB_DW |
				VTD_IOTLB_DR | VTD_IOTLB_DID,
			VTD_ADDR | VTD_IOTLB_AM | VTD_IOTLB_IH,
		},
	},
	[VTD_INV_DEVTLB] = {
		.execute = hw_inv_rid_devtlb,
		.fields.qw = {
			VTD_INV_TYPE | VTD_INV_PFSID | VTD_DEVTLB_MIP |
				VTD_DEVTLB_SID,
			VTD_ADDR | VTD_DEVTLB_S,
		},
	},
	[VTD_INV_WAIT] = {
		.execute = hw_inv_wait,
		.fields.qw = {
			VTD_INV_TYPE | VTD_WAIT_IF | VTD_WAIT_SW |
				VTD_WAIT_FN | VTD_WAIT_PD | VTD_WAIT_STATUS,
			VTD_WAIT_ADDR,
		},
	},
	[VTD_INV_PASID_IOTLB] = {
		.execute = hw_inv_pasid_iotlb,
		.fields.qw = {
			VTD_INV_TYPE | VTD_PASID_IOTLB_G |
				VTD_PASID_IOTLB_DID | VTD_PASID_IOTLB_PASID,
			VTD_ADDR | VTD_PASID_IOTLB_AM | VTD_PASID_IOTLB_IH,
		},
	},
	[VTD_INV_PASID_CACHE] = {
		.execute = hw_inv_pasid_cache,
		.fields.qw = {
			VTD_INV_TYPE | VTD_PASID_CACHE_G |
				VTD_PASID_CACHE_DID | VTD_PASID_CACHE_PASID,
		},
	},
	[VTD_INV_PASID_DEVTLB] = {
		.execute = hw_inv_pasid_devtlb,
		.fields.qw = {
			VTD_INV_TYPE | VTD_INV_PFSID | VTD_PASID_DEVTLB_MIP |
				VTD_PASID_DEVTLB_SID | VTD_PASID_DEVTLB_PASID,
			VTD_ADDR | VTD_PASID_DEVTLB_G | VTD_PASID_DEVTLB_S,
		},
	},
	[VTD_INV_PAGE_RESPONSE] = {
		.execute = hw_inv_page_response,
		.fields.qw = {
			VTD_INV_TYPE | VTD_RESP_PASID_P | VTD_RESP_PDP |
				VTD_RESP_CODE | VTD_RESP_RID | VTD_RESP_PASID,
			VTD_RESP_LPIG | VTD_RESP_PRGI,
			U64_MAX,
			U64_MAX,
		},
	},
};

static u8 hw_inv_execute(struct hw_vtd *vtd, const struct vtd_desc *desc)
{
	u32 type = FIELD_GET(VTD_INV_TYPE, desc->qw[0]);
	unsigned int i;

	trace_mock_invalidation(vtd->hw.id, desc);
	if (type >= ARRAY_SIZE(hw_inv_types) || !hw_inv_types[type].execute)
		return VTD_IQEI_TYPE;
	for (i = 0; i < ARRAY_SIZE(desc->qw); i++)
		if (desc->qw[i] & ~hw_inv_types[type].fields.qw[i])
			return VTD_IQEI_RESERVED;
	return hw_inv_types[type].execute(vtd, desc);
}

/* In scalable mode, which is all there is, a descriptor has 256 bits. */
static u8 hw_iq_fetch(const struct hw_vtd_iq *iq, struct vtd_desc *desc)
{
	if (!(iq->iqa & VTD_IQA_DW))
		return VTD_IQEI_WIDTH;
	if (hw_mem_read((iq->iqa & VTD_ADDR) +
				((u64)iq->head << VTD_DESC_SHIFT),
			desc, sizeof(*desc)))
		return VTD_IQEI_FETCH;
	return 0;
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
	u8 iqei;

	lockdep_assert_held(&iq->lock);
	while (iq->head != iq->tail && !(iq->status & HW_IQ_STOPPED)) {
		iqei = hw_iq_fetch(iq, &desc) ?: hw_inv_execute(vtd, &desc);
		if (iqei) {
			hw_iq_stop(vtd, iqei);
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

/* A tail that is not that of a descriptor in the queue leaves the old one. */
static void hw_iq_set_tail(struct hw_vtd *vtd, u64 value)
{
	struct hw_vtd_iq *iq = &vtd->iq;
	u64 tail = value >> VTD_DESC_SHIFT;

	if (!iq->entries)
		return;
	if (value & ~VTD_IQT_QT || tail >= iq->entries)
		hw_iq_stop(vtd, VTD_IQEI_TAIL);
	else
		iq->tail = tail;
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
		hw_iq_set_tail(vtd, value);
		break;
	case VTD_FSTS:
		WRITE_ONCE(iq->status, iq->status & ~value);
		break;
	}
	if (iq->entries)
		hw_iq_run(vtd);
	mutex_unlock(&iq->lock);
}
