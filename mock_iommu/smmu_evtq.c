// SPDX-License-Identifier: GPL-2.0-only
/*
 * The event queue as software sees it. A stalled transaction becomes a page
 * request, a group of its own whose index is the STAG; everything else is
 * reported as an event.
 *
 * All of this is under mock_iommu.lock; see attach.c.
 */
#include <linux/faultq.h>

#include "faultq_driver.h"
#include "smmu_iommu.h"

/* What a stalled transaction is to do: @code is one of SMMU_RESUME_* */
void smmu_evtq_resume(struct smmu *smmu, u16 sid, u16 stag, u32 code)
{
	const struct smmu_cmd cmd = { {
		FIELD_PREP(SMMU_CMD_OP, SMMU_CMD_RESUME) |
			FIELD_PREP(SMMU_CMD_SID, sid) |
			FIELD_PREP(SMMU_RESUME_CODE, code),
		FIELD_PREP(SMMU_RESUME_STAG, stag),
	} };

	smmu_cmdq_send(smmu, &cmd);
}

static u32 smmu_evt_perm(const struct smmu_event *evt)
{
	return (evt->qw[1] & SMMU_EVT_RNW ? IOMMU_FAULT_PERM_READ :
					    IOMMU_FAULT_PERM_WRITE) |
	       (evt->qw[1] & SMMU_EVT_IND ? IOMMU_FAULT_PERM_EXEC : 0) |
	       (evt->qw[1] & SMMU_EVT_PNU ? IOMMU_FAULT_PERM_PRIV : 0);
}

static void smmu_evt_stall(struct smmu *smmu, const struct smmu_event *evt)
{
	u16 sid = FIELD_GET(SMMU_EVT_SID, evt->qw[0]);
	u16 stag = FIELD_GET(SMMU_EVT_STAG, evt->qw[1]);
	struct iommu_fault_page_request prm = {
		.flags = IOMMU_FAULT_PAGE_REQUEST_LAST_PAGE,
		.grpid = stag,
		.perm = smmu_evt_perm(evt),
		.addr = evt->qw[2] & HW_PAGE_MASK,
	};

	if (evt->qw[0] & SMMU_EVT_SSV) {
		prm.flags |= IOMMU_FAULT_PAGE_REQUEST_PASID_VALID;
		prm.pasid = FIELD_GET(SMMU_EVT_SSID, evt->qw[0]);
	}
	if (!mock_request_report(&smmu->iommu, sid, &prm))
		smmu_evtq_resume(smmu, sid, stag, SMMU_RESUME_ABORT);
}

/**
 * struct smmu_evt_meaning - what an event id says in words that fit every IOMMU
 * @reason: one of enum faultq_event_reason
 * @input: it is about a transaction, whose address and kind are told
 * @fetch: something could not be fetched, from the address in the last word
 */
struct smmu_evt_meaning {
	u16 reason;
	bool input;
	bool fetch;
};

static const struct smmu_evt_meaning smmu_evt_meanings[] = {
	[SMMU_C_BAD_STREAMID] = { FAULTQ_REASON_SOURCE_INVALID },
	[SMMU_F_STE_FETCH] = { FAULTQ_REASON_SOURCE_FETCH, .fetch = true },
	[SMMU_C_BAD_STE] = { FAULTQ_REASON_BAD_SOURCE_ENTRY },
	[SMMU_F_BAD_ATS_TREQ] = { FAULTQ_REASON_BLOCKED, .input = true },
	[SMMU_F_STREAM_DISABLED] = { FAULTQ_REASON_BLOCKED },
	[SMMU_C_BAD_SUBSTREAMID] = { FAULTQ_REASON_PASID_INVALID },
	[SMMU_F_CD_FETCH] = { FAULTQ_REASON_PASID_FETCH, .fetch = true },
	[SMMU_C_BAD_CD] = { FAULTQ_REASON_BAD_PASID_ENTRY },
	[SMMU_F_WALK_EABT] = { FAULTQ_REASON_WALK_EABT, .input = true,
			       .fetch = true },
	[SMMU_F_TRANSLATION] = { FAULTQ_REASON_PTE_FETCH, .input = true },
	[SMMU_F_ADDR_SIZE] = { FAULTQ_REASON_OOR_ADDRESS, .input = true },
	[SMMU_F_ACCESS] = { FAULTQ_REASON_ACCESS, .input = true },
	[SMMU_F_PERMISSION] = { FAULTQ_REASON_PERMISSION, .input = true },
	[SMMU_F_VMS_FETCH] = { FAULTQ_REASON_SOURCE_FETCH, .fetch = true },
};

/* Of a second stage it is the IPA that it was to translate. */
static void smmu_evt_describe(const struct smmu_event *evt,
			      struct faultq_event_report *report)
{
	static const struct smmu_evt_meaning unknown = {};
	u8 id = FIELD_GET(SMMU_EVT_ID, evt->qw[0]);
	const struct smmu_evt_meaning *meaning =
		id < ARRAY_SIZE(smmu_evt_meanings) ? &smmu_evt_meanings[id] :
						     &unknown;

	report->reason = meaning->reason;
	if (meaning->input) {
		report->flags |= FAULTQ_EVENT_ADDR_VALID;
		report->addr = evt->qw[2];
		report->perm = smmu_evt_perm(evt);
	}
	if (meaning->input && evt->qw[1] & SMMU_EVT_S2)
		report->flags |= FAULTQ_EVENT_STAGE2;
	if (meaning->fetch) {
		report->flags |= FAULTQ_EVENT_FETCH_ADDR_VALID;
		report->fetch_addr = evt->qw[3] & SMMU_EVT_FETCH_ADDR;
	} else if (report->flags & FAULTQ_EVENT_STAGE2) {
		report->flags |= FAULTQ_EVENT_FETCH_ADDR_VALID;
		report->fetch_addr = evt->qw[3] & SMMU_EVT_IPA;
	}
}

/*
 * &faultq_native_format.set_guest_ids. Where the guest owns the table of context
 * descriptors, the SubstreamIDs that the device sends are the guest's already, and
 * @ids has no PASID.
 */
static void smmu_evt_set_guest_ids(void *native,
				   const struct faultq_guest_ids *ids)
{
	struct smmu_event *evt = native;

	if (ids->virt_id_valid)
		u64p_replace_bits(&evt->qw[0], ids->virt_id, SMMU_EVT_SID);
	if (ids->pasid_valid)
		u64p_replace_bits(&evt->qw[0], ids->pasid, SMMU_EVT_SSID);
}

const struct faultq_native_format smmu_evtq_format = {
	.type = FAULTQ_NATIVE_ARM_SMMUV3,
	.length = sizeof(struct smmu_event),
	.set_guest_ids = smmu_evt_set_guest_ids,
};

static void smmu_evt_report(struct smmu *smmu, const struct smmu_event *evt)
{
	struct faultq_event_report report = {
		.type = FAULTQ_RECORD_FAULT,
		.format = &smmu_evtq_format,
		.native = evt,
	};

	if (evt->qw[0] & SMMU_EVT_SSV) {
		report.flags |= FAULTQ_EVENT_PASID_VALID;
		report.pasid = FIELD_GET(SMMU_EVT_SSID, evt->qw[0]);
	}
	smmu_evt_describe(evt, &report);
	mock_report_event(&smmu->iommu, FIELD_GET(SMMU_EVT_SID, evt->qw[0]),
			  &report);
}

static void smmu_evt_handle(struct smmu *smmu, const void *record)
{
	const struct smmu_event *evt = record;

	if (evt->qw[1] & SMMU_EVT_STALL)
		smmu_evt_stall(smmu, evt);
	else
		smmu_evt_report(smmu, evt);
}

/*
 * A stalled transaction keeps its event until there is room for it (SMMUv3 7.2):
 * only what needs no response is lost.
 */
static void smmu_evt_lost(struct smmu *smmu)
{
	mock_report_lost(&smmu->iommu, &smmu_evtq_format);
}

static unsigned int smmu_evtq_take(struct mock_iommu *iommu,
				   unsigned int budget)
{
	return smmu_queue_take(&to_smmu(iommu)->evtq, budget);
}

/* Nothing here fails; smmu_queue_free() may follow. */
void smmu_evtq_prepare(struct smmu *smmu)
{
	smmu->evtq = (struct smmu_queue){
		.smmu = smmu,
		.entries = smmu->iommu.config.evtq_entries,
		.shift = SMMU_EVTQ_SHIFT,
		.prod_reg = SMMU_EVTQ_PROD,
		.cons_reg = SMMU_EVTQ_CONS,
		.handle = smmu_evt_handle,
		.lost = smmu_evt_lost,
	};
	mock_poll_init(&smmu->evtq.poll, &smmu->iommu, "events",
		       smmu_evtq_take);
}

int smmu_evtq_init(struct smmu *smmu)
{
	return smmu_queue_init(&smmu->evtq, SMMU_EVTQ_BASE);
}

/*
 * Handles what is in the event queue, and the stalls that wait for room in it:
 * as slots become free, the hardware writes these before anything else.
 */
void smmu_evtq_drain(struct smmu *smmu)
{
	u32 stalls = FIELD_GET(SMMU_IDR5_STALL_MAX,
			       hw_read(smmu->iommu.hw, SMMU_IDR5));

	mock_poll_drain(&smmu->evtq.poll, smmu->evtq.entries + stalls + 1);
}
