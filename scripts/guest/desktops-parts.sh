# shellcheck shell=bash
# desktops-parts.sh: to be sourced by desktops-run: what each desktop has to show, by the programs that show it.
: "${out:?}" "${results:?}" "${desktop=}" "${session=}" "${can=}"

# Where the compositor waits for the GPU nobody else does. Which ones can: guest/desktops.
acquire_points() {
	check "$desktop: takes acquire points" has wp_linux_drm_syncobj_manager_v1 "$results/$desktop-info.log"
	export WAYLAND_DEBUG=1
	check "$desktop: GL frames have one each" frames "$desktop-gl-points" -n 4 -i 0 -s 801x601 -c
	check "$desktop: all of them" points "$desktop-gl-points" 4
	check "$desktop: Vulkan frames have one each" vulkan_frames "$desktop-vk-points" -n 4 -s 801x601 -c
	check "$desktop: all of them, too" points "$desktop-vk-points" 4
	unset WAYLAND_DEBUG
	check "$desktop: frames of a slow GPU are right" slow_frames 300 "$desktop-slow" -n 6 -i 0 -d -s 301x217 -c
	: >"$results/seconds"
	check "$desktop: processor and GPU work at the same time" twice_or_thrice processor_and_gpu_overlap
	check "$desktop: with Vulkan, too" overlaps vulkan_frames
}
slow_gpus() { # under Wayland; check-gl has X11
	: >"$results/seconds"
	check "$desktop: a GPU that takes 200 ms slows no other client" twice_or_thrice slow_gpu_slows_nobody
	check "$desktop: one that takes 10 s neither, and its client can be killed" twice_or_thrice stuck_gpu_slows_nobody
}
start() { # NAME PROGRAM ARGUMENT ...: by the user, on the other GPU
	local prefix=(prime-run)
	! can whole || prefix=(env "${session_variables[@]}")
	user "${prefix[@]}" "${@:2}" >"$results/$desktop-$1.log" 2>&1 &
}
scene() { # NAME PROGRAM ARGUMENT ...: a window as large as the screen
	user gtk4-rendernode-tool render --renderer=cairo "$out/clean/scene.node" /tmp/scene.png # by the processor
	cp /tmp/scene.png "$PRIME_DIR"
	start "$@"
	within 200 screens_agree "$PRIME_DIR/scene.png" "$desktop-$1"
}
can() { [[ "+$can+" == *"+$1+"* ]]; } # WHAT: of guest/desktops
sdl() { # a picture of its own, as large as the screen; libdecor keeps it from a window under KWin, with any GPU
	rm -f /tmp/sdl.png
	start sdl env SDL_VIDEO_WAYLAND_ALLOW_LIBDECOR=0 SDL_VIDEODRIVER="$session" "$out/bin/sdl-picture" /tmp/sdl.png
	within 300 has '^shown 1366x768' "$results/$desktop-sdl.log" && within 200 screens_agree /tmp/sdl.png "$desktop-sdl"
}
mpv_shows() {
	local context=x11egl
	[ "$session" = x11 ] || context=wayland
	start mpv mpv --no-config --vo=gpu --gpu-context=$context --fs --no-osc --osd-level=0 --cursor-autohide=always --image-display-duration=inf \
		--dither-depth=no --no-input-default-bindings -v /tmp/scene.png
	within 600 screens_agree "$PRIME_DIR/scene.png" "$desktop-mpv" 1
}
glmark=(-s 640x480 -b build:use-vbo=true -b texture:texture-filter=nearest)
glmark_validates() {
	user prime-run "$glmark2" "${glmark[@]}" --validate >"$results/$desktop-glmark2.log" 2>&1 &&
		has 'Validation: Success' "$results/$desktop-glmark2.log" && has_not 'Validation: (Failure|Unknown)' "$results/$desktop-glmark2.log"
}
# A window that is drawn by no one has two pictures at most: none and black.
moves() {
	local pictures
	for _ in 1 2 3 4 5; do vmhost screenshot "$desktop-moves" && sha256sum <"$PRIME_DIR/$desktop-moves.png" && sleep 1; done >/tmp/moves
	pictures=$(sort -u /tmp/moves | wc -l)
	[ "$pictures" -ge 4 ]
}
glmark_moves() {
	start glmark2-window "$glmark2" -s 640x480 -b build:duration=6000
	within 300 moves
}
programs_of_others() {
	glmark2="glmark2-es2-wayland"
	[ "$session" = wayland ] || glmark2="glmark2"
	check "$desktop: Qt 6 draws on the other GPU: every pixel" scene qt env QT_QPA_PLATFORM="${session/x11/xcb}" /usr/lib/qt6/bin/qml "$out/clean/scene.qml"
	check "$desktop: by prime-run's Mesa, too" has_mapped /usr/lib/qt6/bin/qml
	! can grim || check "$desktop: a program that records the screen records that" recorded
	end qml
	check "$desktop: SDL draws on the other GPU: every pixel" sdl
	check "$desktop: which is its renderer" has '^renderer llvmpipe' "$results/$desktop-sdl.log"
	end sdl-picture
	check "$desktop: mpv shows a picture, each colour within a step" mpv_shows
	check "$desktop: the other GPU drew it" has "GL_RENDERER='?llvmpipe" "$results/$desktop-mpv.log"
	end mpv
	check "$desktop: glmark2 finds its pictures right" glmark_validates
	check "$desktop: drawn by the other GPU" has 'GL_RENDERER: *llvmpipe' "$results/$desktop-glmark2.log"
	check "$desktop: by prime-run's Mesa, in a window that moves" glmark_moves
	check "$desktop: prime-run's alone" has_mapped "$glmark2"
	end glmark2
}
programs_of_xwayland() {
	local -x DISPLAY
	DISPLAY=:$(cd /tmp/.X11-unix && printf '%s\n' X* | tr -d X | sort -n | tail -n 1)
	check "$desktop: Xwayland has the root user as a client" user xhost +si:localuser:root
	session=x11 check "$desktop: GL frames are right in Xwayland" frames "$desktop-xwayland" -H -n 10 -s 801x601
	session=x11 check "$desktop: Vulkan frames, too" vulkan_frames "$desktop-xwayland-vk" -H -n 10 -s 801x601
	session=x11 check "$desktop: windows of Xwayland that change their size" frames "$desktop-xwayland-sizes" -H -n 3 -r 16 -s 301x217
}
on_console() { [ "$(fgconsole)" = "$1" ]; }
away() { # to another console and back
	chvt 2 && within 200 on_console 2 && sleep 1 && ! screens_agree "$PRIME_DIR/scene.png" "$desktop-away" && chvt 7 && within 200 on_console 7
}
# Or ours refuses, as it does while there are contexts.
asleep() {
	local why status=0
	why=$(sleeps 2>&1) || { [[ $why == *busy* ]] && dmesg | tail -n 20 | grep -q "$in_use" || status=1; }
	echo "${why:-it slept}"
	chvt 7
	return $status
}
in_use="can't suspend: 3D contexts ("
no_complaints() { # but of a suspend that is refused for contexts
	local said
	said=$(klog "$(vmhost starved)") && return
	[ $? = 1 ] && grep -q '^complaint: ' <<<"$said" && ! grep '^complaint: ' <<<"$said" | grep -vF "$in_use" && ! grep '^late: ' <<<"$said"
}
through() { # away|asleep NAME: a client that draws meanwhile
	local client
	frames "$desktop-$1" -n 60 -u 100 -s 301x217 &
	client=$!
	within 300 has '^window 0: the first frame' "$results/$desktop-$1.log" && "$1" && wait $client
}
shown_again() {
	check "$desktop: GTK's window, for a while" scene again gtk4-rendernode-tool show --undecorated "$out/clean/scene.node"
	check "$desktop: another console" away
	check "$desktop: shown again after it" within 200 screens_agree "$PRIME_DIR/scene.png" "$desktop-again"
	check "$desktop: suspend and resume" asleep
	check "$desktop: shown again after that" within 200 screens_agree "$PRIME_DIR/scene.png" "$desktop-resumed"
	check "$desktop: its program is alive" pgrep gtk4-rendernode
	end gtk4-rendernode
	check "$desktop: who draws meanwhile has right frames after another console" through away
	check "$desktop: and after a suspend" through asleep
}
