// SPDX-License-Identifier: Apache-2.0
/* The rows of foreign.def, looked through when a script has a word that is not ours. */
#include "lang/foreign.h"

#include <stdint.h>
#include <string.h>

struct row {
	const char *word, *hint;
};

static const struct row names[] = {
#define WORD(name, hint) {#name, hint},
#define STATEMENT(name, hint)
#include "lang/foreign.def"
#undef WORD
#undef STATEMENT
};

static const struct row statements[] = {
#define WORD(name, hint)
#define STATEMENT(name, hint) {#name, hint},
#include "lang/foreign.def"
#undef WORD
#undef STATEMENT
};

static const char *find(const struct row *rows, size_t count, const char *text, size_t length)
{
	for (size_t i = 0; i < count; i++) {
		if (strlen(rows[i].word) == length && !memcmp(rows[i].word, text, length))
			return rows[i].hint;
	}
	return NULL;
}

const char *foreign_name(const char *text, size_t length)
{
	return find(names, sizeof(names) / sizeof(names[0]), text, length);
}

const char *foreign_statement(const char *text, size_t length)
{
	return find(statements, sizeof(statements) / sizeof(statements[0]), text, length);
}
