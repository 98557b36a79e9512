// SPDX-License-Identifier: Apache-2.0
/* How much waits to be written: that is what a run that is killed lacks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/sink.h"
#include "runtime/sink/sqlite_writer.h"

#define WRITTEN 100000
/* docs/database.md: what may be missing behind a run that was killed. */
#define MOST 10000

static const struct sqlite_column columns[] = {{"run", "INTEGER NOT NULL"}, {"n", "INTEGER"}, {"text", "TEXT"}};
static const struct sqlite_table table = {"numbers", columns, 3, true};

struct filling {
	struct sqlite_writer *writer;
	const char *text;
	int added; /* so far; another thread looks */
};

static void *fill(void *self)
{
	struct filling *filling = self;

	for (int i = 0; i < WRITTEN; i++) {
		struct sqlite_cell cells[] = {
			{.kind = CELL_INTEGER, .integer = i},
			{.kind = CELL_TEXT, .bytes = filling->text, .length = (uint32_t)strlen(filling->text)},
		};

		if (sqlite_writer_add(filling->writer, 0, cells, 2))
			return NULL;
		__atomic_add_fetch(&filling->added, 1, __ATOMIC_SEQ_CST);
	}
	return filling;
}

/* Until nothing more is added for a while: the caller of add waits for the file. */
static int settled(const struct filling *filling)
{
	int before = -1, now = 0;

	while (now != before || !now) {
		before = now;
		usleep(300000);
		now = __atomic_load_n(&filling->added, __ATOMIC_SEQ_CST);
	}
	return now;
}

static int count(const char *path)
{
	sqlite3_stmt *query;
	sqlite3 *db;
	int n;

	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT count(*) FROM numbers", -1, &query, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(query), SQLITE_ROW);
	n = sqlite3_column_int(query, 0);
	sqlite3_finalize(query);
	sqlite3_close(db);
	return n;
}

/* Somebody keeps the file locked, so nothing of what is added is written: no more than MOST is taken. */
static void fills_no_more_than(const char *text, int most)
{
	char folder[] = "/tmp/dt-unit-XXXXXX", path[64];
	struct filling filling = {.text = text};
	struct sqlite_run run = {.host = "", .boot_id = "", .kernel = "", .version = "", .script = "", .sha256 = "", .args = ""};
	struct sink_totals totals = {0};
	pthread_t thread;
	sqlite3 *other;
	void *done;

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/x.sqlite", folder);
	assert_int_equal(sqlite_writer_open(&filling.writer, path, &run, &table, 1), 0);
	assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(pthread_create(&thread, NULL, fill, &filling), 0);
	assert_in_range(settled(&filling), 1, most);
	assert_in_range(sqlite_writer_waiting(filling.writer), 1, most);
	assert_int_equal(count(path), 0);
	assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(other);
	pthread_join(thread, &done);
	assert_ptr_equal(done, &filling);
	assert_int_equal(sqlite_writer_finish(filling.writer, 1, &totals), 0);
	sqlite_writer_close(filling.writer);
	assert_int_equal(count(path), WRITTEN);
	unlink(path);
	rmdir(folder);
}

static void what_waits_is_bounded_in_rows(void **state)
{
	(void)state;
	fills_no_more_than("x", MOST);
}

/* Four times 512 KB and a row: here some 2 100 rows. */
static void what_waits_is_bounded_in_bytes(void **state)
{
	static char text[1001];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	fills_no_more_than(text, 4 * 512 * 1024 / 1000 + 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_waits_is_bounded_in_rows),
		cmocka_unit_test(what_waits_is_bounded_in_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
