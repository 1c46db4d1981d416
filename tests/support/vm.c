// SPDX-License-Identifier: GPL-2.0-only
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vm.h"

#define PTE_ADDR 0x000ffffffffff000ULL

static int vm_objects(struct vm *vm, struct mock_iommu_endpoint_add *add)
{
	int ret = bind_new(vm->mock, vm->ctx, add);

	vm->ep = add->out_endpoint_id;
	if (ret < 0)
		return ret;
	vm->dev = ret;
	ret = fq_parent(vm->ctx, vm->dev);
	if (ret < 0)
		return ret;
	vm->parent = ret;
	return fq_map(vm->ctx, vm->parent, MAP_RW, vm->mem, VM_PAGES * PAGE,
		      VM_GPA);
}

/*
 * Fields of @add that are 0 get what suits most tests: an endpoint that sends
 * PASIDs, and has neither a device TLB nor page requests unless it is told to.
 */
int vm_make(struct vm *vm, struct mock_iommu_endpoint_add *add,
	    unsigned int levels)
{
	memset(vm, 0, sizeof(*vm));
	vm->ctx = -1;
	vm->mock = mock_open();
	if (vm->mock < 0)
		return vm->mock;
	vm->ctx = fq_open();
	if (vm->ctx < 0)
		return vm->ctx;
	vm->mem = pages_alloc(VM_PAGES);
	if (!vm->mem)
		return -ENOMEM;
	vm->levels = levels;
	vm->root = vm_page(vm);
	add->pasid_bits = MOCK_IOMMU_MAX_PASID_BITS;
	return vm_objects(vm, add);
}

void vm_free(struct vm *vm)
{
	close_once(&vm->ctx);
	if (vm->mock >= 0)
		mock_endpoint_remove(vm->mock, vm->ep);
	close_once(&vm->mock);
	if (vm->mem)
		munmap(vm->mem, VM_PAGES * PAGE);
}

/* A page of the guest's memory that is all 0 */
__u64 vm_page(struct vm *vm)
{
	return VM_GPA + vm->used++ * PAGE;
}

void *vm_at(const struct vm *vm, __u64 gpa)
{
	return vm->mem + (gpa - VM_GPA);
}

/* The entry of @level for @gva; tables above it that are missing are made. */
__u64 *vm_entry(struct vm *vm, __u64 gva, unsigned int level)
{
	__u64 table = vm->root;
	unsigned int at = vm->levels;
	__u64 *entry;

	for (;; at--) {
		entry = vm_at(vm, table);
		entry += (gva >> (12 + 9 * (at - 1))) & 511;
		if (at == level)
			return entry;
		if (!(*entry & PTE_P))
			*entry = vm_page(vm) | PTE_USER;
		table = *entry & PTE_ADDR;
	}
}

void vm_map(struct vm *vm, __u64 gva, __u64 gpa, unsigned int level,
	    __u64 flags)
{
	*vm_entry(vm, gva, level) = gpa | flags | (level > 1 ? PTE_PS : 0);
}

/* A nested HWPT for the guest's table */
int vm_nested(struct vm *vm, __u64 flags)
{
	const struct faultq_hwpt_vtd_s1 data = {
		.flags = flags,
		.pgtbl_addr = vm->root,
		.addr_width = vm->levels == 5 ? 57 : 48,
	};

	return fq_nested_data(vm->ctx, &(struct faultq_hwpt_alloc){
					       .dev_id = vm->dev,
					       .pt_id = vm->parent,
					       .data_uptr = (uintptr_t)&data,
					       .data_len = sizeof(data),
				       });
}

/* Gives VM_PASID a new nested HWPT, in the place of one that it has. */
int vm_attach(struct vm *vm, __u64 flags)
{
	__u32 old = vm->hwpt;
	int ret = vm_nested(vm, flags);

	if (ret < 0)
		return ret;
	vm->hwpt = ret;
	ret = fq_attach(vm->ctx, vm->dev, vm->hwpt, VM_PASID, 0);
	if (!ret && old)
		ret = fq_destroy(vm->ctx, old);
	return ret;
}

/*
 * A DMA by VM_PASID; @op is of enum mock_iommu_dma_op, with flags of the DMA
 * from bit 8 on. Returns how it ended, or -errno.
 */
int vm_dma(struct vm *vm, __u32 op, __u64 gva, void *buf, __u64 length)
{
	int ret;

	memset(&vm->dma, 0, sizeof(vm->dma));
	vm->dma.endpoint_id = vm->ep;
	vm->dma.op = op & 0xff;
	vm->dma.flags = MOCK_IOMMU_DMA_PASID | op >> 8;
	vm->dma.pasid = VM_PASID;
	vm->dma.iova = gva;
	vm->dma.buf = (uintptr_t)buf;
	vm->dma.length = length;
	ret = mock_dma(vm->mock, &vm->dma);
	return ret ? ret : (int)vm->dma.out_status;
}

/* What the device reads at @gva; if it cannot, the reason, negative */
int vm_byte(struct vm *vm, __u64 gva)
{
	unsigned char byte = 0;
	int ret = vm_dma(vm, MOCK_IOMMU_DMA_READ, gva, &byte, 1);

	return ret ? -(int)vm->dma.out_reason : byte;
}

int vm_invalidate(struct vm *vm, __u64 gva, __u64 pages)
{
	struct faultq_hwpt_vtd_s1_invalidate entry = {
		.addr = gva,
		.npages = pages,
	};
	__u32 nr = 1;

	return fq_invalidate(vm->ctx, vm->hwpt, &entry, sizeof(entry), &nr);
}

int vm_misbehave(const struct vm *vm, __u32 what, __u32 nth, __u32 count)
{
	return mock_misbehave(vm->mock, vm->ep, what, nth, count);
}
