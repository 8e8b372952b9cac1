#!/bin/bash
# What lint and check-mesa-patches take from an earlier run is cached, and RERUN=1 takes nothing. Both work on a
# component of two commits here, by tools that only note that they were called. Prints cmocka's words.
# shellcheck disable=SC2016 # what others expand
set -uo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
unset RERUN HOURS MAKEFLAGS TIP FROM TO KEEP_GOING
export OUT=$dir/out CACHE=$dir/cache V=
here=$PWD
mkdir -p "$dir"/{scripts/{make,check,series},kernel/{01-one,dkms/compat}} "$OUT"/{sysroot,dl,kernel,check,src}
for script in make/{kept,sum-counts,step,tally} series/{check-patches,check-mesa-patch} check/lint; do ln -s "$here/scripts/$script" "$dir/scripts/$script"; done
cd "$dir" || exit 1
tool() { # NAME WHAT-IT-DOES
	printf '#!/bin/sh\n%s\n' "$2" >"$1"
	chmod +x "$1"
}
runs='echo "$0" >>'$dir/runs' && test ! -e '$dir/fail
tool scripts/make/enter 'if [ "$1" = scripts/check/test-mesa ]; then "$@"; else sed "s:/cache/:$CACHE/:g; s:/prime/:$PWD/:g" | "$@"; fi'
tool scripts/series/build-patch "$runs"
tool scripts/check/test-mesa "$runs && echo ok mesa: one >\"\$3\""
tool scripts/series/patch true
touch scripts/make/{module-source,build-module,build-mesa} scripts/check/meson-tap kernel/dkms/{Kbuild,compat/detect,compat/virtgpu_compat.h} "$OUT/dl/sparse.deb"
echo "gcc-14 1" >"$OUT/sysroot/.manifest"
ln -s /cache/kernel-debug/1 "$OUT/kernel/debug"
for name in linux mesa; do
	git init -q "$OUT/src/$name"
	for n in base 1 2; do
		mkdir -p "$OUT/src/$name"/{drivers/gpu/drm/virtio,include/uapi/{drm,linux},scripts}
		echo "$n" | tee "$OUT/src/$name"/{drivers/gpu/drm/virtio/x.c,include/uapi/drm/virtgpu_drm.h,include/uapi/linux/virtio_gpu.h} >/dev/null
		tool "$OUT/src/$name/scripts/checkpatch.pl" "$runs"
		git -C "$OUT/src/$name" add .
		git -C "$OUT/src/$name" -c user.name=test -c user.email=test@example.org commit -q -m "patch $n"
		[ $n != base ] || git -C "$OUT/src/$name" tag base
	done
done
echo one >kernel/01-one/0001-one.patch
echo two >kernel/01-one/0002-two.patch

leaves() { # WHAT RUNS LINES COMMAND ...: how often a tool was called, and the result
	: >runs
	"${@:4}" >said 2>&1
	if [ "$(wc -l <runs)" = "$2" ] && [ "$(paste -sd'|' "$OUT/check/result")" = "$3" ]; then
		echo "[       OK ] cached: $1"
	else
		cat said runs "$OUT/check/result"
		echo "[  FAILED  ] cached: $1"
	fi
}
for check in patches_build checkpatch; do
	words=${check//_/ } lint=(scripts/check/lint "$OUT/check/result" "$check")
	rm -rf cache/lint
	leaves "$words: runs" 2 "ok $words" "${lint[@]}"
	leaves "$words: and is cached" 0 "ok $words # cached" "${lint[@]}"
	leaves "$words: RERUN=1 runs" 2 "ok $words" env RERUN=1 "${lint[@]}"
	rm "$(find cache/lint -type f | head -n 1)"
	leaves "$words: one that is new runs" 1 "ok $words|ok $words # cached" "${lint[@]}"
	touch fail
	RERUN=1 "${lint[@]}" >/dev/null 2>&1
	rm fail
	"${lint[@]}" >/dev/null 2>&1
	if grep -qx "ok $words" "$OUT/check/result"; then echo "[       OK ] cached: $words: what failed runs again"; else echo "[  FAILED  ] cached: $words: what failed runs again"; fi
done
mesa=(scripts/series/check-patches "$OUT/check/result" mesa mesa-patches scripts/series/check-mesa-patch gcc-14)
leaves "Mesa's patches: run" 2 "ok mesa-patches: patch 1|ok mesa-patches: patch 2" "${mesa[@]}"
leaves "Mesa's patches: and are cached" 0 "ok mesa-patches: patch 1 # cached|ok mesa-patches: patch 2 # cached" "${mesa[@]}"
leaves "Mesa's patches: RERUN=1 runs" 2 "ok mesa-patches: patch 1|ok mesa-patches: patch 2" env RERUN=1 "${mesa[@]}"
touch fail
leaves "Mesa's patches: what fails" 1 "not ok mesa-patches: patch 1" env RERUN=1 "${mesa[@]}"
rm fail
leaves "Mesa's patches: has not passed before" 1 "ok mesa-patches: patch 1|ok mesa-patches: patch 2 # cached" "${mesa[@]}"

# What it needs stops make before its own commands.
said=$(make -s -C "$here" --eval 'check-full: asks' --eval 'asks: ; @echo "RERUN=$$RERUN"; exit 1' check-full 2>/dev/null)
if [ "$said" = RERUN=1 ]; then echo "[       OK ] cached: nothing in check-full"; else echo "[  FAILED  ] cached: nothing in check-full: $said"; fi
