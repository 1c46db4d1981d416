/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Nothing hangs and nothing is used after its end, while groups arrive, are
 * answered and time out, and meanwhile the attachment is replaced and ended,
 * and the QUEUE killed by its file and by its context, in any order.
 *
 * Fault	faultq_iopf_handler(), faultq_ring_arrive()
 * Responder	faultq_respond_array(): answers what it likes, or nothing
 * Timeout	faultq_timeout_work()
 * Context	faultq_attach_commit() of a replacement, faultq_detach(),
 *		faultq_queue_destroy()
 * File		faultq_queue_release()
 *
 * What must not happen: a group is answered twice, or never (an invalid end
 * state, as is one who waits for ever); an attachment or a QUEUE is touched
 * after it was freed. What is done under the ring's lock is one atomic step.
 *
 * Planted: NO_GROUP_REFERENCE - a pending group does not hold its attachment
 * Planted: NO_REVOKE - the end of an attachment leaves its groups to others
 * Planted: NO_WAIT - it does not wait for groups that someone has in hand
 * Planted: NO_DRAIN - a replacement does not wait for those on their way
 * Planted: TAG_KEPT - a response finds a group that is being revoked
 * Planted: RING_LIVES - a killed QUEUE still takes groups
 * Planted: CHECK_WITHOUT_LOCK - a group looks before the lock if the ring is dead
 * Planted: NO_REARM - the timeout looks once, and not again for those that are
 *	not old enough
 * Planted: NO_CANCEL - a QUEUE does not wait for its timeout
 */
#define GROUPS	2
#define ENTRIES	2

#define OLD	0
#define NEW	1
#define NONE	2		/* or, to revoke: every attachment */

#define FREE	0
#define PENDING	1		/* on the ring's lists */
#define TAKEN	2		/* off them: on a revoker's list */

byte answered[GROUPS];

byte attached = OLD;		/* what the IOMMU core reports faults against */
byte on_way[2];			/* in the IOMMU driver's hands */
byte users[2] = 1;
bool attachment_dead[2], attachment_freed[2];

byte queue_users = 3;		/* id, file, OLD */
bool queue_dead, ring_dead, queue_freed;
bool timeout_armed, timeout_runs;

byte state[ENTRIES], group[ENTRIES], owner[ENTRIES];
bool tag[ENTRIES];

bool in_call, file_closed, file_done, context_done;
byte order;

#define AT_WILL		0	/* all at once */
#define CONTEXT_FIRST	1	/* no timeout; the file stays open meanwhile */
#define FILE_FIRST	2	/* no timeout; the attachment stays meanwhile */
#define TIMEOUT_FIRST	3	/* nothing else until all groups timed out */

#define ALL_ANSWERED	(answered[0] + answered[1] == GROUPS)

/* The answer goes back to the IOMMU driver by way of the attachment. */
inline answer(g, a)
{
	atomic {
		assert(!attachment_freed[a]);
		assert(answered[g] == 0);
		answered[g] = 1
	}
}

inline put_attachment(a)
{
	atomic {
		assert(!attachment_freed[a] && users[a] > 0);
		users[a]--
	}
}

inline put_group(a)
{
#ifdef NO_GROUP_REFERENCE
	skip
#else
	put_attachment(a)
#endif
}

inline put_queue()
{
	atomic {
		queue_users--;
		queue_freed = (queue_users == 0)
	}
}

/* faultq_revoke_list() for entry e, if it is on the caller's list */
inline revoke_entry(e)
{
	if
	:: mine[e] ->
		who = owner[e];
		answer(group[e], who);
		atomic {
			assert(!queue_freed);
			tag[e] = false;
			state[e] = FREE;
			mine[e] = false
		};
		put_group(who);
		who = 0
	:: else
	fi
}

inline take(e)
{
	state[e] = TAKEN;
	mine[e] = true;
#ifndef TAG_KEPT
	tag[e] = false
#endif
}

inline take_match(e, a)
{
	if
	:: state[e] == PENDING && (a == NONE || owner[e] == a) -> take(e)
	:: else
	fi
}

/* faultq_revoke(), of NONE for every attachment */
inline revoke(a)
{
	atomic {
		assert(!queue_freed);
		take_match(0, a);
		take_match(1, a)
	};
	revoke_entry(0);
	revoke_entry(1)
}

/* faultq_queue_kill() */
inline kill_queue()
{
	queue_dead = true;
#ifndef RING_LIVES
	ring_dead = true;
#endif
	revoke(NONE);
#ifndef NO_CANCEL
	atomic { !timeout_runs -> timeout_armed = false }
#endif
}

proctype Fault(byte g)
{
	byte a, e;
	bool refused;

	atomic {
		a = attached;
		if
		:: a == NONE -> answered[g] = 1; goto done
		:: else -> on_way[a]++
		fi
	};
	/* faultq_handle_attachment() */
	atomic {
		assert(!attachment_freed[a]);
#ifndef NO_GROUP_REFERENCE
		if
		:: users[a] == 0 ->
			answered[g] = 1;
			on_way[a]--;
			goto done
		:: else -> users[a]++
		fi
#endif
	};
#ifdef CHECK_WITHOUT_LOCK
	refused = ring_dead;
#endif
	atomic {
		assert(!queue_freed);
#ifndef CHECK_WITHOUT_LOCK
		refused = ring_dead;
#endif
		if
		:: !refused && !attachment_dead[a] && state[0] == FREE -> e = 0
		:: !refused && !attachment_dead[a] && state[1] == FREE -> e = 1
		:: else -> refused = true
		fi;
		if
		:: !refused ->
			state[e] = PENDING;
			group[e] = g;
			owner[e] = a;
			tag[e] = true;
			timeout_armed = (order == AT_WILL || order == TIMEOUT_FIRST)
		:: else
		fi
	};
	if
	:: refused ->
		answer(g, a);
		put_group(a)
	:: else
	fi;
	atomic { on_way[a]--; a = 0; e = 0; refused = false };
	answered[g] == 1;
done:
	skip
}

/* A system call holds the file. */
proctype Responder()
{
	byte e, g, a;
	bool taken;

	do
	:: atomic {
		order != TIMEOUT_FIRST && !file_closed && (tag[0] || tag[1]) ->
		assert(!queue_freed);
		in_call = true;
		if
		:: tag[0] -> e = 0
		:: tag[1] -> e = 1
		fi;
		g = group[e];
		a = owner[e];
		tag[e] = false;
		state[e] = FREE;
		e = 0
	   };
	   answer(g, a);
	   put_group(a);
	   atomic { in_call = false; g = 0; a = 0 }
	:: break
	od
}

inline look(e)
{
	if
	:: state[e] == PENDING -> take(e)	/* too old */
	:: state[e] == PENDING -> left = true
	:: state[e] != PENDING
	fi
}

proctype Timeout()
{
	bool mine[ENTRIES], left;
	byte who;

	do
	:: atomic {
		timeout_armed ->
		timeout_armed = false;
		timeout_runs = true
	   };
	   atomic {
		assert(!queue_freed);
		look(0);
		look(1)
	   };
	   revoke_entry(0);
	   revoke_entry(1);
	   atomic {
		assert(!queue_freed);
#ifndef NO_REARM
		if
		:: left && !queue_dead -> timeout_armed = true
		:: else
		fi;
#endif
		left = false;
		timeout_runs = false
	   }
	:: atomic { context_done && file_done && !timeout_armed -> break }
	od
}

/* faultq_attachment_end(), faultq_hwpt_put() */
inline end_attachment(a)
{
#ifndef NO_REVOKE
	revoke(a);
#endif
	put_attachment(a);
#ifndef NO_WAIT
	users[a] == 0;
#endif
	attachment_freed[a] = true;
	put_queue()
}

proctype Context()
{
	bool mine[ENTRIES];
	byte who, last = OLD;

	(order != FILE_FIRST || (file_done && ALL_ANSWERED));
	(order != TIMEOUT_FIRST || ALL_ANSWERED);
	if
	:: true ->			/* a replacement before the end */
		last = NEW;
		queue_users++;
		attached = NEW;
		attachment_dead[OLD] = true;
#ifndef NO_DRAIN
		on_way[OLD] == 0;
#endif
		end_attachment(OLD)
	:: true
	fi;
	attachment_dead[last] = true;
	attached = NONE;
	on_way[last] == 0;		/* the IOMMU driver's contract */
	end_attachment(last);
	kill_queue();
	put_queue();
	context_done = true
}

proctype File()
{
	bool mine[ENTRIES];
	byte who;

	(order != CONTEXT_FIRST || context_done);
	(order != TIMEOUT_FIRST || ALL_ANSWERED);
	atomic { !in_call -> file_closed = true };
	kill_queue();
	put_queue();
	file_done = true
}

init
{
	byte g;

	atomic {
		if
		:: order = TIMEOUT_FIRST
		:: order = FILE_FIRST
		:: order = CONTEXT_FIRST
		:: order = AT_WILL
		fi;
		for (g : 0 .. GROUPS - 1) {
			run Fault(g)
		};
		run Responder();
		run Timeout();
		run Context();
		run File()
	};
	_nr_pr == 1;
	assert(queue_freed && queue_users == 0)
}
