#!/bin/bash
# scripts/make/slowest, and how what was tried again gets there. Prints cmocka's words.
set -uo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/check" "$dir/guest"
is() { # WHAT FOUND WANTED
	if [ "$2" = "$3" ]; then echo "[       OK ] slowest: $1"; else printf '[  FAILED  ] slowest: %s: "%s", not "%s"\n' "$1" "$2" "$3"; fi
}
last() { scripts/make/slowest "$dir/check" | sed -n '/ tests tried again/,$p' | paste -sd'|'; }
is "nothing is there" "$(last)" "0 tests tried again after a failure"
printf '9.5 1.0 nine\n100.0 2.0 hundred\n' >"$dir/check/times.log"
printf '7.0 5.0 a: boot 3.0, try 2, status 0\n7.0 5.0 a: boot 3.0, try 1, status 0\n' >"$dir/check/boots.log"
is "the longest first" "$(scripts/make/slowest "$dir/check" | sed -n 2p)" "  100.0 2.0 hundred"
is "boots" "$(scripts/make/slowest "$dir/check" | grep '^[0-9]* boots,')" "2 boots, 1 of them again after one that did not come up, 10 s of processors"

# What a guest says, and its results
cat >"$dir/tries" <<'END'
results=$1
. scripts/guest/session.sh
buffers() { :; }
. scripts/guest/gl-slow.sh
. scripts/guest/vk-slow.sh
without_udmabuf() { shift; "$@"; }
tries() { n=$((n + 1)); [[ " $fail " != *" $n "* ]]; }
n=0 fail=""; check "at once" twice_or_thrice tries
n=0 fail=1; check "first no" twice_or_thrice tries
n=0 fail=2; check "then no" twice_or_thrice tries
n=0 fail="1 2"; check "never" overlaps tries
END
bash "$dir/tries" "$dir" >"$dir/guest/job.log" 2>&1
scripts/check/jobs-result 0 "$dir/guest" "$dir/check/gl.guest" job >/dev/null
is "a guest's are kept" "$(grep -c '^# again guest: ' "$dir/check/gl.guest")" 4
cp "$dir/check/gl.guest" "$dir/check/gl"
is "and counted once" "$(last)" "4 tests tried again after a failure:|  guest: first no|  guest: then no|  guest: never"
sed -E 's/^(ok|not ok|FAILED) .*/& # cached/' "$dir/check/gl.guest" >"$dir/check/gl" # as scripts/make/kept does
is "not what an earlier run did" "$(last)" "0 tests tried again after a failure"
printf '# again virgl-watch\nok virgl-watch\nnoise\n' >"$dir/log"
scripts/make/tally "$dir/log" "$dir/check/qtest" >/dev/null
is "a log's are counted" "$(last)" "1 tests tried again after a failure:|  virgl-watch"
is "and are no results" "$(scripts/make/sum-counts "$dir/check" qtest | head -n 1)" "1 tests, 1 results: 1 passed, 0 failed, 0 failed as expected, 0 cached, 0 skipped"
