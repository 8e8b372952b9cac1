#!/bin/bash
# scripts/check/parts-told: help and the page about tests name the parts, as whole words. Prints cmocka's words.
# shellcheck disable=SC2016 # what sed gets
set -uo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
unset MAKEFLAGS
says() { # WHAT FILE SED TEXT: with this edit of the file it says that, and nothing else; no TEXT: nothing
	local said
	cp Documentation/{help.txt,testing.md} "$dir"
	sed -i "$3" "$dir/$2"
	said=$(scripts/check/parts-told "$dir" 2>&1)
	if [ "$said" = "$4" ] && { [ -z "$4" ] || ! cmp -s "Documentation/$2" "$dir/$2"; }; then
		echo "[       OK ] parts-told: $1"
	else
		printf '%s\n[  FAILED  ] parts-told: %s\n' "$said" "$1"
	fi
}
says "all parts are told" help.txt '' ''
says "a part that is gone from the page, where other names begin with it" testing.md 's/^| `check-igt-blob`, `-blob-control`/| `check-igt-blob-control`/' \
	"testing.md does not know check-igt-blob"
says "one with -gl in other rows" testing.md 's/^| `check-gl`; /| `check-full`; /' "testing.md does not know check-gl"
says "one that other columns name" testing.md 's/^| `check-kunit`/| /' "testing.md does not know check-kunit"
says "a part that is gone from help, where others begin with its name" help.txt 's/ -igt-blob,//' "help.txt does not know check-igt-blob"
says "one that is not there" help.txt 's/ -igt-blob,/& -igt-glob,/' "help.txt tells of check-igt-glob, which is no part"
says "one that is not on the page" testing.md 's/^| `check-kunit`/&, `-kunit-uml`/' "testing.md tells of check-kunit-uml, which is no part"
