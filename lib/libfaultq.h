/* SPDX-License-Identifier: MIT */
/*
 * libfaultq: I/O page faults in user space, through the rings of faultq.ko.
 *
 * Every function that can fail returns a negative errno. What an error number
 * means is said in <linux/faultq.h>, at its head and at the struct of the
 * ioctl; here stands what the library adds. Nothing is printed, and there is no
 * global state: calls on different contexts, queues and rings are independent,
 * calls on one ring are serialised by the caller.
 */
#ifndef LIBFAULTQ_H
#define LIBFAULTQ_H

#include <linux/faultq.h>
#include <linux/types.h>

#ifdef __cplusplus
extern "C" {
/* a function may have the name of the struct of its ioctl, as stat() does */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#endif

/**
 * DOC: the context
 *
 * A context is an open file of /dev/faultq. close() ends it with all that was
 * made in it. Most calls below are one ioctl of the same name.
 */

/* For @pasid of attach and detach: the device's requests without PASID */
#define FAULTQ_NO_PASID 0

/**
 * faultq_open() - open a context
 *
 * Return: a file, with O_CLOEXEC, to be closed by close(); -ENOENT if the
 * module is not loaded, -EACCES if the mode of the file denies it.
 */
int faultq_open(void);

/**
 * faultq_destroy() - end an object of a context
 * @ctx: the context
 * @id: id of any object
 *
 * Return: 0 or a negative errno.
 */
int faultq_destroy(int ctx, __u32 id);

/**
 * faultq_queue_alloc() - make a QUEUE
 * @ctx: the context
 * @alloc: what to make, and out_queue_id, out_queue_fd of what was made; the
 *	library fills in its size
 *
 * The caller owns the file, and may hand it to faultq_queue_open().
 *
 * Return: 0 or a negative errno.
 */
int faultq_queue_alloc(int ctx, struct faultq_queue_alloc *alloc);

/**
 * faultq_device_bind() - take over a device's DMA
 * @ctx: the context
 * @name: "BUS/DEVICE"; one that is too long is not found, which is -ENODEV
 * @label: any value, for faultq_device_info()
 * @dev_id: where to put the id of the DEVICE
 *
 * Return: 0 or a negative errno.
 */
int faultq_device_bind(int ctx, const char *name, __u64 label, __u32 *dev_id);

/**
 * faultq_device_info() - what a DEVICE is and can do
 * @ctx: the context
 * @dev_id: id of the DEVICE
 * @info: where to put it
 *
 * Return: 0 or a negative errno.
 */
int faultq_device_info(int ctx, __u32 dev_id, struct faultq_device_info *info);

/**
 * faultq_device_hw_info() - what a virtual IOMMU must mirror of a DEVICE's IOMMU
 * @ctx: the context
 * @dev_id: id of the DEVICE
 * @data: where to put it
 * @length: in: room at @data; out: bytes that the kernel has
 * @type: where to put which it is, of enum faultq_hw_info_type
 *
 * Return: 0 or a negative errno.
 */
int faultq_device_hw_info(int ctx, __u32 dev_id, void *data, __u32 *length,
			  __u32 *type);

/**
 * faultq_hwpt_alloc() - make a page table
 * @ctx: the context
 * @dev_id: id of a DEVICE behind the IOMMU that is to use it
 * @queue_id: id of the QUEUE that gets its page faults; 0 for none
 * @hwpt_id: where to put the id of the HWPT
 *
 * Return: 0 or a negative errno.
 */
int faultq_hwpt_alloc(int ctx, __u32 dev_id, __u32 queue_id, __u32 *hwpt_id);

/**
 * faultq_hwpt_map() - let devices reach memory of the caller
 * @ctx: the context
 * @hwpt_id: id of the HWPT
 * @memory: start of the memory, at a page's start
 * @length: bytes, a multiple of the page size
 * @iova: where the devices see it, a multiple of the page size
 * @access: FAULTQ_HWPT_MAP_READABLE, FAULTQ_HWPT_MAP_WRITEABLE or both
 *
 * For FAULTQ_HWPT_MAP_WRITEABLE @memory may be anonymous, a memfd, a private
 * mapping of any file, or a shared one of a file on tmpfs or hugetlbfs. The
 * kernel refuses shared mappings of files on ext4 and other file systems that
 * write back to storage, with -EFAULT.
 *
 * Return: 0 or a negative errno.
 */
int faultq_hwpt_map(int ctx, __u32 hwpt_id, void *memory, __u64 length,
		    __u64 iova, __u32 access);

/**
 * faultq_hwpt_unmap() - take memory away from devices
 * @ctx: the context
 * @hwpt_id: id of the HWPT
 * @iova: start of the range
 * @length: bytes of the range; on success those that were unmapped
 *
 * Return: 0 or a negative errno.
 */
int faultq_hwpt_unmap(int ctx, __u32 hwpt_id, __u64 iova, __u64 *length);

/**
 * faultq_hwpt_iova_ranges() - find out where memory may be mapped
 * @ctx: the context
 * @hwpt_id: id of the HWPT
 * @ranges: where to put the ranges, in ascending order
 * @nr: length of @ranges; on return how many ranges there are
 * @alignment: where to put what addresses and lengths must be a multiple of;
 *	may be NULL
 *
 * To be asked again after each attachment and detachment of a device's RID.
 *
 * Return: 0; -EMSGSIZE if @ranges is too short, with the right length in @nr;
 * or another negative errno.
 */
int faultq_hwpt_iova_ranges(int ctx, __u32 hwpt_id,
			    struct faultq_iova_range *ranges, __u32 *nr,
			    __u64 *alignment);

/**
 * faultq_device_attach() - put a page table on a device or on one PASID of it
 * @ctx: the context
 * @dev_id: id of the DEVICE
 * @hwpt_id: id of the HWPT
 * @pasid: a PASID of the device, or FAULTQ_NO_PASID
 * @cookie: any value; comes back in each page request of this attachment
 *
 * Return: 0 or a negative errno.
 */
int faultq_device_attach(int ctx, __u32 dev_id, __u32 hwpt_id, __u32 pasid,
			 __u64 cookie);

/**
 * faultq_device_detach() - undo faultq_device_attach()
 * @ctx: the context
 * @dev_id: id of the DEVICE
 * @pasid: a PASID, or FAULTQ_NO_PASID
 *
 * Return: 0 or a negative errno.
 */
int faultq_device_detach(int ctx, __u32 dev_id, __u32 pasid);

/**
 * faultq_pasid_alloc() - get a PASID that no one else has
 * @ctx: the context
 * @dev_id: id of the DEVICE
 * @pasid: where to put it
 *
 * Return: 0 or a negative errno.
 */
int faultq_pasid_alloc(int ctx, __u32 dev_id, __u32 *pasid);

/**
 * faultq_pasid_free() - give a PASID back
 * @ctx: the context
 * @dev_id: id of the DEVICE that it was allocated for
 * @pasid: the PASID
 *
 * Return: 0 or a negative errno.
 */
int faultq_pasid_free(int ctx, __u32 dev_id, __u32 pasid);

/**
 * DOC: nested translation
 *
 * A guest's page tables lie in the guest's memory, which a parent HWPT maps at
 * guest physical addresses. The guest's tables are HWPTs of their own, on a
 * device's RID or on PASIDs; the guest's PASIDs are bound to the host's.
 */

/**
 * faultq_hwpt_alloc_parent() - make a page table for a guest's memory
 * @ctx: the context
 * @dev_id: id of a DEVICE behind the IOMMU that is to use it
 * @hwpt_id: where to put the id of the HWPT; what is mapped there are guest
 *	physical addresses
 *
 * Return: 0; -EOPNOTSUPP if the IOMMU cannot nest; or another negative errno.
 */
int faultq_hwpt_alloc_parent(int ctx, __u32 dev_id, __u32 *hwpt_id);

/**
 * faultq_hwpt_alloc_vtd_s1() - make an HWPT of a guest's page table
 * @ctx: the context
 * @dev_id: id of a DEVICE behind the IOMMU that is to use it
 * @pt_id: id of the parent HWPT, or of a VIOMMU
 * @table: the guest's page table
 * @queue_id: id of the QUEUE that gets its page faults; 0 for none
 * @hwpt_id: where to put the id of the HWPT
 *
 * Return: 0 or a negative errno.
 */
int faultq_hwpt_alloc_vtd_s1(int ctx, __u32 dev_id, __u32 pt_id,
			     const struct faultq_hwpt_vtd_s1 *table,
			     __u32 queue_id, __u32 *hwpt_id);

/**
 * faultq_hwpt_alloc_arm_smmuv3() - make an HWPT of a guest's stream table entry
 * @ctx: the context
 * @dev_id: id of a DEVICE behind the IOMMU that is to use it
 * @viommu_id: id of the VIOMMU
 * @ste: the guest's entry
 * @queue_id: id of the QUEUE that gets its page faults; 0 for none
 * @hwpt_id: where to put the id of the HWPT, to be attached to the RID
 *
 * Return: 0 or a negative errno.
 */
int faultq_hwpt_alloc_arm_smmuv3(int ctx, __u32 dev_id, __u32 viommu_id,
				 const struct faultq_hwpt_arm_smmuv3 *ste,
				 __u32 queue_id, __u32 *hwpt_id);

/**
 * faultq_hwpt_invalidate_vtd_s1() - drop what is cached of a guest's page table
 * @ctx: the context
 * @hwpt_id: id of the HWPT, or of a VIOMMU for all HWPTs on it
 * @entries: what to drop; their out_ fields tell of errors
 * @nr: in: how many; out: how many were handled, also after an error
 *
 * Return: 0; -EIO if the hardware stopped at entry @nr; or another negative
 * errno.
 */
int faultq_hwpt_invalidate_vtd_s1(int ctx, __u32 hwpt_id,
				  struct faultq_hwpt_vtd_s1_invalidate *entries,
				  __u32 *nr);

/**
 * faultq_viommu_invalidate() - carry out commands of a guest's SMMU
 * @ctx: the context
 * @viommu_id: id of the VIOMMU, of type ARM_SMMUV3 or TEGRA241_CMDQV
 * @cmds: the commands; their out_ fields tell of errors
 * @nr: in: how many; out: how many were handled, also after an error
 *
 * Return: 0; -EIO if the hardware stopped at entry @nr; or another negative
 * errno.
 */
int faultq_viommu_invalidate(int ctx, __u32 viommu_id,
			     struct faultq_viommu_arm_smmuv3_invalidate *cmds,
			     __u32 *nr);

/**
 * faultq_viommu_alloc() - make a VIOMMU
 * @ctx: the context
 * @dev_id: id of a DEVICE behind the IOMMU
 * @hwpt_id: id of the parent HWPT
 * @type: FAULTQ_VIOMMU_TYPE_DEFAULT or FAULTQ_VIOMMU_TYPE_ARM_SMMUV3
 * @viommu_id: where to put the id of the VIOMMU
 *
 * Return: 0 or a negative errno.
 */
int faultq_viommu_alloc(int ctx, __u32 dev_id, __u32 hwpt_id, __u32 type,
			__u32 *viommu_id);

/**
 * faultq_viommu_alloc_tegra241_cmdqv() - make one with virtual command queues
 * @ctx: the context
 * @dev_id: id of a DEVICE behind the IOMMU
 * @hwpt_id: id of the parent HWPT
 * @data: where to put where the registers of the queues are
 * @viommu_id: where to put the id of the VIOMMU
 *
 * Return: 0 or a negative errno.
 */
int faultq_viommu_alloc_tegra241_cmdqv(int ctx, __u32 dev_id, __u32 hwpt_id,
				       struct faultq_viommu_tegra241_cmdqv *data,
				       __u32 *viommu_id);

/**
 * faultq_vcmdq_map() - map the registers of a VIOMMU's virtual command queues
 * @ctx: the context
 * @data: of the VIOMMU
 * @registers: where to put their address, see enum faultq_vcmdq_register; to be
 *	given back by munmap() of @data->out_vintf_mmap_length bytes; until
 *	then the context stays open, closed or not
 *
 * Return: 0 or a negative errno.
 */
int faultq_vcmdq_map(int ctx, const struct faultq_viommu_tegra241_cmdqv *data,
		     void **registers);

/**
 * faultq_hw_queue_alloc() - have the IOMMU read a queue in a guest's memory
 * @ctx: the context
 * @alloc: where it is, and out_hw_queue_id of what was made; the library fills
 *	in its size
 *
 * Return: 0 or a negative errno.
 */
int faultq_hw_queue_alloc(int ctx, struct faultq_hw_queue_alloc *alloc);

/**
 * faultq_vdevice_alloc() - tell what a guest calls a device
 * @ctx: the context
 * @viommu_id: id of the VIOMMU
 * @dev_id: id of the DEVICE
 * @virt_id: the guest's id of it
 * @vdevice_id: where to put the id of the VDEVICE
 *
 * Return: 0 or a negative errno.
 */
int faultq_vdevice_alloc(int ctx, __u32 viommu_id, __u32 dev_id, __u64 virt_id,
			 __u32 *vdevice_id);

/**
 * faultq_pasid_bind() - bind a guest PASID to a host PASID
 * @ctx: the context
 * @bind: what to bind, and host_pasid, out_hwpt_id of what was made; the
 *	library fills in its size
 *
 * Return: 0 or a negative errno.
 */
int faultq_pasid_bind(int ctx, struct faultq_pasid_bind *bind);

/**
 * faultq_pasid_unbind() - undo faultq_pasid_bind()
 * @ctx: the context
 * @dev_id: id of the DEVICE
 * @guest_pasid: the guest PASID
 *
 * Return: 0 or a negative errno.
 */
int faultq_pasid_unbind(int ctx, __u32 dev_id, __u32 guest_pasid);

/**
 * DOC: the queue
 *
 * A struct faultq_queue is the file of a QUEUE with all its rings mapped. It is
 * made the same way from a file that faultq_queue_alloc() gave and from one
 * that another process passed.
 */
struct faultq_queue;
struct faultq_ring;

/**
 * struct faultq_stats - counters of a ring, or of all rings of a queue
 * @arrived: see struct faultq_ring_header for this and the rest
 * @published: .
 * @answered: .
 * @timed_out: .
 * @revoked: .
 * @refused: .
 * @overdue: .
 * @bad_responses: .
 * @bad_indices: .
 * @wakeups: .
 * @lost_full: .
 * @lost_overwritten: .
 * @lost_memory: .
 * @lost_hardware: .
 */
struct faultq_stats {
	__u64 arrived;
	__u64 published;
	__u64 answered;
	__u64 timed_out;
	__u64 revoked;
	__u64 refused;
	__u64 overdue;
	__u64 bad_responses;
	__u64 bad_indices;
	__u64 wakeups;
	__u64 lost_full;
	__u64 lost_overwritten;
	__u64 lost_memory;
	__u64 lost_hardware;
};

/**
 * faultq_queue_open() - map the rings of a QUEUE
 * @fd: file of the QUEUE; belongs to the library once this succeeds
 * @queue: where to put the new object, to be ended by faultq_queue_close()
 *
 * Goes on where the last consumer stopped. If that one died, what it
 * had taken and not answered comes back by faultq_ring_republish(). Indices
 * that it left in disorder count as empty rings until then.
 *
 * Return: 0; -ENOTTY if the file is none of a QUEUE, -EOPNOTSUPP if the queue
 * has a type or its rings have a layout of a later time, -EPROTO if its rings
 * contradict themselves, or another negative errno.
 */
int faultq_queue_open(int fd, struct faultq_queue **queue);

/**
 * faultq_queue_close() - unmap the rings and close the file
 * @queue: the queue, or NULL
 */
void faultq_queue_close(struct faultq_queue *queue);

/**
 * faultq_queue_fd() - the file of a queue, for poll() and the like
 * @queue: the queue
 *
 * Before sleeping on it, flush every ring: see faultq_ring_flush(). Asking the
 * file is enough to be woken, faultq_ring_arm() is not needed. That holds for
 * epoll with EPOLLET and io_uring's multishot poll too, which report an edge for
 * whatever comes after the last one.
 *
 * Return: the file, which remains the queue's.
 */
int faultq_queue_fd(const struct faultq_queue *queue);

/**
 * faultq_queue_type() - what a queue delivers
 * @queue: the queue
 *
 * Return: FAULTQ_QUEUE_TYPE_IOPF, for faultq_ring_next(), or
 * FAULTQ_QUEUE_TYPE_EVENT, for faultq_ring_next_event().
 */
__u32 faultq_queue_type(const struct faultq_queue *queue);

/**
 * faultq_queue_ring() - a ring of a queue
 * @queue: the queue
 * @i: 0 for the first ring
 *
 * Return: the ring, which lives as long as the queue; NULL past the last.
 */
struct faultq_ring *faultq_queue_ring(struct faultq_queue *queue, __u32 i);

/**
 * faultq_queue_wait() - flush all rings, then sleep until a group or an event is
 *	there
 * @queue: the queue
 * @timeout_ms: how long to sleep at most; -1 for ever, 0 not at all
 *
 * No system call is made if one is there already. For a caller who
 * serves all rings of the queue.
 *
 * Return: 1 if a ring has any, 0 if the time is over; -EINTR after a signal,
 * -ENODEV if the context was closed, or what faultq_ring_flush() gives.
 */
int faultq_queue_wait(struct faultq_queue *queue, int timeout_ms);

/**
 * faultq_queue_respond() - answer groups by FAULTQ_QUEUE_RESPOND
 * @queue: the queue
 * @responses: the answers
 * @nr: in: how many; out: how many were carried out, also after an error
 *
 * Does not touch the rings, so any thread may call it at any time.
 *
 * Return: 0 or a negative errno.
 */
int faultq_queue_respond(struct faultq_queue *queue,
			 const struct faultq_response *responses, __u32 *nr);

/**
 * faultq_queue_write() - answer groups by write()
 * @queue: the queue
 * @responses: the answers
 * @nr: how many
 *
 * Does not touch the rings, so any thread may call it at any time.
 *
 * Return: how many were carried out, or a negative errno if it is none.
 */
int faultq_queue_write(struct faultq_queue *queue,
		       const struct faultq_response *responses, __u32 nr);

/**
 * faultq_queue_stats() - sum of the counters of all rings
 * @queue: the queue
 * @stats: where to put it
 */
void faultq_queue_stats(const struct faultq_queue *queue,
			struct faultq_stats *stats);

/**
 * DOC: the ring
 *
 * A consumer takes groups by faultq_ring_next() until it returns 0, answers
 * each by faultq_ring_respond(), at once or later, and then flushes. Taking and
 * answering are plain memory accesses; a flush makes one system call at
 * most, and none if it has nothing to tell the kernel.
 */

/**
 * struct faultq_group - a page request group that was taken
 * @tag: names it in its response
 * @nr_pages: how many page requests it has, at least 1
 * @first: for faultq_ring_page()
 */
struct faultq_group {
	__u32 tag;
	__u32 nr_pages;
	__u32 first;
};

/**
 * faultq_ring_next() - take the next group of the batch
 * @ring: the ring of a queue of page requests
 * @group: where to put it
 *
 * A batch is all that was published when its first group was taken, so that a
 * flush comes in time however busy the device is.
 *
 * Return: 1; 0 if there is none until the next flush; -EPROTO if what the
 * ring holds is not to be understood; -EOPNOTSUPP if it holds events.
 */
int faultq_ring_next(struct faultq_ring *ring, struct faultq_group *group);

/**
 * faultq_ring_page() - a page request of a group
 * @ring: the ring
 * @group: the group, taken since the last flush
 * @i: 0 to @group->nr_pages - 1
 *
 * Return: the record, valid until the next flush.
 */
const struct faultq_page_request *
faultq_ring_page(const struct faultq_ring *ring,
		 const struct faultq_group *group, __u32 i);

/**
 * faultq_ring_respond() - put an answer into the response ring
 * @ring: the ring that the group came by
 * @tag: of the group
 * @code: one of enum faultq_response_code
 *
 * The kernel learns of it at the next flush. If the response ring is full, that
 * is now, and the batch goes on.
 *
 * Return: 0, or what the doorbell gives as in faultq_ring_flush(). A tag
 * that is not pending is no error here, it is counted: see @bad_responses.
 */
int faultq_ring_respond(struct faultq_ring *ring, __u32 tag, __u32 code);

/**
 * union faultq_event_record - what a ring of events holds
 * @type: one of enum faultq_record_type, which tells the member that is valid
 * @event: FAULTQ_RECORD_FAULT, FAULTQ_RECORD_QUEUE_ERROR
 * @lost: FAULTQ_RECORD_LOST
 */
union faultq_event_record {
	__u16 type;
	struct faultq_event event;
	struct faultq_lost_events lost;
};

/**
 * faultq_ring_next_event() - take the next event of the batch
 * @ring: the ring of a queue of events
 * @record: where to copy it
 *
 * Its place in the ring is free at once. A batch is all that was published when
 * its first event was taken; a flush, which costs nothing here, begins the next.
 *
 * Where the kernel overwrites, an event that is lost in the copying is skipped
 * as if it had never been seen; the gap in the sequence shows how many were lost.
 *
 * Return: 1; 0 if there is none until the next flush; -EPROTO if the indices
 * cannot be; -EOPNOTSUPP if the ring has page requests.
 */
int faultq_ring_next_event(struct faultq_ring *ring,
			   union faultq_event_record *record);

/**
 * faultq_ring_flush() - end the batch: give back its records, send the answers
 * @ring: the ring
 *
 * Return: 0; -ENODEV if the context was closed, -EIO if someone else wrote to
 * the control region.
 */
int faultq_ring_flush(struct faultq_ring *ring);

/**
 * faultq_ring_arm() - flush, then ask to be woken at the next group
 * @ring: the ring
 *
 * For a caller who sleeps on the ring's eventfd; not needed for poll() on the
 * queue's file.
 *
 * Return: 1 if the caller may sleep, 0 if there are groups to take, or what
 * faultq_ring_flush() gives.
 */
int faultq_ring_arm(struct faultq_ring *ring);

/**
 * faultq_ring_eventfd() - have wake-ups of a ring signal an eventfd
 * @ring: the ring
 * @fd: the eventfd, which remains the caller's; -1 for none
 *
 * Return: 0 or a negative errno.
 */
int faultq_ring_eventfd(struct faultq_ring *ring, int fd);

/**
 * faultq_ring_republish() - have every unanswered group published once more
 * @ring: the ring
 *
 * For whoever takes over from a consumer that died, which is to be sure.
 * What was taken and not flushed here is forgotten too, and comes
 * again under a new tag.
 *
 * Return: how many groups that is, or a negative errno.
 */
int faultq_ring_republish(struct faultq_ring *ring);

/**
 * faultq_ring_stats() - counters of a ring
 * @ring: the ring
 * @stats: where to put them; not all are of one instant
 */
void faultq_ring_stats(const struct faultq_ring *ring,
		       struct faultq_stats *stats);

#ifdef __cplusplus
#pragma GCC diagnostic pop
}
#endif

#endif /* LIBFAULTQ_H */
