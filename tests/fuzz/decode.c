// SPDX-License-Identifier: GPL-2.0-only
/* The decoders of the command's monitor: any bytes of any length in any form */
#include <decode.h>
#include <linux/faultq.h>

#include "bytes.h"

static void read_all(const struct decoded *decoded)
{
	size_t i, length = strlen(decoded->form);

	CLAIM(decoded->nr_fields <= DECODED_MAX_FIELDS);
	for (i = 0; i < decoded->nr_fields; i++) {
		length += strlen(decoded->fields[i].name);
		if (decoded->fields[i].word)
			length += strlen(decoded->fields[i].word);
	}
	if (decoded->name)
		length += strlen(decoded->name);
	if (decoded->words)
		length += strlen(decoded->words);
	CLAIM(length);
}

int fuzz_input(const __u8 *data, size_t size)
{
	static const __u32 types[] = {
		FAULTQ_NATIVE_NONE,
		FAULTQ_NATIVE_ARM_SMMUV3,
		FAULTQ_NATIVE_TEGRA241_CMDQV,
		FAULTQ_NATIVE_VTD_FAULT,
		FAULTQ_NATIVE_VTD_INVALIDATION,
		FAULTQ_NATIVE_ARM_SMMUV3_CMDQ,
		0x1234,
	};
	struct bytes bytes = { data, size };
	__u32 type = types[take_u8(&bytes) % 7];
	unsigned char *native = malloc(bytes.left + !bytes.left);
	struct decoded decoded = {};

	memcpy(native, bytes.data, bytes.left);
	if (decode_native(type, native, bytes.left, &decoded))
		read_all(&decoded);
	free(native);
	return 0;
}
