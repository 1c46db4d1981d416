// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is limited by a number of its own, or charged to the memory cgroup of
 * whoever asked for it. Limits that a call checks are tested where the call is.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "cgroup.h"
#include "event.h"
#include "file.h"
#include "kselftest_harness.h"
#include "variant.h"

#define MAX_OBJECTS 65536

FIXTURE(context)
{
	struct guest guest;
};

FIXTURE_SETUP(context)
{
	ASSERT_EQ(0, guest_make(&self->guest));
}

FIXTURE_TEARDOWN(context)
{
	guest_free(&self->guest);
}

/* VIOMMUs, which are the smallest. The bed and the guest have six objects. */
TEST_F_TIMEOUT(context, objects_are_limited, 60)
{
	const struct guest *guest = &self->guest;
	const struct bed *bed = &guest->bed;
	struct faultq_queue_alloc queue = {
		.type = FAULTQ_QUEUE_TYPE_IOPF,
		.nr_rings = 1,
		.nr_records = 8,
		.nr_groups = 8,
	};
	struct faultq_pasid_bind bind = {
		.flags = FAULTQ_PASID_BIND_ALLOC,
		.guest_pasid = 1,
	};
	int other = fq_open(), nr = 6, last = 0, ret;

	while ((ret = fq_viommu(bed->ctx, bed->dev, guest->parent)) > 0) {
		ASSERT_GE(MAX_OBJECTS, ++nr);
		last = ret;
	}
	EXPECT_EQ(-ENOSPC, ret);
	EXPECT_EQ(MAX_OBJECTS, nr);
	EXPECT_EQ(-ENOSPC, fq_hwpt_plain(bed->ctx, bed->dev));
	EXPECT_EQ(-ENOSPC, fq_bind(bed->ctx, "platform/mock-iommu0-ep0", 0));
	EXPECT_EQ(-ENOSPC, fq_vdevice(bed->ctx, last, bed->dev, 1));
	EXPECT_EQ(-ENOSPC, fq_queue_alloc(bed->ctx, &queue));
	EXPECT_EQ(-ENOSPC, guest_bind(guest, &bind));

	/* it is the one place that was given back which is there to be had */
	ASSERT_EQ(0, fq_destroy(bed->ctx, last));
	EXPECT_LT(0, fq_hwpt_plain(bed->ctx, bed->dev));
	EXPECT_EQ(-ENOSPC, fq_viommu(bed->ctx, bed->dev, guest->parent));

	/* nor is anything held for what was not to be had */
	ASSERT_EQ(0, fq_destroy(bed->ctx, last - 1));
	EXPECT_LT(0, fq_vdevice(bed->ctx, guest->viommu, bed->dev, 1));

	/* and another context has as many of its own */
	EXPECT_LT(0, fq_bind(other, "platform/mock-iommu0-ep0", 0));
	close(other);
}

FIXTURE(charge)
{
	struct cgroup cgroup;
	struct guest guest;
	struct faultq_queue_alloc wish;
	long long bytes; /* of a QUEUE, by what its rings are made of */
};

FIXTURE_VARIANT(charge)
{
	__u32 type;
};

FIXTURE_VARIANT_ADD(charge, iopf)
VALUES(.type = FAULTQ_QUEUE_TYPE_IOPF);

FIXTURE_VARIANT_ADD(charge, event)
VALUES(.type = FAULTQ_QUEUE_TYPE_EVENT);

/* Memory that is on its way to or from the cgroup, on each processor */
#define SLACK 0x100000LL

FIXTURE_SETUP(charge)
{
	struct faultq_queue_alloc *wish = &self->wish;

	ASSERT_EQ(0, guest_make(&self->guest));
	wish->type = variant->type;
	wish->nr_rings = 1;
	wish->nr_records = FAULTQ_MAX_RECORDS;
	self->bytes = FAULTQ_MAX_RECORDS * sizeof(struct faultq_event);
	if (variant->type == FAULTQ_QUEUE_TYPE_IOPF) {
		wish->nr_rings = 2;
		wish->nr_groups = FAULTQ_MAX_GROUPS;
		self->bytes = 2LL * FAULTQ_MAX_RECORDS *
			      (sizeof(struct faultq_page_request) +
			       sizeof(struct faultq_response));
	} else {
		wish->source_id = self->guest.viommu;
	}
	ASSERT_EQ(0, cgroup_make(&self->cgroup));
}

FIXTURE_TEARDOWN(charge)
{
	cgroup_free(&self->cgroup);
	guest_free(&self->guest);
}

static long long kernel_bytes(const struct cgroup *cgroup)
{
	return cgroup_get(cgroup, "memory.stat", "kernel");
}

/* Charged when it is made, to whoever made it, and until it is gone */
TEST_F(charge, rings)
{
	const struct bed *bed = &self->guest.bed;
	struct faultq_queue_alloc *queue = &self->wish;
	long long before, with;

	ASSERT_EQ(0, cgroup_enter(&self->cgroup));
	before = kernel_bytes(&self->cgroup);
	ASSERT_EQ(0, fq_queue_alloc(bed->ctx, queue));
	with = kernel_bytes(&self->cgroup);
	TH_LOG("rings of %lld bytes: %lld charged", self->bytes, with - before);
	EXPECT_LE(before + self->bytes, with);
	EXPECT_GE(before + 2 * self->bytes + SLACK, with);
	EXPECT_LE(before + self->bytes,
		  cgroup_get(&self->cgroup, "memory.current", NULL));

	ASSERT_EQ(0, fq_destroy(bed->ctx, queue->out_queue_id));
	EXPECT_LE(before + self->bytes, kernel_bytes(&self->cgroup));
	close(queue->out_queue_fd);
	EXPECT_TRUE(AWAIT(kernel_bytes(&self->cgroup) <= before + SLACK));
}

#define LIMIT 0x4000000LL

/* QUEUEs without end; a QUEUE of events needs a source of its own. */
static void hoard(const struct cgroup *cgroup, struct faultq_queue_alloc *wish,
		  const struct guest *guest)
{
	const struct bed *bed = &guest->bed;
	bool events = wish->source_id;
	int ret = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (cgroup_enter(cgroup))
		_exit(1);
	while (!ret) {
		if (events)
			wish->source_id =
				fq_viommu(bed->ctx, bed->dev, guest->parent);
		ret = fq_queue_alloc(bed->ctx, wish);
	}
	_exit(ret == -ENOMEM ? 0 : 2);
}

/*
 * Whoever wants more than its cgroup has is refused, or is killed if the
 * kernel finds nothing else to be given back; no one else notices.
 */
TEST_F(charge, limit_of_the_cgroup)
{
	struct bed *bed = &self->guest.bed;
	struct faultq_queue_alloc other = {
		.type = FAULTQ_QUEUE_TYPE_IOPF,
		.nr_rings = 1,
		.nr_records = 1,
		.nr_groups = 1,
	};
	int status = -1;
	pid_t child;

	ASSERT_EQ(0, cgroup_set(&self->cgroup, "memory.max", "67108864"));
	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		hoard(&self->cgroup, &self->wish, &self->guest);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_TRUE((WIFEXITED(status) && !WEXITSTATUS(status)) ||
		    (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL))
	{
		TH_LOG("status %x", status);
	}
	TH_LOG("refused %lld times, peak %lld bytes, %s",
	       cgroup_get(&self->cgroup, "memory.events", "max"),
	       cgroup_get(&self->cgroup, "memory.peak", NULL),
	       WIFSIGNALED(status) ? "killed" : "ENOMEM");
	EXPECT_LT(0, cgroup_get(&self->cgroup, "memory.events", "max"));
	EXPECT_GE(LIMIT, cgroup_get(&self->cgroup, "memory.peak", NULL));
	EXPECT_LE(LIMIT - 2 * self->bytes - SLACK,
		  cgroup_get(&self->cgroup, "memory.peak", NULL));

	/* its files are closed, its QUEUEs' memory ends with their ids */
	EXPECT_EQ(0, fq_queue_alloc(bed->ctx, &other));
	close(other.out_queue_fd);
	close_once(&bed->ctx);
	EXPECT_TRUE(AWAIT(kernel_bytes(&self->cgroup) <= 2 * SLACK));
}

/* A mapping that takes as many bytes for its list of pages as for its tables */
#define MAP_BYTES 0x20000000ULL
#define MAP_LIST (MAP_BYTES / PAGE * sizeof(void *))
#define MAP_TABLES (MAP_BYTES / 0x200000 * PAGE)

FIXTURE(half_mapped)
{
	struct cgroup cgroup;
	struct bed bed;
	char *mem;
};

FIXTURE_VARIANT(half_mapped)
{
	__u32 kind; /* of the IOMMU */
};

FIXTURE_VARIANT_ADD(half_mapped, vtd)
VALUES(.kind = MOCK_IOMMU_KIND_VTD);

FIXTURE_VARIANT_ADD(half_mapped, smmuv3)
VALUES(.kind = MOCK_IOMMU_KIND_SMMUV3);

/* The same few pages over and over: many small ones, and little memory */
#define REPEATED (64 * PAGE)

static char *repeated(size_t length)
{
	char *mem = pages_alloc(length / PAGE), *at;
	int fd = memfd_create("repeated", MFD_CLOEXEC);

	if (!mem || fd < 0 || ftruncate(fd, REPEATED))
		return NULL;
	for (at = mem; at < mem + length; at += REPEATED)
		if (mmap(at, REPEATED, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED | MAP_POPULATE, fd,
			 0) == MAP_FAILED)
			return NULL;
	close(fd);
	return mem;
}

FIXTURE_SETUP(half_mapped)
{
	self->mem = repeated(MAP_BYTES);
	ASSERT_TRUE(self->mem);
	ASSERT_EQ(0, bed_make_kind(&self->bed, variant->kind, BED_PRI,
				   &(struct faultq_queue_alloc){}));
	ASSERT_EQ(0, cgroup_make(&self->cgroup));
	/* whoever cannot be killed for want of memory is refused it */
	ASSERT_EQ(0, write_file("/proc/self/oom_score_adj", "-1000"));
}

FIXTURE_TEARDOWN(half_mapped)
{
	cgroup_free(&self->cgroup);
	bed_free(&self->bed);
}

/* What is there of it when memory runs out goes: it can be mapped as if new. */
TEST_F(half_mapped, leaves_nothing)
{
	const struct bed *bed = &self->bed;
	__u64 length = MAP_BYTES;
	char limit[32], byte = 1;

	ASSERT_EQ(0, cgroup_enter(&self->cgroup));
	snprintf(limit, sizeof(limit), "%lld",
		 cgroup_get(&self->cgroup, "memory.current", NULL) +
			 (long long)(MAP_LIST + MAP_TABLES / 2));
	ASSERT_EQ(0, cgroup_set(&self->cgroup, "memory.max", limit));
	EXPECT_EQ(-ENOMEM, fq_map(bed->ctx, bed->hwpt, MAP_RW, self->mem,
				  MAP_BYTES, BED_IOVA));
	ASSERT_EQ(0, cgroup_set(&self->cgroup, "memory.max", "max"));
	EXPECT_EQ(-ENOENT, fq_unmap(bed->ctx, bed->hwpt, BED_IOVA, &length));
	EXPECT_EQ(0, fq_map(bed->ctx, bed->hwpt, MAP_RW, self->mem, MAP_BYTES,
			    BED_IOVA));
	EXPECT_EQ(MOCK_IOMMU_DMA_OK,
		  bed_dma(bed, MOCK_IOMMU_DMA_WRITE, &byte, 1));
	EXPECT_EQ(1, self->mem[REPEATED]);
	length = MAP_BYTES;
	EXPECT_EQ(0, fq_unmap(bed->ctx, bed->hwpt, BED_IOVA, &length));
	EXPECT_EQ(MAP_BYTES, length);
}

TEST_HARNESS_MAIN
