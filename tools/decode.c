// SPDX-License-Identifier: MIT
#include <linux/faultq.h>
#include <string.h>

#include "decode.h"

static const struct {
	__u32 native_type;
	size_t length;
	const char *form;
	void (*decode)(const unsigned char *bytes, struct decoded *decoded);
} forms[] = {
	{ FAULTQ_NATIVE_ARM_SMMUV3, 32, "smmuv3-event", decode_smmuv3_event },
	{ FAULTQ_NATIVE_TEGRA241_CMDQV, 16, "cmdqv-error", decode_cmdqv },
	{ FAULTQ_NATIVE_VTD_FAULT, 16, "vtd-fault", decode_vtd_fault },
	{ FAULTQ_NATIVE_VTD_INVALIDATION,
	  sizeof(struct faultq_native_vtd_invalidation), "vtd-invalidation",
	  decode_vtd_invalidation },
	{ FAULTQ_NATIVE_ARM_SMMUV3_CMDQ,
	  sizeof(struct faultq_native_arm_smmuv3_cmdq), "smmuv3-cmdq",
	  decode_smmuv3_cmdq },
};

bool decode_native(__u32 native_type, const unsigned char *bytes, size_t length,
		   struct decoded *decoded)
{
	size_t i;

	memset(decoded, 0, sizeof(*decoded));
	for (i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		if (forms[i].native_type != native_type)
			continue;
		if (length < forms[i].length)
			return false;
		decoded->form = forms[i].form;
		forms[i].decode(bytes, decoded);
		return true;
	}
	return false;
}

void decoded_add(struct decoded *decoded, const char *name, __u64 value,
		 const char *word)
{
	struct decoded_field *field = &decoded->fields[decoded->nr_fields];

	if (decoded->nr_fields == DECODED_MAX_FIELDS)
		return;
	field->name = name;
	field->value = value;
	field->word = word;
	decoded->nr_fields++;
}
