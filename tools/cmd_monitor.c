// SPDX-License-Identifier: MIT
/*
 * faultq monitor: a line for each page request. A queue has one consumer, so
 * either the device is taken over and its requests are turned down, or someone
 * else's queues are watched by their tracepoints.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "binding.h"
#include "tool.h"
#include "trace.h"

static const char help[] =
	"usage: faultq monitor [OPTION...] DEVICE [COMMAND [ARGUMENT...]]\n"
	"       faultq monitor --trace [--json] [COMMAND [ARGUMENT...]]\n"
	"\n"
	"The first form takes over DEVICE, a name such as platform/mock-iommu0-ep0, shows\n"
	"its page requests one a line, and answers them all Invalid. The second form\n"
	"shows the steps of the page requests that other processes serve, by the\n"
	"kernel's tracepoints faultq:*, and answers none: of a group it knows the\n"
	"number of pages and the last address. Ends when COMMAND has ended, or on SIGINT\n"
	"or SIGTERM. Times are seconds of CLOCK_MONOTONIC.\n"
	"\n"
	"  -p, --pasid PASID  of DEVICE this PASID too; its requests without PASID are\n"
	"                     always shown\n"
	"  -t, --trace        the second form\n"
	"  -j, --json         one JSON object a line\n"
	"  -h, --help         tell this\n";

static const struct option options[] = {
	{ "pasid", required_argument, NULL, 'p' },
	{ "trace", no_argument, NULL, 't' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{},
};

struct monitor {
	struct binding binding;
	struct trace trace;
	char **command;
	bool from_trace;
	bool json;
};

static void request_json(const char *device,
			 const struct faultq_page_request *page)
{
	char word[5], time[32];

	snprintf(time, sizeof(time), "%llu.%09llu",
		 page->timestamp / 1000000000, page->timestamp % 1000000000);
	json_begin(NULL, '{');
	json_string("time", time);
	json_string("device", device);
	if (page->flags & FAULTQ_PAGE_REQUEST_PASID_VALID)
		json_number("pasid", page->pasid);
	json_hex("addr", page->addr);
	json_string("perm", permission_word(page->perm, word));
	json_number("grpid", page->grpid);
	json_bool("last", page->flags & FAULTQ_PAGE_REQUEST_LAST_PAGE);
	json_hex("tag", page->tag);
	json_hex("cookie", page->cookie);
	if (page->flags & FAULTQ_PAGE_REQUEST_PRIVATE_DATA) {
		json_begin("private_data", '[');
		json_hex(NULL, page->private_data[0]);
		json_hex(NULL, page->private_data[1]);
		json_end(']');
	}
	json_end('}');
	json_line_end();
}

static void request_text(const char *device,
			 const struct faultq_page_request *page)
{
	char word[5];

	printf("%llu.%06llu %s", page->timestamp / 1000000000,
	       page->timestamp / 1000 % 1000000, device);
	if (page->flags & FAULTQ_PAGE_REQUEST_PASID_VALID)
		printf(" pasid=%u", page->pasid);
	printf(" addr=0x%llx perm=%s grpid=%u", page->addr,
	       permission_word(page->perm, word), page->grpid);
	if (page->flags & FAULTQ_PAGE_REQUEST_LAST_PAGE)
		printf(" last tag=0x%x", page->tag);
	printf(" cookie=0x%llx", page->cookie);
	if (page->flags & FAULTQ_PAGE_REQUEST_PRIVATE_DATA)
		printf(" private=0x%llx,0x%llx", page->private_data[0],
		       page->private_data[1]);
	printf("\n");
	fflush(stdout);
}

static int turn_down(struct monitor *monitor, const struct faultq_group *group)
{
	struct binding *binding = &monitor->binding;
	const struct faultq_page_request *page;
	__u32 i;

	for (i = 0; i < group->nr_pages; i++) {
		page = faultq_ring_page(binding->ring, group, i);
		if (monitor->json)
			request_json(binding->device, page);
		else
			request_text(binding->device, page);
	}
	return faultq_ring_respond(binding->ring, group->tag,
				   FAULTQ_RESPONSE_INVALID);
}

/* Returns 0, or a negative errno. */
static int show_groups(struct monitor *monitor)
{
	struct faultq_ring *ring = monitor->binding.ring;
	struct faultq_group group;
	int ret;

	while ((ret = faultq_ring_next(ring, &group)) > 0) {
		ret = turn_down(monitor, &group);
		if (ret)
			return ret;
	}
	return ret ? ret : faultq_ring_flush(ring);
}

static int show_until_over(struct monitor *monitor)
{
	int ret = show_groups(monitor);

	while (!ret && !watch_is_over()) {
		ret = binding_wait(&monitor->binding);
		if (!ret)
			ret = show_groups(monitor);
	}
	if (ret)
		return fail("%s: can be watched no longer: %s",
			    monitor->binding.device, strerror(-ret));
	return EXIT_SUCCESS;
}

static int monitor_device(struct monitor *monitor)
{
	struct binding *binding = &monitor->binding;
	int status = binding_open(binding);

	if (!status) {
		complain("%s: every page request is answered Invalid",
			 binding->device);
		status = watch_begin(monitor->command);
	}
	if (!status)
		status = show_until_over(monitor);
	binding_close(binding);
	return status;
}

static void show_event(const struct monitor *monitor,
		       const struct trace_event *event)
{
	const char *name = event->name + strlen("faultq_");

	if (monitor->json) {
		json_begin(NULL, '{');
		json_string("time", event->time);
		json_string("event", name);
		pairs_json(event->fields);
		json_end('}');
		json_line_end();
		return;
	}
	printf("%s %-8s %s\n", event->time, name, event->fields);
	fflush(stdout);
}

static void show_events(struct monitor *monitor)
{
	struct trace_event event;
	char line[512];

	while (trace_next(&monitor->trace, line, sizeof(line), &event))
		show_event(monitor, &event);
}

static int watch_trace(struct monitor *monitor)
{
	struct pollfd wait[] = {
		{ .fd = trace_fd(&monitor->trace), .events = POLLIN },
		{ .fd = watch_fd(), .events = POLLIN },
	};

	while (!watch_is_over()) {
		if (poll(wait, NR(wait), -1) < 0 && errno != EINTR)
			return fail("poll: %s", strerror(errno));
		show_events(monitor);
	}
	return EXIT_SUCCESS;
}

static int monitor_trace(struct monitor *monitor)
{
	int status = trace_open(&monitor->trace);

	if (!status)
		status = watch_begin(monitor->command);
	if (!status)
		status = watch_trace(monitor);
	trace_close(&monitor->trace);
	return status;
}

/* Returns an exit status, or -1 to go on. */
static int take_option(struct monitor *monitor, const char *command, int option)
{
	int status;

	switch (option) {
	case 'p':
		status = binding_add_pasid(&monitor->binding, command, optarg);
		return status ? status : -1;
	case 't':
		monitor->from_trace = true;
		return -1;
	case 'j':
		monitor->json = true;
		return -1;
	case 'h':
		fputs(help, stdout);
		return EXIT_SUCCESS;
	default:
		return hint_at_help(command);
	}
}

static int take_arguments(struct monitor *monitor, int argc, char **argv)
{
	int option, status;

	/* "+": what follows DEVICE belongs to COMMAND */
	while ((option = getopt_long(argc, argv, "+p:tjh", options, NULL)) !=
	       -1) {
		status = take_option(monitor, argv[0], option);
		if (status >= 0)
			return status;
	}
	if (monitor->from_trace && monitor->binding.nr_pasids)
		return bad_usage(argv[0], "--pasid does not go with --trace");
	if (!monitor->from_trace) {
		if (optind == argc)
			return bad_usage(argv[0], "no DEVICE, and no --trace");
		monitor->binding.device = argv[optind++];
	}
	if (optind < argc)
		monitor->command = argv + optind;
	return -1;
}

static int run(int argc, char **argv)
{
	struct monitor monitor = {};
	int status = take_arguments(&monitor, argc, argv);
	int child_status;

	if (status >= 0)
		return status;
	status = monitor.from_trace ? monitor_trace(&monitor) :
				      monitor_device(&monitor);
	child_status = watch_end();
	return status ? status : child_status;
}

const struct command cmd_monitor = {
	.name = "monitor",
	.summary = "show page requests, one a line",
	.run = run,
};
