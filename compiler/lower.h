/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lower_<name>() of builtins.def that are not beside their table in gen_call.c: each returns an
 * i64, or memory when the call's type is no scalar.
 */
#ifndef DUETRACE_LOWER_H
#define DUETRACE_LOWER_H

#include "compiler/gen.h"

#define LOWER(name) LLVMValueRef lower_##name(struct gen *g, const struct node *node)
LOWER(ncpus);
LOWER(nsecs);
LOWER(usermode);
LOWER(argN);
LOWER(retval);
LOWER(func);
LOWER(reg);
LOWER(uaddr);
LOWER(probetype);
LOWER(constant);
LOWER(intree);
LOWER(container);
LOWER(exe);
LOWER(cwd);
LOWER(hostroot);
LOWER(fdpath);
LOWER(glob);
LOWER(under);
LOWER(once);
LOWER(limit);
LOWER(tree);
LOWER(argument);
LOWER(buf);
LOWER(strlen);
LOWER(strcap);
LOWER(strncmp);
LOWER(strcontains);
LOWER(strstr);
LOWER(memcmp);
LOWER(str_concat);
LOWER(bswap);
LOWER(ntop);
LOWER(pton);
LOWER(macaddr);
LOWER(find);
LOWER(len);
LOWER(kstack);
LOWER(ustack);
LOWER(usym);
LOWER(percpu_kaddr);
LOWER(signal);
LOWER(signal_thread);
LOWER(assert);
LOWER(debugf);
LOWER(default_str_length);
LOWER(is_err);
LOWER(ctx);
LOWER(override);
LOWER(path);
LOWER(socket_cookie);
LOWER(write_user);
#undef LOWER

#endif
