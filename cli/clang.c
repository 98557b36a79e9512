// SPDX-License-Identifier: Apache-2.0
/*
 * Runs clang as a child with no more rights than the compile child has: source in, code and
 * messages out, through files in memory. The clang of LLVM's own version is looked for first, then
 * older ones, whose bitcode LLVM reads, then the one without a number.
 */
#include "cli/clang.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "image/elf_section.h"

#define NOBODY	     65534
#define OLDEST	     14
#define SECONDS	     60
#define OUTPUT_LIMIT (64u << 20)
#define CANNOT_DROP  77

struct run {
	const char *clang, *folder;
	int in, out, messages; /* files in memory */
};

/* The first folder of PATH that has the command. */
static bool in_path(const char *command, char *path, size_t size)
{
	const char *folders = getenv("PATH"), *end;

	for (const char *at = folders ? folders : ""; *at; at = end + (*end == ':')) {
		int length;

		end = strchrnul(at, ':');
		length = snprintf(path, size, "%.*s/%s", (int)(end - at), at, command);
		if (*at == '/' && length > 0 && (size_t)length < size && !access(path, X_OK))
			return true;
	}
	return false;
}

static bool find_clang(char *path, size_t size)
{
	char command[32];

	for (int version = LLVM_MAJOR; version >= OLDEST; version--) {
		snprintf(command, sizeof(command), "clang-%d", version);
		if (in_path(command, path, size))
			return true;
	}
	return in_path("clang", path, size);
}

static bool drop(void)
{
	struct rlimit file = {OUTPUT_LIMIT, OUTPUT_LIMIT}, cpu = {SECONDS, SECONDS}, core = {0, 0};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    (geteuid() == 0 && (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
				setresuid(NOBODY, NOBODY, NOBODY))))
		return false;
	return !prctl(PR_SET_PDEATHSIG, SIGKILL) && !setrlimit(RLIMIT_FSIZE, &file) &&
	       !setrlimit(RLIMIT_CPU, &cpu) && !setrlimit(RLIMIT_CORE, &core);
}

static _Noreturn void child(const struct run *run, bool types)
{
	char folder[PATH_MAX + 8];
	const char *const arguments[] = {
		run->clang,   "-target",
		"bpf",	      "-mcpu=v3",
		"-O2",	      "-Wall",
		folder,	      ("-D__TARGET_ARCH_" BPF_ARCH),
		"-idirafter", ("/usr/include/" MULTIARCH),
		"-g",	      "-x",
		"c",	      "-c",
		"-o",	      "-",
		"-",	      types ? NULL : "-emit-llvm",
		NULL,
	};
	char *const environment[] = {"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", NULL};

	snprintf(folder, sizeof(folder), "-I%s", run->folder);
	if (dup2(run->in, 0) < 0 || dup2(run->out, 1) < 0 || dup2(run->messages, 2) < 0 ||
	    lseek(0, 0, SEEK_SET) || close_range(3, ~0u, 0) || !drop())
		_exit(CANNOT_DROP);
	execve(run->clang, (char *const *)arguments, environment);
	_exit(127);
}

static int read_back(int fd, char **data, size_t *size)
{
	off_t length = lseek(fd, 0, SEEK_END);
	char *bytes;

	if (length < 0 || length > OUTPUT_LIMIT)
		return -EFBIG;
	bytes = malloc((size_t)length + 1);
	if (!bytes || pread(fd, bytes, (size_t)length, 0) != length) {
		free(bytes);
		return -ENOMEM;
	}
	bytes[length] = '\0';
	*data = bytes;
	*size = (size_t)length;
	return 0;
}

/* One run of clang: its output and 0; or its messages and 1; or -errno. */
static int once(struct run *run, bool types, char **data, size_t *size)
{
	int status, err;
	pid_t pid;

	/* The child writes where the last one ended. */
	if (ftruncate(run->out, 0) || ftruncate(run->messages, 0) || lseek(run->out, 0, SEEK_SET) ||
	    lseek(run->messages, 0, SEEK_SET))
		return -errno;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid)
		child(run, types);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (status && WIFEXITED(status) && WEXITSTATUS(status) == CANNOT_DROP)
		return -EACCES;
	err = read_back(status ? run->messages : run->out, data, size);
	return err ? err : status != 0;
}

/* "btf N\n", N bytes of types, bitcode; or "failed\n" and why. */
static int put_together(const char *types, size_t types_size, const char *code, size_t code_size,
			char **answer, size_t *answer_size)
{
	struct elf_section btf;
	const char *why = elf_section_find(types, types_size, ".BTF", &btf);
	FILE *out = open_memstream(answer, answer_size);

	if (!out)
		return -ENOMEM;
	if (why) {
		fprintf(out, "failed\nit has no function that a script could call\n");
	} else {
		fprintf(out, "btf %zu\n", btf.size);
		fwrite(types + btf.offset, 1, btf.size, out);
		fwrite(code, 1, code_size, out);
	}
	return fclose(out) ? -ENOMEM : 0;
}

static int put_messages(const char *messages, char **answer, size_t *answer_size)
{
	int length = asprintf(answer, "failed\n%s", messages);

	*answer_size = length < 0 ? 0 : (size_t)length;
	return length < 0 ? -ENOMEM : 0;
}

static int compile(struct run *run, char **answer, size_t *answer_size)
{
	char *types = NULL, *code = NULL;
	size_t types_size = 0, code_size = 0;
	int err = once(run, true, &types, &types_size);

	if (!err)
		err = once(run, false, &code, &code_size);
	if (!err)
		err = put_together(types, types_size, code, code_size, answer, answer_size);
	else if (err == 1)
		err = put_messages(code ? code : types, answer, answer_size);
	free(types);
	free(code);
	return err;
}

/* clang's messages name the file, not its standard input. */
static int put_source(int fd, const char *path, const char *source, size_t size)
{
	FILE *out = fdopen(fd, "w");

	if (!out)
		return -errno;
	fputs("# 1 \"", out);
	for (; *path; path++) {
		if (*path == '"' || *path == '\\')
			fputc('\\', out);
		fputc(*path, out);
	}
	fputs("\"\n", out);
	fwrite(source, 1, size, out);
	return fclose(out) ? -EIO : 0;
}

static void close_file(int fd)
{
	if (fd >= 0)
		close(fd);
}

int clang_compile(const char *path, const char *source, size_t size, char **answer,
		  size_t *answer_size)
{
	const char *slash = strrchr(path, '/');
	char clang[PATH_MAX], folder[PATH_MAX];
	struct run run = {.clang = clang, .folder = folder};
	int err = 0;

	if (!find_clang(clang, sizeof(clang)))
		return -ENOPKG;
	snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path) + 1 : 1,
		 slash ? path : ".");
	run.in = memfd_create("source", MFD_CLOEXEC);
	run.out = memfd_create("code", MFD_CLOEXEC);
	run.messages = memfd_create("messages", MFD_CLOEXEC);
	if (run.in < 0 || run.out < 0 || run.messages < 0)
		err = -errno;
	if (!err)
		err = put_source(dup(run.in), path, source, size);
	if (!err)
		err = compile(&run, answer, answer_size);
	close_file(run.in);
	close_file(run.out);
	close_file(run.messages);
	return err;
}
