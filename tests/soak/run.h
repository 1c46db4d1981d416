/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A run of the soak: the workers of its rounds, what is weighed after each, and
 * what there is to say at the end.
 */
#ifndef SOAK_RUN_H
#define SOAK_RUN_H

#include <stdio.h>
#include <sys/types.h>

#include "bed.h"
#include "soak.h"

#define MAX_LIVES 64 /* workers of a round */

/**
 * struct life - a worker of the round
 * @plan: what it is to be
 * @pid: 0 once it ended
 * @pidfd: of it
 * @killed: from outside
 * @ledger: its rings
 * @tally: what it did
 */
struct life {
	struct plan plan;
	pid_t pid;
	int pidfd;
	bool killed;
	struct ledger *ledger;
	struct tally *tally;
};

/**
 * struct soak - the run
 * @mock: control file of the mock
 * @iommus: the mock's ids
 * @dice: what is left to chance
 * @lives: workers of the round
 * @nr_lives: how many there were in the round
 * @visits: what visitors did
 * @looks: what the onlooker did
 * @doors: what this process does with the modules
 * @groups: of the kernel's IOMMU core, without the modules
 * @workers: how many there were at all
 * @kills: of these, killed
 * @most_rings: that were in memory at a time
 * @report: what there is to say
 * @dma_ended: by status
 * @delivered: events
 * @read_out: of QUEUEs of events that were read to their end
 * @read_events: what these delivered
 * @hardware: sums of what the IOMMUs counted
 * @books: sums of what the rings counted
 */
struct soak {
	int mock;
	__u32 iommus[SOAK_IOMMUS];
	struct dice dice;
	struct life lives[MAX_LIVES];
	unsigned int nr_lives;
	struct tally *visits;
	struct tally *looks;
	struct tally *doors;
	unsigned int groups;
	unsigned int workers;
	unsigned int kills;
	unsigned int most_rings;
	struct report report;
	__u64 dma_ended[SOAK_STATUSES];
	__u64 delivered;
	struct faultq_stats read_out;
	__u64 read_events;
	struct mock_iommu_iommu_stats hardware;
	struct books books;
};

static inline __u32 kind_of(unsigned int nr)
{
	return nr & 1 ? MOCK_IOMMU_KIND_SMMUV3 : MOCK_IOMMU_KIND_VTD;
}

static inline bool is_exact(unsigned int nr)
{
	return nr < SOAK_IOMMUS / 2;
}

#define FIGURE(format, ...) printf("# " format "\n", __VA_ARGS__)

/* lives.c: workers follow each other until all have ended, or hang */
void live(struct soak *soak, __u64 until);

/* balance.c: the books of the round that has ended */
void balance(struct soak *soak);

/* summary.c */
void tell(struct soak *soak, bool long_run);

#endif /* SOAK_RUN_H */
