// SPDX-License-Identifier: MIT
/*
 * faultq inject event: unrecoverable faults of a mock endpoint.
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
	"Has the IOMMU of the mock endpoint ENDPOINT report that a translation of ADDRESS\n"
	"failed in a way that no one can repair; it records and signals that as it does\n"
	"for a DMA. REASON is in the language of the IOMMU: a fault reason of VT-d, by its\n"
	"number such as 0x71, or an event of SMMUv3, by its number or its name such as\n"
	"F_TRANSLATION.\n"
	"\n"
	"  -p, --pasid PASID   the access carries this PASID\n"
	"  -m, --perm LETTERS  what it was: some of rwxp for read, write, execute,\n"
	"                      privileged (default: r)\n"
	"  -n, --count NUMBER  how often, as fast as it goes (default: 1)\n"
	"  -f, --force         inject any number from 1 to 0xff as REASON\n"
	"  -j, --json          print the outcome as one JSON object\n"
	"  -h, --help          show this help\n";

static const struct option options[] = {
	{ "pasid", required_argument, NULL, 'p' },
	{ "perm", required_argument, NULL, 'm' },
	{ "count", required_argument, NULL, 'n' },
	{ "force", no_argument, NULL, 'f' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{},
};

/**
 * struct injection - what is injected
 * @fault: for the mock
 * @endpoint: name of the endpoint
 * @reason: as it was typed
 * @force: the reason may be unknown
 * @json: print the outcome as JSON
 */
struct injection {
	struct mock_iommu_fault fault;
	const char *endpoint;
	const char *reason;
	bool force;
	bool json;
};

static int take_count(struct mock_iommu_fault *fault, const char *command,
		      const char *text)
{
	if (parse_u32(text, &fault->count) && fault->count)
		return -1;
	return bad_usage(command, "--count '%s': not a number from 1 on", text);
}

/* Returns an exit status, or -1 to go on. */
static int take_option(struct injection *injection, const char *command,
		       int option)
{
	struct mock_iommu_fault *fault = &injection->fault;

	switch (option) {
	case 'p':
		fault->flags |= MOCK_IOMMU_REQUEST_PASID;
		return take_pasid(command, optarg, &fault->pasid);
	case 'm':
		return take_perm(command, optarg, &fault->perm);
	case 'n':
		return take_count(fault, command, optarg);
	case 'f':
		injection->force = true;
		return -1;
	case 'j':
		injection->json = true;
		return -1;
	case 'h':
		fputs(help, stdout);
		return EXIT_SUCCESS;
	default:
		return hint_at_help(command);
	}
}

static int take_arguments(struct injection *injection, const char *command,
			  char **argv)
{
	injection->endpoint = argv[0];
	injection->reason = argv[1];
	if (parse_number(argv[2], &injection->fault.addr))
		return EXIT_SUCCESS;
	return bad_usage(command, "'%s': not an address", argv[2]);
}

static int bad_reason(const struct injection *injection, const char *kind,
		      const char *example)
{
	return fail("%s: '%s': not a reason of %s: give %s, or use --force",
		    injection->endpoint, injection->reason, kind, example);
}

/* What is a reason depends on the IOMMU of the endpoint. */
static int take_reason(struct injection *injection, __u32 kind)
{
	bool smmuv3 = kind == MOCK_IOMMU_KIND_SMMUV3;
	__u32 *reason = &injection->fault.reason;
	const char *text = injection->reason;
	bool known;

	if (smmuv3)
		*reason = smmuv3_event_id(text);
	if (!*reason)
		parse_u32(text, reason);
	known = smmuv3 ? smmuv3_event_name(*reason) : vtd_reason_words(*reason);
	if (known || (injection->force && *reason && *reason <= 0xff))
		return EXIT_SUCCESS;
	if (smmuv3)
		return bad_reason(injection, "its SMMUv3",
				  "an event such as F_TRANSLATION or 0x10");
	return bad_reason(injection, "its VT-d", "a fault reason such as 0x71");
}

static void show(const struct injection *injection, __u32 done)
{
	if (injection->json) {
		json_begin(NULL, '{');
		json_number("raised", done);
		json_end('}');
		json_line_end();
		return;
	}
	printf("raised %u\n", done);
}

/* A signal that does not end the command ends the call early. */
static int raise_faults(int mock, struct injection *injection)
{
	struct mock_iommu_fault *fault = &injection->fault;
	__u32 count = fault->count;
	int ret;

	while (fault->count) {
		ret = mock_fault(mock, fault);
		if (ret && ret != -EINTR)
			return fail("%s: the fault cannot be injected: %s",
				    injection->endpoint, strerror(-ret));
		if (!ret)
			fault->count -= fault->out_done;
	}
	show(injection, count);
	return EXIT_SUCCESS;
}

static int inject(int mock, struct injection *injection)
{
	struct mock_iommu_endpoint_info info;
	struct mock_iommu_iommu_info iommu;
	int ret, status = find_endpoint(mock, injection->endpoint, &info);

	if (status)
		return status;
	injection->fault.endpoint_id = info.endpoint_id;
	ret = mock_iommu_next(mock, info.out_iommu_id, &iommu);
	if (ret)
		return fail("%s: its IOMMU cannot be looked up: %s",
			    injection->endpoint, strerror(-ret));
	status = take_reason(injection, iommu.out_kind);
	return status ? status : raise_faults(mock, injection);
}

int inject_event(int argc, char **argv)
{
	struct injection injection = {
		.fault = { .perm = MOCK_IOMMU_PERM_READ, .count = 1 },
	};
	int option, mock, status;

	while ((option = getopt_long(argc, argv, "p:m:n:fjh", options, NULL)) !=
	       -1) {
		status = take_option(&injection, argv[0], option);
		if (status >= 0)
			return status;
	}
	if (argc - optind != 3)
		return bad_usage(argv[0],
				 "needs an ENDPOINT, a REASON and an ADDRESS");
	status = take_arguments(&injection, argv[0], argv + optind);
	if (status)
		return status;
	mock = open_mock();
	if (mock < 0)
		return EXIT_FAILURE;
	status = inject(mock, &injection);
	close(mock);
	return status;
}
