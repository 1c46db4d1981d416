// SPDX-License-Identifier: GPL-2.0-only
/*
 * The DMA engine of an endpoint. It works page by page, through a page of its
 * own: memory of the caller is accessed with no lock held, so that it may
 * fault, even for pages that whoever serves the endpoint's faults provides.
 */
#include <linux/delay.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "hw_model.h"
#include "mock_trace.h"

/* Faults that are recorded before their interrupts are waited for */
#define HW_FAULT_BURST 64U

/* From 100 us to 1.6 ms between requests for the same page */
#define HW_BACK_OFF_US 100
#define HW_BACK_OFF_DOUBLINGS 4U

/**
 * struct hw_dma - a DMA under way
 * @ep: the endpoint
 * @arg: what to do, and what came of it so far
 * @page: what was read or is to be written
 * @other: what to compare it with
 * @resets: how often the endpoint was reset when the DMA began
 */
struct hw_dma {
	struct hw_endpoint *ep;
	struct mock_iommu_dma *arg;
	u8 *page;
	u8 *other;
	u32 resets;
};

/**
 * struct hw_access - an access to a part of one page
 * @source: who
 * @request: where, and what it needs
 * @end: where the range of the DMA ends that it is part of
 * @len: how much
 * @retries: times that it missed again after a request was answered Success
 * @answered: a request was answered Success since the last miss
 */
struct hw_access {
	struct hw_source source;
	struct hw_request request;
	u64 end;
	size_t len;
	u32 retries;
	bool answered;
};

/* What was asked for is told as it is. */
static_assert(HW_PERM_R == (int)MOCK_IOMMU_PERM_READ &&
	      HW_PERM_X == (int)MOCK_IOMMU_PERM_EXEC);

/* 0 or a fault reason; what refused the access is noted as well */
static u8 hw_dma_move(struct hw_dma *dma, const struct hw_access *access,
		      struct hw_fault *fault)
{
	struct hw_page page;
	u64 addr;
	u8 reason;
	int ret;

	reason = hw_endpoint_translate(dma->ep, &access->source,
				       &access->request, &page, fault);
	dma->arg->out_stage = fault->stage;
	dma->arg->out_on_walk = fault->on_walk;
	dma->arg->out_fault_addr = fault->addr;
	if (reason)
		return reason;
	addr = page.frame | (access->request.addr & ~HW_PAGE_MASK);
	if (access->request.perm & HW_PERM_W)
		ret = hw_mem_write(addr, dma->page, access->len);
	else
		ret = hw_mem_read(addr, dma->page, access->len);
	return ret ? dma->ep->hw->kind->bad_memory : 0;
}

/* Whether an access that missed is to be given up. */
static bool hw_dma_hopeless(struct hw_dma *dma, struct hw_access *access)
{
	if (!access->answered)
		return false;
	access->answered = false;
	access->retries++;
	dma->arg->out_retries++;
	return access->retries >= dma->arg->max_retries;
}

static unsigned int hw_dma_pages(const struct hw_dma *dma,
				 const struct hw_access *access)
{
	u64 pages = ((access->end - 1) >> HW_PAGE_SHIFT) -
		    (access->request.addr >> HW_PAGE_SHIFT) + 1;

	return min_t(u64, pages, dma->arg->group_pages);
}

/*
 * Nothing will repair it, so it is recorded. An endpoint that has ATS and was
 * told that a translation does not exist, or grants too little, which by itself
 * is no fault, makes the access without a translation: that one is recorded.
 */
static void hw_dma_block(struct hw_dma *dma, const struct hw_access *access,
			 u8 reason, const struct hw_fault *fault,
			 struct hw_wait *wait)
{
	const struct hw_kind *kind = dma->ep->hw->kind;
	bool ats = dma->ep->config.ats && !kind->recoverable(reason);

	dma->arg->out_reason = reason;
	wait->status = MOCK_IOMMU_DMA_BLOCKED;
	kind->record(dma->ep->hw, &access->source, ats, &access->request,
		     reason, fault);
}

/*
 * An access that was refused: ask for the page, or say in @wait->status why
 * not. Returns as hw_pri_ask() does.
 */
static int hw_dma_refused(struct hw_dma *dma, struct hw_access *access,
			  u8 reason, const struct hw_fault *fault,
			  struct hw_wait *wait)
{
	const struct hw_endpoint_config *config = &dma->ep->config;
	const struct hw_kind *kind = dma->ep->hw->kind;

	if (!(config->pri || (config->stall && fault->stall)) ||
	    !kind->recoverable(reason)) {
		hw_dma_block(dma, access, reason, fault, wait);
		return 0;
	}
	if (hw_dma_hopeless(dma, access)) {
		wait->status = MOCK_IOMMU_DMA_NO_PROGRESS;
		return 0;
	}
	if (config->stall)
		return kind->stall(dma->ep, &access->source, &access->request,
				   reason, fault, wait);
	return hw_pri_ask(dma->ep, &access->source, &access->request,
			  hw_dma_pages(dma, access), wait);
}

/* One access, or the page requests for it; returns as hw_pri_ask() does. */
static int hw_dma_try(struct hw_dma *dma, struct hw_access *access,
		      struct hw_wait *wait)
{
	struct hw_endpoint *ep = dma->ep;
	struct hw_fault fault = {};
	int asked = 0;
	u8 reason;

	down_read(&ep->hw->access);
	if (READ_ONCE(ep->gone)) {
		wait->status = MOCK_IOMMU_DMA_GONE;
	} else if (READ_ONCE(ep->resets) != dma->resets) {
		wait->status = MOCK_IOMMU_DMA_RESET;
	} else {
		reason = hw_dma_move(dma, access, &fault);
		if (reason)
			asked = hw_dma_refused(dma, access, reason, &fault,
					       wait);
	}
	up_read(&ep->hw->access);
	return asked;
}

static bool hw_dma_cancel(struct hw_dma *dma, struct hw_wait *wait)
{
	if (dma->ep->config.stall)
		return dma->ep->hw->kind->stall_cancel(dma->ep, wait);
	return hw_pri_cancel(dma->ep, wait);
}

/* Waits for the answer to what was asked. */
static u32 hw_dma_await(struct hw_dma *dma, struct hw_wait *wait)
{
	if (wait_for_completion_interruptible(&wait->done) &&
	    hw_dma_cancel(dma, wait))
		return MOCK_IOMMU_DMA_INTERRUPTED;
	return wait->status;
}

/* Waits until it makes sense to ask again, or a signal comes. */
static int hw_dma_wait_room(struct hw_dma *dma)
{
	if (dma->ep->config.stall)
		return dma->ep->hw->kind->stall_wait(dma->ep, dma->resets);
	return hw_pri_wait_credit(dma->ep, dma->resets);
}

/*
 * A page that is still missing after Success is not asked for again at once:
 * while the IOMMU's queue is full it gives that answer to everything.
 */
static void hw_dma_back_off(const struct hw_access *access)
{
	unsigned int us;

	if (!access->retries)
		return;
	us = HW_BACK_OFF_US << min(access->retries - 1, HW_BACK_OFF_DOUBLINGS);
	usleep_range(us, 2 * us);
}

/*
 * Accesses a part of a page, however many page requests it takes. An answer
 * may be there at once, as often as @max_retries says, so that the wait alone
 * would not notice a signal.
 */
static u32 hw_dma_access(struct hw_dma *dma, struct hw_access *access)
{
	struct hw_wait wait = { .resets = dma->resets };
	u32 status;
	int asked;

	for (;;) {
		asked = hw_dma_try(dma, access, &wait);
		if (asked > 0 || wait.status)
			hw_raise(dma->ep->hw);
		if (!asked)
			return wait.status;
		if (asked < 0) {
			if (hw_dma_wait_room(dma))
				return MOCK_IOMMU_DMA_INTERRUPTED;
			continue;
		}
		dma->arg->out_page_requests += asked;
		dma->arg->out_groups++;
		status = hw_dma_await(dma, &wait);
		if (status)
			return status;
		if (signal_pending(current))
			return MOCK_IOMMU_DMA_INTERRUPTED;
		access->answered = true;
		hw_dma_back_off(access);
	}
}

static u32 hw_dma_read(struct hw_dma *dma, size_t len)
{
	struct mock_iommu_dma *arg = dma->arg;
	struct hw_access access = {
		.source.rid = dma->ep->config.rid,
		.source.has_pasid = arg->flags & MOCK_IOMMU_DMA_PASID,
		.source.pasid = arg->pasid,
		.request.addr = arg->iova + arg->out_done,
		.request.perm =
			HW_PERM_R |
			(arg->flags & MOCK_IOMMU_DMA_EXEC ? HW_PERM_X : 0),
		.request.priv = arg->flags & MOCK_IOMMU_DMA_PRIV,
		.end = arg->iova + arg->length,
		.len = len,
	};
	u32 status = hw_dma_access(dma, &access);

	if (status) {
		arg->out_fault_iova = access.request.addr;
		arg->out_perm = access.request.perm;
	}
	return status;
}

static u32 hw_dma_write(struct hw_dma *dma, size_t len)
{
	struct mock_iommu_dma *arg = dma->arg;
	bool copy = arg->op == MOCK_IOMMU_DMA_COPY;
	u64 iova = copy ? arg->dst_iova : arg->iova;
	struct hw_access access = {
		.source.rid = dma->ep->config.rid,
		.source.has_pasid = arg->flags &
				    (copy ? MOCK_IOMMU_DMA_DST_PASID :
					    MOCK_IOMMU_DMA_PASID),
		.source.pasid = copy ? arg->dst_pasid : arg->pasid,
		.request.addr = iova + arg->out_done,
		.request.perm = HW_PERM_W,
		.request.priv = !copy && (arg->flags & MOCK_IOMMU_DMA_PRIV),
		.end = iova + arg->length,
		.len = len,
	};
	u32 status = hw_dma_access(dma, &access);

	if (status) {
		arg->out_fault_iova = access.request.addr;
		arg->out_perm = MOCK_IOMMU_PERM_WRITE;
	}
	return status;
}

static u32 hw_dma_compare(struct hw_dma *dma, size_t len)
{
	size_t same = 0;

	if (!memcmp(dma->page, dma->other, len))
		return MOCK_IOMMU_DMA_OK;
	while (dma->page[same] == dma->other[same])
		same++;
	dma->arg->out_done += same;
	return MOCK_IOMMU_DMA_MISMATCH;
}

/* Does the next @len bytes. Returns -EFAULT or a status. */
static int hw_dma_step(struct hw_dma *dma, size_t len)
{
	void __user *buf = u64_to_user_ptr(dma->arg->buf) + dma->arg->out_done;
	u32 status;

	switch (dma->arg->op) {
	case MOCK_IOMMU_DMA_READ:
		status = hw_dma_read(dma, len);
		if (!status && copy_to_user(buf, dma->page, len))
			return -EFAULT;
		return status;
	case MOCK_IOMMU_DMA_WRITE:
		if (copy_from_user(dma->page, buf, len))
			return -EFAULT;
		return hw_dma_write(dma, len);
	case MOCK_IOMMU_DMA_COPY:
		return hw_dma_read(dma, len) ?: hw_dma_write(dma, len);
	default:
		if (copy_from_user(dma->other, buf, len))
			return -EFAULT;
		return hw_dma_read(dma, len) ?: hw_dma_compare(dma, len);
	}
}

static u64 hw_dma_to_page_end(u64 addr)
{
	return HW_PAGE_SIZE - (addr & ~HW_PAGE_MASK);
}

/* How much can be done without leaving a page on either side. */
static size_t hw_dma_chunk(const struct mock_iommu_dma *arg)
{
	u64 len = arg->length - arg->out_done;

	len = min(len, hw_dma_to_page_end(arg->iova + arg->out_done));
	if (arg->op == MOCK_IOMMU_DMA_COPY)
		len = min(len,
			  hw_dma_to_page_end(arg->dst_iova + arg->out_done));
	return len;
}

static int hw_dma_all(struct hw_dma *dma)
{
	struct mock_iommu_dma *arg = dma->arg;
	size_t len;
	int status;

	while (arg->out_done < arg->length) {
		if (signal_pending(current))
			return MOCK_IOMMU_DMA_INTERRUPTED;
		len = hw_dma_chunk(arg);
		status = hw_dma_step(dma, len);
		if (status)
			return status;
		arg->out_done += len;
		cond_resched();
	}
	return MOCK_IOMMU_DMA_OK;
}

static void hw_dma_account(struct hw_endpoint *ep, u64 bytes)
{
	spin_lock(&ep->lock);
	ep->stats.out_dma_bytes += bytes;
	spin_unlock(&ep->lock);
}

/**
 * hw_dma_run() - do a DMA
 * @ep: the endpoint
 * @arg: what to do, checked; the fields named out_, all 0, are filled in
 *
 * Process context; sleeps until the DMA is over or a signal comes.
 *
 * Return: 0 with the outcome in @arg, -EFAULT or -ENOMEM.
 */
int hw_dma_run(struct hw_endpoint *ep, struct mock_iommu_dma *arg)
{
	struct hw_dma dma = {
		.ep = ep,
		.arg = arg,
		.resets = READ_ONCE(ep->resets),
	};
	int status;

	dma.page = kmalloc(2 * HW_PAGE_SIZE, GFP_KERNEL);
	if (!dma.page)
		return -ENOMEM;
	dma.other = dma.page + HW_PAGE_SIZE;

	trace_mock_dma_begin(ep->hw->id, ep->config.rid, arg);
	status = hw_dma_all(&dma);
	if (status >= 0)
		arg->out_status = status;
	trace_mock_dma_end(ep->hw->id, ep->config.rid, arg);
	hw_dma_account(ep, arg->out_done);
	kfree(dma.page);
	return min(status, 0);
}

/* Records up to HW_FAULT_BURST faults. Return: 0 or -ENODEV. */
static int hw_dma_fault_burst(struct hw_endpoint *ep,
			      const struct hw_source *source,
			      const struct hw_request *request,
			      struct mock_iommu_fault *arg)
{
	u32 end =
		arg->out_done + min(arg->count - arg->out_done, HW_FAULT_BURST);
	const struct hw_fault fault = {};
	int ret = 0;

	down_read(&ep->hw->access);
	if (READ_ONCE(ep->gone))
		ret = -ENODEV;
	for (; !ret && arg->out_done < end; arg->out_done++)
		ep->hw->kind->record(ep->hw, source, false, request,
				     arg->reason, &fault);
	up_read(&ep->hw->access);
	hw_raise(ep->hw);
	return ret;
}

/**
 * hw_dma_fault() - record faults that were none
 * @ep: the endpoint
 * @arg: what to record, checked; @out_done, 0, is filled in
 *
 * Process context.
 *
 * Return: 0 if some were recorded; else -ENODEV for an endpoint that is gone, or
 * -ERESTARTNOHAND.
 */
int hw_dma_fault(struct hw_endpoint *ep, struct mock_iommu_fault *arg)
{
	const struct hw_source source = {
		.rid = ep->config.rid,
		.has_pasid = arg->flags & MOCK_IOMMU_REQUEST_PASID,
		.pasid = arg->pasid,
	};
	const struct hw_request request = {
		.addr = arg->addr,
		.perm = arg->perm & ~MOCK_IOMMU_PERM_PRIV,
		.priv = arg->perm & MOCK_IOMMU_PERM_PRIV,
	};
	int ret = 0;

	while (!ret && arg->out_done < arg->count) {
		if (signal_pending(current))
			ret = -ERESTARTNOHAND;
		else
			ret = hw_dma_fault_burst(ep, &source, &request, arg);
		cond_resched();
	}
	return arg->out_done ? 0 : ret;
}
