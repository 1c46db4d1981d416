// SPDX-License-Identifier: GPL-2.0-only
/*
 * The model of VT-d with tables and descriptors that the mock's driver does not
 * write: bits that are reserved, FPD, PRE, a first stage alone, and why the
 * invalidation queue stops.
 */
#include <string.h>

#include "fuzz/iommu.h"
#include "fuzz/memory.h"
#include "hw_vtd.h"
#include "kselftest_harness.h"

/* Where the tables are, and what the last one leads to */
#define ROOT 0x0000
#define CONTEXT (0x1000 + RID * sizeof(struct vtd_context))
#define DIRECTORY 0x2000
#define ENTRY (0x3000 + PASID * sizeof(struct vtd_pasid))
#define RID_ENTRY 0x3000
#define LEVEL_4 0x4000
#define LEVEL_3 0x5000
#define LEVEL_2 0x6000
#define LEVEL_1 0x7000
#define DATA 0x123000

#define RID 1
#define PASID 2
#define RECORDS 4

/* The queue takes the place of the page tables. */
#define QUEUE LEVEL_4
#define STATUS 0x1ff8

FIXTURE(vtd)
{
	struct bytes none;
	struct hw_vtd vtd;
	struct hw_source source;
	struct hw_request request;
	struct hw_fault fault;
	struct hw_page page;
};

static void put(u64 addr, u64 value)
{
	memory_begin_step();
	CLAIM(!hw_mem_write(addr, &value, sizeof(value)));
}

static u64 get(u64 addr)
{
	u64 value;

	memory_begin_step();
	CLAIM(!hw_mem_read(addr, &value, sizeof(value)));
	return value;
}

/* Sets bits of an entry, or of a word of it. */
static void set(u64 addr, u64 bits)
{
	put(addr, get(addr) | bits);
}

static void clear(u64 addr, u64 bits)
{
	put(addr, get(addr) & ~bits);
}

static void put_first_stage(void)
{
	u64 flags = VTD_FS_P | VTD_FS_RW | VTD_FS_US;

	put(LEVEL_4, LEVEL_3 | flags);
	put(LEVEL_3, LEVEL_2 | flags);
	put(LEVEL_2, LEVEL_1 | flags);
	put(LEVEL_1, DATA | flags);
}

FIXTURE_SETUP(vtd)
{
	memory_fill(&self->none);
	iommu_start(&self->vtd.hw);
	ASSERT_EQ(0, hw_vtd_fault_init(&self->vtd, RECORDS));
	self->vtd.rtaddr = ROOT | FIELD_PREP(VTD_RTADDR_TTM, VTD_TTM_SCALABLE);
	self->source = (struct hw_source){ RID, true, PASID };
	self->request.perm = HW_PERM_R;

	put(ROOT, 0x1000 | VTD_ROOT_P);
	put(CONTEXT, DIRECTORY | VTD_CONTEXT_P | VTD_CONTEXT_DTE |
			     VTD_CONTEXT_PASIDE | VTD_CONTEXT_PRE);
	put(DIRECTORY, 0x3000 | VTD_PASID_DIR_P);
	put(ENTRY,
	    VTD_PASID_P | FIELD_PREP(VTD_PASID_PGTT, VTD_PGTT_FIRST_STAGE));
	put(ENTRY + 8, 5);
	put(ENTRY + 16, LEVEL_4 | VTD_PASID_ERE);
	put_first_stage();
}

FIXTURE_TEARDOWN(vtd)
{
	hw_vtd_fault_free(&self->vtd);
	hw_tlb_free(&self->vtd.hw.iotlb);
}

static u8 translate(FIXTURE_DATA(vtd) * self)
{
	memory_begin_step();
	self->fault = (struct hw_fault){};
	hw_tlb_drop_all(&self->vtd.hw.iotlb);
	return hw_vtd_translate(&self->vtd.hw, &self->source, false,
				&self->request, &self->page, &self->fault);
}

/* ECAP.FSTS: the addresses of its tables, and of the page, are physical. */
TEST_F(vtd, first_stage_alone)
{
	EXPECT_EQ(0, translate(self));
	EXPECT_EQ(DATA, self->page.frame);
	/* a page that was not written to is not marked dirty */
	EXPECT_EQ(HW_PERM_R | HW_PERM_X, self->page.perm);
	self->request.perm = HW_PERM_W;
	EXPECT_EQ(0, translate(self));
	EXPECT_EQ(DATA | VTD_FS_P | VTD_FS_RW | VTD_FS_US | VTD_FS_A | VTD_FS_D,
		  get(LEVEL_1));
	clear(LEVEL_1, VTD_FS_P);
	EXPECT_EQ(VTD_FR_FS_P, translate(self));
	EXPECT_EQ(1, self->fault.stage);
	self->request.addr = 1ULL << 47;
	EXPECT_EQ(VTD_FR_FS_CANONICAL, translate(self));
	self->request.addr = 0;
	self->request.priv = true;
	EXPECT_EQ(VTD_FR_PASID_SRE, translate(self));
	put(ENTRY + 16, FUZZ_MEMORY);
	self->request.priv = false;
	EXPECT_EQ(VTD_FR_FS_ROOT_ACCESS, translate(self));
}

TEST_F(vtd, types_of_translation)
{
	u64 type;

	for (type = 0; type < 8; type++) {
		put(ENTRY, VTD_PASID_P | FIELD_PREP(VTD_PASID_PGTT, type));
		/* a second stage needs a width; pass-through is not offered */
		EXPECT_EQ(type == VTD_PGTT_FIRST_STAGE ? 0 :
							 VTD_FR_PASID_INVALID,
			  translate(self));
	}
}

/* An entry of many words, of which some are reserved as a whole */
static void check_words(struct __test_metadata *_metadata,
			FIXTURE_DATA(vtd) * self, u64 addr, const u64 *rsvd,
			unsigned int words, u8 reason)
{
	unsigned int i, bit;
	u64 old;

	for (i = 0; i < words; i++) {
		for (bit = 0; bit < 64; bit++) {
			old = get(addr + i * 8);
			set(addr + i * 8, BIT_ULL(bit));
			EXPECT_EQ(!!(rsvd[i] & BIT_ULL(bit)),
				  translate(self) == reason)
			{
				TH_LOG("word %u, bit %u", i, bit);
			}
			put(addr + i * 8, old);
		}
	}
	EXPECT_EQ(0, translate(self));
}

#define ADDR_RSVD GENMASK_ULL(63, 52)

/* The values are those of VT-d 9.1, 9.3, 9.5 and 9.6. */
TEST_F(vtd, reserved_bits)
{
	static const u64 root = ADDR_RSVD | 0xffe;
	static const u64 context[] = { ADDR_RSVD | 0x1e0, ~0x1fffffULL, ~0ULL,
				       ~0ULL };
	static const u64 dir = ADDR_RSVD | 0xffc;
	static const u64 pasid[] = { ADDR_RSVD | 0xe20,
				     ~0xffffULL,
				     ADDR_RSVD | 0xf40,
				     ~0ULL,
				     ~0ULL,
				     ~0ULL,
				     ~0ULL,
				     ~0ULL };

	check_words(_metadata, self, ROOT, &root, 1, 0x3a);
	check_words(_metadata, self, CONTEXT, context, 4, 0x42);
	check_words(_metadata, self, DIRECTORY, &dir, 1, 0x52);
	check_words(_metadata, self, ENTRY, pasid, 8, 0x5a);
}

/* An entry that is not present may have anything in it. */
TEST_F(vtd, present_comes_before_reserved)
{
	put(ENTRY, ~VTD_PASID_P);
	EXPECT_EQ(VTD_FR_PASID_P, translate(self));
	put(DIRECTORY, ~VTD_PASID_DIR_P);
	EXPECT_EQ(VTD_FR_PASID_DIR_P, translate(self));
	put(CONTEXT, ~VTD_CONTEXT_P);
	EXPECT_EQ(VTD_FR_CONTEXT_P, translate(self));
	put(ROOT, ~VTD_ROOT_P);
	EXPECT_EQ(VTD_FR_ROOT_P, translate(self));
}

TEST_F(vtd, pasids_beyond_the_directory)
{
	self->source.pasid = 1 << 13;
	EXPECT_EQ(VTD_FR_CONTEXT_PASID, translate(self));
	put(CONTEXT + 8, 1 << 13);
	self->source.has_pasid = false;
	EXPECT_EQ(VTD_FR_CONTEXT_RID_PASID, translate(self));
	put(CONTEXT + 8, PASID);
	EXPECT_EQ(0, translate(self));
}

static unsigned int recorded(FIXTURE_DATA(vtd) * self, u8 reason)
{
	u64 before = self->vtd.faults.raised;

	hw_vtd_fault_record(&self->vtd.hw, &self->source, false, &self->request,
			    reason, &self->fault);
	return self->vtd.faults.raised - before;
}

/* What FPD silences is what is found from that entry on, present or not. */
TEST_F(vtd, fault_processing_disabled)
{
	static const struct {
		u64 addr;
		u64 fpd;
	} entries[] = {
		{ CONTEXT, VTD_CONTEXT_FPD },
		{ DIRECTORY, VTD_PASID_DIR_FPD },
		{ ENTRY, VTD_PASID_FPD },
	};
	unsigned int i;

	clear(LEVEL_1, VTD_FS_P);
	EXPECT_EQ(1, recorded(self, translate(self)));
	for (i = 0; i < ARRAY_SIZE(entries); i++) {
		set(entries[i].addr, entries[i].fpd);
		EXPECT_EQ(VTD_FR_FS_P, translate(self));
		EXPECT_EQ(0, recorded(self, VTD_FR_FS_P));
		clear(entries[i].addr, VTD_PASID_P);
		EXPECT_NE(VTD_FR_FS_P, translate(self));
		EXPECT_EQ(0, recorded(self, VTD_FR_PASID_P));
		set(entries[i].addr, VTD_PASID_P);
		clear(entries[i].addr, entries[i].fpd);
		EXPECT_EQ(1, recorded(self, translate(self)));
	}
	/* not what is found before it */
	set(ENTRY, VTD_PASID_FPD);
	clear(ROOT, VTD_ROOT_P);
	EXPECT_EQ(1, recorded(self, translate(self)));
}

static bool request_page(FIXTURE_DATA(vtd) * self, u32 *code)
{
	const struct mock_iommu_request request = {
		.flags = MOCK_IOMMU_REQUEST_PASID | MOCK_IOMMU_REQUEST_LAST,
		.pasid = PASID,
		.perm = MOCK_IOMMU_PERM_WRITE,
		.addr = 0x5000,
	};

	memory_begin_step();
	return hw_vtd_prq_put(&self->vtd.hw, RID, &request, code);
}

/* 7.2.3: reason 0x47, T2 for a page request */
TEST_F(vtd, page_requests_disabled)
{
	struct hw_vtd_faults *faults = &self->vtd.faults;
	u32 code = ~0;

	hw_vtd_prq_write(&self->vtd, VTD_PQA, LEVEL_2);
	EXPECT_TRUE(request_page(self, &code));
	EXPECT_EQ(0, faults->raised);
	clear(CONTEXT, VTD_CONTEXT_PRE);
	EXPECT_FALSE(request_page(self, &code));
	EXPECT_EQ(MOCK_IOMMU_RESPONSE_FAILURE, code);
	ASSERT_EQ(1, faults->recorded);
	EXPECT_EQ(0x5000, faults->records[0].qw[0]);
	EXPECT_EQ(1ULL << 63 | (u64)PASID << 40 | 0x47ULL << 32 | 1ULL << 31 |
			  1ULL << 28 | RID,
		  faults->records[0].qw[1]);
	EXPECT_EQ(1, self->vtd.prq.written);
	set(CONTEXT, VTD_CONTEXT_FPD);
	EXPECT_FALSE(request_page(self, &code));
	clear(CONTEXT, VTD_CONTEXT_P);
	EXPECT_FALSE(request_page(self, &code));
	EXPECT_EQ(1, faults->raised);
	clear(CONTEXT, VTD_CONTEXT_FPD);
	EXPECT_FALSE(request_page(self, &code));
	EXPECT_EQ(VTD_FR_CONTEXT_P,
		  FIELD_GET(VTD_FRCD_FR, faults->records[1].qw[1]));
}

TEST_F(vtd, full_page_request_queue_answers_success)
{
	u32 code = ~0;

	/* no queue is given */
	EXPECT_FALSE(request_page(self, &code));
	EXPECT_EQ(MOCK_IOMMU_RESPONSE_SUCCESS, code);
	EXPECT_EQ(0, self->vtd.faults.raised);
}

static void put_desc(u64 qw0, u64 qw1, u64 qw2, u64 qw3)
{
	put(QUEUE, qw0);
	put(QUEUE + 8, qw1);
	put(QUEUE + 16, qw2);
	put(QUEUE + 24, qw3);
}

/* Has one descriptor executed: IQEI, or -1 if the queue did not stop */
static int execute(FIXTURE_DATA(vtd) * self)
{
	struct hw_vtd *vtd = &self->vtd;
	int iqei = -1;

	memory_begin_step();
	hw_vtd_iq_write(vtd, VTD_IQA, QUEUE | VTD_IQA_DW);
	hw_vtd_iq_write(vtd, VTD_IQT, 32);
	if (vtd->iq.status & VTD_FSTS_IQE)
		iqei = hw_vtd_iq_read(vtd, VTD_IQER) & 0xf;
	/* clearing the bit has the queue go on */
	put_desc(VTD_INV_WAIT, 0, 0, 0);
	hw_vtd_iq_write(vtd, VTD_FSTS, ~0ULL);
	CLAIM(vtd->iq.head == 1);
	return iqei;
}

/* The bits that a descriptor of a type has, by VT-d 6.5.2 */
TEST_F(vtd, reserved_bits_of_descriptors)
{
	static const struct {
		u64 good;
		u64 fields[4];
	} types[] = {
		{ 0x12, { 0xffff00ff, ~0xf80ULL } },
		/* fuzz/iommu.c has sources of 3 mod 4 complete wrongly */
		{ 0x300000003, { 0xfff0ffff001ff00f, ~0xffeULL } },
		{ 0x05, { 0xffffffff000000ff, ~0x3ULL } },
		{ 0x26, { 0x000fffffffff003f, ~0xf80ULL } },
		{ 0x17, { 0x000fffffffff003f } },
		{ 0x30008, { ~0xe00ULL, ~0x7feULL } },
		{ 0x09, { 0x000ffffffffff03f, 0xffc, ~0ULL, ~0ULL } },
	};
	u64 qw[4], allowed;
	unsigned int i, bit;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		/* neither another type nor another granularity */
		for (bit = 6; bit < 256; bit++) {
			memset(qw, 0, sizeof(qw));
			qw[0] = types[i].good;
			qw[bit / 64] |= BIT_ULL(bit % 64);
			allowed = types[i].fields[bit / 64] & BIT_ULL(bit % 64);
			put_desc(qw[0], qw[1], qw[2], qw[3]);
			EXPECT_EQ(allowed ? -1 : VTD_IQEI_RESERVED,
				  execute(self))
			{
				TH_LOG("type %u, bit %u", i, bit);
			}
		}
	}
}

TEST_F(vtd, why_the_invalidation_queue_stops)
{
	struct hw_vtd *vtd = &self->vtd;

	put_desc(0, 0, 0, 0);
	EXPECT_EQ(3, execute(self));
	put_desc(15, 0, 0, 0);
	EXPECT_EQ(3, execute(self));
	put_desc(VTD_INV_IOTLB, 0, 0, 0);
	EXPECT_EQ(4, execute(self));

	memory_begin_step();
	hw_vtd_iq_write(vtd, VTD_IQA, FUZZ_MEMORY | VTD_IQA_DW);
	hw_vtd_iq_write(vtd, VTD_IQT, 32);
	EXPECT_EQ(VTD_FSTS_IQE, vtd->iq.status);
	EXPECT_EQ(2, hw_vtd_iq_read(vtd, VTD_IQER));
	hw_vtd_iq_write(vtd, VTD_IQA, QUEUE);
	hw_vtd_iq_write(vtd, VTD_FSTS, VTD_FSTS_IQE);
	hw_vtd_iq_write(vtd, VTD_IQT, 32);
	EXPECT_EQ(VTD_FSTS_IQE, vtd->iq.status);
	EXPECT_EQ(5, hw_vtd_iq_read(vtd, VTD_IQER));
	EXPECT_EQ(0, hw_vtd_iq_read(vtd, VTD_IQH));
}

TEST_F(vtd, tails_outside_of_the_queue)
{
	static const u64 tails[] = { 16, 33, 128 * 32, 1 << 19, ~0ULL };
	struct hw_vtd *vtd = &self->vtd;
	unsigned int i;

	memory_begin_step();
	hw_vtd_iq_write(vtd, VTD_IQT, 32); /* there is no queue */
	hw_vtd_iq_write(vtd, VTD_IQA, QUEUE | VTD_IQA_DW);
	for (i = 0; i < ARRAY_SIZE(tails); i++) {
		hw_vtd_iq_write(vtd, VTD_IQT, tails[i]);
		EXPECT_EQ(VTD_FSTS_IQE, vtd->iq.status);
		EXPECT_EQ(1, hw_vtd_iq_read(vtd, VTD_IQER));
		EXPECT_EQ(0, hw_vtd_iq_read(vtd, VTD_IQT));
		hw_vtd_iq_write(vtd, VTD_FSTS, VTD_FSTS_IQE);
		EXPECT_EQ(0, vtd->iq.status);
	}
	/* the last descriptor, of 128 */
	put(QUEUE, VTD_INV_WAIT);
	hw_vtd_iq_write(vtd, VTD_IQT, 127 * 32);
	EXPECT_EQ(127 * 32, hw_vtd_iq_read(vtd, VTD_IQT));
}

/* An error that was not read yet is not written over (11.4.9.9). */
TEST_F(vtd, first_of_two_completion_errors_is_kept)
{
	struct hw_vtd *vtd = &self->vtd;

	put_desc(VTD_INV_DEVTLB | 7ULL << 32, 0, 0, 0);
	put(QUEUE + 32, VTD_INV_DEVTLB | 11ULL << 32);
	memory_begin_step();
	hw_vtd_iq_write(vtd, VTD_IQA, QUEUE | VTD_IQA_DW);
	hw_vtd_iq_write(vtd, VTD_IQT, 64);
	EXPECT_EQ(VTD_FSTS_ICE, vtd->iq.status);
	EXPECT_EQ(7, hw_vtd_iq_read(vtd, VTD_IQER) >> 48);
	EXPECT_EQ(1, vtd->iq.errors);
	hw_vtd_iq_write(vtd, VTD_FSTS, VTD_FSTS_ICE);
	vtd->no_sid = true;
	hw_vtd_iq_write(vtd, VTD_IQA, QUEUE | VTD_IQA_DW);
	hw_vtd_iq_write(vtd, VTD_IQT, 64);
	EXPECT_EQ(0, hw_vtd_iq_read(vtd, VTD_IQER));
}

TEST_HARNESS_MAIN
