/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stores records of an open in SQLite and nothing else: prints how many a second.
 *
 *	store DATABASE ROWS BATCH
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define TABLE                                                                                      \
	"create table open (id integer primary key, run integer not null, time integer not null, " \
	"boot integer not null, seq integer not null, pid integer not null, tid integer not null, " \
	"ppid integer not null, start integer not null, uid integer not null, gid integer not null, " \
	"auid integer not null, comm text not null, cgroup integer not null, container text not null, " \
	"path text, flags integer, ok integer)"

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void bind(sqlite3_stmt *insert, long row)
{
	static const struct {
		int column;
		long long value;
	} fixed[] = {{1, 1}, {3, 48337318459490}, {5, 22965}, {6, 22965}, {7, 22961}, {8, 48335408321017},
		     {9, 0}, {10, 0}, {11, 4294967295}, {13, 1}, {17, 1}};

	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		sqlite3_bind_int64(insert, fixed[i].column, fixed[i].value);
	sqlite3_bind_int64(insert, 2, 1795277896743719633 + row);
	sqlite3_bind_int64(insert, 4, row);
	sqlite3_bind_text(insert, 12, "duetrace", -1, SQLITE_STATIC);
	sqlite3_bind_text(insert, 14, "", -1, SQLITE_STATIC);
	sqlite3_bind_text(insert, 15, "/srv/customers/2026/file.parquet", -1, SQLITE_STATIC);
	sqlite3_bind_int64(insert, 16, row);
}

int main(int argc, char **argv)
{
	long rows = argc == 4 ? atol(argv[2]) : 0, batch = argc == 4 ? atol(argv[3]) : 1;
	sqlite3_stmt *insert;
	sqlite3 *database;
	double begun;

	if (rows <= 0 || batch <= 0 || sqlite3_open(argv[1], &database) ||
	    sqlite3_exec(database, "pragma journal_mode = wal; pragma synchronous = normal; " TABLE, NULL, NULL, NULL) ||
	    sqlite3_prepare_v2(database, "insert into open values (null, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			       -1, &insert, NULL))
		return 1;
	begun = now();
	for (long row = 0; row < rows; row++) {
		if (row % batch == 0 && sqlite3_exec(database, "begin", NULL, NULL, NULL))
			return 1;
		bind(insert, row);
		if (sqlite3_step(insert) != SQLITE_DONE)
			return 1;
		sqlite3_reset(insert);
		if ((row + 1) % batch == 0 && sqlite3_exec(database, "commit", NULL, NULL, NULL))
			return 1;
	}
	printf("%.0f\n", (double)rows / (now() - begun));
	sqlite3_finalize(insert);
	return sqlite3_close(database) != SQLITE_OK;
}
