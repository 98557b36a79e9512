/* SPDX-License-Identifier: Apache-2.0 */
/* What fuzz.c does with an input that is what a compile child sends to its parent. */
#ifndef DUETRACE_TESTS_FUZZ_RPC_H
#define DUETRACE_TESTS_FUZZ_RPC_H

#include <stddef.h>
#include <stdint.h>

/*
 * Turn `size` bytes of noise into messages, in place, most of them questions that could be asked, by a
 * random sequence of their own; `room` bytes are there. Returns how many bytes they are.
 */
size_t fuzz_rpc_make(char *bytes, size_t size, size_t room, uint64_t random);
/* Send them to the parent's end of the socket, and take what it answers. */
void fuzz_rpc_try(const char *bytes, size_t size);

#endif
