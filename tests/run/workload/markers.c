/* SPDX-License-Identifier: Apache-2.0 */
/*
 * USDT probes, by notes as <sys/sdt.h> writes them: markers [N]. With "-" for N it waits for its
 * stdin to end. Prints how often the guarded probe was enabled.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOTE(provider, name, semaphore, arguments, ...)                                             \
	__asm__ volatile("990: nop\n"                                                               \
			 ".pushsection .note.stapsdt, \"\", \"note\"\n"                              \
			 ".balign 4\n"                                                              \
			 ".4byte 992f-991f, 994f-993f, 3\n"                                         \
			 "991: .asciz \"stapsdt\"\n"                                                 \
			 "992: .balign 4\n"                                                         \
			 "993: .8byte 990b\n"                                                       \
			 ".8byte _.stapsdt.base\n"                                                  \
			 ".8byte " semaphore "\n"                                                   \
			 ".asciz \"" provider "\"\n"                                                 \
			 ".asciz \"" name "\"\n"                                                     \
			 ".asciz \"" arguments "\"\n"                                                \
			 "994: .balign 4\n"                                                         \
			 ".popsection\n"                                                            \
			 ".ifndef _.stapsdt.base\n"                                                 \
			 ".pushsection .stapsdt.base, \"aG\", \"progbits\", .stapsdt.base, comdat\n" \
			 ".weak _.stapsdt.base\n"                                                   \
			 ".hidden _.stapsdt.base\n"                                                 \
			 "_.stapsdt.base: .space 1\n"                                               \
			 ".size _.stapsdt.base, 1\n"                                                \
			 ".popsection\n"                                                            \
			 ".endif\n" ::__VA_ARGS__)

#define CALLED __attribute__((noinline, noipa))

__attribute__((section(".probes"), used)) volatile uint16_t guard_semaphore;

static int enabled;

CALLED static void plain(int a, const char *text, int64_t wide, uint8_t tiny)
{
	NOTE("mine", "plain", "0", "-4@%0 8@%1 -8@%2 1@%3 -4@$-7 2@$65535", "r"(a), "r"(text), "r"(wide),
	     "q"(tiny));
}

CALLED static void memory(const int16_t *row, long index)
{
	volatile int64_t local = -5000000000;
	volatile struct {
		int32_t a, b;
	} pair = {-1, -2};

	/* from the stack, through a register, with an index and a scale */
	NOTE("mine", "memory", "0", "-8@%0 -4@%1 -2@(%2,%3,2) -2@2(%2,%3,2) -4@%4", "m"(local), "m"(pair.b),
	     "r"(row), "r"(index), "m"(pair.a));
}

/* The same probe at three places that keep its arguments elsewhere. */
CALLED static void places(int n)
{
	NOTE("mine", "places", "0", "-4@%0 -4@$1", "r"(n));
	NOTE("mine", "places", "0", "-4@$-100 -4@$1", "r"(n));
	{
		volatile int copy = n * 1000;

		NOTE("mine", "places", "0", "-4@%0 -4@$1", "m"(copy));
	}
}

CALLED static void guarded(int n)
{
	if (!guard_semaphore)
		return;
	enabled++;
	NOTE("mine", "guarded", "guard_semaphore", "-4@%0", "r"(n));
}

CALLED static void bare(void)
{
	NOTE("other", "bare", "0", "", "r"(0));
	NOTE("other", "strange", "0", "8f@%%xmm0 4@%%cr0", "r"(0));
}

int main(int argc, char **argv)
{
	static int16_t row[] = {10, -20, 30, -40};
	int n = 1;

	/* Memory that nobody has touched is not there. */
	((volatile int16_t *)row)[0] = 10;

	if (argc > 1 && !strcmp(argv[1], "-"))
		while (getchar() != EOF)
			;
	else if (argc > 1)
		n = atoi(argv[1]);
	for (int i = 0; i < n; i++) {
		plain(-3 - i, argv[0], -1234567890123, 250);
		memory(row, 1);
		places(i + 5);
		guarded(i);
		bare();
	}
	printf("enabled %d\n", enabled);
	return 0;
}
