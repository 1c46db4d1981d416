// SPDX-License-Identifier: GPL-2.0-only
/*
 * QUEUEs of page requests: what the user may wish for, how they begin and end.
 */
#include <linux/eventfd.h>
#include <linux/log2.h>
#include <linux/seq_file.h>
#include <uapi/linux/iommufd.h>

#include "faultq_private.h"

static int faultq_iopf_check_timeout(const struct faultq_queue_alloc *arg)
{
	switch (arg->timeout_action) {
	case FAULTQ_TIMEOUT_OFF:
		return arg->timeout_ms ? -EINVAL : 0;
	case FAULTQ_TIMEOUT_WARN:
	case FAULTQ_TIMEOUT_INVALID:
		if (!arg->timeout_ms || arg->timeout_ms > FAULTQ_MAX_TIMEOUT_MS)
			return -EINVAL;
		return 0;
	}
	return -EOPNOTSUPP;
}

static int faultq_iopf_check(const struct faultq_queue_alloc *arg)
{
	if (arg->flags)
		return -EOPNOTSUPP;
	if (!is_power_of_2(arg->nr_groups) ||
	    arg->nr_groups > FAULTQ_MAX_GROUPS || arg->source_id ||
	    arg->native_type)
		return -EINVAL;
	return faultq_iopf_check_timeout(arg);
}

static void faultq_iopf_init(struct faultq_queue *queue,
			     const struct faultq_queue_alloc *arg)
{
	queue->nr_groups = arg->nr_groups;
	queue->index_bits = ilog2(arg->nr_groups);
	queue->ring_bits = order_base_2(arg->nr_rings);
	queue->timeout_ns = (u64)arg->timeout_ms * NSEC_PER_MSEC;
	queue->timeout_action = arg->timeout_action;
	INIT_DELAYED_WORK(&queue->timeout_work, faultq_timeout_work);
}

static void faultq_iopf_kill_ring(struct faultq_ring *ring)
{
	spin_lock(&ring->lock);
	ring->dead = true;
	faultq_ring_signal(ring);
	spin_unlock(&ring->lock);
	faultq_revoke(ring, NULL);
}

static void faultq_iopf_kill(struct faultq_queue *queue)
{
	u32 i;

	for (i = 0; i < queue->nr_rings; i++)
		faultq_iopf_kill_ring(&queue->rings[i]);
	/* no ring arms it any more, and it does not arm itself when dead */
	cancel_delayed_work_sync(&queue->timeout_work);
}

static int faultq_iopf_ring_init(struct faultq_ring *ring)
{
	const u32 nr_groups = ring->queue->nr_groups;
	int ret;

	BUILD_BUG_ON(sizeof(struct faultq_page_request) != 64);

	spin_lock_init(&ring->lock);
	mutex_init(&ring->response_lock);
	INIT_LIST_HEAD(&ring->free);
	INIT_LIST_HEAD(&ring->waiting);
	INIT_LIST_HEAD(&ring->published);
	faultq_ring_init(&ring->responses, nr_groups, 0);
	ret = faultq_pending_alloc(ring);
	if (ret)
		return ret;
	ret = faultq_region_alloc(&ring->regions[FAULTQ_REGION_RESPONSES],
				  array_size(nr_groups,
					     sizeof(*ring->response_slots)));
	ring->response_slots = ring->regions[FAULTQ_REGION_RESPONSES].addr;
	return ret;
}

static void faultq_iopf_ring_free(struct faultq_ring *ring)
{
	faultq_pending_free(ring);
	if (ring->eventfd)
		eventfd_ctx_put(ring->eventfd);
}

static struct eventfd_ctx *faultq_iopf_set_eventfd(struct faultq_ring *ring,
						   struct eventfd_ctx *eventfd)
{
	struct eventfd_ctx *old;

	spin_lock(&ring->lock);
	old = ring->eventfd;
	WRITE_ONCE(ring->eventfd, eventfd);
	spin_unlock(&ring->lock);
	return old;
}

static int faultq_iopf_check_read(size_t count)
{
	return count && !(count % sizeof(struct iommu_hwpt_pgfault)) ? 0 :
								       -EINVAL;
}

static void faultq_iopf_show(struct seq_file *m, struct faultq_ring *ring)
{
	const struct faultq_ring_header *h = ring->header;

	spin_lock(&ring->lock);
	seq_printf(m, "queue=%u ring=%u head=%u tail=%u pending=%llu ",
		   ring->queue->object.id, ring->index, ring->prod.mine,
		   ring->prod.theirs, faultq_ring_pending(ring));
	seq_printf(m, "arrived=%llu published=%llu answered=%llu ", h->arrived,
		   h->published, h->answered);
	seq_printf(m, "timed_out=%llu revoked=%llu refused=%llu overdue=%llu ",
		   h->timed_out, h->revoked, h->refused, h->overdue);
	seq_printf(m, "bad_responses=%llu bad_indices=%llu wakeups=%llu%s\n",
		   h->bad_responses, h->bad_indices, h->wakeups,
		   ring->dead ? " dead" : "");
	spin_unlock(&ring->lock);
}

const struct faultq_queue_kind faultq_queue_iopf = {
	.type = FAULTQ_QUEUE_TYPE_IOPF,
	.record_size = sizeof(struct faultq_page_request),
	.answered = true,
	.check = faultq_iopf_check,
	.init = faultq_iopf_init,
	.kill = faultq_iopf_kill,
	.ring_init = faultq_iopf_ring_init,
	.ring_free = faultq_iopf_ring_free,
	.set_eventfd = faultq_iopf_set_eventfd,
	.readable = faultq_iopf_readable,
	.check_read = faultq_iopf_check_read,
	.read = faultq_iopf_read,
	.show = faultq_iopf_show,
};
