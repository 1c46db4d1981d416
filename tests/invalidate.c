// SPDX-License-Identifier: GPL-2.0-only
/*
 * Invalidation arrays: how far they are handled, and what is told of it. That
 * they drop what is cached, and how hardware errors look, is another matter.
 */
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "held.h"
#include "kselftest_harness.h"
#include "nested.h"

/* Before the out_ fields, with the first two of them, and whole */
#define SHORT 24
#define MIDDLE 32
#define WHOLE 40

FIXTURE(invalidate)
{
	struct guest guest;
};

FIXTURE_SETUP(invalidate)
{
	const struct bed *bed = &self->guest.bed;

	ASSERT_EQ(0, guest_make(&self->guest));
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, self->guest.nested, NO_PASID,
			       0));
	ASSERT_EQ(WHOLE, sizeof(struct faultq_hwpt_vtd_s1_invalidate));
}

FIXTURE_TEARDOWN(invalidate)
{
	guest_free(&self->guest);
}

static int invalidate(const struct guest *guest, const void *entries,
		      __u32 entry_len, __u32 *nr)
{
	return fq_invalidate(guest->bed.ctx, guest->nested, entries, entry_len,
			     nr);
}

/* Good entries, with rubbish where the results go */
static void fill(struct faultq_hwpt_vtd_s1_invalidate *entries, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		entries[i] = (struct faultq_hwpt_vtd_s1_invalidate){
			.addr = BED_IOVA + i * PAGE,
			.npages = 1,
			.flags = i % 2 ? FAULTQ_VTD_INV_FLAGS_LEAF : 0,
			.out_error = 0xbad,
			.out_flags = 0xbad,
			.out_virt_id = 0xbad,
		};
}

static bool is_told(const struct faultq_hwpt_vtd_s1_invalidate *entry)
{
	return !entry->out_error && !entry->out_flags && !entry->out_virt_id;
}

static bool is_untouched(const struct faultq_hwpt_vtd_s1_invalidate *entry)
{
	return entry->out_error == 0xbad && entry->out_flags == 0xbad &&
	       entry->out_virt_id == 0xbad;
}

/* The first @handled entries were told of, and the rest left alone. */
static bool told_up_to(const struct faultq_hwpt_vtd_s1_invalidate *entries,
		       unsigned int handled, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (i < handled ? !is_told(&entries[i]) :
				  !is_untouched(&entries[i]))
			return false;
	return true;
}

static int probe(const struct guest *guest, __u32 id, __u32 type)
{
	/* what is ignored is not even looked at */
	return call(guest->bed.ctx, FAULTQ_HWPT_INVALIDATE,
		    &(struct faultq_hwpt_invalidate){
			    .size = sizeof(struct faultq_hwpt_invalidate),
			    .hwpt_id = id,
			    .data_type = type,
			    .data_uptr = 8,
			    .entry_len = 7,
		    });
}

TEST_F(invalidate, empty_array_asks)
{
	const struct guest *guest = &self->guest;
	const __u32 types[] = { 1, 2, 4711, UINT32_MAX };
	unsigned int i;

	EXPECT_EQ(0, probe(guest, guest->nested,
			   FAULTQ_HWPT_INVALIDATE_DATA_VTD_S1));
	EXPECT_EQ(0, probe(guest, guest->viommu,
			   FAULTQ_HWPT_INVALIDATE_DATA_VTD_S1));
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		EXPECT_EQ(-EOPNOTSUPP, probe(guest, guest->nested, types[i]));
		EXPECT_EQ(-EOPNOTSUPP, probe(guest, guest->viommu, types[i]));
	}
}

TEST_F(invalidate, ids_without_a_guest_table)
{
	const struct guest *guest = &self->guest;
	const struct bed *bed = &guest->bed;
	const __u32 unknown[] = { 0, 4711, bed->dev, bed->queue, UINT32_MAX };
	unsigned int i;

	EXPECT_EQ(-EINVAL, probe(guest, guest->parent, 0));
	EXPECT_EQ(-EINVAL, probe(guest, bed->hwpt, 0));
	for (i = 0; i < ARRAY_SIZE(unknown); i++)
		EXPECT_EQ(-ENOENT, probe(guest, unknown[i], 0));
}

TEST_F(invalidate, strides)
{
	static const __u32 good[] = { SHORT, MIDDLE, WHOLE };
	static const __u32 bad[] = { 0,	 1,  8,	 16, 23,   25,
				     28, 36, 41, 48, 4096, UINT32_MAX };
	char *entries = pages_alloc(1);
	unsigned int i, j;
	__u32 nr;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		for (j = 0; j < 3; j++)
			fill((void *)(entries + j * good[i]), 1);
		nr = 3;
		EXPECT_EQ(0, invalidate(&self->guest, entries, good[i], &nr));
		EXPECT_EQ(3, nr);
	}
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		nr = 2;
		EXPECT_EQ(-EINVAL,
			  invalidate(&self->guest, entries, bad[i], &nr));
		EXPECT_EQ(0, nr);
	}
}

/* Of a stride between, as much is written as there is room for. */
TEST_F(invalidate, results_fit_into_the_stride)
{
	const struct faultq_hwpt_vtd_s1_invalidate entry = { .npages = 1 };
	__u64 mem[12];
	__u32 nr = 2;

	memset(mem, 0xff, sizeof(mem));
	memcpy(mem, &entry, SHORT);
	memcpy(mem + MIDDLE / 8, &entry, SHORT);
	ASSERT_EQ(0, invalidate(&self->guest, mem, MIDDLE, &nr));
	EXPECT_EQ(0, mem[SHORT / 8]);
	EXPECT_EQ(0, mem[(MIDDLE + SHORT) / 8]);
	EXPECT_EQ(UINT64_MAX, mem[2 * MIDDLE / 8]);

	nr = 1;
	mem[SHORT / 8] = UINT64_MAX;
	ASSERT_EQ(0, invalidate(&self->guest, mem, SHORT, &nr));
	EXPECT_EQ(UINT64_MAX, mem[SHORT / 8]);
}

TEST_F(invalidate, results_are_written)
{
	struct faultq_hwpt_vtd_s1_invalidate entries[200];
	__u32 nr;

	for (nr = 1; nr <= ARRAY_SIZE(entries); nr += 63) {
		__u32 handled = nr;

		fill(entries, ARRAY_SIZE(entries));
		EXPECT_EQ(0,
			  invalidate(&self->guest, entries, WHOLE, &handled));
		EXPECT_EQ(nr, handled);
		EXPECT_TRUE(told_up_to(entries, nr, ARRAY_SIZE(entries)));
	}
}

struct bad_entry {
	int error;
	__u64 addr;
	__u64 npages;
	__u32 flags;
	__u32 reserved;
};

static const struct bad_entry bad_entries[] = {
	{ EINVAL, BED_IOVA + 1, 1, 0, 0 },
	{ EINVAL, BED_IOVA + 0x800, 1, 0, 0 },
	{ EINVAL, BED_IOVA, 0, 0, 0 },
	{ EINVAL, BED_IOVA, UINT64_MAX, 0, 0 },
	{ EINVAL, BED_IOVA, UINT64_MAX / PAGE + 1, 0, 0 },
	{ EINVAL, 0, UINT64_MAX / PAGE + 2, 0, 0 },
	{ EINVAL, UINT64_MAX - PAGE + 1, 2, 0, 0 },
	{ EOPNOTSUPP, BED_IOVA, 1, 0, 1 },
	{ EOPNOTSUPP, BED_IOVA, 1, 1 << 1, 0 },
	{ EOPNOTSUPP, BED_IOVA, 1, 1U << 31, 0 },
};

/* What came before is handled, what comes after is not looked at. */
static void spoil(struct __test_metadata *_metadata, const struct guest *guest,
		  const struct bad_entry *bad, unsigned int at)
{
	struct faultq_hwpt_vtd_s1_invalidate entries[150];
	__u32 nr = ARRAY_SIZE(entries);

	fill(entries, nr);
	entries[at].addr = bad->addr;
	entries[at].npages = bad->npages;
	entries[at].flags = bad->flags;
	entries[at].__reserved = bad->reserved;
	EXPECT_EQ(-bad->error, invalidate(guest, entries, WHOLE, &nr));
	EXPECT_EQ(at, nr);
	EXPECT_TRUE(told_up_to(entries, at, ARRAY_SIZE(entries)));
}

TEST_F(invalidate, bad_entry_stops)
{
	static const unsigned int places[] = { 0, 1, 63, 64, 65, 130, 149 };
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(bad_entries); i++)
		for (j = 0; j < ARRAY_SIZE(places); j++)
			spoil(_metadata, &self->guest, &bad_entries[i],
			      places[j]);
}

TEST_F(invalidate, extreme_ranges)
{
	struct faultq_hwpt_vtd_s1_invalidate entries[] = {
		{ .addr = 0, .npages = UINT64_MAX },
		{ .addr = 0, .npages = UINT64_MAX / PAGE + 1 },
		{ .addr = UINT64_MAX - PAGE + 1, .npages = 1 },
		{ .addr = 1ULL << 63, .npages = 1ULL << 51 },
	};
	__u32 nr = ARRAY_SIZE(entries);

	EXPECT_EQ(0, invalidate(&self->guest, entries, WHOLE, &nr));
	EXPECT_EQ(ARRAY_SIZE(entries), nr);
}

TEST_F(invalidate, too_long)
{
	struct faultq_hwpt_vtd_s1_invalidate *entries;
	__u32 nr = FAULTQ_MAX_INVALIDATIONS + 1;

	entries = pages_alloc(nr * WHOLE / PAGE + 1);
	ASSERT_NE(NULL, entries);
	fill(entries, nr);
	EXPECT_EQ(-EINVAL, invalidate(&self->guest, entries, WHOLE, &nr));
	EXPECT_EQ(0, nr);
	EXPECT_TRUE(is_untouched(&entries[0]));
	nr = UINT32_MAX;
	EXPECT_EQ(-EINVAL, invalidate(&self->guest, entries, SHORT, &nr));
	EXPECT_EQ(0, nr);

	nr = FAULTQ_MAX_INVALIDATIONS;
	EXPECT_EQ(0, invalidate(&self->guest, entries, WHOLE, &nr));
	EXPECT_EQ(FAULTQ_MAX_INVALIDATIONS, nr);
}

/* The array ends where memory does, at the end of an entry or within one. */
static void cut(struct __test_metadata *_metadata, const struct guest *guest,
		unsigned int whole, size_t more)
{
	char *mem = pages_alloc(3);
	char *start = mem + 2 * PAGE - whole * WHOLE - more;
	struct faultq_hwpt_vtd_s1_invalidate entries[100];
	__u32 nr = ARRAY_SIZE(entries);

	fill(entries, nr);
	memcpy(start, entries, whole * WHOLE + more);
	ASSERT_EQ(0, mprotect(mem + 2 * PAGE, PAGE, PROT_NONE));
	EXPECT_EQ(-EFAULT, invalidate(guest, start, WHOLE, &nr));
	EXPECT_EQ(whole, nr);
	memcpy(entries, start, whole * WHOLE);
	EXPECT_TRUE(told_up_to(entries, whole, whole));
	munmap(mem, 3 * PAGE);
}

TEST_F(invalidate, memory_ends_half_way)
{
	const struct guest *guest = &self->guest;

	cut(_metadata, guest, 0, 0);
	cut(_metadata, guest, 1, 0);
	cut(_metadata, guest, 3, 8);
	cut(_metadata, guest, 64, 0);
	cut(_metadata, guest, 80, 16);
}

/* Nothing need be written to entries that have no room for results. */
TEST_F(invalidate, read_only_array)
{
	struct faultq_hwpt_vtd_s1_invalidate *entries = pages_alloc(1);
	__u32 nr = 1;

	fill(entries, 1);
	ASSERT_EQ(0, mprotect(entries, PAGE, PROT_READ));
	EXPECT_EQ(0, invalidate(&self->guest, entries, SHORT, &nr));
	EXPECT_EQ(1, nr);
	EXPECT_EQ(-EFAULT, invalidate(&self->guest, entries, WHOLE, &nr));
}

TEST_F(invalidate, pointers_to_nowhere)
{
	void *nowhere[] = { NULL, (void *)8, (void *)-PAGE, (void *)-8 };
	unsigned int i;
	__u32 nr;

	for (i = 0; i < ARRAY_SIZE(nowhere); i++) {
		nr = 5;
		EXPECT_EQ(-EFAULT,
			  invalidate(&self->guest, nowhere[i], WHOLE, &nr));
		EXPECT_EQ(0, nr);
	}
}

TEST_F(invalidate, all_of_a_viommu)
{
	const struct guest *guest = &self->guest;
	const struct bed *bed = &guest->bed;
	struct faultq_hwpt_vtd_s1_invalidate entries[100];
	__u32 nr;
	int i;

	/* with no page table, with one, with two */
	for (i = 0; i < 3; i++) {
		nr = ARRAY_SIZE(entries);
		fill(entries, nr);
		EXPECT_EQ(0, fq_invalidate(bed->ctx, guest->viommu, entries,
					   WHOLE, &nr));
		EXPECT_EQ(ARRAY_SIZE(entries), nr);
		EXPECT_TRUE(told_up_to(entries, nr, nr));
		ASSERT_LT(0, fq_nested(bed->ctx, bed->dev, guest->viommu, 0));
	}
	entries[70].npages = 0;
	EXPECT_EQ(-EINVAL,
		  fq_invalidate(bed->ctx, guest->viommu, entries, WHOLE, &nr));
	EXPECT_EQ(70, nr);
}

static __u64 invalidations(const struct bed *bed)
{
	struct mock_iommu_iommu_stats stats = {};

	if (mock_iommu_stats(bed->mock, bed->iommu, &stats))
		abort();
	return stats.out_invalidations;
}

static const struct faultq_hwpt_vtd_s1_invalidate all = {
	.npages = UINT64_MAX,
};

/* Invalidates all of what has the id. Returns what the hardware did for it. */
static __u64 cost(const struct guest *guest, __u32 id)
{
	const __u64 before = invalidations(&guest->bed);
	__u32 nr = 1;

	if (fq_invalidate(guest->bed.ctx, id, &all, SHORT, &nr))
		abort();
	return invalidations(&guest->bed) - before;
}

/**
 * struct doomed - an invalidation of a VIOMMU whose caller is killed
 * @guest: whose VIOMMU it is
 * @entries: two, the second of which is not there
 */
struct doomed {
	const struct guest *guest;
	char *entries;
};

static void *invalidate_doomed(void *arg)
{
	const struct doomed *doomed = arg;
	const struct guest *guest = doomed->guest;
	__u32 nr = 2;

	fq_invalidate(guest->bed.ctx, guest->viommu, doomed->entries, SHORT,
		      &nr);
	return NULL;
}

/* Is killed when the first entry was fetched, and none handled */
static void be_killed(const struct guest *guest)
{
	struct doomed doomed = { .guest = guest };
	pthread_t thread;
	int uffd;

	doomed.entries = hold_second_page(&uffd);
	if (!doomed.entries)
		_exit(1);
	doomed.entries += PAGE - SHORT;
	memcpy(doomed.entries, &all, SHORT);
	if (!pthread_create(&thread, NULL, invalidate_doomed, &doomed) &&
	    !await_touch(uffd))
		kill(getpid(), SIGKILL);
	_exit(2);
}

/* A page table is done with, and those behind it are left. */
TEST_F(invalidate, killed_half_way_through_a_viommu)
{
	const struct guest *guest = &self->guest;
	const struct bed *bed = &guest->bed;
	__u64 before, whole;
	pid_t child;
	int i, id, status;

	for (i = 1; i <= 3; i++) {
		id = fq_nested(bed->ctx, bed->dev, guest->viommu, 0);
		ASSERT_LT(0, id);
		ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, id, i, 0));
	}
	whole = cost(guest, guest->viommu);
	ASSERT_EQ(3 * cost(guest, id), whole);

	before = invalidations(bed);
	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		be_killed(guest);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	ASSERT_EQ(SIGKILL, status);
	EXPECT_EQ(whole / 3, invalidations(bed) - before);
	EXPECT_EQ(whole, cost(guest, guest->viommu));
}

/* Whoever invalidates all of a VIOMMU until told to stop */
struct invalidator {
	const struct guest *guest;
	int stop;
	int failed;
	pthread_t thread;
};

static void *invalidate_all(void *arg)
{
	struct invalidator *invalidator = arg;
	const struct guest *guest = invalidator->guest;
	struct faultq_hwpt_vtd_s1_invalidate entries[16];
	const int ctx = guest->bed.ctx;
	__u32 nr;

	while (!LOOK(invalidator->stop) && !invalidator->failed) {
		nr = ARRAY_SIZE(entries);
		fill(entries, nr);
		invalidator->failed =
			fq_invalidate(ctx, guest->viommu, entries, WHOLE, &nr);
	}
	return NULL;
}

/* A page table is not used any more when it goes. */
TEST_F(invalidate, tables_go_while_all_are_invalidated)
{
	const struct guest *guest = &self->guest;
	const struct bed *bed = &guest->bed;
	struct invalidator invalidator = { .guest = guest };
	int ids[16], i, round;

	ASSERT_EQ(0, pthread_create(&invalidator.thread, NULL, invalidate_all,
				    &invalidator));
	for (round = 0; round < 20; round++) {
		for (i = 0; i < ARRAY_SIZE(ids); i++) {
			ids[i] =
				fq_nested(bed->ctx, bed->dev, guest->viommu, 0);
			EXPECT_LT(0, ids[i]);
		}
		for (i = 0; i < ARRAY_SIZE(ids); i++)
			EXPECT_EQ(0, fq_destroy(bed->ctx, ids[i]));
	}
	__atomic_store_n(&invalidator.stop, 1, __ATOMIC_RELEASE);
	pthread_join(invalidator.thread, NULL);
	EXPECT_EQ(0, invalidator.failed);
}

TEST_F(invalidate, table_that_is_nowhere)
{
	const struct guest *guest = &self->guest;
	const struct bed *bed = &guest->bed;
	struct faultq_hwpt_vtd_s1_invalidate entries[3];
	__u32 nr = 3;

	fill(entries, nr);
	ASSERT_EQ(0, fq_detach(bed->ctx, bed->dev, NO_PASID));
	EXPECT_EQ(0, invalidate(guest, entries, WHOLE, &nr));
	ASSERT_EQ(0, mock_endpoint_remove(bed->mock, bed->ep));
	EXPECT_EQ(0, invalidate(guest, entries, WHOLE, &nr));
	EXPECT_EQ(3, nr);
}

TEST_HARNESS_MAIN
