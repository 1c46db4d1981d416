/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * No wake-up is lost: whatever arrives, the consumer comes to see it, with a
 * ring that is too small, and with others who poll() the same queue.
 *
 * Device	faultq_ring_arrive()	module/ring.c
 * Consumer	faultq_ring_flush(), faultq_ring_arm()	lib/ring.c
 *		or an index beyond the next record and an eventfd
 *		or faultq_queue_poll()	module/queue_file.c
 *		or the edges that Poller reports
 * Poller	epoll with EPOLLET, or io_uring's multishot poll: calls poll() for
 *		each wake-up, whatever the consumer does meanwhile, and reports
 *		what it finds; or someone else's, whose reports have no consequence
 *
 * What must not happen: nothing moves any more, and a group waits for room, or the
 * consumer sleeps and the ring has the record that it sleeps for. Watch looks for
 * that when all others are stuck. Each step below is one access to shared memory,
 * in the order that the barriers E to H enforce; that they do is what the litmus
 * tests show. A doorbell publishes one batch, faultq_ring_pump() goes on: that is
 * not relied upon.
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
 * Planted: ARM_WITHOUT_LOCK - poll() looks and asks without the ring's lock
 * Planted: ARM_IF_EMPTY - poll() asks only if it finds no record
 * Planted: MASK_FOR_STATE - the wake-up carries an event mask, and the poller
 *	reports that without a call of poll()
 * Planted: NO_WAKE_FOR_BACKLOG - a group waits for room, and the consumer that
 *	sleeps for a record beyond it is not woken
 * Planted: WAKE_BEFORE_FLAG - the producer looks for such a consumer, then sets
 *	the flag (H)
 * Planted: SLEEP_DESPITE_FLAG - the consumer asks for a record beyond the next,
 *	and does not look at the flag
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
bool armed;				/* poll() asked */
bool eventfd, wait_queue, edge;		/* signalled */
bool event;				/* reported by Poller */
bool waits;				/* the consumer sleeps for @wake, late */
byte consumed;

#define lock()		atomic { !ring_lock -> ring_lock = true }
#define unlock()	ring_lock = false

#define has_room()	(SIZE - (head - theirs) >= LENGTH(published))
#define ahead(index)	(index != 255 && index >= head)

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

/* faultq_ring_signal() */
inline signal()
{
	atomic {
		armed = false;
		eventfd = true;
		wait_queue = true;
		edge = true
	}
}

/* faultq_ring_advance(), faultq_ring_ask_for_room(), under the lock */
inline advance()
{
	nr = 0;
	first = false;
	publish_waiting();
#ifdef WAKE_BEFORE_FLAG
	sought = wake;
#endif
	if
	:: arrived != published ->
		first = !need_doorbell;
		need_doorbell = true;
#ifndef NO_SECOND_LOOK
		publish_waiting()
#endif
	:: else
	fi;
#ifndef WAKE_BEFORE_PUBLISH
	asked = wake;
#endif
	if
#ifdef WAKE_AT_LAST
	:: nr > 0 && (((head - asked - 1) & 255) == 0 || armed) -> signal()
#else
	:: nr > 0 && (((head - asked - 1) & 255) < nr || armed) -> signal()
#endif
	:: else
	fi;
	if
#ifdef BATCH_ENDS_IT
	:: arrived == published || batch >= BATCH ->
#else
	:: arrived == published ->
#endif
		need_doorbell = false
	:: else ->
#ifndef WAKE_BEFORE_FLAG
		sought = wake;
#endif
#ifndef NO_WAKE_FOR_BACKLOG
		if
		:: first && ahead(sought) -> signal()
		:: else
		fi
#endif
	fi;
	atomic { asked = 0; sought = 0; first = false; batch = 0; nr = 0 }
}

/* faultq_ring_readable() for poll(); a reader cannot tell head and prod.mine apart */
inline readable(yes)
{
#ifdef ARM_WITHOUT_LOCK
	yes = (head != tail);
	armed = true
#else
	atomic {
		!ring_lock;
		yes = (head != tail);
#ifdef ARM_IF_EMPTY
		armed = armed || !yes
#else
		armed = true
#endif
	}
#endif
}

byte theirs;		/* the producer's copy of the tail, under the lock */

active proctype Device()
{
	byte i, nr, asked, sought, batch;
	bool first;

	for (i : 1 .. GROUPS) {
		lock();
		arrived++;
		advance();
		unlock()
	}
}

active proctype Poller()
{
	bool ready;

	readable(ready);
	event = ready;
end_poller:
	do
	:: atomic { edge -> edge = false };
#ifndef MASK_FOR_STATE
		readable(ready);
#else
		ready = true;
#endif
		if
		:: ready -> event = true
		:: else
		fi
	od
}

/* faultq_ring_flush() */
inline give_back()
{
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
}

mtype = { NEXT, LATER, POLL, EDGES };

active proctype Consumer()
{
	byte mine, nr, asked, sought, seen, batch, more;
	bool ready, doorbell, first;
	mtype how;

	if
	:: how = NEXT
	:: how = LATER
	:: how = POLL
	:: how = EDGES
	fi;
	do
	:: consumed == RECORDS -> break
	:: else ->
		seen = head;
		if
		:: seen != mine ->
			atomic {
				consumed = consumed + seen - mine;
				mine = seen;
				seen = 0
			};
			give_back()
		:: seen == mine && how == NEXT ->
			/* faultq_cons_arm() and an eventfd */
#ifdef ARM_AFTER_LOOK
			ready = (head != mine);
			wake = mine;
#else
			wake = mine;
			ready = (head != mine);
#endif
			if
			:: ready
			:: !ready ->
end_next:			atomic { eventfd -> eventfd = false }
			fi
		:: seen == mine && how == LATER ->
			/* not before there are so many records */
			atomic {
				if
				:: more = 1
				:: more = SIZE
				fi;
				wake = mine + more
			};
			ready = (head - mine > more);
#ifndef SLEEP_DESPITE_FLAG
			ready = ready || need_doorbell;
#endif
			waits = true;
			if
			:: ready
			:: !ready ->
end_later:			atomic { eventfd -> eventfd = false }
			fi;
			waits = false
		:: seen == mine && how == POLL ->
			/* on the wait queue, then look */
			wait_queue = false;
			readable(ready);
			if
			:: ready
			:: !ready ->
end_poll:			wait_queue
			fi
		:: seen == mine && how == EDGES ->
end_edge:		atomic { event -> event = false }
		fi
	od
}

/* A consumer may well sleep for a record that never comes, but not in a backlog */
active proctype Watch()
{
	timeout;
	assert(arrived == GROUPS && published == GROUPS);
	assert(consumed == RECORDS || (waits && ahead(wake)))
}
