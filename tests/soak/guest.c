// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an owner does in the name of a guest: tables in the guest's memory, bindings,
 * invalidations, hardware queues and their doorbells.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "bed.h"
#include "nested.h"
#include "soak.h"

/* V, Cfg stage 1, 128 context descriptors */
#define STE_0 (1ULL | 5ULL << 1 | 7ULL << 59)

/* T0SZ 16, EPD1, V, IPS 5, AA64, R, A, ASET */
#define CD_0 \
	(16 | 1ULL << 30 | 1ULL << 31 | 5ULL << 32 | 1ULL << 41 | 7ULL << 45)

enum {
	CMD_CFGI_CD_ALL = 0x06,
	CMD_TLBI_NH_ALL = 0x10,
	CMD_TLBI_NH_ASID = 0x11,
	CMD_ATC_INV = 0x40,
	CMD_SYNC = 0x46,
	CMD_ILLEGAL = 0xfe,
};

#define HW_QUEUES 4
#define HW_QUEUE_CMDS (PAGE / 16)
#define INDEX_MASK (2 * HW_QUEUE_CMDS - 1) /* with the wrap bit */

typedef __u32 registers;

/*
 * A page full of entries of either kind: each leads to some page of the guest's
 * own memory or nowhere, so that translations end anywhere in it.
 */
void guests_page(struct worker *worker, struct dice *dice, __u32 page)
{
	__u64 bits = worker->plan->kind == MOCK_IOMMU_KIND_VTD ?
			     0x67 : /* D, A, US, RW, P */
			     0x743; /* AF, SH, AP, table or page */
	__u64 *entry = (void *)(worker->mem + page % SOAK_PAGES * PAGE);
	unsigned int i;

	for (i = 0; i < PAGE / sizeof(*entry); i++)
		__atomic_store_n(&entry[i],
				 roll(dice, 16) ?
					 SOAK_IOVA +
						 roll(dice, SOAK_PAGES) * PAGE +
						 bits :
					 0,
				 __ATOMIC_RELAXED);
}

void guests_parent(struct hand *hand)
{
	struct worker *worker = hand->worker;
	int id = did(hand, OP_PARENT,
		     fq_parent(worker->ctx, any_endpoint(hand)->dev));

	if (id > 0)
		did(hand, OP_MAP,
		    fq_map(worker->ctx, id, MAP_RW, worker->mem,
			   SOAK_PAGES * PAGE, SOAK_IOVA));
	keep(hand, &worker->parents, id);
}

/* There is room for a few pages of registers; they are unmapped at the end. */
static void map_vintf(struct worker *worker, __u64 offset)
{
	__u32 nr = worker->nr_vintfs++ % SOAK_VINTFS;
	void *page = worker->vintfs[nr] ?
			     MAP_FAILED :
			     mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				  MAP_SHARED, worker->ctx, offset);

	if (page != MAP_FAILED)
		worker->vintfs[nr] = (uintptr_t)page;
}

void guests_viommu(struct hand *hand)
{
	static const __u32 types[] = {
		FAULTQ_VIOMMU_TYPE_DEFAULT,
		FAULTQ_VIOMMU_TYPE_ARM_SMMUV3,
		FAULTQ_VIOMMU_TYPE_TEGRA241_CMDQV,
		FAULTQ_VIOMMU_TYPE_TEGRA241_CMDQV,
	};
	struct worker *worker = hand->worker;
	struct faultq_viommu_tegra241_cmdqv vintf;
	struct faultq_viommu_alloc arg = {
		.size = sizeof(arg),
		.dev_id = any_endpoint(hand)->dev,
		.hwpt_id = pick(hand, &worker->parents),
	};
	enum op op = OP_VIOMMU;
	int ret;

	if (worker->plan->kind == MOCK_IOMMU_KIND_SMMUV3)
		arg.type = types[roll(&hand->dice, 4)];
	if (arg.type == FAULTQ_VIOMMU_TYPE_TEGRA241_CMDQV) {
		op = OP_VINTF;
		arg.data_len = sizeof(vintf);
		arg.data_uptr = (uintptr_t)&vintf;
	}
	ret = did(hand, op, call(worker->ctx, FAULTQ_VIOMMU_ALLOC, &arg));
	if (!ret && op == OP_VINTF)
		map_vintf(worker, vintf.out_vintf_mmap_offset);
	keep(hand, &worker->viommus, ret ? ret : (int)arg.out_viommu_id);
}

void guests_vdevice(struct hand *hand)
{
	struct worker *worker = hand->worker;

	keep(hand, &worker->vdevices,
	     did(hand, OP_VDEVICE,
		 fq_vdevice(worker->ctx, pick(hand, &worker->viommus),
			    any_endpoint(hand)->dev, roll(&hand->dice, 4))));
}

/* Where there are exact books, each HWPT names a QUEUE. */
void guests_nested(struct hand *hand)
{
	struct worker *worker = hand->worker;
	bool smmu = worker->plan->kind == MOCK_IOMMU_KIND_SMMUV3;
	struct faultq_hwpt_arm_smmuv3 ste = { { STE_0 | SOAK_IOVA, 0 } };
	struct faultq_hwpt_vtd_s1 s1 = { .pgtbl_addr = SOAK_IOVA + PAGE,
					 .addr_width = 48 };
	struct faultq_hwpt_alloc alloc = {
		.dev_id = any_endpoint(hand)->dev,
		.pt_id = pick(hand, smmu || roll(&hand->dice, 2) ?
					    &worker->viommus :
					    &worker->parents),
		.fault_id = pick(hand, &worker->iopf_queues),
		.data_type = FAULTQ_HWPT_DATA_VTD_S1,
		.data_uptr = (uintptr_t)&s1,
		.data_len = sizeof(s1),
	};

	if (smmu) {
		alloc.data_type = FAULTQ_HWPT_DATA_ARM_SMMUV3;
		alloc.data_uptr = (uintptr_t)&ste;
		alloc.data_len = sizeof(ste);
	}
	if (alloc.fault_id)
		alloc.flags = FAULTQ_HWPT_ALLOC_FAULT_ID_VALID;
	else if (worker->plan->exact)
		return;
	keep(hand, &worker->nested,
	     did(hand, OP_NESTED, fq_nested_data(worker->ctx, &alloc)));
}

void guests_bind(struct hand *hand)
{
	struct worker *worker = hand->worker;
	struct faultq_pasid_bind bind = {
		.flags = FAULTQ_PASID_BIND_FAULT_ID_VALID,
		.dev_id = any_endpoint(hand)->dev,
		.pt_id = pick(hand, &worker->parents),
		.guest_pasid = 1 + roll(&hand->dice, SOAK_PASIDS),
		.host_pasid = 1 + roll(&hand->dice, SOAK_PASIDS),
		.fault_id = pick(hand, &worker->iopf_queues),
		.data_type = FAULTQ_HWPT_DATA_VTD_S1,
		.vtd_s1 = { .pgtbl_addr = SOAK_IOVA + PAGE, .addr_width = 48 },
	};

	if (worker->plan->kind == MOCK_IOMMU_KIND_VTD)
		did(hand, OP_PASID_BIND, fq_pasid_bind(worker->ctx, &bind));
}

void guests_unbind(struct hand *hand)
{
	struct worker *worker = hand->worker;

	if (worker->plan->kind == MOCK_IOMMU_KIND_VTD)
		did(hand, OP_PASID_UNBIND,
		    fq_pasid_unbind(worker->ctx, any_endpoint(hand)->dev,
				    1 + roll(&hand->dice, SOAK_PASIDS)));
}

/* A guest changes its table, then tells. */
static void invalidate_entries(struct hand *hand)
{
	struct worker *worker = hand->worker;
	struct faultq_hwpt_vtd_s1_invalidate entry = { .npages = ~0ULL };
	__u64 *word =
		(__u64 *)worker->mem + roll(&hand->dice, SOAK_PAGES * 512);
	__u32 nr = 1;

	__atomic_store_n(word, __atomic_load_n(word, __ATOMIC_RELAXED) ^ 1,
			 __ATOMIC_RELAXED);
	did(hand, OP_INVALIDATE,
	    fq_invalidate(worker->ctx, pick(hand, &worker->nested), &entry,
			  sizeof(entry), &nr));
}

/* A context descriptor in the guest's memory leads to a table again. */
static void repair_descriptor(struct hand *hand)
{
	__u64 *cd = (void *)hand->worker->mem;

	cd += roll(&hand->dice, SOAK_PASIDS + 1) * 8;
	__atomic_store_n(&cd[1], SOAK_IOVA + PAGE, __ATOMIC_RELAXED);
	__atomic_store_n(&cd[0], CD_0, __ATOMIC_RELAXED);
}

static void command(struct hand *hand)
{
	static const __u8 ops[] = { CMD_TLBI_NH_ALL, CMD_CFGI_CD_ALL,
				    CMD_ATC_INV };
	struct faultq_viommu_arm_smmuv3_invalidate cmd = {
		.cmd = { ops[roll(&hand->dice, 3)] | (__u64)roll(&hand->dice, 4)
							     << 32 },
	};
	struct faultq_hwpt_invalidate arg = {
		.size = sizeof(arg),
		.hwpt_id = pick(hand, &hand->worker->viommus),
		.data_uptr = (uintptr_t)&cmd,
		.data_type = FAULTQ_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3,
		.entry_len = sizeof(cmd),
		.entry_num = 1,
	};

	repair_descriptor(hand);
	did(hand, OP_COMMAND,
	    call(hand->worker->ctx, FAULTQ_HWPT_INVALIDATE, &arg));
}

void guests_invalidate(struct hand *hand)
{
	if (hand->worker->plan->kind == MOCK_IOMMU_KIND_VTD)
		invalidate_entries(hand);
	else
		command(hand);
}

/* A queue stands in the page of the guest's memory that has its index. */
static void fill_queue(struct hand *hand, __u32 index)
{
	__u64 *cmd = (void *)(hand->worker->mem + index * PAGE);
	__u64 last = roll(&hand->dice, 4) ? CMD_SYNC : CMD_ILLEGAL;
	unsigned int i;

	for (i = 0; i < HW_QUEUE_CMDS; i++) {
		__atomic_store_n(&cmd[2 * i],
				 i % 8 == 7 ? last : CMD_TLBI_NH_ASID,
				 __ATOMIC_RELAXED);
		__atomic_store_n(&cmd[2 * i + 1], 0, __ATOMIC_RELAXED);
	}
}

/* The one of the first index that is free: that is the only one there can be. */
static int make_hw_queue(struct worker *worker, __u32 viommu, int *id)
{
	struct faultq_hw_queue_alloc arg = {
		.size = sizeof(arg),
		.viommu_id = viommu,
		.type = FAULTQ_HW_QUEUE_TYPE_TEGRA241_CMDQV,
		.length = PAGE,
	};
	int ret = -EEXIST;

	for (; arg.index < HW_QUEUES && ret == -EEXIST; arg.index++) {
		arg.nesting_parent_iova = SOAK_IOVA + arg.index * PAGE;
		ret = call(worker->ctx, FAULTQ_HW_QUEUE_ALLOC, &arg);
	}
	*id = ret ? ret : (int)arg.out_hw_queue_id;
	return ret;
}

/* They stop now and then, of which the VIOMMU's QUEUE gets an event. */
void guests_hw_queue(struct hand *hand)
{
	struct worker *worker = hand->worker;
	int id;

	if (worker->plan->exact || worker->plan->kind == MOCK_IOMMU_KIND_VTD)
		return;
	did(hand, OP_HW_QUEUE,
	    make_hw_queue(worker, pick(hand, &worker->viommus), &id));
	keep(hand, &worker->hw_queues, id);
}

static __thread sigjmp_buf on_bus;

static void handle_bus(int signal)
{
	siglongjmp(on_bus, 1);
}

static __u32 reg_read(const registers *queue, __u32 offset)
{
	return __atomic_load_n(&queue[offset / 4], __ATOMIC_RELAXED);
}

static void reg_write(registers *queue, __u32 offset, __u32 value)
{
	__atomic_store_n(&queue[offset / 4], value, __ATOMIC_RELEASE);
}

/* Enables the queue, clears its error, and tells of more commands. */
static void ring_queue(registers *queue, __u32 more)
{
	__u32 prod = reg_read(queue, FAULTQ_VCMDQ_PROD) + more;

	reg_write(queue, FAULTQ_VCMDQ_CONFIG, 1);
	reg_write(queue, FAULTQ_VCMDQ_GERRORN,
		  reg_read(queue, FAULTQ_VCMDQ_GERROR));
	reg_write(queue, FAULTQ_VCMDQ_PROD, prod & INDEX_MASK);
}

/* The page may have gone with its VIOMMU, which is nothing but SIGBUS. */
void guests_doorbell(struct hand *hand)
{
	const struct sigaction action = { .sa_handler = handle_bus };
	struct worker *worker = hand->worker;
	__u32 index = roll(&hand->dice, HW_QUEUES);
	registers *page =
		(registers *)worker->vintfs[roll(&hand->dice, SOAK_VINTFS)];

	if (!page)
		return;
	if (roll(&hand->dice, 2))
		fill_queue(hand, index);
	sigaction(SIGBUS, &action, NULL);
	if (sigsetjmp(on_bus, 1)) {
		did(hand, OP_DOORBELL, -ENODEV);
		return;
	}
	ring_queue(page + index * FAULTQ_VCMDQ_STRIDE / 4,
		   1 + roll(&hand->dice, 32));
	did(hand, OP_DOORBELL, 0);
}

/* A mapping would keep the context. */
void guests_leave(struct worker *worker)
{
	int i;

	for (i = 0; i < SOAK_VINTFS; i++)
		if (worker->vintfs[i])
			munmap((void *)worker->vintfs[i], PAGE);
}
