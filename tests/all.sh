#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs every suite and adds their closing lines up. B names the build folder; with the word "sanitized" they are run with
# the programs that were built with SANITIZE=1. The last line is
# "N passed, N failed, N skipped"; the status says whether all passed. What failed is named once more just
# before it, as the lines of its own suite are far above by then.
cd "$(dirname "$0")/.." || exit 2
B=${B:-build/release}
log=$(mktemp) || exit 2
trap 'rm -f "$log" "$log.failed"' EXIT
passed=0 failed=0 skipped=0

suite() { # name, command...
	name=$1
	shift
	echo "== $name"
	"$@" >"$log" 2>&1
	status=$?
	cat "$log"
	grep -E '^(FAIL|not ok) ' "$log" | cut -c 1-200 | sed "s/^/$name: /" >>"$log.failed"
	line=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1)
	if [ -z "$line" ]; then
		echo "FAIL $name: no closing line, status $status" | tee -a "$log.failed"
		failed=$((failed + 1))
		return
	fi
	set -- $(echo "$line" | tr -cs '0-9' ' ')
	passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + ${3:-0}))
	if [ "$status" -ne 0 ] && [ "$2" -eq 0 ]; then
		echo "FAIL $name: status $status" | tee -a "$log.failed"
		failed=$((failed + 1))
	fi
}

# cmocka's own report, brought to our closing line.
unit() {
	good=0 bad=0
	for program in "$B"/tests/unit/test_*; do
		[ -x "$program" ] && [ -f "$program" ] || continue
		case $program in *.o | *.d) continue ;; esac
		CMOCKA_MESSAGE_OUTPUT=TAP "$program" >"$log.unit" 2>&1
		status=$?
		n=$(grep -c '^ok ' "$log.unit") m=$(grep -c '^not ok ' "$log.unit")
		[ "$status" -ne 0 ] && [ "$m" -eq 0 ] && m=1
		[ "$m" -ne 0 ] && cat "$log.unit"
		echo "$(basename "$program"): $n ok, $m not ok"
		good=$((good + n)) bad=$((bad + m))
		rm -f "$log.unit"
	done
	echo "$good passed, $bad failed"
	[ "$bad" -eq 0 ]
}

all() {
	suite seams sh tests/seams.sh count
	suite unit unit
	suite rows python3 tests/rows.py
	suite goldens python3 tests/golden.py
	suite replay python3 tests/replay/run.py
	suite analysis sh tests/analyse.sh cppcheck
	suite valgrind python3 tests/replay/run.py --valgrind
	suite verify python3 tests/verify/run.py
	# Load only, traces and tools, on each of the other kernels: some eight minutes each.
	suite vm-6.1 python3 tests/vm/run.py 6.1
	suite vm-6.12 python3 tests/vm/run.py 6.12
	suite fuzz sh tests/fuzz/run.sh 30
	suite run python3 tests/run.py
	suite fault python3 tests/run.py --suite fault
	suite scripts python3 tests/run.py --suite scripts --repeat "${REPEAT:-3}"
	suite scripts-noise python3 tests/run.py --suite scripts --repeat "${REPEAT:-1}" --noise
}

# What is seen without running it, and what the kernel or another machine does, is the same with any build.
sanitized() {
	B=build/sanitize
	export B
	suite unit unit
	suite goldens python3 tests/golden.py
	suite replay python3 tests/replay/run.py
	suite verify env DUETRACE="$B/duetrace" python3 tests/verify/run.py
	suite sanitizers python3 tests/run.py --binary "$B/duetrace" --suite sanitizers
	suite run python3 tests/run.py --binary "$B/duetrace"
	suite fault python3 tests/run.py --binary "$B/duetrace" --suite fault
	suite scripts python3 tests/run.py --binary "$B/duetrace" --suite scripts
}

"${1:-all}"
[ -s "$log.failed" ] && echo "== failed" && cat "$log.failed"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
