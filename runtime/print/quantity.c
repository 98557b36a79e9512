/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A unit is taken while the number, rounded to a tenth, is below what makes the next one: 1023.96 KiB
 * is 1 MiB.
 */
#include "runtime/print/quantity.h"

#include "runtime/buffer.h"

__extension__ typedef unsigned __int128 u128; /* ten times a number is no overflow */

struct unit {
	const char *name;
	uint64_t size; /* in the first one */
};

static void add(struct buffer *out, const struct unit *units, uint32_t n, uint64_t number)
{
	uint64_t whole = number, tenths = 0;
	uint32_t i = 0;

	for (; i < n; i++) {
		const struct unit *unit = &units[i];

		whole = number / unit->size;
		tenths = (uint64_t)(((u128)(number % unit->size) * 10 + unit->size / 2) / unit->size);
		whole += tenths / 10;
		tenths %= 10;
		if (i + 1 == n || whole < units[i + 1].size / unit->size)
			break;
	}
	buffer_add_u64(out, whole);
	if (tenths) {
		buffer_add_byte(out, '.');
		buffer_add_byte(out, (char)('0' + tenths));
	}
	buffer_add_byte(out, ' ');
	buffer_add_text(out, units[i].name);
}

void quantity_add_bytes(struct buffer *out, uint64_t bytes)
{
	static const struct unit units[] = {{"B", 1},
					    {"KiB", 1ULL << 10},
					    {"MiB", 1ULL << 20},
					    {"GiB", 1ULL << 30},
					    {"TiB", 1ULL << 40},
					    {"PiB", 1ULL << 50},
					    {"EiB", 1ULL << 60}};

	add(out, units, sizeof(units) / sizeof(units[0]), bytes);
}

void quantity_add_duration(struct buffer *out, uint64_t ns)
{
	static const struct unit units[] = {
		{"ns", 1},		  {"us", 1000},		     {"ms", 1000000},
		{"s", 1000000000},	  {"min", 60000000000},	     {"h", 3600000000000},
		{"d", 86400000000000},
	};

	add(out, units, sizeof(units) / sizeof(units[0]), ns);
}
