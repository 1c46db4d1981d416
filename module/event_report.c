// SPDX-License-Identifier: GPL-2.0-only
/*
 * What IOMMU drivers report that needs no answer, on its way to the QUEUE that
 * gets it. Nothing here sleeps, allocates or takes a lock but the QUEUE's own.
 */
#include <linux/device.h>
#include <linux/export.h>
#include <linux/iommu.h>
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

/* @name: what the trace shows as the device */
static int faultq_unclaim(const char *name, u32 native_type, u64 count)
{
	this_cpu_add(faultq_unclaimed, count);
	trace_faultq_unclaimed(name, native_type, count);
	return -ENOENT;
}

static u32 faultq_report_type(const struct faultq_event_report *report)
{
	return report->format ? report->format->type : FAULTQ_NATIVE_NONE;
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
	};
	if (event->flags & FAULTQ_EVENT_PASID_VALID)
		event->pasid = report->pasid;
	if (event->flags & FAULTQ_EVENT_ADDR_VALID)
		event->addr = report->addr;
	if (event->flags & FAULTQ_EVENT_FETCH_ADDR_VALID)
		event->fetch_addr = report->fetch_addr;
	if (report->format) {
		event->native_type = report->format->type;
		event->native_len = report->format->length;
		memcpy(event->native, report->native, event->native_len);
	}
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

/* Fills in the device and, where the guest has its own, the ids of the guest. */
static void faultq_report_fill_device(struct faultq_event *event,
				      struct faultq_device *device,
				      struct faultq_guest_ids *ids)
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
		ids->virt_id_valid = true;
		ids->virt_id = event->virt_id;
	}
	if (event->flags & FAULTQ_EVENT_PASID_VALID && attachment &&
	    attachment->guest_pasid) {
		event->flags |= FAULTQ_EVENT_GUEST_PASID;
		event->pasid = attachment->guest_pasid;
		ids->pasid_valid = true;
		ids->pasid = event->pasid;
	}
}

/* Only the driver knows the format of a native record. */
static void faultq_report_virtualize(struct faultq_event *event,
				     const struct faultq_native_format *format,
				     const struct faultq_guest_ids *ids)
{
	if (format && format->set_guest_ids &&
	    (ids->virt_id_valid || ids->pasid_valid))
		format->set_guest_ids(event->native, ids);
}

static bool faultq_report_to_device(struct device *dev,
				    const struct faultq_event_report *report)
{
	struct faultq_device *device = faultq_route_find(dev);
	struct faultq_events *events = NULL;
	struct faultq_guest_ids ids = {};
	struct faultq_event event;

	if (device)
		events = faultq_report_device(device,
					      faultq_report_type(report));
	if (!events)
		return false;
	faultq_report_fill(&event, report);
	faultq_report_fill_device(&event, device, &ids);
	faultq_report_virtualize(&event, report->format, &ids);
	faultq_event_add(events, &event, device->name);
	return true;
}

/**
 * faultq_report_event() - report an unrecoverable fault or queue error of a
 *	device
 * @dev: the device, which cannot leave during the call. NULL: the hardware
 *	reported the id of an unknown device
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
	claimed = dev && faultq_report_to_device(dev, report);
	rcu_read_unlock();
	return claimed ? 0 :
			 faultq_unclaim(dev ? dev_name(dev) : "unknown",
					faultq_report_type(report), 1);
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
				      faultq_report_type(report));
	if (!events)
		return false;
	faultq_report_fill(&event, report);
	faultq_event_add(events, &event, "-");
	return true;
}

/**
 * faultq_report_viommu_event() - report an error of a VIOMMU, not of a device
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
	return claimed ?
		       0 :
		       faultq_unclaim("viommu", faultq_report_type(report), 1);
}
EXPORT_SYMBOL_GPL(faultq_report_viommu_event);

/*
 * Serializes IOMMU-wide reports and guards their number, which tells the QUEUEs
 * that already got the current one from the others. Taken with interrupts off,
 * outside faultq_events.lock.
 */
static DEFINE_RAW_SPINLOCK(faultq_iommu_lock);
static u64 faultq_iommu_reports;

/**
 * struct faultq_iommu_report - an IOMMU-wide report while it is delivered
 * @native_type: format of the event, or of the events that were lost
 * @event: the event, or NULL: the IOMMU lost events
 * @claimed: at least one QUEUE got it
 */
struct faultq_iommu_report {
	u32 native_type;
	const struct faultq_event *event;
	bool claimed;
};

/* Several devices of a VIOMMU share a QUEUE, which must get the report once. */
static void faultq_report_visit(struct faultq_device *device, void *data)
{
	struct faultq_iommu_report *report = data;
	struct faultq_events *events;

	lockdep_assert_held(&faultq_iommu_lock);
	events = faultq_report_device(device, report->native_type);
	if (!events || events->iommu_report == faultq_iommu_reports)
		return;
	events->iommu_report = faultq_iommu_reports;
	report->claimed = true;
	if (report->event)
		faultq_event_add(events, report->event, "-");
	else
		faultq_event_add_loss(events, FAULTQ_LOST_HARDWARE, 1);
}

static int faultq_report_to_iommu(const struct iommu_device *iommu,
				  struct faultq_iommu_report *report)
{
	const char *name = iommu->dev ? dev_name(iommu->dev) : "iommu";
	unsigned long flags;

	rcu_read_lock();
	raw_spin_lock_irqsave(&faultq_iommu_lock, flags);
	faultq_iommu_reports++;
	faultq_route_each(iommu, faultq_report_visit, report);
	raw_spin_unlock_irqrestore(&faultq_iommu_lock, flags);
	rcu_read_unlock();
	return report->claimed ? 0 :
				 faultq_unclaim(name, report->native_type, 1);
}

/**
 * faultq_report_iommu_event() - report an error that concerns all devices of an
 *	IOMMU
 * @iommu: the IOMMU, which cannot be unregistered during the call
 * @report: what happened, a FAULTQ_RECORD_QUEUE_ERROR. It is delivered to several
 *	VMs, so @native must not hold data of any of them
 *
 * For queue errors where the hardware does not report the device. Each QUEUE gets
 * the event once, however many devices its VIOMMU has.
 *
 * Context and return value as of faultq_report_event().
 */
int faultq_report_iommu_event(const struct iommu_device *iommu,
			      const struct faultq_event_report *report)
{
	struct faultq_event event;
	struct faultq_iommu_report to_all = {
		.native_type = faultq_report_type(report),
		.event = &event,
	};

	faultq_report_fill(&event, report);
	return faultq_report_to_iommu(iommu, &to_all);
}
EXPORT_SYMBOL_GPL(faultq_report_iommu_event);

/**
 * faultq_report_lost() - report that a driver lost events of a device
 * @dev: the device, which cannot leave during the call
 * @native_type: format of their native records, by which their QUEUE is found
 * @count: how many
 *
 * For a driver that failed to allocate memory, for example to hand records from
 * its interrupt to a thread. The mock does not allocate.
 *
 * Context and return value as of faultq_report_event().
 */
int faultq_report_lost(struct device *dev, u16 native_type, u64 count)
{
	struct faultq_events *events = NULL;
	struct faultq_device *device;

	rcu_read_lock();
	device = faultq_route_find(dev);
	if (device)
		events = faultq_report_device(device, native_type);
	if (events)
		faultq_event_add_loss(events, FAULTQ_LOST_MEMORY, count);
	rcu_read_unlock();
	return events ? 0 : faultq_unclaim(dev_name(dev), native_type, count);
}
EXPORT_SYMBOL_GPL(faultq_report_lost);

/**
 * faultq_report_iommu_lost() - report that an IOMMU lost events
 * @iommu: the IOMMU, which cannot be unregistered during the call
 * @native_type: format of their native records
 *
 * To be called once for each overflow of its queue or registers. The hardware does
 * not report how many events it lost, nor of which devices, so every QUEUE that
 * gets events of this format from a device of @iommu accounts one loss.
 *
 * Context and return value as of faultq_report_event().
 */
int faultq_report_iommu_lost(const struct iommu_device *iommu, u16 native_type)
{
	struct faultq_iommu_report loss = { .native_type = native_type };

	return faultq_report_to_iommu(iommu, &loss);
}
EXPORT_SYMBOL_GPL(faultq_report_iommu_lost);
