/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints what this kernel offers, in the order of features.def.
 */
#include "runtime/info.h"

#include <bpf/libbpf.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <string.h>
#include <sys/utsname.h>

#include "runtime/buffer.h"
#include "runtime/features.h"
#include "runtime/print/value_json.h"

/* A heading, or a feature. */
struct item {
	const char *title; /* NULL: a feature */
	enum feature_id id;
};

static const struct item items[] = {
#define GROUP(title)						   {title, FEATURES},
#define FEATURE(id, name, trial, number, program, target, instead) {NULL, FEATURE_##id},
#define HELPER(helper, program)					   {NULL, FEATURE_helper_##helper},
#define MAP(map, type)						   {NULL, FEATURE_map_##map},
#include "runtime/features.def"
#undef GROUP
#undef FEATURE
#undef HELPER
#undef MAP
};

#define ITEMS (sizeof(items) / sizeof(items[0]))

static const char *const words[] = {
	[FEATURE_YES] = "yes", [FEATURE_NO] = "no", [FEATURE_UNKNOWN] = "unknown"};

/* Trials that fail are the point of this: libbpf need not say so. */
static int silent(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

static void print_text(FILE *out, struct features *features)
{
	struct feature_result result;

	for (size_t i = 0; i < ITEMS; i++) {
		const struct feature *feature = &feature_rows[items[i].id % FEATURES];

		if (items[i].title) {
			fprintf(out, "\n%s\n", items[i].title);
			continue;
		}
		features_try(features, items[i].id, &result);
		fprintf(out, "  %s: %s", feature->name, words[result.state]);
		if (result.state != FEATURE_YES)
			fprintf(out, " (%s)", result.why);
		if (result.state == FEATURE_NO && *feature->instead)
			fprintf(out, "; instead: %s", feature->instead);
		fputc('\n', out);
	}
}

static void add_pair(struct buffer *out, const char *before, const char *key, const char *value)
{
	buffer_add_text(out, before);
	json_string(out, key, strlen(key));
	buffer_add_text(out, ": ");
	json_string(out, value, strlen(value));
}

static void add_feature(struct buffer *out, struct features *features, const char *group,
			enum feature_id id)
{
	const struct feature *feature = &feature_rows[id];
	struct feature_result result;

	features_try(features, id, &result);
	add_pair(out, "{", "group", group);
	add_pair(out, ", ", "name", feature->name);
	add_pair(out, ", ", "state", words[result.state]);
	if (result.state != FEATURE_YES)
		add_pair(out, ", ", "reason", result.why);
	if (result.state == FEATURE_NO && *feature->instead)
		add_pair(out, ", ", "instead", feature->instead);
	buffer_add_text(out, "}");
}

static void print_json(FILE *out, struct features *features, const struct utsname *system,
		       const char *version, const char *llvm)
{
	struct buffer text = {0};
	const char *group = "", *between = "";

	add_pair(&text, "{", "type", "info");
	add_pair(&text, ", \"data\": {\"system\": {", "os", system->sysname);
	add_pair(&text, ", ", "release", system->release);
	add_pair(&text, ", ", "version", system->version);
	add_pair(&text, ", ", "arch", system->machine);
	add_pair(&text, "}, \"build\": {", "version", version);
	add_pair(&text, ", ", "llvm", llvm);
	add_pair(&text, ", ", "libbpf", libbpf_version_string());
	add_pair(&text, ", ", "sqlite", sqlite3_libversion());
	buffer_add_text(&text, "}, \"features\": [");
	for (size_t i = 0; i < ITEMS; i++) {
		if (items[i].title) {
			group = items[i].title;
			continue;
		}
		buffer_add_text(&text, between);
		add_feature(&text, features, group, items[i].id);
		between = ", ";
	}
	buffer_add_text(&text, "]}}\n");
	fwrite(text.data, 1, text.length, out);
	buffer_free(&text);
}

void runtime_info(FILE *out, bool json, const char *version, const char *llvm)
{
	libbpf_print_fn_t old = libbpf_set_print(silent);
	struct utsname system = {0};
	struct features features;

	uname(&system);
	features_open(&features);
	if (json) {
		print_json(out, &features, &system, version, llvm);
	} else {
		fprintf(out, "System\n  OS: %s %s %s\n  Arch: %s\n", system.sysname, system.release,
			system.version, system.machine);
		fprintf(out, "\nBuild\n  version: v%s\n  LLVM: %s\n  libbpf: %s\n  SQLite: %s\n",
			version, llvm, libbpf_version_string(), sqlite3_libversion());
		print_text(out, &features);
	}
	features_close(&features);
	libbpf_set_print(old);
}

void runtime_versions(FILE *out, const char *llvm)
{
	if (llvm)
		fprintf(out, "LLVM %s, ", llvm);
	fprintf(out, "libbpf %s, SQLite %s\n", libbpf_version_string(), sqlite3_libversion());
}
