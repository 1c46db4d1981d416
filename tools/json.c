// SPDX-License-Identifier: MIT
/*
 * A writer of JSON. Addresses and tags are strings in hexadecimal, since many
 * readers hold numbers in 53 bits.
 */
#include "tool.h"

static bool needs_comma;

static void write_string(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		unsigned char c = *text;

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < 0x20)
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

/* What comes before any value. Values in an array have no name. */
static void begin_value(const char *name)
{
	if (needs_comma)
		putchar(',');
	needs_comma = true;
	if (name) {
		write_string(name);
		putchar(':');
	}
}

void json_begin(const char *name, char bracket)
{
	begin_value(name);
	putchar(bracket);
	needs_comma = false;
}

void json_end(char bracket)
{
	putchar(bracket);
	needs_comma = true;
}

void json_line_end(void)
{
	putchar('\n');
	output_flush();
	needs_comma = false;
}

void json_number(const char *name, __u64 value)
{
	begin_value(name);
	printf("%llu", value);
}

void json_hex(const char *name, __u64 value)
{
	begin_value(name);
	printf("\"0x%llx\"", value);
}

void json_bool(const char *name, bool value)
{
	begin_value(name);
	printf(value ? "true" : "false");
}

void json_string(const char *name, const char *value)
{
	begin_value(name);
	write_string(value);
}
