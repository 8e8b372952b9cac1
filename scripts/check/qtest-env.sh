# shellcheck shell=bash disable=SC2034 # variables that others use
# qtest-env.sh: to be sourced by what runs a qtest of virtio-gpu on a QEMU that watches its memory:
# what the sanitizers are to do, a display, and $scratch, which is there until the shell ends. In a
# guest: with vgem.
export LD_LIBRARY_PATH=/prime/out/mesa/lib # Debian's renders to no imported buffer
export ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1${UML:+:quarantine_size_mb=4:max_malloc_fill_size=32768} # UML maps page by page: written at once, they are neighbours
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
export LSAN_OPTIONS=suppressions=/prime/tests/lsan.supp:print_suppressions=0
scratch=$(mktemp -d)
pin=() # in a guest a test and its QEMU take turns: a processor is enough, and two wait for each other
limit=1500 # seconds for a run of tests
in_guest() {
	[ -z "${UML:-}" ] || { limit=15000; return 0; } # has vgem, one processor, and the clock of the host, which has a limit for all
	modprobe vgem
	pin=(taskset -c)
}

Xvfb -displayfd 3 -screen 0 1600x900x24 -nolisten tcp 3>"$scratch/display" >/dev/null 2>&1 &
xvfb=$!
trap 'kill $xvfb; rm -rf "$scratch"' EXIT
until [ -s "$scratch/display" ]; do kill -0 $xvfb || exit 1; sleep 0.1; done
DISPLAY=:$(cat "$scratch/display")
export DISPLAY

# The test takes the architecture from the name of QEMU.
wrap() { # NAME QEMU OPTIONS
	mkdir "$scratch/$1"
	printf '#!/bin/sh\nexec %s -L /usr/share/qemu -L /usr/share/seabios %s "$@"\n' \
		"$2" "$3" >"$scratch/$1/qemu-system-x86_64"
	chmod +x "$scratch/$1/qemu-system-x86_64"
}

on() { # NAME PROCESSOR COMMAND ...: what bash has to say of an abort is nowhere
	local other=ours
	[ "$1" != ours ] || other=control
	(QTEST_QEMU_BINARY=$scratch/$1/qemu-system-x86_64 QTEST_QEMU_BINARY_OTHER=$scratch/$other/qemu-system-x86_64 ${pin[@]:+"${pin[@]}" "$2"} \
		"${@:3}" >"$scratch/$1/log" 2>&1 || exit) 2>/dev/null
}
