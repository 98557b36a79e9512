/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From patterns to a table: classes of bytes that no pattern tells apart, then the subset construction, then
 * Moore's minimization, then the rows. Both of the long ones have a budget. When the first one's is
 * spent, the patterns are divided into two automata and it begins again with each half; when the
 * second one's is, the automaton stays as it is, which is as right and only larger.
 */
#include "lang/automaton.h"

#include <stdlib.h>
#include <string.h>

#include "lang/arena.h"
#include "lang/glob.h"

#define MAX_CELLS (AUTOMATON_MAX_BYTES / sizeof(uint32_t))
#define MAX_OUTCOMES 4096u
/* Members of subsets that are put together, for the patterns as they are and for each of them. */
#define SUBSET_BUDGET (1u << 20)
#define SUBSET_BUDGET_EACH 4096u
#define SUBSET_BUDGET_MOST (64u << 20)
#define MINIMIZE_BUDGET (96u << 20)

/* Numbers in a row. */
struct numbers {
	uint32_t *items;
	uint32_t n, room;
};

struct state {
	uint32_t first, n; /* its nodes, in `members` */
	uint32_t outcome;
};

/* One automaton on its way. */
struct part {
	struct state *states;
	uint32_t n_states, state_room;
	uint32_t *next; /* n_states rows of n_classes */
	uint32_t start;
};

struct builder {
	struct automaton *automaton;
	struct arena *arena, *work;
	const struct glob *glob;
	struct numbers members;
	struct numbers *buckets;  /* by class: nodes that it leads to */
	struct numbers *classes;  /* by index in glob.bytes: its classes */
	uint32_t *table;          /* hash table of states, index plus one */
	uint32_t table_size;
	uint32_t budget, outcome_room;
	struct part parts[AUTOMATON_MAX_STARTS];
	uint64_t n_rows;
};

static void push(struct arena *arena, struct numbers *numbers, uint32_t number)
{
	if (numbers->n == numbers->room) {
		uint32_t *old = numbers->items;

		numbers->room = numbers->room ? numbers->room * 2 : 8;
		numbers->items = arena_array(arena, numbers->room, sizeof(*old));
		if (old)
			memcpy(numbers->items, old, numbers->n * sizeof(*old));
	}
	numbers->items[numbers->n++] = number;
}

/* Bytes that are in the same sets of bytes are one class; 0 has its own. */
static void find_classes(struct automaton *automaton, const struct glob *glob)
{
	uint8_t *classes = automaton->classes;
	bool used[256] = {false};
	uint32_t n = 2;

	memset(classes, 1, 256);
	classes[0] = 0;
	for (uint32_t i = 0; i < glob->n_edges; i++)
		if (glob->edges[i].bytes < 256)
			used[glob->edges[i].bytes] = true;
	used['/'] = true;
	for (uint32_t set = 0; set < glob->n_bytes; set++) {
		int16_t inside[256]; /* the new class of what is in the set, by the old one */
		bool outside[256] = {false};

		if (set < 256 && !used[set])
			continue;
		for (unsigned byte = 0; byte < 256; byte++)
			if (!glob_has(&glob->bytes[set], byte))
				outside[classes[byte]] = true;
		memset(inside, 0xff, sizeof(inside));
		for (unsigned byte = 1; byte < 256; byte++) {
			uint8_t old = classes[byte];

			if (!glob_has(&glob->bytes[set], byte) || !outside[old])
				continue;
			if (inside[old] < 0)
				inside[old] = (int16_t)n++;
			classes[byte] = (uint8_t)inside[old];
		}
	}
	automaton->n_classes = n;
}

static void list_classes(struct builder *builder)
{
	const struct automaton *automaton = builder->automaton;
	const struct glob *glob = builder->glob;

	builder->classes = arena_array(builder->work, glob->n_bytes, sizeof(*builder->classes));
	for (uint32_t set = 0; set < glob->n_bytes; set++) {
		bool seen[256] = {false};

		for (unsigned byte = 1; byte < 256; byte++) {
			uint8_t class = automaton->classes[byte];

			if (glob_has(&glob->bytes[set], byte) && !seen[class]) {
				seen[class] = true;
				push(builder->work, &builder->classes[set], class);
			}
		}
	}
}

static int compare_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static uint32_t unique(uint32_t *items, uint32_t n)
{
	uint32_t kept = 0;

	if (!n) /* and no items: qsort() wants an array even for none */
		return 0;
	qsort(items, n, sizeof(*items), compare_numbers);
	for (uint32_t i = 0; i < n; i++)
		if (!kept || items[kept - 1] != items[i])
			items[kept++] = items[i];
	return kept;
}

static uint32_t hash_numbers(const uint32_t *items, uint32_t n)
{
	uint64_t hash = 0xcbf29ce484222325ULL;

	for (uint32_t i = 0; i < n; i++)
		hash = (hash ^ items[i]) * 0x9e3779b97f4a7c15ULL, hash ^= hash >> 29;
	return (uint32_t)(hash ^ hash >> 32);
}

/* A node and all that it can go on as without a byte. */
static void reach(struct builder *builder, struct numbers *bucket, uint32_t node)
{
	push(builder->work, bucket, node);
	for (unsigned i = 0; i < GLOB_SKIPS; i++)
		if (builder->glob->nodes[node].skips[i])
			reach(builder, bucket, builder->glob->nodes[node].skips[i]);
}

/* The outcome's index, or MAX_OUTCOMES: there are too many. */
static uint32_t outcome_of(struct builder *builder, const uint32_t *nodes, uint32_t n)
{
	struct automaton *automaton = builder->automaton;
	struct automaton_outcome outcome = {0, 0};
	uint32_t i;

	for (i = 0; i < n; i++) {
		outcome.wanted |= builder->glob->nodes[nodes[i]].wanted;
		outcome.unwanted |= builder->glob->nodes[nodes[i]].unwanted;
	}
	for (i = 0; i < automaton->n_outcomes; i++)
		if (!memcmp(&automaton->outcomes[i], &outcome, sizeof(outcome)))
			return i;
	if (i < MAX_OUTCOMES) {
		automaton->outcomes[i] = outcome;
		automaton->n_outcomes++;
	}
	return i;
}

static void grow_table(struct builder *builder, const struct part *part)
{
	builder->table_size = builder->table_size ? builder->table_size * 2 : 4096;
	builder->table = arena_array(builder->work, builder->table_size, sizeof(uint32_t));
	for (uint32_t i = 0; i < part->n_states; i++) {
		const struct state *state = &part->states[i];
		uint32_t at = hash_numbers(builder->members.items + state->first, state->n);

		while (builder->table[at &= builder->table_size - 1])
			at++;
		builder->table[at] = i + 1;
	}
}

/* The state of a subset, which is sorted; UINT32_MAX: there are too many. */
static uint32_t state_of(struct builder *builder, struct part *part, const uint32_t *nodes, uint32_t n)
{
	uint32_t at = hash_numbers(nodes, n), found;

	if (part->n_states * 2 >= builder->table_size)
		grow_table(builder, part);
	for (; (found = builder->table[at &= builder->table_size - 1]); at++) {
		const struct state *state = &part->states[found - 1];

		if (state->n == n && (!n || !memcmp(builder->members.items + state->first, nodes,
						    n * sizeof(*nodes))))
			return found - 1;
	}
	if (part->n_states == part->state_room) {
		struct state *old = part->states;
		uint32_t *old_next = part->next, k = builder->automaton->n_classes;

		part->state_room = part->state_room ? part->state_room * 2 : 256;
		part->states = arena_array(builder->work, part->state_room, sizeof(*old));
		part->next = arena_array(builder->work, (size_t)part->state_room * k, sizeof(uint32_t));
		if (old) {
			memcpy(part->states, old, part->n_states * sizeof(*old));
			memcpy(part->next, old_next, (size_t)part->n_states * k * sizeof(uint32_t));
		}
	}
	part->states[part->n_states] =
		(struct state){builder->members.n, n, outcome_of(builder, nodes, n)};
	if (part->states[part->n_states].outcome == MAX_OUTCOMES)
		return UINT32_MAX;
	builder->table[at] = part->n_states + 1;
	for (uint32_t i = 0; i < n; i++)
		push(builder->work, &builder->members, nodes[i]);
	return part->n_states++;
}

/* Put what each class leads to into its bucket; false: the budget is spent. */
static bool fill_buckets(struct builder *builder, const struct state *state)
{
	const struct glob *glob = builder->glob;
	uint32_t before = 0, after = 0;

	for (uint32_t c = 0; c < builder->automaton->n_classes; c++)
		builder->buckets[c].n = 0;
	for (uint32_t i = 0; i < state->n; i++) {
		uint32_t node = builder->members.items[state->first + i];
		const struct glob_node *from = &glob->nodes[node];

		if (from->loop != GLOB_NO_LOOP) {
			const struct numbers *classes = &builder->classes[from->loop];

			for (uint32_t c = 0; c < classes->n; c++)
				reach(builder, &builder->buckets[classes->items[c]], node);
			after += classes->n;
		}
		for (uint32_t e = from->first_edge; e; e = glob->edges[e - 1].next) {
			const struct numbers *classes = &builder->classes[glob->edges[e - 1].bytes];

			for (uint32_t c = 0; c < classes->n; c++)
				reach(builder, &builder->buckets[classes->items[c]],
				      glob->edges[e - 1].to);
			after += classes->n;
		}
		before++;
		if (after > builder->budget)
			return false;
	}
	builder->budget -= after + before > builder->budget ? builder->budget : after + before;
	return builder->budget > 0;
}

static bool construct(struct builder *builder, struct part *part, uint32_t n)
{
	uint32_t k = builder->automaton->n_classes;
	struct numbers start = {0};

	builder->table_size = 0;
	builder->members.n = 0;
	builder->budget = n < SUBSET_BUDGET_MOST / SUBSET_BUDGET_EACH
				  ? SUBSET_BUDGET + n * SUBSET_BUDGET_EACH
				  : SUBSET_BUDGET_MOST;
	reach(builder, &start, 0);
	start.n = unique(start.items, start.n);
	if (state_of(builder, part, start.items, start.n) == UINT32_MAX)
		return false;
	for (uint32_t i = 0; i < part->n_states; i++) {
		struct state state = part->states[i];

		if ((uint64_t)part->n_states * (k + 1) > MAX_CELLS || !fill_buckets(builder, &state))
			return false;
		for (uint32_t c = 1; c < k; c++) {
			struct numbers *bucket = &builder->buckets[c];
			uint32_t to;

			bucket->n = unique(bucket->items, bucket->n);
			to = state_of(builder, part, bucket->items, bucket->n);
			if (to == UINT32_MAX)
				return false;
			part->next[(size_t)i * k + c] = to;
		}
	}
	return true;
}

/* One round: states are told apart by their block and the blocks they lead to. Returns how many blocks. */
static uint32_t refine(struct builder *builder, const struct part *part, const uint32_t *blocks,
		       uint32_t *finer, uint32_t *firsts)
{
	uint32_t k = builder->automaton->n_classes, mask = builder->table_size - 1, n = 0;
	uint32_t row[257], other[257];

	memset(builder->table, 0, builder->table_size * sizeof(*builder->table));
	for (uint32_t s = 0; s < part->n_states; s++) {
		uint32_t at, found;

		row[0] = blocks[s];
		for (uint32_t c = 1; c < k; c++)
			row[c] = blocks[part->next[(size_t)s * k + c]];
		for (at = hash_numbers(row, k); (found = builder->table[at &= mask]); at++) {
			uint32_t t = firsts[found - 1];

			other[0] = blocks[t];
			for (uint32_t c = 1; c < k; c++)
				other[c] = blocks[part->next[(size_t)t * k + c]];
			if (!memcmp(row, other, k * sizeof(*row)))
				break;
		}
		if (!found) {
			firsts[n] = s;
			builder->table[at] = found = ++n;
		}
		finer[s] = found - 1;
	}
	return n;
}

static void minimize(struct builder *builder, struct part *part)
{
	uint32_t k = builder->automaton->n_classes, count = 0, before;
	uint32_t *blocks = arena_array(builder->work, part->n_states, sizeof(uint32_t));
	uint32_t *finer = arena_array(builder->work, part->n_states, sizeof(uint32_t));
	uint32_t *firsts = arena_array(builder->work, part->n_states, sizeof(uint32_t)), *swap;
	uint64_t spent = 0;
	struct part small = {0};

	for (uint32_t s = 0; s < part->n_states; s++)
		blocks[s] = part->states[s].outcome;
	do {
		before = count;
		spent += (uint64_t)part->n_states * k;
		if (spent > MINIMIZE_BUDGET)
			return;
		count = refine(builder, part, blocks, finer, firsts);
		swap = blocks;
		blocks = finer;
		finer = swap;
	} while (count != before);
	small.n_states = count;
	small.states = arena_array(builder->work, count, sizeof(*small.states));
	small.next = arena_array(builder->work, (size_t)count * k, sizeof(uint32_t));
	small.start = blocks[part->start];
	for (uint32_t b = 0; b < count; b++) {
		small.states[b] = part->states[firsts[b]];
		for (uint32_t c = 1; c < k; c++)
			small.next[(size_t)b * k + c] = blocks[part->next[(size_t)firsts[b] * k + c]];
	}
	*part = small;
}

static struct glob *automaton_glob(struct arena *arena, const struct glob_pattern *patterns, uint32_t n)
{
	struct glob *glob = glob_new(arena);
	enum diag_tag why;
	size_t at;

	for (uint32_t i = 0; i < n; i++)
		glob_add(glob, &patterns[i], &why, &at);
	return glob;
}

/* Build the patterns' automata behind those that are there. */
static bool build_parts(struct builder *builder, const struct glob_pattern *patterns, uint32_t n)
{
	struct automaton *automaton = builder->automaton;
	uint32_t outcomes = automaton->n_outcomes;
	struct part *part;

	if (automaton->n_starts == AUTOMATON_MAX_STARTS)
		return false;
	part = &builder->parts[automaton->n_starts];
	*part = (struct part){0};
	builder->glob = automaton_glob(builder->work, patterns, n);
	list_classes(builder);
	if (construct(builder, part, n)) {
		minimize(builder, part);
		builder->n_rows += part->n_states;
		automaton->n_starts++;
		return builder->n_rows * (automaton->n_classes + 1) <= MAX_CELLS;
	}
	automaton->n_outcomes = outcomes;
	return n > 1 && build_parts(builder, patterns, n / 2) &&
	       build_parts(builder, patterns + n / 2, n - n / 2);
}

/* Nothing leaves the state. */
static bool is_settled(const struct part *part, uint32_t state, uint32_t k)
{
	for (uint32_t c = 1; c < k; c++)
		if (part->next[(size_t)state * k + c] != state)
			return false;
	return true;
}

static void add_rows(struct builder *builder, const struct part *part)
{
	struct automaton *automaton = builder->automaton;
	uint32_t k = automaton->n_classes, width = k + 1;
	uint32_t *at = arena_array(builder->work, part->n_states, sizeof(*at));

	for (uint32_t s = 0; s < part->n_states; s++) {
		if (is_settled(part, s, k)) {
			at[s] = part->states[s].outcome * width;
		} else {
			at[s] = automaton->n_cells;
			automaton->n_cells += width;
		}
	}
	for (uint32_t s = 0; s < part->n_states; s++) {
		uint32_t *row = automaton->cells + at[s];

		if (at[s] < automaton->settled)
			continue;
		row[0] = part->states[s].outcome * width;
		for (uint32_t c = 1; c < k; c++)
			row[c] = at[part->next[(size_t)s * k + c]];
		row[k] = part->states[s].outcome;
	}
	automaton->starts[part - builder->parts] = at[part->start];
}

static void build_rows(struct builder *builder)
{
	struct automaton *automaton = builder->automaton;
	uint32_t k = automaton->n_classes, width = k + 1;

	automaton->cells = arena_array(builder->arena, (builder->n_rows + automaton->n_outcomes) * width,
				       sizeof(uint32_t));
	for (uint32_t i = 0; i < automaton->n_outcomes; i++) {
		uint32_t *row = automaton->cells + i * width;

		for (uint32_t c = 0; c < k; c++)
			row[c] = i * width;
		row[k] = i;
	}
	automaton->n_cells = automaton->settled = automaton->n_outcomes * width;
	for (uint32_t i = 0; i < automaton->n_starts; i++)
		add_rows(builder, &builder->parts[i]);
}

bool automaton_build(struct automaton *automaton, struct arena *arena,
		     const struct glob_pattern *patterns, uint32_t n)
{
	struct builder builder = {.automaton = automaton, .arena = arena, .work = arena_new()};
	bool built;

	memset(automaton, 0, sizeof(*automaton));
	automaton->outcomes = arena_array(arena, MAX_OUTCOMES, sizeof(*automaton->outcomes));
	find_classes(automaton, automaton_glob(builder.work, patterns, n));
	builder.buckets = arena_array(builder.work, automaton->n_classes, sizeof(*builder.buckets));
	built = build_parts(&builder, patterns, n);
	if (built)
		build_rows(&builder);
	arena_free(builder.work);
	return built;
}
