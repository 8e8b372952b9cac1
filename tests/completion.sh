#!/bin/bash
# The completion of virtgpu-prime offers what fits. Prints cmocka's words.
set -euo pipefail
# shellcheck source=virtgpu-prime/virtgpu-prime.bash
source virtgpu-prime/virtgpu-prime.bash

completes() { # WANTED WORD ...: the last word is the one under the cursor
	local wanted=$1
	shift
	COMP_WORDS=(virtgpu-prime "$@") COMP_CWORD=$#
	_virtgpu_prime
	if [ "${COMPREPLY[*]}" = "$wanted" ]; then
		echo "[       OK ] completion of '$*'"
	else
		echo "[  FAILED  ] completion of '$*': ${COMPREPLY[*]}"
	fi
}
completes "check" c
completes "info check layout demo gpu --json --size --seconds --help" ""
completes "--json --size --seconds --help" check ""
completes "--json" check --j
completes "check" --json c
completes "1920x1080" layout --size 19
completes "" demo --seconds ""
