#!/bin/bash
# Each script that make, a script or a test names is there. Prints cmocka's words.
set -uo pipefail
# Not the kernel's, and not names that go on with a variable.
named() { git grep -ohP '(?<![\w/)}-])scripts/[a-z][\w./-]*(?![\w./*{\$-])' -- Makefile mk scripts tests .ci; }
missing=$(named | sed 's/[.,]*$//' | sort -u | while read -r name; do
	case $name in
	scripts/checkpatch.pl | scripts/kernel-doc | scripts/get_maintainer.pl | scripts/checker-valid.sh) ;;
	*) [ -e "$name" ] || echo "$name" ;;
	esac
done)
if [ "$(named | wc -l)" -gt 300 ] && [ -z "$missing" ]; then echo "[       OK ] scripts: each that is named is there"; else
	echo "[  FAILED  ] scripts: each that is named is there"
	echo "$missing"
fi
