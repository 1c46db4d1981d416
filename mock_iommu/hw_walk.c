// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page table walker: one algorithm, a description for each format.
 */
#include "hw_model.h"

#define HW_WALK_BITS	9
#define HW_ALL_PERMS	(HW_PERM_R | HW_PERM_W)

/* The permission bits of an entry are read as HW_PERM_* as they are. */
static_assert(HW_PERM_R == VTD_SS_R && HW_PERM_W == VTD_SS_W);

const struct hw_format hw_second_stage = {
	.present = VTD_SS_R | VTD_SS_W,
	.large = VTD_SS_PS,
	.large_levels = BIT(2) | BIT(3),
	.reserved = VTD_SS_SNP | VTD_SS_TM,
	.not_mapped = VTD_FR_SS_PERM,
	.bad_entry = VTD_FR_SS_ACCESS,
	.bad_root = VTD_FR_SS_POINTER,
	.bad_bits = VTD_FR_SS_RSVD,
	.bad_width = VTD_FR_SS_WIDTH,
};

static unsigned int hw_walk_shift(unsigned int level)
{
	return VTD_PAGE_SHIFT + (level - 1) * HW_WALK_BITS;
}

static bool hw_walk_is_leaf(const struct hw_format *format, u64 entry,
			    unsigned int level)
{
	return level == 1 || (entry & format->large);
}

/* A leaf must not be where none may be, nor point into its own page. */
static bool hw_walk_bits_ok(const struct hw_format *format, u64 entry,
			    unsigned int level)
{
	u64 reserved = format->reserved;

	if (level > 1 && (entry & format->large)) {
		if (!(format->large_levels & BIT(level)))
			return false;
		reserved |= GENMASK_ULL(hw_walk_shift(level) - 1,
					VTD_PAGE_SHIFT);
	}
	return !(entry & reserved);
}

/**
 * hw_walk() - translate an address by a page table in memory
 * @table: the page table
 * @addr: input address
 * @perm: permissions that are needed
 * @page: where the translation goes, with the permissions that are granted
 *
 * The caller reads under hw_iommu.access, so that tables which software took
 * out and then invalidated are not walked any more when they are freed.
 *
 * Return: 0 or a fault reason.
 */
u8 hw_walk(const struct hw_table *table, u64 addr, u32 perm,
	   struct hw_page *page)
{
	const struct hw_format *format = table->format;
	unsigned int level = table->levels;
	u64 entry, next = table->root;
	u32 granted = HW_ALL_PERMS;

	if (addr >> hw_walk_shift(level + 1))
		return format->bad_width;

	for (;; level--) {
		u64 index = (addr >> hw_walk_shift(level)) &
			    GENMASK(HW_WALK_BITS - 1, 0);

		if (hw_mem_read_entry(next + index * sizeof(entry), &entry))
			return level == table->levels ? format->bad_root :
							format->bad_entry;
		if (!(entry & format->present))
			return format->not_mapped;
		if (!hw_walk_bits_ok(format, entry, level))
			return format->bad_bits;
		granted &= entry;
		if (hw_walk_is_leaf(format, entry, level))
			break;
		next = entry & VTD_PHYS_ADDR;
	}
	if (perm & ~granted)
		return format->not_mapped;

	page->perm = granted;
	page->frame = (entry & VTD_PHYS_ADDR) |
		      (addr & VTD_ADDR & (BIT_ULL(hw_walk_shift(level)) - 1));
	return 0;
}
