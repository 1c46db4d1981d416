// SPDX-License-Identifier: GPL-2.0-only
/*
 * Consumers that are told of edges: epoll with EPOLLET, io_uring's multishot poll,
 * an eventfd. They take what is there, by the ring or by one read(), and sleep
 * until the next edge without another call on the QUEUE's file.
 */
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>

#include "variant.h"
#include "event.h"
#include "file.h"
#include "kselftest_harness.h"
#include "pgfault.h"
#include "uring.h"

#define RECORDS 8
#define ROUNDS 6

enum edge_source { EPOLL, MULTISHOT, EVENTFD };

/**
 * struct edges - where edges of a QUEUE's file are reported
 * @source: by what
 * @fd: the epoll instance or the eventfd
 * @uring: the io_uring
 */
struct edges {
	enum edge_source source;
	int fd;
	struct uring uring;
};

static int epoll_edges(int fd, __u32 flags)
{
	struct epoll_event events = { .events = EPOLLIN | EPOLLET | flags };
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &events))
		return -errno;
	return epoll;
}

static int edges_open(struct edges *edges, enum edge_source source, int fd,
		      const struct ring *ring)
{
	int ret;

	memset(edges, 0, sizeof(*edges));
	edges->source = source;
	switch (source) {
	case EPOLL:
		edges->fd = epoll_edges(fd, 0);
		return edges->fd < 0 ? edges->fd : 0;
	case MULTISHOT:
		ret = uring_open(&edges->uring);
		if (ret)
			return ret;
		ret = uring_poll_multishot(&edges->uring, fd, POLLIN, 1);
		return ret == 1 ? 0 : ret;
	default:
		edges->fd = dup(ring->eventfd);
		return edges->fd < 0 ? -errno : 0;
	}
}

static void edges_close(struct edges *edges)
{
	if (edges->source == MULTISHOT)
		uring_close(&edges->uring);
	else
		close(edges->fd);
}

static bool edge_comes(struct edges *edges)
{
	struct pollfd wait = { .fd = edges->fd, .events = POLLIN };
	struct io_uring_cqe cqe;
	struct epoll_event event;

	switch (edges->source) {
	case EPOLL:
		return epoll_wait(edges->fd, &event, 1, DEADLINE_MS) == 1;
	case MULTISHOT:
		return uring_wait(&edges->uring, &cqe, DEADLINE_MS) == 1 &&
		       cqe.res == POLLIN && cqe.flags & IORING_CQE_F_MORE;
	default:
		return poll(&wait, 1, DEADLINE_MS) == 1 &&
		       eventfd_ticks(edges->fd);
	}
}

/* Edges that were reported and not looked at */
static void edges_drain(struct edges *edges)
{
	struct io_uring_cqe cqe;
	struct epoll_event event;

	switch (edges->source) {
	case EPOLL:
		epoll_wait(edges->fd, &event, 1, 0);
		break;
	case MULTISHOT:
		while (uring_wait(&edges->uring, &cqe, 0) == 1)
			;
		break;
	default:
		eventfd_ticks(edges->fd);
	}
}

FIXTURE(edge)
{
	struct guest guest;
	struct event_queue events;
	int fd;
	struct ring *ring;
	struct edges edges;
	char buf[RECORDS * 256];
};

FIXTURE_VARIANT(edge)
{
	bool events;
	bool read;
	enum edge_source source;
};

FIXTURE_VARIANT_ADD(edge, requests_in_ring_by_epoll)
VALUES(.events = false, .read = false, .source = EPOLL);
FIXTURE_VARIANT_ADD(edge, requests_in_ring_by_io_uring)
VALUES(.events = false, .read = false, .source = MULTISHOT);
FIXTURE_VARIANT_ADD(edge, requests_read_by_epoll)
VALUES(.events = false, .read = true, .source = EPOLL);
FIXTURE_VARIANT_ADD(edge, requests_read_by_io_uring)
VALUES(.events = false, .read = true, .source = MULTISHOT);
FIXTURE_VARIANT_ADD(edge, requests_read_by_eventfd)
VALUES(.events = false, .read = true, .source = EVENTFD);
FIXTURE_VARIANT_ADD(edge, events_in_ring_by_epoll)
VALUES(.events = true, .read = false, .source = EPOLL);
FIXTURE_VARIANT_ADD(edge, events_in_ring_by_io_uring)
VALUES(.events = true, .read = false, .source = MULTISHOT);
FIXTURE_VARIANT_ADD(edge, events_read_by_epoll)
VALUES(.events = true, .read = true, .source = EPOLL);
FIXTURE_VARIANT_ADD(edge, events_read_by_io_uring)
VALUES(.events = true, .read = true, .source = MULTISHOT);
FIXTURE_VARIANT_ADD(edge, events_read_by_eventfd)
VALUES(.events = true, .read = true, .source = EVENTFD);

FIXTURE_SETUP(edge)
{
	const struct faultq_queue_alloc wish = { .nr_records = RECORDS };
	struct guest *guest = &self->guest;

	ASSERT_EQ(0, guest_make(guest));
	ASSERT_EQ(0,
		  event_queue_make(&self->events, guest->bed.ctx,
				   guest->bed.dev, FAULTQ_NATIVE_NONE, wish));
	self->fd = variant->events ? self->events.fd : guest->bed.fd;
	self->ring = variant->events ? &self->events.ring : &guest->bed.ring;
	set_nonblock(self->fd);
	/* the first record is not waited for: who polls asks by that alone */
	faultq_store(&self->ring->control->wake, UINT32_MAX);
	ASSERT_EQ(0, edges_open(&self->edges, variant->source, self->fd,
				self->ring));
	if (variant->source == EVENTFD)
		ASSERT_EQ(-1, read(self->fd, self->buf, 240));
}

FIXTURE_TEARDOWN(edge)
{
	edges_close(&self->edges);
	event_queue_close(&self->events);
	guest_free(&self->guest);
}

/* A record comes, and is there when this returns. */
static bool add_record(struct bed *bed, struct ring *ring, bool events)
{
	const __u32 head = LOOK(ring->header->head);

	if (events ? bed_event(bed, NO_PASID, 1) : bed_faults(bed, 1))
		return false;
	return AWAIT(LOOK(ring->header->head) == head + 1);
}

/* Takes all that is there, and returns how many records that was. */
static int take_all(struct ring *ring, bool by_read, char *buf, size_t size)
{
	const __u32 tail = faultq_load(&ring->control->tail);
	int ready;

	if (by_read)
		return read(ring->fd, buf, size) > 0 ?
			       (int)(faultq_load(&ring->control->tail) - tail) :
			       -errno;
	ready = ring_ready(ring);
	if (ready > 0)
		ring_release(ring, ready);
	return ready;
}

#define ADD_RECORD() add_record(&self->guest.bed, self->ring, variant->events)
#define TAKE_ALL() take_all(self->ring, variant->read, self->buf, 1920)

TEST_F(edge, comes_each_round)
{
	int i;

	for (i = 0; i < ROUNDS; i++) {
		ASSERT_TRUE(ADD_RECORD());
		ASSERT_TRUE(edge_comes(&self->edges)) TH_LOG("round %d", i);
		ASSERT_EQ(1, TAKE_ALL());
	}
}

/* What comes after the edge and before the consumer looks makes an edge too. */
TEST_F(edge, comes_for_what_is_taken_with_others)
{
	int i;

	for (i = 0; i < ROUNDS; i++) {
		ASSERT_TRUE(ADD_RECORD());
		ASSERT_TRUE(edge_comes(&self->edges)) TH_LOG("round %d", i);
		ASSERT_TRUE(ADD_RECORD());
		ASSERT_TRUE(ADD_RECORD());
		ASSERT_EQ(3, TAKE_ALL());
		edges_drain(&self->edges);
	}
	ASSERT_TRUE(ADD_RECORD());
	EXPECT_TRUE(edge_comes(&self->edges));
}

/* What comes when the consumer has looked for the last time does as well. */
TEST_F(edge, comes_for_what_is_left)
{
	int i;

	for (i = 0; i < ROUNDS; i++) {
		ASSERT_TRUE(ADD_RECORD());
		ASSERT_TRUE(edge_comes(&self->edges)) TH_LOG("round %d", i);
		ASSERT_EQ(1, TAKE_ALL());
		ASSERT_TRUE(ADD_RECORD());
		ASSERT_TRUE(edge_comes(&self->edges)) TH_LOG("round %d", i);
		ASSERT_EQ(1, TAKE_ALL());
	}
}

FIXTURE(sharing)
{
	struct bed bed;
};

FIXTURE_SETUP(sharing)
{
	ASSERT_EQ(0, bed_make(&self->bed, &(struct faultq_queue_alloc){}));
	faultq_store(&self->bed.ring.control->wake, UINT32_MAX);
}

FIXTURE_TEARDOWN(sharing)
{
	bed_free(&self->bed);
}

static int look(int epoll, int timeout)
{
	struct epoll_event event;

	return epoll_wait(epoll, &event, 1, timeout);
}

TEST_F(sharing, each_poller_is_told)
{
	struct bed *bed = &self->bed;
	struct edges edges[3];
	int i, j;

	ASSERT_EQ(0, edges_open(&edges[0], EPOLL, bed->fd, &bed->ring));
	ASSERT_EQ(0, edges_open(&edges[1], MULTISHOT, bed->fd, &bed->ring));
	ASSERT_EQ(0, edges_open(&edges[2], EPOLL, bed->fd, &bed->ring));
	for (i = 0; i < ROUNDS; i++) {
		ASSERT_TRUE(add_record(bed, &bed->ring, false));
		for (j = 0; j < 3; j++)
			ASSERT_TRUE(edge_comes(&edges[(i + j) % 3]))
		TH_LOG("round %d, poller %d", i, (i + j) % 3);
		ASSERT_NE(0, ring_take(&bed->ring));
	}
	for (j = 0; j < 3; j++)
		edges_close(&edges[j]);
}

/* One of them never looks, as if it had been killed or frozen on its way. */
TEST_F(sharing, exclusive_poller_does_not_depend_on_another)
{
	struct bed *bed = &self->bed;
	int idle = epoll_edges(bed->fd, EPOLLEXCLUSIVE);
	int epoll = epoll_edges(bed->fd, EPOLLEXCLUSIVE);
	int i;

	ASSERT_LE(0, idle);
	ASSERT_LE(0, epoll);
	for (i = 0; i < ROUNDS; i++) {
		ASSERT_TRUE(add_record(bed, &bed->ring, false));
		ASSERT_EQ(1, look(epoll, DEADLINE_MS)) TH_LOG("round %d", i);
		ASSERT_NE(0, ring_take(&bed->ring));
	}
	close(idle);
	close(epoll);
}

TEST_F(sharing, duplicate_of_the_file)
{
	struct bed *bed = &self->bed;
	int copy = dup(bed->fd), epoll = epoll_edges(copy, 0);
	char buf[400];
	int i;

	ASSERT_LE(0, epoll);
	for (i = 0; i < ROUNDS; i++) {
		ASSERT_TRUE(add_record(bed, &bed->ring, false));
		ASSERT_EQ(1, look(epoll, DEADLINE_MS)) TH_LOG("round %d", i);
		ASSERT_EQ(sizeof(struct iommu_hwpt_pgfault),
			  read(i & 1 ? copy : bed->fd, buf, sizeof(buf)));
	}
	close(epoll);
	close(copy);
}

/* The consumer is another process; it takes from the ring that both have. */
static int consume_edges(struct bed *bed)
{
	int epoll = epoll_edges(bed->fd, 0);
	int i;

	for (i = 0; i < ROUNDS; i++)
		if (look(epoll, DEADLINE_MS) != 1 || !ring_take(&bed->ring))
			return i + 1;
	return epoll < 0;
}

TEST_F(sharing, file_passed_to_another_process)
{
	struct bed *bed = &self->bed;
	int i, status;
	pid_t pid = fork();

	ASSERT_LE(0, pid);
	if (!pid)
		_exit(consume_edges(bed));
	for (i = 0; i < ROUNDS; i++) {
		ASSERT_TRUE(add_record(bed, &bed->ring, false));
		ASSERT_TRUE(AWAIT(LOOK(bed->ring.control->tail) == i + 1U));
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

/* Each ring of the QUEUE makes edges, whatever the others have. */
TEST_F(sharing, several_rings)
{
	struct mock_iommu_endpoint_add add = { .flags = BED_PRI };
	struct bed one, two;
	struct bed *of[] = { &one, &two, &two, &one, &one, &two };
	int i, epoll;

	ASSERT_EQ(0, bed_make(&one, &(struct faultq_queue_alloc){
					    .nr_rings = 3,
				    }));
	two = one;
	two.dev = bind_new(one.mock, one.ctx, &add);
	two.ep = add.out_endpoint_id;
	ASSERT_NE(0, (two.dev - one.dev) % 3);
	ASSERT_EQ(0, fq_attach(one.ctx, two.dev, one.hwpt, NO_PASID, 0));
	ASSERT_EQ(0, ring_map(&two.ring, one.fd, two.dev % 3));
	faultq_store(&one.ring.control->wake, UINT32_MAX);
	faultq_store(&two.ring.control->wake, UINT32_MAX);
	epoll = epoll_edges(one.fd, 0);
	ASSERT_LE(0, epoll);
	for (i = 0; i < (int)ARRAY_SIZE(of); i++) {
		ASSERT_TRUE(add_record(of[i], &of[i]->ring, false));
		ASSERT_EQ(1, look(epoll, DEADLINE_MS)) TH_LOG("round %d", i);
		ASSERT_NE(0, ring_take(&of[i]->ring));
	}
	close(epoll);
	ring_unmap(&two.ring);
	EXPECT_EQ(0, mock_endpoint_remove(two.mock, two.ep));
	bed_free(&one);
}

/* A poller is woken as often as it polls, however much comes meanwhile. */
TEST_F(sharing, busy_poller_is_woken_once_a_call)
{
	struct epoll_event events = { .events = EPOLLIN };
	const struct faultq_ring_header *header = self->bed.ring.header;
	int i, j, epoll = epoll_create1(EPOLL_CLOEXEC);
	bool added;

	ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, self->bed.fd, &events));
	for (i = 0; i < ROUNDS; i++) {
		for (j = 0; j < 10; j++) {
			added = add_record(&self->bed, &self->bed.ring, false);
			ASSERT_TRUE(added);
		}
		ASSERT_EQ(1, look(epoll, DEADLINE_MS));
		EXPECT_EQ(i + 1, LOOK(header->wakeups));
	}
	close(epoll);
}

TEST_F(sharing, who_polls_for_the_end_is_not_told_of_records)
{
	struct epoll_event events = { .events = 0 };
	struct bed *bed = &self->bed;
	int i, epoll = epoll_create1(EPOLL_CLOEXEC);

	ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, bed->fd, &events));
	for (i = 0; i < ROUNDS; i++)
		ASSERT_TRUE(add_record(bed, &bed->ring, false));
	EXPECT_EQ(0, LOOK(bed->ring.header->wakeups));
	EXPECT_EQ(0, epoll_wait(epoll, &events, 1, 0));
	close_once(&bed->ctx);
	ASSERT_EQ(1, epoll_wait(epoll, &events, 1, DEADLINE_MS));
	EXPECT_EQ(EPOLLHUP | EPOLLERR, events.events);
	close(epoll);
}

FIXTURE(loss)
{
	struct guest guest;
	struct event_queue queue;
	int epoll;
};

FIXTURE_SETUP(loss)
{
	const struct faultq_queue_alloc wish = { .nr_records = RECORDS };
	struct bed *bed = &self->guest.bed;

	ASSERT_EQ(0, guest_make(&self->guest));
	ASSERT_EQ(0, event_queue_make(&self->queue, bed->ctx, bed->dev,
				      FAULTQ_NATIVE_NONE, wish));
	faultq_store(&self->queue.ring.control->wake, UINT32_MAX);
	self->epoll = epoll_edges(self->queue.fd, 0);
	ASSERT_LE(0, self->epoll);
}

FIXTURE_TEARDOWN(loss)
{
	close(self->epoll);
	event_queue_close(&self->queue);
	guest_free(&self->guest);
}

/* Nothing is published when an event is lost, but there is something to see. */
TEST_F(loss, makes_an_edge)
{
	struct bed *bed = &self->guest.bed;
	struct ring *ring = &self->queue.ring;
	__u64 wakeups;

	ASSERT_TRUE(bed_events(bed, &self->queue, RECORDS));
	ASSERT_EQ(1, look(self->epoll, DEADLINE_MS));
	wakeups = LOOK(ring->header->wakeups);
	ASSERT_TRUE(bed_events(bed, &self->queue, 3));
	EXPECT_EQ(wakeups + 1, LOOK(ring->header->wakeups));
	ASSERT_EQ(RECORDS, ring_ready(ring));
	ring_release(ring, RECORDS);
	ASSERT_EQ(1, look(self->epoll, DEADLINE_MS));
	ASSERT_EQ(1, ring_ready(ring));
	EXPECT_EQ(FAULTQ_RECORD_LOST, event_at(&self->queue, 0)->type);
	ring_release(ring, 1);
	EXPECT_EQ(0, look(self->epoll, 0));
}

TEST_HARNESS_MAIN
