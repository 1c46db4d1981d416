// SPDX-License-Identifier: MIT
#include <errno.h>

#include "show.h"
#include "source.h"
#include "tool.h"

static bool is_shown(const struct source *source, __u32 type)
{
	return source->types & (1U << type);
}

static int turn_down(struct source *source, struct faultq_ring *ring,
		     const struct faultq_group *group)
{
	__u32 i;

	for (i = 0; i < group->nr_pages; i++)
		show_page_request(source->name,
				  faultq_ring_page(ring, group, i),
				  source->json);
	return faultq_ring_respond(ring, group->tag, FAULTQ_RESPONSE_INVALID);
}

static int show_groups(struct source *source, struct faultq_ring *ring)
{
	struct faultq_group group;
	int ret = 0;

	while (!output_failed() && (ret = faultq_ring_next(ring, &group)) > 0) {
		ret = turn_down(source, ring, &group);
		if (ret)
			return ret;
	}
	return ret;
}

/*
 * Where the kernel overwrites, no record reports a loss: the gap does. A queue
 * that was opened late may have lost events before, of which nothing is known.
 */
static void show_loss_by_gap(struct source *source,
			     const struct faultq_event *event)
{
	__u32 gap = event->sequence - source->next;

	if (source->begun && gap)
		show_gap(source->name, event, gap, source->json);
	source->begun = true;
	source->next = event->sequence + 1;
}

static void show_record(struct source *source,
			const union faultq_event_record *record)
{
	switch (record->type) {
	case FAULTQ_RECORD_LOST:
		source->next = record->lost.sequence + 1;
		source->begun = true;
		show_lost(source->name, &record->lost, source->json);
		break;
	case FAULTQ_RECORD_FAULT:
	case FAULTQ_RECORD_QUEUE_ERROR:
		show_loss_by_gap(source, &record->event);
		if (is_shown(source, record->type))
			show_event(source->name, &record->event, source->json);
		break;
	}
}

static int show_events(struct source *source, struct faultq_ring *ring)
{
	union faultq_event_record record;
	int ret;

	while (!output_failed()) {
		ret = faultq_ring_next_event(ring, &record);
		if (ret <= 0)
			return ret;
		show_record(source, &record);
	}
	return 0;
}

/* One batch of each ring, so that no source keeps the others from us. */
int source_show(struct source *source)
{
	bool events = faultq_queue_type(source->queue) ==
		      FAULTQ_QUEUE_TYPE_EVENT;
	struct faultq_ring *ring;
	__u32 i;
	int ret;

	for (i = 0; (ring = faultq_queue_ring(source->queue, i)); i++) {
		ret = events ? show_events(source, ring) :
			       show_groups(source, ring);
		if (!ret)
			ret = faultq_ring_flush(ring);
		if (ret)
			return ret;
	}
	return 0;
}
