// SPDX-License-Identifier: GPL-2.0-only
/*
 * A worker: a process with a context of its own, and its end.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "bed.h"
#include "soak.h"

enum {
	OWNERS = 2,
	ENGINES = 2,
};

/* An id out of a pool; 0 if there is none, and now and then anyway */
__u32 pick(struct hand *hand, const struct pool *from)
{
	__u32 first = roll(&hand->dice, SOAK_SLOTS), i, id = 0;

	if (!roll(&hand->dice, 16))
		return 0;
	for (i = 0; i < SOAK_SLOTS && !id; i++)
		id = from->ids[(first + i) % SOAK_SLOTS];
	return id;
}

struct endpoint *any_endpoint(struct hand *hand)
{
	return &hand->worker->eps[roll(&hand->dice, SOAK_EPS)];
}

/*
 * Objects come and go under the hands of all threads, so most errors that the
 * header names are right somewhere. Those that are left are never.
 */
int note(struct worker *worker, int ret)
{
	switch (ret) {
	case -EBUSY:
	case -ENOENT:
	case -EEXIST:
	case -ENODEV:
	case -EINVAL:
	case -ENOSPC:
	case -EOPNOTSUPP:
	case -EAGAIN:
	case -EIO:
	case -EINTR:
		return ret;
	}
	if (ret < 0)
		worker->tally->odd[-ret % SOAK_ERRNOS]++;
	return ret;
}

/*
 * Tables of a guest of either kind: every entry leads to some page of its own
 * memory or nowhere, so that translations end anywhere in it.
 */
static void guest_tables(struct worker *worker, struct dice *dice)
{
	__u64 bits = worker->plan->kind == MOCK_IOMMU_KIND_VTD ?
			     0x67 : /* D, A, US, RW, P */
			     0x743; /* AF, SH, AP, table or page */
	__u64 *entry = (void *)worker->mem;
	unsigned int i;

	for (i = 0; i < SOAK_PAGES * 512; i++)
		entry[i] = roll(dice, 4) ?
				   SOAK_IOVA + roll(dice, SOAK_PAGES) * PAGE +
					   bits :
				   0;
}

static void start(pthread_t *thread, void *(*run)(void *), struct hand *hand,
		  struct worker *worker, struct dice *dice)
{
	*hand = (struct hand){ worker, dice_split(dice) };
	if (pthread_create(thread, NULL, run, hand))
		_exit(2);
}

/*
 * Owners and the consumer need the context. What waits for an answer ends when
 * it is closed.
 */
static void work(struct worker *worker, struct dice *dice)
{
	pthread_t owners[OWNERS], engines[ENGINES + 1], reader;
	struct hand hands[OWNERS + ENGINES + 2];
	int i, n = 0;

	start(&reader, consumer, &hands[n++], worker, dice);
	for (i = 0; i < OWNERS; i++)
		start(&owners[i], owner, &hands[n++], worker, dice);
	for (i = 0; i < ENGINES; i++)
		start(&engines[i], dma_engine, &hands[n++], worker, dice);
	start(&engines[i], sender, &hands[n++], worker, dice);

	for (i = 0; i < OWNERS; i++)
		pthread_join(owners[i], NULL);
	if (worker->plan->killed || worker->tally->die) {
		/* a QUEUE that no one heard of would be missing in the books */
		pthread_mutex_lock(&worker->declaring);
		kill(getpid(), SIGKILL);
	}
	worker->stop = true;
	pthread_join(reader, NULL);
	close(worker->ctx);
	for (i = 0; i < ENGINES + 1; i++)
		pthread_join(engines[i], NULL);
}

void worker_run(const struct plan *plan, struct tally *tally)
{
	struct worker worker = {
		.plan = plan,
		.tally = tally,
		.mock = mock_open(),
		.ctx = fq_open(),
		.mem = pages_alloc(SOAK_PAGES),
		.declaring = PTHREAD_MUTEX_INITIALIZER,
	};
	struct dice dice = plan->dice;
	int i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (worker.mock < 0 || worker.ctx < 0 || !worker.mem)
		_exit(2);
	guest_tables(&worker, &dice);
	move_in(&(struct hand){ &worker, dice_split(&dice) });
	work(&worker, &dice);
	for (i = 0; i < SOAK_EPS; i++)
		if (worker.eps[i].ep)
			mock_endpoint_remove(worker.mock, worker.eps[i].ep);
	_exit(0);
}
