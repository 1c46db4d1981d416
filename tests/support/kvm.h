/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A KVM guest of a few instructions that writes to a page of its host.
 */
#ifndef SUPPORT_KVM_H
#define SUPPORT_KVM_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#define KVM_VCPUS 2

/* Where the guest has the page */
#define KVM_PAGE_GPA 0x10000

/**
 * struct kvm_vm - a virtual machine with a page of memory and a page of the host's
 * @kvm: /dev/kvm
 * @fd: the machine
 * @code: its memory, from 0 on
 * @vcpus: its processors
 * @run: what each shares with the kernel
 * @run_length: bytes of that
 */
struct kvm_vm {
	int kvm;
	int fd;
	unsigned char *code;
	int vcpus[KVM_VCPUS];
	struct kvm_run *run[KVM_VCPUS];
	size_t run_length;
};

/**
 * struct kvm_poll - a loop of the guest: it writes the next number to one register
 *	and reads another until that has the number too
 * @written: offset of the register that is written, 32 bits
 * @read: offset of the register that is read
 * @mask: what of a number counts
 * @last: the number before the first
 * @times: how often
 */
struct kvm_poll {
	__u16 written;
	__u16 read;
	__u32 mask;
	__u32 last;
	__u32 times;
};

/* All but the first return 0 or -errno. */
bool kvm_is_there(void);
int kvm_load(void);
int kvm_unload(void);
int kvm_make(struct kvm_vm *vm, void *page);
void kvm_free(struct kvm_vm *vm);
int kvm_store(struct kvm_vm *vm, unsigned int vcpu, __u16 offset, __u32 value);
int kvm_poll(struct kvm_vm *vm, unsigned int vcpu, const struct kvm_poll *poll);

#endif /* SUPPORT_KVM_H */
