/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a compiler knows before it reads the first line: macros, with the values of the compiler that
 * this one was built with, and the headers that are a compiler's and not the system's.
 */
#include <string.h>

#include "lang/c_reader.h"

#define TEXT(x) #x
#define VALUE(x) TEXT(x)
#define ROW(name) #name " " VALUE(name) "\n"

const char c_predefined[] =
#ifdef __x86_64__
	"__x86_64__ 1\n__x86_64 1\n__amd64__ 1\n__amd64 1\n"
#endif
#ifdef __aarch64__
	"__aarch64__ 1\n__ARM_64BIT_STATE 1\n__CHAR_UNSIGNED__ 1\n__AARCH64EL__ 1\n"
#endif
	"__linux__ 1\n__linux 1\n__unix__ 1\n__gnu_linux__ 1\n__ELF__ 1\n__LP64__ 1\n_LP64 1\n"
	"__STDC__ 1\n__STDC_VERSION__ 201710L\n__STDC_HOSTED__ 1\n__GNUC__ 12\n"
	"__GNUC_MINOR__ 2\n__GNUC_PATCHLEVEL__ 0\n__GNUC_STDC_INLINE__ 1\n__VERSION__ \"12.2.0\"\n"
	"__DATE__ \"\"\n__TIME__ \"\"\n__INCLUDE_LEVEL__ 0\n__bpftrace__ 1\n__duetrace__ 1\n"
	"_DEFAULT_SOURCE 1\n"
	ROW(__BYTE_ORDER__) ROW(__ORDER_LITTLE_ENDIAN__) ROW(__ORDER_BIG_ENDIAN__)
	ROW(__ORDER_PDP_ENDIAN__) ROW(__FLOAT_WORD_ORDER__) ROW(__CHAR_BIT__)
	ROW(__SIZEOF_SHORT__) ROW(__SIZEOF_INT__) ROW(__SIZEOF_LONG__) ROW(__SIZEOF_LONG_LONG__)
	ROW(__SIZEOF_POINTER__) ROW(__SIZEOF_FLOAT__) ROW(__SIZEOF_DOUBLE__)
	ROW(__SIZEOF_LONG_DOUBLE__) ROW(__SIZEOF_SIZE_T__) ROW(__SIZEOF_WCHAR_T__)
	ROW(__SIZEOF_WINT_T__) ROW(__SIZEOF_PTRDIFF_T__) ROW(__SIZEOF_INT128__)
	ROW(__BIGGEST_ALIGNMENT__) ROW(__SIZE_TYPE__) ROW(__PTRDIFF_TYPE__) ROW(__WCHAR_TYPE__)
	ROW(__WINT_TYPE__) ROW(__INTMAX_TYPE__) ROW(__UINTMAX_TYPE__) ROW(__INTPTR_TYPE__)
	ROW(__UINTPTR_TYPE__) ROW(__CHAR16_TYPE__) ROW(__CHAR32_TYPE__) ROW(__INT8_TYPE__)
	ROW(__INT16_TYPE__) ROW(__INT32_TYPE__) ROW(__INT64_TYPE__) ROW(__UINT8_TYPE__)
	ROW(__UINT16_TYPE__) ROW(__UINT32_TYPE__) ROW(__UINT64_TYPE__)
	ROW(__SCHAR_MAX__) ROW(__SHRT_MAX__) ROW(__INT_MAX__) ROW(__LONG_MAX__)
	ROW(__LONG_LONG_MAX__) ROW(__WCHAR_MAX__) ROW(__WINT_MAX__) ROW(__SIZE_MAX__)
	ROW(__PTRDIFF_MAX__) ROW(__INTMAX_MAX__) ROW(__UINTMAX_MAX__) ROW(__INT8_MAX__)
	ROW(__INT16_MAX__) ROW(__INT32_MAX__) ROW(__INT64_MAX__) ROW(__UINT8_MAX__)
	ROW(__UINT16_MAX__) ROW(__UINT32_MAX__) ROW(__UINT64_MAX__) ROW(__INTPTR_MAX__)
	ROW(__UINTPTR_MAX__)
	"__INT64_C(c) c ## L\n__UINT64_C(c) c ## UL\n__INT32_C(c) c\n__UINT32_C(c) c ## U\n"
	"__INTMAX_C(c) c ## L\n__UINTMAX_C(c) c ## UL\n"
	"__WCHAR_MIN__ (-__WCHAR_MAX__ - 1)\n__WINT_MIN__ 0U\n"
	"__builtin_constant_p(x) 1\n";

const char c_predefined_kernel[] =
	"__KERNEL__ 1\n__BPF_TRACING__ 1\nKBUILD_MODNAME \"duetrace\"\n__TARGET_ARCH_x86 1\n";

static const char stddef_text[] =
	"typedef __SIZE_TYPE__ size_t;\n"
	"typedef __PTRDIFF_TYPE__ ptrdiff_t;\n"
	"typedef __WCHAR_TYPE__ wchar_t;\n"
	"typedef __WINT_TYPE__ wint_t;\n"
	"typedef struct { long long a __attribute__((aligned(8)));"
	" long double b __attribute__((aligned(16))); } max_align_t;\n"
	"#undef NULL\n"
	"#define NULL ((void *)0)\n"
	"#undef offsetof\n"
	"#define offsetof(type, member) __builtin_offsetof(type, member)\n"
	"#undef __need_size_t\n#undef __need_ptrdiff_t\n#undef __need_wchar_t\n"
	"#undef __need_wint_t\n#undef __need_NULL\n";

static const char stdarg_text[] =
	"typedef __builtin_va_list __gnuc_va_list;\n"
	"typedef __builtin_va_list va_list;\n"
	"#define __GNUC_VA_LIST 1\n"
	"#undef __need___va_list\n";

static const char stdbool_text[] =
	"#define bool _Bool\n#define true 1\n#define false 0\n"
	"#define __bool_true_false_are_defined 1\n";

static const char float_text[] = "#define FLT_RADIX 2\n";

static const char limits_text[] =
	"#ifndef _GCC_LIMITS_H_\n#define _GCC_LIMITS_H_\n"
	"#if __has_include_next(<limits.h>)\n#include_next <limits.h>\n#endif\n"
	"#undef CHAR_BIT\n#define CHAR_BIT __CHAR_BIT__\n"
	"#undef SCHAR_MAX\n#define SCHAR_MAX __SCHAR_MAX__\n"
	"#undef SCHAR_MIN\n#define SCHAR_MIN (-SCHAR_MAX - 1)\n"
	"#undef UCHAR_MAX\n#define UCHAR_MAX (SCHAR_MAX * 2 + 1)\n"
	"#undef CHAR_MIN\n#undef CHAR_MAX\n"
	"#ifdef __CHAR_UNSIGNED__\n#define CHAR_MIN 0\n#define CHAR_MAX UCHAR_MAX\n"
	"#else\n#define CHAR_MIN SCHAR_MIN\n#define CHAR_MAX SCHAR_MAX\n#endif\n"
	"#undef SHRT_MAX\n#define SHRT_MAX __SHRT_MAX__\n"
	"#undef SHRT_MIN\n#define SHRT_MIN (-SHRT_MAX - 1)\n"
	"#undef USHRT_MAX\n#define USHRT_MAX (SHRT_MAX * 2 + 1)\n"
	"#undef INT_MAX\n#define INT_MAX __INT_MAX__\n"
	"#undef INT_MIN\n#define INT_MIN (-INT_MAX - 1)\n"
	"#undef UINT_MAX\n#define UINT_MAX (INT_MAX * 2U + 1U)\n"
	"#undef LONG_MAX\n#define LONG_MAX __LONG_MAX__\n"
	"#undef LONG_MIN\n#define LONG_MIN (-LONG_MAX - 1L)\n"
	"#undef ULONG_MAX\n#define ULONG_MAX (LONG_MAX * 2UL + 1UL)\n"
	"#undef LLONG_MAX\n#define LLONG_MAX __LONG_LONG_MAX__\n"
	"#undef LLONG_MIN\n#define LLONG_MIN (-LLONG_MAX - 1LL)\n"
	"#undef ULLONG_MAX\n#define ULLONG_MAX (LLONG_MAX * 2ULL + 1ULL)\n"
	"#endif\n";

static const char stdint_text[] =
	"#if __has_include_next(<stdint.h>)\n#include_next <stdint.h>\n#else\n"
	"typedef __INT8_TYPE__ int8_t;\ntypedef __INT16_TYPE__ int16_t;\n"
	"typedef __INT32_TYPE__ int32_t;\ntypedef __INT64_TYPE__ int64_t;\n"
	"typedef __UINT8_TYPE__ uint8_t;\ntypedef __UINT16_TYPE__ uint16_t;\n"
	"typedef __UINT32_TYPE__ uint32_t;\ntypedef __UINT64_TYPE__ uint64_t;\n"
	"typedef __INTPTR_TYPE__ intptr_t;\ntypedef __UINTPTR_TYPE__ uintptr_t;\n"
	"typedef __INTMAX_TYPE__ intmax_t;\ntypedef __UINTMAX_TYPE__ uintmax_t;\n"
	"#define INT8_MAX __INT8_MAX__\n#define INT16_MAX __INT16_MAX__\n"
	"#define INT32_MAX __INT32_MAX__\n#define INT64_MAX __INT64_MAX__\n"
	"#define INT8_MIN (-INT8_MAX - 1)\n#define INT16_MIN (-INT16_MAX - 1)\n"
	"#define INT32_MIN (-INT32_MAX - 1)\n#define INT64_MIN (-INT64_MAX - 1)\n"
	"#define UINT8_MAX __UINT8_MAX__\n#define UINT16_MAX __UINT16_MAX__\n"
	"#define UINT32_MAX __UINT32_MAX__\n#define UINT64_MAX __UINT64_MAX__\n"
	"#define SIZE_MAX __SIZE_MAX__\n#endif\n";

const char *c_own_header(const char *name)
{
	static const struct {
		const char *name, *text;
	} rows[] = {
		{"stddef.h", stddef_text}, {"stdarg.h", stdarg_text}, {"stdbool.h", stdbool_text},
		{"float.h", float_text},   {"limits.h", limits_text}, {"stdint.h", stdint_text},
		{"stdalign.h", ""},	   {"stdnoreturn.h", ""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!strcmp(rows[i].name, name))
			return rows[i].text;
	}
	return NULL;
}
