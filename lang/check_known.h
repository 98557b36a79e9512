/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values that follow from types, parameters and the probe, found by the checker where they must be
 * known when the script is compiled.
 */
#ifndef DUETRACE_CHECK_KNOWN_H
#define DUETRACE_CHECK_KNOWN_H

#include <stdbool.h>

#include "lang/constant.h"

struct check;

enum known {
	KNOWN_NOW,
	KNOWN_LATER, /* some type in it is not settled yet, or wrong and reported */
	KNOWN_NEVER,
};

/* Of a node that has its type. */
enum known check_known(struct check *check, struct node *node, struct constant *value);
/* A COMPTIME node; in the last round it becomes the literal. */
const struct type *check_comptime(struct check *check, struct node *node);
/*
 * If it is a COMPTIME node, only one way is compiled: true, `*now` if it is known yet which one,
 * and
 * `*truth` if it is the one that a condition that holds chooses.
 */
bool check_choice(struct check *check, struct node *condition, bool *now, bool *truth);

#endif
