// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is said at the end: how often what happened, and what was done.
 */
#include "run.h"

#define NR(value) ((unsigned long long)(value))

static void tell_dmas(struct soak *soak, bool long_run)
{
	/* those of a Response Failure come of a kernel without memory */
	static const char *const statuses[] = {
		"DMA done",	  "DMA not answered", NULL,
		"DMA blocked",	  "DMA got nowhere",  NULL,
		"device gone",	  "device reset",     "DMA interrupted",
		"memory differs",
	};
	int i;

	for (i = 0; i < SOAK_STATUSES; i++)
		if (statuses[i])
			report_happened(&soak->report, statuses[i],
					soak->dma_ended[i], long_run);
}

static void tell_happenings(struct soak *soak, bool long_run)
{
	const struct faultq_stats *iopf = &soak->books.iopf;
	const struct faultq_stats *event = &soak->books.event;
	const struct mock_iommu_iommu_stats *hardware = &soak->hardware;
	const struct {
		const char *what;
		__u64 times;
	} all[] = {
		{ "groups answered", iopf->answered },
		{ "groups timed out", iopf->timed_out },
		{ "groups overdue", iopf->overdue },
		{ "groups revoked", iopf->revoked },
		{ "groups refused", iopf->refused },
		{ "responses refused", iopf->bad_responses },
		{ "events published", event->published },
		{ "events delivered", soak->delivered },
		{ "events lost in a full ring", event->lost_full },
		{ "events overwritten", event->lost_overwritten },
		{ "faults raised", hardware->out_faults_raised },
		{ "faults lost by the hardware", hardware->out_faults_lost },
		{ "faults no one has a QUEUE for",
		  hardware->out_faults_unclaimed },
		{ "stalls", hardware->out_stalls },
		{ "errors of queues", hardware->out_inv_errors },
		{ "commands of HW_QUEUEs", hardware->out_vcmdq_commands },
		{ "HW_QUEUEs stopped", hardware->out_vcmdq_errors },
		{ "workers killed", soak->kills },
	};
	unsigned int i;

	tell_dmas(soak, long_run);
	for (i = 0; i < sizeof(all) / sizeof(*all); i++)
		report_happened(&soak->report, all[i].what, all[i].times,
				long_run);
}

void tell(struct soak *soak, bool long_run)
{
	const struct plan none = { .kind = MOCK_IOMMU_KIND_VTD };
	const struct faultq_stats *read_out = &soak->read_out;

	report_deeds(&soak->report, &none, soak->visits);
	report_deeds(&soak->report, &none, soak->looks);
	report_deeds(&soak->report, &none, soak->doors);
	FIGURE("%u rounds, %u workers (%u killed), %u rings, %u regions at once",
	       soak->report.round, soak->workers, soak->kills,
	       soak->books.rings, soak->most_rings);
	FIGURE("read to the end: %llu published, %llu delivered, %llu overwritten",
	       NR(read_out->published), NR(soak->read_events),
	       NR(read_out->lost_overwritten));
	tell_happenings(soak, long_run);
	report_tell(&soak->report, long_run);
}
