#!/bin/bash
# scripts/check/meson-tap: what meson test prints, as lines for scripts/make/sum-counts.
set -uo pipefail
says() { # WHAT LINES WANTED
	local found
	found=$(printf '%b' "$2" | scripts/check/meson-tap all)
	if [ "$found" = "$(printf '%b' "$3")" ]; then echo "[       OK ] meson-tap: $1"; else printf '%s\n[  FAILED  ] meson-tap: %s\n' "$found" "$1"; fi
}
says "a program is a test" '1/3 libdrm:core / hash   OK   0.01s\n' 'ok all: hash\n'
says "with TAP it is as many as it has" ' 2/30 virtgpu-fake    OK   0.50s   3 subtests passed\n' 'ok all: virtgpu-fake 1\nok all: virtgpu-fake 2\nok all: virtgpu-fake 3\n'
says "a failure of one of them is one" '2/3 virtgpu-fake    FAIL   0.50s   1/3 subtests passed\n' 'not ok all: virtgpu-fake\n'
says "a skip, a failure that has to be, and one that did not come" 'a\n1/3 x - y   SKIP  0.01s exit status 77\n2/3 z  EXPECTEDFAIL 0.1s exit status 1\n3/3 u UNEXPECTEDPASS 0.1s\n' \
	'ok all: x - y # SKIP\nnot ok all: z # TODO\nnot ok all: u\n'
says "what hangs or dies" '1/2 a TIMEOUT 30.0s\n2/2 b ERROR 0.1s killed by signal 11 SIGSEGV\n' 'not ok all: a\nnot ok all: b\n'
says "TAP of a program" '1..2\nok 1 - left\nnot ok 2 right\n' 'ok all: left\nnot ok all: right\n'
