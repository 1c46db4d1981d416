// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults and errors of queues on their way from the driver of a kind to faultq.
 * Any context, hard interrupts too: an endpoint and its device are found under
 * RCU.
 */
#include <linux/faultq.h>
#include <linux/rcupdate.h>

#include "faultq_driver.h"
#include "mock.h"

static struct device *mock_find_device(struct mock_iommu *iommu, u16 rid)
{
	struct mock_endpoint *ep = xa_load(&iommu->rids, rid);

	return ep ? READ_ONCE(ep->dev) : NULL;
}

/**
 * mock_report_event() - report a fault or an error
 * @iommu: the instance
 * @rid: of the endpoint that it is about. If there is none, as for the error of
 *	hardware that does not say whom it is about, no one is told
 * @report: what happened
 */
void mock_report_event(struct mock_iommu *iommu, u16 rid,
		       const struct faultq_event_report *report)
{
	bool is_fault = report->type == FAULTQ_RECORD_FAULT;
	struct device *dev;

	if (is_fault)
		atomic64_inc(&iommu->faults_handled);
	rcu_read_lock();
	dev = mock_find_device(iommu, rid);
	if ((!dev || faultq_report_event(dev, report)) && is_fault)
		atomic64_inc(&iommu->faults_unclaimed);
	rcu_read_unlock();
}

/**
 * mock_report_lost() - report that the hardware lost faults
 * @iommu: the instance
 * @native_type: one of enum faultq_native_type: the form that they had
 *
 * Whose faults they were the hardware does not say, so every device behind it
 * is told: a VIOMMU with several of them hears of the same loss several times.
 */
void mock_report_lost(struct mock_iommu *iommu, u16 native_type)
{
	struct mock_endpoint *ep;
	struct device *dev;
	unsigned long rid;

	rcu_read_lock();
	xa_for_each(&iommu->rids, rid, ep) {
		dev = READ_ONCE(ep->dev);
		if (dev)
			faultq_report_lost(dev, native_type,
					   FAULTQ_LOST_HARDWARE, 0);
	}
	rcu_read_unlock();
}
