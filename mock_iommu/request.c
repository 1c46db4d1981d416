// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page requests, and stalls, on their way from the driver of a kind to the
 * kernel's I/O page fault framework, and their answers on the way back.
 */
#include <linux/string.h>

#include "mock.h"

/* With a guest's PASID table, all PASIDs are its nested domain's on the RID. */
static struct mock_attachment *
mock_request_find_nested(struct mock_endpoint *ep)
{
	struct mock_attachment *attachment = xa_load(&ep->attachments, 0);

	return attachment && attachment->domain->parent ? attachment : NULL;
}

/* Who shall hear of a request; NULL if no one who handles faults is there. */
static struct mock_attachment *
mock_request_find(struct mock_iommu *iommu, u16 rid,
		  const struct iommu_fault_page_request *prm)
{
	struct mock_attachment *attachment;
	struct mock_endpoint *ep;
	u32 pasid = 0;

	ep = xa_load(&iommu->rids, rid);
	if (!ep)
		return NULL;
	if (prm->flags & IOMMU_FAULT_PAGE_REQUEST_PASID_VALID)
		pasid = prm->pasid;
	attachment = xa_load(&ep->attachments, pasid);
	if (!attachment && iommu->kind->user_pasid_table)
		attachment = mock_request_find_nested(ep);
	return attachment && attachment->faults ? attachment : NULL;
}

static bool mock_request_is_last(const struct iommu_fault_page_request *prm)
{
	return prm->flags & IOMMU_FAULT_PAGE_REQUEST_LAST_PAGE;
}

/*
 * The kernel keeps what comes before the last page of a group until that comes.
 * An endpoint that behaves has no more of them than credits; one that was reset,
 * or is broken, does not know what it has sent.
 */
static bool mock_request_is_too_much(const struct mock_endpoint *ep,
				     const struct iommu_fault_page_request *prm)
{
	return !mock_request_is_last(prm) && ep->partial >= ep->config.credits;
}

static void mock_request_count(struct mock_endpoint *ep,
			       const struct iommu_fault_page_request *prm)
{
	if (!mock_request_is_last(prm)) {
		ep->partial++;
		ep->partial_of[prm->grpid]++;
	} else if (ep->partial) {
		ep->partial -= ep->partial_of[prm->grpid];
		ep->partial_of[prm->grpid] = 0;
	}
}

/* The kernel has forgotten what it kept of groups that were not whole. */
void mock_request_forget(struct mock_endpoint *ep)
{
	lockdep_assert_held(&ep->iommu->lock);
	ep->partial = 0;
	memset(ep->partial_of, 0, sizeof(ep->partial_of));
}

/* Has it forget that, of all endpoints of an instance. */
void mock_request_discard(struct mock_iommu *iommu)
{
	struct mock_endpoint *ep;
	unsigned long rid;

	lockdep_assert_held(&iommu->lock);
	iopf_queue_discard_partial(iommu->iopf_queue);
	xa_for_each(&iommu->rids, rid, ep)
		mock_request_forget(ep);
}

/**
 * mock_request_report() - report a page request
 * @iommu: the instance, locked
 * @rid: of the endpoint that made it
 * @prm: the request
 *
 * Return: false if there is no one to report it to, or the endpoint sends more
 * than it may, and it is to be answered by the driver.
 */
bool mock_request_report(struct mock_iommu *iommu, u16 rid,
			 const struct iommu_fault_page_request *prm)
{
	struct iopf_fault fault = {
		.fault.type = IOMMU_FAULT_PAGE_REQ,
		.fault.prm = *prm,
	};
	struct mock_attachment *attachment;

	lockdep_assert_held(&iommu->lock);
	attachment = mock_request_find(iommu, rid, prm);
	if (!attachment || mock_request_is_too_much(attachment->ep, prm))
		return false;
	mock_request_count(attachment->ep, prm);
	/* if it fails, it has answered by mock_page_response() */
	iommu_report_device_fault(attachment->ep->dev, &fault);
	return true;
}

/* &faultq_driver.drain: what was taken in is reported under mock_iommu.lock. */
void mock_request_drain(struct device *dev)
{
	struct mock_endpoint *ep = dev_iommu_priv_get(dev);
	struct mock_iommu *iommu = ep->iommu;

	mutex_lock(&iommu->lock);
	iommu->kind->process(iommu);
	mutex_unlock(&iommu->lock);
}

/**
 * mock_page_response() - iommu_ops.page_response
 * @dev: the device
 * @fault: the last page request of the group, or one that failed
 * @response: the answer
 *
 * Called under the device's fault locks, with or without mock_iommu.lock. The
 * kernel also answers a request that is not the last of its group when it
 * cannot take it; hardware has no such answer.
 */
void mock_page_response(struct device *dev, struct iopf_fault *fault,
			struct iommu_page_response *response)
{
	const struct iommu_fault_page_request *prm = &fault->fault.prm;
	struct mock_endpoint *ep = dev_iommu_priv_get(dev);

	if (prm->flags & IOMMU_FAULT_PAGE_REQUEST_LAST_PAGE)
		ep->iommu->kind->respond(ep, prm, response->code);
}
