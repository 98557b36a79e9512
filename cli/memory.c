// SPDX-License-Identifier: Apache-2.0
/* See memory.h. Only segments that cannot have been written to are given back. */
#include "cli/memory.h"

#include <link.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

static int release(struct dl_phdr_info *info, size_t size, void *unused)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	(void)size;
	(void)unused;
	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
		uintptr_t begin, end;

		if (segment->p_type != PT_LOAD || segment->p_flags & PF_W)
			continue;
		begin = (info->dlpi_addr + segment->p_vaddr) & ~(page - 1);
		end = (info->dlpi_addr + segment->p_vaddr + segment->p_memsz + page - 1) & ~(page - 1);
		/* A failure costs memory, nothing else. */
		(void)madvise((void *)begin, end - begin, MADV_DONTNEED);
	}
	return 1; /* the program itself comes first; libraries stay as they are */
}

void memory_release_program(void)
{
	dl_iterate_phdr(release, NULL);
}
