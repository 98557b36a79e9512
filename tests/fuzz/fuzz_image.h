/* SPDX-License-Identifier: Apache-2.0 */
/* What fuzz.c does with an input that is an image. */
#ifndef DUETRACE_TESTS_FUZZ_IMAGE_H
#define DUETRACE_TESTS_FUZZ_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the plan is in an object that is one; false if there is none. */
bool fuzz_image_plan(const void *data, size_t size, size_t *offset, size_t *length);
/* Make its checksum right, so that what comes behind it is tried too. */
void fuzz_image_sign(void *data, size_t size);
/*
 * Open it; if it is taken, decode and print records and maps whose bytes are random, from a seed of
 * their own. `data` is aligned as malloc() has it.
 */
void fuzz_image_try(const void *data, size_t size, uint64_t random);

#endif
