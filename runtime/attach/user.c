/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/attach/user.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "image/image.h"
#include "runtime/attach/attach.h"
#include "runtime/attach/uprobe_multi.h"
#include "runtime/message.h"
#include "runtime/symbols/elf_file.h"

#define PMU_TYPE "/sys/bus/event_source/devices/uprobe/type"
/* Bits of perf_event_attr.config; the kernel says so in .../uprobe/format/. */
#define CONFIG_RETURN	       1
#define CONFIG_SEMAPHORE_SHIFT 32

static bool is_site_of(const struct image *image, uint32_t site, const struct image_probe *probe)
{
	return image->sites[site].probe == (uint32_t)(probe - image->probes);
}

static uint64_t cookie(const struct image_site *site)
{
	return (uint64_t)site->variant << 32 | site->probe;
}

/* The program's sites, and whether all are in one file. */
static uint32_t count_sites(const struct image *image, uint32_t program)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < image->n_sites; i++)
		n += image->probes[image->sites[i].probe].program == program;
	return n;
}

enum bpf_attach_type user_expected(const struct image *image, const struct image_probe *probe)
{
	return count_sites(image, probe->program) > 1 && uprobe_multi_is_there()
		       ? UPROBE_MULTI_ATTACH_TYPE
		       : (enum bpf_attach_type)0;
}

/* Errors of the kernel's own number that reach us all the same. */
#define KERNEL_ENOTSUPP 524

/* The instruction there is one that cannot be run out of its place. */
static bool is_unprobeable(int err)
{
	return err == -KERNEL_ENOTSUPP || err == -ENOTSUP || err == -ENOEXEC;
}

static int explain(const struct image *image, const struct image_probe *probe, int err)
{
	const char *name = image_string(image, probe->name),
		   *path = image_string(image, probe->first);

	if (err == -ENOENT || err == -EACCES || err == -EPERM)
		message_error("Could not attach %s: %s: %s", name, path, message_errno(err));
	else if (err == -EINVAL)
		message_error("Could not attach %s: the file has changed since the script was "
			      "compiled, or is on a file system that cannot be probed",
			      name);
	else if (is_unprobeable(err))
		message_error("Could not attach %s: the kernel cannot probe the instruction there",
			      name);
	else
		message_error("Could not attach %s: %s", name, message_errno(err));
	return err;
}

/* A breakpoint at a place of another file could be inside an instruction, and break who runs it. */
static bool is_same_file(const char *path, const char *wanted)
{
	const unsigned char *id;
	struct elf_file *elf;
	uint32_t length;
	bool same = true;

	if (elf_file_open(&elf, path))
		return true; /* attaching says what is wrong */
	length = elf_file_build_id(elf, &id);
	same = strlen(wanted) == (size_t)length * 2;
	for (uint32_t i = 0; same && i < length; i++) {
		char byte[3];

		snprintf(byte, sizeof(byte), "%02x", id[i]);
		same = !strncmp(wanted + (size_t)i * 2, byte, 2);
	}
	elf_file_close(elf);
	return same;
}

static int check_file(struct attacher *attacher, const struct image_probe *probe)
{
	const struct image *image = attacher->image;
	const char *path = image_string(image, probe->first);

	if (attacher->checked && !strcmp(attacher->checked, path))
		return 0;
	attacher->checked = path;
	for (uint32_t i = 0; i < image->n_settings; i++) {
		const char *name = image_string(image, image->settings[i].name);

		if (strncmp(name, IMAGE_BUILD_ID, strlen(IMAGE_BUILD_ID)) != 0 ||
		    strcmp(name + strlen(IMAGE_BUILD_ID), path) != 0)
			continue;
		if (is_same_file(path, image_string(image, image->settings[i].value)))
			return 0;
		message_error("Could not attach %s: %s is not the file that the script was "
			      "compiled for",
			      image_string(image, probe->name), path);
		message_hint("Compile the script again");
		return -ESTALE;
	}
	return 0;
}

static int read_type(struct attacher *attacher)
{
	char line[16];
	FILE *file;

	if (attacher->uprobe_type)
		return 0;
	file = fopen(PMU_TYPE, "re");
	if (!file)
		return -errno;
	if (fgets(line, sizeof(line), file))
		attacher->uprobe_type = (int)strtol(line, NULL, 10);
	fclose(file);
	return attacher->uprobe_type ? 0 : -ENODEV;
}

/* One site by a perf event of its own. */
static int attach_site(struct attacher *attacher, const struct image_probe *probe,
		       const struct image_site *site, int program, bool on_return)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .perf_event.bpf_cookie = cookie(site));
	struct perf_event_attr attr = {
		.type = (uint32_t)attacher->uprobe_type,
		.size = sizeof(attr),
		.config = (on_return ? CONFIG_RETURN : 0) | site->semaphore
								    << CONFIG_SEMAPHORE_SHIFT,
		.uprobe_path = (uint64_t)(uintptr_t)image_string(attacher->image, probe->first),
		.probe_offset = site->offset,
	};
	int event, link, err;

	if (site->semaphore >> (64 - CONFIG_SEMAPHORE_SHIFT))
		return -EINVAL;
	event = (int)syscall(SYS_perf_event_open, &attr, attacher->user ? attacher->user : -1,
			     attacher->user ? -1 : 0, -1, PERF_FLAG_FD_CLOEXEC);
	if (event < 0)
		return -errno;
	link = bpf_link_create(program, event, BPF_PERF_EVENT, &options);
	err = link < 0 ? -errno : 0;
	close(event);
	return err ? err : attacher_keep(attacher, probe, link);
}

static bool shares_link(const struct image *image, const struct image_probe *a,
			const struct image_probe *b)
{
	return a->program == b->program && a->type == b->type &&
	       !strcmp(image_string(image, a->first), image_string(image, b->first));
}

/*
 * Whether an instruction has a prefix that no kernel runs out of place: lock and the old segments
 * (is_prefix_bad() in arch/x86/kernel/uprobes.c). A link of thousands of functions would have to be
 * taken back, which takes grace periods, for each of them.
 */
static bool has_bad_prefix(int file, uint64_t offset)
{
	unsigned char bytes[4];
	ssize_t n = pread(file, bytes, sizeof(bytes), (off_t)offset);

#ifdef __x86_64__
	for (ssize_t i = 0; i < n; i++) {
		if (memchr("\xf0\x2e\x36\x3e\x26", bytes[i], 5))
			return true;
		if (!memchr("\x66\x67\xf2\xf3\x64\x65", bytes[i], 6))
			return false;
	}
#endif
	(void)n;
	return false;
}

/* Places that could not be probed, and the first of them. */
struct refused {
	uint32_t count;
	uint64_t cookie;
};

static void refuse(struct refused *refused, uint64_t first)
{
	if (!refused->count++)
		refused->cookie = first;
}

/*
 * One link for a range of the sites. If there is a place among them that the kernel cannot probe,
 * the halves are tried, until it alone is left out.
 */
static int attach_range(struct attacher *attacher, const struct image_probe *probe, int program,
			const struct uprobe_multi *all, uint32_t first, uint32_t count,
			struct refused *refused)
{
	struct uprobe_multi part = *all;
	int link, err;

	part.offsets += first;
	part.semaphores += first;
	part.cookies += first;
	part.count = count;
	link = uprobe_multi_attach(program, &part);
	if (link >= 0)
		return attacher_keep(attacher, probe, link);
	if (!is_unprobeable(link))
		return link;
	if (count == 1) {
		refuse(refused, *part.cookies);
		return 0;
	}
	err = attach_range(attacher, probe, program, all, first, count / 2, refused);
	return err ? err
		   : attach_range(attacher, probe, program, all, first + count / 2,
				  count - count / 2, refused);
}

static void warn_refused(const struct image *image, uint32_t count, uint32_t all, uint32_t probe)
{
	message_warning("Could not attach to %u of %u places, as %s: the kernel cannot probe the "
			"instruction there",
			count, all, image_string(image, image->probes[probe].name));
}

/* All sites of the program in the file, at the first of its probes there. */
static int attach_multi(struct attacher *attacher, const struct image_probe *probe, int program,
			bool on_return)
{
	const struct image *image = attacher->image;
	struct uprobe_multi multi = {
		.path = image_string(image, probe->first),
		.pid = attacher->user,
		.on_return = on_return,
	};
	struct refused refused = {0};
	uint64_t *words;
	uint32_t n_all = 0;
	int err = 0, file;

	for (const struct image_probe *before = image->probes; before < probe; before++)
		if (shares_link(image, before, probe))
			return 0;
	words = calloc((size_t)image->n_sites * 3 + 1, sizeof(*words));
	if (!words)
		return -ENOMEM;
	file = open(multi.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	multi.offsets = words;
	multi.semaphores = words + image->n_sites;
	multi.cookies = words + 2 * (size_t)image->n_sites;
	for (uint32_t i = 0; i < image->n_sites; i++) {
		const struct image_site *site = &image->sites[i];

		if (!shares_link(image, &image->probes[site->probe], probe))
			continue;
		n_all++;
		if (has_bad_prefix(file, site->offset)) {
			refuse(&refused, cookie(site));
			continue;
		}
		multi.offsets[multi.count] = site->offset;
		multi.semaphores[multi.count] = site->semaphore;
		multi.cookies[multi.count++] = cookie(site);
	}
	if (file >= 0)
		close(file);
	if (multi.count)
		err = attach_range(attacher, probe, program, &multi, 0, multi.count, &refused);
	free(words);
	if (!err && refused.count == n_all)
		return -ENOTSUP;
	if (!err && refused.count)
		warn_refused(image, refused.count, n_all, (uint32_t)refused.cookie);
	return err;
}

int user_attach(struct attacher *attacher, const struct image_probe *probe, int program,
		bool on_return)
{
	const struct image *image = attacher->image;
	int err = check_file(attacher, probe);

	if (err)
		return err;
	if (user_expected(image, probe)) {
		err = attach_multi(attacher, probe, program, on_return);
		return err ? explain(image, probe, err) : 0;
	}
	err = read_type(attacher);
	if (err) {
		message_error("Could not attach %s: this kernel has no uprobes (" PMU_TYPE "): %s",
			      image_string(image, probe->name), message_errno(err));
		return err;
	}
	for (uint32_t i = 0; !err && i < image->n_sites; i++) {
		if (!is_site_of(image, i, probe))
			continue;
		err = attach_site(attacher, probe, &image->sites[i], program, on_return);
		if (is_unprobeable(err) && count_sites(image, probe->program) > 1) {
			warn_refused(image, 1, count_sites(image, probe->program),
				     image->sites[i].probe);
			err = 0;
		}
	}
	return err ? explain(image, probe, err) : 0;
}
