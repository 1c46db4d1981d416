// SPDX-License-Identifier: MIT
#include <errno.h>
#include <linux/faultq.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

/* A C number, and K, M or G for powers of 1024. */
bool parse_number(const char *text, __u64 *value)
{
	static const char units[] = "KMG";
	const char *unit;
	int shift = 0;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*value = strtoull(text, &end, 0);
	if (errno)
		return false;
	unit = *end ? strchr(units, *end) : NULL;
	if (unit) {
		shift = 10 * (unit - units + 1);
		end++;
	}
	if (*end || *value > (~0ULL >> shift))
		return false;
	*value <<= shift;
	return true;
}

bool parse_u32(const char *text, __u32 *value)
{
	__u64 wide;

	if (!parse_number(text, &wide) || wide > ~0U)
		return false;
	*value = wide;
	return true;
}

/* Some of the letters that permission_word() writes */
bool parse_perm(const char *letters, __u32 *perm)
{
	static const char all[] = "rwxp";
	const char *letter;

	*perm = 0;
	for (; *letters; letters++) {
		letter = strchr(all, *letters);
		if (!letter)
			return false;
		*perm |= FAULTQ_PAGE_REQUEST_READ << (letter - all);
	}
	return true;
}
