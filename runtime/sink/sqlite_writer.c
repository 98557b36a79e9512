/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Batches, the thread that takes them, and the statements it runs. The database handle is used by
 * one thread at a time: by the opener until the thread starts, and again after it has ended.
 */
#include "runtime/sink/sqlite_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "runtime/buffer.h"
#include "runtime/message.h"
#include "runtime/privileges.h"
#include "runtime/signals.h"
#include "runtime/sink.h"
#include "runtime/sink/sqlite_compat.h"
#include "runtime/sink/sqlite_run.h"
#include "runtime/trusted.h"

/*
 * What a process that is killed takes along is what is being written, what waits and what is being filled:
 * 10 000 rows of them all. Fewer and larger batches are not faster: a transaction costs as much as
 * some ten rows.
 */
#define N_BATCHES   4
#define BATCH_ROWS  2500
#define BATCH_BYTES (512u * 1024)
#define REASON_SIZE 512
#define BATCH_MS    200
#define BUSY_MS	    10000
/* While nothing can be written: how often it is tried, and for how long when the run is over. */
#define RETRY_MS    200
#define PATIENCE_S  10

/*
 * A row in a batch: this, then its cells, packed: a byte for the kind, then 8 bytes of an integer, or
 * 4 of a length and the bytes.
 */
struct row {
	uint32_t table;
	uint32_t n_cells;
};

struct batch {
	struct buffer bytes;
	uint32_t rows;
	struct timespec due; /* CLOCK_MONOTONIC: when it has to be written */
};

struct sqlite_writer {
	const char *path;
	sqlite3 *db;
	sqlite3_stmt **inserts; /* one a table */
	uint32_t n_tables;
	int64_t run;
	int alive;     /* the file, with a lock that says that this run is alive; see sqlite_run.h */
	uint64_t rows; /* that are in the database */
	struct stat file; /* as it was opened, to notice that it was deleted */
	int watch;
	pthread_t thread;
	bool running;
	/* Below: under the lock. batches[head] .. batches[tail - 1] wait, batches[tail] is filled.
	 */
	pthread_mutex_t lock;
	pthread_cond_t work, space;
	struct batch batches[N_BATCHES];
	unsigned int head, tail;
	bool ready; /* the thread has given up its rights */
	bool stop;
	bool failed;
	bool troubled;		 /* the last try failed, another will be made */
	struct timespec trouble; /* CLOCK_MONOTONIC: since when */
	struct timespec give_up; /* once `hurried`: until when it is tried again */
	bool hurried;		 /* the run is over, as far as the caller of add knows */
	/* Below: the caller's own. */
	bool (*is_over)(void *self);
	void *self;
};

static const struct sqlite_column run_columns[] = {
	{"started", "INTEGER NOT NULL"},
	{"ended", "INTEGER"},
	{"host", "TEXT"},
	{"boot_id", "TEXT"},
	{"kernel", "TEXT"},
	{"version", "TEXT"},
	{"script", "TEXT"},
	{"sha256", "TEXT"},
	{"args", "TEXT"},
	{"coverage", "TEXT"},
	{"produced", "INTEGER"},
	{"stored", "INTEGER"},
	{"lost", "INTEGER"},
	/* The ledger: see runtime/ledger.h. */
	{"attempted", "INTEGER"},
	{"filtered", "INTEGER"},
	{"emitted", "INTEGER"},
	{"held", "INTEGER"},
	{"unused", "INTEGER"},
	{"records", "INTEGER"},
	{"rows", "INTEGER"},
	{"compat", "TEXT"},
	{"unclean", "INTEGER"},
};
static const struct sqlite_table runs = {"runs", run_columns,
					 sizeof(run_columns) / sizeof(run_columns[0]), true};

/* Why the last statement failed, for people. */
static const char *reason(const struct sqlite_writer *writer, char text[static REASON_SIZE])
{
	int code = sqlite3_errcode(writer->db);

	if ((code & 0xff) == SQLITE_BUSY)
		snprintf(text, REASON_SIZE, "another process keeps it locked");
	else if ((code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN)
		snprintf(text, REASON_SIZE, "%s (%s)", sqlite3_errmsg(writer->db),
			 message_errno(sqlite3_system_errno(writer->db)));
	else
		snprintf(text, REASON_SIZE, "%s", sqlite3_errmsg(writer->db));
	return text;
}

static int complain(const struct sqlite_writer *writer, const char *operation)
{
	char text[REASON_SIZE];

	message_error("Could not %s database %s: %s", operation, writer->path,
		      reason(writer, text));
	return -EIO;
}

/* What may be over in a while: a full disk, a lock, a file system that is read-only. */
static bool may_pass(const struct sqlite_writer *writer)
{
	switch (sqlite3_errcode(writer->db) & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL:
	case SQLITE_FULL:
	case SQLITE_IOERR:
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
	case SQLITE_NOMEM:
		return true;
	}
	return false;
}

/* A deleted database would swallow everything: rows go where nobody can find them. */
static int check_file(const struct sqlite_writer *writer)
{
	struct stat now;

	if (stat(writer->path, &now) == 0 && now.st_dev == writer->file.st_dev &&
	    now.st_ino == writer->file.st_ino)
		return 0;
	message_error("Could not write database %s: it was deleted or replaced while in use",
		      writer->path);
	return -EIO;
}

/* Bind the cell at `at`; returns where the next one begins. */
static const char *bind_cell(sqlite3_stmt *insert, int column, const char *at)
{
	enum sqlite_cell_kind kind = (enum sqlite_cell_kind)*at++;
	int64_t integer;
	uint32_t length;

	if (kind == CELL_NULL) {
		sqlite3_bind_null(insert, column);
		return at;
	}
	if (kind == CELL_INTEGER) {
		memcpy(&integer, at, sizeof(integer));
		sqlite3_bind_int64(insert, column, integer);
		return at + sizeof(integer);
	}
	memcpy(&length, at, sizeof(length));
	at += sizeof(length);
	if (kind == CELL_TEXT)
		sqlite3_bind_text(insert, column, at, (int)length, SQLITE_STATIC);
	else
		sqlite3_bind_blob(insert, column, at, (int)length, SQLITE_STATIC);
	return at + length;
}

/* Insert the row at `at`; returns where the next one begins, or NULL. */
static const char *insert_row(struct sqlite_writer *writer, const char *at)
{
	struct row row;
	sqlite3_stmt *insert;
	int code;

	memcpy(&row, at, sizeof(row));
	at += sizeof(row);
	insert = writer->inserts[row.table];
	sqlite3_bind_int64(insert, 1, writer->run);
	for (uint32_t i = 0; i < row.n_cells; i++)
		at = bind_cell(insert, (int)i + 2, at);
	code = sqlite3_step(insert);
	sqlite3_reset(insert);
	return code == SQLITE_DONE ? at : NULL;
}

/* -EAGAIN: it may work later. */
static int fail_batch(struct sqlite_writer *writer, bool last)
{
	int err = may_pass(writer) && !last ? -EAGAIN : -EIO;
	char text[REASON_SIZE];

	if (err == -EIO)
		complain(writer, "write");
	else if (!writer->troubled)
		message_warning("Could not write database %s: %s: trying until it can be written",
				writer->path, reason(writer, text));
	return err;
}

/* One transaction. `last`: another try will not be made. */
static int write_batch(struct sqlite_writer *writer, const struct batch *batch, bool last)
{
	const char *at = batch->bytes.data;
	int err = check_file(writer);

	if (err)
		return err;
	if (sqlite3_exec(writer->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
		return fail_batch(writer, last);
	for (uint32_t i = 0; at && i < batch->rows; i++)
		at = insert_row(writer, at);
	if (at && sqlite3_exec(writer->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK) {
		writer->rows += batch->rows;
		return 0;
	}
	err = fail_batch(writer, last);
	sqlite3_exec(writer->db, "ROLLBACK", NULL, NULL, NULL);
	return err;
}

static struct timespec after(long ms)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	time.tv_sec += ms / 1000;
	time.tv_nsec += ms % 1000 * 1000000L;
	if (time.tv_nsec >= 1000000000L) {
		time.tv_nsec -= 1000000000L;
		time.tv_sec++;
	}
	return time;
}

static void hurry(struct sqlite_writer *writer)
{
	if (!writer->hurried)
		writer->give_up = after(PATIENCE_S * 1000L);
	writer->hurried = true;
}

/* Called with the lock: nobody waits any longer, or the user insists. */
static bool is_last_try(const struct sqlite_writer *writer)
{
	struct timespec now = after(0);

	return signals_count() > 1 ||
	       (writer->hurried && (now.tv_sec > writer->give_up.tv_sec ||
				    (now.tv_sec == writer->give_up.tv_sec &&
				     now.tv_nsec >= writer->give_up.tv_nsec)));
}

/* Called with the lock, which is let go of for as long as it takes to wait. */
static void begin_trouble(struct sqlite_writer *writer)
{
	struct timespec next = after(RETRY_MS);

	if (!writer->troubled)
		writer->trouble = after(0);
	writer->troubled = true;
	/* Who waits for space has to look out for the end of the run from now on. */
	pthread_cond_signal(&writer->space);
	while (pthread_cond_timedwait(&writer->work, &writer->lock, &next) != ETIMEDOUT)
		;
	/* A lock may be held for long, and the end of the run come meanwhile. */
	sqlite3_busy_timeout(writer->db, RETRY_MS);
}

static void end_trouble(struct sqlite_writer *writer)
{
	struct timespec now = after(0);

	if (!writer->troubled)
		return;
	writer->troubled = false;
	sqlite3_busy_timeout(writer->db, BUSY_MS);
	message_note("Database %s can be written again, after %lld s", writer->path,
		     (long long)(now.tv_sec - writer->trouble.tv_sec));
}

/*
 * Write a batch, however long it takes. Meanwhile the queue fills, then the reader waits, then the
 * kernel's ring is full: what is lost is counted there, by probe and CPU. Called with the lock.
 */
static int store_batch(struct sqlite_writer *writer, const struct batch *batch)
{
	bool last = false;
	int err;

	for (;;) {
		pthread_mutex_unlock(&writer->lock);
		err = write_batch(writer, batch, last);
		pthread_mutex_lock(&writer->lock);
		if (err != -EAGAIN)
			break;
		begin_trouble(writer);
		last = is_last_try(writer);
	}
	if (!err)
		end_trouble(writer);
	return err;
}

/* Wait until a batch is to be written; false: there is nothing left to do. */
static bool wait_for_batch(struct sqlite_writer *writer)
{
	while (writer->head == writer->tail) {
		struct batch *batch = &writer->batches[writer->tail % N_BATCHES];

		if (batch->rows == 0) {
			if (writer->stop)
				return false;
			pthread_cond_wait(&writer->work, &writer->lock);
		} else if (writer->stop || pthread_cond_timedwait(&writer->work, &writer->lock,
								  &batch->due) == ETIMEDOUT) {
			if (writer->head == writer->tail)
				writer->tail++;
		}
	}
	return true;
}

static void *run_thread(void *argument)
{
	struct sqlite_writer *writer = argument;
	uint64_t one = 1;

	privileges_drop_thread(writer->path);
	pthread_mutex_lock(&writer->lock);
	writer->ready = true;
	pthread_cond_signal(&writer->space);
	while (!writer->failed && wait_for_batch(writer)) {
		struct batch *batch = &writer->batches[writer->head % N_BATCHES];

		if (store_batch(writer, batch)) {
			writer->failed = true;
			(void)!write(writer->watch, &one, sizeof(one));
		} else {
			batch->bytes.length = 0;
			batch->rows = 0;
			writer->head++;
		}
		pthread_cond_signal(&writer->space);
	}
	pthread_mutex_unlock(&writer->lock);
	return NULL;
}

static void append_cell(struct buffer *bytes, const struct sqlite_cell *cell)
{
	buffer_add_byte(bytes, (char)cell->kind);
	if (cell->kind == CELL_INTEGER)
		buffer_add(bytes, &cell->integer, sizeof(cell->integer));
	if (cell->kind != CELL_TEXT && cell->kind != CELL_BLOB)
		return;
	buffer_add(bytes, &cell->length, sizeof(cell->length));
	buffer_add(bytes, cell->bytes, cell->length);
}

static void append(struct batch *batch, uint32_t table, const struct sqlite_cell *cells, uint32_t n)
{
	struct buffer *bytes = &batch->bytes;
	struct row row = {.table = table, .n_cells = n};
	size_t before = bytes->length;

	buffer_add(bytes, &row, sizeof(row));
	for (uint32_t i = 0; i < n; i++)
		append_cell(bytes, &cells[i]);
	if (bytes->failed)
		bytes->length = before;
	else
		batch->rows++;
}

/* Called with the lock: until there is room for another batch, or there will be none. */
static void wait_for_space(struct sqlite_writer *writer)
{
	while (writer->tail - writer->head >= N_BATCHES - 1 && !writer->failed) {
		struct timespec moment = after(RETRY_MS);

		if (!writer->troubled)
			pthread_cond_wait(&writer->space, &writer->lock);
		else if (pthread_cond_timedwait(&writer->space, &writer->lock, &moment) == ETIMEDOUT &&
			 writer->is_over && writer->is_over(writer->self))
			hurry(writer);
	}
}

int sqlite_writer_add(struct sqlite_writer *writer, uint32_t table, const struct sqlite_cell *cells,
		      uint32_t n)
{
	struct batch *batch;
	int err;

	pthread_mutex_lock(&writer->lock);
	batch = &writer->batches[writer->tail % N_BATCHES];
	if (batch->rows >= BATCH_ROWS || batch->bytes.length >= BATCH_BYTES) {
		wait_for_space(writer);
		writer->tail++;
		pthread_cond_signal(&writer->work);
		batch = &writer->batches[writer->tail % N_BATCHES];
	}
	if (writer->failed) {
		pthread_mutex_unlock(&writer->lock);
		return -EIO;
	}
	append(batch, table, cells, n);
	err = batch->bytes.failed ? -ENOMEM : 0;
	if (batch->rows == 1) {
		batch->due = after(BATCH_MS);
		pthread_cond_signal(&writer->work);
	}
	pthread_mutex_unlock(&writer->lock);
	return err;
}

static int add_run(struct sqlite_writer *writer, const struct sqlite_run *run)
{
	const char *texts[] = {run->host,   run->boot_id, run->kernel,	 run->version, run->script,
			       run->sha256, run->args,	  run->coverage, run->compat};
	sqlite3_stmt *insert = NULL;
	int err = 0;

	if (sqlite3_prepare_v2(writer->db,
			       "INSERT INTO runs (started, host, boot_id, kernel, version, script, "
			       "sha256, args, coverage, compat) "
			       "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
			       -1, &insert, NULL) != SQLITE_OK)
		return complain(writer, "write");
	sqlite3_bind_int64(insert, 1, run->started);
	for (int i = 0; i < 9; i++)
		sqlite3_bind_text(insert, i + 2, texts[i], -1, SQLITE_STATIC);
	if (sqlite3_step(insert) != SQLITE_DONE)
		err = complain(writer, "write");
	sqlite3_finalize(insert);
	writer->run = sqlite3_last_insert_rowid(writer->db);
	return err;
}

static int fit_tables(struct sqlite_writer *writer, const struct sqlite_table *tables, uint32_t n)
{
	int err = 0;

	err = sqlite_table_fit(writer->db, &runs);
	for (uint32_t i = 0; !err && i < n; i++)
		err = sqlite_table_fit(writer->db, &tables[i]);
	return err == -EIO ? complain(writer, "set up") : err;
}

static int prepare_inserts(struct sqlite_writer *writer, const struct sqlite_table *tables,
			   uint32_t n)
{
	writer->inserts = calloc(n, sizeof(*writer->inserts));
	if (!writer->inserts)
		return -ENOMEM;
	for (writer->n_tables = 0; writer->n_tables < n; writer->n_tables++)
		if (sqlite_table_prepare(writer->db, &tables[writer->n_tables],
					 &writer->inserts[writer->n_tables]))
			return complain(writer, "use");
	return 0;
}

/* Other runs may be setting up or writing the same file: one transaction, and wait for them. */
static int set_up(struct sqlite_writer *writer, const struct sqlite_run *run,
		  const struct sqlite_table *tables, uint32_t n)
{
	int err;

	sqlite3_busy_timeout(writer->db, BUSY_MS);
	if (sqlite3_exec(writer->db,
			 "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
			 "PRAGMA cache_size=-512; BEGIN IMMEDIATE",
			 NULL, NULL, NULL) != SQLITE_OK)
		return complain(writer, "open");
	err = fit_tables(writer, tables, n);
	if (!err && sqlite_run_find_dead(writer->db, writer->alive, run->started))
		err = complain(writer, "write");
	if (!err)
		err = add_run(writer, run);
	if (!err)
		sqlite_run_claim(writer->alive, writer->run);
	if (!err && run->compat)
		err = sqlite_compat_add(writer->db, run->host);
	if (err == -EIO)
		err = complain(writer, "set up");
	if (err || sqlite3_exec(writer->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
		return err ? err : complain(writer, "write");
	return prepare_inserts(writer, tables, n);
}

/*
 * Why not to write to a file, at a resolved path. SQLite takes a journal that it finds for its own, and what is
 * in it into the database.
 */
static const char *distrust_file(const char *path, const struct stat *database)
{
	static const char *const endings[] = {"-journal", "-wal", "-shm"};
	char name[PATH_MAX];
	struct stat file;

	if (database->st_mode & S_IWOTH)
		return "everybody may write to it";
	if (trusted_not_beside(path, database))
		return "it belongs to another user, in a folder that everybody may write to";
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (snprintf(name, sizeof(name), "%s%s", path, endings[i]) < (int)sizeof(name) && !lstat(name, &file) &&
		    (!S_ISREG(file.st_mode) || (trusted_not_beside(path, &file))))
			return "a journal beside it belongs to another user";
	return NULL;
}

static int open_file(struct sqlite_writer *writer)
{
	/* SQLite would make it with 0644; its journal files take the mode of the database. */
	int fd = open(writer->path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	const char *distrust;

	/* Not where a link of somebody's leads to nothing yet. */
	if (fd < 0 && errno == ENOENT)
		fd = open(writer->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0) {
		int err = -errno;

		message_error("Could not open database %s: %s", writer->path, message_errno(err));
		return err;
	}
	fstat(fd, &writer->file);
	/* Closed behind SQLite's own, whose locks it would take along. */
	writer->alive = fd;
	if (!S_ISREG(writer->file.st_mode)) {
		message_error("Could not open database %s: it is not a regular file", writer->path);
		return -EINVAL;
	}
	/* A resolved name starts with /: SQLite has another meaning for ":memory:" and "file:...". */
	char *resolved = realpath(writer->path, NULL);
	int result = SQLITE_NOMEM;

	distrust = resolved ? distrust_file(resolved, &writer->file) : NULL;
	if (distrust) {
		message_error("Could not open database %s: %s", writer->path, distrust);
		free(resolved);
		return -EPERM;
	}

	if (resolved)
		result = sqlite3_open_v2(resolved, &writer->db,
					 SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	free(resolved);
	if (result != SQLITE_OK)
		return complain(writer, "open");
	sqlite_table_distrust(writer->db);
	return 0;
}

/* Signals are for the thread that runs the session: its waits are the ones to interrupt. */
static int start_thread(struct sqlite_writer *writer)
{
	pthread_condattr_t monotonic;
	sigset_t all, old;
	int err;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_mutex_init(&writer->lock, NULL);
	pthread_cond_init(&writer->work, &monotonic);
	pthread_cond_init(&writer->space, &monotonic);
	pthread_condattr_destroy(&monotonic);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&writer->thread, NULL, run_thread, writer);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	writer->running = err == 0;
	pthread_mutex_lock(&writer->lock);
	while (!err && !writer->ready)
		pthread_cond_wait(&writer->space, &writer->lock);
	pthread_mutex_unlock(&writer->lock);
	if (err)
		message_error("Could not start the database's thread: %s", message_errno(err));
	return -err;
}

int sqlite_writer_open(struct sqlite_writer **result, const char *path,
		       const struct sqlite_run *run, const struct sqlite_table *tables, uint32_t n)
{
	struct sqlite_writer *writer = calloc(1, sizeof(*writer));
	int err;

	if (!writer) {
		message_error("Could not open database %s: %s", path, message_errno(ENOMEM));
		return -ENOMEM;
	}
	writer->path = path;
	writer->alive = -1;
	writer->is_over = run->is_over;
	writer->self = run->self;
	writer->watch = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = open_file(writer);
	if (!err)
		err = set_up(writer, run, tables, n);
	if (!err)
		err = start_thread(writer);
	if (err) {
		sqlite_writer_close(writer);
		return err;
	}
	*result = writer;
	return 0;
}

int sqlite_writer_check(const struct sqlite_writer *writer)
{
	return __atomic_load_n(&writer->failed, __ATOMIC_RELAXED) ? -EIO : 0;
}

int sqlite_writer_watch(const struct sqlite_writer *writer)
{
	return writer->watch;
}

static void stop_thread(struct sqlite_writer *writer)
{
	if (!writer->running)
		return;
	pthread_mutex_lock(&writer->lock);
	writer->stop = true;
	hurry(writer);
	pthread_cond_signal(&writer->work);
	pthread_mutex_unlock(&writer->lock);
	pthread_join(writer->thread, NULL);
	writer->running = false;
}

int sqlite_writer_finish(struct sqlite_writer *writer, int64_t ended,
			 const struct sink_totals *totals)
{
	sqlite3_stmt *update = NULL;
	int err = 0;

	stop_thread(writer);
	if (writer->failed || check_file(writer))
		return -EIO;
	if (sqlite3_prepare_v2(writer->db,
			       "UPDATE runs SET ended = ?1, produced = ?2, stored = ?3, lost = ?4, "
			       "attempted = ?5, filtered = ?6, emitted = ?7, held = ?8, unused = ?9, "
			       "records = ?10, rows = ?11, unclean = NULL WHERE id = ?12",
			       -1, &update, NULL) != SQLITE_OK)
		return complain(writer, "write");
	const int64_t values[] = {
		ended,
		(int64_t)totals->produced,
		(int64_t)totals->stored,
		(int64_t)totals->lost,
		(int64_t)totals->attempted,
		(int64_t)totals->filtered,
		(int64_t)totals->emitted,
		(int64_t)totals->held,
		(int64_t)totals->unused,
		(int64_t)totals->records,
		(int64_t)writer->rows,
		writer->run,
	};

	for (int i = 0; i < (int)(sizeof(values) / sizeof(values[0])); i++)
		sqlite3_bind_int64(update, i + 1, values[i]);
	if (sqlite3_step(update) != SQLITE_DONE)
		err = complain(writer, "write");
	sqlite3_finalize(update);
	return err;
}

uint64_t sqlite_writer_waiting(struct sqlite_writer *writer)
{
	uint64_t rows = 0;

	pthread_mutex_lock(&writer->lock);
	for (unsigned int i = 0; i < N_BATCHES; i++)
		rows += writer->batches[i].rows;
	pthread_mutex_unlock(&writer->lock);
	return rows;
}

void sqlite_writer_close(struct sqlite_writer *writer)
{
	stop_thread(writer);
	for (uint32_t i = 0; i < writer->n_tables; i++)
		sqlite3_finalize(writer->inserts[i]);
	free(writer->inserts);
	sqlite3_close(writer->db);
	sqlite3_shutdown();
	if (writer->alive >= 0)
		close(writer->alive);
	for (unsigned int i = 0; i < N_BATCHES; i++)
		buffer_free(&writer->batches[i].bytes);
	if (writer->watch >= 0)
		close(writer->watch);
	free(writer);
}
