// SPDX-License-Identifier: MIT
/*
 * Page tables of guests: nested HWPTs, VIOMMUs, guest PASIDs, invalidation.
 */
#include <errno.h>
#include <stdint.h>

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

int faultq_hwpt_alloc_vtd_s1(int ctx, __u32 dev_id, __u32 pt_id,
			     const struct faultq_hwpt_vtd_s1 *table,
			     __u32 queue_id, __u32 *hwpt_id)
{
	struct faultq_hwpt_alloc arg = {
		.size = sizeof(arg),
		.flags = queue_id ? FAULTQ_HWPT_ALLOC_FAULT_ID_VALID : 0,
		.dev_id = dev_id,
		.pt_id = pt_id,
		.data_type = FAULTQ_HWPT_DATA_VTD_S1,
		.data_len = sizeof(*table),
		.data_uptr = (uintptr_t)table,
		.fault_id = queue_id,
	};
	int ret = faultq_call(ctx, FAULTQ_HWPT_ALLOC, &arg);

	if (ret)
		return ret;
	*hwpt_id = arg.out_hwpt_id;
	return 0;
}

int faultq_hwpt_invalidate_vtd_s1(int ctx, __u32 hwpt_id,
				  struct faultq_hwpt_vtd_s1_invalidate *entries,
				  __u32 *nr)
{
	struct faultq_hwpt_invalidate arg = {
		.size = sizeof(arg),
		.hwpt_id = hwpt_id,
		.data_uptr = (uintptr_t)entries,
		.data_type = FAULTQ_HWPT_INVALIDATE_DATA_VTD_S1,
		.entry_len = sizeof(*entries),
		.entry_num = *nr,
	};
	int ret = faultq_call(ctx, FAULTQ_HWPT_INVALIDATE, &arg);

	/* a file that is no context leaves the number as it was */
	*nr = ret == -ENOTTY || ret == -EBADF ? 0 : arg.entry_num;
	return ret;
}

int faultq_viommu_alloc(int ctx, __u32 dev_id, __u32 hwpt_id, __u32 type,
			__u32 *viommu_id)
{
	struct faultq_viommu_alloc arg = {
		.size = sizeof(arg),
		.type = type,
		.dev_id = dev_id,
		.hwpt_id = hwpt_id,
	};
	int ret = faultq_call(ctx, FAULTQ_VIOMMU_ALLOC, &arg);

	if (ret)
		return ret;
	*viommu_id = arg.out_viommu_id;
	return 0;
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
