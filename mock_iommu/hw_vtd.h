/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hardware model of VT-d, private to hw_vtd_*.c.
 *
 * Lock order, outer first: hw_vtd_iq.lock, then what hw_model.h says, with
 * hw_vtd_prq.lock as the lock of page requests.
 */
#ifndef MOCK_HW_VTD_H
#define MOCK_HW_VTD_H

#include "hw_model.h"
#include "vtd.h"

/**
 * struct hw_vtd_prq - page request queue and its interrupt
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
 * @status: FSTS.IQE, ITE, ICE. With IQE or ITE nothing is fetched
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
 * struct hw_vtd - a VT-d IOMMU
 * @hw: what all kinds have
 * @no_sid: a version that does not tell whom an error is about
 * @rtaddr: root table address register
 * @prq: page request queue
 * @iq: invalidation queue
 */
struct hw_vtd {
	struct hw_iommu hw;
	bool no_sid;
	u64 rtaddr;
	struct hw_vtd_prq prq;
	struct hw_vtd_iq iq;
};

static inline struct hw_vtd *to_hw_vtd(struct hw_iommu *hw)
{
	return container_of(hw, struct hw_vtd, hw);
}

/* hw_vtd_translate.c: from a source of requests to its tables */

u8 hw_vtd_translate(struct hw_iommu *hw, const struct hw_source *source,
		    bool ats, const struct hw_request *request,
		    struct hw_page *page, struct hw_fault *fault);
bool hw_vtd_recoverable(u8 reason);

/* hw_vtd_prq.c: the page request queue */

bool hw_vtd_prq_put(struct hw_iommu *hw, u16 rid,
		    const struct mock_iommu_request *request);
void hw_vtd_prq_raise(struct hw_vtd *vtd);
u64 hw_vtd_prq_read(struct hw_vtd *vtd, unsigned int reg);
void hw_vtd_prq_write(struct hw_vtd *vtd, unsigned int reg, u64 value);

/* hw_vtd_inv.c: the invalidation queue */

u64 hw_vtd_iq_read(struct hw_vtd *vtd, unsigned int reg);
void hw_vtd_iq_write(struct hw_vtd *vtd, unsigned int reg, u64 value);

#endif /* MOCK_HW_VTD_H */
