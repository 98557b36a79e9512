// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Report something that went wrong while the program ran: a RUNTIME_ERROR record with the error and
 * the helper's return code.
 *
 * Verifier: straight line; 32 bytes of stack, all set before they are sent. A function of its own,
 * so that its stack is not that of the program at every place that may fail.
 */
#include "helper.h"

u64 dt_emit(struct abi_event *record, u64 size);

OUTLINE u64 dt_warn(u64 event, u64 probe, u64 error, u64 code)
{
	struct {
		struct abi_event header;
		u64 error, code;
	} record = {
		.header = {.event = (u32)event, .probe = (u32)probe},
		.error = error,
		.code = code,
	};

	return dt_emit(&record.header, sizeof(record));
}
