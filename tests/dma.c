// SPDX-License-Identifier: GPL-2.0-only
/*
 * The whole way with real data: nothing is mapped in advance, every page
 * faults, is served through the ring, and what arrives is right bit for bit.
 */
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "bed.h"
#include "kselftest_harness.h"
#include "variant.h"

#define NR_PAGES 256
#define LENGTH (NR_PAGES * PAGE)

FIXTURE(dma)
{
	struct bed bed;
	struct space space;
	struct pager pager;
	char *buf;
};

FIXTURE_VARIANT(dma)
{
	__u32 kind; /* of the IOMMU */
	__u32 records;
	__u32 groups;
};

FIXTURE_VARIANT_ADD(dma, large_ring)
VALUES(.kind = MOCK_IOMMU_KIND_VTD, .records = 256, .groups = 256);

/* Groups of more than one page wait for room again and again. */
FIXTURE_VARIANT_ADD(dma, small_ring)
VALUES(.kind = MOCK_IOMMU_KIND_VTD, .records = 8, .groups = 64);

FIXTURE_VARIANT_ADD(dma, smmuv3)
VALUES(.kind = MOCK_IOMMU_KIND_SMMUV3, .records = 8, .groups = 64);

static void fill_random(char *mem, size_t length, unsigned int seed)
{
	size_t i;

	srandom(seed);
	for (i = 0; i < length; i += sizeof(__u32))
		*(__u32 *)(mem + i) = random();
}

static int space_make(struct space *space, const struct bed *bed, __u32 hwpt,
		      size_t pages)
{
	*space = (struct space){
		.ctx = bed->ctx,
		.hwpt = hwpt,
		.iova = BED_IOVA,
		.mem = pages_alloc(pages),
		.length = pages * PAGE,
		.flags = MAP_RW,
	};
	fill_random(space->mem, space->length, hwpt);
	return space->mem ? 0 : -ENOMEM;
}

FIXTURE_SETUP(dma)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, bed_make_kind(bed, variant->kind, BED_PRI,
				   &(struct faultq_queue_alloc){
					   .nr_records = variant->records,
					   .nr_groups = variant->groups,
				   }));
	self->buf = pages_alloc(NR_PAGES);
	ASSERT_NE(NULL, self->buf);
	ASSERT_EQ(0, space_make(&self->space, bed, bed->hwpt, NR_PAGES));
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, bed->hwpt, NO_PASID,
			       (uintptr_t)&self->space));
	ASSERT_EQ(0, pager_start(&self->pager, &bed->ring));
}

/* Whatever happened, nothing was lost or refused. */
FIXTURE_TEARDOWN(dma)
{
	const struct faultq_ring_header *header = self->bed.ring.header;

	pager_stop(&self->pager);
	EXPECT_EQ(0, self->pager.failed);
	EXPECT_EQ(self->pager.groups, LOOK(header->answered));
	EXPECT_EQ(self->pager.groups, LOOK(header->arrived));
	EXPECT_EQ(0, LOOK(header->refused));
	EXPECT_EQ(0, LOOK(header->bad_responses));
	EXPECT_EQ(0, LOOK(header->bad_indices));
	bed_free(&self->bed);
}

TEST_F(dma, read)
{
	struct dma dma;

	dma_init(&dma, &self->bed, MOCK_IOMMU_DMA_READ, self->buf, LENGTH);
	ASSERT_EQ(MOCK_IOMMU_DMA_OK, dma_run(&dma));
	EXPECT_EQ(0, memcmp(self->buf, self->space.mem, LENGTH));
	EXPECT_EQ(LENGTH, dma.arg.out_done);
	EXPECT_EQ(NR_PAGES, dma.arg.out_page_requests);
	EXPECT_EQ(NR_PAGES, self->pager.groups);

	/* by now all is mapped */
	ASSERT_EQ(MOCK_IOMMU_DMA_OK, dma_run(&dma));
	EXPECT_EQ(0, dma.arg.out_page_requests);
}

TEST_F(dma, write_then_read)
{
	char *back = pages_alloc(NR_PAGES);

	fill_random(self->buf, LENGTH, 99);
	ASSERT_EQ(MOCK_IOMMU_DMA_OK,
		  bed_dma(&self->bed, MOCK_IOMMU_DMA_WRITE, self->buf, LENGTH));
	EXPECT_EQ(0, memcmp(self->buf, self->space.mem, LENGTH));
	ASSERT_EQ(MOCK_IOMMU_DMA_OK,
		  bed_dma(&self->bed, MOCK_IOMMU_DMA_READ, back, LENGTH));
	EXPECT_EQ(0, memcmp(self->buf, back, LENGTH));
	EXPECT_EQ(NR_PAGES, self->pager.groups);
}

/* Neither begins nor ends at a page */
TEST_F(dma, unaligned)
{
	struct dma dma;

	dma_init(&dma, &self->bed, MOCK_IOMMU_DMA_READ, self->buf, 3 * PAGE);
	dma.arg.iova += PAGE - 100;
	ASSERT_EQ(MOCK_IOMMU_DMA_OK, dma_run(&dma));
	EXPECT_EQ(0, memcmp(self->buf, self->space.mem + PAGE - 100, 3 * PAGE));
	EXPECT_EQ(4, dma.arg.out_page_requests);
}

TEST_F(dma, groups_of_several_pages)
{
	struct dma dma;

	dma_init(&dma, &self->bed, MOCK_IOMMU_DMA_READ, self->buf, LENGTH);
	dma.arg.group_pages = 8;
	ASSERT_EQ(MOCK_IOMMU_DMA_OK, dma_run(&dma));
	EXPECT_EQ(0, memcmp(self->buf, self->space.mem, LENGTH));
	EXPECT_EQ(NR_PAGES, dma.arg.out_page_requests);
	EXPECT_EQ(NR_PAGES / 8, dma.arg.out_groups);
	EXPECT_EQ(NR_PAGES / 8, self->pager.groups);
}

#define NR_THREADS 8

static void part_init(struct dma *dma, const struct bed *bed, char *buf, int i)
{
	const size_t part = LENGTH / NR_THREADS;

	dma_init(dma, bed, MOCK_IOMMU_DMA_READ, buf + i * part, part);
	dma->arg.iova += i * part;
	dma->arg.group_pages = 1 + i;
}

TEST_F(dma, many_at_a_time)
{
	struct dma dmas[NR_THREADS];
	int i;

	for (i = 0; i < NR_THREADS; i++) {
		part_init(&dmas[i], &self->bed, self->buf, i);
		ASSERT_EQ(0, dma_start(&dmas[i]));
	}
	for (i = 0; i < NR_THREADS; i++)
		EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_wait(&dmas[i]));
	EXPECT_EQ(0, memcmp(self->buf, self->space.mem, LENGTH));
}

/* The same addresses in two address spaces at a time */
TEST_F(dma, two_pasids)
{
	struct bed *bed = &self->bed;
	struct space spaces[2];
	struct dma dmas[2];
	int i, hwpt;

	for (i = 0; i < 2; i++) {
		hwpt = fq_hwpt(bed->ctx, bed->dev, bed->queue);
		ASSERT_LT(0, hwpt);
		ASSERT_EQ(0, space_make(&spaces[i], bed, hwpt, NR_PAGES / 2));
		ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, hwpt, 100 + i,
				       (uintptr_t)&spaces[i]));
		dma_init(&dmas[i], bed, MOCK_IOMMU_DMA_READ,
			 self->buf + i * LENGTH / 2, LENGTH / 2);
		dma_pasid(&dmas[i], 100 + i);
		ASSERT_EQ(0, dma_start(&dmas[i]));
	}
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_wait(&dmas[i]));
		EXPECT_EQ(0, memcmp(self->buf + i * LENGTH / 2, spaces[i].mem,
				    LENGTH / 2));
	}
	EXPECT_NE(0, memcmp(spaces[0].mem, spaces[1].mem, LENGTH / 2));
}

/* From one PASID to another: reads fault here, writes there. */
TEST_F(dma, copy_between_pasids)
{
	struct bed *bed = &self->bed;
	struct space target;
	struct dma dma;
	int hwpt = fq_hwpt(bed->ctx, bed->dev, bed->queue);

	ASSERT_LT(0, hwpt);
	ASSERT_EQ(0, space_make(&target, bed, hwpt, NR_PAGES));
	ASSERT_EQ(0,
		  fq_attach(bed->ctx, bed->dev, hwpt, 5, (uintptr_t)&target));
	dma_init(&dma, bed, MOCK_IOMMU_DMA_COPY, NULL, LENGTH);
	dma.arg.flags = MOCK_IOMMU_DMA_DST_PASID;
	dma.arg.dst_pasid = 5;
	dma.arg.dst_iova = BED_IOVA;
	dma.arg.group_pages = 4;
	ASSERT_EQ(MOCK_IOMMU_DMA_OK, dma_run(&dma));
	EXPECT_EQ(0, memcmp(target.mem, self->space.mem, LENGTH));
	EXPECT_EQ(2 * NR_PAGES, dma.arg.out_page_requests);
}

/* The pager says yes, but the page that it mapped may only be read. */
TEST_F(dma, write_to_read_only_makes_no_progress)
{
	struct dma dma;

	self->space.flags = MAP_RO;
	memcpy(self->buf, self->space.mem, LENGTH);
	dma_init(&dma, &self->bed, MOCK_IOMMU_DMA_WRITE, self->buf, 2 * PAGE);
	dma.arg.max_retries = 3;
	self->buf[0]++;
	EXPECT_EQ(MOCK_IOMMU_DMA_NO_PROGRESS, dma_run(&dma));
	EXPECT_EQ(MOCK_IOMMU_PERM_WRITE, dma.arg.out_perm);
	EXPECT_EQ(BED_IOVA, dma.arg.out_fault_iova);
	EXPECT_EQ(0, dma.arg.out_done);
	EXPECT_NE(self->buf[0], self->space.mem[0]);
}

TEST(beyond_what_the_pager_has)
{
	struct space space;
	struct pager pager;
	struct bed bed;
	struct dma dma;
	char *buf = pages_alloc(8);

	ASSERT_EQ(0, bed_make(&bed, &(struct faultq_queue_alloc){}));
	ASSERT_EQ(0, space_make(&space, &bed, bed.hwpt, 4));
	ASSERT_EQ(0, fq_attach(bed.ctx, bed.dev, bed.hwpt, NO_PASID,
			       (uintptr_t)&space));
	ASSERT_EQ(0, pager_start(&pager, &bed.ring));
	dma_init(&dma, &bed, MOCK_IOMMU_DMA_READ, buf, 8 * PAGE);
	EXPECT_EQ(MOCK_IOMMU_DMA_INVALID, dma_run(&dma));
	EXPECT_EQ(4 * PAGE, dma.arg.out_done);
	EXPECT_EQ(BED_IOVA + 4 * PAGE, dma.arg.out_fault_iova);
	EXPECT_EQ(MOCK_IOMMU_PERM_READ, dma.arg.out_perm);
	EXPECT_EQ(0, memcmp(buf, space.mem, 4 * PAGE));
	pager_stop(&pager);
	EXPECT_EQ(1, pager.failed);
	bed_free(&bed);
}

TEST(four_megabytes)
{
	const size_t length = 4 << 20;
	char *buf = pages_alloc(length / PAGE);
	struct space space;
	struct pager pager;
	struct bed bed;

	ASSERT_EQ(0, bed_make(&bed, &(struct faultq_queue_alloc){}));
	ASSERT_EQ(0, space_make(&space, &bed, bed.hwpt, length / PAGE));
	ASSERT_EQ(0, fq_attach(bed.ctx, bed.dev, bed.hwpt, NO_PASID,
			       (uintptr_t)&space));
	ASSERT_EQ(0, pager_start(&pager, &bed.ring));
	EXPECT_EQ(MOCK_IOMMU_DMA_OK,
		  bed_dma(&bed, MOCK_IOMMU_DMA_READ, buf, length));
	EXPECT_EQ(0, memcmp(buf, space.mem, length));
	pager_stop(&pager);
	EXPECT_EQ(length / PAGE, pager.groups);
	bed_free(&bed);
}

static __u64 overflows(const struct bed *bed)
{
	struct mock_iommu_iommu_stats stats;

	if (mock_iommu_stats(bed->mock, bed->iommu, &stats))
		return 0;
	return stats.out_prq_overflows;
}

FIXTURE(small)
{
	struct bed bed;
	struct space space;
	struct pager pager;
	char *buf;
};

FIXTURE_VARIANT(small)
{
	__u32 kind; /* of the IOMMU, whose page request queue is small */
};

FIXTURE_VARIANT_ADD(small, vtd)
VALUES(.kind = MOCK_IOMMU_KIND_VTD);

FIXTURE_VARIANT_ADD(small, smmuv3)
VALUES(.kind = MOCK_IOMMU_KIND_SMMUV3);

FIXTURE_SETUP(small)
{
	const struct mock_iommu_iommu_add iommu = {
		.kind = variant->kind,
		.prq_entries = MOCK_IOMMU_MIN_PRQ_ENTRIES,
	};
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, bed_make_behind(bed, &iommu, BED_PRI,
				     &(struct faultq_queue_alloc){}));
	self->buf = pages_alloc(NR_PAGES);
	ASSERT_NE(NULL, self->buf);
	ASSERT_EQ(0, space_make(&self->space, bed, bed->hwpt, NR_PAGES));
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, bed->hwpt, NO_PASID,
			       (uintptr_t)&self->space));
	ASSERT_EQ(0, pager_start(&self->pager, &bed->ring));
}

FIXTURE_TEARDOWN(small)
{
	pager_stop(&self->pager);
	EXPECT_EQ(0, self->pager.failed);
	bed_free(&self->bed);
}

/*
 * The page request queue overflows in the midst of groups. What it lost is
 * asked for again, and the data is right.
 */
TEST_F(small, page_request_queue_overflows)
{
	struct bed *bed = &self->bed;
	struct dma dmas[NR_THREADS];
	int i;

	ASSERT_EQ(0, mock_iommu_mask(bed->mock, bed->iommu, 1));
	for (i = 0; i < NR_THREADS; i++) {
		part_init(&dmas[i], bed, self->buf, i);
		dmas[i].arg.group_pages = NR_PAGES / NR_THREADS;
		dmas[i].arg.max_retries = UINT32_MAX;
		ASSERT_EQ(0, dma_start(&dmas[i]));
	}
	EXPECT_TRUE(AWAIT(overflows(bed)));
	ASSERT_EQ(0, mock_iommu_mask(bed->mock, bed->iommu, 0));
	for (i = 0; i < NR_THREADS; i++)
		EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_wait(&dmas[i]));
	EXPECT_EQ(0, memcmp(self->buf, self->space.mem, LENGTH));
}

/* Memory whose page at the device is taken away again and again while it works */
/*
 * An endpoint that may not ask for more: it has no credit left, or the SMMUv3
 * no STAG. Signals ended the DMAs that it asked for; they are unanswered.
 */
FIXTURE(room)
{
	struct bed bed;
	struct dma dma;
	timer_t timer;
	char *mem;
	char *buf;
};

FIXTURE_VARIANT(room)
{
	__u32 kind; /* of the IOMMU */
	__u32 flags; /* of the endpoint */
	__u32 nr; /* of groups for which there is room */
};

FIXTURE_VARIANT_ADD(room, credits)
VALUES(.kind = MOCK_IOMMU_KIND_VTD, .flags = BED_PRI, .nr = BED_CREDITS);

FIXTURE_VARIANT_ADD(room, stags)
VALUES(.kind = MOCK_IOMMU_KIND_SMMUV3, .flags = BED_STALL, .nr = 1024);

static void on_signal(int signal)
{
}

/* Every millisecond, until the timer is deleted */
static int interrupt(timer_t *timer)
{
	const struct sigaction action = { .sa_handler = on_signal };
	const struct itimerspec often = {
		.it_value.tv_nsec = 1000000,
		.it_interval.tv_nsec = 1000000,
	};
	struct sigevent event = {
		.sigev_notify = SIGEV_SIGNAL,
		.sigev_signo = SIGUSR1,
	};

	if (sigaction(SIGUSR1, &action, NULL) ||
	    timer_create(CLOCK_MONOTONIC, &event, timer) ||
	    timer_settime(*timer, 0, &often, NULL))
		return -errno;
	return 0;
}

FIXTURE_SETUP(room)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, bed_make_kind(bed, variant->kind, variant->flags,
				   &(struct faultq_queue_alloc){
					   .nr_records = 2048,
					   .nr_groups = 2048,
				   }));
	self->mem = pages_alloc(1);
	self->buf = pages_alloc(1);
	ASSERT_TRUE(self->mem && self->buf);
	memset(self->mem, 'm', PAGE);
	dma_init(&self->dma, bed, MOCK_IOMMU_DMA_READ, self->buf, PAGE);
	ASSERT_EQ(0, interrupt(&self->timer));
	while (ring_pending(&bed->ring) < variant->nr)
		ASSERT_EQ(MOCK_IOMMU_DMA_INTERRUPTED, dma_run(&self->dma));
	EXPECT_EQ(MOCK_IOMMU_DMA_INTERRUPTED, dma_run(&self->dma));
	EXPECT_EQ(0, self->dma.arg.out_page_requests);
	ASSERT_EQ(0, timer_delete(self->timer));
}

FIXTURE_TEARDOWN(room)
{
	bed_free(&self->bed);
}

/* Answers to what no one waits for any more make room for what waits. */
TEST_F_TIMEOUT(room, is_made_by_answers, 60)
{
	struct bed *bed = &self->bed;
	__u32 i;

	ASSERT_EQ(0, dma_start(&self->dma));
	ASSERT_EQ(0, fq_map(bed->ctx, bed->hwpt, MAP_RW, self->mem, PAGE,
			    BED_IOVA));
	for (i = 0; i < variant->nr; i++)
		ASSERT_EQ(1, ring_answer(&bed->ring, ring_take(&bed->ring),
					 FAULTQ_RESPONSE_SUCCESS));
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_wait(&self->dma));
	EXPECT_EQ(0, memcmp(self->mem, self->buf, PAGE));
}

/* What waits for room ends with its endpoint. */
TEST_F_TIMEOUT(room, is_not_waited_for_after_a_reset, 60)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, dma_start(&self->dma));
	usleep(20000);
	ASSERT_EQ(0, mock_endpoint_reset(bed->mock, bed->ep));
	ASSERT_EQ(0, fq_destroy(bed->ctx, bed->dev));
	/* of the endpoint without a domain if the thread was slow to start */
	EXPECT_TRUE(dma_wait(&self->dma) == MOCK_IOMMU_DMA_RESET ||
		    self->dma.arg.out_status == MOCK_IOMMU_DMA_BLOCKED);
}

TEST_F_TIMEOUT(room, is_not_waited_for_after_removal, 60)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, dma_start(&self->dma));
	usleep(20000);
	ASSERT_EQ(0, mock_endpoint_remove(bed->mock, bed->ep));
	/* ENOENT if the thread was slow to start */
	EXPECT_TRUE(dma_wait(&self->dma) == MOCK_IOMMU_DMA_GONE ||
		    self->dma.ret == -ENOENT);
}

TEST(pages_come_and_go)
{
	const size_t length = 64 * PAGE;
	char *buf = pages_alloc(64);
	struct space space;
	struct pager pager;
	struct bed bed;
	struct dma dma;
	__u64 all;

	ASSERT_EQ(0, bed_make(&bed, &(struct faultq_queue_alloc){}));
	ASSERT_EQ(0, space_make(&space, &bed, bed.hwpt, 64));
	ASSERT_EQ(0, fq_attach(bed.ctx, bed.dev, bed.hwpt, NO_PASID,
			       (uintptr_t)&space));
	ASSERT_EQ(0, pager_start(&pager, &bed.ring));
	dma_init(&dma, &bed, MOCK_IOMMU_DMA_READ, buf, length);
	dma.arg.max_retries = 1000;
	ASSERT_EQ(0, dma_start(&dma));
	while (LOOK(bed.ring.header->answered) < 64) {
		all = UINT64_MAX;
		fq_unmap(bed.ctx, bed.hwpt, 0, &all);
	}
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_wait(&dma));
	EXPECT_EQ(0, memcmp(buf, space.mem, length));
	pager_stop(&pager);
	bed_free(&bed);
}

TEST_HARNESS_MAIN
