#!/bin/bash
# scripts/guest/demo-judge on what runs of the demo leave: each thing that it says fails if it is not so. Prints cmocka's words.
# shellcheck disable=SC2016 # what others expand
set -uo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export PRIME_DIR=$dir BASH_ENV=$dir/fast
mkdir "$dir/logs" "$dir/bin"
PATH=$dir/bin:$PATH
echo 'sleep() { SECONDS=$((SECONDS + 1000)); }' >"$dir/fast" # for within
cat >"$dir/bin/png-compare" <<'END'
#!/bin/sh
exec cmp -s "$1" "$2" # 0: the same, 1: others, 2: one is not there
END
cat >"$dir/bin/vmhost" <<'END'
#!/bin/sh
[ "$1" = screenshot ] && cp "$PRIME_DIR/screen" "$PRIME_DIR/$2.png"
END
chmod +x "$dir"/bin/*

lines() { # NUMBER WHO WHAT
	for n in $(seq "$1"); do echo "    $2-170     [001] .....    $n.334759: $3"; done
}
to_host='to_host: (virtio_gpu_cmd_transfer_to_host_3d+0x4/0x150 [virtio_gpu]) width=801 height=601 pitch=3328'
to_host_cube='to_host: (virtio_gpu_cmd_transfer_to_host_3d+0x4/0x150 [virtio_gpu]) width=480 height=480 pitch=2048'
command='virtio_gpu_cmd_queue: vdev=0 vq=0 name=control type=0x207 flags=0x1 fence_id=279 ctx_id=2 num_free=1023 seqno=855'
frames() { # NUMBER WHAT: as many, with that before each
	for n in $(seq "$1"); do
		[ -z "$2" ] || lines 1 glxgears:dri30 "$2"
		lines 1 glxgears 'swap: (0x7f9cd7818e6b)'
	done
}
run() { # WHAT EACH FRAME TAKES: a run of the demo
	echo 'GL_RENDERER   = llvmpipe (LLVM 19.1.7, 128 bits)' >"$dir/logs/gears.log"
	echo '[     8.297] (II) modeset(0): glamor X acceleration enabled on virgl (LLVMPIPE (LLVM 19.1.7, 256 bits))' >"$dir/logs/Xorg.log"
	echo 'Selected GPU 0: llvmpipe (LLVM 19.1.7, 128 bits), type: Other' >"$dir/logs/cube.log"
	frames 20 "$1" >"$dir/logs/trace"
	{ lines 12 vkcube 'present: (0x7fd291c0be6a)'; lines 11 'WSI swapchain q' "$to_host_cube"; } >"$dir/logs/cube.trace"
	echo desktop >"$dir/before.png"
	echo gears | tee "$dir/expected.png" >"$dir/screen"
}
is_right() { # WHAT PATH
	if scripts/guest/demo-judge "$2" 10 >"$dir/said" 2>&1; then echo "[       OK ] demo: $1"; else cat "$dir/said"; echo "[  FAILED  ] demo: $1"; fi
}
is_wrong() { # WHAT PATH WORDS
	if ! scripts/guest/demo-judge "$2" 10 >"$dir/said" 2>&1 && grep -qE "^the demo is wrong: $3" "$dir/said"; then
		echo "[       OK ] demo: $1 is wrong"
	else
		cat "$dir/said"
		echo "[  FAILED  ] demo: $1 is wrong"
	fi
}
run "$to_host" && is_right "our driver" transfer
is_wrong "our driver where the stock one is wanted" command "19 frames took 19 transfers and 0 commands"
is_wrong "a transfer a frame where the host uses the guest's memory" blob "19 frames took 19 transfers and 0 commands"
run "$command" && is_right "the stock driver" command
is_wrong "the stock driver where ours is wanted" transfer "19 frames took 0 transfers and 19 commands"
run '' && lines 12 vkcube 'present: (0x7fd291c0be6a)' >"$dir/logs/cube.trace" && is_right "no copy" blob
run '' && is_wrong "a cube that is copied where the host uses the guest's memory" blob "12 presents took 11 transfers and 0 commands"
run ''
is_wrong "no transfer" transfer "19 frames took 0 transfers and 0 commands"

run "$to_host" && echo 'GL_RENDERER   = virgl (LLVMPIPE (LLVM 19.1.7, 256 bits))' >"$dir/logs/gears.log"
is_wrong "virgl that draws" transfer "virgl .* drew, and not llvmpipe on vgem"
run "$to_host" && : >"$dir/logs/gears.log"
is_wrong "nobody who draws" transfer " drew, and not llvmpipe"
run "$to_host" && echo 'glamor X acceleration enabled on llvmpipe (LLVM 19.1.7, 256 bits)' >"$dir/logs/Xorg.log"
is_wrong "a desktop without the host's GPU" transfer 'the desktop is on "llvmpipe'
run "$to_host" && echo 'Selected GPU 0: Virtio-GPU Venus, type: IntegratedGpu' >"$dir/logs/cube.log"
is_wrong "a cube of the host's GPU" transfer 'Selected GPU 0: Virtio-GPU Venus'
run "$to_host" && frames 10 "$to_host" >"$dir/logs/trace"
is_wrong "a run of few frames" transfer "there were 9 frames"
run "$to_host" && { frames 14 "$to_host"; frames 6 ''; } >"$dir/logs/trace"
is_wrong "a frame that is not sent" transfer "19 frames took 13 transfers"
run "$to_host" && cp "$dir/before.png" "$dir/expected.png"
is_wrong "a desktop without gears" transfer "there are no gears"
run "$to_host" && rm "$dir/before.png"
is_wrong "a picture that is not there" transfer "there are no gears"
run "$to_host" && echo black >"$dir/screen"
is_wrong "another screen of the host" transfer "the host does not show the guest's screen"
run "$to_host" && lines 12 vkcube 'present: (0x7fd291c0be6a)' >"$dir/logs/cube.trace"
is_wrong "a cube that is not sent" transfer "12 presents took 0 transfers"
run "$to_host" && lines 11 vkcube "$command" >>"$dir/logs/cube.trace"
is_wrong "a cube in commands" transfer "12 presents took 11 transfers and 11 commands"
