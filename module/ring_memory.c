// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory of a ring, and what user space reads first in it.
 */
#include <linux/eventfd.h>

#include "faultq_private.h"

/* Records start on the page after the header. */
#define FAULTQ_HEADER_SIZE 4096

static int faultq_ring_alloc_regions(struct faultq_ring *ring)
{
	struct faultq_queue *queue = ring->queue;
	struct faultq_region *regions = ring->regions;
	size_t records =
		array_size(queue->nr_records, queue->kind->record_size);
	int ret;

	ret = faultq_region_alloc(&regions[FAULTQ_REGION_RECORDS],
				  FAULTQ_HEADER_SIZE + records);
	if (ret)
		return ret;
	return faultq_region_alloc(&regions[FAULTQ_REGION_CONTROL],
				   sizeof(*ring->control));
}

static void faultq_ring_write_header(struct faultq_ring *ring)
{
	const struct faultq_queue *queue = ring->queue;
	struct faultq_ring_header *header = ring->header;

	header->magic = FAULTQ_RING_MAGIC;
	header->version = FAULTQ_RING_VERSION;
	header->header_size = FAULTQ_HEADER_SIZE;
	header->record_size = queue->kind->record_size;
	header->nr_records = queue->nr_records;
	if (queue->kind->answered)
		header->response_size = sizeof(*ring->response_slots);
	header->nr_responses = queue->nr_groups;
	header->ring = ring->index;
	header->type = queue->kind->type;
}

/**
 * faultq_ring_alloc() - set up a ring of a QUEUE
 * @ring: zeroed; to be freed by faultq_ring_free(), after a failure too
 * @queue: the QUEUE, its kind and lengths set
 * @index: of the ring in it
 *
 * Return: 0 or -ENOMEM.
 */
int faultq_ring_alloc(struct faultq_ring *ring, struct faultq_queue *queue,
		      u32 index)
{
	int ret;

	BUILD_BUG_ON(sizeof(struct faultq_ring_header) > FAULTQ_HEADER_SIZE);

	mutex_init(&ring->read_lock);
	ring->queue = queue;
	ring->index = index;
	faultq_ring_init(&ring->prod, queue->nr_records, 0);
	ret = faultq_ring_alloc_regions(ring);
	if (ret)
		return ret;
	ring->header = ring->regions[FAULTQ_REGION_RECORDS].addr;
	ring->records = (void *)ring->header + FAULTQ_HEADER_SIZE;
	ring->control = ring->regions[FAULTQ_REGION_CONTROL].addr;
	faultq_ring_write_header(ring);
	return queue->kind->ring_init(ring);
}

void faultq_ring_free(struct faultq_ring *ring)
{
	unsigned int i;

	/* the queue is set first of all: without it nothing was allocated */
	if (!ring->queue)
		return;
	ring->queue->kind->ring_free(ring);
	for (i = 0; i < ARRAY_SIZE(ring->regions); i++)
		faultq_region_free(&ring->regions[i]);
}
