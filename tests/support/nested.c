// SPDX-License-Identifier: GPL-2.0-only
#include <stdint.h>
#include <string.h>

#include "nested.h"

static const struct faultq_hwpt_vtd_s1 guest_table = {
	.pgtbl_addr = GUEST_TABLE,
	.addr_width = 48,
};

int fq_parent(int ctx, __u32 dev)
{
	return fq_hwpt_alloc(ctx,
			     &(struct faultq_hwpt_alloc){
				     .flags = FAULTQ_HWPT_ALLOC_NEST_PARENT,
				     .dev_id = dev,
			     });
}

/* Fields of @alloc that are 0 get what is right for a table of VT-d. */
int fq_nested_data(int ctx, struct faultq_hwpt_alloc *alloc)
{
	if (!alloc->data_type)
		alloc->data_type = FAULTQ_HWPT_DATA_VTD_S1;
	if (!alloc->data_uptr) {
		alloc->data_uptr = (uintptr_t)&guest_table;
		alloc->data_len = sizeof(guest_table);
	}
	return fq_hwpt_alloc(ctx, alloc);
}

/* @queue is 0 for an HWPT that names none. */
int fq_nested(int ctx, __u32 dev, __u32 pt, __u32 queue)
{
	struct faultq_hwpt_alloc alloc = {
		.flags = queue ? FAULTQ_HWPT_ALLOC_FAULT_ID_VALID : 0,
		.dev_id = dev,
		.pt_id = pt,
		.fault_id = queue,
	};

	return fq_nested_data(ctx, &alloc);
}

int fq_viommu_typed(int ctx, __u32 dev, __u32 hwpt, __u32 type)
{
	struct faultq_viommu_alloc arg = {
		.size = sizeof(arg),
		.type = type,
		.dev_id = dev,
		.hwpt_id = hwpt,
	};
	int ret = call(ctx, FAULTQ_VIOMMU_ALLOC, &arg);

	return ret ? ret : (int)arg.out_viommu_id;
}

int fq_viommu(int ctx, __u32 dev, __u32 hwpt)
{
	return fq_viommu_typed(ctx, dev, hwpt, FAULTQ_VIOMMU_TYPE_DEFAULT);
}

int fq_vdevice(int ctx, __u32 viommu, __u32 dev, __u64 virt_id)
{
	struct faultq_vdevice_alloc arg = {
		.size = sizeof(arg),
		.viommu_id = viommu,
		.dev_id = dev,
		.virt_id = virt_id,
	};
	int ret = call(ctx, FAULTQ_VDEVICE_ALLOC, &arg);

	return ret ? ret : (int)arg.out_vdevice_id;
}

int fq_invalidate(int ctx, __u32 id, const void *entries, __u32 entry_len,
		  __u32 *nr)
{
	struct faultq_hwpt_invalidate arg = {
		.size = sizeof(arg),
		.hwpt_id = id,
		.data_uptr = (uintptr_t)entries,
		.data_type = FAULTQ_HWPT_INVALIDATE_DATA_VTD_S1,
		.entry_len = entry_len,
		.entry_num = *nr,
	};
	int ret = call(ctx, FAULTQ_HWPT_INVALIDATE, &arg);

	*nr = arg.entry_num;
	return ret;
}

int fq_pasid_bind(int ctx, struct faultq_pasid_bind *bind)
{
	bind->size = sizeof(*bind);
	return call(ctx, FAULTQ_PASID_BIND, bind);
}

int fq_pasid_unbind(int ctx, __u32 dev, __u32 guest_pasid)
{
	return call(ctx, FAULTQ_PASID_UNBIND,
		    &(struct faultq_pasid_unbind){
			    .size = sizeof(struct faultq_pasid_unbind),
			    .dev_id = dev,
			    .guest_pasid = guest_pasid,
		    });
}

static int keep(int ret, __u32 *id)
{
	*id = ret;
	return ret < 0 ? ret : 0;
}

int guest_make(struct guest *guest)
{
	struct bed *bed = &guest->bed;
	int ret = bed_make(bed, &(struct faultq_queue_alloc){});

	if (!ret)
		ret = keep(fq_parent(bed->ctx, bed->dev), &guest->parent);
	if (!ret)
		ret = keep(fq_nested(bed->ctx, bed->dev, guest->parent,
				     bed->queue),
			   &guest->nested);
	if (!ret)
		ret = keep(fq_viommu(bed->ctx, bed->dev, guest->parent),
			   &guest->viommu);
	return ret;
}

void guest_free(struct guest *guest)
{
	bed_free(&guest->bed);
}

/*
 * Fields of @bind that are 0 get what suits most tests: GUEST_PASID on
 * HOST_PASID, with the bed's QUEUE and the guest's parent.
 */
int guest_bind(const struct guest *guest, struct faultq_pasid_bind *bind)
{
	bind->flags |= FAULTQ_PASID_BIND_FAULT_ID_VALID;
	bind->fault_id = guest->bed.queue;
	bind->dev_id = guest->bed.dev;
	if (!bind->pt_id)
		bind->pt_id = guest->parent;
	if (!bind->guest_pasid)
		bind->guest_pasid = GUEST_PASID;
	if (!bind->host_pasid && !(bind->flags & FAULTQ_PASID_BIND_ALLOC))
		bind->host_pasid = HOST_PASID;
	if (!bind->data_type)
		bind->data_type = FAULTQ_HWPT_DATA_VTD_S1;
	if (!bind->vtd_s1.addr_width)
		bind->vtd_s1 = guest_table;
	return fq_pasid_bind(guest->bed.ctx, bind);
}

int other_iommu_make(struct other_iommu *other, const struct bed *bed)
{
	struct mock_iommu_endpoint_add add = {
		.flags = MOCK_IOMMU_ENDPOINT_ATS | MOCK_IOMMU_ENDPOINT_PRI,
		.pasid_bits = MOCK_IOMMU_MAX_PASID_BITS,
	};
	int ret = keep(mock_iommu_add(bed->mock), &other->id);

	if (ret)
		return ret;
	add.iommu_id = other->id;
	return keep(bind_new(bed->mock, bed->ctx, &add), &other->dev);
}

void other_iommu_free(struct other_iommu *other, const struct bed *bed)
{
	mock_iommu_remove(bed->mock, other->id);
}
