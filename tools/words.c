// SPDX-License-Identifier: MIT
/*
 * Words for what the kernel and the devices say in numbers.
 */
#include "decode.h"
#include "libfaultq.h"
#include "libmockiommu.h"
#include "tool.h"

static const char *const dma_status[] = {
	[MOCK_IOMMU_DMA_OK] = "done",
	[MOCK_IOMMU_DMA_INVALID] =
		"a page request was answered Invalid Request",
	[MOCK_IOMMU_DMA_FAILURE] =
		"a page request was answered Response Failure",
	[MOCK_IOMMU_DMA_BLOCKED] = "the IOMMU blocked the access",
	[MOCK_IOMMU_DMA_NO_PROGRESS] =
		"page requests were answered Success, but no page came",
	[MOCK_IOMMU_DMA_PRI_STOPPED] =
		"page requests are disabled since a Response Failure",
	[MOCK_IOMMU_DMA_GONE] = "the endpoint was removed",
	[MOCK_IOMMU_DMA_RESET] = "the endpoint was reset",
	[MOCK_IOMMU_DMA_INTERRUPTED] = "interrupted",
	[MOCK_IOMMU_DMA_MISMATCH] = "the memory differs from the file",
};

const char *dma_status_words(__u32 status)
{
	return status < NR(dma_status) ? dma_status[status] : "unknown status";
}

static const char *const event_reasons[] = {
	[FAULTQ_REASON_UNKNOWN] = "unknown",
	[FAULTQ_REASON_PASID_FETCH] = "pasid-fetch",
	[FAULTQ_REASON_BAD_PASID_ENTRY] = "bad-pasid-entry",
	[FAULTQ_REASON_PASID_INVALID] = "pasid-invalid",
	[FAULTQ_REASON_WALK_EABT] = "walk-eabt",
	[FAULTQ_REASON_PTE_FETCH] = "pte-fetch",
	[FAULTQ_REASON_PERMISSION] = "permission",
	[FAULTQ_REASON_ACCESS] = "access",
	[FAULTQ_REASON_OOR_ADDRESS] = "oor-address",
	[FAULTQ_REASON_SOURCE_FETCH] = "source-fetch",
	[FAULTQ_REASON_BAD_SOURCE_ENTRY] = "bad-source-entry",
	[FAULTQ_REASON_SOURCE_INVALID] = "source-invalid",
	[FAULTQ_REASON_BLOCKED] = "blocked",
	[FAULTQ_REASON_BAD_PTE] = "bad-pte",
	[FAULTQ_REASON_BAD_COMMAND] = "bad-command",
	[FAULTQ_REASON_COMMAND_FETCH] = "command-fetch",
	[FAULTQ_REASON_INV_TIMEOUT] = "inv-timeout",
	[FAULTQ_REASON_INV_COMPLETION] = "inv-completion",
	[FAULTQ_REASON_QUEUE_STOPPED] = "queue-stopped",
};

const char *event_reason_word(__u32 reason)
{
	if (reason >= NR(event_reasons) || !event_reasons[reason])
		return "unknown";
	return event_reasons[reason];
}

const char *lost_cause_word(__u32 cause)
{
	switch (cause) {
	case FAULTQ_LOST_FULL:
		return "full";
	case FAULTQ_LOST_MEMORY:
		return "memory";
	case FAULTQ_LOST_HARDWARE:
		return "hardware";
	default:
		return "unknown";
	}
}

const char *iommu_kind_word(__u32 kind)
{
	switch (kind) {
	case MOCK_IOMMU_KIND_VTD:
		return "vtd";
	case MOCK_IOMMU_KIND_SMMUV3:
		return "smmuv3";
	default:
		return "unknown";
	}
}

#define VTD_ROOT_ABSENT 0x39
#define VTD_CONTEXT_ABSENT 0x41
#define VTD_PASID_DIR_ABSENT 0x51
#define VTD_PASID_ABSENT 0x59

#define SMMU_F_STREAM_DISABLED 0x06
#define SMMU_C_BAD_SUBSTREAMID 0x08
#define SMMU_C_BAD_CD 0x0a
/* Of a DMA that has no event: see struct mock_iommu_dma */
#define SMMU_ABORTED 0xe0

/* @reason is in the code of the IOMMU's kind. */
const char *fault_reason_words(__u32 kind, __u32 reason)
{
	const char *words = kind == MOCK_IOMMU_KIND_SMMUV3 ?
				    smmuv3_event_words(reason) :
				    vtd_reason_words(reason);

	if (kind == MOCK_IOMMU_KIND_SMMUV3 && reason == SMMU_ABORTED)
		return "aborted, which an SMMUv3 does not record";
	return words ? words : "unknown reason";
}

/*
 * Does @reason mean that no page table is attached to the device, or to the
 * PASID? A driver then has entries that are absent or abort.
 */
bool fault_reason_is_detached(__u32 kind, __u32 reason)
{
	if (kind != MOCK_IOMMU_KIND_SMMUV3)
		return reason == VTD_ROOT_ABSENT ||
		       reason == VTD_CONTEXT_ABSENT ||
		       reason == VTD_PASID_DIR_ABSENT ||
		       reason == VTD_PASID_ABSENT;
	return reason == SMMU_ABORTED || reason == SMMU_F_STREAM_DISABLED ||
	       reason == SMMU_C_BAD_SUBSTREAMID || reason == SMMU_C_BAD_CD;
}

const char *response_code_word(__u32 code)
{
	switch (code) {
	case MOCK_IOMMU_RESPONSE_SUCCESS:
		return "success";
	case MOCK_IOMMU_RESPONSE_INVALID:
		return "invalid";
	case MOCK_IOMMU_RESPONSE_FAILURE:
		return "failure";
	default:
		return "unknown";
	}
}

const char *permission_word(__u32 perm, char word[5])
{
	char *end = word;

	if (perm & FAULTQ_PAGE_REQUEST_READ)
		*end++ = 'r';
	if (perm & FAULTQ_PAGE_REQUEST_WRITE)
		*end++ = 'w';
	if (perm & FAULTQ_PAGE_REQUEST_EXEC)
		*end++ = 'x';
	if (perm & FAULTQ_PAGE_REQUEST_PRIV)
		*end++ = 'p';
	*end = '\0';
	return word;
}

const char *human_size(__u64 bytes, char text[16])
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	double size = bytes;
	size_t unit = 0;

	while (size >= 1024 && unit < NR(units) - 1) {
		size /= 1024;
		unit++;
	}
	snprintf(text, 16, unit ? "%.1f %s" : "%.0f %s", size, units[unit]);
	return text;
}
