// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the models of both kinds of IOMMU need of the rest of the hardware, and
 * what must hold of every translation.
 */
#include "iommu.h"

void iommu_start(struct hw_iommu *hw)
{
	memset(hw, 0, sizeof(*hw));
	hw_tlb_init(&hw->iotlb, FUZZ_TLB);
}

u32 hw_devtlb_id(bool has_pasid, u32 pasid)
{
	return has_pasid ? pasid : U32_MAX - 1;
}

enum hw_completion hw_devtlb_drop(struct hw_iommu *hw, u16 rid,
				  const struct hw_tlb_scope *scope)
{
	CLAIM(scope->first <= scope->last);
	return rid & 3;
}

void hw_pri_answer(struct hw_endpoint *ep,
		   const struct mock_iommu_response *answer)
{
	CLAIM(answer->grpid < MOCK_IOMMU_MAX_GROUPS);
}

/* Either a page that was granted what was asked, or a reason why not. */
void iommu_translate(struct hw_iommu *hw, struct bytes *bytes,
		     u8 (*translate)(struct hw_iommu *hw,
				     const struct hw_source *source, bool ats,
				     const struct hw_request *request,
				     struct hw_page *page,
				     struct hw_fault *fault))
{
	u8 choice = take_u8(bytes);
	struct hw_source source = {
		.rid = choice & 0x10 ? take_u32(bytes) : 0,
		.has_pasid = choice & 1,
	};
	struct hw_request request = {
		.addr = take_u64(bytes),
		.perm = 1 + (choice >> 1 & 3),
		.priv = choice & 8,
	};
	struct hw_fault fault = {};
	struct hw_page page = {};
	u8 reason;

	if (source.has_pasid)
		source.pasid = take_u32(bytes) & 0xfffff;
	reason = translate(hw, &source, choice & 0x20, &request, &page, &fault);
	CLAIM(fault.stage <= 2);
	if (reason)
		return;
	CLAIM(!(request.perm & ~page.perm));
	CLAIM(!(page.frame & ~HW_PHYS_ADDR));
	CLAIM(!fault.stage);
}
