/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens an image: finds the plan in the ELF object, checks magic, version, checksum and the bounds
 * of its arrays, then leaves the rows themselves to image_check(). The input is hostile: nothing is
 * followed before it has been compared with what the plan really holds.
 */
#include "image/image.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "image/elf_section.h"
#include "image/image_check.h"

/* What runs elsewhere reads rows in place: their layout is part of the format. */
_Static_assert(sizeof(struct image_type) == 32, "part of the image format");
_Static_assert(sizeof(struct image_field) == 24, "part of the image format");
_Static_assert(sizeof(struct image_program) == 16, "part of the image format");
_Static_assert(sizeof(struct image_probe) == 32, "part of the image format");
_Static_assert(sizeof(struct image_map) == 56, "part of the image format");
_Static_assert(sizeof(struct image_event) == 52, "part of the image format");
_Static_assert(sizeof(struct image_arg) == 8, "part of the image format");
_Static_assert(sizeof(struct image_piece) == 24, "part of the image format");
_Static_assert(sizeof(struct image_parameter) == 24, "part of the image format");
_Static_assert(sizeof(struct image_setting) == 8, "part of the image format");
_Static_assert(sizeof(struct image_record) == 16, "part of the image format");
_Static_assert(sizeof(struct image_column) == 8, "part of the image format");
_Static_assert(sizeof(struct image_rule) == 16, "part of the image format");
_Static_assert(sizeof(struct image_tree) == 8, "part of the image format");

bool image_is(const void *data, size_t size)
{
	return size >= 4 && memcmp(data, "\177ELF", 4) == 0;
}

static int __attribute__((format(printf, 3, 4)))
refuse(char *why, size_t why_size, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, why_size, format, args);
	va_end(args);
	return -EINVAL;
}

/* CRC-32 of the whole object with the four bytes of the crc itself taken as zero. */
static uint32_t checksum(const unsigned char *data, size_t size, size_t crc_offset)
{
	static const unsigned char zero[4];
	uLong crc = crc32_z(0, data, crc_offset);

	crc = crc32_z(crc, zero, sizeof(zero));
	crc = crc32_z(crc, data + crc_offset + sizeof(zero), size - crc_offset - sizeof(zero));
	return (uint32_t)crc;
}

static bool array_fits(const struct image_header *header, const struct image_array *array,
		       size_t row_size)
{
	return array->offset % 8 == 0 && array->offset >= sizeof(*header) &&
	       array->offset <= header->size &&
	       array->count <= (header->size - array->offset) / row_size;
}

static int check_header(const struct image_header *header, const struct elf_section *section,
			const unsigned char *data, size_t size, char *why, size_t why_size)
{
	size_t crc_offset = section->offset + offsetof(struct image_header, crc);

	if (header->magic != IMAGE_MAGIC)
		return refuse(why, why_size, "its plan does not begin like one");
	if (header->version != IMAGE_VERSION)
		return refuse(why, why_size,
			      "its format is version %u, this duetrace reads version %u: compile "
			      "the script again",
			      header->version, IMAGE_VERSION);
	if (header->size != section->size)
		return refuse(why, why_size, "its plan is cut short");
	if (header->crc != checksum(data, size, crc_offset))
		return refuse(why, why_size, "the checksum does not match");
	return 0;
}

static int place_arrays(struct image *image, const char *plan, char *why, size_t why_size)
{
	const struct image_header *header = image->header;

#define SECTION(member, row)                                                                       \
	if (!array_fits(header, &header->member, sizeof(struct row)))                              \
		return refuse(why, why_size, "its %s lie outside the plan", #member);              \
	image->member = (const struct row *)(const void *)(plan + header->member.offset);          \
	image->n_##member = header->member.count;
#include "sections.def"
#undef SECTION
	if (!array_fits(header, &header->strings, 1) || header->strings.count == 0 ||
	    plan[header->strings.offset + header->strings.count - 1] != '\0')
		return refuse(why, why_size, "its strings do not end");
	image->strings = plan + header->strings.offset;
	return 0;
}

static int open_plan(struct image *image, const struct elf_section *section, char *why,
		     size_t why_size)
{
	const char *plan = (const char *)image->data + section->offset;
	int err;

	if (section->size < sizeof(struct image_header))
		return refuse(why, why_size, "its plan is cut short");
	/* An ELF writer need not align the section, nor the caller the bytes; rows need it. */
	if ((uintptr_t)plan % 8 != 0) {
		image->allocation = malloc(section->size);
		if (!image->allocation)
			return -ENOMEM;
		plan = memcpy(image->allocation, plan, section->size);
	}
	image->header = (const struct image_header *)(const void *)plan;
	err = check_header(image->header, section, image->data, image->size, why, why_size);
	if (!err)
		err = place_arrays(image, plan, why, why_size);
	if (!err)
		err = image_check(image, why, why_size);
	return err;
}

int image_open(struct image *image, const void *data, size_t size, char *why, size_t why_size)
{
	struct elf_section section;
	const char *error;
	int err;

	memset(image, 0, sizeof(*image));
	if (why_size)
		why[0] = '\0';
	error = elf_section_find(data, size, IMAGE_SECTION, &section);
	if (error)
		return refuse(why, why_size, "%s", error);
	image->data = data;
	image->size = size;
	err = open_plan(image, &section, why, why_size);
	if (err)
		image_close(image);
	return err;
}

void image_close(struct image *image)
{
	free(image->allocation);
	memset(image, 0, sizeof(*image));
}
