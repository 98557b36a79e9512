/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds tracefs, or makes a copy of its own: a detached mount (fsopen, fsmount) that only this
 * process can reach by its descriptor and that is gone when the descriptor is closed. Nothing on
 * the host changes, whatever way the process ends.
 */
#ifndef DUETRACE_TRACEFS_H
#define DUETRACE_TRACEFS_H

/*
 * A directory descriptor (O_PATH or a mount's) of tracefs, from /sys/kernel/tracing,
 * /sys/kernel/debug/tracing, or mounted privately; the caller closes it. Or -errno: -EPERM, -EACCES:
 * not privileged; -ENODEV: this kernel has no tracefs.
 */
int tracefs_open(void);

/*
 * Read a whole file below a directory descriptor. Returns 0 and a malloc'ed buffer with a NUL
 * behind its `size` bytes, or -errno.
 */
int tracefs_read(int dir, const char *path, char **data, unsigned long *size);

#endif
