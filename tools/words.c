// SPDX-License-Identifier: MIT
/*
 * Words for what the kernel and the devices say in numbers.
 */
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

/* Fault reasons of VT-d in scalable mode */
static const struct {
	__u32 reason;
	const char *words;
} fault_reasons[] = {
	{ 0x30, "root table is at an address that is not valid" },
	{ 0x38, "root entry cannot be read" },
	{ 0x39, "root entry is not present" },
	{ 0x40, "context entry cannot be read" },
	{ 0x41, "context entry is not present" },
	{ 0x44, "device TLB is not enabled for the device" },
	{ 0x45, "PASIDs are not enabled for the device" },
	{ 0x46, "PASID is beyond the device's PASID directory" },
	{ 0x50, "PASID directory entry cannot be read" },
	{ 0x51, "PASID directory entry is not present" },
	{ 0x58, "PASID table entry cannot be read" },
	{ 0x59, "PASID table entry is not present: nothing is attached" },
	{ 0x5b, "PASID table entry is not valid" },
	{ 0x78, "second-level entry cannot be read" },
	{ 0x79, "second-level entry lacks the permission" },
	{ 0x7a, "second-level entry has a reserved bit set" },
	{ 0x7b, "second-level table is at an address that is not valid" },
	{ 0x84, "address is beyond what the second level translates" },
};

const char *fault_reason_words(__u32 reason)
{
	size_t i;

	for (i = 0; i < NR(fault_reasons); i++) {
		if (fault_reasons[i].reason == reason)
			return fault_reasons[i].words;
	}
	return "another reason of VT-d";
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
