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

/*
 * More than this many accesses in one step are no walk but a loop. Most are made
 * where a queue of all of this memory is run twice, with two for a descriptor.
 */
#define FUZZ_ACCESSES 4096

void memory_fill(struct bytes *bytes);
void memory_begin_step(void);

#endif /* FUZZ_MEMORY_H */
