// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ways to answer, each as a variant: what they carry out, what they refuse,
 * and what they tell of it. What belongs to one way alone follows.
 */
#include <pthread.h>
#include <sys/prctl.h>

#include "answer.h"
#include "kselftest_harness.h"
#include "variant.h"

#define NR 6

FIXTURE(answer)
{
	struct bed bed;
	__u32 tags[NR];
};

FIXTURE_VARIANT(answer)
{
	enum answer_way way;
};

FIXTURE_VARIANT_ADD(answer, by_ring) VALUES(.way = BY_RING);

FIXTURE_VARIANT_ADD(answer, by_ioctl) VALUES(.way = BY_IOCTL);

FIXTURE_VARIANT_ADD(answer, by_write) VALUES(.way = BY_WRITE);

/* NR groups of one page are consumed, and wait for their answers. */
FIXTURE_SETUP(answer)
{
	int i;

	ASSERT_EQ(0, bed_make(&self->bed, &(struct faultq_queue_alloc){}));
	ASSERT_EQ(0, bed_faults(&self->bed, NR));
	ASSERT_EQ(0, ring_wait(&self->bed.ring, NR));
	for (i = 0; i < NR; i++)
		self->tags[i] = ring_take(&self->bed.ring);
}

FIXTURE_TEARDOWN(answer)
{
	bed_free(&self->bed);
}

TEST_F(answer, codes_reach_the_device)
{
	const struct faultq_response responses[] = {
		{ self->tags[0], FAULTQ_RESPONSE_SUCCESS },
		{ self->tags[1], FAULTQ_RESPONSE_INVALID },
	};
	struct mock_iommu_response got[2];

	EXPECT_EQ(2, answer(&self->bed.ring, variant->way, responses, 2));
	ASSERT_EQ(2, mock_answers(self->bed.mock, self->bed.ep, got, 2,
				  DEADLINE_MS));
	EXPECT_EQ(MOCK_IOMMU_RESPONSE_SUCCESS, got[0].code);
	EXPECT_EQ(MOCK_IOMMU_RESPONSE_INVALID, got[1].code);
	EXPECT_EQ(2, LOOK(self->bed.ring.header->answered));
	EXPECT_EQ(NR - 2, ring_pending(&self->bed.ring));
}

TEST_F(answer, order_is_free)
{
	struct faultq_response response = { .code = FAULTQ_RESPONSE_SUCCESS };
	struct mock_iommu_response got[NR];
	int i;

	for (i = NR - 1; i >= 0; i--) {
		response.tag = self->tags[i];
		EXPECT_EQ(1,
			  answer(&self->bed.ring, variant->way, &response, 1));
	}
	ASSERT_EQ(NR, mock_answers(self->bed.mock, self->bed.ep, got, NR,
				   DEADLINE_MS));
	for (i = 1; i < NR; i++)
		EXPECT_NE(got[i - 1].grpid, got[i].grpid);
	EXPECT_EQ(0, ring_pending(&self->bed.ring));
}

TEST_F(answer, batch)
{
	struct faultq_response responses[NR];
	int i;

	for (i = 0; i < NR; i++)
		responses[i] = (struct faultq_response){ self->tags[i], i % 2 };
	EXPECT_EQ(NR, answer(&self->bed.ring, variant->way, responses, NR));
	EXPECT_EQ(NR / 2,
		  bed_answered(&self->bed, NR, MOCK_IOMMU_RESPONSE_SUCCESS));
	EXPECT_EQ(NR, LOOK(self->bed.ring.header->answered));
	EXPECT_EQ(0, LOOK(self->bed.ring.header->bad_responses));
}

struct other_thread {
	struct ring *ring;
	enum answer_way way;
	struct faultq_response response;
	int ret;
};

static void *answer_there(void *arg)
{
	struct other_thread *there = arg;

	there->ret = answer(there->ring, there->way, &there->response, 1);
	return NULL;
}

TEST_F(answer, from_another_thread)
{
	struct other_thread there = {
		.ring = &self->bed.ring,
		.way = variant->way,
		.response = { self->tags[0], FAULTQ_RESPONSE_SUCCESS },
	};
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, answer_there, &there));
	EXPECT_EQ(1, bed_answered(&self->bed, 1, MOCK_IOMMU_RESPONSE_SUCCESS));
	pthread_join(thread, NULL);
	EXPECT_EQ(1, there.ret);
}

TEST_F(answer, from_another_process)
{
	const struct faultq_response response = {
		self->tags[0],
		FAULTQ_RESPONSE_SUCCESS,
	};
	pid_t child = fork();
	int status;

	ASSERT_LE(0, child);
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(answer(&self->bed.ring, variant->way, &response, 1));
	}
	EXPECT_EQ(1, bed_answered(&self->bed, 1, MOCK_IOMMU_RESPONSE_SUCCESS));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(1, WEXITSTATUS(status));
}

/* A consumer may answer what it only peeked at, and release it later. */
TEST_F(answer, before_the_record_is_released)
{
	struct ring *ring = &self->bed.ring;
	struct faultq_response response = { .code = FAULTQ_RESPONSE_SUCCESS };

	ASSERT_EQ(0, bed_faults(&self->bed, 1));
	ASSERT_EQ(0, ring_wait(ring, 1));
	response.tag = ring_at(ring, 0)->tag;
	EXPECT_EQ(1, answer(ring, variant->way, &response, 1));
	EXPECT_EQ(1, bed_answered(&self->bed, 1, MOCK_IOMMU_RESPONSE_SUCCESS));
	ring_release(ring, 1);
	EXPECT_EQ(NR, ring_pending(ring));
}

TEST_F(answer, unknown_code_refused)
{
	struct faultq_response response = { self->tags[0], 0 };
	const __u32 codes[] = { 2, 0xf, 1U << 31, ~0U };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(codes); i++) {
		response.code = codes[i];
		EXPECT_EQ(0,
			  answer(&self->bed.ring, variant->way, &response, 1));
		EXPECT_EQ(i + 1, LOOK(self->bed.ring.header->bad_responses));
	}
	response.code = FAULTQ_RESPONSE_SUCCESS;
	EXPECT_EQ(1, answer(&self->bed.ring, variant->way, &response, 1));
}

FIXTURE(way)
{
	struct bed bed;
	struct faultq_response responses[NR];
};

FIXTURE_SETUP(way)
{
	int i;

	ASSERT_EQ(0, bed_make(&self->bed, &(struct faultq_queue_alloc){
						  .nr_groups = 8,
					  }));
	ASSERT_EQ(0, bed_faults(&self->bed, NR));
	ASSERT_EQ(0, ring_wait(&self->bed.ring, NR));
	for (i = 0; i < NR; i++)
		self->responses[i].tag = ring_take(&self->bed.ring);
}

FIXTURE_TEARDOWN(way)
{
	bed_free(&self->bed);
}

/* The ring is taken to its end, whatever lies in it. */
TEST_F(way, ring_goes_on_behind_a_bad_response)
{
	struct ring *ring = &self->bed.ring;

	ring_put(ring, self->responses[0].tag, FAULTQ_RESPONSE_SUCCESS);
	ring_put(ring, 0, FAULTQ_RESPONSE_SUCCESS);
	ring_put(ring, self->responses[1].tag, FAULTQ_RESPONSE_SUCCESS);
	EXPECT_EQ(3, fq_doorbell(self->bed.fd, 0));
	EXPECT_EQ(2, bed_answered(&self->bed, 2, MOCK_IOMMU_RESPONSE_SUCCESS));
	EXPECT_EQ(1, LOOK(ring->header->bad_responses));
	EXPECT_EQ(3, LOOK(ring->header->resp_tail));
}

TEST_F(way, doorbell_tells_how_many)
{
	struct ring *ring = &self->bed.ring;

	EXPECT_EQ(0, fq_doorbell(self->bed.fd, 0));
	ring_put(ring, self->responses[0].tag, FAULTQ_RESPONSE_SUCCESS);
	EXPECT_EQ(1, fq_doorbell(self->bed.fd, 0));
	EXPECT_EQ(0, fq_doorbell(self->bed.fd, 0));
	ring_put(ring, self->responses[1].tag, FAULTQ_RESPONSE_SUCCESS);
	ring_put(ring, self->responses[2].tag, FAULTQ_RESPONSE_SUCCESS);
	EXPECT_EQ(2, fq_doorbell(self->bed.fd, 0));
}

TEST_F(way, nothing_happens_before_the_doorbell)
{
	struct ring *ring = &self->bed.ring;

	ring_put(ring, self->responses[0].tag, FAULTQ_RESPONSE_SUCCESS);
	EXPECT_EQ(0, LOOK(ring->header->answered));
	EXPECT_EQ(0, LOOK(ring->header->resp_tail));
	EXPECT_EQ(1, fq_doorbell(self->bed.fd, 0));
	EXPECT_EQ(1, LOOK(ring->header->answered));
}

TEST_F(way, response_ring_wraps_around)
{
	struct ring *ring = &self->bed.ring;
	__u32 i, tag = self->responses[0].tag;

	for (i = 0; i < 5 * ring->header->nr_responses; i++) {
		EXPECT_EQ(1, ring_answer(ring, tag, FAULTQ_RESPONSE_SUCCESS));
		EXPECT_EQ(i + 1, LOOK(ring->header->answered));
		ASSERT_EQ(0, bed_faults(&self->bed, 1));
		tag = ring_take(ring);
		ASSERT_NE(0, tag);
	}
	EXPECT_EQ(0, LOOK(ring->header->bad_responses));
}

TEST_F(way, ioctl_stops_at_a_bad_response)
{
	__u32 nr = NR;

	self->responses[2].code = 7;
	EXPECT_EQ(-EINVAL, fq_respond(self->bed.fd, self->responses, &nr));
	EXPECT_EQ(2, nr);
	EXPECT_EQ(2, LOOK(self->bed.ring.header->answered));
	EXPECT_EQ(1, LOOK(self->bed.ring.header->bad_responses));

	nr = NR - 3;
	EXPECT_EQ(0, fq_respond(self->bed.fd, &self->responses[3], &nr));
	EXPECT_EQ(NR - 3, nr);
	EXPECT_EQ(NR - 1, bed_answered(&self->bed, NR - 1,
				       MOCK_IOMMU_RESPONSE_SUCCESS));
}

TEST_F(way, ioctl_bad_from_the_start)
{
	__u32 nr = NR;

	self->responses[0].tag = 0;
	EXPECT_EQ(-EINVAL, fq_respond(self->bed.fd, self->responses, &nr));
	EXPECT_EQ(0, nr);
	EXPECT_EQ(0, LOOK(self->bed.ring.header->answered));
}

TEST_F(way, ioctl_numbers)
{
	__u32 nr = 0;

	EXPECT_EQ(0, fq_respond(self->bed.fd, NULL, &nr));
	nr = FAULTQ_MAX_RESPONSES + 1;
	EXPECT_EQ(-EINVAL, fq_respond(self->bed.fd, self->responses, &nr));
	EXPECT_EQ(0, LOOK(self->bed.ring.header->answered));
}

/* Two responses lie at the end of a page, and the next page is not there. */
static struct faultq_response *
two_at_the_edge(const struct faultq_response *responses)
{
	char *mem = pages_alloc(2);
	struct faultq_response *edge;

	if (!mem || munmap(mem + PAGE, PAGE))
		return NULL;
	edge = (struct faultq_response *)(mem + PAGE) - 2;
	memcpy(edge, responses, 2 * sizeof(*edge));
	return edge;
}

TEST_F(way, ioctl_array_half_there)
{
	struct faultq_response *edge = two_at_the_edge(self->responses);
	__u32 nr = 3;

	ASSERT_NE(NULL, edge);
	EXPECT_EQ(-EFAULT, fq_respond(self->bed.fd, edge, &nr));
	EXPECT_EQ(2, nr);
	EXPECT_EQ(2, LOOK(self->bed.ring.header->answered));
	EXPECT_EQ(0, LOOK(self->bed.ring.header->bad_responses));
	nr = 1;
	EXPECT_EQ(-EFAULT, fq_respond(self->bed.fd, edge + 2, &nr));
	EXPECT_EQ(0, nr);
	/* memory that no process has */
	nr = 1;
	EXPECT_EQ(-EFAULT, fq_respond(self->bed.fd, (void *)-PAGE, &nr));
	EXPECT_EQ(0, nr);
}

TEST_F(way, write_half_there)
{
	struct faultq_response *edge = two_at_the_edge(self->responses);

	ASSERT_NE(NULL, edge);
	EXPECT_EQ(2 * sizeof(*edge),
		  write(self->bed.fd, edge, 3 * sizeof(*edge)));
	EXPECT_EQ(2, LOOK(self->bed.ring.header->answered));
	EXPECT_EQ(-1, write(self->bed.fd, edge + 2, sizeof(*edge)));
	EXPECT_EQ(EFAULT, errno);
}

TEST_F(way, write_stops_at_a_bad_response)
{
	const size_t size = sizeof(self->responses[0]);

	self->responses[1].tag ^= 1U << 31;
	EXPECT_EQ(size, write(self->bed.fd, self->responses, NR * size));
	EXPECT_EQ(-1, write(self->bed.fd, &self->responses[1], size));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ((NR - 2) * size,
		  write(self->bed.fd, &self->responses[2], (NR - 2) * size));
	EXPECT_EQ(NR - 1, LOOK(self->bed.ring.header->answered));
	EXPECT_EQ(2, LOOK(self->bed.ring.header->bad_responses));
}

TEST_F(way, write_of_odd_length)
{
	const size_t size = sizeof(self->responses[0]);
	size_t length;

	for (length = 1; length < 2 * size; length++) {
		if (length == size)
			continue;
		EXPECT_EQ(-1, write(self->bed.fd, self->responses, length));
		EXPECT_EQ(EINVAL, errno);
	}
	EXPECT_EQ(0, LOOK(self->bed.ring.header->answered));
}

/* More than the kernel copies at a time */
TEST_F(way, large_batches)
{
	struct bed bed;
	struct faultq_response responses[300] = {};
	__u32 i, nr = 150;

	ASSERT_EQ(0, bed_make(&bed, &(struct faultq_queue_alloc){
					    .nr_records = 512,
					    .nr_groups = 512,
				    }));
	ASSERT_EQ(0, bed_faults(&bed, 300));
	ASSERT_EQ(0, ring_wait(&bed.ring, 300));
	for (i = 0; i < 300; i++)
		responses[i].tag = ring_take(&bed.ring);
	EXPECT_EQ(0, fq_respond(bed.fd, responses, &nr));
	EXPECT_EQ(150, nr);
	EXPECT_EQ(150 * sizeof(responses[0]),
		  write(bed.fd, &responses[150], 150 * sizeof(responses[0])));
	EXPECT_EQ(300, bed_answered(&bed, 300, MOCK_IOMMU_RESPONSE_SUCCESS));
	bed_free(&bed);
}

TEST_HARNESS_MAIN
