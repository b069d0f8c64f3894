#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# tests/source/release.sh BUILD: the release tarball builds without Node and without git,
# installs, and what is installed runs.
# shellcheck disable=SC2317 # the functions are called by attempt
build=$1
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
number=0
failed=0

# attempt NAME COMMAND...: a test is a command; what it prints is shown when it fails
attempt() {
	name=$1
	shift
	number=$((number + 1))
	if "$@" >"$work/log" 2>&1; then
		echo "ok $number - $name"
	else
		echo "not ok $number - $name"
		tail -n 20 "$work/log" | sed 's/^/# /'
		failed=1
	fi
}

# A PATH with everything that is in the usual one but Node.
mkdir "$work/bin"
for directory in /usr/sbin /sbin /usr/bin /bin; do
	for program in "$directory"/*; do
		case ${program##*/} in node | nodejs | npm | npx | git) ;;
		*) ln -sf "$program" "$work/bin/" ;;
		esac
	done
done

build_it() {
	mkdir "$work/out" && cd "$work/out" &&
		env PATH="$work/bin" "$work/source/configure" -q --prefix="$work/installed" &&
		env PATH="$work/bin" make -s -j"$(nproc)"
}

unpack() {
	mkdir "$work/source" &&
		tar -xzf "$build"/penguintrace-*.tar.gz -C "$work/source" --strip-components=1 &&
		chmod -R a-w "$work/source"
}

find_installed() {
	"$work/installed/bin/penguintrace" --version && "$work/installed/bin/penguintrace" doctor &&
		test -s "$work"/installed/share/man/man8/penguintrace.8 &&
		test -x "$work/installed/libexec/penguintrace/penguintrace-tracer"
}

attempt "make dist" make -s -C "$build" dist
attempt "it unpacks" unpack
attempt "it builds from a read-only tree without Node and git" build_it
attempt "make install" make -s -C "$work/out" install
attempt "what is installed is whole" find_installed
attempt "make uninstall" make -s -C "$work/out" uninstall
attempt "nothing is left" sh -c "! find '$work/installed' -type f | grep ."
echo "1..$number"
exit $failed
