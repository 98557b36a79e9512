/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SQLite sink: turns results into rows for sqlite_writer.h. Without --db nothing of SQLite is
 * called, so it costs neither time nor memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "runtime/buffer.h"
#include "runtime/clock.h"
#include "runtime/coverage.h"
#include "runtime/maps.h"
#include "runtime/message.h"
#include "runtime/print/map_print.h"
#include "runtime/print/record_json.h"
#include "runtime/print/value_json.h"
#include "runtime/print/value_text.h"
#include "runtime/record.h"
#include "runtime/runtime.h"
#include "runtime/sink.h"
#include "runtime/sink/sqlite_writer.h"
#include "runtime/value.h"

/* Tables that every database has; those of the script's records follow. */
enum { TABLE_output, TABLE_maps, TABLE_losses, TABLE_rules, TABLE_alerts, TABLES };

#define NUMBER "INTEGER NOT NULL"
#define STRING "TEXT NOT NULL"
#define SQL_TIME   NUMBER
#define SQL_NUMBER NUMBER
#define SQL_TEXT   STRING

#define N_COLUMNS(columns) ((uint32_t)(sizeof(columns) / sizeof((columns)[0])))

static const struct sqlite_column output_columns[] = {{"time", NUMBER}, {"text", STRING}};
static const struct sqlite_column map_columns[] = {
	{"time", NUMBER}, {"map", STRING}, {"key", "TEXT"}, {"value", "TEXT"}};
static const struct sqlite_column loss_columns[] = {
	{"from_time", NUMBER}, {"to_time", NUMBER}, {"reason", STRING},
	{"probe", STRING},     {"cpu", NUMBER},	    {"count", NUMBER}};
static const struct sqlite_column rule_columns[] = {
	{"name", STRING}, {"about", STRING}, {"severity", STRING}, {"tags", STRING}};
static const struct sqlite_column alert_columns[] = {
	{"rule", STRING},
	{"severity", STRING},
#define ENVELOPE(name, type) {#name, SQL_##type},
#include "image/envelope.def"
#undef ENVELOPE
	{"data", STRING}};

static const struct sqlite_table fixed_tables[TABLES] = {
	[TABLE_output] = {"output", output_columns, N_COLUMNS(output_columns), false},
	[TABLE_maps] = {"maps", map_columns, N_COLUMNS(map_columns), false},
	[TABLE_losses] = {"losses", loss_columns, N_COLUMNS(loss_columns), false},
	[TABLE_rules] = {"rules", rule_columns, N_COLUMNS(rule_columns), false},
	[TABLE_alerts] = {"alerts", alert_columns, N_COLUMNS(alert_columns), false},
};

struct state {
	const char *path;
	struct sqlite_writer *writer;
	struct buffer key, value;   /* JSON under construction */
	struct buffer texts;	    /* of a record's fields */
	struct sqlite_cell *cells;  /* of the widest row */
	uint32_t *table_of;	    /* by the index of a record's type */
};

static bool sqlite_is_wanted(const struct runtime_options *options)
{
	return options->database != NULL;
}

static void read_boot_id(char *text, size_t size)
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, size - 1);

	text[n < 0 ? 0 : n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (fd >= 0)
		close(fd);
}

static void add_params(struct buffer *out, const struct runtime_options *options)
{
	buffer_add_byte(out, '[');
	for (uint32_t i = 0; i < options->n_params; i++) {
		if (i)
			buffer_add_byte(out, ',');
		json_string(out, options->params[i], strlen(options->params[i]));
	}
	buffer_add(out, "]", 2); /* with the NUL */
}

/* What values of a kind are kept as. */
static enum sqlite_cell_kind cell_kind(uint32_t kind)
{
	if (kind == IMAGE_BOOL || kind == IMAGE_INT || kind == IMAGE_POINTER ||
	    image_kind_is_quantity(kind) ||
	    (kind >= IMAGE_COUNT && kind <= IMAGE_MAX))
		return CELL_INTEGER;
	return kind == IMAGE_BUFFER ? CELL_BLOB : CELL_TEXT;
}

static const char *sql_type(const struct image *image, const struct image_column *column)
{
	static const char *const types[] = {
		[CELL_NULL] = "TEXT", [CELL_INTEGER] = "INTEGER", [CELL_TEXT] = "TEXT", [CELL_BLOB] = "BLOB"};

	return types[cell_kind(image->types[column->type].kind)];
}

/* The tables of this run; each record's columns are an allocation, freed by free_tables(). */
static struct sqlite_table *make_tables(struct state *state, const struct image *image, uint32_t *n)
{
	static const struct sqlite_column envelope[] = {
#define ENVELOPE(name, type) {#name, SQL_##type},
#include "image/envelope.def"
#undef ENVELOPE
	};
	struct sqlite_table *tables = calloc(TABLES + image->n_records, sizeof(*tables));

	*n = TABLES;
	state->table_of = calloc(image->n_records + 1, sizeof(*state->table_of));
	state->cells = calloc(N_COLUMNS(alert_columns) + image->n_columns, sizeof(*state->cells));
	if (!tables || !state->table_of || !state->cells)
		goto out;
	memcpy(tables, fixed_tables, sizeof(fixed_tables));
	for (uint32_t i = 0; i < image->n_records; i++) {
		const struct image_record *record = &image->records[i];
		const struct image_column *column = &image->columns[record->first_column];
		struct sqlite_column *columns;

		if (record->rule != IMAGE_NONE)
			continue;
		columns = calloc(ENVELOPES + record->n_columns, sizeof(*columns));
		if (!columns)
			goto out;
		memcpy(columns, envelope, sizeof(envelope));
		for (uint32_t k = 0; k < record->n_columns; k++)
			columns[ENVELOPES + k] = (struct sqlite_column){
				image_string(image, column[k].name), sql_type(image, &column[k])};
		state->table_of[i] = *n;
		tables[(*n)++] = (struct sqlite_table){image_string(image, record->name), columns,
						       ENVELOPES + record->n_columns, false};
	}
	return tables;
out:
	free(tables);
	return NULL;
}

static void free_tables(struct sqlite_table *tables, uint32_t n)
{
	for (uint32_t i = TABLES; i < n; i++)
		free((void *)tables[i].columns);
	free(tables);
}

static struct sqlite_cell integer_cell(int64_t value)
{
	return (struct sqlite_cell){.kind = CELL_INTEGER, .integer = value};
}

static struct sqlite_cell text_cell(const char *bytes, size_t length)
{
	return (struct sqlite_cell){.kind = CELL_TEXT, .bytes = bytes, .length = (uint32_t)length};
}

static struct sqlite_cell name_cell(const char *text)
{
	return text_cell(text, strlen(text));
}

static int add_rules(struct state *state, const struct image *image)
{
	int err = 0;

	for (uint32_t i = 0; !err && i < image->n_rules; i++) {
		const struct image_rule *rule = &image->rules[i];
		const struct sqlite_cell cells[] = {
			name_cell(image_string(image, rule->name)),
			name_cell(image_string(image, rule->about)),
			name_cell(severity_name(rule->severity)),
			name_cell(image_string(image, rule->tags)),
		};

		err = sqlite_writer_add(state->writer, TABLE_rules, cells, N_COLUMNS(cells));
	}
	return err;
}

static void free_state(struct state *state)
{
	buffer_free(&state->key);
	buffer_free(&state->value);
	buffer_free(&state->texts);
	free(state->cells);
	free(state->table_of);
	free(state);
}

static int open_writer(struct state *state, const struct sink_setup *setup,
		       const struct sqlite_run *run)
{
	uint32_t n;
	struct sqlite_table *tables = make_tables(state, setup->image, &n);
	int err;

	if (!tables)
		return -ENOMEM;
	err = sqlite_writer_open(&state->writer, setup->options->database, run, tables, n);
	free_tables(tables, n);
	if (!err)
		err = add_rules(state, setup->image);
	return err;
}

static int sqlite_open(struct sink *sink, const struct sink_setup *setup)
{
	const struct image *image = setup->image;
	struct state *state = calloc(1, sizeof(*state));
	struct utsname host = {0};
	char boot_id[64] = "";
	struct buffer args = {0}, coverage = {0};
	struct sqlite_run run;
	int err;

	if (!state)
		return -ENOMEM;
	uname(&host);
	read_boot_id(boot_id, sizeof(boot_id));
	add_params(&args, setup->options);
	coverage_of_image(&coverage, image);
	state->path = setup->options->database;
	run = (struct sqlite_run){
		.started = (int64_t)setup->style->clock->boot + setup->style->clock->offset,
		.host = host.nodename,
		.boot_id = boot_id,
		.kernel = host.release,
		.version = image_string(image, image->header->compiler),
		.script = image_string(image, image->header->script),
		.sha256 = image_string(image, image->header->sha256),
		.args = args.data,
		.compat = setup->options->compat,
		.is_over = setup->is_over,
		.self = setup->self,
		.coverage = coverage.data,
	};
	err = args.failed || coverage.failed ? -ENOMEM : open_writer(state, setup, &run);
	buffer_free(&args);
	buffer_free(&coverage);
	if (err) {
		free_state(state);
		return err;
	}
	sink->style.escape = false;
	sink->wants = SINK_WANTS_TEXT | SINK_WANTS_EXACT;
	sink->watch = sqlite_writer_watch(state->writer);
	sink->state = state;
	return 0;
}

static int64_t wall_of(const struct sink *sink, uint64_t boot)
{
	return boot ? clock_wall(sink->style.clock, boot) : clock_wall_now();
}

static int sqlite_output(struct sink *sink, const struct output *output)
{
	struct state *state = sink->state;

	const struct sqlite_cell cells[] = {integer_cell(wall_of(sink, output->boot)),
					    text_cell(output->text, output->length)};

	return sqlite_writer_add(state->writer, TABLE_output, cells, N_COLUMNS(cells));
}

static int sqlite_map(struct sink *sink, const struct map_snapshot *map, uint64_t boot)
{
	struct state *state = sink->state;
	const char *name = image_string(sink->style.image, map->map->name);
	int64_t time = wall_of(sink, boot);
	int err = 0;

	for (uint32_t i = 0; !err && i < map->count; i++) {
		state->key.length = 0;
		state->value.length = 0;
		if (map->map->flags & IMAGE_MAP_SCALAR)
			buffer_add_text(&state->key, "null");
		else
			value_json(&state->key, &sink->style, &map->entries[i].key);
		map_value_json(&state->value, &sink->style, map, &map->entries[i].value);
		const struct sqlite_cell cells[] = {
			integer_cell(time), name_cell(name),
			text_cell(state->key.data, state->key.length),
			text_cell(state->value.data, state->value.length)};

		err = sqlite_writer_add(state->writer, TABLE_maps, cells, N_COLUMNS(cells));
	}
	return err;
}

static uint32_t add_envelope(const struct record_value *record, struct sqlite_cell *cells)
{
	for (uint32_t i = 0; i < ENVELOPES; i++) {
		uint32_t length;
		const char *text;

		if (envelope_rows[i].kind != ENVELOPE_IS_TEXT) {
			cells[i] = integer_cell((int64_t)record_number(record, i));
			continue;
		}
		text = record_text(record, i, &length);
		cells[i] = text_cell(text, length);
	}
	return ENVELOPES;
}

/* Texts go into `texts`, which may move: `bytes` is the place there until all are made. */
static struct sqlite_cell field_cell(struct sink *sink, const struct value *value)
{
	struct state *state = sink->state;
	struct sqlite_cell cell = {.kind = cell_kind(value->kind),
				   .integer = (int64_t)state->texts.length};

	if (cell.kind == CELL_INTEGER)
		return integer_cell((int64_t)value->number);
	if (cell.kind == CELL_BLOB)
		buffer_add(&state->texts, value->string.bytes, value->string.length);
	else if (value->kind == IMAGE_ARRAY || value->kind == IMAGE_TUPLE ||
		 value->kind == IMAGE_STRUCT)
		value_json(&state->texts, &sink->style, value);
	else
		value_text(&state->texts, &sink->style, value);
	cell.length = (uint32_t)(state->texts.length - (size_t)cell.integer);
	return cell;
}

static int add_record(struct sink *sink, const struct record_value *record)
{
	struct state *state = sink->state;
	struct sqlite_cell *cells = state->cells;
	uint32_t n = add_envelope(record, cells), end = n + record->type->n_columns;

	state->texts.length = 0;
	for (uint32_t i = 0; i < record->type->n_columns; i++)
		cells[n + i] = field_cell(sink, &record->fields[i]);
	for (uint32_t i = n; i < end; i++)
		if (cells[i].kind != CELL_INTEGER)
			cells[i].bytes = state->texts.data + cells[i].integer;
	if (state->texts.failed)
		return -ENOMEM;
	return sqlite_writer_add(state->writer,
				 state->table_of[record->type - sink->style.image->records], cells,
				 end);
}

static int add_alert(struct sink *sink, const struct record_value *record)
{
	struct state *state = sink->state;
	const struct image *image = sink->style.image;
	struct sqlite_cell *cells = state->cells;
	uint32_t n;

	state->value.length = 0;
	record_json_data(&state->value, &sink->style, record);
	if (state->value.failed)
		return -ENOMEM;
	cells[0] = name_cell(image_string(image, record->rule->name));
	cells[1] = name_cell(severity_name(record->rule->severity));
	n = 2 + add_envelope(record, cells + 2);
	cells[n++] = text_cell(state->value.data, state->value.length);
	return sqlite_writer_add(state->writer, TABLE_alerts, cells, n);
}

static int sqlite_record(struct sink *sink, const struct record_value *record)
{
	return record->rule ? add_alert(sink, record) : add_record(sink, record);
}

static int sqlite_loss(struct sink *sink, const struct loss *loss)
{
	struct state *state = sink->state;

	const struct sqlite_cell cells[] = {
		integer_cell(loss->from),   integer_cell(loss->to), name_cell(loss->reason),
		name_cell(loss->probe),	    integer_cell(loss->cpu),
		integer_cell((int64_t)loss->count)};

	return sqlite_writer_add(state->writer, TABLE_losses, cells, N_COLUMNS(cells));
}

/* The thread may have failed while nothing was added. */
static int sqlite_tick(struct sink *sink, bool idle)
{
	struct state *state = sink->state;

	(void)idle;
	return sqlite_writer_check(state->writer);
}

static int sqlite_finish(struct sink *sink, const struct sink_totals *totals)
{
	struct state *state = sink->state;

	return sqlite_writer_finish(state->writer, clock_wall_now(), totals);
}

static void sqlite_close(struct sink *sink)
{
	struct state *state = sink->state;
	unsigned long long missing = sink->n_missed;

	if (sink->failed) {
		missing += sqlite_writer_waiting(state->writer);
		message_error("Database %s lacks the last %llu results", state->path, missing);
	}
	sqlite_writer_close(state->writer);
	free_state(state);
}

const struct sink_ops sink_sqlite = {
	.name = "sqlite",
	.is_wanted = sqlite_is_wanted,
	.open = sqlite_open,
	.output = sqlite_output,
	.map = sqlite_map,
	.record = sqlite_record,
	.loss = sqlite_loss,
	.tick = sqlite_tick,
	.finish = sqlite_finish,
	.close = sqlite_close,
};
