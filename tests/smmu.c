// SPDX-License-Identifier: GPL-2.0-only
/*
 * An SMMUv3: what its endpoints ask for, as page requests or by being stalled,
 * and what becomes of that when attachments end.
 */
#include <stdint.h>
#include <string.h>

#include "bed.h"
#include "kselftest_harness.h"
#include "variant.h"

#define PASID 0x1234
#define MANY 100

/* STAGs of the SMMUv3: more faults than that use them again */
#define STAGS 1024

/* Event ids */
enum {
	F_STREAM_DISABLED = 0x06,
	C_BAD_SUBSTREAMID = 0x08,
	F_TRANSLATION = 0x10,
	F_ADDR_SIZE = 0x11,
	F_PERMISSION = 0x13,
};

FIXTURE(smmu)
{
	struct bed bed;
	struct dma dma;
	char *mem;
	char *buf;
	int other; /* a second HWPT, of the same QUEUE */
	int plain; /* a third one, of no QUEUE */
};

FIXTURE_VARIANT(smmu)
{
	__u32 flags; /* of the endpoint */
};

FIXTURE_VARIANT_ADD(smmu, pri)
VALUES(.flags = BED_PRI);

FIXTURE_VARIANT_ADD(smmu, stall)
VALUES(.flags = BED_STALL);

FIXTURE_SETUP(smmu)
{
	struct bed *bed = &self->bed;

	self->mem = pages_alloc(4);
	self->buf = pages_alloc(4);
	ASSERT_TRUE(self->mem && self->buf);
	memset(self->mem, 'm', 4 * PAGE);
	ASSERT_EQ(0, bed_make_kind(bed, MOCK_IOMMU_KIND_SMMUV3, variant->flags,
				   &(struct faultq_queue_alloc){}));
	self->other = fq_hwpt(bed->ctx, bed->dev, bed->queue);
	ASSERT_LT(0, self->other);
	self->plain = fq_hwpt_plain(bed->ctx, bed->dev);
	ASSERT_LT(0, self->plain);
	dma_init(&self->dma, bed, MOCK_IOMMU_DMA_READ, self->buf, PAGE);
}

FIXTURE_TEARDOWN(smmu)
{
	bed_free(&self->bed);
}

static int provide(struct bed *bed, __u32 hwpt, const void *mem)
{
	return fq_map(bed->ctx, hwpt, MAP_RW, mem, PAGE, BED_IOVA);
}

TEST_F(smmu, page_is_provided_on_demand)
{
	const struct faultq_page_request *request;
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, dma_start(&self->dma));
	ASSERT_EQ(0, ring_wait(&bed->ring, 1));
	request = ring_at(&bed->ring, 0);
	EXPECT_EQ(BED_COOKIE, request->cookie);
	EXPECT_EQ(BED_IOVA, request->addr);
	EXPECT_EQ(FAULTQ_PAGE_REQUEST_READ, request->perm);
	EXPECT_TRUE(request->flags & FAULTQ_PAGE_REQUEST_LAST_PAGE);
	EXPECT_FALSE(request->flags & FAULTQ_PAGE_REQUEST_PASID_VALID);
	ASSERT_EQ(0, provide(bed, bed->hwpt, self->mem));
	ring_answer(&bed->ring, ring_take(&bed->ring), FAULTQ_RESPONSE_SUCCESS);
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_wait(&self->dma));
	EXPECT_EQ(0, memcmp(self->mem, self->buf, PAGE));
}

TEST_F(smmu, pasids_have_tables_of_their_own)
{
	const struct faultq_page_request *request;
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, provide(bed, bed->hwpt, self->mem + PAGE));
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, self->other, PASID, 0));
	dma_pasid(&self->dma, PASID);
	self->dma.arg.op = MOCK_IOMMU_DMA_WRITE;
	memset(self->buf, 'p', PAGE);
	ASSERT_EQ(0, dma_start(&self->dma));
	ASSERT_EQ(0, ring_wait(&bed->ring, 1));
	request = ring_at(&bed->ring, 0);
	EXPECT_TRUE(request->flags & FAULTQ_PAGE_REQUEST_PASID_VALID);
	EXPECT_EQ(PASID, request->pasid);
	EXPECT_EQ(FAULTQ_PAGE_REQUEST_WRITE, request->perm);
	ASSERT_EQ(0, provide(bed, self->other, self->mem));
	ring_answer(&bed->ring, ring_take(&bed->ring), FAULTQ_RESPONSE_SUCCESS);
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_wait(&self->dma));
	EXPECT_EQ('p', self->mem[0]);
	EXPECT_EQ('m', self->mem[PAGE]);
}

TEST_F(smmu, pasid_without_an_attachment)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, self->other, PASID, 0));
	dma_pasid(&self->dma, PASID + 1000);
	EXPECT_EQ(MOCK_IOMMU_DMA_BLOCKED, dma_run(&self->dma));
	EXPECT_EQ(C_BAD_SUBSTREAMID, self->dma.arg.out_reason);
	/* the context descriptor of the RID is not for PASID 0 */
	dma_pasid(&self->dma, 0);
	EXPECT_EQ(MOCK_IOMMU_DMA_BLOCKED, dma_run(&self->dma));
	EXPECT_EQ(F_STREAM_DISABLED, self->dma.arg.out_reason);
}

TEST_F(smmu, answered_invalid)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, dma_start(&self->dma));
	ASSERT_EQ(0, ring_wait(&bed->ring, 1));
	ring_answer(&bed->ring, ring_take(&bed->ring), FAULTQ_RESPONSE_INVALID);
	EXPECT_EQ(MOCK_IOMMU_DMA_INVALID, dma_wait(&self->dma));
}

TEST_F(smmu, retry_without_the_page_faults_again)
{
	struct bed *bed = &self->bed;
	int i;

	self->dma.arg.max_retries = 3;
	ASSERT_EQ(0, dma_start(&self->dma));
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, ring_wait(&bed->ring, 1));
		ring_answer(&bed->ring, ring_take(&bed->ring),
			    FAULTQ_RESPONSE_SUCCESS);
	}
	EXPECT_EQ(MOCK_IOMMU_DMA_NO_PROGRESS, dma_wait(&self->dma));
	EXPECT_EQ(3, self->dma.arg.out_retries);
}

TEST_F(smmu, read_only_page)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, fq_map(bed->ctx, bed->hwpt, MAP_RO, self->mem, PAGE,
			    BED_IOVA));
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_run(&self->dma));
	self->dma.arg.op = MOCK_IOMMU_DMA_WRITE;
	ASSERT_EQ(0, dma_start(&self->dma));
	ASSERT_EQ(0, ring_wait(&bed->ring, 1));
	EXPECT_EQ(FAULTQ_PAGE_REQUEST_WRITE, ring_at(&bed->ring, 0)->perm);
	ring_answer(&bed->ring, ring_take(&bed->ring), FAULTQ_RESPONSE_INVALID);
	EXPECT_EQ(MOCK_IOMMU_DMA_INVALID, dma_wait(&self->dma));
}

TEST_F(smmu, no_access_after_unmap)
{
	struct bed *bed = &self->bed;
	__u64 length = PAGE;

	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, self->plain, NO_PASID, 0));
	ASSERT_EQ(0, provide(bed, self->plain, self->mem));
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_run(&self->dma));
	ASSERT_EQ(0, fq_unmap(bed->ctx, self->plain, BED_IOVA, &length));
	EXPECT_NE(MOCK_IOMMU_DMA_OK, dma_run(&self->dma));
}

/* Of many pages one is left, which the range of commands does not spare. */
TEST_F(smmu, no_access_after_unmap_of_many)
{
	struct bed *bed = &self->bed;
	char *mem = pages_alloc(MANY);
	__u64 length = (MANY - 1) * PAGE;
	int i;

	ASSERT_NE(NULL, mem);
	for (i = 0; i < MANY; i++)
		ASSERT_EQ(0, fq_map(bed->ctx, self->plain, MAP_RW,
				    mem + i * PAGE, PAGE, BED_IOVA + i * PAGE));
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, self->plain, NO_PASID, 0));
	for (i = 0; i < MANY; i++) {
		self->dma.arg.iova = BED_IOVA + i * PAGE;
		ASSERT_EQ(MOCK_IOMMU_DMA_OK, dma_run(&self->dma));
	}
	ASSERT_EQ(0, fq_unmap(bed->ctx, self->plain, BED_IOVA, &length));
	EXPECT_EQ((MANY - 1) * PAGE, length);
	for (i = 0; i < MANY - 1; i++) {
		self->dma.arg.iova = BED_IOVA + i * PAGE;
		ASSERT_NE(MOCK_IOMMU_DMA_OK, dma_run(&self->dma));
	}
	self->dma.arg.iova = BED_IOVA + i * PAGE;
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_run(&self->dma));
}

/* Device TLBs of several endpoints have the same page. */
TEST_F(smmu, no_access_of_others_after_unmap)
{
	struct bed *bed = &self->bed;
	struct mock_iommu_endpoint_add add = {
		.flags = variant->flags,
		.iommu_id = bed->iommu,
	};
	int dev = bind_new(bed->mock, bed->ctx, &add);
	struct dma other = self->dma;

	ASSERT_LT(0, dev);
	other.arg.endpoint_id = add.out_endpoint_id;
	ASSERT_EQ(0, provide(bed, self->plain, self->mem));
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, self->plain, NO_PASID, 0));
	ASSERT_EQ(0, fq_attach(bed->ctx, dev, self->plain, NO_PASID, 0));
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_run(&self->dma));
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_run(&other));
	ASSERT_EQ(0,
		  fq_unmap(bed->ctx, self->plain, BED_IOVA, &(__u64){ PAGE }));
	EXPECT_NE(MOCK_IOMMU_DMA_OK, dma_run(&self->dma));
	EXPECT_NE(MOCK_IOMMU_DMA_OK, dma_run(&other));
}

/* All that a request may ask for reaches user space. */
TEST_F(smmu, request_to_execute_in_supervisor_mode)
{
	struct mock_iommu_request request = {
		.flags = MOCK_IOMMU_REQUEST_LAST | MOCK_IOMMU_REQUEST_PASID |
			 MOCK_IOMMU_REQUEST_AUTO_GRPID,
		.pasid = PASID,
		.perm = MOCK_IOMMU_PERM_READ | MOCK_IOMMU_PERM_EXEC |
			MOCK_IOMMU_PERM_PRIV,
		.addr = BED_IOVA,
	};
	struct bed *bed = &self->bed;

	if (variant->flags != BED_PRI)
		return;
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, bed->hwpt, PASID, 0));
	ASSERT_EQ(1, mock_send(bed->mock, bed->ep, &request, 1));
	ASSERT_EQ(0, ring_wait(&bed->ring, 1));
	EXPECT_EQ(FAULTQ_PAGE_REQUEST_READ | FAULTQ_PAGE_REQUEST_EXEC |
			  FAULTQ_PAGE_REQUEST_PRIV,
		  ring_at(&bed->ring, 0)->perm);
}

TEST_F(smmu, without_a_queue)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, self->plain, NO_PASID, 0));
	EXPECT_NE(MOCK_IOMMU_DMA_OK, dma_run(&self->dma));
	EXPECT_EQ(0, LOOK(bed->ring.header->arrived));
	if (variant->flags == BED_STALL)
		EXPECT_EQ(F_TRANSLATION, self->dma.arg.out_reason);
}

TEST_F(smmu, detached)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, provide(bed, bed->hwpt, self->mem));
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_run(&self->dma));
	ASSERT_EQ(0, fq_detach(bed->ctx, bed->dev, NO_PASID));
	EXPECT_EQ(MOCK_IOMMU_DMA_BLOCKED, dma_run(&self->dma));
	EXPECT_EQ(F_STREAM_DISABLED, self->dma.arg.out_reason);
}

/* Faults that are pending when their attachment ends, in whatever way */

TEST_F(smmu, detached_with_a_fault_pending)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, dma_start(&self->dma));
	ASSERT_EQ(0, ring_wait(&bed->ring, 1));
	ASSERT_EQ(0, fq_detach(bed->ctx, bed->dev, NO_PASID));
	EXPECT_EQ(MOCK_IOMMU_DMA_INVALID, dma_wait(&self->dma));
	EXPECT_EQ(0, ring_pending(&bed->ring));
}

TEST_F(smmu, replaced_with_a_fault_pending)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, dma_start(&self->dma));
	ASSERT_EQ(0, ring_wait(&bed->ring, 1));
	ASSERT_EQ(0, provide(bed, self->other, self->mem));
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, self->other, NO_PASID, 7));
	EXPECT_EQ(MOCK_IOMMU_DMA_INVALID, dma_wait(&self->dma));
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_run(&self->dma));
	EXPECT_EQ(0, ring_pending(&bed->ring));
}

TEST_F(smmu, unplugged_with_faults_pending)
{
	struct bed *bed = &self->bed;
	struct dma dma[8];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(dma); i++) {
		dma[i] = self->dma;
		dma[i].arg.iova += i * PAGE;
		ASSERT_EQ(0, dma_start(&dma[i]));
	}
	ASSERT_EQ(0, ring_wait(&bed->ring, ARRAY_SIZE(dma)));
	EXPECT_EQ(0, mock_endpoint_remove(bed->mock, bed->ep));
	for (i = 0; i < ARRAY_SIZE(dma); i++)
		EXPECT_EQ(MOCK_IOMMU_DMA_GONE, dma_wait(&dma[i]));
	EXPECT_TRUE(AWAIT(!ring_pending(&bed->ring)));
}

TEST_F(smmu, context_closed_with_a_fault_pending)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, dma_start(&self->dma));
	ASSERT_EQ(0, ring_wait(&bed->ring, 1));
	close_once(&bed->ctx);
	EXPECT_EQ(MOCK_IOMMU_DMA_INVALID, dma_wait(&self->dma));
}

/* An answer that comes late is for no one, whoever may ask by then. */
TEST_F(smmu, late_answer_is_not_anothers)
{
	struct bed *bed = &self->bed;
	struct dma other = self->dma;
	__u32 tag;
	int ret;

	ASSERT_EQ(0, dma_start(&self->dma));
	ASSERT_EQ(0, ring_wait(&bed->ring, 1));
	tag = ring_take(&bed->ring);
	ASSERT_EQ(0, mock_endpoint_reset(bed->mock, bed->ep));
	EXPECT_EQ(MOCK_IOMMU_DMA_RESET, dma_wait(&self->dma));
	ASSERT_EQ(0, dma_start(&other));
	ASSERT_EQ(0, ring_wait(&bed->ring, 1));
	ring_answer(&bed->ring, tag, FAULTQ_RESPONSE_INVALID);
	ASSERT_EQ(0, provide(bed, bed->hwpt, self->mem));
	ring_answer(&bed->ring, ring_take(&bed->ring), FAULTQ_RESPONSE_SUCCESS);
	ret = dma_wait(&other);
	if (variant->flags == BED_STALL)
		EXPECT_EQ(MOCK_IOMMU_DMA_OK, ret);
}

/* Each fault has a STAG of its own, and there are more of them than STAGs. */
TEST_F(smmu, group_indices_are_used_again)
{
	struct bed *bed = &self->bed;
	struct space space = {
		.ctx = bed->ctx,
		.hwpt = bed->hwpt,
		.iova = BED_IOVA,
		.length = 2 * STAGS * PAGE,
		.flags = MAP_RW,
	};
	struct dma dma;
	struct pager pager;

	space.mem = pages_alloc(2 * STAGS);
	ASSERT_TRUE(space.mem);
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, bed->hwpt, NO_PASID,
			       (uintptr_t)&space));
	dma_init(&dma, bed, MOCK_IOMMU_DMA_WRITE, space.mem, space.length);
	ASSERT_EQ(0, pager_start(&pager, &bed->ring));
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_run(&dma));
	pager_stop(&pager);
	EXPECT_EQ(2 * STAGS, pager.groups);
	EXPECT_EQ(0, pager.failed);
}

struct traffic {
	struct dma dma;
	int stop;
	unsigned long done;
	int bad;
	pthread_t thread;
};

static void *traffic_run(void *arg)
{
	struct traffic *traffic = arg;

	while (!LOOK(traffic->stop) && !traffic->bad) {
		traffic->bad = dma_run(&traffic->dma);
		traffic->done++;
	}
	return NULL;
}

/* Whoever is attached in the place of another maps the same: nothing misses. */
TEST_F(smmu, replacing_blocks_no_dma)
{
	struct bed *bed = &self->bed;
	struct traffic traffic[2] = {};
	int i, pasid = PASID;

	ASSERT_EQ(0, provide(bed, self->plain, self->mem));
	ASSERT_EQ(0, provide(bed, self->other, self->mem));
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, self->plain, NO_PASID, 0));
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, self->plain, pasid, 0));
	for (i = 0; i < 2; i++) {
		traffic[i].dma = self->dma;
		traffic[i].dma.arg.buf = (uintptr_t)self->buf + i * PAGE;
	}
	dma_pasid(&traffic[1].dma, pasid);
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, pthread_create(&traffic[i].thread, NULL,
					    traffic_run, &traffic[i]));
	for (i = 0; i < 200; i++) {
		int hwpt = i & 1 ? self->plain : self->other;

		EXPECT_EQ(0, fq_attach(bed->ctx, bed->dev, hwpt, NO_PASID, i));
		EXPECT_EQ(0, fq_attach(bed->ctx, bed->dev, hwpt, pasid, i));
	}
	for (i = 0; i < 2; i++) {
		__atomic_store_n(&traffic[i].stop, 1, __ATOMIC_RELEASE);
		pthread_join(traffic[i].thread, NULL);
		EXPECT_EQ(MOCK_IOMMU_DMA_OK, traffic[i].bad);
		EXPECT_LT(0, traffic[i].done);
	}
	EXPECT_EQ(0, LOOK(bed->ring.header->arrived));
}

FIXTURE(second_stage)
{
	struct bed bed;
	struct dma dma;
	char *mem;
	char *buf;
	int parent;
	int plain;
};

FIXTURE_SETUP(second_stage)
{
	struct bed *bed = &self->bed;
	struct faultq_hwpt_alloc alloc = {
		.size = sizeof(alloc),
		.flags = FAULTQ_HWPT_ALLOC_NEST_PARENT,
	};

	self->mem = pages_alloc(1);
	self->buf = pages_alloc(1);
	ASSERT_TRUE(self->mem && self->buf);
	memset(self->mem, '2', PAGE);
	ASSERT_EQ(0, bed_make_kind(bed, MOCK_IOMMU_KIND_SMMUV3, BED_PRI,
				   &(struct faultq_queue_alloc){}));
	alloc.dev_id = bed->dev;
	ASSERT_EQ(0, call(bed->ctx, FAULTQ_HWPT_ALLOC, &alloc));
	self->parent = alloc.out_hwpt_id;
	self->plain = fq_hwpt_plain(bed->ctx, bed->dev);
	ASSERT_LT(0, self->plain);
	ASSERT_EQ(0, provide(bed, self->parent, self->mem));
	dma_init(&self->dma, bed, MOCK_IOMMU_DMA_READ, self->buf, PAGE);
}

FIXTURE_TEARDOWN(second_stage)
{
	bed_free(&self->bed);
}

TEST_F(second_stage, on_the_rid)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, self->parent, NO_PASID, 0));
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_run(&self->dma));
	EXPECT_EQ('2', self->buf[0]);
	dma_pasid(&self->dma, PASID);
	EXPECT_EQ(MOCK_IOMMU_DMA_BLOCKED, dma_run(&self->dma));
	EXPECT_EQ(C_BAD_SUBSTREAMID, self->dma.arg.out_reason);
}

TEST_F(second_stage, not_on_a_pasid)
{
	struct bed *bed = &self->bed;

	EXPECT_EQ(-EINVAL,
		  fq_attach(bed->ctx, bed->dev, self->parent, PASID, 0));
}

TEST_F(second_stage, not_beside_pasids)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, self->plain, PASID, 0));
	EXPECT_EQ(-EBUSY,
		  fq_attach(bed->ctx, bed->dev, self->parent, NO_PASID, 0));
	ASSERT_EQ(0, fq_detach(bed->ctx, bed->dev, PASID));
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, self->parent, NO_PASID, 0));
	EXPECT_EQ(-EBUSY, fq_attach(bed->ctx, bed->dev, self->plain, PASID, 0));
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_run(&self->dma));
}

TEST_F(second_stage, takes_turns_with_the_first)
{
	struct bed *bed = &self->bed;
	char first[PAGE];
	int i;

	memset(self->mem, '2', PAGE);
	memset(first, '1', PAGE);
	ASSERT_EQ(0, fq_map(bed->ctx, self->plain, MAP_RW, self->buf, PAGE,
			    BED_IOVA + PAGE));
	for (i = 0; i < 3; i++) {
		self->dma.arg.iova = BED_IOVA;
		ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, self->parent,
				       NO_PASID, 0));
		EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_run(&self->dma));
		EXPECT_EQ('2', self->buf[0]);
		ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, self->plain,
				       NO_PASID, 0));
		EXPECT_NE(MOCK_IOMMU_DMA_OK, dma_run(&self->dma));
		self->dma.arg.iova = BED_IOVA + PAGE;
		EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_run(&self->dma));
	}
	ASSERT_EQ(0, fq_detach(bed->ctx, bed->dev, NO_PASID));
	EXPECT_EQ(MOCK_IOMMU_DMA_BLOCKED, dma_run(&self->dma));
	EXPECT_EQ(F_STREAM_DISABLED, self->dma.arg.out_reason);
}

TEST_HARNESS_MAIN
