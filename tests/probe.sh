#!/bin/bash
# What virtgpu-prime and its programs find in /sys and /dev, which are files of ours here. Prints cmocka's words.
set -euo pipefail
[ "${1-}" = inside ] || exec scripts/make/enter "$0" inside
says() { # WHAT REGEX COMMAND ...
	"${@:3}" >/tmp/said 2>&1
	if grep -qE "$2" /tmp/said; then
		echo "[       OK ] probe: $1"
	else
		echo "[  FAILED  ] probe: $1"
		cat /tmp/said
	fi
}
tool() { LD_LIBRARY_PATH=/prime/out/libdrm/lib env -u DISPLAY -u WAYLAND_DISPLAY "$@" || true; }
says "Mesa has no driver, and GBM would take the processor" '^Mesa has no driver for /dev/null: ' tool out/bin/prime-draw /dev/null 3 4 4 16 1

sys=/tmp/sys dev=/dev/dri # this tree's mounts are its own
mkdir -p $sys/class/drm
mount -t tmpfs tmpfs /dev
mkdir $dev

gpu() { # NUMBER ADDRESS BUS DRIVER [FEATURES]: a GPU with nodes, whose device sleeps if it is on no bus
	local device=$sys/devices/$2 card=card$1 render=renderD$((128 + $1))
	mkdir -p "$device"/{drm/"$render",power} $sys/class/drm/"$card/$card"-Virtual-1 $sys/{bus/"$3",drivers/"$4"}
	ln -s "/sys/devices/$2" $sys/class/drm/"$card/device"
	ln -s "/sys/bus/$3" "$device/subsystem"
	ln -s "/sys/drivers/$4" "$device/driver"
	touch $dev/"$card" $dev/"$render"
	echo suspended >"$device/power/runtime_status"
	[ "$3" = pci ] || return 0
	echo active >"$device/power/runtime_status"
	mkdir "$device/virtio$1"
	echo "$5" >"$device/virtio$1/features"
	echo connected >$sys/class/drm/"$card/$card"-Virtual-1/status
}
gpu 0 0000:00:02.0 pci virtio-pci 0100110
gpu 1 vgem faux faux_driver
gpu 2 0000:00:1e.0 pci virtio-pci 1100110
gpu 3 0000:00:1f.0 pci virtio-pci 0100110
mount --rbind $sys /sys

info="out/bin/virtgpu-prime info"
# shellcheck disable=SC2086 # words
{
	says "a device that sleeps is told" 'renderD129 .* renders .*, asleep$' tool $info
	says "one that does not is not" '^ +/dev/dri/card2 .* screens: 1$' tool $info
	says "the virtio-gpu with 3D is asked, by its node" 'as the driver of Linux' tool $info
	says "others without 3D are not counted" '^1$' tool out/bin/virtgpu-prime gpu
	says "a session of Wayland" '^Session: wayland$' tool WAYLAND_DISPLAY=wayland-0 DISPLAY=:0 $info
	says "a session of X11" '^Session: x11$' tool DISPLAY=:0 $info
	says "no session" '^0$' tool sh -c "$info | grep -c Session"
}
