/* SPDX-License-Identifier: Apache-2.0 */
/* A list: there are as many as libraries in use, and a process remembers those it has. */
#include "runtime/symbols/object.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "runtime/buffer.h"
#include "runtime/symbols/demangle.h"
#include "runtime/symbols/elf_file.h"

#define MAX_OPEN 200

/* What tells files apart, also one that was written anew in place. */
struct identity {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec changed;
};

struct object {
	struct object *next;
	struct identity identity;
	bool loaded;
	int fd, root; /* until it is loaded; root: -1 for our own */
	char *path;
	struct elf_file *file; /* NULL: not loaded, or it cannot be read */
	struct lines *lines;   /* NULL: not asked for, or not known */
	uint32_t references;
	size_t bytes;
	char **written; /* names of C++ as they were written, by function; "" if it is none */
};

static struct object *find(struct objects *objects, const struct identity *identity)
{
	for (struct object **at = &objects->first; *at; at = &(*at)->next) {
		struct object *object = *at;

		if (memcmp(&object->identity, identity, sizeof(*identity)) != 0)
			continue;
		*at = object->next;
		object->next = objects->first;
		objects->first = object;
		return object;
	}
	return NULL;
}

static struct object *add(struct objects *objects, const struct identity *identity)
{
	struct object *object = calloc(1, sizeof(*object));

	if (!object)
		return NULL;
	object->identity = *identity;
	object->fd = object->root = -1;
	object->next = objects->first;
	objects->first = object;
	return object;
}

static void weigh(struct objects *objects, struct object *object)
{
	object->bytes = sizeof(*object) + (object->file ? elf_file_memory(object->file) : 0);
	objects->bytes += object->bytes;
}

/* `fd`: of the file, taken. */
static void load_lines(struct object *object, int fd)
{
	const unsigned char *id = NULL;
	uint32_t length = object->file ? elf_file_build_id(object->file, &id) : 0;

	if (fd >= 0)
		object->lines =
			lines_open(fd, object->root < 0 ? AT_FDCWD : object->root, id, length);
}

/* Read the symbols, and let go of the file. */
static void load(struct objects *objects, struct object *object)
{
	int copy;

	if (object->loaded)
		return;
	copy = objects->lines ? fcntl(object->fd, F_DUPFD_CLOEXEC, 0) : -1;
	object->loaded = true;
	objects->n_open--;
	if (!elf_file_open_fd(&object->file, object->fd, object->root < 0 ? AT_FDCWD : object->root,
			      object->path))
		elf_file_detach(object->file);
	else
		object->file = NULL;
	load_lines(object, copy);
	if (object->root >= 0)
		close(object->root);
	object->fd = object->root = -1;
	free(object->path);
	object->path = NULL;
	weigh(objects, object);
}

/* A process may have many files and we few descriptors. */
static void limit_open(struct objects *objects)
{
	for (struct object *at = objects->first; at && objects->n_open > MAX_OPEN; at = at->next)
		load(objects, at);
}

struct object *objects_get(struct objects *objects, int fd, int root, const char *path)
{
	struct identity identity;
	struct object *object;
	struct stat stat;
	bool known = !fstat(fd, &stat);

	memset(&identity, 0, sizeof(identity));
	if (known) {
		identity.dev = stat.st_dev;
		identity.ino = stat.st_ino;
		identity.size = stat.st_size;
		identity.changed.tv_sec = stat.st_mtim.tv_sec;
		identity.changed.tv_nsec = stat.st_mtim.tv_nsec;
	}
	object = known ? find(objects, &identity) : NULL;
	if (object || !known) {
		close(fd);
	} else {
		object = add(objects, &identity);
		if (!object) {
			close(fd);
			return NULL;
		}
		object->fd = fd;
		object->root = root == AT_FDCWD ? -1 : fcntl(root, F_DUPFD_CLOEXEC, 0);
		object->path = strdup(path);
		objects->n_open++;
		limit_open(objects);
	}
	if (object)
		object->references++;
	return object;
}

struct object *objects_get_bytes(struct objects *objects, const void *bytes, size_t size)
{
	struct identity identity;
	struct object *object;

	memset(&identity, 0, sizeof(identity));
	identity.ino = crc32(0, bytes, (uInt)size);
	identity.size = (off_t)size;
	object = find(objects, &identity);
	if (!object) {
		object = add(objects, &identity);
		if (!object)
			return NULL;
		object->loaded = true;
		if (!elf_file_open_bytes(&object->file, bytes, size))
			elf_file_detach(object->file);
		else
			object->file = NULL;
		weigh(objects, object);
	}
	object->references++;
	return object;
}

void objects_put(struct object *object)
{
	if (object)
		object->references--;
}

static void free_object(struct objects *objects, struct object *object)
{
	uint32_t n = object->written ? elf_file_functions(object->file) : 0;

	for (uint32_t i = 0; i < n; i++)
		free(object->written[i]);
	free(object->written);
	elf_file_close(object->file);
	lines_close(object->lines);
	if (!object->loaded) {
		objects->n_open--;
		close(object->fd);
		if (object->root >= 0)
			close(object->root);
		free(object->path);
	}
	objects->bytes -= object->bytes;
	free(object);
}

void objects_trim(struct objects *objects, size_t limit)
{
	while (objects->bytes > limit || !limit) {
		struct object **oldest = NULL;

		for (struct object **at = &objects->first; *at; at = &(*at)->next)
			if (!(*at)->references)
				oldest = at;
		if (!oldest)
			return;
		struct object *object = *oldest;

		*oldest = object->next;
		free_object(objects, object);
	}
}

/* Demangled once: the same few functions are asked for again and again. */
static const char *written_name(struct objects *objects, struct object *object, uint32_t index,
				const char *name)
{
	struct buffer text = {0};
	char *kept;
	size_t more;

	if (strncmp(name, "_Z", 2) != 0)
		return name;
	if (!object->written) {
		more = (elf_file_functions(object->file) + 1) * sizeof(char *);
		object->written = calloc(1, more);
		if (!object->written)
			return name;
		object->bytes += more;
		objects->bytes += more;
	}
	kept = object->written[index];
	if (!kept) {
		demangle(&text, name);
		buffer_add_byte(&text, '\0');
		kept = text.failed ? NULL : strdup(text.data);
		if (kept) {
			more = strlen(kept) + 1;
			object->bytes += more;
			objects->bytes += more;
		}
		buffer_free(&text);
		object->written[index] = kept;
	}
	return kept && *kept ? kept : name;
}

void object_read(struct objects *objects, struct object *object)
{
	load(objects, object);
}

const char *object_at(struct objects *objects, struct object *object, uint64_t offset, bool raw,
		      uint64_t *into)
{
	struct elf_symbol symbol;
	uint64_t address;
	int64_t at;

	load(objects, object);
	if (!object->file || elf_file_address(object->file, offset, &address))
		return NULL;
	at = elf_file_at(object->file, address);
	if (at < 0)
		return NULL;
	symbol = elf_file_function(object->file, (uint32_t)at);
	*into = address - symbol.address;
	return raw ? symbol.name : written_name(objects, object, (uint32_t)at, symbol.name);
}

uint32_t object_places(struct objects *objects, struct object *object, uint64_t offset,
		       struct source_place places[LINES_MAX])
{
	uint64_t address;

	load(objects, object);
	if (!object->lines || !object->file || elf_file_address(object->file, offset, &address))
		return 0;
	return lines_at(object->lines, address, places);
}
