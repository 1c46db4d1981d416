// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attachments that fail in the IOMMU driver, on the RID and on a PASID: the
 * former page table stays in force, and every reference and count agrees with
 * that. The driver either refuses at once, or blocks the device first.
 */
#include <string.h>

#include "bed.h"
#include "kselftest_harness.h"
#include "variant.h"

#define PASID 0x77
#define COOKIE 0x01dULL
#define PATTERN 0x5a

enum {
	VTD = MOCK_IOMMU_KIND_VTD,
	SMMUV3 = MOCK_IOMMU_KIND_SMMUV3,
	REFUSED = MOCK_IOMMU_ATTACH_REFUSED,
	BLOCKED = MOCK_IOMMU_ATTACH_BLOCKED,
};

FIXTURE(failure)
{
	struct bed bed;
	char *mem;
	int old; /* an HWPT of the QUEUE that maps a page, attached */
	int new; /* another one of the same QUEUE */
	int plain; /* one of no QUEUE */
};

FIXTURE_VARIANT(failure)
{
	__u32 kind; /* of the IOMMU */
	__u32 what; /* how the driver fails */
	int pasid;
};

FIXTURE_VARIANT_ADD(failure, vtd_rid_refused)
VALUES(.kind = VTD, .what = REFUSED, .pasid = NO_PASID);

FIXTURE_VARIANT_ADD(failure, vtd_rid_blocked)
VALUES(.kind = VTD, .what = BLOCKED, .pasid = NO_PASID);

FIXTURE_VARIANT_ADD(failure, vtd_pasid_refused)
VALUES(.kind = VTD, .what = REFUSED, .pasid = PASID);

FIXTURE_VARIANT_ADD(failure, vtd_pasid_blocked)
VALUES(.kind = VTD, .what = BLOCKED, .pasid = PASID);

FIXTURE_VARIANT_ADD(failure, smmuv3_rid_refused)
VALUES(.kind = SMMUV3, .what = REFUSED, .pasid = NO_PASID);

FIXTURE_VARIANT_ADD(failure, smmuv3_rid_blocked)
VALUES(.kind = SMMUV3, .what = BLOCKED, .pasid = NO_PASID);

FIXTURE_VARIANT_ADD(failure, smmuv3_pasid_refused)
VALUES(.kind = SMMUV3, .what = REFUSED, .pasid = PASID);

FIXTURE_VARIANT_ADD(failure, smmuv3_pasid_blocked)
VALUES(.kind = SMMUV3, .what = BLOCKED, .pasid = PASID);

FIXTURE_SETUP(failure)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, bed_make_kind(bed, variant->kind, BED_PRI,
				   &(struct faultq_queue_alloc){}));
	self->mem = pages_alloc(1);
	ASSERT_NE(NULL, self->mem);
	memset(self->mem, PATTERN, PAGE);
	self->old = fq_hwpt(bed->ctx, bed->dev, bed->queue);
	self->new = fq_hwpt(bed->ctx, bed->dev, bed->queue);
	self->plain = fq_hwpt_plain(bed->ctx, bed->dev);
	ASSERT_LT(0, self->old);
	ASSERT_LT(0, self->new);
	ASSERT_LT(0, self->plain);
	ASSERT_EQ(0, fq_map(bed->ctx, self->old, MAP_RW, self->mem, PAGE,
			    BED_IOVA));
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, self->old, variant->pasid,
			       COOKIE));
}

FIXTURE_TEARDOWN(failure)
{
	bed_free(&self->bed);
}

/* How a DMA ends that expects PATTERN in the page */
static int compare(const struct bed *bed, int pasid)
{
	char buf[PAGE];
	struct dma dma;

	memset(buf, PATTERN, sizeof(buf));
	dma_init(&dma, bed, MOCK_IOMMU_DMA_COMPARE, buf, sizeof(buf));
	if (pasid != NO_PASID)
		dma_pasid(&dma, pasid);
	return dma_run(&dma);
}

/* A page request arrives with the cookie of the old attachment. */
static bool faults_arrive(struct bed *bed, int pasid)
{
	__u64 cookie;

	if (bed_send(bed, pasid, BED_IOVA + PAGE, 1) < 0 ||
	    ring_wait(&bed->ring, 1))
		return false;
	cookie = ring_at(&bed->ring, 0)->cookie;
	ring_answer(&bed->ring, ring_take(&bed->ring), FAULTQ_RESPONSE_SUCCESS);
	return cookie == COOKIE &&
	       bed_answered(bed, 1, MOCK_IOMMU_RESPONSE_SUCCESS) == 1;
}

static int fail_next(const struct bed *bed, __u32 what, __u32 count)
{
	return mock_misbehave(bed->mock, bed->ep, what, 1, count);
}

TEST_F(failure, replacement_leaves_the_old_one)
{
	const int wanted[] = { self->new, self->plain };
	struct bed *bed = &self->bed;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wanted); i++) {
		ASSERT_EQ(0, fail_next(bed, variant->what, 1));
		EXPECT_EQ(-ENOSPC, fq_attach(bed->ctx, bed->dev, wanted[i],
					     variant->pasid, 0));
		EXPECT_EQ(MOCK_IOMMU_DMA_OK, compare(bed, variant->pasid));
		EXPECT_TRUE(faults_arrive(bed, variant->pasid));

		/* what was refused is in no one's hands */
		EXPECT_EQ(0, fq_destroy(bed->ctx, wanted[i]));
		EXPECT_EQ(-EBUSY, fq_destroy(bed->ctx, self->old));
	}
	EXPECT_EQ(0, LOOK(bed->ring.header->revoked));
	EXPECT_EQ(0, fq_detach(bed->ctx, bed->dev, variant->pasid));
	EXPECT_EQ(-ENOENT, fq_detach(bed->ctx, bed->dev, variant->pasid));
	EXPECT_EQ(0, fq_destroy(bed->ctx, self->old));
	EXPECT_NE(MOCK_IOMMU_DMA_OK, compare(bed, variant->pasid));
}

/* A group that was pending before can be answered after. */
TEST_F(failure, replacement_leaves_what_is_pending)
{
	struct bed *bed = &self->bed;

	ASSERT_LE(0, bed_send(bed, variant->pasid, BED_IOVA + PAGE, 1));
	ASSERT_EQ(0, ring_wait(&bed->ring, 1));
	ASSERT_EQ(0, fail_next(bed, variant->what, 1));
	EXPECT_EQ(-ENOSPC,
		  fq_attach(bed->ctx, bed->dev, self->new, variant->pasid, 0));
	EXPECT_EQ(1, ring_answer(&bed->ring, ring_take(&bed->ring),
				 FAULTQ_RESPONSE_SUCCESS));
	EXPECT_EQ(1, bed_answered(bed, 1, MOCK_IOMMU_RESPONSE_SUCCESS));
	EXPECT_EQ(1, LOOK(bed->ring.header->answered));
	EXPECT_EQ(0, LOOK(bed->ring.header->revoked));
}

TEST_F(failure, replacement_works_the_next_time)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, fq_map(bed->ctx, self->plain, MAP_RO, self->mem, PAGE,
			    BED_IOVA));
	ASSERT_EQ(0, fail_next(bed, variant->what, 1));
	EXPECT_EQ(-ENOSPC, fq_attach(bed->ctx, bed->dev, self->plain,
				     variant->pasid, 0));
	EXPECT_EQ(0, fq_attach(bed->ctx, bed->dev, self->plain, variant->pasid,
			       0));
	EXPECT_EQ(0, fq_destroy(bed->ctx, self->old));
	EXPECT_EQ(-EBUSY, fq_destroy(bed->ctx, self->plain));
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, compare(bed, variant->pasid));
}

TEST_F(failure, first_attachment_leaves_nothing)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, fq_detach(bed->ctx, bed->dev, variant->pasid));
	ASSERT_EQ(0, fail_next(bed, variant->what, 1));
	EXPECT_EQ(-ENOSPC,
		  fq_attach(bed->ctx, bed->dev, self->old, variant->pasid, 0));
	EXPECT_NE(MOCK_IOMMU_DMA_OK, compare(bed, variant->pasid));
	EXPECT_EQ(-ENOENT, fq_detach(bed->ctx, bed->dev, variant->pasid));
	EXPECT_EQ(0, fq_attach(bed->ctx, bed->dev, self->old, variant->pasid,
			       COOKIE));
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, compare(bed, variant->pasid));
	EXPECT_EQ(0, fq_detach(bed->ctx, bed->dev, variant->pasid));
	EXPECT_EQ(0, fq_destroy(bed->ctx, self->old));
}

/* The DEVICE goes, with all that it held, after many failures. */
TEST_F(failure, nothing_is_leaked)
{
	struct bed *bed = &self->bed;
	int i;

	ASSERT_EQ(0, fail_next(bed, REFUSED, ~0U));
	for (i = 0; i < 200; i++)
		ASSERT_EQ(-ENOSPC, fq_attach(bed->ctx, bed->dev,
					     i % 2 ? self->new : self->plain,
					     variant->pasid, 0));
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, compare(bed, variant->pasid));
	EXPECT_EQ(0, fq_destroy(bed->ctx, bed->dev));
	EXPECT_EQ(0, fq_destroy(bed->ctx, self->old));
	EXPECT_EQ(0, fq_destroy(bed->ctx, self->new));
	EXPECT_EQ(0, fq_destroy(bed->ctx, self->plain));
	EXPECT_EQ(0, fq_destroy(bed->ctx, bed->hwpt));
	EXPECT_EQ(0, fq_destroy(bed->ctx, bed->queue));
}

/*
 * The driver cannot attach the old page table again either. On the RID of a
 * kernel that restores it by itself, the mock lets it: the kernel would warn.
 */
TEST_F(failure, what_cannot_be_restored_is_detached)
{
	struct bed *bed = &self->bed;
	int ret;

	ASSERT_LE(0, bed_send(bed, variant->pasid, BED_IOVA + PAGE, 1));
	ASSERT_EQ(0, ring_wait(&bed->ring, 1));
	ASSERT_EQ(0, fail_next(bed, variant->what, 2));
	ret = fq_attach(bed->ctx, bed->dev, self->new, variant->pasid, 0);
	if (variant->what == REFUSED ||
	    (variant->pasid == NO_PASID && ret == -ENOSPC)) {
		EXPECT_EQ(-ENOSPC, ret);
		EXPECT_EQ(MOCK_IOMMU_DMA_OK, compare(bed, variant->pasid));
		EXPECT_EQ(-EBUSY, fq_destroy(bed->ctx, self->old));
		return;
	}
	EXPECT_EQ(-ENOTRECOVERABLE, ret);
	EXPECT_EQ(1, bed_answered_now(bed, MOCK_IOMMU_RESPONSE_INVALID));
	EXPECT_EQ(1, LOOK(bed->ring.header->revoked));
	EXPECT_NE(MOCK_IOMMU_DMA_OK, compare(bed, variant->pasid));
	EXPECT_EQ(-ENOENT, fq_detach(bed->ctx, bed->dev, variant->pasid));
	EXPECT_EQ(0, fq_destroy(bed->ctx, self->old));
	EXPECT_EQ(0,
		  fq_attach(bed->ctx, bed->dev, self->new, variant->pasid, 0));
	EXPECT_EQ(-EBUSY, fq_destroy(bed->ctx, self->new));
}

struct stream {
	const struct bed *bed;
	int pasid;
	int stop;
	int failed;
	pthread_t thread;
};

static void *stream(void *arg)
{
	struct stream *stream = arg;

	while (!LOOK(stream->stop))
		stream->failed += compare(stream->bed, stream->pasid) !=
				  MOCK_IOMMU_DMA_OK;
	return NULL;
}

/* A driver that leaves the old page table in force is not made to block it. */
TEST_F(failure, dma_goes_on_while_a_driver_refuses)
{
	struct stream dma = { .bed = &self->bed, .pasid = variant->pasid };
	struct bed *bed = &self->bed;
	int i;

	ASSERT_EQ(0, fail_next(bed, REFUSED, ~0U));
	ASSERT_EQ(0, pthread_create(&dma.thread, NULL, stream, &dma));
	for (i = 0; i < 100; i++)
		EXPECT_EQ(-ENOSPC, fq_attach(bed->ctx, bed->dev, self->plain,
					     variant->pasid, 0));
	__atomic_store_n(&dma.stop, 1, __ATOMIC_RELEASE);
	pthread_join(dma.thread, NULL);
	EXPECT_EQ(0, dma.failed);
}

TEST_HARNESS_MAIN
