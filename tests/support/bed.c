// SPDX-License-Identifier: GPL-2.0-only
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bed.h"

void close_once(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void *pages_alloc(size_t nr)
{
	void *mem = mmap(NULL, nr * PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mem == MAP_FAILED ? NULL : mem;
}

/* Adds an endpoint and binds it. Returns the id of the DEVICE. */
int bind_new(int mock, int ctx, struct mock_iommu_endpoint_add *add)
{
	char name[FAULTQ_DEVICE_NAME_LEN];
	int ret = mock_endpoint_add(mock, add);

	if (ret < 0)
		return ret;
	snprintf(name, sizeof(name), "platform/%s", add->out_name);
	return fq_bind(ctx, name, BED_LABEL);
}

static int bed_queue(struct bed *bed, struct faultq_queue_alloc *queue)
{
	int ret;

	queue->type = FAULTQ_QUEUE_TYPE_IOPF;
	queue->nr_rings = queue->nr_rings ? queue->nr_rings : 1;
	queue->nr_records = queue->nr_records ? queue->nr_records : 64;
	queue->nr_groups = queue->nr_groups ? queue->nr_groups : 64;
	ret = fq_queue_alloc(bed->ctx, queue);
	if (ret)
		return ret;
	bed->queue = queue->out_queue_id;
	bed->fd = queue->out_queue_fd;
	return 0;
}

static int bed_device(struct bed *bed, __u32 flags)
{
	struct mock_iommu_endpoint_add add = {
		.flags = flags,
		.iommu_id = bed->iommu,
		.pasid_bits = MOCK_IOMMU_MAX_PASID_BITS,
		.pri_credits = flags == BED_PRI ? BED_CREDITS : 0,
	};
	int ret = bind_new(bed->mock, bed->ctx, &add);

	bed->ep = add.out_endpoint_id;
	if (ret < 0)
		return ret;
	bed->dev = ret;
	snprintf(bed->name, sizeof(bed->name), "platform/%s", add.out_name);
	ret = fq_hwpt(bed->ctx, bed->dev, bed->queue);
	if (ret < 0)
		return ret;
	bed->hwpt = ret;
	return fq_attach(bed->ctx, bed->dev, bed->hwpt, NO_PASID, BED_COOKIE);
}

/* Behind the IOMMU that is there anyway, or behind a new one */
static int bed_iommu(struct bed *bed, const struct mock_iommu_iommu_add *wish)
{
	struct mock_iommu_iommu_add add;
	int ret;

	if (!wish)
		return 0;
	add = *wish;
	add.size = sizeof(add);
	ret = call(bed->mock, MOCK_IOMMU_IOMMU_ADD, &add);
	bed->iommu = add.out_iommu_id;
	return ret;
}

/*
 * @iommu is what to make, NULL for the one that is there anyway; @flags are
 * those of the endpoint. Fields of @wish that are 0 get what suits most tests.
 */
int bed_make_behind(struct bed *bed, const struct mock_iommu_iommu_add *iommu,
		    __u32 flags, const struct faultq_queue_alloc *wish)
{
	struct faultq_queue_alloc queue = *wish;
	int ret;

	memset(bed, 0, sizeof(*bed));
	bed->fd = -1;
	bed->ctx = -1;
	bed->mock = mock_open();
	if (bed->mock < 0)
		return bed->mock;
	bed->ctx = fq_open();
	if (bed->ctx < 0)
		return bed->ctx;
	ret = bed_iommu(bed, iommu);
	if (!ret)
		ret = bed_queue(bed, &queue);
	if (!ret)
		ret = bed_device(bed, flags);
	if (!ret)
		ret = ring_map(&bed->ring, bed->fd, bed->dev % queue.nr_rings);
	return ret;
}

int bed_make_kind(struct bed *bed, __u32 kind, __u32 flags,
		  const struct faultq_queue_alloc *wish)
{
	const struct mock_iommu_iommu_add add = { .kind = kind };
	bool is_there = kind == MOCK_IOMMU_KIND_VTD;

	return bed_make_behind(bed, is_there ? NULL : &add, flags, wish);
}

int bed_make(struct bed *bed, const struct faultq_queue_alloc *wish)
{
	return bed_make_kind(bed, MOCK_IOMMU_KIND_VTD, BED_PRI, wish);
}

void bed_free(struct bed *bed)
{
	ring_unmap(&bed->ring);
	close_once(&bed->fd);
	close_once(&bed->ctx);
	if (bed->mock >= 0)
		mock_endpoint_remove(bed->mock, bed->ep);
	if (bed->iommu)
		mock_iommu_remove(bed->mock, bed->iommu);
	close_once(&bed->mock);
}

/*
 * The endpoint asks for a group of @pages to read. Returns its group index.
 */
int bed_send(struct bed *bed, int pasid, __u64 addr, unsigned int pages)
{
	struct mock_iommu_request requests[MOCK_IOMMU_MAX_GROUP_PAGES] = {};
	unsigned int i;
	int ret;

	for (i = 0; i < pages; i++) {
		requests[i].flags = MOCK_IOMMU_REQUEST_AUTO_GRPID;
		requests[i].perm = MOCK_IOMMU_PERM_READ;
		requests[i].addr = addr + i * PAGE;
		if (pasid == NO_PASID)
			continue;
		requests[i].flags |= MOCK_IOMMU_REQUEST_PASID;
		requests[i].pasid = pasid;
	}
	requests[pages - 1].flags |= MOCK_IOMMU_REQUEST_LAST;
	ret = mock_send(bed->mock, bed->ep, requests, pages);
	if (ret < 0)
		return ret;
	return ret == (int)pages ? (int)requests[0].grpid : -EAGAIN;
}

/* @nr groups of one page each, at ascending addresses */
int bed_faults(struct bed *bed, unsigned int nr)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < nr && ret >= 0; i++)
		ret = bed_send(bed, NO_PASID, BED_IOVA + i * PAGE, 1);
	return ret < 0 ? ret : 0;
}

static int count_code(const struct mock_iommu_response *responses, int nr,
		      __u32 code)
{
	int count = 0;
	int i;

	for (i = 0; i < nr; i++)
		count += responses[i].code == code &&
			 !(responses[i].flags & ~MOCK_IOMMU_RESPONSE_PASID);
	return count;
}

/*
 * Waits until the endpoint got @nr answers. Returns how many of them had @code
 * and were expected.
 */
int bed_answered(struct bed *bed, int nr, __u32 code)
{
	struct mock_iommu_response responses[MOCK_IOMMU_RESPONSE_LOG];
	int ret = mock_answers(bed->mock, bed->ep, responses, nr, DEADLINE_MS);

	if (ret < 0)
		return ret;
	return ret == nr ? count_code(responses, nr, code) : -ETIMEDOUT;
}

/* The same for the answers that are there already, if any */
int bed_answered_now(struct bed *bed, __u32 code)
{
	struct mock_iommu_response responses[MOCK_IOMMU_RESPONSE_LOG];
	int ret = mock_answers(bed->mock, bed->ep, responses,
			       MOCK_IOMMU_RESPONSE_LOG, 0);

	return ret < 0 ? ret : count_code(responses, ret, code);
}
