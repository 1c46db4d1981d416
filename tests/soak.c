// SPDX-License-Identifier: GPL-2.0-only
/*
 * The soak: rounds between a load and an unload of both modules, in which workers
 * (see soak/soak.h) come and go, and after each of which the books must balance:
 * every DMA ended, every request answered, every event delivered or lost, nothing
 * pending; and at the end all memory is back.
 *
 * "faultq.soak=SECONDS:SEED" on the kernel's command line says how long, and which
 * choices are made. The choices of a seed are always the same, what comes of them
 * is a matter of luck.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bed.h"
#include "soak/soak.h"
#include "soak/system.h"

#define SHORT_RUN 10
#define MAX_LIVES 64 /* workers of a round */
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

/* What is asked at the end, and how often the answer was no */
enum question {
	DMAS_END,
	REQUESTS_ARE_ANSWERED,
	RESPONSES_COUNT,
	EVENTS_ARE_DELIVERED_OR_LOST,
	NOTHING_IS_PENDING,
	ERRNOS_ARE_RIGHT,
	WORKERS_END,
	MODULES_UNLOAD,
	MEMORY_IS_BACK,
	QUESTIONS
};

static const char *const questions[] = {
	"dmas_end",
	"requests_are_answered",
	"responses_are_answers_or_refused",
	"events_are_delivered_or_lost",
	"nothing_is_pending",
	"errnos_are_right",
	"workers_end",
	"modules_unload",
	"memory_is_back",
};

struct soak {
	int mock;
	__u32 iommus[SOAK_IOMMUS];
	struct dice dice;
	struct life lives[MAX_LIVES];
	unsigned int nr_lives;
	unsigned int rounds;
	unsigned int workers;
	unsigned int kills;
	unsigned int no[QUESTIONS];
	struct tally sum;
	__u64 dma_killed;
	struct books books;
};

static void expect(struct soak *soak, enum question question, bool yes,
		   const char *what, __u64 left, __u64 right)
{
	if (yes)
		return;
	soak->no[question]++;
	printf("# round %u: %s: %s: %llu, %llu\n", soak->rounds,
	       questions[question], what, (unsigned long long)left,
	       (unsigned long long)right);
}

static void expect_same(struct soak *soak, enum question question,
			const char *what, __u64 left, __u64 right)
{
	expect(soak, question, left == right, what, left, right);
}

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
		.steps = 20 + roll(&soak->dice, 300),
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

static void add_tally(struct soak *soak, struct life *life)
{
	const struct tally *tally = life->tally;
	bool killed = life->killed || life->plan.killed;
	__u64 open = tally->dma_started - tally->dma_refused;
	unsigned int i;

	for (i = 0; i < SOAK_STATUSES; i++) {
		open -= tally->dma_ended[i];
		soak->sum.dma_ended[i] += tally->dma_ended[i];
	}
	expect(soak, DMAS_END, open <= (killed ? 2 : 0), "not ended", open, 0);
	soak->dma_killed += open;
	soak->sum.dma_started += tally->dma_started;
	soak->sum.dma_refused += tally->dma_refused;
	soak->sum.requests += tally->requests;
	soak->sum.faults += tally->faults;
	soak->sum.offered += tally->offered;
	soak->sum.events += tally->events;
	soak->sum.steps += tally->steps;
	expect_same(soak, EVENTS_ARE_DELIVERED_OR_LOST, "rings short of events",
		    tally->missing, 0);
	for (i = 0; i < SOAK_ERRNOS; i++)
		expect(soak, ERRNOS_ARE_RIGHT, !tally->odd[i], "errno, times",
		       i, tally->odd[i]);
}

static void reap(struct soak *soak, struct life *life)
{
	bool may_be_killed = life->killed || life->plan.killed;
	int status;

	waitpid(life->pid, &status, 0);
	close(life->pidfd);
	life->pid = 0;
	expect(soak, WORKERS_END,
	       status == 0 || (may_be_killed && status == SIGKILL),
	       "status of worker, IOMMU", status, life->plan.nr);
	soak->kills += status == SIGKILL;
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

static struct life *await_end(struct soak *soak)
{
	__u64 late = now_ns() + LATE_MS * slowdown() * 1000000ULL;
	struct life *life = NULL;
	unsigned int i;

	while (!life && now_ns() < late) {
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
	pid_t pid = fork();

	while (!pid) {
		look_around();
		if (!modules_busy())
			_exit(1);
	}
	return pid;
}

static void stop_onlooker(struct soak *soak, pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	expect_same(soak, MODULES_UNLOAD, "unloaded while in use", status,
		    SIGKILL);
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

static int iommu_stats(struct soak *soak, unsigned int nr,
		       struct mock_iommu_iommu_stats *stats)
{
	*stats = (struct mock_iommu_iommu_stats){
		.size = sizeof(*stats),
		.iommu_id = soak->iommus[nr],
	};
	return call(soak->mock, MOCK_IOMMU_IOMMU_STATS, stats);
}

/* Whoever masked the interrupts may have been killed before the unmasking. */
static bool settles(struct soak *soak, unsigned int nr,
		    struct mock_iommu_iommu_stats *stats)
{
	struct mock_iommu_iommu_irq irq = {
		.size = sizeof(irq),
		.iommu_id = soak->iommus[nr],
	};

	call(soak->mock, MOCK_IOMMU_IOMMU_IRQ, &irq);
	return AWAIT(!iommu_stats(soak, nr, stats) &&
		     stats->out_prq_written == stats->out_prq_handled &&
		     stats->out_faults_recorded == stats->out_faults_handled);
}

static void check_endpoint(struct soak *soak, __u32 ep, bool exact)
{
	struct mock_iommu_endpoint_stats stats;
	bool done = AWAIT(!mock_endpoint_stats(soak->mock, ep, &stats) &&
			  !stats.out_outstanding_groups);

	expect(soak, REQUESTS_ARE_ANSWERED, done,
	       "groups without an answer, endpoint",
	       stats.out_outstanding_groups, ep);
	if (exact)
		expect_same(soak, REQUESTS_ARE_ANSWERED, "groups, answers",
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

/* What the hardware says against what the rings say */
static void check_iommu(struct soak *soak, unsigned int nr,
			const struct books *books)
{
	struct mock_iommu_iommu_stats stats;
	bool settled = settles(soak, nr, &stats);

	expect(soak, REQUESTS_ARE_ANSWERED, settled, "written, handled",
	       stats.out_prq_written, stats.out_prq_handled);
	expect_same(soak, EVENTS_ARE_DELIVERED_OR_LOST,
		    "raised, recorded + lost", stats.out_faults_raised,
		    stats.out_faults_recorded + stats.out_faults_lost);
	check_endpoints(soak, nr);
	if (!is_exact(nr))
		return;
	expect_same(soak, REQUESTS_ARE_ANSWERED, "handled - rejected, arrived",
		    stats.out_prq_handled - stats.out_prq_rejected,
		    books->iopf.arrived);
	expect_same(soak, EVENTS_ARE_DELIVERED_OR_LOST,
		    "handled - unclaimed, arrived",
		    stats.out_faults_handled - stats.out_faults_unclaimed,
		    books->event.arrived);
}

static void add_stats(struct faultq_stats *sum, const struct faultq_stats *add)
{
	const __u64 *from = (const void *)add;
	__u64 *to = (void *)sum;
	unsigned int i;

	for (i = 0; i < sizeof(*sum) / sizeof(*to); i++)
		to[i] += from[i];
}

static void add_books(struct books *sum, const struct books *add)
{
	sum->rings += add->rings;
	sum->unbalanced += add->unbalanced;
	add_stats(&sum->iopf, &add->iopf);
	add_stats(&sum->event, &add->event);
}

static void close_life(struct soak *soak, struct life *life,
		       struct books *books)
{
	bool proper = !life->killed && !life->plan.killed;
	struct books own = {};

	ledger_close(life->ledger, &own);
	expect_same(soak, REQUESTS_ARE_ANSWERED, "rings that do not add up",
		    own.unbalanced, 0);
	if (proper && life->plan.sock >= 0)
		expect_same(soak, RESPONSES_COUNT, "offered, taken or refused",
			    life->tally->offered,
			    own.iopf.answered + own.iopf.bad_responses);
	add_books(books, &own);
}

static void balance(struct soak *soak)
{
	struct books books[SOAK_IOMMUS] = {};
	unsigned int i;

	expect(soak, NOTHING_IS_PENDING, AWAIT(queues_dead()), "queues live", 0,
	       0);
	expect(soak, NOTHING_IS_PENDING, nothing_pending(), "pending", 0, 0);
	for (i = 0; i < soak->nr_lives; i++)
		close_life(soak, &soak->lives[i],
			   &books[soak->lives[i].plan.nr]);
	for (i = 0; i < SOAK_IOMMUS; i++) {
		check_iommu(soak, i, &books[i]);
		add_books(&soak->books, &books[i]);
	}
}

static void kill_all(struct soak *soak)
{
	unsigned int i;

	for (i = 0; i < soak->nr_lives; i++) {
		if (!soak->lives[i].pid)
			continue;
		soak->lives[i].killed = true;
		if (soak->lives[i].plan.sock < 0)
			kill(soak->lives[i].pid, SIGKILL);
		else
			soak->lives[i].tally->die = true;
	}
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
			expect(soak, WORKERS_END, false, "hanging", alive, 0);
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

static void play_round(struct soak *soak, __u64 until)
{
	pid_t onlooker;

	soak->rounds++;
	soak->nr_lives = 0;
	if (!modules_load() || !add_iommus(soak)) {
		expect(soak, MODULES_UNLOAD, false, "cannot be loaded", 0, 0);
		return;
	}
	onlooker = start_onlooker(soak);
	live(soak, until);
	stop_onlooker(soak, onlooker);
	balance(soak);
	close(soak->mock);
	expect(soak, MODULES_UNLOAD, modules_unload(), "in use for ever", 0, 0);
}

static bool any_no(const struct soak *soak)
{
	int i;

	for (i = 0; i < QUESTIONS; i++)
		if (soak->no[i])
			return true;
	return false;
}

#define FIGURE(format, ...) printf("# " format "\n", __VA_ARGS__)
#define NR(value) ((unsigned long long)(value))

static void tell_figures(const struct soak *soak)
{
	static const char *const statuses[] = {
		"OK",	       "INVALID",     "FAILURE", "BLOCKED",
		"NO_PROGRESS", "PRI_STOPPED", "GONE",	 "RESET",
		"INTERRUPTED", "MISMATCH",
	};
	const struct faultq_stats *iopf = &soak->books.iopf;
	const struct faultq_stats *event = &soak->books.event;
	int i;

	FIGURE("%u rounds, %u workers (%u killed), %llu steps, %u rings",
	       soak->rounds, soak->workers, soak->kills, NR(soak->sum.steps),
	       soak->books.rings);
	FIGURE("DMAs: %llu started, %llu refused, %llu ended by a kill",
	       NR(soak->sum.dma_started), NR(soak->sum.dma_refused),
	       NR(soak->dma_killed));
	for (i = 0; i < SOAK_STATUSES; i++)
		FIGURE("  %s %llu", statuses[i], NR(soak->sum.dma_ended[i]));
	FIGURE("groups: %llu arrived = %llu answered + %llu timed out",
	       NR(iopf->arrived), NR(iopf->answered), NR(iopf->timed_out));
	FIGURE("  + %llu revoked + %llu refused", NR(iopf->revoked),
	       NR(iopf->refused));
	FIGURE("responses: %llu offered, %llu refused", NR(soak->sum.offered),
	       NR(iopf->bad_responses));
	FIGURE("events: %llu arrived = %llu published + %llu lost",
	       NR(event->arrived), NR(event->published), NR(event->lost_full));
	FIGURE("  %llu overwritten, %llu delivered",
	       NR(event->lost_overwritten), NR(soak->sum.events));
}

static void tell(const struct soak *soak)
{
	int i;

	tell_figures(soak);
	for (i = 0; i < QUESTIONS; i++)
		printf("%s %d %s\n", soak->no[i] ? "not ok" : "ok", i + 1,
		       questions[i]);
}

int main(void)
{
	static struct soak soak;
	struct chance chance = { .seconds = SHORT_RUN };
	unsigned int i;
	struct memory before, after;
	struct tally *tallies;
	bool is_back;
	__u64 until;

	chance_take(&chance, "soak");
	printf("1..%d\n# %u seconds, SOAK_SEED=%llu\n", QUESTIONS,
	       chance.seconds, chance.seed);
	soak.dice = chance.dice;
	tallies = mmap(NULL, MAX_LIVES * sizeof(*tallies),
		       PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		       0);
	if (tallies == MAP_FAILED || !modules_unload())
		return 1;
	for (i = 0; i < MAX_LIVES; i++)
		soak.lives[i].tally = &tallies[i];

	/* the first round fills the caches that stay */
	until = now_ns() + chance.seconds * 1000000000ULL;
	play_round(&soak, until);
	before = memory_now();
	while (now_ns() < until && !any_no(&soak)) {
		play_round(&soak, until);
		printf("# round %u done\n", soak.rounds);
		fflush(stdout);
	}
	is_back = memory_is_back(&before, &after);
	expect(&soak, MEMORY_IS_BACK, is_back, "KiB free before, after",
	       before.free, after.free);
	FIGURE("KiB free %ld, then %ld; of the kernel %ld, then %ld",
	       before.free, after.free, before.kernel, after.kernel);
	tell(&soak);
	return any_no(&soak);
}
