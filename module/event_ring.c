// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ring of a QUEUE of events as its producer.
 *
 * Losses are summed up by cause, and reported by a record as soon as there is
 * room for it and for one event more: so a consumer that frees one slot at a
 * time gets events and not only losses. Room is looked for by the next
 * report, and by a consumer that reads or polls. A ring has at least
 * FAULTQ_MIN_EVENT_RECORDS slots, so an empty one has always room enough.
 *
 * Each lost event takes a sequence number, and so does each loss that the hardware
 * reports, however many events it stands for. A LOST record carries the number of
 * the last loss that it covers, and LOST records are written in ascending order:
 * sequence numbers in the ring strictly ascend, and every gap is a loss.
 *
 * A full ring costs a report a look at the tail and two counters.
 */
#include <linux/timekeeping.h>

#include "event.h"
#include "faultq_trace.h"

static struct faultq_event *faultq_event_slot(struct faultq_events *events,
					      u32 index)
{
	return &events->records[faultq_ring_slot(&events->ring->prod, index)];
}

static void faultq_event_publish(struct faultq_events *events, u32 nr)
{
	struct faultq_ring *ring = events->ring;

	faultq_prod_publish(&ring->prod, &ring->header->head, nr);
	if (faultq_ring_must_wake(ring, nr))
		faultq_event_signal(events);
}

/**
 * faultq_event_signal() - wake whoever waits for this ring, soon
 * @events: the ring, locked
 */
void faultq_event_signal(struct faultq_events *events)
{
	lockdep_assert_held(&events->lock);
	events->ring->armed = false;
	if (!irq_work_queue(&events->wake))
		return;
	events->ring->header->wakeups++;
	trace_faultq_wake(events->ring);
}

static void faultq_loss_write(struct faultq_events *events, u16 cause,
			      u32 index)
{
	struct faultq_lost_events *record =
		(void *)faultq_event_slot(events, index);
	struct faultq_loss *loss = &events->losses[cause];

	BUILD_BUG_ON(sizeof(*record) != sizeof(struct faultq_event));

	*record = (struct faultq_lost_events){
		.type = FAULTQ_RECORD_LOST,
		.cause = cause,
		.sequence = loss->sequence,
		.count = loss->count,
		.timestamp = loss->timestamp,
	};
	*loss = (struct faultq_loss){};
}

/* Return the pending cause with the lowest sequence number; there is one. */
static u32 faultq_loss_oldest(const struct faultq_events *events)
{
	u32 cause, age, oldest = 0, max = 0;

	for (cause = 0; cause < FAULTQ_NR_LOST_CAUSES; cause++) {
		age = events->ring->header->sequence -
		      events->losses[cause].sequence;
		if (events->losses[cause].pending && age > max) {
			max = age;
			oldest = cause;
		}
	}
	return oldest;
}

/* Writes what is pending, not visible yet, and returns how many records. */
static u32 faultq_event_write_losses(struct faultq_events *events)
{
	u32 nr = 0, index = events->ring->prod.mine;

	if (likely(!events->nr_losses))
		return 0;
	for (; events->nr_losses; events->nr_losses--)
		faultq_loss_write(events, faultq_loss_oldest(events),
				  index + nr++);
	events->woken_early = false;
	return nr;
}

static bool faultq_event_has_room(struct faultq_events *events)
{
	return faultq_ring_has_room(events->ring, events->nr_losses + 1);
}

/**
 * faultq_event_tell_losses() - publish records of what was lost, if there is
 *	room
 * @events: the ring, locked
 *
 * Return: true if there were such.
 */
bool faultq_event_tell_losses(struct faultq_events *events)
{
	lockdep_assert_held(&events->lock);
	if (!events->nr_losses || !faultq_event_has_room(events))
		return false;
	faultq_event_publish(events, faultq_event_write_losses(events));
	return true;
}

static void faultq_event_note_loss(struct faultq_events *events,
				   const char *device, u16 cause, u64 count)
{
	struct faultq_ring_header *header = events->ring->header;
	struct faultq_loss *loss = &events->losses[cause];

	header->sequence += count;
	trace_faultq_lost(events->ring, device, cause, count);
	/* such a ring has no LOST records: the gap shows the loss */
	if (events->ring->queue->overwrite)
		return;
	loss->count += count;
	loss->sequence = header->sequence - 1;
	if (loss->pending)
		return;
	loss->pending = true;
	loss->timestamp = ktime_get_ns();
	events->nr_losses++;
}

/*
 * Does the consumer sleep until there are more records than the ring has room
 * for? Says so once for each index that it asks for. Else it would never learn
 * that events are lost meanwhile.
 */
static bool faultq_event_must_wake_early(struct faultq_events *events)
{
	const struct faultq_ring *ring = events->ring;
	const u32 wake = faultq_load(&ring->control->wake);

	if (!faultq_prod_is_ahead(&ring->prod, wake) ||
	    (events->woken_early && events->early_wake == wake))
		return false;
	events->woken_early = true;
	events->early_wake = wake;
	return true;
}

/*
 * Publish what was just lost, or have the consumer make room. One that polls is
 * woken as for a record: poll() publishes the loss once there is room.
 */
static void faultq_event_announce_losses(struct faultq_events *events)
{
	if (faultq_event_tell_losses(events) || !events->nr_losses)
		return;
	if (events->ring->armed || faultq_event_must_wake_early(events))
		faultq_event_signal(events);
}

static bool faultq_event_make_room(struct faultq_events *events)
{
	struct faultq_ring *ring = events->ring;
	struct faultq_ring_header *header = ring->header;

	if (!ring->queue->overwrite)
		return faultq_event_has_room(events);
	if (ring->prod.mine - header->oldest == ring->prod.size &&
	    faultq_prod_give_up(&ring->prod, &ring->control->tail,
				&header->oldest))
		header->lost_overwritten++;
	return true;
}

static void faultq_event_write(struct faultq_events *events,
			       const struct faultq_event *event,
			       const char *device)
{
	struct faultq_ring_header *header = events->ring->header;
	u32 nr = faultq_event_write_losses(events);
	struct faultq_event *record;

	record = faultq_event_slot(events, events->ring->prod.mine + nr);
	*record = *event;
	record->sequence = header->sequence;
	record->timestamp = ktime_get_ns();
	trace_faultq_event(events->ring, record, device);
	header->published++;
	header->sequence++;
	faultq_event_publish(events, nr + 1);
}

static void faultq_event_lose(struct faultq_events *events, const char *device)
{
	events->ring->header->lost_full++;
	faultq_event_note_loss(events, device, FAULTQ_LOST_FULL, 1);
	faultq_event_announce_losses(events);
}

/**
 * faultq_event_add() - put an event into a ring, or account it as lost
 * @events: the ring
 * @event: the event but for its sequence and timestamp
 * @device: name of the device for the trace, "-" if there is none
 *
 * Any context but NMI.
 */
void faultq_event_add(struct faultq_events *events,
		      const struct faultq_event *event, const char *device)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&events->lock, flags);
	events->ring->header->arrived++;
	if (faultq_event_make_room(events))
		faultq_event_write(events, event, device);
	else
		faultq_event_lose(events, device);
	raw_spin_unlock_irqrestore(&events->lock, flags);
}

/**
 * faultq_event_add_loss() - account events that were lost on their way to a ring
 * @events: the ring
 * @cause: FAULTQ_LOST_MEMORY or FAULTQ_LOST_HARDWARE
 * @count: MEMORY: how many events; HARDWARE: how many losses
 *
 * Any context but NMI.
 */
void faultq_event_add_loss(struct faultq_events *events, u16 cause, u64 count)
{
	struct faultq_ring_header *header = events->ring->header;
	unsigned long flags;

	raw_spin_lock_irqsave(&events->lock, flags);
	if (cause == FAULTQ_LOST_HARDWARE) {
		header->lost_hardware += count;
	} else {
		header->lost_memory += count;
		header->arrived += count;
	}
	faultq_event_note_loss(events, "-", cause, count);
	faultq_event_announce_losses(events);
	raw_spin_unlock_irqrestore(&events->lock, flags);
}
