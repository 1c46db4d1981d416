// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is done, how often it was tried, and how often it worked.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "soak.h"

enum {
	ANY = 0, /* has nothing to do with the kind */
	VTD = 1,
	SMMU = 2,
	BOTH = VTD | SMMU,
};

/* What it is called, and behind which kinds of IOMMU it must have worked */
static const struct {
	const char *name;
	unsigned int kinds;
} ops[OPS] = {
	[OP_BIND] = { "bind a device", BOTH },
	[OP_UNBIND] = { "unbind it", BOTH },
	[OP_DEVICE_INFO] = { "ask about it", BOTH },
	[OP_HWPT] = { "make an HWPT with a QUEUE", BOTH },
	[OP_HWPT_PLAIN] = { "make one without", BOTH },
	[OP_PARENT] = { "make a parent", BOTH },
	[OP_NESTED] = { "make a nested HWPT", BOTH },
	[OP_VIOMMU] = { "make a VIOMMU", BOTH },
	[OP_VINTF] = { "make one with doorbells", SMMU },
	[OP_VDEVICE] = { "make a VDEVICE", BOTH },
	[OP_MAP] = { "map", BOTH },
	[OP_UNMAP] = { "unmap", BOTH },
	[OP_ATTACH_RID] = { "attach paging to RID", BOTH },
	[OP_ATTACH_PASID] = { "attach paging to PASID", BOTH },
	[OP_NEST_RID] = { "attach nested to RID", BOTH },
	[OP_NEST_PASID] = { "attach nested to PASID", VTD },
	[OP_REPLACE] = { "of these, in another's place", BOTH },
	[OP_DETACH] = { "detach", BOTH },
	[OP_PASID_ALLOC] = { "allocate a PASID", BOTH },
	[OP_PASID_FREE] = { "free it", BOTH },
	[OP_PASID_BIND] = { "bind a guest PASID", VTD },
	[OP_PASID_UNBIND] = { "unbind it", VTD },
	[OP_INVALIDATE] = { "invalidate entries", VTD },
	[OP_COMMAND] = { "invalidate by commands", SMMU },
	[OP_HW_QUEUE] = { "make a HW_QUEUE", SMMU },
	[OP_DOORBELL] = { "ring a HW_QUEUE", SMMU },
	[OP_DESTROY] = { "destroy anything", BOTH },
	[OP_FORK] = { "fork", BOTH },
	[OP_INTERRUPT] = { "interrupt a DMA", BOTH },
	[OP_PLUG] = { "plug an endpoint", BOTH },
	[OP_UNPLUG] = { "unplug it", BOTH },
	[OP_IOMMU_ADD] = { "plug an IOMMU", BOTH },
	[OP_IOMMU_REMOVE] = { "unplug it and all behind it", BOTH },
	[OP_QUEUE] = { "make a QUEUE of page requests", BOTH },
	[OP_QUEUE_DROPS] = { "make one of events that drops", BOTH },
	[OP_QUEUE_OVERWRITES] = { "make one that overwrites", BOTH },
	[OP_QUEUE_DESTROY] = { "destroy a QUEUE", BOTH },
	[OP_QUEUE_CLOSE] = { "close it first", BOTH },
	[OP_REPUBLISH] = { "republish", BOTH },
	[OP_WAIT] = { "wait for records", BOTH },
	[OP_TAKE_RING] = { "take a group from a ring", BOTH },
	[OP_TAKE_READ] = { "take groups by read()", BOTH },
	[OP_HOLD] = { "leave a group for later", BOTH },
	[OP_RESPOND_RING] = { "answer by a ring", BOTH },
	[OP_RESPOND_IOCTL] = { "answer by ioctl()", BOTH },
	[OP_RESPOND_WRITE] = { "answer by write()", BOTH },
	[OP_RESPOND_PART] = { "answer many, half of it nonsense", BOTH },
	[OP_RESPOND_NONSENSE] = { "answer nonsense, refused", BOTH },
	[OP_EVENT_RING] = { "take events from a ring", BOTH },
	[OP_EVENT_READ] = { "take events by read()", BOTH },
	[OP_DMA_READ] = { "DMA: read", BOTH },
	[OP_DMA_WRITE] = { "DMA: write", BOTH },
	[OP_DMA_COPY] = { "DMA: copy", BOTH },
	[OP_DMA_COMPARE] = { "DMA: compare", BOTH },
	[OP_SEND] = { "send page requests", BOTH },
	[OP_FAULT] = { "raise faults", BOTH },
	[OP_COLLECT] = { "wait for answers", BOTH },
	[OP_MISBEHAVE] = { "damage an invalidation", BOTH },
	[OP_QUEUE_ERROR] = { "raise an error of a queue", BOTH },
	[OP_RESET] = { "reset an endpoint", BOTH },
	[OP_MASK] = { "mask the interrupt", BOTH },
	[OP_VISIT] = { "visit while modules come and go", ANY },
	[OP_LOAD] = { "load the modules", ANY },
	[OP_UNLOAD] = { "unload one", ANY },
};

/*
 * Objects come and go under the hands of all threads, so most errors that the
 * header names are right somewhere. Those that are left are never.
 */
static bool is_odd(int ret)
{
	switch (ret) {
	case -EBUSY:
	case -ENOENT:
	case -EEXIST:
	case -ENODEV:
	case -EINVAL:
	case -ENOSPC:
	case -EOPNOTSUPP:
	case -EAGAIN:
	case -EIO:
	case -EINTR:
	case -ETIMEDOUT:
		return false;
	}
	return ret < 0;
}

/* Returns @ret. */
int did(const struct hand *hand, enum op op, int ret)
{
	struct tally *tally = hand->worker->tally;

	tally->deeds[op].tried++;
	if (ret < 0)
		tally->deeds[op].failed[-ret % SOAK_ERRNOS]++;
	if (is_odd(ret))
		tally->odd[-ret % SOAK_ERRNOS]++;
	return ret;
}

unsigned int deed_worked(const struct deed *deed)
{
	unsigned int worked = deed->tried, i;

	for (i = 0; i < SOAK_ERRNOS; i++)
		worked -= deed->failed[i];
	return worked;
}

/* One that has nothing to do with the kind is counted as if of VT-d. */
bool deed_missing(enum op op, const struct deed *vtd, const struct deed *smmu)
{
	unsigned int kinds = ops[op].kinds;

	return (kinds != SMMU && !deed_worked(vtd)) ||
	       (kinds & SMMU && !deed_worked(smmu));
}

void deed_tell(enum op op, const struct deed *vtd, const struct deed *smmu)
{
	unsigned int i, times;

	printf("#   %-33s %7u of %7u, %7u of %7u", ops[op].name,
	       deed_worked(vtd), vtd->tried, deed_worked(smmu), smmu->tried);
	for (i = 0; i < SOAK_ERRNOS; i++) {
		times = vtd->failed[i] + smmu->failed[i];
		if (times)
			printf(" %s %u", strerrorname_np(i), times);
	}
	printf("%s\n", deed_missing(op, vtd, smmu) ? " NEVER" : "");
}
