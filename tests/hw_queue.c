// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtual command queues: made by FAULTQ_HW_QUEUE_ALLOC in the memory of a
 * guest, which rings them itself by the page of registers that it maps.
 */
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "event.h"
#include "held.h"
#include "kselftest_harness.h"
#include "kvm.h"
#include "uring.h"

/* Commands of SMMUv3 4.1, in the lowest byte; there is none of the last */
#define CMD_TLBI_NH_ASID 0x11
#define CMD_TLBI_NH_VA 0x12
#define CMD_ATC_INV 0x40
#define CMD_SYNC 0x46
#define CMD_ILLEGAL 0xfe

#define GUEST_MEM 0x40000000ULL
#define GUEST_MEM_PAGES 16
#define QUEUE_LENGTH PAGE
#define QUEUE_CMDS (QUEUE_LENGTH / 16)
#define INDEX_MASK (2 * QUEUE_CMDS - 1) /* with the wrap bit */
#define CONS_ERR(cons) ((cons) >> 24 & 0x7f)
#define PATIENCE_S 20

typedef __u32 registers;

FIXTURE(hw_queue)
{
	int mock;
	int ctx;
	__u32 iommu;
	__u32 dev;
	__u32 parent;
	__u32 viommu;
	__u64(*mem)[2]; /* the guest's, at GUEST_MEM */
	__u64 offset;
	registers *page;
	bool has_vm;
	struct kvm_vm vm;
};

static int vintf_alloc(int ctx, __u32 dev, __u32 parent, __u64 *offset)
{
	struct faultq_viommu_tegra241_cmdqv data = {};
	struct faultq_viommu_alloc arg = {
		.size = sizeof(arg),
		.type = FAULTQ_VIOMMU_TYPE_TEGRA241_CMDQV,
		.dev_id = dev,
		.hwpt_id = parent,
		.data_len = sizeof(data),
		.data_uptr = (uintptr_t)&data,
	};
	int ret = call(ctx, FAULTQ_VIOMMU_ALLOC, &arg);

	if (!ret && data.out_vintf_mmap_length != PAGE)
		return -ERANGE;
	*offset = data.out_vintf_mmap_offset;
	return ret ? ret : (int)arg.out_viommu_id;
}

static void *vintf_map(int ctx, __u64 offset)
{
	return mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, ctx,
		    offset);
}

FIXTURE_SETUP(hw_queue)
{
	struct mock_iommu_endpoint_add add = {
		.flags = MOCK_IOMMU_ENDPOINT_ATS,
		.pasid_bits = 4,
	};

	self->mock = mock_open();
	self->ctx = fq_open();
	ASSERT_LE(0, self->mock);
	ASSERT_LE(0, self->ctx);
	self->iommu = mock_iommu_add_kind(self->mock, MOCK_IOMMU_KIND_SMMUV3);
	ASSERT_LE(0, (int)self->iommu);
	add.iommu_id = self->iommu;
	self->dev = bind_new(self->mock, self->ctx, &add);
	ASSERT_LT(0, (int)self->dev);
	self->parent = fq_parent(self->ctx, self->dev);
	ASSERT_LT(0, (int)self->parent);
	self->mem = pages_alloc(GUEST_MEM_PAGES);
	ASSERT_EQ(0, fq_map(self->ctx, self->parent, MAP_RW, self->mem,
			    GUEST_MEM_PAGES * PAGE, GUEST_MEM));
	self->viommu =
		vintf_alloc(self->ctx, self->dev, self->parent, &self->offset);
	ASSERT_LT(0, (int)self->viommu);
	self->page = vintf_map(self->ctx, self->offset);
	ASSERT_NE(MAP_FAILED, self->page);
}

FIXTURE_TEARDOWN(hw_queue)
{
	if (self->has_vm) {
		kvm_free(&self->vm);
		EXPECT_EQ(0, kvm_unload());
	}
	munmap(self->page, PAGE);
	close_once(&self->ctx);
	mock_iommu_remove(self->mock, self->iommu);
	close_once(&self->mock);
}

static int queue_alloc(int ctx, struct faultq_hw_queue_alloc *arg)
{
	int ret;

	if (!arg->size)
		arg->size = sizeof(*arg);
	if (!arg->type)
		arg->type = FAULTQ_HW_QUEUE_TYPE_TEGRA241_CMDQV;
	ret = call(ctx, FAULTQ_HW_QUEUE_ALLOC, arg);
	return ret ? ret : (int)arg->out_hw_queue_id;
}

/* Queue @index lies in page @index of the guest's memory. */
static int queue_make_alone(int ctx, __u32 viommu, __u32 index)
{
	return queue_alloc(ctx,
			   &(struct faultq_hw_queue_alloc){
				   .viommu_id = viommu,
				   .index = index,
				   .nesting_parent_iova =
					   GUEST_MEM + index * QUEUE_LENGTH,
				   .length = QUEUE_LENGTH,
			   });
}

/* The hardware wants those of lower indices first, if they are not there yet. */
static int queue_make(int ctx, __u32 viommu, __u32 index)
{
	__u32 below;

	for (below = 0; below < index; below++)
		queue_make_alone(ctx, viommu, below);
	return queue_make_alone(ctx, viommu, index);
}

static registers *reg(registers *page, __u32 index, __u32 offset)
{
	return &page[(index * FAULTQ_VCMDQ_STRIDE + offset) / 4];
}

static __u32 reg_read(registers *page, __u32 index, __u32 offset)
{
	return __atomic_load_n(reg(page, index, offset), __ATOMIC_RELAXED);
}

static void reg_write(registers *page, __u32 index, __u32 offset, __u32 value)
{
	__atomic_store_n(reg(page, index, offset), value, __ATOMIC_RELEASE);
}

/* As a guest waits: it looks. Whether it came to be so in time. */
static bool wait_reg(registers *what, __u32 mask, __u32 value)
{
	time_t end = time(NULL) + PATIENCE_S;

	while ((__atomic_load_n(what, __ATOMIC_RELAXED) & mask) != value) {
		if (time(NULL) > end)
			return false;
		sched_yield();
	}
	return true;
}

static bool queue_enable(registers *page, __u32 index)
{
	reg_write(page, index, FAULTQ_VCMDQ_CONFIG, 1);
	return wait_reg(reg(page, index, FAULTQ_VCMDQ_STATUS), 1, 1);
}

static void fill(__u64 (*cmds)[2], __u64 cmd)
{
	unsigned int i;

	for (i = 0; i < QUEUE_CMDS; i++) {
		cmds[i][0] = i % 2 ? CMD_SYNC : cmd;
		cmds[i][1] = 0;
	}
}

static void ring(registers *page, __u32 index, __u32 prod)
{
	reg_write(page, index, FAULTQ_VCMDQ_PROD, prod & INDEX_MASK);
}

static bool wait_cons(registers *page, __u32 index, __u32 cons)
{
	return wait_reg(reg(page, index, FAULTQ_VCMDQ_CONS), INDEX_MASK,
			cons & INDEX_MASK);
}

static bool wait_stop(registers *page, __u32 index, __u32 gerror)
{
	return wait_reg(reg(page, index, FAULTQ_VCMDQ_GERROR), 1, gerror);
}

static __u32 stop_reason(registers *page, __u32 index)
{
	return CONS_ERR(reg_read(page, index, FAULTQ_VCMDQ_CONS));
}

/* A queue in order, enabled, and its id. */
static int queue_ready(registers *page, __u64 (*mem)[2], int ctx, __u32 viommu,
		       __u32 index)
{
	int id = queue_make(ctx, viommu, index);

	fill(mem + index * QUEUE_CMDS, CMD_TLBI_NH_ASID);
	if (id < 0)
		return id;
	return queue_enable(page, index) ? id : -ETIMEDOUT;
}

#define READY(index) \
	queue_ready(self->page, self->mem, self->ctx, self->viommu, index)

TEST_F(hw_queue, bad_arguments)
{
	const struct faultq_hw_queue_alloc good = {
		.viommu_id = self->viommu,
		.nesting_parent_iova = GUEST_MEM,
		.length = QUEUE_LENGTH,
	};
	static const __u64 lengths[] = { 0,	  16,	      48,	 4095,
					 1 << 21, 1ULL << 32, 1ULL << 63 };
	struct faultq_hw_queue_alloc arg;
	unsigned int i;

#define REFUSED(errno, field, value)                               \
	do {                                                       \
		arg = good;                                        \
		arg.field = (value);                               \
		EXPECT_EQ(-(errno), queue_alloc(self->ctx, &arg)); \
	} while (0)

	REFUSED(EOPNOTSUPP, flags, 1);
	REFUSED(EOPNOTSUPP, type, 2);
	REFUSED(EOPNOTSUPP, type, UINT32_MAX);
	REFUSED(ENOENT, viommu_id, 4711);
	REFUSED(ENOENT, viommu_id, self->dev);
	REFUSED(ENOENT, viommu_id, self->parent);
	REFUSED(EINVAL, index, FAULTQ_MAX_VCMDQS);
	REFUSED(EINVAL, index, UINT32_MAX);
	for (i = 0; i < ARRAY_SIZE(lengths); i++)
		REFUSED(EINVAL, length, lengths[i]);
	REFUSED(EINVAL, nesting_parent_iova, GUEST_MEM + 16);
	REFUSED(EOVERFLOW, length, UINT64_MAX);
	REFUSED(EOVERFLOW, nesting_parent_iova, UINT64_MAX);
	REFUSED(ENOENT, nesting_parent_iova, GUEST_MEM - PAGE);
	REFUSED(ENOENT, nesting_parent_iova, 0);
	REFUSED(EINVAL, size, sizeof(arg) - 1);
	/* none of that took the index */
	arg = good;
	EXPECT_LT(0, queue_alloc(self->ctx, &arg));
}

TEST_F(hw_queue, lengths_and_indices)
{
	struct faultq_hw_queue_alloc arg = {
		.viommu_id = self->viommu,
		.length = 32,
	};
	int id;

	for (; arg.index < FAULTQ_MAX_VCMDQS; arg.index++) {
		arg.nesting_parent_iova = GUEST_MEM + arg.index * arg.length;
		EXPECT_LT(0, queue_alloc(self->ctx, &arg));
	}
	id = arg.out_hw_queue_id;
	for (arg.index = 0; arg.index < FAULTQ_MAX_VCMDQS; arg.index++)
		EXPECT_EQ(-EEXIST, queue_alloc(self->ctx, &arg));
	/* the last one: its index is free again, whatever the new length */
	EXPECT_EQ(0, fq_destroy(self->ctx, id));
	arg.index = FAULTQ_MAX_VCMDQS - 1;
	arg.length = PAGE;
	arg.nesting_parent_iova = GUEST_MEM;
	EXPECT_LT(0, queue_alloc(self->ctx, &arg));
}

/* Up when they are made, down when they are destroyed */
TEST_F(hw_queue, in_the_order_of_their_indices)
{
	int ids[3], i;

	for (i = 0; i < 3; i++) {
		EXPECT_EQ(-EIO,
			  queue_make_alone(self->ctx, self->viommu, i + 1));
		ids[i] = queue_make_alone(self->ctx, self->viommu, i);
		ASSERT_LT(0, ids[i]);
	}
	EXPECT_EQ(-EBUSY, fq_destroy(self->ctx, ids[0]));
	EXPECT_EQ(-EBUSY, fq_destroy(self->ctx, ids[1]));
	EXPECT_EQ(0, fq_destroy(self->ctx, ids[2]));
	EXPECT_EQ(-EBUSY, fq_destroy(self->ctx, ids[0]));
	EXPECT_EQ(0, fq_destroy(self->ctx, ids[1]));
	EXPECT_EQ(-EIO, queue_make_alone(self->ctx, self->viommu, 2));
	EXPECT_LT(0, queue_make_alone(self->ctx, self->viommu, 1));
	/* the rest goes with the context */
	EXPECT_LT(0, queue_make_alone(self->ctx, self->viommu, 2));
}

/* Which page of physical memory a page is in; 0 if that is not known */
static __u64 frame_of(const void *page)
{
	int fd = open("/proc/self/pagemap", O_RDONLY);
	__u64 entry = 0;

	if (pread(fd, &entry, sizeof(entry), (uintptr_t)page / PAGE * 8) !=
	    sizeof(entry))
		entry = 0;
	close(fd);
	return entry & ((1ULL << 55) - 1);
}

#define SOME_PAGES 1024

/* Two pages of @mem side by side, the first of them even or odd; NULL */
static bool find_pair(char *mem, bool odd, char *pair[2])
{
	static __u64 frames[SOME_PAGES];
	int i, j;

	for (i = 0; i < SOME_PAGES; i++)
		frames[i] = frame_of(mem + i * PAGE);
	for (i = 0; i < SOME_PAGES; i++)
		for (j = 0; j < SOME_PAGES; j++) {
			if (!frames[i] || frames[i] % 2 != odd ||
			    frames[j] != frames[i] + 1)
				continue;
			pair[0] = mem + i * PAGE;
			pair[1] = mem + j * PAGE;
			return true;
		}
	return false;
}

#define ELSEWHERE 0x80000000ULL

/* A queue of two pages, in these */
static int queue_in(FIXTURE_DATA(hw_queue) * self, const void *first,
		    const void *second)
{
	struct faultq_hw_queue_alloc arg = {
		.viommu_id = self->viommu,
		.nesting_parent_iova = ELSEWHERE,
		.length = 2 * PAGE,
	};
	__u64 length = 2 * PAGE;
	int ret =
		fq_map(self->ctx, self->parent, MAP_RW, first, PAGE, ELSEWHERE);

	if (!ret)
		ret = fq_map(self->ctx, self->parent, MAP_RW, second, PAGE,
			     ELSEWHERE + PAGE);
	if (!ret)
		ret = queue_alloc(self->ctx, &arg);
	fq_unmap(self->ctx, self->parent, ELSEWHERE, &length);
	return ret;
}

/* As hardware needs it that does not translate the addresses of a queue */
TEST_F(hw_queue, memory_that_is_contiguous)
{
	struct faultq_hw_queue_alloc arg = {
		.viommu_id = self->viommu,
		.nesting_parent_iova = GUEST_MEM,
		.length = 1 << 20,
	};
	char *mem = pages_alloc(SOME_PAGES), *pair[2];
	int id;

	/* the guest has less */
	EXPECT_EQ(-ENOENT, queue_alloc(self->ctx, &arg));
	arg.nesting_parent_iova = ELSEWHERE;
	arg.length = 2 * PAGE;
	ASSERT_EQ(0, fq_map(self->ctx, self->parent, MAP_RW, mem, PAGE,
			    ELSEWHERE));
	EXPECT_EQ(-ENOENT, queue_alloc(self->ctx, &arg));
	ASSERT_EQ(0, fq_unmap(self->ctx, self->parent, ELSEWHERE,
			      &(__u64){ PAGE }));

	EXPECT_EQ(-EFAULT, queue_in(self, mem, mem));
	ASSERT_TRUE(find_pair(mem, true, pair));
	EXPECT_EQ(-EINVAL, queue_in(self, pair[0], pair[1]));
	ASSERT_TRUE(find_pair(mem, false, pair));
	EXPECT_EQ(-EFAULT, queue_in(self, pair[1], pair[0]));
	id = queue_in(self, pair[0], pair[1]);
	EXPECT_LT(0, id);
}

TEST_F(hw_queue, viommus_without_queues)
{
	struct faultq_viommu_alloc arg = {
		.size = sizeof(arg),
		.type = FAULTQ_VIOMMU_TYPE_ARM_SMMUV3,
		.dev_id = self->dev,
		.hwpt_id = self->parent,
	};

	ASSERT_EQ(0, call(self->ctx, FAULTQ_VIOMMU_ALLOC, &arg));
	EXPECT_EQ(-EOPNOTSUPP, queue_make(self->ctx, arg.out_viommu_id, 0));
	EXPECT_EQ(-EOPNOTSUPP,
		  queue_make(self->ctx,
			     fq_viommu(self->ctx, self->dev, self->parent), 0));
}

TEST_F(hw_queue, data_of_the_viommu)
{
	struct {
		struct faultq_viommu_tegra241_cmdqv known;
		__u64 tail;
	} data = {};
	struct faultq_viommu_alloc arg = {
		.size = sizeof(arg),
		.type = FAULTQ_VIOMMU_TYPE_TEGRA241_CMDQV,
		.dev_id = self->dev,
		.hwpt_id = self->parent,
		.data_uptr = (uintptr_t)&data,
	};

	EXPECT_EQ(-EINVAL, call(self->ctx, FAULTQ_VIOMMU_ALLOC, &arg));
	arg.data_len = sizeof(data.known) - 1;
	EXPECT_EQ(-EINVAL, call(self->ctx, FAULTQ_VIOMMU_ALLOC, &arg));
	arg.data_len = sizeof(data);
	EXPECT_EQ(0, call(self->ctx, FAULTQ_VIOMMU_ALLOC, &arg));
	EXPECT_NE(self->offset, data.known.out_vintf_mmap_offset);
	EXPECT_EQ(PAGE, data.known.out_vintf_mmap_length);
	data.tail = 1;
	EXPECT_EQ(-E2BIG, call(self->ctx, FAULTQ_VIOMMU_ALLOC, &arg));
	arg.data_uptr = 0;
	EXPECT_EQ(-EFAULT, call(self->ctx, FAULTQ_VIOMMU_ALLOC, &arg));
	/* a type that has none */
	arg.type = FAULTQ_VIOMMU_TYPE_ARM_SMMUV3;
	EXPECT_EQ(-EINVAL, call(self->ctx, FAULTQ_VIOMMU_ALLOC, &arg));
}

TEST_F(hw_queue, holds_its_viommu)
{
	int id = queue_make(self->ctx, self->viommu, 0);

	ASSERT_LT(0, id);
	EXPECT_EQ(-EBUSY, fq_destroy(self->ctx, self->viommu));
	EXPECT_EQ(0, fq_destroy(self->ctx, id));
	EXPECT_EQ(0, fq_destroy(self->ctx, self->viommu));
}

static int map_errno(int ctx, size_t length, int flags, __u64 offset)
{
	void *mem =
		mmap(NULL, length, PROT_READ | PROT_WRITE, flags, ctx, offset);

	if (mem == MAP_FAILED)
		return -errno;
	munmap(mem, length);
	return 0;
}

TEST_F(hw_queue, mappings_refused)
{
	int other = fq_open();

	EXPECT_EQ(0, map_errno(self->ctx, PAGE, MAP_SHARED, self->offset));
	EXPECT_EQ(-EINVAL,
		  map_errno(self->ctx, PAGE, MAP_PRIVATE, self->offset));
	EXPECT_EQ(-EINVAL,
		  map_errno(self->ctx, 2 * PAGE, MAP_SHARED, self->offset));
	EXPECT_EQ(-ENOENT, map_errno(self->ctx, PAGE, MAP_SHARED, 0));
	EXPECT_EQ(-ENOENT, map_errno(self->ctx, PAGE, MAP_SHARED,
				     self->offset + 4711 * PAGE));
	EXPECT_EQ(-ENOENT, map_errno(other, PAGE, MAP_SHARED, self->offset));
	EXPECT_EQ(MAP_FAILED,
		  mremap(self->page, PAGE, 2 * PAGE, MREMAP_MAYMOVE));
	EXPECT_EQ(0, fq_destroy(self->ctx, self->viommu));
	EXPECT_EQ(-ENOENT,
		  map_errno(self->ctx, PAGE, MAP_SHARED, self->offset));
	close(other);
}

TEST_F(hw_queue, executes_what_is_rung_for)
{
	__u32 prod;

	ASSERT_LT(0, READY(5));
	/* several times around, by steps that do not divide the length */
	for (prod = 0; prod < 8 * QUEUE_CMDS; prod += 97) {
		ring(self->page, 5, prod);
		ASSERT_TRUE(wait_cons(self->page, 5, prod));
	}
	EXPECT_EQ(0, stop_reason(self->page, 5));
}

struct ringer {
	registers *page;
	__u32 index;
	unsigned int rings;
	pthread_t thread;
	bool lost;
};

static void *ringer_run(void *data)
{
	struct ringer *ringer = data;
	unsigned int i;

	for (i = 1; i <= ringer->rings && !ringer->lost; i++) {
		ring(ringer->page, ringer->index, i);
		ringer->lost = !wait_cons(ringer->page, ringer->index, i);
	}
	return NULL;
}

/* None may be lost, though each takes the page away from the other. */
TEST_F(hw_queue, rung_by_two_threads)
{
	struct ringer ringers[2];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		ringers[i] = (struct ringer){
			.page = self->page,
			.index = i,
			.rings = 100,
		};
		ASSERT_LT(0, READY(i));
		ASSERT_EQ(0, pthread_create(&ringers[i].thread, NULL,
					    ringer_run, &ringers[i]));
	}
	for (i = 0; i < 2; i++) {
		pthread_join(ringers[i].thread, NULL);
		EXPECT_FALSE(ringers[i].lost);
	}
}

/* A queue of nothing but CMD_SYNC, which every guest may give */
static int sync_queue_ready(registers *page, __u64 (*mem)[2], int ctx,
			    __u32 viommu, __u32 index)
{
	int id = queue_ready(page, mem, ctx, viommu, index);

	fill(mem + index * QUEUE_CMDS, CMD_SYNC);
	return id;
}

#define SYNCS_READY(index) \
	sync_queue_ready(self->page, self->mem, self->ctx, self->viommu, index)

/* A guest that has the page of registers; KVM's modules go with the fixture. */
static int vm_make(FIXTURE_DATA(hw_queue) * self)
{
	int ret = kvm_load();

	if (ret) {
		kvm_unload();
		return ret;
	}
	self->has_vm = true;
	return kvm_make(&self->vm, (void *)self->page);
}

static __u16 vcmdq_offset(__u32 index, __u32 reg)
{
	return index * FAULTQ_VCMDQ_STRIDE + reg;
}

/*
 * KVM faults the page in for the guest, then looks it up. The store is made even
 * if the page is unmapped in between.
 */
TEST_F_TIMEOUT(hw_queue, kvm_guest_stores, 120)
{
	__u32 prod;

	if (!kvm_is_there())
		SKIP(return, "this kernel has no KVM");
	ASSERT_EQ(0, vm_make(self));
	ASSERT_LT(0, SYNCS_READY(0));
	for (prod = 1; prod <= 500; prod++) {
		ASSERT_EQ(0, kvm_store(&self->vm, 0,
				       vcmdq_offset(0, FAULTQ_VCMDQ_PROD),
				       prod & INDEX_MASK));
		ASSERT_TRUE(wait_cons(self->page, 0, prod));
	}
	EXPECT_EQ(0, stop_reason(self->page, 0));
}

struct guest_ringer {
	struct kvm_vm *vm;
	__u32 index;
	__u32 rings;
	pthread_t thread;
	int ret;
};

static void *guest_ringer_run(void *data)
{
	struct guest_ringer *ringer = data;
	const struct kvm_poll poll = {
		.written = vcmdq_offset(ringer->index, FAULTQ_VCMDQ_PROD),
		.read = vcmdq_offset(ringer->index, FAULTQ_VCMDQ_CONS),
		.mask = INDEX_MASK,
		.times = ringer->rings,
	};

	ringer->ret = kvm_poll(ringer->vm, ringer->index, &poll);
	return NULL;
}

/* The guest waits itself for what it rang for: it reads the page as well. */
TEST_F_TIMEOUT(hw_queue, kvm_guest_polls, 120)
{
	struct guest_ringer ringer = { .vm = &self->vm, .rings = 500 };

	if (!kvm_is_there())
		SKIP(return, "this kernel has no KVM");
	ASSERT_EQ(0, vm_make(self));
	ASSERT_LT(0, SYNCS_READY(0));
	guest_ringer_run(&ringer);
	EXPECT_EQ(0, ringer.ret);
	EXPECT_TRUE(wait_cons(self->page, 0, ringer.rings));
}

TEST_F_TIMEOUT(hw_queue, kvm_guest_polls_with_two_processors, 120)
{
	struct guest_ringer ringers[KVM_VCPUS];
	unsigned int i;

	if (!kvm_is_there())
		SKIP(return, "this kernel has no KVM");
	ASSERT_EQ(0, vm_make(self));
	for (i = 0; i < KVM_VCPUS; i++) {
		ringers[i] = (struct guest_ringer){
			.vm = &self->vm,
			.index = i,
			.rings = 200,
		};
		ASSERT_LT(0, SYNCS_READY(i));
	}
	for (i = 0; i < KVM_VCPUS; i++)
		ASSERT_EQ(0, pthread_create(&ringers[i].thread, NULL,
					    guest_ringer_run, &ringers[i]));
	for (i = 0; i < KVM_VCPUS; i++) {
		pthread_join(ringers[i].thread, NULL);
		EXPECT_EQ(0, ringers[i].ret);
		EXPECT_TRUE(wait_cons(self->page, i, ringers[i].rings));
	}
}

struct remote_write {
	registers *to;
	char *from;
	ssize_t ret;
	pthread_t thread;
};

static void *remote_write_run(void *data)
{
	struct remote_write *write = data;
	const struct iovec local = { write->from, sizeof(*write->to) };
	const struct iovec remote = { (void *)write->to, sizeof(*write->to) };

	write->ret = process_vm_writev(getpid(), &local, 1, &remote, 1, 0);
	return NULL;
}

/*
 * What has looked up the page can write it later, without a fault, when the page
 * was unmapped long ago.
 */
TEST_F(hw_queue, rung_by_reference)
{
	struct remote_write write = {};
	int uffd;

	ASSERT_LT(0, SYNCS_READY(0));
	ASSERT_LT(0, SYNCS_READY(1));
	ring(self->page, 0, 100);
	ASSERT_TRUE(wait_cons(self->page, 0, 100));
	write.to = reg(self->page, 0, FAULTQ_VCMDQ_PROD);
	write.from = hold_page(&uffd);
	ASSERT_NE(NULL, write.from);
	ASSERT_EQ(0, pthread_create(&write.thread, NULL, remote_write_run,
				    &write));
	ASSERT_EQ(0, await_touch(uffd));
	ring(self->page, 1, 1);
	EXPECT_TRUE(wait_cons(self->page, 1, 1));
	/* it writes a 0 */
	ASSERT_EQ(0, release_page(uffd, write.from));
	pthread_join(write.thread, NULL);
	EXPECT_EQ(sizeof(*write.to), write.ret);
	EXPECT_TRUE(wait_cons(self->page, 0, 0));
	close(uffd);
}

/* Nothing would be noticed of what is written by a reference that is kept. */
TEST_F(hw_queue, page_is_not_pinned_for_writing)
{
	const struct iovec buffer = { (void *)self->page, PAGE };
	struct uring uring;

	ASSERT_EQ(0, uring_open(&uring));
	EXPECT_EQ(-1, syscall(SYS_io_uring_register, uring.fd,
			      IORING_REGISTER_BUFFERS, &buffer, 1));
	EXPECT_EQ(EFAULT, errno);
	uring_close(&uring);
	EXPECT_EQ(-EFAULT, fq_map(self->ctx, self->parent, MAP_RW,
				  (void *)self->page, PAGE, 0));
}

TEST_F(hw_queue, rung_however_it_is_mapped)
{
	registers *moved, *other = vintf_map(self->ctx, self->offset);
	void *page = self->page;

	ASSERT_LT(0, READY(0));
	/* there for reading before it is written to */
	EXPECT_TRUE(wait_cons(other, 0, 0));
	ring(other, 0, 1);
	EXPECT_TRUE(wait_cons(self->page, 0, 1));

	ASSERT_EQ(0, mprotect(page, PAGE, PROT_READ));
	EXPECT_TRUE(wait_cons(self->page, 0, 1));
	ASSERT_EQ(0, mprotect(page, PAGE, PROT_READ | PROT_WRITE));
	ring(self->page, 0, 2);
	EXPECT_TRUE(wait_cons(other, 0, 2));

	ASSERT_EQ(0, munmap(other, PAGE));
	moved = mremap(page, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, other);
	ASSERT_EQ(other, moved);
	self->page = moved;
	ring(moved, 0, 3);
	EXPECT_TRUE(wait_cons(moved, 0, 3));
}

/* What Tegra241's queues execute for a guest, and nothing else */
TEST_F(hw_queue, commands_that_it_executes)
{
	const __u64 vsid = 0x33, legal[] = {
		CMD_TLBI_NH_ASID, CMD_TLBI_NH_VA,     CMD_ATC_INV | vsid << 32,
		CMD_SYNC,	  CMD_SYNC | 2 << 12, /* by an event */
	};
	__u64 op;
	__u32 i;

	ASSERT_LT(0, fq_vdevice(self->ctx, self->viommu, self->dev, vsid));
	ASSERT_LT(0, READY(0));
	for (i = 0; i < ARRAY_SIZE(legal); i++)
		self->mem[i][0] = legal[i];
	ring(self->page, 0, i);
	ASSERT_TRUE(wait_cons(self->page, 0, i));
	EXPECT_EQ(0, stop_reason(self->page, 0));
	for (op = 0; op < 256; op++) {
		if (op == CMD_TLBI_NH_ASID || op == CMD_TLBI_NH_VA ||
		    op == CMD_ATC_INV || op == CMD_SYNC)
			continue;
		/* a stream that the guest has, if it is about one */
		self->mem[0][0] = op | vsid << 32;
		reg_write(self->page, 0, FAULTQ_VCMDQ_CONFIG, 0);
		ASSERT_TRUE(wait_reg(reg(self->page, 0, FAULTQ_VCMDQ_STATUS), 1,
				     0));
		reg_write(self->page, 0, FAULTQ_VCMDQ_PROD, 0);
		ASSERT_TRUE(queue_enable(self->page, 0));
		ring(self->page, 0, 1);
		ASSERT_TRUE(wait_reg(reg(self->page, 0, FAULTQ_VCMDQ_CONS),
				     0x7f << 24, 1 << 24))
		TH_LOG("%llx", op);
		EXPECT_TRUE(wait_cons(self->page, 0, 0));
	}
}

TEST_F(hw_queue, illegal_command_and_recovery)
{
	ASSERT_LT(0, READY(2));
	self->mem[2 * QUEUE_CMDS + 10][0] = CMD_ILLEGAL;
	ring(self->page, 2, 20);
	ASSERT_TRUE(wait_stop(self->page, 2, 1));
	EXPECT_TRUE(wait_cons(self->page, 2, 10));
	EXPECT_EQ(1, stop_reason(self->page, 2));
	/* it stays stopped, however often it is rung */
	ring(self->page, 2, 30);
	self->mem[2 * QUEUE_CMDS + 10][0] = CMD_SYNC;
	reg_write(self->page, 2, FAULTQ_VCMDQ_GERRORN, 1);
	EXPECT_TRUE(wait_cons(self->page, 2, 30));
	EXPECT_EQ(0, stop_reason(self->page, 2));
	/* and once more, the toggle the other way */
	self->mem[2 * QUEUE_CMDS + 40][0] = CMD_ILLEGAL;
	ring(self->page, 2, 50);
	ASSERT_TRUE(wait_stop(self->page, 2, 0));
	EXPECT_TRUE(wait_cons(self->page, 2, 40));
}

TEST_F(hw_queue, stopped_queue_stops_no_other)
{
	ASSERT_LT(0, READY(0));
	ASSERT_LT(0, READY(1));
	self->mem[0][0] = CMD_ILLEGAL;
	ring(self->page, 0, 4);
	ASSERT_TRUE(wait_stop(self->page, 0, 1));
	ring(self->page, 1, 4);
	EXPECT_TRUE(wait_cons(self->page, 1, 4));
	EXPECT_EQ(0, reg_read(self->page, 1, FAULTQ_VCMDQ_GERROR) & 1);
	EXPECT_TRUE(wait_cons(self->page, 0, 0));
}

TEST_F(hw_queue, memory_goes_and_comes_back)
{
	__u64 length = UINT64_MAX;

	ASSERT_LT(0, READY(0));
	ring(self->page, 0, 8);
	ASSERT_TRUE(wait_cons(self->page, 0, 8));
	ASSERT_EQ(0, fq_unmap(self->ctx, self->parent, 0, &length));
	ring(self->page, 0, 16);
	ASSERT_TRUE(wait_stop(self->page, 0, 1));
	EXPECT_EQ(2, stop_reason(self->page, 0));
	EXPECT_TRUE(wait_cons(self->page, 0, 8));
	ASSERT_EQ(0, fq_map(self->ctx, self->parent, MAP_RW, self->mem,
			    GUEST_MEM_PAGES * PAGE, GUEST_MEM));
	reg_write(self->page, 0, FAULTQ_VCMDQ_GERRORN, 1);
	EXPECT_TRUE(wait_cons(self->page, 0, 16));
}

/* Whatever lies in memory and registers, the kernel lives on. */
TEST_F(hw_queue, scribbled_over_while_running)
{
	unsigned int i, round, seed = 1;
	int id;

	for (round = 0; round < 8; round++) {
		id = READY(7);
		ASSERT_LT(0, id);
		for (i = 0; i < 400; i++) {
			self->mem[7 * QUEUE_CMDS + rand_r(&seed) % QUEUE_CMDS]
				 [0] = rand_r(&seed);
			self->page[rand_r(&seed) % (PAGE / 4)] = rand_r(&seed);
		}
		EXPECT_EQ(0, fq_destroy(self->ctx, id));
		memset(self->page, 0, PAGE);
	}
	ASSERT_LT(0, READY(7));
}

TEST_F(hw_queue, device_info)
{
	const __u32 can = FAULTQ_DEVICE_CAP_NESTING | FAULTQ_DEVICE_CAP_EVENTS |
			  FAULTQ_DEVICE_CAP_USER_PASID_TABLE |
			  FAULTQ_DEVICE_CAP_HW_QUEUE;
	struct faultq_hw_info_arm_smmuv3 smmu = {};
	struct faultq_device_info info = {
		.size = sizeof(info),
		.dev_id = self->dev,
		.data_uptr = (uintptr_t)&smmu,
		.data_len = sizeof(smmu),
	};

	ASSERT_EQ(0, call(self->ctx, FAULTQ_DEVICE_INFO, &info));
	EXPECT_EQ(can, info.out_capabilities & can);
	EXPECT_EQ(FAULTQ_HW_INFO_ARM_SMMUV3, info.out_data_type);
	EXPECT_EQ(sizeof(smmu), info.data_len);
	/* both stages: S1P and S2P of SMMU_IDR0 */
	EXPECT_EQ(3, smmu.idr[0] & 3);
}

/* The guest has the PASID table. */
TEST_F(hw_queue, no_pasid_is_bound)
{
	EXPECT_EQ(-EOPNOTSUPP,
		  fq_pasid_bind(self->ctx,
				&(struct faultq_pasid_bind){
					.dev_id = self->dev,
					.pt_id = self->parent,
					.guest_pasid = GUEST_PASID,
					.host_pasid = 1,
					.data_type = FAULTQ_HWPT_DATA_VTD_S1,
					.vtd_s1.addr_width = 48,
				}));
}

static int error_queue(struct event_queue *queue, int ctx, __u32 viommu,
		       __u32 native_type)
{
	return event_queue_make(queue, ctx, viommu, native_type,
				(struct faultq_queue_alloc){});
}

/* The queues that an event names, each by a bit; there are no more than 64 */
static __u64 error_map(const struct event_queue *queue, __u32 nr)
{
	__u64 map[2];

	memcpy(map, event_at(queue, nr)->native, sizeof(map));
	return map[1] ? UINT64_MAX : map[0];
}

/* The next command of a queue is illegal, and rung for. */
static bool stop(registers *page, __u64 (*mem)[2], __u32 index)
{
	__u32 cons = reg_read(page, index, FAULTQ_VCMDQ_CONS) & INDEX_MASK;
	__u32 gerror = reg_read(page, index, FAULTQ_VCMDQ_GERROR) & 1;

	mem[index * QUEUE_CMDS + cons % QUEUE_CMDS][0] = CMD_ILLEGAL;
	ring(page, index, cons + 1);
	return wait_stop(page, index, !gerror);
}

static bool recover(registers *page, __u64 (*mem)[2], __u32 index)
{
	__u32 cons = reg_read(page, index, FAULTQ_VCMDQ_CONS) & INDEX_MASK;

	mem[index * QUEUE_CMDS + cons % QUEUE_CMDS][0] = CMD_SYNC;
	reg_write(page, index, FAULTQ_VCMDQ_GERRORN,
		  reg_read(page, index, FAULTQ_VCMDQ_GERROR));
	return wait_cons(page, index, cons + 1);
}

#define STOP(index) stop(self->page, self->mem, index)
#define RECOVER(index) recover(self->page, self->mem, index)

TEST_F(hw_queue, error_event_names_all_that_are_stopped)
{
	const struct faultq_event *event;
	struct event_queue queue;

	ASSERT_EQ(0, error_queue(&queue, self->ctx, self->viommu,
				 FAULTQ_NATIVE_NONE));
	ASSERT_LT(0, READY(0));
	ASSERT_LT(0, READY(3));
	ASSERT_LT(0, READY(15));
	ASSERT_TRUE(STOP(3));
	ASSERT_TRUE(EVENTS_PUBLISHED(&queue, 1));
	event = event_at(&queue, 0);
	EXPECT_EQ(FAULTQ_RECORD_QUEUE_ERROR, event->type);
	EXPECT_EQ(0, event->flags);
	EXPECT_EQ(FAULTQ_REASON_QUEUE_STOPPED, event->reason);
	EXPECT_EQ(0, event->dev_id);
	EXPECT_EQ(0, event->virt_id);
	EXPECT_EQ(0, event->cookie);
	EXPECT_EQ(FAULTQ_NATIVE_TEGRA241_CMDQV, event->native_type);
	EXPECT_EQ(16, event->native_len);
	EXPECT_EQ(1 << 3, error_map(&queue, 0));

	ASSERT_TRUE(STOP(15));
	ASSERT_TRUE(EVENTS_PUBLISHED(&queue, 2));
	EXPECT_EQ(1 << 3 | 1 << 15, error_map(&queue, 1));
	ASSERT_TRUE(RECOVER(3));
	ASSERT_TRUE(STOP(0));
	ASSERT_TRUE(EVENTS_PUBLISHED(&queue, 3));
	EXPECT_EQ(1 << 0 | 1 << 15, error_map(&queue, 2));
	event_queue_close(&queue);
}

/* A queue that was stopped before is no reason for an event, rung or not. */
TEST_F(hw_queue, one_error_event_for_each_stop)
{
	struct event_queue queue;

	ASSERT_EQ(0, error_queue(&queue, self->ctx, self->viommu,
				 FAULTQ_NATIVE_TEGRA241_CMDQV));
	ASSERT_LT(0, READY(1));
	ASSERT_LT(0, READY(2));
	ASSERT_TRUE(STOP(1));
	ring(self->page, 1, 9);
	ring(self->page, 2, 9);
	ASSERT_TRUE(wait_cons(self->page, 2, 9));
	/* disabled, it is not stopped any more */
	reg_write(self->page, 1, FAULTQ_VCMDQ_CONFIG, 0);
	ASSERT_TRUE(wait_reg(reg(self->page, 1, FAULTQ_VCMDQ_STATUS), 1, 0));
	ASSERT_TRUE(STOP(2));
	ASSERT_TRUE(EVENTS_PUBLISHED(&queue, 2));
	EXPECT_EQ(1 << 1, error_map(&queue, 0));
	EXPECT_EQ(1 << 2, error_map(&queue, 1));
	event_queue_close(&queue);
}

TEST_F(hw_queue, error_event_is_for_its_viommu)
{
	struct event_queue queues[3];
	struct {
		struct vevent_header header;
		__u64 map[2];
	} got = {};
	__u64 offset;
	int other;

	other = vintf_alloc(self->ctx, self->dev, self->parent, &offset);
	ASSERT_LT(0, other);
	ASSERT_EQ(0, error_queue(&queues[0], self->ctx, self->viommu,
				 FAULTQ_NATIVE_TEGRA241_CMDQV));
	ASSERT_EQ(0, error_queue(&queues[1], self->ctx, self->viommu,
				 FAULTQ_NATIVE_NONE));
	ASSERT_EQ(0, error_queue(&queues[2], self->ctx, other,
				 FAULTQ_NATIVE_TEGRA241_CMDQV));
	ASSERT_LT(0, READY(7));
	ASSERT_TRUE(STOP(7));
	ASSERT_EQ(sizeof(got), read(queues[0].fd, &got, sizeof(got)));
	EXPECT_EQ(0, got.header.flags);
	EXPECT_EQ(0, got.header.sequence);
	EXPECT_EQ(1 << 7, got.map[0]);
	EXPECT_EQ(0, got.map[1]);
	/* without one for the form, it is for all forms */
	event_queue_close(&queues[0]);
	EXPECT_EQ(0, LOOK(queues[1].ring.header->arrived));
	ASSERT_TRUE(RECOVER(7));
	ASSERT_TRUE(STOP(7));
	ASSERT_TRUE(EVENTS_PUBLISHED(&queues[1], 1));
	EXPECT_EQ(1 << 7, error_map(&queues[1], 0));
	EXPECT_EQ(0, LOOK(queues[2].ring.header->arrived));
	event_queue_close(&queues[1]);
	event_queue_close(&queues[2]);
}

/* No one waits for the error: it comes before the end, or never. */
TEST_F(hw_queue, error_while_the_viommu_ends)
{
	struct event_queue queue;
	__u64 offset, arrived;
	int i, viommu, id;
	registers *page;

	ASSERT_LT(0, READY(0));
	for (i = 0; i < 50; i++) {
		viommu = vintf_alloc(self->ctx, self->dev, self->parent,
				     &offset);
		ASSERT_LT(0, viommu);
		page = vintf_map(self->ctx, offset);
		ASSERT_NE(MAP_FAILED, page);
		ASSERT_EQ(0, error_queue(&queue, self->ctx, viommu,
					 FAULTQ_NATIVE_NONE));
		id = queue_ready(page, self->mem, self->ctx, viommu, 0);
		ASSERT_LT(0, id);
		self->mem[0][0] = CMD_ILLEGAL;
		ring(page, 0, 1);
		ASSERT_EQ(0, fq_destroy(self->ctx, id));
		ASSERT_EQ(0, fq_destroy(self->ctx, viommu));
		arrived = LOOK(queue.ring.header->arrived);
		EXPECT_GE(1, arrived);
		if (arrived)
			EXPECT_EQ(1, error_map(&queue, 0));
		event_queue_close(&queue);
		munmap(page, PAGE);
	}
}

static sigjmp_buf on_bus;

static void handle_bus(int sig)
{
	siglongjmp(on_bus, 1);
}

/* Whether an access to the page is SIGBUS */
static bool is_gone(registers *page, bool write)
{
	struct sigaction action = { .sa_handler = handle_bus }, old;
	bool gone = true;

	sigaction(SIGBUS, &action, &old);
	if (!sigsetjmp(on_bus, 1)) {
		if (write)
			ring(page, 0, 1);
		else
			reg_read(page, 0, FAULTQ_VCMDQ_CONS);
		gone = false;
	}
	sigaction(SIGBUS, &old, NULL);
	return gone;
}

TEST_F(hw_queue, page_goes_with_the_viommu)
{
	int next, id = READY(0);
	__u64 offset;

	/* what is seen of this ring is there to be read, and no one is at it */
	ASSERT_LT(0, id);
	ring(self->page, 0, 1);
	EXPECT_TRUE(wait_cons(self->page, 0, 1));
	EXPECT_EQ(0, fq_destroy(self->ctx, id));
	EXPECT_FALSE(is_gone(self->page, false));
	ASSERT_EQ(0, fq_destroy(self->ctx, self->viommu));
	EXPECT_TRUE(is_gone(self->page, false));
	EXPECT_TRUE(is_gone(self->page, true));
	/* nor does it become that of the next one */
	next = vintf_alloc(self->ctx, self->dev, self->parent, &offset);
	ASSERT_LT(0, next);
	EXPECT_NE(self->offset, offset);
	EXPECT_TRUE(is_gone(self->page, false));
}

TEST_F(hw_queue, mapping_keeps_the_context)
{
	ASSERT_LT(0, READY(0));
	close_once(&self->ctx);
	ring(self->page, 0, 9);
	EXPECT_TRUE(wait_cons(self->page, 0, 9));
}

/* Rings until the page is gone. */
static void child_rings(registers *page)
{
	while (!is_gone(page, true))
		;
	_exit(is_gone(page, false) ? 0 : 1);
}

TEST_F(hw_queue, child_rings_until_the_end)
{
	int id = READY(0), status = -1;
	pid_t child;

	ASSERT_LT(0, id);
	ring(self->page, 0, 0);
	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		child_rings(self->page);
	/* the child is at it */
	EXPECT_TRUE(wait_cons(self->page, 0, 1));
	ASSERT_EQ(0, fq_destroy(self->ctx, id));
	ASSERT_EQ(0, fq_destroy(self->ctx, self->viommu));
	EXPECT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
}

TEST_HARNESS_MAIN
