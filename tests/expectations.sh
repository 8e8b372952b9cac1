#!/bin/bash
# scripts/check/lint: what it wants of comments in igt-tests/expectations. Prints cmocka's words.
set -uo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir -p "$dir/igt-tests/expectations"
ln -s "$PWD/scripts" "$dir"
says() { # WHAT TEXT LINES [FILE]: lint says that of it; no TEXT: nothing
	local all said
	rm -f "$dir"/igt-tests/expectations/*
	printf '%b' "$3" >"$dir/igt-tests/expectations/${4:-direct-gl-stock-fails.txt}"
	all=$(cd "$dir" && scripts/check/lint result expectations_have_reasons 2>&1)
	said=$(grep -v '^\(not \)\?ok ' <<<"$all")
	if [ "${said#*-fails.txt:*: }" = "$2" ] && { [ -n "$2" ] || grep -q '^ok ' <<<"$all"; }; then echo "[       OK ] expectations: $1"; else printf '%s\n[  FAILED  ] expectations: %s\n' "$said" "$1"; fi
}
none="no text above that the control fails with" one='virtgpu_a@one,Fail\n' two='virtgpu_a@two,Fail\n'
says "a reason and a text" "" "# Why.\n# Fails \"x\"\n$one"
says "no reason" "no reason above" "virtgpu_a@one,Skip\n"
says "no text" "$none" "# Why.\n$one"
says "a text of a warning is none of a failure" "$none" "# Warns \"y\"\n$one"
says "nor is a test's own" "$none" "# Why.\n# Warns one \"y\"\n$one"
says "which others need not have" "" "# Why.\n$one" direct-gl-fails.txt
says "one text of two tests" "" "# Fails \"x\"\n$one$two"
says "two texts of one" "" "# Fails \"x\"\n# Fails \"y\"\n$one"
says "two texts of two tests" "above: which of the texts is which test's?" "# Fails \"x\"\n# Fails \"y\"\n$one$two\n"
says "with their names" "" "# Fails one \"x\"\n# Fails two \"y\"\n$one$two"
says "one has none" "$none" "# Fails one \"x\"\n$one$two"
says "one that is gone" "above: no three, of which there is a text" "# Fails \"x\"\n# Fails three \"y\"\n$one\n# Why.\nb@c,Skip\n"
says "at the end of a file, too" "above: no three, of which there is a text" "# Fails \"x\"\n# Fails three \"y\"\n$one"
says "a text of the comment before" "$none" "# Fails \"x\"\n$one# Why.\n$two"
