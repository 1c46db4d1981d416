// SPDX-License-Identifier: GPL-2.0-only
/*
 * HWPTs on RIDs and PASIDs: whose faults come back with which cookie, and what
 * becomes of faults that are pending when an attachment ends.
 */
#include "bed.h"
#include "kselftest_harness.h"
#include "variant.h"

#define PASID 0x1234

FIXTURE(attach)
{
	struct bed bed;
	int other; /* a second HWPT, of the same QUEUE */
	int plain; /* a third one, of no QUEUE */
};

FIXTURE_VARIANT(attach)
{
	__u32 kind; /* of the IOMMU */
};

FIXTURE_VARIANT_ADD(attach, vtd)
VALUES(.kind = MOCK_IOMMU_KIND_VTD);

FIXTURE_VARIANT_ADD(attach, smmuv3)
VALUES(.kind = MOCK_IOMMU_KIND_SMMUV3);

FIXTURE_SETUP(attach)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, bed_make_kind(bed, variant->kind, BED_PRI,
				   &(struct faultq_queue_alloc){}));
	self->other = fq_hwpt(bed->ctx, bed->dev, bed->queue);
	ASSERT_LT(0, self->other);
	self->plain = fq_hwpt_plain(bed->ctx, bed->dev);
	ASSERT_LT(0, self->plain);
}

FIXTURE_TEARDOWN(attach)
{
	bed_free(&self->bed);
}

/* Takes a group of one page, and says yes to it. Returns its cookie. */
static __u64 take_cookie(struct bed *bed)
{
	__u64 cookie;

	if (ring_wait(&bed->ring, 1))
		return 0;
	cookie = ring_at(&bed->ring, 0)->cookie;
	ring_answer(&bed->ring, ring_take(&bed->ring), FAULTQ_RESPONSE_SUCCESS);
	return cookie;
}

TEST_F(attach, cookie_of_the_attachment)
{
	struct bed *bed = &self->bed;

	ASSERT_LE(0, bed_send(bed, NO_PASID, BED_IOVA, 1));
	EXPECT_EQ(BED_COOKIE, take_cookie(bed));
}

TEST_F(attach, cookie_zero_is_a_cookie)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, bed->hwpt, NO_PASID, 0));
	ASSERT_LE(0, bed_send(bed, NO_PASID, BED_IOVA, 1));
	ASSERT_EQ(0, ring_wait(&bed->ring, 1));
	EXPECT_EQ(0, ring_at(&bed->ring, 0)->cookie);
}

TEST_F(attach, label_without_a_cookie)
{
	struct bed *bed = &self->bed;
	struct faultq_device_attach attach = {
		.size = sizeof(attach),
		.dev_id = bed->dev,
		.hwpt_id = bed->hwpt,
	};

	ASSERT_EQ(0, call(bed->ctx, FAULTQ_DEVICE_ATTACH, &attach));
	ASSERT_LE(0, bed_send(bed, NO_PASID, BED_IOVA, 1));
	EXPECT_EQ(BED_LABEL, take_cookie(bed));
	attach.cookie = 1;
	EXPECT_EQ(-EINVAL, call(bed->ctx, FAULTQ_DEVICE_ATTACH, &attach));
}

TEST_F(attach, rid_and_pasids_have_cookies_of_their_own)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, bed->hwpt, 1, 111));
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, self->other, 2, 222));
	ASSERT_LE(0, bed_send(bed, 2, BED_IOVA, 1));
	ASSERT_LE(0, bed_send(bed, NO_PASID, BED_IOVA, 1));
	ASSERT_LE(0, bed_send(bed, 1, BED_IOVA, 1));
	EXPECT_EQ(222, take_cookie(bed));
	EXPECT_EQ(BED_COOKIE, take_cookie(bed));
	EXPECT_EQ(111, take_cookie(bed));
}

TEST_F(attach, pasid_comes_back)
{
	struct bed *bed = &self->bed;
	const struct faultq_page_request *request;

	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, bed->hwpt, PASID, 0));
	ASSERT_LE(0, bed_send(bed, PASID, BED_IOVA, 1));
	ASSERT_EQ(0, ring_wait(&bed->ring, 1));
	request = ring_at(&bed->ring, 0);
	EXPECT_TRUE(request->flags & FAULTQ_PAGE_REQUEST_PASID_VALID);
	EXPECT_EQ(PASID, request->pasid);
	ring_answer(&bed->ring, request->tag, FAULTQ_RESPONSE_SUCCESS);
	EXPECT_EQ(1, bed_answered(bed, 1, MOCK_IOMMU_RESPONSE_SUCCESS));
}

TEST_F(attach, page_request_on_pasid_never_attached)
{
	struct bed *bed = &self->bed;

	ASSERT_LE(0, bed_send(bed, PASID, BED_IOVA, 1));
	EXPECT_EQ(1, bed_answered(bed, 1, MOCK_IOMMU_RESPONSE_INVALID));
	EXPECT_EQ(0, LOOK(bed->ring.header->arrived));
}

TEST_F(attach, pasids_out_of_range)
{
	const __u32 pasids[] = { 0, 16, 17, 1U << 20, 1U << 31 };
	struct mock_iommu_endpoint_add add = {
		.flags = MOCK_IOMMU_ENDPOINT_ATS,
		.iommu_id = self->bed.iommu,
		.pasid_bits = 4,
	};
	int ctx = self->bed.ctx;
	int dev = bind_new(self->bed.mock, ctx, &add);
	unsigned int i;

	ASSERT_LT(0, dev);
	for (i = 0; i < ARRAY_SIZE(pasids); i++) {
		EXPECT_EQ(-EINVAL,
			  fq_attach(ctx, dev, self->plain, pasids[i], 0));
		EXPECT_EQ(-EINVAL, fq_detach(ctx, dev, pasids[i]));
	}
	EXPECT_EQ(0, fq_attach(ctx, dev, self->plain, 1, 0));
	EXPECT_EQ(0, fq_attach(ctx, dev, self->plain, 15, 0));
	EXPECT_EQ(0, mock_endpoint_remove(self->bed.mock, add.out_endpoint_id));
}

TEST_F(attach, pasid_without_its_flag)
{
	struct faultq_device_attach attach = {
		.size = sizeof(attach),
		.dev_id = self->bed.dev,
		.hwpt_id = self->bed.hwpt,
		.pasid = 5,
	};
	struct faultq_device_detach detach = {
		.size = sizeof(detach),
		.dev_id = self->bed.dev,
		.pasid = 5,
	};

	EXPECT_EQ(-EINVAL, call(self->bed.ctx, FAULTQ_DEVICE_ATTACH, &attach));
	EXPECT_EQ(-EINVAL, call(self->bed.ctx, FAULTQ_DEVICE_DETACH, &detach));
}

TEST_F(attach, pasid_alloc_and_free)
{
	struct bed *bed = &self->bed;
	int one, two;

	one = fq_pasid_alloc(bed->ctx, bed->dev);
	two = fq_pasid_alloc(bed->ctx, bed->dev);
	ASSERT_LT(0, one);
	ASSERT_LT(0, two);
	EXPECT_NE(one, two);
	EXPECT_GT(1 << MOCK_IOMMU_MAX_PASID_BITS, two);

	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, bed->hwpt, one, 0));
	EXPECT_EQ(-EBUSY, fq_pasid_free(bed->ctx, bed->dev, one));
	ASSERT_EQ(0, fq_detach(bed->ctx, bed->dev, one));
	EXPECT_EQ(0, fq_pasid_free(bed->ctx, bed->dev, one));
	EXPECT_EQ(-ENOENT, fq_pasid_free(bed->ctx, bed->dev, one));
	EXPECT_EQ(-ENOENT, fq_pasid_free(bed->ctx, bed->dev, PASID));
	EXPECT_EQ(-ENOENT, fq_pasid_free(bed->ctx, bed->dev, 0));
	EXPECT_EQ(0, fq_pasid_free(bed->ctx, bed->dev, two));
}

/* The kernel's PASIDs are one space: two devices never get the same one. */
TEST_F(attach, pasids_of_two_devices_differ)
{
	struct bed other;
	int one, two;

	ASSERT_EQ(0, bed_make(&other, &(struct faultq_queue_alloc){}));
	one = fq_pasid_alloc(self->bed.ctx, self->bed.dev);
	two = fq_pasid_alloc(other.ctx, other.dev);
	EXPECT_LT(0, one);
	EXPECT_LT(0, two);
	EXPECT_NE(one, two);
	EXPECT_EQ(-ENOENT, fq_pasid_free(other.ctx, other.dev, one));
	bed_free(&other);
}

static int take_all_pasids(int ctx, int dev, int *last)
{
	int count = 0;

	while ((*last = fq_pasid_alloc(ctx, dev)) > 0 && *last < 8)
		count++;
	return count;
}

TEST_F(attach, pasids_run_out_and_come_back_with_the_device)
{
	struct mock_iommu_endpoint_add add = {
		.flags = MOCK_IOMMU_ENDPOINT_ATS,
		.pasid_bits = 3,
	};
	int ctx = self->bed.ctx;
	int dev = bind_new(self->bed.mock, ctx, &add);
	char name[FAULTQ_DEVICE_NAME_LEN];
	int last, count;

	ASSERT_LT(0, dev);
	count = take_all_pasids(ctx, dev, &last);
	EXPECT_LT(0, count);
	EXPECT_EQ(-ENOSPC, last);

	ASSERT_EQ(0, fq_destroy(ctx, dev));
	snprintf(name, sizeof(name), "platform/%s", add.out_name);
	dev = fq_bind(ctx, name, 0);
	EXPECT_EQ(count, take_all_pasids(ctx, dev, &last));
	EXPECT_EQ(0, mock_endpoint_remove(self->bed.mock, add.out_endpoint_id));
}

/* One that could not be told to anyone was not given away. */
TEST_F(attach, pasid_alloc_into_bad_memory)
{
	struct mock_iommu_endpoint_add add = {
		.flags = MOCK_IOMMU_ENDPOINT_ATS,
		.pasid_bits = 3,
	};
	int ctx = self->bed.ctx;
	int dev = bind_new(self->bed.mock, ctx, &add);
	struct faultq_pasid_alloc *alloc = pages_alloc(1);
	int i, last;

	ASSERT_LT(0, dev);
	*alloc = (struct faultq_pasid_alloc){
		.size = sizeof(*alloc),
		.dev_id = dev,
	};
	ASSERT_EQ(0, mprotect(alloc, PAGE, PROT_READ));
	for (i = 0; i < 10; i++)
		EXPECT_EQ(-EFAULT, call(ctx, FAULTQ_PASID_ALLOC, alloc));
	EXPECT_LT(0, take_all_pasids(ctx, dev, &last));
	EXPECT_EQ(0, mock_endpoint_remove(self->bed.mock, add.out_endpoint_id));
}

TEST_F(attach, hwpt_of_another_iommu)
{
	struct bed *bed = &self->bed;
	int iommu = mock_iommu_add(bed->mock);
	struct mock_iommu_endpoint_add add = {
		.flags = MOCK_IOMMU_ENDPOINT_ATS | MOCK_IOMMU_ENDPOINT_PRI,
		.iommu_id = iommu,
		.pasid_bits = 8,
	};
	int dev;

	ASSERT_LE(0, iommu);
	dev = bind_new(bed->mock, bed->ctx, &add);
	ASSERT_LT(0, dev);
	EXPECT_EQ(-EINVAL, fq_attach(bed->ctx, dev, bed->hwpt, NO_PASID, 0));
	EXPECT_EQ(-EINVAL, fq_attach(bed->ctx, dev, bed->hwpt, 1, 0));
	EXPECT_EQ(-ENOENT, fq_detach(bed->ctx, dev, NO_PASID));
	EXPECT_EQ(0, fq_destroy(bed->ctx, dev));
	EXPECT_EQ(0, mock_iommu_remove(bed->mock, iommu));

	/* the attachments that failed hold nothing of it */
	EXPECT_EQ(0, fq_detach(bed->ctx, bed->dev, NO_PASID));
	EXPECT_EQ(0, fq_destroy(bed->ctx, bed->hwpt));
}

TEST_F(attach, queue_for_a_device_without_page_requests)
{
	struct bed *bed = &self->bed;
	struct mock_iommu_endpoint_add add = {
		.iommu_id = bed->iommu,
		.flags = MOCK_IOMMU_ENDPOINT_ATS,
	};
	int dev = bind_new(bed->mock, bed->ctx, &add);

	ASSERT_LT(0, dev);
	EXPECT_EQ(-EOPNOTSUPP,
		  fq_attach(bed->ctx, dev, bed->hwpt, NO_PASID, 0));
	EXPECT_EQ(0, fq_attach(bed->ctx, dev, self->plain, NO_PASID, 0));
	EXPECT_EQ(0, fq_destroy(bed->ctx, dev));
	EXPECT_EQ(0, mock_endpoint_remove(bed->mock, add.out_endpoint_id));
}

#define MANY 1000

static void pasid_faults(struct bed *bed, int from, int nr, int *right)
{
	const struct faultq_page_request *request;
	int i;

	for (i = from; i < from + nr; i++)
		if (bed_send(bed, i, BED_IOVA, 1) < 0)
			return;
	for (i = from; i < from + nr && !ring_wait(&bed->ring, 1); i++) {
		request = ring_at(&bed->ring, 0);
		*right += request->cookie == BED_COOKIE + request->pasid &&
			  request->pasid == i;
		ring_put(&bed->ring, request->tag, FAULTQ_RESPONSE_SUCCESS);
		ring_release(&bed->ring, 1);
	}
	fq_doorbell(bed->fd, bed->ring.index);
}

TEST_F_TIMEOUT(attach, thousand_pasids, 60)
{
	struct bed *bed = &self->bed;
	int i, hwpt, right = 0;

	for (i = 1; i <= MANY; i++) {
		hwpt = i % 2 ? bed->hwpt : self->other;
		ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, hwpt, i,
				       BED_COOKIE + i));
	}
	for (i = 0; i < MANY; i += 50)
		pasid_faults(bed, i + 1, 50, &right);
	EXPECT_EQ(MANY, right);
	EXPECT_EQ(0, ring_pending(&bed->ring));
	EXPECT_EQ(MANY, LOOK(bed->ring.header->answered));
	EXPECT_EQ(0, fq_destroy(bed->ctx, bed->dev));
	EXPECT_EQ(0, fq_destroy(bed->ctx, self->other));
}

/* Either the RID or a PASID */
FIXTURE(end)
{
	struct bed bed;
	int other;
	int plain;
};

FIXTURE_VARIANT(end)
{
	int pasid;
};

FIXTURE_VARIANT_ADD(end, rid) VALUES(.pasid = NO_PASID);

FIXTURE_VARIANT_ADD(end, pasid) VALUES(.pasid = PASID);

FIXTURE_SETUP(end)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, bed_make(bed, &(struct faultq_queue_alloc){}));
	self->other = fq_hwpt(bed->ctx, bed->dev, bed->queue);
	self->plain = fq_hwpt_plain(bed->ctx, bed->dev);
	ASSERT_LT(0, self->other);
	ASSERT_LT(0, self->plain);
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, bed->hwpt, variant->pasid,
			       BED_COOKIE));
}

FIXTURE_TEARDOWN(end)
{
	bed_free(&self->bed);
}

/*
 * Three faults, one of them consumed and none of them answered. Returns the
 * tag of that one.
 */
static __u32 leave_pending(struct bed *bed, int pasid)
{
	int i;

	for (i = 0; i < 3; i++)
		if (bed_send(bed, pasid, BED_IOVA + i * PAGE, 1) < 0)
			return 0;
	return ring_wait(&bed->ring, 3) ? 0 : ring_take(&bed->ring);
}

TEST_F(end, detach_answers_at_once)
{
	struct bed *bed = &self->bed;
	__u32 tag = leave_pending(bed, variant->pasid);

	ASSERT_NE(0, tag);
	EXPECT_EQ(0, fq_detach(bed->ctx, bed->dev, variant->pasid));
	EXPECT_EQ(3, bed_answered_now(bed, MOCK_IOMMU_RESPONSE_INVALID));
	EXPECT_EQ(3, LOOK(bed->ring.header->revoked));

	/* the answer that comes now is for no one */
	EXPECT_EQ(1, ring_answer(&bed->ring, tag, FAULTQ_RESPONSE_SUCCESS));
	EXPECT_EQ(1, LOOK(bed->ring.header->bad_responses));
	EXPECT_EQ(0, bed_answered_now(bed, MOCK_IOMMU_RESPONSE_INVALID));
	EXPECT_EQ(0, ring_pending(&bed->ring));
}

TEST_F(end, replace_answers_at_once)
{
	struct bed *bed = &self->bed;
	__u32 tag = leave_pending(bed, variant->pasid);

	ASSERT_NE(0, tag);
	EXPECT_EQ(0, fq_attach(bed->ctx, bed->dev, self->other, variant->pasid,
			       77));
	EXPECT_EQ(3, bed_answered_now(bed, MOCK_IOMMU_RESPONSE_INVALID));
	EXPECT_EQ(3, LOOK(bed->ring.header->revoked));

	ring_release(&bed->ring, 2);
	ASSERT_LE(0, bed_send(bed, variant->pasid, BED_IOVA, 1));
	EXPECT_EQ(77, take_cookie(bed));
}

TEST_F(end, replace_by_itself_gives_a_new_cookie)
{
	struct bed *bed = &self->bed;
	__u32 tag = leave_pending(bed, variant->pasid);

	ASSERT_NE(0, tag);
	EXPECT_EQ(0,
		  fq_attach(bed->ctx, bed->dev, bed->hwpt, variant->pasid, 78));
	EXPECT_EQ(3, bed_answered_now(bed, MOCK_IOMMU_RESPONSE_INVALID));
	ring_release(&bed->ring, 2);
	ASSERT_LE(0, bed_send(bed, variant->pasid, BED_IOVA, 1));
	EXPECT_EQ(78, take_cookie(bed));
}

TEST_F(end, replace_by_one_without_queue)
{
	struct bed *bed = &self->bed;

	ASSERT_NE(0, leave_pending(bed, variant->pasid));
	EXPECT_EQ(0, fq_attach(bed->ctx, bed->dev, self->plain, variant->pasid,
			       0));
	EXPECT_EQ(3, bed_answered_now(bed, MOCK_IOMMU_RESPONSE_INVALID));
	EXPECT_EQ(0,
		  fq_attach(bed->ctx, bed->dev, bed->hwpt, variant->pasid, 79));
	ring_release(&bed->ring, 2);
	ASSERT_LE(0, bed_send(bed, variant->pasid, BED_IOVA, 1));
	EXPECT_EQ(79, take_cookie(bed));
}

TEST_F(end, replace_frees_the_old_hwpt)
{
	struct bed *bed = &self->bed;
	int pasid = variant->pasid == NO_PASID ? PASID : NO_PASID;

	fq_detach(bed->ctx, bed->dev, pasid);
	EXPECT_EQ(-EBUSY, fq_destroy(bed->ctx, bed->hwpt));
	EXPECT_EQ(0, fq_attach(bed->ctx, bed->dev, self->other, variant->pasid,
			       0));
	EXPECT_EQ(0, fq_destroy(bed->ctx, bed->hwpt));
	EXPECT_EQ(-EBUSY, fq_destroy(bed->ctx, self->other));
}

TEST_F(end, detach_of_nothing_enoent)
{
	const struct bed *bed = &self->bed;

	EXPECT_EQ(0, fq_detach(bed->ctx, bed->dev, variant->pasid));
	EXPECT_EQ(-ENOENT, fq_detach(bed->ctx, bed->dev, variant->pasid));
}

/* After a detach the device is as if nothing had ever been attached. */
TEST_F(end, page_request_after_detach_invalid)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, fq_detach(bed->ctx, bed->dev, variant->pasid));
	ASSERT_LE(0, bed_send(bed, variant->pasid, BED_IOVA, 1));
	EXPECT_EQ(1, bed_answered(bed, 1, MOCK_IOMMU_RESPONSE_INVALID));
	EXPECT_EQ(0, ring_ready(&bed->ring));
	EXPECT_EQ(0, LOOK(bed->ring.header->arrived));
}

TEST_F(end, dma_ends_when_detached)
{
	struct bed *bed = &self->bed;
	char buf[8];
	struct dma dma;

	dma_init(&dma, bed, MOCK_IOMMU_DMA_READ, buf, sizeof(buf));
	if (variant->pasid != NO_PASID)
		dma_pasid(&dma, variant->pasid);
	ASSERT_EQ(0, dma_start(&dma));
	ASSERT_EQ(0, ring_wait(&bed->ring, 1));
	EXPECT_EQ(0, fq_detach(bed->ctx, bed->dev, variant->pasid));
	EXPECT_EQ(MOCK_IOMMU_DMA_INVALID, dma_wait(&dma));
}

TEST_F(end, hwpt_without_queue_invalid)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, self->plain, variant->pasid,
			       0));
	ASSERT_LE(0, bed_send(bed, variant->pasid, BED_IOVA, 1));
	EXPECT_EQ(1, bed_answered(bed, 1, MOCK_IOMMU_RESPONSE_INVALID));
	EXPECT_EQ(0, ring_ready(&bed->ring));
}

struct stream {
	const struct bed *bed;
	int pasid;
	int stop;
	int strange;
	pthread_t thread;
};

static void *stream(void *arg)
{
	struct stream *stream = arg;
	struct dma dma;
	char buf[8];
	int status;

	while (!LOOK(stream->stop)) {
		dma_init(&dma, stream->bed, MOCK_IOMMU_DMA_READ, buf,
			 sizeof(buf));
		if (stream->pasid != NO_PASID)
			dma_pasid(&dma, stream->pasid);
		status = dma_run(&dma);
		/* behind the detachment DMA is blocked */
		if (!LOOK(stream->stop))
			stream->strange += status != MOCK_IOMMU_DMA_INVALID;
	}
	return NULL;
}

/* Says no to all that is there. Returns how many came with a wrong cookie. */
static int refuse_all(struct ring *ring)
{
	int strange = 0;
	__u64 cookie;

	while (ring_ready(ring) > 0) {
		cookie = ring_at(ring, 0)->cookie;
		strange += cookie < BED_COOKIE || cookie > BED_COOKIE + 2;
		ring_answer(ring, ring_take(ring), FAULTQ_RESPONSE_INVALID);
	}
	return strange;
}

/*
 * Attachments replace each other, and themselves, under DMA: each fault comes
 * with the cookie of one that was there, and someone answers it.
 */
TEST_F(end, replace_while_faults_flow)
{
	const int hwpts[] = { self->bed.hwpt, self->other, self->other };
	struct stream dma = { .bed = &self->bed, .pasid = variant->pasid };
	struct bed *bed = &self->bed;
	int i;

	ASSERT_EQ(0, pthread_create(&dma.thread, NULL, stream, &dma));
	for (i = 0; i < 300; i++) {
		ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, hwpts[i % 3],
				       variant->pasid, BED_COOKIE + i % 3));
		ASSERT_EQ(0, refuse_all(&bed->ring));
	}
	__atomic_store_n(&dma.stop, 1, __ATOMIC_RELEASE);
	EXPECT_EQ(0, fq_detach(bed->ctx, bed->dev, variant->pasid));
	pthread_join(dma.thread, NULL);
	EXPECT_EQ(0, dma.strange);
	EXPECT_EQ(0, ring_pending(&bed->ring));
}

TEST_HARNESS_MAIN
