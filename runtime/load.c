/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens the object with libbpf, fills in the configuration, sizes the maps, loads, and says what is
 * wrong in terms of the script when the kernel refuses.
 */
#include "runtime/load.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "bpf-helpers/abi.h"
#include "image/image.h"
#include "runtime/attach/attach.h"
#include "runtime/attach/refusal.h"
#include "runtime/clock.h"
#include "runtime/features.h"
#include "runtime/kernel_types.h"
#include "runtime/kernel_version.h"
#include "runtime/libbpf_log.h"
#include "runtime/message.h"
#include "runtime/object_check.h"
#include "runtime/parameters.h"
#include "runtime/runtime.h"
#include "runtime/privileges.h"
#include "runtime/settings.h"
#include "runtime/trees.h"

/*
 * A process that opens files in a tight loop on one of two CPUs loses nothing with 256 KB; the rest
 * is for a reader that does not get its CPU, or waits for a disk. The kernel takes 2 ms to make the
 * pages, so a script that only has begin and end probes gets fewer. Only a window of the ring is
 * mapped, see ring.h.
 */
#define DEFAULT_RING (16u << 20)
#define SPECIAL_RING (1u << 20)
#define MAX_RING     (1u << 30)
/* Elements of a hash up to this size, in bytes, are made with the map. */
#define PREALLOC_ELEMENT 256
/* PROC_PID_INIT_INO: what the kernel always numbers the initial PID namespace. */
#define INITIAL_PID_NS 0xeffffffc
#define KNOWN_STACKS   16384
#define VERIFIER_LINES 8

static const char *script_of(const struct image *image)
{
	return image_string(image, image->header->script);
}

static int fail(const struct image *image, const char *what)
{
	message_error("Could not load %s: %s", script_of(image), what);
	return -EINVAL;
}

/* What the user calls a process ID is one of this namespace; nothing is to be done in the initial.
 */
static void find_namespace(struct abi_config *config)
{
	struct stat ns;

	if (stat("/proc/self/ns/pid", &ns) || ns.st_ino == INITIAL_PID_NS)
		return;
	/* The kernel's own encoding. */
	config->ns_device = (uint64_t)major(ns.st_dev) << 20 | minor(ns.st_dev);
	config->ns_inode = ns.st_ino;
}

static int fill_config(const struct loaded *loaded, const struct image *image,
		       const struct runtime_options *options, const struct clock_base *clock,
		       uint32_t child)
{
	struct bpf_map *map = bpf_object__find_map_by_name(loaded->object, ABI_CONFIG_SECTION);
	struct abi_config config = {
		.start = clock->boot,
		.self = (uint32_t)getpid(),
		.stamp = options->database != NULL || image->n_records,
		.target = (uint32_t)options->target,
		.child = child,
		.parameters = options->n_params,
		.cpus = loaded->cpus,
		.containers = options->ignore_host,
		.ledger = options->database || options->strict || options->verbose,
		.tai = (uint64_t)(clock->offset + clock->tai),
	};
	size_t size = 0;
	/* libbpf owns the bytes; it says const but documents that they are there to be written. */
	char *bytes = map ? (char *)(uintptr_t)bpf_map__initial_value(map, &size) : NULL;

	if (!bytes || size < sizeof(config))
		return fail(image, "it has no " ABI_CONFIG_SECTION);
	find_namespace(&config);
	for (uint32_t i = 0; i < image->n_trees; i++)
		config.roots[i] = trees_root(image, i, options, child);
	memcpy(bytes, &config, sizeof(config));
	return parameters_fill(image, options, bytes, size);
}

/*
 * Making all elements when the map is made costs 1.8 ms for 4 096 per-CPU counters, and memory for
 * large ones that may never be used. Since 6.1 (bpf_mem_alloc) elements can be made safely when a
 * tracing program needs them; before, they cannot.
 */
static bool allocate_late(const struct bpf_map *map)
{
	uint32_t size = bpf_map__key_size(map) + bpf_map__value_size(map);

	if (bpf_map__type(map) != BPF_MAP_TYPE_PERCPU_HASH &&
	    (bpf_map__type(map) != BPF_MAP_TYPE_HASH || size <= PREALLOC_ELEMENT))
		return false;
	return !kernel_is_before(6, 1);
}

static int size_map(const struct loaded *loaded, const struct image *image,
		    const struct image_map *row, uint32_t max_keys)
{
	struct bpf_map *map =
		bpf_object__find_map_by_name(loaded->object, image_string(image, row->symbol));

	/* A map that no program uses may have been left out by the linker. */
	if (!map || row->flags & IMAGE_MAP_SCALAR)
		return 0;
	if (allocate_late(map))
		bpf_map__set_map_flags(map, bpf_map__map_flags(map) | BPF_F_NO_PREALLOC);
	return bpf_map__set_max_entries(map, row->capacity ? row->capacity : max_keys);
}

/* Stacks that are known already need not be sent again. */
static int size_stacks(const struct loaded *loaded)
{
	struct bpf_map *map = bpf_object__find_map_by_name(loaded->object, ABI_MAP_STACKS);

	return map ? bpf_map__set_max_entries(map, KNOWN_STACKS) : 0;
}

static uint32_t ring_bytes(const struct image *image, const struct runtime_options *options)
{
	uint64_t wanted = attach_has_events(image) ? DEFAULT_RING : SPECIAL_RING;
	uint32_t bytes = (uint32_t)sysconf(_SC_PAGESIZE);

	if (settings_ring_bytes(image, options))
		wanted = settings_ring_bytes(image, options);
	while (bytes < wanted && bytes < MAX_RING)
		bytes *= 2;
	return bytes;
}

static int size_maps(struct loaded *loaded, const struct image *image,
		     const struct runtime_options *options)
{
	struct bpf_map *ring = bpf_object__find_map_by_name(loaded->object, ABI_MAP_RING);
	struct bpf_map *lost = bpf_object__find_map_by_name(loaded->object, ABI_MAP_LOST);
	uint32_t max_keys = settings_max_map_keys(image, options);
	int err = 0;

	loaded->ring_size = ring_bytes(image, options);
	err = bpf_map__set_max_entries(ring, loaded->ring_size);
	if (!err)
		err = bpf_map__set_max_entries(lost,
					       ABI_LEDGERS + image->n_probes * ABI_COUNTS);
	for (uint32_t i = 0; !err && i < image->n_maps; i++)
		err = size_map(loaded, image, &image->maps[i], max_keys);
	return err ? err : size_stacks(loaded);
}

/* A probe that says so already may be left out, as one that cannot be attached. */
static int prepare(struct loaded *loaded, const struct attach_ops *ops, const struct image *image,
		   const struct image_probe *probe, struct bpf_program *program)
{
	enum message_mode mode = ops->phase == ATTACH_EVENT ? loaded->mode : MESSAGE_ERRORS;
	int err;

	message_set_mode(mode);
	err = ops->prepare(image, probe, program, &loaded->held[probe->program]);
	message_set_mode(MESSAGE_ERRORS);
	if (!err || mode == MESSAGE_ERRORS)
		return err;
	loaded->missing[probe->program] = true;
	bpf_program__set_autoload(program, false);
	return 0;
}

/* libbpf does not know the type from every section's name; the probe's type says it. */
static int set_types(struct loaded *loaded, const struct image *image)
{
	uint32_t done = IMAGE_NONE;

	for (uint32_t i = 0; i < image->n_probes; i++) {
		const struct image_probe *probe = &image->probes[i];
		const char *name = image_string(image, image->programs[probe->program].name);
		struct bpf_program *program =
			bpf_object__find_program_by_name(loaded->object, name);
		const struct attach_ops *ops = attach_find(image, probe);
		int err = 0;

		if (!ops) {
			message_error("%s: this duetrace has no probe type %s",
				      image_string(image, probe->name),
				      image_string(image, probe->type));
			return -ENOTSUP;
		}
		if (!program)
			return fail(image, "a probe has no program in the object");
		if (loaded->missing[probe->program]) {
			bpf_program__set_autoload(program, false);
			continue;
		}
		/* libbpf reads the type of a hook's program from its section. */
		if (!ops->attach)
			continue;
		if (!ops->prepare)
			bpf_program__set_type(program, ops->program_type);
		else if (probe->program != done)
			err = prepare(loaded, ops, image, probe, program);
		if (err)
			return err;
		done = probe->program;
		if (ops->expected)
			bpf_program__set_expected_attach_type(program, ops->expected(image, probe));
	}
	return 0;
}

static uint32_t line_of(const struct image *image, const char *program)
{
	for (uint32_t i = 0; i < image->n_programs; i++)
		if (strcmp(image_string(image, image->programs[i].name), program) == 0)
			return image->programs[i].line;
	return 0;
}

/* The first probe of a program. */
static const struct image_probe *probe_of(const struct image *image, const char *program)
{
	for (uint32_t i = 0; i < image->n_probes; i++) {
		uint32_t index = image->probes[i].program;

		if (!strcmp(image_string(image, image->programs[index].name), program))
			return &image->probes[i];
	}
	return NULL;
}

/* Refused without a word of the verifier: for want of rights, or the kernel takes none of the type.
 */
static void explain_refusal(const struct image *image, const struct image_probe *probe)
{
	struct features features;

	features_open(&features);
	if (features.privileged && probe)
		feature_hint(feature_find(image_string(image, probe->type)));
	if (!features.privileged)
		message_hint("duetrace needs root, or CAP_BPF and CAP_PERFMON");
	features_close(&features);
}

/* What the verifier says, by kernel, of a helper that lockdown takes away. */
static bool is_denied_read(const char *log, size_t length)
{
	static const char *const said[] = {"cannot use helper bpf_probe_read", "unknown func bpf_probe_read"};

	return memmem(log, length, said[0], strlen(said[0])) ||
	       memmem(log, length, said[1], strlen(said[1]));
}

static int explain(const struct image *image, int err)
{
	const struct image_probe *probe;
	const char *log;
	size_t length;
	char name[256];

	if (!libbpf_log_refused(name, sizeof(name), VERIFIER_LINES, &log, &length)) {
		if (err == -EPERM || err == -EACCES)
			message_error("Could not load %s: %s: duetrace needs root, or CAP_BPF and "
				      "CAP_PERFMON",
				      script_of(image), message_errno(err));
		else
			message_error("Could not load %s: %s: %s", script_of(image),
				      message_errno(err), libbpf_log_last());
		return err;
	}
	probe = probe_of(image, name);
	if (probe && refusal_is_known(image, probe, err) && !length)
		return refusal_report(image, probe, err);
	if (is_denied_read(log, length) && refusal_is_locked_down()) {
		message_error("%s:%u: the kernel is locked down (/sys/kernel/security/lockdown): this "
			      "probe may not read the kernel's memory",
			      script_of(image), line_of(image, name));
		return err;
	}
	message_error("%s:%u: the kernel refused the program of this probe: %s", script_of(image),
		      line_of(image, name), message_errno(err));
	if (length)
		message_note("The verifier's last lines:\n%.*s", (int)length, log);
	if ((err == -EPERM || err == -EACCES) && !length)
		explain_refusal(image, probe);
	else
		message_hint("-v shows the whole log");
	return err;
}

static int find_fds(struct loaded *loaded, const struct image *image)
{
	struct bpf_object *object = loaded->object;

	loaded->shared = bpf_object__find_map_fd_by_name(object, ABI_SHARED_SECTION);
	loaded->ring = bpf_object__find_map_fd_by_name(object, ABI_MAP_RING);
	loaded->lost = bpf_object__find_map_fd_by_name(object, ABI_MAP_LOST);
	loaded->trees = bpf_object__find_map_fd_by_name(object, ABI_MAP_TREES);
	loaded->programs = calloc(image->n_programs + 1, sizeof(int));
	loaded->maps = calloc(image->n_maps + 1, sizeof(int));
	if (!loaded->programs || !loaded->maps)
		return -ENOMEM;
	for (uint32_t i = 0; i < image->n_programs; i++) {
		const char *name = image_string(image, image->programs[i].name);
		struct bpf_program *program = bpf_object__find_program_by_name(object, name);

		loaded->programs[i] = program ? bpf_program__fd(program) : -1;
	}
	for (uint32_t i = 0; i < image->n_maps; i++) {
		const char *name = image_string(image, image->maps[i].symbol);
		struct bpf_map *map = bpf_object__find_map_by_name(object, name);

		loaded->maps[i] = map ? bpf_map__fd(map) : -1;
	}
	return 0;
}

/* -v: what the verifier had to do for each, of the million instructions that it does at most. */
static void tell_sizes(const struct loaded *loaded, const struct image *image)
{
	for (uint32_t i = 0; i < image->n_programs; i++) {
		struct bpf_prog_info info = {0};
		uint32_t size = sizeof(info);

		if (loaded->programs[i] >= 0 && !bpf_obj_get_info_by_fd(loaded->programs[i], &info, &size))
			message_note("Program %s: the verifier went through %u instructions",
				     image_string(image, image->programs[i].name), info.verified_insns);
	}
}

/*
 * What the kernel refuses whatever the function is: all probes of the type, so that the object is
 * not opened again for each.
 */
static bool is_of_type(int err)
{
	return err == -EPERM || err == -EACCES || err == -ENOTSUP || err == -ENOTSUPP;
}

static bool goes_too(const struct loaded *loaded, const struct image *image,
		     const struct image_probe *probe, const struct image_probe *refused, int err)
{
	return !loaded->missing[probe->program] &&
	       (probe->program == refused->program ||
		(is_of_type(err) && attach_find(image, probe) == attach_find(image, refused)));
}

/*
 * Leave out the probe that the kernel did not take, if missing_probes allows it and the reason is
 * one of the kernel's: a program that its verifier does not like is no missing probe.
 */
static bool leave_out(struct loaded *loaded, const struct image *image, int err)
{
	const struct image_probe *refused;
	const struct attach_ops *ops;
	const char *log;
	size_t length;
	char name[256];

	if (loaded->mode == MESSAGE_ERRORS ||
	    !libbpf_log_refused(name, sizeof(name), 1, &log, &length) || length)
		return false;
	refused = probe_of(image, name);
	ops = refused ? attach_find(image, refused) : NULL;
	if (!ops || ops->phase != ATTACH_EVENT || !refusal_is_known(image, refused, err))
		return false;
	message_set_mode(loaded->mode);
	for (uint32_t i = 0; i < image->n_probes; i++)
		if (goes_too(loaded, image, &image->probes[i], refused, err))
			refusal_report(image, &image->probes[i], err);
	message_set_mode(MESSAGE_ERRORS);
	for (uint32_t i = 0; i < image->n_probes; i++)
		loaded->missing[image->probes[i].program] |=
			goes_too(loaded, image, &image->probes[i], refused, err);
	return true;
}

static void close_held(struct loaded *loaded, const struct image *image)
{
	for (uint32_t i = 0; i < image->n_programs; i++) {
		if (loaded->held[i] >= 0)
			close(loaded->held[i]);
		loaded->held[i] = -1;
	}
}

static int open_object(struct loaded *loaded, const struct image *image,
			 const struct runtime_options *options, const struct clock_base *clock,
			 uint32_t child)
{
	/*
	 * Types of modules are for CAP_SYS_ADMIN to look through. libbpf takes being refused that for a
	 * failure, and leaves modules out when it is told where the kernel's types are.
	 */
	const char *types = privileges_held() & 1ULL << CAP_SYS_ADMIN ? NULL : "/sys/kernel/btf/vmlinux";
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "duetrace", .btf_custom_path = types);
	int err;

	loaded->object = bpf_object__open_mem(image->data, image->size, &opts);
	if (!loaded->object)
		return fail(image, libbpf_log_last());
	err = object_check(loaded->object, image, options->unsafe);
	if (!err)
		err = fill_config(loaded, image, options, clock, child);
	if (!err)
		err = kernel_types_fill(loaded->object, image);
	if (!err)
		err = size_maps(loaded, image, options);
	if (!err)
		err = set_types(loaded, image);
	return err;
}

/* An object that was not loaded cannot be loaded again, so it is opened anew without the program.
 */
static int load_what_is_taken(struct loaded *loaded, const struct image *image,
			      const struct runtime_options *options, const struct clock_base *clock,
			      uint32_t child)
{
	int err;

	while (true) {
		libbpf_log_start(options->verbose);
		err = open_object(loaded, image, options, clock, child);
		if (err)
			return err;
		err = bpf_object__load(loaded->object);
		close_held(loaded, image);
		if (!err)
			return find_fds(loaded, image);
		if (!leave_out(loaded, image, err))
			return explain(image, err);
		bpf_object__close(loaded->object);
		loaded->object = NULL;
		libbpf_log_stop();
	}
}

int load_image(struct loaded *loaded, const struct image *image,
	       const struct runtime_options *options, const struct clock_base *clock,
	       uint32_t child)
{
	int cpus = libbpf_num_possible_cpus(), err;

	memset(loaded, 0, sizeof(*loaded));
	if (cpus <= 0)
		return fail(image, "the number of CPUs is not known");
	loaded->cpus = (uint32_t)cpus;
	loaded->mode = settings_missing_probes(image, options);
	loaded->missing = calloc(image->n_programs + 1, sizeof(*loaded->missing));
	loaded->held = malloc((image->n_programs + 1) * sizeof(*loaded->held));
	if (!loaded->missing || !loaded->held)
		return -ENOMEM;
	memset(loaded->held, -1, (image->n_programs + 1) * sizeof(*loaded->held));
	err = load_what_is_taken(loaded, image, options, clock, child);
	close_held(loaded, image);
	libbpf_log_stop();
	if (!err && options->verbose)
		tell_sizes(loaded, image);
	return err;
}

void load_free(struct loaded *loaded)
{
	bpf_object__close(loaded->object);
	free(loaded->programs);
	free(loaded->missing);
	free(loaded->held);
	free(loaded->maps);
	memset(loaded, 0, sizeof(*loaded));
}
