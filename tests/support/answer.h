/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ways to answer, as one.
 */
#ifndef SUPPORT_ANSWER_H
#define SUPPORT_ANSWER_H

#include "bed.h"

enum answer_way {
	BY_RING,
	BY_IOCTL,
	BY_WRITE,
};

/* Returns how many of the responses were carried out, or -errno. */
int answer(struct ring *ring, enum answer_way way,
	   const struct faultq_response *responses, __u32 nr);

#endif /* SUPPORT_ANSWER_H */
