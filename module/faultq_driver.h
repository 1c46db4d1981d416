/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The driver-facing API of faultq: what an IOMMU driver calls so that user
 * space can bind the devices behind it, and the companion operations that it
 * registers beside its struct iommu_ops for what those lack.
 *
 * Only what the kernel's own operations cannot do has a companion here. Page
 * tables, nested ones included, are made, attached and detached by struct
 * iommu_ops and struct iommu_domain_ops, page requests are reported by
 * iommu_report_device_fault(). A driver that is not registered, or registers no
 * companion, can have all of that used by faultq.
 */
#ifndef FAULTQ_DRIVER_H
#define FAULTQ_DRIVER_H

#include <linux/list.h>
#include <linux/types.h>

struct device;
struct iommu_device;
struct iommu_domain;
struct iommu_ops;
struct iommu_user_data;
struct module;
struct page;

/**
 * struct faultq_driver_viommu - a VIOMMU as the driver sees it
 * @type: one of enum faultq_viommu_type
 * @parent: stage 2 of all that is made on it: a paging domain that the driver
 *	made as a nest parent; lives longer than this
 * @doorbell: may be filled in by &faultq_driver.viommu_init: a page of registers
 *	that user space may map. A page of order 0 to which the driver holds the
 *	only reference, until &faultq_driver.viommu_destroy. Its page lock,
 *	mapping count and dirty flag belong to faultq
 * @priv: the driver's
 */
struct faultq_driver_viommu {
	u32 type;
	struct iommu_domain *parent;
	struct page *doorbell;
	void *priv;
};

/**
 * struct faultq_driver_vdevice - a VDEVICE as the driver sees it
 * @viommu: what it is on
 * @dev: the device
 * @virt_id: the guest's id of the device, unique on @viommu
 * @phys_id: to be filled in by &faultq_driver.vdevice_init: the id by which
 *	the hardware names the device in what it reports (requester id, stream
 *	id), unique on the IOMMU
 * @priv: the driver's
 */
struct faultq_driver_vdevice {
	struct faultq_driver_viommu *viommu;
	struct device *dev;
	u64 virt_id;
	u64 phys_id;
	void *priv;
};

/**
 * struct faultq_invalidate_result - what the hardware said of an entry
 * @error: of enum faultq_invalidate_error, 0 for nothing
 * @phys_id: the device that it named, as &faultq_driver_vdevice.phys_id
 * @phys_id_valid: it did name one
 */
struct faultq_invalidate_result {
	u32 error;
	u64 phys_id;
	bool phys_id_valid;
};

/**
 * struct faultq_invalidation - a batch of invalidations, and what became of it
 * @data_type: one of enum faultq_hwpt_invalidate_data_type
 * @entry_num: length of @entries, at most FAULTQ_INVALIDATE_BATCH. 0 asks
 *	whether @data_type is supported
 * @entries: in kernel memory, without gaps; faultq has checked what can be
 *	checked without the page table. For
 *	FAULTQ_HWPT_INVALIDATE_DATA_VTD_S1: struct iommu_hwpt_vtd_s1_invalidate
 *	of the kernel, where @addr is a multiple of 4 KiB, @npages is not 0, the
 *	range does not wrap unless it is (0, U64_MAX), which means all, and no
 *	flag but LEAF is set. For FAULTQ_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3:
 *	commands of 16 bytes, little endian, of which nothing is checked
 * @results: one for each entry; to be written only where there is something to
 *	tell
 * @handled: to be filled in: how many entries are done, which are the first
 *	ones. What was done stays done
 */
struct faultq_invalidation {
	u32 data_type;
	u32 entry_num;
	const void *entries;
	struct faultq_invalidate_result *results;
	u32 handled;
};

#define FAULTQ_INVALIDATE_BATCH 64

/**
 * struct faultq_driver_hw_queue - a HW_QUEUE as the driver sees it
 * @viommu: what it is on
 * @type: one of enum faultq_hw_queue_type
 * @index: which queue of @viommu, below FAULTQ_MAX_VCMDQS; no other has it
 * @base: guest physical address, a multiple of @length
 * @length: bytes, a power of two in the limits of struct faultq_hw_queue_alloc
 * @priv: the driver's
 */
struct faultq_driver_hw_queue {
	struct faultq_driver_viommu *viommu;
	u32 type;
	u32 index;
	u64 base;
	u64 length;
	void *priv;
};

/**
 * struct faultq_guest_ids - ids of a device and a PASID as the guest knows them
 * @virt_id: id of the device on the VIOMMU
 * @pasid: guest PASID
 * @virt_id_valid: the device has a VDEVICE
 * @pasid_valid: the PASID of the report is bound to a guest PASID
 */
struct faultq_guest_ids {
	u64 virt_id;
	u32 pasid;
	bool virt_id_valid;
	bool pasid_valid;
};

/**
 * struct faultq_native_format - a format of the native records that a driver
 *	reports
 * @type: one of enum faultq_native_type, but not FAULTQ_NATIVE_NONE
 * @length: bytes of a record, 1 to FAULTQ_NATIVE_LEN
 * @set_guest_ids: overwrite the host's ids in a record with those of @ids that
 *	are valid; at least one is. The record is aligned to 8 bytes. Called by
 *	faultq_report_event() in its caller's context. NULL: such a record has
 *	neither the id of a device nor a PASID
 */
struct faultq_native_format {
	u16 type;
	u16 length;
	void (*set_guest_ids)(void *native, const struct faultq_guest_ids *ids);
};

/**
 * struct faultq_event_report - what a driver reports
 * @type: FAULTQ_RECORD_FAULT or FAULTQ_RECORD_QUEUE_ERROR
 * @flags: PASID_VALID, ADDR_VALID, FETCH_ADDR_VALID and STAGE2 of enum
 *	faultq_event_flags; faultq adds the others
 * @reason: one of enum faultq_event_reason
 * @perm: of enum faultq_page_request_perm
 * @pasid: that the device sent
 * @addr: see struct faultq_event
 * @fetch_addr: see struct faultq_event
 * @format: format of @native, one of &faultq_driver.native_formats; NULL: there
 *	is no native record
 * @native: what the hardware wrote, with the ids of the host; copied, needed for
 *	the call only
 */
struct faultq_event_report {
	u16 type;
	u16 flags;
	u16 reason;
	u16 perm;
	u32 pasid;
	u64 addr;
	u64 fetch_addr;
	const struct faultq_native_format *format;
	const void *native;
};

/**
 * struct faultq_driver - an IOMMU driver whose devices may be bound
 * @owner: the driver's module; every bound device, and every HWPT and VIOMMU
 *	made for it, holds a reference, so that the code behind @ops and behind
 *	the operations below stays loaded
 * @name: shown by FAULTQ_DEVICE_INFO, at most 15 characters
 * @ops: the operations that the driver registered with the IOMMU core; a
 *	device belongs to this driver when its IOMMU was registered with them
 * @reports_events: it calls faultq_report_event() and its like, as
 *	FAULTQ_DEVICE_INFO tells
 * @native_formats: formats of the native records in these reports; NULL ends the
 *	list. A QUEUE can be made for each of them. NULL: there are none
 * @no_interrupts: whatever its devices write, it triggers no interrupt of the
 *	machine. Otherwise the platform must isolate message signalled interrupts
 * @page_requests: may a queue be attached to this device, that is, can it make
 *	page requests? Process context, the device is bound. NULL: those can that
 *	have the PCI capabilities ATS and PRI, or the firmware property
 *	dma-can-stall
 * @drain: return when every page request that was taken in before has been
 *	reported. Called after a replacement: the IOMMU core stores the new
 *	attach handle only after the driver's operation, so a request that came
 *	in between may be on its way with the old one, which is about to go.
 *	Process context, the device is bound. NULL: nothing can be on its way
 * @viommu_init: a VIOMMU is being made on the IOMMU of this device. @type and
 *	@parent are set, @priv is the driver's to use. -EOPNOTSUPP: there is no
 *	such type here; -EINVAL: @parent is of an IOMMU that it cannot share a
 *	domain with. NULL: there is FAULTQ_VIOMMU_TYPE_DEFAULT, which needs
 *	nothing of the driver
 * @viommu_destroy: undoes @viommu_init; devices, and the registration of the
 *	IOMMU, may have gone before. NULL: nothing to undo
 * @vdevice_init: a device gets a virtual id. Fills in @phys_id, by which
 *	invalidation errors find their way to the virtual id. -EINVAL: the
 *	hardware cannot use such an id. NULL: errors of this driver never name a
 *	device
 * @vdevice_destroy: undoes @vdevice_init, while the device is still there; the
 *	device may be attached and at work. NULL: nothing to undo
 * @viommu_alloc_nested: a nested domain on a VIOMMU, otherwise as
 *	&iommu_ops.domain_alloc_nested. The VIOMMU outlives it. NULL: it is that
 *	operation, with @parent of the VIOMMU
 * @domain_invalidate: drop cached translations of a nested domain, in IOTLB,
 *	paging structure caches and the device TLBs of wherever it is attached.
 *	Returns 0 if all is done; -EOPNOTSUPP for a type that does not suit the
 *	domain; -EINVAL for an entry that is wrong for this domain; -EIO if the
 *	hardware stopped at an entry, whose result then tells why (ITE, IQE). An
 *	error that does not stop the hardware (ICE) is only noted in the result.
 *	In every case @handled tells how far it came, and entries from there on
 *	are not even begun, except the one that failed. When it returns, the
 *	hardware goes on with what others ask of it. NULL:
 *	&iommu_domain_ops.cache_invalidate_user is called, without results
 * @viommu_invalidate: the same for a VIOMMU whose type is not
 *	FAULTQ_VIOMMU_TYPE_DEFAULT and for entries that name what they are about
 *	by ids of the guest. NULL: there is no such thing. On a VIOMMU of the
 *	default type faultq applies entries to each of its nested domains by
 *	@domain_invalidate. -EIO is also for an entry that does not get to the
 *	hardware, with a result as if the hardware had refused it
 * @hw_queues_in_order: the hardware wants queues of a VIOMMU to be made in ascending
 *	and destroyed in descending order of their indices, from 0 on without a gap
 * @hw_queue_init: a queue of a VIOMMU is being made, in guest memory. The driver
 *	has the hardware read it from when it returns 0 until @hw_queue_destroy.
 *	-EOPNOTSUPP: this VIOMMU cannot have one of this type; -ENOENT: the
 *	parent does not map all of it; -EFAULT, -EINVAL: hardware cannot have it
 *	there; -ENODEV: the IOMMU is gone. No two of a VIOMMU have the same index at
 *	a time, and this and @hw_queue_destroy are called for one queue of a VIOMMU
 *	at a time. NULL: there are no such queues
 * @hw_queue_destroy: undoes @hw_queue_init; when it returns, the hardware reads
 *	the queue no more
 * @doorbell: the page that &faultq_driver_viommu.doorbell names may have been
 *	written, and may be again during the call. Returns whether there was
 *	anything new in it. Only for hardware that does not notice a write by
 *	itself, as a mock; with it the page is mapped so that writes are noticed.
 *	Never called twice at once for a VIOMMU, and always once more after the
 *	last write. NULL: hardware notices
 * @node: used by faultq between registration and unregistration
 *
 * What needs no answer is reported by faultq_report_event(),
 * faultq_report_viommu_event() and faultq_report_iommu_event(): translation
 * faults that cannot be repaired, and errors of the IOMMU's own queues. Losses
 * are reported by faultq_report_lost() and faultq_report_iommu_lost().
 *
 * Page requests need no call of faultq: a driver reports them to the kernel by
 * iommu_report_device_fault() and they reach the queue of the HWPT that is
 * attached. What faultq asks of the driver is what iommufd asks, and no more:
 *
 * - iommu_report_device_fault() is called in process context;
 * - an operation that attaches, replaces or removes a domain returns only when
 *   no page request that was taken in before can still be reported against
 *   the domain that was there before, and none is reported against a
 *   (device, PASID) without a domain that handles faults.
 *
 * An operation that fails to attach or to replace should leave the domain that
 * was there in force. faultq then calls attach_dev() or set_dev_pasid() once more
 * with that domain as both the new and the old one, which must not block DMA if
 * the domain is in force, and should need no memory.
 *
 * Nested domains come from &iommu_ops.domain_alloc_nested (an older kernel:
 * domain_alloc_user with a parent), and their parents from
 * domain_alloc_paging_flags (domain_alloc_user without one), with
 * IOMMU_HWPT_ALLOC_NEST_PARENT in the flags, which an ordinary
 * domain_alloc_paging does not know of. Beyond what their own rules say:
 *
 * - faultq passes a parent of the same &struct iommu_ops that was made as a
 *   nest parent; that it is of an IOMMU whose domains can be shared, the driver
 *   checks: -EINVAL;
 * - @type of the user data is of enum faultq_hwpt_data_type, with the values
 *   and layouts of iommufd; -EOPNOTSUPP for one that is not known;
 * - the user data is read by iommu_copy_struct_from_user(), while page faults
 *   are disabled: -EFAULT is handed back unchanged, at once and with nothing
 *   done, and the call is made again once the data is in memory. It may
 *   sleep and allocate as usual;
 * - the domain has type IOMMU_DOMAIN_NESTED and attach_dev, free, and for
 *   PASIDs set_dev_pasid; what iopf_handler is set to after the allocation
 *   decides at an attachment whether page requests are handled;
 * - the parent outlives the domain, is mapped and unmapped while the domain is
 *   in use, and its unmapping drops what is cached of nested translations too;
 * - a domain keeps the memory of its struct iommu_device.
 *
 * All operations here are called in process context and may sleep. Those that
 * get a device are called while it is bound and cannot leave; they must not
 * touch user memory other than as said above. @domain_invalidate,
 * @viommu_invalidate and @viommu_destroy may run at any time besides others
 * and besides attaching, detaching and the removal of devices.
 */
struct faultq_driver {
	struct module *owner;
	const char *name;
	const struct iommu_ops *ops;
	bool reports_events;
	const struct faultq_native_format *const *native_formats;
	bool no_interrupts;
	bool (*page_requests)(struct device *dev);
	void (*drain)(struct device *dev);
	int (*viommu_init)(struct faultq_driver_viommu *viommu,
			   struct device *dev);
	void (*viommu_destroy)(struct faultq_driver_viommu *viommu);
	int (*vdevice_init)(struct faultq_driver_vdevice *vdevice);
	void (*vdevice_destroy)(struct faultq_driver_vdevice *vdevice);
	/* clang-format off */
	struct iommu_domain *
		(*viommu_alloc_nested)(struct faultq_driver_viommu *viommu,
				       struct device *dev,
				       const struct iommu_user_data *data);
	/* clang-format on */
	int (*domain_invalidate)(struct iommu_domain *domain,
				 struct faultq_invalidation *inv);
	int (*viommu_invalidate)(struct faultq_driver_viommu *viommu,
				 struct faultq_invalidation *inv);
	bool hw_queues_in_order;
	int (*hw_queue_init)(struct faultq_driver_hw_queue *queue);
	void (*hw_queue_destroy)(struct faultq_driver_hw_queue *queue);
	bool (*doorbell)(struct faultq_driver_viommu *viommu);
	struct list_head node;
};

int faultq_report_event(struct device *dev,
			const struct faultq_event_report *report);
int faultq_report_viommu_event(struct faultq_driver_viommu *viommu,
			       const struct faultq_event_report *report);
int faultq_report_iommu_event(const struct iommu_device *iommu,
			      const struct faultq_event_report *report);
int faultq_report_lost(struct device *dev, u16 native_type, u64 count);
int faultq_report_iommu_lost(const struct iommu_device *iommu, u16 native_type);

int faultq_driver_register(struct faultq_driver *driver);
void faultq_driver_unregister(struct faultq_driver *driver);

#endif /* FAULTQ_DRIVER_H */
