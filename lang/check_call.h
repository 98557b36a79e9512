/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of check_call.c that assignments need.
 */
#ifndef DUETRACE_CHECK_CALL_H
#define DUETRACE_CHECK_CALL_H

struct check;
struct node;
struct map;
struct type;

/* The type that a call of count(), sum() ... gives to the map it is assigned to. */
const struct type *check_aggregation(struct check *check, struct node *node, struct map *map);

#endif
