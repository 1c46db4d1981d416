// SPDX-License-Identifier: GPL-2.0-only
/*
 * What endpoints of the mock do.
 */
#include <stdint.h>

#include "bed.h"
#include "event.h"
#include "kselftest_harness.h"
#include "sweep.h"
#include "variant.h"

FIXTURE(traffic)
{
	struct sweep sweep;
	struct bed bed;
	char *mem;
	char *buf;
};

FIXTURE_VARIANT(traffic)
{
	__u32 kind;
};

FIXTURE_VARIANT_ADD(traffic, vtd) VALUES(.kind = MOCK_IOMMU_KIND_VTD);

FIXTURE_VARIANT_ADD(traffic, smmuv3) VALUES(.kind = MOCK_IOMMU_KIND_SMMUV3);

FIXTURE_SETUP(traffic)
{
	struct bed *bed = &self->bed;

	self->mem = pages_alloc(4);
	self->buf = pages_alloc(4);
	ASSERT_TRUE(self->mem && self->buf);
	ASSERT_EQ(0, bed_make_kind(bed, variant->kind, BED_PRI,
				   &(struct faultq_queue_alloc){}));
	ASSERT_EQ(0, fq_map(bed->ctx, bed->hwpt, MAP_RW, self->mem, 4 * PAGE,
			    BED_IOVA));
}

FIXTURE_TEARDOWN(traffic)
{
	bed_free(&self->bed);
	EXPECT_EQ(0, self->sweep.errors);
}

static int dma(const struct bed *bed, __u32 op, char *buf)
{
	struct mock_iommu_dma dma = {
		.endpoint_id = bed->ep,
		.op = op,
		.iova = BED_IOVA,
		.length = 2 * PAGE,
	};
	int ret;

	if (op == MOCK_IOMMU_DMA_COPY)
		dma.dst_iova = BED_IOVA + 2 * PAGE;
	else
		dma.buf = (uintptr_t)buf;
	ret = mock_dma(bed->mock, &dma);
	return ret ? ret : (int)dma.out_status;
}

TEST_F(traffic, dma)
{
	struct sweep *sweep = &self->sweep;
	struct bed *bed = &self->bed;

	SWEEP(sweep)
	{
		STEP(sweep, dma(bed, MOCK_IOMMU_DMA_WRITE, self->buf));
		STEP(sweep, dma(bed, MOCK_IOMMU_DMA_COPY, NULL));
		STEP(sweep, dma(bed, MOCK_IOMMU_DMA_READ, self->buf));
		STEP(sweep, dma(bed, MOCK_IOMMU_DMA_COMPARE, self->buf));
	}
}

TEST_F(traffic, misbehaviour)
{
	struct sweep *sweep = &self->sweep;
	struct bed *bed = &self->bed;

	SWEEP(sweep)
	{
		STEP(sweep, mock_misbehave(bed->mock, bed->ep,
					   MOCK_IOMMU_INV_TIMEOUT, 1, 1));
		STEP(sweep, mock_misbehave(bed->mock, bed->ep,
					   MOCK_IOMMU_INV_TIMEOUT, 1, 0));
		STEP(sweep, mock_queue_error(bed->mock, bed->ep,
					     MOCK_IOMMU_INV_TIMEOUT));
		STEP(sweep, mock_queue_error(bed->mock, bed->ep,
					     MOCK_IOMMU_INV_BAD_COMPLETION));
		STEP(sweep, mock_queue_error(bed->mock, bed->ep,
					     MOCK_IOMMU_INV_BAD_DESCRIPTOR));
	}
}

TEST_F(traffic, fault)
{
	SWEEP(&self->sweep)
	STEP(&self->sweep, bed_event(&self->bed, NO_PASID, 3));
}

TEST_HARNESS_MAIN
