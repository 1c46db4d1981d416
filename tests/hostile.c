// SPDX-License-Identifier: GPL-2.0-only
/*
 * A consumer that means harm, or is broken: it can spoil its own queue, which
 * the kernel counts and survives, and no one else's.
 */
#include <stdlib.h>

#include "answer.h"
#include "kselftest_harness.h"
#include "sleeper.h"
#include "variant.h"

#define NR_RECORDS 4
#define NR_GROUPS 8
#define VICTIM_PAGES 64

/* Someone else, whose device copies by demand paging all the while */
struct victim {
	struct bed bed;
	struct space space;
	struct pager pager;
	struct dma dma;
	char *buf;
};

static int victim_start(struct victim *victim)
{
	struct bed *bed = &victim->bed;
	const size_t length = VICTIM_PAGES * PAGE;
	int ret = bed_make(bed, &(struct faultq_queue_alloc){});

	if (ret)
		return ret;
	victim->space = (struct space){
		.ctx = bed->ctx,
		.hwpt = bed->hwpt,
		.iova = BED_IOVA,
		.mem = pages_alloc(VICTIM_PAGES),
		.length = length,
		.flags = MAP_RO,
	};
	victim->buf = pages_alloc(VICTIM_PAGES);
	memset(victim->space.mem, 0x77, length);
	ret = fq_attach(bed->ctx, bed->dev, bed->hwpt, NO_PASID,
			(uintptr_t)&victim->space);
	if (ret)
		return ret;
	ret = pager_start(&victim->pager, &bed->ring);
	if (ret)
		return ret;
	dma_init(&victim->dma, bed, MOCK_IOMMU_DMA_READ, victim->buf, length);
	return dma_start(&victim->dma);
}

/* Was every fault of it served, with the right data and no irregularity? */
static bool victim_is_well(struct victim *victim)
{
	const struct faultq_ring_header *header = victim->bed.ring.header;
	bool well = dma_wait(&victim->dma) == MOCK_IOMMU_DMA_OK;

	pager_stop(&victim->pager);
	well &= !memcmp(victim->buf, victim->space.mem, victim->space.length);
	well &= LOOK(header->answered) == VICTIM_PAGES;
	well &= LOOK(header->arrived) == VICTIM_PAGES;
	return well && !LOOK(header->bad_responses) &&
	       !LOOK(header->bad_indices);
}

FIXTURE(hostile)
{
	struct bed bed;
	struct victim victim;
};

FIXTURE_SETUP(hostile)
{
	ASSERT_EQ(0, bed_make(&self->bed, &(struct faultq_queue_alloc){
						  .nr_records = NR_RECORDS,
						  .nr_groups = NR_GROUPS,
					  }));
	ASSERT_EQ(0, victim_start(&self->victim));
}

FIXTURE_TEARDOWN(hostile)
{
	EXPECT_TRUE(victim_is_well(&self->victim));
	bed_free(&self->victim.bed);
	bed_free(&self->bed);
}

/* Answers all that is pending, by way of a new start. Returns how many. */
static int clean_up(struct ring *ring)
{
	int nr = fq_republish(ring->fd, ring->index);
	struct ring fresh;
	int i;

	if (nr < 0 || ring_map(&fresh, ring->fd, ring->index))
		return -1;
	for (i = 0; i < nr; i++)
		if (ring_answer(&fresh, ring_take(&fresh),
				FAULTQ_RESPONSE_SUCCESS) != 1)
			return -1;
	ring_unmap(&fresh);
	return nr;
}

TEST_F(hostile, tail_out_of_range)
{
	static const __u32 tails[] = {
		NR_RECORDS + 1, 1000, 1U << 31, ~0U, -NR_RECORDS,
	};
	struct ring *ring = &self->bed.ring;
	struct faultq_ring_control *control = ring->control;
	unsigned int i;

	ASSERT_EQ(0, bed_faults(&self->bed, NR_RECORDS + 1));
	ASSERT_TRUE(AWAIT(LOOK(ring->header->arrived) == NR_RECORDS + 1));
	for (i = 0; i < ARRAY_SIZE(tails); i++) {
		__u64 bad = LOOK(ring->header->bad_indices);

		faultq_store_release(&control->tail, tails[i]);
		EXPECT_EQ(0, fq_doorbell(ring->fd, 0));
		EXPECT_LT(bad, LOOK(ring->header->bad_indices));
		EXPECT_EQ(NR_RECORDS, LOOK(ring->header->published));
	}

	/* back to sense, nothing is lost */
	EXPECT_EQ(NR_RECORDS, ring_ready(ring));
	ring_release(ring, NR_RECORDS);
	EXPECT_EQ(0, fq_doorbell(ring->fd, 0));
	EXPECT_EQ(1, ring_ready(ring));
	EXPECT_EQ(BED_IOVA + NR_RECORDS * PAGE, ring_at(ring, 0)->addr);
}

TEST_F(hostile, tail_moves_back)
{
	struct ring *ring = &self->bed.ring;
	__u64 bad;

	ASSERT_EQ(0, bed_faults(&self->bed, NR_RECORDS + 1));
	ASSERT_TRUE(AWAIT(LOOK(ring->header->arrived) == NR_RECORDS + 1));
	EXPECT_EQ(NR_RECORDS, ring_ready(ring));
	ring_release(ring, 1);
	EXPECT_EQ(0, fq_doorbell(ring->fd, 0));
	ASSERT_EQ(0, bed_faults(&self->bed, 1));
	ASSERT_TRUE(AWAIT(LOOK(ring->header->arrived) == NR_RECORDS + 2));

	bad = LOOK(ring->header->bad_indices);
	faultq_store_release(&ring->control->tail, 0);
	EXPECT_EQ(0, fq_doorbell(ring->fd, 0));
	EXPECT_LT(bad, LOOK(ring->header->bad_indices));
	EXPECT_EQ(NR_RECORDS + 1, LOOK(ring->header->published));
	EXPECT_EQ(NR_RECORDS + 2, clean_up(ring));
}

TEST_F(hostile, tail_spoils_read_only_for_itself)
{
	struct ring *ring = &self->bed.ring;
	char buf[40];

	ASSERT_EQ(0, bed_faults(&self->bed, 1));
	ASSERT_EQ(0, ring_wait(ring, 1));
	faultq_store_release(&ring->control->tail, 12345);
	EXPECT_EQ(-1, read(ring->fd, buf, sizeof(buf)));
	EXPECT_EQ(EIO, errno);
	faultq_store_release(&ring->control->tail, 0);
	EXPECT_EQ(40, read(ring->fd, buf, sizeof(buf)));
}

/* Behind the first record that ever was: nothing there has an end. */
TEST_F(hostile, tail_behind_the_beginning)
{
	struct ring *ring = &self->bed.ring;
	struct sleeper sleeper;
	char buf[40];
	__u32 i;

	for (i = 1; i <= NR_RECORDS; i++) {
		faultq_store_release(&ring->control->tail, -i);
		sleeper_start(&sleeper, ring->fd, buf, sizeof(buf));
		EXPECT_EQ(-EIO, sleeper_join(&sleeper));
		EXPECT_EQ(i, LOOK(ring->header->bad_indices));
	}
}

TEST_F(hostile, response_head_out_of_range)
{
	struct ring *ring = &self->bed.ring;
	const __u32 length = ring->header->nr_responses;
	const __u32 heads[] = { length + 1, length + 1000, 1U << 31, ~0U };
	unsigned int i;
	__u32 tag;

	ASSERT_EQ(0, bed_faults(&self->bed, 2));
	tag = ring_take(&self->bed.ring);
	for (i = 0; i < ARRAY_SIZE(heads); i++) {
		faultq_store_release(&ring->control->resp_head, heads[i]);
		EXPECT_EQ(-EIO, fq_doorbell(ring->fd, 0));
		EXPECT_EQ(i + 1, LOOK(ring->header->bad_indices));
		EXPECT_EQ(0, LOOK(ring->header->resp_tail));
		EXPECT_EQ(0, LOOK(ring->header->bad_responses));
	}
	EXPECT_EQ(1, ring_answer(ring, tag, FAULTQ_RESPONSE_SUCCESS));
	EXPECT_EQ(1, bed_answered(&self->bed, 1, MOCK_IOMMU_RESPONSE_SUCCESS));
}

TEST_F(hostile, response_ring_full_of_garbage)
{
	struct ring *ring = &self->bed.ring;
	const __u32 length = ring->header->nr_responses;
	__u32 i;

	ASSERT_EQ(0, bed_faults(&self->bed, 2));
	ASSERT_EQ(0, ring_wait(ring, 2));
	for (i = 0; i < 2 * length; i++) {
		ring_put(ring, (__u32)random() & ~0xffU, random());
		if (i % length == length - 1)
			EXPECT_EQ(length, fq_doorbell(ring->fd, 0));
	}
	EXPECT_EQ(2 * length, LOOK(ring->header->bad_responses));
	EXPECT_EQ(2, ring_pending(ring));
	EXPECT_EQ(0, bed_answered_now(&self->bed, MOCK_IOMMU_RESPONSE_SUCCESS));
	EXPECT_EQ(2, clean_up(ring));
}

struct scribbler {
	struct ring *ring;
	pthread_t thread;
	int stop;
};

static void *scribble(void *arg)
{
	struct scribbler *scribbler = arg;
	struct faultq_ring_control *control = scribbler->ring->control;
	struct faultq_response *responses = scribbler->ring->responses;
	const __u32 length = scribbler->ring->header->nr_responses;
	struct random_data state = {};
	char buf[64];
	int value;

	initstate_r(7, buf, sizeof(buf), &state);
	while (!LOOK(scribbler->stop)) {
		random_r(&state, &value);
		switch (value & 7) {
		case 0:
			faultq_store(&control->tail, value);
			break;
		case 1:
			faultq_store(&control->tail, (value >> 8) & 15);
			break;
		case 2:
			faultq_store(&control->wake, value >> 3);
			break;
		case 3:
			faultq_store(&control->resp_head, value);
			break;
		case 4:
			faultq_store(&control->resp_head, (value >> 8) & 15);
			break;
		default:
			responses[(value >> 3) % length].tag = value;
			responses[(value >> 3) % length].code = value & 1;
		}
	}
	return NULL;
}

/*
 * All of the shared memory changes under the kernel's hands, while it publishes
 * and takes responses. At the end every group has been answered once.
 */
TEST_F(hostile, scribbling_while_faults_flow)
{
	struct scribbler scribbler = { .ring = &self->bed.ring };
	struct ring *ring = &self->bed.ring;
	struct mock_iommu_response got[512];
	__u64 end = deadline_in(1000);
	int sent = 0, answered = 0, ret;

	ASSERT_EQ(0, pthread_create(&scribbler.thread, NULL, scribble,
				    &scribbler));
	while (!deadline_passed(end)) {
		ret = bed_faults(&self->bed, 1);
		EXPECT_TRUE(!ret || ret == -EAGAIN);
		sent += !ret;
		ret = fq_doorbell(ring->fd, 0);
		EXPECT_TRUE(ret == -EIO ||
			    (ret >= 0 && ret <= ring->header->nr_responses));
		ret = mock_answers(self->bed.mock, self->bed.ep, got, 512, 0);
		answered += ret > 0 ? ret : 0;
	}
	__atomic_store_n(&scribbler.stop, 1, __ATOMIC_RELEASE);
	pthread_join(scribbler.thread, NULL);

	ASSERT_TRUE(AWAIT(LOOK(ring->header->arrived) == sent));
	EXPECT_LE(0, clean_up(ring));
	EXPECT_EQ(0, ring_pending(ring));
	ret = mock_answers(self->bed.mock, self->bed.ep, got, 512, 0);
	EXPECT_EQ(sent, answered + (ret > 0 ? ret : 0));
	EXPECT_LT(0, LOOK(ring->header->bad_indices));
}

TEST_F(hostile, close_after_scribbling)
{
	struct ring *ring = &self->bed.ring;

	ASSERT_EQ(0, bed_faults(&self->bed, NR_GROUPS));
	ASSERT_TRUE(AWAIT(LOOK(ring->header->arrived) == NR_GROUPS));
	memset(ring->control, 0xff, PAGE);
	memset(ring->responses, 0xff, ring->info.out_responses_size);
	close_once(&self->bed.ctx);
	EXPECT_EQ(NR_GROUPS,
		  bed_answered_now(&self->bed, MOCK_IOMMU_RESPONSE_INVALID));
}

static int send_page(struct bed *bed, __u32 flags, __u32 grpid, __u64 addr)
{
	struct mock_iommu_request request = {
		.flags = flags,
		.grpid = grpid,
		.addr = addr,
		.perm = MOCK_IOMMU_PERM_READ,
	};
	struct mock_iommu_page_request arg = {
		.size = sizeof(arg),
		.flags = MOCK_IOMMU_PAGE_REQUEST_FORCE,
		.endpoint_id = bed->ep,
		.count = 1,
		.requests = (uintptr_t)&request,
	};

	return call(bed->mock, MOCK_IOMMU_PAGE_REQUEST, &arg);
}

/* Now it is the device: an index that is in use already */
TEST_F(hostile, device_repeats_a_group_index)
{
	struct ring *ring = &self->bed.ring;
	__u32 i, tags[3];

	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, send_page(&self->bed, MOCK_IOMMU_REQUEST_LAST, 5,
				       BED_IOVA + i * PAGE));
		tags[i] = ring_take(ring);
	}
	EXPECT_NE(tags[0], tags[1]);
	EXPECT_NE(tags[1], tags[2]);
	for (i = 0; i < 3; i++)
		EXPECT_EQ(1,
			  ring_answer(ring, tags[i], FAULTQ_RESPONSE_SUCCESS));
	EXPECT_EQ(3, LOOK(ring->header->answered));
	EXPECT_EQ(0, ring_pending(ring));
}

/* A group that never ends is not delivered, nor left over for the next one. */
TEST_F(hostile, device_withholds_the_last_page)
{
	struct bed *bed = &self->bed;
	__u32 i;

	for (i = 0; i < 100; i++)
		ASSERT_EQ(0, send_page(bed, 0, i, BED_IOVA + i * PAGE));
	ASSERT_EQ(0, fq_detach(bed->ctx, bed->dev, NO_PASID));
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, bed->hwpt, NO_PASID, 3));
	EXPECT_EQ(0, LOOK(bed->ring.header->arrived));
	ASSERT_EQ(0, send_page(bed, MOCK_IOMMU_REQUEST_LAST, 7, BED_IOVA));
	ASSERT_EQ(0, ring_wait(&bed->ring, 1));
	EXPECT_EQ(1, ring_ready(&bed->ring));
	EXPECT_EQ(BED_IOVA, ring_at(&bed->ring, 0)->addr);
	EXPECT_EQ(3, ring_at(&bed->ring, 0)->cookie);
}

static __u64 rejected(const struct bed *bed)
{
	struct mock_iommu_iommu_stats stats;

	return mock_iommu_stats(bed->mock, bed->iommu, &stats) ?
		       ~0ULL :
		       stats.out_prq_rejected;
}

/* Of groups that never end no more is kept than the device has credits for. */
TEST_F(hostile, device_withholds_last_pages_without_end)
{
	struct bed *bed = &self->bed;
	__u64 before = rejected(bed);
	__u32 i;

	for (i = 0; i < BED_CREDITS + 100; i++)
		ASSERT_EQ(0, send_page(bed, 0, i % BED_CREDITS, BED_IOVA));
	/* the victim's interrupt may be under way, and takes these as well */
	EXPECT_TRUE(AWAIT(rejected(bed) == before + 100));

	/* one that ends makes room for as many as it had */
	ASSERT_EQ(0, send_page(bed, MOCK_IOMMU_REQUEST_LAST, 7, BED_IOVA));
	ASSERT_EQ(0, ring_wait(&bed->ring, 2));
	ring_take(&bed->ring);
	ASSERT_EQ(0, send_page(bed, 0, 8, BED_IOVA));
	ASSERT_EQ(0, send_page(bed, 0, 8, BED_IOVA));
	EXPECT_TRUE(AWAIT(rejected(bed) == before + 101));

	/* and so does a new beginning */
	ASSERT_EQ(0, fq_detach(bed->ctx, bed->dev, NO_PASID));
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, bed->hwpt, NO_PASID, 0));
	for (i = 0; i < BED_CREDITS; i++)
		ASSERT_EQ(0, send_page(bed, 0, i, BED_IOVA));
	EXPECT_EQ(before + 101, rejected(bed));
}

/* Tags that name no pending group, by each way to answer */
FIXTURE(tags)
{
	struct bed bed;
	struct faultq_response stale;
	struct faultq_response good;
};

FIXTURE_VARIANT(tags)
{
	enum answer_way way;
};

FIXTURE_VARIANT_ADD(tags, by_ring) VALUES(.way = BY_RING);

FIXTURE_VARIANT_ADD(tags, by_ioctl) VALUES(.way = BY_IOCTL);

FIXTURE_VARIANT_ADD(tags, by_write) VALUES(.way = BY_WRITE);

/* One group is answered already, another one is pending. */
FIXTURE_SETUP(tags)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, bed_make(bed, &(struct faultq_queue_alloc){
					   .nr_groups = 2,
				   }));
	ASSERT_EQ(0, bed_faults(bed, 2));
	self->stale.tag = ring_take(&bed->ring);
	self->good.tag = ring_take(&bed->ring);
	ASSERT_EQ(1, answer(&bed->ring, variant->way, &self->stale, 1));
	ASSERT_EQ(1, bed_answered(bed, 1, MOCK_IOMMU_RESPONSE_SUCCESS));
}

/* Whatever was tried, the pending group is unharmed. */
FIXTURE_TEARDOWN(tags)
{
	EXPECT_EQ(0, bed_answered_now(&self->bed, MOCK_IOMMU_RESPONSE_SUCCESS));
	EXPECT_EQ(1, ring_pending(&self->bed.ring));
	EXPECT_EQ(1, answer(&self->bed.ring, variant->way, &self->good, 1));
	EXPECT_EQ(1, bed_answered(&self->bed, 1, MOCK_IOMMU_RESPONSE_SUCCESS));
	bed_free(&self->bed);
}

TEST_F(tags, stale)
{
	EXPECT_EQ(0, answer(&self->bed.ring, variant->way, &self->stale, 1));
	EXPECT_EQ(1, LOOK(self->bed.ring.header->bad_responses));
}

TEST_F(tags, zero)
{
	const struct faultq_response zero = {};

	EXPECT_EQ(0, answer(&self->bed.ring, variant->way, &zero, 1));
	EXPECT_EQ(1, LOOK(self->bed.ring.header->bad_responses));
}

/* The entry is in use again, under another generation. */
TEST_F(tags, stale_of_an_entry_used_again)
{
	struct bed *bed = &self->bed;
	struct faultq_response next = {};

	ASSERT_EQ(0, bed_faults(bed, 1));
	next.tag = ring_take(&bed->ring);
	ASSERT_NE(0, next.tag);
	EXPECT_NE(self->stale.tag, next.tag);
	EXPECT_EQ(0, answer(&bed->ring, variant->way, &self->stale, 1));
	EXPECT_EQ(1, LOOK(bed->ring.header->bad_responses));
	EXPECT_EQ(1, answer(&bed->ring, variant->way, &next, 1));
	EXPECT_EQ(1, bed_answered(bed, 1, MOCK_IOMMU_RESPONSE_SUCCESS));
}

TEST_F(tags, repeated_in_one_batch)
{
	struct bed *bed = &self->bed;
	struct faultq_response twice[2] = {};

	ASSERT_EQ(0, bed_faults(bed, 1));
	twice[0].tag = ring_take(&bed->ring);
	twice[1] = twice[0];
	EXPECT_EQ(1, answer(&bed->ring, variant->way, twice, 2));
	EXPECT_EQ(1, LOOK(bed->ring.header->bad_responses));
	EXPECT_EQ(1, bed_answered(bed, 1, MOCK_IOMMU_RESPONSE_SUCCESS));
}

TEST_F(tags, foreign)
{
	struct faultq_response foreign = {};
	struct bed other;

	ASSERT_EQ(0, bed_make(&other, &(struct faultq_queue_alloc){
					      .nr_groups = 2,
				      }));
	ASSERT_EQ(0, bed_faults(&other, 1));
	foreign.tag = ring_take(&other.ring);
	EXPECT_EQ(0, answer(&self->bed.ring, variant->way, &foreign, 1));
	EXPECT_EQ(1, LOOK(self->bed.ring.header->bad_responses));
	EXPECT_EQ(0, LOOK(other.ring.header->bad_responses));
	EXPECT_EQ(1, ring_pending(&other.ring));
	bed_free(&other);
}

TEST_F(tags, near_misses)
{
	struct faultq_response near = {};
	unsigned int bit;

	for (bit = 0; bit < 32; bit++) {
		near.tag = self->good.tag ^ (1U << bit);
		EXPECT_EQ(0, answer(&self->bed.ring, variant->way, &near, 1));
		EXPECT_EQ(bit + 1, LOOK(self->bed.ring.header->bad_responses));
	}
}

TEST_F(tags, of_a_republished_group)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(1, fq_republish(bed->fd, 0));
	ring_unmap(&bed->ring);
	ASSERT_EQ(0, ring_map(&bed->ring, bed->fd, 0));
	EXPECT_EQ(0, answer(&bed->ring, variant->way, &self->good, 1));
	EXPECT_EQ(1, LOOK(bed->ring.header->bad_responses));
	self->good.tag = ring_take(&bed->ring);
	EXPECT_NE(0, self->good.tag);
}

TEST_HARNESS_MAIN
