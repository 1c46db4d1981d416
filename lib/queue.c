// SPDX-License-Identifier: MIT
/*
 * The queue: its file, and the mapping of its rings.
 */
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "internal.h"

static void *map_region(int fd, __u32 ring, __u32 region, size_t size)
{
	int prot = PROT_READ;
	void *start;

	if (region != FAULTQ_REGION_RECORDS)
		prot |= PROT_WRITE;
	start = mmap(NULL, size, prot, MAP_SHARED, fd,
		     FAULTQ_MMAP_OFFSET(ring, region));
	return start == MAP_FAILED ? NULL : start;
}

static void unmap_region(const void *start, size_t size)
{
	if (start)
		munmap((void *)(uintptr_t)start, size);
}

static int map_ring(struct faultq_queue *queue, __u32 i)
{
	const struct faultq_queue_info *info = &queue->info;
	struct faultq_ring *ring = &queue->rings[i];
	int ret;

	ring->fd = queue->fd;
	ring->index = i;
	ring->has_events = info->out_type == FAULTQ_QUEUE_TYPE_EVENT;
	ring->header = map_region(queue->fd, i, FAULTQ_REGION_RECORDS,
				  info->out_records_size);
	if (!ring->header)
		return -errno;
	ring->control = map_region(queue->fd, i, FAULTQ_REGION_CONTROL,
				   info->out_control_size);
	if (!ring->control)
		return -errno;
	if (!ring->has_events) {
		ring->responses = map_region(queue->fd, i,
					     FAULTQ_REGION_RESPONSES,
					     info->out_responses_size);
		if (!ring->responses)
			return -errno;
	}

	ret = faultq_ring_check(ring->header, info);
	if (!ret)
		faultq_ring_start(ring);
	return ret;
}

static void unmap_rings(struct faultq_queue *queue)
{
	const struct faultq_queue_info *info = &queue->info;
	struct faultq_ring *ring;
	__u32 i;

	for (i = 0; (ring = faultq_queue_ring(queue, i)); i++) {
		unmap_region(ring->header, info->out_records_size);
		unmap_region(ring->control, info->out_control_size);
		unmap_region(ring->responses, info->out_responses_size);
	}
}

static int check_info(const struct faultq_queue_info *info)
{
	if (info->out_type != FAULTQ_QUEUE_TYPE_IOPF &&
	    info->out_type != FAULTQ_QUEUE_TYPE_EVENT)
		return -EOPNOTSUPP;
	if (!info->out_nr_rings || info->out_nr_rings > FAULTQ_MAX_RINGS)
		return -EPROTO;
	if (info->out_records_size < sizeof(struct faultq_ring_header) ||
	    info->out_control_size < sizeof(struct faultq_ring_control))
		return -EPROTO;
	return 0;
}

static int map_rings(struct faultq_queue *queue)
{
	__u32 i;
	int ret;

	for (i = 0; i < queue->info.out_nr_rings; i++) {
		ret = map_ring(queue, i);
		if (ret) {
			unmap_rings(queue);
			return ret;
		}
	}
	return 0;
}

int faultq_queue_open(int fd, struct faultq_queue **queue)
{
	struct faultq_queue_info info = { .size = sizeof(info) };
	struct faultq_queue *new;
	int ret;

	ret = faultq_call(fd, FAULTQ_QUEUE_INFO, &info);
	if (ret)
		return ret;
	ret = check_info(&info);
	if (ret)
		return ret;

	new = calloc(1, sizeof(*new) + info.out_nr_rings * sizeof(*new->rings));
	if (!new)
		return -ENOMEM;
	new->fd = fd;
	new->info = info;
	ret = map_rings(new);
	if (ret) {
		free(new);
		return ret;
	}
	*queue = new;
	return 0;
}

void faultq_queue_close(struct faultq_queue *queue)
{
	if (!queue)
		return;
	unmap_rings(queue);
	close(queue->fd);
	free(queue);
}

int faultq_queue_fd(const struct faultq_queue *queue)
{
	return queue->fd;
}

__u32 faultq_queue_type(const struct faultq_queue *queue)
{
	return queue->info.out_type;
}

struct faultq_ring *faultq_queue_ring(struct faultq_queue *queue, __u32 i)
{
	return i < queue->info.out_nr_rings ? &queue->rings[i] : NULL;
}

/* Flushes all rings. Returns whether one has groups, or a negative errno. */
static int flush_all(struct faultq_queue *queue)
{
	struct faultq_ring *ring;
	int ready = 0;
	__u32 i;
	int ret;

	for (i = 0; (ring = faultq_queue_ring(queue, i)); i++) {
		ret = faultq_ring_flush(ring);
		if (ret)
			return ret;
		ret = faultq_ring_pending(ring);
		if (ret < 0)
			return ret;
		ready |= ret;
	}
	return ready;
}

int faultq_queue_wait(struct faultq_queue *queue, int timeout_ms)
{
	struct pollfd wait = { .fd = queue->fd, .events = POLLIN };
	int ret = flush_all(queue);

	if (ret)
		return ret;
	ret = poll(&wait, 1, timeout_ms);
	if (ret < 0)
		return -errno;
	if (wait.revents & (POLLHUP | POLLERR))
		return -ENODEV;
	return ret;
}

int faultq_queue_respond(struct faultq_queue *queue,
			 const struct faultq_response *responses, __u32 *nr)
{
	struct faultq_queue_respond arg = {
		.size = sizeof(arg),
		.nr_responses = *nr,
		.responses_uptr = (uintptr_t)responses,
	};
	int ret = faultq_call(queue->fd, FAULTQ_QUEUE_RESPOND, &arg);

	/* an error and still all of them: the kernel did not come to any */
	if (ret && arg.nr_responses == *nr)
		*nr = 0;
	else
		*nr = arg.nr_responses;
	return ret;
}

int faultq_queue_write(struct faultq_queue *queue,
		       const struct faultq_response *responses, __u32 nr)
{
	ssize_t done = write(queue->fd, responses, nr * sizeof(*responses));

	return done < 0 ? -errno : (int)(done / sizeof(*responses));
}

static void add_stats(struct faultq_stats *sum, const struct faultq_stats *one)
{
	sum->arrived += one->arrived;
	sum->published += one->published;
	sum->answered += one->answered;
	sum->timed_out += one->timed_out;
	sum->revoked += one->revoked;
	sum->refused += one->refused;
	sum->overdue += one->overdue;
	sum->bad_responses += one->bad_responses;
	sum->bad_indices += one->bad_indices;
	sum->wakeups += one->wakeups;
	sum->lost_full += one->lost_full;
	sum->lost_overwritten += one->lost_overwritten;
	sum->lost_memory += one->lost_memory;
	sum->lost_hardware += one->lost_hardware;
}

void faultq_queue_stats(const struct faultq_queue *queue,
			struct faultq_stats *stats)
{
	struct faultq_stats one;
	__u32 i;

	*stats = (struct faultq_stats){ 0 };
	for (i = 0; i < queue->info.out_nr_rings; i++) {
		faultq_ring_stats(&queue->rings[i], &one);
		add_stats(stats, &one);
	}
}
