/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The driver half: its objects, who holds whom, and what locks what.
 *
 *   instance ── endpoints ── attachment per PASID (0: the RID) ──▶ domain
 *
 * Endpoints, domains and ioctls under way hold the instance; ioctls hold the
 * endpoint. The kernel sees to it that a domain is detached before it is freed.
 *
 * Lock order, outer first:
 *
 *   mock_topology_lock		instances and endpoints come and go
 *     the driver core's and the IOMMU core's locks, their notifiers' locks
 *       mock_iommu.lock	attachments; the page request queue is emptied
 *         the locks of whoever handles page faults
 *         iopf_queue.lock, the fault locks of a device
 *         mock_domain.lock	page tables and the domain's attachments
 *           mock_domain.lock of a nested domain	its attachments
 *             the kind's lock of a queue that invalidations are put into
 *               the hardware model, see hw_model.h
 *
 * Whoever handles page faults may answer from under mock_iommu.lock or later:
 * an answer takes the kind's lock only.
 */
#ifndef MOCK_H
#define MOCK_H

#include <linux/idr.h>
#include <linux/iommu.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "hw.h"

struct dentry;
struct faultq_driver;
struct faultq_driver_vdevice;
struct faultq_driver_viommu;
struct faultq_event_report;
struct faultq_native_format;
struct mock_attachment;
struct mock_domain;
struct mock_endpoint;
struct mock_iommu;
struct mock_pgtable_format;
struct platform_device;
struct seq_file;
struct smmu_viommu;

#define MOCK_ADDRESS_WIDTH 48

/* kind.c: the kinds of IOMMU */

/**
 * struct mock_config - what an instance is made with
 * @kind: one of enum mock_iommu_kind
 * @prq_entries: slots of its page request queue
 * @no_sid: VT-d: errors of invalidations do not tell whom they are about
 * @fault_records: VT-d: number of fault recording registers
 * @evtq_entries: SMMUv3: slots of its event queue
 */
struct mock_config {
	u32 kind;
	u32 prq_entries;
	bool no_sid;
	u32 fault_records;
	u32 evtq_entries;
};

/**
 * struct mock_register - a register to be shown
 * @name: in its specification
 * @offset: the same
 */
struct mock_register {
	const char *name;
	unsigned int offset;
};

/**
 * struct mock_kind - what the driver of one kind of IOMMU does in its own way
 * @hw: its hardware
 * @size: of its structure that begins with struct mock_iommu
 * @user_pasid_table: a nested domain on the RID has all PASIDs
 * @msi_type: why MOCK_IOMMU_MSI_LENGTH bytes from @msi_start on are reserved
 * @msi_start: see @msi_type
 * @registers: to be shown; the last has no name
 * @faultq: its registration with faultq; &faultq_driver.ops is filled in
 * @ops: its operations for the IOMMU core, from mock_ops_init() on
 * @hw_info: &iommu_ops.hw_info
 * @init: queues and tables of a new instance, and the addresses of them in the
 *	hardware. 0 or -ENOMEM; @exit comes in any case
 * @exit: undo it. No endpoint is left, no interrupt comes any more
 * @interrupt: &hw_config.irq, the argument is the instance
 * @add_endpoint: tables of an endpoint, all of which block it. 0 or -ENOMEM
 * @remove_endpoint: undo it. The endpoint was unplugged
 * @format: page table of a paging domain, which may be the parent of nested
 *	ones
 * @prepare: take the memory that @set needs; 0, -ENOMEM, or -EINVAL if this
 *	domain cannot be there. mock_iommu.lock is held by this and the following
 * @set: have the hardware use another domain for a PASID. The old one, if any,
 *	is not NULL; unless the hardware could mix the two, there is no moment at
 *	which the PASID is blocked. Cannot fail
 * @clear: block a PASID
 * @settle: after @set or @clear: drop what is cached of either domain (@new and
 *	@old may be NULL); when it returns, no access uses the old one, and the
 *	page requests sent before are in their queue
 * @process: handle what is in the queue of page requests, and in that of stalls,
 *	now; a bounded number of records, whatever is added meanwhile
 * @flush: drop what is cached from @first to @last of a paging domain and, if
 *	it is a parent, of its children; tables that were taken out
 *	(&mock_pgtable.removed) may have been on the way to any address. When it
 *	returns, no access uses it. mock_domain.lock is held
 * @flush_endpoint: drop all that the device TLB of an endpoint has
 * @alloc_nested: nested domains; NULL: there are none
 * @respond: answer a whole group of page requests, or a stall. Called under the
 *	device's fault locks, with or without mock_iommu.lock
 * @mask: mask or unmask the interrupts of page requests and faults; not under
 *	mock_iommu.lock: unmasking delivers what is pending
 *
 * Every operation is called in process context, but for @interrupt: see there.
 */
struct mock_kind {
	const struct hw_kind *hw;
	size_t size;
	bool user_pasid_table;
	enum iommu_resv_type msi_type;
	u64 msi_start;
	const struct mock_register *registers;
	struct faultq_driver *faultq;
	struct iommu_ops *ops;
	void *(*hw_info)(struct device *dev, u32 *length, u32 *type);
	int (*init)(struct mock_iommu *iommu, const struct mock_config *config);
	void (*exit)(struct mock_iommu *iommu);
	void (*interrupt)(void *data, enum hw_irq irq);
	int (*add_endpoint)(struct mock_endpoint *ep);
	void (*remove_endpoint)(struct mock_endpoint *ep);
	const struct mock_pgtable_format *(*format)(bool nest_parent);
	int (*prepare)(struct mock_endpoint *ep, u32 pasid,
		       const struct mock_domain *domain);
	void (*set)(struct mock_endpoint *ep, u32 pasid,
		    const struct mock_domain *old,
		    const struct mock_domain *new);
	void (*clear)(struct mock_endpoint *ep, u32 pasid);
	void (*settle)(struct mock_endpoint *ep, u32 pasid,
		       const struct mock_domain *old,
		       const struct mock_domain *new);
	void (*process)(struct mock_iommu *iommu);
	void (*flush)(struct mock_domain *domain, u64 first, u64 last);
	void (*flush_endpoint)(struct mock_endpoint *ep);
	/* clang-format off */
	struct iommu_domain *
		(*alloc_nested)(struct device *dev, struct iommu_domain *parent,
				const struct iommu_user_data *user_data);
	/* clang-format on */
	void (*respond)(struct mock_endpoint *ep,
			const struct iommu_fault_page_request *prm,
			enum iommu_page_response_code code);
	void (*mask)(struct mock_iommu *iommu, bool mask);
};

extern struct mock_kind mock_smmu_kind;
extern struct mock_kind mock_vtd_kind;

struct mock_kind *mock_kind_find(u32 kind);
int mock_config_complete(struct mock_config *config);
int mock_kinds_init(void);
void mock_kinds_exit(void);
int mock_kinds_register(void);
void mock_kinds_unregister(void);

/* poll.c: queues that the hardware fills */

/* Records that are handled before others get the lock and the processor */
#define MOCK_POLL_BUDGET 64U

/**
 * struct mock_poll_stats - what is counted of such a queue
 * @node: in &mock_iommu.poll_stats
 * @name: what debugfs calls it
 * @largest: records in the largest batch that an interrupt or a work item handled
 * @continued: batches after which more records may have been left
 */
struct mock_poll_stats {
	struct list_head node;
	const char *name;
	unsigned int largest;
	u64 continued;
};

typedef unsigned int mock_poll_take_fn(struct mock_iommu *iommu,
				       unsigned int budget);

/**
 * struct mock_poll - a queue that is emptied under mock_iommu.lock
 * @iommu: the instance
 * @take: handle up to @budget records. Fewer than that: the queue was empty
 * @work: goes on where an interrupt has left records
 * @masked: by mock_poll_mask(); @iommu->lock
 * @stats: written under @iommu->lock
 */
struct mock_poll {
	struct mock_iommu *iommu;
	mock_poll_take_fn *take;
	struct work_struct work;
	bool masked;
	struct mock_poll_stats stats;
};

int mock_poll_start(void);
void mock_poll_stop(void);
void mock_poll_queue_work(struct work_struct *work);
void mock_poll_add_stats(struct mock_iommu *iommu,
			 struct mock_poll_stats *stats, const char *name);
bool mock_poll_count(struct mock_poll_stats *stats, unsigned int nr);
void mock_poll_show(struct mock_iommu *iommu, struct seq_file *s);
void mock_poll_init(struct mock_poll *poll, struct mock_iommu *iommu,
		    const char *name, mock_poll_take_fn *take);
void mock_poll_exit(struct mock_poll *poll);
void mock_poll_interrupt(struct mock_poll *poll);
void mock_poll_drain(struct mock_poll *poll, unsigned int limit);
void mock_poll_mask(struct mock_poll *poll);
void mock_poll_unmask(struct mock_poll *poll);

/* iommu.c: instances */

/**
 * struct mock_iommu - an instance
 * @users: 1 while it is registered, 1 for each that uses it
 * @kind: what it is
 * @config: what it was made with
 * @id: its number
 * @name: of its platform device
 * @iommu: what the IOMMU core knows
 * @pdev: its platform device
 * @hw: the hardware
 * @lock: see above; protects @rids, the page request queue, @prq_handled,
 *	@prq_rejected, and the attachments of its endpoints
 * @rids: endpoints by RID
 * @indices: numbers of endpoints, for their names
 * @nr_endpoints: how many there are; mock_topology_lock
 * @dids: domain ids
 * @iopf_queue: the IOMMU core's side of page requests
 * @prq_handled: page requests taken out of the queue
 * @prq_rejected: of those, not reported
 * @faults_handled: faults that were taken from where they are recorded
 * @faults_unclaimed: of those, that no one wanted to know of
 * @poll_stats: of the queues that the hardware fills; does not change while it is
 *	in debugfs
 * @debugfs: its directory
 */
struct mock_iommu {
	refcount_t users;
	struct mock_kind *kind;
	struct mock_config config;
	u32 id;
	char name[MOCK_IOMMU_NAME_LEN];
	struct iommu_device iommu;
	struct platform_device *pdev;
	struct hw_iommu *hw;
	struct mutex lock; /* rids, page requests, attachments */
	struct xarray rids;
	struct ida indices;
	unsigned int nr_endpoints;
	struct ida dids;
	struct iopf_queue *iopf_queue;
	u64 prq_handled;
	u64 prq_rejected;
	atomic64_t faults_handled;
	atomic64_t faults_unclaimed;
	struct list_head poll_stats;
	struct dentry *debugfs;
};

extern struct mutex mock_topology_lock;

struct mock_iommu *mock_iommu_add(const struct mock_config *config);
int mock_iommu_remove(u32 id);
void mock_iommu_remove_all(void);
struct mock_iommu *mock_iommu_get(u32 id);
struct mock_iommu *mock_iommu_get_next(u32 id);
struct mock_iommu *mock_iommu_find(const struct fwnode_handle *fwnode);
void mock_iommu_put(struct mock_iommu *iommu);

/* endpoint.c: endpoints */

/**
 * struct mock_resv - a reserved region, as firmware describes it
 * @type: one of enum mock_iommu_resv_type
 * @start: first address
 * @length: bytes
 */
struct mock_resv {
	u32 type;
	u64 start;
	u64 length;
};

/**
 * struct mock_misattach - attachments that are to fail
 * @skip: how many do not, before those
 * @count: how many do
 */
struct mock_misattach {
	u32 skip;
	u32 count;
};

/**
 * struct mock_endpoint - an endpoint
 * @users: 1 while it is plugged, 1 for each ioctl under way
 * @id: its id, unique while the module is loaded
 * @index: its number on the instance
 * @name: of its platform device
 * @iommu: the instance it is behind
 * @config: what it can do
 * @resv: its reserved region
 * @hw: the hardware
 * @pdev: its platform device
 * @dev: its device while the IOMMU core knows it; @iommu->lock, or RCU: a grace
 *	period passes between its end here and that of the device
 * @attachments: by PASID, 0 for the RID; @iommu->lock
 * @iopf_users: attachments of domains that handle faults; @iommu->lock
 * @refused: see MOCK_IOMMU_ATTACH_REFUSED; @iommu->lock
 * @blocked: see MOCK_IOMMU_ATTACH_BLOCKED; @iommu->lock
 * @blocked_rid: what was on the RID when it was blocked by that; a pointer to
 *	compare, never to follow; @iommu->lock
 * @partial: page requests that the kernel keeps until their group is whole;
 *	@iommu->lock
 * @partial_of: the same by group index; a stall is always whole; @iommu->lock
 * @rcu: for its own end
 * @tables: what the kind has of it: VT-d: its PASID directory, SMMUv3: its
 *	context descriptors
 */
struct mock_endpoint {
	refcount_t users;
	u32 id;
	u32 index;
	char name[MOCK_IOMMU_NAME_LEN];
	struct mock_iommu *iommu;
	struct hw_endpoint_config config;
	struct mock_resv resv;
	struct hw_endpoint *hw;
	struct platform_device *pdev;
	struct device *dev;
	struct xarray attachments;
	unsigned int iopf_users;
	struct mock_misattach refused;
	struct mock_misattach blocked;
	const struct mock_domain *blocked_rid;
	u32 partial;
	u16 partial_of[MOCK_IOMMU_MAX_GROUPS];
	struct rcu_head rcu;
	void *tables;
};

struct mock_endpoint *mock_endpoint_add(struct mock_iommu *iommu,
					const struct hw_endpoint_config *config,
					const struct mock_resv *resv);
int mock_endpoint_remove(u32 id);
void mock_endpoint_remove_all(struct mock_iommu *iommu);
struct mock_endpoint *mock_endpoint_get(u32 id);
struct mock_endpoint *mock_endpoint_get_next(u32 id);
void mock_endpoint_put(struct mock_endpoint *ep);

/* pgtable.c: page tables */

/**
 * struct mock_pgtable_format - how the entries of a page table look
 * @present: an entry with none of these bits set leads nowhere
 * @table: bits of an entry that points to a table
 * @leaf_mask: above the last level, an entry that has these bits otherwise than
 *	@table is a leaf
 * @leaf: the bits of a leaf beside its address, for IOMMU_READ and so on; 0 if
 *	there is no such leaf. The last level is 1
 * @prot: IOMMU_READ and IOMMU_WRITE, as a leaf grants them
 */
struct mock_pgtable_format {
	u64 present;
	u64 table;
	u64 leaf_mask;
	u64 (*leaf)(int prot, unsigned int level);
	int (*prot)(u64 leaf);
};

/**
 * struct mock_pgtable - a page table
 * @format: what its entries look like
 * @root: its top
 * @removed: tables taken out, to be freed after the next invalidation
 */
struct mock_pgtable {
	const struct mock_pgtable_format *format;
	u64 *root;
	struct list_head removed;
};

int mock_pgtable_init(struct mock_pgtable *pgtable,
		      const struct mock_pgtable_format *format);
void mock_pgtable_free(struct mock_pgtable *pgtable);
int mock_pgtable_map(struct mock_pgtable *pgtable, u64 iova, u64 paddr,
		     size_t pgsize, size_t count, int prot, gfp_t gfp,
		     size_t *mapped);
size_t mock_pgtable_unmap(struct mock_pgtable *pgtable, u64 iova, size_t size);
void mock_pgtable_free_removed(struct mock_pgtable *pgtable);
u64 mock_pgtable_find(const struct mock_pgtable *pgtable, u64 iova);
void mock_pgtable_show(const struct mock_pgtable *pgtable, struct seq_file *s);

/* domain.c: domains */

/**
 * struct mock_domain - a paging or a nested domain
 * @domain: what the IOMMU core knows
 * @iommu: the instance it can be attached on
 * @did: its id there
 * @nest_parent: paging: it may be the parent of nested ones
 * @parent: nested: its second stage; NULL for a paging domain
 * @guest: nested: what the guest gave. VT-d: the third word of a PASID table
 *	entry, the table of the first stage and what is enabled of it. SMMUv3:
 *	the first two words of a stream table entry
 * @viommu: nested, SMMUv3: what it was made on
 * @lock: protects all that follows but @node, which is its parent's
 * @attachments: where it is attached
 * @pgtable: paging: its page table
 * @children: paging: the nested ones that have it as their parent
 * @node: nested: in its parent's list
 */
struct mock_domain {
	struct iommu_domain domain;
	struct mock_iommu *iommu;
	u16 did;
	bool nest_parent;
	struct mock_domain *parent;
	u64 guest[2];
	struct smmu_viommu *viommu;
	struct mutex lock; /* all that follows */
	struct list_head attachments;
	struct mock_pgtable pgtable;
	struct list_head children;
	struct list_head node;
};

struct mock_domain *to_mock_domain(struct iommu_domain *domain);
struct iommu_domain *mock_domain_alloc_paging(struct device *dev);
struct iommu_domain *
mock_domain_alloc_flags(struct device *dev, u32 flags,
			const struct iommu_user_data *user_data);
int mock_attach_dev(struct iommu_domain *domain, struct device *dev,
		    struct iommu_domain *old);
int mock_set_dev_pasid(struct iommu_domain *domain, struct device *dev,
		       ioasid_t pasid, struct iommu_domain *old);

extern struct iommu_domain mock_blocked_domain;
extern struct iommu_domain mock_identity_domain;

struct iommu_domain *
mock_domain_alloc_nested(struct device *dev, struct iommu_domain *parent,
			 u32 flags, const struct iommu_user_data *user_data);
struct mock_domain *mock_nested_create(struct mock_domain *parent,
				       const struct iommu_domain_ops *ops);
void mock_nested_free(struct iommu_domain *domain);
bool mock_nested_parent_ok(const struct iommu_domain *parent,
			   const struct mock_iommu *iommu);

/* fault.c: faults and errors on their way to faultq */

void mock_report_event(struct mock_iommu *iommu, u16 rid,
		       const struct faultq_event_report *report);
void mock_report_iommu_event(struct mock_iommu *iommu,
			     const struct faultq_event_report *report);
void mock_report_lost(struct mock_iommu *iommu,
		      const struct faultq_native_format *format);

/* request.c: page requests on their way to the kernel */

bool mock_request_report(struct mock_iommu *iommu, u16 rid,
			 const struct iommu_fault_page_request *prm);
void mock_request_drain(struct device *dev);
void mock_request_forget(struct mock_endpoint *ep);
void mock_request_discard(struct mock_iommu *iommu);
void mock_page_response(struct device *dev, struct iopf_fault *fault,
			struct iommu_page_response *response);

/* viommu.c: what faultq asks of a driver for a VM */

int mock_viommu_init(struct faultq_driver_viommu *viommu, struct device *dev);
int mock_vdevice_init(struct faultq_driver_vdevice *vdevice);

/* attach.c: attachments */

/**
 * struct mock_attachment - a domain on a PASID of an endpoint
 * @ep: the endpoint
 * @pasid: the PASID, 0 for the RID
 * @domain: the domain
 * @faults: the domain handles page faults
 * @node: in the domain's list
 */
struct mock_attachment {
	struct mock_endpoint *ep;
	u32 pasid;
	struct mock_domain *domain;
	bool faults;
	struct list_head node;
};

int mock_attach(struct mock_endpoint *ep, u32 pasid, struct mock_domain *domain,
		const struct iommu_domain *from);
void mock_attach_misbehave(struct mock_endpoint *ep, u32 what, u32 nth,
			   u32 count);
void mock_detach(struct mock_endpoint *ep, u32 pasid);

/* ops.c: what the IOMMU core calls */

bool mock_makes_requests(struct device *dev);
struct iommu_ops *mock_ops_create(const struct mock_kind *kind);

/* control.c: /dev/mock_iommu */

int mock_control_init(void);
void mock_control_exit(void);

/* mock_debugfs.c */

void mock_debugfs_init(void);
void mock_debugfs_exit(void);
void mock_debugfs_add(struct mock_iommu *iommu);
void mock_debugfs_remove(struct mock_iommu *iommu);

#endif /* MOCK_H */
