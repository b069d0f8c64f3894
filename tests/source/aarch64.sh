#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# tests/source/aarch64.sh BUILD: every C file of the programs but those of x86-64 compiles for
# AArch64, without a warning.  The libraries' headers are this machine's: only the types count.
root=$(cd "$(dirname "$0")/../.." && pwd)
build=$1
cd "$root" || exit 1
if ! command -v aarch64-linux-gnu-gcc >/dev/null; then
	echo "ok 1 - compiles for AArch64 # SKIP no aarch64-linux-gnu-gcc here"
	echo "1..1"
	exit 0
fi

set -- -std=gnu17 -D_GNU_SOURCE -Wall -Wextra -Werror -fsyntax-only -fno-strict-aliasing \
	-I"$root" -I"$build" '-DPKGLIBEXECDIR=""' '-DSYSCONFDIR=""' \
	-idirafter /usr/include -idirafter "/usr/include/$(uname -m)-linux-gnu"
number=0
failed=0
for folder in src broker compiler httpd tracer; do
	number=$((number + 1))
	if log=$(find "$folder" -name '*.c' ! -path '*x86_64*' ! -path '*/node_modules/*' -print0 |
		xargs -0 -n 1 aarch64-linux-gnu-gcc "$@" 2>&1); then
		echo "ok $number - $folder/ compiles for AArch64"
	else
		echo "not ok $number - $folder/ compiles for AArch64"
		echo "$log" | head -n 40 | sed 's/^/# /'
		failed=1
	fi
done
echo "1..$number"
exit $failed
