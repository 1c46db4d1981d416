// SPDX-License-Identifier: GPL-2.0-only
/*
 * What runs in kernel threads and interrupts in the name of user space: timeouts,
 * doorbells of virtual command queues, faults that no one can repair. There every
 * allocation fails that is made from within the modules, and all goes on as ever:
 * they make none, for no one would be there to tell.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "answer.h"
#include "event.h"
#include "fail_nth.h"
#include "kselftest_harness.h"
#include "variant.h"

#define TIMES "1000000"
#define GUEST_MEM 0x40000000ULL
#define GUEST_MEM_PAGES 4
#define QUEUE_CMDS (PAGE / 16)

/* Commands of SMMUv3 4.1, in the lowest byte; there is none of the last */
#define CMD_TLBI_NH_ASID 0x11
#define CMD_SYNC 0x46
#define CMD_ILLEGAL 0xfe

/* This thread is spared. */
static int spare_me(void)
{
	struct fail_nth fail;
	int ret = fail_open(&fail);

	if (!ret)
		ret = fail_arm(&fail, UINT32_MAX);
	return ret;
}

/* Where the modules are, and maybe others between them */
static struct fail_range modules_range(void)
{
	FILE *file = fopen("/proc/modules", "r");
	struct fail_range range = { UINT64_MAX, 0 };
	unsigned long long start, size;
	char line[256], name[64];

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%63s %llu %*s %*s %*s %llx", name, &size,
			   &start) != 3)
			continue;
		if (strcmp(name, "faultq") && strcmp(name, "mock_iommu"))
			continue;
		if (start < range.start)
			range.start = start;
		if (start + size > range.end)
			range.end = start + size;
	}
	if (file)
		fclose(file);
	return range;
}

static int fails_within(enum fail_kind kind, struct fail_range range)
{
	int ret = fail_within(kind, range);

	if (!ret)
		ret = fail_knob(kind, "task-filter", "N");
	if (!ret)
		ret = fail_knob(kind, "ignore-gfp-wait", "N");
	if (!ret)
		ret = fail_knob(kind, "times", TIMES);
	return ret ? ret : fail_knob(kind, "probability", "100");
}

static void fails_no_more(enum fail_kind kind)
{
	fail_knob(kind, "probability", "0");
	fail_knob(kind, "task-filter", "Y");
	fail_within(kind, FAIL_ANYWHERE);
}

static long failures(void)
{
	const long times = strtol(TIMES, NULL, 0);

	return 2 * times - fail_times(FAIL_SLAB) - fail_times(FAIL_PAGE);
}

FIXTURE(background)
{
	struct bed bed;
	struct event_queue events;
};

FIXTURE_VARIANT(background)
{
	__u32 kind;
};

FIXTURE_VARIANT_ADD(background, vtd) VALUES(.kind = MOCK_IOMMU_KIND_VTD);

FIXTURE_VARIANT_ADD(background, smmuv3) VALUES(.kind = MOCK_IOMMU_KIND_SMMUV3);

static int fail_in_background(void)
{
	const struct fail_range range = modules_range();
	int ret = range.start < range.end ? spare_me() : -ENOENT;

	if (!ret)
		ret = fail_knob(FAIL_PAGE, "min-order", "0");
	if (!ret)
		ret = fail_knob(FAIL_PAGE, "ignore-gfp-highmem", "N");
	if (!ret)
		ret = fails_within(FAIL_SLAB, range);
	return ret ? ret : fails_within(FAIL_PAGE, range);
}

FIXTURE_SETUP(background)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, bed_make_kind(bed, variant->kind, BED_PRI,
				   &(struct faultq_queue_alloc){
					   .timeout_ms = 50,
					   .timeout_action =
						   FAULTQ_TIMEOUT_INVALID,
				   }));
	ASSERT_EQ(0, event_queue_make(&self->events, bed->ctx, bed->dev,
				      FAULTQ_NATIVE_NONE,
				      (struct faultq_queue_alloc){}));
	ASSERT_EQ(0, fail_in_background());
}

FIXTURE_TEARDOWN(background)
{
	event_queue_close(&self->events);
	bed_free(&self->bed);
	fails_no_more(FAIL_SLAB);
	fails_no_more(FAIL_PAGE);
}

/* Otherwise the rest would show nothing: whoever is not spared fails. */
TEST_F(background, allocations_fail)
{
	pid_t child = fork();
	int status;

	ASSERT_LE(0, child);
	if (!child)
		_exit(fq_open() == -ENOMEM ? 0 : 1);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_LT(0, failures());
}

TEST_F(background, timeouts)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, bed_faults(bed, 8));
	EXPECT_EQ(8, bed_answered(bed, 8, MOCK_IOMMU_RESPONSE_INVALID));
	EXPECT_EQ(8, LOOK(bed->ring.header->timed_out));
	EXPECT_EQ(0, failures());
}

TEST_F(background, events)
{
	struct bed *bed = &self->bed;
	int i;

	for (i = 1; i <= 8; i++) {
		ASSERT_EQ(0, bed_event(bed, NO_PASID, 1));
		ASSERT_TRUE(EVENTS_PUBLISHED(&self->events, i));
	}
	EXPECT_EQ(0, failures());
}

TEST_F(background, errors_of_the_queue)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0,
		  mock_queue_error(bed->mock, bed->ep, MOCK_IOMMU_INV_TIMEOUT));
	EXPECT_TRUE(EVENTS_PUBLISHED(&self->events, 1));
	EXPECT_EQ(0, failures());
}

/* The page of registers of a virtual command queue */
struct vintf {
	int viommu;
	__u32 *page;
};

static int vintf_make(struct vintf *vintf, const struct bed *bed, int parent)
{
	struct faultq_viommu_tegra241_cmdqv data = {};
	struct faultq_viommu_alloc alloc = {
		.size = sizeof(alloc),
		.type = FAULTQ_VIOMMU_TYPE_TEGRA241_CMDQV,
		.dev_id = bed->dev,
		.hwpt_id = parent,
		.data_len = sizeof(data),
		.data_uptr = (uintptr_t)&data,
	};
	struct faultq_hw_queue_alloc queue = {
		.size = sizeof(queue),
		.type = FAULTQ_HW_QUEUE_TYPE_TEGRA241_CMDQV,
		.nesting_parent_iova = GUEST_MEM,
		.length = PAGE,
	};
	int ret = call(bed->ctx, FAULTQ_VIOMMU_ALLOC, &alloc);

	if (ret)
		return ret;
	vintf->viommu = alloc.out_viommu_id;
	queue.viommu_id = vintf->viommu;
	vintf->page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
			   bed->ctx, data.out_vintf_mmap_offset);
	if (vintf->page == MAP_FAILED)
		return -errno;
	return call(bed->ctx, FAULTQ_HW_QUEUE_ALLOC, &queue);
}

static void reg_write(const struct vintf *vintf, __u32 offset, __u32 value)
{
	__atomic_store_n(vintf->page + offset / 4, value, __ATOMIC_RELEASE);
}

static __u32 reg_read(const struct vintf *vintf, __u32 offset)
{
	return LOOK(vintf->page[offset / 4]);
}

/* Commands are executed, one stops the queue, which is an event. */
TEST(doorbells)
{
	char *mem = pages_alloc(GUEST_MEM_PAGES);
	__u64(*cmds)[2] = (void *)mem;
	struct bed made, *bed = &made;
	struct event_queue stops;
	struct vintf vintf;
	unsigned int i;
	int parent;

	ASSERT_TRUE(mem);
	ASSERT_EQ(0, bed_make_kind(bed, MOCK_IOMMU_KIND_SMMUV3, BED_PRI,
				   &(struct faultq_queue_alloc){}));
	ASSERT_EQ(0, fail_in_background());
	parent = fq_parent(bed->ctx, bed->dev);
	ASSERT_LT(0, parent);
	for (i = 0; i < QUEUE_CMDS; i++)
		cmds[i][0] = i % 2 ? CMD_SYNC : CMD_TLBI_NH_ASID;
	cmds[9][0] = CMD_ILLEGAL;
	ASSERT_EQ(0, fq_map(bed->ctx, parent, MAP_RW, mem,
			    GUEST_MEM_PAGES * PAGE, GUEST_MEM));
	ASSERT_EQ(0, vintf_make(&vintf, bed, parent));
	ASSERT_EQ(0, event_queue_make(&stops, bed->ctx, vintf.viommu,
				      FAULTQ_NATIVE_TEGRA241_CMDQV,
				      (struct faultq_queue_alloc){}));
	reg_write(&vintf, FAULTQ_VCMDQ_CONFIG, 1);
	EXPECT_TRUE(AWAIT(reg_read(&vintf, FAULTQ_VCMDQ_STATUS) == 1));
	reg_write(&vintf, FAULTQ_VCMDQ_PROD, 8);
	EXPECT_TRUE(AWAIT(reg_read(&vintf, FAULTQ_VCMDQ_CONS) == 8));
	reg_write(&vintf, FAULTQ_VCMDQ_PROD, 10);
	EXPECT_TRUE(EVENTS_PUBLISHED(&stops, 1));
	EXPECT_EQ(0, failures());
	munmap(vintf.page, PAGE);
	event_queue_close(&stops);
	bed_free(bed);
	fails_no_more(FAIL_SLAB);
	fails_no_more(FAIL_PAGE);
}

TEST_HARNESS_MAIN
