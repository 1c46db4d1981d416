// SPDX-License-Identifier: GPL-2.0-only
/*
 * The answers: sums of what must be the same, how often the rest was otherwise, and
 * what was done at all.
 */
#include <stdio.h>
#include <string.h>

#include "soak.h"

static const char *const questions[] = {
	[DMAS_END] = "dmas_end",
	[REQUESTS_ARE_ANSWERED] = "requests_are_answered",
	[RESPONSES_COUNT] = "responses_are_answers_or_refused",
	[EVENTS_ARE_DELIVERED_OR_LOST] = "events_are_delivered_or_lost",
	[NOTHING_IS_PENDING] = "nothing_is_pending",
	[NOTHING_LIVES] = "nothing_lives",
	[ERRNOS_ARE_RIGHT] = "errnos_are_right",
	[WORKERS_END] = "workers_end",
	[MODULES_UNLOAD] = "modules_unload",
	[MEMORY_IS_BACK] = "memory_is_back",
	[ALL_WAS_DONE] = "all_was_done",
};

#define NR(value) ((unsigned long long)(value))

void report_expect(struct report *report, enum question question, bool yes,
		   const char *what, __u64 value)
{
	if (yes)
		return;
	report->no[question]++;
	printf("# round %u: %s: %s: %llu\n", report->round, questions[question],
	       what, NR(value));
}

static struct equation *find_equation(struct report *report, const char *what)
{
	struct equation *equation = report->equations;

	while (equation->what && strcmp(equation->what, what))
		equation++;
	equation->what = what;
	return equation;
}

/* There are fewer of them than there is room for. */
void report_weigh(struct report *report, enum question question,
		  const char *what, __u64 left, __u64 right)
{
	struct equation *equation = find_equation(report, what);

	equation->question = question;
	equation->left += left;
	equation->right += right;
	if (left == right)
		return;
	report->no[question]++;
	printf("# round %u: %s: %s: %llu, %llu\n", report->round,
	       questions[question], what, NR(left), NR(right));
}

void report_deeds(struct report *report, const struct plan *plan,
		  const struct tally *tally)
{
	struct deed *deeds =
		report->deeds[plan->kind == MOCK_IOMMU_KIND_SMMUV3];
	unsigned int op, i;

	for (op = 0; op < OPS; op++) {
		deeds[op].tried += tally->deeds[op].tried;
		for (i = 0; i < SOAK_ERRNOS; i++)
			deeds[op].failed[i] += tally->deeds[op].failed[i];
	}
	for (i = 0; i < SOAK_ERRNOS; i++)
		report_expect(report, ERRNOS_ARE_RIGHT, !tally->odd[i],
			      strerror(i), tally->odd[i]);
}

/* In a long run all that can happen does. */
void report_happened(struct report *report, const char *what, __u64 times,
		     bool long_run)
{
	printf("#   %-33s %10llu%s\n", what, NR(times), times ? "" : " NEVER");
	if (!times && long_run)
		report->no[ALL_WAS_DONE]++;
}

static void tell_deeds(struct report *report, bool long_run)
{
	unsigned int op;
	struct deed *vtd, *smmu;

	printf("# what was done, worked of tried: vtd, smmuv3, errors of both\n");
	for (op = 0; op < OPS; op++) {
		vtd = &report->deeds[0][op];
		smmu = &report->deeds[1][op];
		deed_tell(op, vtd, smmu);
		if (long_run && deed_missing(op, vtd, smmu))
			report->no[ALL_WAS_DONE]++;
	}
}

static void tell_equations(const struct report *report)
{
	const struct equation *equation = report->equations;

	printf("# what must be the same\n");
	for (; equation->what; equation++)
		printf("#   %s: %llu, %llu%s\n", equation->what,
		       NR(equation->left), NR(equation->right),
		       equation->left == equation->right ? "" : " NOT");
}

void report_tell(struct report *report, bool long_run)
{
	int i;

	tell_deeds(report, long_run);
	tell_equations(report);
	for (i = 0; i < QUESTIONS; i++)
		printf("%s %d %s\n", report->no[i] ? "not ok" : "ok", i + 1,
		       questions[i]);
}

bool report_bad(const struct report *report)
{
	int i;

	for (i = 0; i < QUESTIONS; i++)
		if (report->no[i])
			return true;
	return false;
}
