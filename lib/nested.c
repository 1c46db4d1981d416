// SPDX-License-Identifier: MIT
/*
 * What a guest has: page tables, VIOMMUs and their queues, PASIDs, invalidation.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#include "internal.h"

int faultq_hwpt_alloc_parent(int ctx, __u32 dev_id, __u32 *hwpt_id)
{
	struct faultq_hwpt_alloc arg = {
		.size = sizeof(arg),
		.flags = FAULTQ_HWPT_ALLOC_NEST_PARENT,
		.dev_id = dev_id,
	};
	int ret = faultq_call(ctx, FAULTQ_HWPT_ALLOC, &arg);

	if (ret)
		return ret;
	*hwpt_id = arg.out_hwpt_id;
	return 0;
}

/* @data: what user space says of the guest's table, in the form of @type */
static int alloc_nested(int ctx, struct faultq_hwpt_alloc *arg, __u32 queue_id,
			const void *data, __u32 length, __u32 *hwpt_id)
{
	int ret;

	arg->size = sizeof(*arg);
	arg->flags = queue_id ? FAULTQ_HWPT_ALLOC_FAULT_ID_VALID : 0;
	arg->fault_id = queue_id;
	arg->data_len = length;
	arg->data_uptr = (uintptr_t)data;
	ret = faultq_call(ctx, FAULTQ_HWPT_ALLOC, arg);
	if (ret)
		return ret;
	*hwpt_id = arg->out_hwpt_id;
	return 0;
}

int faultq_hwpt_alloc_vtd_s1(int ctx, __u32 dev_id, __u32 pt_id,
			     const struct faultq_hwpt_vtd_s1 *table,
			     __u32 queue_id, __u32 *hwpt_id)
{
	struct faultq_hwpt_alloc arg = {
		.dev_id = dev_id,
		.pt_id = pt_id,
		.data_type = FAULTQ_HWPT_DATA_VTD_S1,
	};

	return alloc_nested(ctx, &arg, queue_id, table, sizeof(*table),
			    hwpt_id);
}

int faultq_hwpt_alloc_arm_smmuv3(int ctx, __u32 dev_id, __u32 viommu_id,
				 const struct faultq_hwpt_arm_smmuv3 *ste,
				 __u32 queue_id, __u32 *hwpt_id)
{
	struct faultq_hwpt_alloc arg = {
		.dev_id = dev_id,
		.pt_id = viommu_id,
		.data_type = FAULTQ_HWPT_DATA_ARM_SMMUV3,
	};

	return alloc_nested(ctx, &arg, queue_id, ste, sizeof(*ste), hwpt_id);
}

static int invalidate(int ctx, struct faultq_hwpt_invalidate *arg, __u32 *nr)
{
	int ret;

	arg->size = sizeof(*arg);
	arg->entry_num = *nr;
	ret = faultq_call(ctx, FAULTQ_HWPT_INVALIDATE, arg);
	/* a file that is no context leaves the number as it was */
	*nr = ret == -ENOTTY || ret == -EBADF ? 0 : arg->entry_num;
	return ret;
}

int faultq_hwpt_invalidate_vtd_s1(int ctx, __u32 hwpt_id,
				  struct faultq_hwpt_vtd_s1_invalidate *entries,
				  __u32 *nr)
{
	struct faultq_hwpt_invalidate arg = {
		.hwpt_id = hwpt_id,
		.data_uptr = (uintptr_t)entries,
		.data_type = FAULTQ_HWPT_INVALIDATE_DATA_VTD_S1,
		.entry_len = sizeof(*entries),
	};

	return invalidate(ctx, &arg, nr);
}

int faultq_viommu_invalidate(int ctx, __u32 viommu_id,
			     struct faultq_viommu_arm_smmuv3_invalidate *cmds,
			     __u32 *nr)
{
	struct faultq_hwpt_invalidate arg = {
		.hwpt_id = viommu_id,
		.data_uptr = (uintptr_t)cmds,
		.data_type = FAULTQ_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3,
		.entry_len = sizeof(*cmds),
	};

	return invalidate(ctx, &arg, nr);
}

static int alloc_viommu(int ctx, struct faultq_viommu_alloc *arg,
			__u32 *viommu_id)
{
	int ret;

	arg->size = sizeof(*arg);
	ret = faultq_call(ctx, FAULTQ_VIOMMU_ALLOC, arg);
	if (ret)
		return ret;
	*viommu_id = arg->out_viommu_id;
	return 0;
}

int faultq_viommu_alloc(int ctx, __u32 dev_id, __u32 hwpt_id, __u32 type,
			__u32 *viommu_id)
{
	struct faultq_viommu_alloc arg = {
		.type = type,
		.dev_id = dev_id,
		.hwpt_id = hwpt_id,
	};

	return alloc_viommu(ctx, &arg, viommu_id);
}

int faultq_viommu_alloc_tegra241_cmdqv(int ctx, __u32 dev_id, __u32 hwpt_id,
				       struct faultq_viommu_tegra241_cmdqv *data,
				       __u32 *viommu_id)
{
	struct faultq_viommu_alloc arg = {
		.type = FAULTQ_VIOMMU_TYPE_TEGRA241_CMDQV,
		.dev_id = dev_id,
		.hwpt_id = hwpt_id,
		.data_len = sizeof(*data),
		.data_uptr = (uintptr_t)data,
	};

	return alloc_viommu(ctx, &arg, viommu_id);
}

int faultq_vcmdq_map(int ctx, const struct faultq_viommu_tegra241_cmdqv *data,
		     void **registers)
{
	void *start = mmap(NULL, data->out_vintf_mmap_length,
			   PROT_READ | PROT_WRITE, MAP_SHARED, ctx,
			   data->out_vintf_mmap_offset);

	if (start == MAP_FAILED)
		return -errno;
	*registers = start;
	return 0;
}

int faultq_hw_queue_alloc(int ctx, struct faultq_hw_queue_alloc *alloc)
{
	alloc->size = sizeof(*alloc);
	return faultq_call(ctx, FAULTQ_HW_QUEUE_ALLOC, alloc);
}

int faultq_vdevice_alloc(int ctx, __u32 viommu_id, __u32 dev_id, __u64 virt_id,
			 __u32 *vdevice_id)
{
	struct faultq_vdevice_alloc arg = {
		.size = sizeof(arg),
		.viommu_id = viommu_id,
		.dev_id = dev_id,
		.virt_id = virt_id,
	};
	int ret = faultq_call(ctx, FAULTQ_VDEVICE_ALLOC, &arg);

	if (ret)
		return ret;
	*vdevice_id = arg.out_vdevice_id;
	return 0;
}

int faultq_pasid_bind(int ctx, struct faultq_pasid_bind *bind)
{
	bind->size = sizeof(*bind);
	return faultq_call(ctx, FAULTQ_PASID_BIND, bind);
}

int faultq_pasid_unbind(int ctx, __u32 dev_id, __u32 guest_pasid)
{
	struct faultq_pasid_unbind arg = {
		.size = sizeof(arg),
		.dev_id = dev_id,
		.guest_pasid = guest_pasid,
	};

	return faultq_call(ctx, FAULTQ_PASID_UNBIND, &arg);
}
