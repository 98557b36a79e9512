#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A Debian package of what was built: `make deb`. The package is left in build/. Needs dpkg-dev alone.
#
#	packaging/deb.sh VERSION SHARE
set -eu
version=$1 share=$2
root=build/deb/duetrace
arch=$(dpkg --print-architecture)
date=$(sed -n "s/^## $version (\(.*\))$/\1/p" CHANGELOG.md)
# As Debian's own tools have it: DEBFULLNAME and DEBEMAIL.
maintainer="${DEBFULLNAME:-duetrace developers} <${DEBEMAIL:-maintainers@duetrace.example}>"

rm -rf build/deb
mkdir -p $root/DEBIAN build/deb/debian
chmod 755 $root
DESTDIR=$root PREFIX=/usr ZSHDIR=share/zsh/vendor-completions VIMDIR=share/vim/vimfiles \
	sh packaging/install.sh install "$share"
strip --remove-section=.comment --remove-section=.note $root/usr/bin/duetrace $root/usr/bin/duetrace-run
find $root/usr/share/man -type f -exec gzip -9n {} +

doc=$root/usr/share/doc/duetrace
cat >$doc/copyright <<EOF
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: duetrace

Files: *
Copyright: 2026 the authors of duetrace
License: Apache-2.0
 On Debian systems the text of the Apache License, version 2.0, is in
 /usr/share/common-licenses/Apache-2.0.

Files: bpf-helpers/*
Copyright: 2026 the authors of duetrace
License: GPL-2 or BSD-2-clause
 On Debian systems the text of the GNU General Public License, version 2, is in
 /usr/share/common-licenses/GPL-2. The code may also be used under these terms:
 .
 Redistribution and use in source and binary forms, with or without
 modification, are permitted provided that the following conditions are met:
 1. Redistributions of source code must retain the above copyright notice,
 this list of conditions and the following disclaimer.
 2. Redistributions in binary form must reproduce the above copyright notice,
 this list of conditions and the following disclaimer in the documentation
 and/or other materials provided with the distribution.
 .
 THIS SOFTWARE IS PROVIDED "AS IS" AND ANY EXPRESS OR IMPLIED WARRANTIES,
 INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND
 FITNESS FOR A PARTICULAR PURPOSE ARE DISCLAIMED.
EOF
{
	printf 'duetrace (%s) unstable; urgency=medium\n\n' "$version"
	sed -n "/^## $version /,/^## /{s/^\* /  * /p; s/^  \([^*]\)/    \1/p}" CHANGELOG.md |
		fold -s -w 76 | sed 's/ *$//; s/^\([^ ]\)/    \1/'
	printf '\n -- %s  %s\n' "$maintainer" "$(LC_ALL=C date -R -u -d "$date")"
} | gzip -9n >$doc/changelog.gz

# What the programs are linked with says which packages they need.
printf 'Source: duetrace\n\nPackage: duetrace\nArchitecture: any\n' >build/deb/debian/control
depends=$(cd build/deb && dpkg-shlibdeps -O duetrace/usr/bin/duetrace duetrace/usr/bin/duetrace-run 2>/dev/null |
	sed -n 's/^shlibs:Depends=//p')

# Libraries without a package of their own version in every release are linked in; the documentation
# of each file of scripts is in its head.
mkdir -p $root/usr/share/lintian/overrides
cat >$root/usr/share/lintian/overrides/duetrace <<'EOF'
# Linked in on purpose: duetrace-run is deployed to hosts that have none of them.
duetrace: embedded-library *
EOF

cat >$root/DEBIAN/control <<EOF
Package: duetrace
Version: $version
Architecture: $arch
Maintainer: $maintainer
Installed-Size: $(du -sk $root/usr | cut -f1)
Depends: $depends
Section: utils
Priority: optional
Description: which data is used, by whom, and how
 duetrace runs small scripts in the language of bpftrace: it compiles them to
 BPF, attaches them to the running kernel, and prints what they find or keeps
 it in an SQLite database. Data probes say which files and sockets are used,
 with resolved paths, by which process tree and which container.
EOF
(cd $root && find usr -type f | sort | xargs md5sum) >$root/DEBIAN/md5sums
find $root -type d -exec chmod 755 {} +
dpkg-deb --root-owner-group -Zxz --build $root "build/duetrace_${version}_$arch.deb" >/dev/null
echo "build/duetrace_${version}_$arch.deb"
