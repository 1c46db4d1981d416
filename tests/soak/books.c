// SPDX-License-Identifier: GPL-2.0-only
/*
 * The books: mappings of the rings of a worker, which outlive it.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bed.h"
#include "soak.h"

struct leaf {
	struct leaf *next;
	const struct faultq_ring_header *header;
	__u32 size;
};

struct ledger {
	int sock;
	struct leaf *leaves;
	unsigned int missed;
};

struct ledger *ledger_open(int sock)
{
	struct ledger *ledger = calloc(1, sizeof(*ledger));

	if (ledger)
		ledger->sock = sock;
	return ledger;
}

static void add_ring(struct ledger *ledger, int fd, __u32 index, __u32 size)
{
	struct leaf *leaf = malloc(sizeof(*leaf));

	if (!leaf)
		abort();
	leaf->header = region_map(fd, index, FAULTQ_REGION_RECORDS, size);
	leaf->size = size;
	if (leaf->header == MAP_FAILED) {
		/* the context is closed already */
		ledger->missed++;
		free(leaf);
		return;
	}
	madvise((void *)leaf->header, size, MADV_DONTFORK);
	leaf->next = ledger->leaves;
	ledger->leaves = leaf;
}

static void add_queue(struct ledger *ledger, int fd)
{
	struct faultq_queue_info info;
	__u32 i;
	int ret;

	ret = fq_queue_info(fd, &info);
	ledger->missed += ret < 0;
	for (i = 0; !ret && i < info.out_nr_rings; i++)
		add_ring(ledger, fd, i, info.out_records_size);
	close(fd);
}

/* Takes the files that have come; from a worker that ended, too */
void ledger_take(struct ledger *ledger)
{
	char space[CMSG_SPACE(sizeof(int))], byte;
	struct iovec iov = { &byte, 1 };
	struct cmsghdr *control;
	struct msghdr msg;
	int fd;

	for (;;) {
		msg = (struct msghdr){
			.msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = space,
			.msg_controllen = sizeof(space),
		};
		if (recvmsg(ledger->sock, &msg,
			    MSG_DONTWAIT | MSG_CMSG_CLOEXEC) <= 0)
			return;
		control = CMSG_FIRSTHDR(&msg);
		if (!control)
			continue;
		memcpy(&fd, CMSG_DATA(control), sizeof(fd));
		add_queue(ledger, fd);
		send(ledger->sock, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	}
}

/* The parts of both types together; those of the other one are 0. */
static bool balances(const struct faultq_ring_header *header)
{
	if (header->type == FAULTQ_QUEUE_TYPE_EVENT)
		return LOOK(header->arrived) ==
		       LOOK(header->published) + LOOK(header->lost_full) +
			       LOOK(header->lost_memory);
	return LOOK(header->arrived) ==
	       LOOK(header->answered) + LOOK(header->timed_out) +
		       LOOK(header->revoked) + LOOK(header->refused);
}

void stats_add(struct faultq_stats *sum, const struct faultq_stats *add)
{
	const __u64 *from = (const void *)add;
	__u64 *to = (void *)sum;
	unsigned int i;

	for (i = 0; i < sizeof(*sum) / sizeof(*to); i++)
		to[i] += from[i];
}

static void add_header(struct faultq_stats *sum,
		       const struct faultq_ring_header *header)
{
	const struct faultq_stats add = {
		.arrived = LOOK(header->arrived),
		.published = LOOK(header->published),
		.answered = LOOK(header->answered),
		.timed_out = LOOK(header->timed_out),
		.revoked = LOOK(header->revoked),
		.refused = LOOK(header->refused),
		.overdue = LOOK(header->overdue),
		.bad_responses = LOOK(header->bad_responses),
		.lost_full = LOOK(header->lost_full),
		.lost_overwritten = LOOK(header->lost_overwritten),
		.lost_memory = LOOK(header->lost_memory),
		.lost_hardware = LOOK(header->lost_hardware),
	};

	stats_add(sum, &add);
}

/* To be called when the worker has ended. */
void ledger_close(struct ledger *ledger, struct books *books)
{
	struct leaf *leaf;

	ledger_take(ledger);
	while ((leaf = ledger->leaves)) {
		books->rings++;
		books->unbalanced += !balances(leaf->header);
		add_header(leaf->header->type == FAULTQ_QUEUE_TYPE_EVENT ?
				   &books->event :
				   &books->iopf,
			   leaf->header);
		ledger->leaves = leaf->next;
		munmap((void *)leaf->header, leaf->size);
		free(leaf);
	}
	books->missed += ledger->missed;
	close(ledger->sock);
	free(ledger);
}
