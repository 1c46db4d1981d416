// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where page requests leave the kernel's I/O page fault framework, and where
 * their answers go back into it.
 */
#include "compat.h"
#include "faultq_private.h"
#include "handle.h"

/**
 * faultq_iopf_answer() - answer a group and free it
 * @group: a group that was dequeued from the framework
 * @code: the answer
 *
 * Process context, no spinlock held: enters the IOMMU driver.
 */
void faultq_iopf_answer(struct iopf_group *group,
			enum iommu_page_response_code code)
{
	iopf_group_response(group, code);
	iopf_free_group(group);
}

/**
 * faultq_iopf_handler() - iopf_handler of every domain that names a QUEUE
 * @group: a complete group; faultq's from here on
 *
 * Called by iommu_report_device_fault() in the IOMMU driver's context. The
 * IOMMU driver calls no handler of an attachment that it has ended (see
 * faultq_driver.h), so the handle is there.
 *
 * Return: 0: the group will be answered, or is.
 */
int faultq_iopf_handler(struct iopf_group *group)
{
	struct faultq_attachment *attachment;

	faultq_compat_group_dequeue(group);
	attachment = faultq_handle_attachment(group->attach_handle);
	if (!attachment) {
		faultq_iopf_answer(group, IOMMU_PAGE_RESP_INVALID);
	} else if (!attachment->ring) {
		/* just replaced by an HWPT without a QUEUE */
		faultq_iopf_answer(group, IOMMU_PAGE_RESP_INVALID);
		faultq_attachment_put(attachment);
	} else {
		faultq_ring_arrive(attachment->ring, attachment, group);
	}
	return 0;
}
