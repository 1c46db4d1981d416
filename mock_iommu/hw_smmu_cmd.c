// SPDX-License-Identifier: GPL-2.0-only
/*
 * What commands do (4), whichever queue they were taken from. All is done when
 * a command has been executed, so a CMD_SYNC waits for nothing but endpoints.
 */
#include <linux/overflow.h>
#include <linux/sizes.h>

#include "hw_smmu.h"
#include "mock_trace.h"

/*
 * When this returns, every access that began before has ended; one that begins
 * afterwards finds the caches without what was dropped in between.
 */
static void hw_smmu_inv_begin(struct hw_smmu *smmu)
{
	down_write(&smmu->hw.access);
}

static void hw_smmu_inv_end(struct hw_smmu *smmu)
{
	smmu->invalidations++;
	up_write(&smmu->hw.access);
}

static void hw_smmu_tlbi(struct hw_smmu *smmu, const struct hw_tlb_scope *scope)
{
	hw_smmu_inv_begin(smmu);
	hw_tlb_drop(&smmu->hw.iotlb, scope);
	hw_smmu_inv_end(smmu);
}

/* Bytes of a range (4.4.1.1), whatever its granule, or all that there are */
static u64 hw_smmu_tlbi_bytes(const struct smmu_cmd *cmd)
{
	u64 num = FIELD_GET(SMMU_TLBI_NUM, cmd->qw[0]) + 1;
	u32 granule = 10 + 2 * FIELD_GET(SMMU_TLBI_TG, cmd->qw[1]);
	u32 shift = 5 * FIELD_GET(SMMU_TLBI_SCALE, cmd->qw[0]) + granule;
	u64 bytes;

	return check_shl_overflow(num, shift, &bytes) ? U64_MAX : bytes;
}

/*
 * Of a block of up to 1 GiB pages are cached one by one, and an address that is
 * not a range may stand for any.
 */
static void hw_smmu_tlbi_range(const struct smmu_cmd *cmd,
			       struct hw_tlb_scope *scope)
{
	u64 bytes = hw_smmu_tlbi_bytes(cmd);

	scope->first = cmd->qw[1] & SMMU_TLBI_ADDR;
	if (!FIELD_GET(SMMU_TLBI_TG, cmd->qw[1])) {
		scope->first &= ~(u64)(SZ_1G - 1);
		scope->last = scope->first + SZ_1G - 1;
	} else if (check_add_overflow(scope->first, bytes - 1, &scope->last)) {
		scope->last = U64_MAX;
	}
}

static u32 hw_smmu_do_tlbi(struct hw_smmu *smmu, const struct smmu_cmd *cmd)
{
	struct hw_tlb_scope scope = {
		.id = FIELD_GET(SMMU_TLBI_VMID, cmd->qw[0]),
		.pasid = HW_TLB_ANY,
		.last = U64_MAX,
	};

	switch (FIELD_GET(SMMU_CMD_OP, cmd->qw[0])) {
	case SMMU_CMD_TLBI_NSNH_ALL:
		scope.id = HW_TLB_ANY;
		break;
	case SMMU_CMD_TLBI_NH_ASID:
		scope.pasid = FIELD_GET(SMMU_TLBI_ASID, cmd->qw[0]);
		break;
	case SMMU_CMD_TLBI_NH_VA:
		scope.pasid = FIELD_GET(SMMU_TLBI_ASID, cmd->qw[0]);
		hw_smmu_tlbi_range(cmd, &scope);
		break;
	case SMMU_CMD_TLBI_S2_IPA:
		scope.pasid = 0;
		hw_smmu_tlbi_range(cmd, &scope);
		break;
	case SMMU_CMD_TLBI_NH_VAA:
		hw_smmu_tlbi_range(cmd, &scope);
		break;
	}
	hw_smmu_tlbi(smmu, &scope);
	return SMMU_CERROR_NONE;
}

/* Nothing is cached (see hw_smmu_context.c); accesses under way end. */
static u32 hw_smmu_do_cfgi(struct hw_smmu *smmu)
{
	hw_smmu_inv_begin(smmu);
	hw_smmu_inv_end(smmu);
	return SMMU_CERROR_NONE;
}

static void hw_smmu_atc_scope(const struct smmu_cmd *cmd,
			      struct hw_tlb_scope *scope)
{
	u32 size = FIELD_GET(SMMU_ATC_SIZE, cmd->qw[1]);
	u64 mask = U64_MAX;

	scope->id = hw_devtlb_id(cmd->qw[0] & SMMU_CMD_SSV,
				 FIELD_GET(SMMU_CMD_SSID, cmd->qw[0]));
	if (cmd->qw[0] & SMMU_ATC_GLOBAL)
		scope->id = HW_TLB_ANY;
	if (size < SMMU_ATC_SIZE_ALL)
		mask = BIT_ULL(size + HW_PAGE_SHIFT) - 1;
	scope->first = cmd->qw[1] & SMMU_ATC_ADDR & ~mask;
	scope->last = scope->first | mask;
}

/*
 * An endpoint that answers wrongly has not answered, as far as the SMMU can
 * tell: the next CMD_SYNC fails.
 */
static u32 hw_smmu_do_atc_inv(struct hw_smmu *smmu, const struct smmu_cmd *cmd,
			      bool *late)
{
	u32 sid = FIELD_GET(SMMU_CMD_SID, cmd->qw[0]);
	struct hw_tlb_scope scope = {};
	enum hw_completion completion;

	if (sid > U16_MAX)
		return SMMU_CERROR_NONE;
	hw_smmu_atc_scope(cmd, &scope);
	hw_smmu_inv_begin(smmu);
	completion = hw_devtlb_drop(&smmu->hw, sid, &scope);
	hw_smmu_inv_end(smmu);
	if (completion == HW_COMPLETION_DAMAGED)
		return SMMU_CERROR_ILL;
	if (completion != HW_COMPLETION_OK)
		*late = true;
	return SMMU_CERROR_NONE;
}

/* The time-out is told once: repeated, the command completes (7.1). */
static u32 hw_smmu_do_sync(struct hw_smmu *smmu, const struct smmu_cmd *cmd,
			   bool *late)
{
	u64 addr = cmd->qw[1] & SMMU_SYNC_MSIADDR;
	u32 data = FIELD_GET(SMMU_SYNC_MSIDATA, cmd->qw[0]);
	u32 cs = FIELD_GET(SMMU_SYNC_CS, cmd->qw[0]);

	if (cs > SMMU_SYNC_CS_SEV)
		return SMMU_CERROR_ILL;
	if (*late) {
		*late = false;
		return SMMU_CERROR_ATC_INV_SYNC;
	}
	if (cs == SMMU_SYNC_CS_IRQ && addr &&
	    hw_mem_write(addr, &data, sizeof(data)))
		hw_smmu_error(smmu, SMMU_GERROR_MSI_CMDQ);
	return SMMU_CERROR_NONE;
}

/**
 * hw_smmu_execute() - execute a command
 * @smmu: the SMMU
 * @cmd: the command, with physical ids
 * @late: of the queue that it is from: a device TLB did not answer
 *
 * May sleep; the lock of the queue is held.
 *
 * Return: SMMU_CERROR_*.
 */
u32 hw_smmu_execute(struct hw_smmu *smmu, const struct smmu_cmd *cmd,
		    bool *late)
{
	trace_mock_smmu_command(smmu->hw.id, cmd);
	switch (FIELD_GET(SMMU_CMD_OP, cmd->qw[0])) {
	case SMMU_CMD_PREFETCH_CONFIG:
	case SMMU_CMD_PREFETCH_ADDR:
		return SMMU_CERROR_NONE;
	case SMMU_CMD_CFGI_STE:
	case SMMU_CMD_CFGI_STE_RANGE:
	case SMMU_CMD_CFGI_CD:
	case SMMU_CMD_CFGI_CD_ALL:
		return hw_smmu_do_cfgi(smmu);
	case SMMU_CMD_TLBI_NH_ALL:
	case SMMU_CMD_TLBI_NH_ASID:
	case SMMU_CMD_TLBI_NH_VA:
	case SMMU_CMD_TLBI_NH_VAA:
	case SMMU_CMD_TLBI_S12_VMALL:
	case SMMU_CMD_TLBI_S2_IPA:
	case SMMU_CMD_TLBI_NSNH_ALL:
		return hw_smmu_do_tlbi(smmu, cmd);
	case SMMU_CMD_ATC_INV:
		return hw_smmu_do_atc_inv(smmu, cmd, late);
	case SMMU_CMD_PRI_RESP:
		return hw_smmu_pri_resp(smmu, cmd) ? SMMU_CERROR_NONE :
						     SMMU_CERROR_ILL;
	case SMMU_CMD_RESUME:
		return hw_smmu_resume(smmu, cmd) ? SMMU_CERROR_NONE :
						   SMMU_CERROR_ILL;
	case SMMU_CMD_STALL_TERM:
		hw_smmu_stall_term(smmu, FIELD_GET(SMMU_CMD_SID, cmd->qw[0]));
		return SMMU_CERROR_NONE;
	case SMMU_CMD_SYNC:
		return hw_smmu_do_sync(smmu, cmd, late);
	}
	return SMMU_CERROR_ILL;
}
