// SPDX-License-Identifier: GPL-2.0-only
/*
 * An ioctl fuzzer that knows the object model: players (see ioctls/ioctls.h) call
 * everything on all files, map and scribble on what is shared, pass files to each
 * other, fork, and are killed in the middle of it. Nothing may be left over, and
 * the next user must find all in order. The kernel's log is judged by whoever runs
 * this.
 *
 * "faultq.fuzz=SECONDS:SEED" on the kernel's command line says how long, and with
 * which choices: each thread of the n-th player in a place makes the same ones
 * again, whatever the others do.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "ioctls/ioctls.h"
#include "soak/system.h"

#define SHORT_RUN 5
#define PLACES 3
#define THREADS 4
#define STEPS 4000
#define LIFE_MS 3000

/* Seeds that found something once: each has its turn first. */
static const unsigned long long found[] = {
	5,
};

/**
 * struct place - where one player follows another
 * @dice: choices of all of them
 * @pid: the one there is
 * @pidfd: of it
 * @end: when it is killed, unless it ended before
 */
struct place {
	struct dice dice;
	pid_t pid;
	int pidfd;
	__u64 end;
};

struct game {
	struct tally *tally;
	int sock[2];
	struct place places[PLACES];
	unsigned int lives;
	unsigned int killed;
	unsigned int odd;
};

/* Each step has choices of its own, so that none depends on what became of others. */
static void *play(void *arg)
{
	struct hand *self = arg;
	__u32 left = self->player->steps;
	struct dice dice = self->dice;

	while (left--) {
		self->dice = dice_split(&dice);
		step(self);
	}
	kill(getpid(), SIGKILL);
	return NULL;
}

/* No buffer that is too long reaches what lies behind, such as the tally. */
static unsigned char *scratch_alloc(void)
{
	const size_t size = PLAYER_PAGES * PAGE;
	unsigned char *scratch = pages_alloc(PLAYER_PAGES + 1);

	if (!scratch || mprotect(scratch + size, PAGE, PROT_NONE))
		_exit(1);
	return scratch;
}

/* A guest's tables lead to more tables, and at last to pages. */
static void fill_memory(struct player *player, struct dice *dice)
{
	__u64 *at = (__u64 *)player->scratch;
	__u32 i;

	for (i = 0; i < PLAYER_PAGES * PAGE / 8; i += 1 + roll(dice, 4))
		at[i] = (BED_IOVA + PAGE * roll(dice, PLAYER_PAGES)) | 0x67;
}

/* Whoever is done first kills all. */
static void player_run(const struct game *game, struct dice dice)
{
	static struct player player;
	static struct hand hands[THREADS];
	pthread_t thread;
	int i;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	player = (struct player){
		.tally = game->tally,
		.sock = { game->sock[0], game->sock[1] },
		.ctx = { fq_open(), fq_open() },
		.mock = mock_open(),
		.eventfd = eventfd(0, EFD_NONBLOCK),
		.scratch = scratch_alloc(),
		.steps = 1 + roll(&dice, STEPS),
	};
	for (i = 0; i < PLAYER_FILES; i++)
		player.files[i] = -1;
	data_init(&player.data);
	fill_memory(&player, &dice);
	for (i = 0; i < THREADS; i++) {
		hands[i] = (struct hand){ .player = &player,
					  .dice = dice_split(&dice),
					  .serves = !i };
		if (!i)
			move_in(&hands[i]);
		if (pthread_create(&thread, NULL, play, &hands[i]))
			_exit(1);
	}
	for (;;)
		pause();
}

static void start(struct game *game, struct place *place)
{
	struct dice dice = dice_split(&place->dice);
	__u64 life = LIFE_MS * slowdown();

	place->end = now_ns() + 1000000ULL * (life / 8 + roll(&dice, life));
	place->pid = fork();
	if (!place->pid)
		player_run(game, dice);
	if (place->pid < 0)
		abort();
	place->pidfd = syscall(SYS_pidfd_open, place->pid, 0);
	game->lives++;
}

/* Of children that outlived it, none remains. A doorbell page that went is SIGBUS. */
static void reap(struct game *game, struct place *place)
{
	int status;

	waitpid(place->pid, &status, 0);
	close(place->pidfd);
	kill(-place->pid, SIGKILL);
	while (waitpid(-place->pid, NULL, 0) > 0)
		;
	if (WIFSIGNALED(status) &&
	    (WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGBUS))
		return;
	game->odd++;
	printf("# a player ended with status 0x%x\n", status);
}

static void end(struct game *game, struct place *place)
{
	game->killed++;
	kill(place->pid, SIGKILL);
	reap(game, place);
}

static int ms_until(__u64 when)
{
	__u64 now = now_ns();

	return when > now ? (when - now) / 1000000 + 1 : 0;
}

/* Until a player has ended, or ought to */
static void await_end(struct game *game, struct pollfd *ends)
{
	__u64 first = game->places[0].end;
	int i;

	for (i = 0; i < PLACES; i++) {
		ends[i] = (struct pollfd){ game->places[i].pidfd, POLLIN, 0 };
		if (game->places[i].end < first)
			first = game->places[i].end;
	}
	poll(ends, PLACES, ms_until(first));
}

static void live(struct game *game, __u64 until)
{
	struct pollfd ends[PLACES];
	struct place *place;
	int i;

	for (i = 0; i < PLACES; i++)
		start(game, &game->places[i]);
	while (!deadline_passed(until)) {
		await_end(game, ends);
		for (i = 0; i < PLACES; i++) {
			place = &game->places[i];
			if (ends[i].revents)
				reap(game, place);
			else if (now_ns() >= place->end)
				end(game, place);
			else
				continue;
			start(game, place);
		}
	}
	for (i = 0; i < PLACES; i++)
		end(game, &game->places[i]);
}

/* The fuzzers may have taken away even the IOMMU that is there anyway. */
static bool works(void)
{
	int mock = mock_open(), i;
	struct bed bed;
	bool ok;

	for (i = 0; i < MOCK_IOMMU_MAX_IOMMUS; i++)
		mock_iommu_remove(mock, i);
	ok = mock_iommu_add(mock) == 0;
	close(mock);
	ok = ok && !bed_make(&bed, &(struct faultq_queue_alloc){}) &&
	     !bed_faults(&bed, 1) &&
	     ring_answer(&bed.ring, ring_take(&bed.ring),
			 FAULTQ_RESPONSE_SUCCESS) == 1 &&
	     bed_answered(&bed, 1, MOCK_IOMMU_RESPONSE_SUCCESS) == 1;
	bed_free(&bed);
	return ok;
}

static void game_run(struct game *game, struct dice dice, unsigned int seconds)
{
	int i;

	for (i = 0; i < PLACES; i++)
		game->places[i].dice = dice_split(&dice);
	live(game, deadline_in(seconds * 1000ULL));
}

/* Files that were sent and that no one received end with their sockets. */
static void begin(struct game *game)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	game->tally = mmap(NULL, sizeof(*game->tally), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (game->tally == MAP_FAILED ||
	    socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, game->sock))
		abort();
}

static void tell(const struct game *game)
{
	printf("# %u players, %u of them killed from outside; %lu ioctls\n",
	       game->lives, game->killed, calls_made(game->tally));
	tell_calls(game->tally);
	tell_deeds(game->tally);
}

static bool all_succeed(const struct tally *tally)
{
	const char *name = too_seldom(tally);

	if (name)
		printf("# %s succeeds too seldom\n", name);
	return !name;
}

static int outcome(const char *what, bool ok)
{
	static int nr;

	printf("%s %d %s\n", ok ? "ok" : "not ok", ++nr, what);
	return !ok;
}

int main(void)
{
	struct chance chance = { .seconds = SHORT_RUN };
	static struct game game;
	unsigned int i;
	int bad;

	chance_take(&chance, "fuzz");
	printf("1..5\n# %u seconds, FUZZ_SEED=%llu\n", chance.seconds,
	       chance.seed);
	fflush(stdout);
	begin(&game);
	for (i = 0; i < sizeof(found) / sizeof(*found); i++)
		game_run(&game, dice_from(found[i]), SHORT_RUN);
	game_run(&game, chance.dice, chance.seconds);
	close(game.sock[0]);
	close(game.sock[1]);
	tell(&game);
	bad = outcome("players_are_killed_by_nothing_else", !game.odd);
	bad += outcome("every_ioctl_succeeds_often_enough",
		       all_succeed(game.tally));
	bad += outcome("nothing_is_left",
		       AWAIT(!live_objects() && !pending_groups()));
	bad += outcome("works_as_before", works());
	bad += outcome("modules_unload", modules_unload());
	return bad;
}
