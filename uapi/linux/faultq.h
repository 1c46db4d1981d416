/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR MIT */
#ifndef _UAPI_LINUX_FAULTQ_H
#define _UAPI_LINUX_FAULTQ_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * DOC: errno contract
 *
 * Every struct that an ioctl takes begins with its own size, grows only at its
 * end, and is read by the rules of copy_struct_from_user(): a shorter struct
 * is taken as if its missing tail were 0, a longer one is accepted when the
 * tail that the kernel does not know is 0. On every file of faultq:
 *
 *  - ENOTTY: the ioctl number is not known on this file.
 *  - EINVAL: the size is below that of the first version of the struct, or a
 *    field holds a value that can never be right (a misaligned address, a
 *    count that is no power of two, a reserved field that is not 0).
 *  - E2BIG: the struct is longer than the kernel knows and its tail is not 0.
 *  - EOPNOTSUPP: a flag, type or action that the kernel does not know, or that
 *    this device cannot do.
 *  - EFAULT: a pointer leads to memory that cannot be read or written.
 *  - ENOENT: no object has this id, or nothing is mapped or attached there.
 *  - EBUSY: the object is referred to by another, or is in use by another call.
 *  - EEXIST: the range, PASID or id is taken already.
 *  - EOVERFLOW: an address and a length wrap, or leave the page table's range.
 *  - ENOSPC: a stated limit is reached (objects of a context, PASIDs).
 *  - ENOMEM: no memory, or RLIMIT_MEMLOCK is reached.
 *  - ENODEV: the device is gone, or the context of this queue was closed.
 *  - EPERM: the caller lacks the right, or the device is none that faultq
 *    binds (see the module parameters allow_hw and allow_unsafe_interrupts).
 *
 * Ids begin at 1; 0 is never one.
 *
 * iommufd differs: a reserved field that is not 0 is EOPNOTSUPP. What else differs
 * where the concept is the same stands at the struct, as "iommufd differs".
 *
 * What an ioctl says beyond this stands at its struct. A call that fails has
 * changed nothing, unless it says otherwise.
 */

#define FAULTQ_TYPE 0xBA

/* ioctls of /dev/faultq */
enum {
	FAULTQ_CMD_BASE = 0x00,
	FAULTQ_CMD_DESTROY = FAULTQ_CMD_BASE,
	FAULTQ_CMD_QUEUE_ALLOC = 0x01,
	FAULTQ_CMD_DEVICE_BIND = 0x02,
	FAULTQ_CMD_DEVICE_INFO = 0x03,
	FAULTQ_CMD_HWPT_ALLOC = 0x04,
	FAULTQ_CMD_HWPT_MAP = 0x05,
	FAULTQ_CMD_HWPT_UNMAP = 0x06,
	FAULTQ_CMD_DEVICE_ATTACH = 0x07,
	FAULTQ_CMD_DEVICE_DETACH = 0x08,
	FAULTQ_CMD_PASID_ALLOC = 0x09,
	FAULTQ_CMD_PASID_FREE = 0x0a,
	FAULTQ_CMD_VIOMMU_ALLOC = 0x0b,
	FAULTQ_CMD_VDEVICE_ALLOC = 0x0c,
	FAULTQ_CMD_HWPT_INVALIDATE = 0x0d,
	FAULTQ_CMD_PASID_BIND = 0x0e,
	FAULTQ_CMD_PASID_UNBIND = 0x0f,
	FAULTQ_CMD_HW_QUEUE_ALLOC = 0x10,
	FAULTQ_CMD_HWPT_IOVA_RANGES = 0x11,
};

/* ioctls of the file of a QUEUE */
enum {
	FAULTQ_CMD_QUEUE_BASE = 0x40,
	FAULTQ_CMD_QUEUE_INFO = FAULTQ_CMD_QUEUE_BASE,
	FAULTQ_CMD_QUEUE_EVENTFD = 0x41,
	FAULTQ_CMD_QUEUE_DOORBELL = 0x42,
	FAULTQ_CMD_QUEUE_RESPOND = 0x43,
	FAULTQ_CMD_QUEUE_REPUBLISH = 0x44,
};

/**
 * struct faultq_destroy - ioctl(FAULTQ_DESTROY)
 * @size: sizeof(struct faultq_destroy)
 * @id: the id of any object of this context
 *
 * Ends an object. A DEVICE is detached from everything first, and every page
 * request of it is answered before the call returns, and its guest PASIDs are
 * unbound. EBUSY: an HWPT that is attached, or is the parent of another or of a
 * VIOMMU; a QUEUE that an HWPT names; a VIOMMU that an HWPT or a VDEVICE was
 * made on, or that has a HW_QUEUE; a DEVICE that has a VDEVICE. A VDEVICE may go
 * while its device is attached and at work: reports then lack the virtual id. A
 * QUEUE of events may go while its VIOMMU or DEVICE lives, and these may go
 * before it: what it holds stays readable. A HW_QUEUE is stopped first.
 *
 * Source: struct iommu_destroy of iommufd.
 */
struct faultq_destroy {
	__u32 size;
	__u32 id;
};

#define FAULTQ_DESTROY _IO(FAULTQ_TYPE, FAULTQ_CMD_DESTROY)

/**
 * enum faultq_queue_type - what a QUEUE delivers
 * @FAULTQ_QUEUE_TYPE_IOPF: page requests (PRI, stall), each group of which
 *	someone must answer
 * @FAULTQ_QUEUE_TYPE_EVENT: what needs no answer: translation faults that no
 *	one can repair, and errors of the IOMMU's own queues
 */
enum faultq_queue_type {
	FAULTQ_QUEUE_TYPE_IOPF = 1,
	FAULTQ_QUEUE_TYPE_EVENT = 2,
};

/**
 * enum faultq_queue_alloc_flags - flags of struct faultq_queue_alloc
 * @FAULTQ_QUEUE_ALLOC_OVERWRITE: EVENT: an event that finds the ring full takes
 *	the place of the oldest one; without it, the new one is lost
 */
enum faultq_queue_alloc_flags {
	FAULTQ_QUEUE_ALLOC_OVERWRITE = 1 << 0,
};

/**
 * enum faultq_native_type - format of the native record of an event
 * @FAULTQ_NATIVE_NONE: there is none
 * @FAULTQ_NATIVE_ARM_SMMUV3: 32 bytes: an entry of the event queue of an Arm
 *	SMMUv3 (SMMUv3 7.3). As struct iommu_vevent_arm_smmuv3
 * @FAULTQ_NATIVE_TEGRA241_CMDQV: 16 bytes: a bit for each virtual command queue
 *	of the VIOMMU that stopped. As struct iommu_vevent_tegra241_cmdqv
 * @FAULTQ_NATIVE_VTD_FAULT: 16 bytes: a fault recording register of VT-d (VT-d
 *	11.4.8.4)
 * @FAULTQ_NATIVE_VTD_INVALIDATION: struct faultq_native_vtd_invalidation
 * @FAULTQ_NATIVE_ARM_SMMUV3_CMDQ: struct faultq_native_arm_smmuv3_cmdq
 *
 * Source: the first two have the values of enum iommu_veventq_type; iommufd has
 * no others.
 */
enum faultq_native_type {
	FAULTQ_NATIVE_NONE = 0,
	FAULTQ_NATIVE_ARM_SMMUV3 = 1,
	FAULTQ_NATIVE_TEGRA241_CMDQV = 2,
	FAULTQ_NATIVE_VTD_FAULT = 0x100,
	FAULTQ_NATIVE_VTD_INVALIDATION = 0x101,
	FAULTQ_NATIVE_ARM_SMMUV3_CMDQ = 0x102,
};

/**
 * struct faultq_native_vtd_invalidation - an error of VT-d's invalidation queue
 * @fsts: fault status register: of its bits 4 (IQE), 5 (ICE), 6 (ITE) the one
 *	that the event is about
 * @iqer: invalidation queue error record register, of which IQEI is there with
 *	IQE alone, ICESID with ICE alone, ITESID with ITE alone
 * @desc: IQE: the descriptor at the queue's head if it names a device, else 0
 *
 * Source: VT-d 11.4.8.1, 11.4.9.9 and 6.5.2; all little endian.
 */
struct faultq_native_vtd_invalidation {
	__aligned_u64 fsts;
	__aligned_u64 iqer;
	__aligned_u64 desc[4];
};

/**
 * struct faultq_native_arm_smmuv3_cmdq - an error of SMMUv3's command queue
 * @gerror: SMMU_GERROR
 * @cons: SMMU_CMDQ_CONS, the reason in its bits 30:24
 * @cmd: the command at that index; the opcode alone if it names no device
 *
 * Source: SMMUv3 6.3.18, 6.3.28 and 4.1; all little endian.
 */
struct faultq_native_arm_smmuv3_cmdq {
	__u32 gerror;
	__u32 cons;
	__aligned_u64 cmd[2];
};

/**
 * enum faultq_timeout_action - what happens to a group that is not answered
 * @FAULTQ_TIMEOUT_OFF: nothing; @timeout_ms must be 0
 * @FAULTQ_TIMEOUT_WARN: it is counted as overdue and traced, once, and goes on
 *	waiting for its response
 * @FAULTQ_TIMEOUT_INVALID: it is answered INVALID and counted as timed out; a
 *	response that comes later is refused
 */
enum faultq_timeout_action {
	FAULTQ_TIMEOUT_OFF = 0,
	FAULTQ_TIMEOUT_WARN = 1,
	FAULTQ_TIMEOUT_INVALID = 2,
};

#define FAULTQ_MAX_RINGS 64
#define FAULTQ_MIN_EVENT_RECORDS 4
#define FAULTQ_MAX_RECORDS 65536
#define FAULTQ_MAX_GROUPS 65536
#define FAULTQ_MAX_TIMEOUT_MS 3600000

/**
 * struct faultq_queue_alloc - ioctl(FAULTQ_QUEUE_ALLOC)
 * @size: sizeof(struct faultq_queue_alloc)
 * @flags: of enum faultq_queue_alloc_flags
 * @type: one of enum faultq_queue_type
 * @nr_rings: 1 to FAULTQ_MAX_RINGS; all groups of a device go to ring
 *	(dev_id % @nr_rings). EVENT: must be 1
 * @nr_records: records of a ring, a power of two up to FAULTQ_MAX_RECORDS. A
 *	group of more pages than this never fits: it is answered INVALID
 *	and counted as refused. EVENT: at least FAULTQ_MIN_EVENT_RECORDS
 * @nr_groups: the most groups of a ring that may await their response, those
 *	that wait for room in the ring included; a power of two up to
 *	FAULTQ_MAX_GROUPS. A group beyond it is answered INVALID and counted
 *	as refused. EVENT: must be 0
 * @timeout_ms: the age in milliseconds, since its arrival, at which
 *	@timeout_action befalls a group; 1 to FAULTQ_MAX_TIMEOUT_MS. EVENT:
 *	must be 0
 * @timeout_action: one of enum faultq_timeout_action; EVENT: must be
 *	FAULTQ_TIMEOUT_OFF
 * @out_queue_id: id of the QUEUE, for struct faultq_hwpt_alloc
 * @out_queue_fd: file of the QUEUE, with O_CLOEXEC
 * @source_id: EVENT: id of the VIOMMU or DEVICE whose events it gets; IOPF: must
 *	be 0
 * @native_type: EVENT: one of enum faultq_native_type: only events of this
 *	format; FAULTQ_NATIVE_NONE: all that no other QUEUE of the same source
 *	takes; IOPF: must be 0. EOPNOTSUPP: the IOMMU has no such records
 *
 * A source has at most one QUEUE of events for each @native_type: EEXIST. An
 * event of a device goes to the QUEUE of that format of the VIOMMU on which the
 * device has a VDEVICE, else to the one for all formats there, else to those of
 * the DEVICE in the same order.
 *
 * An error of the IOMMU's own queues (FAULTQ_RECORD_QUEUE_ERROR) for which the
 * hardware reports no device goes, once, to every QUEUE that would get such an
 * event of any device bound at that IOMMU. So does a loss of events that the IOMMU
 * reports. What no QUEUE takes, faults of unknown devices included, is counted in
 * the file "unclaimed" of debugfs and traced.
 *
 * The file may be passed to another process, and outlives the id. Once the
 * file is closed everywhere (mappings of it included) or the context is
 * closed, all that is pending is answered INVALID, and so is every
 * page request that comes after. On the file of a QUEUE whose context is
 * closed, ioctl(), read() and write() give ENODEV and poll() gives EPOLLHUP.
 */
struct faultq_queue_alloc {
	__u32 size;
	__u32 flags;
	__u32 type;
	__u32 nr_rings;
	__u32 nr_records;
	__u32 nr_groups;
	__u32 timeout_ms;
	__u32 timeout_action;
	__u32 out_queue_id;
	__s32 out_queue_fd;
	__u32 source_id;
	__u32 native_type;
};

#define FAULTQ_QUEUE_ALLOC _IO(FAULTQ_TYPE, FAULTQ_CMD_QUEUE_ALLOC)

#define FAULTQ_DEVICE_NAME_LEN 64

/**
 * struct faultq_device_bind - ioctl(FAULTQ_DEVICE_BIND)
 * @size: sizeof(struct faultq_device_bind)
 * @flags: must be 0
 * @label: any value; the cookie of each attachment that has none of its own
 * @name: "BUS/DEVICE" as under /sys/bus/BUS/devices/DEVICE, BUS being "pci" or
 *	"platform"; ends with a 0 byte
 * @out_dev_id: id of the DEVICE
 * @__reserved: must be 0
 *
 * Takes the ownership of the device's DMA, which blocks all its DMA until
 * an HWPT is attached. ENODEV: no such device, or it has no IOMMU. EPERM: its
 * IOMMU driver is not registered with faultq, and faultq.ko was loaded without
 * allow_hw=1; or its DMA can trigger interrupts that are not its own, since the
 * platform does not isolate message signalled interrupts (interrupt remapping is
 * off), and faultq.ko was loaded without allow_unsafe_interrupts=1. EINVAL: its
 * DMA is not coherent with the caches of the processors, or its firmware demands
 * memory that must stay mapped. EBUSY: another context, or another user such as
 * a device driver, owns its DMA. EOPNOTSUPP: it shares its IOMMU group.
 */
struct faultq_device_bind {
	__u32 size;
	__u32 flags;
	__aligned_u64 label;
	__u8 name[FAULTQ_DEVICE_NAME_LEN];
	__u32 out_dev_id;
	__u32 __reserved;
};

#define FAULTQ_DEVICE_BIND _IO(FAULTQ_TYPE, FAULTQ_CMD_DEVICE_BIND)

/**
 * enum faultq_device_capabilities - what a DEVICE can do
 * @FAULTQ_DEVICE_CAP_IOPF: an HWPT that names a QUEUE may be attached: the device
 *	can make page requests, and its IOMMU driver can answer them. Not for PCI
 *	virtual functions, which share the page requests of their physical one
 * @FAULTQ_DEVICE_CAP_PASID: an HWPT may be attached to a PASID
 * @FAULTQ_DEVICE_CAP_NESTING: nested HWPTs may be made for it
 * @FAULTQ_DEVICE_CAP_USER_PASID_TABLE: a nested HWPT on its RID serves every
 *	PASID, and FAULTQ_PASID_BIND is not for it
 * @FAULTQ_DEVICE_CAP_EVENTS: its IOMMU driver reports events to faultq
 * @FAULTQ_DEVICE_CAP_HW_QUEUE: a VIOMMU of it may have HW_QUEUEs
 */
enum faultq_device_capabilities {
	FAULTQ_DEVICE_CAP_IOPF = 1 << 0,
	FAULTQ_DEVICE_CAP_PASID = 1 << 1,
	FAULTQ_DEVICE_CAP_NESTING = 1 << 2,
	FAULTQ_DEVICE_CAP_USER_PASID_TABLE = 1 << 3,
	FAULTQ_DEVICE_CAP_EVENTS = 1 << 4,
	FAULTQ_DEVICE_CAP_HW_QUEUE = 1 << 5,
};

/**
 * enum faultq_hw_info_type - kinds of IOMMU
 * @FAULTQ_HW_INFO_NONE: nothing is told
 * @FAULTQ_HW_INFO_INTEL_VTD: struct faultq_hw_info_vtd
 * @FAULTQ_HW_INFO_ARM_SMMUV3: struct faultq_hw_info_arm_smmuv3
 *
 * Source: enum iommu_hw_info_type; the values are the same.
 */
enum faultq_hw_info_type {
	FAULTQ_HW_INFO_NONE = 0,
	FAULTQ_HW_INFO_INTEL_VTD = 1,
	FAULTQ_HW_INFO_ARM_SMMUV3 = 2,
};

/**
 * struct faultq_hw_info_vtd - what a virtual VT-d must mirror
 * @flags: 0; see enum iommu_hw_info_vtd_flags
 * @__reserved: 0
 * @cap_reg: capability register (VT-d 11.4.2)
 * @ecap_reg: extended capability register (VT-d 11.4.3)
 *
 * Source: struct iommu_hw_info_vtd; the layout is the same.
 */
struct faultq_hw_info_vtd {
	__u32 flags;
	__u32 __reserved;
	__aligned_u64 cap_reg;
	__aligned_u64 ecap_reg;
};

/**
 * struct faultq_hw_info_arm_smmuv3 - what a virtual SMMUv3 must mirror
 * @flags: 0
 * @__reserved: 0
 * @idr: SMMU_IDR0 to SMMU_IDR5 (SMMUv3 6.3.1 to 6.3.6)
 * @iidr: SMMU_IIDR
 * @aidr: SMMU_AIDR
 *
 * Source: struct iommu_hw_info_arm_smmuv3; the layout is the same.
 */
struct faultq_hw_info_arm_smmuv3 {
	__u32 flags;
	__u32 __reserved;
	__u32 idr[6];
	__u32 iidr;
	__u32 aidr;
};

#define FAULTQ_DRIVER_NAME_LEN 16

/**
 * struct faultq_device_info - ioctl(FAULTQ_DEVICE_INFO)
 * @size: sizeof(struct faultq_device_info)
 * @flags: must be 0
 * @dev_id: id of the DEVICE
 * @out_capabilities: of enum faultq_device_capabilities
 * @out_max_pasids: PASIDs 1 to this less 1 may be attached; 0 for none
 * @__reserved: must be 0
 * @out_label: the label given at the binding
 * @out_name: as given at the binding
 * @out_driver: name of the IOMMU driver, ends with a 0 byte
 * @out_data_type: one of enum faultq_hw_info_type
 * @data_len: in: room at @data_uptr; out: bytes that the kernel has. The smaller
 *	of the two is written, and room that is left is set to 0
 * @data_uptr: where the data of @out_data_type goes; not used if @data_len is 0
 *
 * Source: the last three are as in struct iommu_hw_info of iommufd.
 */
struct faultq_device_info {
	__u32 size;
	__u32 flags;
	__u32 dev_id;
	__u32 out_capabilities;
	__u32 out_max_pasids;
	__u32 __reserved;
	__aligned_u64 out_label;
	__u8 out_name[FAULTQ_DEVICE_NAME_LEN];
	__u8 out_driver[FAULTQ_DRIVER_NAME_LEN];
	__u32 out_data_type;
	__u32 data_len;
	__aligned_u64 data_uptr;
};

#define FAULTQ_DEVICE_INFO _IO(FAULTQ_TYPE, FAULTQ_CMD_DEVICE_INFO)

/**
 * enum faultq_hwpt_alloc_flags - flags of struct faultq_hwpt_alloc
 * @FAULTQ_HWPT_ALLOC_NEST_PARENT: a paging HWPT that can be stage 2 of nested
 *	ones; not together with FAULTQ_HWPT_ALLOC_FAULT_ID_VALID: faults of a
 *	nested translation, whatever the stage, go to the QUEUE of the nested
 *	one
 * @FAULTQ_HWPT_ALLOC_FAULT_ID_VALID: @fault_id names the QUEUE that gets the
 *	page requests; without it they are answered INVALID by the kernel
 *
 * Source: enum iommufd_hwpt_alloc_flags; the values are the same.
 */
enum faultq_hwpt_alloc_flags {
	FAULTQ_HWPT_ALLOC_NEST_PARENT = 1 << 0,
	FAULTQ_HWPT_ALLOC_FAULT_ID_VALID = 1 << 2,
};

/**
 * enum faultq_hwpt_data_type - kinds of page table
 * @FAULTQ_HWPT_DATA_NONE: paging: the kernel manages it
 * @FAULTQ_HWPT_DATA_VTD_S1: nested: a guest's first-stage table of VT-d, struct
 *	faultq_hwpt_vtd_s1
 * @FAULTQ_HWPT_DATA_ARM_SMMUV3: nested: a guest's stream table entry of SMMUv3,
 *	struct faultq_hwpt_arm_smmuv3; to be made on a VIOMMU
 *
 * Source: enum iommu_hwpt_data_type; the values are the same.
 */
enum faultq_hwpt_data_type {
	FAULTQ_HWPT_DATA_NONE = 0,
	FAULTQ_HWPT_DATA_VTD_S1 = 1,
	FAULTQ_HWPT_DATA_ARM_SMMUV3 = 2,
};

/**
 * enum faultq_hwpt_vtd_s1_flags - flags of struct faultq_hwpt_vtd_s1
 * @FAULTQ_VTD_S1_SRE: supervisor requests are allowed
 * @FAULTQ_VTD_S1_EAFE: extended access flags are kept in the table
 * @FAULTQ_VTD_S1_WPE: read-only pages are read-only to supervisor requests too
 *
 * Source: enum iommu_hwpt_vtd_s1_flags; the values are the same.
 */
enum faultq_hwpt_vtd_s1_flags {
	FAULTQ_VTD_S1_SRE = 1 << 0,
	FAULTQ_VTD_S1_EAFE = 1 << 1,
	FAULTQ_VTD_S1_WPE = 1 << 2,
};

/**
 * struct faultq_hwpt_vtd_s1 - data of FAULTQ_HWPT_DATA_VTD_S1
 * @flags: of enum faultq_hwpt_vtd_s1_flags
 * @pgtbl_addr: guest physical address of the table's root, which the parent
 *	translates
 * @addr_width: 48 for a table of four levels, 57 for one of five
 * @__reserved: must be 0
 *
 * Source: struct iommu_hwpt_vtd_s1; the layout is the same.
 */
struct faultq_hwpt_vtd_s1 {
	__aligned_u64 flags;
	__aligned_u64 pgtbl_addr;
	__u32 addr_width;
	__u32 __reserved;
};

/**
 * struct faultq_hwpt_arm_smmuv3 - data of FAULTQ_HWPT_DATA_ARM_SMMUV3
 * @ste: the first two words, little endian, of the stream table entry that the
 *	guest has for the device. Word 0: V, Cfg, S1Fmt, S1ContextPtr, S1CDMax;
 *	word 1: S1DSS, S1CIR, S1COR, S1CSH, S1STALLD, EATS. S1ContextPtr is
 *	translated by the parent, and so is all that it leads to: the guest's
 *	context descriptors serve every PASID of the device
 *
 * EIO: another bit is set, Cfg is none of abort, bypass and stage 1, or EATS is
 * neither 0 nor 1. Other values that the hardware cannot use are an event of the
 * device, C_BAD_STE. With Cfg bypass or abort, or without V, the device bypasses
 * stage 1 or is blocked. With Cfg stage 1, it can be attached to devices that have
 * a VDEVICE on the VIOMMU only.
 *
 * Source: struct iommu_hwpt_arm_smmuv3; the layout is the same. SMMUv3 5.2.
 */
struct faultq_hwpt_arm_smmuv3 {
	__aligned_u64 ste[2];
};

/**
 * struct faultq_hwpt_alloc - ioctl(FAULTQ_HWPT_ALLOC)
 * @size: sizeof(struct faultq_hwpt_alloc)
 * @flags: of enum faultq_hwpt_alloc_flags
 * @dev_id: id of a DEVICE; the HWPT suits every device behind the same IOMMU
 * @pt_id: paging: must be 0; nested: id of its parent, a paging HWPT with
 *	FAULTQ_HWPT_ALLOC_NEST_PARENT, or of a VIOMMU, whose parent it gets
 * @out_hwpt_id: id of the HWPT
 * @__reserved: must be 0
 * @data_type: one of enum faultq_hwpt_data_type
 * @data_len: nested: bytes of the data, 1 to FAULTQ_MAX_HWPT_DATA; else 0
 * @data_uptr: nested: the data of @data_type; else 0
 * @fault_id: id of a QUEUE of type IOPF, with FAULTQ_HWPT_ALLOC_FAULT_ID_VALID
 * @__reserved2: must be 0
 *
 * Makes a page table: a paging one, that the kernel manages (FAULTQ_HWPT_MAP,
 * _UNMAP), or a nested one, that user space (a guest) manages in memory which
 * the parent maps (FAULTQ_HWPT_INVALIDATE). Either can be attached to RIDs and
 * PASIDs. The parent of a nested one cannot be destroyed before it, but can be
 * mapped and unmapped at any time: what a guest's table leads to and the parent
 * does not map faults as a missing page does.
 *
 * EOPNOTSUPP: the IOMMU cannot nest, or not tables of this type, or an unknown flag
 * is set in the data. EINVAL: a parent that is none, or is of another IOMMU; data
 * that is too short or too long, or that the IOMMU cannot use. EIO: a stream table
 * entry that a guest may not have.
 *
 * iommufd differs: data of VT-d that the IOMMU cannot use is refused when the HWPT
 * is attached; a nested HWPT that is for PASIDs has IOMMU_HWPT_ALLOC_PASID.
 *
 * Where a device's whole PASID table belongs to the guest (Arm SMMUv3), one
 * nested HWPT on its RID serves every PASID, and FAULTQ_PASID_BIND is not
 * needed: EOPNOTSUPP.
 *
 * Source: struct iommu_hwpt_alloc of iommufd.
 */
struct faultq_hwpt_alloc {
	__u32 size;
	__u32 flags;
	__u32 dev_id;
	__u32 pt_id;
	__u32 out_hwpt_id;
	__u32 __reserved;
	__u32 data_type;
	__u32 data_len;
	__aligned_u64 data_uptr;
	__u32 fault_id;
	__u32 __reserved2;
};

#define FAULTQ_MAX_HWPT_DATA 4096

#define FAULTQ_HWPT_ALLOC _IO(FAULTQ_TYPE, FAULTQ_CMD_HWPT_ALLOC)

/**
 * enum faultq_hwpt_map_flags - flags of struct faultq_hwpt_map
 * @FAULTQ_HWPT_MAP_FIXED_IOVA: required: faultq hands out no IOVAs
 * @FAULTQ_HWPT_MAP_WRITEABLE: the device may write
 * @FAULTQ_HWPT_MAP_READABLE: the device may read
 *
 * At least one of the last two is required.
 *
 * Source: enum iommufd_ioas_map_flags; the values are the same.
 */
enum faultq_hwpt_map_flags {
	FAULTQ_HWPT_MAP_FIXED_IOVA = 1 << 0,
	FAULTQ_HWPT_MAP_WRITEABLE = 1 << 1,
	FAULTQ_HWPT_MAP_READABLE = 1 << 2,
};

#define FAULTQ_MAX_MAP_BYTES 0x100000000ULL

/**
 * struct faultq_hwpt_map - ioctl(FAULTQ_HWPT_MAP)
 * @size: sizeof(struct faultq_hwpt_map)
 * @flags: of enum faultq_hwpt_map_flags
 * @hwpt_id: id of a paging HWPT
 * @__reserved: must be 0
 * @user_va: start of the caller's memory, a multiple of the page size
 * @length: bytes, a multiple of the page size, 1 page to FAULTQ_MAX_MAP_BYTES
 * @iova: where the device sees it, a multiple of the page size
 *
 * Pins the memory and counts it against RLIMIT_MEMLOCK until it is unmapped.
 * EINVAL: the HWPT is nested, or part of the range is reserved by a device that
 * is attached (FAULTQ_HWPT_IOVA_RANGES). EEXIST: part of the range is mapped.
 * EFAULT: not the caller's memory, not memory that can be pinned (a PCI BAR,
 * secretmem), or WRITEABLE over memory that the caller may not write or that belongs to a file
 * with write-back, see below. EOVERFLOW: the range wraps or leaves the page
 * table.
 *
 * The kernel makes no long-term pin with write access to a shared, writable
 * mapping of a file whose file system writes dirty pages back, such as ext4,
 * XFS, Btrfs, NFS or FUSE, or of a block device: the device could write to a
 * page that the file system takes for clean. WRITEABLE fails with EFAULT there.
 * A guest's memory has to be anonymous, a memfd, or a file on tmpfs or
 * hugetlbfs. READABLE alone works with any file, and so does WRITEABLE with a
 * private mapping, of which the file sees nothing.
 *
 * Source: struct iommu_ioas_map of iommufd.
 */
struct faultq_hwpt_map {
	__u32 size;
	__u32 flags;
	__u32 hwpt_id;
	__u32 __reserved;
	__aligned_u64 user_va;
	__aligned_u64 length;
	__aligned_u64 iova;
};

#define FAULTQ_HWPT_MAP _IO(FAULTQ_TYPE, FAULTQ_CMD_HWPT_MAP)

/**
 * struct faultq_hwpt_unmap - ioctl(FAULTQ_HWPT_UNMAP)
 * @size: sizeof(struct faultq_hwpt_unmap)
 * @hwpt_id: id of a paging HWPT
 * @iova: start of the range; any value
 * @length: in: bytes of the range, not 0; out: bytes that were unmapped. With
 *	@iova 0 and @length 2^64 - 1 all is unmapped
 *
 * Unmaps every mapping that lies wholly in the range; when the call returns no
 * device reaches their memory, by nested HWPTs neither. ENOENT: there is none.
 * EINVAL: the range cuts a mapping in two, or the HWPT is nested. If the length
 * cannot be written (EFAULT), what was unmapped stays unmapped.
 *
 * Source: struct iommu_ioas_unmap of iommufd.
 */
struct faultq_hwpt_unmap {
	__u32 size;
	__u32 hwpt_id;
	__aligned_u64 iova;
	__aligned_u64 length;
};

#define FAULTQ_HWPT_UNMAP _IO(FAULTQ_TYPE, FAULTQ_CMD_HWPT_UNMAP)

/**
 * struct faultq_iova_range - addresses of a device
 * @start: the first one
 * @last: the last one, included
 *
 * Source: struct iommu_iova_range of iommufd.
 */
struct faultq_iova_range {
	__aligned_u64 start;
	__aligned_u64 last;
};

/**
 * struct faultq_hwpt_iova_ranges - ioctl(FAULTQ_HWPT_IOVA_RANGES)
 * @size: sizeof(struct faultq_hwpt_iova_ranges)
 * @hwpt_id: id of a paging HWPT
 * @num_iovas: in: length of the array; out: how many ranges there are
 * @__reserved: must be 0
 * @allowed_iovas: array of struct faultq_iova_range, filled in as far as it
 *	goes, in ascending order
 * @out_iova_alignment: what @iova and @length of FAULTQ_HWPT_MAP must be a
 *	multiple of
 *
 * The ranges in which FAULTQ_HWPT_MAP may map: all that the page table can
 * translate, less the reserved regions of every device whose RID the HWPT, or a
 * nested HWPT that it is the parent of, is attached to. An attachment narrows
 * them, a detachment widens them. Reserved are the addresses that the device's
 * accesses without PASID do not have translated (on x86 those of message
 * signalled interrupts), that the kernel uses itself (on Arm a window for these),
 * or that firmware claims, unless it does so only until a driver takes over.
 *
 * EMSGSIZE: there are more than @num_iovas was, which is written all the same.
 * EINVAL: the HWPT is nested.
 *
 * Source: struct iommu_ioas_iova_ranges of iommufd; the layout is the same.
 */
struct faultq_hwpt_iova_ranges {
	__u32 size;
	__u32 hwpt_id;
	__u32 num_iovas;
	__u32 __reserved;
	__aligned_u64 allowed_iovas;
	__aligned_u64 out_iova_alignment;
};

#define FAULTQ_HWPT_IOVA_RANGES _IO(FAULTQ_TYPE, FAULTQ_CMD_HWPT_IOVA_RANGES)

/**
 * enum faultq_device_attach_flags - flags of attach and detach
 * @FAULTQ_DEVICE_ATTACH_PASID: the PASID in @pasid, not the RID
 * @FAULTQ_DEVICE_ATTACH_COOKIE: @cookie holds the attachment's cookie (not for
 *	FAULTQ_DEVICE_DETACH)
 */
enum faultq_device_attach_flags {
	FAULTQ_DEVICE_ATTACH_PASID = 1 << 0,
	FAULTQ_DEVICE_ATTACH_COOKIE = 1 << 1,
};

/**
 * struct faultq_device_attach - ioctl(FAULTQ_DEVICE_ATTACH)
 * @size: sizeof(struct faultq_device_attach)
 * @flags: of enum faultq_device_attach_flags
 * @dev_id: id of a DEVICE
 * @hwpt_id: id of an HWPT
 * @pasid: 1 to out_max_pasids - 1 with FAULTQ_DEVICE_ATTACH_PASID, else 0
 * @__reserved: must be 0
 * @cookie: comes back in each record of this attachment; the device's label
 *	when FAULTQ_DEVICE_ATTACH_COOKIE is not given
 *
 * A device's RID, and each of its PASIDs, has one HWPT at most; attaching
 * again replaces it, and DMA goes on under the one or the other. When the
 * call returns all that was pending for the old attachment is answered
 * INVALID. EOPNOTSUPP: the HWPT names a QUEUE and the device makes no page
 * requests, or its IOMMU driver cannot replace the HWPT of a PASID, which is to
 * be detached first. EINVAL: the HWPT is of another IOMMU, or the PASID out of
 * range. EBUSY: a guest PASID is bound to this one, which only
 * FAULTQ_PASID_UNBIND ends; or the device is being reset. ENOENT: there is no
 * such DEVICE or HWPT, or the HWPT is a guest's stream table entry with a stage 1
 * and the device has no VDEVICE on its VIOMMU.
 *
 * On the RID, the HWPT (the parent of a nested one) may map nothing in the
 * device's reserved regions from then on, see FAULTQ_HWPT_IOVA_RANGES.
 * EADDRINUSE: it does.
 *
 * An attachment that fails leaves the former one, which the IOMMU driver may
 * have blocked for a moment. ENOTRECOVERABLE: the driver failed, and could not
 * restore the former one either: that one has ended as by FAULTQ_DEVICE_DETACH.
 */
struct faultq_device_attach {
	__u32 size;
	__u32 flags;
	__u32 dev_id;
	__u32 hwpt_id;
	__u32 pasid;
	__u32 __reserved;
	__aligned_u64 cookie;
};

#define FAULTQ_DEVICE_ATTACH _IO(FAULTQ_TYPE, FAULTQ_CMD_DEVICE_ATTACH)

/**
 * struct faultq_device_detach - ioctl(FAULTQ_DEVICE_DETACH)
 * @size: sizeof(struct faultq_device_detach)
 * @flags: 0 or FAULTQ_DEVICE_ATTACH_PASID
 * @dev_id: id of a DEVICE
 * @pasid: a PASID with FAULTQ_DEVICE_ATTACH_PASID, else 0
 *
 * Blocks the DMA and answers INVALID all that is pending, then returns.
 * ENOENT: nothing is attached there. EBUSY: as for FAULTQ_DEVICE_ATTACH.
 */
struct faultq_device_detach {
	__u32 size;
	__u32 flags;
	__u32 dev_id;
	__u32 pasid;
};

#define FAULTQ_DEVICE_DETACH _IO(FAULTQ_TYPE, FAULTQ_CMD_DEVICE_DETACH)

/**
 * struct faultq_pasid_alloc - ioctl(FAULTQ_PASID_ALLOC)
 * @size: sizeof(struct faultq_pasid_alloc)
 * @flags: must be 0
 * @dev_id: id of a DEVICE
 * @out_pasid: a PASID in the device's range that the kernel has given to no
 *	one else on any device
 *
 * Freed by FAULTQ_PASID_FREE, or with the DEVICE. ENOSPC: none is left, or the
 * kernel had no memory to look for one, which it does not tell apart.
 * EOPNOTSUPP: the device has no PASIDs.
 */
struct faultq_pasid_alloc {
	__u32 size;
	__u32 flags;
	__u32 dev_id;
	__u32 out_pasid;
};

#define FAULTQ_PASID_ALLOC _IO(FAULTQ_TYPE, FAULTQ_CMD_PASID_ALLOC)

/**
 * struct faultq_pasid_free - ioctl(FAULTQ_PASID_FREE)
 * @size: sizeof(struct faultq_pasid_free)
 * @flags: must be 0
 * @dev_id: id of the DEVICE that it was allocated for
 * @pasid: what FAULTQ_PASID_ALLOC gave
 *
 * EBUSY: an HWPT is attached to it. ENOENT: it was not allocated here.
 */
struct faultq_pasid_free {
	__u32 size;
	__u32 flags;
	__u32 dev_id;
	__u32 pasid;
};

#define FAULTQ_PASID_FREE _IO(FAULTQ_TYPE, FAULTQ_CMD_PASID_FREE)

/**
 * enum faultq_viommu_type - kinds of VIOMMU
 * @FAULTQ_VIOMMU_TYPE_DEFAULT: of no IOMMU in particular: virtual ids of
 *	devices, nested HWPTs, and invalidations that apply to all of these
 * @FAULTQ_VIOMMU_TYPE_ARM_SMMUV3: an SMMUv3; invalidations are the guest's own
 *	commands
 * @FAULTQ_VIOMMU_TYPE_TEGRA241_CMDQV: an SMMUv3 with virtual command queues,
 *	which the guest rings itself: struct faultq_viommu_tegra241_cmdqv
 *
 * Source: enum iommu_viommu_type; the values are the same. iommufd makes none of
 * type DEFAULT, nor any for VT-d.
 */
enum faultq_viommu_type {
	FAULTQ_VIOMMU_TYPE_DEFAULT = 0,
	FAULTQ_VIOMMU_TYPE_ARM_SMMUV3 = 1,
	FAULTQ_VIOMMU_TYPE_TEGRA241_CMDQV = 2,
};

/**
 * struct faultq_viommu_tegra241_cmdqv - data of
 *	FAULTQ_VIOMMU_TYPE_TEGRA241_CMDQV
 * @out_vintf_mmap_offset: where to mmap() the registers of the virtual command
 *	queues, on the file of /dev/faultq
 * @out_vintf_mmap_length: bytes to be mapped, whole and MAP_SHARED
 *
 * The page holds, for the HW_QUEUE of index N at N * FAULTQ_VCMDQ_STRIDE, the
 * 32-bit registers of enum faultq_vcmdq_register. The guest may be given the
 * page itself, as a memory region of KVM, and writes it without an exit to user
 * space. The mapping, which a child of fork() inherits, keeps the file of the
 * context open as any mapping does, but does not outlive the VIOMMU: an access is
 * then SIGBUS, and EFAULT from KVM_RUN. Take it from the guest before that.
 *
 * The page cannot be pinned for writing (EFAULT): not for a device by
 * FAULTQ_HWPT_MAP or VFIO, nor as a registered buffer of io_uring.
 *
 * mmap(): ENOENT: no VIOMMU of this context has a page at this offset. EINVAL:
 * not the whole of it, or not MAP_SHARED.
 *
 * Source: struct iommu_viommu_tegra241_cmdqv; the layout is the same.
 */
struct faultq_viommu_tegra241_cmdqv {
	__aligned_u64 out_vintf_mmap_offset;
	__aligned_u64 out_vintf_mmap_length;
};

#define FAULTQ_MAX_VCMDQS 16
#define FAULTQ_VCMDQ_STRIDE 0x80

/**
 * enum faultq_vcmdq_register - registers of a virtual command queue
 * @FAULTQ_VCMDQ_CONS: read only. Bits 19:0: index and wrap bit of the next
 *	command to be executed; bits 30:24: why it stopped, as CERROR of SMMUv3:
 *	0 none, 1 illegal command, 2 the queue cannot be read, 3 a device did not
 *	answer an invalidation that a CMD_SYNC waited for. TLBI_NH_ASID, TLBI_NH_VA,
 *	ATC_INV, and CMD_SYNC without an interrupt are legal; any other command
 *	goes through FAULTQ_HWPT_INVALIDATE
 * @FAULTQ_VCMDQ_PROD: bits 19:0: index and wrap bit behind the last command.
 *	The doorbell: commands are executed when it was written
 * @FAULTQ_VCMDQ_CONFIG: bit 0: enabled. 0 at first. A queue that is enabled begins
 *	with CONS 0 and without an error
 * @FAULTQ_VCMDQ_STATUS: read only. Bit 0: is enabled
 * @FAULTQ_VCMDQ_GERROR: read only. Bit 0 toggles when the queue stops
 * @FAULTQ_VCMDQ_GERRORN: bit 0 set to that of GERROR: the error is cleared, the
 *	queue goes on at CONS, where the guest has put right the command
 *
 * Source: the VCMDQ registers of the kernel's tegra241-cmdqv driver; meaning as
 * SMMU_CMDQ_CONS, SMMU_CMDQ_PROD, SMMU_GERROR and SMMU_GERRORN of SMMUv3 6.3.
 */
enum faultq_vcmdq_register {
	FAULTQ_VCMDQ_CONS = 0x00,
	FAULTQ_VCMDQ_PROD = 0x04,
	FAULTQ_VCMDQ_CONFIG = 0x08,
	FAULTQ_VCMDQ_STATUS = 0x0c,
	FAULTQ_VCMDQ_GERROR = 0x10,
	FAULTQ_VCMDQ_GERRORN = 0x14,
};

/**
 * struct faultq_viommu_alloc - ioctl(FAULTQ_VIOMMU_ALLOC)
 * @size: sizeof(struct faultq_viommu_alloc)
 * @flags: must be 0
 * @type: one of enum faultq_viommu_type
 * @dev_id: id of a DEVICE, whose IOMMU it is
 * @hwpt_id: id of a paging HWPT with FAULTQ_HWPT_ALLOC_NEST_PARENT: stage 2 of
 *	every nested HWPT that is made on it
 * @out_viommu_id: id of the VIOMMU
 * @data_len: bytes of the data of @type, 0 if it has none
 * @__reserved: must be 0
 * @data_uptr: the data of @type, with its out_ fields written; 0 if it has none
 *
 * The share of one VM in one IOMMU: what a virtual IOMMU of a guest stands for
 * on the host.
 *
 * EOPNOTSUPP: the IOMMU has none of this type. EINVAL: the HWPT is no nest
 * parent, or of another IOMMU.
 *
 * Source: struct iommu_viommu_alloc of iommufd.
 */
struct faultq_viommu_alloc {
	__u32 size;
	__u32 flags;
	__u32 type;
	__u32 dev_id;
	__u32 hwpt_id;
	__u32 out_viommu_id;
	__u32 data_len;
	__u32 __reserved;
	__aligned_u64 data_uptr;
};

#define FAULTQ_VIOMMU_ALLOC _IO(FAULTQ_TYPE, FAULTQ_CMD_VIOMMU_ALLOC)

/**
 * struct faultq_vdevice_alloc - ioctl(FAULTQ_VDEVICE_ALLOC)
 * @size: sizeof(struct faultq_vdevice_alloc)
 * @viommu_id: id of a VIOMMU
 * @dev_id: id of a DEVICE behind its IOMMU
 * @out_vdevice_id: id of the VDEVICE
 * @virt_id: what the guest calls the device on its virtual IOMMU (vRID, vSID)
 *
 * Tells how reports of the hardware are to name the device. The map holds both
 * ways: EEXIST if the virtual id is taken on this VIOMMU, or the device has
 * a virtual id, on this or on another one. EINVAL: the device is behind another
 * IOMMU, or the IOMMU cannot use such an id.
 *
 * When the device is removed from the machine its VDEVICE names nothing any
 * more, but keeps the virtual id until it is destroyed.
 *
 * Source: struct iommu_vdevice_alloc of iommufd.
 */
struct faultq_vdevice_alloc {
	__u32 size;
	__u32 viommu_id;
	__u32 dev_id;
	__u32 out_vdevice_id;
	__aligned_u64 virt_id;
};

#define FAULTQ_VDEVICE_ALLOC _IO(FAULTQ_TYPE, FAULTQ_CMD_VDEVICE_ALLOC)

/**
 * enum faultq_hwpt_invalidate_data_type - kinds of invalidation entry
 * @FAULTQ_HWPT_INVALIDATE_DATA_VTD_S1: struct faultq_hwpt_vtd_s1_invalidate
 * @FAULTQ_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3: struct
 *	faultq_viommu_arm_smmuv3_invalidate, on a VIOMMU of type ARM_SMMUV3 or
 *	TEGRA241_CMDQV
 *
 * Source: enum iommu_hwpt_invalidate_data_type; the values are the same.
 */
enum faultq_hwpt_invalidate_data_type {
	FAULTQ_HWPT_INVALIDATE_DATA_VTD_S1 = 0,
	FAULTQ_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3 = 1,
};

/**
 * enum faultq_hwpt_vtd_s1_invalidate_flags - flags of an entry
 * @FAULTQ_VTD_INV_FLAGS_LEAF: only last-level entries were changed: what is
 *	cached of upper levels may stay
 *
 * Source: enum iommu_hwpt_vtd_s1_invalidate_flags; the value is the same.
 */
enum faultq_hwpt_vtd_s1_invalidate_flags {
	FAULTQ_VTD_INV_FLAGS_LEAF = 1 << 0,
};

/**
 * enum faultq_invalidate_error - what the hardware said of an entry
 * @FAULTQ_INVALIDATE_ICE: invalidation completion error: a device sent a
 *	completion that was wrong or not expected. The hardware goes on
 * @FAULTQ_INVALIDATE_ITE: invalidation time-out error: a device did not answer
 * @FAULTQ_INVALIDATE_IQE: invalidation queue error: the hardware did not
 *	understand a descriptor, or could not fetch it
 *
 * Of an SMMUv3: CERROR_ATC_INV_SYNC is told as ITE, CERROR_ILL and CERROR_ABT
 * as IQE. As bits 5, 6 and 4 of VT-d's fault status register. The first two have the
 * values of Intel's proposal for iommufd of 2023.
 */
enum faultq_invalidate_error {
	FAULTQ_INVALIDATE_ICE = 1 << 0,
	FAULTQ_INVALIDATE_ITE = 1 << 1,
	FAULTQ_INVALIDATE_IQE = 1 << 2,
};

/**
 * enum faultq_invalidate_out_flags - out_flags of an entry
 * @FAULTQ_INVALIDATE_VIRT_ID_VALID: @out_virt_id names a device
 */
enum faultq_invalidate_out_flags {
	FAULTQ_INVALIDATE_VIRT_ID_VALID = 1 << 0,
};

/**
 * struct faultq_hwpt_vtd_s1_invalidate - an entry of type
 *	FAULTQ_HWPT_INVALIDATE_DATA_VTD_S1
 * @addr: start of the range of first-stage input addresses, a multiple of 4096
 * @npages: 4 KiB pages of it, not 0, and not beyond the last address; 2^64 - 1 with
 *	@addr 0 for all. iommufd does not look for these two errors
 * @flags: of enum faultq_hwpt_vtd_s1_invalidate_flags
 * @__reserved: must be 0
 * @out_error: of enum faultq_invalidate_error; 0 if nothing went wrong
 * @out_flags: of enum faultq_invalidate_out_flags
 * @out_virt_id: the device that the error is about, by the id that its VDEVICE
 *	on the VIOMMU (of the HWPT) gave it; 0 if there is no error, if the
 *	hardware did not tell the device, or if it has no VDEVICE there
 *
 * Covers IOTLB, paging structure caches and the TLBs of devices.
 *
 * Source: struct iommu_hwpt_vtd_s1_invalidate; the first 24 bytes are the same,
 * and may be all of an entry: see @entry_len of struct faultq_hwpt_invalidate.
 */
struct faultq_hwpt_vtd_s1_invalidate {
	__aligned_u64 addr;
	__aligned_u64 npages;
	__u32 flags;
	__u32 __reserved;
	__u32 out_error;
	__u32 out_flags;
	__aligned_u64 out_virt_id;
};

/**
 * struct faultq_viommu_arm_smmuv3_invalidate - an entry of type
 *	FAULTQ_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3
 * @cmd: a command of the guest's command queue, little endian: TLBI_NSNH_ALL,
 *	TLBI_NH_ALL, TLBI_NH_ASID, TLBI_NH_VA, TLBI_NH_VAA, CFGI_CD, CFGI_CD_ALL,
 *	ATC_INV. Stream ids are the guest's (see struct faultq_vdevice_alloc), a
 *	VMID is ignored. EIO: another command, one with a bit set that is RES0 in
 *	it, or with a value that is reserved (SIZE above 52; NUM, SCALE or TTL
 *	without TG, or TG with all of these 0), or a stream id without a VDEVICE
 * @out_error: of enum faultq_invalidate_error; 0 if nothing went wrong. IQE also for
 *	a command that did not get to the hardware
 * @out_flags: of enum faultq_invalidate_out_flags
 * @out_virt_id: as in struct faultq_hwpt_vtd_s1_invalidate
 *
 * Source: struct iommu_viommu_arm_smmuv3_invalidate; the first 16 bytes are the
 * same, and may be all of an entry. SMMUv3 4.1, 4.3 to 4.5.
 */
struct faultq_viommu_arm_smmuv3_invalidate {
	__aligned_u64 cmd[2];
	__u32 out_error;
	__u32 out_flags;
	__aligned_u64 out_virt_id;
};

#define FAULTQ_MAX_INVALIDATIONS 65536

/**
 * struct faultq_hwpt_invalidate - ioctl(FAULTQ_HWPT_INVALIDATE)
 * @size: sizeof(struct faultq_hwpt_invalidate)
 * @hwpt_id: id of a nested HWPT, or of a VIOMMU: then of all nested HWPTs on it
 * @data_uptr: the array of entries
 * @data_type: one of enum faultq_hwpt_invalidate_data_type, of all entries
 * @entry_len: bytes from one entry to the next, a multiple of 8. At least the
 *	entry's part before its first out_ field, without which no errors are
 *	told; at most the whole entry
 * @entry_num: in: length of the array, 0 to FAULTQ_MAX_INVALIDATIONS; out: how
 *	many entries were handled, which are the first ones, also when the call
 *	fails
 * @__reserved: must be 0
 *
 * To be called after a change of a guest's page table: until then the hardware
 * may go by the old one, when the call has returned it does not. The out_
 * fields are written of every entry that was handled, and of the one where the
 * hardware stopped; the rest of the array is left as it was.
 *
 * Stops at the first entry that cannot be handled, @entry_num then being its
 * index. EIO: the hardware stopped there, or would have, @out_error says why. EINVAL,
 * EOPNOTSUPP: a field of it has a bad value, an unknown flag is set. EFAULT: it
 * cannot be read or written. EINTR: the caller is being killed. What was
 * handled before stays handled.
 *
 * With @entry_num 0 the call returns whether @data_type is supported (0, or
 * EOPNOTSUPP), and @entry_len and @data_uptr are ignored. A VIOMMU may not
 * support what its HWPTs do. EINVAL: a paging HWPT, or more entries than there may
 * be.
 *
 * iommufd differs: a type that is not supported, or no array, is EINVAL, and with
 * @entry_num 0 so is the type of SMMUv3; it takes 2^19 entries; those of SMMUv3
 * that it counts as handled when a later one fails may not have got to the
 * hardware; it invalidates by a VIOMMU for SMMUv3 only.
 *
 * Errors are told by IOMMU drivers that are registered with faultq for it; with
 * others the call only fails, and nothing is told of the reason.
 *
 * Source: struct iommu_hwpt_invalidate of iommufd.
 */
struct faultq_hwpt_invalidate {
	__u32 size;
	__u32 hwpt_id;
	__aligned_u64 data_uptr;
	__u32 data_type;
	__u32 entry_len;
	__u32 entry_num;
	__u32 __reserved;
};

#define FAULTQ_HWPT_INVALIDATE _IO(FAULTQ_TYPE, FAULTQ_CMD_HWPT_INVALIDATE)

/**
 * enum faultq_pasid_bind_flags - flags of struct faultq_pasid_bind
 * @FAULTQ_PASID_BIND_ALLOC: the host PASID is to be allocated; it is freed
 *	with the binding
 * @FAULTQ_PASID_BIND_COOKIE: @cookie holds the attachment's cookie
 * @FAULTQ_PASID_BIND_FAULT_ID_VALID: @fault_id names the QUEUE that gets the
 *	page requests
 */
enum faultq_pasid_bind_flags {
	FAULTQ_PASID_BIND_ALLOC = 1 << 0,
	FAULTQ_PASID_BIND_COOKIE = 1 << 1,
	FAULTQ_PASID_BIND_FAULT_ID_VALID = 1 << 2,
};

#define FAULTQ_MAX_GUEST_PASIDS 0x100000

/**
 * struct faultq_pasid_bind - ioctl(FAULTQ_PASID_BIND)
 * @size: sizeof(struct faultq_pasid_bind)
 * @flags: of enum faultq_pasid_bind_flags
 * @dev_id: id of a DEVICE
 * @pt_id: parent of the guest's page table: id of a paging HWPT with
 *	FAULTQ_HWPT_ALLOC_NEST_PARENT, or of a VIOMMU
 * @guest_pasid: what the guest calls it, 1 to FAULTQ_MAX_GUEST_PASIDS - 1;
 *	unique among the bindings of the DEVICE
 * @host_pasid: in: what the device sends with its requests, 1 to
 *	out_max_pasids - 1, preferably from FAULTQ_PASID_ALLOC; or, with
 *	FAULTQ_PASID_BIND_ALLOC, 0, and out: the one that was allocated
 * @fault_id: id of a QUEUE of type IOPF, with FAULTQ_PASID_BIND_FAULT_ID_VALID,
 *	else 0
 * @out_hwpt_id: id of the nested HWPT that was made, for
 *	FAULTQ_HWPT_INVALIDATE; it ends with the binding
 * @cookie: comes back in each record; the device's label when
 *	FAULTQ_PASID_BIND_COOKIE is not given
 * @data_type: must be FAULTQ_HWPT_DATA_VTD_S1
 * @__reserved: must be 0
 * @vtd_s1: the guest's page table
 *
 * FAULTQ_PASID_ALLOC, FAULTQ_HWPT_ALLOC and FAULTQ_DEVICE_ATTACH in one, and
 * more than these: each record of a page request has the guest's PASID in
 * @pasid, so that a VMM can hand it to the guest as it is, and has the cookie
 * for something of its own. It is for IOMMUs whose PASID table the host keeps,
 * as with VT-d. Where the guest keeps it, a device sends the guest's PASIDs
 * itself, and one nested HWPT on its RID serves them all.
 *
 * The host PASID is tied to the binding until FAULTQ_PASID_UNBIND or the end of
 * the DEVICE. EEXIST: the guest PASID is bound, or the host PASID has an HWPT
 * already. EINVAL: one of them is out of range. Otherwise as the three calls
 * that it is made of.
 */
struct faultq_pasid_bind {
	__u32 size;
	__u32 flags;
	__u32 dev_id;
	__u32 pt_id;
	__u32 guest_pasid;
	__u32 host_pasid;
	__u32 fault_id;
	__u32 out_hwpt_id;
	__aligned_u64 cookie;
	__u32 data_type;
	__u32 __reserved;
	struct faultq_hwpt_vtd_s1 vtd_s1;
};

#define FAULTQ_PASID_BIND _IO(FAULTQ_TYPE, FAULTQ_CMD_PASID_BIND)

/**
 * struct faultq_pasid_unbind - ioctl(FAULTQ_PASID_UNBIND)
 * @size: sizeof(struct faultq_pasid_unbind)
 * @flags: must be 0
 * @dev_id: id of the DEVICE
 * @guest_pasid: what was bound
 *
 * Blocks the DMA of the host PASID, answers INVALID all that is pending of it,
 * and ends the HWPT; then frees the host PASID if the binding allocated it, and
 * returns. Works for a device that was removed from the machine as well.
 * ENOENT: no such binding. EBUSY: another call is still making it.
 */
struct faultq_pasid_unbind {
	__u32 size;
	__u32 flags;
	__u32 dev_id;
	__u32 guest_pasid;
};

#define FAULTQ_PASID_UNBIND _IO(FAULTQ_TYPE, FAULTQ_CMD_PASID_UNBIND)

/**
 * enum faultq_hw_queue_type - kinds of HW_QUEUE
 * @FAULTQ_HW_QUEUE_TYPE_TEGRA241_CMDQV: a virtual command queue, on a VIOMMU of
 *	type TEGRA241_CMDQV
 *
 * Source: enum iommu_hw_queue_type; the values are the same.
 */
enum faultq_hw_queue_type {
	FAULTQ_HW_QUEUE_TYPE_TEGRA241_CMDQV = 1,
};

/**
 * struct faultq_hw_queue_alloc - ioctl(FAULTQ_HW_QUEUE_ALLOC)
 * @size: sizeof(struct faultq_hw_queue_alloc)
 * @flags: must be 0
 * @viommu_id: id of a VIOMMU
 * @type: one of enum faultq_hw_queue_type
 * @index: which queue of the VIOMMU, 0 to FAULTQ_MAX_VCMDQS - 1. Queues are made in
 *	ascending order and destroyed in descending order, without gaps
 * @out_hw_queue_id: id of the HW_QUEUE
 * @nesting_parent_iova: where the queue is in guest memory, by the VIOMMU's
 *	parent; a multiple of @length
 * @length: bytes, a power of two: 32 (two commands) to 1 MiB (65536 commands)
 *
 * A queue in guest memory that the IOMMU reads itself. Hardware reads it by physical
 * addresses: at the time of the call all of it is mapped, physically contiguous and
 * aligned to its length, so one that is longer than a page takes huge pages. The
 * memory is looked up in the parent whenever a command is fetched: what is unmapped,
 * or taken by something else, stops the queue with the error 2, and harms no one
 * else.
 *
 * When a queue stops, the VIOMMU's QUEUE of events gets an event of form
 * FAULTQ_NATIVE_TEGRA241_CMDQV with a bit for each queue that is stopped.
 *
 * EEXIST: the VIOMMU has a queue of this index. EIO: it has none of the index
 * before. EOPNOTSUPP: it cannot have any. EINVAL: an index, an address or a length
 * that is not allowed. EOVERFLOW: the end is beyond all addresses. ENOENT: the parent
 * does not map all of it. EFAULT: its memory is not contiguous. DESTROY is EBUSY
 * while there is a queue of the next index.
 *
 * iommufd differs: it pins the memory, which cannot be unmapped then, and takes an
 * address that is aligned physically alone; how many queues there can be, and how
 * long they are, depends on the hardware.
 *
 * Source: struct iommu_hw_queue_alloc of iommufd.
 */
struct faultq_hw_queue_alloc {
	__u32 size;
	__u32 flags;
	__u32 viommu_id;
	__u32 type;
	__u32 index;
	__u32 out_hw_queue_id;
	__aligned_u64 nesting_parent_iova;
	__aligned_u64 length;
};

#define FAULTQ_HW_QUEUE_ALLOC _IO(FAULTQ_TYPE, FAULTQ_CMD_HW_QUEUE_ALLOC)

/**
 * struct faultq_queue_info - ioctl(FAULTQ_QUEUE_INFO) on the file of a QUEUE
 * @size: sizeof(struct faultq_queue_info)
 * @flags: must be 0
 * @out_type: one of enum faultq_queue_type
 * @out_nr_rings: rings 0 to this less 1
 * @out_records_size: bytes of FAULTQ_REGION_RECORDS of each ring
 * @out_control_size: bytes of FAULTQ_REGION_CONTROL of each ring
 * @out_responses_size: bytes of FAULTQ_REGION_RESPONSES of each ring; EVENT: 0,
 *	there is none
 * @__reserved: must be 0
 *
 * Tells whoever holds the file all that is needed to map it.
 */
struct faultq_queue_info {
	__u32 size;
	__u32 flags;
	__u32 out_type;
	__u32 out_nr_rings;
	__u32 out_records_size;
	__u32 out_control_size;
	__u32 out_responses_size;
	__u32 __reserved;
};

#define FAULTQ_QUEUE_INFO _IO(FAULTQ_TYPE, FAULTQ_CMD_QUEUE_INFO)

/**
 * struct faultq_queue_eventfd - ioctl(FAULTQ_QUEUE_EVENTFD) on the file of a
 *	QUEUE
 * @size: sizeof(struct faultq_queue_eventfd)
 * @ring: 0 to nr_rings - 1
 * @fd: an eventfd that is signalled at each wake-up of this ring, in place of
 *	one set before; -1 for none
 * @__reserved: must be 0
 *
 * EBADF, EINVAL: no file, or no eventfd.
 */
struct faultq_queue_eventfd {
	__u32 size;
	__u32 ring;
	__s32 fd;
	__u32 __reserved;
};

#define FAULTQ_QUEUE_EVENTFD _IO(FAULTQ_TYPE, FAULTQ_CMD_QUEUE_EVENTFD)

/**
 * FAULTQ_QUEUE_DOORBELL - ioctl(fd, FAULTQ_QUEUE_DOORBELL, ring) on the file
 *	of a QUEUE
 *
 * Carries out the responses that were put into the response ring since, then
 * publishes groups that waited for room. Returns the number of responses
 * that were taken from the ring, refused ones included; those are counted
 * in the header (bad_responses). EINVAL: no such ring. EIO: the
 * response head in the control region is further ahead than the ring is long;
 * nothing is taken, the next doorbell goes on from the kernel's response tail.
 */
#define FAULTQ_QUEUE_DOORBELL _IO(FAULTQ_TYPE, FAULTQ_CMD_QUEUE_DOORBELL)

/**
 * enum faultq_response_code - how a group is answered
 * @FAULTQ_RESPONSE_SUCCESS: the pages are mapped, the device may try again
 *	("Success" of PCIe 10.4.2.1)
 * @FAULTQ_RESPONSE_INVALID: they will not be, the device is to give up the
 *	access ("Invalid Request" of PCIe 10.4.2.1)
 *
 * Source: enum iommufd_page_response_code; the values are the same.
 */
enum faultq_response_code {
	FAULTQ_RESPONSE_SUCCESS = 0,
	FAULTQ_RESPONSE_INVALID = 1,
};

/**
 * struct faultq_response - answers one group
 * @tag: of the group's last record
 * @code: one of enum faultq_response_code
 *
 * An entry of the response ring, of FAULTQ_QUEUE_RESPOND and of write().
 *
 * Source: struct iommu_hwpt_page_response of iommufd, whose cookie is the tag.
 */
struct faultq_response {
	__u32 tag;
	__u32 code;
};

#define FAULTQ_MAX_RESPONSES 65536

/**
 * struct faultq_queue_respond - ioctl(FAULTQ_QUEUE_RESPOND) on the file of a
 *	QUEUE
 * @size: sizeof(struct faultq_queue_respond)
 * @flags: must be 0
 * @nr_responses: in: entries of the array, up to FAULTQ_MAX_RESPONSES; out:
 *	how many were carried out, which are the first ones
 * @__reserved: must be 0
 * @responses_uptr: array of struct faultq_response
 *
 * Stops at the first response that is refused: EINVAL for a tag that is not
 * (or no longer) pending on this QUEUE or a code that is not known, EFAULT for
 * an entry that cannot be read. What was carried out before remains so, and
 * @nr_responses tells of it, unless it cannot be written (EFAULT); it is left
 * alone when the call itself is refused (ENODEV, EOPNOTSUPP, E2BIG, or EINVAL
 * for more than FAULTQ_MAX_RESPONSES). The same holds for write(), which returns
 * the bytes it took if there were any, and takes at most FAULTQ_MAX_RESPONSES.
 */
struct faultq_queue_respond {
	__u32 size;
	__u32 flags;
	__u32 nr_responses;
	__u32 __reserved;
	__aligned_u64 responses_uptr;
};

#define FAULTQ_QUEUE_RESPOND _IO(FAULTQ_TYPE, FAULTQ_CMD_QUEUE_RESPOND)

/**
 * FAULTQ_QUEUE_REPUBLISH - ioctl(fd, FAULTQ_QUEUE_REPUBLISH, ring) on the file
 *	of a QUEUE
 *
 * For a process that takes over from one that died: drops what lies in the
 * response ring and in the record ring, moves the control region's indices to
 * the kernel's, and publishes every group that has no response yet once more,
 * in the order of arrival and under new tags; responses with the old
 * tags are refused from then on. Returns the number of those groups. The
 * former consumer must have stopped. EINVAL: no such ring.
 */
#define FAULTQ_QUEUE_REPUBLISH _IO(FAULTQ_TYPE, FAULTQ_CMD_QUEUE_REPUBLISH)

/**
 * DOC: the file of a QUEUE
 *
 * mmap() with MAP_SHARED at FAULTQ_MMAP_OFFSET(ring, region) maps a region of
 * a ring, whole, at the size that FAULTQ_QUEUE_INFO tells:
 *
 *  - FAULTQ_REGION_RECORDS, PROT_READ only (EPERM otherwise; a later mprotect()
 *    gives EACCES): struct faultq_ring_header, and at its header_size the
 *    records.
 *  - FAULTQ_REGION_CONTROL, one page: struct faultq_ring_control.
 *  - FAULTQ_REGION_RESPONSES: nr_responses of struct faultq_response.
 *
 * These offsets take more than 32 bits: 32-bit programs define
 * _FILE_OFFSET_BITS as 64 or use mmap64().
 *
 * The indices run freely through 2^32; a record or response lies at index
 * modulo the ring's length.
 *
 * read() returns whole groups as struct iommu_hwpt_pgfault of iommufd (40
 * bytes a page, the tag as its cookie) and moves the record tail as any
 * consumer would: a QUEUE is either read or consumed through its rings at a
 * time. It visits the rings in turn. It blocks unless O_NONBLOCK is set
 * (EAGAIN, also while another read() has the ring). EINVAL: the next group is
 * larger than the buffer, or the buffer no multiple of 40 bytes. EIO: the record
 * tail in the control region is out of its range.
 *
 * read() of a QUEUE of type EVENT returns whole events, each beginning with
 * struct iommufd_vevent_header of iommufd: flags (bit 0: events were lost, and
 * nothing follows this header) and sequence. If the QUEUE is for one native
 * format, the header of an event is followed by @native of struct faultq_event,
 * else by the whole struct.
 *
 * As in iommufd, sequence is the number of the event that follows, or of the
 * last one that was lost; INT_MAX is followed by 0. No number occurs twice, and
 * each number that is left out is a loss. iommufd has a header with the flag at
 * the end of its queue only, and the gap elsewhere; here there is one wherever
 * events were lost, but for FAULTQ_QUEUE_ALLOC_OVERWRITE, with the gap alone.
 *
 * write() takes struct iommu_hwpt_page_response of iommufd, which is struct
 * faultq_response. EVENT: write(), FAULTQ_QUEUE_DOORBELL, _RESPOND and
 * _REPUBLISH give EOPNOTSUPP, poll() tells no EPOLLOUT.
 *
 * poll() tells EPOLLIN while a ring holds records, EPOLLOUT always. Each call asks
 * for a wake-up at the next record of each ring, so every way to poll works,
 * edge-triggered ones (EPOLLET, io_uring's multishot poll) included: whatever
 * comes after an edge was reported makes another edge, at most one for each call
 * of poll(). A consumer of the rings stores its tail, and rings the doorbell if
 * FAULTQ_RING_NEED_DOORBELL is set, before it waits for the next edge.
 *
 * read() asks for a wake-up when it sleeps and when it gives EAGAIN. If the ring
 * has an eventfd, so does a read() that empties the ring, and one that leaves
 * records in it signals the eventfd again.
 */
enum {
	FAULTQ_REGION_RECORDS = 0,
	FAULTQ_REGION_CONTROL = 1,
	FAULTQ_REGION_RESPONSES = 2,
};

#define FAULTQ_MMAP_OFFSET(ring, region) \
	(((__u64)(ring) << 32) | ((__u64)(region) << 30))

#define FAULTQ_RING_MAGIC 0x46515247 /* "FQRG" */
#define FAULTQ_RING_VERSION 1

/**
 * enum faultq_ring_flags - flags of struct faultq_ring_header
 * @FAULTQ_RING_NEED_DOORBELL: groups wait for room in the ring: ring the
 *	doorbell after the record tail was moved, and do not sleep for a record
 *	later than the next
 * @FAULTQ_RING_OVERWRITE: the QUEUE has FAULTQ_QUEUE_ALLOC_OVERWRITE, and
 *	@oldest is valid; does not change
 */
enum faultq_ring_flags {
	FAULTQ_RING_NEED_DOORBELL = 1 << 0,
	FAULTQ_RING_OVERWRITE = 1 << 1,
};

/**
 * struct faultq_ring_header - start of FAULTQ_REGION_RECORDS, written by the
 *	kernel
 * @magic: FAULTQ_RING_MAGIC
 * @version: FAULTQ_RING_VERSION; another one means another layout
 * @header_size: bytes from here to the first record
 * @record_size: bytes of a record; may exceed what the reader knows, whose
 *	fields then come first
 * @nr_records: length of the ring
 * @response_size: bytes of a response
 * @nr_responses: length of the response ring
 * @ring: index of this ring in its QUEUE
 * @type: one of enum faultq_queue_type
 * @__reserved: 0
 * @head: index after the last record that is published
 * @flags: of enum faultq_ring_flags
 * @__reserved1: 0
 * @resp_tail: index of the first response that the kernel has not taken
 * @__reserved2: 0
 * @arrived: groups that came for this ring
 * @published: publications of a group; a republished group counts again
 * @answered: groups answered by a response
 * @timed_out: groups answered INVALID because of their age
 * @revoked: groups answered INVALID because their attachment, device, queue or
 *	context came to its end
 * @refused: groups answered INVALID on arrival: @nr_groups were pending, or the
 *	group had more pages than the ring has records
 * @overdue: groups that grew too old under FAULTQ_TIMEOUT_WARN
 * @bad_responses: responses refused: tag not pending, code not known
 * @bad_indices: times an index in the control region was out of its range
 * @wakeups: times the consumer was woken
 * @oldest: EVENT with FAULTQ_QUEUE_ALLOC_OVERWRITE: index of the oldest record
 *	that is not overwritten; else 0
 * @sequence: EVENT: number of the next event or loss: arrived + lost_hardware
 * @lost_full: EVENT: events lost since the ring was full
 * @lost_overwritten: EVENT: events that were overwritten before they were
 *	consumed
 * @lost_memory: EVENT: events that the IOMMU driver could not deliver for want
 *	of memory
 * @lost_hardware: EVENT: times that the IOMMU reported a loss of its own (a full
 *	event queue, an overflow of the fault recording registers), however
 *	many devices it serves; how many events it lost it does not report, and
 *	they are in no other counter
 *
 * The counters only grow. IOPF: arrived = answered + timed_out + revoked +
 * refused + pending holds whenever no group is in motion. A group that the
 * kernel's IOMMU core has no memory for does not arrive: the core answers it
 * with a Response Failure, after which a PRI device sends no more. EVENT:
 * arrived is the number of events raised, published that of event records (those
 * that tell of a loss are not counted), and arrived = published + lost_full +
 * lost_memory; of the published ones lost_overwritten never reached the consumer.
 *
 * Source: none; the parts are on cache lines by who writes them how often.
 */
struct faultq_ring_header {
	__u32 magic;
	__u32 version;
	__u32 header_size;
	__u32 record_size;
	__u32 nr_records;
	__u32 response_size;
	__u32 nr_responses;
	__u32 ring;
	__u32 type;
	__u32 __reserved[7];

	__u32 head;
	__u32 flags;
	__u32 __reserved1[14];

	__u32 resp_tail;
	__u32 __reserved2[15];

	__aligned_u64 arrived;
	__aligned_u64 published;
	__aligned_u64 answered;
	__aligned_u64 timed_out;
	__aligned_u64 revoked;
	__aligned_u64 refused;
	__aligned_u64 overdue;
	__aligned_u64 bad_responses;
	__aligned_u64 bad_indices;
	__aligned_u64 wakeups;

	__u32 oldest;
	__u32 sequence;
	__aligned_u64 lost_full;
	__aligned_u64 lost_overwritten;
	__aligned_u64 lost_memory;
	__aligned_u64 lost_hardware;
};

/**
 * struct faultq_ring_control - FAULTQ_REGION_CONTROL, written by user space
 * @tail: index of the first record that is not yet consumed
 * @wake: wake me when the record of this index is published, or when there is no
 *	room to publish it; a value behind @tail asks for no wake-up
 * @__reserved: 0
 * @resp_head: index after the last response that was put into the ring
 * @__reserved1: 0
 *
 * The kernel believes none of it: see @bad_indices.
 *
 * A consumer that sleeps without poll() or read() stores @wake and then, after a
 * full barrier, loads @head of the header: if the record is there it does not
 * sleep. One that asks for a record later than the next loads @flags as well and
 * does not sleep if FAULTQ_RING_NEED_DOORBELL is set. While it sleeps it is woken
 * early if that record gets out of reach: when groups begin to wait for room;
 * EVENT: once for each index, when events are lost and there is no room for the
 * record of the loss.
 */
struct faultq_ring_control {
	__u32 tail;
	__u32 wake;
	__u32 __reserved[14];

	__u32 resp_head;
	__u32 __reserved1[15];
};

/**
 * enum faultq_record_type - type of a record
 * @FAULTQ_RECORD_PAGE_REQUEST: struct faultq_page_request
 * @FAULTQ_RECORD_FAULT: struct faultq_event: a translation that failed
 * @FAULTQ_RECORD_QUEUE_ERROR: struct faultq_event: an error of a queue of the
 *	IOMMU
 * @FAULTQ_RECORD_LOST: struct faultq_lost_events: events were lost here
 */
enum faultq_record_type {
	FAULTQ_RECORD_PAGE_REQUEST = 1,
	FAULTQ_RECORD_FAULT = 2,
	FAULTQ_RECORD_QUEUE_ERROR = 3,
	FAULTQ_RECORD_LOST = 4,
};

/**
 * enum faultq_page_request_flags - flags of struct faultq_page_request
 * @FAULTQ_PAGE_REQUEST_PASID_VALID: @pasid is valid
 * @FAULTQ_PAGE_REQUEST_LAST_PAGE: last record of its group, carries the tag
 * @FAULTQ_PAGE_REQUEST_PRIVATE_DATA: @private_data is valid
 * @FAULTQ_PAGE_REQUEST_GUEST_PASID: @pasid is the guest's, see struct
 *	faultq_pasid_bind
 *
 * Source: enum iommu_hwpt_pgfault_flags; the first two have the same values.
 */
enum faultq_page_request_flags {
	FAULTQ_PAGE_REQUEST_PASID_VALID = 1 << 0,
	FAULTQ_PAGE_REQUEST_LAST_PAGE = 1 << 1,
	FAULTQ_PAGE_REQUEST_PRIVATE_DATA = 1 << 2,
	FAULTQ_PAGE_REQUEST_GUEST_PASID = 1 << 3,
};

/**
 * enum faultq_page_request_perm - permissions that were asked for
 * @FAULTQ_PAGE_REQUEST_READ: read
 * @FAULTQ_PAGE_REQUEST_WRITE: write
 * @FAULTQ_PAGE_REQUEST_EXEC: execute (PCIe 10.4.1, with a PASID)
 * @FAULTQ_PAGE_REQUEST_PRIV: in privileged mode (PCIe 10.4.1, with a PASID)
 *
 * Of a VT-d, a page request has neither EXEC together with READ nor PRIV together
 * with READ or WRITE: the kernel's driver answers such a request INVALID and does
 * not report it (drivers/iommu/intel/prq.c), and the mock's does the same. Both can
 * come from SMMUv3, and both can stand in a struct faultq_event of either.
 *
 * Source: enum iommu_hwpt_pgfault_perm; the values are the same.
 */
enum faultq_page_request_perm {
	FAULTQ_PAGE_REQUEST_READ = 1 << 0,
	FAULTQ_PAGE_REQUEST_WRITE = 1 << 1,
	FAULTQ_PAGE_REQUEST_EXEC = 1 << 2,
	FAULTQ_PAGE_REQUEST_PRIV = 1 << 3,
};

/**
 * struct faultq_page_request - a record of a page request, 64 bytes
 * @type: FAULTQ_RECORD_PAGE_REQUEST
 * @flags: of enum faultq_page_request_flags
 * @grpid: page request group index of the device (9 bits for PRI, 16 for stall)
 * @perm: of enum faultq_page_request_perm
 * @dev_id: id of the DEVICE in the context that made the QUEUE
 * @pasid: 0 unless FAULTQ_PAGE_REQUEST_PASID_VALID: the PASID that the device
 *	sent, or with FAULTQ_PAGE_REQUEST_GUEST_PASID the guest PASID that is
 *	bound to it
 * @tag: names the group in its response; in the last record, 0 in the others
 * @length: how many bytes the device means to access, a hint; 0 for none
 * @addr: address asked for
 * @cookie: of the attachment, see struct faultq_device_attach
 * @private_data: what the device sent along (VT-d 3.x private data), else 0
 * @timestamp: CLOCK_MONOTONIC nanoseconds of the group's arrival
 *
 * A group's records lie in a row and become visible at once.
 *
 * Source: struct iommu_hwpt_pgfault of iommufd, struct iommu_fault_page_request
 * of the kernel.
 */
struct faultq_page_request {
	__u16 type;
	__u16 flags;
	__u16 grpid;
	__u16 perm;
	__u32 dev_id;
	__u32 pasid;
	__u32 tag;
	__u32 length;
	__aligned_u64 addr;
	__aligned_u64 cookie;
	__aligned_u64 private_data[2];
	__aligned_u64 timestamp;
};

/**
 * enum faultq_event_reason - why, in words that fit every IOMMU
 * @FAULTQ_REASON_UNKNOWN: see the native part
 * @FAULTQ_REASON_PASID_FETCH: the PASID's entry (PASID table, context
 *	descriptor) cannot be read
 * @FAULTQ_REASON_BAD_PASID_ENTRY: it is malformed
 * @FAULTQ_REASON_PASID_INVALID: there is none, or the PASID is out of range
 * @FAULTQ_REASON_WALK_EABT: a page table cannot be read
 * @FAULTQ_REASON_PTE_FETCH: no page is there
 * @FAULTQ_REASON_PERMISSION: the page does not allow the access
 * @FAULTQ_REASON_ACCESS: the access flag of a page is not set
 * @FAULTQ_REASON_OOR_ADDRESS: an address is out of range, or not canonical
 * @FAULTQ_REASON_SOURCE_FETCH: the device's entry (root and context table, stream
 *	table) cannot be read
 * @FAULTQ_REASON_BAD_SOURCE_ENTRY: it is malformed
 * @FAULTQ_REASON_SOURCE_INVALID: there is none
 * @FAULTQ_REASON_BLOCKED: it blocks the device, or the kind of request
 * @FAULTQ_REASON_BAD_PTE: a page table entry has reserved bits set
 * @FAULTQ_REASON_BAD_COMMAND: QUEUE_ERROR: a command that is not understood
 * @FAULTQ_REASON_COMMAND_FETCH: QUEUE_ERROR: a command cannot be read
 * @FAULTQ_REASON_INV_TIMEOUT: QUEUE_ERROR: a device did not answer an
 *	invalidation
 * @FAULTQ_REASON_INV_COMPLETION: QUEUE_ERROR: a device answered one wrongly
 * @FAULTQ_REASON_QUEUE_STOPPED: QUEUE_ERROR: HW_QUEUEs of the VIOMMU stopped; why
 *	stands in the registers of each
 *
 * Source: the first nine are enum iommu_fault_reason of the kernel's former
 * uapi/linux/iommu.h, values included.
 */
enum faultq_event_reason {
	FAULTQ_REASON_UNKNOWN = 0,
	FAULTQ_REASON_PASID_FETCH = 1,
	FAULTQ_REASON_BAD_PASID_ENTRY = 2,
	FAULTQ_REASON_PASID_INVALID = 3,
	FAULTQ_REASON_WALK_EABT = 4,
	FAULTQ_REASON_PTE_FETCH = 5,
	FAULTQ_REASON_PERMISSION = 6,
	FAULTQ_REASON_ACCESS = 7,
	FAULTQ_REASON_OOR_ADDRESS = 8,
	FAULTQ_REASON_SOURCE_FETCH = 9,
	FAULTQ_REASON_BAD_SOURCE_ENTRY = 10,
	FAULTQ_REASON_SOURCE_INVALID = 11,
	FAULTQ_REASON_BLOCKED = 12,
	FAULTQ_REASON_BAD_PTE = 13,
	FAULTQ_REASON_BAD_COMMAND = 32,
	FAULTQ_REASON_COMMAND_FETCH = 33,
	FAULTQ_REASON_INV_TIMEOUT = 34,
	FAULTQ_REASON_INV_COMPLETION = 35,
	FAULTQ_REASON_QUEUE_STOPPED = 36,
};

/**
 * enum faultq_event_flags - flags of struct faultq_event
 * @FAULTQ_EVENT_DEV_VALID: @dev_id names the device
 * @FAULTQ_EVENT_VIRT_ID_VALID: @virt_id names it as the guest does
 * @FAULTQ_EVENT_PASID_VALID: @pasid is valid
 * @FAULTQ_EVENT_GUEST_PASID: @pasid is the guest's, see struct faultq_pasid_bind
 * @FAULTQ_EVENT_ADDR_VALID: @addr is valid
 * @FAULTQ_EVENT_FETCH_ADDR_VALID: @fetch_addr is valid
 * @FAULTQ_EVENT_STAGE2: the second of two stages failed, or the only one if it
 *	is a second stage
 */
enum faultq_event_flags {
	FAULTQ_EVENT_DEV_VALID = 1 << 0,
	FAULTQ_EVENT_VIRT_ID_VALID = 1 << 1,
	FAULTQ_EVENT_PASID_VALID = 1 << 2,
	FAULTQ_EVENT_GUEST_PASID = 1 << 3,
	FAULTQ_EVENT_ADDR_VALID = 1 << 4,
	FAULTQ_EVENT_FETCH_ADDR_VALID = 1 << 5,
	FAULTQ_EVENT_STAGE2 = 1 << 6,
};

#define FAULTQ_NATIVE_LEN 64

/**
 * struct faultq_event - a record of an event, 128 bytes
 * @type: FAULTQ_RECORD_FAULT or FAULTQ_RECORD_QUEUE_ERROR
 * @flags: of enum faultq_event_flags
 * @reason: one of enum faultq_event_reason
 * @perm: of enum faultq_page_request_perm, what the access needed
 * @sequence: counts the events of this QUEUE, lost ones included, and losses that
 *	the IOMMU reports as one each; runs freely
 * @dev_id: id of the DEVICE, 0 if the event is about none
 * @virt_id: of its VDEVICE on the VIOMMU, else 0
 * @pasid: as in struct faultq_page_request
 * @native_type: one of enum faultq_native_type, the format of @native
 * @native_len: bytes of @native; the rest is 0
 * @addr: address that the device asked for
 * @fetch_addr: address that was translated when it failed, or at which a table
 *	or a command could not be read
 * @timestamp: CLOCK_MONOTONIC nanoseconds of the report
 * @cookie: of the attachment, else the label of the DEVICE, else 0
 * @native: what the hardware wrote, but with the ids that the guest knows: with
 *	FAULTQ_EVENT_VIRT_ID_VALID it names the device by @virt_id (requester
 *	id, StreamID), with FAULTQ_EVENT_GUEST_PASID the PASID by @pasid
 *	(PASID, SubstreamID). So a VMM can put it into the queue of a virtual
 *	IOMMU as it is. Without these flags the ids are those of the host
 *
 * Source: struct iommu_fault_unrecoverable of the kernel's former
 * uapi/linux/iommu.h; the rest is our own.
 */
struct faultq_event {
	__u16 type;
	__u16 flags;
	__u16 reason;
	__u16 perm;
	__u32 sequence;
	__u32 dev_id;
	__aligned_u64 virt_id;
	__u32 pasid;
	__u16 native_type;
	__u16 native_len;
	__aligned_u64 addr;
	__aligned_u64 fetch_addr;
	__aligned_u64 timestamp;
	__aligned_u64 cookie;
	__u8 native[FAULTQ_NATIVE_LEN];
};

/**
 * enum faultq_lost_cause - why events were lost
 * @FAULTQ_LOST_FULL: the ring was full
 * @FAULTQ_LOST_MEMORY: the IOMMU driver had no memory to deliver them; no driver
 *	of this project allocates any for it
 * @FAULTQ_LOST_HARDWARE: the IOMMU's own queue or registers were full
 */
enum faultq_lost_cause {
	FAULTQ_LOST_FULL = 1,
	FAULTQ_LOST_MEMORY = 2,
	FAULTQ_LOST_HARDWARE = 3,
};

/**
 * struct faultq_lost_events - a record that tells of a loss, 128 bytes
 * @type: FAULTQ_RECORD_LOST
 * @flags: 0
 * @cause: one of enum faultq_lost_cause
 * @__reserved: 0
 * @sequence: number of the last event that was lost
 * @__reserved1: 0
 * @count: how many events were lost; HARDWARE: how many losses the IOMMU reported,
 *	each of which took one number, for one or more events
 * @timestamp: CLOCK_MONOTONIC nanoseconds of the first loss
 * @__reserved2: 0
 *
 * Published before the next event that is not lost: together with it as soon
 * as there is room for both, or alone if read() or poll() of the QUEUE's file
 * finds that room first. So a consumer that means to sleep learns of a loss at
 * once if it polls that file, and with the next event if it waits for the
 * eventfd alone. There is one record for each cause, in ascending order of
 * @sequence: every sequence number that no record has is that of a loss.
 *
 * Not with FAULTQ_QUEUE_ALLOC_OVERWRITE, where the gap in @sequence shows it.
 */
struct faultq_lost_events {
	__u16 type;
	__u16 flags;
	__u16 cause;
	__u16 __reserved;
	__u32 sequence;
	__u32 __reserved1;
	__aligned_u64 count;
	__aligned_u64 timestamp;
	__aligned_u64 __reserved2[12];
};

/**
 * DOC: consuming events that may be overwritten
 *
 * With FAULTQ_QUEUE_ALLOC_OVERWRITE the kernel does not wait for the tail. It
 * stores @oldest before it writes the slot that this gives up. A consumer
 * copies the record at its tail, then, behind a read barrier, loads @oldest: if
 * its tail lies behind @oldest the copy is worth nothing, and it goes on at
 * @oldest. It may move the tail for its own bookkeeping; the kernel takes from
 * it only what is to be counted as lost_overwritten. That count is exact for
 * read(); a consumer of the ring that is overtaken while it moves the tail may
 * have consumed what was counted, and goes by the gaps in the sequence.
 */

#endif /* _UAPI_LINUX_FAULTQ_H */
