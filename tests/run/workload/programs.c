/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A BPF program to be traced: `programs hold COMMAND...` loads it and runs the command, which finds
 * its ID in PROGRAM_ID; `programs run ID N` runs it N times with a packet of 50 bytes behind its
 * header. The program, probed_main(), gives what its function probed_add(50, 5) returns: 55.
 * `programs replace ID COMMAND...` runs the command while another program stands in for
 * probed_add().
 */
#include <linux/bpf.h>
#include <linux/btf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HEADER 14
#define LENGTH 50

static const char strings[] = "\0int\0__sk_buff\0len\0probed_main\0skb\0probed_add\0a\0b";
enum { INT = 1, BUFFER = 5, LEN = 15, MAIN = 19, SKB = 31, ADD = 35, A = 46, B = 48 };

#define INFO(kind, vlen) ((uint32_t)(kind) << 24 | (vlen))
/* clang-format off */
static const uint32_t types[] = {
	/* 1 */ INT, INFO(BTF_KIND_INT, 0), 4, BTF_INT_SIGNED << 24 | 32,
	/* 2 */ BUFFER, INFO(BTF_KIND_STRUCT, 1), 4, LEN, 1, 0,
	/* 3 */ 0, INFO(BTF_KIND_PTR, 0), 2,
	/* 4 */ 0, INFO(BTF_KIND_FUNC_PROTO, 1), 1, SKB, 3,
	/* 5 */ MAIN, INFO(BTF_KIND_FUNC, BTF_FUNC_STATIC), 4,
	/* 6 */ 0, INFO(BTF_KIND_FUNC_PROTO, 2), 1, A, 1, B, 1,
	/* 7 */ ADD, INFO(BTF_KIND_FUNC, BTF_FUNC_GLOBAL), 6,
};
/* clang-format on */

static const struct bpf_insn code[] = {
	{BPF_LDX | BPF_MEM | BPF_W, 1, 1, 0, 0},
	{BPF_ALU64 | BPF_MOV | BPF_K, 2, 0, 0, 5},
	{BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, 1},
	{BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
	{BPF_ALU64 | BPF_MOV | BPF_X, 0, 1, 0, 0},
	{BPF_ALU64 | BPF_ADD | BPF_X, 0, 2, 0, 0},
	{BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
};
static const struct bpf_func_info functions[] = {{0, 5}, {4, 7}};

static const struct bpf_insn other[] = {
	{BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 55},
	{BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
};
static const struct bpf_func_info other_function[] = {{0, 7}};

static int bpf(int command, union bpf_attr *attr)
{
	int result = (int)syscall(SYS_bpf, command, attr, sizeof(*attr));

	if (result < 0) {
		perror("bpf");
		exit(1);
	}
	return result;
}

/* The BTF of both programs. */
static uint32_t load_types(void)
{
	static char blob[4096];
	struct btf_header header = {
		.magic = BTF_MAGIC,
		.version = BTF_VERSION,
		.hdr_len = sizeof(header),
		.type_len = sizeof(types),
		.str_off = sizeof(types),
		.str_len = sizeof(strings),
	};
	union bpf_attr attr = {0};

	memcpy(blob, &header, sizeof(header));
	memcpy(blob + sizeof(header), types, sizeof(types));
	memcpy(blob + sizeof(header) + sizeof(types), strings, sizeof(strings));
	attr.btf = (uintptr_t)blob;
	attr.btf_size = sizeof(header) + sizeof(types) + sizeof(strings);
	return (uint32_t)bpf(BPF_BTF_LOAD, &attr);
}

static int load(enum bpf_prog_type type, const struct bpf_insn *insns, uint32_t n_insns,
		const struct bpf_func_info *infos, uint32_t n_infos, int target)
{
	static char log[65536];
	union bpf_attr attr = {
		.prog_type = type,
		.insns = (uintptr_t)insns,
		.insn_cnt = n_insns,
		.license = (uintptr_t) "GPL",
		.log_buf = (uintptr_t)log,
		.log_size = sizeof(log),
		.log_level = 1,
		.prog_name = "probed_main",
		.prog_btf_fd = load_types(),
		.func_info = (uintptr_t)infos,
		.func_info_rec_size = sizeof(*infos),
		.func_info_cnt = n_infos,
	};

	if (target) {
		attr.attach_prog_fd = (uint32_t)target;
		attr.attach_btf_id = 7;
	}
	return bpf(BPF_PROG_LOAD, &attr);
}

/* What the descriptor is of is there as long as the command has it open. */
static int become(int kept, char **command)
{
	if (dup(kept) < 0)
		perror("dup");
	execvp(command[0], command);
	perror(command[0]);
	return 127;
}

static int hold(char **command)
{
	struct bpf_prog_info info = {0};
	union bpf_attr attr = {0};
	char id[16];
	int program = load(BPF_PROG_TYPE_SOCKET_FILTER, code, 7, functions, 2, 0);

	attr.info.bpf_fd = (uint32_t)program;
	attr.info.info_len = sizeof(info);
	attr.info.info = (uintptr_t)&info;
	bpf(BPF_OBJ_GET_INFO_BY_FD, &attr);
	snprintf(id, sizeof(id), "%u", info.id);
	setenv("PROGRAM_ID", id, 1);
	return become(program, command);
}

static int open_program(const char *id)
{
	union bpf_attr attr = {.prog_id = (uint32_t)strtoul(id, NULL, 10)};

	return bpf(BPF_PROG_GET_FD_BY_ID, &attr);
}

static int replace(const char *id, char **command)
{
	union bpf_attr attr = {0};

	attr.raw_tracepoint.prog_fd =
		(uint32_t)load(BPF_PROG_TYPE_EXT, other, 2, other_function, 1, open_program(id));
	return become(bpf(BPF_RAW_TRACEPOINT_OPEN, &attr), command);
}

static int run(const char *id, int times)
{
	static char packet[HEADER + LENGTH];
	int program = open_program(id);
	union bpf_attr attr;

	for (int i = 0; i < times; i++) {
		memset(&attr, 0, sizeof(attr));
		attr.test.prog_fd = (uint32_t)program;
		attr.test.data_in = (uintptr_t)packet;
		attr.test.data_size_in = sizeof(packet);
		bpf(BPF_PROG_TEST_RUN, &attr);
		if (attr.test.retval != LENGTH + 5) {
			fprintf(stderr, "it returned %u\n", attr.test.retval);
			return 1;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 2 && !strcmp(argv[1], "hold"))
		return hold(argv + 2);
	if (argc == 4 && !strcmp(argv[1], "run"))
		return run(argv[2], atoi(argv[3]));
	if (argc > 3 && !strcmp(argv[1], "replace"))
		return replace(argv[2], argv + 3);
	fputs("usage: programs hold COMMAND... | run ID N | replace ID COMMAND...\n", stderr);
	return 2;
}
