// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fail_nth.h"
#include "file.h"

#define FAIL_DIR "/sys/kernel/debug/"
#define FAIL_TIMES "1000000"

static const char *const fail_dirs[] = {
	[FAIL_SLAB] = FAIL_DIR "failslab",
	[FAIL_PAGE] = FAIL_DIR "fail_page_alloc",
	[FAIL_USERCOPY] = FAIL_DIR "fail_usercopy",
};

static struct fail_range within = FAIL_ANYWHERE;

/* Whatever this process sweeps from now on fails within @range alone. */
void fail_open_within(struct fail_range range)
{
	within = range;
}

/**
 * struct knob - the path of a file that says what fails
 * @path: the path
 */
struct knob {
	char path[64];
};

static struct knob knob_of(enum fail_kind kind, const char *name)
{
	struct knob knob;

	snprintf(knob.path, sizeof(knob.path), "%s/%s", fail_dirs[kind], name);
	return knob;
}

/* Returns 0 or -errno. */
int fail_knob(enum fail_kind kind, const char *name, const char *value)
{
	return write_file(knob_of(kind, name).path, value);
}

int fail_within(enum fail_kind kind, struct fail_range range)
{
	char start[24], end[24];
	int ret;

	snprintf(start, sizeof(start), "%#llx", range.start);
	snprintf(end, sizeof(end), "%#llx", range.end);
	ret = fail_knob(kind, "require-start", start);
	return ret ? ret : fail_knob(kind, "require-end", end);
}

/* How often it may still fail; -errno */
long fail_times(enum fail_kind kind)
{
	int fd = open(knob_of(kind, "times").path, O_RDONLY | O_CLOEXEC);
	char text[24] = "";
	ssize_t len;

	if (fd < 0)
		return -errno;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	return len < 0 ? -EIO : strtol(text, NULL, 0);
}

/*
 * Occasions are the allocations from slabs, or those of pages, whether they may
 * sleep or are for user space; user copies are always. Not both at once: when a
 * slab needs a page no one can tell, and occasions would come and go.
 */
int fail_mode(struct fail_nth *fail, enum fail_mode mode)
{
	bool pages = mode == FAIL_ONE_PAGE;
	int ret = fail_knob(FAIL_SLAB, "ignore-gfp-wait", pages ? "Y" : "N");

	fail->mode = mode;
	if (!ret)
		ret = fail_knob(FAIL_SLAB, "probability",
				mode == FAIL_SLABS ? "100" : "0");
	if (!ret)
		ret = fail_knob(FAIL_PAGE, "ignore-gfp-wait", "N");
	if (!ret)
		ret = fail_knob(FAIL_PAGE, "ignore-gfp-highmem", "N");
	if (!ret)
		ret = fail_knob(FAIL_PAGE, "min-order", pages ? "0" : "64");
	return ret;
}

static int knobs_set(struct fail_nth *fail)
{
	enum fail_kind kind;
	int ret = 0;

	for (kind = 0; kind < FAIL_NR_KINDS && !ret; kind++) {
		ret = fail_within(kind, within);
		if (!ret)
			ret = fail_knob(kind, "verbose", "0");
		if (!ret)
			ret = fail_knob(kind, "task-filter", "Y");
		if (!ret)
			ret = fail_knob(kind, "times", FAIL_TIMES);
	}
	return ret ? ret : fail_mode(fail, FAIL_ONE_SLAB);
}

int fail_open(struct fail_nth *fail)
{
	enum fail_kind kind;
	int ret;

	*fail = (struct fail_nth){ .fd = -1, .rest = -1 };
	ret = knobs_set(fail);
	if (ret)
		return ret;
	for (kind = 0; kind < FAIL_NR_KINDS; kind++)
		fail->times[kind] = fail_times(kind);
	fail->rest = open("/proc/thread-self/make-it-fail", O_RDWR | O_CLOEXEC);
	fail->fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	return fail->fd < 0 || fail->rest < 0 ? -errno : 0;
}

void fail_close(struct fail_nth *fail)
{
	fail_knob(FAIL_SLAB, "probability", "0");
	if (fail->fd >= 0)
		close(fail->fd);
	if (fail->rest >= 0)
		close(fail->rest);
	fail->fd = -1;
	fail->rest = -1;
}

/* The @nth occasion from now on fails. Returns 0 or -errno. */
int fail_arm(const struct fail_nth *fail, unsigned int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", nth);

	if (fail->mode == FAIL_SLABS && pwrite(fail->rest, "1", 1, 0) != 1)
		return -errno;
	return pwrite(fail->fd, text, len, 0) == len ? 0 : -errno;
}

/*
 * Returns how many occasions were left until the one that fails, 0 if it came;
 * -errno. To ask and to disarm are occasions themselves.
 */
int fail_disarm(struct fail_nth *fail)
{
	char text[16] = "";
	int left = 1, ret = 0;

	if (pread(fail->fd, text, sizeof(text) - 1, 0) < 0)
		fail->times[FAIL_USERCOPY]--;
	else
		left = atoi(text);
	if (pwrite(fail->fd, "0", 1, 0) != 1) {
		fail->times[FAIL_USERCOPY]--;
		if (pwrite(fail->fd, "0", 1, 0) != 1)
			ret = -errno;
	}
	if (fail->mode == FAIL_SLABS && pwrite(fail->rest, "0", 1, 0) != 1)
		ret = -errno;
	return ret ? ret : left;
}

/* What failed since this was last asked */
unsigned int fail_kinds(struct fail_nth *fail)
{
	unsigned int found = FAILED_NOTHING;
	enum fail_kind kind;
	long left;

	for (kind = 0; kind < FAIL_NR_KINDS; kind++) {
		left = fail_times(kind);
		if (left != fail->times[kind])
			found |= FAILED(kind);
		fail->count += fail->times[kind] - left;
		fail->times[kind] = left;
	}
	return found;
}
