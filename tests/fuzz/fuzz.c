/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Feeds damaged scripts to the language and the compiler, and damaged images and records to what reads
 * them: `fuzz parse|compile|format|image|decode|rpc SECONDS SEED FOLDER FILE...`. The FILEs are scripts; an input
 * is one of them after a few cuts, copies and splices of tokens. For `format` what comes of it is compared
 * (fuzz_format.h). For `image` it is what a script
 * compiles to, with bytes changed and the checksum made right; for `decode` unchanged, with random
 * records and maps; for `rpc` it is what a compile child that was taken over sends to its
 * parent, which answers from the real kernel and files. `fuzz decode 1 SEED FOLDER FILE.o` tries an image that was kept. A worker process tries inputs one by one; if it dies or does not come back, its input is
 * kept as FOLDER/TARGET-SEED-N.dt, and another worker goes on behind it. Built with sanitizers by
 * `make fuzz`. Exit status: 0, 1 when an input was kept, 2 for wrong usage. The same seed gives the
 * same inputs.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "compiler/compile.h"
#include "lang/lang.h"
#include "lang/world.h"
#include "tests/fuzz/fuzz_format.h"
#include "tests/fuzz/fuzz_image.h"
#include "tests/fuzz/fuzz_rpc.h"

#define MAX_SCRIPTS 4096
#define MAX_INPUT   (64 * 1024)
#define MAX_IMAGE   (256 * 1024)
#define MAX_IMAGES  48
#define HANG_S	    5 /* of CPU time */
#define MAX_KEPT    10

/* What the worker shows the parent. */
struct shared {
	uint64_t n; /* inputs tried */
	size_t size;
	char input[MAX_IMAGE];
};

enum target { PARSE, COMPILE, FORMAT, RPC, IMAGE, DECODE, TARGETS };

static const char *const target_names[TARGETS] = {"parse", "compile", "format", "rpc", "image", "decode"};

struct script {
	char *text;
	size_t size;
};

struct fuzz {
	enum target target;
	double seconds;
	clockid_t clock; /* by which they are counted */
	double before;   /* CPU seconds of the workers that have ended */
	uint64_t seed;
	const char *folder;
	struct script scripts[MAX_SCRIPTS];
	size_t n_scripts;
	struct shared *shared;
	unsigned int kept;
	uint64_t random;
};

/* Leaks of a process that is about to end are none. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0:allocator_may_return_null=1";
}

/* Without this it only says what it has found. */
const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void)
{
	return "halt_on_error=1:print_stacktrace=1";
}

static double now(const struct fuzz *fuzz)
{
	struct timespec time;

	clock_gettime(fuzz->clock, &time);
	return fuzz->before + (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* xorshift64*; a number below `limit`, which is not 0 */
static uint64_t pick(struct fuzz *fuzz, uint64_t limit)
{
	fuzz->random ^= fuzz->random >> 12;
	fuzz->random ^= fuzz->random << 25;
	fuzz->random ^= fuzz->random >> 27;
	return (fuzz->random * 0x2545f4914f6cdd1dULL >> 11) % limit;
}

/* --- the world: a kernel of three tracepoints --- */

static const char list[] =
	"sched:sched_switch\nsyscalls:sys_enter_openat\nsyscalls:sys_exit_openat\n";
static const char format[] = "name: event\nID: 1\nformat:\n"
			     "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
			     "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"
			     "\tfield:int __syscall_nr;\toffset:8;\tsize:4;\tsigned:1;\n"
			     "\tfield:int dfd;\toffset:16;\tsize:8;\tsigned:0;\n"
			     "\tfield:const char * filename;\toffset:24;\tsize:8;\tsigned:0;\n"
			     "\tfield:char prev_comm[16];\toffset:32;\tsize:16;\tsigned:0;\n"
			     "\tfield:long ret;\toffset:48;\tsize:8;\tsigned:1;\n\n"
			     "print fmt: \"\"\n";

static int ask(void *self, enum world_question question, const char *name,
	       struct world_answer *answer)
{
	const char *text = format;

	(void)self;
	if (question == WORLD_TRACEPOINT_LIST)
		text = list;
	else if (question != WORLD_TRACEPOINT_FORMAT || !strstr(list, name) || strlen(name) < 8)
		return -ENOENT;
	answer->data = text;
	answer->size = strlen(text);
	return 0;
}

/* --- inputs --- */

static const char *const pieces[] = {
	"@",
	"@x",
	"$a",
	"$1",
	"$#",
	"(",
	")",
	"{",
	"}",
	"[",
	"]",
	";",
	",",
	"/",
	"\"",
	"1",
	"-1",
	"0x",
	"1e9",
	"99999999999999999999",
	"18446744073709551615",
	"count()",
	"hist(",
	"str(",
	"args",
	"args.",
	".0",
	"?",
	":",
	"==",
	"!",
	"~",
	"->",
	"++",
	"<<",
	"&&",
	"if ",
	"else ",
	"while (",
	"for (",
	"unroll(3)",
	"let ",
	"config = {",
	"macro ",
	"import ",
	"sizeof(",
	"offsetof(",
	"typeof(",
	"struct ",
	"(int8)",
	"(1,)",
	"(a=1)",
	"fn ",
	"break;",
	"continue;",
	"return ",
	"true",
	"begin ",
	"end ",
	"tracepoint:*:*",
	"interval:s:1",
	"comm",
	"pid",
	"%s",
	"%d",
	"\\",
	"//",
	"/*",
	"*/",
	"#define X ",
	"#include <",
	"\n",
	"\t",
	"..",
	"..",
	"@x[",
};

static void replace(struct shared *input, size_t at, size_t cut, const char *text, size_t size)
{
	size_t tail = input->size - at - cut;

	if (at + size + tail > MAX_INPUT)
		return;
	memmove(input->input + at + size, input->input + at + cut, tail);
	memcpy(input->input + at, text, size);
	input->size = at + size + tail;
}

static void damage(struct fuzz *fuzz, struct shared *input)
{
	size_t at = pick(fuzz, input->size + 1), rest = input->size - at;
	size_t cut = rest ? pick(fuzz, rest < 24 ? rest + 1 : 24) : 0;
	const struct script *other = &fuzz->scripts[pick(fuzz, fuzz->n_scripts)];
	const char *piece = pieces[pick(fuzz, sizeof(pieces) / sizeof(pieces[0]))];
	size_t from, size;
	char byte;

	switch (pick(fuzz, 6)) {
	case 0:
		replace(input, at, cut, "", 0);
		return;
	case 1:
	case 2:
		replace(input, at, pick(fuzz, 2) ? cut : 0, piece, strlen(piece));
		return;
	case 3:
	case 4:
		from = pick(fuzz, other->size + 1);
		size = other->size - from;
		size = size ? pick(fuzz, size < 80 ? size + 1 : 80) : 0;
		replace(input, at, cut, other->text + from, size);
		return;
	}
	byte = (char)pick(fuzz, 256);
	replace(input, at, cut > 0, &byte, 1);
}

/* Bytes of the plan, mostly: a word that is small, huge, or one off. */
static void damage_image(struct fuzz *fuzz, struct shared *input)
{
	static const uint32_t words[] = {0, 1, 7, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffff8, 4096};
	size_t plan, length, at;
	uint32_t word;

	if (!fuzz_image_plan(input->input, input->size, &plan, &length) || length < 8 || !pick(fuzz, 16)) {
		input->input[pick(fuzz, input->size)] ^= (char)(1 << pick(fuzz, 8));
		return;
	}
	at = plan + pick(fuzz, length / 4) * 4;
	memcpy(&word, input->input + at, sizeof(word));
	switch (pick(fuzz, 4)) {
	case 0:
		word = words[pick(fuzz, sizeof(words) / sizeof(words[0]))];
		break;
	case 1:
		word += (uint32_t)pick(fuzz, 9) - 4;
		break;
	case 2:
		word = (uint32_t)pick(fuzz, 64);
		break;
	default:
		word ^= 1u << pick(fuzz, 32);
	}
	if (at + sizeof(word) <= input->size)
		memcpy(input->input + at, &word, sizeof(word));
}

static void make_input(struct fuzz *fuzz, uint64_t n)
{
	const struct script *script;
	struct shared *input = fuzz->shared;

	/* Each input has a random sequence of its own, so that a worker can start anywhere. */
	fuzz->random = (fuzz->seed + 1) * 0x9e3779b97f4a7c15ULL ^ (n + 1) * 0xd1342543de82ef95ULL;
	fuzz->random |= 1;
	pick(fuzz, 2);
	script = &fuzz->scripts[pick(fuzz, fuzz->n_scripts)];
	memcpy(input->input, script->text, script->size);
	input->size = script->size;
	if (fuzz->target == DECODE)
		return;
	if (fuzz->target == IMAGE) {
		for (uint64_t i = 1 + pick(fuzz, 4); i > 0; i--)
			damage_image(fuzz, input);
		fuzz_image_sign(input->input, input->size);
		return;
	}
	for (uint64_t i = pick(fuzz, 6); i > 0; i--)
		damage(fuzz, input);
	if (fuzz->target == RPC)
		input->size = fuzz_rpc_make(input->input, input->size, MAX_INPUT, fuzz->random);
}

void fuzz_compile(char *text, size_t size, enum compile_stage stage, struct compile_result *result)
{
	static const struct world_ops world = {.ask = ask};
	static const char *const params[] = {"5378", "word"};
	struct compile_options options = {
		.unit = {.name = "fuzz",
			 .text = text,
			 .size = size,
			 .world = &world,
			 .params = params,
			 .n_params = 2,
			 .max_strlen = 64,
			 .max_probes = 16,
			 .warnings = true,
			 .unsafe = true,
			 .keep_words = stage == COMPILE_FORMAT,
			 .runtime_errors = RUNTIME_ERRORS_ALL},
		.stage = stage,
		.version = "0",
	};

	compile(&options, result);
}

static void try_input(const struct fuzz *fuzz)
{
	/* A block of its own size, so that a read behind it is seen. */
	size_t size = fuzz->shared->size;
	char *text = malloc(size + (fuzz->target < IMAGE));
	struct compile_result result;

	memcpy(text, fuzz->shared->input, size);
	if (fuzz->target == FORMAT) {
		fuzz_format_try(text, size);
	} else if (fuzz->target == RPC) {
		fuzz_rpc_try(text, size);
	} else if (fuzz->target < IMAGE) {
		fuzz_compile(text, size, fuzz->target == COMPILE ? COMPILE_IMAGE : COMPILE_TYPES, &result);
		compile_result_free(&result);
	} else {
		fuzz_image_try(text, size, fuzz->random);
	}
	free(text);
}

/* --- the worker and its parent --- */

static _Noreturn void work(struct fuzz *fuzz, double until)
{
	const struct itimerval hang = {.it_value.tv_sec = HANG_S};

	while (now(fuzz) < until) {
		make_input(fuzz, fuzz->shared->n);
		setitimer(ITIMER_PROF, &hang, NULL);
		try_input(fuzz);
		fuzz->shared->n++;
	}
	_exit(0);
}

static bool keep(struct fuzz *fuzz, int status)
{
	struct shared *shared = fuzz->shared;
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s-%llu-%llu.%s", fuzz->folder,
		 target_names[fuzz->target], (unsigned long long)fuzz->seed,
		 (unsigned long long)shared->n, fuzz->target < IMAGE ? "dt" : "o");
	file = fopen(path, "wb");
	if (file) {
		fwrite(shared->input, 1, shared->size, file);
		fclose(file);
	}
	printf("FAIL %s: %s\n", path,
	       WIFSIGNALED(status) && WTERMSIG(status) == SIGPROF ? "does not end" : "crashes");
	fflush(stdout);
	shared->n++;
	return ++fuzz->kept < MAX_KEPT;
}

static double seconds_of(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static void run(struct fuzz *fuzz)
{
	double until = now(fuzz) + fuzz->seconds;
	struct rusage used;
	int status = 0;
	pid_t pid;

	do {
		if (fuzz->clock == CLOCK_PROCESS_CPUTIME_ID && !getrusage(RUSAGE_CHILDREN, &used))
			fuzz->before = seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
		pid = fork();
		if (!pid)
			work(fuzz, until);
		while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	} while (pid > 0 && status && keep(fuzz, status) && now(fuzz) < until);
}

static bool read_script(struct fuzz *fuzz, const char *path)
{
	struct script *script = &fuzz->scripts[fuzz->n_scripts];
	FILE *file = fopen(path, "rb");

	if (!file || fuzz->n_scripts == MAX_SCRIPTS)
		return false;
	script->text = malloc(MAX_IMAGE + 1);
	script->size = script->text ? fread(script->text, 1, MAX_IMAGE, file) : 0;
	fclose(file);
	/* The huge ones are for limits; here they would only be slow. */
	if (script->size && (script->size < 8192 || !memcmp(script->text, "\177ELF", 4)))
		fuzz->n_scripts++;
	else
		free(script->text);
	return true;
}

/* An image in place of a script, for the first of those that have one in this world. */
static void make_images(struct fuzz *fuzz)
{
	size_t n = 0;

	for (size_t i = 0; i < fuzz->n_scripts; i++) {
		struct script *script = &fuzz->scripts[i];
		struct compile_result result = {0};
		bool is_image = script->size > 4 && !memcmp(script->text, "\177ELF", 4);

		if (!is_image && n < MAX_IMAGES)
			fuzz_compile(script->text, script->size, COMPILE_IMAGE, &result);
		if (!is_image) {
			free(script->text);
			script->size = result.output ? result.size : 0;
			script->text = script->size ? malloc(script->size) : NULL;
			if (script->text)
				memcpy(script->text, result.output, script->size);
		}
		if (script->text && script->size <= MAX_IMAGE)
			fuzz->scripts[n++] = *script;
		compile_result_free(&result);
	}
	fuzz->n_scripts = n;
}

int main(int argc, char **argv)
{
	static struct fuzz fuzz;
	char *unit;

	while (argc >= 6 && fuzz.target < TARGETS && strcmp(argv[1], target_names[fuzz.target]))
		fuzz.target++;
	if (argc < 6 || fuzz.target == TARGETS) {
		fputs("usage: fuzz parse|compile|format|rpc|image|decode SECONDS[cpu] SEED FOLDER FILE...\n", stderr);
		return 2;
	}
	fuzz.seconds = strtod(argv[2], &unit);
	fuzz.clock = strcmp(unit, "cpu") ? CLOCK_MONOTONIC : CLOCK_PROCESS_CPUTIME_ID;
	fuzz.seed = strtoull(argv[3], NULL, 10);
	fuzz.folder = argv[4];
	for (int i = 5; i < argc; i++)
		if (!read_script(&fuzz, argv[i]))
			fprintf(stderr, "%s: not used\n", argv[i]);
	if (fuzz.target >= IMAGE)
		make_images(&fuzz);
	fuzz.shared = mmap(NULL, sizeof(*fuzz.shared), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!fuzz.n_scripts || fuzz.shared == MAP_FAILED)
		return 2;
	run(&fuzz);
	printf("%s: %llu inputs of %zu scripts\n%d passed, %u failed\n", argv[1],
	       (unsigned long long)fuzz.shared->n, fuzz.n_scripts, !fuzz.kept, fuzz.kept);
	return fuzz.kept != 0;
}
