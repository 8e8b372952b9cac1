#!/bin/bash
# scripts/series/proofs and those that read it: what fails without which patch, of all components, and mistakes in the lists.
# Prints cmocka's words.
set -uo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
tree=$dir/tree
mkdir "$tree"
cp -r scripts mk tests igt-tests Documentation kernel {qemu,libdrm,mesa}-patches "$tree"
result() { # WHAT command ...
	if "${@:2}" >"$dir/said" 2>&1; then echo "[       OK ] proofs: $1"; else cat "$dir/said"; echo "[  FAILED  ] proofs: $1"; fi
}
refuses() { # COMPONENT FILE SED TEXT: the file with this edit, and what has to be said of it
	local status=0
	sed -i.before "$3" "$tree/$2"
	if cmp -s "$tree/$2" "$tree/$2.before" || (cd "$tree" && scripts/series/proofs-check "$1") >"$dir/check" 2>&1 || ! grep -qF -- "$4" "$dir/check"; then
		cat "$dir/check"
		status=1
	fi
	mv "$tree/$2.before" "$tree/$2"
	return $status
}
shows() { # COMPONENT PATCH LINE: what the table has of it
	scripts/series/proofs-table "$1" | awk -v patch="$2" -v line="    $3" '/^[^ ]/ { of = index($0, patch) } of && $0 == line { found = 1 } END { exit !found }'
}
neither="neither a test nor a reason for none"

result "each patch has a test or a reason, and tests are there" scripts/series/proofs-check
reviews=Documentation/reviews.md
while read -r component list; do
	result "a patch that is gone from $list" refuses "$component" "$list" '0,/\(Proves\|Tests\) "/s//\1 "gone, /' 'no patch of the series is called "gone, '
done <<'END'
kernel igt-tests/expectations/direct-gl-stock-fails.txt
kernel kernel/proofs
qemu-patches tests/qtest-control
qemu-patches qemu-patches/proofs
libdrm-patches libdrm-patches/edits
libdrm-patches libdrm-patches/proofs
mesa-patches mesa-patches/proofs
END
result "a test of nothing in tests/qtest-control" refuses qemu-patches tests/qtest-control 's/^# Proves/# Shows/' 'proves no patch'
result "a test of nothing in libdrm-patches/edits" refuses libdrm-patches libdrm-patches/edits 's/^# Proves/# Shows/' 'proves no patch'
result "a test of nothing in mesa-patches/proofs" refuses mesa-patches mesa-patches/proofs 's/^# Tests/# Shows/' 'proves no patch'
result "a patch of which nothing is said, kernel" refuses kernel kernel/proofs '/^# No test "Documentation/d' "Describe drm/virtio: $neither"
result "the same, QEMU" refuses qemu-patches qemu-patches/proofs '/^# Tests "vfio/,/^$/d' "Don't map blobs of virtio-gpu for other devices: $neither"
result "the same, libdrm" refuses libdrm-patches libdrm-patches/proofs '/^# No test "man/d' "man: Describe libdrm_virtgpu: $neither"
result "the same, Mesa" refuses mesa-patches mesa-patches/proofs '/^# No test "drm-uapi/d' "drm-uapi: Sync virtgpu_drm.h: $neither"
cp "$tree/libdrm-patches/proofs" "$tree/libdrm-patches/0012-new.patch"
result "the same, a new one" refuses libdrm-patches libdrm-patches/0012-new.patch '1s/.*/Subject: [PATCH] man: New\n/' "man: New: $neither"
rm "$tree/libdrm-patches/0012-new.patch"
result "no test without a reason" refuses kernel kernel/proofs 's/: documentation\.$/./' 'why is there no test?'
result "a test and a reason for none" refuses kernel kernel/proofs 's/^# No test "Documentation/# No test "drm\/virtio: Fence what the host reads of 2D objects", "Documentation/' \
	'Fence what the host reads of 2D objects: a test, and a reason for none'
result "a case of KUnit that is gone" refuses kernel kernel/proofs 's/^wrong_fence_test$/wrong_fences_test/' 'there is no KUnit wrong_fences_test'
result "a subtest of IGT that is gone" refuses kernel kernel/proofs 's/@export-deferred$/&s/' 'there is no IGT virtgpu_blob@export-deferreds'
result "a qtest that is gone" refuses qemu-patches tests/qtest-control 's/^flip /flop /' 'there is no qtest flop'
result "a gtest that is gone" refuses mesa-patches mesa-patches/proofs 's/^Dri3.RefusedImport$/&s/' 'there is no gtest Dri3.RefusedImports'
result "a check that is gone" refuses mesa-patches mesa-patches/proofs 's/^check-gl: all buffers/& of all/' 'there is no check-gl: all buffers of all'
result "a part that is gone" refuses qemu-patches qemu-patches/proofs 's/^check-igt-vfio$/&s/' 'there is no check-igt-vfios'
result "a patch that is gone from the reviews" refuses kernel $reviews "s/| \"Make guest handles only/| \"Make no guest handles, only/" 'no patch of the series is called "drm/virtio: Make no guest'
# shellcheck disable=SC2016 # of Markdown
{
	result "a case that is gone from them" refuses kernel $reviews 's/`bounced_test`/`bouncing_test`/; s/^| bounced /| bouncing /' 'there is no KUnit bouncing_test'
	result "one that nothing was taken out for" refuses kernel $reviews '/^| bounced |/d' 'what was taken out for bounced_test?'
	result "one that the stock driver passes" refuses kernel $reviews 's/`virtgpu_dumb@linear` \[c\]/`virtgpu_dumb@pixels` [c]/' 'virtgpu_dumb@pixels does not fail on the stock driver'
}
result "a mark without a patch" refuses kernel $reviews 's/\[r\] | "Limit the memory of guest handles"/[r] | left/' 'no patch in quotes: | 6 lifetime pins'

result "the driver, by IGT" shows kernel "drm/virtio: Don't reset in-syncobjs" "fails without it: IGT virtgpu_execbuffer@failed-reset-syncobj"
result "by KUnit, whichever patch brings the case" shows kernel "drm/virtio: Don't share pages through bounce" "fails without it: KUnit bounced_test"
result "by a case that nobody has seen fail" shows kernel "drm/virtio: Take the fence of a response" "tested by: KUnit wrong_fence_test"
result "or that skips on the stock driver" shows kernel "drm/virtio: Accept framebuffers with the linear" "tested by: IGT kms_addfb_basic@unused-handle"
result "by nothing" shows kernel "Documentation/gpu: Describe drm/virtio" "no test: documentation"
result "what a patch brings" shows kernel "drm/virtio: Test waits against" "brings: KUnit bounced_test"
result "QEMU" shows qemu-patches "virtio-gpu: Copy a page flip once" "fails without it: qtest flip"
result "libdrm" shows libdrm-patches "virtgpu: Add submissions" "fails without it: edit drmIoctl() for a submission"
result "Mesa" shows mesa-patches "virgl/drm: Keep the parameters" "tested by: gtest VirglDrm.ParametersAreThoseOfTheDevice"
result "Mesa, by the reviews" shows mesa-patches "loader/dri3,egl/wayland: Upload only" "fails without it: gtest Dri3.DamageThatLies"
# What both the expectations and the reviews have is listed once.
twice() { scripts/series/proofs-table kernel | awk '/^[^ ]/ { split("", said) } / (by|it): / { sub(/^[^:]*: /, ""); if (said[$0]++) bad = 1 } END { exit bad }'; }
result "each test once" twice
# A test of two patches is of both in the table, and of the last where patches are taken one by one.
two() { [ "$(scripts/series/proofs tests/qtest-control | grep -c ' virgl-refused-kinds$')/$(EACH=1 scripts/series/proofs tests/qtest-control | grep -c ' virgl-refused-kinds$')" = 1/2 ]; }
result "two patches" two
