# shellcheck shell=bash disable=SC2154 # tree, dir, packages: of who sources it
# clean-root.sh: to be sourced by what installs our packages in a copy of a clean Debian system: $dir/root, a copy of
# $tree, with the package source $packages. Through scripts/make/asroot.
rm -rf "$dir"
mkdir -p "$dir"/{upper,work,root,plain}
root=$dir/root
mount -t overlay -o "${XATTR-}lowerdir=$tree,upperdir=$dir/upper,workdir=$dir/work" overlay "$root"
mount --bind "$root" "$dir/plain" # without what is mounted there from here on
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mkdir "$root/opt/virtgpu-prime"
mount --bind "$packages" "$root/opt/virtgpu-prime"
mount --bind "$dir" "$root/mnt"
mount --bind "$dir/plain" "$root/media" # of /mnt's own mounts it sees nothing
in_root() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
# Without recommendations: those are not in apt's cache, and this has no network.
apt_install() { in_root apt-get install -q -y -o DPkg::Options::=--force-unsafe-io --no-install-recommends "$@"; }
install_headers() { # those of each kernel, as on a machine where the owner wants modules built
	rm -f "$root/etc/resolv.conf"
	# shellcheck disable=SC2046 # names of packages
	apt_install $(in_root ls /usr/lib/modules | sed s/^/linux-headers-/) >&2
}
add_packages() { # as a source beside Debian's
	echo 'deb [trusted=yes] file:/opt/virtgpu-prime ./' >"$root/etc/apt/sources.list.d/virtgpu-prime.list"
	in_root apt-get update -q -o Dir::Etc::sourcelist=sources.list.d/virtgpu-prime.list -o Dir::Etc::sourceparts=- \
		-o APT::Get::List-Cleanup=0 >&2
}
make_disk() { # $dir/disk.img, with kernels and initrds beside it
	for boot in "$root"/boot/vmlinuz-*; do
		series=$(grep -oE '[0-9]+[.][0-9]+' <<<"${boot##*/}" | head -n 1)
		cp "$boot" "$dir/vmlinuz-$series"
		cp "${boot/vmlinuz/initrd.img}" "$dir/initrd-$series"
	done
	truncate -s 6G "$dir/disk.img"
	in_root mke2fs -q -t ext4 -E lazy_itable_init=1 -d /media /mnt/disk.img >&2
}
