// SPDX-License-Identifier: GPL-2.0-only
/*
 * A storm of events on one VIOMMU, that no one reads: memory is bounded by the
 * ring, each event is counted, and no one else is kept waiting. What empties a
 * queue of the hardware does so a bounded number of records at a time.
 */
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>

#include "event.h"
#include "file.h"
#include "kselftest_harness.h"
#include "variant.h"

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

/* Records that an interrupt, or a work item, handles at a time */
#define BATCH 64

/* More of them than the test needs, and fewer than any queue here holds */
#define WAITING 200

/* What debugfs says of a queue of an IOMMU */
struct batches {
	unsigned int largest;
	unsigned long long continued;
};

static int batches_read(struct batches *batches, __u32 iommu, const char *queue)
{
	char path[64], format[64], line[128];
	int found = 0;
	FILE *file;

	snprintf(path, sizeof(path),
		 "/sys/kernel/debug/mock_iommu/mock-iommu%u/queues", iommu);
	snprintf(format, sizeof(format),
		 "%s: largest batch %%u, continued %%llu", queue);
	file = fopen(path, "r");
	if (!file)
		return -errno;
	while (found < 2 && fgets(line, sizeof(line), file))
		found = sscanf(line, format, &batches->largest,
			       &batches->continued);
	fclose(file);
	return found == 2 ? 0 : -ENOENT;
}

FIXTURE(batches)
{
	struct bed bed;
	struct batches batches;
	struct mock_iommu_iommu_stats stats;
};

FIXTURE_VARIANT(batches)
{
	__u32 kind;
	const char *faults; /* what debugfs calls their queue */
	__u32 reason;
};

FIXTURE_VARIANT_ADD(batches, vtd)
VALUES(.kind = MOCK_IOMMU_KIND_VTD, .faults = "faults", .reason = EVENT_REASON);

/* F_TRANSLATION */
FIXTURE_VARIANT_ADD(batches, smmuv3)
VALUES(.kind = MOCK_IOMMU_KIND_SMMUV3, .faults = "events", .reason = 0x10);

FIXTURE_SETUP(batches)
{
	struct mock_iommu_iommu_add iommu = {
		.kind = variant->kind,
		.prq_entries = 256,
	};

	if (variant->kind == MOCK_IOMMU_KIND_VTD)
		iommu.fault_records = 256;
	else
		iommu.evtq_entries = 256;
	ASSERT_EQ(0, bed_make_behind(&self->bed, &iommu, BED_PRI,
				     &(struct faultq_queue_alloc){
					     .nr_records = 256,
					     .nr_groups = 256,
				     }));
}

FIXTURE_TEARDOWN(batches)
{
	bed_free(&self->bed);
}

/* What the IOMMU has counted in a field of its statistics */
#define COUNTED(field)                                                     \
	(mock_iommu_stats(self->bed.mock, self->bed.iommu, &self->stats) ? \
		 ULLONG_MAX :                                              \
		 self->stats.out_##field)

#define MASK(masked) \
	ASSERT_EQ(0, mock_iommu_mask(self->bed.mock, self->bed.iommu, masked))

#define EXPECT_BATCHES(queue)                                              \
	do {                                                               \
		ASSERT_EQ(0, batches_read(&self->batches, self->bed.iommu, \
					  queue));                         \
		EXPECT_EQ(BATCH, self->batches.largest);                   \
		EXPECT_LE(WAITING / BATCH, self->batches.continued);       \
	} while (0)

TEST_F(batches, of_faults)
{
	struct mock_iommu_fault fault = {
		.endpoint_id = self->bed.ep,
		.reason = variant->reason,
		.addr = EVENT_ADDR,
		.count = WAITING,
	};

	MASK(1);
	ASSERT_EQ(0, mock_fault(self->bed.mock, &fault));
	EXPECT_EQ(0, COUNTED(faults_handled));
	MASK(0);
	ASSERT_TRUE(AWAIT(COUNTED(faults_handled) == WAITING));
	EXPECT_EQ(0, COUNTED(faults_lost));
	EXPECT_BATCHES(variant->faults);
}

TEST_F(batches, of_page_requests)
{
	MASK(1);
	ASSERT_EQ(0, bed_faults(&self->bed, WAITING));
	EXPECT_EQ(0, COUNTED(prq_handled));
	MASK(0);
	ASSERT_EQ(0, ring_wait(&self->bed.ring, WAITING));
	EXPECT_EQ(WAITING, COUNTED(prq_handled));
	EXPECT_EQ(0, COUNTED(prq_dropped));
	EXPECT_BATCHES("page requests");
}

/* What is left of a batch is not touched while the interrupt is masked. */
TEST_F(batches, stop_while_masked)
{
	__u64 handled;

	MASK(1);
	ASSERT_EQ(0, bed_faults(&self->bed, WAITING));
	MASK(0);
	MASK(1);
	handled = COUNTED(prq_handled);
	EXPECT_LE(BATCH, handled);
	ASSERT_EQ(0, mock_iommu_stats(self->bed.mock, self->bed.iommu,
				      &self->stats));
	EXPECT_EQ(handled, COUNTED(prq_handled));
	MASK(0);
	ASSERT_EQ(0, ring_wait(&self->bed.ring, WAITING));
}

/* Those of the one who leaves are not left for the next one with its RID. */
TEST_F(batches, do_not_outlive_a_device)
{
	struct mock_iommu_endpoint_add add = {
		.iommu_id = self->bed.iommu,
		.flags = BED_PRI,
		.rid = 0x77,
		.pri_credits = BED_CREDITS,
	};
	struct mock_iommu_request requests[WAITING] = {};
	int i;

	ASSERT_LE(0, bind_new(self->bed.mock, self->bed.ctx, &add));
	for (i = 0; i < WAITING; i++) {
		requests[i].flags = MOCK_IOMMU_REQUEST_LAST;
		requests[i].grpid = i;
		requests[i].perm = MOCK_IOMMU_PERM_READ;
	}
	MASK(1);
	ASSERT_EQ(WAITING, mock_send(self->bed.mock, add.out_endpoint_id,
				     requests, WAITING));
	EXPECT_EQ(0, COUNTED(prq_handled));
	ASSERT_EQ(0, mock_endpoint_remove(self->bed.mock, add.out_endpoint_id));
	EXPECT_EQ(WAITING, COUNTED(prq_handled));
	EXPECT_EQ(WAITING, COUNTED(prq_rejected));
	MASK(0);
}

/*
 * Endpoints whose DMA faults without end, behind an SMMUv3 with a small event
 * queue: there is an overflow to be acknowledged all the time.
 */
#define FLOODERS 4
#define FLOOD_ENTRIES 16

/* For a thread that does not leave the kernel: seconds, half as the kernel has it */
#define WATCHDOG "/proc/sys/kernel/watchdog_thresh"
#define WATCHDOG_SECONDS "4"

struct flooder {
	int mock;
	__u32 ep;
	bool *stop;
	__u64 faults;
	pthread_t thread;
};

FIXTURE(flood)
{
	struct bed bed;
	struct flooder flooders[FLOODERS];
	char watchdog[16];
	struct batches batches;
	struct mock_iommu_iommu_stats stats;
	bool stop;
};

/* Returns what @path says in a line, as a string. */
static void read_line(char *line, int size, const char *path)
{
	FILE *file = fopen(path, "r");

	line[0] = 0;
	if (!file)
		return;
	if (!fgets(line, size, file))
		line[0] = 0;
	fclose(file);
}

/* A kernel without the watchdog has no such file. */
FIXTURE_SETUP(flood)
{
	const struct mock_iommu_iommu_add iommu = {
		.kind = MOCK_IOMMU_KIND_SMMUV3,
		.evtq_entries = FLOOD_ENTRIES,
	};
	struct bed *bed = &self->bed;
	int i;

	read_line(self->watchdog, sizeof(self->watchdog), WATCHDOG);
	if (self->watchdog[0])
		ASSERT_EQ(0, write_file(WATCHDOG, WATCHDOG_SECONDS));
	ASSERT_EQ(0, bed_make_behind(bed, &iommu, BED_STALL,
				     &(struct faultq_queue_alloc){}));
	for (i = 0; i < FLOODERS; i++) {
		struct mock_iommu_endpoint_add add = {
			.iommu_id = bed->iommu,
		};

		ASSERT_LE(0, bind_new(bed->mock, bed->ctx, &add));
		self->flooders[i] = (struct flooder){
			.mock = bed->mock,
			.ep = add.out_endpoint_id,
			.stop = &self->stop,
		};
	}
}

FIXTURE_TEARDOWN(flood)
{
	bed_free(&self->bed);
	if (self->watchdog[0])
		EXPECT_EQ(0, write_file(WATCHDOG, self->watchdog));
}

/* Nothing is attached to the RID: F_STREAM_DISABLED */
static void *flood(void *arg)
{
	struct flooder *flooder = arg;
	char byte;

	while (!LOOK(*flooder->stop)) {
		struct mock_iommu_dma dma = {
			.endpoint_id = flooder->ep,
			.op = MOCK_IOMMU_DMA_READ,
			.iova = BED_IOVA,
			.buf = (uintptr_t)&byte,
			.length = 1,
		};

		if (mock_dma(flooder->mock, &dma) ||
		    dma.out_status != MOCK_IOMMU_DMA_BLOCKED)
			return "failed";
		__atomic_add_fetch(&flooder->faults, 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

/* A transaction is stalled, in the same event queue, and ended. */
static int stall_once(struct bed *bed)
{
	struct dma dma;
	char byte;
	int ret;

	dma_init(&dma, bed, MOCK_IOMMU_DMA_READ, &byte, 1);
	ret = dma_start(&dma) ?: ring_wait(&bed->ring, 1);
	if (ret)
		return ret;
	if (ring_answer(&bed->ring, ring_take(&bed->ring),
			FAULTQ_RESPONSE_INVALID) != 1)
		return -EPROTO;
	return dma_wait(&dma) == MOCK_IOMMU_DMA_INVALID ? 0 : -EPROTO;
}

TEST_F(flood, holds_up_no_one)
{
	struct bed *bed = &self->bed;
	__u64 faults = 0;
	void *failed;
	int i;

	for (i = 0; i < FLOODERS; i++)
		ASSERT_EQ(0, pthread_create(&self->flooders[i].thread, NULL,
					    flood, &self->flooders[i]));
	for (i = 0; i < ROUNDS / (int)slowdown(); i++)
		ASSERT_EQ(0, stall_once(bed)) TH_LOG("%d", i);
	/* every one of them came back, many times */
	for (i = 0; i < FLOODERS; i++)
		EXPECT_TRUE(AWAIT(LOOK(self->flooders[i].faults) >= ROUNDS));
	__atomic_store_n(&self->stop, true, __ATOMIC_RELEASE);
	for (i = 0; i < FLOODERS; i++) {
		ASSERT_EQ(0, pthread_join(self->flooders[i].thread, &failed));
		EXPECT_EQ(NULL, failed);
		faults += self->flooders[i].faults;
	}
	ASSERT_EQ(0, batches_read(&self->batches, bed->iommu, "events"));
	EXPECT_GE(BATCH, self->batches.largest);
	EXPECT_EQ(faults, COUNTED(faults_raised));
	EXPECT_EQ(faults, COUNTED(faults_recorded) + COUNTED(faults_lost));
	/* a work item may be at the rest */
	EXPECT_TRUE(AWAIT(COUNTED(faults_handled) == COUNTED(faults_recorded)));
}

TEST_HARNESS_MAIN
