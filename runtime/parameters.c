/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads and places positional parameters.
 */
#include "runtime/parameters.h"

#include <errno.h>
#include <string.h>

#include "bpf-helpers/abi.h"
#include "image/image.h"
#include "image/number.h"
#include "runtime/message.h"
#include "runtime/runtime.h"

int parameters_number(const char *text, uint64_t *number)
{
	switch (number_read_signed(text, number)) {
	case NUMBER_OK:
		return 0;
	case NUMBER_TOO_LARGE:
		return -ERANGE;
	case NUMBER_INVALID:
		break;
	}
	return -EINVAL;
}

static int place_number(const struct image_parameter *parameter, const char *given, char *config)
{
	uint64_t number = 0;
	int err = given ? parameters_number(given, &number) : 0;

	if (err == -ERANGE) {
		message_error("parameter $%u is '%s', which does not fit 64 bits", parameter->index,
			      given);
		return -EINVAL;
	}
	if (err) {
		message_error("parameter $%u is '%s', but the script uses it as a number",
			      parameter->index, given);
		message_hint("Use str($%u) to treat $%u as a string", parameter->index,
			     parameter->index);
		return err;
	}
	memcpy(config + parameter->number_offset, &number, sizeof(number));
	return 0;
}

static bool fits(const struct image_parameter *parameter, size_t size)
{
	if (parameter->flags & IMAGE_PARAMETER_NUMBER &&
	    (parameter->number_offset > size || size - parameter->number_offset < sizeof(uint64_t)))
		return false;
	return !(parameter->flags & IMAGE_PARAMETER_STRING) ||
	       (parameter->capacity > 0 && parameter->string_offset <= size &&
		parameter->capacity <= size - parameter->string_offset);
}

static int place(const struct image *image, const struct image_parameter *parameter,
		 const char *given, char *config)
{
	const char *text = given ? given : "", *baked = image_string(image, parameter->text);
	size_t length = strlen(text);

	if (parameter->flags & IMAGE_PARAMETER_BAKED && strcmp(text, baked) != 0) {
		message_error("parameter $%u is '%s', but this image was compiled with '%s'",
			      parameter->index, text, baked);
		message_hint("Compile the script again with the new parameter");
		return -EINVAL;
	}
	if (parameter->flags & IMAGE_PARAMETER_STRING) {
		bool cut = length >= parameter->capacity;

		if (cut)
			length = parameter->capacity - 1;
		memset(config + parameter->string_offset, cut ? ABI_CUT : 0, parameter->capacity);
		memcpy(config + parameter->string_offset, text, length);
	}
	if (parameter->flags & IMAGE_PARAMETER_NUMBER)
		return place_number(parameter, given, config);
	return 0;
}

int parameters_fill(const struct image *image, const struct runtime_options *options, char *config,
		    size_t size)
{
	for (uint32_t i = 0; i < image->n_parameters; i++) {
		const struct image_parameter *parameter = &image->parameters[i];
		const char *given = NULL;
		int err;

		if (parameter->index <= options->n_params)
			given = options->params[parameter->index - 1];
		if (!fits(parameter, size)) {
			message_error("parameter $%u lies outside the image's configuration",
				      parameter->index);
			return -EINVAL;
		}
		err = place(image, parameter, given, config);
		if (err)
			return err;
	}
	return 0;
}
