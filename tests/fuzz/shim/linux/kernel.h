/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As much of the kernel as the hardware model of the mock needs to be compiled
 * for user space: one thread, and memory that the fuzzer has.
 */
#ifndef SHIM_KERNEL_H
#define SHIM_KERNEL_H

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <linux/types.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;
typedef __s64 s64;

#define U16_MAX 0xffff
#define U32_MAX (~0U)
#define U64_MAX (~0ULL)

#define BIT(n) (1UL << (n))
#define BIT_ULL(n) (1ULL << (n))
#define GENMASK(high, low) ((~0UL << (low)) & (~0UL >> (63 - (high))))
#define GENMASK_ULL(high, low) ((~0ULL << (low)) & (~0ULL >> (63 - (high))))
#define SHIM_LOWEST(mask) ((mask) & -(mask))
#define FIELD_GET(mask, word) (((word) & (mask)) / SHIM_LOWEST(mask))
#define FIELD_PREP(mask, value) (((u64)(value)*SHIM_LOWEST(mask)) & (mask))
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define min_t(type, a, b) ((type)(a) < (type)(b) ? (type)(a) : (type)(b))
#define __ffs64(word) ((unsigned int)__builtin_ctzll(word))
#define sign_extend64(value, bit) \
	((s64)((u64)(value) << (63 - (bit))) >> (63 - (bit)))
#define check_shl_overflow(value, shift, result)    \
	({                                          \
		u64 v_ = (value);                   \
		unsigned int s_ = (shift);          \
		*(result) = s_ < 64 ? v_ << s_ : 0; \
		s_ > 63 || (*(result) >> s_) != v_; \
	})
#define check_add_overflow(a, b, result) __builtin_add_overflow(a, b, result)
#define SZ_1G 0x40000000
#define container_of(pointer, type, member) \
	((type *)((char *)(pointer)-offsetof(type, member)))

#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, value) (*(volatile __typeof__(x) *)&(x) = (value))

/* One thread: no lock, no waiting. */
struct shim_lock {
	int nothing;
};

struct shim_xarray {
	void *entry;
};

#define spinlock_t struct shim_lock
#define raw_spinlock_t struct shim_lock
#define wait_queue_head_t struct shim_lock
#define atomic64_t struct shim_lock
#define completion shim_lock
#define mutex shim_lock
#define rw_semaphore shim_lock
#define irq_work shim_lock
#define xarray shim_xarray
#define spin_lock_init(lock) ((void)(lock))
#define spin_lock(lock) ((void)(lock))
#define spin_unlock(lock) ((void)(lock))
#define raw_spin_lock_init(lock) ((void)(lock))
#define raw_spin_lock_irq(lock) ((void)(lock))
#define raw_spin_unlock_irq(lock) ((void)(lock))
#define raw_spin_lock_irqsave(lock, flags) ((void)(lock), (void)((flags) = 0))
#define raw_spin_unlock_irqrestore(lock, flags) ((void)(lock))
#define mutex_lock(lock) ((void)(lock))
#define mutex_unlock(lock) ((void)(lock))
#define down_write(lock) ((void)(lock))
#define up_write(lock) ((void)(lock))
#define lockdep_assert_held(lock) ((void)(lock))
#define rcu_read_lock() ((void)0)
#define rcu_read_unlock() ((void)0)
#define IRQ_WORK_INIT_HARD(function) ((void)(function), (struct irq_work){})
#define irq_work_queue(work) ((void)(work))
#define irq_work_sync(work) ((void)(work))
#define xa_load(array, index) ((void)(index), (array)->entry)

#define GFP_KERNEL_ACCOUNT 0
#define kcalloc(nr, size, flags) calloc(nr, size)
#define kfree(memory) free(memory)
#define kvcalloc(nr, size, flags) calloc(nr, size)
#define kvfree(memory) free(memory)

#endif /* SHIM_KERNEL_H */
