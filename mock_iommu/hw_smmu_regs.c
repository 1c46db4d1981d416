// SPDX-License-Identifier: GPL-2.0-only
/*
 * SMMUv3 and its registers. A register is accessed as a whole, at its own
 * width.
 */
#include <linux/slab.h>

#include "hw_smmu.h"

#define HW_SMMU_IDR0                                                           \
	(SMMU_IDR0_S2P | SMMU_IDR0_S1P |                                       \
	 FIELD_PREP_CONST(SMMU_IDR0_TTF, SMMU_TTF_AARCH64) |                   \
	 SMMU_IDR0_COHACC | SMMU_IDR0_ATS | SMMU_IDR0_ASID16 | SMMU_IDR0_MSI | \
	 SMMU_IDR0_SEV | SMMU_IDR0_PRI | SMMU_IDR0_VMID16 | SMMU_IDR0_CD2L |   \
	 FIELD_PREP_CONST(SMMU_IDR0_TTENDIAN, SMMU_TTENDIAN_LE) |              \
	 SMMU_IDR0_TERM_MODEL | FIELD_PREP_CONST(SMMU_IDR0_ST_LEVEL, 1))

#define HW_SMMU_IDR1                                              \
	(FIELD_PREP_CONST(SMMU_IDR1_SIDSIZE, 16) |                \
	 FIELD_PREP_CONST(SMMU_IDR1_SSIDSIZE, 20) |               \
	 FIELD_PREP_CONST(SMMU_IDR1_PRIQS, SMMU_Q_MAX_LOG2SIZE) | \
	 FIELD_PREP_CONST(SMMU_IDR1_EVTQS, SMMU_Q_MAX_LOG2SIZE) | \
	 FIELD_PREP_CONST(SMMU_IDR1_CMDQS, SMMU_Q_MAX_LOG2SIZE))

#define HW_SMMU_IDR5                                                       \
	(FIELD_PREP_CONST(SMMU_IDR5_OAS, SMMU_OAS_48) | SMMU_IDR5_GRAN4K | \
	 FIELD_PREP_CONST(SMMU_IDR5_STALL_MAX, HW_SMMU_STALLS))

/* SMMUv3.2: the first with range invalidation */
#define HW_SMMU_AIDR 2

static struct hw_iommu *hw_smmu_create(const struct hw_config *config)
{
	struct hw_smmu *smmu = kvzalloc(sizeof(*smmu), GFP_KERNEL_ACCOUNT);

	if (!smmu)
		return NULL;
	mutex_init(&smmu->cmdq.lock);
	spin_lock_init(&smmu->errors.lock);
	hw_smmu_q_init(&smmu->evtq, HW_IRQ_FAULT, SMMU_GERROR_EVTQ_ABT,
		       sizeof(struct smmu_event), false);
	hw_smmu_q_init(&smmu->priq, HW_IRQ_PRI, SMMU_GERROR_PRIQ_ABT,
		       sizeof(struct smmu_ppr), true);
	hw_smmu_stalls_init(&smmu->stalls);
	return &smmu->hw;
}

static void hw_smmu_destroy(struct hw_iommu *hw)
{
	kvfree(to_hw_smmu(hw));
}

static u32 hw_smmu_irq_ctrl(const struct hw_smmu *smmu)
{
	return (READ_ONCE(smmu->errors.irq_enabled) ? SMMU_IRQ_CTRL_GERROR :
						      0) |
	       (READ_ONCE(smmu->priq.irq_enabled) ? SMMU_IRQ_CTRL_PRIQ : 0) |
	       (READ_ONCE(smmu->evtq.irq_enabled) ? SMMU_IRQ_CTRL_EVTQ : 0);
}

static u64 hw_smmu_read(struct hw_iommu *hw, unsigned int reg)
{
	struct hw_smmu *smmu = to_hw_smmu(hw);

	switch (reg) {
	case SMMU_IDR0:
		return HW_SMMU_IDR0;
	case SMMU_IDR1:
		return HW_SMMU_IDR1;
	case SMMU_IDR3:
		return SMMU_IDR3_RIL;
	case SMMU_IDR5:
		return HW_SMMU_IDR5;
	case SMMU_AIDR:
		return HW_SMMU_AIDR;
	case SMMU_CR0:
	case SMMU_CR0ACK:
		return READ_ONCE(smmu->cr0);
	case SMMU_IRQ_CTRL:
	case SMMU_IRQ_CTRLACK:
		return hw_smmu_irq_ctrl(smmu);
	case SMMU_GERROR:
		return READ_ONCE(smmu->errors.gerror);
	case SMMU_GERRORN:
		return READ_ONCE(smmu->errors.gerrorn);
	case SMMU_STRTAB_BASE:
		return READ_ONCE(smmu->strtab_base);
	case SMMU_STRTAB_BASE_CFG:
		return READ_ONCE(smmu->strtab_cfg);
	case SMMU_CMDQ_BASE:
	case SMMU_CMDQ_PROD:
	case SMMU_CMDQ_CONS:
		return hw_smmu_cmdq_read(smmu, reg);
	case SMMU_EVTQ_BASE:
		return hw_smmu_q_read(&smmu->evtq, HW_SMMU_Q_BASE);
	case SMMU_EVTQ_PROD:
		return hw_smmu_q_read(&smmu->evtq, HW_SMMU_Q_PROD);
	case SMMU_EVTQ_CONS:
		return hw_smmu_q_read(&smmu->evtq, HW_SMMU_Q_CONS);
	case SMMU_PRIQ_BASE:
		return hw_smmu_q_read(&smmu->priq, HW_SMMU_Q_BASE);
	case SMMU_PRIQ_PROD:
		return hw_smmu_q_read(&smmu->priq, HW_SMMU_Q_PROD);
	case SMMU_PRIQ_CONS:
		return hw_smmu_q_read(&smmu->priq, HW_SMMU_Q_CONS);
	}
	return 0;
}

static void hw_smmu_raise(struct hw_iommu *hw)
{
	struct hw_smmu *smmu = to_hw_smmu(hw);

	hw_smmu_q_raise(smmu, &smmu->evtq);
	hw_smmu_q_raise(smmu, &smmu->priq);
	hw_smmu_error_raise(smmu);
}

static void hw_smmu_set_cr0(struct hw_smmu *smmu, u32 cr0)
{
	WRITE_ONCE(smmu->cr0, cr0);
	hw_smmu_q_enable(&smmu->evtq, cr0 & SMMU_CR0_EVTQEN);
	hw_smmu_q_enable(&smmu->priq, cr0 & SMMU_CR0_PRIQEN);
	hw_smmu_stall_write_held(smmu);
	hw_smmu_cmdq_enable(smmu, cr0 & SMMU_CR0_CMDQEN);
	hw_smmu_raise(&smmu->hw);
}

static void hw_smmu_set_irq_ctrl(struct hw_smmu *smmu, u32 ctrl)
{
	hw_smmu_q_enable_irq(&smmu->evtq, ctrl & SMMU_IRQ_CTRL_EVTQ);
	hw_smmu_q_enable_irq(&smmu->priq, ctrl & SMMU_IRQ_CTRL_PRIQ);
	hw_smmu_error_enable_irq(smmu, ctrl & SMMU_IRQ_CTRL_GERROR);
	hw_smmu_raise(&smmu->hw);
}

/*
 * Software that writes PROD or GERRORN of the command queue may hold its lock
 * of it: only the interrupt of GERROR comes from there.
 */
static void hw_smmu_write(struct hw_iommu *hw, unsigned int reg, u64 value)
{
	struct hw_smmu *smmu = to_hw_smmu(hw);

	switch (reg) {
	case SMMU_CR0:
		hw_smmu_set_cr0(smmu, value);
		break;
	case SMMU_IRQ_CTRL:
		hw_smmu_set_irq_ctrl(smmu, value);
		break;
	case SMMU_GERRORN:
		hw_smmu_error_ack(smmu, value);
		hw_smmu_cmdq_run(smmu);
		hw_smmu_error_raise(smmu);
		break;
	case SMMU_STRTAB_BASE:
		WRITE_ONCE(smmu->strtab_base, value);
		break;
	case SMMU_STRTAB_BASE_CFG:
		WRITE_ONCE(smmu->strtab_cfg, value);
		break;
	case SMMU_CMDQ_BASE:
	case SMMU_CMDQ_PROD:
	case SMMU_CMDQ_CONS:
		hw_smmu_cmdq_write(smmu, reg, value);
		hw_smmu_error_raise(smmu);
		break;
	case SMMU_EVTQ_BASE:
		hw_smmu_q_write(&smmu->evtq, HW_SMMU_Q_BASE, value);
		break;
	case SMMU_EVTQ_PROD:
		hw_smmu_q_write(&smmu->evtq, HW_SMMU_Q_PROD, value);
		break;
	case SMMU_EVTQ_CONS:
		hw_smmu_q_write(&smmu->evtq, HW_SMMU_Q_CONS, value);
		hw_smmu_stall_write_held(smmu);
		break;
	case SMMU_PRIQ_BASE:
		hw_smmu_q_write(&smmu->priq, HW_SMMU_Q_BASE, value);
		break;
	case SMMU_PRIQ_PROD:
		hw_smmu_q_write(&smmu->priq, HW_SMMU_Q_PROD, value);
		break;
	case SMMU_PRIQ_CONS:
		hw_smmu_q_write(&smmu->priq, HW_SMMU_Q_CONS, value);
		break;
	}
}

static void hw_smmu_stats_faults(struct hw_smmu *smmu,
				 struct mock_iommu_iommu_stats *stats)
{
	spin_lock(&smmu->evtq.lock);
	stats->out_faults_lost = smmu->evtq.dropped;
	stats->out_fault_overflows = smmu->evtq.overflows;
	spin_unlock(&smmu->evtq.lock);
	stats->out_faults_raised = atomic64_read(&smmu->faults);
	stats->out_faults_recorded =
		stats->out_faults_raised - stats->out_faults_lost;

	spin_lock(&smmu->stalls.lock);
	stats->out_stalls = smmu->stalls.stalled;
	spin_unlock(&smmu->stalls.lock);
}

static void hw_smmu_stats(struct hw_iommu *hw,
			  struct mock_iommu_iommu_stats *stats)
{
	struct hw_smmu *smmu = to_hw_smmu(hw);

	spin_lock(&smmu->priq.lock);
	stats->out_irq_masked = !smmu->priq.irq_enabled;
	stats->out_prq_written = smmu->priq.written;
	stats->out_prq_dropped = smmu->priq.dropped;
	stats->out_prq_overflows = smmu->priq.overflows;
	stats->out_interrupts = smmu->priq.interrupts;
	spin_unlock(&smmu->priq.lock);

	mutex_lock(&smmu->cmdq.lock);
	stats->out_inv_descriptors = smmu->cmdq.executed;
	stats->out_inv_errors = smmu->cmdq.stops;
	mutex_unlock(&smmu->cmdq.lock);

	down_read(&hw->access);
	stats->out_invalidations = smmu->invalidations;
	up_read(&hw->access);

	hw_smmu_stats_faults(smmu, stats);
	stats->out_vcmdq_commands = atomic64_read(&smmu->vcmdq_commands);
	stats->out_vcmdq_errors = atomic64_read(&smmu->vcmdq_stops);
}

const struct hw_kind hw_smmu_kind = {
	.bad_memory = SMMU_F_WALK_EABT,
	.create = hw_smmu_create,
	.destroy = hw_smmu_destroy,
	.read = hw_smmu_read,
	.write = hw_smmu_write,
	.translate = hw_smmu_translate,
	.recoverable = hw_smmu_recoverable,
	.request = hw_smmu_request,
	.record = hw_smmu_record,
	.stall = hw_smmu_stall,
	.stall_cancel = hw_smmu_stall_cancel,
	.stall_wait = hw_smmu_stall_wait,
	.stall_abandon = hw_smmu_stall_abandon,
	.raise = hw_smmu_raise,
	.stats = hw_smmu_stats,
};
