// SPDX-License-Identifier: GPL-2.0-only
/*
 * The threads of a worker that have its QUEUEs, one those of page requests, one
 * those of events: make them, consume them in every way there is, answer in every
 * way there is or not at all, and end them.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bed.h"
#include "event.h"
#include "pgfault.h"
#include "soak.h"

enum {
	QUEUES = 3, /* of each thread */
	HELD = 8,
	BATCH = 32,
};

/**
 * struct outlet - a QUEUE, or none
 * @queue: NULL for none
 * @id: of it
 * @nr: its slot in the pool, if it is one of page requests
 * @way: how it is consumed and answered
 * @native_len: of each event that read() gives
 * @delivered: events that came out of it
 * @gone: read() says so
 * @overwrites: it has FAULTQ_QUEUE_ALLOC_OVERWRITE
 * @held: tags that were left without a response until later
 */
struct outlet {
	struct faultq_queue *queue;
	__u32 id;
	unsigned int nr;
	enum { RING, IOCTL, WRITE, READ } way;
	size_t native_len;
	__u64 delivered;
	bool gone;
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
	struct dice *dice = &hand->dice;

	wish->type = FAULTQ_QUEUE_TYPE_IOPF;
	wish->nr_rings = 1 + roll(dice, 2);
	wish->nr_records = 4 << roll(dice, 5);
	wish->nr_groups = roll(dice, 8) ? 64 << roll(dice, 2) : 4;
	wish->timeout_action = roll(dice, 4) % 3;
	if (wish->timeout_action)
		wish->timeout_ms = 1 + roll(dice, 200);
}

static const struct {
	__u32 type;
	size_t length;
} natives[] = {
	{ FAULTQ_NATIVE_NONE, sizeof(struct faultq_event) },
	{ FAULTQ_NATIVE_ARM_SMMUV3, 32 },
	{ FAULTQ_NATIVE_VTD_FAULT, 16 },
	{ FAULTQ_NATIVE_TEGRA241_CMDQV, 16 },
	{ FAULTQ_NATIVE_VTD_INVALIDATION,
	  sizeof(struct faultq_native_vtd_invalidation) },
	{ FAULTQ_NATIVE_ARM_SMMUV3_CMDQ,
	  sizeof(struct faultq_native_arm_smmuv3_cmdq) },
};

static size_t wish_event(struct hand *hand, struct faultq_queue_alloc *wish)
{
	__u32 nr = sizeof(natives) / sizeof(*natives);
	__u32 form = roll(&hand->dice, 2) ? 0 : roll(&hand->dice, nr);

	wish->type = FAULTQ_QUEUE_TYPE_EVENT;
	wish->nr_rings = 1;
	wish->nr_records = 4 << roll(&hand->dice, 6);
	wish->native_type = natives[form].type;
	wish->source_id = pick(hand, &hand->worker->viommus);
	if (!wish->source_id || roll(&hand->dice, 2))
		wish->source_id = any_endpoint(hand)->dev;
	if (roll(&hand->dice, 2))
		wish->flags = FAULTQ_QUEUE_ALLOC_OVERWRITE;
	return natives[form].length;
}

static bool is_event(const struct outlet *outlet)
{
	return faultq_queue_type(outlet->queue) == FAULTQ_QUEUE_TYPE_EVENT;
}

static enum op alloc_op(const struct faultq_queue_alloc *wish)
{
	if (wish->type == FAULTQ_QUEUE_TYPE_IOPF)
		return OP_QUEUE;
	return wish->flags ? OP_QUEUE_OVERWRITES : OP_QUEUE_DROPS;
}

static int alloc(struct hand *hand, struct faultq_queue_alloc *wish)
{
	struct worker *worker = hand->worker;
	int ret;

	pthread_mutex_lock(&worker->declaring);
	ret = did(hand, alloc_op(wish), fq_queue_alloc(worker->ctx, wish));
	if (!ret)
		declare(hand, wish->out_queue_fd);
	pthread_mutex_unlock(&worker->declaring);
	return ret;
}

/* The first thread has page requests, the second one events. */
static void make(struct hand *hand, struct outlet *outlet)
{
	struct faultq_queue_alloc wish = {};
	struct faultq_queue *queue;
	size_t native_len = 0;

	if (hand->nr)
		native_len = wish_event(hand, &wish);
	else
		wish_iopf(hand, &wish);
	if (alloc(hand, &wish))
		return;
	fcntl(wish.out_queue_fd, F_SETFL, O_NONBLOCK);
	if (faultq_queue_open(wish.out_queue_fd, &queue)) {
		close(wish.out_queue_fd);
		return;
	}
	*outlet = (struct outlet){
		.queue = queue,
		.id = wish.out_queue_id,
		.nr = outlet->nr,
		.way = roll(&hand->dice, 4),
		.native_len = native_len,
		.overwrites = wish.flags & FAULTQ_QUEUE_ALLOC_OVERWRITE,
	};
	if (!hand->nr)
		hand->worker->iopf_queues.ids[outlet->nr] = outlet->id;
}

static int respond(struct outlet *outlet, struct faultq_ring *ring, __u32 tag,
		   __u32 code)
{
	const struct faultq_response response = { tag, code };
	__u32 nr = 1;
	int ret;

	if (outlet->way == RING && ring) {
		ret = faultq_ring_respond(ring, tag, code);
		return ret ? ret : faultq_ring_flush(ring);
	}
	if (outlet->way == IOCTL)
		return faultq_queue_respond(outlet->queue, &response, &nr);
	ret = faultq_queue_write(outlet->queue, &response, 1);
	return ret < 0 ? ret : 0;
}

static void answer(struct hand *hand, struct outlet *outlet,
		   struct faultq_ring *ring, __u32 tag, __u32 code)
{
	static const enum op ops[] = { OP_RESPOND_RING, OP_RESPOND_IOCTL,
				       OP_RESPOND_WRITE, OP_RESPOND_WRITE };

	hand->worker->tally->offered++;
	did(hand, ops[outlet->way], respond(outlet, ring, tag, code));
}

/* A ring says nothing of it, the rest does. */
static void answer_nonsense(struct hand *hand, struct outlet *outlet,
			    struct faultq_ring *ring, __u32 tag)
{
	int ret;

	hand->worker->tally->offered++;
	ret = respond(outlet, ring, tag, 2 + roll(&hand->dice, 9));
	did(hand, OP_RESPOND_NONSENSE, ret == -EINVAL ? 0 : ret);
}

/*
 * All that were held and this one in one call, which ends at what makes no
 * sense: that one is refused, and those behind it were not offered.
 */
static void answer_many(struct hand *hand, struct outlet *outlet, __u32 tag)
{
	struct faultq_response all[HELD + 3] = { { tag, 0 } };
	__u32 nr = 1, done, i;
	int ret;

	for (i = 0; i < HELD; i++) {
		if (outlet->held[i])
			all[nr++].tag = outlet->held[i];
		outlet->held[i] = 0;
	}
	all[nr++] = (struct faultq_response){ 0, 7 };
	all[nr++].tag = tag;
	done = nr;
	hand->worker->tally->offered += nr;
	if (outlet->way == IOCTL) {
		ret = faultq_queue_respond(outlet->queue, all, &done);
	} else {
		ret = faultq_queue_write(outlet->queue, all, nr);
		done = ret < 0 ? 0 : ret;
	}
	hand->worker->tally->offered -= nr - done - 1;
	did(hand, OP_RESPOND_PART, done ? 0 : ret);
}

/* What is behind it for the device, as far as that is known */
static __u32 attached_to(const struct worker *worker, __u32 dev, __u32 pasid)
{
	const struct endpoint *end;
	int i;

	for (i = 0; i < SOAK_EPS; i++) {
		end = &worker->eps[i];
		if (end->dev == dev && pasid <= SOAK_PASIDS)
			return end->attached[pasid] ? end->attached[pasid] :
						      end->attached[0];
	}
	return 0;
}

/* A nested one is not to be mapped; its guest puts right what it walks. */
static void repair(struct hand *hand, __u32 hwpt, __u64 addr)
{
	struct worker *worker = hand->worker;
	__u32 page = (addr - SOAK_IOVA) / PAGE % SOAK_PAGES;
	int ret =
		did(hand, OP_MAP,
		    fq_map(worker->ctx, hwpt, MAP_RW, worker->mem + page * PAGE,
			   PAGE, addr & ~(PAGE - 1)));

	if (ret == -EINVAL)
		guests_page(worker, &hand->dice, roll(&hand->dice, SOAK_PAGES));
}

/* Repairs or not; answers, or later, or never, or what makes no sense. */
static void serve(struct hand *hand, struct outlet *outlet,
		  struct faultq_ring *ring, __u32 hwpt, __u64 addr, __u32 tag)
{
	__u32 *held = &outlet->held[roll(&hand->dice, HELD)];
	__u32 later = *held;

	if (roll(&hand->dice, 16))
		repair(hand, hwpt, addr);
	switch (roll(&hand->dice, 32)) {
	case 0:
		answer_nonsense(hand, outlet, ring, tag);
		break;
	case 1:
		*held = tag;
		did(hand, OP_HOLD, 0);
		if (later)
			answer(hand, outlet, ring, later, 0);
		return;
	case 2:
		if (outlet->way != RING) {
			answer_many(hand, outlet, tag);
			return;
		}
		break;
	}
	answer(hand, outlet, ring, tag,
	       roll(&hand->dice, 8) ? FAULTQ_RESPONSE_SUCCESS :
				      FAULTQ_RESPONSE_INVALID);
}

static bool serve_ring(struct hand *hand, struct outlet *outlet,
		       struct faultq_ring *ring)
{
	const struct faultq_page_request *page;
	struct faultq_group group;
	__u32 hwpt, tag;
	__u64 addr;
	int ret;

	ret = faultq_ring_next(ring, &group);
	if (!ret)
		return false;
	if (did(hand, OP_TAKE_RING, ret) < 0)
		return false;
	page = faultq_ring_page(ring, &group, group.nr_pages - 1);
	hwpt = page->cookie;
	addr = page->addr;
	tag = group.tag;
	if (outlet->way != RING)
		faultq_ring_flush(ring);
	serve(hand, outlet, ring, hwpt, addr, tag);
	return true;
}

/* Of a read() that may find nothing; whether there was something */
static bool did_read(struct hand *hand, struct outlet *outlet, enum op op,
		     ssize_t got)
{
	if (got < 0 && errno == EAGAIN)
		return false;
	outlet->gone = got < 0 && errno == ENODEV;
	return did(hand, op, got < 0 ? -errno : (int)got) > 0;
}

static bool serve_read(struct hand *hand, struct outlet *outlet)
{
	struct iommu_hwpt_pgfault faults[16], *at;
	ssize_t got =
		read(faultq_queue_fd(outlet->queue), faults, sizeof(faults));
	ssize_t i, nr = got / (ssize_t)sizeof(*faults);

	if (!did_read(hand, outlet, OP_TAKE_READ, got))
		return false;
	for (i = 0; i < nr; i++) {
		at = &faults[i];
		if (at->flags & FAULTQ_PAGE_REQUEST_LAST_PAGE)
			serve(hand, outlet, NULL,
			      attached_to(hand->worker, at->dev_id, at->pasid),
			      at->addr, at->cookie);
	}
	return true;
}

static bool take_event(struct hand *hand, struct outlet *outlet)
{
	struct faultq_ring *ring = faultq_queue_ring(outlet->queue, 0);
	union faultq_event_record record;
	int ret = faultq_ring_next_event(ring, &record);

	if (ret)
		did(hand, OP_EVENT_RING, ret);
	if (ret > 0 && record.type != FAULTQ_RECORD_LOST) {
		outlet->delivered++;
		hand->worker->tally->events++;
	}
	faultq_ring_flush(ring);
	return ret > 0;
}

static bool read_events(struct hand *hand, struct outlet *outlet)
{
	unsigned char buf[1024];
	ssize_t got = read(faultq_queue_fd(outlet->queue), buf, sizeof(buf));
	struct vevent_header header;
	ssize_t at = 0;

	if (!did_read(hand, outlet, OP_EVENT_READ, got))
		return false;
	while (at < got) {
		memcpy(&header, buf + at, sizeof(header));
		at += sizeof(header);
		if (header.flags & VEVENT_LOST)
			continue;
		at += outlet->native_len;
		outlet->delivered++;
		hand->worker->tally->events++;
	}
	return true;
}

/* Takes one thing, or as many as a read() gives. */
static bool consume(struct hand *hand, struct outlet *outlet)
{
	struct faultq_ring *ring;
	bool any = false;
	__u32 i;

	if (is_event(outlet))
		return outlet->way == READ ? read_events(hand, outlet) :
					     take_event(hand, outlet);
	if (outlet->way == READ)
		return serve_read(hand, outlet);
	for (i = 0; (ring = faultq_queue_ring(outlet->queue, i)); i++)
		any |= serve_ring(hand, outlet, ring);
	return any;
}

static void drain(struct hand *hand, struct outlet *outlet)
{
	while (consume(hand, outlet))
		;
}

/*
 * Before the end of a QUEUE that is read, since it cannot be read behind it:
 * what was published by now comes out, and no more than was published.
 */
static bool reckon_read(struct hand *hand, struct outlet *outlet)
{
	struct faultq_stats before, after;
	__u64 gone;
	bool all;

	faultq_queue_stats(outlet->queue, &before);
	all = AWAIT((drain(hand, outlet),
		     faultq_queue_stats(outlet->queue, &after),
		     gone = outlet->delivered + after.lost_overwritten,
		     gone >= before.published));
	faultq_queue_stats(outlet->queue, &after);
	return all && gone <= after.published;
}

/*
 * Behind the end of a QUEUE, whose ring is still there: no event comes any more,
 * so all that was published must have come out. A consumer of a ring that
 * overwrites may have got what was counted as overwritten.
 */
static bool reckon_ring(struct hand *hand, struct outlet *outlet)
{
	struct tally *tally = hand->worker->tally;
	struct faultq_stats stats;
	__u64 least;

	drain(hand, outlet);
	faultq_queue_stats(outlet->queue, &stats);
	stats_add(&tally->read_out, &stats);
	tally->read_events += outlet->delivered;
	least = stats.published - stats.lost_overwritten;
	return outlet->delivered >= least &&
	       outlet->delivered <=
		       (outlet->overwrites ? stats.published : least);
}

static void shut(struct hand *hand, struct outlet *outlet)
{
	if (!is_event(outlet))
		hand->worker->iopf_queues.ids[outlet->nr] = 0;
	faultq_queue_close(outlet->queue);
	outlet->queue = NULL;
}

/* The file first, whose end answers all that is pending */
static void end_file_first(struct hand *hand, struct outlet *outlet)
{
	__u32 id = outlet->id;

	shut(hand, outlet);
	did(hand, OP_QUEUE_CLOSE, 0);
	end_object(hand, OP_QUEUE_DESTROY, id);
}

/* The id may have been taken for another object's that had it before. */
static void end(struct hand *hand, struct outlet *outlet)
{
	bool reads = is_event(outlet) && outlet->way == READ;
	bool good = true;
	int ret;

	if (reads && !outlet->gone)
		good = reckon_read(hand, outlet);
	ret = end_object(hand, OP_QUEUE_DESTROY, outlet->id);
	if (!ret && is_event(outlet) && !reads)
		good = reckon_ring(hand, outlet);
	hand->worker->tally->missing += !good;
	if (ret != -EBUSY)
		shut(hand, outlet);
}

/* What read() took is news to the library. */
static void doze(struct hand *hand, struct outlet *outlets)
{
	struct pollfd files[QUEUES];
	struct faultq_ring *ring;
	__u32 i, nr;

	for (nr = 0; nr < QUEUES; nr++) {
		files[nr] = (struct pollfd){ -1, POLLIN, 0 };
		if (!outlets[nr].queue)
			continue;
		files[nr].fd = faultq_queue_fd(outlets[nr].queue);
		if (outlets[nr].way == READ)
			continue;
		for (i = 0; (ring = faultq_queue_ring(outlets[nr].queue, i));
		     i++)
			faultq_ring_flush(ring);
	}
	poll(files, QUEUES, 5);
}

static void wait_one(struct hand *hand, struct outlet *outlet)
{
	if (outlet->way != READ)
		did(hand, OP_WAIT, faultq_queue_wait(outlet->queue, 1));
}

static void republish(struct hand *hand, struct outlet *outlet)
{
	struct faultq_ring *ring = faultq_queue_ring(outlet->queue, 0);

	if (!is_event(outlet))
		did(hand, OP_REPUBLISH, faultq_ring_republish(ring));
}

static void meddle(struct hand *hand, struct outlet *outlet)
{
	switch (roll(&hand->dice, 4)) {
	case 0:
		/* a ring that others look at does not end with the file */
		if (!is_event(outlet) && hand->worker->plan->sock < 0)
			end_file_first(hand, outlet);
		else
			end(hand, outlet);
		break;
	case 1:
		republish(hand, outlet);
		break;
	default:
		wait_one(hand, outlet);
	}
}

/* Whether it came to do something */
static bool attend(struct hand *hand, struct outlet *outlet)
{
	int left = BATCH;

	if (!outlet->queue) {
		make(hand, outlet);
		return false;
	}
	while (left && consume(hand, outlet))
		left--;
	if (outlet->gone)
		end(hand, outlet);
	else if (!roll(&hand->dice, 32))
		meddle(hand, outlet);
	return left < BATCH;
}

/* Sees to it that rings find their consumer asleep now and then. */
void *consumer(void *arg)
{
	struct outlet outlets[QUEUES] = {};
	struct hand *hand = arg;
	unsigned int nr;
	bool any;

	for (nr = 0; nr < QUEUES; nr++)
		outlets[nr].nr = nr;
	while (!hand->worker->stop) {
		any = false;
		for (nr = 0; nr < QUEUES; nr++)
			any |= attend(hand, &outlets[nr]);
		if (!any)
			doze(hand, outlets);
	}
	for (nr = 0; hand->nr && nr < QUEUES; nr++)
		if (outlets[nr].queue)
			end(hand, &outlets[nr]);
	return NULL;
}
