/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef DUETRACE_ADDRESS_H
#define DUETRACE_ADDRESS_H

#include "helper.h"

/*
 * A pointer as a number, which the verifier lets a program add anything to: what it may then be used
 * for is reading by helper, which survives any address.
 */
static INLINE u64 address_of(const void *pointer)
{
	const void *volatile slot = pointer;
	u64 address = 0;

	bpf_probe_read_kernel(&address, sizeof(address), (const void *)&slot);
	return address;
}

#endif
