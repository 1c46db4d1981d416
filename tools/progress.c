// SPDX-License-Identifier: MIT
#include <time.h>
#include <unistd.h>

#include "tool.h"

/* How often, in milliseconds: a terminal's line is rewritten, others pile up. */
#define TERMINAL_PERIOD 100
#define LINE_PERIOD 1000

__u64 now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

static void print_line(const struct progress *progress, __u64 done, __u64 now)
{
	double seconds = (now - progress->begun) / 1000.0;
	char size[16], total[16], rate[16];

	fprintf(stderr, "%s%s: %s of %s, %llu %%, %s/s",
		progress->terminal ? "\r" : "", progress->what,
		human_size(done, size), human_size(progress->total, total),
		progress->total ? done * 100 / progress->total : 100,
		human_size(seconds > 0 ? done / seconds : 0, rate));
	/* to the end of the line, where a longer one may have been */
	fprintf(stderr, progress->terminal ? "\033[K" : "\n");
}

void progress_begin(struct progress *progress, const char *what, __u64 total,
		    bool quiet)
{
	progress->what = what;
	progress->total = total;
	progress->begun = now_ms();
	progress->shown = progress->begun;
	progress->terminal = isatty(STDERR_FILENO);
	progress->quiet = quiet;
}

void progress_show(struct progress *progress, __u64 done)
{
	__u64 period = progress->terminal ? TERMINAL_PERIOD : LINE_PERIOD;
	__u64 now = now_ms();

	if (progress->quiet || now - progress->shown < period)
		return;
	print_line(progress, done, now);
	progress->shown = now;
}

void progress_end(struct progress *progress, __u64 done)
{
	if (progress->quiet)
		return;
	print_line(progress, done, now_ms());
	if (progress->terminal)
		fprintf(stderr, "\n");
}
