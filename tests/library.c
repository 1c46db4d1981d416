// SPDX-License-Identifier: GPL-2.0-only
/*
 * libfaultq with the real kernel: each of its calls, once at least, and what it
 * promises beyond them. tests/unit/lib.c spoils the rings for it.
 */
#include <libfaultq.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "calls.h"
#include "kselftest_harness.h"
#include "patience.h"

#define PAGE 4096UL
#define PAGES 64
#define NR_RINGS 2
#define NR_RECORDS 8
#define RW (FAULTQ_HWPT_MAP_READABLE | FAULTQ_HWPT_MAP_WRITEABLE)

FIXTURE(library)
{
	int mock;
	__u32 endpoint;
	int ctx;
	__u32 dev;
	__u32 queue_id;
	__u32 hwpt;
	struct faultq_queue *queue;
	struct faultq_ring *ring;
	char *memory;
};

static int add_endpoint(int mock, char name[FAULTQ_DEVICE_NAME_LEN])
{
	struct mock_iommu_endpoint_add add = {
		.flags = MOCK_IOMMU_ENDPOINT_ATS | MOCK_IOMMU_ENDPOINT_PRI,
		.pasid_bits = 20,
		.pri_credits = 256,
	};
	int id = mock_endpoint_add(mock, &add);

	snprintf(name, FAULTQ_DEVICE_NAME_LEN, "platform/%s", add.out_name);
	return id;
}

FIXTURE_SETUP(library)
{
	struct faultq_queue_alloc alloc = {
		.type = FAULTQ_QUEUE_TYPE_IOPF,
		.nr_rings = NR_RINGS,
		.nr_records = NR_RECORDS,
		.nr_groups = 64,
	};
	char name[FAULTQ_DEVICE_NAME_LEN];
	int id;

	self->mock = mock_open();
	ASSERT_LE(0, self->mock);
	id = add_endpoint(self->mock, name);
	ASSERT_LE(0, id);
	self->endpoint = id;
	self->ctx = faultq_open();
	ASSERT_LE(0, self->ctx);
	ASSERT_EQ(0, faultq_device_bind(self->ctx, name, 77, &self->dev));
	ASSERT_EQ(0, faultq_queue_alloc(self->ctx, &alloc));
	self->queue_id = alloc.out_queue_id;
	ASSERT_EQ(0, faultq_queue_open(alloc.out_queue_fd, &self->queue));
	self->ring = faultq_queue_ring(self->queue, self->dev % NR_RINGS);
	ASSERT_EQ(0, faultq_hwpt_alloc(self->ctx, self->dev, self->queue_id,
				       &self->hwpt));
	ASSERT_EQ(0, faultq_device_attach(self->ctx, self->dev, self->hwpt,
					  FAULTQ_NO_PASID, 99));
	self->memory = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->memory);
}

FIXTURE_TEARDOWN(library)
{
	faultq_queue_close(self->queue);
	close(self->ctx);
	mock_endpoint_remove(self->mock, self->endpoint);
	close(self->mock);
	munmap(self->memory, PAGES * PAGE);
}

#define MAX_PAGES 8

/* Has the endpoint ask for @nr groups of @pages pages each. */
static int ask(int mock, __u32 endpoint, unsigned int nr, unsigned int pages)
{
	struct mock_iommu_request group[MAX_PAGES];
	unsigned int i;

	for (i = 0; i < pages; i++)
		group[i] = (struct mock_iommu_request){
			.flags = MOCK_IOMMU_REQUEST_AUTO_GRPID,
			.perm = MOCK_IOMMU_PERM_READ,
			.addr = i * PAGE,
		};
	group[pages - 1].flags |= MOCK_IOMMU_REQUEST_LAST;
	for (i = 0; i < nr; i++) {
		if (mock_send(mock, endpoint, group, pages) != (int)pages)
			return -1;
	}
	return 0;
}

/* How many of @nr answers are as expected. */
static int answered(int mock, __u32 endpoint, unsigned int nr, __u32 code)
{
	struct mock_iommu_response answers[64];
	int i, right = 0,
	       got = mock_answers(mock, endpoint, answers, nr, DEADLINE_MS);

	for (i = 0; i < got; i++)
		right += answers[i].code == code;
	return right;
}

/* Takes groups until it has @nr; their tags go to @responses, with @code. */
static unsigned int take(struct faultq_queue *queue, struct faultq_ring *ring,
			 struct faultq_response *responses, unsigned int nr,
			 __u32 code)
{
	struct faultq_group group;
	unsigned int done = 0;

	while (done < nr && faultq_queue_wait(queue, DEADLINE_MS) == 1) {
		while (faultq_ring_next(ring, &group) == 1) {
			responses[done].tag = group.tag;
			responses[done++].code = code;
		}
	}
	return done;
}

TEST_F(library, info)
{
	struct faultq_device_info info;

	ASSERT_EQ(0, faultq_device_info(self->ctx, self->dev, &info));
	EXPECT_EQ(77, info.out_label);
	EXPECT_EQ(1 << 20, info.out_max_pasids);
	EXPECT_EQ(-ENOENT, faultq_device_info(self->ctx, 999, &info));
}

TEST_F(library, device_with_a_name_too_long)
{
	char name[FAULTQ_DEVICE_NAME_LEN + 1];
	__u32 dev;

	memset(name, 'x', sizeof(name));
	name[FAULTQ_DEVICE_NAME_LEN] = '\0';
	EXPECT_EQ(-ENODEV, faultq_device_bind(self->ctx, name, 0, &dev));
}

TEST_F(library, objects_end_in_their_order)
{
	EXPECT_EQ(-EBUSY, faultq_destroy(self->ctx, self->hwpt));
	EXPECT_EQ(-EBUSY, faultq_destroy(self->ctx, self->queue_id));
	EXPECT_EQ(0,
		  faultq_device_detach(self->ctx, self->dev, FAULTQ_NO_PASID));
	EXPECT_EQ(0, faultq_destroy(self->ctx, self->hwpt));
	EXPECT_EQ(0, faultq_destroy(self->ctx, self->queue_id));
	EXPECT_EQ(0, faultq_destroy(self->ctx, self->dev));
	EXPECT_EQ(-ENOENT, faultq_destroy(self->ctx, self->dev));
}

TEST_F(library, mapping)
{
	__u64 length = PAGE;

	EXPECT_EQ(0, faultq_hwpt_map(self->ctx, self->hwpt, self->memory,
				     2 * PAGE, 0x10000, RW));
	EXPECT_EQ(-EEXIST, faultq_hwpt_map(self->ctx, self->hwpt, self->memory,
					   PAGE, 0x11000, RW));
	EXPECT_EQ(-EINVAL,
		  faultq_hwpt_unmap(self->ctx, self->hwpt, 0x10000, &length));
	length = 0x100000;
	EXPECT_EQ(0, faultq_hwpt_unmap(self->ctx, self->hwpt, 0, &length));
	EXPECT_EQ(2 * PAGE, length);
}

TEST_F(library, iova_ranges)
{
	struct faultq_iova_range ranges[4];
	__u64 alignment = 0;
	__u32 nr = 1;

	EXPECT_EQ(-EMSGSIZE, faultq_hwpt_iova_ranges(self->ctx, self->hwpt,
						     ranges, &nr, &alignment));
	EXPECT_EQ(2, nr);
	EXPECT_EQ(PAGE, alignment);
	EXPECT_EQ(0, faultq_hwpt_iova_ranges(self->ctx, self->hwpt, ranges, &nr,
					     NULL));
	EXPECT_EQ(2, nr);
	EXPECT_EQ(MOCK_IOMMU_VTD_MSI_START - 1, ranges[0].last);
	EXPECT_EQ(MOCK_IOMMU_VTD_MSI_START + MOCK_IOMMU_MSI_LENGTH,
		  ranges[1].start);
	EXPECT_EQ(-ENOENT,
		  faultq_hwpt_iova_ranges(self->ctx, 0, ranges, &nr, NULL));
	EXPECT_EQ(2, nr);
}

TEST_F(library, pasids)
{
	struct faultq_group group;
	__u32 pasid;

	ASSERT_EQ(0, faultq_pasid_alloc(self->ctx, self->dev, &pasid));
	EXPECT_LT(0, pasid);
	ASSERT_EQ(0, faultq_device_attach(self->ctx, self->dev, self->hwpt,
					  pasid, 1234567));
	ASSERT_EQ(1, mock_send(self->mock, self->endpoint,
			       &(struct mock_iommu_request){
				       .flags = MOCK_IOMMU_REQUEST_PASID |
						MOCK_IOMMU_REQUEST_LAST,
				       .pasid = pasid,
				       .perm = MOCK_IOMMU_PERM_WRITE,
				       .addr = 0x7000,
			       },
			       1));
	ASSERT_EQ(1, faultq_queue_wait(self->queue, DEADLINE_MS));
	ASSERT_EQ(1, faultq_ring_next(self->ring, &group));
	EXPECT_EQ(pasid, faultq_ring_page(self->ring, &group, 0)->pasid);
	EXPECT_EQ(1234567, faultq_ring_page(self->ring, &group, 0)->cookie);
	EXPECT_EQ(-EBUSY, faultq_pasid_free(self->ctx, self->dev, pasid));
	EXPECT_EQ(0, faultq_device_detach(self->ctx, self->dev, pasid));
	EXPECT_EQ(0, faultq_pasid_free(self->ctx, self->dev, pasid));
}

/* More groups than the ring has records, in batches as they come */
TEST_F(library, response_ring)
{
	struct faultq_response responses[40];
	struct faultq_stats stats;
	unsigned int i;

	ASSERT_EQ(0, ask(self->mock, self->endpoint, 40, 3));
	ASSERT_EQ(40, take(self->queue, self->ring, responses, 40,
			   FAULTQ_RESPONSE_INVALID));
	for (i = 0; i < 40; i++)
		ASSERT_EQ(0, faultq_ring_respond(self->ring, responses[i].tag,
						 responses[i].code));
	ASSERT_EQ(0, faultq_ring_flush(self->ring));
	EXPECT_EQ(40, answered(self->mock, self->endpoint, 40,
			       MOCK_IOMMU_RESPONSE_INVALID));
	faultq_queue_stats(self->queue, &stats);
	EXPECT_EQ(40, stats.arrived);
	EXPECT_EQ(40, stats.published);
	EXPECT_EQ(40, stats.answered);
	EXPECT_EQ(0, stats.bad_responses);
	EXPECT_EQ(0, stats.bad_indices);
}

TEST_F(library, response_array_and_write)
{
	struct faultq_response responses[4];
	__u32 nr = 3;

	ASSERT_EQ(0, ask(self->mock, self->endpoint, 4, 1));
	ASSERT_EQ(4, take(self->queue, self->ring, responses, 4,
			  FAULTQ_RESPONSE_SUCCESS));
	responses[2].tag = ~responses[2].tag;
	EXPECT_EQ(-EINVAL, faultq_queue_respond(self->queue, responses, &nr));
	EXPECT_EQ(2, nr);
	responses[2].tag = ~responses[2].tag;
	EXPECT_EQ(2, faultq_queue_write(self->queue, responses + 2, 2));
	EXPECT_EQ(-EINVAL, faultq_queue_write(self->queue, responses, 1));
	EXPECT_EQ(4, answered(self->mock, self->endpoint, 4,
			      MOCK_IOMMU_RESPONSE_SUCCESS));
}

TEST_F(library, waiting_ends_in_time)
{
	EXPECT_EQ(0, faultq_queue_wait(self->queue, 0));
	EXPECT_EQ(0, faultq_queue_wait(self->queue, 10));
}

TEST_F(library, eventfd_signals_the_next_group)
{
	struct pollfd wait = {
		.fd = eventfd(0, EFD_NONBLOCK),
		.events = POLLIN,
	};
	struct faultq_group group;
	__u64 ticks;
	int i;

	ASSERT_EQ(0, faultq_ring_eventfd(self->ring, wait.fd));
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(1, faultq_ring_arm(self->ring));
		ASSERT_EQ(0, poll(&wait, 1, 0));
		ASSERT_EQ(0, ask(self->mock, self->endpoint, 1, 5));
		ASSERT_EQ(1, poll(&wait, 1, DEADLINE_MS));
		ASSERT_EQ(8, read(wait.fd, &ticks, sizeof(ticks)));
		ASSERT_EQ(0, faultq_ring_arm(self->ring));
		ASSERT_EQ(1, faultq_ring_next(self->ring, &group));
		ASSERT_EQ(5, group.nr_pages);
		ASSERT_EQ(4 * PAGE,
			  faultq_ring_page(self->ring, &group, 4)->addr);
		ASSERT_EQ(0, faultq_ring_respond(self->ring, group.tag, 0));
	}
	ASSERT_EQ(0, faultq_ring_flush(self->ring));
	close(wait.fd);
}

/* A second consumer of the same file, the first one having done half the work */
TEST_F(library, handing_over)
{
	struct faultq_response responses[6];
	struct faultq_queue *second;
	struct faultq_ring *ring;
	struct faultq_stats stats;
	unsigned int i;
	int fd;

	ASSERT_EQ(0, ask(self->mock, self->endpoint, 6, 2));
	ASSERT_EQ(6, take(self->queue, self->ring, responses, 6, 0));
	ASSERT_EQ(2, faultq_queue_write(self->queue, responses, 2));

	fd = dup(faultq_queue_fd(self->queue));
	ASSERT_EQ(0, faultq_queue_open(fd, &second));
	ring = faultq_queue_ring(second, self->dev % NR_RINGS);
	EXPECT_EQ(4, faultq_ring_republish(ring));
	ASSERT_EQ(4, take(second, ring, responses, 4, 0));
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, faultq_ring_respond(ring, responses[i].tag, 0));
	ASSERT_EQ(0, faultq_ring_flush(ring));
	EXPECT_EQ(6, answered(self->mock, self->endpoint, 6,
			      MOCK_IOMMU_RESPONSE_SUCCESS));
	faultq_ring_stats(ring, &stats);
	EXPECT_EQ(6, stats.answered);
	EXPECT_EQ(10, stats.published);
	faultq_queue_close(second);
}

TEST_F(library, closed_context_is_told)
{
	close(self->ctx);
	self->ctx = -1;
	EXPECT_EQ(-ENODEV, faultq_queue_wait(self->queue, DEADLINE_MS));
	ASSERT_EQ(0, faultq_ring_respond(self->ring, 1, 0));
	EXPECT_EQ(-ENODEV, faultq_ring_flush(self->ring));
}

static void *write_all(void *arg)
{
	struct mock_iommu_dma *dma = arg;
	int mock = mock_open();

	if (mock_dma(mock, dma))
		dma->out_status = ~0U;
	close(mock);
	return NULL;
}

/* The loop of examples/pager.c: every page of a DMA, without a flush in sight */
TEST_F(library, demand_pager)
{
	char data[PAGES * PAGE];
	struct mock_iommu_dma dma = {
		.endpoint_id = self->endpoint,
		.op = MOCK_IOMMU_DMA_WRITE,
		.buf = (uintptr_t)data,
		.length = sizeof(data),
	};
	struct faultq_group group;
	unsigned int served = 0;
	pthread_t device;
	__u64 at;

	memset(data, 'd', sizeof(data));
	ASSERT_EQ(0, pthread_create(&device, NULL, write_all, &dma));
	while (served < PAGES) {
		ASSERT_EQ(1, faultq_queue_wait(self->queue, DEADLINE_MS));
		while (faultq_ring_next(self->ring, &group) == 1) {
			at = faultq_ring_page(self->ring, &group, 0)->addr;
			ASSERT_EQ(0, faultq_hwpt_map(self->ctx, self->hwpt,
						     self->memory + at, PAGE,
						     at, RW));
			ASSERT_EQ(0, faultq_ring_respond(self->ring, group.tag,
							 0));
			served++;
		}
	}
	EXPECT_EQ(0, faultq_queue_wait(self->queue, 0));
	pthread_join(device, NULL);
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma.out_status);
	EXPECT_EQ(PAGES, dma.out_page_requests);
	EXPECT_EQ(0, memcmp(data, self->memory, sizeof(data)));
}

#define GUEST_PASID 5
#define VIRT_ID 0x18

/* A guest's table in the first page of its memory that maps nothing. */
TEST_F(library, nested)
{
	const struct faultq_hwpt_vtd_s1 table = { .addr_width = 48 };
	struct faultq_hwpt_vtd_s1_invalidate entries[2] = {
		{ .npages = 1 },
		{ .addr = PAGE, .npages = 1 },
	};
	__u32 parent, viommu, vdevice, hwpt, nr = 2;

	ASSERT_EQ(0, faultq_hwpt_alloc_parent(self->ctx, self->dev, &parent));
	ASSERT_EQ(0, faultq_hwpt_map(self->ctx, parent, self->memory,
				     PAGES * PAGE, 0, RW));
	ASSERT_EQ(0, faultq_viommu_alloc(self->ctx, self->dev, parent,
					 FAULTQ_VIOMMU_TYPE_DEFAULT, &viommu));
	ASSERT_EQ(0, faultq_vdevice_alloc(self->ctx, viommu, self->dev, VIRT_ID,
					  &vdevice));
	EXPECT_EQ(-EEXIST, faultq_vdevice_alloc(self->ctx, viommu, self->dev,
						VIRT_ID + 1, &vdevice));
	ASSERT_EQ(0, faultq_hwpt_alloc_vtd_s1(self->ctx, self->dev, viommu,
					      &table, self->queue_id, &hwpt));
	EXPECT_EQ(-EBUSY, faultq_destroy(self->ctx, viommu));
	EXPECT_EQ(0,
		  faultq_hwpt_invalidate_vtd_s1(self->ctx, hwpt, entries, &nr));
	EXPECT_EQ(2, nr);
	entries[1].flags = FAULTQ_VTD_INV_FLAGS_LEAF << 1;
	EXPECT_EQ(-EOPNOTSUPP, faultq_hwpt_invalidate_vtd_s1(self->ctx, viommu,
							     entries, &nr));
	EXPECT_EQ(1, nr);
	EXPECT_EQ(0, faultq_destroy(self->ctx, hwpt));
	EXPECT_EQ(0, faultq_destroy(self->ctx, vdevice));
	EXPECT_EQ(0, faultq_destroy(self->ctx, viommu));
}

TEST_F(library, guest_pasid)
{
	struct mock_iommu_request request = {
		.flags = MOCK_IOMMU_REQUEST_AUTO_GRPID |
			 MOCK_IOMMU_REQUEST_LAST | MOCK_IOMMU_REQUEST_PASID,
		.perm = MOCK_IOMMU_PERM_READ,
	};
	struct faultq_pasid_bind bind = {
		.flags = FAULTQ_PASID_BIND_ALLOC |
			 FAULTQ_PASID_BIND_FAULT_ID_VALID,
		.dev_id = self->dev,
		.guest_pasid = GUEST_PASID,
		.fault_id = self->queue_id,
		.data_type = FAULTQ_HWPT_DATA_VTD_S1,
		.vtd_s1 = { .addr_width = 48 },
	};
	const struct faultq_page_request *page;
	struct faultq_group group;

	ASSERT_EQ(0,
		  faultq_hwpt_alloc_parent(self->ctx, self->dev, &bind.pt_id));
	ASSERT_EQ(0, faultq_pasid_bind(self->ctx, &bind));
	EXPECT_NE(0, bind.host_pasid);
	EXPECT_NE(0, bind.out_hwpt_id);
	request.pasid = bind.host_pasid;
	bind.host_pasid = 0;
	EXPECT_EQ(-EEXIST, faultq_pasid_bind(self->ctx, &bind));

	ASSERT_EQ(1, mock_send(self->mock, self->endpoint, &request, 1));
	ASSERT_EQ(1, faultq_ring_next(self->ring, &group));
	page = faultq_ring_page(self->ring, &group, 0);
	EXPECT_EQ(GUEST_PASID, page->pasid);
	EXPECT_TRUE(page->flags & FAULTQ_PAGE_REQUEST_GUEST_PASID);
	EXPECT_EQ(0, faultq_pasid_unbind(self->ctx, self->dev, GUEST_PASID));
	EXPECT_EQ(-ENOENT,
		  faultq_pasid_unbind(self->ctx, self->dev, GUEST_PASID));
}

/* A queue for what happens to the device itself */
static struct faultq_queue *watch(int ctx, __u32 source, __u32 nr_records)
{
	struct faultq_queue_alloc alloc = {
		.type = FAULTQ_QUEUE_TYPE_EVENT,
		.nr_rings = 1,
		.nr_records = nr_records,
		.source_id = source,
	};
	struct faultq_queue *queue;

	if (faultq_queue_alloc(ctx, &alloc))
		return NULL;
	return faultq_queue_open(alloc.out_queue_fd, &queue) ? NULL : queue;
}

/* The next record, however long it takes; its type is 0 if none comes. */
static union faultq_event_record next_event(struct faultq_queue *queue)
{
	struct faultq_ring *ring = faultq_queue_ring(queue, 0);
	union faultq_event_record record = {};

	while (!faultq_ring_next_event(ring, &record) &&
	       faultq_queue_wait(queue, DEADLINE_MS) == 1)
		;
	return record;
}

static int raise_faults(int mock, __u32 endpoint, __u32 count)
{
	struct mock_iommu_fault fault = {
		.size = sizeof(fault),
		.endpoint_id = endpoint,
		.reason = 0x71,
		.perm = MOCK_IOMMU_PERM_WRITE,
		.addr = 0x7000,
		.count = count,
	};
	int ret = call(mock, MOCK_IOMMU_FAULT, &fault);

	return ret ? ret : (int)fault.out_done;
}

TEST_F(library, events)
{
	struct faultq_queue *queue = watch(self->ctx, self->dev, 8);
	struct mock_iommu_queue_error error = {
		.size = sizeof(error),
		.endpoint_id = self->endpoint,
		.what = MOCK_IOMMU_INV_TIMEOUT,
	};
	union faultq_event_record record;
	struct faultq_stats stats;
	int i;

	ASSERT_NE(NULL, queue);
	EXPECT_EQ(FAULTQ_QUEUE_TYPE_EVENT, faultq_queue_type(queue));
	EXPECT_EQ(0, faultq_queue_wait(queue, 0));
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(1, raise_faults(self->mock, self->endpoint, 1));
		record = next_event(queue);
		ASSERT_EQ(FAULTQ_RECORD_FAULT, record.type);
		EXPECT_EQ(self->dev, record.event.dev_id);
		EXPECT_EQ(0x7000, record.event.addr);
		EXPECT_EQ(FAULTQ_REASON_PTE_FETCH, record.event.reason);
		EXPECT_EQ(FAULTQ_NATIVE_VTD_FAULT, record.event.native_type);
		EXPECT_EQ(i, record.event.sequence);
	}
	ASSERT_EQ(0, call(self->mock, MOCK_IOMMU_QUEUE_ERROR, &error));
	record = next_event(queue);
	EXPECT_EQ(FAULTQ_RECORD_QUEUE_ERROR, record.type);
	EXPECT_EQ(FAULTQ_REASON_INV_TIMEOUT, record.event.reason);
	faultq_queue_stats(queue, &stats);
	EXPECT_EQ(21, stats.arrived);
	EXPECT_EQ(21, stats.published);
	faultq_queue_close(queue);
}

/* All that came is either taken, or told to be lost; no more, no less. */
TEST_F(library, lost_events)
{
	struct faultq_queue *queue = watch(self->ctx, self->dev, 8);
	union faultq_event_record record;
	unsigned int taken = 0, lost = 0;
	struct faultq_stats stats;

	ASSERT_NE(NULL, queue);
	ASSERT_EQ(1000, raise_faults(self->mock, self->endpoint, 1000));
	while (faultq_queue_wait(queue, 0) == 1) {
		record = next_event(queue);
		if (record.type == FAULTQ_RECORD_LOST)
			lost += record.lost.count;
		else
			taken++;
	}
	EXPECT_LT(0, lost);
	faultq_queue_stats(queue, &stats);
	EXPECT_EQ(taken, stats.published);
	EXPECT_EQ(lost, stats.lost_full);
	EXPECT_EQ(stats.arrived, taken + lost);
	faultq_queue_close(queue);
}

TEST_F(library, hw_info)
{
	struct faultq_hw_info_vtd info;
	__u32 type, length = sizeof(info);

	ASSERT_EQ(0, faultq_device_hw_info(self->ctx, self->dev, &info, &length,
					   &type));
	EXPECT_EQ(FAULTQ_HW_INFO_INTEL_VTD, type);
	EXPECT_EQ(sizeof(info), length);
	EXPECT_NE(0, info.cap_reg);
}

FIXTURE(smmu)
{
	int mock;
	__u32 iommu;
	int ctx;
	__u32 dev;
	__u32 parent;
	char *memory;
};

FIXTURE_SETUP(smmu)
{
	struct mock_iommu_iommu_add iommu = {
		.size = sizeof(iommu),
		.kind = MOCK_IOMMU_KIND_SMMUV3,
	};
	struct mock_iommu_endpoint_add add = { .pasid_bits = 8 };
	char name[FAULTQ_DEVICE_NAME_LEN];

	self->mock = mock_open();
	ASSERT_LE(0, self->mock);
	ASSERT_EQ(0, call(self->mock, MOCK_IOMMU_IOMMU_ADD, &iommu));
	self->iommu = iommu.out_iommu_id;
	add.iommu_id = self->iommu;
	ASSERT_LE(0, mock_endpoint_add(self->mock, &add));
	snprintf(name, sizeof(name), "platform/%s", add.out_name);
	self->ctx = faultq_open();
	ASSERT_LE(0, self->ctx);
	ASSERT_EQ(0, faultq_device_bind(self->ctx, name, 0, &self->dev));
	ASSERT_EQ(0, faultq_hwpt_alloc_parent(self->ctx, self->dev,
					      &self->parent));
	self->memory = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->memory);
	ASSERT_EQ(0, faultq_hwpt_map(self->ctx, self->parent, self->memory,
				     PAGES * PAGE, 0, RW));
}

FIXTURE_TEARDOWN(smmu)
{
	close(self->ctx);
	mock_iommu_remove(self->mock, self->iommu);
	close(self->mock);
	munmap(self->memory, PAGES * PAGE);
}

/* A stream table entry that blocks, and the commands of a guest */
TEST_F(smmu, nested)
{
	const struct faultq_hwpt_arm_smmuv3 ste = { .ste = { 1 } };
	struct faultq_viommu_arm_smmuv3_invalidate commands[2] = {
		{ .cmd = { 0x10 } },
		{ .cmd = { 0xff } },
	};
	__u32 viommu, hwpt, nr = 1;

	ASSERT_EQ(0,
		  faultq_viommu_alloc(self->ctx, self->dev, self->parent,
				      FAULTQ_VIOMMU_TYPE_ARM_SMMUV3, &viommu));
	ASSERT_EQ(0, faultq_hwpt_alloc_arm_smmuv3(self->ctx, self->dev, viommu,
						  &ste, 0, &hwpt));
	EXPECT_EQ(0,
		  faultq_viommu_invalidate(self->ctx, viommu, commands, &nr));
	EXPECT_EQ(1, nr);
	nr = 2;
	EXPECT_EQ(-EIO,
		  faultq_viommu_invalidate(self->ctx, viommu, commands, &nr));
	EXPECT_EQ(1, nr);
	EXPECT_EQ(0, faultq_destroy(self->ctx, hwpt));
	EXPECT_EQ(0, faultq_destroy(self->ctx, viommu));
}

TEST_F(smmu, virtual_command_queue)
{
	struct faultq_viommu_tegra241_cmdqv data;
	struct faultq_hw_queue_alloc alloc = {
		.type = FAULTQ_HW_QUEUE_TYPE_TEGRA241_CMDQV,
		.length = PAGE,
	};
	union faultq_event_record record;
	struct faultq_queue *queue;
	void *registers;
	__u32 *words;

	ASSERT_EQ(0, faultq_viommu_alloc_tegra241_cmdqv(self->ctx, self->dev,
							self->parent, &data,
							&alloc.viommu_id));
	ASSERT_EQ(0, faultq_vcmdq_map(self->ctx, &data, &registers));
	ASSERT_EQ(0, faultq_hw_queue_alloc(self->ctx, &alloc));
	EXPECT_EQ(-EEXIST, faultq_hw_queue_alloc(self->ctx, &alloc));
	queue = watch(self->ctx, alloc.viommu_id, 8);
	ASSERT_NE(NULL, queue);

	words = registers;
	self->memory[0] = 0xff;
	words[FAULTQ_VCMDQ_CONFIG / 4] = 1;
	words[FAULTQ_VCMDQ_PROD / 4] = 1;
	record = next_event(queue);
	EXPECT_EQ(FAULTQ_RECORD_QUEUE_ERROR, record.type);
	EXPECT_EQ(FAULTQ_NATIVE_TEGRA241_CMDQV, record.event.native_type);
	EXPECT_EQ(1, words[FAULTQ_VCMDQ_CONS / 4] >> 24);

	faultq_queue_close(queue);
	EXPECT_EQ(0, munmap(registers, data.out_vintf_mmap_length));
	EXPECT_EQ(0, faultq_destroy(self->ctx, alloc.out_hw_queue_id));
	EXPECT_EQ(0, faultq_destroy(self->ctx, alloc.viommu_id));
}

TEST_HARNESS_MAIN
