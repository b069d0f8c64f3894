#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# tests/source/documents.sh BUILD: what is made from tables says the same in the documents;
# shell scripts and the man page are clean.
root=$(cd "$(dirname "$0")/../.." && pwd)
build=$1
number=0
failed=0

# result STATUS NAME
result() {
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $number - $2"
	else
		echo "not ok $number - $2"
		failed=1
	fi
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

sed -n '/^<!-- messages -->$/,/^<!-- \/messages -->$/p' "$root/doc/ARCHITECTURE.md" | sed '1d;$d' >"$work/said"
"$build/tables" messages | diff - "$work/said" >"$work/diff" 2>&1
status=$?
sed 's/^/# /' "$work/diff"
result $status "doc/ARCHITECTURE.md has the table of messages"

lint=$(mandoc -Tlint -W warning "$build/penguintrace.8" 2>&1)
status=$?
printf '%s' "$lint" | sed 's/^/# /'
result $status "the man page is clean"

grep -rlE '^#!.*/(ba)?sh' "$root/contrib" "$root/tests" "$root/.ci" --include='*' 2>/dev/null |
	grep -v node_modules | xargs shellcheck >"$work/shell" 2>&1
status=$?
sed 's/^/# /' "$work/shell"
result $status "shell scripts are clean"

sed -n 's/^[A-Z]*(\([a-z_]*\),.*/\1/p' "$root/src/settings.def" | while read -r setting; do
	grep -q "It Ic $setting\$" "$build/penguintrace.8" || echo "# $setting"
done >"$work/settings"
cat "$work/settings"
test ! -s "$work/settings"
result $? "the man page has every setting"

echo "1..$number"
exit $failed
