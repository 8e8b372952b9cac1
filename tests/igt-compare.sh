#!/bin/bash
# scripts/check/igt-compare: what counts as worse.
set -uo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# what, results before, results now, exit status, how many are no worse, and how many are
compare() {
	local status=0 said
	printf '%b' "$2" >"$dir/old"
	printf '%b' "$3" >"$dir/new"
	said=$(scripts/check/igt-compare "$dir/old" "$dir/new" 2>&1) || status=$?
	if [ "$status" = "$4" ] && [ "$(grep -c "^ok " <<<"$said")/$(grep -c "^not ok " <<<"$said")" = "$5" ]; then
		echo "[       OK ] igt-compare: $1"
	else
		printf '%s\n[  FAILED  ] igt-compare: %s: status %d\n' "$said" "$1" "$status"
	fi
}
compare "the same is no worse" 'a@b,Pass\nc,Fail\n' 'c,Fail\na@b,Pass\n' 0 2/0
compare "better is no worse" 'a,Fail\nb,Skip\n' 'a,Pass\nb,Pass\n' 0 2/0
compare "a fail is worse than a pass" 'a,Pass\nb,Pass\n' 'a,Fail\nb,Pass\n' 1 1/1
compare "a crash is worse than a fail" 'a,Fail\n' 'a,Crash\n' 1 0/1
compare "a skip is worse than a pass" 'a,Pass\n' 'a,Skip\n' 1 0/1
compare "a fail is worse than a skip" 'a,Skip\n' 'a,Fail\n' 1 0/1
compare "a test that is gone is worse" 'a,Pass\nb,Fail\n' 'a,Pass\n' 1 1/1
compare "no results are worse" 'a,Pass\n' '' 1 0/1
compare "nothing to compare with is a failure" '' 'a,Pass\n' 1 0/1
