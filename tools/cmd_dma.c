// SPDX-License-Identifier: MIT
/*
 * faultq dma: drive the DMA engine of a mock endpoint.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libmockiommu.h"
#include "tool.h"

/* A DMA is done in slices, between which its progress is shown. */
#define SLICE (256 * 1024)

static const char help[] =
	"usage: faultq dma [OPTION...] read ENDPOINT FROM LENGTH FILE\n"
	"       faultq dma [OPTION...] write ENDPOINT TO FILE\n"
	"       faultq dma [OPTION...] copy ENDPOINT FROM TO LENGTH\n"
	"       faultq dma [OPTION...] compare ENDPOINT FROM FILE\n"
	"\n"
	"Has the mock endpoint ENDPOINT read memory into FILE, write FILE to memory, copy\n"
	"memory or compare memory with FILE. FROM and TO are [PASID@]IOVA, in the address\n"
	"space of the PASID or, without one, of the device. LENGTH is in bytes or with K,\n"
	"M or G; write and compare go by the length of FILE. The exit status is 0 if all\n"
	"bytes were moved, or are equal.\n"
	"\n"
	"  -g, --group-pages N  request up to N missing pages at once, from 1 to 512\n"
	"                       (default: 1)\n"
	"  -q, --quiet          show no progress\n"
	"  -j, --json           print the outcome as one JSON object\n"
	"  -h, --help           show this help\n";

static const struct option options[] = {
	{ "group-pages", required_argument, NULL, 'g' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{},
};

/**
 * struct dma - a DMA as a whole
 * @verb: "read" and so on
 * @endpoint: name of the endpoint
 * @file: name of the file, NULL for a copy
 * @slice: what the next slice starts from; and how the last one ended
 * @length: bytes in all
 * @done: bytes done
 * @page_requests: page requests sent
 * @groups: groups of them sent
 * @retries: accesses that missed again
 * @kind: of the endpoint's IOMMU, for the reason of a fault
 * @mock: the control device
 * @fd: the file
 * @buffer: a slice of the file
 * @quiet: no progress
 * @json: print the outcome as JSON
 */
struct dma {
	const char *verb;
	const char *endpoint;
	const char *file;
	struct mock_iommu_dma slice;
	__u64 length;
	__u64 done;
	__u64 page_requests;
	__u64 groups;
	__u64 retries;
	__u32 kind;
	int mock;
	int fd;
	void *buffer;
	bool quiet;
	bool json;
};

/**
 * struct verb - what can be done
 * @name: as it is typed
 * @op: for the mock
 * @nr_arguments: after the name
 * @take: takes them; returns an exit status
 */
struct verb {
	const char *name;
	__u32 op;
	int nr_arguments;
	int (*take)(struct dma *dma, const char *command, char **arguments);
};

static bool parse_address(const char *text, __u32 pasid_flag, __u32 *flags,
			  __u32 *pasid, __u64 *iova)
{
	const char *at = strchr(text, '@');
	char number[24];

	if (!at)
		return parse_number(text, iova);
	if (at - text >= (long)sizeof(number))
		return false;
	memcpy(number, text, at - text);
	number[at - text] = '\0';
	*flags |= pasid_flag;
	return parse_u32(number, pasid) && parse_number(at + 1, iova);
}

static int bad_address(const char *command, const char *text)
{
	return bad_usage(command, "'%s': not an address: [PASID@]IOVA", text);
}

static int take_address(struct dma *dma, const char *command, const char *text)
{
	struct mock_iommu_dma *slice = &dma->slice;

	if (parse_address(text, MOCK_IOMMU_DMA_PASID, &slice->flags,
			  &slice->pasid, &slice->iova))
		return EXIT_SUCCESS;
	return bad_address(command, text);
}

static int take_target(struct dma *dma, const char *command, const char *text)
{
	struct mock_iommu_dma *slice = &dma->slice;

	if (parse_address(text, MOCK_IOMMU_DMA_DST_PASID, &slice->flags,
			  &slice->dst_pasid, &slice->dst_iova))
		return EXIT_SUCCESS;
	return bad_address(command, text);
}

static int take_length(struct dma *dma, const char *command, const char *text)
{
	if (parse_number(text, &dma->length) && dma->length)
		return EXIT_SUCCESS;
	return bad_usage(command,
			 "'%s': not a length: bytes, or with K, M or G", text);
}

static int take_read(struct dma *dma, const char *command, char **arguments)
{
	int status = take_address(dma, command, arguments[1]);

	dma->file = arguments[3];
	return status ? status : take_length(dma, command, arguments[2]);
}

static int take_copy(struct dma *dma, const char *command, char **arguments)
{
	int status = take_address(dma, command, arguments[1]);

	if (!status)
		status = take_target(dma, command, arguments[2]);
	return status ? status : take_length(dma, command, arguments[3]);
}

static int take_file(struct dma *dma, const char *command, char **arguments)
{
	dma->file = arguments[2];
	return take_address(dma, command, arguments[1]);
}

static const struct verb verbs[] = {
	{ "read", MOCK_IOMMU_DMA_READ, 4, take_read },
	{ "write", MOCK_IOMMU_DMA_WRITE, 3, take_file },
	{ "copy", MOCK_IOMMU_DMA_COPY, 4, take_copy },
	{ "compare", MOCK_IOMMU_DMA_COMPARE, 3, take_file },
};

static int take_verb(struct dma *dma, const char *command, int argc,
		     char **argv)
{
	size_t i;

	if (!argc)
		return bad_usage(command, "nothing to do: %s",
				 "say read, write, copy or compare");
	for (i = 0; i < NR(verbs); i++) {
		if (strcmp(verbs[i].name, argv[0]))
			continue;
		if (argc - 1 != verbs[i].nr_arguments)
			return bad_usage(command, "%s: needs %d arguments",
					 argv[0], verbs[i].nr_arguments);
		dma->verb = verbs[i].name;
		dma->endpoint = argv[1];
		dma->slice.op = verbs[i].op;
		return verbs[i].take(dma, command, argv + 1);
	}
	return bad_usage(command, "%s: not one of read, write, copy, compare",
			 argv[0]);
}

/* For a DMA without PASID both PASIDs are 0. */
static int check_pasids(const struct dma *dma,
			const struct mock_iommu_endpoint_info *info)
{
	const struct mock_iommu_dma *slice = &dma->slice;
	__u32 flags = MOCK_IOMMU_DMA_PASID | MOCK_IOMMU_DMA_DST_PASID;
	__u32 pasid = slice->pasid > slice->dst_pasid ? slice->pasid :
							slice->dst_pasid;

	if (!(slice->flags & flags) || !(pasid >> info->out_pasid_bits))
		return EXIT_SUCCESS;
	return fail("%s: has no PASID %u: its PASIDs have %u bits",
		    dma->endpoint, pasid, info->out_pasid_bits);
}

static int open_endpoint(struct dma *dma)
{
	struct mock_iommu_endpoint_info info;
	struct mock_iommu_iommu_info iommu;

	dma->mock = open_mock();
	if (dma->mock < 0)
		return EXIT_FAILURE;
	if (find_endpoint(dma->mock, dma->endpoint, &info))
		return EXIT_FAILURE;
	dma->slice.endpoint_id = info.endpoint_id;
	if (!mock_iommu_next(dma->mock, info.out_iommu_id, &iommu))
		dma->kind = iommu.out_kind;
	return check_pasids(dma, &info);
}

static int open_file(struct dma *dma)
{
	bool reads = dma->slice.op == MOCK_IOMMU_DMA_READ;
	struct stat status;

	if (!dma->file)
		return EXIT_SUCCESS;
	dma->fd = open(dma->file,
		       reads ? O_WRONLY | O_CREAT | O_TRUNC : O_RDONLY, 0644);
	if (dma->fd < 0 || fstat(dma->fd, &status))
		return fail("%s: %s", dma->file, strerror(errno));
	if (!reads)
		dma->length = status.st_size;
	if (!dma->length)
		return fail("%s: is empty", dma->file);
	dma->buffer = malloc(SLICE);
	if (!dma->buffer)
		return fail("%s", strerror(errno));
	dma->slice.buf = (uintptr_t)dma->buffer;
	return EXIT_SUCCESS;
}

static bool wraps(__u64 iova, __u64 length)
{
	return iova + length - 1 < iova;
}

static int check_range(const struct dma *dma)
{
	const struct mock_iommu_dma *slice = &dma->slice;
	__u64 iova = slice->iova;

	if (slice->op == MOCK_IOMMU_DMA_COPY &&
	    wraps(slice->dst_iova, dma->length))
		iova = slice->dst_iova;
	if (!wraps(iova, dma->length))
		return EXIT_SUCCESS;
	return fail("%llu bytes from 0x%llx on reach beyond the last address",
		    dma->length, iova);
}

/* Some file systems report only here that what was written is lost. */
static int close_file(struct dma *dma)
{
	if (dma->fd < 0 || !close(dma->fd))
		return EXIT_SUCCESS;
	return fail("%s: %s", dma->file, strerror(errno));
}

static int close_all(struct dma *dma)
{
	free(dma->buffer);
	if (dma->mock >= 0)
		close(dma->mock);
	return close_file(dma);
}

static int fill_buffer(struct dma *dma, size_t length)
{
	char *to = dma->buffer;
	ssize_t got;

	while (length) {
		got = read(dma->fd, to, length);
		if (got < 0)
			return fail("%s: %s", dma->file, strerror(errno));
		if (!got)
			return fail("%s: became shorter meanwhile", dma->file);
		to += got;
		length -= got;
	}
	return EXIT_SUCCESS;
}

static int empty_buffer(struct dma *dma, size_t length)
{
	const char *from = dma->buffer;
	ssize_t put;

	while (length) {
		put = write(dma->fd, from, length);
		if (put < 0)
			return fail("%s: %s", dma->file, strerror(errno));
		from += put;
		length -= put;
	}
	return EXIT_SUCCESS;
}

static void account(struct dma *dma)
{
	struct mock_iommu_dma *slice = &dma->slice;

	dma->done += slice->out_done;
	dma->page_requests += slice->out_page_requests;
	dma->groups += slice->out_groups;
	dma->retries += slice->out_retries;
	slice->iova += slice->out_done;
	if (slice->op == MOCK_IOMMU_DMA_COPY)
		slice->dst_iova += slice->out_done;
}

/* Does the next bytes. Returns an exit status; the DMA's is in the slice. */
static int do_slice(struct dma *dma)
{
	struct mock_iommu_dma *slice = &dma->slice;
	bool from_file = slice->op == MOCK_IOMMU_DMA_WRITE ||
			 slice->op == MOCK_IOMMU_DMA_COMPARE;
	int ret;

	slice->length = dma->length - dma->done;
	if (slice->length > SLICE)
		slice->length = SLICE;
	if (from_file && fill_buffer(dma, slice->length))
		return EXIT_FAILURE;
	/* a signal that is to end the command ends it by default */
	ret = mock_dma_all(dma->mock, slice);
	if (ret)
		return fail("%s: the DMA failed: %s", dma->endpoint,
			    strerror(-ret));
	account(dma);
	if (slice->op == MOCK_IOMMU_DMA_READ)
		return empty_buffer(dma, slice->out_done);
	return EXIT_SUCCESS;
}

static int do_slices(struct dma *dma)
{
	struct progress progress;
	int status = EXIT_SUCCESS;

	progress_begin(&progress, dma->verb, dma->length, dma->quiet);
	while (!status && dma->done < dma->length &&
	       dma->slice.out_status == MOCK_IOMMU_DMA_OK) {
		status = do_slice(dma);
		progress_show(&progress, dma->done);
	}
	progress_end(&progress, dma->done);
	return status;
}

static void show_json(const struct dma *dma)
{
	const struct mock_iommu_dma *slice = &dma->slice;
	char word[5];

	json_begin(NULL, '{');
	json_string("status", dma_status_words(slice->out_status));
	json_number("bytes", dma->done);
	json_number("page_requests", dma->page_requests);
	json_number("groups", dma->groups);
	json_number("retries", dma->retries);
	if (slice->out_perm) {
		json_string("perm", permission_word(slice->out_perm, word));
		json_hex("fault_iova", slice->out_fault_iova);
	}
	if (slice->out_reason) {
		json_hex("reason", slice->out_reason);
		json_string("reason_words",
			    fault_reason_words(dma->kind, slice->out_reason));
	}
	json_end('}');
	json_line_end();
}

static void show_text(const struct dma *dma)
{
	const struct mock_iommu_dma *slice = &dma->slice;
	bool writes = slice->out_perm & MOCK_IOMMU_PERM_WRITE;

	printf("%s: %s: %llu of %llu bytes, %llu page requests in %llu groups, %llu retries\n",
	       dma->verb, dma_status_words(slice->out_status), dma->done,
	       dma->length, dma->page_requests, dma->groups, dma->retries);
	if (slice->out_perm)
		printf("stopped at the %s of 0x%llx\n",
		       writes ? "write" : "read", slice->out_fault_iova);
	if (slice->out_reason)
		printf("fault reason 0x%x: %s\n", slice->out_reason,
		       fault_reason_words(dma->kind, slice->out_reason));
}

/* The reason names a table of the IOMMU; what is missing is a command. */
static void explain_failure(const struct dma *dma)
{
	const struct mock_iommu_dma *slice = &dma->slice;
	__u32 flag = MOCK_IOMMU_DMA_PASID, pasid = slice->pasid;

	if (slice->out_status != MOCK_IOMMU_DMA_BLOCKED ||
	    !fault_reason_is_detached(dma->kind, slice->out_reason))
		return;
	if (slice->op == MOCK_IOMMU_DMA_COPY &&
	    slice->out_perm & MOCK_IOMMU_PERM_WRITE) {
		flag = MOCK_IOMMU_DMA_DST_PASID;
		pasid = slice->dst_pasid;
	}
	if (slice->flags & flag)
		complain("%s: %s PASID %u: %s --pasid %u' first", dma->endpoint,
			 "no page table is attached to its", pasid,
			 "start 'faultq serve", pasid);
	else
		complain("%s: no page table is attached to it: %s",
			 dma->endpoint, "start 'faultq serve' first");
}

static int do_dma(struct dma *dma)
{
	int status = do_slices(dma);

	if (status)
		return status;
	if (dma->json)
		show_json(dma);
	else
		show_text(dma);
	if (dma->slice.out_status == MOCK_IOMMU_DMA_OK)
		return EXIT_SUCCESS;
	explain_failure(dma);
	return EXIT_FAILURE;
}

static int take_group_pages(struct dma *dma, const char *command,
			    const char *text)
{
	__u32 *pages = &dma->slice.group_pages;

	if (parse_u32(text, pages) && *pages &&
	    *pages <= MOCK_IOMMU_MAX_GROUP_PAGES)
		return -1;
	return bad_usage(command, "'%s': not a number of pages: from 1 to %u",
			 text, MOCK_IOMMU_MAX_GROUP_PAGES);
}

/* Returns an exit status, or -1 to go on. */
static int take_option(struct dma *dma, const char *command, int option)
{
	switch (option) {
	case 'g':
		return take_group_pages(dma, command, optarg);
	case 'q':
		dma->quiet = true;
		return -1;
	case 'j':
		dma->json = true;
		return -1;
	case 'h':
		fputs(help, stdout);
		return EXIT_SUCCESS;
	default:
		return hint_at_help(command);
	}
}

static int run(int argc, char **argv)
{
	struct dma dma = { .mock = -1, .fd = -1 };
	int option, status, close_status;

	while ((option = getopt_long(argc, argv, "g:qjh", options, NULL)) !=
	       -1) {
		status = take_option(&dma, argv[0], option);
		if (status >= 0)
			return status;
	}
	status = take_verb(&dma, argv[0], argc - optind, argv + optind);
	if (status)
		return status;
	status = open_endpoint(&dma);
	if (!status)
		status = open_file(&dma);
	if (!status)
		status = check_range(&dma);
	if (!status)
		status = do_dma(&dma);
	close_status = close_all(&dma);
	return status ? status : close_status;
}

const struct command cmd_dma = {
	.name = "dma",
	.summary = "have a mock endpoint read, write, copy or compare memory",
	.run = run,
};
