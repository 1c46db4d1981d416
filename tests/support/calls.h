/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ioctls of faultq and of the mock as functions. Each returns what the
 * ioctl returned, or the id, PASID or file it gave; -errno when it failed. So
 * ASSERT_EQ(0, f()) is "must succeed" and ASSERT_EQ(-EBUSY, f()) "must fail
 * with EBUSY".
 */
#ifndef SUPPORT_CALLS_H
#define SUPPORT_CALLS_H

#include <errno.h>
#include <linux/faultq.h>
#include <linux/mock_iommu.h>

#define FAULTQ_PATH "/dev/faultq"
#define MOCK_PATH "/dev/mock_iommu"

#define MAP_RO (FAULTQ_HWPT_MAP_FIXED_IOVA | FAULTQ_HWPT_MAP_READABLE)
#define MAP_WO (FAULTQ_HWPT_MAP_FIXED_IOVA | FAULTQ_HWPT_MAP_WRITEABLE)
#define MAP_RW (MAP_RO | FAULTQ_HWPT_MAP_WRITEABLE)

/* For @pasid of what follows: the RID */
#define NO_PASID (-1)

int call(int fd, unsigned long cmd, void *arg);

int fq_open(void);
int fq_destroy(int ctx, __u32 id);
int fq_queue_alloc(int ctx, struct faultq_queue_alloc *queue);
int fq_bind(int ctx, const char *name, __u64 label);
int fq_info(int ctx, __u32 dev, struct faultq_device_info *info);
int fq_hwpt_alloc(int ctx, struct faultq_hwpt_alloc *alloc);
int fq_hwpt(int ctx, __u32 dev, __u32 queue);
int fq_hwpt_plain(int ctx, __u32 dev);
int fq_map(int ctx, __u32 hwpt, __u32 flags, const void *va, __u64 length,
	   __u64 iova);
int fq_unmap(int ctx, __u32 hwpt, __u64 iova, __u64 *length);
int fq_attach(int ctx, __u32 dev, __u32 hwpt, int pasid, __u64 cookie);
int fq_detach(int ctx, __u32 dev, int pasid);
int fq_pasid_alloc(int ctx, __u32 dev);
int fq_pasid_free(int ctx, __u32 dev, __u32 pasid);

int fq_queue_info(int fd, struct faultq_queue_info *info);
int fq_eventfd(int fd, __u32 ring, int eventfd);
int fq_doorbell(int fd, __u32 ring);
int fq_respond(int fd, const struct faultq_response *responses, __u32 *nr);
int fq_republish(int fd, __u32 ring);

int mock_open(void);
int mock_iommu_add(int mock);
int mock_iommu_add_kind(int mock, __u32 kind);
int mock_iommu_remove(int mock, __u32 id);
int mock_iommu_stats(int mock, __u32 id, struct mock_iommu_iommu_stats *stats);
int mock_iommu_mask(int mock, __u32 id, __u32 masked);
int mock_endpoint_add(int mock, struct mock_iommu_endpoint_add *add);
int mock_endpoint_remove(int mock, __u32 ep);
int mock_endpoint_stats(int mock, __u32 ep,
			struct mock_iommu_endpoint_stats *stats);
int mock_endpoint_reset(int mock, __u32 ep);
int mock_misbehave(int mock, __u32 ep, __u32 what, __u32 nth, __u32 count);
int mock_queue_error(int mock, __u32 ep, __u32 what);
int mock_dma(int mock, struct mock_iommu_dma *dma);
int mock_send(int mock, __u32 ep, struct mock_iommu_request *requests,
	      __u32 nr);
int mock_answers(int mock, __u32 ep, struct mock_iommu_response *responses,
		 __u32 nr, __u32 timeout_ms);

#endif /* SUPPORT_CALLS_H */
