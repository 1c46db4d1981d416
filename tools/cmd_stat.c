// SPDX-License-Identifier: MIT
/*
 * faultq stat: the counters of the mock's IOMMUs and endpoints, and of queues.
 */
#include <getopt.h>
#include <stdlib.h>
#include <unistd.h>

#include "libmockiommu.h"
#include "tool.h"

#define QUEUES "/sys/kernel/debug/faultq/queues"
#define UNCLAIMED "/sys/kernel/debug/faultq/unclaimed"

static const char help[] =
	"usage: faultq stat [--json]\n"
	"\n"
	"Shows the counters of each mock IOMMU, of each mock endpoint and, as far as\n"
	"debugfs can be read, of each ring of each queue, and the number of events that\n"
	"no queue was for.\n"
	"\n"
	"  -j, --json  tell them as one JSON object\n"
	"  -h, --help  tell this\n";

static const struct option options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{},
};

#define IOMMU(field)                                                           \
	{                                                                      \
		.name = #field,                                                \
		.offset = offsetof(struct mock_iommu_iommu_stats, out_##field) \
	}
#define ENDPOINT(field)                                              \
	{                                                            \
		.name = #field,                                      \
		.offset = offsetof(struct mock_iommu_endpoint_stats, \
				   out_##field)                      \
	}

static const struct counter iommu_counters[] = {
	IOMMU(prq_written),	IOMMU(prq_handled),	 IOMMU(prq_rejected),
	IOMMU(prq_dropped),	IOMMU(prq_overflows),	 IOMMU(interrupts),
	IOMMU(iotlb_hits),	IOMMU(iotlb_misses),	 IOMMU(invalidations),
	IOMMU(inv_descriptors), IOMMU(inv_errors),	 IOMMU(faults_raised),
	IOMMU(faults_recorded), IOMMU(faults_lost),	 IOMMU(fault_overflows),
	IOMMU(faults_handled),	IOMMU(faults_unclaimed), IOMMU(stalls),
	IOMMU(vcmdq_commands),	IOMMU(vcmdq_errors),
};

static const struct counter endpoint_counters[] = {
	ENDPOINT(page_requests), ENDPOINT(groups),
	ENDPOINT(stop_markers),	 ENDPOINT(success),
	ENDPOINT(invalid),	 ENDPOINT(failure),
	ENDPOINT(auto_success),	 ENDPOINT(unexpected),
	ENDPOINT(dma_bytes),	 ENDPOINT(devtlb_hits),
	ENDPOINT(devtlb_misses),
};

static void show_iommu(const char *name,
		       const struct mock_iommu_iommu_stats *stats, bool json)
{
	if (json) {
		json_begin(NULL, '{');
		json_string("name", name);
		json_bool("irq_masked", stats->out_irq_masked);
		counters_json(iommu_counters, NR(iommu_counters), stats);
		json_end('}');
		return;
	}
	printf("%s:\n", name);
	counters_text(iommu_counters, NR(iommu_counters), stats);
	if (stats->out_irq_masked)
		printf("  interrupts masked\n");
}

static void show_endpoint(const char *name,
			  const struct mock_iommu_endpoint_stats *stats,
			  bool json)
{
	if (json) {
		json_begin(NULL, '{');
		json_string("name", name);
		json_number("outstanding_requests",
			    stats->out_outstanding_requests);
		json_number("outstanding_groups",
			    stats->out_outstanding_groups);
		counters_json(endpoint_counters, NR(endpoint_counters), stats);
		json_end('}');
		return;
	}
	printf("%s: %u page requests and %u groups outstanding\n", name,
	       stats->out_outstanding_requests, stats->out_outstanding_groups);
	counters_text(endpoint_counters, NR(endpoint_counters), stats);
}

static void show_iommus(int mock, bool json)
{
	struct mock_iommu_iommu_stats stats;
	struct mock_iommu_iommu_info info;
	__u32 id;

	for (id = 0; !mock_iommu_next(mock, id, &info);
	     id = info.iommu_id + 1) {
		/* it may go meanwhile */
		if (!mock_iommu_stats(mock, info.iommu_id, &stats))
			show_iommu(info.out_name, &stats, json);
	}
}

static void show_endpoints(int mock, bool json)
{
	struct mock_iommu_endpoint_stats stats;
	struct mock_iommu_endpoint_info info;
	__u32 id;

	for (id = 0; !mock_endpoint_next(mock, id, &info);
	     id = info.endpoint_id + 1) {
		if (!mock_endpoint_stats(mock, info.endpoint_id, &stats))
			show_endpoint(info.out_name, &stats, json);
	}
}

static void show_queues(bool json)
{
	FILE *file = fopen(QUEUES, "r");
	char line[1024];

	if (!file)
		return;
	while (fgets(line, sizeof(line), file)) {
		if (json) {
			json_begin(NULL, '{');
			pairs_json(line);
			json_end('}');
		} else {
			fputs(line, stdout);
		}
	}
	fclose(file);
}

static void show_unclaimed(bool json)
{
	FILE *file = fopen(UNCLAIMED, "r");
	unsigned long long count;

	if (!file)
		return;
	if (fscanf(file, "%llu", &count) == 1) {
		if (json)
			json_number("unclaimed", count);
		else
			printf("events without a queue: %llu\n", count);
	}
	fclose(file);
}

static void show_all_json(int mock)
{
	json_begin(NULL, '{');
	json_begin("iommus", '[');
	show_iommus(mock, true);
	json_end(']');
	json_begin("endpoints", '[');
	show_endpoints(mock, true);
	json_end(']');
	show_unclaimed(true);
	json_begin("rings", '[');
	show_queues(true);
	json_end(']');
	json_end('}');
	json_line_end();
}

static void show_all_text(int mock)
{
	show_iommus(mock, false);
	show_endpoints(mock, false);
	show_queues(false);
	show_unclaimed(false);
}

static int run(int argc, char **argv)
{
	int option, mock;
	bool json = false;

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
	if (optind < argc)
		return bad_usage(argv[0], "%s: no argument is expected",
				 argv[optind]);
	mock = open_mock();
	if (mock < 0)
		return EXIT_FAILURE;
	if (json)
		show_all_json(mock);
	else
		show_all_text(mock);
	close(mock);
	return EXIT_SUCCESS;
}

const struct command cmd_stat = {
	.name = "stat",
	.summary = "show the counters of mock devices and of queues",
	.run = run,
};
