// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "bed.h"
#include "held.h"

/* A page that is not there before release_page(); NULL if there can be none */
char *hold_page(int *uffd)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	char *page = pages_alloc(1);

	*uffd = syscall(SYS_userfaultfd, O_CLOEXEC);
	reg.range.start = (uintptr_t)page;
	reg.range.len = PAGE;
	if (*uffd < 0 || ioctl(*uffd, UFFDIO_API, &api) ||
	    ioctl(*uffd, UFFDIO_REGISTER, &reg))
		return NULL;
	return page;
}

/* Returns 0 once someone waits for the page. */
int await_touch(int uffd)
{
	struct uffd_msg message;

	return read(uffd, &message, sizeof(message)) == sizeof(message) ? 0 :
									  -1;
}

int release_page(int uffd, char *page)
{
	struct uffdio_zeropage zero = {
		.range = { .start = (uintptr_t)page, .len = PAGE },
	};

	return ioctl(uffd, UFFDIO_ZEROPAGE, &zero);
}
