// SPDX-License-Identifier: GPL-2.0-only
/*
 * Translation by an SMMUv3: a guest's stream table entry, context descriptors
 * and AArch64 tables, good and bad, and what events say of the bad ones.
 */
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "event.h"
#include "kselftest_harness.h"

/* Where the guest's memory begins for the guest, and how much there is */
#define GPA 0x40000000ULL
#define PAGES 64
#define NOWHERE 0x123456000ULL

#define GVA 0x7f1234567000ULL
#define SSID 5
#define CDMAX 6

#define STE_V 1ULL
#define STE_CONFIG(config) ((__u64)(config) << 1)
#define STE_S1 (STE_V | STE_CONFIG(5))
#define STE_S1CDMAX(bits) ((__u64)(bits) << 59)
#define STE_S1DSS_SSID0 2ULL

#define CD_T0SZ(bits) ((__u64)(bits))
#define CD_EPD0 0x4000ULL
#define CD_EPD1 0x40000000ULL
#define CD_V 0x80000000ULL
#define CD_IPS(oas) ((__u64)(oas) << 32)
#define CD_AA64 0x20000000000ULL
#define CD_R 0x200000000000ULL
#define CD_A 0x400000000000ULL
#define CD_GOOD \
	(CD_T0SZ(16) | CD_EPD1 | CD_V | CD_IPS(5) | CD_AA64 | CD_R | CD_A)

#define PTE_BLOCK 1ULL
#define PTE_TABLE 3ULL
#define PTE_EL0 0x40ULL
#define PTE_RDONLY 0x80ULL
#define PTE_AF 0x400ULL
#define PTE_UXN 0x40000000000000ULL
#define PTE_NO_EL0_BELOW 0x2000000000000000ULL
#define PTE_RDONLY_BELOW 0x4000000000000000ULL
#define PTE_USER (PTE_EL0 | PTE_AF)

/* Event ids, and fields of events */
enum {
	C_BAD_SUBSTREAMID = 0x08,
	C_BAD_CD = 0x0a,
	F_TRANSLATION = 0x10,
	F_ADDR_SIZE = 0x11,
	F_ACCESS = 0x12,
	F_PERMISSION = 0x13,
};

enum {
	CLASS_CD,
	CLASS_TTD,
	CLASS_IN,
};

#define EVT_RNW 0x800000000ULL
#define EVT_S2 0x8000000000ULL
#define EVT_CLASS(qw1) ((qw1) >> 40 & 3)

#define TLBI_NH_VAA 0x13

/**
 * struct vsmmu - a guest with one device
 * @mock: control file of the mock
 * @ctx: a context
 * @iommu: the mock's id of the SMMUv3
 * @ep: the mock's id of the endpoint
 * @dev: id of the DEVICE
 * @parent: id of the HWPT that maps @mem
 * @viommu: id of the VIOMMU on it
 * @hwpt: id of the nested HWPT that the RID has
 * @mem: the guest's memory
 * @used: pages of it that were given out
 * @cdtab: where the context descriptors are
 * @root: where the page table of SSID is
 * @page: what it maps at GVA
 * @events: the device's events
 * @dma: the last DMA
 */
struct vsmmu {
	int mock;
	int ctx;
	__u32 iommu;
	__u32 ep;
	__u32 dev;
	__u32 parent;
	__u32 viommu;
	__u32 hwpt;
	unsigned char *mem;
	unsigned int used;
	__u64 cdtab;
	__u64 root;
	__u64 page;
	struct event_queue events;
	struct mock_iommu_dma dma;
};

FIXTURE(translate)
{
	struct vsmmu vm;
};

static __u64 take_page(struct vsmmu *guest)
{
	return GPA + guest->used++ * PAGE;
}

static __u64 *at(const struct vsmmu *guest, __u64 gpa)
{
	return (__u64 *)(guest->mem + (gpa - GPA));
}

static __u64 *cd(const struct vsmmu *guest, unsigned int ssid)
{
	return at(guest, guest->cdtab + ssid * 64);
}

/* The entry of a level, the last one being 1; tables above are made */
static __u64 *entry(struct vsmmu *guest, __u64 gva, unsigned int level)
{
	__u64 table = guest->root, *at_level;
	unsigned int i;

	for (i = 4;; i--) {
		at_level = at(guest, table) + (gva >> (12 + 9 * (i - 1)) & 511);
		if (i == level)
			return at_level;
		if (!*at_level)
			*at_level = PTE_TABLE | take_page(guest);
		table = *at_level & 0xfffffffff000ULL;
	}
}

static int viommu_alloc(const struct vsmmu *guest)
{
	return fq_viommu_typed(guest->ctx, guest->dev, guest->parent,
			       FAULTQ_VIOMMU_TYPE_ARM_SMMUV3);
}

static int nested_alloc(const struct vsmmu *guest, const __u64 *ste)
{
	struct faultq_hwpt_arm_smmuv3 data = { .ste = { ste[0], ste[1] } };
	struct faultq_hwpt_alloc alloc = {
		.dev_id = guest->dev,
		.pt_id = guest->viommu,
		.data_type = FAULTQ_HWPT_DATA_ARM_SMMUV3,
		.data_len = sizeof(data),
		.data_uptr = (uintptr_t)&data,
	};

	return fq_nested_data(guest->ctx, &alloc);
}

/* Replaces the guest's stream table entry. */
static int set_ste(struct vsmmu *guest, __u64 qw0, __u64 qw1)
{
	const __u64 ste[] = { qw0, qw1 };
	int ret = nested_alloc(guest, ste), old = guest->hwpt;

	if (ret < 0)
		return ret;
	guest->hwpt = ret;
	ret = fq_attach(guest->ctx, guest->dev, guest->hwpt, NO_PASID, 0);
	return ret || !old ? ret : fq_destroy(guest->ctx, old);
}

/* Returns how the DMA of a byte ended. */
static int dma(struct vsmmu *guest, __u32 op, int ssid, __u64 gva)
{
	static unsigned char byte;

	guest->dma = (struct mock_iommu_dma){
		.size = sizeof(guest->dma),
		.flags = ssid == NO_PASID ? 0 : MOCK_IOMMU_DMA_PASID,
		.endpoint_id = guest->ep,
		.op = op,
		.pasid = ssid == NO_PASID ? 0 : ssid,
		.iova = gva,
		.buf = (uintptr_t)&byte,
		.length = 1,
	};
	byte = 'w';
	if (call(guest->mock, MOCK_IOMMU_DMA, &guest->dma))
		return -errno;
	return guest->dma.out_status ?: op == MOCK_IOMMU_DMA_READ ? -byte : 0;
}

/* The event id that a write ended with; 0 if it did not fail */
static int refusal(struct vsmmu *guest, int ssid)
{
	dma(guest, MOCK_IOMMU_DMA_WRITE, ssid, GVA);
	return guest->dma.out_reason;
}

static int tlbi(const struct vsmmu *guest, __u64 gva)
{
	struct faultq_viommu_arm_smmuv3_invalidate command = {
		.cmd = { TLBI_NH_VAA, gva },
	};
	struct faultq_hwpt_invalidate arg = {
		.size = sizeof(arg),
		.hwpt_id = guest->viommu,
		.data_uptr = (uintptr_t)&command,
		.data_type = FAULTQ_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3,
		.entry_len = sizeof(command),
		.entry_num = 1,
	};

	return call(guest->ctx, FAULTQ_HWPT_INVALIDATE, &arg);
}

FIXTURE_SETUP(translate)
{
	struct mock_iommu_endpoint_add add = { .rid = 0x20, .pasid_bits = 20 };

	self->vm.mock = mock_open();
	self->vm.ctx = fq_open();
	self->vm.iommu =
		mock_iommu_add_kind(self->vm.mock, MOCK_IOMMU_KIND_SMMUV3);
	add.iommu_id = self->vm.iommu;
	self->vm.dev = bind_new(self->vm.mock, self->vm.ctx, &add);
	self->vm.ep = add.out_endpoint_id;
	ASSERT_LT(0, (int)self->vm.dev);
	self->vm.parent = fq_parent(self->vm.ctx, self->vm.dev);
	ASSERT_LT(0, (int)self->vm.parent);
	self->vm.viommu = viommu_alloc(&self->vm);
	ASSERT_LT(0, (int)self->vm.viommu);
	/* the guest's stream id is that of the host: records need no translation */
	ASSERT_LT(0, fq_vdevice(self->vm.ctx, self->vm.viommu, self->vm.dev,
				add.rid));
	self->vm.mem = pages_alloc(PAGES);
	ASSERT_NE(NULL, self->vm.mem);
	ASSERT_EQ(0, fq_map(self->vm.ctx, self->vm.parent, MAP_RW, self->vm.mem,
			    PAGES * PAGE, GPA));
	ASSERT_EQ(0,
		  event_queue_make(&self->vm.events, self->vm.ctx, self->vm.dev,
				   0, (struct faultq_queue_alloc){}));

	self->vm.cdtab = take_page(&self->vm);
	self->vm.root = take_page(&self->vm);
	self->vm.page = take_page(&self->vm);
	cd(&self->vm, SSID)[0] = CD_GOOD;
	cd(&self->vm, SSID)[1] = self->vm.root;
	*entry(&self->vm, GVA, 1) = self->vm.page | PTE_TABLE | PTE_USER;
	*at(&self->vm, self->vm.page) = 'g';
	ASSERT_EQ(0, set_ste(&self->vm,
			     STE_S1 | self->vm.cdtab | STE_S1CDMAX(CDMAX),
			     STE_S1DSS_SSID0));
}

FIXTURE_TEARDOWN(translate)
{
	event_queue_close(&self->vm.events);
	close_once(&self->vm.ctx);
	mock_iommu_remove(self->vm.mock, self->vm.iommu);
	close_once(&self->vm.mock);
	munmap(self->vm.mem, PAGES * PAGE);
}

/* What the last event says, native words included */
static void expect_event(struct __test_metadata *_metadata, struct vsmmu *guest,
			 __u32 reason, int class, __u64 ipa)
{
	const struct faultq_event *event;
	__u64 qw[4];

	ASSERT_TRUE(EVENTS_ARRIVED(&guest->events, 1));
	event = event_at(&guest->events, 0);
	ASSERT_EQ(FAULTQ_NATIVE_ARM_SMMUV3, event->native_type);
	ASSERT_EQ(sizeof(qw), event->native_len);
	memcpy(qw, event->native, sizeof(qw));
	EXPECT_EQ(reason, qw[0] & 0xff);
	EXPECT_EQ(SSID, qw[0] >> 12 & 0xfffff);
	EXPECT_EQ(SSID, event->pasid);
	EXPECT_EQ(class, EVT_CLASS(qw[1]));
	EXPECT_EQ(0, qw[1] & EVT_RNW);
	EXPECT_EQ(GVA, qw[2]);
	EXPECT_EQ(ipa ? EVT_S2 : 0, qw[1] & EVT_S2);
	EXPECT_EQ(ipa, qw[3]);
}

TEST_F(translate, every_pasid_without_a_bind)
{
	EXPECT_EQ(-'g', dma(&self->vm, MOCK_IOMMU_DMA_READ, SSID, GVA));
	EXPECT_EQ(0, dma(&self->vm, MOCK_IOMMU_DMA_WRITE, SSID, GVA));
	EXPECT_EQ('w', *(unsigned char *)at(&self->vm, self->vm.page));
	memcpy(cd(&self->vm, SSID + 1), cd(&self->vm, SSID), 64);
	EXPECT_EQ(-'w', dma(&self->vm, MOCK_IOMMU_DMA_READ, SSID + 1, GVA));
	memcpy(cd(&self->vm, 0), cd(&self->vm, SSID), 64);
	EXPECT_EQ(-'w', dma(&self->vm, MOCK_IOMMU_DMA_READ, NO_PASID, GVA));
}

TEST_F(translate, context_descriptors_on_two_levels)
{
	__u64 top = take_page(&self->vm);

	*at(&self->vm, top) = self->vm.cdtab | 1;
	ASSERT_EQ(0, set_ste(&self->vm,
			     STE_S1 | 1ULL << 4 | top | STE_S1CDMAX(CDMAX + 1),
			     STE_S1DSS_SSID0));
	EXPECT_EQ(-'g', dma(&self->vm, MOCK_IOMMU_DMA_READ, SSID, GVA));
	EXPECT_EQ(C_BAD_SUBSTREAMID, refusal(&self->vm, 64 + SSID));
}

TEST_F(translate, blocks)
{
	__u64 offset = self->vm.page - GPA;

	*entry(&self->vm, 0, 2) = GPA | PTE_BLOCK | PTE_USER;
	EXPECT_EQ(-'g', dma(&self->vm, MOCK_IOMMU_DMA_READ, SSID, offset));
	*entry(&self->vm, 1ULL << 39, 3) = GPA | PTE_BLOCK | PTE_USER;
	EXPECT_EQ(-'g', dma(&self->vm, MOCK_IOMMU_DMA_READ, SSID,
			    (1ULL << 39) + offset));
	/* there is none of 512 GiB, nor one in the last level */
	*entry(&self->vm, 2ULL << 39, 4) = PTE_BLOCK | PTE_USER;
	EXPECT_EQ(MOCK_IOMMU_DMA_BLOCKED,
		  dma(&self->vm, MOCK_IOMMU_DMA_READ, SSID, 2ULL << 39));
	EXPECT_EQ(F_TRANSLATION, self->vm.dma.out_reason);
	*entry(&self->vm, GVA, 1) = self->vm.page | PTE_BLOCK | PTE_USER;
	EXPECT_EQ(F_TRANSLATION, refusal(&self->vm, SSID));
}

TEST_F(translate, missing_at_each_level)
{
	unsigned int level;

	for (level = 1; level <= 4; level++) {
		*entry(&self->vm, GVA, level) = 0;
		EXPECT_EQ(F_TRANSLATION, refusal(&self->vm, SSID));
		EXPECT_EQ(1, self->vm.dma.out_stage);
		EXPECT_EQ(GVA, self->vm.dma.out_fault_addr);
	}
}

/* Beyond the width, and in the half that TTB1 is for */
TEST_F(translate, input_address_out_of_range)
{
	EXPECT_EQ(MOCK_IOMMU_DMA_BLOCKED,
		  dma(&self->vm, MOCK_IOMMU_DMA_READ, SSID, 1ULL << 48));
	EXPECT_EQ(F_TRANSLATION, self->vm.dma.out_reason);
	EXPECT_EQ(MOCK_IOMMU_DMA_BLOCKED,
		  dma(&self->vm, MOCK_IOMMU_DMA_READ, SSID, ~0ULL << 48));
	EXPECT_EQ(F_TRANSLATION, self->vm.dma.out_reason);
}

static const struct {
	__u64 clear;
	__u64 set;
	unsigned int level;
	int reason;
} leaves[] = {
	{ .level = 1, .clear = PTE_AF, .reason = F_ACCESS },
	{ .level = 1, .set = PTE_RDONLY, .reason = F_PERMISSION },
	{ .level = 1, .clear = PTE_EL0, .reason = F_PERMISSION },
	{ .level = 2, .set = PTE_RDONLY_BELOW, .reason = F_PERMISSION },
	{ .level = 4, .set = PTE_NO_EL0_BELOW, .reason = F_PERMISSION },
	{ .level = 1, .set = 1ULL << 48, .reason = F_ADDR_SIZE },
	{ .level = 3, .set = 1ULL << 51, .reason = F_ADDR_SIZE },
	/* bits of no meaning here: not global, contiguous, not executable */
	{ .level = 1, .set = 1ULL << 11 | 1ULL << 52 | PTE_UXN },
};

TEST_F(translate, attributes)
{
	__u64 *changed, good;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(leaves); i++) {
		changed = entry(&self->vm, GVA, leaves[i].level);
		good = *changed;
		*changed = (good & ~leaves[i].clear) | leaves[i].set;
		EXPECT_EQ(leaves[i].reason, refusal(&self->vm, SSID))
		TH_LOG("leaf %u", i);
		*changed = good;
	}
}

TEST_F(translate, execution)
{
	*entry(&self->vm, GVA, 1) |= PTE_UXN;
	self->vm.dma = (struct mock_iommu_dma){
		.size = sizeof(self->vm.dma),
		.flags = MOCK_IOMMU_DMA_PASID | MOCK_IOMMU_DMA_EXEC,
		.endpoint_id = self->vm.ep,
		.pasid = SSID,
		.iova = GVA,
		.buf = (uintptr_t)&self->vm.used,
		.length = 1,
	};
	ASSERT_EQ(0, call(self->vm.mock, MOCK_IOMMU_DMA, &self->vm.dma));
	EXPECT_EQ(F_PERMISSION, self->vm.dma.out_reason);
}

TEST_F(translate, missing_in_stage_1)
{
	*entry(&self->vm, GVA, 1) = 0;
	EXPECT_EQ(F_TRANSLATION, refusal(&self->vm, SSID));
	expect_event(_metadata, &self->vm, F_TRANSLATION, CLASS_IN, 0);
}

TEST_F(translate, page_missing_in_stage_2)
{
	*entry(&self->vm, GVA, 1) = NOWHERE | PTE_TABLE | PTE_USER;
	EXPECT_EQ(F_TRANSLATION, refusal(&self->vm, SSID));
	EXPECT_EQ(2, self->vm.dma.out_stage);
	EXPECT_EQ(0, self->vm.dma.out_on_walk);
	EXPECT_EQ(NOWHERE, self->vm.dma.out_fault_addr);
	expect_event(_metadata, &self->vm, F_TRANSLATION, CLASS_IN, NOWHERE);
}

TEST_F(translate, table_missing_in_stage_2)
{
	*entry(&self->vm, GVA, 2) = NOWHERE | PTE_TABLE;
	EXPECT_EQ(F_TRANSLATION, refusal(&self->vm, SSID));
	EXPECT_EQ(2, self->vm.dma.out_stage);
	EXPECT_EQ(1, self->vm.dma.out_on_walk);
	expect_event(_metadata, &self->vm, F_TRANSLATION, CLASS_TTD, NOWHERE);
}

TEST_F(translate, context_descriptor_missing_in_stage_2)
{
	ASSERT_EQ(0,
		  set_ste(&self->vm, STE_S1 | NOWHERE | STE_S1CDMAX(CDMAX), 0));
	EXPECT_EQ(F_TRANSLATION, refusal(&self->vm, SSID));
	EXPECT_EQ(2, self->vm.dma.out_stage);
	expect_event(_metadata, &self->vm, F_TRANSLATION, CLASS_CD, NOWHERE);
}

/* A guest that does not want to hear of faults hears of none. */
TEST_F(translate, silent)
{
	cd(&self->vm, SSID)[0] &= ~CD_R;
	*entry(&self->vm, GVA, 1) = 0;
	EXPECT_EQ(F_TRANSLATION, refusal(&self->vm, SSID));
	cd(&self->vm, SSID)[0] |= CD_R;
	EXPECT_EQ(F_TRANSLATION, refusal(&self->vm, SSID));
	EXPECT_TRUE(EVENTS_ARRIVED(&self->vm.events, 1));
}

static const struct {
	__u64 clear;
	__u64 set;
	__u64 ttb;
	int reason;
} descriptors[] = {
	{ .clear = CD_V, .reason = C_BAD_CD },
	{ .clear = CD_AA64, .reason = C_BAD_CD },
	{ .clear = CD_A, .reason = C_BAD_CD },
	{ .set = CD_T0SZ(17), .reason = C_BAD_CD },
	{ .set = 1ULL << 6, .reason = C_BAD_CD }, /* TG0 */
	{ .set = 1ULL << 15, .reason = C_BAD_CD }, /* ENDI */
	{ .ttb = 1ULL << 51, .reason = C_BAD_CD },
	{ .set = CD_EPD0, .reason = F_TRANSLATION },
};

TEST_F(translate, bad_context_descriptors)
{
	__u64 *words = cd(&self->vm, SSID);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(descriptors); i++) {
		words[0] = (CD_GOOD & ~descriptors[i].clear) |
			   descriptors[i].set;
		words[1] = self->vm.root | descriptors[i].ttb;
		EXPECT_EQ(descriptors[i].reason, refusal(&self->vm, SSID))
		TH_LOG("descriptor %u", i);
	}
	EXPECT_EQ(C_BAD_SUBSTREAMID, refusal(&self->vm, 1 << CDMAX));
}

/* The output size of stage 1 is the guest's choice. */
TEST_F(translate, output_address_out_of_range)
{
	cd(&self->vm, SSID)[0] &= ~CD_IPS(7);
	EXPECT_EQ(-'g', dma(&self->vm, MOCK_IOMMU_DMA_READ, SSID, GVA));
	*entry(&self->vm, GVA, 1) = 1ULL << 32 | PTE_TABLE | PTE_USER;
	ASSERT_EQ(0, tlbi(&self->vm, GVA));
	EXPECT_EQ(F_ADDR_SIZE, refusal(&self->vm, SSID));
	EXPECT_EQ(1, self->vm.dma.out_stage);
}

TEST_F(translate, table_that_leads_to_itself)
{
	__u64 *top = at(&self->vm, self->vm.root);

	top[0] = self->vm.root | PTE_TABLE;
	EXPECT_EQ(MOCK_IOMMU_DMA_BLOCKED,
		  dma(&self->vm, MOCK_IOMMU_DMA_WRITE, SSID, 0));
	EXPECT_EQ(F_ACCESS, self->vm.dma.out_reason);
	top[0] |= PTE_USER;
	EXPECT_EQ(-(int)(PTE_TABLE | PTE_EL0),
		  dma(&self->vm, MOCK_IOMMU_DMA_READ, SSID, 0));
}

TEST_F(translate, stale_until_invalidated)
{
	EXPECT_EQ(0, refusal(&self->vm, SSID));
	*entry(&self->vm, GVA, 1) = 0;
	EXPECT_EQ(0, refusal(&self->vm, SSID));
	EXPECT_EQ(0, tlbi(&self->vm, GVA + (1ULL << 40)));
	EXPECT_EQ(0, refusal(&self->vm, SSID));
	EXPECT_EQ(0, tlbi(&self->vm, GVA));
	EXPECT_EQ(F_TRANSLATION, refusal(&self->vm, SSID));
}

/* What stage 2 does not map any more is out of reach, nested or not. */
TEST_F(translate, unmapped_from_stage_2)
{
	__u64 length = PAGES * PAGE;

	EXPECT_EQ(0, refusal(&self->vm, SSID));
	ASSERT_EQ(0, fq_unmap(self->vm.ctx, self->vm.parent, GPA, &length));
	EXPECT_EQ(F_TRANSLATION, refusal(&self->vm, SSID));
	EXPECT_EQ(2, self->vm.dma.out_stage);
}

static __u64 noise(__u64 *state)
{
	*state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
	return *state ^ *state >> 29;
}

static void fill(__u64 *words, unsigned int nr, __u64 *state)
{
	while (nr--)
		*words++ = noise(state);
}

/* A DMA of whatever kind reaches the guest's memory, or nothing at all. */
static int harmless(struct vsmmu *guest, __u32 op, int ssid, __u64 gva)
{
	int status = dma(guest, op, ssid, gva);

	return status <= 0 || status == MOCK_IOMMU_DMA_BLOCKED;
}

TEST_F(translate, garbage_in_guest_memory)
{
	struct vsmmu *vm = &self->vm;
	unsigned int round;
	__u64 state = 1;

	for (round = 0; round < 300; round++) {
		fill(cd(vm, 0), 512, &state);
		if (round & 1) {
			cd(vm, SSID)[0] = CD_GOOD;
			cd(vm, SSID)[1] = vm->root;
			fill(at(vm, vm->root), 512, &state);
			*entry(vm, GVA, 4) = vm->page | PTE_TABLE;
			fill(at(vm, vm->page), 512, &state);
		}
		EXPECT_TRUE(harmless(vm, MOCK_IOMMU_DMA_WRITE, SSID, GVA));
		EXPECT_TRUE(harmless(vm, MOCK_IOMMU_DMA_READ, NO_PASID,
				     noise(&state)));
	}
}

TEST_F(translate, garbage_for_a_stream_table_entry)
{
	struct vsmmu *vm = &self->vm;
	unsigned int round, accepted = 0;
	__u64 state = 2, ste[2];
	int ret;

	for (round = 0; round < 300; round++) {
		fill(ste, 2, &state);
		if (round & 1) {
			ste[0] = STE_S1 | (ste[0] & ~0xf000000000000ULL &
					   0x07ffffffffffffc0ULL);
			ste[1] &= 0xff;
		}
		ret = set_ste(vm, ste[0], ste[1]);
		EXPECT_TRUE(!ret || ret == -EIO);
		accepted += !ret;
		EXPECT_TRUE(harmless(vm, MOCK_IOMMU_DMA_WRITE, SSID, GVA));
		EXPECT_TRUE(harmless(vm, MOCK_IOMMU_DMA_READ, NO_PASID, GVA));
	}
	EXPECT_LT(0, accepted);
}

TEST_HARNESS_MAIN
