// SPDX-License-Identifier: MIT
/*
 * faultq stat: the counters of the mock's IOMMUs and endpoints, and of queues.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
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
	"  -j, --json  print one JSON object\n"
	"  -h, --help  show this help\n";

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

/* Of an object that may be removed while it is looked at. */
static int query_failed(const char *what, int error)
{
	if (error == -ENOENT || error == -ENODEV)
		return EXIT_SUCCESS;
	return fail("the counters of the %s cannot be read: %s", what,
		    strerror(-error));
}

static int show_iommus(int mock, bool json)
{
	struct mock_iommu_iommu_stats stats;
	struct mock_iommu_iommu_info info;
	int ret, status = EXIT_SUCCESS;
	__u32 id;

	for (id = 0; !status && !(ret = mock_iommu_next(mock, id, &info));
	     id = info.iommu_id + 1) {
		ret = mock_iommu_stats(mock, info.iommu_id, &stats);
		if (ret)
			status = query_failed("IOMMUs", ret);
		else
			show_iommu(info.out_name, &stats, json);
	}
	return status ? status : query_failed("IOMMUs", ret);
}

static int show_endpoints(int mock, bool json)
{
	struct mock_iommu_endpoint_stats stats;
	struct mock_iommu_endpoint_info info;
	int ret, status = EXIT_SUCCESS;
	__u32 id;

	for (id = 0; !status && !(ret = mock_endpoint_next(mock, id, &info));
	     id = info.endpoint_id + 1) {
		ret = mock_endpoint_stats(mock, info.endpoint_id, &stats);
		if (ret)
			status = query_failed("endpoints", ret);
		else
			show_endpoint(info.out_name, &stats, json);
	}
	return status ? status : query_failed("endpoints", ret);
}

/* NULL if there are no queues, or if they cannot be seen. */
static FILE *open_queues(bool *hidden)
{
	FILE *file = fopen(QUEUES, "r");

	*hidden = !file && sysfs_is_there("/sys/module/faultq");
	if (*hidden)
		complain(QUEUES ": %s: the queues are left out: as root: %s",
			 strerror(errno),
			 "mount -t debugfs none /sys/kernel/debug");
	return file;
}

static int show_queues(FILE *file, bool json)
{
	char line[1024];

	while (file && fgets(line, sizeof(line), file)) {
		if (json) {
			json_begin(NULL, '{');
			pairs_json(line);
			json_end('}');
		} else {
			fputs(line, stdout);
		}
	}
	if (file && ferror(file))
		return fail(QUEUES ": %s", strerror(errno));
	return EXIT_SUCCESS;
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

/* Queues that are hidden get no list: that would be an empty one. */
static int show_all_json(int mock, FILE *queues, bool hidden)
{
	int status;

	json_begin(NULL, '{');
	json_begin("iommus", '[');
	status = show_iommus(mock, true);
	json_end(']');
	json_begin("endpoints", '[');
	status |= show_endpoints(mock, true);
	json_end(']');
	show_unclaimed(true);
	if (!hidden) {
		json_begin("rings", '[');
		status |= show_queues(queues, true);
		json_end(']');
	}
	json_end('}');
	json_line_end();
	return status;
}

static int show_all(int mock, bool json)
{
	bool hidden;
	FILE *queues = open_queues(&hidden);
	int status;

	if (json) {
		status = show_all_json(mock, queues, hidden);
	} else {
		status = show_iommus(mock, false);
		status |= show_endpoints(mock, false);
		status |= show_queues(queues, false);
		show_unclaimed(false);
	}
	if (queues)
		fclose(queues);
	return status;
}

static int run(int argc, char **argv)
{
	int option, mock, status;
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
		return bad_usage(argv[0], "'%s': no argument is expected",
				 argv[optind]);
	mock = open_mock();
	if (mock < 0)
		return EXIT_FAILURE;
	status = show_all(mock, json);
	close(mock);
	return status;
}

const struct command cmd_stat = {
	.name = "stat",
	.summary = "show the counters of mock devices and of queues",
	.run = run,
};
