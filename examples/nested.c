// SPDX-License-Identifier: MIT
/*
 * A guest with two processes that a device works for: the guest's memory, a
 * first-stage page table in it for each process, two guest PASIDs bound to two
 * host PASIDs. The device writes and reads by the guest's virtual addresses.
 * Every second page is missing; the fault comes back with the guest's PASID, the
 * guest repairs its table, invalidates, and the device tries again.
 */
#include <errno.h>
#include <libfaultq.h>
#include <libmockiommu.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 4096ULL
#define GUEST_SIZE (4ULL << 20)
#define PAGES 16
#define GVA 0x7f1234560000ULL
#define LEVELS 4

/* present, writable, for user mode */
#define ENTRY_BITS 7ULL
#define ENTRY_ADDR 0xffffffffff000ULL

struct process {
	const char *name;
	__u32 pasid;
	__u32 host_pasid;
	__u32 hwpt;
	__u64 root;
	unsigned char data[PAGES * PAGE];
};

static struct process processes[] = {
	{ .name = "alice", .pasid = 17 },
	{ .name = "bob", .pasid = 42 },
};

#define NR_PROCESSES 2

static char *guest;
static __u64 guest_used;
static int ctx, mock;
static __u32 endpoint;
static struct faultq_queue *queue;
static unsigned int faults, wrong_pasids, invalidations;

static void fail(const char *format, ...)
{
	va_list arguments;

	fflush(stdout);
	fprintf(stderr, "demo-nested: failed: ");
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\n");
	exit(1);
}

static int must(const char *what, int ret)
{
	if (ret < 0)
		fail("%s: %s", what, strerror(-ret));
	return ret;
}

static __u64 guest_page(void)
{
	__u64 gpa = guest_used;

	if (gpa + PAGE > GUEST_SIZE)
		must("guest memory", -ENOMEM);
	guest_used += PAGE;
	memset(guest + gpa, 0, PAGE);
	return gpa;
}

/* The last-level entry for an address; tables that lack are made. */
static __u64 *guest_entry(__u64 root, __u64 gva)
{
	__u64 table = root, *entry;
	int level;

	for (level = LEVELS - 1;; level--) {
		entry = (__u64 *)(guest + table) +
			((gva >> (12 + 9 * level)) & 511);
		if (!level)
			return entry;
		if (!(*entry & 1))
			*entry = guest_page() | ENTRY_BITS;
		table = *entry & ENTRY_ADDR;
	}
}

static __u64 guest_map(struct process *p, __u64 gva)
{
	__u64 gpa = guest_page();

	__atomic_store_n(guest_entry(p->root, gva), gpa | ENTRY_BITS,
			 __ATOMIC_RELEASE);
	return gpa;
}

static void guest_invalidate(struct process *p, __u64 gva)
{
	struct faultq_hwpt_vtd_s1_invalidate entry = {
		.addr = gva,
		.npages = 1,
		.flags = FAULTQ_VTD_INV_FLAGS_LEAF,
	};
	__u32 nr = 1;

	must("invalidate",
	     faultq_hwpt_invalidate_vtd_s1(ctx, p->hwpt, &entry, &nr));
	invalidations += nr;
}

static struct process *find_process(__u32 pasid)
{
	int i;

	for (i = 0; i < NR_PROCESSES; i++)
		if (processes[i].pasid == pasid)
			return &processes[i];
	return NULL;
}

static __u32 repair(const struct faultq_page_request *fault)
{
	struct process *p = find_process(fault->pasid);
	__u64 gpa;

	if (!p || !(fault->flags & FAULTQ_PAGE_REQUEST_GUEST_PASID)) {
		wrong_pasids++;
		return FAULTQ_RESPONSE_INVALID;
	}
	gpa = guest_map(p, fault->addr);
	guest_invalidate(p, fault->addr);
	fprintf(stdout,
		"guest PASID %2u (%s, host PASID %u): 0x%llx was missing, now at guest physical 0x%llx\n",
		p->pasid, p->name, p->host_pasid, fault->addr, gpa);
	faults++;
	return FAULTQ_RESPONSE_SUCCESS;
}

static void *serve(void *unused)
{
	struct faultq_ring *ring = faultq_queue_ring(queue, 0);
	struct faultq_group group;
	__u32 code;

	/* until the context is closed */
	while (faultq_queue_wait(queue, -1) > 0) {
		while (must("ring", faultq_ring_next(ring, &group))) {
			code = repair(faultq_ring_page(ring, &group, 0));
			must("answer",
			     faultq_ring_respond(ring, group.tag, code));
		}
	}
	return unused;
}

static void bind_process(struct process *p, __u32 dev, __u32 parent,
			 __u32 queue_id)
{
	struct faultq_pasid_bind bind = {
		.flags = FAULTQ_PASID_BIND_ALLOC |
			 FAULTQ_PASID_BIND_FAULT_ID_VALID,
		.dev_id = dev,
		.pt_id = parent,
		.guest_pasid = p->pasid,
		.fault_id = queue_id,
		.data_type = FAULTQ_HWPT_DATA_VTD_S1,
		.vtd_s1 = { .addr_width = 48 },
	};
	unsigned int i;

	p->root = guest_page();
	for (i = 0; i < PAGES; i += 2)
		guest_map(p, GVA + i * PAGE);
	for (i = 0; i < sizeof(p->data); i++)
		p->data[i] = rand();
	bind.vtd_s1.pgtbl_addr = p->root;
	must("bind a guest PASID", faultq_pasid_bind(ctx, &bind));
	p->host_pasid = bind.host_pasid;
	p->hwpt = bind.out_hwpt_id;
	printf("guest PASID %2u (%s) bound to host PASID %u, page table at guest physical 0x%llx\n",
	       p->pasid, p->name, p->host_pasid, p->root);
}

static void set_up(const char *name)
{
	struct faultq_queue_alloc alloc = {
		.type = FAULTQ_QUEUE_TYPE_IOPF,
		.nr_rings = 1,
		.nr_records = 256,
		.nr_groups = 256,
	};
	struct mock_iommu_endpoint_info info;
	char path[FAULTQ_DEVICE_NAME_LEN];
	__u32 dev, parent;
	int i;

	ctx = must("/dev/faultq", faultq_open());
	mock = must("/dev/mock_iommu", mock_open());
	must(name, mock_endpoint_find(mock, name, &info));
	endpoint = info.endpoint_id;
	snprintf(path, sizeof(path), "platform/%s", name);
	must("bind the device", faultq_device_bind(ctx, path, 0, &dev));
	must("queue", faultq_queue_alloc(ctx, &alloc));
	must("rings", faultq_queue_open(alloc.out_queue_fd, &queue));

	guest = aligned_alloc(PAGE, GUEST_SIZE);
	must("stage 2", faultq_hwpt_alloc_parent(ctx, dev, &parent));
	must("map the guest's memory",
	     faultq_hwpt_map(ctx, parent, guest, GUEST_SIZE, 0,
			     FAULTQ_HWPT_MAP_READABLE |
				     FAULTQ_HWPT_MAP_WRITEABLE));
	for (i = 0; i < NR_PROCESSES; i++)
		bind_process(&processes[i], dev, parent, alloc.out_queue_id);
}

static void dma(struct process *p, __u32 op)
{
	struct mock_iommu_dma arg = {
		.flags = MOCK_IOMMU_DMA_PASID,
		.endpoint_id = endpoint,
		.op = op,
		.pasid = p->host_pasid,
		.iova = GVA,
		.buf = (uintptr_t)p->data,
		.length = sizeof(p->data),
	};

	must("DMA", mock_dma_all(mock, &arg));
	if (arg.out_status)
		fail("DMA of %s ended with status %u, reason 0x%x at 0x%llx",
		     p->name, arg.out_status, arg.out_reason,
		     arg.out_fault_iova);
}

static void *work(void *arg)
{
	dma(arg, MOCK_IOMMU_DMA_WRITE);
	dma(arg, MOCK_IOMMU_DMA_COMPARE);
	return NULL;
}

/* What the device wrote, as the guest's own processor would find it. */
static void check_guest(struct process *p)
{
	__u64 gpa;
	int i;

	for (i = 0; i < PAGES; i++) {
		gpa = *guest_entry(p->root, GVA + i * PAGE) & ENTRY_ADDR;
		if (memcmp(guest + gpa, p->data + i * PAGE, PAGE))
			fail("page %d of %s differs", i, p->name);
	}
}

int main(int argc, char **argv)
{
	pthread_t server, workers[NR_PROCESSES];
	int i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	set_up(argc > 1 ? argv[1] : "mock-iommu0-ep0");
	pthread_create(&server, NULL, serve, NULL);
	for (i = 0; i < NR_PROCESSES; i++)
		pthread_create(&workers[i], NULL, work, &processes[i]);
	for (i = 0; i < NR_PROCESSES; i++) {
		pthread_join(workers[i], NULL);
		check_guest(&processes[i]);
	}
	if (wrong_pasids || faults != NR_PROCESSES * PAGES / 2 ||
	    invalidations != faults)
		fail("%u faults, %u invalidations, %u without a guest PASID",
		     faults, invalidations, wrong_pasids);
	fprintf(stdout,
		"demo-nested: ok: %u guest PASIDs, %llu bytes by guest virtual address, %u page faults with the guest's PASID, %u invalidations, data match\n",
		NR_PROCESSES, NR_PROCESSES * PAGES * PAGE, faults,
		invalidations);
	if (fflush(stdout) || ferror(stdout))
		fail("standard output: write error");
	return 0;
}
