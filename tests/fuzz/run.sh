#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh SECONDS [SEED [FUZZ]]: all fuzzers at once, so long, or each so much CPU time (1440cpu). What breaks them is kept in build/fuzz/.
# The last line is "N passed, N failed".
cd "$(dirname "$0")/../.." || exit 2
seconds=$1 seed=${2:-1} fuzz=${3:-build/sanitize/tests/fuzz/fuzz}
targets="parse compile format rpc image decode"
kept=build/fuzz
mkdir -p "$kept" || exit 2
find tests scripts docs -name '*.dt' | sort >"$kept/scripts"
for target in $targets; do
	xargs -a "$kept/scripts" "$fuzz" "$target" "$seconds" "$seed" "$kept" >"$kept/$target.log" 2>&1 &
done
wait
for target in $targets; do
	grep -h -E '^FAIL|^fmt: |ERROR: AddressSanitizer|runtime error:|inputs of' "$kept/$target.log"
done
for target in $targets; do cat "$kept/$target.log"; done |
	awk '/^[0-9]+ passed, [0-9]+ failed$/ { passed += $1; failed += $3; n++ }
	     END { if (n < 6) failed++; print passed + 0 " passed, " failed + 0 " failed"; exit failed > 0 }'
