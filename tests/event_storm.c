// SPDX-License-Identifier: GPL-2.0-only
/*
 * A storm of events on one VIOMMU, that no one reads: memory is bounded by the
 * ring, each event is counted, and no one else is kept waiting.
 */
#include <pthread.h>

#include "event.h"
#include "kselftest_harness.h"

#define STORM (1000000U / slowdown())
#define CHUNK 10000
#define ROUNDS 200
#define RECORDS 64
#define VIRT_ID 1

/**
 * struct calm - a device behind another IOMMU, with a VIOMMU of its own
 * @iommu: the mock's id of the IOMMU
 * @ep: the mock's id of the endpoint
 * @queue: of the VIOMMU's events
 */
struct calm {
	__u32 iommu;
	__u32 ep;
	struct event_queue queue;
};

/**
 * struct wind - a thread that raises events as fast as it goes
 * @bed: of whose device
 * @raised: how many so far; at least STORM in the end
 * @stop: it may end
 * @thread: who does it
 */
struct wind {
	struct bed *bed;
	__u64 raised;
	bool stop;
	pthread_t thread;
};

FIXTURE(storm)
{
	struct guest guest;
	struct event_queue queue;
	struct calm calm;
	struct wind wind;
};

static int watch(struct event_queue *queue, int ctx, __u32 viommu, __u32 dev)
{
	int ret = fq_vdevice(ctx, viommu, dev, VIRT_ID);

	if (ret < 0)
		return ret;
	return event_queue_make(queue, ctx, viommu, FAULTQ_NATIVE_NONE,
				(struct faultq_queue_alloc){
					.nr_records = RECORDS,
				});
}

static int calm_make(struct calm *calm, const struct bed *bed)
{
	struct mock_iommu_endpoint_add add = {};
	int ret = mock_iommu_add(bed->mock), dev;

	if (ret < 0)
		return ret;
	calm->iommu = ret;
	add.iommu_id = ret;
	dev = bind_new(bed->mock, bed->ctx, &add);
	if (dev < 0)
		return dev;
	calm->ep = add.out_endpoint_id;
	ret = fq_viommu(bed->ctx, dev, fq_parent(bed->ctx, dev));
	return ret < 0 ? ret : watch(&calm->queue, bed->ctx, ret, dev);
}

static void calm_free(struct calm *calm, const struct bed *bed)
{
	event_queue_close(&calm->queue);
	mock_iommu_remove(bed->mock, calm->iommu);
}

FIXTURE_SETUP(storm)
{
	struct guest *guest = &self->guest;
	struct bed *bed = &guest->bed;

	ASSERT_EQ(0, guest_make(guest));
	ASSERT_EQ(0, watch(&self->queue, bed->ctx, guest->viommu, bed->dev));
	ASSERT_EQ(0, calm_make(&self->calm, bed));
}

FIXTURE_TEARDOWN(storm)
{
	calm_free(&self->calm, &self->guest.bed);
	event_queue_close(&self->queue);
	guest_free(&self->guest);
}

static void *blow(void *arg)
{
	struct wind *wind = arg;

	do {
		if (bed_event(wind->bed, NO_PASID, CHUNK))
			return "failed";
		wind->raised += CHUNK;
	} while (wind->raised < STORM || !LOOK(wind->stop));
	return NULL;
}

/* An event elsewhere, and a page request of the very device of the storm */
static int round_trip(struct bed *bed, struct calm *calm)
{
	struct mock_iommu_fault fault = {
		.endpoint_id = calm->ep,
		.reason = EVENT_REASON,
		.addr = EVENT_ADDR,
		.count = 1,
	};
	__u32 tag;
	int ret = mock_fault(bed->mock, &fault);

	if (!ret)
		ret = ring_wait(&calm->queue.ring, 1);
	if (ret)
		return ret;
	ring_release(&calm->queue.ring, 1);
	ret = bed_faults(bed, 1);
	tag = ret ? 0 : ring_take(&bed->ring);
	return tag && ring_answer(&bed->ring, tag, 0) == 1 ? 0 : -EPROTO;
}

/* What the IOMMU of the storm counted since @before */
static int storm_stats(struct bed *bed,
		       const struct mock_iommu_iommu_stats *before,
		       struct mock_iommu_iommu_stats *now)
{
	int ret = mock_iommu_stats(bed->mock, bed->iommu, now);

	now->out_faults_raised -= before->out_faults_raised;
	now->out_faults_recorded -= before->out_faults_recorded;
	now->out_faults_lost -= before->out_faults_lost;
	now->out_fault_overflows -= before->out_fault_overflows;
	return ret;
}

/* One for each overflow; the last is told when all that was recorded was */
#define LOSSES_TOLD(header, nr) AWAIT(LOOK((header)->lost_hardware) == (nr))

/*
 * The ring is full before the storm begins, so what is lost is known. A VT-d
 * that finds no one to empty its registers in time loses some itself: it is as
 * busy as the machine.
 */
TEST_F(storm, starves_no_one)
{
	const struct faultq_ring_header *header = self->queue.ring.header;
	const struct faultq_ring_header *calm = self->calm.queue.ring.header;
	const struct faultq_lost_events *lost;
	struct bed *bed = &self->guest.bed;
	struct wind *wind = &self->wind;
	struct mock_iommu_iommu_stats before, now;
	void *failed;
	int i;

	for (i = 0; i < RECORDS; i++)
		ASSERT_EQ(0, bed_event(bed, NO_PASID, 1));
	ASSERT_TRUE(EVENTS_ARRIVED(&self->queue, RECORDS));
	ASSERT_EQ(0, mock_iommu_stats(bed->mock, bed->iommu, &before));
	wind->bed = bed;
	ASSERT_EQ(0, pthread_create(&wind->thread, NULL, blow, wind));
	ASSERT_TRUE(AWAIT(LOOK(header->lost_full)));
	for (i = 0; i < ROUNDS; i++)
		ASSERT_EQ(0, round_trip(bed, &self->calm)) TH_LOG("%d", i);
	__atomic_store_n(&wind->stop, true, __ATOMIC_RELEASE);
	ASSERT_EQ(0, pthread_join(wind->thread, &failed));
	ASSERT_EQ(NULL, failed);

	EXPECT_EQ(ROUNDS, LOOK(calm->arrived));
	EXPECT_EQ(ROUNDS, LOOK(calm->published));
	EXPECT_EQ(ROUNDS, LOOK(bed->ring.header->answered));

	ASSERT_EQ(0, storm_stats(bed, &before, &now));
	EXPECT_EQ(wind->raised, now.out_faults_raised);
	EXPECT_EQ(wind->raised, now.out_faults_recorded + now.out_faults_lost);
	EXPECT_TRUE(EVENTS_ARRIVED(&self->queue,
				   RECORDS + now.out_faults_recorded));
	EXPECT_EQ(RECORDS, LOOK(header->published));
	EXPECT_EQ(now.out_faults_recorded, LOOK(header->lost_full));
	EXPECT_TRUE(LOSSES_TOLD(header, now.out_fault_overflows));
	/* a full ring wakes no one */
	EXPECT_GE(1, LOOK(header->wakeups));

	ASSERT_EQ(RECORDS, ring_ready(&self->queue.ring));
	ring_release(&self->queue.ring, RECORDS);
	/* the first one may find that an overflow is not cleared yet */
	ASSERT_TRUE(AWAIT(!bed_event(bed, NO_PASID, 1) &&
			  ring_ready(&self->queue.ring) >= 2));
	/* what the hardware lost last may be older than that */
	lost = (const void *)event_at(&self->queue, 0);
	if (lost->cause == FAULTQ_LOST_HARDWARE)
		lost = (const void *)event_at(&self->queue, 1);
	EXPECT_EQ(FAULTQ_RECORD_LOST, lost->type);
	EXPECT_EQ(FAULTQ_LOST_FULL, lost->cause);
	EXPECT_EQ(now.out_faults_recorded, lost->count);
}

TEST_HARNESS_MAIN
