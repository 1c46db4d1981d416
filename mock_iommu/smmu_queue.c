// SPDX-License-Identifier: GPL-2.0-only
/*
 * Queues that the hardware fills: what the event queue and the page request
 * queue have in common (SMMUv3 3.5, 7.2, 8.2).
 *
 * All of this is under mock_iommu.lock.
 */
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/log2.h>
#include <linux/mm.h>

#include "smmu_iommu.h"

static unsigned int smmu_queue_order(const struct smmu_queue *queue)
{
	return get_order(queue->entries << queue->shift);
}

/* The caller has filled in what it is. Return: 0 or -ENOMEM. */
int smmu_queue_init(struct smmu_queue *queue, unsigned int base_reg)
{
	queue->base = (void *)__get_free_pages(GFP_KERNEL_ACCOUNT | __GFP_ZERO,
					       smmu_queue_order(queue));
	if (!queue->base)
		return -ENOMEM;
	hw_write(queue->smmu->iommu.hw, base_reg,
		 virt_to_phys(queue->base) | FIELD_PREP(SMMU_Q_BASE_LOG2SIZE,
							ilog2(queue->entries)));
	return 0;
}

void smmu_queue_free(struct smmu_queue *queue)
{
	if (queue->base)
		free_pages((unsigned long)queue->base, smmu_queue_order(queue));
}

static bool smmu_queue_empty(const struct smmu_queue *queue, u32 prod)
{
	return !((prod ^ queue->cons) & (2 * queue->entries - 1));
}

static void smmu_queue_advance(struct smmu_queue *queue)
{
	u32 mask = 2 * queue->entries - 1;

	queue->cons = (queue->cons & SMMU_Q_OVERFLOW) |
		      ((queue->cons + 1) & mask);
	hw_write(queue->smmu->iommu.hw, queue->cons_reg, queue->cons);
}

/**
 * smmu_queue_take() - empty a queue
 * @queue: the queue
 * @handle: called for each record
 *
 * A slot is given back before its record is handled, so that there is as much
 * room as can be. PROD is read until it does not move any more: no interrupt
 * comes for what is added to a queue that was not empty.
 *
 * Return: whether records were lost meanwhile, or before.
 */
bool smmu_queue_take(struct smmu_queue *queue,
		     void (*handle)(struct smmu *smmu, const void *record))
{
	u8 record[sizeof(struct smmu_event)] __aligned(8);
	size_t size = BIT(queue->shift);
	u32 prod;

	lockdep_assert_held(&queue->smmu->iommu.lock);
	for (;;) {
		prod = hw_read(queue->smmu->iommu.hw, queue->prod_reg);
		if (smmu_queue_empty(queue, prod))
			break;
		dma_rmb(); /* the record is there before PROD tells so */
		memcpy(record,
		       queue->base +
			       (queue->cons & (queue->entries - 1)) * size,
		       size);
		smmu_queue_advance(queue);
		handle(queue->smmu, record);
	}
	return (prod ^ queue->cons) & SMMU_Q_OVERFLOW;
}

/* Acknowledges the overflow that smmu_queue_take() told of. */
void smmu_queue_recover(struct smmu_queue *queue)
{
	queue->cons ^= SMMU_Q_OVERFLOW;
	hw_write(queue->smmu->iommu.hw, queue->cons_reg, queue->cons);
}
