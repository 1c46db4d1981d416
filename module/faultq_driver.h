/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The driver-facing API of faultq: what an IOMMU driver calls so that user
 * space can bind the devices behind it.
 */
#ifndef FAULTQ_DRIVER_H
#define FAULTQ_DRIVER_H

#include <linux/list.h>
#include <linux/types.h>

struct device;
struct iommu_ops;
struct module;

/**
 * struct faultq_driver - an IOMMU driver whose devices may be bound
 * @owner: the driver's module; every bound device and every HWPT made for it
 *	holds a reference, so that the code behind @ops stays loaded
 * @name: shown by FAULTQ_DEVICE_INFO, at most 15 characters
 * @ops: the operations that the driver registered with the IOMMU core; a
 *	device belongs to this driver when its IOMMU was registered with them
 * @page_requests: may a queue be attached to this device, that is, can it make
 *	page requests? Process context, the device is bound. NULL: all can
 * @node: used by faultq between registration and unregistration
 *
 * Page requests need no call of faultq: a driver reports them to the kernel by
 * iommu_report_device_fault() and they reach the queue of the HWPT that is
 * attached. What faultq asks of the driver is what iommufd asks, and no more:
 *
 * - iommu_report_device_fault() is called in process context;
 * - an operation that attaches, replaces or removes a domain returns only when
 *   no page request that was taken in before can still be reported against
 *   the domain that was there before, and none is reported against a
 *   (device, PASID) without a domain that handles faults.
 */
struct faultq_driver {
	struct module *owner;
	const char *name;
	const struct iommu_ops *ops;
	bool (*page_requests)(struct device *dev);
	struct list_head node;
};

int faultq_driver_register(struct faultq_driver *driver);
void faultq_driver_unregister(struct faultq_driver *driver);

#endif /* FAULTQ_DRIVER_H */
