// SPDX-License-Identifier: GPL-2.0-only
/*
 * The objects of a context: what makes them, what ends them, who may not.
 */
#include <dirent.h>
#include <linux/limits.h>
#include <poll.h>
#include <sys/resource.h>

#include "bed.h"
#include "kselftest_harness.h"

FIXTURE(objects)
{
	struct bed bed;
};

FIXTURE_SETUP(objects)
{
	ASSERT_EQ(0, bed_make(&self->bed, &(struct faultq_queue_alloc){}));
}

FIXTURE_TEARDOWN(objects)
{
	bed_free(&self->bed);
}

TEST_F(objects, destroy_twice)
{
	int hwpt = fq_hwpt_plain(self->bed.ctx, self->bed.dev);

	ASSERT_LT(0, hwpt);
	EXPECT_EQ(0, fq_destroy(self->bed.ctx, hwpt));
	EXPECT_EQ(-ENOENT, fq_destroy(self->bed.ctx, hwpt));
}

TEST_F(objects, destroy_hwpt_on_rid_busy)
{
	const struct bed *bed = &self->bed;

	EXPECT_EQ(-EBUSY, fq_destroy(bed->ctx, bed->hwpt));
	EXPECT_EQ(0, fq_detach(bed->ctx, bed->dev, NO_PASID));
	EXPECT_EQ(0, fq_destroy(bed->ctx, bed->hwpt));
}

TEST_F(objects, destroy_hwpt_on_pasid_busy)
{
	const struct bed *bed = &self->bed;

	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, bed->hwpt, 7, 0));
	ASSERT_EQ(0, fq_detach(bed->ctx, bed->dev, NO_PASID));
	EXPECT_EQ(-EBUSY, fq_destroy(bed->ctx, bed->hwpt));
	EXPECT_EQ(0, fq_detach(bed->ctx, bed->dev, 7));
	EXPECT_EQ(0, fq_destroy(bed->ctx, bed->hwpt));
}

TEST_F(objects, destroy_queue_of_hwpt_busy)
{
	const struct bed *bed = &self->bed;

	ASSERT_EQ(0, fq_detach(bed->ctx, bed->dev, NO_PASID));
	EXPECT_EQ(-EBUSY, fq_destroy(bed->ctx, bed->queue));
	EXPECT_EQ(0, fq_destroy(bed->ctx, bed->hwpt));
	EXPECT_EQ(0, fq_destroy(bed->ctx, bed->queue));
}

TEST_F(objects, destroy_device_detaches)
{
	const struct bed *bed = &self->bed;

	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, bed->hwpt, 7, 0));
	ASSERT_EQ(0, fq_destroy(bed->ctx, bed->dev));
	EXPECT_EQ(0, fq_destroy(bed->ctx, bed->hwpt));
	EXPECT_LT(0, fq_bind(bed->ctx, bed->name, 0));
}

TEST_F(objects, hwpt_outlives_device)
{
	const struct bed *bed = &self->bed;
	void *mem = pages_alloc(1);
	int dev;

	ASSERT_EQ(0, fq_destroy(bed->ctx, bed->dev));
	EXPECT_EQ(0, fq_map(bed->ctx, bed->hwpt, MAP_RW, mem, PAGE, BED_IOVA));
	dev = fq_bind(bed->ctx, bed->name, 0);
	ASSERT_LT(0, dev);
	EXPECT_EQ(0, fq_attach(bed->ctx, dev, bed->hwpt, NO_PASID, 0));
	EXPECT_EQ(MOCK_IOMMU_DMA_OK,
		  bed_dma(bed, MOCK_IOMMU_DMA_READ, mem, PAGE));
}

static int destroy_all(const struct bed *bed, const __u32 *order)
{
	int left = 3;
	int gone[3] = {};
	int round, i;

	for (round = 0; round < 3; round++) {
		for (i = 0; i < 3; i++) {
			if (gone[i] || fq_destroy(bed->ctx, order[i]))
				continue;
			gone[i] = 1;
			left--;
		}
	}
	return left;
}

/* Whatever the order, what can be destroyed goes, and at last all is gone. */
TEST_F(objects, destroy_in_any_order)
{
	static const int orders[][3] = {
		{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
		{ 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
	};
	struct bed *bed = &self->bed;
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(orders); i++) {
		const __u32 ids[] = { bed->dev, bed->hwpt, bed->queue };
		__u32 order[3];

		for (j = 0; j < 3; j++)
			order[j] = ids[orders[i][j]];
		EXPECT_EQ(0, destroy_all(bed, order));
		bed_free(bed);
		ASSERT_EQ(0, bed_make(bed, &(struct faultq_queue_alloc){}));
	}
}

TEST_F(objects, destroyed_queue_hangs_up)
{
	struct bed *bed = &self->bed;
	struct pollfd queue = { .fd = bed->fd, .events = POLLIN };

	ASSERT_EQ(0, fq_destroy(bed->ctx, bed->dev));
	ASSERT_EQ(0, fq_destroy(bed->ctx, bed->hwpt));
	ASSERT_EQ(0, fq_destroy(bed->ctx, bed->queue));
	EXPECT_EQ(1, poll(&queue, 1, 0));
	EXPECT_TRUE(queue.revents & POLLHUP);
	EXPECT_EQ(-ENODEV, fq_doorbell(bed->fd, 0));
}

TEST_F(objects, ids_belong_to_their_context)
{
	const struct bed *bed = &self->bed;
	int other = fq_open();
	struct faultq_device_info info;
	void *mem = pages_alloc(1);

	ASSERT_LE(0, other);
	EXPECT_EQ(-ENOENT, fq_destroy(other, bed->hwpt));
	EXPECT_EQ(-ENOENT, fq_info(other, bed->dev, &info));
	EXPECT_EQ(-ENOENT, fq_hwpt_plain(other, bed->dev));
	EXPECT_EQ(-ENOENT, fq_map(other, bed->hwpt, MAP_RW, mem, PAGE, 0));
	EXPECT_EQ(-ENOENT, fq_detach(other, bed->dev, NO_PASID));
	close(other);
}

TEST_F(objects, close_with_all_alive)
{
	struct bed *bed = &self->bed;
	void *mem = pages_alloc(4);

	ASSERT_LT(0, fq_pasid_alloc(bed->ctx, bed->dev));
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, bed->hwpt, 7, 0));
	ASSERT_EQ(0,
		  fq_map(bed->ctx, bed->hwpt, MAP_RW, mem, 4 * PAGE, BED_IOVA));
	ASSERT_EQ(0, bed_faults(bed, 3));
	close_once(&bed->ctx);
	EXPECT_EQ(3, bed_answered_now(bed, MOCK_IOMMU_RESPONSE_INVALID));

	bed->ctx = fq_open();
	ASSERT_LE(0, bed->ctx);
	EXPECT_LT(0, fq_bind(bed->ctx, bed->name, 0));
}

TEST_F(objects, bind_twice_busy)
{
	EXPECT_EQ(-EBUSY, fq_bind(self->bed.ctx, self->bed.name, 0));
}

TEST_F(objects, bind_in_two_contexts_busy)
{
	struct bed *bed = &self->bed;
	int other = fq_open();

	ASSERT_LE(0, other);
	EXPECT_EQ(-EBUSY, fq_bind(other, bed->name, 0));
	ASSERT_EQ(0, fq_destroy(bed->ctx, bed->dev));
	EXPECT_LT(0, fq_bind(other, bed->name, 0));
	EXPECT_EQ(-EBUSY, fq_bind(bed->ctx, bed->name, 0));
	close(other);
	EXPECT_LT(0, fq_bind(bed->ctx, bed->name, 0));
}

TEST_F(objects, bind_unknown_device_enodev)
{
	static const char *const names[] = {
		"platform/no-such-device",
		"pci/ffff:ff:1f.7",
		"platform/",
		"pci/",
		"",
		"/",
		"platform",
		"mock-iommu0-ep0",
		"usb/usb1",
		"platform/../platform/mock-iommu0-ep0",
	};
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		ret = fq_bind(self->bed.ctx, names[i], 0);
		EXPECT_TRUE(ret == -ENODEV || ret == -EINVAL)
		{
			TH_LOG("'%s' gave %d", names[i], ret);
		}
	}
}

TEST_F(objects, bind_name_without_end_einval)
{
	struct faultq_device_bind bind = { .size = sizeof(bind) };

	memset(bind.name, 'x', sizeof(bind.name));
	memcpy(bind.name, "platform/", 9);
	EXPECT_EQ(-EINVAL, call(self->bed.ctx, FAULTQ_DEVICE_BIND, &bind));
}

static bool has_iommu(const char *bus, const char *device)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/bus/%s/devices/%s/iommu_group", bus,
		 device);
	return !access(path, F_OK);
}

/*
 * Counts the devices of a bus that are none of the mock's, and not refused.
 * @real: those of them that have an IOMMU
 */
static int bind_all_of(int ctx, const char *bus, int *real)
{
	char name[PATH_MAX];
	struct dirent *entry;
	int wrong = 0;
	DIR *dir;
	int want, ret;

	snprintf(name, sizeof(name), "/sys/bus/%s/devices", bus);
	dir = opendir(name);
	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || strstr(entry->d_name, "-ep"))
			continue;
		want = has_iommu(bus, entry->d_name) ? -EPERM : -ENODEV;
		snprintf(name, sizeof(name), "%s/%s", bus, entry->d_name);
		ret = fq_bind(ctx, name, 0);
		if (ret != want)
			printf("# %s: %d in place of %d\n", name, ret, want);
		wrong += ret != want;
		*real += want == -EPERM;
	}
	if (dir)
		closedir(dir);
	return dir ? wrong : -1;
}

TEST_F(objects, bind_of_foreign_devices_refused)
{
	int real = 0;

	EXPECT_EQ(0, bind_all_of(self->bed.ctx, "pci", &real));
	EXPECT_EQ(0, bind_all_of(self->bed.ctx, "platform", &real));
	EXPECT_LT(0, real);
}

TEST_F(objects, device_info)
{
	const struct bed *bed = &self->bed;
	struct faultq_device_info info;

	ASSERT_EQ(0, fq_info(bed->ctx, bed->dev, &info));
	EXPECT_EQ(bed->dev, info.dev_id);
	EXPECT_EQ(FAULTQ_DEVICE_CAP_IOPF | FAULTQ_DEVICE_CAP_PASID |
			  FAULTQ_DEVICE_CAP_NESTING | FAULTQ_DEVICE_CAP_EVENTS,
		  info.out_capabilities);
	EXPECT_EQ(1U << MOCK_IOMMU_MAX_PASID_BITS, info.out_max_pasids);
	EXPECT_EQ(BED_LABEL, info.out_label);
	EXPECT_STREQ(bed->name, (char *)info.out_name);
	EXPECT_STREQ("mock_iommu", (char *)info.out_driver);
}

TEST_F(objects, device_info_of_a_poor_device)
{
	struct mock_iommu_endpoint_add add = {};
	int dev = bind_new(self->bed.mock, self->bed.ctx, &add);
	struct faultq_device_info info;

	ASSERT_LT(0, dev);
	EXPECT_EQ(0, fq_info(self->bed.ctx, dev, &info));
	EXPECT_EQ(0, info.out_capabilities & (FAULTQ_DEVICE_CAP_IOPF |
					      FAULTQ_DEVICE_CAP_PASID));
	EXPECT_EQ(0, info.out_max_pasids);
	EXPECT_EQ(-EOPNOTSUPP, fq_pasid_alloc(self->bed.ctx, dev));
	EXPECT_EQ(0, fq_destroy(self->bed.ctx, dev));
	EXPECT_EQ(0, mock_endpoint_remove(self->bed.mock, add.out_endpoint_id));
}

TEST_F(objects, hwpt_of_unknown_kind_refused)
{
	struct faultq_hwpt_alloc hwpt = {
		.size = sizeof(hwpt),
		.dev_id = self->bed.dev,
		.pt_id = self->bed.hwpt,
	};

	EXPECT_GT(0, call(self->bed.ctx, FAULTQ_HWPT_ALLOC, &hwpt));
	hwpt.pt_id = 0;
	hwpt.data_type = 1;
	EXPECT_EQ(-EINVAL, call(self->bed.ctx, FAULTQ_HWPT_ALLOC, &hwpt));
	hwpt.data_type = 0;
	hwpt.fault_id = self->bed.queue;
	EXPECT_EQ(-EINVAL, call(self->bed.ctx, FAULTQ_HWPT_ALLOC, &hwpt));
}

struct bad_field {
	int error;
	size_t offset;
	__u32 value;
};

#define FIELD(name) offsetof(struct faultq_queue_alloc, name)

static const struct bad_field bad_fields[] = {
	{ EOPNOTSUPP, FIELD(type), 0 },
	{ EOPNOTSUPP, FIELD(type), FAULTQ_QUEUE_TYPE_EVENT + 1 },
	{ EOPNOTSUPP, FIELD(flags), FAULTQ_QUEUE_ALLOC_OVERWRITE },
	{ EINVAL, FIELD(source_id), 1 },
	{ EINVAL, FIELD(native_type), FAULTQ_NATIVE_VTD_FAULT },
	{ EINVAL, FIELD(nr_rings), 0 },
	{ EINVAL, FIELD(nr_rings), FAULTQ_MAX_RINGS + 1 },
	{ EINVAL, FIELD(nr_records), 0 },
	{ EINVAL, FIELD(nr_records), 3 },
	{ EINVAL, FIELD(nr_records), 2 * FAULTQ_MAX_RECORDS },
	{ EINVAL, FIELD(nr_groups), 0 },
	{ EINVAL, FIELD(nr_groups), 12 },
	{ EINVAL, FIELD(nr_groups), 2 * FAULTQ_MAX_GROUPS },
	{ EINVAL, FIELD(timeout_ms), 0 },
	{ EINVAL, FIELD(timeout_ms), FAULTQ_MAX_TIMEOUT_MS + 1 },
	{ EINVAL, FIELD(timeout_action), FAULTQ_TIMEOUT_OFF },
	{ EOPNOTSUPP, FIELD(timeout_action), FAULTQ_TIMEOUT_INVALID + 1 },
};

TEST_F(objects, bad_queues_refused)
{
	const struct faultq_queue_alloc good = {
		.type = FAULTQ_QUEUE_TYPE_IOPF,
		.nr_rings = 1,
		.nr_records = 1,
		.nr_groups = 1,
		.timeout_ms = 1,
		.timeout_action = FAULTQ_TIMEOUT_WARN,
	};
	struct faultq_queue_alloc queue;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad_fields); i++) {
		queue = good;
		*(__u32 *)((char *)&queue + bad_fields[i].offset) =
			bad_fields[i].value;
		EXPECT_EQ(-bad_fields[i].error,
			  fq_queue_alloc(self->bed.ctx, &queue))
		{
			TH_LOG("bad field %u", i);
		}
	}
	queue = good;
	EXPECT_EQ(0, fq_queue_alloc(self->bed.ctx, &queue));
}

TEST_F(objects, largest_queue)
{
	struct faultq_queue_alloc queue = {
		.type = FAULTQ_QUEUE_TYPE_IOPF,
		.nr_rings = 2,
		.nr_records = FAULTQ_MAX_RECORDS,
		.nr_groups = FAULTQ_MAX_GROUPS,
		.timeout_ms = FAULTQ_MAX_TIMEOUT_MS,
		.timeout_action = FAULTQ_TIMEOUT_INVALID,
	};
	struct ring ring;

	ASSERT_EQ(0, fq_queue_alloc(self->bed.ctx, &queue));
	ASSERT_EQ(0, ring_map(&ring, queue.out_queue_fd, 1));
	EXPECT_EQ(FAULTQ_MAX_RECORDS, ring.header->nr_records);
	EXPECT_EQ(FAULTQ_MAX_GROUPS, ring.header->nr_responses);
	ring_unmap(&ring);
}

#define MANY 1000

/* Each a file and an object of its own, every one of them in working order */
TEST_F(objects, thousand_open_queues)
{
	struct faultq_queue_alloc queue = {
		.type = FAULTQ_QUEUE_TYPE_IOPF,
		.nr_rings = 1,
		.nr_records = 1,
		.nr_groups = 1,
	};
	const struct rlimit files = { MANY + 64, MANY + 64 };
	struct faultq_queue_info info;
	struct bed *bed = &self->bed;
	int ids[MANY], fds[MANY];
	int i;

	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &files));
	for (i = 0; i < MANY; i++) {
		ASSERT_EQ(0, fq_queue_alloc(bed->ctx, &queue));
		ids[i] = queue.out_queue_id;
		fds[i] = queue.out_queue_fd;
	}
	for (i = 0; i < MANY; i++) {
		ASSERT_EQ(0, fq_queue_info(fds[i], &info));
		ASSERT_EQ(0, fq_doorbell(fds[i], 0));
	}
	for (i = 0; i < MANY; i += 2) {
		ASSERT_EQ(0, fq_destroy(bed->ctx, ids[i]));
		ASSERT_EQ(0, close(fds[i]));
	}
	close_once(&bed->ctx);
	EXPECT_EQ(-ENODEV, fq_doorbell(fds[1], 0));
}

TEST_F(objects, queue_without_a_free_file_number)
{
	struct faultq_queue_alloc queue = {
		.type = FAULTQ_QUEUE_TYPE_IOPF,
		.nr_rings = 1,
		.nr_records = 1,
		.nr_groups = 1,
	};
	const int last = dup(0);
	const struct rlimit files = { last + 1, last + 1 };

	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &files));
	EXPECT_EQ(-EMFILE, fq_queue_alloc(self->bed.ctx, &queue));
	close(last);
	EXPECT_EQ(0, fq_queue_alloc(self->bed.ctx, &queue));
	EXPECT_EQ(last, queue.out_queue_fd);
}

TEST_HARNESS_MAIN
