/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The views of other names. Columns of theirs that a table has not are NULL; fields of ours that
 * they have no column for are in `extended`, as JSON.
 */
#include "runtime/sink/sqlite_compat.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "runtime/buffer.h"
#include "runtime/message.h"
#include "runtime/record.h"

#define PREFIX "duetector_tracking:"

/* A tracer of theirs and the record that says the same. */
static const struct {
	const char *tracer, *table;
} views[] = {
	{"OpenTracer", "open"},
	{"CloneTracer", "clone"},
	{"TcpconnectTracer", "connect"},
};

#define VIEWS (sizeof(views) / sizeof(views[0]))

/* The fields of ours that have a column there. The first that a table has is it. */
static const char *const file_names[] = {"fname", "name", "path", NULL};
static const char *const directory_names[] = {"cwd", NULL};

static void add_quoted(struct buffer *sql, const char *text, char quote)
{
	buffer_add_byte(sql, quote);
	for (; *text; text++) {
		if (*text == quote)
			buffer_add_byte(sql, quote);
		buffer_add_byte(sql, *text);
	}
	buffer_add_byte(sql, quote);
}

static void add_view_name(struct buffer *sql, const char *tracer, const char *host)
{
	struct buffer name = {0};

	buffer_add_text(&name, PREFIX);
	buffer_add_text(&name, tracer);
	buffer_add_byte(&name, '@');
	buffer_add(&name, host, strlen(host) + 1);
	if (!name.failed)
		add_quoted(sql, name.data, '"');
	sql->failed |= name.failed;
	buffer_free(&name);
}

static int run(sqlite3 *db, struct buffer *sql)
{
	int code;

	buffer_add_byte(sql, '\0');
	code = sql->failed ? SQLITE_NOMEM : sqlite3_exec(db, sql->data, NULL, NULL, NULL);
	buffer_free(sql);
	return code == SQLITE_OK ? 0 : -EIO;
}

static sqlite3_stmt *columns_of(sqlite3 *db, const char *table)
{
	sqlite3_stmt *select = NULL;

	if (sqlite3_prepare_v2(db, "SELECT name, type FROM pragma_table_info(?1)", -1, &select,
			       NULL) == SQLITE_OK)
		sqlite3_bind_text(select, 1, table, -1, SQLITE_STATIC);
	return select;
}

static const char *find(sqlite3 *db, const char *table, const char *const *names)
{
	sqlite3_stmt *select = columns_of(db, table);
	const char *best = NULL;

	for (; *names && !best; names++) {
		while (sqlite3_step(select) == SQLITE_ROW)
			if (!sqlite3_stricmp((const char *)sqlite3_column_text(select, 0), *names))
				best = *names;
		sqlite3_reset(select);
	}
	sqlite3_finalize(select);
	return best;
}

static bool is_envelope(const char *name)
{
	for (uint32_t i = 0; i < ENVELOPES; i++)
		if (!sqlite3_stricmp(name, envelope_rows[i].name))
			return true;
	return !sqlite3_stricmp(name, "id") || !sqlite3_stricmp(name, "run");
}

/* JSON has no bytes. */
static void add_extended(sqlite3 *db, struct buffer *sql, const char *table, const char *file,
			 const char *directory)
{
	sqlite3_stmt *select = columns_of(db, table);

	buffer_add_text(sql, "json_object('tid', tid, 'container', container");
	while (sqlite3_step(select) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(select, 0);
		bool blob = !sqlite3_stricmp((const char *)sqlite3_column_text(select, 1), "BLOB");

		if (is_envelope(name) || (file && !sqlite3_stricmp(name, file)) ||
		    (directory && !sqlite3_stricmp(name, directory)))
			continue;
		buffer_add_text(sql, ", ");
		add_quoted(sql, name, '\'');
		buffer_add_text(sql, blob ? ", hex(" : ", ");
		add_quoted(sql, name, '"');
		if (blob)
			buffer_add_byte(sql, ')');
	}
	sqlite3_finalize(select);
	buffer_add_byte(sql, ')');
}

static void add_column(struct buffer *sql, const char *column)
{
	if (column)
		add_quoted(sql, column, '"');
	else
		buffer_add_text(sql, "NULL");
}

static int add_view(sqlite3 *db, const char *tracer, const char *table, const char *host)
{
	const char *file = find(db, table, file_names);
	const char *directory = find(db, table, directory_names);
	struct buffer sql = {0};

	buffer_add_text(&sql, "DROP VIEW IF EXISTS ");
	add_view_name(&sql, tracer, host);
	buffer_add_text(&sql, "; CREATE VIEW ");
	add_view_name(&sql, tracer, host);
	buffer_add_text(&sql, " AS SELECT id, pid, uid, gid, boot AS timestamp, comm, ");
	add_column(&sql, directory);
	buffer_add_text(&sql, " AS cwd, ");
	add_column(&sql, file);
	buffer_add_text(&sql, " AS fname, ");
	add_extended(db, &sql, table, file, directory);
	buffer_add_text(&sql, " AS extended FROM ");
	add_quoted(&sql, table, '"');
	buffer_add_text(&sql, " WHERE run IN (SELECT id FROM runs WHERE host = ");
	add_quoted(&sql, host, '\'');
	buffer_add_byte(&sql, ')');
	return run(db, &sql);
}

/* Whether the database has the table; each has an `id`. */
static bool has_table(sqlite3 *db, const char *table)
{
	static const char *const id[] = {"id", NULL};

	return find(db, table, id) != NULL;
}

int sqlite_compat_add(sqlite3 *db, const char *host)
{
	bool some = false;
	int err = 0;

	for (size_t i = 0; !err && i < VIEWS; i++) {
		if (!has_table(db, views[i].table))
			continue;
		some = true;
		err = add_view(db, views[i].tracer, views[i].table, host);
	}
	if (!err && !some)
		message_warning("--compat duetector: the script emits no record named open, clone or "
				"connect, so there are no views");
	return err;
}

static bool can_read(sqlite3 *db, const char *tracer, const char *host)
{
	sqlite3_stmt *select = NULL;
	struct buffer sql = {0};
	int code;

	buffer_add_text(&sql, "SELECT * FROM ");
	add_view_name(&sql, tracer, host);
	buffer_add_byte(&sql, '\0');
	/* Only looked at: a view of that name may be anybody's, and have no end. */
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 1, NULL);
	code = sql.failed ? SQLITE_NOMEM : sqlite3_prepare_v2(db, sql.data, -1, &select, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	sqlite3_finalize(select);
	buffer_free(&sql);
	return code == SQLITE_OK;
}

int sqlite_compat_missing(sqlite3 *db, const char *host)
{
	int missing = 0;

	for (size_t i = 0; i < VIEWS; i++)
		missing += has_table(db, views[i].table) && !can_read(db, views[i].tracer, host);
	return missing;
}
