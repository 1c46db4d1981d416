/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * QUEUEs of events: a ring as what reports put into and readers take out of.
 */
#ifndef FAULTQ_EVENT_H
#define FAULTQ_EVENT_H

#include <linux/irq_work.h>

#include "faultq_private.h"

#define FAULTQ_NR_LOST_CAUSES (FAULTQ_LOST_HARDWARE + 1)

/**
 * struct faultq_loss - losses of one cause that are not reported by a record yet
 * @pending: there are such losses
 * @sequence: number of the last loss
 * @count: how many sequence numbers the losses took
 * @timestamp: CLOCK_MONOTONIC nanoseconds of the first
 */
struct faultq_loss {
	bool pending;
	u32 sequence;
	u64 count;
	u64 timestamp;
};

/**
 * struct faultq_events - what the ring of a QUEUE of events has besides
 * @lock: guards the ring's @prod and @header, @nr_losses and @losses. Taken with
 *	interrupts off, and raw, since reports come from hard interrupts
 * @ring: the ring
 * @records: its records
 * @nr_losses: how many of @losses are pending
 * @losses: by cause
 * @iommu_report: number of the last IOMMU-wide report that was delivered here;
 *	under faultq_iommu_lock
 * @woken_early: since @nr_losses was 0 the consumer was woken for @early_wake,
 *	though there was no room to publish a record of that index
 * @early_wake: the wake-up index that it had then
 * @eventfd: signalled at a wake-up, under RCU
 * @wake: wakes whoever waits. A report only asks for it: wake-ups take locks
 *	that sleep on PREEMPT_RT, and call back into code that may hold locks
 *	which the reporting driver takes inside its own
 */
struct faultq_events {
	raw_spinlock_t lock; /* a leaf */
	struct faultq_ring *ring;
	struct faultq_event *records;
	u32 nr_losses;
	struct faultq_loss losses[FAULTQ_NR_LOST_CAUSES];
	u64 iommu_report;
	bool woken_early;
	u32 early_wake;
	struct eventfd_ctx __rcu *eventfd;
	struct irq_work wake;
};

/* event_ring.c: the producer */

void faultq_event_add(struct faultq_events *events,
		      const struct faultq_event *event, const char *device);
void faultq_event_add_loss(struct faultq_events *events, u16 cause, u64 count);
bool faultq_event_tell_losses(struct faultq_events *events);
void faultq_event_signal(struct faultq_events *events);

/* event_read.c: the kernel as a consumer */

bool faultq_event_readable(struct faultq_ring *ring, bool polled);
int faultq_event_check_read(size_t count);
ssize_t faultq_event_read(struct faultq_ring *ring, struct iov_iter *to);

#endif /* FAULTQ_EVENT_H */
