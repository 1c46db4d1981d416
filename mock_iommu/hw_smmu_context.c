// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a stream id to its stream table entry, and by that and a substream id to
 * a context descriptor (5.2 to 5.4, 3.3).
 *
 * Both are read from memory each time. Hardware may cache them and need not, so
 * the invalidations for such a cache find nothing to do.
 *
 * With two stages, context descriptors are the guest's: they lie where stage 2
 * says, and nothing in them is trusted.
 */
#include "hw_smmu.h"

/* S1CDMAX is five bits wide; 2^20 is what there are substream ids for. */
#define HW_SMMU_SSIDSIZE 20

static int hw_smmu_read_words(u64 addr, u64 *qw, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (hw_mem_read_entry(addr + i * sizeof(*qw), &qw[i]))
			return -EFAULT;
	return 0;
}

/* Of a stream table with two levels: the second level of @sid */
static u8 hw_smmu_strtab_leaf(u64 base, u32 split, u32 sid, u64 *addr,
			      struct hw_fault *fault)
{
	u32 index = sid & (BIT(split) - 1), span;
	u64 entry;

	fault->fetch_addr = base + (sid >> split) * sizeof(entry);
	if (hw_mem_read_entry(fault->fetch_addr, &entry))
		return SMMU_F_STE_FETCH;
	span = FIELD_GET(SMMU_L1STD_SPAN, entry);
	if (!span || span > split + 1 || index >> (span - 1))
		return SMMU_C_BAD_STREAMID;
	*addr = (entry & SMMU_L1STD_L2PTR) + index * sizeof(struct smmu_ste);
	return 0;
}

static u8 hw_smmu_ste_addr(struct hw_smmu *smmu, u32 sid, u64 *addr,
			   struct hw_fault *fault)
{
	u64 base = READ_ONCE(smmu->strtab_base) & SMMU_STRTAB_BASE_ADDR;
	u32 cfg = READ_ONCE(smmu->strtab_cfg);

	if ((u64)sid >> FIELD_GET(SMMU_STRTAB_LOG2SIZE, cfg))
		return SMMU_C_BAD_STREAMID;
	if (FIELD_GET(SMMU_STRTAB_FMT, cfg) == SMMU_STRTAB_2LVL)
		return hw_smmu_strtab_leaf(base,
					   FIELD_GET(SMMU_STRTAB_SPLIT, cfg),
					   sid, addr, fault);
	*addr = base + (u64)sid * sizeof(struct smmu_ste);
	return 0;
}

static u8 hw_smmu_ste(struct hw_smmu *smmu, u32 sid,
		      struct hw_smmu_context *context, struct hw_fault *fault)
{
	u8 reason = hw_smmu_ste_addr(smmu, sid, &fault->fetch_addr, fault);

	if (reason)
		return reason;
	if (hw_smmu_read_words(fault->fetch_addr, context->ste,
			       ARRAY_SIZE(context->ste)))
		return SMMU_F_STE_FETCH;
	fault->merge = context->ste[1] & SMMU_STE_MEV;
	return context->ste[0] & SMMU_STE_V ? 0 : SMMU_C_BAD_STE;
}

/* 4 or 3 for 48 or 39 bits of input; 0 for what is not supported */
static unsigned int hw_smmu_levels(u64 t0sz)
{
	switch (t0sz) {
	case SMMU_T0SZ_48:
		return 4;
	case SMMU_T0SZ_39:
		return 3;
	}
	return 0;
}

/* Stage 2, as the stream table entry has it */
u8 hw_smmu_second(struct hw_smmu_context *context)
{
	struct hw_table *second = &context->second;
	u64 qw2 = context->ste[2];

	second->format = &hw_smmu_second_stage;
	second->levels = hw_smmu_levels(FIELD_GET(SMMU_STE_S2T0SZ, qw2));
	second->root = context->ste[3] & SMMU_STE_S2TTB & HW_PAGE_MASK;
	second->reserved = hw_smmu_beyond(FIELD_GET(SMMU_STE_S2PS, qw2));
	second->no_access_fault = qw2 & SMMU_STE_S2AFFD;
	if (!second->levels || !(qw2 & SMMU_STE_S2AA64) ||
	    (qw2 & (SMMU_STE_S2ENDI | SMMU_STE_S2TG)))
		return SMMU_C_BAD_STE;
	if (FIELD_GET(SMMU_STE_S2SL0, qw2) != second->levels - 2 ||
	    second->root & second->reserved)
		return SMMU_C_BAD_STE;
	return 0;
}

/*
 * The substream of a request; S1DSS says what becomes of one without (5.2). To
 * bypass stage 1 alone is offered with a stage 2 only: no IOVA is a physical
 * address.
 */
static u8 hw_smmu_substream(struct hw_smmu_context *context,
			    const struct hw_source *source, u32 *ssid)
{
	u64 bits = FIELD_GET(SMMU_STE_S1CDMAX, context->ste[0]);
	u64 dss = FIELD_GET(SMMU_STE_S1DSS, context->ste[1]);

	*ssid = source->pasid;
	if (source->has_pasid) {
		if (!context->s1 || !bits || source->pasid >> bits)
			return SMMU_C_BAD_SUBSTREAMID;
		if (!source->pasid && dss == SMMU_S1DSS_SSID0)
			return SMMU_F_STREAM_DISABLED;
		return 0;
	}
	if (!context->s1 || !bits)
		return 0;
	switch (dss) {
	case SMMU_S1DSS_TERMINATE:
		return SMMU_F_STREAM_DISABLED;
	case SMMU_S1DSS_BYPASS:
		context->s1 = false;
		return context->s2 ? 0 : SMMU_C_BAD_STE;
	case SMMU_S1DSS_SSID0:
		return 0;
	}
	return SMMU_C_BAD_STE;
}

/* Reads words of the context descriptor table, which stage 2 may translate. */
static u8 hw_smmu_cd_read(struct hw_smmu_context *context, u64 addr, u64 *qw,
			  unsigned int count, struct hw_fault *fault)
{
	const struct hw_request request = {
		.addr = addr,
		.perm = HW_PERM_R,
	};
	struct hw_page page;
	u8 reason;

	if (context->s2) {
		reason = hw_walk(&context->second, &request, &page, fault);
		if (reason) {
			fault->on_context = true;
			return reason;
		}
		addr = page.frame | (addr & ~HW_PAGE_MASK);
	}
	fault->fetch_addr = addr;
	return hw_smmu_read_words(addr, qw, count) ? SMMU_F_CD_FETCH : 0;
}

/* Of a table with two levels: the second level of @ssid */
static u8 hw_smmu_cd_leaf(struct hw_smmu_context *context, u64 base, u32 split,
			  u32 ssid, u64 *addr, struct hw_fault *fault)
{
	u64 entry;
	u8 reason;

	reason = hw_smmu_cd_read(context,
				 base + (ssid >> split) * sizeof(entry), &entry,
				 1, fault);
	if (reason)
		return reason;
	if (!(entry & SMMU_L1CD_V))
		return SMMU_C_BAD_SUBSTREAMID;
	*addr = (entry & SMMU_L1CD_L2PTR) +
		(ssid & (BIT(split) - 1)) * sizeof(struct smmu_cd);
	return 0;
}

/* With S1CDMAX = 0 there is one descriptor, and no format of a table. */
static u8 hw_smmu_cd_addr(struct hw_smmu_context *context, u32 ssid, u64 *addr,
			  struct hw_fault *fault)
{
	u64 base = context->ste[0] & SMMU_STE_S1CTXPTR;
	u64 bits = FIELD_GET(SMMU_STE_S1CDMAX, context->ste[0]);

	if (bits > HW_SMMU_SSIDSIZE)
		return SMMU_C_BAD_STE;
	*addr = base + (u64)ssid * sizeof(struct smmu_cd);
	if (!bits)
		return 0;
	switch (FIELD_GET(SMMU_STE_S1FMT, context->ste[0])) {
	case SMMU_S1FMT_LINEAR:
		return 0;
	case SMMU_S1FMT_4KB_L2:
		return hw_smmu_cd_leaf(context, base & HW_PAGE_MASK,
				       SMMU_CD_4KB_SPLIT, ssid, addr, fault);
	case SMMU_S1FMT_64KB_L2:
		return hw_smmu_cd_leaf(context, base & HW_PAGE_MASK,
				       SMMU_CD_64KB_SPLIT, ssid, addr, fault);
	}
	return SMMU_C_BAD_STE;
}

/* What is ILLEGAL in a context descriptor (5.4) */
static bool hw_smmu_cd_ok(const struct hw_smmu_context *context)
{
	u64 qw0 = context->cd[0];

	if (!(qw0 & SMMU_CD_V) || !(qw0 & SMMU_CD_AA64) || !(qw0 & SMMU_CD_A) ||
	    (qw0 & (SMMU_CD_ENDI | SMMU_CD_TG0)))
		return false;
	return !(qw0 & SMMU_CD_S) || !(context->ste[1] & SMMU_STE_S1STALLD);
}

/* Only TTB0 is offered: EPD1 is taken as set. */
static u8 hw_smmu_first(struct hw_smmu_context *context)
{
	struct hw_table *first = &context->first;
	u64 qw0 = context->cd[0];

	if (!hw_smmu_cd_ok(context))
		return SMMU_C_BAD_CD;
	if (qw0 & SMMU_CD_EPD0)
		return SMMU_F_TRANSLATION;
	first->format = &hw_smmu_first_stage;
	first->levels = hw_smmu_levels(FIELD_GET(SMMU_CD_T0SZ, qw0));
	first->root = context->cd[1] & SMMU_CD_TTB0 & HW_PAGE_MASK;
	first->reserved = hw_smmu_beyond(FIELD_GET(SMMU_CD_IPS, qw0));
	first->no_access_fault = qw0 & SMMU_CD_AFFD;
	first->second = context->s2 ? &context->second : NULL;
	if (!first->levels || first->root & first->reserved)
		return SMMU_C_BAD_CD;
	return 0;
}

static u8 hw_smmu_cd(struct hw_smmu_context *context, u32 ssid,
		     struct hw_fault *fault)
{
	u64 addr;
	u8 reason;

	reason = hw_smmu_cd_addr(context, ssid, &addr, fault);
	if (reason)
		return reason;
	reason = hw_smmu_cd_read(context, addr, context->cd,
				 ARRAY_SIZE(context->cd), fault);
	if (reason)
		return reason;
	return hw_smmu_first(context);
}

/* Neither bypass is offered, nor translation before the SMMU is enabled. */
static u8 hw_smmu_config(struct hw_smmu_context *context)
{
	switch (FIELD_GET(SMMU_STE_CONFIG, context->ste[0])) {
	case SMMU_CONFIG_S1:
		context->s1 = true;
		return 0;
	case SMMU_CONFIG_S2:
		context->s2 = true;
		return 0;
	case SMMU_CONFIG_NESTED:
		context->s1 = true;
		context->s2 = true;
		return 0;
	case SMMU_CONFIG_BYPASS:
		return SMMU_C_BAD_STE;
	}
	return SMMU_ABORTED;
}

/**
 * hw_smmu_context() - find the tables of a stream
 * @smmu: the SMMU
 * @source: stream and substream
 * @ats: a translation request
 * @context: where to put what was found; all 0 before
 * @fault: if it fails, where it did; all 0 before
 *
 * The caller reads under hw_iommu.access.
 *
 * Return: 0 or an event id.
 */
u8 hw_smmu_context(struct hw_smmu *smmu, const struct hw_source *source,
		   bool ats, struct hw_smmu_context *context,
		   struct hw_fault *fault)
{
	u32 ssid;
	u8 reason;

	if (!(READ_ONCE(smmu->cr0) & SMMU_CR0_SMMUEN))
		return SMMU_ABORTED;
	reason = hw_smmu_ste(smmu, source->rid, context, fault) ?:
			 hw_smmu_config(context);
	if (reason)
		return reason;
	if (ats && FIELD_GET(SMMU_STE_EATS, context->ste[1]) != SMMU_EATS_TRANS)
		return SMMU_F_BAD_ATS_TREQ;
	if (context->s2)
		reason = hw_smmu_second(context);
	reason = reason ?: hw_smmu_substream(context, source, &ssid);
	if (reason || !context->s1)
		return reason;
	return hw_smmu_cd(context, ssid, fault);
}
