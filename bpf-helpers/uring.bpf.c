// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Requests of io_uring: what they ask for is kept when they are submitted, because the kernel lets go
 * of names before it says that a request is complete. Tracepoint programs: the arguments of these
 * tracepoints differ between kernels, their records do not.
 *
 * Verifier: straight lines.
 */
#include <linux/fcntl.h>
#include <linux/io_uring.h>
#include <linux/openat2.h>

#include "data.h"

struct filename {
	const char *name;
} CORE;

struct io_kiocb {
	u8 opcode;
} CORE;

/* The first bytes of a request that opens. */
struct io_open {
	int dfd;
	u32 file_slot;
	struct filename *filename;
	struct open_how how;
} CORE;

struct trace_event_raw_io_uring_submit_req {
	void *req;
} CORE;

/* Its name before 6.4. */
struct trace_event_raw_io_uring_submit_sqe {
	void *req;
} CORE;

struct trace_event_raw_io_uring_complete {
	void *req;
	int res;
} CORE;

extern char uring;

/* The kernel adds it. */
#define LARGE_FILE 0100000

static INLINE u64 submitted(const void *context)
{
	const struct trace_event_raw_io_uring_submit_req *now = context;
	const struct trace_event_raw_io_uring_submit_sqe *before = context;
	u64 request = 0;

	if (bpf_core_type_exists(struct trace_event_raw_io_uring_submit_req))
		bpf_probe_read_kernel(&request, sizeof(request), &now->req);
	else
		bpf_probe_read_kernel(&request, sizeof(request), &before->req);
	return request;
}

static INLINE void keep_open(struct abi_uring *to, const struct io_open *open)
{
	const struct filename *name = 0;
	struct open_how how = {0};
	int directory = 0;
	u32 slot = 0;
	s64 read;

	bpf_probe_read_kernel(&directory, sizeof(directory), &open->dfd);
	bpf_probe_read_kernel(&slot, sizeof(slot), &open->file_slot);
	bpf_probe_read_kernel(&how, sizeof(how), &open->how);
	bpf_probe_read_kernel(&name, sizeof(name), &open->filename);
	to->call = __NR_openat;
	to->args[0] = (u64)directory;
	to->args[2] = how.flags & ~LARGE_FILE;
	to->args[3] = how.mode;
	to->slot = slot;
	if (name)
		bpf_probe_read_kernel(&name, sizeof(name), &name->name);
	read = bpf_probe_read_kernel_str(to->name, sizeof(to->name), name);
	to->length = read > 0 ? (u64)read - 1 : 0;
}

/* A request is submitted. */
INLINE u64 dt_uring_submit(const void *context)
{
	static const struct abi_uring nothing;
	u64 request = submitted(context);
	struct abi_uring *to;
	u8 opcode = 0;

	bpf_probe_read_kernel(&opcode, sizeof(opcode), &((const struct io_kiocb *)request)->opcode);
	if (opcode != IORING_OP_OPENAT && opcode != IORING_OP_OPENAT2)
		return 0;
	bpf_map_update_elem(&uring, &request, &nothing, BPF_ANY);
	to = bpf_map_lookup_elem(&uring, &request);
	if (!to)
		return 0;
	to->kept.begun = bpf_ktime_get_boot_ns();
	keep_open(to, (const struct io_open *)request);
	return 0;
}

/* A request is complete: the number of the system call that would have done it, or -1. */
INLINE u64 dt_uring_number(struct abi_data *op)
{
	const struct trace_event_raw_io_uring_complete *context = op->context;
	u64 request = 0;
	int result = 0;
	struct abi_uring *from;

	bpf_probe_read_kernel(&request, sizeof(request), &context->req);
	from = bpf_map_lookup_elem(&uring, &request);
	if (!from)
		return (u64)-1;
	bpf_probe_read_kernel(&result, sizeof(result), &context->res);
	op->regs = 0;
	op->result = result;
	op->kept = &from->kept;
	op->uring = from;
	return from->call;
}

/* It has been reported. */
INLINE u64 dt_uring_done(const struct trace_event_raw_io_uring_complete *context)
{
	u64 request = 0;

	bpf_probe_read_kernel(&request, sizeof(request), &context->req);
	bpf_map_delete_elem(&uring, &request);
	return 0;
}
