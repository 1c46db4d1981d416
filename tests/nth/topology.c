// SPDX-License-Identifier: GPL-2.0-only
/*
 * Instances and endpoints of the mock come, tell about themselves, and go.
 */
#include "bed.h"
#include "file.h"
#include "kselftest_harness.h"
#include "sweep.h"
#include "variant.h"

FIXTURE(topology)
{
	struct sweep sweep;
	int mock;
};

FIXTURE_VARIANT(topology)
{
	__u32 kind;
	__u32 flags; /* of an endpoint */
};

FIXTURE_VARIANT_ADD(topology, vtd)
VALUES(.kind = MOCK_IOMMU_KIND_VTD, .flags = BED_PRI);

FIXTURE_VARIANT_ADD(topology, smmuv3)
VALUES(.kind = MOCK_IOMMU_KIND_SMMUV3, .flags = BED_STALL);

FIXTURE_SETUP(topology)
{
	self->mock = mock_open();
	ASSERT_LE(0, self->mock);
}

FIXTURE_TEARDOWN(topology)
{
	close_once(&self->mock);
	EXPECT_EQ(0, self->sweep.errors);
}

static int iommu_info(int mock, __u32 id)
{
	struct mock_iommu_iommu_info arg = {
		.size = sizeof(arg),
		.iommu_id = id,
	};

	return call(mock, MOCK_IOMMU_IOMMU_INFO, &arg);
}

static int iommu_stats(int mock, __u32 id)
{
	struct mock_iommu_iommu_stats arg = {
		.size = sizeof(arg),
		.iommu_id = id,
	};

	return call(mock, MOCK_IOMMU_IOMMU_STATS, &arg);
}

TEST_F(topology, iommu)
{
	struct sweep *sweep = &self->sweep;
	int id, mock = self->mock;

	SWEEP(sweep)
	{
		id = STEP(sweep, mock_iommu_add_kind(mock, variant->kind));
		STEP(sweep, iommu_info(mock, id));
		STEP(sweep, iommu_stats(mock, id));
		STEP(sweep, mock_iommu_mask(mock, id, 1));
		STEP(sweep, mock_iommu_mask(mock, id, 0));
		STEP(sweep, mock_iommu_remove(mock, id));
	}
}

static int endpoint_info(int mock, __u32 id)
{
	struct mock_iommu_endpoint_info arg = {
		.size = sizeof(arg),
		.endpoint_id = id,
	};

	return call(mock, MOCK_IOMMU_ENDPOINT_INFO, &arg);
}

/*
 * When a device's software node gets no link in sysfs and the device is then not
 * added, the driver core drops a reference that it did not take.
 */
TEST_F(topology, endpoint)
{
	struct sweep *sweep = &self->sweep;
	struct mock_iommu_endpoint_stats stats;
	struct mock_iommu_endpoint_add add = {
		.flags = variant->flags,
		.pasid_bits = MOCK_IOMMU_MAX_PASID_BITS,
	};
	int id, mock = self->mock;

	add.iommu_id = mock_iommu_add_kind(mock, variant->kind);
	SWEEP_SINGLY(sweep)
	{
		id = STEP_HOW(sweep, ENOMEM, STEP_NEW_RESULT,
			      mock_endpoint_add(mock, &add));
		STEP(sweep, endpoint_info(mock, id));
		STEP(sweep, mock_endpoint_stats(mock, id, &stats));
		STEP(sweep, mock_endpoint_reset(mock, id));
		STEP(sweep, mock_endpoint_remove(mock, id));
	}
	EXPECT_EQ(0, mock_iommu_remove(mock, add.iommu_id));
}

/* The instance takes its endpoints along. */
TEST(iommu_with_endpoint)
{
	struct sweep *sweep = calloc(1, sizeof(*sweep));
	struct mock_iommu_endpoint_add add = { .flags = BED_PRI };
	int id, mock = mock_open();

	ASSERT_TRUE(sweep && mock >= 0);
	SWEEP_SINGLY(sweep)
	{
		id = STEP(sweep,
			  mock_iommu_add_kind(mock, MOCK_IOMMU_KIND_SMMUV3));
		add.iommu_id = id;
		STEP_HOW(sweep, ENOMEM, STEP_NEW_RESULT,
			 mock_endpoint_add(mock, &add));
		STEP(sweep, mock_iommu_remove(mock, id));
	}
	EXPECT_EQ(0, sweep->errors);
	close(mock);
}

TEST(control)
{
	struct sweep *sweep = calloc(1, sizeof(*sweep));
	int fd;

	ASSERT_TRUE(sweep);
	SWEEP(sweep)
	{
		fd = STEP(sweep, mock_open());
		STEP(sweep, close_or_errno(fd));
	}
	EXPECT_EQ(0, sweep->errors);
}

TEST_HARNESS_MAIN
