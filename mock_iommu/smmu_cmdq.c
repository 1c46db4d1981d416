// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command queue as software sees it: commands go in, a CMD_SYNC behind them
 * is consumed when they are done.
 *
 * An error stops the queue at the command it is about, until software has made
 * GERRORN agree with GERROR (SMMUv3 7.1). It is reported, repaired, and told to
 * whoever submitted the commands.
 */
#include <linux/faultq.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/processor.h>

#include "faultq_driver.h"
#include "smmu_iommu.h"

/* One page */
#define SMMU_CMDQ_LOG2SIZE 8
#define SMMU_CMDQ_ENTRIES BIT(SMMU_CMDQ_LOG2SIZE)

/* An index with its wrap bit */
#define SMMU_CMDQ_INDEX (2 * SMMU_CMDQ_ENTRIES - 1)

#define SMMU_CMDQ_TRIES 3

int smmu_cmdq_init(struct smmu *smmu)
{
	struct smmu_cmdq *cmdq = &smmu->cmdq;

	mutex_init(&cmdq->lock);
	cmdq->cmds = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!cmdq->cmds)
		return -ENOMEM;
	hw_write(smmu->iommu.hw, SMMU_CMDQ_BASE,
		 virt_to_phys(cmdq->cmds) |
			 FIELD_PREP(SMMU_Q_BASE_LOG2SIZE, SMMU_CMDQ_LOG2SIZE));
	return 0;
}

void smmu_cmdq_free(struct smmu *smmu)
{
	free_page((unsigned long)smmu->cmdq.cmds);
}

static void smmu_cmdq_put(struct smmu_cmdq *cmdq, const struct smmu_cmd *cmd)
{
	cmdq->cmds[cmdq->prod % SMMU_CMDQ_ENTRIES] = *cmd;
	cmdq->prod = (cmdq->prod + 1) & SMMU_CMDQ_INDEX;
}

/* Commands with a StreamID all have it in the same field (SMMUv3 4). */
static bool smmu_cmd_names_stream(const struct smmu_cmd *cmd)
{
	switch (FIELD_GET(SMMU_CMD_OP, cmd->qw[0])) {
	case SMMU_CMD_CFGI_STE:
	case SMMU_CMD_CFGI_CD:
	case SMMU_CMD_CFGI_CD_ALL:
	case SMMU_CMD_ATC_INV:
	case SMMU_CMD_PRI_RESP:
	case SMMU_CMD_RESUME:
	case SMMU_CMD_STALL_TERM:
		return true;
	}
	return false;
}

/* The other commands use the field of the SubstreamID for something else. */
static bool smmu_cmd_names_pasid(const struct smmu_cmd *cmd)
{
	bool ssid = FIELD_GET(SMMU_CMD_SSID, cmd->qw[0]);

	switch (FIELD_GET(SMMU_CMD_OP, cmd->qw[0])) {
	case SMMU_CMD_CFGI_CD:
		return ssid;
	case SMMU_CMD_ATC_INV:
	case SMMU_CMD_PRI_RESP:
		return ssid && cmd->qw[0] & SMMU_CMD_SSV;
	}
	return false;
}

/* &faultq_native_format.set_guest_ids */
static void smmu_cmdq_set_guest_ids(void *native,
				    const struct faultq_guest_ids *ids)
{
	struct faultq_native_arm_smmuv3_cmdq *error = native;
	struct smmu_cmd cmd = { { error->cmd[0], error->cmd[1] } };

	if (ids->virt_id_valid && smmu_cmd_names_stream(&cmd))
		u64p_replace_bits(&error->cmd[0], ids->virt_id, SMMU_CMD_SID);
	if (ids->pasid_valid && smmu_cmd_names_pasid(&cmd))
		u64p_replace_bits(&error->cmd[0], ids->pasid, SMMU_CMD_SSID);
}

const struct faultq_native_format smmu_cmdq_format = {
	.type = FAULTQ_NATIVE_ARM_SMMUV3_CMDQ,
	.length = sizeof(struct faultq_native_arm_smmuv3_cmdq),
	.set_guest_ids = smmu_cmdq_set_guest_ids,
};

/*
 * Fill in the command and return the RID that it concerns, or 0. A command without
 * a StreamID is reduced to its opcode: VMID, ASID and addresses belong to the host
 * or to another VM.
 */
static u16 smmu_cmdq_describe(const struct mock_endpoint *ep,
			      const struct smmu_cmd *cmd,
			      struct faultq_native_arm_smmuv3_cmdq *native,
			      struct faultq_event_report *report)
{
	native->cmd[0] = cmd->qw[0] & SMMU_CMD_OP;
	if (!smmu_cmd_names_stream(cmd))
		return ep ? ep->config.rid : 0;
	native->cmd[0] = cmd->qw[0];
	native->cmd[1] = cmd->qw[1];
	if (smmu_cmd_names_pasid(cmd)) {
		report->flags |= FAULTQ_EVENT_PASID_VALID;
		report->pasid = FIELD_GET(SMMU_CMD_SSID, cmd->qw[0]);
	}
	return FIELD_GET(SMMU_CMD_SID, cmd->qw[0]);
}

/* An error of a command that concerns no known endpoint is reported to all. */
static void smmu_cmdq_report(struct smmu *smmu, const struct mock_endpoint *ep,
			     u32 gerror, u32 cons, const struct smmu_cmd *cmd)
{
	static const u16 reasons[] = {
		[SMMU_CERROR_ILL] = FAULTQ_REASON_BAD_COMMAND,
		[SMMU_CERROR_ABT] = FAULTQ_REASON_COMMAND_FETCH,
		[SMMU_CERROR_ATC_INV_SYNC] = FAULTQ_REASON_INV_TIMEOUT,
	};
	u32 error = FIELD_GET(SMMU_CMDQ_CONS_ERR, cons);
	struct faultq_native_arm_smmuv3_cmdq native = {
		.gerror = gerror,
		.cons = cons,
	};
	struct faultq_event_report report = {
		.type = FAULTQ_RECORD_QUEUE_ERROR,
		.reason = error < ARRAY_SIZE(reasons) ? reasons[error] :
							FAULTQ_REASON_UNKNOWN,
		.format = &smmu_cmdq_format,
		.native = &native,
	};
	u16 rid = smmu_cmdq_describe(ep, cmd, &native, &report);

	if (rid)
		mock_report_event(&smmu->iommu, rid, &report);
	else
		mock_report_iommu_event(&smmu->iommu, &report);
}

/*
 * The queue has stopped. An illegal command gives its place to a CMD_SYNC; the
 * CMD_SYNC that waited in vain for a device is executed again, and so is what
 * could not be fetched (SMMUv3 4.7.3, 7.1). Returns what the error was.
 */
static u32 smmu_cmdq_recover(struct smmu *smmu, struct mock_endpoint *ep)
{
	u32 gerror = hw_read(smmu->iommu.hw, SMMU_GERROR);
	u32 cons = hw_read(smmu->iommu.hw, SMMU_CMDQ_CONS);
	u32 error = FIELD_GET(SMMU_CMDQ_CONS_ERR, cons);
	struct smmu_cmd *cmd = &smmu->cmdq.cmds[cons % SMMU_CMDQ_ENTRIES];

	smmu_cmdq_report(smmu, ep, gerror, cons, cmd);
	if (error == SMMU_CERROR_ILL)
		*cmd = (struct smmu_cmd){ { FIELD_PREP(SMMU_CMD_OP,
						       SMMU_CMD_SYNC) } };
	dma_wmb(); /* the hardware goes on from here */
	hw_write(smmu->iommu.hw, SMMU_GERRORN, gerror);
	return error;
}

static bool smmu_cmdq_stopped(struct smmu *smmu)
{
	return (hw_read(smmu->iommu.hw, SMMU_GERROR) ^
		hw_read(smmu->iommu.hw, SMMU_GERRORN)) &
	       SMMU_GERROR_CMDQ;
}

/* Waits until all is consumed. Returns the first error there was. */
static u32 smmu_cmdq_await(struct smmu *smmu, struct mock_endpoint *ep)
{
	u32 first = SMMU_CERROR_NONE, error;

	while ((hw_read(smmu->iommu.hw, SMMU_CMDQ_CONS) & SMMU_CMDQ_INDEX) !=
	       smmu->cmdq.prod) {
		if (smmu_cmdq_stopped(smmu)) {
			error = smmu_cmdq_recover(smmu, ep);
			first = first ?: error;
		}
		cpu_relax();
	}
	return first;
}

/* The queue is empty before and after, so there is always room. */
static u32 smmu_cmdq_submit(struct smmu *smmu, const struct smmu_cmd *cmds,
			    unsigned int count, struct mock_endpoint *ep)
{
	struct smmu_cmdq *cmdq = &smmu->cmdq;
	unsigned int i;
	u32 error;

	mutex_lock(&cmdq->lock);
	for (i = 0; i < count; i++)
		smmu_cmdq_put(cmdq, &cmds[i]);
	hw_write(smmu->iommu.hw, SMMU_CMDQ_PROD, cmdq->prod);
	error = smmu_cmdq_await(smmu, ep);
	mutex_unlock(&cmdq->lock);
	return error;
}

/**
 * smmu_batch_add() - add a command
 * @batch: what to add it to; submitted first if it has no room, or is about
 *	another endpoint
 * @ep: the endpoint that the command is about, or NULL
 * @qw0: its first word
 * @qw1: its second word
 */
void smmu_batch_add(struct smmu_batch *batch, struct mock_endpoint *ep, u64 qw0,
		    u64 qw1)
{
	/* the last one is for the CMD_SYNC */
	if (batch->count == SMMU_BATCH - 1 ||
	    (ep && batch->ep && ep != batch->ep))
		smmu_batch_sync(batch);
	if (ep)
		batch->ep = ep;
	batch->cmds[batch->count++] = (struct smmu_cmd){ { qw0, qw1 } };
}

/**
 * smmu_batch_sync() - have the commands executed
 * @batch: the commands; empty afterwards
 *
 * When this returns, no access uses what was invalidated, and what was recorded
 * or asked for meanwhile is in its queue. A device that does not answer is asked
 * some more times; then it is left at that: a driver of real hardware would have
 * to take the device off the bus before it lets the memory go, but endpoints
 * here do what they are told even if they do not say.
 */
void smmu_batch_sync(struct smmu_batch *batch)
{
	unsigned int tries = batch->once ? 1 : SMMU_CMDQ_TRIES;
	u32 error;

	if (!batch->count)
		return;
	batch->cmds[batch->count++] =
		(struct smmu_cmd){ { FIELD_PREP(SMMU_CMD_OP, SMMU_CMD_SYNC) } };
	do {
		error = smmu_cmdq_submit(batch->smmu, batch->cmds, batch->count,
					 batch->ep);
	} while (error && --tries);
	batch->error = batch->error ?: error;
	batch->count = 0;
	batch->ep = NULL;
}

/* Answers, for which a CMD_SYNC does not wait */
void smmu_cmdq_send(struct smmu *smmu, const struct smmu_cmd *cmd)
{
	smmu_cmdq_submit(smmu, cmd, 1, NULL);
}
