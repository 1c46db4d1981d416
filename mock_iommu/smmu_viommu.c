// SPDX-License-Identifier: GPL-2.0-only
/*
 * The share that a VM has in an SMMUv3: the devices that it knows by stream ids
 * of its own, and the commands by which it invalidates, by ioctl or in queues of its own.
 */
#include <linux/err.h>
#include <linux/faultq.h>
#include <linux/mm.h>
#include <linux/module.h>
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

/*
 * Makes a guest's command one of the host: with its VMID, and with the stream id
 * of the device that the guest means, which is @ep then. What the guest believes
 * to be all of an SMMUv3 is all of its share.
 */
static int smmu_viommu_convert(struct smmu_viommu *viommu, struct smmu_cmd *cmd,
			       struct mock_endpoint **ep)
{
	u64 vmid = FIELD_PREP(SMMU_TLBI_VMID, viommu->vmid);

	lockdep_assert_held(&viommu->lock);
	switch (FIELD_GET(SMMU_CMD_OP, cmd->qw[0])) {
	case SMMU_CMD_TLBI_NSNH_ALL:
		*cmd = (struct smmu_cmd){ {
			FIELD_PREP(SMMU_CMD_OP, SMMU_CMD_TLBI_NH_ALL) | vmid,
		} };
		return 0;
	case SMMU_CMD_TLBI_NH_ALL:
	case SMMU_CMD_TLBI_NH_ASID:
	case SMMU_CMD_TLBI_NH_VA:
	case SMMU_CMD_TLBI_NH_VAA:
		cmd->qw[0] = (cmd->qw[0] & ~SMMU_TLBI_VMID) | vmid;
		return 0;
	case SMMU_CMD_CFGI_CD:
	case SMMU_CMD_CFGI_CD_ALL:
	case SMMU_CMD_ATC_INV:
		*ep = xa_load(&viommu->vdevices,
			      FIELD_GET(SMMU_CMD_SID, cmd->qw[0]));
		if (!*ep)
			return -EINVAL;
		cmd->qw[0] = (cmd->qw[0] & ~SMMU_CMD_SID) |
			     FIELD_PREP(SMMU_CMD_SID, (*ep)->config.rid);
		return 0;
	}
	return -EINVAL;
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
 * Each command is followed by a CMD_SYNC of its own, which tells whose it is if
 * it fails. An error is told and not repaired: the guest's driver repeats.
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
	if (ret)
		return ret;
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
 * Return: 0; -EOPNOTSUPP for entries of another type; -EINVAL for a command that
 * a guest may not give or a stream id that it does not have; -EIO if the
 * hardware stopped.
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

/* &faultq_driver.hw_queue_init */
static int smmu_hw_queue_init(struct faultq_driver_hw_queue *queue)
{
	struct smmu_viommu *viommu = queue->viommu->priv;

	if (queue->type != FAULTQ_HW_QUEUE_TYPE_TEGRA241_CMDQV || !viommu ||
	    !viommu->vintf)
		return -EOPNOTSUPP;
	if (!iommu_iova_to_phys(queue->viommu->parent, queue->base))
		return -ENOENT;
	hw_vcmdq_add(viommu->vintf, queue->index, queue->base, queue->length);
	return 0;
}

static void smmu_hw_queue_destroy(struct faultq_driver_hw_queue *queue)
{
	struct smmu_viommu *viommu = queue->viommu->priv;

	hw_vcmdq_remove(viommu->vintf, queue->index);
}

/* &faultq_driver.doorbell */
static void smmu_doorbell(struct faultq_driver_viommu *viommu)
{
	struct smmu_viommu *smmu_viommu = viommu->priv;

	hw_vintf_ring(smmu_viommu->vintf);
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
	.page_requests = mock_makes_requests,
	.drain = mock_request_drain,
	.viommu_init = smmu_viommu_init,
	.viommu_destroy = smmu_viommu_destroy,
	.vdevice_init = smmu_vdevice_init,
	.vdevice_destroy = smmu_vdevice_destroy,
	.viommu_alloc_nested = smmu_alloc_nested,
	.viommu_invalidate = smmu_viommu_invalidate,
	.hw_queue_init = smmu_hw_queue_init,
	.hw_queue_destroy = smmu_hw_queue_destroy,
	.doorbell = smmu_doorbell,
};
