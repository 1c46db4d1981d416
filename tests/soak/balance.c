// SPDX-License-Identifier: GPL-2.0-only
/*
 * What must balance when the workers of a round have ended: the hardware's
 * counters, the rings', the devices', and what is still alive.
 */
#include "run.h"
#include "system.h"

/* Whoever masked the interrupts may have been killed before the unmasking. */
static bool settles(struct soak *soak, unsigned int nr,
		    struct mock_iommu_iommu_stats *stats)
{
	mock_iommu_mask(soak->mock, soak->iommus[nr], 0);
	return AWAIT(!mock_iommu_stats(soak->mock, soak->iommus[nr], stats) &&
		     stats->out_prq_written == stats->out_prq_handled &&
		     stats->out_faults_recorded == stats->out_faults_handled);
}

static void check_endpoint(struct soak *soak, __u32 ep, bool exact)
{
	struct mock_iommu_endpoint_stats stats = {};

	(void)AWAIT(!mock_endpoint_stats(soak->mock, ep, &stats) &&
		    !stats.out_outstanding_groups);
	report_weigh(&soak->report, NOTHING_IS_PENDING,
		     "groups that a device waits for = 0",
		     stats.out_outstanding_groups, 0);
	if (exact)
		report_weigh(&soak->report, REQUESTS_ARE_ANSWERED,
			     "groups sent = answers, of devices that are left",
			     stats.out_groups,
			     stats.out_success + stats.out_invalid +
				     stats.out_failure);
}

static void check_endpoints(struct soak *soak, unsigned int nr)
{
	struct mock_iommu_endpoint_info info = {
		.size = sizeof(info),
		.flags = MOCK_IOMMU_INFO_NEXT,
	};

	while (!call(soak->mock, MOCK_IOMMU_ENDPOINT_INFO, &info)) {
		if (info.out_iommu_id == soak->iommus[nr])
			check_endpoint(soak, info.endpoint_id, is_exact(nr));
		info.endpoint_id++;
	}
}

static void add_hardware(struct soak *soak,
			 const struct mock_iommu_iommu_stats *stats)
{
	struct mock_iommu_iommu_stats *sum = &soak->hardware;

	sum->out_prq_overflows += stats->out_prq_overflows;
	sum->out_stalls += stats->out_stalls;
	sum->out_inv_errors += stats->out_inv_errors;
	sum->out_vcmdq_commands += stats->out_vcmdq_commands;
	sum->out_vcmdq_errors += stats->out_vcmdq_errors;
	sum->out_faults_raised += stats->out_faults_raised;
	sum->out_faults_lost += stats->out_faults_lost;
	sum->out_faults_unclaimed += stats->out_faults_unclaimed;
}

static void check_hardware(struct soak *soak, unsigned int nr)
{
	struct mock_iommu_iommu_stats stats = {};
	struct report *report = &soak->report;

	settles(soak, nr, &stats);
	report_weigh(report, REQUESTS_ARE_ANSWERED,
		     "page requests in the queue = handled",
		     stats.out_prq_written, stats.out_prq_handled);
	report_weigh(report, EVENTS_ARE_DELIVERED_OR_LOST,
		     "faults raised = recorded + lost by the hardware",
		     stats.out_faults_raised,
		     stats.out_faults_recorded + stats.out_faults_lost);
	report_weigh(report, EVENTS_ARE_DELIVERED_OR_LOST,
		     "faults recorded = reported", stats.out_faults_recorded,
		     stats.out_faults_handled);
	report_weigh(report, NOTHING_IS_PENDING, "page tables in use = 0",
		     attached_tables(soak->iommus[nr]), 0);
	add_hardware(soak, &stats);
}

/* What the hardware says against what the rings say */
static void check_books(struct soak *soak, unsigned int nr,
			const struct books *books)
{
	struct mock_iommu_iommu_stats stats = {};
	struct report *report = &soak->report;
	const struct faultq_stats *iopf = &books->iopf, *event = &books->event;

	report_weigh(report, REQUESTS_ARE_ANSWERED,
		     "groups arrived = answered + timed out + revoked, refused",
		     iopf->arrived,
		     iopf->answered + iopf->timed_out + iopf->revoked +
			     iopf->refused);
	report_weigh(report, EVENTS_ARE_DELIVERED_OR_LOST,
		     "events arrived = published + lost", event->arrived,
		     event->published + event->lost_full + event->lost_memory);
	if (!is_exact(nr))
		return;
	report_weigh(report, EVENTS_ARE_DELIVERED_OR_LOST,
		     "of exact IOMMUs: rings that no one mapped = 0",
		     books->missed, 0);
	mock_iommu_stats(soak->mock, soak->iommus[nr], &stats);
	report_weigh(report, REQUESTS_ARE_ANSWERED,
		     "of exact IOMMUs: handled = groups arrived + rejected",
		     stats.out_prq_handled,
		     iopf->arrived + stats.out_prq_rejected);
	report_weigh(report, EVENTS_ARE_DELIVERED_OR_LOST,
		     "of exact IOMMUs: reported = events arrived + unclaimed",
		     stats.out_faults_handled,
		     event->arrived + stats.out_faults_unclaimed);
}

static void add_books(struct books *sum, const struct books *add)
{
	sum->rings += add->rings;
	sum->unbalanced += add->unbalanced;
	sum->missed += add->missed;
	stats_add(&sum->iopf, &add->iopf);
	stats_add(&sum->event, &add->event);
}

/* Whoever was killed may have counted an offer that did not come to be made. */
static void close_life(struct soak *soak, struct life *life,
		       struct books *books)
{
	bool killed = life->killed || life->plan.killed;
	__u64 offered = life->tally->offered, seen;
	struct books own = {};

	ledger_close(life->ledger, &own);
	report_weigh(&soak->report, REQUESTS_ARE_ANSWERED,
		     "rings that do not add up = 0", own.unbalanced, 0);
	seen = own.iopf.answered + own.iopf.bad_responses;
	if (life->plan.sock >= 0 && !killed)
		report_weigh(&soak->report, RESPONSES_COUNT,
			     "responses offered = taken + refused", offered,
			     seen);
	add_books(books, &own);
}

/* The mappings in the ledgers go first: they keep rings. */
static void close_lives(struct soak *soak, struct books *books)
{
	unsigned int i;

	for (i = 0; i < soak->nr_lives; i++)
		close_life(soak, &soak->lives[i],
			   &books[soak->lives[i].plan.nr]);
}

static void check_nothing_lives(struct soak *soak)
{
	struct report *report = &soak->report;

	(void)AWAIT(!live_objects());
	report_weigh(report, NOTHING_LIVES, "objects alive = 0", live_objects(),
		     0);
	report_weigh(report, NOTHING_LIVES, "regions of rings in memory = 0",
		     rings_in_memory(), 0);
}

static void check_limits(struct soak *soak)
{
	struct report *report = &soak->report;
	struct probe probe;

	probe_run(&probe, soak->iommus[0]);
	report_expect(report, NOTHING_LIVES, !probe.ret, "cannot be probed",
		      -probe.ret);
	report_weigh(report, NOTHING_LIVES, "first PASID that is free = 1",
		     probe.pasid, 1);
	report_weigh(report, NOTHING_LIVES,
		     "limit of pinned pages is that of one alone = 1",
		     probe.pins, 1);
}

void balance(struct soak *soak)
{
	struct books books[SOAK_IOMMUS] = {};
	struct report *report = &soak->report;
	unsigned int i;

	(void)AWAIT(!pending_groups());
	report_weigh(report, NOTHING_IS_PENDING, "groups pending = 0",
		     pending_groups(), 0);
	for (i = 0; i < SOAK_IOMMUS; i++) {
		check_hardware(soak, i);
		check_endpoints(soak, i);
	}
	close_lives(soak, books);
	for (i = 0; i < SOAK_IOMMUS; i++) {
		check_books(soak, i, &books[i]);
		add_books(&soak->books, &books[i]);
	}
	check_nothing_lives(soak);
	check_limits(soak);
	check_nothing_lives(soak);
}
