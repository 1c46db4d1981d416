// SPDX-License-Identifier: GPL-2.0-only
/*
 * The stream table: an endpoint's entry tells where its page tables are.
 *
 * An endpoint's entry leads to a table of context descriptors: number 0 for
 * requests without PASID, number N for PASID N. While nothing is attached to the
 * RID, requests without PASID are terminated (STE.S1DSS). A parent of nested
 * domains is a second stage, which an entry has for all of the endpoint's
 * requests.
 *
 * A valid entry may only be changed where that is one write of 64 bits (SMMUv3
 * 3.21.3), and two domains differ in more than that. So that replacing blocks no
 * DMA, the table of 4 KiB that the entry is in is copied, changed, and put in
 * the place of the old one by one write to the descriptor that leads there.
 * Where DMA is to be blocked it is done in place: V goes first, and comes last.
 *
 * All of this is under mock_iommu.lock.
 */
#include <linux/gfp.h>
#include <linux/mm.h>

#include "smmu_iommu.h"

/* 16 bits of stream id; 64 entries of 64 bytes in a table of the second level */
#define SMMU_SID_BITS 16
#define SMMU_STE_SPLIT 6
#define SMMU_STRTAB_ORDER \
	get_order(sizeof(u64) << (SMMU_SID_BITS - SMMU_STE_SPLIT))

#define SMMU_SH_INNER 3
#define SMMU_CACHE_WBRA 1

/* What a guest may decide in the second word of its entry */
#define SMMU_GUEST_STE_1                                                     \
	(SMMU_STE_S1DSS | SMMU_STE_S1CIR | SMMU_STE_S1COR | SMMU_STE_S1CSH | \
	 SMMU_STE_S1STALLD)

int smmu_strtab_init(struct smmu *smmu)
{
	struct hw_iommu *hw = smmu->iommu.hw;

	smmu->strtab = smmu_table_alloc(SMMU_STRTAB_ORDER);
	if (!smmu->strtab)
		return -ENOMEM;
	hw_write(hw, SMMU_STRTAB_BASE, virt_to_phys(smmu->strtab));
	hw_write(hw, SMMU_STRTAB_BASE_CFG,
		 FIELD_PREP(SMMU_STRTAB_FMT, SMMU_STRTAB_2LVL) |
			 FIELD_PREP(SMMU_STRTAB_SPLIT, SMMU_STE_SPLIT) |
			 FIELD_PREP(SMMU_STRTAB_LOG2SIZE, SMMU_SID_BITS));
	return 0;
}

void smmu_strtab_free(struct smmu *smmu)
{
	unsigned int i;
	u64 link;

	if (!smmu->strtab)
		return;
	for (i = 0; i < BIT(SMMU_SID_BITS - SMMU_STE_SPLIT); i++) {
		link = smmu->strtab[i];
		if (link)
			free_page((unsigned long)smmu_table_at(link));
	}
	free_pages((unsigned long)smmu->strtab, SMMU_STRTAB_ORDER);
}

/* An endpoint's stream table entry */
static struct smmu_ste *smmu_ste(const struct mock_endpoint *ep)
{
	const u64 *strtab = to_smmu(ep->iommu)->strtab;
	u16 sid = ep->config.rid;
	struct smmu_ste *table = smmu_table_at(strtab[sid >> SMMU_STE_SPLIT]);

	return &table[sid & (BIT(SMMU_STE_SPLIT) - 1)];
}

static void smmu_inv_ste(struct mock_endpoint *ep)
{
	struct smmu_batch batch = { .smmu = to_smmu(ep->iommu) };

	smmu_batch_add(&batch, ep,
		       FIELD_PREP(SMMU_CMD_OP, SMMU_CMD_CFGI_STE) |
			       FIELD_PREP(SMMU_CMD_SID, ep->config.rid),
		       SMMU_CFGI_LEAF);
	smmu_batch_sync(&batch);
}

/* What is cached of the table that the entry is in: 2^(RANGE + 1) entries */
static void smmu_inv_ste_table(struct mock_endpoint *ep)
{
	struct smmu_batch batch = { .smmu = to_smmu(ep->iommu) };
	u64 sid = ep->config.rid & ~(BIT(SMMU_STE_SPLIT) - 1);

	smmu_batch_add(&batch, ep,
		       FIELD_PREP(SMMU_CMD_OP, SMMU_CMD_CFGI_STE_RANGE) |
			       FIELD_PREP(SMMU_CMD_SID, sid),
		       FIELD_PREP(SMMU_CFGI_RANGE, SMMU_STE_SPLIT - 1));
	smmu_batch_sync(&batch);
}

/* Makes the table that the endpoint's entry is in, if need be: 0 or -ENOMEM */
int smmu_strtab_prepare(struct mock_endpoint *ep)
{
	u64 *link =
		&to_smmu(ep->iommu)->strtab[ep->config.rid >> SMMU_STE_SPLIT];
	void *table;

	lockdep_assert_held(&ep->iommu->lock);
	if (*link)
		return 0;
	table = smmu_table_alloc(0);
	if (!table)
		return -ENOMEM;
	WRITE_ONCE(*link, virt_to_phys(table) | FIELD_PREP(SMMU_L1STD_SPAN,
							   SMMU_STE_SPLIT + 1));
	smmu_inv_ste_table(ep);
	return 0;
}

/**
 * smmu_ste_make_host() - the entry for domains that are not nested and no parents
 * @ep: the endpoint
 * @s1dss: STE.S1DSS, what becomes of requests without PASID
 * @ste: takes the entry
 */
void smmu_ste_make_host(const struct mock_endpoint *ep, u64 s1dss,
			struct smmu_ste *ste)
{
	const struct smmu_tables *tables = ep->tables;

	*ste = (struct smmu_ste){ {
		SMMU_STE_V | FIELD_PREP(SMMU_STE_CONFIG, SMMU_CONFIG_S1) |
			FIELD_PREP(SMMU_STE_S1FMT, SMMU_S1FMT_4KB_L2) |
			virt_to_phys(tables->cdtab) |
			FIELD_PREP(SMMU_STE_S1CDMAX, tables->cdmax),
		FIELD_PREP(SMMU_STE_S1DSS, s1dss) |
			FIELD_PREP(SMMU_STE_S1CIR, SMMU_CACHE_WBRA) |
			FIELD_PREP(SMMU_STE_S1COR, SMMU_CACHE_WBRA) |
			FIELD_PREP(SMMU_STE_S1CSH, SMMU_SH_INNER) |
			SMMU_STE_PPAR |
			(ep->config.stall ? 0 : SMMU_STE_S1STALLD) |
			FIELD_PREP(SMMU_STE_EATS, ep->config.ats ?
							  SMMU_EATS_TRANS :
							  SMMU_EATS_ABORT),
	} };
}

/**
 * smmu_ste_second_stage() - stage 2 as an entry has it
 * @parent: its page table
 * @vmid: what translations are filed under
 * @qw: words 2 and 3 of a stream table entry
 */
void smmu_ste_second_stage(const struct mock_domain *parent, u16 vmid, u64 *qw)
{
	qw[0] = FIELD_PREP(SMMU_STE_S2VMID, vmid) |
		FIELD_PREP(SMMU_STE_S2T0SZ, SMMU_T0SZ_48) |
		FIELD_PREP(SMMU_STE_S2SL0, SMMU_S2SL0_48) |
		FIELD_PREP(SMMU_STE_S2PS, SMMU_OAS_48) | SMMU_STE_S2AA64 |
		SMMU_STE_S2R;
	qw[1] = virt_to_phys(parent->pgtable.root);
}

static void smmu_make_second_stage(const struct mock_endpoint *ep,
				   const struct mock_domain *domain,
				   struct smmu_ste *ste)
{
	*ste = (struct smmu_ste){ {
		SMMU_STE_V | FIELD_PREP(SMMU_STE_CONFIG, SMMU_CONFIG_S2),
		SMMU_STE_PPAR | FIELD_PREP(SMMU_STE_EATS,
					   ep->config.ats ? SMMU_EATS_TRANS :
							    SMMU_EATS_ABORT),
	} };
	smmu_ste_second_stage(domain->parent ?: domain,
			      domain->viommu ? domain->viommu->vmid :
					       domain->did,
			      &ste->qw[2]);
	if (smmu_stalls(ep, domain))
		ste->qw[2] |= SMMU_STE_S2S;
}

/*
 * What the guest's entry says, over its parent. An endpoint has ATS only if the
 * guest believes so, else no one would invalidate what it caches. Events of a
 * guest's device may be merged, whatever the guest says, so that one which faults
 * without end leaves room for others.
 */
static void smmu_make_nested(const struct mock_endpoint *ep,
			     const struct mock_domain *domain,
			     struct smmu_ste *ste)
{
	u64 config = FIELD_GET(SMMU_STE_CONFIG, domain->guest[0]);

	smmu_make_second_stage(ep, domain, ste);
	if (!(domain->guest[0] & SMMU_STE_V) || config == SMMU_CONFIG_ABORT) {
		*ste = (struct smmu_ste){ { SMMU_STE_V } };
	} else if (config == SMMU_CONFIG_S1) {
		ste->qw[0] = (domain->guest[0] & ~SMMU_STE_CONFIG) |
			     FIELD_PREP(SMMU_STE_CONFIG, SMMU_CONFIG_NESTED);
		ste->qw[1] = (domain->guest[1] & SMMU_GUEST_STE_1) |
			     SMMU_STE_MEV | SMMU_STE_PPAR;
		if (ep->config.ats)
			ste->qw[1] |= domain->guest[1] & SMMU_STE_EATS;
	}
}

/**
 * smmu_ste_make() - the entry for a domain of the RID
 * @ep: the endpoint
 * @domain: the domain
 * @ste: takes the entry
 */
void smmu_ste_make(const struct mock_endpoint *ep,
		   const struct mock_domain *domain, struct smmu_ste *ste)
{
	if (domain->parent)
		smmu_make_nested(ep, domain, ste);
	else if (domain->nest_parent)
		smmu_make_second_stage(ep, domain, ste);
	else
		smmu_ste_make_host(ep, SMMU_S1DSS_SSID0, ste);
}

/**
 * smmu_ste_write() - write an endpoint's entry in place
 * @ep: the endpoint; its entry is not valid, or is not to be any more
 * @value: what to write
 */
void smmu_ste_write(struct mock_endpoint *ep, const struct smmu_ste *value)
{
	struct smmu_ste *ste = smmu_ste(ep);
	unsigned int i;

	lockdep_assert_held(&ep->iommu->lock);
	WRITE_ONCE(ste->qw[0], 0);
	smmu_inv_ste(ep);
	for (i = 1; i < ARRAY_SIZE(ste->qw); i++)
		WRITE_ONCE(ste->qw[i], value->qw[i]);
	dma_wmb(); /* V is set last */
	WRITE_ONCE(ste->qw[0], value->qw[0]);
	smmu_inv_ste(ep);
}

/**
 * smmu_ste_swap() - write an endpoint's entry in a copy of its table
 * @ep: the endpoint, with a spare page
 * @value: what to write
 */
void smmu_ste_swap(struct mock_endpoint *ep, const struct smmu_ste *value)
{
	struct smmu_ste *old = smmu_ste(ep), *table;
	u64 *link =
		&to_smmu(ep->iommu)->strtab[ep->config.rid >> SMMU_STE_SPLIT];

	lockdep_assert_held(&ep->iommu->lock);
	table = smmu_tables_take_spare(ep->tables);
	memcpy(table, smmu_table_at(*link), PAGE_SIZE);
	table[ep->config.rid & (BIT(SMMU_STE_SPLIT) - 1)] = *value;
	dma_wmb(); /* the table is there before what leads to it */
	WRITE_ONCE(*link, virt_to_phys(table) | FIELD_PREP(SMMU_L1STD_SPAN,
							   SMMU_STE_SPLIT + 1));
	smmu_inv_ste_table(ep);
	free_page((unsigned long)old & PAGE_MASK);
}

/* The whole second word in one write: a valid entry stays valid. */
void smmu_ste_set_s1dss(struct mock_endpoint *ep, u64 s1dss)
{
	struct smmu_ste value;

	lockdep_assert_held(&ep->iommu->lock);
	smmu_ste_make_host(ep, s1dss, &value);
	WRITE_ONCE(smmu_ste(ep)->qw[1], value.qw[1]);
	smmu_inv_ste(ep);
}
