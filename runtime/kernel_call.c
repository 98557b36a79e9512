/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads a program that does nothing but the call. Its arguments are missing, so it is always refused;
 * the verifier asks whether it may make the call before it looks at them, and says why in its log.
 */
#include "runtime/kernel_call.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOG_SIZE 65536

/* What a program of the type would be attached to; its BTF ID, 0: needs none, or -ENOENT. */
static int attach_target(const struct btf *btf, enum bpf_attach_type attach)
{
	switch ((unsigned int)attach) {
	case BPF_TRACE_FENTRY:
	case BPF_TRACE_FEXIT:
		return btf__find_by_name_kind(btf, "bpf_fentry_test1", BTF_KIND_FUNC);
	case BPF_TRACE_ITER:
		return btf__find_by_name_kind(btf, "bpf_iter_task", BTF_KIND_FUNC);
	case BPF_TRACE_RAW_TP:
		return btf__find_by_name_kind(btf, "btf_trace_sched_switch", BTF_KIND_TYPEDEF);
	}
	return 0;
}

/* 0: the verifier got to the call, which it shows, and did not mind it. */
static int verdict(int program, const char *log)
{
	if (program >= 0)
		return 0;
	if (!*log)
		return program;
	return !strstr(log, "(85) call") || strstr(log, "is not allowed") || strstr(log, "sleepable")
		       ? -EACCES
		       : 0;
}

static int try(const char *section, const char *name, const struct btf *btf, char *log)
{
	LIBBPF_OPTS(bpf_prog_load_opts, options, .log_level = 1, .log_buf = log, .log_size = LOG_SIZE);
	int function = btf__find_by_name_kind(btf, name, BTF_KIND_FUNC), target, program;
	const struct bpf_insn code[] = {
		{.code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_KFUNC_CALL, .imm = function},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
		{.code = BPF_JMP | BPF_EXIT},
	};
	enum bpf_prog_type type;

	if (function < 0 ||
	    libbpf_prog_type_by_name(section, &type, &options.expected_attach_type))
		return -ENOENT;
	target = attach_target(btf, options.expected_attach_type);
	if (target < 0)
		return -ENOENT;
	options.attach_btf_id = (uint32_t)target;
	program = bpf_prog_load(type, "duetrace_trial", "GPL", code, 3, &options);
	program = program < 0 ? -errno : program;
	function = verdict(program, log);
	if (program >= 0)
		close(program);
	return function;
}

int kernel_call_try(const char *section, const char *name)
{
	struct btf *btf = btf__load_vmlinux_btf();
	char *log = calloc(1, LOG_SIZE);
	int result = -ENOMEM;

	if (!btf)
		result = -errno;
	else if (log)
		result = try(section, name, btf, log);
	free(log);
	btf__free(btf);
	return result;
}
