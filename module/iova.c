// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which IOVAs of a paging HWPT can be mapped: those in the range of its page
 * table, less those that a device attached to it cannot have translated.
 *
 * A device's reserved regions (those of its IOMMU driver: a window for message
 * signalled interrupts, what firmware claims) count while the HWPT, or a nested
 * one that it is the parent of, is attached to the device's RID. Requests with
 * PASID do not reach them, so a PASID's HWPT has none. Relaxable direct-mapped
 * regions are firmware's only until the device is taken over.
 *
 * Regions and mappings exclude each other under faultq_hwpt.lock: a region is
 * reserved before the IOMMU driver attaches the device, and released after it
 * has detached it.
 */
#include <linux/interval_tree_generic.h>
#include <linux/iommu.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "faultq_private.h"

/**
 * struct faultq_reserved - a reserved region of a device on an HWPT
 * @node: in the tree of the HWPT
 * @subtree_last: the last address of what is below it in the tree
 * @range: the region, whole pages
 */
struct faultq_reserved {
	struct rb_node node;
	u64 subtree_last;
	struct faultq_range range;
};

/**
 * struct faultq_reservation - the reserved regions of an attachment
 * @hwpt: the paging HWPT; the attachment keeps it
 * @nr: length of @regions
 * @regions: the regions
 */
struct faultq_reservation {
	struct faultq_hwpt *hwpt;
	unsigned int nr;
	struct faultq_reserved regions[] __counted_by(nr);
};

#define FAULTQ_RESERVED_FIRST(region) ((region)->range.first)
#define FAULTQ_RESERVED_LAST(region) ((region)->range.last)

INTERVAL_TREE_DEFINE(struct faultq_reserved, node, u64, subtree_last,
		     FAULTQ_RESERVED_FIRST, FAULTQ_RESERVED_LAST,
		     static __maybe_unused, faultq_reserved_tree)

static bool faultq_region_is_reserved(const struct iommu_resv_region *resv)
{
	return resv->length && resv->type != IOMMU_RESV_DIRECT_RELAXABLE;
}

static struct faultq_reservation *
faultq_reservation_new(struct faultq_hwpt *hwpt, const struct list_head *list)
{
	struct faultq_reservation *reservation;
	const struct iommu_resv_region *resv;
	struct faultq_range *range;
	unsigned int nr = 0;

	list_for_each_entry(resv, list, list)
		nr += faultq_region_is_reserved(resv);
	reservation = kzalloc(struct_size(reservation, regions, nr),
			      GFP_KERNEL_ACCOUNT);
	if (!reservation)
		return NULL;
	reservation->hwpt = hwpt;
	reservation->nr = nr;
	nr = 0;
	list_for_each_entry(resv, list, list) {
		if (!faultq_region_is_reserved(resv))
			continue;
		range = &reservation->regions[nr++].range;
		range->first = resv->start & PAGE_MASK;
		range->last = (resv->start + resv->length - 1) | ~PAGE_MASK;
	}
	return reservation;
}

static bool faultq_reservation_is_mapped(const struct faultq_reservation *r)
{
	unsigned int i;

	for (i = 0; i < r->nr; i++)
		if (faultq_mapping_overlaps(r->hwpt, &r->regions[i].range))
			return true;
	return false;
}

static int faultq_reservation_insert(struct faultq_reservation *reservation)
{
	struct faultq_hwpt *hwpt = reservation->hwpt;
	unsigned int i;

	guard(mutex)(&hwpt->lock);
	if (faultq_reservation_is_mapped(reservation))
		return -EADDRINUSE;
	for (i = 0; i < reservation->nr; i++)
		faultq_reserved_tree_insert(&reservation->regions[i],
					    &hwpt->reserved);
	return 0;
}

/**
 * faultq_iova_reserve() - keep mappings out of a device's reserved regions
 * @hwpt: what the device's RID is about to be attached to, referenced
 * @dev: the device, bound
 *
 * Process context; takes the lock of @hwpt, or of its parent if it is nested.
 *
 * Return: the reservation, to be given to faultq_iova_release(); or
 * -EADDRINUSE if something is mapped there, or -ENOMEM.
 */
struct faultq_reservation *faultq_iova_reserve(struct faultq_hwpt *hwpt,
					       struct device *dev)
{
	struct faultq_reservation *reservation;
	LIST_HEAD(list);
	int ret;

	iommu_get_resv_regions(dev, &list);
	reservation = faultq_reservation_new(hwpt->parent ?: hwpt, &list);
	iommu_put_resv_regions(dev, &list);
	if (!reservation)
		return ERR_PTR(-ENOMEM);
	ret = faultq_reservation_insert(reservation);
	if (!ret)
		return reservation;
	kfree(reservation);
	return ERR_PTR(ret);
}

/**
 * faultq_iova_release() - undo faultq_iova_reserve()
 * @reservation: of a device that is not attached any more; or NULL
 */
void faultq_iova_release(struct faultq_reservation *reservation)
{
	struct faultq_hwpt *hwpt;
	unsigned int i;

	if (!reservation)
		return;
	hwpt = reservation->hwpt;
	mutex_lock(&hwpt->lock);
	for (i = 0; i < reservation->nr; i++)
		faultq_reserved_tree_remove(&reservation->regions[i],
					    &hwpt->reserved);
	mutex_unlock(&hwpt->lock);
	kfree(reservation);
}

/**
 * faultq_iova_is_reserved() - does a range touch a reserved region?
 * @hwpt: a paging HWPT, locked
 * @range: the range
 */
bool faultq_iova_is_reserved(struct faultq_hwpt *hwpt,
			     const struct faultq_range *range)
{
	lockdep_assert_held(&hwpt->lock);
	return faultq_reserved_tree_iter_first(&hwpt->reserved, range->first,
					       range->last);
}

/**
 * struct faultq_holes - the ranges between reserved regions
 * @ranges: what was found
 * @room: length of @ranges
 * @nr: how many there are, which may be more than @room
 */
struct faultq_holes {
	struct faultq_iova_range *ranges;
	u32 room;
	u32 nr;
};

static void faultq_holes_add(struct faultq_holes *holes, u64 start, u64 last)
{
	if (holes->nr < holes->room)
		holes->ranges[holes->nr] = (struct faultq_iova_range){
			.start = start,
			.last = last,
		};
	holes->nr++;
}

/* Regions are sorted by their start, and may overlap. */
static void faultq_holes_find(struct faultq_holes *holes,
			      const struct faultq_hwpt *hwpt)
{
	const struct iommu_domain_geometry *geometry = &hwpt->domain->geometry;
	u64 start = geometry->aperture_start, end = geometry->aperture_end;
	const struct faultq_reserved *region;
	struct rb_node *node;

	lockdep_assert_held(&hwpt->lock);
	for (node = rb_first_cached(&hwpt->reserved); node;
	     node = rb_next(node)) {
		region = rb_entry(node, struct faultq_reserved, node);
		if (region->range.first > end)
			break;
		if (region->range.first > start)
			faultq_holes_add(holes, start, region->range.first - 1);
		if (region->range.last >= end)
			return;
		start = max(start, region->range.last + 1);
	}
	faultq_holes_add(holes, start, end);
}

static int faultq_holes_get(struct faultq_holes *holes,
			    struct faultq_hwpt *hwpt, u32 room)
{
	guard(mutex)(&hwpt->lock);
	/* there are as many as the user has room for, or fewer: count first */
	faultq_holes_find(holes, hwpt);
	room = min(room, holes->nr);
	holes->nr = 0;
	holes->ranges =
		kvcalloc(room, sizeof(*holes->ranges), GFP_KERNEL_ACCOUNT);
	if (room && !holes->ranges)
		return -ENOMEM;
	holes->room = room;
	faultq_holes_find(holes, hwpt);
	return 0;
}

static int faultq_iova_reply(struct faultq_cmd *cmd,
			     const struct faultq_holes *holes)
{
	struct faultq_hwpt_iova_ranges *arg = cmd->arg;
	u32 room = arg->num_iovas;
	int ret;

	if (copy_to_user(u64_to_user_ptr(arg->allowed_iovas), holes->ranges,
			 holes->room * sizeof(*holes->ranges)))
		return -EFAULT;
	arg->num_iovas = holes->nr;
	ret = faultq_cmd_reply(cmd, sizeof(*arg));
	if (ret)
		return ret;
	return holes->nr > room ? -EMSGSIZE : 0;
}

static u64 faultq_iova_alignment(const struct faultq_hwpt *hwpt)
{
	return max_t(u64, PAGE_SIZE,
		     1ULL << __ffs(hwpt->domain->pgsize_bitmap));
}

int faultq_hwpt_iova_ranges(struct faultq_cmd *cmd)
{
	struct faultq_hwpt_iova_ranges *arg = cmd->arg;
	struct faultq_holes holes = {};
	struct faultq_hwpt *hwpt;
	int ret;

	if (arg->__reserved)
		return -EINVAL;
	hwpt = faultq_hwpt_get_paging(cmd->ctx, arg->hwpt_id);
	if (IS_ERR(hwpt))
		return PTR_ERR(hwpt);
	arg->out_iova_alignment = faultq_iova_alignment(hwpt);
	ret = faultq_holes_get(&holes, hwpt, arg->num_iovas);
	faultq_hwpt_put(hwpt);
	if (!ret)
		ret = faultq_iova_reply(cmd, &holes);
	kvfree(holes.ranges);
	return ret;
}
