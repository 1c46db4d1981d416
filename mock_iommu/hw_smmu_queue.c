// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the event queue and the page request queue have in common (3.5): a
 * circular queue in memory that the hardware writes and software reads.
 */
#include "hw_smmu.h"
#include "mock_trace.h"

/* The bits of an index; its wrap bit is the one above. */
u32 hw_smmu_q_mask(u64 base)
{
	return BIT(min_t(u32, FIELD_GET(SMMU_Q_BASE_LOG2SIZE, base),
			 SMMU_Q_MAX_LOG2SIZE)) -
	       1;
}

static bool hw_smmu_q_empty(const struct hw_smmu_queue *q)
{
	u32 mask = hw_smmu_q_mask(q->base);

	return !((q->prod ^ q->cons) & (mask | (mask + 1)));
}

static bool hw_smmu_q_full(const struct hw_smmu_queue *q)
{
	u32 mask = hw_smmu_q_mask(q->base);

	return ((q->prod ^ q->cons) & (mask | (mask + 1))) == mask + 1;
}

static bool hw_smmu_q_overflowed(const struct hw_smmu_queue *q)
{
	return (q->prod ^ q->cons) & SMMU_Q_OVERFLOW;
}

/* An interrupt is due when the queue was empty, not while it is not. */
static void hw_smmu_q_advance(struct hw_smmu_queue *q)
{
	u32 mask = hw_smmu_q_mask(q->base);

	lockdep_assert_held(&q->lock);
	if (hw_smmu_q_empty(q))
		q->pending = true;
	q->prod = (q->prod & SMMU_Q_OVERFLOW) |
		  ((q->prod + 1) & (mask | (mask + 1)));
	q->written++;
}

/**
 * hw_smmu_q_put() - write a record into the queue
 * @smmu: the SMMU
 * @q: one of its queues
 * @record: what to write
 *
 * The interrupt that may be due is sent by hw_smmu_q_raise(). Memory that cannot
 * be written is a global error, and nothing is written while it is active.
 *
 * Return: false if there is no room, or no queue.
 */
bool hw_smmu_q_put(struct hw_smmu *smmu, struct hw_smmu_queue *q,
		   const void *record)
{
	u32 mask = hw_smmu_q_mask(q->base);
	bool done = false;
	u64 slot;

	spin_lock(&q->lock);
	if (!q->enabled || hw_smmu_error_active(smmu, q->error) ||
	    hw_smmu_q_full(q) || (q->strict && hw_smmu_q_overflowed(q)))
		goto out;
	slot = (q->base & SMMU_Q_BASE_ADDR) + (u64)(q->prod & mask) * q->size;
	done = !hw_mem_write(slot, record, q->size);
	if (done)
		hw_smmu_q_advance(q);
	else
		hw_smmu_error(smmu, q->error);
out:
	spin_unlock(&q->lock);
	return done;
}

/**
 * hw_smmu_q_last() - read the newest record that software has not taken
 * @q: one of the queues
 * @record: where to put it
 *
 * Return: false if the queue is empty, or its memory cannot be read.
 */
bool hw_smmu_q_last(struct hw_smmu_queue *q, void *record)
{
	u32 mask = hw_smmu_q_mask(q->base);
	bool done = false;
	u64 slot;

	spin_lock(&q->lock);
	if (q->enabled && !hw_smmu_q_empty(q)) {
		slot = (q->base & SMMU_Q_BASE_ADDR) +
		       (u64)((q->prod - 1) & mask) * q->size;
		done = !hw_mem_read(slot, record, q->size);
	}
	spin_unlock(&q->lock);
	return done;
}

/**
 * hw_smmu_q_lose() - a record found no room
 * @smmu: the SMMU
 * @q: one of its queues
 *
 * The overflow is signalled once and again after software acknowledged it.
 */
void hw_smmu_q_lose(struct hw_smmu *smmu, struct hw_smmu_queue *q)
{
	spin_lock(&q->lock);
	q->dropped++;
	if (q->enabled && !hw_smmu_q_overflowed(q)) {
		q->prod ^= SMMU_Q_OVERFLOW;
		q->overflows++;
		q->pending = true;
		trace_mock_overflow(smmu->hw.id, q->cons, q->prod);
	}
	spin_unlock(&q->lock);
}

/* Sends the interrupt if one is due and enabled. Runs the handler. */
void hw_smmu_q_raise(struct hw_smmu *smmu, struct hw_smmu_queue *q)
{
	bool send;

	spin_lock(&q->lock);
	send = q->pending && q->irq_enabled;
	if (send) {
		q->pending = false;
		q->interrupts++;
	}
	spin_unlock(&q->lock);
	if (send)
		smmu->hw.irq(smmu->hw.irq_data, q->irq);
}

void hw_smmu_q_enable(struct hw_smmu_queue *q, bool enabled)
{
	spin_lock(&q->lock);
	q->enabled = enabled;
	spin_unlock(&q->lock);
}

void hw_smmu_q_enable_irq(struct hw_smmu_queue *q, bool enabled)
{
	spin_lock(&q->lock);
	WRITE_ONCE(q->irq_enabled, enabled);
	spin_unlock(&q->lock);
}

u64 hw_smmu_q_read(struct hw_smmu_queue *q, enum hw_smmu_q_reg reg)
{
	u64 value;

	spin_lock(&q->lock);
	if (reg == HW_SMMU_Q_BASE)
		value = q->base;
	else
		value = reg == HW_SMMU_Q_PROD ? q->prod : q->cons;
	spin_unlock(&q->lock);
	return value;
}

/*
 * Base and PROD belong to software only while the queue is disabled. No
 * interrupt comes from here: software that writes CONS is in its handler, and
 * reads PROD behind it.
 */
void hw_smmu_q_write(struct hw_smmu_queue *q, enum hw_smmu_q_reg reg, u64 value)
{
	spin_lock(&q->lock);
	if (reg == HW_SMMU_Q_CONS)
		q->cons = value;
	else if (!q->enabled && reg == HW_SMMU_Q_PROD)
		q->prod = value;
	else if (!q->enabled)
		q->base = value;
	spin_unlock(&q->lock);
}

void hw_smmu_q_init(struct hw_smmu_queue *q, enum hw_irq irq, u32 error,
		    u32 size, bool strict)
{
	spin_lock_init(&q->lock);
	q->irq = irq;
	q->error = error;
	q->size = size;
	q->strict = strict;
}
