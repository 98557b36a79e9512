/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings: what the user says in the environment wins over the script's config block, which wins
 * over the table's defaults.
 */
#include "lang/config.h"

#include <string.h>

#include "image/near.h"
#include "lang/arena.h"
#include "lang/ast_walk.h"
#include "lang/unit.h"

void config_apply(struct unit *unit)
{
	if (unit->settings[SETTING_max_strlen])
		unit->own.max_strlen = (uint32_t)unit_setting(unit, SETTING_max_strlen);
	if (unit->settings[SETTING_max_probes])
		unit->own.max_probes = (uint32_t)unit_setting(unit, SETTING_max_probes);
	if (unit->settings[SETTING_missing_probes])
		unit->own.missing_probes_ok = unit_setting(unit, SETTING_missing_probes) != 0;
}

static const char *value_text(struct unit *unit, const struct node *value)
{
	if (value->kind == NODE_INT)
		return arena_printf(unit->arena, "%llu", (unsigned long long)value->integer.value);
	if (value->kind == NODE_BOOL)
		return value->integer.value ? "true" : "false";
	return value->kind == NODE_STRING ? value->string.bytes : value->name.text;
}

static const char *value_kind(const struct node *value)
{
	if (value->kind == NODE_INT)
		return "int";
	return value->kind == NODE_BOOL ? "bool" : "string";
}

static const char *wanted_kind(enum setting setting)
{
	switch (setting_rows[setting].kind) {
	case SETTING_NUMBER:
		return "int";
	case SETTING_TRUTH:
		return "bool";
	case SETTING_WORD:
	case SETTING_TEXT:
	case SETTING_IGNORED:
		break;
	}
	return "string";
}

static bool is_kind(enum setting setting, const struct node *value)
{
	const char *kind = value_kind(value), *wanted = wanted_kind(setting);

	return !strcmp(kind, wanted) || (!strcmp(wanted, "bool") && value->kind == NODE_INT);
}

static void report_unknown(struct unit *unit, const struct config_entry *entry)
{
	struct near near;
	struct diag *diag;

	diag = diag_report(&unit->diags, DIAG_unknown_setting, entry->name_span, entry->name);
	near_start(&near, entry->name);
	for (int i = 0; i < SETTINGS; i++)
		near_try(&near, setting_rows[i].key, strlen(setting_rows[i].key));
	if (near.best)
		diag_hint(&unit->diags, diag, DIAG_did_you_mean, near.best);
}

static void take(struct unit *unit, const struct config_entry *entry)
{
	enum setting setting = setting_find(entry->name);
	const char *text = value_text(unit, entry->value);
	char wants[256];
	uint64_t number;

	if (setting == SETTINGS) {
		report_unknown(unit, entry);
	} else if (setting_rows[setting].kind == SETTING_IGNORED) {
		diag_report(&unit->diags, DIAG_setting_ignored, entry->name_span, entry->name);
	} else if (!is_kind(setting, entry->value)) {
		diag_report(&unit->diags, DIAG_setting_type, entry->value->span, entry->name,
			    value_kind(entry->value), wanted_kind(setting));
	} else if (!setting_read(setting, text, &number)) {
		setting_describe(setting, wants, sizeof(wants));
		diag_report(&unit->diags, DIAG_setting_value, entry->value->span, entry->name,
			    arena_text(unit->arena, wants, strlen(wants)), text);
	} else if (!unit->options->settings || !unit->options->settings[setting]) {
		unit->settings[setting] = text;
	}
}

/* The node becomes the literal that a setting is. */
static void become_setting(struct unit *unit, struct node *node, enum setting setting)
{
	const char *text =
		unit->settings[setting] ? unit->settings[setting] : setting_rows[setting].standard;

	switch (setting_rows[setting].kind) {
	case SETTING_NUMBER:
	case SETTING_TRUTH:
		node->kind = setting_rows[setting].kind == SETTING_NUMBER ? NODE_INT : NODE_BOOL;
		node->integer.value = unit_setting(unit, setting);
		return;
	case SETTING_WORD:
	case SETTING_TEXT:
	case SETTING_IGNORED:
		break;
	}
	node->kind = NODE_STRING;
	node->string.bytes = text;
	node->string.length = strlen(text);
}

/* config.max_strlen */
static void read_field(struct unit *unit, struct node *node)
{
	enum setting setting = setting_find(node->field.text);

	if (setting == SETTINGS || setting_rows[setting].kind == SETTING_IGNORED)
		diag_report(&unit->diags, DIAG_unknown_setting, node->field.name_span,
			    node->field.text);
	else
		become_setting(unit, node, setting);
}

/* config: the record of all that mean something. */
static void become_record(struct unit *unit, struct node *node)
{
	struct node **values = arena_array(unit->arena, SETTINGS, sizeof(*values));
	const char **names = arena_array(unit->arena, SETTINGS, sizeof(*names));
	uint32_t n = 0;

	for (int i = 0; i < SETTINGS; i++) {
		if (setting_rows[i].kind == SETTING_IGNORED)
			continue;
		values[n] = arena_array(unit->arena, 1, sizeof(**values));
		*values[n] = *node;
		become_setting(unit, values[n], (enum setting)i);
		names[n++] = setting_rows[i].key;
	}
	node->kind = NODE_RECORD;
	node->record.list = (struct node_list){.items = values, .count = n};
	node->record.names = names;
}

static bool is_config(const struct node *node)
{
	return node->kind == NODE_NAME && !strcmp(node->name.text, "config");
}

static void visit(void *self, struct node **child)
{
	struct node *node = *child;

	if (node->kind == NODE_FIELD && is_config(node->field.object))
		read_field(self, node);
	else if (is_config(node))
		become_record(self, node);
	else
		ast_each_child(node, visit, self);
}

void config_unit(struct unit *unit)
{
	for (struct config_entry *entry = unit->program.config; entry; entry = entry->next)
		take(unit, entry);
	config_apply(unit);
	for (struct probe *probe = unit->program.probes; probe; probe = probe->next) {
		if (probe->predicate)
			visit(unit, &probe->predicate);
		visit(unit, &probe->body);
	}
}
