// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ways to receive: the ring with an eventfd, the ring with poll() or
 * epoll, read(), io_uring. When a consumer is woken, and when it is not.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "bed.h"
#include "file.h"
#include "held.h"
#include "kselftest_harness.h"
#include "pgfault.h"
#include "sleeper.h"
#include "uring.h"

#define FAULT sizeof(struct iommu_hwpt_pgfault)

FIXTURE(receive)
{
	struct bed bed;
	struct iommu_hwpt_pgfault faults[16];
};

FIXTURE_SETUP(receive)
{
	ASSERT_EQ(0, bed_make(&self->bed, &(struct faultq_queue_alloc){}));
}

FIXTURE_TEARDOWN(receive)
{
	bed_free(&self->bed);
}

static bool arm(struct ring *ring)
{
	ring_release(ring, ring_ready(ring));
	return faultq_cons_arm(&ring->cons, &ring->control->wake,
			       &ring->header->head);
}

/* Faults, and waits until they are in the ring, without asking for a wake-up */
static bool fault_unasked(struct bed *bed, unsigned int nr)
{
	const __u64 until = LOOK(bed->ring.header->published) + nr;

	return !bed_faults(bed, nr) &&
	       AWAIT(LOOK(bed->ring.header->published) == until);
}

TEST_F(receive, eventfd_signals_the_armed_once)
{
	struct bed *bed = &self->bed;
	struct pollfd wait = { .fd = bed->ring.eventfd, .events = POLLIN };

	ASSERT_TRUE(arm(&bed->ring));
	EXPECT_EQ(0, eventfd_ticks(bed->ring.eventfd));
	ASSERT_EQ(0, bed_faults(bed, 1));
	ASSERT_EQ(1, poll(&wait, 1, DEADLINE_MS));
	EXPECT_EQ(1, eventfd_ticks(bed->ring.eventfd));
	EXPECT_EQ(1, LOOK(bed->ring.header->wakeups));
	EXPECT_EQ(1, ring_ready(&bed->ring));
}

TEST_F(receive, busy_consumer_is_not_signalled)
{
	struct bed *bed = &self->bed;

	ASSERT_TRUE(arm(&bed->ring));
	ASSERT_TRUE(fault_unasked(bed, 1));
	EXPECT_EQ(1, eventfd_ticks(bed->ring.eventfd));
	ASSERT_TRUE(fault_unasked(bed, 10));
	EXPECT_EQ(0, eventfd_ticks(bed->ring.eventfd));
	EXPECT_EQ(1, LOOK(bed->ring.header->wakeups));

	ASSERT_TRUE(arm(&bed->ring));
	ASSERT_TRUE(fault_unasked(bed, 10));
	EXPECT_EQ(1, eventfd_ticks(bed->ring.eventfd));
	EXPECT_EQ(2, LOOK(bed->ring.header->wakeups));
}

TEST_F(receive, woken_at_the_index_asked_for)
{
	struct bed *bed = &self->bed;

	faultq_store(&bed->ring.control->wake, 3);
	ASSERT_TRUE(fault_unasked(bed, 3));
	EXPECT_EQ(0, eventfd_ticks(bed->ring.eventfd));
	ASSERT_TRUE(fault_unasked(bed, 1));
	EXPECT_EQ(1, eventfd_ticks(bed->ring.eventfd));
}

TEST_F(receive, woken_at_an_index_within_a_group)
{
	struct bed *bed = &self->bed;
	const __u32 wakes[] = { 0, 4, 8 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wakes); i++) {
		faultq_store(&bed->ring.control->wake, wakes[i]);
		ASSERT_LE(0, bed_send(bed, NO_PASID, BED_IOVA, 3));
		ASSERT_TRUE(AWAIT(LOOK(bed->ring.header->published) == i + 1));
		EXPECT_EQ(1, eventfd_ticks(bed->ring.eventfd));
	}
}

/*
 * Record 8 of a ring of 8 is not published before the tail is moved. Who waits
 * for it is woken when the first group has to wait for room, and not for each.
 */
TEST_F(receive, woken_when_the_index_asked_for_is_out_of_reach)
{
	const struct faultq_queue_alloc wish = { .nr_records = 8,
						 .nr_groups = 16 };
	const struct faultq_ring_header *header;
	struct bed bed;
	__u32 wake;
	int i;

	ASSERT_EQ(0, bed_make(&bed, &wish));
	header = bed.ring.header;
	for (wake = 8; wake < 40; wake += 15) {
		faultq_store(&bed.ring.control->wake, wake);
		for (i = 0; i < 5; i++) {
			ASSERT_LE(0, bed_send(&bed, NO_PASID, BED_IOVA, 3));
			ASSERT_TRUE(AWAIT(LOOK(header->arrived) ==
					  wake / 15 * 5 + i + 1));
			/* takes the ring's lock, so the group has been taken in */
			ASSERT_EQ(0, fq_doorbell(bed.fd, 0));
			EXPECT_EQ(i == 2, eventfd_ticks(bed.ring.eventfd));
			EXPECT_EQ(i < 2 ? 0 : FAULTQ_RING_NEED_DOORBELL,
				  LOOK(header->flags));
		}
		/* 6, 6 and 3 records, and no group is left */
		for (i = 0; i < 3; i++) {
			ASSERT_EQ(i < 2 ? 6 : 3, ring_ready(&bed.ring));
			ring_release(&bed.ring, i < 2 ? 6 : 3);
			ASSERT_EQ(0, fq_doorbell(bed.fd, 0));
		}
		EXPECT_EQ(0, LOOK(header->flags));
		/* it was reached in the end */
		EXPECT_EQ(1, eventfd_ticks(bed.ring.eventfd));
	}
	bed_free(&bed);
}

TEST_F(receive, not_armed_while_records_are_left)
{
	struct ring *ring = &self->bed.ring;

	ASSERT_EQ(0, ring_ready(ring));
	ASSERT_TRUE(fault_unasked(&self->bed, 1));
	EXPECT_FALSE(faultq_cons_arm(&ring->cons, &ring->control->wake,
				     &ring->header->head));
}

TEST_F(receive, eventfd_replaced_and_removed)
{
	struct bed *bed = &self->bed;
	int other = eventfd(0, EFD_NONBLOCK);

	ASSERT_EQ(0, fq_eventfd(bed->fd, 0, other));
	ASSERT_TRUE(arm(&bed->ring));
	ASSERT_TRUE(fault_unasked(bed, 1));
	EXPECT_EQ(0, eventfd_ticks(bed->ring.eventfd));
	EXPECT_EQ(1, eventfd_ticks(other));

	ASSERT_EQ(0, fq_eventfd(bed->fd, 0, -1));
	ASSERT_TRUE(arm(&bed->ring));
	ASSERT_TRUE(fault_unasked(bed, 1));
	EXPECT_EQ(0, eventfd_ticks(other));
	EXPECT_EQ(2, LOOK(bed->ring.header->wakeups));
}

TEST_F(receive, eventfd_of_another_kind)
{
	EXPECT_EQ(-EBADF, fq_eventfd(self->bed.fd, 0, 999));
	EXPECT_EQ(-EINVAL, fq_eventfd(self->bed.fd, 0, self->bed.mock));
	EXPECT_EQ(-EINVAL, fq_eventfd(self->bed.fd, 0, -2));

	/* and the one that was there is still there */
	ASSERT_TRUE(arm(&self->bed.ring));
	ASSERT_TRUE(fault_unasked(&self->bed, 1));
	EXPECT_EQ(1, eventfd_ticks(self->bed.ring.eventfd));
}

TEST_F(receive, closed_eventfd_is_kept)
{
	struct bed *bed = &self->bed;
	int copy = dup(bed->ring.eventfd);

	close(bed->ring.eventfd);
	ASSERT_TRUE(arm(&bed->ring));
	ASSERT_TRUE(fault_unasked(bed, 1));
	EXPECT_EQ(1, eventfd_ticks(copy));
	bed->ring.eventfd = copy;
}

TEST_F(receive, poll_is_level_triggered)
{
	struct bed *bed = &self->bed;
	struct pollfd queue = { .fd = bed->fd, .events = POLLIN | POLLOUT };

	EXPECT_EQ(1, poll(&queue, 1, 0));
	EXPECT_EQ(POLLOUT, queue.revents);
	ASSERT_TRUE(fault_unasked(bed, 2));
	EXPECT_EQ(1, poll(&queue, 1, 0));
	EXPECT_EQ(POLLIN | POLLOUT, queue.revents);
	ASSERT_NE(0, ring_take(&bed->ring));
	EXPECT_EQ(1, poll(&queue, 1, 0));
	EXPECT_EQ(POLLIN | POLLOUT, queue.revents);
	ASSERT_NE(0, ring_take(&bed->ring));
	EXPECT_EQ(1, poll(&queue, 1, 0));
	EXPECT_EQ(POLLOUT, queue.revents);
}

TEST_F(receive, poll_sleeps_and_is_woken)
{
	struct sleeper sleeper;

	ASSERT_EQ(0, sleeper_poll(&sleeper, self->bed.fd, POLLIN));
	ASSERT_EQ(0, bed_faults(&self->bed, 1));
	EXPECT_EQ(1, sleeper_join(&sleeper));
	EXPECT_EQ(POLLIN, sleeper.wait.revents);
}

TEST_F(receive, epoll_level_triggered)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = 5 };
	struct bed *bed = &self->bed;
	int epoll = epoll_create1(0);
	int i;

	ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, bed->fd, &event));
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(0, epoll_wait(epoll, &event, 1, 0));
		ASSERT_EQ(0, bed_faults(bed, 1));
		ASSERT_EQ(1, epoll_wait(epoll, &event, 1, DEADLINE_MS));
		EXPECT_EQ(EPOLLIN, event.events);
		EXPECT_EQ(1, epoll_wait(epoll, &event, 1, 0));
		ASSERT_NE(0, ring_take(&bed->ring));
	}
}

TEST_F(receive, read_has_the_layout_of_iommufd)
{
	struct iommu_hwpt_pgfault *faults = self->faults;
	struct bed *bed = &self->bed;
	struct mock_iommu_request requests[2] = {
		{ .perm = MOCK_IOMMU_PERM_READ,
		  .addr = BED_IOVA,
		  .grpid = 9,
		  .flags = MOCK_IOMMU_REQUEST_PASID,
		  .pasid = 0x321 },
		{ .perm = MOCK_IOMMU_PERM_WRITE,
		  .addr = BED_IOVA + PAGE,
		  .grpid = 9,
		  .pasid = 0x321,
		  .flags = MOCK_IOMMU_REQUEST_PASID | MOCK_IOMMU_REQUEST_LAST },
	};

	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, bed->hwpt, 0x321, 0));
	ASSERT_EQ(2, mock_send(bed->mock, bed->ep, requests, 2));
	ASSERT_EQ(2 * FAULT, read(bed->fd, faults, sizeof(self->faults)));
	EXPECT_EQ(IOMMU_PGFAULT_FLAGS_PASID_VALID, faults[0].flags);
	EXPECT_EQ(IOMMU_PGFAULT_FLAGS_PASID_VALID |
			  IOMMU_PGFAULT_FLAGS_LAST_PAGE,
		  faults[1].flags);
	EXPECT_EQ(bed->dev, faults[0].dev_id);
	EXPECT_EQ(0x321, faults[1].pasid);
	EXPECT_EQ(9, faults[0].grpid);
	EXPECT_EQ(IOMMU_PGFAULT_PERM_READ, faults[0].perm);
	EXPECT_EQ(IOMMU_PGFAULT_PERM_WRITE, faults[1].perm);
	EXPECT_EQ(0, faults[0].__reserved);
	EXPECT_EQ(BED_IOVA, faults[0].addr);
	EXPECT_EQ(BED_IOVA + PAGE, faults[1].addr);
	EXPECT_EQ(0, faults[0].length);
	EXPECT_EQ(0, faults[0].cookie);
	EXPECT_NE(0, faults[1].cookie);
}

TEST_F(receive, read_blocks_and_is_woken)
{
	struct sleeper sleeper;

	ASSERT_EQ(0, sleeper_read(&sleeper, self->bed.fd, self->faults, FAULT));
	ASSERT_EQ(0, bed_faults(&self->bed, 1));
	EXPECT_EQ(FAULT, sleeper_join(&sleeper));
	EXPECT_EQ(BED_IOVA, self->faults[0].addr);
}

TEST_F(receive, read_nonblocking)
{
	struct bed *bed = &self->bed;
	struct pollfd queue = { .fd = bed->fd, .events = POLLIN };

	set_nonblock(bed->fd);
	EXPECT_EQ(-1, read(bed->fd, self->faults, FAULT));
	EXPECT_EQ(EAGAIN, errno);
	ASSERT_EQ(0, bed_faults(bed, 1));
	ASSERT_EQ(1, poll(&queue, 1, DEADLINE_MS));
	EXPECT_EQ(FAULT, read(bed->fd, self->faults, FAULT));
	EXPECT_EQ(-1, read(bed->fd, self->faults, FAULT));
	EXPECT_EQ(EAGAIN, errno);
}

/* Returns how many events there are without waiting, or with */
static int look(int epoll, int timeout)
{
	struct epoll_event got;

	return epoll_wait(epoll, &got, 1, timeout);
}

/*
 * A reader whose memory is not there has the ring for as long as that takes. One
 * who does not wait is turned away, and told when to come again.
 */
TEST_F(receive, read_nonblocking_behind_one_that_is_stuck)
{
	struct bed *bed = &self->bed;
	struct epoll_event events = { .events = EPOLLIN | EPOLLET };
	struct sleeper stuck, quick;
	int uffd, epoll = epoll_create1(EPOLL_CLOEXEC);
	char *page = hold_page(&uffd);

	ASSERT_NE(NULL, page);
	ASSERT_TRUE(fault_unasked(bed, 2));
	ASSERT_EQ(0, sleeper_start(&stuck, bed->fd, page, FAULT));
	ASSERT_EQ(0, await_touch(uffd));

	set_nonblock(bed->fd);
	ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, bed->fd, &events));
	EXPECT_EQ(1, look(epoll, 0));
	ASSERT_EQ(0, sleeper_start(&quick, bed->fd, self->faults, FAULT));
	EXPECT_EQ(-EAGAIN, sleeper_join(&quick));
	EXPECT_EQ(0, look(epoll, 0));

	ASSERT_EQ(0, release_page(uffd, page));
	EXPECT_EQ(FAULT, sleeper_join(&stuck));
	EXPECT_EQ(1, look(epoll, DEADLINE_MS));
	EXPECT_EQ(FAULT, read(bed->fd, self->faults, FAULT));
	close(epoll);
	close(uffd);
}

/* A second device, whose page requests go to another ring of the same queue */
static bool add_ring(struct bed *one, struct bed *two)
{
	struct mock_iommu_endpoint_add add = {
		.flags = MOCK_IOMMU_ENDPOINT_ATS | MOCK_IOMMU_ENDPOINT_PRI,
	};

	*two = *one;
	two->dev = bind_new(one->mock, one->ctx, &add);
	two->ep = add.out_endpoint_id;
	return (two->dev - one->dev) % 3 &&
	       !fq_attach(one->ctx, two->dev, one->hwpt, NO_PASID, 0) &&
	       !ring_map(&two->ring, one->fd, two->dev % 3);
}

static int remove_ring(struct bed *two)
{
	ring_unmap(&two->ring);
	return mock_endpoint_remove(two->mock, two->ep);
}

/* He is told of the other rings as long as that one is stuck. */
TEST_F(receive, read_nonblocking_past_one_that_is_stuck)
{
	struct epoll_event events = { .events = EPOLLIN | EPOLLET };
	int uffd, epoll = epoll_create1(EPOLL_CLOEXEC);
	char *page = hold_page(&uffd);
	struct sleeper stuck;
	struct bed one, two;
	int i;

	ASSERT_NE(NULL, page);
	ASSERT_EQ(0, bed_make(&one, &(struct faultq_queue_alloc){
					    .nr_rings = 3,
				    }));
	ASSERT_TRUE(add_ring(&one, &two));
	ASSERT_TRUE(fault_unasked(&one, 1));
	ASSERT_EQ(0, sleeper_start(&stuck, one.fd, page, FAULT));
	ASSERT_EQ(0, await_touch(uffd));

	set_nonblock(one.fd);
	ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, one.fd, &events));
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, bed_faults(&two, 1));
		ASSERT_EQ(1, look(epoll, DEADLINE_MS));
		ASSERT_EQ(FAULT, read(one.fd, self->faults, FAULT));
		EXPECT_EQ(two.dev, self->faults[0].dev_id);
		EXPECT_EQ(-1, read(one.fd, self->faults, FAULT));
		EXPECT_EQ(EAGAIN, errno);
	}

	ASSERT_EQ(0, release_page(uffd, page));
	EXPECT_EQ(FAULT, sleeper_join(&stuck));
	EXPECT_EQ(0, remove_ring(&two));
	bed_free(&one);
	close(epoll);
	close(uffd);
}

static void on_signal(int sig)
{
}

TEST_F(receive, read_interrupted)
{
	const struct sigaction action = { .sa_handler = on_signal };
	struct sleeper sleeper;

	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	ASSERT_EQ(0, sleeper_read(&sleeper, self->bed.fd, self->faults, FAULT));
	ASSERT_EQ(0, pthread_kill(sleeper.thread, SIGUSR1));
	EXPECT_EQ(-EINTR, sleeper_join(&sleeper));
}

TEST_F(receive, read_of_odd_length)
{
	const size_t lengths[] = { 1, 8, FAULT - 1, FAULT + 1, 3 * FAULT - 8 };
	unsigned int i;

	ASSERT_TRUE(fault_unasked(&self->bed, 1));
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		EXPECT_EQ(-1, read(self->bed.fd, self->faults, lengths[i]));
		EXPECT_EQ(EINVAL, errno);
	}
	EXPECT_EQ(FAULT, read(self->bed.fd, self->faults, FAULT));
}

TEST_F(receive, read_with_too_small_a_buffer)
{
	ASSERT_LE(0, bed_send(&self->bed, NO_PASID, BED_IOVA, 3));
	ASSERT_EQ(0, ring_wait(&self->bed.ring, 3));
	EXPECT_EQ(-1, read(self->bed.fd, self->faults, 2 * FAULT));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(3 * FAULT, read(self->bed.fd, self->faults, 3 * FAULT));
}

TEST_F(receive, read_several_groups_but_no_half)
{
	struct bed *bed = &self->bed;
	int i;

	for (i = 0; i < 3; i++)
		EXPECT_LE(0, bed_send(bed, NO_PASID, BED_IOVA + i * PAGE, 2));
	ASSERT_EQ(0, ring_wait(&bed->ring, 6));
	EXPECT_EQ(4 * FAULT, read(bed->fd, self->faults, 5 * FAULT));
	EXPECT_NE(0, self->faults[1].cookie);
	EXPECT_NE(0, self->faults[3].cookie);
	EXPECT_EQ(2 * FAULT, read(bed->fd, self->faults, 5 * FAULT));
	EXPECT_EQ(BED_IOVA + 2 * PAGE, self->faults[0].addr);
}

TEST_F(receive, read_into_bad_memory_loses_nothing)
{
	struct bed *bed = &self->bed;
	char *mem = pages_alloc(2);

	ASSERT_EQ(0, munmap(mem + PAGE, PAGE));
	ASSERT_TRUE(fault_unasked(bed, 2));
	EXPECT_EQ(-1, read(bed->fd, mem + PAGE, FAULT));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, read(bed->fd, mem + PAGE - FAULT + 8, FAULT));
	EXPECT_EQ(EFAULT, errno);

	/* one group fits before the edge */
	EXPECT_EQ(FAULT, read(bed->fd, mem + PAGE - FAULT, 2 * FAULT));
	EXPECT_EQ(FAULT, read(bed->fd, self->faults, sizeof(self->faults)));
	EXPECT_EQ(BED_IOVA + PAGE, self->faults[0].addr);
}

TEST_F(receive, read_visits_the_rings_in_turn)
{
	struct bed one, two;
	int i, ones = 0;

	ASSERT_EQ(0, bed_make(&one, &(struct faultq_queue_alloc){
					    .nr_rings = 3,
				    }));
	ASSERT_TRUE(add_ring(&one, &two));
	ASSERT_TRUE(fault_unasked(&one, 8));
	ASSERT_TRUE(fault_unasked(&two, 8));
	for (i = 0; i < 8; i++) {
		ASSERT_EQ(FAULT, read(one.fd, self->faults, FAULT));
		ones += self->faults[0].dev_id == one.dev;
	}
	EXPECT_EQ(4, ones);
	EXPECT_EQ(0, remove_ring(&two));
	bed_free(&one);
}

/* A reader frees room, so it needs no doorbell for what waits. */
TEST_F(receive, read_drains_the_backlog)
{
	struct bed bed;
	int i;

	ASSERT_EQ(0, bed_make(&bed, &(struct faultq_queue_alloc){
					    .nr_records = 2,
					    .nr_groups = 16,
				    }));
	ASSERT_EQ(0, bed_faults(&bed, 9));
	ASSERT_TRUE(AWAIT(LOOK(bed.ring.header->arrived) == 9));
	for (i = 0; i < 9; i++) {
		ASSERT_EQ(FAULT, read(bed.fd, self->faults, FAULT));
		EXPECT_EQ(BED_IOVA + i * PAGE, self->faults[0].addr);
	}
	EXPECT_EQ(0, LOOK(bed.ring.header->flags));
	bed_free(&bed);
}

struct reader {
	int fd;
	pthread_t thread;
	int count;
	__u64 sum;
};

static void *read_all(void *arg)
{
	struct reader *reader = arg;
	struct iommu_hwpt_pgfault fault;

	while (read(reader->fd, &fault, sizeof(fault)) == sizeof(fault)) {
		struct iommu_hwpt_page_response response = {
			.cookie = fault.cookie,
			.code = IOMMUFD_PAGE_RESP_SUCCESS,
		};

		reader->count += write(reader->fd, &response,
				       sizeof(response)) == sizeof(response);
		reader->sum += fault.addr;
	}
	return NULL;
}

/* Several readers share a queue: each group goes to one of them. */
TEST_F(receive, readers_share_a_queue)
{
	struct reader readers[2] = { { self->bed.fd }, { self->bed.fd } };
	const __u64 sum = 50ULL * BED_IOVA + 50 * 49 / 2 * PAGE;
	int i;

	for (i = 0; i < 2; i++)
		pthread_create(&readers[i].thread, NULL, read_all, &readers[i]);
	ASSERT_EQ(0, bed_faults(&self->bed, 50));
	EXPECT_EQ(50,
		  bed_answered(&self->bed, 50, MOCK_IOMMU_RESPONSE_SUCCESS));
	close_once(&self->bed.ctx);
	for (i = 0; i < 2; i++)
		pthread_join(readers[i].thread, NULL);
	EXPECT_EQ(50, readers[0].count + readers[1].count);
	EXPECT_EQ(sum, readers[0].sum + readers[1].sum);
}

TEST_F(receive, io_uring_read)
{
	struct io_uring_cqe cqe;
	struct uring uring;

	ASSERT_EQ(0, uring_open(&uring));
	ASSERT_EQ(1, uring_read(&uring, self->bed.fd, self->faults, FAULT, 5));
	EXPECT_EQ(0, uring_wait(&uring, &cqe, 0));
	ASSERT_EQ(0, bed_faults(&self->bed, 1));
	ASSERT_EQ(1, uring_wait(&uring, &cqe, DEADLINE_MS));
	EXPECT_EQ(5, cqe.user_data);
	EXPECT_EQ(FAULT, cqe.res);
	EXPECT_EQ(BED_IOVA, self->faults[0].addr);
	uring_close(&uring);
}

TEST_F(receive, io_uring_reads_in_flight)
{
	struct io_uring_cqe cqe;
	struct uring uring;
	__u64 seen = 0;
	int i;

	ASSERT_EQ(0, uring_open(&uring));
	for (i = 0; i < 4; i++)
		EXPECT_EQ(1, uring_read(&uring, self->bed.fd, &self->faults[i],
					FAULT, i));
	ASSERT_EQ(0, bed_faults(&self->bed, 4));
	for (i = 0; i < 4; i++) {
		ASSERT_EQ(1, uring_wait(&uring, &cqe, DEADLINE_MS));
		EXPECT_EQ(FAULT, cqe.res);
		seen |= 1 << ((self->faults[cqe.user_data].addr - BED_IOVA) /
			      PAGE);
	}
	EXPECT_EQ(0xf, seen);
	uring_close(&uring);
}

TEST_F(receive, io_uring_cancelled)
{
	struct io_uring_cqe cqe;
	struct uring uring;
	int i, cancelled = 0;

	ASSERT_EQ(0, uring_open(&uring));
	ASSERT_EQ(1, uring_read(&uring, self->bed.fd, self->faults, FAULT, 1));
	ASSERT_EQ(1, uring_cancel(&uring, 1));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(1, uring_wait(&uring, &cqe, DEADLINE_MS));
		if (cqe.user_data == 1)
			cancelled = cqe.res;
	}
	EXPECT_TRUE(cancelled == -ECANCELED || cancelled == -EINTR);
	ASSERT_EQ(0, bed_faults(&self->bed, 1));
	EXPECT_EQ(FAULT, read(self->bed.fd, &self->faults[1], FAULT));
	uring_close(&uring);
}

TEST_HARNESS_MAIN
