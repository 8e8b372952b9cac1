# shellcheck shell=bash
# session.sh: to be sourced by what runs a desktop in the guest, with $results for
# logs. Checks print "ok WHAT" or "FAILED WHAT".
: "${results:?}"

check() { # WHAT command ...
	local what=$1
	checking=$1
	shift
	if "$@" >&2; then echo "ok $what"; else echo "FAILED $what"; fi
}
again() { echo "# again $checking"; } # it failed and is tried once more: scripts/make/slowest and the report count that
has() { grep -qE "$1" "$2"; }
has_not() { [ -r "$2" ] && ! grep -E "$1" "$2"; }
starved() { { vmhost starved 2>/dev/null || echo 0; } | cut -d. -f1; } # seconds in which others had the guest's processors
within() { # SECONDS command ...: until it succeeds; what others had of the processors is not counted. A machine without KVM takes its time
	local within_limit=$((SECONDS + $1)) within_starved
	within_starved=$(starved)
	shift
	until "$@"; do
		[ "$SECONDS" -lt $within_limit ] || [ $((SECONDS - $(starved) + within_starved)) -lt $within_limit ] || return 1
		sleep 0.2
	done
}
differ() { # A.png B.png: both can be read, and are not the same
	local status=0
	png-compare "$@" || status=$?
	[ $status = 1 ]
}
screens_agree() { # GUEST.png HOST [STEPS]: a frame may still be on its way to the host
	vmhost screenshot "$2" && png-compare "$1" "$PRIME_DIR/$2.png" ${3:+"$3"}
}

sleeps() { # all drivers suspend, for a second, if none refuses
	local state=/sys/power status=0
	echo 1 >/sys/module/suspend/parameters/pm_test_delay
	echo devices >$state/pm_test
	echo mem >$state/state || status=1
	echo none >$state/pm_test
	return $status
}

# A host that is slow to start its GL, as in a guest of a busy machine, answers what the driver asks first when that
# has given up, and then there is no 3D, or no device. Now it is quick: once more, and never again.
given_up() { dmesg | grep -cE 'timed out waiting for (cap set|display info)'; }
probe_again() {
	local device times
	times=$(given_up) || return 0
	if [ -e /run/probed-again ]; then return; fi
	touch /run/probed-again
	echo "the host answered too late ($times times): the driver is bound again" >&2
	for device in /sys/bus/virtio/devices/*; do
		[ "$(cat "$device/device")" = 0x0010 ] || continue
		echo "${device##*/}" >/sys/bus/virtio/drivers/virtio_gpu/unbind || true
		echo "${device##*/}" >/sys/bus/virtio/drivers/virtio_gpu/bind
	done
	[ "$(given_up)" = "$times" ]
}

virtio_gpu() { # its directory in /sys: of several the first with 3D (feature 0), where programs can render
	local link first=
	for link in /sys/bus/pci/drivers/virtio-pci/0*; do
		compgen -G "$link/drm/card*" >/dev/null || continue
		first=${first:-$link}
		grep -q ^1 "$link"/virtio*/features && { echo "$link"; return; }
	done
	echo "$first"
}
gpu_card() { basename "$(virtio_gpu)"/drm/card*; }
gpu_bus_id() { # 0000:00:01.0 -> PCI:0:1:0
	local bus slot function
	IFS=:. read -r _ bus slot function <<<"$(basename "$(virtio_gpu)")"
	echo "PCI:$((16#$bus)):$((16#$slot)):$function"
}
start_udev() { # Xorg and Weston ask it for devices of DRM; all others take a guest in a guest ten minutes
	pgrep -x systemd-udevd >/dev/null || /usr/lib/systemd/systemd-udevd --daemon
	udevadm trigger --subsystem-match=drm
	within 600 udevadm settle # on a busy machine the daemon may not answer in time
}
is_there_or_ended() { [ -s "$1" ] || ! kill -0 "$2" 2>/dev/null; } # FILE PID
start_xorg() { # DEPTH: a server with glamor as $DISPLAY, and something to see on it; as it comes, if xorg_config is empty
	local config=(-config /tmp/xorg.conf)
	[ -n "${xorg_config-yes}" ] || config=()
	start_udev
	cat >/tmp/xorg.conf <<-END
		Section "ServerFlags"
			Option "AutoAddGPU" "off"
			Option "AutoAddDevices" "off"
			Option "BlankTime" "0"
		EndSection
		Section "Device"
			Identifier "virtio-gpu"
			Driver "modesetting"
			BusID "$(gpu_bus_id)"
		EndSection
	END
	rm -f /tmp/display # of an earlier session
	# The cursor would be on the host's screen and not in what X returns.
	Xorg "$DISPLAY" "${config[@]}" -logfile "$results/Xorg.log" -nocursor -noreset \
		-depth "$1" -nolisten tcp -displayfd 3 3>/tmp/display >"$results/Xorg.out" 2>&1 &
	within 3000 is_there_or_ended /tmp/display $! || true
	[ -s /tmp/display ] || { tail -n 20 "$results/Xorg.log"; exit 1; }
	xsetroot -mod 17 13 -fg '#336699' -bg '#cc8844'
}
start_sway() { # as $WAYLAND_DISPLAY, each window at the top left, the last one on top
	start_udev
	rm -rf "$XDG_RUNTIME_DIR" # of an earlier session
	mkdir -m 700 "$XDG_RUNTIME_DIR"
	cat >/tmp/sway.conf <<-END
		default_border none
		default_floating_border none
		for_window [shell="xdg_shell"] floating enable, move absolute position 0 0
		output * background #336699 solid_color
		seat * hide_cursor 1
	END
	LIBSEAT_BACKEND=noop WLR_BACKENDS=drm WLR_DRM_DEVICES=/dev/dri/$(gpu_card) WLR_LIBINPUT_NO_DEVICES=1 sway --config /tmp/sway.conf --debug \
		>"$results/sway.out" 2>"$results/sway.log" &
	within 3000 compgen -G "$XDG_RUNTIME_DIR/wayland-?" >&2 || { tail -n 20 "$results/sway.log"; exit 1; }
	WAYLAND_DISPLAY=$(basename "$(compgen -G "$XDG_RUNTIME_DIR/wayland-?" | head -n 1)")
}
start_weston() { # as $WAYLAND_DISPLAY, each window as large as the screen
	start_udev
	rm -rf "$XDG_RUNTIME_DIR" # of an earlier session
	mkdir -m 700 "$XDG_RUNTIME_DIR"
	LIBSEAT_BACKEND=noop weston --backend=drm --drm-device="$(gpu_card)" --shell=kiosk --continue-without-input --idle-time=0 \
		--socket="$WAYLAND_DISPLAY" --log="$results/weston.log" >"$results/weston.out" 2>&1 &
	within 3000 test -e "$XDG_RUNTIME_DIR/$WAYLAND_DISPLAY" || { tail -n 20 "$results/weston.log"; exit 1; }
}
