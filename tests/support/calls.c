// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>

#include "calls.h"
#include "patience.h"

int call(int fd, unsigned long cmd, void *arg)
{
	int ret = ioctl(fd, cmd, arg);

	return ret < 0 ? -errno : ret;
}

static int open_or_errno(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int fq_open(void)
{
	return open_or_errno(FAULTQ_PATH);
}

int fq_destroy(int ctx, __u32 id)
{
	struct faultq_destroy arg = { .size = sizeof(arg), .id = id };

	return call(ctx, FAULTQ_DESTROY, &arg);
}

int fq_queue_alloc(int ctx, struct faultq_queue_alloc *queue)
{
	queue->size = sizeof(*queue);
	return call(ctx, FAULTQ_QUEUE_ALLOC, queue);
}

int fq_bind(int ctx, const char *name, __u64 label)
{
	struct faultq_device_bind arg = { .size = sizeof(arg), .label = label };
	int ret;

	memcpy(arg.name, name, strnlen(name, sizeof(arg.name)));
	ret = call(ctx, FAULTQ_DEVICE_BIND, &arg);
	return ret ? ret : (int)arg.out_dev_id;
}

int fq_info(int ctx, __u32 dev, struct faultq_device_info *info)
{
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	info->dev_id = dev;
	return call(ctx, FAULTQ_DEVICE_INFO, info);
}

int fq_hwpt_alloc(int ctx, struct faultq_hwpt_alloc *arg)
{
	int ret;

	arg->size = sizeof(*arg);
	ret = call(ctx, FAULTQ_HWPT_ALLOC, arg);
	return ret ? ret : (int)arg->out_hwpt_id;
}

int fq_hwpt(int ctx, __u32 dev, __u32 queue)
{
	return fq_hwpt_alloc(ctx,
			     &(struct faultq_hwpt_alloc){
				     .flags = FAULTQ_HWPT_ALLOC_FAULT_ID_VALID,
				     .dev_id = dev,
				     .fault_id = queue,
			     });
}

int fq_hwpt_plain(int ctx, __u32 dev)
{
	return fq_hwpt_alloc(ctx, &(struct faultq_hwpt_alloc){ .dev_id = dev });
}

int fq_map(int ctx, __u32 hwpt, __u32 flags, const void *va, __u64 length,
	   __u64 iova)
{
	return call(ctx, FAULTQ_HWPT_MAP,
		    &(struct faultq_hwpt_map){
			    .size = sizeof(struct faultq_hwpt_map),
			    .flags = flags,
			    .hwpt_id = hwpt,
			    .user_va = (uintptr_t)va,
			    .length = length,
			    .iova = iova,
		    });
}

int fq_unmap(int ctx, __u32 hwpt, __u64 iova, __u64 *length)
{
	struct faultq_hwpt_unmap arg = {
		.size = sizeof(arg),
		.hwpt_id = hwpt,
		.iova = iova,
		.length = *length,
	};
	int ret = call(ctx, FAULTQ_HWPT_UNMAP, &arg);

	*length = arg.length;
	return ret;
}

int fq_attach(int ctx, __u32 dev, __u32 hwpt, int pasid, __u64 cookie)
{
	__u32 with_pasid = pasid == NO_PASID ? 0 : FAULTQ_DEVICE_ATTACH_PASID;

	return call(ctx, FAULTQ_DEVICE_ATTACH,
		    &(struct faultq_device_attach){
			    .size = sizeof(struct faultq_device_attach),
			    .flags = with_pasid | FAULTQ_DEVICE_ATTACH_COOKIE,
			    .dev_id = dev,
			    .hwpt_id = hwpt,
			    .pasid = with_pasid ? pasid : 0,
			    .cookie = cookie,
		    });
}

int fq_detach(int ctx, __u32 dev, int pasid)
{
	__u32 with_pasid = pasid == NO_PASID ? 0 : FAULTQ_DEVICE_ATTACH_PASID;

	return call(ctx, FAULTQ_DEVICE_DETACH,
		    &(struct faultq_device_detach){
			    .size = sizeof(struct faultq_device_detach),
			    .flags = with_pasid,
			    .dev_id = dev,
			    .pasid = with_pasid ? pasid : 0,
		    });
}

int fq_pasid_alloc(int ctx, __u32 dev)
{
	struct faultq_pasid_alloc arg = { .size = sizeof(arg), .dev_id = dev };
	int ret = call(ctx, FAULTQ_PASID_ALLOC, &arg);

	return ret ? ret : (int)arg.out_pasid;
}

int fq_pasid_free(int ctx, __u32 dev, __u32 pasid)
{
	return call(ctx, FAULTQ_PASID_FREE,
		    &(struct faultq_pasid_free){
			    .size = sizeof(struct faultq_pasid_free),
			    .dev_id = dev,
			    .pasid = pasid,
		    });
}

int fq_queue_info(int fd, struct faultq_queue_info *info)
{
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	return call(fd, FAULTQ_QUEUE_INFO, info);
}

int fq_eventfd(int fd, __u32 ring, int eventfd)
{
	return call(fd, FAULTQ_QUEUE_EVENTFD,
		    &(struct faultq_queue_eventfd){
			    .size = sizeof(struct faultq_queue_eventfd),
			    .ring = ring,
			    .fd = eventfd,
		    });
}

int fq_doorbell(int fd, __u32 ring)
{
	return call(fd, FAULTQ_QUEUE_DOORBELL, (void *)(uintptr_t)ring);
}

int fq_respond(int fd, const struct faultq_response *responses, __u32 *nr)
{
	struct faultq_queue_respond arg = {
		.size = sizeof(arg),
		.nr_responses = *nr,
		.responses_uptr = (uintptr_t)responses,
	};
	int ret = call(fd, FAULTQ_QUEUE_RESPOND, &arg);

	*nr = arg.nr_responses;
	return ret;
}

int fq_republish(int fd, __u32 ring)
{
	return call(fd, FAULTQ_QUEUE_REPUBLISH, (void *)(uintptr_t)ring);
}

int mock_open(void)
{
	return open_or_errno(MOCK_PATH);
}

int mock_iommu_add_kind(int mock, __u32 kind)
{
	struct mock_iommu_iommu_add arg = {
		.size = sizeof(arg),
		.kind = kind,
	};
	int ret = call(mock, MOCK_IOMMU_IOMMU_ADD, &arg);

	return ret ? ret : (int)arg.out_iommu_id;
}

int mock_iommu_add(int mock)
{
	return mock_iommu_add_kind(mock, MOCK_IOMMU_KIND_VTD);
}

int mock_iommu_remove(int mock, __u32 id)
{
	return call(mock, MOCK_IOMMU_IOMMU_REMOVE,
		    &(struct mock_iommu_iommu_remove){
			    .size = sizeof(struct mock_iommu_iommu_remove),
			    .iommu_id = id,
		    });
}

int mock_iommu_stats(int mock, __u32 id, struct mock_iommu_iommu_stats *stats)
{
	memset(stats, 0, sizeof(*stats));
	stats->size = sizeof(*stats);
	stats->iommu_id = id;
	return call(mock, MOCK_IOMMU_IOMMU_STATS, stats);
}

int mock_iommu_mask(int mock, __u32 id, __u32 masked)
{
	return call(mock, MOCK_IOMMU_IOMMU_IRQ,
		    &(struct mock_iommu_iommu_irq){
			    .size = sizeof(struct mock_iommu_iommu_irq),
			    .iommu_id = id,
			    .masked = masked,
		    });
}

int mock_endpoint_add(int mock, struct mock_iommu_endpoint_add *add)
{
	int ret;

	add->size = sizeof(*add);
	ret = call(mock, MOCK_IOMMU_ENDPOINT_ADD, add);
	return ret ? ret : (int)add->out_endpoint_id;
}

int mock_endpoint_remove(int mock, __u32 ep)
{
	return call(mock, MOCK_IOMMU_ENDPOINT_REMOVE,
		    &(struct mock_iommu_endpoint_remove){
			    .size = sizeof(struct mock_iommu_endpoint_remove),
			    .endpoint_id = ep,
		    });
}

int mock_endpoint_stats(int mock, __u32 ep,
			struct mock_iommu_endpoint_stats *stats)
{
	memset(stats, 0, sizeof(*stats));
	stats->size = sizeof(*stats);
	stats->endpoint_id = ep;
	return call(mock, MOCK_IOMMU_ENDPOINT_STATS, stats);
}

int mock_endpoint_reset(int mock, __u32 ep)
{
	return call(mock, MOCK_IOMMU_ENDPOINT_RESET,
		    &(struct mock_iommu_endpoint_reset){
			    .size = sizeof(struct mock_iommu_endpoint_reset),
			    .endpoint_id = ep,
		    });
}

int mock_misbehave(int mock, __u32 ep, __u32 what, __u32 nth, __u32 count)
{
	return call(mock, MOCK_IOMMU_MISBEHAVE,
		    &(struct mock_iommu_misbehave){
			    .size = sizeof(struct mock_iommu_misbehave),
			    .endpoint_id = ep,
			    .what = what,
			    .nth = nth,
			    .count = count,
		    });
}

int mock_queue_error(int mock, __u32 ep, __u32 what)
{
	return call(mock, MOCK_IOMMU_QUEUE_ERROR,
		    &(struct mock_iommu_queue_error){
			    .size = sizeof(struct mock_iommu_queue_error),
			    .endpoint_id = ep,
			    .what = what,
		    });
}

int mock_dma(int mock, struct mock_iommu_dma *dma)
{
	dma->size = sizeof(*dma);
	return call(mock, MOCK_IOMMU_DMA, dma);
}

int mock_send(int mock, __u32 ep, struct mock_iommu_request *requests, __u32 nr)
{
	struct mock_iommu_page_request arg = {
		.size = sizeof(arg),
		.endpoint_id = ep,
		.count = nr,
		.requests = (uintptr_t)requests,
	};
	int ret = call(mock, MOCK_IOMMU_PAGE_REQUEST, &arg);

	return ret ? ret : (int)arg.out_sent;
}

static int answers_by(int mock, __u32 ep, struct mock_iommu_response *responses,
		      __u32 nr, __u32 timeout_ms)
{
	struct mock_iommu_response_read arg = {
		.size = sizeof(arg),
		.endpoint_id = ep,
		.count = nr,
		.responses = (uintptr_t)responses,
		.timeout_ms = timeout_ms,
	};
	int ret = call(mock, MOCK_IOMMU_RESPONSE_READ, &arg);

	return ret ? ret : (int)arg.out_count;
}

/* Takes @nr, or fewer that came within the time. */
int mock_answers(int mock, __u32 ep, struct mock_iommu_response *responses,
		 __u32 nr, __u32 timeout_ms)
{
	__u64 deadline;
	__u32 done = 0;
	int ret;

	if (timeout_ms < (__u32)DEADLINE_MS)
		return answers_by(mock, ep, responses, nr, timeout_ms);
	deadline = deadline_in(timeout_ms);
	do {
		ret = answers_by(mock, ep, responses + done, nr - done, 1000);
		done += ret > 0 ? ret : 0;
	} while (done < nr && (ret > 0 || ret == -ETIMEDOUT) &&
		 !deadline_passed(deadline));
	return done ? (int)done : ret;
}
