// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page request queue as software sees it: native descriptors are read out
 * of memory, what is wrong with them is found, the rest is reported to the
 * kernel's I/O page fault framework.
 *
 * All of this is under mock_iommu.lock; see attach.c.
 */
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>

#include "mock.h"

/* The widest address that the hardware translates (CAP.MGAW) */
#define MOCK_CANONICAL_BITS 57

int mock_prq_init(struct mock_iommu *iommu, u32 entries)
{
	struct mock_prq *prq = &iommu->prq;

	prq->entries = entries;
	prq->descs =
		(void *)__get_free_pages(GFP_KERNEL_ACCOUNT | __GFP_ZERO,
					 get_order(entries << VTD_DESC_SHIFT));
	if (!prq->descs)
		return -ENOMEM;
	iommu->iopf_queue = iopf_queue_alloc(iommu->name);
	if (!iommu->iopf_queue)
		return -ENOMEM;
	hw_write(iommu->hw, VTD_PQA,
		 virt_to_phys(prq->descs) |
			 FIELD_PREP(VTD_PQA_PQS, ilog2(entries) - 7));
	mock_prq_mask(iommu, false);
	return 0;
}

/* No endpoint is left, and no device is in the kernel's queue. */
void mock_prq_free(struct mock_iommu *iommu)
{
	struct mock_prq *prq = &iommu->prq;

	iopf_queue_free(iommu->iopf_queue);
	free_pages((unsigned long)prq->descs,
		   get_order(prq->entries << VTD_DESC_SHIFT));
}

/* The answer to the group that @qw0 and @qw1 of a request belong to */
static struct vtd_desc mock_prq_answer(u16 rid, bool has_pasid, u32 pasid,
				       u32 grpid, u32 code)
{
	return (struct vtd_desc){ {
		FIELD_PREP(VTD_INV_TYPE, VTD_INV_PAGE_RESPONSE) |
			FIELD_PREP(VTD_RESP_CODE, code) |
			FIELD_PREP(VTD_RESP_RID, rid) |
			FIELD_PREP(VTD_RESP_PASID, pasid) |
			(has_pasid ? VTD_RESP_PASID_P : 0),
		FIELD_PREP(VTD_RESP_PRGI, grpid),
	} };
}

/* A group gets one answer, for its last request. */
static void mock_prq_reject(struct mock_iommu *iommu,
			    const struct vtd_desc *req)
{
	struct vtd_desc desc;

	iommu->prq.rejected++;
	if (!(req->qw[1] & VTD_REQ_LPIG))
		return;
	desc = mock_prq_answer(FIELD_GET(VTD_REQ_RID, req->qw[0]),
			       req->qw[0] & VTD_REQ_PASID_P,
			       FIELD_GET(VTD_REQ_PASID, req->qw[0]),
			       FIELD_GET(VTD_REQ_PRGI, req->qw[1]),
			       VTD_RESP_INVALID);
	mock_inv_respond(iommu, &desc);
}

/*
 * What Linux accepts of an endpoint: canonical addresses, no access in
 * privileged mode, no execution of what is read.
 */
static bool mock_prq_valid(const struct vtd_desc *req)
{
	bool read = req->qw[1] & VTD_REQ_R;
	bool access = req->qw[1] & (VTD_REQ_R | VTD_REQ_W);
	s64 addr = req->qw[1] & VTD_ADDR;

	if (FIELD_GET(VTD_REQ_TYPE, req->qw[0]) != VTD_REQ_TYPE_PAGE)
		return false;
	if (sign_extend64(addr, MOCK_CANONICAL_BITS - 1) != addr)
		return false;
	if ((req->qw[0] & VTD_REQ_PRIV) && access)
		return false;
	return !((req->qw[0] & VTD_REQ_EXEC) && read);
}

/* Who shall hear of a request; NULL if no one who handles faults is there. */
static struct mock_attachment *mock_prq_find(struct mock_iommu *iommu,
					     const struct vtd_desc *req)
{
	struct mock_attachment *attachment;
	struct mock_endpoint *ep;
	u32 pasid = 0;

	ep = xa_load(&iommu->rids, FIELD_GET(VTD_REQ_RID, req->qw[0]));
	if (!ep)
		return NULL;
	if (req->qw[0] & VTD_REQ_PASID_P)
		pasid = FIELD_GET(VTD_REQ_PASID, req->qw[0]);
	attachment = xa_load(&ep->attachments, pasid);
	return attachment && attachment->faults ? attachment : NULL;
}

static void mock_prq_translate(const struct vtd_desc *req,
			       struct iommu_fault_page_request *prm)
{
	if (req->qw[0] & VTD_REQ_PASID_P) {
		prm->flags |= IOMMU_FAULT_PAGE_REQUEST_PASID_VALID |
			      IOMMU_FAULT_PAGE_RESPONSE_NEEDS_PASID;
		prm->pasid = FIELD_GET(VTD_REQ_PASID, req->qw[0]);
	}
	if (req->qw[1] & VTD_REQ_LPIG)
		prm->flags |= IOMMU_FAULT_PAGE_REQUEST_LAST_PAGE;
	prm->grpid = FIELD_GET(VTD_REQ_PRGI, req->qw[1]);
	prm->addr = req->qw[1] & VTD_ADDR;
	if (req->qw[1] & VTD_REQ_R)
		prm->perm |= IOMMU_FAULT_PERM_READ;
	if (req->qw[1] & VTD_REQ_W)
		prm->perm |= IOMMU_FAULT_PERM_WRITE;
	if (req->qw[0] & VTD_REQ_EXEC)
		prm->perm |= IOMMU_FAULT_PERM_EXEC;
	if (req->qw[0] & VTD_REQ_PRIV)
		prm->perm |= IOMMU_FAULT_PERM_PRIV;
	if (req->qw[0] & VTD_REQ_PDP) {
		prm->private_data[0] = req->qw[2];
		prm->private_data[1] = req->qw[3];
	}
}

static void mock_prq_handle(struct mock_iommu *iommu,
			    const struct vtd_desc *req)
{
	struct iopf_fault fault = { .fault.type = IOMMU_FAULT_PAGE_REQ };
	struct mock_attachment *attachment;

	iommu->prq.handled++;
	/* the kernel's framework does not know them; they get no answer */
	if (vtd_req_is_stop_marker(req))
		return;
	attachment = mock_prq_valid(req) ? mock_prq_find(iommu, req) : NULL;
	if (!attachment) {
		mock_prq_reject(iommu, req);
		return;
	}
	mock_prq_translate(req, &fault.fault.prm);
	/* if it fails, it has answered by mock_page_response() */
	iommu_report_device_fault(attachment->ep->dev, &fault);
}

/* Takes what is in the queue. Returns where it ended. */
static u64 mock_prq_take(struct mock_iommu *iommu)
{
	u64 size = (u64)iommu->prq.entries << VTD_DESC_SHIFT;
	u64 head, tail;

	/* first, so that what comes later than the tail raises an interrupt */
	hw_write(iommu->hw, VTD_PRS, VTD_PRS_PPR);
	tail = hw_read(iommu->hw, VTD_PQT);
	head = hw_read(iommu->hw, VTD_PQH);
	while (head != tail) {
		mock_prq_handle(iommu,
				&iommu->prq.descs[head >> VTD_DESC_SHIFT]);
		head = (head + sizeof(struct vtd_desc)) & (size - 1);
	}
	hw_write(iommu->hw, VTD_PQH, tail);
	return tail;
}

/**
 * mock_prq_process() - empty the page request queue
 * @iommu: the instance, locked
 *
 * After an overflow the last page of a group may be lost, with its answer
 * given by the hardware: pages that wait for it are forgotten. While PRS.PRO
 * is set nothing is added, so the queue is empty when it is cleared.
 */
void mock_prq_process(struct mock_iommu *iommu)
{
	u64 tail;

	lockdep_assert_held(&iommu->lock);
	for (;;) {
		tail = mock_prq_take(iommu);
		if (!(hw_read(iommu->hw, VTD_PRS) & VTD_PRS_PRO))
			return;
		if (hw_read(iommu->hw, VTD_PQT) != tail)
			continue;
		iopf_queue_discard_partial(iommu->iopf_queue);
		hw_write(iommu->hw, VTD_PRS, VTD_PRS_PRO);
	}
}

/* The page request interrupt, in the context of who raised it */
void mock_prq_interrupt(void *data)
{
	struct mock_iommu *iommu = data;

	mutex_lock(&iommu->lock);
	mock_prq_process(iommu);
	mutex_unlock(&iommu->lock);
}

/* faultq_driver.drain: what was taken in is reported under mock_iommu.lock. */
void mock_prq_drain(struct device *dev)
{
	struct mock_endpoint *ep = dev_iommu_priv_get(dev);

	mutex_lock(&ep->iommu->lock);
	mock_prq_process(ep->iommu);
	mutex_unlock(&ep->iommu->lock);
}

/* Not under mock_iommu.lock: unmasking delivers a pending interrupt. */
void mock_prq_mask(struct mock_iommu *iommu, bool mask)
{
	hw_write(iommu->hw, VTD_PECTL, mask ? VTD_PECTL_IM : 0);
}

/**
 * mock_page_response() - iommu_ops.page_response
 * @dev: the device
 * @fault: the last page request of the group, or one that failed
 * @response: the answer
 *
 * Called under the device's fault locks, with or without mock_iommu.lock. The
 * kernel also answers a request that is not the last of its group when it
 * cannot take it; hardware has no such answer.
 */
void mock_page_response(struct device *dev, struct iopf_fault *fault,
			struct iommu_page_response *response)
{
	static const u8 codes[] = {
		[IOMMU_PAGE_RESP_SUCCESS] = VTD_RESP_SUCCESS,
		[IOMMU_PAGE_RESP_INVALID] = VTD_RESP_INVALID,
		[IOMMU_PAGE_RESP_FAILURE] = VTD_RESP_FAILURE,
	};
	const struct iommu_fault_page_request *prm = &fault->fault.prm;
	struct mock_endpoint *ep = dev_iommu_priv_get(dev);
	struct vtd_desc desc;

	if (!(prm->flags & IOMMU_FAULT_PAGE_REQUEST_LAST_PAGE))
		return;
	desc = mock_prq_answer(ep->config.rid,
			       prm->flags &
				       IOMMU_FAULT_PAGE_REQUEST_PASID_VALID,
			       prm->pasid, prm->grpid, codes[response->code]);
	if (prm->private_data[0] || prm->private_data[1]) {
		desc.qw[0] |= VTD_RESP_PDP;
		desc.qw[2] = prm->private_data[0];
		desc.qw[3] = prm->private_data[1];
	}
	mock_inv_respond(ep->iommu, &desc);
}
