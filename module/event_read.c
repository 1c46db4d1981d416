// SPDX-License-Identifier: GPL-2.0-only
/*
 * read() of a QUEUE of events: each event behind a header of iommufd's, in the
 * QUEUE's native form or as struct faultq_event.
 */
#include <linux/uio.h>
#include <linux/unaligned.h>

#include "event.h"

/**
 * struct faultq_vevent_header - what each event begins with in read()
 * @flags: FAULTQ_VEVENT_LOST or 0
 * @sequence: of the event that follows, or of the first that was lost; after
 *	INT_MAX comes 0
 *
 * Source: struct iommufd_vevent_header of iommufd, since 6.15.
 */
struct faultq_vevent_header {
	u32 flags;
	u32 sequence;
};

/* IOMMU_VEVENTQ_FLAG_LOST_EVENTS */
#define FAULTQ_VEVENT_LOST BIT(0)

/**
 * struct faultq_native_id - where a native form names the device
 * @offset: first byte of the id, little endian
 * @size: bytes of it, 2 or 4
 * @when: offset of 32 bits, little endian, that tell whether there is an id
 * @mask: which of these
 * @value: what they are then
 */
struct faultq_native_id {
	u8 offset;
	u8 size;
	u8 when;
	u32 mask;
	u32 value;
};

/**
 * struct faultq_native_form - a native form as read() returns it
 * @type: one of enum faultq_native_type
 * @length: bytes
 * @ids: where it names the device; @size is 0 beyond the last
 */
struct faultq_native_form {
	u32 type;
	u32 length;
	struct faultq_native_id ids[4];
};

static const struct faultq_native_form faultq_native_forms[] = {
	{ .type = FAULTQ_NATIVE_NONE, .length = sizeof(struct faultq_event) },
	/* StreamID [63:32] (SMMUv3 7.3) */
	{ .type = FAULTQ_NATIVE_ARM_SMMUV3, .length = 32, .ids = { { 4, 4 } } },
	{ .type = FAULTQ_NATIVE_TEGRA241_CMDQV, .length = 16 },
	/* SID [79:64] (VT-d 11.4.8.4) */
	{ .type = FAULTQ_NATIVE_VTD_FAULT, .length = 16, .ids = { { 8, 2 } } },
	/*
	 * ITESID [47:32] and ICESID [63:48] of the error record (VT-d 11.4.9.9)
	 * mean something while ITE (6) and ICE (5) are set (11.4.8.1). The
	 * descriptor may be one for a device TLB: type 3 with the SID in
	 * [47:32], type 8 in [31:16] (6.5.2).
	 */
	{ .type = FAULTQ_NATIVE_VTD_INVALIDATION,
	  .length = sizeof(struct faultq_native_vtd_invalidation),
	  .ids = { { 12, 2, 0, BIT(6), BIT(6) },
		   { 14, 2, 0, BIT(5), BIT(5) },
		   { 20, 2, 16, 0xf, 3 },
		   { 18, 2, 16, 0xf, 8 } } },
	/* StreamID [63:32] of a CMD_ATC_INV, 0x40 (SMMUv3 4.5.1) */
	{ .type = FAULTQ_NATIVE_ARM_SMMUV3_CMDQ,
	  .length = sizeof(struct faultq_native_arm_smmuv3_cmdq),
	  .ids = { { 12, 4, 8, 0xff, 0x40 } } },
};

static const struct faultq_native_form *faultq_native_find(u32 native_type)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(faultq_native_forms); i++)
		if (faultq_native_forms[i].type == native_type)
			return &faultq_native_forms[i];
	return NULL;
}

/**
 * faultq_native_known() - can a QUEUE be for this form?
 * @native_type: any value
 *
 * Return: true if it can.
 */
bool faultq_native_known(u32 native_type)
{
	return faultq_native_find(native_type);
}

static void faultq_native_set_id(u8 *native, const struct faultq_native_id *id,
				 u64 virt_id)
{
	if ((get_unaligned_le32(native + id->when) & id->mask) != id->value)
		return;
	if (id->size == 2)
		put_unaligned_le16(virt_id, native + id->offset);
	else if (id->size == 4)
		put_unaligned_le32(virt_id, native + id->offset);
}

static void faultq_native_virtualize(struct faultq_event *event,
				     const struct faultq_native_form *form)
{
	unsigned int i;

	if (!(event->flags & FAULTQ_EVENT_VIRT_ID_VALID))
		return;
	for (i = 0; i < ARRAY_SIZE(form->ids); i++)
		faultq_native_set_id(event->native, &form->ids[i],
				     event->virt_id);
}

/* The user's tail, if it can be, or where what was overwritten ends. */
static u32 faultq_event_tail(const struct faultq_events *events)
{
	const struct faultq_ring *ring = events->ring;
	u32 tail = faultq_load(&ring->control->tail);
	u32 oldest = ring->header->oldest;

	if (ring->queue->overwrite &&
	    ring->prod.mine - tail > ring->prod.mine - oldest)
		return oldest;
	return tail;
}

/*
 * Copies the record at the tail. Returns 1, 0 if there is none, or -EIO for a
 * tail that cannot be. What is taken does not count as overwritten any more.
 */
static int faultq_event_take(struct faultq_events *events, u32 *index,
			     struct faultq_event *event)
{
	struct faultq_ring_side *prod = &events->ring->prod;
	unsigned long flags;
	u32 ready;
	int ret;

	raw_spin_lock_irqsave(&events->lock, flags);
	faultq_event_tell_losses(events);
	*index = faultq_event_tail(events);
	ready = prod->mine - *index;
	ret = ready > prod->size ? -EIO : !!ready;
	if (ret == 1)
		*event = events->records[faultq_ring_slot(prod, *index)];
	if (ret == 1 && events->ring->queue->overwrite)
		prod->theirs = *index + 1;
	if (ret < 0)
		events->ring->header->bad_indices++;
	raw_spin_unlock_irqrestore(&events->lock, flags);
	return ret;
}

/* The copy did not reach the user: it is as if it had not been taken. */
static void faultq_event_put_back(struct faultq_events *events, u32 index)
{
	struct faultq_ring *ring = events->ring;
	unsigned long flags;

	if (!ring->queue->overwrite)
		return;
	raw_spin_lock_irqsave(&events->lock, flags);
	if (ring->prod.mine - index <= ring->prod.mine - ring->header->oldest)
		ring->prod.theirs = index;
	else
		ring->header->lost_overwritten++;
	raw_spin_unlock_irqrestore(&events->lock, flags);
}

/* Returns the bytes that it took, or an error. */
static ssize_t faultq_event_copy(const struct faultq_events *events,
				 struct faultq_event *event,
				 struct iov_iter *to)
{
	const struct faultq_native_form *form =
		faultq_native_find(events->ring->queue->native_type);
	struct faultq_vevent_header header = {
		.sequence = event->sequence & INT_MAX,
	};
	const void *body = event->native;
	size_t length = form->length;

	if (form->type == FAULTQ_NATIVE_NONE)
		body = event;
	else
		faultq_native_virtualize(event, form);
	if (event->type == FAULTQ_RECORD_LOST) {
		header.flags = FAULTQ_VEVENT_LOST;
		length = 0;
	}
	if (iov_iter_count(to) < sizeof(header) + length)
		return -EINVAL;
	if (!copy_to_iter_full(&header, sizeof(header), to) ||
	    !copy_to_iter_full(body, length, to))
		return -EFAULT;
	return sizeof(header) + length;
}

static ssize_t faultq_event_read_one(struct faultq_events *events,
				     struct iov_iter *to)
{
	struct faultq_event event;
	ssize_t ret;
	u32 index;

	ret = faultq_event_take(events, &index, &event);
	if (ret != 1)
		return ret;
	ret = faultq_event_copy(events, &event, to);
	if (ret < 0)
		faultq_event_put_back(events, index);
	else
		faultq_store_release(&events->ring->control->tail, index + 1);
	return ret;
}

/* What a LOST record takes is the least; more may be asked for later. */
int faultq_event_check_read(size_t count)
{
	return count < sizeof(struct faultq_vevent_header) ? -EINVAL : 0;
}

/*
 * Takes a ring full at most, and what is told of losses behind it: there is no
 * end to what a tail leads to that someone keeps moving back.
 */
ssize_t faultq_event_read(struct faultq_ring *ring, struct iov_iter *to)
{
	u32 left = ring->prod.size + FAULTQ_NR_LOST_CAUSES;
	ssize_t ret, done = 0;

	do {
		ret = faultq_event_read_one(ring->events, to);
		if (ret > 0)
			done += ret;
	} while (ret > 0 && --left);
	return done ?: ret;
}

/* A loss that waited for room is as good as a record: see to it that it is one. */
bool faultq_event_readable(struct faultq_ring *ring)
{
	struct faultq_events *events = ring->events;
	unsigned long flags;
	bool readable;

	raw_spin_lock_irqsave(&events->lock, flags);
	faultq_event_tell_losses(events);
	readable = faultq_ring_readable(ring, faultq_event_tail(events));
	raw_spin_unlock_irqrestore(&events->lock, flags);
	return readable;
}
