/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/registers.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ARGUMENT 255

static const struct {
	const char *name;
	uint32_t offset;
} registers[] = {
#define REGISTER(name, offset) {name, offset},
#include "lang/registers.def"
#undef REGISTER
};

bool register_find(const char *name, uint32_t *offset)
{
	for (size_t i = 0; i < sizeof(registers) / sizeof(registers[0]); i++) {
		if (strcmp(registers[i].name, name) != 0)
			continue;
		*offset = registers[i].offset;
		return true;
	}
	return false;
}

const char *register_names(void)
{
	static const char names[] =
#define REGISTER(name, offset) ", " name
#include "lang/registers.def"
#undef REGISTER
		;

	return names + 2;
}

uint32_t register_argument(uint32_t number)
{
#ifdef __x86_64__
	static const uint32_t offsets[REGISTER_ARGUMENTS] = {112, 104, 96, 88, 72, 64};

	return offsets[number];
#else
	return number * 8;
#endif
}

bool register_argument_name(const char *name, uint32_t *number)
{
	unsigned long value;
	char *end;

	if (strncmp(name, "arg", 3) != 0 || !isdigit((unsigned char)name[3]) ||
	    (name[3] == '0' && name[4]))
		return false;
	value = strtoul(name + 3, &end, 10);
	*number = (uint32_t)value;
	return !*end && value <= MAX_ARGUMENT;
}
