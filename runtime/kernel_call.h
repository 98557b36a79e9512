/* SPDX-License-Identifier: Apache-2.0 */
/*
 * May a program call a function of the kernel's? Which types of programs may is known to the verifier
 * alone.
 */
#ifndef DUETRACE_RUNTIME_KERNEL_CALL_H
#define DUETRACE_RUNTIME_KERNEL_CALL_H

/*
 * 0 if a program of the type that libbpf calls `section` may call the function; -ENOENT: there is no such
 * function, or no such type; -EACCES: the verifier says no; any other -errno: it could not be asked.
 */
int kernel_call_try(const char *section, const char *name);

#endif
