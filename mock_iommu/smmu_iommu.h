/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The driver half of the smmuv3 kind: what its files have in common.
 *
 * Of the locks in mock.h, struct smmu_cmdq has the kind's lock of a queue that
 * invalidations are put into. struct smmu_viommu.lock is taken before that, and
 * under none of the others.
 */
#ifndef MOCK_SMMU_IOMMU_H
#define MOCK_SMMU_IOMMU_H

#include <linux/io.h>

#include "mock.h"
#include "smmu.h"

struct faultq_driver_hw_queue;
struct faultq_invalidation;
struct faultq_native_format;
struct hw_vintf;
struct page;
struct smmu;
struct smmu_tables;

/* smmu_cmdq.c: the command queue */

/**
 * struct smmu_cmdq - the command queue
 * @lock: one submission at a time; protects @prod
 * @cmds: the queue
 * @prod: index and wrap bit of the next free slot
 */
struct smmu_cmdq {
	struct mutex lock; /* one submission at a time */
	struct smmu_cmd *cmds;
	u32 prod;
};

#define SMMU_BATCH 16

/**
 * struct smmu_batch - commands to be submitted together
 * @smmu: the instance
 * @once: submit them once and tell how it went; else see smmu_batch_sync()
 * @error: SMMU_CERROR_* of the first one that failed, with @once
 * @ep: the endpoint that those of them are about which name one: there is never
 *	more than one, since an error does not tell whom it is about
 * @count: how many there are
 * @cmds: the commands
 */
struct smmu_batch {
	struct smmu *smmu;
	bool once;
	u32 error;
	struct mock_endpoint *ep;
	unsigned int count;
	struct smmu_cmd cmds[SMMU_BATCH];
};

extern const struct faultq_native_format smmu_cmdq_format;

int smmu_cmdq_init(struct smmu *smmu);
void smmu_cmdq_free(struct smmu *smmu);
void smmu_batch_add(struct smmu_batch *batch, struct mock_endpoint *ep, u64 qw0,
		    u64 qw1);
void smmu_batch_sync(struct smmu_batch *batch);
void smmu_cmdq_send(struct smmu *smmu, const struct smmu_cmd *cmd);

/* smmu_inv.c: invalidations */

void smmu_inv_domain(struct smmu_batch *batch,
		     const struct mock_domain *domain);
void smmu_inv_atc(struct smmu_batch *batch, struct mock_endpoint *ep, u32 pasid,
		  u64 first, u64 last);
void smmu_inv_atc_all(struct smmu_batch *batch, struct mock_endpoint *ep);
void smmu_flush(struct mock_domain *domain, u64 first, u64 last);
void smmu_flush_endpoint(struct mock_endpoint *ep);

/* smmu_strtab.c: the stream table */

int smmu_strtab_init(struct smmu *smmu);
void smmu_strtab_free(struct smmu *smmu);
int smmu_strtab_prepare(struct mock_endpoint *ep);
void smmu_ste_make_host(const struct mock_endpoint *ep, u64 s1dss,
			struct smmu_ste *ste);
void smmu_ste_second_stage(const struct mock_domain *parent, u16 vmid, u64 *qw);
void smmu_ste_make(const struct mock_endpoint *ep,
		   const struct mock_domain *domain, struct smmu_ste *ste);
void smmu_ste_write(struct mock_endpoint *ep, const struct smmu_ste *value);
void smmu_ste_swap(struct mock_endpoint *ep, const struct smmu_ste *value);
void smmu_ste_set_s1dss(struct mock_endpoint *ep, u64 s1dss);

/* smmu_cd.c: context descriptors */

int smmu_cdtab_init(struct smmu_tables *tables, unsigned int pasid_bits);
void smmu_cdtab_free(struct smmu_tables *tables);
void smmu_cd_swap(struct mock_endpoint *ep, u32 pasid,
		  const struct mock_domain *domain);
void smmu_cd_clear(struct mock_endpoint *ep, u32 pasid);

/* smmu_tables.c: domains in both */

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

/* The table that a descriptor of the first level leads to */
static inline void *smmu_table_at(u64 link)
{
	return phys_to_virt(link & HW_PHYS_ADDR);
}

void *smmu_table_alloc(unsigned int order);
void *smmu_tables_take_spare(struct smmu_tables *tables);
bool smmu_stalls(const struct mock_endpoint *ep,
		 const struct mock_domain *domain);
int smmu_tables_add_endpoint(struct mock_endpoint *ep);
void smmu_tables_remove_endpoint(struct mock_endpoint *ep);
int smmu_tables_prepare(struct mock_endpoint *ep, u32 pasid,
			const struct mock_domain *domain);
void smmu_tables_set(struct mock_endpoint *ep, u32 pasid,
		     const struct mock_domain *old,
		     const struct mock_domain *new);
void smmu_tables_clear(struct mock_endpoint *ep, u32 pasid);
void smmu_tables_settle(struct mock_endpoint *ep, u32 pasid,
			const struct mock_domain *old,
			const struct mock_domain *new);

/* smmu_queue.c: queues that the hardware fills */

/**
 * struct smmu_queue - the event queue or the page request queue
 * @smmu: the instance
 * @base: the queue
 * @entries: slots it has
 * @shift: binary logarithm of the size of a slot
 * @prod_reg: offset of the register that the hardware's index is in
 * @cons_reg: offset of the one for ours
 * @handle: handle a record, copied
 * @lost: records were lost: they came after all that is handled
 * @prod: index, wrap bit and overflow as last read; mock_iommu.lock
 * @cons: index and wrap bit of the next record, and the acknowledged overflow;
 *	mock_iommu.lock
 * @poll: how it is emptied
 */
struct smmu_queue {
	struct smmu *smmu;
	void *base;
	u32 entries;
	unsigned int shift;
	unsigned int prod_reg;
	unsigned int cons_reg;
	void (*handle)(struct smmu *smmu, const void *record);
	void (*lost)(struct smmu *smmu);
	u32 prod;
	u32 cons;
	struct mock_poll poll;
};

int smmu_queue_init(struct smmu_queue *queue, unsigned int base_reg);
void smmu_queue_free(struct smmu_queue *queue);
unsigned int smmu_queue_take(struct smmu_queue *queue, unsigned int budget);

/* smmu_evtq.c: events and stalls */

extern const struct faultq_native_format smmu_evtq_format;

void smmu_evtq_prepare(struct smmu *smmu);
int smmu_evtq_init(struct smmu *smmu);
void smmu_evtq_drain(struct smmu *smmu);
void smmu_evtq_resume(struct smmu *smmu, u16 sid, u16 stag, u32 code);

/* smmu_priq.c: page requests */

void smmu_priq_prepare(struct smmu *smmu);
int smmu_priq_init(struct smmu *smmu);
void smmu_priq_drain(struct smmu *smmu);
void smmu_respond(struct mock_endpoint *ep,
		  const struct iommu_fault_page_request *prm,
		  enum iommu_page_response_code code);

/* smmu_nested.c: nested domains */

struct iommu_domain *smmu_alloc_nested(struct faultq_driver_viommu *viommu,
				       struct device *dev,
				       const struct iommu_user_data *data);

/* smmu_viommu.c: the share that a VM has in an SMMUv3 */

/**
 * struct smmu_viommu - a VIOMMU of type ARM_SMMUV3 or TEGRA241_CMDQV
 * @smmu: the instance, held
 * @vmid: what the guest's translations are filed under. One for each VIOMMU and
 *	not the parent's: two of them may use the same ASID for different tables
 * @regs: TEGRA241_CMDQV: the page of registers that the guest may map, else NULL
 * @vintf: TEGRA241_CMDQV: its virtual command queues
 * @lock: protects @vdevices
 * @vdevices: endpoints by the guest's stream id
 */
struct smmu_viommu {
	struct smmu *smmu;
	u16 vmid;
	struct page *regs;
	struct hw_vintf *vintf;
	struct mutex lock; /* vdevices */
	struct xarray vdevices;
};

extern struct faultq_driver smmu_faultq_driver;

bool smmu_viommu_has(struct smmu_viommu *viommu,
		     const struct mock_endpoint *ep);

/* smmu_kind.c: the kind */

/**
 * struct smmu - an instance of the smmuv3 kind
 * @iommu: what all kinds have
 * @strtab: stream table, first level
 * @cmdq: command queue
 * @evtq: event queue
 * @priq: page request queue
 */
struct smmu {
	struct mock_iommu iommu;
	u64 *strtab;
	struct smmu_cmdq cmdq;
	struct smmu_queue evtq;
	struct smmu_queue priq;
};

static inline struct smmu *to_smmu(struct mock_iommu *iommu)
{
	return container_of(iommu, struct smmu, iommu);
}

#endif /* MOCK_SMMU_IOMMU_H */
