// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <unistd.h>

#include "patience.h"

int slowdown(void)
{
	const char *factor = getenv("FAULTQ_SLOWDOWN");

	return factor ? atoi(factor) : 1;
}

unsigned int __wrap_alarm(unsigned int seconds)
{
	return __real_alarm(seconds * slowdown());
}
