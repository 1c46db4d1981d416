// SPDX-License-Identifier: GPL-2.0-only
/*
 * The workers of a round: they follow each other, end by themselves or are
 * killed, and what they did is added up.
 */
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run.h"
#include "system.h"

#define LATE_MS 90000 /* when a worker counts as hanging */

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
	__u64 late = deadline_in(1ULL * LATE_MS * slowdown());
	struct life *life = NULL;
	unsigned int i;

	note_rings(soak);
	while (!life && !deadline_passed(late)) {
		kill_someone(soak);
		life = next_end(soak);
		for (i = 0; i < soak->nr_lives; i++)
			if (soak->lives[i].pid)
				ledger_take(soak->lives[i].ledger);
	}
	return life;
}

/* Workers follow each other; at last all end by themselves, or are killed. */
void live(struct soak *soak, __u64 until)
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
		if (deadline_passed(until))
			more = 1;
		more--;
		alive++;
		spawn(soak, life->plan.nr);
	}
}
