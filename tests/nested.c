// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nested translation by real DMA: the tables of a guest in the guest's memory,
 * what they allow and refuse, and why; stale translations; invalidations that
 * go wrong.
 */
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "variant.h"
#include "vm.h"

#define GVA 0x123456789000ULL
#define ALL (~0ULL)
#define PRIV (MOCK_IOMMU_DMA_PRIV << 8)
#define EXEC (MOCK_IOMMU_DMA_EXEC << 8)
#define READ MOCK_IOMMU_DMA_READ
#define WRITE MOCK_IOMMU_DMA_WRITE
#define NR_PLACES 4
#define SIZE_2M 0x200000ULL
#define SIZE_1G 0x40000000ULL

/* Where and why the last DMA was refused; the page as such unless ON_WALK */
#define ON_WALK 0x10000

static bool refused(struct vm *vm, int stage, int reason, __u64 addr)
{
	const struct mock_iommu_dma *dma = &vm->dma;

	if (dma->out_status == MOCK_IOMMU_DMA_BLOCKED &&
	    (int)dma->out_stage == stage &&
	    (int)(dma->out_reason | dma->out_on_walk << 16) == reason &&
	    dma->out_fault_addr == addr)
		return true;
	ksft_print_msg("status %u reason %#x stage %u walk %u addr %#llx\n",
		       dma->out_status, dma->out_reason, dma->out_stage,
		       dma->out_on_walk, dma->out_fault_addr);
	return false;
}

static bool reads_refused(struct vm *vm, __u64 gva, int stage, int reason,
			  __u64 addr)
{
	char byte;

	return vm_dma(vm, READ, gva, &byte, 1) &&
	       refused(vm, stage, reason, addr);
}

FIXTURE(walk)
{
	struct vm vm;
	__u64 page;
	char buf[2 * PAGE];
};

FIXTURE_VARIANT(walk)
{
	unsigned int levels;
};

FIXTURE_VARIANT_ADD(walk, of_4_levels) VALUES(.levels = 4);
FIXTURE_VARIANT_ADD(walk, of_5_levels) VALUES(.levels = 5);

FIXTURE_SETUP(walk)
{
	struct mock_iommu_endpoint_add add = {};
	struct vm *vm = &self->vm;

	ASSERT_EQ(0, vm_make(vm, &add, variant->levels));
	ASSERT_EQ(0, vm_attach(vm, 0));
	self->page = vm_page(vm);
}

FIXTURE_TEARDOWN(walk)
{
	vm_free(&self->vm);
}

TEST_F(walk, data_moves)
{
	struct vm *vm = &self->vm;
	__u64 other = vm_page(vm);

	vm_map(vm, GVA, self->page, 1, PTE_USER);
	vm_map(vm, GVA + PAGE, other, 1, PTE_USER);
	memset(self->buf, 'w', sizeof(self->buf));
	EXPECT_EQ(0, vm_dma(vm, WRITE, GVA + 100, self->buf, PAGE));
	EXPECT_EQ(0, *(char *)vm_at(vm, self->page + 99));
	EXPECT_EQ(0,
		  memcmp(vm_at(vm, self->page + 100), self->buf, PAGE - 100));
	EXPECT_EQ(0, memcmp(vm_at(vm, other), self->buf, 100));
	EXPECT_EQ(0, *(char *)vm_at(vm, other + 100));

	memcpy(vm_at(vm, other), "guest", 5);
	EXPECT_EQ(0, vm_dma(vm, READ, GVA + PAGE, self->buf, 5));
	EXPECT_EQ(0, memcmp(self->buf, "guest", 5));
	EXPECT_EQ(0, vm->dma.out_stage);
}

TEST_F(walk, large_pages)
{
	struct vm *vm = &self->vm;
	__u64 at = VM_GPA + 7 * PAGE + 5, gva = GVA & ~(SIZE_1G - 1);

	/* the guest's memory is where a page of each size begins */
	vm_map(vm, gva, VM_GPA, 3, PTE_USER | PTE_PAT_LARGE);
	vm_map(vm, gva + SIZE_1G, VM_GPA, 2, PTE_USER | PTE_PAT_LARGE);
	memcpy(vm_at(vm, at), "la", 2);
	EXPECT_EQ('l', vm_byte(vm, gva + (at - VM_GPA)));
	EXPECT_EQ('a', vm_byte(vm, gva + SIZE_1G + (at - VM_GPA) + 1));

	/* the rest of them is not there */
	EXPECT_TRUE(reads_refused(vm, gva + SIZE_1G - PAGE, 2, FR_SS_PERM,
				  VM_GPA + SIZE_1G - PAGE));
	EXPECT_TRUE(reads_refused(vm, gva + SIZE_1G + SIZE_2M - 1, 2,
				  FR_SS_PERM, VM_GPA + SIZE_2M - PAGE));
	EXPECT_TRUE(reads_refused(vm, gva + SIZE_1G + SIZE_2M, 1, FR_FS_P,
				  gva + SIZE_1G + SIZE_2M));
}

TEST_F(walk, accessed_and_dirty)
{
	struct vm *vm = &self->vm;
	unsigned int level;
	__u64 entry;

	vm_map(vm, GVA, self->page, 1, PTE_USER);
	EXPECT_EQ(0, vm_byte(vm, GVA));
	for (level = 1; level <= vm->levels; level++) {
		entry = *vm_entry(vm, GVA, level);
		EXPECT_EQ(PTE_A, entry & (PTE_A | PTE_D | PTE_EA));
	}
	/* the translation is cached, and the first write is noted all the same */
	EXPECT_EQ(0, vm_dma(vm, WRITE, GVA, self->buf, 1));
	EXPECT_EQ(self->page | PTE_USER | PTE_A | PTE_D, *vm_entry(vm, GVA, 1));
	for (level = 2; level <= vm->levels; level++)
		EXPECT_EQ(0, *vm_entry(vm, GVA, level) & PTE_D);
}

TEST_F(walk, refused_access_leaves_no_trace_in_the_leaf)
{
	struct vm *vm = &self->vm;

	vm_map(vm, GVA, self->page, 1, PTE_P | PTE_US);
	EXPECT_EQ(MOCK_IOMMU_DMA_BLOCKED, vm_dma(vm, WRITE, GVA, self->buf, 1));
	EXPECT_EQ(self->page | PTE_P | PTE_US, *vm_entry(vm, GVA, 1));
}

TEST_F(walk, extended_accessed)
{
	struct vm *vm = &self->vm;
	unsigned int level;

	ASSERT_EQ(0, vm_attach(vm, FAULTQ_VTD_S1_EAFE));
	vm_map(vm, GVA, self->page, 1, PTE_USER);
	EXPECT_EQ(0, vm_byte(vm, GVA));
	for (level = 1; level <= vm->levels; level++)
		EXPECT_EQ(PTE_A | PTE_EA,
			  *vm_entry(vm, GVA, level) & (PTE_A | PTE_EA));
}

TEST_F(walk, not_present_at_any_level)
{
	struct vm *vm = &self->vm;
	unsigned int level;

	for (level = 1; level <= vm->levels; level++) {
		vm_map(vm, GVA, self->page, 1, PTE_USER);
		*vm_entry(vm, GVA, level) &= ~PTE_P;
		EXPECT_TRUE(reads_refused(vm, GVA + 5, 1, FR_FS_P, GVA + 5));
		*vm_entry(vm, GVA, level) |= PTE_P;
	}
}

TEST_F(walk, write_protection_at_any_level)
{
	struct vm *vm = &self->vm;
	unsigned int level;

	vm_map(vm, GVA, self->page, 1, PTE_USER);
	for (level = 1; level <= vm->levels; level++) {
		*vm_entry(vm, GVA, level) &= ~PTE_RW;
		EXPECT_EQ(0, vm_byte(vm, GVA));
		EXPECT_EQ(MOCK_IOMMU_DMA_BLOCKED,
			  vm_dma(vm, WRITE, GVA, self->buf, 1));
		EXPECT_TRUE(refused(vm, 1, FR_FS_NO_WRITE, GVA));
		*vm_entry(vm, GVA, level) |= PTE_RW;
		EXPECT_EQ(0, vm_invalidate(vm, GVA, 1));
	}
	EXPECT_EQ(0, vm_dma(vm, WRITE, GVA, self->buf, 1));
}

TEST_F(walk, supervisor_pages_at_any_level)
{
	struct vm *vm = &self->vm;
	unsigned int level;

	vm_map(vm, GVA, self->page, 1, PTE_USER);
	for (level = 1; level <= vm->levels; level++) {
		*vm_entry(vm, GVA, level) &= ~PTE_US;
		EXPECT_TRUE(reads_refused(vm, GVA, 1, FR_FS_USER, GVA));
		*vm_entry(vm, GVA, level) |= PTE_US;
	}
	EXPECT_EQ(0, vm_byte(vm, GVA));
}

TEST_F(walk, supervisor_requests)
{
	struct vm *vm = &self->vm;

	vm_map(vm, GVA, self->page, 1, PTE_P);
	EXPECT_EQ(MOCK_IOMMU_DMA_BLOCKED,
		  vm_dma(vm, READ | PRIV, GVA, self->buf, 1));
	EXPECT_TRUE(refused(vm, 0, FR_PASID_SRE, 0));

	/* read-only is for users, unless it is for all */
	ASSERT_EQ(0, vm_attach(vm, FAULTQ_VTD_S1_SRE));
	EXPECT_EQ(0, vm_dma(vm, READ | PRIV, GVA, self->buf, 1));
	EXPECT_TRUE(reads_refused(vm, GVA, 1, FR_FS_USER, GVA));
	EXPECT_EQ(0, vm_dma(vm, WRITE | PRIV, GVA, self->buf, 1));
	ASSERT_EQ(0, vm_attach(vm, FAULTQ_VTD_S1_SRE | FAULTQ_VTD_S1_WPE));
	EXPECT_EQ(0, vm_dma(vm, READ | PRIV, GVA, self->buf, 1));
	EXPECT_EQ(MOCK_IOMMU_DMA_BLOCKED,
		  vm_dma(vm, WRITE | PRIV, GVA, self->buf, 1));
	EXPECT_TRUE(refused(vm, 1, FR_FS_NO_WRITE, GVA));
}

TEST_F(walk, no_execution_at_any_level)
{
	struct vm *vm = &self->vm;
	unsigned int level;

	vm_map(vm, GVA, self->page, 1, PTE_USER);
	EXPECT_EQ(0, vm_dma(vm, READ | EXEC, GVA, self->buf, 1));
	for (level = 1; level <= vm->levels; level++) {
		*vm_entry(vm, GVA, level) |= PTE_XD;
		EXPECT_EQ(0, vm_invalidate(vm, GVA, 1));
		EXPECT_EQ(0, vm_byte(vm, GVA));
		EXPECT_EQ(MOCK_IOMMU_DMA_BLOCKED,
			  vm_dma(vm, READ | EXEC, GVA, self->buf, 1));
		EXPECT_TRUE(refused(vm, 1, FR_FS_EXECUTE, GVA));
		*vm_entry(vm, GVA, level) &= ~PTE_XD;
	}
}

TEST_F(walk, reserved_bits)
{
	struct vm *vm = &self->vm;
	unsigned int level;
	__u64 before;

	vm_map(vm, GVA, self->page, 1, PTE_USER);
	for (level = 4; level <= vm->levels; level++) {
		*vm_entry(vm, GVA, level) |= PTE_PS;
		EXPECT_TRUE(reads_refused(vm, GVA, 1, FR_FS_RSVD, GVA));
		*vm_entry(vm, GVA, level) &= ~PTE_PS;
	}
	/* a large page in the middle of one */
	for (level = 2; level <= 3; level++) {
		before = *vm_entry(vm, GVA, level);
		vm_map(vm, GVA, VM_GPA + 2 * PAGE, level, PTE_USER);
		EXPECT_TRUE(reads_refused(vm, GVA, 1, FR_FS_RSVD, GVA));
		*vm_entry(vm, GVA, level) = before;
	}
	EXPECT_EQ(0, vm_byte(vm, GVA));
}

TEST_F(walk, canonical_addresses)
{
	struct vm *vm = &self->vm;
	__u64 top = 1ULL << (vm->levels == 5 ? 56 : 47);
	__u64 high = -top, low = top - PAGE;

	vm_map(vm, high, self->page, 1, PTE_USER);
	vm_map(vm, low, self->page, 1, PTE_USER);
	memcpy(vm_at(vm, self->page), "x", 1);
	EXPECT_EQ('x', vm_byte(vm, high));
	EXPECT_EQ('x', vm_byte(vm, low));
	EXPECT_TRUE(reads_refused(vm, top, 1, FR_FS_CANONICAL, top));
	EXPECT_TRUE(reads_refused(vm, high - PAGE, 1, FR_FS_CANONICAL,
				  high - PAGE));
	EXPECT_TRUE(reads_refused(vm, high ^ (1ULL << 63), 1, FR_FS_CANONICAL,
				  high ^ (1ULL << 63)));

	/* both halves can be invalidated as one */
	*vm_entry(vm, high, 1) = 0;
	*vm_entry(vm, low, 1) = 0;
	EXPECT_EQ('x', vm_byte(vm, high));
	EXPECT_EQ(0, vm_invalidate(vm, 0, ALL));
	EXPECT_EQ(-FR_FS_P, vm_byte(vm, high));
	EXPECT_EQ(-FR_FS_P, vm_byte(vm, low));
}

/* One table after the other is where the guest has no memory. */
TEST_F(walk, tables_outside_memory)
{
	static const struct {
		__u64 addr;
		int reason;
	} places[NR_PLACES] = {
		{ VM_GPA - PAGE, FR_FS_READ },
		{ VM_GPA + VM_PAGES * PAGE, FR_FS_READ },
		{ 1ULL << 48, FR_FS_WIDTH },
		{ 0xffffffffff000ULL, FR_FS_WIDTH },
	};
	struct vm *vm = &self->vm;
	unsigned int level, i;
	__u64 before;

	vm_map(vm, GVA, self->page, 1, PTE_USER);
	for (level = 2; level <= vm->levels; level++) {
		__u64 slot = (GVA >> (12 + 9 * (level - 2)) & 511) * 8;

		before = *vm_entry(vm, GVA, level);
		for (i = 0; i < NR_PLACES; i++) {
			*vm_entry(vm, GVA, level) = places[i].addr | PTE_USER;
			EXPECT_TRUE(reads_refused(vm, GVA, 2,
						  places[i].reason | ON_WALK,
						  places[i].addr + slot));
		}
		*vm_entry(vm, GVA, level) = before;
	}
	EXPECT_EQ(0, vm_byte(vm, GVA));
}

TEST_F(walk, root_outside_memory)
{
	struct vm *vm = &self->vm;
	__u64 gva = 5 * PAGE;

	vm->root = VM_GPA - PAGE;
	ASSERT_EQ(0, vm_attach(vm, 0));
	EXPECT_TRUE(reads_refused(vm, gva, 2, FR_FS_ROOT_READ | ON_WALK,
				  VM_GPA - PAGE));
	vm->root = 1ULL << 50;
	ASSERT_EQ(0, vm_attach(vm, 0));
	EXPECT_TRUE(reads_refused(vm, gva, 2, FR_FS_WIDTH | ON_WALK, vm->root));
}

TEST_F(walk, pages_outside_memory)
{
	struct vm *vm = &self->vm;

	vm_map(vm, GVA, VM_GPA - PAGE, 1, PTE_USER);
	EXPECT_TRUE(reads_refused(vm, GVA, 2, FR_SS_PERM, VM_GPA - PAGE));
	vm_map(vm, GVA, 1ULL << 51, 1, PTE_USER);
	EXPECT_TRUE(reads_refused(vm, GVA, 2, FR_SS_WIDTH, 1ULL << 51));
}

/* Tables in memory that stage 2 has read-only; A cannot be set in them. */
TEST_F(walk, read_only_stage_2)
{
	struct vm *vm = &self->vm;
	__u64 length = VM_PAGES * PAGE;
	char *root = vm_at(vm, vm->root), *entry;

	vm_map(vm, GVA, self->page, 1, PTE_USER);
	ASSERT_EQ(0, fq_unmap(vm->ctx, vm->parent, VM_GPA, &length));
	ASSERT_EQ(0, fq_map(vm->ctx, vm->parent, MAP_RO, vm->mem,
			    VM_PAGES * PAGE, VM_GPA));
	entry = (char *)vm_entry(vm, GVA, vm->levels);
	EXPECT_TRUE(reads_refused(vm, GVA, 2, FR_FS_WRITE | ON_WALK,
				  vm->root + (entry - root)));
	EXPECT_EQ(0, *vm_entry(vm, GVA, 1) & PTE_A);
}

TEST_F(walk, read_only_stage_2_needs_no_write)
{
	struct vm *vm = &self->vm;
	__u64 length = VM_PAGES * PAGE;

	vm_map(vm, GVA, self->page, 1, PTE_USER);
	EXPECT_EQ(0, vm_dma(vm, WRITE, GVA, self->buf, 1));
	ASSERT_EQ(0, fq_unmap(vm->ctx, vm->parent, VM_GPA, &length));
	ASSERT_EQ(0, fq_map(vm->ctx, vm->parent, MAP_RO, vm->mem,
			    VM_PAGES * PAGE, VM_GPA));
	/* A and D are set by now */
	EXPECT_EQ(0, vm_byte(vm, GVA));
	EXPECT_EQ(MOCK_IOMMU_DMA_BLOCKED, vm_dma(vm, WRITE, GVA, self->buf, 1));
	EXPECT_TRUE(refused(vm, 2, FR_SS_PERM, self->page));
}

/* The root in its own first slot is a table of every level, and a page. */
TEST_F(walk, table_that_points_at_itself)
{
	struct vm *vm = &self->vm;
	__u64 *root = vm_at(vm, vm->root);
	__u64 seen[2];

	root[0] = vm->root | PTE_USER;
	root[1] = 0x5a5a000 | PTE_US;
	EXPECT_EQ(0, vm_dma(vm, READ, 0, seen, sizeof(seen)));
	EXPECT_EQ(vm->root | PTE_USER | PTE_A, seen[0]);
	EXPECT_EQ(0x5a5a000 | PTE_US, seen[1]);

	/* the device may even write it, and then goes by what it wrote */
	seen[0] = vm->root | PTE_P;
	EXPECT_EQ(0, vm_dma(vm, WRITE, 0, seen, sizeof(seen[0])));
	EXPECT_EQ(0, vm_invalidate(vm, 0, ALL));
	EXPECT_TRUE(reads_refused(vm, 0, 1, FR_FS_USER, 0));
}

TEST_F(walk, parent_unmapped_under_it)
{
	struct vm *vm = &self->vm;
	__u64 far = VM_GPA + SIZE_1G, length = PAGE;
	char *extra = pages_alloc(1);

	ASSERT_NE(NULL, extra);
	ASSERT_EQ(0, fq_map(vm->ctx, vm->parent, MAP_RW, extra, PAGE, far));
	vm_map(vm, GVA, far, 1, PTE_USER);
	vm_map(vm, GVA + PAGE, self->page, 1, PTE_USER);
	extra[0] = 'e';
	EXPECT_EQ('e', vm_byte(vm, GVA));

	/* the page goes, then the tables */
	ASSERT_EQ(0, fq_unmap(vm->ctx, vm->parent, far, &length));
	EXPECT_TRUE(reads_refused(vm, GVA, 2, FR_SS_PERM, far));
	EXPECT_EQ(0, vm_byte(vm, GVA + PAGE));
	length = VM_PAGES * PAGE;
	ASSERT_EQ(0, fq_unmap(vm->ctx, vm->parent, VM_GPA, &length));
	EXPECT_EQ(-FR_FS_ROOT_READ, vm_byte(vm, GVA + PAGE));
	ASSERT_EQ(0, fq_map(vm->ctx, vm->parent, MAP_RW, vm->mem,
			    VM_PAGES * PAGE, VM_GPA));
	EXPECT_EQ(0, vm_byte(vm, GVA + PAGE));
}

struct scribble {
	struct vm *vm;
	__u64 values[4];
	__u64 *entry;
	bool stop;
};

static void *scribble(void *arg)
{
	struct scribble *s = arg;
	unsigned int i;

	for (i = 0; !LOOK(s->stop); i++)
		__atomic_store_n(s->entry, s->values[i % 4], __ATOMIC_RELAXED);
	return NULL;
}

/*
 * Reads so many times, and until it has seen something: whoever writes may not
 * get a processor for long. Returns how often there was something.
 */
static int read_along(struct scribble *s, int times, __u64 gva, int *other)
{
	const __u64 end = deadline_in(DEADLINE_MS);
	int i, byte, seen = 0;

	for (i = 0; i < times || (!seen && !deadline_passed(end)); i++) {
		byte = vm_byte(s->vm, gva);
		seen += byte == 'a' || byte == 'b';
		*other += byte != 'a' && byte != 'b' && byte != -FR_FS_P &&
			  byte != -FR_SS_PERM && byte != -FR_SS_WIDTH &&
			  byte != -FR_FS_USER && byte != -FR_FS_RSVD;
		vm_invalidate(s->vm, gva, 1);
	}
	return seen;
}

TEST_F(walk, rewritten_while_dma_runs)
{
	struct vm *vm = &self->vm;
	__u64 other_page = vm_page(vm);
	struct scribble s = { .vm = vm };
	pthread_t thread;
	int other = 0;

	memset(vm_at(vm, self->page), 'a', PAGE);
	memset(vm_at(vm, other_page), 'b', PAGE);
	vm_map(vm, GVA, self->page, 1, PTE_USER);
	s.entry = vm_entry(vm, GVA, 1);
	s.values[0] = self->page | PTE_USER;
	s.values[1] = other_page | PTE_USER;
	s.values[2] = 1ULL << 51 | PTE_USER;
	s.values[3] = 0;
	ASSERT_EQ(0, pthread_create(&thread, NULL, scribble, &s));
	EXPECT_LT(0, read_along(&s, 1000, GVA, &other));
	EXPECT_EQ(0, other);
	__atomic_store_n(&s.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
}

/* The same with an entry that leads to tables, some of them none */
TEST_F(walk, table_rewritten_while_dma_runs)
{
	struct vm *vm = &self->vm;
	struct scribble s = { .vm = vm };
	pthread_t thread;
	int other = 0;

	/* the page is no table: taken for one, it has nothing for users */
	*(char *)vm_at(vm, self->page) = 'a';
	vm_map(vm, GVA, self->page, 1, PTE_USER);
	s.entry = vm_entry(vm, GVA, 2);
	s.values[0] = *s.entry;
	s.values[1] = self->page | PTE_USER;
	s.values[2] = *s.entry | PTE_PS;
	s.values[3] = 0;
	ASSERT_EQ(0, pthread_create(&thread, NULL, scribble, &s));
	EXPECT_LT(0, read_along(&s, 1000, GVA, &other));
	EXPECT_EQ(0, other);
	__atomic_store_n(&s.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
}

TEST_F(walk, bad_tables_refused)
{
	struct faultq_hwpt_vtd_s1 data = { .pgtbl_addr = VM_GPA };
	struct vm *vm = &self->vm;
	struct faultq_hwpt_alloc alloc = {
		.dev_id = vm->dev,
		.pt_id = vm->parent,
		.data_uptr = (__u64)(unsigned long)&data,
		.data_len = sizeof(data),
	};

	data.addr_width = 39;
	EXPECT_EQ(-EINVAL, fq_nested_data(vm->ctx, &alloc));
	data.addr_width = 57;
	data.pgtbl_addr = VM_GPA + 8;
	EXPECT_EQ(-EINVAL, fq_nested_data(vm->ctx, &alloc));
	data.pgtbl_addr = 1ULL << 52;
	EXPECT_EQ(-EINVAL, fq_nested_data(vm->ctx, &alloc));
	data.pgtbl_addr = VM_GPA;
	data.flags = 1 << 3;
	EXPECT_EQ(-EOPNOTSUPP, fq_nested_data(vm->ctx, &alloc));
	data.flags = 0;
	alloc.data_len = sizeof(data) - 8;
	EXPECT_EQ(-EINVAL, fq_nested_data(vm->ctx, &alloc));
	alloc.data_len = sizeof(data);
	EXPECT_LT(0, fq_nested_data(vm->ctx, &alloc));
}

/* With a device TLB and without: both are stale until they are told. */
FIXTURE(cache)
{
	struct vm vm;
	__u64 pages[2];
	__u32 id;
};

FIXTURE_VARIANT(cache)
{
	__u32 flags;
};

FIXTURE_VARIANT_ADD(cache, of_the_iommu) VALUES(.flags = 0);
FIXTURE_VARIANT_ADD(cache, of_the_device)
VALUES(.flags = MOCK_IOMMU_ENDPOINT_ATS);

FIXTURE_SETUP(cache)
{
	struct mock_iommu_endpoint_add add = { .flags = variant->flags };
	struct vm *vm = &self->vm;
	int i;

	ASSERT_EQ(0, vm_make(vm, &add, 4));
	ASSERT_EQ(0, vm_attach(vm, 0));
	for (i = 0; i < 2; i++) {
		self->pages[i] = vm_page(vm);
		memset(vm_at(vm, self->pages[i]), 'a' + i, PAGE);
		vm_map(vm, GVA + i * PAGE, self->pages[0], 1, PTE_USER);
	}
}

FIXTURE_TEARDOWN(cache)
{
	vm_free(&self->vm);
}

TEST_F(cache, stale_until_invalidated)
{
	struct vm *vm = &self->vm;

	EXPECT_EQ('a', vm_byte(vm, GVA));
	EXPECT_EQ('a', vm_byte(vm, GVA + PAGE));
	vm_map(vm, GVA, self->pages[1], 1, PTE_USER);
	vm_map(vm, GVA + PAGE, self->pages[1], 1, PTE_USER);
	EXPECT_EQ('a', vm_byte(vm, GVA));

	/* a page is dropped, its neighbour is not */
	EXPECT_EQ(0, vm_invalidate(vm, GVA, 1));
	EXPECT_EQ('b', vm_byte(vm, GVA));
	EXPECT_EQ('a', vm_byte(vm, GVA + PAGE));
	EXPECT_EQ(0, vm_invalidate(vm, GVA + PAGE, 1));
	EXPECT_EQ('b', vm_byte(vm, GVA + PAGE));

	/* and what was there is not any more, once that was said */
	*vm_entry(vm, GVA, 2) = 0;
	EXPECT_EQ('b', vm_byte(vm, GVA));
	EXPECT_EQ(0, vm_invalidate(vm, 0, ALL));
	EXPECT_EQ(-FR_FS_P, vm_byte(vm, GVA));
	EXPECT_EQ(-FR_FS_P, vm_byte(vm, GVA + PAGE));
}

TEST_F(cache, what_is_not_there_is_not_cached)
{
	struct vm *vm = &self->vm;

	*vm_entry(vm, GVA, 1) = 0;
	EXPECT_EQ(-FR_FS_P, vm_byte(vm, GVA));
	vm_map(vm, GVA, self->pages[0], 1, PTE_USER);
	EXPECT_EQ('a', vm_byte(vm, GVA));
}

TEST_F(cache, range_of_pages)
{
	struct vm *vm = &self->vm;
	unsigned int i;

	for (i = 0; i < 40; i++) {
		vm_map(vm, GVA + i * PAGE, self->pages[0], 1, PTE_USER);
		EXPECT_EQ('a', vm_byte(vm, GVA + i * PAGE));
		vm_map(vm, GVA + i * PAGE, self->pages[1], 1, PTE_USER);
	}
	EXPECT_EQ(0, vm_invalidate(vm, GVA + 3 * PAGE, 34));
	for (i = 3; i < 37; i++)
		EXPECT_EQ('b', vm_byte(vm, GVA + i * PAGE));
}

/* One table on two PASIDs and on the RID: an invalidation is for all. */
TEST_F(cache, every_attachment)
{
	struct vm *vm = &self->vm;
	struct mock_iommu_dma dma = {
		.endpoint_id = vm->ep,
		.iova = GVA,
		.length = 1,
	};
	char byte[3];
	int i, round;

	ASSERT_EQ(0, fq_attach(vm->ctx, vm->dev, vm->hwpt, NO_PASID, 0));
	ASSERT_EQ(0, fq_attach(vm->ctx, vm->dev, vm->hwpt, 7, 0));
	for (round = 0; round < 3; round++) {
		if (round == 1)
			vm_map(vm, GVA, self->pages[1], 1, PTE_USER);
		if (round == 2)
			EXPECT_EQ(0, vm_invalidate(vm, GVA, 1));
		for (i = 0; i < 3; i++) {
			dma.flags = i ? MOCK_IOMMU_DMA_PASID : 0;
			dma.pasid = i == 1 ? 7 : i == 2 ? VM_PASID : 0;
			dma.buf = (__u64)(unsigned long)&byte[i];
			EXPECT_EQ(0, mock_dma(vm->mock, &dma));
			EXPECT_EQ(0, dma.out_status);
			/* direct-mapped, so a later one may replace an entry */
			if (round != 1)
				EXPECT_EQ(round ? 'b' : 'a', byte[i]);
		}
	}
}

TEST_F(cache, replaced_table)
{
	struct vm *vm = &self->vm;

	EXPECT_EQ('a', vm_byte(vm, GVA));
	vm->root = vm_page(vm);
	vm_map(vm, GVA, self->pages[1], 1, PTE_USER);
	ASSERT_EQ(0, vm_attach(vm, 0));
	EXPECT_EQ('b', vm_byte(vm, GVA));
	EXPECT_EQ(-FR_FS_P, vm_byte(vm, GVA + PAGE));
}

/* From a table over one parent to one over another, and to none */
TEST_F(cache, replaced_parent)
{
	struct vm *vm = &self->vm;
	__u32 first = vm->hwpt;
	char *mem = pages_alloc(1);
	int parent;

	ASSERT_NE(NULL, mem);
	EXPECT_EQ('a', vm_byte(vm, GVA));
	parent = fq_parent(vm->ctx, vm->dev);
	ASSERT_LT(0, parent);
	ASSERT_EQ(0, fq_map(vm->ctx, parent, MAP_RW, mem, PAGE, GVA));
	ASSERT_EQ(0, fq_attach(vm->ctx, vm->dev, parent, VM_PASID, 0));
	mem[0] = 'p';
	EXPECT_EQ('p', vm_byte(vm, GVA));
	ASSERT_EQ(0, fq_attach(vm->ctx, vm->dev, first, VM_PASID, 0));
	EXPECT_EQ('a', vm_byte(vm, GVA));
	ASSERT_EQ(0, fq_detach(vm->ctx, vm->dev, VM_PASID));
	EXPECT_EQ(-FR_PASID_P, vm_byte(vm, GVA));
}

struct reader {
	struct vm vm;
	unsigned int seen[2];
	unsigned int other;
	bool stop;
};

static void *reader(void *arg)
{
	struct reader *r = arg;
	int byte;

	while (!LOOK(r->stop)) {
		byte = vm_byte(&r->vm, GVA);
		if (byte == 'a' || byte == 'b')
			r->seen[byte - 'a']++;
		else if (byte != -FR_PASID_P)
			r->other++;
	}
	return NULL;
}

/*
 * The PASID has one of the two in turn, @times and until both were seen, while
 * DMA runs. Returns how often that led to neither, or an error.
 */
static int take_turns(const struct vm *vm, const __u32 hwpts[2], int times)
{
	struct reader r = { .vm = *vm };
	pthread_t thread;
	int i, ret = 0;

	if (pthread_create(&thread, NULL, reader, &r))
		return -EAGAIN;
	for (i = 0; !ret && (i < times || !LOOK(r.seen[0]) || !LOOK(r.seen[1]));
	     i++)
		ret = fq_attach(vm->ctx, vm->dev, hwpts[i % 2], VM_PASID, 0);
	__atomic_store_n(&r.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	return ret ?: r.other;
}

/*
 * Two guests have the PASID in turn. Neither's table is ever looked up in the
 * other's memory, where the same address holds what would get A and D set.
 */
TEST_F(cache, replaced_parent_while_dma_runs)
{
	struct vm *vm = &self->vm, other = *vm;
	__u32 hwpts[] = { vm->hwpt, 0 };
	__u64 *bait;
	int i;

	other.mem = pages_alloc(VM_PAGES);
	ASSERT_NE(NULL, other.mem);
	other.parent = fq_parent(vm->ctx, vm->dev);
	ASSERT_EQ(0, fq_map(vm->ctx, other.parent, MAP_RW, other.mem,
			    VM_PAGES * PAGE, VM_GPA));
	other.root = vm_page(&other);
	bait = vm_at(vm, other.root);
	for (i = 0; i < 512; i++)
		bait[i] = self->pages[0] | PTE_USER;
	vm_map(&other, GVA, self->pages[1], 1, PTE_USER);
	memset(vm_at(&other, self->pages[1]), 'b', PAGE);
	hwpts[1] = vm_nested(&other, 0);
	ASSERT_LT(0, (int)hwpts[1]);

	EXPECT_EQ(0, take_turns(vm, hwpts, 400));
	for (i = 0; i < 512; i++)
		ASSERT_EQ(self->pages[0] | PTE_USER, bait[i]);
}

/*
 * The guest's table gives way to none, and comes back. What lies at address 0
 * of the guest, where a table that is none would be, is never walked.
 */
TEST_F(cache, replaced_by_the_parent_while_dma_runs)
{
	struct vm *vm = &self->vm;
	const __u32 hwpts[] = { vm->hwpt, vm->parent };
	__u64 *bait = pages_alloc(1);
	char *mem = pages_alloc(1);
	int i;

	ASSERT_TRUE(bait && mem);
	for (i = 0; i < 512; i++)
		bait[i] = PTE_USER;
	memset(mem, 'b', PAGE);
	ASSERT_EQ(0, fq_map(vm->ctx, vm->parent, MAP_RW, bait, PAGE, 0));
	ASSERT_EQ(0, fq_map(vm->ctx, vm->parent, MAP_RW, mem, PAGE, GVA));

	EXPECT_EQ(0, take_turns(vm, hwpts, 10000 / slowdown()));
	for (i = 0; i < 512; i++)
		ASSERT_EQ(PTE_USER, bait[i]);
}

TEST_F(cache, parent_unmapped)
{
	struct vm *vm = &self->vm;
	__u64 length = VM_PAGES * PAGE;

	EXPECT_EQ('a', vm_byte(vm, GVA));
	ASSERT_EQ(0, fq_unmap(vm->ctx, vm->parent, VM_GPA, &length));
	EXPECT_EQ(-FR_FS_ROOT_READ, vm_byte(vm, GVA));
}

/* Invalidations that go wrong */
FIXTURE(wrong)
{
	struct vm vm;
	int iommu;
	struct faultq_hwpt_vtd_s1_invalidate entries[4];
};

FIXTURE_VARIANT(wrong)
{
	__u32 flags;
	bool named;
};

FIXTURE_VARIANT_ADD(wrong, with_sid) VALUES(.named = true);
FIXTURE_VARIANT_ADD(wrong, without_sid)
VALUES(.flags = MOCK_IOMMU_IOMMU_NO_SID);

#define VIRT_ID 0xbeef

static int wrong_vm(struct vm *vm, int iommu)
{
	struct mock_iommu_endpoint_add add = {
		.iommu_id = iommu,
		.flags = MOCK_IOMMU_ENDPOINT_ATS,
	};
	int ret = vm_make(vm, &add, 4);
	int viommu;

	if (ret)
		return ret;
	viommu = fq_viommu(vm->ctx, vm->dev, vm->parent);
	if (viommu < 0)
		return viommu;
	ret = fq_vdevice(vm->ctx, viommu, vm->dev, VIRT_ID);
	if (ret < 0)
		return ret;
	vm->parent = viommu;
	return vm_attach(vm, 0);
}

FIXTURE_SETUP(wrong)
{
	struct mock_iommu_iommu_add add = {
		.size = sizeof(add),
		.flags = variant->flags,
		.kind = MOCK_IOMMU_KIND_VTD,
	};
	int mock = mock_open(), i;

	ASSERT_EQ(0, call(mock, MOCK_IOMMU_IOMMU_ADD, &add));
	close(mock);
	self->iommu = add.out_iommu_id;
	ASSERT_EQ(0, wrong_vm(&self->vm, self->iommu));
	for (i = 0; i < 4; i++) {
		self->entries[i].addr = GVA + i * PAGE;
		self->entries[i].npages = 1;
		self->entries[i].out_error = 0x55;
	}
}

FIXTURE_TEARDOWN(wrong)
{
	int mock = mock_open();

	vm_free(&self->vm);
	mock_iommu_remove(mock, self->iommu);
	close(mock);
}

static int invalidate_all(struct vm *vm,
			  struct faultq_hwpt_vtd_s1_invalidate *entries,
			  __u32 *nr)
{
	*nr = 4;
	return fq_invalidate(vm->ctx, vm->hwpt, entries, sizeof(entries[0]),
			     nr);
}

TEST_F(wrong, nothing)
{
	__u32 nr;
	int i;

	EXPECT_EQ(0, invalidate_all(&self->vm, self->entries, &nr));
	EXPECT_EQ(4, nr);
	for (i = 0; i < 4; i++)
		EXPECT_EQ(0, self->entries[i].out_error);
}

TEST_F(wrong, third_times_out)
{
	struct vm *vm = &self->vm;
	__u32 nr;

	ASSERT_EQ(0, vm_misbehave(vm, MOCK_IOMMU_INV_TIMEOUT, 3, 1));
	EXPECT_EQ(-EIO, invalidate_all(vm, self->entries, &nr));
	EXPECT_EQ(2, nr);
	EXPECT_EQ(0, self->entries[1].out_error);
	EXPECT_EQ(FAULTQ_INVALIDATE_ITE, self->entries[2].out_error);
	EXPECT_EQ(variant->named ? FAULTQ_INVALIDATE_VIRT_ID_VALID : 0,
		  self->entries[2].out_flags);
	EXPECT_EQ(variant->named ? VIRT_ID : 0, self->entries[2].out_virt_id);
	EXPECT_EQ(0x55, self->entries[3].out_error);

	EXPECT_EQ(0, invalidate_all(vm, self->entries, &nr));
	EXPECT_EQ(4, nr);
	EXPECT_EQ(0, self->entries[2].out_error);
	EXPECT_EQ(0, self->entries[2].out_virt_id);
}

TEST_F(wrong, second_completes_wrongly)
{
	struct vm *vm = &self->vm;
	__u32 nr;

	ASSERT_EQ(0, vm_misbehave(vm, MOCK_IOMMU_INV_BAD_COMPLETION, 2, 1));
	EXPECT_EQ(0, invalidate_all(vm, self->entries, &nr));
	EXPECT_EQ(4, nr);
	EXPECT_EQ(0, self->entries[0].out_error);
	EXPECT_EQ(FAULTQ_INVALIDATE_ICE, self->entries[1].out_error);
	EXPECT_EQ(variant->named ? VIRT_ID : 0, self->entries[1].out_virt_id);
	EXPECT_EQ(0, self->entries[2].out_error);
	EXPECT_EQ(0, self->entries[2].out_virt_id);
}

/* No device is named for what the IOMMU did not understand. */
TEST_F(wrong, last_is_damaged)
{
	struct vm *vm = &self->vm;
	__u32 nr;

	ASSERT_EQ(0, vm_misbehave(vm, MOCK_IOMMU_INV_BAD_DESCRIPTOR, 4, 1));
	EXPECT_EQ(-EIO, invalidate_all(vm, self->entries, &nr));
	EXPECT_EQ(3, nr);
	EXPECT_EQ(FAULTQ_INVALIDATE_IQE, self->entries[3].out_error);
	EXPECT_EQ(0, self->entries[3].out_flags);
	EXPECT_EQ(0, self->entries[3].out_virt_id);
	EXPECT_EQ(0, invalidate_all(vm, self->entries, &nr));
}

TEST_F(wrong, several_in_a_row)
{
	struct vm *vm = &self->vm;
	__u32 nr;
	int i;

	ASSERT_EQ(0, vm_misbehave(vm, MOCK_IOMMU_INV_TIMEOUT, 1, 3));
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(-EIO, invalidate_all(vm, self->entries, &nr));
		EXPECT_EQ(0, nr);
	}
	EXPECT_EQ(0, invalidate_all(vm, self->entries, &nr));
}

/* What others ask of the hardware is done, and no memory stays reachable. */
TEST_F(wrong, always_and_unmapped)
{
	struct vm *vm = &self->vm;
	struct mock_iommu_iommu_stats stats = {
		.size = sizeof(stats),
		.iommu_id = self->iommu,
	};
	char *mem = pages_alloc(1);
	__u64 length = PAGE;
	int plain;

	ASSERT_NE(NULL, mem);
	plain = fq_hwpt_plain(vm->ctx, vm->dev);
	ASSERT_LT(0, plain);
	ASSERT_EQ(0, fq_map(vm->ctx, plain, MAP_RW, mem, PAGE, GVA));
	ASSERT_EQ(0, fq_attach(vm->ctx, vm->dev, plain, VM_PASID, 0));
	EXPECT_EQ(0, vm_byte(vm, GVA));
	ASSERT_EQ(0, vm_misbehave(vm, MOCK_IOMMU_INV_TIMEOUT, 1, ~0U));
	ASSERT_EQ(0, vm_misbehave(vm, MOCK_IOMMU_INV_BAD_DESCRIPTOR, 2, ~0U));
	EXPECT_EQ(0, fq_unmap(vm->ctx, plain, GVA, &length));
	EXPECT_EQ(-FR_SS_PERM, vm_byte(vm, GVA));
	EXPECT_EQ(0, fq_detach(vm->ctx, vm->dev, VM_PASID));
	EXPECT_EQ(-FR_PASID_P, vm_byte(vm, GVA));
	ASSERT_EQ(0, call(vm->mock, MOCK_IOMMU_IOMMU_STATS, &stats));
	EXPECT_LT(2, stats.out_inv_errors);
}

TEST_F(wrong, arguments)
{
	struct vm *vm = &self->vm;

	EXPECT_EQ(-EOPNOTSUPP, vm_misbehave(vm, 5, 1, 1));
	EXPECT_EQ(-EINVAL, vm_misbehave(vm, MOCK_IOMMU_INV_TIMEOUT, 0, 1));
	vm->ep += 1000;
	EXPECT_EQ(-ENOENT, vm_misbehave(vm, MOCK_IOMMU_INV_TIMEOUT, 1, 1));
	vm->ep -= 1000;
	/* called off */
	EXPECT_EQ(0, vm_misbehave(vm, MOCK_IOMMU_INV_TIMEOUT, 1, 9));
	EXPECT_EQ(0, vm_misbehave(vm, MOCK_IOMMU_INV_TIMEOUT, 1, 0));
	EXPECT_EQ(0, vm_invalidate(vm, 0, ALL));
}

TEST_HARNESS_MAIN
