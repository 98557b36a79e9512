// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The arguments of proc:exec with blanks between: as the new program got them, or, if it failed, as they
 * were given.
 *
 * Verifier: the kernel runs the rounds (bpf_loop); where they are lies behind the text, as in
 * data_walk.h, and is masked before each use.
 */
#include "proc.h"

struct mm_struct___arguments {
	unsigned long arg_start, arg_end;
} CORE;

/* Behind the text, where struct walk is of a path. */
struct arguments {
	u64 at;	  /* bytes that are there so far */
	u64 next; /* in the array of pointers */
	u64 size; /* of a pointer */
	u64 from; /* what is left of an argument; 0: the next one */
	u64 cut;
};

#define ARGUMENTS_OF(text) ((struct arguments *)((text) + ABI_TEXT_WALK))
_Static_assert(ABI_TEXT_WALK + sizeof(struct arguments) <= ABI_TEXT_BUFFER, "it fits");

#define PIECE 256
_Static_assert(ABI_TEXT_SIZE + PIECE <= ABI_TEXT_WALK, "a piece may begin at the last byte");

#define LOW_BITS 0x7f7f7f7f7f7f7f7fULL

/* Eight bytes: each NUL becomes a blank. */
static long blank_step(u32 i, u64 **text)
{
	u64 *word = *text + (i & (ABI_TEXT_SIZE / 8 - 1)), bytes = *word;
	u64 zeros = ~(((bytes & LOW_BITS) + LOW_BITS) | bytes | LOW_BITS);

	*word = bytes | zeros >> 2;
	return 0;
}

static INLINE u64 own_arguments(char *text)
{
	const struct task_struct *task = bpf_get_current_task_btf();
	const struct mm_struct___arguments *mm = (const void *)task->mm;
	u64 start, length, cut = 0, *words = (u64 *)text;

	if (!mm)
		return 0;
	start = mm->arg_start;
	length = mm->arg_end - start;
	if (length > ABI_TEXT_SIZE - 1) {
		length = ABI_TEXT_SIZE; /* the last is no NUL */
		cut = CUT;
	}
	length--;
	/* LLVM would leave the mask out, which the verifier asks for. */
	asm volatile("" : "+r"(length));
	length &= ABI_TEXT_SIZE - 1;
	if (bpf_probe_read_user(text, (u32)length, (const void *)start) < 0)
		return 0;
	bpf_loop((u32)(length + 7) / 8, blank_step, &words, 0);
	return length | cut;
}

/* Of one argument a piece; not 0: there is no more, or no room. */
static long argument_step(UNUSED u32 i, char **of)
{
	char *text = *of;
	struct arguments *arguments = ARGUMENTS_OF(text);
	u64 from = arguments->from, at = arguments->at & (ABI_TEXT_SIZE - 1);
	s64 read;

	if (!from) {
		if (bpf_probe_read_user(&from, arguments->size == 4 ? 4 : 8, (const void *)arguments->next) < 0 ||
		    !from)
			return 1;
		arguments->next += arguments->size;
	}
	read = bpf_probe_read_user_str(text + at, PIECE, (const void *)from);
	if (read <= 0)
		return 1;
	arguments->from = read == PIECE ? from + PIECE - 1 : 0;
	arguments->at = at + (u64)read - (read == PIECE);
	arguments->cut = arguments->at > ABI_TEXT_SIZE - 1;
	if (arguments->cut)
		return 1;
	if (read != PIECE)
		text[(at + (u64)read - 1) & (ABI_TEXT_SIZE - 1)] = ' ';
	return 0;
}

static INLINE u64 given_arguments(const struct abi_data *op, char *text)
{
	struct arguments *arguments = ARGUMENTS_OF(text);

	arguments->at = arguments->from = arguments->cut = 0;
	arguments->size = op->via == ABI_VIA_COMPAT ? 4 : 8;
	arguments->next = op->call == __NR_execveat ? data_arg(op, 2) : data_arg(op, 1);
	bpf_loop(ABI_TEXT_SIZE, argument_step, &text, 0);
	if (arguments->cut)
		return (ABI_TEXT_SIZE - 1) | CUT;
	/* Without the last blank. */
	return arguments->at ? (arguments->at - 1) & (ABI_TEXT_SIZE - 1) : 0;
}

INLINE u64 dt_proc_exec_argv(const struct abi_data *op, char *text, UNUSED char *work)
{
	return data_ok(op) ? own_arguments(text) : given_arguments(op, text);
}
