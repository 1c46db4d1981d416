// SPDX-License-Identifier: GPL-2.0-only
/*
 * Caches of translations: the IOTLB, and the device TLB of an endpoint. They
 * are stale until told otherwise, as in hardware. Only what is mapped is
 * cached, so software need not invalidate after adding a mapping (CAP.CM = 0).
 */
#include <linux/slab.h>
#include <linux/string.h>

#include "hw_model.h"

int hw_tlb_init(struct hw_tlb *tlb, unsigned int entries)
{
	spin_lock_init(&tlb->lock);
	tlb->mask = entries - 1;
	tlb->entries =
		kvcalloc(entries, sizeof(*tlb->entries), GFP_KERNEL_ACCOUNT);
	return tlb->entries ? 0 : -ENOMEM;
}

void hw_tlb_free(struct hw_tlb *tlb)
{
	kvfree(tlb->entries);
}

/* What an invalidation does not name, or need not name, is left out. */
static struct hw_tlb_entry *hw_tlb_slot(struct hw_tlb *tlb, u32 id, u64 addr)
{
	u32 hash = (addr >> HW_PAGE_SHIFT) + id * 61;

	return &tlb->entries[hash & tlb->mask];
}

static bool hw_tlb_same(const struct hw_tlb_key *a, const struct hw_tlb_key *b)
{
	return a->addr == b->addr && a->id == b->id && a->pasid == b->pasid &&
	       a->priv == b->priv && a->root == b->root && a->first == b->first;
}

/*
 * A translation that lacks a permission is a miss: the tables may grant it by
 * now, and to add a permission needs no invalidation.
 */
bool hw_tlb_find(struct hw_tlb *tlb, const struct hw_tlb_key *key, u32 perm,
		 struct hw_page *page)
{
	struct hw_tlb_entry *entry = hw_tlb_slot(tlb, key->id, key->addr);
	bool hit;

	spin_lock(&tlb->lock);
	hit = !(perm & ~entry->page.perm) && hw_tlb_same(&entry->key, key);
	if (hit) {
		*page = entry->page;
		tlb->hits++;
	} else {
		tlb->misses++;
	}
	spin_unlock(&tlb->lock);
	return hit;
}

void hw_tlb_fill(struct hw_tlb *tlb, const struct hw_tlb_key *key,
		 const struct hw_page *page)
{
	struct hw_tlb_entry *entry = hw_tlb_slot(tlb, key->id, key->addr);

	spin_lock(&tlb->lock);
	entry->key = *key;
	entry->page = *page;
	spin_unlock(&tlb->lock);
}

static void hw_tlb_drop_entry(struct hw_tlb_entry *entry,
			      const struct hw_tlb_scope *scope)
{
	const struct hw_tlb_key *key = &entry->key;

	if ((scope->id == HW_TLB_ANY || key->id == scope->id) &&
	    (scope->pasid == HW_TLB_ANY || key->pasid == scope->pasid) &&
	    key->addr >= scope->first && key->addr <= scope->last)
		memset(entry, 0, sizeof(*entry));
}

void hw_tlb_drop(struct hw_tlb *tlb, const struct hw_tlb_scope *scope)
{
	u64 pages = (scope->last - scope->first) >> HW_PAGE_SHIFT;
	u64 i, addr;

	spin_lock(&tlb->lock);
	if (scope->id == HW_TLB_ANY || pages >= tlb->mask)
		for (i = 0; i <= tlb->mask; i++)
			hw_tlb_drop_entry(&tlb->entries[i], scope);
	else
		for (i = 0; i <= pages; i++) {
			addr = scope->first + (i << HW_PAGE_SHIFT);
			hw_tlb_drop_entry(hw_tlb_slot(tlb, scope->id, addr),
					  scope);
		}
	spin_unlock(&tlb->lock);
}

void hw_tlb_drop_all(struct hw_tlb *tlb)
{
	const struct hw_tlb_scope all = {
		.id = HW_TLB_ANY,
		.pasid = HW_TLB_ANY,
		.last = U64_MAX,
	};

	hw_tlb_drop(tlb, &all);
}
