// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory in a page table: what may be mapped, what the device then reaches, and
 * what is given back. The HWPT names no QUEUE, so a miss ends the DMA.
 */
#include <fcntl.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "bed.h"
#include "kselftest_harness.h"
#include "limit.h"

#define NR_PAGES 16
#define ALL UINT64_MAX

FIXTURE(map)
{
	struct bed bed;
	int ctx;
	int hwpt;
	char *mem;
	char buf[2 * PAGE];
};

FIXTURE_SETUP(map)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, bed_make(bed, &(struct faultq_queue_alloc){}));
	self->ctx = bed->ctx;
	self->hwpt = fq_hwpt_plain(bed->ctx, bed->dev);
	ASSERT_LT(0, self->hwpt);
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, self->hwpt, NO_PASID, 0));
	self->mem = pages_alloc(NR_PAGES);
	ASSERT_NE(NULL, self->mem);
}

FIXTURE_TEARDOWN(map)
{
	bed_free(&self->bed);
}

struct bad_range {
	int error;
	__u64 offset; /* of the memory */
	__u64 length;
	__u64 iova;
};

static const struct bad_range bad_ranges[] = {
	/* misaligned */
	{ EINVAL, 1, PAGE, BED_IOVA },
	{ EINVAL, PAGE / 2, PAGE, BED_IOVA },
	{ EINVAL, 0, PAGE, BED_IOVA + 1 },
	{ EINVAL, 0, PAGE, BED_IOVA + PAGE / 2 },
	{ EINVAL, 0, PAGE + 1, BED_IOVA },
	{ EINVAL, 0, PAGE - 1, BED_IOVA },
	/* nothing, and more than allowed */
	{ EINVAL, 0, 0, BED_IOVA },
	{ EINVAL, 0, FAULTQ_MAX_MAP_BYTES + PAGE, BED_IOVA },
	/* wrapping */
	{ EOVERFLOW, 0, PAGE, -PAGE },
	{ EOVERFLOW, 0, 2 * PAGE, -PAGE },
	{ EOVERFLOW, 0, (NR_PAGES * PAGE), -2 * PAGE },
	/* beyond what the page table reaches */
	{ EOVERFLOW, 0, PAGE, 1ULL << 60 },
	{ EOVERFLOW, 0, PAGE, 1ULL << 63 },
};

TEST_F(map, bad_ranges_refused)
{
	unsigned int i;
	__u64 all = ALL;

	for (i = 0; i < ARRAY_SIZE(bad_ranges); i++) {
		const struct bad_range *bad = &bad_ranges[i];

		EXPECT_EQ(-bad->error, fq_map(self->ctx, self->hwpt, MAP_RW,
					      self->mem + bad->offset,
					      bad->length, bad->iova))
		{
			TH_LOG("bad range %u", i);
		}
	}
	EXPECT_EQ(-ENOENT, fq_unmap(self->ctx, self->hwpt, 0, &all));
}

TEST_F(map, memory_address_wraps)
{
	/* what a 32-bit program can say does not wrap in 64 bits */
	const int error = sizeof(void *) > sizeof(__u32) ? -EOVERFLOW : -EFAULT;

	EXPECT_EQ(error, fq_map(self->ctx, self->hwpt, MAP_RW, (void *)-PAGE,
				2 * PAGE, BED_IOVA));
	EXPECT_EQ(-EFAULT, fq_map(self->ctx, self->hwpt, MAP_RW,
				  (void *)-(2 * PAGE), PAGE, BED_IOVA));
}

TEST_F(map, bad_flags_refused)
{
	static const __u32 flags[] = {
		0,
		FAULTQ_HWPT_MAP_FIXED_IOVA,
		FAULTQ_HWPT_MAP_READABLE,
		FAULTQ_HWPT_MAP_READABLE | FAULTQ_HWPT_MAP_WRITEABLE,
	};
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		ret = fq_map(self->ctx, self->hwpt, flags[i], self->mem, PAGE,
			     BED_IOVA);
		EXPECT_TRUE(ret == -EINVAL || ret == -EOPNOTSUPP)
		{
			TH_LOG("flags %u gave %d", i, ret);
		}
	}
}

/* The last page that the page table reaches is as good as any. */
TEST_F(map, last_page_of_the_aperture)
{
	struct mock_iommu_iommu_info info = {
		.size = sizeof(info),
		.flags = MOCK_IOMMU_INFO_NEXT,
	};
	__u64 last;

	ASSERT_EQ(0, call(self->bed.mock, MOCK_IOMMU_IOMMU_INFO, &info));
	last = (1ULL << info.out_address_width) - PAGE;
	EXPECT_EQ(0,
		  fq_map(self->ctx, self->hwpt, MAP_RW, self->mem, PAGE, last));
	EXPECT_EQ(-EOVERFLOW, fq_map(self->ctx, self->hwpt, MAP_RW, self->mem,
				     PAGE, last + PAGE));
	EXPECT_EQ(-EOVERFLOW, fq_map(self->ctx, self->hwpt, MAP_RW, self->mem,
				     2 * PAGE, last));
}

static const struct bad_range overlaps[] = {
	{ EEXIST, 0, 4 * PAGE, BED_IOVA + 4 * PAGE }, /* the same */
	{ EEXIST, 0, 2 * PAGE, BED_IOVA + 3 * PAGE }, /* its head */
	{ EEXIST, 0, 2 * PAGE, BED_IOVA + 7 * PAGE }, /* its tail */
	{ EEXIST, 0, PAGE, BED_IOVA + 5 * PAGE }, /* within */
	{ EEXIST, 0, 8 * PAGE, BED_IOVA + 2 * PAGE }, /* around */
	{ 0, 0, 4 * PAGE, BED_IOVA }, /* before */
	{ 0, 0, 4 * PAGE, BED_IOVA + 8 * PAGE }, /* behind */
};

TEST_F(map, overlap_eexist)
{
	unsigned int i;
	__u64 all = ALL;

	ASSERT_EQ(0, fq_map(self->ctx, self->hwpt, MAP_RW, self->mem, 4 * PAGE,
			    BED_IOVA + 4 * PAGE));
	for (i = 0; i < ARRAY_SIZE(overlaps); i++) {
		EXPECT_EQ(-overlaps[i].error,
			  fq_map(self->ctx, self->hwpt, MAP_RW, self->mem,
				 overlaps[i].length, overlaps[i].iova))
		{
			TH_LOG("overlap %u", i);
		}
	}
	EXPECT_EQ(0, fq_unmap(self->ctx, self->hwpt, 0, &all));
	EXPECT_EQ(12 * PAGE, all);
}

TEST_F(map, read_only_memory)
{
	ASSERT_EQ(0, mprotect(self->mem, PAGE, PROT_READ));
	EXPECT_EQ(-EFAULT, fq_map(self->ctx, self->hwpt, MAP_RW, self->mem,
				  PAGE, BED_IOVA));
	EXPECT_EQ(-EFAULT, fq_map(self->ctx, self->hwpt, MAP_WO, self->mem,
				  PAGE, BED_IOVA));
	EXPECT_EQ(0, fq_map(self->ctx, self->hwpt, MAP_RO, self->mem, PAGE,
			    BED_IOVA));
}

TEST_F(map, memory_that_is_not_there)
{
	ASSERT_EQ(0, mprotect(self->mem, PAGE, PROT_NONE));
	EXPECT_EQ(-EFAULT, fq_map(self->ctx, self->hwpt, MAP_RO, self->mem,
				  PAGE, BED_IOVA));
	ASSERT_EQ(0, munmap(self->mem, PAGE));
	EXPECT_EQ(-EFAULT, fq_map(self->ctx, self->hwpt, MAP_RO, self->mem,
				  PAGE, BED_IOVA));
	EXPECT_EQ(-EFAULT,
		  fq_map(self->ctx, self->hwpt, MAP_RW, NULL, PAGE, BED_IOVA));
}

static long event_count(const char *name)
{
	size_t length = strlen(name);
	char line[128];
	long value = -1;
	FILE *stat = fopen("/proc/vmstat", "r");

	while (stat && fgets(line, sizeof(line), stat))
		if (!strncmp(line, name, length) && line[length] == ' ')
			value = strtol(line + length, NULL, 10);
	if (stat)
		fclose(stat);
	return value;
}

/* Pages that are pinned at the moment, of whomever */
static long pins(void)
{
	int fd = open("/proc/sys/vm/stat_refresh", O_WRONLY);

	/* has the counters of all processors summed up */
	if (fd < 0 || write(fd, "1", 1) != 1)
		return -1;
	close(fd);
	return event_count("nr_foll_pin_acquired") -
	       event_count("nr_foll_pin_released");
}

TEST_F(map, pins_are_taken_and_given_back)
{
	const long before = pins();
	__u64 all = ALL;

	ASSERT_EQ(0, fq_map(self->ctx, self->hwpt, MAP_RW, self->mem,
			    NR_PAGES * PAGE, BED_IOVA));
	EXPECT_EQ(before + NR_PAGES, pins());
	ASSERT_EQ(0, fq_unmap(self->ctx, self->hwpt, 0, &all));
	EXPECT_EQ(before, pins());
}

TEST_F(map, half_there_leaves_nothing)
{
	const long before = pins();
	__u64 all = ALL;

	ASSERT_EQ(0, munmap(self->mem + 8 * PAGE, PAGE));
	EXPECT_EQ(-EFAULT, fq_map(self->ctx, self->hwpt, MAP_RW, self->mem,
				  NR_PAGES * PAGE, BED_IOVA));
	EXPECT_EQ(before, pins());
	EXPECT_EQ(-ENOENT, fq_unmap(self->ctx, self->hwpt, 0, &all));
	EXPECT_EQ(0, fq_map(self->ctx, self->hwpt, MAP_RW, self->mem, 8 * PAGE,
			    BED_IOVA));
}

TEST_F(map, destroy_and_close_unpin)
{
	const long before = pins();
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, fq_map(self->ctx, self->hwpt, MAP_RW, self->mem, 4 * PAGE,
			    BED_IOVA));
	ASSERT_EQ(0, fq_map(self->ctx, bed->hwpt, MAP_RW, self->mem, 4 * PAGE,
			    BED_IOVA));
	EXPECT_EQ(before + 8, pins());
	ASSERT_EQ(0, fq_detach(bed->ctx, bed->dev, NO_PASID));
	ASSERT_EQ(0, fq_destroy(bed->ctx, self->hwpt));
	EXPECT_EQ(before + 4, pins());
	close_once(&bed->ctx);
	EXPECT_EQ(before, pins());
}

TEST_F(map, memlock_limit_enforced)
{
	__u64 length = ALL;

	ASSERT_EQ(0, obey_limit(8 * PAGE));
	EXPECT_EQ(-ENOMEM, fq_map(self->ctx, self->hwpt, MAP_RW, self->mem,
				  9 * PAGE, BED_IOVA));
	ASSERT_EQ(0, fq_map(self->ctx, self->hwpt, MAP_RW, self->mem, 8 * PAGE,
			    BED_IOVA));
	EXPECT_EQ(-ENOMEM,
		  fq_map(self->ctx, self->hwpt, MAP_RW, self->mem + 8 * PAGE,
			 PAGE, BED_IOVA + 8 * PAGE));
	EXPECT_EQ(0, fq_unmap(self->ctx, self->hwpt, 0, &length));
	EXPECT_EQ(0, fq_map(self->ctx, self->hwpt, MAP_RW, self->mem, 8 * PAGE,
			    BED_IOVA));
}

TEST_F(map, memlock_given_back_after_failure)
{
	ASSERT_EQ(0, obey_limit(8 * PAGE));
	ASSERT_EQ(0, munmap(self->mem + 8 * PAGE, PAGE));
	EXPECT_EQ(-EFAULT, fq_map(self->ctx, self->hwpt, MAP_RW,
				  self->mem + 4 * PAGE, 8 * PAGE, BED_IOVA));
	EXPECT_EQ(0, fq_map(self->ctx, self->hwpt, MAP_RW, self->mem, 8 * PAGE,
			    BED_IOVA));
}

/**
 * struct greedy - a thread that wants more than its user may have
 * @ctx: the context
 * @hwpt: where to map it
 * @mem: what to map
 * @got: how often it got it
 * @stop: it is to end
 * @thread: who does it
 */
struct greedy {
	int ctx;
	int hwpt;
	char *mem;
	int got;
	int stop;
	pthread_t thread;
};

static void *want_more(void *arg)
{
	struct greedy *greedy = arg;

	while (!LOOK(greedy->stop))
		greedy->got += !fq_map(greedy->ctx, greedy->hwpt, MAP_RW,
				       greedy->mem, 9 * PAGE,
				       BED_IOVA + NR_PAGES * PAGE);
	return NULL;
}

/* What one is refused is not held against another, not even for a moment. */
TEST_F(map, memlock_refused_takes_nothing)
{
	struct greedy greedy = {
		.ctx = self->ctx,
		.hwpt = self->hwpt,
		.mem = self->mem,
	};
	__u64 length;
	int i;

	ASSERT_EQ(0, obey_limit(8 * PAGE));
	ASSERT_EQ(0, pthread_create(&greedy.thread, NULL, want_more, &greedy));
	for (i = 0; i < 20000 / slowdown(); i++) {
		length = ALL;
		ASSERT_EQ(0, fq_map(self->ctx, self->hwpt, MAP_RW, self->mem,
				    PAGE, BED_IOVA));
		ASSERT_EQ(0, fq_unmap(self->ctx, self->hwpt, 0, &length));
	}
	__atomic_store_n(&greedy.stop, 1, __ATOMIC_RELEASE);
	pthread_join(greedy.thread, NULL);
	EXPECT_EQ(0, greedy.got);
}

TEST_F(map, memlock_given_back_by_close)
{
	struct bed other;

	ASSERT_EQ(0, obey_limit(8 * PAGE));
	ASSERT_EQ(0, fq_map(self->ctx, self->hwpt, MAP_RW, self->mem, 8 * PAGE,
			    BED_IOVA));
	ASSERT_EQ(0, bed_make(&other, &(struct faultq_queue_alloc){}));
	EXPECT_EQ(-ENOMEM, fq_map(other.ctx, other.hwpt, MAP_RW, self->mem,
				  PAGE, BED_IOVA));
	close_once(&self->bed.ctx);
	EXPECT_EQ(0, fq_map(other.ctx, other.hwpt, MAP_RW, self->mem, 8 * PAGE,
			    BED_IOVA));
	bed_free(&other);
}

TEST_F(map, unmap_takes_what_lies_wholly_within)
{
	__u64 length = 6 * PAGE;

	ASSERT_EQ(0, fq_map(self->ctx, self->hwpt, MAP_RW, self->mem, 2 * PAGE,
			    BED_IOVA));
	ASSERT_EQ(0, fq_map(self->ctx, self->hwpt, MAP_RW, self->mem, PAGE,
			    BED_IOVA + 3 * PAGE));
	ASSERT_EQ(0, fq_map(self->ctx, self->hwpt, MAP_RW, self->mem, PAGE,
			    BED_IOVA + 6 * PAGE));
	EXPECT_EQ(0, fq_unmap(self->ctx, self->hwpt, BED_IOVA, &length));
	EXPECT_EQ(3 * PAGE, length);

	/* a range need not begin or end at a page */
	length = 3 * PAGE;
	EXPECT_EQ(0, fq_unmap(self->ctx, self->hwpt, BED_IOVA + 5 * PAGE + 1,
			      &length));
	EXPECT_EQ(PAGE, length);
}

TEST_F(map, unmap_that_cuts_einval)
{
	static const __u64 cuts[][2] = {
		{ 0, PAGE },	    { PAGE, PAGE },	 { 1, 4 * PAGE },
		{ 3 * PAGE, PAGE }, { 0, 4 * PAGE - 1 }, { 2 * PAGE, 8 * PAGE },
	};
	unsigned int i;
	__u64 length;

	ASSERT_EQ(0, fq_map(self->ctx, self->hwpt, MAP_RW, self->mem, 4 * PAGE,
			    BED_IOVA));
	ASSERT_EQ(0, fq_map(self->ctx, self->hwpt, MAP_RW, self->mem, PAGE,
			    BED_IOVA + 8 * PAGE));
	for (i = 0; i < ARRAY_SIZE(cuts); i++) {
		length = cuts[i][1];
		EXPECT_EQ(-EINVAL, fq_unmap(self->ctx, self->hwpt,
					    BED_IOVA + cuts[i][0], &length))
		{
			TH_LOG("cut %u", i);
		}
	}
	length = ALL;
	EXPECT_EQ(0, fq_unmap(self->ctx, self->hwpt, 0, &length));
	EXPECT_EQ(5 * PAGE, length);
}

TEST_F(map, unmap_of_nothing)
{
	__u64 length = PAGE;

	EXPECT_EQ(-ENOENT, fq_unmap(self->ctx, self->hwpt, BED_IOVA, &length));
	length = 0;
	EXPECT_EQ(-EINVAL, fq_unmap(self->ctx, self->hwpt, BED_IOVA, &length));
	length = ALL;
	EXPECT_EQ(-EOVERFLOW, fq_unmap(self->ctx, self->hwpt, PAGE, &length));
}

TEST_F(map, dma_reads_memory)
{
	memset(self->mem, 0x5a, PAGE);
	memset(self->mem + PAGE, 0xa5, PAGE);
	ASSERT_EQ(0, fq_map(self->ctx, self->hwpt, MAP_RO, self->mem, 2 * PAGE,
			    BED_IOVA));
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, bed_dma(&self->bed, MOCK_IOMMU_DMA_READ,
					     self->buf, 2 * PAGE));
	EXPECT_EQ(0, memcmp(self->buf, self->mem, 2 * PAGE));
}

/* Pages that lie in a row for the user and the device, and nowhere else */
TEST_F(map, dma_reads_scattered_memory)
{
	char *mem = pages_alloc(64), *buf = pages_alloc(64);
	int i;

	for (i = 0; i < 64; i++)
		memset(mem + i * 37 % 64 * PAGE, i, PAGE);
	ASSERT_EQ(0, fq_map(self->ctx, self->hwpt, MAP_RO, mem, 64 * PAGE,
			    BED_IOVA));
	EXPECT_EQ(MOCK_IOMMU_DMA_OK,
		  bed_dma(&self->bed, MOCK_IOMMU_DMA_READ, buf, 64 * PAGE));
	EXPECT_EQ(0, memcmp(buf, mem, 64 * PAGE));
}

TEST_F(map, dma_writes_memory)
{
	memset(self->buf, 0x3c, 2 * PAGE);
	ASSERT_EQ(0, fq_map(self->ctx, self->hwpt, MAP_RW, self->mem, 2 * PAGE,
			    BED_IOVA));
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, bed_dma(&self->bed, MOCK_IOMMU_DMA_WRITE,
					     self->buf, 2 * PAGE));
	EXPECT_EQ(0, memcmp(self->buf, self->mem, 2 * PAGE));
}

/* Memory that was never touched is not mapped as a page of zeroes for ever. */
TEST_F(map, dma_sees_what_is_written_later)
{
	ASSERT_EQ(0, fq_map(self->ctx, self->hwpt, MAP_RO, self->mem, PAGE,
			    BED_IOVA));
	self->mem[17] = 4;
	EXPECT_EQ(MOCK_IOMMU_DMA_OK,
		  bed_dma(&self->bed, MOCK_IOMMU_DMA_READ, self->buf, PAGE));
	EXPECT_EQ(4, self->buf[17]);
}

TEST_F(map, dma_respects_permissions)
{
	self->mem[0] = 1;
	self->buf[0] = 2;
	ASSERT_EQ(0, fq_map(self->ctx, self->hwpt, MAP_RO, self->mem, PAGE,
			    BED_IOVA));
	EXPECT_EQ(MOCK_IOMMU_DMA_INVALID,
		  bed_dma(&self->bed, MOCK_IOMMU_DMA_WRITE, self->buf, PAGE));
	EXPECT_EQ(1, self->mem[0]);
	EXPECT_EQ(MOCK_IOMMU_DMA_INVALID,
		  bed_dma(&self->bed, MOCK_IOMMU_DMA_READ, self->buf,
			  PAGE + 1));
}

/* The device had the translation in its caches. */
TEST_F(map, no_access_after_unmap)
{
	__u64 length = PAGE;

	ASSERT_EQ(0, fq_map(self->ctx, self->hwpt, MAP_RW, self->mem, PAGE,
			    BED_IOVA));
	ASSERT_EQ(MOCK_IOMMU_DMA_OK,
		  bed_dma(&self->bed, MOCK_IOMMU_DMA_WRITE, self->buf, PAGE));
	ASSERT_EQ(0, fq_unmap(self->ctx, self->hwpt, BED_IOVA, &length));
	self->buf[0] = 1;
	EXPECT_EQ(MOCK_IOMMU_DMA_INVALID,
		  bed_dma(&self->bed, MOCK_IOMMU_DMA_WRITE, self->buf, PAGE));
	EXPECT_EQ(0, self->mem[0]);
}

TEST_F(map, other_memory_after_remap)
{
	__u64 length = PAGE;

	ASSERT_EQ(0, fq_map(self->ctx, self->hwpt, MAP_RW, self->mem, PAGE,
			    BED_IOVA));
	ASSERT_EQ(MOCK_IOMMU_DMA_OK,
		  bed_dma(&self->bed, MOCK_IOMMU_DMA_READ, self->buf, PAGE));
	ASSERT_EQ(0, fq_unmap(self->ctx, self->hwpt, BED_IOVA, &length));
	ASSERT_EQ(0, fq_map(self->ctx, self->hwpt, MAP_RW, self->mem + PAGE,
			    PAGE, BED_IOVA));
	self->buf[0] = 9;
	EXPECT_EQ(MOCK_IOMMU_DMA_OK,
		  bed_dma(&self->bed, MOCK_IOMMU_DMA_WRITE, self->buf, PAGE));
	EXPECT_EQ(0, self->mem[0]);
	EXPECT_EQ(9, self->mem[PAGE]);
}

/* Unmapping in the middle of a DMA: after it returned nothing is written. */
TEST_F(map, unmap_stops_dma_under_way)
{
	const size_t length = 1024 * PAGE;
	char *mem = pages_alloc(1024), *buf = pages_alloc(1024);
	__u64 all = ALL;
	struct dma dma;
	int ret;

	memset(buf, 0xff, length);
	ASSERT_EQ(0,
		  fq_map(self->ctx, self->hwpt, MAP_RW, mem, length, BED_IOVA));
	dma_init(&dma, &self->bed, MOCK_IOMMU_DMA_WRITE, buf, length);
	ASSERT_EQ(0, dma_start(&dma));
	ASSERT_TRUE(AWAIT(LOOK(mem[0])));
	ASSERT_EQ(0, fq_unmap(self->ctx, self->hwpt, 0, &all));
	memset(mem, 0, length);

	ret = dma_wait(&dma);
	EXPECT_TRUE(ret == MOCK_IOMMU_DMA_OK || ret == MOCK_IOMMU_DMA_INVALID);
	memset(buf, 0, length);
	EXPECT_EQ(0, memcmp(mem, buf, length));
}

TEST_HARNESS_MAIN
