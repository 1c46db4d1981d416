/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hardware model of VT-d, private to hw_vtd_*.c.
 *
 * Lock order, outer first: hw_vtd_iq.lock, then what hw_model.h says, with
 * hw_vtd_prq.lock and hw_vtd_faults.lock as the locks of page requests and
 * faults. FECTL, the fault recording registers, and FSTS but for clearing IQE,
 * ICE and ITE, may be accessed in hard interrupt context.
 */
#ifndef MOCK_HW_VTD_H
#define MOCK_HW_VTD_H

#include <linux/irq_work.h>

#include "hw_model.h"
#include "vtd.h"

/* CAP.FRO, in bytes: where the fault recording registers begin */
#define HW_VTD_FRCD 0x200

/**
 * struct hw_vtd_prq - page request queue and its interrupt
 * @lock: protects what follows
 * @pqa: queue address register
 * @entries: slots of the queue, 0 before software gave one
 * @head: first slot that software has not taken
 * @tail: next slot to be written
 * @prs: status register, read without @lock too
 * @masked: PECTL.IM
 * @pending: PECTL.IP: an interrupt waits to be sent
 * @written: descriptors written
 * @dropped: requests that found no room
 * @overflows: times that PRS.PRO was set
 * @interrupts: interrupts sent
 */
struct hw_vtd_prq {
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

/**
 * struct hw_vtd_iq - invalidation queue
 * @lock: protects what follows
 * @iqa: queue address register
 * @entries: slots of the queue
 * @head: next slot to be executed
 * @tail: first slot that software has not filled
 * @status: FSTS.IQE, ITE, ICE, read without @lock too. With IQE or ITE nothing
 *	is fetched
 * @iqer: error record register
 * @late: RID whose answer to a device TLB invalidation is still waited for; 0
 *	for none
 * @executed: descriptors executed
 * @invalidations: those of them that invalidate something
 * @errors: times that a bit of @status was set
 */
struct hw_vtd_iq {
	struct mutex lock; /* all that follows */
	u64 iqa;
	u32 entries;
	u32 head;
	u32 tail;
	u64 status;
	u64 iqer;
	u16 late;
	u64 executed;
	u64 invalidations;
	u64 errors;
};

/**
 * struct hw_vtd_faults - fault recording registers and the fault event
 * @lock: protects what follows, but for @count and @irq
 * @count: how many registers there are
 * @next: the one for the next fault
 * @first: FSTS.FRI
 * @unfetched: how many have F set; FSTS.PPF is set while there are any
 * @overflow: FSTS.PFO
 * @masked: FECTL.IM
 * @pending: FECTL.IP: an interrupt waits to be sent
 * @raised: faults so far
 * @recorded: of those, in a register
 * @overflows: times that FSTS.PFO was set
 * @irq: the interrupt
 * @records: the registers
 */
struct hw_vtd_faults {
	raw_spinlock_t lock; /* what follows, but count and irq */
	u32 count;
	u32 next;
	u32 first;
	u32 unfetched;
	bool overflow;
	bool masked;
	bool pending;
	u64 raised;
	u64 recorded;
	u64 overflows;
	struct irq_work irq;
	struct vtd_frcd *records;
};

/**
 * struct hw_vtd - a VT-d IOMMU
 * @hw: what all kinds have
 * @no_sid: a version whose error record register reads as 0
 * @rtaddr: root table address register
 * @prq: page request queue
 * @iq: invalidation queue
 * @faults: fault recording registers
 */
struct hw_vtd {
	struct hw_iommu hw;
	bool no_sid;
	u64 rtaddr;
	struct hw_vtd_prq prq;
	struct hw_vtd_iq iq;
	struct hw_vtd_faults faults;
};

static inline struct hw_vtd *to_hw_vtd(struct hw_iommu *hw)
{
	return container_of(hw, struct hw_vtd, hw);
}

/* hw_vtd_translate.c: from a source of requests to its tables */

u8 hw_vtd_translate(struct hw_iommu *hw, const struct hw_source *source,
		    bool ats, const struct hw_request *request,
		    struct hw_page *page, struct hw_fault *fault);
u8 hw_vtd_page_request(struct hw_iommu *hw, u16 rid, struct hw_fault *fault);
bool hw_vtd_recoverable(u8 reason);

/* hw_vtd_prq.c: the page request queue */

bool hw_vtd_prq_put(struct hw_iommu *hw, u16 rid,
		    const struct mock_iommu_request *request, u32 *code);
void hw_vtd_prq_raise(struct hw_vtd *vtd);
u64 hw_vtd_prq_read(struct hw_vtd *vtd, unsigned int reg);
void hw_vtd_prq_write(struct hw_vtd *vtd, unsigned int reg, u64 value);

/* hw_vtd_inv.c: the invalidation queue */

u64 hw_vtd_iq_read(struct hw_vtd *vtd, unsigned int reg);
void hw_vtd_iq_write(struct hw_vtd *vtd, unsigned int reg, u64 value);

/* hw_vtd_fault.c: fault recording */

int hw_vtd_fault_init(struct hw_vtd *vtd, u32 count);
void hw_vtd_fault_free(struct hw_vtd *vtd);
void hw_vtd_fault_record(struct hw_iommu *hw, const struct hw_source *source,
			 bool ats, const struct hw_request *request, u8 reason,
			 const struct hw_fault *fault);
void hw_vtd_fault_record_request(struct hw_vtd *vtd, u16 rid,
				 const struct mock_iommu_request *message,
				 u8 reason, const struct hw_fault *fault);
u64 hw_vtd_fault_status(struct hw_vtd *vtd);
u64 hw_vtd_fault_read(struct hw_vtd *vtd, unsigned int reg);
void hw_vtd_fault_write(struct hw_vtd *vtd, unsigned int reg, u64 value);
void hw_vtd_fault_raise(struct hw_vtd *vtd);
void hw_vtd_fault_stats(struct hw_vtd *vtd,
			struct mock_iommu_iommu_stats *stats);

#endif /* MOCK_HW_VTD_H */
