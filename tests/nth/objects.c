// SPDX-License-Identifier: GPL-2.0-only
/*
 * Contexts, and their objects but for those of nested translation: DEVICE,
 * QUEUE, HWPT, mappings, attachments, PASIDs.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "event.h"
#include "file.h"
#include "kselftest_harness.h"
#include "limit.h"
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

/* What is the same behind any IOMMU */
FIXTURE(any)
{
	struct sweep sweep;
	struct bed bed;
	char *mem;
};

FIXTURE_SETUP(any)
{
	self->mem = pages_alloc(NR_PAGES);
	ASSERT_TRUE(self->mem);
	ASSERT_EQ(0, bed_make(&self->bed, &(struct faultq_queue_alloc){}));
}

FIXTURE_TEARDOWN(any)
{
	bed_free(&self->bed);
	EXPECT_EQ(0, self->sweep.errors);
}

TEST_F(any, context)
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

TEST_F(any, queue_of_page_requests)
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

TEST_F(any, queue_of_events)
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
TEST_F(any, regions)
{
	struct sweep *sweep = &self->sweep;
	struct bed *bed = &self->bed;
	struct faultq_queue_info info;
	void *records, *control, *responses;

	SWEEP(sweep)
	{
		STEP(sweep, fq_queue_info(bed->fd, &info));
		STEP(sweep, region(bed, FAULTQ_REGION_RECORDS,
				   info.out_records_size, &records));
		STEP(sweep, region(bed, FAULTQ_REGION_CONTROL,
				   info.out_control_size, &control));
		STEP(sweep, region(bed, FAULTQ_REGION_RESPONSES,
				   info.out_responses_size, &responses));
		STEP(sweep, unmap(responses, info.out_responses_size));
		STEP(sweep, unmap(control, info.out_control_size));
		STEP(sweep, unmap(records, info.out_records_size));
	}
}

static int poll_now(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN | POLLOUT };
	int ret = poll(&poll_fd, 1, 0);

	return ret < 0 ? -errno : poll_fd.revents;
}

static int epoll(int op, int epoll_fd, int fd)
{
	struct epoll_event event = { .events = EPOLLIN };

	return epoll_ctl(epoll_fd, op, fd, &event) ? -errno : 0;
}

TEST_F(any, polled)
{
	struct sweep *sweep = &self->sweep;
	struct bed *bed = &self->bed;
	int epoll_fd = epoll_create1(EPOLL_CLOEXEC);

	SWEEP(sweep)
	{
		STEP(sweep, poll_now(bed->fd));
		STEP(sweep, epoll(EPOLL_CTL_ADD, epoll_fd, bed->fd));
		STEP(sweep, epoll(EPOLL_CTL_DEL, epoll_fd, bed->fd));
	}
	close(epoll_fd);
}

/* A child shares the files, the regions and the memory that is pinned. */
static int fork_and_wait(void)
{
	pid_t child = fork();
	int status;

	if (child < 0)
		return -errno;
	if (!child)
		_exit(0);
	if (waitpid(child, &status, 0) != child)
		return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EPROTO;
}

TEST_F(any, forked)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, fq_map(bed->ctx, bed->hwpt, MAP_RW, self->mem,
			    NR_PAGES * PAGE, BED_IOVA));
	SWEEP(&self->sweep)
	STEP_OR(&self->sweep, EAGAIN, fork_and_wait());
}

/* The file of a QUEUE of events */
TEST_F(any, events_file)
{
	struct faultq_queue_alloc wish = {};
	struct sweep *sweep = &self->sweep;
	struct faultq_queue_info info;
	struct bed *bed = &self->bed;
	struct bed events = { .fd = fq_event_queue(bed->ctx, bed->dev, 0,
						   &wish) };
	int event = eventfd(0, EFD_CLOEXEC);
	void *records, *control;

	ASSERT_LE(0, events.fd);
	SWEEP(sweep)
	{
		STEP(sweep, fq_queue_info(events.fd, &info));
		STEP(sweep, region(&events, FAULTQ_REGION_RECORDS,
				   info.out_records_size, &records));
		STEP(sweep, region(&events, FAULTQ_REGION_CONTROL,
				   info.out_control_size, &control));
		STEP(sweep, fq_eventfd(events.fd, 0, event));
		STEP(sweep, poll_now(events.fd));
		STEP(sweep, fq_eventfd(events.fd, 0, -1));
		STEP(sweep, unmap(control, info.out_control_size));
		STEP(sweep, unmap(records, info.out_records_size));
	}
	close(event);
	close(events.fd);
}

TEST_F(any, calls_of_the_queue)
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

static int iova_ranges(const struct bed *bed)
{
	struct faultq_iova_range ranges[8];
	struct faultq_hwpt_iova_ranges arg = {
		.size = sizeof(arg),
		.hwpt_id = bed->hwpt,
		.num_iovas = ARRAY_SIZE(ranges),
		.allowed_iovas = (uintptr_t)ranges,
	};

	return call(bed->ctx, FAULTQ_HWPT_IOVA_RANGES, &arg);
}

TEST_F(objects, iova_ranges)
{
	SWEEP(&self->sweep)
	{
		STEP(&self->sweep, iova_ranges(&self->bed));
	}
}

/*
 * The n-th pin fails, as a page is not there; what was pinned before it is let
 * go. The kernel makes another attempt where memory ran out.
 */
TEST_F(any, pins)
{
	struct sweep *sweep = &self->sweep;
	struct bed *bed = &self->bed;
	unsigned int i;

	SWEEP(sweep)
	{
		for (i = 0; i < NR_PAGES && !sweep->nth; i++) {
			char *page = self->mem + i * PAGE;

			mprotect(page, PAGE, PROT_NONE);
			REFUSED(sweep, EFAULT,
				map(bed, MAP_RW, self->mem, BED_IOVA));
			mprotect(page, PAGE, PROT_READ | PROT_WRITE);
		}
		STEP(sweep, map(bed, MAP_RW, self->mem, BED_IOVA));
		STEP_HOW(sweep, ENOMEM, STEP_MAY_BE_DONE, unmap_all(bed));
	}
}

/* What a failure did not give back of the limit would be missing later. */
TEST_F(any, mappings_up_to_the_limit)
{
	struct sweep *sweep = &self->sweep;
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, obey_limit(NR_PAGES * PAGE));
	SWEEP(sweep)
	{
		madvise(self->mem, NR_PAGES * PAGE, MADV_DONTNEED);
		STEP(sweep, map(bed, MAP_RW, self->mem, BED_IOVA));
		STEP_HOW(sweep, ENOMEM, STEP_MAY_BE_DONE, unmap_all(bed));
	}
}

#define NR_MAPPINGS 64
#define MAPPING_IOVA(nr) (BED_IOVA + 2 * PAGE * (nr))

/* Each of one page, with a gap behind it */
static int map_many(const struct bed *bed, int hwpt, const char *mem)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < NR_MAPPINGS && !ret; i++)
		ret = fq_map(bed->ctx, hwpt, MAP_RW, mem, PAGE,
			     MAPPING_IOVA(i));
	return ret;
}

static int unmap_one(const struct bed *bed, unsigned int nr)
{
	__u64 length = PAGE;

	return fq_unmap(bed->ctx, bed->hwpt, MAPPING_IOVA(nr), &length);
}

static int map_one(const struct bed *bed, unsigned int nr, const char *mem)
{
	return fq_map(bed->ctx, bed->hwpt, MAP_RW, mem, PAGE, MAPPING_IOVA(nr));
}

/* Nothing is too little memory for a mapping's end. */
TEST_F(any, many_mappings)
{
	struct sweep *sweep = &self->sweep;
	struct bed *bed = &self->bed;
	int hwpt;

	ASSERT_EQ(0, map_many(bed, bed->hwpt, self->mem));
	SWEEP(sweep)
	{
		hwpt = fq_hwpt_plain(bed->ctx, bed->dev);
		EXPECT_EQ(0, map_many(bed, hwpt, self->mem));
		STEP(sweep, fq_destroy(bed->ctx, hwpt));
		STEP_HOW(sweep, ENOMEM, STEP_MAY_BE_DONE, unmap_one(bed, 20));
		STEP_HOW(sweep, ENOMEM, STEP_MAY_BE_DONE, unmap_one(bed, 21));
		STEP(sweep, map_one(bed, 21, self->mem));
		STEP(sweep, map_one(bed, 20, self->mem));
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
TEST_F(any, pasids)
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
