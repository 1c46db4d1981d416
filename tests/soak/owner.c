// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a worker does to its objects: one step after the other, each chosen
 * without a look at what the other threads are doing.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bed.h"
#include "soak.h"

static int ctx_of(const struct hand *hand)
{
	return hand->worker->ctx;
}

/* Puts a new object into a pool, in the place of another, which is ended. */
void keep(struct hand *hand, struct pool *in, int id)
{
	__u32 old;

	if (id <= 0)
		return;
	old = atomic_exchange(&in->ids[roll(&hand->dice, SOAK_SLOTS)], id);
	if (old)
		end_object(hand, OP_DESTROY, old);
}

static void forget(struct endpoint *end)
{
	int i;

	end->dev = 0;
	for (i = 0; i <= SOAK_PASIDS; i++)
		end->attached[i] = 0;
}

/* An IOMMU of its own may go at any time, with all behind it. */
static __u32 choose_iommu(struct hand *hand)
{
	__u32 spare = hand->worker->tally->spare;

	return spare && !roll(&hand->dice, 4) ? spare :
						hand->worker->plan->iommu;
}

static __u32 choose_flags(struct hand *hand)
{
	static const __u32 flags[] = { BED_STALL, BED_STALL, BED_STALL,
				       MOCK_IOMMU_ENDPOINT_ATS };
	const struct plan *plan = hand->worker->plan;
	__u32 what = roll(&hand->dice, 8);

	if (what >= 4)
		return BED_PRI;
	if (flags[what] == BED_STALL &&
	    (plan->kind != MOCK_IOMMU_KIND_SMMUV3 || plan->exact))
		return BED_PRI;
	return flags[what];
}

/* Two owners may try to bind the same, or one that is unplugged meanwhile. */
static void bind_at(struct hand *hand, struct endpoint *end)
{
	char name[sizeof(end->name)];
	int dev;

	memcpy(name, end->name, sizeof(name));
	dev = did(hand, OP_BIND, fq_bind(ctx_of(hand), name, 1));
	if (dev > 0)
		end->dev = dev;
}

static void plug_at(struct hand *hand, struct endpoint *end)
{
	struct mock_iommu_endpoint_add add = {
		.iommu_id = choose_iommu(hand),
		.flags = choose_flags(hand),
		.pasid_bits = MOCK_IOMMU_MAX_PASID_BITS,
	};
	__u32 old = end->dev;

	if (end->ep)
		did(hand, OP_UNPLUG,
		    mock_endpoint_remove(hand->worker->mock, end->ep));
	if (did(hand, OP_PLUG, mock_endpoint_add(hand->worker->mock, &add)) < 0)
		return;
	forget(end);
	end->ep = add.out_endpoint_id;
	end->iommu = add.iommu_id;
	snprintf(end->name, sizeof(end->name), "platform/%s", add.out_name);
	if (old)
		end_object(hand, OP_UNBIND, old);
	if (roll(&hand->dice, 4))
		bind_at(hand, end);
}

static void plug(struct hand *hand)
{
	plug_at(hand, any_endpoint(hand));
}

static void unplug_iommu(struct hand *hand, __u32 iommu)
{
	struct worker *worker = hand->worker;
	int i;

	did(hand, OP_IOMMU_REMOVE, mock_iommu_remove(worker->mock, iommu));
	for (i = 0; i < SOAK_EPS; i++)
		if (worker->eps[i].iommu == iommu)
			plug_at(hand, &worker->eps[i]);
}

/* Of a worker that was killed, the one who started it unplugs it. */
static void plug_iommu(struct hand *hand)
{
	struct worker *worker = hand->worker;
	__u32 old = atomic_exchange(&worker->tally->spare, 0);
	int id;

	if (worker->plan->exact)
		return;
	if (old)
		unplug_iommu(hand, old);
	id = did(hand, OP_IOMMU_ADD,
		 mock_iommu_add_kind(worker->mock, worker->plan->kind));
	if (id < 0)
		return;
	old = atomic_exchange(&worker->tally->spare, id);
	if (old)
		unplug_iommu(hand, old);
}

static void bind(struct hand *hand)
{
	struct endpoint *end = any_endpoint(hand);

	if (!end->dev || !roll(&hand->dice, 8))
		bind_at(hand, end);
}

static void unbind(struct hand *hand)
{
	struct endpoint *end = any_endpoint(hand);
	__u32 dev = end->dev;

	if (!end_object(hand, OP_UNBIND, dev))
		forget(end);
}

static void info(struct hand *hand)
{
	struct faultq_device_info arg;

	did(hand, OP_DEVICE_INFO,
	    fq_info(ctx_of(hand), any_endpoint(hand)->dev, &arg));
}

/* Where there are exact books, each HWPT names a QUEUE. */
static void hwpt(struct hand *hand)
{
	__u32 dev = any_endpoint(hand)->dev;
	__u32 queue = pick(hand, &hand->worker->iopf_queues);

	if (queue)
		keep(hand, &hand->worker->hwpts,
		     did(hand, OP_HWPT, fq_hwpt(ctx_of(hand), dev, queue)));
	else if (!hand->worker->plan->exact)
		keep(hand, &hand->worker->hwpts,
		     did(hand, OP_HWPT_PLAIN,
			 fq_hwpt_plain(ctx_of(hand), dev)));
}

static enum op attach_op(bool nested, int pasid)
{
	if (nested)
		return pasid == NO_PASID ? OP_NEST_RID : OP_NEST_PASID;
	return pasid == NO_PASID ? OP_ATTACH_RID : OP_ATTACH_PASID;
}

/*
 * The cookie is the HWPT, so that the consumer knows where to map. Where guests
 * have tables of PASIDs, a nested HWPT is for the RID.
 */
static void attach(struct hand *hand)
{
	struct worker *worker = hand->worker;
	struct endpoint *end = any_endpoint(hand);
	bool nested = !roll(&hand->dice, 3);
	bool whole = worker->plan->kind == MOCK_IOMMU_KIND_SMMUV3 && nested;
	int pasid = whole ? NO_PASID : any_pasid(hand);
	__u32 id = pick(hand, nested ? &worker->nested : &worker->hwpts);
	atomic_uint *at = &end->attached[pasid == NO_PASID ? 0 : pasid];

	if (did(hand, attach_op(nested, pasid),
		fq_attach(ctx_of(hand), end->dev, id, pasid, id)))
		return;
	if (atomic_exchange(at, id))
		did(hand, OP_REPLACE, 0);
	pthread_mutex_lock(&worker->attaching);
	pthread_cond_broadcast(&worker->attached);
	pthread_mutex_unlock(&worker->attaching);
}

static void detach(struct hand *hand)
{
	struct endpoint *end = any_endpoint(hand);
	int pasid = any_pasid(hand);

	if (!did(hand, OP_DETACH, fq_detach(ctx_of(hand), end->dev, pasid)))
		end->attached[pasid == NO_PASID ? 0 : pasid] = 0;
}

static void pasid(struct hand *hand)
{
	__u32 dev = any_endpoint(hand)->dev;
	int id = did(hand, OP_PASID_ALLOC, fq_pasid_alloc(ctx_of(hand), dev));

	if (id > 0)
		did(hand, OP_PASID_FREE, fq_pasid_free(ctx_of(hand), dev, id));
}

static void map(struct hand *hand)
{
	struct worker *worker = hand->worker;
	__u32 page = roll(&hand->dice, SOAK_PAGES);

	did(hand, OP_MAP,
	    fq_map(ctx_of(hand), pick(hand, &worker->hwpts), MAP_RW,
		   worker->mem + page * PAGE, PAGE, SOAK_IOVA + page * PAGE));
}

static void unmap(struct hand *hand)
{
	__u64 length = PAGE << roll(&hand->dice, 4);

	did(hand, OP_UNMAP,
	    fq_unmap(ctx_of(hand), pick(hand, &hand->worker->hwpts),
		     SOAK_IOVA + roll(&hand->dice, SOAK_PAGES) * PAGE,
		     &length));
}

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

	if (id && end_object(hand, OP_DESTROY, id))
		pool->ids[slot] = id;
}

/* A child has all files for a moment, and may be the last who has them. */
static void child(struct hand *hand)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	did(hand, OP_FORK, pid < 0 ? -errno : 0);
	if (pid > 0 && roll(&hand->dice, 2))
		waitpid(pid, NULL, 0);
}

static void interrupt(struct hand *hand)
{
	pthread_t engine =
		hand->worker->engines[roll(&hand->dice, SOAK_ENGINES)];

	did(hand, OP_INTERRUPT, -pthread_kill(engine, SIGUSR1));
}

/* Devices to begin with, before there are threads */
void move_in(struct hand *hand)
{
	int i;

	for (i = 0; i < SOAK_EPS; i++)
		plug_at(hand, &hand->worker->eps[i]);
}

typedef void (*step_fn)(struct hand *hand);

void *owner(void *arg)
{
	static const step_fn often[] = {
		bind,	       hwpt,
		hwpt,	       map,
		attach,	       attach,
		attach,	       guests_parent,
		guests_viommu, guests_nested,
		guests_nested, guests_invalidate,
		guests_bind,   guests_hw_queue,
		interrupt,     guests_doorbell,
	};
	static const step_fn rarely[] = {
		plug,	       plug_iommu,    unbind,	       info,
		detach,	       pasid,	      guests_vdevice,  guests_vdevice,
		unmap,	       guests_unbind, destroy,	       destroy,
		guests_unbind, child,	      guests_doorbell, guests_doorbell,
	};
	struct hand *hand = arg;
	__u32 left = hand->worker->plan->steps, what;

	while (left-- && !hand->worker->tally->die) {
		what = roll(&hand->dice, 16);
		if (roll(&hand->dice, 4))
			often[what](hand);
		else
			rarely[what](hand);
	}
	return NULL;
}
