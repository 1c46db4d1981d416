/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Choices by chance, which are the same for the same seed; and where programs
 * that go by chance are told the seed, and how long to go on.
 */
#ifndef SUPPORT_DICE_H
#define SUPPORT_DICE_H

#include <linux/types.h>

/* A sequence of choices */
struct dice {
	__u64 state;
};

__u32 roll(struct dice *dice, __u32 sides);
struct dice dice_from(unsigned long long seed);
struct dice dice_split(struct dice *dice);

/**
 * struct chance - what "faultq.NAME=SECONDS:SEED" says on the kernel's command
 *	line
 * @seconds: how long; as it was, if nothing is said
 * @seed: which choices; a random one, if 0 or nothing is said
 * @dice: those choices
 */
struct chance {
	unsigned int seconds;
	unsigned long long seed;
	struct dice dice;
};

void chance_take(struct chance *chance, const char *name);

#endif /* SUPPORT_DICE_H */
