/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables as the SQLite sink knows them. Each has a key `id` and the run that wrote the row in front
 * of its own columns.
 */
#ifndef DUETRACE_RUNTIME_SQLITE_TABLE_H
#define DUETRACE_RUNTIME_SQLITE_TABLE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sqlite_column {
	const char *name; /* quoted wherever it goes into SQL; holds no quotes */
	const char *type; /* INTEGER, TEXT or BLOB, with NOT NULL where that holds */
};

struct sqlite_table {
	const char *name;
	const struct sqlite_column *columns;
	uint32_t n_columns;
	bool keyless; /* `runs` itself: its rows belong to no run */
};

/* A value of a row. */
struct sqlite_cell {
	enum sqlite_cell_kind { CELL_NULL, CELL_INTEGER, CELL_TEXT, CELL_BLOB } kind;
	int64_t integer;
	const char *bytes; /* TEXT, BLOB; belongs to the caller */
	uint32_t length;
};

/* Before anything else: the file may be anybody's. */
void sqlite_table_distrust(sqlite3 *db);
/*
 * Make a table, or fit the one that is there: columns that it lacks are added. Returns 0, or -EIO
 * when SQLite failed: ask the handle why; or -EEXIST after having said which column is of another
 * type.
 */
int sqlite_table_fit(sqlite3 *db, const struct sqlite_table *table);
/* The statement that inserts a row: ?1 is the run, ?2 the first column. 0 or -EIO. */
int sqlite_table_prepare(sqlite3 *db, const struct sqlite_table *table, sqlite3_stmt **insert);

#endif
