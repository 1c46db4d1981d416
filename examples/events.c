// SPDX-License-Identifier: MIT
/*
 * What goes wrong in two guests, one on a VT-d and one on an SMMUv3, and how the
 * one monitor sees it: faults that no one can repair, and errors of the IOMMUs'
 * queues. This program is the VMM, the guests and their devices; the queues of
 * events it hands over to "faultq monitor", whose lines it reads, compares with
 * what it did, and counts.
 */
#include <errno.h>
#include <fcntl.h>
#include <libfaultq.h>
#include <libmockiommu.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096ULL
#define GUEST_SIZE (4ULL << 20)
#define GVA 0x7f1234560000ULL
#define LEVELS 4
#define RW (FAULTQ_HWPT_MAP_READABLE | FAULTQ_HWPT_MAP_WRITEABLE)

#define PASID 17 /* of a guest's process */
#define BROKEN_PASID 18 /* whose context descriptor is garbage */
#define NR_RECORDS 16
#define STORM 1000

/* Page table entries: VT-d's first stage, that of x86-64 */
#define VTD_TABLE 7ULL
#define VTD_PAGE 7ULL
#define VTD_READ_ONLY 5ULL
#define VTD_LARGE 0x80ULL

/* SMMUv3, that of AArch64: valid, AF, for EL0; AP[2] makes it read-only */
#define SMMU_TABLE 3ULL
#define SMMU_PAGE 0x743ULL
#define SMMU_READ_ONLY 0x7c3ULL

/* Commands of the SMMU */
#define CMD_ILLEGAL 0xffULL
#define CMD_TLBI_NH_ASID 0x11ULL
#define CMD_ATC_INV 0x40ULL
#define CMD_SYNC 0x46ULL
#define ATC_INV_ALL 52
#define QUEUE_LENGTH PAGE
#define QUEUE_COMMANDS (QUEUE_LENGTH / 16)

/**
 * struct guest - a virtual machine with two devices behind one IOMMU
 * @name: kind of the IOMMU
 * @iommu: name of the instance
 * @table: bits of a table entry
 * @page: bits of a page's entry
 * @memory: the guest's memory
 * @used: how much of it is in use
 * @root: its process's page table
 * @iommu_id: the instance
 * @endpoints: one without a device TLB, and one with it
 * @devs: their DEVICEs
 * @virt_ids: what the guest calls them
 * @pasid: what the first device sends for the guest's process
 * @hwpt: the second device's page table
 * @viommu: the VIOMMU
 * @events: its queue
 * @registers: of the virtual command queue
 * @registers_length: bytes of them
 * @commands: the virtual command queue
 * @prod: its producer index
 * @before: the instance's counters when all was made
 */
struct guest {
	const char *name;
	const char *iommu;
	__u64 table;
	__u64 page;
	char *memory;
	__u64 used;
	__u64 root;
	__u32 iommu_id;
	__u32 endpoints[2];
	__u32 devs[2];
	__u64 virt_ids[2];
	__u32 pasid;
	__u32 hwpt;
	__u32 viommu;
	struct faultq_queue *events;
	char *registers;
	size_t registers_length;
	__u64 *commands;
	__u32 prod;
	struct mock_iommu_iommu_stats before;
};

static struct guest vtd = {
	.name = "vtd",
	.iommu = "mock-iommu0",
	.table = VTD_TABLE,
	.page = VTD_PAGE,
	.virt_ids = { 0x10, 0x18 },
};

static struct guest smmu = {
	.name = "smmuv3",
	.iommu = "mock-iommu1",
	.table = SMMU_TABLE,
	.page = SMMU_PAGE,
	.virt_ids = { 0x20, 0x28 },
	.pasid = PASID,
};

static int ctx, mock;
static pid_t monitor;
static FILE *lines;
static unsigned long delivered;

static void fail(const char *what, const char *why)
{
	fflush(stdout);
	fprintf(stderr, "demo-events: failed: %s: %s\n", what, why);
	exit(1);
}

static int must(const char *what, int ret)
{
	if (ret < 0)
		fail(what, strerror(-ret));
	return ret;
}

/* The guests' memory and page tables */

static __u64 guest_page(struct guest *guest)
{
	__u64 gpa = guest->used;

	if (gpa + PAGE > GUEST_SIZE)
		must("guest memory", -ENOMEM);
	guest->used += PAGE;
	memset(guest->memory + gpa, 0, PAGE);
	return gpa;
}

static __u64 *guest_words(struct guest *guest, __u64 gpa)
{
	return (__u64 *)(guest->memory + gpa);
}

/* The entry at @level for an address; the tables above it are made. */
static __u64 *guest_entry(struct guest *guest, __u64 gva, int level)
{
	__u64 table = guest->root, *entry;
	int at;

	for (at = LEVELS - 1;; at--) {
		entry = guest_words(guest, table) +
			((gva >> (12 + 9 * at)) & 511);
		if (at == level)
			return entry;
		if (!*entry)
			*entry = guest_page(guest) | guest->table;
		table = *entry & 0xfffffffff000ULL;
	}
}

/* What is done, and what the monitor is to say of it */

static bool has_all(const char *line, const char *words)
{
	char *copy = strdup(words), *rest = copy, *word;
	bool all = true;

	while ((word = strsep(&rest, " ")))
		all = all && strstr(line, word);
	free(copy);
	return all;
}

/* A line of the monitor's, which is an event or tells of lost ones */
static void read_line(char *line, int size)
{
	if (!fgets(line, size, lines))
		fail("monitor", "no line of it any more");
	if (!strstr(line, " lost "))
		delivered++;
}

static void expect(const char *words)
{
	char line[1024];

	read_line(line, sizeof(line));
	fputs(line, stdout);
	if (!has_all(line, words))
		fail("that is no", words);
}

/* A DMA of 8 bytes that the IOMMU is to refuse */
static void write_to(struct guest *guest, __u32 pasid, __u64 gva)
{
	__u64 data = 0;
	struct mock_iommu_dma dma = {
		.flags = MOCK_IOMMU_DMA_PASID,
		.endpoint_id = guest->endpoints[0],
		.op = MOCK_IOMMU_DMA_WRITE,
		.pasid = pasid,
		.iova = gva,
		.buf = (uintptr_t)&data,
		.length = sizeof(data),
	};

	must("DMA", mock_dma_all(mock, &dma));
	if (dma.out_status != MOCK_IOMMU_DMA_BLOCKED)
		fail("DMA", "was not refused");
}

static void unmapped_dma(struct guest *guest)
{
	write_to(guest, guest->pasid, GVA + 8 * PAGE);
}

static void vtd_permission(struct guest *guest)
{
	*guest_entry(guest, GVA, 0) = guest_page(guest) | VTD_READ_ONLY;
	write_to(guest, guest->pasid, GVA);
}

static void smmu_permission(struct guest *guest)
{
	*guest_entry(guest, GVA, 0) = guest_page(guest) | SMMU_READ_ONLY;
	write_to(guest, guest->pasid, GVA);
}

/* A page of 512 GiB, which there is not */
static void vtd_bad_entry(struct guest *guest)
{
	*guest_entry(guest, 0, LEVELS - 1) = VTD_PAGE | VTD_LARGE;
	write_to(guest, guest->pasid, 0x1000);
}

static void smmu_bad_descriptor(struct guest *guest)
{
	write_to(guest, BROKEN_PASID, GVA);
}

/* An invalidation by the VMM in which the hardware stops */
static void vtd_invalidate(struct guest *guest, __u32 what, __u32 error)
{
	struct mock_iommu_misbehave misbehave = {
		.endpoint_id = guest->endpoints[1],
		.what = what,
		.nth = 1,
		.count = 1,
	};
	struct faultq_hwpt_vtd_s1_invalidate entry = {
		.addr = GVA,
		.npages = 1,
	};
	__u32 nr = 1;
	int ret;

	must("misbehave", mock_misbehave(mock, &misbehave));
	ret = faultq_hwpt_invalidate_vtd_s1(ctx, guest->hwpt, &entry, &nr);
	if (ret != -EIO || entry.out_error != error)
		fail("invalidation", "did not go wrong as it should");
}

static void vtd_bad_command(struct guest *guest)
{
	vtd_invalidate(guest, MOCK_IOMMU_INV_BAD_DESCRIPTOR,
		       FAULTQ_INVALIDATE_IQE);
}

static void vtd_timeout(struct guest *guest)
{
	vtd_invalidate(guest, MOCK_IOMMU_INV_TIMEOUT, FAULTQ_INVALIDATE_ITE);
}

/* The virtual command queue */

static __u32 *vcmdq(struct guest *guest, enum faultq_vcmdq_register where)
{
	return (__u32 *)(guest->registers + where);
}

static __u32 vcmdq_read(struct guest *guest, enum faultq_vcmdq_register where)
{
	return __atomic_load_n(vcmdq(guest, where), __ATOMIC_ACQUIRE);
}

static void vcmdq_write(struct guest *guest, enum faultq_vcmdq_register where,
			__u32 value)
{
	__atomic_store_n(vcmdq(guest, where), value, __ATOMIC_RELEASE);
}

static __u64 *vcmdq_command(struct guest *guest, __u32 index)
{
	return guest->commands + 2 * (index % QUEUE_COMMANDS);
}

static void vcmdq_put(struct guest *guest, __u64 low, __u64 high)
{
	__u64 *command = vcmdq_command(guest, guest->prod);

	command[0] = low;
	command[1] = high;
	guest->prod = (guest->prod + 1) % (2 * QUEUE_COMMANDS);
}

static void vcmdq_ring(struct guest *guest)
{
	vcmdq_write(guest, FAULTQ_VCMDQ_PROD, guest->prod);
}

static void illegal_command(struct guest *guest)
{
	vcmdq_put(guest, CMD_TLBI_NH_ASID, 0);
	vcmdq_put(guest, CMD_ILLEGAL, 0);
	vcmdq_put(guest, CMD_SYNC, 0);
	vcmdq_ring(guest);
}

static void command_timeout(struct guest *guest)
{
	struct mock_iommu_misbehave misbehave = {
		.endpoint_id = guest->endpoints[1],
		.what = MOCK_IOMMU_INV_TIMEOUT,
		.nth = 1,
		.count = 1,
	};

	must("misbehave", mock_misbehave(mock, &misbehave));
	vcmdq_put(guest, CMD_ATC_INV | guest->virt_ids[1] << 32, ATC_INV_ALL);
	vcmdq_put(guest, CMD_SYNC, 0);
	vcmdq_ring(guest);
}

/* What the guest does when it hears of it. The hardware tells no one when done. */
static void recover(struct guest *guest, __u32 error, const char *name)
{
	__u32 cons = vcmdq_read(guest, FAULTQ_VCMDQ_CONS);
	__u64 *command = vcmdq_command(guest, cons);

	if (cons >> 24 != error)
		fail("virtual command queue", "stopped for another reason");
	command[0] = CMD_SYNC;
	command[1] = 0;
	vcmdq_write(guest, FAULTQ_VCMDQ_GERRORN,
		    vcmdq_read(guest, FAULTQ_VCMDQ_GERROR));
	do {
		sched_yield();
		cons = vcmdq_read(guest, FAULTQ_VCMDQ_CONS);
	} while (cons != guest->prod);
	fprintf(stdout,
		"  the guest finds %s, puts a CMD_SYNC there, clears the error: all %u commands done\n",
		name, cons);
}

static void recover_from_illegal(struct guest *guest)
{
	recover(guest, 1, "CERROR_ILL");
}

static void recover_from_timeout(struct guest *guest)
{
	recover(guest, 3, "CERROR_ATC_INV_SYNC");
}

static const struct step {
	struct guest *guest;
	const char *what;
	void (*cause)(struct guest *guest);
	const char *words;
	void (*then)(struct guest *guest);
} steps[] = {
	{ &vtd, "an unmapped DMA", unmapped_dma,
	  "reason=pte-fetch virt_id=0x10 guest_pasid=17 addr=0x7f1234568000 FR=0x71",
	  NULL },
	{ &smmu, "an unmapped DMA", unmapped_dma,
	  "reason=pte-fetch virt_id=0x20 pasid=17 addr=0x7f1234568000 F_TRANSLATION",
	  NULL },
	{ &vtd, "a write to a read-only page", vtd_permission,
	  "reason=permission virt_id=0x10 guest_pasid=17 addr=0x7f1234560000 FR=0x85",
	  NULL },
	{ &smmu, "a write to a read-only page", smmu_permission,
	  "reason=permission virt_id=0x20 pasid=17 addr=0x7f1234560000 F_PERMISSION",
	  NULL },
	{ &vtd, "a bad entry in the guest's page table", vtd_bad_entry,
	  "reason=bad-pte virt_id=0x10 guest_pasid=17 FR=0x72", NULL },
	{ &smmu, "a bad context descriptor of the guest", smmu_bad_descriptor,
	  "reason=bad-pasid-entry virt_id=0x20 pasid=18 C_BAD_CD", NULL },
	{ &vtd, "an illegal descriptor in the invalidation queue",
	  vtd_bad_command, "reason=bad-command vtd-invalidation IQE=1", NULL },
	{ &smmu, "an illegal command in the guest's own command queue",
	  illegal_command, "reason=queue-stopped LVCMDQ_ERR_MAP_0=1",
	  recover_from_illegal },
	{ &vtd, "a device that does not answer an invalidation", vtd_timeout,
	  "reason=inv-timeout virt_id=0x18 ITE=1", NULL },
	{ &smmu, "a device that does not answer an invalidation",
	  command_timeout, "reason=queue-stopped LVCMDQ_ERR_MAP_0=1",
	  recover_from_timeout },
};

#define NR_STEPS (sizeof(steps) / sizeof(*steps))

static void do_step(const struct step *step)
{
	printf("%s: %s\n", step->guest->name, step->what);
	step->cause(step->guest);
	expect(step->words);
	if (step->then)
		step->then(step->guest);
}

static void raise_faults(struct guest *guest, __u32 count, __u64 addr)
{
	struct mock_iommu_fault fault = {
		.endpoint_id = guest->endpoints[0],
		.reason = guest == &vtd ? 0x71 : 0x10,
		.perm = MOCK_IOMMU_PERM_READ,
		.addr = addr,
		.count = count,
	};

	must("raise faults", mock_fault(mock, &fault));
}

/* The driver leaves what it cannot do in an interrupt to a thread. */
static void settle(struct guest *guest)
{
	struct mock_iommu_iommu_stats now;

	do {
		sched_yield();
		must("counters", mock_iommu_stats(mock, guest->iommu_id, &now));
	} while (now.out_faults_handled != now.out_faults_recorded);
}

/*
 * More than there is room for, while the monitor sleeps. One fault more tells
 * when all before it was shown: the ring is empty when it comes.
 */
static void storm(struct guest *guest)
{
	char line[1024];
	int i, status;

	printf("%s: %u faults while the monitor is stopped, in a ring of %u\n",
	       guest->name, STORM, NR_RECORDS);
	kill(monitor, SIGSTOP);
	if (waitpid(monitor, &status, WUNTRACED) < 0 || !WIFSTOPPED(status))
		fail("monitor", "did not stop");
	raise_faults(guest, STORM, GVA);
	settle(guest);
	kill(monitor, SIGCONT);
	for (i = 0; i < NR_RECORDS; i++)
		read_line(line, sizeof(line));
	printf("  %u lines of these, then\n", NR_RECORDS);
	raise_faults(guest, 1, 0xe0d000);
	do {
		read_line(line, sizeof(line));
		fputs(line, stdout);
	} while (!strstr(line, "addr=0xe0d000"));
}

/* Making it all */

static __u32 add_endpoint(struct guest *guest, __u32 flags, char *name)
{
	struct mock_iommu_endpoint_add add = {
		.flags = flags,
		.iommu_id = guest->iommu_id,
		.pasid_bits = 8,
	};

	must("endpoint", mock_endpoint_add(mock, &add));
	sprintf(name, "platform/%s", add.out_name);
	return add.out_endpoint_id;
}

static void find_iommu(struct guest *guest)
{
	struct mock_iommu_iommu_info info = { .iommu_id = ~0U };

	do
		must(guest->iommu,
		     mock_iommu_next(mock, info.iommu_id + 1, &info));
	while (strcmp(info.out_name, guest->iommu));
	guest->iommu_id = info.iommu_id;
}

/* Two devices, the guest's memory for both, and the queue of its events */
static void make_guest(struct guest *guest, __u32 *parent)
{
	static const __u32 flags[2] = { 0, MOCK_IOMMU_ENDPOINT_ATS };
	char name[FAULTQ_DEVICE_NAME_LEN];
	int i;

	find_iommu(guest);
	for (i = 0; i < 2; i++) {
		guest->endpoints[i] = add_endpoint(guest, flags[i], name);
		must(name, faultq_device_bind(ctx, name, 0, &guest->devs[i]));
	}
	guest->memory = aligned_alloc(PAGE, GUEST_SIZE);
	if (!guest->memory)
		fail("guest memory", strerror(ENOMEM));
	must("stage 2", faultq_hwpt_alloc_parent(ctx, guest->devs[0], parent));
	must("map the guest's memory",
	     faultq_hwpt_map(ctx, *parent, guest->memory, GUEST_SIZE, 0, RW));
	guest->root = guest_page(guest);
}

static void watch_guest(struct guest *guest)
{
	struct faultq_queue_alloc alloc = {
		.type = FAULTQ_QUEUE_TYPE_EVENT,
		.nr_rings = 1,
		.nr_records = NR_RECORDS,
		.source_id = guest->viommu,
	};
	__u32 id;
	int i;

	for (i = 0; i < 2; i++)
		must("virtual id",
		     faultq_vdevice_alloc(ctx, guest->viommu, guest->devs[i],
					  guest->virt_ids[i], &id));
	must("queue of events", faultq_queue_alloc(ctx, &alloc));
	must("ring", faultq_queue_open(alloc.out_queue_fd, &guest->events));
	must("counters",
	     mock_iommu_stats(mock, guest->iommu_id, &guest->before));
}

/* The guest's process on a PASID of the first device, the second by its RID */
static void make_vtd(struct guest *guest)
{
	struct faultq_hwpt_vtd_s1 table = { .addr_width = 48 };
	struct faultq_pasid_bind bind = {
		.flags = FAULTQ_PASID_BIND_ALLOC,
		.guest_pasid = PASID,
		.data_type = FAULTQ_HWPT_DATA_VTD_S1,
	};
	__u32 parent;

	make_guest(guest, &parent);
	must("VIOMMU",
	     faultq_viommu_alloc(ctx, guest->devs[0], parent,
				 FAULTQ_VIOMMU_TYPE_DEFAULT, &guest->viommu));
	table.pgtbl_addr = guest->root;
	bind.dev_id = guest->devs[0];
	bind.pt_id = guest->viommu;
	bind.vtd_s1 = table;
	must("bind the guest's PASID", faultq_pasid_bind(ctx, &bind));
	guest->pasid = bind.host_pasid;
	must("nested table",
	     faultq_hwpt_alloc_vtd_s1(ctx, guest->devs[1], guest->viommu,
				      &table, 0, &guest->hwpt));
	must("attach", faultq_device_attach(ctx, guest->devs[1], guest->hwpt,
					    FAULTQ_NO_PASID, 0));
	watch_guest(guest);
}

/*
 * 32 context descriptors: AArch64, 48 bits of address in granules of 4 KiB,
 * record and abort.
 */
static __u64 make_descriptors(struct guest *guest, __u64 address_size)
{
	__u64 gpa = guest_page(guest), *cd = guest_words(guest, gpa);

	cd[8 * PASID] = 16 | 1ULL << 30 | 1ULL << 31 | address_size << 32 |
			1ULL << 41 | 1ULL << 45 | 1ULL << 46 | 1ULL << 47 |
			(__u64)PASID << 48;
	cd[8 * PASID + 1] = guest->root;
	/* valid, but for AArch32 */
	cd[8 * BROKEN_PASID] = 1ULL << 31;
	return gpa;
}

/* Valid, stage 1, 2^5 linear descriptors, none for requests without PASID */
static void attach_stream(struct guest *guest, int i, __u64 descriptors)
{
	struct faultq_hwpt_arm_smmuv3 ste = {
		.ste = { 1 | 5 << 1 | descriptors | 5ULL << 59 },
	};
	__u32 hwpt;

	if (i)
		ste.ste[1] = 1ULL << 28; /* EATS */
	must("nested stream table entry",
	     faultq_hwpt_alloc_arm_smmuv3(ctx, guest->devs[i], guest->viommu,
					  &ste, 0, &hwpt));
	must("attach", faultq_device_attach(ctx, guest->devs[i], hwpt,
					    FAULTQ_NO_PASID, 0));
}

static void make_command_queue(struct guest *guest,
			       const struct faultq_viommu_tegra241_cmdqv *data)
{
	struct faultq_hw_queue_alloc alloc = {
		.viommu_id = guest->viommu,
		.type = FAULTQ_HW_QUEUE_TYPE_TEGRA241_CMDQV,
		.nesting_parent_iova = guest_page(guest),
		.length = QUEUE_LENGTH,
	};
	void *registers;

	must("command queue", faultq_hw_queue_alloc(ctx, &alloc));
	must("registers", faultq_vcmdq_map(ctx, data, &registers));
	guest->registers = registers;
	guest->registers_length = data->out_vintf_mmap_length;
	guest->commands = guest_words(guest, alloc.nesting_parent_iova);
	vcmdq_write(guest, FAULTQ_VCMDQ_CONFIG, 1);
}

static void make_smmu(struct guest *guest)
{
	struct faultq_viommu_tegra241_cmdqv data;
	struct faultq_hw_info_arm_smmuv3 info;
	__u32 parent, type, length = sizeof(info);
	__u64 descriptors;
	int i;

	make_guest(guest, &parent);
	must("hardware",
	     faultq_device_hw_info(ctx, guest->devs[0], &info, &length, &type));
	if (type != FAULTQ_HW_INFO_ARM_SMMUV3)
		fail(guest->iommu, "is no SMMUv3");
	descriptors = make_descriptors(guest, info.idr[5] & 7);
	must("VIOMMU",
	     faultq_viommu_alloc_tegra241_cmdqv(ctx, guest->devs[0], parent,
						&data, &guest->viommu));
	watch_guest(guest);
	for (i = 0; i < 2; i++)
		attach_stream(guest, i, descriptors);
	make_command_queue(guest, &data);
}

/* Files 3 and 4 of the monitor are the queues, its output is read by us. */
static void start_monitor(void)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		must("pipe", -errno);
	monitor = fork();
	if (monitor < 0)
		must("fork", -errno);
	if (monitor) {
		close(ends[1]);
		lines = fdopen(ends[0], "r");
		return;
	}
	dup2(ends[1], STDOUT_FILENO);
	fcntl(faultq_queue_fd(vtd.events), F_SETFD, 0);
	fcntl(faultq_queue_fd(smmu.events), F_SETFD, 0);
	char vtd_queue[32], smmu_queue[32];

	sprintf(vtd_queue, "%d:vtd", faultq_queue_fd(vtd.events));
	sprintf(smmu_queue, "%d:smmuv3", faultq_queue_fd(smmu.events));
	execlp("faultq", "faultq", "monitor", "--fd", vtd_queue, "--fd",
	       smmu_queue, NULL);
	fail("faultq", strerror(errno));
}

/* The end: the monitor ends when the context does, and the sums are drawn. */

static __u64 raised(struct guest *guest, __u64 *unclaimed, __u64 *lost)
{
	struct mock_iommu_iommu_stats now, *before = &guest->before;

	must("counters", mock_iommu_stats(mock, guest->iommu_id, &now));
	*unclaimed += now.out_faults_unclaimed - before->out_faults_unclaimed;
	*lost += now.out_faults_lost - before->out_faults_lost;
	return now.out_faults_raised - before->out_faults_raised +
	       now.out_inv_errors - before->out_inv_errors +
	       now.out_vcmdq_errors - before->out_vcmdq_errors;
}

static void end_monitor(void)
{
	char line[1024];
	int status;

	/* the mapping would keep the context open */
	munmap(smmu.registers, smmu.registers_length);
	close(ctx);
	while (fgets(line, sizeof(line), lines)) {
		fputs(line, stdout);
		if (!strstr(line, " lost "))
			delivered++;
	}
	if (waitpid(monitor, &status, 0) < 0 || status)
		fail("monitor", "ended badly");
}

static void sum_up(void)
{
	struct guest *guests[] = { &vtd, &smmu };
	__u64 all = 0, unclaimed = 0, lost_hardware = 0, lost = 0;
	struct faultq_stats stats;
	int i;

	for (i = 0; i < 2; i++)
		all += raised(guests[i], &unclaimed, &lost_hardware);
	end_monitor();
	for (i = 0; i < 2; i++) {
		faultq_queue_stats(guests[i]->events, &stats);
		lost += stats.lost_full + stats.lost_memory;
	}
	fprintf(stdout,
		"raised %llu; delivered %lu; lost %llu for want of room in the ring, %llu in the hardware; unclaimed %llu\n",
		all, delivered, lost, lost_hardware, unclaimed);
	lost += lost_hardware;
	if (unclaimed || all != delivered + lost)
		fail("sums", "they do not add up");
	fprintf(stdout,
		"demo-events: ok: %zu kinds of trouble on two IOMMUs, %llu events raised = %lu delivered + %llu lost\n",
		NR_STEPS, all, delivered, lost);
	if (fflush(stdout) || ferror(stdout))
		fail("standard output", "write error");
}

int main(void)
{
	size_t i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	alarm(60);
	ctx = must("/dev/faultq", faultq_open());
	mock = must("/dev/mock_iommu", mock_open());
	make_vtd(&vtd);
	make_smmu(&smmu);
	start_monitor();
	for (i = 0; i < NR_STEPS; i++)
		do_step(&steps[i]);
	storm(&vtd);
	storm(&smmu);
	sum_up();
	return 0;
}
