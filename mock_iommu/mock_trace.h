/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints: what passes between endpoints, hardware and memory. A page request,
 * its response and the steps of faultq in between have PASID and group index in
 * common.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM mock_iommu

#if !defined(MOCK_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define MOCK_TRACE_H

#include <linux/mock_iommu.h>
#include <linux/tracepoint.h>

#include "smmu.h"
#include "vtd.h"

/* Values for programs that read the formats, then their names */
TRACE_DEFINE_ENUM(MOCK_IOMMU_PERM_READ);
TRACE_DEFINE_ENUM(MOCK_IOMMU_PERM_WRITE);
TRACE_DEFINE_ENUM(MOCK_IOMMU_PERM_EXEC);
TRACE_DEFINE_ENUM(MOCK_IOMMU_PERM_PRIV);

TRACE_DEFINE_ENUM(MOCK_IOMMU_RESPONSE_SUCCESS);
TRACE_DEFINE_ENUM(MOCK_IOMMU_RESPONSE_INVALID);
TRACE_DEFINE_ENUM(MOCK_IOMMU_RESPONSE_FAILURE);

TRACE_DEFINE_ENUM(MOCK_IOMMU_DMA_READ);
TRACE_DEFINE_ENUM(MOCK_IOMMU_DMA_WRITE);
TRACE_DEFINE_ENUM(MOCK_IOMMU_DMA_COPY);
TRACE_DEFINE_ENUM(MOCK_IOMMU_DMA_COMPARE);

TRACE_DEFINE_ENUM(MOCK_IOMMU_DMA_OK);
TRACE_DEFINE_ENUM(MOCK_IOMMU_DMA_INVALID);
TRACE_DEFINE_ENUM(MOCK_IOMMU_DMA_FAILURE);
TRACE_DEFINE_ENUM(MOCK_IOMMU_DMA_BLOCKED);
TRACE_DEFINE_ENUM(MOCK_IOMMU_DMA_NO_PROGRESS);
TRACE_DEFINE_ENUM(MOCK_IOMMU_DMA_PRI_STOPPED);
TRACE_DEFINE_ENUM(MOCK_IOMMU_DMA_GONE);
TRACE_DEFINE_ENUM(MOCK_IOMMU_DMA_RESET);
TRACE_DEFINE_ENUM(MOCK_IOMMU_DMA_INTERRUPTED);
TRACE_DEFINE_ENUM(MOCK_IOMMU_DMA_MISMATCH);

#define mock_show_perm(value) \
	__print_flags(value, "", \
		{ MOCK_IOMMU_PERM_READ, "r" }, \
		{ MOCK_IOMMU_PERM_WRITE, "w" }, \
		{ MOCK_IOMMU_PERM_EXEC, "x" }, \
		{ MOCK_IOMMU_PERM_PRIV, "p" })

#define mock_show_code(value) \
	__print_symbolic(value, \
		{ MOCK_IOMMU_RESPONSE_SUCCESS, "success" }, \
		{ MOCK_IOMMU_RESPONSE_INVALID, "invalid" }, \
		{ MOCK_IOMMU_RESPONSE_FAILURE, "failure" })

#define mock_show_dma_op(value) \
	__print_symbolic(value, \
		{ MOCK_IOMMU_DMA_READ, "read" }, \
		{ MOCK_IOMMU_DMA_WRITE, "write" }, \
		{ MOCK_IOMMU_DMA_COPY, "copy" }, \
		{ MOCK_IOMMU_DMA_COMPARE, "compare" })

#define mock_show_dma_status(value) \
	__print_symbolic(value, \
		{ MOCK_IOMMU_DMA_OK, "ok" }, \
		{ MOCK_IOMMU_DMA_INVALID, "invalid" }, \
		{ MOCK_IOMMU_DMA_FAILURE, "failure" }, \
		{ MOCK_IOMMU_DMA_BLOCKED, "blocked" }, \
		{ MOCK_IOMMU_DMA_NO_PROGRESS, "no-progress" }, \
		{ MOCK_IOMMU_DMA_PRI_STOPPED, "pri-stopped" }, \
		{ MOCK_IOMMU_DMA_GONE, "gone" }, \
		{ MOCK_IOMMU_DMA_RESET, "reset" }, \
		{ MOCK_IOMMU_DMA_INTERRUPTED, "interrupted" }, \
		{ MOCK_IOMMU_DMA_MISMATCH, "mismatch" })

TRACE_EVENT(mock_page_request,
	TP_PROTO(u32 iommu, u16 rid, const struct mock_iommu_request *request),
	TP_ARGS(iommu, rid, request),
	TP_STRUCT__entry(
		__field(u32, iommu)
		__field(u32, rid)
		__field(u32, grpid)
		__field(s32, pasid)
		__field(u64, addr)
		__field(u32, perm)
		__field(bool, last)
	),
	TP_fast_assign(
		__entry->iommu = iommu;
		__entry->rid = rid;
		__entry->grpid = request->grpid;
		__entry->pasid = request->flags & MOCK_IOMMU_REQUEST_PASID ?
				 request->pasid : -1;
		__entry->addr = request->addr;
		__entry->perm = request->perm;
		__entry->last = request->flags & MOCK_IOMMU_REQUEST_LAST;
	),
	TP_printk("iommu=%u rid=%#x pasid=%d grpid=%u addr=%#llx perm=%s%s",
		  __entry->iommu, __entry->rid, __entry->pasid,
		  __entry->grpid, __entry->addr,
		  mock_show_perm(__entry->perm),
		  __entry->last ? " last" : "")
);

TRACE_EVENT(mock_response,
	TP_PROTO(u32 iommu, u16 rid, const struct mock_iommu_response *answer),
	TP_ARGS(iommu, rid, answer),
	TP_STRUCT__entry(
		__field(u32, iommu)
		__field(u32, rid)
		__field(u32, grpid)
		__field(s32, pasid)
		__field(u32, code)
		__field(bool, automatic)
	),
	TP_fast_assign(
		__entry->iommu = iommu;
		__entry->rid = rid;
		__entry->grpid = answer->grpid;
		__entry->pasid = answer->flags & MOCK_IOMMU_RESPONSE_PASID ?
				 answer->pasid : -1;
		__entry->code = answer->code;
		__entry->automatic = answer->flags & MOCK_IOMMU_RESPONSE_AUTO;
	),
	TP_printk("iommu=%u rid=%#x pasid=%d grpid=%u code=%s%s",
		  __entry->iommu, __entry->rid, __entry->pasid,
		  __entry->grpid,
		  mock_show_code(__entry->code),
		  __entry->automatic ? " automatic" : "")
);

DECLARE_EVENT_CLASS(mock_dma,
	TP_PROTO(u32 iommu, u16 rid, const struct mock_iommu_dma *dma),
	TP_ARGS(iommu, rid, dma),
	TP_STRUCT__entry(
		__field(u32, iommu)
		__field(u32, rid)
		__field(u32, op)
		__field(u32, status)
		__field(u32, reason)
		__field(u64, iova)
		__field(u64, length)
		__field(u64, done)
	),
	TP_fast_assign(
		__entry->iommu = iommu;
		__entry->rid = rid;
		__entry->op = dma->op;
		__entry->status = dma->out_status;
		__entry->reason = dma->out_reason;
		__entry->iova = dma->iova;
		__entry->length = dma->length;
		__entry->done = dma->out_done;
	),
	TP_printk("iommu=%u rid=%#x op=%s iova=%#llx length=%llu done=%llu status=%s reason=%#x",
		  __entry->iommu, __entry->rid,
		  mock_show_dma_op(__entry->op),
		  __entry->iova, __entry->length, __entry->done,
		  mock_show_dma_status(__entry->status),
		  __entry->reason)
);

DEFINE_EVENT(mock_dma, mock_dma_begin,
	TP_PROTO(u32 iommu, u16 rid, const struct mock_iommu_dma *dma),
	TP_ARGS(iommu, rid, dma));

DEFINE_EVENT(mock_dma, mock_dma_end,
	TP_PROTO(u32 iommu, u16 rid, const struct mock_iommu_dma *dma),
	TP_ARGS(iommu, rid, dma));

TRACE_EVENT(mock_invalidation,
	TP_PROTO(u32 iommu, const struct vtd_desc *desc),
	TP_ARGS(iommu, desc),
	TP_STRUCT__entry(
		__field(u32, iommu)
		__field(u32, type)
		__field(u64, qw0)
		__field(u64, qw1)
	),
	TP_fast_assign(
		__entry->iommu = iommu;
		__entry->type = FIELD_GET(VTD_INV_TYPE, desc->qw[0]);
		__entry->qw0 = desc->qw[0];
		__entry->qw1 = desc->qw[1];
	),
	TP_printk("iommu=%u type=%s qw0=%#llx qw1=%#llx", __entry->iommu,
		  __print_symbolic(__entry->type,
				   { VTD_INV_IOTLB, "iotlb" },
				   { VTD_INV_DEVTLB, "devtlb" },
				   { VTD_INV_WAIT, "wait" },
				   { VTD_INV_PASID_IOTLB, "pasid-iotlb" },
				   { VTD_INV_PASID_CACHE, "pasid-cache" },
				   { VTD_INV_PASID_DEVTLB, "pasid-devtlb" },
				   { VTD_INV_PAGE_RESPONSE, "page-response" }),
		  __entry->qw0, __entry->qw1)
);

TRACE_EVENT(mock_invalidation_error,
	TP_PROTO(u32 iommu, u64 status, u16 rid),
	TP_ARGS(iommu, status, rid),
	TP_STRUCT__entry(
		__field(u32, iommu)
		__field(u64, status)
		__field(u32, rid)
	),
	TP_fast_assign(
		__entry->iommu = iommu;
		__entry->status = status;
		__entry->rid = rid;
	),
	TP_printk("iommu=%u error=%s rid=%#x", __entry->iommu,
		  __print_symbolic(__entry->status,
				   { VTD_FSTS_IQE, "IQE" },
				   { VTD_FSTS_ICE, "ICE" },
				   { VTD_FSTS_ITE, "ITE" }),
		  __entry->rid)
);

TRACE_EVENT(mock_fault,
	TP_PROTO(u32 iommu, u16 rid, s32 pasid, u8 reason, u64 addr, u32 perm,
		 bool recorded),
	TP_ARGS(iommu, rid, pasid, reason, addr, perm, recorded),
	TP_STRUCT__entry(
		__field(u32, iommu)
		__field(u32, rid)
		__field(s32, pasid)
		__field(u32, reason)
		__field(u64, addr)
		__field(u32, perm)
		__field(bool, recorded)
	),
	TP_fast_assign(
		__entry->iommu = iommu;
		__entry->rid = rid;
		__entry->pasid = pasid;
		__entry->reason = reason;
		__entry->addr = addr;
		__entry->perm = perm;
		__entry->recorded = recorded;
	),
	TP_printk("iommu=%u rid=%#x pasid=%d reason=%#x addr=%#llx perm=%s%s",
		  __entry->iommu, __entry->rid, __entry->pasid,
		  __entry->reason, __entry->addr,
		  mock_show_perm(__entry->perm),
		  __entry->recorded ? "" : " lost")
);

TRACE_EVENT(mock_smmu_command,
	TP_PROTO(u32 iommu, const struct smmu_cmd *cmd),
	TP_ARGS(iommu, cmd),
	TP_STRUCT__entry(
		__field(u32, iommu)
		__field(u32, op)
		__field(u64, qw0)
		__field(u64, qw1)
	),
	TP_fast_assign(
		__entry->iommu = iommu;
		__entry->op = FIELD_GET(SMMU_CMD_OP, cmd->qw[0]);
		__entry->qw0 = cmd->qw[0];
		__entry->qw1 = cmd->qw[1];
	),
	TP_printk("iommu=%u op=%s qw0=%#llx qw1=%#llx", __entry->iommu,
		  __print_symbolic(__entry->op,
				   { SMMU_CMD_CFGI_STE, "CFGI_STE" },
				   { SMMU_CMD_CFGI_STE_RANGE, "CFGI_STE_RANGE" },
				   { SMMU_CMD_CFGI_CD, "CFGI_CD" },
				   { SMMU_CMD_CFGI_CD_ALL, "CFGI_CD_ALL" },
				   { SMMU_CMD_TLBI_NH_ALL, "TLBI_NH_ALL" },
				   { SMMU_CMD_TLBI_NH_ASID, "TLBI_NH_ASID" },
				   { SMMU_CMD_TLBI_NH_VA, "TLBI_NH_VA" },
				   { SMMU_CMD_TLBI_NH_VAA, "TLBI_NH_VAA" },
				   { SMMU_CMD_TLBI_S12_VMALL, "TLBI_S12_VMALL" },
				   { SMMU_CMD_TLBI_S2_IPA, "TLBI_S2_IPA" },
				   { SMMU_CMD_TLBI_NSNH_ALL, "TLBI_NSNH_ALL" },
				   { SMMU_CMD_ATC_INV, "ATC_INV" },
				   { SMMU_CMD_PRI_RESP, "PRI_RESP" },
				   { SMMU_CMD_RESUME, "RESUME" },
				   { SMMU_CMD_STALL_TERM, "STALL_TERM" },
				   { SMMU_CMD_SYNC, "SYNC" }),
		  __entry->qw0, __entry->qw1)
);

TRACE_EVENT(mock_smmu_event,
	TP_PROTO(u32 iommu, const struct smmu_event *event),
	TP_ARGS(iommu, event),
	TP_STRUCT__entry(
		__field(u32, iommu)
		__array(u64, qw, 4)
	),
	TP_fast_assign(
		__entry->iommu = iommu;
		memcpy(__entry->qw, event->qw, sizeof(event->qw));
	),
	TP_printk("iommu=%u id=%s sid=%#llx qw1=%#llx addr=%#llx qw3=%#llx",
		  __entry->iommu,
		  __print_symbolic(FIELD_GET(SMMU_EVT_ID, __entry->qw[0]),
				   { SMMU_C_BAD_STREAMID, "C_BAD_STREAMID" },
				   { SMMU_F_STE_FETCH, "F_STE_FETCH" },
				   { SMMU_C_BAD_STE, "C_BAD_STE" },
				   { SMMU_F_BAD_ATS_TREQ, "F_BAD_ATS_TREQ" },
				   { SMMU_F_STREAM_DISABLED, "F_STREAM_DISABLED" },
				   { SMMU_C_BAD_SUBSTREAMID, "C_BAD_SUBSTREAMID" },
				   { SMMU_F_CD_FETCH, "F_CD_FETCH" },
				   { SMMU_C_BAD_CD, "C_BAD_CD" },
				   { SMMU_F_WALK_EABT, "F_WALK_EABT" },
				   { SMMU_F_TRANSLATION, "F_TRANSLATION" },
				   { SMMU_F_ADDR_SIZE, "F_ADDR_SIZE" },
				   { SMMU_F_ACCESS, "F_ACCESS" },
				   { SMMU_F_PERMISSION, "F_PERMISSION" },
				   { SMMU_F_VMS_FETCH, "F_VMS_FETCH" }),
		  FIELD_GET(SMMU_EVT_SID, __entry->qw[0]), __entry->qw[1],
		  __entry->qw[2], __entry->qw[3])
);

TRACE_EVENT(mock_overflow,
	TP_PROTO(u32 iommu, u32 prq_head, u32 prq_tail),
	TP_ARGS(iommu, prq_head, prq_tail),
	TP_STRUCT__entry(
		__field(u32, iommu)
		__field(u32, head)
		__field(u32, tail)
	),
	TP_fast_assign(
		__entry->iommu = iommu;
		__entry->head = prq_head;
		__entry->tail = prq_tail;
	),
	TP_printk("iommu=%u head=%u tail=%u", __entry->iommu, __entry->head,
		  __entry->tail)
);

#endif /* MOCK_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE mock_trace
#include <trace/define_trace.h>
