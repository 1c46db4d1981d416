// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attachments: a domain on a PASID of an endpoint.
 *
 * Whatever is attached, replaced or detached, the order is the same. The
 * hardware is switched; what it has cached of the old domain is invalidated,
 * and it writes out the page requests that it made meanwhile; the queue is
 * emptied, so that these requests still find the old domain; then the new one
 * takes its place. All of it is under mock_iommu.lock, under which page
 * requests are reported: a domain that left is never reported against.
 */
#include <linux/slab.h>

#include "mock.h"

static struct mock_attachment *
mock_attachment_create(struct mock_endpoint *ep, u32 pasid,
		       struct mock_domain *domain)
{
	struct mock_attachment *new;

	new = kzalloc(sizeof(*new), GFP_KERNEL_ACCOUNT);
	if (!new)
		return NULL;
	new->ep = ep;
	new->pasid = pasid;
	new->domain = domain;
	new->faults = domain->domain.iopf_handler;
	return new;
}

/*
 * The first domain that handles faults opens the kernel's side of page
 * requests for the device, the last one closes it: the kernel then answers
 * Invalid to what is left.
 */
static int mock_iopf_get(struct mock_attachment *attachment)
{
	struct mock_endpoint *ep = attachment->ep;
	int ret;

	if (!attachment->faults)
		return 0;
	if (!ep->config.pri && !ep->config.stall)
		return -EOPNOTSUPP;
	if (!ep->iopf_users) {
		ret = iopf_queue_add_device(ep->iommu->iopf_queue, ep->dev);
		if (ret)
			return ret;
	}
	ep->iopf_users++;
	return 0;
}

static void mock_iopf_put(struct mock_attachment *attachment)
{
	struct mock_endpoint *ep = attachment->ep;

	if (!attachment->faults || --ep->iopf_users)
		return;
	iopf_queue_remove_device(ep->iommu->iopf_queue, ep->dev);
	mock_request_forget(ep);
}

/* From here on, what is unmapped in the domain is invalidated here as well. */
static void mock_attachment_link(struct mock_attachment *attachment)
{
	mutex_lock(&attachment->domain->lock);
	list_add(&attachment->node, &attachment->domain->attachments);
	mutex_unlock(&attachment->domain->lock);
}

static void mock_attachment_destroy(struct mock_attachment *attachment)
{
	mutex_lock(&attachment->domain->lock);
	list_del(&attachment->node);
	mutex_unlock(&attachment->domain->lock);
	mock_iopf_put(attachment);
	kfree(attachment);
}

/* @new is NULL to detach. Nothing here fails: memory is reserved. */
static void mock_attach_switch(struct mock_endpoint *ep, u32 pasid,
			       struct mock_attachment *old,
			       struct mock_attachment *new)
{
	const struct mock_kind *kind = ep->iommu->kind;
	struct mock_domain *from = old ? old->domain : NULL;

	if (new) {
		mock_attachment_link(new);
		kind->set(ep, pasid, from, new->domain);
	} else {
		kind->clear(ep, pasid);
	}
	kind->settle(ep, pasid, from, new ? new->domain : NULL);
	kind->process(ep->iommu);

	if (new)
		xa_store(&ep->attachments, pasid, new, GFP_KERNEL_ACCOUNT);
	else
		xa_erase(&ep->attachments, pasid);
	if (old)
		mock_attachment_destroy(old);
}

/**
 * mock_attach_misbehave() - have attachments fail
 * @ep: the endpoint
 * @what: MOCK_IOMMU_ATTACH_REFUSED or MOCK_IOMMU_ATTACH_BLOCKED
 * @nth: which one from now on is the first, from 1 on
 * @count: how many there are from it on; 0 for none any more
 */
void mock_attach_misbehave(struct mock_endpoint *ep, u32 what, u32 nth,
			   u32 count)
{
	mutex_lock(&ep->iommu->lock);
	if (what == MOCK_IOMMU_ATTACH_REFUSED)
		ep->refused = (struct mock_misattach){ nth - 1, count };
	else
		ep->blocked = (struct mock_misattach){ nth - 1, count };
	mutex_unlock(&ep->iommu->lock);
}

static bool mock_attach_fails(struct mock_misattach *misattach)
{
	if (!misattach->count)
		return false;
	if (misattach->skip) {
		misattach->skip--;
		return false;
	}
	misattach->count--;
	return true;
}

/*
 * Fails if it was told to. Some kernels attach the former domain of a RID again
 * after a failure, and warn if that fails: it must not. They do not say that
 * they replace a domain by itself, as faultq does.
 */
static int mock_attach_try(struct mock_endpoint *ep, u32 pasid,
			   const struct mock_domain *domain,
			   const struct iommu_domain *from)
{
	struct mock_attachment *old = xa_load(&ep->attachments, pasid);

	if (!pasid && domain == ep->blocked_rid && from != &domain->domain) {
		ep->blocked_rid = NULL;
		return 0;
	}
	if (mock_attach_fails(&ep->refused))
		return -ENOSPC;
	if (!mock_attach_fails(&ep->blocked))
		return 0;
	if (!pasid && old)
		ep->blocked_rid = old->domain;
	mock_detach(ep, pasid);
	return -ENOSPC;
}

/**
 * mock_attach() - attach a domain, in the place of one that may be there
 * @ep: the endpoint
 * @pasid: the PASID, 0 for the RID
 * @domain: the domain
 * @from: what the kernel believes to be attached, NULL for nothing or not known
 *
 * The caller holds mock_iommu.lock.
 *
 * Return: see mock_set_dev_pasid().
 */
int mock_attach(struct mock_endpoint *ep, u32 pasid, struct mock_domain *domain,
		const struct iommu_domain *from)
{
	struct mock_attachment *old, *new;
	int ret;

	lockdep_assert_held(&ep->iommu->lock);
	if (domain->iommu != ep->iommu || pasid >> ep->config.pasid_bits)
		return -EINVAL;
	/* an attachment that failed is undone by this: it must need no memory */
	old = xa_load(&ep->attachments, pasid);
	if (old && old->domain == domain)
		return 0;
	ret = mock_attach_try(ep, pasid, domain, from);
	if (ret)
		return ret;
	new = mock_attachment_create(ep, pasid, domain);
	if (!new)
		return -ENOMEM;
	ret = ep->iommu->kind->prepare(ep, pasid, domain);
	if (ret)
		goto err_free;
	ret = xa_reserve(&ep->attachments, pasid, GFP_KERNEL_ACCOUNT);
	if (ret)
		goto err_free;
	ret = mock_iopf_get(new);
	if (ret)
		goto err_release;
	mock_attach_switch(ep, pasid, old, new);
	return 0;

err_release:
	xa_release(&ep->attachments, pasid);
err_free:
	kfree(new);
	return ret;
}

/**
 * mock_detach() - block a PASID
 * @ep: the endpoint
 * @pasid: the PASID, 0 for the RID
 *
 * The caller holds mock_iommu.lock.
 */
void mock_detach(struct mock_endpoint *ep, u32 pasid)
{
	struct mock_attachment *old;

	lockdep_assert_held(&ep->iommu->lock);
	old = xa_load(&ep->attachments, pasid);
	if (old)
		mock_attach_switch(ep, pasid, old, NULL);
}
