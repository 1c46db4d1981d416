/* SPDX-License-Identifier: MIT */
/*
 * A device taken over: bound, with a page table on its RID and its PASIDs, whose
 * page faults come by a queue of one ring, and its events by another.
 */
#ifndef FAULTQ_BINDING_H
#define FAULTQ_BINDING_H

#include <stdbool.h>

#include "libfaultq.h"

#define BINDING_MAX_PASIDS 64

/**
 * struct binding - the device and all that was made for it
 * @device: its name, "BUS/DEVICE"
 * @pasids: which of its PASIDs get the page table, besides the RID
 * @nr_pasids: how many
 * @page_requests: wanted: @queue and @ring are made
 * @wants_events: wanted: @events is made
 * @ctx: the context
 * @dev_id: id of the DEVICE
 * @hwpt_id: id of the page table
 * @queue: its queue
 * @ring: the ring of @queue
 * @events: its queue of events
 */
struct binding {
	const char *device;
	__u32 pasids[BINDING_MAX_PASIDS];
	__u32 nr_pasids;
	bool page_requests;
	bool wants_events;
	int ctx;
	__u32 dev_id;
	__u32 hwpt_id;
	struct faultq_queue *queue;
	struct faultq_ring *ring;
	struct faultq_queue *events;
};

/* --pasid; returns an exit status */
int binding_add_pasid(struct binding *binding, const char *command,
		      const char *text);

/*
 * From @device, @pasids and what is wanted. Returns an exit status; binding_close() comes
 * after it in any case.
 */
int binding_open(struct binding *binding);
void binding_close(struct binding *binding);

/* Sleeps until there are groups or watch_is_over(); 0 or a negative errno. */
int binding_wait(struct binding *binding);

#endif /* FAULTQ_BINDING_H */
