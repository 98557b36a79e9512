#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# analyse.sh [cppcheck | clang-tidy]: what looks at the source without running it; both without a word. What
# is wrong is mended, what is only said to be wrong is suppressed where it stands, with the reason.
# The last line is "N passed, N failed": files. clang-tidy takes 2 s of CPU time a file, so CI has cppcheck only.
cd "$(dirname "$0")/.." || exit 2
B=${B:-build/release}
files="lang/*.c compiler/*.c image/*.c runtime/*.c runtime/*/*.c cli/*.c duetrace.c duetrace-run.c"
log=$(mktemp) || exit 2
trap 'rm -f "$log"' EXIT
definitions='-D_GNU_SOURCE -DDUETRACE_VERSION="0" -DLLVM_MAJOR=19 -DMULTIARCH="x" -DBPF_ARCH="x86"'

# Without libbpf's headers, whose macro it has to know; with them it looks at all that they include.
run_cppcheck() {
	command -v cppcheck >/dev/null || { echo "skip cppcheck: it is not installed"; return; }
	# shellcheck disable=SC2086
	cppcheck -q -j "$(nproc)" --std=c17 --enable=warning,performance,portability --inline-suppr \
		--template='FAIL {file}:{line}: {severity}: {message} [{id}]' --template-location= \
		--suppress=missingInclude -I. -I"$B/gen" $definitions \
		'-DLIBBPF_OPTS(TYPE,NAME,...)=struct TYPE NAME={__VA_ARGS__}' $files >>"$log" 2>&1
}

run_clang_tidy() {
	command -v clang-tidy >/dev/null || { echo "skip clang-tidy: it is not installed"; return; }
	include=$(for v in 21 20 19 18 17 16; do "llvm-config-$v" --includedir 2>/dev/null && break; done)
	# shellcheck disable=SC2086
	printf '%s\n' $files | xargs -P "$(nproc)" -I{} clang-tidy --quiet {} -- -std=gnu17 $definitions -I. -I"$B/gen" \
		-I"$include" 2>/dev/null | sed -n 's/^\([^ ]*: \(error\|warning\): .*\)/FAIL \1/p' >>"$log"
}

case ${1:-both} in
cppcheck) run_cppcheck ;;
clang-tidy) run_clang_tidy ;;
*)
	run_cppcheck
	run_clang_tidy
	;;
esac
cat "$log"
failed=$(grep -c '^FAIL' "$log")
# shellcheck disable=SC2086
echo "$(printf '%s\n' $files | wc -l) passed, $failed failed"
[ "$failed" -eq 0 ]
