/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file stays open and is never mapped: one that is cut meanwhile gives fewer lines. What is
 * inlined is found by the scopes that the code is in, each of which says where it is called from.
 */
#include "runtime/symbols/lines.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "runtime/symbols/debug_file.h"

struct lines {
	Dwarf *dwarf;
	int fd;
};

struct lines *lines_open(int fd, int root, const unsigned char *id, uint32_t length)
{
	struct lines *lines = calloc(1, sizeof(*lines));
	Dwarf *dwarf = debug_file_dwarf(fd);

	if (!dwarf && length) {
		if (fd >= 0)
			close(fd);
		fd = debug_file_by_id(root, id, length);
		dwarf = debug_file_dwarf(fd);
	}
	if (lines && dwarf) {
		*lines = (struct lines){dwarf, fd};
		return lines;
	}
	dwarf_end(dwarf);
	if (fd >= 0)
		close(fd);
	free(lines);
	return NULL;
}

void lines_close(struct lines *lines)
{
	if (!lines)
		return;
	dwarf_end(lines->dwarf);
	close(lines->fd);
	free(lines);
}

/* By the table of addresses, or, of a file that has none, one after the other. */
static bool find_unit(Dwarf *dwarf, uint64_t address, Dwarf_Die *unit)
{
	Dwarf_Off at = 0, next;
	size_t head;

	if (dwarf_addrdie(dwarf, address, unit))
		return true;
	for (; !dwarf_nextcu(dwarf, at, &next, &head, NULL, NULL, NULL); at = next)
		if (dwarf_offdie(dwarf, at + head, unit) && dwarf_haspc(unit, address) > 0)
			return true;
	return false;
}

static bool line_of(Dwarf_Die *unit, uint64_t address, struct source_place *place)
{
	Dwarf_Line *line = dwarf_getsrc_die(unit, address);

	if (!line || dwarf_lineno(line, &place->line))
		return false;
	place->file = dwarf_linesrc(line, NULL, NULL);
	return place->file;
}

static uint64_t number(Dwarf_Die *die, unsigned name)
{
	Dwarf_Attribute attribute;
	Dwarf_Word value = 0;

	return dwarf_formudata(dwarf_attr(die, name, &attribute), &value) ? 0 : value;
}

/* Where inlined code is called from. */
static bool caller_of(Dwarf_Die *unit, Dwarf_Die *inlined, struct source_place *place)
{
	Dwarf_Files *files;
	size_t n, file = number(inlined, DW_AT_call_file);

	place->function = NULL;
	place->line = (int)number(inlined, DW_AT_call_line);
	place->file = !dwarf_getsrcfiles(unit, &files, &n) && file < n
			      ? dwarf_filesrc(files, file, NULL, NULL)
			      : NULL;
	return place->file;
}

/* The scopes in which an address is; free() them. */
static int scopes_of(Dwarf_Die *unit, uint64_t address, Dwarf_Die **scopes)
{
	Dwarf_Die *inner;
	int n = dwarf_getscopes(unit, address, &inner);

	*scopes = NULL;
	if (n <= 0)
		return 0;
	/* Behind one that is inlined stand those of where it was written. */
	n = dwarf_getscopes_die(&inner[0], scopes);
	free(inner);
	return n > 0 ? n : 0;
}

uint32_t lines_at(struct lines *lines, uint64_t address, struct source_place places[LINES_MAX])
{
	struct source_place place = {0};
	Dwarf_Die unit, *scopes;
	uint32_t count = 0;
	int n;

	if (!find_unit(lines->dwarf, address, &unit) || !line_of(&unit, address, &place))
		return 0;
	n = scopes_of(&unit, address, &scopes);
	for (int i = 0; i < n && count + 1 < LINES_MAX && place.file; i++) {
		if (dwarf_tag(&scopes[i]) != DW_TAG_inlined_subroutine)
			continue;
		place.function = dwarf_diename(&scopes[i]);
		places[count++] = place;
		caller_of(&unit, &scopes[i], &place);
	}
	free(scopes);
	if (place.file)
		places[count++] = place;
	return count;
}
