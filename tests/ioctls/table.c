// SPDX-License-Identifier: GPL-2.0-only
/*
 * All ioctls of both headers, with arguments field by field.
 */
#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "ioctls.h"

/* Kinds of field; a number below 0x10000 is itself, of 32 bits. */
enum kind {
	KIND_NUMBER = 1,
	KIND_WIDE, /* 64 bits */
	KIND_BYTES,
	KIND_ID,
	KIND_NEW,
	KIND_NEXT,
	KIND_DATA,
	KIND_OBJECT,
	KIND_OF,
	KIND_WIDE_OF,
	KIND_AFTER,
	KIND_UNDO,
	KIND_KEPT,
};

#define FIELD(kind, rest) ((kind) << 16 | (int)(rest))
#define KIND(field) ((field) >> 16)
#define REST(field) ((field) % 0x10000)

enum {
	SIZE = FIELD(KIND_NUMBER, 0),
	OUT, /* whatever the kernel writes */
	NUMBER,
	FEW,
	THREE,
	TWO,
	POWER,
	SHORT, /* a time in milliseconds */
	PASID,
	VCMDQ,
	NATIVE,
	EVENTFD,
	NOTHING = FIELD(KIND_WIDE, 0),
	LABEL,
	ALL,
	MEMORY, /* of whole pages */
	ANYWHERE,
	LENGTH,
	IOVA,
	FIRST, /* IOVA of all */
	DEVICE_NAME = FIELD(KIND_BYTES, 0), /* of what it goes by */
	GAP_16,
	GAP_32,
	END,
	DIRECT, /* no struct: the argument is the number of a ring */
};

#define ID(pool) FIELD(KIND_ID, pool) /* one that was given out */
#define NEW(pool) FIELD(KIND_NEW, pool) /* the kernel gives it out */
#define NEXT(pool) FIELD(KIND_NEXT, pool) /* in: a bound, out: what is there */
#define DATA(member) FIELD(KIND_DATA, offsetof(struct guest_data, member))

#define ANY_OBJECT FIELD(KIND_OBJECT, 0)
#define ANY_HWPT FIELD(KIND_OBJECT, 1)
/* The id that the call it goes by gave out; the endpoint that call was about */
#define SELF FIELD(KIND_OBJECT, 2)
#define ITS_ENDPOINT FIELD(KIND_OBJECT, 3)

/* A field of the call that it goes by, of 32 or of 64 bits */
#define OF(type, member) FIELD(KIND_OF, offsetof(struct type, member))
#define WIDE_OF(type, member) FIELD(KIND_WIDE_OF, offsetof(struct type, member))

/* No fields: which call it goes by comes first, where it is kept itself last. */
#define AFTER(pool) FIELD(KIND_AFTER, pool)
#define UNDO(pool) FIELD(KIND_UNDO, pool) /* it is none to go by any more */
#define KEPT(pool) FIELD(KIND_KEPT, pool)

/* How a call is meant */
enum mood {
	RIGHT,
	SPOILT, /* one field is anything, or the size is */
	STRANGE, /* ids are of anything */
	LOST, /* to any file, or without an argument */
};

/* Calls of one ioctl, and of all, from which on it has had its chance */
#define MANY 200
#define ENOUGH 20000

enum how_often {
	OFTEN,
	RARELY, /* since others need what it takes away */
};

/**
 * struct spec - an ioctl and its argument
 * @name: of the ioctl
 * @cmd: the ioctl
 * @often: how often
 * @fields: of the struct, up to END
 */
struct spec {
	const char *name;
	unsigned long cmd;
	enum how_often often;
	int fields[32];
};

#define SPEC(name, often, ...)           \
	{                                \
#name, name, often,      \
		{                        \
			__VA_ARGS__, END \
		}                        \
	}

#define DESTROY(often, pool) SPEC(FAULTQ_DESTROY, often, SIZE, UNDO(pool), SELF)
#define QUEUE(...) SPEC(FAULTQ_QUEUE_ALLOC, OFTEN, SIZE, __VA_ARGS__)
#define EVENTS_OF(pool)                                                      \
	QUEUE(AFTER(pool), TWO, 2, 1, POWER, 0, 0, 0, NEW(EVENT_QUEUE), OUT, \
	      SELF, NATIVE)
#define TABLE(...) SPEC(FAULTQ_HWPT_ALLOC, OFTEN, SIZE, __VA_ARGS__)
#define PAGING(flags, pool, queue)                                        \
	TABLE(AFTER(DEVICE), flags, SELF, 0, NEW(pool), 0, 0, 0, NOTHING, \
	      queue, 0)
#define STAGE_1(source, parent, ...)                                   \
	TABLE(AFTER(parent), 4, OF(source, dev_id), SELF, __VA_ARGS__, \
	      ID(IOPF_QUEUE), 0)
#define MAP(pool, hwpt, iova)                                               \
	SPEC(FAULTQ_HWPT_MAP, OFTEN, SIZE, AFTER(pool), 7, hwpt, 0, MEMORY, \
	     LENGTH, iova, KEPT(MAPPING))
#define UNMAP(...) SPEC(FAULTQ_HWPT_UNMAP, OFTEN, SIZE, __VA_ARGS__)
#define ATTACH(hwpt, flags, pasid, cookie, pool)                    \
	SPEC(FAULTQ_DEVICE_ATTACH, OFTEN, SIZE, AFTER(hwpt), flags, \
	     OF(faultq_hwpt_alloc, dev_id), SELF, pasid, 0, cookie, \
	     KEPT(pool))
#define DETACH(pool, flags)                                        \
	SPEC(FAULTQ_DEVICE_DETACH, OFTEN, SIZE, UNDO(pool), flags, \
	     OF(faultq_device_attach, dev_id),                     \
	     OF(faultq_device_attach, pasid))
#define VIRTUAL(type, pool, ...)                                       \
	SPEC(FAULTQ_VIOMMU_ALLOC, OFTEN, SIZE, AFTER(PARENT), 0, type, \
	     OF(faultq_hwpt_alloc, dev_id), SELF, NEW(pool), __VA_ARGS__)
#define VDEVICE_ON(pool)                                           \
	SPEC(FAULTQ_VDEVICE_ALLOC, OFTEN, SIZE, AFTER(pool), SELF, \
	     OF(faultq_viommu_alloc, dev_id), NEW(VDEVICE), LABEL)
#define INVALIDATE(pool, data, type, length)                         \
	SPEC(FAULTQ_HWPT_INVALIDATE, OFTEN, SIZE, AFTER(pool), SELF, \
	     DATA(data), type, length, FEW, 0)
/* Where a first-stage table could be made one can be bound. */
#define BIND(flags, host, queue)                                               \
	SPEC(FAULTQ_PASID_BIND, OFTEN, SIZE, AFTER(S1), flags,                 \
	     OF(faultq_hwpt_alloc, dev_id), OF(faultq_hwpt_alloc, pt_id), FEW, \
	     host, queue, NEW(BINDING), LABEL, 1, 0, NOTHING, IOVA, 48, 0)
#define VCMDQ_AT(iova, length)                                             \
	SPEC(FAULTQ_HW_QUEUE_ALLOC, OFTEN, SIZE, AFTER(CMDQV), 0, SELF, 1, \
	     VCMDQ, NEW(HW_QUEUE), iova, length)
#define DMA(often, pool, endpoint, flags, op, pasid, to, buf)               \
	SPEC(MOCK_IOMMU_DMA, often, SIZE, AFTER(pool), flags, endpoint, op, \
	     pasid, 0, IOVA, to, buf, LENGTH, FEW, FEW, OUT, OUT, OUT, 0,   \
	     GAP_16, GAP_16, LABEL, OUT, OUT, LABEL)

static const struct spec specs[] = {
	SPEC(FAULTQ_DESTROY, RARELY, SIZE, ANY_OBJECT),
	DESTROY(OFTEN, HW_QUEUE),
	DESTROY(OFTEN, VDEVICE),
	DESTROY(OFTEN, S1),
	DESTROY(OFTEN, STE),
	DESTROY(OFTEN, EVENT_QUEUE),
	DESTROY(RARELY, HWPT),
	DESTROY(RARELY, PARENT),
	DESTROY(RARELY, VIOMMU),
	DESTROY(RARELY, CMDQV),
	DESTROY(RARELY, DEVICE),
	DESTROY(RARELY, IOPF_QUEUE),
	QUEUE(0, 1, FEW, POWER, POWER, SHORT, 2, NEW(IOPF_QUEUE), OUT, 0, 0),
	QUEUE(0, 1, FEW, POWER, POWER, NUMBER, THREE, NEW(IOPF_QUEUE), OUT, 0,
	      0),
	EVENTS_OF(DEVICE),
	EVENTS_OF(VIOMMU),
	EVENTS_OF(CMDQV),
	SPEC(FAULTQ_DEVICE_BIND, OFTEN, SIZE, AFTER(ENDPOINT), 0, LABEL,
	     DEVICE_NAME, NEW(DEVICE), 0),
	SPEC(FAULTQ_DEVICE_INFO, OFTEN, SIZE, AFTER(DEVICE), 0, SELF, OUT, OUT,
	     0, LABEL, GAP_32, GAP_32, GAP_16, OUT, NUMBER, ANYWHERE),
	PAGING(4, HWPT, ID(IOPF_QUEUE)),
	PAGING(0, HWPT, 0),
	PAGING(1, PARENT, 0),
	STAGE_1(faultq_hwpt_alloc, PARENT, NEW(S1), 0, 1, 24, DATA(s1)),
	STAGE_1(faultq_viommu_alloc, VIOMMU, NEW(S1), 0, 1, 24, DATA(s1)),
	STAGE_1(faultq_viommu_alloc, VIOMMU, NEW(STE), 0, 2, 16, DATA(ste)),
	STAGE_1(faultq_viommu_alloc, CMDQV, NEW(STE), 0, 2, 16, DATA(ste)),
	MAP(HWPT, SELF, IOVA),
	MAP(PARENT, SELF, IOVA),
	MAP(CMDQV, OF(faultq_viommu_alloc, hwpt_id), FIRST),
	UNMAP(UNDO(MAPPING), OF(faultq_hwpt_map, hwpt_id),
	      WIDE_OF(faultq_hwpt_map, iova), WIDE_OF(faultq_hwpt_map, length)),
	UNMAP(AFTER(MAPPING), OF(faultq_hwpt_map, hwpt_id), IOVA, LENGTH),
	UNMAP(AFTER(HWPT), SELF, NOTHING, ALL),
	SPEC(FAULTQ_HWPT_IOVA_RANGES, OFTEN, SIZE, AFTER(HWPT), SELF, FEW, 0,
	     ANYWHERE, LABEL),
	SPEC(FAULTQ_HWPT_IOVA_RANGES, OFTEN, SIZE, AFTER(PARENT), SELF, 20, 0,
	     ANYWHERE, LABEL),
	ATTACH(HWPT, 0, 0, NOTHING, ON_RID),
	ATTACH(HWPT, 1, PASID, NOTHING, ON_PASID),
	ATTACH(S1, 2, 0, LABEL, ON_RID),
	ATTACH(S1, 3, PASID, LABEL, ON_PASID),
	ATTACH(STE, 0, 0, NOTHING, ON_RID),
	SPEC(FAULTQ_DEVICE_ATTACH, OFTEN, SIZE, AFTER(DEVICE), 1, SELF,
	     ANY_HWPT, PASID, 0, NOTHING, KEPT(ON_PASID)),
	DETACH(ON_RID, 0),
	DETACH(ON_PASID, 1),
	SPEC(FAULTQ_PASID_ALLOC, OFTEN, SIZE, AFTER(DEVICE), 0, SELF,
	     NEW(HOST_PASID)),
	SPEC(FAULTQ_PASID_FREE, OFTEN, SIZE, UNDO(HOST_PASID), 0,
	     OF(faultq_pasid_alloc, dev_id), SELF),
	VIRTUAL(TWO, VIOMMU, 0, 0, NOTHING),
	VIRTUAL(2, CMDQV, 16, 0, DATA(vintf)),
	VDEVICE_ON(VIOMMU),
	VDEVICE_ON(CMDQV),
	INVALIDATE(S1, vtd, 0, 40),
	INVALIDATE(BINDING, vtd, 0, 40),
	INVALIDATE(CMDQV, smmu, 1, 32),
	BIND(3, 0, 0),
	BIND(6, NUMBER, ID(IOPF_QUEUE)),
	SPEC(FAULTQ_PASID_UNBIND, OFTEN, SIZE, UNDO(BINDING), 0,
	     OF(faultq_pasid_bind, dev_id), OF(faultq_pasid_bind, guest_pasid)),
	VCMDQ_AT(FIRST, LABEL),
	VCMDQ_AT(IOVA, LENGTH),
	SPEC(FAULTQ_QUEUE_INFO, OFTEN, SIZE, 0, OUT, OUT, OUT, OUT, OUT, 0),
	SPEC(FAULTQ_QUEUE_EVENTFD, OFTEN, SIZE, 0, EVENTFD, 0),
	SPEC(FAULTQ_QUEUE_DOORBELL, OFTEN, DIRECT),
	SPEC(FAULTQ_QUEUE_RESPOND, RARELY, SIZE, 0, NUMBER, 0, ANYWHERE),
	SPEC(FAULTQ_QUEUE_REPUBLISH, OFTEN, DIRECT),
	SPEC(MOCK_IOMMU_IOMMU_ADD, RARELY, SIZE, 0, 1, 0, NEW(IOMMU), 0, GAP_32,
	     TWO, 0),
	SPEC(MOCK_IOMMU_IOMMU_ADD, RARELY, SIZE, 0, 2, 0, NEW(IOMMU), 0, GAP_32,
	     0, 0),
	SPEC(MOCK_IOMMU_IOMMU_REMOVE, RARELY, SIZE, ID(IOMMU)),
	SPEC(MOCK_IOMMU_IOMMU_INFO, OFTEN, SIZE, 1, NEXT(IOMMU), OUT, OUT, OUT,
	     OUT, 0, GAP_32),
	SPEC(MOCK_IOMMU_IOMMU_STATS, OFTEN, SIZE, 0, ID(IOMMU), OUT, GAP_32,
	     GAP_32, GAP_32, GAP_32, GAP_32),
	SPEC(MOCK_IOMMU_IOMMU_IRQ, OFTEN, SIZE, 0, ID(IOMMU), 0),
	SPEC(MOCK_IOMMU_IOMMU_IRQ, RARELY, SIZE, 0, ID(IOMMU), 1),
	SPEC(MOCK_IOMMU_ENDPOINT_ADD, RARELY, SIZE, 3, ID(IOMMU), 0, 20, 0,
	     NEW(ENDPOINT), 0, GAP_32),
	SPEC(MOCK_IOMMU_ENDPOINT_ADD, RARELY, SIZE, 3, ID(IOMMU), 0, 20, 0,
	     NEW(ENDPOINT), 0, GAP_32, 1, 0, IOVA, LENGTH),
	SPEC(MOCK_IOMMU_ENDPOINT_ADD, RARELY, SIZE, 3, ID(IOMMU), 0, 20, 0,
	     NEW(ENDPOINT), 0, GAP_32),
	SPEC(MOCK_IOMMU_ENDPOINT_ADD, RARELY, SIZE, 8, ID(IOMMU), 0, 20, 0,
	     NEW(ENDPOINT), 0, GAP_32),
	SPEC(MOCK_IOMMU_ENDPOINT_REMOVE, RARELY, SIZE, ID(ENDPOINT)),
	SPEC(MOCK_IOMMU_ENDPOINT_INFO, OFTEN, SIZE, 1, NEXT(ENDPOINT), OUT, OUT,
	     OUT, OUT, OUT, GAP_32),
	SPEC(MOCK_IOMMU_ENDPOINT_STATS, OFTEN, SIZE, 0, ID(ENDPOINT), OUT, OUT,
	     OUT, GAP_32, GAP_32, GAP_16, LABEL),
	SPEC(MOCK_IOMMU_ENDPOINT_RESET, RARELY, SIZE, ID(ENDPOINT)),
	DMA(RARELY, ENDPOINT, SELF, 0, 3, 0, NOTHING, ANYWHERE),
	DMA(OFTEN, ON_RID, ITS_ENDPOINT, 0, TWO, 0, NOTHING, ANYWHERE),
	DMA(RARELY, ON_RID, ITS_ENDPOINT, 0, 2, 0, IOVA, NOTHING),
	DMA(OFTEN, ON_PASID, ITS_ENDPOINT, 1, TWO,
	    OF(faultq_device_attach, pasid), NOTHING, ANYWHERE),
	DMA(OFTEN, BINDING, ITS_ENDPOINT, 1, TWO,
	    OF(faultq_pasid_bind, host_pasid), NOTHING, ANYWHERE),
	SPEC(MOCK_IOMMU_PAGE_REQUEST, OFTEN, SIZE, AFTER(ON_RID), 0,
	     ITS_ENDPOINT, FEW, DATA(requests), OUT, 0),
	SPEC(MOCK_IOMMU_PAGE_REQUEST, RARELY, SIZE, 1, ID(ENDPOINT), FEW,
	     DATA(requests), OUT, 0),
	SPEC(MOCK_IOMMU_RESPONSE_READ, OFTEN, SIZE, 0, ID(ENDPOINT), FEW,
	     ANYWHERE, TWO, OUT, LABEL),
	SPEC(MOCK_IOMMU_MISBEHAVE, RARELY, SIZE, 0, ID(ENDPOINT), THREE, FEW,
	     TWO),
	SPEC(MOCK_IOMMU_FAULT, OFTEN, SIZE, TWO, ID(ENDPOINT), 0, FEW, FEW,
	     IOVA, FEW, OUT),
	SPEC(MOCK_IOMMU_QUEUE_ERROR, RARELY, SIZE, 0, ID(ENDPOINT), THREE),
};

#define NR_SPECS (sizeof(specs) / sizeof(*specs))

void data_init(struct guest_data *data)
{
	/* TLBI_NH_ALL, TLBI_NH_ASID, CFGI_CD_ALL, ATC_INV */
	static const __u8 cmds[] = { 0x10, 0x11, 0x06, 0x40 };
	unsigned int i;

	data->s1.pgtbl_addr = BED_IOVA + PAGE;
	data->s1.addr_width = 48;
	/* V, Cfg stage 1, 128 context descriptors */
	data->ste.ste[0] = 1ULL | 5ULL << 1 | 7ULL << 59 | BED_IOVA;
	for (i = 0; i < 8; i++) {
		data->vtd[i].npages = i ? i : ~0ULL;
		data->smmu[i].cmd[0] = cmds[i % 4] | 16ULL << (32 + i / 4);
		data->requests[i] = (struct mock_iommu_request){
			.flags = MOCK_IOMMU_REQUEST_AUTO_GRPID |
				 (i % 3 ? 0 : MOCK_IOMMU_REQUEST_LAST),
			.perm = 1 + i % 3,
			.addr = BED_IOVA + i * PAGE,
		};
		if (i % 3 < 2)
			continue;
		data->requests[i].flags |= MOCK_IOMMU_REQUEST_PASID;
		data->requests[i].pasid = 1 + i % 3;
	}
}

__u64 edge(struct dice *dice)
{
	static const __u64 edges[] = {
		0,	    1,
		7,	    8,
		4095,	    4096,
		0x7fffffff, 0x80000000,
		0xffffffff, 1ULL << 32,
		1ULL << 47, 1ULL << 48,
		1ULL << 57, ~0ULL - 4095,
		~0ULL,
	};

	return edges[roll(dice, sizeof(edges) / sizeof(*edges))];
}

/* Returns NULL if there is none. */
static struct past *past_of(struct hand *hand, enum pool pool)
{
	struct past *pasts = hand->player->pasts[pool];
	__u32 first = roll(&hand->dice, POOL_SLOTS), i, at;

	for (i = 0; i < POOL_SLOTS; i++) {
		at = (first + i) % POOL_SLOTS;
		if (pasts[at].there)
			return &pasts[at];
	}
	return NULL;
}

static __u32 id_of(struct hand *hand, enum pool pool)
{
	const struct past *past = past_of(hand, pool);

	return past ? past->id : 0;
}

/* Of whatever type, or none at all */
static __u32 strange_id(struct hand *hand)
{
	return roll(&hand->dice, 4) ? id_of(hand, roll(&hand->dice, POOLS)) :
				      roll(&hand->dice, 32);
}

static __u32 some_object(struct hand *hand, int field)
{
	static const enum pool hwpts[] = { HWPT, PARENT, S1, STE };

	switch (field) {
	case ANY_HWPT:
		return id_of(hand, hwpts[roll(&hand->dice, 4)]);
	case SELF:
		return hand->by ? hand->by->id : 0;
	case ITS_ENDPOINT:
		return hand->by ? hand->by->endpoint : 0;
	}
	return strange_id(hand);
}

static __u32 native_type(struct dice *dice)
{
	static const __u32 types[] = {
		FAULTQ_NATIVE_NONE,
		FAULTQ_NATIVE_ARM_SMMUV3,
		FAULTQ_NATIVE_TEGRA241_CMDQV,
		FAULTQ_NATIVE_VTD_FAULT,
		FAULTQ_NATIVE_VTD_INVALIDATION,
		FAULTQ_NATIVE_ARM_SMMUV3_CMDQ,
	};

	return types[roll(dice, sizeof(types) / sizeof(*types))];
}

static __u32 number(struct hand *hand, int field)
{
	struct dice *dice = &hand->dice;

	switch (field) {
	case OUT:
		return roll(dice, 2) ? 0 : roll(dice, 0x7fffffff);
	case NUMBER:
		return roll(dice, 64);
	case FEW:
		return 1 + roll(dice, 8);
	case THREE:
		return roll(dice, 3);
	case TWO:
		return roll(dice, 2);
	case POWER:
		return 4U << roll(dice, 7);
	case SHORT:
		return 1 + roll(dice, 500);
	case PASID:
		return 1 + roll(dice, 4);
	case VCMDQ:
		/* from 0 on without a gap */
		return roll(dice, 8) ? roll(dice, 4) :
				       roll(dice, FAULTQ_MAX_VCMDQS);
	case NATIVE:
		return native_type(dice);
	case EVENTFD:
		return roll(dice, 4) ? hand->player->eventfd : -1;
	}
	return field;
}

static size_t size_of(int field)
{
	switch (field) {
	case DEVICE_NAME:
		return FAULTQ_DEVICE_NAME_LEN;
	case GAP_32:
		return 32;
	case GAP_16:
		return 16;
	}
	switch (KIND(field)) {
	case KIND_WIDE:
	case KIND_DATA:
	case KIND_WIDE_OF:
		return 8;
	case KIND_AFTER:
	case KIND_UNDO:
	case KIND_KEPT:
		return 0;
	}
	return 4;
}

/* Nothing is read of a call that there was none of. */
static __u64 of_past(struct hand *hand, int field)
{
	__u64 value = 0;

	if (hand->by)
		memcpy(&value, hand->by->arg + REST(field), size_of(field));
	return value;
}

static __u32 word(struct hand *hand, int field)
{
	if (hand->strange && KIND(field) >= KIND_ID && roll(&hand->dice, 2))
		return strange_id(hand);
	switch (KIND(field)) {
	case KIND_ID:
		return id_of(hand, REST(field));
	case KIND_NEXT:
		return roll(&hand->dice, 2) ? id_of(hand, REST(field)) + 1 : 0;
	case KIND_OBJECT:
		return some_object(hand, field);
	case KIND_OF:
		return of_past(hand, field);
	}
	return number(hand, field);
}

static __u64 pair(struct hand *hand, int field)
{
	struct player *player = hand->player;
	struct dice *dice = &hand->dice;

	switch (field) {
	case MEMORY:
		return (uintptr_t)player->scratch +
		       PAGE * roll(dice, PLAYER_PAGES - 7);
	case ANYWHERE:
		return (uintptr_t)player->scratch +
		       8 * roll(dice, PLAYER_PAGES * PAGE / 8);
	case LENGTH:
		return PAGE << roll(dice, 4);
	case IOVA:
		return BED_IOVA + (roll(dice, 4) ?
					   8 * PAGE * roll(dice, 4) :
					   PAGE * roll(dice, PLAYER_PAGES));
	case FIRST:
		return BED_IOVA;
	case ALL:
		return ~0ULL;
	case LABEL:
		return 16ULL << roll(dice, 8);
	}
	return 0;
}

/* Both calls that tell of an endpoint have its name there. */
static void name(struct hand *hand, unsigned char *to)
{
	const size_t at = offsetof(struct mock_iommu_endpoint_add, out_name);

	static_assert(at == offsetof(struct mock_iommu_endpoint_info, out_name),
		      "names of endpoints");
	snprintf((char *)to, FAULTQ_DEVICE_NAME_LEN, "platform/%.31s",
		 hand->by ? (const char *)hand->by->arg + at : "");
}

static size_t align(size_t at, int field)
{
	return size_of(field) == 8 ? (at + 7) & ~7UL : at;
}

static void fill_field(struct hand *hand, int field, unsigned char *to)
{
	__u64 value = 0;

	if (field == DEVICE_NAME)
		return name(hand, to);
	if (KIND(field) == KIND_BYTES)
		return;
	if (KIND(field) == KIND_DATA)
		value = (uintptr_t)&hand->player->data + REST(field);
	else if (KIND(field) == KIND_WIDE)
		value = pair(hand, field);
	else if (KIND(field) == KIND_WIDE_OF)
		value = of_past(hand, field);
	else
		value = word(hand, field);
	memcpy(to, &value, size_of(field));
}

/* Returns the size of what was filled in. */
static size_t fill(struct hand *hand, const struct spec *spec,
		   unsigned char *arg)
{
	const int *field;
	size_t at = 0;

	memset(arg, 0, ARG_MAX_BYTES);
	for (field = spec->fields; *field != END; field++) {
		at = align(at, *field);
		fill_field(hand, *field, arg + at);
		at += size_of(*field);
	}
	memcpy(arg, &at, 4);
	return at;
}

/* One field becomes anything, or the size does. */
static void spoil(struct hand *hand, unsigned char *arg, size_t size)
{
	__u64 value = edge(&hand->dice);
	size_t at = 4 * roll(&hand->dice, size / 4);

	memcpy(arg + at, &value,
	       at + 8 <= size && roll(&hand->dice, 2) ? 8 : 4);
}

/* One that is free, before one is forgotten */
static struct past *room(struct hand *hand, enum pool pool)
{
	struct past *pasts = hand->player->pasts[pool];
	__u32 i;

	for (i = 0; i < POOL_SLOTS; i++)
		if (!pasts[i].there)
			return &pasts[i];
	return &pasts[roll(&hand->dice, POOL_SLOTS)];
}

/* Threads that meet here may mix two calls, which is one more hostile call. */
static void keep_call(struct hand *hand, enum pool pool, int fd, __u32 id,
		      const unsigned char *arg)
{
	struct past *past = room(hand, pool);

	past->fd = fd;
	past->id = id;
	past->endpoint = pool == ENDPOINT ? id :
			 hand->by	  ? hand->by->endpoint :
					    0;
	memcpy(past->arg, arg, ARG_MAX_BYTES);
	past->there = true;
}

/* What the kernel gave out is used by others from now on. */
static void keep(struct hand *hand, const struct spec *spec, int fd,
		 const unsigned char *arg)
{
	const int *field;
	size_t at = 0;
	__u32 id;

	for (field = spec->fields; *field != END; field++) {
		at = align(at, *field);
		memcpy(&id, arg + at, 4);
		if (KIND(*field) == KIND_NEW || KIND(*field) == KIND_NEXT ||
		    KIND(*field) == KIND_KEPT)
			keep_call(hand, REST(*field), fd, id, arg);
		at += size_of(*field);
	}
	if (spec->cmd == FAULTQ_QUEUE_ALLOC)
		keep_file(hand,
			  ((struct faultq_queue_alloc *)arg)->out_queue_fd);
}

/* The file that knows the call */
static int right_file(struct hand *hand, unsigned long cmd)
{
	struct player *player = hand->player;

	if (_IOC_TYPE(cmd) == MOCK_IOMMU_TYPE)
		return player->mock;
	if (_IOC_NR(cmd) >= FAULTQ_CMD_QUEUE_BASE)
		return player->files[roll(&hand->dice, PLAYER_FILES)];
	if (hand->by && hand->by->fd != player->mock)
		return hand->by->fd;
	return player->ctx[roll(&hand->dice, 16) == 0];
}

static unsigned int tally_index(unsigned long cmd)
{
	return _IOC_NR(cmd) | (_IOC_TYPE(cmd) == MOCK_IOMMU_TYPE ? 128 : 0);
}

/* Counts a call that returned @ret. */
int made(struct hand *hand, unsigned long cmd, int ret)
{
	struct tally *tally = hand->player->tally;

	tally->calls[tally_index(cmd)]++;
	tally->good[tally_index(cmd)] += ret >= 0;
	return ret;
}

static void *argument(struct hand *hand, const struct spec *spec,
		      enum mood mood, unsigned char *arg)
{
	size_t size = fill(hand, spec, arg);
	__u32 ring = roll(&hand->dice, 8) ? 0 : edge(&hand->dice);

	if (spec->fields[0] == DIRECT)
		return (void *)(uintptr_t)ring;
	if (mood == SPOILT)
		spoil(hand, arg, size);
	return mood == LOST && roll(&hand->dice, 2) ? NULL : arg;
}

/* What a call goes by is forgotten when it is gone. */
static void forget(struct hand *hand, const struct spec *spec, int ret)
{
	bool undone = KIND(spec->fields[1]) == KIND_UNDO && ret >= 0;

	if (hand->by && (undone || ret == -ENOENT || ret == -ENODEV))
		hand->by->there = false;
}

static void call_in(struct hand *hand, const struct spec *spec, enum mood mood)
{
	__u64 words[ARG_MAX_BYTES / 8 + 1];
	unsigned char *arg = (unsigned char *)words;
	int fd, ret;
	void *at;

	hand->strange = mood == STRANGE;
	fd = mood == LOST ? any_file(hand) : right_file(hand, spec->cmd);
	at = argument(hand, spec, mood, arg);
	ret = made(hand, spec->cmd, call(fd, spec->cmd, at));
	if (ret >= 0 && at == arg)
		keep(hand, spec, fd, arg);
	if (mood == RIGHT)
		forget(hand, spec, ret);
}

/* A third is hostile. Of what there is nothing to go by little is to be had. */
static void call_one(struct hand *hand, const struct spec *spec)
{
	static const enum mood moods[] = { SPOILT, SPOILT, STRANGE, LOST };
	__u32 what = roll(&hand->dice, 12);
	enum mood mood = what < 4 ? moods[what] : RIGHT;
	int source = spec->fields[1];
	bool goes_by = KIND(source) == KIND_AFTER || KIND(source) == KIND_UNDO;

	hand->by = goes_by ? past_of(hand, REST(source)) : NULL;
	if (hand->by || !goes_by || !roll(&hand->dice, 32))
		call_in(hand, spec, mood);
}

void call_something(struct hand *hand)
{
	const struct spec *spec = &specs[roll(&hand->dice, NR_SPECS)];

	if (spec->often == RARELY && roll(&hand->dice, 8))
		return;
	if (hand->serves && spec->cmd == MOCK_IOMMU_DMA)
		return;
	call_one(hand, spec);
}

/* A player that begins with nothing would end before it had anything. */
void move_in(struct hand *hand)
{
	static const unsigned long cmds[] = {
		MOCK_IOMMU_IOMMU_INFO, MOCK_IOMMU_IOMMU_INFO,
		MOCK_IOMMU_IOMMU_INFO, MOCK_IOMMU_ENDPOINT_ADD,
		FAULTQ_DEVICE_BIND,    FAULTQ_DEVICE_BIND,
		FAULTQ_QUEUE_ALLOC,    FAULTQ_HWPT_ALLOC,
		FAULTQ_HWPT_MAP,       FAULTQ_HWPT_MAP,
		FAULTQ_VIOMMU_ALLOC,   FAULTQ_HWPT_ALLOC,
		FAULTQ_DEVICE_ATTACH,
	};
	unsigned int i, nr;

	for (i = 0; i < sizeof(cmds) / sizeof(*cmds); i++)
		for (nr = 0; nr < NR_SPECS; nr++)
			if (specs[nr].cmd == cmds[i])
				call_one(hand, &specs[nr]);
}

static bool first_of_its_kind(unsigned int nr)
{
	return !nr || specs[nr].cmd != specs[nr - 1].cmd;
}

void tell_calls(const struct tally *tally)
{
	unsigned long calls, good;
	unsigned int i, at;

	for (i = 0; i < NR_SPECS; i++) {
		if (!first_of_its_kind(i))
			continue;
		at = tally_index(specs[i].cmd);
		calls = tally->calls[at];
		good = tally->good[at];
		printf("# %-28s %8lu calls, %7lu good: %3lu %%\n",
		       specs[i].name, calls, good,
		       calls ? 100 * good / calls : 0);
	}
}

unsigned long calls_made(const struct tally *tally)
{
	unsigned long sum = 0;
	unsigned int i;

	for (i = 0; i < TALLY_CMDS; i++)
		sum += tally->calls[i];
	return sum;
}

/*
 * An ioctl that was called MANY times succeeds in a fiftieth of them at least, which
 * is a tenth of what the hardest does; in a long run each does at all. Returns the
 * name of one of which this is not so, or NULL.
 */
const char *too_seldom(const struct tally *tally)
{
	unsigned long calls, good;
	unsigned int i, at;

	for (i = 0; i < NR_SPECS; i++) {
		at = tally_index(specs[i].cmd);
		calls = tally->calls[at];
		good = tally->good[at];
		if (calls >= MANY && good * 50 < calls)
			return specs[i].name;
		if (calls_made(tally) >= ENOUGH && !good)
			return specs[i].name;
	}
	return NULL;
}
