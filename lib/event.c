// SPDX-License-Identifier: MIT
/*
 * Events: taking them out of a ring that the kernel may overwrite meanwhile.
 */
#include <errno.h>
#include <string.h>

#include "internal.h"

static int refresh(struct faultq_ring *ring)
{
	const struct faultq_ring_header *header = ring->header;

	if (!ring->overwrites)
		return faultq_cons_refresh(&ring->cons, &header->head);
	faultq_cons_chase(&ring->cons, &header->head, &header->oldest);
	return 0;
}

/* Are there events that were not taken? */
int faultq_event_pending(struct faultq_ring *ring)
{
	if (refresh(ring))
		return -EPROTO;
	return faultq_cons_ready(&ring->cons) > 0;
}

/* False if the record was overwritten while it was copied. */
static bool copy_record(const struct faultq_ring *ring,
			union faultq_event_record *record)
{
	memcpy(record, faultq_ring_record(ring, ring->cons.mine),
	       sizeof(*record));
	return !ring->overwrites ||
	       faultq_cons_intact(&ring->cons, &ring->header->oldest);
}

int faultq_ring_next_event(struct faultq_ring *ring,
			   union faultq_event_record *record)
{
	if (!ring->has_events)
		return -EOPNOTSUPP;
	/* a batch ends where its first event found the head */
	if (!ring->taken && refresh(ring))
		return -EPROTO;
	/* nor does it end never where the kernel overtakes us all the time */
	while (faultq_cons_ready(&ring->cons) &&
	       ring->taken < ring->cons.size) {
		ring->taken++;
		if (copy_record(ring, record)) {
			faultq_cons_release(&ring->cons, &ring->control->tail,
					    1);
			return 1;
		}
		/* overtaken: the batch goes on where there still is something */
		refresh(ring);
	}
	return 0;
}
