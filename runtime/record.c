/* SPDX-License-Identifier: Apache-2.0 */
/* Access to the columns that every record has, by the rows of envelope.def. */
#include "runtime/record.h"

#include <string.h>

#include "runtime/value.h"

const struct envelope_row envelope_rows[ENVELOPES] = {
#define ENVELOPE(name, type) [ENVELOPE_##name] = {#name, ENVELOPE_IS_##type},
#include "image/envelope.def"
#undef ENVELOPE
};

static const char *const severity_names[] = {
#define SEVERITY(name) #name,
#include "image/severities.def"
#undef SEVERITY
};

const char *severity_name(uint32_t severity)
{
	return severity_names[severity];
}

int severity_find(const char *name)
{
	for (int i = 0; i < IMAGE_SEVERITIES; i++)
		if (strcmp(severity_names[i], name) == 0)
			return i;
	return -1;
}

uint64_t record_number(const struct record_value *record, enum envelope column)
{
	const struct abi_envelope *envelope = &record->envelope;

	switch (column) {
	case ENVELOPE_time:
		return (uint64_t)record->time;
	case ENVELOPE_boot:
		return record->boot;
	case ENVELOPE_seq:
		return record->seq;
	case ENVELOPE_pid:
		return envelope->pid;
	case ENVELOPE_tid:
		return envelope->tid;
	case ENVELOPE_ppid:
		return envelope->ppid;
	case ENVELOPE_start:
		return envelope->start;
	case ENVELOPE_uid:
		return envelope->uid;
	case ENVELOPE_gid:
		return envelope->gid;
	case ENVELOPE_auid:
		return envelope->auid;
	case ENVELOPE_cgroup:
		return envelope->cgroup;
	case ENVELOPE_comm:
	case ENVELOPE_container:
	case ENVELOPES:
		break;
	}
	return 0;
}

const char *record_text(const struct record_value *record, enum envelope column, uint32_t *length)
{
	if (column == ENVELOPE_comm) {
		*length = (uint32_t)strnlen(record->envelope.comm, sizeof(record->envelope.comm));
		return record->envelope.comm;
	}
	*length = record->container->string.length;
	return record->container->string.bytes;
}
