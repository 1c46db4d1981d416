// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pending groups that faultq itself answers INVALID: their attachment or QUEUE
 * ends, or they grew too old.
 */
#include <linux/sched.h>

#include "faultq_private.h"
#include "faultq_trace.h"

/* Counts under the lock, so that the counters always add up for its holders. */
static void faultq_revoke_match(struct faultq_ring *ring,
				struct list_head *from,
				const struct faultq_attachment *attachment,
				struct list_head *to)
{
	struct faultq_pending *p, *next;

	lockdep_assert_held(&ring->lock);
	list_for_each_entry_safe(p, next, from, node) {
		if (attachment && p->attachment != attachment)
			continue;
		trace_faultq_revoke(ring, p);
		p->tag = 0;
		list_move_tail(&p->node, to);
		ring->header->revoked++;
	}
}

/**
 * faultq_revoke_list() - answer groups that were taken off a ring
 * @ring: the ring
 * @list: its entries, with their tags gone, so that no response finds them
 *
 * An entry becomes free only after its group was answered: the bound counts
 * groups that the device still waits for.
 */
void faultq_revoke_list(struct faultq_ring *ring, struct list_head *list)
{
	struct faultq_attachment *attachment;
	struct faultq_pending *p;

	while (!list_empty(list)) {
		p = list_first_entry(list, struct faultq_pending, node);
		attachment = p->attachment;
		faultq_iopf_answer(p->group, IOMMU_PAGE_RESP_INVALID);
		spin_lock(&ring->lock);
		faultq_pending_put(ring, p);
		spin_unlock(&ring->lock);
		faultq_attachment_put(attachment);
		cond_resched();
	}
}

/**
 * faultq_revoke() - answer all pending groups of an attachment, or of a ring
 * @ring: the ring
 * @attachment: the attachment, or NULL for every one
 *
 * More may arrive unless the attachment, or the ring, was marked dead before.
 */
void faultq_revoke(struct faultq_ring *ring,
		   const struct faultq_attachment *attachment)
{
	LIST_HEAD(revoked);

	spin_lock(&ring->lock);
	faultq_revoke_match(ring, &ring->published, attachment, &revoked);
	faultq_revoke_match(ring, &ring->waiting, attachment, &revoked);
	spin_unlock(&ring->lock);
	faultq_revoke_list(ring, &revoked);
}
