/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings that the script made and the image carries. What the user says in the options wins.
 */
#ifndef DUETRACE_RUNTIME_SETTINGS_H
#define DUETRACE_RUNTIME_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/message.h"
#include "runtime/symbols/symbols.h"

struct image;
struct runtime_options;

uint32_t settings_max_map_keys(const struct image *image, const struct runtime_options *options);
const char *settings_trailer(const struct image *image, const struct runtime_options *options);
/* NULL: the usual ones. */
const char *settings_columns(const struct image *image, const struct runtime_options *options);
/* 0: the user and the script leave it to us. */
uint64_t settings_ring_bytes(const struct image *image, const struct runtime_options *options);
/* How much of a file cat() shows. */
size_t settings_max_cat_bytes(const struct image *image);
/* The ID of the kernel that the image was made on, if it has that kernel's structs; else "". */
const char *settings_kernel(const struct image *image);
/* What becomes of a probe that cannot be attached: an error, a warning, or nothing. */
enum message_mode settings_missing_probes(const struct image *image,
					  const struct runtime_options *options);
/* False: addresses of the kernel in the image are of another boot. */
bool settings_boot_fits(const struct image *image);
/* How symbols of processes are looked up. */
struct symbols_options settings_symbols(const struct image *image);
bool settings_print_maps(const struct image *image, const struct runtime_options *options);

#endif
