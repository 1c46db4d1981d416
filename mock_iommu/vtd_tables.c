// SPDX-License-Identifier: GPL-2.0-only
/*
 * Root, context and PASID tables: how the hardware finds the page table for a
 * requester id and a PASID.
 *
 * Requests without PASID use the entry of PASID 0 (RID_PASID).
 */
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>

#include "vtd_iommu.h"

/* A context table is for half a bus. */
#define VTD_CONTEXT_TABLES 512
#define VTD_CONTEXTS 128

/* The smallest directory, PDTS = 0, is for 2^13 PASIDs. */
#define VTD_MIN_PASID_BITS (VTD_PASID_TABLE_BITS + 7)

static void *vtd_table_alloc(unsigned int order)
{
	return (void *)__get_free_pages(GFP_KERNEL_ACCOUNT | __GFP_ZERO, order);
}

static void vtd_table_free(void *table, unsigned int order)
{
	free_pages((unsigned long)table, order);
}

/* What a pointer in a table points to */
static void *vtd_table_next(u64 entry)
{
	return phys_to_virt(entry & HW_PHYS_ADDR);
}

int vtd_tables_init(struct mock_iommu *iommu)
{
	struct vtd_iommu *vtd = to_vtd_iommu(iommu);

	vtd->root = vtd_table_alloc(0);
	if (!vtd->root)
		return -ENOMEM;
	hw_write(iommu->hw, VTD_RTADDR,
		 virt_to_phys(vtd->root) |
			 FIELD_PREP(VTD_RTADDR_TTM, VTD_TTM_SCALABLE));
	return 0;
}

void vtd_tables_free(struct mock_iommu *iommu)
{
	u64 *root = to_vtd_iommu(iommu)->root;
	unsigned int i;

	if (!root)
		return;
	for (i = 0; i < VTD_CONTEXT_TABLES; i++)
		if (root[i] & VTD_ROOT_P)
			vtd_table_free(vtd_table_next(root[i]), 0);
	vtd_table_free(root, 0);
}

static unsigned int vtd_pasid_dir_bits(const struct mock_endpoint *ep)
{
	return max_t(unsigned int, ep->config.pasid_bits, VTD_MIN_PASID_BITS) -
	       VTD_PASID_TABLE_BITS;
}

static unsigned int vtd_pasid_dir_order(const struct mock_endpoint *ep)
{
	return get_order(sizeof(u64) << vtd_pasid_dir_bits(ep));
}

/* The context entry of an endpoint; its table is made if need be. */
static struct vtd_context *vtd_context(const struct mock_endpoint *ep)
{
	u64 *root = to_vtd_iommu(ep->iommu)->root;
	u64 *entry = &root[ep->config.rid / VTD_CONTEXTS];
	struct vtd_context *table;

	if (!(*entry & VTD_ROOT_P)) {
		table = vtd_table_alloc(0);
		if (!table)
			return NULL;
		WRITE_ONCE(*entry, virt_to_phys(table) | VTD_ROOT_P);
	}
	table = vtd_table_next(*entry);
	return &table[ep->config.rid % VTD_CONTEXTS];
}

/**
 * vtd_tables_add_endpoint() - write the context entry of an endpoint
 * @ep: the endpoint
 *
 * Its PASID directory is made whole, 128 KiB for 20 bits; the tables that it
 * points to are made when a PASID of theirs is attached.
 *
 * Return: 0 or -ENOMEM.
 */
int vtd_tables_add_endpoint(struct mock_endpoint *ep)
{
	const struct hw_endpoint_config *config = &ep->config;
	struct vtd_context *context = vtd_context(ep);

	if (!context)
		return -ENOMEM;
	ep->tables = vtd_table_alloc(vtd_pasid_dir_order(ep));
	if (!ep->tables)
		return -ENOMEM;

	/* qw[1] has RID_PASID, which is 0 */
	WRITE_ONCE(context->qw[0],
		   virt_to_phys(ep->tables) |
			   FIELD_PREP(VTD_CONTEXT_PDTS,
				      vtd_pasid_dir_bits(ep) - 7) |
			   (config->ats ? VTD_CONTEXT_DTE : 0) |
			   (config->pri ? VTD_CONTEXT_PRE : 0) |
			   (config->pasid_bits ? VTD_CONTEXT_PASIDE : 0) |
			   VTD_CONTEXT_P);
	return 0;
}

/**
 * vtd_tables_remove_endpoint() - undo vtd_tables_add_endpoint()
 * @ep: an endpoint that was unplugged
 *
 * The hardware has stopped to look up entries for it; an entry that it may
 * have cached is dropped by the invalidation.
 */
void vtd_tables_remove_endpoint(struct mock_endpoint *ep)
{
	struct vtd_inv_batch batch = { .iommu = ep->iommu };
	u64 *dir = ep->tables;
	unsigned int i;

	WRITE_ONCE(vtd_context(ep)->qw[0], 0);
	vtd_inv_pasid_cache(&batch, 0, 0);
	vtd_inv_sync(&batch);

	for (i = 0; i < BIT(vtd_pasid_dir_bits(ep)); i++)
		if (dir[i] & VTD_PASID_DIR_P)
			vtd_table_free(vtd_table_next(dir[i]), 0);
	vtd_table_free(dir, vtd_pasid_dir_order(ep));
}

/* Makes the table that the entry of @pasid is in. */
int vtd_tables_prepare(struct mock_endpoint *ep, u32 pasid,
		       const struct mock_domain *domain)
{
	u64 *dir = ep->tables;
	u64 *entry = &dir[pasid >> VTD_PASID_TABLE_BITS];
	void *table;

	lockdep_assert_held(&ep->iommu->lock);
	if (*entry & VTD_PASID_DIR_P)
		return 0;
	table = vtd_table_alloc(0);
	if (!table)
		return -ENOMEM;
	WRITE_ONCE(*entry, virt_to_phys(table) | VTD_PASID_DIR_P);
	return 0;
}

static struct vtd_pasid *vtd_tables_entry(struct mock_endpoint *ep, u32 pasid)
{
	u64 *dir = ep->tables;
	struct vtd_pasid *table =
		vtd_table_next(dir[pasid >> VTD_PASID_TABLE_BITS]);

	lockdep_assert_held(&ep->iommu->lock);
	return &table[pasid & (BIT(VTD_PASID_TABLE_BITS) - 1)];
}

/*
 * Can one domain replace the other word by word? Otherwise the entry must be
 * cleared, and the hardware have seen that, in between.
 */
static bool vtd_tables_mix(const struct mock_domain *old,
			   const struct mock_domain *new)
{
	if (!old->parent && !new->parent)
		return true;
	return (old->parent ?: old) == (new->parent ?: new);
}

/* The hardware lets go of a first stage before it gets another second one. */
static void vtd_tables_part(struct mock_endpoint *ep, u32 pasid,
			    const struct mock_domain *old)
{
	struct vtd_inv_batch batch = { .iommu = ep->iommu };

	vtd_tables_clear(ep, pasid);
	vtd_inv_pasid_cache(&batch, old->did, pasid);
	vtd_inv_sync(&batch);
}

/**
 * vtd_tables_set() - &mock_kind.set
 * @ep: the endpoint
 * @pasid: the PASID, prepared
 * @old: the domain that is there, NULL for none
 * @new: the domain to come
 *
 * Replacing does not go by way of a cleared entry, so that no DMA is blocked
 * in between. The hardware may see the new domain id with the old page table
 * for a moment, or the new first stage with the old type; both domain ids are
 * invalidated afterwards. What it must not see is a first stage with the second
 * stage of someone else, in whose memory it would set A and D. Nor must it see
 * the old type without a first stage: it would walk what is at address 0 of the
 * guest. So the first stage stays where none is to come, which ignores it.
 */
void vtd_tables_set(struct mock_endpoint *ep, u32 pasid,
		    const struct mock_domain *old,
		    const struct mock_domain *new)
{
	const struct mock_domain *second = new->parent ?: new;
	struct vtd_pasid *entry = vtd_tables_entry(ep, pasid);
	u64 type = new->parent ? VTD_PGTT_NESTED : VTD_PGTT_SECOND_STAGE;

	if (old && !vtd_tables_mix(old, new))
		vtd_tables_part(ep, pasid, old);
	if (new->parent)
		WRITE_ONCE(entry->qw[2], new->guest[0]);
	WRITE_ONCE(entry->qw[1], FIELD_PREP(VTD_PASID_DID, new->did));
	dma_wmb(); /* P is set last */
	WRITE_ONCE(entry->qw[0], virt_to_phys(second->pgtable.root) |
					 FIELD_PREP(VTD_PASID_AW, VTD_AW_48) |
					 FIELD_PREP(VTD_PASID_PGTT, type) |
					 VTD_PASID_P);
}

void vtd_tables_clear(struct mock_endpoint *ep, u32 pasid)
{
	WRITE_ONCE(vtd_tables_entry(ep, pasid)->qw[0], 0);
}
