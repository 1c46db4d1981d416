// SPDX-License-Identifier: MIT
#include <string.h>

#include "capabilities.h"
#include "libfaultq.h"
#include "tool.h"

static const struct {
	__u32 capability;
	const char *name;
} names[] = {
	{ FAULTQ_DEVICE_CAP_IOPF, "page-requests" },
	{ FAULTQ_DEVICE_CAP_PASID, "pasid" },
	{ FAULTQ_DEVICE_CAP_NESTING, "nesting" },
	{ FAULTQ_DEVICE_CAP_USER_PASID_TABLE, "user-pasid-table" },
	{ FAULTQ_DEVICE_CAP_EVENTS, "events" },
	{ FAULTQ_DEVICE_CAP_HW_QUEUE, "hw-queues" },
};

/**
 * struct capabilities - of a device
 * @info: what faultq tells
 * @type: which of the two @hw is
 * @hw: what a virtual IOMMU has to mirror
 */
struct capabilities {
	struct faultq_device_info info;
	__u32 type;
	union {
		struct faultq_hw_info_vtd vtd;
		struct faultq_hw_info_arm_smmuv3 smmuv3;
	} hw;
};

/* Returns 0 or a negative errno. */
static int ask(int ctx, const char *device, struct capabilities *caps)
{
	__u32 dev_id, length = sizeof(caps->hw);
	int ret = faultq_device_bind(ctx, device, 0, &dev_id);

	if (ret)
		return ret;
	memset(caps, 0, sizeof(*caps));
	ret = faultq_device_info(ctx, dev_id, &caps->info);
	if (!ret)
		ret = faultq_device_hw_info(ctx, dev_id, &caps->hw, &length,
					    &caps->type);
	faultq_destroy(ctx, dev_id);
	return ret;
}

static void hw_text(const struct capabilities *caps)
{
	const struct faultq_hw_info_arm_smmuv3 *smmuv3 = &caps->hw.smmuv3;
	const struct faultq_hw_info_vtd *vtd = &caps->hw.vtd;
	size_t i;

	switch (caps->type) {
	case FAULTQ_HW_INFO_INTEL_VTD:
		printf(", VT-d CAP=0x%llx ECAP=0x%llx", vtd->cap_reg,
		       vtd->ecap_reg);
		break;
	case FAULTQ_HW_INFO_ARM_SMMUV3:
		printf(", SMMUv3");
		for (i = 0; i < NR(smmuv3->idr); i++)
			printf(" IDR%zu=0x%x", i, smmuv3->idr[i]);
		printf(" IIDR=0x%x AIDR=0x%x", smmuv3->iidr, smmuv3->aidr);
		break;
	}
}

void capabilities_text(int ctx, const char *device)
{
	struct capabilities caps;
	int ret = ask(ctx, device, &caps);
	size_t i;

	if (ret) {
		printf("    cannot be taken over: %s\n", strerror(-ret));
		return;
	}
	printf("   ");
	for (i = 0; i < NR(names); i++) {
		if (caps.info.out_capabilities & names[i].capability)
			printf(" %s", names[i].name);
	}
	hw_text(&caps);
	printf("\n");
}

static void hw_json(const struct capabilities *caps)
{
	const struct faultq_hw_info_arm_smmuv3 *smmuv3 = &caps->hw.smmuv3;
	const struct faultq_hw_info_vtd *vtd = &caps->hw.vtd;
	size_t i;

	switch (caps->type) {
	case FAULTQ_HW_INFO_INTEL_VTD:
		json_string("hw_info", "vtd");
		json_hex("cap_reg", vtd->cap_reg);
		json_hex("ecap_reg", vtd->ecap_reg);
		break;
	case FAULTQ_HW_INFO_ARM_SMMUV3:
		json_string("hw_info", "smmuv3");
		json_begin("idr", '[');
		for (i = 0; i < NR(smmuv3->idr); i++)
			json_hex(NULL, smmuv3->idr[i]);
		json_end(']');
		json_hex("iidr", smmuv3->iidr);
		json_hex("aidr", smmuv3->aidr);
		break;
	}
}

void capabilities_json(int ctx, const char *device)
{
	struct capabilities caps;
	int ret = ask(ctx, device, &caps);
	size_t i;

	/* no list is not the same as an empty one */
	if (ret) {
		json_string("capabilities_error", strerror(-ret));
		return;
	}
	json_begin("capabilities", '[');
	for (i = 0; i < NR(names); i++) {
		if (caps.info.out_capabilities & names[i].capability)
			json_string(NULL, names[i].name);
	}
	json_end(']');
	json_number("max_pasids", caps.info.out_max_pasids);
	json_string("iommu_driver", (const char *)caps.info.out_driver);
	hw_json(&caps);
}
