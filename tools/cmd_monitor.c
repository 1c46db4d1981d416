// SPDX-License-Identifier: MIT
/*
 * faultq monitor: a line for each page request and each event. A queue has one
 * consumer, so either devices are taken over and their page requests are turned
 * down, or a queue is taken that someone else handed over; or the queues of
 * others are watched by their tracepoints.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "binding.h"
#include "source.h"
#include "tool.h"
#include "trace.h"

#define MAX_DEVICES 16
#define MAX_SOURCES (2 * MAX_DEVICES)

#define TYPE(type) (1U << FAULTQ_RECORD_##type)
#define EVENTS (TYPE(FAULT) | TYPE(QUEUE_ERROR))

static const char help[] =
	"usage: faultq monitor [OPTION...] DEVICE[,DEVICE...] [COMMAND [ARGUMENT...]]\n"
	"       faultq monitor [OPTION...] --fd N[:NAME]... [COMMAND [ARGUMENT...]]\n"
	"       faultq monitor --trace [--json] [COMMAND [ARGUMENT...]]\n"
	"\n"
	"The first form takes over each DEVICE, a name such as platform/mock-iommu0-ep0,\n"
	"shows its page requests or its events one a line, and answers all page requests\n"
	"Invalid. The second form does so with queues that are open already as file N,\n"
	"until their contexts are closed. The third form shows the steps of the page\n"
	"requests and events that other processes serve, by the kernel's tracepoints\n"
	"faultq:*, and answers none: of a group it knows the number of pages and the\n"
	"last address.\n"
	"Ends when COMMAND has ended, or on SIGINT or SIGTERM. Times are seconds of\n"
	"CLOCK_MONOTONIC.\n"
	"\n"
	"  -T, --type TYPE,...  what is shown: page-request, the default; fault, a\n"
	"                       translation that no one can repair; queue-error, an error\n"
	"                       of the IOMMU's own queues; event for both of these, all\n"
	"                       for everything (default with --fd). With events, what was\n"
	"                       lost of them is shown too\n"
	"  -f, --fd N[:NAME]    an open queue, and the name that its lines get\n"
	"  -p, --pasid PASID    of each DEVICE this PASID too; its requests without PASID\n"
	"                       are always shown\n"
	"  -t, --trace          the third form\n"
	"  -j, --json           one JSON object a line\n"
	"  -h, --help           show this help\n";

static const struct option options[] = {
	{ "type", required_argument, NULL, 'T' },
	{ "fd", required_argument, NULL, 'f' },
	{ "pasid", required_argument, NULL, 'p' },
	{ "trace", no_argument, NULL, 't' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{},
};

/**
 * struct monitor - what is watched
 * @pattern: what all devices have in common
 * @bindings: the devices
 * @nr_bindings: how many
 * @sources: their queues, or those that were handed over
 * @nr_sources: how many
 * @trace: the tracepoints
 * @command: what is run meanwhile, or NULL
 * @types: of the record types that are shown, 1 << FAULTQ_RECORD_...
 * @from_trace: the tracepoints are shown
 * @json: as JSON
 */
struct monitor {
	struct binding pattern;
	struct binding bindings[MAX_DEVICES];
	size_t nr_bindings;
	struct source sources[MAX_SOURCES];
	size_t nr_sources;
	struct trace trace;
	char **command;
	__u32 types;
	bool from_trace;
	bool json;
};

static void add_source(struct monitor *monitor, const char *name,
		       struct faultq_queue *queue)
{
	monitor->sources[monitor->nr_sources++] = (struct source){
		.name = name,
		.queue = queue,
		.types = monitor->types,
		.json = monitor->json,
	};
}

static bool all_over(const struct monitor *monitor)
{
	size_t i;

	for (i = 0; i < monitor->nr_sources; i++) {
		if (!monitor->sources[i].over)
			return false;
	}
	return true;
}

/* Returns an exit status. A context that was closed is no failure. */
static int show_all(struct monitor *monitor)
{
	struct source *source;
	size_t i;
	int ret;

	for (i = 0; i < monitor->nr_sources; i++) {
		source = &monitor->sources[i];
		if (source->over)
			continue;
		ret = source_show(source);
		if (ret == -ENODEV)
			source->over = true;
		else if (ret)
			return fail("%s: reading its queue failed: %s",
				    source->name, strerror(-ret));
	}
	return EXIT_SUCCESS;
}

/*
 * Sleep until a source has records, watch_is_over() or the reader of the output
 * is gone. Returns an exit status.
 */
static int wait_for_any(struct monitor *monitor)
{
	struct pollfd wait[MAX_SOURCES + 2];
	struct source *source;
	size_t i;

	for (i = 0; i < monitor->nr_sources; i++) {
		source = &monitor->sources[i];
		wait[i].fd = source->over ? -1 : faultq_queue_fd(source->queue);
		wait[i].events = POLLIN;
	}
	wait[i++] = (struct pollfd){ .fd = watch_fd(), .events = POLLIN };
	wait[i] = (struct pollfd){ .fd = STDOUT_FILENO };
	if (poll(wait, i + 1, -1) < 0)
		return errno == EINTR ? EXIT_SUCCESS :
					fail("poll: %s", strerror(errno));
	output_polled(wait[i].revents);
	for (i = 0; i < monitor->nr_sources; i++) {
		source = &monitor->sources[i];
		if (source->over || !(wait[i].revents & (POLLHUP | POLLERR)))
			continue;
		/* what it still holds comes first */
		source_show(source);
		source->over = true;
	}
	return EXIT_SUCCESS;
}

static int show_until_over(struct monitor *monitor)
{
	int status = show_all(monitor);

	while (!status && !output_failed() && !watch_is_over() &&
	       !all_over(monitor)) {
		status = wait_for_any(monitor);
		if (!status)
			status = show_all(monitor);
	}
	return status;
}

static int open_device(struct monitor *monitor, struct binding *binding)
{
	int status = binding_open(binding);

	if (status)
		return status;
	if (binding->events)
		add_source(monitor, binding->device, binding->events);
	if (binding->queue) {
		complain("%s: every page request is answered Invalid",
			 binding->device);
		add_source(monitor, binding->device, binding->queue);
	}
	return EXIT_SUCCESS;
}

static int monitor_devices(struct monitor *monitor)
{
	int status = EXIT_SUCCESS;
	size_t i, nr;

	for (nr = 0; !status && nr < monitor->nr_bindings; nr++)
		status = open_device(monitor, &monitor->bindings[nr]);
	if (!status)
		status = watch_begin(monitor->command);
	if (!status)
		status = show_until_over(monitor);
	for (i = 0; i < nr; i++)
		binding_close(&monitor->bindings[i]);
	return status;
}

static int monitor_files(struct monitor *monitor)
{
	int status = watch_begin(monitor->command);
	size_t i;

	if (!status)
		status = show_until_over(monitor);
	for (i = 0; i < monitor->nr_sources; i++)
		faultq_queue_close(monitor->sources[i].queue);
	return status;
}

static void show_step(const struct monitor *monitor,
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
	output_flush();
}

static void show_steps(struct monitor *monitor)
{
	struct trace_event event;
	char line[512];

	while (!output_failed() &&
	       trace_next(&monitor->trace, line, sizeof(line), &event))
		show_step(monitor, &event);
}

static int watch_trace(struct monitor *monitor)
{
	struct pollfd wait[] = {
		{ .fd = trace_fd(&monitor->trace), .events = POLLIN },
		{ .fd = watch_fd(), .events = POLLIN },
		{ .fd = STDOUT_FILENO },
	};

	while (!output_failed() && !watch_is_over()) {
		if (poll(wait, NR(wait), -1) >= 0)
			output_polled(wait[2].revents);
		else if (errno != EINTR)
			return fail("poll: %s", strerror(errno));
		show_steps(monitor);
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

static const struct {
	const char *name;
	__u32 types;
} types[] = {
	{ "page-request", TYPE(PAGE_REQUEST) }, { "fault", TYPE(FAULT) },
	{ "queue-error", TYPE(QUEUE_ERROR) },	{ "event", EVENTS },
	{ "all", TYPE(PAGE_REQUEST) | EVENTS },
};

static int add_type(struct monitor *monitor, const char *command,
		    const char *name)
{
	size_t i;

	for (i = 0; i < NR(types); i++) {
		if (!strcmp(types[i].name, name)) {
			monitor->types |= types[i].types;
			return EXIT_SUCCESS;
		}
	}
	return bad_usage(command, "--type '%s': not one of: %s", name,
			 "page-request fault queue-error event all");
}

static int add_types(struct monitor *monitor, const char *command, char *text)
{
	int status = EXIT_SUCCESS;
	char *name;

	while (!status && (name = strsep(&text, ",")))
		status = add_type(monitor, command, name);
	return status;
}

static int open_failed(__u32 fd, int error)
{
	switch (error) {
	case -EBADF:
		return fail("file %u: %s: hand over one without O_CLOEXEC", fd,
			    strerror(-error));
	case -ENOTTY:
		return fail("file %u: %s: it is no queue: hand over one of %s",
			    fd, strerror(-error), "FAULTQ_QUEUE_ALLOC");
	case -ENODEV:
		return fail("file %u: %s: the context of the queue is closed",
			    fd, strerror(-error));
	default:
		return fail("file %u: the queue cannot be opened: %s", fd,
			    strerror(-error));
	}
}

static bool has_file(const struct monitor *monitor, __u32 fd)
{
	size_t i;

	for (i = 0; i < monitor->nr_sources; i++) {
		if (faultq_queue_fd(monitor->sources[i].queue) == (int)fd)
			return true;
	}
	return false;
}

static int add_file(struct monitor *monitor, const char *command, char *text)
{
	char *number = strsep(&text, ":");
	struct faultq_queue *queue;
	__u32 fd;
	int ret;

	if (!parse_u32(number, &fd) || fd > INT_MAX)
		return bad_usage(command, "--fd '%s': not the number of a file",
				 number);
	if (has_file(monitor, fd))
		return bad_usage(command, "file %u is given twice", fd);
	if (monitor->nr_sources == MAX_SOURCES)
		return bad_usage(command, "more than %u files", MAX_SOURCES);
	ret = faultq_queue_open(fd, &queue);
	if (ret)
		return open_failed(fd, ret);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	add_source(monitor, text && *text ? text : number, queue);
	return EXIT_SUCCESS;
}

/* Returns an exit status, or -1 to go on. */
static int take_option(struct monitor *monitor, const char *command, int option)
{
	int status = EXIT_SUCCESS;

	switch (option) {
	case 'T':
		status = add_types(monitor, command, optarg);
		break;
	case 'f':
		status = add_file(monitor, command, optarg);
		break;
	case 'p':
		status = binding_add_pasid(&monitor->pattern, command, optarg);
		break;
	case 't':
		monitor->from_trace = true;
		break;
	case 'j':
		monitor->json = true;
		break;
	case 'h':
		fputs(help, stdout);
		return EXIT_SUCCESS;
	default:
		return hint_at_help(command);
	}
	return status ? status : -1;
}

static int check_device(const struct monitor *monitor, const char *command,
			const char *device)
{
	size_t i;

	if (!*device)
		return bad_usage(command, "the name of a DEVICE is empty");
	if (monitor->nr_bindings == MAX_DEVICES)
		return bad_usage(command, "more than %u devices", MAX_DEVICES);
	for (i = 0; i < monitor->nr_bindings; i++) {
		if (!strcmp(monitor->bindings[i].device, device))
			return bad_usage(command, "%s is given twice", device);
	}
	return EXIT_SUCCESS;
}

static int add_devices(struct monitor *monitor, const char *command, char *text)
{
	struct binding *binding;
	char *device;

	monitor->pattern.page_requests = monitor->types & TYPE(PAGE_REQUEST);
	monitor->pattern.wants_events = monitor->types & EVENTS;
	while ((device = strsep(&text, ","))) {
		if (check_device(monitor, command, device))
			return EXIT_USAGE;
		binding = &monitor->bindings[monitor->nr_bindings++];
		*binding = monitor->pattern;
		binding->device = device;
	}
	return EXIT_SUCCESS;
}

static bool is_of_events(const struct source *source)
{
	return faultq_queue_type(source->queue) == FAULTQ_QUEUE_TYPE_EVENT;
}

/* A queue that delivers nothing of what is asked for is a mistake. */
static int check_files(struct monitor *monitor, const char *command)
{
	struct source *source;
	const char *what;
	__u32 delivers;
	size_t i;

	for (i = 0; i < monitor->nr_sources; i++) {
		source = &monitor->sources[i];
		delivers = TYPE(PAGE_REQUEST);
		what = "page requests";
		if (is_of_events(source)) {
			delivers = EVENTS;
			what = "events";
		}
		if (!(monitor->types & delivers))
			return bad_usage(command, "queue %s has %s: %s",
					 source->name, what,
					 "choose another --type");
		source->types = monitor->types;
		source->json = monitor->json;
	}
	return EXIT_SUCCESS;
}

static int check_options(struct monitor *monitor, const char *command)
{
	if (monitor->from_trace) {
		if (monitor->pattern.nr_pasids || monitor->nr_sources ||
		    monitor->types)
			return bad_usage(command,
					 "--trace goes with --json only");
		return EXIT_SUCCESS;
	}
	if (monitor->nr_sources && monitor->pattern.nr_pasids)
		return bad_usage(command, "--pasid does not go with --fd");
	if (!monitor->types)
		monitor->types = monitor->nr_sources ?
					 TYPE(PAGE_REQUEST) | EVENTS :
					 TYPE(PAGE_REQUEST);
	return check_files(monitor, command);
}

static int take_arguments(struct monitor *monitor, int argc, char **argv)
{
	int option, status;

	/* "+": what follows DEVICE belongs to COMMAND */
	while ((option = getopt_long(argc, argv, "+T:f:p:tjh", options,
				     NULL)) != -1) {
		status = take_option(monitor, argv[0], option);
		if (status >= 0)
			return status;
	}
	status = check_options(monitor, argv[0]);
	if (!status && !monitor->from_trace && !monitor->nr_sources) {
		if (optind == argc)
			return bad_usage(argv[0],
					 "no DEVICE, no --fd and no --trace");
		status = add_devices(monitor, argv[0], argv[optind++]);
	}
	if (status || optind == argc)
		return status ? status : -1;
	monitor->command = argv + optind;
	return check_command(argv[0], monitor->command);
}

static int run(int argc, char **argv)
{
	struct monitor monitor = {};
	int status = take_arguments(&monitor, argc, argv);
	int child_status;

	if (status >= 0)
		return status;
	if (monitor.from_trace)
		status = monitor_trace(&monitor);
	else if (monitor.nr_bindings)
		status = monitor_devices(&monitor);
	else
		status = monitor_files(&monitor);
	child_status = watch_end();
	return status ? status : child_status;
}

const struct command cmd_monitor = {
	.name = "monitor",
	.summary = "show page requests and events, one a line",
	.run = run,
};
