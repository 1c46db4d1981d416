// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is to be seen from outside: tracepoints, debugfs, /proc.
 */
#include <fcntl.h>
#include <stdarg.h>

#include "event.h"
#include "file.h"
#include "kselftest_harness.h"
#include "variant.h"

#define TRACING "/sys/kernel/tracing/"
#define DEBUGFS "/sys/kernel/debug/faultq/"

FIXTURE(outside)
{
	struct bed bed;
	char text[65536];
};

/* Does the file at @path say so? */
static bool says(char *text, size_t size, const char *path, const char *format,
		 ...)
{
	char line[256];
	va_list args;
	size_t length;
	FILE *file = fopen(path, "r");

	if (!file)
		return false;
	length = fread(text, 1, size - 1, file);
	text[length] = 0;
	fclose(file);
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (!strstr(text, line))
		printf("# %s does not say '%s'\n", path, line);
	return strstr(text, line);
}

#define SAYS(path, ...) says(self->text, sizeof(self->text), path, __VA_ARGS__)
#define TELLS(...) EXPECT_TRUE(SAYS(__VA_ARGS__))

FIXTURE_SETUP(outside)
{
	ASSERT_EQ(0, write_file(TRACING "events/faultq/enable", "1"));
	ASSERT_EQ(0, write_file(TRACING "trace", ""));
	ASSERT_EQ(0, bed_make(&self->bed,
			      &(struct faultq_queue_alloc){
				      .nr_records = 2,
				      .nr_groups = 4,
				      .timeout_ms = 200,
				      .timeout_action = FAULTQ_TIMEOUT_WARN,
			      }));
}

FIXTURE_TEARDOWN(outside)
{
	bed_free(&self->bed);
	write_file(TRACING "events/faultq/enable", "0");
}

/* A step of a group of one page, as the tracepoints show it */
#define STEP(step, grpid, tag, arrival)                                       \
	TELLS(TRACING "trace",                                                \
	      "faultq_" step ": queue=%u ring=0 dev=%u device=%s pasid=0 "    \
	      "grpid=%d perm=r tag=0x%08x pages=1 addr=0x%llx cookie=0x%llx " \
	      "arrival=%llu\n",                                               \
	      bed->queue, bed->dev, bed->name, grpid, tag, BED_IOVA,          \
	      BED_COOKIE, arrival)

/* Returns the index of a group of one page, which is in the ring then. */
static int send_one(struct bed *bed)
{
	int grpid = bed_send(bed, NO_PASID, BED_IOVA, 1);

	return ring_wait(&bed->ring, 1) ? -ETIMEDOUT : grpid;
}

/* All that happens to a group can be joined, by its tag and by its arrival. */
TEST_F(outside, trace_of_a_fault)
{
	struct bed *bed = &self->bed;
	int grpid = send_one(bed);
	__u64 arrival = ring_at(&bed->ring, 0)->timestamp;
	__u32 tag = ring_take(&bed->ring);

	ASSERT_LE(0, grpid);
	ASSERT_EQ(1, ring_answer(&bed->ring, tag, FAULTQ_RESPONSE_SUCCESS));
	ASSERT_EQ(1, ring_answer(&bed->ring, tag, FAULTQ_RESPONSE_SUCCESS));
	STEP("report", grpid, tag, arrival);
	STEP("publish", grpid, tag, arrival);
	TELLS(TRACING "trace", "faultq_wake: queue=%u ring=0", bed->queue);
	TELLS(TRACING "trace",
	      "faultq_response: queue=%u ring=0 device=%s tag=0x%08x code=success accepted arrival=%llu\n",
	      bed->queue, bed->name, tag, arrival);
	TELLS(TRACING "trace",
	      "faultq_response: queue=%u ring=0 device=- tag=0x%08x code=success refused arrival=0\n",
	      bed->queue, tag);
}

/* A new consumer gets a new tag; the arrival stays. */
TEST_F(outside, trace_of_a_group_that_is_republished)
{
	struct bed *bed = &self->bed;
	int grpid = send_one(bed);
	__u64 arrival = ring_at(&bed->ring, 0)->timestamp;
	__u32 first = ring_at(&bed->ring, 0)->tag, tag;

	ASSERT_LE(0, grpid);
	ring_unmap(&bed->ring);
	ASSERT_EQ(1, fq_republish(bed->fd, 0));
	ASSERT_EQ(0, ring_map(&bed->ring, bed->fd, 0));
	tag = ring_take(&bed->ring);
	ASSERT_NE(first, tag);
	STEP("publish", grpid, first, arrival);
	STEP("publish", grpid, tag, arrival);
	ASSERT_EQ(1, ring_answer(&bed->ring, tag, FAULTQ_RESPONSE_INVALID));
	TELLS(TRACING "trace",
	      "device=%s tag=0x%08x code=invalid accepted arrival=%llu\n",
	      bed->name, tag, arrival);
}

TEST_F(outside, trace_of_a_revocation)
{
	struct bed *bed = &self->bed;
	int grpid = send_one(bed);
	__u64 arrival = ring_at(&bed->ring, 0)->timestamp;
	__u32 tag = ring_take(&bed->ring);

	ASSERT_LE(0, grpid);
	ASSERT_EQ(0, fq_detach(bed->ctx, bed->dev, NO_PASID));
	STEP("revoke", grpid, tag, arrival);
}

/* Groups that wait for room have the tag that they get with it. */
TEST_F(outside, trace_of_a_group_that_waits)
{
	struct bed *bed = &self->bed;
	int grpid;
	__u64 arrival;
	__u32 tag;

	ASSERT_LE(0, bed_send(bed, NO_PASID, BED_IOVA + PAGE, 2));
	grpid = bed_send(bed, NO_PASID, BED_IOVA, 1);
	ASSERT_LE(0, grpid);
	ASSERT_EQ(0, ring_wait(&bed->ring, 2));
	ring_release(&bed->ring, 2);
	ASSERT_EQ(0, fq_doorbell(bed->fd, 0));
	ASSERT_EQ(0, ring_wait(&bed->ring, 1));
	arrival = ring_at(&bed->ring, 0)->timestamp;
	tag = ring_take(&bed->ring);
	STEP("report", grpid, tag, arrival);
	STEP("publish", grpid, tag, arrival);
}

/* Events and losses name the device, and speak in words. */
TEST_F(outside, trace_of_events)
{
	struct bed *bed = &self->bed;
	struct event_queue queue;
	long long unclaimed = debugfs_unclaimed();
	int i;

	ASSERT_EQ(0, event_queue_make(&queue, bed->ctx, bed->dev,
				      FAULTQ_NATIVE_NONE,
				      (struct faultq_queue_alloc){
					      .nr_records = 4,
				      }));
	for (i = 1; i <= 5; i++) {
		ASSERT_EQ(0, bed_event(bed, NO_PASID, 1));
		ASSERT_TRUE(EVENTS_ARRIVED(&queue, i));
	}
	TELLS(TRACING "trace",
	      "faultq_event: queue=%u sequence=0 type=fault flags=dev|addr reason=pte-fetch perm=r native=0x100 dev=%u device=%s ",
	      queue.id, bed->dev, bed->name);
	TELLS(TRACING "trace",
	      "faultq_lost: queue=%u sequence=4 cause=full count=1 device=%s\n",
	      queue.id, bed->name);
	event_queue_close(&queue);
	ASSERT_EQ(0, bed_event(bed, NO_PASID, 1));
	ASSERT_TRUE(AWAIT(debugfs_unclaimed() == unclaimed + 1));
	TELLS(TRACING "trace",
	      "faultq_unclaimed: device=%s native=0x100 count=1",
	      bed->name + strlen("platform/"));
}

TEST_F(outside, trace_of_a_refusal)
{
	struct bed *bed = &self->bed;
	int grpid = bed_send(bed, NO_PASID, BED_IOVA, 3);

	ASSERT_LE(0, grpid);
	ASSERT_EQ(1, bed_answered(bed, 1, MOCK_IOMMU_RESPONSE_INVALID));
	TELLS(TRACING "trace",
	      "faultq_refuse: queue=%u ring=0 dev=%u device=%s pasid=0 grpid=%u perm=r pages=3",
	      bed->queue, bed->dev, bed->name, grpid);
}

TEST_F(outside, trace_of_a_timeout)
{
	struct bed *bed = &self->bed;
	int grpid = bed_send(bed, NO_PASID, BED_IOVA, 1);

	ASSERT_LE(0, grpid);
	ASSERT_TRUE(AWAIT(LOOK(bed->ring.header->overdue) == 1));
	STEP("timeout", grpid, ring_at(&bed->ring, 0)->tag,
	     ring_at(&bed->ring, 0)->timestamp);
}

TEST_F(outside, queues_and_their_counters)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, bed_faults(bed, 5));
	ASSERT_EQ(1, bed_answered(bed, 1, MOCK_IOMMU_RESPONSE_INVALID));
	ASSERT_EQ(1, ring_answer(&bed->ring, ring_take(&bed->ring),
				 FAULTQ_RESPONSE_SUCCESS));
	TELLS(DEBUGFS "queues",
	      "queue=%u ring=0 head=3 tail=1 pending=3 arrived=5 published=3",
	      bed->queue);
	TELLS(DEBUGFS "queues",
	      "published=3 answered=1 timed_out=0 revoked=0 refused=1");
}

TEST_F(outside, pending_groups)
{
	struct bed *bed = &self->bed;
	__u32 tag;

	ASSERT_EQ(0, bed_faults(bed, 3));
	ASSERT_TRUE(AWAIT(LOOK(bed->ring.header->arrived) == 3));
	tag = ring_take(&bed->ring);
	TELLS(DEBUGFS "pending", "queue=%u ring=0 tag=0x%08x dev=%u",
	      bed->queue, tag, bed->dev);
	TELLS(DEBUGFS "pending", "tag=0x%08x", 0);
	TELLS(DEBUGFS "pending", "addr=0x%llx", BED_IOVA + 2 * PAGE);
	ASSERT_EQ(0, fq_detach(bed->ctx, bed->dev, NO_PASID));
	EXPECT_FALSE(SAYS(DEBUGFS "pending", "queue=%u ring", bed->queue));
}

/* Reading while queues come and go */
TEST_F(outside, debugfs_of_an_ended_queue)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, bed_faults(bed, 3));
	close_once(&bed->ctx);
	TELLS(DEBUGFS "queues", "arrived=3");
	TELLS(DEBUGFS "queues", " dead");
	ring_unmap(&bed->ring);
	close_once(&bed->fd);
	EXPECT_FALSE(SAYS(DEBUGFS "queues", "arrived=3"));
}

#define MOCKFS "/sys/kernel/debug/mock_iommu/"

FIXTURE(mockfs)
{
	struct bed bed;
	char dir[64];
	char *mem;
	char text[65536];
};

FIXTURE_VARIANT(mockfs)
{
	__u32 kind;
	__u32 flags; /* of the endpoint */
};

FIXTURE_VARIANT_ADD(mockfs, vtd)
VALUES(.kind = MOCK_IOMMU_KIND_VTD, .flags = BED_PRI);

FIXTURE_VARIANT_ADD(mockfs, smmuv3)
VALUES(.kind = MOCK_IOMMU_KIND_SMMUV3, .flags = BED_STALL);

FIXTURE_SETUP(mockfs)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, bed_make_kind(bed, variant->kind, variant->flags,
				   &(struct faultq_queue_alloc){}));
	snprintf(self->dir, sizeof(self->dir), MOCKFS "mock-iommu%u/",
		 bed->iommu);
	self->mem = pages_alloc(1);
	ASSERT_NE(NULL, self->mem);
}

FIXTURE_TEARDOWN(mockfs)
{
	bed_free(&self->bed);
}

static const char *in(const char *dir, const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s%s", dir, name);
	return path;
}

TEST_F(mockfs, registers)
{
	/* of interrupts: what masks them, and what enables them */
	bool vtd = variant->kind == MOCK_IOMMU_KIND_VTD;
	const char *reg = vtd ? "PECTL  0xe0" : "IRQ_CTRL 0x50";
	unsigned long long enabled = vtd ? 0 : 6, masked = vtd ? 1U << 31 : 0;
	struct bed *bed = &self->bed;

	TELLS(in(self->dir, "registers"), "%s 0x%016llx", reg, enabled);
	ASSERT_EQ(0, mock_iommu_mask(bed->mock, bed->iommu, 1));
	TELLS(in(self->dir, "registers"), "%s 0x%016llx", reg, masked);
	ASSERT_EQ(0, mock_iommu_mask(bed->mock, bed->iommu, 0));
	TELLS(in(self->dir, "registers"), "%s 0x%016llx", reg, enabled);
}

TEST_F(mockfs, endpoints)
{
	struct bed *bed = &self->bed;
	struct dma dma;

	dma_init(&dma, bed, MOCK_IOMMU_DMA_READ, self->mem, 1);
	ASSERT_EQ(0, dma_start(&dma));
	ASSERT_EQ(0, ring_wait(&bed->ring, 1));
	TELLS(in(self->dir, "endpoints"), "%s id %u rid ",
	      bed->name + strlen("platform/"), bed->ep);
	TELLS(in(self->dir, "endpoints"), "%s",
	      variant->flags == BED_PRI ? " credits 512 ATS PRI\n" :
					  " credits 0 STALL\n");
	TELLS(in(self->dir, "endpoints"), "  pasid 0: domain ");
	TELLS(in(self->dir, "endpoints"), " faults");
	TELLS(in(self->dir, "endpoints"), "0 failure, 0 unexpected");
	ASSERT_EQ(0, fq_detach(bed->ctx, bed->dev, NO_PASID));
	EXPECT_EQ(MOCK_IOMMU_DMA_INVALID, dma_wait(&dma));
	EXPECT_FALSE(SAYS(in(self->dir, "endpoints"), " faults"));
}

TEST_F(mockfs, page_tables)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, fq_map(bed->ctx, bed->hwpt, MAP_RO, self->mem, PAGE,
			    BED_IOVA));
	TELLS(in(self->dir, "page_tables"), "%s pasid 0 domain",
	      bed->name + strlen("platform/"));
	TELLS(in(self->dir, "page_tables"), "%#014llx -> ", BED_IOVA);
	TELLS(in(self->dir, "page_tables"), " R- level 1");
	ASSERT_EQ(0, fq_unmap(bed->ctx, bed->hwpt, BED_IOVA, &(__u64){ PAGE }));
	EXPECT_FALSE(SAYS(in(self->dir, "page_tables"), "level 1"));
}

/* The format of a second stage is another one. */
TEST_F(mockfs, page_tables_of_a_parent)
{
	struct bed *bed = &self->bed;
	int parent = fq_parent(bed->ctx, bed->dev);

	ASSERT_LT(0, parent);
	ASSERT_EQ(0,
		  fq_map(bed->ctx, parent, MAP_RO, self->mem, PAGE, BED_IOVA));
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, parent, NO_PASID, 0));
	TELLS(in(self->dir, "page_tables"), " R- level 1");
}

/* The guest's own are in its memory. */
TEST(page_tables_of_a_guest)
{
	static char text[65536];
	struct guest guest;

	ASSERT_EQ(0, guest_make(&guest));
	ASSERT_EQ(0,
		  fq_attach(guest.bed.ctx, guest.bed.dev, guest.nested, 5, 0));
	EXPECT_TRUE(says(text, sizeof(text), MOCKFS "mock-iommu0/page_tables",
			 "%s pasid 5 domain",
			 guest.bed.name + strlen("platform/")));
	EXPECT_TRUE(says(text, sizeof(text), MOCKFS "mock-iommu0/page_tables",
			 " over domain "));
	guest_free(&guest);
}

/* A QUEUE of events is told of in words of its own. */
TEST_F(outside, queue_of_events)
{
	struct bed *bed = &self->bed;
	struct faultq_queue_alloc events = {
		.type = FAULTQ_QUEUE_TYPE_EVENT,
		.nr_rings = 1,
		.nr_records = 8,
		.source_id = bed->dev,
	};

	ASSERT_EQ(0, fq_queue_alloc(bed->ctx, &events));
	TELLS(DEBUGFS "queues", "queue=%u ring=0 head=0 tail=0 event native=",
	      events.out_queue_id);
	TELLS(DEBUGFS "queues", "arrived=0 published=0 lost_full=0");
	close(events.out_queue_fd);
}

TEST_HARNESS_MAIN
