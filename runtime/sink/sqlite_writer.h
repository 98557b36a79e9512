/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that writes a run into an SQLite database. Rows are put into batches by the caller and
 * inserted, one transaction a batch, by the thread: when 2 500 rows or 512 KB are together, or
 * 200 ms after the first of them. The queue is bounded: when the database cannot keep up the caller
 * waits, so that what is lost is lost, and counted, in the kernel's ring. So it is too when nothing
 * can be written for a while, because the disk is full or the file locked: that is tried again until it
 * works, or 10 s after the end of the run, or the user's second signal.
 */
#ifndef DUETRACE_RUNTIME_SQLITE_WRITER_H
#define DUETRACE_RUNTIME_SQLITE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/sink/sqlite_table.h"

struct sink_totals;
struct sqlite_writer;

/* The row of this run. Strings are copied by SQLite before the thread starts. */
struct sqlite_run {
	int64_t started; /* wall ns */
	const char *host, *boot_id, *kernel, *version, *script, *sha256, *args;
	const char *coverage; /* JSON; NULL: not asked */
	const char *compat;   /* whose views are to be made; NULL: none */
	/* Asked by who waits while nothing can be written; NULL: the run ends otherwise. */
	bool (*is_over)(void *self);
	void *self;
};

/*
 * Open or make the database with its tables, add the run and start the thread. On failure says why,
 * returns -errno and leaves nothing open.
 */
int sqlite_writer_open(struct sqlite_writer **writer, const char *path, const struct sqlite_run *run,
		       const struct sqlite_table *tables, uint32_t n_tables);
/* Readable once the thread has failed. */
int sqlite_writer_watch(const struct sqlite_writer *writer);
/* -EIO once the thread has failed and said so. */
int sqlite_writer_check(const struct sqlite_writer *writer);

/*
 * Add a row to tables[table]: a cell for each of its columns. What they point to is copied. Returns
 * 0, -ENOMEM, or -EIO once the thread has failed and said so.
 */
int sqlite_writer_add(struct sqlite_writer *writer, uint32_t table, const struct sqlite_cell *cells,
		      uint32_t n);

/* Write all that is left, end the thread, and close the run's row. 0 or -EIO. */
int sqlite_writer_finish(struct sqlite_writer *writer, int64_t ended,
			 const struct sink_totals *totals);
/* Rows that were added and are not in the database, once the thread has failed or ended. */
uint64_t sqlite_writer_waiting(struct sqlite_writer *writer);
void sqlite_writer_close(struct sqlite_writer *writer);

#endif
