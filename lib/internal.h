/* SPDX-License-Identifier: MIT */
#ifndef FAULTQ_INTERNAL_H
#define FAULTQ_INTERNAL_H

#include <stdbool.h>

#include "faultq_ring.h"
#include "libfaultq.h"

/**
 * struct faultq_ring - consumer of a record ring, producer of its responses
 * @cons: consumer's side of the record ring
 * @prod: producer's side of the response ring
 * @taken: records handed out and not yet given back; of events, which are copied
 *	and given back at once: copied in this batch, in vain too
 * @queued: responses written and not yet published
 * @header: the record region
 * @control: the control region
 * @records: the first record
 * @responses: the first response
 * @record_size: bytes from one record to the next
 * @response_size: bytes from one response to the next
 * @fd: file of the QUEUE
 * @index: of this ring in the QUEUE
 * @has_events: its records are events, and it has no responses
 * @overwrites: the kernel does not wait for the tail of @cons
 */
struct faultq_ring {
	struct faultq_ring_side cons;
	struct faultq_ring_side prod;
	__u32 taken;
	__u32 queued;
	const struct faultq_ring_header *header;
	struct faultq_ring_control *control;
	const unsigned char *records;
	unsigned char *responses;
	__u32 record_size;
	__u32 response_size;
	int fd;
	__u32 index;
	bool has_events;
	bool overwrites;
};

/**
 * struct faultq_queue - a mapped QUEUE
 * @fd: its file
 * @info: what the kernel told of it
 * @rings: as many as @info says
 */
struct faultq_queue {
	int fd;
	struct faultq_queue_info info;
	struct faultq_ring rings[];
};

/* ioctl() that returns -errno. */
int faultq_call(int fd, unsigned long request, void *arg);
int faultq_open_path(const char *path);

int faultq_ring_check(const struct faultq_ring_header *header,
		      const struct faultq_queue_info *info);
void faultq_ring_start(struct faultq_ring *ring);
int faultq_ring_pending(struct faultq_ring *ring);
const void *faultq_ring_record(const struct faultq_ring *ring, __u32 index);
int faultq_event_pending(struct faultq_ring *ring);

#endif /* FAULTQ_INTERNAL_H */
