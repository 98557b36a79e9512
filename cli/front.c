// SPDX-License-Identifier: Apache-2.0
/*
 * The compile child: what it gives up, its end of the socket that cli/front_serve.h describes, and what is
 * said of how it ended.
 */
#include "cli/front.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/front_serve.h"
#include "lang/world.h"

#define NOBODY 65534
/* How the child ends when it could not give up what it had; LLVM ends it with 1. */
#define CANNOT_DROP 77

/*
 * No script that is meant needs as much of either; but an emulated processor takes a hundred times as
 * long as a real one.
 */
#define CPU_SECONDS  60
#define MEMORY_BYTES (2ULL << 30)

/* --- the child --- */

/* Answers live as long as the child, which is not long: they are not freed one by one. */
struct remote {
	int fd;
	struct world_answer btf; /* in memory shared with the parent, or data NULL */
};

static int remote_ask(void *self, enum world_question question, const char *name,
		      struct world_answer *answer)
{
	struct remote *remote = self;
	struct front_head head = {.message = FRONT_ASK, .question = question, .first = strlen(name)};
	struct front_reply reply;

	if (question == WORLD_KERNEL_BTF && !*name && remote->btf.data) {
		*answer = remote->btf;
		return 0;
	}
	if (!front_put(remote->fd, &head, sizeof(head)) || !front_put(remote->fd, name, head.first) ||
	    !front_get(remote->fd, &reply, sizeof(reply)))
		return -EPIPE;
	if (reply.result)
		return (int)reply.result;
	answer->data = front_get_bytes(remote->fd, reply.size, FRONT_DONE_LIMIT);
	answer->size = reply.size;
	return answer->data ? 0 : -EPIPE;
}

static void limit(int resource, rlim_t value)
{
	/* Of CPU time the first is a signal with a name, the second SIGKILL. */
	struct rlimit rlimit = {value, resource == RLIMIT_CPU ? value + 1 : value};

	/* Lowering a limit cannot fail in a way that matters: a lower one is in force then. */
	(void)!setrlimit(resource, &rlimit);
}

/*
 * Memory, the socket, and messages of LLVM's on stderr: EPERM for everything else. What is open stays
 * what it is: nothing is opened, made, executed, or sent to another process.
 */
static bool filter_calls(void)
{
	static const int calls[] = {
		SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(sendto), SCMP_SYS(recvfrom),
		SCMP_SYS(close), SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(lseek), SCMP_SYS(munmap),
		SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk), SCMP_SYS(futex), SCMP_SYS(getpid),
		SCMP_SYS(gettid), SCMP_SYS(getrandom), SCMP_SYS(getrusage), SCMP_SYS(prlimit64),
		SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(rt_sigaction),
		SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack), SCMP_SYS(sysinfo),
		SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity), SCMP_SYS(restart_syscall),
		SCMP_SYS(exit), SCMP_SYS(exit_group)};
	static const int memory[] = {SCMP_SYS(mmap), SCMP_SYS(mprotect)};
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int err = filter ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < sizeof(calls) / sizeof(calls[0]); i++)
		err = calls[i] < 0 ? 0 : seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
	for (size_t i = 0; !err && i < sizeof(memory) / sizeof(memory[0]); i++)
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, memory[i], 1,
				       SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	/* abort() and the like: only to itself. */
	if (!err)
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
				       SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
	if (!err)
		err = seccomp_load(filter);
	if (filter)
		seccomp_release(filter);
	return !err;
}

/*
 * Nothing that the child does needs a privilege, a file or another process. Returns false if it could
 * have kept one.
 */
static bool drop_everything(int keep)
{
	cap_t none;
	bool ok;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return false;
	if (geteuid() == 0 &&
	    (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
	     setresuid(NOBODY, NOBODY, NOBODY)))
		return false;
	none = cap_init();
	ok = none && !cap_set_proc(none);
	cap_free(none);
	/* Changing the uid made the process undumpable and cleared the death signal. */
	ok = ok && !prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (keep > 3)
		ok = ok && !close_range(3, (unsigned)keep - 1, 0);
	ok = ok && !close_range((unsigned)keep + 1, ~0u, 0);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, 0);
	/* What LLVM has to say may go to a file: that is lost then, and no reason to die. */
	signal(SIGXFSZ, SIG_IGN);
	limit(RLIMIT_NPROC, 0);
	limit(RLIMIT_NOFILE, 0); /* what is open stays open; nothing more can be */
	limit(RLIMIT_CPU, CPU_SECONDS);
#ifndef SANITIZED /* AddressSanitizer maps terabytes before anything is asked for */
	limit(RLIMIT_AS, MEMORY_BYTES);
#endif
	return ok && filter_calls();
}

static bool list(const struct front_job *job, struct compile_result *result)
{
	struct unit *unit = unit_new(&job->compile.unit);
	const char *lines = NULL;

	if (job->pattern)
		lines = unit_list_probes(unit, job->pattern, job->arguments);
	else if (unit_parse(unit) && unit_expand(unit))
		lines = unit_list_program(unit, job->arguments);

	result->output = lines ? strdup(lines) : NULL;
	result->size = lines ? strlen(lines) : 0;
	result->diagnostics = strdup(unit_diagnostics(unit));
	unit_free(unit);
	return result->output;
}

/* The socket, for on_fatal(). */
static int child_socket;

/* A diagnostic and no output, and the end of this process. */
static void on_fatal(const char *diagnostic)
{
	struct front_head head = {.message = FRONT_DONE, .second = strlen(diagnostic)};

	_exit(front_put(child_socket, &head, sizeof(head)) && front_put(child_socket, diagnostic, head.second) ? 0 : 1);
}

static _Noreturn void child(struct front_job *job, int fd)
{
	struct remote remote = {fd, job->btf};
	struct world_ops world = {remote_ask, &remote};
	struct compile_result result;
	struct front_head head = {.message = FRONT_DONE};

	if (!drop_everything(fd))
		_exit(CANNOT_DROP);
	job->compile.unit.world = &world;
	child_socket = fd;
	compile_on_fatal(on_fatal);
	head.made = job->list ? list(job, &result) : compile(&job->compile, &result);
	head.first = result.output ? result.size : 0;
	head.second = result.diagnostics ? strlen(result.diagnostics) : 0;
	if (!front_put(fd, &head, sizeof(head)) || !front_put(fd, result.output, head.first) ||
	    !front_put(fd, result.diagnostics, head.second))
		_exit(1);
	/* No clean-up: the process ends here, and with it all it had. */
	_exit(0);
}

/* --- the parent --- */

static void describe_death(int status, struct compile_result *result)
{
	if (result->diagnostics)
		return;
	if (WIFSIGNALED(status)) {
		if (WTERMSIG(status) == SIGXCPU)
			result->diagnostics = strdup("ERROR: the script is too large: compiling it takes too long\n");
		else if (asprintf(&result->diagnostics, "ERROR: the compiler was killed by signal %d (%s)\n",
			     WTERMSIG(status), strsignal(WTERMSIG(status))) < 0)
			result->diagnostics = NULL;
	} else if (WEXITSTATUS(status) == CANNOT_DROP) {
		result->diagnostics =
			strdup("ERROR: the compiler could not be run without privileges\n");
	} else if (asprintf(&result->diagnostics,
			    "ERROR: the compiler gave up on this script (status %d); LLVM says why above, "
			    "if it could\n",
			    WEXITSTATUS(status)) < 0) {
		result->diagnostics = NULL;
	}
}

static bool fail(struct compile_result *result, const char *what)
{
	if (asprintf(&result->diagnostics, "ERROR: %s: %s\n", what, strerror(errno)) < 0)
		result->diagnostics = NULL;
	return false;
}

bool front_run(const struct front_job *job, struct compile_result *result)
{
	struct front_job copy = *job;
	int fds[2], status = 0;
	bool made;
	pid_t pid;

	*result = (struct compile_result){0};
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
		return fail(result, "cannot make a socket for the compiler");
	pid = fork();
	if (pid < 0) {
		close(fds[0]);
		close(fds[1]);
		return fail(result, "cannot start the compiler");
	}
	if (!pid)
		child(&copy, fds[1]);
	close(fds[1]);
	made = front_serve(fds[0], job->compile.unit.world, job->forget, result);
	close(fds[0]);
	/* It has nothing more to do; what it ends with is known to the kernel if it has ended already. */
	kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!made)
		describe_death(status, result);
	return made;
}
