/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tries each road once: what a kernel cannot do need not be seen, and what it can do and the probes do
 * not see is said.
 */
#include "runtime/coverage.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdarg.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "image/image.h"
#include "runtime/buffer.h"
#include "runtime/features.h"
#include "runtime/message.h"
#include "runtime/print/value_json.h"

enum state {
	SEEN,
	HIDDEN, /* it happens and is not seen */
	NEVER,  /* it cannot happen */
	UNKNOWN,
};

static const char *const words[] = {
	[SEEN] = "seen", [HIDDEN] = "not seen", [NEVER] = "never", [UNKNOWN] = "unknown"};

enum { ROAD_SYSCALL, ROAD_COMPAT, ROAD_URING, ROADS };

static const char *const road_names[ROADS] = {"syscall", "compat", "uring"};
static const char *const road_titles[ROADS] = {
	"system calls of 64-bit programs", "system calls of 32-bit programs", "requests of io_uring"};

struct road {
	enum state state;
	char why[160]; /* if not SEEN */
};

static const struct event {
	const char *provider, *name;
} events[] = {
#define EVENT(provider, name, ...) {#provider, #name},
#include "lang/events.def"
};

#define EVENTS (sizeof(events) / sizeof(events[0]))

static const struct fact {
	const char *provider, *name;
	enum state uring;
	const char *unseen;
} facts[] = {
#define COVERAGE(provider, name, uring, unseen) {#provider, #name, uring, unseen},
#include "runtime/coverage.def"
};

static const struct fact *find_fact(const struct event *event)
{
	static const struct fact unknown = {"", "", UNKNOWN, ""};

	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		if (!strcmp(facts[i].provider, event->provider) && !strcmp(facts[i].name, event->name))
			return &facts[i];
	return &unknown;
}

static void set(struct road *road, enum state state, const char *why)
{
	road->state = state;
	snprintf(road->why, sizeof(road->why), "%s", why);
}

static void try_feature(struct road *road, struct features *features, enum feature_id id)
{
	struct feature_result result;

	features_try(features, id, &result);
	if (result.state == FEATURE_YES)
		set(road, SEEN, "");
	else
		set(road, result.state == FEATURE_NO ? HIDDEN : UNKNOWN, result.why);
}

#ifdef __x86_64__
/* A 32-bit call, of a process of its own: a kernel that has none kills it. */
static bool has_compat_calls(void)
{
	const struct rlimit none = {0};
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		long number = 20; /* getpid */

		setrlimit(RLIMIT_CORE, &none);
		asm volatile("int $0x80" : "+a"(number) : : "memory", "r8", "r9", "r10", "r11");
		_exit(number == (long)getpid() ? 0 : 1);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && !status;
}

static void try_compat(struct road *road, const struct road *calls)
{
	if (!has_compat_calls())
		set(road, NEVER, "this kernel runs no 32-bit programs");
	else
		*road = *calls;
}
#else
static void try_compat(struct road *road, const struct road *calls)
{
	(void)calls;
	set(road, UNKNOWN, "32-bit programs are not told apart on this machine");
}
#endif

static bool uring_is_off(void)
{
	char digit = '0';
	int fd = open("/proc/sys/kernel/io_uring_disabled", O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		(void)!read(fd, &digit, 1);
		close(fd);
	}
	return digit == '2';
}

static void try_uring(struct road *road, struct features *features)
{
	struct io_uring_params params = {0};
	int fd = (int)syscall(__NR_io_uring_setup, 1, &params), err = errno;

	if (fd >= 0)
		close(fd);
	if (fd < 0 && err == ENOSYS)
		set(road, NEVER, "this kernel has no io_uring");
	else if (fd < 0 && uring_is_off())
		set(road, NEVER, "kernel.io_uring_disabled is 2: nobody can make one");
	else
		try_feature(road, features, FEATURE_io_uring);
}

static int silent(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

static void try_roads(struct road roads[ROADS])
{
	libbpf_print_fn_t old = libbpf_set_print(silent);
	struct features features;

	features_open(&features);
	try_feature(&roads[ROAD_SYSCALL], &features, FEATURE_data);
	try_compat(&roads[ROAD_COMPAT], &roads[ROAD_SYSCALL]);
	try_uring(&roads[ROAD_URING], &features);
	features_close(&features);
	libbpf_set_print(old);
}

/* Of one event on one road. */
static enum state state_of(const struct event *event, const struct road roads[ROADS], int road)
{
	enum state state = roads[road].state;

	if (road == ROAD_URING && state != NEVER && find_fact(event)->uring != SEEN)
		return find_fact(event)->uring;
	return state;
}

static void print_text(FILE *out, const struct road roads[ROADS])
{
	fputs("Roads\n", out);
	for (int i = 0; i < ROADS; i++) {
		fprintf(out, "  %-7s  %s: %s", road_names[i], road_titles[i], words[roads[i].state]);
		if (roads[i].state != SEEN)
			fprintf(out, " (%s)", roads[i].why);
		fputc('\n', out);
	}
	fprintf(out, "\n%-14s %-8s %-8s %-8s %s\n", "EVENT", "SYSCALL", "COMPAT", "URING",
		"NOT SHOWN OTHERWISE");
	for (size_t i = 0; i < EVENTS; i++) {
		char name[64];

		snprintf(name, sizeof(name), "%s:%s", events[i].provider, events[i].name);
		fprintf(out, "%-14s", name);
		for (int road = 0; road < ROADS; road++)
			fprintf(out, " %-8s", words[state_of(&events[i], roads, road)]);
		fprintf(out, " %s\n", *find_fact(&events[i])->unseen ? find_fact(&events[i])->unseen : "-");
	}
}

static void add_pair(struct buffer *out, const char *before, const char *key, const char *value)
{
	buffer_add_text(out, before);
	json_string(out, key, strlen(key));
	buffer_add_text(out, ": ");
	json_string(out, value, strlen(value));
}

static void add_roads(struct buffer *out, const struct road roads[ROADS])
{
	struct utsname system = {0};

	uname(&system);
	add_pair(out, "{", "kernel", system.release);
	buffer_add_text(out, ", \"roads\": {");
	for (int i = 0; i < ROADS; i++) {
		buffer_add_text(out, i ? ", " : "");
		json_string(out, road_names[i], strlen(road_names[i]));
		add_pair(out, ": {", "state", words[roads[i].state]);
		if (roads[i].state != SEEN)
			add_pair(out, ", ", "reason", roads[i].why);
		buffer_add_text(out, "}");
	}
	buffer_add_text(out, "}, \"events\": {");
}

static void add_event(struct buffer *out, const struct event *event, const struct road roads[ROADS])
{
	const char *unseen = find_fact(event)->unseen, *before = ": {";
	char name[64];

	snprintf(name, sizeof(name), "%s:%s", event->provider, event->name);
	json_string(out, name, strlen(name));
	for (int road = 0; road < ROADS; road++, before = ", ")
		add_pair(out, before, road_names[road], words[state_of(event, roads, road)]);
	if (*unseen)
		add_pair(out, ", ", "not_shown", unseen);
	buffer_add_text(out, "}");
}

void coverage_print(FILE *out, bool json)
{
	struct road roads[ROADS];
	struct buffer text = {0};

	try_roads(roads);
	if (!json) {
		print_text(out, roads);
		return;
	}
	buffer_add_text(&text, "{\"type\": \"coverage\", \"data\": ");
	add_roads(&text, roads);
	for (size_t i = 0; i < EVENTS; i++) {
		buffer_add_text(&text, i ? ", " : "");
		add_event(&text, &events[i], roads);
	}
	buffer_add_text(&text, "}}}\n");
	fwrite(text.data, 1, text.length, out);
	buffer_free(&text);
}

static bool has_probe(const struct image *image, const struct event *event)
{
	for (uint32_t i = 0; i < image->n_probes; i++) {
		const struct image_probe *probe = &image->probes[i];
		size_t length = strlen(event->provider);
		const char *name = image_string(image, probe->name);

		if (!strcmp(image_string(image, probe->type), event->provider) &&
		    !strncmp(name, event->provider, length) && name[length] == ':' &&
		    !strcmp(name + length + 1, event->name))
			return true;
	}
	return false;
}

void coverage_of_image(struct buffer *out, const struct image *image)
{
	struct road roads[ROADS];
	bool some = false;

	for (size_t i = 0; i < EVENTS; i++) {
		if (!has_probe(image, &events[i]))
			continue;
		if (!some) {
			try_roads(roads);
			add_roads(out, roads);
		}
		buffer_add_text(out, some ? ", " : "");
		add_event(out, &events[i], roads);
		some = true;
	}
	if (some)
		buffer_add(out, "}}", 3); /* with the NUL */
}
