/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel offers, by trial: nothing is concluded from a version. One table,
 * runtime/features.def, serves --info and the hints of what could not be attached.
 */
#ifndef DUETRACE_RUNTIME_FEATURES_H
#define DUETRACE_RUNTIME_FEATURES_H

#include <stdbool.h>
#include <stddef.h>

struct btf;
struct features;

enum feature_id {
#define GROUP(title)
#define FEATURE(id, name, trial, number, program, target, instead) FEATURE_##id,
#define HELPER(helper, program)					   FEATURE_helper_##helper,
#define MAP(map, type)						   FEATURE_map_##map,
#include "runtime/features.def"
#undef GROUP
#undef FEATURE
#undef HELPER
#undef MAP
	FEATURES
};

/* A row of features.def. */
struct feature {

	const char *name;
	/* 0: the kernel has it; -errno: not, and a better reason than the errno's in `why`, or
	 * none. */
	int (*try)(struct features *features, const struct feature *feature, char *why,
		   size_t size);
	unsigned int number, program;
	const char *target, *instead;
};

enum feature_state { FEATURE_YES, FEATURE_NO, FEATURE_UNKNOWN };

struct feature_result {
	enum feature_state state;
	char why[160]; /* if not YES */
};

/* What trials share. */
struct features {
	struct btf *btf; /* NULL: not read yet, or it could not be */
	bool tried_btf;
	bool privileged; /* a refusal is the kernel's word, not for want of rights */
};

extern const struct feature feature_rows[FEATURES];

void features_open(struct features *features);
void features_close(struct features *features);
/* Needs the rights that tracing needs: without, most are UNKNOWN. Nothing stays attached. */
void features_try(struct features *features, enum feature_id id, struct feature_result *result);
/* "HINT: use ... instead", for what could not be attached. */
void feature_hint(enum feature_id id);
/* The row of that name; FEATURES: there is none. Probe types are rows. */
enum feature_id feature_find(const char *name);

/* The kernel's BTF, or NULL. */
struct btf *features_btf(struct features *features);

/* For the table: */
#define TRIAL(name)                                                                                \
	int try_##name(struct features *features, const struct feature *feature, char *why,        \
		       size_t size)
TRIAL(rights);
TRIAL(unlocked);
TRIAL(paranoid);
TRIAL(btf);
TRIAL(tracefs);
TRIAL(kallsyms);
TRIAL(filter);
TRIAL(test_run);
TRIAL(tracepoint);
TRIAL(tracepoints);
TRIAL(raw);
TRIAL(tracing);
TRIAL(lsm);
TRIAL(perf);
TRIAL(uprobe);
TRIAL(uprobe_multi);
TRIAL(kprobe);
TRIAL(kprobe_multi);
TRIAL(path);
TRIAL(program);
TRIAL(link);
TRIAL(helper);
TRIAL(kfunc);
TRIAL(map);

#endif
