/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR MIT */
/*
 * The ring: one producer, one consumer, each of whom distrusts the other.
 *
 * A ring is a power-of-two number of slots in shared memory and two shared
 * indices that run freely through 2^32: the producer owns the head, the
 * consumer owns the tail. Each side keeps private copies of both, decides by
 * those alone, and takes over a shared index only after a range check, so the
 * peer can waste the ring but can never lead this side out of it.
 *
 *     tail ............. head          head - tail slots are filled,
 *      | filled slots |  free slots    never more than the ring has
 *
 * The same code serves the record ring (the kernel produces) and the response
 * ring (user space produces), in the kernel, the library and the tests.
 *
 *   producer                              consumer
 *
 *   A  load-acquire tail                  C  load-acquire head
 *      write slots                           read slots
 *   B  store-release head                 D  store-release tail
 *
 *   B pairs with C: who sees the new head sees the slots that it covers.
 *   D pairs with A: who sees the new tail may overwrite what it covers.
 *
 * Wake-up (producer wakes a consumer that sleeps):
 *
 *   B  store head                         F  store wake
 *   E  full barrier                       F  full barrier
 *      load wake                             load head, sleep if none is new
 *
 *   E pairs with F: one of the two sees the other's store, so either the
 *   producer wakes the consumer or the consumer does not go to sleep.
 *
 * Unreachable index (the consumer asked for a slot that is not published, and
 * the producer has no room to get there):
 *
 *   H  store the flag NEED_DOORBELL       F  store wake
 *   H  full barrier                       F  full barrier
 *      load wake, wake if it is ahead        load the flag, go on if it is set
 *
 *   H pairs with F in the same way. A consumer that asks for its next slot has
 *   consumed everything before it, so there is room and the flag tells nothing
 *   new; one that asks for a later slot must load the flag.
 *
 * Full ring (consumer tells a producer that waits for room):
 *
 *   D  store tail                         H  store the flag NEED_DOORBELL
 *   G  full barrier                       H  full barrier
 *      load the flag, ring if set            load tail, go on if there is room
 *
 *   G pairs with H in the same way.
 *
 * A producer that overwrites does not wait for the tail. It gives up the oldest
 * slot before it writes there, and the consumer copies a slot before it asks
 * whether the copy is worth anything:
 *
 *   J  store oldest                          copy the slot
 *   J  write barrier                      K  read barrier
 *      write the slot                     K  load oldest
 *   B  store-release head
 *
 *   J pairs with K: a consumer whose copy holds anything of the new slot sees that
 *   the old one was given up.
 */
#ifndef FAULTQ_RING_H
#define FAULTQ_RING_H

#include "faultq_ring_arch.h"

/**
 * struct faultq_ring_side - one side's private view of a ring
 * @mine: this side's index, as last stored to shared memory
 * @theirs: the peer's index, as last accepted
 * @size: slots of the ring, a power of two; never read from shared memory
 *	after the start
 *
 * Calls on one side must be serialised by the caller.
 */
struct faultq_ring_side {
	__u32 mine;
	__u32 theirs;
	__u32 size;
};

/**
 * faultq_ring_init() - start, or start again, from known indices
 * @side: the side
 * @size: slots of the ring, a power of two
 * @index: the value that both indices have
 */
static inline void faultq_ring_init(struct faultq_ring_side *side, __u32 size,
				    __u32 index)
{
	side->mine = index;
	side->theirs = index;
	side->size = size;
}

/**
 * faultq_ring_slot() - where an index lies
 * @side: either side
 * @index: any index
 *
 * Return: a slot number below the ring's size, whatever the index.
 */
static inline __u32 faultq_ring_slot(const struct faultq_ring_side *side,
				     __u32 index)
{
	return index & (side->size - 1);
}

/**
 * faultq_prod_free() - free slots by what is known
 * @prod: the producer's side
 *
 * Return: slots that can be written without another look at the tail.
 */
static inline __u32 faultq_prod_free(const struct faultq_ring_side *prod)
{
	return prod->size - (prod->mine - prod->theirs);
}

/**
 * faultq_prod_refresh() - take over the consumer's tail
 * @prod: the producer's side
 * @tail: the shared tail
 *
 * A tail may only advance, and not past the head. Return: 0, or -1 if it is
 * out of range; it is ignored then.
 */
static inline int faultq_prod_refresh(struct faultq_ring_side *prod,
				      const __u32 *tail)
{
	__u32 now = faultq_load_acquire(tail); /* A */

	if (now - prod->theirs > prod->mine - prod->theirs)
		return -1;
	prod->theirs = now;
	return 0;
}

/**
 * faultq_prod_publish() - make written slots visible, all at once
 * @prod: the producer's side
 * @head: the shared head
 * @nr: how many slots were written, at most faultq_prod_free()
 */
static inline void faultq_prod_publish(struct faultq_ring_side *prod,
				       __u32 *head, __u32 nr)
{
	prod->mine += nr;
	faultq_store_release(head, prod->mine); /* B */
}

/**
 * faultq_prod_must_wake() - does the consumer want to be woken?
 * @prod: the producer's side
 * @wake: the shared wake-up index
 * @nr: how many slots were published since the last call
 *
 * Return: true if the slot that the consumer named was among them.
 */
static inline bool faultq_prod_must_wake(const struct faultq_ring_side *prod,
					 const __u32 *wake, __u32 nr)
{
	faultq_full_barrier(); /* E */
	return prod->mine - faultq_load(wake) - 1 < nr;
}

/**
 * faultq_prod_is_ahead() - is a wake-up index one that is not published yet?
 * @prod: the producer's side
 * @wake: the wake-up index, loaded once
 *
 * Return: true if it is; false if the slot was published, in which case the
 * consumer has been woken for it or did not want to be.
 */
static inline bool faultq_prod_is_ahead(const struct faultq_ring_side *prod,
					__u32 wake)
{
	return wake - prod->mine < 0x80000000;
}

/**
 * faultq_prod_give_up() - make room in a full ring by giving up its oldest slot
 * @prod: the producer's side
 * @tail: the shared tail, which may lag behind or be wrong; it tells only
 *	whether the slot was consumed
 * @oldest: the shared index of the oldest slot that was not given up
 *
 * Return: true if the tail says that the slot was not consumed.
 */
static inline bool faultq_prod_give_up(struct faultq_ring_side *prod,
				       const __u32 *tail, __u32 *oldest)
{
	const __u32 index = prod->mine - prod->size;
	bool unread;

	faultq_prod_refresh(prod, tail);
	unread = prod->theirs == index;
	if (unread)
		prod->theirs++;
	faultq_store(oldest, index + 1); /* J */
	faultq_write_barrier(); /* J */
	return unread;
}

/**
 * faultq_cons_ready() - slots that can be read by what is known
 * @cons: the consumer's side
 *
 * Return: slots that can be read without another look at the head.
 */
static inline __u32 faultq_cons_ready(const struct faultq_ring_side *cons)
{
	return cons->theirs - cons->mine;
}

/**
 * faultq_cons_refresh() - take over the producer's head
 * @cons: the consumer's side
 * @head: the shared head
 *
 * A head may only advance, and not past the ring's length. Return: 0, or -1 if
 * it is out of range; it is ignored then.
 */
static inline int faultq_cons_refresh(struct faultq_ring_side *cons,
				      const __u32 *head)
{
	__u32 now = faultq_load_acquire(head); /* C */

	if (now - cons->mine > cons->size ||
	    now - cons->mine < cons->theirs - cons->mine)
		return -1;
	cons->theirs = now;
	return 0;
}

/**
 * faultq_cons_release() - give slots back to the producer
 * @cons: the consumer's side
 * @tail: the shared tail
 * @nr: how many slots were read, at most faultq_cons_ready()
 */
static inline void faultq_cons_release(struct faultq_ring_side *cons,
				       __u32 *tail, __u32 nr)
{
	cons->mine += nr;
	faultq_store_release(tail, cons->mine); /* D */
}

/**
 * faultq_cons_arm() - ask to be woken at the next slot
 * @cons: the consumer's side, with nothing ready
 * @wake: the shared wake-up index
 * @head: the shared head
 *
 * Return: true if the caller may sleep; false if slots came meanwhile, or the
 * head is out of range.
 */
static inline bool faultq_cons_arm(struct faultq_ring_side *cons, __u32 *wake,
				   const __u32 *head)
{
	faultq_store(wake, cons->mine); /* F */
	faultq_full_barrier(); /* F */
	return faultq_load(head) == cons->mine;
}

/* Does @index lie behind @oldest? Both run freely. */
static inline bool faultq_ring_is_behind(__u32 index, __u32 oldest)
{
	return oldest - index - 1 < 0x7fffffff;
}

/**
 * faultq_cons_chase() - take over the head of a producer that overwrites
 * @cons: the consumer's side
 * @head: the shared head
 * @oldest: the shared index of the oldest slot that was not given up
 *
 * In place of faultq_cons_refresh(). What was given up is skipped. Never fails:
 * whatever the indices, no more slots are ready than the ring has.
 */
static inline void faultq_cons_chase(struct faultq_ring_side *cons,
				     const __u32 *head, const __u32 *oldest)
{
	__u32 from = faultq_load_acquire(oldest);
	__u32 now = faultq_load_acquire(head); /* C */

	if (faultq_ring_is_behind(cons->mine, from))
		cons->mine = from;
	/* what came since @oldest was read has given up slots again */
	if (now - cons->mine > cons->size)
		cons->mine = now - cons->size;
	cons->theirs = now;
}

/**
 * faultq_cons_intact() - was a slot still there when it had been copied?
 * @cons: the consumer's side, with the slot of @cons->mine copied
 * @oldest: as for faultq_cons_chase()
 *
 * Return: true if the copy may be used; else faultq_cons_chase() goes on where
 * there still is something.
 */
static inline bool faultq_cons_intact(const struct faultq_ring_side *cons,
				      const __u32 *oldest)
{
	faultq_read_barrier(); /* K */
	return !faultq_ring_is_behind(cons->mine, faultq_load(oldest)); /* K */
}

#endif /* FAULTQ_RING_H */
