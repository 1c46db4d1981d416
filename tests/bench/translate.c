// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a translated access costs in the mock, and an invalidation: accesses of
 * one byte by DMA, and arrays of invalidation entries.
 *
 *   translate LABEL REPETITIONS ACCESSES
 *
 * Each step prints a line a repetition:
 *
 *   RES LABEL MODE REP COUNT TICKS/ACCESS NS/ACCESS
 *
 * MODE is "idle" for a DMA of an endpoint that there is not, which is what the
 * call costs; then STAGES-CACHE-WAY: "one" for a paging HWPT, "two4"
 * and "two5" for a guest's table of 4 and 5 levels over one; "dev" for an
 * endpoint with a device TLB, "iommu" for one without; "hit" for the same page
 * again and again, "miss" for pages that find none of theirs in any cache.
 * "inv1" and "inv64" are invalidations by arrays of 1 and of 64 entries, a COUNT
 * being an entry; on the endpoint with a device TLB. In a VM that counts
 * instructions a nanosecond is an instruction; elsewhere look at ratios only.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "bench.h"
#include "libfaultq.h"
#include "libmockiommu.h"

#define PAGE 4096ULL
#define GPA 0x40000000ULL
#define NR_PAGES 2048 /* more than any cache has entries */
#define NR_TABLES 16
#define MAX_ENTRIES 64
#define TABLE_FLAGS 7ULL /* present, writable, user */

enum { PASID_ONE = 1, PASID_TWO4, PASID_TWO5 };

struct bench {
	const char *label;
	int ctx;
	int mock;
	__u32 parent;
	__u32 hwpts[PASID_TWO5 + 1];
	__u32 endpoint;
	unsigned char *mem;
	unsigned int used;
};

static __u64 new_table(struct bench *b)
{
	return GPA + (NR_PAGES + b->used++) * PAGE;
}

/* A table that leads from each address to the same one in the parent */
static __u64 build(struct bench *b, unsigned int levels)
{
	__u64 root = new_table(b), table, *entry, gva;
	unsigned int level;

	for (gva = GPA; gva < GPA + NR_PAGES * PAGE; gva += PAGE) {
		table = root;
		for (level = levels;; level--) {
			entry = (__u64 *)(b->mem + (table - GPA)) +
				(gva >> (12 + 9 * (level - 1)) & 511);
			if (level == 1)
				break;
			if (!*entry)
				*entry = new_table(b) | TABLE_FLAGS;
			table = *entry & ~(PAGE - 1);
		}
		*entry = gva | TABLE_FLAGS;
	}
	return root;
}

static __u32 plug(struct bench *b, __u32 flags, __u32 *dev_id)
{
	struct mock_iommu_endpoint_add add = {
		.flags = flags,
		.pasid_bits = 8,
	};
	char name[FAULTQ_DEVICE_NAME_LEN];

	check(mock_endpoint_add(b->mock, &add), "endpoint");
	snprintf(name, sizeof(name), "platform/%s", add.out_name);
	check(faultq_device_bind(b->ctx, name, 0, dev_id), "bind");
	return add.out_endpoint_id;
}

static void nest(struct bench *b, __u32 dev_id, __u32 pasid,
		 unsigned int levels)
{
	struct faultq_hwpt_vtd_s1 table = {
		.pgtbl_addr = build(b, levels),
		.addr_width = levels == 5 ? 57 : 48,
	};

	check(faultq_hwpt_alloc_vtd_s1(b->ctx, dev_id, b->parent, &table, 0,
				       &b->hwpts[pasid]),
	      "nested hwpt");
	check(faultq_device_attach(b->ctx, dev_id, b->hwpts[pasid], pasid, 0),
	      "attach");
}

static void setup(struct bench *b, __u32 flags)
{
	size_t length = (NR_PAGES + NR_TABLES) * PAGE;
	__u32 dev_id;

	b->ctx = faultq_open();
	check(b->ctx, "open /dev/faultq");
	b->mock = mock_open();
	check(b->mock, "open /dev/mock_iommu");
	b->mem = mmap(NULL, length, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	b->used = 0;
	b->endpoint = plug(b, flags, &dev_id);
	check(faultq_hwpt_alloc_parent(b->ctx, dev_id, &b->parent), "parent");
	check(faultq_hwpt_map(b->ctx, b->parent, b->mem, length, GPA,
			      FAULTQ_HWPT_MAP_READABLE |
				      FAULTQ_HWPT_MAP_WRITEABLE),
	      "map");
	check(faultq_device_attach(b->ctx, dev_id, b->parent, PASID_ONE, 0),
	      "attach");
	nest(b, dev_id, PASID_TWO4, 4);
	nest(b, dev_id, PASID_TWO5, 5);
}

static void dma(struct bench *b, __u32 pasid, __u64 iova)
{
	char byte;
	struct mock_iommu_dma arg = {
		.flags = MOCK_IOMMU_DMA_PASID,
		.endpoint_id = b->endpoint,
		.op = MOCK_IOMMU_DMA_READ,
		.pasid = pasid,
		.iova = iova,
		.buf = (__u64)(unsigned long)&byte,
		.length = 1,
	};

	check(mock_dma_all(b->mock, &arg), "dma");
	if (arg.out_status != MOCK_IOMMU_DMA_OK)
		check(-EIO, "dma");
}

static void report(struct bench *b, const char *mode, int rep, int count,
		   __u64 t0, __u64 n0)
{
	__u64 t = ticks() - t0, ns = now() - n0;

	if (rep >= 0)
		printf("RES %s %s %d %d %.2f %.2f\n", b->label, mode, rep,
		       count, (double)t / count, (double)ns / count);
}

static void run_idle(struct bench *b, int rep, int count)
{
	struct mock_iommu_dma arg = { .endpoint_id = 0x7fffffff };
	__u64 n0 = now(), t0 = ticks();
	int i;

	for (i = 0; i < count; i++)
		if (mock_dma(b->mock, &arg) != -ENOENT)
			check(-EIO, "no such endpoint expected");
	report(b, "idle", rep, count, t0, n0);
}

/* @stride 0 for the same page each time, else another one */
static void run(struct bench *b, const char *mode, int rep, __u32 pasid,
		unsigned int stride, int count)
{
	__u64 n0 = now(), t0 = ticks();
	unsigned int page = 0;
	int i;

	for (i = 0; i < count; i++, page = (page + stride) % NR_PAGES)
		dma(b, pasid, GPA + page * PAGE);
	report(b, mode, rep, count, t0, n0);
}

static void run_invalidate(struct bench *b, const char *mode, int rep,
			   __u32 entries, int count)
{
	struct faultq_hwpt_vtd_s1_invalidate array[MAX_ENTRIES] = {};
	__u64 n0, t0;
	__u32 hwpt = b->hwpts[PASID_TWO4], nr, i;
	int done, ret;

	for (i = 0; i < entries; i++) {
		array[i].addr = GPA + i * PAGE;
		array[i].npages = 1;
	}
	n0 = now();
	t0 = ticks();
	for (done = 0; done < count; done += entries) {
		nr = entries;
		ret = faultq_hwpt_invalidate_vtd_s1(b->ctx, hwpt, array, &nr);
		check(ret, "invalidate");
	}
	report(b, mode, rep, done, t0, n0);
}

static void run_all(struct bench *b, const char *cache, int rep, int count)
{
	static const char *const stages[] = { "", "one", "two4", "two5" };
	char mode[32];
	__u32 pasid;

	for (pasid = PASID_ONE; pasid <= PASID_TWO5; pasid++) {
		snprintf(mode, sizeof(mode), "%s-%s-hit", stages[pasid], cache);
		run(b, mode, rep, pasid, 0, count);
		snprintf(mode, sizeof(mode), "%s-%s-miss", stages[pasid],
			 cache);
		run(b, mode, rep, pasid, 1, count);
	}
}

int main(int argc, char **argv)
{
	static struct bench iommu, dev;
	int reps = argc > 2 ? atoi(argv[2]) : 3;
	int count = argc > 3 ? atoi(argv[3]) : 4096;
	int rep;

	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	iommu.label = argc > 1 ? argv[1] : "mock";
	dev.label = iommu.label;
	setup(&iommu, 0);
	setup(&dev, MOCK_IOMMU_ENDPOINT_ATS);
	/* repetition -1 sets A in the tables and is dropped */
	for (rep = -1; rep < reps; rep++) {
		run_idle(&iommu, rep, count);
		run_all(&iommu, "iommu", rep, count);
		run_all(&dev, "dev", rep, count);
		run_invalidate(&dev, "inv1", rep, 1, count);
		run_invalidate(&dev, "inv64", rep, MAX_ENTRIES, count);
	}
	return 0;
}
