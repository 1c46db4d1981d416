// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may do what: by the modes of the nodes, by capabilities, and by a file
 * that was passed on or inherited.
 */
#include <fcntl.h>
#include <grp.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "bed.h"
#include "file.h"
#include "kselftest_harness.h"

#define NOBODY 65534
#define NR_PAGES 16

/* The rights of an ordinary user; still the owner of its own /proc */
static int become_nobody(void)
{
	if (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
	    setresuid(NOBODY, NOBODY, NOBODY) ||
	    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0))
		return -errno;
	return 0;
}

/* In a namespace of its own, where it is root with every capability */
static int become_root_of_a_namespace(void)
{
	if (unshare(CLONE_NEWUSER))
		return -errno;
	return write_file("/proc/self/uid_map", "0 0 1");
}

static int open_at(const char *path, int flags)
{
	int fd = open(path, flags);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* What @fd leads to, opened once more */
static int open_again(int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open_at(path, O_RDWR);
}

static int memlock(size_t bytes)
{
	const struct rlimit limit = { bytes, bytes };

	return setrlimit(RLIMIT_MEMLOCK, &limit) ? -errno : 0;
}

TEST(nobody_opens_anything)
{
	ASSERT_EQ(0, become_nobody());
	EXPECT_EQ(-EACCES, open_at(FAULTQ_PATH, O_RDWR));
	EXPECT_EQ(-EACCES, open_at(FAULTQ_PATH, O_RDONLY));
	EXPECT_EQ(-EACCES, open_at(MOCK_PATH, O_RDWR));
	EXPECT_EQ(-EACCES, open_at(MOCK_PATH, O_RDONLY));
	EXPECT_EQ(-EACCES,
		  open_at("/sys/kernel/debug/faultq/queues", O_RDONLY));
	EXPECT_EQ(-EACCES,
		  open_at("/sys/kernel/debug/faultq/pending", O_RDONLY));
	EXPECT_EQ(-EACCES, open_at("/sys/kernel/debug/mock_iommu", O_RDONLY));
}

/* The mock can make devices appear: that is for root of the machine. */
TEST(root_of_a_namespace_has_no_mock)
{
	int ret;

	ASSERT_EQ(0, open_at(MOCK_PATH, O_RDWR));
	ret = become_root_of_a_namespace();
	if (ret == -EINVAL)
		SKIP(return, "no user namespaces in this kernel");
	ASSERT_EQ(0, ret);
	EXPECT_EQ(-EPERM, open_at(MOCK_PATH, O_RDWR));
}

TEST(hardware_is_off_and_stays_so)
{
	static const char *const paths[] = {
		"/sys/module/faultq/parameters/allow_hw",
		"/sys/module/faultq/parameters/allow_unsafe_interrupts",
	};
	char value[2];
	unsigned int i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		fd = open(paths[i], O_RDONLY);
		ASSERT_LE(0, fd);
		EXPECT_EQ(2, read(fd, value, sizeof(value)));
		EXPECT_EQ('N', value[0]);
		close(fd);
		EXPECT_EQ(-EACCES, open_at(paths[i], O_WRONLY));
	}
	ASSERT_EQ(0, become_nobody());
	for (i = 0; i < ARRAY_SIZE(paths); i++)
		EXPECT_EQ(-EACCES, open_at(paths[i], O_WRONLY));
}

FIXTURE(rights)
{
	struct bed bed;
	struct faultq_queue_alloc other; /* a second QUEUE of the context */
	char *mem;
	int go[2], done[2]; /* pipes to and from the child */
};

FIXTURE_SETUP(rights)
{
	ASSERT_EQ(0, bed_make(&self->bed, &(struct faultq_queue_alloc){}));
	self->other = (struct faultq_queue_alloc){
		.type = FAULTQ_QUEUE_TYPE_IOPF,
		.nr_rings = 1,
		.nr_records = 1,
		.nr_groups = 1,
	};
	ASSERT_EQ(0, fq_queue_alloc(self->bed.ctx, &self->other));
	self->mem = pages_alloc(NR_PAGES);
	ASSERT_NE(NULL, self->mem);
	ASSERT_EQ(0, pipe(self->go));
	ASSERT_EQ(0, pipe(self->done));
}

FIXTURE_TEARDOWN(rights)
{
	bed_free(&self->bed);
}

static int status_of(pid_t child)
{
	int status;

	return waitpid(child, &status, 0) == child && WIFEXITED(status) ?
		       WEXITSTATUS(status) :
		       -1;
}

/* Has nothing but the file of the QUEUE. Returns 0, or where it went wrong. */
static int queue_alone(int fd)
{
	static const unsigned long calls[] = {
		FAULTQ_DESTROY,	       FAULTQ_QUEUE_ALLOC,
		FAULTQ_DEVICE_BIND,    FAULTQ_DEVICE_INFO,
		FAULTQ_HWPT_ALLOC,     FAULTQ_HWPT_MAP,
		FAULTQ_HWPT_UNMAP,     FAULTQ_DEVICE_ATTACH,
		FAULTQ_DEVICE_DETACH,  FAULTQ_PASID_ALLOC,
		FAULTQ_PASID_FREE,     FAULTQ_VIOMMU_ALLOC,
		FAULTQ_VDEVICE_ALLOC,  FAULTQ_HWPT_INVALIDATE,
		FAULTQ_PASID_BIND,     FAULTQ_PASID_UNBIND,
		FAULTQ_HW_QUEUE_ALLOC, FAULTQ_HWPT_IOVA_RANGES,
	};
	struct faultq_queue_info info;
	__u64 arg[64] = { sizeof(arg) };
	struct ring ring;
	unsigned int i;

	if (become_nobody())
		return 1;
	for (i = 0; i < ARRAY_SIZE(calls); i++)
		if (call(fd, calls[i], arg) != -ENOTTY)
			return 2;
	if (open_again(fd) >= 0)
		return 3;
	if (fq_queue_info(fd, &info) ||
	    mmap(NULL, info.out_records_size, PROT_READ | PROT_WRITE,
		 MAP_SHARED, fd,
		 FAULTQ_MMAP_OFFSET(0, FAULTQ_REGION_RECORDS)) != MAP_FAILED)
		return 4;
	if (fq_republish(fd, 0) != 2 || ring_map(&ring, fd, 0))
		return 5;
	if (ring_answer(&ring, ring_take(&ring), FAULTQ_RESPONSE_SUCCESS) != 1)
		return 6;
	return 0;
}

/* It answers faults; all else is its context's, which goes on without it. */
TEST_F(rights, file_of_a_queue)
{
	struct bed *bed = &self->bed;
	pid_t child;

	ASSERT_EQ(0, bed_faults(bed, 2));
	ASSERT_TRUE(AWAIT(LOOK(bed->ring.header->arrived) == 2));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		close(bed->ctx);
		close(bed->mock);
		close(self->other.out_queue_fd);
		_exit(queue_alone(bed->fd));
	}
	EXPECT_EQ(0, status_of(child));
	EXPECT_EQ(1, bed_answered(bed, 1, MOCK_IOMMU_RESPONSE_SUCCESS));
	EXPECT_EQ(1, ring_pending(&bed->ring));
	EXPECT_EQ(0, fq_doorbell(self->other.out_queue_fd, 0));
	EXPECT_EQ(0, fq_map(bed->ctx, bed->hwpt, MAP_RW, self->mem, PAGE,
			    BED_IOVA));
}

/* A file is a right by itself, and the right to no other file. */
static int context_and_mock(struct bed *bed)
{
	struct mock_iommu_endpoint_stats stats;
	struct faultq_device_info info;

	if (become_nobody())
		return 1;
	if (fq_info(bed->ctx, bed->dev, &info) ||
	    mock_endpoint_stats(bed->mock, bed->ep, &stats))
		return 2;
	if (open_again(bed->ctx) != -EACCES || open_again(bed->mock) != -EACCES)
		return 3;
	return 0;
}

TEST_F(rights, file_of_a_context_and_of_the_mock)
{
	pid_t child = fork();

	ASSERT_LE(0, child);
	if (!child)
		_exit(context_and_mock(&self->bed));
	EXPECT_EQ(0, status_of(child));
}

static long pinned_kib(pid_t pid)
{
	char path[64], line[128];
	long kib = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "VmPin: %ld", &kib) == 1)
			break;
	if (file)
		fclose(file);
	return kib;
}

/* Maps as many pages as it may, tells, and waits. */
static int map_to_the_limit(struct bed *bed, char *mem, const int *go,
			    const int *done)
{
	char byte = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (memlock(8 * PAGE) || become_nobody())
		return 1;
	memset(mem, 0x99, 8 * PAGE);
	if (fq_map(bed->ctx, bed->hwpt, MAP_RW, mem, 9 * PAGE, BED_IOVA) !=
	    -ENOMEM)
		return 2;
	if (fq_map(bed->ctx, bed->hwpt, MAP_RW, mem, 8 * PAGE, BED_IOVA))
		return 3;
	if (fq_map(bed->ctx, bed->hwpt, MAP_RW, mem + 8 * PAGE, PAGE,
		   BED_IOVA + 8 * PAGE) != -ENOMEM)
		return 4;
	if (write(done[1], &byte, 1) != 1 || read(go[0], &byte, 1) != 1)
		return 5;
	return 0;
}

/*
 * Its own memory, its own limit and its own count of pinned pages; charged
 * to the user who opened the context, until it is unmapped.
 */
TEST_F(rights, child_maps_its_own_memory)
{
	struct bed *bed = &self->bed;
	char byte = 0, buf[PAGE] = {};
	__u64 length = 8 * PAGE;
	pid_t child = fork();

	ASSERT_LE(0, child);
	if (!child)
		_exit(map_to_the_limit(bed, self->mem, self->go, self->done));
	close(self->done[1]);
	ASSERT_EQ(1, read(self->done[0], &byte, 1));
	EXPECT_EQ(32, pinned_kib(child));
	EXPECT_EQ(0, pinned_kib(getpid()));
	EXPECT_EQ(MOCK_IOMMU_DMA_OK,
		  bed_dma(bed, MOCK_IOMMU_DMA_READ, buf, PAGE));
	EXPECT_EQ(0x99, (unsigned char)buf[17]);
	EXPECT_EQ(0, self->mem[17]);

	ASSERT_EQ(1, write(self->go[1], &byte, 1));
	EXPECT_EQ(0, status_of(child));
	/* its memory stays as long as the device may reach it */
	buf[17] = 0;
	EXPECT_EQ(MOCK_IOMMU_DMA_OK,
		  bed_dma(bed, MOCK_IOMMU_DMA_READ, buf, PAGE));
	EXPECT_EQ(0x99, (unsigned char)buf[17]);
	EXPECT_EQ(0, fq_unmap(bed->ctx, bed->hwpt, BED_IOVA, &length));
}

/* Capabilities over a namespace do not lift the limit. */
TEST_F(rights, root_of_a_namespace_has_a_limit)
{
	struct bed *bed = &self->bed;
	int ret;

	ASSERT_EQ(0, memlock(8 * PAGE));
	ret = become_root_of_a_namespace();
	if (ret == -EINVAL)
		SKIP(return, "no user namespaces in this kernel");
	ASSERT_EQ(0, ret);
	EXPECT_EQ(0, fq_map(bed->ctx, bed->hwpt, MAP_RW, self->mem, 8 * PAGE,
			    BED_IOVA));
	EXPECT_EQ(-ENOMEM, fq_map(bed->ctx, bed->hwpt, MAP_RW, self->mem, PAGE,
				  BED_IOVA + 8 * PAGE));
}

/* Either process closes its copies; nothing ends but with the last one. */
TEST_F(rights, either_process_closes)
{
	struct bed *bed = &self->bed;
	pid_t child = fork();
	char byte;

	ASSERT_LE(0, child);
	if (!child) {
		ring_unmap(&bed->ring);
		close(bed->fd);
		close(bed->ctx);
		_exit(0);
	}
	ASSERT_EQ(0, status_of(child));
	ASSERT_EQ(0, bed_faults(bed, 1));
	EXPECT_EQ(1, ring_answer(&bed->ring, ring_take(&bed->ring),
				 FAULTQ_RESPONSE_SUCCESS));
	EXPECT_EQ(1, bed_answered(bed, 1, MOCK_IOMMU_RESPONSE_SUCCESS));

	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		close(self->go[1]);
		ring_unmap(&bed->ring);
		_exit(read(self->go[0], &byte, 1));
	}
	close(self->go[0]);
	close_once(&bed->ctx);
	ASSERT_EQ(0, bed_faults(bed, 1));
	EXPECT_EQ(1, ring_answer(&bed->ring, ring_take(&bed->ring),
				 FAULTQ_RESPONSE_SUCCESS));
	EXPECT_EQ(1, bed_answered(bed, 1, MOCK_IOMMU_RESPONSE_SUCCESS));
	close(self->go[1]);
	ASSERT_EQ(0, status_of(child));
	EXPECT_TRUE(AWAIT(fq_doorbell(bed->fd, 0) == -ENODEV));
}

static int sealable(size_t length)
{
	int fd = memfd_create("sealed", MFD_ALLOW_SEALING);

	return fd < 0 || ftruncate(fd, length) ? -errno : fd;
}

/* No one writes to a file that is sealed, not by way of a device either. */
TEST_F(rights, sealed_memory)
{
	struct bed *bed = &self->bed;
	int fd = sealable(PAGE), hwpt;
	char byte = 1;
	void *mem;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	mem = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, mem);
	EXPECT_EQ(-EFAULT,
		  fq_map(bed->ctx, bed->hwpt, MAP_RW, mem, PAGE, BED_IOVA));
	EXPECT_EQ(-EFAULT,
		  fq_map(bed->ctx, bed->hwpt, MAP_WO, mem, PAGE, BED_IOVA));

	/* one without a QUEUE, so that what is missing ends the DMA */
	hwpt = fq_hwpt_plain(bed->ctx, bed->dev);
	ASSERT_LT(0, hwpt);
	ASSERT_EQ(0, fq_attach(bed->ctx, bed->dev, hwpt, NO_PASID, 0));
	ASSERT_EQ(0, fq_map(bed->ctx, hwpt, MAP_RO, mem, PAGE, BED_IOVA));
	EXPECT_EQ(MOCK_IOMMU_DMA_INVALID,
		  bed_dma(bed, MOCK_IOMMU_DMA_WRITE, &byte, 1));
	EXPECT_EQ(0, *(char *)mem);
}

/*
 * A page that is written behind the back of whoever tracks dirty pages would be
 * lost, so no device gets to write to one: of a file on a file system that writes
 * back, and of a perf buffer, which every kernel has. Both are shared mappings
 * with page_mkwrite().
 */
TEST_F(rights, memory_with_dirty_tracking)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_DUMMY,
	};
	struct bed *bed = &self->bed;
	void *mem;
	int fd;

	fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
	ASSERT_LE(0, fd);
	mem = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, mem);
	EXPECT_EQ(-EFAULT,
		  fq_map(bed->ctx, bed->hwpt, MAP_RW, mem, PAGE, BED_IOVA));
	EXPECT_EQ(-EFAULT,
		  fq_map(bed->ctx, bed->hwpt, MAP_WO, mem, PAGE, BED_IOVA));
	munmap(mem, 2 * PAGE);
	close(fd);
}

/* Nor is it sealed while a device can write to it. */
TEST_F(rights, memory_of_a_device_is_not_sealed)
{
	struct bed *bed = &self->bed;
	int fd = sealable(PAGE);
	__u64 length = PAGE;
	void *mem;

	ASSERT_LE(0, fd);
	mem = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, mem);
	ASSERT_EQ(0, fq_map(bed->ctx, bed->hwpt, MAP_RW, mem, PAGE, BED_IOVA));
	ASSERT_EQ(0, munmap(mem, PAGE));
	EXPECT_EQ(-1, fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	EXPECT_EQ(EBUSY, errno);
	ASSERT_EQ(0, fq_unmap(bed->ctx, bed->hwpt, BED_IOVA, &length));
	EXPECT_EQ(0, fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
}

TEST_HARNESS_MAIN
