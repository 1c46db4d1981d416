/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR MIT */
/*
 * Control of the mock IOMMU and of the endpoints behind it.
 */
#ifndef _UAPI_LINUX_MOCK_IOMMU_H
#define _UAPI_LINUX_MOCK_IOMMU_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * DOC: /dev/mock_iommu
 *
 * The mock is made of instances (an IOMMU each) and of endpoints (devices that
 * do DMA through their instance). Opening the control device needs
 * CAP_SYS_ADMIN. It is the device's side of the story: which pages an endpoint
 * may reach is decided by whoever binds the endpoint and attaches page tables
 * to it, not here.
 *
 * Every ioctl takes a structure that begins with its size. Space beyond what
 * the kernel knows must be 0, and what user space does not know is treated as
 * 0. Reserved fields and unknown flags are refused. Fields named out_ are
 * written by the kernel only, and only when the ioctl returns 0; what user
 * space left in them is ignored.
 *
 * Common error numbers:
 *
 *  - ENOTTY: the ioctl number is not known.
 *  - E2BIG: the structure has something that is not 0 where the kernel knows
 *    no field.
 *  - EOPNOTSUPP: a flag, a reserved field or an enumerated field has a value
 *    that the kernel does not know.
 *  - EINVAL: the structure is too short, or a field is out of its range.
 *  - ENOENT: there is no instance or endpoint of that id.
 *  - ENODEV: the endpoint or the instance was removed meanwhile.
 *  - EFAULT: a pointer does not lead to memory of the caller. If the answer
 *    cannot be written, what the ioctl did remains done and is not told, but
 *    for the two ADD, which undo it.
 *  - EINTR: a signal handler ran before anything was done. A wake-up without a
 *    handler (SIGSTOP and SIGCONT, a tracer that attaches, the cgroup freezer,
 *    a suspend) is not an error: the ioctl goes on, and its timeout begins anew.
 *  - ENOMEM: out of memory.
 *  - ENOSPC: a limit of the mock is reached.
 */
enum {
	MOCK_IOMMU_CMD_BASE = 0x00,
	MOCK_IOMMU_CMD_IOMMU_ADD = MOCK_IOMMU_CMD_BASE,
	MOCK_IOMMU_CMD_IOMMU_REMOVE = 0x01,
	MOCK_IOMMU_CMD_IOMMU_INFO = 0x02,
	MOCK_IOMMU_CMD_IOMMU_STATS = 0x03,
	MOCK_IOMMU_CMD_IOMMU_IRQ = 0x04,
	MOCK_IOMMU_CMD_ENDPOINT_ADD = 0x10,
	MOCK_IOMMU_CMD_ENDPOINT_REMOVE = 0x11,
	MOCK_IOMMU_CMD_ENDPOINT_INFO = 0x12,
	MOCK_IOMMU_CMD_ENDPOINT_STATS = 0x13,
	MOCK_IOMMU_CMD_ENDPOINT_RESET = 0x14,
	MOCK_IOMMU_CMD_DMA = 0x20,
	MOCK_IOMMU_CMD_PAGE_REQUEST = 0x21,
	MOCK_IOMMU_CMD_RESPONSE_READ = 0x22,
	MOCK_IOMMU_CMD_MISBEHAVE = 0x23,
	MOCK_IOMMU_CMD_FAULT = 0x24,
	MOCK_IOMMU_CMD_QUEUE_ERROR = 0x25,
};

#define MOCK_IOMMU_TYPE 0xb9

/* Limits; going beyond the first two is ENOSPC, beyond the others EINVAL. */
#define MOCK_IOMMU_MAX_IOMMUS 16
#define MOCK_IOMMU_MAX_ENDPOINTS 64 /* per instance */
#define MOCK_IOMMU_MAX_PASID_BITS 20
#define MOCK_IOMMU_MAX_PRI_CREDITS 8192
#define MOCK_IOMMU_MIN_PRQ_ENTRIES 128
#define MOCK_IOMMU_MAX_PRQ_ENTRIES 16384
#define MOCK_IOMMU_MAX_GROUPS 512 /* outstanding, per endpoint */
#define MOCK_IOMMU_MAX_GROUP_PAGES 512
#define MOCK_IOMMU_MAX_DMA_LENGTH 0x40000000
#define MOCK_IOMMU_MAX_REQUESTS 1024 /* per ioctl */
#define MOCK_IOMMU_RESPONSE_LOG 1024 /* entries per endpoint */
#define MOCK_IOMMU_MAX_FAULT_RECORDS 256
#define MOCK_IOMMU_MIN_EVTQ_ENTRIES 8
#define MOCK_IOMMU_MAX_EVTQ_ENTRIES 65536

#define MOCK_IOMMU_NAME_LEN 32

/**
 * enum mock_iommu_kind - whose records, tables and queues an instance has
 * @MOCK_IOMMU_KIND_VTD: Intel VT-d in scalable mode
 * @MOCK_IOMMU_KIND_SMMUV3: Arm SMMUv3 with two stages, stalls, PRI and virtual
 *	command queues
 */
enum mock_iommu_kind {
	MOCK_IOMMU_KIND_VTD = 1,
	MOCK_IOMMU_KIND_SMMUV3 = 2,
};

/**
 * enum mock_iommu_iommu_flags - flags of MOCK_IOMMU_IOMMU_ADD
 * @MOCK_IOMMU_IOMMU_NO_SID: a version of the hardware whose error record register
 *	reads as 0: it reports neither which endpoint an error of an invalidation
 *	is about, so that it is reported to all, nor why the invalidation queue
 *	stopped; VT-d only
 */
enum mock_iommu_iommu_flags {
	MOCK_IOMMU_IOMMU_NO_SID = 1 << 0,
};

/**
 * struct mock_iommu_iommu_add - ioctl(MOCK_IOMMU_IOMMU_ADD)
 * @size: sizeof(struct mock_iommu_iommu_add)
 * @flags: of enum mock_iommu_iommu_flags
 * @kind: one of enum mock_iommu_kind
 * @prq_entries: slots of the page request queue, a power of two from
 *	MOCK_IOMMU_MIN_PRQ_ENTRIES to MOCK_IOMMU_MAX_PRQ_ENTRIES; 0 for 2048.
 *	A VT-d queue holds one request less than it has slots.
 * @out_iommu_id: id of the new instance
 * @__reserved: must be 0
 * @out_name: name of its platform device, "mock-iommu%u" with the id
 * @fault_records: VT-d: fault recording registers, 1 to
 *	MOCK_IOMMU_MAX_FAULT_RECORDS; 0 for 8. SMMUv3: must be 0
 * @evtq_entries: SMMUv3: slots of the event queue, a power of two from
 *	MOCK_IOMMU_MIN_EVTQ_ENTRIES to MOCK_IOMMU_MAX_EVTQ_ENTRIES; 0 for 512.
 *	VT-d: must be 0
 *
 * Make an instance without endpoints and register it with the kernel's IOMMU
 * core. The id of a removed instance may be given out again.
 *
 * ENOSPC: there are MOCK_IOMMU_MAX_IOMMUS instances already.
 */
struct mock_iommu_iommu_add {
	__u32 size;
	__u32 flags;
	__u32 kind;
	__u32 prq_entries;
	__u32 out_iommu_id;
	__u32 __reserved;
	char out_name[MOCK_IOMMU_NAME_LEN];
	__u32 fault_records;
	__u32 evtq_entries;
};

#define MOCK_IOMMU_IOMMU_ADD _IO(MOCK_IOMMU_TYPE, MOCK_IOMMU_CMD_IOMMU_ADD)

/**
 * struct mock_iommu_iommu_remove - ioctl(MOCK_IOMMU_IOMMU_REMOVE)
 * @size: sizeof(struct mock_iommu_iommu_remove)
 * @iommu_id: instance to remove
 *
 * Remove all endpoints of the instance as MOCK_IOMMU_ENDPOINT_REMOVE does,
 * then the instance.
 */
struct mock_iommu_iommu_remove {
	__u32 size;
	__u32 iommu_id;
};

#define MOCK_IOMMU_IOMMU_REMOVE \
	_IO(MOCK_IOMMU_TYPE, MOCK_IOMMU_CMD_IOMMU_REMOVE)

/**
 * enum mock_iommu_info_flags - flags of the two INFO ioctls
 * @MOCK_IOMMU_INFO_NEXT: the id is a lower bound: tell about the object with
 *	the smallest id not below it. Starting from 0 and going on with the
 *	answer's id plus 1 until ENOENT enumerates all.
 */
enum mock_iommu_info_flags {
	MOCK_IOMMU_INFO_NEXT = 1 << 0,
};

/**
 * struct mock_iommu_iommu_info - ioctl(MOCK_IOMMU_IOMMU_INFO)
 * @size: sizeof(struct mock_iommu_iommu_info)
 * @flags: of enum mock_iommu_info_flags
 * @iommu_id: instance asked for; on return, the one told about
 * @out_kind: one of enum mock_iommu_kind
 * @out_prq_entries: slots of the page request queue
 * @out_nr_endpoints: how many endpoints are behind it at the moment
 * @out_address_width: bits of an IOVA that can be translated
 * @__reserved: must be 0
 * @out_name: name of the device below /sys/bus/platform/devices
 */
struct mock_iommu_iommu_info {
	__u32 size;
	__u32 flags;
	__u32 iommu_id;
	__u32 out_kind;
	__u32 out_prq_entries;
	__u32 out_nr_endpoints;
	__u32 out_address_width;
	__u32 __reserved;
	char out_name[MOCK_IOMMU_NAME_LEN];
};

#define MOCK_IOMMU_IOMMU_INFO _IO(MOCK_IOMMU_TYPE, MOCK_IOMMU_CMD_IOMMU_INFO)

/**
 * struct mock_iommu_iommu_stats - ioctl(MOCK_IOMMU_IOMMU_STATS)
 * @size: sizeof(struct mock_iommu_iommu_stats)
 * @flags: must be 0
 * @iommu_id: instance asked for
 * @out_irq_masked: 1 while the interrupts of page requests and faults are masked
 * @out_prq_written: descriptors that the hardware put into the queue
 * @out_prq_handled: descriptors that the driver took out
 * @out_prq_rejected: of those, malformed, without a domain that handles faults,
 *	or more of groups that are not whole than the endpoint has credits; each
 *	that was the last of its group was answered Invalid
 * @out_prq_dropped: requests lost to a full queue
 * @out_prq_overflows: times that the overflow bit went from 0 to 1
 * @out_interrupts: page request interrupts delivered
 * @out_iotlb_hits: translations answered by the IOTLB
 * @out_iotlb_misses: translations that needed a walk of the page table
 * @out_invalidations: IOTLB, PASID cache and device TLB invalidations done
 * @out_inv_descriptors: descriptors taken from the invalidation queue
 * @out_inv_errors: times that the invalidation queue, or the command queue,
 *	reported an error: a bad descriptor, a time-out, a bad completion
 * @out_faults_raised: translation faults that no one can repair, by whichever
 *	endpoint
 * @out_faults_recorded: of those, put into a fault recording register or into
 *	the event queue, or merged with a record there (SMMUv3: STE.MEV, which the
 *	stream of a guest with a stage 1 of its own has)
 * @out_faults_lost: of those, lost since there was no room
 * @out_fault_overflows: times that the overflow was signalled (FSTS.PFO, or the
 *	overflow toggle of the event queue)
 * @out_faults_handled: recorded faults that the driver took and reported
 * @out_faults_unclaimed: of those, for which no one had a queue
 * @out_stalls: transactions that were stalled (SMMUv3)
 * @out_vcmdq_commands: commands executed from virtual command queues
 * @out_vcmdq_errors: times that one of them stopped
 *
 * Counts since the instance was added. They are not taken at one instant.
 */
struct mock_iommu_iommu_stats {
	__u32 size;
	__u32 flags;
	__u32 iommu_id;
	__u32 out_irq_masked;
	__aligned_u64 out_prq_written;
	__aligned_u64 out_prq_handled;
	__aligned_u64 out_prq_rejected;
	__aligned_u64 out_prq_dropped;
	__aligned_u64 out_prq_overflows;
	__aligned_u64 out_interrupts;
	__aligned_u64 out_iotlb_hits;
	__aligned_u64 out_iotlb_misses;
	__aligned_u64 out_invalidations;
	__aligned_u64 out_inv_descriptors;
	__aligned_u64 out_inv_errors;
	__aligned_u64 out_faults_raised;
	__aligned_u64 out_faults_recorded;
	__aligned_u64 out_faults_lost;
	__aligned_u64 out_fault_overflows;
	__aligned_u64 out_faults_handled;
	__aligned_u64 out_faults_unclaimed;
	__aligned_u64 out_stalls;
	__aligned_u64 out_vcmdq_commands;
	__aligned_u64 out_vcmdq_errors;
};

#define MOCK_IOMMU_IOMMU_STATS _IO(MOCK_IOMMU_TYPE, MOCK_IOMMU_CMD_IOMMU_STATS)

/**
 * struct mock_iommu_iommu_irq - ioctl(MOCK_IOMMU_IOMMU_IRQ)
 * @size: sizeof(struct mock_iommu_iommu_irq)
 * @flags: must be 0
 * @iommu_id: instance
 * @masked: 1 to mask the interrupts of page requests and of translation faults,
 *	0 to unmask them
 *
 * While they are masked the page request queue, and the event queue or the
 * fault recording registers, fill up and at last overflow. A pending interrupt
 * is delivered before unmasking returns. Attaching and detaching a page table
 * empty the page request queue in spite of the mask; removing an endpoint
 * empties what has its faults, too.
 */
struct mock_iommu_iommu_irq {
	__u32 size;
	__u32 flags;
	__u32 iommu_id;
	__u32 masked;
};

#define MOCK_IOMMU_IOMMU_IRQ _IO(MOCK_IOMMU_TYPE, MOCK_IOMMU_CMD_IOMMU_IRQ)

/**
 * enum mock_iommu_endpoint_flags - what an endpoint can do and how it is
 * @MOCK_IOMMU_ENDPOINT_ATS: caches translations in a device TLB of its own
 * @MOCK_IOMMU_ENDPOINT_PRI: sends page requests; needs ATS
 * @MOCK_IOMMU_ENDPOINT_STALL: its accesses are stalled when a page is missing,
 *	until the driver resumes them; on an SMMUv3 only, and without
 *	MOCK_IOMMU_ENDPOINT_ATS
 * @MOCK_IOMMU_ENDPOINT_PRI_STOPPED: (output only) page requests are disabled
 *	since a Response Failure; MOCK_IOMMU_ENDPOINT_RESET enables them again
 */
enum mock_iommu_endpoint_flags {
	MOCK_IOMMU_ENDPOINT_ATS = 1 << 0,
	MOCK_IOMMU_ENDPOINT_PRI = 1 << 1,
	MOCK_IOMMU_ENDPOINT_PRI_STOPPED = 1 << 2,
	MOCK_IOMMU_ENDPOINT_STALL = 1 << 3,
};

/**
 * enum mock_iommu_resv_type - what firmware says of a reserved region
 * @MOCK_IOMMU_RESV_NONE: there is none
 * @MOCK_IOMMU_RESV_RESERVED: addresses that are not to be used
 * @MOCK_IOMMU_RESV_DIRECT: memory of firmware that must stay mapped: such an
 *	endpoint cannot be bound
 * @MOCK_IOMMU_RESV_DIRECT_RELAXABLE: the same until a driver takes over
 */
enum mock_iommu_resv_type {
	MOCK_IOMMU_RESV_NONE = 0,
	MOCK_IOMMU_RESV_RESERVED = 1,
	MOCK_IOMMU_RESV_DIRECT = 2,
	MOCK_IOMMU_RESV_DIRECT_RELAXABLE = 3,
};

/*
 * Reserved on each endpoint: message signalled interrupts, as a driver of VT-d
 * says, and a window for these, as one of SMMUv3 says.
 */
#define MOCK_IOMMU_VTD_MSI_START 0xfee00000
#define MOCK_IOMMU_SMMUV3_MSI_START 0x08000000
#define MOCK_IOMMU_MSI_LENGTH 0x100000

/**
 * struct mock_iommu_endpoint_add - ioctl(MOCK_IOMMU_ENDPOINT_ADD)
 * @size: sizeof(struct mock_iommu_endpoint_add)
 * @flags: MOCK_IOMMU_ENDPOINT_ATS, MOCK_IOMMU_ENDPOINT_PRI,
 *	MOCK_IOMMU_ENDPOINT_STALL
 * @iommu_id: instance to put it behind
 * @rid: 16-bit requester id, unique on the instance; 0 for any that is free
 * @pasid_bits: width of its PASIDs, 0 (none) to MOCK_IOMMU_MAX_PASID_BITS
 * @pri_credits: page requests that it may have outstanding (the Outstanding
 *	Page Request Allocation of its PRI capability), 1 to
 *	MOCK_IOMMU_MAX_PRI_CREDITS; 0 for 32. Must be 0 without PRI.
 * @out_endpoint_id: id of the new endpoint; ids are not used again
 * @__reserved: must be 0
 * @out_name: name of its device, "mock-iommu%u-ep%u": as a bus and a device
 *	name it is platform/mock-iommu0-ep0. The number is the lowest one free
 *	on the instance.
 * @resv_type: one of enum mock_iommu_resv_type
 * @__reserved2: must be 0
 * @resv_start: where the region begins, a multiple of 4 KiB; 0 without one
 * @resv_length: bytes of it, a multiple of 4 KiB and not 0; 0 without one
 *
 * EEXIST: the instance has an endpoint with this RID already.
 * ENOSPC: it has MOCK_IOMMU_MAX_ENDPOINTS already.
 */
struct mock_iommu_endpoint_add {
	__u32 size;
	__u32 flags;
	__u32 iommu_id;
	__u32 rid;
	__u32 pasid_bits;
	__u32 pri_credits;
	__u32 out_endpoint_id;
	__u32 __reserved;
	char out_name[MOCK_IOMMU_NAME_LEN];
	__u32 resv_type;
	__u32 __reserved2;
	__aligned_u64 resv_start;
	__aligned_u64 resv_length;
};

#define MOCK_IOMMU_ENDPOINT_ADD \
	_IO(MOCK_IOMMU_TYPE, MOCK_IOMMU_CMD_ENDPOINT_ADD)

/**
 * struct mock_iommu_endpoint_remove - ioctl(MOCK_IOMMU_ENDPOINT_REMOVE)
 * @size: sizeof(struct mock_iommu_endpoint_remove)
 * @endpoint_id: endpoint to unplug
 *
 * A surprise removal: it works while the endpoint is bound, has page tables
 * attached, does DMA and waits for page responses. DMA in progress ends with
 * MOCK_IOMMU_DMA_GONE. When this returns, the device is gone.
 */
struct mock_iommu_endpoint_remove {
	__u32 size;
	__u32 endpoint_id;
};

#define MOCK_IOMMU_ENDPOINT_REMOVE \
	_IO(MOCK_IOMMU_TYPE, MOCK_IOMMU_CMD_ENDPOINT_REMOVE)

/**
 * struct mock_iommu_endpoint_info - ioctl(MOCK_IOMMU_ENDPOINT_INFO)
 * @size: sizeof(struct mock_iommu_endpoint_info)
 * @flags: of enum mock_iommu_info_flags
 * @endpoint_id: endpoint asked for; on return, the one told about
 * @out_iommu_id: instance that it is behind
 * @out_flags: of enum mock_iommu_endpoint_flags
 * @out_rid: requester id
 * @out_pasid_bits: width of its PASIDs, 0 without
 * @out_pri_credits: page requests that it may have outstanding, 0 without PRI
 * @out_name: name of the device below /sys/bus/platform/devices
 */
struct mock_iommu_endpoint_info {
	__u32 size;
	__u32 flags;
	__u32 endpoint_id;
	__u32 out_iommu_id;
	__u32 out_flags;
	__u32 out_rid;
	__u32 out_pasid_bits;
	__u32 out_pri_credits;
	char out_name[MOCK_IOMMU_NAME_LEN];
};

#define MOCK_IOMMU_ENDPOINT_INFO \
	_IO(MOCK_IOMMU_TYPE, MOCK_IOMMU_CMD_ENDPOINT_INFO)

/**
 * struct mock_iommu_endpoint_stats - ioctl(MOCK_IOMMU_ENDPOINT_STATS)
 * @size: sizeof(struct mock_iommu_endpoint_stats)
 * @flags: must be 0
 * @endpoint_id: endpoint asked for
 * @out_flags: of enum mock_iommu_endpoint_flags, as it is now
 * @out_outstanding_requests: page requests without an answer now
 * @out_outstanding_groups: groups sent whole and without an answer now
 * @out_page_requests: page requests sent, stop markers not counted
 * @out_groups: last pages sent
 * @out_stop_markers: PASID stop markers sent
 * @out_success: groups answered Success
 * @out_invalid: groups answered Invalid Request
 * @out_failure: groups answered Response Failure
 * @out_auto_success: of @out_success, answered by the IOMMU itself since its
 *	page request queue was full
 * @out_unexpected: answers to a group index that was not outstanding
 * @out_dma_bytes: bytes moved or compared
 * @out_devtlb_hits: translations found in the device TLB
 * @out_devtlb_misses: translations asked of the IOMMU
 *
 * Counts since the endpoint was added. They are not taken at one instant.
 */
struct mock_iommu_endpoint_stats {
	__u32 size;
	__u32 flags;
	__u32 endpoint_id;
	__u32 out_flags;
	__u32 out_outstanding_requests;
	__u32 out_outstanding_groups;
	__aligned_u64 out_page_requests;
	__aligned_u64 out_groups;
	__aligned_u64 out_stop_markers;
	__aligned_u64 out_success;
	__aligned_u64 out_invalid;
	__aligned_u64 out_failure;
	__aligned_u64 out_auto_success;
	__aligned_u64 out_unexpected;
	__aligned_u64 out_dma_bytes;
	__aligned_u64 out_devtlb_hits;
	__aligned_u64 out_devtlb_misses;
};

#define MOCK_IOMMU_ENDPOINT_STATS \
	_IO(MOCK_IOMMU_TYPE, MOCK_IOMMU_CMD_ENDPOINT_STATS)

/**
 * struct mock_iommu_endpoint_reset - ioctl(MOCK_IOMMU_ENDPOINT_RESET)
 * @size: sizeof(struct mock_iommu_endpoint_reset)
 * @endpoint_id: endpoint to reset
 *
 * A function level reset: DMA in progress ends with MOCK_IOMMU_DMA_RESET,
 * outstanding page requests are forgotten (an answer that comes later is
 * unexpected), the device TLB and the response log are emptied, and page
 * requests are enabled if the endpoint has PRI. Counters go on.
 */
struct mock_iommu_endpoint_reset {
	__u32 size;
	__u32 endpoint_id;
};

#define MOCK_IOMMU_ENDPOINT_RESET \
	_IO(MOCK_IOMMU_TYPE, MOCK_IOMMU_CMD_ENDPOINT_RESET)

/**
 * enum mock_iommu_dma_op - what the DMA engine does
 * @MOCK_IOMMU_DMA_READ: read from IOVA into the caller's buffer
 * @MOCK_IOMMU_DMA_WRITE: write the caller's buffer to IOVA
 * @MOCK_IOMMU_DMA_COPY: read from IOVA, write to another IOVA
 * @MOCK_IOMMU_DMA_COMPARE: read from IOVA, compare with the caller's buffer
 */
enum mock_iommu_dma_op {
	MOCK_IOMMU_DMA_READ = 0,
	MOCK_IOMMU_DMA_WRITE = 1,
	MOCK_IOMMU_DMA_COPY = 2,
	MOCK_IOMMU_DMA_COMPARE = 3,
};

/**
 * enum mock_iommu_dma_flags - flags of MOCK_IOMMU_DMA
 * @MOCK_IOMMU_DMA_PASID: accesses at @iova carry @pasid
 * @MOCK_IOMMU_DMA_DST_PASID: writes at @dst_iova carry @dst_pasid
 * @MOCK_IOMMU_DMA_PRIV: accesses at @iova are made in supervisor mode; with
 *	MOCK_IOMMU_DMA_PASID only
 * @MOCK_IOMMU_DMA_EXEC: reads at @iova are for execution; with
 *	MOCK_IOMMU_DMA_PASID only, and not for WRITE
 */
enum mock_iommu_dma_flags {
	MOCK_IOMMU_DMA_PASID = 1 << 0,
	MOCK_IOMMU_DMA_DST_PASID = 1 << 1,
	MOCK_IOMMU_DMA_PRIV = 1 << 2,
	MOCK_IOMMU_DMA_EXEC = 1 << 3,
};

/**
 * enum mock_iommu_dma_status - how a DMA ended
 * @MOCK_IOMMU_DMA_OK: all bytes done
 * @MOCK_IOMMU_DMA_INVALID: a page request was answered Invalid Request, or a
 *	stalled access was aborted
 * @MOCK_IOMMU_DMA_FAILURE: a page request was answered Response Failure
 * @MOCK_IOMMU_DMA_BLOCKED: the IOMMU refused the access and there was nothing
 *	to ask for; the reason tells why
 * @MOCK_IOMMU_DMA_NO_PROGRESS: page requests were answered Success, yet the
 *	page was not there for @max_retries accesses in a row
 * @MOCK_IOMMU_DMA_PRI_STOPPED: page requests are disabled since an earlier
 *	Response Failure, and one was needed
 * @MOCK_IOMMU_DMA_GONE: the endpoint was removed
 * @MOCK_IOMMU_DMA_RESET: the endpoint was reset
 * @MOCK_IOMMU_DMA_INTERRUPTED: a signal came, or a wake-up without one (SIGSTOP
 *	and SIGCONT, a tracer that attaches, the cgroup freezer, a suspend); the
 *	rest can be done by another ioctl that begins at @out_done
 * @MOCK_IOMMU_DMA_MISMATCH: memory differs from the buffer at @out_done
 */
enum mock_iommu_dma_status {
	MOCK_IOMMU_DMA_OK = 0,
	MOCK_IOMMU_DMA_INVALID = 1,
	MOCK_IOMMU_DMA_FAILURE = 2,
	MOCK_IOMMU_DMA_BLOCKED = 3,
	MOCK_IOMMU_DMA_NO_PROGRESS = 4,
	MOCK_IOMMU_DMA_PRI_STOPPED = 5,
	MOCK_IOMMU_DMA_GONE = 6,
	MOCK_IOMMU_DMA_RESET = 7,
	MOCK_IOMMU_DMA_INTERRUPTED = 8,
	MOCK_IOMMU_DMA_MISMATCH = 9,
};

/**
 * enum mock_iommu_perm - permissions asked for; as IOMMU_PGFAULT_PERM_*
 * @MOCK_IOMMU_PERM_READ: read
 * @MOCK_IOMMU_PERM_WRITE: write
 * @MOCK_IOMMU_PERM_EXEC: execute
 * @MOCK_IOMMU_PERM_PRIV: privileged mode
 */
enum mock_iommu_perm {
	MOCK_IOMMU_PERM_READ = 1 << 0,
	MOCK_IOMMU_PERM_WRITE = 1 << 1,
	MOCK_IOMMU_PERM_EXEC = 1 << 2,
	MOCK_IOMMU_PERM_PRIV = 1 << 3,
};

/**
 * struct mock_iommu_dma - ioctl(MOCK_IOMMU_DMA)
 * @size: sizeof(struct mock_iommu_dma)
 * @flags: of enum mock_iommu_dma_flags
 * @endpoint_id: endpoint that does it
 * @op: one of enum mock_iommu_dma_op
 * @pasid: with MOCK_IOMMU_DMA_PASID, below 2^pasid_bits of the endpoint; else
 *	must be 0
 * @dst_pasid: the same with MOCK_IOMMU_DMA_DST_PASID, which is for COPY only
 * @iova: where to begin; any alignment
 * @dst_iova: COPY: where to begin writing; else must be 0
 * @buf: address of the caller's buffer; must be 0 for COPY
 * @length: bytes, 1 to MOCK_IOMMU_MAX_DMA_LENGTH
 * @group_pages: how many consecutive pages, within the range of this DMA and
 *	beginning with the missing one, are asked for by one page request
 *	group: 1 to MOCK_IOMMU_MAX_GROUP_PAGES, 0 for 1. Never more than the
 *	endpoint's credits. Pages behind the first are asked for as well if they
 *	are there already.
 * @max_retries: accesses to a page that may miss after its request was answered
 *	Success, before the DMA gives up; 0 for 8. From the second such request
 *	on the endpoint waits up to some milliseconds before it tries again.
 * @out_status: one of enum mock_iommu_dma_status
 * @out_reason: BLOCKED: the fault reason in the native code of the IOMMU, as of
 *	struct mock_iommu_fault; 0xe0 for what an SMMUv3 aborts and does not
 *	record; else 0
 * @out_perm: the access that did not succeed: MOCK_IOMMU_PERM_READ, with
 *	MOCK_IOMMU_PERM_EXEC if it was for execution, or MOCK_IOMMU_PERM_WRITE;
 *	0 if all did
 * @__reserved: must be 0
 * @out_fault_iova: its address; for COPY @out_perm tells in which range
 * @out_done: bytes done, counted from the beginning; for COMPARE the bytes
 *	found equal
 * @out_page_requests: page requests sent
 * @out_groups: page request groups sent
 * @out_retries: accesses that missed again after their request was answered
 *	Success
 * @out_stage: if an access was refused in the end, whatever became of its page
 *	request: 1 for the first stage of a nested translation, 2 for the second
 *	one and for the only one, 0 if it did not come to a page table; else 0
 * @out_on_walk: 1 if the second stage did not lead to an entry of the first
 *	stage's table, or did not let it be written; 0 if @out_stage is about
 *	the page
 * @out_fault_addr: the address that @out_stage was to translate: IOVA, or for
 *	the second of two stages that to which the first one led, or which the
 *	entry has
 *
 * Blocks until the DMA is over. An access to memory that is not mapped makes
 * an endpoint with PRI send a page request and wait for its answer.
 *
 * An access reaches memory only by way of a page table that maps it: with a
 * blocked or an identity domain it ends with MOCK_IOMMU_DMA_BLOCKED.
 *
 * Pages are accessed one by one in ascending order. A page access is atomic
 * with respect to invalidations: once an unmap has returned, no DMA
 * touches the page any more.
 *
 * EOVERFLOW: a range wraps around the end of the address space.
 * EFAULT: the buffer faulted; how much was done is not told.
 */
struct mock_iommu_dma {
	__u32 size;
	__u32 flags;
	__u32 endpoint_id;
	__u32 op;
	__u32 pasid;
	__u32 dst_pasid;
	__aligned_u64 iova;
	__aligned_u64 dst_iova;
	__aligned_u64 buf;
	__aligned_u64 length;
	__u32 group_pages;
	__u32 max_retries;
	__u32 out_status;
	__u32 out_reason;
	__u32 out_perm;
	__u32 __reserved;
	__aligned_u64 out_fault_iova;
	__aligned_u64 out_done;
	__aligned_u64 out_page_requests;
	__aligned_u64 out_groups;
	__aligned_u64 out_retries;
	__u32 out_stage;
	__u32 out_on_walk;
	__aligned_u64 out_fault_addr;
};

#define MOCK_IOMMU_DMA _IO(MOCK_IOMMU_TYPE, MOCK_IOMMU_CMD_DMA)

/**
 * enum mock_iommu_request_flags - flags of a struct mock_iommu_request
 * @MOCK_IOMMU_REQUEST_PASID: the request carries @pasid
 * @MOCK_IOMMU_REQUEST_LAST: it is the last of its group
 * @MOCK_IOMMU_REQUEST_PRIVATE: it carries @private_data
 * @MOCK_IOMMU_REQUEST_AUTO_GRPID: the endpoint chooses @grpid. Consecutive
 *	requests of one ioctl with this flag share an index up to and including
 *	the one with MOCK_IOMMU_REQUEST_LAST.
 */
enum mock_iommu_request_flags {
	MOCK_IOMMU_REQUEST_PASID = 1 << 0,
	MOCK_IOMMU_REQUEST_LAST = 1 << 1,
	MOCK_IOMMU_REQUEST_PRIVATE = 1 << 2,
	MOCK_IOMMU_REQUEST_AUTO_GRPID = 1 << 3,
};

/**
 * struct mock_iommu_request - a Page Request message
 * @flags: of enum mock_iommu_request_flags
 * @pasid: 20 bits; must be 0 without MOCK_IOMMU_REQUEST_PASID. Whether the
 *	endpoint has such PASIDs is not checked.
 * @grpid: 9-bit page request group index; on return the one that was used
 * @perm: of enum mock_iommu_perm
 * @addr: address of the page; the low 12 bits must be 0
 * @private_data: as VT-d 3.x carries it; must be 0 without
 *	MOCK_IOMMU_REQUEST_PRIVATE
 *
 * A request with PASID and LAST but with neither READ nor WRITE is a PASID stop
 * marker: it gets no answer, takes no credit, and uses up no group index. Without
 * PASID such a request takes both. VT-d's driver drops it as the kernel's does
 * (drivers/iommu/intel/prq.c), and the endpoint waits for an answer until it is
 * reset.
 *
 * VT-d's driver also answers Invalid Request what the kernel's does: a request of
 * a non-canonical address, with PRIV and READ or WRITE, or with EXEC and READ. So
 * no DMA for execution or in privileged mode is served there by page requests;
 * SMMUv3's driver reports them.
 */
struct mock_iommu_request {
	__u32 flags;
	__u32 pasid;
	__u32 grpid;
	__u32 perm;
	__aligned_u64 addr;
	__aligned_u64 private_data[2];
};

/**
 * enum mock_iommu_page_request_flags - flags of MOCK_IOMMU_PAGE_REQUEST
 * @MOCK_IOMMU_PAGE_REQUEST_FORCE: send as a broken endpoint would: without
 *	credits, with a group index that is in use, and while page requests are
 *	disabled; or without PRI, unless it is one that can be stalled. VT-d blocks
 *	the requests of an endpoint without PRI: it records a fault and answers
 *	the group Response Failure
 */
enum mock_iommu_page_request_flags {
	MOCK_IOMMU_PAGE_REQUEST_FORCE = 1 << 0,
};

/**
 * struct mock_iommu_page_request - ioctl(MOCK_IOMMU_PAGE_REQUEST)
 * @size: sizeof(struct mock_iommu_page_request)
 * @flags: of enum mock_iommu_page_request_flags
 * @endpoint_id: endpoint that sends
 * @count: number of requests, 1 to MOCK_IOMMU_MAX_REQUESTS
 * @requests: address of an array of struct mock_iommu_request; the @grpid of
 *	those sent is written back
 * @out_sent: how many were sent, from the beginning of the array
 * @__reserved: must be 0
 *
 * Send page requests as given, in their order, and wait for no answer; answers
 * are collected by MOCK_IOMMU_RESPONSE_READ. The whole array is checked before
 * anything is sent. The interrupt is raised once, after the last one.
 *
 * If a request cannot be sent, those before it stay sent: the ioctl then
 * returns 0 with a smaller @out_sent. It fails if that would be 0:
 *
 * EOPNOTSUPP: the endpoint has no PRI, see MOCK_IOMMU_PAGE_REQUEST_FORCE.
 * EAGAIN: no credit, or no group index is free.
 * EBUSY: the group index was used by a group that has no answer yet.
 * EIO: page requests are disabled.
 */
struct mock_iommu_page_request {
	__u32 size;
	__u32 flags;
	__u32 endpoint_id;
	__u32 count;
	__aligned_u64 requests;
	__u32 out_sent;
	__u32 __reserved;
};

#define MOCK_IOMMU_PAGE_REQUEST \
	_IO(MOCK_IOMMU_TYPE, MOCK_IOMMU_CMD_PAGE_REQUEST)

/**
 * enum mock_iommu_response_code - Response Code of a PRG Response message
 * @MOCK_IOMMU_RESPONSE_SUCCESS: Success
 * @MOCK_IOMMU_RESPONSE_INVALID: Invalid Request
 * @MOCK_IOMMU_RESPONSE_FAILURE: Response Failure
 */
enum mock_iommu_response_code {
	MOCK_IOMMU_RESPONSE_SUCCESS = 0x0,
	MOCK_IOMMU_RESPONSE_INVALID = 0x1,
	MOCK_IOMMU_RESPONSE_FAILURE = 0xf,
};

/**
 * enum mock_iommu_response_flags - flags of a struct mock_iommu_response
 * @MOCK_IOMMU_RESPONSE_PASID: the answer carried @pasid
 * @MOCK_IOMMU_RESPONSE_UNEXPECTED: @grpid was not outstanding
 * @MOCK_IOMMU_RESPONSE_AUTO: given by the IOMMU itself: Success since its page
 *	request queue was full, Response Failure since it blocked the request
 */
enum mock_iommu_response_flags {
	MOCK_IOMMU_RESPONSE_PASID = 1 << 0,
	MOCK_IOMMU_RESPONSE_UNEXPECTED = 1 << 1,
	MOCK_IOMMU_RESPONSE_AUTO = 1 << 2,
};

/**
 * struct mock_iommu_response - a PRG Response message
 * @flags: of enum mock_iommu_response_flags
 * @pasid: PASID of the answer, 0 without MOCK_IOMMU_RESPONSE_PASID
 * @grpid: page request group index
 * @code: one of enum mock_iommu_response_code
 */
struct mock_iommu_response {
	__u32 flags;
	__u32 pasid;
	__u32 grpid;
	__u32 code;
};

/**
 * struct mock_iommu_response_read - ioctl(MOCK_IOMMU_RESPONSE_READ)
 * @size: sizeof(struct mock_iommu_response_read)
 * @flags: must be 0
 * @endpoint_id: endpoint
 * @count: how many to wait for, 1 to MOCK_IOMMU_RESPONSE_LOG; @responses has
 *	room for so many
 * @responses: address of an array of struct mock_iommu_response
 * @timeout_ms: how long to wait for @count responses to be there: 0 takes what
 *	is there, 0xffffffff waits for ever
 * @out_count: responses written, the oldest first
 * @out_lost: responses that found the log full since the last read
 *
 * Take answers out of the endpoint's log: those to groups that were sent by
 * MOCK_IOMMU_PAGE_REQUEST and the unexpected ones. Answers to a DMA's own
 * requests are not logged.
 *
 * When the time is over, when a signal comes (or a wake-up without one, if some
 * are there) or when the endpoint goes, the ioctl returns 0 with what is there.
 * It fails if nothing is:
 *
 * ETIMEDOUT: the time is over; not with a @timeout_ms of 0.
 * EINTR, ENODEV: as above.
 */
struct mock_iommu_response_read {
	__u32 size;
	__u32 flags;
	__u32 endpoint_id;
	__u32 count;
	__aligned_u64 responses;
	__u32 timeout_ms;
	__u32 out_count;
	__aligned_u64 out_lost;
};

#define MOCK_IOMMU_RESPONSE_READ \
	_IO(MOCK_IOMMU_TYPE, MOCK_IOMMU_CMD_RESPONSE_READ)

/**
 * enum mock_iommu_misbehaviour - what an endpoint, or its driver, does wrong
 * @MOCK_IOMMU_INV_TIMEOUT: it does not answer an invalidation of its device
 *	TLB. The hardware aborts what waits for it and stops (VT-d: FSTS.ITE;
 *	SMMUv3: CERROR_ATC_INV_SYNC)
 * @MOCK_IOMMU_INV_BAD_COMPLETION: it answers one wrongly. The hardware notes it
 *	and goes on (VT-d: FSTS.ICE); an SMMUv3 takes it for no answer
 * @MOCK_IOMMU_INV_BAD_DESCRIPTOR: the descriptor of one is damaged before the
 *	hardware reads it, which stops there (VT-d: FSTS.IQE; SMMUv3:
 *	CERROR_ILL)
 * @MOCK_IOMMU_ATTACH_REFUSED: the IOMMU driver refuses to attach a page table
 *	to the endpoint (ENOSPC), and leaves the one before it in force
 * @MOCK_IOMMU_ATTACH_BLOCKED: the same, but the driver has blocked the RID or
 *	PASID before it refuses, as drivers of real hardware do
 */
enum mock_iommu_misbehaviour {
	MOCK_IOMMU_INV_TIMEOUT = 0,
	MOCK_IOMMU_INV_BAD_COMPLETION = 1,
	MOCK_IOMMU_INV_BAD_DESCRIPTOR = 2,
	MOCK_IOMMU_ATTACH_REFUSED = 3,
	MOCK_IOMMU_ATTACH_BLOCKED = 4,
};

/**
 * struct mock_iommu_misbehave - ioctl(MOCK_IOMMU_MISBEHAVE)
 * @size: sizeof(struct mock_iommu_misbehave)
 * @flags: must be 0
 * @endpoint_id: an endpoint; with ATS for the three about invalidations
 * @what: one of enum mock_iommu_misbehaviour
 * @nth: which occasion from now on is the first to go wrong, from 1 on
 * @count: how many go wrong from it on; 0 for none any more
 *
 * For an invalidation an occasion is a descriptor in the invalidation queue that
 * is for the device TLB of this endpoint, whoever queued it: a guest's
 * invalidation, an unmap, an attachment. For an HWPT on the RID there are two
 * each time, since requests without PASID and with PASID 0 are told apart by the
 * device TLB.
 *
 * For an attachment an occasion is each time that the driver is asked to attach
 * a page table other than the one that it has there, on the RID or on a PASID;
 * not a detachment, which cannot fail. A page table that was on the RID before
 * the driver blocked it can always be attached there again by the kernel's own
 * repair of a failed attachment.
 *
 * An invalidation that goes wrong is done all the same, and a damaged one drops
 * all that the device TLB has: whatever goes wrong, no endpoint reaches memory
 * that was taken from it.
 *
 * EOPNOTSUPP: an invalidation, and the endpoint has no ATS.
 */
struct mock_iommu_misbehave {
	__u32 size;
	__u32 flags;
	__u32 endpoint_id;
	__u32 what;
	__u32 nth;
	__u32 count;
};

#define MOCK_IOMMU_MISBEHAVE _IO(MOCK_IOMMU_TYPE, MOCK_IOMMU_CMD_MISBEHAVE)

/**
 * struct mock_iommu_fault - ioctl(MOCK_IOMMU_FAULT)
 * @size: sizeof(struct mock_iommu_fault)
 * @flags: 0 or MOCK_IOMMU_REQUEST_PASID
 * @endpoint_id: whose access it was
 * @pasid: 20 bits; must be 0 without MOCK_IOMMU_REQUEST_PASID
 * @reason: why it failed, in the native code of the IOMMU: a fault reason of
 *	VT-d, 1 to 0xff, or an event id of SMMUv3, 1 to 0xff
 * @perm: of enum mock_iommu_perm
 * @addr: what was accessed
 * @count: how many times, 1 to 2^32 - 1, as fast as it goes
 * @out_done: how many there were: less than @count after a signal, or a wake-up
 *	without one
 *
 * Make the IOMMU believe that translations failed which no one can repair; it
 * records and signals them as it does those of a DMA.
 */
struct mock_iommu_fault {
	__u32 size;
	__u32 flags;
	__u32 endpoint_id;
	__u32 pasid;
	__u32 reason;
	__u32 perm;
	__aligned_u64 addr;
	__u32 count;
	__u32 out_done;
};

#define MOCK_IOMMU_FAULT _IO(MOCK_IOMMU_TYPE, MOCK_IOMMU_CMD_FAULT)

/**
 * struct mock_iommu_queue_error - ioctl(MOCK_IOMMU_QUEUE_ERROR)
 * @size: sizeof(struct mock_iommu_queue_error)
 * @flags: must be 0
 * @endpoint_id: an endpoint with ATS
 * @what: one of enum mock_iommu_misbehaviour, about invalidations
 *
 * Have the driver invalidate all of the endpoint's device TLB, and have that
 * go wrong as MOCK_IOMMU_MISBEHAVE says. The error is reported and repaired
 * before this returns.
 *
 * EOPNOTSUPP: the endpoint has no ATS.
 */
struct mock_iommu_queue_error {
	__u32 size;
	__u32 flags;
	__u32 endpoint_id;
	__u32 what;
};

#define MOCK_IOMMU_QUEUE_ERROR _IO(MOCK_IOMMU_TYPE, MOCK_IOMMU_CMD_QUEUE_ERROR)

#endif /* _UAPI_LINUX_MOCK_IOMMU_H */
