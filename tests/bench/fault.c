// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a page fault costs: a page request injected into a mock endpoint,
 * received and answered, one at a time and in batches.
 *
 *   fault LABEL REPETITIONS FAULTS
 *
 * Each step prints a line a repetition:
 *
 *   RES LABEL MODE N REP FAULTS TICKS/FAULT NS/FAULT TRIGGER RECEIVE ANSWER
 *
 * MODE is "ioctl0" for a trigger that raises no fault, "driver" for one whose
 * fault the kernel answers itself, which is what mock and kernel cost without
 * faultq, "rt" for N triggers, then everything received, then everything
 * answered, "split" for the same with the three steps timed apart, "wake" for a
 * consumer that sleeps in poll() in another thread. A program name that ends in
 * "-rw" receives by read() and answers by write(); any other one uses the
 * rings. In a VM that counts instructions a nanosecond is an instruction;
 * elsewhere look at ratios only.
 */
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "pgfault.h"
#include "libfaultq.h"
#include "libmockiommu.h"

#define MAX_BATCH 256
#define NR_BATCHES 4

/* PASIDs: with a queue, and without */
#define SERVED 1
#define UNSERVED 2

struct bench {
	const char *label;
	bool rw;
	int ctx;
	int mock;
	int fd;
	__u32 endpoint;
	struct faultq_queue *queue;
	struct faultq_ring *ring;
	struct faultq_response answers[MAX_BATCH];
};

static void setup(struct bench *b)
{
	struct faultq_queue_alloc alloc = {
		.type = FAULTQ_QUEUE_TYPE_IOPF,
		.nr_rings = 1,
		.nr_records = 2 * MAX_BATCH,
		.nr_groups = 2 * MAX_BATCH,
	};
	struct mock_iommu_endpoint_info info;
	char name[FAULTQ_DEVICE_NAME_LEN];
	__u32 dev_id, hwpt_id;

	b->ctx = faultq_open();
	check(b->ctx, "open /dev/faultq");
	b->mock = mock_open();
	check(b->mock, "open /dev/mock_iommu");
	check(mock_endpoint_next(b->mock, 0, &info), "find an endpoint");
	b->endpoint = info.endpoint_id;
	snprintf(name, sizeof(name), "platform/%s", info.out_name);
	check(faultq_device_bind(b->ctx, name, 0, &dev_id), "bind");
	check(faultq_queue_alloc(b->ctx, &alloc), "queue");
	b->fd = alloc.out_queue_fd;
	check(faultq_queue_open(b->fd, &b->queue), "map the queue");
	b->ring = faultq_queue_ring(b->queue, 0);
	check(faultq_hwpt_alloc(b->ctx, dev_id, alloc.out_queue_id, &hwpt_id),
	      "hwpt");
	check(faultq_device_attach(b->ctx, dev_id, hwpt_id, SERVED, 0),
	      "attach");
	check(faultq_hwpt_alloc(b->ctx, dev_id, 0, &hwpt_id), "hwpt");
	check(faultq_device_attach(b->ctx, dev_id, hwpt_id, UNSERVED, 0),
	      "attach");
}

static int trigger(struct bench *b, __u32 endpoint, __u32 pasid)
{
	struct mock_iommu_request request = {
		.flags = MOCK_IOMMU_REQUEST_PASID | MOCK_IOMMU_REQUEST_LAST |
			 MOCK_IOMMU_REQUEST_AUTO_GRPID,
		.pasid = pasid,
		.perm = MOCK_IOMMU_PERM_READ | MOCK_IOMMU_PERM_WRITE,
		.addr = 0xdeadb000,
	};
	struct mock_iommu_page_request send = {
		.flags = MOCK_IOMMU_PAGE_REQUEST_FORCE,
		.endpoint_id = endpoint,
		.count = 1,
		.requests = (uintptr_t)&request,
	};

	return mock_page_request(b->mock, &send);
}

static void trigger_many(struct bench *b, int n)
{
	int i;

	for (i = 0; i < n; i++)
		check(trigger(b, b->endpoint, SERVED), "page request");
}

static void receive_rw(struct bench *b, int n)
{
	static struct iommu_hwpt_pgfault faults[MAX_BATCH];
	ssize_t want = n * sizeof(faults[0]);
	int i;

	if (read(b->fd, faults, want) != want)
		check(-1, "read");
	for (i = 0; i < n; i++) {
		b->answers[i].tag = faults[i].cookie;
		b->answers[i].code = FAULTQ_RESPONSE_SUCCESS;
	}
}

static void receive_ring(struct bench *b, int n)
{
	struct faultq_group group;
	int i;

	for (i = 0; i < n; i++) {
		if (faultq_ring_next(b->ring, &group) != 1)
			check(-1, "next group");
		b->answers[i].tag = group.tag;
		b->answers[i].code = FAULTQ_RESPONSE_SUCCESS;
	}
}

static void answer_rw(struct bench *b, int n)
{
	ssize_t want = n * sizeof(b->answers[0]);

	if (write(b->fd, b->answers, want) != want)
		check(-1, "write");
}

static void answer_ring(struct bench *b, int n)
{
	int i;

	for (i = 0; i < n; i++)
		check(faultq_ring_respond(b->ring, b->answers[i].tag,
					  b->answers[i].code),
		      "respond");
	check(faultq_ring_flush(b->ring), "doorbell");
}

static void receive(struct bench *b, int n)
{
	if (b->rw)
		receive_rw(b, n);
	else
		receive_ring(b, n);
}

static void answer(struct bench *b, int n)
{
	if (b->rw)
		answer_rw(b, n);
	else
		answer_ring(b, n);
}

static void report(struct bench *b, const char *mode, int n, int rep,
		   __u64 faults, __u64 t, __u64 ns, const __u64 *steps)
{
	double f = faults;

	printf("RES %s %s %d %d %llu %.2f %.2f %.2f %.2f %.2f\n", b->label,
	       mode, n, rep, (unsigned long long)faults, t / f, ns / f,
	       steps[0] / f, steps[1] / f, steps[2] / f);
}

/* Deferred work of the step before shall not run inside the next one. */
static void settle(void)
{
	usleep(20000);
}

static void run_idle(struct bench *b, int rep, int total)
{
	__u64 n0, t0, steps[3] = {};
	int i;

	settle();
	n0 = now();
	t0 = ticks();
	for (i = 0; i < total; i++)
		if (trigger(b, 0x7fffffff, SERVED) >= 0)
			check(-1, "no such endpoint expected");
	report(b, "ioctl0", 1, rep, total, ticks() - t0, now() - n0, steps);
}

static void run_driver(struct bench *b, int rep, int total)
{
	__u64 n0, t0, steps[3] = {};
	int i;

	settle();
	n0 = now();
	t0 = ticks();
	for (i = 0; i < total; i++)
		check(trigger(b, b->endpoint, UNSERVED), "page request");
	report(b, "driver", 1, rep, total, ticks() - t0, now() - n0, steps);
}

static void run_batch(struct bench *b, int n, int rep, int total)
{
	__u64 n0, t0, steps[3] = {};
	int done;

	settle();
	n0 = now();
	t0 = ticks();
	for (done = 0; done < total; done += n) {
		trigger_many(b, n);
		receive(b, n);
		answer(b, n);
	}
	report(b, "rt", n, rep, done, ticks() - t0, now() - n0, steps);
}

static void run_split(struct bench *b, int n, int rep, int total)
{
	__u64 n0, t0, t1, t2, t3, sum = 0, steps[3] = {};
	int done;

	settle();
	n0 = now();
	for (done = 0; done < total; done += n) {
		t0 = ticks();
		trigger_many(b, n);
		t1 = ticks();
		receive(b, n);
		t2 = ticks();
		answer(b, n);
		t3 = ticks();
		steps[0] += t1 - t0;
		steps[1] += t2 - t1;
		steps[2] += t3 - t2;
		sum += t3 - t0;
	}
	report(b, "split", n, rep, done, sum, now() - n0, steps);
}

struct sleeper {
	struct bench *bench;
	int left;
	int efd;
};

static void *sleeper_main(void *arg)
{
	struct sleeper *s = arg;
	struct pollfd p = { .fd = s->bench->fd, .events = POLLIN };
	__u64 one = 1;

	for (; s->left; s->left--) {
		if (poll(&p, 1, -1) != 1)
			check(-1, "poll");
		receive(s->bench, 1);
		answer(s->bench, 1);
		if (write(s->efd, &one, sizeof(one)) != sizeof(one))
			check(-1, "eventfd");
	}
	return NULL;
}

static void run_wake(struct bench *b, int rep, int total)
{
	struct sleeper s = { b, total, eventfd(0, 0) };
	__u64 n0, t0, value, steps[3] = {};
	pthread_t thread;
	int i;

	pthread_create(&thread, NULL, sleeper_main, &s);
	settle();
	n0 = now();
	t0 = ticks();
	for (i = 0; i < total; i++) {
		trigger_many(b, 1);
		if (read(s.efd, &value, sizeof(value)) != sizeof(value))
			check(-1, "eventfd");
	}
	report(b, "wake", 1, rep, total, ticks() - t0, now() - n0, steps);
	pthread_join(thread, NULL);
	close(s.efd);
}

int main(int argc, char **argv)
{
	static const int batches[NR_BATCHES] = { 1, 16, 64, 256 };
	int reps = argc > 2 ? atoi(argv[2]) : 3;
	int total = argc > 3 ? atoi(argv[3]) : 4096;
	size_t length = strlen(argv[0]), i;
	static struct bench b;
	int rep;

	setvbuf(stdout, NULL, _IOFBF, 1 << 20);
	b.label = argc > 1 ? argv[1] : "faultq";
	b.rw = length > 3 && !strcmp(argv[0] + length - 3, "-rw");
	setup(&b);
	run_batch(&b, 1, -1, 512); /* warm up: repetition -1 is dropped */
	run_batch(&b, MAX_BATCH, -1, 2048);
	for (rep = 0; rep < reps; rep++) {
		run_idle(&b, rep, total);
		run_driver(&b, rep, total);
		for (i = 0; i < NR_BATCHES; i++) {
			run_batch(&b, batches[i], rep, total);
			run_split(&b, batches[i], rep, total);
		}
		run_wake(&b, rep, total / 4);
	}
	return 0;
}
