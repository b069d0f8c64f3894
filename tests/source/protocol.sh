#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# tests/source/protocol.sh BUILD: doc/PROTOCOL.md says what src/session.def says.
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

echo "1..2"
status=0
sed -n '/^<!-- commands -->$/,/^<!-- \/commands -->$/p' "$root/doc/PROTOCOL.md" | sed '1d;$d' >"$work/said"
if "$1/session-tables" document | diff - "$work/said" >"$work/diff" 2>&1; then
	echo "ok 1 - doc/PROTOCOL.md has the tables of the session protocol"
else
	sed 's/^/# /' "$work/diff"
	echo "not ok 1 - doc/PROTOCOL.md has the tables of the session protocol"
	status=1
fi

# The page asks for nothing that is not in the table.
"$1/session-tables" types | sed -n 's/^\t\([a-zA-Z]*\): {.*/\1/p' | sort >"$work/known"
grep -rhoE "(request|control|interrupt|command:|run)\(?\s?\"[a-zA-Z]+\"" "$root/httpd/www/src" --include=*.ts --include=*.tsx |
	sed -n 's/^\(request(\|control(\|interrupt(\|command: \)"\([a-zA-Z]*\)"$/\2/p' | sort -u >"$work/asked"
if [ -s "$work/asked" ] && [ -z "$(comm -23 "$work/asked" "$work/known")" ]; then
	echo "ok 2 - the page's commands are in the table"
else
	comm -23 "$work/asked" "$work/known" | sed 's/^/# /'
	echo "not ok 2 - the page's commands are in the table"
	status=1
fi
exit $status
