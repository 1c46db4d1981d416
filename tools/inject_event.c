// SPDX-License-Identifier: MIT
/*
 * faultq inject event: have translations of a mock endpoint fail beyond repair.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "decode.h"
#include "inject.h"
#include "libmockiommu.h"
#include "tool.h"

static const char help[] =
	"usage: faultq inject event [OPTION...] ENDPOINT REASON ADDRESS\n"
	"\n"
	"Has the IOMMU of the mock endpoint ENDPOINT believe that a translation of ADDRESS\n"
	"failed in a way that no one can repair; it records and signals that as it does\n"
	"with a DMA. REASON is in the language of the IOMMU: a fault reason of VT-d, a\n"
	"number from 1 to 0xff such as 0x71, or an event of SMMUv3, by its number or its\n"
	"name such as F_TRANSLATION.\n"
	"\n"
	"  -p, --pasid PASID   the access carries this PASID\n"
	"  -m, --perm LETTERS  what it was: some of rwxp for read, write, execute,\n"
	"                      privileged (default: r)\n"
	"  -n, --count NUMBER  how often, as fast as it goes (default: 1)\n"
	"  -j, --json          tell the outcome as one JSON object\n"
	"  -h, --help          tell this\n";

static const struct option options[] = {
	{ "pasid", required_argument, NULL, 'p' },
	{ "perm", required_argument, NULL, 'm' },
	{ "count", required_argument, NULL, 'n' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{},
};

static bool take_field(struct mock_iommu_fault *fault, int option,
		       const char *text)
{
	switch (option) {
	case 'p':
		fault->flags |= MOCK_IOMMU_REQUEST_PASID;
		return parse_u32(text, &fault->pasid);
	case 'm':
		return parse_perm(text, &fault->perm);
	default:
		return parse_u32(text, &fault->count) && fault->count;
	}
}

/* Returns an exit status, or -1 to go on. */
static int take_option(struct mock_iommu_fault *fault, bool *json,
		       const char *command, int option)
{
	switch (option) {
	case 'p':
	case 'm':
	case 'n':
		if (!take_field(fault, option, optarg))
			return bad_usage(command, "-%c %s: not understood",
					 option, optarg);
		return -1;
	case 'j':
		*json = true;
		return -1;
	case 'h':
		fputs(help, stdout);
		return EXIT_SUCCESS;
	default:
		return hint_at_help(command);
	}
}

static int take_arguments(struct mock_iommu_fault *fault, const char *command,
			  char **argv)
{
	if (!parse_u32(argv[1], &fault->reason))
		fault->reason = smmuv3_event_id(argv[1]);
	if (!fault->reason || fault->reason > 0xff)
		return bad_usage(command, "%s: not a reason: %s", argv[1],
				 "a number from 1 to 0xff, or an SMMUv3 event");
	if (!parse_number(argv[2], &fault->addr))
		return bad_usage(command, "%s: not an address", argv[2]);
	return EXIT_SUCCESS;
}

static void show(const struct mock_iommu_fault *fault, bool json)
{
	if (json) {
		json_begin(NULL, '{');
		json_number("raised", fault->out_done);
		json_end('}');
		json_line_end();
		return;
	}
	printf("raised %u\n", fault->out_done);
}

static int raise_faults(int mock, struct mock_iommu_fault *fault,
			const char *endpoint)
{
	struct mock_iommu_endpoint_info info;
	int ret, status = find_endpoint(mock, endpoint, &info);

	if (status)
		return status;
	fault->endpoint_id = info.endpoint_id;
	ret = mock_fault(mock, fault);
	if (ret == -EINVAL)
		return fail("%s: refused: the PASID is to be below 2^20",
			    endpoint);
	if (ret)
		return fail("%s: nothing raised: %s", endpoint, strerror(-ret));
	return EXIT_SUCCESS;
}

int inject_event(int argc, char **argv)
{
	struct mock_iommu_fault fault = {
		.perm = MOCK_IOMMU_PERM_READ,
		.count = 1,
	};
	int option, mock, status;
	bool json = false;

	while ((option = getopt_long(argc, argv, "p:m:n:jh", options, NULL)) !=
	       -1) {
		status = take_option(&fault, &json, argv[0], option);
		if (status >= 0)
			return status;
	}
	if (argc - optind != 3)
		return bad_usage(argv[0],
				 "needs an ENDPOINT, a REASON and an ADDRESS");
	status = take_arguments(&fault, argv[0], argv + optind);
	if (status)
		return status;
	mock = open_mock();
	if (mock < 0)
		return EXIT_FAILURE;
	status = raise_faults(mock, &fault, argv[optind]);
	if (!status)
		show(&fault, json);
	close(mock);
	return status;
}
