/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists types by libbpf's dump of the kernel's BTF, so that they are written as in vmlinux.h.
 */
#include "runtime/type_list.h"

#include <bpf/btf.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/buffer.h"
#include "runtime/message.h"

struct list {
	const char *pattern; /* "struct task_*" */
	char **texts;	     /* names or definitions */
	size_t count, capacity;
	int error;
};

/* The word before the name, or NULL. */
static const char *kind_word(const struct btf_type *type)
{
	if (btf_is_struct(type))
		return "struct";
	if (btf_is_union(type))
		return "union";
	return btf_is_any_enum(type) ? "enum" : NULL;
}

bool type_list_is_pattern(const char *pattern)
{
	return !strncmp(pattern, "struct ", 7) || !strncmp(pattern, "union ", 6) ||
	       !strncmp(pattern, "enum ", 5);
}

static bool matches(const struct list *list, const char *text)
{
	return !fnmatch(list->pattern, text, 0);
}

static void add(struct list *list, const char *text, size_t length)
{
	size_t capacity = list->capacity ? list->capacity * 2 : 64;
	char *copy = strndup(text, length), **texts = list->texts;

	if (copy && list->count == list->capacity) {
		texts = realloc(texts, capacity * sizeof(*texts));
		if (texts) {
			list->texts = texts;
			list->capacity = capacity;
		}
	}
	if (!copy || !texts) {
		free(copy);
		list->error = -ENOMEM;
		return;
	}
	list->texts[list->count++] = copy;
}

static void write_text(void *context, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

static void write_text(void *context, const char *format, va_list args)
{
	char *text;
	int length = vasprintf(&text, format, args);

	if (length < 0) {
		((struct buffer *)context)->failed = true;
		return;
	}
	buffer_add(context, text, (size_t)length);
	free(text);
}

/*
 * The dump of a type has those that it needs as well. A definition begins at the start of a line
 * and ends where the next line that starts so is a brace.
 */
static void split(struct list *list, const char *text)
{
	const char *line, *end, *begin = NULL;

	for (line = text; *line; line = end + 1) {
		const char *brace;

		end = strchrnul(line, '\n');
		brace = memchr(line, '{', (size_t)(end - line));
		if (type_list_is_pattern(line) && brace) {
			char name[256] = "";
			size_t length = (size_t)(brace - line);

			if (length && length < sizeof(name))
				memcpy(name, line, length - 1);
			begin = matches(list, name) ? line : NULL;
		}
		if (begin && (*line == '}' || (line == begin && end[-1] == ';'))) {
			add(list, begin, (size_t)(end - begin));
			begin = NULL;
		}
		if (!*end)
			break;
	}
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All that match by name; of each, dump what it needs into `text` when that is asked for. */
static void collect(struct list *list, struct btf *btf, struct btf_dump *dump)
{
	for (unsigned int id = 1; !list->error && id < btf__type_cnt(btf); id++) {
		const struct btf_type *type = btf__type_by_id(btf, id);
		const char *word = kind_word(type),
			   *name = btf__name_by_offset(btf, type->name_off);
		char full[256];

		if (!word || !*name)
			continue;
		snprintf(full, sizeof(full), "%s %s", word, name);
		if (!matches(list, full))
			continue;
		if (dump)
			list->error = btf_dump__dump_type(dump, id);
		else
			add(list, full, strlen(full));
	}
}

static void print(FILE *out, struct list *list, bool definitions)
{
	qsort(list->texts, list->count, sizeof(*list->texts), by_text);
	for (size_t i = 0; i < list->count; i++)
		if (!i || strcmp(list->texts[i], list->texts[i - 1]) != 0)
			fprintf(out, "%s\n%s", list->texts[i], definitions ? "\n" : "");
}

int type_list_print(FILE *out, const char *pattern, bool definitions)
{
	struct list list = {.pattern = pattern};
	struct btf *btf = btf__load_vmlinux_btf();
	struct btf_dump *dump = NULL;
	struct buffer text = {0};

	if (!btf) {
		list.error = -errno;
		message_error("Could not read the kernel's BTF: %s", message_errno(list.error));
		return list.error;
	}
	if (definitions)
		dump = btf_dump__new(btf, write_text, &text, NULL);
	list.error = definitions && !dump ? -errno : 0;
	if (!list.error)
		collect(&list, btf, dump);
	buffer_add_byte(&text, '\0');
	if (!list.error && text.failed)
		list.error = -ENOMEM;
	if (!list.error && dump)
		split(&list, text.data);
	if (list.error)
		message_error("Could not list types: %s", message_errno(list.error));
	else if (list.count)
		print(out, &list, definitions);
	for (size_t i = 0; i < list.count; i++)
		free(list.texts[i]);
	free(list.texts);
	buffer_free(&text);
	btf_dump__free(dump);
	btf__free(btf);
	return list.error;
}
