/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DUETRACE_MEMORY_H
#define DUETRACE_MEMORY_H

/*
 * Give back the pages of the program file that start-up and compiling have touched. LLVM is linked in
 * and its constructors run before main(): that maps some 20 MB of the file, which tracing never
 * looks at again. What is needed is mapped again from the page cache when it is next touched.
 */
void memory_release_program(void);

#endif
