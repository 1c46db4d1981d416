// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is lost: how it is counted and told, by each policy of a full ring, and
 * whatever the consumer writes into the control region.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>

#include "event.h"
#include "kselftest_harness.h"
#include "variant.h"

#define RECORDS 8

static int loss_make(struct guest *guest, struct event_queue *queue,
		     __u32 flags)
{
	int ret = guest_make(guest);

	return ret ? ret :
		     event_queue_make(queue, guest->bed.ctx, guest->bed.dev,
				      FAULTQ_NATIVE_NONE,
				      (struct faultq_queue_alloc){
					      .flags = flags,
					      .nr_records = RECORDS,
				      });
}

static void loss_free(struct guest *guest, struct event_queue *queue)
{
	event_queue_close(queue);
	guest_free(guest);
}

FIXTURE(drop)
{
	struct guest guest;
	struct event_queue queue;
};

FIXTURE_SETUP(drop)
{
	ASSERT_EQ(0, loss_make(&self->guest, &self->queue, 0));
}

FIXTURE_TEARDOWN(drop)
{
	loss_free(&self->guest, &self->queue);
}

FIXTURE(overwrite)
{
	struct guest guest;
	struct event_queue queue;
};

FIXTURE_SETUP(overwrite)
{
	ASSERT_EQ(0, loss_make(&self->guest, &self->queue,
			       FAULTQ_QUEUE_ALLOC_OVERWRITE));
}

FIXTURE_TEARDOWN(overwrite)
{
	loss_free(&self->guest, &self->queue);
}

FIXTURE(loss)
{
	struct guest guest;
	struct event_queue queue;
};

FIXTURE_VARIANT(loss)
{
	__u32 flags;
};

FIXTURE_VARIANT_ADD(loss, drop)
VALUES(.flags = 0);

FIXTURE_VARIANT_ADD(loss, overwrite)
VALUES(.flags = FAULTQ_QUEUE_ALLOC_OVERWRITE);

FIXTURE_SETUP(loss)
{
	ASSERT_EQ(0, loss_make(&self->guest, &self->queue, variant->flags));
}

FIXTURE_TEARDOWN(loss)
{
	loss_free(&self->guest, &self->queue);
}

TEST_F(drop, told_before_the_next_event)
{
	struct bed *bed = &self->guest.bed;
	struct ring *ring = &self->queue.ring;
	const struct faultq_lost_events *lost;

	ASSERT_TRUE(bed_events(bed, &self->queue, RECORDS + 12));
	EXPECT_EQ(RECORDS, ring_ready(ring));
	EXPECT_EQ(12, LOOK(ring->header->lost_full));
	EXPECT_EQ(RECORDS + 12, LOOK(ring->header->sequence));

	/* one slot is not enough for both */
	ring_release(ring, 1);
	ASSERT_TRUE(bed_events(bed, &self->queue, 1));
	EXPECT_EQ(RECORDS - 1, ring_ready(ring));
	ring_release(ring, 1);
	ASSERT_TRUE(bed_events(bed, &self->queue, 1));
	ASSERT_EQ(RECORDS, ring_ready(ring));

	lost = (const void *)event_at(&self->queue, RECORDS - 2);
	EXPECT_EQ(FAULTQ_RECORD_LOST, lost->type);
	EXPECT_EQ(FAULTQ_LOST_FULL, lost->cause);
	EXPECT_EQ(RECORDS + 12, lost->sequence);
	EXPECT_EQ(13, lost->count);
	EXPECT_LT(event_at(&self->queue, RECORDS - 3)->timestamp,
		  lost->timestamp);
	EXPECT_EQ(RECORDS + 13, event_at(&self->queue, RECORDS - 1)->sequence);
	EXPECT_EQ(13, LOOK(ring->header->lost_full));
	EXPECT_EQ(RECORDS + 1, LOOK(ring->header->published));
}

TEST_F(drop, told_to_who_polls)
{
	struct bed *bed = &self->guest.bed;
	struct ring *ring = &self->queue.ring;
	struct pollfd wait = { .fd = self->queue.fd, .events = POLLIN };
	const struct faultq_lost_events *lost;

	ASSERT_TRUE(bed_events(bed, &self->queue, RECORDS + 3));
	ASSERT_EQ(RECORDS, ring_ready(ring));
	ring_release(ring, RECORDS);
	ASSERT_EQ(0, ring_ready(ring));
	EXPECT_EQ(1, poll(&wait, 1, 0));
	ASSERT_EQ(1, ring_ready(ring));
	lost = (const void *)event_at(&self->queue, 0);
	EXPECT_EQ(FAULTQ_RECORD_LOST, lost->type);
	EXPECT_EQ(3, lost->count);
	/* once */
	ring_release(ring, 1);
	EXPECT_EQ(0, poll(&wait, 1, 0));
	ASSERT_TRUE(bed_events(bed, &self->queue, 1));
	ASSERT_EQ(1, ring_ready(ring));
	EXPECT_EQ(FAULTQ_RECORD_FAULT, event_at(&self->queue, 0)->type);
}

TEST_F(overwrite, old_events_give_way)
{
	struct bed *bed = &self->guest.bed;
	struct ring *ring = &self->queue.ring;
	__u32 i;

	EXPECT_TRUE(LOOK(ring->header->flags) & FAULTQ_RING_OVERWRITE);
	ASSERT_TRUE(bed_events(bed, &self->queue, RECORDS));
	EXPECT_EQ(0, LOOK(ring->header->oldest));
	/* two are consumed in time */
	faultq_cons_chase(&ring->cons, &ring->header->head,
			  &ring->header->oldest);
	ASSERT_EQ(RECORDS, faultq_cons_ready(&ring->cons));
	EXPECT_TRUE(faultq_cons_intact(&ring->cons, &ring->header->oldest));
	ring_release(ring, 2);
	ASSERT_TRUE(bed_events(bed, &self->queue, 12));
	EXPECT_FALSE(faultq_cons_intact(&ring->cons, &ring->header->oldest));
	EXPECT_EQ(12, LOOK(ring->header->oldest));
	EXPECT_EQ(10, LOOK(ring->header->lost_overwritten));
	EXPECT_EQ(0, LOOK(ring->header->lost_full));
	EXPECT_EQ(RECORDS + 12, LOOK(ring->header->published));

	faultq_cons_chase(&ring->cons, &ring->header->head,
			  &ring->header->oldest);
	ASSERT_EQ(RECORDS, faultq_cons_ready(&ring->cons));
	for (i = 0; i < RECORDS; i++) {
		EXPECT_EQ(FAULTQ_RECORD_FAULT, event_at(&self->queue, i)->type);
		EXPECT_EQ(12 + i, event_at(&self->queue, i)->sequence);
	}
}

/* arrived = published + lost, and published = read + lost_overwritten */
TEST_F(loss, adds_up_for_a_reader)
{
	struct bed *bed = &self->guest.bed;
	struct ring *ring = &self->queue.ring;
	struct {
		struct vevent_header header;
		struct faultq_event event;
	} got;
	__u64 events = 0, lost = 0;
	__u32 next = 0, i;
	ssize_t ret;

	for (i = 0; i < 50; i++) {
		ASSERT_TRUE(bed_events(bed, &self->queue, i % 17));
		for (;;) {
			if (poll(&(struct pollfd){ self->queue.fd, POLLIN }, 1,
				 0) != 1)
				break;
			ret = read(self->queue.fd, &got, sizeof(got));
			ASSERT_LT(0, ret);
			if (got.header.flags & VEVENT_LOST) {
				EXPECT_EQ(sizeof(got.header), ret);
				EXPECT_LE(next, got.header.sequence);
				lost += got.header.sequence + 1 - next;
				next = got.header.sequence + 1;
				continue;
			}
			ASSERT_EQ(sizeof(got), ret);
			lost += got.event.sequence - next;
			next = got.event.sequence + 1;
			events++;
		}
		lost += LOOK(ring->header->sequence) - next;
		next = LOOK(ring->header->sequence);
	}
	EXPECT_EQ(events + lost, LOOK(ring->header->arrived));
	EXPECT_EQ(lost, LOOK(ring->header->lost_full) +
				LOOK(ring->header->lost_overwritten));
	EXPECT_LT(0, lost);
	EXPECT_EQ(0, LOOK(ring->header->bad_indices));
}

/* Whatever stands in the control region, nothing but this ring suffers. */
TEST_F(loss, hostile_control)
{
	struct bed *bed = &self->guest.bed;
	struct ring *ring = &self->queue.ring;
	const __u32 tails[] = {
		1,	   RECORDS,    RECORDS + 1, 100,
		INT32_MAX, UINT32_MAX, -RECORDS,    -RECORDS - 1
	};
	char buf[(sizeof(struct vevent_header) + sizeof(struct faultq_event)) *
		 RECORDS];
	unsigned int i;
	ssize_t ret;

	for (i = 0; i < ARRAY_SIZE(tails); i++) {
		faultq_store(&ring->control->tail, tails[i]);
		faultq_store(&ring->control->wake, tails[i]);
		faultq_store(&ring->control->resp_head, tails[i]);
		ASSERT_TRUE(bed_events(bed, &self->queue, RECORDS / 2 + 1));
		poll(&(struct pollfd){ self->queue.fd, POLLIN }, 1, 0);
		ret = read(self->queue.fd, buf, sizeof(buf));
		if (ret < 0)
			EXPECT_TRUE(errno == EIO || errno == EAGAIN);
		if (ret < 0)
			faultq_store(&ring->control->tail,
				     LOOK(ring->header->head));
	}
	EXPECT_EQ(LOOK(ring->header->arrived),
		  LOOK(ring->header->published) +
			  LOOK(ring->header->lost_full));
	/* and it goes on for a consumer that behaves again */
	faultq_store(&ring->control->tail, LOOK(ring->header->head));
	faultq_ring_init(&ring->cons, RECORDS, LOOK(ring->header->head));
	ASSERT_TRUE(bed_events(bed, &self->queue, 2));
	EXPECT_LE(2, ring_ready(ring));
}

/* A tail that cannot be stands for the oldest event, and here there is none. */
TEST_F(overwrite, tail_ahead_of_no_event)
{
	struct pollfd wait = { .fd = self->queue.fd, .events = POLLIN };
	char buf[sizeof(struct vevent_header) + sizeof(struct faultq_event)];

	ASSERT_EQ(0, fcntl(self->queue.fd, F_SETFL, O_NONBLOCK));
	faultq_store(&self->queue.ring.control->tail, 5);
	ASSERT_EQ(0, poll(&wait, 1, 0));
	ASSERT_EQ(-1, read(self->queue.fd, buf, sizeof(buf)));
	EXPECT_EQ(EAGAIN, errno);
	ASSERT_TRUE(bed_events(&self->guest.bed, &self->queue, 1));
	EXPECT_EQ(1, poll(&wait, 1, -1));
	EXPECT_EQ(sizeof(buf), read(self->queue.fd, buf, sizeof(buf)));
	EXPECT_EQ(0, poll(&wait, 1, 0));
}

TEST_HARNESS_MAIN
