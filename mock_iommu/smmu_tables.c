// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a domain gets into the tables by which the hardware finds it: an entry of
 * the stream table and context descriptors.
 *
 * A second stage, be it of a parent or below a nested domain, is for all of an
 * endpoint's requests: it cannot be beside domains on PASIDs.
 *
 * All of this is under mock_iommu.lock.
 */
#include <linux/gfp.h>

#include "smmu_iommu.h"

/**
 * smmu_table_alloc() - a table, zeroed
 * @order: of its size in pages
 *
 * Return: the table; NULL where memory ran out.
 */
void *smmu_table_alloc(unsigned int order)
{
	return (void *)__get_free_pages(GFP_KERNEL_ACCOUNT | __GFP_ZERO, order);
}

/* After smmu_tables_prepare(): once for the entry, once for the descriptor */
void *smmu_tables_take_spare(struct smmu_tables *tables)
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
			tables->spares[i] = smmu_table_alloc(0);
		if (!tables->spares[i])
			return -ENOMEM;
	}
	return 0;
}

/* Transactions are stalled where someone handles faults. */
bool smmu_stalls(const struct mock_endpoint *ep,
		 const struct mock_domain *domain)
{
	return ep->config.stall && domain->domain.iopf_handler;
}

static bool smmu_has_second_stage(const struct mock_domain *domain)
{
	return domain->parent || domain->nest_parent;
}

static void smmu_tables_destroy(struct smmu_tables *tables)
{
	unsigned int i;

	for (i = 0; i < SMMU_SPARES; i++)
		free_page((unsigned long)tables->spares[i]);
	smmu_cdtab_free(tables);
	kfree(tables);
}

static struct smmu_tables *smmu_tables_create(const struct mock_endpoint *ep)
{
	struct smmu_tables *tables;

	tables = kzalloc(sizeof(*tables), GFP_KERNEL_ACCOUNT);
	if (!tables)
		return NULL;
	if (smmu_cdtab_init(tables, ep->config.pasid_bits)) {
		kfree(tables);
		return NULL;
	}
	return tables;
}

/**
 * smmu_tables_add_endpoint() - &mock_kind.add_endpoint
 * @ep: the endpoint
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
	ret = smmu_strtab_prepare(ep);
	if (!ret) {
		smmu_ste_make_host(ep, SMMU_S1DSS_TERMINATE, &ste);
		smmu_ste_write(ep, &ste);
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
	smmu_ste_write(ep, &ste);
	mutex_unlock(&ep->iommu->lock);
	smmu_tables_destroy(ep->tables);
}

static bool smmu_has_pasids(struct mock_endpoint *ep)
{
	unsigned long pasid = 1;

	return xa_find(&ep->attachments, &pasid, ULONG_MAX, XA_PRESENT);
}

/*
 * Where a guest's stage 1 translates, the guest has to know the device by a stream
 * id, for its invalidations of context descriptors and of the device TLB.
 */
static int smmu_tables_check_guest(struct mock_endpoint *ep,
				   const struct mock_domain *domain)
{
	if (!domain->viommu ||
	    FIELD_GET(SMMU_STE_CONFIG, domain->guest[0]) != SMMU_CONFIG_S1)
		return 0;
	return smmu_viommu_has(domain->viommu, ep) ? 0 : -ENOENT;
}

static int smmu_tables_check_rid(struct mock_endpoint *ep,
				 const struct mock_domain *domain)
{
	if (smmu_has_second_stage(domain) && smmu_has_pasids(ep))
		return -EBUSY;
	return smmu_tables_check_guest(ep, domain);
}

static int smmu_tables_check(struct mock_endpoint *ep, u32 pasid,
			     const struct mock_domain *domain)
{
	const struct mock_attachment *rid;

	if (!pasid)
		return smmu_tables_check_rid(ep, domain);
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
 * while PASIDs are attached, or the reverse; -ENOENT for a guest's stage 1 where
 * the guest has no stream id for the endpoint; -ENOMEM.
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
		smmu_cd_swap(ep, pasid, new);
	if (pasid)
		return;
	if (smmu_has_second_stage(new) || (old && smmu_has_second_stage(old))) {
		smmu_ste_make(ep, new, &ste);
		smmu_ste_swap(ep, &ste);
	} else if (!old) {
		smmu_ste_set_s1dss(ep, SMMU_S1DSS_SSID0);
	}
}

/* &mock_kind.clear; what is there tells what it was. */
void smmu_tables_clear(struct mock_endpoint *ep, u32 pasid)
{
	const struct mock_attachment *old = xa_load(&ep->attachments, pasid);
	struct smmu_ste ste;

	if (!pasid && smmu_has_second_stage(old->domain)) {
		smmu_ste_make_host(ep, SMMU_S1DSS_TERMINATE, &ste);
		smmu_ste_write(ep, &ste);
		return;
	}
	if (!pasid)
		smmu_ste_set_s1dss(ep, SMMU_S1DSS_TERMINATE);
	smmu_cd_clear(ep, pasid);
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
		smmu_cd_clear(ep, pasid);
	if (old)
		smmu_inv_domain(&batch, old);
	if (pasid)
		smmu_inv_atc(&batch, ep, pasid, 0, U64_MAX);
	else
		smmu_inv_atc_all(&batch, ep);
	smmu_batch_sync(&batch);
}
