// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the endpoints of a worker do.
 */
#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <sys/resource.h>

#include "bed.h"
#include "event.h"
#include "soak.h"

#define SEND_MAX 8

static void dma_choose(struct hand *hand, struct mock_iommu_dma *dma)
{
	struct dice *dice = &hand->dice;

	dma->op = roll(dice, 4);
	dma->iova = SOAK_IOVA + roll(dice, SOAK_PAGES * PAGE);
	dma->length = 1 + roll(dice, 3 * PAGE);
	dma->max_retries = 1 + roll(dice, 3);
	if (roll(dice, 2)) {
		dma->flags |= MOCK_IOMMU_DMA_PASID;
		dma->pasid = 1 + roll(dice, SOAK_PASIDS);
	}
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
		dma = (struct mock_iommu_dma){
			.endpoint_id = any_endpoint(hand)->ep,
		};
		dma_choose(hand, &dma);
		if (dma.op != MOCK_IOMMU_DMA_COPY)
			dma.buf = (uintptr_t)buf;
		tally->dma_started++;
		if (note(worker, mock_dma(worker->mock, &dma)))
			tally->dma_refused++;
		else
			tally->dma_ended[dma.out_status % SOAK_STATUSES]++;
		if (dma.out_status == MOCK_IOMMU_DMA_BLOCKED)
			sched_yield();
	}
	return NULL;
}

static void send_requests(struct hand *hand, __u32 ep)
{
	struct mock_iommu_request requests[SEND_MAX] = {};
	struct worker *worker = hand->worker;
	__u32 nr = 1 + roll(&hand->dice, SEND_MAX), i;
	int ret;

	for (i = 0; i < nr; i++) {
		requests[i].flags = MOCK_IOMMU_REQUEST_AUTO_GRPID;
		requests[i].perm = 1 + roll(&hand->dice, 3);
		requests[i].addr =
			SOAK_IOVA + roll(&hand->dice, SOAK_PAGES) * PAGE;
		if (roll(&hand->dice, 2)) {
			requests[i].flags |= MOCK_IOMMU_REQUEST_PASID;
			requests[i].pasid = 1 + roll(&hand->dice, SOAK_PASIDS);
		}
		if (worker->plan->exact || i == nr - 1 || !roll(&hand->dice, 3))
			requests[i].flags |= MOCK_IOMMU_REQUEST_LAST;
	}
	ret = note(worker, mock_send(worker->mock, ep, requests, nr));
	if (ret > 0)
		worker->tally->requests += ret;
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
	if (!note(worker, mock_fault(worker->mock, &fault)))
		worker->tally->faults += fault.out_done;
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

	note(hand->worker,
	     call(hand->worker->mock, MOCK_IOMMU_MISBEHAVE, &arg));
}

static void queue_error(struct hand *hand, __u32 ep)
{
	struct mock_iommu_queue_error arg = {
		.size = sizeof(arg),
		.endpoint_id = ep,
		.what = roll(&hand->dice, 3),
	};

	note(hand->worker,
	     call(hand->worker->mock, MOCK_IOMMU_QUEUE_ERROR, &arg));
}

static void reset(struct hand *hand, __u32 ep)
{
	struct mock_iommu_endpoint_reset arg = {
		.size = sizeof(arg),
		.endpoint_id = ep,
	};

	note(hand->worker,
	     call(hand->worker->mock, MOCK_IOMMU_ENDPOINT_RESET, &arg));
}

/* Never left masked for longer than it takes to ask for something. */
static void mask(struct hand *hand, __u32 ep)
{
	struct mock_iommu_iommu_irq arg = {
		.size = sizeof(arg),
		.iommu_id = hand->worker->plan->iommu,
		.masked = 1,
	};

	note(hand->worker,
	     call(hand->worker->mock, MOCK_IOMMU_IOMMU_IRQ, &arg));
	send_requests(hand, ep);
	raise_faults(hand, ep);
	arg.masked = 0;
	note(hand->worker,
	     call(hand->worker->mock, MOCK_IOMMU_IOMMU_IRQ, &arg));
}

static void collect(struct hand *hand, __u32 ep)
{
	struct mock_iommu_response responses[SEND_MAX];

	note(hand->worker,
	     mock_answers(hand->worker->mock, ep, responses, SEND_MAX, 0));
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
	__u32 ep, what;

	step_back();
	while (!worker->stop) {
		ep = any_endpoint(hand)->ep;
		what = roll(&hand->dice, 12);
		if (what < 6)
			send_requests(hand, ep);
		else if (what < 8)
			raise_faults(hand, ep);
		else if (what < 10 || worker->plan->exact)
			collect(hand, ep);
		else
			harm[roll(&hand->dice, 4)](hand, ep);
	}
	return NULL;
}
