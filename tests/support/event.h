/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * QUEUEs of events, and faults that no one can repair.
 */
#ifndef SUPPORT_EVENT_H
#define SUPPORT_EVENT_H

#include "nested.h"

/* Fault reason of VT-d: a first-stage entry is not present. */
#define EVENT_REASON 0x71
#define EVENT_ADDR 0x7654000ULL

/* What each event begins with in read(); no package has it yet */
struct vevent_header {
	__u32 flags;
	__u32 sequence;
};

#define VEVENT_LOST 1

/**
 * struct event_queue - a QUEUE of events
 * @id: of the QUEUE
 * @fd: its file; -1 once closed
 * @ring: its ring
 */
struct event_queue {
	__u32 id;
	int fd;
	struct ring ring;
};

int fq_event_queue(int ctx, __u32 source, __u32 native_type,
		   struct faultq_queue_alloc *wish);
int event_queue_make(struct event_queue *queue, int ctx, __u32 source,
		     __u32 native_type, struct faultq_queue_alloc wish);
void event_queue_close(struct event_queue *queue);
const struct faultq_event *event_at(const struct event_queue *queue, __u32 nr);

int mock_fault(int mock, struct mock_iommu_fault *fault);
int bed_event(const struct bed *bed, int pasid, __u32 count);
long long debugfs_unclaimed(void);

/* They can be looked at; what tells of a loss counts as well */
#define EVENTS_PUBLISHED(queue, nr) \
	AWAIT(LOOK((queue)->ring.header->head) == (nr))

/*
 * @nr events arrived, delivered or not: the sequence is the last counter to be
 * updated. Losses in the hardware take a number as well.
 */
#define EVENTS_ARRIVED(queue, nr)                     \
	AWAIT(LOOK((queue)->ring.header->sequence) == \
	      (__u32)((nr) + LOOK((queue)->ring.header->lost_hardware)))

bool bed_events(const struct bed *bed, struct event_queue *queue, __u32 nr);

#endif /* SUPPORT_EVENT_H */
