// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stream table and context descriptors: how the hardware finds the page table
 * for a stream id and a substream id (PASID).
 *
 * An endpoint's entry leads to a table of context descriptors: number 0 for
 * requests without PASID, number N for PASID N. While nothing is attached to the
 * RID, requests without PASID are terminated (STE.S1DSS). A parent of nested
 * domains is a second stage, which an entry has for all of the endpoint's
 * requests: it, or a nested domain on it, cannot be beside domains on PASIDs.
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
#include <linux/io.h>
#include <linux/mm.h>

#include "smmu_iommu.h"

/* 16 bits of stream id; 64 entries of 64 bytes in a table of the second level */
#define SMMU_SID_BITS 16
#define SMMU_STE_SPLIT 6
#define SMMU_STRTAB_ORDER \
	get_order(sizeof(u64) << (SMMU_SID_BITS - SMMU_STE_SPLIT))

/* With at least two tables of 64 descriptors it is a table of two levels. */
#define SMMU_MIN_CDMAX (SMMU_CD_4KB_SPLIT + 1)

/* Attribute 0: normal memory, write-back */
#define SMMU_CD_MAIR 0xff

#define SMMU_SH_INNER 3
#define SMMU_CACHE_WBRA 1

/* What a guest may decide in the second word of its entry */
#define SMMU_GUEST_STE_1                                                     \
	(SMMU_STE_S1DSS | SMMU_STE_S1CIR | SMMU_STE_S1COR | SMMU_STE_S1CSH | \
	 SMMU_STE_S1STALLD)

#define SMMU_SPARES 2

/**
 * struct smmu_tables - tables of an endpoint
 * @cdmax: binary logarithm of how many context descriptors there can be
 * @cdtab: first level of the table of context descriptors
 * @spares: pages for copies, see smmu_tables_prepare()
 */
struct smmu_tables {
	unsigned int cdmax;
	u64 *cdtab;
	void *spares[SMMU_SPARES];
};

static void *smmu_alloc(unsigned int order)
{
	return (void *)__get_free_pages(GFP_KERNEL_ACCOUNT | __GFP_ZERO, order);
}

static void *smmu_next(u64 entry)
{
	return phys_to_virt(entry & HW_PHYS_ADDR);
}

int smmu_tables_init(struct smmu *smmu)
{
	struct hw_iommu *hw = smmu->iommu.hw;

	smmu->strtab = smmu_alloc(SMMU_STRTAB_ORDER);
	if (!smmu->strtab)
		return -ENOMEM;
	hw_write(hw, SMMU_STRTAB_BASE, virt_to_phys(smmu->strtab));
	hw_write(hw, SMMU_STRTAB_BASE_CFG,
		 FIELD_PREP(SMMU_STRTAB_FMT, SMMU_STRTAB_2LVL) |
			 FIELD_PREP(SMMU_STRTAB_SPLIT, SMMU_STE_SPLIT) |
			 FIELD_PREP(SMMU_STRTAB_LOG2SIZE, SMMU_SID_BITS));
	return 0;
}

void smmu_tables_free(struct smmu *smmu)
{
	unsigned int i;

	if (!smmu->strtab)
		return;
	for (i = 0; i < BIT(SMMU_SID_BITS - SMMU_STE_SPLIT); i++)
		if (smmu->strtab[i])
			free_page((unsigned long)smmu_next(smmu->strtab[i]));
	free_pages((unsigned long)smmu->strtab, SMMU_STRTAB_ORDER);
}

static void *smmu_take_spare(struct smmu_tables *tables)
{
	unsigned int i;
	void *page;

	for (i = 0; !tables->spares[i]; i++)
		;
	page = tables->spares[i];
	tables->spares[i] = NULL;
	return page;
}

static int smmu_fill_spares(struct smmu_tables *tables)
{
	unsigned int i;

	for (i = 0; i < SMMU_SPARES; i++) {
		if (!tables->spares[i])
			tables->spares[i] = smmu_alloc(0);
		if (!tables->spares[i])
			return -ENOMEM;
	}
	return 0;
}

/* An endpoint's stream table entry */
static struct smmu_ste *smmu_ste(const struct mock_endpoint *ep)
{
	const u64 *strtab = to_smmu(ep->iommu)->strtab;
	u16 sid = ep->config.rid;
	struct smmu_ste *table = smmu_next(strtab[sid >> SMMU_STE_SPLIT]);

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

/* The entry for domains that are not nested and no parents */
static void smmu_host_ste(const struct mock_endpoint *ep, u64 s1dss,
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

/* Transactions are stalled where someone handles faults. */
static bool smmu_stalls(const struct mock_endpoint *ep,
			const struct mock_domain *domain)
{
	return ep->config.stall && domain->domain.iopf_handler;
}

/**
 * smmu_tables_second_stage() - stage 2 as an entry has it
 * @parent: its page table
 * @vmid: what translations are filed under
 * @qw: words 2 and 3 of a stream table entry
 */
void smmu_tables_second_stage(const struct mock_domain *parent, u16 vmid,
			      u64 *qw)
{
	qw[0] = FIELD_PREP(SMMU_STE_S2VMID, vmid) |
		FIELD_PREP(SMMU_STE_S2T0SZ, SMMU_T0SZ_48) |
		FIELD_PREP(SMMU_STE_S2SL0, SMMU_S2SL0_48) |
		FIELD_PREP(SMMU_STE_S2PS, SMMU_OAS_48) | SMMU_STE_S2AA64 |
		SMMU_STE_S2R;
	qw[1] = virt_to_phys(parent->pgtable.root);
}

static void smmu_second_stage_ste(const struct mock_endpoint *ep,
				  const struct mock_domain *domain,
				  struct smmu_ste *ste)
{
	*ste = (struct smmu_ste){ {
		SMMU_STE_V | FIELD_PREP(SMMU_STE_CONFIG, SMMU_CONFIG_S2),
		SMMU_STE_PPAR | FIELD_PREP(SMMU_STE_EATS,
					   ep->config.ats ? SMMU_EATS_TRANS :
							    SMMU_EATS_ABORT),
	} };
	smmu_tables_second_stage(domain->parent ?: domain,
				 domain->viommu ? domain->viommu->vmid :
						  domain->did,
				 &ste->qw[2]);
	if (smmu_stalls(ep, domain))
		ste->qw[2] |= SMMU_STE_S2S;
}

/*
 * What the guest's entry says, over its parent. An endpoint has ATS only if the
 * guest believes so, else no one would invalidate what it caches.
 */
static void smmu_nested_ste(const struct mock_endpoint *ep,
			    const struct mock_domain *domain,
			    struct smmu_ste *ste)
{
	u64 config = FIELD_GET(SMMU_STE_CONFIG, domain->guest[0]);

	smmu_second_stage_ste(ep, domain, ste);
	if (!(domain->guest[0] & SMMU_STE_V) || config == SMMU_CONFIG_ABORT) {
		*ste = (struct smmu_ste){ { SMMU_STE_V } };
	} else if (config == SMMU_CONFIG_S1) {
		ste->qw[0] = (domain->guest[0] & ~SMMU_STE_CONFIG) |
			     FIELD_PREP(SMMU_STE_CONFIG, SMMU_CONFIG_NESTED);
		ste->qw[1] = (domain->guest[1] & SMMU_GUEST_STE_1) |
			     SMMU_STE_PPAR;
		if (ep->config.ats)
			ste->qw[1] |= domain->guest[1] & SMMU_STE_EATS;
	}
}

static bool smmu_has_second_stage(const struct mock_domain *domain)
{
	return domain->parent || domain->nest_parent;
}

static void smmu_domain_ste(const struct mock_endpoint *ep,
			    const struct mock_domain *domain,
			    struct smmu_ste *ste)
{
	if (domain->parent)
		smmu_nested_ste(ep, domain, ste);
	else if (domain->nest_parent)
		smmu_second_stage_ste(ep, domain, ste);
	else
		smmu_host_ste(ep, SMMU_S1DSS_SSID0, ste);
}

/* In place; it is not valid, or is not to be any more. */
static void smmu_write_ste(struct mock_endpoint *ep,
			   const struct smmu_ste *value)
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

/* In a copy of its table */
static void smmu_swap_ste(struct mock_endpoint *ep,
			  const struct smmu_ste *value)
{
	struct smmu_ste *old = smmu_ste(ep), *table;
	u64 *link =
		&to_smmu(ep->iommu)->strtab[ep->config.rid >> SMMU_STE_SPLIT];

	lockdep_assert_held(&ep->iommu->lock);
	table = smmu_take_spare(ep->tables);
	memcpy(table, smmu_next(*link), PAGE_SIZE);
	table[ep->config.rid & (BIT(SMMU_STE_SPLIT) - 1)] = *value;
	dma_wmb(); /* the table is there before what leads to it */
	WRITE_ONCE(*link, virt_to_phys(table) | FIELD_PREP(SMMU_L1STD_SPAN,
							   SMMU_STE_SPLIT + 1));
	smmu_inv_ste_table(ep);
	free_page((unsigned long)old & PAGE_MASK);
}

/* The whole second word in one write: a valid entry stays valid. */
static void smmu_set_s1dss(struct mock_endpoint *ep, u64 s1dss)
{
	struct smmu_ste value;

	lockdep_assert_held(&ep->iommu->lock);
	smmu_host_ste(ep, s1dss, &value);
	WRITE_ONCE(smmu_ste(ep)->qw[1], value.qw[1]);
	smmu_inv_ste(ep);
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

/* In a copy of its table, or in the first one that there is */
static void smmu_swap_cd(struct mock_endpoint *ep, u32 pasid,
			 const struct mock_domain *domain)
{
	struct smmu_cd *table = smmu_take_spare(ep->tables);
	u64 *link = smmu_cd_link(ep, pasid), old = *link;

	lockdep_assert_held(&ep->iommu->lock);
	if (old & SMMU_L1CD_V)
		memcpy(table, smmu_next(old), PAGE_SIZE);
	smmu_make_cd(ep, domain, &table[smmu_cd_index(pasid)]);
	dma_wmb(); /* the table is there before what leads to it */
	WRITE_ONCE(*link, virt_to_phys(table) | SMMU_L1CD_V);
	smmu_inv_cd(ep, pasid, false);
	if (old & SMMU_L1CD_V)
		free_page((unsigned long)smmu_next(old));
}

static void smmu_clear_cd(struct mock_endpoint *ep, u32 pasid)
{
	struct smmu_cd *table = smmu_next(*smmu_cd_link(ep, pasid));

	lockdep_assert_held(&ep->iommu->lock);
	WRITE_ONCE(table[smmu_cd_index(pasid)].qw[0], 0);
	smmu_inv_cd(ep, pasid, true);
}

static unsigned int smmu_cdtab_order(const struct smmu_tables *tables)
{
	return get_order(sizeof(u64) << (tables->cdmax - SMMU_CD_4KB_SPLIT));
}

static void smmu_tables_destroy(struct smmu_tables *tables)
{
	unsigned int i;

	for (i = 0; i < BIT(tables->cdmax - SMMU_CD_4KB_SPLIT); i++)
		if (tables->cdtab[i] & SMMU_L1CD_V)
			free_page((unsigned long)smmu_next(tables->cdtab[i]));
	for (i = 0; i < SMMU_SPARES; i++)
		free_page((unsigned long)tables->spares[i]);
	free_pages((unsigned long)tables->cdtab, smmu_cdtab_order(tables));
	kfree(tables);
}

static struct smmu_tables *smmu_tables_create(const struct mock_endpoint *ep)
{
	struct smmu_tables *tables;

	tables = kzalloc(sizeof(*tables), GFP_KERNEL_ACCOUNT);
	if (!tables)
		return NULL;
	tables->cdmax =
		max_t(unsigned int, ep->config.pasid_bits, SMMU_MIN_CDMAX);
	tables->cdtab = smmu_alloc(smmu_cdtab_order(tables));
	if (!tables->cdtab) {
		kfree(tables);
		return NULL;
	}
	return tables;
}

/* The table that the endpoint's entry is in is made if need be. */
static int smmu_tables_prepare_ste(struct mock_endpoint *ep)
{
	u64 *link =
		&to_smmu(ep->iommu)->strtab[ep->config.rid >> SMMU_STE_SPLIT];
	void *table;

	lockdep_assert_held(&ep->iommu->lock);
	if (*link)
		return 0;
	table = smmu_alloc(0);
	if (!table)
		return -ENOMEM;
	WRITE_ONCE(*link, virt_to_phys(table) | FIELD_PREP(SMMU_L1STD_SPAN,
							   SMMU_STE_SPLIT + 1));
	smmu_inv_ste_table(ep);
	return 0;
}

/**
 * smmu_tables_add_endpoint() - &mock_kind.add_endpoint
 * @ep: the endpoint
 *
 * The first level of its context descriptors is made whole, 128 KiB for 20 bits;
 * the second level when a PASID of theirs is attached.
 *
 * Return: 0 or -ENOMEM.
 */
int smmu_tables_add_endpoint(struct mock_endpoint *ep)
{
	struct smmu_ste ste;
	int ret;

	ep->tables = smmu_tables_create(ep);
	if (!ep->tables)
		return -ENOMEM;
	mutex_lock(&ep->iommu->lock);
	ret = smmu_tables_prepare_ste(ep);
	if (!ret) {
		smmu_host_ste(ep, SMMU_S1DSS_TERMINATE, &ste);
		smmu_write_ste(ep, &ste);
	}
	mutex_unlock(&ep->iommu->lock);
	if (ret)
		smmu_tables_destroy(ep->tables);
	return ret;
}

/**
 * smmu_tables_remove_endpoint() - &mock_kind.remove_endpoint
 * @ep: an endpoint that was unplugged, with nothing attached
 */
void smmu_tables_remove_endpoint(struct mock_endpoint *ep)
{
	const struct smmu_ste ste = {};

	mutex_lock(&ep->iommu->lock);
	smmu_write_ste(ep, &ste);
	mutex_unlock(&ep->iommu->lock);
	smmu_tables_destroy(ep->tables);
}

static bool smmu_has_pasids(struct mock_endpoint *ep)
{
	unsigned long pasid = 1;

	return xa_find(&ep->attachments, &pasid, ULONG_MAX, XA_PRESENT);
}

static int smmu_tables_check(struct mock_endpoint *ep, u32 pasid,
			     const struct mock_domain *domain)
{
	const struct mock_attachment *rid;

	if (!pasid)
		return smmu_has_second_stage(domain) && smmu_has_pasids(ep) ?
			       -EBUSY :
			       0;
	if (smmu_has_second_stage(domain))
		return -EINVAL;
	rid = xa_load(&ep->attachments, 0);
	return rid && smmu_has_second_stage(rid->domain) ? -EBUSY : 0;
}

/**
 * smmu_tables_prepare() - &mock_kind.prepare
 * @ep: the endpoint
 * @pasid: the PASID, 0 for the RID
 * @domain: what is to be attached
 *
 * Return: 0; -EINVAL for a second stage on a PASID; -EBUSY for one on the RID
 * while PASIDs are attached, or the reverse; -ENOMEM.
 */
int smmu_tables_prepare(struct mock_endpoint *ep, u32 pasid,
			const struct mock_domain *domain)
{
	lockdep_assert_held(&ep->iommu->lock);
	return smmu_tables_check(ep, pasid, domain) ?:
		       smmu_fill_spares(ep->tables);
}

/* &mock_kind.set: the context descriptor first, as the entry may lead to it */
void smmu_tables_set(struct mock_endpoint *ep, u32 pasid,
		     const struct mock_domain *old,
		     const struct mock_domain *new)
{
	struct smmu_ste ste;

	if (!smmu_has_second_stage(new))
		smmu_swap_cd(ep, pasid, new);
	if (pasid)
		return;
	if (smmu_has_second_stage(new) || (old && smmu_has_second_stage(old))) {
		smmu_domain_ste(ep, new, &ste);
		smmu_swap_ste(ep, &ste);
	} else if (!old) {
		smmu_set_s1dss(ep, SMMU_S1DSS_SSID0);
	}
}

/* &mock_kind.clear; what is there tells what it was. */
void smmu_tables_clear(struct mock_endpoint *ep, u32 pasid)
{
	const struct mock_attachment *old = xa_load(&ep->attachments, pasid);
	struct smmu_ste ste;

	if (!pasid && smmu_has_second_stage(old->domain)) {
		smmu_host_ste(ep, SMMU_S1DSS_TERMINATE, &ste);
		smmu_write_ste(ep, &ste);
		return;
	}
	if (!pasid)
		smmu_set_s1dss(ep, SMMU_S1DSS_TERMINATE);
	smmu_clear_cd(ep, pasid);
}

/*
 * &mock_kind.settle. Tables are changed as a whole, so nothing of the new domain
 * can be filed under the old one, or the reverse. The descriptor of the RID that
 * a second stage has pushed aside is cleared.
 */
void smmu_tables_settle(struct mock_endpoint *ep, u32 pasid,
			const struct mock_domain *old,
			const struct mock_domain *new)
{
	struct smmu_batch batch = { .smmu = to_smmu(ep->iommu) };

	if (!pasid && old && new && !smmu_has_second_stage(old) &&
	    smmu_has_second_stage(new))
		smmu_clear_cd(ep, pasid);
	if (old)
		smmu_inv_domain(&batch, old);
	if (pasid)
		smmu_inv_atc(&batch, ep, pasid, 0, U64_MAX);
	else
		smmu_inv_atc_all(&batch, ep);
	smmu_batch_sync(&batch);
}
