/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The soak: processes ("workers") that each have a context, endpoints and
 * threads, and do at random whatever can be done; and the books that must balance
 * when they have ended, whichever way they did.
 */
#ifndef SOAK_H
#define SOAK_H

#include <libfaultq.h>
#include <linux/mock_iommu.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "dice.h"

/* Kinds of IOMMU, each once with books of its own and once with all that harms */
#define SOAK_IOMMUS 4
#define SOAK_EPS 2
#define SOAK_ENGINES 2
#define SOAK_SLOTS 6
#define SOAK_PASIDS 4
#define SOAK_STATUSES 10
#define SOAK_ERRNOS 134
#define SOAK_VINTFS 8

#define SOAK_IOVA 0x10000000ULL
#define SOAK_PAGES 32

/* What is done; names and more in ops.c */
enum op {
	OP_BIND,
	OP_UNBIND,
	OP_DEVICE_INFO,
	OP_HWPT,
	OP_HWPT_PLAIN,
	OP_PARENT,
	OP_NESTED,
	OP_VIOMMU,
	OP_VINTF,
	OP_VDEVICE,
	OP_MAP,
	OP_UNMAP,
	OP_ATTACH_RID,
	OP_ATTACH_PASID,
	OP_NEST_RID,
	OP_NEST_PASID,
	OP_REPLACE,
	OP_DETACH,
	OP_PASID_ALLOC,
	OP_PASID_FREE,
	OP_PASID_BIND,
	OP_PASID_UNBIND,
	OP_INVALIDATE,
	OP_COMMAND,
	OP_HW_QUEUE,
	OP_DOORBELL,
	OP_DESTROY,
	OP_FORK,
	OP_INTERRUPT,
	OP_PLUG,
	OP_UNPLUG,
	OP_IOMMU_ADD,
	OP_IOMMU_REMOVE,
	OP_QUEUE,
	OP_QUEUE_DROPS,
	OP_QUEUE_OVERWRITES,
	OP_QUEUE_DESTROY,
	OP_QUEUE_CLOSE,
	OP_REPUBLISH,
	OP_WAIT,
	OP_TAKE_RING,
	OP_TAKE_READ,
	OP_HOLD,
	OP_RESPOND_RING,
	OP_RESPOND_IOCTL,
	OP_RESPOND_WRITE,
	OP_RESPOND_PART,
	OP_RESPOND_NONSENSE,
	OP_EVENT_RING,
	OP_EVENT_READ,
	OP_DMA_READ,
	OP_DMA_WRITE,
	OP_DMA_COPY,
	OP_DMA_COMPARE,
	OP_SEND,
	OP_FAULT,
	OP_COLLECT,
	OP_MISBEHAVE,
	OP_QUEUE_ERROR,
	OP_RESET,
	OP_MASK,
	OP_VISIT,
	OP_LOAD,
	OP_UNLOAD,
	OPS
};

/**
 * struct plan - what a worker is to be
 * @nr: which one, from 0 on
 * @iommu: the mock's id of its IOMMU
 * @kind: of enum mock_iommu_kind
 * @exact: its IOMMU's counters are compared with those of the rings, so it does
 *	nothing that would blur them
 * @steps: how much it does before it ends
 * @killed: it ends by SIGKILL, else as it ought to
 * @sock: where the files of its QUEUEs go, -1 if no one wants them
 * @dice: its choices
 */
struct plan {
	unsigned int nr;
	__u32 iommu;
	__u32 kind;
	bool exact;
	__u32 steps;
	bool killed;
	int sock;
	struct dice dice;
};

/* How often something was done, and how often it failed, by errno */
struct deed {
	atomic_uint tried;
	atomic_uint failed[SOAK_ERRNOS];
};

/**
 * struct tally - what a worker did, in memory that survives it
 * @deeds: by enum op
 * @dma_started: DMAs that were begun
 * @dma_ended: of those, how many ended, by status
 * @dma_refused: of those, how many the mock did not take
 * @offered: responses offered, right or wrong
 * @events: events delivered
 * @read_out: counters of QUEUEs of events that were read to their end
 * @read_events: events that these delivered
 * @missing: of these, how many did not deliver what they published
 * @odd: results of calls that none may have, by errno
 * @spare: an IOMMU of its own, 0 for none
 * @die: set by others: end by SIGKILL soon
 */
struct tally {
	struct deed deeds[OPS];
	atomic_ullong dma_started;
	atomic_ullong dma_ended[SOAK_STATUSES];
	atomic_ullong dma_refused;
	atomic_ullong offered;
	atomic_ullong events;
	struct faultq_stats read_out;
	__u64 read_events;
	__u32 missing;
	atomic_uint odd[SOAK_ERRNOS];
	atomic_uint spare;
	atomic_bool die;
};

/**
 * struct endpoint - an endpoint of a worker, which may go at any time
 * @ep: the mock's id
 * @iommu: where it is
 * @dev: id of the DEVICE, 0 if it is not bound
 * @name: for DEVICE_BIND; owners' alone
 * @attached: what is believed to be attached, to the RID first; 0 for nothing
 */
struct endpoint {
	atomic_uint ep;
	atomic_uint iommu;
	atomic_uint dev;
	char name[FAULTQ_DEVICE_NAME_LEN];
	atomic_uint attached[SOAK_PASIDS + 1];
};

/* Ids of one kind of object; 0 where there is none */
struct pool {
	atomic_uint ids[SOAK_SLOTS];
};

struct worker {
	const struct plan *plan;
	struct tally *tally;
	int mock;
	int ctx;
	struct endpoint eps[SOAK_EPS];
	struct pool hwpts;
	struct pool parents;
	struct pool nested;
	struct pool viommus;
	struct pool vdevices;
	struct pool hw_queues;
	struct pool iopf_queues;
	unsigned char *mem;
	atomic_uintptr_t vintfs[SOAK_VINTFS]; /* pages of registers */
	atomic_uint nr_vintfs;
	pthread_t engines[SOAK_ENGINES];
	pthread_mutex_t declaring; /* a QUEUE is made, and not told of yet */
	pthread_mutex_t attaching;
	pthread_cond_t attached; /* anything, anywhere */
	atomic_bool stop;
};

/* Threads of a worker, numbered by what they do */
struct hand {
	struct worker *worker;
	struct dice dice;
	int nr;
};

void move_in(struct hand *hand);
void *owner(void *hand);
void *consumer(void *hand);
void *dma_engine(void *hand);
void *sender(void *hand);

void worker_run(const struct plan *plan, struct tally *tally);
void visitor_run(struct dice dice, struct tally *tally);

__u32 pick(struct hand *hand, const struct pool *from);
int did(const struct hand *hand, enum op op, int ret);
struct endpoint *any_endpoint(struct hand *hand);
int any_pasid(struct hand *hand);
int end_object(struct hand *hand, enum op op, __u32 id);
void keep(struct hand *hand, struct pool *in, int id);

/* guest.c: what an owner does that has a guest */
void guests_page(struct worker *worker, struct dice *dice, __u32 page);
void guests_parent(struct hand *hand);
void guests_viommu(struct hand *hand);
void guests_vdevice(struct hand *hand);
void guests_nested(struct hand *hand);
void guests_bind(struct hand *hand);
void guests_unbind(struct hand *hand);
void guests_invalidate(struct hand *hand);
void guests_hw_queue(struct hand *hand);
void guests_doorbell(struct hand *hand);
void guests_leave(struct worker *worker);

/* ops.c */
unsigned int deed_worked(const struct deed *deed);
void deed_tell(enum op op, const struct deed *vtd, const struct deed *smmu);
bool deed_missing(enum op op, const struct deed *vtd, const struct deed *smmu);

/**
 * struct books - sums over all rings of workers that were told to send them
 * @rings: how many
 * @iopf: of the rings of page requests
 * @event: of the rings of events
 * @unbalanced: rings whose counters do not add up
 * @missed: rings that could not be mapped any more
 */
struct books {
	unsigned int rings;
	struct faultq_stats iopf;
	struct faultq_stats event;
	unsigned int unbalanced;
	unsigned int missed;
};

/* What is asked in each round or at the end */
enum question {
	DMAS_END,
	REQUESTS_ARE_ANSWERED,
	RESPONSES_COUNT,
	EVENTS_ARE_DELIVERED_OR_LOST,
	NOTHING_IS_PENDING,
	NOTHING_LIVES,
	ERRNOS_ARE_RIGHT,
	WORKERS_END,
	MODULES_UNLOAD,
	MEMORY_IS_BACK,
	ALL_WAS_DONE,
	QUESTIONS
};

#define EQUATIONS 32

/**
 * struct report - what the books say
 * @round: the current one
 * @no: how often the answer to each question was no
 * @equations: what must be the same, with the sums of both sides
 * @deeds: what was done, behind each kind of IOMMU
 */
struct report {
	unsigned int round;
	unsigned int no[QUESTIONS];
	struct equation {
		const char *what;
		enum question question;
		__u64 left;
		__u64 right;
	} equations[EQUATIONS];
	struct deed deeds[2][OPS];
};

void report_expect(struct report *report, enum question question, bool yes,
		   const char *what, __u64 value);
void report_weigh(struct report *report, enum question question,
		  const char *what, __u64 left, __u64 right);
void report_deeds(struct report *report, const struct plan *plan,
		  const struct tally *tally);
void report_happened(struct report *report, const char *what, __u64 times,
		     bool long_run);
void report_tell(struct report *report, bool long_run);
bool report_bad(const struct report *report);

void stats_add(struct faultq_stats *sum, const struct faultq_stats *add);

struct ledger;

struct ledger *ledger_open(int sock);
void ledger_take(struct ledger *ledger);
void ledger_close(struct ledger *ledger, struct books *books);

#endif /* SOAK_H */
