// SPDX-License-Identifier: GPL-2.0-only
/*
 * The queues that an SMMUv3 fills, when no one empties them: what is lost, what
 * is held, what is answered by the hardware, and how they go on.
 */
#include <stdint.h>
#include <string.h>

#include "event.h"
#include "kselftest_harness.h"

#define ENTRIES MOCK_IOMMU_MIN_EVTQ_ENTRIES
#define PRQ_ENTRIES MOCK_IOMMU_MIN_PRQ_ENTRIES
#define F_TRANSLATION 0x10
#define STORM (100000 / slowdown())

FIXTURE(evtq)
{
	struct bed bed;
	struct event_queue queue;
	struct mock_iommu_iommu_stats stats;
};

FIXTURE_SETUP(evtq)
{
	const struct mock_iommu_iommu_add iommu = {
		.kind = MOCK_IOMMU_KIND_SMMUV3,
		.evtq_entries = ENTRIES,
	};
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, bed_make_behind(bed, &iommu, BED_STALL,
				     &(struct faultq_queue_alloc){}));
	ASSERT_EQ(0, event_queue_make(&self->queue, bed->ctx, bed->dev,
				      FAULTQ_NATIVE_ARM_SMMUV3,
				      (struct faultq_queue_alloc){}));
}

FIXTURE_TEARDOWN(evtq)
{
	event_queue_close(&self->queue);
	bed_free(&self->bed);
}

static int mask(const struct bed *bed, __u32 masked)
{
	return mock_iommu_mask(bed->mock, bed->iommu, masked);
}

static int fault(const struct bed *bed, __u64 addr, __u32 count)
{
	struct mock_iommu_fault fault = {
		.endpoint_id = bed->ep,
		.reason = F_TRANSLATION,
		.perm = MOCK_IOMMU_PERM_READ,
		.addr = addr,
		.count = count,
	};

	return mock_fault(bed->mock, &fault);
}

/* Faults at pages 0 to @nr - 1 */
static int faults(const struct bed *bed, __u32 nr)
{
	int ret = 0;
	__u32 i;

	for (i = 0; i < nr && !ret; i++)
		ret = fault(bed, i * PAGE, 1);
	return ret;
}

/* Returns what is counted in @field of the statistics. */
#define STAT(field)                                                        \
	({                                                                 \
		struct mock_iommu_iommu_stats now_;                        \
		mock_iommu_stats(self->bed.mock, self->bed.iommu, &now_) ? \
			UINT64_MAX :                                       \
			now_.out_##field;                                  \
	})

TEST_F(evtq, overflow)
{
	const struct faultq_ring_header *header = self->queue.ring.header;
	const struct faultq_lost_events *lost;
	struct bed *bed = &self->bed;
	__u32 i;

	ASSERT_EQ(0, mask(bed, 1));
	ASSERT_EQ(0, faults(bed, ENTRIES));
	EXPECT_EQ(0, STAT(fault_overflows));
	ASSERT_EQ(0, faults(bed, 10));
	EXPECT_EQ(ENTRIES + 10, STAT(faults_raised));
	EXPECT_EQ(ENTRIES, STAT(faults_recorded));
	EXPECT_EQ(10, STAT(faults_lost));
	EXPECT_EQ(1, STAT(fault_overflows));
	EXPECT_EQ(0, STAT(faults_handled));
	EXPECT_EQ(0, LOOK(header->arrived));

	ASSERT_EQ(0, mask(bed, 0));
	EXPECT_EQ(ENTRIES, STAT(faults_handled));
	EXPECT_EQ(ENTRIES, LOOK(header->arrived));
	EXPECT_EQ(1, LOOK(header->lost_hardware));
	ASSERT_EQ(ENTRIES + 1, ring_ready(&self->queue.ring));
	for (i = 0; i < ENTRIES; i++)
		EXPECT_EQ(i * PAGE, event_at(&self->queue, i)->addr);
	lost = (const void *)event_at(&self->queue, ENTRIES);
	EXPECT_EQ(FAULTQ_RECORD_LOST, lost->type);
	EXPECT_EQ(FAULTQ_LOST_HARDWARE, lost->cause);
	EXPECT_EQ(ENTRIES, lost->sequence);
	EXPECT_EQ(1, lost->count);
	/* the loss has a number of its own */
	ASSERT_EQ(0, fault(bed, 0, 1));
	ASSERT_EQ(ENTRIES + 2, ring_ready(&self->queue.ring));
	EXPECT_EQ(ENTRIES + 1, event_at(&self->queue, ENTRIES + 1)->sequence);
}

/* One that is not acknowledged would not be told again. */
TEST_F(evtq, overflows_are_acknowledged)
{
	const struct faultq_ring_header *header = self->queue.ring.header;
	struct bed *bed = &self->bed;
	__u32 i;

	for (i = 1; i <= 3; i++) {
		ASSERT_EQ(0, mask(bed, 1));
		ASSERT_EQ(0, faults(bed, ENTRIES + 2));
		EXPECT_EQ(i, STAT(fault_overflows));
		EXPECT_EQ(2 * i, STAT(faults_lost));
		ASSERT_EQ(0, mask(bed, 0));
		EXPECT_EQ(i, LOOK(header->lost_hardware));
		/* and it records as before */
		ASSERT_EQ(0, faults(bed, 1));
		EXPECT_EQ(i * (ENTRIES + 1), LOOK(header->arrived));
		EXPECT_EQ(i * (ENTRIES + 1), STAT(faults_handled));
	}
	EXPECT_EQ(3 * (ENTRIES + 1), LOOK(header->published));
}

struct stormer {
	struct bed *bed;
	int ret;
};

static void *storm(void *data)
{
	struct stormer *stormer = data;

	stormer->ret = fault(stormer->bed, 0, STORM);
	return NULL;
}

/* More than one goes through the queue while another one overflows it. */
TEST_F(evtq, storm)
{
	const struct faultq_ring_header *header = self->queue.ring.header;
	struct stormer stormer = { .bed = &self->bed };
	struct mock_iommu_iommu_stats *stats = &self->stats;
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, storm, &stormer));
	EXPECT_EQ(0, fault(&self->bed, PAGE, STORM));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(0, stormer.ret);
	ASSERT_EQ(0, mock_iommu_stats(self->bed.mock, self->bed.iommu, stats));
	EXPECT_EQ(2 * STORM, stats->out_faults_raised);
	/* a work item may be at the rest */
	EXPECT_TRUE(AWAIT(STAT(faults_handled) == stats->out_faults_recorded));
	ASSERT_EQ(0, mock_iommu_stats(self->bed.mock, self->bed.iommu, stats));
	EXPECT_EQ(stats->out_faults_raised,
		  stats->out_faults_recorded + stats->out_faults_lost);
	EXPECT_LT(0, stats->out_faults_lost);
	EXPECT_EQ(stats->out_faults_recorded, stats->out_faults_handled);
	EXPECT_EQ(0, stats->out_faults_unclaimed);
	EXPECT_EQ(stats->out_faults_recorded, LOOK(header->arrived));
	EXPECT_TRUE(AWAIT(LOOK(header->lost_hardware) ==
			  stats->out_fault_overflows));
	EXPECT_EQ(LOOK(header->arrived),
		  LOOK(header->published) + LOOK(header->lost_full));
}

/* DMAs that are stalled, each at a page of its own */
struct stalled {
	struct dma dma[2 * ENTRIES];
	char buf[2 * ENTRIES];
	unsigned int nr;
};

static int stall(struct stalled *stalled, const struct bed *bed,
		 unsigned int nr)
{
	int ret = 0;

	for (stalled->nr = 0; stalled->nr < nr && !ret; stalled->nr++) {
		struct dma *dma = &stalled->dma[stalled->nr];

		dma_init(dma, bed, MOCK_IOMMU_DMA_READ,
			 &stalled->buf[stalled->nr], 1);
		dma->arg.iova += stalled->nr * PAGE;
		ret = dma_start(dma);
	}
	return ret;
}

/* Returns how many of them ended with @status. */
static unsigned int ended(struct stalled *stalled, int status)
{
	unsigned int i, count = 0;

	for (i = 0; i < stalled->nr; i++)
		count += dma_wait(&stalled->dma[i]) == status;
	return count;
}

static int provide(struct bed *bed, unsigned int pages)
{
	char *mem = pages_alloc(pages);

	if (!mem)
		return -ENOMEM;
	return fq_map(bed->ctx, bed->hwpt, MAP_RW, mem, pages * PAGE, BED_IOVA);
}

/* They are no fault to be lost, and nothing overflows for want of room. */
TEST_F(evtq, stalls_are_held)
{
	struct bed *bed = &self->bed;
	struct stalled stalled;

	ASSERT_EQ(0, mask(bed, 1));
	ASSERT_EQ(0, stall(&stalled, bed, 2 * ENTRIES));
	ASSERT_TRUE(AWAIT(STAT(stalls) == 2 * ENTRIES));
	EXPECT_EQ(0, STAT(faults_lost));
	EXPECT_EQ(0, STAT(fault_overflows));
	EXPECT_EQ(0, LOOK(bed->ring.header->arrived));
	ASSERT_EQ(0, mask(bed, 0));
	ASSERT_EQ(0, ring_wait(&bed->ring, 2 * ENTRIES));
	ASSERT_EQ(0, provide(bed, 2 * ENTRIES));
	ring_answer_all(&bed->ring, FAULTQ_RESPONSE_SUCCESS);
	EXPECT_EQ(2 * ENTRIES, ended(&stalled, MOCK_IOMMU_DMA_OK));
	EXPECT_EQ(2 * ENTRIES, STAT(stalls));
	EXPECT_EQ(0, ring_pending(&bed->ring));
	EXPECT_EQ(0, LOOK(self->queue.ring.header->lost_hardware));
}

/* Faults fill the queue and overflow it; stalls come behind them. */
TEST_F(evtq, stalls_are_held_behind_faults)
{
	const struct faultq_ring_header *header = self->queue.ring.header;
	struct bed *bed = &self->bed;
	struct stalled stalled;

	ASSERT_EQ(0, mask(bed, 1));
	ASSERT_EQ(0, faults(bed, ENTRIES + 3));
	ASSERT_EQ(0, stall(&stalled, bed, 4));
	ASSERT_TRUE(AWAIT(STAT(stalls) == 4));
	EXPECT_EQ(3, STAT(faults_lost));
	ASSERT_EQ(0, mask(bed, 0));
	EXPECT_EQ(ENTRIES, LOOK(header->arrived));
	EXPECT_EQ(1, LOOK(header->lost_hardware));
	ASSERT_EQ(0, ring_wait(&bed->ring, 4));
	ASSERT_EQ(0, provide(bed, 4));
	ring_answer_all(&bed->ring, FAULTQ_RESPONSE_SUCCESS);
	EXPECT_EQ(4, ended(&stalled, MOCK_IOMMU_DMA_OK));
	EXPECT_EQ(3, STAT(faults_lost));
}

/* What is held when its time is over is told to no one any more. */
TEST_F(evtq, held_stalls_end_with_a_reset)
{
	struct bed *bed = &self->bed;
	struct stalled stalled;

	ASSERT_EQ(0, mask(bed, 1));
	ASSERT_EQ(0, faults(bed, ENTRIES));
	ASSERT_EQ(0, stall(&stalled, bed, 4));
	ASSERT_TRUE(AWAIT(STAT(stalls) == 4));
	ASSERT_EQ(0, mock_endpoint_reset(bed->mock, bed->ep));
	EXPECT_EQ(4, ended(&stalled, MOCK_IOMMU_DMA_RESET));
	ASSERT_EQ(0, mask(bed, 0));
	EXPECT_EQ(ENTRIES, LOOK(self->queue.ring.header->arrived));
	EXPECT_EQ(0, LOOK(bed->ring.header->arrived));
	/* the next one is */
	ASSERT_EQ(0, stall(&stalled, bed, 1));
	ASSERT_EQ(0, ring_wait(&bed->ring, 1));
	ASSERT_EQ(0, provide(bed, 1));
	ring_answer_all(&bed->ring, FAULTQ_RESPONSE_SUCCESS);
	EXPECT_EQ(1, ended(&stalled, MOCK_IOMMU_DMA_OK));
}

TEST_F(evtq, detached_with_stalls_held)
{
	struct bed *bed = &self->bed;
	struct stalled stalled;

	ASSERT_EQ(0, mask(bed, 1));
	ASSERT_EQ(0, faults(bed, ENTRIES - 2));
	ASSERT_EQ(0, stall(&stalled, bed, 2 * ENTRIES));
	ASSERT_TRUE(AWAIT(STAT(stalls) == 2 * ENTRIES));
	ASSERT_EQ(0, fq_detach(bed->ctx, bed->dev, NO_PASID));
	EXPECT_EQ(2 * ENTRIES, ended(&stalled, MOCK_IOMMU_DMA_INVALID));
	EXPECT_EQ(0, ring_pending(&bed->ring));
	EXPECT_EQ(0, STAT(faults_lost));
}

TEST_F(evtq, unplugged_with_stalls_held)
{
	struct bed *bed = &self->bed;
	struct stalled stalled;

	ASSERT_EQ(0, mask(bed, 1));
	ASSERT_EQ(0, stall(&stalled, bed, 2 * ENTRIES));
	ASSERT_TRUE(AWAIT(STAT(stalls) == 2 * ENTRIES));
	ASSERT_EQ(0, mock_endpoint_remove(bed->mock, bed->ep));
	EXPECT_EQ(2 * ENTRIES, ended(&stalled, MOCK_IOMMU_DMA_GONE));
	EXPECT_EQ(0, mask(bed, 0));
	EXPECT_EQ(0, ring_pending(&bed->ring));
}

FIXTURE(priq)
{
	struct bed bed;
};

FIXTURE_SETUP(priq)
{
	const struct mock_iommu_iommu_add iommu = {
		.kind = MOCK_IOMMU_KIND_SMMUV3,
		.prq_entries = PRQ_ENTRIES,
	};

	ASSERT_EQ(0, bed_make_behind(&self->bed, &iommu, BED_PRI,
				     &(struct faultq_queue_alloc){
					     .nr_records = 2 * PRQ_ENTRIES,
					     .nr_groups = 2 * PRQ_ENTRIES,
				     }));
}

FIXTURE_TEARDOWN(priq)
{
	bed_free(&self->bed);
}

/* How many of @nr answers that are there now were given by the hardware */
static int automatic(struct bed *bed, int nr)
{
	struct mock_iommu_response responses[MOCK_IOMMU_RESPONSE_LOG];
	int i, count = 0;

	if (mock_answers(bed->mock, bed->ep, responses, MOCK_IOMMU_RESPONSE_LOG,
			 0) != nr)
		return -EPROTO;
	for (i = 0; i < nr; i++)
		count += responses[i].flags == MOCK_IOMMU_RESPONSE_AUTO &&
			 responses[i].code == MOCK_IOMMU_RESPONSE_SUCCESS;
	return count;
}

TEST_F(priq, overflow)
{
	struct bed *bed = &self->bed;
	__u32 i;

	for (i = 1; i <= 3; i++) {
		ASSERT_EQ(0, mask(bed, 1));
		ASSERT_EQ(0, bed_faults(bed, PRQ_ENTRIES));
		EXPECT_EQ(i - 1, STAT(prq_overflows));
		ASSERT_EQ(0, bed_faults(bed, 10));
		EXPECT_EQ(i, STAT(prq_overflows));
		EXPECT_EQ(10 * i, STAT(prq_dropped));
		EXPECT_EQ(PRQ_ENTRIES * i, STAT(prq_written));
		EXPECT_EQ(10, automatic(bed, 10));

		ASSERT_EQ(0, mask(bed, 0));
		ASSERT_EQ(0, ring_wait(&bed->ring, PRQ_ENTRIES));
		EXPECT_EQ(PRQ_ENTRIES * i, STAT(prq_handled));
		ring_answer_all(&bed->ring, FAULTQ_RESPONSE_SUCCESS);
		EXPECT_EQ(PRQ_ENTRIES,
			  bed_answered(bed, PRQ_ENTRIES,
				       MOCK_IOMMU_RESPONSE_SUCCESS));
	}
	EXPECT_EQ(0, STAT(prq_rejected));
}

/* The last page is lost: those before it belong to no later group. */
TEST_F(priq, group_without_its_last_page)
{
	struct mock_iommu_request requests[3] = {
		{ .grpid = 500 },
		{ .grpid = 500, .addr = PAGE },
		{ .grpid = 500,
		  .addr = 2 * PAGE,
		  .flags = MOCK_IOMMU_REQUEST_LAST },
	};
	struct bed *bed = &self->bed;
	unsigned int i;

	for (i = 0; i < 3; i++)
		requests[i].perm = MOCK_IOMMU_PERM_READ;
	ASSERT_EQ(0, mask(bed, 1));
	ASSERT_EQ(0, bed_faults(bed, PRQ_ENTRIES - 2));
	ASSERT_EQ(3, mock_send(bed->mock, bed->ep, requests, 3));
	EXPECT_EQ(1, STAT(prq_dropped));
	EXPECT_EQ(1, automatic(bed, 1));
	ASSERT_EQ(0, mask(bed, 0));
	ASSERT_EQ(0, ring_wait(&bed->ring, PRQ_ENTRIES - 2));
	ring_release(&bed->ring, PRQ_ENTRIES - 2);

	ASSERT_EQ(1, mock_send(bed->mock, bed->ep, &requests[2], 1));
	ASSERT_EQ(0, ring_wait(&bed->ring, 1));
	EXPECT_EQ(1, ring_ready(&bed->ring));
	EXPECT_EQ(2 * PAGE, ring_at(&bed->ring, 0)->addr);
	EXPECT_TRUE(ring_at(&bed->ring, 0)->flags &
		    FAULTQ_PAGE_REQUEST_LAST_PAGE);
	ring_answer_all(&bed->ring, FAULTQ_RESPONSE_SUCCESS);
	EXPECT_EQ(1, bed_answered(bed, 1, MOCK_IOMMU_RESPONSE_SUCCESS));
}

TEST_HARNESS_MAIN
