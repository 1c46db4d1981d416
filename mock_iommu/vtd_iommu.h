/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The driver half of VT-d, private to vtd_*.c.
 *
 * vtd_inv.lock is the lock under which invalidations are put into a queue: see
 * mock.h.
 */
#ifndef MOCK_VTD_IOMMU_H
#define MOCK_VTD_IOMMU_H

#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "mock.h"
#include "vtd.h"

struct faultq_invalidation;
struct faultq_native_format;

/* vtd_inv.c: the invalidation queue */

/**
 * struct vtd_inv - the invalidation queue
 * @lock: one submission at a time; protects @tail
 * @descs: the queue
 * @status: what the wait descriptors write to
 * @tail: next free slot
 */
struct vtd_inv {
	struct mutex lock; /* one submission at a time */
	struct vtd_desc *descs;
	u32 *status;
	u32 tail;
};

#define VTD_IQ_BATCH 16

/**
 * struct vtd_inv_result - what the hardware said of invalidations
 * @error: VTD_FSTS_IQE, VTD_FSTS_ITE and VTD_FSTS_ICE, or 0
 * @rid: the endpoint that it named, 0 for none; with both ITE and ICE that of
 *	the ITE
 */
struct vtd_inv_result {
	u64 error;
	u16 rid;
};

/**
 * struct vtd_inv_batch - descriptors to be submitted together
 * @iommu: the instance
 * @once: submit them once and tell how it went; else see vtd_inv_sync()
 * @result: how it went, with @once
 * @count: how many there are
 * @descs: the descriptors
 */
struct vtd_inv_batch {
	struct mock_iommu *iommu;
	bool once;
	struct vtd_inv_result result;
	unsigned int count;
	struct vtd_desc descs[VTD_IQ_BATCH];
};

/* CAP.MAMV: an IOTLB invalidation by page is for up to 2^18 pages. */
#define VTD_MAX_INV_ORDER 18

/* An address range that every device TLB entry is in: 2^52 pages */
#define VTD_IQ_ALL 52

extern const struct faultq_native_format vtd_inv_format;

int vtd_inv_init(struct mock_iommu *iommu);
void vtd_inv_free(struct mock_iommu *iommu);
void vtd_inv_iotlb_domain(struct vtd_inv_batch *batch, u16 did);
void vtd_inv_iotlb_pages(struct vtd_inv_batch *batch, u16 did, u64 addr,
			 unsigned int order);
void vtd_inv_pasid_iotlb(struct vtd_inv_batch *batch, u16 did, u32 pasid,
			 u64 addr, unsigned int order);
void vtd_inv_pasid_cache(struct vtd_inv_batch *batch, u16 did, u32 pasid);
void vtd_inv_devtlb(struct vtd_inv_batch *batch, u16 rid, u32 pasid, u64 addr,
		    unsigned int order);
void vtd_inv_sync(struct vtd_inv_batch *batch);
void vtd_inv_drain(struct vtd_inv_batch *batch);
void vtd_inv_respond(struct mock_iommu *iommu, const struct vtd_desc *desc);

/* vtd_fault.c: recorded faults */

/**
 * struct vtd_faults - fault recording registers
 * @lock: protects @next, @masked and @polled; hard interrupts take it
 * @work: fetches what the interrupt left
 * @offset: of the first register
 * @count: how many there are
 * @next: the next one to be fetched
 * @masked: interrupts were masked by vtd_fault_mask()
 * @polled: ... by the interrupt, for @work
 * @stats: written under @lock
 */
struct vtd_faults {
	raw_spinlock_t lock; /* next, masked, polled */
	struct work_struct work;
	unsigned int offset;
	unsigned int count;
	unsigned int next;
	bool masked;
	bool polled;
	struct mock_poll_stats stats;
};

extern const struct faultq_native_format vtd_fault_format;

void vtd_fault_init(struct mock_iommu *iommu);
void vtd_fault_exit(struct mock_iommu *iommu);
void vtd_fault_interrupt(struct mock_iommu *iommu);
void vtd_fault_drain(struct mock_iommu *iommu);
void vtd_fault_mask(struct mock_iommu *iommu, bool mask);

/* vtd_kind.c */

/**
 * struct vtd_iommu - an instance
 * @mock: what all kinds have
 * @root: root table
 * @prq: page request queue
 * @prq_poll: how it is emptied
 * @inv: invalidation queue
 * @faults: fault recording registers
 */
struct vtd_iommu {
	struct mock_iommu mock;
	u64 *root;
	struct vtd_desc *prq;
	struct mock_poll prq_poll;
	struct vtd_inv inv;
	struct vtd_faults faults;
};

static inline struct vtd_iommu *to_vtd_iommu(struct mock_iommu *iommu)
{
	return container_of(iommu, struct vtd_iommu, mock);
}

/* vtd_prq.c: the page request queue */

void vtd_prq_prepare(struct mock_iommu *iommu);
int vtd_prq_init(struct mock_iommu *iommu);
void vtd_prq_free(struct mock_iommu *iommu);
void vtd_prq_drain(struct mock_iommu *iommu);
void vtd_prq_mask(struct mock_iommu *iommu, bool mask);
void vtd_prq_respond(struct mock_endpoint *ep,
		     const struct iommu_fault_page_request *prm,
		     enum iommu_page_response_code code);

/* vtd_tables.c: root, context and PASID tables */

int vtd_tables_init(struct mock_iommu *iommu);
void vtd_tables_free(struct mock_iommu *iommu);
int vtd_tables_add_endpoint(struct mock_endpoint *ep);
void vtd_tables_remove_endpoint(struct mock_endpoint *ep);
int vtd_tables_prepare(struct mock_endpoint *ep, u32 pasid,
		       const struct mock_domain *domain);
void vtd_tables_set(struct mock_endpoint *ep, u32 pasid,
		    const struct mock_domain *old,
		    const struct mock_domain *new);
void vtd_tables_clear(struct mock_endpoint *ep, u32 pasid);

/* vtd_nested.c: nested domains */

void vtd_nested_flush(struct mock_domain *parent, struct vtd_inv_batch *batch);
int vtd_nested_invalidate(struct iommu_domain *domain,
			  struct faultq_invalidation *inv);
struct iommu_domain *vtd_nested_alloc(struct device *dev,
				      struct iommu_domain *parent,
				      const struct iommu_user_data *user_data);

#endif /* MOCK_VTD_IOMMU_H */
