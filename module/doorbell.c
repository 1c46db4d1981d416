// SPDX-License-Identifier: GPL-2.0-only
/*
 * The doorbell page of a VIOMMU: a page of registers that user space maps from
 * the file of its context and may give to a guest.
 *
 * Hardware notices a write by itself. For an IOMMU driver that does not
 * (&faultq_driver.doorbell), the page tables notice it. The page becomes
 * writable in faultq_doorbell_fault() alone, and each time it does, the work is
 * queued behind it: the work unmaps the page from everyone, then calls the
 * driver. A write came either before the unmapping, then the driver is called
 * after it; or after, then it faults and the work is queued again. So none is
 * lost, and none is looked for in vain. A page that is there for reading must
 * not become writable where it is, as the kernel would have it: the work could
 * be done between the decision and the deed. It is taken away first.
 *
 * A writer can be too late with its write: the work has taken the page again, or
 * another's reading has brought it back for reading. Then it faults once more.
 * The work has to be woken for that each time, by a writer's fault, and a reader
 * has to fault; the writer has but to return. So it loses now and then, not for
 * good.
 *
 * Whoever rings without end pays a page fault for each time that the work runs,
 * which is a thread's, and scheduled as one among others.
 *
 * A page may go while it is mapped. Its offset then leads nowhere; offsets run
 * through 2^32 before one is given again, and each is good for one context.
 * Faults look it up under SRCU, so once they have been waited for, what is
 * unmapped stays unmapped: an access is SIGBUS.
 */
#include <linux/fs.h>
#include <linux/mm.h>
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

/* All mappings are of the file that its context was opened by. */
static void faultq_doorbell_unmap(struct address_space *mapping,
				  unsigned long index)
{
	unmap_mapping_range(mapping, (loff_t)index << PAGE_SHIFT, PAGE_SIZE, 1);
}

static void faultq_doorbell_work(struct work_struct *work)
{
	struct faultq_doorbell *doorbell =
		container_of(work, struct faultq_doorbell, work);
	struct faultq_viommu *viommu =
		container_of(doorbell, struct faultq_viommu, doorbell);

	faultq_doorbell_unmap(doorbell->ctx->mapping, doorbell->index);
	viommu->driver->doorbell(&viommu->core);
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
	INIT_WORK(&doorbell->work, faultq_doorbell_work);
	ret = xa_alloc_cyclic(&faultq_doorbells, &index, XA_ZERO_ENTRY,
			      XA_LIMIT(1, U32_MAX), &faultq_doorbells_next,
			      GFP_KERNEL_ACCOUNT);
	if (ret < 0)
		return ret == -EBUSY ? -ENOSPC : ret;
	/* of a failure @index tells what someone else may have by now */
	doorbell->index = index;
	/* a fault finds it only with its index */
	xa_store(&faultq_doorbells, doorbell->index, viommu,
		 GFP_KERNEL_ACCOUNT);
	return 0;
}

/**
 * faultq_doorbell_remove() - take the doorbell page from whoever maps it
 * @viommu: the VIOMMU, with or without one
 *
 * When it returns no one has the page, and the driver is not called any more.
 */
void faultq_doorbell_remove(struct faultq_viommu *viommu)
{
	struct faultq_doorbell *doorbell = &viommu->doorbell;

	if (!doorbell->index)
		return;
	xa_erase(&faultq_doorbells, doorbell->index);
	synchronize_srcu(&faultq_doorbells_srcu);
	faultq_doorbell_unmap(doorbell->ctx->mapping, doorbell->index);
	cancel_work_sync(&doorbell->work);
}

/* The VIOMMU whose page a context has there, valid under SRCU. */
static struct faultq_viommu *faultq_doorbell_find(struct faultq_ctx *ctx,
						  unsigned long index)
{
	struct faultq_viommu *viommu = xa_load(&faultq_doorbells, index);

	return viommu && viommu->doorbell.ctx == ctx ? viommu : NULL;
}

static vm_fault_t faultq_doorbell_insert(struct faultq_viommu *viommu,
					 struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	bool notices = !viommu->driver->doorbell;
	bool write = vmf->flags & FAULT_FLAG_WRITE;
	pgprot_t prot = vma->vm_page_prot;
	vm_fault_t ret;

	/* without the write bit there, since there is a pfn_mkwrite() */
	if (write || notices)
		prot = vm_get_page_prot(vma->vm_flags);
	ret = vmf_insert_pfn_prot(vma, vmf->address,
				  page_to_pfn(viommu->core.doorbell), prot);
	if (write && !notices)
		queue_work(faultq_doorbell_workqueue, &viommu->doorbell.work);
	return ret;
}

static vm_fault_t faultq_doorbell_fault(struct vm_fault *vmf)
{
	struct faultq_viommu *viommu;
	vm_fault_t ret = VM_FAULT_SIGBUS;
	int idx = srcu_read_lock(&faultq_doorbells_srcu);

	viommu = faultq_doorbell_find(vmf->vma->vm_file->private_data,
				      vmf->pgoff);
	if (viommu)
		ret = faultq_doorbell_insert(viommu, vmf);
	srcu_read_unlock(&faultq_doorbells_srcu, idx);
	return ret;
}

/* The page is there for reading: have the write fault as if it were not. */
static vm_fault_t faultq_doorbell_mkwrite(struct vm_fault *vmf)
{
	faultq_doorbell_unmap(vmf->vma->vm_file->f_mapping, vmf->pgoff);
	return VM_FAULT_NOPAGE;
}

static const struct vm_operations_struct faultq_doorbell_vm_ops = {
	.fault = faultq_doorbell_fault,
	.pfn_mkwrite = faultq_doorbell_mkwrite,
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
	vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_ops = &faultq_doorbell_vm_ops;
	return 0;
}
