/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Every byte that the kernel side and user space share: the header of a ring-buffer record, the
 * read-only configuration, the idle word, and the loss counters. Included by bpf-helpers/ (BPF C),
 * by compiler/ (which emits code that fills these) and by runtime/ (which reads them). Fixed-width
 * members only, no implicit padding; a change here is a change of IMAGE_VERSION.
 */
#ifndef DUETRACE_ABI_H
#define DUETRACE_ABI_H

/*
 * A record in the ring buffer. After the header come the event's arguments at the offsets that the
 * image's plan names, then the bytes of the variable-length strings, in argument order. A string
 * argument's slot is a struct abi_string; its bytes are in the tail, without a NUL.
 */
struct abi_event {
	unsigned int event;      /* index into the plan's events */
	unsigned int probe;      /* index into the plan's probes: the attach cookie */
	unsigned long long time; /* CLOCK_BOOTTIME in ns, or 0 when config.stamp is 0 */
};

/*
 * Behind the header of a record that the script made with `emit` or `alert`: who did it. The first
 * argument of such a record is the name of the container, "" on the host.
 */
struct abi_envelope {
	unsigned long long start;  /* of the process, CLOCK_BOOTTIME in ns */
	unsigned long long cgroup; /* ID of the cgroup (v2) */
	unsigned int pid;          /* the kernel's tgid */
	unsigned int tid;
	unsigned int ppid;
	unsigned int uid, gid;
	unsigned int auid;         /* who logged in; UINT_MAX: nobody did */
	char comm[16];
};

/* Longest name of a container, its NUL included. */
#define ABI_CONTAINER 128

struct abi_string {
	unsigned short length;    /* bytes in the tail, at most 65 535 */
	unsigned short truncated; /* 1: the source was longer than the buffer; print the trailer */
};

/* What join() takes at most: strings, and bytes of each with its NUL. */
#define ABI_JOIN_STRINGS 16
#define ABI_JOIN_STRING 1024

/* Name of the section (and so of the libbpf map) that holds struct abi_config, then parameters. */
#define ABI_CONFIG_SECTION ".rodata.config"

/* Trees of processes that a script can ask for. */
#define ABI_TREES 64

/*
 * Set before loading, constant for the verifier, which prunes on it. In ABI_CONFIG_SECTION it is
 * followed by the positional parameters, at the offsets the plan names.
 */
struct abi_config {
	unsigned long long start;     /* CLOCK_BOOTTIME in ns when tracing began: `elapsed` */
	unsigned int self;            /* tgid of the tracer, whose own system calls are not reported */
	unsigned int stamp;           /* 1: put the time into each record's header */
	unsigned int target;          /* tgid that -p filters by, 0: every process */
	unsigned int child;           /* tgid of the command started by -c or --run: `cpid`, 0: none */
	unsigned int parameters;      /* `$#` */
	unsigned int cpus;            /* possible CPUs: the length of a per-CPU value */
	unsigned int roots[ABI_TREES]; /* pids that the trees of the plan grow from */
	unsigned long long tai;       /* add to CLOCK_BOOTTIME to get CLOCK_TAI: nsecs(sw_tai) */
	unsigned long long ns_device; /* the tracer's PID namespace, as the kernel numbers it; `self`, */
	unsigned long long ns_inode;  /* `target` and `child` are IDs in it. 0: the initial one */
	unsigned int ledger;          /* 1: count for enum abi_ledger */
	unsigned int containers;      /* 1: only what tasks in containers do */
};

/*
 * Name of the section that holds an array of struct abi_member: where members of the kernel's structs
 * are, and how large its types. Only an image that may run on another kernel has it; it begins with
 * what the compiling kernel says, and is made right for the running one before loading.
 */
#define ABI_KERNEL_SECTION ".rodata.kernel"

struct abi_member {
	unsigned int offset;      /* of the member in its struct */
	unsigned int bytes;       /* to read; of a type: its size */
	unsigned int left, right; /* an integer's bits: shift left, then right, as a 64-bit word */
	unsigned int element;     /* of an array: bytes of an element */
	unsigned int count;       /* of an array */
};

/*
 * Numbers of the automaton of all patterns (lang/automaton.h): how many cells and outcomes there are,
 * below which cell states are settled, how many classes of bytes.
 */
#define ABI_SET_STARTS 8

struct abi_sets {
	unsigned int cells, settled, classes, outcomes;
	unsigned int starts[ABI_SET_STARTS], n_starts;
};

/* Name of the section that holds struct abi_shared; mmap-ed by the reader. */
#define ABI_SHARED_SECTION ".data.shared"

/*
 * The kernel takes two grace periods, some 80 ms, to let go of one tracepoint, and does them one by
 * one: `off` stops all programs at one moment, so that the reader can print and detach behind that.
 * A program sets it as well when its exit() is in the ring; begin and end probes do not look at it.
 *
 * The idle protocol. The reader stores 1 to `idle`, looks at the ring once more, and only then
 * blocks. A program that finds 1 after it has submitted a record swaps in 0 and, if it was the one
 * that swapped, wakes the reader. Everybody else submits without a wake-up.
 */
struct abi_shared {
	unsigned int idle;
	unsigned int seeding; /* 1: trees of processes are not complete yet */
	unsigned int off; /* 1: tracing is over; programs that stay attached return at once */
	unsigned long long result; /* what the last test or bench probe returned */
};

/*
 * A stack as a value. Frames, each the u64 of an address or, by build ID, a struct
 * bpf_stack_build_id, are not in it: when a stack is new, they are sent to user space in a record of
 * their own, with `hash`, which is of the frames and, of a user's, the tgid. So stacks are the same
 * if and only if their values are. ABI_MAP_STACKS has the hashes of those that were sent; which it
 * forgets is sent again. With ABI_STACK_INLINE the frames are in the tail of the record that has the
 * value, in argument order with its strings.
 */
struct abi_stack {
	unsigned long long hash; /* 0: the frames were not sent apart */
	unsigned int tgid;       /* of a user's; else 0 */
	unsigned short frames;   /* may be some more than wanted: the first may be of the tracer itself */
	unsigned short how;      /* most frames wanted | mode << ABI_STACK_MODE_SHIFT | ABI_STACK_INLINE */
};

/* bpftrace: names; perf: the address and a name; raw: addresses; build_id: of a user's stack. */
enum abi_stack_mode { ABI_STACK_NAMES, ABI_STACK_PERF, ABI_STACK_RAW, ABI_STACK_BUILD_ID };

#define ABI_STACK_LIMIT 1024
#define ABI_STACK_LIMIT_MASK 0xfff
#define ABI_STACK_MODE_SHIFT 12
#define ABI_STACK_INLINE 0x8000
#define ABI_STACK_ID_FRAME 32 /* bytes of a struct bpf_stack_build_id */

static inline unsigned int abi_stack_mode(unsigned int how)
{
	return how >> ABI_STACK_MODE_SHIFT & 3;
}

/* Bytes of a frame. */
static inline unsigned int abi_stack_frame(unsigned int how)
{
	return abi_stack_mode(how) == ABI_STACK_BUILD_ID ? ABI_STACK_ID_FRAME : 8;
}

/*
 * What the map `lost` begins with: counters from which it can be recomputed that nothing went
 * missing. attempted = filtered + emitted + lost: each time a predicate said no, each record, each
 * update that found no room, and each time a program found no scratch is an attempt.
 */
enum abi_ledger {
	ABI_LEDGER_ATTEMPTED,
	ABI_LEDGER_FILTERED,
	ABI_LEDGER_EMITTED, /* records that are in the ring */
	ABI_LEDGERS,
};

/* Why an event or an update was lost. Behind the ledger: probes * ABI_COUNTS counters. */
enum abi_lost {
	ABI_LOST_RING = 0, /* the ring buffer was full */
	ABI_LOST_MAP = 1,  /* a map was full: the update did not happen */
	ABI_LOST_SCRATCH = 2, /* all slots of the CPU's scratch pool were taken: nothing ran */
	ABI_LOST_REASONS = 3,
	/* What is counted beside them and is no loss. */
	ABI_COUNT_HELD = ABI_LOST_REASONS, /* back by limit() */
	ABI_COUNT_FORGOTTEN, /* a key of once() or limit() that had to make room */
	ABI_COUNTS,
};

/* What a call of once() or limit() says of a key: flags; and how many keys it knows. */
enum abi_key { ABI_KEY_NEW = 1, ABI_KEY_FORGOT = 2 };
#define ABI_KEYS 4096

/* Names of the maps that every image has; a script's map @x is called "x" with this prefix. */
#define ABI_MAP_RING "ring"
#define ABI_MAP_LOST "lost"       /* PERCPU_ARRAY: u32 -> u64; see enum abi_ledger, abi_lost */
#define ABI_MAP_SCRATCH "scratch" /* PERCPU_ARRAY: slot -> bytes; see enum abi_scratch */
#define ABI_MAP_STACKS "stacks"   /* LRU_HASH: u64 -> u64; see struct abi_stack */
#define ABI_MAP_TREES "trees"     /* TASK_STORAGE: u64, a bit for each tree of the plan */
#define ABI_MAP_PREFIX "AT_"

/*
 * Scratch slots. Programs of the first two classes have one that is theirs: they never interrupt
 * each other on a CPU. The kernel skips a tracepoint, kprobe or perf event program while another runs
 * there (bpf_prog_active); begin and end run by BPF_PROG_TEST_RUN, which those can interrupt.
 *
 * All other programs (raw tracepoints, fentry, fexit, iterators, uprobes) nest with each other and may
 * be preempted, so they take a slot of the pool: each begins with a struct abi_slot, which a program
 * swaps to 1 and sets to 0 when it leaves. A program stays on its CPU while it runs. When none is
 * free, the program does nothing and counts ABI_LOST_SCRATCH. Nothing of the pool is there if no
 * program needs it.
 */
enum abi_scratch {
	ABI_SCRATCH_TRACE = 0,
	ABI_SCRATCH_SPECIAL = 1,
	ABI_SCRATCH_POOL = 2, /* the first of ABI_SCRATCH_POOL_SLOTS */
};

#define ABI_SCRATCH_POOL_SLOTS 6

/*
 * A container that a slot knows: of the cgroups whose IDs these are (0: of none yet), as
 * bpf-helpers/task_container.bpf.c finds them.
 */
struct abi_container {
	unsigned long long groups[3];
	unsigned int names; /* what those were called that can be renamed, as a number */
	unsigned int length;
	char name[ABI_CONTAINER]; /* zeros behind it */
};

#define ABI_CONTAINERS 4

/* What each slot begins with, the first two as well. */
struct abi_slot {
	unsigned long long taken;
	struct abi_container containers[ABI_CONTAINERS];
};

/* The hooks that serve data probes: see lang/events.def. */
enum abi_hook {
	ABI_HOOK_SYS_EXIT,
	ABI_HOOK_SYS_ENTER,
	ABI_HOOK_TRACEPOINT,
	ABI_HOOK_URING_SUBMIT,
	ABI_HOOK_URING_COMPLETE,
	ABI_HOOKS,
};

/* What a function of a row EVENT_EACH says of a step. */
enum abi_each { ABI_EACH_END, ABI_EACH_ONE, ABI_EACH_NONE };
/* Steps that it is called for at most. */
#define ABI_EACH_STEPS 2097152

/* How an operation was asked for: `args.via`. */
enum abi_via { ABI_VIA_SYSCALL, ABI_VIA_COMPAT, ABI_VIA_URING, ABI_VIA_MMAP, ABI_VIA_EXEC };

/* In abi_data.call: a system call that only 32-bit programs have, by their number. */
#define ABI_DATA_COMPAT_ONLY 0x10000

/*
 * What was kept of an operation when it began, for args that cannot be known when it ends: a value
 * of the map ABI_MAP_KEPT, one a task. Behind this come the args, each a word, and behind that of a
 * string its text.
 */
struct abi_kept {
	unsigned long long begun; /* CLOCK_BOOTTIME in ns */
	unsigned long long call;  /* of which call, or'd with ABI_KEPT_VALID; 0: of none */
	unsigned long long file;  /* struct file *, if the event asks for one */
	unsigned long long via;   /* enum abi_via */
	unsigned long long ids;   /* proc:setid: whose files were accessed; above it as which group */
};

#define ABI_KEPT_VALID (1ULL << 63)
#define ABI_MAP_KEPT "kept"
/* TASK_STORAGE of a process's leader: u64, 1 once proc:exit has fired. */
#define ABI_MAP_ENDED "ended"

#define ABI_TEXT_SIZE 4096

/*
 * A request of an io_uring, from its submission to its completion, in the map ABI_MAP_URING by the
 * address of its struct io_kiocb: the arguments of the system call that would do the same. An argument
 * that is a text is the address of a copy, in ABI_MAP_URING_NAMES by the same address and which one of
 * the two it is.
 */
struct abi_uring {
	unsigned long long call; /* number of that system call */
	unsigned long long args[6];
	unsigned long long files[3]; /* struct file * of the arguments that are descriptors */
	unsigned long long slot;     /* from 1 on: it makes or closes a registered file; 0: a descriptor */
	unsigned long long names;    /* how many copies there are */
	unsigned long long more;     /* 1: it has many results, and is in ABI_MAP_URING_MORE */
	struct abi_kept kept;	     /* the map's values end with more: as much as ABI_MAP_KEPT's */
};

/* Of a system call that begins again: none returns this. */
#define ABI_NO_RESULT (1ULL << 63)

#define ABI_MAP_URING "uring"
#define ABI_MAP_URING_NAMES "uring_names"
/* Addresses of requests by that of the ring and the caller's number of them. */
#define ABI_MAP_URING_MORE "uring_more"
#define ABI_URING_REQUESTS 4096

/*
 * One operation, while the blocks of data probes look at it; on the stack of the hook's program. That
 * knows the types of its pointers until it has called a block, which is verified alone: there they are
 * numbers, that helpers read at.
 */
struct abi_data {
	const void *context;     /* of the hook's program */
	struct abi_kept *kept;   /* what was kept when it began, or NULL; uring: in the request */
	union {
		unsigned long long args[6]; /* of the system call */
		/* From the third on: what the event's own functions found out, those of `when` and
		 * of hooks for those of args. */
		struct {
			unsigned long long first[2], words[6];
		};
	};
	long long result;
	unsigned int call;        /* number of the system call, on this machine */
	unsigned int via;         /* enum abi_via */
	unsigned long long probe; /* the plan's index of the probe that is being run */
	unsigned long long ids;   /* of who does it: tgid, thread as bpf_get_current_pid_tgid() has them */
};

/*
 * A string that an arg's function makes: the buffer it gets, and its result, which is a length, or'd
 * with the offset of the first byte. Paths are written from their end; what is copied over the
 * buffer's first part never passes its end.
 */
#define ABI_TEXT_WALK (ABI_TEXT_SIZE + 264)
#define ABI_TEXT_BUFFER (ABI_TEXT_WALK + 64)
#define ABI_TEXT_OFFSET_SHIFT 16
/* A second buffer that functions may use while they run. */
#define ABI_TEXT_WORK (ABI_TEXT_SIZE + 8)

/*
 * A map's values in the kernel. A scalar map (no key) is a one-element array whose value starts
 * with a u64 that is 1 once it has been assigned; a keyed map is a hash, where being there says it.
 * A plain value is stored as its type lays it out. Aggregations are per CPU:
 */
struct abi_number {                /* count, sum */
	long long value;
};

struct abi_extreme {               /* min, max */
	long long value;
	unsigned long long set;    /* 0: no value yet on this CPU */
};

struct abi_average {               /* avg, stats */
	long long total;
	unsigned long long count;
};

/*
 * A string in its buffer has no NUL when there was more of it than the buffer holds: then the last
 * byte is ABI_CUT and no text. An array of characters that is full has none either, and all its
 * bytes are text.
 */
#define ABI_CUT 1

/* What a function that reads a string does when the NUL finds no room: nothing, or one of those. */
enum abi_mark { ABI_MARK_NONE, ABI_MARK_CUT, ABI_MARK_TEXT };

/*
 * hist and lhist: an array of u64 bucket counts.
 *
 * hist(n, k) has (64 - k + 1) * 2^k + 1 buckets and lays them out as bpftrace does: 0 is for
 * negative numbers; then, for n < 2^k, bucket n + 1 holds exactly n; beyond, with e the position of
 * the highest set bit (e >= k), bucket ((e - k + 1) << k) + ((n >> (e - k)) & (2^k - 1)) + 1 holds
 * the 2^(e-k) values that share their highest k + 1 bits.
 *
 * lhist(n, min, max, step) has (max - min) / step + 2: 0 is for n < min, the last for n >= max,
 * and n falls into (n - min) / step + 1 between them.
 */
#define ABI_HIST_BUCKETS(bits) (((64ULL - (bits) + 1) << (bits)) + 1)

/*
 * tseries(n, interval, count): an array of `count` of these. A value goes to epoch % count, where
 * epoch is CLOCK_BOOTTIME / interval.
 */
struct abi_series {
	unsigned long long epoch; /* 1 more, so that 0 says that nothing was counted */
	long long value;
	unsigned long long extra; /* LAST: when, CLOCK_BOOTTIME; others: how many values went in */
};

enum abi_series_how {
	ABI_SERIES_LAST, ABI_SERIES_AVG, ABI_SERIES_MAX, ABI_SERIES_MIN, ABI_SERIES_SUM,
	ABI_SERIES_HOWS,
};
#define ABI_SERIES_SIGNED 8
/* As many as fit the 32 KiB that the kernel allows a per-CPU value, a scalar's word included. */
#define ABI_SERIES_MAX_COUNT 1365

#endif
