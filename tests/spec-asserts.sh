#!/bin/bash
# scripts/check/spec-asserts: the text of the specification and the header differ, and it says so.
# Prints cmocka's words.
set -uo pipefail
dir=$(mktemp -d "$OUT/spec.XXXXXX")
trap 'rm -rf "$dir"' EXIT
header=$OUT/src/linux/include/uapi/linux/virtio_gpu.h
compiles() { # with what sed makes of the header
	sed "$1" "$header" >"$dir/virtio_gpu.h"
	scripts/make/enter bash -o pipefail -c "scripts/check/spec-asserts out/${dir##*/}/virtio_gpu.h Documentation/virtio-spec/*.tex |
		gcc -fsyntax-only -Wall -Werror -I. -xc -" >"$dir/said" 2>&1
}
refuses() { # WHAT SED TEXT: what the compiler has to say
	if ! compiles "$2" && grep -q "$3" "$dir/said"; then
		echo "[       OK ] spec-asserts refuses $1"
	else
		echo "[  FAILED  ] spec-asserts and $1:"
		cat "$dir/said"
	fi
}
if compiles ''; then echo "[       OK ] spec-asserts takes the header"; else echo "[  FAILED  ] spec-asserts and the header"; cat "$dir/said"; fi
name=$(grep -ohP '^\\item\[\KVIRTIO_GPU_F_[A-Z_]+' Documentation/virtio-spec/*.tex | grep -Fxf <(grep -oE 'VIRTIO_GPU_F_[A-Z_]+' "$header") | head -n 1)
refuses "a name that is gone" "s/\\<$name\\>/${name}_GONE/" "$name"
refuses "another number" "s/\\(define $name *\\)[0-9]*/\\131/" "static assertion failed"
