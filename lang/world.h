/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The outside world, as the language sees it: the only road by which lang/ and compiler/ learn
 * anything about the kernel, files or the machine. Every answer is bytes, so that the same question
 * can be answered by the kernel, over a pipe by another process, or from a frozen folder in a test.
 */
#ifndef DUETRACE_WORLD_H
#define DUETRACE_WORLD_H

#include <stddef.h>

enum world_question {
	WORLD_TRACEPOINT_FORMAT, /* name "category:event": the text of its tracefs `format` file */
	WORLD_TRACEPOINT_LIST,   /* name "": one "category:event" a line, sorted bytewise */
	WORLD_KERNEL_BTF,        /* name "": the raw BTF of vmlinux; of a module: what that adds; "*": the
				  * modules that have one, a line each */
	WORLD_KERNEL_ID,	 /* name "": what tells this kernel from all others, its build ID */
	WORLD_IMPORT,            /* name: path of a file to import, or of a folder, whose answer is
				  * the names of the files in it that can be, one a line, sorted.
				  * -EPERM: everybody could write there; -EISDIR: ask with a / behind */
	WORLD_PATTERNS,		 /* name: path of a file of patterns, "*.list": its text. Errors as for imports */
	WORLD_INCLUDE,		 /* a header: how it is looked for ('"' beside the file first, '<', or
				  * '+' behind where the file was found), the file that includes it,
				  * a newline, its name. The answer is a line with its path, after
				  * "system " if it is one of the system's, and its text. Errors as
				  * for imports. name "": not empty if there are kernel headers */
	WORLD_CGROUP_ID,	 /* name: path of a cgroup (v2): its ID in decimal */
	WORLD_KERNEL_SYMBOL,	 /* name: of a symbol of the kernel's or a module's: its address in hex, a
				  * blank, and the ID of this boot, for which alone it is true.
				  * -EPERM: the kernel hides it */
	WORLD_BINARY,		 /* name: a file as an attach point names it: a path, a library or command
				  * without one, a pattern of either, "*": all of the traced process. One
				  * "path<TAB>name" a line: where it can be opened, and what whoever runs
				  * it calls it. -ESRCH: "*", and there is no such process */
	/* Of a file of that path; addresses are those it was linked at. -ENOEXEC: it is no program;
	 * -ENOTSUP: of another machine; -ENODATA: there is nothing of this in it */
	WORLD_FUNCTIONS,	 /* name: path. "address size offset name" a line, hexadecimal, by name */
	WORLD_CPP_FUNCTIONS,	 /* the same of what C++ has named; then TAB and the name in C++ */
	WORLD_FUNCTION,		 /* name: "path<TAB>name": the line of one function */
	WORLD_SYMBOL,		 /* the same of a function or object; offset 0: not in the file */
	WORLD_ADDRESS,		 /* name: "path<TAB>address": the same of the function that it is in; the
				  * offset is the address's. -ERANGE: not in the file's code */
	WORLD_BUILD_ID,		 /* name: path. What tells it from other files, hexadecimal; -ENODATA: nothing */
	WORLD_PARAMETERS,	 /* name: "path<TAB>address": parameters of the function that begins there:
				  * see lang/user_type.h and cli/dwarf_place.h. -ENODATA: the file has no DWARF of it */
	WORLD_LINE,		 /* name: "path<TAB>file<TAB>line<TAB>column": where its code begins, as of
				  * WORLD_FUNCTION; column 0: any. -ENOENT: no such file; -ENODATA: no code
				  * there; -ENOMSG: there is no DWARF */
	WORLD_MARKERS,		 /* name: path. Of each USDT probe, "offset semaphore address", then TAB,
				  * provider, TAB, name, TAB and its arguments as the note has them */
	WORLD_KERNEL_FUNCTIONS,	 /* name "MODULE:NAME", patterns, MODULE "" for the kernel itself: the
				  * functions that can be traced, "fn" or "module:fn" a line, sorted */
	WORLD_BPF_FUNCTIONS,	 /* name: ID of a BPF program that the kernel has, or "*": of each function of
				  * it that can be told by BTF a line, "ID type", TAB, its name, and of
				  * each parameter and then the result TAB, "code name type": see
				  * lang/bpf_target.h and runtime/program_list.c. -EPERM: not for us to see */
	WORLD_KERNEL_CALL,	 /* name "SECTION:NAME": 0 if the kernel lets programs of that type, by
				  * libbpf's name for it, call its function NAME; the answer is empty */
	WORLD_BPF,		 /* name: path of a file of C for BPF, "x.bpf.c". The answer is "btf N", a newline,
				  * N bytes of BTF and LLVM's bitcode; or "failed", a newline and the
				  * compiler's messages. Errors as for imports. -ENOPKG: no compiler */
	WORLD_QUESTIONS,
};

struct world_answer {
	const char *data; /* belongs to the world, lives as long as it does; data[size] is 0, save for a BTF */
	size_t size;
};

struct world_ops {
	/*
	 * Returns 0 and fills `answer`; -ENOENT: there is no such thing; -EACCES, -EPERM: not
	 * allowed to look; any other -errno: could not find out.
	 */
	int (*ask)(void *self, enum world_question question, const char *name,
		   struct world_answer *answer);
	void *self;
};

#endif
