// SPDX-License-Identifier: GPL-2.0-only
/*
 * The doorbell page of a VIOMMU: a page of registers that user space maps from
 * the file of its context and may give to a guest.
 *
 * Hardware notices a write by itself. For an IOMMU driver that does not
 * (&faultq_driver.doorbell), the page tables notice it, by the protocol that
 * file systems use to track dirty pages. The page is mapped read-only until
 * page_mkwrite(), which queues the work and returns with the page locked; the
 * core mm unlocks it once the page is mapped writable. The work takes the page
 * lock, unmaps the page everywhere, then calls the driver. So whenever a mapping
 * is writable the work has yet to unmap it. A write either precedes the
 * unmapping, and the driver is called afterwards, or it faults again.
 *
 * The mapping is neither VM_IO nor VM_PFNMAP, so get_user_pages() works on it.
 * That matters to those who fault a page in on behalf of someone else and then
 * look it up, as KVM does for a guest: get_user_pages() repeats the fault when
 * the page was unmapped in between, and mmu notifiers revoke what a secondary
 * MMU has mapped. For VM_PFNMAP the second look-up is follow_pfnmap_start(),
 * which fails, and the guest's store with it.
 *
 * Whoever holds a reference from get_user_pages() may write without a fault. The
 * kernel refuses long-term pins for writing where page_mkwrite() exists. Other
 * references are short-lived (direct I/O, process_vm_writev()); while there is
 * one the work runs again from time to time, and once more after the last has
 * gone.
 *
 * The work may unmap the page before the writer comes to its write, which then
 * faults again. After some runs in a row in which the driver found nothing new
 * the work is delayed, ever longer, so that the writer wins. A writer that rings
 * all the time costs one page fault for each run of the work.
 *
 * A page may go away while it is mapped. Its offset then leads nowhere; offsets
 * run through 2^32 before one is given again, and each is good for one context.
 * Faults look it up under SRCU and lock the page before they leave the reading
 * section, so that removal can wait for all that found it: what is unmapped
 * afterwards stays unmapped, and an access is SIGBUS.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/srcu.h>
#include <linux/workqueue.h>

#include "faultq_private.h"

/* The page at an offset, counted in pages, of /dev/faultq: to its VIOMMU. */
static DEFINE_XARRAY_FLAGS(faultq_doorbells,
			   XA_FLAGS_ALLOC1 | XA_FLAGS_ACCOUNT);
static u32 faultq_doorbells_next;
DEFINE_STATIC_SRCU(faultq_doorbells_srcu);

/* Its own: drivers may be long over a doorbell, others must not wait. */
static struct workqueue_struct *faultq_doorbell_workqueue;

int faultq_doorbell_init(void)
{
	faultq_doorbell_workqueue =
		alloc_workqueue("faultq_doorbell", WQ_UNBOUND, 0);
	return faultq_doorbell_workqueue ? 0 : -ENOMEM;
}

void faultq_doorbell_exit(void)
{
	destroy_workqueue(faultq_doorbell_workqueue);
}

/* Runs of the work that may find nothing before it is delayed */
#define FAULTQ_DOORBELL_TRIES 2

/* The longest delays, in jiffies: for a writer; for who holds a reference */
#define FAULTQ_DOORBELL_MAX_DELAY (HZ / 10)
#define FAULTQ_DOORBELL_MAX_POLL HZ

/* 1, 2, 4, ... jiffies up to @max, for @step 0, 1, 2, ... */
static unsigned long faultq_doorbell_backoff(unsigned int step,
					     unsigned long max)
{
	return min(1UL << min(step, 16U), max);
}

/*
 * The page, which is locked, is about to become writable. The work clears @written
 * under the page lock before it unmaps the page: while it is set the work has yet
 * to do that. Only the first writer sets the time, so that others cannot put it
 * off. It is set anew even if the work is queued, since that may be for a reference
 * only, at a time far off.
 */
static void faultq_doorbell_expect_write(struct faultq_doorbell *doorbell)
{
	unsigned int idle = READ_ONCE(doorbell->idle_runs);
	unsigned long delay = 0;

	if (doorbell->written)
		return;
	doorbell->written = true;
	if (idle >= FAULTQ_DOORBELL_TRIES)
		delay = faultq_doorbell_backoff(idle - FAULTQ_DOORBELL_TRIES,
						FAULTQ_DOORBELL_MAX_DELAY);
	mod_delayed_work(faultq_doorbell_workqueue, &doorbell->work, delay);
}

/*
 * Unmaps the page everywhere; all mappings are of the file that the context was
 * opened by. Return: whether it had been made writable.
 */
static bool faultq_doorbell_unmap(struct faultq_viommu *viommu)
{
	struct faultq_doorbell *doorbell = &viommu->doorbell;
	struct page *page = viommu->core.doorbell;
	bool written;

	lock_page(page);
	written = doorbell->written;
	doorbell->written = false;
	unmap_mapping_range(doorbell->ctx->mapping,
			    (loff_t)doorbell->index << PAGE_SHIFT, PAGE_SIZE,
			    1);
	unlock_page(page);
	return written;
}

/*
 * Does anyone hold a reference from get_user_pages()? The page has one of the
 * driver's. get_user_pages_fast() looks at the page table again after it took a
 * reference: either it sees that the page was unmapped, or we see the reference.
 */
static bool faultq_doorbell_is_held(const struct faultq_viommu *viommu)
{
	smp_mb(); /* unmapping before this look, as above */
	if (page_ref_count(viommu->core.doorbell) > 1)
		return true;
	smp_rmb(); /* what was written by reference, before it is read */
	return false;
}

static void faultq_doorbell_work(struct work_struct *work)
{
	struct faultq_doorbell *doorbell =
		container_of(work, struct faultq_doorbell, work.work);
	struct faultq_viommu *viommu =
		container_of(doorbell, struct faultq_viommu, doorbell);
	bool written, held, found;
	unsigned long delay;

	written = faultq_doorbell_unmap(viommu);
	held = faultq_doorbell_is_held(viommu);
	found = viommu->driver->doorbell(&viommu->core);
	if (found)
		WRITE_ONCE(doorbell->idle_runs, 0);
	else if (written)
		WRITE_ONCE(doorbell->idle_runs, doorbell->idle_runs + 1);
	if (found || !held)
		doorbell->polls = 0;
	if (!held)
		return;
	delay = faultq_doorbell_backoff(doorbell->polls++,
					FAULTQ_DOORBELL_MAX_POLL);
	/* no effect if a writer has queued it since */
	queue_delayed_work(faultq_doorbell_workqueue, &doorbell->work, delay);
}

/**
 * faultq_doorbell_add() - give the doorbell page of a new VIOMMU its offset
 * @viommu: the VIOMMU, ready for its driver's use
 * @ctx: the context, which alone may map it
 *
 * Return: 0, -EOPNOTSUPP if the driver made none, or -ENOMEM.
 */
int faultq_doorbell_add(struct faultq_viommu *viommu, struct faultq_ctx *ctx)
{
	struct faultq_doorbell *doorbell = &viommu->doorbell;
	u32 index;
	int ret;

	if (WARN_ON_ONCE(!viommu->core.doorbell))
		return -EOPNOTSUPP;
	doorbell->ctx = ctx;
	INIT_DELAYED_WORK(&doorbell->work, faultq_doorbell_work);
	ret = xa_alloc_cyclic(&faultq_doorbells, &index, XA_ZERO_ENTRY,
			      XA_LIMIT(1, U32_MAX), &faultq_doorbells_next,
			      GFP_KERNEL_ACCOUNT);
	if (ret < 0)
		return ret == -EBUSY ? -ENOSPC : ret;
	/* a failure may leave a stale @index behind */
	doorbell->index = index;
	/* a fault finds it only with its index */
	xa_store(&faultq_doorbells, doorbell->index, viommu,
		 GFP_KERNEL_ACCOUNT);
	return 0;
}

/**
 * faultq_doorbell_remove() - unmap the doorbell page for good
 * @viommu: the VIOMMU, with or without one
 *
 * When it returns the page is mapped nowhere, and the driver is not called any
 * more.
 */
void faultq_doorbell_remove(struct faultq_viommu *viommu)
{
	struct faultq_doorbell *doorbell = &viommu->doorbell;

	if (!doorbell->index)
		return;
	xa_erase(&faultq_doorbells, doorbell->index);
	/* faults that found it have locked the page, and unlock it when mapped */
	synchronize_srcu(&faultq_doorbells_srcu);
	faultq_doorbell_unmap(viommu);
	cancel_delayed_work_sync(&doorbell->work);
}

/* The VIOMMU whose page a context has there, valid under SRCU. */
static struct faultq_viommu *faultq_doorbell_find(struct faultq_ctx *ctx,
						  unsigned long index)
{
	struct faultq_viommu *viommu = xa_load(&faultq_doorbells, index);

	return viommu && viommu->doorbell.ctx == ctx ? viommu : NULL;
}

/*
 * Maps the page read-only. For a write the core mm calls page_mkwrite() next, for
 * which it lets go of the page lock.
 */
static vm_fault_t faultq_doorbell_fault(struct vm_fault *vmf)
{
	struct faultq_viommu *viommu;
	vm_fault_t ret = VM_FAULT_SIGBUS;
	int idx = srcu_read_lock(&faultq_doorbells_srcu);

	viommu = faultq_doorbell_find(vmf->vma->vm_file->private_data,
				      vmf->pgoff);
	if (viommu) {
		vmf->page = viommu->core.doorbell;
		/* locked first: no reference that the work would wait for */
		lock_page(vmf->page);
		get_page(vmf->page);
		ret = VM_FAULT_LOCKED;
	}
	srcu_read_unlock(&faultq_doorbells_srcu, idx);
	return ret;
}

/* The page may have gone since it was mapped, or since faultq_doorbell_fault(). */
static vm_fault_t faultq_doorbell_mkwrite(struct vm_fault *vmf)
{
	struct faultq_viommu *viommu;
	vm_fault_t ret = VM_FAULT_SIGBUS;
	int idx = srcu_read_lock(&faultq_doorbells_srcu);

	viommu = faultq_doorbell_find(vmf->vma->vm_file->private_data,
				      vmf->pgoff);
	if (viommu) {
		lock_page(vmf->page);
		if (viommu->driver->doorbell)
			faultq_doorbell_expect_write(&viommu->doorbell);
		ret = VM_FAULT_LOCKED;
	}
	srcu_read_unlock(&faultq_doorbells_srcu, idx);
	return ret;
}

static const struct vm_operations_struct faultq_doorbell_vm_ops = {
	.fault = faultq_doorbell_fault,
	.page_mkwrite = faultq_doorbell_mkwrite,
};

/*
 * A child that is forked gets the mapping too. It keeps the context's file, as
 * any mapping does, but not the VIOMMU.
 */
int faultq_ctx_mmap(struct file *file, struct vm_area_struct *vma)
{
	bool found;
	int idx;

	idx = srcu_read_lock(&faultq_doorbells_srcu);
	found = faultq_doorbell_find(file->private_data, vma->vm_pgoff);
	srcu_read_unlock(&faultq_doorbells_srcu, idx);
	if (!found)
		return -ENOENT;
	if (vma_pages(vma) != 1 || !(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_ops = &faultq_doorbell_vm_ops;
	return 0;
}
