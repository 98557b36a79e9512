/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads attach points: "type:part:part" with quotes around parts that hold colons. What follows the
 * type is read by its form: lang/form_<form>.c.
 */
#include "lang/attach_point.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "bpf-helpers/abi.h"
#include "image/near.h"
#include "lang/arena.h"
#include "lang/form.h"
#include "lang/settings.h"
#include "lang/text.h"
#include "lang/unit.h"

#define MAX_PARTS (sizeof(((struct attach_point *)0)->parts) / sizeof(const char *))

const struct probe_type probe_types[PROBE_TYPES] = {
#define PROBE_TYPE(name, alias, form, section, scratch, doc, example)                              \
	[PROBE_##name] = {#name, alias, PROBE_##name, &form_##form, section, ABI_SCRATCH_##scratch, example},
#include "lang/probes.def"
#undef PROBE_TYPE
};

const struct probe_type *probe_type_find(const char *name)
{
	if (!strcasecmp(name, "begin"))
		return &probe_types[PROBE_begin];
	if (!strcasecmp(name, "end"))
		return &probe_types[PROBE_end];
	/* What they were called before. */
	if (!strcmp(name, "kfunc"))
		return &probe_types[PROBE_fentry];
	if (!strcmp(name, "kretfunc"))
		return &probe_types[PROBE_fexit];
	for (uint32_t i = 0; i < PROBE_TYPES; i++) {
		if (!strcmp(probe_types[i].name, name) ||
		    (*probe_types[i].alias && !strcmp(probe_types[i].alias, name)))
			return &probe_types[i];
	}
	return NULL;
}

bool probe_type_is_perf(const struct probe_type *type)
{
	return !strcmp(type->section, "perf_event") && type->id != PROBE_interval;
}

bool probe_type_has_registers(const struct probe_type *type)
{
	return !strcmp(type->section, "perf_event") || type->form->values == VALUES_REGISTERS ||
	       type->form->values == VALUES_MARKER;
}

bool probe_type_is_special(const struct probe_type *type)
{
	return type->scratch == ABI_SCRATCH_SPECIAL;
}

bool probe_type_is_of_task(const struct probe_type *type)
{
	return !probe_type_is_special(type) && type->id != PROBE_interval && type->id != PROBE_iter;
}

/* The part at *at up to a colon that is not quoted; quotes are taken away. */
static const char *next_part(struct arena *arena, const char **at)
{
	struct arena_buffer part = {.arena = arena};
	bool quoted = false;

	arena_buffer_add(&part, "", 0);
	for (; **at && (quoted || **at != ':'); ++*at) {
		if (**at == '"')
			quoted = !quoted;
		else if (quoted && **at == '\\' && (*at)[1])
			arena_buffer_add(&part, ++*at, 1);
		else
			arena_buffer_add(&part, *at, 1);
	}
	return part.text;
}

static void report_unknown_type(struct unit *unit, const struct attach_point *point,
				const char *name)
{
	const char *meant;
	struct diag *diag;
	struct near near;

	diag = diag_report(&unit->diags, DIAG_unknown_probe_type, point->span, name);
	near_start(&near, name);
	for (uint32_t i = 0; i < PROBE_TYPES; i++)
		near_try(&near, probe_types[i].name, strlen(probe_types[i].name));
	meant = near.best ? NULL : tracepoint_meant(unit, point->text);
	if (!strcmp(name, "asyncwatchpoint") || !strcmp(name, "aw"))
		diag_hint(&unit->diags, diag, DIAG_watch_not_async);
	else if (meant)
		diag_hint(&unit->diags, diag, DIAG_did_you_mean, meant);
	else if (near.best)
		diag_hint(&unit->diags, diag, DIAG_did_you_mean, near.best);
	else
		diag_hint(&unit->diags, diag, DIAG_hint_list);
}

bool attach_point_split(struct unit *unit, struct attach_point *point, const char *at)
{
	while (*at == ':') {
		if (point->n_parts == MAX_PARTS) {
			diag_report(&unit->diags, DIAG_too_many_parts, point->span);
			return false;
		}
		at++;
		point->parts[point->n_parts++] = next_part(unit->arena, &at);
	}
	return true;
}

/* Behind the name that a block may have, NAME=begin; nothing refers to it. */
static const char *skip_name(const char *text)
{
	const char *at = text;

	while (isalnum((unsigned char)*at) || *at == '_')
		at++;
	return at > text && *at == '=' ? at + 1 : text;
}

bool attach_point_read(struct unit *unit, struct attach_point *point)
{
	const char *at = skip_name(point->text);
	const char *name = next_part(unit->arena, &at);

	if (!*name) {
		diag_report(&unit->diags, DIAG_expected_attach_point, point->span);
		return false;
	}
	point->type = probe_type_find(name);
	if (!point->type) {
		report_unknown_type(unit, point, name);
		return false;
	}
	return attach_point_split(unit, point, at);
}

/* Hash of the names in a list would be larger than the list: blocks have few targets, or sorted
 * ones. */
static bool has_target(const struct target_list *list, const char *name)
{
	if (list->count && strcmp(list->items[list->count - 1].name, name) < 0 && list->count > 64)
		return false;
	for (uint32_t i = 0; i < list->count; i++) {
		if (!strcmp(list->items[i].name, name))
			return true;
	}
	return false;
}

bool target_add(struct unit *unit, struct target_list *list, const struct target *target)
{
	const struct unit_options *options = unit->options;
	struct target *items;

	if (options->is_wanted && target->type->id != PROBE_begin &&
	    target->type->id != PROBE_end && !options->is_wanted(options->filter, target->name))
		return true;
	if (!list->listing && has_target(list, target->name))
		return true;
	if (!list->listing && list->count >= unit->options->max_probes) {
		diag_report(&unit->diags, DIAG_too_many_probes, target->span,
			    unit->options->max_probes);
		return false;
	}
	if (list->count == list->capacity) {
		list->capacity = list->capacity ? list->capacity * 2 : 8;
		items = arena_array(unit->arena, list->capacity, sizeof(*items));
		if (list->count)
			memcpy(items, list->items, list->count * sizeof(*items));
		list->items = items;
	}
	list->items[list->count++] = *target;
	return true;
}

bool require_parts(struct unit *unit, const struct attach_point *point, uint32_t least,
		   uint32_t most)
{
	const char *meant;
	struct diag *diag;

	if (point->n_parts >= least && point->n_parts <= most)
		return true;
	if (least == most)
		diag = diag_report(&unit->diags, DIAG_probe_arguments, point->span, point->type->name,
			    least, point->n_parts);
	else
		diag = diag_report(&unit->diags, DIAG_probe_arguments_range, point->span,
				   point->type->name, least, most, point->n_parts);
	meant = point->type->id == PROBE_tracepoint ? tracepoint_meant(unit, point->text) : NULL;
	if (meant)
		diag_hint(&unit->diags, diag, DIAG_did_you_mean, meant);
	else
		diag_hint(&unit->diags, diag, DIAG_hint_form, point->type->example);
	return false;
}

void hint_predicate(struct unit *unit, struct diag *diag, const char *part)
{
	if (strchr(part, '/'))
		diag_hint(&unit->diags, diag, DIAG_blank_before_predicate);
}

struct diag *report_missing(struct unit *unit, const struct attach_point *point, const char *name,
			    bool *fine)
{
	*fine = unit->options->missing_probes_ok;
	if (!*fine)
		return diag_report(&unit->diags, DIAG_no_matches, point->span, point->type->name,
				   name);
	if (unit_setting(unit, SETTING_missing_probes) == SETTING_MISSING_WARN)
		diag_report(&unit->diags, DIAG_missing_match, point->span, point->type->name, name);
	return NULL;
}

const char *probe_pin(const struct probe *probe)
{
	const struct target *target = &probe->targets[0];

	return probe->n_targets && target->type->id == PROBE_iter && *target->second ? target->second : NULL;
}

const char *probe_type_text(const struct probe_type *type)
{
	return type->id == PROBE_begin || type->id == PROBE_end ? "special" : type->name;
}

bool report_missing_name(struct unit *unit, const struct attach_point *point, const char *name,
			 const char **(*all)(struct unit *unit, const char *module,
					     const char *pattern, uint32_t *count))
{
	const char **names;
	struct near near;
	struct diag *diag;
	uint32_t count;
	bool fine;

	diag = report_missing(unit, point, name, &fine);
	if (fine)
		return true;
	hint_predicate(unit, diag, name);
	if (!diag || text_is_pattern(name))
		return false;
	names = all(unit, "", "*", &count);
	near_start(&near, name);
	for (uint32_t i = 0; i < count; i++)
		near_try(&near, names[i], strlen(names[i]));
	if (near.best)
		diag_hint(&unit->diags, diag, DIAG_did_you_mean,
			  arena_printf(unit->arena, "%s:%s", point->type->name, near.best));
	return false;
}
