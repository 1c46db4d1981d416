/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hardware model as its driver and as the control device see it. The
 * driver has the registers, the interrupts and the memory that it programmed
 * into them, as with real hardware. The rest is the endpoint's side of the bus
 * and is for the control device alone.
 */
#ifndef MOCK_HW_H
#define MOCK_HW_H

#include <linux/bits.h>
#include <linux/mock_iommu.h>
#include <linux/types.h>

struct hw_endpoint;
struct hw_iommu;
struct hw_kind;

/* What all kinds translate: pages of 4 KiB to addresses of up to 52 bits */
#define HW_PAGE_SHIFT 12
#define HW_PAGE_SIZE BIT_ULL(HW_PAGE_SHIFT)
#define HW_PAGE_MASK GENMASK_ULL(63, 12)
#define HW_PHYS_ADDR GENMASK_ULL(51, 12)

/* hw_iommu.c: the IOMMU */

/**
 * enum hw_irq - the interrupts of an IOMMU
 * @HW_IRQ_PRI: page requests are in their queue
 * @HW_IRQ_FAULT: translation faults, or stalled transactions, are recorded
 * @HW_IRQ_ERROR: a queue stopped
 */
enum hw_irq {
	HW_IRQ_PRI,
	HW_IRQ_FAULT,
	HW_IRQ_ERROR,
};

/**
 * struct hw_config - what an IOMMU is made with
 * @id: what tracepoints call it
 * @no_sid: VT-d: its error record register reads as 0
 * @fault_records: VT-d: number of its fault recording registers
 * @irq: where its interrupts go. The context is that of whoever raises one,
 *	which may sleep, but for HW_IRQ_FAULT of VT-d: hard interrupt
 * @irq_data: argument of @irq
 */
struct hw_config {
	u32 id;
	bool no_sid;
	u32 fault_records;
	void (*irq)(void *data, enum hw_irq irq);
	void *irq_data;
};

extern const struct hw_kind hw_vtd_kind;
extern const struct hw_kind hw_smmu_kind;

struct hw_iommu *hw_iommu_create(const struct hw_kind *kind,
				 const struct hw_config *config);
void hw_iommu_destroy(struct hw_iommu *hw);
u64 hw_read(struct hw_iommu *hw, unsigned int reg);
void hw_write(struct hw_iommu *hw, unsigned int reg, u64 value);
void hw_raise(struct hw_iommu *hw);
void hw_iommu_stats(struct hw_iommu *hw, struct mock_iommu_iommu_stats *stats);

/* hw_smmu_vcmdq.c: virtual command queues of an SMMUv3 */

struct hw_vintf;

/**
 * struct hw_vintf_config - the virtual command queues of a guest
 * @ste: words 2 and 3 of a stream table entry: the guest's VMID, and the stage 2
 *	by which its memory is found
 * @regs: a page for their registers, all 0, see enum faultq_vcmdq_register; the
 *	guest writes it at any time
 * @error: a queue stopped: @map has a bit for each that is stopped. Called by
 *	hw_vintf_ring(), with no lock held
 * @data: argument of @error
 */
struct hw_vintf_config {
	u64 ste[2];
	void *regs;
	void (*error)(void *data, const u64 *map);
	void *data;
};

struct hw_vintf *hw_vintf_create(struct hw_iommu *hw,
				 const struct hw_vintf_config *config);
void hw_vintf_destroy(struct hw_vintf *vintf);
int hw_vintf_map_sid(struct hw_vintf *vintf, u32 vsid, u32 sid);
void hw_vintf_unmap_sid(struct hw_vintf *vintf, u32 vsid);
void hw_vcmdq_add(struct hw_vintf *vintf, u32 index, u64 base, u64 length);
void hw_vcmdq_remove(struct hw_vintf *vintf, u32 index);
bool hw_vintf_ring(struct hw_vintf *vintf);

/* hw_endpoint.c: endpoints */

/**
 * struct hw_endpoint_config - what an endpoint can do
 * @rid: requester id
 * @pasid_bits: width of its PASIDs
 * @credits: page requests it may have outstanding
 * @ats: has a device TLB
 * @pri: sends page requests
 * @stall: its transactions may be stalled
 */
struct hw_endpoint_config {
	u16 rid;
	u8 pasid_bits;
	u32 credits;
	bool ats;
	bool pri;
	bool stall;
};

struct hw_endpoint *hw_endpoint_plug(struct hw_iommu *hw,
				     const struct hw_endpoint_config *config);
void hw_endpoint_unplug(struct hw_endpoint *ep);
void hw_endpoint_free(struct hw_endpoint *ep);
void hw_endpoint_reset(struct hw_endpoint *ep);
void hw_endpoint_misbehave(struct hw_endpoint *ep, u32 what, u32 nth,
			   u32 count);
void hw_endpoint_stats(struct hw_endpoint *ep,
		       struct mock_iommu_endpoint_stats *stats);

/* hw_pri.c: page requests from outside, and their answers */

int hw_pri_send(struct hw_endpoint *ep, struct mock_iommu_request *requests,
		unsigned int count, bool force);
int hw_pri_read_log(struct hw_endpoint *ep,
		    struct mock_iommu_response *responses, unsigned int count,
		    u32 timeout_ms, u64 *lost);

/* hw_dma.c: the DMA engine */

int hw_dma_run(struct hw_endpoint *ep, struct mock_iommu_dma *arg);
int hw_dma_fault(struct hw_endpoint *ep, struct mock_iommu_fault *arg);

#endif /* MOCK_HW_H */
