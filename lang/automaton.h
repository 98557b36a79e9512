/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deterministic automata of patterns, as one table in which a byte costs one look-up. All sets of a
 * script are in it; patterns that multiply each other are divided over several automata, which have
 * their rows in the same table and are run one after the other.
 *
 * A state is the index of its row's first cell. A row has a cell for each class of bytes, with the
 * next state, and at its end the index of its outcome. The first `n_outcomes` rows, in this order, are
 * states that nothing leaves: whoever gets below `settled` may stop.
 */
#ifndef DUETRACE_AUTOMATON_H
#define DUETRACE_AUTOMATON_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct glob_pattern;

#define AUTOMATON_MAX_STARTS 8u
#define AUTOMATON_MAX_BYTES (32u << 20)

/* Which sets have a pattern that matches, to add and to exclude. */
struct automaton_outcome {
	uint64_t wanted, unwanted;
};

struct automaton {
	uint8_t classes[256]; /* of each byte; that of 0 is 0 and leads to a settled state */
	uint32_t n_classes;
	uint32_t *cells;
	uint32_t n_cells, settled;
	uint32_t starts[AUTOMATON_MAX_STARTS];
	uint32_t n_starts;
	struct automaton_outcome *outcomes;
	uint32_t n_outcomes;
};

/* The patterns must be sound. False: the table would be larger than AUTOMATON_MAX_BYTES, or building it
 * takes too long. */
bool automaton_build(struct automaton *automaton, struct arena *arena,
		     const struct glob_pattern *patterns, uint32_t n);

#endif
