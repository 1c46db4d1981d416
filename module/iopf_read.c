// SPDX-License-Identifier: GPL-2.0-only
/*
 * read() and write() of a QUEUE of page requests: groups and responses in
 * iommufd's layout.
 */
#include <linux/sched.h>
#include <linux/uio.h>
#include <uapi/linux/iommufd.h>

#include "faultq_private.h"

/* How many responses are copied from user space at a time. */
#define FAULTQ_COPY_BATCH 64

static void faultq_read_convert(const struct faultq_page_request *record,
				struct iommu_hwpt_pgfault *fault)
{
	BUILD_BUG_ON((int)FAULTQ_PAGE_REQUEST_PASID_VALID !=
		     (int)IOMMU_PGFAULT_FLAGS_PASID_VALID);
	BUILD_BUG_ON((int)FAULTQ_PAGE_REQUEST_LAST_PAGE !=
		     (int)IOMMU_PGFAULT_FLAGS_LAST_PAGE);

	*fault = (struct iommu_hwpt_pgfault){
		.flags = record->flags & (IOMMU_PGFAULT_FLAGS_PASID_VALID |
					  IOMMU_PGFAULT_FLAGS_LAST_PAGE),
		.dev_id = record->dev_id,
		.pasid = record->pasid,
		.grpid = record->grpid,
		.perm = record->perm,
		.addr = record->addr,
		.length = record->length,
		.cookie = record->tag,
	};
}

/*
 * The kernel as a consumer: it takes the user's tail for where to begin, but
 * goes by its own head for where the records end. The ring's lock is not held
 * across copies to the user, so for one who moves the tail back, records are
 * written while they are read: what he then gets is his own affair.
 */
static int faultq_read_start(struct faultq_ring *ring,
			     struct faultq_ring_side *cons)
{
	u32 tail = faultq_load(&ring->control->tail);

	faultq_ring_init(cons, ring->prod.size, tail);
	return faultq_cons_refresh(cons, &ring->header->head) ? -EIO : 0;
}

/*
 * Length of the group at the tail. What is published has an end, so without
 * one the tail points to what never was: 0.
 */
static u32 faultq_read_group_length(struct faultq_ring *ring,
				    const struct faultq_ring_side *cons)
{
	u32 i, slot;

	for (i = 0; i < faultq_cons_ready(cons); i++) {
		slot = faultq_ring_slot(cons, cons->mine + i);
		/* may be written meanwhile, see above */
		if (data_race(ring->records[slot].flags) &
		    FAULTQ_PAGE_REQUEST_LAST_PAGE)
			return i + 1;
	}
	return 0;
}

static int faultq_read_group(struct faultq_ring *ring,
			     const struct faultq_ring_side *cons, u32 nr,
			     struct iov_iter *to)
{
	struct faultq_page_request record;
	struct iommu_hwpt_pgfault fault;
	u32 i, slot;

	for (i = 0; i < nr; i++) {
		slot = faultq_ring_slot(cons, cons->mine + i);
		record = data_race(ring->records[slot]); /* the same */
		faultq_read_convert(&record, &fault);
		if (!copy_to_iter_full(&fault, sizeof(fault), to))
			return -EFAULT;
	}
	return 0;
}

static ssize_t faultq_read_groups(struct faultq_ring *ring, struct iov_iter *to)
{
	const size_t size = sizeof(struct iommu_hwpt_pgfault);
	struct faultq_ring_side cons;
	ssize_t done = 0;
	int ret;
	u32 nr;

	ret = faultq_read_start(ring, &cons);
	while (!ret && faultq_cons_ready(&cons)) {
		nr = faultq_read_group_length(ring, &cons);
		if (!nr)
			ret = -EIO;
		else if (iov_iter_count(to) < nr * size)
			ret = -EINVAL;
		else
			ret = faultq_read_group(ring, &cons, nr, to);
		if (ret)
			break;
		faultq_cons_release(&cons, &ring->control->tail, nr);
		done += nr * size;
		cond_resched();
	}
	if (ret == -EIO)
		faultq_ring_bad_index(ring);
	return done ?: ret;
}

/*
 * A reader that sleeps on the eventfd need not read until EAGAIN: it is woken
 * again for what came, or found room, while it read.
 */
static void faultq_iopf_read_again(struct faultq_ring *ring)
{
	if (!READ_ONCE(ring->eventfd))
		return;
	spin_lock(&ring->lock);
	if (faultq_ring_readable(ring, faultq_load(&ring->control->tail),
				 false))
		faultq_ring_signal(ring);
	spin_unlock(&ring->lock);
}

ssize_t faultq_iopf_read(struct faultq_ring *ring, struct iov_iter *to)
{
	ssize_t ret = faultq_read_groups(ring, to);

	if (ret > 0) {
		faultq_ring_pump(ring);
		faultq_iopf_read_again(ring);
	}
	return ret;
}

static u32 faultq_write_batch(struct faultq_queue *queue, struct iov_iter *from,
			      int *error)
{
	struct faultq_response responses[FAULTQ_COPY_BATCH];
	size_t nr = min_t(size_t, ARRAY_SIZE(responses),
			  iov_iter_count(from) / sizeof(responses[0]));
	size_t got = copy_from_iter(responses, nr * sizeof(responses[0]), from);
	u32 done;

	got /= sizeof(responses[0]);
	done = faultq_respond_array(queue, responses, got);
	if (done < got)
		*error = -EINVAL;
	else if (got < nr)
		*error = -EFAULT;
	return done;
}

/*
 * Carry out responses until one is refused or cannot be read, but no more than
 * FAULTQ_MAX_RESPONSES: another thread may write the rest of the array as fast as
 * it is read, from tags of new groups. Returns how many were carried out, and in
 * @error what stopped it.
 */
u32 faultq_write_all(struct faultq_queue *queue, struct iov_iter *from,
		     int *error)
{
	u32 done = 0;

	*error = 0;
	while (iov_iter_count(from) && !*error && done < FAULTQ_MAX_RESPONSES) {
		done += faultq_write_batch(queue, from, error);
		cond_resched();
	}
	return done;
}
