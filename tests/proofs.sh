#!/bin/bash
# scripts/proofs and proofs-check: lists of what fails without which patch, of all components, and their mistakes.
# Prints cmocka's words.
set -uo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
result() { # WHAT command ...
	if "${@:2}" >"$dir/said" 2>&1; then echo "[       OK ] proofs: $1"; else cat "$dir/said"; echo "[  FAILED  ] proofs: $1"; fi
}
refuses() { # LIST SED TEXT: the list with this edit, and what has to be said of it
	mkdir -p "$dir/$(dirname "$1")"
	sed "$2" "$1" >"$dir/$1"
	if cmp -s "$1" "$dir/$1" || scripts/proofs-check "$dir/$1" >"$dir/check" 2>&1 || ! grep -qF -- "$3" "$dir/check"; then
		cat "$dir/check"
		return 1
	fi
}
first() { # COMPONENT PATCH: what the table has of it first
	scripts/proofs-table "$1" | grep -A1 "[0-9] $2" | tail -n 1 | sed 's/^ *//'
}
is() { [ "$("${@:2}")" = "$1" ]; }

result "patches and tests are there" scripts/proofs-check
for list in igt-tests/expectations/direct-gl-stock-fails.txt tests/qtest-control libdrm-patches/edits mesa-patches/proofs; do
	result "a patch that is gone from $list" refuses $list '0,/Proves "/s//Proves "gone, /' 'no patch of the series is called "gone, '
done
for list in tests/qtest-control libdrm-patches/edits mesa-patches/proofs; do
	result "a test of nothing in $list" refuses $list 's/^# Proves/# Shows/' 'proves no patch'
done
result "a qtest that is gone" refuses tests/qtest-control 's/^flip /flop /' 'there is no flop'
result "a gtest that is gone" refuses mesa-patches/proofs 's/^Dri3.RefusedImport$/&s/' 'there is no Dri3.RefusedImports'
result "a check that is gone" refuses mesa-patches/proofs 's/^check-gl: all buffers/& of all/' 'there is no check-gl: all buffers of all'
result "the driver" is "IGT virtgpu_execbuffer@failed-reset-syncobj" first kernel "drm/virtio: Don't reset in-syncobjs"
result "QEMU" is "qtest flip" first qemu-patches "virtio-gpu: Copy a page flip once"
result "libdrm" is "edit drmIoctl() for a submission" first libdrm-patches "virtgpu: Add submissions"
result "Mesa" is "test VirglDrm.ParametersAreThoseOfTheDevice" first mesa-patches "virgl/drm: Keep the parameters"
result "Mesa's own" is "brings gtest VirglDrm.BuffersOfTheHostHaveItsPitch" first mesa-patches "virgl: Let PRIME buffers be the host's"
# A test of two patches is of both in the table, and of the last where patches are taken one by one.
two() { [ "$(scripts/proofs tests/qtest-control | grep -c ' virgl-refused-kinds$')/$(EACH=1 scripts/proofs tests/qtest-control | grep -c ' virgl-refused-kinds$')" = 1/2 ]; }
result "two patches" two
