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
 *             mock_inv.lock	the invalidation queue is filled
 *               the hardware model, see hw_model.h
 *
 * Whoever handles page faults may answer from under mock_iommu.lock or later:
 * an answer takes mock_inv.lock only.
 */
#ifndef MOCK_H
#define MOCK_H

#include <linux/idr.h>
#include <linux/iommu.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/xarray.h>

#include "hw.h"
#include "vtd.h"

struct dentry;
struct faultq_driver_vdevice;
struct faultq_driver_viommu;
struct faultq_invalidation;
struct mock_domain;
struct platform_device;
struct seq_file;

#define MOCK_ADDRESS_WIDTH 48

/* inv.c: the invalidation queue */

/**
 * struct mock_inv - the invalidation queue
 * @lock: one submission at a time; protects @tail
 * @descs: the queue
 * @status: what the wait descriptors write to
 * @tail: next free slot
 */
struct mock_inv {
	struct mutex lock; /* one submission at a time */
	struct vtd_desc *descs;
	u32 *status;
	u32 tail;
};

#define MOCK_INV_BATCH 16

/**
 * struct mock_inv_result - what the hardware said of invalidations
 * @error: VTD_FSTS_IQE, VTD_FSTS_ITE and VTD_FSTS_ICE, or 0
 * @rid: the endpoint that it named, 0 for none; with both ITE and ICE that of
 *	the ITE
 */
struct mock_inv_result {
	u64 error;
	u16 rid;
};

/**
 * struct mock_inv_batch - descriptors to be submitted together
 * @iommu: the instance
 * @once: submit them once and tell how it went; else see mock_inv_sync()
 * @result: how it went, with @once
 * @count: how many there are
 * @descs: the descriptors
 */
struct mock_inv_batch {
	struct mock_iommu *iommu;
	bool once;
	struct mock_inv_result result;
	unsigned int count;
	struct vtd_desc descs[MOCK_INV_BATCH];
};

/* CAP.MAMV: an IOTLB invalidation by page is for up to 2^18 pages. */
#define MOCK_MAX_INV_ORDER 18

/* An address range that every device TLB entry is in: 2^52 pages */
#define MOCK_INV_ALL 52

int mock_inv_init(struct mock_iommu *iommu);
void mock_inv_free(struct mock_iommu *iommu);
void mock_inv_iotlb_domain(struct mock_inv_batch *batch, u16 did);
void mock_inv_iotlb_pages(struct mock_inv_batch *batch, u16 did, u64 addr,
			  unsigned int order);
void mock_inv_pasid_iotlb(struct mock_inv_batch *batch, u16 did, u32 pasid,
			  u64 addr, unsigned int order);
void mock_inv_pasid_cache(struct mock_inv_batch *batch, u16 did, u32 pasid);
void mock_inv_devtlb(struct mock_inv_batch *batch, u16 rid, u32 pasid, u64 addr,
		     unsigned int order);
void mock_inv_sync(struct mock_inv_batch *batch);
void mock_inv_drain(struct mock_inv_batch *batch);
void mock_inv_respond(struct mock_iommu *iommu, const struct vtd_desc *desc);

/* prq.c: the page request queue */

/**
 * struct mock_prq - the page request queue
 * @descs: the queue
 * @entries: slots it has
 * @handled: descriptors taken out
 * @rejected: of those, not reported
 */
struct mock_prq {
	struct vtd_desc *descs;
	u32 entries;
	u64 handled;
	u64 rejected;
};

int mock_prq_init(struct mock_iommu *iommu, u32 entries);
void mock_prq_free(struct mock_iommu *iommu);
void mock_prq_interrupt(void *data);
void mock_prq_drain(struct device *dev);
void mock_prq_process(struct mock_iommu *iommu);
void mock_prq_mask(struct mock_iommu *iommu, bool mask);
void mock_page_response(struct device *dev, struct iopf_fault *fault,
			struct iommu_page_response *response);

/* iommu.c: instances */

/**
 * struct mock_iommu - an instance
 * @users: 1 while it is registered, 1 for each that uses it
 * @id: its number
 * @name: of its platform device
 * @iommu: what the IOMMU core knows
 * @pdev: its platform device
 * @hw: the hardware
 * @lock: see above; protects @rids, @prq, and the attachments of its endpoints
 * @rids: endpoints by RID
 * @indices: numbers of endpoints, for their names
 * @nr_endpoints: how many there are; mock_topology_lock
 * @dids: domain ids
 * @root: root table
 * @iopf_queue: the IOMMU core's side of page requests
 * @prq: page request queue
 * @inv: invalidation queue
 * @debugfs: its directory
 */
struct mock_iommu {
	refcount_t users;
	u32 id;
	char name[MOCK_IOMMU_NAME_LEN];
	struct iommu_device iommu;
	struct platform_device *pdev;
	struct hw_iommu *hw;
	struct mutex lock; /* rids, prq, attachments of endpoints */
	struct xarray rids;
	struct ida indices;
	unsigned int nr_endpoints;
	struct ida dids;
	u64 *root;
	struct iopf_queue *iopf_queue;
	struct mock_prq prq;
	struct mock_inv inv;
	struct dentry *debugfs;
};

extern struct mutex mock_topology_lock;

struct mock_iommu *mock_iommu_add(u32 prq_entries, bool no_sid);
int mock_iommu_remove(u32 id);
void mock_iommu_remove_all(void);
struct mock_iommu *mock_iommu_get(u32 id);
struct mock_iommu *mock_iommu_get_next(u32 id);
struct mock_iommu *mock_iommu_find(const struct fwnode_handle *fwnode);
void mock_iommu_put(struct mock_iommu *iommu);

/* endpoint.c: endpoints */

/**
 * struct mock_endpoint - an endpoint
 * @users: 1 while it is plugged, 1 for each ioctl under way
 * @id: its id, unique while the module is loaded
 * @index: its number on the instance
 * @name: of its platform device
 * @iommu: the instance it is behind
 * @config: what it can do
 * @hw: the hardware
 * @pdev: its platform device
 * @dev: its device while the IOMMU core knows it; @iommu->lock
 * @attachments: by PASID, 0 for the RID; @iommu->lock
 * @iopf_users: attachments of domains that handle faults; @iommu->lock
 * @pasid_dir: its PASID directory
 */
struct mock_endpoint {
	refcount_t users;
	u32 id;
	u32 index;
	char name[MOCK_IOMMU_NAME_LEN];
	struct mock_iommu *iommu;
	struct hw_endpoint_config config;
	struct hw_endpoint *hw;
	struct platform_device *pdev;
	struct device *dev;
	struct xarray attachments;
	unsigned int iopf_users;
	u64 *pasid_dir;
};

struct mock_endpoint *
mock_endpoint_add(struct mock_iommu *iommu,
		  const struct hw_endpoint_config *config);
int mock_endpoint_remove(u32 id);
void mock_endpoint_remove_all(struct mock_iommu *iommu);
struct mock_endpoint *mock_endpoint_get(u32 id);
struct mock_endpoint *mock_endpoint_get_next(u32 id);
void mock_endpoint_put(struct mock_endpoint *ep);

/* tables.c: root, context and PASID tables */

int mock_tables_init(struct mock_iommu *iommu);
void mock_tables_free(struct mock_iommu *iommu);
int mock_tables_add_endpoint(struct mock_endpoint *ep);
void mock_tables_remove_endpoint(struct mock_endpoint *ep);
int mock_tables_prepare(struct mock_endpoint *ep, u32 pasid);
void mock_tables_set(struct mock_endpoint *ep, u32 pasid,
		     const struct mock_domain *domain);
bool mock_tables_mix(const struct mock_domain *old,
		     const struct mock_domain *new);
void mock_tables_clear(struct mock_endpoint *ep, u32 pasid);

/* pgtable.c: page tables in second-stage format */

/**
 * struct mock_pgtable - a page table
 * @root: its top
 * @removed: tables taken out, to be freed after the next invalidation
 */
struct mock_pgtable {
	u64 *root;
	struct list_head removed;
};

int mock_pgtable_init(struct mock_pgtable *pgtable);
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
 * @first_stage: nested: the third word of a PASID table entry: the table of the
 *	first stage and what is enabled of it
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
	u64 first_stage;
	struct mutex lock; /* all that follows */
	struct list_head attachments;
	struct mock_pgtable pgtable;
	struct list_head children;
	struct list_head node;
};

struct mock_domain *to_mock_domain(struct iommu_domain *domain);
int mock_domain_init(struct mock_domain *mock, struct mock_iommu *iommu);
void mock_domain_exit(struct mock_domain *mock);
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

/* nested.c: nested domains */

struct iommu_domain *
mock_domain_alloc_nested(struct device *dev, struct iommu_domain *parent,
			 u32 flags, const struct iommu_user_data *user_data);
void mock_nested_flush(struct mock_domain *parent,
		       struct mock_inv_batch *batch);
int mock_nested_invalidate(struct iommu_domain *domain,
			   struct faultq_invalidation *inv);

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

int mock_attach(struct mock_endpoint *ep, u32 pasid,
		struct mock_domain *domain);
void mock_detach(struct mock_endpoint *ep, u32 pasid);

/* ops.c: what the IOMMU core calls */

extern struct iommu_ops *mock_ops;

bool mock_has_pri(struct device *dev);
int mock_ops_init(void);
void mock_ops_exit(void);

/* control.c: /dev/mock_iommu */

int mock_control_init(void);
void mock_control_exit(void);

/* mock_debugfs.c */

void mock_debugfs_init(void);
void mock_debugfs_exit(void);
void mock_debugfs_add(struct mock_iommu *iommu);
void mock_debugfs_remove(struct mock_iommu *iommu);

#endif /* MOCK_H */
