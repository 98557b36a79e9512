/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record that the script made with `emit` or `alert`: what sinks are given.
 */
#ifndef DUETRACE_RUNTIME_RECORD_H
#define DUETRACE_RUNTIME_RECORD_H

#include <stdint.h>

#include "bpf-helpers/abi.h"
#include "image/image.h"

struct buffer;
struct value;

/* The columns that every record has. */
enum envelope {
#define ENVELOPE(name, type) ENVELOPE_##name,
#include "image/envelope.def"
#undef ENVELOPE
	ENVELOPES
};

enum envelope_kind { ENVELOPE_IS_TIME, ENVELOPE_IS_NUMBER, ENVELOPE_IS_TEXT };

struct envelope_row {
	const char *name;
	enum envelope_kind kind;
};

extern const struct envelope_row envelope_rows[ENVELOPES];

struct record_value {
	const struct image_record *type;
	const struct image_rule *rule; /* NULL: it was emitted */
	struct abi_envelope envelope;
	int64_t time;  /* wall ns */
	uint64_t boot; /* ns */
	uint64_t seq;  /* of the run, from 1, in the ring's order */
	const struct value *container; /* STRING */
	const struct value *fields;    /* one a column */
};

/* The number of a column that is TIME or NUMBER. */
uint64_t record_number(const struct record_value *record, enum envelope column);
/* The bytes of one that is TEXT. */
const char *record_text(const struct record_value *record, enum envelope column, uint32_t *length);
const char *severity_name(uint32_t severity);
/* The number of a severity that a user names, or -1. */
int severity_find(const char *name);

#endif
