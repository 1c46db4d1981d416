// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stalled transactions (3.12.2, 4.6): held until software has answered by
 * CMD_RESUME. The event of one is not lost if the event queue is full; it is
 * written when there is room (7.2).
 *
 * A STAG that software was told of stays taken until it has answered, even if
 * the endpoint is reset or goes: what comes late can never be taken for the
 * answer to another transaction.
 */
#include <linux/rcupdate.h>

#include "hw_smmu.h"

void hw_smmu_stalls_init(struct hw_smmu_stalls *stalls)
{
	spin_lock_init(&stalls->lock);
	init_waitqueue_head(&stalls->room);
}

static u32 hw_smmu_stall_sid(const struct hw_smmu_stall *stall)
{
	return FIELD_GET(SMMU_EVT_SID, stall->event.qw[0]);
}

static int hw_smmu_stall_find(struct hw_smmu_stalls *stalls)
{
	u32 i, tag;

	lockdep_assert_held(&stalls->lock);
	for (i = 0; i < HW_SMMU_STALLS; i++) {
		tag = (stalls->next + i) % HW_SMMU_STALLS;
		if (stalls->tags[tag].state == HW_SMMU_STALL_FREE) {
			stalls->next = tag + 1;
			return tag;
		}
	}
	return -EAGAIN;
}

static void hw_smmu_stall_free(struct hw_smmu_stalls *stalls,
			       struct hw_smmu_stall *stall)
{
	lockdep_assert_held(&stalls->lock);
	if (stall->state == HW_SMMU_STALL_HELD)
		WRITE_ONCE(stalls->held, stalls->held - 1);
	stall->state = HW_SMMU_STALL_FREE;
	WRITE_ONCE(stalls->used, stalls->used - 1);
	wake_up_all(&stalls->room);
}

static void hw_smmu_stall_release(struct hw_smmu_stall *stall, u32 status)
{
	if (!stall->wait)
		return;
	stall->wait->status = status;
	complete(&stall->wait->done);
	stall->wait = NULL;
	stall->ep = NULL;
}

/* No one waits any more; what software was told of it has yet to answer. */
static void hw_smmu_stall_leave(struct hw_smmu_stalls *stalls,
				struct hw_smmu_stall *stall)
{
	lockdep_assert_held(&stalls->lock);
	stall->wait = NULL;
	stall->ep = NULL;
	if (stall->state == HW_SMMU_STALL_HELD)
		hw_smmu_stall_free(stalls, stall);
}

static void hw_smmu_stall_tell(struct hw_smmu *smmu,
			       struct hw_smmu_stall *stall)
{
	lockdep_assert_held(&smmu->stalls.lock);
	if (!hw_smmu_evtq_put(smmu, &stall->event))
		return;
	stall->state = HW_SMMU_STALL_TOLD;
	WRITE_ONCE(smmu->stalls.held, smmu->stalls.held - 1);
}

/* STAGs are taken in turn, so the oldest is the first one after the youngest. */
static void hw_smmu_stall_write_oldest(struct hw_smmu *smmu)
{
	struct hw_smmu_stalls *stalls = &smmu->stalls;
	struct hw_smmu_stall *stall;
	u32 i;

	lockdep_assert_held(&stalls->lock);
	for (i = 0; stalls->held && i < HW_SMMU_STALLS; i++) {
		stall = &stalls->tags[(stalls->next + i) % HW_SMMU_STALLS];
		if (stall->state != HW_SMMU_STALL_HELD)
			continue;
		hw_smmu_stall_tell(smmu, stall);
		if (stall->state == HW_SMMU_STALL_HELD)
			break;
	}
}

static int hw_smmu_stall_take(struct hw_smmu *smmu, struct hw_endpoint *ep,
			      const struct smmu_event *event,
			      struct hw_wait *wait)
{
	struct hw_smmu_stalls *stalls = &smmu->stalls;
	struct hw_smmu_stall *stall;
	int tag = hw_smmu_stall_find(stalls);

	if (tag < 0)
		return tag;
	stall = &stalls->tags[tag];
	stall->state = HW_SMMU_STALL_HELD;
	stall->wait = wait;
	stall->ep = ep;
	stall->event = *event;
	stall->event.qw[1] |= SMMU_EVT_STALL | FIELD_PREP(SMMU_EVT_STAG, tag);
	wait->index = tag;
	WRITE_ONCE(stalls->used, stalls->used + 1);
	WRITE_ONCE(stalls->held, stalls->held + 1);
	stalls->stalled++;
	if (stalls->held == 1)
		hw_smmu_stall_tell(smmu, stall);
	else
		hw_smmu_stall_write_oldest(smmu);
	return 1;
}

/* &hw_kind.stall */
int hw_smmu_stall(struct hw_endpoint *ep, const struct hw_source *source,
		  const struct hw_request *request, u8 reason,
		  const struct hw_fault *fault, struct hw_wait *wait)
{
	struct hw_smmu *smmu = to_hw_smmu(ep->hw);
	struct smmu_event event;
	int ret = 0;

	init_completion(&wait->done);
	wait->status = 0;
	hw_smmu_event(source, request, reason, fault, &event);
	spin_lock(&ep->lock);
	if (ep->gone)
		wait->status = MOCK_IOMMU_DMA_GONE;
	else if (ep->resets != wait->resets)
		wait->status = MOCK_IOMMU_DMA_RESET;
	if (!wait->status) {
		spin_lock(&smmu->stalls.lock);
		ret = hw_smmu_stall_take(smmu, ep, &event, wait);
		spin_unlock(&smmu->stalls.lock);
	}
	spin_unlock(&ep->lock);
	return ret;
}

/* &hw_kind.stall_cancel */
bool hw_smmu_stall_cancel(struct hw_endpoint *ep, struct hw_wait *wait)
{
	struct hw_smmu_stalls *stalls = &to_hw_smmu(ep->hw)->stalls;
	struct hw_smmu_stall *stall = &stalls->tags[wait->index];
	bool waiting;

	spin_lock(&stalls->lock);
	waiting = stall->wait == wait;
	if (waiting)
		hw_smmu_stall_leave(stalls, stall);
	spin_unlock(&stalls->lock);
	return waiting;
}

/* A STAG is free, or to stall has become pointless. */
static bool hw_smmu_stall_may(struct hw_endpoint *ep, u32 resets)
{
	struct hw_smmu_stalls *stalls = &to_hw_smmu(ep->hw)->stalls;

	return READ_ONCE(stalls->used) < HW_SMMU_STALLS ||
	       READ_ONCE(ep->gone) || READ_ONCE(ep->resets) != resets;
}

/* &hw_kind.stall_wait */
int hw_smmu_stall_wait(struct hw_endpoint *ep, u32 resets)
{
	struct hw_smmu_stalls *stalls = &to_hw_smmu(ep->hw)->stalls;

	return wait_event_interruptible(stalls->room,
					hw_smmu_stall_may(ep, resets));
}

/* &hw_kind.stall_abandon. The endpoint's lock is held, as when one is stalled */
void hw_smmu_stall_abandon(struct hw_endpoint *ep, u32 status)
{
	struct hw_smmu_stalls *stalls = &to_hw_smmu(ep->hw)->stalls;
	u32 i;

	lockdep_assert_held(&ep->lock);
	spin_lock(&stalls->lock);
	for (i = 0; i < HW_SMMU_STALLS; i++) {
		struct hw_smmu_stall *stall = &stalls->tags[i];

		if (stall->ep != ep)
			continue;
		hw_smmu_stall_release(stall, status);
		hw_smmu_stall_leave(stalls, stall);
	}
	wake_up_all(&stalls->room);
	spin_unlock(&stalls->lock);
}

/**
 * hw_smmu_stall_write_held() - write the events of stalls that wait for room
 * @smmu: the SMMU, whose event queue may have room again
 *
 * Return: true if all of them are written.
 */
bool hw_smmu_stall_write_held(struct hw_smmu *smmu)
{
	struct hw_smmu_stalls *stalls = &smmu->stalls;
	bool all;

	if (!READ_ONCE(stalls->held))
		return true;
	spin_lock(&stalls->lock);
	hw_smmu_stall_write_oldest(smmu);
	all = !stalls->held;
	spin_unlock(&stalls->lock);
	return all;
}

static void hw_smmu_stall_unexpected(struct hw_smmu *smmu, u32 sid)
{
	struct hw_endpoint *ep;

	rcu_read_lock();
	ep = xa_load(&smmu->hw.endpoints, sid);
	if (ep) {
		spin_lock(&ep->lock);
		ep->stats.out_unexpected++;
		spin_unlock(&ep->lock);
	}
	rcu_read_unlock();
}

/*
 * CMD_RESUME; false if it is malformed. It has no effect if there is no such
 * transaction (4.6.1). An endpoint cannot tell TERM from ABORT.
 */
bool hw_smmu_resume(struct hw_smmu *smmu, const struct smmu_cmd *cmd)
{
	u32 tag = FIELD_GET(SMMU_RESUME_STAG, cmd->qw[1]);
	u32 code = FIELD_GET(SMMU_RESUME_CODE, cmd->qw[0]);
	u32 sid = FIELD_GET(SMMU_CMD_SID, cmd->qw[0]);
	struct hw_smmu_stalls *stalls = &smmu->stalls;
	struct hw_smmu_stall *stall;
	bool expected = false;

	if (code > SMMU_RESUME_ABORT)
		return false;
	spin_lock(&stalls->lock);
	stall = tag < HW_SMMU_STALLS ? &stalls->tags[tag] : NULL;
	if (stall && stall->state == HW_SMMU_STALL_TOLD &&
	    hw_smmu_stall_sid(stall) == sid) {
		expected = stall->wait;
		hw_smmu_stall_release(stall, code == SMMU_RESUME_RETRY ?
						     MOCK_IOMMU_DMA_OK :
						     MOCK_IOMMU_DMA_INVALID);
		hw_smmu_stall_free(stalls, stall);
	}
	spin_unlock(&stalls->lock);
	if (!expected)
		hw_smmu_stall_unexpected(smmu, sid);
	return true;
}

/* CMD_STALL_TERM: ends all that is stalled of a stream, and frees its STAGs. */
void hw_smmu_stall_term(struct hw_smmu *smmu, u32 sid)
{
	struct hw_smmu_stalls *stalls = &smmu->stalls;
	u32 i;

	spin_lock(&stalls->lock);
	for (i = 0; i < HW_SMMU_STALLS; i++) {
		struct hw_smmu_stall *stall = &stalls->tags[i];

		if (stall->state == HW_SMMU_STALL_FREE ||
		    hw_smmu_stall_sid(stall) != sid)
			continue;
		hw_smmu_stall_release(stall, MOCK_IOMMU_DMA_INVALID);
		hw_smmu_stall_free(stalls, stall);
	}
	spin_unlock(&stalls->lock);
}
