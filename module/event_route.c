// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who gets whose events: from a device to its DEVICE, and from a VIOMMU or
 * DEVICE to its QUEUEs. Read by reports under RCU.
 *
 * A source of events does not hold its QUEUEs, nor they it: whoever ends first
 * parts them.
 */
#include <linux/hashtable.h>
#include <linux/rculist.h>

#include "faultq_private.h"

/* Guards the lists of QUEUEs of all sources against other writers. */
static DEFINE_MUTEX(faultq_sources_lock);

/* Guards the table against other writers. */
static DEFINE_SPINLOCK(faultq_routes_lock);
static DEFINE_HASHTABLE(faultq_routes, 8);

/**
 * faultq_route_add() - reports of the device find the DEVICE from here on
 * @device: the DEVICE, whole
 */
void faultq_route_add(struct faultq_device *device)
{
	spin_lock(&faultq_routes_lock);
	hash_add_rcu(faultq_routes, &device->route, (unsigned long)device->dev);
	spin_unlock(&faultq_routes_lock);
}

/**
 * faultq_route_remove() - they do not any more, but for those under way
 * @device: the DEVICE
 */
void faultq_route_remove(struct faultq_device *device)
{
	spin_lock(&faultq_routes_lock);
	hash_del_rcu(&device->route);
	spin_unlock(&faultq_routes_lock);
}

/**
 * faultq_route_find() - the DEVICE that a device is bound as
 * @dev: the device
 *
 * Return: the DEVICE, good under RCU, or NULL.
 */
struct faultq_device *faultq_route_find(const struct device *dev)
{
	struct faultq_device *device;

	hash_for_each_possible_rcu(faultq_routes, device, route,
				   (unsigned long)dev)
		if (device->dev == dev)
			return device;
	return NULL;
}

/**
 * faultq_route_each() - visit the bound DEVICEs of an IOMMU, under RCU
 * @iommu: the IOMMU
 * @visit: called for each
 * @data: its second argument
 */
void faultq_route_each(const struct iommu_device *iommu,
		       void (*visit)(struct faultq_device *device, void *data),
		       void *data)
{
	struct faultq_device *device;
	int bucket;

	hash_for_each_rcu(faultq_routes, bucket, device, route)
		if (device->iommu == iommu)
			visit(device, data);
}

static bool faultq_source_has(const struct hlist_head *source, u32 native_type)
{
	const struct faultq_queue *queue;

	hlist_for_each_entry(queue, source, source_node)
		if (queue->native_type == native_type)
			return true;
	return false;
}

/**
 * faultq_source_add() - a QUEUE gets events of a source
 * @source: the list of a VIOMMU or DEVICE that cannot end meanwhile
 * @queue: the QUEUE, whole
 *
 * Return: 0, or -EEXIST if it has one for the form.
 */
int faultq_source_add(struct hlist_head *source, struct faultq_queue *queue)
{
	int ret = -EEXIST;

	mutex_lock(&faultq_sources_lock);
	if (!faultq_source_has(source, queue->native_type)) {
		hlist_add_head_rcu(&queue->source_node, source);
		ret = 0;
	}
	mutex_unlock(&faultq_sources_lock);
	return ret;
}

/**
 * faultq_source_remove() - a QUEUE gets no more events
 * @queue: the QUEUE; its source may have ended, or never been
 */
void faultq_source_remove(struct faultq_queue *queue)
{
	mutex_lock(&faultq_sources_lock);
	hlist_del_init_rcu(&queue->source_node);
	mutex_unlock(&faultq_sources_lock);
}

/**
 * faultq_source_end() - the source ends: its QUEUEs keep what they have
 * @source: the list of a VIOMMU or DEVICE
 */
void faultq_source_end(struct hlist_head *source)
{
	struct faultq_queue *queue;
	struct hlist_node *next;

	mutex_lock(&faultq_sources_lock);
	hlist_for_each_entry_safe(queue, next, source, source_node)
		hlist_del_init_rcu(&queue->source_node);
	mutex_unlock(&faultq_sources_lock);
}
