/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Nested translation: its ioctls as functions, by the rules of calls.h, and a
 * bed that has what a guest needs.
 */
#ifndef SUPPORT_NESTED_H
#define SUPPORT_NESTED_H

#include "bed.h"

#define GUEST_PASID 0x77
#define HOST_PASID 0x1234

/* The root of a table that no test here walks */
#define GUEST_TABLE 0x100000ULL

int fq_parent(int ctx, __u32 dev);
int fq_nested_data(int ctx, struct faultq_hwpt_alloc *alloc);
int fq_nested(int ctx, __u32 dev, __u32 pt, __u32 queue);
int fq_viommu_typed(int ctx, __u32 dev, __u32 hwpt, __u32 type);
int fq_viommu(int ctx, __u32 dev, __u32 hwpt);
int fq_vdevice(int ctx, __u32 viommu, __u32 dev, __u64 virt_id);
int fq_invalidate(int ctx, __u32 id, const void *entries, __u32 entry_len,
		  __u32 *nr);
int fq_pasid_bind(int ctx, struct faultq_pasid_bind *bind);
int fq_pasid_unbind(int ctx, __u32 dev, __u32 guest_pasid);

/**
 * struct guest - a bed whose device has page tables of a guest
 * @bed: the bed
 * @parent: id of an HWPT that can be a parent, with nothing mapped
 * @nested: id of a nested HWPT on it, which names the bed's QUEUE
 * @viommu: id of a VIOMMU with the same parent
 */
struct guest {
	struct bed bed;
	__u32 parent;
	__u32 nested;
	__u32 viommu;
};

int guest_make(struct guest *guest);
void guest_free(struct guest *guest);
int guest_bind(const struct guest *guest, struct faultq_pasid_bind *bind);

/**
 * struct other_iommu - an IOMMU besides the one that beds are behind
 * @id: the mock's id of it
 * @dev: id of a DEVICE behind it
 */
struct other_iommu {
	__u32 id;
	__u32 dev;
};

int other_iommu_make(struct other_iommu *other, const struct bed *bed);
void other_iommu_free(struct other_iommu *other, const struct bed *bed);

#endif /* SUPPORT_NESTED_H */
