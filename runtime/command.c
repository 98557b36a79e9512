/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Splits a command line. The words are written behind the array of pointers to them: no word can
 * be longer than the text, and there are at most half as many words as there are bytes.
 */
#include "runtime/command.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct splitter {
	const char *in;
	char *out;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* Copy a quoted part, whose opening quote has been read. */
static int copy_quoted(struct splitter *splitter, char quote)
{
	for (; *splitter->in && *splitter->in != quote; splitter->in++) {
		if (quote == '"' && *splitter->in == '\\' && splitter->in[1] &&
		    strchr("\"\\$`", splitter->in[1]))
			splitter->in++;
		*splitter->out++ = *splitter->in;
	}
	if (!*splitter->in)
		return -EINVAL;
	splitter->in++;
	return 0;
}

static int copy_word(struct splitter *splitter)
{
	int err = 0;

	while (!err && *splitter->in && !is_blank(*splitter->in)) {
		char c = *splitter->in++;

		if (c == '\'' || c == '"')
			err = copy_quoted(splitter, c);
		else if (c == '\\' && *splitter->in)
			*splitter->out++ = *splitter->in++;
		else
			*splitter->out++ = c;
	}
	*splitter->out++ = '\0';
	return err;
}

int command_split(const char *text, char ***words)
{
	size_t length = strlen(text), max = length / 2 + 2, n = 0;
	char **array = malloc(max * sizeof(*array) + length + 2);
	struct splitter splitter = {.in = text};
	int err = 0;

	if (!array)
		return -ENOMEM;
	splitter.out = (char *)(array + max);
	while (!err) {
		while (is_blank(*splitter.in))
			splitter.in++;
		if (!*splitter.in)
			break;
		array[n++] = splitter.out;
		err = copy_word(&splitter);
	}
	array[n] = NULL;
	if (err || n == 0) {
		free(array);
		return -EINVAL;
	}
	*words = array;
	return 0;
}
