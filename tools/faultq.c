// SPDX-License-Identifier: MIT
/*
 * faultq: see faultq(1).
 */
#include <stdlib.h>
#include <string.h>

#include "tool.h"

static const struct command *const commands[] = {
	&cmd_list, &cmd_serve, &cmd_monitor, &cmd_dma, &cmd_inject, &cmd_stat,
};

static void show_commands(FILE *out)
{
	size_t i;

	fprintf(out, "usage: faultq COMMAND [ARGUMENT...]\n\n");
	for (i = 0; i < NR(commands); i++)
		fprintf(out, "  %-10s%s\n", commands[i]->name,
			commands[i]->summary);
	fprintf(out, "\nfaultq COMMAND --help tells more.\n");
}

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < NR(commands); i++) {
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	}
	return NULL;
}

static int run(int argc, char **argv)
{
	const struct command *command;
	char name[32];

	if (argc < 2) {
		show_commands(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		show_commands(stdout);
		return EXIT_SUCCESS;
	}
	command = find_command(argv[1]);
	if (!command)
		return bad_usage("faultq", "%s: no such command", argv[1]);

	/* getopt_long() begins its messages with argv[0] */
	snprintf(name, sizeof(name), "faultq %s", command->name);
	argv[1] = name;
	return command->run(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	if (output_begin())
		return EXIT_FAILURE;
	return output_end(run(argc, argv));
}
