/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which runs of a database are alive. A run holds a lock on one byte of the file, far behind its end
 * and behind what SQLite locks: the kernel lets go of it however the run ends, and no process ID or
 * clock has to be trusted.
 */
#ifndef DUETRACE_RUNTIME_SQLITE_RUN_H
#define DUETRACE_RUNTIME_SQLITE_RUN_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

/* Until the descriptor is closed, a run is alive. */
void sqlite_run_claim(int fd, int64_t run);
bool sqlite_run_is_alive(int fd, int64_t run);
/* Mark the runs that died without an end, in a transaction. Returns 0, or -EIO: ask the handle. */
int sqlite_run_find_dead(sqlite3 *db, int fd, int64_t now);

#endif
