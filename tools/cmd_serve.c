// SPDX-License-Identifier: MIT
/*
 * faultq serve: a demand pager for one device.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pager.h"
#include "tool.h"

static const char help[] =
	"usage: faultq serve [OPTION...] DEVICE [COMMAND [ARGUMENT...]]\n"
	"\n"
	"Takes over DEVICE, a name such as platform/mock-iommu0-ep0, and serves its\n"
	"page requests: each page of a region is mapped when the device asks for it, and\n"
	"a request for anything else is answered Invalid. Ends when COMMAND has ended,\n"
	"or on SIGINT or SIGTERM, and then prints what was served. Without COMMAND the\n"
	"first line of output is \"ready\".\n"
	"\n"
	"  -r, --region IOVA:[SIZE]:[FILE][:ro|:create]\n"
	"                     back the addresses from IOVA on by FILE, or by anonymous\n"
	"                     memory; SIZE is that of FILE if it is left out; \"ro\": the\n"
	"                     device may not write; \"create\": create FILE, or extend it\n"
	"                     to SIZE, if need be. A FILE that the device may write must\n"
	"                     be on a tmpfs, such as /dev/shm\n"
	"  -p, --pasid PASID  serve this PASID too; the device's requests without\n"
	"                     PASID are always served\n"
	"  -u, --unit SIZE    how much to map at once, a multiple of the page size of at\n"
	"                     most 4G (default: one page)\n"
	"  -j, --json         print the totals as one JSON object\n"
	"  -h, --help         show this help\n";

static const struct option options[] = {
	{ "region", required_argument, NULL, 'r' },
	{ "pasid", required_argument, NULL, 'p' },
	{ "unit", required_argument, NULL, 'u' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{},
};

struct serve {
	struct pager pager;
	__u64 unit;
	bool json;
	char **command;
};

static const struct counter counters[] = {
	COUNTER(faultq_stats, arrived),
	COUNTER(faultq_stats, published),
	COUNTER(faultq_stats, answered),
	COUNTER(faultq_stats, timed_out),
	COUNTER(faultq_stats, revoked),
	COUNTER(faultq_stats, refused),
	COUNTER(faultq_stats, bad_responses),
	COUNTER(faultq_stats, bad_indices),
	COUNTER(faultq_stats, wakeups),
};

static int add_region(struct pager *pager, const char *command, char *text)
{
	struct region *new = &pager->regions[pager->nr_regions];

	if (pager->nr_regions == PAGER_MAX_REGIONS)
		return bad_usage(command, "more than %u regions",
				 PAGER_MAX_REGIONS);
	pager->nr_regions++;
	return region_parse(new, command, text);
}

static int parse_unit(struct serve *serve, const char *command,
		      const char *text)
{
	if (parse_number(text, &serve->unit) && serve->unit &&
	    serve->unit <= FAULTQ_MAX_MAP_BYTES &&
	    serve->unit % sysconf(_SC_PAGESIZE) == 0)
		return EXIT_SUCCESS;
	return bad_usage(command,
			 "'%s': not a multiple of the page size of at most 4G",
			 text);
}

/* Returns an exit status, or -1 to go on. */
static int take_option(struct serve *serve, const char *command, int option)
{
	struct pager *pager = &serve->pager;
	int status = EXIT_SUCCESS;

	switch (option) {
	case 'r':
		status = add_region(pager, command, optarg);
		break;
	case 'p':
		status = binding_add_pasid(&pager->binding, command, optarg);
		break;
	case 'u':
		status = parse_unit(serve, command, optarg);
		break;
	case 'j':
		serve->json = true;
		break;
	case 'h':
		fputs(help, stdout);
		return EXIT_SUCCESS;
	default:
		return hint_at_help(command);
	}
	return status ? status : -1;
}

static int take_arguments(struct serve *serve, int argc, char **argv)
{
	int option, status;

	/* "+": what follows DEVICE belongs to COMMAND */
	while ((option = getopt_long(argc, argv, "+r:p:u:jh", options, NULL)) !=
	       -1) {
		status = take_option(serve, argv[0], option);
		if (status >= 0)
			return status;
	}
	if (optind == argc)
		return bad_usage(argv[0], "no DEVICE");
	if (!serve->pager.nr_regions)
		return bad_usage(argv[0], "no --region: nothing to serve");
	serve->pager.binding.device = argv[optind++];
	if (optind < argc)
		serve->command = argv + optind;
	return serve->command ? check_command(argv[0], serve->command) : -1;
}

static int open_regions(struct serve *serve)
{
	struct pager *pager = &serve->pager;
	struct region *region;
	size_t i, j;

	for (i = 0; i < pager->nr_regions; i++) {
		region = &pager->regions[i];
		if (region_open(region, serve->unit))
			return EXIT_FAILURE;
		for (j = 0; j < i; j++) {
			if (region_overlaps(region, &pager->regions[j]))
				return fail("regions 0x%llx and 0x%llx overlap",
					    region->iova,
					    pager->regions[j].iova);
		}
	}
	return EXIT_SUCCESS;
}

static int try_regions(const struct pager *pager)
{
	const struct binding *binding = &pager->binding;
	int status = EXIT_SUCCESS;
	size_t i;

	for (i = 0; !status && i < pager->nr_regions; i++)
		status = region_try(&pager->regions[i], binding->ctx,
				    binding->hwpt_id);
	return status;
}

static void show_totals(const struct serve *serve)
{
	const struct pager *pager = &serve->pager;
	struct faultq_stats stats;
	char size[16];
	__u64 lost;

	/* what came and was not answered by us, for whatever reason */
	faultq_queue_stats(pager->binding.queue, &stats);
	lost = stats.arrived - stats.answered;
	if (serve->json) {
		json_begin(NULL, '{');
		json_number("faults", pager->served);
		json_number("invalid", pager->invalid);
		json_number("groups", pager->groups);
		json_number("lost", lost);
		json_number("mapped_bytes", pager->mapped);
		counters_json(counters, NR(counters), &stats);
		json_end('}');
		json_line_end();
		return;
	}
	printf("%llu page faults served, %llu answered invalid, in %llu groups\n",
	       pager->served, pager->invalid, pager->groups);
	printf("%llu groups lost, %s mapped\n", lost,
	       human_size(pager->mapped, size));
}

static void show_progress(const struct pager *pager, __u64 *shown)
{
	__u64 now = now_ms();
	char size[16];

	if (now - *shown < 100)
		return;
	*shown = now;
	fprintf(stderr,
		"\r%llu page faults served, %llu invalid, %s mapped\033[K",
		pager->served, pager->invalid, human_size(pager->mapped, size));
}

static int serve_until_over(struct serve *serve)
{
	bool progress = !serve->command && isatty(STDERR_FILENO);
	struct pager *pager = &serve->pager;
	__u64 shown = 0;
	int ret = 0;

	while (ret >= 0 && !watch_is_over()) {
		ret = pager_serve(pager);
		if (!ret)
			ret = binding_wait(&pager->binding);
		if (progress)
			show_progress(pager, &shown);
	}
	if (progress)
		fprintf(stderr, "\n");
	if (ret < 0)
		return fail("%s: reading its queue failed: %s",
			    pager->binding.device, strerror(-ret));
	return EXIT_SUCCESS;
}

static int serve_device(struct serve *serve)
{
	int status, child_status;

	status = watch_begin(serve->command);
	if (status)
		return status;
	if (!serve->command) {
		puts("ready");
		/* who cannot read this would wait for it for ever */
		if (!output_flush())
			return EXIT_FAILURE;
	}
	status = serve_until_over(serve);
	child_status = watch_end();
	show_totals(serve);
	return status ? status : child_status;
}

static int run(int argc, char **argv)
{
	struct serve serve = {
		.pager.binding.page_requests = true,
		.unit = sysconf(_SC_PAGESIZE),
	};
	int status = take_arguments(&serve, argc, argv);

	if (status >= 0)
		return status;
	if (open_regions(&serve))
		return EXIT_FAILURE;
	status = binding_open(&serve.pager.binding);
	if (!status)
		status = try_regions(&serve.pager);
	if (!status)
		status = serve_device(&serve);
	binding_close(&serve.pager.binding);
	return status;
}

const struct command cmd_serve = {
	.name = "serve",
	.summary = "serve a device's page faults from files and memory",
	.run = run,
};
