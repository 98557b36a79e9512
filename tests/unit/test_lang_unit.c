/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The functions of lang.h, where the goldens do not reach: settings, messages of later stages,
 * listings, and units that live side by side.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lang/ast.h"
#include "lang/attach_point.h"
#include "lang/lang.h"
#include "lang/type.h"
#include "lang/world.h"

static const char list[] = "a:one\na:two\nb:one\n";
static const char format[] = "name: x\nformat:\n"
			     "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n"
			     "\tfield:int value;\toffset:8;\tsize:4;\tsigned:1;\n"
			     "\tfield:char text[8];\toffset:12;\tsize:8;\tsigned:0;\n";

static int ask(void *self, enum world_question question, const char *name,
	       struct world_answer *answer)
{
	if (self)
		return *(int *)self;
	if (question == WORLD_TRACEPOINT_LIST) {
		*answer = (struct world_answer){list, sizeof(list) - 1};
		return 0;
	}
	if (question != WORLD_TRACEPOINT_FORMAT || !strstr("a:one a:two b:one", name))
		return -ENOENT;
	*answer = (struct world_answer){format, sizeof(format) - 1};
	return 0;
}

static const struct world_ops world = {.ask = ask};

static struct unit_options make_options(const char *text)
{
	return (struct unit_options){
		.name = "test",
		.text = text,
		.size = strlen(text),
		.world = &world,
		.max_strlen = 64,
		.max_probes = 2,
		.warnings = true,
	};
}

static bool run(struct unit *unit)
{
	return unit_parse(unit) && unit_expand(unit) && unit_check(unit);
}

static void check_message(const struct unit_options *options, const char *wanted)
{
	struct unit *unit = unit_new(options);

	assert_false(run(unit));
	assert_string_equal(unit_diagnostics(unit), wanted);
	unit_free(unit);
}

static void test_missing_probes_may_be_ignored(void **state)
{
	struct unit_options options = make_options("t:x:* { } begin, t:a:three { }");
	struct unit *unit;

	(void)state;
	options.missing_probes_ok = true;
	unit = unit_new(&options);
	assert_true(run(unit));
	assert_int_equal(unit_program(unit)->n_targets, 1);
	assert_string_equal(unit_program(unit)->probes->targets[0].name, "begin");
	assert_null(unit_program(unit)->probes->next);
	unit_free(unit);
	options = make_options("t:x:* { }");
	options.missing_probes_ok = true;
	check_message(&options, "ERROR: No probes to attach\n");
}

static void test_max_probes_counts_all_blocks(void **state)
{
	struct unit_options options = make_options("begin, end { }\nbegin { }");
	struct unit *unit;

	(void)state;
	unit = unit_new(&options);
	assert_false(run(unit));
	assert_non_null(strstr(unit_diagnostics(unit), "test:2:1-6: ERROR: Can't attach to more "
						       "than 2 probes."));
	unit_free(unit);
}

static void test_scripts_too_large(void **state)
{
	struct unit_options options = make_options("");
	char *text = calloc(1, (64u << 20) + 1);

	(void)state;
	memset(text, ' ', (64u << 20) + 1);
	options.text = text;
	options.size = (64u << 20) + 1;
	check_message(&options, "ERROR: the script is larger than 64 MiB\n");
	free(text);
}

/* Not NUL-terminated, and with NULs inside. */
static void test_text_is_bytes(void **state)
{
	static const char text[] = {'b', 'e', 'g', 'i', 'n', ' ', '{', ' ', 0, ' ', '}'};
	struct unit_options options = make_options("");

	(void)state;
	options.text = malloc(sizeof(text));
	memcpy((char *)options.text, text, sizeof(text));
	options.size = sizeof(text);
	check_message(&options, "test:1:9-10: ERROR: unexpected input\n"
				"begin { ? }\n"
				"        ~\n");
	free((char *)options.text);
}

static void test_refusals_of_the_world(void **state)
{
	struct unit_options options = make_options("t:a:* { }");
	int error = -EACCES;
	const struct world_ops refusing = {.ask = ask, .self = &error};

	(void)state;
	options.world = &refusing;
	check_message(&options, "test:1:1-6: ERROR: not allowed to read tracefs: run as root, on a kernel that is not locked down\n"
				"t:a:* { }\n"
				"~~~~~\n");
	options.text = "t:a:b { }";
	check_message(&options, "test:1:1-6: ERROR: not allowed to read tracefs: run as root, on a kernel that is not locked down\n"
				"t:a:b { }\n"
				"~~~~~\n");
	error = -EIO;
	check_message(&options, "test:1:1-6: ERROR: cannot read tracefs: Input/output error\n"
				"t:a:b { }\n"
				"~~~~~\n");
}

static void test_later_stages_report_too(void **state)
{
	struct unit_options options = make_options("begin { @x = 1 }");
	struct unit *unit = unit_new(&options);
	uint32_t line, column;

	(void)state;
	assert_true(run(unit));
	assert_string_equal(unit_diagnostics(unit), "");
	unit_error(unit, (struct span){8, 10}, "too %s: %d", "big", 5);
	unit_error(unit, (struct span){8, 10}, "too %s: %d", "big", 5);
	assert_string_equal(unit_diagnostics(unit), "test:1:9-11: ERROR: too big: 5\n"
						    "begin { @x = 1 }\n"
						    "        ~~\n");
	unit_locate(unit, 8, &line, &column);
	assert_int_equal(line, 1);
	assert_int_equal(column, 9);
	unit_free(unit);
}

static void test_warnings_can_be_off(void **state)
{
	struct unit_options options = make_options("begin { exit(); exit() }");
	struct unit *unit = unit_new(&options);

	(void)state;
	assert_true(run(unit));
	assert_string_equal(unit_diagnostics(unit),
			    "test:1:17-23: WARNING: Unreachable statement.\n"
			    "begin { exit(); exit() }\n"
			    "                ~~~~~~\n");
	unit_free(unit);
	options.warnings = false;
	unit = unit_new(&options);
	assert_true(run(unit));
	assert_string_equal(unit_diagnostics(unit), "");
	unit_free(unit);
}

static void test_color_only_when_asked(void **state)
{
	struct unit_options options = make_options("begin { foo }");
	struct unit *unit;

	(void)state;
	options.color = true;
	unit = unit_new(&options);
	assert_false(run(unit));
	assert_string_equal(unit_diagnostics(unit),
			    "test:1:9-12: \033[31mERROR: \033[0mUnknown identifier: 'foo'\n"
			    "begin { foo }\n"
			    "        ~~~\n"
			    "\033[36mHINT: \033[0mA text stands in double quotes: \"foo\"; the name of a "
			    "variable begins with '$', that of a map with '@'\n");
	unit_free(unit);
}

static void test_listing(void **state)
{
	struct unit_options options = make_options("");
	struct unit *unit = unit_new(&options);

	(void)state;
	assert_string_equal(unit_list_probes(unit, "t*", false),
			    "tracepoint:a:one\ntracepoint:a:two\ntracepoint:b:one\n");
	assert_string_equal(unit_list_probes(unit, "t:*:one", false),
			    "tracepoint:a:one\ntracepoint:b:one\n");
	assert_string_equal(unit_list_probes(unit, "two", false), "tracepoint:a:two\n");
	assert_string_equal(unit_list_probes(unit, "tracepoint:b:*", true),
			    "tracepoint:b:one\n    int value\n    char text[8]\n");
	assert_string_equal(unit_list_probes(unit, "file:op*", false), "file:open\n");
	assert_string_equal(unit_list_probes(unit, "kprobe:*", false), "");
	assert_string_equal(unit_list_probes(unit, "s:c*", false),
			    "software:context-switches:\nsoftware:cs:\nsoftware:cpu-clock:\n"
			    "software:cpu:\nsoftware:cpu-migrations:\n");
	assert_string_equal(unit_list_probes(unit, "profile", false),
			    "profile:hz:\nprofile:ms:\nprofile:s:\nprofile:us:\n");
	assert_string_equal(unit_list_probes(unit, "i:?s", false), "interval:ms:\ninterval:us:\n");
	unit_free(unit);
}

static void test_a_refused_listing(void **state)
{
	struct unit_options options = make_options("");
	int error = -EPERM;
	const struct world_ops refusing = {.ask = ask, .self = &error};
	struct unit *unit;
	const char *listed;

	(void)state;
	options.world = &refusing;
	unit = unit_new(&options);
	assert_null(unit_list_probes(unit, "t:*", false));
	assert_string_equal(unit_diagnostics(unit),
			    "ERROR: not allowed to read tracefs: run as root, on a kernel that is not locked down\n");
	unit_free(unit);
	/* Of all types: those that can be read. */
	options.warnings = true;
	unit = unit_new(&options);
	listed = unit_list_probes(unit, "*", false);
	assert_non_null(listed);
	assert_non_null(strstr(listed, "interval:ms:\n"));
	assert_null(strstr(listed, "tracepoint:"));
	assert_non_null(strstr(unit_diagnostics(unit),
			       "WARNING: probes of type tracepoint are left out: what they are cannot "
			       "be read; are you root?\n"));
	unit_free(unit);
}

static void test_units_are_independent(void **state)
{
	struct unit_options first = make_options("begin { @a = 1; @b = \"x\"; }");
	struct unit_options second = make_options("t:a:o* { @a = args.text; print($x); }");
	struct unit *one = unit_new(&first), *two = unit_new(&second);

	(void)state;
	assert_true(unit_parse(one));
	assert_true(unit_parse(two));
	assert_true(unit_expand(two));
	assert_true(unit_expand(one));
	assert_true(unit_check(one));
	assert_false(unit_check(two));
	assert_string_equal(unit_diagnostics(one), "");
	assert_int_equal(unit_program(one)->n_maps, 2);
	assert_int_equal(unit_program(two)->n_maps, 1);
	unit_free(two);
	assert_string_equal(unit_program(one)->maps[1]->name, "b");
	assert_int_equal(unit_program(one)->maps[1]->value->kind, TYPE_STRING);
	unit_free(one);
}

/* What the compiler relies on: names in order, indexes, targets, context, slots. */
static void test_the_program(void **state)
{
	struct unit_options options = make_options("t:a:* { @z[args.text] = count(); @A = $1; "
						   "$x = 1; { $y = args.value; } }");
	const char *params[] = {"0x10"};
	const struct program *program;
	const struct probe *probe;
	struct unit *unit;

	(void)state;
	options.params = params;
	options.n_params = 1;
	unit = unit_new(&options);
	assert_true(run(unit));
	program = unit_program(unit);
	probe = program->probes;
	assert_null(probe->next);
	assert_int_equal(program->n_targets, 2);
	assert_string_equal(probe->targets[1].name, "tracepoint:a:two");
	assert_string_equal(probe->targets[1].first, "a");
	assert_string_equal(probe->targets[1].second, "two");
	assert_int_equal(probe->targets[1].order, 1);
	assert_int_equal(probe->targets[1].type->id, PROBE_tracepoint);
	assert_int_equal(probe->context->kind, TYPE_CONTEXT);
	assert_int_equal(probe->n_variables, 2);
	assert_int_equal(probe->variables[1]->index, 1);
	assert_string_equal(program->maps[0]->name, "A");
	assert_int_equal(program->maps[1]->index, 1);
	assert_null(program->maps[0]->key);
	assert_int_equal(program->maps[1]->key->size, 8);
	assert_true(program->maps[1]->printable);
	assert_int_equal(program->n_parameters, 1);
	assert_true(program->parameters[0].as_number);
	unit_free(unit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_missing_probes_may_be_ignored),
		cmocka_unit_test(test_max_probes_counts_all_blocks),
		cmocka_unit_test(test_scripts_too_large),
		cmocka_unit_test(test_text_is_bytes),
		cmocka_unit_test(test_refusals_of_the_world),
		cmocka_unit_test(test_later_stages_report_too),
		cmocka_unit_test(test_warnings_can_be_off),
		cmocka_unit_test(test_color_only_when_asked),
		cmocka_unit_test(test_listing),
		cmocka_unit_test(test_a_refused_listing),
		cmocka_unit_test(test_units_are_independent),
		cmocka_unit_test(test_the_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
