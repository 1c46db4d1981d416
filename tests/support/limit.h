/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * RLIMIT_MEMLOCK, obeyed by a test that is root's.
 */
#ifndef SUPPORT_LIMIT_H
#define SUPPORT_LIMIT_H

#include <stddef.h>

int obey_limit(size_t bytes);

#endif /* SUPPORT_LIMIT_H */
