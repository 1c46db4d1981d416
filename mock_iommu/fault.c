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
 * mock_report_event() - report a fault or queue error of an endpoint
 * @iommu: the instance
 * @rid: RID in the record of the hardware; there may be no such endpoint
 * @report: what happened
 */
void mock_report_event(struct mock_iommu *iommu, u16 rid,
		       const struct faultq_event_report *report)
{
	bool is_fault = report->type == FAULTQ_RECORD_FAULT;

	if (is_fault)
		atomic64_inc(&iommu->faults_handled);
	rcu_read_lock();
	if (faultq_report_event(mock_find_device(iommu, rid), report) &&
	    is_fault)
		atomic64_inc(&iommu->faults_unclaimed);
	rcu_read_unlock();
}

/**
 * mock_report_iommu_event() - report a queue error of an unknown endpoint
 * @iommu: the instance
 * @report: what happened, without data of any one endpoint or domain
 */
void mock_report_iommu_event(struct mock_iommu *iommu,
			     const struct faultq_event_report *report)
{
	faultq_report_iommu_event(&iommu->iommu, report);
}

/**
 * mock_report_lost() - report that the hardware lost faults in an overflow
 * @iommu: the instance
 * @format: format of their native records
 */
void mock_report_lost(struct mock_iommu *iommu,
		      const struct faultq_native_format *format)
{
	faultq_report_iommu_lost(&iommu->iommu, format->type);
}
