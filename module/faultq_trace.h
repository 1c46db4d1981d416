/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints: each step of a page request group through its ring, and of an
 * event to its ring.
 *
 * All steps of a group have its tag, even those before the tag is given out; a
 * group that is republished gets another one. Its arrival, the timestamp of its
 * records, stays the same. Both are computed by the trace points from what is
 * there anyway, so they cost nothing while these are off.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM faultq

#if !defined(FAULTQ_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define FAULTQ_TRACE_H

#include <linux/tracepoint.h>

#include "faultq_private.h"

/* Values for programs that read the formats, then their names */
TRACE_DEFINE_ENUM(FAULTQ_PAGE_REQUEST_READ);
TRACE_DEFINE_ENUM(FAULTQ_PAGE_REQUEST_WRITE);
TRACE_DEFINE_ENUM(FAULTQ_PAGE_REQUEST_EXEC);
TRACE_DEFINE_ENUM(FAULTQ_PAGE_REQUEST_PRIV);

TRACE_DEFINE_ENUM(FAULTQ_RESPONSE_SUCCESS);
TRACE_DEFINE_ENUM(FAULTQ_RESPONSE_INVALID);

TRACE_DEFINE_ENUM(FAULTQ_RECORD_FAULT);
TRACE_DEFINE_ENUM(FAULTQ_RECORD_QUEUE_ERROR);

TRACE_DEFINE_ENUM(FAULTQ_EVENT_DEV_VALID);
TRACE_DEFINE_ENUM(FAULTQ_EVENT_VIRT_ID_VALID);
TRACE_DEFINE_ENUM(FAULTQ_EVENT_PASID_VALID);
TRACE_DEFINE_ENUM(FAULTQ_EVENT_GUEST_PASID);
TRACE_DEFINE_ENUM(FAULTQ_EVENT_ADDR_VALID);
TRACE_DEFINE_ENUM(FAULTQ_EVENT_FETCH_ADDR_VALID);
TRACE_DEFINE_ENUM(FAULTQ_EVENT_STAGE2);

TRACE_DEFINE_ENUM(FAULTQ_REASON_UNKNOWN);
TRACE_DEFINE_ENUM(FAULTQ_REASON_PASID_FETCH);
TRACE_DEFINE_ENUM(FAULTQ_REASON_BAD_PASID_ENTRY);
TRACE_DEFINE_ENUM(FAULTQ_REASON_PASID_INVALID);
TRACE_DEFINE_ENUM(FAULTQ_REASON_WALK_EABT);
TRACE_DEFINE_ENUM(FAULTQ_REASON_PTE_FETCH);
TRACE_DEFINE_ENUM(FAULTQ_REASON_PERMISSION);
TRACE_DEFINE_ENUM(FAULTQ_REASON_ACCESS);
TRACE_DEFINE_ENUM(FAULTQ_REASON_OOR_ADDRESS);
TRACE_DEFINE_ENUM(FAULTQ_REASON_SOURCE_FETCH);
TRACE_DEFINE_ENUM(FAULTQ_REASON_BAD_SOURCE_ENTRY);
TRACE_DEFINE_ENUM(FAULTQ_REASON_SOURCE_INVALID);
TRACE_DEFINE_ENUM(FAULTQ_REASON_BLOCKED);
TRACE_DEFINE_ENUM(FAULTQ_REASON_BAD_PTE);
TRACE_DEFINE_ENUM(FAULTQ_REASON_BAD_COMMAND);
TRACE_DEFINE_ENUM(FAULTQ_REASON_COMMAND_FETCH);
TRACE_DEFINE_ENUM(FAULTQ_REASON_INV_TIMEOUT);
TRACE_DEFINE_ENUM(FAULTQ_REASON_INV_COMPLETION);
TRACE_DEFINE_ENUM(FAULTQ_REASON_QUEUE_STOPPED);

TRACE_DEFINE_ENUM(FAULTQ_LOST_FULL);
TRACE_DEFINE_ENUM(FAULTQ_LOST_MEMORY);
TRACE_DEFINE_ENUM(FAULTQ_LOST_HARDWARE);

#define faultq_show_perm(value) \
	__print_flags(value, "", \
		{ FAULTQ_PAGE_REQUEST_READ, "r" }, \
		{ FAULTQ_PAGE_REQUEST_WRITE, "w" }, \
		{ FAULTQ_PAGE_REQUEST_EXEC, "x" }, \
		{ FAULTQ_PAGE_REQUEST_PRIV, "p" })

#define faultq_show_code(value) \
	__print_symbolic(value, \
		{ FAULTQ_RESPONSE_SUCCESS, "success" }, \
		{ FAULTQ_RESPONSE_INVALID, "invalid" })

#define faultq_show_type(value) \
	__print_symbolic(value, \
		{ FAULTQ_RECORD_FAULT, "fault" }, \
		{ FAULTQ_RECORD_QUEUE_ERROR, "queue-error" })

#define faultq_show_flags(value) \
	__print_flags(value, "|", \
		{ FAULTQ_EVENT_DEV_VALID, "dev" }, \
		{ FAULTQ_EVENT_VIRT_ID_VALID, "virt_id" }, \
		{ FAULTQ_EVENT_PASID_VALID, "pasid" }, \
		{ FAULTQ_EVENT_GUEST_PASID, "guest_pasid" }, \
		{ FAULTQ_EVENT_ADDR_VALID, "addr" }, \
		{ FAULTQ_EVENT_FETCH_ADDR_VALID, "fetch_addr" }, \
		{ FAULTQ_EVENT_STAGE2, "stage2" })

#define faultq_show_reason(value) \
	__print_symbolic(value, \
		{ FAULTQ_REASON_UNKNOWN, "unknown" }, \
		{ FAULTQ_REASON_PASID_FETCH, "pasid-fetch" }, \
		{ FAULTQ_REASON_BAD_PASID_ENTRY, "bad-pasid-entry" }, \
		{ FAULTQ_REASON_PASID_INVALID, "pasid-invalid" }, \
		{ FAULTQ_REASON_WALK_EABT, "walk-eabt" }, \
		{ FAULTQ_REASON_PTE_FETCH, "pte-fetch" }, \
		{ FAULTQ_REASON_PERMISSION, "permission" }, \
		{ FAULTQ_REASON_ACCESS, "access" }, \
		{ FAULTQ_REASON_OOR_ADDRESS, "oor-address" }, \
		{ FAULTQ_REASON_SOURCE_FETCH, "source-fetch" }, \
		{ FAULTQ_REASON_BAD_SOURCE_ENTRY, "bad-source-entry" }, \
		{ FAULTQ_REASON_SOURCE_INVALID, "source-invalid" }, \
		{ FAULTQ_REASON_BLOCKED, "blocked" }, \
		{ FAULTQ_REASON_BAD_PTE, "bad-pte" }, \
		{ FAULTQ_REASON_BAD_COMMAND, "bad-command" }, \
		{ FAULTQ_REASON_COMMAND_FETCH, "command-fetch" }, \
		{ FAULTQ_REASON_INV_TIMEOUT, "inv-timeout" }, \
		{ FAULTQ_REASON_INV_COMPLETION, "inv-completion" }, \
		{ FAULTQ_REASON_QUEUE_STOPPED, "queue-stopped" })

#define faultq_show_cause(value) \
	__print_symbolic(value, \
		{ FAULTQ_LOST_FULL, "full" }, \
		{ FAULTQ_LOST_MEMORY, "memory" }, \
		{ FAULTQ_LOST_HARDWARE, "hardware" })

DECLARE_EVENT_CLASS(faultq_pending,
	TP_PROTO(const struct faultq_ring *ring,
		 const struct faultq_pending *p),
	TP_ARGS(ring, p),
	TP_STRUCT__entry(
		__field(u32, queue_id)
		__field(u32, ring)
		__field(u32, dev_id)
		__string(device, p->attachment->device->name)
		__field(u32, pasid)
		__field(u32, grpid)
		__field(u32, perm)
		__field(u32, tag)
		__field(u32, pages)
		__field(u64, addr)
		__field(u64, cookie)
		__field(u64, arrival)
	),
	TP_fast_assign(
		const struct iommu_fault_page_request *prm =
			&p->group->last_fault.fault.prm;

		__entry->queue_id = ring->queue->object.id;
		__entry->ring = ring->index;
		__entry->dev_id = p->attachment->dev_id;
		__assign_str(device);
		__entry->pasid = p->attachment->pasid;
		__entry->grpid = prm->grpid;
		__entry->perm = prm->perm;
		__entry->tag = p->tag ?: faultq_pending_next_tag(ring, p);
		__entry->pages = p->group->fault_count;
		__entry->addr = prm->addr;
		__entry->cookie = p->attachment->cookie;
		__entry->arrival = p->arrival;
	),
	TP_printk("queue=%u ring=%u dev=%u device=%s pasid=%u grpid=%u perm=%s tag=0x%08x pages=%u addr=0x%llx cookie=0x%llx arrival=%llu",
		  __entry->queue_id, __entry->ring, __entry->dev_id,
		  __get_str(device), __entry->pasid, __entry->grpid,
		  faultq_show_perm(__entry->perm),
		  __entry->tag, __entry->pages, __entry->addr, __entry->cookie,
		  __entry->arrival)
);

/* a group was taken over from the kernel's framework */
DEFINE_EVENT(faultq_pending, faultq_report,
	TP_PROTO(const struct faultq_ring *ring,
		 const struct faultq_pending *p),
	TP_ARGS(ring, p)
);

/* its records became visible */
DEFINE_EVENT(faultq_pending, faultq_publish,
	TP_PROTO(const struct faultq_ring *ring,
		 const struct faultq_pending *p),
	TP_ARGS(ring, p)
);

/* it was not answered in time */
DEFINE_EVENT(faultq_pending, faultq_timeout,
	TP_PROTO(const struct faultq_ring *ring,
		 const struct faultq_pending *p),
	TP_ARGS(ring, p)
);

/* it ends with its attachment or QUEUE: faultq answers it INVALID */
DEFINE_EVENT(faultq_pending, faultq_revoke,
	TP_PROTO(const struct faultq_ring *ring,
		 const struct faultq_pending *p),
	TP_ARGS(ring, p)
);

/* an event was put into a ring, with all that a record has */
TRACE_EVENT(faultq_event,
	TP_PROTO(const struct faultq_ring *ring,
		 const struct faultq_event *event, const char *device),
	TP_ARGS(ring, event, device),
	TP_STRUCT__entry(
		__field(u32, queue_id)
		__field(u32, sequence)
		__field(u16, type)
		__field(u16, flags)
		__field(u16, reason)
		__field(u16, perm)
		__field(u16, native_type)
		__field(u32, dev_id)
		__string(device, device)
		__field(u32, pasid)
		__field(u64, virt_id)
		__field(u64, addr)
		__field(u64, cookie)
	),
	TP_fast_assign(
		__entry->queue_id = ring->queue->object.id;
		__entry->sequence = event->sequence;
		__entry->type = event->type;
		__entry->flags = event->flags;
		__entry->reason = event->reason;
		__entry->perm = event->perm;
		__entry->native_type = event->native_type;
		__entry->dev_id = event->dev_id;
		__assign_str(device);
		__entry->pasid = event->pasid;
		__entry->virt_id = event->virt_id;
		__entry->addr = event->addr;
		__entry->cookie = event->cookie;
	),
	TP_printk("queue=%u sequence=%u type=%s flags=%s reason=%s perm=%s native=0x%x dev=%u device=%s virt_id=0x%llx pasid=%u addr=0x%llx cookie=0x%llx",
		  __entry->queue_id, __entry->sequence,
		  faultq_show_type(__entry->type),
		  faultq_show_flags(__entry->flags),
		  faultq_show_reason(__entry->reason),
		  faultq_show_perm(__entry->perm),
		  __entry->native_type, __entry->dev_id, __get_str(device),
		  __entry->virt_id, __entry->pasid, __entry->addr,
		  __entry->cookie)
);

/* events were lost: how many, or how often the hardware said so; the last number */
TRACE_EVENT(faultq_lost,
	TP_PROTO(const struct faultq_ring *ring, const char *device, u16 cause,
		 u64 count),
	TP_ARGS(ring, device, cause, count),
	TP_STRUCT__entry(
		__field(u32, queue_id)
		__string(device, device)
		__field(u32, sequence)
		__field(u16, cause)
		__field(u64, count)
	),
	TP_fast_assign(
		__entry->queue_id = ring->queue->object.id;
		__assign_str(device);
		__entry->sequence = ring->header->sequence - 1;
		__entry->cause = cause;
		__entry->count = count;
	),
	TP_printk("queue=%u sequence=%u cause=%s count=%llu device=%s",
		  __entry->queue_id, __entry->sequence,
		  faultq_show_cause(__entry->cause),
		  __entry->count, __get_str(device))
);

/* no QUEUE is for an event, or a loss, of a device, a VIOMMU or an IOMMU */
TRACE_EVENT(faultq_unclaimed,
	TP_PROTO(const char *device, u16 native_type, u64 count),
	TP_ARGS(device, native_type, count),
	TP_STRUCT__entry(
		__string(device, device)
		__field(u16, native_type)
		__field(u64, count)
	),
	TP_fast_assign(
		__assign_str(device);
		__entry->native_type = native_type;
		__entry->count = count;
	),
	TP_printk("device=%s native=0x%x count=%llu", __get_str(device),
		  __entry->native_type, __entry->count)
);

TRACE_EVENT(faultq_wake,
	TP_PROTO(const struct faultq_ring *ring),
	TP_ARGS(ring),
	TP_STRUCT__entry(
		__field(u32, queue_id)
		__field(u32, ring)
		__field(u32, head)
	),
	TP_fast_assign(
		__entry->queue_id = ring->queue->object.id;
		__entry->ring = ring->index;
		__entry->head = ring->prod.mine;
	),
	TP_printk("queue=%u ring=%u head=%u",
		  __entry->queue_id, __entry->ring, __entry->head)
);

/*
 * a response of the user: accepted, or refused for its tag or code. No group has
 * that tag if @p is NULL.
 */
TRACE_EVENT(faultq_response,
	TP_PROTO(const struct faultq_ring *ring,
		 const struct faultq_pending *p,
		 const struct faultq_response *response, bool accepted),
	TP_ARGS(ring, p, response, accepted),
	TP_STRUCT__entry(
		__field(u32, queue_id)
		__field(u32, ring)
		__string(device, p ? p->attachment->device->name : "-")
		__field(u32, tag)
		__field(u32, code)
		__field(u64, arrival)
		__field(bool, accepted)
	),
	TP_fast_assign(
		__entry->queue_id = ring->queue->object.id;
		__entry->ring = ring->index;
		__assign_str(device);
		__entry->tag = response->tag;
		__entry->code = response->code;
		__entry->arrival = p ? p->arrival : 0;
		__entry->accepted = accepted;
	),
	TP_printk("queue=%u ring=%u device=%s tag=0x%08x code=%s %s arrival=%llu",
		  __entry->queue_id, __entry->ring, __get_str(device),
		  __entry->tag,
		  faultq_show_code(__entry->code),
		  __entry->accepted ? "accepted" : "refused",
		  __entry->arrival)
);

/* a group was answered INVALID on arrival */
TRACE_EVENT(faultq_refuse,
	TP_PROTO(const struct faultq_ring *ring,
		 const struct faultq_attachment *attachment,
		 const struct iopf_group *group),
	TP_ARGS(ring, attachment, group),
	TP_STRUCT__entry(
		__field(u32, queue_id)
		__field(u32, ring)
		__field(u32, dev_id)
		__string(device, attachment->device->name)
		__field(u32, pasid)
		__field(u32, grpid)
		__field(u32, perm)
		__field(u32, pages)
		__field(u64, addr)
		__field(u64, cookie)
	),
	TP_fast_assign(
		__entry->queue_id = ring->queue->object.id;
		__entry->ring = ring->index;
		__entry->dev_id = attachment->dev_id;
		__assign_str(device);
		__entry->pasid = attachment->pasid;
		__entry->grpid = group->last_fault.fault.prm.grpid;
		__entry->perm = group->last_fault.fault.prm.perm;
		__entry->pages = group->fault_count;
		__entry->addr = group->last_fault.fault.prm.addr;
		__entry->cookie = attachment->cookie;
	),
	TP_printk("queue=%u ring=%u dev=%u device=%s pasid=%u grpid=%u perm=%s pages=%u addr=0x%llx cookie=0x%llx",
		  __entry->queue_id, __entry->ring, __entry->dev_id,
		  __get_str(device), __entry->pasid, __entry->grpid,
		  faultq_show_perm(__entry->perm),
		  __entry->pages, __entry->addr, __entry->cookie)
);

/* a call of FAULTQ_HWPT_INVALIDATE is over */
TRACE_EVENT(faultq_invalidate,
	TP_PROTO(u32 hwpt_id, u32 entries, u32 handled, int error),
	TP_ARGS(hwpt_id, entries, handled, error),
	TP_STRUCT__entry(
		__field(u32, hwpt_id)
		__field(u32, entries)
		__field(u32, handled)
		__field(int, error)
	),
	TP_fast_assign(
		__entry->hwpt_id = hwpt_id;
		__entry->entries = entries;
		__entry->handled = handled;
		__entry->error = error;
	),
	TP_printk("hwpt=%u entries=%u handled=%u error=%d",
		  __entry->hwpt_id, __entry->entries, __entry->handled,
		  __entry->error)
);

#endif /* FAULTQ_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE faultq_trace
#include <trace/define_trace.h>
