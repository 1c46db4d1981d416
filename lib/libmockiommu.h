/* SPDX-License-Identifier: MIT */
/*
 * Controls of the mock IOMMU (mock_iommu.ko), part of libfaultq.
 *
 * Each call is one ioctl of /dev/mock_iommu; <linux/mock_iommu.h> tells what
 * its fields and errors mean. Where a struct is passed the library fills in its
 * size, and the rest is the caller's: what is not used must be 0. Every
 * function returns 0 or a negative errno unless it says otherwise.
 */
#ifndef LIBMOCKIOMMU_H
#define LIBMOCKIOMMU_H

#include <linux/mock_iommu.h>
#include <linux/types.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
/* a function may have the name of the struct of its ioctl, as stat() does */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#endif

/**
 * mock_open() - open the control device
 *
 * Return: a file, with O_CLOEXEC, to be closed by close(); -ENOENT if the
 * module is not loaded, -EACCES if the mode of the file denies it, -EPERM
 * without CAP_SYS_ADMIN.
 */
int mock_open(void);

/**
 * mock_iommu_add() - make an instance
 * @mock: the control device
 * @add: kind and sizes, and out_iommu_id, out_name of what was made
 */
int mock_iommu_add(int mock, struct mock_iommu_iommu_add *add);

/**
 * mock_iommu_remove() - remove an instance with its endpoints
 * @mock: the control device
 * @iommu_id: the instance
 */
int mock_iommu_remove(int mock, __u32 iommu_id);

/**
 * mock_iommu_next() - tell about the instance with the lowest id from a bound on
 * @mock: the control device
 * @iommu_id: the bound
 * @info: where to put it
 *
 * Return: 0, or -ENOENT if there is none.
 */
int mock_iommu_next(int mock, __u32 iommu_id,
		    struct mock_iommu_iommu_info *info);

/**
 * mock_iommu_stats() - counters of an instance
 * @mock: the control device
 * @iommu_id: the instance
 * @stats: where to put them
 */
int mock_iommu_stats(int mock, __u32 iommu_id,
		     struct mock_iommu_iommu_stats *stats);

/**
 * mock_iommu_mask() - mask or unmask the page request interrupt
 * @mock: the control device
 * @iommu_id: the instance
 * @masked: which of the two
 */
int mock_iommu_mask(int mock, __u32 iommu_id, bool masked);

/**
 * mock_endpoint_add() - plug in an endpoint
 * @mock: the control device
 * @add: what it can do, and out_endpoint_id, out_name of what was made
 */
int mock_endpoint_add(int mock, struct mock_iommu_endpoint_add *add);

/**
 * mock_endpoint_remove() - pull an endpoint out, whatever it is doing
 * @mock: the control device
 * @endpoint_id: the endpoint
 */
int mock_endpoint_remove(int mock, __u32 endpoint_id);

/**
 * mock_endpoint_next() - tell about the endpoint with the lowest id from a bound
 * @mock: the control device
 * @endpoint_id: the bound
 * @info: where to put it
 *
 * Return: 0, or -ENOENT if there is none.
 */
int mock_endpoint_next(int mock, __u32 endpoint_id,
		       struct mock_iommu_endpoint_info *info);

/**
 * mock_endpoint_find() - look an endpoint up by the name that binds it
 * @mock: the control device
 * @name: "platform/mock-iommu0-ep0"; without "platform/" will do
 * @info: where to put what it is
 *
 * Return: 0, or -ENOENT if there is none.
 */
int mock_endpoint_find(int mock, const char *name,
		       struct mock_iommu_endpoint_info *info);

/**
 * mock_endpoint_stats() - counters of an endpoint
 * @mock: the control device
 * @endpoint_id: the endpoint
 * @stats: where to put them
 */
int mock_endpoint_stats(int mock, __u32 endpoint_id,
			struct mock_iommu_endpoint_stats *stats);

/**
 * mock_endpoint_reset() - function level reset of an endpoint
 * @mock: the control device
 * @endpoint_id: the endpoint
 */
int mock_endpoint_reset(int mock, __u32 endpoint_id);

/**
 * mock_dma() - have an endpoint read, write, copy or compare memory
 * @mock: the control device
 * @dma: what to do, and how it went
 *
 * Blocks until it is over. A DMA that the IOMMU stopped is no error of this
 * call: see out_status. MOCK_IOMMU_DMA_INTERRUPTED does not mean that a signal
 * handler ran: SIGSTOP and SIGCONT, a tracer that attaches, the cgroup freezer and
 * a suspend interrupt it too. The rest begins at out_done.
 */
int mock_dma(int mock, struct mock_iommu_dma *dma);

/**
 * mock_dma_all() - mock_dma(), continued whenever it is interrupted
 * @mock: the control device
 * @dma: what to do, and how it went
 *
 * For programs whose signal handlers do not have to end a DMA. out_done,
 * out_page_requests, out_groups and out_retries are those of the whole DMA; if it
 * fails, of the part before.
 *
 * Return: as mock_dma().
 */
int mock_dma_all(int mock, struct mock_iommu_dma *dma);

/**
 * mock_page_request() - have an endpoint send page requests as given
 * @mock: the control device
 * @send: the requests, and out_sent, how many of them were sent
 */
int mock_page_request(int mock, struct mock_iommu_page_request *send);

/**
 * mock_response_read() - take answers out of an endpoint's log
 * @mock: the control device
 * @read: how many to wait for and for how long, and how many came
 */
int mock_response_read(int mock, struct mock_iommu_response_read *read);

/**
 * mock_misbehave() - have invalidations of an endpoint's device TLB go wrong
 * @mock: control file
 * @misbehave: which endpoint, what goes wrong, and when; @size is filled in
 *
 * Return: 0 or a negative errno.
 */
int mock_misbehave(int mock, struct mock_iommu_misbehave *misbehave);

/**
 * mock_fault() - have translations of an endpoint fail beyond repair
 * @mock: the control device
 * @fault: which endpoint, why and how often, and out_done, how often it was
 */
int mock_fault(int mock, struct mock_iommu_fault *fault);

/**
 * mock_queue_error() - have an invalidation of an endpoint's device TLB go wrong
 * @mock: the control device
 * @endpoint_id: the endpoint
 * @what: one of enum mock_iommu_misbehaviour
 */
int mock_queue_error(int mock, __u32 endpoint_id, __u32 what);

#ifdef __cplusplus
#pragma GCC diagnostic pop
}
#endif

#endif /* LIBMOCKIOMMU_H */
