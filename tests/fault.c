// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults that no one repairs, as VT-d records them: which register gets them,
 * what becomes of those that find none, what is told of each, and errors of the
 * invalidation queue.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "event.h"
#include "kselftest_harness.h"

#define RECORDS 4
#define IOVA 0x40000000ULL
#define PASID 0x123
#define READ MOCK_IOMMU_PERM_READ
#define PAGE_REQUESTS_DISABLED 0x47
#define WRITE MOCK_IOMMU_PERM_WRITE
#define STORM 20000

#define FSTS_PFO 0x1
#define FSTS_PPF 0x2

/* Fault reasons */
#define PASID_MISSING 0x59
#define NO_PERMISSION 0x79
#define BEYOND_WIDTH 0x84

/**
 * struct told - what read() gives
 * @flags: bit 0: events were lost, and nothing follows
 * @sequence: of the event
 * @event: the event
 */
struct told {
	__u32 flags;
	__u32 sequence;
	struct faultq_event event;
};

#define TOLD_HEADER offsetof(struct told, event)

/* A VT-d with few registers, a bound endpoint that makes no page requests */
FIXTURE(fault)
{
	int mock;
	int ctx;
	int queue;
	__u32 iommu;
	__u32 rid;
	__u32 ep;
	__u32 dev;
	__u32 hwpt;
	struct told told;
};

static int add_iommu(int mock, __u32 records)
{
	struct mock_iommu_iommu_add add = {
		.size = sizeof(add),
		.kind = MOCK_IOMMU_KIND_VTD,
		.fault_records = records,
	};
	int ret = call(mock, MOCK_IOMMU_IOMMU_ADD, &add);

	return ret ? ret : (int)add.out_iommu_id;
}

static int event_queue(int ctx, __u32 dev)
{
	struct faultq_queue_alloc queue = {
		.type = FAULTQ_QUEUE_TYPE_EVENT,
		.nr_rings = 1,
		.nr_records = 256,
		.source_id = dev,
	};
	int ret = fq_queue_alloc(ctx, &queue);

	if (ret)
		return ret;
	fcntl(queue.out_queue_fd, F_SETFL, O_NONBLOCK);
	return queue.out_queue_fd;
}

FIXTURE_SETUP(fault)
{
	struct mock_iommu_endpoint_add add = {
		.flags = MOCK_IOMMU_ENDPOINT_ATS,
		.rid = 0x1234,
		.pasid_bits = 20,
	};
	int ret;

	self->mock = mock_open();
	ASSERT_LE(0, self->mock);
	self->ctx = fq_open();
	ASSERT_LE(0, self->ctx);
	ret = add_iommu(self->mock, RECORDS);
	ASSERT_LE(0, ret);
	self->iommu = ret;
	add.iommu_id = ret;
	ret = bind_new(self->mock, self->ctx, &add);
	ASSERT_LT(0, ret);
	self->dev = ret;
	self->ep = add.out_endpoint_id;
	self->rid = add.rid;
	self->queue = event_queue(self->ctx, self->dev);
	ASSERT_LE(0, self->queue);
	ret = fq_hwpt_plain(self->ctx, self->dev);
	ASSERT_LT(0, ret);
	self->hwpt = ret;
	ASSERT_EQ(0, fq_attach(self->ctx, self->dev, ret, NO_PASID, 7));
}

FIXTURE_TEARDOWN(fault)
{
	close_once(&self->queue);
	close_once(&self->ctx);
	mock_iommu_remove(self->mock, self->iommu);
	close(self->mock);
}

static int fail(int mock, __u32 ep, __u8 reason, __u64 addr, __u32 count)
{
	struct mock_iommu_fault fault = {
		.size = sizeof(fault),
		.endpoint_id = ep,
		.reason = reason,
		.perm = WRITE,
		.addr = addr,
		.count = count,
	};
	int ret = call(mock, MOCK_IOMMU_FAULT, &fault);

	return ret ? ret : (int)fault.out_done;
}

static struct mock_iommu_iommu_stats stats(int mock, __u32 iommu)
{
	struct mock_iommu_iommu_stats arg;

	if (mock_iommu_stats(mock, iommu, &arg))
		memset(&arg, 0xff, sizeof(arg));
	return arg;
}

static unsigned int fsts(__u32 iommu)
{
	char path[64], name[16];
	unsigned int offset, found = ~0U;
	unsigned long long value;
	FILE *file;

	snprintf(path, sizeof(path),
		 "/sys/kernel/debug/mock_iommu/mock-iommu%u/registers", iommu);
	file = fopen(path, "r");
	if (!file)
		return found;
	while (fscanf(file, "%15s %x %llx", name, &offset, &value) == 3)
		if (!strcmp(name, "FSTS"))
			found = value;
	fclose(file);
	return found;
}

static unsigned int fri(__u32 iommu)
{
	return fsts(iommu) >> 8 & 0xff;
}

/* Reads one; true if it is an event. */
static int next_event(int queue, struct told *told)
{
	memset(told, 0, sizeof(*told));
	return read(queue, told, sizeof(*told)) == sizeof(*told);
}

static int next_is_loss(int queue, struct told *told)
{
	memset(told, 0, sizeof(*told));
	return read(queue, told, TOLD_HEADER) == TOLD_HEADER &&
	       (told->flags & 1);
}

static __u64 native(const struct told *told, unsigned int qword)
{
	__u64 value;

	memcpy(&value, &told->event.native[8 * qword], sizeof(value));
	return value;
}

static int dma(int mock, __u32 ep, __u32 op, __u32 flags, __u64 iova)
{
	static char buf[64];
	struct mock_iommu_dma arg = {
		.flags = flags,
		.endpoint_id = ep,
		.op = op,
		.pasid = flags & MOCK_IOMMU_DMA_PASID ? PASID : 0,
		.iova = iova,
		.buf = (uintptr_t)buf,
		.length = sizeof(buf),
	};
	int ret = mock_dma(mock, &arg);

	if (ret)
		return ret;
	return arg.out_status == MOCK_IOMMU_DMA_BLOCKED ? arg.out_reason : 0;
}

TEST_F(fault, not_mapped)
{
	const struct faultq_event *event = &self->told.event;

	EXPECT_EQ(NO_PERMISSION, dma(self->mock, self->ep, MOCK_IOMMU_DMA_READ,
				     0, IOVA + 0x123));
	ASSERT_TRUE(next_event(self->queue, &self->told));
	EXPECT_EQ(FAULTQ_RECORD_FAULT, event->type);
	EXPECT_EQ(FAULTQ_EVENT_DEV_VALID | FAULTQ_EVENT_ADDR_VALID |
			  FAULTQ_EVENT_STAGE2,
		  event->flags);
	EXPECT_EQ(FAULTQ_REASON_PERMISSION, event->reason);
	EXPECT_EQ(FAULTQ_PAGE_REQUEST_READ, event->perm);
	EXPECT_EQ(self->dev, event->dev_id);
	EXPECT_EQ(IOVA, event->addr);
	EXPECT_EQ(7, event->cookie);
	EXPECT_EQ(FAULTQ_NATIVE_VTD_FAULT, event->native_type);
	EXPECT_EQ(16, event->native_len);
	EXPECT_EQ(IOVA, native(&self->told, 0));
	/* F and T1, reason, SID */
	EXPECT_EQ(3ULL << 62 | (__u64)NO_PERMISSION << 32 | self->rid,
		  native(&self->told, 1));
	EXPECT_FALSE(next_event(self->queue, &self->told));
}

TEST_F(fault, write_to_what_is_read_only)
{
	char *page = pages_alloc(1);

	ASSERT_EQ(0, fq_map(self->ctx, self->hwpt, MAP_RO, page, PAGE, IOVA));
	EXPECT_EQ(0, dma(self->mock, self->ep, MOCK_IOMMU_DMA_READ, 0, IOVA));
	EXPECT_EQ(NO_PERMISSION,
		  dma(self->mock, self->ep, MOCK_IOMMU_DMA_WRITE, 0, IOVA));
	ASSERT_TRUE(next_event(self->queue, &self->told));
	EXPECT_EQ(FAULTQ_PAGE_REQUEST_WRITE, self->told.event.perm);
	EXPECT_EQ(0, native(&self->told, 1) >> 62 & 1);
	EXPECT_FALSE(next_event(self->queue, &self->told));
}

/* A translation request that fails in its own right: AT is 1. */
TEST_F(fault, pasid_without_a_table)
{
	const struct faultq_event *event = &self->told.event;
	int reason;

	reason = dma(self->mock, self->ep, MOCK_IOMMU_DMA_READ,
		     MOCK_IOMMU_DMA_PASID, IOVA);
	EXPECT_TRUE(reason == PASID_MISSING || reason == 0x51);
	ASSERT_TRUE(next_event(self->queue, &self->told));
	EXPECT_EQ(FAULTQ_REASON_PASID_INVALID, event->reason);
	EXPECT_EQ(PASID, event->pasid);
	EXPECT_TRUE(event->flags & FAULTQ_EVENT_PASID_VALID);
	EXPECT_FALSE(event->flags & FAULTQ_EVENT_STAGE2);
	EXPECT_EQ(PASID, native(&self->told, 1) >> 40 & 0xfffff);
	EXPECT_EQ(1, native(&self->told, 1) >> 60 & 3);
	EXPECT_EQ(1, native(&self->told, 1) >> 31 & 1);
}

TEST_F(fault, beyond_the_width)
{
	EXPECT_EQ(BEYOND_WIDTH, dma(self->mock, self->ep, MOCK_IOMMU_DMA_READ,
				    0, 1ULL << 48));
	ASSERT_TRUE(next_event(self->queue, &self->told));
	EXPECT_EQ(FAULTQ_REASON_OOR_ADDRESS, self->told.event.reason);
	EXPECT_EQ(1ULL << 48, self->told.event.addr);
}

/* Every class of reasons, as the driver puts it into words */
TEST_F(fault, reasons)
{
	static const struct {
		__u8 native;
		__u16 reason;
	} reasons[] = {
		{ 0x38, FAULTQ_REASON_SOURCE_FETCH },
		{ 0x39, FAULTQ_REASON_SOURCE_INVALID },
		{ 0x3a, FAULTQ_REASON_SOURCE_INVALID },
		{ 0x40, FAULTQ_REASON_SOURCE_FETCH },
		{ 0x41, FAULTQ_REASON_SOURCE_INVALID },
		{ 0x42, FAULTQ_REASON_SOURCE_INVALID },
		{ 0x44, FAULTQ_REASON_BLOCKED },
		{ 0x47, FAULTQ_REASON_BLOCKED },
		{ 0x48, FAULTQ_REASON_PASID_INVALID },
		{ 0x50, FAULTQ_REASON_PASID_FETCH },
		{ 0x52, FAULTQ_REASON_BAD_PASID_ENTRY },
		{ 0x58, FAULTQ_REASON_PASID_FETCH },
		{ 0x59, FAULTQ_REASON_PASID_INVALID },
		{ 0x5a, FAULTQ_REASON_BAD_PASID_ENTRY },
		{ 0x5b, FAULTQ_REASON_BAD_PASID_ENTRY },
		{ 0x70, FAULTQ_REASON_WALK_EABT },
		{ 0x71, FAULTQ_REASON_PTE_FETCH },
		{ 0x72, FAULTQ_REASON_BAD_PTE },
		{ 0x80, FAULTQ_REASON_OOR_ADDRESS },
		{ 0x85, FAULTQ_REASON_PERMISSION },
		{ 0x05, FAULTQ_REASON_UNKNOWN },
		{ 0xff, FAULTQ_REASON_UNKNOWN },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(reasons); i++) {
		ASSERT_EQ(1, fail(self->mock, self->ep, reasons[i].native, IOVA,
				  1));
		ASSERT_TRUE(next_event(self->queue, &self->told));
		EXPECT_EQ(reasons[i].reason, self->told.event.reason);
		EXPECT_EQ(reasons[i].native,
			  native(&self->told, 1) >> 32 & 0xff);
		EXPECT_EQ(i, self->told.event.sequence);
	}
}

TEST_F(fault, what_pri_asks_for_is_no_fault)
{
	struct mock_iommu_request request = {
		.flags = MOCK_IOMMU_REQUEST_LAST |
			 MOCK_IOMMU_REQUEST_AUTO_GRPID,
		.perm = READ,
		.addr = IOVA,
	};
	struct mock_iommu_endpoint_add add = {
		.flags = MOCK_IOMMU_ENDPOINT_ATS | MOCK_IOMMU_ENDPOINT_PRI,
		.iommu_id = self->iommu,
	};
	struct mock_iommu_response response;

	ASSERT_LT(0, bind_new(self->mock, self->ctx, &add));
	ASSERT_EQ(1, mock_send(self->mock, add.out_endpoint_id, &request, 1));
	ASSERT_EQ(1, mock_answers(self->mock, add.out_endpoint_id, &response, 1,
				  DEADLINE_MS));
	EXPECT_EQ(0, stats(self->mock, self->iommu).out_faults_raised);
}

static int send_requests(int mock, __u32 ep, __u32 flags,
			 struct mock_iommu_request *requests, __u32 count)
{
	struct mock_iommu_page_request arg = {
		.size = sizeof(arg),
		.flags = flags,
		.endpoint_id = ep,
		.count = count,
		.requests = (uintptr_t)requests,
	};
	int ret = call(mock, MOCK_IOMMU_PAGE_REQUEST, &arg);

	return ret ? ret : (int)arg.out_sent;
}

/* An endpoint without PRI that asks for pages: its context entry has PRE clear. */
TEST_F(fault, page_requests_where_they_are_disabled)
{
	struct mock_iommu_request requests[] = {
		{ .flags = MOCK_IOMMU_REQUEST_PASID,
		  .pasid = PASID,
		  .perm = WRITE,
		  .addr = IOVA },
		{ .flags = MOCK_IOMMU_REQUEST_PASID | MOCK_IOMMU_REQUEST_LAST,
		  .pasid = PASID,
		  .perm = READ,
		  .addr = IOVA + PAGE },
	};
	const struct faultq_event *event = &self->told.event;
	struct mock_iommu_iommu_stats now;
	struct mock_iommu_response response;
	unsigned int i;

	EXPECT_EQ(-EOPNOTSUPP,
		  send_requests(self->mock, self->ep, 0, requests, 2));
	ASSERT_EQ(2, send_requests(self->mock, self->ep,
				   MOCK_IOMMU_PAGE_REQUEST_FORCE, requests, 2));
	/* one answer for the group, by the IOMMU */
	ASSERT_EQ(1, mock_answers(self->mock, self->ep, &response, 1,
				  DEADLINE_MS));
	EXPECT_EQ(MOCK_IOMMU_RESPONSE_FAILURE, response.code);
	EXPECT_EQ(MOCK_IOMMU_RESPONSE_AUTO | MOCK_IOMMU_RESPONSE_PASID,
		  response.flags);
	EXPECT_EQ(0, mock_answers(self->mock, self->ep, &response, 1, 0));
	now = stats(self->mock, self->iommu);
	EXPECT_EQ(0, now.out_prq_written);
	EXPECT_EQ(2, now.out_faults_raised);
	for (i = 0; i < 2; i++) {
		ASSERT_TRUE(next_event(self->queue, &self->told));
		EXPECT_EQ(FAULTQ_REASON_BLOCKED, event->reason);
		EXPECT_EQ(IOVA + i * PAGE, event->addr);
		EXPECT_EQ(PASID, event->pasid);
		EXPECT_EQ(0, event->perm);
		/* F, T2 for a page request, PP */
		EXPECT_EQ(1ULL << 63 | (__u64)PASID << 40 |
				  (__u64)PAGE_REQUESTS_DISABLED << 32 |
				  1ULL << 31 | 1ULL << 28 | self->rid,
			  native(&self->told, 1));
	}
}

TEST_F(fault, registers_are_used_in_turn)
{
	unsigned int i, round, seen = 0;

	for (round = 0; round < 3; round++) {
		ASSERT_EQ(0, mock_iommu_mask(self->mock, self->iommu, 1));
		for (i = 0; i < RECORDS - 1; i++)
			ASSERT_EQ(1, fail(self->mock, self->ep, 0x71,
					  (seen + i) * PAGE, 1));
		EXPECT_EQ(FSTS_PPF, fsts(self->iommu) & 3);
		EXPECT_EQ(seen % RECORDS, fri(self->iommu));
		EXPECT_FALSE(next_event(self->queue, &self->told));
		ASSERT_EQ(0, mock_iommu_mask(self->mock, self->iommu, 0));
		EXPECT_EQ(0, fsts(self->iommu) & 3);
		for (i = 0; i < RECORDS - 1; i++, seen++) {
			ASSERT_TRUE(next_event(self->queue, &self->told));
			EXPECT_EQ(seen * PAGE, self->told.event.addr);
		}
	}
}

/* After an overflow nothing is recorded until software has seen it. */
TEST_F(fault, overflow)
{
	struct mock_iommu_iommu_stats arg;
	unsigned int i;

	ASSERT_EQ(0, mock_iommu_mask(self->mock, self->iommu, 1));
	ASSERT_EQ(RECORDS, fail(self->mock, self->ep, 0x71, IOVA, RECORDS));
	EXPECT_EQ(FSTS_PPF, fsts(self->iommu) & 3);
	ASSERT_EQ(10, fail(self->mock, self->ep, 0x72, IOVA, 10));
	EXPECT_EQ(FSTS_PPF | FSTS_PFO, fsts(self->iommu) & 3);
	arg = stats(self->mock, self->iommu);
	EXPECT_EQ(RECORDS + 10, arg.out_faults_raised);
	EXPECT_EQ(RECORDS, arg.out_faults_recorded);
	EXPECT_EQ(10, arg.out_faults_lost);
	EXPECT_EQ(1, arg.out_fault_overflows);
	EXPECT_EQ(0, arg.out_faults_handled);

	ASSERT_EQ(0, mock_iommu_mask(self->mock, self->iommu, 0));
	EXPECT_EQ(0, fsts(self->iommu) & 3);
	for (i = 0; i < RECORDS; i++) {
		ASSERT_TRUE(next_event(self->queue, &self->told));
		EXPECT_EQ(FAULTQ_REASON_PTE_FETCH, self->told.event.reason);
	}
	EXPECT_TRUE(next_is_loss(self->queue, &self->told));

	ASSERT_EQ(1, fail(self->mock, self->ep, 0x80, IOVA, 1));
	ASSERT_TRUE(next_event(self->queue, &self->told));
	EXPECT_EQ(FAULTQ_REASON_OOR_ADDRESS, self->told.event.reason);
	EXPECT_EQ(RECORDS + 1,
		  stats(self->mock, self->iommu).out_faults_handled);
}

/* Raises faults at pages of ascending addresses. */
static int walk(int mock, __u32 ep, __u64 *page, unsigned int nr)
{
	int ret = 1;

	for (; nr && ret == 1; nr--)
		ret = fail(mock, ep, 0x71, (*page)++ * PAGE, 1);
	return ret;
}

/* While it is urgent no work runs on this processor, where this thread stays. */
static int set_urgent(bool urgent)
{
	const struct sched_param param = { .sched_priority = urgent };
	cpu_set_t here;

	CPU_ZERO(&here);
	CPU_SET(sched_getcpu(), &here);
	if (sched_setaffinity(0, sizeof(here), &here))
		return -errno;
	return sched_setscheduler(0, urgent ? SCHED_FIFO : SCHED_OTHER, &param);
}

/*
 * How many pages are missing from the events. They must be where a loss is
 * told of, and nowhere else: UINT64_MAX.
 */
static __u64 missing(struct event_queue *queue)
{
	const struct faultq_event *event;
	__u64 sum = 0, next = 0, page;
	int i, nr = ring_ready(&queue->ring);
	bool told = false;

	for (i = 0; i < nr; i++) {
		event = event_at(queue, i);
		if (event->type == FAULTQ_RECORD_LOST) {
			told = true;
			continue;
		}
		page = event->addr / PAGE;
		if (page < next || (page > next && !told))
			return UINT64_MAX;
		sum += page - next;
		next = page + 1;
		told = false;
	}
	return sum;
}

/*
 * After an overflow nothing is recorded before the driver has told of it,
 * though registers become free: here there are more than its interrupt takes,
 * and the work that it leaves them to has to wait.
 */
TEST_F(fault, nothing_is_recorded_between_overflow_and_report)
{
	struct mock_iommu_endpoint_add add = {};
	const struct faultq_ring_header *header;
	struct event_queue queue;
	__u64 page = 0, nr;
	int i, iommu, dev;

	iommu = add_iommu(self->mock, MOCK_IOMMU_MAX_FAULT_RECORDS);
	ASSERT_LE(0, iommu);
	add.iommu_id = iommu;
	dev = bind_new(self->mock, self->ctx, &add);
	ASSERT_LT(0, dev);
	ASSERT_EQ(0,
		  event_queue_make(&queue, self->ctx, dev, FAULTQ_NATIVE_NONE,
				   (struct faultq_queue_alloc){
					   .nr_records = 4096,
				   }));
	header = queue.ring.header;
	for (i = 1; i <= 3; i++) {
		ASSERT_EQ(0, mock_iommu_mask(self->mock, iommu, 1));
		EXPECT_EQ(1, walk(self->mock, add.out_endpoint_id, &page,
				  MOCK_IOMMU_MAX_FAULT_RECORDS + 1));
		EXPECT_EQ(i, stats(self->mock, iommu).out_fault_overflows);
		ASSERT_EQ(0, set_urgent(true));
		ASSERT_EQ(0, mock_iommu_mask(self->mock, iommu, 0));
		EXPECT_EQ(1, walk(self->mock, add.out_endpoint_id, &page, 10));
		ASSERT_EQ(0, set_urgent(false));
		EXPECT_TRUE(AWAIT(LOOK(header->lost_hardware) == i));
		EXPECT_EQ(page, stats(self->mock, iommu).out_faults_raised);
		nr = stats(self->mock, iommu).out_faults_recorded;
		EXPECT_TRUE(EVENTS_ARRIVED(&queue, nr));
	}
	EXPECT_EQ(0, LOOK(header->lost_full));
	EXPECT_GE(stats(self->mock, iommu).out_faults_lost, missing(&queue));
	event_queue_close(&queue);
	EXPECT_EQ(0, mock_iommu_remove(self->mock, iommu));
}

TEST_F(fault, unclaimed_is_counted)
{
	close_once(&self->queue);
	ASSERT_EQ(3, fail(self->mock, self->ep, 0x71, IOVA, 3));
	EXPECT_EQ(3, stats(self->mock, self->iommu).out_faults_handled);
	EXPECT_EQ(3, stats(self->mock, self->iommu).out_faults_unclaimed);
}

struct stormer {
	int mock;
	__u32 ep;
	int ret;
};

static void *storm(void *data)
{
	struct stormer *stormer = data;

	stormer->ret = fail(stormer->mock, stormer->ep, 0x71, IOVA, STORM);
	return NULL;
}

/* Interrupts, the work that relieves them and recording on two processors */
TEST_F(fault, storm)
{
	struct stormer stormer = { .mock = self->mock, .ep = self->ep };
	const struct faultq_ring_header *header;
	unsigned long events = 0, others = 0;
	struct mock_iommu_iommu_stats arg;
	pthread_t thread;
	struct ring ring;
	ssize_t len;

	ASSERT_EQ(0, ring_map(&ring, self->queue, 0));
	header = ring.header;
	ASSERT_EQ(0, pthread_create(&thread, NULL, storm, &stormer));
	EXPECT_EQ(STORM, fail(self->mock, self->ep, 0x72, IOVA, STORM));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(STORM, stormer.ret);
	/* masking waits for no work, unmasking for the interrupt: one by one */
	do {
		arg = stats(self->mock, self->iommu);
	} while (arg.out_faults_handled != arg.out_faults_recorded);
	EXPECT_EQ(2 * STORM, arg.out_faults_raised);
	EXPECT_EQ(arg.out_faults_raised,
		  arg.out_faults_recorded + arg.out_faults_lost);
	EXPECT_EQ(0, arg.out_faults_unclaimed);
	EXPECT_TRUE(AWAIT(!(fsts(self->iommu) & (FSTS_PPF | FSTS_PFO))));
	EXPECT_EQ(arg.out_faults_recorded, LOOK(header->arrived));
	EXPECT_EQ(arg.out_fault_overflows, LOOK(header->lost_hardware));
	EXPECT_EQ(arg.out_faults_recorded,
		  LOOK(header->published) + LOOK(header->lost_full));
	while ((len = read(self->queue, &self->told, sizeof(self->told))) > 0)
		*(len == sizeof(self->told) ? &events : &others) += 1;
	EXPECT_EQ(LOOK(header->published), events);
	EXPECT_LT(0, events);
	EXPECT_LT(0, others);
	ring_unmap(&ring);
}

/* Endpoints and instances go while their faults are on the way. */
TEST_F(fault, removal_in_a_storm)
{
	struct stormer stormer = { .mock = self->mock, .ep = self->ep };
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, storm, &stormer));
	usleep(1000);
	EXPECT_EQ(0, mock_iommu_remove(self->mock, self->iommu));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_TRUE(stormer.ret == -ENODEV || stormer.ret == -ENOENT ||
		    stormer.ret > 0);
}

/* What is recorded of an endpoint is not told of the next one with its RID. */
TEST_F(fault, of_one_who_left)
{
	struct mock_iommu_endpoint_add add = {
		.iommu_id = self->iommu,
		.rid = self->rid,
	};
	long long unclaimed = debugfs_unclaimed();
	int dev;

	ASSERT_EQ(0, mock_iommu_mask(self->mock, self->iommu, 1));
	ASSERT_EQ(1, fail(self->mock, self->ep, 0x71, IOVA, 1));
	ASSERT_EQ(0, mock_endpoint_remove(self->mock, self->ep));
	dev = bind_new(self->mock, self->ctx, &add);
	ASSERT_LT(0, dev);
	close(self->queue);
	self->queue = event_queue(self->ctx, dev);
	ASSERT_LE(0, self->queue);
	ASSERT_EQ(0, mock_iommu_mask(self->mock, self->iommu, 0));
	ASSERT_EQ(1, fail(self->mock, add.out_endpoint_id, 0x72, IOVA, 1));
	ASSERT_TRUE(next_event(self->queue, &self->told));
	EXPECT_EQ(0, self->told.sequence);
	EXPECT_EQ(0x72, native(&self->told, 1) >> 32 & 0xff);
	EXPECT_FALSE(next_event(self->queue, &self->told));
	/* of whom nobody knows any more, but counted */
	EXPECT_EQ(1, stats(self->mock, self->iommu).out_faults_unclaimed);
	EXPECT_EQ(unclaimed + 1, debugfs_unclaimed());
}

TEST_F(fault, errors_of_the_invalidation_queue)
{
	static const struct {
		__u32 what;
		__u16 reason;
		__u64 bit;
		unsigned int sid;
	} errors[] = {
		{ MOCK_IOMMU_INV_TIMEOUT, FAULTQ_REASON_INV_TIMEOUT, 1 << 6,
		  32 },
		{ MOCK_IOMMU_INV_BAD_COMPLETION, FAULTQ_REASON_INV_COMPLETION,
		  1 << 5, 48 },
		{ MOCK_IOMMU_INV_BAD_DESCRIPTOR, FAULTQ_REASON_BAD_COMMAND,
		  1 << 4, 0 },
	};
	const struct faultq_event *event = &self->told.event;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		ASSERT_EQ(0, mock_queue_error(self->mock, self->ep,
					      errors[i].what));
		ASSERT_TRUE(next_event(self->queue, &self->told));
		EXPECT_EQ(FAULTQ_RECORD_QUEUE_ERROR, event->type);
		EXPECT_EQ(FAULTQ_EVENT_DEV_VALID, event->flags);
		EXPECT_EQ(self->dev, event->dev_id);
		EXPECT_EQ(errors[i].reason, event->reason);
		EXPECT_EQ(FAULTQ_NATIVE_VTD_INVALIDATION, event->native_type);
		EXPECT_EQ(errors[i].bit, native(&self->told, 0));
		if (errors[i].sid)
			EXPECT_EQ(self->rid,
				  native(&self->told, 1) >> errors[i].sid &
					  0xffff);
		/* a descriptor is told where the queue stopped at one */
		EXPECT_EQ(!errors[i].sid, !!native(&self->told, 2));
		EXPECT_FALSE(next_event(self->queue, &self->told));
	}
	EXPECT_EQ(3, stats(self->mock, self->iommu).out_inv_errors);
}

TEST_F(fault, bad_arguments)
{
	struct mock_iommu_fault good = {
		.size = sizeof(good),
		.endpoint_id = self->ep,
		.reason = 0x71,
		.count = 1,
	};
	struct mock_iommu_fault arg = good;
	struct mock_iommu_iommu_add add = {
		.size = sizeof(add),
		.kind = MOCK_IOMMU_KIND_VTD,
		.fault_records = MOCK_IOMMU_MAX_FAULT_RECORDS + 1,
	};

	arg.count = 0;
	EXPECT_EQ(-EINVAL, call(self->mock, MOCK_IOMMU_FAULT, &arg));
	arg = good;
	arg.reason = 0x100;
	EXPECT_EQ(-EINVAL, call(self->mock, MOCK_IOMMU_FAULT, &arg));
	arg.reason = 0;
	EXPECT_EQ(-EINVAL, call(self->mock, MOCK_IOMMU_FAULT, &arg));
	arg = good;
	arg.pasid = 1;
	EXPECT_EQ(-EINVAL, call(self->mock, MOCK_IOMMU_FAULT, &arg));
	arg = good;
	arg.flags = 1U << 31;
	EXPECT_EQ(-EOPNOTSUPP, call(self->mock, MOCK_IOMMU_FAULT, &arg));
	arg = good;
	arg.endpoint_id = 0x7fffffff;
	EXPECT_EQ(-ENOENT, call(self->mock, MOCK_IOMMU_FAULT, &arg));
	EXPECT_EQ(-EOPNOTSUPP, mock_queue_error(self->mock, self->ep, 3));

	EXPECT_EQ(-EINVAL, call(self->mock, MOCK_IOMMU_IOMMU_ADD, &add));
	add.fault_records = 0;
	add.evtq_entries = 8;
	EXPECT_EQ(-EINVAL, call(self->mock, MOCK_IOMMU_IOMMU_ADD, &add));
	EXPECT_EQ(-EINVAL,
		  mock_endpoint_add(self->mock,
				    &(struct mock_iommu_endpoint_add){
					    .flags = MOCK_IOMMU_ENDPOINT_STALL,
					    .iommu_id = self->iommu,
				    }));
}

TEST_HARNESS_MAIN
