/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The objects of faultq.ko, who holds whom, and what locks what.
 *
 *   context ── objects, each an id of the context
 *   DEVICE  ── attachment per RID and PASID ──▶ HWPT ──▶ QUEUE
 *           ── binding per guest PASID ──▶ nested HWPT
 *   QUEUE   ── rings ── pending groups ──▶ attachment
 *   VIOMMU  ──▶ paging HWPT, its nest parent
 *   VDEVICE ──▶ VIOMMU, DEVICE
 *   HW_QUEUE ──▶ VIOMMU
 *   nested HWPT ──▶ VIOMMU, or paging HWPT, its nest parent
 *
 * An arrow is a reference: the target cannot be destroyed before it is gone.
 * A pending group holds its attachment, so an attachment that is being ended
 * waits until the last of its groups is answered, and with it the device, the
 * HWPT and the QUEUE stay.
 *
 * Lock order, outer first:
 *
 *   faultq_devices_lock        all bound devices
 *     faultq_device.lock       attachments and PASIDs of a device, its life
 *       faultq_viommu.lock     virtual ids, nested HWPTs of a VIOMMU
 *       the kernel's IOMMU locks, the IOMMU driver's locks
 *         faultq_ring.lock     producer, pending groups, eventfd (spinlock)
 *   faultq_viommu.lock         by itself, for an invalidation
 *       the IOMMU driver's locks
 *   faultq_viommu.hw_queue_lock  HW_QUEUEs come and go
 *       the IOMMU driver's locks
 *   faultq_hwpt.lock           mappings of an HWPT; below faultq_device.lock
 *       the kernel's IOMMU locks, the IOMMU driver's locks
 *   faultq_ring.response_lock  consumer of the response ring
 *       the kernel's IOMMU locks, the IOMMU driver's locks
 *         faultq_ring.lock
 *   faultq_ring.read_lock      read(), held across copies to user
 *         faultq_ring.lock
 *         faultq_events.lock
 *   faultq_queues_lock         all queues, for debugfs
 *         faultq_ring.lock, faultq_events.lock
 *   faultq_sources_lock        who gets whose events; below faultq_device.lock
 *   faultq_routes_lock         bound devices, for reports; below the same
 *
 * The fault path comes in under the IOMMU driver's locks and takes
 * faultq_ring.lock alone, under which nothing sleeps and nothing touches user
 * memory. Groups are answered without faultq_ring.lock, since the answer goes
 * back into the IOMMU driver.
 *
 * Reports of events come in hard interrupts, from any CPU. They go from device
 * to VDEVICE, VIOMMU and QUEUE under RCU, so these are freed a grace period
 * after their end, and take faultq_events.lock alone, which is raw and
 * irq-safe. IOMMU-wide reports take faultq_iommu_lock outside of it.
 */
#ifndef FAULTQ_PRIVATE_H
#define FAULTQ_PRIVATE_H

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/iommu.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rbtree_types.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <linux/faultq.h>

#include "faultq_driver.h"
#include "faultq_ring.h"

struct eventfd_ctx;
struct file;
struct faultq_attachment;
struct faultq_cmd;
struct faultq_events;
struct faultq_hw_queue;
struct faultq_queue;
struct faultq_reservation;
struct faultq_vdevice;
struct faultq_viommu;
struct iov_iter;
struct seq_file;
struct vm_area_struct;

#define FAULTQ_MAX_OBJECTS 65536

/* context.c: one open of /dev/faultq */

/**
 * struct faultq_ctx - everything that one open of /dev/faultq made
 * @objects: id to object
 * @user: whose RLIMIT_MEMLOCK the pinned memory counts against
 * @mapping: where the mappings of its file are found
 */
struct faultq_ctx {
	struct xarray objects;
	struct user_struct *user;
	struct address_space *mapping;
};

enum faultq_object_type {
	FAULTQ_OBJECT_DEVICE,
	FAULTQ_OBJECT_HWPT,
	FAULTQ_OBJECT_HWPT_NESTED,
	FAULTQ_OBJECT_QUEUE,
	FAULTQ_OBJECT_VIOMMU,
	FAULTQ_OBJECT_VDEVICE,
	FAULTQ_OBJECT_HW_QUEUE,
	FAULTQ_NR_OBJECT_TYPES,
};

/**
 * struct faultq_object - what the objects of a context have in common
 * @ctx: where its id is valid
 * @users: 1 for the id, 1 for each object or call that uses it
 * @id: 1 to FAULTQ_MAX_OBJECTS
 * @type: what it is embedded in
 */
struct faultq_object {
	struct faultq_ctx *ctx;
	refcount_t users;
	u32 id;
	enum faultq_object_type type;
};

int faultq_object_init(struct faultq_ctx *ctx, struct faultq_object *object,
		       enum faultq_object_type type);
void faultq_object_publish(struct faultq_object *object);
void faultq_object_abort(struct faultq_object *object);
struct faultq_object *faultq_object_get(struct faultq_ctx *ctx, u32 id,
					enum faultq_object_type type);
void faultq_object_put(struct faultq_object *object);
void faultq_object_drop(struct faultq_object *object);
int faultq_destroy(struct faultq_cmd *cmd);

extern const struct file_operations faultq_ctx_fops;

/* ioctl.c: struct negotiation and dispatch */

/**
 * struct faultq_cmd - an ioctl under way
 * @ctx: the context, NULL on the file of a QUEUE
 * @queue: the QUEUE, NULL on /dev/faultq
 * @arg: the kernel's copy of the struct
 * @user_arg: the user's struct
 * @user_size: its size by its first field
 */
struct faultq_cmd {
	struct faultq_ctx *ctx;
	struct faultq_queue *queue;
	void *arg;
	void __user *user_arg;
	u32 user_size;
};

long faultq_ctx_ioctl(struct file *file, unsigned int nr, unsigned long arg);
long faultq_queue_ioctl(struct file *file, unsigned int nr, unsigned long arg);
int faultq_cmd_reply(struct faultq_cmd *cmd, size_t size);

/* live.c: what must be zero when the module is unloaded */

void faultq_live_inc(void);
void faultq_live_dec(void);
int faultq_live_count(void);
void faultq_live_check(void);

/* region.c: memory shared with user space */

/**
 * struct faultq_region - pages that the kernel and a mapping both see
 * @addr: where the kernel sees them
 * @pages: the pages
 * @nr_pages: how many
 */
struct faultq_region {
	void *addr;
	struct page **pages;
	unsigned int nr_pages;
};

int faultq_region_alloc(struct faultq_region *region, size_t size);
void faultq_region_free(struct faultq_region *region);
int faultq_region_mmap(struct faultq_region *region,
		       struct vm_area_struct *vma);

/* ring_memory.c: a ring; ring.c, pending.c, respond.c, revoke.c: its groups */

/**
 * struct faultq_pending - a page request group that no one has answered yet
 * @node: on the ring's free, waiting or published list
 * @group: the kernel's group, dequeued from its framework
 * @attachment: where it came from, a reference
 * @arrival: CLOCK_MONOTONIC nanoseconds
 * @tag: while published, else 0
 * @generation: upper bits of the tag last given to this entry
 * @overdue: counted as such
 */
struct faultq_pending {
	struct list_head node;
	struct iopf_group *group;
	struct faultq_attachment *attachment;
	u64 arrival;
	u32 tag;
	u32 generation;
	bool overdue;
};

/**
 * struct faultq_ring - one ring of a QUEUE
 * @lock: guards all down to @queue; a leaf, taken by the fault path
 * @prod: the producer's side of the record ring
 * @dead: the QUEUE has ended, whatever arrives is revoked
 * @withdrawing: what was published is being withdrawn, whatever arrives waits
 * @armed: read() or poll() asked for a wake-up at the next record
 * @header: shared, written by the kernel only; its counters are the counters
 * @control: shared, written by user space: never believed
 * @records: shared, written by the kernel only
 * @free: entries of @table that hold no group, the one longest free first
 * @waiting: groups that do not fit into the record ring yet, oldest first
 * @published: groups that lie, or lay, in the record ring, oldest first
 * @table: entries of struct faultq_pending, nr_groups of the QUEUE
 * @eventfd: signalled at a wake-up, or NULL
 * @events: EVENT: what it has besides; @prod and @header are guarded by the
 *	lock in there, and @lock and what only page requests need are unused
 * @queue: the QUEUE
 * @index: of this ring in it
 * @response_lock: guards @responses
 * @responses: the consumer's side of the response ring
 * @response_slots: shared, written by user space: never believed
 * @read_lock: one read() at a time moves the record tail
 * @turned_away: a read() that may not wait found @read_lock taken
 * @regions: what mmap() hands out, by FAULTQ_REGION_*
 */
struct faultq_ring {
	spinlock_t lock; /* a leaf */
	struct faultq_ring_side prod;
	bool dead;
	bool withdrawing;
	bool armed;
	struct faultq_ring_header *header;
	struct faultq_ring_control *control;
	struct faultq_page_request *records;
	struct list_head free;
	struct list_head waiting;
	struct list_head published;
	struct faultq_pending *table;
	struct eventfd_ctx *eventfd;

	struct faultq_events *events;
	struct faultq_queue *queue;
	u32 index;

	struct mutex response_lock; /* @responses */
	struct faultq_ring_side responses;
	struct faultq_response *response_slots;

	struct mutex read_lock; /* one read() */
	bool turned_away;
	struct faultq_region regions[3];
} ____cacheline_aligned_in_smp;

/**
 * faultq_ring_must_wake() - is the consumer to be woken for new records?
 * @ring: the ring, with the lock held under which its records are published
 * @nr: how many records were published since the last call, at least 1
 *
 * Return: true if it asked for a record that is among them, or if read() or
 * poll() asked for whatever comes next.
 */
static inline bool faultq_ring_must_wake(const struct faultq_ring *ring, u32 nr)
{
	return faultq_prod_must_wake(&ring->prod, &ring->control->wake, nr) ||
	       unlikely(ring->armed);
}

int faultq_ring_alloc(struct faultq_ring *ring, struct faultq_queue *queue,
		      u32 index);
void faultq_ring_free(struct faultq_ring *ring);
bool faultq_ring_has_room(struct faultq_ring *ring, u32 nr);
void faultq_ring_arrive(struct faultq_ring *ring,
			struct faultq_attachment *attachment,
			struct iopf_group *group);
void faultq_ring_bad_index(struct faultq_ring *ring);
void faultq_ring_pump(struct faultq_ring *ring);
u64 faultq_ring_pending(const struct faultq_ring *ring);
u32 faultq_ring_republish(struct faultq_ring *ring);
bool faultq_ring_readable(struct faultq_ring *ring, u32 tail, bool polled);
bool faultq_iopf_readable(struct faultq_ring *ring, bool polled);
void faultq_ring_signal(struct faultq_ring *ring);

int faultq_pending_alloc(struct faultq_ring *ring);
void faultq_pending_free(struct faultq_ring *ring);
struct faultq_pending *faultq_pending_get(struct faultq_ring *ring);
void faultq_pending_put(struct faultq_ring *ring, struct faultq_pending *p);
u32 faultq_pending_next_tag(const struct faultq_ring *ring,
			    const struct faultq_pending *p);
void faultq_pending_tag(struct faultq_ring *ring, struct faultq_pending *p);
struct faultq_pending *faultq_pending_find(struct faultq_ring *ring, u32 tag);

int faultq_respond_ring(struct faultq_ring *ring);
int faultq_respond_array(struct faultq_queue *queue,
			 const struct faultq_response *responses, u32 nr);

void faultq_revoke(struct faultq_ring *ring,
		   const struct faultq_attachment *attachment);
void faultq_revoke_list(struct faultq_ring *ring, struct list_head *list);

/* queue.c, queue_file.c, queue_iopf.c, iopf_read.c, timeout.c */

/**
 * struct faultq_queue_kind - what the types of QUEUE differ in
 * @type: the type
 * @record_size: bytes of a record
 * @answered: its records are answered: it has response rings, write() and
 *	doorbells
 * @late: reports may have the QUEUE in hand for a grace period after @kill
 * @check: may the user have this? What is common to all types is right
 * @init: the QUEUE's own part, from what the user wants
 * @connect: let reports find the QUEUE once it is known, which @kill undoes;
 *	NULL: page tables that name it will
 * @kill: nothing arrives any more, and what is pending ends. Also called for a
 *	QUEUE that was not connected
 * @ring_init: a ring's own part; its records and control are there
 * @ring_free: undo @ring_init, wherever it stopped or if it never began
 * @set_eventfd: exchange the eventfd. Returns the old one, which no one uses
 *	any more, or NULL
 * @readable: are there records? If not, or if this is for poll(), ask for a
 *	wake-up at the next one
 * @check_read: may read() have a buffer of so many bytes?
 * @read: copy whole records to the user, one call at a time a ring. Returns
 *	bytes, or an error if there was not even one record
 * @show: a line for debugfs
 */
struct faultq_queue_kind {
	u32 type;
	u32 record_size;
	bool answered;
	bool late;
	int (*check)(const struct faultq_queue_alloc *arg);
	void (*init)(struct faultq_queue *queue,
		     const struct faultq_queue_alloc *arg);
	int (*connect)(struct faultq_queue *queue, struct faultq_ctx *ctx,
		       u32 source_id);
	void (*kill)(struct faultq_queue *queue);
	int (*ring_init)(struct faultq_ring *ring);
	void (*ring_free)(struct faultq_ring *ring);
	struct eventfd_ctx *(*set_eventfd)(struct faultq_ring *ring,
					   struct eventfd_ctx *eventfd);
	bool (*readable)(struct faultq_ring *ring, bool polled);
	int (*check_read)(size_t count);
	ssize_t (*read)(struct faultq_ring *ring, struct iov_iter *to);
	void (*show)(struct seq_file *m, struct faultq_ring *ring);
};

extern const struct faultq_queue_kind faultq_queue_iopf;
extern const struct faultq_queue_kind faultq_queue_event;

/**
 * struct faultq_queue - a QUEUE
 * @object: its id; the context's reference
 * @kind: by its type
 * @users: 1 for the id, 1 for the file, 1 for each HWPT that names it
 * @nr_rings: length of @rings
 * @nr_records: of each ring
 * @nr_groups: of each ring
 * @index_bits: low bits of a tag: the entry of the ring's table
 * @ring_bits: next bits of a tag: the ring; the rest is the generation
 * @timeout_ns: age at which @timeout_action befalls a group, 0 for never
 * @timeout_action: FAULTQ_TIMEOUT_*
 * @timeout_work: looks for groups of that age
 * @dead: its context or its file is gone
 * @wait: sleepers in read() and poll()
 * @next_ring: where read() looks first
 * @node: on the list of all queues
 * @overwrite: EVENT: FAULTQ_QUEUE_ALLOC_OVERWRITE
 * @native_type: EVENT: gets events of this form only, 0 for all
 * @native_len: EVENT: bytes of a native record of @native_type
 * @known: EVENT: the user knows of it; before that it gets nothing
 * @source_node: EVENT: on the list of what it gets the events of; under RCU
 * @free_work: frees it after the last report
 * @rings: the rings
 */
struct faultq_queue {
	struct faultq_object object;
	const struct faultq_queue_kind *kind;
	refcount_t users;
	u32 nr_rings;
	u32 nr_records;
	u32 nr_groups;
	u32 index_bits;
	u32 ring_bits;
	u64 timeout_ns;
	u32 timeout_action;
	struct delayed_work timeout_work;
	bool dead;
	wait_queue_head_t wait;
	u32 next_ring;
	struct list_head node;
	bool overwrite;
	u32 native_type;
	u32 native_len;
	bool known;
	struct hlist_node source_node;
	struct rcu_work free_work;
	struct faultq_ring rings[] __counted_by(nr_rings);
};

int faultq_queue_alloc(struct faultq_cmd *cmd);
struct faultq_queue *faultq_queue_get(struct faultq_ctx *ctx, u32 id);
void faultq_queue_put(struct faultq_queue *queue);
void faultq_queue_kill(struct faultq_queue *queue);
void faultq_queue_wake(struct faultq_queue *queue);
void faultq_queue_destroy(struct faultq_object *object);
struct faultq_ring *faultq_queue_ring(struct faultq_queue *queue,
				      unsigned long index);

extern const struct file_operations faultq_queue_fops;
extern struct mutex faultq_queues_lock;
extern struct list_head faultq_queues;

int faultq_queue_info(struct faultq_cmd *cmd);
int faultq_queue_eventfd(struct faultq_cmd *cmd);
int faultq_queue_respond(struct faultq_cmd *cmd);

ssize_t faultq_iopf_read(struct faultq_ring *ring, struct iov_iter *to);
u32 faultq_write_all(struct faultq_queue *queue, struct iov_iter *from,
		     int *error);

extern struct workqueue_struct *faultq_workqueue;

int faultq_timeout_init(void);
void faultq_timeout_exit(void);
void faultq_timeout_work(struct work_struct *work);
void faultq_timeout_arm(struct faultq_queue *queue);

/* device.c, device_info.c, pasid.c, pasid_bind.c, unplug.c, driver.c */

/**
 * struct faultq_device - a DEVICE
 * @object: its id
 * @dev: the device, a reference
 * @group: its IOMMU group, a reference while bound
 * @driver_owner: module of its IOMMU driver, a reference
 * @driver_name: name of its IOMMU driver
 * @iommu: its IOMMU; only compared, never dereferenced
 * @label: given by the user
 * @name: given by the user
 * @lock: guards all below
 * @gone: unbound, because it was destroyed or unplugged
 * @attachments: PASID to attachment, IOMMU_NO_PASID for the RID
 * @pasids: PASIDs that FAULTQ_PASID_ALLOC or a binding allocated
 * @bindings: guest PASID to struct faultq_binding
 * @vdevice: its virtual id, or NULL
 * @iopf_users: attachments whose HWPT names a QUEUE
 * @node: on the list of bound devices
 * @route: leads reports to it while it is bound
 * @event_queues: QUEUEs of its events, see event_route.c
 * @rcu: reports look at it under RCU
 */
struct faultq_device {
	struct faultq_object object;
	struct device *dev;
	struct iommu_group *group;
	struct module *driver_owner;
	const char *driver_name;
	const struct iommu_device *iommu;
	u64 label;
	char name[FAULTQ_DEVICE_NAME_LEN];

	struct mutex lock; /* all down to @node */
	bool gone;
	struct xarray attachments;
	struct xarray pasids;
	struct xarray bindings;
	struct faultq_vdevice __rcu *vdevice;
	unsigned int iopf_users;

	struct list_head node;
	struct hlist_node route;
	struct hlist_head event_queues;
	struct rcu_head rcu;
};

int faultq_device_bind(struct faultq_cmd *cmd);
int faultq_device_info(struct faultq_cmd *cmd);
void faultq_device_destroy(struct faultq_object *object);
struct faultq_device *faultq_device_get(struct faultq_ctx *ctx, u32 id);
struct faultq_device *faultq_device_lock(struct faultq_ctx *ctx, u32 id);
void faultq_device_unlock(struct faultq_device *device);
void faultq_device_put(struct faultq_device *device);
void faultq_device_unbind(struct faultq_device *device);

extern struct mutex faultq_devices_lock;
extern struct list_head faultq_devices;

int faultq_unplug_init(void);
void faultq_unplug_exit(void);
const struct bus_type *faultq_bus_find(const char *name, size_t len);

int faultq_pasid_alloc(struct faultq_cmd *cmd);
int faultq_pasid_free(struct faultq_cmd *cmd);
int faultq_pasid_take(struct faultq_device *device, u32 *out_pasid);
int faultq_pasid_give_back(struct faultq_device *device, u32 pasid);
void faultq_pasid_free_all(struct faultq_device *device);

int faultq_pasid_bind(struct faultq_cmd *cmd);
int faultq_pasid_unbind(struct faultq_cmd *cmd);
void faultq_binding_end_all(struct faultq_device *device);

struct module *faultq_driver_get(struct device *dev, const char **name);
int faultq_driver_check_device(struct device *dev, struct iommu_group *group);
bool faultq_driver_page_requests(struct device *dev);
void faultq_driver_drain(struct device *dev);
const struct faultq_driver *faultq_driver_of(struct device *dev);
const struct faultq_native_format *
faultq_driver_format(const struct faultq_driver *driver, u32 native_type);

/* attach.c, handle.c, iopf.c */

/**
 * struct faultq_attachment - an HWPT on a device's RID or on one PASID
 * @users: 1 while attached, 1 for each pending group
 * @drained: completed when @users reaches 0
 * @dead: being ended: whatever arrives for it is revoked
 * @device: the DEVICE
 * @hwpt: the HWPT, a reference
 * @ring: where its groups go, NULL if the HWPT names no QUEUE
 * @pasid: IOMMU_NO_PASID for the RID
 * @guest_pasid: what a guest calls @pasid, 0 unless it is bound
 * @all_pasids: on the RID, and serves all PASIDs by a guest's table of them
 * @dev_id: id of the DEVICE
 * @cookie: given by the user
 * @reservation: the device's reserved regions on the HWPT, or NULL
 * @handle: what the kernel knows it by
 * @rcu: the fault path looks at it under RCU
 */
struct faultq_attachment {
	refcount_t users;
	struct completion drained;
	bool dead;
	struct faultq_device *device;
	struct faultq_hwpt *hwpt;
	struct faultq_ring *ring;
	ioasid_t pasid;
	u32 guest_pasid;
	bool all_pasids;
	u32 dev_id;
	u64 cookie;
	struct faultq_reservation *reservation;
	struct faultq_handle *handle;
	struct rcu_head rcu;
};

int faultq_device_attach(struct faultq_cmd *cmd);
int faultq_device_detach(struct faultq_cmd *cmd);
int faultq_attach(struct faultq_device *device, struct faultq_hwpt *hwpt,
		  ioasid_t pasid, u64 cookie, u32 guest_pasid);
int faultq_attach_check_pasid(const struct faultq_device *device, u32 flags,
			      u32 pasid);
void faultq_detach_pasid(struct faultq_device *device, ioasid_t pasid);
void faultq_detach_all(struct faultq_device *device);
void faultq_attachment_put(struct faultq_attachment *attachment);

int faultq_iopf_handler(struct iopf_group *group);
void faultq_iopf_answer(struct iopf_group *group,
			enum iommu_page_response_code code);

/* hwpt.c, nested.c, mapping.c, iova.c, invalidate.c */

/* Addresses of a device, the last one included */
struct faultq_range {
	u64 first;
	u64 last;
};

/**
 * struct faultq_hwpt - an HWPT
 * @object: its id; attachments hold it
 * @domain: the kernel's page table
 * @queue: gets its page requests, or NULL
 * @driver_owner: module of the IOMMU driver, a reference
 * @driver: its registration, or NULL
 * @nest_parent: paging, and may be the parent of nested ones
 * @parent: nested: its parent, else NULL; a reference unless @viommu is set
 * @viommu: nested: what it was made on, a reference, or NULL
 * @viommu_node: on the list of @viommu
 * @lock: guards @mappings and @reserved, of which none touches one of the other
 * @mappings: each struct faultq_mapping, by its addresses
 * @reserved: regions of attached devices where nothing may be mapped, by their
 *	addresses; they may overlap
 */
struct faultq_hwpt {
	struct faultq_object object;
	struct iommu_domain *domain;
	struct faultq_queue *queue;
	struct module *driver_owner;
	const struct faultq_driver *driver;
	bool nest_parent;
	struct faultq_hwpt *parent;
	struct faultq_viommu *viommu;
	struct list_head viommu_node;
	struct mutex lock; /* @mappings, @reserved */
	struct rb_root mappings;
	struct rb_root_cached reserved;
};

int faultq_hwpt_alloc(struct faultq_cmd *cmd);
struct faultq_hwpt *faultq_hwpt_new(struct faultq_ctx *ctx,
				    const struct faultq_hwpt_alloc *arg);
void faultq_hwpt_free(struct faultq_hwpt *hwpt);
void faultq_hwpt_set_domain(struct faultq_hwpt *hwpt,
			    struct faultq_device *device,
			    struct iommu_domain *domain);
void faultq_hwpt_destroy(struct faultq_object *object);
struct faultq_hwpt *faultq_hwpt_get(struct faultq_ctx *ctx, u32 id);
struct faultq_hwpt *faultq_hwpt_get_paging(struct faultq_ctx *ctx, u32 id);
void faultq_hwpt_put(struct faultq_hwpt *hwpt);

int faultq_nested_init(struct faultq_hwpt *hwpt, struct faultq_ctx *ctx,
		       const struct faultq_hwpt_alloc *arg);
void faultq_nested_free_domain(struct faultq_hwpt *hwpt);

int faultq_hwpt_invalidate(struct faultq_cmd *cmd);

int faultq_hwpt_map(struct faultq_cmd *cmd);
int faultq_hwpt_unmap(struct faultq_cmd *cmd);
void faultq_mapping_remove_all(struct faultq_hwpt *hwpt);
bool faultq_mapping_overlaps(struct faultq_hwpt *hwpt,
			     const struct faultq_range *range);

int faultq_hwpt_iova_ranges(struct faultq_cmd *cmd);
struct faultq_reservation *faultq_iova_reserve(struct faultq_hwpt *hwpt,
					       struct device *dev);
void faultq_iova_release(struct faultq_reservation *reservation);
bool faultq_iova_is_reserved(struct faultq_hwpt *hwpt,
			     const struct faultq_range *range);

/* viommu.c, doorbell.c, hw_queue.c, vdevice.c */

/**
 * struct faultq_doorbell - the doorbell page of a VIOMMU as user space maps it
 * @index: its offset on the file of @ctx in pages, 0 if there is none
 * @ctx: who may map it
 * @work: unmaps the page and calls the driver
 * @written: the page was made writable and @work has not unmapped it since;
 *	under the page lock
 * @idle_runs: runs of @work in a row after a write fault in which the driver
 *	found nothing new
 * @polls: runs of @work in a row because of a reference, in which the driver
 *	found nothing new
 */
struct faultq_doorbell {
	u32 index;
	struct faultq_ctx *ctx;
	struct delayed_work work;
	bool written;
	unsigned int idle_runs;
	unsigned int polls;
};

int faultq_doorbell_init(void);
void faultq_doorbell_exit(void);
int faultq_doorbell_add(struct faultq_viommu *viommu, struct faultq_ctx *ctx);
void faultq_doorbell_remove(struct faultq_viommu *viommu);
int faultq_ctx_mmap(struct file *file, struct vm_area_struct *vma);

/**
 * struct faultq_viommu - a VIOMMU
 * @object: its id; nested HWPTs, VDEVICEs and HW_QUEUEs hold it
 * @core: what the IOMMU driver sees
 * @parent: stage 2 of its HWPTs, a reference, which also keeps the IOMMU
 *	driver's module
 * @iommu: the IOMMU; not to be followed, it may be gone
 * @driver: registration of the IOMMU driver, or NULL
 * @doorbell: its page, if its type has one
 * @hw_queue_lock: guards @hw_queues
 * @hw_queues: HW_QUEUEs that the driver knows, by index
 * @lock: guards @hwpts, and what the two maps lead to
 * @hwpts: nested HWPTs
 * @by_virt_id: the guest's id of a device to struct faultq_vdevice
 * @by_phys_id: the hardware's id of a device to struct faultq_vdevice, for
 *	those that the driver told an id of
 * @event_queues: QUEUEs of its events, see event_route.c
 * @rcu: reports look at it under RCU
 */
struct faultq_viommu {
	struct faultq_object object;
	struct faultq_driver_viommu core;
	struct faultq_hwpt *parent;
	const struct iommu_device *iommu;
	const struct faultq_driver *driver;
	struct faultq_doorbell doorbell;
	struct mutex hw_queue_lock; /* @hw_queues */
	struct faultq_hw_queue *hw_queues[FAULTQ_MAX_VCMDQS];
	struct mutex lock; /* @hwpts, uses of the maps */
	struct list_head hwpts;
	struct xarray by_virt_id;
	struct xarray by_phys_id;
	struct hlist_head event_queues;
	struct rcu_head rcu;
};

int faultq_viommu_alloc(struct faultq_cmd *cmd);
void faultq_viommu_destroy(struct faultq_object *object);
struct faultq_viommu *faultq_viommu_get(struct faultq_ctx *ctx, u32 id);
void faultq_viommu_put(struct faultq_viommu *viommu);
void faultq_viommu_add_hwpt(struct faultq_viommu *viommu,
			    struct faultq_hwpt *hwpt);
void faultq_viommu_remove_hwpt(struct faultq_viommu *viommu,
			       struct faultq_hwpt *hwpt);
bool faultq_viommu_virt_id(struct faultq_viommu *viommu, u64 phys_id,
			   u64 *virt_id);

/**
 * struct faultq_vdevice - a VDEVICE
 * @object: its id
 * @core: what the IOMMU driver sees
 * @viommu: a reference
 * @device: a reference; it points back until its device has left
 * @has_phys_id: the driver knows it, and it is in the map by physical ids
 * @rcu: reports look at it under RCU
 */
struct faultq_vdevice {
	struct faultq_object object;
	struct faultq_driver_vdevice core;
	struct faultq_viommu *viommu;
	struct faultq_device *device;
	bool has_phys_id;
	struct rcu_head rcu;
};

/**
 * struct faultq_hw_queue - a queue in guest memory that the IOMMU reads
 * @object: its id; the queue of the next index holds it, if their order matters
 * @core: what the IOMMU driver sees
 * @viommu: a reference
 * @prev: the queue of the index before, a reference, or NULL; hw_queue_lock
 * @published: user space knows its id; hw_queue_lock
 */
struct faultq_hw_queue {
	struct faultq_object object;
	struct faultq_driver_hw_queue core;
	struct faultq_viommu *viommu;
	struct faultq_hw_queue *prev;
	bool published;
};

int faultq_hw_queue_alloc(struct faultq_cmd *cmd);
void faultq_hw_queue_destroy(struct faultq_object *object);

int faultq_vdevice_alloc(struct faultq_cmd *cmd);
void faultq_vdevice_destroy(struct faultq_object *object);
void faultq_vdevice_revoke(struct faultq_device *device);

/* event_route.c, event_report.c: from a driver's report to a QUEUE */

void faultq_route_add(struct faultq_device *device);
void faultq_route_remove(struct faultq_device *device);
struct faultq_device *faultq_route_find(const struct device *dev);
void faultq_route_each(const struct iommu_device *iommu,
		       void (*visit)(struct faultq_device *device, void *data),
		       void *data);
int faultq_source_add(struct hlist_head *source, struct faultq_queue *queue);
void faultq_source_remove(struct faultq_queue *queue);
void faultq_source_end(struct hlist_head *source);
u64 faultq_unclaimed_count(void);

/* debugfs.c */

void faultq_debugfs_init(void);
void faultq_debugfs_exit(void);

#endif /* FAULTQ_PRIVATE_H */
