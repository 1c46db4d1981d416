/* SPDX-License-Identifier: MIT */
/*
 * What the subcommands of faultq have in common.
 */
#ifndef FAULTQ_TOOL_H
#define FAULTQ_TOOL_H

#include <linux/types.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define EXIT_USAGE 2
#define NR(array) (sizeof(array) / sizeof((array)[0]))

#define PRINTF_LIKE(position_of_format, position_of_first_value) \
	__attribute__((                                          \
		format(printf, position_of_format, position_of_first_value)))

/**
 * struct command - a subcommand
 * @name: what is typed
 * @summary: a line for "faultq --help"
 * @run: returns the exit status; its argv[0] is "faultq NAME"
 */
struct command {
	const char *name;
	const char *summary;
	int (*run)(int argc, char **argv);
};

extern const struct command cmd_list;
extern const struct command cmd_serve;
extern const struct command cmd_monitor;
extern const struct command cmd_dma;
extern const struct command cmd_inject;
extern const struct command cmd_stat;

/* output.c: standard output, of which no error goes unnoticed */

int output_begin(void);
void output_child_signals(sigset_t *signals);
bool output_flush(void);
bool output_failed(void);
void output_polled(short revents);
int output_end(int status);

/* complain.c: every error is a sentence on stderr */

void complain(const char *format, ...) PRINTF_LIKE(1, 2);
int fail(const char *format, ...) PRINTF_LIKE(1, 2);
int bad_usage(const char *command, const char *format, ...) PRINTF_LIKE(2, 3);
int hint_at_help(const char *command);
int open_faultq(void);
int open_mock(void);

/* modules.c: the command line that loads a module */

#define LOAD_COMMAND_SIZE 64

const char *load_command(const char *module, char text[LOAD_COMMAND_SIZE]);

struct mock_iommu_endpoint_info;
int find_endpoint(int mock, const char *name,
		  struct mock_iommu_endpoint_info *info);

/* parse.c: numbers and addresses of the command line; false if it is none */

bool parse_number(const char *text, __u64 *value);
bool parse_u32(const char *text, __u32 *value);
bool parse_perm(const char *letters, __u32 *perm);

/* words.c: what numbers mean */

const char *dma_status_words(__u32 status);
const char *fault_reason_words(__u32 kind, __u32 reason);
bool fault_reason_is_detached(__u32 kind, __u32 reason);
const char *event_reason_word(__u32 reason);
const char *lost_cause_word(__u32 cause);
const char *iommu_kind_word(__u32 kind);
const char *response_code_word(__u32 code);
const char *permission_word(__u32 perm, char word[5]);
const char *human_size(__u64 bytes, char text[16]);

/* json.c: objects on stdout, one a line */

void json_begin(const char *name, char bracket);
void json_end(char bracket);
void json_line_end(void);
void json_number(const char *name, __u64 value);
void json_hex(const char *name, __u64 value);
void json_bool(const char *name, bool value);
void json_string(const char *name, const char *value);

/* counters.c: structs of 64-bit counters, as text and as JSON */

/**
 * struct counter - a field of a struct of counters
 * @name: as it is shown
 * @offset: of the __u64 in the struct
 */
struct counter {
	const char *name;
	size_t offset;
};

#define COUNTER(type, field)                                           \
	{                                                              \
		.name = #field, .offset = offsetof(struct type, field) \
	}

void counters_text(const struct counter *counters, size_t nr, const void *from);
void counters_json(const struct counter *counters, size_t nr, const void *from);

/* words of "NAME=VALUE", as the kernel writes them in traces and debugfs */
void pairs_json(char *line);

/* progress.c: a line on stderr that tells how far it is */

/**
 * struct progress - how far something is
 * @what: what is done
 * @total: bytes in all
 * @begun: when, in milliseconds
 * @shown: when it was last shown
 * @terminal: the line is rewritten, and not one line printed after another
 * @quiet: nothing is shown
 */
struct progress {
	const char *what;
	__u64 total;
	__u64 begun;
	__u64 shown;
	bool terminal;
	bool quiet;
};

__u64 now_ms(void);
void progress_begin(struct progress *progress, const char *what, __u64 total,
		    bool quiet);
void progress_show(struct progress *progress, __u64 done);
void progress_end(struct progress *progress, __u64 done);

/* watch.c: until when to serve: a signal, or the end of a command */

int check_command(const char *name, char **command);
int watch_begin(char **command);
int watch_fd(void);
bool watch_is_over(void);
int watch_end(void);

/* sysfs.c: devices as the kernel shows them */

bool sysfs_link(const char *directory, const char *link, char *name,
		size_t size);
bool sysfs_is_there(const char *directory);

#endif /* FAULTQ_TOOL_H */
