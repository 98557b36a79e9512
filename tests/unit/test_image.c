/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_open() against input that lies: cut short, with flipped bits, and, because a checksum alone
 * would catch those, with every byte changed and then sealed again, so that the rules behind the
 * checksum have to hold. Run it under ASan to see that nothing is read out of bounds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bpf-helpers/abi.h"
#include "image/image.h"
#include "tests/unit/small_image.h"

static unsigned char *object;
static size_t object_size;

static int open_bytes(void *data, size_t size, char why[256])
{
	struct image image;
	int err = image_open(&image, data, size, why, 256);

	if (!err)
		image_close(&image);
	return err;
}

static int set_up(void **state)
{
	(void)state;
	object = small_image(&object_size);
	return object ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	free(object);
	return 0;
}

static void test_opens(void **state)
{
	struct image image;
	char why[256];

	(void)state;
	assert_int_equal(image_open(&image, object, object_size, why, sizeof(why)), 0);
	assert_int_equal(image.n_probes, 2);
	assert_string_equal(image_string(&image, image.probes[1].name), "interval:s:1");
	assert_string_equal(image_string(&image, image.header->script), "small.dt");
	assert_true(image_is(object, object_size));
	assert_false(image_is("begin { }", 9));
	image_close(&image);
}

static void test_opens_unaligned(void **state)
{
	unsigned char *copy = malloc(object_size + 1);
	struct image image;
	char why[256];

	(void)state;
	memcpy(copy + 1, object, object_size);
	assert_int_equal(image_open(&image, copy + 1, object_size, why, sizeof(why)), 0);
	assert_string_equal(image_string(&image, image.maps[0].name), "@x");
	image_close(&image);
	free(copy);
}

static void test_refuses_every_length(void **state)
{
	char why[256];

	(void)state;
	for (size_t size = 0; size < object_size; size++) {
		/* An allocation of exactly that size lets ASan see a read behind it. */
		unsigned char *copy = malloc(size ? size : 1);

		memcpy(copy, object, size);
		assert_int_not_equal(open_bytes(copy, size, why), 0);
		assert_string_not_equal(why, "");
		free(copy);
	}
}

static void test_refuses_every_flipped_bit(void **state)
{
	char why[256];

	(void)state;
	for (size_t i = 0; i < object_size * 8; i++) {
		object[i / 8] ^= (unsigned char)(1u << i % 8);
		assert_int_not_equal(open_bytes(object, object_size, why), 0);
		assert_string_not_equal(why, "");
		object[i / 8] ^= (unsigned char)(1u << i % 8);
	}
	assert_int_equal(open_bytes(object, object_size, why), 0);
}

/* Whatever passes must be safe to walk: read every string and number that a user would. */
static void walk(const struct image *image)
{
	size_t total = 0;

	for (uint32_t i = 0; i < image->n_types; i++) {
		const struct image_type *type = &image->types[i];

		total += strlen(image_string(image, type->name));
		if (type->kind == IMAGE_STRUCT || type->kind == IMAGE_TUPLE)
			for (uint32_t f = 0; f < type->n_fields; f++)
				total += image->fields[type->first_field + f].offset;
	}
	for (uint32_t i = 0; i < image->n_probes; i++)
		total += strlen(image_string(image, image->probes[i].name)) +
			 image->programs[image->probes[i].program].line;
	for (uint32_t i = 0; i < image->n_events; i++)
		for (uint32_t a = 0; a < image->events[i].n_args; a++)
			total +=
				image->types[image->args[image->events[i].first_arg + a].type].size;
	assert_true(total < SIZE_MAX);
}

static void test_survives_every_sealed_change(void **state)
{
	static const unsigned char changes[] = {0x01, 0x80, 0xff, 0x7f};
	unsigned int n_opened = 0, n_refused = 0;

	(void)state;
	for (size_t i = 0; i < object_size; i++) {
		for (unsigned int c = 0; c < sizeof(changes); c++) {
			unsigned char *copy = malloc(object_size);
			struct image image;
			char why[256];

			memcpy(copy, object, object_size);
			copy[i] ^= changes[c];
			image_seal(copy, object_size);
			if (image_open(&image, copy, object_size, why, sizeof(why)) == 0) {
				walk(&image);
				image_close(&image);
				n_opened++;
			} else {
				n_refused++;
			}
			free(copy);
		}
	}
	/* Both must occur, or the test has lost its teeth: some bytes mean nothing, some a lot. */
	assert_true(n_opened > 0 && n_refused > 100);
}

/* Change one row of the small image, seal it again, and expect a refusal. */
#define CHANGE(member, row, index, change)                                                         \
	do {                                                                                       \
		unsigned char *copy = malloc(object_size);                                         \
		struct image opened;                                                               \
		struct row *rows;                                                                  \
		char why[256];                                                                     \
                                                                                                   \
		memcpy(copy, object, object_size);                                                 \
		assert_int_equal(image_open(&opened, copy, object_size, why, sizeof(why)), 0);     \
		rows = (struct row *)(uintptr_t)opened.member;                                     \
		rows[index].change;                                                                \
		image_close(&opened);                                                              \
		assert_int_equal(image_seal(copy, object_size), 0);                                \
		assert_int_not_equal(open_bytes(copy, object_size, why), 0);                       \
		assert_string_not_equal(why, "");                                                  \
		free(copy);                                                                        \
	} while (0)

static void test_refuses_bad_rows(void **state)
{
	(void)state;
	CHANGE(types, image_type, 0, kind = IMAGE_KINDS);
	CHANGE(types, image_type, 0, size = 3);
	CHANGE(types, image_type, 0, name = 1u << 30);
	CHANGE(types, image_type, SMALL_SUM, elem = SMALL_SUM);
	CHANGE(types, image_type, SMALL_SUM, elem = SMALL_INT);
	CHANGE(types, image_type, SMALL_SUM, elem = 1u << 30);
	CHANGE(types, image_type, SMALL_BYTES, size = 4);
	CHANGE(types, image_type, SMALL_TUPLE, first_field = 1000);
	CHANGE(types, image_type, SMALL_TUPLE, n_fields = UINT32_MAX);
	CHANGE(fields, image_field, 0, type = SMALL_TUPLE); /* a type that contains itself */
	CHANGE(fields, image_field, 0, offset = 1u << 20);
	CHANGE(probes, image_probe, 0, program = 9);
	CHANGE(programs, image_program, 0, role = IMAGE_ROLES);
	CHANGE(sites, image_site, 0, probe = 9);
	CHANGE(sites, image_site, 0, probe = 1);
	CHANGE(probes, image_probe, 0, name = UINT32_MAX);
	CHANGE(maps, image_map, 0, value_size = 4);
	CHANGE(maps, image_map, 0, key = SMALL_INT); /* a scalar map has no key */
	CHANGE(maps, image_map, 1, key = IMAGE_NONE);
	CHANGE(maps, image_map, 1, numbers[0] = 6);	      /* hist knows 0 to 5 bits */
	CHANGE(maps, image_map, 0, flags = IMAGE_MAP_SCALAR); /* an aggregation is per CPU */
	CHANGE(events, image_event, 0, kind = IMAGE_EVENT_KINDS);
	CHANGE(events, image_event, 0, n_args = 100);
	CHANGE(events, image_event, 0, size = 8);
	CHANGE(events, image_event, 0, n_pieces = UINT32_MAX);
	CHANGE(args, image_arg, 0, offset = 4); /* inside the header */
	CHANGE(args, image_arg, 0, offset = UINT32_MAX - 1);
	CHANGE(pieces, image_piece, 0, arg = 7);
	CHANGE(pieces, image_piece, 0, conversion = 'f');
	CHANGE(pieces, image_piece, 0, bytes = 3);
	CHANGE(pieces, image_piece, 1, length = UINT32_MAX);
	CHANGE(parameters, image_parameter, 0, index = 0);
	CHANGE(settings, image_setting, 0, value = UINT32_MAX);
	CHANGE(events, image_event, 3, record = 1);
	CHANGE(events, image_event, 3, n_args = 1);
	CHANGE(events, image_event, 3, size = 16);
	CHANGE(args, image_arg, 2, type = SMALL_INT);	 /* the container's name is a string */
	CHANGE(args, image_arg, 3, type = SMALL_STRING); /* the column is a number */
	CHANGE(args, image_arg, 3, offset = 16);	 /* inside the envelope */
	CHANGE(records, image_record, 0, rule = 1);
	CHANGE(records, image_record, 0, first_column = 1);
	CHANGE(records, image_record, 0, name = UINT32_MAX);
	CHANGE(columns, image_column, 0, type = 1000);
	CHANGE(columns, image_column, 0, name = opened.settings[0].value); /* "10" is no identifier */
	CHANGE(rules, image_rule, 0, severity = IMAGE_SEVERITIES);
	CHANGE(rules, image_rule, 0, about = UINT32_MAX);
}

static void test_names_the_version(void **state)
{
	struct image image;
	unsigned char *copy = malloc(object_size);
	char why[256];

	(void)state;
	memcpy(copy, object, object_size);
	assert_int_equal(image_open(&image, copy, object_size, why, sizeof(why)), 0);
	((struct image_header *)(uintptr_t)image.header)->version = 77;
	image_close(&image);
	image_seal(copy, object_size);
	assert_int_not_equal(open_bytes(copy, object_size, why), 0);
	assert_non_null(strstr(why, "version 77"));
	free(copy);
}

static void test_strings_are_kept_once(void **state)
{
	struct image_builder *builder = image_builder_new();
	uint32_t first = image_builder_string(builder, "same"), other, again;
	char name[16];

	(void)state;
	/* Enough to make the table grow more than once. */
	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "name%d", i);
		image_builder_string(builder, name);
	}
	other = image_builder_string(builder, "name499");
	again = image_builder_string(builder, "same");
	assert_int_equal(first, again);
	assert_int_not_equal(first, other);
	image_builder_free(builder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_opens),
		cmocka_unit_test(test_opens_unaligned),
		cmocka_unit_test(test_refuses_every_length),
		cmocka_unit_test(test_refuses_every_flipped_bit),
		cmocka_unit_test(test_survives_every_sealed_change),
		cmocka_unit_test(test_refuses_bad_rows),
		cmocka_unit_test(test_names_the_version),
		cmocka_unit_test(test_strings_are_kept_once),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
