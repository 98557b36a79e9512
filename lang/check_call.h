/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files that check calls share, and what assignments need of them.
 */
#ifndef DUETRACE_CHECK_CALL_H
#define DUETRACE_CHECK_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "lang/settings.h"

struct check;
struct node;
struct map;
struct type;

/* The type that a call of count(), sum() ... gives to the map it is assigned to. */
const struct type *check_aggregation(struct check *check, struct node *node, struct map *map);

/* A number that must be known now: a literal, also a negative one, or a parameter. */
bool check_constant(struct check *check, const struct node *call, struct node *node,
		    int64_t *value);
/* All calls of hist, lhist or tseries that update a map must ask for the same buckets. */
void check_keep_numbers(struct check *check, const struct node *node, const int64_t *numbers);
/* A feature that may still change: refused, warned of or fine, as its setting says. */
void check_unstable(struct check *check, const struct node *node, const char *what,
		    enum setting setting);
/* The second argument of a call on a map is a key of it. */
void check_key_argument(struct check *check, struct node *node);

/* check_<name>() of the rows of builtins.def: refine the result of a call, or refuse more. */
#define CHECK(name)                                                                                \
	const struct type *check_builtin_##name(struct check *check, struct node *node,            \
						const struct type *result)
CHECK(tseries);
CHECK(printf);
CHECK(pid);
CHECK(comm);
CHECK(nsecs);
CHECK(cgroupid);
CHECK(intree);
CHECK(tree);
CHECK(once);
CHECK(limit);
CHECK(buf);
CHECK(strncmp);
CHECK(memcmp);
CHECK(str_concat);
CHECK(kptr);
CHECK(uptr);
CHECK(bswap);
CHECK(ntop);
CHECK(pton);
CHECK(files);
CHECK(macaddr);
CHECK(find);
CHECK(len);
CHECK(kstack);
CHECK(ustack);
CHECK(kaddr);
CHECK(percpu_kaddr);
CHECK(strftime);
CHECK(system);
CHECK(signal);
CHECK(fail);
CHECK(assert);
CHECK(debugf);
CHECK(static_assert);
CHECK(is_integer);
CHECK(is_unsigned_integer);
CHECK(is_str);
CHECK(is_ptr);
CHECK(is_array);
CHECK(is_literal);
CHECK(assert_str);
CHECK(argN);
CHECK(retval);
CHECK(func);
CHECK(reg);
CHECK(uaddr);
CHECK(typeinfo);
CHECK(ctx);
CHECK(override);
CHECK(kfunc_exist);
CHECK(path);
CHECK(kfunc_allowed);
CHECK(cpid);
CHECK(has_cpid);
CHECK(socket_cookie);
CHECK(write_user);
CHECK(glob);
CHECK(in);
#undef CHECK

#endif
