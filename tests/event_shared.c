// SPDX-License-Identifier: GPL-2.0-only
/*
 * IOMMU-wide reports: losses of events, and queue errors of an unknown device. Each
 * QUEUE that gets events of a device of the IOMMU receives one, however many such
 * devices there are, and no other QUEUE does.
 */
#include "event.h"
#include "kselftest_harness.h"
#include "variant.h"

#define F_TRANSLATION 0x10 /* of SMMUv3 */
#define DEVICES 3
#define SMALL 8
#define FLOOD 5000 /* more than any IOMMU here records while it is masked */

/* The QUEUEs, by their source */
enum {
	MANY, /* a VIOMMU with three devices, all formats */
	ONE, /* one with a device of its own, for the format of faults */
	ERRORS, /* the same, for the format of errors */
	ALONE, /* a DEVICE without a VDEVICE */
	COVERED, /* a DEVICE of MANY, which gets its events */
	EMPTY, /* a VIOMMU without devices */
	ELSEWHERE, /* a DEVICE behind another IOMMU */
	QUEUES
};

FIXTURE(shared)
{
	struct bed bed;
	struct other_iommu other;
	__u32 alone; /* endpoint of ALONE */
	struct event_queue queues[QUEUES];
};

/**
 * struct personality - how one kind of IOMMU reports
 * @iommu: what it is made with
 * @faults: native format of faults
 * @errors: native format of errors of its queue
 * @reason: of a fault
 */
struct personality {
	struct mock_iommu_iommu_add iommu;
	__u32 faults;
	__u32 errors;
	__u32 reason;
};

static const struct personality vtd = {
	.iommu = {
		.kind = MOCK_IOMMU_KIND_VTD,
		.flags = MOCK_IOMMU_IOMMU_NO_SID,
	},
	.faults = FAULTQ_NATIVE_VTD_FAULT,
	.errors = FAULTQ_NATIVE_VTD_INVALIDATION,
	.reason = EVENT_REASON,
};

static const struct personality smmuv3 = {
	.iommu = {
		.kind = MOCK_IOMMU_KIND_SMMUV3,
		.evtq_entries = MOCK_IOMMU_MIN_EVTQ_ENTRIES,
	},
	.faults = FAULTQ_NATIVE_ARM_SMMUV3,
	.errors = FAULTQ_NATIVE_ARM_SMMUV3_CMDQ,
	.reason = F_TRANSLATION,
};

FIXTURE_VARIANT(shared)
{
	const struct personality *of;
};

FIXTURE_VARIANT_ADD(shared, vtd)
VALUES(.of = &vtd);

FIXTURE_VARIANT_ADD(shared, smmuv3)
VALUES(.of = &smmuv3);

/* Adds and binds an endpoint, whose id goes to @ep. Returns the id of the DEVICE. */
static int neighbour(const struct bed *bed, __u32 *ep)
{
	struct mock_iommu_endpoint_add add = {
		.flags = BED_PRI,
		.iommu_id = bed->iommu,
	};
	int ret = bind_new(bed->mock, bed->ctx, &add);

	if (ep)
		*ep = add.out_endpoint_id;
	return ret;
}

static int viommu(const struct bed *bed)
{
	return fq_viommu(bed->ctx, bed->dev, fq_parent(bed->ctx, bed->dev));
}

static int watch(struct event_queue *queue, const struct bed *bed, __u32 source,
		 __u32 native_type)
{
	return event_queue_make(queue, bed->ctx, source, native_type,
				(struct faultq_queue_alloc){
					.nr_records = 4096,
				});
}

FIXTURE_SETUP(shared)
{
	struct event_queue *queues = self->queues;
	struct bed *bed = &self->bed;
	int many, one, empty, alone, i;

	ASSERT_EQ(0, bed_make_behind(bed, &variant->of->iommu, BED_PRI,
				     &(struct faultq_queue_alloc){}));
	ASSERT_EQ(0, other_iommu_make(&self->other, bed));
	many = viommu(bed);
	one = viommu(bed);
	empty = viommu(bed);
	alone = neighbour(bed, &self->alone);
	ASSERT_LT(0, many);
	ASSERT_LT(0, one);
	ASSERT_LT(0, empty);
	ASSERT_LT(0, alone);
	ASSERT_LT(0, fq_vdevice(bed->ctx, many, bed->dev, 0));
	for (i = 1; i < DEVICES; i++)
		ASSERT_LT(0,
			  fq_vdevice(bed->ctx, many, neighbour(bed, NULL), i));
	ASSERT_LT(0, fq_vdevice(bed->ctx, one, neighbour(bed, NULL), 0));

	ASSERT_EQ(0, watch(&queues[MANY], bed, many, FAULTQ_NATIVE_NONE));
	ASSERT_EQ(0, watch(&queues[ONE], bed, one, variant->of->faults));
	ASSERT_EQ(0, watch(&queues[ERRORS], bed, one, variant->of->errors));
	ASSERT_EQ(0,
		  watch(&queues[COVERED], bed, bed->dev, FAULTQ_NATIVE_NONE));
	ASSERT_EQ(0, watch(&queues[EMPTY], bed, empty, FAULTQ_NATIVE_NONE));
	ASSERT_EQ(0, watch(&queues[ALONE], bed, alone, FAULTQ_NATIVE_NONE));
	ASSERT_EQ(0, watch(&queues[ELSEWHERE], bed, self->other.dev,
			   FAULTQ_NATIVE_NONE));
}

FIXTURE_TEARDOWN(shared)
{
	int i;

	for (i = 0; i < QUEUES; i++)
		event_queue_close(&self->queues[i]);
	close_once(&self->bed.ctx);
	other_iommu_free(&self->other, &self->bed);
	bed_free(&self->bed);
}

static int raise_faults(const struct bed *bed, __u32 ep, __u32 reason,
			__u32 count)
{
	return mock_fault(bed->mock, &(struct mock_iommu_fault){
					     .endpoint_id = ep,
					     .reason = reason,
					     .count = count,
				     });
}

/* Causes one overflow: while interrupts are masked no record is fetched. */
static int overflow(const struct bed *bed, __u32 ep, __u32 reason)
{
	int ret = mock_iommu_mask(bed->mock, bed->iommu, 1);

	if (!ret)
		ret = raise_faults(bed, ep, reason, FLOOD);
	return ret ? ret : mock_iommu_mask(bed->mock, bed->iommu, 0);
}

/* Faults that the hardware of the bed recorded so far */
static __u64 recorded(const struct bed *bed)
{
	struct mock_iommu_iommu_stats stats = {};

	mock_iommu_stats(bed->mock, bed->iommu, &stats);
	return stats.out_faults_recorded;
}

static __u32 records(struct event_queue *queue, __u16 type)
{
	__u32 nr = ring_ready(&queue->ring), count = 0, i;

	for (i = 0; i < nr; i++)
		count += event_at(queue, i)->type == type;
	return count;
}

TEST_F(shared, loss_is_reported_once)
{
	static const bool affected[QUEUES] = {
		[MANY] = true, [ONE] = true, [ALONE] = true
	};
	struct bed *bed = &self->bed;
	struct mock_iommu_iommu_stats stats;
	const struct faultq_ring_header *header;
	long long unclaimed = debugfs_unclaimed();
	int i;

	ASSERT_EQ(0, overflow(bed, bed->ep, variant->of->reason));
	ASSERT_EQ(0, mock_iommu_stats(bed->mock, bed->iommu, &stats));
	ASSERT_EQ(1, stats.out_fault_overflows);
	/* the next fault is recorded only after the loss was reported */
	header = self->queues[MANY].ring.header;
	ASSERT_TRUE(AWAIT(!raise_faults(bed, bed->ep, variant->of->reason, 1) &&
			  LOOK(header->arrived) > stats.out_faults_recorded));
	for (i = 0; i < QUEUES; i++) {
		header = self->queues[i].ring.header;
		EXPECT_EQ(affected[i], LOOK(header->lost_hardware))
		TH_LOG("%d", i);
		EXPECT_EQ(affected[i],
			  records(&self->queues[i], FAULTQ_RECORD_LOST))
		TH_LOG("%d", i);
		EXPECT_EQ(LOOK(header->arrived) + LOOK(header->lost_hardware),
			  LOOK(header->sequence));
	}
	EXPECT_EQ(unclaimed, debugfs_unclaimed());
}

/* For VT-d without source ids; the driver of SMMUv3 always knows the device. */
TEST_F(shared, error_without_a_device_is_reported_once)
{
	static const bool affected[QUEUES] = {
		[MANY] = true, [ERRORS] = true, [ALONE] = true
	};
	const __u32 errors[] = { MOCK_IOMMU_INV_TIMEOUT,
				 MOCK_IOMMU_INV_BAD_COMPLETION };
	struct bed *bed = &self->bed;
	struct mock_iommu_iommu_stats stats;
	long long unclaimed = debugfs_unclaimed();
	const struct faultq_event *event;
	int i, nr;

	if (!variant->of->iommu.flags)
		return;
	for (nr = 1; nr <= 2; nr++) {
		ASSERT_EQ(0,
			  mock_queue_error(bed->mock, bed->ep, errors[nr - 1]));
		for (i = 0; i < QUEUES; i++)
			EXPECT_EQ(affected[i] ? nr : 0,
				  ring_ready(&self->queues[i].ring))
		TH_LOG("%d", i);
	}
	EXPECT_EQ(unclaimed, debugfs_unclaimed());
	event = event_at(&self->queues[ALONE], 0);
	EXPECT_EQ(FAULTQ_RECORD_QUEUE_ERROR, event->type);
	EXPECT_EQ(FAULTQ_REASON_INV_TIMEOUT, event->reason);
	EXPECT_EQ(0, event->flags);
	EXPECT_EQ(0, event->dev_id);
	EXPECT_EQ(0, event->cookie);

	/* without any QUEUE it is counted as unclaimed */
	for (i = 0; i < QUEUES; i++)
		event_queue_close(&self->queues[i]);
	ASSERT_EQ(0, mock_queue_error(bed->mock, bed->ep, errors[0]));
	EXPECT_EQ(unclaimed + 1, debugfs_unclaimed());
	ASSERT_EQ(0, overflow(bed, self->alone, variant->of->reason));
	ASSERT_EQ(0, mock_iommu_stats(bed->mock, bed->iommu, &stats));
	EXPECT_TRUE(AWAIT(debugfs_unclaimed() ==
			  unclaimed + 2 + stats.out_faults_recorded));
}

/*
 * Losses of two causes, interleaved: the sequence numbers of read() strictly
 * ascend, and each missing number is a loss.
 */
TEST_F(shared, numbers_never_repeat)
{
	struct bed *bed = &self->bed;
	struct event_queue *queue = &self->queues[ALONE];
	const struct faultq_ring_header *header;
	struct {
		struct vevent_header header;
		struct faultq_event event;
	} got;
	__u64 buf[512];
	const struct vevent_header *header_at;
	__u32 next = 0, lost = 0, at = 0, i;
	__u32 reason = variant->of->reason;
	__u64 arrived;
	int source;

	event_queue_close(queue);
	source = neighbour(bed, &self->alone);
	ASSERT_LT(0, source);
	ASSERT_EQ(0,
		  event_queue_make(queue, bed->ctx, source, FAULTQ_NATIVE_NONE,
				   (struct faultq_queue_alloc){
					   .nr_records = SMALL,
				   }));
	header = queue->ring.header;
	for (i = 1; i <= SMALL + 3; i++) {
		ASSERT_EQ(0, raise_faults(bed, self->alone, reason, 1));
		ASSERT_TRUE(EVENTS_ARRIVED(queue, i));
	}
	ASSERT_EQ(0, overflow(bed, self->alone, reason));
	ASSERT_TRUE(AWAIT(LOOK(header->lost_hardware) == 1));
	/* one more after the loss, so that it is not the last */
	arrived = LOOK(header->arrived);
	ASSERT_TRUE(AWAIT(!raise_faults(bed, self->alone, reason, 1) &&
			  LOOK(header->arrived) > arrived));
	ASSERT_TRUE(AWAIT(LOOK(header->arrived) == recorded(bed)));
	ASSERT_EQ(SMALL * sizeof(got) + 2 * sizeof(*header_at),
		  read(queue->fd, buf, sizeof(buf)));
	for (i = 0; i < SMALL + 2; i++) {
		header_at = (const void *)&buf[at / sizeof(*buf)];
		at += sizeof(*header_at);
		ASSERT_LE(next, header_at->sequence);
		lost += header_at->sequence - next;
		next = header_at->sequence + 1;
		if (header_at->flags & VEVENT_LOST)
			lost++;
		else
			at += sizeof(struct faultq_event);
	}
	EXPECT_EQ(LOOK(header->sequence), next);
	EXPECT_EQ(LOOK(header->lost_full) + LOOK(header->lost_hardware), lost);
	EXPECT_EQ(SMALL, LOOK(header->published));
	ASSERT_EQ(0, raise_faults(bed, self->alone, reason, 1));
	ASSERT_EQ(sizeof(got), read(queue->fd, &got, sizeof(got)));
	EXPECT_EQ(next, got.header.sequence);
}

TEST_HARNESS_MAIN
