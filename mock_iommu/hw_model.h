/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hardware model, private to hw_*.c. It knows registers, memory and
 * endpoints; it knows nothing of the kernel's IOMMU core. What is common to
 * all kinds of IOMMU is here; what a kind adds is in hw_vtd.h and so on.
 *
 * Lock order, outer first:
 *
 *   the kind's lock under which invalidations are taken from a queue
 *     hw_iommu.access	held for reading by an access, see below
 *       hw_endpoint.lock
 *         the kind's locks of what it writes: page requests, faults
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

/* hw_memory.c: physical memory */

int hw_mem_read(u64 addr, void *data, size_t len);
int hw_mem_write(u64 addr, const void *data, size_t len);
int hw_mem_read_entry(u64 addr, u64 *entry);
int hw_mem_update_entry(u64 addr, u64 *entry, u64 value);

/* hw_tlb.c: the IOTLB and the device TLBs */

#define HW_PERM_R BIT(0)
#define HW_PERM_W BIT(1)
#define HW_PERM_X BIT(2)

#define HW_TLB_ANY U32_MAX

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
 * @first: the same for the first stage, with what is enabled of it; 0 without
 * @addr: IOVA of a 4 KiB page
 * @id: domain id in the IOTLB; source of the request in a device TLB
 * @pasid: PASID of a first-stage translation, else 0
 * @priv: for requests in supervisor mode
 */
struct hw_tlb_key {
	u64 root;
	u64 first;
	u64 addr;
	u32 id;
	u32 pasid;
	bool priv;
};

/**
 * struct hw_tlb_scope - what is to be dropped
 * @id: as in &struct hw_tlb_key, or HW_TLB_ANY
 * @pasid: the same
 * @first: first address
 * @last: last address
 */
struct hw_tlb_scope {
	u32 id;
	u32 pasid;
	u64 first;
	u64 last;
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
void hw_tlb_drop(struct hw_tlb *tlb, const struct hw_tlb_scope *scope);
void hw_tlb_drop_all(struct hw_tlb *tlb);

/* hw_walk.c: page tables */

struct hw_table;

/**
 * struct hw_request - what is to be translated
 * @addr: input address
 * @perm: HW_PERM_*, that are needed
 * @priv: in supervisor mode
 */
struct hw_request {
	u64 addr;
	u32 perm;
	bool priv;
};

/**
 * struct hw_fault - where a translation failed
 * @stage: 1 or 2; 0: before any page table
 * @on_walk: stage 2 failed, for an entry of stage 1; else for the page
 * @on_context: stage 2 failed, for a context descriptor of SMMUv3
 * @silent: it is not to be recorded
 * @merge: its record may be merged with a similar one
 * @stall: the transaction may be stalled for it
 * @addr: what the stage was to translate
 * @fetch_addr: physical address of a table that is not in memory
 */
struct hw_fault {
	u32 stage;
	bool on_walk;
	bool on_context;
	bool silent;
	bool merge;
	bool stall;
	u64 addr;
	u64 fetch_addr;
};

/**
 * struct hw_format - one page table format
 * @stage: which stage has it
 * @canonical: input addresses are sign extended from the width
 * @present: an entry with none of these bits set leads nowhere
 * @last: bits that an entry of the last level must have, to lead anywhere
 * @large: bits that tell a leaf above the last level from a table
 * @large_value: what these are in a leaf
 * @large_levels: bit N set: level N may have leaves (the last level is 1)
 * @large_ignored: bits below the address of such a leaf that may be set
 * @reserved: bits that must be 0 in every entry
 * @accessed: bits that are set in every entry that is used
 * @dirty: bits that are set in a leaf by a write
 * @grant: what a leaf grants, by itself and by the bits that are set in all and
 *	in any of the entries above it; 0 or a fault reason if the request needs
 *	more
 * @not_present: fault reason for missing entries
 * @bad_entry: fault reason for a table that is not in memory
 * @bad_root: fault reason for a root that is not
 * @bad_large: fault reason for a leaf at a level that has none
 * @bad_bits: fault reason for reserved bits
 * @bad_input: fault reason for an input address beyond the width
 * @bad_mark: fault reason if stage 2 does not let @accessed or @dirty be set
 * @table_reason: what a failure of stage 2 is called when its aim was an entry
 *	of this stage's tables, at the root or below; NULL: what it is anyway
 */
struct hw_format {
	u8 stage;
	bool canonical;
	u64 present;
	u64 last;
	u64 large;
	u64 large_value;
	u32 large_levels;
	u64 large_ignored;
	u64 reserved;
	u64 accessed;
	u64 dirty;
	u8 (*grant)(const struct hw_table *table,
		    const struct hw_request *request, u64 leaf, u64 all,
		    u64 any, u32 *granted);
	u8 not_present;
	u8 bad_entry;
	u8 bad_root;
	u8 bad_large;
	u8 bad_bits;
	u8 bad_input;
	u8 bad_mark;
	u8 (*table_reason)(bool root, u8 reason);
};

/**
 * struct hw_table - a page table to be walked
 * @format: format of its entries
 * @root: address, physical or as @second has it
 * @levels: 3 to 5, for input addresses of 39, 48 or 57 bits
 * @reserved: further bits that must be 0
 * @accessed: further bits that are set in every entry that is used
 * @write_protect: what is read-only is so to a supervisor
 * @no_access_fault: an access flag that is clear does not matter
 * @second: second stage, which translates the addresses of its entries and what
 *	it leads to; NULL if these are physical. Has none itself
 */
struct hw_table {
	const struct hw_format *format;
	u64 root;
	unsigned int levels;
	u64 reserved;
	u64 accessed;
	bool write_protect;
	bool no_access_fault;
	const struct hw_table *second;
};

u8 hw_walk(const struct hw_table *table, const struct hw_request *request,
	   struct hw_page *page, struct hw_fault *fault);

/* hw_iommu.c */

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

struct hw_wait;

/**
 * struct hw_kind - what one kind of IOMMU does in its own way
 * @bad_memory: fault reason for a page that is mapped and is no memory
 * @create: make an IOMMU as it is after power-on, all but what &struct hw_iommu
 *	has; NULL without memory
 * @destroy: undo @create; its endpoints are freed
 * @read: read a register; may sleep
 * @write: write one; may sleep, and consume a queue before it returns
 * @translate: what becomes of an address: 0 with @page filled in, or a fault
 *	reason with what is known of it in @fault, which was all 0. @ats: it is a
 *	translation request and not an access. Called with &hw_iommu.access held
 *	for reading
 * @recoverable: a page request, or a stall, may help against this reason
 * @request: write a page request into the queue. False if there is no room, or
 *	the IOMMU blocks it: then its group, if it is the last of that, is answered
 *	@code. The interrupt that may be due is sent by @raise. Called with
 *	&hw_iommu.access held for reading
 * @record: record a fault that no one will repair. @ats: of a translation
 *	request. Called in process context, perhaps with &hw_iommu.access held
 *	for reading, and any number of times at once
 * @stall: hold a transaction that failed for a reason that is recoverable, with
 *	&hw_fault.stall set, and tell of it by @raise. Called, and returns, as
 *	hw_pri_ask(), for endpoints with &hw_endpoint_config.stall. NULL, as the
 *	next three: nothing is stalled
 * @stall_cancel: wait no longer, as hw_pri_cancel()
 * @stall_wait: wait until it makes sense to call @stall again, as
 *	hw_pri_wait_credit()
 * @stall_abandon: end all that is stalled of an endpoint, with this status. Its
 *	lock is held
 * @raise: send the interrupts that are due; handlers have run when it returns.
 *	The caller holds no lock
 * @stats: fill in what is not counted by &struct hw_iommu
 *
 * Fault reasons are the codes of the kind's specification, never 0.
 */
struct hw_kind {
	u8 bad_memory;
	struct hw_iommu *(*create)(const struct hw_config *config);
	void (*destroy)(struct hw_iommu *hw);
	u64 (*read)(struct hw_iommu *hw, unsigned int reg);
	void (*write)(struct hw_iommu *hw, unsigned int reg, u64 value);
	u8 (*translate)(struct hw_iommu *hw, const struct hw_source *source,
			bool ats, const struct hw_request *request,
			struct hw_page *page, struct hw_fault *fault);
	bool (*recoverable)(u8 reason);
	bool (*request)(struct hw_iommu *hw, u16 rid,
			const struct mock_iommu_request *request, u32 *code);
	void (*record)(struct hw_iommu *hw, const struct hw_source *source,
		       bool ats, const struct hw_request *request, u8 reason,
		       const struct hw_fault *fault);
	int (*stall)(struct hw_endpoint *ep, const struct hw_source *source,
		     const struct hw_request *request, u8 reason,
		     const struct hw_fault *fault, struct hw_wait *wait);
	bool (*stall_cancel)(struct hw_endpoint *ep, struct hw_wait *wait);
	int (*stall_wait)(struct hw_endpoint *ep, u32 resets);
	void (*stall_abandon)(struct hw_endpoint *ep, u32 status);
	void (*raise)(struct hw_iommu *hw);
	void (*stats)(struct hw_iommu *hw,
		      struct mock_iommu_iommu_stats *stats);
};

/**
 * struct hw_iommu - what every IOMMU has; each kind's own structure has it
 * @kind: what it is
 * @id: what tracepoints call it
 * @access: see above
 * @endpoints: by RID; read under RCU
 * @iotlb: translations by domain id
 * @irq: where interrupts go
 * @irq_data: argument of @irq
 */
struct hw_iommu {
	const struct hw_kind *kind;
	u32 id;
	struct rw_semaphore access;
	struct xarray endpoints;
	struct hw_tlb iotlb;
	void (*irq)(void *data, enum hw_irq irq);
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

#define HW_MISBEHAVIOURS (MOCK_IOMMU_INV_BAD_DESCRIPTOR + 1)

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
 * struct hw_misbehaviour - when an endpoint goes wrong in one way
 * @skip: occasions at which it still does not
 * @count: occasions after these at which it does
 */
struct hw_misbehaviour {
	u32 skip;
	u32 count;
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
 * @misbehaviours: by enum mock_iommu_misbehaviour
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
	struct hw_misbehaviour misbehaviours[HW_MISBEHAVIOURS];
};

/**
 * enum hw_completion - how an invalidation of a device TLB ended
 * @HW_COMPLETION_OK: it is done
 * @HW_COMPLETION_DAMAGED: what asks for it cannot be understood
 * @HW_COMPLETION_LATE: the endpoint does not answer
 * @HW_COMPLETION_WRONG: it answers wrongly
 *
 * Whatever it is, what was to be dropped is dropped.
 */
enum hw_completion {
	HW_COMPLETION_OK,
	HW_COMPLETION_DAMAGED,
	HW_COMPLETION_LATE,
	HW_COMPLETION_WRONG,
};

u32 hw_devtlb_id(bool has_pasid, u32 pasid);
enum hw_completion hw_devtlb_drop(struct hw_iommu *hw, u16 rid,
				  const struct hw_tlb_scope *scope);
u8 hw_endpoint_translate(struct hw_endpoint *ep, const struct hw_source *source,
			 const struct hw_request *request, struct hw_page *page,
			 struct hw_fault *fault);

/* hw_pri.c */

int hw_pri_ask(struct hw_endpoint *ep, const struct hw_source *source,
	       const struct hw_request *request, unsigned int pages,
	       struct hw_wait *wait);
bool hw_pri_cancel(struct hw_endpoint *ep, struct hw_wait *wait);
int hw_pri_wait_credit(struct hw_endpoint *ep, u32 resets);
void hw_pri_answer(struct hw_endpoint *ep,
		   const struct mock_iommu_response *answer);
void hw_pri_abandon(struct hw_endpoint *ep, u32 status, bool forget);

#endif /* MOCK_HW_MODEL_H */
