// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest PASIDs: bound, found in every record, unbound with faults pending.
 */
#include <stdint.h>

#include "held.h"
#include "kselftest_harness.h"
#include "nested.h"
#include "pgfault.h"

#define COOKIE 0xb1ed

FIXTURE(pasid_bind)
{
	struct guest guest;
};

FIXTURE_SETUP(pasid_bind)
{
	ASSERT_EQ(0, guest_make(&self->guest));
}

FIXTURE_TEARDOWN(pasid_bind)
{
	guest_free(&self->guest);
}

static int unbind(const struct guest *guest, __u32 guest_pasid)
{
	return fq_pasid_unbind(guest->bed.ctx, guest->bed.dev, guest_pasid);
}

/* A page request on @pasid must come back as of @guest_pasid. */
static void expect_request(struct __test_metadata *_metadata, struct bed *bed,
			   __u32 pasid, __u32 guest_pasid, __u64 cookie)
{
	const struct faultq_page_request *request;

	ASSERT_LE(0, bed_send(bed, pasid, BED_IOVA, 1));
	ASSERT_EQ(0, ring_wait(&bed->ring, 1));
	request = ring_at(&bed->ring, 0);
	EXPECT_EQ(FAULTQ_PAGE_REQUEST_PASID_VALID |
			  FAULTQ_PAGE_REQUEST_LAST_PAGE |
			  FAULTQ_PAGE_REQUEST_GUEST_PASID,
		  request->flags);
	EXPECT_EQ(guest_pasid, request->pasid);
	EXPECT_EQ(cookie, request->cookie);
	EXPECT_EQ(bed->dev, request->dev_id);
	ring_answer(&bed->ring, ring_take(&bed->ring), FAULTQ_RESPONSE_SUCCESS);
	EXPECT_EQ(1, bed_answered(bed, 1, MOCK_IOMMU_RESPONSE_SUCCESS));
}

TEST_F(pasid_bind, guest_pasid_comes_back)
{
	struct guest *guest = &self->guest;

	ASSERT_EQ(0,
		  guest_bind(guest, &(struct faultq_pasid_bind){
					    .flags = FAULTQ_PASID_BIND_COOKIE,
					    .cookie = COOKIE,
				    }));
	expect_request(_metadata, &guest->bed, HOST_PASID, GUEST_PASID, COOKIE);
	EXPECT_EQ(0, unbind(guest, GUEST_PASID));
}

TEST_F(pasid_bind, label_without_a_cookie)
{
	struct guest *guest = &self->guest;

	ASSERT_EQ(0, guest_bind(guest, &(struct faultq_pasid_bind){}));
	expect_request(_metadata, &guest->bed, HOST_PASID, GUEST_PASID,
		       BED_LABEL);
}

TEST_F(pasid_bind, each_has_its_own)
{
	struct guest *guest = &self->guest;
	struct faultq_pasid_bind one = { .guest_pasid = 2, .host_pasid = 1 };
	struct faultq_pasid_bind two = { .guest_pasid = 1, .host_pasid = 2 };

	ASSERT_EQ(0, guest_bind(guest, &one));
	ASSERT_EQ(0, guest_bind(guest, &two));
	EXPECT_NE(one.out_hwpt_id, two.out_hwpt_id);
	expect_request(_metadata, &guest->bed, 1, 2, BED_LABEL);
	expect_request(_metadata, &guest->bed, 2, 1, BED_LABEL);
	EXPECT_EQ(0, unbind(guest, 2));
	expect_request(_metadata, &guest->bed, 2, 1, BED_LABEL);
}

TEST_F(pasid_bind, read_gives_the_guest_pasid)
{
	struct guest *guest = &self->guest;
	struct iommu_hwpt_pgfault fault;

	ASSERT_EQ(0, guest_bind(guest, &(struct faultq_pasid_bind){}));
	ASSERT_LE(0, bed_send(&guest->bed, HOST_PASID, BED_IOVA, 1));
	ASSERT_EQ(sizeof(fault), read(guest->bed.fd, &fault, sizeof(fault)));
	EXPECT_EQ(FAULTQ_PAGE_REQUEST_PASID_VALID |
			  FAULTQ_PAGE_REQUEST_LAST_PAGE,
		  fault.flags);
	EXPECT_EQ(GUEST_PASID, fault.pasid);
}

TEST_F(pasid_bind, host_pasid_allocated_and_freed)
{
	struct guest *guest = &self->guest;
	struct bed *bed = &guest->bed;
	struct faultq_pasid_bind bind = { .flags = FAULTQ_PASID_BIND_ALLOC };
	struct faultq_pasid_bind again = { .flags = FAULTQ_PASID_BIND_ALLOC };

	ASSERT_EQ(0, guest_bind(guest, &bind));
	ASSERT_LT(0, bind.host_pasid);
	expect_request(_metadata, bed, bind.host_pasid, GUEST_PASID, BED_LABEL);
	EXPECT_EQ(-EBUSY, fq_pasid_free(bed->ctx, bed->dev, bind.host_pasid));
	ASSERT_EQ(0, unbind(guest, GUEST_PASID));
	EXPECT_EQ(-ENOENT, fq_pasid_free(bed->ctx, bed->dev, bind.host_pasid));
	ASSERT_EQ(0, guest_bind(guest, &again));
	EXPECT_EQ(bind.host_pasid, again.host_pasid);
}

TEST_F(pasid_bind, given_host_pasid_stays_allocated)
{
	struct guest *guest = &self->guest;
	struct bed *bed = &guest->bed;
	struct faultq_pasid_bind bind = {};
	int pasid = fq_pasid_alloc(bed->ctx, bed->dev);

	ASSERT_LT(0, pasid);
	bind.host_pasid = pasid;
	ASSERT_EQ(0, guest_bind(guest, &bind));
	EXPECT_EQ(-EBUSY, fq_pasid_free(bed->ctx, bed->dev, pasid));
	ASSERT_EQ(0, unbind(guest, GUEST_PASID));
	EXPECT_EQ(0, fq_pasid_free(bed->ctx, bed->dev, pasid));
}

TEST_F(pasid_bind, twice)
{
	struct guest *guest = &self->guest;
	struct bed *bed = &guest->bed;
	struct faultq_pasid_bind host = { .guest_pasid = 1 };
	struct faultq_pasid_bind guests = { .host_pasid = 1 };

	ASSERT_EQ(0, guest_bind(guest, &(struct faultq_pasid_bind){}));
	EXPECT_EQ(-EEXIST, guest_bind(guest, &host));
	EXPECT_EQ(-EEXIST, guest_bind(guest, &guests));
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, bed->hwpt, 1, 0));
	guests.guest_pasid = 2;
	EXPECT_EQ(-EEXIST, guest_bind(guest, &guests));

	/* none of which did any harm */
	expect_request(_metadata, bed, HOST_PASID, GUEST_PASID, BED_LABEL);
	EXPECT_EQ(-ENOENT, unbind(guest, 1));
	EXPECT_EQ(-ENOENT, unbind(guest, 2));
	EXPECT_EQ(0, unbind(guest, GUEST_PASID));
	EXPECT_EQ(-ENOENT, unbind(guest, GUEST_PASID));
}

/* The same guest PASID on two devices is two PASIDs. */
TEST_F(pasid_bind, on_two_devices)
{
	struct guest *guest = &self->guest;
	struct faultq_pasid_bind bind = { .flags = FAULTQ_PASID_BIND_ALLOC };
	struct mock_iommu_endpoint_add add = {
		.flags = MOCK_IOMMU_ENDPOINT_ATS | MOCK_IOMMU_ENDPOINT_PRI,
		.pasid_bits = MOCK_IOMMU_MAX_PASID_BITS,
	};
	int dev = bind_new(guest->bed.mock, guest->bed.ctx, &add);

	ASSERT_LT(0, dev);
	ASSERT_EQ(0, guest_bind(guest, &bind));
	bind.dev_id = dev;
	bind.host_pasid = 0;
	EXPECT_EQ(0, fq_pasid_bind(guest->bed.ctx, &bind));
	EXPECT_EQ(0, unbind(guest, GUEST_PASID));
	EXPECT_EQ(0, fq_pasid_unbind(guest->bed.ctx, dev, GUEST_PASID));
	EXPECT_EQ(0,
		  mock_endpoint_remove(guest->bed.mock, add.out_endpoint_id));
}

struct bad_bind {
	int error;
	size_t offset;
	__u32 value;
};

#define FIELD(name) offsetof(struct faultq_pasid_bind, name)

/* What is wrong with a binding without cookie and allocation */
static const struct bad_bind bad_binds[] = {
	{ EINVAL, FIELD(guest_pasid), 0 },
	{ EINVAL, FIELD(guest_pasid), FAULTQ_MAX_GUEST_PASIDS },
	{ EINVAL, FIELD(guest_pasid), UINT32_MAX },
	{ EINVAL, FIELD(host_pasid), 0 },
	{ EINVAL, FIELD(host_pasid), 1U << MOCK_IOMMU_MAX_PASID_BITS },
	{ EINVAL, FIELD(host_pasid), UINT32_MAX },
	{ EINVAL, FIELD(cookie), 1 },
	{ EOPNOTSUPP, FIELD(data_type), FAULTQ_HWPT_DATA_NONE },
	{ EOPNOTSUPP, FIELD(data_type), 2 },
	{ EINVAL, FIELD(vtd_s1.addr_width), 0 },
	{ EINVAL, FIELD(vtd_s1.addr_width), 39 },
	{ EINVAL, FIELD(vtd_s1.pgtbl_addr), 1 },
	{ EOPNOTSUPP, FIELD(vtd_s1.flags), 1 << 3 },
	{ ENOENT, FIELD(pt_id), 0 },
	{ ENOENT, FIELD(pt_id), 4711 },
};

TEST_F(pasid_bind, bad_fields)
{
	struct guest *guest = &self->guest;
	struct faultq_pasid_bind good = {}, bind;
	unsigned int i;

	ASSERT_EQ(0, guest_bind(guest, &good));
	ASSERT_EQ(0, unbind(guest, GUEST_PASID));
	for (i = 0; i < ARRAY_SIZE(bad_binds); i++) {
		bind = good;
		*(__u32 *)((char *)&bind + bad_binds[i].offset) =
			bad_binds[i].value;
		EXPECT_EQ(-bad_binds[i].error,
			  fq_pasid_bind(guest->bed.ctx, &bind))
		{
			TH_LOG("bad field %u", i);
		}
	}
	bind = good;
	EXPECT_EQ(0, fq_pasid_bind(guest->bed.ctx, &bind));
}

TEST_F(pasid_bind, fields_that_contradict_each_other)
{
	const struct guest *guest = &self->guest;
	struct faultq_pasid_bind bind = { .host_pasid = 1 };

	ASSERT_EQ(0, guest_bind(guest, &bind));
	ASSERT_EQ(0, unbind(guest, GUEST_PASID));
	bind.flags |= FAULTQ_PASID_BIND_ALLOC;
	EXPECT_EQ(-EINVAL, fq_pasid_bind(guest->bed.ctx, &bind));
	bind.flags = 0;
	EXPECT_EQ(-EINVAL, fq_pasid_bind(guest->bed.ctx, &bind));
	bind.fault_id = 0;
	EXPECT_EQ(0, fq_pasid_bind(guest->bed.ctx, &bind));
}

TEST_F(pasid_bind, what_is_no_parent)
{
	const struct guest *guest = &self->guest;
	struct faultq_pasid_bind bind = { .pt_id = guest->bed.hwpt };

	EXPECT_EQ(-EINVAL, guest_bind(guest, &bind));
	bind.pt_id = guest->nested;
	EXPECT_EQ(-EINVAL, guest_bind(guest, &bind));
	bind.pt_id = guest->bed.queue;
	EXPECT_EQ(-ENOENT, guest_bind(guest, &bind));
}

/* A refused binding leaves neither an HWPT nor a PASID behind. */
TEST_F(pasid_bind, failure_leaves_nothing)
{
	struct guest *guest = &self->guest;
	struct faultq_pasid_bind first = { .flags = FAULTQ_PASID_BIND_ALLOC };
	struct faultq_pasid_bind bind = { .flags = FAULTQ_PASID_BIND_ALLOC };
	int ctx = guest->bed.ctx, i;

	ASSERT_EQ(0, guest_bind(guest, &first));
	for (i = 0; i < 10; i++)
		ASSERT_EQ(-EEXIST, guest_bind(guest, &bind));
	ASSERT_EQ(0, unbind(guest, GUEST_PASID));
	ASSERT_EQ(0, guest_bind(guest, &bind));
	EXPECT_EQ(first.host_pasid, bind.host_pasid);
	ASSERT_EQ(0, unbind(guest, GUEST_PASID));
	ASSERT_EQ(0, fq_destroy(ctx, guest->nested));
	ASSERT_EQ(0, fq_destroy(ctx, guest->viommu));
	EXPECT_EQ(0, fq_destroy(ctx, guest->parent));
}

TEST_F(pasid_bind, device_without_pasids_or_page_requests)
{
	struct guest *guest = &self->guest;
	struct mock_iommu_endpoint_add add = {};
	struct faultq_pasid_bind bind = {};
	int ctx = guest->bed.ctx;
	int dev = bind_new(guest->bed.mock, ctx, &add);

	ASSERT_LT(0, dev);
	ASSERT_EQ(0, guest_bind(guest, &bind));
	bind.dev_id = dev;
	EXPECT_EQ(-EINVAL, fq_pasid_bind(ctx, &bind));
	bind.flags |= FAULTQ_PASID_BIND_ALLOC;
	bind.host_pasid = 0;
	EXPECT_EQ(-EOPNOTSUPP, fq_pasid_bind(ctx, &bind));
	EXPECT_EQ(0,
		  mock_endpoint_remove(guest->bed.mock, add.out_endpoint_id));
}

TEST_F(pasid_bind, nothing_but_unbind_parts_them)
{
	struct guest *guest = &self->guest;
	struct bed *bed = &guest->bed;
	struct faultq_pasid_bind bind = {};

	ASSERT_EQ(0, guest_bind(guest, &bind));
	EXPECT_EQ(-EBUSY, fq_detach(bed->ctx, bed->dev, HOST_PASID));
	EXPECT_EQ(-EBUSY,
		  fq_attach(bed->ctx, bed->dev, bed->hwpt, HOST_PASID, 0));
	EXPECT_EQ(-EBUSY, fq_destroy(bed->ctx, bind.out_hwpt_id));
	expect_request(_metadata, bed, HOST_PASID, GUEST_PASID, BED_LABEL);

	ASSERT_EQ(0, unbind(guest, GUEST_PASID));
	EXPECT_EQ(-ENOENT, fq_destroy(bed->ctx, bind.out_hwpt_id));
	EXPECT_EQ(-ENOENT, fq_detach(bed->ctx, bed->dev, HOST_PASID));
	EXPECT_EQ(0, fq_attach(bed->ctx, bed->dev, bed->hwpt, HOST_PASID, 0));
}

TEST_F(pasid_bind, hwpt_can_be_invalidated)
{
	struct guest *guest = &self->guest;
	struct faultq_hwpt_vtd_s1_invalidate all = { .npages = UINT64_MAX };
	struct faultq_pasid_bind bind = {};
	__u32 nr = 1;

	ASSERT_EQ(0, guest_bind(guest, &bind));
	EXPECT_EQ(0, fq_invalidate(guest->bed.ctx, bind.out_hwpt_id, &all,
				   sizeof(all), &nr));
	EXPECT_EQ(1, nr);
	ASSERT_EQ(0, unbind(guest, GUEST_PASID));
	EXPECT_EQ(-ENOENT, fq_invalidate(guest->bed.ctx, bind.out_hwpt_id, &all,
					 sizeof(all), &nr));
}

/* It may serve more devices; each of them is a user that ends by itself. */
TEST_F(pasid_bind, hwpt_on_another_pasid)
{
	struct guest *guest = &self->guest;
	struct bed *bed = &guest->bed;
	struct faultq_pasid_bind bind = {};

	ASSERT_EQ(0, guest_bind(guest, &bind));
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, bind.out_hwpt_id, 9, 0));
	ASSERT_EQ(0, unbind(guest, GUEST_PASID));
	EXPECT_EQ(-ENOENT, fq_destroy(bed->ctx, bind.out_hwpt_id));
	ASSERT_LE(0, bed_send(bed, 9, BED_IOVA, 1));
	ASSERT_EQ(0, ring_wait(&bed->ring, 1));
	EXPECT_EQ(9, ring_at(&bed->ring, 0)->pasid);
	EXPECT_EQ(0, fq_detach(bed->ctx, bed->dev, 9));
}

TEST_F(pasid_bind, unbind_with_faults_pending)
{
	struct guest *guest = &self->guest;
	struct bed *bed = &guest->bed;
	struct faultq_pasid_bind other = { .guest_pasid = 1, .host_pasid = 1 };
	int i;

	ASSERT_EQ(0, guest_bind(guest, &(struct faultq_pasid_bind){}));
	ASSERT_EQ(0, guest_bind(guest, &other));
	for (i = 0; i < 5; i++)
		ASSERT_LE(0, bed_send(bed, HOST_PASID, BED_IOVA, 1));
	ASSERT_LE(0, bed_send(bed, 1, BED_IOVA, 1));
	ASSERT_EQ(0, unbind(guest, GUEST_PASID));
	EXPECT_EQ(5, bed_answered_now(bed, MOCK_IOMMU_RESPONSE_INVALID));
	EXPECT_EQ(1, ring_pending(&bed->ring));

	/* and what comes after finds no one */
	ASSERT_LE(0, bed_send(bed, HOST_PASID, BED_IOVA, 1));
	EXPECT_EQ(1, bed_answered(bed, 1, MOCK_IOMMU_RESPONSE_INVALID));
}

TEST_F(pasid_bind, unbind_ends_dma)
{
	struct guest *guest = &self->guest;
	struct bed *bed = &guest->bed;
	struct dma dma;
	char buf[PAGE];

	ASSERT_EQ(0, guest_bind(guest, &(struct faultq_pasid_bind){}));
	dma_init(&dma, bed, MOCK_IOMMU_DMA_READ, buf, PAGE);
	dma_pasid(&dma, HOST_PASID);
	ASSERT_EQ(0, dma_start(&dma));
	ASSERT_EQ(0, ring_wait(&bed->ring, 1));
	ASSERT_EQ(0, unbind(guest, GUEST_PASID));
	EXPECT_EQ(MOCK_IOMMU_DMA_INVALID, dma_wait(&dma));
}

TEST_F(pasid_bind, without_a_queue)
{
	struct guest *guest = &self->guest;
	struct bed *bed = &guest->bed;
	struct faultq_pasid_bind bind = {};

	ASSERT_EQ(0, guest_bind(guest, &bind));
	ASSERT_EQ(0, unbind(guest, GUEST_PASID));
	bind.flags = 0;
	bind.fault_id = 0;
	ASSERT_EQ(0, fq_pasid_bind(bed->ctx, &bind));
	ASSERT_LE(0, bed_send(bed, HOST_PASID, BED_IOVA, 1));
	EXPECT_EQ(1, bed_answered(bed, 1, MOCK_IOMMU_RESPONSE_INVALID));
}

TEST_F(pasid_bind, on_a_viommu)
{
	struct guest *guest = &self->guest;
	int ctx = guest->bed.ctx;
	struct faultq_pasid_bind bind = { .pt_id = guest->viommu };

	ASSERT_EQ(0, guest_bind(guest, &bind));
	expect_request(_metadata, &guest->bed, HOST_PASID, GUEST_PASID,
		       BED_LABEL);
	EXPECT_EQ(-EBUSY, fq_destroy(ctx, guest->viommu));
	ASSERT_EQ(0, unbind(guest, GUEST_PASID));
	EXPECT_EQ(0, fq_destroy(ctx, guest->viommu));
}

/* The end of the DEVICE is that of its bindings, and of their HWPTs. */
/**
 * struct slow_bind - a PASID_BIND whose caller cannot be told yet
 * @guest: whose PASID
 * @bind: the call, in memory that waits to be written
 * @ret: what it returned
 */
struct slow_bind {
	const struct guest *guest;
	struct faultq_pasid_bind *bind;
	int ret;
};

static void *bind_slowly(void *arg)
{
	struct slow_bind *slow = arg;

	slow->ret = call(slow->guest->bed.ctx, FAULTQ_PASID_BIND, slow->bind);
	return NULL;
}

/* Whoever made the binding has it until it was told of it. */
TEST_F(pasid_bind, unbind_before_the_binding_is_told)
{
	struct guest *guest = &self->guest;
	struct slow_bind slow = { .guest = guest };
	const struct faultq_pasid_bind bind = {
		.size = sizeof(bind),
		.flags = FAULTQ_PASID_BIND_FAULT_ID_VALID,
		.dev_id = guest->bed.dev,
		.pt_id = guest->parent,
		.fault_id = guest->bed.queue,
		.guest_pasid = GUEST_PASID,
		.host_pasid = HOST_PASID,
		.data_type = FAULTQ_HWPT_DATA_VTD_S1,
		.vtd_s1 = { .pgtbl_addr = GUEST_TABLE, .addr_width = 48 },
	};
	pthread_t thread;
	int uffd;

	slow.bind = (void *)hold_writes(&uffd, &bind, sizeof(bind));
	ASSERT_TRUE(slow.bind);
	ASSERT_EQ(0, pthread_create(&thread, NULL, bind_slowly, &slow));
	ASSERT_EQ(0, await_touch(uffd));
	EXPECT_EQ(-EBUSY, unbind(guest, GUEST_PASID));
	ASSERT_EQ(0, release_writes(uffd, (char *)slow.bind));
	pthread_join(thread, NULL);
	EXPECT_EQ(0, slow.ret);
	expect_request(_metadata, &guest->bed, HOST_PASID, GUEST_PASID,
		       BED_LABEL);
	EXPECT_EQ(0, unbind(guest, GUEST_PASID));
	EXPECT_EQ(-ENOENT, unbind(guest, GUEST_PASID));
	close(uffd);
}

TEST_F(pasid_bind, device_destroyed)
{
	struct guest *guest = &self->guest;
	struct bed *bed = &guest->bed;
	struct faultq_pasid_bind bind = { .flags = FAULTQ_PASID_BIND_ALLOC };

	ASSERT_EQ(0, guest_bind(guest, &bind));
	ASSERT_LE(0, bed_send(bed, bind.host_pasid, BED_IOVA, 1));
	ASSERT_EQ(0, fq_destroy(bed->ctx, bed->dev));
	EXPECT_EQ(1, bed_answered_now(bed, MOCK_IOMMU_RESPONSE_INVALID));
	EXPECT_EQ(-ENOENT, fq_destroy(bed->ctx, bind.out_hwpt_id));
	EXPECT_EQ(-ENOENT, unbind(guest, GUEST_PASID));
	ASSERT_EQ(0, fq_destroy(bed->ctx, guest->nested));
	ASSERT_EQ(0, fq_destroy(bed->ctx, guest->viommu));
	EXPECT_EQ(0, fq_destroy(bed->ctx, guest->parent));
}

TEST_F(pasid_bind, device_vanishes)
{
	struct guest *guest = &self->guest;
	struct bed *bed = &guest->bed;
	struct faultq_pasid_bind one = { .flags = FAULTQ_PASID_BIND_ALLOC };
	struct faultq_pasid_bind two = { .guest_pasid = 2 };

	ASSERT_EQ(0, guest_bind(guest, &one));
	ASSERT_EQ(0, guest_bind(guest, &two));
	ASSERT_EQ(0, mock_endpoint_remove(bed->mock, bed->ep));
	EXPECT_EQ(-ENODEV, guest_bind(guest, &(struct faultq_pasid_bind){
						     .guest_pasid = 3,
					     }));
	EXPECT_EQ(-EBUSY, fq_destroy(bed->ctx, one.out_hwpt_id));
	EXPECT_EQ(0, unbind(guest, GUEST_PASID));
	EXPECT_EQ(-ENOENT, unbind(guest, GUEST_PASID));
	EXPECT_EQ(-ENOENT, fq_destroy(bed->ctx, one.out_hwpt_id));
	EXPECT_EQ(0, fq_destroy(bed->ctx, bed->dev));
	EXPECT_EQ(-ENOENT, fq_destroy(bed->ctx, two.out_hwpt_id));
}

#define RACES 100

struct race {
	const struct guest *guest;
	__u32 seed;
	pthread_t thread;
};

/* Calls on ids that may or may not be there, any of which may fail */
static void *race(void *arg)
{
	struct race *race = arg;
	const struct bed *bed = &race->guest->bed;
	struct faultq_hwpt_vtd_s1_invalidate all = { .npages = UINT64_MAX };
	struct faultq_pasid_bind bind = {
		.flags = FAULTQ_PASID_BIND_ALLOC,
		.guest_pasid = 1 + race->seed % 2,
		.pt_id = race->guest->viommu,
	};
	__u32 id, nr, i;

	for (i = 0; i < RACES; i++) {
		race->seed = race->seed * 1664525 + 1013904223;
		id = 1 + (race->seed >> 16) % 16;
		bind.host_pasid = 0;
		guest_bind(race->guest, &bind);
		nr = 1;
		fq_invalidate(bed->ctx, id, &all, sizeof(all), &nr);
		fq_attach(bed->ctx, bed->dev, id, 100 + id, 0);
		unbind(race->guest, bind.guest_pasid);
		fq_detach(bed->ctx, bed->dev, 100 + id);
		id = fq_vdevice(bed->ctx, race->guest->viommu, bed->dev, i);
		fq_destroy(bed->ctx, id);
	}
	return NULL;
}

/* What the kernel has to say to it, and whether all is gone, tells the log. */
TEST_F(pasid_bind, races)
{
	struct guest *guest = &self->guest;
	struct race races[4];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(races); i++) {
		races[i] = (struct race){ .guest = guest, .seed = i };
		ASSERT_EQ(0, pthread_create(&races[i].thread, NULL, race,
					    &races[i]));
	}
	usleep(200000);
	EXPECT_EQ(0, mock_endpoint_remove(guest->bed.mock, guest->bed.ep));
	for (i = 0; i < ARRAY_SIZE(races); i++)
		ASSERT_EQ(0, pthread_join(races[i].thread, NULL));
	EXPECT_EQ(-ENODEV, fq_parent(guest->bed.ctx, guest->bed.dev));
}

#define MANY 300

TEST_F(pasid_bind, many_and_close)
{
	struct guest *guest = &self->guest;
	struct bed *bed = &guest->bed;
	__u32 last = 0;
	int i;

	for (i = 1; i <= MANY; i++) {
		struct faultq_pasid_bind bind = {
			.flags = FAULTQ_PASID_BIND_ALLOC,
			.guest_pasid = i,
			.pt_id = i % 2 ? guest->viommu : guest->parent,
		};

		ASSERT_EQ(0, guest_bind(guest, &bind));
		last = bind.host_pasid;
	}
	expect_request(_metadata, bed, last, MANY, BED_LABEL);
	ASSERT_LE(0, bed_send(bed, last, BED_IOVA, 1));
	close_once(&bed->ctx);
	EXPECT_EQ(1, bed_answered_now(bed, MOCK_IOMMU_RESPONSE_INVALID));
}

TEST_HARNESS_MAIN
