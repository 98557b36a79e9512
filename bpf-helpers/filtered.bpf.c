// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * A predicate said no. The configuration is constant for the verifier: without a ledger nothing of
 * this is left.
 *
 * Verifier: straight line.
 */
#include "helper.h"

u64 dt_ledger(u64 which);

INLINE u64 dt_filtered(void)
{
	if (duetrace_config.ledger) {
		dt_ledger(ABI_LEDGER_ATTEMPTED);
		dt_ledger(ABI_LEDGER_FILTERED);
	}
	return 0;
}
