// SPDX-License-Identifier: GPL-2.0-only
/*
 * An endpoint: its place on the bus, its device TLB, its reset and removal.
 */
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "hw_model.h"

#define HW_DEVTLB_ENTRIES 64

/**
 * hw_endpoint_plug() - put an endpoint behind an IOMMU
 * @hw: the IOMMU
 * @config: what it can do
 *
 * Return: the endpoint, or ERR_PTR(): -EBUSY if the RID is taken, -ENOMEM.
 */
struct hw_endpoint *hw_endpoint_plug(struct hw_iommu *hw,
				     const struct hw_endpoint_config *config)
{
	struct hw_endpoint *ep;
	int ret;

	ep = kvzalloc(sizeof(*ep), GFP_KERNEL_ACCOUNT);
	if (!ep)
		return ERR_PTR(-ENOMEM);
	ep->hw = hw;
	ep->config = *config;
	ep->pri_enabled = config->pri;
	spin_lock_init(&ep->lock);
	init_waitqueue_head(&ep->wait);

	ret = hw_tlb_init(&ep->devtlb, HW_DEVTLB_ENTRIES);
	if (ret)
		goto err_free;
	ret = xa_insert(&hw->endpoints, config->rid, ep, GFP_KERNEL_ACCOUNT);
	if (ret)
		goto err_tlb;
	return ep;

err_tlb:
	hw_tlb_free(&ep->devtlb);
err_free:
	kvfree(ep);
	return ERR_PTR(ret);
}

/* Whatever waits for an answer gets @status. */
static void hw_endpoint_abandon(struct hw_endpoint *ep, u32 status)
{
	lockdep_assert_held(&ep->lock);
	hw_pri_abandon(ep, status, true);
	if (ep->config.stall)
		ep->hw->kind->stall_abandon(ep, status);
}

/**
 * hw_endpoint_unplug() - surprise removal
 * @ep: the endpoint
 *
 * When this returns it accesses no memory and sends nothing any more, and
 * nothing reaches it. All its waiting DMA ends; hw_endpoint_free() is for when
 * their callers have left.
 */
void hw_endpoint_unplug(struct hw_endpoint *ep)
{
	spin_lock(&ep->lock);
	WRITE_ONCE(ep->gone, true);
	hw_endpoint_abandon(ep, MOCK_IOMMU_DMA_GONE);
	spin_unlock(&ep->lock);
	wake_up_all(&ep->wait);

	/* Accesses that had not seen it end. */
	down_write(&ep->hw->access);
	up_write(&ep->hw->access);

	xa_erase(&ep->hw->endpoints, ep->config.rid);
	synchronize_rcu();
}

void hw_endpoint_free(struct hw_endpoint *ep)
{
	hw_tlb_free(&ep->devtlb);
	kvfree(ep);
}

/**
 * hw_endpoint_reset() - function level reset
 * @ep: the endpoint
 *
 * Ends its DMA, forgets its page requests and their answers, and lets it send
 * page requests again.
 */
void hw_endpoint_reset(struct hw_endpoint *ep)
{
	spin_lock(&ep->lock);
	WRITE_ONCE(ep->resets, ep->resets + 1);
	ep->pri_enabled = ep->config.pri;
	ep->log.head = ep->log.tail;
	ep->log.lost = 0;
	hw_endpoint_abandon(ep, MOCK_IOMMU_DMA_RESET);
	spin_unlock(&ep->lock);
	wake_up_all(&ep->wait);

	down_write(&ep->hw->access);
	hw_tlb_drop_all(&ep->devtlb);
	up_write(&ep->hw->access);
}

/**
 * hw_endpoint_misbehave() - let an endpoint go wrong
 * @ep: the endpoint
 * @what: of enum mock_iommu_misbehaviour
 * @nth: which occasion from now on is the first, from 1 on
 * @count: how many there are from it on; 0 for none any more
 */
void hw_endpoint_misbehave(struct hw_endpoint *ep, u32 what, u32 nth, u32 count)
{
	spin_lock(&ep->lock);
	ep->misbehaviours[what].skip = nth - 1;
	WRITE_ONCE(ep->misbehaviours[what].count, count);
	spin_unlock(&ep->lock);
}

/* An occasion is there: is it one of those? */
static bool hw_endpoint_misbehaves(struct hw_endpoint *ep, u32 what)
{
	struct hw_misbehaviour *misbehaviour = &ep->misbehaviours[what];
	bool yes = false;

	if (!READ_ONCE(misbehaviour->count))
		return false;
	spin_lock(&ep->lock);
	if (misbehaviour->skip && misbehaviour->count) {
		misbehaviour->skip--;
	} else if (misbehaviour->count) {
		WRITE_ONCE(misbehaviour->count, misbehaviour->count - 1);
		yes = true;
	}
	spin_unlock(&ep->lock);
	return yes;
}

/* What a translation is filed under in a device TLB. */
u32 hw_devtlb_id(bool has_pasid, u32 pasid)
{
	return has_pasid ? pasid + 1 : 0;
}

static enum hw_completion hw_endpoint_drop(struct hw_endpoint *ep,
					   const struct hw_tlb_scope *scope)
{
	if (hw_endpoint_misbehaves(ep, MOCK_IOMMU_INV_BAD_DESCRIPTOR)) {
		hw_tlb_drop_all(&ep->devtlb);
		return HW_COMPLETION_DAMAGED;
	}
	hw_tlb_drop(&ep->devtlb, scope);
	if (hw_endpoint_misbehaves(ep, MOCK_IOMMU_INV_TIMEOUT))
		return HW_COMPLETION_LATE;
	if (hw_endpoint_misbehaves(ep, MOCK_IOMMU_INV_BAD_COMPLETION))
		return HW_COMPLETION_WRONG;
	return HW_COMPLETION_OK;
}

/**
 * hw_devtlb_drop() - invalidate in the device TLB of an endpoint
 * @hw: the IOMMU
 * @rid: the endpoint; one that is gone has no device TLB, and is done
 * @scope: what is to be dropped
 *
 * The caller writes under hw_iommu.access. An endpoint that goes wrong here has
 * dropped what it was told to, and what is damaged on its way to it drops
 * everything: whatever software makes of the error, no memory is reached that
 * it has taken back.
 *
 * Return: how the endpoint completes it.
 */
enum hw_completion hw_devtlb_drop(struct hw_iommu *hw, u16 rid,
				  const struct hw_tlb_scope *scope)
{
	enum hw_completion completion = HW_COMPLETION_OK;
	struct hw_endpoint *ep;

	rcu_read_lock();
	ep = xa_load(&hw->endpoints, rid);
	if (ep && ep->config.ats)
		completion = hw_endpoint_drop(ep, scope);
	rcu_read_unlock();
	return completion;
}

/**
 * hw_endpoint_translate() - translate for an access
 * @ep: the endpoint
 * @source: its RID and perhaps a PASID
 * @request: what is to be translated
 * @page: where the translation goes
 * @fault: if it fails, the stage and the address; all 0 before
 *
 * The caller reads under hw_iommu.access.
 *
 * Return: 0 or a fault reason.
 */
u8 hw_endpoint_translate(struct hw_endpoint *ep, const struct hw_source *source,
			 const struct hw_request *request, struct hw_page *page,
			 struct hw_fault *fault)
{
	const struct hw_tlb_key key = {
		.addr = request->addr & HW_PAGE_MASK,
		.id = hw_devtlb_id(source->has_pasid, source->pasid),
		.priv = request->priv,
	};
	const struct hw_kind *kind = ep->hw->kind;
	u8 reason;

	if (!ep->config.ats)
		return kind->translate(ep->hw, source, false, request, page,
				       fault);
	if (hw_tlb_find(&ep->devtlb, &key, request->perm, page))
		return 0;
	reason = kind->translate(ep->hw, source, true, request, page, fault);
	if (!reason)
		hw_tlb_fill(&ep->devtlb, &key, page);
	return reason;
}

static u32 hw_endpoint_groups(const struct hw_endpoint *ep)
{
	u32 i, groups = 0;

	lockdep_assert_held(&ep->lock);
	for (i = 0; i < ARRAY_SIZE(ep->groups); i++)
		groups += ep->groups[i].whole;
	return groups;
}

/* Fills in what the endpoint counts and its state, all fields named out_. */
void hw_endpoint_stats(struct hw_endpoint *ep,
		       struct mock_iommu_endpoint_stats *stats)
{
	u32 size = stats->size, id = stats->endpoint_id;

	spin_lock(&ep->lock);
	*stats = ep->stats;
	stats->out_outstanding_requests = ep->outstanding;
	stats->out_outstanding_groups = hw_endpoint_groups(ep);
	if (ep->config.ats)
		stats->out_flags |= MOCK_IOMMU_ENDPOINT_ATS;
	if (ep->config.pri)
		stats->out_flags |= MOCK_IOMMU_ENDPOINT_PRI;
	if (ep->config.stall)
		stats->out_flags |= MOCK_IOMMU_ENDPOINT_STALL;
	if (ep->config.pri && !ep->pri_enabled)
		stats->out_flags |= MOCK_IOMMU_ENDPOINT_PRI_STOPPED;
	spin_unlock(&ep->lock);

	spin_lock(&ep->devtlb.lock);
	stats->out_devtlb_hits = ep->devtlb.hits;
	stats->out_devtlb_misses = ep->devtlb.misses;
	spin_unlock(&ep->devtlb.lock);

	stats->size = size;
	stats->endpoint_id = id;
}
