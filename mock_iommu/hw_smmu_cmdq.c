// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command queue (3.5.1, 6.3.26 to 6.3.28). It is consumed in the context of
 * the write to PROD. An error stops it with CONS at the command that failed;
 * when software has acknowledged it, that command is fetched again.
 */
#include "hw_smmu.h"

static bool hw_smmu_cmdq_empty(const struct hw_smmu_cmdq *cmdq)
{
	u32 mask = hw_smmu_q_mask(cmdq->base);

	return !((cmdq->prod ^ cmdq->cons) & (mask | (mask + 1)));
}

static u32 hw_smmu_cmdq_step(struct hw_smmu *smmu)
{
	struct hw_smmu_cmdq *cmdq = &smmu->cmdq;
	u32 index = cmdq->cons & hw_smmu_q_mask(cmdq->base);
	struct smmu_cmd cmd;

	if (hw_mem_read((cmdq->base & SMMU_Q_BASE_ADDR) +
				((u64)index << SMMU_CMDQ_SHIFT),
			&cmd, sizeof(cmd)))
		return SMMU_CERROR_ABT;
	return hw_smmu_execute(smmu, &cmd, &cmdq->late);
}

static void hw_smmu_cmdq_stop(struct hw_smmu *smmu, u32 cerror)
{
	smmu->cmdq.cons |= FIELD_PREP(SMMU_CMDQ_CONS_ERR, cerror);
	smmu->cmdq.stops++;
	hw_smmu_error(smmu, SMMU_GERROR_CMDQ);
}

static void hw_smmu_cmdq_consume(struct hw_smmu *smmu)
{
	struct hw_smmu_cmdq *cmdq = &smmu->cmdq;
	u32 mask = hw_smmu_q_mask(cmdq->base), cerror;

	lockdep_assert_held(&cmdq->lock);
	if (!cmdq->enabled || hw_smmu_error_active(smmu, SMMU_GERROR_CMDQ))
		return;
	cmdq->cons &= ~SMMU_CMDQ_CONS_ERR;
	while (!hw_smmu_cmdq_empty(cmdq)) {
		cerror = hw_smmu_cmdq_step(smmu);
		if (cerror) {
			hw_smmu_cmdq_stop(smmu, cerror);
			return;
		}
		cmdq->executed++;
		cmdq->cons = (cmdq->cons + 1) & (mask | (mask + 1));
	}
}

/* Goes on, if there is something to do and nothing in the way. */
void hw_smmu_cmdq_run(struct hw_smmu *smmu)
{
	mutex_lock(&smmu->cmdq.lock);
	hw_smmu_cmdq_consume(smmu);
	mutex_unlock(&smmu->cmdq.lock);
}

void hw_smmu_cmdq_enable(struct hw_smmu *smmu, bool enabled)
{
	mutex_lock(&smmu->cmdq.lock);
	smmu->cmdq.enabled = enabled;
	hw_smmu_cmdq_consume(smmu);
	mutex_unlock(&smmu->cmdq.lock);
}

u64 hw_smmu_cmdq_read(struct hw_smmu *smmu, unsigned int reg)
{
	struct hw_smmu_cmdq *cmdq = &smmu->cmdq;
	u64 value = 0;

	mutex_lock(&cmdq->lock);
	switch (reg) {
	case SMMU_CMDQ_BASE:
		value = cmdq->base;
		break;
	case SMMU_CMDQ_PROD:
		value = cmdq->prod;
		break;
	case SMMU_CMDQ_CONS:
		value = cmdq->cons;
		break;
	}
	mutex_unlock(&cmdq->lock);
	return value;
}

/* Base and CONS belong to software only while the queue is disabled. */
void hw_smmu_cmdq_write(struct hw_smmu *smmu, unsigned int reg, u64 value)
{
	struct hw_smmu_cmdq *cmdq = &smmu->cmdq;

	mutex_lock(&cmdq->lock);
	if (reg == SMMU_CMDQ_PROD)
		cmdq->prod = value;
	else if (!cmdq->enabled && reg == SMMU_CMDQ_BASE)
		cmdq->base = value;
	else if (!cmdq->enabled)
		cmdq->cons = value;
	hw_smmu_cmdq_consume(smmu);
	mutex_unlock(&cmdq->lock);
}
