#!/bin/bash
# scripts/make/kept: what is not run again, and all that makes it run again. Prints cmocka's words.
set -uo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
unset RERUN HOURS MAKEFLAGS
export OUT=$dir/out CACHE=$dir/cache V=
mkdir -p "$OUT/tree/sub" "$OUT/git" "$CACHE/thing/1" "$CACHE/thing/2"
echo 1 | tee "$OUT"/{file,driver,cat} >/dev/null
echo 1 >"$OUT/tree/sub/file"
ln -s sub/file "$OUT/tree/link"
ln -s /cache/thing/1 "$OUT/thing"
git() { command git -C "$OUT/git" -c user.name=test -c user.email=test@example.org "$@"; }
git init -q
echo 1 >"$OUT/git/file"
git add file
git commit -q -m 1

says='ok a: test\nok b: test\nnot ok c # TODO known\nok d # SKIP why\n'
kept() { # what it says is in $dir/said; counts how often the command ran
	scripts/make/kept a-label "$OUT/check/part" "$OUT"/{file,tree,git,thing,thing/program} "=${text:-}" "@driver=$OUT/driver" "@cat=$OUT/cat" -- \
		sh -c "echo >>'$dir/runs'; ${before:-:}; printf '$says' >'$OUT/check/part'; test ! -e '$dir/fail' && ${then:-:}" >"$dir/said" 2>&1
}
fails_once() { # the command itself is the same
	touch "$dir/fail"
	RERUN=1 kept
	rm "$dir/fail"
}
ran() { # WHAT TIMES COMMAND...: how often the command of kept has run after that
	local what=$1 times=$2
	shift 2
	"$@" >"$dir/test" 2>&1 || true
	: >"$dir/runs"
	kept
	if [ "$(wc -l <"$dir/runs")" = "$times" ]; then echo "[       OK ] kept: $what"; else
		echo "[  FAILED  ] kept: $what: ran $(wc -l <"$dir/runs") times, not $times"
		cat "$dir/said"
	fi
}
is() { # WHAT FOUND WANTED
	if [ "$2" = "$3" ]; then echo "[       OK ] kept: $1"; else echo "[  FAILED  ] kept: $1: \"$2\""; fi
}
sum() { scripts/make/sum-counts "$OUT/check" part | tail -n 2 | paste -sd'|'; }

ran "a first time runs" 1 :
is "a run is a run" "$(sum)" "3 tests, 4 results: 2 passed, 0 failed, 1 failed as expected, 0 cached, 1 skipped|2 passed, 0 failed, 1 skipped"
ran "what passed is kept" 0 :
is "and is cached, not passed" "$(sum)" "3 tests, 4 results: 0 passed, 0 failed, 0 failed as expected, 4 cached, 0 skipped|0 passed, 0 failed, 0 skipped"
is "it says so" "$(sed 's/ passed .*//' "$dir/said")" "a-label cached,"
earlier() { sed -E 's/.* UTC//' "$dir/said"; } # what is said behind the time
is "with the same of everything" "$(earlier)" ""
ran "what may change does not make it run" 0 sh -c "echo 2 >'$OUT/driver'"
is "but is told" "$(earlier)" " with another driver"
is "by the result, too" "$(grep '^# with' "$OUT/check/part")" "# with another driver"
is "of which it is none" "$(sum)" "3 tests, 4 results: 0 passed, 0 failed, 0 failed as expected, 4 cached, 0 skipped|0 passed, 0 failed, 0 skipped"
ran "both are the same again" 0 sh -c "echo 1 >'$OUT/driver'"
is "and nothing is told" "$(earlier)$(grep '^# with' "$OUT/check/part")" ""
then="echo 3 >'$OUT/driver'" ran "a run in which that changes" 1 :
then="echo 3 >'$OUT/driver'" ran "is not kept" 1 :
echo 1 >"$OUT/driver"
HOURS=2 ran "for the hours that it is good for" 0 :
HOURS=2 ran "and not for longer" 1 touch -d '3 hours ago' "$CACHE"/results/*
ran "which others don't mind" 0 touch -d '3 hours ago' "$CACHE"/results/*
ran "the result alone does not make it run" 0 rm "$OUT/check/part"
ran "a file makes it run" 1 sh -c "echo 2 >'$OUT/file'"
ran "the old file does not" 0 sh -c "echo 1 >'$OUT/file'"
ran "a time alone does not" 0 touch "$OUT/file"
ran "a file in a directory does" 1 sh -c "echo 2 >'$OUT/tree/sub/file'"
ran "a new file does" 1 touch "$OUT/tree/new"
ran "a link in it does" 1 ln -sfn sub "$OUT/tree/link"
ran "another build in the cache does" 1 ln -sfn /cache/thing/2 "$OUT/thing"
ran "an edit in a git tree does" 1 sh -c "echo 2 >'$OUT/git/file'"
ran "its commit does" 1 git commit -q -a -m 2
ran "a new file there does" 1 touch "$OUT/git/new"
text=other ran "other text does" 1 :
then=true ran "another command does" 1 :
ran "and back is kept" 0 :
RERUN=1 ran "RERUN=1 does" 1 :
MAKEFLAGS=n RERUN=1 ran "make -n runs nothing" 0 :
MAKEFLAGS="rR --no-print-directory" RERUN=1 ran "other flags of make's are others" 1 :
MAKEFLAGS=--no-print-directory RERUN=1 ran "also without letters" 1 :
fails_once
ran "what failed then is not kept from before" 1 :

echo 3 >"$OUT/file"
then=false ran "a command that fails runs" 1 :
then=false ran "and runs again" 1 :
says='ok a\nFAILED b\n'
ran "a test that fails runs" 1 :
ran "and again" 1 :
says='# nothing\n'
ran "no result runs" 1 :
ran "and again, too" 1 :
says='ok a\n'
before="date +%N >'$OUT/file'" ran "an input that changes meanwhile is not kept" 1 :
before="date +%N >'$OUT/file'" ran "so it runs again" 1 :
ran "an input that is missing does not run" 0 rm "$OUT/file"
is "and is named" "$(grep -c "no input $OUT/file" "$dir/said")" 1
