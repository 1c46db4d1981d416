// SPDX-License-Identifier: GPL-2.0-only
/*
 * read() of a QUEUE of events: each event follows a header of iommufd's, as a
 * native record if the QUEUE is for one format, else as struct faultq_event.
 */
#include <linux/sched.h>
#include <linux/uio.h>

#include "event.h"

/**
 * struct faultq_vevent_header - what each event begins with in read()
 * @flags: FAULTQ_VEVENT_LOST or 0
 * @sequence: of the event that follows, or of the last one that was lost; INT_MAX
 *	is followed by 0
 *
 * Source: struct iommufd_vevent_header of iommufd, since 6.15.
 */
struct faultq_vevent_header {
	u32 flags;
	u32 sequence;
};

/* IOMMU_VEVENTQ_FLAG_LOST_EVENTS */
#define FAULTQ_VEVENT_LOST BIT(0)

/* The user's tail, if it can be, or where what was overwritten ends. */
static u32 faultq_event_tail(const struct faultq_events *events)
{
	const struct faultq_ring *ring = events->ring;
	u32 tail = faultq_load(&ring->control->tail);
	u32 oldest = ring->header->oldest;

	if (ring->queue->overwrite &&
	    ring->prod.mine - tail > ring->prod.mine - oldest)
		return oldest;
	return tail;
}

/*
 * Copies the record at the tail. Returns 1, 0 if there is none, or -EIO for a
 * tail that cannot be. What is taken does not count as overwritten any more.
 */
static int faultq_event_take(struct faultq_events *events, u32 *index,
			     struct faultq_event *event)
{
	struct faultq_ring_side *prod = &events->ring->prod;
	unsigned long flags;
	u32 ready;
	int ret;

	raw_spin_lock_irqsave(&events->lock, flags);
	faultq_event_tell_losses(events);
	*index = faultq_event_tail(events);
	ready = prod->mine - *index;
	ret = ready > prod->size ? -EIO : !!ready;
	if (ret == 1)
		*event = events->records[faultq_ring_slot(prod, *index)];
	if (ret == 1 && events->ring->queue->overwrite)
		prod->theirs = *index + 1;
	if (ret < 0)
		events->ring->header->bad_indices++;
	raw_spin_unlock_irqrestore(&events->lock, flags);
	return ret;
}

/* The copy did not reach the user: it is as if it had not been taken. */
static void faultq_event_put_back(struct faultq_events *events, u32 index)
{
	struct faultq_ring *ring = events->ring;
	unsigned long flags;

	if (!ring->queue->overwrite)
		return;
	raw_spin_lock_irqsave(&events->lock, flags);
	if (ring->prod.mine - index <= ring->prod.mine - ring->header->oldest)
		ring->prod.theirs = index;
	else
		ring->header->lost_overwritten++;
	raw_spin_unlock_irqrestore(&events->lock, flags);
}

/* Returns the bytes that it took, or an error. */
static ssize_t faultq_event_copy(const struct faultq_events *events,
				 const struct faultq_event *event,
				 struct iov_iter *to)
{
	const struct faultq_queue *queue = events->ring->queue;
	struct faultq_vevent_header header = {
		.sequence = event->sequence & INT_MAX,
	};
	const void *body = event->native;
	size_t length = queue->native_len;

	if (queue->native_type == FAULTQ_NATIVE_NONE) {
		body = event;
		length = sizeof(*event);
	}
	if (event->type == FAULTQ_RECORD_LOST) {
		header.flags = FAULTQ_VEVENT_LOST;
		length = 0;
	}
	if (iov_iter_count(to) < sizeof(header) + length)
		return -EINVAL;
	if (!copy_to_iter_full(&header, sizeof(header), to) ||
	    !copy_to_iter_full(body, length, to))
		return -EFAULT;
	return sizeof(header) + length;
}

static ssize_t faultq_event_read_one(struct faultq_events *events,
				     struct iov_iter *to)
{
	struct faultq_event event;
	ssize_t ret;
	u32 index;

	ret = faultq_event_take(events, &index, &event);
	if (ret != 1)
		return ret;
	ret = faultq_event_copy(events, &event, to);
	if (ret < 0)
		faultq_event_put_back(events, index);
	else
		faultq_store_release(&events->ring->control->tail, index + 1);
	return ret;
}

/* What a LOST record takes is the least; more may be asked for later. */
int faultq_event_check_read(size_t count)
{
	return count < sizeof(struct faultq_vevent_header) ? -EINVAL : 0;
}

/* As faultq_iopf_read_again() */
static void faultq_event_read_again(struct faultq_events *events)
{
	unsigned long flags;

	if (!rcu_access_pointer(events->eventfd))
		return;
	raw_spin_lock_irqsave(&events->lock, flags);
	if (faultq_ring_readable(events->ring, faultq_event_tail(events),
				 false))
		faultq_event_signal(events);
	raw_spin_unlock_irqrestore(&events->lock, flags);
}

/*
 * Takes a ring full at most, and what is told of losses behind it: there is no
 * end to what a tail leads to that someone keeps moving back.
 */
ssize_t faultq_event_read(struct faultq_ring *ring, struct iov_iter *to)
{
	u32 left = ring->prod.size + FAULTQ_NR_LOST_CAUSES;
	ssize_t ret, done = 0;

	do {
		ret = faultq_event_read_one(ring->events, to);
		if (ret > 0)
			done += ret;
		cond_resched();
	} while (ret > 0 && --left);
	if (done)
		faultq_event_read_again(ring->events);
	return done ?: ret;
}

/* A loss that waited for room is as good as a record: see to it that it is one. */
bool faultq_event_readable(struct faultq_ring *ring, bool polled)
{
	struct faultq_events *events = ring->events;
	unsigned long flags;
	bool readable;

	raw_spin_lock_irqsave(&events->lock, flags);
	faultq_event_tell_losses(events);
	readable =
		faultq_ring_readable(ring, faultq_event_tail(events), polled);
	raw_spin_unlock_irqrestore(&events->lock, flags);
	return readable;
}
