/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel's IOMMU core knows an attachment by.
 */
#ifndef FAULTQ_HANDLE_H
#define FAULTQ_HANDLE_H

#include "faultq_private.h"

/**
 * struct faultq_handle - stands between the IOMMU core and an attachment
 * @core: stored in the IOMMU group while attached
 * @attachment: the attachment
 * @rcu: the fault path looks at it under RCU
 *
 * It is apart from the attachment because a kernel without a replacement of
 * PASIDs keeps the old handle in the group: then the two attachments exchange
 * handles (see faultq_compat_replace_pasid()).
 */
struct faultq_handle {
	struct iommu_attach_handle core;
	struct faultq_attachment __rcu *attachment;
	struct rcu_head rcu;
};

/**
 * faultq_handle_attachment() - the attachment behind a handle, referenced
 * @core: as found by the IOMMU core
 *
 * Return: the attachment, or NULL if its end was faster.
 */
static inline struct faultq_attachment *
faultq_handle_attachment(struct iommu_attach_handle *core)
{
	struct faultq_handle *handle =
		container_of(core, struct faultq_handle, core);
	struct faultq_attachment *attachment;

	rcu_read_lock();
	attachment = rcu_dereference(handle->attachment);
	if (!refcount_inc_not_zero(&attachment->users))
		attachment = NULL;
	rcu_read_unlock();
	return attachment;
}

#endif /* FAULTQ_HANDLE_H */
