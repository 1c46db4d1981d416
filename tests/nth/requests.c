// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page requests from the endpoint to the answer, each way to answer, and events.
 */
#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>

#include "answer.h"
#include "event.h"
#include "kselftest_harness.h"
#include "pgfault.h"
#include "sweep.h"
#include "variant.h"

FIXTURE(requests)
{
	struct sweep sweep;
	struct bed bed;
	char *mem;
	char *buf;
};

FIXTURE_VARIANT(requests)
{
	__u32 kind;
};

FIXTURE_VARIANT_ADD(requests, vtd) VALUES(.kind = MOCK_IOMMU_KIND_VTD);

FIXTURE_VARIANT_ADD(requests, smmuv3) VALUES(.kind = MOCK_IOMMU_KIND_SMMUV3);

FIXTURE_SETUP(requests)
{
	self->mem = pages_alloc(4);
	self->buf = pages_alloc(4);
	ASSERT_TRUE(self->mem && self->buf);
	ASSERT_EQ(0, bed_make_kind(&self->bed, variant->kind, BED_PRI,
				   &(struct faultq_queue_alloc){}));
}

FIXTURE_TEARDOWN(requests)
{
	bed_free(&self->bed);
	EXPECT_EQ(0, self->sweep.errors);
}

static int send_one(struct bed *bed)
{
	int ret = bed_send(bed, NO_PASID, BED_IOVA, 1);

	return ret < 0 ? ret : 0;
}

static __u64 answers_wanted(const struct bed *bed)
{
	struct mock_iommu_endpoint_stats stats;

	if (mock_endpoint_stats(bed->mock, bed->ep, &stats))
		return UINT64_MAX;
	return stats.out_outstanding_groups;
}

/* A group that there was no memory for is answered by the kernel. */
static bool arrived(struct bed *bed)
{
	return AWAIT(ring_ready(&bed->ring) > 0 || !answers_wanted(bed)) &&
	       ring_ready(&bed->ring) > 0;
}

/*
 * Sends a group until one arrives. The endpoint sent it, even if the caller
 * could not be told its index.
 */
static int ask(struct sweep *sweep, struct bed *bed)
{
	int ret = STEP_HOW(sweep, ENOMEM, STEP_MAY_BE_DONE, send_one(bed));

	if (ret || arrived(bed))
		return ret;
	if (sweep->hit == FAILED_NOTHING)
		sweep_error(sweep, "a group", "did not arrive", 0);
	mock_endpoint_reset(bed->mock, bed->ep);
	ret = send_one(bed);
	if (!arrived(bed))
		sweep_error(sweep, "a group", "did not arrive again", ret);
	return ret;
}

static bool answer_all(struct bed *bed)
{
	ring_answer_all(&bed->ring, FAULTQ_RESPONSE_INVALID);
	return AWAIT(!answers_wanted(bed));
}

/* Nothing is pending, nothing lies in the ring, and no answer in the log. */
static void settle(struct sweep *sweep, struct bed *bed)
{
	struct mock_iommu_response log[MOCK_IOMMU_RESPONSE_LOG];

	if (!answer_all(bed))
		sweep_error(sweep, "a group", "got no answer", 0);
	mock_answers(bed->mock, bed->ep, log, MOCK_IOMMU_RESPONSE_LOG, 0);
	if (!AWAIT(!ring_pending(&bed->ring)))
		sweep_error(sweep, "a group", "is pending", 0);
}

static int answers(const struct bed *bed)
{
	struct mock_iommu_response responses[4];

	return mock_answers(bed->mock, bed->ep, responses, 4, 0);
}

TEST_F(requests, answered_by_ring)
{
	struct sweep *sweep = &self->sweep;
	struct bed *bed = &self->bed;

	SWEEP(sweep)
	{
		ask(sweep, bed);
		ring_put(&bed->ring, ring_take(&bed->ring),
			 FAULTQ_RESPONSE_SUCCESS);
		STEP(sweep, fq_doorbell(bed->fd, 0));
		settle(sweep, bed);
	}
}

/* What was carried out before the number of it could not be told remains so. */
static int respond(const struct bed *bed, __u32 tag)
{
	struct faultq_response response = { tag, FAULTQ_RESPONSE_SUCCESS };
	__u32 nr = 1;
	int ret = fq_respond(bed->fd, &response, &nr);

	return ret == -EINVAL ? -ENOENT : ret;
}

TEST_F(requests, answered_by_ioctl)
{
	struct sweep *sweep = &self->sweep;
	struct bed *bed = &self->bed;
	__u32 tag;

	SWEEP(sweep)
	{
		ask(sweep, bed);
		tag = ring_take(&bed->ring);
		STEP_HOW(sweep, ENOMEM, STEP_MAY_BE_DONE, respond(bed, tag));
		settle(sweep, bed);
	}
}

static int read_group(const struct bed *bed, struct iommu_hwpt_pgfault *fault)
{
	ssize_t ret = read(bed->fd, fault, sizeof(*fault));

	return ret < 0 ? -errno : (int)ret;
}

static int write_answer(const struct bed *bed, __u32 tag)
{
	struct faultq_response response = { tag, FAULTQ_RESPONSE_SUCCESS };
	ssize_t ret = write(bed->fd, &response, sizeof(response));

	return ret < 0 ? -errno : (int)ret;
}

TEST_F(requests, read_and_written)
{
	struct sweep *sweep = &self->sweep;
	struct bed *bed = &self->bed;
	struct iommu_hwpt_pgfault fault = {};

	SWEEP(sweep)
	{
		ask(sweep, bed);
		STEP(sweep, read_group(bed, &fault));
		/* the tail was moved for us */
		faultq_cons_refresh(&bed->ring.cons, &bed->ring.header->head);
		bed->ring.cons.mine = faultq_load(&bed->ring.control->tail);
		STEP(sweep, write_answer(bed, fault.cookie));
		settle(sweep, bed);
	}
}

/* Answers that could not be told are lost, as those that were told are. */
TEST_F(requests, response_log)
{
	struct sweep *sweep = &self->sweep;
	struct bed *bed = &self->bed;

	SWEEP(sweep)
	{
		ask(sweep, bed);
		answer_all(bed);
		STEP_HOW(sweep, ENOMEM, STEP_NEW_RESULT, answers(bed));
		settle(sweep, bed);
	}
}

TEST_F(requests, republished)
{
	struct sweep *sweep = &self->sweep;
	struct bed *bed = &self->bed;

	SWEEP(sweep)
	{
		ask(sweep, bed);
		STEP_HOW(sweep, ENOMEM, STEP_NEW_RESULT,
			 fq_republish(bed->fd, 0));
		bed->ring.cons.mine = faultq_load(&bed->ring.control->tail);
		settle(sweep, bed);
	}
}

/* What is pending for an attachment ends with it. */
TEST_F(requests, revoked)
{
	struct sweep *sweep = &self->sweep;
	struct bed *bed = &self->bed;

	SWEEP(sweep)
	{
		ask(sweep, bed);
		STEP(sweep, fq_detach(bed->ctx, bed->dev, NO_PASID));
		ring_release(&bed->ring, ring_ready(&bed->ring));
		STEP(sweep, fq_attach(bed->ctx, bed->dev, bed->hwpt, NO_PASID,
				      BED_COOKIE));
		settle(sweep, bed);
	}
}

/*
 * A DMA whose pages another thread provides. If the kernel has no memory for a
 * page request, the DMA fails.
 */
static int dma_or_errno(const struct bed *bed, char *buf)
{
	int ret = bed_dma(bed, MOCK_IOMMU_DMA_READ, buf, 4 * PAGE);

	if (ret != MOCK_IOMMU_DMA_INVALID && ret != MOCK_IOMMU_DMA_FAILURE)
		return ret;
	mock_endpoint_reset(bed->mock, bed->ep);
	return -ENOMEM;
}

static void sweep_dma(struct sweep *sweep, struct bed *bed, char *mem,
		      char *buf)
{
	struct space space = {
		.ctx = bed->ctx,
		.hwpt = bed->hwpt,
		.iova = BED_IOVA,
		.mem = mem,
		.length = 4 * PAGE,
		.flags = MAP_RW,
	};
	__u64 all;
	struct pager pager;

	fq_attach(bed->ctx, bed->dev, bed->hwpt, NO_PASID, (uintptr_t)&space);
	pager_start(&pager, &bed->ring);
	SWEEP(sweep)
	{
		STEP_HOW(sweep, ENOMEM, STEP_GETS_SOME_WAY,
			 dma_or_errno(bed, buf));
		all = UINT64_MAX;
		fq_unmap(bed->ctx, bed->hwpt, 0, &all);
	}
	pager_stop(&pager);
}

TEST_F(requests, dma)
{
	sweep_dma(&self->sweep, &self->bed, self->mem, self->buf);
}

TEST(stalled_dma)
{
	struct sweep *sweep = calloc(1, sizeof(*sweep));
	char *mem = pages_alloc(8);
	struct bed bed;

	ASSERT_TRUE(sweep && mem);
	ASSERT_EQ(0, bed_make_kind(&bed, MOCK_IOMMU_KIND_SMMUV3, BED_STALL,
				   &(struct faultq_queue_alloc){}));
	sweep_dma(sweep, &bed, mem, mem + 4 * PAGE);
	bed_free(&bed);
	EXPECT_EQ(0, sweep->errors);
}

static int read_event(int fd)
{
	char buf[256];
	ssize_t ret = read(fd, buf, sizeof(buf));

	return ret < 0 ? -errno : (int)ret;
}

/* Events are raised in the caller, and reported by an interrupt. */
TEST_F(requests, event)
{
	struct faultq_queue_alloc wish = {};
	struct sweep *sweep = &self->sweep;
	struct bed *bed = &self->bed;
	int fd = fq_event_queue(bed->ctx, bed->dev, 0, &wish);

	ASSERT_LE(0, fd);
	SWEEP(sweep)
	{
		bed_event(bed, NO_PASID, 1);
		STEP(sweep, read_event(fd));
	}
	close(fd);
}

TEST_HARNESS_MAIN
