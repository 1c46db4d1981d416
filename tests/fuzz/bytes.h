/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The choices of a hostile peer, taken from the bytes of a fuzzer; 0 when they
 * are used up.
 */
#ifndef FUZZ_BYTES_H
#define FUZZ_BYTES_H

#include <linux/types.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct bytes {
	const __u8 *data;
	size_t left;
};

static inline void take(struct bytes *bytes, void *to, size_t size)
{
	size_t have = bytes->left < size ? bytes->left : size;

	memset(to, 0, size);
	memcpy(to, bytes->data, have);
	bytes->data += have;
	bytes->left -= have;
}

static inline __u8 take_u8(struct bytes *bytes)
{
	__u8 value;

	take(bytes, &value, sizeof(value));
	return value;
}

static inline __u32 take_u32(struct bytes *bytes)
{
	__u32 value;

	take(bytes, &value, sizeof(value));
	return value;
}

static inline __u64 take_u64(struct bytes *bytes)
{
	__u64 value;

	take(bytes, &value, sizeof(value));
	return value;
}

/* A claim that no input may make false; with NDEBUG too */
#define CLAIM(claim)             \
	do {                     \
		if (!(claim))    \
			abort(); \
	} while (0)

int fuzz_input(const __u8 *data, size_t size);

#endif /* FUZZ_BYTES_H */
