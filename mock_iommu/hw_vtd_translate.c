// SPDX-License-Identifier: GPL-2.0-only
/*
 * Translation: from requester id and PASID by way of root, context and PASID
 * tables to a page table, and by that to a page.
 *
 * Context and PASID entries are read from memory each time. Hardware may cache
 * them and need not, so the invalidations for such a cache find nothing to do.
 */
#include "hw_vtd.h"

/* The permission bits of an entry are read as HW_PERM_* as they are. */
static_assert(HW_PERM_R == VTD_SS_R && HW_PERM_W == VTD_SS_W);

/* Execution and supervisor mode mean nothing to it. */
static u8 hw_second_stage_grant(const struct hw_table *table,
				const struct hw_request *request, u64 leaf,
				u64 all, u64 any, u32 *granted)
{
	*granted = (leaf & all & (HW_PERM_R | HW_PERM_W)) | HW_PERM_X;
	return request->perm & ~*granted ? VTD_FR_SS_PERM : 0;
}

/*
 * What is present can be read. A supervisor's request may write what is
 * read-only unless WPE is set; a user's must find U/S set all the way.
 */
static u8 hw_first_stage_grant(const struct hw_table *table,
			       const struct hw_request *request, u64 leaf,
			       u64 all, u64 any, u32 *granted)
{
	u32 missing;

	all &= leaf;
	any |= leaf;
	*granted = HW_PERM_R;
	if ((all & VTD_FS_RW) || (request->priv && !table->write_protect))
		*granted |= HW_PERM_W;
	if (!(any & VTD_FS_XD))
		*granted |= HW_PERM_X;

	missing = request->perm & ~*granted;
	if (!request->priv && !(all & VTD_FS_US))
		return VTD_FR_FS_USER;
	if (missing & HW_PERM_W)
		return VTD_FR_FS_NO_WRITE;
	return missing ? VTD_FR_FS_EXECUTE : 0;
}

/* What an error of stage 2 is called when an entry of stage 1 was its aim */
static u8 hw_first_stage_table_reason(bool root, u8 reason)
{
	switch (reason) {
	case VTD_FR_SS_PERM:
		return root ? VTD_FR_FS_ROOT_READ : VTD_FR_FS_READ;
	case VTD_FR_SS_WIDTH:
		return VTD_FR_FS_WIDTH;
	default:
		return reason;
	}
}

static const struct hw_format hw_second_stage = {
	.stage = 2,
	.present = VTD_SS_R | VTD_SS_W,
	.large = VTD_SS_PS,
	.large_value = VTD_SS_PS,
	.large_levels = BIT(2) | BIT(3),
	.reserved = VTD_SS_SNP | VTD_SS_TM,
	.grant = hw_second_stage_grant,
	.not_present = VTD_FR_SS_PERM,
	.bad_entry = VTD_FR_SS_ACCESS,
	.bad_root = VTD_FR_SS_POINTER,
	.bad_large = VTD_FR_SS_RSVD,
	.bad_bits = VTD_FR_SS_RSVD,
	.bad_input = VTD_FR_SS_WIDTH,
};

static const struct hw_format hw_first_stage = {
	.stage = 1,
	.present = VTD_FS_P,
	.large = VTD_FS_PS,
	.large_value = VTD_FS_PS,
	.large_levels = BIT(2) | BIT(3),
	.large_ignored = VTD_FS_PAT,
	.accessed = VTD_FS_A,
	.dirty = VTD_FS_D,
	.canonical = true,
	.grant = hw_first_stage_grant,
	.not_present = VTD_FR_FS_P,
	.bad_entry = VTD_FR_FS_ACCESS,
	.bad_root = VTD_FR_FS_ROOT_ACCESS,
	.bad_large = VTD_FR_FS_RSVD,
	.bad_bits = VTD_FR_FS_RSVD,
	.bad_input = VTD_FR_FS_CANONICAL,
	.bad_mark = VTD_FR_FS_WRITE,
	.table_reason = hw_first_stage_table_reason,
};

/* Address bits beyond those that there are, reserved in every pointer */
#define HW_ADDR_RSVD (VTD_ADDR & ~HW_PHYS_ADDR)

/*
 * Reserved bits of root, context and PASID table entries (VT-d 9.1 to 9.6). Fields
 * of what CAP and ECAP do not offer are reserved too: no snooping, memory types,
 * second-stage accessed bits and execute permissions, SMEP.
 */
static const u64 hw_root_rsvd = ~(VTD_ROOT_P | VTD_ROOT_CTP) | HW_ADDR_RSVD;

static const u64 hw_context_rsvd[] = {
	~(VTD_CONTEXT_P | VTD_CONTEXT_FPD | VTD_CONTEXT_DTE |
	  VTD_CONTEXT_PASIDE | VTD_CONTEXT_PRE | VTD_CONTEXT_PDTS |
	  VTD_CONTEXT_PASIDDIRPTR) |
		HW_ADDR_RSVD,
	~(VTD_CONTEXT_RID_PASID | VTD_CONTEXT_RID_PRIV),
	U64_MAX,
	U64_MAX,
};

static const u64 hw_pasid_dir_rsvd =
	~(VTD_PASID_DIR_P | VTD_PASID_DIR_FPD | VTD_PASID_DIR_SMPTBLPTR) |
	HW_ADDR_RSVD;

static const u64 hw_pasid_rsvd[] = {
	~(VTD_PASID_P | VTD_PASID_FPD | VTD_PASID_AW | VTD_PASID_PGTT |
	  VTD_PASID_SSPTPTR) |
		HW_ADDR_RSVD,
	~VTD_PASID_DID,
	~(VTD_PASID_SRE | VTD_PASID_ERE | VTD_PASID_FSPM | VTD_PASID_WPE |
	  VTD_PASID_NXE | VTD_PASID_EAFE | VTD_PASID_FSPTPTR) |
		HW_ADDR_RSVD,
	U64_MAX,
	U64_MAX,
	U64_MAX,
	U64_MAX,
	U64_MAX,
};

static_assert(sizeof(hw_context_rsvd) == sizeof(struct vtd_context));
static_assert(sizeof(hw_pasid_rsvd) == sizeof(struct vtd_pasid));

static bool hw_rsvd_set(const u64 *qw, const u64 *rsvd, unsigned int count)
{
	while (count--)
		if (qw[count] & rsvd[count])
			return true;
	return false;
}

/**
 * struct hw_context - how requests of one source are translated
 * @did: domain id
 * @pasid: PASID, RID_PASID for a request without
 * @qw: the PASID table entry
 * @has_first: there is a first stage
 * @has_second: there is a second stage, which also translates the first's tables
 * @first: page table of the first stage
 * @second: page table of the second stage
 */
struct hw_context {
	u32 did;
	u32 pasid;
	u64 qw[ARRAY_SIZE(hw_pasid_rsvd)];
	bool has_first;
	bool has_second;
	struct hw_table first;
	struct hw_table second;
};

/*
 * Finds the context entry of @rid and reads its first word. With FPD set there,
 * or in an entry further on, no fault is recorded from that entry on, present or
 * not (VT-d 7.2.3).
 */
static u8 hw_context_head(struct hw_iommu *hw, u16 rid, u64 *addr, u64 *qw,
			  struct hw_fault *fault)
{
	u64 root = READ_ONCE(to_hw_vtd(hw)->rtaddr), entry;

	if (FIELD_GET(VTD_RTADDR_TTM, root) != VTD_TTM_SCALABLE)
		return VTD_FR_ROOT_TTM;
	if (hw_mem_read_entry((root & VTD_ADDR) + (rid >> 7) * sizeof(entry),
			      &entry))
		return VTD_FR_ROOT_ACCESS;
	if (!(entry & VTD_ROOT_P))
		return VTD_FR_ROOT_P;
	if (entry & hw_root_rsvd)
		return VTD_FR_ROOT_RSVD;
	*addr = (entry & VTD_ROOT_CTP) +
		(rid & 0x7f) * sizeof(struct vtd_context);
	if (hw_mem_read_entry(*addr, qw))
		return VTD_FR_CONTEXT_ACCESS;
	fault->silent = *qw & VTD_CONTEXT_FPD;
	return *qw & VTD_CONTEXT_P ? 0 : VTD_FR_CONTEXT_P;
}

static u8 hw_context_entry(struct hw_iommu *hw, u16 rid, u64 *qw,
			   struct hw_fault *fault)
{
	unsigned int i;
	u64 addr;
	u8 reason;

	reason = hw_context_head(hw, rid, &addr, qw, fault);
	if (reason)
		return reason;
	for (i = 1; i < ARRAY_SIZE(hw_context_rsvd); i++)
		if (hw_mem_read_entry(addr + i * sizeof(*qw), &qw[i]))
			return VTD_FR_CONTEXT_ACCESS;
	return hw_rsvd_set(qw, hw_context_rsvd, ARRAY_SIZE(hw_context_rsvd)) ?
		       VTD_FR_CONTEXT_RSVD :
		       0;
}

/**
 * hw_vtd_page_request() - may a source send page requests?
 * @hw: a VT-d
 * @rid: the source
 * @fault: whether it is silent is filled in
 *
 * The caller reads under hw_iommu.access.
 *
 * Return: 0 or a fault reason.
 */
u8 hw_vtd_page_request(struct hw_iommu *hw, u16 rid, struct hw_fault *fault)
{
	u64 addr, qw;
	u8 reason = hw_context_head(hw, rid, &addr, &qw, fault);

	if (reason)
		return reason;
	if (qw & hw_context_rsvd[0])
		return VTD_FR_CONTEXT_RSVD;
	return qw & VTD_CONTEXT_PRE ? 0 : VTD_FR_CONTEXT_PRE;
}

static u32 hw_effective_pasid(const u64 *context,
			      const struct hw_source *source)
{
	return source->has_pasid ? source->pasid :
				   FIELD_GET(VTD_CONTEXT_RID_PASID, context[1]);
}

/* Finds where the PASID table entry of @source is. */
static u8 hw_pasid_entry(const u64 *context, const struct hw_source *source,
			 u64 *addr, struct hw_fault *fault)
{
	u32 pasid = hw_effective_pasid(context, source);
	u32 bits = VTD_PASID_TABLE_BITS + 7 +
		   FIELD_GET(VTD_CONTEXT_PDTS, context[0]);
	u64 dir = context[0] & VTD_CONTEXT_PASIDDIRPTR, entry;

	if (source->has_pasid && !(context[0] & VTD_CONTEXT_PASIDE))
		return VTD_FR_CONTEXT_PASIDE;
	if (pasid >> bits)
		return source->has_pasid ? VTD_FR_CONTEXT_PASID :
					   VTD_FR_CONTEXT_RID_PASID;
	dir += (pasid >> VTD_PASID_TABLE_BITS) * sizeof(entry);
	if (hw_mem_read_entry(dir, &entry))
		return VTD_FR_PASID_DIR_ACCESS;
	fault->silent |= entry & VTD_PASID_DIR_FPD;
	if (!(entry & VTD_PASID_DIR_P))
		return VTD_FR_PASID_DIR_P;
	if (entry & hw_pasid_dir_rsvd)
		return VTD_FR_PASID_DIR_RSVD;
	*addr = (entry & VTD_PASID_DIR_SMPTBLPTR) +
		(pasid & (BIT(VTD_PASID_TABLE_BITS) - 1)) *
			sizeof(struct vtd_pasid);
	return 0;
}

static u8 hw_context_second(struct hw_context *context)
{
	u64 aw = FIELD_GET(VTD_PASID_AW, context->qw[0]);

	if (!aw || aw > 3)
		return VTD_FR_PASID_INVALID;
	context->second.format = &hw_second_stage;
	context->second.root = context->qw[0] & VTD_PASID_SSPTPTR;
	context->second.levels = aw + 2;
	return 0;
}

static u8 hw_context_first(struct hw_context *context)
{
	struct hw_table *first = &context->first;
	u64 qw2 = context->qw[2];

	switch (FIELD_GET(VTD_PASID_FSPM, qw2)) {
	case VTD_FSPM_4_LEVELS:
		first->levels = 4;
		break;
	case VTD_FSPM_5_LEVELS:
		first->levels = 5;
		break;
	default:
		return VTD_FR_PASID_INVALID;
	}
	first->format = &hw_first_stage;
	first->root = qw2 & VTD_PASID_FSPTPTR;
	first->reserved = qw2 & VTD_PASID_NXE ? 0 : VTD_FS_XD;
	first->accessed = qw2 & VTD_PASID_EAFE ? VTD_FS_EA : 0;
	first->write_protect = qw2 & VTD_PASID_WPE;
	first->second = context->has_second ? &context->second : NULL;
	return 0;
}

/* Pass-through is not offered (ECAP.PT = 0). */
static u8 hw_context_stages(struct hw_context *context)
{
	u8 reason = 0;

	switch (FIELD_GET(VTD_PASID_PGTT, context->qw[0])) {
	case VTD_PGTT_FIRST_STAGE:
		context->has_first = true;
		break;
	case VTD_PGTT_SECOND_STAGE:
		context->has_second = true;
		break;
	case VTD_PGTT_NESTED:
		context->has_first = true;
		context->has_second = true;
		break;
	default:
		return VTD_FR_PASID_INVALID;
	}
	if (context->has_second)
		reason = hw_context_second(context);
	if (!reason && context->has_first)
		reason = hw_context_first(context);
	return reason;
}

static u8 hw_context_load(u64 addr, struct hw_context *context,
			  struct hw_fault *fault)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(context->qw); i++)
		if (hw_mem_read_entry(addr + i * sizeof(u64), &context->qw[i]))
			return VTD_FR_PASID_ACCESS;
	fault->silent |= context->qw[0] & VTD_PASID_FPD;
	if (!(context->qw[0] & VTD_PASID_P))
		return VTD_FR_PASID_P;
	if (hw_rsvd_set(context->qw, hw_pasid_rsvd, ARRAY_SIZE(hw_pasid_rsvd)))
		return VTD_FR_PASID_RSVD;
	context->did = FIELD_GET(VTD_PASID_DID, context->qw[1]);
	return hw_context_stages(context);
}

static u8 hw_context_find(struct hw_iommu *hw, const struct hw_source *source,
			  bool ats, struct hw_context *context,
			  struct hw_fault *fault)
{
	u64 entry[ARRAY_SIZE(hw_context_rsvd)], addr;
	u8 reason;

	reason = hw_context_entry(hw, source->rid, entry, fault);
	if (reason)
		return reason;
	if (ats && !(entry[0] & VTD_CONTEXT_DTE))
		return VTD_FR_CONTEXT_DTE;
	reason = hw_pasid_entry(entry, source, &addr, fault);
	if (reason)
		return reason;
	context->pasid = hw_effective_pasid(entry, source);
	return hw_context_load(addr, context, fault);
}

/* What a first stage must be told to allow */
static u8 hw_context_allows(const struct hw_context *context,
			    const struct hw_request *request)
{
	if (!context->has_first)
		return 0;
	if (request->priv && !(context->qw[2] & VTD_PASID_SRE))
		return VTD_FR_PASID_SRE;
	if ((request->perm & HW_PERM_X) && !(context->qw[2] & VTD_PASID_ERE))
		return VTD_FR_PASID_ERE;
	return 0;
}

static void hw_context_key(const struct hw_context *context,
			   const struct hw_request *request,
			   struct hw_tlb_key *key)
{
	key->root = context->second.root;
	key->addr = request->addr & VTD_ADDR;
	key->id = context->did;
	if (!context->has_first)
		return;
	key->first = context->qw[2];
	key->pasid = context->pasid;
	key->priv = request->priv;
}

/* &hw_kind.translate */
u8 hw_vtd_translate(struct hw_iommu *hw, const struct hw_source *source,
		    bool ats, const struct hw_request *request,
		    struct hw_page *page, struct hw_fault *fault)
{
	struct hw_context context = {};
	struct hw_tlb_key key = {};
	u8 reason;

	reason = hw_context_find(hw, source, ats, &context, fault) ?:
			 hw_context_allows(&context, request);
	if (reason)
		return reason;
	hw_context_key(&context, request, &key);
	if (hw_tlb_find(&hw->iotlb, &key, request->perm, page))
		return 0;
	reason = hw_walk(context.has_first ? &context.first : &context.second,
			 request, page, fault);
	if (!reason)
		hw_tlb_fill(&hw->iotlb, &key, page);
	return reason;
}

/*
 * A translation request that fails for one of these is completed without
 * permissions, for any other as an Unsupported Request: only the first is
 * worth a page request. They are what is missing and what is not allowed, in
 * either stage and in stage 2 also on the way through stage 1.
 */
bool hw_vtd_recoverable(u8 reason)
{
	switch (reason) {
	case VTD_FR_FS_P:
	case VTD_FR_FS_ROOT_READ:
	case VTD_FR_FS_READ:
	case VTD_FR_FS_WRITE:
	case VTD_FR_FS_USER:
	case VTD_FR_FS_EXECUTE:
	case VTD_FR_FS_NO_WRITE:
	case VTD_FR_SS_PERM:
		return true;
	}
	return false;
}
