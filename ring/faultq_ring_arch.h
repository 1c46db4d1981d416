/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR MIT */
/*
 * What the ring needs of its surroundings, in the kernel and in user space.
 * Each access to shared memory is made once and whole.
 */
#ifndef FAULTQ_RING_ARCH_H
#define FAULTQ_RING_ARCH_H

#ifdef __KERNEL__

#include <asm/barrier.h>
#include <linux/compiler.h>
#include <linux/types.h>

#define faultq_load(p) READ_ONCE(*(p))
#define faultq_store(p, v) WRITE_ONCE(*(p), v)
#define faultq_load_acquire(p) smp_load_acquire(p) /* A, C */
#define faultq_store_release(p, v) smp_store_release(p, v) /* B, D */
#define faultq_full_barrier() smp_mb() /* E to H */
#define faultq_read_barrier() smp_rmb() /* K */
#define faultq_write_barrier() smp_wmb() /* J */

#else

#include <linux/types.h>
#include <stdbool.h>

#define faultq_load(p) __atomic_load_n(p, __ATOMIC_RELAXED)
#define faultq_store(p, v) __atomic_store_n(p, v, __ATOMIC_RELAXED)
#define faultq_load_acquire(p) __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define faultq_store_release(p, v) __atomic_store_n(p, v, __ATOMIC_RELEASE)
#define faultq_full_barrier() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define faultq_read_barrier() __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define faultq_write_barrier() __atomic_thread_fence(__ATOMIC_RELEASE)

#endif

#endif /* FAULTQ_RING_ARCH_H */
