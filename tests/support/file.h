/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files of the kernel that are written as a whole, and files in general.
 */
#ifndef SUPPORT_FILE_H
#define SUPPORT_FILE_H

/* Both return 0 or -errno. */
int write_file(const char *path, const char *text);
int close_or_errno(int fd);

/* Who reads from it, or writes, does not wait. */
void set_nonblock(int fd);

#endif /* SUPPORT_FILE_H */
