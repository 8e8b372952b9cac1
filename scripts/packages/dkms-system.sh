# shellcheck shell=bash
# dkms-system.sh: to be sourced by check-dkms: the system that it installs, and guests that
# boot from it.
: "${run:?}" "${counts:?}" "${modules:?}" "${release:?}" "${unknown:?}" "${later:?}" "${stock:?}" "${runner[@]:?}"

# What is there of a kernel whose headers are in a directory
kernel() { # RELEASE HEADERS
	mkdir -p "$modules/$1/kernel"
	ln -s "$2" "$modules/$1/build"
	cp "$2/.config" "/boot/config-$1"
}
set_up() {
	local name flavour
	rm -rf "$run" "$counts"
	mkdir -p "$run"
	for name in plain plain-7.2 plain-6.12; do
		cp -r out/kernel/$name/lib/modules/. "$modules"
		for flavour in "" -rt -cloud; do
			kernel "$(release_of $name | sed "s/-amd64/$flavour-amd64/")" "$(readlink -f out/kernel/$name)/headers$flavour"
		done
	done
	[ -z "$rt" ] || cp -r "out/kernel/$rt/lib/modules/." "$modules"
	kernel "$unknown" "$(readlink -f out/kernel/plain/headers)"
	# An initrd that has no module but ours, and those that we ask for below.
	echo MODULES=list >/etc/initramfs-tools/conf.d/check
	: >"/boot/initrd.img-$release"
}
in_initrd() { lsinitramfs "/boot/initrd.img-$1" | grep -oE '[^/]*/[^/]*/virtio-gpu(-prime)?[.]ko.*' | sort | paste -sd' '; }
same() { [ "$1" = "$2" ] || { echo "\"$1\", not \"$2\""; return 1; }; }
headers_that_come_later_bring_it() { # than the package, and than an initrd with the kernel's own, as a splash screen has it
	kernel "$later" "$(readlink -f out/kernel/plain/headers)"
	mv "$modules/$later/build" /tmp/build
	install -D -t "$modules/$later/kernel/drivers/gpu/drm/virtio" "$stock"
	depmod "$later"
	echo virtio-gpu >>/etc/initramfs-tools/modules
	run-parts --exit-on-error --arg="$later" /etc/kernel/postinst.d
	sed -i '$d' /etc/initramfs-tools/modules
	same "$(in_initrd "$later")" "drm/virtio/virtio-gpu.ko.xz" || return 1
	mv /tmp/build "$modules/$later/build"
	linux-run-hooks headers postinst "$later" -- configure && same "$(in_initrd "$later")" "$(in_initrd "$release")"
}
# What the guest loaded goes by its build id.
boot() { # NAME JOB [KERNEL]
	local status=0
	# shellcheck disable=SC2016 # the guest's
	"${runner[@]}" --kernel "out/kernel/${3:-plain}/bzImage" --initrd "out/kernel/${3:-plain}.cpio" -q --dir "$run/$1" -- 'cp /sys/module/virtio_gpu/notes/.note.gnu.build-id $PRIME_DIR/build-id
		cat /sys/module/virtio_gpu/taint; '"$2" || status=$?
	echo $status >"$run/$1/status"
}
loaded() { # NAME-OF-BOOT FILE
	xz -dc "$2" >/tmp/module.ko
	objcopy -O binary --only-section=.note.gnu.build-id --set-section-flags .note.gnu.build-id=alloc /tmp/module.ko /tmp/build-id
	[ -s /tmp/build-id ] && cmp /tmp/build-id "$run/$1/build-id"
}
list() { # RUN TEST ...
	mkdir -p "$run/$1"
	scripts/check/igt-list igt-tests/expectations/skips.txt "${@:2}" >"$run/$1/testlist"
}
judge() { # RUN EXPECTATIONS
	out/bin/igt-verdict --run "$run/$1" --expectations "igt-tests/expectations/$2" \
		--machine "$(cat "$run/$1/status")" --counts "$run/igt-$1" >&2
	sed -E "s/^(ok|not ok) /\1 dkms-$1: /" "$run/igt-$1" || echo "not ok dkms-$1: IGT has no result"
}
judge_frames() { # KERNEL: what scripts/guest/gl-run said
	sed -nE "s/^(ok|FAILED) /\1 dkms-frames-$1: /p" "$run/frames-$1/output.log" | grep . ||
		echo "FAILED dkms-frames-$1: no result"
	[ "$(cat "$run/frames-$1/status")" = 0 ] || echo "FAILED dkms-frames-$1: the machine"
}
