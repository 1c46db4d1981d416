// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest with an SMMUv3: its stream table entry as a nested HWPT, its context
 * descriptors and page tables in its own memory, and its commands.
 */
#include <stdint.h>
#include <string.h>

#include "event.h"
#include "kselftest_harness.h"
#include "nested.h"
#include "variant.h"

/* Where the guest's memory begins for the guest, and how much there is */
#define GPA 0x40000000ULL
#define GUEST_PAGES 64

/* 128 context descriptors of 64 bytes, in two pages */
#define CDMAX 7
#define VSID 0x55
#define SSID 5

/* Where the guest's process has its page */
#define GVA 0x7f0000400000ULL

#define STE_V 1ULL
#define STE_CFG(n) ((__u64)(n) << 1)
#define CFG_ABORT 0
#define CFG_BYPASS 4
#define CFG_S1 5
#define STE_S1FMT(n) ((__u64)(n) << 4)
#define STE_CDMAX(n) ((__u64)(n) << 59)
#define STE_S1DSS(n) ((__u64)(n))
#define STE_EATS(n) ((__u64)(n) << 28)

/* T0SZ 16, EPD1, V, IPS 5, AA64, R, A, ASET */
#define CD_0 \
	(16 | 1ULL << 30 | 1ULL << 31 | 5ULL << 32 | 1ULL << 41 | 7ULL << 45)
#define CD_S 0x100000000000ULL
#define CD_ASID(n) ((__u64)(n) << 48)

#define PTE_TABLE 3ULL
#define PTE_PAGE (3ULL | 1 << 10 | 3 << 8 | 1 << 6)
#define PTE_RDONLY 0x80ULL

enum {
	CMD_CFGI_CD = 0x05,
	CMD_CFGI_CD_ALL = 0x06,
	CMD_TLBI_NH_ALL = 0x10,
	CMD_TLBI_NH_ASID = 0x11,
	CMD_TLBI_NH_VA = 0x12,
	CMD_TLBI_NH_VAA = 0x13,
	CMD_TLBI_S12_VMALL = 0x28,
	CMD_TLBI_NSNH_ALL = 0x30,
	CMD_ATC_INV = 0x40,
	CMD_RESUME = 0x44,
	CMD_SYNC = 0x46,
};

/* Fields of commands */
#define CMD_SSV 0x800
#define CMD_GLOBAL 0x200
#define TLBI_NUM(n) ((__u64)(n) << 12)
#define TLBI_SCALE(n) ((__u64)(n) << 20)
#define TLBI_TTL(n) ((n) << 8)
#define TLBI_TG(n) ((n) << 10) /* 1: 4 KiB */
#define ATC_SIZE_ALL 52

enum {
	C_BAD_STE = 0x04,
	C_BAD_CD = 0x0a,
	F_TRANSLATION = 0x10,
	F_PERMISSION = 0x13,
};

FIXTURE(guest)
{
	struct bed bed;
	struct dma dma;
	unsigned char *mem;
	char *buf;
	__u64 next; /* page of the guest that no one uses yet */
	__u64 cds;
	int parent;
	int viommu;
	int vdevice;
};

FIXTURE_VARIANT(guest)
{
	__u32 flags; /* of the endpoint */
};

FIXTURE_VARIANT_ADD(guest, pri)
VALUES(.flags = BED_PRI);

FIXTURE_VARIANT_ADD(guest, stall)
VALUES(.flags = BED_STALL);

static __u64 new_pages(FIXTURE_DATA(guest) * self, unsigned int nr)
{
	self->next += nr * PAGE;
	return self->next - nr * PAGE;
}

static void *at(FIXTURE_DATA(guest) * self, __u64 gpa)
{
	return self->mem + (gpa - GPA);
}

/* The entry of the last level for @gva below @root; tables are made. */
static __u64 *pte(FIXTURE_DATA(guest) * self, __u64 root, __u64 gva)
{
	__u64 *entry;
	int shift;

	for (shift = 39;; shift -= 9) {
		entry = (__u64 *)at(self, root) + (gva >> shift & 511);
		if (shift == 12)
			return entry;
		if (!*entry)
			*entry = new_pages(self, 1) | PTE_TABLE;
		root = *entry & ~0xfffULL;
	}
}

/* Gives a substream a page table of its own, where its ASID is @ssid + 1. */
static __u64 add_cd(FIXTURE_DATA(guest) * self, __u32 ssid, __u64 bits)
{
	__u64 *cd = at(self, self->cds + ssid * 64);

	cd[1] = new_pages(self, 1);
	cd[0] = CD_0 | bits | CD_ASID(ssid + 1);
	return cd[1];
}

static int alloc_viommu(FIXTURE_DATA(guest) * self, __u32 type)
{
	return fq_viommu_typed(self->bed.ctx, self->bed.dev, self->parent,
			       type);
}

/* @queue: the HWPT names the bed's QUEUE. Returns the id. */
static int alloc_nested(FIXTURE_DATA(guest) * self, __u64 ste0, __u64 ste1,
			bool queue)
{
	const struct faultq_hwpt_arm_smmuv3 data = { .ste = { ste0, ste1 } };
	struct faultq_hwpt_alloc alloc = {
		.dev_id = self->bed.dev,
		.pt_id = self->viommu,
		.data_type = FAULTQ_HWPT_DATA_ARM_SMMUV3,
		.data_uptr = (uintptr_t)&data,
		.data_len = sizeof(data),
	};

	if (queue) {
		alloc.flags = FAULTQ_HWPT_ALLOC_FAULT_ID_VALID;
		alloc.fault_id = self->bed.queue;
	}
	return fq_nested_data(self->bed.ctx, &alloc);
}

static __u64 ste_0(FIXTURE_DATA(guest) * self)
{
	return STE_V | STE_CFG(CFG_S1) | self->cds | STE_CDMAX(CDMAX);
}

static __u64 eats(__u32 flags)
{
	return flags == BED_PRI ? STE_EATS(1) : 0;
}

/* Requests without PASID are those of substream 0. */
static int attach_nested(FIXTURE_DATA(guest) * self, __u32 flags, bool queue)
{
	int hwpt = alloc_nested(self, ste_0(self), STE_S1DSS(2) | eats(flags),
				queue);

	if (hwpt < 0)
		return hwpt;
	return fq_attach(self->bed.ctx, self->bed.dev, hwpt, NO_PASID, 77);
}

static int invalidate(FIXTURE_DATA(guest) * self,
		      struct faultq_viommu_arm_smmuv3_invalidate *entries,
		      __u32 *nr)
{
	struct faultq_hwpt_invalidate arg = {
		.size = sizeof(arg),
		.hwpt_id = self->viommu,
		.data_uptr = (uintptr_t)entries,
		.data_type = FAULTQ_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3,
		.entry_len = sizeof(*entries),
		.entry_num = *nr,
	};
	int ret = call(self->bed.ctx, FAULTQ_HWPT_INVALIDATE, &arg);

	*nr = arg.entry_num;
	return ret;
}

static int command(FIXTURE_DATA(guest) * self, __u64 qw0, __u64 qw1)
{
	struct faultq_viommu_arm_smmuv3_invalidate entry = {
		.cmd = { qw0, qw1 },
	};
	__u32 nr = 1;

	return invalidate(self, &entry, &nr);
}

static __u64 sid(__u64 vsid)
{
	return vsid << 32;
}

static __u64 asid(__u64 asid)
{
	return asid << 48;
}

/* What is cached of all addresses in the device TLB, with and without PASID */
static int invalidate_devtlb(FIXTURE_DATA(guest) * self)
{
	int ret = command(self, CMD_ATC_INV | sid(VSID), ATC_SIZE_ALL);

	if (ret)
		return ret;
	return command(self, CMD_ATC_INV | CMD_SSV | CMD_GLOBAL | sid(VSID),
		       ATC_SIZE_ALL);
}

FIXTURE_SETUP(guest)
{
	struct bed *bed = &self->bed;

	self->mem = pages_alloc(GUEST_PAGES);
	self->buf = pages_alloc(1);
	ASSERT_TRUE(self->mem && self->buf);
	self->next = GPA;
	self->cds = new_pages(self, 2);
	ASSERT_EQ(0, bed_make_kind(bed, MOCK_IOMMU_KIND_SMMUV3, variant->flags,
				   &(struct faultq_queue_alloc){}));
	self->parent = fq_parent(bed->ctx, bed->dev);
	ASSERT_LT(0, self->parent);
	ASSERT_EQ(0, fq_map(bed->ctx, self->parent, MAP_RW, self->mem,
			    GUEST_PAGES * PAGE, GPA));
	self->viommu = alloc_viommu(self, FAULTQ_VIOMMU_TYPE_ARM_SMMUV3);
	ASSERT_LT(0, self->viommu);
	self->vdevice = fq_vdevice(bed->ctx, self->viommu, bed->dev, VSID);
	ASSERT_LT(0, self->vdevice);
	dma_init(&self->dma, bed, MOCK_IOMMU_DMA_READ, self->buf, 1);
	self->dma.arg.iova = GVA;
}

FIXTURE_TEARDOWN(guest)
{
	bed_free(&self->bed);
}

TEST_F(guest, every_pasid_by_the_guests_table)
{
	__u64 root[3], page[3];
	unsigned int i;

	for (i = 0; i < 3; i++) {
		page[i] = new_pages(self, 1);
		memset(at(self, page[i]), '0' + i, PAGE);
		root[i] = add_cd(self, i * SSID, 0);
		*pte(self, root[i], GVA) = page[i] | PTE_PAGE;
	}
	ASSERT_EQ(0, attach_nested(self, variant->flags, false));
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_run(&self->dma));
	EXPECT_EQ('0', self->buf[0]);
	for (i = 1; i < 3; i++) {
		dma_pasid(&self->dma, i * SSID);
		EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_run(&self->dma));
		EXPECT_EQ('0' + i, (unsigned int)self->buf[0]);
	}
}

TEST_F(guest, page_request_with_any_pasid)
{
	struct bed *bed = &self->bed;
	const struct faultq_page_request *request;
	__u64 root = add_cd(self, SSID, CD_S), page = new_pages(self, 1);

	memset(at(self, page), 'g', PAGE);
	ASSERT_EQ(0, attach_nested(self, variant->flags, true));
	dma_pasid(&self->dma, SSID);
	ASSERT_EQ(0, dma_start(&self->dma));
	ASSERT_EQ(0, ring_wait(&bed->ring, 1));
	request = ring_at(&bed->ring, 0);
	EXPECT_EQ(77, request->cookie);
	EXPECT_EQ(SSID, request->pasid);
	EXPECT_TRUE(request->flags & FAULTQ_PAGE_REQUEST_PASID_VALID);
	EXPECT_EQ(GVA, request->addr);
	*pte(self, root, GVA) = page | PTE_PAGE;
	ring_answer(&bed->ring, ring_take(&bed->ring), FAULTQ_RESPONSE_SUCCESS);
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_wait(&self->dma));
	EXPECT_EQ('g', self->buf[0]);
}

/*
 * What a guest translates needs a stream id by which the guest invalidates. It need
 * not stay.
 */
TEST_F(guest, without_a_vdevice)
{
	int ctx = self->bed.ctx, dev = self->bed.dev, hwpt, other;
	__u64 root = add_cd(self, SSID, 0), page = new_pages(self, 1);

	memset(at(self, page), 'v', PAGE);
	*pte(self, root, GVA) = page | PTE_PAGE;
	hwpt = alloc_nested(self, ste_0(self), STE_S1DSS(2), false);
	ASSERT_LT(0, hwpt);
	ASSERT_EQ(0, fq_destroy(ctx, self->vdevice));
	EXPECT_EQ(-ENOENT, fq_attach(ctx, dev, hwpt, NO_PASID, 0));
	/* nor will one of another VIOMMU do */
	other = alloc_viommu(self, FAULTQ_VIOMMU_TYPE_ARM_SMMUV3);
	ASSERT_LT(0, other);
	self->vdevice = fq_vdevice(ctx, other, dev, VSID);
	ASSERT_LT(0, self->vdevice);
	EXPECT_EQ(-ENOENT, fq_attach(ctx, dev, hwpt, NO_PASID, 0));
	ASSERT_EQ(0, fq_destroy(ctx, self->vdevice));
	self->vdevice = fq_vdevice(ctx, self->viommu, dev, VSID);
	ASSERT_LT(0, self->vdevice);
	ASSERT_EQ(0, fq_attach(ctx, dev, hwpt, NO_PASID, 0));
	if (variant->flags == BED_PRI)
		return;
	ASSERT_EQ(0, fq_destroy(ctx, self->vdevice));
	dma_pasid(&self->dma, SSID);
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_run(&self->dma));
	EXPECT_EQ('v', self->buf[0]);
}

/* What translates nothing does without. */
TEST_F(guest, bypass_without_a_vdevice)
{
	const __u64 entries[] = {
		0, STE_V | STE_CFG(CFG_ABORT), STE_V | STE_CFG(CFG_BYPASS),
		~STE_V, /* whatever else it says */
	};
	struct bed *bed = &self->bed;
	unsigned int i;
	int hwpt;

	ASSERT_EQ(0, fq_destroy(bed->ctx, self->vdevice));
	for (i = 0; i < ARRAY_SIZE(entries); i++) {
		hwpt = alloc_nested(self, entries[i], 0, false);
		ASSERT_LT(0, hwpt);
		EXPECT_EQ(0, fq_attach(bed->ctx, bed->dev, hwpt, NO_PASID, 0));
	}
}

/* The VDEVICE goes while the device works: the events are the device's again. */
TEST_F(guest, vdevice_goes)
{
	struct bed *bed = &self->bed;
	__u64 root = add_cd(self, SSID, CD_S), page = new_pages(self, 1);
	const struct faultq_event *event;
	struct event_queue queues[2];
	int i;

	ASSERT_EQ(0, attach_nested(self, variant->flags, true));
	ASSERT_EQ(0, fq_destroy(bed->ctx, self->vdevice));
	ASSERT_EQ(0, event_queue_make(&queues[0], bed->ctx, bed->dev,
				      FAULTQ_NATIVE_NONE,
				      (struct faultq_queue_alloc){}));
	ASSERT_EQ(0, event_queue_make(&queues[1], bed->ctx, self->viommu,
				      FAULTQ_NATIVE_NONE,
				      (struct faultq_queue_alloc){}));
	for (i = 0; i < 2; i++) {
		/* then one that no descriptor is for */
		dma_pasid(&self->dma, SSID + i);
		ASSERT_EQ(0, dma_start(&self->dma));
		if (!i) {
			ASSERT_EQ(0, ring_wait(&bed->ring, 1));
			EXPECT_EQ(77, ring_at(&bed->ring, 0)->cookie);
			EXPECT_EQ(SSID, ring_at(&bed->ring, 0)->pasid);
			*pte(self, root, GVA) = page | PTE_PAGE;
			ring_answer(&bed->ring, ring_take(&bed->ring),
				    FAULTQ_RESPONSE_SUCCESS);
		}
		EXPECT_EQ(i ? MOCK_IOMMU_DMA_BLOCKED : MOCK_IOMMU_DMA_OK,
			  dma_wait(&self->dma));
	}
	ASSERT_TRUE(EVENTS_ARRIVED(&queues[0], 1));
	event = event_at(&queues[0], 0);
	EXPECT_EQ(bed->dev, event->dev_id);
	EXPECT_FALSE(event->flags & FAULTQ_EVENT_VIRT_ID_VALID);
	EXPECT_EQ(0, event->virt_id);
	EXPECT_EQ(SSID + 1, event->pasid);
	EXPECT_EQ(77, event->cookie);
	EXPECT_EQ(0, LOOK(queues[1].ring.header->arrived));
	event_queue_close(&queues[0]);
	event_queue_close(&queues[1]);
}

TEST_F(guest, detached_with_a_fault_of_a_pasid_pending)
{
	struct bed *bed = &self->bed;

	add_cd(self, SSID, CD_S);
	ASSERT_EQ(0, attach_nested(self, variant->flags, true));
	dma_pasid(&self->dma, SSID);
	ASSERT_EQ(0, dma_start(&self->dma));
	ASSERT_EQ(0, ring_wait(&bed->ring, 1));
	ASSERT_EQ(0, fq_detach(bed->ctx, bed->dev, NO_PASID));
	EXPECT_EQ(MOCK_IOMMU_DMA_INVALID, dma_wait(&self->dma));
	EXPECT_EQ(0, ring_pending(&bed->ring));
}

TEST_F(guest, stale_until_invalidated_and_never_after)
{
	__u64 root = add_cd(self, SSID, 0);
	__u64 old = new_pages(self, 1), new = new_pages(self, 1);

	memset(at(self, old), 'o', PAGE);
	memset(at(self, new), 'n', PAGE);
	*pte(self, root, GVA) = old | PTE_PAGE;
	ASSERT_EQ(0, attach_nested(self, variant->flags, false));
	dma_pasid(&self->dma, SSID);
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_run(&self->dma));
	EXPECT_EQ('o', self->buf[0]);
	*pte(self, root, GVA) = new | PTE_PAGE;
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_run(&self->dma));
	EXPECT_EQ('o', self->buf[0]);
	/* of another ASID, and of another address */
	EXPECT_EQ(0, command(self, CMD_TLBI_NH_ASID | asid(SSID), 0));
	EXPECT_EQ(0, command(self, CMD_TLBI_NH_VA | asid(SSID + 1),
			     (GVA + (1 << 30)) | TLBI_TG(1) | TLBI_TTL(3)));
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_run(&self->dma));
	EXPECT_EQ('o', self->buf[0]);
	EXPECT_EQ(0, command(self, CMD_TLBI_NH_VA | asid(SSID + 1),
			     GVA | TLBI_TG(1) | TLBI_TTL(3)));
	EXPECT_EQ(0, invalidate_devtlb(self));
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_run(&self->dma));
	EXPECT_EQ('n', self->buf[0]);
	*pte(self, root, GVA) = 0;
	EXPECT_EQ(0, command(self, CMD_TLBI_NSNH_ALL, 0));
	EXPECT_EQ(0, invalidate_devtlb(self));
	EXPECT_NE(MOCK_IOMMU_DMA_OK, dma_run(&self->dma));
}

/* A range may be said to be longer than there are addresses. */
TEST_F(guest, ranges_beyond_all_addresses)
{
	const __u64 all = CMD_TLBI_NH_VA | TLBI_NUM(31) | TLBI_SCALE(31) |
			  asid(SSID + 1);
	__u64 root = add_cd(self, SSID, 0);
	__u64 old = new_pages(self, 1), new = new_pages(self, 1);

	memset(at(self, old), 'o', PAGE);
	memset(at(self, new), 'n', PAGE);
	*pte(self, root, GVA) = old | PTE_PAGE;
	ASSERT_EQ(0, attach_nested(self, variant->flags, false));
	dma_pasid(&self->dma, SSID);
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_run(&self->dma));
	*pte(self, root, GVA) = new | PTE_PAGE;

	/* from behind the page on: it stays */
	EXPECT_EQ(0, command(self, all, (GVA + PAGE) | TLBI_TG(1)));
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_run(&self->dma));
	EXPECT_EQ('o', self->buf[0]);
	EXPECT_EQ(0, command(self, all, PAGE | TLBI_TG(1)));
	EXPECT_EQ(0, invalidate_devtlb(self));
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_run(&self->dma));
	EXPECT_EQ('n', self->buf[0]);
}

/* Unmapping the guest's memory needs no command of the guest. */
TEST_F(guest, memory_of_the_guest_goes)
{
	struct bed *bed = &self->bed;
	__u64 root = add_cd(self, SSID, 0), length = PAGE;

	*pte(self, root, GVA) = (GPA + GUEST_PAGES * PAGE) | PTE_PAGE;
	ASSERT_EQ(0, fq_map(bed->ctx, self->parent, MAP_RW, self->buf, PAGE,
			    GPA + GUEST_PAGES * PAGE));
	ASSERT_EQ(0, attach_nested(self, variant->flags, false));
	dma_pasid(&self->dma, SSID);
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_run(&self->dma));
	ASSERT_EQ(0, fq_unmap(bed->ctx, self->parent, GPA + GUEST_PAGES * PAGE,
			      &length));
	EXPECT_NE(MOCK_IOMMU_DMA_OK, dma_run(&self->dma));
	EXPECT_EQ(2, self->dma.arg.out_stage);
}

/* A device that has no PASIDs says that it has one, and the guest's table too. */
TEST_F(guest, memory_goes_for_who_has_no_pasids)
{
	struct bed *bed = &self->bed;
	struct mock_iommu_endpoint_add add = {
		.flags = MOCK_IOMMU_ENDPOINT_ATS,
		.iommu_id = bed->iommu,
	};
	__u64 root = add_cd(self, 0, 0), length = PAGE;
	int dev, hwpt;

	dev = bind_new(bed->mock, bed->ctx, &add);
	ASSERT_LT(0, dev);
	ASSERT_LT(0, fq_vdevice(bed->ctx, self->viommu, dev, VSID + 1));
	*pte(self, root, GVA) = (GPA + GUEST_PAGES * PAGE) | PTE_PAGE;
	ASSERT_EQ(0, fq_map(bed->ctx, self->parent, MAP_RW, self->buf, PAGE,
			    GPA + GUEST_PAGES * PAGE));
	/* requests without PASID are terminated */
	hwpt = alloc_nested(self, ste_0(self), STE_S1DSS(0) | STE_EATS(1),
			    false);
	ASSERT_LT(0, hwpt);
	ASSERT_EQ(0, fq_attach(bed->ctx, dev, hwpt, NO_PASID, 0));
	self->dma.arg.endpoint_id = add.out_endpoint_id;
	dma_pasid(&self->dma, 0);
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_run(&self->dma));
	ASSERT_EQ(0, fq_unmap(bed->ctx, self->parent, GPA + GUEST_PAGES * PAGE,
			      &length));
	EXPECT_EQ(MOCK_IOMMU_DMA_BLOCKED, dma_run(&self->dma));
	EXPECT_EQ(2, self->dma.arg.out_stage);
}

/* Two VIOMMUs on one parent have nothing of each other's. */
TEST_F(guest, commands_of_another_viommu)
{
	__u64 root = add_cd(self, SSID, 0);
	__u64 old = new_pages(self, 1), new = new_pages(self, 1);
	int viommu = self->viommu;

	memset(at(self, old), 'o', PAGE);
	memset(at(self, new), 'n', PAGE);
	*pte(self, root, GVA) = old | PTE_PAGE;
	ASSERT_EQ(0, attach_nested(self, variant->flags, false));
	dma_pasid(&self->dma, SSID);
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_run(&self->dma));
	*pte(self, root, GVA) = new | PTE_PAGE;
	EXPECT_EQ(0, invalidate_devtlb(self));
	self->viommu = alloc_viommu(self, FAULTQ_VIOMMU_TYPE_ARM_SMMUV3);
	ASSERT_LT(0, self->viommu);
	EXPECT_EQ(0, command(self, CMD_TLBI_NSNH_ALL, 0));
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_run(&self->dma));
	EXPECT_EQ('o', self->buf[0]);
	self->viommu = viommu;
	EXPECT_EQ(0, command(self, CMD_TLBI_NSNH_ALL, 0));
	EXPECT_EQ(0, invalidate_devtlb(self));
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_run(&self->dma));
	EXPECT_EQ('n', self->buf[0]);
}

TEST_F(guest, commands_that_a_guest_may_not_give)
{
	const __u64 cmds[] = {
		CMD_SYNC,
		CMD_RESUME,
		CMD_TLBI_S12_VMALL,
		0x00,
		0xff,
		CMD_CFGI_CD | sid(VSID + 1),
		CMD_ATC_INV | sid(VSID + 1),
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cmds); i++)
		EXPECT_EQ(-EIO, command(self, cmds[i], 0));
	EXPECT_EQ(0, command(self, CMD_CFGI_CD | sid(VSID), 1));
	ASSERT_EQ(0, fq_destroy(self->bed.ctx, self->vdevice));
	EXPECT_EQ(-EIO, command(self, CMD_CFGI_CD | sid(VSID), 1));
}

/* Each opcode with all the fields that it has, and its bits that are RES0 */
TEST_F(guest, commands_with_reserved_bits)
{
	const __u64 vmid = 0xffffULL << 32, asids = 0xffffULL << 48;
	const __u64 range = TLBI_NUM(31) | TLBI_SCALE(31);
	const __u64 range_1 = 1 | TLBI_TTL(3) | TLBI_TG(3) | ~(PAGE - 1);
	const __u64 ssid = 0xfffffULL << 12;
	const struct {
		__u64 op;
		__u64 cmd[2];
	} all[] = {
		{ CMD_TLBI_NSNH_ALL, { 0, 0 } },
		{ CMD_TLBI_NH_ALL, { vmid, 0 } },
		{ CMD_TLBI_NH_ASID, { vmid | asids, 0 } },
		{ CMD_TLBI_NH_VA, { vmid | asids | range, range_1 } },
		{ CMD_TLBI_NH_VAA, { vmid | range, range_1 } },
		{ CMD_CFGI_CD, { ssid | sid(VSID), 1 } },
		{ CMD_CFGI_CD_ALL, { sid(VSID), 0 } },
		{ CMD_ATC_INV,
		  { CMD_SSV | CMD_GLOBAL | ssid | sid(VSID),
		    ATC_SIZE_ALL | ~(PAGE - 1) } },
	};
	unsigned int i, bit;

	for (i = 0; i < ARRAY_SIZE(all); i++) {
		__u64 qw0 = all[i].op | all[i].cmd[0], qw1 = all[i].cmd[1];

		EXPECT_EQ(0, command(self, qw0, qw1)) TH_LOG("%u", i);
		for (bit = 8; bit < 64; bit++)
			if (!(qw0 >> bit & 1))
				EXPECT_EQ(-EIO,
					  command(self, qw0 | 1ULL << bit, qw1))
		TH_LOG("%u: %u", i, bit);
		for (bit = 0; bit < 64; bit++)
			if (!(qw1 >> bit & 1))
				EXPECT_EQ(-EIO,
					  command(self, qw0, qw1 | 1ULL << bit))
		TH_LOG("%u: %u", i, 64 + bit);
	}
}

/* Fields that have a meaning, with a value that has none */
TEST_F(guest, commands_with_reserved_values)
{
	const __u64 va = CMD_TLBI_NH_VA | asid(1), vaa = CMD_TLBI_NH_VAA;
	const __u64 atc = CMD_ATC_INV | sid(VSID);
	const __u64 bad[][2] = {
		{ va | TLBI_NUM(1), GVA }, /* RES0 without TG */
		{ va | TLBI_SCALE(1), GVA },
		{ va, GVA | TLBI_TTL(1) },
		{ vaa | TLBI_NUM(1), GVA },
		{ va, GVA | TLBI_TG(1) }, /* of no level, and no range */
		{ vaa, GVA | TLBI_TG(3) },
		{ va, GVA | TLBI_TG(2) | TLBI_TTL(1) },
		{ atc, 53 },
		{ atc, 63 },
	};
	const __u64 good[][2] = {
		{ va, GVA },
		{ vaa, GVA },
		{ va, GVA | TLBI_TG(1) | TLBI_TTL(1) },
		{ va | TLBI_NUM(1), GVA | TLBI_TG(1) },
		{ va | TLBI_SCALE(1), GVA | TLBI_TG(2) },
		{ va, GVA | TLBI_TG(3) | TLBI_TTL(3) },
		{ atc, 0 },
		{ atc, 52 },
		{ atc | SSID << 12 | CMD_GLOBAL, 0 }, /* ignored without SSV */
	};
	struct faultq_viommu_arm_smmuv3_invalidate entry;
	unsigned int i;
	__u32 nr;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		entry = (struct faultq_viommu_arm_smmuv3_invalidate){
			.cmd = { bad[i][0], bad[i][1] },
		};
		nr = 1;
		EXPECT_EQ(-EIO, invalidate(self, &entry, &nr))
		TH_LOG("%u", i);
		EXPECT_EQ(0, nr);
		/* as the guest's own queue would stop: CERROR_ILL */
		EXPECT_EQ(FAULTQ_INVALIDATE_IQE, entry.out_error);
		EXPECT_EQ(0, entry.out_flags);
	}
	for (i = 0; i < ARRAY_SIZE(good); i++)
		EXPECT_EQ(0, command(self, good[i][0], good[i][1]))
	TH_LOG("%u", i);
}

/* Pages of a range are as large as TG says. */
TEST_F(guest, ranges_of_large_granules)
{
	__u64 root = add_cd(self, SSID, 0);
	__u64 old = new_pages(self, 1), new = new_pages(self, 1);

	memset(at(self, old), 'o', PAGE);
	memset(at(self, new), 'n', PAGE);
	*pte(self, root, GVA + 31 * PAGE) = old | PTE_PAGE;
	ASSERT_EQ(0, attach_nested(self, variant->flags, false));
	dma_pasid(&self->dma, SSID);
	self->dma.arg.iova = GVA + 31 * PAGE;
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_run(&self->dma));
	*pte(self, root, GVA + 31 * PAGE) = new | PTE_PAGE;
	/* two of 64 KiB */
	EXPECT_EQ(0,
		  command(self, CMD_TLBI_NH_VA | TLBI_NUM(1) | asid(SSID + 1),
			  GVA | TLBI_TG(3)));
	EXPECT_EQ(0, invalidate_devtlb(self));
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_run(&self->dma));
	EXPECT_EQ('n', self->buf[0]);
}

TEST_F(guest, entries_before_a_bad_one_are_done)
{
	struct faultq_viommu_arm_smmuv3_invalidate entries[3] = {
		{ .cmd = { CMD_TLBI_NSNH_ALL } },
		{ .cmd = { CMD_SYNC } },
		{ .cmd = { CMD_TLBI_NSNH_ALL } },
	};
	__u32 nr = ARRAY_SIZE(entries);

	EXPECT_EQ(-EIO, invalidate(self, entries, &nr));
	EXPECT_EQ(1, nr);
	EXPECT_EQ(0, entries[0].out_error);
	EXPECT_EQ(FAULTQ_INVALIDATE_IQE, entries[1].out_error);
	EXPECT_EQ(0, entries[2].out_error);
}

TEST_F(guest, errors_name_the_device_as_the_guest_does)
{
	static const struct {
		__u32 what;
		__u32 error;
	} errors[] = {
		{ MOCK_IOMMU_INV_TIMEOUT, FAULTQ_INVALIDATE_ITE },
		{ MOCK_IOMMU_INV_BAD_DESCRIPTOR, FAULTQ_INVALIDATE_IQE },
	};
	struct faultq_viommu_arm_smmuv3_invalidate entries[2];
	unsigned int i;
	__u32 nr;

	if (variant->flags != BED_PRI)
		return;
	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		memset(entries, 0, sizeof(entries));
		entries[0].cmd[0] = CMD_TLBI_NSNH_ALL;
		entries[1].cmd[0] = CMD_ATC_INV | sid(VSID);
		entries[1].cmd[1] = 52;
		nr = 2;
		ASSERT_EQ(0, mock_misbehave(self->bed.mock, self->bed.ep,
					    errors[i].what, 1, 1));
		EXPECT_EQ(-EIO, invalidate(self, entries, &nr));
		EXPECT_EQ(1, nr);
		EXPECT_EQ(0, entries[0].out_error);
		EXPECT_EQ(errors[i].error, entries[1].out_error);
		EXPECT_EQ(FAULTQ_INVALIDATE_VIRT_ID_VALID,
			  entries[1].out_flags);
		EXPECT_EQ(VSID, entries[1].out_virt_id);
		nr = 2;
		EXPECT_EQ(0, invalidate(self, entries, &nr));
	}
}

TEST_F(guest, entries_of_garbage)
{
	const __u64 ok = ste_0(self);
	const struct {
		__u64 ste[2];
	} bad[] = {
		{ { ok | 1ULL << 52 } }, /* reserved */
		{ { (ok & ~STE_CFG(7)) | STE_CFG(6) } }, /* stage 2 */
		{ { (ok & ~STE_CFG(7)) | STE_CFG(7) } }, /* nested */
		{ { (ok & ~STE_CFG(7)) | STE_CFG(1) } },
		{ { ok, STE_EATS(2) } },
		{ { ok, STE_EATS(3) } },
		{ { ok, 1ULL << 19 } }, /* MEV is the host's */
		{ { ok, 1ULL << 30 } }, /* STRW too */
		{ { ~0ULL, ~0ULL } },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_EQ(-EIO, alloc_nested(self, bad[i].ste[0], bad[i].ste[1],
					     false));
	EXPECT_LT(0, alloc_nested(self, ok, 0, false));
	/* what is not valid may have anything */
	EXPECT_LT(0, alloc_nested(self, ~STE_V, ~0ULL, false));
}

/* Fields of the guest's are the guest's: the hardware finds what is wrong. */
TEST_F(guest, entries_that_hardware_refuses)
{
	const __u64 ok = ste_0(self), none = STE_S1DSS(2);
	const struct {
		__u64 ste[2];
		bool pasid;
	} bad[] = {
		{ { ok | STE_S1FMT(3), none }, true },
		{ { (ok & ~STE_CDMAX(31)) | STE_CDMAX(21), none }, true },
		{ { ok, STE_S1DSS(3) }, false },
	};
	struct bed *bed = &self->bed;
	unsigned int i;
	int hwpt;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		hwpt = alloc_nested(self, bad[i].ste[0],
				    bad[i].ste[1] | eats(variant->flags),
				    false);
		ASSERT_LT(0, hwpt);
		ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, hwpt, NO_PASID, 0));
		dma_init(&self->dma, bed, MOCK_IOMMU_DMA_READ, self->buf, 1);
		if (bad[i].pasid)
			dma_pasid(&self->dma, SSID);
		EXPECT_EQ(MOCK_IOMMU_DMA_BLOCKED, dma_run(&self->dma));
		EXPECT_EQ(C_BAD_STE, self->dma.arg.out_reason)
		TH_LOG("%u", i);
	}
}

TEST_F(guest, entries_without_a_first_stage)
{
	struct bed *bed = &self->bed;
	__u64 page = new_pages(self, 1);
	int hwpt;

	memset(at(self, page), 'b', PAGE);
	self->dma.arg.iova = page;
	hwpt = alloc_nested(self, STE_V | STE_CFG(CFG_BYPASS), 0, false);
	ASSERT_LT(0, hwpt);
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, hwpt, NO_PASID, 0));
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_run(&self->dma));
	EXPECT_EQ('b', self->buf[0]);
	hwpt = alloc_nested(self, STE_V | STE_CFG(CFG_ABORT), 0, false);
	ASSERT_LT(0, hwpt);
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, hwpt, NO_PASID, 0));
	EXPECT_EQ(MOCK_IOMMU_DMA_BLOCKED, dma_run(&self->dma));
	hwpt = alloc_nested(self, 0, 0, false);
	ASSERT_LT(0, hwpt);
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, hwpt, NO_PASID, 0));
	EXPECT_EQ(MOCK_IOMMU_DMA_BLOCKED, dma_run(&self->dma));
}

TEST_F(guest, context_descriptors_of_garbage)
{
	__u64 *cd = at(self, self->cds + SSID * 64);
	const __u64 bad[] = {
		0,
		CD_0 & ~(1ULL << 41), /* AArch32 */
		(CD_0 & ~0x3fULL) | 63, /* T0SZ */
		CD_0 | 1 << 6, /* granule */
		CD_0 | 1 << 15, /* big endian */
		~0ULL,
	};
	unsigned int i;

	ASSERT_EQ(0, attach_nested(self, variant->flags, false));
	dma_pasid(&self->dma, SSID);
	cd[1] = new_pages(self, 1);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		cd[0] = bad[i];
		EXPECT_EQ(0, command(self, CMD_CFGI_CD | SSID << 12 | sid(VSID),
				     1));
		EXPECT_EQ(MOCK_IOMMU_DMA_BLOCKED, dma_run(&self->dma));
		EXPECT_EQ(C_BAD_CD, self->dma.arg.out_reason);
	}
	/* a table that is not in the guest's memory */
	cd[0] = CD_0;
	cd[1] = 0x123000;
	EXPECT_NE(MOCK_IOMMU_DMA_OK, dma_run(&self->dma));
	EXPECT_EQ(2, self->dma.arg.out_stage);
}

/* The page table has three levels: addresses have 39 bits. */
TEST_F(guest, short_addresses)
{
	__u64 root = add_cd(self, SSID, 0), page = new_pages(self, 1);
	__u64 *cd = at(self, self->cds + SSID * 64);

	memset(at(self, page), '3', PAGE);
	*pte(self, root, PAGE) = page | PTE_PAGE;
	cd[0] = (cd[0] & ~0x3fULL) | (64 - 39);
	cd[1] = *(__u64 *)at(self, root) & ~0xfffULL;
	ASSERT_EQ(0, attach_nested(self, variant->flags, false));
	dma_pasid(&self->dma, SSID);
	self->dma.arg.iova = PAGE;
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_run(&self->dma));
	EXPECT_EQ('3', self->buf[0]);
	self->dma.arg.iova = PAGE + (1ULL << 39);
	EXPECT_NE(MOCK_IOMMU_DMA_OK, dma_run(&self->dma));
}

/* Context descriptors in a table of two levels, the second one of 64 KiB */
TEST_F(guest, large_leaves_of_context_descriptors)
{
	__u64 root, page, ste = ste_0(self) | STE_S1FMT(2), *l1;
	struct bed *bed = &self->bed;
	int hwpt;

	root = add_cd(self, SSID, 0);
	page = new_pages(self, 1);
	memset(at(self, page), '2', PAGE);
	*pte(self, root, GVA) = page | PTE_PAGE;
	l1 = at(self, new_pages(self, 1));
	l1[0] = self->cds | 1;
	ste = (ste & ~self->cds) | (GPA + ((char *)l1 - (char *)self->mem));
	hwpt = alloc_nested(self, ste, STE_S1DSS(2) | eats(variant->flags),
			    false);
	ASSERT_LT(0, hwpt);
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, hwpt, NO_PASID, 0));
	dma_pasid(&self->dma, SSID);
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_run(&self->dma));
	EXPECT_EQ('2', self->buf[0]);
}

/* S1DSS: what has no PASID is the second stage's alone. */
TEST_F(guest, first_stage_for_pasids_only)
{
	struct bed *bed = &self->bed;
	__u64 page = new_pages(self, 1);
	int hwpt = alloc_nested(self, ste_0(self),
				STE_S1DSS(1) | eats(variant->flags), false);

	ASSERT_LT(0, hwpt);
	memset(at(self, page), 's', PAGE);
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, hwpt, NO_PASID, 0));
	self->dma.arg.iova = page;
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_run(&self->dma));
	EXPECT_EQ('s', self->buf[0]);
	self->dma.arg.iova = GVA;
	EXPECT_NE(MOCK_IOMMU_DMA_OK, dma_run(&self->dma));
}

/* What no one can repair reaches the guest, in the hardware's own words. */
TEST_F(guest, events)
{
	const struct faultq_event *event;
	struct event_queue queue;
	__u64 native[4];

	ASSERT_EQ(0, event_queue_make(&queue, self->bed.ctx, self->viommu,
				      FAULTQ_NATIVE_NONE,
				      (struct faultq_queue_alloc){}));
	ASSERT_EQ(0, attach_nested(self, variant->flags, false));
	dma_pasid(&self->dma, SSID);
	EXPECT_EQ(MOCK_IOMMU_DMA_BLOCKED, dma_run(&self->dma));
	ASSERT_TRUE(EVENTS_ARRIVED(&queue, 1));
	event = event_at(&queue, 0);
	EXPECT_EQ(FAULTQ_RECORD_FAULT, event->type);
	EXPECT_EQ(FAULTQ_REASON_BAD_PASID_ENTRY, event->reason);
	EXPECT_TRUE(event->flags & FAULTQ_EVENT_VIRT_ID_VALID);
	EXPECT_EQ(VSID, event->virt_id);
	EXPECT_TRUE(event->flags & FAULTQ_EVENT_PASID_VALID);
	EXPECT_EQ(SSID, event->pasid);
	EXPECT_FALSE(event->flags & FAULTQ_EVENT_GUEST_PASID);
	EXPECT_EQ(77, event->cookie);
	EXPECT_EQ(FAULTQ_NATIVE_ARM_SMMUV3, event->native_type);
	ASSERT_EQ(sizeof(native), event->native_len);
	memcpy(native, event->native, sizeof(native));
	EXPECT_EQ(C_BAD_CD | 1 << 11 | SSID << 12, (__u32)native[0]);
	EXPECT_EQ(VSID, native[0] >> 32);
	event_queue_close(&queue);
}

static int blocked_twice(struct dma *dma)
{
	int ret = dma_run(dma);

	if (ret == MOCK_IOMMU_DMA_BLOCKED)
		ret = dma_run(dma);
	return ret;
}

/* STE.MEV: a guest's device that faults without end fills no queue. */
TEST_F(guest, similar_events_are_merged)
{
	struct mock_iommu_iommu_stats before, after;
	struct bed *bed = &self->bed;
	struct event_queue queue;

	ASSERT_EQ(0, event_queue_make(&queue, bed->ctx, self->viommu,
				      FAULTQ_NATIVE_NONE,
				      (struct faultq_queue_alloc){}));
	ASSERT_EQ(0, attach_nested(self, variant->flags, false));
	ASSERT_EQ(0, mock_iommu_stats(bed->mock, bed->iommu, &before));
	ASSERT_EQ(0, mock_iommu_mask(bed->mock, bed->iommu, 1));
	dma_pasid(&self->dma, SSID);
	EXPECT_EQ(MOCK_IOMMU_DMA_BLOCKED, blocked_twice(&self->dma));
	/* of another substream, and of the first one again */
	dma_pasid(&self->dma, SSID + 1);
	EXPECT_EQ(MOCK_IOMMU_DMA_BLOCKED, blocked_twice(&self->dma));
	dma_pasid(&self->dma, SSID);
	EXPECT_EQ(MOCK_IOMMU_DMA_BLOCKED, blocked_twice(&self->dma));
	EXPECT_EQ(0, LOOK(queue.ring.header->arrived));
	ASSERT_EQ(0, mock_iommu_mask(bed->mock, bed->iommu, 0));
	ASSERT_TRUE(EVENTS_ARRIVED(&queue, 3));
	EXPECT_EQ(SSID, event_at(&queue, 0)->pasid);
	EXPECT_EQ(SSID + 1, event_at(&queue, 1)->pasid);
	EXPECT_EQ(SSID, event_at(&queue, 2)->pasid);
	/* what was taken out of the queue is not there to be merged with */
	EXPECT_EQ(MOCK_IOMMU_DMA_BLOCKED, dma_run(&self->dma));
	ASSERT_TRUE(EVENTS_ARRIVED(&queue, 4));
	ASSERT_EQ(0, mock_iommu_stats(bed->mock, bed->iommu, &after));
	EXPECT_EQ(7, after.out_faults_raised - before.out_faults_raised);
	EXPECT_EQ(7, after.out_faults_recorded - before.out_faults_recorded);

	/* without a first stage of a guest there is no merging */
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, self->parent, NO_PASID, 0));
	ASSERT_EQ(0, mock_iommu_mask(bed->mock, bed->iommu, 1));
	EXPECT_EQ(MOCK_IOMMU_DMA_BLOCKED, blocked_twice(&self->dma));
	ASSERT_EQ(0, mock_iommu_mask(bed->mock, bed->iommu, 0));
	EXPECT_TRUE(EVENTS_ARRIVED(&queue, 6));
	event_queue_close(&queue);
}

/* A page that does not allow the access, and one that is not there */
TEST_F(guest, events_of_page_tables)
{
	__u64 root = add_cd(self, SSID, 0), page = new_pages(self, 1);
	const struct faultq_event *event;
	struct event_queue queue;

	if (variant->flags != BED_STALL)
		return;
	ASSERT_EQ(0, event_queue_make(&queue, self->bed.ctx, self->viommu,
				      FAULTQ_NATIVE_ARM_SMMUV3,
				      (struct faultq_queue_alloc){}));
	ASSERT_EQ(0, attach_nested(self, variant->flags, true));
	*pte(self, root, GVA) = page | PTE_PAGE | PTE_RDONLY;
	dma_pasid(&self->dma, SSID);
	self->dma.arg.op = MOCK_IOMMU_DMA_WRITE;
	EXPECT_EQ(MOCK_IOMMU_DMA_BLOCKED, dma_run(&self->dma));
	EXPECT_EQ(F_PERMISSION, self->dma.arg.out_reason);
	self->dma.arg.iova = GVA + PAGE;
	self->dma.arg.op = MOCK_IOMMU_DMA_READ;
	EXPECT_EQ(MOCK_IOMMU_DMA_BLOCKED, dma_run(&self->dma));
	EXPECT_EQ(F_TRANSLATION, self->dma.arg.out_reason);
	ASSERT_TRUE(EVENTS_ARRIVED(&queue, 2));
	event = event_at(&queue, 0);
	EXPECT_EQ(FAULTQ_REASON_PERMISSION, event->reason);
	EXPECT_EQ(FAULTQ_PAGE_REQUEST_WRITE, event->perm);
	EXPECT_TRUE(event->flags & FAULTQ_EVENT_ADDR_VALID);
	EXPECT_EQ(GVA, event->addr);
	event = event_at(&queue, 1);
	EXPECT_EQ(FAULTQ_REASON_PTE_FETCH, event->reason);
	EXPECT_EQ(FAULTQ_PAGE_REQUEST_READ, event->perm);
	EXPECT_EQ(GVA + PAGE, event->addr);
	EXPECT_FALSE(event->flags & FAULTQ_EVENT_STAGE2);
	event_queue_close(&queue);
}

TEST_F(guest, only_on_a_rid)
{
	struct bed *bed = &self->bed;
	int hwpt = alloc_nested(self, ste_0(self), 0, false);
	int plain = fq_hwpt_plain(bed->ctx, bed->dev);
	struct faultq_pasid_bind bind = {
		.dev_id = bed->dev,
		.pt_id = self->parent,
		.guest_pasid = 1,
		.host_pasid = 2,
		.data_type = FAULTQ_HWPT_DATA_VTD_S1,
		.vtd_s1.addr_width = 48,
	};

	ASSERT_LT(0, hwpt);
	ASSERT_LT(0, plain);
	EXPECT_EQ(-EOPNOTSUPP, fq_attach(bed->ctx, bed->dev, hwpt, SSID, 0));
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, plain, SSID, 0));
	EXPECT_EQ(-EOPNOTSUPP, fq_attach(bed->ctx, bed->dev, hwpt, SSID, 0));
	EXPECT_EQ(-EBUSY, fq_attach(bed->ctx, bed->dev, hwpt, NO_PASID, 0));
	ASSERT_EQ(0, fq_detach(bed->ctx, bed->dev, SSID));
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, hwpt, NO_PASID, 0));
	EXPECT_EQ(-EBUSY, fq_attach(bed->ctx, bed->dev, plain, SSID, 0));
	EXPECT_EQ(-EOPNOTSUPP, fq_pasid_bind(bed->ctx, &bind));
}

TEST_F(guest, on_a_viommu_of_its_own_kind_only)
{
	const struct faultq_hwpt_vtd_s1 vtd = { .addr_width = 48 };
	struct faultq_hwpt_alloc alloc = {
		.dev_id = self->bed.dev,
		.pt_id = self->viommu,
		.data_type = FAULTQ_HWPT_DATA_VTD_S1,
		.data_uptr = (uintptr_t)&vtd,
		.data_len = sizeof(vtd),
	};

	EXPECT_EQ(-EOPNOTSUPP, fq_nested_data(self->bed.ctx, &alloc));
	alloc.pt_id = self->parent;
	EXPECT_EQ(-EOPNOTSUPP, fq_nested_data(self->bed.ctx, &alloc));
	self->viommu = alloc_viommu(self, FAULTQ_VIOMMU_TYPE_DEFAULT);
	ASSERT_LT(0, self->viommu);
	EXPECT_EQ(-EOPNOTSUPP, alloc_nested(self, ste_0(self), 0, false));
}

TEST_F(guest, virtual_ids)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, fq_destroy(bed->ctx, self->vdevice));
	EXPECT_EQ(-EINVAL,
		  fq_vdevice(bed->ctx, self->viommu, bed->dev, 1ULL << 32));
	EXPECT_LT(0, fq_vdevice(bed->ctx, self->viommu, bed->dev, ~0U));
}

TEST_HARNESS_MAIN
