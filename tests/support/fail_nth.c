// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fail_nth.h"

#define FAIL_DIR "/sys/kernel/debug/"
#define FAIL_TIMES "1000000"

static const char *const fail_dirs[] = {
	[FAIL_SLAB] = FAIL_DIR "failslab",
	[FAIL_PAGE] = FAIL_DIR "fail_page_alloc",
	[FAIL_USERCOPY] = FAIL_DIR "fail_usercopy",
};

static int knob_open(enum fail_kind kind, const char *knob, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", fail_dirs[kind], knob);
	return open(path, flags | O_CLOEXEC);
}

static int knob_set(enum fail_kind kind, const char *knob, const char *value)
{
	int fd = knob_open(kind, knob, O_WRONLY);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, value, strlen(value)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

static long times_left(enum fail_kind kind)
{
	int fd = knob_open(kind, "times", O_RDONLY);
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
int fail_pages(bool pages)
{
	int ret = knob_set(FAIL_SLAB, "ignore-gfp-wait", pages ? "Y" : "N");

	if (!ret)
		ret = knob_set(FAIL_PAGE, "ignore-gfp-wait", "N");
	if (!ret)
		ret = knob_set(FAIL_PAGE, "ignore-gfp-highmem", "N");
	if (!ret)
		ret = knob_set(FAIL_PAGE, "min-order", pages ? "0" : "64");
	return ret;
}

static int knobs_set(void)
{
	enum fail_kind kind;
	int ret = 0;

	for (kind = 0; kind < FAIL_NR_KINDS && !ret; kind++) {
		ret = knob_set(kind, "verbose", "0");
		if (!ret)
			ret = knob_set(kind, "times", FAIL_TIMES);
	}
	return ret ? ret : fail_pages(false);
}

int fail_open(struct fail_nth *fail)
{
	enum fail_kind kind;
	int ret = knobs_set();

	fail->fd = -1;
	if (ret)
		return ret;
	for (kind = 0; kind < FAIL_NR_KINDS; kind++)
		fail->times[kind] = times_left(kind);
	fail->fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	return fail->fd < 0 ? -errno : 0;
}

void fail_close(struct fail_nth *fail)
{
	if (fail->fd >= 0)
		close(fail->fd);
	fail->fd = -1;
}

/* The @nth occasion from now on fails. Returns 0 or -errno. */
int fail_arm(const struct fail_nth *fail, unsigned int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", nth);

	return pwrite(fail->fd, text, len, 0) == len ? 0 : -errno;
}

/*
 * Returns how many occasions were left until the one that fails, 0 if it came;
 * -errno. To ask and to disarm are occasions themselves.
 */
int fail_disarm(struct fail_nth *fail)
{
	char text[16] = "";
	int left = 1;

	if (pread(fail->fd, text, sizeof(text) - 1, 0) < 0)
		fail->times[FAIL_USERCOPY]--;
	else
		left = atoi(text);
	if (pwrite(fail->fd, "0", 1, 0) == 1)
		return left;
	fail->times[FAIL_USERCOPY]--;
	return pwrite(fail->fd, "0", 1, 0) == 1 ? left : -errno;
}

/* What failed since this was last asked */
enum fail_kind fail_kind(struct fail_nth *fail)
{
	enum fail_kind kind, found = FAIL_NONE;
	long left;

	for (kind = 0; kind < FAIL_NR_KINDS; kind++) {
		left = times_left(kind);
		if (left != fail->times[kind])
			found = kind;
		fail->times[kind] = left;
	}
	return found;
}
