// SPDX-License-Identifier: GPL-2.0-only
/*
 * The modules are loaded and unloaded again, the mock with an instance and no
 * endpoints, which take long and are swept in topology.c. What fails is what they
 * do themselves: the kernel warns when it has no memory to register a module's
 * trace events. Ends with both loaded, as it began.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bed.h"
#include "kselftest_harness.h"
#include "module.h"
#include "sweep.h"

/* The kernel's function that calls a module's own, up to the next one */
static struct fail_range init_range(void)
{
	FILE *file = fopen("/proc/kallsyms", "r");
	struct fail_range range = FAIL_ANYWHERE;
	unsigned long long address;
	char line[256], name[128];

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%llx %*c %127s", &address, name) != 2)
			continue;
		if (!strcmp(name, "do_init_module"))
			range.start = address;
		else if (range.start && address > range.start &&
			 address < range.end)
			range.end = address;
	}
	if (file)
		fclose(file);
	return range;
}

FIXTURE(load)
{
	struct sweep sweep;
	int faultq;
	int mock;
};

FIXTURE_SETUP(load)
{
	const struct fail_range range = init_range();

	ASSERT_NE(0, range.start);
	fail_open_within(range);
	self->faultq = open(FAULTQ_KO, O_RDONLY | O_CLOEXEC);
	self->mock = open(MOCK_KO, O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, self->faultq);
	ASSERT_LE(0, self->mock);
	/* who used them before may still be letting go */
	ASSERT_TRUE(AWAIT(module_remove("mock_iommu") == 0));
}

FIXTURE_TEARDOWN(load)
{
	EXPECT_EQ(0, module_insert_file(self->mock, ""));
	EXPECT_EQ(0, self->sweep.errors);
	close(self->faultq);
	close(self->mock);
}

TEST_F_TIMEOUT(load, faultq, 60)
{
	struct sweep *sweep = &self->sweep;

	ASSERT_TRUE(AWAIT(module_remove("faultq") == 0));
	SWEEP(sweep)
	{
		STEP(sweep, module_insert_file(self->faultq, ""));
		STEP(sweep, module_remove("faultq"));
	}
	ASSERT_EQ(0, module_insert_file(self->faultq, ""));
}

TEST_F_TIMEOUT(load, mock, 60)
{
	struct sweep *sweep = &self->sweep;

	SWEEP(sweep)
	{
		STEP(sweep,
		     module_insert_file(self->mock, "smmuv3=0 endpoints=0"));
		STEP(sweep, module_remove("mock_iommu"));
	}
}

TEST_HARNESS_MAIN
