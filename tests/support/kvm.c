// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "kvm.h"
#include "module.h"

#define KVM_MODULES "/kvm"
#define CODE_LENGTH 4096
#define STORE_AT 0x000
#define POLL_AT 0x100
#define KVM_TSS 0xfffbd000UL /* Intel's processors want it somewhere */
#define UNLOAD_TRIES 1000

/* Programs in 16-bit mode; DS is the page. An OUT tells that one is done. */
static const unsigned char store_program[] = {
	0x66, 0x89, 0x05, /* mov %eax, (%di) */
	0xe6, 0x10, /* out %al, $0x10 */
};

static const unsigned char poll_program[] = {
	0x66, 0x41, /* again: inc %ecx */
	0x66, 0x21, 0xd1, /* and %edx, %ecx */
	0x66, 0x89, 0x0d, /* mov %ecx, (%di) */
	0x66, 0x8b, 0x04, /* wait: mov (%si), %eax */
	0x66, 0x21, 0xd0, /* and %edx, %eax */
	0x66, 0x39, 0xc8, /* cmp %ecx, %eax */
	0x75, 0xf5, /* jne wait */
	0x66, 0x4d, /* dec %ebp */
	0x75, 0xe9, /* jne again */
	0xe6, 0x10, /* out %al, $0x10 */
};

bool kvm_is_there(void)
{
	return !access(KVM_MODULES, F_OK);
}

/* A file is "NN-name.ko", NN its turn; the module's name has no dashes. */
static const char *module_name(const char *file)
{
	static char name[NAME_MAX];
	char *c;

	snprintf(name, sizeof(name), "%s", strchr(file, '-') + 1);
	*strstr(name, ".ko") = 0;
	for (c = name; *c; c++)
		if (*c == '-')
			*c = '_';
	return name;
}

static int is_module(const struct dirent *entry)
{
	return strchr(entry->d_name, '-') && strstr(entry->d_name, ".ko");
}

/* A processor has but one of the two kinds of virtualization. */
int kvm_load(void)
{
	int nr, i, ret = 0;
	struct dirent **files;
	char path[PATH_MAX];

	nr = scandir(KVM_MODULES, &files, is_module, alphasort);
	if (nr < 0)
		return -errno;
	for (i = 0; i < nr; i++) {
		snprintf(path, sizeof(path), "%s/%s", KVM_MODULES,
			 files[i]->d_name);
		ret = module_insert(path, "");
		if (ret && ret != -EEXIST && ret != -EOPNOTSUPP &&
		    ret != -ENODEV && ret != -EIO)
			break;
		ret = 0;
		free(files[i]);
	}
	for (; i < nr; i++)
		free(files[i]);
	free(files);
	return ret ? ret : access("/dev/kvm", F_OK) ? -errno : 0;
}

/* What was just closed may take a moment to let go of its module. */
static int unload_one(const char *name)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	int tries = UNLOAD_TRIES, ret;

	for (;;) {
		ret = module_remove(name);
		if ((ret != -EAGAIN && ret != -EBUSY) || !tries--)
			return ret == -ENOENT ? 0 : ret;
		nanosleep(&pause, NULL);
	}
}

int kvm_unload(void)
{
	struct dirent **files;
	int nr, one, ret = 0;

	nr = scandir(KVM_MODULES, &files, is_module, alphasort);
	if (nr < 0)
		return -errno;
	while (nr--) {
		one = unload_one(module_name(files[nr]->d_name));
		ret = ret ? ret : one;
		free(files[nr]);
	}
	free(files);
	return ret;
}

static int add_memory(struct kvm_vm *vm, unsigned int slot, __u64 gpa,
		      void *mem)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot,
		.guest_phys_addr = gpa,
		.memory_size = CODE_LENGTH,
		.userspace_addr = (uintptr_t)mem,
	};

	return ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &region);
}

static int add_vcpu(struct kvm_vm *vm, unsigned int nr)
{
	struct kvm_sregs sregs;

	vm->vcpus[nr] = ioctl(vm->fd, KVM_CREATE_VCPU, (long)nr);
	if (vm->vcpus[nr] < 0)
		return -1;
	vm->run[nr] = mmap(NULL, vm->run_length, PROT_READ | PROT_WRITE,
			   MAP_SHARED, vm->vcpus[nr], 0);
	if (vm->run[nr] == MAP_FAILED)
		return -1;
	if (ioctl(vm->vcpus[nr], KVM_GET_SREGS, &sregs))
		return -1;
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	sregs.ds.base = KVM_PAGE_GPA;
	sregs.ds.selector = KVM_PAGE_GPA >> 4;
	return ioctl(vm->vcpus[nr], KVM_SET_SREGS, &sregs);
}

/* The processors need not be started: KVM emulates no interrupt controller. */
static int make(struct kvm_vm *vm, void *page)
{
	unsigned int i;

	vm->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (vm->kvm < 0)
		return -1;
	vm->fd = ioctl(vm->kvm, KVM_CREATE_VM, 0L);
	if (vm->fd < 0 || ioctl(vm->fd, KVM_SET_TSS_ADDR, KVM_TSS))
		return -1;
	vm->run_length = ioctl(vm->kvm, KVM_GET_VCPU_MMAP_SIZE, 0L);
	vm->code = mmap(NULL, CODE_LENGTH, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (vm->code == MAP_FAILED)
		return -1;
	memcpy(vm->code + STORE_AT, store_program, sizeof(store_program));
	memcpy(vm->code + POLL_AT, poll_program, sizeof(poll_program));
	if (add_memory(vm, 0, 0, vm->code) ||
	    add_memory(vm, 1, KVM_PAGE_GPA, page))
		return -1;
	for (i = 0; i < KVM_VCPUS; i++)
		if (add_vcpu(vm, i))
			return -1;
	return 0;
}

int kvm_make(struct kvm_vm *vm, void *page)
{
	*vm = (struct kvm_vm){
		.kvm = -1, .fd = -1, .code = MAP_FAILED, .vcpus = { -1, -1 }
	};
	return make(vm, page) ? -errno : 0;
}

void kvm_free(struct kvm_vm *vm)
{
	unsigned int i;

	for (i = 0; i < KVM_VCPUS; i++) {
		if (vm->run[i] && vm->run[i] != MAP_FAILED)
			munmap(vm->run[i], vm->run_length);
		close(vm->vcpus[i]);
	}
	close(vm->fd);
	close(vm->kvm);
	if (vm->code != MAP_FAILED)
		munmap(vm->code, CODE_LENGTH);
}

/* Runs a program to its OUT. -EPROTO: the guest left in another way. */
static int run_program(struct kvm_vm *vm, unsigned int vcpu,
		       struct kvm_regs *regs)
{
	regs->rflags = 2;
	if (ioctl(vm->vcpus[vcpu], KVM_SET_REGS, regs))
		return -errno;
	while (ioctl(vm->vcpus[vcpu], KVM_RUN, 0L))
		if (errno != EINTR)
			return -errno;
	return vm->run[vcpu]->exit_reason == KVM_EXIT_IO ? 0 : -EPROTO;
}

/**
 * kvm_store() - have the guest store 32 bits to its page
 * @vm: the machine
 * @vcpu: which processor
 * @offset: where in the page
 * @value: what
 */
int kvm_store(struct kvm_vm *vm, unsigned int vcpu, __u16 offset, __u32 value)
{
	struct kvm_regs regs = {
		.rip = STORE_AT,
		.rax = value,
		.rdi = offset,
	};

	return run_program(vm, vcpu, &regs);
}

/**
 * kvm_poll() - have the guest write a register and wait for another, see there
 * @vm: the machine
 * @vcpu: which processor
 * @poll: what it does
 */
int kvm_poll(struct kvm_vm *vm, unsigned int vcpu, const struct kvm_poll *poll)
{
	struct kvm_regs regs = {
		.rip = POLL_AT,
		.rdi = poll->written,
		.rsi = poll->read,
		.rdx = poll->mask,
		.rcx = poll->last,
		.rbp = poll->times,
	};

	return run_program(vm, vcpu, &regs);
}
