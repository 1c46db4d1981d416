// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs, under /sys/kernel/debug/faultq: queues, a line a ring with its
 * counters; pending, a line a group that waits for its response; unclaimed, how
 * many events no QUEUE was for; live, how many objects of all kinds there are.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>
#include <linux/timekeeping.h>

#include "faultq_private.h"

static struct dentry *faultq_debugfs;

static void faultq_queues_show_ring(struct seq_file *m,
				    struct faultq_ring *ring)
{
	ring->queue->kind->show(m, ring);
}

static void faultq_pending_show_list(struct seq_file *m,
				     const struct faultq_ring *ring,
				     const struct list_head *list,
				     const char *state)
{
	const struct iommu_fault_page_request *last;
	const struct faultq_pending *p;
	u64 now = ktime_get_ns();

	list_for_each_entry(p, list, node) {
		if (seq_has_overflowed(m))
			return;
		last = &p->group->last_fault.fault.prm;
		seq_printf(m, "queue=%u ring=%u tag=0x%08x dev=%u pasid=%u ",
			   ring->queue->object.id, ring->index, p->tag,
			   p->attachment->dev_id, p->attachment->pasid);
		seq_printf(m, "grpid=%u pages=%zu addr=0x%llx age_us=%llu %s\n",
			   last->grpid, p->group->fault_count, last->addr,
			   div_u64(now - p->arrival, NSEC_PER_USEC), state);
	}
}

static void faultq_pending_show_ring(struct seq_file *m,
				     struct faultq_ring *ring)
{
	if (!ring->queue->kind->answered)
		return;
	spin_lock(&ring->lock);
	faultq_pending_show_list(m, ring, &ring->published, "published");
	faultq_pending_show_list(m, ring, &ring->waiting, "waiting");
	spin_unlock(&ring->lock);
}

static void faultq_debugfs_each_ring(struct seq_file *m,
				     void (*show)(struct seq_file *m,
						  struct faultq_ring *ring))
{
	struct faultq_queue *queue;
	u32 i;

	mutex_lock(&faultq_queues_lock);
	list_for_each_entry(queue, &faultq_queues, node)
		for (i = 0; i < queue->nr_rings; i++)
			show(m, &queue->rings[i]);
	mutex_unlock(&faultq_queues_lock);
}

static int faultq_queues_show(struct seq_file *m, void *unused)
{
	faultq_debugfs_each_ring(m, faultq_queues_show_ring);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(faultq_queues);

static int faultq_pending_show(struct seq_file *m, void *unused)
{
	faultq_debugfs_each_ring(m, faultq_pending_show_ring);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(faultq_pending);

static int faultq_unclaimed_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "%llu\n", faultq_unclaimed_count());
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(faultq_unclaimed);

static int faultq_live_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "%d\n", faultq_live_count());
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(faultq_live);

void faultq_debugfs_init(void)
{
	faultq_debugfs = debugfs_create_dir("faultq", NULL);
	debugfs_create_file("queues", 0400, faultq_debugfs, NULL,
			    &faultq_queues_fops);
	debugfs_create_file("pending", 0400, faultq_debugfs, NULL,
			    &faultq_pending_fops);
	debugfs_create_file("unclaimed", 0400, faultq_debugfs, NULL,
			    &faultq_unclaimed_fops);
	debugfs_create_file("live", 0400, faultq_debugfs, NULL,
			    &faultq_live_fops);
}

void faultq_debugfs_exit(void)
{
	debugfs_remove(faultq_debugfs);
}
