/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks up settings by name; the defaults are bpftrace's.
 */
#include "runtime/settings.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bpf-helpers/abi.h"
#include "image/image.h"
#include "runtime/parameters.h"
#include "runtime/runtime.h"

#define DEFAULT_MAX_MAP_KEYS  4096
#define DEFAULT_MAX_CAT_BYTES 10240
/* A file may have no end. */
#define MOST_CAT_BYTES	      (64u << 20)
#define DEFAULT_TRAILER	      ".."

static const char *find(const struct image *image, const char *name)
{
	for (uint32_t i = 0; i < image->n_settings; i++)
		if (strcmp(image_string(image, image->settings[i].name), name) == 0)
			return image_string(image, image->settings[i].value);
	return NULL;
}

uint32_t settings_max_map_keys(const struct image *image, const struct runtime_options *options)
{
	const char *text = find(image, "max_map_keys");
	uint64_t number;

	if (options->max_map_keys)
		return options->max_map_keys;
	if (text && parameters_number(text, &number) == 0 && number > 0 && number <= UINT32_MAX)
		return (uint32_t)number;
	return DEFAULT_MAX_MAP_KEYS;
}

const char *settings_trailer(const struct image *image, const struct runtime_options *options)
{
	const char *text = find(image, "str_trunc_trailer");

	if (options->trailer)
		return options->trailer;
	return text ? text : DEFAULT_TRAILER;
}

const char *settings_columns(const struct image *image, const struct runtime_options *options)
{
	const char *text = options->columns;

	/* Of a person's settings, which are for scripts of all kinds. */
	if (text && options->columns_if_any && !image->n_records)
		return NULL;
	if (!text)
		text = find(image, "columns");
	return text && *text ? text : NULL;
}

uint64_t settings_ring_bytes(const struct image *image, const struct runtime_options *options)
{
	const char *text = find(image, "perf_rb_pages");
	uint64_t pages;

	if (options->ring_bytes)
		return options->ring_bytes;
	if (text && parameters_number(text, &pages) == 0 && pages <= UINT32_MAX)
		return pages * (uint64_t)sysconf(_SC_PAGESIZE);
	return 0;
}

size_t settings_max_cat_bytes(const struct image *image)
{
	const char *text = find(image, "max_cat_bytes");
	uint64_t number;

	if (!text || parameters_number(text, &number) != 0)
		return DEFAULT_MAX_CAT_BYTES;
	return number < MOST_CAT_BYTES ? number : MOST_CAT_BYTES;
}

enum message_mode settings_missing_probes(const struct image *image,
					  const struct runtime_options *options)
{
	const char *text = options->missing_probes;

	if (!text)
		text = find(image, "missing_probes");
	if (!text || strcmp(text, "error") == 0)
		return MESSAGE_ERRORS;
	return strcmp(text, "warn") == 0 ? MESSAGE_WARNINGS : MESSAGE_NOTHING;
}

bool settings_print_maps(const struct image *image, const struct runtime_options *options)
{
	const char *text = find(image, "print_maps_on_exit");

	if (options->always_print_maps)
		return true;
	return options->print_maps &&
	       !(text && (strcmp(text, "false") == 0 || strcmp(text, "0") == 0));
}

const char *settings_kernel(const struct image *image)
{
	const char *text = find(image, "kernel");

	return text ? text : "";
}

bool settings_boot_fits(const struct image *image)
{
	const char *text = find(image, "kernel_boot");
	char now[64] = {0};
	FILE *file = text ? fopen("/proc/sys/kernel/random/boot_id", "re") : NULL;
	bool fits;

	if (!text)
		return true;
	fits = file && fgets(now, sizeof(now), file) &&
	       !strncmp(now, text + strspn(text, " "), strcspn(now, "\n"));
	if (file)
		fclose(file);
	return fits;
}

static bool is_false(const struct image *image, const char *name)
{
	const char *text = find(image, name);

	return text && (!strcmp(text, "false") || !strcmp(text, "0"));
}

static bool has_user_symbols(const struct image *image)
{
	for (uint32_t i = 0; i < image->n_types; i++)
		if (image->types[i].kind == IMAGE_USTACK || image->types[i].kind == IMAGE_USYM)
			return true;
	return false;
}

struct symbols_options settings_symbols(const struct image *image)
{
	const char *cache = find(image, "cache_user_symbols");

	return (struct symbols_options){
		.demangle = !is_false(image, "cpp_demangle"),
		.keep = !cache || strcmp(cache, "NONE") != 0,
		.ahead = is_false(image, "lazy_symbolication"),
		.lines = find(image, "show_debug_info") && !is_false(image, "show_debug_info"),
		.follow = has_user_symbols(image),
	};
}
