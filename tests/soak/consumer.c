// SPDX-License-Identifier: GPL-2.0-only
/*
 * The thread of a worker that has its QUEUEs: makes them, consumes them in every
 * way there is, answers in every way there is or not at all, and ends them.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bed.h"
#include "event.h"
#include "soak.h"

enum {
	QUEUES = 4, /* half of them of each type */
	HELD = 8,
};

/**
 * struct outlet - a QUEUE, or none
 * @queue: NULL for none
 * @id: of it
 * @way: how it is consumed and answered
 * @delivered: events that came out of it
 * @overwrites: it has FAULTQ_QUEUE_ALLOC_OVERWRITE
 * @held: tags that were left without a response until later
 */
struct outlet {
	struct faultq_queue *queue;
	__u32 id;
	enum { RING, IOCTL, WRITE, READ } way;
	__u64 delivered;
	bool overwrites;
	__u32 held[HELD];
};

/*
 * Whoever keeps the books maps the rings, and says so. Events arrive from the
 * first moment on, and a ring that no one has mapped is gone with the context.
 */
static void declare(const struct hand *hand, int fd)
{
	char space[CMSG_SPACE(sizeof(fd))] = {};
	struct iovec byte = { "", 1 };
	struct msghdr msg = {
		.msg_iov = &byte,
		.msg_iovlen = 1,
		.msg_control = space,
		.msg_controllen = sizeof(space),
	};
	struct cmsghdr *control = CMSG_FIRSTHDR(&msg);

	if (hand->worker->plan->sock < 0)
		return;
	control->cmsg_level = SOL_SOCKET;
	control->cmsg_type = SCM_RIGHTS;
	control->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(control), &fd, sizeof(fd));
	if (sendmsg(hand->worker->plan->sock, &msg, MSG_NOSIGNAL) > 0)
		recv(hand->worker->plan->sock, space, 1, 0);
}

static void wish_iopf(struct hand *hand, struct faultq_queue_alloc *wish)
{
	wish->type = FAULTQ_QUEUE_TYPE_IOPF;
	wish->nr_rings = 1 + roll(&hand->dice, 2);
	wish->nr_records = 4 << roll(&hand->dice, 4);
	wish->nr_groups = 4 << roll(&hand->dice, 4);
	wish->timeout_action = roll(&hand->dice, 3);
	if (wish->timeout_action)
		wish->timeout_ms = 1 + roll(&hand->dice, 40);
}

static void wish_event(struct hand *hand, struct faultq_queue_alloc *wish)
{
	static const __u32 types[] = { FAULTQ_NATIVE_NONE,
				       FAULTQ_NATIVE_ARM_SMMUV3,
				       FAULTQ_NATIVE_VTD_FAULT,
				       FAULTQ_NATIVE_TEGRA241_CMDQV };

	wish->type = FAULTQ_QUEUE_TYPE_EVENT;
	wish->nr_rings = 1;
	wish->nr_records = 4 << roll(&hand->dice, 5);
	wish->native_type = types[roll(&hand->dice, 4)];
	wish->source_id = roll(&hand->dice, 2) ?
				  any_endpoint(hand)->dev :
				  pick(hand, &hand->worker->viommus);
	if (roll(&hand->dice, 2))
		wish->flags = FAULTQ_QUEUE_ALLOC_OVERWRITE;
}

static bool is_event(const struct outlet *outlet)
{
	return faultq_queue_type(outlet->queue) == FAULTQ_QUEUE_TYPE_EVENT;
}

static int alloc(struct hand *hand, struct faultq_queue_alloc *wish)
{
	struct worker *worker = hand->worker;
	int ret;

	pthread_mutex_lock(&worker->declaring);
	ret = note(worker, fq_queue_alloc(worker->ctx, wish));
	if (!ret)
		declare(hand, wish->out_queue_fd);
	pthread_mutex_unlock(&worker->declaring);
	return ret;
}

static void make(struct hand *hand, struct outlet *outlet, unsigned int nr)
{
	struct worker *worker = hand->worker;
	struct faultq_queue_alloc wish = {};

	if (nr % 2)
		wish_event(hand, &wish);
	else
		wish_iopf(hand, &wish);
	if (alloc(hand, &wish))
		return;
	*outlet = (struct outlet){
		.id = wish.out_queue_id,
		.way = roll(&hand->dice, 4),
		.overwrites = wish.flags & FAULTQ_QUEUE_ALLOC_OVERWRITE,
	};
	fcntl(wish.out_queue_fd, F_SETFL, O_NONBLOCK);
	if (note(worker, faultq_queue_open(wish.out_queue_fd, &outlet->queue)))
		close(wish.out_queue_fd);
	else if (!is_event(outlet))
		worker->iopf_queues.ids[nr] = outlet->id;
}

static void respond(struct hand *hand, struct outlet *outlet,
		    struct faultq_ring *ring, __u32 tag, __u32 code)
{
	const struct faultq_response response = { tag, code };
	__u32 nr = 1;
	int ret;

	hand->worker->tally->offered++;
	if (outlet->way == RING && ring) {
		ret = faultq_ring_respond(ring, tag, code);
		if (!ret)
			ret = faultq_ring_flush(ring);
	} else if (outlet->way == IOCTL) {
		ret = faultq_queue_respond(outlet->queue, &response, &nr);
	} else {
		ret = faultq_queue_write(outlet->queue, &response, 1);
	}
	note(hand->worker, ret);
}

/* Maps the page, or not; answers, or later, or never, or what makes no sense. */
static void serve(struct hand *hand, struct outlet *outlet,
		  struct faultq_ring *ring, __u32 hwpt, __u64 addr, __u32 tag)
{
	struct worker *worker = hand->worker;
	__u32 page = (addr - SOAK_IOVA) / PAGE % SOAK_PAGES;
	__u32 *held = &outlet->held[roll(&hand->dice, HELD)];
	__u32 later = *held;

	if (roll(&hand->dice, 4))
		note(worker, fq_map(worker->ctx, hwpt, MAP_RW,
				    worker->mem + page * PAGE, PAGE,
				    addr & ~(PAGE - 1)));
	*held = tag;
	if (!roll(&hand->dice, 8))
		tag = later;
	else
		*held = later;
	respond(hand, outlet, ring, tag,
		roll(&hand->dice, 16) ? roll(&hand->dice, 4) / 3 : 7);
}

static bool serve_ring(struct hand *hand, struct outlet *outlet,
		       struct faultq_ring *ring)
{
	const struct faultq_page_request *page;
	struct faultq_group group;
	__u32 hwpt, tag;
	__u64 addr;

	if (note(hand->worker, faultq_ring_next(ring, &group)) <= 0)
		return false;
	page = faultq_ring_page(ring, &group, group.nr_pages - 1);
	hwpt = page->cookie;
	addr = page->addr;
	tag = group.tag;
	if (outlet->way != RING)
		note(hand->worker, faultq_ring_flush(ring));
	serve(hand, outlet, ring, hwpt, addr, tag);
	return true;
}

/* struct iommu_hwpt_pgfault of iommufd, which no package has yet */
struct pgfault {
	__u32 flags, dev_id, pasid, grpid, perm, reserved;
	__u64 addr;
	__u32 length, cookie;
};

static bool serve_read(struct hand *hand, struct outlet *outlet)
{
	struct pgfault faults[16];
	int fd = faultq_queue_fd(outlet->queue);
	ssize_t got = read(fd, faults, sizeof(faults));
	ssize_t i, nr = got / (ssize_t)sizeof(*faults);

	if (got < 0) {
		note(hand->worker, -errno);
		return false;
	}
	for (i = 0; i < nr; i++)
		if (faults[i].flags & FAULTQ_PAGE_REQUEST_LAST_PAGE)
			serve(hand, outlet, NULL,
			      pick(hand, &hand->worker->hwpts), faults[i].addr,
			      faults[i].cookie);
	return nr;
}

static bool take_event(struct hand *hand, struct outlet *outlet)
{
	struct faultq_ring *ring = faultq_queue_ring(outlet->queue, 0);
	union faultq_event_record record;
	bool got = faultq_ring_next_event(ring, &record) > 0;

	if (got && record.type != FAULTQ_RECORD_LOST) {
		outlet->delivered++;
		hand->worker->tally->events++;
	}
	faultq_ring_flush(ring);
	return got;
}

static bool consume(struct hand *hand, struct outlet *outlet)
{
	struct faultq_ring *ring;
	bool any = false;
	__u32 i;

	if (is_event(outlet))
		return take_event(hand, outlet);
	if (outlet->way == READ)
		return serve_read(hand, outlet);
	for (i = 0; (ring = faultq_queue_ring(outlet->queue, i)); i++)
		any |= serve_ring(hand, outlet, ring);
	return any;
}

/* No event comes any more: what was published must have come out. */
static void reckon(struct hand *hand, struct outlet *outlet)
{
	struct faultq_stats stats;
	__u64 least;

	while (take_event(hand, outlet))
		;
	faultq_queue_stats(outlet->queue, &stats);
	least = stats.published - stats.lost_overwritten;
	if (outlet->delivered < least || outlet->delivered > stats.published ||
	    (!outlet->overwrites && outlet->delivered != least))
		hand->worker->tally->missing++;
}

/* The id first, or the file first, whose end answers all that is pending. */
static void end(struct hand *hand, struct outlet *outlet, unsigned int nr)
{
	struct worker *worker = hand->worker;
	bool gone;

	if (!is_event(outlet) && roll(&hand->dice, 2)) {
		worker->iopf_queues.ids[nr] = 0;
		faultq_queue_close(outlet->queue);
		outlet->queue = NULL;
		note(worker, fq_destroy(worker->ctx, outlet->id));
		return;
	}
	gone = !note(worker, fq_destroy(worker->ctx, outlet->id));
	if (!gone)
		return;
	worker->iopf_queues.ids[nr] = 0;
	if (is_event(outlet))
		reckon(hand, outlet);
	faultq_queue_close(outlet->queue);
	outlet->queue = NULL;
}

/* What read() took is news to the library. */
static void doze(struct hand *hand, struct outlet *outlet)
{
	struct pollfd file = { faultq_queue_fd(outlet->queue), POLLIN, 0 };

	if (outlet->way == READ)
		poll(&file, 1, 1);
	else
		note(hand->worker, faultq_queue_wait(outlet->queue, 1));
}

static void republish(struct hand *hand, struct outlet *outlet)
{
	struct faultq_ring *ring = faultq_queue_ring(outlet->queue, 0);

	note(hand->worker, faultq_ring_republish(ring));
}

static void meddle(struct hand *hand, struct outlet *outlet, unsigned int nr)
{
	switch (roll(&hand->dice, 6)) {
	case 0:
		end(hand, outlet, nr);
		break;
	case 1:
		if (!is_event(outlet))
			republish(hand, outlet);
		break;
	default:
		doze(hand, outlet);
	}
}

/* Sees to it that rings find their consumer asleep now and then. */
void *consumer(void *arg)
{
	struct hand *hand = arg;
	struct outlet outlets[QUEUES] = {};
	unsigned int nr;

	while (!hand->worker->stop) {
		nr = roll(&hand->dice, QUEUES);
		if (!outlets[nr].queue)
			make(hand, &outlets[nr], nr);
		else if (!consume(hand, &outlets[nr]) ||
			 !roll(&hand->dice, 200))
			meddle(hand, &outlets[nr], nr);
	}
	return NULL;
}
