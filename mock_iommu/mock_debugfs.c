// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/debug/mock_iommu: registers, endpoints, page tables and queues
 * of each instance. For people; what programs need is on /dev/mock_iommu.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>

#include "mock.h"

static struct dentry *mock_debugfs;

static int registers_show(struct seq_file *s, void *unused)
{
	struct mock_iommu *iommu = s->private;
	const struct mock_register *reg;

	for (reg = iommu->kind->registers; reg->name; reg++)
		seq_printf(s, "%-6s 0x%02x 0x%016llx\n", reg->name, reg->offset,
			   hw_read(iommu->hw, reg->offset));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(registers);

static void endpoint_show(struct seq_file *s, struct mock_endpoint *ep)
{
	struct mock_iommu_endpoint_stats stats = {};
	struct mock_attachment *attachment;
	unsigned long pasid;
	bool stopped;

	hw_endpoint_stats(ep->hw, &stats);
	stopped = stats.out_flags & MOCK_IOMMU_ENDPOINT_PRI_STOPPED;
	seq_printf(s, "%s id %u rid %#x pasid-bits %u credits %u%s%s%s%s\n",
		   ep->name, ep->id, ep->config.rid, ep->config.pasid_bits,
		   ep->config.credits, ep->config.ats ? " ATS" : "",
		   ep->config.pri ? " PRI" : "",
		   ep->config.stall ? " STALL" : "", stopped ? " stopped" : "");
	seq_printf(s, "  outstanding: %u requests, %u groups\n",
		   stats.out_outstanding_requests,
		   stats.out_outstanding_groups);
	seq_printf(s, "  sent: %llu requests, %llu groups, %llu markers\n",
		   stats.out_page_requests, stats.out_groups,
		   stats.out_stop_markers);
	seq_printf(s,
		   "  answers: %llu success (%llu automatic), %llu invalid, ",
		   stats.out_success, stats.out_auto_success,
		   stats.out_invalid);
	seq_printf(s, "%llu failure, %llu unexpected\n", stats.out_failure,
		   stats.out_unexpected);
	xa_for_each(&ep->attachments, pasid, attachment)
		seq_printf(s, "  pasid %lu: domain %u%s\n", pasid,
			   attachment->domain->did,
			   attachment->faults ? " faults" : "");
}

static int endpoints_show(struct seq_file *s, void *unused)
{
	struct mock_iommu *iommu = s->private;
	struct mock_endpoint *ep;
	unsigned long rid;

	mutex_lock(&iommu->lock);
	xa_for_each(&iommu->rids, rid, ep)
		if (ep->dev)
			endpoint_show(s, ep);
	mutex_unlock(&iommu->lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(endpoints);

static void attachment_show(struct seq_file *s,
			    const struct mock_attachment *attachment)
{
	struct mock_domain *domain = attachment->domain;

	seq_printf(s, "%s pasid %u domain %u\n", attachment->ep->name,
		   attachment->pasid, domain->did);
	if (domain->parent) {
		seq_printf(s, "  guest's %#llx %#llx over domain %u\n",
			   domain->guest[0], domain->guest[1],
			   domain->parent->did);
		return;
	}
	mutex_lock(&domain->lock);
	mock_pgtable_show(&domain->pgtable, s);
	mutex_unlock(&domain->lock);
}

static int page_tables_show(struct seq_file *s, void *unused)
{
	struct mock_iommu *iommu = s->private;
	struct mock_attachment *attachment;
	struct mock_endpoint *ep;
	unsigned long rid, pasid;

	mutex_lock(&iommu->lock);
	xa_for_each(&iommu->rids, rid, ep)
		xa_for_each(&ep->attachments, pasid, attachment)
			attachment_show(s, attachment);
	mutex_unlock(&iommu->lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(page_tables);

static int queues_show(struct seq_file *s, void *unused)
{
	mock_poll_show(s->private, s);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(queues);

void mock_debugfs_add(struct mock_iommu *iommu)
{
	struct dentry *dir = debugfs_create_dir(iommu->name, mock_debugfs);

	debugfs_create_file("registers", 0400, dir, iommu, &registers_fops);
	debugfs_create_file("endpoints", 0400, dir, iommu, &endpoints_fops);
	debugfs_create_file("page_tables", 0400, dir, iommu, &page_tables_fops);
	debugfs_create_file("queues", 0400, dir, iommu, &queues_fops);
	iommu->debugfs = dir;
}

/* Waits for those that are reading. */
void mock_debugfs_remove(struct mock_iommu *iommu)
{
	debugfs_remove(iommu->debugfs);
}

void mock_debugfs_init(void)
{
	mock_debugfs = debugfs_create_dir("mock_iommu", NULL);
}

void mock_debugfs_exit(void)
{
	debugfs_remove(mock_debugfs);
}
