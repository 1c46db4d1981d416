// SPDX-License-Identifier: GPL-2.0-only
/*
 * Translation: from requester id and PASID by way of root, context and PASID
 * tables to a page table, and by that to a page.
 *
 * Context and PASID entries are read from memory each time. Hardware may cache
 * them and need not, so the invalidations for such a cache find nothing to do.
 */
#include "hw_model.h"

/**
 * struct hw_context - how requests of one source are translated
 * @did: domain id
 * @table: page table
 */
struct hw_context {
	u32 did;
	struct hw_table table;
};

/* The first half of the context entry of @rid; the rest is reserved. */
static u8 hw_context_entry(struct hw_iommu *hw, u16 rid, u64 *qw)
{
	u64 root = READ_ONCE(hw->rtaddr), entry, addr;

	if (FIELD_GET(VTD_RTADDR_TTM, root) != VTD_TTM_SCALABLE)
		return VTD_FR_ROOT_TTM;
	if (hw_mem_read_entry((root & VTD_ADDR) + (rid >> 7) * sizeof(entry),
			      &entry))
		return VTD_FR_ROOT_ACCESS;
	if (!(entry & VTD_ROOT_P))
		return VTD_FR_ROOT_P;
	addr = (entry & VTD_ADDR) + (rid & 0x7f) * sizeof(struct vtd_context);
	if (hw_mem_read_entry(addr, &qw[0]) ||
	    hw_mem_read_entry(addr + sizeof(*qw), &qw[1]))
		return VTD_FR_CONTEXT_ACCESS;
	return qw[0] & VTD_CONTEXT_P ? 0 : VTD_FR_CONTEXT_P;
}

/* Finds where the PASID table entry of @source is. */
static u8 hw_pasid_entry(const u64 *context, const struct hw_source *source,
			 u64 *addr)
{
	u32 pasid = source->has_pasid ? source->pasid :
		    FIELD_GET(VTD_CONTEXT_RID_PASID, context[1]);
	u32 bits = VTD_PASID_TABLE_BITS + 7 +
		   FIELD_GET(VTD_CONTEXT_PDTS, context[0]);
	u64 dir = context[0] & VTD_ADDR, entry;

	if (source->has_pasid && !(context[0] & VTD_CONTEXT_PASIDE))
		return VTD_FR_CONTEXT_PASIDE;
	if (pasid >> bits)
		return VTD_FR_CONTEXT_PASID;
	dir += (pasid >> VTD_PASID_TABLE_BITS) * sizeof(entry);
	if (hw_mem_read_entry(dir, &entry))
		return VTD_FR_PASID_DIR_ACCESS;
	if (!(entry & VTD_PASID_DIR_P))
		return VTD_FR_PASID_DIR_P;
	*addr = (entry & VTD_ADDR) +
		(pasid & (BIT(VTD_PASID_TABLE_BITS) - 1)) *
		sizeof(struct vtd_pasid);
	return 0;
}

/* Pass-through is not offered (ECAP.PT = 0): no IOVA is a physical address. */
static u8 hw_context_load(u64 addr, struct hw_context *context)
{
	u64 qw[2];

	if (hw_mem_read_entry(addr, &qw[0]) ||
	    hw_mem_read_entry(addr + sizeof(qw[0]), &qw[1]))
		return VTD_FR_PASID_ACCESS;
	if (!(qw[0] & VTD_PASID_P))
		return VTD_FR_PASID_P;
	if (FIELD_GET(VTD_PASID_PGTT, qw[0]) != VTD_PGTT_SECOND_STAGE ||
	    !FIELD_GET(VTD_PASID_AW, qw[0]) ||
	    FIELD_GET(VTD_PASID_AW, qw[0]) > 3)
		return VTD_FR_PASID_INVALID;

	context->did = FIELD_GET(VTD_PASID_DID, qw[1]);
	context->table.format = &hw_second_stage;
	context->table.root = qw[0] & VTD_PASID_SSPTPTR;
	context->table.levels = FIELD_GET(VTD_PASID_AW, qw[0]) + 2;
	return 0;
}

static u8 hw_context_find(struct hw_iommu *hw, const struct hw_source *source,
			  bool ats, struct hw_context *context)
{
	u64 entry[2], addr;
	u8 reason;

	reason = hw_context_entry(hw, source->rid, entry);
	if (reason)
		return reason;
	if (ats && !(entry[0] & VTD_CONTEXT_DTE))
		return VTD_FR_CONTEXT_DTE;
	reason = hw_pasid_entry(entry, source, &addr);
	if (reason)
		return reason;
	return hw_context_load(addr, context);
}

/**
 * hw_translate() - what the IOMMU makes of an address
 * @hw: the IOMMU
 * @source: who asks
 * @ats: it is a translation request, not an access
 * @addr: input address
 * @perm: permissions that are needed
 * @page: where the translation goes
 *
 * The caller reads under hw_iommu.access.
 *
 * Return: 0 or a fault reason.
 */
u8 hw_translate(struct hw_iommu *hw, const struct hw_source *source, bool ats,
		u64 addr, u32 perm, struct hw_page *page)
{
	struct hw_tlb_key key = { .addr = addr & VTD_ADDR };
	struct hw_context context;
	u8 reason;

	reason = hw_context_find(hw, source, ats, &context);
	if (reason)
		return reason;

	key.root = context.table.root;
	key.id = context.did;
	if (hw_tlb_find(&hw->iotlb, &key, perm, page))
		return 0;
	reason = hw_walk(&context.table, addr, perm, page);
	if (!reason)
		hw_tlb_fill(&hw->iotlb, &key, page);
	return reason;
}

/*
 * A translation request that fails for one of these is completed without
 * permissions, for any other as an Unsupported Request: only the first is
 * worth a page request.
 */
bool hw_recoverable(u8 reason)
{
	return reason == VTD_FR_SS_PERM;
}
