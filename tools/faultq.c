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
	fprintf(out, "  %-10s%s\n", "help", "show the help of a command");
	fprintf(out,
		"\n'faultq COMMAND --help' and 'faultq help COMMAND' show more.\n");
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

/* @argv begins with the name of the command. */
static int run_command(int argc, char **argv)
{
	const struct command *command = find_command(argv[0]);
	char name[32];

	if (!command)
		return bad_usage("faultq", "%s: no such command", argv[0]);

	/* getopt_long() begins its messages with argv[0] */
	snprintf(name, sizeof(name), "faultq %s", command->name);
	argv[0] = name;
	return command->run(argc, argv);
}

/* "help [COMMAND [WHAT]]" is "[COMMAND [WHAT]] --help" */
static int show_help(int argc, char **argv)
{
	char option[] = "--help";
	char *arguments[4];
	int i;

	if (argc > 2)
		return bad_usage("faultq", "'%s': no argument is expected",
				 argv[2]);
	for (i = 0; i < argc; i++)
		arguments[i] = argv[i];
	arguments[argc] = option;
	arguments[argc + 1] = NULL;
	if (argc)
		return run_command(argc + 1, arguments);
	show_commands(stdout);
	return EXIT_SUCCESS;
}

static int run(int argc, char **argv)
{
	if (argc < 2) {
		show_commands(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return show_help(0, NULL);
	if (!strcmp(argv[1], "help"))
		return show_help(argc - 2, argv + 2);
	return run_command(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	if (output_begin())
		return EXIT_FAILURE;
	return output_end(run(argc, argv));
}
