/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that whoever touches it waits for.
 */
#ifndef SUPPORT_HELD_H
#define SUPPORT_HELD_H

#include <stddef.h>

char *hold_page(int *uffd);
char *hold_second_page(int *uffd);
int release_page(int uffd, char *page);

char *hold_writes(int *uffd, const void *data, size_t length);
int release_writes(int uffd, char *page);

int await_touch(int uffd);

#endif /* SUPPORT_HELD_H */
