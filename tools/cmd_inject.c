// SPDX-License-Identifier: MIT
/*
 * faultq inject: cause page requests, faults and queue errors.
 */
#include <stdlib.h>
#include <string.h>

#include "inject.h"
#include "libmockiommu.h"
#include "tool.h"

static const char help[] =
	"usage: faultq inject page-request [OPTION...] ENDPOINT ADDRESS...\n"
	"       faultq inject event [OPTION...] ENDPOINT REASON ADDRESS\n"
	"       faultq inject queue-error [OPTION...] ENDPOINT ERROR\n"
	"\n"
	"  page-request  has the mock endpoint ENDPOINT send page requests\n"
	"  event         has its IOMMU report an unrecoverable fault\n"
	"  queue-error   has an invalidation of its device TLB fail\n"
	"\n"
	"'faultq inject WHAT --help' shows more.\n";

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} injections[] = {
	{ "page-request", inject_page_request },
	{ "event", inject_event },
	{ "queue-error", inject_queue_error },
};

int take_pasid(const char *command, const char *text, __u32 *pasid)
{
	__u32 last = (1U << MOCK_IOMMU_MAX_PASID_BITS) - 1;

	if (parse_u32(text, pasid) && *pasid <= last)
		return -1;
	return bad_usage(command, "--pasid '%s': not a number from 0 to 0x%x",
			 text, last);
}

int take_perm(const char *command, const char *text, __u32 *perm)
{
	if (parse_perm(text, perm))
		return -1;
	return bad_usage(command, "--perm '%s': not some of the letters rwxp",
			 text);
}

static int run(int argc, char **argv)
{
	char name[40];
	size_t i;

	if (argc > 1 &&
	    (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		fputs(help, stdout);
		return EXIT_SUCCESS;
	}
	for (i = 0; argc > 1 && i < NR(injections); i++) {
		if (strcmp(argv[1], injections[i].name))
			continue;
		snprintf(name, sizeof(name), "%s %s", argv[0], argv[1]);
		argv[1] = name;
		return injections[i].run(argc - 1, argv + 1);
	}
	if (argc > 1)
		return bad_usage(argv[0], "'%s': not one of: %s", argv[1],
				 "page-request event queue-error");
	return bad_usage(argv[0], "nothing to do: %s",
			 "say page-request, event or queue-error");
}

const struct command cmd_inject = {
	.name = "inject",
	.summary =
		"cause page requests, faults and queue errors of mock endpoints",
	.run = run,
};
