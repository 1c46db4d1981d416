/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that whoever touches it waits for.
 */
#ifndef SUPPORT_HELD_H
#define SUPPORT_HELD_H

char *hold_page(int *uffd);
int await_touch(int uffd);
int release_page(int uffd, char *page);

#endif /* SUPPORT_HELD_H */
