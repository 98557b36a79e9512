#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh SECONDS [SEED [FUZZ]]: both fuzzers at once, so long. What breaks them is kept in build/fuzz/.
# The last line is "N passed, N failed".
cd "$(dirname "$0")/../.." || exit 2
fuzz=${3:-build/sanitize/tests/fuzz/fuzz}
kept=build/fuzz
mkdir -p "$kept" || exit 2
find tests scripts docs -name '*.dt' | sort >"$kept/scripts"
one() {
	xargs -a "$kept/scripts" "$fuzz" "$@" >"$kept/$1.log" 2>&1
}
one parse "$1" "${2:-1}" "$kept" &
one compile "$1" "${2:-1}" "$kept"
wait
grep -h -E '^FAIL|ERROR: AddressSanitizer|runtime error:|inputs of' "$kept"/parse.log "$kept"/compile.log
cat "$kept"/parse.log "$kept"/compile.log |
	awk '/^[0-9]+ passed, [0-9]+ failed$/ { passed += $1; failed += $3; n++ }
	     END { if (n < 2) failed++; print passed + 0 " passed, " failed + 0 " failed"; exit failed > 0 }'
