/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What Intel VT-d in scalable mode lays down between hardware and software:
 * registers, structures in memory and queue entries. Both halves of the mock
 * use it; nothing here belongs to either.
 *
 * The field names are those of the VT-d specification, the positions those
 * that drivers/iommu/intel uses.
 */
#ifndef MOCK_VTD_H
#define MOCK_VTD_H

#include <linux/bits.h>
#include <linux/bitfield.h>
#include <linux/types.h>

/* clang-format off */

#define VTD_ADDR		GENMASK_ULL(63, 12)

/* Registers */
#define VTD_VER			0x00
#define VTD_CAP			0x08
#define VTD_ECAP		0x10
#define VTD_RTADDR		0x20
#define VTD_FSTS		0x34
#define VTD_FECTL		0x38
#define VTD_IQH			0x80
#define VTD_IQT			0x88
#define VTD_IQA			0x90
#define VTD_IQER		0xb0
#define VTD_PQH			0xc0
#define VTD_PQT			0xc8
#define VTD_PQA			0xd0
#define VTD_PRS			0xdc
#define VTD_PECTL		0xe0

#define VTD_CAP_ND		GENMASK_ULL(2, 0)
#define VTD_CAP_SAGAW_48	BIT_ULL(10)
#define VTD_CAP_SAGAW_57	BIT_ULL(11)
#define VTD_CAP_MGAW		GENMASK_ULL(21, 16)
#define VTD_CAP_FRO		GENMASK_ULL(33, 24)	/* in 16 bytes */
#define VTD_CAP_SSLPS_2M	BIT_ULL(34)
#define VTD_CAP_SSLPS_1G	BIT_ULL(35)
#define VTD_CAP_PSI		BIT_ULL(39)
#define VTD_CAP_NFR		GENMASK_ULL(47, 40)	/* less one */
#define VTD_CAP_MAMV		GENMASK_ULL(53, 48)
#define VTD_CAP_FS1GP		BIT_ULL(56)
#define VTD_CAP_FS5LP		BIT_ULL(60)

#define VTD_ECAP_C		BIT_ULL(0)
#define VTD_ECAP_QI		BIT_ULL(1)
#define VTD_ECAP_DT		BIT_ULL(2)
#define VTD_ECAP_NEST		BIT_ULL(26)
#define VTD_ECAP_PRS		BIT_ULL(29)
#define VTD_ECAP_ERS		BIT_ULL(30)
#define VTD_ECAP_SRS		BIT_ULL(31)
#define VTD_ECAP_EAFS		BIT_ULL(34)
#define VTD_ECAP_PSS		GENMASK_ULL(39, 35)
#define VTD_ECAP_PASID		BIT_ULL(40)
#define VTD_ECAP_PDS		BIT_ULL(42)
#define VTD_ECAP_SMTS		BIT_ULL(43)
#define VTD_ECAP_SSTS		BIT_ULL(46)
#define VTD_ECAP_FSTS		BIT_ULL(47)

#define VTD_RTADDR_TTM		GENMASK_ULL(11, 10)
#define VTD_TTM_SCALABLE	1

#define VTD_FSTS_PFO		BIT_ULL(0)
#define VTD_FSTS_PPF		BIT_ULL(1)
#define VTD_FSTS_IQE		BIT_ULL(4)
#define VTD_FSTS_ICE		BIT_ULL(5)
#define VTD_FSTS_ITE		BIT_ULL(6)
#define VTD_FSTS_PRO		BIT_ULL(7)
#define VTD_FSTS_FRI		GENMASK_ULL(15, 8)

#define VTD_FECTL_IP		BIT_ULL(30)
#define VTD_FECTL_IM		BIT_ULL(31)

/*
 * A fault recording register. T1 and T2 give the type of the request: neither for
 * a write, T1 for a read, T2 for a page request; the model has no atomics.
 */
struct vtd_frcd {
	u64 qw[2];
};

#define VTD_FRCD_FI		GENMASK_ULL(63, 12)
#define VTD_FRCD_SID		GENMASK_ULL(15, 0)	/* from here in qw[1] */
#define VTD_FRCD_T2		BIT_ULL(28)
#define VTD_FRCD_PRIV		BIT_ULL(29)
#define VTD_FRCD_EXE		BIT_ULL(30)
#define VTD_FRCD_PP		BIT_ULL(31)
#define VTD_FRCD_FR		GENMASK_ULL(39, 32)
#define VTD_FRCD_PASID		GENMASK_ULL(59, 40)
#define VTD_FRCD_AT		GENMASK_ULL(61, 60)	/* 1: translation request */
#define VTD_FRCD_T1		BIT_ULL(62)
#define VTD_FRCD_F		BIT_ULL(63)

/*
 * Why IQE was set, and the source of ITE and ICE. Versions without this register
 * read as 0. Each field is written when its bit in FSTS goes from 0 to 1.
 */
#define VTD_IQER_IQEI		GENMASK_ULL(3, 0)
#define VTD_IQER_ITESID		GENMASK_ULL(47, 32)
#define VTD_IQER_ICESID		GENMASK_ULL(63, 48)

#define VTD_IQEI_TAIL		1	/* invalid tail pointer */
#define VTD_IQEI_FETCH		2	/* descriptor not in memory */
#define VTD_IQEI_TYPE		3	/* invalid descriptor type */
#define VTD_IQEI_RESERVED	4	/* reserved field of a valid type */
#define VTD_IQEI_WIDTH		5	/* IQA.DW does not fit RTADDR.TTM */

#define VTD_IQT_QT		GENMASK_ULL(18, 5)	/* with IQA.DW set */

#define VTD_IQA_QS		GENMASK_ULL(2, 0)
#define VTD_IQA_DW		BIT_ULL(11)

#define VTD_PQA_PQS		GENMASK_ULL(4, 0)
#define VTD_PRS_PPR		BIT_ULL(0)
#define VTD_PRS_PRO		BIT_ULL(1)
#define VTD_PECTL_IP		BIT_ULL(30)
#define VTD_PECTL_IM		BIT_ULL(31)

/*
 * Root table: 512 pointers, each to the context table of half a bus. Context
 * table: 128 entries of 256 bits.
 */
#define VTD_ROOT_P		BIT_ULL(0)
#define VTD_ROOT_CTP		VTD_ADDR

struct vtd_context {
	u64 qw[4];
};

#define VTD_CONTEXT_P		BIT_ULL(0)
#define VTD_CONTEXT_FPD		BIT_ULL(1)
#define VTD_CONTEXT_DTE		BIT_ULL(2)
#define VTD_CONTEXT_PASIDE	BIT_ULL(3)
#define VTD_CONTEXT_PRE		BIT_ULL(4)
#define VTD_CONTEXT_PDTS	GENMASK_ULL(11, 9)
#define VTD_CONTEXT_PASIDDIRPTR	VTD_ADDR
#define VTD_CONTEXT_RID_PASID	GENMASK_ULL(19, 0)	/* in qw[1] */
#define VTD_CONTEXT_RID_PRIV	BIT_ULL(20)

/* PASID directory: 2^(PDTS + 7) pointers, each to a table of 64 entries. */
#define VTD_PASID_DIR_P		BIT_ULL(0)
#define VTD_PASID_DIR_FPD	BIT_ULL(1)
#define VTD_PASID_DIR_SMPTBLPTR	VTD_ADDR
#define VTD_PASID_TABLE_BITS	6

struct vtd_pasid {
	u64 qw[8];
};

#define VTD_PASID_P		BIT_ULL(0)
#define VTD_PASID_FPD		BIT_ULL(1)
#define VTD_PASID_AW		GENMASK_ULL(4, 2)
#define VTD_PASID_PGTT		GENMASK_ULL(8, 6)
#define VTD_PASID_SSPTPTR	VTD_ADDR
#define VTD_PASID_DID		GENMASK_ULL(15, 0)	/* in qw[1] */
#define VTD_PASID_SRE		BIT_ULL(0)		/* from here in qw[2] */
#define VTD_PASID_ERE		BIT_ULL(1)
#define VTD_PASID_FSPM		GENMASK_ULL(3, 2)
#define VTD_PASID_WPE		BIT_ULL(4)
#define VTD_PASID_NXE		BIT_ULL(5)
#define VTD_PASID_EAFE		BIT_ULL(7)
#define VTD_PASID_FSPTPTR	VTD_ADDR
#define VTD_AW_48		2
#define VTD_PGTT_FIRST_STAGE	1
#define VTD_PGTT_SECOND_STAGE	2
#define VTD_PGTT_NESTED		3
#define VTD_FSPM_4_LEVELS	0
#define VTD_FSPM_5_LEVELS	1

/* Second-stage paging entries */
#define VTD_SS_R		BIT_ULL(0)
#define VTD_SS_W		BIT_ULL(1)
#define VTD_SS_PS		BIT_ULL(7)
#define VTD_SS_SNP		BIT_ULL(11)
#define VTD_SS_TM		BIT_ULL(62)

/* First-stage paging entries: those of x86-64, and EA */
#define VTD_FS_P		BIT_ULL(0)
#define VTD_FS_RW		BIT_ULL(1)
#define VTD_FS_US		BIT_ULL(2)
#define VTD_FS_A		BIT_ULL(5)
#define VTD_FS_D		BIT_ULL(6)
#define VTD_FS_PS		BIT_ULL(7)
#define VTD_FS_EA		BIT_ULL(10)
#define VTD_FS_PAT		BIT_ULL(12)		/* of a large page */
#define VTD_FS_XD		BIT_ULL(63)

/* Entries of the invalidation queue (IQA.DW set) and of the PRQ */
struct vtd_desc {
	u64 qw[4];
};

#define VTD_DESC_SHIFT		5

#define VTD_INV_TYPE		GENMASK_ULL(3, 0)
#define VTD_INV_IOTLB		2
#define VTD_INV_DEVTLB		3
#define VTD_INV_WAIT		5
#define VTD_INV_PASID_IOTLB	6
#define VTD_INV_PASID_CACHE	7
#define VTD_INV_PASID_DEVTLB	8
#define VTD_INV_PAGE_RESPONSE	9

/* PFSID, of the physical function that a virtual one belongs to, in two parts */
#define VTD_INV_PFSID		(GENMASK_ULL(63, 52) | GENMASK_ULL(15, 12))

#define VTD_IOTLB_G		GENMASK_ULL(5, 4)
#define VTD_IOTLB_G_GLOBAL	1
#define VTD_IOTLB_G_DOMAIN	2
#define VTD_IOTLB_G_PAGE	3
#define VTD_IOTLB_DW		BIT_ULL(6)		/* drain writes */
#define VTD_IOTLB_DR		BIT_ULL(7)		/* drain reads */
#define VTD_IOTLB_DID		GENMASK_ULL(31, 16)
#define VTD_IOTLB_AM		GENMASK_ULL(5, 0)	/* in qw[1] */
#define VTD_IOTLB_IH		BIT_ULL(6)

#define VTD_PASID_IOTLB_G	GENMASK_ULL(5, 4)
#define VTD_PASID_IOTLB_G_PASID	2
#define VTD_PASID_IOTLB_G_PAGE	3
#define VTD_PASID_IOTLB_DID	GENMASK_ULL(31, 16)
#define VTD_PASID_IOTLB_PASID	GENMASK_ULL(51, 32)
#define VTD_PASID_IOTLB_AM	GENMASK_ULL(5, 0)	/* in qw[1] */
#define VTD_PASID_IOTLB_IH	BIT_ULL(6)

#define VTD_DEVTLB_MIP		GENMASK_ULL(20, 16)
#define VTD_DEVTLB_SID		GENMASK_ULL(47, 32)
#define VTD_DEVTLB_S		BIT_ULL(0)		/* in qw[1] */
#define VTD_PASID_DEVTLB_MIP	GENMASK_ULL(8, 4)
#define VTD_PASID_DEVTLB_SID	GENMASK_ULL(31, 16)
#define VTD_PASID_DEVTLB_PASID	GENMASK_ULL(51, 32)
#define VTD_PASID_DEVTLB_G	BIT_ULL(0)		/* in qw[1]: all PASIDs */
#define VTD_PASID_DEVTLB_S	BIT_ULL(11)

#define VTD_PASID_CACHE_G	GENMASK_ULL(5, 4)
#define VTD_PASID_CACHE_G_PASID	1
#define VTD_PASID_CACHE_DID	GENMASK_ULL(31, 16)
#define VTD_PASID_CACHE_PASID	GENMASK_ULL(51, 32)

#define VTD_WAIT_IF		BIT_ULL(4)
#define VTD_WAIT_SW		BIT_ULL(5)
#define VTD_WAIT_FN		BIT_ULL(6)
#define VTD_WAIT_PD		BIT_ULL(7)
#define VTD_WAIT_STATUS		GENMASK_ULL(63, 32)
#define VTD_WAIT_ADDR		GENMASK_ULL(63, 2)	/* in qw[1] */

#define VTD_RESP_PASID_P	BIT_ULL(4)
#define VTD_RESP_PDP		BIT_ULL(5)
#define VTD_RESP_CODE		GENMASK_ULL(15, 12)
#define VTD_RESP_RID		GENMASK_ULL(31, 16)
#define VTD_RESP_PASID		GENMASK_ULL(51, 32)
#define VTD_RESP_LPIG		BIT_ULL(2)		/* from here in qw[1] */
#define VTD_RESP_PRGI		GENMASK_ULL(11, 3)

#define VTD_RESP_SUCCESS	0x0
#define VTD_RESP_INVALID	0x1
#define VTD_RESP_FAILURE	0xf

#define VTD_REQ_TYPE		GENMASK_ULL(7, 0)
#define VTD_REQ_TYPE_PAGE	1
#define VTD_REQ_PASID_P		BIT_ULL(8)
#define VTD_REQ_PDP		BIT_ULL(9)
#define VTD_REQ_RID		GENMASK_ULL(31, 16)
#define VTD_REQ_PASID		GENMASK_ULL(51, 32)
#define VTD_REQ_EXEC		BIT_ULL(52)
#define VTD_REQ_PRIV		BIT_ULL(53)
#define VTD_REQ_R		BIT_ULL(0)		/* from here in qw[1] */
#define VTD_REQ_W		BIT_ULL(1)
#define VTD_REQ_LPIG		BIT_ULL(2)
#define VTD_REQ_PRGI		GENMASK_ULL(11, 3)

/* Fault reasons (scalable mode) */
#define VTD_FR_ROOT_TTM		0x30	/* invalid root table address */
#define VTD_FR_ROOT_ACCESS	0x38
#define VTD_FR_ROOT_P		0x39
#define VTD_FR_ROOT_RSVD	0x3a
#define VTD_FR_CONTEXT_ACCESS	0x40
#define VTD_FR_CONTEXT_P	0x41
#define VTD_FR_CONTEXT_RSVD	0x42
#define VTD_FR_CONTEXT_DTE	0x44
#define VTD_FR_CONTEXT_PASIDE	0x45
#define VTD_FR_CONTEXT_PASID	0x46	/* PASID beyond the directory */
#define VTD_FR_CONTEXT_PRE	0x47	/* page request, not enabled */
#define VTD_FR_CONTEXT_RID_PASID 0x48	/* RID_PASID beyond the directory */
#define VTD_FR_PASID_DIR_ACCESS	0x50
#define VTD_FR_PASID_DIR_P	0x51
#define VTD_FR_PASID_DIR_RSVD	0x52
#define VTD_FR_PASID_ACCESS	0x58
#define VTD_FR_PASID_P		0x59
#define VTD_FR_PASID_RSVD	0x5a
#define VTD_FR_PASID_INVALID	0x5b
#define VTD_FR_PASID_ERE	0x5c	/* execute request, not enabled */
#define VTD_FR_PASID_SRE	0x5d	/* supervisor request, not enabled */
#define VTD_FR_FS_ACCESS	0x70	/* paging entry not in memory */
#define VTD_FR_FS_P		0x71
#define VTD_FR_FS_RSVD		0x72
#define VTD_FR_FS_ROOT_ACCESS	0x73	/* root table not in memory */
#define VTD_FR_FS_WIDTH		0x74	/* table beyond what stage 2 translates */
#define VTD_FR_FS_ROOT_READ	0x75	/* stage 2 lets no one read the root */
#define VTD_FR_FS_READ		0x76	/* ... or another table */
#define VTD_FR_FS_WRITE		0x77	/* ... or set A or D in a table */
#define VTD_FR_SS_ACCESS	0x78	/* paging entry not in memory */
#define VTD_FR_SS_PERM		0x79	/* no permission in a paging entry */
#define VTD_FR_SS_RSVD		0x7a
#define VTD_FR_SS_POINTER	0x7b	/* root of the tables not in memory */
#define VTD_FR_FS_CANONICAL	0x80	/* input address not canonical */
#define VTD_FR_FS_USER		0x81	/* user request, supervisor's page */
#define VTD_FR_FS_EXECUTE	0x82
#define VTD_FR_SS_WIDTH		0x84	/* input address beyond the width */
#define VTD_FR_FS_NO_WRITE	0x85

/* clang-format on */

#endif /* MOCK_VTD_H */
