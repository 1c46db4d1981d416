// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "event.h"

/* Fields of @wish that are 0 get what suits most tests. Returns the file. */
int fq_event_queue(int ctx, __u32 source, __u32 native_type,
		   struct faultq_queue_alloc *wish)
{
	int ret;

	wish->type = FAULTQ_QUEUE_TYPE_EVENT;
	wish->source_id = source;
	wish->native_type = native_type;
	wish->nr_rings = wish->nr_rings ? wish->nr_rings : 1;
	wish->nr_records = wish->nr_records ? wish->nr_records : 64;
	ret = fq_queue_alloc(ctx, wish);
	return ret ? ret : wish->out_queue_fd;
}

int event_queue_make(struct event_queue *queue, int ctx, __u32 source,
		     __u32 native_type, struct faultq_queue_alloc wish)
{
	memset(queue, 0, sizeof(*queue));
	queue->fd = fq_event_queue(ctx, source, native_type, &wish);
	queue->id = wish.out_queue_id;
	return queue->fd < 0 ? queue->fd : ring_map(&queue->ring, queue->fd, 0);
}

/* Mappings hold the file too. */
void event_queue_close(struct event_queue *queue)
{
	ring_unmap(&queue->ring);
	close_once(&queue->fd);
}

const struct faultq_event *event_at(const struct event_queue *queue, __u32 nr)
{
	return (const void *)ring_at(&queue->ring, nr);
}

int mock_fault(int mock, struct mock_iommu_fault *fault)
{
	fault->size = sizeof(*fault);
	return call(mock, MOCK_IOMMU_FAULT, fault);
}

int bed_event(const struct bed *bed, int pasid, __u32 count)
{
	struct mock_iommu_fault fault = {
		.endpoint_id = bed->ep,
		.reason = EVENT_REASON,
		.perm = MOCK_IOMMU_PERM_READ,
		.addr = EVENT_ADDR,
		.count = count,
	};

	if (pasid != NO_PASID) {
		fault.flags = MOCK_IOMMU_REQUEST_PASID;
		fault.pasid = pasid;
	}
	return mock_fault(bed->mock, &fault);
}

/* Events that no QUEUE was for */
long long debugfs_unclaimed(void)
{
	FILE *file = fopen("/sys/kernel/debug/faultq/unclaimed", "r");
	long long count = -1;

	if (!file)
		return -1;
	if (fscanf(file, "%lld", &count) != 1)
		count = -1;
	fclose(file);
	return count;
}

/* One by one, so that the hardware loses none of them */
bool bed_events(const struct bed *bed, struct event_queue *queue, __u32 nr)
{
	__u64 until = LOOK(queue->ring.header->arrived) + nr;

	while (nr--)
		if (bed_event(bed, NO_PASID, 1))
			return false;
	return EVENTS_ARRIVED(queue, until);
}
