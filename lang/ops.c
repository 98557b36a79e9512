/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of ops.def as tables.
 */
#include "lang/ops.h"

static const char *const unaries[UNARY_OPS] = {
#define UNARY(id, text) [UNARY_##id] = text,
#include "lang/ops.def"
#undef UNARY
};

static const struct {
	const char *text;
	enum op_class class;
} binaries[BINARY_OPS] = {
#define BINARY(id, text, class) [BINARY_##id] = {text, CLASS_##class},
#include "lang/ops.def"
#undef BINARY
};

const char *unary_text(enum unary_op op)
{
	return unaries[op];
}

const char *binary_text(enum binary_op op)
{
	return binaries[op].text;
}

enum op_class binary_class(enum binary_op op)
{
	return binaries[op].class;
}
