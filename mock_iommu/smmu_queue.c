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
	mock_poll_exit(&queue->poll);
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

static void smmu_queue_handle(struct smmu_queue *queue)
{
	u8 record[sizeof(struct smmu_event)] __aligned(8);
	size_t size = BIT(queue->shift);

	memcpy(record,
	       queue->base + (queue->cons & (queue->entries - 1)) * size, size);
	smmu_queue_advance(queue);
	queue->handle(queue->smmu, record);
}

/*
 * All that was in the queue when PROD was read is handled: report the overflow
 * that PROD signalled, acknowledge it, and read PROD anew. Returns false if there
 * is nothing to do.
 */
static bool smmu_queue_refill(struct smmu_queue *queue)
{
	struct hw_iommu *hw = queue->smmu->iommu.hw;

	if ((queue->prod ^ queue->cons) & SMMU_Q_OVERFLOW) {
		queue->lost(queue->smmu);
		queue->cons ^= SMMU_Q_OVERFLOW;
		hw_write(hw, queue->cons_reg, queue->cons);
	}
	queue->prod = hw_read(hw, queue->prod_reg);
	dma_rmb(); /* PROD is read before the records that it covers */
	return queue->prod != queue->cons;
}

/**
 * smmu_queue_take() - handle records of a queue
 * @queue: the queue
 * @budget: how many at most; an overflow counts as one
 *
 * A slot is given back before its record is handled, so that there is as much
 * room as can be. PROD is read until it does not move any more: no interrupt
 * comes for what is added to a queue that was not empty.
 *
 * Return: how many were handled; fewer than @budget if the queue is empty, and
 * no overflow is unacknowledged.
 */
unsigned int smmu_queue_take(struct smmu_queue *queue, unsigned int budget)
{
	unsigned int nr;

	lockdep_assert_held(&queue->smmu->iommu.lock);
	for (nr = 0; nr < budget; nr++) {
		if (smmu_queue_empty(queue, queue->prod) &&
		    !smmu_queue_refill(queue))
			break;
		/* there may be nothing but an overflow */
		if (!smmu_queue_empty(queue, queue->prod))
			smmu_queue_handle(queue);
	}
	return nr;
}
