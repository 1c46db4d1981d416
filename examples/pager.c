// SPDX-License-Identifier: MIT
/* A demand pager: gives a device 16 MiB at IOVA 0, each page when it asks. */
#include <libfaultq.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZE (16 << 20)
#define ACCESS (FAULTQ_HWPT_MAP_READABLE | FAULTQ_HWPT_MAP_WRITEABLE)

static int must(const char *what, int ret)
{
	if (ret < 0) {
		fprintf(stderr, "%s: %s\n", what, strerror(-ret));
		exit(1);
	}
	return ret;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "platform/mock-iommu0-ep0";
	struct faultq_queue_alloc alloc = {
		.type = FAULTQ_QUEUE_TYPE_IOPF,
		.nr_rings = 1,
		.nr_records = 256,
		.nr_groups = 256,
	};
	char *memory = aligned_alloc(4096, SIZE);
	struct faultq_queue *queue;
	struct faultq_group group;
	struct faultq_ring *ring;
	__u32 dev, hwpt;
	__u64 at;
	int ctx, bad;

	/* the device, a queue for its faults, and a page table without a page */
	ctx = must("/dev/faultq", faultq_open());
	must(name, faultq_device_bind(ctx, name, 0, &dev));
	must("queue", faultq_queue_alloc(ctx, &alloc));
	must("rings", faultq_queue_open(alloc.out_queue_fd, &queue));
	must("table", faultq_hwpt_alloc(ctx, dev, alloc.out_queue_id, &hwpt));
	must("attach",
	     faultq_device_attach(ctx, dev, hwpt, FAULTQ_NO_PASID, 0));
	ring = faultq_queue_ring(queue, 0);

	/* send the answers so far and sleep; take every group that has come */
	while (must("wait", faultq_queue_wait(queue, -1))) {
		while (must("ring", faultq_ring_next(ring, &group))) {
			at = faultq_ring_page(ring, &group, 0)->addr;
			bad = at >= SIZE ||
			      faultq_hwpt_map(ctx, hwpt, memory + at, 4096, at,
					      ACCESS);
			must("answer",
			     faultq_ring_respond(ring, group.tag, bad));
		}
	}
}
