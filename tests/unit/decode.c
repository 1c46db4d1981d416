// SPDX-License-Identifier: GPL-2.0-only
/*
 * The decoders of the command: native records put together here by the layouts
 * of the specifications, and bytes that are nothing.
 */
#include <linux/faultq.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "kselftest_harness.h"

FIXTURE(native)
{
	struct decoded decoded;
	__u64 words[8];
};

FIXTURE_SETUP(native)
{
}

FIXTURE_TEARDOWN(native)
{
}

static bool decode(struct decoded *decoded, __u32 type, const __u64 *words,
		   size_t length)
{
	return decode_native(type, (const unsigned char *)words, length,
			     decoded);
}

/* The field of a name; ~0 if there is none. */
static __u64 field(const struct decoded *decoded, const char *name)
{
	size_t i;

	for (i = 0; i < decoded->nr_fields; i++) {
		if (!strcmp(decoded->fields[i].name, name))
			return decoded->fields[i].value;
	}
	return ~0ULL;
}

static const char *word(const struct decoded *decoded, const char *name)
{
	size_t i;

	for (i = 0; i < decoded->nr_fields; i++) {
		if (!strcmp(decoded->fields[i].name, name) &&
		    decoded->fields[i].word)
			return decoded->fields[i].word;
	}
	return "";
}

TEST_F(native, vtd_fault)
{
	self->words[0] = 0x7f1234567000ULL | 0xabc;
	self->words[1] = 1ULL << 63 | 1ULL << 62 | 2ULL << 60 |
			 0xfedcbULL << 40 | 0x71ULL << 32 | 1U << 31 | 1 << 30 |
			 1 << 29 | 0x1234;
	ASSERT_TRUE(decode(&self->decoded, FAULTQ_NATIVE_VTD_FAULT, self->words,
			   16));
	EXPECT_STREQ("vtd-fault", self->decoded.form);
	EXPECT_STREQ("first-level entry is not present", self->decoded.words);
	EXPECT_EQ(0x7f1234567000ULL, field(&self->decoded, "FI"));
	EXPECT_EQ(0x1234, field(&self->decoded, "SID"));
	EXPECT_EQ(0x71, field(&self->decoded, "FR"));
	EXPECT_EQ(0xfedcb, field(&self->decoded, "PV"));
	EXPECT_EQ(1, field(&self->decoded, "PP"));
	EXPECT_EQ(1, field(&self->decoded, "EXE"));
	EXPECT_EQ(1, field(&self->decoded, "PRIV"));
	EXPECT_EQ(2, field(&self->decoded, "AT"));
	EXPECT_EQ(1, field(&self->decoded, "T1"));
	EXPECT_EQ(0, field(&self->decoded, "T2"));
	EXPECT_EQ(1, field(&self->decoded, "F"));
	EXPECT_STREQ("read", word(&self->decoded, "T1"));
}

TEST_F(native, vtd_request_types)
{
	static const char *const types[] = { "write", "read", "page-request",
					     "atomic" };
	unsigned int i;

	for (i = 0; i < 4; i++) {
		self->words[1] = (__u64)(i & 1) << 62 | (i >> 1) << 28;
		ASSERT_TRUE(decode(&self->decoded, FAULTQ_NATIVE_VTD_FAULT,
				   self->words, 16));
		EXPECT_STREQ(types[i], word(&self->decoded, "T1"));
	}
}

TEST_F(native, vtd_invalidation)
{
	self->words[0] = 1 << 6;
	self->words[1] = 0x5678ULL << 48 | 0x1234ULL << 32 | 7;
	ASSERT_TRUE(decode(&self->decoded, FAULTQ_NATIVE_VTD_INVALIDATION,
			   self->words, 48));
	EXPECT_STREQ("ITE", self->decoded.name);
	EXPECT_EQ(0x1234, field(&self->decoded, "ITESID"));
	EXPECT_EQ(0x5678, field(&self->decoded, "ICESID"));
	EXPECT_EQ(7, field(&self->decoded, "IQEI"));
	EXPECT_EQ(~0ULL, field(&self->decoded, "DESC0"));

	self->words[0] = 1 << 4;
	self->words[1] = 3;
	self->words[2] = 0x208;
	self->words[5] = 99;
	ASSERT_TRUE(decode(&self->decoded, FAULTQ_NATIVE_VTD_INVALIDATION,
			   self->words, 48));
	EXPECT_STREQ("IQE", self->decoded.name);
	EXPECT_EQ(0x18, field(&self->decoded, "Type"));
	EXPECT_STREQ("type", word(&self->decoded, "IQEI"));
	EXPECT_EQ(99, field(&self->decoded, "DESC3"));
	self->words[2] = 8;
	ASSERT_TRUE(decode(&self->decoded, FAULTQ_NATIVE_VTD_INVALIDATION,
			   self->words, 48));
	EXPECT_STREQ("pasid-device-tlb", word(&self->decoded, "Type"));
	self->words[0] = 1 << 5;
	ASSERT_TRUE(decode(&self->decoded, FAULTQ_NATIVE_VTD_INVALIDATION,
			   self->words, 48));
	EXPECT_STREQ("ICE", self->decoded.name);
}

TEST_F(native, smmuv3_translation_fault)
{
	self->words[0] = 0xdeadbeefULL << 32 | 0xfedcbULL << 12 | 1 << 11 |
			 0x10;
	self->words[1] = 1ULL << 44 | 1ULL << 40 | 1ULL << 39 | 1ULL << 35 |
			 1ULL << 33 | 1U << 31 | 0xbeef;
	self->words[2] = 0xffff123456789abcULL;
	self->words[3] = 0xfffedcba98765432ULL;
	ASSERT_TRUE(decode(&self->decoded, FAULTQ_NATIVE_ARM_SMMUV3,
			   self->words, 32));
	EXPECT_STREQ("F_TRANSLATION", self->decoded.name);
	EXPECT_EQ(0xdeadbeef, field(&self->decoded, "StreamID"));
	EXPECT_EQ(1, field(&self->decoded, "SSV"));
	EXPECT_EQ(0xfedcb, field(&self->decoded, "SubstreamID"));
	EXPECT_EQ(0xbeef, field(&self->decoded, "STAG"));
	EXPECT_EQ(1, field(&self->decoded, "Stall"));
	EXPECT_EQ(1, field(&self->decoded, "PnU"));
	EXPECT_EQ(0, field(&self->decoded, "InD"));
	EXPECT_EQ(1, field(&self->decoded, "RnW"));
	EXPECT_EQ(1, field(&self->decoded, "S2"));
	EXPECT_EQ(1, field(&self->decoded, "CLASS"));
	EXPECT_STREQ("TTD", word(&self->decoded, "CLASS"));
	EXPECT_EQ(1, field(&self->decoded, "TTRnW"));
	EXPECT_EQ(0xffff123456789abcULL, field(&self->decoded, "InputAddr"));
	EXPECT_EQ(0xedcba98765000ULL, field(&self->decoded, "IPA"));
	EXPECT_EQ(~0ULL, field(&self->decoded, "FetchAddr"));
}

/* Each event has the fields of its own layout only. */
TEST_F(native, smmuv3_events_by_name)
{
	static const struct {
		__u32 id;
		const char *name;
		const char *has;
		const char *lacks;
	} events[] = {
		{ 0x02, "C_BAD_STREAMID", "StreamID", "InputAddr" },
		{ 0x03, "F_STE_FETCH", "FetchAddr", "InputAddr" },
		{ 0x04, "C_BAD_STE", "StreamID", "STAG" },
		{ 0x06, "F_STREAM_DISABLED", "StreamID", "InputAddr" },
		{ 0x08, "C_BAD_SUBSTREAMID", "SubstreamID", "InputAddr" },
		{ 0x09, "F_CD_FETCH", "FetchAddr", "STAG" },
		{ 0x0a, "C_BAD_CD", "SubstreamID", "FetchAddr" },
		{ 0x0b, "F_WALK_EABT", "FetchAddr", "IPA" },
		{ 0x11, "F_ADDR_SIZE", "IPA", "FetchAddr" },
		{ 0x12, "F_ACCESS", "InputAddr", "FetchAddr" },
		{ 0x13, "F_PERMISSION", "CLASS", "FetchAddr" },
		{ 0x25, "F_VMS_FETCH", "FetchAddr", "STAG" },
	};
	size_t i;

	for (i = 0; i < sizeof(events) / sizeof(*events); i++) {
		self->words[0] = events[i].id;
		ASSERT_TRUE(decode(&self->decoded, FAULTQ_NATIVE_ARM_SMMUV3,
				   self->words, 32));
		EXPECT_STREQ(events[i].name, self->decoded.name);
		EXPECT_NE(~0ULL, field(&self->decoded, events[i].has));
		EXPECT_EQ(~0ULL, field(&self->decoded, events[i].lacks))
		{
			TH_LOG("%s has %s", events[i].name, events[i].lacks);
		}
		EXPECT_EQ(events[i].id, smmuv3_event_id(events[i].name));
	}
	EXPECT_EQ(0x10, smmuv3_event_id("f_translation"));
	EXPECT_EQ(0, smmuv3_event_id("F_NOTHING"));
}

TEST_F(native, smmuv3_command_queue)
{
	static const char *const errors[] = { "CERROR_NONE", "CERROR_ILL",
					      "CERROR_ABT",
					      "CERROR_ATC_INV_SYNC" };
	__u64 i;

	for (i = 0; i < 4; i++) {
		self->words[0] = (i << 24 | 0x12345) << 32 | 1;
		self->words[1] = 0xaa00000000000040ULL;
		self->words[2] = 0x5555;
		ASSERT_TRUE(decode(&self->decoded,
				   FAULTQ_NATIVE_ARM_SMMUV3_CMDQ, self->words,
				   24));
		EXPECT_STREQ(errors[i], self->decoded.name);
		EXPECT_EQ(i, field(&self->decoded, "ERR"));
		EXPECT_EQ(0x12345, field(&self->decoded, "RD"));
		EXPECT_EQ(1, field(&self->decoded, "CMDQ_ERR"));
		EXPECT_EQ(0x5555, field(&self->decoded, "CMD1"));
		EXPECT_STREQ("CMD_ATC_INV", word(&self->decoded, "Opcode"));
	}
	self->words[0] = 0x7fULL << 56;
	ASSERT_TRUE(decode(&self->decoded, FAULTQ_NATIVE_ARM_SMMUV3_CMDQ,
			   self->words, 24));
	EXPECT_EQ(NULL, self->decoded.name);
}

TEST_F(native, virtual_command_queues)
{
	self->words[0] = 1;
	self->words[1] = 1ULL << 63;
	ASSERT_TRUE(decode(&self->decoded, FAULTQ_NATIVE_TEGRA241_CMDQV,
			   self->words, 16));
	EXPECT_EQ(1, field(&self->decoded, "LVCMDQ_ERR_MAP_0"));
	EXPECT_EQ(1ULL << 63, field(&self->decoded, "LVCMDQ_ERR_MAP_1"));
}

static const struct {
	__u32 type;
	size_t length;
} forms[] = {
	{ FAULTQ_NATIVE_ARM_SMMUV3, 32 },
	{ FAULTQ_NATIVE_TEGRA241_CMDQV, 16 },
	{ FAULTQ_NATIVE_VTD_FAULT, 16 },
	{ FAULTQ_NATIVE_VTD_INVALIDATION, 48 },
	{ FAULTQ_NATIVE_ARM_SMMUV3_CMDQ, 24 },
};

#define NR_FORMS (sizeof(forms) / sizeof(*forms))

TEST_F(native, too_short_or_unknown)
{
	const __u32 none = FAULTQ_NATIVE_NONE;
	size_t i;

	for (i = 0; i < NR_FORMS; i++) {
		EXPECT_FALSE(decode(&self->decoded, forms[i].type, self->words,
				    forms[i].length - 1));
		EXPECT_TRUE(decode(&self->decoded, forms[i].type, self->words,
				   forms[i].length));
	}
	EXPECT_FALSE(decode(&self->decoded, none, self->words, 64));
	EXPECT_FALSE(decode(&self->decoded, 0xffff, self->words, 64));
}

/* Whatever the bytes, all that comes out can be printed. */
TEST_F(native, any_bytes)
{
	const struct decoded_field *one;
	unsigned char *bytes;
	size_t i, j, round;

	srand(1);
	for (round = 0; round < 100000; round++) {
		i = round % NR_FORMS;
		/* of its very size, for a sanitizer to watch the end of */
		bytes = malloc(forms[i].length);
		for (j = 0; j < forms[i].length; j++)
			bytes[j] = rand();
		ASSERT_TRUE(decode_native(forms[i].type, bytes, forms[i].length,
					  &self->decoded));
		ASSERT_NE(NULL, self->decoded.form);
		ASSERT_LT(0, self->decoded.nr_fields);
		ASSERT_GE(DECODED_MAX_FIELDS, self->decoded.nr_fields);
		for (j = 0; j < self->decoded.nr_fields; j++) {
			one = &self->decoded.fields[j];
			ASSERT_LT(0, strlen(one->name));
			ASSERT_TRUE(!one->word || *one->word);
		}
		free(bytes);
	}
}

TEST_HARNESS_MAIN
