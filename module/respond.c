// SPDX-License-Identifier: GPL-2.0-only
/*
 * Responses of user space: from the response ring, or from an array.
 */
#include <linux/nospec.h>
#include <linux/sched.h>

#include "faultq_private.h"
#include "faultq_trace.h"

/* How many groups are taken off a ring under one hold of its lock. */
#define FAULTQ_BATCH 16

struct faultq_answer {
	struct iopf_group *group;
	struct faultq_attachment *attachment;
	u32 code;
};

static bool faultq_respond_take(struct faultq_ring *ring,
				const struct faultq_response *response,
				struct faultq_answer *answer)
{
	struct faultq_pending *p = faultq_pending_find(ring, response->tag);
	bool accepted = p && response->code <= FAULTQ_RESPONSE_INVALID;

	trace_faultq_response(ring, p, response, accepted);
	if (!accepted) {
		ring->header->bad_responses++;
		return false;
	}
	answer->group = p->group;
	answer->attachment = p->attachment;
	answer->code = response->code;
	faultq_pending_put(ring, p);
	ring->header->answered++;
	return true;
}

/* Without the ring's lock: the answer goes back into the IOMMU driver. */
static void faultq_respond_carry_out(const struct faultq_answer *answers,
				     u32 nr)
{
	u32 i;

	BUILD_BUG_ON((int)FAULTQ_RESPONSE_SUCCESS !=
		     (int)IOMMU_PAGE_RESP_SUCCESS);
	BUILD_BUG_ON((int)FAULTQ_RESPONSE_INVALID !=
		     (int)IOMMU_PAGE_RESP_INVALID);

	for (i = 0; i < nr; i++) {
		faultq_iopf_answer(answers[i].group, answers[i].code);
		faultq_attachment_put(answers[i].attachment);
	}
}

static struct faultq_response faultq_respond_slot(struct faultq_ring *ring,
						  u32 index)
{
	struct faultq_response *slot =
		ring->response_slots +
		faultq_ring_slot(&ring->responses, index);

	return (struct faultq_response){
		.tag = faultq_load(&slot->tag),
		.code = faultq_load(&slot->code),
	};
}

static void faultq_respond_batch(struct faultq_ring *ring, u32 nr)
{
	struct faultq_answer answers[FAULTQ_BATCH];
	struct faultq_response response;
	u32 i, taken = 0;

	spin_lock(&ring->lock);
	for (i = 0; i < nr; i++) {
		response = faultq_respond_slot(ring, ring->responses.mine + i);
		if (faultq_respond_take(ring, &response, &answers[taken]))
			taken++;
	}
	spin_unlock(&ring->lock);
	faultq_cons_release(&ring->responses, &ring->header->resp_tail, nr);
	faultq_respond_carry_out(answers, taken);
}

static int faultq_respond_consume(struct faultq_ring *ring)
{
	u32 ready, done = 0;

	if (faultq_cons_refresh(&ring->responses, &ring->control->resp_head)) {
		faultq_ring_bad_index(ring);
		return -EIO;
	}
	while ((ready = faultq_cons_ready(&ring->responses))) {
		ready = min(ready, FAULTQ_BATCH);
		faultq_respond_batch(ring, ready);
		done += ready;
		cond_resched();
	}
	return done;
}

/**
 * faultq_respond_ring() - carry out what lies in the response ring
 * @ring: the ring
 *
 * Takes what was there when it began, at most one ring full. Refused
 * responses are counted and skipped: the user is told by the counter.
 *
 * Return: how many were taken, or -EIO for a response head out of range.
 */
int faultq_respond_ring(struct faultq_ring *ring)
{
	int ret;

	mutex_lock(&ring->response_lock);
	ret = faultq_respond_consume(ring);
	mutex_unlock(&ring->response_lock);
	return ret;
}

static struct faultq_ring *faultq_respond_find_ring(struct faultq_queue *queue,
						    u32 tag)
{
	u32 index = (tag >> queue->index_bits) & ((1U << queue->ring_bits) - 1);

	/* a tag of no ring is counted as a bad response of the first */
	index = index < queue->nr_rings ? index : 0;
	return &queue->rings[array_index_nospec(index, queue->nr_rings)];
}

/**
 * faultq_respond_array() - carry out responses, up to the first refused one
 * @queue: the QUEUE
 * @responses: in kernel memory
 * @nr: how many
 *
 * Return: how many were carried out; fewer than @nr if one was refused.
 */
int faultq_respond_array(struct faultq_queue *queue,
			 const struct faultq_response *responses, u32 nr)
{
	struct faultq_answer answer;
	struct faultq_ring *ring;
	bool taken;
	u32 i;

	for (i = 0; i < nr; i++) {
		ring = faultq_respond_find_ring(queue, responses[i].tag);
		spin_lock(&ring->lock);
		taken = faultq_respond_take(ring, &responses[i], &answer);
		spin_unlock(&ring->lock);
		if (!taken)
			break;
		faultq_respond_carry_out(&answer, 1);
	}
	return i;
}
