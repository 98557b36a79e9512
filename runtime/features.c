/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of features and what its rows share; the trials are in features_try.c.
 */
#include "runtime/features.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "runtime/message.h"
#include "runtime/privileges.h"

#define PROG(type) BPF_PROG_TYPE_##type

const struct feature feature_rows[FEATURES] = {
#define GROUP(title)
#define FEATURE(id, name, trial, number, program, target, instead)                                 \
	[FEATURE_##id] = {name, try_##trial, number, program, target, instead},
#define HELPER(helper, program)                                                                    \
	[FEATURE_helper_##helper] = {#helper, try_helper, BPF_FUNC_##helper, PROG(program), "", ""},
#define MAP(map, type) [FEATURE_map_##map] = {#map, try_map, BPF_MAP_TYPE_##type, 0, "", ""},
#include "runtime/features.def"
#undef GROUP
#undef FEATURE
#undef HELPER
#undef MAP
};

void features_open(struct features *features)
{
	*features = (struct features){.privileged = privileges_suffice()};
}

void features_close(struct features *features)
{
	btf__free(features->btf);
	features->btf = NULL;
}

struct btf *features_btf(struct features *features)
{
	if (!features->tried_btf)
		features->btf = btf__load_vmlinux_btf();
	features->tried_btf = true;
	return features->btf;
}

void features_try(struct features *features, enum feature_id id, struct feature_result *result)
{
	const struct feature *feature = &feature_rows[id];
	int err;

	result->why[0] = '\0';
	result->state = FEATURE_YES;
	err = feature->try(features, feature, result->why, sizeof(result->why));
	if (!err)
		return;
	result->state = FEATURE_NO;
	if ((err == -EPERM || err == -EACCES) && !features->privileged) {
		result->state = FEATURE_UNKNOWN;
		snprintf(result->why, sizeof(result->why), "only root can find out");
	} else if (!result->why[0]) {
		snprintf(result->why, sizeof(result->why), "%s", message_errno(err));
	}
}

void feature_hint(enum feature_id id)
{
	if (id < FEATURES && *feature_rows[id].instead)
		message_hint("use %s instead", feature_rows[id].instead);
}

enum feature_id feature_find(const char *name)
{
	unsigned int i = 0;

	while (i < FEATURES && strcmp(feature_rows[i].name, name) != 0)
		i++;
	return (enum feature_id)i;
}
