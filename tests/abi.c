// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rules that every ioctl keeps: sizes, flags, reserved fields, pointers and
 * ids. A variant per ioctl; its fill() makes a call that succeeds, and each
 * test spoils one thing about it.
 */
#include <fcntl.h>
#include <grp.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "bed.h"
#include "kselftest_harness.h"
#include "nested.h"

#define MAX_FIELDS 5
#define NO_FLAGS 0xffff

struct targets {
	struct bed bed;
	struct guest guest; /* of the same bed */
	__u32 spare_hwpt;
	int pasid;
	void *page;
	int eventfd;
};

FIXTURE(cmd)
{
	struct targets on;
	char *arg;
	int fd;
};

enum reply {
	NONE, /* the struct is not written */
	TELLS, /* something is told of what was done */
	MAKES, /* an id or a file is given, or a question answered */
};

/*
 * size is that of the first version, and so for ever; longer is what came after
 * it. reserved and ids hold
 * offsets of such fields, 0 where there are no more.
 */
FIXTURE_VARIANT(cmd)
{
	unsigned long nr;
	size_t size;
	size_t flags;
	__u32 known_flags;
	size_t reserved[MAX_FIELDS];
	size_t ids[MAX_FIELDS];
	bool on_queue;
	bool nests;
	enum reply reply;
	size_t longer;
	void (*fill)(const struct targets *on, void *arg);
};

static void fill_destroy(const struct targets *on, void *arg)
{
	((struct faultq_destroy *)arg)->id = on->spare_hwpt;
}

FIXTURE_VARIANT_ADD(cmd, destroy){
	.nr = FAULTQ_DESTROY,
	.size = 8,
	.flags = NO_FLAGS,
	.ids = { offsetof(struct faultq_destroy, id) },
	.fill = fill_destroy,
};

static void fill_queue_alloc(const struct targets *on, void *arg)
{
	struct faultq_queue_alloc *queue = arg;

	queue->type = FAULTQ_QUEUE_TYPE_IOPF;
	queue->nr_rings = 1;
	queue->nr_records = 1;
	queue->nr_groups = 1;
}

FIXTURE_VARIANT_ADD(cmd, queue_alloc){
	.nr = FAULTQ_QUEUE_ALLOC,
	.size = 40,
	.longer = 8,
	.flags = offsetof(struct faultq_queue_alloc, flags),
	.reply = MAKES,
	.fill = fill_queue_alloc,
};

static void fill_device_bind(const struct targets *on, void *arg)
{
	struct faultq_device_bind *bind = arg;

	memcpy(bind->name, on->bed.name, sizeof(bind->name));
	fq_destroy(on->bed.ctx, on->bed.dev);
}

FIXTURE_VARIANT_ADD(cmd, device_bind){
	.nr = FAULTQ_DEVICE_BIND,
	.size = 88,
	.flags = offsetof(struct faultq_device_bind, flags),
	.reserved = { offsetof(struct faultq_device_bind, __reserved) },
	.reply = MAKES,
	.fill = fill_device_bind,
};

static void fill_device_info(const struct targets *on, void *arg)
{
	((struct faultq_device_info *)arg)->dev_id = on->bed.dev;
}

FIXTURE_VARIANT_ADD(cmd, device_info){
	.nr = FAULTQ_DEVICE_INFO,
	.size = 112,
	.longer = 16,
	.flags = offsetof(struct faultq_device_info, flags),
	.reserved = { offsetof(struct faultq_device_info, __reserved) },
	.ids = { offsetof(struct faultq_device_info, dev_id) },
	.reply = MAKES,
	.fill = fill_device_info,
};

static void fill_hwpt_alloc(const struct targets *on, void *arg)
{
	struct faultq_hwpt_alloc *hwpt = arg;

	hwpt->flags = FAULTQ_HWPT_ALLOC_FAULT_ID_VALID;
	hwpt->dev_id = on->bed.dev;
	hwpt->fault_id = on->bed.queue;
}

FIXTURE_VARIANT_ADD(cmd, hwpt_alloc)
{
	.nr = FAULTQ_HWPT_ALLOC,
	.size = 48,
	.flags = offsetof(struct faultq_hwpt_alloc, flags),
	.known_flags = FAULTQ_HWPT_ALLOC_FAULT_ID_VALID,
	.reserved = {
		offsetof(struct faultq_hwpt_alloc, __reserved),
		offsetof(struct faultq_hwpt_alloc, data_len),
		offsetof(struct faultq_hwpt_alloc, data_uptr),
		offsetof(struct faultq_hwpt_alloc, data_uptr) + 4,
		offsetof(struct faultq_hwpt_alloc, __reserved2),
	},
	.ids = {
		offsetof(struct faultq_hwpt_alloc, dev_id),
		offsetof(struct faultq_hwpt_alloc, fault_id),
	},
	.reply = MAKES,
	.fill = fill_hwpt_alloc,
};

static void fill_hwpt_map(const struct targets *on, void *arg)
{
	struct faultq_hwpt_map *map = arg;

	map->flags = MAP_RW;
	map->hwpt_id = on->bed.hwpt;
	map->user_va = (uintptr_t)on->page;
	map->length = PAGE;
	map->iova = BED_IOVA;
}

FIXTURE_VARIANT_ADD(cmd, hwpt_map){
	.nr = FAULTQ_HWPT_MAP,
	.size = 40,
	.flags = offsetof(struct faultq_hwpt_map, flags),
	.known_flags = MAP_RW,
	.reserved = { offsetof(struct faultq_hwpt_map, __reserved) },
	.ids = { offsetof(struct faultq_hwpt_map, hwpt_id) },
	.fill = fill_hwpt_map,
};

static void fill_hwpt_unmap(const struct targets *on, void *arg)
{
	struct faultq_hwpt_unmap *unmap = arg;

	fq_map(on->bed.ctx, on->bed.hwpt, MAP_RW, on->page, PAGE, BED_IOVA);
	unmap->hwpt_id = on->bed.hwpt;
	unmap->iova = BED_IOVA;
	unmap->length = PAGE;
}

FIXTURE_VARIANT_ADD(cmd, hwpt_unmap){
	.nr = FAULTQ_HWPT_UNMAP,
	.size = 24,
	.flags = NO_FLAGS,
	.ids = { offsetof(struct faultq_hwpt_unmap, hwpt_id) },
	.reply = TELLS,
	.fill = fill_hwpt_unmap,
};

static void fill_hwpt_iova_ranges(const struct targets *on, void *arg)
{
	struct faultq_hwpt_iova_ranges *ranges = arg;

	ranges->hwpt_id = on->bed.hwpt;
	ranges->num_iovas = 16;
	ranges->allowed_iovas = (uintptr_t)on->page;
}

FIXTURE_VARIANT_ADD(cmd, hwpt_iova_ranges){
	.nr = FAULTQ_HWPT_IOVA_RANGES,
	.size = 32,
	.flags = NO_FLAGS,
	.reserved = { offsetof(struct faultq_hwpt_iova_ranges, __reserved) },
	.ids = { offsetof(struct faultq_hwpt_iova_ranges, hwpt_id) },
	.reply = MAKES,
	.fill = fill_hwpt_iova_ranges,
};

static void fill_device_attach(const struct targets *on, void *arg)
{
	struct faultq_device_attach *attach = arg;

	attach->flags = FAULTQ_DEVICE_ATTACH_PASID |
			FAULTQ_DEVICE_ATTACH_COOKIE;
	attach->dev_id = on->bed.dev;
	attach->hwpt_id = on->bed.hwpt;
	attach->pasid = 1;
}

FIXTURE_VARIANT_ADD(cmd, device_attach)
{
	.nr = FAULTQ_DEVICE_ATTACH,
	.size = 32,
	.flags = offsetof(struct faultq_device_attach, flags),
	.known_flags = FAULTQ_DEVICE_ATTACH_PASID | FAULTQ_DEVICE_ATTACH_COOKIE,
	.reserved = { offsetof(struct faultq_device_attach, __reserved) },
	.ids = {
		offsetof(struct faultq_device_attach, dev_id),
		offsetof(struct faultq_device_attach, hwpt_id),
	},
	.fill = fill_device_attach,
};

static void fill_device_detach(const struct targets *on, void *arg)
{
	((struct faultq_device_detach *)arg)->dev_id = on->bed.dev;
}

FIXTURE_VARIANT_ADD(cmd, device_detach){
	.nr = FAULTQ_DEVICE_DETACH,
	.size = 16,
	.flags = offsetof(struct faultq_device_detach, flags),
	.known_flags = FAULTQ_DEVICE_ATTACH_PASID,
	.ids = { offsetof(struct faultq_device_detach, dev_id) },
	.fill = fill_device_detach,
};

static void fill_pasid_alloc(const struct targets *on, void *arg)
{
	((struct faultq_pasid_alloc *)arg)->dev_id = on->bed.dev;
}

FIXTURE_VARIANT_ADD(cmd, pasid_alloc){
	.nr = FAULTQ_PASID_ALLOC,
	.size = 16,
	.flags = offsetof(struct faultq_pasid_alloc, flags),
	.ids = { offsetof(struct faultq_pasid_alloc, dev_id) },
	.reply = MAKES,
	.fill = fill_pasid_alloc,
};

static void fill_pasid_free(const struct targets *on, void *arg)
{
	struct faultq_pasid_free *pasid_free = arg;

	pasid_free->dev_id = on->bed.dev;
	pasid_free->pasid = on->pasid;
}

FIXTURE_VARIANT_ADD(cmd, pasid_free){
	.nr = FAULTQ_PASID_FREE,
	.size = 16,
	.flags = offsetof(struct faultq_pasid_free, flags),
	.ids = { offsetof(struct faultq_pasid_free, dev_id) },
	.fill = fill_pasid_free,
};

static void fill_nothing(const struct targets *on, void *arg)
{
}

FIXTURE_VARIANT_ADD(cmd, queue_info){
	.nr = FAULTQ_QUEUE_INFO,
	.size = 32,
	.flags = offsetof(struct faultq_queue_info, flags),
	.reserved = { offsetof(struct faultq_queue_info, __reserved) },
	.on_queue = true,
	.reply = MAKES,
	.fill = fill_nothing,
};

static void fill_queue_eventfd(const struct targets *on, void *arg)
{
	((struct faultq_queue_eventfd *)arg)->fd = on->eventfd;
}

FIXTURE_VARIANT_ADD(cmd, queue_eventfd){
	.nr = FAULTQ_QUEUE_EVENTFD,
	.size = 16,
	.flags = NO_FLAGS,
	.reserved = { offsetof(struct faultq_queue_eventfd, __reserved) },
	.on_queue = true,
	.fill = fill_queue_eventfd,
};

FIXTURE_VARIANT_ADD(cmd, queue_respond){
	.nr = FAULTQ_QUEUE_RESPOND,
	.size = 24,
	.flags = offsetof(struct faultq_queue_respond, flags),
	.reserved = { offsetof(struct faultq_queue_respond, __reserved) },
	.on_queue = true,
	.reply = TELLS,
	.fill = fill_nothing,
};

static void fill_hwpt_alloc_nested(const struct targets *on, void *arg)
{
	static const struct faultq_hwpt_vtd_s1 table = {
		.pgtbl_addr = GUEST_TABLE,
		.addr_width = 48,
	};
	struct faultq_hwpt_alloc *hwpt = arg;

	hwpt->flags = FAULTQ_HWPT_ALLOC_FAULT_ID_VALID;
	hwpt->dev_id = on->bed.dev;
	hwpt->pt_id = on->guest.parent;
	hwpt->data_type = FAULTQ_HWPT_DATA_VTD_S1;
	hwpt->data_len = sizeof(table);
	hwpt->data_uptr = (uintptr_t)&table;
	hwpt->fault_id = on->bed.queue;
}

FIXTURE_VARIANT_ADD(cmd, hwpt_alloc_nested)
{
	.nr = FAULTQ_HWPT_ALLOC,
	.size = 48,
	.flags = offsetof(struct faultq_hwpt_alloc, flags),
	.known_flags = FAULTQ_HWPT_ALLOC_FAULT_ID_VALID,
	.reserved = {
		offsetof(struct faultq_hwpt_alloc, __reserved),
		offsetof(struct faultq_hwpt_alloc, __reserved2),
	},
	.ids = {
		offsetof(struct faultq_hwpt_alloc, dev_id),
		offsetof(struct faultq_hwpt_alloc, fault_id),
	},
	.nests = true,
	.reply = MAKES,
	.fill = fill_hwpt_alloc_nested,
};

static void fill_viommu_alloc(const struct targets *on, void *arg)
{
	struct faultq_viommu_alloc *viommu = arg;

	viommu->dev_id = on->bed.dev;
	viommu->hwpt_id = on->guest.parent;
}

FIXTURE_VARIANT_ADD(cmd, viommu_alloc)
{
	.nr = FAULTQ_VIOMMU_ALLOC,
	.size = 40,
	.flags = offsetof(struct faultq_viommu_alloc, flags),
	.reserved = {
		offsetof(struct faultq_viommu_alloc, data_len),
		offsetof(struct faultq_viommu_alloc, __reserved),
		offsetof(struct faultq_viommu_alloc, data_uptr),
		offsetof(struct faultq_viommu_alloc, data_uptr) + 4,
	},
	.ids = { offsetof(struct faultq_viommu_alloc, dev_id) },
	.nests = true,
	.reply = MAKES,
	.fill = fill_viommu_alloc,
};

static void fill_vdevice_alloc(const struct targets *on, void *arg)
{
	struct faultq_vdevice_alloc *vdevice = arg;

	vdevice->viommu_id = on->guest.viommu;
	vdevice->dev_id = on->bed.dev;
	vdevice->virt_id = 0x10;
}

FIXTURE_VARIANT_ADD(cmd, vdevice_alloc)
{
	.nr = FAULTQ_VDEVICE_ALLOC,
	.size = 24,
	.flags = NO_FLAGS,
	.ids = {
		offsetof(struct faultq_vdevice_alloc, viommu_id),
		offsetof(struct faultq_vdevice_alloc, dev_id),
	},
	.nests = true,
	.reply = MAKES,
	.fill = fill_vdevice_alloc,
};

static void fill_hwpt_invalidate(const struct targets *on, void *arg)
{
	((struct faultq_hwpt_invalidate *)arg)->hwpt_id = on->guest.nested;
}

FIXTURE_VARIANT_ADD(cmd, hwpt_invalidate){
	.nr = FAULTQ_HWPT_INVALIDATE,
	.size = 32,
	.flags = NO_FLAGS,
	.reserved = { offsetof(struct faultq_hwpt_invalidate, __reserved) },
	.nests = true,
	.reply = TELLS,
	.fill = fill_hwpt_invalidate,
};

static void fill_pasid_bind(const struct targets *on, void *arg)
{
	struct faultq_pasid_bind *bind = arg;

	bind->flags = FAULTQ_PASID_BIND_ALLOC | FAULTQ_PASID_BIND_COOKIE |
		      FAULTQ_PASID_BIND_FAULT_ID_VALID;
	bind->dev_id = on->bed.dev;
	bind->pt_id = on->guest.parent;
	bind->guest_pasid = GUEST_PASID;
	bind->fault_id = on->bed.queue;
	bind->data_type = FAULTQ_HWPT_DATA_VTD_S1;
	bind->vtd_s1.pgtbl_addr = GUEST_TABLE;
	bind->vtd_s1.addr_width = 48;
}

FIXTURE_VARIANT_ADD(cmd, pasid_bind)
{
	.nr = FAULTQ_PASID_BIND,
	.size = 72,
	.flags = offsetof(struct faultq_pasid_bind, flags),
	.known_flags = FAULTQ_PASID_BIND_ALLOC | FAULTQ_PASID_BIND_COOKIE |
		       FAULTQ_PASID_BIND_FAULT_ID_VALID,
	.reserved = {
		offsetof(struct faultq_pasid_bind, __reserved),
		offsetof(struct faultq_pasid_bind, vtd_s1.__reserved),
	},
	.ids = {
		offsetof(struct faultq_pasid_bind, dev_id),
		offsetof(struct faultq_pasid_bind, fault_id),
	},
	.nests = true,
	.reply = MAKES,
	.fill = fill_pasid_bind,
};

static void fill_pasid_unbind(const struct targets *on, void *arg)
{
	struct faultq_pasid_unbind *unbind = arg;

	guest_bind(&on->guest, &(struct faultq_pasid_bind){});
	unbind->dev_id = on->bed.dev;
	unbind->guest_pasid = GUEST_PASID;
}

FIXTURE_VARIANT_ADD(cmd, pasid_unbind){
	.nr = FAULTQ_PASID_UNBIND,
	.size = 16,
	.flags = offsetof(struct faultq_pasid_unbind, flags),
	.ids = { offsetof(struct faultq_pasid_unbind, dev_id) },
	.nests = true,
	.fill = fill_pasid_unbind,
};

FIXTURE_SETUP(cmd)
{
	struct targets *on = &self->on;
	struct bed *bed = &on->bed;
	int ret;

	if (variant->nests) {
		ASSERT_EQ(0, guest_make(&on->guest));
		*bed = on->guest.bed;
	} else {
		ASSERT_EQ(0, bed_make(bed, &(struct faultq_queue_alloc){}));
	}
	ret = fq_hwpt_plain(bed->ctx, bed->dev);
	ASSERT_LT(0, ret);
	on->spare_hwpt = ret;
	on->pasid = fq_pasid_alloc(bed->ctx, bed->dev);
	ASSERT_LT(0, on->pasid);
	on->page = pages_alloc(1);
	on->eventfd = eventfd(0, 0);
	self->fd = variant->on_queue ? bed->fd : bed->ctx;

	/* the struct, and behind it a page that is not there */
	self->arg = pages_alloc(2);
	ASSERT_NE(NULL, self->arg);
	ASSERT_EQ(0, mprotect(self->arg + PAGE, PAGE, PROT_NONE));
	variant->fill(on, self->arg);
	*(__u32 *)self->arg = variant->size;
}

FIXTURE_TEARDOWN(cmd)
{
	bed_free(&self->on.bed);
}

TEST_F(cmd, succeeds)
{
	EXPECT_EQ(0, call(self->fd, variant->nr, self->arg));
}

TEST_F(cmd, short_einval)
{
	size_t size;

	for (size = 0; size < variant->size; size++) {
		*(__u32 *)self->arg = size;
		EXPECT_EQ(-EINVAL, call(self->fd, variant->nr, self->arg));
	}
}

TEST_F(cmd, long_zero_tail_succeeds)
{
	*(__u32 *)self->arg = variant->size + 64;
	EXPECT_EQ(0, call(self->fd, variant->nr, self->arg));
}

TEST_F(cmd, long_nonzero_tail_e2big)
{
	size_t size = variant->size + variant->longer;

	*(__u32 *)self->arg = size + 64;
	self->arg[size + 63] = 1;
	EXPECT_EQ(-E2BIG, call(self->fd, variant->nr, self->arg));
	self->arg[size + 63] = 0;
	self->arg[size] = 1;
	EXPECT_EQ(-E2BIG, call(self->fd, variant->nr, self->arg));
}

TEST_F(cmd, huge_size)
{
	int ret;

	*(__u32 *)self->arg = UINT32_MAX;
	ret = call(self->fd, variant->nr, self->arg);
	EXPECT_TRUE(ret == -EFAULT || ret == -E2BIG);
}

TEST_F(cmd, null_efault)
{
	EXPECT_EQ(-EFAULT, call(self->fd, variant->nr, NULL));
}

TEST_F(cmd, half_there_efault)
{
	char *arg = self->arg + PAGE - variant->size + 4;

	memmove(arg, self->arg, variant->size - 4);
	EXPECT_EQ(-EFAULT, call(self->fd, variant->nr, arg));
}

static void spoil_flags(struct __test_metadata *_metadata,
			FIXTURE_DATA(cmd) * self,
			const FIXTURE_VARIANT(cmd) * variant)
{
	__u32 *flags = (__u32 *)(self->arg + variant->flags);
	unsigned int bit;

	for (bit = 0; bit < 32; bit++) {
		if (variant->known_flags & (1U << bit))
			continue;
		*flags ^= 1U << bit;
		EXPECT_EQ(-EOPNOTSUPP, call(self->fd, variant->nr, self->arg));
		*flags ^= 1U << bit;
	}
}

static void spoil_reserved(struct __test_metadata *_metadata,
			   FIXTURE_DATA(cmd) * self,
			   const FIXTURE_VARIANT(cmd) * variant)
{
	unsigned int i;

	for (i = 0; i < MAX_FIELDS && variant->reserved[i]; i++) {
		__u32 *field = (__u32 *)(self->arg + variant->reserved[i]);

		*field = 1U << 31;
		EXPECT_EQ(-EINVAL, call(self->fd, variant->nr, self->arg));
		*field = 0;
	}
}

/* An id of another type is as unknown as one that was never given. */
static void spoil_id(struct __test_metadata *_metadata,
		     FIXTURE_DATA(cmd) * self,
		     const FIXTURE_VARIANT(cmd) * variant, size_t offset)
{
	const struct bed *bed = &self->on.bed;
	const __u32 wrong[] = { 0,	  4711,	      65537,	UINT32_MAX,
				bed->dev, bed->queue, bed->hwpt };
	size_t nr = variant->nr == FAULTQ_DESTROY ? 4 : ARRAY_SIZE(wrong);
	__u32 *id = (__u32 *)(self->arg + offset);
	__u32 right = *id;
	size_t i;

	for (i = 0; i < nr; i++) {
		*id = wrong[i];
		if (*id != right)
			EXPECT_EQ(-ENOENT,
				  call(self->fd, variant->nr, self->arg));
	}
	*id = right;
}

TEST_F(cmd, unknown_flags_reserved_fields_and_ids_refused)
{
	unsigned int i;

	if (variant->flags != NO_FLAGS)
		spoil_flags(_metadata, self, variant);
	spoil_reserved(_metadata, self, variant);
	for (i = 0; i < MAX_FIELDS && variant->ids[i]; i++)
		spoil_id(_metadata, self, variant, variant->ids[i]);

	/* none of that did harm */
	EXPECT_EQ(0, call(self->fd, variant->nr, self->arg));
}

/* What the caller cannot be told of is not left behind for no one. */
TEST_F(cmd, read_only_struct)
{
	int next = dup(0);

	close(next);
	ASSERT_EQ(0, mprotect(self->arg, PAGE, PROT_READ));
	EXPECT_EQ(variant->reply == NONE ? 0 : -EFAULT,
		  call(self->fd, variant->nr, self->arg));
	EXPECT_EQ(next, dup(0));
	if (variant->reply != MAKES)
		return;
	ASSERT_EQ(0, mprotect(self->arg, PAGE, PROT_READ | PROT_WRITE));
	EXPECT_EQ(0, call(self->fd, variant->nr, self->arg));
}

FIXTURE(files)
{
	struct bed bed;
};

FIXTURE_SETUP(files)
{
	ASSERT_EQ(0, bed_make(&self->bed, &(struct faultq_queue_alloc){}));
}

FIXTURE_TEARDOWN(files)
{
	bed_free(&self->bed);
}

static bool on_context(unsigned int nr)
{
	return nr <= FAULTQ_CMD_HWPT_IOVA_RANGES;
}

static bool on_queue(unsigned int nr)
{
	return nr >= FAULTQ_CMD_QUEUE_BASE && nr <= FAULTQ_CMD_QUEUE_REPUBLISH;
}

TEST_F(files, unknown_ioctl_enotty)
{
	unsigned int nr;

	for (nr = 0; nr < 256; nr++) {
		if (!on_context(nr))
			EXPECT_EQ(-ENOTTY, call(self->bed.ctx,
						_IO(FAULTQ_TYPE, nr), NULL));
		if (!on_queue(nr))
			EXPECT_EQ(-ENOTTY, call(self->bed.fd,
						_IO(FAULTQ_TYPE, nr), NULL));
	}
}

TEST_F(files, other_encoding_enotty)
{
	const unsigned int queue_nr = FAULTQ_CMD_QUEUE_INFO;

	EXPECT_EQ(-ENOTTY,
		  call(self->bed.ctx, _IOW(FAULTQ_TYPE, 0, int), NULL));
	EXPECT_EQ(-ENOTTY, call(self->bed.ctx, _IO(FAULTQ_TYPE + 1, 0), NULL));
	EXPECT_EQ(-ENOTTY,
		  call(self->bed.fd, _IOR(FAULTQ_TYPE, queue_nr, int), NULL));
	EXPECT_EQ(-ENOTTY,
		  call(self->bed.fd, _IO(FAULTQ_TYPE - 1, queue_nr), NULL));
}

TEST_F(files, unknown_ring_einval)
{
	const __u32 rings[] = { 1, 2, FAULTQ_MAX_RINGS, 1 << 31, UINT32_MAX };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rings); i++) {
		EXPECT_EQ(-EINVAL, fq_doorbell(self->bed.fd, rings[i]));
		EXPECT_EQ(-EINVAL, fq_republish(self->bed.fd, rings[i]));
		EXPECT_EQ(-EINVAL, fq_eventfd(self->bed.fd, rings[i], -1));
	}
	/* which a 32-bit program cannot even say */
	if (sizeof(void *) > sizeof(__u32)) {
		EXPECT_EQ(-EINVAL, call(self->bed.fd, FAULTQ_QUEUE_DOORBELL,
					(void *)(1ULL << 32)));
	}
}

TEST_F(files, context_has_no_data)
{
	char byte;

	EXPECT_EQ(-1, read(self->bed.ctx, &byte, 1));
	EXPECT_EQ(-1, write(self->bed.ctx, &byte, 1));
	EXPECT_EQ(MAP_FAILED,
		  mmap(NULL, PAGE, PROT_READ, MAP_SHARED, self->bed.ctx, 0));
}

TEST_F(files, queue_fd_is_cloexec)
{
	EXPECT_EQ(FD_CLOEXEC, fcntl(self->bed.fd, F_GETFD));
}

TEST(device_node_is_for_root_alone)
{
	struct stat stat_buf;

	ASSERT_EQ(0, stat(FAULTQ_PATH, &stat_buf));
	EXPECT_TRUE(S_ISCHR(stat_buf.st_mode));
	EXPECT_EQ(0600, stat_buf.st_mode & 07777);
	EXPECT_EQ(0, stat_buf.st_uid);
}

TEST(others_may_not_open)
{
	ASSERT_EQ(0, setgroups(0, NULL));
	ASSERT_EQ(0, setresgid(65534, 65534, 65534));
	ASSERT_EQ(0, setresuid(65534, 65534, 65534));
	EXPECT_EQ(-EACCES, fq_open());
}

TEST_HARNESS_MAIN
