// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mock's translation against mappings that are there or not: formats,
 * widths, caches and their invalidation, and what kinds of endpoints make of a
 * missing page. No one serves faults here.
 */
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#include "bed.h"
#include "kselftest_harness.h"

#define ATS MOCK_IOMMU_ENDPOINT_ATS
#define PRI MOCK_IOMMU_ENDPOINT_PRI
#define HUGE (2UL << 20)
#define IOVA 0x40000000ULL

/* VT-d fault reasons */
#define NOT_MAPPED 0x79
#define BEYOND_WIDTH 0x84

/* An HWPT without a QUEUE on the RID of an endpoint; a page of memory */
FIXTURE(translate)
{
	struct bed bed;
	__u32 hwpt;
	char *page;
	char *buf;
};

FIXTURE_SETUP(translate)
{
	struct bed *bed = &self->bed;
	int hwpt;

	ASSERT_EQ(0, bed_make(bed, &(struct faultq_queue_alloc){}));
	hwpt = fq_hwpt_plain(bed->ctx, bed->dev);
	ASSERT_LT(0, hwpt);
	self->hwpt = hwpt;
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, hwpt, NO_PASID, 0));
	self->page = pages_alloc(1);
	self->buf = pages_alloc(1);
	memset(self->page, 'p', PAGE);
}

FIXTURE_TEARDOWN(translate)
{
	bed_free(&self->bed);
}

static int map_at(const struct bed *bed, __u32 hwpt, char *mem, __u64 iova)
{
	return fq_map(bed->ctx, hwpt, MAP_RW, mem, PAGE, iova);
}

static int unmap_at(const struct bed *bed, __u32 hwpt, __u64 iova)
{
	__u64 length = PAGE;

	return fq_unmap(bed->ctx, hwpt, iova, &length);
}

static int dma_at(const struct bed *bed, __u32 op, char *buf, __u64 iova,
		  struct dma *dma)
{
	dma_init(dma, bed, op, buf, PAGE);
	dma->arg.iova = iova;
	return dma_run(dma);
}

/* How the mock's other kinds of endpoints fare: a new one, on @hwpt */
static int move_to(struct bed *bed, __u32 hwpt, __u32 flags)
{
	struct mock_iommu_endpoint_add add = { .flags = flags };
	int dev = bind_new(bed->mock, bed->ctx, &add);

	if (dev < 0)
		return dev;
	bed->ep = add.out_endpoint_id;
	return fq_attach(bed->ctx, dev, hwpt, NO_PASID, 0);
}

TEST_F(translate, first_and_last_page)
{
	static const __u64 iovas[] = { 0, (1ULL << 47), (1ULL << 48) - PAGE };
	struct bed *bed = &self->bed;
	struct dma dma;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(iovas); i++) {
		ASSERT_EQ(0, map_at(bed, self->hwpt, self->page, iovas[i]));
		memset(self->buf, 0, PAGE);
		EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_at(bed, MOCK_IOMMU_DMA_READ,
						    self->buf, iovas[i], &dma));
		EXPECT_EQ(0, memcmp(self->buf, self->page, PAGE));
	}
}

TEST_F(translate, beyond_the_width)
{
	struct dma dma;

	EXPECT_EQ(MOCK_IOMMU_DMA_BLOCKED,
		  dma_at(&self->bed, MOCK_IOMMU_DMA_READ, self->buf, 1ULL << 48,
			 &dma));
	EXPECT_EQ(BEYOND_WIDTH, dma.arg.out_reason);
	EXPECT_EQ(0, dma.arg.out_page_requests);
}

/* Contiguous memory is mapped by large pages, if the kernel gives us some. */
TEST_F(translate, large_pages)
{
	char *mem = mmap(NULL, 3 * HUGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const struct bed *bed = &self->bed;
	char *back = pages_alloc(2 * HUGE / PAGE);
	__u64 length = 2 * HUGE;
	struct dma dma;
	size_t i;

	ASSERT_NE(MAP_FAILED, mem);
	mem = (char *)(((uintptr_t)mem + HUGE - 1) & ~(HUGE - 1));
	madvise(mem, 2 * HUGE, MADV_HUGEPAGE);
	for (i = 0; i < 2 * HUGE; i++)
		mem[i] = i * 7 + i / PAGE;
	ASSERT_EQ(0, fq_map(bed->ctx, self->hwpt, MAP_RW, mem, length, IOVA));

	dma_init(&dma, bed, MOCK_IOMMU_DMA_READ, back, length);
	dma.arg.iova = IOVA;
	ASSERT_EQ(MOCK_IOMMU_DMA_OK, dma_run(&dma));
	EXPECT_EQ(0, memcmp(back, mem, length));

	ASSERT_EQ(0, fq_unmap(bed->ctx, self->hwpt, IOVA, &length));
	EXPECT_EQ(2 * HUGE, length);
	EXPECT_EQ(MOCK_IOMMU_DMA_INVALID, dma_run(&dma));
	/* small pages where the large ones were */
	ASSERT_EQ(0, map_at(bed, self->hwpt, self->page, IOVA + PAGE));
	EXPECT_EQ(MOCK_IOMMU_DMA_OK,
		  dma_at(bed, MOCK_IOMMU_DMA_READ, back, IOVA + PAGE, &dma));
	EXPECT_EQ(0, memcmp(back, self->page, PAGE));
}

TEST_F(translate, compare_tells_where)
{
	struct dma dma;

	ASSERT_EQ(0, map_at(&self->bed, self->hwpt, self->page, IOVA));
	memcpy(self->buf, self->page, PAGE);
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_at(&self->bed, MOCK_IOMMU_DMA_COMPARE,
					    self->buf, IOVA, &dma));
	self->buf[1234] ^= 1;
	EXPECT_EQ(MOCK_IOMMU_DMA_MISMATCH,
		  dma_at(&self->bed, MOCK_IOMMU_DMA_COMPARE, self->buf, IOVA,
			 &dma));
	EXPECT_EQ(1234, dma.arg.out_done);
}

/* Caches: hit while mapped, never after the unmap has returned */

TEST_F(translate, device_tlb)
{
	struct mock_iommu_endpoint_stats before, after;
	const struct bed *bed = &self->bed;
	struct dma dma;

	ASSERT_EQ(0, map_at(bed, self->hwpt, self->page, IOVA));
	ASSERT_EQ(MOCK_IOMMU_DMA_OK,
		  dma_at(bed, MOCK_IOMMU_DMA_READ, self->buf, IOVA, &dma));
	ASSERT_EQ(0, mock_endpoint_stats(bed->mock, bed->ep, &before));
	ASSERT_EQ(MOCK_IOMMU_DMA_OK,
		  dma_at(bed, MOCK_IOMMU_DMA_READ, self->buf, IOVA, &dma));
	ASSERT_EQ(0, mock_endpoint_stats(bed->mock, bed->ep, &after));
	EXPECT_EQ(before.out_devtlb_hits + 1, after.out_devtlb_hits);
	EXPECT_EQ(before.out_devtlb_misses, after.out_devtlb_misses);
}

TEST_F(translate, unmapped_page_is_gone_from_all_caches)
{
	const struct bed *bed = &self->bed;
	char *other = pages_alloc(1);
	struct dma dma;

	memset(other, 'o', PAGE);
	ASSERT_EQ(0, map_at(bed, self->hwpt, self->page, IOVA));
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, self->hwpt, 7, 0));
	dma_init(&dma, bed, MOCK_IOMMU_DMA_READ, self->buf, PAGE);
	dma.arg.iova = IOVA;
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_run(&dma));
	dma_pasid(&dma, 7);
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_run(&dma));
	dma_pasid(&dma, 0);
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_run(&dma));

	/* without PASID, with PASID 0, and with another */
	ASSERT_EQ(0, unmap_at(bed, self->hwpt, IOVA));
	EXPECT_EQ(MOCK_IOMMU_DMA_INVALID, dma_run(&dma));
	dma_pasid(&dma, 7);
	EXPECT_EQ(MOCK_IOMMU_DMA_INVALID, dma_run(&dma));
	EXPECT_EQ(MOCK_IOMMU_DMA_INVALID,
		  dma_at(bed, MOCK_IOMMU_DMA_READ, self->buf, IOVA, &dma));
	ASSERT_EQ(0, map_at(bed, self->hwpt, other, IOVA));
	EXPECT_EQ(MOCK_IOMMU_DMA_OK,
		  dma_at(bed, MOCK_IOMMU_DMA_READ, self->buf, IOVA, &dma));
	EXPECT_EQ(0, memcmp(self->buf, other, PAGE));
}

struct writer {
	struct dma dma;
	bool stop;
};

static void *write_on_and_on(void *arg)
{
	struct writer *writer = arg;

	while (!__atomic_load_n(&writer->stop, __ATOMIC_RELAXED))
		dma_run(&writer->dma);
	return NULL;
}

static bool touched(const char *page)
{
	int i;

	for (i = 0; i < 5000 && !__atomic_load_n(page, __ATOMIC_RELAXED); i++)
		usleep(100);
	return __atomic_load_n(page, __ATOMIC_RELAXED);
}

static bool all_zero(const char *page)
{
	size_t i;

	for (i = 0; i < PAGE; i++)
		if (page[i])
			return false;
	return true;
}

/* Ends what the device can do with the page at IOVA, in one of two ways. */
static int end_mapping(const struct bed *bed, __u32 hwpt, bool detach)
{
	return detach ? fq_detach(bed->ctx, bed->dev, NO_PASID) :
			unmap_at(bed, hwpt, IOVA);
}

static int undo_detach(const struct bed *bed, __u32 hwpt)
{
	int ret = unmap_at(bed, hwpt, IOVA);

	return ret ? ret : fq_attach(bed->ctx, bed->dev, hwpt, NO_PASID, 0);
}

/* By way of unmap and of detach in turn, with DMA at full speed */
TEST_F(translate, no_access_after_the_mapping_ended)
{
	struct bed *bed = &self->bed;
	struct writer writer = {};
	pthread_t thread;
	int i;

	memset(self->buf, 0xaa, PAGE);
	dma_init(&writer.dma, bed, MOCK_IOMMU_DMA_WRITE, self->buf, PAGE);
	writer.dma.arg.iova = IOVA;
	ASSERT_EQ(0, pthread_create(&thread, NULL, write_on_and_on, &writer));
	memset(self->page, 0, PAGE);
	for (i = 0; i < 100; i++) {
		ASSERT_EQ(0, map_at(bed, self->hwpt, self->page, IOVA));
		EXPECT_TRUE(touched(self->page));
		ASSERT_EQ(0, end_mapping(bed, self->hwpt, i % 2));
		memset(self->page, 0, PAGE);
		usleep(200);
		EXPECT_TRUE(all_zero(self->page));
		ASSERT_EQ(0, i % 2 ? undo_detach(bed, self->hwpt) : 0);
	}
	__atomic_store_n(&writer.stop, true, __ATOMIC_RELAXED);
	ASSERT_EQ(0, pthread_join(thread, NULL));
}

/* Endpoints that cannot ask for a page */

static const __u32 kinds[] = { 0, ATS };

TEST_F(translate, without_page_requests)
{
	struct bed *bed = &self->bed;
	struct dma dma;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		ASSERT_EQ(0, move_to(bed, self->hwpt, kinds[i]));
		EXPECT_EQ(MOCK_IOMMU_DMA_BLOCKED,
			  dma_at(bed, MOCK_IOMMU_DMA_READ, self->buf, IOVA,
				 &dma));
		EXPECT_EQ(NOT_MAPPED, dma.arg.out_reason);
		ASSERT_EQ(0, map_at(bed, self->hwpt, self->page, IOVA));
		EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_at(bed, MOCK_IOMMU_DMA_READ,
						    self->buf, IOVA, &dma));
		ASSERT_EQ(0, unmap_at(bed, self->hwpt, IOVA));
		EXPECT_EQ(MOCK_IOMMU_DMA_BLOCKED,
			  dma_at(bed, MOCK_IOMMU_DMA_READ, self->buf, IOVA,
				 &dma));
	}
}

TEST_F(translate, read_only_is_not_written)
{
	struct bed *bed = &self->bed;
	struct dma dma;

	ASSERT_EQ(0, move_to(bed, self->hwpt, ATS));
	ASSERT_EQ(0,
		  fq_map(bed->ctx, self->hwpt, MAP_RO, self->page, PAGE, IOVA));
	EXPECT_EQ(MOCK_IOMMU_DMA_OK,
		  dma_at(bed, MOCK_IOMMU_DMA_READ, self->buf, IOVA, &dma));
	EXPECT_EQ(MOCK_IOMMU_DMA_BLOCKED,
		  dma_at(bed, MOCK_IOMMU_DMA_WRITE, self->buf, IOVA, &dma));
	EXPECT_EQ(NOT_MAPPED, dma.arg.out_reason);
	EXPECT_EQ(MOCK_IOMMU_PERM_WRITE, dma.arg.out_perm);
	EXPECT_EQ('p', self->page[0]);
}

/* Waiting */

static void on_alarm(int signal)
{
}

static void alarm_soon(void)
{
	const struct itimerval soon = { .it_value.tv_usec = 50000 };
	const struct sigaction action = { .sa_handler = on_alarm };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
}

/* No one answers; the group stays outstanding. */
TEST_F(translate, waiting_is_interrupted)
{
	struct mock_iommu_endpoint_stats stats;
	struct bed *bed = &self->bed;
	struct dma dma;

	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, bed->hwpt, NO_PASID, 0));
	alarm_soon();
	EXPECT_EQ(MOCK_IOMMU_DMA_INTERRUPTED,
		  dma_at(bed, MOCK_IOMMU_DMA_READ, self->buf, IOVA, &dma));
	EXPECT_EQ(0, dma.arg.out_done);
	EXPECT_EQ(1, dma.arg.out_groups);
	ASSERT_EQ(0, mock_endpoint_stats(bed->mock, bed->ep, &stats));
	EXPECT_EQ(1, stats.out_outstanding_groups);
}

/* The IOMMU answers Success to everything while its queue is full. */
TEST_F(translate, asking_in_vain_is_interrupted)
{
	struct mock_iommu_iommu_add iommu = {
		.size = sizeof(iommu),
		.kind = MOCK_IOMMU_KIND_VTD,
		.prq_entries = MOCK_IOMMU_MIN_PRQ_ENTRIES,
	};
	struct mock_iommu_endpoint_add add = {
		.flags = ATS | PRI,
		.pri_credits = BED_CREDITS,
	};
	struct mock_iommu_iommu_irq irq = { .size = sizeof(irq), .masked = 1 };
	struct bed *bed = &self->bed;
	struct dma dma;
	int dev, i;

	ASSERT_EQ(0, call(bed->mock, MOCK_IOMMU_IOMMU_ADD, &iommu));
	add.iommu_id = iommu.out_iommu_id;
	irq.iommu_id = iommu.out_iommu_id;
	dev = bind_new(bed->mock, bed->ctx, &add);
	ASSERT_LT(0, dev);
	bed->ep = add.out_endpoint_id;
	ASSERT_EQ(0, fq_attach(bed->ctx, dev, fq_hwpt_plain(bed->ctx, dev),
			       NO_PASID, 0));
	ASSERT_EQ(0, call(bed->mock, MOCK_IOMMU_IOMMU_IRQ, &irq));
	for (i = 0; i < MOCK_IOMMU_MIN_PRQ_ENTRIES; i++)
		ASSERT_LE(0, bed_send(bed, NO_PASID, IOVA, 1));

	dma_init(&dma, bed, MOCK_IOMMU_DMA_READ, self->buf, PAGE);
	dma.arg.max_retries = 0xffffffff;
	alarm_soon();
	EXPECT_EQ(MOCK_IOMMU_DMA_INTERRUPTED, dma_run(&dma));
	EXPECT_LT(1, dma.arg.out_retries);
	dma.arg.max_retries = 2;
	EXPECT_EQ(MOCK_IOMMU_DMA_NO_PROGRESS, dma_run(&dma));
	EXPECT_EQ(2, dma.arg.out_retries);
	EXPECT_EQ(2, dma.arg.out_groups);
	EXPECT_EQ(0, mock_iommu_remove(bed->mock, iommu.out_iommu_id));
}

TEST_HARNESS_MAIN
