/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What read() gives of a page request: struct iommu_hwpt_pgfault of iommufd.
 */
#ifndef SUPPORT_PGFAULT_H
#define SUPPORT_PGFAULT_H

/* no package has it; lies beside the harness, which comes from the same tree */
#include "../../../include/uapi/linux/iommufd.h"

#endif /* SUPPORT_PGFAULT_H */
