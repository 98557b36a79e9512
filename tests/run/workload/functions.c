/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions that are called as often as the first parameter says: functions [N [THREADS]]. With a
 * word for N that begins with a dash it calls nothing and waits for its stdin to end.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define CALLED __attribute__((noinline, noipa))

enum color { RED, GREEN = 5 };

struct inner {
	short small;
	char text[8];
};

struct point {
	int x;
	long y;
	char name[16];
	struct point *next;
	struct inner inner;
	unsigned three : 3, five : 5;
	enum color color;
	const char *label;
};

typedef unsigned int number_t;

int counter = 42;
long large = 1234567890123;
short small = -3;
unsigned char tiny = 200;
static int repeat = 3;

/* The page of a text that nobody has read yet is not there. */
static volatile char sum;

static void touch(const char *text)
{
	while (*text)
		sum += *text++;
}

CALLED long many(int a, const char *text, struct point *point, enum color color, bool yes,
		 number_t number, long seven, signed char eight)
{
	return a + text[0] + point->x + color + yes + number + seven + eight;
}

CALLED int once(int x)
{
	return x * 2;
}

CALLED int factorial(int n)
{
	return n <= 1 ? 1 : n * factorial(n - 1);
}

CALLED double real(int before, double x, float y, int after)
{
	return before + x + (double)y + after;
}

CALLED void in_child(void)
{
	counter++;
}

static void *thread(void *unused)
{
	for (int i = 0; i < repeat; i++)
		once(i);
	return unused;
}

static int threads(int n)
{
	pthread_t all[64];

	for (int i = 0; i < n; i++)
		if (pthread_create(&all[i], NULL, thread, NULL))
			return 1;
	for (int i = 0; i < n; i++)
		pthread_join(all[i], NULL);
	return 0;
}

int main(int argc, char **argv)
{
	struct point second = {.x = 7, .name = "second"};
	struct point first = {-3, 99, "first", &second, {-2, "inner"}, 5, 17, GREEN, "label"};

	touch("hello");
	touch(first.label);
	if (argc > 1 && *argv[1] == '-')
		while (getchar() != EOF)
			once(-1);
	else if (argc > 1)
		repeat = atoi(argv[1]);
	if (argc > 2)
		return threads(atoi(argv[2]));
	for (int i = 0; i < repeat; i++) {
		once(i);
		many(-1 - i, "hello", &first, GREEN, true, 4000000000u, 77, -8);
	}
	factorial(5);
	real(1, 2.5, 3.5f, 4);
	if (fork() == 0) {
		in_child();
		_exit(0);
	}
	wait(NULL);
	return 0;
}
