// SPDX-License-Identifier: MIT
/*
 * SMMUv3: records of the event queue (7.3), errors of the command queue (7.1),
 * and of virtual command queues.
 */
#include <strings.h>

#include "decode.h"

/* Which fields an event has besides SSV, SubstreamID and StreamID */
enum {
	STALL = 1 << 0,
	ACCESS = 1 << 1,
	STAGE = 1 << 2,
	INPUT = 1 << 3,
	IPA = 1 << 4,
	FETCH = 1 << 5,
	REASON = 1 << 6,
	TRANSLATION = STALL | ACCESS | STAGE | INPUT | IPA,
};

static const struct {
	__u32 id;
	unsigned int fields;
	const char *name;
	const char *words;
} events[] = {
	{ 0x01, REASON | ACCESS | INPUT, "F_UUT",
	  "transaction is not supported" },
	{ 0x02, 0, "C_BAD_STREAMID", "StreamID is beyond the stream table" },
	{ 0x03, REASON | FETCH, "F_STE_FETCH",
	  "stream table entry cannot be read" },
	{ 0x04, 0, "C_BAD_STE", "stream table entry is not valid" },
	{ 0x05, INPUT, "F_BAD_ATS_TREQ", "ATS is not enabled for the stream" },
	{ 0x06, 0, "F_STREAM_DISABLED",
	  "stream has no transactions without a substream" },
	{ 0x07, ACCESS | INPUT, "F_TRANSL_FORBIDDEN",
	  "translated transaction of a stream that may not send any" },
	{ 0x08, 0, "C_BAD_SUBSTREAMID",
	  "SubstreamID is beyond the context descriptors" },
	{ 0x09, REASON | FETCH, "F_CD_FETCH",
	  "context descriptor cannot be read" },
	{ 0x0a, 0, "C_BAD_CD", "context descriptor is not valid" },
	{ 0x0b, REASON | ACCESS | STAGE | INPUT | FETCH, "F_WALK_EABT",
	  "page table cannot be read" },
	{ 0x10, TRANSLATION, "F_TRANSLATION", "page table entry is not valid" },
	{ 0x11, TRANSLATION, "F_ADDR_SIZE", "output address is out of range" },
	{ 0x12, TRANSLATION, "F_ACCESS", "access flag is not set" },
	{ 0x13, TRANSLATION, "F_PERMISSION", "page lacks the permission" },
	{ 0x20, REASON | ACCESS | STAGE | INPUT, "F_TLB_CONFLICT",
	  "TLB has two entries for the address" },
	{ 0x21, REASON, "F_CFG_CONFLICT", "two cached configurations collide" },
	{ 0x24, INPUT, "E_PAGE_REQUEST", "hint of an access to come" },
	{ 0x25, REASON | FETCH, "F_VMS_FETCH", "VMS cannot be read" },
};

#define NR_EVENTS (sizeof(events) / sizeof(*events))

/* Where it stands in the table; past its end if it does not. */
static size_t find_event(__u32 id)
{
	size_t i;

	for (i = 0; i < NR_EVENTS && events[i].id != id; i++)
		;
	return i;
}

const char *smmuv3_event_name(__u32 id)
{
	size_t i = find_event(id);

	return i < NR_EVENTS ? events[i].name : NULL;
}

const char *smmuv3_event_words(__u32 id)
{
	size_t i = find_event(id);

	return i < NR_EVENTS ? events[i].words : NULL;
}

__u32 smmuv3_event_id(const char *name)
{
	size_t i;

	for (i = 0; i < NR_EVENTS; i++) {
		if (!strcasecmp(events[i].name, name))
			return events[i].id;
	}
	return 0;
}

static void add_access(struct decoded *decoded, __u64 word)
{
	decoded_add(decoded, "RnW", decode_bits(word, 35, 35),
		    decode_bits(word, 35, 35) ? "read" : "write");
	decoded_add(decoded, "InD", decode_bits(word, 34, 34), NULL);
	decoded_add(decoded, "PnU", decode_bits(word, 33, 33), NULL);
}

/* What was accessed when it failed: CLASS; and how, if that was a table. */
static void add_stage(struct decoded *decoded, __u64 word)
{
	static const char *const classes[] = { "CD", "TTD", "IN", NULL };
	__u64 class = decode_bits(word, 41, 40);

	decoded_add(decoded, "S2", decode_bits(word, 39, 39), NULL);
	decoded_add(decoded, "CLASS", class, classes[class]);
	if (class == 1)
		decoded_add(decoded, "TTRnW", decode_bits(word, 44, 44), NULL);
}

void decode_smmuv3_event(const unsigned char *bytes, struct decoded *decoded)
{
	__u64 first = decode_u64(bytes, 0), second = decode_u64(bytes, 1);
	__u32 id = decode_bits(first, 7, 0);
	size_t i = find_event(id);
	/* of an event that is not known all that there is */
	unsigned int has = i < NR_EVENTS ? events[i].fields : TRANSLATION;

	decoded->name = smmuv3_event_name(id);
	decoded->words = smmuv3_event_words(id);
	decoded_add(decoded, "EventID", id, NULL);
	decoded_add(decoded, "StreamID", decode_bits(first, 63, 32), NULL);
	decoded_add(decoded, "SSV", decode_bits(first, 11, 11), NULL);
	decoded_add(decoded, "SubstreamID", decode_bits(first, 31, 12), NULL);
	if (has & STALL) {
		decoded_add(decoded, "STAG", decode_bits(second, 15, 0), NULL);
		decoded_add(decoded, "Stall", decode_bits(second, 31, 31),
			    NULL);
	}
	if (has & REASON)
		decoded_add(decoded, "Reason", decode_bits(second, 15, 0),
			    NULL);
	if (has & ACCESS)
		add_access(decoded, second);
	if (has & STAGE)
		add_stage(decoded, second);
	if (has & INPUT)
		decoded_add(decoded, "InputAddr", decode_u64(bytes, 2), NULL);
	if (has & IPA)
		decoded_add(decoded, "IPA",
			    decode_u64(bytes, 3) & 0xffffffffff000ULL, NULL);
	if (has & FETCH)
		decoded_add(decoded, "FetchAddr",
			    decode_u64(bytes, 3) & 0xffffffffffff8ULL, NULL);
}

static const struct {
	__u32 opcode;
	const char *name;
} commands[] = {
	{ 0x01, "CMD_PREFETCH_CONFIG" },
	{ 0x02, "CMD_PREFETCH_ADDR" },
	{ 0x03, "CMD_CFGI_STE" },
	{ 0x04, "CMD_CFGI_STE_RANGE" },
	{ 0x05, "CMD_CFGI_CD" },
	{ 0x06, "CMD_CFGI_CD_ALL" },
	{ 0x10, "CMD_TLBI_NH_ALL" },
	{ 0x11, "CMD_TLBI_NH_ASID" },
	{ 0x12, "CMD_TLBI_NH_VA" },
	{ 0x13, "CMD_TLBI_NH_VAA" },
	{ 0x20, "CMD_TLBI_EL2_ALL" },
	{ 0x21, "CMD_TLBI_EL2_ASID" },
	{ 0x22, "CMD_TLBI_EL2_VA" },
	{ 0x28, "CMD_TLBI_S12_VMALL" },
	{ 0x2a, "CMD_TLBI_S2_IPA" },
	{ 0x30, "CMD_TLBI_NSNH_ALL" },
	{ 0x40, "CMD_ATC_INV" },
	{ 0x41, "CMD_PRI_RESP" },
	{ 0x44, "CMD_RESUME" },
	{ 0x45, "CMD_STALL_TERM" },
	{ 0x46, "CMD_SYNC" },
};

static const char *command_name(__u32 opcode)
{
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		if (commands[i].opcode == opcode)
			return commands[i].name;
	}
	return NULL;
}

static const struct {
	const char *name;
	const char *words;
} cerrors[] = {
	{ "CERROR_NONE", "no error" },
	{ "CERROR_ILL", "command is illegal" },
	{ "CERROR_ABT", "command cannot be read" },
	{ "CERROR_ATC_INV_SYNC", "a device did not answer an invalidation" },
};

void decode_smmuv3_cmdq(const unsigned char *bytes, struct decoded *decoded)
{
	__u64 registers = decode_u64(bytes, 0);
	__u64 gerror = decode_bits(registers, 31, 0);
	__u64 cons = decode_bits(registers, 63, 32);
	__u64 error = decode_bits(cons, 30, 24);
	__u64 command = decode_u64(bytes, 1);

	if (error < sizeof(cerrors) / sizeof(*cerrors)) {
		decoded->name = cerrors[error].name;
		decoded->words = cerrors[error].words;
	}
	decoded_add(decoded, "GERROR", gerror, NULL);
	decoded_add(decoded, "CMDQ_ERR", decode_bits(gerror, 0, 0), NULL);
	decoded_add(decoded, "ERR", error, NULL);
	decoded_add(decoded, "RD", decode_bits(cons, 19, 0), NULL);
	decoded_add(decoded, "Opcode", decode_bits(command, 7, 0),
		    command_name(decode_bits(command, 7, 0)));
	decoded_add(decoded, "CMD0", command, NULL);
	decoded_add(decoded, "CMD1", decode_u64(bytes, 2), NULL);
}

void decode_cmdqv(const unsigned char *bytes, struct decoded *decoded)
{
	decoded->name = "LVCMDQ_ERR_MAP";
	decoded->words = "virtual command queues that stopped, a bit for each";
	decoded_add(decoded, "LVCMDQ_ERR_MAP_0", decode_u64(bytes, 0), NULL);
	decoded_add(decoded, "LVCMDQ_ERR_MAP_1", decode_u64(bytes, 1), NULL);
}
