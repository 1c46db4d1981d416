// SPDX-License-Identifier: MIT
/*
 * faultq inject queue-error: have an invalidation of a mock endpoint go wrong.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "inject.h"
#include "libmockiommu.h"
#include "tool.h"

static const char help[] =
	"usage: faultq inject queue-error [OPTION...] ENDPOINT ERROR\n"
	"\n"
	"Has the driver invalidate the device TLB of the mock endpoint ENDPOINT, and has\n"
	"that go wrong. ERROR is one of\n"
	"\n"
	"  timeout         the endpoint does not answer (ITE, CERROR_ATC_INV_SYNC)\n"
	"  bad-completion  it answers wrongly (ICE)\n"
	"  bad-descriptor  the IOMMU does not understand it (IQE, CERROR_ILL)\n"
	"\n"
	"  -j, --json  print the outcome as one JSON object\n"
	"  -h, --help  show this help\n";

static const struct option options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{},
};

static const char *const errors[] = {
	[MOCK_IOMMU_INV_TIMEOUT] = "timeout",
	[MOCK_IOMMU_INV_BAD_COMPLETION] = "bad-completion",
	[MOCK_IOMMU_INV_BAD_DESCRIPTOR] = "bad-descriptor",
};

static bool parse_error(const char *text, __u32 *error)
{
	__u32 i;

	for (i = 0; i < NR(errors); i++) {
		if (strcmp(text, errors[i]))
			continue;
		*error = i;
		return true;
	}
	return false;
}

static int cause(int mock, const char *endpoint, __u32 error)
{
	struct mock_iommu_endpoint_info info;
	int ret, status = find_endpoint(mock, endpoint, &info);

	if (status)
		return status;
	ret = mock_queue_error(mock, info.endpoint_id, error);
	if (ret == -EOPNOTSUPP && !(info.out_flags & MOCK_IOMMU_ENDPOINT_ATS))
		return fail("%s: %s: it has no device TLB: %s", endpoint,
			    strerror(-ret), "choose an endpoint with ATS");
	if (ret == -EOPNOTSUPP)
		return fail("%s: %s: its IOMMU has no such error", endpoint,
			    strerror(-ret));
	if (ret)
		return fail("%s: the error cannot be injected: %s", endpoint,
			    strerror(-ret));
	return EXIT_SUCCESS;
}

static void show(__u32 error, bool json)
{
	if (json) {
		json_begin(NULL, '{');
		json_string("error", errors[error]);
		json_end('}');
		json_line_end();
		return;
	}
	printf("caused a %s\n", errors[error]);
}

int inject_queue_error(int argc, char **argv)
{
	int option, mock, status;
	bool json = false;
	__u32 error;

	while ((option = getopt_long(argc, argv, "jh", options, NULL)) != -1) {
		switch (option) {
		case 'j':
			json = true;
			break;
		case 'h':
			fputs(help, stdout);
			return EXIT_SUCCESS;
		default:
			return hint_at_help(argv[0]);
		}
	}
	if (argc - optind != 2)
		return bad_usage(argv[0], "needs an ENDPOINT and an ERROR");
	if (!parse_error(argv[optind + 1], &error))
		return bad_usage(argv[0], "'%s': not one of: %s",
				 argv[optind + 1],
				 "timeout bad-completion bad-descriptor");
	mock = open_mock();
	if (mock < 0)
		return EXIT_FAILURE;
	status = cause(mock, argv[optind], error);
	if (!status)
		show(error, json);
	close(mock);
	return status;
}
