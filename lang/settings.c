/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the values of settings by the rows of settings.def. */
#include "lang/settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const struct setting_row setting_rows[SETTINGS] = {
#define SETTING(key, kind, low, high, standard, words, doc)                                        \
	[SETTING_##key] = {#key, SETTING_##kind, low, high, standard, words, doc},
#include "lang/settings.def"
#undef SETTING
};

enum setting setting_find(const char *key)
{
	static const char *const prefixes[] = {"DUETRACE_", "BPFTRACE_"};
	int setting = 0;

	for (int i = 0; i < 2; i++) {
		if (!strncasecmp(key, prefixes[i], strlen(prefixes[i]))) {
			key += strlen(prefixes[i]);
			break;
		}
	}
	while (setting < SETTINGS && strcasecmp(setting_rows[setting].key, key))
		setting++;
	return (enum setting)setting;
}

static bool read_number(const struct setting_row *row, const char *text, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 0);
	return end != text && !*end && !errno && *text != '-' && *value >= row->low &&
	       *value <= row->high;
}

static bool read_word(const char *words, const char *text, uint64_t *value)
{
	const char *separator = strchr(words, '|') ? "|" : " ";
	size_t length;

	for (*value = 0; *words; words += length + !!words[length], ++*value) {
		length = strcspn(words, separator);
		if (length == strlen(text) && !strncmp(words, text, length))
			return true;
	}
	return false;
}

bool setting_read(enum setting setting, const char *text, uint64_t *value)
{
	const struct setting_row *row = &setting_rows[setting];

	*value = 0;
	switch (row->kind) {
	case SETTING_NUMBER:
		return read_number(row, text, value);
	case SETTING_TRUTH:
		if (!read_word("0 1 false true", text, value))
			return false;
		*value &= 1;
		return true;
	case SETTING_WORD:
		return read_word(row->words, text, value);
	case SETTING_TEXT:
	case SETTING_IGNORED:
		break;
	}
	return true;
}

void setting_describe(enum setting setting, char *text, size_t size)
{
	const struct setting_row *row = &setting_rows[setting];
	const char *separator = strchr(row->words, '|') ? "|" : " ";
	size_t at;

	switch (row->kind) {
	case SETTING_NUMBER:
		snprintf(text, size, "a number from %llu to %llu", (unsigned long long)row->low,
			 (unsigned long long)row->high);
		return;
	case SETTING_TRUTH:
		snprintf(text, size, "true or false");
		return;
	case SETTING_WORD:
		at = (size_t)snprintf(text, size, "one of: ");
		for (const char *word = row->words; *word && at + 2 < size;) {
			size_t length = strcspn(word, separator);
			bool more = word[length];

			at += (size_t)snprintf(text + at, size - at, "%.*s%s", (int)length, word,
					       more ? ", " : "");
			word += length + more;
		}
		return;
	case SETTING_TEXT:
	case SETTING_IGNORED:
		break;
	}
	snprintf(text, size, "text");
}
