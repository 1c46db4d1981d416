// SPDX-License-Identifier: GPL-2.0-only
/*
 * An ioctl fuzzer that knows the object model: processes with several threads
 * call everything on all files, with ids that are likely to be there, mostly
 * right and now and then anything at all; map and scribble on what is shared;
 * and are killed in the middle of it. Nothing may be left over, and the next user
 * must find all in order. The kernel's log is judged by whoever runs this.
 *
 * "faultq.fuzz=SECONDS:SEED" on the kernel's command line says how long, and with
 * which choices.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "bed.h"
#include "soak/soak.h"

#define SHORT_RUN 5
#define PROCESSES 3
#define THREADS 4
#define FILES 8
#define SCRATCH_PAGES 64
#define ARG_MAX_BYTES 256

/*
 * A call, and its argument field by field. 32 bits: s size, z 0, f flags, t a
 * type, i an id, p a PASID, n a number, R a power of two, w an address width, o
 * whatever the kernel writes. 64 bits: P a pointer, L a length, A an address, C
 * anything. Bytes: N a device's name, B 16, M 32 that are 0.
 */
struct spec {
	unsigned long cmd;
	const char *fields;
};

static const struct spec specs[] = {
	{ FAULTQ_DESTROY, "si" },
	{ FAULTQ_QUEUE_ALLOC, "sftnRRntooit" },
	{ FAULTQ_QUEUE_ALLOC, "szznRRzzoozz" },
	{ FAULTQ_DEVICE_BIND, "szCNoz" },
	{ FAULTQ_DEVICE_BIND, "szCNoz" },
	{ FAULTQ_DEVICE_INFO, "sziozzCNBonP" },
	{ FAULTQ_HWPT_ALLOC, "sfiiozznPiz" },
	{ FAULTQ_HWPT_ALLOC, "sfizozzzCiz" },
	{ FAULTQ_HWPT_ALLOC, "sfiioztnPiz" },
	{ FAULTQ_HWPT_MAP, "sfizPLA" },
	{ FAULTQ_HWPT_UNMAP, "siAL" },
	{ FAULTQ_DEVICE_ATTACH, "sfiipzC" },
	{ FAULTQ_DEVICE_ATTACH, "sfiizzC" },
	{ FAULTQ_DEVICE_DETACH, "sfip" },
	{ FAULTQ_PASID_ALLOC, "szio" },
	{ FAULTQ_PASID_FREE, "szip" },
	{ FAULTQ_VIOMMU_ALLOC, "sztiionzP" },
	{ FAULTQ_VDEVICE_ALLOC, "siioC" },
	{ FAULTQ_HWPT_INVALIDATE, "siPtRnz" },
	{ FAULTQ_PASID_BIND, "sfiippioCtzzzAwz" },
	{ FAULTQ_PASID_UNBIND, "szip" },
	{ FAULTQ_HW_QUEUE_ALLOC, "szitnoAL" },
	{ FAULTQ_QUEUE_INFO, "szooooozz" },
	{ FAULTQ_QUEUE_EVENTFD, "sniz" },
	{ FAULTQ_QUEUE_RESPOND, "sznzP" },
	{ MOCK_IOMMU_IOMMU_ADD, "sztzozMzz" },
	{ MOCK_IOMMU_IOMMU_REMOVE, "si" },
	{ MOCK_IOMMU_IOMMU_INFO, "sfioooozM" },
	{ MOCK_IOMMU_IOMMU_IRQ, "szin" },
	{ MOCK_IOMMU_ENDPOINT_ADD, "sfiznzozM" },
	{ MOCK_IOMMU_ENDPOINT_ADD, "sfiznzozM" },
	{ MOCK_IOMMU_ENDPOINT_REMOVE, "si" },
	{ MOCK_IOMMU_ENDPOINT_INFO, "sfioooooM" },
	{ MOCK_IOMMU_ENDPOINT_RESET, "si" },
	{ MOCK_IOMMU_DMA, "sfitppACPLnnooozCCCCCooC" },
	{ MOCK_IOMMU_DMA, "sziizzAzzPLnnooozCCCCCooC" },
	{ MOCK_IOMMU_PAGE_REQUEST, "sfinPoz" },
	{ MOCK_IOMMU_RESPONSE_READ, "szinPzoC" },
	{ MOCK_IOMMU_MISBEHAVE, "szitnn" },
	{ MOCK_IOMMU_FAULT, "sfipntAno" },
	{ MOCK_IOMMU_QUEUE_ERROR, "szit" },
};

struct fuzzer {
	int ctx[2];
	int mock;
	atomic_int files[FILES]; /* of QUEUEs */
	unsigned char *scratch;
	struct dice seed;
	__u32 steps;
};

struct fuzz_thread {
	struct fuzzer *fuzzer;
	struct dice dice;
};

static __u64 edge(struct dice *dice)
{
	static const __u64 edges[] = {
		0,	    1,
		7,	    8,
		4095,	    4096,
		0x7fffffff, 0x80000000,
		0xffffffff, 1ULL << 32,
		1ULL << 47, 1ULL << 48,
		1ULL << 57, ~0ULL - 4095,
		~0ULL,
	};

	return edges[roll(dice, sizeof(edges) / sizeof(*edges))];
}

static __u32 word(struct dice *dice, char field)
{
	switch (field) {
	case 'f':
		return roll(dice, 8);
	case 't':
		return roll(dice, 4);
	case 'i':
		return roll(dice, 12);
	case 'p':
		return roll(dice, 4);
	case 'n':
		return roll(dice, 64);
	case 'R':
		return 1U << roll(dice, 9);
	case 'w':
		return roll(dice, 2) ? 48 : 57;
	case 'o':
		return roll(dice, 2) ? 0 : roll(dice, 0x7fffffff);
	}
	return 0;
}

static __u64 pair(struct fuzz_thread *self, char field)
{
	struct dice *dice = &self->dice;

	switch (field) {
	case 'P':
		return (uintptr_t)self->fuzzer->scratch +
		       PAGE * roll(dice, SCRATCH_PAGES + 1) -
		       (roll(dice, 2) ? 0 : roll(dice, 64));
	case 'L':
		return PAGE * (1 + roll(dice, 16));
	case 'A':
		return BED_IOVA + PAGE * roll(dice, 64);
	}
	return roll(dice, 2) ? 0 : roll(dice, 16);
}

static size_t blob(struct dice *dice, char field, unsigned char *to)
{
	if (field == 'N') {
		snprintf((char *)to, FAULTQ_DEVICE_NAME_LEN,
			 "platform/mock-iommu%u-ep%u", roll(dice, 3),
			 roll(dice, 4));
		return FAULTQ_DEVICE_NAME_LEN;
	}
	return field == 'B' ? 16 : 32;
}

/* Returns the size of what was filled in. */
static size_t fill(struct fuzz_thread *self, const char *fields,
		   unsigned char *arg)
{
	size_t at = 0;
	__u64 value;

	memset(arg, 0, ARG_MAX_BYTES);
	for (; *fields; fields++) {
		if (strchr("NBM", *fields)) {
			at += blob(&self->dice, *fields, arg + at);
		} else if (strchr("PLAC", *fields)) {
			at = (at + 7) & ~7UL;
			value = pair(self, *fields);
			memcpy(arg + at, &value, 8);
			at += 8;
		} else {
			value = word(&self->dice, *fields);
			memcpy(arg + at, &value, 4);
			at += 4;
		}
	}
	at = (at + 3) & ~3UL;
	memcpy(arg, &at, 4);
	return at;
}

/* One field becomes anything, or the size does, or the end is beyond memory. */
static void spoil(struct fuzz_thread *self, unsigned char *arg, size_t size)
{
	__u64 value = edge(&self->dice);
	size_t at = 4 * roll(&self->dice, size / 4);

	memcpy(arg + at, &value,
	       at + 8 <= size && roll(&self->dice, 2) ? 8 : 4);
}

static int any_file(struct fuzz_thread *self)
{
	struct fuzzer *fuzzer = self->fuzzer;

	switch (roll(&self->dice, 8)) {
	case 0:
		return fuzzer->files[roll(&self->dice, FILES)];
	case 1:
		return fuzzer->mock;
	}
	return fuzzer->ctx[roll(&self->dice, 2)];
}

/* The file that knows the call, and once in a while another one */
static int right_file(struct fuzz_thread *self, unsigned long cmd)
{
	struct fuzzer *fuzzer = self->fuzzer;

	if (!roll(&self->dice, 32))
		return any_file(self);
	if (_IOC_TYPE(cmd) == MOCK_IOMMU_TYPE)
		return fuzzer->mock;
	if (_IOC_NR(cmd) >= FAULTQ_CMD_QUEUE_BASE)
		return fuzzer->files[roll(&self->dice, FILES)];
	return fuzzer->ctx[roll(&self->dice, 8) == 0];
}

static void keep_file(struct fuzz_thread *self, int fd)
{
	int old;

	old = atomic_exchange(&self->fuzzer->files[roll(&self->dice, FILES)],
			      fd);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	if (old > 2)
		close(old);
}

static void call_something(struct fuzz_thread *self)
{
	const struct spec *spec =
		&specs[roll(&self->dice, sizeof(specs) / sizeof(*specs))];
	unsigned char arg[ARG_MAX_BYTES + 8];
	size_t size = fill(self, spec->fields, arg);
	struct faultq_queue_alloc *alloc = (void *)arg;
	int fd = right_file(self, spec->cmd);

	if (spec->cmd == FAULTQ_QUEUE_ALLOC && !alloc->type)
		alloc->type = 1;
	if (!roll(&self->dice, 4))
		spoil(self, arg, size);
	if (!call(fd, spec->cmd, roll(&self->dice, 64) ? arg : NULL) &&
	    spec->cmd == FAULTQ_QUEUE_ALLOC)
		keep_file(self, alloc->out_queue_fd);
}

static void ring_bells(struct fuzz_thread *self)
{
	int fd = self->fuzzer->files[roll(&self->dice, FILES)];
	__u32 ring = roll(&self->dice, 8) ? 0 : edge(&self->dice);

	if (roll(&self->dice, 4))
		fq_doorbell(fd, ring);
	else
		fq_republish(fd, ring);
}

/* Reads, writes and polls; what is read may be what is written next. */
static void move_data(struct fuzz_thread *self)
{
	int fd = self->fuzzer->files[roll(&self->dice, FILES)];
	void *at =
		self->fuzzer->scratch + PAGE * roll(&self->dice, SCRATCH_PAGES);
	struct pollfd poll_fd = { fd, POLLIN, 0 };
	size_t length = roll(&self->dice, 2) ? 40 * roll(&self->dice, 8) :
					       8 * roll(&self->dice, 64);

	/* 0 to 2 are what the results go to */
	if (fd <= 2)
		return;
	if (poll(&poll_fd, 1, 0) < 0 || roll(&self->dice, 2))
		(void)!read(fd, at, length);
	else
		(void)!write(fd, at, length);
}

/* Indices and responses out of thin air, and mappings that go under them */
static void scribble(struct fuzz_thread *self)
{
	int fd = self->fuzzer->files[roll(&self->dice, FILES)];
	__u32 region = roll(&self->dice, 3), i;
	__u32 *at;

	at = mmap(NULL, PAGE, PROT_READ | (region ? PROT_WRITE : 0), MAP_SHARED,
		  fd, FAULTQ_MMAP_OFFSET(roll(&self->dice, 2), region));
	if (at == MAP_FAILED)
		return;
	for (i = 0; region && i < 8; i++)
		at[roll(&self->dice, region == 1 ? 32 : 1024)] =
			roll(&self->dice, 2) ? roll(&self->dice, 64) :
					       edge(&self->dice);
	if (roll(&self->dice, 2))
		fq_doorbell(fd, 0);
	munmap(at, PAGE);
}

/* Arguments that calls point to, and memory that goes away under a call */
static void shake_memory(struct fuzz_thread *self)
{
	__u32 *at = (void *)(self->fuzzer->scratch +
			     PAGE * roll(&self->dice, SCRATCH_PAGES));
	__u32 i;

	if (!roll(&self->dice, 8))
		madvise(at, PAGE, MADV_DONTNEED);
	for (i = 0; i < 64; i++)
		at[roll(&self->dice, PAGE / 4)] =
			roll(&self->dice, 8) ? roll(&self->dice, 64) :
					       edge(&self->dice);
}

static void change_files(struct fuzz_thread *self)
{
	atomic_int *slot = &self->fuzzer->files[roll(&self->dice, FILES)];
	pid_t pid;
	int fd;

	switch (roll(&self->dice, 3)) {
	case 0:
		fd = atomic_exchange(slot, -1);
		if (fd > 2)
			close(fd);
		break;
	case 1:
		fd = fq_open();
		if (fd >= 0)
			dup2(fd, self->fuzzer->ctx[1]);
		close(fd);
		break;
	case 2:
		pid = fork();
		if (!pid)
			_exit(0);
		waitpid(pid, NULL, 0);
		break;
	}
}

static void *fuzz(void *arg)
{
	struct fuzz_thread *self = arg;
	__u32 left = self->fuzzer->steps;

	while (left--) {
		switch (roll(&self->dice, 24)) {
		case 0:
			ring_bells(self);
			break;
		case 1:
			move_data(self);
			break;
		case 2:
			scribble(self);
			break;
		case 3:
			shake_memory(self);
			break;
		case 4:
			if (!roll(&self->dice, 8))
				change_files(self);
			break;
		default:
			call_something(self);
			break;
		}
	}
	kill(getpid(), SIGKILL);
	return NULL;
}

/* Whoever is done first kills all. */
static void run(struct dice dice)
{
	struct fuzz_thread threads[THREADS];
	struct fuzzer fuzzer = {
		.ctx = { fq_open(), fq_open() },
		.mock = mock_open(),
		.scratch = pages_alloc(SCRATCH_PAGES),
		.steps = 200 + roll(&dice, 2000),
	};
	pthread_t thread;
	int i;

	for (i = 0; i < FILES; i++)
		fuzzer.files[i] = -1;
	for (i = 0; i < THREADS; i++) {
		threads[i] = (struct fuzz_thread){ &fuzzer, dice_split(&dice) };
		if (pthread_create(&thread, NULL, fuzz, &threads[i]))
			_exit(1);
	}
	for (;;)
		pause();
}

static pid_t start(struct dice *dice)
{
	struct dice own = dice_split(dice);
	pid_t pid = fork();

	if (!pid)
		run(own);
	return pid;
}

static bool file_is_empty(const char *path)
{
	FILE *file = fopen(path, "r");
	bool empty = file && fgetc(file) == EOF;

	if (file)
		fclose(file);
	return empty;
}

/* The fuzzers may have taken away even the IOMMU that is there anyway. */
static bool works(void)
{
	int mock = mock_open(), i;
	struct bed bed;
	bool ok;

	for (i = 0; i < MOCK_IOMMU_MAX_IOMMUS; i++)
		mock_iommu_remove(mock, i);
	ok = mock_iommu_add(mock) == 0;
	close(mock);
	ok = ok && !bed_make(&bed, &(struct faultq_queue_alloc){}) &&
	     !bed_faults(&bed, 1) &&
	     ring_answer(&bed.ring, ring_take(&bed.ring),
			 FAULTQ_RESPONSE_SUCCESS) == 1 &&
	     bed_answered(&bed, 1, MOCK_IOMMU_RESPONSE_SUCCESS) == 1;
	bed_free(&bed);
	return ok;
}

static int outcome(int nr, const char *what, bool ok)
{
	printf("%s %d %s\n", ok ? "ok" : "not ok", nr, what);
	return !ok;
}

int main(void)
{
	struct chance chance = { .seconds = SHORT_RUN };
	unsigned int lives = 0;
	pid_t pids[PROCESSES];
	__u64 until;
	int i, bad;

	chance_take(&chance, "fuzz");
	printf("1..2\n# %u seconds, seed %llu\n", chance.seconds, chance.seed);
	fflush(stdout);
	until = now_ns() + chance.seconds * 1000000000ULL;
	for (i = 0; i < PROCESSES; i++)
		pids[i] = start(&chance.dice);
	while (now_ns() < until) {
		/* one may wait for ever in a call: it ends with its turn */
		i = lives++ % PROCESSES;
		if (waitpid(pids[i], NULL, WNOHANG) != pids[i]) {
			usleep(100000);
			if (roll(&chance.dice, 20))
				continue;
			kill(pids[i], SIGKILL);
			waitpid(pids[i], NULL, 0);
		}
		pids[i] = start(&chance.dice);
	}
	for (i = 0; i < PROCESSES; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	bad = outcome(1, "nothing_is_left",
		      AWAIT(file_is_empty("/sys/kernel/debug/faultq/queues")));
	bad += outcome(2, "works_as_before", works());
	return bad;
}
