/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Physical memory as a hostile guest fills it: a few pages at address 0, all of
 * which the fuzzer wrote, and nothing behind them.
 */
#ifndef FUZZ_MEMORY_H
#define FUZZ_MEMORY_H

#include "bytes.h"

#define FUZZ_PAGES 8
#define FUZZ_MEMORY (FUZZ_PAGES * 4096)

/* More than this many accesses are no walk but a loop. */
#define FUZZ_ACCESSES 4096

void memory_fill(struct bytes *bytes);

#endif /* FUZZ_MEMORY_H */
