// SPDX-License-Identifier: GPL-2.0-only
/*
 * Invalidation of what hardware has cached of a guest's page tables.
 *
 * An entry is that of iommufd, followed by what the hardware had to say of it.
 * A driver with operations of its own for this gets entries in batches, copied
 * and checked, and tells of errors; the copies are made with no lock held. Any
 * other driver reads the user's array itself, as for iommufd, and tells none.
 */
#include <linux/iommu.h>
#include <linux/nospec.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <uapi/linux/iommufd.h>

#include "faultq_private.h"
#include "faultq_trace.h"

#define FAULTQ_INV_PAGE_SIZE 4096
#define FAULTQ_MAX_INV_ENTRY sizeof(struct iommu_hwpt_vtd_s1_invalidate)

/**
 * struct faultq_invalidate_out - the last part of an entry of any type
 * @error: of enum faultq_invalidate_error
 * @flags: of enum faultq_invalidate_out_flags
 * @virt_id: the device
 */
struct faultq_invalidate_out {
	u32 error;
	u32 flags;
	u64 virt_id;
};

/**
 * struct faultq_invalidate_format - a type of entries
 * @in_size: bytes of an entry before struct faultq_invalidate_out
 * @guest_ids: an entry names what it is about as the guest does: it is for a
 *	VIOMMU that has a type. Otherwise it is for a nested HWPT, or for all of
 *	a VIOMMU that has none
 * @check: finds what is wrong with an entry whatever the page table; NULL:
 *	nothing can be
 */
struct faultq_invalidate_format {
	u32 in_size;
	bool guest_ids;
	int (*check)(const void *entry);
};

/**
 * struct faultq_invalidate_call - a call under way
 * @format: of the entries
 * @data_type: of the entries
 * @entries: the user's array
 * @stride: bytes from one entry to the next
 * @nr: entries of the array
 * @done: of these, handled
 * @hwpt: the nested HWPT, or NULL: all of @viommu
 * @viommu: whose virtual ids devices are told by, or NULL
 * @driver: its operations, or NULL
 */
struct faultq_invalidate_call {
	const struct faultq_invalidate_format *format;
	u32 data_type;
	u8 __user *entries;
	u32 stride;
	u32 nr;
	u32 done;
	struct faultq_hwpt *hwpt;
	struct faultq_viommu *viommu;
	const struct faultq_driver *driver;
};

/**
 * struct faultq_invalidate_batch - entries in kernel memory
 * @inv: for the driver
 * @results: of these entries
 * @entries: as @inv says
 */
struct faultq_invalidate_batch {
	struct faultq_invalidation inv;
	struct faultq_invalidate_result results[FAULTQ_INVALIDATE_BATCH];
	u8 entries[FAULTQ_INVALIDATE_BATCH * FAULTQ_MAX_INV_ENTRY] __aligned(8);
};

static int faultq_invalidate_check_vtd_s1(const void *entry)
{
	const struct iommu_hwpt_vtd_s1_invalidate *inv = entry;

	if (inv->flags & ~FAULTQ_VTD_INV_FLAGS_LEAF || inv->__reserved)
		return -EOPNOTSUPP;
	if (inv->addr % FAULTQ_INV_PAGE_SIZE || !inv->npages)
		return -EINVAL;
	if (inv->npages == U64_MAX)
		return inv->addr ? -EINVAL : 0;
	if (inv->npages - 1 > (U64_MAX - inv->addr) / FAULTQ_INV_PAGE_SIZE)
		return -EINVAL;
	return 0;
}

static const struct faultq_invalidate_format faultq_invalidate_formats[] = {
	[FAULTQ_HWPT_INVALIDATE_DATA_VTD_S1] = {
		.in_size = sizeof(struct iommu_hwpt_vtd_s1_invalidate),
		.check = faultq_invalidate_check_vtd_s1,
	},
	[FAULTQ_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3] = {
		.in_size = offsetof(struct faultq_viommu_arm_smmuv3_invalidate,
				    out_error),
		.guest_ids = true,
	},
};

static_assert(offsetof(struct faultq_hwpt_vtd_s1_invalidate, out_error) ==
	      sizeof(struct iommu_hwpt_vtd_s1_invalidate));
static_assert(sizeof(struct faultq_hwpt_vtd_s1_invalidate) ==
	      sizeof(struct iommu_hwpt_vtd_s1_invalidate) +
		      sizeof(struct faultq_invalidate_out));
static_assert(offsetof(struct faultq_viommu_arm_smmuv3_invalidate, out_error) <=
	      FAULTQ_MAX_INV_ENTRY);
static_assert(sizeof(struct faultq_viommu_arm_smmuv3_invalidate) ==
	      offsetof(struct faultq_viommu_arm_smmuv3_invalidate, out_error) +
		      sizeof(struct faultq_invalidate_out));

static const struct faultq_invalidate_format *
faultq_invalidate_format_find(u32 data_type)
{
	const u32 nr = ARRAY_SIZE(faultq_invalidate_formats);

	if (data_type >= nr)
		return NULL;
	return &faultq_invalidate_formats[array_index_nospec(data_type, nr)];
}

static u8 __user *
faultq_invalidate_entry(const struct faultq_invalidate_call *call, u32 index)
{
	return call->entries + (u64)index * call->stride;
}

/* The user may leave out the end of the out part, or all of it. */
static int faultq_invalidate_put(const struct faultq_invalidate_call *call,
				 u32 index,
				 const struct faultq_invalidate_out *out)
{
	u32 in_size = call->format->in_size;

	if (copy_to_user(faultq_invalidate_entry(call, index) + in_size, out,
			 call->stride - in_size))
		return -EFAULT;
	return 0;
}

static int faultq_invalidate_get(const struct faultq_invalidate_call *call,
				 u32 index, void *entry)
{
	if (copy_from_user(entry, faultq_invalidate_entry(call, index),
			   call->format->in_size))
		return -EFAULT;
	return call->format->check ? call->format->check(entry) : 0;
}

/* Fills a batch up to the first entry that is bad. Returns what is wrong. */
static int faultq_invalidate_fetch(const struct faultq_invalidate_call *call,
				   struct faultq_invalidate_batch *batch)
{
	u32 nr = min_t(u32, call->nr - call->done, FAULTQ_INVALIDATE_BATCH);
	u32 i;
	int ret = 0;

	for (i = 0; i < nr; i++) {
		ret = faultq_invalidate_get(call, call->done + i,
					    batch->entries +
						    i * call->format->in_size);
		if (ret)
			break;
	}
	memset(batch->results, 0, i * sizeof(batch->results[0]));
	batch->inv = (struct faultq_invalidation){
		.data_type = call->data_type,
		.entry_num = i,
		.entries = batch->entries,
		.results = batch->results,
	};
	return ret;
}

static int
faultq_invalidate_tell_one(const struct faultq_invalidate_call *call, u32 index,
			   const struct faultq_invalidate_result *result)
{
	struct faultq_invalidate_out out = { .error = result->error };

	if (result->phys_id_valid && call->viommu &&
	    faultq_viommu_virt_id(call->viommu, result->phys_id, &out.virt_id))
		out.flags = FAULTQ_INVALIDATE_VIRT_ID_VALID;
	return faultq_invalidate_put(call, index, &out);
}

/* The entries that were handled, and the one where the hardware stopped. */
static int faultq_invalidate_tell(const struct faultq_invalidate_call *call,
				  const struct faultq_invalidate_batch *batch,
				  u32 nr)
{
	u32 i;
	int ret = 0;

	if (call->stride == call->format->in_size)
		return 0;
	for (i = 0; i < nr && !ret; i++)
		ret = faultq_invalidate_tell_one(call, call->done + i,
						 &batch->results[i]);
	return ret;
}

static int faultq_invalidate_hwpt(const struct faultq_driver *driver,
				  struct faultq_hwpt *hwpt,
				  struct faultq_invalidation *inv)
{
	int ret;

	inv->handled = 0;
	ret = driver->domain_invalidate(hwpt->domain, inv);
	inv->handled = ret ? min(inv->handled, inv->entry_num) : inv->entry_num;
	return ret;
}

/*
 * An entry is handled when it is for every HWPT, so each HWPT gets those that
 * the ones before it handled; the last error is that of the first bad entry.
 */
static int faultq_invalidate_hwpts(struct faultq_viommu *viommu,
				   struct faultq_invalidation *inv)
{
	struct faultq_hwpt *hwpt;
	int ret = 0, now;

	mutex_lock(&viommu->lock);
	inv->handled = inv->entry_num;
	list_for_each_entry(hwpt, &viommu->hwpts, viommu_node) {
		inv->entry_num = inv->handled;
		if (!inv->entry_num)
			break;
		now = faultq_invalidate_hwpt(viommu->driver, hwpt, inv);
		if (now)
			ret = now;
		cond_resched();
		/* there may be many, and an unplug may wait for the lock */
		if (fatal_signal_pending(current)) {
			inv->handled = 0;
			ret = -EINTR;
			break;
		}
	}
	mutex_unlock(&viommu->lock);
	return ret;
}

static int faultq_invalidate_viommu(struct faultq_viommu *viommu,
				    struct faultq_invalidation *inv)
{
	int ret;

	if (viommu->core.type == FAULTQ_VIOMMU_TYPE_DEFAULT)
		return faultq_invalidate_hwpts(viommu, inv);
	inv->handled = 0;
	ret = viommu->driver->viommu_invalidate(&viommu->core, inv);
	inv->handled = ret ? min(inv->handled, inv->entry_num) : inv->entry_num;
	return ret;
}

static int faultq_invalidate_apply(struct faultq_invalidate_call *call,
				   struct faultq_invalidation *inv)
{
	return call->hwpt ?
		       faultq_invalidate_hwpt(call->driver, call->hwpt, inv) :
		       faultq_invalidate_viommu(call->viommu, inv);
}

static int faultq_invalidate_one_batch(struct faultq_invalidate_call *call,
				       struct faultq_invalidate_batch *batch)
{
	int bad, ret, told;
	u32 handled;

	bad = faultq_invalidate_fetch(call, batch);
	if (!batch->inv.entry_num)
		return bad;
	ret = faultq_invalidate_apply(call, &batch->inv);
	handled = batch->inv.handled;
	told = faultq_invalidate_tell(call, batch, handled + (ret == -EIO));
	call->done += handled;
	return ret ?: told ?: bad;
}

static int faultq_invalidate_batches(struct faultq_invalidate_call *call)
{
	struct faultq_invalidate_batch *batch;
	int ret = 0;

	batch = kmalloc(sizeof(*batch), GFP_KERNEL_ACCOUNT);
	if (!batch)
		return -ENOMEM;
	while (call->done < call->nr && !ret) {
		if (fatal_signal_pending(current))
			ret = -EINTR;
		else
			ret = faultq_invalidate_one_batch(call, batch);
		cond_resched();
	}
	kfree(batch);
	return ret;
}

/* Asks whether the type of entries is supported. */
static int faultq_invalidate_probe(struct faultq_invalidate_call *call)
{
	struct faultq_invalidation inv = { .data_type = call->data_type };

	return faultq_invalidate_apply(call, &inv);
}

/* Such a driver knows entries of iommufd: without results, or one by one. */
static int faultq_invalidate_plain(struct faultq_invalidate_call *call)
{
	const struct iommu_domain_ops *ops = call->hwpt->domain->ops;
	const struct faultq_invalidate_out out = {};
	bool whole = call->stride == call->format->in_size;
	struct iommu_user_data_array array;
	int ret;

	do {
		array = (struct iommu_user_data_array){
			.type = call->data_type,
			.uptr = faultq_invalidate_entry(call, call->done),
			.entry_len = call->format->in_size,
			.entry_num = whole ? call->nr : min(call->nr, 1U),
		};
		ret = ops->cache_invalidate_user(call->hwpt->domain, &array);
		if (!ret && call->nr && !whole)
			ret = faultq_invalidate_put(call, call->done, &out);
		call->done = min(call->done + array.entry_num, call->nr);
		if (!ret && fatal_signal_pending(current))
			ret = -EINTR;
		cond_resched();
	} while (!ret && call->done < call->nr);
	return ret;
}

/* Entries are for the whole of a VIOMMU that has a type of its own. */
static bool
faultq_invalidate_by_guest_ids(const struct faultq_invalidate_call *call)
{
	return !call->hwpt &&
	       call->viommu->core.type != FAULTQ_VIOMMU_TYPE_DEFAULT;
}

static bool faultq_invalidate_has_ops(const struct faultq_invalidate_call *call)
{
	const struct faultq_driver *driver = call->driver;

	if (!driver)
		return false;
	if (call->format->guest_ids)
		return driver->viommu_invalidate;
	return driver->domain_invalidate;
}

static int faultq_invalidate_run(struct faultq_invalidate_call *call)
{
	if (call->format->guest_ids != faultq_invalidate_by_guest_ids(call))
		return -EOPNOTSUPP;
	if (faultq_invalidate_has_ops(call))
		return call->nr ? faultq_invalidate_batches(call) :
				  faultq_invalidate_probe(call);
	if (call->hwpt && call->hwpt->domain->ops->cache_invalidate_user)
		return faultq_invalidate_plain(call);
	return -EOPNOTSUPP;
}

static int faultq_invalidate_on_hwpt(struct faultq_invalidate_call *call,
				     struct faultq_hwpt *hwpt)
{
	if (!hwpt->parent)
		return -EINVAL;
	call->hwpt = hwpt;
	call->viommu = hwpt->viommu;
	call->driver = hwpt->driver;
	return faultq_invalidate_run(call);
}

static int faultq_invalidate_on_id(struct faultq_invalidate_call *call,
				   struct faultq_ctx *ctx, u32 id)
{
	struct faultq_viommu *viommu;
	struct faultq_hwpt *hwpt;
	int ret;

	hwpt = faultq_hwpt_get(ctx, id);
	if (hwpt) {
		ret = faultq_invalidate_on_hwpt(call, hwpt);
		faultq_hwpt_put(hwpt);
		return ret;
	}
	viommu = faultq_viommu_get(ctx, id);
	if (!viommu)
		return -ENOENT;
	call->viommu = viommu;
	call->driver = viommu->driver;
	ret = faultq_invalidate_run(call);
	faultq_viommu_put(viommu);
	return ret;
}

static int
faultq_invalidate_check(const struct faultq_hwpt_invalidate *arg,
			const struct faultq_invalidate_format *format)
{
	if (!format)
		return -EOPNOTSUPP;
	if (arg->__reserved || arg->entry_num > FAULTQ_MAX_INVALIDATIONS)
		return -EINVAL;
	if (!arg->entry_num)
		return 0;
	if (arg->entry_len < format->in_size || arg->entry_len % sizeof(u64) ||
	    arg->entry_len >
		    format->in_size + sizeof(struct faultq_invalidate_out))
		return -EINVAL;
	return 0;
}

int faultq_hwpt_invalidate(struct faultq_cmd *cmd)
{
	struct faultq_hwpt_invalidate *arg = cmd->arg;
	struct faultq_invalidate_call call = {
		.format = faultq_invalidate_format_find(arg->data_type),
		.data_type = arg->data_type,
		.entries = u64_to_user_ptr(arg->data_uptr),
		.stride = arg->entry_len,
		.nr = arg->entry_num,
	};
	int ret, told;

	ret = faultq_invalidate_check(arg, call.format);
	if (!ret)
		ret = faultq_invalidate_on_id(&call, cmd->ctx, arg->hwpt_id);
	trace_faultq_invalidate(arg->hwpt_id, call.nr, call.done, ret);
	arg->entry_num = call.done;
	told = faultq_cmd_reply(cmd, sizeof(*arg));
	return ret ?: told;
}
