# shellcheck shell=bash
# . tests/machine.bash SUITE: for the tests that run real machines. RUNNER is the runner's command line,
# with @name@ for the name of the run. Prints lines as cmocka does, for scripts/check/unit
# to count.
set -uo pipefail
suite=$1 out=${OUT:?}/run log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT

run() { # NAME RUNNER-ARGUMENTS...
	local name=$1
	shift
	# shellcheck disable=SC2086 # a command line is words
	scripts/make/enter ${RUNNER//@name@/$name} "$@" >"$log/$name" 2>&1
	echo $? >"$log/$name.status"
}
prepared_by() { # NAME COMMAND [TRIES]: the suite's lane, its outer machine does that first
	sed "s:^prepare=.*:prepare=$2:; s:^tries=.*:tries=${3:-2}:" "runner/lanes/$suite.lane" >"$out/$1.lane"
}
expect() { # WHAT NAME STATUS TEXT
	if [ "$(cat "$log/$2.status")" = "$3" ] && grep -qF "$4" "$log/$2"; then
		echo "[       OK ] $suite: $1"
	else
		echo "[  FAILED  ] $suite: $1: status $(cat "$log/$2.status"), not $3; or no \"$4\" in:" \
			"$(grep '^runner: ' "$log/$2" | tail -n 3 | paste -sd' ')"
		cat "$log/$2"
	fi
}
