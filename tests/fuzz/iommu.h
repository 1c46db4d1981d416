/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FUZZ_IOMMU_H
#define FUZZ_IOMMU_H

#include "bytes.h"
#include "hw_model.h"

#define FUZZ_TLB 64

void iommu_start(struct hw_iommu *hw);
void iommu_translate(struct hw_iommu *hw, struct bytes *bytes,
		     u8 (*translate)(struct hw_iommu *hw,
				     const struct hw_source *source, bool ats,
				     const struct hw_request *request,
				     struct hw_page *page,
				     struct hw_fault *fault));

#endif /* FUZZ_IOMMU_H */
