/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A consumer of a ring that knows the header and ring/ alone, and leaves all
 * shared memory open to tests that mean harm.
 */
#ifndef SUPPORT_RING_H
#define SUPPORT_RING_H

#include <faultq_ring.h>
#include <linux/faultq.h>
#include <stdbool.h>
#include <unistd.h>

#include "patience.h"

/**
 * struct ring - a ring as one consumer sees it
 * @fd: file of its QUEUE, not owned
 * @index: which ring of the QUEUE
 * @eventfd: signalled at its wake-ups
 * @info: what FAULTQ_QUEUE_INFO said
 * @header: the record region
 * @control: the control region
 * @responses: the response region
 * @cons: consumer's side of the record ring
 * @prod: producer's side of the response ring
 */
struct ring {
	int fd;
	__u32 index;
	int eventfd;
	struct faultq_queue_info info;
	const struct faultq_ring_header *header;
	struct faultq_ring_control *control;
	struct faultq_response *responses;
	struct faultq_ring_side cons;
	struct faultq_ring_side prod;
};

void *region_map(int fd, __u32 ring, __u32 region, __u32 size);
int ring_map(struct ring *ring, int fd, __u32 index);
void ring_unmap(struct ring *ring);

int ring_ready(struct ring *ring);
int ring_wait(struct ring *ring, __u32 nr);
const struct faultq_page_request *ring_at(const struct ring *ring, __u32 nr);
void ring_release(struct ring *ring, __u32 nr);
__u32 ring_take(struct ring *ring);

void ring_put(struct ring *ring, __u32 tag, __u32 code);
int ring_answer(struct ring *ring, __u32 tag, __u32 code);
void ring_answer_all(struct ring *ring, __u32 code);

/* What the kernel writes changes at any time: look at it once. */
#define LOOK(field) __atomic_load_n(&(field), __ATOMIC_ACQUIRE)

/* How often it was signalled since it was last asked */
__u64 eventfd_ticks(int eventfd);

__u64 ring_pending(const struct ring *ring);

__u64 now_ns(void);

/* For a state that no event tells of: look until it is so, or time is up. */
#define AWAIT(condition)                                               \
	({                                                             \
		__u64 end_ = deadline_in(DEADLINE_MS);                 \
		bool so_;                                              \
		while (!(so_ = (condition)) && !deadline_passed(end_)) \
			usleep(1000);                                  \
		so_;                                                   \
	})

#endif /* SUPPORT_RING_H */
