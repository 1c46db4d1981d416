// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which addresses of an HWPT can be mapped: its range, less what attached
 * devices reserve. Mappings and reserved regions exclude each other, whichever
 * comes first.
 */
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "bed.h"
#include "kselftest_harness.h"
#include "nested.h"
#include "variant.h"

#define PASID 0x55
#define TOP ((1ULL << 48) - 1) /* of the mock's page tables */

/* A region of an endpoint of its own */
#define RESV 0x20000000ULL
#define RESV_LENGTH (4 * PAGE)

#define MAX_RANGES 8

FIXTURE(iova)
{
	struct bed bed;
	char *mem;
	int hwpt; /* of no QUEUE, not attached */
	__u64 msi; /* where message signalled interrupts are */
};

FIXTURE_VARIANT(iova)
{
	__u32 kind; /* of the IOMMU */
	__u64 msi;
};

FIXTURE_VARIANT_ADD(iova, vtd)
VALUES(.kind = MOCK_IOMMU_KIND_VTD, .msi = MOCK_IOMMU_VTD_MSI_START);

FIXTURE_VARIANT_ADD(iova, smmuv3)
VALUES(.kind = MOCK_IOMMU_KIND_SMMUV3, .msi = MOCK_IOMMU_SMMUV3_MSI_START);

FIXTURE_SETUP(iova)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, bed_make_kind(bed, variant->kind, BED_PRI,
				   &(struct faultq_queue_alloc){}));
	self->hwpt = fq_hwpt_plain(bed->ctx, bed->dev);
	ASSERT_LT(0, self->hwpt);
	self->mem = pages_alloc(16);
	ASSERT_NE(NULL, self->mem);
	self->msi = variant->msi;
}

FIXTURE_TEARDOWN(iova)
{
	bed_free(&self->bed);
}

static int get_ranges(const struct bed *bed, __u32 hwpt,
		      struct faultq_iova_range *ranges, __u32 *nr)
{
	struct faultq_hwpt_iova_ranges arg = {
		.size = sizeof(arg),
		.hwpt_id = hwpt,
		.num_iovas = *nr,
		.allowed_iovas = (uintptr_t)ranges,
	};
	int ret = call(bed->ctx, FAULTQ_HWPT_IOVA_RANGES, &arg);

	*nr = arg.num_iovas;
	if (!ret && arg.out_iova_alignment != PAGE)
		return -EDOM;
	return ret;
}

/*
 * Are the ranges those that @holes regions, in ascending order, leave? Each of
 * these is a start and a length.
 */
static bool ranges_leave(const struct bed *bed, __u32 hwpt,
			 const __u64 (*holes)[2], unsigned int nr_holes)
{
	struct faultq_iova_range ranges[MAX_RANGES];
	__u32 nr = MAX_RANGES, i;
	__u64 start = 0;

	if (get_ranges(bed, hwpt, ranges, &nr) || nr != nr_holes + 1)
		return false;
	for (i = 0; i < nr_holes; i++) {
		if (ranges[i].start != start ||
		    ranges[i].last != holes[i][0] - 1)
			return false;
		start = holes[i][0] + holes[i][1];
	}
	return ranges[nr_holes].start == start && ranges[nr_holes].last == TOP;
}

static int map_at(const struct bed *bed, __u32 hwpt, const char *mem,
		  __u64 iova, __u64 length)
{
	return fq_map(bed->ctx, hwpt, MAP_RW, mem, length, iova);
}

/* An endpoint with a region of @type at RESV; returns the DEVICE's id. */
static int bind_with_region(const struct bed *bed, __u32 type,
			    struct mock_iommu_endpoint_add *add)
{
	*add = (struct mock_iommu_endpoint_add){
		.flags = BED_PRI,
		.iommu_id = bed->iommu,
		.pasid_bits = 8,
		.resv_type = type,
		.resv_start = RESV,
		.resv_length = RESV_LENGTH,
	};
	return bind_new(bed->mock, bed->ctx, add);
}

TEST_F(iova, attachment_narrows_and_detachment_widens)
{
	const __u64 holes[][2] = { { self->msi, MOCK_IOMMU_MSI_LENGTH } };
	struct bed *bed = &self->bed;

	EXPECT_TRUE(ranges_leave(bed, self->hwpt, holes, 0));
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, self->hwpt, NO_PASID, 0));
	EXPECT_TRUE(ranges_leave(bed, self->hwpt, holes, 1));
	EXPECT_TRUE(ranges_leave(bed, bed->hwpt, holes, 0));
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, self->hwpt, NO_PASID, 1));
	EXPECT_TRUE(ranges_leave(bed, self->hwpt, holes, 1));
	ASSERT_EQ(0, fq_detach(bed->ctx, bed->dev, NO_PASID));
	EXPECT_TRUE(ranges_leave(bed, self->hwpt, holes, 0));
}

TEST_F(iova, pasids_reserve_nothing)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, self->hwpt, PASID, 0));
	EXPECT_TRUE(ranges_leave(bed, self->hwpt, NULL, 0));
	EXPECT_EQ(0, map_at(bed, self->hwpt, self->mem, self->msi, PAGE));
}

TEST_F(iova, reserved_region_is_not_mapped)
{
	const __u64 last = self->msi + MOCK_IOMMU_MSI_LENGTH;
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, self->hwpt, NO_PASID, 0));
	EXPECT_EQ(-EINVAL, map_at(bed, self->hwpt, self->mem, self->msi, PAGE));
	EXPECT_EQ(-EINVAL,
		  map_at(bed, self->hwpt, self->mem, last - PAGE, PAGE));
	EXPECT_EQ(-EINVAL, map_at(bed, self->hwpt, self->mem, self->msi - PAGE,
				  2 * PAGE));
	EXPECT_EQ(-EINVAL,
		  map_at(bed, self->hwpt, self->mem, last - PAGE, 2 * PAGE));
	EXPECT_EQ(0,
		  map_at(bed, self->hwpt, self->mem, self->msi - PAGE, PAGE));
	EXPECT_EQ(0, map_at(bed, self->hwpt, self->mem, last, PAGE));

	ASSERT_EQ(0, fq_detach(bed->ctx, bed->dev, NO_PASID));
	EXPECT_EQ(0, map_at(bed, self->hwpt, self->mem, self->msi, PAGE));
}

TEST_F(iova, mapping_keeps_a_device_away)
{
	struct bed *bed = &self->bed;
	__u64 length = PAGE;

	ASSERT_EQ(0, map_at(bed, self->hwpt, self->mem, self->msi, PAGE));
	EXPECT_EQ(-EADDRINUSE,
		  fq_attach(bed->ctx, bed->dev, self->hwpt, NO_PASID, 0));

	/* what was attached is, and nothing is reserved for the other */
	ASSERT_LE(0, bed_send(bed, NO_PASID, BED_IOVA, 1));
	ASSERT_EQ(0, ring_wait(&bed->ring, 1));
	EXPECT_EQ(BED_COOKIE, ring_at(&bed->ring, 0)->cookie);
	EXPECT_TRUE(ranges_leave(bed, self->hwpt, NULL, 0));
	EXPECT_EQ(0,
		  map_at(bed, self->hwpt, self->mem, self->msi + PAGE, PAGE));

	length = MOCK_IOMMU_MSI_LENGTH;
	ASSERT_EQ(0, fq_unmap(bed->ctx, self->hwpt, self->msi, &length));
	EXPECT_EQ(0, fq_attach(bed->ctx, bed->dev, self->hwpt, NO_PASID, 0));
}

/* A failure of the IOMMU driver gives up what was reserved for it. */
TEST_F(iova, failed_attachment_reserves_nothing)
{
	const __u64 holes[][2] = { { self->msi, MOCK_IOMMU_MSI_LENGTH } };
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, mock_misbehave(bed->mock, bed->ep,
				    MOCK_IOMMU_ATTACH_REFUSED, 1, 1));
	EXPECT_EQ(-ENOSPC,
		  fq_attach(bed->ctx, bed->dev, self->hwpt, NO_PASID, 0));
	EXPECT_TRUE(ranges_leave(bed, self->hwpt, NULL, 0));
	EXPECT_TRUE(ranges_leave(bed, bed->hwpt, holes, 1));
}

/* Regions of several devices add up, and go one by one. */
TEST_F(iova, devices_add_up)
{
	const __u64 msi[2] = { self->msi, MOCK_IOMMU_MSI_LENGTH };
	const bool msi_first = self->msi < RESV;
	struct mock_iommu_endpoint_add add;
	__u64 holes[2][2] = { { RESV, RESV_LENGTH }, { RESV, RESV_LENGTH } };
	struct bed *bed = &self->bed;
	int dev = bind_with_region(bed, MOCK_IOMMU_RESV_RESERVED, &add);

	ASSERT_LT(0, dev);
	memcpy(holes[msi_first ? 0 : 1], msi, sizeof(msi));
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, self->hwpt, NO_PASID, 0));
	ASSERT_EQ(0, fq_attach(bed->ctx, dev, self->hwpt, NO_PASID, 0));
	EXPECT_TRUE(ranges_leave(bed, self->hwpt, holes, 2));
	EXPECT_EQ(-EINVAL, map_at(bed, self->hwpt, self->mem, RESV, PAGE));

	/* the other device still reserves what both did */
	ASSERT_EQ(0, fq_detach(bed->ctx, bed->dev, NO_PASID));
	EXPECT_TRUE(ranges_leave(bed, self->hwpt, holes, 2));

	/* one that is unplugged reserves nothing any more */
	EXPECT_EQ(0, mock_endpoint_remove(bed->mock, add.out_endpoint_id));
	EXPECT_TRUE(ranges_leave(bed, self->hwpt, NULL, 0));
	EXPECT_EQ(0, map_at(bed, self->hwpt, self->mem, RESV, PAGE));
}

/* What firmware needs until a driver takes over is as good as other memory. */
TEST_F(iova, relaxable_region_is_mapped)
{
	const __u64 holes[][2] = { { self->msi, MOCK_IOMMU_MSI_LENGTH } };
	struct mock_iommu_endpoint_add add;
	struct bed *bed = &self->bed;
	int dev = bind_with_region(bed, MOCK_IOMMU_RESV_DIRECT_RELAXABLE, &add);

	ASSERT_LT(0, dev);
	ASSERT_EQ(0, fq_attach(bed->ctx, dev, self->hwpt, NO_PASID, 0));
	EXPECT_TRUE(ranges_leave(bed, self->hwpt, holes, 1));
	EXPECT_EQ(0, map_at(bed, self->hwpt, self->mem, RESV, RESV_LENGTH));
	EXPECT_EQ(0, mock_endpoint_remove(bed->mock, add.out_endpoint_id));
}

/* What firmware needs for good keeps a device from being bound at all. */
TEST_F(iova, direct_region_is_not_bound)
{
	struct mock_iommu_endpoint_add add;
	struct bed *bed = &self->bed;

	EXPECT_EQ(-EINVAL, bind_with_region(bed, MOCK_IOMMU_RESV_DIRECT, &add));
	EXPECT_EQ(0, mock_endpoint_remove(bed->mock, add.out_endpoint_id));
}

TEST_F(iova, room_for_ranges)
{
	struct faultq_iova_range ranges[3], untouched = { 1, 2 };
	struct bed *bed = &self->bed;
	char *page = pages_alloc(1);
	__u32 nr;

	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, self->hwpt, NO_PASID, 0));
	nr = 0;
	EXPECT_EQ(-EMSGSIZE, get_ranges(bed, self->hwpt, NULL, &nr));
	EXPECT_EQ(2, nr);
	ranges[1] = untouched;
	nr = 1;
	EXPECT_EQ(-EMSGSIZE, get_ranges(bed, self->hwpt, ranges, &nr));
	EXPECT_EQ(2, nr);
	EXPECT_EQ(self->msi - 1, ranges[0].last);
	EXPECT_EQ(0, memcmp(&ranges[1], &untouched, sizeof(untouched)));
	ranges[2] = untouched;
	nr = UINT32_MAX;
	EXPECT_EQ(0, get_ranges(bed, self->hwpt, ranges, &nr));
	EXPECT_EQ(2, nr);
	EXPECT_EQ(0, memcmp(&ranges[2], &untouched, sizeof(untouched)));

	ASSERT_EQ(0, mprotect(page, PAGE, PROT_READ));
	nr = 2;
	EXPECT_EQ(-EFAULT, get_ranges(bed, self->hwpt, (void *)page, &nr));
}

struct mapper {
	const struct bed *bed;
	__u32 hwpt;
	const char *mem;
	__u64 iova;
	int stop;
	int strange;
	pthread_t thread;
};

/* Maps there all the time, and takes away what could be mapped. */
static void *map_often(void *arg)
{
	struct mapper *mapper = arg;
	__u64 length;
	int ret;

	while (!LOOK(mapper->stop)) {
		ret = map_at(mapper->bed, mapper->hwpt, mapper->mem,
			     mapper->iova, PAGE);
		mapper->strange += ret && ret != -EINVAL;
		if (ret)
			continue;
		length = PAGE;
		ret = fq_unmap(mapper->bed->ctx, mapper->hwpt, mapper->iova,
			       &length);
		mapper->strange += !!ret;
	}
	return NULL;
}

/* While the HWPT is attached, nothing is mapped in the region. */
TEST_F(iova, attachment_races_with_mappings)
{
	struct bed *bed = &self->bed;
	struct mapper mapper = {
		.bed = bed,
		.hwpt = self->hwpt,
		.mem = self->mem,
		.iova = self->msi,
	};
	int i, ret, attached = 0;
	__u64 length;

	ASSERT_EQ(0, pthread_create(&mapper.thread, NULL, map_often, &mapper));
	for (i = 0; i < 300; i++) {
		ret = fq_attach(bed->ctx, bed->dev, self->hwpt, NO_PASID, 0);
		if (ret) {
			EXPECT_EQ(-EADDRINUSE, ret);
			continue;
		}
		attached++;
		length = MOCK_IOMMU_MSI_LENGTH;
		EXPECT_EQ(-ENOENT,
			  fq_unmap(bed->ctx, self->hwpt, self->msi, &length));
		EXPECT_EQ(0, fq_detach(bed->ctx, bed->dev, NO_PASID));
	}
	__atomic_store_n(&mapper.stop, 1, __ATOMIC_RELEASE);
	pthread_join(mapper.thread, NULL);
	EXPECT_EQ(0, mapper.strange);
	EXPECT_LT(0, attached);
}

/* A nested HWPT on the RID reserves in its parent; ranges are of the parent. */
TEST(nested_hwpt_reserves_in_its_parent)
{
	const __u64 holes[][2] = {
		{ MOCK_IOMMU_VTD_MSI_START, MOCK_IOMMU_MSI_LENGTH },
	};
	struct guest guest;
	struct bed *bed = &guest.bed;
	struct faultq_iova_range range;
	__u32 nr = 1;

	ASSERT_EQ(0, guest_make(&guest));
	EXPECT_EQ(-EINVAL, get_ranges(bed, guest.nested, &range, &nr));
	EXPECT_TRUE(ranges_leave(bed, guest.parent, NULL, 0));
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, guest.nested, NO_PASID, 0));
	EXPECT_TRUE(ranges_leave(bed, guest.parent, holes, 1));
	EXPECT_EQ(-EINVAL, map_at(bed, guest.parent, (char *)pages_alloc(1),
				  MOCK_IOMMU_VTD_MSI_START, PAGE));
	ASSERT_EQ(0, fq_detach(bed->ctx, bed->dev, NO_PASID));
	EXPECT_TRUE(ranges_leave(bed, guest.parent, NULL, 0));
	guest_free(&guest);
}

/* What the mock takes for a region */
TEST(bad_regions_refused)
{
	static const struct {
		int error;
		__u32 type;
		__u64 start;
		__u64 length;
	} bad[] = {
		{ EOPNOTSUPP, 4, RESV, PAGE },
		{ EINVAL, MOCK_IOMMU_RESV_NONE, RESV, 0 },
		{ EINVAL, MOCK_IOMMU_RESV_NONE, 0, PAGE },
		{ EINVAL, MOCK_IOMMU_RESV_RESERVED, RESV, 0 },
		{ EINVAL, MOCK_IOMMU_RESV_RESERVED, RESV + 1, PAGE },
		{ EINVAL, MOCK_IOMMU_RESV_RESERVED, RESV, PAGE + 1 },
		{ EINVAL, MOCK_IOMMU_RESV_RESERVED, -PAGE, 2 * PAGE },
	};
	int mock = mock_open();
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		struct mock_iommu_endpoint_add add = {
			.resv_type = bad[i].type,
			.resv_start = bad[i].start,
			.resv_length = bad[i].length,
		};

		EXPECT_EQ(-bad[i].error, mock_endpoint_add(mock, &add));
	}
	close(mock);
}

TEST_HARNESS_MAIN
