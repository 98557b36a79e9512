/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader maps some maps into memory and reads others into buffers of the sizes that the plan says;
 * the kernel copies as much as the map has. So each has to be of the type and sizes that it is read by.
 */
#include "runtime/object_check.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bpf-helpers/abi.h"
#include "image/image.h"
#include "runtime/message.h"

/* A map that the runtime itself uses. */
static const struct {
	const char *name;
	bool needed;
	enum bpf_map_type type;
	uint32_t key, value; /* bytes; 0: does not matter */
	uint32_t least;	     /* bytes that its values must have or more */
	uint32_t flags;	     /* that it must have */
	const char *missing;
} own[] = {
	{ABI_MAP_RING, true, BPF_MAP_TYPE_RINGBUF, 0, 0, 0, 0, "it has no ring buffer"},
	{ABI_MAP_LOST, true, BPF_MAP_TYPE_PERCPU_ARRAY, 4, 8, 0, 0, "it does not count losses"},
	{ABI_SHARED_SECTION, true, BPF_MAP_TYPE_ARRAY, 4, 0, sizeof(struct abi_shared), BPF_F_MMAPABLE,
	 "it has no " ABI_SHARED_SECTION},
	{ABI_MAP_STACKS, false, BPF_MAP_TYPE_LRU_HASH, 8, 8, 0, 0, NULL},
	{ABI_MAP_TREES, false, BPF_MAP_TYPE_TASK_STORAGE, 4, 8, 0, 0, NULL},
};

static int refuse(const struct image *image, const char *why, const char *name)
{
	message_error("Could not load %s: %s%s", image_string(image, image->header->script), why, name);
	return -EINVAL;
}

static int check_own(struct bpf_object *object, const struct image *image)
{
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		const struct bpf_map *map = bpf_object__find_map_by_name(object, own[i].name);

		if (!map && !own[i].needed)
			continue;
		if (!map)
			return refuse(image, own[i].missing, "");
		if (bpf_map__type(map) != own[i].type || (own[i].key && bpf_map__key_size(map) != own[i].key) ||
		    (own[i].value && bpf_map__value_size(map) != own[i].value) ||
		    bpf_map__value_size(map) < own[i].least ||
		    (bpf_map__map_flags(map) & own[i].flags) != own[i].flags)
			return refuse(image, "the object has another kind of map as ", own[i].name);
	}
	return 0;
}

static bool is_of_plan(const struct bpf_map *map, const struct image_map *row)
{
	bool scalar = row->flags & IMAGE_MAP_SCALAR, percpu = row->flags & IMAGE_MAP_PERCPU;
	enum bpf_map_type type = bpf_map__type(map);

	if (bpf_map__key_size(map) != (scalar ? sizeof(uint32_t) : row->key_size) ||
	    bpf_map__value_size(map) != row->value_size)
		return false;
	if (scalar)
		return type == (percpu ? BPF_MAP_TYPE_PERCPU_ARRAY : BPF_MAP_TYPE_ARRAY);
	if (percpu)
		return type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
	return type == BPF_MAP_TYPE_HASH || type == BPF_MAP_TYPE_LRU_HASH;
}

static int check_maps(struct bpf_object *object, const struct image *image)
{
	const struct bpf_map *map;

	/* A pinned map is a file, and stays. */
	bpf_object__for_each_map(map, object)
		if (bpf_map__pin_path(map))
			return refuse(image, "a map would be kept as the file ", bpf_map__pin_path(map));
	for (uint32_t i = 0; i < image->n_maps; i++) {
		map = bpf_object__find_map_by_name(object, image_string(image, image->maps[i].symbol));
		/* A map that no program uses may have been left out by the linker. */
		if (map && !is_of_plan(map, &image->maps[i]))
			return refuse(image, "the plan and the object disagree about the map ",
				      image_string(image, image->maps[i].name));
	}
	return 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* What a script needs --unsafe for: NULL, or the name of it. */
static const char *unsafe_call(const struct bpf_program *program)
{
	const struct bpf_insn *code = bpf_program__insns(program);

	for (size_t i = 0; i < bpf_program__insn_cnt(program); i++) {
		if (code[i].code != (BPF_JMP | BPF_CALL) || code[i].src_reg)
			continue;
		switch (code[i].imm) {
		case BPF_FUNC_send_signal:
		case BPF_FUNC_send_signal_thread:
			return "it sends signals";
		case BPF_FUNC_override_return:
			return "it changes what functions of the kernel return";
		case BPF_FUNC_probe_write_user:
			return "it writes to the memory of processes";
		}
	}
	return NULL;
}

static int forbid(const struct image *image, const char *what)
{
	message_error("Could not load %s: %s, which has to be allowed by --unsafe",
		      image_string(image, image->header->script), what);
	return -EPERM;
}

/* What is attached watches; what decides belongs to others. */
static bool only_watches(const struct bpf_program *program)
{
	enum bpf_attach_type attach = bpf_program__expected_attach_type(program);

	switch ((unsigned int)bpf_program__type(program)) {
	case BPF_PROG_TYPE_TRACING:
		return attach == BPF_TRACE_RAW_TP || attach == BPF_TRACE_FENTRY || attach == BPF_TRACE_FEXIT ||
		       attach == BPF_TRACE_ITER;
	case BPF_PROG_TYPE_RAW_TRACEPOINT:
	case BPF_PROG_TYPE_TRACEPOINT:
	case BPF_PROG_TYPE_KPROBE:
	case BPF_PROG_TYPE_PERF_EVENT:
	case BPF_PROG_TYPE_UNSPEC: /* the probe's type will say it */
		return true;
	}
	return false;
}

static int check_program(struct bpf_program *program, const struct image *image, const char **names, bool unsafe)
{
	const char *name = bpf_program__name(program), *why = unsafe ? NULL : unsafe_call(program);

	if (!bsearch(&name, names, image->n_programs, sizeof(*names), by_text)) {
		bpf_program__set_autoload(program, false);
		return 0;
	}
	if (why)
		return forbid(image, why);
	return only_watches(program) ? 0 : refuse(image, "a program is of a type that does more than to watch: ", name);
}

static int check_programs(struct bpf_object *object, const struct image *image, bool unsafe)
{
	const char **names = calloc(image->n_programs + 1, sizeof(*names));
	struct bpf_program *program;
	int err = names ? 0 : -ENOMEM;

	for (uint32_t i = 0; names && i < image->n_programs; i++)
		names[i] = image_string(image, image->programs[i].name);
	if (names)
		qsort(names, image->n_programs, sizeof(*names), by_text);
	bpf_object__for_each_program(program, object)
		if (!err)
			err = check_program(program, image, names, unsafe);
	free(names);
	return err;
}

static int check_events(const struct image *image)
{
	for (uint32_t i = 0; i < image->n_events; i++)
		if (image->events[i].kind == IMAGE_EVENT_SYSTEM)
			return forbid(image, "it runs commands by system()");
	return 0;
}

int object_check(struct bpf_object *object, const struct image *image, bool unsafe)
{
	int err = unsafe ? 0 : check_events(image);

	if (!err)
		err = check_own(object, image);
	if (!err)
		err = check_maps(object, image);
	return err ? err : check_programs(object, image, unsafe);
}
