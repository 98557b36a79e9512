/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small but complete image for tests, made by hand: an ELF object with nothing but the plan in
 * it, whose rows use every kind of reference that a plan has.
 */
#ifndef DUETRACE_TESTS_SMALL_IMAGE_H
#define DUETRACE_TESTS_SMALL_IMAGE_H

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "bpf-helpers/abi.h"
#include "image/image.h"

/* Indices of its types. */
enum { SMALL_INT, SMALL_STRING, SMALL_TUPLE, SMALL_COUNT, SMALL_HIST, SMALL_BYTES, SMALL_SUM };

/* Wrap a plan into the smallest ELF object that holds it, and seal it. The caller frees it. */
static inline unsigned char *wrap_plan(const void *plan, size_t plan_size, size_t *size)
{
	static const char names[] = "\0.shstrtab\0" IMAGE_SECTION;
	size_t names_at = sizeof(Elf64_Ehdr);
	size_t plan_at = (names_at + sizeof(names) + 7) & ~(size_t)7;
	size_t headers_at = (plan_at + plan_size + 7) & ~(size_t)7;
	Elf64_Ehdr header = {
		.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			    EV_CURRENT},
		.e_type = ET_REL,
		.e_machine = 247, /* EM_BPF */
		.e_version = EV_CURRENT,
		.e_shoff = headers_at,
		.e_ehsize = sizeof(Elf64_Ehdr),
		.e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = 3,
		.e_shstrndx = 1,
	};
	Elf64_Shdr sections[3] = {
		{.sh_name = 0},
		{.sh_name = 1,
		 .sh_type = SHT_STRTAB,
		 .sh_offset = names_at,
		 .sh_size = sizeof(names)},
		{.sh_name = 11,
		 .sh_type = SHT_PROGBITS,
		 .sh_offset = plan_at,
		 .sh_size = plan_size},
	};
	unsigned char *object;

	*size = headers_at + sizeof(sections);
	object = calloc(1, *size);
	if (!object)
		return NULL;
	memcpy(object, &header, sizeof(header));
	memcpy(object + names_at, names, sizeof(names));
	memcpy(object + plan_at, plan, plan_size);
	memcpy(object + headers_at, sections, sizeof(sections));
	image_seal(object, *size);
	return object;
}

static inline void small_types(struct image_builder *b, uint32_t empty)
{
	image_builder_add_types(b, &(struct image_type){.kind = IMAGE_INT,
							.size = 8,
							.flags = IMAGE_TYPE_SIGNED,
							.name = empty});
	image_builder_add_types(
		b, &(struct image_type){.kind = IMAGE_STRING, .size = 16, .name = empty});
	image_builder_add_fields(b, &(struct image_field){.name = empty, .type = SMALL_INT});
	image_builder_add_fields(
		b, &(struct image_field){.name = empty, .type = SMALL_STRING, .offset = 8});
	image_builder_add_types(
		b, &(struct image_type){
			   .kind = IMAGE_TUPLE, .size = 24, .n_fields = 2, .name = empty});
	image_builder_add_types(
		b, &(struct image_type){.kind = IMAGE_COUNT, .size = 8, .name = empty});
	image_builder_add_types(b, &(struct image_type){.kind = IMAGE_HIST, .name = empty});
	image_builder_add_types(b, &(struct image_type){.kind = IMAGE_BYTES, .size = 8, .name = empty});
	image_builder_add_types(
		b, &(struct image_type){.kind = IMAGE_SUM, .size = 8, .elem = SMALL_BYTES, .name = empty});
}

static inline void small_events(struct image_builder *b, uint32_t empty)
{
	uint32_t newline = image_builder_bytes(b, "\n", 1);

	image_builder_add_args(b, &(struct image_arg){.type = SMALL_INT, .offset = 16});
	image_builder_add_args(b, &(struct image_arg){.type = SMALL_STRING, .offset = 24});
	image_builder_add_pieces(
		b, &(struct image_piece){.arg = 0, .conversion = 'd', .bytes = 4, .precision = -1});
	image_builder_add_pieces(
		b, &(struct image_piece){.text = newline, .length = 1, .arg = IMAGE_NONE});
	image_builder_add_events(b, &(struct image_event){.kind = IMAGE_EVENT_PRINTF,
							  .n_args = 2,
							  .n_pieces = 2,
							  .map = IMAGE_NONE,
							  .text = empty,
							  .size = 28});
	image_builder_add_events(
		b, &(struct image_event){
			   .kind = IMAGE_EVENT_CLEAR, .map = 0, .text = empty, .size = 16});
	image_builder_add_events(b, &(struct image_event){.kind = IMAGE_EVENT_EXIT,
							  .n_args = 1,
							  .map = IMAGE_NONE,
							  .text = empty,
							  .size = 24});
}

/* A record of one column, `x`, under a rule. */
static inline void small_record(struct image_builder *b, uint32_t empty)
{
	uint32_t head = sizeof(struct abi_event) + sizeof(struct abi_envelope);
	uint32_t first = image_builder_add_args(
		b, &(struct image_arg){.type = SMALL_STRING, .offset = head});

	image_builder_add_args(b, &(struct image_arg){.type = SMALL_INT, .offset = head + 8});
	image_builder_add_rules(b, &(struct image_rule){.name = image_builder_string(b, "odd"),
							.about = empty,
							.tags = empty,
							.severity = IMAGE_SEVERITY_high});
	image_builder_add_columns(b, &(struct image_column){.name = image_builder_string(b, "x"),
							    .type = SMALL_INT});
	image_builder_add_records(b, &(struct image_record){.name = image_builder_string(b, "odd"),
							    .n_columns = 1});
	image_builder_add_events(b, &(struct image_event){.kind = IMAGE_EVENT_RECORD,
							  .first_arg = first,
							  .n_args = 2,
							  .map = IMAGE_NONE,
							  .text = empty,
							  .size = head + 16});
}

static inline unsigned char *small_image(size_t *size)
{
	struct image_builder *b = image_builder_new();
	uint32_t empty = image_builder_string(b, "");
	unsigned char *object;
	const void *plan;
	size_t plan_size;

	small_types(b, empty);
	image_builder_add_programs(
		b, &(struct image_program){.name = image_builder_string(b, "p0"), .line = 1});
	image_builder_add_sites(b, &(struct image_site){.probe = 0, .offset = 4096});
	image_builder_add_sites(b, &(struct image_site){.probe = 0, .variant = 1, .offset = 8192});
	image_builder_add_probes(b, &(struct image_probe){.type = image_builder_string(b, "begin"),
							  .name = image_builder_string(b, "begin"),
							  .first = empty,
							  .second = empty});
	image_builder_add_probes(
		b, &(struct image_probe){.type = image_builder_string(b, "interval"),
					 .name = image_builder_string(b, "interval:s:1"),
					 .first = image_builder_string(b, "s"),
					 .second = image_builder_string(b, "1"),
					 .number = 1000000000});
	image_builder_add_maps(b, &(struct image_map){.name = image_builder_string(b, "@x"),
						      .symbol = image_builder_string(b, "AT_x"),
						      .flags = IMAGE_MAP_SCALAR | IMAGE_MAP_PERCPU,
						      .key = IMAGE_NONE,
						      .value = SMALL_COUNT,
						      .value_size = 16});
	image_builder_add_maps(
		b, &(struct image_map){.name = image_builder_string(b, "@h"),
				       .symbol = image_builder_string(b, "AT_h"),
				       .flags = IMAGE_MAP_PERCPU,
				       .key = SMALL_TUPLE,
				       .key_size = 24,
				       .value = SMALL_HIST,
				       .value_size = (uint32_t)ABI_HIST_BUCKETS(5) * 8});
	small_events(b, empty);
	small_record(b, empty);
	image_builder_add_parameters(b, &(struct image_parameter){.index = 1,
								  .flags = IMAGE_PARAMETER_NUMBER,
								  .text = empty});
	image_builder_add_settings(
		b, &(struct image_setting){.name = image_builder_string(b, "max_map_keys"),
					   .value = image_builder_string(b, "10")});
	plan = image_builder_finish(b, "small.dt", "00", "test", &plan_size);
	object = plan ? wrap_plan(plan, plan_size, size) : NULL;
	image_builder_free(b);
	return object;
}

#endif
