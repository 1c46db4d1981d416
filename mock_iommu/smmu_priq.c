// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page request queue as software sees it, and the answers to page requests
 * and to stalls.
 *
 * Emptying it is under mock_iommu.lock; see attach.c.
 */
#include "smmu_iommu.h"

/* The answer to a group. The hardware sees to the PASID that it must have. */
static void smmu_priq_answer(struct smmu *smmu, u16 sid,
			     const struct iommu_fault_page_request *prm,
			     u32 code)
{
	bool ssv = prm->flags & IOMMU_FAULT_PAGE_REQUEST_PASID_VALID;
	const struct smmu_cmd cmd = { {
		FIELD_PREP(SMMU_CMD_OP, SMMU_CMD_PRI_RESP) |
			FIELD_PREP(SMMU_CMD_SID, sid) |
			FIELD_PREP(SMMU_CMD_SSID, prm->pasid) |
			(ssv ? SMMU_CMD_SSV : 0),
		FIELD_PREP(SMMU_PRI_RESP_PRGI, prm->grpid) |
			FIELD_PREP(SMMU_PRI_RESP_CODE, code),
	} };

	smmu_cmdq_send(smmu, &cmd);
}

static void smmu_ppr_translate(const struct smmu_ppr *ppr,
			       struct iommu_fault_page_request *prm)
{
	if (ppr->qw[0] & SMMU_PPR_SSV) {
		prm->flags |= IOMMU_FAULT_PAGE_REQUEST_PASID_VALID |
			      IOMMU_FAULT_PAGE_RESPONSE_NEEDS_PASID;
		prm->pasid = FIELD_GET(SMMU_PPR_SSID, ppr->qw[0]);
	}
	if (ppr->qw[0] & SMMU_PPR_LAST)
		prm->flags |= IOMMU_FAULT_PAGE_REQUEST_LAST_PAGE;
	prm->grpid = FIELD_GET(SMMU_PPR_PRGI, ppr->qw[1]);
	prm->addr = ppr->qw[1] & SMMU_PPR_ADDR;
	if (ppr->qw[0] & SMMU_PPR_R)
		prm->perm |= IOMMU_FAULT_PERM_READ;
	if (ppr->qw[0] & SMMU_PPR_W)
		prm->perm |= IOMMU_FAULT_PERM_WRITE;
	if (ppr->qw[0] & SMMU_PPR_X)
		prm->perm |= IOMMU_FAULT_PERM_EXEC;
	if (ppr->qw[0] & SMMU_PPR_PRIV)
		prm->perm |= IOMMU_FAULT_PERM_PRIV;
}

/* PASID stop marker: L = 1, R = W = 0, with PASID (PCIe 10.4.1.2) */
static bool smmu_ppr_is_stop_marker(const struct smmu_ppr *ppr)
{
	return (ppr->qw[0] & SMMU_PPR_SSV) && (ppr->qw[0] & SMMU_PPR_LAST) &&
	       !(ppr->qw[0] & (SMMU_PPR_R | SMMU_PPR_W));
}

static void smmu_ppr_handle(struct smmu *smmu, const void *record)
{
	const struct smmu_ppr *ppr = record;
	struct iommu_fault_page_request prm = {};
	u16 sid = FIELD_GET(SMMU_PPR_SID, ppr->qw[0]);

	smmu->iommu.prq_handled++;
	/* the kernel's framework does not know them; they get no answer */
	if (smmu_ppr_is_stop_marker(ppr))
		return;
	smmu_ppr_translate(ppr, &prm);
	if (mock_request_report(&smmu->iommu, sid, &prm))
		return;
	smmu->iommu.prq_rejected++;
	/* a group gets one answer, for its last request */
	if (ppr->qw[0] & SMMU_PPR_LAST)
		smmu_priq_answer(smmu, sid, &prm, SMMU_PRI_RESP_INVALID);
}

/*
 * The last page of a group may be lost, with its response given by the hardware:
 * pages that wait for it are forgotten. Until the overflow is acknowledged nothing
 * is added (SMMUv3 8.1).
 */
static void smmu_ppr_lost(struct smmu *smmu)
{
	mock_request_discard(&smmu->iommu);
}

static unsigned int smmu_priq_take(struct mock_iommu *iommu,
				   unsigned int budget)
{
	return smmu_queue_take(&to_smmu(iommu)->priq, budget);
}

/* Nothing here fails; smmu_queue_free() may follow. */
void smmu_priq_prepare(struct smmu *smmu)
{
	smmu->priq = (struct smmu_queue){
		.smmu = smmu,
		.entries = smmu->iommu.config.prq_entries,
		.shift = SMMU_PRIQ_SHIFT,
		.prod_reg = SMMU_PRIQ_PROD,
		.cons_reg = SMMU_PRIQ_CONS,
		.handle = smmu_ppr_handle,
		.lost = smmu_ppr_lost,
	};
	mock_poll_init(&smmu->priq.poll, &smmu->iommu, "page requests",
		       smmu_priq_take);
}

int smmu_priq_init(struct smmu *smmu)
{
	return smmu_queue_init(&smmu->priq, SMMU_PRIQ_BASE);
}

/* Handles what is in the page request queue. */
void smmu_priq_drain(struct smmu *smmu)
{
	mock_poll_drain(&smmu->priq.poll, smmu->priq.entries + 1);
}

/**
 * smmu_respond() - &mock_kind.respond
 * @ep: the endpoint
 * @prm: the last page request of the group, or the stall
 * @code: the answer
 *
 * An endpoint is stalled or sends page requests, not both. To a stalled
 * transaction there is no answer but to try again or to be aborted.
 */
void smmu_respond(struct mock_endpoint *ep,
		  const struct iommu_fault_page_request *prm,
		  enum iommu_page_response_code code)
{
	static const u8 codes[] = {
		[IOMMU_PAGE_RESP_SUCCESS] = SMMU_PRI_RESP_SUCCESS,
		[IOMMU_PAGE_RESP_INVALID] = SMMU_PRI_RESP_INVALID,
		[IOMMU_PAGE_RESP_FAILURE] = SMMU_PRI_RESP_FAILURE,
	};
	struct smmu *smmu = to_smmu(ep->iommu);

	if (ep->config.stall)
		smmu_evtq_resume(smmu, ep->config.rid, prm->grpid,
				 code == IOMMU_PAGE_RESP_SUCCESS ?
					 SMMU_RESUME_RETRY :
					 SMMU_RESUME_ABORT);
	else
		smmu_priq_answer(smmu, ep->config.rid, prm, codes[code]);
}
