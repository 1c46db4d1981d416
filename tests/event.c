// SPDX-License-Identifier: GPL-2.0-only
/*
 * QUEUEs of events: what a record says, who gets it, and how QUEUEs end.
 */
#include <endian.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#include "event.h"
#include "held.h"
#include "kselftest_harness.h"

#define VIRT_ID 0x7abc

FIXTURE(event)
{
	struct guest guest;
	struct event_queue queue; /* all events of the DEVICE */
};

FIXTURE_SETUP(event)
{
	struct bed *bed = &self->guest.bed;

	ASSERT_EQ(0, guest_make(&self->guest));
	ASSERT_EQ(0, event_queue_make(&self->queue, bed->ctx, bed->dev,
				      FAULTQ_NATIVE_NONE,
				      (struct faultq_queue_alloc){}));
}

FIXTURE_TEARDOWN(event)
{
	event_queue_close(&self->queue);
	guest_free(&self->guest);
}

/* The next event, or NULL if none comes */
static const struct faultq_event *next(struct event_queue *queue)
{
	return ring_wait(&queue->ring, 1) ? NULL : event_at(queue, 0);
}

TEST_F(event, record_of_the_rid)
{
	struct bed *bed = &self->guest.bed;
	const __u64 before = now_ns();
	const struct faultq_event *event;
	const __le64 *native;

	ASSERT_EQ(0, bed_event(bed, NO_PASID, 1));
	event = next(&self->queue);
	ASSERT_NE(NULL, event);
	EXPECT_EQ(FAULTQ_RECORD_FAULT, event->type);
	EXPECT_EQ(FAULTQ_EVENT_DEV_VALID | FAULTQ_EVENT_ADDR_VALID,
		  event->flags & ~FAULTQ_EVENT_FETCH_ADDR_VALID);
	EXPECT_EQ(FAULTQ_REASON_PTE_FETCH, event->reason);
	EXPECT_EQ(FAULTQ_PAGE_REQUEST_READ, event->perm);
	EXPECT_EQ(0, event->sequence);
	EXPECT_EQ(bed->dev, event->dev_id);
	EXPECT_EQ(0, event->virt_id);
	EXPECT_EQ(0, event->pasid);
	EXPECT_EQ(EVENT_ADDR, event->addr);
	EXPECT_EQ(BED_COOKIE, event->cookie);
	EXPECT_LT(before, event->timestamp);
	EXPECT_GT(now_ns(), event->timestamp);
	/* fault recording register: VT-d 11.4.8.4 */
	EXPECT_EQ(FAULTQ_NATIVE_VTD_FAULT, event->native_type);
	EXPECT_EQ(16, event->native_len);
	native = (const void *)event->native;
	EXPECT_EQ(EVENT_ADDR, le64toh(native[0]));
	EXPECT_EQ(EVENT_REASON, (le64toh(native[1]) >> 32) & 0xff);
	EXPECT_EQ(0, event->native[16]);
	EXPECT_EQ(0, event->native[FAULTQ_NATIVE_LEN - 1]);
}

TEST_F(event, sequence_counts)
{
	struct bed *bed = &self->guest.bed;
	__u32 i;

	for (i = 0; i < 5; i++)
		ASSERT_EQ(0, bed_event(bed, NO_PASID, 1));
	ASSERT_EQ(0, ring_wait(&self->queue.ring, 5));
	for (i = 0; i < 5; i++)
		EXPECT_EQ(i, event_at(&self->queue, i)->sequence);
	EXPECT_EQ(5, LOOK(self->queue.ring.header->sequence));
	EXPECT_EQ(5, LOOK(self->queue.ring.header->arrived));
	EXPECT_EQ(5, LOOK(self->queue.ring.header->published));
}

struct stuck_alloc {
	int ctx;
	char *arg;
	int ret;
};

static void *stuck_alloc(void *arg)
{
	struct stuck_alloc *stuck = arg;

	stuck->ret = call(stuck->ctx, FAULTQ_QUEUE_ALLOC, stuck->arg);
	return NULL;
}

/*
 * A QUEUE whose user cannot be told of it takes no event with it: until then they
 * go where they went before.
 */
TEST_F(event, queue_that_is_never_told_of)
{
	struct bed *bed = &self->guest.bed;
	const struct faultq_queue_alloc wish = {
		.size = sizeof(wish),
		.type = FAULTQ_QUEUE_TYPE_EVENT,
		.source_id = bed->dev,
		.native_type = FAULTQ_NATIVE_VTD_FAULT,
		.nr_rings = 1,
		.nr_records = 64,
	};
	struct stuck_alloc stuck = { .ctx = bed->ctx };
	pthread_t thread;
	int uffd;

	stuck.arg = hold_writes(&uffd, &wish, sizeof(wish));
	ASSERT_NE(NULL, stuck.arg);
	ASSERT_EQ(0, pthread_create(&thread, NULL, stuck_alloc, &stuck));
	ASSERT_EQ(0, await_touch(uffd));
	ASSERT_EQ(0, bed_event(bed, NO_PASID, 1));
	EXPECT_TRUE(EVENTS_ARRIVED(&self->queue, 1));

	ASSERT_EQ(0, mprotect(stuck.arg, PAGE, PROT_READ));
	ASSERT_EQ(0, release_writes(uffd, stuck.arg));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(-EFAULT, stuck.ret);
	ASSERT_EQ(0, bed_event(bed, NO_PASID, 1));
	EXPECT_TRUE(EVENTS_ARRIVED(&self->queue, 2));
	close(uffd);
}

TEST_F(event, record_of_a_pasid)
{
	struct bed *bed = &self->guest.bed;
	const struct faultq_event *event;

	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, bed->hwpt, 5, 555));
	ASSERT_EQ(0, bed_event(bed, 5, 1));
	ASSERT_EQ(0, bed_event(bed, 6, 1));
	ASSERT_EQ(0, ring_wait(&self->queue.ring, 2));
	event = event_at(&self->queue, 0);
	EXPECT_TRUE(event->flags & FAULTQ_EVENT_PASID_VALID);
	EXPECT_FALSE(event->flags & FAULTQ_EVENT_GUEST_PASID);
	EXPECT_EQ(5, event->pasid);
	EXPECT_EQ(555, event->cookie);
	/* nothing is attached there: the label */
	event = event_at(&self->queue, 1);
	EXPECT_EQ(6, event->pasid);
	EXPECT_EQ(BED_LABEL, event->cookie);
}

TEST_F(event, record_of_a_guest_pasid)
{
	struct bed *bed = &self->guest.bed;
	const struct faultq_event *event;
	struct faultq_pasid_bind bind = {
		.flags = FAULTQ_PASID_BIND_COOKIE,
		.cookie = 777,
	};

	ASSERT_EQ(0, guest_bind(&self->guest, &bind));
	ASSERT_EQ(0, bed_event(bed, HOST_PASID, 1));
	event = next(&self->queue);
	ASSERT_NE(NULL, event);
	EXPECT_TRUE(event->flags & FAULTQ_EVENT_PASID_VALID);
	EXPECT_TRUE(event->flags & FAULTQ_EVENT_GUEST_PASID);
	EXPECT_EQ(GUEST_PASID, event->pasid);
	EXPECT_EQ(777, event->cookie);

	ASSERT_EQ(0, fq_pasid_unbind(bed->ctx, bed->dev, GUEST_PASID));
	ring_release(&self->queue.ring, 1);
	ASSERT_EQ(0, bed_event(bed, HOST_PASID, 1));
	event = next(&self->queue);
	ASSERT_NE(NULL, event);
	EXPECT_FALSE(event->flags & FAULTQ_EVENT_GUEST_PASID);
	EXPECT_EQ(HOST_PASID, event->pasid);
}

TEST_F(event, goes_to_the_viommu_with_the_virtual_id)
{
	struct guest *guest = &self->guest;
	struct bed *bed = &guest->bed;
	const struct faultq_event *event;
	struct event_queue queue;
	int vdevice;

	ASSERT_EQ(0, event_queue_make(&queue, bed->ctx, guest->viommu,
				      FAULTQ_NATIVE_NONE,
				      (struct faultq_queue_alloc){}));
	/* no VDEVICE yet */
	ASSERT_EQ(0, bed_event(bed, NO_PASID, 1));
	event = next(&self->queue);
	ASSERT_NE(NULL, event);
	EXPECT_FALSE(event->flags & FAULTQ_EVENT_VIRT_ID_VALID);

	vdevice = fq_vdevice(bed->ctx, guest->viommu, bed->dev, VIRT_ID);
	ASSERT_LT(0, vdevice);
	ASSERT_EQ(0, bed_event(bed, NO_PASID, 1));
	event = next(&queue);
	ASSERT_NE(NULL, event);
	EXPECT_TRUE(event->flags & FAULTQ_EVENT_VIRT_ID_VALID);
	EXPECT_EQ(VIRT_ID, event->virt_id);
	EXPECT_EQ(bed->dev, event->dev_id);

	ASSERT_EQ(0, fq_destroy(bed->ctx, vdevice));
	ASSERT_EQ(0, bed_event(bed, NO_PASID, 1));
	EXPECT_EQ(0, ring_wait(&self->queue.ring, 2));
	EXPECT_EQ(1, LOOK(queue.ring.header->arrived));
	event_queue_close(&queue);
}

/* From the best to the worst, each gets the event once its betters are gone. */
TEST_F(event, order_of_the_queues)
{
	struct guest *guest = &self->guest;
	const int ctx = guest->bed.ctx;
	const __u32 dev = guest->bed.dev;
	struct event_queue queues[4];
	const struct faultq_queue_alloc wish = {};
	long long unclaimed;
	int i;

	event_queue_close(&self->queue);
	ASSERT_LT(0, fq_vdevice(ctx, guest->viommu, dev, VIRT_ID));
	ASSERT_EQ(0, event_queue_make(&queues[3], ctx, dev, FAULTQ_NATIVE_NONE,
				      wish));
	ASSERT_EQ(0, event_queue_make(&queues[2], ctx, dev,
				      FAULTQ_NATIVE_VTD_FAULT, wish));
	ASSERT_EQ(0, event_queue_make(&queues[1], ctx, guest->viommu,
				      FAULTQ_NATIVE_NONE, wish));
	ASSERT_EQ(0, event_queue_make(&queues[0], ctx, guest->viommu,
				      FAULTQ_NATIVE_VTD_FAULT, wish));
	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, bed_event(&guest->bed, NO_PASID, 1));
		EXPECT_EQ(0, ring_wait(&queues[i].ring, 1));
		EXPECT_EQ(1, LOOK(queues[i].ring.header->arrived));
		event_queue_close(&queues[i]);
	}
	unclaimed = debugfs_unclaimed();
	ASSERT_LE(0, unclaimed);
	ASSERT_EQ(0, bed_event(&guest->bed, NO_PASID, 3));
	EXPECT_TRUE(AWAIT(debugfs_unclaimed() == unclaimed + 3));
}

/* A queue for another form does not get it. */
TEST_F(event, other_forms)
{
	struct bed *bed = &self->guest.bed;
	struct event_queue other;

	ASSERT_EQ(0, event_queue_make(&other, bed->ctx, bed->dev,
				      FAULTQ_NATIVE_VTD_INVALIDATION,
				      (struct faultq_queue_alloc){}));
	ASSERT_EQ(0, bed_event(bed, NO_PASID, 1));
	EXPECT_EQ(0, ring_wait(&self->queue.ring, 1));
	EXPECT_EQ(0, LOOK(other.ring.header->arrived));
	event_queue_close(&other);
}

static int alloc_again(const struct event_queue *queue, int ctx, __u32 source)
{
	return fq_event_queue(ctx, source, FAULTQ_NATIVE_NONE,
			      &(struct faultq_queue_alloc){});
}

TEST_F(event, one_queue_of_a_form)
{
	struct bed *bed = &self->guest.bed;
	int fd;

	EXPECT_EQ(-EEXIST, alloc_again(&self->queue, bed->ctx, bed->dev));
	fd = alloc_again(&self->queue, bed->ctx, self->guest.viommu);
	ASSERT_LE(0, fd);
	EXPECT_EQ(-EEXIST,
		  alloc_again(&self->queue, bed->ctx, self->guest.viommu));
	/* closed, or destroyed, it makes place */
	close(fd);
	EXPECT_LE(0, alloc_again(&self->queue, bed->ctx, self->guest.viommu));
	EXPECT_EQ(0, fq_destroy(bed->ctx, self->queue.id));
	EXPECT_LE(0, alloc_again(&self->queue, bed->ctx, bed->dev));
}

TEST_F(event, what_a_queue_cannot_be)
{
	struct bed *bed = &self->guest.bed;
	const struct {
		int error;
		__u32 source;
		__u32 native_type;
		struct faultq_queue_alloc wish;
	} wrong[] = {
		{ -ENOENT, 0, 0, {} },
		{ -ENOENT, 4711, 0, {} },
		{ -ENOENT, bed->queue, 0, {} },
		{ -ENOENT, bed->hwpt, 0, {} },
		{ -EOPNOTSUPP, bed->dev, 3, {} },
		{ -EOPNOTSUPP, bed->dev, 0x103, {} },
		/* which this IOMMU does not write */
		{ -EOPNOTSUPP, bed->dev, FAULTQ_NATIVE_ARM_SMMUV3, {} },
		{ -EOPNOTSUPP,
		  self->guest.viommu,
		  FAULTQ_NATIVE_ARM_SMMUV3,
		  {} },
		{ -EOPNOTSUPP, bed->dev, 1, { .flags = 2 } },
		{ -EINVAL, bed->dev, 1, { .nr_rings = 2 } },
		{ -EINVAL, bed->dev, 1, { .nr_records = 2 } },
		{ -EINVAL, bed->dev, 1, { .nr_records = 12 } },
		{ -EINVAL,
		  bed->dev,
		  1,
		  { .nr_records = FAULTQ_MAX_RECORDS * 2 } },
		{ -EINVAL, bed->dev, 1, { .nr_groups = 8 } },
		{ -EINVAL, bed->dev, 1, { .timeout_ms = 8 } },
		{ -EINVAL, bed->dev, 1, { .timeout_action = 1 } },
	};
	struct faultq_queue_alloc wish;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		wish = wrong[i].wish;
		EXPECT_EQ(wrong[i].error,
			  fq_event_queue(bed->ctx, wrong[i].source,
					 wrong[i].native_type, &wish))
		TH_LOG("case %u", i);
	}
}

TEST_F(event, page_requests_have_no_source)
{
	struct faultq_queue_alloc wish = {
		.type = FAULTQ_QUEUE_TYPE_IOPF,
		.nr_rings = 1,
		.nr_records = 8,
		.nr_groups = 8,
		.source_id = self->guest.bed.dev,
	};

	EXPECT_EQ(-EINVAL, fq_queue_alloc(self->guest.bed.ctx, &wish));
	wish.source_id = 0;
	wish.native_type = FAULTQ_NATIVE_VTD_FAULT;
	EXPECT_EQ(-EINVAL, fq_queue_alloc(self->guest.bed.ctx, &wish));
	wish.native_type = 0;
	wish.flags = FAULTQ_QUEUE_ALLOC_OVERWRITE;
	EXPECT_EQ(-EOPNOTSUPP, fq_queue_alloc(self->guest.bed.ctx, &wish));
}

/* It is no QUEUE that an HWPT could name. */
TEST_F(event, no_page_requests)
{
	struct bed *bed = &self->guest.bed;

	EXPECT_EQ(-ENOENT, fq_hwpt(bed->ctx, bed->dev, self->queue.id));
}

TEST_F(event, what_does_not_apply)
{
	const int fd = self->queue.fd;
	struct faultq_response response = {};
	struct pollfd wait = { .fd = fd, .events = POLLIN | POLLOUT };
	__u32 nr = 1;

	EXPECT_EQ(-EOPNOTSUPP, fq_doorbell(fd, 0));
	EXPECT_EQ(-EOPNOTSUPP, fq_republish(fd, 0));
	EXPECT_EQ(-EOPNOTSUPP, fq_respond(fd, &response, &nr));
	EXPECT_EQ(-1, write(fd, &response, sizeof(response)));
	EXPECT_EQ(EOPNOTSUPP, errno);
	EXPECT_EQ(0, poll(&wait, 1, 0));
	EXPECT_EQ(MAP_FAILED, region_map(fd, 0, FAULTQ_REGION_RESPONSES, PAGE));
	EXPECT_EQ(FAULTQ_QUEUE_TYPE_EVENT, self->queue.ring.info.out_type);
	EXPECT_EQ(0, self->queue.ring.info.out_responses_size);
	EXPECT_EQ(FAULTQ_QUEUE_TYPE_EVENT, self->queue.ring.header->type);
	EXPECT_EQ(sizeof(struct faultq_event),
		  self->queue.ring.header->record_size);
	EXPECT_EQ(0, self->queue.ring.header->nr_responses);
}

TEST_F(event, viommu_destroyed_with_events_queued)
{
	struct guest *guest = &self->guest;
	struct bed *bed = &guest->bed;
	char buf[sizeof(struct vevent_header) + sizeof(struct faultq_event)];
	struct event_queue queue;
	int vdevice;

	ASSERT_EQ(0, event_queue_make(&queue, bed->ctx, guest->viommu,
				      FAULTQ_NATIVE_NONE,
				      (struct faultq_queue_alloc){}));
	vdevice = fq_vdevice(bed->ctx, guest->viommu, bed->dev, VIRT_ID);
	ASSERT_LT(0, vdevice);
	ASSERT_EQ(0, bed_event(bed, NO_PASID, 3));
	ASSERT_EQ(0, ring_wait(&queue.ring, 3));
	ASSERT_EQ(0, fq_destroy(bed->ctx, vdevice));
	ASSERT_EQ(0, fq_destroy(bed->ctx, guest->viommu));
	EXPECT_EQ(VIRT_ID, event_at(&queue, 2)->virt_id);
	EXPECT_EQ(sizeof(buf), read(queue.fd, buf, sizeof(buf)));
	/* and what comes now goes elsewhere */
	ASSERT_EQ(0, bed_event(bed, NO_PASID, 1));
	EXPECT_EQ(0, ring_wait(&self->queue.ring, 1));
	EXPECT_EQ(3, LOOK(queue.ring.header->arrived));
	EXPECT_EQ(0, fq_destroy(bed->ctx, queue.id));
	event_queue_close(&queue);
}

TEST_F(event, device_destroyed_with_events_queued)
{
	struct bed *bed = &self->guest.bed;
	long long unclaimed;

	ASSERT_EQ(0, bed_event(bed, NO_PASID, 1));
	ASSERT_EQ(0, ring_wait(&self->queue.ring, 1));
	ASSERT_EQ(0, fq_destroy(bed->ctx, bed->dev));
	EXPECT_EQ(bed->dev, event_at(&self->queue, 0)->dev_id);
	unclaimed = debugfs_unclaimed();
	ASSERT_EQ(0, bed_event(bed, NO_PASID, 1));
	EXPECT_TRUE(AWAIT(debugfs_unclaimed() == unclaimed + 1));
}

TEST_F(event, context_closed)
{
	struct bed *bed = &self->guest.bed;
	struct pollfd wait = { .fd = self->queue.fd, .events = POLLIN };
	struct faultq_queue_info info;
	char buf[256];

	ASSERT_EQ(0, bed_event(bed, NO_PASID, 1));
	ASSERT_EQ(0, ring_wait(&self->queue.ring, 1));
	close_once(&bed->ctx);
	EXPECT_EQ(-1, read(self->queue.fd, buf, sizeof(buf)));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(-1, write(self->queue.fd, buf, 8));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(-ENODEV, fq_queue_info(self->queue.fd, &info));
	EXPECT_EQ(1, poll(&wait, 1, 0));
	EXPECT_TRUE(wait.revents & POLLHUP);
	EXPECT_EQ(EVENT_ADDR, event_at(&self->queue, 0)->addr);
}

/* Raises events as fast as it goes until it is told to stop */
struct raiser {
	struct bed *bed;
	__u64 raised;
	bool stop;
	pthread_t thread;
};

static void *raise_all(void *arg)
{
	struct raiser *raiser = arg;

	while (!LOOK(raiser->stop) && !bed_event(raiser->bed, NO_PASID, 100))
		__atomic_fetch_add(&raiser->raised, 100, __ATOMIC_RELEASE);
	return NULL;
}

static void raiser_stop(struct raiser *raiser)
{
	__atomic_store_n(&raiser->stop, true, __ATOMIC_RELEASE);
	pthread_join(raiser->thread, NULL);
}

TEST_F(event, queue_closed_while_events_come)
{
	struct bed *bed = &self->guest.bed;
	struct raiser raiser = { .bed = bed };
	struct event_queue queue;
	int i;

	ASSERT_EQ(0, pthread_create(&raiser.thread, NULL, raise_all, &raiser));
	for (i = 0; i < 100; i++) {
		ASSERT_EQ(0, event_queue_make(&queue, bed->ctx, bed->dev,
					      FAULTQ_NATIVE_VTD_FAULT,
					      (struct faultq_queue_alloc){}));
		EXPECT_EQ(0, ring_wait(&queue.ring, 1));
		if (i % 2)
			EXPECT_EQ(0, fq_destroy(bed->ctx, queue.id));
		event_queue_close(&queue);
	}
	raiser_stop(&raiser);
}

TEST_F(event, objects_end_while_events_come)
{
	struct guest *guest = &self->guest;
	struct bed *bed = &guest->bed;
	struct raiser raiser = { .bed = bed };
	int i, viommu, vdevice, fd;

	ASSERT_EQ(0, pthread_create(&raiser.thread, NULL, raise_all, &raiser));
	for (i = 0; i < 100; i++) {
		viommu = fq_viommu(bed->ctx, bed->dev, guest->parent);
		ASSERT_LT(0, viommu);
		fd = fq_event_queue(bed->ctx, viommu, FAULTQ_NATIVE_NONE,
				    &(struct faultq_queue_alloc){});
		ASSERT_LE(0, fd);
		vdevice = fq_vdevice(bed->ctx, viommu, bed->dev, VIRT_ID);
		ASSERT_LT(0, vdevice);
		EXPECT_EQ(1,
			  poll(&(struct pollfd){ fd, POLLIN }, 1, DEADLINE_MS));
		ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, bed->hwpt, NO_PASID,
				       i));
		EXPECT_EQ(0, fq_destroy(bed->ctx, vdevice));
		EXPECT_EQ(0, fq_destroy(bed->ctx, viommu));
		close(fd);
	}
	raiser_stop(&raiser);
}

TEST_F(event, device_ends_while_events_come)
{
	struct bed *bed = &self->guest.bed;
	struct raiser raiser = { .bed = bed };
	struct event_queue queue;
	int i;

	ASSERT_EQ(0, pthread_create(&raiser.thread, NULL, raise_all, &raiser));
	for (i = 0; i < 100; i++) {
		ASSERT_EQ(0, fq_destroy(bed->ctx, bed->dev));
		bed->dev = fq_bind(bed->ctx, bed->name, 0);
		ASSERT_LT(0, (int)bed->dev);
		ASSERT_EQ(0, event_queue_make(&queue, bed->ctx, bed->dev,
					      FAULTQ_NATIVE_VTD_FAULT,
					      (struct faultq_queue_alloc){}));
		EXPECT_EQ(0, ring_wait(&queue.ring, 1));
		EXPECT_EQ(0, fq_destroy(bed->ctx, queue.id));
		event_queue_close(&queue);
	}
	raiser_stop(&raiser);
}

/* Asks for a signal at the next event. One that comes meanwhile gives none. */
static bool is_signalled(struct ring *ring, int fd)
{
	__atomic_store_n(&ring->control->wake, LOOK(ring->header->head),
			 __ATOMIC_SEQ_CST);
	ring_release(ring, ring_ready(ring));
	return poll(&(struct pollfd){ fd, POLLIN }, 1, 0) == 1;
}

/* Who is told changes while there is always something to tell. */
TEST_F(event, eventfd_changes_while_events_come)
{
	struct bed *bed = &self->guest.bed;
	struct raiser raiser = { .bed = bed };
	struct ring *ring = &self->queue.ring;
	int i, fd;

	ASSERT_EQ(0, pthread_create(&raiser.thread, NULL, raise_all, &raiser));
	for (i = 0; i < 200; i++) {
		fd = eventfd(0, EFD_CLOEXEC);
		ASSERT_LE(0, fd);
		ASSERT_EQ(0, fq_eventfd(self->queue.fd, 0, fd));
		EXPECT_TRUE(AWAIT(is_signalled(ring, fd)));
		is_signalled(ring, fd);
		ASSERT_EQ(0, fq_eventfd(self->queue.fd, 0, -1));
		close(fd);
	}
	raiser_stop(&raiser);
}

/* The endpoint goes first, then the context, under fire */
TEST_F(event, unplugged_while_events_come)
{
	struct bed *bed = &self->guest.bed;
	struct raiser raiser = { .bed = bed };

	ASSERT_EQ(0, pthread_create(&raiser.thread, NULL, raise_all, &raiser));
	ASSERT_EQ(0, ring_wait(&self->queue.ring, 8));
	EXPECT_EQ(0, mock_endpoint_remove(bed->mock, bed->ep));
	raiser_stop(&raiser);
	EXPECT_EQ(bed->dev, event_at(&self->queue, 7)->dev_id);
	EXPECT_EQ(-ENODEV, alloc_again(&self->queue, bed->ctx, bed->dev));
	close_once(&bed->ctx);
}

TEST_F(event, context_closed_while_events_come)
{
	struct bed *bed = &self->guest.bed;
	struct raiser raiser = { .bed = bed };

	ASSERT_EQ(0, pthread_create(&raiser.thread, NULL, raise_all, &raiser));
	ASSERT_EQ(0, ring_wait(&self->queue.ring, 8));
	close_once(&bed->ctx);
	raiser_stop(&raiser);
}

TEST_HARNESS_MAIN
