// SPDX-License-Identifier: GPL-2.0-only
/*
 * Usage: replay DIR; gives a fuzz target every file of DIR, without a fuzzer. TAP.
 */
#include <dirent.h>
#include <stdio.h>

#include "bytes.h"

#define INPUT_MAX 65536

static void replay(const char *dir, const char *name)
{
	static __u8 input[INPUT_MAX];
	char path[512];
	__u8 *exact;
	size_t size;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "rb");
	CLAIM(file);
	size = fread(input, 1, sizeof(input), file);
	fclose(file);
	/* where a sanitizer sees its end */
	exact = malloc(size + !size);
	memcpy(exact, input, size);
	fprintf(stderr, "# %s\n", name);
	fuzz_input(exact, size);
	free(exact);
}

int main(int argc, char **argv)
{
	const struct dirent *entry;
	unsigned int nr = 0;
	DIR *dir;

	CLAIM(argc == 2);
	dir = opendir(argv[1]);
	CLAIM(dir);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		replay(argv[1], entry->d_name);
		nr++;
	}
	closedir(dir);
	return nr ? 0 : 1;
}
