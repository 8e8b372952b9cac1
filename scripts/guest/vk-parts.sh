# shellcheck shell=bash disable=SC2154,SC2034 # variables that vk-run, and others that it sources, have
# vk-parts.sh: to be sourced by vk-run, with its functions: what only some guests do, or is
# of another kind.
: "${results:?}" "${platform:?}" "${session:?}"

without_our_wsi() {
	# What a driver that knows nothing of this does: it exports its memory, here by udmabuf. The
	# validation layer would ask a connection that has ended for its formats.
	MESA_VK_WSI_VIRTGPU=off vulkan vk-frames -p "$platform" -n 3 >"$results/off.log" 2>&1 || true
	case $platform in
	x11) check "without it the server refuses the buffers" has '^vk-frames: vkCreateSwapchainKHR: VK_ERROR_INITIALIZATION_FAILED$' "$results/off.log" ;;
	wayland)
		check "without it the compositor ends the connection" has 'the compositor ended the connection' "$results/off.log"
		[ "$session" = sway ] || check "as it can't import the buffers" has '^[^ ]* Error during import' "$results/weston.log"
		;;
	esac
	VK_DRIVER_FILES=$debian_driver MESA_VK_WSI_DEBUG=sw,noshm check "copies of frames are right, with Debian's Mesa" frames copies -n 3
}

# Nobody here can show a buffer of the other GPU: the processor copies frames to the server.
without_3d() {
	check "the X server has no glamor" has_not 'glamor X acceleration enabled' "$results/Xorg.log"
	vulkan vk-frames -p "$platform" -n 3 >"$results/no-3d.log" 2>&1 || true
	cat "$results/no-3d.log" >&2
	check "without 3D the GPU can't present to the window" has "^vk-frames: the GPU can't present to the window$" "$results/no-3d.log"
	check "and says why" has 'No DRI3 support detected' "$results/no-3d.log"
	export MESA_VK_WSI_DEBUG=sw,noshm
	check "copies of frames are right, on the host's screen, too" frames copies -n 20 -P mailbox -s 801x601 -c -H
	check "the other GPU drew them" has '^renderer llvmpipe' "$results/copies.log"
	check "40 sizes are right, and keep no files" frames resize -n 3 -r 40 -P mailbox -s 301x217 -c -o -t -H
	check "the validation layer is silent" silent
}

# The host uses the guest's pages.
where_they_are() {
	local before
	check "no transfers, and one command, which tries whether it works" is "$(count to_host:)/$(count cmd_queue)" 0/1
	before=$(buffers)
	check "parts of frames are right" frames damage -n 20 -P mailbox -d -s 801x601
	check "20 sizes are right, and keep no files" frames resize -n 3 -r 20 -P mailbox -s 301x217 -c -o -t
	check "all buffers are gone" within 100 buffers_back "$before"
	export MESA_VK_WSI_VIRTGPU=transfer
	check "frames that the host fetches are right, too" trace_frames transfer -n 20 -P mailbox -s 801x601
	check "by a transfer each" is "$(count 'to_host:.* height=[0-9]')/$(count cmd_queue)" 20/0
	export MESA_VK_WSI_VIRTGPU=off
	check "buffers of the other GPU are shown where they are, as a driver without our WSI allocates them" \
		trace_frames off -n 20 -P mailbox -s 801x601
	check "without transfers" is "$(count to_host:)/$(count cmd_queue)" 0/0
	check "the validation layer is silent" silent
}

gl_frames() { # LOG gl-frames' arguments
	zink gl-frames -p "$platform" "${place[@]}" "${@:2}" >"$results/$1.log" 2>&1
}
# GL by zink, whose windows are swapchains.
zink_part() {
	local before client='gl-frames|gl-frames:zfq0|WSI swapchain q'
	echo >"$tracing/trace"
	check "GL frames by zink are right" gl_frames zink -n 20 -i 0 -s 801x601
	check "zink drew them, on the other GPU" has '^renderer zink Vulkan .*llvmpipe' "$results/zink.log"
	check "a transfer per frame" is "$(count 'to_host:.* height=[0-9]')" 20
	before=$(buffers)
	check "parts of GL frames are right, each of them" gl_frames zink-damage -n 20 -i 0 -d -s 801x601 -c
	echo >"$tracing/trace"
	check "and the last one" gl_frames zink-last -n 20 -i 0 -d -s 801x601
	check "only what has changed is sent" damage_is_sent 801 601 6
	check "GL windows that change their size are right, and keep no files" gl_frames zink-resize -n 3 -r 40 -s 301x217 -c
	check "$windows GL windows, threads and connections" gl_frames zink-windows -n 10 -i 0 -w "$windows" -s 301x217
	check "zink leaves no buffers" within 100 buffers_back "$before"
}

# A foreign client, which stops on its way for a picture.
vkcube_part() {
	local cube
	vmhost screenshot "empty-$session"
	echo >"$tracing/trace"
	vulkan vkcube --wsi "$wsi" --c 100 >"$results/vkcube.log" 2>&1 &
	cube=$!
	check "vkcube draws" within 600 cube_sent 10
	pkill -STOP vkcube
	sleep 1
	case $platform in
	x11)
		xgrab "$results/guest.png"
		check "the host shows the guest's screen" within 200 screens_agree "$results/guest.png" "vkcube-$session"
		;;
	wayland) vmhost screenshot "vkcube-$session" ;;
	esac
	check "with vkcube on it" differ "$PRIME_DIR/empty-$session.png" "$PRIME_DIR/vkcube-$session.png"
	pkill -CONT vkcube
	check "vkcube ends well after 100 frames" wait $cube
	check "which were sent" cube_sent 95 # the last may not have been shown
}
