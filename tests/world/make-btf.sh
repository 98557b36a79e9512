#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes kernel.btf, the BTF of the kernel of the golden tests, from kernel.c.
set -e
cd "$(dirname "$0")"
object=$(mktemp)
trap 'rm -f "$object"' EXIT
"${CLANG:-clang}" -target bpf -mcpu=v3 -O1 -g \
	-fdebug-prefix-map="$PWD=." -c kernel.c -o "$object"
"${OBJCOPY:-llvm-objcopy}" --dump-section .BTF=kernel.btf "$object"
