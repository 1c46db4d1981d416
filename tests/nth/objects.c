// SPDX-License-Identifier: GPL-2.0-only
/*
 * Contexts, and their objects but for those of nested translation: DEVICE,
 * QUEUE, HWPT, mappings, attachments, PASIDs.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#include "event.h"
#include "kselftest_harness.h"
#include "sweep.h"
#include "variant.h"

#define PASID 0x1234
#define NR_PAGES 8
#define FAR_IOVA 0x7fff00000000ULL

FIXTURE(objects)
{
	struct sweep sweep;
	struct bed bed;
	char *mem;
};

FIXTURE_VARIANT(objects)
{
	__u32 kind;
};

FIXTURE_VARIANT_ADD(objects, vtd) VALUES(.kind = MOCK_IOMMU_KIND_VTD);

FIXTURE_VARIANT_ADD(objects, smmuv3) VALUES(.kind = MOCK_IOMMU_KIND_SMMUV3);

FIXTURE_SETUP(objects)
{
	self->mem = pages_alloc(NR_PAGES);
	ASSERT_TRUE(self->mem);
	ASSERT_EQ(0, bed_make_kind(&self->bed, variant->kind, BED_PRI,
				   &(struct faultq_queue_alloc){}));
}

FIXTURE_TEARDOWN(objects)
{
	bed_free(&self->bed);
	EXPECT_EQ(0, self->sweep.errors);
}

static int close_or_errno(int fd)
{
	return close(fd) ? -errno : 0;
}

TEST_F(objects, context)
{
	int ctx;

	SWEEP(&self->sweep)
	{
		ctx = STEP(&self->sweep, fq_open());
		STEP(&self->sweep, close_or_errno(ctx));
	}
}

/* Returns the file; the id comes with @queue. */
static int queue_alloc(int ctx, struct faultq_queue_alloc *queue)
{
	int ret = fq_queue_alloc(ctx, queue);

	return ret ? ret : queue->out_queue_fd;
}

TEST_F(objects, queue_of_page_requests)
{
	struct faultq_queue_alloc queue = {
		.type = FAULTQ_QUEUE_TYPE_IOPF,
		.nr_rings = 2,
		.nr_records = 128,
		.nr_groups = 64,
		.timeout_ms = 1000,
		.timeout_action = FAULTQ_TIMEOUT_INVALID,
	};
	struct sweep *sweep = &self->sweep;
	int ctx = self->bed.ctx;
	int fd;

	SWEEP(sweep)
	{
		fd = STEP(sweep, queue_alloc(ctx, &queue));
		STEP(sweep, fq_destroy(ctx, queue.out_queue_id));
		STEP(sweep, close_or_errno(fd));
	}
}

TEST_F(objects, queue_of_events)
{
	struct faultq_queue_alloc queue = {
		.flags = FAULTQ_QUEUE_ALLOC_OVERWRITE,
	};
	struct sweep *sweep = &self->sweep;
	struct bed *bed = &self->bed;
	int fd;

	SWEEP(sweep)
	{
		fd = STEP(sweep, fq_event_queue(bed->ctx, bed->dev, 0, &queue));
		STEP(sweep, close_or_errno(fd));
		STEP(sweep, fq_destroy(bed->ctx, queue.out_queue_id));
	}
}

static int region(struct bed *bed, __u32 which, __u32 size, void **mem)
{
	*mem = region_map(bed->fd, 0, which, size);
	return *mem == MAP_FAILED ? -errno : 0;
}

static int unmap(void *mem, size_t size)
{
	return munmap(mem, size) ? -errno : 0;
}

/* The records are faulted in, or not, as they are mapped. */
TEST_F(objects, regions)
{
	struct sweep *sweep = &self->sweep;
	struct bed *bed = &self->bed;
	struct faultq_queue_info info;
	void *records, *control;

	SWEEP(sweep)
	{
		STEP(sweep, fq_queue_info(bed->fd, &info));
		STEP(sweep, region(bed, FAULTQ_REGION_RECORDS,
				   info.out_records_size, &records));
		STEP(sweep, region(bed, FAULTQ_REGION_CONTROL,
				   info.out_control_size, &control));
		STEP(sweep, unmap(control, info.out_control_size));
		STEP(sweep, unmap(records, info.out_records_size));
	}
}

TEST_F(objects, calls_of_the_queue)
{
	struct sweep *sweep = &self->sweep;
	struct bed *bed = &self->bed;
	int event = eventfd(0, EFD_CLOEXEC);

	SWEEP(sweep)
	{
		STEP(sweep, fq_eventfd(bed->fd, 0, -1));
		STEP(sweep, fq_eventfd(bed->fd, 0, event));
		STEP(sweep, fq_doorbell(bed->fd, 0));
		STEP(sweep, fq_republish(bed->fd, 0));
	}
	EXPECT_EQ(0, fq_eventfd(bed->fd, 0, bed->ring.eventfd));
	close(event);
}

TEST_F(objects, device)
{
	struct mock_iommu_endpoint_add add = {
		.iommu_id = self->bed.iommu,
		.pasid_bits = 4,
	};
	union {
		struct faultq_hw_info_vtd vtd;
		struct faultq_hw_info_arm_smmuv3 smmuv3;
	} data;
	struct faultq_device_info info = {
		.size = sizeof(info),
		.data_uptr = (uintptr_t)&data,
	};
	struct sweep *sweep = &self->sweep;
	int dev, ctx = self->bed.ctx;
	char name[64];

	ASSERT_LT(0, mock_endpoint_add(self->bed.mock, &add));
	snprintf(name, sizeof(name), "platform/%s", add.out_name);
	SWEEP(sweep)
	{
		dev = STEP(sweep, fq_bind(ctx, name, BED_LABEL));
		info.dev_id = dev;
		info.data_len = sizeof(data);
		STEP(sweep, call(ctx, FAULTQ_DEVICE_INFO, &info));
		STEP(sweep, fq_destroy(ctx, dev));
	}
	EXPECT_EQ(0, mock_endpoint_remove(self->bed.mock, add.out_endpoint_id));
}

TEST_F(objects, hwpts)
{
	struct sweep *sweep = &self->sweep;
	struct bed *bed = &self->bed;
	int plain, faulting;

	SWEEP(sweep)
	{
		plain = STEP(sweep, fq_hwpt_plain(bed->ctx, bed->dev));
		faulting = STEP(sweep, fq_hwpt(bed->ctx, bed->dev, bed->queue));
		STEP(sweep, fq_destroy(bed->ctx, plain));
		STEP(sweep, fq_destroy(bed->ctx, faulting));
	}
}

static int map(const struct bed *bed, __u32 flags, const char *mem, __u64 iova)
{
	return fq_map(bed->ctx, bed->hwpt, flags, mem, NR_PAGES * PAGE, iova);
}

static int unmap_all(const struct bed *bed)
{
	__u64 length = UINT64_MAX;

	return fq_unmap(bed->ctx, bed->hwpt, 0, &length);
}

/*
 * Pages that are not there yet are faulted in by the pin, and the page table
 * grows. What was unmapped stays so if its length cannot be told.
 */
TEST_F(objects, mappings)
{
	struct sweep *sweep = &self->sweep;
	struct bed *bed = &self->bed;

	SWEEP(sweep)
	{
		madvise(self->mem, NR_PAGES * PAGE, MADV_DONTNEED);
		STEP(sweep, map(bed, MAP_RW, self->mem, BED_IOVA));
		STEP(sweep, map(bed, MAP_RO, self->mem, FAR_IOVA));
		STEP_HOW(sweep, ENOMEM, STEP_MAY_BE_DONE, unmap_all(bed));
	}
}

TEST_F(objects, mappings_end_with_the_hwpt)
{
	struct sweep *sweep = &self->sweep;
	int hwpt, ctx = self->bed.ctx;

	SWEEP(sweep)
	{
		hwpt = STEP(sweep, fq_hwpt_plain(ctx, self->bed.dev));
		STEP(sweep,
		     fq_map(ctx, hwpt, MAP_WO, self->mem, PAGE, BED_IOVA));
		STEP(sweep, fq_destroy(ctx, hwpt));
	}
}

/*
 * The HWPT of the bed is replaced by another one and comes back; then there is
 * none, as at first.
 */
FIXTURE(attach)
{
	struct sweep sweep;
	struct bed bed;
	int other;
};

FIXTURE_VARIANT(attach)
{
	__u32 kind;
	int pasid;
};

FIXTURE_VARIANT_ADD(attach, vtd_rid)
VALUES(.kind = MOCK_IOMMU_KIND_VTD, .pasid = NO_PASID);

FIXTURE_VARIANT_ADD(attach, vtd_pasid)
VALUES(.kind = MOCK_IOMMU_KIND_VTD, .pasid = PASID);

FIXTURE_VARIANT_ADD(attach, smmuv3_rid)
VALUES(.kind = MOCK_IOMMU_KIND_SMMUV3, .pasid = NO_PASID);

FIXTURE_VARIANT_ADD(attach, smmuv3_pasid)
VALUES(.kind = MOCK_IOMMU_KIND_SMMUV3, .pasid = PASID);

FIXTURE_SETUP(attach)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, bed_make_kind(bed, variant->kind, BED_PRI,
				   &(struct faultq_queue_alloc){}));
	self->other = fq_hwpt_plain(bed->ctx, bed->dev);
	ASSERT_LT(0, self->other);
	if (variant->pasid == NO_PASID)
		ASSERT_EQ(0, fq_detach(bed->ctx, bed->dev, NO_PASID));
}

FIXTURE_TEARDOWN(attach)
{
	bed_free(&self->bed);
	EXPECT_EQ(0, self->sweep.errors);
}

TEST_F(attach, replace_and_detach)
{
	struct sweep *sweep = &self->sweep;
	int pasid = variant->pasid;
	struct bed *bed = &self->bed;
	int ctx = bed->ctx;

	SWEEP(sweep)
	{
		STEP(sweep, fq_attach(ctx, bed->dev, bed->hwpt, pasid, 1));
		STEP(sweep, fq_attach(ctx, bed->dev, self->other, pasid, 2));
		STEP(sweep, fq_attach(ctx, bed->dev, bed->hwpt, pasid, 3));
		STEP(sweep, fq_detach(ctx, bed->dev, pasid));
	}
}

/* The kernel tells no reason when it gives no PASID. */
TEST_F(objects, pasids)
{
	struct sweep *sweep = &self->sweep;
	struct bed *bed = &self->bed;
	int pasid;

	SWEEP(sweep)
	{
		pasid = STEP_OR(sweep, ENOSPC,
				fq_pasid_alloc(bed->ctx, bed->dev));
		STEP(sweep, fq_pasid_free(bed->ctx, bed->dev, pasid));
	}
}

/* All that a context has ends with it. */
TEST_F(objects, context_with_all)
{
	struct faultq_queue_alloc queue = {
		.type = FAULTQ_QUEUE_TYPE_IOPF,
		.nr_rings = 1,
		.nr_records = 8,
		.nr_groups = 8,
	};
	struct mock_iommu_endpoint_add add = {
		.iommu_id = self->bed.iommu,
		.flags = BED_PRI,
		.pasid_bits = 20,
	};
	struct sweep *sweep = &self->sweep;
	int ctx, fd, dev, hwpt;
	char name[64];

	ASSERT_LT(0, mock_endpoint_add(self->bed.mock, &add));
	snprintf(name, sizeof(name), "platform/%s", add.out_name);
	SWEEP(sweep)
	{
		ctx = STEP(sweep, fq_open());
		fd = STEP(sweep, queue_alloc(ctx, &queue));
		dev = STEP(sweep, fq_bind(ctx, name, 0));
		hwpt = STEP(sweep, fq_hwpt(ctx, dev, queue.out_queue_id));
		STEP(sweep,
		     fq_map(ctx, hwpt, MAP_RW, self->mem, PAGE, BED_IOVA));
		STEP(sweep, fq_attach(ctx, dev, hwpt, NO_PASID, 0));
		STEP(sweep, fq_attach(ctx, dev, hwpt, PASID, 0));
		STEP_OR(sweep, ENOSPC, fq_pasid_alloc(ctx, dev));
		STEP(sweep, close_or_errno(ctx));
		STEP(sweep, close_or_errno(fd));
	}
	EXPECT_EQ(0, mock_endpoint_remove(self->bed.mock, add.out_endpoint_id));
}

TEST_HARNESS_MAIN
