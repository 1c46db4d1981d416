// SPDX-License-Identifier: GPL-2.0-only
/*
 * read(), poll() and eventfds of QUEUEs of events.
 */
#include <endian.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>

#include "event.h"
#include "file.h"
#include "kselftest_harness.h"
#include "sleeper.h"

#define VIRT_ID 0x7abc
#define RECORDS 8

/* What a QUEUE for faults of VT-d gives */
struct vtd_event {
	struct vevent_header header;
	__le64 native[2];
};

FIXTURE(read)
{
	struct guest guest;
	struct event_queue queue; /* for one form */
	struct event_queue other; /* all forms, of the DEVICE */
	struct vtd_event events[16];
};

FIXTURE_SETUP(read)
{
	struct guest *guest = &self->guest;
	const struct faultq_queue_alloc wish = { .nr_records = RECORDS };
	struct bed *bed = &guest->bed;

	ASSERT_EQ(0, guest_make(guest));
	ASSERT_LT(0, fq_vdevice(bed->ctx, guest->viommu, bed->dev, VIRT_ID));
	ASSERT_EQ(0, event_queue_make(&self->queue, bed->ctx, guest->viommu,
				      FAULTQ_NATIVE_VTD_FAULT, wish));
	ASSERT_EQ(0, event_queue_make(&self->other, bed->ctx, bed->dev,
				      FAULTQ_NATIVE_NONE, wish));
}

FIXTURE_TEARDOWN(read)
{
	event_queue_close(&self->queue);
	event_queue_close(&self->other);
	guest_free(&self->guest);
}

/* Of a fault recording register (VT-d 11.4.8.4) */
#define FRCD_SID(native) (le64toh((native)[1]) & 0xffff)
#define FRCD_PP(native) (le64toh((native)[1]) >> 31 & 1)
#define FRCD_PASID(native) (le64toh((native)[1]) >> 40 & 0xfffff)

TEST_F(read, native_with_the_virtual_id)
{
	struct vtd_event *events = self->events;
	const void *native;
	int i;

	ASSERT_TRUE(bed_events(&self->guest.bed, &self->queue, 3));
	native = event_at(&self->queue, 0)->native;
	EXPECT_EQ(3 * sizeof(*events),
		  read(self->queue.fd, events, sizeof(self->events)));
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(0, events[i].header.flags);
		EXPECT_EQ(i, events[i].header.sequence);
		EXPECT_EQ(EVENT_ADDR, le64toh(events[i].native[0]));
		EXPECT_EQ(VIRT_ID, FRCD_SID(events[i].native));
		EXPECT_EQ(0, FRCD_PP(events[i].native));
		EXPECT_EQ(EVENT_REASON,
			  le64toh(events[i].native[1]) >> 32 & 0xff);
		/* and the ring has the same */
		EXPECT_EQ(0, memcmp(native, events[i].native,
				    sizeof(events[i].native)));
	}
	EXPECT_EQ(LOOK(self->queue.ring.header->head),
		  faultq_load(&self->queue.ring.control->tail));
}

/*
 * A VMM injects what it reads as it is: with the PASID that the guest bound, and
 * with that of the device where it bound none.
 */
TEST_F(read, native_with_the_ids_of_the_guest)
{
	struct guest *guest = &self->guest;
	struct bed *bed = &guest->bed;
	struct vtd_event *events = self->events;
	struct faultq_pasid_bind bind = {};
	const struct faultq_event *event;
	const __le64 *native;

	ASSERT_EQ(0, guest_bind(guest, &bind));
	ASSERT_EQ(0, bed_event(bed, HOST_PASID, 1));
	ASSERT_EQ(0, bed_event(bed, HOST_PASID + 1, 1));
	ASSERT_TRUE(EVENTS_ARRIVED(&self->queue, 2));
	event = event_at(&self->queue, 0);
	native = (const void *)event->native;
	EXPECT_EQ(GUEST_PASID, event->pasid);
	EXPECT_EQ(GUEST_PASID, FRCD_PASID(native));
	EXPECT_EQ(VIRT_ID, FRCD_SID(native));
	ASSERT_EQ(2 * sizeof(*events),
		  read(self->queue.fd, events, sizeof(self->events)));
	EXPECT_EQ(1, FRCD_PP(events[0].native));
	EXPECT_EQ(GUEST_PASID, FRCD_PASID(events[0].native));
	EXPECT_EQ(VIRT_ID, FRCD_SID(events[0].native));
	EXPECT_EQ(EVENT_REASON, le64toh(events[0].native[1]) >> 32 & 0xff);
	EXPECT_EQ(HOST_PASID + 1, FRCD_PASID(events[1].native));
	EXPECT_EQ(VIRT_ID, FRCD_SID(events[1].native));
}

/* A DEVICE without a VDEVICE has the requester id of the host. */
TEST_F(read, native_without_a_vdevice)
{
	struct mock_iommu_endpoint_add add = {};
	struct bed *bed = &self->guest.bed;
	int dev = bind_new(bed->mock, bed->ctx, &add);
	struct mock_iommu_fault fault = {
		.endpoint_id = add.out_endpoint_id,
		.reason = EVENT_REASON,
		.count = 1,
	};
	struct mock_iommu_endpoint_info info = {
		.size = sizeof(info),
		.endpoint_id = add.out_endpoint_id,
	};
	struct event_queue queue;

	ASSERT_LT(0, dev);
	ASSERT_EQ(0, event_queue_make(&queue, bed->ctx, dev,
				      FAULTQ_NATIVE_VTD_FAULT,
				      (struct faultq_queue_alloc){}));
	ASSERT_EQ(0, call(bed->mock, MOCK_IOMMU_ENDPOINT_INFO, &info));
	ASSERT_EQ(0, mock_fault(bed->mock, &fault));
	ASSERT_EQ(sizeof(self->events[0]),
		  read(queue.fd, self->events, sizeof(self->events)));
	EXPECT_EQ(info.out_rid, FRCD_SID(self->events[0].native));
	event_queue_close(&queue);
	mock_endpoint_remove(bed->mock, add.out_endpoint_id);
}

TEST_F(read, all_forms)
{
	struct {
		struct vevent_header header;
		struct faultq_event event;
	} got[4];

	event_queue_close(&self->queue);
	ASSERT_TRUE(bed_events(&self->guest.bed, &self->other, 2));
	ASSERT_EQ(2 * sizeof(got[0]), read(self->other.fd, got, sizeof(got)));
	EXPECT_EQ(1, got[1].header.sequence);
	EXPECT_EQ(0, memcmp(&got[0].event, event_at(&self->other, 0),
			    sizeof(got[0].event)));
	EXPECT_EQ(VIRT_ID, got[0].event.virt_id);
}

TEST_F(read, losses)
{
	struct vtd_event *events = self->events;
	char *at = (char *)events;

	ASSERT_TRUE(bed_events(&self->guest.bed, &self->queue, RECORDS + 5));
	ASSERT_EQ(2 * sizeof(*events),
		  read(self->queue.fd, events, 2 * sizeof(*events)));
	ASSERT_TRUE(bed_events(&self->guest.bed, &self->queue, 1));
	/* six events, the loss, and one event more */
	ASSERT_EQ(7 * sizeof(*events) + sizeof(struct vevent_header),
		  read(self->queue.fd, events, sizeof(self->events)));
	at += 6 * sizeof(*events);
	EXPECT_EQ(VEVENT_LOST, ((struct vevent_header *)at)->flags);
	EXPECT_EQ(RECORDS + 4, ((struct vevent_header *)at)->sequence);
	at += sizeof(struct vevent_header);
	EXPECT_EQ(0, ((struct vevent_header *)at)->flags);
	EXPECT_EQ(RECORDS + 5, ((struct vevent_header *)at)->sequence);
}

/* No event need follow for a loss to be read. */
TEST_F(read, losses_at_the_end)
{
	struct vtd_event *events = self->events;

	ASSERT_TRUE(bed_events(&self->guest.bed, &self->queue, RECORDS + 5));
	EXPECT_EQ(RECORDS * sizeof(*events) + sizeof(struct vevent_header),
		  read(self->queue.fd, events, sizeof(self->events)));
	set_nonblock(self->queue.fd);
	EXPECT_EQ(-1, read(self->queue.fd, events, sizeof(self->events)));
	EXPECT_EQ(EAGAIN, errno);
}

TEST_F(read, buffers_that_are_short)
{
	struct vtd_event *events = self->events;
	size_t size;

	set_nonblock(self->queue.fd);
	for (size = 0; size < sizeof(struct vevent_header); size++) {
		EXPECT_EQ(-1, read(self->queue.fd, events, size));
		EXPECT_EQ(EINVAL, errno);
	}
	EXPECT_EQ(-1, read(self->queue.fd, events, size));
	EXPECT_EQ(EAGAIN, errno);
	ASSERT_TRUE(bed_events(&self->guest.bed, &self->queue, 2));
	EXPECT_EQ(-1, read(self->queue.fd, events, sizeof(*events) - 1));
	EXPECT_EQ(EINVAL, errno);
	/* whole events only */
	EXPECT_EQ(sizeof(*events),
		  read(self->queue.fd, events, 2 * sizeof(*events) - 1));
	EXPECT_EQ(0, events[0].header.sequence);
	EXPECT_EQ(sizeof(*events),
		  read(self->queue.fd, events, 2 * sizeof(*events) - 1));
	EXPECT_EQ(1, events[0].header.sequence);
}

TEST_F(read, buffers_that_fault)
{
	char *mem = pages_alloc(2);
	struct vtd_event *events = self->events;

	ASSERT_NE(NULL, mem);
	ASSERT_EQ(0, mprotect(mem + PAGE, PAGE, PROT_NONE));
	ASSERT_TRUE(bed_events(&self->guest.bed, &self->queue, 2));
	EXPECT_EQ(-1, read(self->queue.fd, mem + PAGE, PAGE));
	EXPECT_EQ(EFAULT, errno);
	/* the second one does not get there, and stays */
	EXPECT_EQ(sizeof(*events),
		  read(self->queue.fd, mem + PAGE - sizeof(*events) - 12,
		       PAGE));
	EXPECT_EQ(sizeof(*events),
		  read(self->queue.fd, events, sizeof(self->events)));
	EXPECT_EQ(1, events[0].header.sequence);
	munmap(mem, 2 * PAGE);
}

TEST_F(read, blocks_until_an_event_comes)
{
	struct vtd_event *events = self->events;
	struct sleeper sleeper;

	ASSERT_EQ(0, sleeper_read(&sleeper, self->queue.fd, events,
				  sizeof(*events)));
	ASSERT_EQ(0, bed_event(&self->guest.bed, NO_PASID, 1));
	EXPECT_EQ(sizeof(*events), sleeper_join(&sleeper));
	EXPECT_EQ(EVENT_ADDR, le64toh(events[0].native[0]));
}

TEST_F(read, ends_with_the_context)
{
	struct sleeper sleeper;

	ASSERT_EQ(0, sleeper_read(&sleeper, self->queue.fd, self->events,
				  sizeof(self->events)));
	close_once(&self->guest.bed.ctx);
	EXPECT_EQ(-ENODEV, sleeper_join(&sleeper));
}

/**
 * struct rewinder - a thread that keeps moving a tail back
 * @control: where the tail is
 * @stop: it is to end
 * @thread: who does it
 */
struct rewinder {
	struct faultq_ring_control *control;
	int stop;
	pthread_t thread;
};

static void *rewind_tail(void *arg)
{
	struct rewinder *rewinder = arg;

	while (!LOOK(rewinder->stop))
		faultq_store(&rewinder->control->tail, 0);
	return NULL;
}

/* What has been read can be read again, but no call goes on with it for ever. */
TEST_F(read, tail_that_is_moved_back)
{
	struct rewinder rewinder = { .control = self->queue.ring.control };
	const size_t size = 4096 * PAGE;
	char *buf = pages_alloc(size / PAGE);
	int i;

	ASSERT_NE(NULL, buf);
	ASSERT_TRUE(bed_events(&self->guest.bed, &self->queue, RECORDS));
	ASSERT_EQ(0, pthread_create(&rewinder.thread, NULL, rewind_tail,
				    &rewinder));
	for (i = 0; i < 1000; i++) {
		faultq_store(&rewinder.control->tail, 0);
		ASSERT_GT(2 * RECORDS * sizeof(struct vtd_event),
			  read(self->queue.fd, buf, size));
	}
	__atomic_store_n(&rewinder.stop, 1, __ATOMIC_RELEASE);
	pthread_join(rewinder.thread, NULL);
	munmap(buf, size);
}

TEST_F(read, poll_wakes)
{
	struct sleeper sleeper;

	ASSERT_EQ(0, sleeper_poll(&sleeper, self->queue.fd, POLLIN));
	ASSERT_EQ(0, bed_event(&self->guest.bed, NO_PASID, 1));
	EXPECT_EQ(1, sleeper_join(&sleeper));
	EXPECT_EQ(POLLIN, sleeper.wait.revents);
	EXPECT_EQ(0, ring_wait(&self->queue.ring, 1));
}

TEST_F(read, eventfd_signals_the_armed_once)
{
	struct bed *bed = &self->guest.bed;
	struct ring *ring = &self->queue.ring;
	struct pollfd wait = { .fd = ring->eventfd, .events = POLLIN };

	ASSERT_TRUE(faultq_cons_arm(&ring->cons, &ring->control->wake,
				    &ring->header->head));
	ASSERT_EQ(0, bed_event(bed, NO_PASID, 1));
	ASSERT_EQ(1, poll(&wait, 1, DEADLINE_MS));
	EXPECT_EQ(1, eventfd_ticks(ring->eventfd));
	ASSERT_TRUE(bed_events(bed, &self->queue, 3));
	EXPECT_EQ(0, poll(&wait, 1, 0));
	EXPECT_EQ(1, LOOK(ring->header->wakeups));

	/* and none at all once it was removed */
	ASSERT_EQ(0, fq_eventfd(self->queue.fd, 0, -1));
	ring_release(ring, ring_ready(ring));
	ASSERT_TRUE(faultq_cons_arm(&ring->cons, &ring->control->wake,
				    &ring->header->head));
	ASSERT_TRUE(bed_events(bed, &self->queue, 1));
	EXPECT_TRUE(AWAIT(LOOK(ring->header->wakeups) == 2));
	EXPECT_EQ(0, poll(&wait, 1, 0));
}

/*
 * A ring of 8 has no record 8 before the tail is moved. Who waits for it is woken
 * when an event is lost, and not for each.
 */
TEST_F(read, eventfd_signals_that_the_index_is_out_of_reach)
{
	struct bed *bed = &self->guest.bed;
	struct ring *ring = &self->queue.ring;
	struct pollfd wait = { .fd = ring->eventfd, .events = POLLIN };

	faultq_store(&ring->control->wake, RECORDS);
	ASSERT_TRUE(bed_events(bed, &self->queue, RECORDS));
	EXPECT_EQ(0, LOOK(ring->header->wakeups));
	ASSERT_TRUE(bed_events(bed, &self->queue, 1));
	ASSERT_EQ(1, poll(&wait, 1, DEADLINE_MS));
	EXPECT_EQ(1, eventfd_ticks(ring->eventfd));
	ASSERT_TRUE(bed_events(bed, &self->queue, 3));
	EXPECT_EQ(1, LOOK(ring->header->wakeups));

	/* one slot is not enough for an event and what tells of the loss */
	ASSERT_EQ(RECORDS, ring_ready(ring));
	ring_release(ring, 1);
	faultq_store(&ring->control->wake, RECORDS + 1);
	ASSERT_TRUE(bed_events(bed, &self->queue, 1));
	ASSERT_EQ(1, poll(&wait, 1, DEADLINE_MS));
	EXPECT_EQ(2, LOOK(ring->header->wakeups));
}

TEST_HARNESS_MAIN
