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

#include "vtd_iommu.h"

/* The widest address that the hardware translates (CAP.MGAW) */
#define MOCK_CANONICAL_BITS 57

/* The answer to the group that @qw0 and @qw1 of a request belong to */
static struct vtd_desc vtd_prq_answer(u16 rid, bool has_pasid, u32 pasid,
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
static void vtd_prq_reject(struct mock_iommu *iommu, const struct vtd_desc *req)
{
	struct vtd_desc desc;

	iommu->prq_rejected++;
	if (!(req->qw[1] & VTD_REQ_LPIG))
		return;
	desc = vtd_prq_answer(FIELD_GET(VTD_REQ_RID, req->qw[0]),
			      req->qw[0] & VTD_REQ_PASID_P,
			      FIELD_GET(VTD_REQ_PASID, req->qw[0]),
			      FIELD_GET(VTD_REQ_PRGI, req->qw[1]),
			      VTD_RESP_INVALID);
	vtd_inv_respond(iommu, &desc);
}

/*
 * What Linux accepts of an endpoint: canonical addresses, no access in
 * privileged mode, no execution of what is read.
 */
static bool vtd_prq_valid(const struct vtd_desc *req)
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

/*
 * A stop marker has L = 1, R = W = 0 and a PASID (PCIe 10.4.1.2). Without a PASID
 * it is no message that PCIe defines; the kernel's driver drops that as well.
 */
static bool vtd_prq_is_stop_marker(const struct vtd_desc *req)
{
	return (req->qw[1] & VTD_REQ_LPIG) &&
	       !(req->qw[1] & (VTD_REQ_R | VTD_REQ_W));
}

static void vtd_prq_translate(const struct vtd_desc *req,
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

static void vtd_prq_handle(struct mock_iommu *iommu, const struct vtd_desc *req)
{
	struct iommu_fault_page_request prm = {};
	u16 rid = FIELD_GET(VTD_REQ_RID, req->qw[0]);

	iommu->prq_handled++;
	/* the kernel's framework does not know them; they get no answer */
	if (vtd_prq_is_stop_marker(req))
		return;
	vtd_prq_translate(req, &prm);
	if (!vtd_prq_valid(req) || !mock_request_report(iommu, rid, &prm))
		vtd_prq_reject(iommu, req);
}

/*
 * Handles up to @budget descriptors from PQH on and moves it past them. PRS.PPR
 * is cleared first, so that what comes later than the tail raises an interrupt.
 */
static unsigned int vtd_prq_handle_some(struct mock_iommu *iommu,
					unsigned int budget)
{
	struct vtd_iommu *vtd = to_vtd_iommu(iommu);
	u64 size = (u64)iommu->config.prq_entries << VTD_DESC_SHIFT;
	unsigned int nr = 0;
	u64 head, tail;

	hw_write(iommu->hw, VTD_PRS, VTD_PRS_PPR);
	tail = hw_read(iommu->hw, VTD_PQT);
	head = hw_read(iommu->hw, VTD_PQH);
	for (; head != tail && nr < budget; nr++) {
		vtd_prq_handle(iommu, &vtd->prq[head >> VTD_DESC_SHIFT]);
		head = (head + sizeof(struct vtd_desc)) & (size - 1);
	}
	hw_write(iommu->hw, VTD_PQH, head);
	return nr;
}

/*
 * After an overflow the last page of a group may be lost, with its response given
 * by the hardware: pages that wait for it are forgotten. While PRS.PRO is set
 * nothing is added, so it is cleared only when the queue is empty: requests may have
 * come before the overflow and after the last look at the queue.
 *
 * Returns false if there was no overflow.
 */
static bool vtd_prq_recover(struct mock_iommu *iommu)
{
	if (!(hw_read(iommu->hw, VTD_PRS) & VTD_PRS_PRO))
		return false;
	if (hw_read(iommu->hw, VTD_PQT) == hw_read(iommu->hw, VTD_PQH)) {
		mock_request_discard(iommu);
		hw_write(iommu->hw, VTD_PRS, VTD_PRS_PRO);
	}
	return true;
}

/* &mock_poll.take: an overflow counts as a request */
static unsigned int vtd_prq_take(struct mock_iommu *iommu, unsigned int budget)
{
	unsigned int nr = 0, now;

	lockdep_assert_held(&iommu->lock);
	while (nr < budget) {
		now = vtd_prq_handle_some(iommu, budget - nr);
		if (!now)
			now = vtd_prq_recover(iommu);
		if (!now)
			break;
		nr += now;
	}
	return nr;
}

/* Nothing here fails; vtd_prq_free() may follow. */
void vtd_prq_prepare(struct mock_iommu *iommu)
{
	mock_poll_init(&to_vtd_iommu(iommu)->prq_poll, iommu, "page requests",
		       vtd_prq_take);
}

int vtd_prq_init(struct mock_iommu *iommu)
{
	struct vtd_iommu *vtd = to_vtd_iommu(iommu);
	u32 entries = iommu->config.prq_entries;

	vtd->prq =
		(void *)__get_free_pages(GFP_KERNEL_ACCOUNT | __GFP_ZERO,
					 get_order(entries << VTD_DESC_SHIFT));
	if (!vtd->prq)
		return -ENOMEM;
	hw_write(iommu->hw, VTD_PQA,
		 virt_to_phys(vtd->prq) |
			 FIELD_PREP(VTD_PQA_PQS, ilog2(entries) - 7));
	hw_write(iommu->hw, VTD_PECTL, 0);
	return 0;
}

void vtd_prq_free(struct mock_iommu *iommu)
{
	mock_poll_exit(&to_vtd_iommu(iommu)->prq_poll);
	free_pages((unsigned long)to_vtd_iommu(iommu)->prq,
		   get_order(iommu->config.prq_entries << VTD_DESC_SHIFT));
}

/**
 * vtd_prq_drain() - &mock_kind.process
 * @iommu: the instance, locked
 *
 * Handles what is in the page request queue.
 */
void vtd_prq_drain(struct mock_iommu *iommu)
{
	mock_poll_drain(&to_vtd_iommu(iommu)->prq_poll,
			iommu->config.prq_entries + 2);
}

/* Not under mock_iommu.lock: unmasking delivers a pending interrupt. */
void vtd_prq_mask(struct mock_iommu *iommu, bool mask)
{
	struct mock_poll *poll = &to_vtd_iommu(iommu)->prq_poll;

	if (mask) {
		hw_write(iommu->hw, VTD_PECTL, VTD_PECTL_IM);
		mock_poll_mask(poll);
	} else {
		mock_poll_unmask(poll);
		hw_write(iommu->hw, VTD_PECTL, 0);
	}
}

/* &mock_kind.respond */
void vtd_prq_respond(struct mock_endpoint *ep,
		     const struct iommu_fault_page_request *prm,
		     enum iommu_page_response_code code)
{
	static const u8 codes[] = {
		[IOMMU_PAGE_RESP_SUCCESS] = VTD_RESP_SUCCESS,
		[IOMMU_PAGE_RESP_INVALID] = VTD_RESP_INVALID,
		[IOMMU_PAGE_RESP_FAILURE] = VTD_RESP_FAILURE,
	};
	struct vtd_desc desc;

	desc = vtd_prq_answer(ep->config.rid,
			      prm->flags & IOMMU_FAULT_PAGE_REQUEST_PASID_VALID,
			      prm->pasid, prm->grpid, codes[code]);
	if (prm->private_data[0] || prm->private_data[1]) {
		desc.qw[0] |= VTD_RESP_PDP;
		desc.qw[2] = prm->private_data[0];
		desc.qw[3] = prm->private_data[1];
	}
	vtd_inv_respond(ep->iommu, &desc);
}
