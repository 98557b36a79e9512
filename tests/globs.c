/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The automaton of patterns alone, for tests with an oracle. Reads lines: "+SET HEX" adds a pattern to
 * a set, "-SET HEX" excludes one, "=HEX" asks for a name. Prints for each pattern "fine" or the place
 * and text of its error, and for each name the mask of its sets in hexadecimal; first of all names,
 * "table STATES BYTES AUTOMATA" or "too large".
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lang/arena.h"
#include "lang/automaton.h"
#include "lang/glob.h"

static const char *const texts[] = {
#define DIAG(tag, severity, format) format,
#include "lang/diags.def"
#undef DIAG
};

static size_t decode(const char *hex, char *bytes)
{
	size_t n = 0;
	unsigned byte;

	for (; sscanf(hex, "%2x", &byte) == 1; hex += 2)
		bytes[n++] = (char)byte;
	return n;
}

static uint64_t match(const struct automaton *automaton, const char *name, size_t length)
{
	uint64_t wanted = 0, unwanted = 0;

	for (uint32_t i = 0; i < automaton->n_starts; i++) {
		const struct automaton_outcome *outcome;
		uint32_t state = automaton->starts[i];

		for (size_t k = 0; k < length; k++)
			state = automaton->cells[state + automaton->classes[(unsigned char)name[k]]];
		/* a NUL must change nothing */
		state = automaton->cells[state];
		outcome = &automaton->outcomes[automaton->cells[state + automaton->n_classes]];
		if (state >= automaton->settled)
			abort();
		wanted |= outcome->wanted;
		unwanted |= outcome->unwanted;
	}
	return wanted & ~unwanted;
}

int main(void)
{
	struct arena *arena = arena_new();
	struct glob *glob = glob_new(arena);
	struct glob_pattern *patterns = NULL;
	struct automaton automaton;
	uint32_t n = 0, room = 0;
	bool built = false, large = false;
	char *line = NULL, *bytes;
	size_t line_room = 0;

	while (getline(&line, &line_room, stdin) > 0) {
		bytes = arena_alloc(arena, strlen(line));
		if (*line == '=') {
			size_t length = decode(line + 1, bytes);

			if (!built) {
				large = !automaton_build(&automaton, arena, patterns, n);
				if (large)
					puts("too large");
				else
					printf("table %u %zu %u\n",
					       automaton.n_cells / (automaton.n_classes + 1),
					       automaton.n_cells * sizeof(uint32_t), automaton.n_starts);
				built = true;
			}
			if (!large)
				printf("%" PRIx64 "\n", match(&automaton, bytes, length));
			continue;
		}
		char *hex;
		struct glob_pattern pattern = {.set = (uint32_t)strtoul(line + 1, &hex, 10),
					       .exclude = *line == '-'};
		enum diag_tag why;
		size_t at;

		pattern.length = (uint32_t)decode(hex + 1, bytes);
		pattern.text = bytes;
		if (!glob_add(glob, &pattern, &why, &at)) {
			printf("%zu %s\n", at, texts[why]);
			continue;
		}
		puts("fine");
		if (n == room) {
			room = room ? room * 2 : 64;
			patterns = realloc(patterns, room * sizeof(*patterns));
			if (!patterns)
				abort();
		}
		patterns[n++] = pattern;
	}
	free(patterns);
	free(line);
	arena_free(arena);
	return 0;
}
