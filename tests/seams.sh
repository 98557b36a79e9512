#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Checks the include lines: each floor may only include what lies below it, or its own. Tables (.def)
# are data that any floor may expand. With "count", ends with the closing line of a suite.
cd "$(dirname "$0")/.." || exit 2
bad=0 files=0
check() { # folder, what it must not include
	for file in $(find "$1" -name '*.[chly]'); do
		files=$((files + 1))
		if grep -nE "^#include [\"<]($2)" "$file" /dev/null | grep -v '\.def"'; then
			echo "FAIL seams: $1/ must not include that" >&2
			bad=$((bad + 1))
		fi
	done
}
check bpf-helpers 'image/|lang/|compiler/|runtime/|cli/'
check image 'lang/|compiler/|runtime/|cli/|llvm-c/|bpf/'
check lang 'compiler/|runtime/|cli/|llvm-c/|bpf/|sqlite3'
check compiler 'runtime/|cli/|bpf/libbpf|sqlite3|sys/epoll|unistd'
check runtime 'lang/|compiler/|cli/|llvm-c/'
[ "$1" != count ] || echo "$((files - bad)) passed, $bad failed"
[ "$bad" -eq 0 ] && [ "$files" -gt 0 ]
