/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hardware model as its driver and as the control device see it. The
 * driver has the registers, the interrupt and the memory that it programmed
 * into them, as with real hardware. The rest is the endpoint's side of the bus
 * and is for the control device alone.
 */
#ifndef MOCK_HW_H
#define MOCK_HW_H

#include <linux/mock_iommu.h>
#include <linux/types.h>

struct hw_endpoint;
struct hw_iommu;

/* hw_regs.c: the IOMMU */

struct hw_iommu *hw_iommu_create(u32 id, bool no_sid,
				 void (*prq_irq)(void *data), void *data);
void hw_iommu_destroy(struct hw_iommu *hw);
u64 hw_read(struct hw_iommu *hw, unsigned int reg);
void hw_write(struct hw_iommu *hw, unsigned int reg, u64 value);
void hw_iommu_stats(struct hw_iommu *hw, struct mock_iommu_iommu_stats *stats);

/* hw_endpoint.c: endpoints */

/**
 * struct hw_endpoint_config - what an endpoint can do
 * @rid: requester id
 * @pasid_bits: width of its PASIDs
 * @credits: page requests it may have outstanding
 * @ats: has a device TLB
 * @pri: sends page requests
 */
struct hw_endpoint_config {
	u16 rid;
	u8 pasid_bits;
	u32 credits;
	bool ats;
	bool pri;
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

#endif /* MOCK_HW_H */
