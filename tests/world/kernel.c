/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel of the golden tests: a few structs with what the real one's have: bitfields, members of
 * unnamed structs and unions, arrays of structs, a flexible array, typedefs of unnamed structs,
 * enums. tests/world/make-btf.sh makes kernel.btf of it; offsets in comments are the C ABI's.
 */
typedef unsigned int u32;
typedef unsigned long long u64;
typedef _Bool bool;

typedef struct {
	u32 val;
} kuid_t;

enum pid_type { PIDTYPE_PID, PIDTYPE_TGID, PIDTYPE_MAX };

struct list_head {
	struct list_head *next, *prev;
};

struct cred { /* 16 bytes */
	long usage;       /* 0 */
	kuid_t uid, euid; /* 8, 12 */
};

struct rlimit {
	u64 cur, max;
};

struct mm_struct { /* 32 */
	struct {
		int count;  /* 0 */
		u64 pgd;    /* 8 */
		union {
			u64 start; /* 16 */
			struct {
				u32 low, high; /* 16, 20 */
			};
		};
	};
	char name[]; /* 24 */
};

struct task_struct { /* 224 */
	unsigned int state;              /* 0 */
	unsigned int flags : 5;          /* 4: bits 0-4 */
	unsigned int in_execve : 1;      /* bit 5 */
	int level : 4;                   /* bits 6-9 */
	unsigned long wide : 33;         /* 8 */
	int pid, tgid;                   /* 16, 20 */
	char comm[16];                   /* 24 */
	struct task_struct *real_parent; /* 40 */
	struct task_struct *group_leader; /* 48 */
	struct list_head children;       /* 56 */
	const struct cred *cred;         /* 72 */
	struct mm_struct *mm;            /* 80 */
	struct rlimit limits[3];         /* 88 */
	u32 numbers[2][3];               /* 136 */
	enum pid_type type;              /* 160 */
	u64 start;                       /* 168 */
	bool exiting;                    /* 176 */
	union {
		int error;               /* 180 */
		struct {
			short code, signal; /* 180, 182 */
		};
	};
	void (*exit)(int);               /* 184 */
	volatile void *data;             /* 192 */
	struct unknown *opaque;          /* 200 */
	char *words[2];                  /* 208 */
};

/* What nothing is made of would only be declared. */
struct task_struct task;
struct cred cred;
struct mm_struct mm;

/* Functions, and a raw tracepoint as the kernel has them. */
struct file_stub {
	int number;
};

typedef void (*btf_trace_stub_event)(void *data, int first, struct file_stub *second);
btf_trace_stub_event keep_event;

int stub_read(struct file_stub *file, unsigned long count)
{
	return file->number + (int)count;
}

void stub_put(struct file_stub *file)
{
	file->number = 0;
}

void __traceiter_stub_event(void *__data, int first, struct file_stub *second)
{
	second->number = first;
}
