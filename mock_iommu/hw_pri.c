// SPDX-License-Identifier: GPL-2.0-only
/*
 * The Page Request Interface of an endpoint (PCIe 10.4): group indices,
 * credits, requests out and answers in.
 *
 * A group index is free until the first request of a group is sent, and again
 * once the group, sent whole, was answered.
 */
#include <linux/jiffies.h>
#include <linux/sched.h>

#include "hw_model.h"
#include "mock_trace.h"

static int hw_pri_find_group(struct hw_endpoint *ep)
{
	u32 i, index;

	lockdep_assert_held(&ep->lock);
	for (i = 0; i < ARRAY_SIZE(ep->groups); i++) {
		index = (ep->next_group + i) % ARRAY_SIZE(ep->groups);
		if (!ep->groups[index].requests) {
			ep->next_group = index + 1;
			return index;
		}
	}
	return -EAGAIN;
}

static void hw_pri_release(struct hw_endpoint *ep, struct hw_group *group,
			   u32 status)
{
	lockdep_assert_held(&ep->lock);
	if (!group->wait)
		return;
	group->wait->status = status;
	complete(&group->wait->done);
	group->wait = NULL;
}

/**
 * hw_pri_abandon() - end every DMA that waits for an answer
 * @ep: the endpoint, locked
 * @status: what the DMA ends with
 * @forget: also free every group index; an answer is then unexpected
 */
void hw_pri_abandon(struct hw_endpoint *ep, u32 status, bool forget)
{
	u32 i;

	lockdep_assert_held(&ep->lock);
	for (i = 0; i < ARRAY_SIZE(ep->groups); i++) {
		hw_pri_release(ep, &ep->groups[i], status);
		if (forget) {
			ep->groups[i].requests = 0;
			ep->groups[i].whole = 0;
		}
	}
	if (forget)
		ep->outstanding = 0;
}

static void hw_pri_log(struct hw_endpoint *ep,
		       const struct mock_iommu_response *answer)
{
	struct hw_log *log = &ep->log;

	lockdep_assert_held(&ep->lock);
	if (log->tail - log->head == ARRAY_SIZE(log->entries))
		log->lost++;
	else
		log->entries[log->tail++ % ARRAY_SIZE(log->entries)] = *answer;
}

/* A code that is not defined is taken for Response Failure. */
static u32 hw_pri_count(struct hw_endpoint *ep,
			const struct mock_iommu_response *answer)
{
	struct mock_iommu_endpoint_stats *stats = &ep->stats;

	lockdep_assert_held(&ep->lock);
	switch (answer->code) {
	case MOCK_IOMMU_RESPONSE_SUCCESS:
		stats->out_auto_success +=
			!!(answer->flags & MOCK_IOMMU_RESPONSE_AUTO);
		stats->out_success++;
		return MOCK_IOMMU_DMA_OK;
	case MOCK_IOMMU_RESPONSE_INVALID:
		stats->out_invalid++;
		return MOCK_IOMMU_DMA_INVALID;
	default:
		stats->out_failure++;
		return MOCK_IOMMU_DMA_FAILURE;
	}
}

/* After a Response Failure the function sends no requests until re-enabled. */
static void hw_pri_settle(struct hw_endpoint *ep, struct hw_group *group,
			  const struct mock_iommu_response *answer)
{
	u32 status = hw_pri_count(ep, answer);

	lockdep_assert_held(&ep->lock);
	hw_pri_release(ep, group, status);
	if (!--group->whole) {
		ep->outstanding -= group->requests;
		group->requests = 0;
	}
	if (status == MOCK_IOMMU_DMA_FAILURE) {
		ep->pri_enabled = false;
		hw_pri_abandon(ep, MOCK_IOMMU_DMA_PRI_STOPPED, false);
	}
}

/**
 * hw_pri_answer() - a PRG Response message arrives
 * @ep: the endpoint
 * @answer: the message
 *
 * An answer to an index that was not sent whole is unexpected (UPRGI).
 */
void hw_pri_answer(struct hw_endpoint *ep,
		   const struct mock_iommu_response *answer)
{
	struct hw_group *group = &ep->groups[answer->grpid];
	struct mock_iommu_response logged = *answer;

	trace_mock_response(ep->hw->id, ep->config.rid, answer);
	spin_lock(&ep->lock);
	if (!group->whole) {
		ep->stats.out_unexpected++;
		logged.flags |= MOCK_IOMMU_RESPONSE_UNEXPECTED;
		hw_pri_log(ep, &logged);
	} else {
		if (!group->dma)
			hw_pri_log(ep, &logged);
		hw_pri_settle(ep, group, answer);
	}
	spin_unlock(&ep->lock);
	if (wq_has_sleeper(&ep->wait))
		wake_up_all(&ep->wait);
}

/* PASID stop marker: L = 1, R = W = 0, with PASID (PCIe 10.4.1.2) */
static bool hw_pri_is_stop_marker(const struct mock_iommu_request *request)
{
	return (request->flags & MOCK_IOMMU_REQUEST_PASID) &&
	       (request->flags & MOCK_IOMMU_REQUEST_LAST) &&
	       !(request->perm &
		 (MOCK_IOMMU_PERM_READ | MOCK_IOMMU_PERM_WRITE));
}

/*
 * Sends one request. If the IOMMU does not take it and it was the last of its
 * group, the IOMMU answers by itself; not to a stop marker.
 */
static void hw_pri_put(struct hw_endpoint *ep,
		       const struct mock_iommu_request *request)
{
	struct mock_iommu_response answer = {
		.flags = MOCK_IOMMU_RESPONSE_AUTO,
		.grpid = request->grpid,
	};

	trace_mock_page_request(ep->hw->id, ep->config.rid, request);
	if (ep->hw->kind->request(ep->hw, ep->config.rid, request,
				  &answer.code) ||
	    !(request->flags & MOCK_IOMMU_REQUEST_LAST) ||
	    hw_pri_is_stop_marker(request))
		return;
	if (request->flags & MOCK_IOMMU_REQUEST_PASID) {
		answer.flags |= MOCK_IOMMU_RESPONSE_PASID;
		answer.pasid = request->pasid;
	}
	hw_pri_answer(ep, &answer);
}

/* 0, or why @ep cannot ask for anything: of enum mock_iommu_dma_status */
static u32 hw_pri_refusal(const struct hw_endpoint *ep, u32 resets)
{
	lockdep_assert_held(&ep->lock);
	if (ep->gone)
		return MOCK_IOMMU_DMA_GONE;
	if (ep->resets != resets)
		return MOCK_IOMMU_DMA_RESET;
	if (!ep->pri_enabled)
		return MOCK_IOMMU_DMA_PRI_STOPPED;
	return 0;
}

/* Takes a group index and credits for up to @pages requests of a DMA. */
static int hw_pri_take(struct hw_endpoint *ep, unsigned int pages,
		       struct hw_wait *wait)
{
	struct hw_group *group;
	int index;

	lockdep_assert_held(&ep->lock);
	if (ep->outstanding >= ep->config.credits)
		return -EAGAIN;
	index = hw_pri_find_group(ep);
	if (index < 0)
		return index;

	group = &ep->groups[index];
	group->requests = min(pages, ep->config.credits - ep->outstanding);
	group->whole = 1;
	group->dma = true;
	group->wait = wait;
	wait->index = index;
	ep->outstanding += group->requests;
	ep->stats.out_page_requests += group->requests;
	ep->stats.out_groups++;
	return group->requests;
}

/**
 * hw_pri_ask() - ask for pages by one group
 * @ep: the endpoint
 * @source: its RID and perhaps a PASID
 * @request: the access to the first page
 * @pages: how many; fewer are asked for without credits for all
 * @wait: completed with the answer's meaning; @resets is filled in
 *
 * The caller reads under hw_iommu.access and calls &hw_kind.raise behind it.
 *
 * Return: the number of requests sent; -EAGAIN without credits or a free
 * index; 0 if there is no asking, and why in @wait->status.
 */
int hw_pri_ask(struct hw_endpoint *ep, const struct hw_source *source,
	       const struct hw_request *request, unsigned int pages,
	       struct hw_wait *wait)
{
	struct mock_iommu_request message = {
		.flags = source->has_pasid ? MOCK_IOMMU_REQUEST_PASID : 0,
		.pasid = source->pasid,
		.perm = request->perm |
			(request->priv ? MOCK_IOMMU_PERM_PRIV : 0),
		.addr = request->addr & HW_PAGE_MASK,
	};
	int i, count = 0;

	init_completion(&wait->done);
	spin_lock(&ep->lock);
	wait->status = hw_pri_refusal(ep, wait->resets);
	if (!wait->status)
		count = hw_pri_take(ep, pages, wait);
	spin_unlock(&ep->lock);

	message.grpid = wait->index;
	for (i = 0; i < count; i++, message.addr += HW_PAGE_SIZE) {
		if (i == count - 1)
			message.flags |= MOCK_IOMMU_REQUEST_LAST;
		hw_pri_put(ep, &message);
	}
	return count;
}

/**
 * hw_pri_cancel() - wait no longer
 * @ep: the endpoint
 * @wait: given to hw_pri_ask(), which sent a group
 *
 * The group stays outstanding; its answer will find no one waiting.
 *
 * Return: false if the answer, or the end, came first and is in @wait.
 */
bool hw_pri_cancel(struct hw_endpoint *ep, struct hw_wait *wait)
{
	struct hw_group *group = &ep->groups[wait->index];
	bool waiting;

	spin_lock(&ep->lock);
	waiting = group->wait == wait;
	if (waiting)
		group->wait = NULL;
	spin_unlock(&ep->lock);
	return waiting;
}

/* A credit and a free index are there, or asking has become pointless. */
static bool hw_pri_may_go_on(struct hw_endpoint *ep, u32 resets)
{
	bool ready;

	spin_lock(&ep->lock);
	ready = hw_pri_refusal(ep, resets) ||
		(ep->outstanding < ep->config.credits &&
		 hw_pri_find_group(ep) >= 0);
	spin_unlock(&ep->lock);
	return ready;
}

/* Waits until it makes sense to call hw_pri_ask() again, or a signal comes. */
int hw_pri_wait_credit(struct hw_endpoint *ep, u32 resets)
{
	return wait_event_interruptible(ep->wait, hw_pri_may_go_on(ep, resets));
}

/* Takes index and credit for a request from outside, one that is no marker. */
static int hw_pri_take_one(struct hw_endpoint *ep,
			   struct mock_iommu_request *request, int *open,
			   bool force)
{
	struct hw_group *group;

	lockdep_assert_held(&ep->lock);
	if (!force && ep->outstanding >= ep->config.credits)
		return -EAGAIN;
	if (request->flags & MOCK_IOMMU_REQUEST_AUTO_GRPID) {
		if (*open < 0)
			*open = hw_pri_find_group(ep);
		if (*open < 0)
			return *open;
		request->grpid = *open;
	}
	group = &ep->groups[request->grpid];
	if (!force && group->whole)
		return -EBUSY;

	group->requests++;
	group->dma = false;
	ep->outstanding++;
	ep->stats.out_page_requests++;
	if (request->flags & MOCK_IOMMU_REQUEST_LAST) {
		group->whole++;
		ep->stats.out_groups++;
		if (request->flags & MOCK_IOMMU_REQUEST_AUTO_GRPID)
			*open = -1;
	}
	return 0;
}

/* @open: the index of a group with a chosen index that is not whole, or -1 */
static int hw_pri_send_one(struct hw_endpoint *ep,
			   struct mock_iommu_request *request, int *open,
			   bool force)
{
	int ret = 0;

	spin_lock(&ep->lock);
	if (ep->gone)
		ret = -ENODEV;
	else if (!ep->pri_enabled && !force)
		ret = -EIO;
	else if (hw_pri_is_stop_marker(request))
		ep->stats.out_stop_markers++;
	else
		ret = hw_pri_take_one(ep, request, open, force);
	spin_unlock(&ep->lock);
	if (ret)
		return ret;

	hw_pri_put(ep, request);
	return 0;
}

/**
 * hw_pri_send() - send page requests from outside
 * @ep: an endpoint with PRI
 * @requests: what to send; the group indices used are filled in
 * @count: how many
 * @force: without credits, on an index in use, with page requests disabled
 *
 * Process context: the interrupt handler runs before this returns.
 *
 * Return: how many were sent, from the first on; if none was: -ENODEV for an
 * endpoint that is gone, -EIO with page requests disabled, -EAGAIN without
 * credits or a free index, -EBUSY for an index in use.
 */
int hw_pri_send(struct hw_endpoint *ep, struct mock_iommu_request *requests,
		unsigned int count, bool force)
{
	unsigned int sent;
	int open = -1, ret = 0;

	down_read(&ep->hw->access);
	for (sent = 0; sent < count; sent++) {
		ret = hw_pri_send_one(ep, &requests[sent], &open, force);
		if (ret)
			break;
	}
	up_read(&ep->hw->access);
	hw_raise(ep->hw);
	return sent ?: ret;
}

static bool hw_pri_logged(struct hw_endpoint *ep, unsigned int count)
{
	bool ready;

	spin_lock(&ep->lock);
	ready = ep->gone || ep->log.tail - ep->log.head >= count;
	spin_unlock(&ep->lock);
	return ready;
}

static long hw_pri_await_log(struct hw_endpoint *ep, unsigned int nr,
			     long timeout)
{
	return wait_event_interruptible_timeout(ep->wait, hw_pri_logged(ep, nr),
						timeout);
}

static unsigned int hw_pri_take_log(struct hw_endpoint *ep,
				    struct mock_iommu_response *responses,
				    unsigned int count, u64 *lost)
{
	struct hw_log *log = &ep->log;
	unsigned int i;

	spin_lock(&ep->lock);
	count = min(count, log->tail - log->head);
	for (i = 0; i < count; i++)
		responses[i] =
			log->entries[log->head++ % ARRAY_SIZE(log->entries)];
	*lost = log->lost;
	log->lost = 0;
	spin_unlock(&ep->lock);
	return count;
}

/**
 * hw_pri_read_log() - take answers to page requests from outside
 * @ep: the endpoint
 * @responses: where to put them
 * @count: how many to wait for and to take at most
 * @timeout_ms: how long to wait; U32_MAX for ever
 * @lost: answers that found the log full since the last reading
 *
 * Return: how many were taken; if none was: -ETIMEDOUT, -ERESTARTNOHAND, or
 * -ENODEV for an endpoint that is gone; 0 only with a timeout of 0.
 */
int hw_pri_read_log(struct hw_endpoint *ep,
		    struct mock_iommu_response *responses, unsigned int count,
		    u32 timeout_ms, u64 *lost)
{
	long timeout = timeout_ms == U32_MAX ? MAX_SCHEDULE_TIMEOUT :
					       msecs_to_jiffies(timeout_ms);
	unsigned int taken;

	timeout = hw_pri_await_log(ep, count, timeout);
	taken = hw_pri_take_log(ep, responses, count, lost);
	if (taken)
		return taken;
	if (READ_ONCE(ep->gone))
		return -ENODEV;
	if (timeout < 0)
		return -ERESTARTNOHAND;
	return timeout_ms ? -ETIMEDOUT : 0;
}
