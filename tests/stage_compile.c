/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The compiler's stages for the golden tests. `ir` prints LLVM's text; `image` makes an image, opens
 * it as the runtime does, and prints the rows of its plan, one a line.
 */
#include "tests/stage_compile.h"

#include <stdio.h>
#include <string.h>

#include "compiler/compile.h"
#include "image/image.h"

static const char *const kinds[] = {
#define TYPE(id, name) [IMAGE_##id] = name,
#include "image/types.def"
#undef TYPE
};

static const char *const events[] = {
#define EVENT(id, name) [IMAGE_EVENT_##id] = name,
#include "image/events.def"
#undef EVENT
};

static void print_type(const struct image *image, uint32_t index)
{
	const struct image_type *type;

	if (index == IMAGE_NONE) {
		printf("none");
		return;
	}
	type = &image->types[index];
	printf("%s%s/%u", type->flags & IMAGE_TYPE_SIGNED ? "signed " : "", kinds[type->kind],
	       type->size);
	for (uint32_t i = 0; i < type->n_fields; i++) {
		const struct image_field *field = &image->fields[type->first_field + i];

		printf("%s%u:", i ? ", " : " (", field->offset);
		print_type(image, field->type);
	}
	if (type->n_fields)
		putchar(')');
}

static void print_text(const char *bytes, uint32_t length)
{
	putchar('"');
	for (uint32_t i = 0; i < length; i++) {
		if (bytes[i] >= ' ' && bytes[i] < 127)
			putchar(bytes[i]);
		else
			printf("\\x%02x", (unsigned char)bytes[i]);
	}
	putchar('"');
}

static void print_event(const struct image *image, const struct image_event *event)
{
	printf("event %s %u:%u size %u", events[event->kind], event->line, event->column, event->size);
	if (event->map != IMAGE_NONE)
		printf(" map %s", image_string(image, image->maps[event->map].name));
	if (event->kind == IMAGE_EVENT_TIME) {
		const char *text = image_string(image, event->text);

		putchar(' ');
		print_text(text, (uint32_t)strlen(text));
	}
	putchar('\n');
	for (uint32_t i = 0; i < event->n_args; i++) {
		const struct image_arg *arg = &image->args[event->first_arg + i];

		printf("  arg at %u: ", arg->offset);
		print_type(image, arg->type);
		putchar('\n');
	}
	for (uint32_t i = 0; i < event->n_pieces; i++) {
		const struct image_piece *piece = &image->pieces[event->first_piece + i];

		printf("  ");
		if (piece->arg == IMAGE_NONE)
			print_text(image_string(image, piece->text), piece->length);
		else
			printf("%%%c arg %u width %u bytes %u flags %u", piece->conversion, piece->arg,
			       piece->width, piece->bytes, piece->flags);
		putchar('\n');
	}
}

static void print_plan(const struct image *image)
{
	for (uint32_t i = 0; i < image->n_programs; i++)
		printf("program %s line %u\n", image_string(image, image->programs[i].name),
		       image->programs[i].line);
	for (uint32_t i = 0; i < image->n_probes; i++)
		printf("probe %s type %s program %u number %llu\n",
		       image_string(image, image->probes[i].name),
		       image_string(image, image->probes[i].type), image->probes[i].program,
		       (unsigned long long)image->probes[i].number);
	for (uint32_t i = 0; i < image->n_maps; i++) {
		const struct image_map *map = &image->maps[i];

		printf("map %s flags %u key/%u ", image_string(image, map->name), map->flags,
		       map->key_size);
		print_type(image, map->key);
		printf(" value/%u ", map->value_size);
		print_type(image, map->value);
		printf(" numbers %lld %lld %lld\n", (long long)map->numbers[0],
		       (long long)map->numbers[1], (long long)map->numbers[2]);
	}
	for (uint32_t i = 0; i < image->n_events; i++)
		print_event(image, &image->events[i]);
	for (uint32_t i = 0; i < image->n_parameters; i++)
		printf("parameter $%u flags %u at %u and %u capacity %u \"%s\"\n",
		       image->parameters[i].index, image->parameters[i].flags,
		       image->parameters[i].number_offset, image->parameters[i].string_offset,
		       image->parameters[i].capacity, image_string(image, image->parameters[i].text));
}

int stage_compile(const struct unit_options *unit, const char *stage)
{
	struct compile_options options = {
		.unit = *unit,
		.stage = strcmp(stage, "ir") ? COMPILE_IMAGE : COMPILE_IR,
		.version = "test",
	};
	struct compile_result result;
	struct image image;
	char why[256];
	int status = 1;

	if (!compile(&options, &result)) {
		fputs(result.diagnostics, stdout);
	} else if (options.stage == COMPILE_IR) {
		fputs(result.output, stdout);
		status = 0;
	} else if (image_open(&image, result.output, result.size, why, sizeof(why))) {
		printf("the image cannot be opened: %s\n", why);
	} else {
		print_plan(&image);
		image_close(&image);
		status = 0;
	}
	compile_result_free(&result);
	return status;
}
