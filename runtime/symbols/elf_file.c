/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads ELF through libelf, without mapping it: a file that shrinks under us must not kill us. What
 * is kept of a function is 16 bytes and its name.
 */
#include "runtime/symbols/elf_file.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/symbols/debug_file.h"

#define MAX_BUILD_ID 64
/* Functions that lie inside of others are rare and few. */
#define MAX_NESTED 16

struct segment {
	uint64_t address, offset, size;
	bool is_code;
};

struct row {
	uint64_t address;
	uint32_t size;
	uint32_t name; /* in `names` */
};

struct elf_file {
	Elf *elf;
	int fd, root;
	void *bytes; /* of elf_file_open_bytes() */
	char *path;
	struct segment *segments;
	uint32_t n_segments;
	unsigned char id[MAX_BUILD_ID];
	uint32_t id_length;
	bool loaded;
	struct row *rows;
	uint32_t n_rows, capacity;
	char *names;
	size_t names_size, names_capacity;
};

/* Better first; only while the table is made. */
struct candidate {
	struct row row;
	uint32_t rank;
};

/*
 * libelf reads a section whole, and a file with a hole in it may say that it has any size: more than the
 * largest programs have of symbols is nobody's, and a name in it may stand for each of a million.
 */
#define MAX_SECTION (256u << 20)
#define MAX_NAMES   (256u << 20)
#define MAX_NOTES   (64u << 10)

static int read_segments(struct elf_file *file)
{
	size_t n = 0;

	if (elf_getphdrnum(file->elf, &n) || n > UINT16_MAX)
		return -ENOEXEC;
	file->segments = calloc(n + 1, sizeof(*file->segments));
	if (!file->segments)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		GElf_Phdr header;

		if (!gelf_getphdr(file->elf, (int)i, &header))
			return -ENOEXEC;
		if (header.p_type == PT_LOAD)
			file->segments[file->n_segments++] =
				(struct segment){header.p_vaddr, header.p_offset, header.p_filesz,
						 header.p_flags & PF_X};
	}
	return 0;
}

/* The descriptor of a note that is the build ID; notes are 4-byte words, 8-byte aligned in some. */
static bool take_build_id(struct elf_file *file, Elf_Data *data)
{
	size_t at = 0, name, descriptor;
	GElf_Nhdr note;

	while (data && (at = gelf_getnote(data, at, &note, &name, &descriptor)) > 0) {
		if (note.n_type != NT_GNU_BUILD_ID || note.n_namesz != 4 ||
		    memcmp((char *)data->d_buf + name, "GNU", 4) != 0 || !note.n_descsz ||
		    note.n_descsz > MAX_BUILD_ID)
			continue;
		memcpy(file->id, (char *)data->d_buf + descriptor, note.n_descsz);
		file->id_length = note.n_descsz;
		return true;
	}
	return false;
}

static void read_build_id(struct elf_file *file)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;
	size_t n = 0;

	for (size_t i = 0; !elf_getphdrnum(file->elf, &n) && i < n; i++) {
		GElf_Phdr segment;

		if (gelf_getphdr(file->elf, (int)i, &segment) && segment.p_type == PT_NOTE &&
		    segment.p_filesz <= MAX_NOTES &&
		    take_build_id(file, elf_getdata_rawchunk(file->elf, (int64_t)segment.p_offset,
							     segment.p_filesz,
							     segment.p_align == 8 ? ELF_T_NHDR8
										  : ELF_T_NHDR)))
			return;
	}
	while ((section = elf_nextscn(file->elf, section)))
		if (gelf_getshdr(section, &header) && header.sh_type == SHT_NOTE &&
		    header.sh_size <= MAX_NOTES &&
		    take_build_id(file, elf_getdata(section, NULL)))
			return;
}

static int start(struct elf_file **out, struct elf_file *file)
{
	int err = -ENOEXEC;

	if (file->elf && elf_kind(file->elf) == ELF_K_ELF)
		err = read_segments(file);
	if (err) {
		elf_file_close(file);
		return err;
	}
	read_build_id(file);
	*out = file;
	return 0;
}

static struct elf_file *make(int fd, int root)
{
	struct elf_file *file = calloc(1, sizeof(*file));

	if (file) {
		file->fd = fd;
		file->root = root;
	}
	elf_version(EV_CURRENT);
	return file;
}

int elf_file_open_fd(struct elf_file **out, int fd, int root, const char *path)
{
	struct elf_file *file = make(fd, root);

	if (!file) {
		close(fd);
		return -ENOMEM;
	}
	file->path = path ? strdup(path) : NULL;
	file->elf = elf_begin(fd, ELF_C_READ, NULL);
	return start(out, file);
}

int elf_file_open(struct elf_file **out, const char *path)
{
	int fd = debug_file_open_below(AT_FDCWD, path);

	return fd < 0 ? fd : elf_file_open_fd(out, fd, AT_FDCWD, path);
}

int elf_file_open_bytes(struct elf_file **out, const void *bytes, size_t size)
{
	struct elf_file *file = make(-1, AT_FDCWD);

	if (!file)
		return -ENOMEM;
	file->bytes = malloc(size + 1);
	if (file->bytes) {
		memcpy(file->bytes, bytes, size);
		file->elf = elf_memory(file->bytes, size);
	}
	return start(out, file);
}

static void let_go(struct elf_file *file)
{
	elf_end(file->elf);
	file->elf = NULL;
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
	free(file->bytes);
	file->bytes = NULL;
}

void elf_file_close(struct elf_file *file)
{
	if (!file)
		return;
	let_go(file);
	free(file->path);
	free(file->segments);
	free(file->rows);
	free(file->names);
	free(file);
}

/* A table of symbols and the strings of their names. */
struct table {
	Elf *elf;
	Elf_Data *data;
	size_t strings;
	uint32_t count;
};

static bool is_small(Elf *elf, size_t index, uint64_t limit)
{
	Elf_Scn *section = elf_getscn(elf, index);
	GElf_Shdr header;

	return section && gelf_getshdr(section, &header) && header.sh_size <= limit;
}

/* The first table of a type; false if there is none. */
static bool find_table(Elf *elf, uint32_t type, struct table *table)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while ((section = elf_nextscn(elf, section))) {
		if (!gelf_getshdr(section, &header) || header.sh_type != type ||
		    header.sh_entsize == 0)
			continue;
		if (header.sh_size > MAX_SECTION || !is_small(elf, header.sh_link, MAX_SECTION))
			return false;
		table->elf = elf;
		table->data = elf_getdata(section, NULL);
		table->strings = header.sh_link;
		table->count = 0;
		if (table->data && table->data->d_size / header.sh_entsize <= INT32_MAX)
			table->count = (uint32_t)(table->data->d_size / header.sh_entsize);
		return table->count > 0;
	}
	return false;
}

/* A symbol that is defined in its file; its name, or NULL. */
static const char *read_symbol(const struct table *table, uint32_t index, GElf_Sym *symbol)
{
	const char *name;

	if (!gelf_getsym(table->data, (int)index, symbol) || symbol->st_shndx == SHN_UNDEF ||
	    !symbol->st_value)
		return NULL;
	name = elf_strptr(table->elf, table->strings, symbol->st_name);
	return name && *name ? name : NULL;
}

static bool is_function(const GElf_Sym *symbol)
{
	int type = GELF_ST_TYPE(symbol->st_info);

	return type == STT_FUNC || type == STT_GNU_IFUNC;
}

static bool add_name(struct elf_file *file, const char *name, uint32_t *at)
{
	size_t length = strlen(name) + 1;

	if (file->names_size + length > file->names_capacity) {
		size_t capacity = (file->names_capacity + length) * 2;
		char *more = capacity < MAX_NAMES ? realloc(file->names, capacity) : NULL;

		if (!more)
			return false;
		file->names = more;
		file->names_capacity = capacity;
	}
	memcpy(file->names + file->names_size, name, length);
	*at = (uint32_t)file->names_size;
	file->names_size += length;
	return true;
}

static uint32_t rank(const GElf_Sym *symbol)
{
	int binding = GELF_ST_BIND(symbol->st_info);

	return (symbol->st_size ? 0 : 4) + (binding == STB_GLOBAL ? 0u
					    : binding == STB_WEAK ? 1u
								  : 2u);
}

static void collect(struct elf_file *file, const struct table *table, struct candidate **list)
{
	for (uint32_t i = 0; i < table->count; i++) {
		GElf_Sym symbol;
		const char *name = read_symbol(table, i, &symbol);
		struct candidate *one;

		if (!name || !is_function(&symbol))
			continue;
		if (!*list || file->n_rows == file->capacity) {
			uint32_t capacity = file->capacity ? file->capacity * 2 : 256;
			struct candidate *more = realloc(*list, capacity * sizeof(**list));

			if (!more)
				return;
			*list = more;
			file->capacity = capacity;
		}
		one = &(*list)[file->n_rows];
		one->row.address = symbol.st_value;
		one->row.size = symbol.st_size < UINT32_MAX ? (uint32_t)symbol.st_size : UINT32_MAX;
		one->rank = rank(&symbol);
		if (!add_name(file, name, &one->row.name))
			return;
		file->n_rows++;
	}
}

static int compare(const void *a, const void *b, void *names)
{
	const struct candidate *left = a, *right = b;
	const char *text = names;

	if (left->row.address != right->row.address)
		return left->row.address < right->row.address ? -1 : 1;
	if (left->rank != right->rank)
		return left->rank < right->rank ? -1 : 1;
	return strcmp(text + left->row.name, text + right->row.name);
}

/* .gnu_debuglink: a name, padded to a multiple of 4, and a CRC. */
static int open_by_link(const struct elf_file *file)
{
	size_t strings, at;
	Elf_Scn *section = NULL;
	GElf_Shdr header;
	uint32_t crc;

	if (!file->path || elf_getshdrstrndx(file->elf, &strings) || !is_small(file->elf, strings, MAX_SECTION))
		return -ENOENT;
	while ((section = elf_nextscn(file->elf, section))) {
		const char *name = gelf_getshdr(section, &header)
					   ? elf_strptr(file->elf, strings, header.sh_name)
					   : NULL;
		Elf_Data *data;

		if (!name || strcmp(name, ".gnu_debuglink") != 0)
			continue;
		data = header.sh_size <= MAX_NOTES ? elf_rawdata(section, NULL) : NULL;
		if (!data || !data->d_buf)
			return -ENOENT;
		at = (strnlen(data->d_buf, data->d_size) + 4) & ~(size_t)3;
		if (at + sizeof(crc) > data->d_size)
			return -ENOENT;
		memcpy(&crc, (char *)data->d_buf + at, sizeof(crc));
		return debug_file_by_link(file->root, file->path, data->d_buf, crc);
	}
	return -ENOENT;
}

/* The symbols of the debug file, if there is one. */
static bool collect_debug(struct elf_file *file, struct candidate **list)
{
	int fd = debug_file_by_id(file->root, file->id, file->id_length);
	struct elf_file debug = {.fd = -1};
	struct table table;
	bool found = false;

	if (fd < 0)
		fd = open_by_link(file);
	if (fd < 0)
		return false;
	debug.elf = elf_begin(fd, ELF_C_READ, NULL);
	if (debug.elf && elf_kind(debug.elf) == ELF_K_ELF) {
		read_build_id(&debug);
		found = (!file->id_length || (debug.id_length == file->id_length &&
					      !memcmp(debug.id, file->id, file->id_length))) &&
			find_table(debug.elf, SHT_SYMTAB, &table);
	}
	if (found)
		collect(file, &table, list);
	elf_end(debug.elf);
	close(fd);
	return found;
}

/* Sorted, without names that a table and another both have, and no larger than they are. */
static void settle(struct elf_file *file, struct candidate *list)
{
	uint32_t n = 0;
	char *names;

	if (!list || !file->names)
		return;
	if (file->n_rows)
		qsort_r(list, file->n_rows, sizeof(*list), compare, file->names);
	file->rows = malloc((file->n_rows + 1) * sizeof(*file->rows));
	for (uint32_t i = 0; file->rows && i < file->n_rows; i++) {
		const struct row *row = &list[i].row;

		if (n && file->rows[n - 1].address == row->address &&
		    !strcmp(file->names + file->rows[n - 1].name, file->names + row->name))
			continue;
		file->rows[n++] = *row;
	}
	file->n_rows = n;
	names = realloc(file->names, file->names_size + 1);
	if (names)
		file->names = names;
}

static void load(struct elf_file *file)
{
	struct candidate *list = NULL;
	struct table table;

	if (file->loaded || !file->elf)
		return;
	file->loaded = true;
	if (find_table(file->elf, SHT_SYMTAB, &table)) {
		collect(file, &table, &list);
	} else {
		collect_debug(file, &list);
		if (find_table(file->elf, SHT_DYNSYM, &table))
			collect(file, &table, &list);
	}
	settle(file, list);
	free(list);
}

uint32_t elf_file_functions(struct elf_file *file)
{
	load(file);
	return file->n_rows;
}

struct elf_symbol elf_file_function(struct elf_file *file, uint32_t index)
{
	const struct row *row = &file->rows[index];

	return (struct elf_symbol){file->names + row->name, row->address, row->size};
}

/* How many rows begin at or below an address. */
static uint32_t count_below(const struct elf_file *file, uint64_t address)
{
	uint32_t low = 0, high = file->n_rows;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (file->rows[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* A row without a size reaches to the next one, or to the end of its segment. */
static bool reaches(const struct elf_file *file, const struct row *row, uint64_t address)
{
	for (uint32_t i = 0; i < file->n_segments; i++)
		if (row->address - file->segments[i].address < file->segments[i].size)
			return address - file->segments[i].address < file->segments[i].size;
	return false;
}

int64_t elf_file_at(struct elf_file *file, uint64_t address)
{
	uint32_t i, tries = 0;

	load(file);
	i = count_below(file, address);
	for (bool nearest = true; i > 0 && tries < MAX_NESTED; tries++) {
		while (i > 1 && file->rows[i - 2].address == file->rows[i - 1].address)
			i--;
		i--;
		if (address - file->rows[i].address < file->rows[i].size ||
		    (nearest && !file->rows[i].size && reaches(file, &file->rows[i], address)))
			return i;
		nearest = false;
	}
	return -ENOENT;
}

static bool find_in(const struct table *table, const char *wanted, struct elf_symbol *found)
{
	for (uint32_t i = 0; i < table->count; i++) {
		GElf_Sym symbol;
		const char *name = read_symbol(table, i, &symbol);

		if (!name || strcmp(name, wanted) != 0 ||
		    (!is_function(&symbol) && GELF_ST_TYPE(symbol.st_info) != STT_OBJECT &&
		     GELF_ST_TYPE(symbol.st_info) != STT_NOTYPE))
			continue;
		*found = (struct elf_symbol){name, symbol.st_value, symbol.st_size};
		return true;
	}
	return false;
}

int elf_file_find(struct elf_file *file, const char *name, struct elf_symbol *symbol)
{
	struct table table;

	if (file->elf &&
	    ((find_table(file->elf, SHT_SYMTAB, &table) && find_in(&table, name, symbol)) ||
	     (find_table(file->elf, SHT_DYNSYM, &table) && find_in(&table, name, symbol))))
		return 0;
	for (uint32_t i = 0, n = elf_file_functions(file); i < n; i++) {
		*symbol = elf_file_function(file, i);
		if (!strcmp(symbol->name, name))
			return 0;
	}
	return -ENOENT;
}

int elf_file_offset(const struct elf_file *file, uint64_t address, uint64_t *offset)
{
	for (uint32_t i = 0; i < file->n_segments; i++) {
		const struct segment *segment = &file->segments[i];

		if (address - segment->address >= segment->size)
			continue;
		*offset = address - segment->address + segment->offset;
		return 0;
	}
	return -ENOENT;
}

bool elf_file_is_code(const struct elf_file *file, uint64_t address)
{
	for (uint32_t i = 0; i < file->n_segments; i++)
		if (address - file->segments[i].address < file->segments[i].size)
			return file->segments[i].is_code;
	return false;
}

int elf_file_address(const struct elf_file *file, uint64_t offset, uint64_t *address)
{
	for (uint32_t i = 0; i < file->n_segments; i++) {
		const struct segment *segment = &file->segments[i];

		if (offset - segment->offset >= segment->size)
			continue;
		*address = offset - segment->offset + segment->address;
		return 0;
	}
	return -ENOENT;
}

uint32_t elf_file_build_id(const struct elf_file *file, const unsigned char **id)
{
	*id = file->id;
	return file->id_length;
}

size_t elf_file_memory(const struct elf_file *file)
{
	return sizeof(*file) + file->n_rows * sizeof(*file->rows) + file->names_size +
	       file->n_segments * sizeof(*file->segments);
}

void elf_file_detach(struct elf_file *file)
{
	load(file);
	let_go(file);
}
