// SPDX-License-Identifier: GPL-2.0-only
/*
 * The harness gives each test a number of seconds, by alarm(). A kernel that
 * checks all it does takes a multiple, which the VM rig knows. The linker puts
 * __wrap_alarm() in the place of alarm() in the programs that the VM runs.
 */
#include <stdlib.h>
#include <unistd.h>

unsigned int __real_alarm(unsigned int seconds);
unsigned int __wrap_alarm(unsigned int seconds);

unsigned int __wrap_alarm(unsigned int seconds)
{
	const char *slowdown = getenv("FAULTQ_SLOWDOWN");

	return __real_alarm(slowdown ? seconds * atoi(slowdown) : seconds);
}
