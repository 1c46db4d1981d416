// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rings: how they are mapped, what lies in them, and what happens when
 * they are full. The RID's ring has 4 records and 8 groups.
 */
#include <stdint.h>
#include <sys/mman.h>

#include "bed.h"
#include "kselftest_harness.h"

#define NR_RECORDS 4
#define NR_GROUPS 8

FIXTURE(ring)
{
	struct bed bed;
};

FIXTURE_SETUP(ring)
{
	ASSERT_EQ(0, bed_make(&self->bed, &(struct faultq_queue_alloc){
						  .nr_records = NR_RECORDS,
						  .nr_groups = NR_GROUPS,
					  }));
}

FIXTURE_TEARDOWN(ring)
{
	bed_free(&self->bed);
}

static __u64 addr_of(const struct bed *bed, __u32 nr)
{
	return ring_at(&bed->ring, nr)->addr;
}

TEST_F(ring, header)
{
	const struct faultq_ring_header *header = self->bed.ring.header;
	const struct faultq_queue_info *info = &self->bed.ring.info;

	EXPECT_EQ(FAULTQ_RING_MAGIC, header->magic);
	EXPECT_EQ(FAULTQ_RING_VERSION, header->version);
	EXPECT_LE(sizeof(*header), header->header_size);
	EXPECT_LE(sizeof(struct faultq_page_request), header->record_size);
	EXPECT_EQ(NR_RECORDS, header->nr_records);
	EXPECT_EQ(sizeof(struct faultq_response), header->response_size);
	EXPECT_LE(NR_GROUPS, header->nr_responses);
	EXPECT_EQ(0, header->ring);
	EXPECT_EQ(FAULTQ_QUEUE_TYPE_IOPF, header->type);
	EXPECT_EQ(0, header->head);
	EXPECT_EQ(0, header->resp_tail);

	EXPECT_EQ(FAULTQ_QUEUE_TYPE_IOPF, info->out_type);
	EXPECT_EQ(1, info->out_nr_rings);
	EXPECT_EQ(PAGE, info->out_control_size);
	EXPECT_LE(header->header_size + NR_RECORDS * header->record_size,
		  info->out_records_size);
	EXPECT_LE(NR_GROUPS * header->response_size, info->out_responses_size);
}

static int map_error(int fd, size_t size, int prot, int flags, __u64 offset)
{
	void *addr = mmap(NULL, size, prot, flags, fd, offset);

	if (addr == MAP_FAILED)
		return -errno;
	munmap(addr, size);
	return 0;
}

TEST_F(ring, records_are_never_writable)
{
	const size_t size = self->bed.ring.info.out_records_size;
	void *header = (void *)self->bed.ring.header;
	int fd = self->bed.fd;

	EXPECT_EQ(-EPERM, map_error(fd, size, PROT_WRITE, MAP_SHARED, 0));
	EXPECT_EQ(-EPERM,
		  map_error(fd, size, PROT_READ | PROT_WRITE, MAP_SHARED, 0));
	EXPECT_EQ(-1, mprotect(header, size, PROT_READ | PROT_WRITE));
	EXPECT_EQ(-1, mprotect(header, PAGE, PROT_WRITE));
	EXPECT_EQ(0, mprotect(header, size, PROT_READ));
}

TEST_F(ring, regions_are_mapped_whole_and_shared)
{
	const struct faultq_queue_info *info = &self->bed.ring.info;
	const size_t sizes[] = {
		info->out_records_size,
		info->out_control_size,
		info->out_responses_size,
	};
	int fd = self->bed.fd;
	__u32 region;

	for (region = 0; region < ARRAY_SIZE(sizes); region++) {
		__u64 offset = FAULTQ_MMAP_OFFSET(0, region);
		size_t size = sizes[region];

		EXPECT_EQ(0,
			  map_error(fd, size, PROT_READ, MAP_SHARED, offset));
		EXPECT_EQ(-EINVAL,
			  map_error(fd, size, PROT_READ, MAP_PRIVATE, offset));
		EXPECT_EQ(-EINVAL, map_error(fd, size + PAGE, PROT_READ,
					     MAP_SHARED, offset));
		EXPECT_EQ(-EINVAL, map_error(fd, size, PROT_READ, MAP_SHARED,
					     offset + PAGE));
		if (size > PAGE)
			EXPECT_EQ(-EINVAL, map_error(fd, PAGE, PROT_READ,
						     MAP_SHARED, offset));
	}
}

TEST_F(ring, offsets_that_name_no_region)
{
	const __u64 offsets[] = {
		FAULTQ_MMAP_OFFSET(0, 3),
		FAULTQ_MMAP_OFFSET(1, 0),
		FAULTQ_MMAP_OFFSET(1, FAULTQ_REGION_CONTROL),
		FAULTQ_MMAP_OFFSET(FAULTQ_MAX_RINGS, 1),
		PAGE,
		1ULL << 29,
		FAULTQ_MMAP_OFFSET(1ULL << 30, FAULTQ_REGION_CONTROL),
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		EXPECT_GT(0, map_error(self->bed.fd, PAGE, PROT_READ,
				       MAP_SHARED, offsets[i]))
		{
			TH_LOG("offset %llx", offsets[i]);
		}
	}
}

/* Nor does the first number past the last region, whatever the mapping is like. */
TEST_F(ring, no_region_behind_the_last)
{
	const __u64 past = FAULTQ_MMAP_OFFSET(0, FAULTQ_REGION_RESPONSES + 1);
	struct faultq_queue_info info;
	unsigned int i;

	ASSERT_EQ(0, fq_queue_info(self->bed.fd, &info));
	for (i = 0; i < 4; i++) {
		const int prot = i & 1 ? PROT_READ | PROT_WRITE : PROT_READ;
		const int flags = i & 2 ? MAP_SHARED : MAP_SHARED_VALIDATE;

		EXPECT_EQ(-EINVAL,
			  map_error(self->bed.fd, info.out_records_size, prot,
				    flags, past));
		EXPECT_EQ(-EINVAL,
			  map_error(self->bed.fd, info.out_control_size, prot,
				    flags, past));
		EXPECT_EQ(-EINVAL,
			  map_error(self->bed.fd, info.out_responses_size, prot,
				    flags, past));
	}
}

TEST_F(ring, mappings_do_not_grow)
{
	void *control = self->bed.ring.control;

	EXPECT_EQ(MAP_FAILED, mremap(control, PAGE, 2 * PAGE, MREMAP_MAYMOVE));
}

TEST_F(ring, fields_of_a_record)
{
	struct bed *bed = &self->bed;
	struct mock_iommu_request request = {
		.flags = MOCK_IOMMU_REQUEST_PASID | MOCK_IOMMU_REQUEST_LAST |
			 MOCK_IOMMU_REQUEST_PRIVATE,
		.pasid = 0xabcde,
		.grpid = 0x1a5,
		.perm = MOCK_IOMMU_PERM_READ | MOCK_IOMMU_PERM_WRITE,
		.addr = 0x7654321000ULL,
		.private_data = { 0x0123456789abcdefULL,
				  0xfedcba9876543210ULL },
	};
	const struct faultq_page_request *record;

	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, bed->hwpt, 0xabcde, 42));
	ASSERT_EQ(1, mock_send(bed->mock, bed->ep, &request, 1));
	ASSERT_EQ(0, ring_wait(&bed->ring, 1));
	record = ring_at(&bed->ring, 0);
	EXPECT_EQ(FAULTQ_RECORD_PAGE_REQUEST, record->type);
	EXPECT_EQ(FAULTQ_PAGE_REQUEST_PASID_VALID |
			  FAULTQ_PAGE_REQUEST_LAST_PAGE |
			  FAULTQ_PAGE_REQUEST_PRIVATE_DATA,
		  record->flags);
	EXPECT_EQ(0x1a5, record->grpid);
	EXPECT_EQ(FAULTQ_PAGE_REQUEST_READ | FAULTQ_PAGE_REQUEST_WRITE,
		  record->perm);
	EXPECT_EQ(bed->dev, record->dev_id);
	EXPECT_EQ(0xabcde, record->pasid);
	EXPECT_NE(0, record->tag);
	EXPECT_EQ(0, record->length);
	EXPECT_EQ(request.addr, record->addr);
	EXPECT_EQ(42, record->cookie);
	EXPECT_EQ(request.private_data[0], record->private_data[0]);
	EXPECT_EQ(request.private_data[1], record->private_data[1]);
}

TEST_F(ring, permissions_come_through)
{
	static const __u32 perms[] = {
		MOCK_IOMMU_PERM_READ,
		MOCK_IOMMU_PERM_WRITE,
		MOCK_IOMMU_PERM_READ | MOCK_IOMMU_PERM_WRITE,
		MOCK_IOMMU_PERM_WRITE | MOCK_IOMMU_PERM_EXEC,
	};
	struct bed *bed = &self->bed;
	unsigned int i;

	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, bed->hwpt, 1, 0));
	for (i = 0; i < ARRAY_SIZE(perms); i++) {
		struct mock_iommu_request request = {
			.flags = MOCK_IOMMU_REQUEST_PASID |
				 MOCK_IOMMU_REQUEST_LAST,
			.pasid = 1,
			.grpid = i,
			.perm = perms[i],
		};

		ASSERT_EQ(1, mock_send(bed->mock, bed->ep, &request, 1));
		ASSERT_EQ(0, ring_wait(&bed->ring, 1));
		EXPECT_EQ(perms[i], ring_at(&bed->ring, 0)->perm);
		EXPECT_EQ(i, ring_at(&bed->ring, 0)->grpid);
		ring_release(&bed->ring, 1);
	}
}

/* The driver half took all that the hardware half has written. */
static bool all_handled(const struct bed *bed)
{
	struct mock_iommu_endpoint_info info = {
		.size = sizeof(info),
		.endpoint_id = bed->ep,
	};
	struct mock_iommu_iommu_stats stats = { .size = sizeof(stats) };

	if (call(bed->mock, MOCK_IOMMU_ENDPOINT_INFO, &info))
		return false;
	stats.iommu_id = info.out_iommu_id;
	if (call(bed->mock, MOCK_IOMMU_IOMMU_STATS, &stats))
		return false;
	return stats.out_prq_handled == stats.out_prq_written;
}

TEST_F(ring, group_is_published_whole)
{
	struct bed *bed = &self->bed;
	struct mock_iommu_request requests[3] = {
		{ .perm = MOCK_IOMMU_PERM_READ, .addr = BED_IOVA },
		{ .perm = MOCK_IOMMU_PERM_READ, .addr = BED_IOVA + PAGE },
		{ .perm = MOCK_IOMMU_PERM_WRITE,
		  .addr = BED_IOVA + 2 * PAGE,
		  .flags = MOCK_IOMMU_REQUEST_LAST },
	};
	__u32 i;

	ASSERT_EQ(2, mock_send(bed->mock, bed->ep, requests, 2));
	ASSERT_TRUE(AWAIT(all_handled(bed)));
	EXPECT_EQ(0, ring_ready(&bed->ring));
	ASSERT_EQ(1, mock_send(bed->mock, bed->ep, &requests[2], 1));
	ASSERT_EQ(0, ring_wait(&bed->ring, 3));
	for (i = 0; i < 3; i++) {
		const struct faultq_page_request *record =
			ring_at(&bed->ring, i);

		EXPECT_EQ(requests[i].addr, record->addr);
		EXPECT_EQ(requests[i].perm, record->perm);
		EXPECT_EQ(i == 2 ? FAULTQ_PAGE_REQUEST_LAST_PAGE : 0,
			  record->flags);
		EXPECT_EQ(i == 2, record->tag != 0);
	}
}

/* Groups of 1 to 3 pages through a ring of 4 records, many times round */
TEST_F(ring, wraps_around)
{
	struct ring *ring = &self->bed.ring;
	const struct faultq_page_request *last;
	__u64 addr = BED_IOVA;
	__u32 i, j, pages;

	for (i = 0; i < 50; i++, addr += pages * PAGE) {
		pages = 1 + i % 3;
		ASSERT_LE(0, bed_send(&self->bed, NO_PASID, addr, pages));
		ASSERT_EQ(0, ring_wait(ring, pages));
		for (j = 0; j < pages; j++)
			EXPECT_EQ(addr + j * PAGE, ring_at(ring, j)->addr);
		last = ring_at(ring, pages - 1);
		EXPECT_TRUE(last->flags & FAULTQ_PAGE_REQUEST_LAST_PAGE);
		EXPECT_EQ(1, ring_answer(ring, last->tag,
					 FAULTQ_RESPONSE_SUCCESS));
		ring_release(ring, pages);
	}
	EXPECT_EQ(50,
		  bed_answered(&self->bed, 50, MOCK_IOMMU_RESPONSE_SUCCESS));
	EXPECT_EQ(50, LOOK(ring->header->published));
}

TEST_F(ring, full_ring_drains_in_order)
{
	struct bed *bed = &self->bed;
	const struct faultq_ring_header *header = bed->ring.header;
	__u32 i;

	ASSERT_EQ(0, bed_faults(bed, 6));
	ASSERT_TRUE(AWAIT(LOOK(header->arrived) == 6));
	EXPECT_EQ(NR_RECORDS, LOOK(header->published));
	EXPECT_EQ(FAULTQ_RING_NEED_DOORBELL, LOOK(header->flags));

	for (i = 0; i < 6; i++) {
		ASSERT_LT(0, ring_ready(&bed->ring));
		EXPECT_EQ(BED_IOVA + i * PAGE, addr_of(bed, 0));
		ring_release(&bed->ring, 1);
		EXPECT_EQ(0, fq_doorbell(bed->fd, 0));
	}
	EXPECT_EQ(0, ring_ready(&bed->ring));
	EXPECT_EQ(0, LOOK(header->flags));
	EXPECT_EQ(6, LOOK(header->published));
	EXPECT_EQ(0, LOOK(header->refused));
	EXPECT_EQ(6, ring_pending(&bed->ring));
}

/* Room alone does not publish what waits, and a doorbell without room neither */
TEST_F(ring, needs_both_room_and_doorbell)
{
	struct bed *bed = &self->bed;
	const struct faultq_ring_header *header = bed->ring.header;

	ASSERT_EQ(0, bed_faults(bed, 5));
	ASSERT_TRUE(AWAIT(LOOK(header->arrived) == 5));
	EXPECT_EQ(0, fq_doorbell(bed->fd, 0));
	EXPECT_EQ(NR_RECORDS, LOOK(header->published));
	EXPECT_EQ(FAULTQ_RING_NEED_DOORBELL, LOOK(header->flags));
	ASSERT_LT(0, ring_ready(&bed->ring));
	ring_release(&bed->ring, 1);
	EXPECT_EQ(NR_RECORDS, LOOK(header->published));
	EXPECT_EQ(0, fq_doorbell(bed->fd, 0));
	EXPECT_EQ(5, LOOK(header->published));
	EXPECT_EQ(0, LOOK(header->flags));
}

/* What waits is not overtaken by a smaller group that would fit. */
TEST_F(ring, small_group_does_not_overtake)
{
	struct bed *bed = &self->bed;
	const struct faultq_ring_header *header = bed->ring.header;

	ASSERT_LE(0, bed_send(bed, NO_PASID, BED_IOVA, 3));
	ASSERT_LE(0, bed_send(bed, NO_PASID, BED_IOVA + 3 * PAGE, 2));
	ASSERT_LE(0, bed_send(bed, NO_PASID, BED_IOVA + 5 * PAGE, 1));
	ASSERT_TRUE(AWAIT(LOOK(header->arrived) == 3));
	EXPECT_EQ(1, LOOK(header->published));

	EXPECT_EQ(3, ring_ready(&bed->ring));
	ring_release(&bed->ring, 3);
	EXPECT_EQ(0, fq_doorbell(bed->fd, 0));
	EXPECT_EQ(3, ring_ready(&bed->ring));
	EXPECT_EQ(BED_IOVA + 3 * PAGE, addr_of(bed, 0));
	EXPECT_EQ(BED_IOVA + 5 * PAGE, addr_of(bed, 2));
}

TEST_F(ring, full_backlog_refuses)
{
	struct bed *bed = &self->bed;
	const struct faultq_ring_header *header = bed->ring.header;
	__u32 i, tag;

	ASSERT_EQ(0, bed_faults(bed, NR_GROUPS + 3));
	EXPECT_EQ(3, bed_answered(bed, 3, MOCK_IOMMU_RESPONSE_INVALID));
	EXPECT_EQ(3, LOOK(header->refused));
	EXPECT_EQ(NR_GROUPS, ring_pending(&bed->ring));

	/* an answer makes room for one */
	tag = ring_take(&bed->ring);
	EXPECT_EQ(1, ring_answer(&bed->ring, tag, FAULTQ_RESPONSE_SUCCESS));
	ASSERT_EQ(0, bed_faults(bed, 2));
	EXPECT_EQ(1, bed_answered(bed, 2, MOCK_IOMMU_RESPONSE_INVALID));
	EXPECT_EQ(4, LOOK(header->refused));

	/* and no one of those accepted is lost */
	for (i = 0; i < NR_GROUPS; i++)
		EXPECT_EQ(1, ring_answer(&bed->ring, ring_take(&bed->ring),
					 FAULTQ_RESPONSE_SUCCESS));
	EXPECT_EQ(NR_GROUPS,
		  bed_answered(bed, NR_GROUPS, MOCK_IOMMU_RESPONSE_SUCCESS));
	EXPECT_EQ(0, ring_pending(&bed->ring));
}

TEST_F(ring, group_larger_than_the_ring_refused)
{
	struct bed *bed = &self->bed;

	ASSERT_LE(0, bed_send(bed, NO_PASID, BED_IOVA, NR_RECORDS + 1));
	EXPECT_EQ(1, bed_answered(bed, 1, MOCK_IOMMU_RESPONSE_INVALID));
	EXPECT_EQ(1, LOOK(bed->ring.header->refused));
	EXPECT_EQ(0, ring_ready(&bed->ring));

	/* the largest that fits */
	ASSERT_LE(0, bed_send(bed, NO_PASID, BED_IOVA, NR_RECORDS));
	EXPECT_EQ(0, ring_wait(&bed->ring, NR_RECORDS));
}

TEST_F(ring, arrived_is_the_sum_of_the_rest)
{
	struct bed *bed = &self->bed;
	const struct faultq_ring_header *header = bed->ring.header;
	__u32 tag;

	ASSERT_LE(0, bed_send(bed, NO_PASID, BED_IOVA, NR_RECORDS + 1));
	ASSERT_EQ(0, bed_faults(bed, 5));
	ASSERT_TRUE(AWAIT(LOOK(header->arrived) == 6));
	tag = ring_take(&bed->ring);
	EXPECT_EQ(1, ring_answer(&bed->ring, tag, FAULTQ_RESPONSE_SUCCESS));
	tag = ring_take(&bed->ring);
	EXPECT_EQ(1, ring_answer(&bed->ring, tag, FAULTQ_RESPONSE_INVALID));
	ASSERT_EQ(0, fq_detach(bed->ctx, bed->dev, NO_PASID));

	EXPECT_EQ(6, LOOK(header->arrived));
	EXPECT_EQ(1, LOOK(header->refused));
	EXPECT_EQ(2, LOOK(header->answered));
	EXPECT_EQ(3, LOOK(header->revoked));
	EXPECT_EQ(0, LOOK(header->timed_out));
	EXPECT_EQ(0, ring_pending(&bed->ring));
}

TEST_F(ring, timestamps_are_monotonic)
{
	struct bed *bed = &self->bed;
	__u64 before = now_ns();
	__u32 i;

	ASSERT_LE(0, bed_send(bed, NO_PASID, BED_IOVA, 2));
	ASSERT_EQ(0, bed_faults(bed, 2));
	ASSERT_EQ(0, ring_wait(&bed->ring, 4));
	EXPECT_EQ(ring_at(&bed->ring, 0)->timestamp,
		  ring_at(&bed->ring, 1)->timestamp);
	for (i = 0; i < 4; i++) {
		EXPECT_LE(before, ring_at(&bed->ring, i)->timestamp);
		before = ring_at(&bed->ring, i)->timestamp;
	}
	EXPECT_LE(before, now_ns());
}

FIXTURE(sizes)
{
	struct bed bed;
};

FIXTURE_SETUP(sizes)
{
}

FIXTURE_TEARDOWN(sizes)
{
	bed_free(&self->bed);
}

TEST_F(sizes, ring_of_one_group)
{
	struct bed *bed = &self->bed;
	__u32 i, tag;

	ASSERT_EQ(0, bed_make(bed, &(struct faultq_queue_alloc){
					   .nr_records = 1,
					   .nr_groups = 1,
				   }));
	for (i = 0; i < 10; i++) {
		ASSERT_EQ(0, bed_faults(bed, 2));
		EXPECT_EQ(1, bed_answered(bed, 1, MOCK_IOMMU_RESPONSE_INVALID));
		tag = ring_take(&bed->ring);
		EXPECT_EQ(1, ring_answer(&bed->ring, tag,
					 FAULTQ_RESPONSE_SUCCESS));
		EXPECT_EQ(1, bed_answered(bed, 1, MOCK_IOMMU_RESPONSE_SUCCESS));
	}
	EXPECT_EQ(10, LOOK(bed->ring.header->refused));
	EXPECT_EQ(10, LOOK(bed->ring.header->answered));
}

TEST_F(sizes, ring_of_one_record_with_a_backlog)
{
	struct bed *bed = &self->bed;
	__u32 i;

	ASSERT_EQ(0, bed_make(bed, &(struct faultq_queue_alloc){
					   .nr_records = 1,
					   .nr_groups = 8,
				   }));
	ASSERT_EQ(0, bed_faults(bed, 8));
	ASSERT_TRUE(AWAIT(LOOK(bed->ring.header->arrived) == 8));
	for (i = 0; i < 8; i++) {
		ASSERT_EQ(0, ring_wait(&bed->ring, 1));
		EXPECT_EQ(BED_IOVA + i * PAGE, addr_of(bed, 0));
		EXPECT_EQ(1, ring_answer(&bed->ring, ring_take(&bed->ring),
					 FAULTQ_RESPONSE_SUCCESS));
	}
	EXPECT_EQ(8, bed_answered(bed, 8, MOCK_IOMMU_RESPONSE_SUCCESS));
}

TEST_F(sizes, largest_group)
{
	const __u32 pages = MOCK_IOMMU_MAX_GROUP_PAGES;
	struct bed *bed = &self->bed;
	__u32 i, tags = 0;

	ASSERT_EQ(0, bed_make(bed, &(struct faultq_queue_alloc){
					   .nr_records = pages,
					   .nr_groups = 1,
				   }));
	ASSERT_LE(0, bed_send(bed, NO_PASID, BED_IOVA, pages));
	ASSERT_EQ(0, ring_wait(&bed->ring, pages));
	for (i = 0; i < pages; i++) {
		EXPECT_EQ(BED_IOVA + i * PAGE, addr_of(bed, i));
		tags += ring_at(&bed->ring, i)->tag != 0;
	}
	EXPECT_EQ(1, tags);
}

TEST_F(sizes, device_to_ring)
{
	struct bed *bed = &self->bed;
	struct mock_iommu_endpoint_add add = {
		.flags = MOCK_IOMMU_ENDPOINT_ATS | MOCK_IOMMU_ENDPOINT_PRI,
	};
	struct bed second;
	struct ring ring;

	ASSERT_EQ(0, bed_make(bed, &(struct faultq_queue_alloc){
					   .nr_rings = 3,
					   .nr_records = 2,
				   }));
	EXPECT_EQ(bed->dev % 3, bed->ring.header->ring);
	second = *bed;
	second.dev = bind_new(bed->mock, bed->ctx, &add);
	second.ep = add.out_endpoint_id;
	ASSERT_NE(0, (second.dev - bed->dev) % 3);
	ASSERT_EQ(0, fq_attach(bed->ctx, second.dev, bed->hwpt, NO_PASID, 7));
	ASSERT_EQ(0, ring_map(&ring, bed->fd, second.dev % 3));

	/* the one is full, which is nothing to the other */
	ASSERT_EQ(0, bed_faults(bed, 4));
	ASSERT_TRUE(AWAIT(LOOK(bed->ring.header->arrived) == 4));
	ASSERT_EQ(0, bed_faults(&second, 1));
	ASSERT_EQ(0, ring_wait(&ring, 1));
	EXPECT_EQ(second.dev, ring_at(&ring, 0)->dev_id);
	EXPECT_EQ(7, ring_at(&ring, 0)->cookie);
	EXPECT_EQ(1, LOOK(ring.header->arrived));
	EXPECT_EQ(0, LOOK(ring.header->flags));
	ring_unmap(&ring);
	EXPECT_EQ(0, mock_endpoint_remove(bed->mock, second.ep));
}

TEST_HARNESS_MAIN
