// SPDX-License-Identifier: GPL-2.0-only
/* MODULE_IMPORT_NS() takes a string; where it takes a word, it quotes twice. */
#include <linux/module.h>

#undef MODULE_INFO
#define MODULE_INFO(tag, info) \
	static_assert(sizeof(#tag info) == sizeof("import_nsFAULTQ_PROBE"))

MODULE_IMPORT_NS("FAULTQ_PROBE");
