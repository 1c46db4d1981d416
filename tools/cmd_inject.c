// SPDX-License-Identifier: MIT
/*
 * faultq inject: have mock devices do what no one waits for.
 */
#include <stdlib.h>
#include <string.h>

#include "inject.h"
#include "tool.h"

static const char help[] =
	"usage: faultq inject page-request [OPTION...] ENDPOINT ADDRESS...\n"
	"       faultq inject event [OPTION...] ENDPOINT REASON ADDRESS\n"
	"       faultq inject queue-error [OPTION...] ENDPOINT ERROR\n"
	"\n"
	"  page-request  has the mock endpoint ENDPOINT send page requests\n"
	"  event         has the IOMMU believe that a translation of it failed for good\n"
	"  queue-error   has an invalidation for it go wrong\n"
	"\n"
	"faultq inject WHAT --help tells more.\n";

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} injections[] = {
	{ "page-request", inject_page_request },
	{ "event", inject_event },
	{ "queue-error", inject_queue_error },
};

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
	return bad_usage(argv[0], "what? page-request, event or queue-error");
}

const struct command cmd_inject = {
	.name = "inject",
	.summary = "have a mock endpoint send page requests, fail and err",
	.run = run,
};
