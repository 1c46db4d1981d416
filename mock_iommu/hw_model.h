/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hardware model, private to hw_*.c. It knows registers, memory and
 * endpoints; it knows nothing of the kernel's IOMMU core.
 *
 * Lock order, outer first:
 *
 *   hw_iq.lock		the invalidation queue is consumed
 *     hw_iommu.access	held for reading by an access, see below
 *       hw_endpoint.lock
 *         hw_prq.lock
 *       hw_tlb.lock
 *
 * hw_iommu.access is what makes an access atomic with respect to an
 * invalidation: to translate and move the data of one page, or to send the
 * page requests for it, is one reading section; an invalidation takes the
 * writing side after which no earlier access is under way. It is a plain
 * rw_semaphore since an invalidation, which every unmap waits for, must be
 * quick: SRCU and percpu_rw_semaphore spare the reader two atomic operations
 * and make the writer wait for a grace period. Nothing in a reading section
 * waits for the driver: the interrupt is raised behind it.
 */
#ifndef MOCK_HW_MODEL_H
#define MOCK_HW_MODEL_H

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/xarray.h>

#include "hw.h"
#include "vtd.h"

/* hw_memory.c: physical memory */

int hw_mem_read(u64 addr, void *data, size_t len);
int hw_mem_write(u64 addr, const void *data, size_t len);
int hw_mem_read_entry(u64 addr, u64 *entry);

/* hw_tlb.c: the IOTLB and the device TLBs */

#define HW_PERM_R		BIT(0)
#define HW_PERM_W		BIT(1)

#define HW_TLB_ANY		U32_MAX

/**
 * struct hw_page - where a page of IOVA leads
 * @frame: physical address of a 4 KiB page
 * @perm: HW_PERM_*, as the tables grant them
 */
struct hw_page {
	u64 frame;
	u32 perm;
};

/**
 * struct hw_tlb_key - what a translation is filed under
 * @root: physical address of the page table, 0 in a device TLB. The domain id
 *	alone would do, were an entry of the PASID table read in one piece: with
 *	the root, an entry that is read while software replaces it cannot file a
 *	page of one domain under the id of the other.
 * @addr: IOVA of a 4 KiB page
 * @id: domain id in the IOTLB; source of the request in a device TLB
 */
struct hw_tlb_key {
	u64 root;
	u64 addr;
	u32 id;
};

struct hw_tlb_entry {
	struct hw_tlb_key key;
	struct hw_page page;
};

/**
 * struct hw_tlb - a direct-mapped cache of translations of 4 KiB pages
 * @lock: protects what follows
 * @mask: number of entries less one
 * @hits: lookups that were answered
 * @misses: lookups that were not
 * @entries: empty where no permission is set
 */
struct hw_tlb {
	spinlock_t lock; /* all that follows */
	u32 mask;
	u64 hits;
	u64 misses;
	struct hw_tlb_entry *entries;
};

int hw_tlb_init(struct hw_tlb *tlb, unsigned int entries);
void hw_tlb_free(struct hw_tlb *tlb);
bool hw_tlb_find(struct hw_tlb *tlb, const struct hw_tlb_key *key, u32 perm,
		 struct hw_page *page);
void hw_tlb_fill(struct hw_tlb *tlb, const struct hw_tlb_key *key,
		 const struct hw_page *page);
void hw_tlb_drop(struct hw_tlb *tlb, u32 id, u64 first, u64 last);

/* hw_walk.c: page tables */

/**
 * struct hw_format - one page table format
 * @present: an entry with none of these bits set leads nowhere
 * @large: marks a leaf above the last level
 * @large_levels: bit N set: level N may have leaves (the last level is 1)
 * @reserved: bits that must be 0 in every entry
 * @not_mapped: fault reason for missing entries and permissions
 * @bad_entry: fault reason for a table that is not in memory
 * @bad_root: fault reason for a root that is not
 * @bad_bits: fault reason for reserved bits
 * @bad_width: fault reason for an input address beyond the width
 */
struct hw_format {
	u64 present;
	u64 large;
	u32 large_levels;
	u64 reserved;
	u8 not_mapped;
	u8 bad_entry;
	u8 bad_root;
	u8 bad_bits;
	u8 bad_width;
};

extern const struct hw_format hw_second_stage;

/**
 * struct hw_table - a page table to be walked
 * @format: format of its entries
 * @root: physical address
 * @levels: 3 to 5, for input addresses of 39, 48 or 57 bits
 */
struct hw_table {
	const struct hw_format *format;
	u64 root;
	unsigned int levels;
};

u8 hw_walk(const struct hw_table *table, u64 addr, u32 perm,
	   struct hw_page *page);

/* hw_translate.c: from a source of requests to its tables */

/**
 * struct hw_source - who sends a transaction
 * @rid: requester id
 * @has_pasid: it carries @pasid
 * @pasid: 20 bits, 0 without
 */
struct hw_source {
	u16 rid;
	bool has_pasid;
	u32 pasid;
};

u8 hw_translate(struct hw_iommu *hw, const struct hw_source *source, bool ats,
		u64 addr, u32 perm, struct hw_page *page);
bool hw_recoverable(u8 reason);

/* hw_prq.c: the page request queue */

/**
 * struct hw_prq - page request queue and its interrupt
 * @lock: protects what follows
 * @pqa: queue address register
 * @entries: slots of the queue, 0 before software gave one
 * @head: first slot that software has not taken
 * @tail: next slot to be written
 * @prs: status register
 * @masked: PECTL.IM
 * @pending: PECTL.IP: an interrupt waits to be sent
 * @written: descriptors written
 * @dropped: requests that found no room
 * @overflows: times that PRS.PRO was set
 * @interrupts: interrupts sent
 */
struct hw_prq {
	spinlock_t lock; /* all that follows */
	u64 pqa;
	u32 entries;
	u32 head;
	u32 tail;
	u64 prs;
	bool masked;
	bool pending;
	u64 written;
	u64 dropped;
	u64 overflows;
	u64 interrupts;
};

bool hw_prq_put(struct hw_iommu *hw, const struct vtd_desc *desc);
void hw_prq_raise(struct hw_iommu *hw);
u64 hw_prq_read(struct hw_iommu *hw, unsigned int reg);
void hw_prq_write(struct hw_iommu *hw, unsigned int reg, u64 value);

/* hw_inv.c: the invalidation queue */

/**
 * struct hw_iq - invalidation queue
 * @lock: protects what follows
 * @iqa: queue address register
 * @entries: slots of the queue
 * @head: next slot to be executed
 * @tail: first slot that software has not filled
 * @error: stopped at a bad descriptor (FSTS.IQE)
 * @executed: descriptors executed
 * @invalidations: those of them that invalidate something
 */
struct hw_iq {
	struct mutex lock; /* all that follows */
	u64 iqa;
	u32 entries;
	u32 head;
	u32 tail;
	bool error;
	u64 executed;
	u64 invalidations;
};

u64 hw_iq_read(struct hw_iommu *hw, unsigned int reg);
void hw_iq_write(struct hw_iommu *hw, unsigned int reg, u64 value);

/* hw_regs.c */

/**
 * struct hw_iommu - one IOMMU
 * @id: what tracepoints call it
 * @access: see above
 * @rtaddr: root table address register
 * @endpoints: by RID; read under RCU
 * @iotlb: translations by domain id
 * @prq: page request queue
 * @iq: invalidation queue
 * @prq_irq: where the page request interrupt goes
 * @irq_data: argument of @prq_irq
 */
struct hw_iommu {
	u32 id;
	struct rw_semaphore access;
	u64 rtaddr;
	struct xarray endpoints;
	struct hw_tlb iotlb;
	struct hw_prq prq;
	struct hw_iq iq;
	void (*prq_irq)(void *data);
	void *irq_data;
};

/* hw_endpoint.c */

/**
 * struct hw_wait - a DMA that waits for the answer to its group
 * @done: completed when @status is there
 * @status: of enum mock_iommu_dma_status
 * @resets: how often the endpoint was reset when the DMA began
 * @index: group index
 */
struct hw_wait {
	struct completion done;
	u32 status;
	u32 resets;
	u32 index;
};

/**
 * struct hw_group - what an endpoint knows of one page request group index
 * @requests: sent and not answered; 0 if the index is free
 * @whole: last pages among them; more than 1 only for a broken endpoint
 * @dma: sent by the DMA engine, else from outside
 * @wait: who waits for the answer
 */
struct hw_group {
	u32 requests;
	u32 whole;
	bool dma;
	struct hw_wait *wait;
};

/**
 * struct hw_log - answers to page requests that came from outside
 * @head: number of answers taken out, ever
 * @tail: number of answers put in, ever
 * @lost: answers that found it full since the last reading
 * @entries: the answers
 */
struct hw_log {
	u32 head;
	u32 tail;
	u64 lost;
	struct mock_iommu_response entries[MOCK_IOMMU_RESPONSE_LOG];
};

/**
 * struct hw_endpoint - one endpoint
 * @hw: the IOMMU it is behind
 * @config: what it can do
 * @lock: protects what follows
 * @devtlb: its device TLB, with ATS
 * @wait: for credits, and for the log to fill up
 * @gone: it was unplugged
 * @pri_enabled: it may send page requests
 * @resets: how often it was reset
 * @outstanding: page requests without an answer
 * @next_group: where to look for a free group index
 * @groups: by group index
 * @stats: what it counts; the rest of the fields is filled in when asked for
 * @log: see struct hw_log
 */
struct hw_endpoint {
	struct hw_iommu *hw;
	struct hw_endpoint_config config;
	struct hw_tlb devtlb;
	spinlock_t lock; /* all that follows */
	wait_queue_head_t wait;
	bool gone;
	bool pri_enabled;
	u32 resets;
	u32 outstanding;
	u32 next_group;
	struct hw_group groups[MOCK_IOMMU_MAX_GROUPS];
	struct mock_iommu_endpoint_stats stats;
	struct hw_log log;
};

u32 hw_devtlb_id(bool has_pasid, u32 pasid);
u8 hw_endpoint_translate(struct hw_endpoint *ep,
			 const struct hw_source *source, u64 addr, u32 perm,
			 struct hw_page *page);

/* hw_pri.c */

int hw_pri_ask(struct hw_endpoint *ep, const struct hw_source *source,
	       u64 addr, unsigned int pages, u32 perm, struct hw_wait *wait);
bool hw_pri_cancel(struct hw_endpoint *ep, struct hw_wait *wait);
int hw_pri_wait_credit(struct hw_endpoint *ep, u32 resets);
void hw_pri_answer(struct hw_endpoint *ep,
		   const struct mock_iommu_response *answer);
void hw_pri_abandon(struct hw_endpoint *ep, u32 status, bool forget);

#endif /* MOCK_HW_MODEL_H */
