#!/bin/bash
# scripts/make/sum-counts and scripts/make/tally: what counts as what. Prints cmocka's words.
set -uo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
sums() { # WHAT STATUS LINES PART...: the last two lines of the sum of parts, each a text
	local what=$1 status=0 wanted=$2 lines=$3 said n=0 names=()
	shift 3
	rm -f "$dir"/*
	for part in "$@"; do
		n=$((n + 1))
		names+=("part$n")
		[ "$part" = missing ] || printf '%b' "$part" >"$dir/part$n"
	done
	said=$(scripts/make/sum-counts "$dir" "${names[@]}" 2>&1) || status=$?
	if [ "$status" = "$wanted" ] && [ "$(tail -n 2 <<<"$said" | sed 's/.*results: //' | paste -sd'|')" = "$lines" ]; then
		echo "[       OK ] counts: $what"
	else
		printf '%s\n[  FAILED  ] counts: %s: status %d\n' "$said" "$what" "$status"
	fi
}
sums "what passed" 0 "2 passed, 0 failed, 0 failed as expected, 0 cached, 0 skipped|2 passed, 0 failed, 0 skipped" 'ok a\nok 2 - b\n'
sums "what has to fail has not passed" 0 "1 passed, 0 failed, 1 failed as expected, 0 cached, 0 skipped|1 passed, 0 failed, 0 skipped" 'ok a\nnot ok b # TODO Fail\n'
sums "what was cached has not passed, nor failed or been skipped" 0 \
	"0 passed, 0 failed, 0 failed as expected, 3 cached, 0 skipped|0 passed, 0 failed, 0 skipped" 'ok a # cached\nnot ok b # TODO Fail # cached\nok c # SKIP x # cached\n'
sums "what failed" 1 "0 passed, 2 failed, 0 failed as expected, 0 cached, 0 skipped|0 passed, 2 failed, 0 skipped" 'not ok a\nFAILED b\n'
sums "only skips prove nothing" 1 "0 passed, 0 failed, 0 failed as expected, 0 cached, 1 skipped|0 passed, 0 failed, 1 skipped" 'ok a # SKIP no such device\n'
sums "a part that is empty failed" 1 "1 passed, 1 failed, 0 failed as expected, 0 cached, 0 skipped|1 passed, 1 failed, 0 skipped" 'ok a\n' ''
sums "a part that says nothing of tests failed" 1 "1 passed, 1 failed, 0 failed as expected, 0 cached, 0 skipped|1 passed, 1 failed, 0 skipped" 'ok a\n' 'hello\n'
sums "a part that is missing failed" 1 "1 passed, 1 failed, 0 failed as expected, 0 cached, 0 skipped|1 passed, 1 failed, 0 skipped" 'ok a\n' missing

printf 'ok one: a\nok two: a\nok b\n' >"$dir/part1"
if [[ $(scripts/make/sum-counts "$dir" part1) == "2 tests, 3 results:"* ]]; then echo "[       OK ] counts: one test, two contexts"; else echo "[  FAILED  ] counts: contexts"; fi
printf 'ok 1 - a\nok 2 - a\nok 40 sizes\nok 20 sizes\n' >"$dir/part1"
if [[ $(scripts/make/sum-counts "$dir" part1) == "3 tests, 4 results:"* ]]; then echo "[       OK ] counts: numbers of TAP are no names, others are"; else echo "[  FAILED  ] counts: numbers"; fi
printf 'noise\nok a\nok b\nnot ok c\n' >"$dir/log"
if ! scripts/make/tally "$dir/log" "$dir/tap" >"$dir/said" && [ "$(wc -l <"$dir/tap")" = 3 ] && grep -q "not ok c" "$dir/said"; then
	echo "[       OK ] counts: a tally keeps the lines and fails"
else
	echo "[  FAILED  ] counts: tally"
fi
echo nothing >"$dir/log"
if ! scripts/make/tally "$dir/log" >"$dir/said"; then echo "[       OK ] counts: a tally of nothing fails"; else echo "[  FAILED  ] counts: a tally of nothing"; fi
