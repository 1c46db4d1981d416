/* SPDX-License-Identifier: MIT */
/*
 * The native part of an event in words, with the field names of the
 * specifications. Takes any bytes, and does nothing but fill in the result.
 */
#ifndef FAULTQ_DECODE_H
#define FAULTQ_DECODE_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#define DECODED_MAX_FIELDS 20

/**
 * struct decoded_field - a field of a native form
 * @name: as the specification has it
 * @value: its value
 * @word: what the value is called, or NULL
 */
struct decoded_field {
	const char *name;
	__u64 value;
	const char *word;
};

/**
 * struct decoded - a native form, taken apart; all strings are constants
 * @form: what it is
 * @name: what the specification calls such a record, or NULL
 * @words: what it says in words, or NULL
 * @fields: its fields
 * @nr_fields: how many
 */
struct decoded {
	const char *form;
	const char *name;
	const char *words;
	struct decoded_field fields[DECODED_MAX_FIELDS];
	size_t nr_fields;
};

/**
 * decode_native() - take the native part of an event apart
 * @native_type: one of enum faultq_native_type
 * @bytes: the native part
 * @length: bytes of it
 * @decoded: the result
 *
 * Return: false if the form is not known, or the part is too short for it.
 */
bool decode_native(__u32 native_type, const unsigned char *bytes, size_t length,
		   struct decoded *decoded);

/* decode_vtd.c, decode_smmuv3.c: @bytes are as many as the form has */

void decode_vtd_fault(const unsigned char *bytes, struct decoded *decoded);
void decode_vtd_invalidation(const unsigned char *bytes,
			     struct decoded *decoded);
void decode_smmuv3_event(const unsigned char *bytes, struct decoded *decoded);
void decode_smmuv3_cmdq(const unsigned char *bytes, struct decoded *decoded);
void decode_cmdqv(const unsigned char *bytes, struct decoded *decoded);

/* What fault reason @reason of VT-d means; NULL if it is none */
const char *vtd_reason_words(__u32 reason);

/* What event @id of an SMMUv3 is called and means; NULL if it is none */
const char *smmuv3_event_name(__u32 id);
const char *smmuv3_event_words(__u32 id);

/* The id of the event called @name; 0 if it is none */
__u32 smmuv3_event_id(const char *name);

/* For the decoders: the records are little endian. */

static inline __u64 decode_u64(const unsigned char *bytes, size_t word)
{
	__u64 value = 0;
	int i;

	for (i = 7; i >= 0; i--)
		value = value << 8 | bytes[word * 8 + i];
	return value;
}

/* Bits @high to @low of @value */
static inline __u64 decode_bits(__u64 value, int high, int low)
{
	return value >> low & (~0ULL >> (63 - (high - low)));
}

void decoded_add(struct decoded *decoded, const char *name, __u64 value,
		 const char *word);

#endif /* FAULTQ_DECODE_H */
