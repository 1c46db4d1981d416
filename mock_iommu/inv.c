// SPDX-License-Identifier: GPL-2.0-only
/*
 * The invalidation queue as software sees it: descriptors go in, a wait
 * descriptor behind them tells when they are done.
 */
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/processor.h>
#include <linux/slab.h>

#include "mock.h"

/* 2^(IQA.QS + 7) entries of 32 bytes: 8 KiB */
#define MOCK_INV_QS		1
#define MOCK_INV_ENTRIES	BIT(MOCK_INV_QS + 7)
#define MOCK_INV_DONE		1

int mock_inv_init(struct mock_iommu *iommu)
{
	struct mock_inv *inv = &iommu->inv;

	mutex_init(&inv->lock);
	inv->descs = (void *)__get_free_pages(GFP_KERNEL_ACCOUNT | __GFP_ZERO,
					      MOCK_INV_QS);
	inv->status = kzalloc(sizeof(*inv->status), GFP_KERNEL_ACCOUNT);
	if (!inv->descs || !inv->status)
		return -ENOMEM;
	hw_write(iommu->hw, VTD_IQA, virt_to_phys(inv->descs) | VTD_IQA_DW |
		 FIELD_PREP(VTD_IQA_QS, MOCK_INV_QS));
	return 0;
}

void mock_inv_free(struct mock_iommu *iommu)
{
	free_pages((unsigned long)iommu->inv.descs, MOCK_INV_QS);
	kfree(iommu->inv.status);
}

static void mock_inv_put(struct mock_inv *inv, const struct vtd_desc *desc)
{
	inv->descs[inv->tail] = *desc;
	inv->tail = (inv->tail + 1) % MOCK_INV_ENTRIES;
}

/*
 * Queues the descriptors and waits until they are done. The queue is empty
 * before and after, so there is always room. That the hardware stops at a
 * descriptor that it does not know (FSTS.IQE) is an error of this driver.
 */
static void mock_inv_submit(struct mock_iommu *iommu,
			    const struct vtd_desc *descs, unsigned int count,
			    u64 wait_flags)
{
	struct mock_inv *inv = &iommu->inv;
	struct vtd_desc wait = {
		.qw[0] = FIELD_PREP(VTD_INV_TYPE, VTD_INV_WAIT) | VTD_WAIT_SW |
			 FIELD_PREP(VTD_WAIT_STATUS, MOCK_INV_DONE) |
			 wait_flags,
		.qw[1] = virt_to_phys(inv->status),
	};
	unsigned int i;

	mutex_lock(&inv->lock);
	WRITE_ONCE(*inv->status, 0);
	for (i = 0; i < count; i++)
		mock_inv_put(inv, &descs[i]);
	mock_inv_put(inv, &wait);
	hw_write(iommu->hw, VTD_IQT, (u64)inv->tail << VTD_DESC_SHIFT);
	while (READ_ONCE(*inv->status) != MOCK_INV_DONE) {
		if (WARN_ON_ONCE(hw_read(iommu->hw, VTD_FSTS) & VTD_FSTS_IQE))
			break;
		cpu_relax();
	}
	mutex_unlock(&inv->lock);
}

static void mock_inv_add(struct mock_inv_batch *batch, u64 qw0, u64 qw1)
{
	if (batch->count == MOCK_INV_BATCH)
		mock_inv_sync(batch);
	batch->descs[batch->count++] = (struct vtd_desc){ { qw0, qw1 } };
}

/* All pages of a domain, with what is cached of its upper levels */
void mock_inv_iotlb_domain(struct mock_inv_batch *batch, u16 did)
{
	mock_inv_add(batch, FIELD_PREP(VTD_INV_TYPE, VTD_INV_IOTLB) |
		     FIELD_PREP(VTD_IOTLB_G, VTD_IOTLB_G_DOMAIN) |
		     FIELD_PREP(VTD_IOTLB_DID, did), 0);
}

/* 2^@order pages around @addr, in a domain */
void mock_inv_iotlb_pages(struct mock_inv_batch *batch, u16 did, u64 addr,
			  unsigned int order)
{
	mock_inv_add(batch, FIELD_PREP(VTD_INV_TYPE, VTD_INV_IOTLB) |
		     FIELD_PREP(VTD_IOTLB_G, VTD_IOTLB_G_PAGE) |
		     FIELD_PREP(VTD_IOTLB_DID, did),
		     (addr & (VTD_ADDR << order)) |
		     FIELD_PREP(VTD_IOTLB_AM, order));
}

void mock_inv_pasid_cache(struct mock_inv_batch *batch, u16 did, u32 pasid)
{
	mock_inv_add(batch, FIELD_PREP(VTD_INV_TYPE, VTD_INV_PASID_CACHE) |
		     FIELD_PREP(VTD_PASID_CACHE_G, VTD_PASID_CACHE_G_PASID) |
		     FIELD_PREP(VTD_PASID_CACHE_DID, did) |
		     FIELD_PREP(VTD_PASID_CACHE_PASID, pasid), 0);
}

/*
 * 2^@order pages around @addr in a device TLB, at most MOCK_INV_ALL. For the
 * RID there are two: RID_PASID is 0, so requests with an explicit PASID 0 went
 * by the same PASID table entry as those without.
 */
void mock_inv_devtlb(struct mock_inv_batch *batch, u16 rid, u32 pasid,
		     u64 addr, unsigned int order)
{
	u64 size = VTD_PAGE_SIZE << order;

	/* order - 1 ones below a zero: PCIe ATS, Invalidate Request */
	if (order)
		addr = (addr & ~(size - 1)) | ((size / 2 - 1) & VTD_ADDR);
	addr &= VTD_ADDR;
	if (!pasid)
		mock_inv_add(batch, FIELD_PREP(VTD_INV_TYPE, VTD_INV_DEVTLB) |
			     FIELD_PREP(VTD_DEVTLB_SID, rid),
			     addr | (order ? VTD_DEVTLB_S : 0));
	mock_inv_add(batch, FIELD_PREP(VTD_INV_TYPE, VTD_INV_PASID_DEVTLB) |
		     FIELD_PREP(VTD_PASID_DEVTLB_SID, rid) |
		     FIELD_PREP(VTD_PASID_DEVTLB_PASID, pasid),
		     addr | (order ? VTD_PASID_DEVTLB_S : 0));
}

/* When this returns no access uses what was invalidated. */
void mock_inv_sync(struct mock_inv_batch *batch)
{
	mock_inv_submit(batch->iommu, batch->descs, batch->count, 0);
	batch->count = 0;
}

/* The same, and page requests sent by then are in their queue. */
void mock_inv_drain(struct mock_inv_batch *batch)
{
	mock_inv_submit(batch->iommu, batch->descs, batch->count,
			VTD_WAIT_FN | VTD_WAIT_PD);
	batch->count = 0;
}

/* Sends a page group response. */
void mock_inv_respond(struct mock_iommu *iommu, const struct vtd_desc *desc)
{
	mock_inv_submit(iommu, desc, 1, 0);
}
