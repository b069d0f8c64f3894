#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# tests/fuzz/test-fuzz.sh BUILD: each fuzz target of a build by clang, for a bounded number of
# inputs from an empty corpus; a longer run is for a person (doc/HACKING.md).
build=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
number=0
failed=0

for target in "$build"/fuzz-*; do
	case $target in *.o | *'*') continue ;; esac
	number=$((number + 1))
	mkdir "$work/corpus"
	if (cd "$work" && "$target" -runs=60000 -seed=1 -max_len=4096 -timeout=10 corpus) >"$work/log" 2>&1; then
		echo "ok $number - ${target##*/}"
	else
		echo "not ok $number - ${target##*/}"
		tail -n 30 "$work/log" | sed 's/^/# /'
		failed=1
	fi
	rm -rf "$work/corpus"
done
echo "1..$number"
[ "$number" -gt 0 ] || failed=1
exit $failed
