/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What most tests stand on: an endpoint of its own, bound to a context, with a
 * QUEUE and an HWPT on its RID; and what the endpoint does.
 */
#ifndef SUPPORT_BED_H
#define SUPPORT_BED_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "calls.h"
#include "ring.h"

#define PAGE 4096ULL
#define BED_IOVA 0x10000000ULL
#define BED_COOKIE 0xc00c1e5aULL
#define BED_LABEL 0x1abe1ULL
#define BED_CREDITS 512

/* An endpoint that asks for pages, and one that is stalled */
#define BED_PRI (MOCK_IOMMU_ENDPOINT_ATS | MOCK_IOMMU_ENDPOINT_PRI)
#define BED_STALL MOCK_IOMMU_ENDPOINT_STALL

/**
 * struct bed - a context with a device that faults
 * @mock: control file of the mock
 * @iommu: the mock's id of the IOMMU; 0 for the one that is there anyway
 * @ctx: a context; -1 once closed
 * @fd: file of the QUEUE; -1 once closed
 * @ep: the mock's id of the endpoint
 * @name: its name, for DEVICE_BIND
 * @dev: id of the DEVICE
 * @queue: id of the QUEUE
 * @hwpt: id of the HWPT, which is attached to the RID with BED_COOKIE
 * @ring: the ring of the QUEUE that the device's groups go to
 */
struct bed {
	int mock;
	__u32 iommu;
	int ctx;
	int fd;
	__u32 ep;
	char name[FAULTQ_DEVICE_NAME_LEN];
	__u32 dev;
	__u32 queue;
	__u32 hwpt;
	struct ring ring;
};

int bind_new(int mock, int ctx, struct mock_iommu_endpoint_add *add);
int bed_make(struct bed *bed, const struct faultq_queue_alloc *wish);
int bed_make_behind(struct bed *bed, const struct mock_iommu_iommu_add *iommu,
		    __u32 flags, const struct faultq_queue_alloc *wish);
int bed_make_kind(struct bed *bed, __u32 kind, __u32 flags,
		  const struct faultq_queue_alloc *wish);
void bed_free(struct bed *bed);
void close_once(int *fd);
void *pages_alloc(size_t nr);

int bed_send(struct bed *bed, int pasid, __u64 addr, unsigned int pages);
int bed_faults(struct bed *bed, unsigned int nr);
int bed_answered(struct bed *bed, int nr, __u32 code);
int bed_answered_now(struct bed *bed, __u32 code);

/**
 * struct dma - a DMA, maybe in a thread of its own
 * @mock: control file of the mock
 * @arg: what it does, and how it ended
 * @ret: what the ioctl returned
 * @thread: who does it
 */
struct dma {
	int mock;
	struct mock_iommu_dma arg;
	int ret;
	pthread_t thread;
};

void dma_init(struct dma *dma, const struct bed *bed, __u32 op, void *buf,
	      __u64 length);
void dma_pasid(struct dma *dma, __u32 pasid);
int dma_run(struct dma *dma);
int dma_start(struct dma *dma);
int dma_wait(struct dma *dma);
int bed_dma(const struct bed *bed, __u32 op, void *buf, __u64 length);

/**
 * struct space - memory that a pager maps page by page; its address is the
 *	cookie of the attachments that it backs
 * @ctx: context of the HWPT
 * @hwpt: where to map it
 * @iova: where the memory begins for the device
 * @mem: the memory
 * @length: bytes of it
 * @flags: of struct faultq_hwpt_map
 */
struct space {
	int ctx;
	__u32 hwpt;
	__u64 iova;
	char *mem;
	size_t length;
	__u32 flags;
};

/**
 * struct pager - a thread that serves one ring until it is told to stop
 * @ring: the ring, which is the thread's alone meanwhile
 * @stop: eventfd
 * @groups: groups answered
 * @failed: groups that could not be served
 * @thread: who does it
 */
struct pager {
	struct ring *ring;
	int stop;
	unsigned long groups;
	unsigned long failed;
	pthread_t thread;
};

int serve_ready(struct pager *pager);
int pager_start(struct pager *pager, struct ring *ring);
void pager_stop(struct pager *pager);

#endif /* SUPPORT_BED_H */
