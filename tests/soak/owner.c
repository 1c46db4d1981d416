// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a worker does to its objects: one step after the other, each chosen
 * without a look at what the other threads are doing.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bed.h"
#include "nested.h"
#include "soak.h"

/* V, Cfg stage 1, 128 context descriptors */
#define STE_0 (1ULL | 5ULL << 1 | 7ULL << 59)

/* T0SZ 16, EPD1, V, IPS 5, AA64, R, A, ASET */
#define CD_0 \
	(16 | 1ULL << 30 | 1ULL << 31 | 5ULL << 32 | 1ULL << 41 | 7ULL << 45)

static int ctx_of(const struct hand *hand)
{
	return hand->worker->ctx;
}

/* Puts a new object into a pool, in the place of another, which is ended. */
static void keep(struct hand *hand, struct pool *in, int id)
{
	__u32 old;

	if (note(hand->worker, id) <= 0)
		return;
	old = atomic_exchange(&in->ids[roll(&hand->dice, SOAK_SLOTS)], id);
	if (old)
		note(hand->worker, fq_destroy(ctx_of(hand), old));
}

static void plug_at(struct hand *hand, struct endpoint *end)
{
	static const __u32 flags[] = { BED_PRI, BED_PRI,
				       MOCK_IOMMU_ENDPOINT_ATS, BED_STALL };
	const struct plan *plan = hand->worker->plan;
	bool stall = plan->kind == MOCK_IOMMU_KIND_SMMUV3 && !plan->exact;
	struct mock_iommu_endpoint_add add = {
		.iommu_id = plan->iommu,
		.flags = flags[roll(&hand->dice, stall ? 4 : 3)],
		.pasid_bits = MOCK_IOMMU_MAX_PASID_BITS,
	};
	__u32 old = end->dev;

	if (end->ep)
		note(hand->worker,
		     mock_endpoint_remove(hand->worker->mock, end->ep));
	if (note(hand->worker, mock_endpoint_add(hand->worker->mock, &add)) < 0)
		return;
	end->ep = add.out_endpoint_id;
	snprintf(end->name, sizeof(end->name), "platform/%s", add.out_name);
	if (old)
		note(hand->worker, fq_destroy(ctx_of(hand), old));
}

static void plug(struct hand *hand)
{
	plug_at(hand, any_endpoint(hand));
}

/* Two owners may try to bind the same, or one that is unplugged meanwhile. */
static void bind_at(struct hand *hand, struct endpoint *end)
{
	char name[sizeof(end->name)];
	int dev;

	memcpy(name, end->name, sizeof(name));
	dev = note(hand->worker, fq_bind(ctx_of(hand), name, 1));
	if (dev > 0)
		end->dev = dev;
}

static void bind(struct hand *hand)
{
	bind_at(hand, any_endpoint(hand));
}

static void unbind(struct hand *hand)
{
	note(hand->worker, fq_destroy(ctx_of(hand), any_endpoint(hand)->dev));
}

static void info(struct hand *hand)
{
	struct faultq_device_info arg;

	note(hand->worker,
	     fq_info(ctx_of(hand), any_endpoint(hand)->dev, &arg));
}

/* Where there are exact books, each HWPT names a QUEUE. */
static void hwpt(struct hand *hand)
{
	__u32 dev = any_endpoint(hand)->dev;
	__u32 queue = pick(hand, &hand->worker->iopf_queues);

	if (queue)
		keep(hand, &hand->worker->hwpts,
		     fq_hwpt(ctx_of(hand), dev, queue));
	else if (!hand->worker->plan->exact)
		keep(hand, &hand->worker->hwpts,
		     fq_hwpt_plain(ctx_of(hand), dev));
}

static void parent(struct hand *hand)
{
	struct worker *worker = hand->worker;
	int id = fq_parent(ctx_of(hand), any_endpoint(hand)->dev);

	if (id > 0)
		note(worker, fq_map(ctx_of(hand), id, MAP_RW, worker->mem,
				    SOAK_PAGES * PAGE, SOAK_IOVA));
	keep(hand, &worker->parents, id);
}

static void viommu(struct hand *hand)
{
	struct faultq_viommu_tegra241_cmdqv vintf;
	struct faultq_viommu_alloc arg = {
		.size = sizeof(arg),
		.type = roll(&hand->dice, 3),
		.dev_id = any_endpoint(hand)->dev,
		.hwpt_id = pick(hand, &hand->worker->parents),
	};
	int ret;

	if (arg.type == FAULTQ_VIOMMU_TYPE_TEGRA241_CMDQV) {
		arg.data_len = sizeof(vintf);
		arg.data_uptr = (uintptr_t)&vintf;
	}
	ret = call(ctx_of(hand), FAULTQ_VIOMMU_ALLOC, &arg);
	keep(hand, &hand->worker->viommus, ret ? ret : (int)arg.out_viommu_id);
}

static void vdevice(struct hand *hand)
{
	keep(hand, &hand->worker->vdevices,
	     fq_vdevice(ctx_of(hand), pick(hand, &hand->worker->viommus),
			any_endpoint(hand)->dev, roll(&hand->dice, 4)));
}

static void nested(struct hand *hand)
{
	struct worker *worker = hand->worker;
	struct faultq_hwpt_arm_smmuv3 ste = { { STE_0 | SOAK_IOVA, 0 } };
	struct faultq_hwpt_vtd_s1 s1 = { .pgtbl_addr = SOAK_IOVA + PAGE,
					 .addr_width = 48 };
	struct faultq_hwpt_alloc alloc = {
		.dev_id = any_endpoint(hand)->dev,
		.pt_id = pick(hand, roll(&hand->dice, 2) ? &worker->viommus :
							   &worker->parents),
		.fault_id = pick(hand, &worker->iopf_queues),
		.data_type = FAULTQ_HWPT_DATA_VTD_S1,
		.data_uptr = (uintptr_t)&s1,
		.data_len = sizeof(s1),
	};

	if (worker->plan->kind == MOCK_IOMMU_KIND_SMMUV3) {
		alloc.data_type = FAULTQ_HWPT_DATA_ARM_SMMUV3;
		alloc.data_uptr = (uintptr_t)&ste;
		alloc.data_len = sizeof(ste);
	}
	if (alloc.fault_id)
		alloc.flags = FAULTQ_HWPT_ALLOC_FAULT_ID_VALID;
	else if (worker->plan->exact)
		return;
	keep(hand, &worker->nested, fq_nested_data(ctx_of(hand), &alloc));
}

static int any_pasid(struct hand *hand)
{
	return roll(&hand->dice, 2) ? 1 + (int)roll(&hand->dice, SOAK_PASIDS) :
				      NO_PASID;
}

/* The cookie is the HWPT, so that the consumer knows where to map. */
static void attach(struct hand *hand)
{
	__u32 id = pick(hand, roll(&hand->dice, 3) ? &hand->worker->hwpts :
						     &hand->worker->nested);

	note(hand->worker, fq_attach(ctx_of(hand), any_endpoint(hand)->dev, id,
				     any_pasid(hand), id));
}

static void detach(struct hand *hand)
{
	note(hand->worker,
	     fq_detach(ctx_of(hand), any_endpoint(hand)->dev, any_pasid(hand)));
}

static void pasid(struct hand *hand)
{
	__u32 dev = any_endpoint(hand)->dev;
	int id = note(hand->worker, fq_pasid_alloc(ctx_of(hand), dev));

	if (id > 0)
		note(hand->worker, fq_pasid_free(ctx_of(hand), dev, id));
}

static void pasid_bind(struct hand *hand)
{
	struct faultq_pasid_bind bind = {
		.flags = FAULTQ_PASID_BIND_FAULT_ID_VALID,
		.dev_id = any_endpoint(hand)->dev,
		.pt_id = pick(hand, &hand->worker->parents),
		.guest_pasid = 1 + roll(&hand->dice, SOAK_PASIDS),
		.host_pasid = 1 + roll(&hand->dice, SOAK_PASIDS),
		.fault_id = pick(hand, &hand->worker->iopf_queues),
		.data_type = FAULTQ_HWPT_DATA_VTD_S1,
		.vtd_s1 = { .pgtbl_addr = SOAK_IOVA + PAGE, .addr_width = 48 },
	};

	note(hand->worker, fq_pasid_bind(ctx_of(hand), &bind));
}

static void pasid_unbind(struct hand *hand)
{
	note(hand->worker,
	     fq_pasid_unbind(ctx_of(hand), any_endpoint(hand)->dev,
			     1 + roll(&hand->dice, SOAK_PASIDS)));
}

/* A guest changes its table, then tells. */
static void invalidate(struct hand *hand)
{
	struct worker *worker = hand->worker;
	struct faultq_hwpt_vtd_s1_invalidate entry = { .npages = ~0ULL };
	__u64 *word =
		(__u64 *)worker->mem + roll(&hand->dice, SOAK_PAGES * 512);
	__u32 nr = 1;

	__atomic_store_n(word, __atomic_load_n(word, __ATOMIC_RELAXED) ^ 1,
			 __ATOMIC_RELAXED);
	note(worker, fq_invalidate(ctx_of(hand), pick(hand, &worker->nested),
				   &entry, sizeof(entry), &nr));
}

/* Commands of a guest with an SMMUv3: TLBI_NH_ALL, CFGI_CD_ALL, ATC_INV */
static void command(struct hand *hand)
{
	static const __u8 ops[] = { 0x10, 0x06, 0x40 };
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
	__u64 *cd = (void *)hand->worker->mem;

	/* a context descriptor in the guest's memory that leads to a table */
	cd += roll(&hand->dice, SOAK_PASIDS + 1) * 8;
	__atomic_store_n(&cd[1], SOAK_IOVA + PAGE, __ATOMIC_RELAXED);
	__atomic_store_n(&cd[0], CD_0, __ATOMIC_RELAXED);
	note(hand->worker, call(ctx_of(hand), FAULTQ_HWPT_INVALIDATE, &arg));
}

static void map(struct hand *hand)
{
	struct worker *worker = hand->worker;
	__u32 page = roll(&hand->dice, SOAK_PAGES);

	note(worker,
	     fq_map(ctx_of(hand), pick(hand, &worker->hwpts), MAP_RW,
		    worker->mem + page * PAGE, PAGE, SOAK_IOVA + page * PAGE));
}

static void unmap(struct hand *hand)
{
	__u64 length = PAGE << roll(&hand->dice, 4);

	note(hand->worker,
	     fq_unmap(ctx_of(hand), pick(hand, &hand->worker->hwpts),
		      SOAK_IOVA + roll(&hand->dice, SOAK_PAGES) * PAGE,
		      &length));
}

static void hw_queue(struct hand *hand)
{
	struct faultq_hw_queue_alloc arg = {
		.size = sizeof(arg),
		.viommu_id = pick(hand, &hand->worker->viommus),
		.type = FAULTQ_HW_QUEUE_TYPE_TEGRA241_CMDQV,
		.index = roll(&hand->dice, 4),
		.nesting_parent_iova = SOAK_IOVA,
		.length = PAGE,
	};
	int ret;

	if (hand->worker->plan->exact)
		return;
	ret = call(ctx_of(hand), FAULTQ_HW_QUEUE_ALLOC, &arg);
	keep(hand, &hand->worker->hw_queues,
	     ret ? ret : (int)arg.out_hw_queue_id);
}

/* Ids from 1 on: of anything at all, or of nothing */
static void destroy(struct hand *hand)
{
	struct worker *worker = hand->worker;
	struct pool *pools[] = {
		&worker->hwpts,	  &worker->nested,   &worker->parents,
		&worker->viommus, &worker->vdevices, &worker->hw_queues,
	};
	struct pool *pool = pools[roll(&hand->dice, 6)];
	__u32 slot = roll(&hand->dice, SOAK_SLOTS);
	__u32 id = atomic_exchange(&pool->ids[slot], 0);

	if (id && note(worker, fq_destroy(ctx_of(hand), id)))
		pool->ids[slot] = id;
}

/* A child has all files for a moment, and may be the last who has them. */
static void child(struct hand *hand)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	if (pid > 0 && roll(&hand->dice, 2))
		waitpid(pid, NULL, 0);
}

/* Devices to begin with, before there are threads */
void move_in(struct hand *hand)
{
	int i;

	for (i = 0; i < SOAK_EPS; i++) {
		plug_at(hand, &hand->worker->eps[i]);
		bind_at(hand, &hand->worker->eps[i]);
	}
}

typedef void (*step_fn)(struct hand *hand);

void *owner(void *arg)
{
	static const step_fn often[] = {
		bind,	hwpt,	parent, viommu,	    nested,  nested,
		attach, attach, attach, invalidate, command, map,
	};
	static const step_fn rarely[] = {
		plug,	    unbind,	  info,	 vdevice,  detach,  pasid,
		pasid_bind, pasid_unbind, unmap, hw_queue, destroy, child,
	};
	struct hand *hand = arg;
	struct tally *tally = hand->worker->tally;
	__u32 left = hand->worker->plan->steps, what;

	while (left-- && !tally->die) {
		what = roll(&hand->dice, 12);
		if (roll(&hand->dice, 3))
			often[what](hand);
		else
			rarely[what](hand);
		tally->steps++;
	}
	return NULL;
}
