/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The hand-written measure of what tracing opens must cost: keep the name's address at the entry of
 * openat(2), by thread, and put the name into a ring buffer at the exit, for one process. It does
 * what bench/opens.dt says and nothing else, with the idle protocol of bpf-helpers/abi.h: a program
 * wakes the reader only if the reader has said that it is idle.
 */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

#define NAME_MAX 1024

struct sys_enter {
	__u64 common;
	__s64 id;
	__u64 args[6];
};

struct sys_exit {
	__u64 common;
	__s64 id;
	__s64 ret;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, __u64);
} names SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20);
} ring SEC(".maps");

/* A record is its name's bytes without the NUL; the scratch value is where it is made. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, char[NAME_MAX]);
} scratch SEC(".maps");

const volatile __u32 target SEC(".rodata");

struct {
	__u32 idle;
	__u32 reserved;
	__u64 lost;
} shared SEC(".data.shared");

SEC("tracepoint/syscalls/sys_enter_openat")
int enter_openat(struct sys_enter *ctx)
{
	__u64 ids = bpf_get_current_pid_tgid();
	__u32 tid = (__u32)ids;
	__u64 name;

	if (ids >> 32 != target)
		return 0;
	name = ctx->args[1];
	bpf_map_update_elem(&names, &tid, &name, BPF_ANY);
	return 0;
}

/*
 * Wake the reader if it is idle, after the record is in: seen before, a reader that goes to sleep
 * between the look and the record would sleep on it. An empty, discarded record carries the
 * wake-up.
 */
static void submit(const char *text, __u32 size)
{
	void *wake;

	if (bpf_ringbuf_output(&ring, (void *)text, size, BPF_RB_NO_WAKEUP))
		__sync_fetch_and_add(&shared.lost, 1);
	if (!shared.idle || !__sync_lock_test_and_set(&shared.idle, 0))
		return;
	wake = bpf_ringbuf_reserve(&ring, 8, 0);
	if (wake)
		bpf_ringbuf_discard(wake, BPF_RB_FORCE_WAKEUP);
}

SEC("tracepoint/syscalls/sys_exit_openat")
int exit_openat(struct sys_exit *ctx)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();
	__u32 zero = 0;
	__u64 *name;
	char *text;
	long size;

	name = bpf_map_lookup_elem(&names, &tid);
	if (!name)
		return 0;
	text = bpf_map_lookup_elem(&scratch, &zero);
	if (!text)
		return 0;
	size = bpf_probe_read_user_str(text, NAME_MAX, (const void *)*name);
	bpf_map_delete_elem(&names, &tid);
	if (ctx->ret <= 0 || size <= 0 || size > NAME_MAX)
		return 0;
	submit(text, (__u32)size);
	return 0;
}

char program_license[] SEC("license") = "Dual BSD/GPL";
