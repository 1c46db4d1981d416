// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the endpoints of a worker do.
 */
#include <errno.h>
#include <stdint.h>
#include <sys/resource.h>
#include <time.h>

#include "bed.h"
#include "event.h"
#include "soak.h"

#define SEND_MAX 8

/* Most often where something is attached; the PASID is 0 for the RID. */
static void choose_target(struct hand *hand, __u32 *ep, __u32 *pasid)
{
	struct endpoint *end;
	int tries = 16;

	do {
		end = any_endpoint(hand);
		*ep = end->ep;
		*pasid = roll(&hand->dice, SOAK_PASIDS + 1);
	} while (!end->attached[*pasid] && tries--);
}

static void dma_choose(struct hand *hand, struct mock_iommu_dma *dma)
{
	struct dice *dice = &hand->dice;

	choose_target(hand, &dma->endpoint_id, &dma->pasid);
	if (dma->pasid)
		dma->flags |= MOCK_IOMMU_DMA_PASID;
	dma->op = roll(dice, 4);
	dma->iova = SOAK_IOVA + roll(dice, SOAK_PAGES * PAGE);
	dma->length = 1 + roll(dice, 3 * PAGE);
	dma->max_retries = 1 + roll(dice, 3);
	if (dma->op == MOCK_IOMMU_DMA_COPY)
		dma->dst_iova = SOAK_IOVA + roll(dice, SOAK_PAGES * PAGE);
	if (!hand->worker->plan->exact)
		dma->group_pages = roll(dice, 4);
}

/* The processors are few, and devices never tire: owners go first. */
static void step_back(void)
{
	setpriority(PRIO_PROCESS, 0, 5);
}

/* Until something is attached, or not for long: what is may be elsewhere. */
static void rest(struct worker *worker)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += 5 * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	pthread_mutex_lock(&worker->attaching);
	if (!worker->stop)
		pthread_cond_timedwait(&worker->attached, &worker->attaching,
				       &until);
	pthread_mutex_unlock(&worker->attaching);
}

/* DMA after DMA, each of which ends, if only with the worker */
void *dma_engine(void *arg)
{
	struct hand *hand = arg;
	struct worker *worker = hand->worker;
	struct tally *tally = worker->tally;
	char buf[3 * PAGE + 1] = {};
	struct mock_iommu_dma dma;

	step_back();
	while (!worker->stop) {
		dma = (struct mock_iommu_dma){};
		dma_choose(hand, &dma);
		if (dma.op != MOCK_IOMMU_DMA_COPY)
			dma.buf = (uintptr_t)buf;
		tally->dma_started++;
		if (did(hand, OP_DMA_READ + dma.op,
			mock_dma(worker->mock, &dma)))
			tally->dma_refused++;
		else
			tally->dma_ended[dma.out_status % SOAK_STATUSES]++;
		if (dma.out_status == MOCK_IOMMU_DMA_BLOCKED || !dma.out_done)
			rest(worker);
	}
	return NULL;
}

/* Their answers are waited for, but not for ever. */
static void collect(struct hand *hand, __u32 ep, __u32 nr)
{
	struct mock_iommu_response responses[SEND_MAX];

	did(hand, OP_COLLECT,
	    mock_answers(hand->worker->mock, ep, responses, nr, 20));
}

static void send_requests(struct hand *hand)
{
	struct mock_iommu_request requests[SEND_MAX] = {};
	struct worker *worker = hand->worker;
	__u32 nr = 1 + roll(&hand->dice, SEND_MAX), ep, pasid, i;
	int ret;

	choose_target(hand, &ep, &pasid);
	for (i = 0; i < nr; i++) {
		requests[i].flags = MOCK_IOMMU_REQUEST_AUTO_GRPID;
		requests[i].perm = 1 + roll(&hand->dice, 3);
		requests[i].addr =
			SOAK_IOVA + roll(&hand->dice, SOAK_PAGES) * PAGE;
		requests[i].pasid = pasid;
		if (pasid)
			requests[i].flags |= MOCK_IOMMU_REQUEST_PASID;
		if (worker->plan->exact || i == nr - 1 || !roll(&hand->dice, 3))
			requests[i].flags |= MOCK_IOMMU_REQUEST_LAST;
	}
	ret = did(hand, OP_SEND, mock_send(worker->mock, ep, requests, nr));
	if (ret > 0)
		collect(hand, ep, ret);
	else
		rest(worker);
}

static void raise_faults(struct hand *hand, __u32 ep)
{
	struct worker *worker = hand->worker;
	struct mock_iommu_fault fault = {
		.endpoint_id = ep,
		.reason = 1 + roll(&hand->dice, 0xfe),
		.perm = 1 + roll(&hand->dice, 3),
		.addr = SOAK_IOVA,
		.count = 1 + roll(&hand->dice, 24),
	};

	if (roll(&hand->dice, 2)) {
		fault.flags = MOCK_IOMMU_REQUEST_PASID;
		fault.pasid = 1 + roll(&hand->dice, SOAK_PASIDS);
	}
	did(hand, OP_FAULT, mock_fault(worker->mock, &fault));
}

static void misbehave(struct hand *hand, __u32 ep)
{
	struct mock_iommu_misbehave arg = {
		.size = sizeof(arg),
		.endpoint_id = ep,
		.what = roll(&hand->dice, 3),
		.nth = 1 + roll(&hand->dice, 4),
		.count = roll(&hand->dice, 3),
	};

	did(hand, OP_MISBEHAVE,
	    call(hand->worker->mock, MOCK_IOMMU_MISBEHAVE, &arg));
}

static void queue_error(struct hand *hand, __u32 ep)
{
	did(hand, OP_QUEUE_ERROR,
	    mock_queue_error(hand->worker->mock, ep, roll(&hand->dice, 3)));
}

static void reset(struct hand *hand, __u32 ep)
{
	did(hand, OP_RESET, mock_endpoint_reset(hand->worker->mock, ep));
}

/* Never left masked for longer than it takes to ask for something. */
static void mask(struct hand *hand, __u32 ep)
{
	const struct worker *worker = hand->worker;

	did(hand, OP_MASK,
	    mock_iommu_mask(worker->mock, worker->plan->iommu, 1));
	send_requests(hand);
	raise_faults(hand, ep);
	did(hand, OP_MASK,
	    mock_iommu_mask(worker->mock, worker->plan->iommu, 0));
}

typedef void (*harm_fn)(struct hand *hand, __u32 ep);

/* Requests and faults without a DMA, and what a bad device does */
void *sender(void *arg)
{
	static const harm_fn harm[] = {
		misbehave,
		queue_error,
		reset,
		mask,
	};
	struct hand *hand = arg;
	struct worker *worker = hand->worker;
	__u32 what;

	step_back();
	while (!worker->stop) {
		what = roll(&hand->dice, 12);
		if (what < 7)
			send_requests(hand);
		else if (what < 9)
			raise_faults(hand, any_endpoint(hand)->ep);
		else if (worker->plan->exact)
			rest(worker);
		else
			harm[roll(&hand->dice, 4)](hand,
						   any_endpoint(hand)->ep);
	}
	return NULL;
}
