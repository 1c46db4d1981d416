// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "dice.h"

/* xorshift64*: any state but 0 */
__u32 roll(struct dice *dice, __u32 sides)
{
	__u64 x = dice->state;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	dice->state = x;
	return (x * 0x2545f4914f6cdd1dULL >> 32) % sides;
}

struct dice dice_from(unsigned long long seed)
{
	return (struct dice){ (seed + 1) * 0x9e3779b97f4a7c15ULL };
}

struct dice dice_split(struct dice *dice)
{
	__u64 high = roll(dice, 0xffffffff);

	return (struct dice){ high << 32 | roll(dice, 0xffffffff) | 1 };
}

void chance_take(struct chance *chance, const char *name)
{
	char line[1024] = "", key[32], *at;
	FILE *file = fopen("/proc/cmdline", "r");

	if (file && !fgets(line, sizeof(line), file))
		line[0] = 0;
	if (file)
		fclose(file);
	snprintf(key, sizeof(key), "faultq.%s=", name);
	at = strstr(line, key);
	if (at)
		sscanf(at + strlen(key), "%u:%llu", &chance->seconds,
		       &chance->seed);
	if (!chance->seed && getrandom(&chance->seed, 4, 0) < 0)
		chance->seed = 1;
	chance->dice = dice_from(chance->seed);
}
