/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As much of the kernel, and of module/faultq_private.h, as module/pending.c and
 * module/respond.c need to be looked at alone.
 */
#ifndef FAULTQ_PRIVATE_H
#define FAULTQ_PRIVATE_H

#include "hostile.h"

#include <errno.h>
#include <linux/faultq.h>
#include <stddef.h>

#define FAULTQ_TRACE_H
#define trace_faultq_response(ring, p, response, accepted) \
	((void)(ring), (void)(p), (void)(response), (void)(accepted))

typedef __u32 u32;
typedef __u64 u64;

#define U32_MAX (~0U)
#define BUILD_BUG_ON(condition) assert(!(condition))
#define min(a, b) ((a) < (b) ? (a) : (b))

/* One thread: what others do meanwhile is not what is asked here. */
#define spin_lock(lock) ((void)(lock))
#define spin_unlock(lock) ((void)(lock))
#define mutex_lock(lock) ((void)(lock))
#define mutex_unlock(lock) ((void)(lock))
#define lockdep_assert_held(lock) ((void)(lock))
#define cond_resched() ((void)0)

/* Nor what a processor guesses. */
#define array_index_nospec(index, size) ((void)(size), (index))

#define GFP_KERNEL_ACCOUNT 0
void *kvcalloc(size_t nr, size_t size, int flags);
void kvfree(void *memory);
#define get_random_u32() nondet_u32()

/* Nor in which order entries become free. */
struct list_head {
	int nothing;
};

#define list_del(node) ((void)(node))
#define list_add_tail(node, list) ((void)(node), (void)(list))
#define list_move_tail(node, list) ((void)(node), (void)(list))
#define list_first_entry_or_null(list, type, member) \
	((void)(list), (void)offsetof(type, member), (type *)NULL)

enum iommu_page_response_code {
	IOMMU_PAGE_RESP_SUCCESS,
	IOMMU_PAGE_RESP_INVALID,
};

struct iopf_group {
	int answers;
};

struct faultq_attachment;
struct faultq_queue;

struct faultq_pending {
	struct list_head node;
	struct iopf_group *group;
	struct faultq_attachment *attachment;
	u32 tag;
	u32 generation;
	bool overdue;
};

struct faultq_ring {
	int lock;
	struct faultq_ring_header *header;
	struct faultq_ring_control *control;
	struct list_head free;
	struct faultq_pending *table;
	struct faultq_queue *queue;
	u32 index;
	int response_lock;
	struct faultq_ring_side responses;
	struct faultq_response *response_slots;
};

struct faultq_queue {
	u32 nr_rings;
	u32 nr_groups;
	u32 index_bits;
	u32 ring_bits;
	struct faultq_ring rings[FAULTQ_MAX_RINGS];
};

static inline void faultq_ring_bad_index(struct faultq_ring *ring)
{
	ring->header->bad_indices++;
}

static inline void faultq_iopf_answer(struct iopf_group *group,
				      enum iommu_page_response_code code)
{
	assert(code == IOMMU_PAGE_RESP_SUCCESS ||
	       code == IOMMU_PAGE_RESP_INVALID);
	group->answers++;
}

static inline void faultq_attachment_put(struct faultq_attachment *attachment)
{
}

u32 faultq_pending_next_tag(const struct faultq_ring *ring,
			    const struct faultq_pending *p);
void faultq_pending_put(struct faultq_ring *ring, struct faultq_pending *p);
struct faultq_pending *faultq_pending_find(struct faultq_ring *ring, u32 tag);

#endif /* FAULTQ_PRIVATE_H */
