// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ring.h"
#include "sweep.h"

static const char *const kinds[] = {
	[FAIL_SLAB] = "slab allocation",
	[FAIL_PAGE] = "page allocation",
	[FAIL_USERCOPY] = "user copy",
};

static const char *const modes[] = {
	[FAIL_ONE_SLAB] = "slab",
	[FAIL_SLABS] = "slabs from there on",
	[FAIL_ONE_PAGE] = "page",
};

/* All sweeps of a program, whose tests are processes of their own */
struct totals {
	pid_t program;
	unsigned int sequences;
	unsigned long passes;
	unsigned long failures;
	unsigned int refused;
	unsigned int tolerated;
};

static struct totals *totals;

__attribute__((constructor)) static void totals_begin(void)
{
	totals = mmap(NULL, sizeof(*totals), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (totals == MAP_FAILED)
		exit(EXIT_FAILURE);
	totals->program = getpid();
}

__attribute__((destructor)) static void totals_end(void)
{
	if (totals->program != getpid() || !totals->sequences)
		return;
	printf("# figures: %u sequences in %lu passes, %lu failures: ",
	       totals->sequences, totals->passes, totals->failures);
	printf("%u steps refused, %u tolerated\n", totals->refused,
	       totals->tolerated);
}

/*
 * What a sequence leaves as it was: objects and references. Looked at in its end
 * alone, as they go a grace period after the step that ended them.
 */
static const char *const lasting[] = {
	"/sys/kernel/debug/faultq/live",
	"/sys/module/faultq/refcnt",
	"/sys/module/mock_iommu/refcnt",
	NULL,
};

/* What a call that fails does not change */
static const char *const passing[] = {
	"/sys/kernel/debug/faultq/queues",
	"/sys/kernel/debug/mock_iommu/mock-iommu0/page_tables",
	"/sys/kernel/debug/mock_iommu/mock-iommu1/page_tables",
	"/sys/kernel/debug/mock_iommu/mock-iommu2/page_tables",
	"/sys/kernel/debug/mock_iommu/mock-iommu3/page_tables",
	NULL,
};

static size_t file_read(char *buf, size_t room, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t len;

	if (fd < 0)
		return 0;
	do {
		len = read(fd, buf + used, room - used);
		used += len > 0 ? len : 0;
	} while (len > 0);
	close(fd);
	return used;
}

/* The files that are open, but for the one that the list is read from */
static size_t files_read(char *buf, size_t room)
{
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *entry;
	size_t used = 0;

	if (!dir)
		return 0;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.' &&
		    atoi(entry->d_name) != dirfd(dir))
			used += snprintf(buf + used, room - used, "%s ",
					 entry->d_name);
	closedir(dir);
	buf[used++] = '\n';
	return used;
}

static long count_of(const char *text, const char *name)
{
	const char *found = strstr(text, name);

	return found ? strtol(found + strlen(name), NULL, 10) : 0;
}

/* Pages that count as pinned by the process */
static size_t pins_read(char *buf, size_t room)
{
	char text[4096];
	size_t len = file_read(text, sizeof(text) - 1, "/proc/self/status");

	text[len] = 0;
	return snprintf(buf, room, "pinned: %ld kB\n",
			count_of(text, "VmPin:"));
}

/* Pages that are pinned, of whomever */
static size_t all_pins_read(char *buf, size_t room)
{
	int refresh = open("/proc/sys/vm/stat_refresh", O_WRONLY | O_CLOEXEC);
	char text[16384];
	long pins = -1;
	size_t len;

	/* has the counters of all processors summed up */
	if (refresh >= 0 && write(refresh, "1", 1) == 1) {
		len = file_read(text, sizeof(text) - 1, "/proc/vmstat");
		text[len] = 0;
		pins = count_of(text, "nr_foll_pin_acquired ") -
		       count_of(text, "nr_foll_pin_released ");
	}
	close(refresh);
	return snprintf(buf, room, "pinned: %ld pages\n", pins);
}

static void state_read(char *state, bool step)
{
	const char *const *path;
	size_t used = pins_read(state, SWEEP_STATE - 1);

	if (!step)
		used += all_pins_read(state + used, SWEEP_STATE - 1 - used);
	used += files_read(state + used, SWEEP_STATE - 1 - used);
	for (path = lasting; !step && *path; path++)
		used += file_read(state + used, SWEEP_STATE - 1 - used, *path);
	for (path = passing; step && *path; path++)
		used += file_read(state + used, SWEEP_STATE - 1 - used, *path);
	state[used] = 0;
}

/* Memory that reports may look at is freed a grace period later. */
static bool state_settles(const char *expected, char *state, bool step)
{
	return AWAIT((state_read(state, step), !strcmp(expected, state)));
}

static void show(const char *title, const char *text)
{
	printf("# %s: ", title);
	for (; *text; text++)
		printf(*text == '\n' && text[1] ? "\n#\t" : "%c", *text);
}

static void state_check(struct sweep *sweep, const char *expected, bool step,
			const char *what)
{
	char *state = malloc(SWEEP_STATE);

	if (!state_settles(expected, state, step)) {
		sweep_error(sweep, what, "left something behind", 0);
		show("before", expected);
		show("after", state);
	}
	free(state);
}

void sweep_error(struct sweep *sweep, const char *what, const char *why,
		 int ret)
{
	enum fail_kind kind;

	sweep->errors++;
	printf("# pass %d (%s), step %u, failed:", sweep->nth,
	       modes[sweep->fail.mode], sweep->step);
	for (kind = 0; kind < FAIL_NR_KINDS; kind++)
		if (sweep->hit & FAILED(kind))
			printf(" %s,", kinds[kind]);
	printf(" %s %s: %d\n", what, why, ret);
}

void sweep_begin(struct sweep *sweep, bool singly)
{
	int ret;

	memset(sweep, 0, sizeof(*sweep));
	sweep->singly = singly;
	sweep->nth = -1;
	ret = fail_open(&sweep->fail);
	if (ret)
		sweep_error(sweep, "fail-nth", "is not there", ret);
	state_read(sweep->start, false);
}

static void sweep_end(struct sweep *sweep)
{
	if (!sweep->fail.count && !sweep->errors)
		sweep_error(sweep, "the sequence", "was spared", 0);
	fail_close(&sweep->fail);
	printf("# swept %u steps in %u passes: %lu failures; ", sweep->step,
	       sweep->passes, sweep->fail.count);
	printf("%u steps refused, %u tolerated, %u with user copies\n",
	       sweep->refused, sweep->tolerated, sweep->copies);
	totals->sequences++;
	totals->passes += sweep->passes;
	totals->failures += sweep->fail.count;
	totals->refused += sweep->refused;
	totals->tolerated += sweep->tolerated;
}

/* Nothing failed in the last pass. Is there more to be swept? */
static bool sweep_mode(struct sweep *sweep)
{
	enum fail_mode mode = sweep->fail.mode + 1;

	if (mode == FAIL_SLABS && sweep->singly)
		mode++;
	if (mode == FAIL_NR_MODES)
		return false;
	sweep->nth = 0;
	return !fail_mode(&sweep->fail, mode);
}

/* In the first pass nothing is to fail. */
bool sweep_next(struct sweep *sweep)
{
	bool over = sweep->nth > 0 && sweep->left;

	sweep->hit = FAILED_NOTHING;
	if (sweep->nth >= 0 && !sweep->errors)
		state_check(sweep, sweep->start, false, "the sequence");
	if (sweep->nth == SWEEP_MAX_FAULTS)
		sweep_error(sweep, "the sequence", "has no end", 0);
	if (sweep->errors || (over && !sweep_mode(sweep))) {
		sweep_end(sweep);
		return false;
	}
	sweep->left = ++sweep->nth;
	sweep->passes++;
	sweep->step = 0;
	return true;
}

void sweep_step(struct sweep *sweep)
{
	int ret;

	sweep->hit = FAILED_NOTHING;
	if (!sweep->left)
		return;
	state_read(sweep->before, true);
	ret = fail_arm(&sweep->fail, sweep->left);
	if (ret)
		sweep_error(sweep, "fail-nth", "cannot be armed", ret);
}

static void sweep_disarm(struct sweep *sweep)
{
	int left;

	if (!sweep->left)
		return;
	left = fail_disarm(&sweep->fail);
	sweep->left = left;
	if (left < 0)
		sweep_error(sweep, "fail-nth", "cannot be disarmed", left);
	else if (!left)
		sweep->hit = fail_kinds(&sweep->fail);
	sweep->copies += !!(sweep->hit & FAILED(FAIL_USERCOPY));
}

/* Does the errno tell what failed? */
static bool errno_fits(unsigned int hit, int ret, int errnum)
{
	if (hit & FAILED(FAIL_USERCOPY) && ret == -EFAULT)
		return true;
	return hit & ~FAILED(FAIL_USERCOPY) &&
	       (ret == -ENOMEM || ret == -errnum);
}

bool sweep_again(struct sweep *sweep, const char *what, int ret, int errnum,
		 enum sweep_how how)
{
	bool copy;

	sweep_disarm(sweep);
	if (sweep->hit == FAILED_NOTHING)
		return false;
	copy = sweep->hit & FAILED(FAIL_USERCOPY);
	if (ret >= 0) {
		if (copy && !(how & STEP_COPIES_AGAIN))
			sweep_error(sweep, what, "does not tell", ret);
		sweep->tolerated++;
		return false;
	}
	sweep->refused++;
	if (!errno_fits(sweep->hit, ret, errnum))
		sweep_error(sweep, what, "fails with a wrong errno", ret);
	if (!(how & STEP_GETS_SOME_WAY) && !(copy && how & STEP_MAY_BE_DONE))
		state_check(sweep, sweep->before, true, what);
	return true;
}

void sweep_before(struct sweep *sweep)
{
	state_read(sweep->before, true);
}

void sweep_refused(struct sweep *sweep, const char *what, int ret, int errnum)
{
	sweep->refused++;
	sweep->fail.count++;
	if (ret != -errnum)
		sweep_error(sweep, what, "fails with a wrong errno", ret);
	state_check(sweep, sweep->before, true, what);
}

int sweep_result(struct sweep *sweep, const char *what, int ret,
		 enum sweep_how how)
{
	bool done = how & STEP_MAY_BE_DONE &&
		    sweep->hit & FAILED(FAIL_USERCOPY);
	unsigned int step = sweep->step++;

	if (step == SWEEP_STEPS) {
		sweep_error(sweep, what, "is a step too many", 0);
		return -E2BIG;
	}
	if (done && ret == -ENOENT)
		ret = sweep->results[step];
	if (sweep->fail.mode == FAIL_ONE_SLAB && !sweep->nth)
		sweep->results[step] = ret;
	if (ret < 0)
		sweep_error(sweep, what, "does not succeed", ret);
	else if (!(how & STEP_NEW_RESULT) && ret != sweep->results[step])
		sweep_error(sweep, what, "gives something else", ret);
	return ret;
}
