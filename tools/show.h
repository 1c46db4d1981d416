/* SPDX-License-Identifier: MIT */
/*
 * Records of queues, each as a line of text or as a JSON object on a line.
 */
#ifndef FAULTQ_SHOW_H
#define FAULTQ_SHOW_H

#include <stdbool.h>

#include "libfaultq.h"

/* @name: of the device, or whatever names the queue */
void show_page_request(const char *name, const struct faultq_page_request *page,
		       bool json);
void show_event(const char *name, const struct faultq_event *event, bool json);
void show_lost(const char *name, const struct faultq_lost_events *lost,
	       bool json);

/* @count numbers are missing before @next: overwritten, or lost by the hardware */
void show_gap(const char *name, const struct faultq_event *next, __u32 count,
	      bool json);

#endif /* FAULTQ_SHOW_H */
