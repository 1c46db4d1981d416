// SPDX-License-Identifier: GPL-2.0-only
/*
 * A ring as its producer: groups arrive, are published or wait for room, and
 * the consumer is woken when it asked to be.
 */
#include <linux/eventfd.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>

#include "faultq_private.h"
#include "faultq_trace.h"

/*
 * How many records are published, or groups withdrawn, under one hold of a
 * ring's lock: the fault path of an IOMMU waits for that. The last group of
 * such a batch is published whole.
 */
#define FAULTQ_RING_BATCH 64

/* A guest knows a PASID that was bound for it by its own name. */
static u32 faultq_ring_pasid(const struct faultq_attachment *attachment,
			     const struct iommu_fault_page_request *prm,
			     u32 *flags)
{
	if (!(*flags & FAULTQ_PAGE_REQUEST_PASID_VALID))
		return 0;
	if (!attachment->guest_pasid)
		return prm->pasid;
	*flags |= FAULTQ_PAGE_REQUEST_GUEST_PASID;
	return attachment->guest_pasid;
}

static void faultq_ring_fill(struct faultq_ring *ring,
			     const struct faultq_pending *p,
			     const struct iommu_fault_page_request *prm,
			     u32 index)
{
	struct faultq_page_request *record;
	u32 flags = prm->flags & (FAULTQ_PAGE_REQUEST_PASID_VALID |
				  FAULTQ_PAGE_REQUEST_LAST_PAGE);
	u32 pasid = faultq_ring_pasid(p->attachment, prm, &flags);

	if (prm->private_data[0] | prm->private_data[1])
		flags |= FAULTQ_PAGE_REQUEST_PRIVATE_DATA;
	record = &ring->records[faultq_ring_slot(&ring->prod, index)];
	record->type = FAULTQ_RECORD_PAGE_REQUEST;
	record->flags = flags;
	record->grpid = prm->grpid;
	record->perm = prm->perm;
	record->dev_id = p->attachment->dev_id;
	record->pasid = pasid;
	record->tag = flags & FAULTQ_PAGE_REQUEST_LAST_PAGE ? p->tag : 0;
	record->length = 0;
	record->addr = prm->addr;
	record->cookie = p->attachment->cookie;
	record->private_data[0] = prm->private_data[0];
	record->private_data[1] = prm->private_data[1];
	record->timestamp = p->arrival;
}

static void faultq_ring_publish(struct faultq_ring *ring,
				struct faultq_pending *p)
{
	u32 index = ring->prod.mine;
	struct iopf_fault *fault;

	BUILD_BUG_ON((int)FAULTQ_PAGE_REQUEST_PASID_VALID !=
		     (int)IOMMU_FAULT_PAGE_REQUEST_PASID_VALID);
	BUILD_BUG_ON((int)FAULTQ_PAGE_REQUEST_LAST_PAGE !=
		     (int)IOMMU_FAULT_PAGE_REQUEST_LAST_PAGE);

	faultq_pending_tag(ring, p);
	list_for_each_entry(fault, &p->group->faults, list)
		faultq_ring_fill(ring, p, &fault->fault.prm, index++);
	faultq_prod_publish(&ring->prod, &ring->header->head,
			    p->group->fault_count);
	ring->header->published++;
	trace_faultq_publish(ring, p);
}

/**
 * faultq_ring_has_room() - do so many records fit?
 * @ring: the ring, its producer locked
 * @nr: how many
 *
 * Looks at the consumer's tail if it must.
 *
 * Return: true if they do.
 */
bool faultq_ring_has_room(struct faultq_ring *ring, u32 nr)
{
	if (faultq_prod_free(&ring->prod) >= nr)
		return true;
	if (ring->withdrawing)
		return false;
	if (faultq_prod_refresh(&ring->prod, &ring->control->tail))
		ring->header->bad_indices++;
	return faultq_prod_free(&ring->prod) >= nr;
}

static u32 faultq_ring_publish_waiting(struct faultq_ring *ring)
{
	struct faultq_pending *p;
	u32 nr = 0;

	while (!list_empty(&ring->waiting) && nr < FAULTQ_RING_BATCH) {
		p = list_first_entry(&ring->waiting, struct faultq_pending,
				     node);
		if (!faultq_ring_has_room(ring, p->group->fault_count))
			break;
		faultq_ring_publish(ring, p);
		list_move_tail(&p->node, &ring->published);
		nr += p->group->fault_count;
	}
	return nr;
}

/**
 * faultq_ring_signal() - wake the consumer of a ring
 * @ring: the ring, locked
 */
void faultq_ring_signal(struct faultq_ring *ring)
{
	lockdep_assert_held(&ring->lock);
	ring->armed = false;
	ring->header->wakeups++;
	trace_faultq_wake(ring);
	if (ring->eventfd)
		eventfd_signal(ring->eventfd);
	faultq_queue_wake(ring->queue);
}

/* Is the consumer to be woken for a record that is not published yet? */
static bool faultq_ring_wake_is_ahead(const struct faultq_ring *ring)
{
	return faultq_prod_is_ahead(&ring->prod,
				    faultq_load(&ring->control->wake));
}

/*
 * Groups wait for room. The consumer must learn of it before it goes on: it
 * loads the flag after it moved the tail, we load the tail after we set the flag
 * (G and H in faultq_ring.h). It will move the tail, since what is left has
 * records in front of it.
 *
 * It may sleep until there are more records than that, which there cannot be
 * before it moves the tail. Then it is woken when the flag is set; if it asks
 * for such a record later, it loads the flag before it sleeps (H and F).
 */
static noinline u32 faultq_ring_ask_for_room(struct faultq_ring *ring)
{
	struct faultq_ring_header *header = ring->header;
	const bool first = !header->flags;
	u32 nr;

	faultq_store(&header->flags, FAULTQ_RING_NEED_DOORBELL);
	faultq_full_barrier(); /* H */
	nr = faultq_ring_publish_waiting(ring);
	if (first && !list_empty(&ring->waiting) &&
	    faultq_ring_wake_is_ahead(ring))
		faultq_ring_signal(ring);
	return nr;
}

/* Publish what fits, a batch at most, and wake the consumer. */
static u32 faultq_ring_advance(struct faultq_ring *ring)
{
	struct faultq_ring_header *header = ring->header;
	u32 nr = faultq_ring_publish_waiting(ring);

	if (!list_empty(&ring->waiting))
		nr += faultq_ring_ask_for_room(ring);
	if (list_empty(&ring->waiting) && header->flags)
		faultq_store(&header->flags, 0);
	if (nr && faultq_ring_must_wake(ring, nr))
		faultq_ring_signal(ring);
	return nr;
}

static bool faultq_ring_refuses(struct faultq_ring *ring,
				const struct faultq_attachment *attachment,
				const struct iopf_group *group)
{
	if (unlikely(ring->dead || attachment->dead)) {
		ring->header->revoked++;
		return true;
	}
	if (unlikely(group->fault_count > ring->prod.size ||
		     list_empty(&ring->free))) {
		ring->header->refused++;
		return true;
	}
	return false;
}

static bool faultq_ring_accept(struct faultq_ring *ring,
			       struct faultq_attachment *attachment,
			       struct iopf_group *group)
{
	struct faultq_pending *p;

	ring->header->arrived++;
	if (faultq_ring_refuses(ring, attachment, group))
		return false;
	p = faultq_pending_get(ring);
	p->group = group;
	p->attachment = attachment;
	p->arrival = ktime_get_ns();
	trace_faultq_report(ring, p);
	list_add_tail(&p->node, &ring->waiting);
	faultq_ring_advance(ring);
	faultq_timeout_arm(ring->queue);
	return true;
}

/**
 * faultq_ring_arrive() - take over a group of page requests
 * @ring: the ring
 * @attachment: where it came from; the caller's reference goes along
 * @group: the group, dequeued from the kernel's framework
 *
 * The group is published, or waits for room, or, where that cannot be, is
 * answered INVALID at once. Called in process context by the fault path.
 */
void faultq_ring_arrive(struct faultq_ring *ring,
			struct faultq_attachment *attachment,
			struct iopf_group *group)
{
	bool accepted;

	spin_lock(&ring->lock);
	accepted = faultq_ring_accept(ring, attachment, group);
	spin_unlock(&ring->lock);
	if (accepted)
		return;
	trace_faultq_refuse(ring, attachment, group);
	faultq_iopf_answer(group, IOMMU_PAGE_RESP_INVALID);
	faultq_attachment_put(attachment);
}

/**
 * faultq_ring_bad_index() - count an index of the user's that cannot be
 * @ring: the ring
 */
void faultq_ring_bad_index(struct faultq_ring *ring)
{
	spin_lock(&ring->lock);
	ring->header->bad_indices++;
	spin_unlock(&ring->lock);
}

static u32 faultq_ring_pump_batch(struct faultq_ring *ring)
{
	u32 nr;

	spin_lock(&ring->lock);
	nr = faultq_ring_advance(ring);
	spin_unlock(&ring->lock);
	return nr;
}

/**
 * faultq_ring_pump() - publish groups that waited for room
 * @ring: the ring, after its record tail was moved
 *
 * Process context. Stops once a ring full of records was published: another thread
 * may consume as fast as groups arrive. If groups are left, the consumer has yet to
 * pass records that were published after NEED_DOORBELL was set, and rings again.
 */
void faultq_ring_pump(struct faultq_ring *ring)
{
	u32 nr, published = 0;

	do {
		nr = faultq_ring_pump_batch(ring);
		published += nr;
		cond_resched();
	} while (nr >= FAULTQ_RING_BATCH && published < ring->prod.size);
}

/* Both rings empty, the control region as if the consumer had just started. */
static void faultq_ring_restart(struct faultq_ring *ring)
{
	faultq_store(&ring->control->tail, ring->prod.mine);
	faultq_store(&ring->control->wake, ring->prod.mine);
	faultq_store(&ring->control->resp_head, ring->responses.mine);
	faultq_ring_init(&ring->prod, ring->prod.size, ring->prod.mine);
	faultq_ring_init(&ring->responses, ring->responses.size,
			 ring->responses.mine);
}

/*
 * Groups that were published wait again, the youngest first, so that all stay
 * in the order of arrival whatever comes, or is answered, between two batches.
 */
static void faultq_ring_withdraw_batch(struct faultq_ring *ring)
{
	struct faultq_pending *p;
	u32 i;

	for (i = 0; i < FAULTQ_RING_BATCH; i++) {
		if (list_empty(&ring->published))
			return;
		p = list_last_entry(&ring->published, struct faultq_pending,
				    node);
		p->tag = 0;
		list_move(&p->node, &ring->waiting);
	}
}

/*
 * Until the last one is withdrawn nothing new is published: the ring is taken
 * for full, whatever its tail says.
 */
static void faultq_ring_withdraw(struct faultq_ring *ring)
{
	lockdep_assert_held(&ring->lock);
	ring->prod.theirs = ring->prod.mine - ring->prod.size;
	ring->withdrawing = true;
	for (;;) {
		faultq_ring_withdraw_batch(ring);
		if (list_empty(&ring->published))
			break;
		spin_unlock(&ring->lock);
		cond_resched();
		spin_lock(&ring->lock);
	}
	ring->withdrawing = false;
}

/**
 * faultq_ring_pending() - how many groups no one has answered yet
 * @ring: the ring, locked
 *
 * Return: waiting and published ones.
 */
u64 faultq_ring_pending(const struct faultq_ring *ring)
{
	const struct faultq_ring_header *h = ring->header;

	lockdep_assert_held(&ring->lock);
	return h->arrived - h->answered - h->timed_out - h->revoked -
	       h->refused;
}

/**
 * faultq_ring_republish() - publish every unanswered group once more
 * @ring: the ring
 *
 * Return: how many groups that is.
 */
u32 faultq_ring_republish(struct faultq_ring *ring)
{
	u32 nr;

	mutex_lock(&ring->response_lock);
	spin_lock(&ring->lock);
	faultq_ring_withdraw(ring);
	faultq_ring_restart(ring);
	nr = faultq_ring_pending(ring);
	spin_unlock(&ring->lock);
	faultq_ring_pump(ring);
	mutex_unlock(&ring->response_lock);
	return nr;
}

/**
 * faultq_ring_readable() - are there records? Ask for a wake-up at the next one
 * @ring: the ring, with the lock held under which its records are published
 * @tail: where the consumer goes on
 * @polled: ask for it although there are records
 *
 * Looks at the ring as the consumer does, on behalf of a consumer that is about
 * to sleep in the kernel. No record is published while the lock is held, so none
 * comes between the look and the request.
 *
 * A poller that is told of records may take them out of the ring without another
 * call and then wait for the next edge, as with EPOLLET or io_uring's multishot
 * poll. So poll() always asks. Such a poller calls poll() once more for each edge
 * before it passes it on to user space; until then one wake-up is enough, and a
 * poller that is busy gets no further ones.
 *
 * Return: true if there are records.
 */
bool faultq_ring_readable(struct faultq_ring *ring, u32 tail, bool polled)
{
	const bool readable = ring->prod.mine != tail;

	if (polled || !readable)
		ring->armed = true;
	return readable;
}

/**
 * faultq_iopf_readable() - faultq_ring_readable() for a ring of page requests
 * @ring: the ring
 * @polled: as there
 *
 * Return: true if there are records.
 */
bool faultq_iopf_readable(struct faultq_ring *ring, bool polled)
{
	bool readable;

	spin_lock(&ring->lock);
	readable = faultq_ring_readable(ring, faultq_load(&ring->control->tail),
					polled);
	spin_unlock(&ring->lock);
	return readable;
}
