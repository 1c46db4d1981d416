// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is to be seen from outside: tracepoints, debugfs, /proc.
 */
#include <fcntl.h>
#include <stdarg.h>

#include "bed.h"
#include "kselftest_harness.h"

#define TRACING "/sys/kernel/tracing/"
#define DEBUGFS "/sys/kernel/debug/faultq/"

FIXTURE(outside)
{
	struct bed bed;
	char text[65536];
};

static int put(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_TRUNC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, value, strlen(value)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

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
	ASSERT_EQ(0, put(TRACING "events/faultq/enable", "1"));
	ASSERT_EQ(0, put(TRACING "trace", ""));
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
	put(TRACING "events/faultq/enable", "0");
}

TEST_F(outside, trace_of_a_fault)
{
	struct bed *bed = &self->bed;
	int grpid = bed_send(bed, NO_PASID, BED_IOVA, 1);
	__u32 tag = ring_take(&bed->ring);

	ASSERT_LE(0, grpid);
	ASSERT_EQ(1, ring_answer(&bed->ring, tag, FAULTQ_RESPONSE_SUCCESS));
	ASSERT_EQ(1, ring_answer(&bed->ring, tag, FAULTQ_RESPONSE_SUCCESS));
	TELLS(TRACING "trace",
	      "faultq_report: queue=%u ring=0 dev=%u pasid=0 grpid=%u",
	      bed->queue, bed->dev, grpid);
	TELLS(TRACING "trace", "tag=0x%08x pages=1 addr=0x%llx cookie=0x%llx",
	      tag, BED_IOVA, BED_COOKIE);
	TELLS(TRACING "trace", "faultq_publish: queue=%u", bed->queue);
	TELLS(TRACING "trace", "faultq_wake: queue=%u ring=0", bed->queue);
	TELLS(TRACING "trace",
	      "faultq_response: queue=%u ring=0 tag=0x%08x code=0 accepted",
	      bed->queue, tag);
	TELLS(TRACING "trace", "tag=0x%08x code=0 refused", tag);
}

TEST_F(outside, trace_of_a_refusal)
{
	struct bed *bed = &self->bed;
	int grpid = bed_send(bed, NO_PASID, BED_IOVA, 3);

	ASSERT_LE(0, grpid);
	ASSERT_EQ(1, bed_answered(bed, 1, MOCK_IOMMU_RESPONSE_INVALID));
	TELLS(TRACING "trace",
	      "faultq_refuse: queue=%u ring=0 dev=%u pasid=0 grpid=%u pages=3",
	      bed->queue, bed->dev, grpid);
}

TEST_F(outside, trace_of_a_timeout)
{
	struct bed *bed = &self->bed;
	int grpid = bed_send(bed, NO_PASID, BED_IOVA, 1);

	ASSERT_LE(0, grpid);
	ASSERT_TRUE(AWAIT(LOOK(bed->ring.header->overdue) == 1));
	TELLS(TRACING "trace",
	      "faultq_timeout: queue=%u ring=0 dev=%u pasid=0 grpid=%u",
	      bed->queue, bed->dev, grpid);
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

TEST_HARNESS_MAIN
