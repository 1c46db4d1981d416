/* SPDX-License-Identifier: MIT */
/*
 * What faultq inject can have happen. Each returns the exit status, and its
 * argv[0] is "faultq inject WHAT".
 */
#ifndef FAULTQ_INJECT_H
#define FAULTQ_INJECT_H

int inject_page_request(int argc, char **argv);
int inject_event(int argc, char **argv);
int inject_queue_error(int argc, char **argv);

#endif /* FAULTQ_INJECT_H */
