// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ioctls by which instances and endpoints come, go and tell about them.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/string.h>

#include "control.h"
#include "mock.h"

#define MOCK_DEFAULT_PRI_CREDITS 32

int mock_ioctl_iommu_add(void *arg)
{
	struct mock_iommu_iommu_add *add = arg;
	struct mock_config config = {
		.kind = add->kind,
		.prq_entries = add->prq_entries,
		.no_sid = add->flags & MOCK_IOMMU_IOMMU_NO_SID,
		.fault_records = add->fault_records,
		.evtq_entries = add->evtq_entries,
	};
	struct mock_iommu *iommu;
	int ret;

	if (add->flags & ~MOCK_IOMMU_IOMMU_NO_SID || add->__reserved)
		return -EOPNOTSUPP;
	ret = mock_config_complete(&config);
	if (ret)
		return ret;

	iommu = mock_iommu_add(&config);
	if (IS_ERR(iommu))
		return PTR_ERR(iommu);
	add->prq_entries = config.prq_entries;
	add->fault_records = config.fault_records;
	add->evtq_entries = config.evtq_entries;
	add->out_iommu_id = iommu->id;
	strscpy_pad(add->out_name, iommu->name, sizeof(add->out_name));
	return 0;
}

void mock_undo_iommu_add(void *arg)
{
	const struct mock_iommu_iommu_add *add = arg;

	mock_iommu_remove(add->out_iommu_id);
}

int mock_ioctl_iommu_remove(void *arg)
{
	struct mock_iommu_iommu_remove *remove = arg;
	int ret;

	if (mutex_lock_interruptible(&mock_topology_lock))
		return -ERESTARTNOHAND;
	ret = mock_iommu_remove(remove->iommu_id);
	mutex_unlock(&mock_topology_lock);
	return ret;
}

int mock_ioctl_iommu_info(void *arg)
{
	struct mock_iommu_iommu_info *info = arg;
	struct mock_iommu *iommu;

	if (info->flags & ~MOCK_IOMMU_INFO_NEXT || info->__reserved)
		return -EOPNOTSUPP;
	iommu = info->flags & MOCK_IOMMU_INFO_NEXT ?
			mock_iommu_get_next(info->iommu_id) :
			mock_iommu_get(info->iommu_id);
	if (!iommu)
		return -ENOENT;
	info->iommu_id = iommu->id;
	info->out_kind = iommu->config.kind;
	info->out_prq_entries = iommu->config.prq_entries;
	info->out_nr_endpoints = READ_ONCE(iommu->nr_endpoints);
	info->out_address_width = MOCK_ADDRESS_WIDTH;
	strscpy_pad(info->out_name, iommu->name, sizeof(info->out_name));
	mock_iommu_put(iommu);
	return 0;
}

int mock_ioctl_iommu_stats(void *arg)
{
	struct mock_iommu_iommu_stats *stats = arg;
	struct mock_iommu *iommu;

	if (stats->flags)
		return -EOPNOTSUPP;
	iommu = mock_iommu_get(stats->iommu_id);
	if (!iommu)
		return -ENOENT;
	mutex_lock(&iommu->lock);
	stats->out_prq_handled = iommu->prq_handled;
	stats->out_prq_rejected = iommu->prq_rejected;
	mutex_unlock(&iommu->lock);
	stats->out_faults_handled = atomic64_read(&iommu->faults_handled);
	stats->out_faults_unclaimed = atomic64_read(&iommu->faults_unclaimed);
	stats->out_stalls = 0;
	stats->out_vcmdq_commands = 0;
	stats->out_vcmdq_errors = 0;
	hw_iommu_stats(iommu->hw, stats);
	mock_iommu_put(iommu);
	return 0;
}

int mock_ioctl_iommu_irq(void *arg)
{
	struct mock_iommu_iommu_irq *irq = arg;
	struct mock_iommu *iommu;

	if (irq->flags)
		return -EOPNOTSUPP;
	if (irq->masked > 1)
		return -EINVAL;
	iommu = mock_iommu_get(irq->iommu_id);
	if (!iommu)
		return -ENOENT;
	iommu->kind->mask(iommu, irq->masked);
	mock_iommu_put(iommu);
	return 0;
}

#define MOCK_ENDPOINT_FLAGS                                  \
	(MOCK_IOMMU_ENDPOINT_ATS | MOCK_IOMMU_ENDPOINT_PRI | \
	 MOCK_IOMMU_ENDPOINT_STALL)

/*
 * Page requests are for pages that a translation request did not find, stalls
 * for those who make no translation requests.
 */
static int mock_endpoint_add_check(struct mock_iommu_endpoint_add *add)
{
	u32 pri = add->flags & MOCK_IOMMU_ENDPOINT_PRI;
	u32 ats = add->flags & MOCK_IOMMU_ENDPOINT_ATS;

	if (add->flags & ~MOCK_ENDPOINT_FLAGS || add->__reserved)
		return -EOPNOTSUPP;
	if ((pri && !ats) || (ats && add->flags & MOCK_IOMMU_ENDPOINT_STALL))
		return -EINVAL;
	if (pri && !add->pri_credits)
		add->pri_credits = MOCK_DEFAULT_PRI_CREDITS;
	if (add->rid > U16_MAX || add->pasid_bits > MOCK_IOMMU_MAX_PASID_BITS ||
	    add->pri_credits > (pri ? MOCK_IOMMU_MAX_PRI_CREDITS : 0))
		return -EINVAL;
	return 0;
}

static int mock_endpoint_check_resv(const struct mock_iommu_endpoint_add *add)
{
	u64 last;

	if (add->resv_type > MOCK_IOMMU_RESV_DIRECT_RELAXABLE ||
	    add->__reserved2)
		return -EOPNOTSUPP;
	if (!add->resv_type)
		return add->resv_start || add->resv_length ? -EINVAL : 0;
	if (!add->resv_length ||
	    (add->resv_start | add->resv_length) & ~PAGE_MASK ||
	    check_add_overflow(add->resv_start, add->resv_length - 1, &last))
		return -EINVAL;
	return 0;
}

int mock_ioctl_endpoint_add(void *arg)
{
	struct mock_iommu_endpoint_add *add = arg;
	struct hw_endpoint_config config = {};
	struct mock_resv resv;
	struct mock_endpoint *ep;
	struct mock_iommu *iommu;
	int ret;

	ret = mock_endpoint_add_check(add) ?: mock_endpoint_check_resv(add);
	if (ret)
		return ret;
	resv = (struct mock_resv){
		.type = add->resv_type,
		.start = add->resv_start,
		.length = add->resv_length,
	};
	config.rid = add->rid;
	config.pasid_bits = add->pasid_bits;
	config.credits = add->pri_credits;
	config.ats = add->flags & MOCK_IOMMU_ENDPOINT_ATS;
	config.pri = add->flags & MOCK_IOMMU_ENDPOINT_PRI;
	config.stall = add->flags & MOCK_IOMMU_ENDPOINT_STALL;

	/* under the lock an instance that is found is registered, and stays */
	lockdep_assert_held(&mock_topology_lock);
	iommu = mock_iommu_get(add->iommu_id);
	if (!iommu)
		return -ENOENT;
	if (config.stall && iommu->config.kind != MOCK_IOMMU_KIND_SMMUV3)
		ep = ERR_PTR(-EINVAL);
	else
		ep = mock_endpoint_add(iommu, &config, &resv);
	mock_iommu_put(iommu);
	if (IS_ERR(ep))
		return PTR_ERR(ep);
	add->out_endpoint_id = ep->id;
	strscpy_pad(add->out_name, ep->name, sizeof(add->out_name));
	return 0;
}

void mock_undo_endpoint_add(void *arg)
{
	const struct mock_iommu_endpoint_add *add = arg;

	mock_endpoint_remove(add->out_endpoint_id);
}

int mock_ioctl_endpoint_remove(void *arg)
{
	struct mock_iommu_endpoint_remove *remove = arg;
	int ret;

	if (mutex_lock_interruptible(&mock_topology_lock))
		return -ERESTARTNOHAND;
	ret = mock_endpoint_remove(remove->endpoint_id);
	mutex_unlock(&mock_topology_lock);
	return ret;
}

int mock_ioctl_endpoint_info(void *arg)
{
	struct mock_iommu_endpoint_info *info = arg;
	struct mock_iommu_endpoint_stats stats = {};
	struct mock_endpoint *ep;

	if (info->flags & ~MOCK_IOMMU_INFO_NEXT)
		return -EOPNOTSUPP;
	ep = info->flags & MOCK_IOMMU_INFO_NEXT ?
		     mock_endpoint_get_next(info->endpoint_id) :
		     mock_endpoint_get(info->endpoint_id);
	if (!ep)
		return -ENOENT;
	hw_endpoint_stats(ep->hw, &stats);
	info->endpoint_id = ep->id;
	info->out_iommu_id = ep->iommu->id;
	info->out_flags = stats.out_flags;
	info->out_rid = ep->config.rid;
	info->out_pasid_bits = ep->config.pasid_bits;
	info->out_pri_credits = ep->config.credits;
	strscpy_pad(info->out_name, ep->name, sizeof(info->out_name));
	mock_endpoint_put(ep);
	return 0;
}

int mock_ioctl_endpoint_stats(void *arg)
{
	struct mock_iommu_endpoint_stats *stats = arg;
	struct mock_endpoint *ep;

	if (stats->flags)
		return -EOPNOTSUPP;
	ep = mock_endpoint_get(stats->endpoint_id);
	if (!ep)
		return -ENOENT;
	hw_endpoint_stats(ep->hw, stats);
	mock_endpoint_put(ep);
	return 0;
}
