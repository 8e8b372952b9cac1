# shellcheck shell=bash disable=SC2154 # variables that gl-run, and others that it sources, have
# gl-parts.sh: to be sourced by gl-run, with its functions: what only some guests or
# sessions do.
: "${results:?}" "${path:?}"

fails() { ! "$@"; }
debians_mesa() { # has a buffer of the other GPU, or would
	local refusal='X error 11' # BadAlloc
	check "a window does not show what was drawn" fails frames stock -n 3
	case $session in # Debian's Mesa wants a dumb buffer of the render node, and gets none
	x11) check "as nothing is ever drawn on it" has '^window 0: ([1-9][0-9]*) of \1 pixels of frame [0-9]+ are wrong' "$results/stock.log" ;;
	wayland)
		refusal='error 7 of zwp_linux_buffer_params_v1'
		check "as EGL falls over there being no buffer" has 'Segmentation fault' "$results/stock.log"
		;;
	esac
	check "though the other GPU drew it" has '^renderer llvmpipe' "$results/stock.log"
	foreign-buffer "$session" >"$results/foreign.log" 2>&1 || true
	check "the server takes no buffer of the other GPU" has "^refused: $refusal\$" "$results/foreign.log"
}

two_virtio_gpus() { # one has no 3D: it neither displays nor renders
	local host=() devices=(/sys/bus/virtio/drivers/virtio_gpu/virtio*)
	[ "$session" != x11 ] || host=(-H)
	check "there are two virtio-gpus" is ${#devices[@]} 2
	check "frames are right, on the host's screen, too" two_frames 1 two -n 10 -i 0 -s 801x601 "${host[@]}"
	check "the other GPU drew them" has '^renderer llvmpipe' "$results/two.log"
	check "which is vgem" took_vgem two
	# It would be the second one, if it were any.
	check "nor does DRI_PRIME=2 name the one without 3D" two_frames 2 two-second -n 2 -s 801x601 "${host[@]}"
	check "but vgem, too" took_vgem two-second
	check "virtgpu-prime looks at the one with 3D, which works" virtgpu-prime info
	check "what it says DRI_PRIME has to be is a GPU's" two_frames "$(virtgpu-prime gpu || true)" two-tool -n 2 -s 801x601 "${host[@]}"
	check "which is vgem, too" took_vgem two-tool
	check "and Mesa has as many" has_not '^Inconsistent' "$results/two-tool.log"
	check "parts of frames are right" frames two-damage -n 6 -d -s 301x217 "${host[@]}"
	check "windows that change their size are right" frames two-sizes -n 3 -r 40 -s 301x217
}
took_vgem() { has "selected \\(/dev/dri/$(basename /sys/devices/*/vgem/drm/renderD*)\\)" "$results/$1.log"; } # LOG
two_frames() { # DRI_PRIME LOG ARGUMENT ...
	prime env DRI_PRIME="$1" DRI_PRIME_DEBUG=1 gl-frames -p "$session" "${@:3}" >"$results/$2.log" 2>&1
}

# Frames as large as the screen: the server shows their buffers as they are, where it can, and copies them else. One of
# ten is looked for on the host's screen, and once more with another window above it, for which the server has to copy.
flips() { # LOG WIDTHxHEIGHT FRAMES: half of them at the least are shown as they are
	local shown
	trace_frames "$1" -n "$3" -i 1 -s "$2" -E 10 -H || return 1
	shown=$(scanouts)
	echo "SET_SCANOUT: $shown"
	((2 * shown >= $3 && shown <= 2 * $3))
}
mode_is() { xdpyinfo | grep -qE "^ *dimensions: +$1 pixels"; }
full_screens_of_x11() {
	check "a window as large as the screen is shown without a copy, and right, and covered in between" flips flips 1366x768 30
	check "the screen gets another size" xrandr --size 1024x768
	check "and has it" within 200 mode_is 1024x768
	check "a window as large as that, too" flips flips-1024 1024x768 20
	xrandr --size 1366x768
	check "and has the first one again" within 200 mode_is 1366x768
}

many_windows() { # [-g] COUNT
	local log=$results/glx-windows$1.log
	PRIME_TIMEOUT=600 prime glx-windows "$@" >"$log" 2>&1 && has '^renderer llvmpipe' "$log" || return 1
	[ "$path" != transfer ] || awk '/connections and then/ { exit !($NF == $3 + 1) }' "$log" # frames have one there
}
windows_of_x11() {
	check "four windows, threads and connections" frames windows -n 10 -i 0 -w 4 -s 301x217 -c
	check "a window as large as the screen" frames fullscreen -n 10 -i 0 -s 1366x768 -c
	[ "$path" != transfer ] || full_screens_of_x11
	check "20 windows of a program take one connection more" many_windows 20
	check "who holds XGrabServer() gets frames, too" many_windows -g 3
	check "all those windows leave no buffers" within 100 buffers_back "$before"
	prime glx-front >"$results/front.log" 2>&1 || true
	check "GL reads what X drew, X what GL drew and copied, window and pixmap" has '^right' "$results/front.log"
	check "the other GPU drew that with GLX" has '^renderer llvmpipe' "$results/front.log"
	check "and has mapped a buffer to read it, beside the trial's" is "$(($(count map: glx-front) > maps))" 1
	prime glx-scene >"$results/scene.log" 2>&1 &
	check "a GL scene is right in GL and in X" within 600 has '^shown' "$results/scene.log"
	check "the other GPU drew it" has '^renderer llvmpipe' "$results/scene.log"
	check "it was shown with DRI3" has 'Using DRI3 ' "$results/scene.log"
	xgrab "$results/guest.png"
	check "the host shows the guest's screen" within 200 screens_agree "$results/guest.png" screen
	pkill 'gl-frames|glx-scene' || true
	case $path-$extent in
	blob-* | *-full) slow_gpus_cost_little ;; # with transfers there is a guest for it
	esac
}
windows_of_wayland() {
	check "three windows, threads and connections" frames windows -n 10 -i 0 -w 3 -s 301x217
	frames screen -n 10 -d -k -e "$results/expected.png" &
	check "the last frame is there" within 600 test -s "$results/expected.png"
	check "the host's screen is the last frame" within 200 screens_agree "$results/expected.png" screen
}
