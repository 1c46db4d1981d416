// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ioctls by which an endpoint does something. What user space asks for is
 * checked here; the hardware model takes it as it is.
 */
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "control.h"
#include "mock.h"

#define MOCK_DEFAULT_GROUP_PAGES 1
#define MOCK_DEFAULT_RETRIES 8

#define MOCK_DMA_FLAGS                                     \
	(MOCK_IOMMU_DMA_PASID | MOCK_IOMMU_DMA_DST_PASID | \
	 MOCK_IOMMU_DMA_PRIV | MOCK_IOMMU_DMA_EXEC)
#define MOCK_REQUEST_FLAGS                                    \
	(MOCK_IOMMU_REQUEST_PASID | MOCK_IOMMU_REQUEST_LAST | \
	 MOCK_IOMMU_REQUEST_PRIVATE | MOCK_IOMMU_REQUEST_AUTO_GRPID)
#define MOCK_PERMS                                                             \
	(MOCK_IOMMU_PERM_READ | MOCK_IOMMU_PERM_WRITE | MOCK_IOMMU_PERM_EXEC | \
	 MOCK_IOMMU_PERM_PRIV)

int mock_ioctl_endpoint_reset(void *arg)
{
	struct mock_iommu_endpoint_reset *reset = arg;
	struct mock_endpoint *ep;

	ep = mock_endpoint_get(reset->endpoint_id);
	if (!ep)
		return -ENOENT;
	hw_endpoint_reset(ep->hw);
	mock_endpoint_put(ep);
	return 0;
}

int mock_ioctl_misbehave(void *arg)
{
	struct mock_iommu_misbehave *misbehave = arg;
	struct mock_endpoint *ep;
	int ret = 0;

	if (misbehave->flags || misbehave->what > MOCK_IOMMU_ATTACH_BLOCKED)
		return -EOPNOTSUPP;
	if (!misbehave->nth)
		return -EINVAL;
	ep = mock_endpoint_get(misbehave->endpoint_id);
	if (!ep)
		return -ENOENT;
	if (misbehave->what > MOCK_IOMMU_INV_BAD_DESCRIPTOR)
		mock_attach_misbehave(ep, misbehave->what, misbehave->nth,
				      misbehave->count);
	else if (ep->config.ats)
		hw_endpoint_misbehave(ep->hw, misbehave->what, misbehave->nth,
				      misbehave->count);
	else
		ret = -EOPNOTSUPP;
	mock_endpoint_put(ep);
	return ret;
}

static bool mock_range_wraps(u64 iova, u64 length)
{
	u64 last;

	return check_add_overflow(iova, length - 1, &last);
}

static bool mock_pasid_ok(bool has_pasid, u32 pasid, u32 bits)
{
	return has_pasid ? !(pasid >> bits) : !pasid;
}

/* Execution and supervisor mode are told by what carries the PASID. */
static bool mock_dma_mode_ok(const struct mock_iommu_dma *dma)
{
	u32 mode = dma->flags & (MOCK_IOMMU_DMA_PRIV | MOCK_IOMMU_DMA_EXEC);

	if (mode && !(dma->flags & MOCK_IOMMU_DMA_PASID))
		return false;
	return !(mode & MOCK_IOMMU_DMA_EXEC) || dma->op != MOCK_IOMMU_DMA_WRITE;
}

/* What has no meaning for the operation must be 0. */
static int mock_dma_check(const struct mock_iommu_dma *dma, u32 pasid_bits)
{
	bool copy = dma->op == MOCK_IOMMU_DMA_COPY;

	if (dma->flags & ~MOCK_DMA_FLAGS || dma->op > MOCK_IOMMU_DMA_COMPARE ||
	    dma->__reserved)
		return -EOPNOTSUPP;
	if (copy ? dma->buf != 0 :
		   dma->dst_iova || dma->flags & MOCK_IOMMU_DMA_DST_PASID)
		return -EINVAL;
	if (!mock_dma_mode_ok(dma))
		return -EINVAL;
	if (!mock_pasid_ok(dma->flags & MOCK_IOMMU_DMA_PASID, dma->pasid,
			   pasid_bits) ||
	    !mock_pasid_ok(dma->flags & MOCK_IOMMU_DMA_DST_PASID,
			   dma->dst_pasid, pasid_bits))
		return -EINVAL;
	if (!dma->length || dma->length > MOCK_IOMMU_MAX_DMA_LENGTH ||
	    dma->group_pages > MOCK_IOMMU_MAX_GROUP_PAGES)
		return -EINVAL;
	if (mock_range_wraps(dma->iova, dma->length) ||
	    (copy && mock_range_wraps(dma->dst_iova, dma->length)))
		return -EOVERFLOW;
	if (!copy && !access_ok(u64_to_user_ptr(dma->buf), dma->length))
		return -EFAULT;
	return 0;
}

static void mock_dma_prepare(struct mock_iommu_dma *dma)
{
	if (!dma->group_pages)
		dma->group_pages = MOCK_DEFAULT_GROUP_PAGES;
	if (!dma->max_retries)
		dma->max_retries = MOCK_DEFAULT_RETRIES;
	dma->out_status = 0;
	dma->out_reason = 0;
	dma->out_perm = 0;
	dma->out_fault_iova = 0;
	dma->out_done = 0;
	dma->out_page_requests = 0;
	dma->out_groups = 0;
	dma->out_retries = 0;
	dma->out_stage = 0;
	dma->out_on_walk = 0;
	dma->out_fault_addr = 0;
}

int mock_ioctl_dma(void *arg)
{
	struct mock_iommu_dma *dma = arg;
	struct mock_endpoint *ep;
	int ret;

	ep = mock_endpoint_get(dma->endpoint_id);
	if (!ep)
		return -ENOENT;
	ret = mock_dma_check(dma, ep->config.pasid_bits);
	if (!ret) {
		mock_dma_prepare(dma);
		ret = hw_dma_run(ep->hw, dma);
	}
	mock_endpoint_put(ep);
	return ret;
}

static int mock_request_check(const struct mock_iommu_request *request)
{
	if (request->flags & ~MOCK_REQUEST_FLAGS || request->perm & ~MOCK_PERMS)
		return -EOPNOTSUPP;
	if (!mock_pasid_ok(request->flags & MOCK_IOMMU_REQUEST_PASID,
			   request->pasid, MOCK_IOMMU_MAX_PASID_BITS) ||
	    request->grpid >= MOCK_IOMMU_MAX_GROUPS ||
	    request->addr & ~HW_PAGE_MASK)
		return -EINVAL;
	if (!(request->flags & MOCK_IOMMU_REQUEST_PRIVATE) &&
	    (request->private_data[0] || request->private_data[1]))
		return -EINVAL;
	return 0;
}

static int mock_requests_check(const struct mock_iommu_request *requests,
			       u32 count)
{
	int ret = 0;

	while (count-- && !ret)
		ret = mock_request_check(requests++);
	return ret;
}

/* Sends the array at @user, and writes the part that was sent back to it. */
static int mock_requests_send(struct mock_endpoint *ep,
			      struct mock_iommu_request __user *user, u32 count,
			      bool force)
{
	struct mock_iommu_request *requests;
	int ret;

	requests = memdup_array_user(user, count, sizeof(*requests));
	if (IS_ERR(requests))
		return PTR_ERR(requests);
	ret = mock_requests_check(requests, count);
	if (!ret)
		ret = hw_pri_send(ep->hw, requests, count, force);
	if (ret > 0 && copy_to_user(user, requests, ret * sizeof(*requests)))
		ret = -EFAULT;
	kfree(requests);
	return ret;
}

/*
 * @force lets an endpoint without PRI send page requests, to model a broken
 * one. An endpoint that can be stalled never may: the driver distinguishes
 * responses to page requests from those to stalls by this property.
 */
static bool mock_may_request(const struct mock_endpoint *ep, bool force)
{
	return ep->config.pri || (force && !ep->config.stall);
}

int mock_ioctl_page_request(void *arg)
{
	struct mock_iommu_page_request *request = arg;
	bool force = request->flags & MOCK_IOMMU_PAGE_REQUEST_FORCE;
	void __user *user = u64_to_user_ptr(request->requests);
	struct mock_endpoint *ep;
	int ret = -EOPNOTSUPP;

	if (request->flags & ~MOCK_IOMMU_PAGE_REQUEST_FORCE ||
	    request->__reserved)
		return -EOPNOTSUPP;
	if (!request->count || request->count > MOCK_IOMMU_MAX_REQUESTS)
		return -EINVAL;
	ep = mock_endpoint_get(request->endpoint_id);
	if (!ep)
		return -ENOENT;
	if (mock_may_request(ep, force))
		ret = mock_requests_send(ep, user, request->count, force);
	mock_endpoint_put(ep);
	if (ret < 0)
		return ret;
	request->out_sent = ret;
	return 0;
}

static int mock_responses_read(struct mock_endpoint *ep,
			       struct mock_iommu_response_read *read)
{
	struct mock_iommu_response *responses;
	int ret;

	responses = kmalloc_array(read->count, sizeof(*responses), GFP_KERNEL);
	if (!responses)
		return -ENOMEM;
	ret = hw_pri_read_log(ep->hw, responses, read->count, read->timeout_ms,
			      &read->out_lost);
	if (ret > 0 && copy_to_user(u64_to_user_ptr(read->responses), responses,
				    ret * sizeof(*responses)))
		ret = -EFAULT;
	kfree(responses);
	return ret;
}

int mock_ioctl_response_read(void *arg)
{
	struct mock_iommu_response_read *read = arg;
	struct mock_endpoint *ep;
	int ret;

	if (read->flags)
		return -EOPNOTSUPP;
	if (!read->count || read->count > MOCK_IOMMU_RESPONSE_LOG)
		return -EINVAL;
	ep = mock_endpoint_get(read->endpoint_id);
	if (!ep)
		return -ENOENT;
	ret = mock_responses_read(ep, read);
	mock_endpoint_put(ep);
	if (ret < 0)
		return ret;
	read->out_count = ret;
	return 0;
}

static int mock_fault_check(const struct mock_iommu_fault *fault)
{
	if (fault->flags & ~MOCK_IOMMU_REQUEST_PASID ||
	    fault->perm & ~MOCK_PERMS)
		return -EOPNOTSUPP;
	if (!mock_pasid_ok(fault->flags & MOCK_IOMMU_REQUEST_PASID,
			   fault->pasid, MOCK_IOMMU_MAX_PASID_BITS) ||
	    !fault->reason || fault->reason > U8_MAX || !fault->count)
		return -EINVAL;
	return 0;
}

int mock_ioctl_fault(void *arg)
{
	struct mock_iommu_fault *fault = arg;
	struct mock_endpoint *ep;
	int ret;

	ret = mock_fault_check(fault);
	if (ret)
		return ret;
	ep = mock_endpoint_get(fault->endpoint_id);
	if (!ep)
		return -ENOENT;
	fault->out_done = 0;
	ret = hw_dma_fault(ep->hw, fault);
	mock_endpoint_put(ep);
	return ret;
}

int mock_ioctl_queue_error(void *arg)
{
	struct mock_iommu_queue_error *error = arg;
	struct mock_endpoint *ep;
	int ret = 0;

	if (error->flags || error->what > MOCK_IOMMU_INV_BAD_DESCRIPTOR)
		return -EOPNOTSUPP;
	ep = mock_endpoint_get(error->endpoint_id);
	if (!ep)
		return -ENOENT;
	if (ep->config.ats) {
		hw_endpoint_misbehave(ep->hw, error->what, 1, 1);
		ep->iommu->kind->flush_endpoint(ep);
	} else {
		ret = -EOPNOTSUPP;
	}
	mock_endpoint_put(ep);
	return ret;
}
