// SPDX-License-Identifier: GPL-2.0-only
/*
 * Queues that the hardware fills, emptied a bounded number of records at a time.
 *
 * Endpoints can fill a queue as fast as the driver empties it, so a handler that
 * ran until the queue is empty might never return. An interrupt handles up to
 * MOCK_POLL_BUDGET records; if that was not all, a work item handles as many
 * again and queues itself again, until it finds the queue empty. Between two
 * batches mock_iommu.lock is dropped and the work item goes to the end of its
 * workqueue, so neither a processor nor the lock is held for longer than a batch.
 */
#include <linux/minmax.h>
#include <linux/seq_file.h>

#include "mock.h"

static struct workqueue_struct *mock_workqueue;

int mock_poll_start(void)
{
	mock_workqueue = alloc_workqueue("mock_iommu", WQ_UNBOUND, 0);
	return mock_workqueue ? 0 : -ENOMEM;
}

/* No instance is left. */
void mock_poll_stop(void)
{
	destroy_workqueue(mock_workqueue);
}

/**
 * mock_poll_queue_work() - continue in a work item
 * @work: handles records, at most a batch of them
 *
 * Any context. The work item runs after this and sees every record that was
 * written before, even if it was queued already.
 */
void mock_poll_queue_work(struct work_struct *work)
{
	queue_work(mock_workqueue, work);
}

/**
 * mock_poll_add_stats() - show what is counted of a queue in debugfs
 * @iommu: the instance, which is not shown yet
 * @stats: what is counted
 * @name: of the queue
 */
void mock_poll_add_stats(struct mock_iommu *iommu,
			 struct mock_poll_stats *stats, const char *name)
{
	stats->name = name;
	list_add_tail(&stats->node, &iommu->poll_stats);
}

/**
 * mock_poll_count() - account for a batch
 * @stats: of the queue, locked by the caller
 * @nr: records in the batch
 *
 * Return: true if there may be more records, and a work item is to handle them.
 */
bool mock_poll_count(struct mock_poll_stats *stats, unsigned int nr)
{
	bool more = nr >= MOCK_POLL_BUDGET;

	WRITE_ONCE(stats->largest, max(stats->largest, nr));
	WRITE_ONCE(stats->continued, stats->continued + more);
	return more;
}

void mock_poll_show(struct mock_iommu *iommu, struct seq_file *s)
{
	struct mock_poll_stats *stats;

	list_for_each_entry(stats, &iommu->poll_stats, node)
		seq_printf(s, "%s: largest batch %u, continued %llu\n",
			   stats->name, READ_ONCE(stats->largest),
			   READ_ONCE(stats->continued));
}

static void mock_poll_batch(struct mock_poll *poll)
{
	struct mock_iommu *iommu = poll->iommu;
	bool more = false;

	mutex_lock(&iommu->lock);
	if (!poll->masked)
		more = mock_poll_count(&poll->stats,
				       poll->take(iommu, MOCK_POLL_BUDGET));
	mutex_unlock(&iommu->lock);
	if (more)
		mock_poll_queue_work(&poll->work);
}

static void mock_poll_work(struct work_struct *work)
{
	mock_poll_batch(container_of(work, struct mock_poll, work));
}

/**
 * mock_poll_init() - prepare to empty a queue
 * @poll: the queue
 * @iommu: the instance, which is not shown yet
 * @name: of the queue, for debugfs
 * @take: &mock_poll.take
 */
void mock_poll_init(struct mock_poll *poll, struct mock_iommu *iommu,
		    const char *name, mock_poll_take_fn *take)
{
	poll->iommu = iommu;
	poll->take = take;
	INIT_WORK(&poll->work, mock_poll_work);
	mock_poll_add_stats(iommu, &poll->stats, name);
}

/**
 * mock_poll_exit() - stop emptying a queue
 * @poll: the queue; the hardware sends no interrupt for it any more
 */
void mock_poll_exit(struct mock_poll *poll)
{
	cancel_work_sync(&poll->work);
}

/**
 * mock_poll_interrupt() - there are records in the queue
 * @poll: the queue
 *
 * Process context. While the work item is pending it is left to that: those whose
 * accesses fault need not wait for the lock.
 */
void mock_poll_interrupt(struct mock_poll *poll)
{
	if (work_pending(&poll->work))
		mock_poll_queue_work(&poll->work);
	else
		mock_poll_batch(poll);
}

/**
 * mock_poll_drain() - handle all records that are in the queue now
 * @poll: the queue; its instance is locked
 * @limit: as many as there can be
 *
 * Masked or not. Of what is added meanwhile some may be handled too; the rest has
 * raised an interrupt.
 */
void mock_poll_drain(struct mock_poll *poll, unsigned int limit)
{
	unsigned int budget;

	lockdep_assert_held(&poll->iommu->lock);
	while (limit) {
		budget = min(limit, MOCK_POLL_BUDGET);
		if (poll->take(poll->iommu, budget) < budget)
			return;
		limit -= budget;
		cond_resched();
	}
}

/**
 * mock_poll_mask() - have the work item leave the queue alone
 * @poll: the queue, whose interrupt is masked
 */
void mock_poll_mask(struct mock_poll *poll)
{
	mutex_lock(&poll->iommu->lock);
	poll->masked = true;
	mutex_unlock(&poll->iommu->lock);
}

/**
 * mock_poll_unmask() - undo mock_poll_mask()
 * @poll: the queue, whose interrupt is still masked
 *
 * The work item may have found it masked: it runs again.
 */
void mock_poll_unmask(struct mock_poll *poll)
{
	mutex_lock(&poll->iommu->lock);
	poll->masked = false;
	mutex_unlock(&poll->iommu->lock);
	mock_poll_batch(poll);
}
