// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that the kernel and a user mapping share. It is charged to the memory
 * cgroup of whoever asked for it.
 */
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "faultq_private.h"

/*
 * A QUEUE may want half a gigabyte. Whoever is killed for want of memory on the
 * way, or by its user, must not take what is kept for those who are dying.
 */
static int faultq_region_alloc_pages(struct faultq_region *region)
{
	unsigned int i;

	for (i = 0; i < region->nr_pages; i++) {
		if (fatal_signal_pending(current))
			return -ENOMEM;
		region->pages[i] = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
		if (!region->pages[i])
			return -ENOMEM;
	}
	return 0;
}

/**
 * faultq_region_alloc() - allocate zeroed pages and map them in the kernel
 * @region: zeroed; to be freed by faultq_region_free(), after a failure too
 * @size: bytes, rounded up to pages
 *
 * Return: 0 or -ENOMEM.
 */
int faultq_region_alloc(struct faultq_region *region, size_t size)
{
	int ret;

	region->nr_pages = PAGE_ALIGN(size) >> PAGE_SHIFT;
	region->pages = kvcalloc(region->nr_pages, sizeof(*region->pages),
				 GFP_KERNEL_ACCOUNT);
	if (!region->pages)
		return -ENOMEM;
	ret = faultq_region_alloc_pages(region);
	if (ret)
		return ret;
	region->addr =
		vmap(region->pages, region->nr_pages, VM_MAP, PAGE_KERNEL);
	return region->addr ? 0 : -ENOMEM;
}

/**
 * faultq_region_free() - undo faultq_region_alloc(), wherever it stopped
 * @region: the region
 *
 * A user mapping holds references on the pages and may outlive the region.
 */
void faultq_region_free(struct faultq_region *region)
{
	unsigned int i;

	if (!region->pages)
		return;
	vunmap(region->addr);
	for (i = 0; i < region->nr_pages && region->pages[i]; i++)
		put_page(region->pages[i]);
	kvfree(region->pages);
}

/**
 * faultq_region_mmap() - map a region into user space, whole
 * @region: the region
 * @vma: as mmap() gave it; of exactly the region's size
 *
 * Return: 0, -EINVAL for another size, or what the kernel's mapping gives.
 */
int faultq_region_mmap(struct faultq_region *region, struct vm_area_struct *vma)
{
	if (vma_pages(vma) != region->nr_pages)
		return -EINVAL;
	/* the offset names ring and region, it is none into the pages */
	return vm_map_pages_zero(vma, region->pages, region->nr_pages);
}
