/* SPDX-License-Identifier: MIT */
/*
 * A queue that is watched: all that it holds is shown, and page requests are
 * answered Invalid.
 */
#ifndef FAULTQ_SOURCE_H
#define FAULTQ_SOURCE_H

#include <stdbool.h>

#include "libfaultq.h"

/**
 * struct source - the queue
 * @name: what is shown of where a record comes from
 * @queue: the queue
 * @types: of the record types that are shown, 1 << FAULTQ_RECORD_...
 * @next: sequence of the next event, once @begun
 * @begun: an event has come
 * @over: its context was closed
 * @json: how it is shown
 */
struct source {
	const char *name;
	struct faultq_queue *queue;
	__u32 types;
	__u32 next;
	bool begun;
	bool over;
	bool json;
};

/* Shows what is there now. Returns 0, or a negative errno. */
int source_show(struct source *source);

#endif /* FAULTQ_SOURCE_H */
