// SPDX-License-Identifier: GPL-2.0-only
/*
 * What FAULTQ_DEVICE_INFO tells of an IOMMU: capabilities, and registers that a
 * virtual one must mirror.
 */
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "bed.h"
#include "kselftest_harness.h"

/* Bits 10, 26, 29, 40 and 43 (VT-d 11.4.2 and 11.4.3) */
#define CAP_SAGAW_48 0x400ULL
#define ECAP_NEST 0x4000000ULL
#define ECAP_PRS 0x20000000ULL
#define ECAP_PASID 0x10000000000ULL
#define ECAP_SMTS 0x80000000000ULL

#define GARBAGE 0x5a

FIXTURE(device_info)
{
	struct bed bed;
	struct faultq_device_info info;
};

FIXTURE_SETUP(device_info)
{
	ASSERT_EQ(0, bed_make(&self->bed, &(struct faultq_queue_alloc){}));
	self->info = (struct faultq_device_info){
		.size = sizeof(self->info),
		.dev_id = self->bed.dev,
	};
}

FIXTURE_TEARDOWN(device_info)
{
	bed_free(&self->bed);
}

static int ask(const struct bed *bed, struct faultq_device_info *info,
	       void *data, __u32 len)
{
	info->data_uptr = (uintptr_t)data;
	info->data_len = len;
	return call(bed->ctx, FAULTQ_DEVICE_INFO, info);
}

TEST_F(device_info, registers_of_vtd)
{
	const __u64 ecap = ECAP_NEST | ECAP_PRS | ECAP_PASID | ECAP_SMTS;
	struct faultq_hw_info_vtd vtd = { .flags = 1, .__reserved = 1 };

	ASSERT_EQ(0, ask(&self->bed, &self->info, &vtd, sizeof(vtd)));
	EXPECT_EQ(FAULTQ_HW_INFO_INTEL_VTD, self->info.out_data_type);
	EXPECT_EQ(sizeof(vtd), self->info.data_len);
	EXPECT_EQ(0, vtd.flags);
	EXPECT_EQ(0, vtd.__reserved);
	EXPECT_EQ(CAP_SAGAW_48, vtd.cap_reg & CAP_SAGAW_48);
	EXPECT_EQ(ecap, vtd.ecap_reg & ecap);
}

TEST_F(device_info, what_vtd_can)
{
	ASSERT_EQ(0, ask(&self->bed, &self->info, NULL, 0));
	EXPECT_TRUE(self->info.out_capabilities & FAULTQ_DEVICE_CAP_NESTING);
	EXPECT_TRUE(self->info.out_capabilities & FAULTQ_DEVICE_CAP_EVENTS);
	EXPECT_FALSE(self->info.out_capabilities &
		     (FAULTQ_DEVICE_CAP_USER_PASID_TABLE |
		      FAULTQ_DEVICE_CAP_HW_QUEUE));
}

TEST_F(device_info, room_of_any_length)
{
	unsigned char whole[sizeof(struct faultq_hw_info_vtd)];
	unsigned char data[2 * sizeof(whole)], zero[sizeof(data)] = {};
	unsigned char garbage[sizeof(data)];
	size_t len, known;

	memset(garbage, GARBAGE, sizeof(garbage));
	ASSERT_EQ(0, ask(&self->bed, &self->info, whole, sizeof(whole)));
	for (len = 0; len <= sizeof(data); len++) {
		memcpy(data, garbage, sizeof(data));
		ASSERT_EQ(0, ask(&self->bed, &self->info, data, len));
		known = len < sizeof(whole) ? len : sizeof(whole);
		EXPECT_EQ(sizeof(whole), self->info.data_len);
		EXPECT_EQ(0, memcmp(data, whole, known));
		EXPECT_EQ(0, memcmp(data + known, zero, len - known));
		EXPECT_EQ(0, memcmp(data + len, garbage, sizeof(data) - len));
	}
}

TEST_F(device_info, room_that_is_not_there)
{
	char *page = pages_alloc(2);

	EXPECT_EQ(0, ask(&self->bed, &self->info, NULL, 0));
	EXPECT_EQ(-EFAULT, ask(&self->bed, &self->info, NULL, 1));
	EXPECT_EQ(-EFAULT, ask(&self->bed, &self->info, (void *)-8, 16));
	/* the part that would be zeroed is */
	ASSERT_EQ(0, munmap(page + PAGE, PAGE));
	EXPECT_EQ(-EFAULT, ask(&self->bed, &self->info, page, PAGE + 1));
	EXPECT_EQ(0, ask(&self->bed, &self->info, page, PAGE));
}

/* The first version of the struct had no room for data. */
TEST_F(device_info, first_version)
{
	__u64 data = GARBAGE;

	self->info.size = offsetof(struct faultq_device_info, out_data_type);
	self->info.out_data_type = GARBAGE;
	ASSERT_EQ(0, ask(&self->bed, &self->info, &data, sizeof(data)));
	EXPECT_EQ(GARBAGE, self->info.out_data_type);
	EXPECT_EQ(sizeof(data), self->info.data_len);
	EXPECT_EQ(GARBAGE, data);
}

TEST_HARNESS_MAIN
