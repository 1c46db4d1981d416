// SPDX-License-Identifier: MIT
/*
 * How to load the kernel modules: by modprobe(8) where that can find them.
 */
#include <limits.h>
#include <string.h>
#include <sys/utsname.h>

#include "tool.h"

/* Is this line of modules.dep, "PATH/NAME.ko[.xz]: ...", about the module? */
static bool line_is_of(char *line, const char *module)
{
	size_t length = strlen(module);
	const char *name;

	line[strcspn(line, ":\n")] = '\0';
	name = strrchr(line, '/');
	name = name ? name + 1 : line;
	return !strncmp(name, module, length) &&
	       !strncmp(name + length, ".ko", 3);
}

static bool is_installed(const char *module)
{
	char path[PATH_MAX], line[PATH_MAX];
	struct utsname system;
	bool found = false;
	FILE *file;

	if (uname(&system))
		return false;
	snprintf(path, sizeof(path), "/lib/modules/%s/modules.dep",
		 system.release);
	file = fopen(path, "r");
	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file))
		found = line_is_of(line, module);
	fclose(file);
	return found;
}

const char *load_command(const char *module, char text[LOAD_COMMAND_SIZE])
{
	bool needs_faultq = strcmp(module, "faultq") &&
			    !sysfs_is_there("/sys/module/faultq");

	if (is_installed(module))
		snprintf(text, LOAD_COMMAND_SIZE, "modprobe %s", module);
	else
		snprintf(text, LOAD_COMMAND_SIZE, "%sinsmod %s.ko",
			 needs_faultq ? "insmod faultq.ko, then " : "", module);
	return text;
}
