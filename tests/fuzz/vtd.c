// SPDX-License-Identifier: GPL-2.0-only
/*
 * VT-d: root, context and PASID tables, page tables of both stages, and the
 * invalidation queue, all of them in memory that a fuzzer wrote.
 */
#include "hw_vtd.h"
#include "iommu.h"
#include "memory.h"

/* Whether a source may ask for pages does not depend on what it asks for. */
static void request(struct hw_vtd *vtd, const struct bytes *bytes)
{
	struct hw_fault fault = {};
	u8 reason = hw_vtd_page_request(&vtd->hw, bytes->left, &fault);

	CLAIM(!reason ||
	      (reason >= VTD_FR_ROOT_ACCESS && reason <= VTD_FR_CONTEXT_PRE));
}

static void step(struct hw_vtd *vtd, struct bytes *bytes)
{
	memory_begin_step();
	switch (take_u8(bytes) % 4) {
	case 0:
		/* few inputs would set it, and without it the queue stops */
		hw_vtd_iq_write(vtd, VTD_IQA, take_u32(bytes) ^ VTD_IQA_DW);
		break;
	case 1:
		hw_vtd_iq_write(vtd, VTD_FSTS, ~0ULL);
		hw_vtd_iq_write(vtd, VTD_IQT, take_u32(bytes));
		CLAIM(!vtd->iq.entries || vtd->iq.head < vtd->iq.entries);
		/* it says why it stopped */
		CLAIM(!(vtd->iq.status & VTD_FSTS_IQE) ||
		      FIELD_GET(VTD_IQER_IQEI, vtd->iq.iqer));
		request(vtd, bytes);
		break;
	default:
		iommu_translate(&vtd->hw, bytes, hw_vtd_translate);
		break;
	}
}

int fuzz_input(const __u8 *data, size_t size)
{
	struct bytes bytes = { data, size };
	struct hw_vtd vtd = {};
	unsigned int i;

	memory_fill(&bytes);
	iommu_start(&vtd.hw);
	vtd.rtaddr = FIELD_PREP(VTD_RTADDR_TTM, VTD_TTM_SCALABLE);
	for (i = 0; i < 8 && bytes.left; i++)
		step(&vtd, &bytes);
	hw_tlb_free(&vtd.hw.iotlb);
	return 0;
}
