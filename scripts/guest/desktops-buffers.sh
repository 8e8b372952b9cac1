# shellcheck shell=bash
# desktops-buffers.sh: to be sourced by desktops-run, after desktops-parts.sh: buffers that clients allocate, and programs that take the screen.
: "${results:?}" "${desktop=}" "${PRIME_DIR:?}" "${out:?}" "${node:?}"

client_buffer() { # vgem|udmabuf [FORMAT STEPS]: without one, what each compositor offers
	local log=$results/$desktop-$1-${2:-XR24}.log status=0
	foreign-buffer window "$1" /tmp/client.png "${2:-XR24}" >"$log" 2>&1 &
	within 300 has '^(shown|refused.*)$' "$log" && ! { [ $# = 1 ] && has '^refused: not offered' "$log"; } && { has '^refused' "$log" || within 200 screens_agree /tmp/client.png "$desktop-$1-${2:-XR24}" "${3:-0}"; } || status=1
	end foreign-buffer
	return $status
}
# A program that allocates with GBM on the GPU that draws, on its render node.
program_that_allocates() {
	local log=$results/$desktop-allocates.log
	prime-run env LD_PRELOAD="$out/bin/render-node.so" weston-simple-dmabuf-egl --drm-render-node="$node" >"$log" 2>&1 &
	within 600 has 'create failed' "$log" || true
	end weston-simple-d
	tail -n 3 "$log"
	has 'create failed' "$log" && has_not 'create_bo failed|: error [0-9]' "$log"
}
buffers_of_clients() { # linear ones that virtio-gpu has not allocated: shown as they are, or refused
	local outlives="its picture, or a refusal that the client outlives"
	check "$desktop: a buffer of the other GPU: $outlives" client_buffer vgem
	check "$desktop: a buffer of the client's own memory: $outlives" client_buffer udmabuf
	check "$desktop: a buffer of 10 bits a colour: $outlives" client_buffer vgem XR30 1
	check "$desktop: a buffer of 16 bits a pixel: $outlives" client_buffer vgem RG16 2
	check "$desktop: a picture of a video: $outlives" client_buffer vgem NV12 4
	check "$desktop: a video's in the client's own memory: $outlives" client_buffer udmabuf NV12 4
	check "$desktop: buffers that a program allocates on the other GPU: it is told that they are refused" program_that_allocates
	check "$desktop: frames are right after all of those" frames "$desktop-after-buffers" -n 4 -s 301x217
}
grim_agrees() { # while the other GPU's window is shown
	user grim /tmp/grim.png && screens_agree /tmp/grim.png "$desktop-grim" && png-compare "$PRIME_DIR/scene.png" /tmp/grim.png
}
no_process() { ! pgrep -x "$1" >/dev/null; }
# While the other GPU's window is shown, with the cursor, which wlroots draws into the screen from then on, until a client changes it. All frames: it would wait for one that differs before it ends.
recorded() {
	rm -f /tmp/recorded.*
	user grim -c /tmp/cursor.png
	user wf-recorder -y -D -c rawvideo -x bgr0 -m nut -f /tmp/recorded.nut >"$results/$desktop-recorder.log" 2>&1 &
	within 300 test -s /tmp/recorded.nut || true
	sleep 5
	pkill -INT -x wf-recorder || true
	within 300 no_process wf-recorder || pkill -KILL -x wf-recorder || true
	user timeout 600 ffmpeg -v error -y -i /tmp/recorded.nut -fps_mode passthrough -update 1 /tmp/recorded.png && png-compare /tmp/cursor.png /tmp/recorded.png &&
		[ "$(png-compare "$PRIME_DIR/scene.png" /tmp/recorded.png | cut -d' ' -f1)" -le 1024 ]
}
