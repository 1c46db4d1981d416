/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who reads without waiting, and is told when to come again by epoll and its
 * edges, misses nothing: whatever arrives in whichever ring, and whoever else
 * reads, and is stuck with a ring in hand, or goes without a record.
 *
 * Device	faultq_ring_accept()	module/ring.c
 * Other	read() that waits, with memory that is not there yet, or never
 * Quick	epoll_wait(), read() until EAGAIN	module/queue_file.c
 *
 * What must not happen: nothing moves any more, and there are records in a ring
 * that no one has in hand. Spin calls that the timeout of Watch. What is done
 * under a ring's lock is one atomic step, and so is what is done under the lock
 * of the wait queue; that the stores before it are seen by then is what the
 * litmus tests show.
 *
 * Planted: NO_NOTE - who is turned away leaves no note
 * Planted: LOOK_BEFORE_NOTE - he looks if the ring is free, then leaves it (M)
 * Planted: NOTE_BEFORE_UNLOCK - the other one looks for a note, then lets go
 *	of the ring (N)
 * Planted: NO_SECOND_LOOK - who is turned away leaves a note and goes
 * Planted: WAKE_BEFORE_CLEAR - the other one wakes, then takes the note back
 * Planted: NO_WAKE - he takes the note back and wakes no one
 */
#define RINGS	2
#define RECORDS	2
#define OTHERS	2

byte left[RINGS];		/* records between tail and head */
bool armed[RINGS];		/* the next one wakes */
bool read_lock[RINGS];
bool turned_away[RINGS];
bool event = true;		/* on epoll's list of what is ready */

/* faultq_read_unlock() */
inline read_unlock(r)
{
#ifdef NOTE_BEFORE_UNLOCK
	note = turned_away[r];
	read_lock[r] = false;
#else
	read_lock[r] = false;
	note = turned_away[r];
#endif
	if
	:: note ->
#ifdef WAKE_BEFORE_CLEAR
		event = true;
		turned_away[r] = false
#else
		turned_away[r] = false;
#ifndef NO_WAKE
		event = true
#endif
#endif
	:: else
	fi;
	note = false
}

/* faultq_ring_readable(); what does not matter to the caller is not kept */
inline readable(r, yes, polled)
{
	atomic {
		yes = (left[r] > 0);
		armed[r] = armed[r] || polled || !yes
	}
}

active proctype Quick()
{
	byte r;
	bool yes, any, got, note, passed[RINGS];

sleep:
end_sleeps:
	atomic { event -> event = false };

	/* faultq_queue_poll(): is there an event to tell of? */
	any = false;
	for (r : 0 .. RINGS - 1) {
		readable(r, yes, true);
		any = any || yes
	};
	if
	:: !any -> goto sleep
	:: else
	fi;

	/* faultq_read_rings(), until there is nothing */
read:
	got = false;
	for (r : 0 .. RINGS - 1) {
		atomic {
			passed[r] = read_lock[r];
			if
			:: !read_lock[r] -> read_lock[r] = true
			:: else
			fi
		};
		if
		:: !passed[r] ->
			atomic {
				if
				:: left[r] > 0 -> left[r]--; got = true
				:: else
				fi
			};
			read_unlock(r)
		:: else
		fi
	};
	if
	:: got -> goto read
	:: else
	fi;

	/* faultq_queue_readable_now() */
	any = false;
	for (r : 0 .. RINGS - 1) {
		readable(r, yes, false);
		if
		:: yes && !read_lock[r] -> any = true
		:: yes && read_lock[r] ->
#ifdef LOOK_BEFORE_NOTE
			yes = !read_lock[r];
			turned_away[r] = true;
#else
#ifndef NO_NOTE
			turned_away[r] = true;
#endif
			yes = !read_lock[r];
#endif
#ifndef NO_SECOND_LOOK
			any = any || yes
#endif
		:: !yes
		fi
	};
	if
	:: any -> goto read
	:: else -> goto sleep
	fi
}

active [OTHERS] proctype Other()
{
	byte r;
	bool note;

	if
	:: r = 0
	:: r = 1
	fi;
end_waits:
	atomic { !read_lock[r] -> read_lock[r] = true };
	if
	:: true
	:: true ->
end_stuck:	false
	fi;
	if
	:: atomic { left[r] > 0 -> left[r]-- }
	:: true			/* bad memory */
	fi;
	read_unlock(r)
}

active proctype Device()
{
	byte i, r;

	for (i : 1 .. RECORDS) {
		atomic {
			if
			:: r = 0
			:: r = 1
			fi;
			left[r]++;
			if
			:: armed[r] -> armed[r] = false; event = true
			:: else
			fi
		}
	}
}

active proctype Watch()
{
	timeout;
	assert(left[0] == 0 || read_lock[0]);
	assert(left[1] == 0 || read_lock[1])
}
