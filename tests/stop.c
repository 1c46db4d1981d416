// SPDX-License-Identifier: GPL-2.0-only
/*
 * Wake-ups without a signal handler: a process that waits is stopped and goes on,
 * gets a tracer, or is frozen with its cgroup. What it waits for goes on as if
 * nothing had been.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "variant.h"
#include "bed.h"
#include "cgroup.h"
#include "event.h"
#include "kselftest_harness.h"
#include "sleeper.h"

#define FILE_PATH "/tmp/stop"
#define PAGES 3
#define STORM "300000"

enum stop_kind { SIGNAL, TRACER, FREEZER };

FIXTURE(stop)
{
	struct bed bed;
	struct cgroup cgroup;
	char *mem;
	char data[PAGES * PAGE];
};

FIXTURE_VARIANT(stop)
{
	enum stop_kind kind;
};

FIXTURE_VARIANT_ADD(stop, by_a_signal) VALUES(.kind = SIGNAL);

FIXTURE_VARIANT_ADD(stop, by_a_tracer) VALUES(.kind = TRACER);

FIXTURE_VARIANT_ADD(stop, by_the_freezer) VALUES(.kind = FREEZER);

FIXTURE_SETUP(stop)
{
	FILE *file = fopen(FILE_PATH, "w");
	unsigned int i;

	ASSERT_EQ(0, bed_make(&self->bed, &(struct faultq_queue_alloc){}));
	self->mem = pages_alloc(PAGES);
	ASSERT_NE(NULL, self->mem);
	for (i = 0; i < sizeof(self->data); i++)
		self->data[i] = i / 13;
	ASSERT_NE(NULL, file);
	ASSERT_EQ(1, fwrite(self->data, sizeof(self->data), 1, file));
	ASSERT_EQ(0, fclose(file));
	self->cgroup.path[0] = 0;
	if (variant->kind == FREEZER)
		ASSERT_EQ(0, cgroup_make(&self->cgroup));
}

FIXTURE_TEARDOWN(stop)
{
	unlink(FILE_PATH);
	bed_free(&self->bed);
	cgroup_free(&self->cgroup);
}

/* Starts a child, in the cgroup if there is one. */
static pid_t start(const struct cgroup *cgroup)
{
	pid_t pid = fork();

	if (!pid && cgroup->path[0] && cgroup_enter(cgroup))
		_exit(99);
	return pid;
}

static bool stop_by_signal(pid_t pid)
{
	int status;

	return !kill(pid, SIGSTOP) && waitpid(pid, &status, WUNTRACED) == pid &&
	       WIFSTOPPED(status) && !kill(pid, SIGCONT) &&
	       waitpid(pid, &status, WCONTINUED) == pid && WIFCONTINUED(status);
}

static bool stop_by_tracer(pid_t pid)
{
	int status;

	return !ptrace(PTRACE_ATTACH, pid, NULL, NULL) &&
	       waitpid(pid, &status, 0) == pid && WIFSTOPPED(status) &&
	       !ptrace(PTRACE_DETACH, pid, NULL, NULL);
}

static bool stop_by_freezer(const struct cgroup *cgroup)
{
	return !cgroup_set(cgroup, "cgroup.freeze", "1") &&
	       AWAIT(cgroup_get(cgroup, "cgroup.events", "frozen") == 1) &&
	       !cgroup_set(cgroup, "cgroup.freeze", "0") &&
	       AWAIT(cgroup_get(cgroup, "cgroup.events", "frozen") == 0);
}

/* Stops a child that sleeps, and has it go on. */
static bool stop(enum stop_kind kind, pid_t pid, const struct cgroup *cgroup)
{
	if (!AWAIT(task_sleeps(pid)))
		return false;
	switch (kind) {
	case SIGNAL:
		return stop_by_signal(pid);
	case TRACER:
		return stop_by_tracer(pid);
	default:
		return stop_by_freezer(cgroup);
	}
}

static int exit_status(pid_t pid)
{
	int status = -1;

	AWAIT(waitpid(pid, &status, WNOHANG));
	return status;
}

/* Maps page @nr of the memory, and has those who ask for it try again. */
static bool serve(struct bed *bed, char *mem, unsigned int nr)
{
	if (fq_map(bed->ctx, bed->hwpt, MAP_RW, mem + nr * PAGE, PAGE,
		   BED_IOVA + nr * PAGE))
		return false;
	ring_answer_all(&bed->ring, FAULTQ_RESPONSE_SUCCESS);
	return true;
}

/*
 * The command goes on where it was, in the middle of the file too. It has asked
 * again for the page that it waits for when it sleeps again.
 */
TEST_F(stop, dma_of_the_command)
{
	struct bed *bed = &self->bed;
	const struct faultq_ring_header *header = bed->ring.header;
	unsigned int page, i, groups = 1;
	pid_t pid = start(&self->cgroup);

	ASSERT_LE(0, pid);
	if (!pid) {
		execlp("faultq", "faultq", "dma", "-q", "write", bed->name,
		       "0x10000000", FILE_PATH, NULL);
		_exit(98);
	}
	for (page = 0; page < PAGES; page++) {
		for (i = 0; i < 3; i++) {
			ASSERT_TRUE(AWAIT(LOOK(header->published) == groups));
			ASSERT_TRUE(stop(variant->kind, pid, &self->cgroup));
			groups++;
		}
		ASSERT_TRUE(AWAIT(LOOK(header->published) == groups));
		ASSERT_TRUE(serve(bed, self->mem, page));
		groups++;
	}
	EXPECT_EQ(0, exit_status(pid));
	EXPECT_EQ(0, memcmp(self->mem, self->data, sizeof(self->data)));
}

/* A signal that is to end the command ends it. */
TEST_F(stop, dma_of_the_command_is_ended)
{
	struct bed *bed = &self->bed;
	pid_t pid = start(&self->cgroup);

	ASSERT_LE(0, pid);
	if (!pid) {
		/* a shell has its background jobs ignore it */
		signal(SIGINT, SIG_DFL);
		execlp("faultq", "faultq", "dma", "-q", "write", bed->name,
		       "0x10000000", FILE_PATH, NULL);
		_exit(98);
	}
	ASSERT_TRUE(AWAIT(LOOK(bed->ring.header->published) == 1));
	ASSERT_TRUE(stop(variant->kind, pid, &self->cgroup));
	ASSERT_EQ(0, kill(pid, SIGINT));
	EXPECT_EQ(SIGINT, exit_status(pid));
}

TEST_F(stop, events_of_the_command)
{
	struct bed *bed = &self->bed;
	struct mock_iommu_iommu_stats before, after;
	long long unclaimed = debugfs_unclaimed();
	pid_t pid;

	ASSERT_LE(0, unclaimed);
	ASSERT_EQ(0, mock_iommu_stats(bed->mock, bed->iommu, &before));
	pid = start(&self->cgroup);
	ASSERT_LE(0, pid);
	if (!pid) {
		execlp("faultq", "faultq", "inject", "event", "-n", STORM,
		       bed->name, "0x71", "0x1000", NULL);
		_exit(98);
	}
	ASSERT_TRUE(AWAIT(debugfs_unclaimed() > unclaimed));
	/* it runs, or has ended by now on a machine that has time for it alone */
	switch (variant->kind) {
	case SIGNAL:
		stop_by_signal(pid);
		break;
	case TRACER:
		stop_by_tracer(pid);
		break;
	default:
		stop_by_freezer(&self->cgroup);
	}
	EXPECT_EQ(0, exit_status(pid));
	ASSERT_EQ(0, mock_iommu_stats(bed->mock, bed->iommu, &after));
	EXPECT_EQ(strtoull(STORM, NULL, 10),
		  after.out_faults_raised - before.out_faults_raised);
}

TEST_F(stop, wait_for_a_response)
{
	struct bed *bed = &self->bed;
	struct mock_iommu_response response;
	pid_t pid;
	int i;

	ASSERT_LE(0, bed_send(bed, NO_PASID, BED_IOVA, 1));
	ASSERT_EQ(0, ring_wait(&bed->ring, 1));
	pid = start(&self->cgroup);
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(mock_answers(bed->mock, bed->ep, &response, 1,
				   UINT32_MAX) != 1);
	for (i = 0; i < 3; i++)
		ASSERT_TRUE(stop(variant->kind, pid, &self->cgroup));
	ring_answer_all(&bed->ring, FAULTQ_RESPONSE_SUCCESS);
	EXPECT_EQ(0, exit_status(pid));
}

/* The consumer's own waits: read() and poll() of a QUEUE */
TEST_F(stop, wait_for_a_record)
{
	struct bed *bed = &self->bed;
	struct pollfd wait = { .fd = bed->fd, .events = POLLIN };
	char buf[40];
	pid_t pid;
	int i, j;

	for (i = 0; i < 2; i++) {
		pid = start(&self->cgroup);
		ASSERT_LE(0, pid);
		if (!pid && i)
			_exit(read(bed->fd, buf, sizeof(buf)) != sizeof(buf));
		if (!pid)
			_exit(poll(&wait, 1, -1) != 1);
		for (j = 0; j < 3; j++)
			ASSERT_TRUE(stop(variant->kind, pid, &self->cgroup));
		ASSERT_TRUE(AWAIT(task_sleeps(pid)));
		ASSERT_LE(0, bed_send(bed, NO_PASID, BED_IOVA, 1));
		EXPECT_EQ(0, exit_status(pid));
		/* who polls leaves it where it is */
		EXPECT_EQ(i ? 2 : 0, LOOK(bed->ring.control->tail));
		if (!i)
			ASSERT_NE(0, ring_take(&bed->ring));
	}
}

TEST_HARNESS_MAIN
