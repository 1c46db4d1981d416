// SPDX-License-Identifier: MIT
/*
 * The mock: /dev/mock_iommu and its ioctls.
 */
#include <errno.h>
#include <string.h>

#include "internal.h"
#include "libmockiommu.h"

int mock_open(void)
{
	return faultq_open_path("/dev/mock_iommu");
}

int mock_iommu_add(int mock, struct mock_iommu_iommu_add *add)
{
	add->size = sizeof(*add);
	return faultq_call(mock, MOCK_IOMMU_IOMMU_ADD, add);
}

int mock_iommu_remove(int mock, __u32 iommu_id)
{
	struct mock_iommu_iommu_remove arg = {
		.size = sizeof(arg),
		.iommu_id = iommu_id,
	};

	return faultq_call(mock, MOCK_IOMMU_IOMMU_REMOVE, &arg);
}

int mock_iommu_next(int mock, __u32 iommu_id,
		    struct mock_iommu_iommu_info *info)
{
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	info->flags = MOCK_IOMMU_INFO_NEXT;
	info->iommu_id = iommu_id;
	return faultq_call(mock, MOCK_IOMMU_IOMMU_INFO, info);
}

int mock_iommu_stats(int mock, __u32 iommu_id,
		     struct mock_iommu_iommu_stats *stats)
{
	memset(stats, 0, sizeof(*stats));
	stats->size = sizeof(*stats);
	stats->iommu_id = iommu_id;
	return faultq_call(mock, MOCK_IOMMU_IOMMU_STATS, stats);
}

int mock_iommu_mask(int mock, __u32 iommu_id, bool masked)
{
	struct mock_iommu_iommu_irq arg = {
		.size = sizeof(arg),
		.iommu_id = iommu_id,
		.masked = masked,
	};

	return faultq_call(mock, MOCK_IOMMU_IOMMU_IRQ, &arg);
}

int mock_endpoint_add(int mock, struct mock_iommu_endpoint_add *add)
{
	add->size = sizeof(*add);
	return faultq_call(mock, MOCK_IOMMU_ENDPOINT_ADD, add);
}

int mock_endpoint_remove(int mock, __u32 endpoint_id)
{
	struct mock_iommu_endpoint_remove arg = {
		.size = sizeof(arg),
		.endpoint_id = endpoint_id,
	};

	return faultq_call(mock, MOCK_IOMMU_ENDPOINT_REMOVE, &arg);
}

int mock_endpoint_next(int mock, __u32 endpoint_id,
		       struct mock_iommu_endpoint_info *info)
{
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	info->flags = MOCK_IOMMU_INFO_NEXT;
	info->endpoint_id = endpoint_id;
	return faultq_call(mock, MOCK_IOMMU_ENDPOINT_INFO, info);
}

int mock_endpoint_find(int mock, const char *name,
		       struct mock_iommu_endpoint_info *info)
{
	static const char bus[] = "platform/";
	__u32 id = 0;
	int ret;

	if (!strncmp(name, bus, strlen(bus)))
		name += strlen(bus);
	do {
		ret = mock_endpoint_next(mock, id, info);
		id = info->endpoint_id + 1;
	} while (!ret && strcmp(info->out_name, name));
	return ret;
}

int mock_endpoint_stats(int mock, __u32 endpoint_id,
			struct mock_iommu_endpoint_stats *stats)
{
	memset(stats, 0, sizeof(*stats));
	stats->size = sizeof(*stats);
	stats->endpoint_id = endpoint_id;
	return faultq_call(mock, MOCK_IOMMU_ENDPOINT_STATS, stats);
}

int mock_endpoint_reset(int mock, __u32 endpoint_id)
{
	struct mock_iommu_endpoint_reset arg = {
		.size = sizeof(arg),
		.endpoint_id = endpoint_id,
	};

	return faultq_call(mock, MOCK_IOMMU_ENDPOINT_RESET, &arg);
}

int mock_dma(int mock, struct mock_iommu_dma *dma)
{
	dma->size = sizeof(*dma);
	return faultq_call(mock, MOCK_IOMMU_DMA, dma);
}

/* The rest of @dma, of which @done bytes are done */
static struct mock_iommu_dma rest_of(const struct mock_iommu_dma *dma,
				     __u64 done)
{
	struct mock_iommu_dma rest = *dma;

	rest.iova += done;
	rest.length -= done;
	if (dma->op == MOCK_IOMMU_DMA_COPY)
		rest.dst_iova += done;
	else
		rest.buf += done;
	return rest;
}

/* Takes over how @part of it ended, and adds what was done before. */
static void add_part(struct mock_iommu_dma *dma,
		     const struct mock_iommu_dma *part)
{
	dma->out_status = part->out_status;
	dma->out_reason = part->out_reason;
	dma->out_perm = part->out_perm;
	dma->out_fault_iova = part->out_fault_iova;
	dma->out_stage = part->out_stage;
	dma->out_on_walk = part->out_on_walk;
	dma->out_fault_addr = part->out_fault_addr;
	dma->out_done += part->out_done;
	dma->out_page_requests += part->out_page_requests;
	dma->out_groups += part->out_groups;
	dma->out_retries += part->out_retries;
}

int mock_dma_all(int mock, struct mock_iommu_dma *dma)
{
	struct mock_iommu_dma part;
	int ret;

	dma->out_done = 0;
	dma->out_page_requests = 0;
	dma->out_groups = 0;
	dma->out_retries = 0;
	do {
		part = rest_of(dma, dma->out_done);
		ret = mock_dma(mock, &part);
		if (ret)
			return ret;
		add_part(dma, &part);
	} while (part.out_status == MOCK_IOMMU_DMA_INTERRUPTED);
	return 0;
}

int mock_page_request(int mock, struct mock_iommu_page_request *send)
{
	send->size = sizeof(*send);
	return faultq_call(mock, MOCK_IOMMU_PAGE_REQUEST, send);
}

int mock_response_read(int mock, struct mock_iommu_response_read *read)
{
	read->size = sizeof(*read);
	return faultq_call(mock, MOCK_IOMMU_RESPONSE_READ, read);
}

int mock_fault(int mock, struct mock_iommu_fault *fault)
{
	fault->size = sizeof(*fault);
	return faultq_call(mock, MOCK_IOMMU_FAULT, fault);
}

int mock_queue_error(int mock, __u32 endpoint_id, __u32 what)
{
	struct mock_iommu_queue_error arg = {
		.size = sizeof(arg),
		.endpoint_id = endpoint_id,
		.what = what,
	};

	return faultq_call(mock, MOCK_IOMMU_QUEUE_ERROR, &arg);
}

int mock_misbehave(int mock, struct mock_iommu_misbehave *misbehave)
{
	misbehave->size = sizeof(*misbehave);
	return faultq_call(mock, MOCK_IOMMU_MISBEHAVE, misbehave);
}
