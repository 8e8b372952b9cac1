# shellcheck shell=bash disable=SC2154,SC2034 # variables that gl-run, and others that it sources, have
# gl-others.sh: to be sourced by gl-run, with its functions: other desktops, and devices that come and go.
: "${results:?}" "${session:?}" "${platform:?}"

# A short look at a desktop that people have, in make check; check-desktops has the rest.
windows_of_sway() {
	check "sway: frames are right" trace_frames frames -n 8 -i 0 -s 801x601
	check "sway: the other GPU drew them" has '^renderer llvmpipe' "$results/frames.log"
	check "sway: a transfer per frame, no commands" is "$(count 'to_host:.* height=[0-9]')/$(count cmd_queue)" 8/0
	check "sway: parts of frames are right" frames damage -n 8 -d -s 301x217
	check "sway: a window that changes its size is right" frames sizes -n 2 -r 6 -s 301x217
	check "sway: a window as large as the screen" trace_frames fullscreen -n 20 -s 1366x768 -E 5
	check "sway: flips for each frame" test "$(scanouts)" -ge 20
}

# The device is taken from its driver while a session shows frames, and given back.
device() { basename "$(readlink -f "$(virtio_gpu)"/virtio*)"; }
bound() { [ -e "/sys/bus/virtio/drivers/virtio_gpu/$1" ]; } # DEVICE
unbind_it() { echo "$1" >/sys/bus/virtio/drivers/virtio_gpu/unbind && ! bound "$1"; }
bind_it() { echo "$1" >/sys/bus/virtio/drivers/virtio_gpu/bind && bound "$1"; }
has_ended() { ! kill -0 "$1" 2>/dev/null; } # PID
ends_of() { # PID NAME: of itself, or because somebody ended it
	within 20 has_ended "$1" || { echo "$2 stays, and is told to end"; kill "$1"; } || true
	within 30 has_ended "$1" || { echo "it does not"; kill -KILL "$1"; } || true
	within 200 has_ended "$1"
}
no_card() { ! compgen -G '/sys/bus/pci/drivers/virtio-pci/0*/drm/card*'; }
device_goes() {
	local client server it
	it=$(device)
	server=$(server)
	check "frames are right" frames before -n 4 -s 801x601
	prime gl-frames -p "$platform" "${place[@]}" -n 100000 -i 0 -b -s 301x217 >"$results/meanwhile.log" 2>&1 &
	client=$!
	check "a client draws" within 600 has '^window 0: the first frame' "$results/meanwhile.log"
	check "the device is taken from its driver meanwhile" unbind_it "$it"
	check "the session ends, or can be ended" ends_of "$server" "$session"
	check "the client, too" ends_of "$(pgrep -n gl-frames || echo $client)" gl-frames
	wait $client || true
	check "there is no card of the device" no_card
	check "its driver takes it again" bind_it "$it"
	start_session
	check "frames are right in a session after that" frames after -n 4 -s 801x601
	check "the other GPU drew them" has '^renderer llvmpipe' "$results/after.log"
	check "parts of frames, too" frames after-damage -n 6 -d -s 301x217
}

# A device that keeps its state, as No_Soft_Reset says.
desktop_sleeps() {
	local client
	prime gl-frames -p "$platform" "${place[@]}" -n 200 -u 100 -i 0 -s 301x217 >"$results/asleep.log" 2>&1 &
	client=$!
	check "a client draws" within 600 has '^window 0: the first frame' "$results/asleep.log"
	check "the machine sleeps, though there are 3D contexts" sleeps
	check "and a second time" sleeps
	check "the client draws yet" kill -0 $client
	check "the client's frames are right" wait $client
	check "the other GPU drew them" has '^renderer llvmpipe' "$results/asleep.log"
	frames screen -n 10 -k -e "$results/expected.png" -s 1366x768 &
	check "frames come after that" within 600 test -s "$results/expected.png"
	check "on the host's screen, too" within 200 screens_agree "$results/expected.png" asleep
	check "the machine sleeps while they are shown" sleeps
	check "they are shown again after it" within 200 screens_agree "$results/expected.png" awake
	pkill gl-frames || true
}

# X without a configuration takes a second device that has screens as another GPU of its own.
windows_beside_vkms() {
	check "X has both devices" is "$(xrandr --listproviders | grep -c '^Provider ')" 2
	check "frames are right" frames frames -n 10 -i 0 -s 801x601
	check "the other GPU drew them" has '^renderer llvmpipe' "$results/frames.log"
	check "parts of frames are right" frames damage -n 10 -i 0 -d -s 301x217
	check "windows that change their size are right" frames sizes -n 2 -r 6 -s 301x217
	frames screen -n 10 -k -e "$results/expected.png" -s 1366x768 &
	check "a window as large as the screen" within 600 test -s "$results/expected.png"
	check "is on the host's screen: every pixel" within 200 screens_agree "$results/expected.png" beside-vkms
	pkill gl-frames || true
}

# The other way round: Weston on another GPU (vkms, for which llvmpipe draws), and virtio-gpu, here without 3D, as its second screen.
second_screen() {
	modprobe vkms
	start_udev
	rm -rf "$XDG_RUNTIME_DIR"
	mkdir -m 700 "$XDG_RUNTIME_DIR"
	sdl-picture "$results/cells.png" 1366 768
	printf '[shell]\npanel-position=none\nbackground-type=centered\nbackground-image=%s\n' "$results/cells.png" >"$results/weston.ini"
	LIBSEAT_BACKEND=noop weston --config="$results/weston.ini" --backend=drm --drm-device="$(basename /sys/devices/*/vkms/drm/card*)" \
		--additional-devices="$(gpu_card)" --shell=desktop --continue-without-input --idle-time=0 --socket="$WAYLAND_DISPLAY" \
		--log="$results/weston.log" >"$results/weston.out" 2>&1 &
	check "a compositor runs on another GPU" within 3000 test -e "$XDG_RUNTIME_DIR/$WAYLAND_DISPLAY"
	check "which draws" has 'GL renderer: llvmpipe' "$results/weston.log"
	check "virtio-gpu is its second screen: every pixel" within 1200 screens_agree "$results/cells.png" second
}
