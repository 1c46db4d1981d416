// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtual command queues: command queues of a guest, in its memory, that the
 * hardware reads itself. Their registers are in a page that the guest writes at
 * any time, the read-only ones too: each is read once, and only what is kept
 * here is believed. Commands are fetched through the guest's stage 2 each time.
 *
 * A guest can invalidate what is its own: its VMID, and the streams it has.
 */
#include <linux/faultq.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "hw_smmu.h"

/* Commands of one queue before it is the next one's turn */
#define HW_VCMDQ_ROUND 256

#define HW_VCMDQ_ENABLED BIT(0)
#define HW_VCMDQ_ERROR BIT(0)

/**
 * struct hw_vcmdq - a virtual command queue
 * @present: it was added
 * @enabled: the guest enabled it
 * @late: a device TLB did not answer an invalidation: the next SYNC fails
 * @base: its address in guest memory
 * @mask: number of entries less one
 * @prod: PROD, as last read
 * @cons: CONS
 * @gerror: GERROR
 * @gerrorn: GERRORN, as last read
 */
struct hw_vcmdq {
	bool present;
	bool enabled;
	bool late;
	u64 base;
	u32 mask;
	u32 prod;
	u32 cons;
	u32 gerror;
	u32 gerrorn;
};

/**
 * struct hw_vintf - the virtual command queues of a guest
 * @smmu: the SMMU
 * @config: what it was made with
 * @stage2: where guest memory is, by the words of a stream table entry
 * @sids: physical by virtual stream ids
 * @lock: protects what follows, and is held while commands are executed
 * @queues: the queues
 */
struct hw_vintf {
	struct hw_smmu *smmu;
	struct hw_vintf_config config;
	struct hw_smmu_context stage2;
	struct xarray sids;
	struct mutex lock; /* all that follows */
	struct hw_vcmdq queues[FAULTQ_MAX_VCMDQS];
};

#define HW_VINTF_REGS (FAULTQ_MAX_VCMDQS * FAULTQ_VCMDQ_STRIDE)
static_assert(HW_VINTF_REGS <= PAGE_SIZE);

/**
 * hw_vintf_create() - give a guest virtual command queues, none at first
 * @hw: an SMMUv3, which outlives it
 * @config: see there
 *
 * Return: ERR_PTR(): -ENOMEM; -EINVAL for a stage 2 that cannot be.
 */
struct hw_vintf *hw_vintf_create(struct hw_iommu *hw,
				 const struct hw_vintf_config *config)
{
	struct hw_vintf *vintf = kzalloc(sizeof(*vintf), GFP_KERNEL_ACCOUNT);

	if (!vintf)
		return ERR_PTR(-ENOMEM);
	vintf->smmu = to_hw_smmu(hw);
	vintf->config = *config;
	vintf->stage2.ste[2] = config->ste[0];
	vintf->stage2.ste[3] = config->ste[1];
	if (hw_smmu_second(&vintf->stage2)) {
		kfree(vintf);
		return ERR_PTR(-EINVAL);
	}
	xa_init_flags(&vintf->sids, XA_FLAGS_ACCOUNT);
	mutex_init(&vintf->lock);
	return vintf;
}

/* No one calls hw_vintf_ring() any more. */
void hw_vintf_destroy(struct hw_vintf *vintf)
{
	xa_destroy(&vintf->sids);
	kfree(vintf);
}

/**
 * hw_vintf_map_sid() - let a guest name a stream
 * @vintf: the guest's queues
 * @vsid: how the guest names it
 * @sid: what it is
 *
 * Return: 0, -EBUSY for a name that is in use, -ENOMEM.
 */
int hw_vintf_map_sid(struct hw_vintf *vintf, u32 vsid, u32 sid)
{
	return xa_insert(&vintf->sids, vsid, xa_mk_value(sid),
			 GFP_KERNEL_ACCOUNT);
}

/* When this returns, no command names it any more. */
void hw_vintf_unmap_sid(struct hw_vintf *vintf, u32 vsid)
{
	mutex_lock(&vintf->lock);
	xa_erase(&vintf->sids, vsid);
	mutex_unlock(&vintf->lock);
}

static u32 *hw_vcmdq_reg(const struct hw_vintf *vintf, u32 index,
			 enum faultq_vcmdq_register reg)
{
	return vintf->config.regs + index * FAULTQ_VCMDQ_STRIDE + reg;
}

static u32 hw_vcmdq_read(const struct hw_vintf *vintf, u32 index,
			 enum faultq_vcmdq_register reg)
{
	return READ_ONCE(*hw_vcmdq_reg(vintf, index, reg));
}

/* What is read only to the guest is what it is again. */
static void hw_vcmdq_publish(const struct hw_vintf *vintf, u32 index)
{
	const struct hw_vcmdq *q = &vintf->queues[index];

	WRITE_ONCE(*hw_vcmdq_reg(vintf, index, FAULTQ_VCMDQ_GERROR), q->gerror);
	WRITE_ONCE(*hw_vcmdq_reg(vintf, index, FAULTQ_VCMDQ_STATUS),
		   q->enabled ? HW_VCMDQ_ENABLED : 0);
	/* what was done before is seen before it is told */
	smp_store_release(hw_vcmdq_reg(vintf, index, FAULTQ_VCMDQ_CONS),
			  q->cons);
}

/**
 * hw_vcmdq_add() - make a queue
 * @vintf: the guest's queues
 * @index: which one; there is none yet
 * @base: its address in guest memory, a multiple of @length
 * @length: bytes, a power of two from 32 on, for up to 2^19 commands
 *
 * It is disabled, and its registers are 0, before the guest enables it.
 */
void hw_vcmdq_add(struct hw_vintf *vintf, u32 index, u64 base, u64 length)
{
	mutex_lock(&vintf->lock);
	memset(hw_vcmdq_reg(vintf, index, 0), 0, FAULTQ_VCMDQ_STRIDE);
	vintf->queues[index] = (struct hw_vcmdq){
		.present = true,
		.base = base,
		.mask = (length >> SMMU_CMDQ_SHIFT) - 1,
	};
	mutex_unlock(&vintf->lock);
}

/* When this returns, the queue is not read any more. */
void hw_vcmdq_remove(struct hw_vintf *vintf, u32 index)
{
	mutex_lock(&vintf->lock);
	vintf->queues[index] = (struct hw_vcmdq){};
	hw_vcmdq_publish(vintf, index);
	mutex_unlock(&vintf->lock);
}

/*
 * Reads the next command, within one reading section: memory that was unmapped,
 * and invalidated, is not read.
 */
static bool hw_vcmdq_fetch(const struct hw_vintf *vintf,
			   const struct hw_vcmdq *q, struct smmu_cmd *cmd)
{
	const struct hw_request request = {
		.addr = q->base + ((q->cons & q->mask) << SMMU_CMDQ_SHIFT),
		.perm = HW_PERM_R,
	};
	struct rw_semaphore *access = &vintf->smmu->hw.access;
	struct hw_fault fault = {};
	struct hw_page page;
	bool done;

	down_read(access);
	done = !hw_walk(&vintf->stage2.second, &request, &page, &fault) &&
	       !hw_mem_read(page.frame | (request.addr & ~HW_PAGE_MASK), cmd,
			    sizeof(*cmd));
	up_read(access);
	return done;
}

static bool hw_vcmdq_translate_sid(struct hw_vintf *vintf, struct smmu_cmd *cmd)
{
	void *sid = xa_load(&vintf->sids, FIELD_GET(SMMU_CMD_SID, cmd->qw[0]));

	if (!sid)
		return false;
	cmd->qw[0] &= ~SMMU_CMD_SID;
	cmd->qw[0] |= FIELD_PREP(SMMU_CMD_SID, xa_to_value(sid));
	return true;
}

/*
 * Puts physical ids in the place of virtual ones; false for a command that such a
 * queue does not execute. Tegra241's executes these four for a guest; the guest's
 * driver puts all others into its ordinary command queue. The address that a
 * CMD_SYNC writes to would be physical.
 */
static bool hw_vcmdq_translate(struct hw_vintf *vintf, struct smmu_cmd *cmd)
{
	u64 vmid = FIELD_GET(SMMU_STE_S2VMID, vintf->config.ste[0]);

	switch (FIELD_GET(SMMU_CMD_OP, cmd->qw[0])) {
	case SMMU_CMD_TLBI_NH_ASID:
	case SMMU_CMD_TLBI_NH_VA:
		cmd->qw[0] &= ~SMMU_TLBI_VMID;
		cmd->qw[0] |= FIELD_PREP(SMMU_TLBI_VMID, vmid);
		return true;
	case SMMU_CMD_ATC_INV:
		return hw_vcmdq_translate_sid(vintf, cmd);
	case SMMU_CMD_SYNC:
		return FIELD_GET(SMMU_SYNC_CS, cmd->qw[0]) != SMMU_SYNC_CS_IRQ;
	}
	return false;
}

static u32 hw_vcmdq_step(struct hw_vintf *vintf, struct hw_vcmdq *q)
{
	struct smmu_cmd cmd;

	if (!hw_vcmdq_fetch(vintf, q, &cmd))
		return SMMU_CERROR_ABT;
	if (!hw_vcmdq_translate(vintf, &cmd))
		return SMMU_CERROR_ILL;
	return hw_smmu_execute(vintf->smmu, &cmd, &q->late);
}

static bool hw_vcmdq_stopped(const struct hw_vcmdq *q)
{
	return (q->gerror ^ q->gerrorn) & HW_VCMDQ_ERROR;
}

static void hw_vcmdq_stop(struct hw_vintf *vintf, struct hw_vcmdq *q,
			  u32 cerror)
{
	q->cons |= FIELD_PREP(SMMU_CMDQ_CONS_ERR, cerror);
	q->gerror ^= HW_VCMDQ_ERROR;
	atomic64_inc(&vintf->smmu->vcmdq_stops);
}

/* Takes as many commands as one round has; true if some are left. */
static bool hw_vcmdq_consume(struct hw_vintf *vintf, struct hw_vcmdq *q)
{
	u32 wrap = q->mask | (q->mask + 1), done = 0, cerror = 0;

	q->cons &= wrap;
	while (((q->prod ^ q->cons) & wrap) && done < HW_VCMDQ_ROUND) {
		cerror = hw_vcmdq_step(vintf, q);
		if (cerror) {
			hw_vcmdq_stop(vintf, q, cerror);
			break;
		}
		q->cons = (q->cons + 1) & wrap;
		done++;
	}
	atomic64_add(done, &vintf->smmu->vcmdq_commands);
	return !cerror && ((q->prod ^ q->cons) & wrap);
}

/*
 * Takes what the guest wrote. A queue begins anew when it is enabled, and does
 * not run while it is stopped. Return: whether any register changed.
 */
static bool hw_vcmdq_sample(struct hw_vintf *vintf, u32 index)
{
	struct hw_vcmdq *q = &vintf->queues[index];
	const struct hw_vcmdq old = *q;
	u32 config = hw_vcmdq_read(vintf, index, FAULTQ_VCMDQ_CONFIG);
	bool enable = config & HW_VCMDQ_ENABLED;

	q->gerrorn = hw_vcmdq_read(vintf, index, FAULTQ_VCMDQ_GERRORN) &
		     HW_VCMDQ_ERROR;
	q->prod = hw_vcmdq_read(vintf, index, FAULTQ_VCMDQ_PROD);
	if (enable && !q->enabled) {
		q->late = false;
		q->cons = 0;
		q->gerror = q->gerrorn;
	}
	q->enabled = enable;
	return q->prod != old.prod || q->gerrorn != old.gerrorn ||
	       q->enabled != old.enabled;
}

static bool hw_vintf_sample(struct hw_vintf *vintf)
{
	bool changed = false;
	u32 i;

	mutex_lock(&vintf->lock);
	for (i = 0; i < FAULTQ_MAX_VCMDQS; i++)
		if (vintf->queues[i].present)
			changed |= hw_vcmdq_sample(vintf, i);
	mutex_unlock(&vintf->lock);
	return changed;
}

/* One round of a queue; true if there is more. @stopped: it stopped in it */
static bool hw_vcmdq_serve(struct hw_vintf *vintf, u32 index, bool *stopped)
{
	struct hw_vcmdq *q = &vintf->queues[index];
	bool more = false;

	lockdep_assert_held(&vintf->lock);
	if (!q->present)
		return false;
	if (q->enabled && !hw_vcmdq_stopped(q)) {
		more = hw_vcmdq_consume(vintf, q);
		*stopped |= hw_vcmdq_stopped(q);
	}
	hw_vcmdq_publish(vintf, index);
	return more;
}

static void hw_vintf_error_map(const struct hw_vintf *vintf, u64 *map)
{
	u32 i;

	lockdep_assert_held(&vintf->lock);
	for (i = 0; i < FAULTQ_MAX_VCMDQS; i++)
		if (vintf->queues[i].enabled &&
		    hw_vcmdq_stopped(&vintf->queues[i]))
			map[i / 64] |= BIT_ULL(i % 64);
}

/* A queue that stopped may be gone by now. */
static void hw_vintf_report(struct hw_vintf *vintf)
{
	u64 map[2] = {};

	mutex_lock(&vintf->lock);
	hw_vintf_error_map(vintf, map);
	mutex_unlock(&vintf->lock);
	if (map[0] || map[1])
		vintf->config.error(vintf->config.data, map);
}

/*
 * One round of each queue; true if there is more. Those who add or remove a queue,
 * and other work, need not wait for more than the round of one queue.
 */
static bool hw_vintf_serve(struct hw_vintf *vintf)
{
	bool more = false, stopped = false;
	u32 i;

	for (i = 0; i < FAULTQ_MAX_VCMDQS; i++) {
		mutex_lock(&vintf->lock);
		more |= hw_vcmdq_serve(vintf, i, &stopped);
		mutex_unlock(&vintf->lock);
		cond_resched();
	}
	if (stopped)
		hw_vintf_report(vintf);
	return more;
}

/**
 * hw_vintf_ring() - the guest wrote registers
 * @vintf: its queues
 *
 * Takes what the registers are now, and does what they ask for: at most as many
 * commands as the queues can hold, whatever the guest writes meanwhile; for that
 * it is to be called again. The queues take turns, and may be added and removed
 * between these. May sleep; not to be called twice at once.
 *
 * Return: whether any register had changed.
 */
bool hw_vintf_ring(struct hw_vintf *vintf)
{
	bool changed = hw_vintf_sample(vintf);

	while (hw_vintf_serve(vintf))
		;
	return changed;
}
