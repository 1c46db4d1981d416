/* SPDX-License-Identifier: MIT */
/*
 * The tracepoints of faultq.ko, read from a trace instance of our own, so that
 * no other tracer is disturbed.
 */
#ifndef FAULTQ_TRACE_READER_H
#define FAULTQ_TRACE_READER_H

#include <limits.h>
#include <stdio.h>

/**
 * struct trace - the tracepoints while they are on
 * @instance: directory of the instance; empty if there is none
 * @pipe: its events
 */
struct trace {
	char instance[PATH_MAX];
	FILE *pipe;
};

/**
 * struct trace_event - a line of the trace, cut up
 * @time: seconds of CLOCK_MONOTONIC
 * @name: of the event
 * @fields: "NAME=VALUE ..."
 */
struct trace_event {
	const char *time;
	const char *name;
	char *fields;
};

/* Returns an exit status; trace_close() comes after it in any case. */
int trace_open(struct trace *trace);
void trace_close(struct trace *trace);
int trace_fd(const struct trace *trace);

/* The next event that is there, cut out of @line; false if none is. */
bool trace_next(struct trace *trace, char *line, size_t size,
		struct trace_event *event);

#endif /* FAULTQ_TRACE_READER_H */
