#!/bin/sh
# Checks the include lines: each floor may only include what lies below it, or its own.
cd "$(dirname "$0")/.." || exit 2
bad=0
check() { # folder, what it must not include
	if grep -nE "^#include [\"<]($2)" $(git ls-files "$1/*.c" "$1/*.h" "$1/*.l" "$1/*.y" 2>/dev/null) \
		/dev/null | grep -v '\.def"'; then
		echo "seams: $1/ must not include that" >&2
		bad=1
	fi
}
check bpf-helpers 'image/|lang/|compiler/|runtime/|cli/'
check image 'lang/|compiler/|runtime/|cli/|llvm-c/|bpf/'
check lang 'compiler/|runtime/|cli/|llvm-c/|bpf/|sqlite3'
check compiler 'runtime/|cli/|bpf/libbpf|sqlite3|sys/epoll|unistd'
check runtime 'lang/|compiler/|cli/|llvm-c/'
[ "$1" != count ] || echo "$((1 - bad)) passed, $bad failed"
exit $bad
