// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nested HWPTs as objects: what they are made from, who holds whom, what may be
 * done to them. What they translate is another matter.
 */
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>

#include "held.h"
#include "kselftest_harness.h"
#include "nested.h"

FIXTURE(nested)
{
	struct guest guest;
};

FIXTURE_SETUP(nested)
{
	ASSERT_EQ(0, guest_make(&self->guest));
}

FIXTURE_TEARDOWN(nested)
{
	guest_free(&self->guest);
}

/* One more nested HWPT. The table is described by @data. */
static int alloc_data(const struct guest *guest, const void *data, __u32 length)
{
	return fq_nested_data(guest->bed.ctx,
			      &(struct faultq_hwpt_alloc){
				      .dev_id = guest->bed.dev,
				      .pt_id = guest->parent,
				      .data_uptr = (uintptr_t)data,
				      .data_len = length,
			      });
}

static int alloc_table(const struct guest *guest, __u64 flags, __u64 addr,
		       __u32 width, __u32 reserved)
{
	const struct faultq_hwpt_vtd_s1 table = {
		.flags = flags,
		.pgtbl_addr = addr,
		.addr_width = width,
		.__reserved = reserved,
	};

	return alloc_data(guest, &table, sizeof(table));
}

TEST_F(nested, parent_outlives_its_children)
{
	const struct guest *guest = &self->guest;
	int ctx = guest->bed.ctx;

	EXPECT_EQ(-EBUSY, fq_destroy(ctx, guest->parent));
	ASSERT_EQ(0, fq_destroy(ctx, guest->viommu));
	EXPECT_EQ(-EBUSY, fq_destroy(ctx, guest->parent));
	ASSERT_EQ(0, fq_destroy(ctx, guest->nested));
	EXPECT_EQ(0, fq_destroy(ctx, guest->parent));
}

TEST_F(nested, parent_names_no_queue)
{
	struct faultq_hwpt_alloc alloc = {
		.size = sizeof(alloc),
		.flags = FAULTQ_HWPT_ALLOC_NEST_PARENT |
			 FAULTQ_HWPT_ALLOC_FAULT_ID_VALID,
		.dev_id = self->guest.bed.dev,
		.fault_id = self->guest.bed.queue,
	};

	EXPECT_EQ(-EOPNOTSUPP,
		  call(self->guest.bed.ctx, FAULTQ_HWPT_ALLOC, &alloc));
}

TEST_F(nested, parent_is_no_nested_one)
{
	const struct guest *guest = &self->guest;

	EXPECT_EQ(-EOPNOTSUPP,
		  fq_nested_data(guest->bed.ctx,
				 &(struct faultq_hwpt_alloc){
					 .flags = FAULTQ_HWPT_ALLOC_NEST_PARENT,
					 .dev_id = guest->bed.dev,
					 .pt_id = guest->parent,
				 }));
}

TEST_F(nested, parent_maps_as_any_paging_one)
{
	const struct guest *guest = &self->guest;
	const struct bed *bed = &guest->bed;
	void *mem = pages_alloc(2);
	__u64 length = 2 * PAGE;

	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, guest->parent, NO_PASID, 0));
	EXPECT_EQ(0, fq_map(bed->ctx, guest->parent, MAP_RW, mem, 2 * PAGE,
			    BED_IOVA));
	EXPECT_EQ(MOCK_IOMMU_DMA_OK,
		  bed_dma(bed, MOCK_IOMMU_DMA_READ, mem, 2 * PAGE));
	EXPECT_EQ(0, fq_unmap(bed->ctx, guest->parent, BED_IOVA, &length));
	EXPECT_EQ(2 * PAGE, length);
}

TEST_F(nested, what_is_no_parent)
{
	const struct guest *guest = &self->guest;
	const struct bed *bed = &guest->bed;
	const __u32 unknown[] = { 0, 4711, bed->dev, bed->queue, UINT32_MAX };
	unsigned int i;

	EXPECT_EQ(-EINVAL, fq_nested(bed->ctx, bed->dev, bed->hwpt, 0));
	EXPECT_EQ(-EINVAL, fq_nested(bed->ctx, bed->dev, guest->nested, 0));
	for (i = 0; i < ARRAY_SIZE(unknown); i++)
		EXPECT_EQ(-ENOENT,
			  fq_nested(bed->ctx, bed->dev, unknown[i], 0));
	EXPECT_EQ(-ENOENT,
		  fq_nested(bed->ctx, guest->parent, guest->parent, 0));
}

TEST_F(nested, parent_of_another_iommu)
{
	const struct guest *guest = &self->guest;
	int ctx = guest->bed.ctx;
	struct other_iommu other;

	ASSERT_EQ(0, other_iommu_make(&other, &guest->bed));
	EXPECT_EQ(-EINVAL, fq_nested(ctx, other.dev, guest->parent, 0));
	EXPECT_EQ(-EINVAL, fq_nested(ctx, other.dev, guest->viommu, 0));
	EXPECT_EQ(-EINVAL,
		  fq_attach(ctx, other.dev, guest->nested, NO_PASID, 0));
	other_iommu_free(&other, &guest->bed);
}

TEST_F(nested, unknown_types_of_table)
{
	const __u32 types[] = { 2, 3, 4711, UINT32_MAX };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(types); i++)
		EXPECT_EQ(-EOPNOTSUPP,
			  fq_nested_data(self->guest.bed.ctx,
					 &(struct faultq_hwpt_alloc){
						 .dev_id = self->guest.bed.dev,
						 .pt_id = self->guest.parent,
						 .data_type = types[i],
					 }));
}

TEST_F(nested, wrong_lengths_of_data)
{
	const __u32 lengths[] = { 1,
				  8,
				  20,
				  23,
				  25,
				  32,
				  FAULTQ_MAX_HWPT_DATA,
				  FAULTQ_MAX_HWPT_DATA + 1,
				  UINT32_MAX };
	struct faultq_hwpt_vtd_s1 *table = pages_alloc(2);
	unsigned int i;

	ASSERT_NE(NULL, table);
	table->pgtbl_addr = GUEST_TABLE;
	table->addr_width = 48;
	for (i = 0; i < ARRAY_SIZE(lengths); i++)
		EXPECT_EQ(-EINVAL, alloc_data(&self->guest, table, lengths[i]));
	EXPECT_LT(0, alloc_data(&self->guest, table, sizeof(*table)));
}

TEST_F(nested, data_that_cannot_be_read)
{
	const size_t size = sizeof(struct faultq_hwpt_vtd_s1);
	struct guest *guest = &self->guest;
	char *mem = pages_alloc(2);

	ASSERT_NE(NULL, mem);
	ASSERT_EQ(0, mprotect(mem + PAGE, PAGE, PROT_NONE));
	EXPECT_EQ(-EFAULT, alloc_data(guest, mem + PAGE, size));
	EXPECT_EQ(-EFAULT, alloc_data(guest, mem + PAGE - 8, size));
	EXPECT_EQ(-EFAULT, alloc_data(guest, (void *)-PAGE, size));
	EXPECT_EQ(-EFAULT, alloc_data(guest, (void *)8, size));

	/* none of them holds the parent */
	ASSERT_EQ(0, fq_destroy(guest->bed.ctx, guest->nested));
	ASSERT_EQ(0, fq_destroy(guest->bed.ctx, guest->viommu));
	EXPECT_EQ(0, fq_destroy(guest->bed.ctx, guest->parent));
}

TEST_F(nested, data_of_a_page_that_was_never_there)
{
	const struct faultq_hwpt_vtd_s1 *table = pages_alloc(1);

	/* all 0: read, and then found to be no table */
	EXPECT_EQ(-EINVAL, alloc_data(&self->guest, table, sizeof(*table)));
}

TEST_F(nested, tables_that_cannot_be)
{
	const struct guest *guest = &self->guest;
	const __u32 widths[] = { 0, 12, 39, 47, 49, 56, 58, 64, UINT32_MAX };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(widths); i++)
		EXPECT_EQ(-EINVAL,
			  alloc_table(guest, 0, GUEST_TABLE, widths[i], 0));
	EXPECT_EQ(-EINVAL, alloc_table(guest, 0, GUEST_TABLE, 48, 1));
	EXPECT_EQ(-EINVAL, alloc_table(guest, 0, GUEST_TABLE + 8, 48, 0));
	for (i = 3; i < 64; i++)
		EXPECT_EQ(-EOPNOTSUPP,
			  alloc_table(guest, 1ULL << i, GUEST_TABLE, 48, 0));
	EXPECT_LT(0, alloc_table(guest,
				 FAULTQ_VTD_S1_SRE | FAULTQ_VTD_S1_EAFE |
					 FAULTQ_VTD_S1_WPE,
				 GUEST_TABLE, 57, 0));
}

TEST_F(nested, is_not_to_be_mapped)
{
	const struct guest *guest = &self->guest;
	__u64 length = PAGE;

	EXPECT_EQ(-EINVAL, fq_map(guest->bed.ctx, guest->nested, MAP_RW,
				  pages_alloc(1), PAGE, BED_IOVA));
	EXPECT_EQ(-EINVAL,
		  fq_unmap(guest->bed.ctx, guest->nested, BED_IOVA, &length));
}

TEST_F(nested, on_rid_and_pasid)
{
	const struct guest *guest = &self->guest;
	const struct bed *bed = &guest->bed;

	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, guest->nested, NO_PASID, 0));
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, guest->nested, 5, 0));
	EXPECT_EQ(-EBUSY, fq_destroy(bed->ctx, guest->nested));
	EXPECT_EQ(0, fq_detach(bed->ctx, bed->dev, NO_PASID));
	EXPECT_EQ(-EBUSY, fq_destroy(bed->ctx, guest->nested));
	EXPECT_EQ(0, fq_detach(bed->ctx, bed->dev, 5));
	EXPECT_EQ(0, fq_destroy(bed->ctx, guest->nested));
}

TEST_F(nested, faults_go_to_its_queue)
{
	struct guest *guest = &self->guest;
	struct bed *bed = &guest->bed;
	const struct faultq_page_request *request;

	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, guest->nested, 5, 555));
	ASSERT_LE(0, bed_send(bed, 5, BED_IOVA, 1));
	ASSERT_EQ(0, ring_wait(&bed->ring, 1));
	request = ring_at(&bed->ring, 0);
	EXPECT_EQ(555, request->cookie);
	EXPECT_EQ(5, request->pasid);
	EXPECT_EQ(FAULTQ_PAGE_REQUEST_PASID_VALID |
			  FAULTQ_PAGE_REQUEST_LAST_PAGE,
		  request->flags);
	EXPECT_EQ(BED_IOVA, request->addr);
	ring_answer(&bed->ring, request->tag, FAULTQ_RESPONSE_SUCCESS);
	EXPECT_EQ(1, bed_answered(bed, 1, MOCK_IOMMU_RESPONSE_SUCCESS));
}

TEST_F(nested, without_a_queue_faults_are_invalid)
{
	struct guest *guest = &self->guest;
	struct bed *bed = &guest->bed;
	int plain = fq_nested(bed->ctx, bed->dev, guest->parent, 0);

	ASSERT_LT(0, plain);
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, plain, 5, 0));
	ASSERT_LE(0, bed_send(bed, 5, BED_IOVA, 1));
	EXPECT_EQ(1, bed_answered(bed, 1, MOCK_IOMMU_RESPONSE_INVALID));
}

TEST_F(nested, takes_and_gives_the_place_of_a_paging_one)
{
	struct guest *guest = &self->guest;
	struct bed *bed = &guest->bed;

	ASSERT_EQ(0, bed_faults(bed, 2));
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, guest->nested, NO_PASID, 0));
	EXPECT_EQ(2, bed_answered_now(bed, MOCK_IOMMU_RESPONSE_INVALID));
	ASSERT_EQ(0, bed_faults(bed, 3));
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, bed->hwpt, NO_PASID, 0));
	EXPECT_EQ(3, bed_answered_now(bed, MOCK_IOMMU_RESPONSE_INVALID));
	EXPECT_EQ(0, fq_destroy(bed->ctx, guest->nested));
}

TEST_F(nested, unmapped_parent_under_a_live_one)
{
	struct guest *guest = &self->guest;
	struct bed *bed = &guest->bed;
	__u64 length = 4 * PAGE;

	ASSERT_EQ(0, fq_map(bed->ctx, guest->parent, MAP_RW, pages_alloc(4),
			    4 * PAGE, GUEST_TABLE));
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, guest->nested, NO_PASID, 0));
	EXPECT_EQ(0, fq_unmap(bed->ctx, guest->parent, GUEST_TABLE, &length));
	EXPECT_EQ(4 * PAGE, length);
	EXPECT_EQ(0, fq_map(bed->ctx, guest->parent, MAP_RO, pages_alloc(4),
			    4 * PAGE, GUEST_TABLE));
}

TEST_F(nested, outlives_its_device)
{
	const struct guest *guest = &self->guest;
	const struct bed *bed = &guest->bed;
	int dev;

	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, guest->nested, 5, 0));
	ASSERT_EQ(0, fq_destroy(bed->ctx, bed->dev));
	dev = fq_bind(bed->ctx, bed->name, 0);
	ASSERT_LT(0, dev);
	EXPECT_EQ(0, fq_attach(bed->ctx, dev, guest->nested, 6, 0));
}

TEST_F(nested, device_vanishes)
{
	struct guest *guest = &self->guest;
	struct bed *bed = &guest->bed;

	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, guest->nested, 5, 0));
	ASSERT_LE(0, bed_send(bed, 5, BED_IOVA, 1));
	ASSERT_EQ(0, mock_endpoint_remove(bed->mock, bed->ep));
	EXPECT_EQ(-ENODEV, fq_nested(bed->ctx, bed->dev, guest->parent, 0));
	EXPECT_EQ(-ENODEV, fq_parent(bed->ctx, bed->dev));
	EXPECT_EQ(0, fq_destroy(bed->ctx, guest->nested));
	EXPECT_EQ(0, fq_destroy(bed->ctx, guest->viommu));
	EXPECT_EQ(0, fq_destroy(bed->ctx, guest->parent));
}

TEST_F(nested, close_with_all_alive)
{
	struct guest *guest = &self->guest;
	struct bed *bed = &guest->bed;
	int i, on_viommu;

	for (i = 0; i < 8; i++) {
		on_viommu = fq_nested(bed->ctx, bed->dev, guest->viommu,
				      bed->queue);
		ASSERT_LT(0, on_viommu);
		ASSERT_EQ(0,
			  fq_attach(bed->ctx, bed->dev, on_viommu, 10 + i, 0));
		ASSERT_LE(0, bed_send(bed, 10 + i, BED_IOVA, 1));
	}
	ASSERT_LT(0, fq_vdevice(bed->ctx, guest->viommu, bed->dev, 1));
	close_once(&bed->ctx);
	EXPECT_EQ(8, bed_answered_now(bed, MOCK_IOMMU_RESPONSE_INVALID));
	bed->ctx = fq_open();
	ASSERT_LE(0, bed->ctx);
	EXPECT_LT(0, fq_bind(bed->ctx, bed->name, 0));
}

struct stuck_alloc {
	const struct guest *guest;
	const char *data;
	int ret;
};

static void *stuck_alloc(void *arg)
{
	struct stuck_alloc *stuck = arg;

	stuck->ret = alloc_data(stuck->guest, stuck->data,
				sizeof(struct faultq_hwpt_vtd_s1));
	return NULL;
}

/* A caller who sits on his own memory holds up no one but himself. */
TEST_F(nested, device_vanishes_while_data_is_held_back)
{
	struct guest *guest = &self->guest;
	struct stuck_alloc stuck = { .guest = guest };
	pthread_t thread;
	char *page;
	int uffd;

	page = hold_page(&uffd);
	ASSERT_NE(NULL, page);
	stuck.data = page;
	ASSERT_EQ(0, pthread_create(&thread, NULL, stuck_alloc, &stuck));
	ASSERT_EQ(0, await_touch(uffd));

	EXPECT_EQ(0, mock_endpoint_remove(guest->bed.mock, guest->bed.ep));
	ASSERT_EQ(0, release_page(uffd, page));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(-ENODEV, stuck.ret);
	close(uffd);
}

TEST_HARNESS_MAIN
