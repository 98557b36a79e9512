// SPDX-License-Identifier: Apache-2.0
/*
 * The whole pipeline, one call a stage.
 */
#include "compiler/compile.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/generate.h"

static char *copy(const char *text, size_t *size)
{
	*size = strlen(text);
	return strdup(text);
}

/* A script may hold any byte, in comments at least. */
static bool format(struct unit *unit, struct compile_result *result)
{
	const char *text = unit_format(unit, &result->size);

	result->output = malloc(result->size + 1);
	if (!result->output)
		return false;
	memcpy(result->output, text, result->size);
	result->output[result->size] = '\0';
	return true;
}

static bool run(struct unit *unit, const struct compile_options *options,
		struct compile_result *result)
{
	enum compile_stage stage = options->stage;

	if (stage == COMPILE_TOKENS)
		return (result->output = copy(unit_emit_tokens(unit), &result->size));
	if (!unit_parse(unit))
		return false;
	if (stage == COMPILE_FORMAT)
		return format(unit, result);
	if (stage == COMPILE_AST)
		return (result->output = copy(unit_emit_ast(unit), &result->size));
	if (!unit_expand(unit))
		return false;
	if (stage == COMPILE_OPTIONS)
		return (result->output = copy(unit_script_help(unit), &result->size));
	if (!unit_check(unit))
		return false;
	if (stage == COMPILE_TYPES)
		return (result->output = copy(unit_emit_types(unit), &result->size));
	return generate(unit, stage, options->version, &result->output, &result->size);
}

bool compile(const struct compile_options *options, struct compile_result *result)
{
	struct unit *unit = unit_new(&options->unit);
	size_t length;
	bool made;

	*result = (struct compile_result){0};
	made = run(unit, options, result);
	result->diagnostics = copy(unit_diagnostics(unit), &length);
	unit_free(unit);
	return made && result->output;
}

void compile_result_free(struct compile_result *result)
{
	free(result->output);
	free(result->diagnostics);
	*result = (struct compile_result){0};
}

enum compile_stage compile_stage_find(const char *name)
{
	static const char *const names[] = {
#define STAGE(id, text, doc) [COMPILE_##id] = text,
#include "compiler/stages.def"
#undef STAGE
	};
	int stage = 0;

	while (stage < COMPILE_STAGES && strcmp(names[stage], name))
		stage++;
	return (enum compile_stage)stage;
}
