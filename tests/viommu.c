// SPDX-License-Identifier: GPL-2.0-only
/*
 * VIOMMUs, and the virtual ids of devices on them.
 */
#include <stdint.h>

#include "kselftest_harness.h"
#include "nested.h"

#define VIRT_ID 0x10

FIXTURE(viommu)
{
	struct guest guest;
	struct mock_iommu_endpoint_add second;
	int dev; /* a second device behind the same IOMMU */
};

FIXTURE_SETUP(viommu)
{
	struct guest *guest = &self->guest;

	ASSERT_EQ(0, guest_make(guest));
	self->second = (struct mock_iommu_endpoint_add){
		.flags = MOCK_IOMMU_ENDPOINT_ATS,
		.pasid_bits = 4,
	};
	self->dev = bind_new(guest->bed.mock, guest->bed.ctx, &self->second);
	ASSERT_LT(0, self->dev);
}

FIXTURE_TEARDOWN(viommu)
{
	mock_endpoint_remove(self->guest.bed.mock,
			     self->second.out_endpoint_id);
	guest_free(&self->guest);
}

static int alloc_type(const struct guest *guest, __u32 type)
{
	return fq_viommu_typed(guest->bed.ctx, guest->bed.dev, guest->parent,
			       type);
}

TEST_F(viommu, unknown_types)
{
	EXPECT_EQ(-EOPNOTSUPP, alloc_type(&self->guest, 4711));
	EXPECT_EQ(-EOPNOTSUPP, alloc_type(&self->guest, UINT32_MAX));
	EXPECT_LT(0, alloc_type(&self->guest, FAULTQ_VIOMMU_TYPE_DEFAULT));
}

TEST_F(viommu, what_is_no_parent)
{
	const struct guest *guest = &self->guest;
	const struct bed *bed = &guest->bed;
	const __u32 unknown[] = { 0, 4711, bed->dev, bed->queue,
				  guest->viommu };
	unsigned int i;

	EXPECT_EQ(-EINVAL, fq_viommu(bed->ctx, bed->dev, bed->hwpt));
	EXPECT_EQ(-EINVAL, fq_viommu(bed->ctx, bed->dev, guest->nested));
	for (i = 0; i < ARRAY_SIZE(unknown); i++)
		EXPECT_EQ(-ENOENT, fq_viommu(bed->ctx, bed->dev, unknown[i]));
}

TEST_F(viommu, several_on_one_parent)
{
	const struct guest *guest = &self->guest;
	int ctx = guest->bed.ctx;
	int other = fq_viommu(ctx, guest->bed.dev, guest->parent);

	ASSERT_LT(0, other);
	EXPECT_EQ(0, fq_destroy(ctx, guest->viommu));
	EXPECT_LT(0, fq_nested(ctx, guest->bed.dev, other, 0));
}

TEST_F(viommu, stays_as_long_as_it_is_used)
{
	const struct guest *guest = &self->guest;
	int ctx = guest->bed.ctx;
	int nested = fq_nested(ctx, guest->bed.dev, guest->viommu, 0);
	int vdevice = fq_vdevice(ctx, guest->viommu, guest->bed.dev, VIRT_ID);

	ASSERT_LT(0, nested);
	ASSERT_LT(0, vdevice);
	EXPECT_EQ(-EBUSY, fq_destroy(ctx, guest->viommu));
	EXPECT_EQ(0, fq_destroy(ctx, nested));
	EXPECT_EQ(-EBUSY, fq_destroy(ctx, guest->viommu));
	EXPECT_EQ(0, fq_destroy(ctx, vdevice));
	EXPECT_EQ(0, fq_destroy(ctx, guest->viommu));
}

TEST_F(viommu, nested_hwpt_works_as_on_a_parent)
{
	struct guest *guest = &self->guest;
	struct bed *bed = &guest->bed;
	int nested = fq_nested(bed->ctx, bed->dev, guest->viommu, bed->queue);

	ASSERT_LT(0, nested);
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, nested, NO_PASID, 88));
	ASSERT_EQ(0, bed_faults(bed, 1));
	ASSERT_EQ(0, ring_wait(&bed->ring, 1));
	EXPECT_EQ(88, ring_at(&bed->ring, 0)->cookie);
	/* and on any device behind the same IOMMU */
	EXPECT_EQ(0, fq_attach(bed->ctx, self->dev,
			       fq_nested(bed->ctx, self->dev, guest->viommu, 0),
			       NO_PASID, 0));
}

TEST_F(viommu, duplicate_virtual_ids)
{
	const struct guest *guest = &self->guest;
	int ctx = guest->bed.ctx, dev = guest->bed.dev;
	int other = fq_viommu(ctx, dev, guest->parent);
	int vdevice = fq_vdevice(ctx, guest->viommu, dev, VIRT_ID);

	ASSERT_LT(0, other);
	ASSERT_LT(0, vdevice);
	/* one device per id, one id per device, wherever */
	EXPECT_EQ(-EEXIST, fq_vdevice(ctx, guest->viommu, self->dev, VIRT_ID));
	EXPECT_EQ(-EEXIST, fq_vdevice(ctx, guest->viommu, dev, VIRT_ID + 1));
	EXPECT_EQ(-EEXIST, fq_vdevice(ctx, guest->viommu, dev, VIRT_ID));
	EXPECT_EQ(-EEXIST, fq_vdevice(ctx, other, dev, VIRT_ID));

	EXPECT_LT(0, fq_vdevice(ctx, other, self->dev, VIRT_ID));
	EXPECT_EQ(0, fq_destroy(ctx, vdevice));
	EXPECT_LT(0, fq_vdevice(ctx, other, dev, VIRT_ID + 1));
}

TEST_F(viommu, refused_id_leaves_nothing)
{
	const struct guest *guest = &self->guest;
	int ctx = guest->bed.ctx, dev = guest->bed.dev;

	ASSERT_LT(0, fq_vdevice(ctx, guest->viommu, dev, VIRT_ID));
	EXPECT_EQ(-EEXIST, fq_vdevice(ctx, guest->viommu, self->dev, VIRT_ID));
	EXPECT_EQ(0, fq_destroy(ctx, self->dev));
	EXPECT_EQ(-EEXIST, fq_vdevice(ctx, guest->viommu, dev, VIRT_ID + 1));
	EXPECT_EQ(-EBUSY, fq_destroy(ctx, dev));
}

TEST_F(viommu, ids_that_cannot_be)
{
	const struct guest *guest = &self->guest;
	const __u64 ids[] = { 0x10000, 1ULL << 32, UINT64_MAX };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ids); i++)
		EXPECT_EQ(-EINVAL, fq_vdevice(guest->bed.ctx, guest->viommu,
					      guest->bed.dev, ids[i]));
	EXPECT_LT(0, fq_vdevice(guest->bed.ctx, guest->viommu, guest->bed.dev,
				0xffff));
	EXPECT_LT(0, fq_vdevice(guest->bed.ctx, guest->viommu, self->dev, 0));
}

TEST_F(viommu, device_of_another_iommu)
{
	const struct guest *guest = &self->guest;
	struct other_iommu other;

	ASSERT_EQ(0, other_iommu_make(&other, &guest->bed));
	EXPECT_EQ(-EINVAL, fq_viommu(guest->bed.ctx, other.dev, guest->parent));
	EXPECT_EQ(-EINVAL, fq_vdevice(guest->bed.ctx, guest->viommu, other.dev,
				      VIRT_ID));
	other_iommu_free(&other, &guest->bed);
}

TEST_F(viommu, vdevice_goes_while_its_device_is_in_use)
{
	struct guest *guest = &self->guest;
	struct bed *bed = &guest->bed;
	int vdevice = fq_vdevice(bed->ctx, guest->viommu, bed->dev, VIRT_ID);

	ASSERT_LT(0, vdevice);
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, guest->nested, NO_PASID, 0));
	ASSERT_EQ(0, bed_faults(bed, 2));
	EXPECT_EQ(0, fq_destroy(bed->ctx, vdevice));
	ASSERT_EQ(0, bed_faults(bed, 1));
	EXPECT_EQ(0, ring_wait(&bed->ring, 3));
	EXPECT_LT(0, fq_vdevice(bed->ctx, guest->viommu, bed->dev, VIRT_ID));
}

TEST_F(viommu, device_waits_for_its_vdevice)
{
	const struct guest *guest = &self->guest;
	int ctx = guest->bed.ctx;
	int vdevice = fq_vdevice(ctx, guest->viommu, guest->bed.dev, VIRT_ID);

	ASSERT_LT(0, vdevice);
	EXPECT_EQ(-EBUSY, fq_destroy(ctx, guest->bed.dev));
	EXPECT_EQ(0, fq_destroy(ctx, vdevice));
	EXPECT_EQ(0, fq_destroy(ctx, guest->bed.dev));
}

/* Another device may have its place, and gets a virtual id of its own. */
TEST_F(viommu, device_vanishes)
{
	struct guest *guest = &self->guest;
	int ctx = guest->bed.ctx, mock = guest->bed.mock;
	int vdevice = fq_vdevice(ctx, guest->viommu, self->dev, VIRT_ID);
	struct mock_iommu_endpoint_info info = {
		.size = sizeof(info),
		.endpoint_id = self->second.out_endpoint_id,
	};
	int dev;

	ASSERT_LT(0, vdevice);
	ASSERT_EQ(0, call(mock, MOCK_IOMMU_ENDPOINT_INFO, &info));
	ASSERT_EQ(0, mock_endpoint_remove(mock, info.endpoint_id));
	self->second.rid = info.out_rid;
	dev = bind_new(mock, ctx, &self->second);
	ASSERT_LT(0, dev);
	EXPECT_EQ(-EEXIST, fq_vdevice(ctx, guest->viommu, dev, VIRT_ID));
	EXPECT_LT(0, fq_vdevice(ctx, guest->viommu, dev, VIRT_ID + 1));

	EXPECT_EQ(-EBUSY, fq_destroy(ctx, self->dev));
	EXPECT_EQ(0, fq_destroy(ctx, vdevice));
	EXPECT_EQ(0, fq_destroy(ctx, self->dev));
}

TEST_F(viommu, iommu_vanishes)
{
	const struct guest *guest = &self->guest;
	int ctx = guest->bed.ctx;
	struct other_iommu other;
	int parent, viommu, nested, vdevice;

	ASSERT_EQ(0, other_iommu_make(&other, &guest->bed));
	parent = fq_parent(ctx, other.dev);
	ASSERT_LT(0, parent);
	viommu = fq_viommu(ctx, other.dev, parent);
	ASSERT_LT(0, viommu);
	nested = fq_nested(ctx, other.dev, viommu, 0);
	ASSERT_LT(0, nested);
	vdevice = fq_vdevice(ctx, viommu, other.dev, VIRT_ID);
	ASSERT_LT(0, vdevice);
	other_iommu_free(&other, &guest->bed);

	EXPECT_EQ(-ENODEV, fq_vdevice(ctx, viommu, other.dev, 1));
	EXPECT_EQ(0, fq_destroy(ctx, vdevice));
	EXPECT_EQ(0, fq_destroy(ctx, nested));
	EXPECT_EQ(0, fq_destroy(ctx, viommu));
	EXPECT_EQ(0, fq_destroy(ctx, parent));
}

TEST_F(viommu, ids_belong_to_their_context)
{
	const struct guest *guest = &self->guest;
	int other = fq_open();

	ASSERT_LE(0, other);
	EXPECT_EQ(-ENOENT,
		  fq_vdevice(other, guest->viommu, guest->bed.dev, VIRT_ID));
	EXPECT_EQ(-ENOENT, fq_nested(other, guest->bed.dev, guest->viommu, 0));
	EXPECT_EQ(-ENOENT, fq_destroy(other, guest->viommu));
	close(other);
}

TEST_HARNESS_MAIN
