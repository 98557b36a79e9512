/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes tables and fits those that an earlier run has made.
 */
#include "runtime/sink/sqlite_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/buffer.h"
#include "runtime/message.h"

/* More than a result can be: see BUFFER_MIB. */
#define MAX_VALUE ((int)(BUFFER_MIB << 20) + 4096)

/* Run or prepare what `sql` holds. */
static int run(sqlite3 *db, struct buffer *sql)
{
	int code;

	buffer_add_byte(sql, '\0');
	code = sql->failed ? SQLITE_NOMEM : sqlite3_exec(db, sql->data, NULL, NULL, NULL);
	buffer_free(sql);
	return code == SQLITE_OK ? 0 : -EIO;
}

static int prepare(sqlite3 *db, struct buffer *sql, sqlite3_stmt **statement)
{
	int code;

	buffer_add_byte(sql, '\0');
	code = sql->failed ? SQLITE_NOMEM
			   : sqlite3_prepare_v3(db, sql->data, -1, SQLITE_PREPARE_PERSISTENT,
						statement, NULL);
	buffer_free(sql);
	return code == SQLITE_OK ? 0 : -EIO;
}

static void add_name(struct buffer *sql, const char *name)
{
	buffer_add_byte(sql, '"');
	buffer_add_text(sql, name);
	buffer_add_byte(sql, '"');
}

static int create(sqlite3 *db, const struct sqlite_table *table)
{
	struct buffer sql = {0};

	buffer_add_text(&sql, "CREATE TABLE IF NOT EXISTS ");
	add_name(&sql, table->name);
	buffer_add_text(&sql, " (id INTEGER PRIMARY KEY");
	if (!table->keyless)
		buffer_add_text(&sql, ", run INTEGER NOT NULL");
	for (uint32_t i = 0; i < table->n_columns; i++) {
		buffer_add_text(&sql, ", ");
		add_name(&sql, table->columns[i].name);
		buffer_add_byte(&sql, ' ');
		buffer_add_text(&sql, table->columns[i].type);
	}
	buffer_add_byte(&sql, ')');
	return run(db, &sql);
}

static int add_column(sqlite3 *db, const struct sqlite_table *table,
		      const struct sqlite_column *column)
{
	struct buffer sql = {0};

	buffer_add_text(&sql, "ALTER TABLE ");
	add_name(&sql, table->name);
	buffer_add_text(&sql, " ADD COLUMN ");
	add_name(&sql, column->name);
	buffer_add_byte(&sql, ' ');
	buffer_add_text(&sql, column->type);
	return run(db, &sql);
}

/* The first run with a value in the column, or 0. */
static int64_t maker(sqlite3 *db, const struct sqlite_table *table, const char *column)
{
	sqlite3_stmt *select = NULL;
	struct buffer sql = {0};
	int64_t id = 0;

	buffer_add_text(&sql, "SELECT min(run) FROM ");
	add_name(&sql, table->name);
	buffer_add_text(&sql, " WHERE ");
	add_name(&sql, column);
	buffer_add_text(&sql, " IS NOT NULL");
	if (!prepare(db, &sql, &select) && sqlite3_step(select) == SQLITE_ROW)
		id = sqlite3_column_int64(select, 0);
	sqlite3_finalize(select);
	return id;
}

static int refuse(sqlite3 *db, const struct sqlite_table *table, const struct sqlite_column *column,
		  const char *type)
{
	int64_t id = maker(db, table, column->name);

	if (id)
		message_error("The database has a table %s whose column %s is %s, made by run %lld; "
			      "here it is %s",
			      table->name, column->name, type, (long long)id, column->type);
	else
		message_error("The database has a table %s whose column %s is %s; here it is %s",
			      table->name, column->name, type, column->type);
	message_hint("Rename the record or the field, or use another database");
	return -EEXIST;
}

/* What the database has a column declared as, of the `select` of all; NULL: it has none. */
static const char *declared(sqlite3_stmt *select, const char *name)
{
	sqlite3_reset(select);
	while (sqlite3_step(select) == SQLITE_ROW)
		if (!sqlite3_stricmp((const char *)sqlite3_column_text(select, 0), name))
			return (const char *)sqlite3_column_text(select, 1);
	return NULL;
}

/*
 * The schema is whoever's who made the file. A trigger could drop each row and the insert would have gone
 * well; a view in place of a table could have no end; an index could be over gigabytes for each row.
 */
void sqlite_table_distrust(sqlite3 *db)
{
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, MAX_VALUE);
}

int sqlite_table_fit(sqlite3 *db, const struct sqlite_table *table)
{
	sqlite3_stmt *select = NULL;
	int err = create(db, table);

	if (err || sqlite3_prepare_v2(db, "SELECT name, type FROM pragma_table_info(?1)", -1,
				      &select, NULL) != SQLITE_OK)
		return -EIO;
	sqlite3_bind_text(select, 1, table->name, -1, SQLITE_STATIC);
	for (uint32_t i = 0; !err && i < table->n_columns; i++) {
		const struct sqlite_column *column = &table->columns[i];
		const char *type = declared(select, column->name);
		size_t length = type ? strlen(type) : 0;

		if (!type) {
			sqlite3_reset(select);
			err = add_column(db, table, column);
		} else if (strncmp(type, column->type, length) != 0 ||
			   (column->type[length] && column->type[length] != ' ')) {
			err = refuse(db, table, column, type);
		}
	}
	sqlite3_finalize(select);
	return err;
}

int sqlite_table_prepare(sqlite3 *db, const struct sqlite_table *table, sqlite3_stmt **insert)
{
	struct buffer sql = {0};

	/* Whatever a table that was there says of conflicts: no row is dropped or replaced in silence. */
	buffer_add_text(&sql, "INSERT OR ABORT INTO ");
	add_name(&sql, table->name);
	buffer_add_text(&sql, " (run");
	for (uint32_t i = 0; i < table->n_columns; i++) {
		buffer_add_text(&sql, ", ");
		add_name(&sql, table->columns[i].name);
	}
	buffer_add_text(&sql, ") VALUES (?");
	for (uint32_t i = 0; i < table->n_columns; i++)
		buffer_add_text(&sql, ", ?");
	buffer_add_byte(&sql, ')');
	return prepare(db, &sql, insert);
}
