// SPDX-License-Identifier: GPL-2.0-only
/* Locked memory is counted per user, not per address space alone. */
#include <linux/sched/user.h>

atomic_long_t *probe(struct user_struct *user);

atomic_long_t *probe(struct user_struct *user)
{
	return &user->locked_vm;
}
