// SPDX-License-Identifier: GPL-2.0-only
/*
 * What IOMMU drivers report that needs no answer, on its way to the QUEUE that
 * gets it. Nothing here sleeps, allocates or takes a lock but the QUEUE's own.
 */
#include <linux/export.h>
#include <linux/percpu.h>
#include <linux/rculist.h>

#include "event.h"
#include "faultq_trace.h"

/* Counted by CPU, so that a storm that no one wants costs little. */
static DEFINE_PER_CPU(u64, faultq_unclaimed);

/**
 * faultq_unclaimed_count() - events that no QUEUE was for, since loading
 *
 * Return: how many.
 */
u64 faultq_unclaimed_count(void)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(*per_cpu_ptr(&faultq_unclaimed, cpu));
	return sum;
}

static int faultq_unclaim(struct device *dev, u16 native_type, u64 count)
{
	this_cpu_add(faultq_unclaimed, count);
	trace_faultq_unclaimed(dev, native_type, count);
	return -ENOENT;
}

static struct faultq_events *
faultq_report_source(const struct hlist_head *source, u32 native_type)
{
	struct faultq_queue *queue, *any = NULL;

	hlist_for_each_entry_rcu(queue, source, source_node) {
		if (!READ_ONCE(queue->known))
			continue;
		if (queue->native_type == native_type)
			return queue->rings[0].events;
		if (queue->native_type == FAULTQ_NATIVE_NONE)
			any = queue;
	}
	return any ? any->rings[0].events : NULL;
}

/* The order that struct faultq_queue_alloc promises */
static struct faultq_events *
faultq_report_device(const struct faultq_device *device, u32 native_type)
{
	const struct faultq_vdevice *vdevice = rcu_dereference(device->vdevice);
	struct faultq_events *events = NULL;

	if (vdevice)
		events = faultq_report_source(&vdevice->viommu->event_queues,
					      native_type);
	if (events)
		return events;
	return faultq_report_source(&device->event_queues, native_type);
}

static void faultq_report_fill(struct faultq_event *event,
			       const struct faultq_event_report *report)
{
	const u32 flags = FAULTQ_EVENT_PASID_VALID | FAULTQ_EVENT_ADDR_VALID |
			  FAULTQ_EVENT_FETCH_ADDR_VALID | FAULTQ_EVENT_STAGE2;

	*event = (struct faultq_event){
		.type = report->type,
		.flags = report->flags & flags,
		.reason = report->reason,
		.perm = report->perm,
		.native_type = report->native_type,
		.native_len = min(report->native_len, FAULTQ_NATIVE_LEN),
	};
	if (event->flags & FAULTQ_EVENT_PASID_VALID)
		event->pasid = report->pasid;
	if (event->flags & FAULTQ_EVENT_ADDR_VALID)
		event->addr = report->addr;
	if (event->flags & FAULTQ_EVENT_FETCH_ADDR_VALID)
		event->fetch_addr = report->fetch_addr;
	memcpy(event->native, report->native, event->native_len);
}

/* Whose translation it was: of the PASID, or of the RID if that serves all. */
static const struct faultq_attachment *
faultq_report_attachment(struct faultq_device *device,
			 const struct faultq_event *event)
{
	const struct faultq_attachment *attachment;

	if (!(event->flags & FAULTQ_EVENT_PASID_VALID))
		return xa_load(&device->attachments, IOMMU_NO_PASID);
	attachment = xa_load(&device->attachments, event->pasid);
	if (attachment)
		return attachment;
	attachment = xa_load(&device->attachments, IOMMU_NO_PASID);
	return attachment && attachment->all_pasids ? attachment : NULL;
}

static void faultq_report_fill_device(struct faultq_event *event,
				      struct faultq_device *device)
{
	const struct faultq_attachment *attachment =
		faultq_report_attachment(device, event);
	const struct faultq_vdevice *vdevice = rcu_dereference(device->vdevice);

	event->flags |= FAULTQ_EVENT_DEV_VALID;
	event->dev_id = device->object.id;
	event->cookie = attachment ? attachment->cookie : device->label;
	if (vdevice) {
		event->flags |= FAULTQ_EVENT_VIRT_ID_VALID;
		event->virt_id = vdevice->core.virt_id;
	}
	if (event->flags & FAULTQ_EVENT_PASID_VALID && attachment &&
	    attachment->guest_pasid) {
		event->flags |= FAULTQ_EVENT_GUEST_PASID;
		event->pasid = attachment->guest_pasid;
	}
}

static bool faultq_report_to_device(struct device *dev,
				    const struct faultq_event_report *report)
{
	struct faultq_device *device = faultq_route_find(dev);
	struct faultq_events *events = NULL;
	struct faultq_event event;

	if (device)
		events = faultq_report_device(device, report->native_type);
	if (!events)
		return false;
	faultq_report_fill(&event, report);
	faultq_report_fill_device(&event, device);
	faultq_event_add(events, &event);
	return true;
}

/**
 * faultq_report_event() - something of a device went wrong that needs no answer
 * @dev: the device, which cannot leave during the call
 * @report: what happened
 *
 * Never sleeps and never allocates. Any context but NMI, so hard interrupts
 * too, and under any locks of the caller's, raw ones included; consumers are
 * woken by an irq_work of their own.
 *
 * Return: 0: a QUEUE delivers it, or counts it as lost; -ENOENT: none is for
 * it, and it is counted as unclaimed.
 */
int faultq_report_event(struct device *dev,
			const struct faultq_event_report *report)
{
	bool claimed;

	rcu_read_lock();
	claimed = faultq_report_to_device(dev, report);
	rcu_read_unlock();
	return claimed ? 0 : faultq_unclaim(dev, report->native_type, 1);
}
EXPORT_SYMBOL_GPL(faultq_report_event);

static bool faultq_report_to_viommu(struct faultq_driver_viommu *core,
				    const struct faultq_event_report *report)
{
	const struct faultq_viommu *viommu =
		container_of(core, struct faultq_viommu, core);
	struct faultq_events *events;
	struct faultq_event event;

	events = faultq_report_source(&viommu->event_queues,
				      report->native_type);
	if (!events)
		return false;
	faultq_report_fill(&event, report);
	faultq_event_add(events, &event);
	return true;
}

/**
 * faultq_report_viommu_event() - something of a VIOMMU went wrong that is of no
 *	device
 * @viommu: the VIOMMU, which must not end during the call: a driver makes sure
 *	in &faultq_driver.viommu_destroy
 * @report: what happened
 *
 * Context and return value as of faultq_report_event().
 */
int faultq_report_viommu_event(struct faultq_driver_viommu *viommu,
			       const struct faultq_event_report *report)
{
	bool claimed;

	rcu_read_lock();
	claimed = faultq_report_to_viommu(viommu, report);
	rcu_read_unlock();
	return claimed ? 0 : faultq_unclaim(NULL, report->native_type, 1);
}
EXPORT_SYMBOL_GPL(faultq_report_viommu_event);

/**
 * faultq_report_lost() - events of a device are lost for ever
 * @dev: the device, which cannot leave during the call
 * @native_type: the form that they had, by which the QUEUE is found that they
 *	are missing from
 * @cause: FAULTQ_LOST_MEMORY or FAULTQ_LOST_HARDWARE
 * @count: MEMORY: how many; HARDWARE: must be 0, as it is not known
 *
 * MEMORY is for a driver that allocates to deliver, as one that hands records
 * from its interrupt to a thread may have to. The mock does not, so nothing here
 * reports it.
 *
 * Context and return value as of faultq_report_event().
 */
int faultq_report_lost(struct device *dev, u16 native_type, u16 cause,
		       u64 count)
{
	struct faultq_events *events = NULL;
	struct faultq_device *device;

	rcu_read_lock();
	device = faultq_route_find(dev);
	if (device)
		events = faultq_report_device(device, native_type);
	if (events)
		faultq_event_add_loss(events, cause, count);
	rcu_read_unlock();
	return events ? 0 : faultq_unclaim(dev, native_type, count);
}
EXPORT_SYMBOL_GPL(faultq_report_lost);
