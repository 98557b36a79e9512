# SPDX-License-Identifier: Apache-2.0
"""Completions for bash, zsh and fish, from the rows of cli/options.def."""
import re

import tables

# What can stand behind an option whose argument is called so. FILE, DIR, COMMAND and PID are asked
# of the shell, PROBE and SCRIPT of duetrace.
WORDS = {"FORMAT": ("text", "json"), "SEVERITY": tuple(row[0] for row in tables.rows(
    "image/severities.def", r"^SEVERITY\((\w+)(\))")), "WHEN": ("auto", "always", "never")}
BY_OPTION = {"emit": tuple(row[1] for row in tables.rows("compiler/stages.def", r"^STAGE\((\w+),\s*" + tables.STRING)),
             "d": ("ast", "types", "codegen", "codegen-opt", "dis", "libbpf", "verifier", "all"),
             "B": ("line", "full", "none"), "mode": ("codegen", "format"), "compat": ("duetector",)}
HEAD = "# SPDX-License-Identifier: Apache-2.0\n# Completion of duetrace's words for {shell}.\n"


class Option:
    def __init__(self, short, long, argument, help_text):
        self.names = [f"-{short}"] * bool(short) + [f"--{long}"] * bool(long)
        self.short, self.long, self.argument, self.help = short, long, argument, help_text
        self.words = BY_OPTION.get(long or short) or WORDS.get(argument, ())
        self.kind = "CMD" if long == "run" else argument

    @property
    def brief(self):
        """The help up to its first stop, for a list."""
        return re.split(r"; |: ", self.help)[0]


def options():
    return [Option(*row[1:]) for row in tables.options() if not row[0]]


def runner_options():
    return [Option(*row[1:]) for row in tables.runner_options()]


def types():
    """What probes begin with."""
    return " ".join(name + ("" if name in ("begin", "end") else ":") for name, *_ in tables.probes())


BASH_COMMAND = r'''	for ((i = 1; i < COMP_CWORD; i++)); do
		if [[ ${COMP_WORDS[i]} == --run ]]; then
			if declare -F _command_offset >/dev/null; then
				_command_offset $((i + 1))
			elif ((i + 1 == COMP_CWORD)); then
				COMPREPLY=($(compgen -c -- "$cur"))
			else
				COMPREPLY=($(compgen -f -- "$cur"))
				compopt -o filenames
			fi
			return
		fi
	done
	case $before in
'''


def bash_case(names, action):
    return f"\t{'|'.join(names)})\n\t\t{action}\n\t\treturn ;;\n"


def bash_options(every):
    """What stands behind each option, and then the options."""
    out = []
    for option in every:
        if option.words:
            out.append(bash_case(option.names, f"COMPREPLY=($(compgen -W '{' '.join(option.words)}' -- \"$cur\"))"))
        elif option.kind == "FILE":
            out.append(bash_case(option.names, 'COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames'))
        elif option.kind == "DIR":
            out.append(bash_case(option.names, 'COMPREPLY=($(compgen -d -- "$cur")); compopt -o filenames'))
        elif option.kind == "PID":
            out.append(bash_case(option.names, "COMPREPLY=($(cd /proc && compgen -W \"$(echo [0-9]*)\" -- \"$cur\"))"))
        elif option.kind == "COMMAND":
            out.append(bash_case(option.names, 'COMPREPLY=($(compgen -c -- "$cur"))'))
        elif option.argument and option.kind != "CMD" and option.names != ["-e"]:
            out.append(bash_case(option.names, ""))
    names = " ".join(name for option in every for name in option.names)
    return "".join(out) + f'''	esac
	if [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W '{names}' -- "$cur"))
		return
	fi
'''


def bash():
    out = [HEAD.format(shell="bash"), r'''
# The word before the cursor with its colons, which bash takes for the ends of words.
_duetrace_word()
{
	local line=${COMP_LINE:0:COMP_POINT}
	word=${line##*[[:blank:]]}
}

# Of "$1" on, those that begin with what is typed, without what stands before its last colon.
_duetrace_reply()
{
	local IFS=$'\n' stem=
	[[ $word == *:* && $COMP_WORDBREAKS == *:* && $quote == "" ]] && stem=${word%"${word##*:}"}
	COMPREPLY=($(compgen -W "$1" -- "$word"))
	COMPREPLY=("${COMPREPLY[@]#"$stem"}")
}

# Of all probes there are hundreds of thousands: what they begin with comes first.
_duetrace_probes()
{
	if [[ $word != *:* ]]; then
		COMPREPLY=($(compgen -W 'TYPES' -- "$word"))
		compopt -o nospace
		return
	fi
	_duetrace_reply "$("$program" -l "$word*" 2>/dev/null)"
}

_duetrace()
{
	local program=${COMP_WORDS[0]} word quote= cur=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} i
	COMPREPLY=()
	_duetrace_word
	# With a colon in it, a word is several.
	for ((i = COMP_CWORD; i > 0; i--)); do
		[[ ${COMP_WORDS[i]} == : || ${COMP_WORDS[i-1]} == : ]] || break
	done
	before=${COMP_WORDS[i-1]}
''' + BASH_COMMAND]
    out.append(bash_case(["-l", "--list"], "_duetrace_probes"))
    # Inside of the quotes of a program, as long as it is one word.
    out.append(bash_case(["-e"], "quote=${cur:0:1}; word=${cur#[\\'\\\"]}; [[ $word == *[[:blank:]{/]* ]] || _duetrace_probes"))
    out.append(bash_options(options()) + r'''	COMPREPLY=($(compgen -W "$("$program" --list-scripts 2>/dev/null | while read -r name rest; do echo "$name"; done)" -- "$cur")
		$(compgen -f -- "$cur"))
	compopt -o filenames
}
complete -F _duetrace duetrace
''')
    return "".join(out).replace("TYPES", types())


def bash_runner():
    return HEAD.format(shell="bash") + r'''
_duetrace_run()
{
	local cur=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} i
	COMPREPLY=()
''' + BASH_COMMAND + bash_options(runner_options()) + r'''	COMPREPLY=($(compgen -f -- "$cur"))
	compopt -o filenames
}
complete -F _duetrace_run duetrace-run
'''


def zsh_quoted(words):
    """Inside of '' in a specification of _arguments."""
    return words.replace("'", "'\\''").replace("[", "\\[").replace("]", "\\]").replace(":", "\\:")


ZSH_ACTIONS = {"FILE": "_files", "DIR": "_files -/", "PID": "_pids", "COMMAND": "_command_names -e"}


def zsh_options(every):
    lines = []
    for option in every:
        action = f"({' '.join(option.words)})" if option.words else ZSH_ACTIONS.get(option.kind, "")
        if option.names == ["-e"]:
            action = "_duetrace_probes"
        behind = f":{option.argument.lower()}:{action}" if option.argument and option.kind != "CMD" else ""
        if option.kind == "CMD":
            lines.append(f"'(-){option.names[0]}[{zsh_quoted(option.brief)}]:*::command:_normal'")
        elif option.long == "list":
            lines += [f"'{name}[{zsh_quoted(option.brief)}]:probe:_duetrace_probes'" for name in option.names]
        else:
            # --long takes its argument behind a blank or a =
            lines += [f"'*{name}{'=' if behind and name.startswith('--') else ''}[{zsh_quoted(option.brief)}]{behind}'"
                      for name in option.names]
    return "_arguments -S \\\n\t" + " \\\n\t".join(lines)


def zsh_runner():
    return ("#compdef duetrace-run\n" + HEAD.format(shell="zsh") + "\n" + zsh_options(runner_options())
            + " \\\n\t'1:image:_files' \\\n\t'*:parameter:_files'\n")


def zsh():
    text = "#compdef duetrace\n" + HEAD.format(shell="zsh") + r'''
_duetrace_probes() {
	local -a names
	if [[ $PREFIX != *:* ]]; then
		compadd -S '' TYPES
		return
	fi
	names=(${(f)"$(_call_program probes $words[1] -l ${(qq)${PREFIX}}'\*' 2>/dev/null)"})
	compadd -a names
}

_duetrace_scripts() {
	local -a names
	local line
	for line in ${(f)"$(_call_program scripts $words[1] --list-scripts 2>/dev/null)"}; do
		names+=("${line%% *}:${${line#* }## #}")
	done
	_describe script names
	_files
}

''' + zsh_options(options()) + " \\\n\t'1:script:_duetrace_scripts' \\\n\t'*:parameter:_files'\n"
    return text.replace("TYPES", types())


def fish_quoted(words):
    return "'" + words.replace("\\", "\\\\").replace("'", "\\'") + "'"


FISH_ARGUMENTS = {"FILE": "-rF", "DIR": "-xa '(__fish_complete_directories)'", "PID": "-xa '(__fish_complete_pids)'",
                  "COMMAND": "-xa '(__fish_complete_command)'"}


def fish_options(program, every):
    out = []
    for option in every:
        names = " ".join(([f"-s {option.short}"] if option.short else []) + ([f"-l {option.long}"] if option.long else []))
        behind = ""
        if option.words:
            behind = f" -xa '{' '.join(option.words)}'"
        elif option.names == ["-e"]:
            behind = " -xa '(__duetrace_probes)'"
        elif option.argument and option.kind != "CMD":
            behind = " " + FISH_ARGUMENTS.get(option.kind, "-x")
        out.append(f"complete -c {program} {names}{behind} -d {fish_quoted(option.brief)}\n")
    return "".join(out)


def fish():
    out = [HEAD.format(shell="fish"), r'''
function __duetrace_scripts
	duetrace --list-scripts 2>/dev/null | string replace -r '^(\S+) +' '$1\t'
end
function __duetrace_probes
	if not string match -q '*:*' -- (commandline -ct)
		string split ' ' 'TYPES'
		return
	end
	duetrace -l (commandline -ct)'*' 2>/dev/null
end
complete -c duetrace -n 'not __fish_seen_argument -l run' -a '(__duetrace_scripts)'
complete -c duetrace -n '__fish_seen_argument -l run' -xa '(__fish_complete_subcommand --fcs-skip=2)'
complete -c duetrace -n '__fish_seen_argument -s l -l list' -fa '(__duetrace_probes)'
''']
    return "".join(out).replace("TYPES", types()) + fish_options("duetrace", options())


def fish_runner():
    return HEAD.format(shell="fish") + r'''
complete -c duetrace-run -n '__fish_seen_argument -l run' -xa '(__fish_complete_subcommand --fcs-skip=2)'
''' + fish_options("duetrace-run", runner_options())
