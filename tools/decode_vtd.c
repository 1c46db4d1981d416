// SPDX-License-Identifier: MIT
/*
 * VT-d: fault recording registers (11.4.8.4) and errors of the invalidation
 * queue (11.4.8.1, 11.4.9.9).
 */
#include "decode.h"

/* Scalable mode; in words of the tables that it is about */
static const struct {
	__u32 reason;
	const char *words;
} reasons[] = {
	{ 0x30, "root table is at an address that is not valid" },
	{ 0x38, "root entry cannot be read" },
	{ 0x39, "root entry is not present" },
	{ 0x3a, "root entry has a reserved bit set" },
	{ 0x40, "context entry cannot be read" },
	{ 0x41, "context entry is not present" },
	{ 0x42, "context entry has a reserved bit set" },
	{ 0x43, "context entry is not valid" },
	{ 0x44, "device TLB is not enabled for the device" },
	{ 0x45, "PASIDs are not enabled for the device" },
	{ 0x46, "PASID is beyond the device's PASID directory" },
	{ 0x47, "page requests are not enabled for the device" },
	{ 0x48, "context entry has a RID_PASID that is not valid" },
	{ 0x50, "PASID directory entry cannot be read" },
	{ 0x51, "PASID directory entry is not present" },
	{ 0x52, "PASID directory entry has a reserved bit set" },
	{ 0x58, "PASID table entry cannot be read" },
	{ 0x59, "PASID table entry is not present: nothing is attached" },
	{ 0x5a, "PASID table entry has a reserved bit set" },
	{ 0x5b, "PASID table entry is not valid" },
	{ 0x5c, "execute requests are not enabled for the PASID" },
	{ 0x5d, "supervisor requests are not enabled for the PASID" },
	{ 0x70, "first-level entry cannot be read" },
	{ 0x71, "first-level entry is not present" },
	{ 0x72, "first-level entry has a reserved bit set" },
	{ 0x73, "first-level root table cannot be read" },
	{ 0x74,
	  "first-level table is beyond what the second level translates" },
	{ 0x75, "second level does not let the first level's root be read" },
	{ 0x76, "second level does not let a first-level table be read" },
	{ 0x77, "second level does not let a first-level table be written" },
	{ 0x78, "second-level entry cannot be read" },
	{ 0x79, "second-level entry lacks the permission" },
	{ 0x7a, "second-level entry has a reserved bit set" },
	{ 0x7b, "second-level table is at an address that is not valid" },
	{ 0x80, "address is not canonical" },
	{ 0x81, "user request for a page of the supervisor" },
	{ 0x82, "first-level entry does not let the page be executed" },
	{ 0x83, "address is beyond what the hardware translates" },
	{ 0x84, "address is beyond what the second level translates" },
	{ 0x85, "first-level entry does not let the page be written" },
	{ 0x86, "first-level entry does not let the page be read" },
	{ 0x87, "address is one of interrupts" },
};

const char *vtd_reason_words(__u32 reason)
{
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(*reasons); i++) {
		if (reasons[i].reason == reason)
			return reasons[i].words;
	}
	return NULL;
}

/* T1 and T2 together tell the kind of request. */
static const char *request_word(__u64 t1, __u64 t2)
{
	if (t2)
		return t1 ? "atomic" : "page-request";
	return t1 ? "read" : "write";
}

void decode_vtd_fault(const unsigned char *bytes, struct decoded *decoded)
{
	__u64 low = decode_u64(bytes, 0), high = decode_u64(bytes, 1);
	__u64 t1 = decode_bits(high, 62, 62), t2 = decode_bits(high, 28, 28);
	__u64 reason = decode_bits(high, 39, 32);

	decoded->words = vtd_reason_words(reason);
	decoded_add(decoded, "FR", reason, NULL);
	decoded_add(decoded, "SID", decode_bits(high, 15, 0), NULL);
	decoded_add(decoded, "T1", t1, request_word(t1, t2));
	decoded_add(decoded, "T2", t2, NULL);
	decoded_add(decoded, "PP", decode_bits(high, 31, 31), NULL);
	decoded_add(decoded, "PV", decode_bits(high, 59, 40), NULL);
	decoded_add(decoded, "EXE", decode_bits(high, 30, 30), NULL);
	decoded_add(decoded, "PRIV", decode_bits(high, 29, 29), NULL);
	decoded_add(decoded, "AT", decode_bits(high, 61, 60), NULL);
	decoded_add(decoded, "FI", low & ~0xfffULL, NULL);
	decoded_add(decoded, "F", decode_bits(high, 63, 63), NULL);
}

/* Bits 3:0 of a descriptor, the upper ones of its type are in 11:9 */
static const char *const descriptors[] = {
	[1] = "context-cache",
	[2] = "iotlb",
	[3] = "device-tlb",
	[4] = "interrupt-entry-cache",
	[5] = "wait",
	[6] = "pasid-iotlb",
	[7] = "pasid-cache",
	[8] = "pasid-device-tlb",
	[9] = "page-group-response",
	[10] = "page-stream-response",
};

static const char *descriptor_word(__u64 type)
{
	if (type >= sizeof(descriptors) / sizeof(*descriptors))
		return NULL;
	return descriptors[type];
}

/* Why the queue stopped; 0 where the hardware does not say */
static const char *const stop_reasons[] = {
	[1] = "tail",	      [2] = "fetch", [3] = "type",
	[4] = "reserved-bit", [5] = "width",
};

static const char *stop_word(__u64 iqei)
{
	if (iqei >= sizeof(stop_reasons) / sizeof(*stop_reasons))
		return NULL;
	return stop_reasons[iqei];
}

void decode_vtd_invalidation(const unsigned char *bytes,
			     struct decoded *decoded)
{
	static const char *const desc[] = { "DESC0", "DESC1", "DESC2",
					    "DESC3" };
	__u64 fsts = decode_u64(bytes, 0), iqer = decode_u64(bytes, 1);
	__u64 first = decode_u64(bytes, 2), type;
	size_t i;

	if (decode_bits(fsts, 6, 6)) {
		decoded->name = "ITE";
		decoded->words = "a device did not answer an invalidation";
	} else if (decode_bits(fsts, 5, 5)) {
		decoded->name = "ICE";
		decoded->words = "a device answered an invalidation wrongly";
	} else if (decode_bits(fsts, 4, 4)) {
		decoded->name = "IQE";
		decoded->words = "a descriptor is not valid, or cannot be read";
	}
	decoded_add(decoded, "IQE", decode_bits(fsts, 4, 4), NULL);
	decoded_add(decoded, "ICE", decode_bits(fsts, 5, 5), NULL);
	decoded_add(decoded, "ITE", decode_bits(fsts, 6, 6), NULL);
	decoded_add(decoded, "IQEI", decode_bits(iqer, 3, 0),
		    stop_word(decode_bits(iqer, 3, 0)));
	decoded_add(decoded, "ITESID", decode_bits(iqer, 47, 32), NULL);
	decoded_add(decoded, "ICESID", decode_bits(iqer, 63, 48), NULL);
	if (!decode_bits(fsts, 4, 4))
		return;
	type = decode_bits(first, 11, 9) << 4 | decode_bits(first, 3, 0);
	decoded_add(decoded, "Type", type, descriptor_word(type));
	for (i = 0; i < sizeof(desc) / sizeof(*desc); i++)
		decoded_add(decoded, desc[i], decode_u64(bytes, 2 + i), NULL);
}
