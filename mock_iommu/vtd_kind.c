// SPDX-License-Identifier: GPL-2.0-only
/*
 * The driver half of VT-d: its registration, and what is to be invalidated
 * when.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <uapi/linux/iommufd.h>

#include "faultq_driver.h"
#include "vtd_iommu.h"

static const struct mock_register vtd_registers[] = {
	{ "VER", VTD_VER },	{ "CAP", VTD_CAP },
	{ "ECAP", VTD_ECAP },	{ "RTADDR", VTD_RTADDR },
	{ "FSTS", VTD_FSTS },	{ "IQH", VTD_IQH },
	{ "IQT", VTD_IQT },	{ "IQA", VTD_IQA },
	{ "IQER", VTD_IQER },	{ "PQH", VTD_PQH },
	{ "PQT", VTD_PQT },	{ "PQA", VTD_PQA },
	{ "PRS", VTD_PRS },	{ "PECTL", VTD_PECTL },
	{ "FECTL", VTD_FECTL }, {},
};

static const struct faultq_native_format *const vtd_native_formats[] = {
	&vtd_fault_format,
	&vtd_inv_format,
	NULL,
};

static struct faultq_driver vtd_faultq_driver = {
	.owner = THIS_MODULE,
	.name = "mock_iommu",
	.reports_events = true,
	.native_formats = vtd_native_formats,
	.no_interrupts = true,
	.page_requests = mock_makes_requests,
	.drain = mock_request_drain,
	.viommu_init = mock_viommu_init,
	.vdevice_init = mock_vdevice_init,
	.domain_invalidate = vtd_nested_invalidate,
};

static void *vtd_hw_info(struct device *dev, u32 *length, u32 *type)
{
	struct mock_endpoint *ep = dev_iommu_priv_get(dev);
	struct iommu_hw_info_vtd *info;

	info = kzalloc(sizeof(*info), GFP_KERNEL);
	if (!info)
		return ERR_PTR(-ENOMEM);
	info->cap_reg = hw_read(ep->iommu->hw, VTD_CAP);
	info->ecap_reg = hw_read(ep->iommu->hw, VTD_ECAP);
	*length = sizeof(*info);
	*type = IOMMU_HW_INFO_TYPE_INTEL_VTD;
	return info;
}

static int vtd_init(struct mock_iommu *iommu, const struct mock_config *config)
{
	int ret;

	vtd_fault_init(iommu);
	vtd_prq_prepare(iommu);
	ret = vtd_inv_init(iommu);
	if (!ret)
		ret = vtd_tables_init(iommu);
	return ret ?: vtd_prq_init(iommu);
}

static void vtd_exit(struct mock_iommu *iommu)
{
	vtd_fault_exit(iommu);
	vtd_prq_free(iommu);
	vtd_tables_free(iommu);
	vtd_inv_free(iommu);
}

static void vtd_interrupt(void *data, enum hw_irq irq)
{
	if (irq == HW_IRQ_FAULT)
		vtd_fault_interrupt(data);
	else
		mock_poll_interrupt(&to_vtd_iommu(data)->prq_poll);
}

static void vtd_mask(struct mock_iommu *iommu, bool mask)
{
	vtd_fault_mask(iommu, mask);
	vtd_prq_mask(iommu, mask);
}

/* &mock_kind.remove_endpoint */
static void vtd_remove_endpoint(struct mock_endpoint *ep)
{
	vtd_fault_drain(ep->iommu);
	vtd_tables_remove_endpoint(ep);
}

/* Second-stage format, whatever the domain is for */

static u64 vtd_leaf(int prot, unsigned int level)
{
	u64 bits = (prot & IOMMU_READ ? VTD_SS_R : 0) |
		   (prot & IOMMU_WRITE ? VTD_SS_W : 0);

	return bits && level > 1 ? bits | VTD_SS_PS : bits;
}

static int vtd_prot(u64 leaf)
{
	return (leaf & VTD_SS_R ? IOMMU_READ : 0) |
	       (leaf & VTD_SS_W ? IOMMU_WRITE : 0);
}

static const struct mock_pgtable_format *vtd_format(bool nest_parent)
{
	static const struct mock_pgtable_format format = {
		.present = VTD_SS_R | VTD_SS_W,
		.table = VTD_SS_R | VTD_SS_W,
		.leaf_mask = VTD_SS_PS,
		.leaf = vtd_leaf,
		.prot = vtd_prot,
	};

	return &format;
}

/* &mock_kind.settle. Both domains: see vtd_tables_set(). */
static void vtd_settle(struct mock_endpoint *ep, u32 pasid,
		       const struct mock_domain *old,
		       const struct mock_domain *new)
{
	struct vtd_inv_batch batch = { .iommu = ep->iommu };

	vtd_inv_pasid_cache(&batch, old ? old->did : 0, pasid);
	if (old)
		vtd_inv_iotlb_domain(&batch, old->did);
	if (new)
		vtd_inv_iotlb_domain(&batch, new->did);
	if (ep->config.ats)
		vtd_inv_devtlb(&batch, ep->config.rid, pasid, 0, VTD_IQ_ALL);
	vtd_inv_drain(&batch);
}

/* &mock_kind.flush. If tables were taken out it is for the whole domain. */
static void vtd_flush(struct mock_domain *domain, u64 first, u64 last)
{
	unsigned int order = fls64((first ^ last) >> HW_PAGE_SHIFT);
	struct vtd_inv_batch batch = { .iommu = domain->iommu };
	struct mock_attachment *attachment;

	if (order > VTD_MAX_INV_ORDER || !list_empty(&domain->pgtable.removed))
		vtd_inv_iotlb_domain(&batch, domain->did);
	else
		vtd_inv_iotlb_pages(&batch, domain->did, first, order);
	list_for_each_entry(attachment, &domain->attachments, node)
		if (attachment->ep->config.ats)
			vtd_inv_devtlb(&batch, attachment->ep->config.rid,
				       attachment->pasid, first, order);
	vtd_nested_flush(domain, &batch);
	vtd_inv_sync(&batch);
}

static void vtd_flush_endpoint(struct mock_endpoint *ep)
{
	struct vtd_inv_batch batch = { .iommu = ep->iommu };

	vtd_inv_devtlb(&batch, ep->config.rid, 0, 0, VTD_IQ_ALL);
	vtd_inv_sync(&batch);
}

struct mock_kind mock_vtd_kind = {
	.hw = &hw_vtd_kind,
	.size = sizeof(struct vtd_iommu),
	.msi_type = IOMMU_RESV_MSI,
	.msi_start = MOCK_IOMMU_VTD_MSI_START,
	.registers = vtd_registers,
	.faultq = &vtd_faultq_driver,
	.hw_info = vtd_hw_info,
	.init = vtd_init,
	.exit = vtd_exit,
	.interrupt = vtd_interrupt,
	.add_endpoint = vtd_tables_add_endpoint,
	.remove_endpoint = vtd_remove_endpoint,
	.format = vtd_format,
	.prepare = vtd_tables_prepare,
	.set = vtd_tables_set,
	.clear = vtd_tables_clear,
	.settle = vtd_settle,
	.process = vtd_prq_drain,
	.flush = vtd_flush,
	.flush_endpoint = vtd_flush_endpoint,
	.alloc_nested = vtd_nested_alloc,
	.respond = vtd_prq_respond,
	.mask = vtd_mask,
};
