/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Captures libbpf's messages. libbpf has one print function per process, so this is the one place
 * in runtime/, beside signals, with state of the process.
 */
#include "runtime/libbpf_log.h"

#include <bpf/libbpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/buffer.h"

#define LOG_BEGIN "-- BEGIN PROG LOAD LOG --\n"
#define LOG_END	  "-- END PROG LOAD LOG --"

static struct {
	bool verbose;
	struct buffer warnings; /* NUL-terminated */
	size_t last;		/* where the last one begins */
} state;

static int capture(enum libbpf_print_level level, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

static int capture(enum libbpf_print_level level, const char *format, va_list args)
{
	char *text;
	int n;

	if (level != LIBBPF_WARN && !state.verbose)
		return 0;
	n = vasprintf(&text, format, args);
	if (n < 0)
		return 0;
	if (state.verbose)
		fputs(text, stderr);
	if (level == LIBBPF_WARN) {
		if (state.warnings.length)
			state.warnings.length--;
		state.last = state.warnings.length;
		buffer_add(&state.warnings, text, (size_t)n + 1);
	}
	free(text);
	return n;
}

void libbpf_log_start(bool verbose)
{
	state.verbose = verbose;
	libbpf_set_print(capture);
}

void libbpf_log_stop(void)
{
	libbpf_set_print(NULL);
	buffer_free(&state.warnings);
	state.last = 0;
}

const char *libbpf_log_last(void)
{
	char *text = state.warnings.data;

	if (!text || !text[0])
		return "";
	text += state.last;
	text[strcspn(text, "\n")] = '\0';
	return strncmp(text, "libbpf: ", 8) == 0 ? text + 8 : text;
}

/* "libbpf: prog 'NAME': BPF program load failed: ..." */
static bool find_name(const char *text, char *name, size_t size)
{
	const char *failed = strstr(text, "': BPF program load failed"), *start = failed;
	size_t length;

	if (!failed)
		return false;
	while (start > text && start[-1] != '\'')
		start--;
	length = (size_t)(failed - start);
	if (length >= size)
		length = size - 1;
	memcpy(name, start, length);
	name[length] = '\0';
	return true;
}

bool libbpf_log_refused(char *name, size_t size, unsigned int lines, const char **log,
			size_t *length)
{
	const char *text = state.warnings.data, *begin, *end;

	*log = "";
	*length = 0;
	if (!text || !find_name(text, name, size))
		return false;
	begin = strstr(text, LOG_BEGIN);
	if (!begin)
		return true;
	begin += strlen(LOG_BEGIN);
	end = strstr(begin, LOG_END);
	if (!end)
		end = begin + strlen(begin);
	/* The last line's newline is the caller's matter. */
	if (end > begin && end[-1] == '\n')
		end--;
	*log = end;
	while (*log > begin && lines) {
		(*log)--;
		/* The newline that ends the line before this one. */
		if (*log > begin && (*log)[-1] == '\n')
			lines--;
	}
	*length = (size_t)(end - *log);
	return true;
}
