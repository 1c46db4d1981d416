// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "bed.h"

/* A page that is there already serves the device as well. */
static int serve_page(const struct faultq_page_request *request)
{
	const struct space *space = (const void *)(uintptr_t)request->cookie;
	__u64 offset = request->addr - space->iova;
	int ret;

	if (request->addr < space->iova || offset >= space->length)
		return -ERANGE;
	ret = fq_map(space->ctx, space->hwpt, space->flags, space->mem + offset,
		     PAGE, request->addr);
	return ret == -EEXIST ? 0 : ret;
}

/* Serves the oldest group, which lies in the ring whole. */
static int serve_group(struct pager *pager)
{
	__u32 code = FAULTQ_RESPONSE_SUCCESS;
	const struct faultq_page_request *request;
	__u32 nr = 0;

	do {
		request = ring_at(pager->ring, nr++);
		if (serve_page(request))
			code = FAULTQ_RESPONSE_INVALID;
	} while (!(request->flags & FAULTQ_PAGE_REQUEST_LAST_PAGE));

	ring_put(pager->ring, request->tag, code);
	ring_release(pager->ring, nr);
	pager->groups++;
	pager->failed += code != FAULTQ_RESPONSE_SUCCESS;
	return ring_ready(pager->ring);
}

/* Serves all that is there. Returns the number of records left, or -errno. */
int serve_ready(struct pager *pager)
{
	int ready = ring_ready(pager->ring);
	int ret;

	while (ready > 0) {
		ready = serve_group(pager);
		ret = fq_doorbell(pager->ring->fd, pager->ring->index);
		if (ret < 0)
			return ret;
	}
	return ready;
}

static void *pager_thread(void *arg)
{
	struct pager *pager = arg;
	struct ring *ring = pager->ring;
	struct pollfd wait[] = {
		{ .fd = ring->eventfd, .events = POLLIN },
		{ .fd = pager->stop, .events = POLLIN },
	};
	__u64 ticks;

	while (!wait[1].revents && !serve_ready(pager)) {
		if (!faultq_cons_arm(&ring->cons, &ring->control->wake,
				     &ring->header->head))
			continue;
		poll(wait, 2, -1);
		if (wait[0].revents &&
		    read(ring->eventfd, &ticks, sizeof(ticks)) < 0)
			break;
	}
	return NULL;
}

int pager_start(struct pager *pager, struct ring *ring)
{
	memset(pager, 0, sizeof(*pager));
	pager->ring = ring;
	pager->stop = eventfd(0, EFD_CLOEXEC);
	return -pthread_create(&pager->thread, NULL, pager_thread, pager);
}

void pager_stop(struct pager *pager)
{
	__u64 one = 1;

	if (write(pager->stop, &one, sizeof(one)) == sizeof(one))
		pthread_join(pager->thread, NULL);
	close(pager->stop);
}
