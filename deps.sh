#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What duetrace needs from Debian, to build and to test. Called by `make deps`. Installs what is
# missing when run as root, else prints the one command that does and exits 1. When everything is
# there it does nothing. Asks no questions.
#
#	./deps.sh           build and test
#	./deps.sh build     only what building needs
#	./deps.sh list      print the packages and install nothing
set -eu

build="flex bison clang python3 libbpf-dev libelf-dev libdw-dev zlib1g-dev libzstd-dev libsqlite3-dev libmd-dev
libcap-dev libseccomp-dev gcc g++ make pkg-config binutils"
check="libcmocka-dev cppcheck clang-tidy valgrind gdb systemtap-sdt-dev sqlite3 strace tmux jq bpftool util-linux bpftrace libbpf-tools
qemu-system-x86 busybox-static runc cpio xfsprogs dpkg-dev lintian vim man-db mandoc zsh fish bash-completion"

installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# LLVM 19, or the newest development package from 16 on: one that is installed, else one offered.
llvm() {
	if installed llvm-19-dev; then
		echo llvm-19-dev
		return
	fi
	for source in installed offered; do
		if [ $source = installed ]; then
			names=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' 'llvm-*-dev' \
				2>/dev/null | sed -n 's/^installed //p')
		else
			names=$(apt-cache pkgnames llvm-)
			if echo "$names" | grep -qx llvm-19-dev; then
				echo llvm-19-dev
				return
			fi
		fi
		version=$(echo "$names" | sed -n 's/^llvm-\([0-9][0-9]*\)-dev$/\1/p' |
			sort -n | tail -n 1)
		if [ -n "$version" ] && [ "$version" -ge 16 ]; then
			echo "llvm-$version-dev"
			return
		fi
	done
	echo llvm-19-dev
}

# npm is a package of its own in Debian and a part of nodejs elsewhere: who has the command needs none.
node() {
	[ -z "${check_too:-}" ] || command -v npm >/dev/null || echo nodejs npm
}

missing() {
	for package in $(llvm) $packages; do
		installed "$package" || echo "$package"
	done
	node
}

case "${1:-all}" in
all | list) packages="$build $check" check_too=yes ;;
build) packages=$build ;;
*)
	echo "usage: $0 [build | list]" >&2
	exit 1
	;;
esac

if [ "${1:-}" = list ]; then
	# shellcheck disable=SC2046,SC2086
	printf '%s\n' $(llvm) $packages $(node)
	exit 0
fi

if [ -z "$(missing)" ]; then
	exit 0
fi

if [ "$(id -u)" -ne 0 ]; then
	echo "missing packages; install them with:"
	# shellcheck disable=SC2046
	echo "  sudo apt-get install --no-install-recommends" $(missing)
	exit 1
fi

export DEBIAN_FRONTEND=noninteractive
apt-get update -q
# shellcheck disable=SC2046
apt-get install -q -y --no-install-recommends $(missing)
