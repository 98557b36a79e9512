/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds a plan: grows one array of rows per section of sections.def and one pool of strings, in
 * which equal strings are kept once, and lays them out behind a header. Running out of memory is
 * remembered in `failed`; adding goes on returning indices, finishing returns NULL.
 */
#include "image/image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "image/elf_section.h"

#define ALIGN8(x) (((x) + 7) & ~(size_t)7)

struct rows {
	void *data;
	uint32_t count;
	uint32_t capacity;
};

struct image_builder {
#define SECTION(member, row) struct rows member;
#include "sections.def"
#undef SECTION
	struct rows strings;
	uint32_t *slots; /* offsets of interned strings, hashed; IMAGE_NONE: free */
	uint32_t n_slots;
	uint32_t n_interned;
	void *plan;
	bool failed;
};

struct image_builder *image_builder_new(void)
{
	return calloc(1, sizeof(struct image_builder));
}

void image_builder_free(struct image_builder *builder)
{
	if (!builder)
		return;
#define SECTION(member, row) free(builder->member.data);
#include "sections.def"
#undef SECTION
	free(builder->strings.data);
	free(builder->slots);
	free(builder->plan);
	free(builder);
}

/* Append `n` rows of `size` bytes; returns the index of the first. */
static uint32_t rows_add(struct image_builder *builder, struct rows *rows, const void *value,
			 size_t size, size_t n)
{
	uint32_t index = rows->count;

	if (builder->failed)
		return index;
	if (n > UINT32_MAX / 2 / size - index) {
		builder->failed = true;
		return index;
	}
	if (index + n > rows->capacity) {
		size_t capacity = (index + n) * 2 < 16 ? 16 : (index + n) * 2;
		void *data = realloc(rows->data, capacity * size);

		if (!data) {
			builder->failed = true;
			return index;
		}
		rows->data = data;
		rows->capacity = (uint32_t)capacity;
	}
	if (n)
		memcpy((char *)rows->data + (size_t)index * size, value, n * size);
	rows->count += (uint32_t)n;
	return index;
}

#define SECTION(member, row)                                                                       \
	uint32_t image_builder_add_##member(struct image_builder *builder,                         \
					    const struct row *value)                               \
	{                                                                                          \
		return rows_add(builder, &builder->member, value, sizeof(*value), 1);              \
	}                                                                                          \
	uint32_t image_builder_count_##member(const struct image_builder *b)                       \
	{                                                                                          \
		return b->member.count;                                                            \
	}
#include "sections.def"
#undef SECTION

uint32_t image_builder_bytes(struct image_builder *builder, const void *bytes, size_t length)
{
	return rows_add(builder, &builder->strings, bytes, 1, length);
}

static const char *string_at(const struct image_builder *builder, uint32_t offset)
{
	return (const char *)builder->strings.data + offset;
}

/* FNV-1a: short names, no enemy: the compiler chooses what goes in. */
static uint32_t hash_string(const char *text)
{
	uint32_t hash = 2166136261u;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619u;
	return hash;
}

/* The slot that holds `text`, or the free one where it belongs. There is always a free one. */
static uint32_t *find_slot(const struct image_builder *builder, const char *text)
{
	uint32_t i = hash_string(text) & (builder->n_slots - 1);

	while (builder->slots[i] != IMAGE_NONE &&
	       strcmp(string_at(builder, builder->slots[i]), text) != 0)
		i = (i + 1) & (builder->n_slots - 1);
	return &builder->slots[i];
}

static bool grow_slots(struct image_builder *builder)
{
	uint32_t n_old = builder->n_slots, *old = builder->slots;
	uint32_t n_new = n_old ? n_old * 2 : 64;
	uint32_t *slots = malloc(n_new * sizeof(*slots));

	if (!slots)
		return false;
	memset(slots, 0xff, n_new * sizeof(*slots));
	builder->slots = slots;
	builder->n_slots = n_new;
	for (uint32_t i = 0; i < n_old; i++)
		if (old[i] != IMAGE_NONE)
			*find_slot(builder, string_at(builder, old[i])) = old[i];
	free(old);
	return true;
}

uint32_t image_builder_string(struct image_builder *builder, const char *text)
{
	uint32_t *slot;

	if (builder->failed)
		return 0;
	if (builder->n_interned * 2 >= builder->n_slots && !grow_slots(builder)) {
		builder->failed = true;
		return 0;
	}
	slot = find_slot(builder, text);
	if (*slot == IMAGE_NONE) {
		uint32_t offset = image_builder_bytes(builder, text, strlen(text) + 1);

		if (builder->failed)
			return 0;
		*slot = offset;
		builder->n_interned++;
	}
	return *slot;
}

static void place(const struct rows *rows, size_t size, char *plan, struct image_array *array,
		  size_t *end)
{
	array->offset = (uint32_t)*end;
	array->count = rows->count;
	if (plan && rows->count)
		memcpy(plan + *end, rows->data, rows->count * size);
	*end = ALIGN8(*end + rows->count * size);
}

/* Lay the sections out behind the header; with `plan` NULL only to learn the size. */
static size_t lay_out(const struct image_builder *builder, struct image_header *header, char *plan)
{
	size_t end = ALIGN8(sizeof(*header));

#define SECTION(member, row)                                                                       \
	place(&builder->member, sizeof(struct row), plan, &header->member, &end);
#include "sections.def"
#undef SECTION
	place(&builder->strings, 1, plan, &header->strings, &end);
	return end;
}

const void *image_builder_finish(struct image_builder *builder, const char *script,
				 const char *sha256, const char *compiler, size_t *size)
{
	struct image_header header = {.magic = IMAGE_MAGIC, .version = IMAGE_VERSION};

	header.script = image_builder_string(builder, script);
	header.sha256 = image_builder_string(builder, sha256);
	header.compiler = image_builder_string(builder, compiler);
	/* The pool must end in a NUL even if raw bytes were the last to come. */
	image_builder_bytes(builder, "", 1);
	*size = lay_out(builder, &header, NULL);
	if (builder->failed || *size > UINT32_MAX)
		return NULL;
	free(builder->plan);
	builder->plan = calloc(1, *size);
	if (!builder->plan)
		return NULL;
	header.size = (uint32_t)*size;
	lay_out(builder, &header, builder->plan);
	memcpy(builder->plan, &header, sizeof(header));
	return builder->plan;
}

int image_seal(void *data, size_t size)
{
	struct elf_section section;
	struct image_header header;
	unsigned char *plan;

	if (elf_section_find(data, size, IMAGE_SECTION, &section))
		return -EINVAL;
	if (section.size < sizeof(header))
		return -EINVAL;
	plan = (unsigned char *)data + section.offset;
	memcpy(&header, plan, sizeof(header));
	if (header.magic != IMAGE_MAGIC)
		return -EINVAL;
	header.crc = 0;
	memcpy(plan, &header, sizeof(header));
	header.crc = (uint32_t)crc32_z(0, data, size);
	memcpy(plan, &header, sizeof(header));
	return 0;
}
