/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A link that becomes a file of bpffs, and stays until that is removed.
 */
#ifndef DUETRACE_RUNTIME_PIN_H
#define DUETRACE_RUNTIME_PIN_H

/* Pin a probe's link to a whole path, and say so. On failure says why and returns -errno. */
int pin_link(int link, const char *probe, const char *path);

#endif
