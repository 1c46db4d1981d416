// SPDX-License-Identifier: GPL-2.0-only
/*
 * Groups that no one answers: nothing, a warning, or an answer of the kernel.
 */
#include "answer.h"
#include "kselftest_harness.h"
#include "variant.h"

#define TIMEOUT_MS 100
#define TIMEOUT_NS (TIMEOUT_MS * 1000000ULL)

FIXTURE(timeout)
{
	struct bed bed;
	const struct faultq_ring_header *header;
};

FIXTURE_SETUP(timeout)
{
	ASSERT_EQ(0, bed_make(&self->bed,
			      &(struct faultq_queue_alloc){
				      .nr_records = 2,
				      .nr_groups = 8,
				      .timeout_ms = TIMEOUT_MS,
				      .timeout_action = FAULTQ_TIMEOUT_INVALID,
			      }));
	self->header = self->bed.ring.header;
}

FIXTURE_TEARDOWN(timeout)
{
	bed_free(&self->bed);
}

TEST_F(timeout, invalid_after_the_time)
{
	const __u64 start = now_ns();

	ASSERT_EQ(0, bed_faults(&self->bed, 1));
	EXPECT_EQ(1, bed_answered(&self->bed, 1, MOCK_IOMMU_RESPONSE_INVALID));
	EXPECT_LE(TIMEOUT_NS, now_ns() - start);
	EXPECT_EQ(1, LOOK(self->header->timed_out));
	EXPECT_EQ(0, LOOK(self->header->overdue));
	EXPECT_EQ(0, ring_pending(&self->bed.ring));
}

TEST_F(timeout, late_response_refused)
{
	struct faultq_response late = {};
	enum answer_way way;

	ASSERT_EQ(0, bed_faults(&self->bed, 1));
	late.tag = ring_take(&self->bed.ring);
	ASSERT_EQ(1, bed_answered(&self->bed, 1, MOCK_IOMMU_RESPONSE_INVALID));
	for (way = BY_RING; way <= BY_WRITE; way++)
		EXPECT_EQ(0, answer(&self->bed.ring, way, &late, 1));
	EXPECT_EQ(3, LOOK(self->header->bad_responses));
	EXPECT_EQ(0, LOOK(self->header->answered));
	EXPECT_EQ(0, bed_answered_now(&self->bed, MOCK_IOMMU_RESPONSE_SUCCESS));
}

TEST_F(timeout, answer_in_time)
{
	struct ring *ring = &self->bed.ring;
	int i;

	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, bed_faults(&self->bed, 1));
		EXPECT_EQ(1, ring_answer(ring, ring_take(ring),
					 FAULTQ_RESPONSE_SUCCESS));
	}

	/* one that no one answers tells that the time of those is over */
	ASSERT_EQ(0, bed_faults(&self->bed, 1));
	EXPECT_EQ(20,
		  bed_answered(&self->bed, 21, MOCK_IOMMU_RESPONSE_SUCCESS));
	EXPECT_EQ(1, LOOK(self->header->timed_out));
	EXPECT_EQ(20, LOOK(self->header->answered));
}

TEST_F(timeout, what_waits_for_room_grows_old_too)
{
	struct ring *ring = &self->bed.ring;

	ASSERT_EQ(0, bed_faults(&self->bed, 6));
	EXPECT_EQ(6, bed_answered(&self->bed, 6, MOCK_IOMMU_RESPONSE_INVALID));
	EXPECT_EQ(6, LOOK(self->header->timed_out));
	EXPECT_EQ(2, LOOK(self->header->published));

	/* nothing waits any more, and the ring goes on */
	ring_release(ring, ring_ready(ring));
	EXPECT_EQ(0, fq_doorbell(self->bed.fd, 0));
	EXPECT_EQ(0, LOOK(self->header->flags));
	ASSERT_EQ(0, bed_faults(&self->bed, 1));
	EXPECT_EQ(1,
		  ring_answer(ring, ring_take(ring), FAULTQ_RESPONSE_SUCCESS));
}

/* Sends a group. Returns a moment before it arrived, 0 if it does not. */
static __u64 arrival(struct bed *bed, unsigned int pages)
{
	const struct faultq_ring_header *header = bed->ring.header;
	const __u64 arrived = LOOK(header->arrived) + 1;
	const __u64 sent = now_ns();

	if (bed_send(bed, NO_PASID, BED_IOVA, pages) < 0 ||
	    !AWAIT(LOOK(header->arrived) == arrived))
		return 0;
	return sent;
}

/*
 * The timer of a group of @pages meets one that is half as old, leaves it alone
 * and comes back for it. Returns 0 if the machine was too slow for the two to
 * meet so, which leaves all as before, and -1 if something is wrong.
 */
static int younger_is_met(struct bed *bed, unsigned int pages)
{
	const __u64 older = arrival(bed, pages);
	__u64 younger;
	bool met;

	(void)AWAIT(now_ns() >= older + TIMEOUT_NS / 2);
	younger = arrival(bed, 1);
	met = ring_pending(&bed->ring) == 2;
	if (!older || !younger ||
	    bed_answered(bed, 1, MOCK_IOMMU_RESPONSE_INVALID) != 1)
		return -1;
	if (ring_pending(&bed->ring) != 1) {
		met = false;
		if (now_ns() < younger + TIMEOUT_NS)
			return -1;
	}
	if (bed_answered(bed, 1, MOCK_IOMMU_RESPONSE_INVALID) != 1 ||
	    now_ns() < younger + TIMEOUT_NS)
		return -1;
	ring_release(&bed->ring, ring_ready(&bed->ring));
	return fq_doorbell(bed->fd, 0) ? -1 : met;
}

TEST_F(timeout, younger_group_has_its_own_time)
{
	int ret = 0;

	EXPECT_TRUE(AWAIT((ret = younger_is_met(&self->bed, 1))));
	EXPECT_EQ(1, ret);
}

TEST_F(timeout, younger_group_waits_for_room)
{
	int ret = 0;

	EXPECT_TRUE(AWAIT((ret = younger_is_met(&self->bed, 2))));
	EXPECT_EQ(1, ret);
}

/* A timeout without a doorbell leaves room for what comes then. */
TEST_F(timeout, groups_after_a_timeout)
{
	ASSERT_EQ(0, bed_faults(&self->bed, 8));
	EXPECT_EQ(8, bed_answered(&self->bed, 8, MOCK_IOMMU_RESPONSE_INVALID));
	ASSERT_EQ(0, bed_faults(&self->bed, 8));
	EXPECT_EQ(8, bed_answered(&self->bed, 8, MOCK_IOMMU_RESPONSE_INVALID));
	EXPECT_EQ(0, LOOK(self->header->refused));
	EXPECT_EQ(16, LOOK(self->header->timed_out));
}

/* As many groups as one endpoint can have pending */
#define MANY BED_CREDITS

FIXTURE(many)
{
	struct bed bed;
	const struct faultq_ring_header *header;
};

FIXTURE_SETUP(many)
{
	ASSERT_EQ(0, bed_make(&self->bed,
			      &(struct faultq_queue_alloc){
				      .nr_records = MANY,
				      .nr_groups = MANY,
				      .timeout_ms = 5 * TIMEOUT_MS,
				      .timeout_action = FAULTQ_TIMEOUT_INVALID,
			      }));
	self->header = self->bed.ring.header;
}

FIXTURE_TEARDOWN(many)
{
	bed_free(&self->bed);
}

/*
 * Once they are counted, the kernel answers so many that the last ones wait for
 * their turn. A response that comes in time for that comes too late all the same.
 */
TEST_F(many, late_while_others_are_being_answered)
{
	struct ring *ring = &self->bed.ring;
	struct faultq_response late[16] = {};
	const __u32 nr = ARRAY_SIZE(late);
	__u32 round, i;

	for (round = 1; round <= 5; round++) {
		ASSERT_EQ(0, bed_faults(&self->bed, MANY));
		for (i = 0; i < nr; i++)
			late[i].tag = ring_at(ring, MANY - nr + i)->tag;
		while (LOOK(self->header->timed_out) < round * MANY)
			;
		for (i = 0; i < nr; i++)
			EXPECT_EQ(0,
				  answer(ring, BY_WRITE, &late[nr - 1 - i], 1));
		EXPECT_EQ(MANY, bed_answered(&self->bed, MANY,
					     MOCK_IOMMU_RESPONSE_INVALID));
		ring_release(ring, ring_ready(ring));
	}
	EXPECT_EQ(0, LOOK(self->header->answered));
	EXPECT_EQ(round * MANY - MANY, LOOK(self->header->timed_out));
}

TEST_F(timeout, dma_ends)
{
	char buf[8];

	EXPECT_EQ(MOCK_IOMMU_DMA_INVALID,
		  bed_dma(&self->bed, MOCK_IOMMU_DMA_READ, buf, sizeof(buf)));
	EXPECT_EQ(1, LOOK(self->header->timed_out));
}

/* A queue of its own beside one that ends its groups, as the clock */
FIXTURE(slow)
{
	struct bed bed;
	struct bed clock;
	const struct faultq_ring_header *header;
};

FIXTURE_VARIANT(slow)
{
	__u32 action;
	__u32 timeout_ms;
	__u32 overdue;
};

FIXTURE_VARIANT_ADD(slow, off) VALUES(.action = FAULTQ_TIMEOUT_OFF);

FIXTURE_VARIANT_ADD(slow, warn)
VALUES(.action = FAULTQ_TIMEOUT_WARN, .timeout_ms = TIMEOUT_MS, .overdue = 1);

FIXTURE_SETUP(slow)
{
	ASSERT_EQ(0, bed_make(&self->bed,
			      &(struct faultq_queue_alloc){
				      .nr_records = 1,
				      .nr_groups = 8,
				      .timeout_ms = variant->timeout_ms,
				      .timeout_action = variant->action,
			      }));
	ASSERT_EQ(0, bed_make(&self->clock,
			      &(struct faultq_queue_alloc){
				      .timeout_ms = 2 * TIMEOUT_MS,
				      .timeout_action = FAULTQ_TIMEOUT_INVALID,
			      }));
	self->header = self->bed.ring.header;
}

FIXTURE_TEARDOWN(slow)
{
	bed_free(&self->clock);
	bed_free(&self->bed);
}

static int clock_tick(struct bed *clock)
{
	if (bed_faults(clock, 1))
		return -1;
	return bed_answered(clock, 1, MOCK_IOMMU_RESPONSE_INVALID);
}

TEST_F(slow, still_waits_for_its_answer)
{
	struct bed *bed = &self->bed;
	__u32 tag;

	ASSERT_EQ(0, bed_faults(bed, 1));
	tag = ring_take(&bed->ring);
	ASSERT_EQ(1, clock_tick(&self->clock));
	ASSERT_TRUE(AWAIT(LOOK(self->header->overdue) == variant->overdue));
	EXPECT_EQ(0, LOOK(self->header->timed_out));
	EXPECT_EQ(1, ring_pending(&bed->ring));
	EXPECT_EQ(1, ring_answer(&bed->ring, tag, FAULTQ_RESPONSE_SUCCESS));
	EXPECT_EQ(1, bed_answered(bed, 1, MOCK_IOMMU_RESPONSE_SUCCESS));
}

TEST_F(slow, overdue_is_counted_once)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, bed_faults(bed, 3));
	ASSERT_EQ(1, clock_tick(&self->clock));
	ASSERT_TRUE(AWAIT(LOOK(self->header->overdue) == 3 * variant->overdue));
	ASSERT_EQ(1, clock_tick(&self->clock));
	ASSERT_EQ(0, bed_faults(bed, 1));
	ASSERT_EQ(1, clock_tick(&self->clock));
	ASSERT_TRUE(AWAIT(LOOK(self->header->overdue) == 4 * variant->overdue));
	EXPECT_EQ(4, ring_pending(&bed->ring));
}

TEST_HARNESS_MAIN
