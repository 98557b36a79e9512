/* SPDX-License-Identifier: Apache-2.0 */
/* import "x.bpf.c": functions written in C, which the world compiles. */
#ifndef DUETRACE_BPF_FILE_H
#define DUETRACE_BPF_FILE_H

struct bpf_function;
struct check;
struct node;
struct parse;
struct span;
struct type;
struct unit;

/* Adds the file's functions to the program. Returns -errno if the world could not give it. */
int bpf_file_import(struct parse *parse, struct span span, const char *path);
/* NULL: there is none of the name. */
const struct bpf_function *bpf_function_find(const struct unit *unit, const char *name);
/* The type of a call, whose `function` is set. */
const struct type *bpf_function_check(struct check *check, struct node *node);

#endif
