// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mock by itself: its control device, and what an endpoint meets when no
 * one is bound to it. What the mock does for faultq is tested with faultq.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"
#include "held.h"
#include "kselftest_harness.h"
#include "ring.h"
#include "patience.h"

#define ATS MOCK_IOMMU_ENDPOINT_ATS
#define PRI MOCK_IOMMU_ENDPOINT_PRI
#define LAST MOCK_IOMMU_REQUEST_LAST
#define AUTO MOCK_IOMMU_REQUEST_AUTO_GRPID
#define READ MOCK_IOMMU_PERM_READ

#define PRQ_SLOTS 128
#define CREDITS 512

/* An instance with a small queue, and an endpoint behind it */
FIXTURE(mock)
{
	int fd;
	__u32 iommu;
	__u32 ep;
	char name[MOCK_IOMMU_NAME_LEN];
};

static int add_small_iommu(int fd)
{
	struct mock_iommu_iommu_add add = {
		.size = sizeof(add),
		.kind = MOCK_IOMMU_KIND_VTD,
		.prq_entries = PRQ_SLOTS,
	};
	int ret = call(fd, MOCK_IOMMU_IOMMU_ADD, &add);

	return ret ? ret : (int)add.out_iommu_id;
}

static int add_endpoint(int fd, __u32 iommu, __u32 flags, __u32 rid)
{
	return mock_endpoint_add(fd, &(struct mock_iommu_endpoint_add){
					     .flags = flags,
					     .iommu_id = iommu,
					     .rid = rid,
					     .pasid_bits = 20,
					     .pri_credits =
						     flags & PRI ? CREDITS : 0,
				     });
}

FIXTURE_SETUP(mock)
{
	struct mock_iommu_endpoint_info info = { .size = sizeof(info) };
	int ret;

	self->fd = mock_open();
	ASSERT_LE(0, self->fd);
	ret = add_small_iommu(self->fd);
	ASSERT_LE(0, ret);
	self->iommu = ret;
	ret = add_endpoint(self->fd, self->iommu, ATS | PRI, 0);
	ASSERT_LT(0, ret);
	self->ep = ret;
	info.endpoint_id = self->ep;
	ASSERT_EQ(0, call(self->fd, MOCK_IOMMU_ENDPOINT_INFO, &info));
	memcpy(self->name, info.out_name, sizeof(self->name));
}

FIXTURE_TEARDOWN(mock)
{
	mock_iommu_remove(self->fd, self->iommu);
	close(self->fd);
}

static int send_one(int fd, __u32 ep, __u32 flags, __u32 grpid, __u32 perm)
{
	struct mock_iommu_request request = {
		.flags = flags,
		.grpid = grpid,
		.perm = perm,
		.addr = 0x1000,
	};

	return mock_send(fd, ep, &request, 1);
}

static int send_forced(int fd, __u32 ep, __u32 grpid)
{
	struct mock_iommu_request request = {
		.flags = LAST,
		.grpid = grpid,
		.perm = READ,
	};
	struct mock_iommu_page_request arg = {
		.size = sizeof(arg),
		.flags = MOCK_IOMMU_PAGE_REQUEST_FORCE,
		.endpoint_id = ep,
		.count = 1,
		.requests = (uintptr_t)&request,
	};

	return call(fd, MOCK_IOMMU_PAGE_REQUEST, &arg);
}

/* Negative: the call failed; else the code of the one answer that came */
static int answer_to_one(int fd, __u32 ep)
{
	struct mock_iommu_response response;
	int ret = mock_answers(fd, ep, &response, 1, DEADLINE_MS);

	return ret == 1 ? (int)response.code : ret;
}

/* Struct negotiation: one row an ioctl, with the size of its first version */
static const struct {
	unsigned long nr;
	size_t size;
} cmds[] = {
	{ MOCK_IOMMU_IOMMU_ADD, 56 },
	{ MOCK_IOMMU_IOMMU_REMOVE, 8 },
	{ MOCK_IOMMU_IOMMU_INFO, 64 },
	{ MOCK_IOMMU_IOMMU_STATS, 96 },
	{ MOCK_IOMMU_IOMMU_IRQ, 16 },
	{ MOCK_IOMMU_ENDPOINT_ADD, 64 },
	{ MOCK_IOMMU_ENDPOINT_REMOVE, 8 },
	{ MOCK_IOMMU_ENDPOINT_INFO, 64 },
	{ MOCK_IOMMU_ENDPOINT_STATS, 112 },
	{ MOCK_IOMMU_ENDPOINT_RESET, 8 },
	{ MOCK_IOMMU_DMA, 120 },
	{ MOCK_IOMMU_PAGE_REQUEST, 32 },
	{ MOCK_IOMMU_RESPONSE_READ, 40 },
};

/* An argument of any size, all 0xff behind its first field but for the tail */
union any_arg {
	__u32 size;
	unsigned char bytes[256];
};

TEST_F(mock, short_structs)
{
	union any_arg arg;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cmds); i++) {
		memset(&arg, 0, sizeof(arg));
		EXPECT_EQ(-EINVAL, call(self->fd, cmds[i].nr, &arg));
		arg.size = cmds[i].size - 1;
		EXPECT_EQ(-EINVAL, call(self->fd, cmds[i].nr, &arg));
	}
}

TEST_F(mock, long_structs)
{
	union any_arg arg;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cmds); i++) {
		memset(&arg, 0, sizeof(arg));
		arg.size = sizeof(arg);
		arg.bytes[sizeof(arg) - 1] = 1;
		EXPECT_EQ(-E2BIG, call(self->fd, cmds[i].nr, &arg));
		/* now it is understood, and asks for what is not there */
		memset(&arg, 0xff, cmds[i].size);
		memset(arg.bytes + cmds[i].size, 0, 256 - cmds[i].size);
		arg.size = sizeof(arg);
		EXPECT_NE(-E2BIG, call(self->fd, cmds[i].nr, &arg));
		EXPECT_NE(0, call(self->fd, cmds[i].nr, &arg));
	}
}

TEST_F(mock, long_struct_with_zero_tail)
{
	struct {
		struct mock_iommu_endpoint_info info;
		__u64 tail;
	} arg = { .info = { .size = sizeof(arg), .endpoint_id = self->ep } };

	EXPECT_EQ(0, call(self->fd, MOCK_IOMMU_ENDPOINT_INFO, &arg));
	EXPECT_EQ(self->iommu, arg.info.out_iommu_id);
}

TEST_F(mock, bad_pointers)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cmds); i++)
		EXPECT_EQ(-EFAULT, call(self->fd, cmds[i].nr, NULL));
}

TEST_F(mock, unknown_ioctls)
{
	__u32 size = 4;

	EXPECT_EQ(-ENOTTY, call(self->fd, _IO(MOCK_IOMMU_TYPE, 0x0f), &size));
	EXPECT_EQ(-ENOTTY, call(self->fd, _IO(MOCK_IOMMU_TYPE, 0xff), &size));
	EXPECT_EQ(-ENOTTY, call(self->fd, _IO(0x12, 0x00), &size));
	EXPECT_EQ(-ENOTTY,
		  call(self->fd, _IOR(MOCK_IOMMU_TYPE, 0, int), &size));
}

TEST_F(mock, unknown_ids)
{
	struct mock_iommu_dma dma = { .endpoint_id = 0x7fffffff };
	struct mock_iommu_endpoint_stats stats;
	struct mock_iommu_iommu_stats iommu;
	struct mock_iommu_response response;

	EXPECT_EQ(-ENOENT, mock_iommu_remove(self->fd, 999));
	EXPECT_EQ(-ENOENT, mock_endpoint_remove(self->fd, 0));
	EXPECT_EQ(-ENOENT, mock_endpoint_stats(self->fd, 0, &stats));
	EXPECT_EQ(-ENOENT, mock_iommu_stats(self->fd, 999, &iommu));
	EXPECT_EQ(-ENOENT, mock_iommu_mask(self->fd, 999, 0));
	EXPECT_EQ(-ENOENT, mock_endpoint_reset(self->fd, 0));
	EXPECT_EQ(-ENOENT, mock_dma(self->fd, &dma));
	EXPECT_EQ(-ENOENT, send_one(self->fd, 0, LAST, 0, READ));
	EXPECT_EQ(-ENOENT, mock_answers(self->fd, 0, &response, 1, 0));
	EXPECT_EQ(-ENOENT, add_endpoint(self->fd, 999, 0, 0));
}

/* Topology */

TEST_F(mock, listed)
{
	struct mock_iommu_iommu_info info = {
		.size = sizeof(info),
		.flags = MOCK_IOMMU_INFO_NEXT,
	};
	bool seen = false;

	while (!call(self->fd, MOCK_IOMMU_IOMMU_INFO, &info)) {
		if (info.iommu_id == self->iommu) {
			seen = true;
			EXPECT_EQ(MOCK_IOMMU_KIND_VTD, info.out_kind);
			EXPECT_EQ(PRQ_SLOTS, info.out_prq_entries);
			EXPECT_EQ(1, info.out_nr_endpoints);
			EXPECT_EQ(48, info.out_address_width);
		}
		info.iommu_id++;
	}
	EXPECT_EQ(ENOENT, errno);
	EXPECT_TRUE(seen);
}

TEST_F(mock, endpoint_listed)
{
	struct mock_iommu_endpoint_info info = {
		.size = sizeof(info),
		.flags = MOCK_IOMMU_INFO_NEXT,
		.endpoint_id = self->ep,
	};

	ASSERT_EQ(0, call(self->fd, MOCK_IOMMU_ENDPOINT_INFO, &info));
	EXPECT_EQ(self->ep, info.endpoint_id);
	EXPECT_EQ(self->iommu, info.out_iommu_id);
	EXPECT_EQ(ATS | PRI, info.out_flags);
	EXPECT_EQ(20, info.out_pasid_bits);
	EXPECT_EQ(CREDITS, info.out_pri_credits);
	EXPECT_NE(0, info.out_rid);
	info.endpoint_id++;
	EXPECT_EQ(-ENOENT, call(self->fd, MOCK_IOMMU_ENDPOINT_INFO, &info));
}

/* The kernel's IOMMU core has taken it in. */
TEST_F(mock, seen_in_sysfs)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/class/iommu/mock-iommu%u",
		 self->iommu);
	EXPECT_EQ(0, access(path, F_OK));
	snprintf(path, sizeof(path), "/sys/bus/platform/devices/%s/iommu_group",
		 self->name);
	EXPECT_EQ(0, access(path, F_OK));
	snprintf(path, sizeof(path), "/sys/bus/platform/devices/%s/iommu",
		 self->name);
	EXPECT_EQ(0, access(path, F_OK));
	snprintf(path, sizeof(path), "/sys/bus/platform/devices/%s/driver",
		 self->name);
	EXPECT_EQ(-1, access(path, F_OK));
}

TEST_F(mock, iommu_limit)
{
	int ids[MOCK_IOMMU_MAX_IOMMUS], nr = 0, ret;

	while ((ret = mock_iommu_add(self->fd)) >= 0) {
		ASSERT_GT(MOCK_IOMMU_MAX_IOMMUS, nr);
		ids[nr++] = ret;
	}
	EXPECT_EQ(-ENOSPC, ret);
	while (nr)
		EXPECT_EQ(0, mock_iommu_remove(self->fd, ids[--nr]));
}

/* What cannot be told is undone: there is never one too many. */
TEST_F(mock, iommu_that_cannot_be_told)
{
	struct mock_iommu_iommu_add *add;
	int i;

	add = mmap(NULL, getpagesize(), PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, add);
	*add = (struct mock_iommu_iommu_add){
		.size = sizeof(*add),
		.kind = MOCK_IOMMU_KIND_VTD,
	};
	ASSERT_EQ(0, mprotect(add, getpagesize(), PROT_READ));
	for (i = 0; i <= MOCK_IOMMU_MAX_IOMMUS; i++)
		EXPECT_EQ(-EFAULT, call(self->fd, MOCK_IOMMU_IOMMU_ADD, add));
}

TEST_F(mock, iommu_add_refused)
{
	struct mock_iommu_iommu_add add = { .size = sizeof(add) };

	EXPECT_EQ(-EOPNOTSUPP, call(self->fd, MOCK_IOMMU_IOMMU_ADD, &add));
	add.kind = MOCK_IOMMU_KIND_VTD;
	add.flags = MOCK_IOMMU_IOMMU_NO_SID << 1;
	EXPECT_EQ(-EOPNOTSUPP, call(self->fd, MOCK_IOMMU_IOMMU_ADD, &add));
	add.flags = 0;
	add.__reserved = 1;
	EXPECT_EQ(-EOPNOTSUPP, call(self->fd, MOCK_IOMMU_IOMMU_ADD, &add));
	add.__reserved = 0;
	add.prq_entries = 64;
	EXPECT_EQ(-EINVAL, call(self->fd, MOCK_IOMMU_IOMMU_ADD, &add));
	add.prq_entries = 129;
	EXPECT_EQ(-EINVAL, call(self->fd, MOCK_IOMMU_IOMMU_ADD, &add));
	add.prq_entries = 32768;
	EXPECT_EQ(-EINVAL, call(self->fd, MOCK_IOMMU_IOMMU_ADD, &add));
}

/* What one kind has the other may not be asked for. */
TEST_F(mock, iommu_add_of_another_kind_refused)
{
	struct mock_iommu_iommu_add good = {
		.size = sizeof(good),
		.kind = MOCK_IOMMU_KIND_SMMUV3,
	}, add;

#define REFUSED(_field, _value)                                        \
	do {                                                           \
		add = good;                                            \
		add._field = _value;                                   \
		EXPECT_EQ(-EINVAL,                                     \
			  call(self->fd, MOCK_IOMMU_IOMMU_ADD, &add)); \
	} while (0)
	REFUSED(evtq_entries, MOCK_IOMMU_MIN_EVTQ_ENTRIES / 2);
	REFUSED(evtq_entries, MOCK_IOMMU_MIN_EVTQ_ENTRIES + 1);
	REFUSED(evtq_entries, MOCK_IOMMU_MAX_EVTQ_ENTRIES * 2);
	REFUSED(fault_records, 1);
	REFUSED(flags, MOCK_IOMMU_IOMMU_NO_SID);
	good.kind = MOCK_IOMMU_KIND_VTD;
	REFUSED(evtq_entries, MOCK_IOMMU_MIN_EVTQ_ENTRIES);
	REFUSED(fault_records, MOCK_IOMMU_MAX_FAULT_RECORDS + 1);
#undef REFUSED
}

TEST_F(mock, endpoint_limit)
{
	int nr = 1, ret;

	while ((ret = add_endpoint(self->fd, self->iommu, 0, 0)) > 0)
		ASSERT_GE(MOCK_IOMMU_MAX_ENDPOINTS, ++nr);
	EXPECT_EQ(-ENOSPC, ret);
	EXPECT_EQ(MOCK_IOMMU_MAX_ENDPOINTS, nr);
}

TEST_F(mock, endpoint_add_refused)
{
	struct mock_iommu_endpoint_add good = { .iommu_id = self->iommu }, add;

#define REFUSED(_errno, _field, _value)                                  \
	do {                                                             \
		add = good;                                              \
		add._field = _value;                                     \
		EXPECT_EQ(-(_errno), mock_endpoint_add(self->fd, &add)); \
	} while (0)
	REFUSED(EOPNOTSUPP, flags, MOCK_IOMMU_ENDPOINT_PRI_STOPPED);
	REFUSED(EOPNOTSUPP, flags, 1U << 31);
	REFUSED(EOPNOTSUPP, __reserved, 1);
	REFUSED(EINVAL, flags, PRI);
	REFUSED(EINVAL, rid, 0x10000);
	REFUSED(EINVAL, pasid_bits, 21);
	REFUSED(EINVAL, pri_credits, 1);
	good.flags = ATS | PRI;
	REFUSED(EINVAL, pri_credits, MOCK_IOMMU_MAX_PRI_CREDITS + 1);
#undef REFUSED
}

TEST_F(mock, rid_taken)
{
	int ep = add_endpoint(self->fd, self->iommu, 0, 0xabcd);

	ASSERT_LT(0, ep);
	EXPECT_EQ(-EEXIST, add_endpoint(self->fd, self->iommu, 0, 0xabcd));
	EXPECT_EQ(0, mock_endpoint_remove(self->fd, ep));
	ep = add_endpoint(self->fd, self->iommu, 0, 0xabcd);
	EXPECT_LT(0, ep);
}

TEST_F(mock, endpoint_ids_are_not_used_again)
{
	int old = add_endpoint(self->fd, self->iommu, 0, 0), new;

	ASSERT_LT(0, old);
	ASSERT_EQ(0, mock_endpoint_remove(self->fd, old));
	new = add_endpoint(self->fd, self->iommu, 0, 0);
	EXPECT_LT(old, new);
	EXPECT_EQ(-ENOENT, mock_endpoint_remove(self->fd, old));
}

/* DMA with no one bound */

static int dma_blocked(int fd, __u32 ep, __u32 op, struct mock_iommu_dma *dma)
{
	static char buf[64];

	memset(dma, 0, sizeof(*dma));
	dma->endpoint_id = ep;
	dma->op = op;
	dma->iova = 0x12345678;
	dma->length = sizeof(buf);
	if (op != MOCK_IOMMU_DMA_COPY)
		dma->buf = (uintptr_t)buf;
	return mock_dma(fd, dma);
}

TEST_F(mock, dma_without_domain_is_blocked)
{
	struct mock_iommu_dma dma;
	__u32 op;

	for (op = MOCK_IOMMU_DMA_READ; op <= MOCK_IOMMU_DMA_COMPARE; op++) {
		ASSERT_EQ(0, dma_blocked(self->fd, self->ep, op, &dma));
		EXPECT_EQ(MOCK_IOMMU_DMA_BLOCKED, dma.out_status);
		/* no present entry in the PASID directory */
		EXPECT_EQ(0x51, dma.out_reason);
		EXPECT_EQ(0, dma.out_done);
		EXPECT_EQ(0x12345678, dma.out_fault_iova);
		EXPECT_EQ(op == MOCK_IOMMU_DMA_WRITE ? MOCK_IOMMU_PERM_WRITE :
						       READ,
			  dma.out_perm);
		EXPECT_EQ(0, dma.out_page_requests);
	}
}

TEST_F(mock, dma_refused)
{
	char buf[16];
	struct mock_iommu_dma good = {
		.endpoint_id = self->ep,
		.buf = (uintptr_t)buf,
		.length = sizeof(buf),
	}, dma;

#define REFUSED(_errno, _field, _value)                         \
	do {                                                    \
		dma = good;                                     \
		dma._field = _value;                            \
		EXPECT_EQ(-(_errno), mock_dma(self->fd, &dma)); \
	} while (0)
	REFUSED(EOPNOTSUPP, op, 4);
	REFUSED(EOPNOTSUPP, flags, MOCK_IOMMU_DMA_EXEC << 1);
	REFUSED(EINVAL, flags, MOCK_IOMMU_DMA_PRIV);
	REFUSED(EINVAL, flags, MOCK_IOMMU_DMA_EXEC);
	REFUSED(EOPNOTSUPP, __reserved, 1);
	REFUSED(EINVAL, flags, MOCK_IOMMU_DMA_DST_PASID);
	REFUSED(EINVAL, dst_iova, 0x1000);
	REFUSED(EINVAL, dst_pasid, 1);
	REFUSED(EINVAL, pasid, 1);
	REFUSED(EINVAL, length, 0);
	REFUSED(EINVAL, length, MOCK_IOMMU_MAX_DMA_LENGTH + 1ULL);
	REFUSED(EINVAL, group_pages, MOCK_IOMMU_MAX_GROUP_PAGES + 1);
	REFUSED(EINVAL, op, MOCK_IOMMU_DMA_COPY);
	REFUSED(EOVERFLOW, iova, -8ULL);
	REFUSED(EFAULT, buf, -4096ULL);
	good.flags = MOCK_IOMMU_DMA_PASID;
	REFUSED(EINVAL, pasid, 1 << 20);
	good = (struct mock_iommu_dma){
		.endpoint_id = self->ep,
		.op = MOCK_IOMMU_DMA_COPY,
		.length = 16,
	};
	REFUSED(EOVERFLOW, dst_iova, -8ULL);
#undef REFUSED
}

TEST_F(mock, dma_up_to_the_end_of_the_address_space)
{
	char buf[16];
	struct mock_iommu_dma dma = {
		.endpoint_id = self->ep,
		.iova = -16ULL,
		.buf = (uintptr_t)buf,
		.length = sizeof(buf),
	};

	EXPECT_EQ(0, mock_dma(self->fd, &dma));
	EXPECT_EQ(MOCK_IOMMU_DMA_BLOCKED, dma.out_status);
}

TEST_F(mock, dma_writes_from_bad_memory)
{
	struct mock_iommu_dma dma = {
		.endpoint_id = self->ep,
		.op = MOCK_IOMMU_DMA_WRITE,
		.buf = 0x1000,
		.length = 16,
	};

	EXPECT_EQ(-EFAULT, mock_dma(self->fd, &dma));
}

/* Page requests with no one attached are answered Invalid by the driver. */

TEST_F(mock, request_is_answered_invalid)
{
	struct mock_iommu_endpoint_stats stats;
	struct mock_iommu_response response;

	ASSERT_EQ(1, send_one(self->fd, self->ep, LAST, 5, READ));
	ASSERT_EQ(1,
		  mock_answers(self->fd, self->ep, &response, 1, DEADLINE_MS));
	EXPECT_EQ(MOCK_IOMMU_RESPONSE_INVALID, response.code);
	EXPECT_EQ(5, response.grpid);
	EXPECT_EQ(0, response.flags);
	EXPECT_EQ(0, response.pasid);

	ASSERT_EQ(0, mock_endpoint_stats(self->fd, self->ep, &stats));
	EXPECT_EQ(1, stats.out_page_requests);
	EXPECT_EQ(1, stats.out_groups);
	EXPECT_EQ(1, stats.out_invalid);
	EXPECT_EQ(0, stats.out_unexpected);
	EXPECT_EQ(0, stats.out_outstanding_requests);
}

TEST_F(mock, request_with_pasid)
{
	struct mock_iommu_request request = {
		.flags = LAST | AUTO | MOCK_IOMMU_REQUEST_PASID,
		.pasid = 0xfffff,
		.perm = MOCK_IOMMU_PERM_WRITE,
		.addr = 0x7fffff000,
	};
	struct mock_iommu_response response;

	ASSERT_EQ(1, mock_send(self->fd, self->ep, &request, 1));
	ASSERT_EQ(1,
		  mock_answers(self->fd, self->ep, &response, 1, DEADLINE_MS));
	EXPECT_EQ(MOCK_IOMMU_RESPONSE_PASID, response.flags);
	EXPECT_EQ(0xfffff, response.pasid);
	EXPECT_EQ(request.grpid, response.grpid);
}

TEST_F(mock, group_is_answered_once)
{
	struct mock_iommu_endpoint_stats stats;
	struct mock_iommu_response response[2];

	ASSERT_EQ(1, send_one(self->fd, self->ep, 0, 7, READ));
	ASSERT_EQ(1, send_one(self->fd, self->ep, 0, 7, READ));
	EXPECT_EQ(0, mock_answers(self->fd, self->ep, response, 2, 0));
	ASSERT_EQ(0, mock_endpoint_stats(self->fd, self->ep, &stats));
	EXPECT_EQ(2, stats.out_outstanding_requests);
	EXPECT_EQ(0, stats.out_outstanding_groups);

	ASSERT_EQ(1, send_one(self->fd, self->ep, LAST, 7, READ));
	EXPECT_EQ(1, mock_answers(self->fd, self->ep, response, 2, 0));
	ASSERT_EQ(0, mock_endpoint_stats(self->fd, self->ep, &stats));
	EXPECT_EQ(0, stats.out_outstanding_requests);
}

TEST_F(mock, chosen_indices_make_up_groups)
{
	struct mock_iommu_request requests[] = {
		{ .flags = AUTO, .perm = READ },
		{ .flags = AUTO | LAST, .perm = READ },
		{ .flags = AUTO | LAST, .perm = READ },
	};
	struct mock_iommu_response response[2];

	ASSERT_EQ(3, mock_send(self->fd, self->ep, requests, 3));
	EXPECT_EQ(requests[0].grpid, requests[1].grpid);
	EXPECT_NE(requests[1].grpid, requests[2].grpid);
	ASSERT_EQ(2,
		  mock_answers(self->fd, self->ep, response, 2, DEADLINE_MS));
	EXPECT_EQ(requests[0].grpid, response[0].grpid);
	EXPECT_EQ(requests[2].grpid, response[1].grpid);
}

TEST_F(mock, stop_marker_gets_no_answer)
{
	struct mock_iommu_request marker = {
		.flags = LAST | MOCK_IOMMU_REQUEST_PASID,
		.pasid = 3,
	};
	struct mock_iommu_endpoint_stats stats;
	struct mock_iommu_iommu_stats iommu;
	struct mock_iommu_response response;

	ASSERT_EQ(1, mock_send(self->fd, self->ep, &marker, 1));
	EXPECT_EQ(0, mock_answers(self->fd, self->ep, &response, 1, 0));
	ASSERT_EQ(0, mock_endpoint_stats(self->fd, self->ep, &stats));
	EXPECT_EQ(1, stats.out_stop_markers);
	EXPECT_EQ(0, stats.out_page_requests);
	EXPECT_EQ(0, stats.out_outstanding_requests);
	ASSERT_EQ(0, mock_iommu_stats(self->fd, self->iommu, &iommu));
	EXPECT_EQ(1, iommu.out_prq_handled);
	EXPECT_EQ(0, iommu.out_prq_rejected);
}

/*
 * PCIe knows no such message. The kernel's driver for VT-d takes it for a stop
 * marker; the endpoint, which does not, is left with its request.
 */
TEST_F(mock, marker_without_pasid_gets_no_answer)
{
	struct mock_iommu_request marker = { .flags = LAST | AUTO };
	struct mock_iommu_endpoint_stats stats;
	struct mock_iommu_iommu_stats iommu;
	struct mock_iommu_response response;

	ASSERT_EQ(1, mock_send(self->fd, self->ep, &marker, 1));
	EXPECT_EQ(0, mock_answers(self->fd, self->ep, &response, 1, 0));
	ASSERT_EQ(0, mock_iommu_stats(self->fd, self->iommu, &iommu));
	EXPECT_EQ(1, iommu.out_prq_handled);
	EXPECT_EQ(0, iommu.out_prq_rejected);
	ASSERT_EQ(0, mock_endpoint_stats(self->fd, self->ep, &stats));
	EXPECT_EQ(0, stats.out_stop_markers);
	EXPECT_EQ(1, stats.out_outstanding_groups);
	ASSERT_EQ(0, mock_endpoint_reset(self->fd, self->ep));
	ASSERT_EQ(0, mock_endpoint_stats(self->fd, self->ep, &stats));
	EXPECT_EQ(0, stats.out_outstanding_groups);
}

TEST_F(mock, malformed_requests_are_answered_invalid)
{
	struct mock_iommu_request requests[] = {
		{ .addr = 1ULL << 60, .perm = READ },
		{ .perm = READ | MOCK_IOMMU_PERM_PRIV },
		{ .perm = READ | MOCK_IOMMU_PERM_EXEC },
		{ .perm = MOCK_IOMMU_PERM_WRITE | MOCK_IOMMU_PERM_PRIV },
	};
	struct mock_iommu_iommu_stats iommu;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		requests[i].flags = LAST | AUTO;
		ASSERT_EQ(1, mock_send(self->fd, self->ep, &requests[i], 1));
		EXPECT_EQ(MOCK_IOMMU_RESPONSE_INVALID,
			  answer_to_one(self->fd, self->ep));
	}
	ASSERT_EQ(0, mock_iommu_stats(self->fd, self->iommu, &iommu));
	EXPECT_EQ(4, iommu.out_prq_rejected);
}

TEST_F(mock, requests_refused)
{
	struct mock_iommu_request requests[2], bad;
	const struct mock_iommu_request good = { .flags = LAST, .perm = READ };
	struct mock_iommu_endpoint_stats stats;

#define REFUSED(_errno, _field, _value)                                \
	do {                                                           \
		bad = good;                                            \
		bad._field = _value;                                   \
		requests[0] = good;                                    \
		requests[1] = bad;                                     \
		EXPECT_EQ(-(_errno),                                   \
			  mock_send(self->fd, self->ep, requests, 2)); \
	} while (0)
	REFUSED(EOPNOTSUPP, flags, 1U << 4);
	REFUSED(EOPNOTSUPP, perm, 1U << 4);
	REFUSED(EINVAL, pasid, 1);
	REFUSED(EINVAL, grpid, MOCK_IOMMU_MAX_GROUPS);
	REFUSED(EINVAL, addr, 0x1001);
	REFUSED(EINVAL, private_data[1], 1);
#undef REFUSED
	bad = good;
	bad.flags |= MOCK_IOMMU_REQUEST_PASID;
	bad.pasid = 1 << 20;
	EXPECT_EQ(-EINVAL, mock_send(self->fd, self->ep, &bad, 1));
	EXPECT_EQ(-EINVAL, mock_send(self->fd, self->ep, requests, 0));
	EXPECT_EQ(-EINVAL, mock_send(self->fd, self->ep, requests,
				     MOCK_IOMMU_MAX_REQUESTS + 1));
	EXPECT_EQ(-EFAULT, mock_send(self->fd, self->ep, NULL, 1));

	/* nothing of an array is sent when a part of it is bad */
	ASSERT_EQ(0, mock_endpoint_stats(self->fd, self->ep, &stats));
	EXPECT_EQ(0, stats.out_page_requests);
}

TEST_F(mock, requests_need_pri)
{
	int ep = add_endpoint(self->fd, self->iommu, ATS, 0);

	ASSERT_LT(0, ep);
	EXPECT_EQ(-EOPNOTSUPP, send_one(self->fd, ep, LAST, 0, READ));
}

/* Credits, indices, and endpoints that do not care */

TEST_F(mock, credits)
{
	struct mock_iommu_endpoint_add add = {
		.iommu_id = self->iommu,
		.flags = ATS | PRI,
		.pri_credits = 2,
	};
	int ep = mock_endpoint_add(self->fd, &add);
	struct mock_iommu_request requests[] = {
		{ .flags = AUTO, .perm = READ },
		{ .flags = AUTO, .perm = READ },
		{ .flags = AUTO, .perm = READ },
	};

	ASSERT_LT(0, ep);
	EXPECT_EQ(2, mock_send(self->fd, ep, requests, 3));
	EXPECT_EQ(-EAGAIN, mock_send(self->fd, ep, requests, 1));
	EXPECT_EQ(0, send_forced(self->fd, ep, requests[0].grpid));
	EXPECT_EQ(1, answer_to_one(self->fd, ep));
	EXPECT_EQ(2, mock_send(self->fd, ep, requests, 3));
}

TEST_F(mock, index_in_use)
{
	struct mock_iommu_response response[2];

	ASSERT_EQ(0, mock_iommu_mask(self->fd, self->iommu, 1));
	ASSERT_EQ(1, send_one(self->fd, self->ep, LAST, 9, READ));
	EXPECT_EQ(-EBUSY, send_one(self->fd, self->ep, LAST, 9, READ));
	EXPECT_EQ(0, send_forced(self->fd, self->ep, 9));
	ASSERT_EQ(0, mock_iommu_mask(self->fd, self->iommu, 0));
	EXPECT_EQ(2,
		  mock_answers(self->fd, self->ep, response, 2, DEADLINE_MS));
	EXPECT_EQ(1, send_one(self->fd, self->ep, LAST, 9, READ));
}

/* Interrupts, overflow */

TEST_F(mock, masked_interrupt)
{
	struct mock_iommu_response response;
	struct mock_iommu_iommu_stats iommu;

	ASSERT_EQ(0, mock_iommu_mask(self->fd, self->iommu, 1));
	ASSERT_EQ(1, send_one(self->fd, self->ep, LAST, 1, READ));
	EXPECT_EQ(0, mock_answers(self->fd, self->ep, &response, 1, 0));
	ASSERT_EQ(0, mock_iommu_stats(self->fd, self->iommu, &iommu));
	EXPECT_EQ(1, iommu.out_irq_masked);
	EXPECT_EQ(1, iommu.out_prq_written);
	EXPECT_EQ(0, iommu.out_prq_handled);
	ASSERT_EQ(0, mock_iommu_mask(self->fd, self->iommu, 0));
	EXPECT_EQ(1, mock_answers(self->fd, self->ep, &response, 1, 0));
	EXPECT_EQ(-EINVAL, mock_iommu_mask(self->fd, self->iommu, 2));
}

/* What the IOMMU answers by itself names the PASID; a marker it drops. */
TEST_F(mock, overflow_with_pasid)
{
	struct mock_iommu_request marker = {
		.flags = LAST | MOCK_IOMMU_REQUEST_PASID,
		.pasid = 7,
	}, request = {
		.flags = LAST | AUTO | MOCK_IOMMU_REQUEST_PASID,
		.perm = READ,
		.pasid = 7,
	};
	struct mock_iommu_response response[2];
	int i;

	ASSERT_EQ(0, mock_iommu_mask(self->fd, self->iommu, 1));
	for (i = 0; i < PRQ_SLOTS; i++)
		ASSERT_EQ(1, mock_send(self->fd, self->ep, &request, 1));
	ASSERT_EQ(1, mock_send(self->fd, self->ep, &marker, 1));
	ASSERT_EQ(1, mock_answers(self->fd, self->ep, response, 2, 0));
	EXPECT_EQ(MOCK_IOMMU_RESPONSE_AUTO | MOCK_IOMMU_RESPONSE_PASID,
		  response[0].flags);
	EXPECT_EQ(7, response[0].pasid);
	EXPECT_EQ(MOCK_IOMMU_RESPONSE_SUCCESS, response[0].code);
}

TEST_F(mock, overflow)
{
	struct mock_iommu_response response[CREDITS];
	struct mock_iommu_endpoint_stats stats;
	struct mock_iommu_iommu_stats iommu;
	int i, automatic = 0;

	ASSERT_EQ(0, mock_iommu_mask(self->fd, self->iommu, 1));
	for (i = 0; i < PRQ_SLOTS + 72; i++)
		ASSERT_EQ(1,
			  send_one(self->fd, self->ep, LAST | AUTO, 0, READ));
	/* a queue of 128 holds 127; the others were answered on the spot */
	EXPECT_EQ(73, mock_answers(self->fd, self->ep, response, CREDITS, 0));
	ASSERT_EQ(0, mock_iommu_mask(self->fd, self->iommu, 0));
	/* what one call does not handle, a work item does */
	EXPECT_EQ(127, mock_answers(self->fd, self->ep, response + 73,
				    CREDITS - 73, DEADLINE_MS));
	for (i = 0; i < 200; i++) {
		automatic += response[i].flags == MOCK_IOMMU_RESPONSE_AUTO;
		EXPECT_EQ(i < 73 ? MOCK_IOMMU_RESPONSE_SUCCESS :
				   MOCK_IOMMU_RESPONSE_INVALID,
			  response[i].code);
	}
	EXPECT_EQ(73, automatic);

	ASSERT_EQ(0, mock_iommu_stats(self->fd, self->iommu, &iommu));
	EXPECT_EQ(127, iommu.out_prq_written);
	EXPECT_EQ(127, iommu.out_prq_handled);
	EXPECT_EQ(73, iommu.out_prq_dropped);
	EXPECT_EQ(1, iommu.out_prq_overflows);
	ASSERT_EQ(0, mock_endpoint_stats(self->fd, self->ep, &stats));
	EXPECT_EQ(73, stats.out_auto_success);
	EXPECT_EQ(0, stats.out_outstanding_requests);

	/* and it works again */
	ASSERT_EQ(1, send_one(self->fd, self->ep, LAST, 0, READ));
	EXPECT_EQ(MOCK_IOMMU_RESPONSE_INVALID,
		  answer_to_one(self->fd, self->ep));
}

/* The log of answers */

TEST_F(mock, log_times_out)
{
	struct mock_iommu_response response[2];

	EXPECT_EQ(-ETIMEDOUT,
		  mock_answers(self->fd, self->ep, response, 1, 10));
	ASSERT_EQ(1, send_one(self->fd, self->ep, LAST, 0, READ));
	EXPECT_EQ(1, mock_answers(self->fd, self->ep, response, 2, 10));
}

TEST_F(mock, log_refused)
{
	static struct mock_iommu_response responses[MOCK_IOMMU_RESPONSE_LOG + 1];

	EXPECT_EQ(-EINVAL, mock_answers(self->fd, self->ep, responses, 0, 0));
	EXPECT_EQ(-EINVAL, mock_answers(self->fd, self->ep, responses,
					MOCK_IOMMU_RESPONSE_LOG + 1, 0));
	ASSERT_EQ(1, send_one(self->fd, self->ep, LAST, 0, READ));
	EXPECT_EQ(-EFAULT, mock_answers(self->fd, self->ep, NULL, 1, 0));
}

TEST_F(mock, log_overflows)
{
	static struct mock_iommu_response responses[MOCK_IOMMU_RESPONSE_LOG];
	struct mock_iommu_response_read read = {
		.size = sizeof(read),
		.endpoint_id = self->ep,
		.count = MOCK_IOMMU_RESPONSE_LOG,
		.responses = (uintptr_t)responses,
	};
	int i;

	for (i = 0; i < MOCK_IOMMU_RESPONSE_LOG + 3; i++)
		ASSERT_EQ(1,
			  send_one(self->fd, self->ep, LAST | AUTO, 0, READ));
	ASSERT_EQ(0, call(self->fd, MOCK_IOMMU_RESPONSE_READ, &read));
	EXPECT_EQ(MOCK_IOMMU_RESPONSE_LOG, read.out_count);
	EXPECT_EQ(3, read.out_lost);
	ASSERT_EQ(0, call(self->fd, MOCK_IOMMU_RESPONSE_READ, &read));
	EXPECT_EQ(0, read.out_count);
	EXPECT_EQ(0, read.out_lost);
}

/* Reset and removal */

TEST_F(mock, reset_forgets)
{
	struct mock_iommu_endpoint_stats stats;
	struct mock_iommu_response response;

	ASSERT_EQ(0, mock_iommu_mask(self->fd, self->iommu, 1));
	ASSERT_EQ(1, send_one(self->fd, self->ep, LAST, 4, READ));
	ASSERT_EQ(0, mock_endpoint_reset(self->fd, self->ep));
	ASSERT_EQ(0, mock_endpoint_stats(self->fd, self->ep, &stats));
	EXPECT_EQ(0, stats.out_outstanding_requests);
	EXPECT_EQ(1, stats.out_page_requests);

	ASSERT_EQ(0, mock_iommu_mask(self->fd, self->iommu, 0));
	ASSERT_EQ(1,
		  mock_answers(self->fd, self->ep, &response, 1, DEADLINE_MS));
	EXPECT_EQ(MOCK_IOMMU_RESPONSE_UNEXPECTED, response.flags);
	EXPECT_EQ(4, response.grpid);
	ASSERT_EQ(0, mock_endpoint_stats(self->fd, self->ep, &stats));
	EXPECT_EQ(1, stats.out_unexpected);
	EXPECT_EQ(0, stats.out_invalid);
}

struct reader {
	int fd;
	__u32 ep;
	int ret;
};

static void *read_for_ever(void *arg)
{
	struct mock_iommu_response response;
	struct reader *reader = arg;

	reader->ret =
		mock_answers(reader->fd, reader->ep, &response, 1, 0xffffffff);
	return NULL;
}

TEST_F(mock, removal_ends_waiting)
{
	struct reader reader = { .fd = self->fd, .ep = self->ep };
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, read_for_ever, &reader));
	usleep(20000);
	EXPECT_EQ(0, mock_endpoint_remove(self->fd, self->ep));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	/* ENOENT if the thread was slow to start */
	EXPECT_TRUE(reader.ret == -ENODEV || reader.ret == -ENOENT);
}

TEST_F(mock, removal_with_requests_queued)
{
	struct mock_iommu_iommu_stats iommu;
	struct mock_iommu_response response;
	int ep = add_endpoint(self->fd, self->iommu, ATS | PRI, 0x55);

	ASSERT_LT(0, ep);
	ASSERT_EQ(0, mock_iommu_mask(self->fd, self->iommu, 1));
	ASSERT_EQ(1, send_one(self->fd, ep, LAST, 0, READ));
	ASSERT_EQ(0, mock_endpoint_remove(self->fd, ep));
	ASSERT_EQ(0, mock_iommu_stats(self->fd, self->iommu, &iommu));
	EXPECT_EQ(1, iommu.out_prq_handled);

	/* the next one with this RID hears nothing of it */
	ep = add_endpoint(self->fd, self->iommu, ATS | PRI, 0x55);
	ASSERT_LT(0, ep);
	ASSERT_EQ(0, mock_iommu_mask(self->fd, self->iommu, 0));
	EXPECT_EQ(0, mock_answers(self->fd, ep, &response, 1, 0));
}

/* Loaded or not, and by whom */

TEST_F(mock, in_use_while_open)
{
	/* what rmmod tells people is that the module is in use */
	EXPECT_EQ(-1, syscall(SYS_delete_module, "mock_iommu", O_NONBLOCK));
	EXPECT_EQ(EAGAIN, errno);
}

TEST_F(mock, taints_as_a_test_module)
{
	unsigned long taint = 0;
	FILE *file = fopen("/proc/sys/kernel/tainted", "r");

	ASSERT_NE(NULL, file);
	EXPECT_EQ(1, fscanf(file, "%lu", &taint));
	fclose(file);
	EXPECT_TRUE(taint & (1UL << 18));
}

static void on_alarm(int sig)
{
}

/* Has signals come again and again, whatever system call they interrupt. */
static int signal_often(void)
{
	const struct sigaction action = { .sa_handler = on_alarm };
	const struct itimerval often = {
		.it_interval.tv_usec = 10000,
		.it_value.tv_usec = 10000,
	};

	return sigaction(SIGALRM, &action, NULL) ||
	       setitimer(ITIMER_REAL, &often, NULL);
}

struct stuck_add {
	int fd;
	char *arg;
	int ret;
};

static void *stuck_add(void *arg)
{
	struct stuck_add *stuck = arg;

	stuck->ret = call(stuck->fd, MOCK_IOMMU_ENDPOINT_ADD, stuck->arg);
	return NULL;
}

/* One who adds, and sits on the memory for the answer, holds up no one for good. */
TEST_F(mock, waiting_for_who_adds_is_interrupted)
{
	const struct mock_iommu_endpoint_add add = {
		.size = sizeof(add),
		.iommu_id = self->iommu,
	};
	struct stuck_add stuck = { .fd = self->fd };
	pthread_t thread;
	int uffd, status;
	pid_t pid;

	stuck.arg = hold_writes(&uffd, &add, sizeof(add));
	ASSERT_NE(NULL, stuck.arg);
	ASSERT_EQ(0, pthread_create(&thread, NULL, stuck_add, &stuck));
	ASSERT_EQ(0, await_touch(uffd));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(signal_often() ||
		      add_endpoint(self->fd, self->iommu, 0, 0) != -EINTR ||
		      mock_endpoint_remove(self->fd, self->ep) != -EINTR ||
		      mock_iommu_remove(self->fd, self->iommu) != -EINTR);
	EXPECT_TRUE(AWAIT(waitpid(pid, &status, WNOHANG) == pid));
	EXPECT_EQ(0, status);
	ASSERT_EQ(0, release_writes(uffd, stuck.arg));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(0, stuck.ret);
	close(uffd);
}

static int drop_sys_admin(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, data))
		return -1;
	data[CAP_TO_INDEX(CAP_SYS_ADMIN)].effective &=
		~CAP_TO_MASK(CAP_SYS_ADMIN);
	return syscall(SYS_capset, &header, data);
}

/* The mode says who may open it; the capability is asked for all the same. */
TEST_F(mock, needs_admin)
{
	struct stat stat_buf;
	pid_t pid;
	int status;

	ASSERT_EQ(0, stat("/dev/mock_iommu", &stat_buf));
	EXPECT_EQ(0600, stat_buf.st_mode & 0777);
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(drop_sys_admin() || mock_open() != -EPERM);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

TEST_HARNESS_MAIN
