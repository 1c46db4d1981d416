// SPDX-License-Identifier: GPL-2.0-only
/*
 * Errors of the queue by which the host invalidates, as they come to the VIOMMU
 * of the device that they are about, by both kinds of IOMMU.
 */
#include <stdint.h>
#include <string.h>

#include "event.h"
#include "kselftest_harness.h"
#include "variant.h"

#define VIRT_ID 0x7abc

#define GERROR_CMDQ 1
#define CERROR_ILL 1
#define CERROR_ATC_INV_SYNC 3
#define CMD_ATC_INV 0x40
#define CMD_SYNC 0x46

/* Of the invalidation queue error record register (VT-d 11.4.9.9) */
#define IQEI_RESERVED 4
#define ITESID(iqer) ((iqer) >> 32 & 0xffff)
#define ICESID(iqer) ((iqer) >> 48)

#define FSTS_IQE 0x10
#define FSTS_ICE 0x20
#define FSTS_ITE 0x40

/* Has a VIOMMU of the least kind, and the device on it. Returns its id. */
static int viommu_make(const struct bed *bed)
{
	int viommu =
		fq_viommu(bed->ctx, bed->dev, fq_parent(bed->ctx, bed->dev));
	int ret;

	if (viommu < 0)
		return viommu;
	ret = fq_vdevice(bed->ctx, viommu, bed->dev, VIRT_ID);
	return ret < 0 ? ret : viommu;
}

FIXTURE(smmu)
{
	struct bed bed;
	struct event_queue queue;
	int viommu;
};

FIXTURE_VARIANT(smmu)
{
	__u32 native_type; /* of the QUEUE */
};

FIXTURE_VARIANT_ADD(smmu, one_form)
VALUES(.native_type = FAULTQ_NATIVE_ARM_SMMUV3_CMDQ);

FIXTURE_VARIANT_ADD(smmu, all_forms)
VALUES(.native_type = FAULTQ_NATIVE_NONE);

FIXTURE_SETUP(smmu)
{
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, bed_make_kind(bed, MOCK_IOMMU_KIND_SMMUV3, BED_PRI,
				   &(struct faultq_queue_alloc){}));
	self->viommu = viommu_make(bed);
	ASSERT_LT(0, self->viommu);
	ASSERT_EQ(0, event_queue_make(&self->queue, bed->ctx, self->viommu,
				      variant->native_type,
				      (struct faultq_queue_alloc){}));
}

FIXTURE_TEARDOWN(smmu)
{
	event_queue_close(&self->queue);
	bed_free(&self->bed);
}

/*
 * GERROR toggles with each error. An endpoint that answers wrongly has not
 * answered; it is the CMD_SYNC that fails then.
 */
TEST_F(smmu, of_each_kind)
{
	static const struct {
		__u32 what;
		__u16 reason;
		__u32 cerror;
		__u32 op;
	} errors[] = {
		{ MOCK_IOMMU_INV_TIMEOUT, FAULTQ_REASON_INV_TIMEOUT,
		  CERROR_ATC_INV_SYNC, CMD_SYNC },
		{ MOCK_IOMMU_INV_BAD_COMPLETION, FAULTQ_REASON_INV_TIMEOUT,
		  CERROR_ATC_INV_SYNC, CMD_SYNC },
		{ MOCK_IOMMU_INV_BAD_DESCRIPTOR, FAULTQ_REASON_BAD_COMMAND,
		  CERROR_ILL, CMD_ATC_INV },
	};
	struct faultq_native_arm_smmuv3_cmdq native;
	const struct faultq_event *event;
	struct bed *bed = &self->bed;
	struct mock_iommu_iommu_stats stats;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		ASSERT_EQ(0,
			  mock_queue_error(bed->mock, bed->ep, errors[i].what));
		ASSERT_EQ(i + 1, ring_ready(&self->queue.ring));
		event = event_at(&self->queue, i);
		EXPECT_EQ(FAULTQ_RECORD_QUEUE_ERROR, event->type);
		EXPECT_EQ(FAULTQ_EVENT_DEV_VALID | FAULTQ_EVENT_VIRT_ID_VALID,
			  event->flags);
		EXPECT_EQ(errors[i].reason, event->reason);
		EXPECT_EQ(i, event->sequence);
		EXPECT_EQ(bed->dev, event->dev_id);
		EXPECT_EQ(VIRT_ID, event->virt_id);
		EXPECT_EQ(BED_COOKIE, event->cookie);
		EXPECT_EQ(FAULTQ_NATIVE_ARM_SMMUV3_CMDQ, event->native_type);
		ASSERT_EQ(sizeof(native), event->native_len);
		memcpy(&native, event->native, sizeof(native));
		EXPECT_EQ(i % 2 ? 0 : GERROR_CMDQ, native.gerror & GERROR_CMDQ);
		EXPECT_EQ(errors[i].cerror, native.cons >> 24 & 0x7f);
		EXPECT_EQ(errors[i].op, native.cmd[0] & 0xff);
	}
	/* StreamID */
	EXPECT_EQ(VIRT_ID, native.cmd[0] >> 32);
	ASSERT_EQ(0, mock_iommu_stats(bed->mock, bed->iommu, &stats));
	EXPECT_EQ(ARRAY_SIZE(errors), stats.out_inv_errors);
	EXPECT_EQ(0, stats.out_faults_raised);
}

/* The queue goes on: what is unmapped is out of reach. */
TEST_F(smmu, recovers)
{
	struct bed *bed = &self->bed;
	char *mem = pages_alloc(1), byte;
	__u64 length;
	__u32 what;

	for (what = MOCK_IOMMU_INV_TIMEOUT;
	     what <= MOCK_IOMMU_INV_BAD_DESCRIPTOR; what++) {
		ASSERT_EQ(0, fq_map(bed->ctx, bed->hwpt, MAP_RW, mem, PAGE,
				    BED_IOVA));
		EXPECT_EQ(MOCK_IOMMU_DMA_OK,
			  bed_dma(bed, MOCK_IOMMU_DMA_READ, &byte, 1));
		ASSERT_EQ(0, mock_queue_error(bed->mock, bed->ep, what));
		length = PAGE;
		ASSERT_EQ(0, fq_unmap(bed->ctx, bed->hwpt, BED_IOVA, &length));
		ASSERT_LE(0, bed_send(bed, NO_PASID, BED_IOVA, 1));
		ASSERT_EQ(0, ring_wait(&bed->ring, 1));
		ring_answer(&bed->ring, ring_take(&bed->ring),
			    FAULTQ_RESPONSE_INVALID);
		EXPECT_EQ(1, bed_answered(bed, 1, MOCK_IOMMU_RESPONSE_INVALID));
	}
}

/* In the one form, as read() gives it, the device has the guest's id. */
TEST_F(smmu, read_names_the_device_as_the_guest_does)
{
	struct {
		struct vevent_header header;
		struct faultq_native_arm_smmuv3_cmdq native;
	} got[2] = {};
	struct bed *bed = &self->bed;

	if (variant->native_type != FAULTQ_NATIVE_ARM_SMMUV3_CMDQ)
		return;
	ASSERT_EQ(0, mock_queue_error(bed->mock, bed->ep,
				      MOCK_IOMMU_INV_BAD_DESCRIPTOR));
	ASSERT_EQ(0,
		  mock_queue_error(bed->mock, bed->ep, MOCK_IOMMU_INV_TIMEOUT));
	ASSERT_EQ(sizeof(got), read(self->queue.fd, got, sizeof(got)));
	EXPECT_EQ(CMD_ATC_INV, got[0].native.cmd[0] & 0xff);
	EXPECT_EQ(VIRT_ID, got[0].native.cmd[0] >> 32);
	/* a CMD_SYNC names none */
	EXPECT_EQ(1, got[1].header.sequence);
	EXPECT_EQ(CMD_SYNC, got[1].native.cmd[0]);
}

FIXTURE(vtd)
{
	struct bed bed;
	struct event_queue queue;
	int viommu;
};

FIXTURE_VARIANT(vtd)
{
	__u32 flags; /* of the IOMMU */
};

FIXTURE_VARIANT_ADD(vtd, sid)
VALUES(.flags = 0);

FIXTURE_VARIANT_ADD(vtd, no_sid)
VALUES(.flags = MOCK_IOMMU_IOMMU_NO_SID);

FIXTURE_SETUP(vtd)
{
	const struct mock_iommu_iommu_add iommu = {
		.kind = MOCK_IOMMU_KIND_VTD,
		.flags = variant->flags,
	};
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, bed_make_behind(bed, &iommu, BED_PRI,
				     &(struct faultq_queue_alloc){}));
	self->viommu = viommu_make(bed);
	ASSERT_LT(0, self->viommu);
	ASSERT_EQ(0, event_queue_make(&self->queue, bed->ctx, self->viommu,
				      FAULTQ_NATIVE_VTD_INVALIDATION,
				      (struct faultq_queue_alloc){}));
}

FIXTURE_TEARDOWN(vtd)
{
	event_queue_close(&self->queue);
	bed_free(&self->bed);
}

/* SID of a device TLB invalidation, without PASID (3) and with one (8) */
static __u32 descriptor_sid(const __u64 *desc)
{
	switch (desc[0] & 0xf) {
	case 3:
		return desc[0] >> 32 & 0xffff;
	case 8:
		return desc[0] >> 16 & 0xffff;
	}
	return 0;
}

static bool has_no_descriptor(const struct faultq_native_vtd_invalidation *n)
{
	return !(n->desc[0] | n->desc[1] | n->desc[2] | n->desc[3]);
}

TEST_F(vtd, of_each_kind)
{
	struct faultq_native_vtd_invalidation native;
	const struct faultq_event *event;
	struct mock_iommu_iommu_stats stats;
	struct bed *bed = &self->bed;
	bool sid = !variant->flags;

	ASSERT_EQ(0,
		  mock_queue_error(bed->mock, bed->ep, MOCK_IOMMU_INV_TIMEOUT));
	ASSERT_EQ(0, mock_queue_error(bed->mock, bed->ep,
				      MOCK_IOMMU_INV_BAD_COMPLETION));
	ASSERT_EQ(0, mock_queue_error(bed->mock, bed->ep,
				      MOCK_IOMMU_INV_BAD_DESCRIPTOR));
	ASSERT_EQ(0, mock_iommu_stats(bed->mock, bed->iommu, &stats));
	EXPECT_EQ(3, stats.out_inv_errors);
	/* without a source id, the first two are of no device in particular */
	ASSERT_EQ(3, ring_ready(&self->queue.ring));
	event = event_at(&self->queue, 0);
	EXPECT_EQ(FAULTQ_REASON_INV_TIMEOUT, event->reason);
	EXPECT_EQ(sid ? FAULTQ_EVENT_DEV_VALID | FAULTQ_EVENT_VIRT_ID_VALID : 0,
		  event->flags);
	EXPECT_EQ(sid ? bed->dev : 0, event->dev_id);
	EXPECT_EQ(sid ? VIRT_ID : 0, event->virt_id);
	memcpy(&native, event->native, sizeof(native));
	EXPECT_EQ(FSTS_ITE, native.fsts);
	EXPECT_EQ(sid ? VIRT_ID : 0, ITESID(native.iqer));
	EXPECT_EQ(0, ICESID(native.iqer));
	EXPECT_TRUE(has_no_descriptor(&native));
	event = event_at(&self->queue, 1);
	EXPECT_EQ(FAULTQ_REASON_INV_COMPLETION, event->reason);
	EXPECT_EQ(sid ? VIRT_ID : 0, event->virt_id);
	memcpy(&native, event->native, sizeof(native));
	EXPECT_EQ(FSTS_ICE, native.fsts);
	EXPECT_EQ(sid ? VIRT_ID : 0, ICESID(native.iqer));
	EXPECT_EQ(0, ITESID(native.iqer));
	EXPECT_TRUE(has_no_descriptor(&native));
	event = event_at(&self->queue, 2);
	EXPECT_EQ(FAULTQ_RECORD_QUEUE_ERROR, event->type);
	EXPECT_EQ(FAULTQ_REASON_BAD_COMMAND, event->reason);
	EXPECT_EQ(FAULTQ_EVENT_DEV_VALID | FAULTQ_EVENT_VIRT_ID_VALID,
		  event->flags);
	EXPECT_EQ(bed->dev, event->dev_id);
	EXPECT_EQ(VIRT_ID, event->virt_id);
	ASSERT_EQ(sizeof(native), event->native_len);
	memcpy(&native, event->native, sizeof(native));
	EXPECT_EQ(FSTS_IQE, native.fsts);
	EXPECT_EQ(VIRT_ID, descriptor_sid(native.desc));
	/* a reserved field is set in a descriptor of a valid type */
	EXPECT_EQ(sid ? IQEI_RESERVED : 0, native.iqer);
}

/* A damaged descriptor for a PASID comes back with that of the guest. */
TEST(descriptor_names_the_guest_pasid)
{
	struct faultq_hwpt_vtd_s1_invalidate all = { .npages = UINT64_MAX };
	struct faultq_native_vtd_invalidation native;
	struct faultq_pasid_bind bind = {};
	const struct faultq_event *event;
	struct event_queue queue;
	struct guest guest;
	struct bed *bed = &guest.bed;
	__u32 nr = 1;

	ASSERT_EQ(0, guest_make(&guest));
	ASSERT_LT(0, fq_vdevice(bed->ctx, guest.viommu, bed->dev, VIRT_ID));
	ASSERT_EQ(0, event_queue_make(&queue, bed->ctx, guest.viommu,
				      FAULTQ_NATIVE_VTD_INVALIDATION,
				      (struct faultq_queue_alloc){}));
	ASSERT_EQ(0, guest_bind(&guest, &bind));
	ASSERT_EQ(0, mock_misbehave(bed->mock, bed->ep,
				    MOCK_IOMMU_INV_BAD_DESCRIPTOR, 1, 1));
	EXPECT_EQ(-EIO, fq_invalidate(bed->ctx, bind.out_hwpt_id, &all,
				      sizeof(all), &nr));
	ASSERT_EQ(1, ring_ready(&queue.ring));
	event = event_at(&queue, 0);
	EXPECT_EQ(FAULTQ_EVENT_DEV_VALID | FAULTQ_EVENT_VIRT_ID_VALID |
			  FAULTQ_EVENT_PASID_VALID | FAULTQ_EVENT_GUEST_PASID,
		  event->flags);
	EXPECT_EQ(GUEST_PASID, event->pasid);
	memcpy(&native, event->native, sizeof(native));
	EXPECT_EQ(FSTS_IQE, native.fsts);
	EXPECT_EQ(VIRT_ID, descriptor_sid(native.desc));
	/* PASID of a PASID-based device TLB invalidation (VT-d 6.5.2.6) */
	EXPECT_EQ(8, native.desc[0] & 0xf);
	EXPECT_EQ(GUEST_PASID, native.desc[0] >> 32 & 0xfffff);
	event_queue_close(&queue);
	guest_free(&guest);
}

TEST_F(vtd, read_names_the_device_as_the_guest_does)
{
	struct {
		struct vevent_header header;
		struct faultq_native_vtd_invalidation native;
	} got = {};
	struct bed *bed = &self->bed;

	ASSERT_EQ(0, mock_queue_error(bed->mock, bed->ep,
				      MOCK_IOMMU_INV_BAD_DESCRIPTOR));
	ASSERT_EQ(sizeof(got), read(self->queue.fd, &got, sizeof(got)));
	EXPECT_EQ(FSTS_IQE, got.native.fsts);
	EXPECT_EQ(VIRT_ID, descriptor_sid(got.native.desc));
	if (variant->flags)
		return;
	ASSERT_EQ(0,
		  mock_queue_error(bed->mock, bed->ep, MOCK_IOMMU_INV_TIMEOUT));
	ASSERT_EQ(sizeof(got), read(self->queue.fd, &got, sizeof(got)));
	EXPECT_EQ(FSTS_ITE, got.native.fsts);
	EXPECT_EQ(VIRT_ID, ITESID(got.native.iqer));
	EXPECT_EQ(0, ICESID(got.native.iqer));
	ASSERT_EQ(0, mock_queue_error(bed->mock, bed->ep,
				      MOCK_IOMMU_INV_BAD_COMPLETION));
	ASSERT_EQ(sizeof(got), read(self->queue.fd, &got, sizeof(got)));
	EXPECT_EQ(FSTS_ICE, got.native.fsts);
	EXPECT_EQ(VIRT_ID, ICESID(got.native.iqer));
	EXPECT_EQ(0, ITESID(got.native.iqer));
}

/* A neighbour that answers nothing well, and how many PASIDs it has */
#define NOISY_PASIDS 6

static int noisy_make(const struct bed *bed, __u32 hwpt)
{
	struct mock_iommu_endpoint_add add = {
		.flags = BED_PRI,
		.iommu_id = bed->iommu,
		.pasid_bits = 8,
	};
	int i, ret, dev = bind_new(bed->mock, bed->ctx, &add);

	ret = dev < 0 ? dev : fq_attach(bed->ctx, dev, hwpt, NO_PASID, 0);
	for (i = 0; i < NOISY_PASIDS && ret >= 0; i++) {
		ret = fq_pasid_alloc(bed->ctx, dev);
		if (ret >= 0)
			ret = fq_attach(bed->ctx, dev, hwpt, ret, 0);
	}
	return ret < 0 ? ret :
			 mock_misbehave(bed->mock, add.out_endpoint_id,
					MOCK_IOMMU_INV_BAD_DESCRIPTOR, 1, ~0U);
}

/* However many descriptors are damaged, those behind them are executed. */
TEST_F(vtd, many_before_that_of_another)
{
	struct bed *bed = &self->bed;
	char *mem = pages_alloc(1), byte;
	__u64 length = PAGE;
	int plain, i;

	ASSERT_NE(NULL, mem);
	plain = fq_hwpt_plain(bed->ctx, bed->dev);
	ASSERT_LT(0, plain);
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, plain, NO_PASID, 0));
	ASSERT_EQ(0, noisy_make(bed, plain));
	for (i = 0; i < 9; i++) {
		ASSERT_EQ(0,
			  fq_map(bed->ctx, plain, MAP_RW, mem, PAGE, BED_IOVA));
		ASSERT_EQ(MOCK_IOMMU_DMA_OK,
			  bed_dma(bed, MOCK_IOMMU_DMA_READ, &byte, 1));
		length = PAGE;
		ASSERT_EQ(0, fq_unmap(bed->ctx, plain, BED_IOVA, &length));
		ASSERT_EQ(MOCK_IOMMU_DMA_INVALID,
			  bed_dma(bed, MOCK_IOMMU_DMA_READ, &byte, 1));
	}
}

TEST_HARNESS_MAIN
