/* SPDX-License-Identifier: MIT */
/*
 * What faultq inject can cause. Each returns the exit status, and its argv[0] is
 * "faultq inject WHAT".
 */
#ifndef FAULTQ_INJECT_H
#define FAULTQ_INJECT_H

#include <linux/types.h>

int inject_page_request(int argc, char **argv);
int inject_event(int argc, char **argv);
int inject_queue_error(int argc, char **argv);

/* Options that they share; each returns an exit status, or -1 to go on. */
int take_pasid(const char *command, const char *text, __u32 *pasid);
int take_perm(const char *command, const char *text, __u32 *perm);

#endif /* FAULTQ_INJECT_H */
