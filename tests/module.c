// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loading and unloading the modules: when no one uses them, and when someone
 * does. Ends with both loaded, as it began.
 */
#include <fcntl.h>

#include "bed.h"
#include "file.h"
#include "kselftest_harness.h"
#include "module.h"

static int load(const char *path)
{
	return module_insert(path, "");
}

/* A process that has just ended may still be letting go of its files. */
static bool unloads(const char *name)
{
	return AWAIT(module_remove(name) == 0);
}

static bool is_busy(const char *name)
{
	int ret = module_remove(name);

	return ret == -EBUSY || ret == -EAGAIN;
}

TEST(reload_when_idle)
{
	int i;

	for (i = 0; i < 3; i++) {
		ASSERT_TRUE(unloads("mock_iommu"));
		EXPECT_NE(0, access(MOCK_PATH, F_OK));
		ASSERT_TRUE(unloads("faultq"));
		EXPECT_NE(0, access(FAULTQ_PATH, F_OK));
		ASSERT_EQ(0, load(FAULTQ_KO));
		ASSERT_EQ(0, load(MOCK_KO));
		EXPECT_EQ(0, access(FAULTQ_PATH, F_OK));
		EXPECT_EQ(0, access(MOCK_PATH, F_OK));
	}
}

/* Idle are endpoints that no one has bound, with all their history. */
TEST(reload_after_use)
{
	struct bed bed;

	ASSERT_EQ(0, bed_make(&bed, &(struct faultq_queue_alloc){}));
	ASSERT_EQ(0, bed_faults(&bed, 3));
	close_once(&bed.ctx);
	close_once(&bed.mock);
	ring_unmap(&bed.ring);
	close_once(&bed.fd);
	ASSERT_TRUE(unloads("mock_iommu"));
	ASSERT_TRUE(unloads("faultq"));
	ASSERT_EQ(0, load(FAULTQ_KO));
	ASSERT_EQ(0, load(MOCK_KO));
}

TEST(mock_is_busy_while_bound)
{
	struct bed bed;

	ASSERT_EQ(0, bed_make(&bed, &(struct faultq_queue_alloc){}));
	close_once(&bed.mock);
	EXPECT_TRUE(is_busy("mock_iommu"));

	/* and unharmed by the attempt */
	bed.mock = mock_open();
	ASSERT_LE(0, bed.mock);
	ASSERT_EQ(0, bed_faults(&bed, 1));
	EXPECT_EQ(1, ring_answer(&bed.ring, ring_take(&bed.ring),
				 FAULTQ_RESPONSE_SUCCESS));
	EXPECT_EQ(1, bed_answered(&bed, 1, MOCK_IOMMU_RESPONSE_SUCCESS));
	bed_free(&bed);
}

TEST(mock_is_busy_while_open)
{
	int mock = mock_open();

	ASSERT_LE(0, mock);
	EXPECT_TRUE(is_busy("mock_iommu"));
	close(mock);
}

TEST(faultq_is_busy_while_the_mock_is_there)
{
	EXPECT_TRUE(is_busy("faultq"));
}

TEST(faultq_is_busy_while_open)
{
	int ctx = fq_open();

	ASSERT_LE(0, ctx);
	ASSERT_TRUE(unloads("mock_iommu"));
	EXPECT_TRUE(is_busy("faultq"));
	close(ctx);
	ASSERT_TRUE(unloads("faultq"));
	ASSERT_EQ(0, load(FAULTQ_KO));
	ASSERT_EQ(0, load(MOCK_KO));
}

/* The file of a QUEUE, or a mapping of it, outlives its context. */
TEST(faultq_is_busy_while_a_queue_is_held)
{
	struct bed bed;

	ASSERT_EQ(0, bed_make(&bed, &(struct faultq_queue_alloc){}));
	close_once(&bed.ctx);
	close_once(&bed.mock);
	close_once(&bed.fd);
	ASSERT_TRUE(unloads("mock_iommu"));
	EXPECT_TRUE(is_busy("faultq"));
	ring_unmap(&bed.ring);
	ASSERT_TRUE(unloads("faultq"));
	ASSERT_EQ(0, load(FAULTQ_KO));
	ASSERT_EQ(0, load(MOCK_KO));
}

TEST(default_topology)
{
	struct mock_iommu_iommu_info iommu = {
		.size = sizeof(iommu),
		.flags = MOCK_IOMMU_INFO_NEXT,
	};
	int mock, ctx, dev;

	ASSERT_TRUE(unloads("mock_iommu"));
	ASSERT_EQ(0, load(MOCK_KO));
	mock = mock_open();
	ASSERT_EQ(0, call(mock, MOCK_IOMMU_IOMMU_INFO, &iommu));
	EXPECT_EQ(MOCK_IOMMU_KIND_VTD, iommu.out_kind);
	EXPECT_EQ(2, iommu.out_nr_endpoints);
	ctx = fq_open();
	dev = fq_bind(ctx, "platform/mock-iommu0-ep0", 0);
	EXPECT_LT(0, dev);
	EXPECT_LT(0, fq_bind(ctx, "platform/mock-iommu0-ep1", 0));
	close(ctx);
	close(mock);
}

struct binder {
	int ctx;
	int dev;
	pthread_t thread;
};

static void *bind_soon(void *arg)
{
	struct binder *binder = arg;

	do {
		binder->dev =
			fq_bind(binder->ctx, "platform/mock-iommu0-ep0", 0);
	} while (binder->dev == -ENODEV);
	return NULL;
}

/*
 * Whoever comes while the mock is still being loaded, and may have devices of
 * any driver, does not get one of the mock that the mock knows nothing of.
 */
TEST(mock_is_busy_for_who_comes_early)
{
	struct binder binder = {};
	int i;

	ASSERT_TRUE(unloads("mock_iommu"));
	ASSERT_TRUE(unloads("faultq"));
	ASSERT_EQ(0, module_insert(FAULTQ_KO, "allow_hw=1"));
	binder.ctx = fq_open();
	ASSERT_LE(0, binder.ctx);
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, pthread_create(&binder.thread, NULL, bind_soon,
					    &binder));
		ASSERT_EQ(0, load(MOCK_KO));
		pthread_join(binder.thread, NULL);
		ASSERT_LT(0, binder.dev);
		EXPECT_TRUE(is_busy("mock_iommu"));
		ASSERT_EQ(0, fq_destroy(binder.ctx, binder.dev));
		ASSERT_TRUE(unloads("mock_iommu"));
	}
	close(binder.ctx);
	ASSERT_TRUE(unloads("faultq"));
	ASSERT_EQ(0, load(FAULTQ_KO));
	ASSERT_EQ(0, load(MOCK_KO));
}

/* The IOMMU of the VM does not remap interrupts: see hw.c. */
#define ALLOW_ALL "allow_hw=1 allow_unsafe_interrupts=1"

/* The host bridge, which is alone in its group and needs no driver */
#define HARDWARE "pci/0000:00:00.0"

/* The VM has an IOMMU of another driver beside the mock's. */
TEST(hardware_is_refused_unless_allowed)
{
	struct faultq_device_info info;
	int ctx, dev, hwpt;

	ctx = fq_open();
	ASSERT_LE(0, ctx);
	EXPECT_EQ(-EPERM, fq_bind(ctx, HARDWARE, 0));
	close(ctx);

	ASSERT_TRUE(unloads("mock_iommu"));
	ASSERT_TRUE(unloads("faultq"));
	ASSERT_EQ(0, module_insert(FAULTQ_KO, ALLOW_ALL));
	ctx = fq_open();
	dev = fq_bind(ctx, HARDWARE, 0);
	EXPECT_LT(0, dev);
	EXPECT_EQ(0, fq_info(ctx, dev, &info));
	EXPECT_STREQ("built-in", (char *)info.out_driver);
	hwpt = fq_hwpt_plain(ctx, dev);
	EXPECT_LT(0, hwpt);
	EXPECT_EQ(0, fq_attach(ctx, dev, hwpt, NO_PASID, 0));
	close(ctx);

	ASSERT_TRUE(unloads("faultq"));
	ASSERT_EQ(0, load(FAULTQ_KO));
	ASSERT_EQ(0, load(MOCK_KO));
}

/* A function of the chipset, which others share the slot with */
#define SHARED_GROUP "pci/0000:00:1f.0"

TEST(hardware_that_shares_its_group_is_refused)
{
	int ctx;

	ASSERT_TRUE(unloads("mock_iommu"));
	ASSERT_TRUE(unloads("faultq"));
	ASSERT_EQ(0, module_insert(FAULTQ_KO, "allow_hw=1"));
	ctx = fq_open();
	EXPECT_EQ(-EOPNOTSUPP, fq_bind(ctx, SHARED_GROUP, 0));
	close(ctx);

	/* nothing is held for it */
	ASSERT_TRUE(unloads("faultq"));
	ASSERT_EQ(0, load(FAULTQ_KO));
	ASSERT_EQ(0, load(MOCK_KO));
}

/* All that was made until then is gone again. */
TEST(mock_with_too_much_to_make_does_not_load)
{
	ASSERT_TRUE(unloads("mock_iommu"));
	EXPECT_EQ(-ENOSPC, module_insert(MOCK_KO, "vtd=33"));
	EXPECT_EQ(-ENOSPC, module_insert(MOCK_KO, "endpoints=65"));
	EXPECT_EQ(-EINVAL, module_insert(MOCK_KO, "prq_entries=3"));
	EXPECT_NE(0, access(MOCK_PATH, F_OK));
	EXPECT_NE(0, access("/sys/class/iommu/mock-iommu0", F_OK));
	EXPECT_EQ(0, load(MOCK_KO));
	EXPECT_EQ(0, access("/sys/class/iommu/mock-iommu0", F_OK));
}

/* A driver that every platform device will do for, if it is told to */
#define EP0 "mock-iommu0-ep0"
#define EP0_DRIVER "/sys/bus/platform/devices/" EP0 "/driver"
#define EP0_OVERRIDE "/sys/bus/platform/devices/" EP0 "/driver_override"
#define DRIVER "/sys/bus/platform/drivers/serial8250/"

/* A device is a driver's of the kernel or ours. */
TEST(device_with_a_driver_is_refused)
{
	int ctx = fq_open(), dev;

	ASSERT_EQ(0, write_file(EP0_OVERRIDE, "serial8250"));
	ASSERT_EQ(0, write_file(DRIVER "bind", EP0));
	ASSERT_EQ(0, access(EP0_DRIVER, F_OK));
	EXPECT_EQ(-EBUSY, fq_bind(ctx, "platform/" EP0, 0));

	ASSERT_EQ(0, write_file(DRIVER "unbind", EP0));
	dev = fq_bind(ctx, "platform/" EP0, 0);
	EXPECT_LT(0, dev);
	EXPECT_GT(0, write_file(DRIVER "bind", EP0));
	EXPECT_NE(0, access(EP0_DRIVER, F_OK));

	ASSERT_EQ(0, fq_destroy(ctx, dev));
	EXPECT_EQ(0, write_file(DRIVER "bind", EP0));
	EXPECT_EQ(0, write_file(DRIVER "unbind", EP0));
	EXPECT_EQ(0, write_file(EP0_OVERRIDE, "\n"));
	close(ctx);
}

TEST_HARNESS_MAIN
