/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_TYPES_H
#define SHIM_TYPES_H

#include_next <linux/types.h>

#include <linux/kernel.h>

#endif /* SHIM_TYPES_H */
