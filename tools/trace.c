// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tool.h"
#include "trace.h"

static const char *find_tracefs(void)
{
	static const char *const places[] = {
		"/sys/kernel/tracing",
		"/sys/kernel/debug/tracing",
	};
	char path[PATH_MAX];
	size_t i;

	for (i = 0; i < NR(places); i++) {
		snprintf(path, sizeof(path), "%s/instances", places[i]);
		if (sysfs_is_there(path))
			return places[i];
	}
	return NULL;
}

static int set(const struct trace *trace, const char *file, const char *value)
{
	char path[PATH_MAX + 32];
	ssize_t put = -1;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", trace->instance, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0) {
		put = write(fd, value, strlen(value));
		close(fd);
	}
	return put < 0 ? fail("%s: %s", path, strerror(errno)) : EXIT_SUCCESS;
}

static int no_tracefs(int error)
{
	const char *hint = "mount -t tracefs none /sys/kernel/tracing";

	if (error == EACCES)
		hint = "run as root";
	return fail("/sys/kernel/tracing/instances: %s: %s", strerror(error),
		    hint);
}

static int make_instance(struct trace *trace)
{
	const char *tracefs = find_tracefs();
	char path[sizeof(trace->instance)], load[LOAD_COMMAND_SIZE];

	if (!tracefs)
		return no_tracefs(errno);
	snprintf(path, sizeof(path), "%s/events/faultq", tracefs);
	if (!sysfs_is_there(path))
		return fail("%s: no such events: load the module: %s", path,
			    load_command("faultq", load));
	snprintf(path, sizeof(path), "%s/instances/faultq-%d", tracefs,
		 (int)getpid());
	if (mkdir(path, 0700))
		return fail("%s: the trace instance cannot be made: %s", path,
			    strerror(errno));
	memcpy(trace->instance, path, sizeof(path));
	return EXIT_SUCCESS;
}

int trace_open(struct trace *trace)
{
	char path[PATH_MAX + 32];
	int fd, status;

	trace->instance[0] = '\0';
	trace->pipe = NULL;
	status = make_instance(trace);
	if (!status)
		status = set(trace, "trace_clock", "mono");
	if (!status)
		status = set(trace, "events/faultq/enable", "1");
	if (status)
		return status;

	snprintf(path, sizeof(path), "%s/trace_pipe", trace->instance);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return fail("%s: %s", path, strerror(errno));
	trace->pipe = fdopen(fd, "r");
	if (trace->pipe)
		return EXIT_SUCCESS;
	close(fd);
	return fail("%s: %s", path, strerror(errno));
}

void trace_close(struct trace *trace)
{
	if (trace->pipe)
		fclose(trace->pipe);
	if (*trace->instance)
		rmdir(trace->instance);
}

int trace_fd(const struct trace *trace)
{
	return fileno(trace->pipe);
}

/* "TASK-PID [CPU] FLAGS TIME: EVENT: FIELDS"; TASK may hold anything */
static bool cut_up(char *line, struct trace_event *event)
{
	char *name = strstr(line, ": faultq_");
	char *fields, *time;

	if (!name)
		return false;
	*name = '\0';
	name += 2;
	time = strrchr(line, ' ');
	fields = strstr(name, ": ");
	if (!time || !fields)
		return false;
	*fields = '\0';
	event->time = time + 1;
	event->name = name;
	event->fields = fields + 2;
	event->fields[strcspn(event->fields, "\n")] = '\0';
	return true;
}

bool trace_next(struct trace *trace, char *line, size_t size,
		struct trace_event *event)
{
	while (fgets(line, size, trace->pipe)) {
		if (cut_up(line, event))
			return true;
	}
	clearerr(trace->pipe);
	return false;
}
