// SPDX-License-Identifier: GPL-2.0-only
/*
 * The soak: rounds between a load and an unload of both modules, in which workers
 * (see soak/soak.h) come and go, and after each of which the books must balance:
 * every DMA ended, every request answered, every event delivered or lost, nothing
 * pending or alive; between rounds the modules come and go under the hands of
 * visitors; and at the end all memory is back.
 *
 * "faultq.soak=SECONDS:SEED" on the kernel's command line says how long, and which
 * choices are made. The choices of a seed are always the same, what comes of them
 * is a matter of luck. A run of LONG_RUN seconds must have done all there is, or
 * of as much more as the kernel is slower.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bed.h"
#include "dice.h"
#include "soak/soak.h"
#include "soak/system.h"

#define SHORT_RUN 10
#define LONG_RUN 60
#define MAX_LIVES 64 /* workers of a round */
#define VISITORS 3
#define LATE_MS 90000 /* when a worker counts as hanging */

/**
 * struct life - a worker of the round
 * @plan: what it is to be
 * @pid: 0 once it ended
 * @pidfd: of it
 * @killed: from outside
 * @ledger: its rings
 * @tally: what it did
 */
struct life {
	struct plan plan;
	pid_t pid;
	int pidfd;
	bool killed;
	struct ledger *ledger;
	struct tally *tally;
};

/**
 * struct soak - the run
 * @mock: control file of the mock
 * @iommus: the mock's ids
 * @dice: what is left to chance
 * @lives: workers of the round
 * @nr_lives: how many there were in the round
 * @visits: what visitors did
 * @looks: what the onlooker did
 * @doors: what this process does with the modules
 * @groups: of the kernel's IOMMU core, without the modules
 * @workers: how many there were at all
 * @kills: of these, killed
 * @most_rings: that were in memory at a time
 * @report: what there is to say
 * @dma_ended: by status
 * @delivered: events
 * @read_out: of QUEUEs of events that were read to their end
 * @read_events: what these delivered
 * @hardware: sums of what the IOMMUs counted
 * @books: sums of what the rings counted
 */
struct soak {
	int mock;
	__u32 iommus[SOAK_IOMMUS];
	struct dice dice;
	struct life lives[MAX_LIVES];
	unsigned int nr_lives;
	struct tally *visits;
	struct tally *looks;
	struct tally *doors;
	unsigned int groups;
	unsigned int workers;
	unsigned int kills;
	unsigned int most_rings;
	struct report report;
	__u64 dma_ended[SOAK_STATUSES];
	__u64 delivered;
	struct faultq_stats read_out;
	__u64 read_events;
	struct mock_iommu_iommu_stats hardware;
	struct books books;
};

static __u32 kind_of(unsigned int nr)
{
	return nr & 1 ? MOCK_IOMMU_KIND_SMMUV3 : MOCK_IOMMU_KIND_VTD;
}

static bool is_exact(unsigned int nr)
{
	return nr < SOAK_IOMMUS / 2;
}

/* A worker on an IOMMU with exact books has to tell all its rings. */
static void spawn(struct soak *soak, unsigned int nr)
{
	struct life *life = &soak->lives[soak->nr_lives++];
	bool told = roll(&soak->dice, 2) || is_exact(nr);
	int socks[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks))
		abort();
	life->plan = (struct plan){
		.nr = nr,
		.iommu = soak->iommus[nr],
		.kind = kind_of(nr),
		.exact = is_exact(nr),
		.steps = 50 + roll(&soak->dice, 600),
		.killed = roll(&soak->dice, 2),
		.sock = told ? socks[1] : -1,
		.dice = dice_split(&soak->dice),
	};
	life->killed = false;
	life->ledger = ledger_open(socks[0]);
	memset(life->tally, 0, sizeof(*life->tally));
	fflush(stdout);
	life->pid = fork();
	if (!life->pid)
		worker_run(&life->plan, life->tally);
	life->pidfd = syscall(SYS_pidfd_open, life->pid, 0);
	close(socks[1]);
	soak->workers++;
}

static void add_dmas(struct soak *soak, const struct tally *tally, bool killed)
{
	__u64 ended = tally->dma_refused, open;
	unsigned int i;

	for (i = 0; i < SOAK_STATUSES; i++) {
		ended += tally->dma_ended[i];
		soak->dma_ended[i] += tally->dma_ended[i];
	}
	open = tally->dma_started - ended;
	/* whoever was killed in it did not come to count it */
	if (killed && open <= SOAK_ENGINES)
		ended += open;
	report_weigh(&soak->report, DMAS_END,
		     "DMAs started = ended, refused, or of who was killed",
		     tally->dma_started, ended);
}

static void add_tally(struct soak *soak, struct life *life)
{
	const struct tally *tally = life->tally;

	add_dmas(soak, tally, life->killed || life->plan.killed);
	report_deeds(&soak->report, &life->plan, tally);
	soak->delivered += tally->events;
	stats_add(&soak->read_out, &tally->read_out);
	soak->read_events += tally->read_events;
	report_weigh(&soak->report, EVENTS_ARE_DELIVERED_OR_LOST,
		     "QUEUEs read to their end and short of events = 0",
		     tally->missing, 0);
}

static void reap(struct soak *soak, struct life *life)
{
	bool may_be_killed = life->killed || life->plan.killed;
	int status;

	waitpid(life->pid, &status, 0);
	close(life->pidfd);
	life->pid = 0;
	report_expect(&soak->report, WORKERS_END,
		      status == 0 || (may_be_killed && status == SIGKILL),
		      "status of a worker", status);
	soak->kills += status == SIGKILL;
	if (life->tally->spare)
		mock_iommu_remove(soak->mock, life->tally->spare);
	ledger_take(life->ledger);
	add_tally(soak, life);
}

/* The worker that ended, NULL if none does in time */
static struct life *next_end(struct soak *soak)
{
	struct pollfd wait[MAX_LIVES] = {};
	unsigned int i;

	for (i = 0; i < soak->nr_lives; i++) {
		wait[i].fd = soak->lives[i].pid ? soak->lives[i].pidfd : -1;
		wait[i].events = POLLIN;
	}
	if (poll(wait, soak->nr_lives, 50) < 0)
		return NULL;
	for (i = 0; i < soak->nr_lives; i++)
		if (wait[i].revents)
			return &soak->lives[i];
	return NULL;
}

/* At any moment, unless a QUEUE that no one heard of would spoil the books */
static void kill_one(struct life *life)
{
	if (!life->pid)
		return;
	life->killed = true;
	if (life->plan.exact)
		life->tally->die = true;
	else
		kill(life->pid, SIGKILL);
}

static void kill_all(struct soak *soak)
{
	unsigned int i;

	for (i = 0; i < soak->nr_lives; i++)
		kill_one(&soak->lives[i]);
}

static void note_rings(struct soak *soak)
{
	unsigned int rings = rings_in_memory();

	if (rings > soak->most_rings)
		soak->most_rings = rings;
}

static void kill_someone(struct soak *soak)
{
	if (!roll(&soak->dice, 100))
		kill_one(&soak->lives[roll(&soak->dice, soak->nr_lives)]);
}

static struct life *await_end(struct soak *soak)
{
	__u64 late = now_ns() + LATE_MS * 1000000ULL * slowdown();
	struct life *life = NULL;
	unsigned int i;

	note_rings(soak);
	while (!life && now_ns() < late) {
		kill_someone(soak);
		life = next_end(soak);
		for (i = 0; i < soak->nr_lives; i++)
			if (soak->lives[i].pid)
				ledger_take(soak->lives[i].ledger);
	}
	return life;
}

/* One who looks at everything, and tries to unload what is in use */
static pid_t start_onlooker(struct soak *soak)
{
	struct worker worker = { .tally = soak->looks };
	const struct hand hand = { .worker = &worker };
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		setpriority(PRIO_PROCESS, 0, 10);
	while (!pid) {
		look_around();
		if (!did(&hand, OP_UNLOAD, module_unload("mock_iommu")) ||
		    !did(&hand, OP_UNLOAD, module_unload("faultq")))
			_exit(1);
	}
	return pid;
}

static void stop_onlooker(struct soak *soak, pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	report_expect(&soak->report, MODULES_UNLOAD, status == SIGKILL,
		      "unloaded while in use", status);
}

static bool add_iommus(struct soak *soak)
{
	unsigned int i;
	int ret;

	soak->mock = mock_open();
	if (soak->mock < 0)
		return false;
	for (i = 0; i < SOAK_IOMMUS; i++) {
		ret = mock_iommu_add_kind(soak->mock, kind_of(i));
		if (ret < 0)
			return false;
		soak->iommus[i] = ret;
	}
	return true;
}

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

static void balance(struct soak *soak)
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

/* Workers follow each other; at last all end by themselves, or are killed. */
static void live(struct soak *soak, __u64 until)
{
	unsigned int more = roll(&soak->dice, 12), alive, i;
	bool hasty = roll(&soak->dice, 2);
	struct life *life;

	for (i = 0; i < SOAK_IOMMUS; i++)
		spawn(soak, i);
	for (alive = SOAK_IOMMUS; alive; alive--) {
		if (!more && hasty)
			kill_all(soak);
		life = await_end(soak);
		if (!life) {
			report_expect(&soak->report, WORKERS_END, false,
				      "hanging", alive);
			return;
		}
		reap(soak, life);
		if (!more)
			continue;
		if (now_ns() > until)
			more = 1;
		more--;
		alive++;
		spawn(soak, life->plan.nr);
	}
}

static bool load_modules(struct soak *soak)
{
	struct worker worker = { .tally = soak->doors };
	const struct hand hand = { .worker = &worker };

	return !did(&hand, OP_LOAD, modules_load() ? 0 : -EINVAL);
}

/* Whoever was killed may still be closing files, so it may take some tries. */
static void unload_modules(struct soak *soak)
{
	struct worker worker = { .tally = soak->doors };
	const struct hand hand = { .worker = &worker };
	bool gone =
		AWAIT(!did(&hand, OP_UNLOAD, module_unload("mock_iommu"))) &&
		AWAIT(!did(&hand, OP_UNLOAD, module_unload("faultq")));

	report_expect(&soak->report, MODULES_UNLOAD, gone, "in use for ever",
		      0);
}

static void play_round(struct soak *soak, __u64 until)
{
	pid_t onlooker;

	soak->report.round++;
	soak->nr_lives = 0;
	if (!load_modules(soak) || !add_iommus(soak)) {
		report_expect(&soak->report, MODULES_UNLOAD, false,
			      "cannot be loaded", 0);
		return;
	}
	onlooker = start_onlooker(soak);
	live(soak, until);
	stop_onlooker(soak, onlooker);
	balance(soak);
	close(soak->mock);
	unload_modules(soak);
	/* the last of a group is freed behind a grace period */
	(void)AWAIT(device_groups() == soak->groups);
	report_weigh(&soak->report, NOTHING_LIVES, "IOMMU groups now = before",
		     device_groups(), soak->groups);
}

/* Loads and unloads, with those about who open whatever is there */
static void open_house(struct soak *soak)
{
	const struct deed *visit = &soak->visits->deeds[OP_VISIT];
	unsigned int times = 1 + roll(&soak->dice, 5), seen, i;
	pid_t pids[VISITORS];

	fflush(stdout);
	for (i = 0; i < VISITORS; i++) {
		struct dice dice = dice_split(&soak->dice);

		pids[i] = fork();
		if (!pids[i])
			visitor_run(dice, soak->visits);
	}
	while (times--) {
		seen = visit->tried;
		report_expect(&soak->report, MODULES_UNLOAD, load_modules(soak),
			      "cannot be loaded", 0);
		report_expect(&soak->report, MODULES_UNLOAD,
			      AWAIT(visit->tried > seen), "no visits", seen);
		unload_modules(soak);
	}
	for (i = 0; i < VISITORS; i++)
		kill(pids[i], SIGKILL);
	for (i = 0; i < VISITORS; i++)
		waitpid(pids[i], NULL, 0);
	unload_modules(soak);
}

#define FIGURE(format, ...) printf("# " format "\n", __VA_ARGS__)
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

static void tell(struct soak *soak, bool long_run)
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

static bool make_tallies(struct soak *soak)
{
	struct tally *tallies;
	unsigned int i;

	tallies = mmap(NULL, (MAX_LIVES + 3) * sizeof(*tallies),
		       PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		       0);
	if (tallies == MAP_FAILED)
		return false;
	for (i = 0; i < MAX_LIVES; i++)
		soak->lives[i].tally = &tallies[i];
	soak->visits = &tallies[i++];
	soak->looks = &tallies[i++];
	soak->doors = &tallies[i++];
	return true;
}

static void check_memory(struct soak *soak, const struct memory *before,
			 unsigned int files)
{
	struct memory after;
	bool is_back = memory_is_back(before, &after);

	report_expect(&soak->report, MEMORY_IS_BACK, is_back, "KiB free before",
		      before->free);
	FIGURE("KiB free %ld, then %ld; of the kernel %ld, then %ld",
	       before->free, after.free, before->kernel, after.kernel);
	report_weigh(&soak->report, MEMORY_IS_BACK, "files open before = after",
		     files, open_files());
}

int main(void)
{
	static struct soak soak;
	struct chance chance = { .seconds = SHORT_RUN };
	struct memory before;
	unsigned int files;
	__u64 until;

	chance_take(&chance, "soak");
	printf("1..%d\n# %u seconds, SOAK_SEED=%llu\n", QUESTIONS,
	       chance.seconds, chance.seed);
	soak.dice = chance.dice;
	if (!make_tallies(&soak) || !modules_unload())
		return 1;
	soak.groups = device_groups();

	/* the first round fills the caches that stay */
	until = now_ns() + chance.seconds * 1000000000ULL;
	play_round(&soak, until);
	open_house(&soak);
	before = memory_now();
	files = open_files();
	while (now_ns() < until && !report_bad(&soak.report)) {
		play_round(&soak, until);
		open_house(&soak);
		printf("# round %u done\n", soak.report.round);
		fflush(stdout);
	}
	check_memory(&soak, &before, files);
	tell(&soak, chance.seconds >= LONG_RUN * slowdown());
	return report_bad(&soak.report);
}
