/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --compat duetector: views with the names and the columns of duetector's tables, over the tables of
 * records, so that queries that were written for them keep working.
 */
#ifndef DUETRACE_RUNTIME_SQLITE_COMPAT_H
#define DUETRACE_RUNTIME_SQLITE_COMPAT_H

#include <sqlite3.h>
#include <stdint.h>

/*
 * Make the views of a host, anew if they are there: a table may have got more columns. Returns 0, or
 * -EIO when SQLite failed: ask the handle why.
 */
int sqlite_compat_add(sqlite3 *db, const char *host);
/* How many views of the host are missing or cannot be read. */
int sqlite_compat_missing(sqlite3 *db, const char *host);

#endif
