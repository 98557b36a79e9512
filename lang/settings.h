/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of settings and how the text of a value is read: the same in a script's config block, in
 * the environment and in an image.
 */
#ifndef DUETRACE_LANG_SETTINGS_H
#define DUETRACE_LANG_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum setting {
#define SETTING(key, ...) SETTING_##key,
#include "lang/settings.def"
#undef SETTING
	SETTINGS
};

/* Values of missing_probes: which of its words. */
enum { SETTING_MISSING_ERROR, SETTING_MISSING_WARN, SETTING_MISSING_IGNORE };

enum setting_kind { SETTING_NUMBER, SETTING_TRUTH, SETTING_WORD, SETTING_TEXT, SETTING_IGNORED };

struct setting_row {
	const char *key;
	enum setting_kind kind;
	uint64_t low, high;
	const char *standard, *words, *doc;
};

extern const struct setting_row setting_rows[SETTINGS];

/* By key, in any case, with or without the environment's prefix; SETTINGS: there is none. */
enum setting setting_find(const char *key);
/*
 * The value that a text stands for: a number, 0 or 1, or which of the words. False: the setting
 * cannot have it. TEXT: any, and 0.
 */
bool setting_read(enum setting setting, const char *text, uint64_t *value);
/* What it can have, for a message: "a number from 1 to 64". */
void setting_describe(enum setting setting, char *text, size_t size);

#endif
