// SPDX-License-Identifier: GPL-2.0-only
/*
 * Context descriptors of an endpoint: where the page table of a PASID is.
 *
 * So that replacing blocks no DMA, the table of 4 KiB that a descriptor is in is
 * copied, changed, and put in the place of the old one by one write to the
 * descriptor of the first level (SMMUv3 3.21.3).
 *
 * All of this is under mock_iommu.lock.
 */
#include <linux/gfp.h>
#include <linux/mm.h>

#include "smmu_iommu.h"

/* With at least two tables of 64 descriptors it is a table of two levels. */
#define SMMU_MIN_CDMAX (SMMU_CD_4KB_SPLIT + 1)

/* Attribute 0: normal memory, write-back */
#define SMMU_CD_MAIR 0xff

static unsigned int smmu_cdtab_order(const struct smmu_tables *tables)
{
	return get_order(sizeof(u64) << (tables->cdmax - SMMU_CD_4KB_SPLIT));
}

/**
 * smmu_cdtab_init() - make an endpoint's table of context descriptors
 * @tables: the endpoint's tables
 * @pasid_bits: how many bits its PASIDs have
 *
 * The first level is made whole, 128 KiB for 20 bits; the second level when a
 * PASID of theirs is attached.
 *
 * Return: 0 or -ENOMEM.
 */
int smmu_cdtab_init(struct smmu_tables *tables, unsigned int pasid_bits)
{
	tables->cdmax = max_t(unsigned int, pasid_bits, SMMU_MIN_CDMAX);
	tables->cdtab = smmu_table_alloc(smmu_cdtab_order(tables));
	return tables->cdtab ? 0 : -ENOMEM;
}

void smmu_cdtab_free(struct smmu_tables *tables)
{
	unsigned int i;
	u64 link;

	for (i = 0; i < BIT(tables->cdmax - SMMU_CD_4KB_SPLIT); i++) {
		link = tables->cdtab[i];
		if (link & SMMU_L1CD_V)
			free_page((unsigned long)smmu_table_at(link));
	}
	free_pages((unsigned long)tables->cdtab, smmu_cdtab_order(tables));
}

/* @leaf: only the descriptor itself, not the way to it */
static void smmu_inv_cd(struct mock_endpoint *ep, u32 pasid, bool leaf)
{
	struct smmu_batch batch = { .smmu = to_smmu(ep->iommu) };

	smmu_batch_add(&batch, ep,
		       FIELD_PREP(SMMU_CMD_OP, SMMU_CMD_CFGI_CD) |
			       FIELD_PREP(SMMU_CMD_SID, ep->config.rid) |
			       FIELD_PREP(SMMU_CMD_SSID, pasid) | SMMU_CMD_SSV,
		       leaf ? SMMU_CFGI_LEAF : 0);
	smmu_batch_sync(&batch);
}

static void smmu_make_cd(const struct mock_endpoint *ep,
			 const struct mock_domain *domain, struct smmu_cd *cd)
{
	*cd = (struct smmu_cd){ {
		FIELD_PREP(SMMU_CD_T0SZ, SMMU_T0SZ_48) | SMMU_CD_EPD1 |
			SMMU_CD_V | FIELD_PREP(SMMU_CD_IPS, SMMU_OAS_48) |
			SMMU_CD_AA64 |
			(smmu_stalls(ep, domain) ? SMMU_CD_S : 0) | SMMU_CD_R |
			SMMU_CD_A | SMMU_CD_ASET |
			FIELD_PREP(SMMU_CD_ASID, domain->did),
		virt_to_phys(domain->pgtable.root),
		0,
		SMMU_CD_MAIR,
	} };
}

static u64 *smmu_cd_link(const struct mock_endpoint *ep, u32 pasid)
{
	const struct smmu_tables *tables = ep->tables;

	return &tables->cdtab[pasid >> SMMU_CD_4KB_SPLIT];
}

static unsigned int smmu_cd_index(u32 pasid)
{
	return pasid & (BIT(SMMU_CD_4KB_SPLIT) - 1);
}

/**
 * smmu_cd_swap() - set a PASID's descriptor in a copy of its table, or in the
 *	first one that there is
 * @ep: the endpoint, with a spare page
 * @pasid: the PASID, 0 for the RID
 * @domain: what the descriptor is to lead to
 */
void smmu_cd_swap(struct mock_endpoint *ep, u32 pasid,
		  const struct mock_domain *domain)
{
	struct smmu_cd *table = smmu_tables_take_spare(ep->tables);
	u64 *link = smmu_cd_link(ep, pasid), old = *link;

	lockdep_assert_held(&ep->iommu->lock);
	if (old & SMMU_L1CD_V)
		memcpy(table, smmu_table_at(old), PAGE_SIZE);
	smmu_make_cd(ep, domain, &table[smmu_cd_index(pasid)]);
	dma_wmb(); /* the table is there before what leads to it */
	WRITE_ONCE(*link, virt_to_phys(table) | SMMU_L1CD_V);
	smmu_inv_cd(ep, pasid, false);
	if (old & SMMU_L1CD_V)
		free_page((unsigned long)smmu_table_at(old));
}

/* In place, so DMA of the PASID is blocked. */
void smmu_cd_clear(struct mock_endpoint *ep, u32 pasid)
{
	struct smmu_cd *table = smmu_table_at(*smmu_cd_link(ep, pasid));

	lockdep_assert_held(&ep->iommu->lock);
	WRITE_ONCE(table[smmu_cd_index(pasid)].qw[0], 0);
	smmu_inv_cd(ep, pasid, true);
}
