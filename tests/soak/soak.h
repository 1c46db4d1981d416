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
#define SOAK_SLOTS 6
#define SOAK_PASIDS 4
#define SOAK_STATUSES 10
#define SOAK_ERRNOS 134

#define SOAK_IOVA 0x10000000ULL
#define SOAK_PAGES 32

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

/**
 * struct tally - what a worker did, in memory that survives it
 * @dma_started: DMAs that were begun
 * @dma_ended: of those, how many ended, by status
 * @dma_refused: of those, how many the mock did not take
 * @requests: page requests sent without a DMA
 * @faults: faults that no one can repair
 * @offered: responses offered, right or wrong
 * @events: events delivered
 * @steps: objects made, changed or ended
 * @odd: results of calls that none may have, by errno
 * @missing: QUEUEs that did not deliver what they published
 * @die: set by others: end by SIGKILL soon
 */
struct tally {
	atomic_ullong dma_started;
	atomic_ullong dma_ended[SOAK_STATUSES];
	atomic_ullong dma_refused;
	atomic_ullong requests;
	atomic_ullong faults;
	atomic_ullong offered;
	atomic_ullong events;
	atomic_ullong steps;
	atomic_uint odd[SOAK_ERRNOS];
	atomic_uint missing;
	atomic_bool die;
};

/**
 * struct endpoint - an endpoint of a worker, which may go at any time
 * @ep: the mock's id
 * @dev: id of the DEVICE
 * @name: for DEVICE_BIND; owners' alone
 */
struct endpoint {
	atomic_uint ep;
	atomic_uint dev;
	char name[FAULTQ_DEVICE_NAME_LEN];
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
	pthread_mutex_t declaring; /* a QUEUE is made, and not told of yet */
	atomic_bool stop;
};

/* Threads of a worker */
struct hand {
	struct worker *worker;
	struct dice dice;
};

void move_in(struct hand *hand);
void *owner(void *hand);
void *consumer(void *hand);
void *dma_engine(void *hand);
void *sender(void *hand);

void worker_run(const struct plan *plan, struct tally *tally);
__u32 pick(struct hand *hand, const struct pool *from);
int note(struct worker *worker, int ret);
struct endpoint *any_endpoint(struct hand *hand);

/**
 * struct books - sums over all rings of workers that were told to send them
 * @rings: how many
 * @iopf: of the rings of page requests
 * @event: of the rings of events
 * @unbalanced: rings whose counters do not add up
 */
struct books {
	unsigned int rings;
	struct faultq_stats iopf;
	struct faultq_stats event;
	unsigned int unbalanced;
};

struct ledger;

struct ledger *ledger_open(int sock);
void ledger_take(struct ledger *ledger);
void ledger_close(struct ledger *ledger, struct books *books);

#endif /* SOAK_H */
