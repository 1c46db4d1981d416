// SPDX-License-Identifier: GPL-2.0-only
/*
 * A handler is killed at some stage of its work, and another process, which was
 * passed the file of the QUEUE, takes over. The device never learns of it.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "bed.h"
#include "file.h"
#include "kselftest_harness.h"
#include "pgfault.h"
#include "variant.h"

#define NR_PAGES 8

enum stage {
	BEFORE_CONSUMING,
	AFTER_PEEK,
	AFTER_MAPPING,
	AFTER_RELEASE,
	AFTER_RESPONSE,
	AFTER_SOME_ANSWERS,
};

FIXTURE(handover)
{
	struct bed bed;
	struct space space;
	struct dma dma[NR_PAGES];
	char *buf;
	int pipe[2];
};

FIXTURE_VARIANT(handover)
{
	enum stage stage;
	int left; /* unanswered groups when it dies */
};

FIXTURE_VARIANT_ADD(handover, before_consuming)
VALUES(.stage = BEFORE_CONSUMING, .left = NR_PAGES);

FIXTURE_VARIANT_ADD(handover, after_peek)
VALUES(.stage = AFTER_PEEK, .left = NR_PAGES);

FIXTURE_VARIANT_ADD(handover, after_mapping)
VALUES(.stage = AFTER_MAPPING, .left = NR_PAGES);

FIXTURE_VARIANT_ADD(handover, after_release)
VALUES(.stage = AFTER_RELEASE, .left = NR_PAGES);

/* The responses lie in the ring, and no doorbell was rung. */
FIXTURE_VARIANT_ADD(handover, after_response)
VALUES(.stage = AFTER_RESPONSE, .left = NR_PAGES);

FIXTURE_VARIANT_ADD(handover, after_some_answers)
VALUES(.stage = AFTER_SOME_ANSWERS, .left = NR_PAGES - 2);

/* Eight DMAs of one page wait for a ring that has room for half of them. */
FIXTURE_SETUP(handover)
{
	struct bed *bed = &self->bed;
	int i;

	ASSERT_EQ(0, bed_make(bed, &(struct faultq_queue_alloc){
					   .nr_records = NR_PAGES / 2,
				   }));
	self->buf = pages_alloc(NR_PAGES);
	self->space = (struct space){
		.ctx = bed->ctx,
		.hwpt = bed->hwpt,
		.iova = BED_IOVA,
		.mem = pages_alloc(NR_PAGES),
		.length = NR_PAGES * PAGE,
		.flags = MAP_RO,
	};
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, bed->hwpt, NO_PASID,
			       (uintptr_t)&self->space));
	for (i = 0; i < NR_PAGES; i++) {
		memset(self->space.mem + i * PAGE, i + 1, PAGE);
		dma_init(&self->dma[i], bed, MOCK_IOMMU_DMA_READ,
			 self->buf + i * PAGE, PAGE);
		self->dma[i].arg.iova += i * PAGE;
		ASSERT_EQ(0, dma_start(&self->dma[i]));
	}
	ASSERT_TRUE(AWAIT(LOOK(bed->ring.header->arrived) == NR_PAGES));
	ASSERT_EQ(0, pipe(self->pipe));
}

FIXTURE_TEARDOWN(handover)
{
	bed_free(&self->bed);
}

static void work_until(struct bed *bed, enum stage stage)
{
	struct ring *ring = &bed->ring;
	const struct faultq_page_request *request;
	struct space *space;
	__u32 tag;

	if (stage == BEFORE_CONSUMING || ring_wait(ring, 1))
		return;
	request = ring_at(ring, 0);
	tag = request->tag;
	if (stage == AFTER_PEEK)
		return;
	space = (void *)(uintptr_t)request->cookie;
	fq_map(bed->ctx, bed->hwpt, space->flags,
	       space->mem + (request->addr - space->iova), PAGE, request->addr);
	if (stage == AFTER_MAPPING)
		return;
	ring_release(ring, 1);
	if (stage == AFTER_RELEASE)
		return;
	ring_put(ring, tag, FAULTQ_RESPONSE_SUCCESS);
	if (stage == AFTER_RESPONSE)
		return;
	ring_answer(ring, ring_take(ring), FAULTQ_RESPONSE_INVALID);
}

/* The first handler: works, tells us, waits to be killed. Returns its pid. */
static pid_t first_handler(struct bed *bed, const int *pipe, enum stage stage)
{
	pid_t child = fork();
	char byte = 0;

	if (child)
		return read(pipe[0], &byte, 1) == 1 ? child : -1;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	work_until(bed, stage);
	if (write(pipe[1], &byte, 1) == 1)
		pause();
	_exit(1);
}

static bool was_killed(pid_t child)
{
	int status;

	return !kill(child, SIGKILL) && waitpid(child, &status, 0) == child &&
	       WIFSIGNALED(status);
}

/*
 * The second handler. Returns how many DMAs ended well, with the right data;
 * after_some_answers said no to one.
 */
static int finish(struct bed *bed, struct dma *dma, const char *buf,
		  const char *mem)
{
	struct pager pager;
	struct ring fresh;
	int i, well = 0;

	if (ring_map(&fresh, bed->fd, 0) || pager_start(&pager, &fresh))
		return -1;
	for (i = 0; i < NR_PAGES; i++)
		well += dma_wait(&dma[i]) == MOCK_IOMMU_DMA_OK &&
			!memcmp(buf + i * PAGE, mem + i * PAGE, PAGE);
	pager_stop(&pager);
	ring_unmap(&fresh);
	return well;
}

TEST_F(handover, killed)
{
	struct bed *bed = &self->bed;
	pid_t child = first_handler(bed, self->pipe, variant->stage);
	bool said_no = variant->stage == AFTER_SOME_ANSWERS;

	ASSERT_LT(0, child);
	ASSERT_TRUE(was_killed(child));
	EXPECT_EQ(variant->left, ring_pending(&bed->ring));
	EXPECT_EQ(variant->left, fq_republish(bed->fd, 0));
	EXPECT_EQ(NR_PAGES - said_no,
		  finish(bed, self->dma, self->buf, self->space.mem));
	EXPECT_EQ(NR_PAGES, LOOK(bed->ring.header->answered));
	EXPECT_EQ(0, LOOK(bed->ring.header->bad_responses));
}

TEST_F(handover, old_tags_refused)
{
	struct bed *bed = &self->bed;
	struct ring *ring = &bed->ring;
	__u32 old[NR_PAGES / 2];
	unsigned int i;

	ASSERT_EQ(0, ring_wait(ring, ARRAY_SIZE(old)));
	for (i = 0; i < ARRAY_SIZE(old); i++)
		old[i] = ring_at(ring, i)->tag;
	work_until(bed, variant->stage == AFTER_SOME_ANSWERS ? AFTER_RESPONSE :
							       variant->stage);
	ASSERT_EQ(NR_PAGES, fq_republish(bed->fd, 0));
	ring_unmap(ring);
	ASSERT_EQ(0, ring_map(ring, bed->fd, 0));

	for (i = 0; i < ARRAY_SIZE(old); i++)
		EXPECT_EQ(1,
			  ring_answer(ring, old[i], FAULTQ_RESPONSE_INVALID));
	EXPECT_EQ(ARRAY_SIZE(old), LOOK(ring->header->bad_responses));
	EXPECT_EQ(NR_PAGES, finish(bed, self->dma, self->buf, self->space.mem));
}

/* Republished in the order of arrival, those that waited for room behind. */
TEST_F(handover, order_is_kept)
{
	struct bed *bed = &self->bed;
	struct ring *ring = &bed->ring;
	__u64 last = 0;
	int i;

	work_until(bed, variant->stage);
	ASSERT_LE(variant->left, fq_republish(bed->fd, 0));
	ring_unmap(ring);
	ASSERT_EQ(0, ring_map(ring, bed->fd, 0));
	for (i = 0; i < variant->left; i++) {
		ASSERT_EQ(0, ring_wait(ring, 1));
		EXPECT_LE(last, ring_at(ring, 0)->timestamp);
		last = ring_at(ring, 0)->timestamp;
		ring_release(ring, 1);
		EXPECT_EQ(0, fq_doorbell(bed->fd, 0));
	}
	EXPECT_EQ(0, ring_ready(ring));
}

FIXTURE(passing)
{
	struct bed bed;
	int sockets[2];
};

FIXTURE_SETUP(passing)
{
	self->bed.mock = -1;
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, self->sockets));
}

FIXTURE_TEARDOWN(passing)
{
	bed_free(&self->bed);
}

union one_fd {
	struct cmsghdr header;
	char space[CMSG_SPACE(sizeof(int))];
};

static int fd_send(int socket, int fd)
{
	struct iovec byte = { .iov_base = "", .iov_len = 1 };
	union one_fd control = {};
	struct msghdr message = {
		.msg_iov = &byte,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	return sendmsg(socket, &message, 0) == 1 ? 0 : -errno;
}

static int fd_receive(int socket)
{
	char data;
	struct iovec byte = { .iov_base = &data, .iov_len = 1 };
	union one_fd control = {};
	struct msghdr message = {
		.msg_iov = &byte,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	int fd;

	if (recvmsg(socket, &message, 0) != 1)
		return -errno;
	memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	return fd;
}

/* Knows nothing but the file: all else it learns from that. */
static int heir(int socket)
{
	int fd = fd_receive(socket);
	struct ring ring;
	int nr, i;

	nr = fd < 0 ? fd : fq_republish(fd, 0);
	if (nr < 0 || ring_map(&ring, fd, 0))
		return 1;
	for (i = 0; i < nr; i++)
		if (ring_answer(&ring, ring_take(&ring),
				FAULTQ_RESPONSE_SUCCESS) != 1)
			return 2;
	return nr == 5 ? 0 : 3;
}

/* The heir was there before the queue, and is sent its file. */
TEST_F(passing, by_a_socket)
{
	struct bed *bed = &self->bed;
	pid_t child = fork();
	int status;

	ASSERT_LE(0, child);
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(heir(self->sockets[1]));
	}
	ASSERT_EQ(0, bed_make(bed, &(struct faultq_queue_alloc){}));
	ASSERT_EQ(0, bed_faults(bed, 5));
	ASSERT_EQ(0, ring_wait(&bed->ring, 5));
	ring_release(&bed->ring, 3);
	ring_unmap(&bed->ring);
	ASSERT_EQ(0, fd_send(self->sockets[0], bed->fd));
	close_once(&bed->fd);

	EXPECT_EQ(5, bed_answered(bed, 5, MOCK_IOMMU_RESPONSE_SUCCESS));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, WEXITSTATUS(status));
}

TEST_F(passing, nothing_to_hand_over)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, bed_make(bed, &(struct faultq_queue_alloc){}));
	EXPECT_EQ(0, fq_republish(bed->fd, 0));
	EXPECT_EQ(0, ring_ready(&bed->ring));
	ASSERT_EQ(0, bed_faults(bed, 1));
	EXPECT_NE(0, ring_take(&bed->ring));
}

/* Republishing wakes whoever waits, so that it need not know of it. */
TEST_F(passing, republish_wakes)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, bed_make(bed, &(struct faultq_queue_alloc){}));
	ASSERT_EQ(0, bed_faults(bed, 2));
	ASSERT_EQ(0, ring_wait(&bed->ring, 2));
	EXPECT_EQ(2, fq_republish(bed->fd, 0));
	ring_unmap(&bed->ring);
	ASSERT_EQ(0, ring_map(&bed->ring, bed->fd, 0));
	EXPECT_EQ(0, ring_wait(&bed->ring, 2));
	EXPECT_EQ(4, LOOK(bed->ring.header->published));
	EXPECT_EQ(2, LOOK(bed->ring.header->arrived));
}

/* Published once, then waiting for room again: its old tag is as stale. */
TEST_F(passing, old_tag_of_a_group_that_waits_again)
{
	struct bed *bed = &self->bed;
	struct faultq_response old = { .code = FAULTQ_RESPONSE_SUCCESS };
	__u32 nr = 1;

	ASSERT_EQ(0, bed_make(bed, &(struct faultq_queue_alloc){
					   .nr_records = 1,
					   .nr_groups = 2,
				   }));
	ASSERT_EQ(0, bed_faults(bed, 2));
	EXPECT_NE(0, ring_take(&bed->ring));
	ASSERT_EQ(0, fq_doorbell(bed->fd, 0));
	old.tag = ring_take(&bed->ring);
	ASSERT_NE(0, old.tag);
	EXPECT_EQ(2, fq_republish(bed->fd, 0));
	EXPECT_EQ(-EINVAL, fq_respond(bed->fd, &old, &nr));
	EXPECT_EQ(0, nr);
	EXPECT_EQ(2, ring_pending(&bed->ring));
}

/* More groups than are moved under one hold of the ring's lock */
#define MANY 512

struct republisher {
	int fd;
	int ret;
	bool stop;
	pthread_t thread;
};

FIXTURE(many)
{
	struct bed bed;
	struct republisher republisher;
};

FIXTURE_SETUP(many)
{
	ASSERT_EQ(0, bed_make(&self->bed, &(struct faultq_queue_alloc){
						  .nr_records = MANY / 2,
						  .nr_groups = MANY,
					  }));
}

FIXTURE_TEARDOWN(many)
{
	bed_free(&self->bed);
}

/* Takes all groups there are by a new start. Returns how many, in order. */
static unsigned int take_in_order(struct bed *bed, __u32 *tags)
{
	struct ring *ring = &bed->ring;
	unsigned int i;

	ring_unmap(ring);
	if (ring_map(ring, bed->fd, 0))
		return 0;
	for (i = 0; i < MANY; i++) {
		if (!ring_ready(ring) && fq_doorbell(bed->fd, 0))
			break;
		if (!ring_ready(ring) ||
		    ring_at(ring, 0)->addr != BED_IOVA + i * PAGE)
			break;
		tags[i] = ring_at(ring, 0)->tag;
		ring_release(ring, 1);
	}
	return i;
}

static int answer_all(struct bed *bed, const __u32 *tags)
{
	struct faultq_response responses[MANY];
	__u32 i, nr = MANY;

	for (i = 0; i < nr; i++)
		responses[i] = (struct faultq_response){ .tag = tags[i] };
	return fq_respond(bed->fd, responses, &nr) ?: (int)nr;
}

TEST_F(many, published_once_more)
{
	struct bed *bed = &self->bed;
	__u32 old[MANY], tags[MANY];

	ASSERT_EQ(0, bed_faults(bed, MANY));
	ASSERT_TRUE(AWAIT(LOOK(bed->ring.header->arrived) == MANY));
	ASSERT_EQ(MANY, take_in_order(bed, old));
	ASSERT_EQ(MANY, fq_republish(bed->fd, 0));
	EXPECT_EQ(MANY + MANY / 2, LOOK(bed->ring.header->published));
	EXPECT_EQ(-EINVAL, answer_all(bed, old));
	ASSERT_EQ(MANY, take_in_order(bed, tags));
	EXPECT_EQ(MANY, answer_all(bed, tags));
	EXPECT_EQ(MANY, LOOK(bed->ring.header->answered));
	EXPECT_EQ(0, ring_pending(&bed->ring));
}

/* One doorbell is enough for all that fits. */
TEST_F(many, wait_for_room)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, bed_faults(bed, MANY));
	ASSERT_TRUE(AWAIT(LOOK(bed->ring.header->arrived) == MANY));
	ASSERT_EQ(0, ring_wait(&bed->ring, MANY / 2));
	ring_release(&bed->ring, MANY / 2);
	EXPECT_EQ(MANY / 2, LOOK(bed->ring.header->published));
	ASSERT_EQ(0, fq_doorbell(bed->fd, 0));
	EXPECT_EQ(MANY, LOOK(bed->ring.header->published));
	EXPECT_EQ(0, LOOK(bed->ring.header->flags));
	EXPECT_EQ(MANY / 2, ring_ready(&bed->ring));
}

#define TRACING "/sys/kernel/tracing/"
#define LOCK_RELEASE TRACING "events/lock/lock_release"
#define BATCH 64

/* A file of tracefs, and what to write there for a trace of our calls */
struct trace_setting {
	const char *path;
	const char *on;
	const char *off;
};

static int trace_set(bool on)
{
	char pid[16];
	const struct trace_setting settings[] = {
		{ TRACING "set_event_pid", pid, "" },
		{ TRACING "trace", "", NULL },
		{ LOCK_RELEASE "/filter", "name == \"&ring->lock\"", "0" },
		{ LOCK_RELEASE "/enable", "1", "0" },
		{ TRACING "events/faultq/faultq_publish/enable", "1", "0" },
	};
	const char *value;
	unsigned int i;
	int ret = 0;

	snprintf(pid, sizeof(pid), "%d", getpid());
	for (i = 0; i < ARRAY_SIZE(settings) && !ret; i++) {
		value = on ? settings[i].on : settings[i].off;
		if (value)
			ret = write_file(settings[i].path, value);
	}
	return ret;
}

/*
 * What a call of ours did under a ring's lock: how many times it held it, how
 * many groups it published, and how many at most under one hold.
 */
static void trace_holds(int *holds, int *published, int *most)
{
	FILE *trace = fopen(TRACING "trace", "r");
	char line[512];
	int now = 0;

	*holds = *published = *most = 0;
	while (trace && fgets(line, sizeof(line), trace)) {
		if (strstr(line, " faultq_publish: ")) {
			++*published;
			if (++now > *most)
				*most = now;
		} else if (strstr(line, " lock_release: ")) {
			++*holds;
			now = 0;
		}
	}
	if (trace)
		fclose(trace);
}

/* The fault path can have the lock after each batch. */
TEST_F(many, lock_is_let_go)
{
	struct bed *bed = &self->bed;
	int holds, published, most;

	if (access(LOCK_RELEASE, F_OK))
		SKIP(return, "no lockdep in this kernel");
	ASSERT_EQ(0, bed_faults(bed, MANY));
	ASSERT_TRUE(AWAIT(LOOK(bed->ring.header->arrived) == MANY));

	ASSERT_EQ(0, trace_set(true));
	EXPECT_EQ(MANY, fq_republish(bed->fd, 0));
	EXPECT_EQ(0, trace_set(false));
	trace_holds(&holds, &published, &most);
	EXPECT_EQ(MANY / 2, published);
	EXPECT_GE(2 * BATCH, most);
	/* to withdraw half of them, and to publish these again */
	EXPECT_LE(MANY / 2 / BATCH + MANY / 2 / (2 * BATCH), holds);

	ring_unmap(&bed->ring);
	ASSERT_EQ(0, ring_map(&bed->ring, bed->fd, 0));
	ASSERT_EQ(MANY / 2, ring_ready(&bed->ring));
	ring_release(&bed->ring, MANY / 2);
	ASSERT_EQ(0, trace_set(true));
	EXPECT_EQ(0, fq_doorbell(bed->fd, 0));
	EXPECT_EQ(0, trace_set(false));
	trace_holds(&holds, &published, &most);
	EXPECT_EQ(MANY / 2, published);
	EXPECT_GE(2 * BATCH, most);
}

static void *republish_again_and_again(void *arg)
{
	struct republisher *who = arg;

	while (!LOOK(who->stop) && who->ret >= 0)
		who->ret = fq_republish(who->fd, 0);
	return NULL;
}

static int republisher_start(struct republisher *who, int fd)
{
	who->fd = fd;
	return pthread_create(&who->thread, NULL, republish_again_and_again,
			      who);
}

/* Returns what the last call said. */
static int republisher_stop(struct republisher *who)
{
	__atomic_store_n(&who->stop, true, __ATOMIC_RELEASE);
	return -pthread_join(who->thread, NULL) ?: who->ret;
}

TEST_F(many, that_arrive_meanwhile)
{
	struct bed *bed = &self->bed;
	__u32 tags[MANY];

	ASSERT_EQ(0, republisher_start(&self->republisher, bed->fd));
	EXPECT_EQ(0, bed_faults(bed, MANY));
	EXPECT_TRUE(AWAIT(LOOK(bed->ring.header->arrived) == MANY));
	ASSERT_LE(0, republisher_stop(&self->republisher));
	ASSERT_EQ(MANY, fq_republish(bed->fd, 0));
	ASSERT_EQ(MANY, take_in_order(bed, tags));
	EXPECT_EQ(MANY, answer_all(bed, tags));
}

/* Against the rules: the consumer goes on. It may be told no, and no more. */
TEST_F(many, answered_meanwhile)
{
	struct bed *bed = &self->bed;
	struct iommu_hwpt_pgfault fault;
	struct faultq_response response = {};

	ASSERT_EQ(0, bed_faults(bed, MANY));
	ASSERT_TRUE(AWAIT(LOOK(bed->ring.header->arrived) == MANY));
	ASSERT_EQ(0, fcntl(bed->fd, F_SETFL, O_NONBLOCK));
	ASSERT_EQ(0, republisher_start(&self->republisher, bed->fd));
	while (LOOK(bed->ring.header->answered) < MANY / 2) {
		if (read(bed->fd, &fault, sizeof(fault)) != sizeof(fault))
			continue;
		response.tag = fault.cookie;
		if (write(bed->fd, &response, sizeof(response)) < 0)
			ASSERT_EQ(EINVAL, errno);
	}
	ASSERT_LE(0, republisher_stop(&self->republisher));
	EXPECT_EQ(MANY / 2, fq_republish(bed->fd, 0));
	EXPECT_EQ(MANY / 2, ring_pending(&bed->ring));
	ASSERT_EQ(0, fq_detach(bed->ctx, bed->dev, NO_PASID));
	EXPECT_EQ(0, ring_pending(&bed->ring));
	EXPECT_EQ(MANY / 2, LOOK(bed->ring.header->revoked));
}

TEST_HARNESS_MAIN
