#!/bin/bash
# kernel/dkms/moved-on, by changelogs made for it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp kernel/dkms/moved-on "$work"
printf '# comment\n6.12 6.12.10\n7.3 7.3.4\n' >"$work/based-on"
changelog() { # PACKAGE
	mkdir -p "$work/doc/linux-$1"
	cat <<-END | gzip >"$work/doc/linux-$1/changelog.Debian.gz"
		linux (6.12.12-1) trixie; urgency=medium

		  * New upstream stable update:
		    - drm/virtio: fix what came last
		    - [x86] drm/virtio: fix what only x86 has
		    - drm/vmwgfx: not ours

		 -- A <a@b>  Sat, 01 Nov 2026 00:00:00 +0000

		linux (6.12.11-1) trixie; urgency=medium

		    - drm/virtio: fix what came before

		linux (6.12.10-1) trixie; urgency=medium

		    - drm/virtio: fix what the package has
	END
}
is() { # WHAT KERNEL LINE ...: what it says is these lines, in part, and no more
	local what=$1 kernel=$2 said count=0
	shift 2
	said=$("$work/moved-on" "$kernel" "$work/doc" 2>&1)
	for line in "$@"; do
		grep -qF -- "$line" <<<"$said" || { echo "[  FAILED  ] moved-on: $what: no \"$line\" in: $said"; exit 1; }
	done
	[ -z "$said" ] || count=$(wc -l <<<"$said")
	[ "$count" = $# ] || { echo "[  FAILED  ] moved-on: $what: $count lines, not $#: $said"; exit 1; }
	echo "[       OK ] moved-on: $what"
}
is "the version that was read" 6.12.10+deb13-amd64
is "an older one" 6.12.9+deb13-amd64
is "a series that nobody allows" 6.13.4-amd64
is "a newer one without a changelog" 7.3.12+deb13-amd64 "7.3.12+deb13-amd64 is newer than 7.3.4"
changelog headers-6.12.12+deb13-amd64
is "a newer one names its changes, and no older" 6.12.12+deb13-amd64 "made from 6.12.10" \
	"fix what came last" "fix what only x86 has" "fix what came before" "apt purge virtgpu-prime-dkms"
changelog headers-6.12.12+deb13-common-rt
mv "$work/doc/linux-headers-6.12.12+deb13-common-rt" "$work/doc/linux-headers-6.12.12+deb13-common"
rm -r "$work/doc/linux-headers-6.12.12+deb13-amd64"
is "rt, whose headers are common ones" 6.12.12+deb13-rt-amd64 "made from 6.12.10" "came last" "only x86" "came before" "apt purge"
echo "linux (7.3.5-1) unstable; urgency=low" | { mkdir "$work/doc/linux-image-7.3.5-amd64"; gzip >"$work/doc/linux-image-7.3.5-amd64/changelog.gz"; }
is "a newer one without changes of the driver" 7.3.5-amd64
