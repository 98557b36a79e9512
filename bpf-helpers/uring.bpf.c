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
#include "uring_net.h"

/* Newer than the headers may be. */
enum { OP_FTRUNCATE = 55, OP_READV_FIXED = 60, OP_WRITEV_FIXED = 61 };

/* Which files an io_uring has registered; in 6.12 and before; later. */
struct io_fixed_file {
	unsigned long file_ptr;
} CORE;

struct io_file_table___before {
	struct io_fixed_file *files;
} CORE;

struct io_rsrc_node {
	unsigned long file_ptr;
} CORE;

struct io_rsrc_data {
	u32 nr;
	struct io_rsrc_node **nodes;
} CORE;

struct io_file_table {
	struct io_rsrc_data data;
} CORE;

struct io_ring_ctx {
	struct io_file_table file_table;
	u32 nr_user_files; /* before */
} CORE;

struct io_cqe {
	u64 user_data;
	int fd;
} CORE;

struct io_kiocb {
	struct file *file;
	u8 opcode;
	u32 flags; /* 64 bits later; the first ones are the caller's */
	struct io_cqe cqe;
	struct io_ring_ctx *ctx;
} CORE;

/* The first members of a request, by what it asks for. */
struct filename {
	const char *name;
} CORE;

struct io_open {
	int dfd;
	u32 file_slot;
	struct filename *filename;
	struct open_how how;
} CORE;

struct io_close {
	int fd;
	u32 file_slot;
} CORE;

struct kiocb {
	long long ki_pos;
} CORE;

struct io_rw {
	struct kiocb kiocb;
	int flags; /* the caller's */
} CORE;

struct io_unlink {
	int dfd;
	int flags;
	struct filename *filename;
} CORE;

struct io_rename {
	int old_dfd;
	int new_dfd;
	struct filename *oldpath, *newpath;
	int flags;
} CORE;

struct io_link {
	int old_dfd;
	int new_dfd;
	struct filename *oldpath, *newpath;
	int flags;
} CORE;

struct io_sync {
	long long len, off;
	int mode;
} CORE;

struct io_ftrunc {
	long long len;
} CORE;

struct io_splice {
	int splice_fd_in;
	u32 flags;
} CORE;

struct xattr_name;

struct kernel_xattr_ctx {
	struct xattr_name *kname;
} CORE;

struct io_xattr {
	struct kernel_xattr_ctx ctx;
	struct filename *filename;
} CORE;

struct xattr_ctx___before {
	struct xattr_name *kname;
} CORE;

struct io_xattr___before {
	struct xattr_ctx___before ctx;
} CORE;

struct trace_event_raw_io_uring_submit_req {
	void *req;
} CORE;

/* Its name before 6.4. */
struct trace_event_raw_io_uring_submit_sqe {
	void *req;
} CORE;

struct trace_event_raw_io_uring_complete {
	void *ctx;
	void *req; /* NULL: of one that has more results */
	u64 user_data;
	int res;
} CORE;

extern char uring, uring_names, uring_more;

/* The kernel adds it. */
#define LARGE_FILE 0100000
/* Of a request, in its flags. */
#define IS_REGISTERED 1
/* Of a splice, in its flags. */
#define IS_SOURCE_REGISTERED (1U << 31)
/* What the kernel knows of a registered file is in its address. */
#define FILE_OF(pointer) ((pointer) & ~7ULL)

#define GET(to, from) bpf_probe_read_kernel(&(to), sizeof(to), &(from))

static INLINE u64 submitted(const void *context)
{
	const struct trace_event_raw_io_uring_submit_req *now = context;
	const struct trace_event_raw_io_uring_submit_sqe *before = context;
	u64 request = 0;

	if (bpf_core_type_exists(struct trace_event_raw_io_uring_submit_req))
		GET(request, now->req);
	else
		GET(request, before->req);
	return request;
}

static INLINE u64 registered_file(const struct io_kiocb *request, u32 at)
{
	const struct io_file_table___before *before;
	struct io_ring_ctx *ring = 0;
	const void *nodes = 0, *node = 0;
	u64 file = 0;
	u32 n = 0;

	GET(ring, request->ctx);
	if (bpf_core_type_exists(struct io_rsrc_data) &&
	    bpf_core_field_exists(ring->file_table.data.nodes)) {
		GET(n, ring->file_table.data.nr);
		GET(nodes, ring->file_table.data.nodes);
		if (at < n)
			bpf_probe_read_kernel(&node, sizeof(node), nodes + at * 8ULL);
		if (node)
			GET(file, ((const struct io_rsrc_node *)node)->file_ptr);
	} else if (bpf_core_field_exists(ring->nr_user_files)) {
		before = (const void *)&ring->file_table;
		GET(n, ring->nr_user_files);
		GET(nodes, before->files);
		if (at < n)
			bpf_probe_read_kernel(&file, sizeof(file),
					      nodes + at * 8ULL);
	}
	return FILE_OF(file);
}

/* The descriptor that a request works on; -1: a registered file. */
static INLINE u64 descriptor(const struct io_kiocb *request)
{
	u32 flags = 0;
	int fd = -1;

	GET(flags, request->flags);
	if (!(flags & IS_REGISTERED))
		GET(fd, request->cqe.fd);
	return (u64)fd;
}

/* Room for a copy. */
static INLINE char *keep_room(struct abi_uring *to, const struct io_kiocb *request)
{
	static const char nothing[ABI_TEXT_SIZE];
	u64 key = (u64)request + to->names;
	char *copy;

	bpf_map_update_elem(&uring_names, &key, nothing, BPF_ANY);
	copy = bpf_map_lookup_elem(&uring_names, &key);
	if (copy)
		to->names++;
	return copy;
}

/* A copy of a text; its address. */
static INLINE u64 keep_text(struct abi_uring *to, const struct io_kiocb *request, const void *text)
{
	char *copy = keep_room(to, request);

	if (copy)
		bpf_probe_read_kernel_str(copy, ABI_TEXT_SIZE, text);
	return (u64)copy;
}

#define ADDRESS_MOST 128

/* A copy of a socket's address, the caller's or the kernel's own. */
static INLINE u64 keep_address(struct abi_uring *to, const struct io_kiocb *request, const void *from, u32 size,
			       bool kernel)
{
	char *copy;

	if (!from || !size || size > ADDRESS_MOST)
		return 0;
	copy = keep_room(to, request);
	if (!copy)
		return 0;
	/* LLVM would leave the mask out, which the verifier asks for. */
	asm volatile("" : "+r"(size));
	if (kernel)
		bpf_probe_read_kernel(copy, size & 255, from);
	else
		bpf_probe_read_user(copy, size & 255, from);
	return (u64)copy;
}

static INLINE u64 keep_name(struct abi_uring *to, const struct io_kiocb *request,
			    struct filename *const *at)
{
	struct filename *filename = 0;
	const char *name = 0;

	bpf_probe_read_kernel(&filename, sizeof(filename), at);
	GET(name, filename->name);
	return keep_text(to, request, name);
}

static INLINE u64 get_int(const int *from)
{
	int value = 0;

	bpf_probe_read_kernel(&value, sizeof(value), from);
	return (u64)value;
}

static INLINE u64 get_word(const long long *from)
{
	u64 value = 0;

	bpf_probe_read_kernel(&value, sizeof(value), from);
	return value;
}

static INLINE void keep_open(struct abi_uring *to, const struct io_kiocb *request)
{
	const struct io_open *open = (const void *)request;
	struct open_how how = {0};

	GET(how, open->how);
	to->args[0] = get_int(&open->dfd);
	to->args[1] = keep_name(to, request, &open->filename);
	to->args[2] = how.flags & ~LARGE_FILE;
	to->args[3] = how.mode;
	to->slot = (u32)get_int((const int *)&open->file_slot);
}

static INLINE void keep_close(struct abi_uring *to, const struct io_kiocb *request)
{
	const struct io_close *close = (const void *)request;

	to->slot = (u32)get_int((const int *)&close->file_slot);
	to->args[0] = to->slot ? (u64)-1 : get_int(&close->fd);
	to->files[0] = to->slot ? registered_file(request, to->slot - 1)
				: (u64)data_file(to->args[0]);
}

static INLINE void keep_names(struct abi_uring *to, const struct io_kiocb *request, u64 call)
{
	const struct io_unlink *unlink = (const void *)request;
	const struct io_rename *rename = (const void *)request;
	const struct io_link *link = (const void *)request;

	if (call == __NR_unlinkat) {
		to->args[0] = get_int(&unlink->dfd);
		to->args[1] = keep_name(to, request, &unlink->filename);
		to->args[2] = get_int(&unlink->flags);
	} else if (call == __NR_renameat2) {
		to->args[0] = get_int(&rename->old_dfd);
		to->args[1] = keep_name(to, request, &rename->oldpath);
		to->args[2] = get_int(&rename->new_dfd);
		to->args[3] = keep_name(to, request, &rename->newpath);
		to->args[4] = get_int(&rename->flags);
	} else if (call == __NR_linkat) {
		to->args[0] = get_int(&link->old_dfd);
		to->args[1] = keep_name(to, request, &link->oldpath);
		to->args[2] = get_int(&link->new_dfd);
		to->args[3] = keep_name(to, request, &link->newpath);
		to->args[4] = get_int(&link->flags);
	} else { /* symlinkat */
		to->args[0] = keep_name(to, request, &link->oldpath);
		to->args[1] = get_int(&link->new_dfd);
		to->args[2] = keep_name(to, request, &link->newpath);
	}
}

static INLINE void keep_attr(struct abi_uring *to, const struct io_kiocb *request, u64 call)
{
	const struct io_xattr *xattr = (const void *)request;
	const struct io_xattr___before *before = (const void *)request;
	const void *name = 0;

	if (bpf_core_type_exists(struct kernel_xattr_ctx))
		GET(name, xattr->ctx.kname);
	else
		GET(name, before->ctx.kname);
	to->args[1] = keep_text(to, request, name);
	if (call == __NR_setxattr)
		to->args[0] = keep_name(to, request, &xattr->filename);
	else
		to->args[0] = descriptor(request);
}

static INLINE void keep_data(struct abi_uring *to, const struct io_kiocb *request, u64 call)
{
	const struct io_splice *splice = (const void *)request;
	const struct io_sync *sync = (const void *)request;

	if (call == __NR_splice || call == __NR_tee) {
		to->args[0] = get_int(&splice->splice_fd_in);
		to->files[0] = get_int((const int *)&splice->flags) & IS_SOURCE_REGISTERED
				       ? registered_file(request, (u32)to->args[0])
				       : (u64)data_file(to->args[0]);
		return;
	}
	to->args[0] = descriptor(request);
	if (call == __NR_ftruncate) {
		/* There since 6.9. */
		if (bpf_core_type_exists(struct io_ftrunc))
			to->args[1] = get_word(&((const struct io_ftrunc *)request)->len);
	} else if (call == __NR_fallocate) {
		to->args[1] = get_int(&sync->mode);
		to->args[2] = get_word(&sync->off);
		to->args[3] = get_word(&sync->len);
	} else {
		to->args[3] = get_word(&((const struct io_rw *)request)->kiocb.ki_pos);
		to->args[5] = get_int(&((const struct io_rw *)request)->flags);
	}
}

/* One that has many results. */
static INLINE void keep_more(struct abi_uring *to, const struct io_kiocb *request)
{
	u64 key[2] = {0, 0}, address = (u64)request;

	GET(key[0], request->ctx);
	GET(key[1], request->cqe.user_data);
	to->more = 1;
	bpf_map_update_elem(&uring_more, key, &address, BPF_ANY);
}

static INLINE void keep_accept(struct abi_uring *to, const struct io_kiocb *request)
{
	const struct io_accept *accept = (const void *)request;
	int flags = ACCEPT_MULTISHOT; /* where it does not say: maybe */

	if (bpf_core_field_exists(accept->iou_flags))
		flags = (int)get_int(&accept->iou_flags);
	to->slot = (u32)get_int((const int *)&accept->file_slot);
	if (flags & ACCEPT_MULTISHOT)
		keep_more(to, request);
}

/* To an address that it names, or to the socket's peer. */
static INLINE void keep_send(struct abi_uring *to, const struct io_kiocb *request, u8 opcode)
{
	const struct io_sr_msg *send = (const void *)request;
	const struct io_async_msghdr *message = 0;
	struct user_msghdr header = {0};
	const void *name = 0;
	u64 buffer = 0;
	int size = 0;

	GET(buffer, send->umsg);
	if (opcode == IORING_OP_SENDMSG || opcode == OP_SENDMSG_ZC) {
		bpf_probe_read_user(&header, sizeof(header), (const void *)buffer);
		to->args[5] = (u32)header.msg_namelen;
		to->args[4] = keep_address(to, request, header.msg_name, (u32)header.msg_namelen, false);
		buffer = 0;
		bpf_probe_read_user(&buffer, sizeof(buffer), header.msg_iov);
	} else if (bpf_core_field_exists(send->addr)) {
		GET(name, send->addr);
		/* In later kernels it has 16 bits; no address is longer. */
		to->args[5] = (unsigned short)get_int(&send->addr_len);
		to->args[4] = keep_address(to, request, name, (u32)to->args[5], false);
	} else {
		message = async_message(request);
		GET(name, message->msg.msg_name);
		GET(size, message->msg.msg_namelen);
		to->args[5] = (u32)size;
		to->args[4] = keep_address(to, request, name, (u32)size, true);
	}
	to->args[1] = buffer;
}

/* Of a message with many results the kernel puts its head, the address and what is beside the data in front. */
static INLINE u64 message_head(const struct user_msghdr *from)
{
	enum { NAME_SIZE = 1, CONTROL_SIZE = 5 };
	u64 words[6] = {0};

	bpf_probe_read_user(words, sizeof(words), from);
	return sizeof(struct io_uring_recvmsg_out) + (u32)words[NAME_SIZE] + words[CONTROL_SIZE];
}

static INLINE void keep_receive(struct abi_uring *to, const struct io_kiocb *request, u64 call)
{
	const struct io_sr_msg *receive = (const void *)request;
	const struct user_msghdr *message = 0;
	unsigned short flags = 0;

	GET(message, receive->umsg);
	to->args[1] = (u64)message;
	GET(flags, receive->flags);
	if (!(flags & RECV_MULTISHOT))
		return;
	if (call == __NR_recvmsg)
		to->args[2] = message_head(message);
	keep_more(to, request);
}

static OUTLINE u64 keep_socket(struct abi_uring *to, const struct io_kiocb *request, u64 call, u64 opcode)
{
	const struct io_connect *connect = (const void *)request;
	const void *address = 0;

	to->args[0] = descriptor(request);
	switch (call) {
	case __NR_connect:
		GET(address, connect->addr);
		to->args[2] = (u32)get_int(&connect->addr_len);
		to->args[1] = keep_address(to, request, address, (u32)to->args[2], false);
		break;
	case __NR_bind:
		/* There since 6.11. */
		if (!bpf_core_type_exists(struct io_bind))
			break;
		to->args[2] = (u32)get_int(&((const struct io_bind *)request)->addr_len);
		address = bound_address(request);
		to->args[1] = keep_address(to, request, address, (u32)to->args[2], true);
		break;
	case __NR_accept4:
		keep_accept(to, request);
		break;
	case __NR_sendto:
		keep_send(to, request, (u8)opcode);
		break;
	default: /* recvfrom, recvmsg */
		keep_receive(to, request, call);
	}
	return 0;
}

/* The number of the system call that would do what is submitted; -1: no event. */
static OUTLINE u64 call_request(struct abi_data *op)
{
	const struct io_kiocb *request = (const void *)submitted(op->context);
	u8 opcode = 0;

	GET(opcode, request->opcode);
	op->kept = 0;
	op->result = 0;
	switch (opcode) {
	case IORING_OP_OPENAT:
	case IORING_OP_OPENAT2:
		return __NR_openat;
	case IORING_OP_CLOSE:
		return __NR_close;
	case IORING_OP_READ:
	case IORING_OP_READV:
	case IORING_OP_READ_FIXED:
	case OP_READV_FIXED:
	case OP_READ_MULTISHOT:
		return __NR_preadv2;
	case IORING_OP_WRITE:
	case IORING_OP_WRITEV:
	case IORING_OP_WRITE_FIXED:
	case OP_WRITEV_FIXED:
		return __NR_pwritev2;
	case IORING_OP_UNLINKAT:
		return __NR_unlinkat;
	case IORING_OP_RENAMEAT:
		return __NR_renameat2;
	case IORING_OP_LINKAT:
		return __NR_linkat;
	case IORING_OP_SYMLINKAT:
		return __NR_symlinkat;
	case IORING_OP_FALLOCATE:
		return __NR_fallocate;
	case IORING_OP_FSYNC:
		return __NR_fsync;
	case IORING_OP_SYNC_FILE_RANGE:
		return __NR_sync_file_range;
	case OP_FTRUNCATE:
		return __NR_ftruncate;
	case IORING_OP_SPLICE:
		return __NR_splice;
	case IORING_OP_TEE:
		return __NR_tee;
	case IORING_OP_SETXATTR:
		return __NR_setxattr;
	case IORING_OP_FSETXATTR:
		return __NR_fsetxattr;
	case IORING_OP_CONNECT:
		return __NR_connect;
	case OP_BIND:
		return __NR_bind;
	case IORING_OP_ACCEPT:
		return __NR_accept4;
	case IORING_OP_SEND:
	case IORING_OP_SENDMSG:
	case OP_SEND_ZC:
	case OP_SENDMSG_ZC:
		return __NR_sendto;
	case IORING_OP_RECV:
		return __NR_recvfrom;
	case IORING_OP_RECVMSG:
		return __NR_recvmsg;
	}
	return (u64)-1;
}

/* Keep a request whose event somebody asks for; `nothing`: zeros, as long as a value. */
static OUTLINE u64 keep_request(struct abi_data *op, const void *nothing)
{
	u64 request = submitted(op->context), call = op->call;
	const struct io_kiocb *from = (const void *)request;
	struct abi_uring *to;
	u8 opcode = 0;

	bpf_map_update_elem(&uring, &request, nothing, BPF_ANY);
	to = bpf_map_lookup_elem(&uring, &request);
	if (!to)
		return 0;
	op->kept = &to->kept;
	to->kept.begun = bpf_ktime_get_boot_ns();
	to->call = call;
	switch (call) {
	case __NR_openat:
		keep_open(to, from);
		break;
	case __NR_close:
		keep_close(to, from);
		break;
	case __NR_setxattr:
	case __NR_fsetxattr:
		keep_attr(to, from, call);
		break;
	case __NR_unlinkat:
	case __NR_renameat2:
	case __NR_linkat:
	case __NR_symlinkat:
		keep_names(to, from, call);
		break;
	case __NR_connect:
	case __NR_bind:
	case __NR_accept4:
	case __NR_sendto:
	case __NR_recvfrom:
	case __NR_recvmsg:
		GET(opcode, from->opcode);
		keep_socket(to, from, call, opcode);
		break;
	default:
		keep_data(to, from, call);
		GET(opcode, from->opcode);
		if (opcode == OP_READ_MULTISHOT)
			keep_more(to, from);
	}
	return 1;
}

/* The file that a request made. The kernel may choose the place of a registered one. */
static INLINE u64 made_file(const struct abi_uring *from, const struct io_kiocb *request, u32 result)
{
	if (!from->slot)
		return (u64)data_file(result);
	return registered_file(request, from->slot == (u32)-1 ? result : (u32)from->slot - 1);
}

/* What is known of the files now that it is complete. */
static INLINE void find_files(struct abi_uring *to, const struct io_kiocb *request, int result)
{
	const struct file *file = 0;

	GET(file, request->file);
	switch (to->call) {
	case __NR_openat:
		if (result >= 0)
			to->files[0] = made_file(to, request, (u32)result);
		break;
	case __NR_accept4:
		if (result >= 0)
			to->files[1] = made_file(to, request, (u32)result);
		to->files[0] = (u64)file;
		break;
	case __NR_preadv2:
	case __NR_pwritev2:
	case __NR_fallocate:
	case __NR_fsync:
	case __NR_sync_file_range:
	case __NR_ftruncate:
	case __NR_fsetxattr:
	case __NR_connect:
	case __NR_bind:
	case __NR_sendto:
	case __NR_recvfrom:
	case __NR_recvmsg:
		to->files[0] = (u64)file;
		break;
	case __NR_splice:
		to->files[2] = (u64)file;
		break;
	case __NR_tee:
		to->files[1] = (u64)file;
		break;
	}
}

/* A request is complete: the number of the system call that would have done it, or -1. */
static OUTLINE u64 number_request(struct abi_data *op)
{
	const struct trace_event_raw_io_uring_complete *context = op->context;
	u64 request = 0, key[2] = {0, 0}, *more;
	int result = 0;
	struct abi_uring *from;

	GET(request, context->req);
	if (!request) {
		GET(key[0], context->ctx);
		GET(key[1], context->user_data);
		more = bpf_map_lookup_elem(&uring_more, key);
		if (!more)
			return (u64)-1;
		request = *more;
	}
	from = bpf_map_lookup_elem(&uring, &request);
	if (!from)
		return (u64)-1;
	GET(result, context->res);
	op->result = result;
	op->kept = &from->kept;
	find_files(from, (const void *)request, result);
	return from->call;
}

/* It has been reported. */
static OUTLINE u64 done_request(const struct trace_event_raw_io_uring_complete *context)
{
	const struct abi_uring *from;
	u64 request = 0, names, key[2] = {0, 0};

	GET(request, context->req);
	if (!request)
		return 0;
	from = bpf_map_lookup_elem(&uring, &request);
	names = from ? from->names : 0;
	if (from && from->more) {
		GET(key[0], context->ctx);
		GET(key[1], context->user_data);
		bpf_map_delete_elem(&uring_more, key);
	}
	bpf_map_delete_elem(&uring, &request);
	if (!names)
		return 0;
	bpf_map_delete_elem(&uring_names, &request);
	request++;
	if (names > 1)
		bpf_map_delete_elem(&uring_names, &request);
	return 0;
}

INLINE u64 dt_uring_call(struct abi_data *op)
{
	return call_request(op);
}

INLINE u64 dt_uring_keep(struct abi_data *op, const void *nothing)
{
	return keep_request(op, nothing);
}

/* The rest of the operation, as dt_data_fill(): all bytes must be something. */
INLINE u64 dt_uring_fill(struct abi_data *op)
{
	const struct abi_uring *request = op->kept ? data_uring(op) : 0;

	op->probe = 0;
	op->words[4] = op->words[5] = 0;
	for (u32 i = 0; i < 6; i++)
		op->args[i] = request ? request->args[i] : 0;
	return 0;
}

INLINE u64 dt_uring_number(struct abi_data *op)
{
	return number_request(op);
}

INLINE u64 dt_uring_done(const struct trace_event_raw_io_uring_complete *context)
{
	return done_request(context);
}
