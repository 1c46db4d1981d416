// SPDX-License-Identifier: GPL-2.0-only
/*
 * The objects of nested translation: parents and nested HWPTs, VIOMMUs,
 * VDEVICEs, HW_QUEUEs, bindings of PASIDs, invalidations.
 */
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>

#include "event.h"
#include "file.h"
#include "kselftest_harness.h"
#include "sweep.h"
#include "variant.h"

#define VIRT_ID 0x42
#define GUEST_MEM 0x40000000ULL
#define GUEST_MEM_PAGES 4

/* Words of a stream table entry (SMMUv3 5.2), and a command (4.4) */
#define STE_V 1ULL
#define STE_CONFIG_S1 (5ULL << 1)
#define CMD_TLBI_NH_ALL 0x10
#define CMD_CFGI_CD 0x05
#define CMD_SID(sid) ((__u64)(sid) << 32)

/* What describes a guest's table is copied anew if it was taken away. */
#define STEP_NESTED(sweep, errnum, call) \
	STEP_HOW(sweep, errnum, STEP_COPIES_AGAIN, call)

FIXTURE(nested)
{
	struct sweep sweep;
	struct guest guest;
};

FIXTURE_SETUP(nested)
{
	ASSERT_EQ(0, guest_make(&self->guest));
}

FIXTURE_TEARDOWN(nested)
{
	guest_free(&self->guest);
	EXPECT_EQ(0, self->sweep.errors);
}

TEST_F(nested, parent_and_nested_hwpt)
{
	struct sweep *sweep = &self->sweep;
	struct bed *bed = &self->guest.bed;
	int parent, hwpt;

	SWEEP(sweep)
	{
		parent = STEP(sweep, fq_parent(bed->ctx, bed->dev));
		hwpt = STEP_NESTED(sweep, ENOMEM,
				   fq_nested(bed->ctx, bed->dev, parent,
					     bed->queue));
		STEP(sweep, fq_destroy(bed->ctx, hwpt));
		STEP(sweep, fq_destroy(bed->ctx, parent));
	}
}

TEST_F(nested, hwpt_on_a_viommu)
{
	struct sweep *sweep = &self->sweep;
	struct guest *guest = &self->guest;
	int viommu, hwpt, ctx = guest->bed.ctx;

	SWEEP(sweep)
	{
		viommu = STEP(sweep,
			      fq_viommu(ctx, guest->bed.dev, guest->parent));
		hwpt = STEP_NESTED(sweep, ENOMEM,
				   fq_nested(ctx, guest->bed.dev, viommu,
					     guest->bed.queue));
		STEP(sweep, fq_destroy(ctx, hwpt));
		STEP(sweep, fq_destroy(ctx, viommu));
	}
}

TEST_F(nested, attach)
{
	struct sweep *sweep = &self->sweep;
	struct guest *guest = &self->guest;
	__u32 dev = guest->bed.dev;
	int ctx = guest->bed.ctx;

	SWEEP(sweep)
	{
		STEP(sweep, fq_attach(ctx, dev, guest->nested, NO_PASID, 1));
		STEP(sweep, fq_attach(ctx, dev, guest->nested, HOST_PASID, 2));
		STEP(sweep, fq_detach(ctx, dev, HOST_PASID));
		STEP(sweep, fq_attach(ctx, dev, guest->bed.hwpt, NO_PASID,
				      BED_COOKIE));
	}
}

TEST_F(nested, vdevice)
{
	struct sweep *sweep = &self->sweep;
	struct guest *guest = &self->guest;
	int id, ctx = guest->bed.ctx;

	SWEEP(sweep)
	{
		id = STEP(sweep, fq_vdevice(ctx, guest->viommu, guest->bed.dev,
					    VIRT_ID));
		STEP(sweep, fq_destroy(ctx, id));
	}
}

TEST_F(nested, queue_of_events_of_the_viommu)
{
	struct faultq_queue_alloc queue = {};
	struct sweep *sweep = &self->sweep;
	struct guest *guest = &self->guest;
	int fd, ctx = guest->bed.ctx;

	SWEEP(sweep)
	{
		fd = STEP(sweep,
			  fq_event_queue(ctx, guest->viommu,
					 FAULTQ_NATIVE_VTD_FAULT, &queue));
		STEP(sweep, fq_destroy(ctx, queue.out_queue_id));
		STEP(sweep, close_or_errno(fd));
	}
}

static int bind_pasid(const struct guest *guest, __u32 flags, __u32 pt)
{
	struct faultq_pasid_bind bind = { .flags = flags, .pt_id = pt };
	int ret = guest_bind(guest, &bind);

	return ret ? ret : (int)bind.out_hwpt_id;
}

TEST_F(nested, pasid_bind)
{
	struct sweep *sweep = &self->sweep;
	struct guest *guest = &self->guest;
	int ctx = guest->bed.ctx;

	SWEEP(sweep)
	{
		STEP_NESTED(sweep, ENOMEM, bind_pasid(guest, 0, guest->parent));
		STEP(sweep, fq_pasid_unbind(ctx, guest->bed.dev, GUEST_PASID));
	}
}

/* The kernel tells no reason when it gives no PASID. */
TEST_F(nested, pasid_bind_and_alloc)
{
	struct sweep *sweep = &self->sweep;
	struct guest *guest = &self->guest;
	int ctx = guest->bed.ctx;

	SWEEP(sweep)
	{
		STEP_NESTED(sweep, ENOSPC,
			    bind_pasid(guest, FAULTQ_PASID_BIND_ALLOC,
				       guest->viommu));
		STEP(sweep, fq_pasid_unbind(ctx, guest->bed.dev, GUEST_PASID));
	}
}

static int invalidate(const struct guest *guest, __u32 id)
{
	struct faultq_hwpt_vtd_s1_invalidate entries[] = {
		{ .addr = GUEST_TABLE, .npages = 1 },
		{ .npages = UINT64_MAX },
	};
	__u32 nr = 2;

	return fq_invalidate(guest->bed.ctx, id, entries, sizeof(entries[0]),
			     &nr);
}

TEST_F(nested, invalidate)
{
	struct sweep *sweep = &self->sweep;
	struct guest *guest = &self->guest;
	struct bed *bed = &guest->bed;
	int hwpt = fq_nested(bed->ctx, bed->dev, guest->viommu, 0);

	ASSERT_LT(0, hwpt);
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, hwpt, HOST_PASID, 0));
	SWEEP(sweep)
	{
		STEP(sweep, invalidate(guest, hwpt));
		STEP(sweep, invalidate(guest, guest->viommu));
	}
}

static int queue_alloc(int ctx, struct faultq_queue_alloc *queue)
{
	queue->type = FAULTQ_QUEUE_TYPE_IOPF;
	queue->nr_rings = 1;
	queue->nr_records = 8;
	queue->nr_groups = 8;
	return fq_queue_alloc(ctx, queue);
}

/* An endpoint that no context has yet. Returns its id. */
static int endpoint_make(const struct bed *bed, char *name, size_t room)
{
	struct mock_iommu_endpoint_add add = {
		.iommu_id = bed->iommu,
		.flags = BED_PRI,
		.pasid_bits = 20,
	};
	int id = mock_endpoint_add(bed->mock, &add);

	snprintf(name, room, "platform/%s", add.out_name);
	return id;
}

/* All that a context has of a guest ends with it. */
TEST_F(nested, context_with_all)
{
	struct faultq_queue_alloc queue = {}, events = {};
	struct sweep *sweep = &self->sweep;
	struct guest own = {};
	struct bed *bed = &own.bed;
	char name[FAULTQ_DEVICE_NAME_LEN];
	int ep = endpoint_make(&self->guest.bed, name, sizeof(name));
	int hwpt, fd;

	ASSERT_LT(0, ep);
	SWEEP(sweep)
	{
		bed->ctx = STEP(sweep, fq_open());
		STEP(sweep, queue_alloc(bed->ctx, &queue));
		bed->queue = queue.out_queue_id;
		bed->dev = STEP(sweep, fq_bind(bed->ctx, name, 0));
		own.parent = STEP(sweep, fq_parent(bed->ctx, bed->dev));
		own.viommu =
			STEP(sweep, fq_viommu(bed->ctx, bed->dev, own.parent));
		STEP(sweep,
		     fq_vdevice(bed->ctx, own.viommu, bed->dev, VIRT_ID));
		hwpt = STEP_NESTED(sweep, ENOMEM,
				   fq_nested(bed->ctx, bed->dev, own.viommu,
					     bed->queue));
		STEP(sweep, fq_attach(bed->ctx, bed->dev, hwpt, NO_PASID, 0));
		STEP_NESTED(sweep, ENOSPC,
			    bind_pasid(&own, FAULTQ_PASID_BIND_ALLOC,
				       own.viommu));
		fd = STEP(sweep, fq_event_queue(bed->ctx, own.viommu,
						FAULTQ_NATIVE_VTD_INVALIDATION,
						&events));
		STEP(sweep, close_or_errno(bed->ctx));
		STEP(sweep, close_or_errno(fd));
		STEP(sweep, close_or_errno(queue.out_queue_fd));
	}
	EXPECT_EQ(0, mock_endpoint_remove(self->guest.bed.mock, ep));
}

FIXTURE(smmu)
{
	struct sweep sweep;
	struct bed bed;
	char *mem; /* the guest's, at GUEST_MEM */
	__u32 parent;
};

FIXTURE_SETUP(smmu)
{
	struct bed *bed = &self->bed;

	self->mem = pages_alloc(GUEST_MEM_PAGES);
	ASSERT_TRUE(self->mem);
	ASSERT_EQ(0, bed_make_kind(bed, MOCK_IOMMU_KIND_SMMUV3, BED_PRI,
				   &(struct faultq_queue_alloc){}));
	self->parent = fq_parent(bed->ctx, bed->dev);
	ASSERT_LT(0, (int)self->parent);
	ASSERT_EQ(0, fq_map(bed->ctx, self->parent, MAP_RW, self->mem,
			    GUEST_MEM_PAGES * PAGE, GUEST_MEM));
}

FIXTURE_TEARDOWN(smmu)
{
	bed_free(&self->bed);
	EXPECT_EQ(0, self->sweep.errors);
}

static int viommu_alloc(const struct bed *bed, __u32 parent, __u32 type,
			struct faultq_viommu_tegra241_cmdqv *data)
{
	struct faultq_viommu_alloc arg = {
		.size = sizeof(arg),
		.type = type,
		.dev_id = bed->dev,
		.hwpt_id = parent,
		.data_len = data ? sizeof(*data) : 0,
		.data_uptr = (uintptr_t)data,
	};
	int ret = call(bed->ctx, FAULTQ_VIOMMU_ALLOC, &arg);

	return ret ? ret : (int)arg.out_viommu_id;
}

static int smmu_viommu(const struct bed *bed, __u32 parent)
{
	return viommu_alloc(bed, parent, FAULTQ_VIOMMU_TYPE_ARM_SMMUV3, NULL);
}

/* The guest's context descriptor is in its first page. */
static int smmu_nested(const struct bed *bed, __u32 viommu, __u32 queue)
{
	struct faultq_hwpt_arm_smmuv3 data = {
		.ste = { STE_V | STE_CONFIG_S1 | GUEST_MEM },
	};

	return fq_nested_data(bed->ctx,
			      &(struct faultq_hwpt_alloc){
				      .flags = FAULTQ_HWPT_ALLOC_FAULT_ID_VALID,
				      .dev_id = bed->dev,
				      .pt_id = viommu,
				      .data_type = FAULTQ_HWPT_DATA_ARM_SMMUV3,
				      .data_len = sizeof(data),
				      .data_uptr = (uintptr_t)&data,
				      .fault_id = queue,
			      });
}

TEST_F(smmu, nested_hwpt)
{
	struct sweep *sweep = &self->sweep;
	struct bed *bed = &self->bed;
	int viommu, hwpt, vdevice;
	int ctx = bed->ctx;

	SWEEP(sweep)
	{
		viommu = STEP(sweep, smmu_viommu(bed, self->parent));
		vdevice =
			STEP(sweep, fq_vdevice(ctx, viommu, bed->dev, VIRT_ID));
		hwpt = STEP_NESTED(sweep, ENOMEM,
				   smmu_nested(bed, viommu, bed->queue));
		STEP(sweep, fq_attach(ctx, bed->dev, hwpt, NO_PASID, 0));
		STEP(sweep, fq_attach(ctx, bed->dev, bed->hwpt, NO_PASID, 0));
		STEP(sweep, fq_destroy(ctx, hwpt));
		STEP(sweep, fq_destroy(ctx, vdevice));
		STEP(sweep, fq_destroy(ctx, viommu));
	}
}

static int invalidate_by_commands(const struct bed *bed, __u32 viommu)
{
	struct faultq_viommu_arm_smmuv3_invalidate entries[] = {
		{ .cmd = { CMD_TLBI_NH_ALL } },
		{ .cmd = { CMD_CFGI_CD | CMD_SID(VIRT_ID), 1 } },
	};
	struct faultq_hwpt_invalidate arg = {
		.size = sizeof(arg),
		.hwpt_id = viommu,
		.data_uptr = (uintptr_t)entries,
		.data_type = FAULTQ_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3,
		.entry_len = sizeof(entries[0]),
		.entry_num = 2,
	};

	return call(bed->ctx, FAULTQ_HWPT_INVALIDATE, &arg);
}

TEST_F(smmu, invalidate)
{
	struct sweep *sweep = &self->sweep;
	struct bed *bed = &self->bed;
	int viommu = smmu_viommu(bed, self->parent);

	ASSERT_LT(0, viommu);
	ASSERT_LT(0, fq_vdevice(bed->ctx, viommu, bed->dev, VIRT_ID));
	SWEEP(sweep)
	STEP(sweep, invalidate_by_commands(bed, viommu));
}

static int page_map(int ctx, __u64 offset, void **page)
{
	*page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, ctx,
		     offset);
	return *page == MAP_FAILED ? -errno : 0;
}

static int page_unmap(void *page)
{
	return munmap(page, PAGE) ? -errno : 0;
}

static int page_touch(void *page, __u32 offset)
{
	__atomic_store_n((__u32 *)page + offset / 4, 1, __ATOMIC_RELEASE);
	return 0;
}

static int hw_queue(int ctx, __u32 viommu)
{
	struct faultq_hw_queue_alloc arg = {
		.size = sizeof(arg),
		.viommu_id = viommu,
		.type = FAULTQ_HW_QUEUE_TYPE_TEGRA241_CMDQV,
		.nesting_parent_iova = GUEST_MEM,
		.length = PAGE,
	};
	int ret = call(ctx, FAULTQ_HW_QUEUE_ALLOC, &arg);

	return ret ? ret : (int)arg.out_hw_queue_id;
}

/* No offset of a page is given again soon. */
TEST_F(smmu, hw_queue_and_doorbell)
{
	struct faultq_viommu_tegra241_cmdqv data;
	struct sweep *sweep = &self->sweep;
	struct bed *bed = &self->bed;
	int viommu, queue, ctx = bed->ctx;
	void *page = NULL;

	SWEEP(sweep)
	{
		data = (struct faultq_viommu_tegra241_cmdqv){};
		viommu = STEP(sweep,
			      viommu_alloc(bed, self->parent,
					   FAULTQ_VIOMMU_TYPE_TEGRA241_CMDQV,
					   &data));
		STEP(sweep, page_map(ctx, data.out_vintf_mmap_offset, &page));
		queue = STEP(sweep, hw_queue(ctx, viommu));
		STEP(sweep, page_touch(page, FAULTQ_VCMDQ_CONFIG));
		STEP(sweep, fq_destroy(ctx, queue));
		STEP(sweep, page_unmap(page));
		STEP(sweep, fq_destroy(ctx, viommu));
	}
}

/* One QUEUE for each form that the events of an SMMUv3's guest have */
TEST_F(smmu, queues_of_events)
{
	static const __u32 forms[] = {
		FAULTQ_NATIVE_NONE,
		FAULTQ_NATIVE_ARM_SMMUV3,
		FAULTQ_NATIVE_TEGRA241_CMDQV,
		FAULTQ_NATIVE_ARM_SMMUV3_CMDQ,
	};
	struct faultq_queue_alloc queue = {};
	struct sweep *sweep = &self->sweep;
	struct bed *bed = &self->bed;
	int viommu = smmu_viommu(bed, self->parent);
	int fds[ARRAY_SIZE(forms)];
	unsigned int i;

	SWEEP(sweep)
	{
		for (i = 0; i < ARRAY_SIZE(forms); i++)
			fds[i] = STEP(sweep, fq_event_queue(bed->ctx, viommu,
							    forms[i], &queue));
		for (i = 0; i < ARRAY_SIZE(forms); i++) {
			STEP(sweep,
			     fq_destroy(bed->ctx, queue.out_queue_id - i));
			close(fds[i]);
		}
	}
}

/* The page of registers is mapped until the end of the context. */
TEST_F(smmu, context_with_all)
{
	struct faultq_viommu_tegra241_cmdqv data;
	struct faultq_queue_alloc queue = {}, events = {};
	struct sweep *sweep = &self->sweep;
	char name[FAULTQ_DEVICE_NAME_LEN];
	int ep = endpoint_make(&self->bed, name, sizeof(name));
	int parent, viommu, hwpt, fd;
	struct bed own = {};
	void *page = NULL;

	ASSERT_LT(0, ep);
	SWEEP(sweep)
	{
		data = (struct faultq_viommu_tegra241_cmdqv){};
		own.ctx = STEP(sweep, fq_open());
		STEP(sweep, queue_alloc(own.ctx, &queue));
		own.dev = STEP(sweep, fq_bind(own.ctx, name, 0));
		parent = STEP(sweep, fq_parent(own.ctx, own.dev));
		STEP(sweep, fq_map(own.ctx, parent, MAP_RW, self->mem,
				   GUEST_MEM_PAGES * PAGE, GUEST_MEM));
		viommu = STEP(sweep,
			      viommu_alloc(&own, parent,
					   FAULTQ_VIOMMU_TYPE_TEGRA241_CMDQV,
					   &data));
		STEP(sweep, fq_vdevice(own.ctx, viommu, own.dev, VIRT_ID));
		hwpt = STEP_NESTED(sweep, ENOMEM,
				   smmu_nested(&own, viommu,
					       queue.out_queue_id));
		STEP(sweep, fq_attach(own.ctx, own.dev, hwpt, NO_PASID, 0));
		STEP(sweep, hw_queue(own.ctx, viommu));
		STEP(sweep,
		     page_map(own.ctx, data.out_vintf_mmap_offset, &page));
		STEP(sweep, page_touch(page, FAULTQ_VCMDQ_CONFIG));
		fd = STEP(sweep, fq_event_queue(own.ctx, viommu,
						FAULTQ_NATIVE_TEGRA241_CMDQV,
						&events));
		STEP(sweep, page_unmap(page));
		STEP(sweep, close_or_errno(own.ctx));
		STEP(sweep, close_or_errno(fd));
		STEP(sweep, close_or_errno(queue.out_queue_fd));
	}
	EXPECT_EQ(0, mock_endpoint_remove(self->bed.mock, ep));
}

TEST_HARNESS_MAIN
