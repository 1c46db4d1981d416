// SPDX-License-Identifier: GPL-2.0-only
/*
 * libfaultq against a queue that is none: a memfd holds the regions where the
 * library maps them, ioctl() and poll() below stand in for the kernel.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "faultq_ring.h"
#include "kselftest_harness.h"
#include "libfaultq.h"
#include "variant.h"

#define RECORDS 8
#define RESPONSES 4
#define MAX_RINGS 2
#define REGION (16 * 4096)

/**
 * struct fake_ring - the kernel's side of a ring
 * @header: the record region
 * @control: the control region
 * @responses: the response region
 * @prod: producer of records
 * @cons: consumer of responses
 * @doorbells: how often it was rung
 * @answers: the responses that came
 * @nr_answers: how many
 */
struct fake_ring {
	struct faultq_ring_header *header;
	struct faultq_ring_control *control;
	unsigned char *responses;
	struct faultq_ring_side prod;
	struct faultq_ring_side cons;
	unsigned int doorbells;
	struct faultq_response answers[64];
	unsigned int nr_answers;
};

static struct fake {
	struct faultq_queue_info info;
	struct fake_ring rings[MAX_RINGS];
	int fd;
	int error;
	unsigned int polls;
	short revents;
	struct faultq_queue_eventfd eventfd;
	__u32 respond_limit;
} fake;

static void take_answers(struct fake_ring *ring)
{
	struct faultq_response *from;
	size_t slot;

	if (faultq_cons_refresh(&ring->cons, &ring->control->resp_head))
		return;
	while (faultq_cons_ready(&ring->cons)) {
		slot = faultq_ring_slot(&ring->cons, ring->cons.mine);
		from = (void *)(ring->responses +
				slot * ring->header->response_size);
		ring->answers[ring->nr_answers++] = *from;
		faultq_cons_release(&ring->cons, &ring->header->resp_tail, 1);
	}
}

static int fake_doorbell(unsigned long index)
{
	fake.rings[index].doorbells++;
	take_answers(&fake.rings[index]);
	return 0;
}

static int fake_republish(unsigned long index)
{
	struct fake_ring *ring = &fake.rings[index];

	ring->control->tail = ring->prod.mine;
	ring->control->resp_head = ring->cons.mine;
	faultq_ring_init(&ring->prod, ring->prod.size, ring->prod.mine);
	return 3;
}

static int fake_respond(struct faultq_queue_respond *arg)
{
	if (arg->nr_responses <= fake.respond_limit)
		return 0;
	arg->nr_responses = fake.respond_limit;
	errno = EINVAL;
	return -1;
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list list;
	void *arg;

	va_start(list, request);
	arg = va_arg(list, void *);
	va_end(list);
	if (fd != fake.fd || fake.error) {
		errno = fd == fake.fd ? fake.error : ENOTTY;
		return -1;
	}
	switch (request) {
	case FAULTQ_QUEUE_INFO:
		*(struct faultq_queue_info *)arg = fake.info;
		return 0;
	case FAULTQ_QUEUE_DOORBELL:
		return fake_doorbell((unsigned long)arg);
	case FAULTQ_QUEUE_REPUBLISH:
		return fake_republish((unsigned long)arg);
	case FAULTQ_QUEUE_RESPOND:
		return fake_respond(arg);
	case FAULTQ_QUEUE_EVENTFD:
		fake.eventfd = *(struct faultq_queue_eventfd *)arg;
		return 0;
	}
	errno = ENOTTY;
	return -1;
}

int poll(struct pollfd *fds, nfds_t nfds, int timeout)
{
	fake.polls++;
	fds->revents = fake.revents;
	return fake.revents ? 1 : 0;
}

static void *fake_region(__u32 ring, __u32 region)
{
	return mmap(NULL, REGION, PROT_READ | PROT_WRITE, MAP_SHARED, fake.fd,
		    FAULTQ_MMAP_OFFSET(ring, region));
}

static void fake_ring_start(struct fake_ring *ring, __u32 i, __u32 start)
{
	ring->header = fake_region(i, FAULTQ_REGION_RECORDS);
	ring->control = fake_region(i, FAULTQ_REGION_CONTROL);
	ring->responses = fake_region(i, FAULTQ_REGION_RESPONSES);
	*ring->header = (struct faultq_ring_header){
		.magic = FAULTQ_RING_MAGIC,
		.version = FAULTQ_RING_VERSION,
		.header_size = 4096,
		.record_size = sizeof(struct faultq_page_request),
		.nr_records = RECORDS,
		.response_size = sizeof(struct faultq_response),
		.nr_responses = RESPONSES,
		.ring = i,
		.type = FAULTQ_QUEUE_TYPE_IOPF,
		.head = start,
		.resp_tail = start,
	};
	ring->control->tail = start;
	ring->control->resp_head = start;
	faultq_ring_init(&ring->prod, RECORDS, start);
	faultq_ring_init(&ring->cons, RESPONSES, start);
}

static void fake_start(__u32 start)
{
	__u32 i;

	memset(&fake, 0, sizeof(fake));
	fake.fd = memfd_create("fake", 0);
	ftruncate(fake.fd, FAULTQ_MMAP_OFFSET(MAX_RINGS, 0));
	fake.info = (struct faultq_queue_info){
		.size = sizeof(fake.info),
		.out_type = FAULTQ_QUEUE_TYPE_IOPF,
		.out_nr_rings = MAX_RINGS,
		.out_records_size = REGION,
		.out_control_size = 4096,
		.out_responses_size = REGION,
	};
	for (i = 0; i < MAX_RINGS; i++)
		fake_ring_start(&fake.rings[i], i, start);
}

static struct faultq_page_request *fake_record(struct fake_ring *ring,
					       __u32 index)
{
	size_t slot = faultq_ring_slot(&ring->prod, index);

	return (void *)((char *)ring->header + ring->header->header_size +
			slot * ring->header->record_size);
}

/* A group of @pages with a tag; its addresses count from @addr on. */
static void fake_group(struct fake_ring *ring, __u32 pages, __u32 tag,
		       __u64 addr)
{
	struct faultq_page_request *record;
	__u32 i;

	for (i = 0; i < pages; i++) {
		record = fake_record(ring, ring->prod.mine + i);
		memset(record, 0, sizeof(*record));
		record->type = FAULTQ_RECORD_PAGE_REQUEST;
		record->addr = addr + i;
	}
	record = fake_record(ring, ring->prod.mine + pages - 1);
	record->flags = FAULTQ_PAGE_REQUEST_LAST_PAGE;
	record->tag = tag;
	faultq_prod_publish(&ring->prod, &ring->header->head, pages);
}

FIXTURE(lib)
{
	struct faultq_queue *queue;
	struct faultq_ring *ring;
	struct fake_ring *kernel;
};

FIXTURE_VARIANT(lib)
{
	__u32 start;
};

FIXTURE_VARIANT_ADD(lib, from_0) VALUES(.start = 0);
FIXTURE_VARIANT_ADD(lib, through_2_32) VALUES(.start = 0xfffffffd);

FIXTURE_SETUP(lib)
{
	fake_start(variant->start);
	self->kernel = &fake.rings[0];
	ASSERT_EQ(0, faultq_queue_open(fake.fd, &self->queue));
	self->ring = faultq_queue_ring(self->queue, 0);
}

FIXTURE_TEARDOWN(lib)
{
	faultq_queue_close(self->queue);
}

TEST_F(lib, has_the_rings_that_the_kernel_tells_of)
{
	EXPECT_NE(NULL, faultq_queue_ring(self->queue, 0));
	EXPECT_NE(NULL, faultq_queue_ring(self->queue, MAX_RINGS - 1));
	EXPECT_EQ(NULL, faultq_queue_ring(self->queue, MAX_RINGS));
	EXPECT_EQ(fake.fd, faultq_queue_fd(self->queue));
}

TEST_F(lib, takes_groups_in_order)
{
	struct faultq_group group;
	__u32 i;

	ASSERT_EQ(0, faultq_ring_next(self->ring, &group));
	fake_group(self->kernel, 1, 100, 0x1000);
	fake_group(self->kernel, 3, 101, 0x2000);
	ASSERT_EQ(1, faultq_ring_next(self->ring, &group));
	EXPECT_EQ(100, group.tag);
	EXPECT_EQ(1, group.nr_pages);
	EXPECT_EQ(0x1000, faultq_ring_page(self->ring, &group, 0)->addr);
	ASSERT_EQ(1, faultq_ring_next(self->ring, &group));
	EXPECT_EQ(101, group.tag);
	ASSERT_EQ(3, group.nr_pages);
	for (i = 0; i < 3; i++)
		EXPECT_EQ(0x2000 + i,
			  faultq_ring_page(self->ring, &group, i)->addr);
	EXPECT_EQ(0, faultq_ring_next(self->ring, &group));
}

/* Groups of 5 in a ring of 8 wrap in every way. */
TEST_F(lib, groups_wrap_around_the_end)
{
	struct faultq_group group;
	__u32 round, i;
	__u64 addr;

	for (round = 0; round < 40; round++) {
		fake_group(self->kernel, 5, round, round * 0x1000);
		ASSERT_EQ(1, faultq_ring_next(self->ring, &group));
		ASSERT_EQ(round, group.tag);
		ASSERT_EQ(5, group.nr_pages);
		for (i = 0; i < 5; i++) {
			addr = faultq_ring_page(self->ring, &group, i)->addr;
			ASSERT_EQ(round * 0x1000 + i, addr);
		}
		ASSERT_EQ(0, faultq_ring_flush(self->ring));
		ASSERT_EQ(0, faultq_prod_refresh(&self->kernel->prod,
						 &self->kernel->control->tail));
		ASSERT_EQ(RECORDS, faultq_prod_free(&self->kernel->prod));
	}
}

TEST_F(lib, a_group_may_fill_the_ring)
{
	struct faultq_group group;

	fake_group(self->kernel, RECORDS, 7, 0);
	ASSERT_EQ(1, faultq_ring_next(self->ring, &group));
	EXPECT_EQ(RECORDS, group.nr_pages);
	EXPECT_EQ(7, group.tag);
}

/* What comes during a batch belongs to the next one. */
TEST_F(lib, a_batch_ends_where_it_was_first_seen_to_end)
{
	struct faultq_group group;

	fake_group(self->kernel, 1, 1, 0);
	ASSERT_EQ(1, faultq_ring_next(self->ring, &group));
	fake_group(self->kernel, 1, 2, 0);
	EXPECT_EQ(0, faultq_ring_next(self->ring, &group));
	EXPECT_EQ(0, faultq_ring_flush(self->ring));
	ASSERT_EQ(1, faultq_ring_next(self->ring, &group));
	EXPECT_EQ(2, group.tag);
}

/* The kernel must not overwrite what the consumer may still read. */
TEST_F(lib, records_are_given_back_by_the_flush)
{
	struct faultq_group group;
	__u32 start = self->kernel->control->tail;

	fake_group(self->kernel, 2, 1, 0);
	ASSERT_EQ(1, faultq_ring_next(self->ring, &group));
	EXPECT_EQ(0, faultq_ring_next(self->ring, &group));
	EXPECT_EQ(start, self->kernel->control->tail);
	ASSERT_EQ(0, faultq_ring_flush(self->ring));
	EXPECT_EQ(start + 2, self->kernel->control->tail);
}

TEST_F(lib, doorbell_is_rung_for_answers_once)
{
	struct faultq_group group;

	fake_group(self->kernel, 1, 1, 0);
	fake_group(self->kernel, 1, 2, 0);
	self->kernel->header->flags = FAULTQ_RING_NEED_DOORBELL;
	while (faultq_ring_next(self->ring, &group) > 0)
		ASSERT_EQ(0, faultq_ring_respond(self->ring, group.tag,
						 group.tag - 1));
	EXPECT_EQ(0, self->kernel->doorbells);
	ASSERT_EQ(0, faultq_ring_flush(self->ring));
	EXPECT_EQ(1, self->kernel->doorbells);
	ASSERT_EQ(2, self->kernel->nr_answers);
	EXPECT_EQ(1, self->kernel->answers[0].tag);
	EXPECT_EQ(FAULTQ_RESPONSE_SUCCESS, self->kernel->answers[0].code);
	EXPECT_EQ(2, self->kernel->answers[1].tag);
	EXPECT_EQ(FAULTQ_RESPONSE_INVALID, self->kernel->answers[1].code);
}

TEST_F(lib, doorbell_is_rung_for_groups_that_wait_for_room)
{
	struct faultq_group group;

	fake_group(self->kernel, 1, 1, 0);
	ASSERT_EQ(1, faultq_ring_next(self->ring, &group));
	ASSERT_EQ(0, faultq_ring_flush(self->ring));
	EXPECT_EQ(0, self->kernel->doorbells);

	self->kernel->header->flags = FAULTQ_RING_NEED_DOORBELL;
	fake_group(self->kernel, 1, 2, 0);
	ASSERT_EQ(1, faultq_ring_next(self->ring, &group));
	ASSERT_EQ(0, faultq_ring_flush(self->ring));
	EXPECT_EQ(1, self->kernel->doorbells);
}

TEST_F(lib, flush_without_anything_is_no_system_call)
{
	self->kernel->header->flags = FAULTQ_RING_NEED_DOORBELL;
	fake.error = EIO;
	EXPECT_EQ(0, faultq_ring_flush(self->ring));
	EXPECT_EQ(0, faultq_ring_flush(self->ring));
}

TEST_F(lib, full_response_ring_is_emptied_on_the_way)
{
	__u32 i;

	for (i = 0; i < 5 * RESPONSES + 1; i++)
		ASSERT_EQ(0, faultq_ring_respond(self->ring, i, 0));
	EXPECT_EQ(5, self->kernel->doorbells);
	ASSERT_EQ(0, faultq_ring_flush(self->ring));
	ASSERT_EQ(5 * RESPONSES + 1, self->kernel->nr_answers);
	for (i = 0; i < 5 * RESPONSES + 1; i++)
		EXPECT_EQ(i, self->kernel->answers[i].tag);
}

/* A batch goes on, its records untouched, when the answers need room. */
TEST_F(lib, making_room_for_answers_gives_no_records_back)
{
	__u32 start = self->kernel->control->tail;
	struct faultq_group group;
	__u32 i;

	for (i = 0; i < RECORDS; i++)
		fake_group(self->kernel, 1, i, i);
	for (i = 0; i < RECORDS; i++) {
		ASSERT_EQ(1, faultq_ring_next(self->ring, &group));
		ASSERT_EQ(i, group.tag);
		ASSERT_EQ(0, faultq_ring_respond(self->ring, i, 0));
	}
	EXPECT_EQ(1, self->kernel->doorbells);
	EXPECT_EQ(start, self->kernel->control->tail);
}

TEST_F(lib, a_failing_doorbell_is_told)
{
	ASSERT_EQ(0, faultq_ring_respond(self->ring, 1, 0));
	fake.error = ENODEV;
	EXPECT_EQ(-ENODEV, faultq_ring_flush(self->ring));
}

TEST_F(lib, head_that_cannot_be_is_refused)
{
	struct faultq_group group;

	self->kernel->header->head = variant->start + RECORDS + 1;
	EXPECT_EQ(-EPROTO, faultq_ring_next(self->ring, &group));
	self->kernel->header->head = variant->start - 1;
	EXPECT_EQ(-EPROTO, faultq_ring_next(self->ring, &group));
	EXPECT_EQ(-EPROTO, faultq_queue_wait(self->queue, 0));
	self->kernel->header->head = variant->start;
	EXPECT_EQ(0, faultq_ring_next(self->ring, &group));
}

TEST_F(lib, group_without_an_end_is_refused)
{
	struct faultq_group group;

	fake_group(self->kernel, 3, 1, 0);
	fake_record(self->kernel, variant->start + 2)->flags = 0;
	EXPECT_EQ(-EPROTO, faultq_ring_next(self->ring, &group));
}

TEST_F(lib, response_tail_that_cannot_be_is_refused)
{
	__u32 i;

	for (i = 0; i < RESPONSES; i++)
		ASSERT_EQ(0, faultq_ring_respond(self->ring, i, 0));
	self->kernel->header->resp_tail = variant->start + RESPONSES + 1;
	EXPECT_EQ(-EPROTO, faultq_ring_respond(self->ring, i, 0));
}

TEST_F(lib, arming_asks_for_the_next_group)
{
	struct faultq_group group;

	EXPECT_EQ(1, faultq_ring_arm(self->ring));
	EXPECT_EQ(variant->start, self->kernel->control->wake);
	fake_group(self->kernel, 2, 1, 0);
	EXPECT_TRUE(faultq_prod_must_wake(&self->kernel->prod,
					  &self->kernel->control->wake, 2));
	EXPECT_EQ(0, faultq_ring_arm(self->ring));
	ASSERT_EQ(1, faultq_ring_next(self->ring, &group));
	EXPECT_EQ(1, faultq_ring_arm(self->ring));
	EXPECT_EQ(variant->start + 2, self->kernel->control->tail);
	EXPECT_EQ(variant->start + 2, self->kernel->control->wake);
}

TEST_F(lib, waiting_polls_only_if_there_is_nothing)
{
	struct faultq_group group;

	fake_group(&fake.rings[1], 1, 1, 0);
	EXPECT_EQ(1, faultq_queue_wait(self->queue, -1));
	ASSERT_EQ(1,
		  faultq_ring_next(faultq_queue_ring(self->queue, 1), &group));
	fake_group(self->kernel, 1, 2, 0);
	EXPECT_EQ(1, faultq_queue_wait(self->queue, -1));
	ASSERT_EQ(1, faultq_ring_next(self->ring, &group));
	EXPECT_EQ(0, fake.polls);
	EXPECT_EQ(0, faultq_queue_wait(self->queue, 0));
	EXPECT_EQ(1, fake.polls);
	EXPECT_EQ(variant->start + 1, fake.rings[1].control->tail);
	fake.revents = POLLIN;
	EXPECT_EQ(1, faultq_queue_wait(self->queue, -1));
	fake.revents = POLLHUP;
	EXPECT_EQ(-ENODEV, faultq_queue_wait(self->queue, -1));
}

TEST_F(lib, waiting_flushes)
{
	ASSERT_EQ(0, faultq_ring_respond(self->ring, 9, 1));
	EXPECT_EQ(0, faultq_queue_wait(self->queue, 0));
	ASSERT_EQ(1, self->kernel->nr_answers);
	EXPECT_EQ(9, self->kernel->answers[0].tag);
}

TEST_F(lib, counters_are_added_up)
{
	struct faultq_stats stats;

	fake.rings[0].header->arrived = 5;
	fake.rings[1].header->arrived = 7;
	fake.rings[0].header->wakeups = 1;
	fake.rings[1].header->bad_indices = 2;
	fake.rings[0].header->revoked = 3;
	fake.rings[1].header->revoked = 4;
	faultq_ring_stats(self->ring, &stats);
	EXPECT_EQ(5, stats.arrived);
	EXPECT_EQ(0, stats.bad_indices);
	faultq_queue_stats(self->queue, &stats);
	EXPECT_EQ(12, stats.arrived);
	EXPECT_EQ(1, stats.wakeups);
	EXPECT_EQ(2, stats.bad_indices);
	EXPECT_EQ(7, stats.revoked);
	EXPECT_EQ(0, stats.answered);
}

TEST_F(lib, republishing_starts_both_rings_anew)
{
	struct faultq_group group;

	fake_group(self->kernel, 2, 1, 0);
	ASSERT_EQ(1, faultq_ring_next(self->ring, &group));
	ASSERT_EQ(0, faultq_ring_respond(self->ring, 1, 0));
	EXPECT_EQ(3, faultq_ring_republish(self->ring));
	EXPECT_EQ(0, faultq_ring_flush(self->ring));
	EXPECT_EQ(0, self->kernel->doorbells);
	EXPECT_EQ(0, faultq_ring_next(self->ring, &group));
	fake_group(self->kernel, 1, 2, 0);
	ASSERT_EQ(1, faultq_ring_next(self->ring, &group));
	EXPECT_EQ(2, group.tag);
}

TEST_F(lib, answers_by_ioctl_tell_how_many_were_carried_out)
{
	struct faultq_response responses[3] = {};
	__u32 nr = 3;

	fake.respond_limit = 3;
	EXPECT_EQ(0, faultq_queue_respond(self->queue, responses, &nr));
	EXPECT_EQ(3, nr);
	fake.respond_limit = 1;
	EXPECT_EQ(-EINVAL, faultq_queue_respond(self->queue, responses, &nr));
	EXPECT_EQ(1, nr);
	fake.error = ENODEV;
	nr = 3;
	EXPECT_EQ(-ENODEV, faultq_queue_respond(self->queue, responses, &nr));
	EXPECT_EQ(0, nr);
}

TEST_F(lib, eventfd_is_set_for_its_ring)
{
	EXPECT_EQ(0,
		  faultq_ring_eventfd(faultq_queue_ring(self->queue, 1), 42));
	EXPECT_EQ(1, fake.eventfd.ring);
	EXPECT_EQ(42, fake.eventfd.fd);
	EXPECT_EQ(sizeof(fake.eventfd), fake.eventfd.size);
}

/* A queue as a later kernel may make it, or one that makes no sense */
FIXTURE(open)
{
	struct faultq_queue *queue;
	struct faultq_ring_header *header;
};

FIXTURE_SETUP(open)
{
	fake_start(0);
	self->header = fake.rings[0].header;
}

FIXTURE_TEARDOWN(open)
{
}

TEST_F(open, file_that_is_no_queue)
{
	EXPECT_EQ(-ENOTTY, faultq_queue_open(fake.fd + 1, &self->queue));
}

TEST_F(open, queue_of_a_later_type)
{
	fake.info.out_type = 99;
	EXPECT_EQ(-EOPNOTSUPP, faultq_queue_open(fake.fd, &self->queue));
}

TEST_F(open, ring_of_a_later_version)
{
	self->header->version = FAULTQ_RING_VERSION + 1;
	EXPECT_EQ(-EOPNOTSUPP, faultq_queue_open(fake.fd, &self->queue));
}

TEST_F(open, second_ring_is_looked_at_too)
{
	fake.rings[1].header->magic = 0;
	EXPECT_EQ(-EPROTO, faultq_queue_open(fake.fd, &self->queue));
}

TEST_F(open, larger_header_records_and_responses)
{
	struct faultq_group group;
	struct faultq_ring *ring;
	__u32 i;

	self->header->header_size = 5000;
	self->header->record_size = 104;
	self->header->response_size = 12;
	ASSERT_EQ(0, faultq_queue_open(fake.fd, &self->queue));
	ring = faultq_queue_ring(self->queue, 0);
	for (i = 0; i < 3 * RECORDS; i++) {
		fake_group(&fake.rings[0], 2, i, i * 16);
		ASSERT_EQ(1, faultq_ring_next(ring, &group));
		ASSERT_EQ(i, group.tag);
		EXPECT_EQ(i * 16 + 1, faultq_ring_page(ring, &group, 1)->addr);
		ASSERT_EQ(0, faultq_ring_respond(ring, i, 0));
		ASSERT_EQ(0, faultq_ring_flush(ring));
		ASSERT_EQ(i, fake.rings[0].answers[i].tag);
	}
	faultq_queue_close(self->queue);
}

TEST_F(open, goes_on_where_the_last_one_stopped)
{
	struct faultq_group group;
	struct faultq_ring *ring;

	fake_group(&fake.rings[0], 2, 1, 0);
	fake_group(&fake.rings[0], 1, 2, 0);
	fake.rings[0].control->tail = 2;
	fake.rings[0].control->resp_head = 3;
	ASSERT_EQ(0, faultq_queue_open(fake.fd, &self->queue));
	ring = faultq_queue_ring(self->queue, 0);
	ASSERT_EQ(1, faultq_ring_next(ring, &group));
	EXPECT_EQ(2, group.tag);
	EXPECT_EQ(0, faultq_ring_respond(ring, 2, 0));
	EXPECT_EQ(0, faultq_ring_flush(ring));
	EXPECT_EQ(4, fake.rings[0].control->resp_head);
	EXPECT_EQ(3, fake.rings[0].control->tail);
	faultq_queue_close(self->queue);
}

TEST_F(open, scribbled_indices_count_as_empty_rings)
{
	struct faultq_group group;
	struct faultq_ring *ring;

	fake_group(&fake.rings[0], 2, 1, 0);
	fake.rings[0].control->tail = 1000;
	fake.rings[0].control->resp_head = 1000;
	ASSERT_EQ(0, faultq_queue_open(fake.fd, &self->queue));
	ring = faultq_queue_ring(self->queue, 0);
	EXPECT_EQ(0, faultq_ring_next(ring, &group));
	EXPECT_EQ(0, faultq_ring_respond(ring, 2, 0));
	EXPECT_EQ(0, faultq_ring_flush(ring));
	EXPECT_EQ(1, fake.rings[0].control->resp_head);
	faultq_queue_close(self->queue);
}

/* A number that leads out of the regions, or contradicts another */
struct spoil {
	char what[16];
	size_t offset;
	__u32 value;
};

#define INFO(field, bad)                                                   \
	{                                                                  \
		.what = #field,                                            \
		.offset = offsetof(struct faultq_queue_info, out_##field), \
		.value = bad                                               \
	}
#define HEADER(field, bad)                                            \
	{                                                             \
		.what = #field,                                       \
		.offset = offsetof(struct faultq_ring_header, field), \
		.value = bad                                          \
	}

static const struct spoil info_spoils[] = {
	INFO(nr_rings, 0),	  INFO(nr_rings, FAULTQ_MAX_RINGS + 1),
	INFO(nr_rings, ~0U),	  INFO(records_size, 200),
	INFO(records_size, 4096), INFO(control_size, 100),
	INFO(responses_size, 16),
};

static const struct spoil header_spoils[] = {
	HEADER(magic, 0),
	HEADER(header_size, sizeof(struct faultq_ring_header) - 8),
	HEADER(header_size, 4097),
	HEADER(header_size, REGION),
	HEADER(header_size, 0xfffffff8),
	HEADER(record_size, 0),
	HEADER(record_size, 56),
	HEADER(record_size, 65),
	HEADER(record_size, 8192),
	HEADER(record_size, 0x20000000),
	HEADER(record_size, 0xfffffff8),
	HEADER(nr_records, 0),
	HEADER(nr_records, 7),
	HEADER(nr_records, 1024),
	HEADER(nr_records, 0x80000000),
	HEADER(response_size, 4),
	HEADER(response_size, 9),
	HEADER(response_size, 0x40000000),
	HEADER(response_size, 0xfffffffc),
	HEADER(nr_responses, 0),
	HEADER(nr_responses, 3),
	HEADER(nr_responses, 16384),
};

/* Opens with one number spoilt, then with it as it was. */
static int open_spoilt(void *base, const struct spoil *spoil)
{
	__u32 *number = (__u32 *)((char *)base + spoil->offset);
	struct faultq_queue *queue;
	__u32 right = *number;
	int ret;

	*number = spoil->value;
	ret = faultq_queue_open(fake.fd, &queue);
	*number = right;
	return ret;
}

TEST_F(open, info_that_makes_no_sense)
{
	size_t i;

	for (i = 0; i < sizeof(info_spoils) / sizeof(*info_spoils); i++) {
		EXPECT_EQ(-EPROTO, open_spoilt(&fake.info, &info_spoils[i]))
		{
			TH_LOG("%s %u", info_spoils[i].what,
			       info_spoils[i].value);
		}
	}
}

TEST_F(open, header_that_makes_no_sense)
{
	size_t i;

	for (i = 0; i < sizeof(header_spoils) / sizeof(*header_spoils); i++) {
		EXPECT_EQ(-EPROTO, open_spoilt(self->header, &header_spoils[i]))
		{
			TH_LOG("%s %u", header_spoils[i].what,
			       header_spoils[i].value);
		}
	}
	EXPECT_EQ(0, faultq_queue_open(fake.fd, &self->queue));
	faultq_queue_close(self->queue);
}

#define OVERWRITES FAULTQ_RING_OVERWRITE

/* The same ring, with events */
FIXTURE(events)
{
	struct faultq_queue *queue;
	struct faultq_ring *ring;
	struct fake_ring *kernel;
	union faultq_event_record record;
};

FIXTURE_VARIANT(events)
{
	__u32 start;
	__u32 flags;
};

FIXTURE_VARIANT_ADD(events, from_0) VALUES(.start = 0);
FIXTURE_VARIANT_ADD(events, through_2_32) VALUES(.start = 0xfffffffd);
FIXTURE_VARIANT_ADD(events, from_2_31) VALUES(.start = 0x7ffffff0);
FIXTURE_VARIANT_ADD(events, overwriting_from_0)
VALUES(.start = 0, .flags = OVERWRITES);
FIXTURE_VARIANT_ADD(events, overwriting_through_2_32)
VALUES(.start = 0xfffffff0, .flags = OVERWRITES);

static void fake_events(__u32 start, __u32 flags)
{
	struct faultq_ring_header *header;

	fake_start(start);
	fake.info.out_type = FAULTQ_QUEUE_TYPE_EVENT;
	fake.info.out_nr_rings = 1;
	fake.info.out_responses_size = 0;
	header = fake.rings[0].header;
	header->type = FAULTQ_QUEUE_TYPE_EVENT;
	header->record_size = sizeof(struct faultq_event);
	header->nr_responses = 0;
	header->response_size = 0;
	header->flags = flags;
	header->oldest = flags ? start : 0;
}

/* As the kernel does it: the oldest is given up first. */
static void fake_event(struct fake_ring *ring, __u32 sequence)
{
	struct faultq_ring_header *header = ring->header;
	struct faultq_event *event;

	if ((header->flags & OVERWRITES) &&
	    ring->prod.mine - header->oldest == RECORDS) {
		faultq_store(&header->oldest, header->oldest + 1);
		faultq_write_barrier();
	}
	event = (void *)fake_record(ring, ring->prod.mine);
	event->type = FAULTQ_RECORD_FAULT;
	event->sequence = sequence;
	event->addr = sequence;
	event->cookie = sequence;
	event->native[FAULTQ_NATIVE_LEN - 1] = sequence;
	faultq_prod_publish(&ring->prod, &header->head, 1);
}

FIXTURE_SETUP(events)
{
	fake_events(variant->start, variant->flags);
	self->kernel = &fake.rings[0];
	ASSERT_EQ(0, faultq_queue_open(fake.fd, &self->queue));
	self->ring = faultq_queue_ring(self->queue, 0);
}

FIXTURE_TEARDOWN(events)
{
	faultq_queue_close(self->queue);
}

TEST_F(events, come_in_order_and_free_their_place)
{
	__u32 i;

	EXPECT_EQ(FAULTQ_QUEUE_TYPE_EVENT, faultq_queue_type(self->queue));
	for (i = 0; i < 5 * RECORDS; i++) {
		ASSERT_EQ(0, faultq_ring_next_event(self->ring, &self->record));
		ASSERT_EQ(0, faultq_ring_flush(self->ring));
		fake_event(self->kernel, i);
		ASSERT_EQ(1, faultq_ring_next_event(self->ring, &self->record));
		ASSERT_EQ(FAULTQ_RECORD_FAULT, self->record.type);
		ASSERT_EQ(i, self->record.event.sequence);
		ASSERT_EQ(variant->start + i + 1, self->kernel->control->tail);
	}
}

TEST_F(events, a_batch_ends_where_it_was_first_seen_to_end)
{
	fake_event(self->kernel, 1);
	ASSERT_EQ(1, faultq_ring_next_event(self->ring, &self->record));
	fake_event(self->kernel, 2);
	EXPECT_EQ(0, faultq_ring_next_event(self->ring, &self->record));
	EXPECT_EQ(0, faultq_ring_flush(self->ring));
	ASSERT_EQ(1, faultq_ring_next_event(self->ring, &self->record));
	EXPECT_EQ(2, self->record.event.sequence);
}

TEST_F(events, ring_may_be_full)
{
	__u32 i;

	for (i = 0; i < RECORDS; i++)
		fake_event(self->kernel, i);
	for (i = 0; i < RECORDS; i++) {
		ASSERT_EQ(1, faultq_ring_next_event(self->ring, &self->record));
		ASSERT_EQ(i, self->record.event.sequence);
	}
	EXPECT_EQ(0, faultq_ring_next_event(self->ring, &self->record));
}

TEST_F(events, are_no_page_requests)
{
	struct faultq_group group;

	fake_event(self->kernel, 1);
	EXPECT_EQ(-EOPNOTSUPP, faultq_ring_next(self->ring, &group));
	EXPECT_EQ(-EOPNOTSUPP, faultq_ring_respond(self->ring, 1, 0));
	EXPECT_EQ(0, faultq_ring_flush(self->ring));
	EXPECT_EQ(0, self->kernel->doorbells);
}

TEST_F(lib, page_requests_are_no_events)
{
	union faultq_event_record record;

	EXPECT_EQ(FAULTQ_QUEUE_TYPE_IOPF, faultq_queue_type(self->queue));
	EXPECT_EQ(-EOPNOTSUPP, faultq_ring_next_event(self->ring, &record));
}

TEST_F(events, waiting_and_arming)
{
	EXPECT_EQ(0, faultq_queue_wait(self->queue, 0));
	EXPECT_EQ(1, fake.polls);
	EXPECT_EQ(1, faultq_ring_arm(self->ring));
	EXPECT_EQ(variant->start, self->kernel->control->wake);
	fake_event(self->kernel, 1);
	EXPECT_EQ(0, faultq_ring_arm(self->ring));
	EXPECT_EQ(1, faultq_queue_wait(self->queue, -1));
	EXPECT_EQ(1, fake.polls);
	ASSERT_EQ(1, faultq_ring_next_event(self->ring, &self->record));
	EXPECT_EQ(1, faultq_ring_arm(self->ring));
}

TEST_F(events, losses_are_counted)
{
	struct faultq_stats stats;

	self->kernel->header->lost_full = 3;
	self->kernel->header->lost_overwritten = 4;
	self->kernel->header->lost_memory = 5;
	self->kernel->header->lost_hardware = 6;
	faultq_queue_stats(self->queue, &stats);
	EXPECT_EQ(3, stats.lost_full);
	EXPECT_EQ(4, stats.lost_overwritten);
	EXPECT_EQ(5, stats.lost_memory);
	EXPECT_EQ(6, stats.lost_hardware);
}

/* Only one who overwrites can be further ahead than the ring is long. */
TEST_F(events, head_that_cannot_be)
{
	int expected = variant->flags ? 1 : -EPROTO;

	self->kernel->header->head = variant->start + RECORDS + 1;
	EXPECT_EQ(expected, faultq_ring_next_event(self->ring, &self->record));
}

FIXTURE(overwriting)
{
	struct faultq_queue *queue;
	struct faultq_ring *ring;
	struct fake_ring *kernel;
	union faultq_event_record record;
};

FIXTURE_VARIANT(overwriting)
{
	__u32 start;
};

FIXTURE_VARIANT_ADD(overwriting, from_0) VALUES(.start = 0);
FIXTURE_VARIANT_ADD(overwriting, through_2_32) VALUES(.start = 0xfffffff0);

FIXTURE_SETUP(overwriting)
{
	fake_events(variant->start, OVERWRITES);
	self->kernel = &fake.rings[0];
	ASSERT_EQ(0, faultq_queue_open(fake.fd, &self->queue));
	self->ring = faultq_queue_ring(self->queue, 0);
}

FIXTURE_TEARDOWN(overwriting)
{
	faultq_queue_close(self->queue);
}

/* Overtaken again and again: what is left of the ring is what comes. */
TEST_F(overwriting, overtaken_consumer_goes_on_at_the_oldest)
{
	__u32 i, round, sequence = 0;

	for (round = 0; round < 10; round++) {
		for (i = 0; i < 3 * RECORDS + round; i++)
			fake_event(self->kernel, sequence++);
		for (i = 0; i < RECORDS; i++) {
			ASSERT_EQ(1, faultq_ring_next_event(self->ring,
							    &self->record));
			ASSERT_EQ(sequence - RECORDS + i,
				  self->record.event.sequence);
		}
		ASSERT_EQ(0, faultq_ring_next_event(self->ring, &self->record));
		ASSERT_EQ(0, faultq_ring_flush(self->ring));
	}
}

/* Between the first event of a batch and the second the kernel laps us. */
TEST_F(overwriting, overtaken_within_a_batch)
{
	__u32 i;

	fake_event(self->kernel, 0);
	fake_event(self->kernel, 1);
	ASSERT_EQ(1, faultq_ring_next_event(self->ring, &self->record));
	for (i = 2; i < 30; i++)
		fake_event(self->kernel, i);
	ASSERT_EQ(1, faultq_ring_next_event(self->ring, &self->record));
	EXPECT_EQ(30 - RECORDS, self->record.event.sequence);
}

#define STORM 2000000

static void *storm(void *ring)
{
	__u32 i;

	for (i = 0; i < STORM; i++)
		fake_event(ring, i);
	return NULL;
}

/* No event that is half of one and half of another, none twice. */
TEST_F(overwriting, overwritten_while_copied)
{
	const struct faultq_event *event = &self->record.event;
	unsigned int seen = 0;
	pthread_t producer;
	__u64 last = 0;
	int ret;

	ASSERT_EQ(0, pthread_create(&producer, NULL, storm, self->kernel));
	while (last != STORM - 1) {
		ret = faultq_ring_next_event(self->ring, &self->record);
		ASSERT_LE(0, ret);
		if (!ret) {
			ASSERT_EQ(0, faultq_ring_flush(self->ring));
			continue;
		}
		ASSERT_EQ(event->sequence, event->addr);
		ASSERT_EQ(event->sequence, event->cookie);
		ASSERT_EQ((unsigned char)event->sequence,
			  event->native[FAULTQ_NATIVE_LEN - 1]);
		ASSERT_TRUE(!seen || event->sequence > last);
		last = event->sequence;
		seen++;
	}
	pthread_join(producer, NULL);
	EXPECT_LT(0, seen);
}

TEST_HARNESS_MAIN
