// SPDX-License-Identifier: GPL-2.0-only
/*
 * What must be invalidated when a mapping or a domain goes.
 *
 * An ordinary domain is filed under its id as ASID, a parent that is attached
 * itself under its id as VMID, and nested domains under the VMID of their
 * VIOMMU: both their stages together, by the guest's ASIDs. Which addresses of a
 * nested domain led to the pages that were unmapped in its parent is known to
 * the guest alone, so then all that is filed there is dropped.
 */
#include "smmu_iommu.h"

/* All that is filed under a domain */
void smmu_inv_domain(struct smmu_batch *batch, const struct mock_domain *domain)
{
	if (domain->viommu || domain->nest_parent)
		smmu_batch_add(batch, NULL,
			       FIELD_PREP(SMMU_CMD_OP,
					  SMMU_CMD_TLBI_S12_VMALL) |
				       FIELD_PREP(SMMU_TLBI_VMID,
						  domain->viommu ?
							  domain->viommu->vmid :
							  domain->did),
			       0);
	else
		smmu_batch_add(batch, NULL,
			       FIELD_PREP(SMMU_CMD_OP, SMMU_CMD_TLBI_NH_ASID) |
				       FIELD_PREP(SMMU_TLBI_ASID, domain->did),
			       0);
}

/*
 * Pages of a range, of leaves only: (NUM + 1) * 2^(5 * SCALE) pages from the
 * first one on, a few more than need be (SMMUv3 4.4.1.1)
 */
static void smmu_inv_pages(struct smmu_batch *batch,
			   const struct mock_domain *domain, u64 first,
			   u64 last)
{
	u64 qw0 = domain->nest_parent ?
			  FIELD_PREP(SMMU_CMD_OP, SMMU_CMD_TLBI_S2_IPA) |
				  FIELD_PREP(SMMU_TLBI_VMID, domain->did) :
			  FIELD_PREP(SMMU_CMD_OP, SMMU_CMD_TLBI_NH_VA) |
				  FIELD_PREP(SMMU_TLBI_ASID, domain->did);
	u64 num = (last >> HW_PAGE_SHIFT) - (first >> HW_PAGE_SHIFT);
	/* one page is a leaf of the last level, more of them may be of any */
	u64 ttl = num ? 0 : SMMU_TTL_LAST;
	u64 scale = 0;

	while (num > FIELD_MAX(SMMU_TLBI_NUM)) {
		num >>= 5;
		scale++;
	}
	smmu_batch_add(batch, NULL,
		       qw0 | FIELD_PREP(SMMU_TLBI_NUM, num) |
			       FIELD_PREP(SMMU_TLBI_SCALE, scale),
		       (first & SMMU_TLBI_ADDR) |
			       FIELD_PREP(SMMU_TLBI_TG, SMMU_TG_4K) |
			       FIELD_PREP(SMMU_TLBI_TTL, ttl) | SMMU_TLBI_LEAF);
}

/* Tables that were taken out may have been on the way to any address. */
static void smmu_inv_range(struct smmu_batch *batch,
			   const struct mock_domain *domain, u64 first,
			   u64 last)
{
	if (list_empty(&domain->pgtable.removed))
		smmu_inv_pages(batch, domain, first, last);
	else
		smmu_inv_domain(batch, domain);
}

static void smmu_inv_devtlb(struct smmu_batch *batch, struct mock_endpoint *ep,
			    u64 whose, u64 first, u64 last)
{
	unsigned int order = fls64((first ^ last) >> HW_PAGE_SHIFT);

	if (!ep->config.ats)
		return;
	smmu_batch_add(batch, ep,
		       FIELD_PREP(SMMU_CMD_OP, SMMU_CMD_ATC_INV) |
			       FIELD_PREP(SMMU_CMD_SID, ep->config.rid) | whose,
		       (first & (SMMU_ATC_ADDR << order)) |
			       FIELD_PREP(SMMU_ATC_SIZE, order));
}

/* @pasid 0: what was asked for without PASID */
void smmu_inv_atc(struct smmu_batch *batch, struct mock_endpoint *ep, u32 pasid,
		  u64 first, u64 last)
{
	u64 whose = 0;

	if (pasid)
		whose = SMMU_CMD_SSV | FIELD_PREP(SMMU_CMD_SSID, pasid);
	smmu_inv_devtlb(batch, ep, whose, first, last);
}

/*
 * Without PASID and with any: each has invalidations of its own (PCIe 10.3.8).
 * Also for an endpoint that is said to have none: with a guest's context
 * descriptors it can get a translation for PASID 0.
 */
void smmu_inv_atc_all(struct smmu_batch *batch, struct mock_endpoint *ep)
{
	smmu_inv_devtlb(batch, ep, 0, 0, U64_MAX);
	smmu_inv_devtlb(batch, ep, SMMU_CMD_SSV | SMMU_ATC_GLOBAL, 0, U64_MAX);
}

/* Nested domains are attached to RIDs only, and there for all PASIDs. */
static void smmu_inv_child(struct smmu_batch *batch, struct mock_domain *child)
{
	struct mock_attachment *attachment;

	mutex_lock(&child->lock);
	if (!list_empty(&child->attachments))
		smmu_inv_domain(batch, child);
	list_for_each_entry(attachment, &child->attachments, node)
		smmu_inv_atc_all(batch, attachment->ep);
	/* the endpoint may leave once the lock is dropped */
	smmu_batch_sync(batch);
	mutex_unlock(&child->lock);
}

/**
 * smmu_flush() - &mock_kind.flush
 * @domain: a paging domain, locked
 * @first: first address
 * @last: last address
 *
 * The TLBs go first: a device that asks again behind its invalidation must not
 * get from there what was unmapped.
 */
void smmu_flush(struct mock_domain *domain, u64 first, u64 last)
{
	struct smmu_batch batch = { .smmu = to_smmu(domain->iommu) };
	struct mock_attachment *attachment;
	struct mock_domain *child;

	lockdep_assert_held(&domain->lock);
	smmu_inv_range(&batch, domain, first, last);
	list_for_each_entry(attachment, &domain->attachments, node)
		smmu_inv_atc(&batch, attachment->ep, attachment->pasid, first,
			     last);
	smmu_batch_sync(&batch);
	list_for_each_entry(child, &domain->children, node)
		smmu_inv_child(&batch, child);
}

/* &mock_kind.flush_endpoint */
void smmu_flush_endpoint(struct mock_endpoint *ep)
{
	struct smmu_batch batch = { .smmu = to_smmu(ep->iommu) };

	smmu_inv_atc_all(&batch, ep);
	smmu_batch_sync(&batch);
}
