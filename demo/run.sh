#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The main job in half a minute: which files does a command open, its children included? Starts a
# shell that runs a small python program, traces it with scripts/openfiles.dt into a database, shows
# the names as they were printed, and asks the database two questions. Called by `make demo`; needs
# root. Everything is made below a temporary directory and is removed at the end.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
if [ "$(id -u)" -ne 0 ]; then
	echo "demo: tracing needs root; run: sudo make demo" >&2
	exit 1
fi
if [ ! -x "$here/duetrace" ]; then
	echo "demo: ./duetrace is not built; run: make" >&2
	exit 1
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/duetrace-demo.XXXXXX")
: >"$work/messages"
shell=
tracer=
finish() {
	exec 3>&- || true
	for pid in $tracer $shell; do
		kill "$pid" 2>/dev/null || true
	done
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM

cat >"$work/train.py" <<'EOF'
import os, sys

for number in range(5):
    if os.fork() == 0:
        with open(f"{sys.argv[1]}/customers-{number}.csv") as file:
            file.read()
        os._exit(0)
    os.wait()
with open(f"{sys.argv[1]}/model", "w") as file:
    file.write("done\n")
EOF
for number in 0 1 2 3 4; do
	echo "name,city" >"$work/customers-$number.csv"
done

# The shell whose next command is traced; it reads its commands from a pipe.
mkfifo "$work/commands"
bash <"$work/commands" &
shell=$!
exec 3>"$work/commands"

echo "\$ duetrace --db use.sqlite scripts/openfiles.dt $shell &"
"$here/duetrace" --db "$work/use.sqlite" "$here/scripts/openfiles.dt" "$shell" \
	>"$work/lines" 2>"$work/messages" &
tracer=$!
# wait_until COMMAND...: until it succeeds, for a minute at most
wait_until() {
	tries=0
	until "$@"; do
		tries=$((tries + 1))
		if [ $tries -gt 1200 ]; then
			echo "demo: gave up" >&2
			cat "$work/messages" >&2
			exit 1
		fi
		sleep 0.05
	done
}
attached_or_gone() {
	grep -q '^Attached' "$work/messages" || ! kill -0 "$tracer" 2>/dev/null
}
gone() {
	! kill -0 "$tracer" 2>/dev/null
}
wait_until attached_or_gone
cat "$work/messages"

# The interpreter itself, without a wrapper and without its site packages: fewer files of its own.
python=$(python3 -c 'import os, sys; print(os.path.realpath(sys.executable))')
echo "\$ python3 train.py DATA        (in the shell with pid $shell)"
echo "LC_ALL=C '$python' -I -S '$work/train.py' '$work'" >&3
wait_until gone
wait "$tracer"
tracer=

sed "s|$work|DATA|" "$work/lines" | grep '^DATA' || true
others=$(grep '^/' "$work/lines" | grep -vc "^$work" || true)
echo "... and $others files that python opened for itself"
echo
question() {
	echo "\$ sqlite3 use.sqlite \"$1\""
	sqlite3 "$work/use.sqlite" "$1" | sed "s|$work|DATA|"
}
question "select count(*) from output where text like '%/customers-%.csv%'"
question "select script, stored, lost from runs" | sed "s|$here/||"
