// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page table walker: one algorithm, a description for each format.
 *
 * A table of the first stage lies at guest physical addresses: a second table
 * translates where each of its entries is, and where its result leads. Whoever
 * writes such a table is not trusted. A walk has no more steps than the table
 * has levels, whatever the entries say; it reads an entry once and goes by what
 * it read; and only the second stage tells which memory it touches.
 */
#include "hw_model.h"

#define HW_WALK_BITS 9

/* How often an entry may change between reading it and setting A or D in it. */
#define HW_WALK_TRIES 64

/**
 * struct hw_walk - a walk under way
 * @table: the page table
 * @request: what is to be translated
 * @fault: where to tell of a failure
 * @level: where it is; the last one is 1
 * @entry_addr: address of the entry, as the table above has it
 * @slot: physical address of the entry
 * @writable: the second stage, if any, lets the entry be written
 * @entry: the entry, as read
 * @all: bits set in all the entries so far
 * @any: bits set in any of them
 * @granted: permissions, once a leaf was found
 */
struct hw_walk {
	const struct hw_table *table;
	const struct hw_request *request;
	struct hw_fault *fault;
	unsigned int level;
	u64 entry_addr;
	u64 slot;
	bool writable;
	u64 entry;
	u64 all;
	u64 any;
	u32 granted;
};

static unsigned int hw_walk_shift(unsigned int level)
{
	return HW_PAGE_SHIFT + (level - 1) * HW_WALK_BITS;
}

static bool hw_walk_input_ok(const struct hw_table *table, u64 addr)
{
	unsigned int bits = hw_walk_shift(table->levels + 1);

	if (table->format->canonical)
		return sign_extend64(addr, bits - 1) == (s64)addr;
	return !(addr >> bits);
}

static bool hw_walk_is_leaf(const struct hw_walk *walk)
{
	const struct hw_format *format = walk->table->format;

	return walk->level == 1 ||
	       (walk->entry & format->large) == format->large_value;
}

/* A leaf must not be where none may be, nor point into its own page. */
static u8 hw_walk_check_bits(const struct hw_walk *walk)
{
	const struct hw_format *format = walk->table->format;
	u64 reserved = format->reserved | walk->table->reserved;

	if (walk->level > 1 && hw_walk_is_leaf(walk)) {
		if (!(format->large_levels & BIT(walk->level)))
			return format->bad_large;
		reserved |= GENMASK_ULL(hw_walk_shift(walk->level) - 1,
					HW_PAGE_SHIFT) &
			    ~format->large_ignored;
	}
	return walk->entry & reserved ? format->bad_bits : 0;
}

/* Stage 2 failed, and an entry of stage 1 was its aim. */
static u8 hw_walk_table_reason(struct hw_walk *walk, u8 reason)
{
	const struct hw_format *format = walk->table->format;

	walk->fault->on_walk = true;
	if (!format->table_reason)
		return reason;
	return format->table_reason(walk->level == walk->table->levels, reason);
}

/* Finds out where the entry is that @entry_addr names. */
static u8 hw_walk_locate(struct hw_walk *walk)
{
	const struct hw_request request = {
		.addr = walk->entry_addr,
		.perm = HW_PERM_R,
	};
	struct hw_page page;
	u8 reason;

	walk->slot = walk->entry_addr;
	walk->writable = true;
	if (!walk->table->second)
		return 0;
	reason = hw_walk(walk->table->second, &request, &page, walk->fault);
	if (reason)
		return hw_walk_table_reason(walk, reason);
	walk->slot = page.frame | (walk->entry_addr & ~HW_PAGE_MASK);
	walk->writable = page.perm & HW_PERM_W;
	return 0;
}

/* Reads the entry of the present level in the table at @table_addr. */
static u8 hw_walk_fetch(struct hw_walk *walk, u64 table_addr)
{
	const struct hw_format *format = walk->table->format;
	u64 index = (walk->request->addr >> hw_walk_shift(walk->level)) &
		    GENMASK(HW_WALK_BITS - 1, 0);
	u8 reason;

	walk->entry_addr = table_addr + index * sizeof(walk->entry);
	reason = hw_walk_locate(walk);
	if (reason)
		return reason;
	if (!hw_mem_read_entry(walk->slot, &walk->entry))
		return 0;
	walk->fault->fetch_addr = walk->slot;
	return walk->level == walk->table->levels ? format->bad_root :
						    format->bad_entry;
}

/* Judges the entry; nothing is known to be granted before a leaf is found. */
static u8 hw_walk_check(struct hw_walk *walk)
{
	const struct hw_format *format = walk->table->format;
	u8 reason;

	if (!(walk->entry & format->present) ||
	    (walk->level == 1 && (walk->entry & format->last) != format->last))
		return format->not_present;
	reason = hw_walk_check_bits(walk);
	if (reason || !hw_walk_is_leaf(walk))
		return reason;
	return format->grant(walk->table, walk->request, walk->entry, walk->all,
			     walk->any, &walk->granted);
}

/* The bits that the use of this entry is recorded by */
static u64 hw_walk_marks(const struct hw_walk *walk)
{
	const struct hw_format *format = walk->table->format;
	u64 marks = format->accessed | walk->table->accessed;

	if (hw_walk_is_leaf(walk) && (walk->request->perm & HW_PERM_W))
		marks |= format->dirty;
	return marks;
}

/*
 * Records the use of the entry in it. Returns -EAGAIN if the entry changed, and
 * is to be judged anew; else 0, with what went wrong in @reason.
 */
static int hw_walk_mark(struct hw_walk *walk, u8 *reason)
{
	u64 marks = hw_walk_marks(walk);
	int ret;

	*reason = 0;
	if ((walk->entry & marks) == marks)
		return 0;
	if (!walk->writable) {
		walk->fault->stage = walk->table->second->format->stage;
		walk->fault->addr = walk->entry_addr;
		walk->fault->on_walk = true;
		*reason = walk->table->format->bad_mark;
		return 0;
	}
	ret = hw_mem_update_entry(walk->slot, &walk->entry,
				  walk->entry | marks);
	if (ret == -EAGAIN)
		return ret;
	if (ret)
		*reason = walk->table->format->bad_entry;
	else
		walk->entry |= marks;
	return 0;
}

static u8 hw_walk_use(struct hw_walk *walk)
{
	unsigned int tries = 0;
	u8 reason;

	do {
		reason = hw_walk_check(walk);
		if (reason)
			return reason;
		if (tries++ == HW_WALK_TRIES)
			return walk->table->format->bad_entry;
	} while (hw_walk_mark(walk, &reason));
	walk->all &= walk->entry;
	walk->any |= walk->entry;
	return reason;
}

/*
 * A page that is not dirty yet is handed out without write permission, so that
 * the first write to it comes here again.
 */
static u32 hw_walk_granted(const struct hw_walk *walk)
{
	u64 dirty = walk->table->format->dirty;

	return (walk->entry & dirty) == dirty ? walk->granted :
						walk->granted & ~HW_PERM_W;
}

/* The leaf was found: where does it lead, and what by? */
static u8 hw_walk_finish(struct hw_walk *walk, struct hw_page *page)
{
	u64 offset = BIT_ULL(hw_walk_shift(walk->level)) - 1;
	const struct hw_request request = {
		.addr = (walk->entry & HW_PHYS_ADDR & ~offset) |
			(walk->request->addr & HW_PAGE_MASK & offset),
		.perm = walk->request->perm,
	};
	u8 reason;

	page->frame = request.addr;
	page->perm = hw_walk_granted(walk);
	if (!walk->table->second)
		return 0;
	reason = hw_walk(walk->table->second, &request, page, walk->fault);
	page->perm &= hw_walk_granted(walk);
	return reason;
}

static u8 hw_walk_levels(struct hw_walk *walk, struct hw_page *page)
{
	u64 next = walk->table->root;
	u8 reason;

	if (!hw_walk_input_ok(walk->table, walk->request->addr))
		return walk->table->format->bad_input;
	for (walk->level = walk->table->levels;; walk->level--) {
		reason = hw_walk_fetch(walk, next) ?: hw_walk_use(walk);
		if (reason)
			return reason;
		if (hw_walk_is_leaf(walk))
			return hw_walk_finish(walk, page);
		next = walk->entry & HW_PHYS_ADDR;
	}
}

/**
 * hw_walk() - translate an address by a page table in memory
 * @table: the page table
 * @request: what is to be translated
 * @page: where the translation goes, with the permissions that are granted;
 *	of no meaning if it fails
 * @fault: if it fails, the stage and the address; all 0 before
 *
 * The caller reads under hw_iommu.access, so that tables which software took
 * out and then invalidated are not walked any more when they are freed.
 *
 * Return: 0 or a fault reason.
 */
u8 hw_walk(const struct hw_table *table, const struct hw_request *request,
	   struct hw_page *page, struct hw_fault *fault)
{
	struct hw_walk walk = {
		.table = table,
		.request = request,
		.fault = fault,
		.all = U64_MAX,
	};
	u8 reason;

	*page = (struct hw_page){};
	reason = hw_walk_levels(&walk, page);
	/* a second stage that failed has told already */
	if (reason && !fault->stage) {
		fault->stage = table->format->stage;
		fault->addr = request->addr;
	}
	return reason;
}
