/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an Arm SMMUv3 lays down between hardware and software: registers,
 * structures in memory and queue entries. Both halves of the mock use it;
 * nothing here belongs to either.
 *
 * The field names and section numbers are those of the SMMUv3 specification
 * (IHI 0070), the positions those that drivers/iommu/arm/arm-smmu-v3 uses. What
 * the mock does not have is left out: the Secure state, EL2 and EL3 stream
 * worlds, granules of 16 and 64 KiB, 52-bit addresses, hardware update of the
 * access flag (HTTU).
 */
#ifndef MOCK_SMMU_H
#define MOCK_SMMU_H

#include <linux/bits.h>
#include <linux/bitfield.h>
#include <linux/types.h>

/* clang-format off */

/* Registers (6.3) */
#define SMMU_IDR0		0x00000
#define SMMU_IDR1		0x00004
#define SMMU_IDR2		0x00008
#define SMMU_IDR3		0x0000c
#define SMMU_IDR4		0x00010
#define SMMU_IDR5		0x00014
#define SMMU_IIDR		0x00018
#define SMMU_AIDR		0x0001c
#define SMMU_CR0		0x00020
#define SMMU_CR0ACK		0x00024
#define SMMU_IRQ_CTRL		0x00050
#define SMMU_IRQ_CTRLACK	0x00054
#define SMMU_GERROR		0x00060
#define SMMU_GERRORN		0x00064
#define SMMU_STRTAB_BASE	0x00080		/* 64 bits */
#define SMMU_STRTAB_BASE_CFG	0x00088
#define SMMU_CMDQ_BASE		0x00090		/* 64 bits */
#define SMMU_CMDQ_PROD		0x00098
#define SMMU_CMDQ_CONS		0x0009c
#define SMMU_EVTQ_BASE		0x000a0		/* 64 bits */
#define SMMU_EVTQ_PROD		0x100a8
#define SMMU_EVTQ_CONS		0x100ac
#define SMMU_PRIQ_BASE		0x000c0		/* 64 bits */
#define SMMU_PRIQ_PROD		0x100c8
#define SMMU_PRIQ_CONS		0x100cc

#define SMMU_IDR0_S2P		BIT(0)
#define SMMU_IDR0_S1P		BIT(1)
#define SMMU_IDR0_TTF		GENMASK(3, 2)
#define SMMU_TTF_AARCH64	2
#define SMMU_IDR0_COHACC	BIT(4)
#define SMMU_IDR0_ATS		BIT(10)
#define SMMU_IDR0_ASID16	BIT(12)
#define SMMU_IDR0_MSI		BIT(13)		/* of a CMD_SYNC only */
#define SMMU_IDR0_SEV		BIT(14)
#define SMMU_IDR0_PRI		BIT(16)
#define SMMU_IDR0_VMID16	BIT(18)
#define SMMU_IDR0_CD2L		BIT(19)
#define SMMU_IDR0_TTENDIAN	GENMASK(22, 21)
#define SMMU_TTENDIAN_LE	2
#define SMMU_IDR0_STALL_MODEL	GENMASK(25, 24)	/* 0: stall or terminate */
#define SMMU_IDR0_TERM_MODEL	BIT(26)		/* 1: CD.A must be set */
#define SMMU_IDR0_ST_LEVEL	GENMASK(28, 27)	/* 1: linear or two levels */

#define SMMU_IDR1_SIDSIZE	GENMASK(5, 0)
#define SMMU_IDR1_SSIDSIZE	GENMASK(10, 6)
#define SMMU_IDR1_PRIQS		GENMASK(15, 11)
#define SMMU_IDR1_EVTQS		GENMASK(20, 16)
#define SMMU_IDR1_CMDQS		GENMASK(25, 21)

#define SMMU_IDR3_RIL		BIT(10)

#define SMMU_IDR5_OAS		GENMASK(2, 0)
#define SMMU_OAS_48		5
#define SMMU_IDR5_GRAN4K	BIT(4)
#define SMMU_IDR5_STALL_MAX	GENMASK(31, 16)

#define SMMU_CR0_SMMUEN		BIT(0)
#define SMMU_CR0_PRIQEN		BIT(1)
#define SMMU_CR0_EVTQEN		BIT(2)
#define SMMU_CR0_CMDQEN		BIT(3)

#define SMMU_IRQ_CTRL_GERROR	BIT(0)
#define SMMU_IRQ_CTRL_PRIQ	BIT(1)
#define SMMU_IRQ_CTRL_EVTQ	BIT(2)

/* An error is active while its bits in GERROR and GERRORN differ. */
#define SMMU_GERROR_CMDQ	BIT(0)
#define SMMU_GERROR_EVTQ_ABT	BIT(2)
#define SMMU_GERROR_PRIQ_ABT	BIT(3)
#define SMMU_GERROR_MSI_CMDQ	BIT(4)

#define SMMU_STRTAB_BASE_ADDR	GENMASK_ULL(51, 6)
#define SMMU_STRTAB_LOG2SIZE	GENMASK(5, 0)	/* from here in BASE_CFG */
#define SMMU_STRTAB_SPLIT	GENMASK(10, 6)	/* 6, 8 or 10 */
#define SMMU_STRTAB_FMT		GENMASK(17, 16)
#define SMMU_STRTAB_LINEAR	0
#define SMMU_STRTAB_2LVL	1

/*
 * The three queues (3.5): 2^LOG2SIZE entries. An index has a wrap bit above it:
 * bit LOG2SIZE; the queue is empty if both agree, full if only the wrap bits
 * differ. Bit 31 of EVTQ and PRIQ: an overflow is not acknowledged while it
 * differs between PROD and CONS; software acknowledges by writing CONS with the
 * bit that it read in PROD.
 *
 * The interrupt of such a queue comes when it was empty and is not any more, and
 * when it overflows: software looks at PROD once more after writing CONS.
 */
#define SMMU_Q_BASE_ADDR	GENMASK_ULL(51, 5)
#define SMMU_Q_BASE_LOG2SIZE	GENMASK(4, 0)
#define SMMU_Q_OVERFLOW		BIT(31)
#define SMMU_Q_MAX_LOG2SIZE	19
#define SMMU_CMDQ_SHIFT		4
#define SMMU_EVTQ_SHIFT		5
#define SMMU_PRIQ_SHIFT		4

#define SMMU_CMDQ_CONS_ERR	GENMASK(30, 24)
#define SMMU_CERROR_NONE	0
#define SMMU_CERROR_ILL		1
#define SMMU_CERROR_ABT		2
#define SMMU_CERROR_ATC_INV_SYNC 3

/*
 * Stream table (5.1, 5.2): an array of entries, or with two levels an array of
 * descriptors, each of a table of 2^(SPAN - 1) entries; SPAN 0: there is none.
 */
#define SMMU_L1STD_SPAN		GENMASK_ULL(4, 0)
#define SMMU_L1STD_L2PTR	GENMASK_ULL(51, 6)

struct smmu_ste {
	u64 qw[8];
};

#define SMMU_STE_V		BIT_ULL(0)
#define SMMU_STE_CONFIG		GENMASK_ULL(3, 1)
#define SMMU_CONFIG_ABORT	0
#define SMMU_CONFIG_BYPASS	4
#define SMMU_CONFIG_S1		5
#define SMMU_CONFIG_S2		6
#define SMMU_CONFIG_NESTED	7
#define SMMU_STE_S1FMT		GENMASK_ULL(5, 4)
#define SMMU_S1FMT_LINEAR	0
#define SMMU_S1FMT_4KB_L2	1
#define SMMU_S1FMT_64KB_L2	2
#define SMMU_STE_S1CTXPTR	GENMASK_ULL(51, 6)
#define SMMU_STE_S1CDMAX	GENMASK_ULL(63, 59)
#define SMMU_STE_S1DSS		GENMASK_ULL(1, 0)	/* from here in qw[1] */
#define SMMU_S1DSS_TERMINATE	0
#define SMMU_S1DSS_BYPASS	1
#define SMMU_S1DSS_SSID0	2
#define SMMU_STE_S1CIR		GENMASK_ULL(3, 2)
#define SMMU_STE_S1COR		GENMASK_ULL(5, 4)
#define SMMU_STE_S1CSH		GENMASK_ULL(7, 6)
#define SMMU_STE_PPAR		BIT_ULL(18)
#define SMMU_STE_MEV		BIT_ULL(19)
#define SMMU_STE_S1STALLD	BIT_ULL(27)
#define SMMU_STE_EATS		GENMASK_ULL(29, 28)
#define SMMU_EATS_ABORT		0
#define SMMU_EATS_TRANS		1
#define SMMU_STE_S2VMID		GENMASK_ULL(15, 0)	/* from here in qw[2] */
#define SMMU_STE_S2T0SZ		GENMASK_ULL(37, 32)
#define SMMU_STE_S2SL0		GENMASK_ULL(39, 38)	/* 2: four levels */
#define SMMU_STE_S2TG		GENMASK_ULL(47, 46)	/* 0: 4 KiB */
#define SMMU_STE_S2PS		GENMASK_ULL(50, 48)	/* as IDR5.OAS */
#define SMMU_STE_S2AA64		BIT_ULL(51)
#define SMMU_STE_S2ENDI		BIT_ULL(52)
#define SMMU_STE_S2AFFD		BIT_ULL(53)
#define SMMU_STE_S2S		BIT_ULL(57)
#define SMMU_STE_S2R		BIT_ULL(58)
#define SMMU_STE_S2TTB		GENMASK_ULL(51, 4)	/* in qw[3] */

/*
 * Context descriptors (5.3, 5.4): an array of 2^S1CDMAX, or with two levels an
 * array of descriptors, each of a table of 64 (4KB_L2) or 1024 (64KB_L2).
 */
#define SMMU_L1CD_V		BIT_ULL(0)
#define SMMU_L1CD_L2PTR		GENMASK_ULL(51, 12)
#define SMMU_CD_4KB_SPLIT	6
#define SMMU_CD_64KB_SPLIT	10

struct smmu_cd {
	u64 qw[8];
};

#define SMMU_CD_T0SZ		GENMASK_ULL(5, 0)
#define SMMU_CD_TG0		GENMASK_ULL(7, 6)	/* 0: 4 KiB */
#define SMMU_CD_EPD0		BIT_ULL(14)
#define SMMU_CD_ENDI		BIT_ULL(15)
#define SMMU_CD_EPD1		BIT_ULL(30)
#define SMMU_CD_V		BIT_ULL(31)
#define SMMU_CD_IPS		GENMASK_ULL(34, 32)	/* as IDR5.OAS */
#define SMMU_CD_AFFD		BIT_ULL(35)
#define SMMU_CD_AA64		BIT_ULL(41)
#define SMMU_CD_HD		BIT_ULL(42)
#define SMMU_CD_HA		BIT_ULL(43)
#define SMMU_CD_S		BIT_ULL(44)
#define SMMU_CD_R		BIT_ULL(45)
#define SMMU_CD_A		BIT_ULL(46)
#define SMMU_CD_ASET		BIT_ULL(47)
#define SMMU_CD_ASID		GENMASK_ULL(63, 48)
#define SMMU_CD_TTB0		GENMASK_ULL(51, 4)	/* in qw[1] */

/* T0SZ, S2T0SZ and S2SL0 of what is supported: 48 and 39 bits of input */
#define SMMU_T0SZ_48		16
#define SMMU_T0SZ_39		25
#define SMMU_S2SL0_48		2
#define SMMU_S2SL0_39		1

/* AArch64 descriptors of a 4 KiB granule (Arm ARM D8.3) */
#define SMMU_PTE_VALID		BIT_ULL(0)
#define SMMU_PTE_TABLE		BIT_ULL(1)	/* or page; else a block */
#define SMMU_PTE_ADDR		GENMASK_ULL(47, 12)
#define SMMU_PTE_AF		BIT_ULL(10)
#define SMMU_PTE_SH_INNER	(3ULL << 8)
#define SMMU_S1_ATTRINDX	GENMASK_ULL(4, 2)
#define SMMU_S1_AP_EL0		BIT_ULL(6)	/* AP[1]: unprivileged too */
#define SMMU_S1_AP_RDONLY	BIT_ULL(7)	/* AP[2] */
#define SMMU_S1_NG		BIT_ULL(11)
#define SMMU_S1_PXN		BIT_ULL(53)
#define SMMU_S1_UXN		BIT_ULL(54)
#define SMMU_S1_PXNTABLE	BIT_ULL(59)
#define SMMU_S1_UXNTABLE	BIT_ULL(60)
#define SMMU_S1_APTABLE_NO_EL0	BIT_ULL(61)
#define SMMU_S1_APTABLE_RDONLY	BIT_ULL(62)
#define SMMU_S2_MEMATTR		GENMASK_ULL(5, 2)
#define SMMU_S2AP_R		BIT_ULL(6)
#define SMMU_S2AP_W		BIT_ULL(7)
#define SMMU_S2_XN		BIT_ULL(54)

/* Commands (4) */
struct smmu_cmd {
	u64 qw[2];
};

#define SMMU_CMD_OP		GENMASK_ULL(7, 0)
#define SMMU_CMD_PREFETCH_CONFIG 0x01
#define SMMU_CMD_PREFETCH_ADDR	0x02
#define SMMU_CMD_CFGI_STE	0x03
#define SMMU_CMD_CFGI_STE_RANGE	0x04		/* RANGE 31: CFGI_ALL */
#define SMMU_CMD_CFGI_CD	0x05
#define SMMU_CMD_CFGI_CD_ALL	0x06
#define SMMU_CMD_TLBI_NH_ALL	0x10
#define SMMU_CMD_TLBI_NH_ASID	0x11
#define SMMU_CMD_TLBI_NH_VA	0x12
#define SMMU_CMD_TLBI_NH_VAA	0x13
#define SMMU_CMD_TLBI_S12_VMALL	0x28
#define SMMU_CMD_TLBI_S2_IPA	0x2a
#define SMMU_CMD_TLBI_NSNH_ALL	0x30
#define SMMU_CMD_ATC_INV	0x40
#define SMMU_CMD_PRI_RESP	0x41
#define SMMU_CMD_RESUME		0x44
#define SMMU_CMD_STALL_TERM	0x45
#define SMMU_CMD_SYNC		0x46

#define SMMU_CMD_SSV		BIT_ULL(11)
#define SMMU_CMD_SSID		GENMASK_ULL(31, 12)
#define SMMU_CMD_SID		GENMASK_ULL(63, 32)

#define SMMU_CFGI_LEAF		BIT_ULL(0)		/* in qw[1] */
#define SMMU_CFGI_RANGE		GENMASK_ULL(4, 0)
#define SMMU_CFGI_RANGE_ALL	31

/*
 * TLBI_S2_IPA drops what is cached of stage 2 alone. Translations of both stages
 * are cached as one, by VMID, ASID and VA: TLBI_NH_ALL drops these.
 *
 * Without TG, an address stands for all that one entry of a table maps, and NUM,
 * SCALE and TTL are RES0. With it, (NUM + 1) * 2^(5 * SCALE) pages are dropped; TTL
 * may say at which level they are mapped, and must for a single page (4.4.1.1).
 */
#define SMMU_TLBI_VMID		GENMASK_ULL(47, 32)
#define SMMU_TLBI_ASID		GENMASK_ULL(63, 48)
#define SMMU_TLBI_NUM		GENMASK_ULL(16, 12)
#define SMMU_TLBI_SCALE		GENMASK_ULL(24, 20)	/* bit 25: IDR5.DS */
#define SMMU_TLBI_LEAF		BIT_ULL(0)		/* in qw[1] */
#define SMMU_TLBI_TTL		GENMASK_ULL(9, 8)
#define SMMU_TLBI_TG		GENMASK_ULL(11, 10)	/* of a range */
#define SMMU_TG_4K		1
#define SMMU_TG_16K		2
#define SMMU_TG_64K		3
#define SMMU_TTL_LAST		3			/* level 3 */
#define SMMU_TLBI_ADDR		GENMASK_ULL(63, 12)

/* 2^SIZE pages; 52 and more: all */
#define SMMU_ATC_GLOBAL		BIT_ULL(9)
#define SMMU_ATC_SIZE		GENMASK_ULL(5, 0)	/* in qw[1] */
#define SMMU_ATC_SIZE_ALL	52
#define SMMU_ATC_ADDR		GENMASK_ULL(63, 12)

#define SMMU_PRI_RESP_PRGI	GENMASK_ULL(8, 0)	/* in qw[1] */
#define SMMU_PRI_RESP_CODE	GENMASK_ULL(13, 12)
#define SMMU_PRI_RESP_FAILURE	0
#define SMMU_PRI_RESP_INVALID	1
#define SMMU_PRI_RESP_SUCCESS	2

#define SMMU_RESUME_CODE	GENMASK_ULL(13, 12)
#define SMMU_RESUME_TERM	0			/* as CD.A, S2 abort */
#define SMMU_RESUME_RETRY	1
#define SMMU_RESUME_ABORT	2
#define SMMU_RESUME_STAG	GENMASK_ULL(15, 0)	/* in qw[1] */

/* IRQ: MSIDATA is written to MSIADDR, unless that is 0; SEV is as NONE here. */
#define SMMU_SYNC_CS		GENMASK_ULL(13, 12)
#define SMMU_SYNC_CS_NONE	0
#define SMMU_SYNC_CS_IRQ	1
#define SMMU_SYNC_CS_SEV	2
#define SMMU_SYNC_MSIDATA	GENMASK_ULL(63, 32)
#define SMMU_SYNC_MSIADDR	GENMASK_ULL(51, 2)	/* in qw[1] */

/* Event records (7.3) */
struct smmu_event {
	u64 qw[4];
};

#define SMMU_EVT_ID		GENMASK_ULL(7, 0)
#define SMMU_EVT_SSV		BIT_ULL(11)
#define SMMU_EVT_SSID		GENMASK_ULL(31, 12)
#define SMMU_EVT_SID		GENMASK_ULL(63, 32)
#define SMMU_EVT_STAG		GENMASK_ULL(15, 0)	/* from here in qw[1] */
#define SMMU_EVT_STALL		BIT_ULL(31)
#define SMMU_EVT_PNU		BIT_ULL(33)
#define SMMU_EVT_IND		BIT_ULL(34)
#define SMMU_EVT_RNW		BIT_ULL(35)
#define SMMU_EVT_S2		BIT_ULL(39)
#define SMMU_EVT_CLASS		GENMASK_ULL(41, 40)
#define SMMU_CLASS_CD		0
#define SMMU_CLASS_TTD		1
#define SMMU_CLASS_IN		2
#define SMMU_EVT_TTRNW		BIT_ULL(44)
#define SMMU_EVT_IPA		GENMASK_ULL(51, 12)	/* in qw[3] */
#define SMMU_EVT_FETCH_ADDR	GENMASK_ULL(51, 3)	/* in qw[3] */

#define SMMU_C_BAD_STREAMID	0x02	/* beyond the stream table */
#define SMMU_F_STE_FETCH	0x03	/* stream table entry not in memory */
#define SMMU_C_BAD_STE		0x04
#define SMMU_F_BAD_ATS_TREQ	0x05	/* translation request, not enabled */
#define SMMU_F_STREAM_DISABLED	0x06	/* no substream, and STE.S1DSS = 0 */
#define SMMU_C_BAD_SUBSTREAMID	0x08	/* beyond the CD table */
#define SMMU_F_CD_FETCH		0x09	/* context descriptor not in memory */
#define SMMU_C_BAD_CD		0x0a
#define SMMU_F_WALK_EABT	0x0b	/* page table not in memory */
#define SMMU_F_TRANSLATION	0x10
#define SMMU_F_ADDR_SIZE	0x11
#define SMMU_F_ACCESS		0x12	/* access flag not set */
#define SMMU_F_PERMISSION	0x13
#define SMMU_F_VMS_FETCH	0x25

/* What Config aborts is not recorded (3.4, 5.2); told to the endpoint as this */
#define SMMU_ABORTED		0xe0

/* Page requests (8) */
struct smmu_ppr {
	u64 qw[2];
};

#define SMMU_PPR_SID		GENMASK_ULL(31, 0)
#define SMMU_PPR_SSID		GENMASK_ULL(51, 32)
#define SMMU_PPR_PRIV		BIT_ULL(58)
#define SMMU_PPR_X		BIT_ULL(59)
#define SMMU_PPR_R		BIT_ULL(60)
#define SMMU_PPR_W		BIT_ULL(61)
#define SMMU_PPR_LAST		BIT_ULL(62)
#define SMMU_PPR_SSV		BIT_ULL(63)
#define SMMU_PPR_PRGI		GENMASK_ULL(8, 0)	/* from here in qw[1] */
#define SMMU_PPR_ADDR		GENMASK_ULL(63, 12)

/* clang-format on */

#endif /* MOCK_SMMU_H */
