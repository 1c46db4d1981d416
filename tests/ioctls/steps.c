// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a thread of a player does from one moment to the next.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "ioctls.h"
#include "pgfault.h"

#define MAX_READ 100
#define CHILD_STEPS 40

static bool did(struct hand *hand, enum deed deed, bool good)
{
	hand->player->tally->tried[deed]++;
	hand->player->tally->done[deed] += good;
	return good;
}

int any_file(struct hand *hand)
{
	struct player *player = hand->player;

	switch (roll(&hand->dice, 8)) {
	case 0:
		return player->mock;
	case 1:
		return player->eventfd;
	case 2:
	case 3:
		return player->ctx[roll(&hand->dice, 2)];
	}
	return player->files[roll(&hand->dice, PLAYER_FILES)];
}

/* 0 to 2 are what the results go to. */
static void drop(struct hand *hand, int fd)
{
	if (fd > 2)
		did(hand, CLOSE, !close(fd));
}

void keep_file(struct hand *hand, int fd)
{
	__u32 slot = roll(&hand->dice, PLAYER_FILES);

	fcntl(fd, F_SETFL, O_NONBLOCK);
	drop(hand, atomic_exchange(&hand->player->files[slot], fd));
}

static void drop_file(struct hand *hand)
{
	__u32 slot = roll(&hand->dice, PLAYER_FILES);

	drop(hand, atomic_exchange(&hand->player->files[slot], -1));
}

static int a_file(struct hand *hand)
{
	return hand->player->files[roll(&hand->dice, PLAYER_FILES)];
}

static void *some_memory(struct hand *hand)
{
	return hand->player->scratch +
	       PAGE * roll(&hand->dice, PLAYER_PAGES - 1);
}

/* Its context is closed, or it is no QUEUE: it would be ready for ever. */
static void bury(struct hand *hand, __u32 slot, int fd)
{
	if (atomic_compare_exchange_strong(&hand->player->files[slot], &fd, -1))
		drop(hand, fd);
}

/* A QUEUE that has something to tell; who serves sleeps until there is one. */
static int ready_slot(struct hand *hand)
{
	__u32 first = roll(&hand->dice, PLAYER_FILES), at, i;
	struct pollfd fds[PLAYER_FILES];

	for (i = 0; i < PLAYER_FILES; i++)
		fds[i] = (struct pollfd){ hand->player->files[i], POLLIN, 0 };
	did(hand, POLL, poll(fds, PLAYER_FILES, hand->serves ? 20 : 0) > 0);
	for (i = 0; i < PLAYER_FILES; i++) {
		at = (first + i) % PLAYER_FILES;
		if (fds[at].revents & (POLLHUP | POLLERR))
			bury(hand, at, fds[at].fd);
		else if (fds[at].revents & POLLIN)
			return at;
	}
	return -1;
}

static void answer(struct hand *hand, int fd,
		   const struct iommu_hwpt_pgfault *faults, int nr_faults)
{
	bool by_write = roll(&hand->dice, 2), bad = !roll(&hand->dice, 8);
	struct faultq_response responses[MAX_READ];
	__u32 nr = 0;
	int i;

	for (i = 0; i < nr_faults; i++)
		if (faults[i].flags & FAULTQ_PAGE_REQUEST_LAST_PAGE)
			responses[nr++] = (struct faultq_response){
				.tag = faults[i].cookie,
				.code = bad,
			};
	if (by_write)
		did(hand, WRITE, write(fd, responses, nr * 8) == nr * 8);
	else
		made(hand, FAULTQ_QUEUE_RESPOND,
		     fq_respond(fd, responses, &nr));
}

/* Consumes page requests and answers them, one way or the other; or events. */
static void serve(struct hand *hand)
{
	struct iommu_hwpt_pgfault faults[MAX_READ];
	int slot = ready_slot(hand), fd, got;

	fd = slot < 0 ? -1 : hand->player->files[slot];
	if (fd <= 2)
		return;
	got = read(fd, faults, sizeof(faults));
	if (got < 0 && errno == EINVAL)
		bury(hand, slot, fd);
	if (did(hand, READ, got > 0) && !(got % sizeof(*faults)))
		answer(hand, fd, faults, got / sizeof(*faults));
}

/* Reads and writes of anything; what is read may be what is written next. */
static void move_data(struct hand *hand)
{
	size_t length = roll(&hand->dice, 2) ? 40 * roll(&hand->dice, 8) :
					       8 * roll(&hand->dice, 64);
	int fd = roll(&hand->dice, 4) ? a_file(hand) : any_file(hand);
	void *at = some_memory(hand);

	if (fd <= 2)
		return;
	fcntl(fd, F_SETFL, O_NONBLOCK);
	if (roll(&hand->dice, 2))
		did(hand, READ, read(fd, at, length) >= 0);
	else
		did(hand, WRITE, write(fd, at, length) >= 0);
}

static void wait_a_moment(struct hand *hand)
{
	struct pollfd fds[4];
	int i;

	for (i = 0; i < 4; i++)
		fds[i] = (struct pollfd){ any_file(hand), POLLIN | POLLOUT, 0 };
	did(hand, POLL, poll(fds, 4, roll(&hand->dice, 4)) > 0);
}

static void unmap(struct hand *hand, void *at, size_t size)
{
	if (at)
		did(hand, MUNMAP, !munmap(at, size));
}

/* What can only be read, and only whole */
static void look_at_records(struct hand *hand)
{
	int prot = roll(&hand->dice, 8) ? PROT_READ : PROT_READ | PROT_WRITE;
	__u32 ring = roll(&hand->dice, 2);
	struct faultq_queue_info info = {};
	int fd = a_file(hand);
	void *at;

	made(hand, FAULTQ_QUEUE_INFO, fq_queue_info(fd, &info));
	at = mmap(NULL, info.out_records_size, prot, MAP_SHARED, fd,
		  FAULTQ_MMAP_OFFSET(ring, FAULTQ_REGION_RECORDS));
	if (!did(hand, MMAP, at != MAP_FAILED))
		return;
	mprotect(at, info.out_records_size, PROT_READ | PROT_WRITE);
	unmap(hand, at, info.out_records_size);
}

/* What can be written: regions of a ring, the doorbell page of a VIOMMU */
static void map(struct hand *hand)
{
	struct player *player = hand->player;
	__u64 ring = FAULTQ_MMAP_OFFSET(roll(&hand->dice, 2),
					1 + roll(&hand->dice, 2));
	__u64 page = player->data.vintf.out_vintf_mmap_offset;
	__u32 slot = roll(&hand->dice, PLAYER_MAPS);
	int fd = a_file(hand);
	void *at;

	if (!roll(&hand->dice, 4))
		at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
			  player->ctx[0], page);
	else
		at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			  ring);
	if (did(hand, MMAP, at != MAP_FAILED))
		unmap(hand,
		      (void *)atomic_exchange(&player->maps[slot],
					      (uintptr_t)at),
		      PAGE);
}

/* Indices and responses out of thin air; nobody else has the map meanwhile. */
static void scribble(struct hand *hand)
{
	atomic_uintptr_t *slot =
		&hand->player->maps[roll(&hand->dice, PLAYER_MAPS)];
	__u32 *at = (__u32 *)atomic_exchange(slot, 0);
	__u32 sides = roll(&hand->dice, 2) ? 32 : PAGE / 4, i;

	if (!at)
		return;
	for (i = 0; i < 8; i++)
		at[roll(&hand->dice, sides)] = roll(&hand->dice, 2) ?
						       roll(&hand->dice, 64) :
						       edge(&hand->dice);
	made(hand, FAULTQ_QUEUE_DOORBELL, fq_doorbell(a_file(hand), 0));
	if (roll(&hand->dice, 4))
		at = (void *)atomic_exchange(slot, (uintptr_t)at);
	unmap(hand, at, PAGE);
}

/* What a guest's tables and what arguments lead to, under all of them */
static void shake_memory(struct hand *hand)
{
	/* present, to be written, the user's, accessed, dirty */
	const __u64 bits = 0x67;
	__u64 *at = some_memory(hand);
	__u32 i;

	if (!roll(&hand->dice, 16))
		madvise(at, PAGE, MADV_DONTNEED);
	for (i = 0; i < 32; i++)
		at[roll(&hand->dice, PAGE / 8)] =
			roll(&hand->dice, 2) ?
				(BED_IOVA +
				 PAGE * roll(&hand->dice, PLAYER_PAGES)) |
					bits :
				edge(&hand->dice);
}

static void send_file(struct hand *hand)
{
	char space[CMSG_SPACE(sizeof(int))] = {}, byte = 0;
	int fd = any_file(hand);
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = space,
			      .msg_controllen = sizeof(space) };
	struct cmsghdr *control = CMSG_FIRSTHDR(&msg);

	control->cmsg_level = SOL_SOCKET;
	control->cmsg_type = SCM_RIGHTS;
	control->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(control), &fd, sizeof(fd));
	did(hand, SEND_FD,
	    sendmsg(hand->player->sock[0], &msg, MSG_DONTWAIT) > 0);
}

static void receive_file(struct hand *hand)
{
	char space[CMSG_SPACE(sizeof(int))], byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = space,
			      .msg_controllen = sizeof(space) };
	struct cmsghdr *control = NULL;
	int fd;

	if (recvmsg(hand->player->sock[1], &msg,
		    MSG_DONTWAIT | MSG_CMSG_CLOEXEC) > 0)
		control = CMSG_FIRSTHDR(&msg);
	if (!did(hand, RECEIVE_FD, control))
		return;
	memcpy(&fd, CMSG_DATA(control), sizeof(fd));
	keep_file(hand, fd);
}

/* A context ends with all that it has, whatever is under way. */
static void open_anew(struct hand *hand)
{
	struct player *player = hand->player;
	int *to = roll(&hand->dice, 8) ? &player->ctx[1] : &player->ctx[0];
	bool mock = !roll(&hand->dice, 4);
	int fd = mock ? mock_open() : fq_open();

	if (!did(hand, OPEN, fd >= 0))
		return;
	if (mock || !roll(&hand->dice, 4))
		return keep_file(hand, fd);
	did(hand, CLOSE, dup2(fd, *to) >= 0);
	close(fd);
}

/* A child has all files and all pinned memory; it goes on, ends, or is killed. */
static void child(struct hand *hand)
{
	__u32 left = roll(&hand->dice, CHILD_STEPS);
	bool killed = roll(&hand->dice, 2);
	struct hand own = { .player = hand->player,
			    .dice = dice_split(&hand->dice) };
	pid_t pid = fork();
	int status;

	while (!pid && left--)
		step(&own);
	if (!pid)
		_exit(0);
	if (!did(hand, FORK, pid > 0))
		return;
	if (killed)
		did(hand, KILL_9, !kill(pid, SIGKILL));
	waitpid(pid, &status, 0);
}

typedef void (*step_fn)(struct hand *hand);

static void change_files(struct hand *hand)
{
	static const step_fn changes[] = {
		drop_file,    send_file, receive_file, send_file,
		receive_file, open_anew, child,
	};

	changes[roll(&hand->dice, sizeof(changes) / sizeof(*changes))](hand);
}

void step(struct hand *hand)
{
	static const step_fn others[] = {
		serve, serve,	 serve,		  move_data,	wait_a_moment,
		map,   scribble, look_at_records, shake_memory, change_files,
	};
	__u32 what = roll(&hand->dice, 32);

	if (hand->serves && roll(&hand->dice, 2))
		serve(hand);
	else if (what < sizeof(others) / sizeof(*others))
		others[what](hand);
	else
		call_something(hand);
}

void tell_deeds(const struct tally *tally)
{
	static const char *const names[] = {
		[MMAP] = "mmap",
		[MUNMAP] = "munmap",
		[READ] = "read",
		[WRITE] = "write",
		[POLL] = "poll",
		[OPEN] = "open",
		[CLOSE] = "close",
		[SEND_FD] = "sendmsg(SCM_RIGHTS)",
		[RECEIVE_FD] = "recvmsg(SCM_RIGHTS)",
		[FORK] = "fork",
		[KILL_9] = "kill -9",
	};
	int i;

	for (i = 0; i < DEEDS; i++)
		printf("# %-28s %8lu calls, %7lu good\n", names[i],
		       tally->tried[i], tally->done[i]);
}
