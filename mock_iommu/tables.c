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

#include "mock.h"

/* A context table is for half a bus. */
#define MOCK_CONTEXT_TABLES 512
#define MOCK_CONTEXTS 128

/* The smallest directory, PDTS = 0, is for 2^13 PASIDs. */
#define MOCK_MIN_PASID_BITS (VTD_PASID_TABLE_BITS + 7)

static void *mock_table_alloc(unsigned int order)
{
	return (void *)__get_free_pages(GFP_KERNEL_ACCOUNT | __GFP_ZERO, order);
}

static void mock_table_free(void *table, unsigned int order)
{
	free_pages((unsigned long)table, order);
}

/* What a pointer in a table points to */
static void *mock_table_next(u64 entry)
{
	return phys_to_virt(entry & VTD_PHYS_ADDR);
}

int mock_tables_init(struct mock_iommu *iommu)
{
	iommu->root = mock_table_alloc(0);
	if (!iommu->root)
		return -ENOMEM;
	hw_write(iommu->hw, VTD_RTADDR,
		 virt_to_phys(iommu->root) |
			 FIELD_PREP(VTD_RTADDR_TTM, VTD_TTM_SCALABLE));
	return 0;
}

void mock_tables_free(struct mock_iommu *iommu)
{
	unsigned int i;

	if (!iommu->root)
		return;
	for (i = 0; i < MOCK_CONTEXT_TABLES; i++)
		if (iommu->root[i] & VTD_ROOT_P)
			mock_table_free(mock_table_next(iommu->root[i]), 0);
	mock_table_free(iommu->root, 0);
}

static unsigned int mock_pasid_dir_bits(const struct mock_endpoint *ep)
{
	return max_t(unsigned int, ep->config.pasid_bits, MOCK_MIN_PASID_BITS) -
	       VTD_PASID_TABLE_BITS;
}

static unsigned int mock_pasid_dir_order(const struct mock_endpoint *ep)
{
	return get_order(sizeof(u64) << mock_pasid_dir_bits(ep));
}

/* The context entry of an endpoint; its table is made if need be. */
static struct vtd_context *mock_context(const struct mock_endpoint *ep)
{
	u64 *entry = &ep->iommu->root[ep->config.rid / MOCK_CONTEXTS];
	struct vtd_context *table;

	if (!(*entry & VTD_ROOT_P)) {
		table = mock_table_alloc(0);
		if (!table)
			return NULL;
		WRITE_ONCE(*entry, virt_to_phys(table) | VTD_ROOT_P);
	}
	table = mock_table_next(*entry);
	return &table[ep->config.rid % MOCK_CONTEXTS];
}

/**
 * mock_tables_add_endpoint() - write the context entry of an endpoint
 * @ep: the endpoint
 *
 * Its PASID directory is made whole, 128 KiB for 20 bits; the tables that it
 * points to are made when a PASID of theirs is attached.
 *
 * Return: 0 or -ENOMEM.
 */
int mock_tables_add_endpoint(struct mock_endpoint *ep)
{
	const struct hw_endpoint_config *config = &ep->config;
	struct vtd_context *context = mock_context(ep);

	if (!context)
		return -ENOMEM;
	ep->pasid_dir = mock_table_alloc(mock_pasid_dir_order(ep));
	if (!ep->pasid_dir)
		return -ENOMEM;

	/* qw[1] has RID_PASID, which is 0 */
	WRITE_ONCE(context->qw[0],
		   virt_to_phys(ep->pasid_dir) |
			   FIELD_PREP(VTD_CONTEXT_PDTS,
				      mock_pasid_dir_bits(ep) - 7) |
			   (config->ats ? VTD_CONTEXT_DTE : 0) |
			   (config->pri ? VTD_CONTEXT_PRE : 0) |
			   (config->pasid_bits ? VTD_CONTEXT_PASIDE : 0) |
			   VTD_CONTEXT_P);
	return 0;
}

/**
 * mock_tables_remove_endpoint() - undo mock_tables_add_endpoint()
 * @ep: an endpoint that was unplugged
 *
 * The hardware has stopped to look up entries for it; an entry that it may
 * have cached is dropped by the invalidation.
 */
void mock_tables_remove_endpoint(struct mock_endpoint *ep)
{
	struct mock_inv_batch batch = { .iommu = ep->iommu };
	unsigned int i;

	WRITE_ONCE(mock_context(ep)->qw[0], 0);
	mock_inv_pasid_cache(&batch, 0, 0);
	mock_inv_sync(&batch);

	for (i = 0; i < BIT(mock_pasid_dir_bits(ep)); i++)
		if (ep->pasid_dir[i] & VTD_PASID_DIR_P)
			mock_table_free(mock_table_next(ep->pasid_dir[i]), 0);
	mock_table_free(ep->pasid_dir, mock_pasid_dir_order(ep));
}

/* Makes the table that the entry of @pasid is in. */
int mock_tables_prepare(struct mock_endpoint *ep, u32 pasid)
{
	u64 *entry = &ep->pasid_dir[pasid >> VTD_PASID_TABLE_BITS];
	void *table;

	lockdep_assert_held(&ep->iommu->lock);
	if (*entry & VTD_PASID_DIR_P)
		return 0;
	table = mock_table_alloc(0);
	if (!table)
		return -ENOMEM;
	WRITE_ONCE(*entry, virt_to_phys(table) | VTD_PASID_DIR_P);
	return 0;
}

static struct vtd_pasid *mock_tables_entry(struct mock_endpoint *ep, u32 pasid)
{
	u64 entry = ep->pasid_dir[pasid >> VTD_PASID_TABLE_BITS];
	struct vtd_pasid *table = mock_table_next(entry);

	lockdep_assert_held(&ep->iommu->lock);
	return &table[pasid & (BIT(VTD_PASID_TABLE_BITS) - 1)];
}

/**
 * mock_tables_set() - point the entry of a PASID to the tables of a domain
 * @ep: the endpoint
 * @pasid: the PASID, prepared
 * @domain: the domain
 *
 * Replacing does not go by way of a cleared entry, so that no DMA is blocked
 * in between. The hardware may see the new domain id with the old page table
 * for a moment, or the new first stage with the old type; the caller
 * invalidates both domain ids afterwards. What it must not see is a first stage
 * with the second stage of someone else, in whose memory it would set A and D:
 * see mock_tables_mix().
 */
void mock_tables_set(struct mock_endpoint *ep, u32 pasid,
		     const struct mock_domain *domain)
{
	const struct mock_domain *second = domain->parent ?: domain;
	struct vtd_pasid *entry = mock_tables_entry(ep, pasid);
	u64 type = domain->parent ? VTD_PGTT_NESTED : VTD_PGTT_SECOND_STAGE;

	WRITE_ONCE(entry->qw[2], domain->first_stage);
	WRITE_ONCE(entry->qw[1], FIELD_PREP(VTD_PASID_DID, domain->did));
	dma_wmb(); /* P is set last */
	WRITE_ONCE(entry->qw[0], virt_to_phys(second->pgtable.root) |
					 FIELD_PREP(VTD_PASID_AW, VTD_AW_48) |
					 FIELD_PREP(VTD_PASID_PGTT, type) |
					 VTD_PASID_P);
}

/**
 * mock_tables_mix() - can one domain replace the other word by word?
 * @old: the one that is there
 * @new: the one to come
 *
 * Return: false if the entry must be cleared, and the hardware have seen that,
 * in between.
 */
bool mock_tables_mix(const struct mock_domain *old,
		     const struct mock_domain *new)
{
	if (!old->parent && !new->parent)
		return true;
	return (old->parent ?: old) == (new->parent ?: new);
}

void mock_tables_clear(struct mock_endpoint *ep, u32 pasid)
{
	WRITE_ONCE(mock_tables_entry(ep, pasid)->qw[0], 0);
}
