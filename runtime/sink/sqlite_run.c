/* SPDX-License-Identifier: Apache-2.0 */
/* Locks that belong to the open file, so that nothing that SQLite closes takes them away. */
#include "runtime/sink/sqlite_run.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define LOCKS (1LL << 61)

static struct flock lock_of(int64_t run)
{
	return (struct flock){
		.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = LOCKS + run, .l_len = 1};
}

void sqlite_run_claim(int fd, int64_t run)
{
	struct flock lock = lock_of(run);

	/* A file system without locks: later runs will take this one for dead until it has ended. */
	(void)fcntl(fd, F_OFD_SETLK, &lock);
}

bool sqlite_run_is_alive(int fd, int64_t run)
{
	struct flock lock = lock_of(run);

	return !fcntl(fd, F_OFD_GETLK, &lock) && lock.l_type != F_UNLCK;
}

int sqlite_run_find_dead(sqlite3 *db, int fd, int64_t now)
{
	sqlite3_stmt *select = NULL, *update = NULL;
	int code;

	code = sqlite3_prepare_v2(db, "SELECT id FROM runs WHERE ended IS NULL AND unclean IS NULL",
				  -1, &select, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_prepare_v2(db, "UPDATE runs SET unclean = ?1 WHERE id = ?2", -1,
					  &update, NULL);
	while (code == SQLITE_OK && (code = sqlite3_step(select)) == SQLITE_ROW) {
		int64_t run = sqlite3_column_int64(select, 0);

		code = SQLITE_OK;
		if (sqlite_run_is_alive(fd, run))
			continue;
		sqlite3_bind_int64(update, 1, now);
		sqlite3_bind_int64(update, 2, run);
		code = sqlite3_step(update) == SQLITE_DONE ? SQLITE_OK : SQLITE_ERROR;
		sqlite3_reset(update);
	}
	sqlite3_finalize(select);
	sqlite3_finalize(update);
	return code == SQLITE_DONE ? 0 : -EIO;
}
