// SPDX-License-Identifier: GPL-2.0-only
/*
 * Four-level page tables with entries of 8 bytes, in pages of their own.
 *
 * A table that becomes empty is taken out and freed, else a user could make
 * any number of tables with one page of memory. page_private() of a table's
 * page counts its entries. The caller locks.
 */
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>

#include "mock.h"

#define PT_LEVELS 4
#define PT_BITS 9
#define PT_ENTRIES BIT(PT_BITS)

/* Lines that a dump may have; a table can have 2^36 entries */
#define PT_SHOW_LINES 256

static unsigned int pt_shift(unsigned int level)
{
	return HW_PAGE_SHIFT + (level - 1) * PT_BITS;
}

static unsigned int pt_index(u64 iova, unsigned int level)
{
	return (iova >> pt_shift(level)) & (PT_ENTRIES - 1);
}

static bool pt_is_present(const struct mock_pgtable *pgtable, u64 entry)
{
	return entry & pgtable->format->present;
}

static bool pt_is_leaf(const struct mock_pgtable *pgtable, u64 entry,
		       unsigned int level)
{
	const struct mock_pgtable_format *format = pgtable->format;

	return level == 1 || ((entry ^ format->table) & format->leaf_mask);
}

static u64 *pt_next(u64 entry)
{
	return phys_to_virt(entry & HW_PHYS_ADDR);
}

static void pt_count(u64 *table, int change)
{
	struct page *page = virt_to_page(table);

	set_page_private(page, page_private(page) + change);
}

static u64 *pt_alloc(gfp_t gfp)
{
	struct page *page = alloc_page(gfp | __GFP_ZERO);

	if (!page)
		return NULL;
	set_page_private(page, 0);
	return page_address(page);
}

static void pt_free(u64 *table)
{
	struct page *page = virt_to_page(table);

	set_page_private(page, 0);
	__free_page(page);
}

int mock_pgtable_init(struct mock_pgtable *pgtable,
		      const struct mock_pgtable_format *format)
{
	pgtable->format = format;
	INIT_LIST_HEAD(&pgtable->removed);
	pgtable->root = pt_alloc(GFP_KERNEL_ACCOUNT);
	return pgtable->root ? 0 : -ENOMEM;
}

/* Frees the tables below; recursion is as deep as there are levels. */
static void pt_free_below(const struct mock_pgtable *pgtable, u64 *table,
			  unsigned int level)
{
	unsigned int i;

	for (i = 0; i < PT_ENTRIES; i++) {
		if (!pt_is_present(pgtable, table[i]) ||
		    pt_is_leaf(pgtable, table[i], level))
			continue;
		pt_free_below(pgtable, pt_next(table[i]), level - 1);
		pt_free(pt_next(table[i]));
	}
}

/* No hardware uses the table any more. */
void mock_pgtable_free(struct mock_pgtable *pgtable)
{
	mock_pgtable_free_removed(pgtable);
	pt_free_below(pgtable, pgtable->root, PT_LEVELS);
	pt_free(pgtable->root);
}

/* The table of @level for @iova, made if need be; ERR_PTR() */
static u64 *pt_get_table(struct mock_pgtable *pgtable, u64 iova,
			 unsigned int level, gfp_t gfp)
{
	u64 *table = pgtable->root, *next, *entry;
	unsigned int at;

	for (at = PT_LEVELS; at > level; at--, table = next) {
		entry = &table[pt_index(iova, at)];
		if (pt_is_present(pgtable, *entry)) {
			if (pt_is_leaf(pgtable, *entry, at))
				return ERR_PTR(-EEXIST);
			next = pt_next(*entry);
			continue;
		}
		next = pt_alloc(gfp);
		if (!next)
			return ERR_PTR(-ENOMEM);
		pt_count(table, 1);
		/* what is below must be seen before what points there */
		dma_wmb();
		WRITE_ONCE(*entry, virt_to_phys(next) | pgtable->format->table);
	}
	return table;
}

/* Takes out tables on the way to @iova that have become empty. */
static void pt_prune(struct mock_pgtable *pgtable, u64 iova)
{
	u64 *path[PT_LEVELS + 1];
	unsigned int at;

	path[PT_LEVELS] = pgtable->root;
	for (at = PT_LEVELS; at > 1; at--) {
		u64 entry = path[at][pt_index(iova, at)];

		if (!pt_is_present(pgtable, entry) ||
		    pt_is_leaf(pgtable, entry, at))
			break;
		path[at - 1] = pt_next(entry);
	}
	for (; at < PT_LEVELS; at++) {
		if (page_private(virt_to_page(path[at])))
			break;
		WRITE_ONCE(path[at + 1][pt_index(iova, at + 1)], 0);
		pt_count(path[at + 1], -1);
		list_add(&virt_to_page(path[at])->lru, &pgtable->removed);
	}
}

static unsigned int pt_level(size_t pgsize)
{
	return (ilog2(pgsize) - HW_PAGE_SHIFT) / PT_BITS + 1;
}

/* Fills the rest of one table. Returns how many, or -EEXIST if none. */
static int pt_fill(const struct mock_pgtable *pgtable, u64 *table,
		   unsigned int index, u64 entry, size_t pgsize, size_t count)
{
	int filled = 0;

	count = min(count, PT_ENTRIES - index);
	while (filled < count &&
	       !pt_is_present(pgtable, table[index + filled])) {
		WRITE_ONCE(table[index + filled], entry + filled * pgsize);
		filled++;
	}
	pt_count(table, filled);
	return filled ?: -EEXIST;
}

/**
 * mock_pgtable_map() - map pages of one size
 * @pgtable: the page table
 * @iova: where they shall be seen, aligned to @pgsize
 * @paddr: where they are, aligned to @pgsize
 * @pgsize: 4 KiB, 2 MiB or 1 GiB
 * @count: number of pages
 * @prot: IOMMU_READ, IOMMU_WRITE
 * @gfp: for tables
 * @mapped: bytes mapped, on failure too
 *
 * What hardware has cached needs no invalidation: it caches nothing that is
 * not mapped.
 *
 * Return: 0, -EINVAL without permissions, -EEXIST if something is mapped
 * there, -ENOMEM.
 */
int mock_pgtable_map(struct mock_pgtable *pgtable, u64 iova, u64 paddr,
		     size_t pgsize, size_t count, int prot, gfp_t gfp,
		     size_t *mapped)
{
	unsigned int level = pt_level(pgsize);
	u64 bits = pgtable->format->leaf(prot, level);
	u64 *table;
	int ret;

	if (!bits)
		return -EINVAL;
	while (count) {
		table = pt_get_table(pgtable, iova, level, gfp);
		ret = IS_ERR(table) ?
			      PTR_ERR(table) :
			      pt_fill(pgtable, table, pt_index(iova, level),
				      paddr | bits, pgsize, count);
		if (ret < 0) {
			pt_prune(pgtable, iova);
			return ret;
		}
		*mapped += ret * pgsize;
		iova += ret * pgsize;
		paddr += ret * pgsize;
		count -= ret;
	}
	return 0;
}

/* The leaf for @iova and its level; NULL if there is none */
static u64 *pt_find_leaf(const struct mock_pgtable *pgtable, u64 iova,
			 unsigned int *level, u64 **table)
{
	u64 *entry;

	*table = pgtable->root;
	for (*level = PT_LEVELS;; (*level)--) {
		entry = &(*table)[pt_index(iova, *level)];
		if (!pt_is_present(pgtable, *entry))
			return NULL;
		if (pt_is_leaf(pgtable, *entry, *level))
			return entry;
		*table = pt_next(*entry);
	}
}

/**
 * mock_pgtable_unmap() - unmap a range
 * @pgtable: the page table
 * @iova: its beginning, page aligned
 * @size: its length
 *
 * Stops at what is not mapped, and at a large page that is not wholly inside.
 * Tables that become empty are kept for mock_pgtable_free_removed().
 *
 * Return: bytes unmapped.
 */
size_t mock_pgtable_unmap(struct mock_pgtable *pgtable, u64 iova, size_t size)
{
	size_t done = 0, step;
	unsigned int level;
	u64 *table, *entry;

	while (done < size) {
		entry = pt_find_leaf(pgtable, iova, &level, &table);
		if (!entry)
			break;
		step = BIT_ULL(pt_shift(level));
		if (!IS_ALIGNED(iova, step) || step > size - done)
			break;
		WRITE_ONCE(*entry, 0);
		pt_count(table, -1);
		if (!page_private(virt_to_page(table)))
			pt_prune(pgtable, iova);
		iova += step;
		done += step;
	}
	return done;
}

/* To be called after an invalidation that covers the upper levels. */
void mock_pgtable_free_removed(struct mock_pgtable *pgtable)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, &pgtable->removed, lru) {
		list_del(&page->lru);
		pt_free(page_address(page));
	}
}

/* Where @iova leads, 0 if nowhere */
u64 mock_pgtable_find(const struct mock_pgtable *pgtable, u64 iova)
{
	unsigned int level;
	u64 *table, *entry;

	entry = pt_find_leaf(pgtable, iova, &level, &table);
	if (!entry)
		return 0;
	return (*entry & HW_PHYS_ADDR) |
	       (iova & (BIT_ULL(pt_shift(level)) - 1));
}

static void pt_show_leaf(const struct mock_pgtable *pgtable, struct seq_file *s,
			 u64 iova, u64 leaf, unsigned int level)
{
	int prot = pgtable->format->prot(leaf);

	seq_printf(s, "  %#014llx -> %#014llx %s%s level %u\n", iova,
		   leaf & HW_PHYS_ADDR, prot & IOMMU_READ ? "R" : "-",
		   prot & IOMMU_WRITE ? "W" : "-", level);
}

static unsigned int pt_show(const struct mock_pgtable *pgtable,
			    struct seq_file *s, const u64 *table, u64 iova,
			    unsigned int level, unsigned int lines)
{
	unsigned int i;

	for (i = 0; i < PT_ENTRIES && lines; i++) {
		u64 at = iova + ((u64)i << pt_shift(level));
		u64 entry = table[i];

		if (!pt_is_present(pgtable, entry))
			continue;
		if (!pt_is_leaf(pgtable, entry, level)) {
			lines = pt_show(pgtable, s, pt_next(entry), at,
					level - 1, lines);
			continue;
		}
		pt_show_leaf(pgtable, s, at, entry, level);
		lines--;
	}
	return lines;
}

/* Prints the leaves, up to a bound. */
void mock_pgtable_show(const struct mock_pgtable *pgtable, struct seq_file *s)
{
	if (!pt_show(pgtable, s, pgtable->root, 0, PT_LEVELS, PT_SHOW_LINES))
		seq_puts(s, "  ...\n");
}
