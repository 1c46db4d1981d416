// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ways to an end, with faults pending and DMA under way in other threads:
 * each fault is answered at once, each DMA ends with a clear status, and what
 * is left over says ENODEV.
 */
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "bed.h"
#include "kselftest_harness.h"
#include "sleeper.h"
#include "variant.h"

#define NR_DMAS 6

struct work {
	struct dma dma[NR_DMAS];
	char buf[NR_DMAS][PAGE];
};

/* DMAs that each wait for a page, the last ones for room in the ring as well */
static bool work_start(struct work *work, const struct bed *bed)
{
	int i;

	for (i = 0; i < NR_DMAS; i++) {
		dma_init(&work->dma[i], bed, MOCK_IOMMU_DMA_WRITE, work->buf[i],
			 PAGE);
		work->dma[i].arg.iova += i * PAGE;
		if (dma_start(&work->dma[i]))
			return false;
	}
	return AWAIT(LOOK(bed->ring.header->arrived) == NR_DMAS);
}

/* How many of them ended with @status? */
static int work_ended(struct work *work, int status)
{
	int i, count = 0;

	for (i = 0; i < NR_DMAS; i++)
		count += dma_wait(&work->dma[i]) == status;
	return count;
}

FIXTURE(teardown)
{
	struct bed bed;
	struct work work;
};

FIXTURE_VARIANT(teardown)
{
	__u32 kind; /* of the IOMMU */
};

FIXTURE_VARIANT_ADD(teardown, vtd)
VALUES(.kind = MOCK_IOMMU_KIND_VTD);

FIXTURE_VARIANT_ADD(teardown, smmuv3)
VALUES(.kind = MOCK_IOMMU_KIND_SMMUV3);

FIXTURE_SETUP(teardown)
{
	ASSERT_EQ(0, bed_make_kind(&self->bed, variant->kind, BED_PRI,
				   &(struct faultq_queue_alloc){
					   .nr_records = 4,
					   .nr_groups = 16,
				   }));
	ASSERT_TRUE(work_start(&self->work, &self->bed));
}

FIXTURE_TEARDOWN(teardown)
{
	bed_free(&self->bed);
}

TEST_F(teardown, queue_file_closed)
{
	struct bed *bed = &self->bed;

	ring_unmap(&bed->ring);
	close_once(&bed->fd);
	EXPECT_EQ(NR_DMAS, work_ended(&self->work, MOCK_IOMMU_DMA_INVALID));

	/* so is all that comes later, and the id can still be destroyed */
	ASSERT_EQ(0, bed_faults(bed, 3));
	EXPECT_EQ(3, bed_answered(bed, 3, MOCK_IOMMU_RESPONSE_INVALID));
	EXPECT_EQ(-EBUSY, fq_destroy(bed->ctx, bed->queue));
	EXPECT_EQ(0, fq_detach(bed->ctx, bed->dev, NO_PASID));
	EXPECT_EQ(0, fq_destroy(bed->ctx, bed->hwpt));
	EXPECT_EQ(0, fq_destroy(bed->ctx, bed->queue));
}

TEST_F(teardown, mapping_keeps_the_queue_alive)
{
	struct bed *bed = &self->bed;
	struct mock_iommu_endpoint_stats stats;

	close_once(&bed->fd);
	ASSERT_EQ(0, mock_endpoint_stats(bed->mock, bed->ep, &stats));
	EXPECT_EQ(0, stats.out_invalid);
	EXPECT_EQ(4, ring_ready(&bed->ring));
	ring_unmap(&bed->ring);
	EXPECT_EQ(NR_DMAS, work_ended(&self->work, MOCK_IOMMU_DMA_INVALID));
}

TEST_F(teardown, copy_of_the_file_keeps_the_queue_alive)
{
	struct bed *bed = &self->bed;
	int copy = dup(bed->fd);

	close_once(&bed->fd);
	EXPECT_EQ(0, fq_doorbell(copy, 0));
	EXPECT_EQ(NR_DMAS, ring_pending(&bed->ring));
	ring_unmap(&bed->ring);
	close(copy);
	EXPECT_EQ(NR_DMAS, work_ended(&self->work, MOCK_IOMMU_DMA_INVALID));
}

TEST_F(teardown, context_closed)
{
	struct bed *bed = &self->bed;

	close_once(&bed->ctx);
	EXPECT_EQ(NR_DMAS, work_ended(&self->work, MOCK_IOMMU_DMA_INVALID));
	EXPECT_EQ(NR_DMAS, LOOK(bed->ring.header->revoked));
	EXPECT_EQ(0, ring_pending(&bed->ring));
}

TEST_F(teardown, queue_of_a_closed_context_enodev)
{
	struct bed *bed = &self->bed;
	struct pollfd queue = { .fd = bed->fd, .events = POLLIN };
	struct faultq_response response = {};
	struct faultq_queue_info info;
	char buf[40];
	__u32 nr = 1;

	close_once(&bed->ctx);
	EXPECT_EQ(-ENODEV, fq_queue_info(bed->fd, &info));
	EXPECT_EQ(-ENODEV, fq_eventfd(bed->fd, 0, -1));
	EXPECT_EQ(-ENODEV, fq_doorbell(bed->fd, 0));
	EXPECT_EQ(-ENODEV, fq_respond(bed->fd, &response, &nr));
	EXPECT_EQ(-ENODEV, fq_republish(bed->fd, 0));
	EXPECT_EQ(-1, read(bed->fd, buf, sizeof(buf)));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(-1, write(bed->fd, &response, sizeof(response)));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(1, poll(&queue, 1, 0));
	EXPECT_TRUE(queue.revents & POLLHUP);
	EXPECT_EQ(MAP_FAILED,
		  region_map(bed->fd, 0, FAULTQ_REGION_CONTROL, PAGE));
}

TEST_F(teardown, device_destroyed)
{
	struct bed *bed = &self->bed;

	EXPECT_EQ(0, fq_destroy(bed->ctx, bed->dev));
	EXPECT_EQ(0, ring_pending(&bed->ring));
	EXPECT_EQ(NR_DMAS, work_ended(&self->work, MOCK_IOMMU_DMA_INVALID));
}

TEST_F(teardown, device_removed)
{
	struct bed *bed = &self->bed;
	struct faultq_device_info info;

	EXPECT_EQ(0, mock_endpoint_remove(bed->mock, bed->ep));
	EXPECT_EQ(NR_DMAS, work_ended(&self->work, MOCK_IOMMU_DMA_GONE));
	EXPECT_EQ(0, ring_pending(&bed->ring));
	EXPECT_EQ(NR_DMAS, LOOK(bed->ring.header->revoked));

	EXPECT_EQ(-ENODEV, fq_info(bed->ctx, bed->dev, &info));
	EXPECT_EQ(-ENODEV, fq_hwpt_plain(bed->ctx, bed->dev));
	EXPECT_EQ(-ENODEV,
		  fq_attach(bed->ctx, bed->dev, bed->hwpt, NO_PASID, 0));
	EXPECT_EQ(-ENODEV, fq_detach(bed->ctx, bed->dev, NO_PASID));
	EXPECT_EQ(-ENODEV, fq_pasid_alloc(bed->ctx, bed->dev));
	EXPECT_EQ(-ENODEV, fq_pasid_free(bed->ctx, bed->dev, 1));
	EXPECT_EQ(-ENODEV, fq_bind(bed->ctx, bed->name, 0));
	EXPECT_EQ(0, fq_destroy(bed->ctx, bed->dev));
}

/* What the removed device used is there for the next one. */
TEST_F(teardown, others_go_on_after_a_removal)
{
	struct bed *bed = &self->bed;
	struct mock_iommu_endpoint_add add = {
		.flags = BED_PRI,
		.iommu_id = bed->iommu,
	};

	ASSERT_EQ(0, mock_endpoint_remove(bed->mock, bed->ep));
	bed->dev = bind_new(bed->mock, bed->ctx, &add);
	bed->ep = add.out_endpoint_id;
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, bed->hwpt, NO_PASID, 99));
	ring_release(&bed->ring, ring_ready(&bed->ring));
	ASSERT_EQ(0, bed_faults(bed, 1));
	ASSERT_EQ(0, ring_wait(&bed->ring, 1));
	EXPECT_EQ(99, ring_at(&bed->ring, 0)->cookie);
	EXPECT_EQ(1, ring_answer(&bed->ring, ring_take(&bed->ring),
				 FAULTQ_RESPONSE_SUCCESS));
	EXPECT_EQ(1, bed_answered(bed, 1, MOCK_IOMMU_RESPONSE_SUCCESS));
}

TEST_F(teardown, hwpt_replaced)
{
	struct bed *bed = &self->bed;
	int plain = fq_hwpt_plain(bed->ctx, bed->dev);

	ASSERT_LT(0, plain);
	EXPECT_EQ(0, fq_attach(bed->ctx, bed->dev, plain, NO_PASID, 0));
	EXPECT_EQ(0, ring_pending(&bed->ring));
	EXPECT_EQ(NR_DMAS, work_ended(&self->work, MOCK_IOMMU_DMA_INVALID));
	EXPECT_EQ(0, fq_destroy(bed->ctx, bed->hwpt));
}

/* The device forgets its requests; what is answered then, it did not expect. */
TEST_F(teardown, device_reset)
{
	struct bed *bed = &self->bed;
	struct mock_iommu_endpoint_stats stats;
	int i;

	ASSERT_EQ(0, mock_endpoint_reset(bed->mock, bed->ep));
	EXPECT_EQ(NR_DMAS, work_ended(&self->work, MOCK_IOMMU_DMA_RESET));
	EXPECT_EQ(NR_DMAS, ring_pending(&bed->ring));
	for (i = 0; i < NR_DMAS; i++)
		EXPECT_EQ(1, ring_answer(&bed->ring, ring_take(&bed->ring),
					 FAULTQ_RESPONSE_SUCCESS));
	ASSERT_EQ(0, mock_endpoint_stats(bed->mock, bed->ep, &stats));
	EXPECT_EQ(NR_DMAS, stats.out_unexpected);
	EXPECT_EQ(0, ring_pending(&bed->ring));
}

TEST_F(teardown, pasid_and_rid_end_apart)
{
	struct bed *bed = &self->bed;
	struct dma dma;
	char buf[8];

	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, bed->hwpt, 3, 3));
	dma_init(&dma, bed, MOCK_IOMMU_DMA_READ, buf, sizeof(buf));
	dma_pasid(&dma, 3);
	ASSERT_EQ(0, dma_start(&dma));
	ASSERT_TRUE(AWAIT(LOOK(bed->ring.header->arrived) == NR_DMAS + 1));
	EXPECT_EQ(0, fq_detach(bed->ctx, bed->dev, NO_PASID));
	EXPECT_EQ(1, ring_pending(&bed->ring));
	EXPECT_EQ(NR_DMAS, work_ended(&self->work, MOCK_IOMMU_DMA_INVALID));
	EXPECT_EQ(0, fq_detach(bed->ctx, bed->dev, 3));
	EXPECT_EQ(MOCK_IOMMU_DMA_INVALID, dma_wait(&dma));
}

TEST_F(teardown, reader_is_woken_by_close)
{
	struct bed *bed = &self->bed;
	struct sleeper sleeper;
	char buf[40];

	while (ring_pending(&bed->ring) && ring_ready(&bed->ring) > 0)
		ring_answer(&bed->ring, ring_take(&bed->ring),
			    FAULTQ_RESPONSE_INVALID);
	ASSERT_EQ(0, sleeper_read(&sleeper, bed->fd, buf, sizeof(buf)));
	close_once(&bed->ctx);
	EXPECT_EQ(-ENODEV, sleeper_join(&sleeper));
}

TEST_F(teardown, poller_is_woken_by_close)
{
	struct bed *bed = &self->bed;
	struct sleeper sleeper;

	while (ring_pending(&bed->ring) && ring_ready(&bed->ring) > 0)
		ring_answer(&bed->ring, ring_take(&bed->ring),
			    FAULTQ_RESPONSE_INVALID);
	ASSERT_EQ(0, sleeper_poll(&sleeper, bed->fd, POLLIN));
	close_once(&bed->ctx);
	EXPECT_EQ(1, sleeper_join(&sleeper));
	EXPECT_TRUE(sleeper.wait.revents & POLLHUP);
}

/* A process with everything in it dies; the device belongs to another one. */
FIXTURE(killed)
{
	struct bed bed;
	struct work *work;
	int pipe[2];
};

FIXTURE_SETUP(killed)
{
	self->work = mmap(NULL, sizeof(*self->work), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->work);
	ASSERT_EQ(0, pipe(self->pipe));
}

FIXTURE_TEARDOWN(killed)
{
	bed_free(&self->bed);
}

struct told {
	__u32 ep;
	char name[FAULTQ_DEVICE_NAME_LEN];
};

static void live_until_killed(int out)
{
	const struct faultq_queue_alloc queue = { .nr_records = 4 };
	struct told told = {};
	struct bed bed;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (bed_make(&bed, &queue) ||
	    fq_map(bed.ctx, bed.hwpt, MAP_RW, pages_alloc(16), 16 * PAGE, 0))
		_exit(1);
	told.ep = bed.ep;
	memcpy(told.name, bed.name, sizeof(told.name));
	if (write(out, &told, sizeof(told)) != sizeof(told))
		_exit(2);
	pause();
}

TEST_F(killed, with_faults_pending)
{
	struct bed *bed = &self->bed;
	struct mock_iommu_endpoint_stats stats;
	struct told told;
	pid_t child = fork();
	int i;

	ASSERT_LE(0, child);
	if (!child)
		live_until_killed(self->pipe[1]);
	ASSERT_EQ(sizeof(told), read(self->pipe[0], &told, sizeof(told)));

	/* DMA of this process, faults of the other */
	bed->mock = mock_open();
	bed->fd = -1;
	bed->ep = told.ep;
	for (i = 0; i < NR_DMAS; i++) {
		dma_init(&self->work->dma[i], bed, MOCK_IOMMU_DMA_READ,
			 self->work->buf[i], 8);
		self->work->dma[i].arg.iova += i * PAGE;
		ASSERT_EQ(0, dma_start(&self->work->dma[i]));
	}
	ASSERT_TRUE(AWAIT(!mock_endpoint_stats(bed->mock, bed->ep, &stats) &&
			  stats.out_outstanding_groups == NR_DMAS));
	ASSERT_EQ(0, kill(child, SIGKILL));
	EXPECT_EQ(NR_DMAS, work_ended(self->work, MOCK_IOMMU_DMA_INVALID));
	ASSERT_EQ(child, waitpid(child, NULL, 0));

	bed->ctx = fq_open();
	EXPECT_LT(0, fq_bind(bed->ctx, told.name, 0));
}

struct churn {
	struct bed *bed;
	pthread_t thread;
	int stop;
};

/* Faults and DMA of one endpoint after the other, as long as each is there */
static void *churn_dma(void *arg)
{
	struct churn *churn = arg;
	char buf[64];

	while (!LOOK(churn->stop)) {
		struct dma dma;

		dma_init(&dma, churn->bed, MOCK_IOMMU_DMA_READ, buf,
			 sizeof(buf));
		dma.arg.endpoint_id = LOOK(churn->bed->ep);
		dma_run(&dma);
	}
	return NULL;
}

FIXTURE(churn)
{
	struct bed bed;
	struct churn churn;
};

FIXTURE_VARIANT(churn)
{
	__u32 kind; /* of the IOMMU */
};

FIXTURE_VARIANT_ADD(churn, vtd)
VALUES(.kind = MOCK_IOMMU_KIND_VTD);

FIXTURE_VARIANT_ADD(churn, smmuv3)
VALUES(.kind = MOCK_IOMMU_KIND_SMMUV3);

FIXTURE_SETUP(churn)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, bed_make_kind(bed, variant->kind, BED_PRI,
				   &(struct faultq_queue_alloc){}));
	self->churn.bed = bed;
	ASSERT_EQ(0, pthread_create(&self->churn.thread, NULL, churn_dma,
				    &self->churn));
}

FIXTURE_TEARDOWN(churn)
{
	__atomic_store_n(&self->churn.stop, 1, __ATOMIC_RELEASE);
	close_once(&self->bed.ctx);
	pthread_join(self->churn.thread, NULL);
	bed_free(&self->bed);
}

TEST_F(churn, endpoints_come_and_go)
{
	struct bed *bed = &self->bed;
	int i;

	for (i = 0; i < 30; i++) {
		struct mock_iommu_endpoint_add add = {
			.flags = BED_PRI,
			.iommu_id = bed->iommu,
		};
		const __u32 old = bed->dev;

		ring_answer_all(&bed->ring, FAULTQ_RESPONSE_INVALID);
		ASSERT_EQ(0, mock_endpoint_remove(bed->mock, bed->ep));
		bed->dev = bind_new(bed->mock, bed->ctx, &add);
		ASSERT_LT(0, (int)bed->dev);
		ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, bed->hwpt, NO_PASID,
				       0));
		__atomic_store_n(&bed->ep, add.out_endpoint_id,
				 __ATOMIC_RELEASE);
		ASSERT_EQ(0, fq_destroy(bed->ctx, old));
	}
}

/**
 * struct binder - binds a device again and again until it cannot be found
 * @ctx: context of its DEVICEs
 * @name: of the device
 * @removed: whoever removes the device is done
 * @left: DEVICEs that were still bound then
 * @strange: another errno than ENODEV
 * @thread: who does it
 */
struct binder {
	int ctx;
	char name[FAULTQ_DEVICE_NAME_LEN];
	int removed;
	int left;
	int strange;
	pthread_t thread;
};

static int binder_is_bound(const struct binder *binder, __u32 dev)
{
	struct faultq_device_info info = {};

	return !fq_info(binder->ctx, dev, &info);
}

static void *bind_until_it_is_gone(void *arg)
{
	struct binder *binder = arg;
	bool removed;
	int dev;

	while ((dev = fq_bind(binder->ctx, binder->name, 0)) > 0) {
		do
			removed = LOOK(binder->removed);
		while (binder_is_bound(binder, dev) && !removed);
		binder->left += binder_is_bound(binder, dev);
		fq_destroy(binder->ctx, dev);
		if (removed)
			break;
	}
	binder->strange = dev < 0 && dev != -ENODEV ? dev : 0;
	return NULL;
}

/*
 * A device that is being removed is unbound first, and can be found, and bound,
 * for a while after. It is unbound again before it is gone.
 */
TEST_F(churn, bound_while_being_removed)
{
	struct bed *bed = &self->bed;
	struct binder binder = { .ctx = bed->ctx };
	int i;

	for (i = 0; i < 40; i++) {
		struct mock_iommu_endpoint_add add = {
			.flags = BED_PRI,
			.iommu_id = bed->iommu,
		};

		ASSERT_LT(0, mock_endpoint_add(bed->mock, &add));
		snprintf(binder.name, sizeof(binder.name), "platform/%s",
			 add.out_name);
		binder.removed = 0;
		ASSERT_EQ(0, pthread_create(&binder.thread, NULL,
					    bind_until_it_is_gone, &binder));
		ASSERT_EQ(0,
			  mock_endpoint_remove(bed->mock, add.out_endpoint_id));
		__atomic_store_n(&binder.removed, 1, __ATOMIC_RELEASE);
		pthread_join(binder.thread, NULL);
		ASSERT_EQ(0, binder.left);
		ASSERT_EQ(0, binder.strange);
	}
}

TEST_F(churn, attachments_come_and_go)
{
	struct bed *bed = &self->bed;
	int i;

	for (i = 0; i < 100; i++) {
		ring_answer_all(&bed->ring, FAULTQ_RESPONSE_INVALID);
		ASSERT_EQ(0, fq_detach(bed->ctx, bed->dev, NO_PASID));
		EXPECT_EQ(0, ring_pending(&bed->ring));
		ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, bed->hwpt, NO_PASID,
				       i));
	}
}

TEST_F(churn, contexts_come_and_go)
{
	struct bed *bed = &self->bed;
	struct ring dead;
	int i, dev, hwpt;

	for (i = 0; i < 30; i++) {
		struct faultq_queue_alloc queue = {
			.type = FAULTQ_QUEUE_TYPE_IOPF,
			.nr_rings = 1,
			.nr_records = 2,
			.nr_groups = 4,
		};

		dead = bed->ring;
		close(bed->ctx);
		EXPECT_EQ(0, ring_pending(&dead));
		ring_unmap(&dead);
		close(bed->fd);

		bed->ctx = fq_open();
		ASSERT_EQ(0, fq_queue_alloc(bed->ctx, &queue));
		bed->fd = queue.out_queue_fd;
		dev = fq_bind(bed->ctx, bed->name, 0);
		hwpt = fq_hwpt(bed->ctx, dev, queue.out_queue_id);
		ASSERT_EQ(0, ring_map(&bed->ring, bed->fd, 0));
		ASSERT_EQ(0, fq_attach(bed->ctx, dev, hwpt, NO_PASID, 0));
		ASSERT_EQ(0, ring_wait(&bed->ring, 1));
	}
}

#define NR_RACERS 4
#define NR_ROUNDS 150

struct racer {
	struct bed *bed;
	int seed;
	int strange;
	pthread_t thread;
};

static bool is_ordinary(int ret)
{
	return ret >= 0 || ret == -ENOENT || ret == -EBUSY || ret == -EEXIST ||
	       ret == -EINVAL || ret == -EIO;
}

static int race_step(struct bed *bed, int what, void *mem)
{
	__u64 length = 4 * PAGE;
	int hwpt;

	switch (what % 8) {
	case 0:
		return fq_attach(bed->ctx, bed->dev, bed->hwpt, NO_PASID, what);
	case 1:
		return fq_detach(bed->ctx, bed->dev, NO_PASID);
	case 2:
		return fq_map(bed->ctx, bed->hwpt, MAP_RW, mem, PAGE,
			      BED_IOVA + (what / 8 % 4) * PAGE);
	case 3:
		return fq_unmap(bed->ctx, bed->hwpt, BED_IOVA, &length);
	case 4:
		hwpt = fq_hwpt(bed->ctx, bed->dev, bed->queue);
		if (hwpt < 0)
			return hwpt;
		fq_attach(bed->ctx, bed->dev, hwpt, 1 + what / 8 % 2, what);
		return fq_destroy(bed->ctx, hwpt);
	case 5:
		return fq_detach(bed->ctx, bed->dev, 1 + what / 8 % 2);
	case 6:
		return fq_doorbell(bed->fd, 0);
	default:
		return fq_republish(bed->fd, 0);
	}
}

static void *race(void *arg)
{
	struct racer *racer = arg;
	void *mem = pages_alloc(1);
	int i, ret;

	for (i = 0; i < NR_ROUNDS; i++) {
		ret = race_step(racer->bed,
				i * 7 + racer->seed * i / 3 + racer->seed, mem);
		racer->strange += !is_ordinary(ret);
	}
	return NULL;
}

/* Calls of all kinds on the same objects at a time, under DMA */
TEST_F(churn, calls_race)
{
	struct racer racers[NR_RACERS] = {};
	int i;

	for (i = 0; i < NR_RACERS; i++) {
		racers[i].bed = &self->bed;
		racers[i].seed = i;
		ASSERT_EQ(0, pthread_create(&racers[i].thread, NULL, race,
					    &racers[i]));
	}
	for (i = 0; i < NR_RACERS; i++) {
		pthread_join(racers[i].thread, NULL);
		EXPECT_EQ(0, racers[i].strange);
	}
	EXPECT_EQ(0, fq_destroy(self->bed.ctx, self->bed.dev));
	EXPECT_EQ(0, ring_pending(&self->bed.ring));
}

/* A device whose faults are revoked again and again */
struct revoked {
	struct bed bed;
	int failed;
	pthread_t thread;
};

#define NR_REVOCATIONS 200
#define NR_REVOKED 4

static void *be_revoked(void *arg)
{
	struct revoked *revoked = arg;
	struct bed *bed = &revoked->bed;
	int i;

	for (i = 0; i < NR_REVOCATIONS && !revoked->failed; i++)
		revoked->failed =
			bed_faults(bed, NR_REVOKED) ||
			fq_detach(bed->ctx, bed->dev, NO_PASID) ||
			fq_attach(bed->ctx, bed->dev, bed->hwpt, NO_PASID, i);
	return NULL;
}

/* Two devices that share a ring, which counts the groups of both */
TEST(revoked_by_two_at_once)
{
	struct revoked one = {}, two;
	struct bed *bed = &one.bed;
	struct mock_iommu_endpoint_add add = { .flags = BED_PRI };
	const struct faultq_ring_header *header;
	int dev;

	ASSERT_EQ(0, bed_make(bed, &(struct faultq_queue_alloc){
					   .nr_groups = 2 * NR_REVOKED }));
	header = bed->ring.header;
	two = one;
	add.iommu_id = bed->iommu;
	dev = bind_new(bed->mock, bed->ctx, &add);
	ASSERT_LT(0, dev);
	two.bed.dev = dev;
	two.bed.ep = add.out_endpoint_id;
	ASSERT_EQ(0, fq_attach(bed->ctx, dev, bed->hwpt, NO_PASID, 0));

	ASSERT_EQ(0, pthread_create(&one.thread, NULL, be_revoked, &one));
	ASSERT_EQ(0, pthread_create(&two.thread, NULL, be_revoked, &two));
	pthread_join(one.thread, NULL);
	pthread_join(two.thread, NULL);
	EXPECT_EQ(0, one.failed);
	EXPECT_EQ(0, two.failed);
	EXPECT_EQ(2 * NR_REVOCATIONS * NR_REVOKED, LOOK(header->arrived));
	EXPECT_EQ(2 * NR_REVOCATIONS * NR_REVOKED, LOOK(header->revoked));
	EXPECT_EQ(0, ring_pending(&bed->ring));
	EXPECT_EQ(0, mock_endpoint_remove(bed->mock, add.out_endpoint_id));
	bed_free(bed);
}

/* Files and mappings of a bed let go of in every order */
TEST(close_in_any_order)
{
	static const int orders[][3] = {
		{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
		{ 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
	};
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(orders); i++) {
		struct bed bed;

		ASSERT_EQ(0, bed_make(&bed, &(struct faultq_queue_alloc){
						    .nr_records = 2,
						    .timeout_ms = 1000,
						    .timeout_action =
							    FAULTQ_TIMEOUT_WARN,
					    }));
		ASSERT_EQ(0, bed_faults(&bed, 4));
		for (j = 0; j < 3; j++) {
			if (orders[i][j] == 0)
				close_once(&bed.ctx);
			else if (orders[i][j] == 1)
				close_once(&bed.fd);
			else
				ring_unmap(&bed.ring);
		}
		EXPECT_EQ(4,
			  bed_answered(&bed, 4, MOCK_IOMMU_RESPONSE_INVALID));
		bed_free(&bed);
	}
}

TEST_HARNESS_MAIN
