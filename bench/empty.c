/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attaches every program of an object, says "attached" on stderr, and waits for SIGINT.
 *
 *	empty OBJECT
 */
#include <bpf/libbpf.h>
#include <signal.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	struct bpf_object *object = argc == 2 ? bpf_object__open_file(argv[1], NULL) : NULL;
	struct bpf_program *program;
	sigset_t set;
	int number;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (!object || bpf_object__load(object))
		return 1;
	bpf_object__for_each_program(program, object) {
		if (!bpf_program__attach(program))
			return 1;
	}
	fputs("attached\n", stderr);
	sigwait(&set, &number);
	return 0;
}
