// SPDX-License-Identifier: GPL-2.0-only
/*
 * All ioctls of both headers, with arguments field by field.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "ioctls.h"

/* Fields; a number below 0x10000 is itself, of 32 bits. */
enum {
	SIZE = 0x10000,
	OUT, /* whatever the kernel writes */
	NUMBER,
	FEW,
	THREE,
	TWO,
	POWER,
	SHORT, /* a time in milliseconds */
	PASID,
	NATIVE,
	EVENTFD,
	WIDE = 0x20000, /* from here on 64 bits */
	NOTHING,
	LABEL,
	ALL,
	MEMORY, /* of whole pages */
	ANYWHERE,
	LENGTH,
	IOVA,
	BYTES = 0x30000,
	DEVICE_NAME,
	NEW_NAME,
	GAP_16,
	GAP_32,
	END,
	DIRECT, /* no struct: the argument is the number of a ring */
};

#define ID(pool) (0x40000 + (pool)) /* one that was given out */
#define NEW(pool) (0x50000 + (pool)) /* the kernel gives it out */
#define NEXT(pool) (0x60000 + (pool)) /* in: a bound, out: what is there */
#define DATA(member) (0x70000 + (int)offsetof(struct guest_data, member))
#define KIND(field) ((field) >> 16)
#define REST(field) ((field) % 0x10000)

#define PARENT_OR_VIOMMU 0x80000
#define ANY_OBJECT 0x80001
#define ANY_HWPT 0x80002

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

#define QUEUE(often, ...) SPEC(FAULTQ_QUEUE_ALLOC, often, SIZE, __VA_ARGS__)
#define TABLE(...) SPEC(FAULTQ_HWPT_ALLOC, OFTEN, SIZE, __VA_ARGS__)
#define BIND(flags, parent, pasid, host, queue)                                \
	SPEC(FAULTQ_PASID_BIND, OFTEN, SIZE, flags, ID(DEVICE), parent, pasid, \
	     host, queue, NEW(NESTED), LABEL, 1, 0, NOTHING, IOVA, 48, 0)
#define DMA(flags, op, pasid, to, buf)                                       \
	SPEC(MOCK_IOMMU_DMA, OFTEN, SIZE, flags, ID(ENDPOINT), op, pasid, 0, \
	     IOVA, to, buf, LENGTH, FEW, FEW, OUT, OUT, OUT, 0, GAP_16,      \
	     GAP_16, LABEL, OUT, OUT, LABEL)

static const struct spec specs[] = {
	SPEC(FAULTQ_DESTROY, RARELY, SIZE, ANY_OBJECT),
	QUEUE(OFTEN, 0, 1, FEW, POWER, POWER, SHORT, 2, NEW(IOPF_QUEUE), OUT, 0,
	      0),
	QUEUE(OFTEN, 0, 1, FEW, POWER, POWER, NUMBER, THREE, NEW(IOPF_QUEUE),
	      OUT, 0, 0),
	QUEUE(OFTEN, TWO, 2, 1, POWER, 0, 0, 0, NEW(EVENT_QUEUE), OUT,
	      ID(DEVICE), NATIVE),
	QUEUE(OFTEN, TWO, 2, 1, POWER, 0, 0, 0, NEW(EVENT_QUEUE), OUT,
	      ID(VIOMMU), NATIVE),
	SPEC(FAULTQ_DEVICE_BIND, OFTEN, SIZE, 0, LABEL, DEVICE_NAME,
	     NEW(DEVICE), 0),
	SPEC(FAULTQ_DEVICE_BIND, OFTEN, SIZE, 0, LABEL, DEVICE_NAME,
	     NEW(DEVICE), 0),
	SPEC(FAULTQ_DEVICE_INFO, OFTEN, SIZE, 0, ID(DEVICE), OUT, OUT, 0, LABEL,
	     GAP_32, GAP_32, GAP_16, OUT, NUMBER, ANYWHERE),
	TABLE(4, ID(DEVICE), 0, NEW(HWPT), 0, 0, 0, NOTHING, ID(IOPF_QUEUE), 0),
	TABLE(0, ID(DEVICE), 0, NEW(HWPT), 0, 0, 0, NOTHING, 0, 0),
	TABLE(1, ID(DEVICE), 0, NEW(PARENT), 0, 0, 0, NOTHING, 0, 0),
	TABLE(4, ID(DEVICE), PARENT_OR_VIOMMU, NEW(NESTED), 0, 1, 24, DATA(s1),
	      ID(IOPF_QUEUE), 0),
	TABLE(0, ID(DEVICE), ID(VIOMMU), NEW(NESTED), 0, 2, 16, DATA(ste), 0,
	      0),
	TABLE(4, ID(DEVICE), ID(VIOMMU), NEW(NESTED), 0, 2, 16, DATA(ste),
	      ID(IOPF_QUEUE), 0),
	SPEC(FAULTQ_HWPT_MAP, OFTEN, SIZE, 7, ID(HWPT), 0, MEMORY, LENGTH,
	     IOVA),
	SPEC(FAULTQ_HWPT_MAP, OFTEN, SIZE, 7, ID(PARENT), 0, MEMORY, LENGTH,
	     IOVA),
	SPEC(FAULTQ_HWPT_UNMAP, OFTEN, SIZE, ID(HWPT), IOVA, LENGTH),
	SPEC(FAULTQ_HWPT_UNMAP, OFTEN, SIZE, ID(HWPT), NOTHING, ALL),
	SPEC(FAULTQ_HWPT_UNMAP, RARELY, SIZE, ID(PARENT), IOVA, LENGTH),
	SPEC(FAULTQ_DEVICE_ATTACH, OFTEN, SIZE, 0, ID(DEVICE), ANY_HWPT, 0, 0,
	     NOTHING),
	SPEC(FAULTQ_DEVICE_ATTACH, OFTEN, SIZE, 1, ID(DEVICE), ANY_HWPT, PASID,
	     0, NOTHING),
	SPEC(FAULTQ_DEVICE_ATTACH, OFTEN, SIZE, 2, ID(DEVICE), ANY_HWPT, 0, 0,
	     LABEL),
	SPEC(FAULTQ_DEVICE_ATTACH, OFTEN, SIZE, 3, ID(DEVICE), ANY_HWPT, PASID,
	     0, LABEL),
	SPEC(FAULTQ_DEVICE_DETACH, OFTEN, SIZE, 0, ID(DEVICE), 0),
	SPEC(FAULTQ_DEVICE_DETACH, OFTEN, SIZE, 1, ID(DEVICE), PASID),
	SPEC(FAULTQ_PASID_ALLOC, OFTEN, SIZE, 0, ID(DEVICE), NEW(HOST_PASID)),
	SPEC(FAULTQ_PASID_FREE, OFTEN, SIZE, 0, ID(DEVICE), ID(HOST_PASID)),
	SPEC(FAULTQ_VIOMMU_ALLOC, OFTEN, SIZE, 0, TWO, ID(DEVICE), ID(PARENT),
	     NEW(VIOMMU), 0, 0, NOTHING),
	SPEC(FAULTQ_VIOMMU_ALLOC, OFTEN, SIZE, 0, 2, ID(DEVICE), ID(PARENT),
	     NEW(VIOMMU), 16, 0, DATA(vintf)),
	SPEC(FAULTQ_VDEVICE_ALLOC, OFTEN, SIZE, ID(VIOMMU), ID(DEVICE),
	     NEW(VDEVICE), LABEL),
	SPEC(FAULTQ_HWPT_INVALIDATE, OFTEN, SIZE, ID(NESTED), DATA(vtd), 0, 40,
	     FEW, 0),
	SPEC(FAULTQ_HWPT_INVALIDATE, OFTEN, SIZE, ID(VIOMMU), DATA(smmu), 1, 32,
	     FEW, 0),
	BIND(3, ID(PARENT), PASID, 0, 0),
	BIND(6, PARENT_OR_VIOMMU, PASID, PASID, ID(IOPF_QUEUE)),
	SPEC(FAULTQ_PASID_UNBIND, OFTEN, SIZE, 0, ID(DEVICE), PASID),
	SPEC(FAULTQ_HW_QUEUE_ALLOC, OFTEN, SIZE, 0, ID(VIOMMU), 1, THREE,
	     NEW(HW_QUEUE), IOVA, LABEL),
	SPEC(FAULTQ_HW_QUEUE_ALLOC, OFTEN, SIZE, 0, ID(VIOMMU), 1, THREE,
	     NEW(HW_QUEUE), IOVA, LENGTH),
	SPEC(FAULTQ_QUEUE_INFO, OFTEN, SIZE, 0, OUT, OUT, OUT, OUT, OUT, 0),
	SPEC(FAULTQ_QUEUE_EVENTFD, OFTEN, SIZE, 0, EVENTFD, 0),
	SPEC(FAULTQ_QUEUE_DOORBELL, OFTEN, DIRECT),
	SPEC(FAULTQ_QUEUE_RESPOND, OFTEN, SIZE, 0, NUMBER, 0, ANYWHERE),
	SPEC(FAULTQ_QUEUE_REPUBLISH, RARELY, DIRECT),
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
	     NEW(ENDPOINT), 0, NEW_NAME),
	SPEC(MOCK_IOMMU_ENDPOINT_ADD, RARELY, SIZE, 3, ID(IOMMU), 0, 20, 0,
	     NEW(ENDPOINT), 0, NEW_NAME),
	SPEC(MOCK_IOMMU_ENDPOINT_ADD, RARELY, SIZE, 8, ID(IOMMU), 0, 20, 0,
	     NEW(ENDPOINT), 0, NEW_NAME),
	SPEC(MOCK_IOMMU_ENDPOINT_REMOVE, RARELY, SIZE, ID(ENDPOINT)),
	SPEC(MOCK_IOMMU_ENDPOINT_INFO, OFTEN, SIZE, 1, NEXT(ENDPOINT), OUT, OUT,
	     OUT, OUT, OUT, NEW_NAME),
	SPEC(MOCK_IOMMU_ENDPOINT_STATS, OFTEN, SIZE, 0, ID(ENDPOINT), OUT, OUT,
	     OUT, GAP_32, GAP_32, GAP_16, LABEL),
	SPEC(MOCK_IOMMU_ENDPOINT_RESET, RARELY, SIZE, ID(ENDPOINT)),
	DMA(0, TWO, 0, NOTHING, ANYWHERE),
	DMA(0, 3, 0, NOTHING, ANYWHERE),
	DMA(0, 2, 0, IOVA, NOTHING),
	DMA(1, TWO, PASID, NOTHING, ANYWHERE),
	SPEC(MOCK_IOMMU_PAGE_REQUEST, OFTEN, SIZE, 0, ID(ENDPOINT), FEW,
	     DATA(requests), OUT, 0),
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
	/* TLBI_NH_ALL, CFGI_CD_ALL, ATC_INV */
	static const __u8 cmds[] = { 0x10, 0x06, 0x40, 0x10 };
	unsigned int i;

	data->s1.pgtbl_addr = BED_IOVA + PAGE;
	data->s1.addr_width = 48;
	/* V, Cfg stage 1, 128 context descriptors */
	data->ste.ste[0] = 1ULL | 5ULL << 1 | 7ULL << 59 | BED_IOVA;
	for (i = 0; i < 8; i++) {
		data->vtd[i].npages = i ? i : ~0ULL;
		data->smmu[i].cmd[0] = cmds[i % 4] | (__u64)(i / 4) << 32;
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

static __u32 id_of(struct hand *hand, enum pool pool)
{
	__u32 first = roll(&hand->dice, POOL_SLOTS), i, id = 0;

	if (!roll(&hand->dice, 16))
		return roll(&hand->dice, 16);
	for (i = 0; i < POOL_SLOTS && !id; i++)
		id = hand->player->ids[pool][(first + i) % POOL_SLOTS];
	return id;
}

static __u32 some_object(struct hand *hand, int field)
{
	static const enum pool hwpts[] = { HWPT, HWPT, PARENT, NESTED };
	static const enum pool guests[] = { PARENT, VIOMMU };

	switch (field) {
	case ANY_HWPT:
		return id_of(hand, hwpts[roll(&hand->dice, 4)]);
	case PARENT_OR_VIOMMU:
		return id_of(hand, guests[roll(&hand->dice, 2)]);
	}
	return id_of(hand, roll(&hand->dice, IOMMU));
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
	case NATIVE:
		return native_type(dice);
	case EVENTFD:
		return roll(dice, 4) ? hand->player->eventfd : -1;
	}
	return field;
}

static __u32 word(struct hand *hand, int field)
{
	switch (KIND(field)) {
	case 4:
		return id_of(hand, REST(field));
	case 6:
		return roll(&hand->dice, 2) ? id_of(hand, REST(field)) + 1 :
					      roll(&hand->dice, 4);
	case 8:
		return some_object(hand, field);
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
		       PAGE * roll(dice, PLAYER_PAGES);
	case ANYWHERE:
		return (uintptr_t)player->scratch +
		       8 * roll(dice, PLAYER_PAGES * PAGE / 8);
	case LENGTH:
		return PAGE << roll(dice, 4);
	case IOVA:
		return BED_IOVA + (roll(dice, 4) ?
					   8 * PAGE * roll(dice, 4) :
					   PAGE * roll(dice, PLAYER_PAGES));
	case ALL:
		return ~0ULL;
	case LABEL:
		return 16ULL << roll(dice, 8);
	}
	return 0;
}

static void name(struct hand *hand, unsigned char *to)
{
	__u32 first = roll(&hand->dice, PLAYER_NAMES), i;
	const char *name = "";

	for (i = 0; i < PLAYER_NAMES && !*name; i++)
		name = hand->player->names[(first + i) % PLAYER_NAMES];
	snprintf((char *)to, FAULTQ_DEVICE_NAME_LEN, "platform/%.31s", name);
}

static size_t size_of(int field)
{
	switch (field) {
	case DEVICE_NAME:
		return FAULTQ_DEVICE_NAME_LEN;
	case NEW_NAME:
	case GAP_32:
		return 32;
	case GAP_16:
		return 16;
	}
	return KIND(field) == 2 || KIND(field) == 7 ? 8 : 4;
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
	if (KIND(field) == 3)
		return;
	if (KIND(field) == 7)
		value = (uintptr_t)&hand->player->data + REST(field);
	else if (KIND(field) == 2)
		value = pair(hand, field);
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

/* What the kernel gave out is used by others from now on. */
static void keep(struct hand *hand, const struct spec *spec,
		 const unsigned char *arg)
{
	__u32 slot = roll(&hand->dice, POOL_SLOTS), id;
	struct player *player = hand->player;
	const int *field;
	size_t at = 0;

	for (field = spec->fields; *field != END; field++) {
		at = align(at, *field);
		if (KIND(*field) == 5 || KIND(*field) == 6) {
			memcpy(&id, arg + at, 4);
			player->ids[REST(*field)][slot] = id;
		} else if (*field == NEW_NAME) {
			memcpy(player->names[slot], arg + at,
			       MOCK_IOMMU_NAME_LEN);
		}
		at += size_of(*field);
	}
	if (spec->cmd == FAULTQ_QUEUE_ALLOC)
		keep_file(hand,
			  ((struct faultq_queue_alloc *)arg)->out_queue_fd);
}

/* The file that knows the call, and once in a while another one */
static int right_file(struct hand *hand, unsigned long cmd)
{
	struct player *player = hand->player;

	if (!roll(&hand->dice, 32))
		return any_file(hand);
	if (_IOC_TYPE(cmd) == MOCK_IOMMU_TYPE)
		return player->mock;
	if (_IOC_NR(cmd) >= FAULTQ_CMD_QUEUE_BASE)
		return player->files[roll(&hand->dice, PLAYER_FILES)];
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
		      unsigned char *arg)
{
	size_t size = fill(hand, spec, arg);
	__u32 ring = roll(&hand->dice, 8) ? 0 : edge(&hand->dice);

	if (spec->fields[0] == DIRECT)
		return (void *)(uintptr_t)ring;
	if (!roll(&hand->dice, 6))
		spoil(hand, arg, size);
	return roll(&hand->dice, 64) ? arg : NULL;
}

static void call_one(struct hand *hand, const struct spec *spec)
{
	__u64 words[ARG_MAX_BYTES / 8 + 1];
	unsigned char *arg = (unsigned char *)words;
	int fd = right_file(hand, spec->cmd);
	void *at = argument(hand, spec, arg);

	if (made(hand, spec->cmd, call(fd, spec->cmd, at)) >= 0 && at == arg)
		keep(hand, spec, arg);
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

/* Returns NULL if there is no ioctl of which this is so. */
const char *never_succeeded(const struct tally *tally)
{
	unsigned int i;

	for (i = 0; i < NR_SPECS; i++)
		if (!tally->good[tally_index(specs[i].cmd)])
			return specs[i].name;
	return NULL;
}
