// SPDX-License-Identifier: GPL-2.0-only
/*
 * Translation: by the tables of a stream, or from what is cached of them.
 */
#include "hw_smmu.h"

/*
 * Entries are tagged by VMID and ASID, as TLB invalidations name them; a VMID
 * is there without a second stage, too.
 */
static void hw_smmu_key(const struct hw_smmu_context *context,
			const struct hw_request *request,
			struct hw_tlb_key *key)
{
	key->addr = request->addr & HW_PAGE_MASK;
	key->id = FIELD_GET(SMMU_STE_S2VMID, context->ste[2]);
	key->root = context->s2 ? context->second.root : 0;
	if (!context->s1)
		return;
	key->first = context->first.root | 1;
	key->pasid = FIELD_GET(SMMU_CD_ASID, context->cd[0]);
	key->priv = request->priv;
}

/* Whether to record the fault of a translation, and to stall for it, who says? */
static void hw_smmu_policy(const struct hw_smmu_context *context,
			   struct hw_fault *fault)
{
	bool second = fault->stage == 2;

	fault->silent = second ? !(context->ste[2] & SMMU_STE_S2R) :
				 !(context->cd[0] & SMMU_CD_R);
	fault->stall = second ? context->ste[2] & SMMU_STE_S2S :
				context->cd[0] & SMMU_CD_S;
}

static u8 hw_smmu_find(struct hw_smmu *smmu,
		       const struct hw_smmu_context *context,
		       const struct hw_request *request, struct hw_page *page,
		       struct hw_fault *fault)
{
	const struct hw_table *table = context->s1 ? &context->first :
						     &context->second;
	struct hw_tlb_key key = {};
	u8 reason;

	hw_smmu_key(context, request, &key);
	if (hw_tlb_find(&smmu->hw.iotlb, &key, request->perm, page))
		return 0;
	reason = hw_walk(table, request, page, fault);
	if (!reason)
		hw_tlb_fill(&smmu->hw.iotlb, &key, page);
	return reason;
}

/* &hw_kind.translate */
u8 hw_smmu_translate(struct hw_iommu *hw, const struct hw_source *source,
		     bool ats, const struct hw_request *request,
		     struct hw_page *page, struct hw_fault *fault)
{
	struct hw_smmu *smmu = to_hw_smmu(hw);
	struct hw_smmu_context context = {};
	u8 reason;

	reason = hw_smmu_context(smmu, source, ats, &context, fault) ?:
			 hw_smmu_find(smmu, &context, request, page, fault);
	if (!hw_smmu_recoverable(reason))
		return reason;
	if (!fault->stage) {
		/* EPD0: refused without a walk */
		fault->stage = 1;
		fault->addr = request->addr;
	}
	hw_smmu_policy(&context, fault);
	return reason;
}

/*
 * A translation request that fails for one of these is completed without
 * permissions, for any other by an error (3.9.1); and only these can stall a
 * transaction (3.12).
 */
bool hw_smmu_recoverable(u8 reason)
{
	return reason >= SMMU_F_TRANSLATION && reason <= SMMU_F_PERMISSION;
}
