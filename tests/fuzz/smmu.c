// SPDX-License-Identifier: GPL-2.0-only
/*
 * SMMUv3: stream table, context descriptors, page tables of both stages, and
 * commands, all of them in memory that a fuzzer wrote.
 */
#include "hw_smmu.h"
#include "iommu.h"
#include "memory.h"

void hw_smmu_error(struct hw_smmu *smmu, u32 bit)
{
}

bool hw_smmu_pri_resp(struct hw_smmu *smmu, const struct smmu_cmd *cmd)
{
	return cmd->qw[0] >> 63;
}

bool hw_smmu_resume(struct hw_smmu *smmu, const struct smmu_cmd *cmd)
{
	return cmd->qw[0] >> 63;
}

void hw_smmu_stall_term(struct hw_smmu *smmu, u32 sid)
{
}

static void command(struct hw_smmu *smmu, struct bytes *bytes)
{
	struct smmu_cmd cmd;
	bool late = take_u8(bytes) & 1;
	u32 error;

	take(bytes, &cmd, sizeof(cmd));
	error = hw_smmu_execute(smmu, &cmd, &late);
	CLAIM(error <= SMMU_CERROR_ATC_INV_SYNC);
}

int fuzz_input(const __u8 *data, size_t size)
{
	struct bytes bytes = { data, size };
	static struct hw_smmu smmu;
	unsigned int i;

	memset(&smmu, 0, sizeof(smmu));
	memory_fill(&bytes);
	iommu_start(&smmu.hw);
	smmu.cr0 = SMMU_CR0_SMMUEN;
	smmu.strtab_cfg = take_u32(&bytes);
	for (i = 0; i < 8 && bytes.left; i++) {
		memory_begin_step();
		if (take_u8(&bytes) & 1)
			command(&smmu, &bytes);
		else
			iommu_translate(&smmu.hw, &bytes, hw_smmu_translate);
	}
	hw_tlb_free(&smmu.hw.iotlb);
	return 0;
}
