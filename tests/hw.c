// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device behind the kernel's own IOMMU driver: QEMU's educational PCI device,
 * which has a DMA engine and no page requests, behind QEMU's VT-d. With
 * interrupt remapping its interrupts are isolated, without it they are not; the
 * VM says on the kernel's command line which it has.
 */
#include <fcntl.h>
#include <glob.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "bed.h"
#include "file.h"
#include "kselftest_harness.h"
#include "module.h"
#include "patience.h"

/* Of QEMU's docs/specs/edu.txt */
#define EDU_VENDOR "0x1234"
#define EDU_DEVICE "0x11e8"
#define EDU_SIZE 0x100000
#define EDU_BUFFER 0x40000
#define EDU_SRC 0x80
#define EDU_DST 0x88
#define EDU_COUNT 0x90
#define EDU_CMD 0x98
#define EDU_RUN 1
#define EDU_TO_MEMORY 2

/* It has 28 address bits. */
#define IOVA 0x1000000ULL

#define PCI_COMMAND 4
#define PCI_MEMORY_AND_MASTER 6

#define MSI_START 0xfee00000ULL
#define MSI_LAST 0xfeefffffULL

#define ALLOW_HW "allow_hw=1"
#define ALLOW_ALL ALLOW_HW " allow_unsafe_interrupts=1"

static bool interrupts_are_isolated(void)
{
	char line[4096] = "";
	FILE *file = fopen("/proc/cmdline", "r");

	if (file) {
		if (!fgets(line, sizeof(line), file))
			line[0] = 0;
		fclose(file);
	}
	return strstr(line, "faultq.intremap=on");
}

static bool file_says(const char *directory, const char *name, const char *text)
{
	char path[128], line[32] = "";
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "r");
	if (!file)
		return false;
	if (!fgets(line, sizeof(line), file))
		line[0] = 0;
	fclose(file);
	return !strncmp(line, text, strlen(text));
}

/* Where the device is in sysfs */
static bool edu_find(char *path, size_t size)
{
	glob_t found;
	bool ok = false;
	size_t i;

	if (glob("/sys/bus/pci/devices/*", 0, NULL, &found))
		return false;
	for (i = 0; i < found.gl_pathc && !ok; i++) {
		snprintf(path, size, "%s", found.gl_pathv[i]);
		ok = file_says(path, "vendor", EDU_VENDOR) &&
		     file_says(path, "device", EDU_DEVICE);
	}
	globfree(&found);
	return ok;
}

/* Maps the registers of the device and lets it do DMA. Returns NULL if not. */
static unsigned char *edu_map(const char *path)
{
	const __u16 command = PCI_MEMORY_AND_MASTER;
	char name[128];
	void *regs;
	int fd, ok;

	snprintf(name, sizeof(name), "%s/config", path);
	fd = open(name, O_RDWR | O_CLOEXEC);
	ok = pwrite(fd, &command, sizeof(command), PCI_COMMAND);
	close(fd);
	if (ok != sizeof(command))
		return NULL;
	snprintf(name, sizeof(name), "%s/resource0", path);
	fd = open(name, O_RDWR | O_CLOEXEC);
	regs = mmap(NULL, EDU_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return regs == MAP_FAILED ? NULL : regs;
}

FIXTURE(hw)
{
	char path[128];
	char name[64];
	unsigned char *regs;
	int ctx;
	int dev;
	int hwpt; /* of no QUEUE, attached, maps both pages of @mem at IOVA */
	int faulting; /* one of a QUEUE */
	char *mem;
};

static bool is_gone(const char *name)
{
	int ret = module_remove(name);

	return !ret || ret == -ENOENT;
}

/* A process that has just ended may still be letting go of its files. */
static bool unload_all(void)
{
	return AWAIT(is_gone("mock_iommu")) && AWAIT(is_gone("faultq"));
}

static const char *parameters(void)
{
	return interrupts_are_isolated() ? ALLOW_HW : ALLOW_ALL;
}

static int make_faulting(int ctx, int dev)
{
	struct faultq_queue_alloc queue = {
		.type = FAULTQ_QUEUE_TYPE_IOPF,
		.nr_rings = 1,
		.nr_records = 16,
		.nr_groups = 16,
	};
	int ret = fq_queue_alloc(ctx, &queue);

	return ret < 0 ? ret : fq_hwpt(ctx, dev, queue.out_queue_id);
}

FIXTURE_SETUP(hw)
{
	ASSERT_TRUE(unload_all());
	ASSERT_EQ(0, module_insert(FAULTQ_KO, parameters()));
	ASSERT_EQ(0, module_insert(MOCK_KO, ""));
	ASSERT_TRUE(edu_find(self->path, sizeof(self->path)));
	snprintf(self->name, sizeof(self->name), "pci/%s",
		 strrchr(self->path, '/') + 1);
	self->regs = edu_map(self->path);
	ASSERT_NE(NULL, self->regs);
	self->ctx = fq_open();
	ASSERT_LE(0, self->ctx);
	self->dev = fq_bind(self->ctx, self->name, 0);
	ASSERT_LT(0, self->dev);
	self->hwpt = fq_hwpt_plain(self->ctx, self->dev);
	ASSERT_LT(0, self->hwpt);
	self->faulting = make_faulting(self->ctx, self->dev);
	ASSERT_LT(0, self->faulting);
	self->mem = pages_alloc(2);
	ASSERT_NE(NULL, self->mem);
	ASSERT_EQ(0, fq_map(self->ctx, self->hwpt, MAP_RW, self->mem, 2 * PAGE,
			    IOVA));
	ASSERT_EQ(0, fq_attach(self->ctx, self->dev, self->hwpt, NO_PASID, 0));
}

FIXTURE_TEARDOWN(hw)
{
	close(self->ctx);
	unload_all();
	module_insert(FAULTQ_KO, "");
	module_insert(MOCK_KO, "");
}

static void edu_write(unsigned char *regs, unsigned int reg, __u64 value)
{
	__atomic_store_n((__u64 *)(regs + reg), value, __ATOMIC_RELEASE);
}

/*
 * The device refuses to fill its buffer to the last byte, and QEMU 7.2 ends the VM
 * when it is asked to.
 */
#define EDU_BYTES (PAGE / 2)

/* Moves EDU_BYTES. Returns whether the device says that it is done. */
static bool edu_dma(unsigned char *regs, __u64 src, __u64 dst, __u64 command)
{
	edu_write(regs, EDU_SRC, src);
	edu_write(regs, EDU_DST, dst);
	edu_write(regs, EDU_COUNT, EDU_BYTES);
	edu_write(regs, EDU_CMD, command | EDU_RUN);
	return AWAIT(!(LOOK(*(__u64 *)(regs + EDU_CMD)) & EDU_RUN));
}

/* Has the device copy EDU_BYTES of the first page to the second one. */
static bool copies(unsigned char *regs, char *mem)
{
	static unsigned char fill;

	memset(mem, ++fill, PAGE);
	memset(mem + PAGE, 0, PAGE);
	return edu_dma(regs, IOVA, EDU_BUFFER, 0) &&
	       edu_dma(regs, EDU_BUFFER, IOVA + PAGE, EDU_TO_MEMORY) &&
	       !memcmp(mem, mem + PAGE, EDU_BYTES);
}

TEST_F(hw, dma_both_ways)
{
	EXPECT_TRUE(copies(self->regs, self->mem));

	/* and nowhere else */
	ASSERT_EQ(0,
		  fq_unmap(self->ctx, self->hwpt, IOVA, &(__u64){ 2 * PAGE }));
	EXPECT_FALSE(copies(self->regs, self->mem));
	ASSERT_EQ(0, fq_map(self->ctx, self->hwpt, MAP_RW, self->mem, 2 * PAGE,
			    IOVA));
	EXPECT_TRUE(copies(self->regs, self->mem));
	ASSERT_EQ(0, fq_detach(self->ctx, self->dev, NO_PASID));
	EXPECT_FALSE(copies(self->regs, self->mem));
}

/* The driver could; the device cannot. */
TEST_F(hw, info_without_page_requests)
{
	struct faultq_device_info info;

	ASSERT_EQ(0, fq_info(self->ctx, self->dev, &info));
	EXPECT_STREQ("built-in", (char *)info.out_driver);
	EXPECT_EQ(0, info.out_capabilities &
			     (FAULTQ_DEVICE_CAP_IOPF | FAULTQ_DEVICE_CAP_PASID |
			      FAULTQ_DEVICE_CAP_EVENTS));
}

TEST_F(hw, queue_is_refused_and_the_page_table_stays)
{
	EXPECT_EQ(-EOPNOTSUPP,
		  fq_attach(self->ctx, self->dev, self->faulting, NO_PASID, 0));
	EXPECT_TRUE(copies(self->regs, self->mem));
	EXPECT_EQ(-EBUSY, fq_destroy(self->ctx, self->hwpt));
	EXPECT_EQ(0, fq_destroy(self->ctx, self->faulting));
	EXPECT_EQ(0, fq_detach(self->ctx, self->dev, NO_PASID));
	EXPECT_EQ(0, fq_destroy(self->ctx, self->hwpt));
}

TEST_F(hw, queue_is_refused_when_nothing_is_attached)
{
	ASSERT_EQ(0, fq_detach(self->ctx, self->dev, NO_PASID));
	EXPECT_EQ(-EOPNOTSUPP,
		  fq_attach(self->ctx, self->dev, self->faulting, NO_PASID, 0));
	EXPECT_EQ(-ENOENT, fq_detach(self->ctx, self->dev, NO_PASID));
	EXPECT_EQ(0, fq_attach(self->ctx, self->dev, self->hwpt, NO_PASID, 0));
	EXPECT_TRUE(copies(self->regs, self->mem));
}

TEST_F(hw, interrupts_are_reserved)
{
	struct faultq_iova_range ranges[4];
	struct faultq_hwpt_iova_ranges arg = {
		.size = sizeof(arg),
		.hwpt_id = self->hwpt,
		.num_iovas = ARRAY_SIZE(ranges),
		.allowed_iovas = (uintptr_t)ranges,
	};

	ASSERT_EQ(0, call(self->ctx, FAULTQ_HWPT_IOVA_RANGES, &arg));
	ASSERT_EQ(2, arg.num_iovas);
	EXPECT_EQ(PAGE, arg.out_iova_alignment);
	EXPECT_EQ(0, ranges[0].start);
	EXPECT_EQ(MSI_START - 1, ranges[0].last);
	EXPECT_EQ(MSI_LAST + 1, ranges[1].start);
	EXPECT_EQ(-EINVAL, fq_map(self->ctx, self->hwpt, MAP_RW, self->mem,
				  PAGE, MSI_START));
	EXPECT_EQ(-EINVAL, fq_map(self->ctx, self->hwpt, MAP_RW, self->mem,
				  PAGE, MSI_LAST + 1 - PAGE));
	EXPECT_EQ(0, fq_map(self->ctx, self->hwpt, MAP_RW, self->mem, PAGE,
			    MSI_LAST + 1));
}

/* A page table of another driver, which the kernel would pass to this one */
TEST_F(hw, page_table_of_another_driver_is_refused)
{
	int mock, theirs;

	mock = fq_bind(self->ctx, "platform/mock-iommu0-ep0", 0);
	ASSERT_LT(0, mock);
	theirs = fq_hwpt_plain(self->ctx, mock);
	ASSERT_LT(0, theirs);
	EXPECT_EQ(-EINVAL,
		  fq_attach(self->ctx, self->dev, theirs, NO_PASID, 0));
	EXPECT_EQ(0, fq_attach(self->ctx, mock, theirs, NO_PASID, 0));
	EXPECT_EQ(-EINVAL, fq_attach(self->ctx, mock, self->hwpt, NO_PASID, 0));
	EXPECT_TRUE(copies(self->regs, self->mem));
}

TEST_F(hw, removed_and_found_again)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/remove", self->path);
	munmap(self->regs, EDU_SIZE);
	ASSERT_EQ(0, write_file(path, "1"));
	EXPECT_EQ(-ENODEV,
		  fq_attach(self->ctx, self->dev, self->hwpt, NO_PASID, 0));
	EXPECT_EQ(-ENODEV, fq_bind(self->ctx, self->name, 0));
	EXPECT_EQ(0, fq_destroy(self->ctx, self->dev));

	ASSERT_EQ(0, write_file("/sys/bus/pci/rescan", "1"));
	self->dev = fq_bind(self->ctx, self->name, 0);
	ASSERT_LT(0, self->dev);
	self->regs = edu_map(self->path);
	ASSERT_NE(NULL, self->regs);
	ASSERT_EQ(0, fq_attach(self->ctx, self->dev, self->hwpt, NO_PASID, 0));
	EXPECT_TRUE(copies(self->regs, self->mem));
}

static int bind_with(const char *allowed)
{
	char path[128], name[64];
	int ctx, ret;

	if (!unload_all() || !edu_find(path, sizeof(path)))
		return -ENOENT;
	ret = module_insert(FAULTQ_KO, allowed);
	if (ret)
		return ret;
	snprintf(name, sizeof(name), "pci/%s", strrchr(path, '/') + 1);
	ctx = fq_open();
	ret = fq_bind(ctx, name, 0);
	close(ctx);
	return ret;
}

/* As with VFIO and iommufd */
TEST(interrupts_must_be_isolated)
{
	int ret;

	EXPECT_EQ(-EPERM, bind_with(""));
	EXPECT_EQ(-EPERM, bind_with("allow_unsafe_interrupts=1"));
	ret = bind_with(ALLOW_HW);
	EXPECT_EQ(interrupts_are_isolated(), ret > 0);
	EXPECT_EQ(!interrupts_are_isolated(), ret == -EPERM);
	EXPECT_LT(0, bind_with(ALLOW_ALL));
	ASSERT_TRUE(unload_all());
	ASSERT_EQ(0, module_insert(FAULTQ_KO, ""));
	ASSERT_EQ(0, module_insert(MOCK_KO, ""));
}

TEST_HARNESS_MAIN
