// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mappings of a paging HWPT: pinned user memory, from the pin to the unpin.
 *
 * The pin faults user memory in and may sleep for as long as user space likes
 * (userfaultfd), so it is made before any lock is taken. Memory is unpinned
 * only when no device can reach it any more.
 *
 * Mappings are nodes of their tree themselves: to take one out needs no memory,
 * hence cannot fail. None overlaps another, so ranges that do are equal there.
 */
#include <linux/iommu.h>
#include <linux/mm.h>
#include <linux/rbtree.h>
#include <linux/sched/mm.h>
#include <linux/sched/user.h>
#include <linux/slab.h>

#include "compat.h"
#include "faultq_private.h"

/**
 * struct faultq_mapping - one FAULTQ_HWPT_MAP that is in force
 * @node: in the tree of its HWPT
 * @next: on the list of those being removed
 * @range: where it is, whole pages
 * @nr_pages: length
 * @writeable: the device may write, so the pages may be dirty
 * @mm: whose memory it is, for its count of pinned pages
 * @user: whose limit it counts against
 * @pages: the pages, pinned
 */
struct faultq_mapping {
	struct rb_node node;
	struct faultq_mapping *next;
	struct faultq_range range;
	unsigned long nr_pages;
	bool writeable;
	struct mm_struct *mm;
	struct user_struct *user;
	struct page *pages[] __counted_by(nr_pages);
};

static struct faultq_mapping *faultq_mapping_of(const struct rb_node *node)
{
	return rb_entry(node, struct faultq_mapping, node);
}

static int faultq_mapping_cmp_range(const void *key, const struct rb_node *node)
{
	const struct faultq_range *other = &faultq_mapping_of(node)->range;
	const struct faultq_range *range = key;

	if (range->last < other->first)
		return -1;
	return range->first > other->last;
}

static int faultq_mapping_cmp(struct rb_node *new, const struct rb_node *node)
{
	return faultq_mapping_cmp_range(&faultq_mapping_of(new)->range, node);
}

static int faultq_mapping_charge(struct faultq_mapping *mapping,
				 struct faultq_ctx *ctx)
{
	unsigned long nr = mapping->nr_pages;
	int ret;

	ret = faultq_compat_charge_locked_vm(ctx->user, nr);
	if (ret)
		return ret;
	atomic64_add(nr, &current->mm->pinned_vm);
	mmgrab(current->mm);
	mapping->mm = current->mm;
	mapping->user = get_uid(ctx->user);
	return 0;
}

static void faultq_mapping_uncharge(struct faultq_mapping *mapping)
{
	atomic64_sub(mapping->nr_pages, &mapping->mm->pinned_vm);
	faultq_compat_uncharge_locked_vm(mapping->user, mapping->mm,
					 mapping->nr_pages);
	mmdrop(mapping->mm);
	free_uid(mapping->user);
}

static int faultq_mapping_pin(struct faultq_mapping *mapping, u64 user_va)
{
	unsigned int flags = FOLL_LONGTERM;
	unsigned long done = 0;
	int ret;

	if (mapping->writeable)
		flags |= FOLL_WRITE;
	while (done < mapping->nr_pages) {
		ret = pin_user_pages_fast(user_va + done * PAGE_SIZE,
					  min_t(unsigned long, INT_MAX,
						mapping->nr_pages - done),
					  flags, mapping->pages + done);
		if (ret <= 0) {
			unpin_user_pages(mapping->pages, done);
			return ret ?: -EFAULT;
		}
		done += ret;
	}
	return 0;
}

static void faultq_mapping_free(struct faultq_mapping *mapping)
{
	unpin_user_pages_dirty_lock(mapping->pages, mapping->nr_pages,
				    mapping->writeable);
	faultq_mapping_uncharge(mapping);
	kvfree(mapping);
	faultq_live_dec();
}

static struct faultq_mapping *
faultq_mapping_new(struct faultq_ctx *ctx, const struct faultq_hwpt_map *arg)
{
	unsigned long nr_pages = arg->length >> PAGE_SHIFT;
	struct faultq_mapping *mapping;
	int ret;

	mapping = kvzalloc(struct_size(mapping, pages, nr_pages),
			   GFP_KERNEL_ACCOUNT);
	if (!mapping)
		return ERR_PTR(-ENOMEM);
	mapping->nr_pages = nr_pages;
	mapping->range.first = arg->iova;
	mapping->range.last = arg->iova + arg->length - 1;
	mapping->writeable = arg->flags & FAULTQ_HWPT_MAP_WRITEABLE;
	ret = faultq_mapping_charge(mapping, ctx);
	if (ret)
		goto err_free;
	ret = faultq_mapping_pin(mapping, arg->user_va);
	if (ret)
		goto err_uncharge;
	faultq_live_inc();
	return mapping;

err_uncharge:
	faultq_mapping_uncharge(mapping);
err_free:
	kvfree(mapping);
	return ERR_PTR(ret);
}

/* How many pages from @first on lie in a row in physical memory. */
static unsigned long faultq_mapping_run(const struct faultq_mapping *mapping,
					unsigned long first)
{
	phys_addr_t start = page_to_phys(mapping->pages[first]);
	unsigned long nr = 1;

	while (first + nr < mapping->nr_pages &&
	       page_to_phys(mapping->pages[first + nr]) ==
		       start + nr * PAGE_SIZE)
		nr++;
	return nr;
}

static int faultq_mapping_map(struct faultq_hwpt *hwpt,
			      const struct faultq_mapping *mapping, int prot)
{
	unsigned long done, nr;
	int ret;

	for (done = 0; done < mapping->nr_pages; done += nr) {
		nr = faultq_mapping_run(mapping, done);
		ret = iommu_map(hwpt->domain,
				mapping->range.first + done * PAGE_SIZE,
				page_to_phys(mapping->pages[done]),
				nr * PAGE_SIZE, prot, GFP_KERNEL_ACCOUNT);
		if (ret) {
			iommu_unmap(hwpt->domain, mapping->range.first,
				    done * PAGE_SIZE);
			return ret;
		}
		cond_resched();
	}
	return 0;
}

static int faultq_mapping_insert(struct faultq_hwpt *hwpt,
				 struct faultq_mapping *mapping, int prot)
{
	int ret;

	guard(mutex)(&hwpt->lock);
	if (faultq_iova_is_reserved(hwpt, &mapping->range))
		return -EINVAL;
	if (rb_find_add(&mapping->node, &hwpt->mappings, faultq_mapping_cmp))
		return -EEXIST;
	ret = faultq_mapping_map(hwpt, mapping, prot);
	if (ret)
		rb_erase(&mapping->node, &hwpt->mappings);
	return ret;
}

static int faultq_mapping_check_flags(u32 flags)
{
	const u32 access = FAULTQ_HWPT_MAP_WRITEABLE | FAULTQ_HWPT_MAP_READABLE;

	if (flags & ~(FAULTQ_HWPT_MAP_FIXED_IOVA | access) ||
	    !(flags & FAULTQ_HWPT_MAP_FIXED_IOVA))
		return -EOPNOTSUPP;
	return flags & access ? 0 : -EINVAL;
}

static int faultq_mapping_check(const struct faultq_hwpt_map *arg)
{
	u64 end;
	int ret;

	ret = faultq_mapping_check_flags(arg->flags);
	if (ret)
		return ret;
	if (arg->__reserved || !arg->length ||
	    arg->length > FAULTQ_MAX_MAP_BYTES ||
	    (arg->user_va | arg->length | arg->iova) & ~PAGE_MASK)
		return -EINVAL;
	if (check_add_overflow(arg->iova, arg->length - 1, &end) ||
	    check_add_overflow(arg->user_va, arg->length - 1, &end) ||
	    arg->user_va + arg->length - 1 > ULONG_MAX)
		return -EOVERFLOW;
	return 0;
}

static bool faultq_mapping_in_aperture(const struct faultq_hwpt *hwpt,
				       const struct faultq_hwpt_map *arg)
{
	const struct iommu_domain_geometry *geometry = &hwpt->domain->geometry;

	return arg->iova >= geometry->aperture_start &&
	       arg->iova + arg->length - 1 <= geometry->aperture_end;
}

static int faultq_mapping_make(struct faultq_cmd *cmd, struct faultq_hwpt *hwpt)
{
	const struct faultq_hwpt_map *arg = cmd->arg;
	struct faultq_mapping *mapping;
	int ret, prot = IOMMU_CACHE;

	if (!faultq_mapping_in_aperture(hwpt, arg))
		return -EOVERFLOW;
	if (arg->flags & FAULTQ_HWPT_MAP_READABLE)
		prot |= IOMMU_READ;
	if (arg->flags & FAULTQ_HWPT_MAP_WRITEABLE)
		prot |= IOMMU_WRITE;
	mapping = faultq_mapping_new(cmd->ctx, arg);
	if (IS_ERR(mapping))
		return PTR_ERR(mapping);
	ret = faultq_mapping_insert(hwpt, mapping, prot);
	if (ret)
		faultq_mapping_free(mapping);
	return ret;
}

int faultq_hwpt_map(struct faultq_cmd *cmd)
{
	struct faultq_hwpt_map *arg = cmd->arg;
	struct faultq_hwpt *hwpt;
	int ret;

	ret = faultq_mapping_check(arg);
	if (ret)
		return ret;
	hwpt = faultq_hwpt_get_paging(cmd->ctx, arg->hwpt_id);
	if (IS_ERR(hwpt))
		return PTR_ERR(hwpt);
	ret = faultq_mapping_make(cmd, hwpt);
	faultq_hwpt_put(hwpt);
	return ret;
}

/**
 * faultq_mapping_overlaps() - is part of a range mapped?
 * @hwpt: the HWPT, locked
 * @range: the range
 */
bool faultq_mapping_overlaps(struct faultq_hwpt *hwpt,
			     const struct faultq_range *range)
{
	lockdep_assert_held(&hwpt->lock);
	return rb_find(range, &hwpt->mappings, faultq_mapping_cmp_range);
}

/* Are there mappings in the range, and is each of them wholly in it? */
static int faultq_mapping_check_cut(struct faultq_hwpt *hwpt,
				    const struct faultq_range *range)
{
	const struct faultq_range *other;
	struct rb_node *node;
	int ret = -ENOENT;

	rb_for_each(node, range, &hwpt->mappings, faultq_mapping_cmp_range) {
		other = &faultq_mapping_of(node)->range;
		if (other->first < range->first || other->last > range->last)
			return -EINVAL;
		ret = 0;
	}
	return ret;
}

/*
 * Take every mapping of the range out of the table and out of the page table,
 * then wait once until no device uses a stale translation.
 */
static struct faultq_mapping *
faultq_mapping_take(struct faultq_hwpt *hwpt, const struct faultq_range *range)
{
	struct faultq_mapping *mapping, *taken = NULL;
	struct iommu_iotlb_gather gather;
	struct rb_node *node, *next;
	size_t size;

	iommu_iotlb_gather_init(&gather);
	node = rb_find_first(range, &hwpt->mappings, faultq_mapping_cmp_range);
	for (; node; node = next) {
		next = rb_next_match(range, node, faultq_mapping_cmp_range);
		mapping = faultq_mapping_of(node);
		size = mapping->nr_pages * PAGE_SIZE;
		rb_erase(node, &hwpt->mappings);
		WARN_ON(iommu_unmap_fast(hwpt->domain, mapping->range.first,
					 size, &gather) != size);
		mapping->next = taken;
		taken = mapping;
		cond_resched();
	}
	if (taken)
		iommu_iotlb_sync(hwpt->domain, &gather);
	return taken;
}

static u64 faultq_mapping_free_list(struct faultq_mapping *mapping)
{
	struct faultq_mapping *next;
	u64 bytes = 0;

	for (; mapping; mapping = next) {
		next = mapping->next;
		bytes += (u64)mapping->nr_pages * PAGE_SIZE;
		faultq_mapping_free(mapping);
		cond_resched();
	}
	return bytes;
}

/**
 * faultq_mapping_remove_all() - unmap everything
 * @hwpt: the HWPT, which no one can find any more
 */
void faultq_mapping_remove_all(struct faultq_hwpt *hwpt)
{
	const struct faultq_range all = { .last = U64_MAX };

	faultq_mapping_free_list(faultq_mapping_take(hwpt, &all));
}

static int faultq_mapping_remove(struct faultq_hwpt *hwpt,
				 const struct faultq_range *range, u64 *bytes)
{
	struct faultq_mapping *taken = NULL;
	int ret;

	mutex_lock(&hwpt->lock);
	ret = faultq_mapping_check_cut(hwpt, range);
	if (!ret)
		taken = faultq_mapping_take(hwpt, range);
	mutex_unlock(&hwpt->lock);
	*bytes = faultq_mapping_free_list(taken);
	return ret;
}

int faultq_hwpt_unmap(struct faultq_cmd *cmd)
{
	struct faultq_hwpt_unmap *arg = cmd->arg;
	struct faultq_range range = { .first = arg->iova };
	struct faultq_hwpt *hwpt;
	int ret;

	if (!arg->length)
		return -EINVAL;
	if (!arg->iova && arg->length == U64_MAX)
		range.last = U64_MAX;
	else if (check_add_overflow(arg->iova, arg->length - 1, &range.last))
		return -EOVERFLOW;
	hwpt = faultq_hwpt_get_paging(cmd->ctx, arg->hwpt_id);
	if (IS_ERR(hwpt))
		return PTR_ERR(hwpt);
	ret = faultq_mapping_remove(hwpt, &range, &arg->length);
	faultq_hwpt_put(hwpt);
	return ret ?: faultq_cmd_reply(cmd, sizeof(*arg));
}
