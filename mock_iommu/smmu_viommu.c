// SPDX-License-Identifier: GPL-2.0-only
/*
 * The share that a VM has in an SMMUv3: the devices that it knows by stream ids of
 * its own, and the commands by which it invalidates, by ioctl or in queues of its
 * own.
 */
#include <linux/align.h>
#include <linux/err.h>
#include <linux/faultq.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/slab.h>

#include "faultq_driver.h"
#include "smmu_iommu.h"

static struct smmu_viommu *smmu_viommu_create(struct smmu *smmu)
{
	struct smmu_viommu *viommu;
	int vmid;

	viommu = kzalloc(sizeof(*viommu), GFP_KERNEL_ACCOUNT);
	if (!viommu)
		return NULL;
	vmid = ida_alloc_range(&smmu->iommu.dids, 1, U16_MAX, GFP_KERNEL);
	if (vmid < 0) {
		kfree(viommu);
		return NULL;
	}
	viommu->vmid = vmid;
	viommu->smmu = smmu;
	refcount_inc(&smmu->iommu.users);
	mutex_init(&viommu->lock);
	xa_init_flags(&viommu->vdevices, XA_FLAGS_ACCOUNT);
	return viommu;
}

static void smmu_viommu_free(struct smmu_viommu *viommu)
{
	if (viommu->vintf)
		hw_vintf_destroy(viommu->vintf);
	if (viommu->regs)
		__free_page(viommu->regs);
	xa_destroy(&viommu->vdevices);
	ida_free(&viommu->smmu->iommu.dids, viommu->vmid);
	mock_iommu_put(&viommu->smmu->iommu);
	kfree(viommu);
}

static const struct faultq_native_format smmu_vintf_format = {
	.type = FAULTQ_NATIVE_TEGRA241_CMDQV,
	.length = 2 * sizeof(u64),
};

/* &hw_vintf_config.error: called by the doorbell */
static void smmu_vintf_error(void *data, const u64 *map)
{
	const struct faultq_event_report report = {
		.type = FAULTQ_RECORD_QUEUE_ERROR,
		.reason = FAULTQ_REASON_QUEUE_STOPPED,
		.format = &smmu_vintf_format,
		.native = map,
	};

	faultq_report_viommu_event(data, &report);
}

static int smmu_vintf_create(struct smmu_viommu *smmu_viommu,
			     struct faultq_driver_viommu *viommu)
{
	struct hw_vintf_config config = {
		.error = smmu_vintf_error,
		.data = viommu,
	};
	struct hw_vintf *vintf;

	smmu_viommu->regs = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!smmu_viommu->regs)
		return -ENOMEM;
	config.regs = page_address(smmu_viommu->regs);
	smmu_ste_second_stage(to_mock_domain(viommu->parent), smmu_viommu->vmid,
			      config.ste);
	vintf = hw_vintf_create(smmu_viommu->smmu->iommu.hw, &config);
	if (IS_ERR(vintf))
		return PTR_ERR(vintf);
	smmu_viommu->vintf = vintf;
	viommu->doorbell = smmu_viommu->regs;
	return 0;
}

static int smmu_viommu_make(struct faultq_driver_viommu *viommu,
			    struct smmu *smmu)
{
	struct smmu_viommu *smmu_viommu = smmu_viommu_create(smmu);
	int ret = 0;

	if (!smmu_viommu)
		return -ENOMEM;
	if (viommu->type == FAULTQ_VIOMMU_TYPE_TEGRA241_CMDQV)
		ret = smmu_vintf_create(smmu_viommu, viommu);
	if (ret)
		smmu_viommu_free(smmu_viommu);
	else
		viommu->priv = smmu_viommu;
	return ret;
}

/*
 * &faultq_driver.viommu_init. A VIOMMU of no IOMMU in particular has virtual ids
 * and nothing else: a nested domain needs a VMID.
 */
static int smmu_viommu_init(struct faultq_driver_viommu *viommu,
			    struct device *dev)
{
	struct mock_endpoint *ep = dev_iommu_priv_get(dev);

	if (to_mock_domain(viommu->parent)->iommu != ep->iommu)
		return -EINVAL;
	switch (viommu->type) {
	case FAULTQ_VIOMMU_TYPE_DEFAULT:
		return 0;
	case FAULTQ_VIOMMU_TYPE_ARM_SMMUV3:
	case FAULTQ_VIOMMU_TYPE_TEGRA241_CMDQV:
		return smmu_viommu_make(viommu, to_smmu(ep->iommu));
	}
	return -EOPNOTSUPP;
}

/* &faultq_driver.viommu_destroy. Nothing that was made on it is left. */
static void smmu_viommu_destroy(struct faultq_driver_viommu *viommu)
{
	if (viommu->priv)
		smmu_viommu_free(viommu->priv);
}

static int smmu_vdevice_map(struct smmu_viommu *viommu, u32 vsid,
			    struct mock_endpoint *ep)
{
	int ret;

	lockdep_assert_held(&viommu->lock);
	ret = xa_insert(&viommu->vdevices, vsid, ep, GFP_KERNEL_ACCOUNT);
	if (ret || !viommu->vintf)
		return ret;
	ret = hw_vintf_map_sid(viommu->vintf, vsid, ep->config.rid);
	if (ret)
		xa_erase(&viommu->vdevices, vsid);
	return ret;
}

/* &faultq_driver.vdevice_init. The guest's stream ids have up to 32 bits. */
static int smmu_vdevice_init(struct faultq_driver_vdevice *vdevice)
{
	struct mock_endpoint *ep = dev_iommu_priv_get(vdevice->dev);
	struct smmu_viommu *viommu = vdevice->viommu->priv;
	int ret = 0;

	if (vdevice->virt_id > U32_MAX)
		return -EINVAL;
	vdevice->phys_id = ep->config.rid;
	if (!viommu)
		return 0;
	mutex_lock(&viommu->lock);
	ret = smmu_vdevice_map(viommu, vdevice->virt_id, ep);
	mutex_unlock(&viommu->lock);
	return ret;
}

/* &faultq_driver.vdevice_destroy: no command names the device afterwards. */
static void smmu_vdevice_destroy(struct faultq_driver_vdevice *vdevice)
{
	struct smmu_viommu *viommu = vdevice->viommu->priv;

	if (!viommu)
		return;
	if (viommu->vintf)
		hw_vintf_unmap_sid(viommu->vintf, vdevice->virt_id);
	mutex_lock(&viommu->lock);
	xa_erase(&viommu->vdevices, vdevice->virt_id);
	mutex_unlock(&viommu->lock);
}

/**
 * smmu_viommu_has() - does the guest have a stream id for an endpoint?
 * @viommu: the VIOMMU
 * @ep: the endpoint, whose instance is locked
 *
 * A VDEVICE may come and go at any time; the answer is for now.
 *
 * Return: true if it has.
 */
bool smmu_viommu_has(struct smmu_viommu *viommu, const struct mock_endpoint *ep)
{
	struct mock_endpoint *vdevice;
	unsigned long vsid;

	xa_for_each(&viommu->vdevices, vsid, vdevice)
		if (vdevice == ep)
			return true;
	return false;
}

/*
 * Of an invalidation by address, NUM, SCALE and TTL are RES0 without a granule;
 * with one, a single page without its level is a reserved combination, and level 1
 * has no pages of 16 KiB without IDR5.DS (SMMUv3 4.4.1.1).
 */
static bool smmu_cmd_range_ok(const struct smmu_cmd *cmd)
{
	bool range = cmd->qw[0] & (SMMU_TLBI_NUM | SMMU_TLBI_SCALE);
	u64 ttl = FIELD_GET(SMMU_TLBI_TTL, cmd->qw[1]);
	u64 tg = FIELD_GET(SMMU_TLBI_TG, cmd->qw[1]);

	if (!tg)
		return !range && !ttl;
	if (tg == SMMU_TG_16K && ttl == 1)
		return false;
	return range || ttl;
}

/**
 * struct smmu_cmd_rule - what a guest may put into a command
 * @allowed: bits that may be set
 * @ok: false if a field holds a reserved value; NULL if none can
 */
struct smmu_cmd_rule {
	struct smmu_cmd allowed;
	bool (*ok)(const struct smmu_cmd *cmd);
};

#define SMMU_RULE_VA0 \
	(SMMU_CMD_OP | SMMU_TLBI_VMID | SMMU_TLBI_NUM | SMMU_TLBI_SCALE)
#define SMMU_RULE_VA1 \
	(SMMU_TLBI_LEAF | SMMU_TLBI_TTL | SMMU_TLBI_TG | SMMU_TLBI_ADDR)

static bool smmu_cmd_atc_ok(const struct smmu_cmd *cmd)
{
	return FIELD_GET(SMMU_ATC_SIZE, cmd->qw[1]) <= SMMU_ATC_SIZE_ALL;
}

/*
 * A guest's command gets into the queue of all. One with a bit that is RES0, or a
 * reserved value, could stop it (CERROR_ILL), so it does not get there. Addresses
 * and ids that are out of range can do harm to none but the guest.
 */
static const struct smmu_cmd_rule smmu_cmd_rules[] = {
	[SMMU_CMD_TLBI_NSNH_ALL] = { { { SMMU_CMD_OP } } },
	[SMMU_CMD_TLBI_NH_ALL] = { { { SMMU_CMD_OP | SMMU_TLBI_VMID } } },
	[SMMU_CMD_TLBI_NH_ASID] = { { { SMMU_CMD_OP | SMMU_TLBI_VMID |
					SMMU_TLBI_ASID } } },
	[SMMU_CMD_TLBI_NH_VA] = { { { SMMU_RULE_VA0 | SMMU_TLBI_ASID,
				      SMMU_RULE_VA1 } },
				  smmu_cmd_range_ok },
	[SMMU_CMD_TLBI_NH_VAA] = { { { SMMU_RULE_VA0, SMMU_RULE_VA1 } },
				   smmu_cmd_range_ok },
	[SMMU_CMD_CFGI_CD] = { { { SMMU_CMD_OP | SMMU_CMD_SSID | SMMU_CMD_SID,
				   SMMU_CFGI_LEAF } } },
	[SMMU_CMD_CFGI_CD_ALL] = { { { SMMU_CMD_OP | SMMU_CMD_SID } } },
	[SMMU_CMD_ATC_INV] = { { { SMMU_CMD_OP | SMMU_CMD_SSV | SMMU_CMD_SSID |
					   SMMU_ATC_GLOBAL | SMMU_CMD_SID,
				   SMMU_ATC_SIZE | SMMU_ATC_ADDR } },
			       smmu_cmd_atc_ok },
};

static bool smmu_cmd_ok(const struct smmu_cmd *cmd)
{
	u64 op = FIELD_GET(SMMU_CMD_OP, cmd->qw[0]);
	const struct smmu_cmd_rule *rule;

	if (op >= ARRAY_SIZE(smmu_cmd_rules))
		return false;
	op = array_index_nospec(op, ARRAY_SIZE(smmu_cmd_rules));
	rule = &smmu_cmd_rules[op];
	if (cmd->qw[0] & ~rule->allowed.qw[0] ||
	    cmd->qw[1] & ~rule->allowed.qw[1])
		return false;
	return !rule->ok || rule->ok(cmd);
}

/* Puts the stream id of the device in that the guest means, which is @ep then. */
static int smmu_viommu_convert_sid(struct smmu_viommu *viommu,
				   struct smmu_cmd *cmd,
				   struct mock_endpoint **ep)
{
	*ep = xa_load(&viommu->vdevices, FIELD_GET(SMMU_CMD_SID, cmd->qw[0]));
	if (!*ep)
		return -EIO;
	cmd->qw[0] = (cmd->qw[0] & ~SMMU_CMD_SID) |
		     FIELD_PREP(SMMU_CMD_SID, (*ep)->config.rid);
	return 0;
}

/*
 * Makes a guest's command one of the host: with its VMID, or with the stream id of
 * a device. What the guest believes to be all of an SMMUv3 is all of its share.
 * Returns -EIO for a command that a guest may not give.
 */
static int smmu_viommu_convert(struct smmu_viommu *viommu, struct smmu_cmd *cmd,
			       struct mock_endpoint **ep)
{
	u64 vmid = FIELD_PREP(SMMU_TLBI_VMID, viommu->vmid);

	lockdep_assert_held(&viommu->lock);
	if (!smmu_cmd_ok(cmd))
		return -EIO;
	switch (FIELD_GET(SMMU_CMD_OP, cmd->qw[0])) {
	case SMMU_CMD_TLBI_NSNH_ALL:
		cmd->qw[0] = FIELD_PREP(SMMU_CMD_OP, SMMU_CMD_TLBI_NH_ALL) |
			     vmid;
		return 0;
	case SMMU_CMD_CFGI_CD:
	case SMMU_CMD_CFGI_CD_ALL:
	case SMMU_CMD_ATC_INV:
		return smmu_viommu_convert_sid(viommu, cmd, ep);
	}
	cmd->qw[0] = (cmd->qw[0] & ~SMMU_TLBI_VMID) | vmid;
	return 0;
}

static void smmu_viommu_describe(u32 error, const struct mock_endpoint *ep,
				 struct faultq_invalidate_result *told)
{
	told->error = error == SMMU_CERROR_ATC_INV_SYNC ?
			      FAULTQ_INVALIDATE_ITE :
			      FAULTQ_INVALIDATE_IQE;
	if (!ep)
		return;
	told->phys_id = ep->config.rid;
	told->phys_id_valid = true;
}

/*
 * Each command is followed by a CMD_SYNC of its own, which shows whose it is if it
 * fails. An error is reported and not repaired: the guest's driver repeats. A
 * command that does not get to the hardware is reported as an illegal one, which
 * the guest's queue stops at.
 */
static int smmu_viommu_execute(struct smmu_viommu *viommu,
			       const struct smmu_cmd *guest,
			       struct faultq_invalidate_result *told)
{
	struct smmu_batch batch = { .smmu = viommu->smmu, .once = true };
	struct mock_endpoint *ep = NULL;
	struct smmu_cmd cmd = *guest;
	int ret;

	lockdep_assert_held(&viommu->lock);
	ret = smmu_viommu_convert(viommu, &cmd, &ep);
	if (ret) {
		smmu_viommu_describe(SMMU_CERROR_ILL, NULL, told);
		return ret;
	}
	smmu_batch_add(&batch, ep, cmd.qw[0], cmd.qw[1]);
	smmu_batch_sync(&batch);
	if (!batch.error)
		return 0;
	smmu_viommu_describe(batch.error, ep, told);
	return -EIO;
}

/**
 * smmu_viommu_invalidate() - &faultq_driver.viommu_invalidate
 * @viommu: the VIOMMU
 * @inv: the guest's commands
 *
 * Return: 0; -EOPNOTSUPP for entries of another type; -EIO for a command that a
 * guest may not give or a stream id that it does not have, or if the hardware
 * stopped.
 */
static int smmu_viommu_invalidate(struct faultq_driver_viommu *viommu,
				  struct faultq_invalidation *inv)
{
	const struct smmu_cmd *cmds = inv->entries;
	struct smmu_viommu *smmu_viommu = viommu->priv;
	int ret = 0;

	inv->handled = 0;
	if (!smmu_viommu ||
	    inv->data_type != FAULTQ_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3)
		return -EOPNOTSUPP;
	mutex_lock(&smmu_viommu->lock);
	for (; inv->handled < inv->entry_num; inv->handled++) {
		ret = smmu_viommu_execute(smmu_viommu, &cmds[inv->handled],
					  &inv->results[inv->handled]);
		if (ret)
			break;
	}
	mutex_unlock(&smmu_viommu->lock);
	return ret;
}

/*
 * Tegra's hardware reads a queue by physical addresses: its memory is contiguous
 * and aligned to its length. The mock reads it through the parent at each fetch,
 * but refuses memory that the hardware could not use.
 */
static int smmu_hw_queue_check(const struct faultq_driver_hw_queue *queue)
{
	struct iommu_domain *parent = queue->viommu->parent;
	phys_addr_t first = iommu_iova_to_phys(parent, queue->base), now;
	bool contiguous = true;
	u64 offset;

	for (offset = 0; offset < queue->length; offset += HW_PAGE_SIZE) {
		now = iommu_iova_to_phys(parent, queue->base + offset);
		if (!now)
			return -ENOENT;
		contiguous &= now == first + offset;
	}
	if (!contiguous)
		return -EFAULT;
	return IS_ALIGNED(first, queue->length) ? 0 : -EINVAL;
}

/* &faultq_driver.hw_queue_init */
static int smmu_hw_queue_init(struct faultq_driver_hw_queue *queue)
{
	struct smmu_viommu *viommu = queue->viommu->priv;
	int ret;

	if (queue->type != FAULTQ_HW_QUEUE_TYPE_TEGRA241_CMDQV || !viommu ||
	    !viommu->vintf)
		return -EOPNOTSUPP;
	ret = smmu_hw_queue_check(queue);
	if (ret)
		return ret;
	hw_vcmdq_add(viommu->vintf, queue->index, queue->base, queue->length);
	return 0;
}

static void smmu_hw_queue_destroy(struct faultq_driver_hw_queue *queue)
{
	struct smmu_viommu *viommu = queue->viommu->priv;

	hw_vcmdq_remove(viommu->vintf, queue->index);
}

/* &faultq_driver.doorbell */
static bool smmu_doorbell(struct faultq_driver_viommu *viommu)
{
	struct smmu_viommu *smmu_viommu = viommu->priv;

	return hw_vintf_ring(smmu_viommu->vintf);
}

static const struct faultq_native_format *const smmu_native_formats[] = {
	&smmu_evtq_format,
	&smmu_cmdq_format,
	&smmu_vintf_format,
	NULL,
};

struct faultq_driver smmu_faultq_driver = {
	.owner = THIS_MODULE,
	.name = "mock_smmuv3",
	.reports_events = true,
	.native_formats = smmu_native_formats,
	.no_interrupts = true,
	.page_requests = mock_makes_requests,
	.drain = mock_request_drain,
	.viommu_init = smmu_viommu_init,
	.viommu_destroy = smmu_viommu_destroy,
	.vdevice_init = smmu_vdevice_init,
	.vdevice_destroy = smmu_vdevice_destroy,
	.viommu_alloc_nested = smmu_alloc_nested,
	.viommu_invalidate = smmu_viommu_invalidate,
	.hw_queues_in_order = true,
	.hw_queue_init = smmu_hw_queue_init,
	.hw_queue_destroy = smmu_hw_queue_destroy,
	.doorbell = smmu_doorbell,
};
