/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of runtime errors.
 */
#include "runtime/runtime_error.h"

#include <limits.h>
#include <string.h>

#include "image/image.h"
#include "runtime/message.h"

static const struct {
	const char *helper, *message;
} rows[IMAGE_ERRORS] = {
#define ERROR(id, helper_name, text) [IMAGE_ERROR_##id] = {helper_name, text},
#include "image/errors.def"
#undef ERROR
};

/* What a helper's return code means; -errno for all that have no message of their own. */
static const char *message_of(uint64_t error, int64_t code)
{
	if (*rows[error].message)
		return rows[error].message;
	return message_errno(code < 0 && code > -4096 ? (int)code : INT_MIN + 1);
}

bool runtime_error_describe(struct runtime_error *out, const struct image *image,
			    const struct image_event *event, uint64_t error, int64_t code)
{
	const char *text = image_string(image, event->text), *end = strchr(text, '\n');

	if (error >= IMAGE_ERRORS)
		return false;
	*out = (struct runtime_error){
		.message = message_of(error, code),
		.helper = rows[error].helper,
		.code = code,
		.place = text,
		.place_length = end ? (size_t)(end - text) : strlen(text),
		.excerpt = end ? end + 1 : "",
		.filename = image_string(image, image->header->script),
		.line = event->line,
		.column = event->column,
	};
	return true;
}
