# shellcheck shell=bash
# gl-trace.sh: to be sourced by gl-run and vk-run, with frames(), which draws, and $client,
# the names of its threads that send frames: what programs have the kernel do for a frame.
: "${client:?}"
tracing=/sys/kernel/tracing

# Every transfer to the host with its box, every command, every call that maps a buffer
# of virtio-gpu for a processor, and every buffer of the host's memory, with who asks for it.
start_tracing() {
	echo 0 >$tracing/events/enable # of an earlier session
	# The same transfers again as calls, which name the buffer by its handle in an open file, and the end of handles.
	cat >$tracing/kprobe_events <<-'EVENTS'
		p:to_host virtio_gpu:virtio_gpu_cmd_transfer_to_host_3d width=+12(+8(%sp)):u32 height=+16(+8(%sp)):u32
		p:map virtio_gpu:virtio_gpu_map_ioctl
		p:of_host virtio_gpu:virtio_gpu_vram_create
		p:send virtio_gpu:virtio_gpu_transfer_to_host_ioctl file=%dx handle=+0(%si):u32 width=+16(%si):u32 height=+20(%si):u32
		p:close drm_gem_close_ioctl file=%dx handle=+0(%si):u32
	EVENTS
	echo 1 >$tracing/events/kprobes/enable
	# SUBMIT_3D, SET_SCANOUT, SET_SCANOUT_BLOB
	echo 'type == 0x207 || type == 0x103 || type == 0x10d' >$tracing/events/virtio_gpu/virtio_gpu_cmd_queue/filter
	echo 1 >$tracing/events/virtio_gpu/virtio_gpu_cmd_queue/enable
}
trace_frames() { # LOG and arguments of frames
	echo >$tracing/trace
	frames "$@"
}
count() { # WHAT [PROGRAM]: how often it is in the trace
	grep -E "^ *(${2:-$client})-" $tracing/trace | grep -cE "$1" || true
}
scanouts() { count 'cmd_queue:.* type=0x(103|10d) ' '.*'; } # by whomever
is() { [ "$1" = "$2" ] || { echo "$1, not $2"; return 1; }; }
# WIDTH HEIGHT [ROWS]: of 20 frames, all of the first in each buffer, and of the rest the rows of cells, 29 pixels
# each, since it was shown last, which are no more than ROWS. After 21 of 601 pixels the first row and the last
# are in one box, which is all.
damage_is_sent() {
	sed -nE "s/^ *($client)-.* send: .*file=(\S+) handle=(\S+) width=([0-9]+) height=([0-9]+)\$/send \2 \3 \4 \5/p
		s/^.* close: .*file=(\S+) handle=(\S+)\$/close \1 \2/p" $tracing/trace |
		awk -v w="$1" -v h="$2" -v rows="${3:-4}" '$1 == "close" { delete seen[$2, $3]; next }
			{ whole = $5 == h; all += whole; parts += !whole; again = whole && ($2, $3) in seen; seen[$2, $3] = 1 }
			$4 != w || again || !whole && ($5 > rows * 29 || ($5 % 29 && $5 % 29 != h % 29)) { print; bad = 1 }
			END { print all " of all, " parts " of parts"; exit bad || all < 1 || all + parts != 20 }'
}
