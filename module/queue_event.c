// SPDX-License-Identifier: GPL-2.0-only
/*
 * QUEUEs of events: what the user may wish for, how they begin and end, and how
 * their consumers are woken.
 */
#include <linux/eventfd.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "event.h"

static int faultq_event_check(const struct faultq_queue_alloc *arg)
{
	if (arg->flags & ~FAULTQ_QUEUE_ALLOC_OVERWRITE)
		return -EOPNOTSUPP;
	if (arg->nr_rings != 1 || arg->nr_records < FAULTQ_MIN_EVENT_RECORDS ||
	    arg->nr_groups || arg->timeout_ms || arg->timeout_action)
		return -EINVAL;
	return 0;
}

static void faultq_event_init(struct faultq_queue *queue,
			      const struct faultq_queue_alloc *arg)
{
	queue->overwrite = arg->flags & FAULTQ_QUEUE_ALLOC_OVERWRITE;
	queue->native_type = arg->native_type;
}

/* Keep the length of a record: read() may need it when the driver is gone. */
static int faultq_event_add_source(struct faultq_queue *queue,
				   struct hlist_head *source,
				   const struct faultq_driver *driver)
{
	const struct faultq_native_format *format;

	if (queue->native_type != FAULTQ_NATIVE_NONE) {
		format = faultq_driver_format(driver, queue->native_type);
		if (!format)
			return -EOPNOTSUPP;
		queue->native_len = format->length;
	}
	return faultq_source_add(source, queue);
}

static int faultq_event_connect(struct faultq_queue *queue,
				struct faultq_ctx *ctx, u32 source_id)
{
	struct faultq_viommu *viommu = faultq_viommu_get(ctx, source_id);
	struct faultq_device *device;
	int ret;

	if (viommu) {
		ret = faultq_event_add_source(queue, &viommu->event_queues,
					      viommu->driver);
		faultq_viommu_put(viommu);
		return ret;
	}
	device = faultq_device_lock(ctx, source_id);
	if (IS_ERR(device))
		return PTR_ERR(device);
	ret = faultq_event_add_source(queue, &device->event_queues,
				      faultq_driver_of(device->dev));
	faultq_device_unlock(device);
	return ret;
}

static void faultq_event_kill(struct faultq_queue *queue)
{
	struct faultq_events *events = queue->rings[0].events;
	unsigned long flags;

	faultq_source_remove(queue);
	raw_spin_lock_irqsave(&events->lock, flags);
	faultq_event_signal(events);
	raw_spin_unlock_irqrestore(&events->lock, flags);
}

/* In a hard interrupt, or on PREEMPT_RT in a thread */
static void faultq_event_wake(struct irq_work *wake)
{
	struct faultq_events *events =
		container_of(wake, struct faultq_events, wake);
	struct eventfd_ctx *eventfd;

	rcu_read_lock();
	eventfd = rcu_dereference(events->eventfd);
	if (eventfd)
		eventfd_signal(eventfd);
	rcu_read_unlock();
	faultq_queue_wake(events->ring->queue);
}

static int faultq_event_ring_init(struct faultq_ring *ring)
{
	struct faultq_events *events;

	BUILD_BUG_ON(sizeof(struct faultq_event) != 128);

	events = kzalloc(sizeof(*events), GFP_KERNEL_ACCOUNT);
	if (!events)
		return -ENOMEM;
	raw_spin_lock_init(&events->lock);
	init_irq_work(&events->wake, faultq_event_wake);
	events->ring = ring;
	events->records = (void *)ring->records;
	ring->events = events;
	if (ring->queue->overwrite)
		ring->header->flags = FAULTQ_RING_OVERWRITE;
	return 0;
}

/* No report has it in hand, so no wake-up is asked for any more. */
static void faultq_event_ring_free(struct faultq_ring *ring)
{
	struct faultq_events *events = ring->events;
	struct eventfd_ctx *eventfd;

	if (!events)
		return;
	irq_work_sync(&events->wake);
	eventfd = rcu_access_pointer(events->eventfd);
	if (eventfd)
		eventfd_ctx_put(eventfd);
	kfree(events);
}

static struct eventfd_ctx *faultq_event_set_eventfd(struct faultq_ring *ring,
						    struct eventfd_ctx *eventfd)
{
	struct eventfd_ctx __rcu *old;

	old = xchg(&ring->events->eventfd, RCU_INITIALIZER(eventfd));
	if (old)
		synchronize_rcu();
	return unrcu_pointer(old);
}

static void faultq_event_show(struct seq_file *m, struct faultq_ring *ring)
{
	const struct faultq_ring_header *h = ring->header;
	unsigned long flags;

	raw_spin_lock_irqsave(&ring->events->lock, flags);
	seq_printf(m, "queue=%u ring=%u head=%u tail=%u event native=0x%x ",
		   ring->queue->object.id, ring->index, ring->prod.mine,
		   ring->prod.theirs, ring->queue->native_type);
	seq_printf(m, "arrived=%llu published=%llu lost_full=%llu ", h->arrived,
		   h->published, h->lost_full);
	seq_printf(m, "lost_overwritten=%llu lost_memory=%llu ",
		   h->lost_overwritten, h->lost_memory);
	seq_printf(m, "lost_hardware=%llu sequence=%u oldest=%u ",
		   h->lost_hardware, h->sequence, h->oldest);
	seq_printf(m, "bad_indices=%llu wakeups=%llu%s\n", h->bad_indices,
		   h->wakeups, READ_ONCE(ring->queue->dead) ? " dead" : "");
	raw_spin_unlock_irqrestore(&ring->events->lock, flags);
}

const struct faultq_queue_kind faultq_queue_event = {
	.type = FAULTQ_QUEUE_TYPE_EVENT,
	.record_size = sizeof(struct faultq_event),
	.late = true,
	.check = faultq_event_check,
	.init = faultq_event_init,
	.connect = faultq_event_connect,
	.kill = faultq_event_kill,
	.ring_init = faultq_event_ring_init,
	.ring_free = faultq_event_ring_free,
	.set_eventfd = faultq_event_set_eventfd,
	.readable = faultq_event_readable,
	.check_read = faultq_event_check_read,
	.read = faultq_event_read,
	.show = faultq_event_show,
};
