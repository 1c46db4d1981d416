// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "tool.h"

static __u64 counter_value(const struct counter *counter, const void *from)
{
	return *(const __u64 *)((const char *)from + counter->offset);
}

void counters_text(const struct counter *counters, size_t nr, const void *from)
{
	size_t i;

	for (i = 0; i < nr; i++)
		printf("  %-20s%llu\n", counters[i].name,
		       counter_value(&counters[i], from));
}

void counters_json(const struct counter *counters, size_t nr, const void *from)
{
	size_t i;

	for (i = 0; i < nr; i++)
		json_number(counters[i].name,
			    counter_value(&counters[i], from));
}

static void pair_json(const char *name, const char *value)
{
	char *end;
	__u64 number = strtoull(value, &end, 10);

	if (*value && !*end)
		json_number(name, number);
	else
		json_string(name, value);
}

void pairs_json(char *line)
{
	char *word, *value;

	while ((word = strsep(&line, "\n "))) {
		value = strchr(word, '=');
		if (value)
			*value++ = '\0';
		if (value)
			pair_json(word, value);
		else if (*word)
			json_bool(word, true);
	}
}
