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
	CONSUMERS = 2,
};

/* An id out of a pool; 0 if there is none, and now and then anyway */
__u32 pick(struct hand *hand, const struct pool *from)
{
	__u32 first = roll(&hand->dice, SOAK_SLOTS), i, id = 0;

	if (!roll(&hand->dice, 32))
		return 0;
	for (i = 0; i < SOAK_SLOTS && !id; i++)
		id = from->ids[(first + i) % SOAK_SLOTS];
	return id;
}

struct endpoint *any_endpoint(struct hand *hand)
{
	return &hand->worker->eps[roll(&hand->dice, SOAK_EPS)];
}

int any_pasid(struct hand *hand)
{
	return roll(&hand->dice, 2) ? 1 + (int)roll(&hand->dice, SOAK_PASIDS) :
				      NO_PASID;
}

/*
 * An id may be another object's by now, of a QUEUE even. That one is not to end
 * before the books have heard of it.
 */
int end_object(struct hand *hand, enum op op, __u32 id)
{
	int ret;

	pthread_mutex_lock(&hand->worker->declaring);
	ret = did(hand, op, fq_destroy(hand->worker->ctx, id));
	pthread_mutex_unlock(&hand->worker->declaring);
	return ret;
}

static void handle_signal(int signal)
{
}

static void start(pthread_t *thread, void *(*run)(void *), struct hand *hand,
		  struct worker *worker, struct dice *dice, int nr)
{
	*hand = (struct hand){ worker, dice_split(dice), nr };
	if (pthread_create(thread, NULL, run, hand))
		_exit(2);
}

/*
 * Owners and consumers need the context. What waits for an answer ends when
 * it is closed.
 */
static void work(struct worker *worker, struct dice *dice)
{
	pthread_t owners[OWNERS], consumers[CONSUMERS], device;
	struct hand hands[OWNERS + CONSUMERS + SOAK_ENGINES + 1];
	int i, n = 0;

	for (i = 0; i < CONSUMERS; i++)
		start(&consumers[i], consumer, &hands[n++], worker, dice, i);
	for (i = 0; i < SOAK_ENGINES; i++)
		start(&worker->engines[i], dma_engine, &hands[n++], worker,
		      dice, i);
	for (i = 0; i < OWNERS; i++)
		start(&owners[i], owner, &hands[n++], worker, dice, i);
	start(&device, sender, &hands[n++], worker, dice, 0);

	for (i = 0; i < OWNERS; i++)
		pthread_join(owners[i], NULL);
	if (worker->plan->killed || worker->tally->die) {
		/* a QUEUE that no one heard of would be missing in the books */
		pthread_mutex_lock(&worker->declaring);
		kill(getpid(), SIGKILL);
	}
	worker->stop = true;
	for (i = 0; i < CONSUMERS; i++)
		pthread_join(consumers[i], NULL);
	guests_leave(worker);
	close(worker->ctx);
	pthread_cond_broadcast(&worker->attached);
	for (i = 0; i < SOAK_ENGINES; i++)
		pthread_join(worker->engines[i], NULL);
	pthread_join(device, NULL);
}

static void unplug_all(const struct hand *hand)
{
	const struct worker *worker = hand->worker;
	int i;

	for (i = 0; i < SOAK_EPS; i++)
		if (worker->eps[i].ep)
			did(hand, OP_UNPLUG,
			    mock_endpoint_remove(worker->mock,
						 worker->eps[i].ep));
}

void worker_run(const struct plan *plan, struct tally *tally)
{
	/* ends a DMA with what was done so far */
	const struct sigaction interrupt = { .sa_handler = handle_signal };
	struct worker worker = {
		.plan = plan,
		.tally = tally,
		.mock = mock_open(),
		.ctx = fq_open(),
		.mem = pages_alloc(SOAK_PAGES),
		.declaring = PTHREAD_MUTEX_INITIALIZER,
		.attaching = PTHREAD_MUTEX_INITIALIZER,
		.attached = PTHREAD_COND_INITIALIZER,
	};
	struct dice dice = plan->dice;
	struct hand first = { &worker, dice_split(&dice), 0 };
	__u32 i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigaction(SIGUSR1, &interrupt, NULL);
	if (worker.mock < 0 || worker.ctx < 0 || !worker.mem)
		_exit(2);
	for (i = 0; i < SOAK_PAGES; i++)
		guests_page(&worker, &dice, i);
	move_in(&first);
	work(&worker, &dice);
	unplug_all(&first);
	_exit(0);
}
