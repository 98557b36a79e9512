/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --check-db: recomputes from the tables what the runs say of themselves. For each run that has ended:
 *
 *	attempted = filtered + emitted + lost in the kernel    (not of runs before there was a ledger)
 *	emitted = stored + damaged + held + unused
 *	lost is the sum of its rows in `losses`
 *	its records are numbered 1 .. records, each once
 *	its rows in all tables are as many as were written
 *	the views of --compat are there
 */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/buffer.h"
#include "runtime/message.h"
#include "runtime/print/screen.h"
#include "runtime/runtime.h"
#include "runtime/sink.h"
#include "runtime/sink/sqlite_compat.h"
#include "runtime/sink/sqlite_run.h"
#include "runtime/sink/sqlite_table.h"

/* As `select_run` names them. */
enum column { ID, STARTED, ENDED, SCRIPT, HOST, COMPAT, STORED, LOST, ATTEMPTED, FILTERED, EMITTED, HELD, UNUSED, RECORDS, ROWS };

static const char select_run[] =
	"SELECT id, datetime(started / 1000000000, 'unixepoch'), ended, script, host, compat, stored, "
	"lost, attempted, filtered, emitted, held, unused, records, rows FROM runs ORDER BY id";

struct check {
	const char *path;
	sqlite3 *db;
	sqlite3_stmt *run; /* the row that is looked at */
	int fd;
	uint32_t runs, problems;
	bool bad; /* this run has a problem, which is said */
};

static int fail(const struct check *check)
{
	message_error("Could not check database %s: %s", check->path,
		      check->db ? sqlite3_errmsg(check->db) : message_errno(ENOMEM));
	return -EIO;
}

/* Text of the file's, which may hold anything. */
static void put(const char *text)
{
	struct buffer out = {0};

	screen_add(&out, text, strlen(text), false);
	fwrite(out.data ? out.data : "", 1, out.length, stdout);
	buffer_free(&out);
}

__attribute__((format(printf, 2, 3))) static void problem(struct check *check, const char *format,
							   ...)
{
	va_list args;

	char text[1024];

	check->problems++;
	check->bad = true;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fputs("  PROBLEM: ", stdout);
	put(text);
	putchar('\n');
}

static long long number(const struct check *check, enum column column)
{
	return sqlite3_column_int64(check->run, column);
}

/* Any file may be looked at, so anything may be NULL. */
static const char *text(const struct check *check, enum column column)
{
	const unsigned char *value = sqlite3_column_text(check->run, column);

	return value ? (const char *)value : "";
}

static bool is_null(const struct check *check, enum column column)
{
	return sqlite3_column_type(check->run, column) == SQLITE_NULL;
}

/* The first `n` columns of the first row of a query, whose ?1 is the run. */
static int query(const struct check *check, const char *sql, int64_t *values, int n)
{
	sqlite3_stmt *select = NULL;
	int code = sqlite3_prepare_v2(check->db, sql, -1, &select, NULL);

	if (code == SQLITE_OK) {
		if (sqlite3_bind_parameter_count(select))
			sqlite3_bind_int64(select, 1, number(check, ID));
		code = sqlite3_step(select);
	}
	for (int i = 0; code == SQLITE_ROW && i < n; i++)
		values[i] = sqlite3_column_int64(select, i);
	sqlite3_finalize(select);
	return code == SQLITE_ROW ? 0 : -EIO;
}

/*
 * "SELECT what FROM (SELECT columns FROM each table that has `column` WHERE run = ?1)". Names are
 * what they are: the file may have been made by anybody.
 */
static int query_tables(const struct check *check, const char *column, const char *columns,
			const char *what, int64_t *values, int n)
{
	static const char tables[] =
		"SELECT t.name FROM sqlite_schema t, pragma_table_info(t.name) c "
		"WHERE t.type = 'table' AND c.name = ?1";
	sqlite3_stmt *select = NULL;
	struct buffer sql = {0};
	bool some = false;
	int err;

	if (sqlite3_prepare_v2(check->db, tables, -1, &select, NULL) != SQLITE_OK)
		return -EIO;
	sqlite3_bind_text(select, 1, column, -1, SQLITE_STATIC);
	buffer_add_text(&sql, "SELECT ");
	buffer_add_text(&sql, what);
	buffer_add_text(&sql, " FROM (");
	while (sqlite3_step(select) == SQLITE_ROW) {
		char *part = sqlite3_mprintf("%sSELECT %s FROM \"%w\" WHERE run = ?1",
					     some ? " UNION ALL " : "", columns,
					     sqlite3_column_text(select, 0));

		if (part)
			buffer_add_text(&sql, part);
		sql.failed |= !part;
		sqlite3_free(part);
		some = true;
	}
	sqlite3_finalize(select);
	buffer_add(&sql, ")", 2); /* with the NUL */
	memset(values, 0, (size_t)n * sizeof(*values));
	err = sql.failed ? -ENOMEM : some ? query(check, sql.data, values, n) : 0;
	buffer_free(&sql);
	return err;
}

static int check_losses(struct check *check)
{
	int64_t sums[2];
	int err = query(check,
			"SELECT coalesce(sum(count), 0), coalesce(sum(count) FILTER (WHERE reason = '"
			LOSS_DAMAGED "'), 0) FROM losses WHERE run = ?1", sums, 2);

	if (err)
		return err;
	if (number(check, LOST) != sums[0])
		problem(check, "%lld were lost, but the rows of losses say %lld",
			number(check, LOST), (long long)sums[0]);
	if (is_null(check, ATTEMPTED))
		return 0;
	if (number(check, ATTEMPTED) !=
	    number(check, FILTERED) + number(check, EMITTED) + sums[0] - sums[1])
		problem(check, "%lld attempted are not %lld filtered + %lld emitted + %lld lost",
			number(check, ATTEMPTED), number(check, FILTERED), number(check, EMITTED),
			(long long)(sums[0] - sums[1]));
	if (number(check, EMITTED) !=
	    number(check, STORED) + sums[1] + number(check, HELD) + number(check, UNUSED))
		problem(check,
			"%lld emitted are not %lld stored + %lld lost + %lld held back + %lld unused",
			number(check, EMITTED), number(check, STORED), (long long)sums[1],
			number(check, HELD), number(check, UNUSED));
	return 0;
}

static int check_rows(struct check *check)
{
	int64_t records[3], rows;
	int err = query_tables(check, "seq", "seq",
			       "count(*), coalesce(max(seq), 0), count(DISTINCT seq)", records, 3);

	if (!err)
		err = query_tables(check, "run", "count(*) AS n", "coalesce(sum(n), 0)", &rows, 1);
	if (err || is_null(check, RECORDS))
		return err;
	if (records[0] != number(check, RECORDS) || records[1] != records[0] ||
	    records[2] != records[0])
		problem(check, "%lld records were made, but there are %lld, %lld of them different, "
			       "the last is number %lld",
			number(check, RECORDS), (long long)records[0], (long long)records[2],
			(long long)records[1]);
	if (rows != number(check, ROWS))
		problem(check, "%lld rows were written, but there are %lld", number(check, ROWS),
			(long long)rows);
	return 0;
}

/* As far as it came: what it wrote must be without gaps. */
static int check_unfinished(struct check *check)
{
	int64_t records[2];
	int err = query_tables(check, "seq", "seq", "count(DISTINCT seq), coalesce(max(seq), 0)",
			       records, 2);

	if (err)
		return err;
	if (records[0] != records[1])
		problem(check, "of its first %lld records there are %lld", (long long)records[1],
			(long long)records[0]);
	if (!sqlite_run_is_alive(check->fd, number(check, ID)))
		problem(check, "it died: what it had not written yet is missing");
	return 0;
}

static void say_run(const struct check *check)
{
	printf("run %lld, ", number(check, ID));
	put(text(check, STARTED));
	fputs(", ", stdout);
	put(text(check, SCRIPT));
	if (is_null(check, ENDED))
		puts(sqlite_run_is_alive(check->fd, number(check, ID)) ? ": still running"
									 : ": not ended");
	else if (is_null(check, ATTEMPTED))
		printf(": %lld stored, %lld lost; no ledger\n", number(check, STORED),
		       number(check, LOST));
	else
		printf(": %lld attempted, %lld filtered, %lld emitted, %lld stored, %lld lost, "
		       "%lld held back\n",
		       number(check, ATTEMPTED), number(check, FILTERED), number(check, EMITTED),
		       number(check, STORED), number(check, LOST), number(check, HELD));
}

static int check_run(struct check *check)
{
	int err, missing;

	check->runs++;
	check->bad = false;
	say_run(check);
	if (is_null(check, ENDED))
		return check_unfinished(check);
	err = check_losses(check);
	if (!err)
		err = check_rows(check);
	if (err || is_null(check, COMPAT))
		return err;
	missing = sqlite_compat_missing(check->db, text(check, HOST));
	if (missing)
		problem(check, "%d of the views of --compat cannot be read", missing);
	return 0;
}

static int check_integrity(struct check *check)
{
	sqlite3_stmt *select = NULL;
	int code = sqlite3_prepare_v2(check->db, "PRAGMA integrity_check", -1, &select, NULL);

	while (code == SQLITE_OK && (code = sqlite3_step(select)) == SQLITE_ROW) {
		const char *result = (const char *)sqlite3_column_text(select, 0);

		code = SQLITE_OK;
		if (!result || strcmp(result, "ok") != 0)
			problem(check, "%s", result ? result : "no result");
	}
	sqlite3_finalize(select);
	return code == SQLITE_DONE ? 0 : -EIO;
}

static int check_runs(struct check *check)
{
	int code = sqlite3_prepare_v2(check->db, select_run, -1, &check->run, NULL), err = 0;

	while (code == SQLITE_OK && !err && (code = sqlite3_step(check->run)) == SQLITE_ROW) {
		err = check_run(check);
		code = SQLITE_OK;
	}
	sqlite3_finalize(check->run);
	return err ? err : code == SQLITE_DONE ? 0 : -EIO;
}

static int open_file(struct check *check)
{
	struct stat file;
	char *resolved;
	int code;

	check->fd = open(check->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (check->fd < 0) {
		code = -errno;
		message_error("Could not open database %s: %s", check->path, message_errno(code));
		return code;
	}
	if (fstat(check->fd, &file) || !S_ISREG(file.st_mode)) {
		message_error("Could not open database %s: it is not a regular file", check->path);
		return -EINVAL;
	}
	/* A name that starts with / means nothing else to SQLite. */
	resolved = realpath(check->path, NULL);
	code = resolved ? sqlite3_open_v2(resolved, &check->db, SQLITE_OPEN_READONLY, NULL)
			: SQLITE_NOMEM;
	free(resolved);
	if (code != SQLITE_OK)
		return fail(check);
	sqlite3_busy_timeout(check->db, 10000);
	sqlite_table_distrust(check->db);
	sqlite3_exec(check->db, "PRAGMA cell_size_check=ON", NULL, NULL, NULL);
	return 0;
}

int database_check(const char *path)
{
	struct check check = {.path = path, .fd = -1};
	int err = open_file(&check);

	if (!err) {
		/* All of it as it is at one moment, while runs go on. */
		err = sqlite3_exec(check.db, "BEGIN", NULL, NULL, NULL) ? -EIO : 0;
		if (!err)
			err = check_integrity(&check);
		if (!err && !check.problems)
			err = check_runs(&check);
		if (err)
			fail(&check);
		else
			printf("%s: %u run%s, %u problem%s\n", path, check.runs,
			       check.runs == 1 ? "" : "s", check.problems,
			       check.problems == 1 ? "" : "s");
	}
	sqlite3_close(check.db);
	if (check.fd >= 0)
		close(check.fd);
	return err || check.problems ? 1 : 0;
}
