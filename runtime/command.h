/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of -c, split into words as a shell splits them: blanks between words, '...', "...", \x.
 * No variables, no globs.
 */
#ifndef DUETRACE_RUNTIME_COMMAND_H
#define DUETRACE_RUNTIME_COMMAND_H

/*
 * Returns 0 and a NULL-terminated array in one allocation, to be freed by free(); -EINVAL: a quote
 * is not closed or there is no word; -ENOMEM.
 */
int command_split(const char *text, char ***words);

#endif
