// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "bed.h"
#include "held.h"

static int hold(char *page, __u64 features, __u64 mode)
{
	struct uffdio_api api = { .api = UFFD_API, .features = features };
	struct uffdio_register reg = {
		.range = { .start = (uintptr_t)page, .len = PAGE },
		.mode = mode,
	};
	int uffd = syscall(SYS_userfaultfd, O_CLOEXEC);

	if (uffd < 0 || ioctl(uffd, UFFDIO_API, &api) ||
	    ioctl(uffd, UFFDIO_REGISTER, &reg))
		return -1;
	return uffd;
}

/* A page that is not there before release_page(); NULL if there can be none */
char *hold_page(int *uffd)
{
	char *page = pages_alloc(1);

	*uffd = hold(page, 0, UFFDIO_REGISTER_MODE_MISSING);
	return *uffd < 0 ? NULL : page;
}

/* Two pages, of which the second is not there, nor ever will be */
char *hold_second_page(int *uffd)
{
	char *pages = pages_alloc(2);

	*uffd = hold(pages + PAGE, 0, UFFDIO_REGISTER_MODE_MISSING);
	return *uffd < 0 ? NULL : pages;
}

int release_page(int uffd, char *page)
{
	struct uffdio_zeropage zero = {
		.range = { .start = (uintptr_t)page, .len = PAGE },
	};

	return ioctl(uffd, UFFDIO_ZEROPAGE, &zero);
}

static int protect(int uffd, char *page, __u64 mode)
{
	struct uffdio_writeprotect arg = {
		.range = { .start = (uintptr_t)page, .len = PAGE },
		.mode = mode,
	};

	return ioctl(uffd, UFFDIO_WRITEPROTECT, &arg);
}

/* A page that can be read; who writes to it waits for release_writes() */
char *hold_writes(int *uffd, const void *data, size_t length)
{
	char *page = pages_alloc(1);

	*uffd = hold(page, UFFD_FEATURE_PAGEFAULT_FLAG_WP,
		     UFFDIO_REGISTER_MODE_WP);
	memcpy(page, data, length);
	if (*uffd < 0 || protect(*uffd, page, UFFDIO_WRITEPROTECT_MODE_WP))
		return NULL;
	return page;
}

int release_writes(int uffd, char *page)
{
	return protect(uffd, page, 0);
}

/* Returns 0 once someone waits for the page. */
int await_touch(int uffd)
{
	struct uffd_msg message;

	return read(uffd, &message, sizeof(message)) == sizeof(message) ? 0 :
									  -1;
}
