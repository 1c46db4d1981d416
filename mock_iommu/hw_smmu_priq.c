// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page requests (8) and their answers (4.5.2).
 */
#include <linux/rcupdate.h>

#include "hw_smmu.h"

static void hw_smmu_ppr(u16 rid, const struct mock_iommu_request *request,
			struct smmu_ppr *ppr)
{
	u32 perm = request->perm;

	ppr->qw[0] =
		FIELD_PREP(SMMU_PPR_SID, rid) |
		FIELD_PREP(SMMU_PPR_SSID, request->pasid) |
		(perm & MOCK_IOMMU_PERM_PRIV ? SMMU_PPR_PRIV : 0) |
		(perm & MOCK_IOMMU_PERM_EXEC ? SMMU_PPR_X : 0) |
		(perm & MOCK_IOMMU_PERM_READ ? SMMU_PPR_R : 0) |
		(perm & MOCK_IOMMU_PERM_WRITE ? SMMU_PPR_W : 0) |
		(request->flags & MOCK_IOMMU_REQUEST_LAST ? SMMU_PPR_LAST : 0) |
		(request->flags & MOCK_IOMMU_REQUEST_PASID ? SMMU_PPR_SSV : 0);
	ppr->qw[1] = (request->addr & SMMU_PPR_ADDR) |
		     FIELD_PREP(SMMU_PPR_PRGI, request->grpid);
}

/*
 * &hw_kind.request. A full queue takes no more requests before software has
 * acknowledged the overflow: the endpoint is answered Success (8.1). A queue that
 * is disabled, or in memory that cannot be written, would have it answered
 * Response Failure without a PASID (8.2); our driver has none of these.
 */
bool hw_smmu_request(struct hw_iommu *hw, u16 rid,
		     const struct mock_iommu_request *request, u32 *code)
{
	struct hw_smmu *smmu = to_hw_smmu(hw);
	struct smmu_ppr ppr;

	*code = MOCK_IOMMU_RESPONSE_SUCCESS;
	hw_smmu_ppr(rid, request, &ppr);
	if (hw_smmu_q_put(smmu, &smmu->priq, &ppr))
		return true;
	hw_smmu_q_lose(smmu, &smmu->priq);
	return false;
}

static int hw_smmu_pri_code(const struct smmu_cmd *cmd)
{
	switch (FIELD_GET(SMMU_PRI_RESP_CODE, cmd->qw[1])) {
	case SMMU_PRI_RESP_FAILURE:
		return MOCK_IOMMU_RESPONSE_FAILURE;
	case SMMU_PRI_RESP_INVALID:
		return MOCK_IOMMU_RESPONSE_INVALID;
	case SMMU_PRI_RESP_SUCCESS:
		return MOCK_IOMMU_RESPONSE_SUCCESS;
	}
	return -EINVAL;
}

/* CMD_PRI_RESP; false if it is malformed */
bool hw_smmu_pri_resp(struct hw_smmu *smmu, const struct smmu_cmd *cmd)
{
	struct mock_iommu_response answer = {
		.grpid = FIELD_GET(SMMU_PRI_RESP_PRGI, cmd->qw[1]),
	};
	int code = hw_smmu_pri_code(cmd);
	struct hw_endpoint *ep;

	if (code < 0)
		return false;
	answer.code = code;
	if (cmd->qw[0] & SMMU_CMD_SSV) {
		answer.flags = MOCK_IOMMU_RESPONSE_PASID;
		answer.pasid = FIELD_GET(SMMU_CMD_SSID, cmd->qw[0]);
	}
	rcu_read_lock();
	ep = xa_load(&smmu->hw.endpoints, FIELD_GET(SMMU_CMD_SID, cmd->qw[0]));
	if (ep)
		hw_pri_answer(ep, &answer);
	rcu_read_unlock();
	return true;
}
