// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sweep.h"

/* How long what ends behind a grace period may take, at a look each ms */
#define SETTLE_LOOKS 500

static const char *const kinds[] = {
	[FAIL_SLAB] = "a slab allocation",
	[FAIL_PAGE] = "a page allocation",
	[FAIL_USERCOPY] = "a user copy",
	[FAIL_NONE] = "nothing",
};

/* What a sequence leaves as it was: objects and references */
static const char *const lasting[] = {
	"/sys/kernel/debug/faultq/live",
	"/sys/module/faultq/refcnt",
	"/sys/module/mock_iommu/refcnt",
	NULL,
};

/* What a call that fails does not change either */
static const char *const passing[] = {
	"/sys/kernel/debug/faultq/queues",
	"/sys/kernel/debug/mock_iommu/mock-iommu0/page_tables",
	"/sys/kernel/debug/mock_iommu/mock-iommu1/page_tables",
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

/* Pages that the process has pinned */
static size_t pins_read(char *buf, size_t room)
{
	char status[4096];
	size_t len = file_read(status, sizeof(status) - 1, "/proc/self/status");
	const char *pins;

	status[len] = 0;
	pins = strstr(status, "VmPin:");
	len = pins ? strcspn(pins, "\n") : 0;
	if (len >= room)
		return 0;
	memcpy(buf, pins ? pins : "", len);
	return len;
}

static void state_read(char *state, bool all)
{
	const char *const *path;
	size_t used = pins_read(state, SWEEP_STATE - 1);

	state[used++] = '\n';
	for (path = lasting; *path; path++)
		used += file_read(state + used, SWEEP_STATE - 1 - used, *path);
	for (path = passing; all && *path; path++)
		used += file_read(state + used, SWEEP_STATE - 1 - used, *path);
	state[used] = 0;
}

/* Memory that reports may look at is freed a grace period later. */
static bool state_settles(const char *expected, char *state, bool all)
{
	unsigned int looks = 0;

	for (;;) {
		state_read(state, all);
		if (!strcmp(expected, state))
			return true;
		if (looks++ == SETTLE_LOOKS)
			return false;
		usleep(1000);
	}
}

static void show(const char *title, const char *text)
{
	printf("# %s: ", title);
	for (; *text; text++)
		printf(*text == '\n' && text[1] ? "\n#\t" : "%c", *text);
}

static void state_check(struct sweep *sweep, const char *expected, bool all,
			const char *what)
{
	char *state = malloc(SWEEP_STATE);

	if (!state_settles(expected, state, all)) {
		sweep_error(sweep, what, "left something behind", 0);
		show("before", expected);
		show("after", state);
	}
	free(state);
}

void sweep_error(struct sweep *sweep, const char *what, const char *why,
		 int ret)
{
	sweep->errors++;
	printf("# pass %d, step %u, %s failed: %s %s: %d\n", sweep->nth,
	       sweep->step, kinds[sweep->hit], what, why, ret);
}

void sweep_begin(struct sweep *sweep)
{
	int ret;

	memset(sweep, 0, sizeof(*sweep));
	sweep->nth = -1;
	sweep->hit = FAIL_NONE;
	state_read(sweep->start, false);
	ret = fail_open(&sweep->fail);
	if (ret)
		sweep_error(sweep, "fail-nth", "is not there", ret);
}

static void sweep_end(struct sweep *sweep)
{
	fail_close(&sweep->fail);
	printf("# swept %u steps: %u faults, %u of them user copies; ",
	       sweep->step, sweep->refused + sweep->tolerated, sweep->copies);
	printf("%u refused, %u tolerated\n", sweep->refused, sweep->tolerated);
}

/* Nothing failed in the last pass. Is there more to be swept? */
static bool sweep_pages(struct sweep *sweep)
{
	if (sweep->pages)
		return false;
	sweep->pages = true;
	sweep->nth = 0;
	return !fail_pages(true);
}

/* In the first pass nothing is to fail. */
bool sweep_next(struct sweep *sweep)
{
	bool over = sweep->nth > 0 && sweep->left;

	sweep->hit = FAIL_NONE;
	if (sweep->nth >= 0 && !sweep->errors)
		state_check(sweep, sweep->start, false, "the sequence");
	if (sweep->nth == SWEEP_MAX_FAULTS)
		sweep_error(sweep, "the sequence", "has no end", 0);
	if (sweep->errors || (over && !sweep_pages(sweep))) {
		sweep_end(sweep);
		return false;
	}
	sweep->left = ++sweep->nth;
	sweep->step = 0;
	return true;
}

void sweep_step(struct sweep *sweep)
{
	int ret;

	sweep->hit = FAIL_NONE;
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
		sweep->hit = fail_kind(&sweep->fail);
	sweep->copies += sweep->hit == FAIL_USERCOPY;
}

bool sweep_again(struct sweep *sweep, const char *what, int ret, int errnum,
		 enum sweep_how how)
{
	bool copy;

	sweep_disarm(sweep);
	if (sweep->hit == FAIL_NONE)
		return false;
	if (ret >= 0) {
		sweep->tolerated++;
		return false;
	}
	sweep->refused++;
	copy = sweep->hit == FAIL_USERCOPY;
	if (ret != (copy ? -EFAULT : -ENOMEM) && ret != -errnum)
		sweep_error(sweep, what, "fails with a wrong errno", ret);
	if (!(how & STEP_GETS_SOME_WAY) && !(copy && how & STEP_MAY_BE_DONE))
		state_check(sweep, sweep->before, true, what);
	return true;
}

int sweep_result(struct sweep *sweep, const char *what, int ret,
		 enum sweep_how how)
{
	bool done = how & STEP_MAY_BE_DONE && sweep->hit == FAIL_USERCOPY;
	unsigned int step = sweep->step++;

	if (step == SWEEP_STEPS) {
		sweep_error(sweep, what, "is a step too many", 0);
		return -E2BIG;
	}
	if (done && ret == -ENOENT)
		ret = sweep->results[step];
	if (!sweep->nth)
		sweep->results[step] = ret;
	if (ret < 0)
		sweep_error(sweep, what, "does not succeed", ret);
	else if (!(how & STEP_NEW_RESULT) && ret != sweep->results[step])
		sweep_error(sweep, what, "gives something else", ret);
	return ret;
}
