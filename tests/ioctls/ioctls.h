/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ioctl fuzzer: processes ("players") whose threads call everything on all
 * files. What they call, and with which arguments, is told by a table that knows
 * the object model: which call goes by which other that succeeded, and what it
 * takes from there. So two thirds of the calls fit what there is; the others are
 * hostile.
 */
#ifndef IOCTLS_H
#define IOCTLS_H

#include <linux/faultq.h>
#include <linux/mock_iommu.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "bed.h"
#include "dice.h"

#define PLAYER_FILES 16
#define PLAYER_MAPS 4
#define PLAYER_PAGES 64
#define POOL_SLOTS 8
#define ARG_MAX_BYTES 512

/* Which calls that succeeded are kept, each for later calls to go by */
enum pool {
	DEVICE,
	HWPT,
	PARENT,
	S1, /* nested HWPTs of VT-d */
	STE, /* of SMMUv3 */
	VIOMMU,
	CMDQV, /* VIOMMUs that may have HW_QUEUEs */
	VDEVICE,
	HW_QUEUE,
	IOPF_QUEUE,
	EVENT_QUEUE,
	MAPPING,
	ON_RID, /* attachments */
	ON_PASID,
	BINDING,
	HOST_PASID,
	IOMMU,
	ENDPOINT,
	POOLS,
};

/**
 * struct past - a call that succeeded
 * @there: there is one
 * @fd: the file it was made on
 * @id: what it gave out
 * @endpoint: of the device it was about; 0 if it is not known
 * @arg: its argument, as it came back
 */
struct past {
	atomic_bool there;
	int fd;
	__u32 id;
	__u32 endpoint;
	unsigned char arg[ARG_MAX_BYTES];
};

/* What threads do beside ioctls */
enum deed {
	MMAP,
	MUNMAP,
	READ,
	WRITE,
	POLL,
	OPEN,
	CLOSE,
	SEND_FD,
	RECEIVE_FD,
	FORK,
	KILL_9,
	DEEDS,
};

#define TALLY_CMDS 256

/**
 * struct tally - what was done, in memory of all processes
 * @calls: of each ioctl, by tally_index()
 * @good: of those, how many succeeded
 * @tried: of each enum deed
 * @done: of those, how many succeeded
 */
struct tally {
	atomic_ulong calls[TALLY_CMDS];
	atomic_ulong good[TALLY_CMDS];
	atomic_ulong tried[DEEDS];
	atomic_ulong done[DEEDS];
};

/**
 * struct guest_data - what arguments lead to, as a guest would have it
 * @s1: a first-stage table of VT-d
 * @ste: a stream table entry of an SMMUv3
 * @vtd: invalidations of VT-d
 * @smmu: commands of an SMMUv3
 * @requests: page requests
 * @vintf: where the doorbell page of the last VIOMMU that has one is
 */
struct guest_data {
	struct faultq_hwpt_vtd_s1 s1;
	struct faultq_hwpt_arm_smmuv3 ste;
	struct faultq_hwpt_vtd_s1_invalidate vtd[8];
	struct faultq_viommu_arm_smmuv3_invalidate smmu[8];
	struct mock_iommu_request requests[8];
	struct faultq_viommu_tegra241_cmdqv vintf;
};

/**
 * struct player - a process
 * @tally: what all did
 * @sock: sockets on which files are passed to whoever takes them
 * @ctx: contexts
 * @mock: control file of the mock
 * @eventfd: for wake-ups
 * @files: QUEUEs, and whatever file was passed; -1 for none
 * @maps: pages that are mapped from them; 0 for none
 * @pasts: calls that succeeded, by enum pool
 * @data: what arguments lead to
 * @scratch: memory: for devices, for guests' tables, for all other arguments
 * @steps: of each thread
 */
struct player {
	struct tally *tally;
	int sock[2];
	int ctx[2];
	int mock;
	int eventfd;
	atomic_int files[PLAYER_FILES];
	atomic_uintptr_t maps[PLAYER_MAPS];
	struct past pasts[POOLS][POOL_SLOTS];
	struct guest_data data;
	unsigned char *scratch;
	__u32 steps;
};

/**
 * struct hand - a thread of a player
 * @player: the process
 * @dice: choices of the step that it is at
 * @serves: it answers page requests, so it does not wait for an answer itself
 * @by: the call that the one at hand goes by; NULL for none
 * @strange: the ids of the call at hand are of anything
 */
struct hand {
	struct player *player;
	struct dice dice;
	bool serves;
	struct past *by;
	bool strange;
};

void data_init(struct guest_data *data);
void move_in(struct hand *hand);
void call_something(struct hand *hand);
int made(struct hand *hand, unsigned long cmd, int ret);
void tell_calls(const struct tally *tally);
unsigned long calls_made(const struct tally *tally);
const char *too_seldom(const struct tally *tally);

__u64 edge(struct dice *dice);
int any_file(struct hand *hand);
void keep_file(struct hand *hand, int fd);
void step(struct hand *hand);
void tell_deeds(const struct tally *tally);

#endif /* IOCTLS_H */
