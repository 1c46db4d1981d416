// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pinned memory against RLIMIT_MEMLOCK.
 *
 * iommufd and io_uring count it per user, in user_struct.locked_vm, which a
 * kernel without any of their kind does not have. There the limit is per address
 * space, as it is for mlock() and for VFIO's type 1 driver, and the two share it.
 */
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/user.h>

#include "compat.h"

/**
 * faultq_compat_charge_locked_vm() - charge pages to the limit of the caller
 * @user: whose pages they are
 * @nr: number of pages
 *
 * The caller's address space is the one to uncharge. May sleep, and takes its
 * mmap_lock where the limit is per address space.
 *
 * Return: 0, or -ENOMEM with nothing charged if they exceed the limit.
 */
int faultq_compat_charge_locked_vm(struct user_struct *user, unsigned long nr)
{
#ifdef FAULTQ_HAVE_USER_LOCKED_VM
	unsigned long limit = rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT;
	long now = atomic_long_read(&user->locked_vm);

	/* Compare before adding: others charge the same user concurrently. */
	do {
		if (now + nr > limit && !capable(CAP_IPC_LOCK))
			return -ENOMEM;
	} while (!atomic_long_try_cmpxchg(&user->locked_vm, &now, now + nr));
	return 0;
#else
	return account_locked_vm(current->mm, nr, true);
#endif
}

/**
 * faultq_compat_uncharge_locked_vm() - undo faultq_compat_charge_locked_vm()
 * @user: the user it charged
 * @mm: the address space of its caller, which may have exited by now
 * @nr: number of pages
 */
void faultq_compat_uncharge_locked_vm(struct user_struct *user,
				      struct mm_struct *mm, unsigned long nr)
{
#ifdef FAULTQ_HAVE_USER_LOCKED_VM
	atomic_long_sub(nr, &user->locked_vm);
#else
	account_locked_vm(mm, nr, false);
#endif
}
