// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page requests of nested translations: what is missing or not allowed in
 * either stage is asked for by the address that the device used, and DMA goes
 * on when that was repaired.
 */
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "vm.h"

#define GVA 0x7f1234567000ULL
#define FAR 0x80000000ULL
#define COOKIE 0xfee1

FIXTURE(fault)
{
	struct guest guest;
	struct vm vm;
	struct dma dma;
	__u64 page;
	char buf[PAGE];
};

static int fault_bind(struct guest *guest, const struct vm *vm,
		      __u32 guest_pasid, __u32 host_pasid)
{
	return guest_bind(guest, &(struct faultq_pasid_bind){
					 .flags = FAULTQ_PASID_BIND_COOKIE,
					 .guest_pasid = guest_pasid,
					 .host_pasid = host_pasid,
					 .cookie = COOKIE,
					 .vtd_s1 = { .pgtbl_addr = vm->root,
						     .addr_width = 48 },
				 });
}

FIXTURE_SETUP(fault)
{
	struct guest *guest = &self->guest;
	struct vm *vm = &self->vm;

	ASSERT_EQ(0, guest_make(guest));
	vm->ctx = guest->bed.ctx;
	vm->levels = 4;
	vm->mem = pages_alloc(VM_PAGES);
	ASSERT_NE(NULL, vm->mem);
	vm->root = vm_page(vm);
	self->page = vm_page(vm);
	ASSERT_EQ(0, fq_map(vm->ctx, guest->parent, MAP_RW, vm->mem,
			    VM_PAGES * PAGE, VM_GPA));
	ASSERT_EQ(0, fault_bind(guest, vm, GUEST_PASID, VM_PASID));

	memset(self->buf, 'd', PAGE);
	dma_init(&self->dma, &guest->bed, MOCK_IOMMU_DMA_WRITE, self->buf,
		 PAGE);
	dma_pasid(&self->dma, VM_PASID);
	self->dma.arg.iova = GVA;
	self->dma.arg.max_retries = 2;
}

FIXTURE_TEARDOWN(fault)
{
	guest_free(&self->guest);
	munmap(self->vm.mem, VM_PAGES * PAGE);
}

/* The DMA asks for its page to be written, and for nothing else. */
static void expect_request(struct __test_metadata *_metadata, struct bed *bed)
{
	const struct faultq_page_request *request;

	ASSERT_EQ(0, ring_wait(&bed->ring, 1));
	request = ring_at(&bed->ring, 0);
	EXPECT_EQ(GVA, request->addr);
	EXPECT_EQ(GUEST_PASID, request->pasid);
	EXPECT_EQ(COOKIE, request->cookie);
	EXPECT_EQ(FAULTQ_PAGE_REQUEST_PASID_VALID |
			  FAULTQ_PAGE_REQUEST_LAST_PAGE |
			  FAULTQ_PAGE_REQUEST_GUEST_PASID,
		  request->flags);
	EXPECT_EQ(FAULTQ_PAGE_REQUEST_WRITE, request->perm);
}

static void answer_with(struct bed *bed, __u32 code)
{
	ring_answer(&bed->ring, ring_take(&bed->ring), code);
}

/* All was repaired: one answer lets the DMA through. */
static void expect_done(struct __test_metadata *_metadata, struct bed *bed,
			struct dma *dma)
{
	answer_with(bed, FAULTQ_RESPONSE_SUCCESS);
	EXPECT_EQ(MOCK_IOMMU_DMA_OK, dma_wait(dma));
	EXPECT_EQ(1, dma->arg.out_groups);
	EXPECT_EQ(0, dma->arg.out_stage);
}

TEST_F(fault, missing_in_the_first_stage)
{
	struct vm *vm = &self->vm;

	ASSERT_EQ(0, dma_start(&self->dma));
	expect_request(_metadata, &self->guest.bed);
	vm_map(vm, GVA, self->page, 1, PTE_USER);
	expect_done(_metadata, &self->guest.bed, &self->dma);
	EXPECT_EQ(0, memcmp(vm_at(vm, self->page), self->buf, PAGE));
	EXPECT_EQ(PTE_A | PTE_D, *vm_entry(vm, GVA, 1) & (PTE_A | PTE_D));
}

TEST_F(fault, missing_in_the_second_stage)
{
	char *far = pages_alloc(1);

	ASSERT_NE(NULL, far);
	vm_map(&self->vm, GVA, FAR, 1, PTE_USER);
	ASSERT_EQ(0, dma_start(&self->dma));
	expect_request(_metadata, &self->guest.bed);
	ASSERT_EQ(0, fq_map(self->vm.ctx, self->guest.parent, MAP_RW, far, PAGE,
			    FAR));
	expect_done(_metadata, &self->guest.bed, &self->dma);
	EXPECT_EQ(0, memcmp(far, self->buf, PAGE));
}

TEST_F(fault, table_missing_in_the_second_stage)
{
	struct vm *vm = &self->vm;
	__u64 *table = pages_alloc(1);

	ASSERT_NE(NULL, table);
	table[GVA >> 12 & 511] = self->page | PTE_USER;
	*vm_entry(vm, GVA, 2) = FAR | PTE_USER;
	ASSERT_EQ(0, dma_start(&self->dma));
	expect_request(_metadata, &self->guest.bed);
	ASSERT_EQ(0, fq_map(vm->ctx, self->guest.parent, MAP_RW, table, PAGE,
			    FAR));
	expect_done(_metadata, &self->guest.bed, &self->dma);
	EXPECT_EQ('d', *(char *)vm_at(vm, self->page));
}

/* To add a permission needs no invalidation. */
TEST_F(fault, read_only_page)
{
	struct vm *vm = &self->vm;

	vm_map(vm, GVA, self->page, 1, PTE_P | PTE_US);
	ASSERT_EQ(0, dma_start(&self->dma));
	expect_request(_metadata, &self->guest.bed);
	vm_map(vm, GVA, self->page, 1, PTE_USER);
	expect_done(_metadata, &self->guest.bed, &self->dma);
}

TEST_F(fault, broken_table_is_not_asked_for)
{
	struct vm *vm = &self->vm;

	vm_map(vm, GVA, VM_GPA + 2 * PAGE, 2, PTE_USER);
	EXPECT_EQ(MOCK_IOMMU_DMA_BLOCKED, dma_run(&self->dma));
	EXPECT_EQ(FR_FS_RSVD, self->dma.arg.out_reason);
	EXPECT_EQ(0, ring_ready(&self->guest.bed.ring));
}

TEST_F(fault, refused_by_the_guest)
{
	ASSERT_EQ(0, dma_start(&self->dma));
	expect_request(_metadata, &self->guest.bed);
	answer_with(&self->guest.bed, FAULTQ_RESPONSE_INVALID);
	EXPECT_EQ(MOCK_IOMMU_DMA_INVALID, dma_wait(&self->dma));
	EXPECT_EQ(1, self->dma.arg.out_stage);
	EXPECT_EQ(GVA, self->dma.arg.out_fault_addr);
}

TEST_F(fault, repaired_in_name_only)
{
	vm_map(&self->vm, GVA, FAR, 1, PTE_USER);
	ASSERT_EQ(0, dma_start(&self->dma));
	expect_request(_metadata, &self->guest.bed);
	answer_with(&self->guest.bed, FAULTQ_RESPONSE_SUCCESS);
	expect_request(_metadata, &self->guest.bed);
	answer_with(&self->guest.bed, FAULTQ_RESPONSE_SUCCESS);
	EXPECT_EQ(MOCK_IOMMU_DMA_NO_PROGRESS, dma_wait(&self->dma));
	EXPECT_EQ(2, self->dma.arg.out_stage);
	EXPECT_EQ(0, self->dma.arg.out_on_walk);
	EXPECT_EQ(FAR, self->dma.arg.out_fault_addr);
}

/* Linux takes neither from a device. */
TEST_F(fault, execution_and_supervisor_mode_are_invalid)
{
	self->dma.arg.op = MOCK_IOMMU_DMA_READ;
	self->dma.arg.flags |= MOCK_IOMMU_DMA_EXEC;
	EXPECT_EQ(MOCK_IOMMU_DMA_INVALID, dma_run(&self->dma));
	EXPECT_EQ(MOCK_IOMMU_PERM_READ | MOCK_IOMMU_PERM_EXEC,
		  self->dma.arg.out_perm);
	EXPECT_EQ(0, ring_ready(&self->guest.bed.ring));

	self->dma.arg.flags = MOCK_IOMMU_DMA_PASID | MOCK_IOMMU_DMA_PRIV;
	EXPECT_EQ(MOCK_IOMMU_DMA_BLOCKED, dma_run(&self->dma));
	EXPECT_EQ(FR_PASID_SRE, self->dma.arg.out_reason);
}

TEST_F(fault, mode_needs_a_pasid)
{
	self->dma.arg.flags = MOCK_IOMMU_DMA_PRIV;
	self->dma.arg.pasid = 0;
	EXPECT_EQ(-EINVAL, dma_run(&self->dma));
	self->dma.arg.flags = MOCK_IOMMU_DMA_EXEC;
	EXPECT_EQ(-EINVAL, dma_run(&self->dma));
	/* nothing is executed by writing it */
	self->dma.arg.flags |= MOCK_IOMMU_DMA_PASID;
	EXPECT_EQ(-EINVAL, dma_run(&self->dma));
}

/* The tables of two PASIDs of one guest lead to different pages. */
TEST_F(fault, two_pasids)
{
	struct vm *vm = &self->vm, other = *vm;
	struct dma second = self->dma;

	other.root = vm_page(&other);
	ASSERT_EQ(0, fault_bind(&self->guest, &other, GUEST_PASID + 1,
				VM_PASID + 1));
	vm_map(&other, GVA, vm_page(&other), 1, PTE_USER);
	vm->used = other.used;
	vm_map(vm, GVA, self->page, 1, PTE_USER);
	second.arg.pasid++;
	EXPECT_EQ(0, dma_run(&self->dma));
	EXPECT_EQ(0, dma_run(&second));
	self->dma.arg.op = MOCK_IOMMU_DMA_COMPARE;
	second.arg.op = MOCK_IOMMU_DMA_COMPARE;
	memset(vm_at(vm, self->page), 'x', PAGE);
	EXPECT_EQ(MOCK_IOMMU_DMA_MISMATCH, dma_run(&self->dma));
	EXPECT_EQ(0, dma_run(&second));
}

TEST_HARNESS_MAIN
