#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs what was built, or removes it again: `make install PREFIX=/usr/local DESTDIR=`, `make uninstall`.
#
#	packaging/install.sh install|uninstall SHARE     SHARE: the folder that docs/generate.py --share wrote
#
# MANDIR, DOCDIR, BASHDIR, ZSHDIR, FISHDIR and VIMDIR may say other places, below the prefix.
set -eu
action=$1 share=$2
prefix=${DESTDIR:-}${PREFIX:-/usr/local}
man=${MANDIR:-share/man}
doc=${DOCDIR:-share/doc/duetrace}
data=share/duetrace

# put MODE FILE TARGET
put() {
	if [ "$action" = install ]; then
		install -D -m "$1" "$2" "$prefix/$3"
	else
		rm -f "$prefix/$3"
	fi
}

# put_tree FOLDER TARGET: all files of it
put_tree() {
	(cd "$1" && find . -type f | sort) | while read -r file; do
		mode=644
		! head -c 2 "$1/$file" | grep -q '#!' || mode=755
		put $mode "$1/$file" "$2/${file#./}"
	done
}

put 755 duetrace bin/duetrace
put 755 duetrace-run bin/duetrace-run
put_tree scripts $data/scripts
put_tree "$share/man" "$man"
for program in duetrace duetrace-run; do
	put 644 "$share/completions/$program.bash" "${BASHDIR:-share/bash-completion/completions}/$program"
	put 644 "$share/completions/_$program" "${ZSHDIR:-share/zsh/site-functions}/_$program"
	put 644 "$share/completions/$program.fish" "${FISHDIR:-share/fish/vendor_completions.d}/$program.fish"
done
put_tree "$share/editors/vim" "${VIMDIR:-share/vim/vimfiles}"
put_tree "$share/editors/vscode" "$data/editors/vscode"
put_tree "$share/editors/tree-sitter-duetrace" "$data/editors/tree-sitter-duetrace"
for page in README.md CHANGELOG.md docs/*.md; do
	put 644 "$page" "$doc/$(basename "$page")"
done
put 644 packaging/duetrace@.service "$doc/examples/duetrace@.service"
# Folders that were made for this alone.
if [ "$action" = uninstall ]; then
	for folder in $data "$doc"; do
		[ ! -d "$prefix/$folder" ] || find "$prefix/$folder" -depth -type d -empty -delete
	done
fi
