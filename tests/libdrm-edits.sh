#!/bin/bash
# scripts/check/libdrm-edits on a library of two functions: only a test that fails has noticed an edit. Prints cmocka's words.
set -uo pipefail
dir=$(mktemp -d "$OUT/edits.XXXXXX")
trap 'rm -rf "$dir"' EXIT
mkdir -p "$dir"/{virtgpu,tests/virtgpu,include/drm}
touch "$dir"/config.h "$dir"/xf86drm{,Hash,Random,SL,Mode}.c "$dir"/tests/virtgpu/fake.c
echo 'int sum(int a, int b) { return a + b; }' >"$dir/virtgpu/sum.c"
echo 'int sum(int a, int b); int main(void) { return sum(40, 2) != 42; }' >"$dir/tests/virtgpu/fake_test.c"
cat >"$dir/edits" <<'END'
# comments, and empty lines

another sum|sum.c|s/a \+ b/a - b/
the same sum|sum.c|s/a \+ b/b + a/
no end|sum.c|s/return/for (;;);\n    return/
no change|sum.c|s/none/such/
no program|sum.c|s/return/retrun/
a signal|sum.c|s/return/__builtin_trap();\n    return/
END
scripts/make/enter env PROCESSOR=1 scripts/check/libdrm-edits "out/${dir##*/}" "out/${dir##*/}" "out/${dir##*/}/edits" >"$dir/said" 2>"$dir/errors"
is() { # WHAT LINE ERROR
	if grep -qx -- "$2" "$dir/said" && grep -q -- "$3" "$dir/errors"; then echo "[       OK ] libdrm-edits: $1"; else cat "$dir/said" "$dir/errors"; echo "[  FAILED  ] libdrm-edits: $1"; fi
}
is "passes without an edit" "ok passes without an edit: thread" ''
is "a test that fails has noticed" "ok noticed: another sum" ''
is "one that ends by a signal, too" "ok noticed: a signal" ''
is "one that passes has not" "not ok noticed: the same sum" "the same sum: it passes"
is "nor has one without an end" "not ok noticed: no end" "no end: it has no end"
is "an edit of nothing is none" "not ok noticed: no change" "no change: it is not there"
is "nor one that does not compile" "not ok noticed: no program" "no program: it does not compile"
