/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What AddressSanitizer and UndefinedBehaviorSanitizer are asked for, in every program that is built with
 * SANITIZE=1. ASAN_OPTIONS and UBSAN_OPTIONS still win.
 *
 * A finding ends the process with a status that nothing else has, as the compile child cannot write
 * to a file and stderr may be somebody else's. As with malloc() itself, too much memory is NULL and no finding.
 * Tests put libraries of their own before all others, which the order of linking is not to be checked against.
 */
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

const char *__asan_default_options(void)
{
	return "exitcode=99:detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1:"
	       "check_initialization_order=1:allocator_may_return_null=1:verify_asan_link_order=0";
}

const char *__ubsan_default_options(void)
{
	return "exitcode=99:halt_on_error=1:print_stacktrace=1";
}
