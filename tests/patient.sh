#!/bin/bash
# scripts/guest/patient: how long a command has, on a machine that is busy, too. Prints cmocka's words.
# shellcheck disable=SC2016 # what others expand
set -uo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/bin"
PATH=$dir/bin:$PATH
result() { # WHAT command ...
	if "${@:2}" >"$dir/said" 2>&1; then echo "[       OK ] patient: $1"; else cat "$dir/said"; echo "[  FAILED  ] patient: $1"; fi
}
tool() { # NAME SCRIPT
	printf '#!/bin/sh\n%s\n' "$2" >"$dir/bin/$1"
	chmod +x "$dir/bin/$1"
}
status() { # WANTED command ...
	local found=0
	"${@:2}" || found=$?
	echo "status $found"
	[ "$found" = "$1" ]
}
took() { # AT-LEAST BELOW command ...: seconds of the clock
	local begin=$SECONDS found=0
	"${@:3}" || found=$?
	echo "status $found, $((SECONDS - begin)) s"
	[ $((SECONDS - begin)) -ge "$1" ] && [ $((SECONDS - begin)) -lt "$2" ]
}
between() { echo "$3"; [ "$3" -ge "$1" ] && [ "$3" -le "$2" ]; }
says() { [ "$(scripts/guest/patient 100 echo hello)" = hello ] && [ "$(echo input | scripts/guest/patient 100 cat)" = input ]; }
soon() { # command ...
	for _ in $(seq 1000); do ! "$@" || return 0; sleep 0.1; done
	return 1
}
is_gone() { ! grep -qs '^State:.[^ZX]' "/proc/$1/status"; }
ends_all() { # what the command has started, too, which others wait for
	scripts/guest/patient 5 sh -c "sleep 1000 & echo \$! >'$dir/child'; trap : TERM; wait; exit 7" || true
	soon is_gone "$(cat "$dir/child")"
}
is_watched() { pgrep -f "tail --pid=$1 " >/dev/null; }
is_not_watched() { ! is_watched "$1"; }
watcher_goes() {
	scripts/guest/patient 987 sleep 1000 &
	soon is_watched $! && kill $! && ! wait $! && soon is_not_watched $!
}
result "the status is the command's" status 3 scripts/guest/patient 100 sh -c 'exit 3'
result "and so are its words" says
result "who crashes is said to have crashed" status 139 scripts/guest/patient 100 sh -c 'kill -SEGV $$'
result "what hangs is ended" took 1 500 scripts/guest/patient 1 sleep 1000
result "and what it has started" ends_all
result "and who does not listen, ten seconds later" took 11 500 scripts/guest/patient 1 sh -c 'trap "" TERM; sleep 1000; sleep 1000'
result "who watches goes with the command" watcher_goes
tool vmhost "echo \$((\$(date +%s) - $(date +%s)))" # others have all of the time
result "what others had does not count, but for a fiftieth" took 30 500 scripts/guest/patient 1 sleep 1000
result "and the clock's seconds are as many more" test "$(tool vmhost 'cut -d" " -f1 /proc/uptime'; scripts/guest/patient 100)" = 5000
tool vmhost 'awk "{ print \$1 / 2 }" /proc/uptime'
result "and twice as many where others had half" between 199 201 "$(scripts/guest/patient 100)"
rm "$dir/bin/vmhost"
result "and none where nobody knows" test "$(scripts/guest/patient 100)" = 100
tool find 'echo "1000000 1000000000000 1"' # of a thread that waited, and hardly ran
result "what it waited for a processor does not count, but for a fiftieth" took 30 500 scripts/guest/patient 1 sleep 1000
tool find 'echo "1000000 5000000000 1"' # 5 s in all
result "who has waited sometime does not wait for ever" took 5 500 scripts/guest/patient 1 sleep 1000
