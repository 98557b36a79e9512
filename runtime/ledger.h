/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ledger of a run: whether all that happened is accounted for.
 *
 *	attempted = filtered + emitted + lost in the kernel
 *	emitted = stored + damaged + held back + unused
 *
 * The sides are counted apart: those of the first line in the kernel, where each thing happens, those
 * of the second by the reader. The kernel only counts if a database, --strict or -v asks for it.
 */
#ifndef DUETRACE_RUNTIME_LEDGER_H
#define DUETRACE_RUNTIME_LEDGER_H

#include <stdbool.h>

struct session;
struct sink_totals;

/* Whether the kernel was asked to count. */
bool ledger_is_kept(const struct session *session);
/*
 * After the last program: read what is still on its way, report losses, and fill in the totals.
 * Returns 0 or -errno.
 */
int ledger_close(struct session *session, struct sink_totals *totals);
bool ledger_balances(const struct sink_totals *totals);
/* For -v. */
void ledger_tell(const struct sink_totals *totals);

#endif
