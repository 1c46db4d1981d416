// SPDX-License-Identifier: MIT
/*
 * faultq inject page-request: have a mock endpoint send page requests as given.
 */
#include <errno.h>
#include <getopt.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "inject.h"
#include "libmockiommu.h"
#include "tool.h"

#define MAX_REQUESTS MOCK_IOMMU_MAX_GROUP_PAGES
#define WAIT_MS 10000
#define MOCK_PAGE_SIZE 4096U

static const char help[] =
	"usage: faultq inject page-request [OPTION...] ENDPOINT ADDRESS...\n"
	"\n"
	"Has the mock endpoint ENDPOINT send a page request for each ADDRESS, all in one\n"
	"group, the last of them marked as the last page.\n"
	"\n"
	"  -p, --pasid PASID    the requests carry this PASID\n"
	"  -m, --perm LETTERS   what is requested: some of rwxp for read, write, execute,\n"
	"                       privileged; \"\" for none: then with --pasid the last one\n"
	"                       is a stop marker (default: r)\n"
	"  -g, --group INDEX    page request group index, 0 to 511 (default: a free one)\n"
	"  -d, --data LOW,HIGH  private data, two 64-bit numbers\n"
	"  -n, --no-last        leave the group open: none is marked as the last page\n"
	"  -f, --force          send without credits, with an index that is in use, and\n"
	"                       while page requests are disabled\n"
	"  -w, --wait           wait up to 10 s for the group's answer and show it\n"
	"  -j, --json           print the outcome as one JSON object\n"
	"  -h, --help           show this help\n";

static const struct option options[] = {
	{ "pasid", required_argument, NULL, 'p' },
	{ "perm", required_argument, NULL, 'm' },
	{ "group", required_argument, NULL, 'g' },
	{ "data", required_argument, NULL, 'd' },
	{ "no-last", no_argument, NULL, 'n' },
	{ "force", no_argument, NULL, 'f' },
	{ "wait", no_argument, NULL, 'w' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{},
};

/**
 * struct inject - a group to send
 * @pattern: what all requests have in common
 * @requests: the requests
 * @nr: how many
 * @endpoint: name of the endpoint
 * @endpoint_id: its id
 * @mock: the control device
 * @open: the last one is not marked
 * @force: as a broken endpoint would
 * @wait: for the answer
 * @json: print the outcome as JSON
 */
struct inject {
	struct mock_iommu_request pattern;
	struct mock_iommu_request requests[MAX_REQUESTS];
	__u32 nr;
	const char *endpoint;
	__u32 endpoint_id;
	int mock;
	bool open;
	bool force;
	bool wait;
	bool json;
};

static bool parse_data(const char *text, __u64 data[2])
{
	const char *comma = strchr(text, ',');
	char low[32] = "";

	if (!comma || comma - text >= (long)sizeof(low))
		return false;
	memcpy(low, text, comma - text);
	return parse_number(low, &data[0]) && parse_number(comma + 1, &data[1]);
}

static int take_group(struct mock_iommu_request *pattern, const char *command,
		      const char *text)
{
	pattern->flags &= ~MOCK_IOMMU_REQUEST_AUTO_GRPID;
	if (parse_u32(text, &pattern->grpid) &&
	    pattern->grpid < MOCK_IOMMU_MAX_GROUPS)
		return -1;
	return bad_usage(command, "--group '%s': not a number from 0 to %u",
			 text, MOCK_IOMMU_MAX_GROUPS - 1);
}

static int take_data(struct mock_iommu_request *pattern, const char *command,
		     const char *text)
{
	pattern->flags |= MOCK_IOMMU_REQUEST_PRIVATE;
	if (parse_data(text, pattern->private_data))
		return -1;
	return bad_usage(command, "--data '%s': not two numbers: LOW,HIGH",
			 text);
}

/* Returns an exit status, or -1 to go on. */
static int take_option(struct inject *inject, const char *command, int option)
{
	struct mock_iommu_request *pattern = &inject->pattern;

	switch (option) {
	case 'p':
		pattern->flags |= MOCK_IOMMU_REQUEST_PASID;
		return take_pasid(command, optarg, &pattern->pasid);
	case 'm':
		return take_perm(command, optarg, &pattern->perm);
	case 'g':
		return take_group(pattern, command, optarg);
	case 'd':
		return take_data(pattern, command, optarg);
	case 'n':
		inject->open = true;
		return -1;
	case 'f':
		inject->force = true;
		return -1;
	case 'w':
		inject->wait = true;
		return -1;
	case 'j':
		inject->json = true;
		return -1;
	case 'h':
		fputs(help, stdout);
		return EXIT_SUCCESS;
	default:
		return hint_at_help(command);
	}
}

static bool parse_page(const char *text, __u64 *addr)
{
	return parse_number(text, addr) && *addr % MOCK_PAGE_SIZE == 0;
}

static int bad_page(const char *command, const char *text)
{
	return bad_usage(command,
			 "'%s': not the address of a page: a multiple of %u",
			 text, MOCK_PAGE_SIZE);
}

/* An open group and a stop marker are never answered. */
static bool gets_answer(const struct inject *inject)
{
	const __u32 access = MOCK_IOMMU_PERM_READ | MOCK_IOMMU_PERM_WRITE;
	const struct mock_iommu_request *pattern = &inject->pattern;

	return !inject->open && (pattern->perm & access ||
				 !(pattern->flags & MOCK_IOMMU_REQUEST_PASID));
}

static int take_addresses(struct inject *inject, const char *command, int argc,
			  char **argv)
{
	__u32 i;

	if (argc < 2)
		return bad_usage(command, "needs an ENDPOINT and an ADDRESS");
	if (argc - 1 > MAX_REQUESTS)
		return bad_usage(command, "more than %u addresses",
				 MAX_REQUESTS);
	inject->endpoint = argv[0];
	inject->nr = argc - 1;
	for (i = 0; i < inject->nr; i++) {
		inject->requests[i] = inject->pattern;
		if (!parse_page(argv[i + 1], &inject->requests[i].addr))
			return bad_page(command, argv[i + 1]);
	}
	if (inject->wait && !gets_answer(inject))
		return bad_usage(command, "--wait: %s get no answer",
				 "an open group and a stop marker");
	if (!inject->open)
		inject->requests[i - 1].flags |= MOCK_IOMMU_REQUEST_LAST;
	return EXIT_SUCCESS;
}

static int send_failed(const struct inject *inject, int error)
{
	const char *hint = "";

	switch (error) {
	case -EOPNOTSUPP:
		hint = ": it makes no page requests: choose an endpoint with PRI";
		break;
	case -EAGAIN:
		hint = ": no credit or group index is left: wait for answers, or use --force";
		break;
	case -EBUSY:
		hint = ": the group index is in use: choose another one, or use --force";
		break;
	case -EIO:
		hint = ": page requests are disabled since a Response Failure: use --force";
		break;
	}
	return fail("%s: nothing was sent: %s%s", inject->endpoint,
		    strerror(-error), hint);
}

static int send_requests(struct inject *inject)
{
	struct mock_iommu_page_request send = {
		.flags = inject->force ? MOCK_IOMMU_PAGE_REQUEST_FORCE : 0,
		.endpoint_id = inject->endpoint_id,
		.count = inject->nr,
		.requests = (uintptr_t)inject->requests,
	};
	int ret = mock_page_request(inject->mock, &send);

	if (ret)
		return send_failed(inject, ret);
	if (send.out_sent < inject->nr)
		return fail("%s: %u of %u sent, then out of credits: %s",
			    inject->endpoint, send.out_sent, inject->nr,
			    "wait for answers, or use --force");
	return EXIT_SUCCESS;
}

static bool is_over(int error, __u64 now, __u64 end)
{
	return now >= end || (error && error != -EINTR);
}

/* Answers to earlier groups may come first; they are dropped. */
static int wait_for_answer(struct inject *inject,
			   struct mock_iommu_response *answer)
{
	struct mock_iommu_response_read read = {
		.endpoint_id = inject->endpoint_id,
		.count = 1,
		.responses = (uintptr_t)answer,
	};
	__u64 now, end = now_ms() + WAIT_MS;
	int ret;

	do {
		now = now_ms();
		read.timeout_ms = now < end ? end - now : 0;
		ret = mock_response_read(inject->mock, &read);
		if (!ret && read.out_count &&
		    answer->grpid == inject->requests[0].grpid)
			return EXIT_SUCCESS;
	} while (!is_over(ret, now, end));
	if (ret && ret != -EINTR && ret != -ETIMEDOUT)
		return fail("%s: waiting for the answer failed: %s",
			    inject->endpoint, strerror(-ret));
	return fail("%s: no answer came within %u s: see 'faultq stat'",
		    inject->endpoint, WAIT_MS / 1000);
}

static void show(const struct inject *inject,
		 const struct mock_iommu_response *answer)
{
	if (inject->json) {
		json_begin(NULL, '{');
		json_number("sent", inject->nr);
		json_number("grpid", inject->requests[0].grpid);
		if (answer)
			json_string("answer", response_code_word(answer->code));
		json_end('}');
		json_line_end();
		return;
	}
	printf("sent as group %u", inject->requests[0].grpid);
	if (answer)
		printf(", answered %s", response_code_word(answer->code));
	printf("\n");
}

static int inject_group(struct inject *inject)
{
	struct mock_iommu_endpoint_info info;
	struct mock_iommu_response answer;
	int status;

	status = find_endpoint(inject->mock, inject->endpoint, &info);
	inject->endpoint_id = info.endpoint_id;
	if (!status)
		status = send_requests(inject);
	if (!status && inject->wait)
		status = wait_for_answer(inject, &answer);
	if (!status)
		show(inject, inject->wait ? &answer : NULL);
	return status;
}

int inject_page_request(int argc, char **argv)
{
	struct inject inject = {
		.pattern = {
			.flags = MOCK_IOMMU_REQUEST_AUTO_GRPID,
			.perm = MOCK_IOMMU_PERM_READ,
		},
	};
	int option, status;

	while ((option = getopt_long(argc, argv, "p:m:g:d:nfwjh", options,
				     NULL)) != -1) {
		status = take_option(&inject, argv[0], option);
		if (status >= 0)
			return status;
	}
	status = take_addresses(&inject, argv[0], argc - optind, argv + optind);
	if (status)
		return status;
	inject.mock = open_mock();
	if (inject.mock < 0)
		return EXIT_FAILURE;
	status = inject_group(&inject);
	close(inject.mock);
	return status;
}
