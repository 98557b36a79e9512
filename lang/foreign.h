/* SPDX-License-Identifier: Apache-2.0 */
/* What to write instead of a word that other languages have. */
#ifndef DUETRACE_FOREIGN_H
#define DUETRACE_FOREIGN_H

#include <stddef.h>

/* The hint for a name or function, or for a statement that begins with the word; NULL: we know nothing of it. */
const char *foreign_name(const char *text, size_t length);
const char *foreign_statement(const char *text, size_t length);

#endif
