# shellcheck shell=bash
# owner.sh: to be sourced after session.sh by what runs in a Debian with our packages: commands
# of users, and a GPU without hardware: vgem, which has no driver in Mesa; llvmpipe draws for it.
start_udev() { :; } # it runs

mkdir -p /tmp/drirc.d
cat >/tmp/drirc.d/vgem.conf <<-END
	<driconf><device driver="loader" kernel_driver="vgem"><application name="all">
	<option name="dri_driver" value="kms_swrast"/></application></device></driconf>
END
as() { # USER command ...
	runuser -u "$1" -- env HOME="/home/$1" DISPLAY=:0 DRIRC_CONFIGDIR=/tmp/drirc.d timeout 6000 "${@:2}"
}
start_desktop() { # for the user owner, too
	start_xorg 24 >&2
	xhost +si:localuser:owner >&2
}
empty_screen() { # to be on empty.png
	sleep 3
	xgrab "$PRIME_DIR/empty.png"
}
turns() { # a window that is not on empty.png, and what it shows changes: it is black before its first frame
	xgrab "$PRIME_DIR/turns.png" && differ "$PRIME_DIR/empty.png" "$PRIME_DIR/turns.png" || return 1
	[ -e "$PRIME_DIR/window.png" ] || { mv "$PRIME_DIR/turns.png" "$PRIME_DIR/window.png"; return 1; }
	differ "$PRIME_DIR/window.png" "$PRIME_DIR/turns.png"
}
still_screens() { # NAME: of a picture that nothing changes, NAME.png
	sleep 3
	xgrab "$PRIME_DIR/expected.png" && within 600 screens_agree "$PRIME_DIR/expected.png" "$1"
}
screens() { # PROGRAM NAME: with what turns stopped
	pkill -STOP -x "$1"
	still_screens "$2"
}
private=/usr/lib/x86_64-linux-gnu/virtgpu-prime
has_mapped() { # PROGRAM [LIBRARY]: prime-run's Mesa and no other
	local maps
	maps=$(grep -h "/${2:-libgallium}" "/proc/$(pgrep -n -f "^$1")/maps") && grep -F "$private/" <<<"$maps" && ! grep -vF "$private/" <<<"$maps"
}
