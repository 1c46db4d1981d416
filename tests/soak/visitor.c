// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes that come in while the modules come and go.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bed.h"
#include "limit.h"
#include "soak.h"
#include "system.h"

/* A page request of a device that has a QUEUE, which no one answers */
static int use(struct dice *dice, int mock, int ctx)
{
	struct mock_iommu_request request = {
		.flags = MOCK_IOMMU_REQUEST_AUTO_GRPID |
			 MOCK_IOMMU_REQUEST_LAST,
		.perm = MOCK_IOMMU_PERM_READ,
	};
	struct faultq_queue_alloc queue = {
		.type = FAULTQ_QUEUE_TYPE_IOPF,
		.nr_rings = 1,
		.nr_records = 8,
		.nr_groups = 8,
	};
	struct mock_iommu_endpoint_info info = {
		.size = sizeof(info),
		.endpoint_id = roll(dice, 4),
		.flags = MOCK_IOMMU_INFO_NEXT,
	};
	char name[FAULTQ_DEVICE_NAME_LEN];
	int dev, hwpt, ret;

	ret = call(mock, MOCK_IOMMU_ENDPOINT_INFO, &info);
	if (ret)
		return ret;
	snprintf(name, sizeof(name), "platform/%s", info.out_name);
	dev = fq_bind(ctx, name, 1);
	ret = dev < 0 ? dev : fq_queue_alloc(ctx, &queue);
	if (ret)
		return ret;
	hwpt = fq_hwpt(ctx, dev, queue.out_queue_id);
	ret = hwpt < 0 ? hwpt : fq_attach(ctx, dev, hwpt, NO_PASID, 0);
	if (!ret)
		mock_send(mock, info.endpoint_id, &request, 1);
	close(queue.out_queue_fd);
	return ret;
}

/* In any order, and without an end of its own */
void visitor_run(struct dice dice, struct tally *tally)
{
	struct worker worker = { .tally = tally };
	const struct hand hand = { .worker = &worker };
	int mock, ctx;

	for (;;) {
		ctx = fq_open();
		mock = mock_open();
		if (ctx >= 0 && mock >= 0)
			did(&hand, OP_VISIT, use(&dice, mock, ctx));
		if (roll(&dice, 2))
			close_once(&ctx);
		close_once(&mock);
		close_once(&ctx);
		poll(NULL, 0, roll(&dice, 8));
	}
}

#define PROBE_PAGES 16ULL

/* What a user has pinned is known to the kernel alone: it shows at the limit. */
static int probe_pins(struct probe *probe, int ctx, int dev)
{
	void *mem = pages_alloc(PROBE_PAGES + 1);
	int hwpt = fq_hwpt_plain(ctx, dev), ret;

	if (!mem || hwpt < 0)
		return -ENOMEM;
	ret = obey_limit(PROBE_PAGES * PAGE);
	if (ret)
		return ret;
	probe->pins = !fq_map(ctx, hwpt, MAP_RW, mem, PROBE_PAGES * PAGE, 0) &&
		      fq_map(ctx, hwpt, MAP_RW, mem, PAGE,
			     PROBE_PAGES * PAGE) == -ENOMEM;
	return 0;
}

static int probe_all(struct probe *probe, unsigned int iommu)
{
	struct mock_iommu_endpoint_add add = {
		.iommu_id = iommu,
		.flags = BED_PRI,
		.pasid_bits = MOCK_IOMMU_MAX_PASID_BITS,
	};
	int mock = mock_open(), ctx = fq_open(), dev;

	if (mock < 0 || ctx < 0)
		return -ENOENT;
	dev = bind_new(mock, ctx, &add);
	if (dev < 0)
		return dev;
	probe->pasid = fq_pasid_alloc(ctx, dev);
	return probe_pins(probe, ctx, dev);
}

/* In a process of its own, which gives up rights. */
void probe_run(struct probe *probe, unsigned int iommu)
{
	struct probe *shared = mmap(NULL, sizeof(*shared),
				    PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	*probe = (struct probe){ .ret = -ENOMEM };
	if (shared == MAP_FAILED)
		return;
	fflush(stdout);
	pid = fork();
	if (!pid) {
		shared->ret = probe_all(shared, iommu);
		_exit(0);
	}
	if (pid > 0 && waitpid(pid, NULL, 0) == pid)
		*probe = *shared;
	munmap(shared, sizeof(*shared));
}
