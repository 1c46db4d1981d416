// SPDX-License-Identifier: GPL-2.0-only
/*
 * Groups that no one answers in time.
 *
 * Both lists of a ring are in the order of arrival, so what is too old stands
 * at their heads. One work item a QUEUE looks for it and sleeps until the next
 * group's time comes; it sleeps for good while nothing is pending.
 */
#include <linux/jiffies.h>
#include <linux/timekeeping.h>

#include "faultq_private.h"
#include "faultq_trace.h"

struct workqueue_struct *faultq_workqueue;

int faultq_timeout_init(void)
{
	faultq_workqueue = alloc_workqueue("faultq", WQ_UNBOUND, 0);
	return faultq_workqueue ? 0 : -ENOMEM;
}

/* QUEUEs may be on their way to it, to be freed after a grace period. */
void faultq_timeout_exit(void)
{
	rcu_barrier();
	destroy_workqueue(faultq_workqueue);
}

/**
 * faultq_timeout_arm() - see to it that a new group is looked after in time
 * @queue: the QUEUE, the lock of one of its rings held
 */
void faultq_timeout_arm(struct faultq_queue *queue)
{
	if (queue->timeout_ns)
		queue_delayed_work(faultq_workqueue, &queue->timeout_work,
				   nsecs_to_jiffies(queue->timeout_ns) + 1);
}

static void faultq_timeout_expire(struct faultq_ring *ring,
				  struct faultq_pending *p,
				  struct list_head *expired)
{
	trace_faultq_timeout(ring, p);
	if (ring->queue->timeout_action == FAULTQ_TIMEOUT_WARN) {
		p->overdue = true;
		ring->header->overdue++;
		return;
	}
	p->tag = 0;
	ring->header->timed_out++;
	list_move_tail(&p->node, expired);
}

/* Returns the arrival of the first group that is not too old, or U64_MAX. */
static u64 faultq_timeout_scan(struct faultq_ring *ring, struct list_head *list,
			       u64 before, struct list_head *expired)
{
	struct faultq_pending *p, *next;

	lockdep_assert_held(&ring->lock);
	list_for_each_entry_safe(p, next, list, node) {
		if (p->arrival > before)
			return p->arrival;
		if (!p->overdue)
			faultq_timeout_expire(ring, p, expired);
	}
	return U64_MAX;
}

static u64 faultq_timeout_ring(struct faultq_ring *ring, u64 before)
{
	LIST_HEAD(expired);
	u64 published, waiting;

	spin_lock(&ring->lock);
	published =
		faultq_timeout_scan(ring, &ring->published, before, &expired);
	waiting = faultq_timeout_scan(ring, &ring->waiting, before, &expired);
	spin_unlock(&ring->lock);
	faultq_revoke_list(ring, &expired);
	return min(published, waiting);
}

void faultq_timeout_work(struct work_struct *work)
{
	struct delayed_work *delayed = to_delayed_work(work);
	struct faultq_queue *queue =
		container_of(delayed, struct faultq_queue, timeout_work);
	u64 now = ktime_get_ns(), before, next = U64_MAX;
	u32 i;

	before = now - min(now, queue->timeout_ns);
	for (i = 0; i < queue->nr_rings; i++)
		next = min(next, faultq_timeout_ring(&queue->rings[i], before));
	if (next != U64_MAX && !READ_ONCE(queue->dead))
		mod_delayed_work(faultq_workqueue, &queue->timeout_work,
				 nsecs_to_jiffies(next - before) + 1);
}
