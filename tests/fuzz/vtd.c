// SPDX-License-Identifier: GPL-2.0-only
/*
 * VT-d: root, context and PASID tables, page tables of both stages, and the
 * invalidation queue, all of them in memory that a fuzzer wrote.
 */
#include "hw_vtd.h"
#include "iommu.h"
#include "memory.h"

static void step(struct hw_vtd *vtd, struct bytes *bytes)
{
	memory_begin_step();
	switch (take_u8(bytes) % 4) {
	case 0:
		hw_vtd_iq_write(vtd, VTD_IQA, take_u32(bytes));
		break;
	case 1:
		hw_vtd_iq_write(vtd, VTD_FSTS, ~0ULL);
		hw_vtd_iq_write(vtd, VTD_IQT, take_u32(bytes));
		CLAIM(!vtd->iq.entries || vtd->iq.head < vtd->iq.entries);
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
