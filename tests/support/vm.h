/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's memory with page tables in it, and DMA by its virtual addresses.
 */
#ifndef SUPPORT_VM_H
#define SUPPORT_VM_H

#include "nested.h"

/* Where the guest's memory begins for the guest, and how much there is */
#define VM_GPA 0x40000000ULL
#define VM_PAGES 64
#define VM_PASID 0x42

/* Entries of a first-stage table, as x86-64 has them */
#define PTE_P 0x1ULL
#define PTE_RW 0x2ULL
#define PTE_US 0x4ULL
#define PTE_A 0x20ULL
#define PTE_D 0x40ULL
#define PTE_PS 0x80ULL
#define PTE_EA 0x400ULL
#define PTE_PAT_LARGE 0x1000ULL
#define PTE_XD 0x8000000000000000ULL
#define PTE_USER (PTE_P | PTE_RW | PTE_US)

/* What VT-d calls what can go wrong */
enum {
	FR_PASID_P = 0x59,
	FR_PASID_SRE = 0x5d,
	FR_FS_P = 0x71,
	FR_FS_RSVD = 0x72,
	FR_FS_WIDTH = 0x74,
	FR_FS_ROOT_READ = 0x75,
	FR_FS_READ = 0x76,
	FR_FS_WRITE = 0x77,
	FR_SS_PERM = 0x79,
	FR_FS_CANONICAL = 0x80,
	FR_FS_USER = 0x81,
	FR_FS_EXECUTE = 0x82,
	FR_SS_WIDTH = 0x84,
	FR_FS_NO_WRITE = 0x85,
};

/**
 * struct vm - a guest with one device
 * @mock: control file of the mock
 * @ctx: a context
 * @ep: the mock's id of the endpoint
 * @dev: id of the DEVICE
 * @parent: id of the HWPT that maps @mem
 * @hwpt: id of the nested HWPT that VM_PASID has
 * @mem: the guest's memory
 * @used: pages of it that were given out
 * @levels: of its page table
 * @root: where that is
 * @dma: the last DMA
 */
struct vm {
	int mock;
	int ctx;
	__u32 ep;
	__u32 dev;
	__u32 parent;
	__u32 hwpt;
	unsigned char *mem;
	unsigned int used;
	unsigned int levels;
	__u64 root;
	struct mock_iommu_dma dma;
};

int vm_make(struct vm *vm, struct mock_iommu_endpoint_add *add,
	    unsigned int levels);
void vm_free(struct vm *vm);

__u64 vm_page(struct vm *vm);
void *vm_at(const struct vm *vm, __u64 gpa);
__u64 *vm_entry(struct vm *vm, __u64 gva, unsigned int level);
void vm_map(struct vm *vm, __u64 gva, __u64 gpa, unsigned int level,
	    __u64 flags);
int vm_nested(struct vm *vm, __u64 flags);
int vm_attach(struct vm *vm, __u64 flags);
int vm_dma(struct vm *vm, __u32 op, __u64 gva, void *buf, __u64 length);
int vm_byte(struct vm *vm, __u64 gva);
int vm_invalidate(struct vm *vm, __u64 gva, __u64 pages);
int vm_misbehave(const struct vm *vm, __u32 what, __u32 nth, __u32 count);

#endif /* SUPPORT_VM_H */
