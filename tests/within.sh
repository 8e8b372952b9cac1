#!/bin/bash
# scripts/guest/session.sh: how long "within" waits, and what scripts/guest/jobs-run then does. The clock is set by what is waited for.
# Prints cmocka's words.
# shellcheck disable=SC2016 # what others expand
set -uo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
results=$dir . scripts/guest/session.sh
mkdir "$dir/bin"
PATH=$dir/bin:$PATH
sleep() { :; }
never() { # TRIES: not before; each takes 500 seconds, of which others have some
	tries=$((tries + 1)) SECONDS=$((SECONDS + 500))
	echo "$((4000 + tries * starving)).25" >"$dir/starved"
	[ $tries -ge "${1:-1000}" ]
}
waits() { # WHAT STARVING TRIES STATUS COMMAND ...: for 1990 seconds
	local status=0
	tries=0 starving=$2
	echo 4000.00 >"$dir/starved"
	within 1990 "${@:5}" || status=$?
	if [ "$tries/$status" = "$3/$4" ]; then echo "[       OK ] within: $1"; else echo "[  FAILED  ] within: $1: $tries tries, status $status"; fi
}
waits "as long as it says" 0 4 1 never
waits "no longer than it has to" 0 3 0 never 3
printf '#!/bin/sh\n[ "$1" = starved ] && cat "%s/starved"\n' "$dir" >"$dir/bin/vmhost"
chmod +x "$dir/bin/vmhost"
waits "the same where others took nothing since" 0 4 1 never
waits "what others took is not counted" 400 10 0 never 10
waits "who is starved has an end, too" 400 20 1 never

# A machine that takes its time: what was killed is there when it is looked for 55 times more.
printf '#!/bin/sh\nn=$(cat %s/kills 2>/dev/null || echo 0); echo $((n + 1)) >%s/kills; [ $n -lt 105 ] || exec /usr/bin/xargs "$@"\n' "$dir" "$dir" >"$dir/bin/xargs"
printf '#!/bin/sh\n[ "$1" -gt 1000 ] 2>/dev/null && exec /bin/sleep "$@"\ntrue\n' >"$dir/bin/sleep"
chmod +x "$dir"/bin/*
PRIME_DIR=$dir scripts/guest/jobs-run slow 'echo ok 1 - here; sleep 10000 &' >"$dir/said"
if [ "$(cat "$dir/said")" = "ok 1 - here" ] && [ "$(cat "$dir/kills")" -gt 105 ]; then
	echo "[       OK ] within: jobs-run waits for what it has killed"
else
	cat "$dir/said" "$dir/kills"
	echo "[  FAILED  ] within: jobs-run waits for what it has killed"
fi
