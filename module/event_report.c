// SPDX-License-Identifier: GPL-2.0-only
/*
 * What IOMMU drivers report that needs no answer, on its way to the QUEUE that
 * gets it.
 */
#include <linux/export.h>

#include "faultq_private.h"

/**
 * faultq_report_event() - a device had a fault that no one can repair
 * @dev: the device
 * @report: what happened
 *
 * Never sleeps and never allocates. Any context but NMI, so hard interrupts
 * too, and any locks of the caller's, raw ones too.
 *
 * Return: 0: a QUEUE delivers it, or counts it as lost; -ENOENT: none is for it.
 */
int faultq_report_event(struct device *dev,
			const struct faultq_event_report *report)
{
	return -ENOENT;
}
EXPORT_SYMBOL_GPL(faultq_report_event);

/**
 * faultq_report_viommu_event() - something of a VIOMMU's own went wrong
 * @viommu: the VIOMMU; must not end during the call, see
 *	&faultq_driver.viommu_destroy
 * @report: what happened
 *
 * Context and return value as of faultq_report_event().
 */
int faultq_report_viommu_event(struct faultq_driver_viommu *viommu,
			       const struct faultq_event_report *report)
{
	return -ENOENT;
}
EXPORT_SYMBOL_GPL(faultq_report_viommu_event);

/**
 * faultq_report_lost() - events of a device are lost for ever
 * @dev: the device
 * @native_type: the form that they would have had, by which they are counted
 *	where they are missing
 * @cause: FAULTQ_LOST_MEMORY or FAULTQ_LOST_HARDWARE
 * @count: MEMORY: how many; HARDWARE: 0
 *
 * Context and return value as of faultq_report_event().
 */
int faultq_report_lost(struct device *dev, u16 native_type, u16 cause,
		       u64 count)
{
	return -ENOENT;
}
EXPORT_SYMBOL_GPL(faultq_report_lost);
