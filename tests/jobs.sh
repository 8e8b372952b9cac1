#!/bin/bash
# Several jobs in a guest: scripts/guest/jobs-run, jobs-result and same-pictures. Prints cmocka's words.
set -uo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export PRIME_DIR=$dir/guest
mkdir "$PRIME_DIR"
is() { # WHAT FOUND WANTED
	if [ "$2" = "$3" ]; then echo "[       OK ] jobs: $1"; else printf '[  FAILED  ] jobs: %s: "%s", not "%s"\n' "$1" "$2" "$3"; fi
}
gone() { grep -qs '^State:.[^ZX]' "/proc/$(cat "$PRIME_DIR/$1")/status" || echo gone; } # or nobody has asked yet
# shellcheck disable=SC2016 # the jobs'
scripts/guest/jobs-run one 'echo ok 1 - here; sleep 10000 & echo $! >"$PRIME_DIR/left"; setsid sh -c "echo \$\$ >$PRIME_DIR/own; exec sleep 10000" &' two 'echo ok there; echo "# picture guest 1"; exit 3' \
	three 'echo hello' >"$dir/said" 2>&1
is "what a job left running is gone" "$(gone left)" gone
is "so is what has a session of its own" "$(gone own)" gone
is "each has its log" "$(cat "$PRIME_DIR/one.log")" "ok 1 - here"
is "a job that fails says so" "$(tail -n 1 "$PRIME_DIR/two.log")" "not ok two ended with status 3"
is "all of it is said" "$(grep -c . "$dir/said")" 5
scripts/check/jobs-result 0 "$PRIME_DIR" "$dir/result" one two three four >/dev/null
is "results name the guest" "$(head -n 3 "$dir/result" | paste -sd'|')" "ok guest: here|ok guest: there|# picture guest 1"
is "one without a result failed, as one that was not there" "$(grep -c 'not ok guest: \(three\|four\) has no result' "$dir/result")" 2
is "one that failed failed" "$(grep -c 'not ok guest: two ended' "$dir/result")" 1
echo "ok 40 sizes" >"$PRIME_DIR/two.log"
is "a number may be part of a name" "$(scripts/check/jobs-result 0 "$PRIME_DIR" "$dir/result" two)" "ok guest: 40 sizes"
scripts/check/jobs-result 255 "$PRIME_DIR" "$dir/result" one >/dev/null
is "a machine that ends so failed" "$(tail -n 1 "$dir/result")" "not ok guest: the machine ended with status 255"

pictures() { printf '# picture %s\n' "$@"; }
pictures "guest a" "host b" >"$dir/first"
is "same pictures" "$(scripts/check/same-pictures "$dir/first" "$dir/first" | paste -sd'|')" "ok both: the guest's screen is the same|ok both: the host's screen is the same"
pictures "guest a" "host c" >"$dir/second"
is "another picture" "$(scripts/check/same-pictures "$dir/first" "$dir/second" | tail -n 1)" "not ok both: the host's screen is the same"
is "a missing picture" "$(scripts/check/same-pictures "$dir/first" /dev/null | grep -c '^not ok')" 2
is "none to compare with" "$(scripts/check/same-pictures /dev/null "$dir/first" | grep -c '^not ok')" 1
