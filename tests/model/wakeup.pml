/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * No wake-up is lost: whatever arrives, the consumer comes to see it, with a
 * ring that is too small, and with others who poll() the same queue.
 *
 * Device	faultq_ring_arrive()	module/ring.c
 * Consumer	faultq_ring_flush(), faultq_ring_arm()	lib/ring.c
 *		or faultq_queue_poll()	module/queue_file.c
 * Watcher	poll() for POLLHUP alone: nothing that it is told of records
 *		has a consequence
 *
 * What must not happen: the consumer sleeps, nobody is going to wake it, and a
 * group is in the ring or waits for room. Spin calls that an invalid end state.
 * Each step below is one access to shared memory, in the order that the
 * barriers E to H enforce; that they do is what the litmus tests show. A
 * doorbell publishes one batch, faultq_ring_pump() goes on: that is not relied
 * upon.
 *
 * Planted: ARM_AFTER_LOOK - the consumer looks for records, then asks (F)
 * Planted: WAKE_BEFORE_PUBLISH - the producer looks who asked, then moves the
 *	head (E)
 * Planted: FLAG_BEFORE_TAIL - the consumer looks at the flag, then moves the
 *	tail (G)
 * Planted: NO_SECOND_LOOK - the producer sets the flag, and looks for room no
 *	more (H)
 * Planted: WAKE_AT_LAST - only the last slot published is compared
 * Planted: BATCH_ENDS_IT - the producer takes the flag back after a full batch,
 *	whatever is left
 * Planted: ARM_WITHOUT_LOCK - poll() asks in the consumer's name without the
 *	ring's lock, by a head that may be old
 */
#define GROUPS	4
#define RECORDS	6
#define SIZE	3
#define BATCH	1	/* one group and what it has */
#define LENGTH(group)	(1 + (group) % 2)	/* in records */

byte head, tail, wake = 255;		/* shared; 255: no one asked */
bool need_doorbell;
byte arrived, published;		/* groups; what is between them waits */
bool ring_lock;
bool eventfd, wait_queue;		/* signalled */

#define lock()		atomic { !ring_lock -> ring_lock = true }
#define unlock()	ring_lock = false

#define has_room()	(SIZE - (head - theirs) >= LENGTH(published))

inline publish_waiting()
{
	batch = 0;
	do
	:: arrived == published || batch >= BATCH -> break
	:: arrived != published && batch < BATCH && !has_room() ->
		theirs = tail;
		if
		:: has_room()
		:: else -> break
		fi
	:: arrived != published && batch < BATCH && has_room() ->
#ifdef WAKE_BEFORE_PUBLISH
		asked = wake;
#endif
		head = head + LENGTH(published);
		nr = nr + LENGTH(published);
		batch = batch + LENGTH(published);
		published++
	od
}

/* faultq_ring_advance(), faultq_ring_wake(), under the lock */
inline advance()
{
	nr = 0;
	publish_waiting();
	if
	:: arrived != published ->
		need_doorbell = true;
#ifndef NO_SECOND_LOOK
		publish_waiting()
#endif
	:: else
	fi;
	if
#ifdef BATCH_ENDS_IT
	:: arrived == published || batch >= BATCH -> need_doorbell = false
#else
	:: arrived == published -> need_doorbell = false
#endif
	:: else
	fi;
#ifndef WAKE_BEFORE_PUBLISH
	asked = wake;
#endif
#ifdef WAKE_AT_LAST
	if
	:: nr > 0 && ((head - asked - 1) & 255) == 0 ->
#else
	if
	:: ((head - asked - 1) & 255) < nr ->
#endif
		eventfd = true;
		wait_queue = true
	:: else
	fi
}

/* faultq_ring_readable(); a reader cannot tell head and prod.mine apart */
inline readable(yes)
{
#ifndef ARM_WITHOUT_LOCK
	lock();
#endif
	seen = head;
	if
	:: seen != tail -> yes = true
	:: else ->
		wake = seen;
		yes = (head != seen)
	fi;
#ifndef ARM_WITHOUT_LOCK
	unlock()
#endif
}

byte theirs;		/* the producer's copy of the tail, under the lock */

active proctype Device()
{
	byte i, nr, asked, batch;

	for (i : 1 .. GROUPS) {
		lock();
		arrived++;
		advance();
		unlock()
	}
}

active proctype Watcher()
{
	byte seen;
	bool ignored;

	readable(ignored)
}

active proctype Consumer()
{
	byte mine, nr, asked, seen, consumed, batch;
	bool ready, doorbell;

	do
	:: consumed == RECORDS -> break
	:: else ->
		seen = head;
		if
		:: seen != mine ->
			consumed = consumed + seen - mine;
			mine = seen;
#ifdef FLAG_BEFORE_TAIL
			doorbell = need_doorbell;
			tail = mine;
#else
			tail = mine;
			doorbell = need_doorbell;
#endif
			if
			:: doorbell ->
				lock();
				advance();
				unlock()
			:: else
			fi
		:: else ->
			if
			:: true ->	/* faultq_cons_arm() and an eventfd */
#ifdef ARM_AFTER_LOOK
				ready = (head != mine);
				wake = mine;
#else
				wake = mine;
				ready = (head != mine);
#endif
				if
				:: ready
				:: !ready -> atomic { eventfd -> eventfd = false }
				fi
			:: true ->	/* poll(): on the wait queue, then look */
				wait_queue = false;
				readable(ready);
				if
				:: ready
				:: !ready -> wait_queue
				fi
			fi
		fi
	od
}
