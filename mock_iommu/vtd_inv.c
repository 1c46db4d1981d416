// SPDX-License-Identifier: GPL-2.0-only
/*
 * The invalidation queue as software sees it: descriptors go in, a wait
 * descriptor behind them tells when they are done.
 */
#include <linux/faultq.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/processor.h>
#include <linux/slab.h>

#include "faultq_driver.h"
#include "vtd_iommu.h"

/* 2^(IQA.QS + 7) entries of 32 bytes: 8 KiB */
#define VTD_IQ_QS 1
#define VTD_IQ_ENTRIES BIT(VTD_IQ_QS + 7)
#define VTD_IQ_DONE 1

#define VTD_IQ_ERRORS (VTD_FSTS_IQE | VTD_FSTS_ITE | VTD_FSTS_ICE)
#define VTD_IQ_TRIES 3

int vtd_inv_init(struct mock_iommu *iommu)
{
	struct vtd_inv *inv = &to_vtd_iommu(iommu)->inv;

	mutex_init(&inv->lock);
	inv->descs = (void *)__get_free_pages(GFP_KERNEL_ACCOUNT | __GFP_ZERO,
					      VTD_IQ_QS);
	inv->status = kzalloc(sizeof(*inv->status), GFP_KERNEL_ACCOUNT);
	if (!inv->descs || !inv->status)
		return -ENOMEM;
	hw_write(iommu->hw, VTD_IQA,
		 virt_to_phys(inv->descs) | VTD_IQA_DW |
			 FIELD_PREP(VTD_IQA_QS, VTD_IQ_QS));
	return 0;
}

void vtd_inv_free(struct mock_iommu *iommu)
{
	struct vtd_inv *inv = &to_vtd_iommu(iommu)->inv;

	free_pages((unsigned long)inv->descs, VTD_IQ_QS);
	kfree(inv->status);
}

static void vtd_inv_put(struct vtd_inv *inv, const struct vtd_desc *desc)
{
	inv->descs[inv->tail] = *desc;
	inv->tail = (inv->tail + 1) % VTD_IQ_ENTRIES;
}

/* The descriptor that the hardware is at */
static struct vtd_desc *vtd_inv_head(struct mock_iommu *iommu)
{
	struct vtd_inv *inv = &to_vtd_iommu(iommu)->inv;

	return &inv->descs[hw_read(iommu->hw, VTD_IQH) >> VTD_DESC_SHIFT];
}

/*
 * A wait descriptor in its place, one that tells no one, lets the hardware pass
 * by a bad one.
 */
static void vtd_inv_skip(struct mock_iommu *iommu)
{
	*vtd_inv_head(iommu) = (struct vtd_desc){ {
		FIELD_PREP(VTD_INV_TYPE, VTD_INV_WAIT),
	} };
	hw_write(iommu->hw, VTD_FSTS, VTD_FSTS_IQE);
}

/*
 * Return the RID in a descriptor and its PASID, 0 if it has none. PASID 0 is
 * RID_PASID, that is, requests without a PASID.
 */
static u16 vtd_desc_source(const struct vtd_desc *desc, u32 *pasid)
{
	u64 qw0 = desc->qw[0];

	*pasid = 0;
	switch (FIELD_GET(VTD_INV_TYPE, qw0)) {
	case VTD_INV_DEVTLB:
		return FIELD_GET(VTD_DEVTLB_SID, qw0);
	case VTD_INV_PASID_DEVTLB:
		*pasid = FIELD_GET(VTD_PASID_DEVTLB_PASID, qw0);
		return FIELD_GET(VTD_PASID_DEVTLB_SID, qw0);
	case VTD_INV_PAGE_RESPONSE:
		if (qw0 & VTD_RESP_PASID_P)
			*pasid = FIELD_GET(VTD_RESP_PASID, qw0);
		return FIELD_GET(VTD_RESP_RID, qw0);
	}
	return 0;
}

static void vtd_desc_set_rid(u64 *qw0, u64 rid)
{
	switch (FIELD_GET(VTD_INV_TYPE, *qw0)) {
	case VTD_INV_DEVTLB:
		u64p_replace_bits(qw0, rid, VTD_DEVTLB_SID);
		break;
	case VTD_INV_PASID_DEVTLB:
		u64p_replace_bits(qw0, rid, VTD_PASID_DEVTLB_SID);
		break;
	case VTD_INV_PAGE_RESPONSE:
		u64p_replace_bits(qw0, rid, VTD_RESP_RID);
		break;
	}
}

static void vtd_desc_set_pasid(u64 *qw0, u32 pasid)
{
	switch (FIELD_GET(VTD_INV_TYPE, *qw0)) {
	case VTD_INV_PASID_DEVTLB:
		u64p_replace_bits(qw0, pasid, VTD_PASID_DEVTLB_PASID);
		break;
	case VTD_INV_PAGE_RESPONSE:
		u64p_replace_bits(qw0, pasid, VTD_RESP_PASID);
		break;
	}
}

/* &faultq_native_format.set_guest_ids */
static void vtd_inv_set_guest_ids(void *native,
				  const struct faultq_guest_ids *ids)
{
	struct faultq_native_vtd_invalidation *error = native;
	u64 *iqer = &error->iqer, *qw0 = &error->desc[0];

	if (ids->virt_id_valid) {
		if (error->fsts & VTD_FSTS_ITE)
			u64p_replace_bits(iqer, ids->virt_id, VTD_IQER_ITESID);
		if (error->fsts & VTD_FSTS_ICE)
			u64p_replace_bits(iqer, ids->virt_id, VTD_IQER_ICESID);
		vtd_desc_set_rid(qw0, ids->virt_id);
	}
	if (ids->pasid_valid)
		vtd_desc_set_pasid(qw0, ids->pasid);
}

const struct faultq_native_format vtd_inv_format = {
	.type = FAULTQ_NATIVE_VTD_INVALIDATION,
	.length = sizeof(struct faultq_native_vtd_invalidation),
	.set_guest_ids = vtd_inv_set_guest_ids,
};

/*
 * Fill in the invalid descriptor and return the RID in it, or 0. A descriptor
 * without a RID is left out: it goes to several VMs, and has the domain id and
 * addresses of one.
 */
static u16 vtd_inv_describe_iqe(struct mock_iommu *iommu,
				struct faultq_native_vtd_invalidation *native,
				struct faultq_event_report *report)
{
	const struct vtd_desc *desc = vtd_inv_head(iommu);
	u16 rid = vtd_desc_source(desc, &report->pasid);

	if (report->pasid)
		report->flags |= FAULTQ_EVENT_PASID_VALID;
	if (rid)
		memcpy(native->desc, desc, sizeof(native->desc));
	return rid;
}

/*
 * Report one of the errors for the endpoint with the RID in the record, or for all
 * endpoints if there is no RID. Source ids of other errors are left out: they may
 * belong to another VM.
 */
static void vtd_inv_report(struct mock_iommu *iommu, u64 error, u64 iqer)
{
	struct faultq_native_vtd_invalidation native = { .fsts = error };
	struct faultq_event_report report = {
		.type = FAULTQ_RECORD_QUEUE_ERROR,
		.format = &vtd_inv_format,
		.native = &native,
	};
	u16 rid;

	switch (error) {
	case VTD_FSTS_ITE:
		report.reason = FAULTQ_REASON_INV_TIMEOUT;
		native.iqer = iqer & VTD_IQER_ITESID;
		rid = FIELD_GET(VTD_IQER_ITESID, iqer);
		break;
	case VTD_FSTS_ICE:
		report.reason = FAULTQ_REASON_INV_COMPLETION;
		native.iqer = iqer & VTD_IQER_ICESID;
		rid = FIELD_GET(VTD_IQER_ICESID, iqer);
		break;
	default:
		report.reason = FAULTQ_REASON_BAD_COMMAND;
		native.iqer = iqer & ~(VTD_IQER_ITESID | VTD_IQER_ICESID);
		rid = vtd_inv_describe_iqe(iommu, &native, &report);
	}
	if (rid)
		mock_report_event(iommu, rid, &report);
	else
		mock_report_iommu_event(iommu, &report);
}

static void vtd_inv_report_all(struct mock_iommu *iommu, u64 error, u64 iqer)
{
	static const u64 errors[] = { VTD_FSTS_IQE, VTD_FSTS_ICE,
				      VTD_FSTS_ITE };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(errors); i++)
		if (error & errors[i])
			vtd_inv_report(iommu, errors[i], iqer);
}

/*
 * Takes note of the errors that there are and clears them, upon which the
 * hardware goes on.
 */
static void vtd_inv_recover(struct mock_iommu *iommu,
			    struct vtd_inv_result *result)
{
	u64 error = hw_read(iommu->hw, VTD_FSTS) & VTD_IQ_ERRORS;
	u64 iqer;

	if (!error)
		return;
	iqer = hw_read(iommu->hw, VTD_IQER);
	vtd_inv_report_all(iommu, error, iqer);
	if (error & VTD_FSTS_ITE)
		result->rid = FIELD_GET(VTD_IQER_ITESID, iqer);
	else if (error & VTD_FSTS_ICE && !(result->error & VTD_FSTS_ITE))
		result->rid = FIELD_GET(VTD_IQER_ICESID, iqer);
	result->error |= error;
	if (error & (VTD_FSTS_ITE | VTD_FSTS_ICE))
		hw_write(iommu->hw, VTD_FSTS,
			 error & (VTD_FSTS_ITE | VTD_FSTS_ICE));
	if (error & VTD_FSTS_IQE)
		vtd_inv_skip(iommu);
}

/* A time-out may have aborted the wait descriptor, whose status is not written. */
static bool vtd_inv_done(struct mock_iommu *iommu)
{
	struct vtd_inv *inv = &to_vtd_iommu(iommu)->inv;

	return READ_ONCE(*inv->status) == VTD_IQ_DONE ||
	       hw_read(iommu->hw, VTD_IQH) >> VTD_DESC_SHIFT == inv->tail;
}

/*
 * Waits until the hardware has come to the end, whatever stops it on its way: no
 * descriptor is left behind. The last look at the errors is taken when it has:
 * one that does not stop it may be there as well. There is no such error, and no
 * @result, if no endpoint was to answer.
 */
static void vtd_inv_await(struct mock_iommu *iommu,
			  struct vtd_inv_result *result)
{
	struct vtd_inv_result unused = {};
	bool done;

	do {
		done = vtd_inv_done(iommu);
		if (done && !result)
			return;
		vtd_inv_recover(iommu, result ?: &unused);
		cpu_relax();
	} while (!done);
}

/*
 * Queues the descriptors and waits until they are done, or have failed. The
 * queue is empty before and after, so there is always room.
 */
static void vtd_inv_submit(struct mock_iommu *iommu,
			   const struct vtd_desc *descs, unsigned int count,
			   u64 wait_flags, struct vtd_inv_result *result)
{
	struct vtd_inv *inv = &to_vtd_iommu(iommu)->inv;
	struct vtd_desc wait = {
		.qw[0] = FIELD_PREP(VTD_INV_TYPE, VTD_INV_WAIT) | VTD_WAIT_SW |
			 FIELD_PREP(VTD_WAIT_STATUS, VTD_IQ_DONE) | wait_flags,
		.qw[1] = virt_to_phys(inv->status),
	};
	unsigned int i;

	mutex_lock(&inv->lock);
	WRITE_ONCE(*inv->status, 0);
	for (i = 0; i < count; i++)
		vtd_inv_put(inv, &descs[i]);
	vtd_inv_put(inv, &wait);
	hw_write(iommu->hw, VTD_IQT, (u64)inv->tail << VTD_DESC_SHIFT);
	vtd_inv_await(iommu, result);
	mutex_unlock(&inv->lock);
}

static void vtd_inv_add(struct vtd_inv_batch *batch, u64 qw0, u64 qw1)
{
	if (batch->count == VTD_IQ_BATCH)
		vtd_inv_sync(batch);
	batch->descs[batch->count++] = (struct vtd_desc){ { qw0, qw1 } };
}

/* All pages of a domain, with what is cached of its upper levels */
void vtd_inv_iotlb_domain(struct vtd_inv_batch *batch, u16 did)
{
	vtd_inv_add(batch,
		    FIELD_PREP(VTD_INV_TYPE, VTD_INV_IOTLB) |
			    FIELD_PREP(VTD_IOTLB_G, VTD_IOTLB_G_DOMAIN) |
			    FIELD_PREP(VTD_IOTLB_DID, did),
		    0);
}

/* 2^@order pages around @addr, in a domain */
void vtd_inv_iotlb_pages(struct vtd_inv_batch *batch, u16 did, u64 addr,
			 unsigned int order)
{
	vtd_inv_add(batch,
		    FIELD_PREP(VTD_INV_TYPE, VTD_INV_IOTLB) |
			    FIELD_PREP(VTD_IOTLB_G, VTD_IOTLB_G_PAGE) |
			    FIELD_PREP(VTD_IOTLB_DID, did),
		    (addr & (VTD_ADDR << order)) |
			    FIELD_PREP(VTD_IOTLB_AM, order));
}

/* 2^@order pages around @addr that a first stage translates, for one PASID */
void vtd_inv_pasid_iotlb(struct vtd_inv_batch *batch, u16 did, u32 pasid,
			 u64 addr, unsigned int order)
{
	u64 granularity = VTD_PASID_IOTLB_G_PASID, pages = 0;

	if (order <= VTD_MAX_INV_ORDER) {
		granularity = VTD_PASID_IOTLB_G_PAGE;
		pages = (addr & (VTD_ADDR << order)) |
			FIELD_PREP(VTD_PASID_IOTLB_AM, order);
	}
	vtd_inv_add(batch,
		    FIELD_PREP(VTD_INV_TYPE, VTD_INV_PASID_IOTLB) |
			    FIELD_PREP(VTD_PASID_IOTLB_G, granularity) |
			    FIELD_PREP(VTD_PASID_IOTLB_DID, did) |
			    FIELD_PREP(VTD_PASID_IOTLB_PASID, pasid),
		    pages);
}

void vtd_inv_pasid_cache(struct vtd_inv_batch *batch, u16 did, u32 pasid)
{
	vtd_inv_add(batch,
		    FIELD_PREP(VTD_INV_TYPE, VTD_INV_PASID_CACHE) |
			    FIELD_PREP(VTD_PASID_CACHE_G,
				       VTD_PASID_CACHE_G_PASID) |
			    FIELD_PREP(VTD_PASID_CACHE_DID, did) |
			    FIELD_PREP(VTD_PASID_CACHE_PASID, pasid),
		    0);
}

/*
 * 2^@order pages around @addr in a device TLB, at most VTD_IQ_ALL. For the
 * RID there are two: RID_PASID is 0, so requests with an explicit PASID 0 went
 * by the same PASID table entry as those without.
 */
void vtd_inv_devtlb(struct vtd_inv_batch *batch, u16 rid, u32 pasid, u64 addr,
		    unsigned int order)
{
	/* order - 1 ones below a zero: PCIe ATS, Invalidate Request */
	if (order)
		addr = (addr & VTD_ADDR << (order - 1) << 1) |
		       ((HW_PAGE_SIZE << (order - 1)) - 1);
	addr &= VTD_ADDR;
	if (!pasid)
		vtd_inv_add(batch,
			    FIELD_PREP(VTD_INV_TYPE, VTD_INV_DEVTLB) |
				    FIELD_PREP(VTD_DEVTLB_SID, rid),
			    addr | (order ? VTD_DEVTLB_S : 0));
	vtd_inv_add(batch,
		    FIELD_PREP(VTD_INV_TYPE, VTD_INV_PASID_DEVTLB) |
			    FIELD_PREP(VTD_PASID_DEVTLB_SID, rid) |
			    FIELD_PREP(VTD_PASID_DEVTLB_PASID, pasid),
		    addr | (order ? VTD_PASID_DEVTLB_S : 0));
}

static void vtd_inv_run(struct vtd_inv_batch *batch, u64 wait_flags)
{
	struct vtd_inv_result result;
	unsigned int tries = batch->once ? 1 : VTD_IQ_TRIES;

	do {
		result = (struct vtd_inv_result){};
		vtd_inv_submit(batch->iommu, batch->descs, batch->count,
			       wait_flags, &result);
	} while (--tries && result.error & (VTD_FSTS_IQE | VTD_FSTS_ITE));

	/* the first trouble that stopped the hardware is what is told of */
	if (!(batch->result.error & (VTD_FSTS_IQE | VTD_FSTS_ITE))) {
		result.error |= batch->result.error;
		result.rid = result.rid ?: batch->result.rid;
		batch->result = result;
	}
	batch->count = 0;
}

/*
 * When this returns no access uses what was invalidated. An endpoint that does
 * not answer is asked some more times; then it is left at that: a driver of
 * real hardware would have to take the device off the bus before it lets the
 * memory go, but endpoints here do what they are told even if they do not say.
 */
void vtd_inv_sync(struct vtd_inv_batch *batch)
{
	vtd_inv_run(batch, 0);
}

/* The same, and page requests sent by then are in their queue. */
void vtd_inv_drain(struct vtd_inv_batch *batch)
{
	vtd_inv_run(batch, VTD_WAIT_FN | VTD_WAIT_PD);
}

/* Sends a page group response. */
void vtd_inv_respond(struct mock_iommu *iommu, const struct vtd_desc *desc)
{
	vtd_inv_submit(iommu, desc, 1, 0, NULL);
}
