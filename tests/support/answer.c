// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <unistd.h>

#include "answer.h"

static int answer_by_ring(struct ring *ring,
			  const struct faultq_response *responses, __u32 nr)
{
	const struct faultq_ring_header *header = ring->header;
	__u64 bad = LOOK(header->bad_responses);
	__u32 i;
	int ret;

	for (i = 0; i < nr; i++)
		ring_put(ring, responses[i].tag, responses[i].code);
	ret = fq_doorbell(ring->fd, ring->index);
	return ret < 0 ? ret : ret - (int)(LOOK(header->bad_responses) - bad);
}

/* An error that comes after some were carried out is told of by their number */
static int answer_by_ioctl(struct ring *ring,
			   const struct faultq_response *responses, __u32 nr)
{
	__u32 done = nr;
	int ret = fq_respond(ring->fd, responses, &done);

	return ret && ret != -EINVAL ? ret : (int)done;
}

static int answer_by_write(struct ring *ring,
			   const struct faultq_response *responses, __u32 nr)
{
	ssize_t ret = write(ring->fd, responses, nr * sizeof(*responses));

	if (ret < 0)
		return errno == EINVAL ? 0 : -errno;
	return ret / sizeof(*responses);
}

int answer(struct ring *ring, enum answer_way way,
	   const struct faultq_response *responses, __u32 nr)
{
	switch (way) {
	case BY_RING:
		return answer_by_ring(ring, responses, nr);
	case BY_IOCTL:
		return answer_by_ioctl(ring, responses, nr);
	default:
		return answer_by_write(ring, responses, nr);
	}
}
