// SPDX-License-Identifier: Apache-2.0
/* --help by the rows of options.def, the short help, --version. */
#include "cli/help.h"

#include <stdbool.h>
#include <string.h>

#include "cli/option_rows.h"
#include "compiler/compile.h"
#include "runtime/info.h"

static const struct option_row rows[] = {
#define HEADING(text) {.heading = text},
#define OPTION(name, short_char, long_text, argument_text, help_text)                              \
	{.short_name = short_char,                                                                 \
	 .long_name = long_text,                                                                   \
	 .argument = argument_text,                                                                \
	 .help = help_text},
#define IMAGE_OPTION OPTION
#include "cli/options.def"
#undef IMAGE_OPTION
#undef OPTION
#undef HEADING
};

void help_all(FILE *out)
{
	fputs("Usage: duetrace [OPTION...] FILE [PARAMETER...]\n"
	      "       duetrace [OPTION...] -e PROGRAM [PARAMETER...]\n"
	      "FILE is a script, the name of one of the library, an image, or - for stdin.\n"
	      "Parameters are $1, $2, ... of the script; after -- all words are parameters,\n"
	      "and --name=value there is an option of the script's own: -- --help lists those.\n",
	      out);
	option_rows_print(out, rows, sizeof(rows) / sizeof(rows[0]));
	fputs("\nExit status:\n"
#define EXIT_STATUS(number, meaning) "  " number "  " meaning "\n"
#include "cli/exit_status.def"
#undef EXIT_STATUS
	      "\nExamples:\n"
	      "  duetrace openfiles.dt 5378\n"
	      "  duetrace -e 'tracepoint:syscalls:sys_enter_openat { @[comm] = count(); }'\n"
	      "  duetrace --db use.db openfiles.dt 5378\n",
	      out);
}

void help_short(FILE *out)
{
	fputs("duetrace says which data is used on this machine, by whom, and how.\n"
	      "Usage: duetrace [OPTION...] FILE|-e PROGRAM [PARAMETER...]\n"
	      "\n"
	      "Which files a command opens:\n"
	      "  sudo duetrace openfiles2 --run cat /etc/hostname\n"
	      "Which programs open files, and how many, until Ctrl-C:\n"
	      "  sudo duetrace -e 'file:open { @[comm] = count(); }'\n"
	      "The same of one command, kept in an SQLite database:\n"
	      "  sudo duetrace --db use.sqlite open-count --run ls /etc\n"
	      "\n"
	      "duetrace --list-scripts shows what is ready to run, duetrace --help every option.\n",
	      out);
}

void help_version(FILE *out)
{
	fputs("duetrace v" DUETRACE_VERSION "\n", out);
	runtime_versions(out, compile_llvm_version());
}
