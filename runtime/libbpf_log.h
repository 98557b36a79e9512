/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What libbpf says. It is kept back: shown as it comes with -v, and otherwise searched for the
 * reason when loading fails.
 */
#ifndef DUETRACE_RUNTIME_LIBBPF_LOG_H
#define DUETRACE_RUNTIME_LIBBPF_LOG_H

#include <stdbool.h>
#include <stddef.h>

void libbpf_log_start(bool verbose);
/* Stop listening and forget; libbpf is left silent. */
void libbpf_log_stop(void);
/*
 * The program that the kernel refused, by name, into `name`; false when no program was refused.
 * `log` and `length`: the end of what the verifier said, at most `lines` lines.
 */
bool libbpf_log_refused(char *name, size_t size, unsigned int lines, const char **log,
			size_t *length);
/* libbpf's last warning, without the prefix; "" if there was none. */
const char *libbpf_log_last(void);

#endif
