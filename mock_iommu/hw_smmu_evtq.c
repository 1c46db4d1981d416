// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events (7): what a record of a fault says, and where it goes.
 */
#include "hw_smmu.h"
#include "mock_trace.h"

/* These have a class, a stage and an input address (7.3.12 to 7.3.16). */
static bool hw_smmu_event_is_walk(u8 reason)
{
	return reason == SMMU_F_WALK_EABT ||
	       (reason >= SMMU_F_TRANSLATION && reason <= SMMU_F_PERMISSION);
}

static bool hw_smmu_event_is_fetch(u8 reason)
{
	return reason == SMMU_F_STE_FETCH || reason == SMMU_F_CD_FETCH ||
	       reason == SMMU_F_WALK_EABT || reason == SMMU_F_VMS_FETCH;
}

/* What the SMMU was about when it failed */
static u64 hw_smmu_event_class(u8 reason, const struct hw_fault *fault)
{
	if (fault->on_context)
		return FIELD_PREP(SMMU_EVT_CLASS, SMMU_CLASS_CD);
	if (fault->on_walk || reason == SMMU_F_WALK_EABT)
		return FIELD_PREP(SMMU_EVT_CLASS, SMMU_CLASS_TTD) |
		       SMMU_EVT_TTRNW;
	return FIELD_PREP(SMMU_EVT_CLASS, SMMU_CLASS_IN);
}

/**
 * hw_smmu_event() - the record of a fault
 * @source: who sent the transaction
 * @request: what it asked for
 * @reason: event id
 * @fault: where it failed
 * @event: where to put it
 */
void hw_smmu_event(const struct hw_source *source,
		   const struct hw_request *request, u8 reason,
		   const struct hw_fault *fault, struct smmu_event *event)
{
	u64 *qw = event->qw;

	qw[0] = FIELD_PREP(SMMU_EVT_ID, reason) |
		FIELD_PREP(SMMU_EVT_SID, source->rid);
	if (source->has_pasid)
		qw[0] |= SMMU_EVT_SSV |
			 FIELD_PREP(SMMU_EVT_SSID, source->pasid);
	qw[1] = 0;
	qw[2] = 0;
	qw[3] = 0;
	if (hw_smmu_event_is_walk(reason)) {
		qw[1] = hw_smmu_event_class(reason, fault) |
			(request->priv ? SMMU_EVT_PNU : 0) |
			(request->perm & HW_PERM_X ? SMMU_EVT_IND : 0) |
			(request->perm & HW_PERM_W ? 0 : SMMU_EVT_RNW) |
			(fault->stage == 2 ? SMMU_EVT_S2 : 0);
		qw[2] = request->addr;
		if (fault->stage == 2)
			qw[3] = fault->addr & SMMU_EVT_IPA;
	} else if (reason == SMMU_F_BAD_ATS_TREQ) {
		qw[2] = request->addr;
	}
	if (hw_smmu_event_is_fetch(reason))
		qw[3] = fault->fetch_addr & SMMU_EVT_FETCH_ADDR;
}

bool hw_smmu_evtq_put(struct hw_smmu *smmu, const struct smmu_event *event)
{
	trace_mock_smmu_event(smmu->hw.id, event);
	return hw_smmu_q_put(smmu, &smmu->evtq, event);
}

/* Do two records differ in nothing but where in a page the access was? */
static bool hw_smmu_event_similar(const struct smmu_event *a,
				  const struct smmu_event *b)
{
	return a->qw[0] == b->qw[0] && a->qw[1] == b->qw[1] &&
	       (a->qw[2] & HW_PAGE_MASK) == (b->qw[2] & HW_PAGE_MASK) &&
	       a->qw[3] == b->qw[3];
}

/*
 * With STE.MEV set similar records may be merged (5.2): one is not written while
 * the newest in the queue is like it.
 */
static bool hw_smmu_event_merge(struct hw_smmu *smmu,
				const struct smmu_event *event)
{
	struct smmu_event last;

	if (!hw_smmu_q_last(&smmu->evtq, &last) ||
	    !hw_smmu_event_similar(&last, event))
		return false;
	trace_mock_smmu_event(smmu->hw.id, event);
	return true;
}

/*
 * Stalls that were held for want of room come first: they cannot be dropped, and
 * a storm of other events must not keep them from the queue.
 */
static bool hw_smmu_evtq_offer(struct hw_smmu *smmu,
			       const struct smmu_event *event)
{
	return hw_smmu_stall_write_held(smmu) && hw_smmu_evtq_put(smmu, event);
}

/*
 * &hw_kind.record. Neither what Config aborts is recorded, nor what a context
 * descriptor with R = 0, or a stream table entry with S2R = 0, wants to be
 * silent about.
 */
void hw_smmu_record(struct hw_iommu *hw, const struct hw_source *source,
		    bool ats, const struct hw_request *request, u8 reason,
		    const struct hw_fault *fault)
{
	struct hw_smmu *smmu = to_hw_smmu(hw);
	struct smmu_event event;

	if (reason == SMMU_ABORTED || fault->silent)
		return;
	atomic64_inc(&smmu->faults);
	hw_smmu_event(source, request, reason, fault, &event);
	if (fault->merge && hw_smmu_event_merge(smmu, &event))
		return;
	if (!hw_smmu_evtq_offer(smmu, &event))
		hw_smmu_q_lose(smmu, &smmu->evtq);
}
