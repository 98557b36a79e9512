/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The few members of the kernel's task_struct that helpers read. Only their names count: where they
 * are, libbpf looks up in the running kernel when it loads the program (CO-RE), so the files that
 * include this are compiled with debug information.
 */
#ifndef DUETRACE_TASK_H
#define DUETRACE_TASK_H

#include "helper.h"

struct pid {
	unsigned int level; /* of the PID namespace; 0: the initial one */
} __attribute__((preserve_access_index));

struct new_utsname {
	char nodename[65];
} __attribute__((preserve_access_index));

struct uts_namespace {
	struct new_utsname name;
} __attribute__((preserve_access_index));

struct nsproxy {
	struct uts_namespace *uts_ns;
	struct mnt_namespace *mnt_ns;
} __attribute__((preserve_access_index));

typedef struct {
	unsigned int val;
} __attribute__((preserve_access_index)) kuid_t;

typedef struct {
	unsigned int val;
} __attribute__((preserve_access_index)) kgid_t;

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
} __attribute__((preserve_access_index));

struct fs_struct {
	struct path root, pwd;
} __attribute__((preserve_access_index));

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
} __attribute__((preserve_access_index));

struct files_struct {
	struct fdtable *fdt;
} __attribute__((preserve_access_index));

struct mm_struct {
	struct file *exe_file;
} __attribute__((preserve_access_index));

struct thread_info {
	u32 status;
} __attribute__((preserve_access_index));

struct kernfs_node {
	const char *name;
	struct kernfs_node *parent;
	u64 id;
	u32 hash; /* of the name */
} __attribute__((preserve_access_index));

struct cgroup {
	struct kernfs_node *kn;
} __attribute__((preserve_access_index));

struct cgroup_subsys_state {
	struct cgroup *cgroup;
} __attribute__((preserve_access_index));

struct css_set {
	struct cgroup_subsys_state *subsys[16];
	struct cgroup *dfl_cgrp;
} __attribute__((preserve_access_index));

struct cred {
	kuid_t uid, euid, fsuid;
	kgid_t gid, egid, fsgid;
} __attribute__((preserve_access_index));

struct task_struct {
	struct thread_info thread_info;
	struct fs_struct *fs;
	struct mm_struct *mm;
	struct files_struct *files;
	u32 flags;
	int pid;
	int tgid;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	char comm[16];
	u64 start_boottime;
	kuid_t loginuid;
	struct pid *thread_pid;
	struct nsproxy *nsproxy;
	struct css_set *cgroups;
	const struct cred *cred;
} __attribute__((preserve_access_index));

/* The task at an address, or the running one when that is 0. */
static INLINE __attribute__((unused)) const struct task_struct *task_at(u64 address)
{
	return (const struct task_struct *)(address ? address : bpf_get_current_task());
}

/* A member that is a pointer; NULL if the task cannot be read. */
#define TASK_POINTER(task, member)                                                                 \
	({                                                                                         \
		const struct task_struct *other_ = 0;                                              \
		bpf_probe_read_kernel(&other_, sizeof(other_), &(task)->member);                   \
		other_;                                                                            \
	})

/* A member that is an int. */
#define TASK_NUMBER(task, member)                                                                  \
	({                                                                                         \
		u32 number_ = 0;                                                                   \
		bpf_probe_read_kernel(&number_, sizeof(number_), &(task)->member);                 \
		number_;                                                                           \
	})

/*
 * A task's value of a storage map, made if there is none. Of two CPUs that make one at the same time
 * the kernel tells one that it could not: there is one then.
 */
#define TASK_STORAGE(map, task)                                                                    \
	({                                                                                         \
		void *made_ = bpf_task_storage_get(map, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);  \
		if (!made_)                                                                        \
			made_ = bpf_task_storage_get(map, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE); \
		made_;                                                                             \
	})

#define PF_IO_WORKER 0x10

/* The running thread's IDs as the tracer's PID namespace has them; 0: it is not in it. */
static INLINE __attribute__((unused)) u64 task_pid_tgid(void)
{
	struct bpf_pidns_info info = {0};

	/* Constant for the verifier, which leaves one of the ways. */
	if (!duetrace_config.ns_inode)
		return bpf_get_current_pid_tgid();
	bpf_get_ns_current_pid_tgid(duetrace_config.ns_device, duetrace_config.ns_inode, &info, sizeof(info));
	return (u64)info.tgid << 32 | info.pid;
}

/*
 * Name of the running thread; of a thread that the kernel made for an io_uring its process's.
 * Linux 6.1 leaves in `to` what is behind the name's NUL.
 */
static INLINE __attribute__((unused)) void task_name(char *to)
{
	const struct task_struct *task = bpf_get_current_task_btf();

	if (task->flags & PF_IO_WORKER)
		bpf_probe_read_kernel(to, 16, &task->group_leader->comm);
	else
		bpf_get_current_comm(to, 16);
}

#endif
