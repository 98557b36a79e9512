// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * True if a path, at `text + offset`, is that of a folder or below it. A '/' at the folder's end counts
 * for nothing; nothing is under "".
 *
 * Verifier: one bpf_loop (5.17) whose callback is verified once; bytes are read by helper.
 */
#include "address.h"

#define CHUNK 32u

struct under {
	u64 text, folder; /* addresses */
	u64 left, same;
};

static char byte_at(u64 address)
{
	char byte = 0;

	bpf_probe_read_kernel(&byte, 1, (const void *)address);
	return byte;
}

static long under_compare(__attribute__((unused)) u64 i, void *context)
{
	struct under *under = context;
	u64 a[CHUNK / 8] = {0}, b[CHUNK / 8] = {0}, size = under->left;

	if (size > CHUNK)
		size = CHUNK;
	bpf_probe_read_kernel(a, (u32)size, (const void *)under->text);
	bpf_probe_read_kernel(b, (u32)size, (const void *)under->folder);
	under->text += CHUNK;
	under->folder += CHUNK;
	under->left -= size;
	under->same = !((a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) | (a[3] ^ b[3]));
	return !under->same || !under->left;
}

OUTLINE u64 dt_str_under(const char *text, u64 offset, u64 length, const char *folder,
			 u64 folder_length)
{
	u64 address = address_of(folder);
	struct under under = {address_of(text) + offset, address, 0, 1};

	if (!folder_length || !length)
		return 0;
	if (byte_at(address + folder_length - 1) == '/')
		folder_length--;
	if (length < folder_length ||
	    (length > folder_length && byte_at(under.text + folder_length) != '/'))
		return 0;
	under.left = folder_length;
	bpf_loop((u32)(folder_length + CHUNK - 1) / CHUNK, under_compare, &under, 0);
	return under.same;
}
