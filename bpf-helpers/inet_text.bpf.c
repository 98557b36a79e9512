// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * An internet address (struct image_inet: the family, then the address) as text, as inet_ntop() writes
 * it, into INET_TEXT bytes; empty if it is none.
 *
 * Verifier: the place is masked at each byte, and moves by 0 or 1 without a branch: BPF has no
 * comparison that is none. All loops have constant bounds.
 */
#include "helper.h"

#define INET_TEXT 64
#define FAMILY_INET  2
#define FAMILY_INET6 10
#define GROUPS 8

struct text {
	char *to;
	u64 at;
};

/* 1 if a > b; both below 2^63. What the compiler knows to be 0 or 1 it makes a branch of. */
static INLINE u64 above(u64 a, u64 b)
{
	u64 bit = b - a;

	asm volatile("" : "+r"(bit));
	bit >>= 63;
	asm volatile("" : "+r"(bit));
	return bit;
}

static INLINE u64 same(u64 a, u64 b)
{
	return 1 - above(a ^ b, 0);
}

/* A character, or nothing. */
static INLINE void put(struct text *text, u64 character, u64 keep)
{
	text->to[text->at & (INET_TEXT - 1)] = (char)character;
	text->at += keep & 1;
}

/* In network order. */
static INLINE void put_v4(struct text *text, u64 word, u64 keep)
{
	_Pragma("unroll")
	for (u32 i = 0; i < 4; i++) {
		u64 n = __builtin_bswap32((u32)word) >> (24 - 8 * i) & 255;

		put(text, '.', keep & (i > 0));
		put(text, '0' + n / 100, keep & above(n, 99));
		put(text, '0' + n / 10 % 10, keep & above(n, 9));
		put(text, '0' + n % 10, keep);
	}
}

static INLINE void put_group(struct text *text, u64 n, u64 keep)
{
	_Pragma("unroll")
	for (int shift = 12; shift >= 0; shift -= 4) {
		u64 digit = n >> shift & 15;

		put(text, digit + '0' + above(digit, 9) * ('a' - '0' - 10),
		    keep & (!shift | above(n >> shift, 0)));
	}
}

/* 16 bits of the address. */
static INLINE u64 group(const u32 *words, u32 i)
{
	return __builtin_bswap32(words[i / 2]) >> (i % 2 ? 0 : 16) & 0xffff;
}

/* The longest run of groups that are 0, of two at least, the first of these; length 0: none. */
static INLINE void find_zeros(const u32 *words, u64 *begin, u64 *length)
{
	u64 run = 0, longest = 1, at = 0;

	_Pragma("unroll")
	for (u32 i = 0; i < GROUPS; i++) {
		run = (run + 1) * same(group(words, i), 0);
		u64 take = above(run, longest);

		longest += take * (run - longest);
		at += take * (i + 1 - run - at);
	}
	*begin = at;
	*length = longest * above(longest, 1);
}

/* Returns whether an address of IPv4, its last word, goes behind it. */
static INLINE u64 put_v6(struct text *text, const u32 *words, u64 keep)
{
	u64 begin, length, has_v4;

	find_zeros(words, &begin, &length);
	/* one of IPv4 in another form */
	has_v4 = keep & same(begin, 0) & (same(length, 6) | (same(length, 5) & same(group(words, 5), 0xffff)));
	_Pragma("unroll")
	for (u32 i = 0; i < GROUPS; i++) {
		u64 zero = keep & above(i + 1, begin) & above(begin + length, i);
		u64 own = keep & (1 - zero) & (i < 6 ? 1 : 1 - has_v4);

		put(text, ':', (zero & same(begin, i)) | (own & (i > 0)));
		put_group(text, group(words, i), own);
	}
	put(text, ':', (keep & same(begin + length, GROUPS) & above(length, 0)) | has_v4);
	return has_v4;
}

static OUTLINE u64 inet_text(char *to, const char *inet)
{
	struct text text = {.to = to};
	u64 is_v4, has_v4;
	u32 words[5];

	bpf_probe_read_kernel(words, sizeof(words), inet);
	is_v4 = same(words[0], FAMILY_INET);
	has_v4 = put_v6(&text, words + 1, same(words[0], FAMILY_INET6));
	put_v4(&text, words[1] * is_v4 | words[4] * has_v4, is_v4 | has_v4);
	put(&text, 0, 0);
	return text.at;
}

INLINE u64 dt_inet_text(char *to, const char *inet)
{
	u64 length = inet_text(to, inet);

	/* Used: else the function would return nothing, and leave any register to the verifier. */
	asm volatile("" : : "r"(length));
	return length;
}
