// SPDX-License-Identifier: GPL-2.0-only
/*
 * The soak: rounds between a load and an unload of both modules, in which workers
 * (see soak/soak.h) come and go, and after each of which the books must balance:
 * every DMA ended, every request answered, every event delivered or lost, nothing
 * pending or alive; between rounds the modules come and go under the hands of
 * visitors; and at the end all memory is back.
 *
 * "faultq.soak=SECONDS:SEED" on the kernel's command line says how long, and which
 * choices are made. The choices of a seed are always the same, what comes of them
 * is a matter of luck. A run of LONG_RUN seconds must have done all there is, or
 * of as much more as the kernel is slower.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "soak/run.h"
#include "soak/system.h"

#define SHORT_RUN 10
#define LONG_RUN 60
#define VISITORS 3

/* One who looks at everything, and tries to unload what is in use */
static pid_t start_onlooker(struct soak *soak)
{
	struct worker worker = { .tally = soak->looks };
	const struct hand hand = { .worker = &worker };
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		setpriority(PRIO_PROCESS, 0, 10);
	while (!pid) {
		look_around();
		if (!did(&hand, OP_UNLOAD, module_unload("mock_iommu")) ||
		    !did(&hand, OP_UNLOAD, module_unload("faultq")))
			_exit(1);
	}
	return pid;
}

static void stop_onlooker(struct soak *soak, pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	report_expect(&soak->report, MODULES_UNLOAD, status == SIGKILL,
		      "unloaded while in use", status);
}

static bool add_iommus(struct soak *soak)
{
	unsigned int i;
	int ret;

	soak->mock = mock_open();
	if (soak->mock < 0)
		return false;
	for (i = 0; i < SOAK_IOMMUS; i++) {
		ret = mock_iommu_add_kind(soak->mock, kind_of(i));
		if (ret < 0)
			return false;
		soak->iommus[i] = ret;
	}
	return true;
}

static bool load_modules(struct soak *soak)
{
	struct worker worker = { .tally = soak->doors };
	const struct hand hand = { .worker = &worker };

	return !did(&hand, OP_LOAD, modules_load() ? 0 : -EINVAL);
}

/* Whoever was killed may still be closing files, so it may take some tries. */
static void unload_modules(struct soak *soak)
{
	struct worker worker = { .tally = soak->doors };
	const struct hand hand = { .worker = &worker };
	bool gone =
		AWAIT(!did(&hand, OP_UNLOAD, module_unload("mock_iommu"))) &&
		AWAIT(!did(&hand, OP_UNLOAD, module_unload("faultq")));

	report_expect(&soak->report, MODULES_UNLOAD, gone, "in use for ever",
		      0);
}

static void play_round(struct soak *soak, __u64 until)
{
	pid_t onlooker;

	soak->report.round++;
	soak->nr_lives = 0;
	if (!load_modules(soak) || !add_iommus(soak)) {
		report_expect(&soak->report, MODULES_UNLOAD, false,
			      "cannot be loaded", 0);
		return;
	}
	onlooker = start_onlooker(soak);
	live(soak, until);
	stop_onlooker(soak, onlooker);
	balance(soak);
	close(soak->mock);
	unload_modules(soak);
	/* the last of a group is freed behind a grace period */
	(void)AWAIT(device_groups() == soak->groups);
	report_weigh(&soak->report, NOTHING_LIVES, "IOMMU groups now = before",
		     device_groups(), soak->groups);
}

/* Loads and unloads, with those about who open whatever is there */
static void open_house(struct soak *soak)
{
	const struct deed *visit = &soak->visits->deeds[OP_VISIT];
	unsigned int times = 1 + roll(&soak->dice, 5), seen, i;
	pid_t pids[VISITORS];

	fflush(stdout);
	for (i = 0; i < VISITORS; i++) {
		struct dice dice = dice_split(&soak->dice);

		pids[i] = fork();
		if (!pids[i])
			visitor_run(dice, soak->visits);
	}
	while (times--) {
		seen = visit->tried;
		report_expect(&soak->report, MODULES_UNLOAD, load_modules(soak),
			      "cannot be loaded", 0);
		report_expect(&soak->report, MODULES_UNLOAD,
			      AWAIT(visit->tried > seen), "no visits", seen);
		unload_modules(soak);
	}
	for (i = 0; i < VISITORS; i++)
		kill(pids[i], SIGKILL);
	for (i = 0; i < VISITORS; i++)
		waitpid(pids[i], NULL, 0);
	unload_modules(soak);
}

static bool make_tallies(struct soak *soak)
{
	struct tally *tallies;
	unsigned int i;

	tallies = mmap(NULL, (MAX_LIVES + 3) * sizeof(*tallies),
		       PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		       0);
	if (tallies == MAP_FAILED)
		return false;
	for (i = 0; i < MAX_LIVES; i++)
		soak->lives[i].tally = &tallies[i];
	soak->visits = &tallies[i++];
	soak->looks = &tallies[i++];
	soak->doors = &tallies[i++];
	return true;
}

static void check_memory(struct soak *soak, const struct memory *before,
			 unsigned int files)
{
	struct memory after;
	bool is_back = memory_is_back(before, &after);

	report_expect(&soak->report, MEMORY_IS_BACK, is_back, "KiB free before",
		      before->free);
	FIGURE("KiB free %ld, then %ld; of the kernel %ld, then %ld",
	       before->free, after.free, before->kernel, after.kernel);
	report_weigh(&soak->report, MEMORY_IS_BACK, "files open before = after",
		     files, open_files());
}

int main(void)
{
	static struct soak soak;
	struct chance chance = { .seconds = SHORT_RUN };
	struct memory before;
	unsigned int files;
	__u64 until;

	chance_take(&chance, "soak");
	printf("1..%d\n# %u seconds, SOAK_SEED=%llu\n", QUESTIONS,
	       chance.seconds, chance.seed);
	soak.dice = chance.dice;
	if (!make_tallies(&soak) || !modules_unload())
		return 1;
	soak.groups = device_groups();

	/* the first round fills the caches that stay */
	until = deadline_in(chance.seconds * 1000ULL);
	play_round(&soak, until);
	open_house(&soak);
	before = memory_now();
	files = open_files();
	while (!deadline_passed(until) && !report_bad(&soak.report)) {
		play_round(&soak, until);
		open_house(&soak);
		printf("# round %u done\n", soak.report.round);
		fflush(stdout);
	}
	check_memory(&soak, &before, files);
	tell(&soak, chance.seconds >= LONG_RUN * slowdown());
	return report_bad(&soak.report);
}
