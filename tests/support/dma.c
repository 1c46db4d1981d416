// SPDX-License-Identifier: GPL-2.0-only
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "bed.h"

void dma_init(struct dma *dma, const struct bed *bed, __u32 op, void *buf,
	      __u64 length)
{
	memset(dma, 0, sizeof(*dma));
	dma->mock = bed->mock;
	dma->arg.endpoint_id = bed->ep;
	dma->arg.op = op;
	dma->arg.iova = BED_IOVA;
	dma->arg.buf = (uintptr_t)buf;
	dma->arg.length = length;
}

void dma_pasid(struct dma *dma, __u32 pasid)
{
	dma->arg.flags |= MOCK_IOMMU_DMA_PASID;
	dma->arg.pasid = pasid;
}

/* Returns how the DMA ended, or -errno. */
int dma_run(struct dma *dma)
{
	dma->ret = mock_dma(dma->mock, &dma->arg);
	return dma->ret ? dma->ret : (int)dma->arg.out_status;
}

static void *dma_thread(void *dma)
{
	dma_run(dma);
	return NULL;
}

int dma_start(struct dma *dma)
{
	return -pthread_create(&dma->thread, NULL, dma_thread, dma);
}

/* Returns how it ended, -ETIMEDOUT if it did not. */
int dma_wait(struct dma *dma)
{
	int ret = join_in_time(dma->thread);

	if (ret)
		return ret;
	return dma->ret ? dma->ret : (int)dma->arg.out_status;
}

/* A DMA at BED_IOVA by the RID that needs no one's help */
int bed_dma(const struct bed *bed, __u32 op, void *buf, __u64 length)
{
	struct dma dma;

	dma_init(&dma, bed, op, buf, length);
	return dma_run(&dma);
}
