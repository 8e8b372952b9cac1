#!/bin/bash
# scripts/guest/domu without Xen: what it makes of QEMU's command line, and where the device model's
# words go. Prints cmocka's words.
set -uo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
# shellcheck disable=SC2016 # of the toolstack that it stands in for
printf '#!/bin/bash\ncp "$3" "%s/cfg"\n"$(sed -n "s/^device_model_override = .\\(.*\\).$/\\1/p" "$3")" its arguments\n' "$dir" >"$dir/xl"
chmod +x "$dir/xl"
PATH=$dir:$PATH scripts/guest/domu 'echo the model and' -kernel k -initrd r -append 'a "b" c' -serial null -display none >"$dir/log" 2>&1
is() { # WHAT TEXT FILE
	if grep -qxF -- "$2" "$dir/$3"; then echo "[       OK ] domu: $1"; else echo "[  FAILED  ] domu: $1"; cat "$dir/$3"; fi
}
is "the device model's words are in the log" "the model and its arguments" log
is "the kernel is the toolstack's" "kernel = \"$PWD/k\"" cfg
is "the rest is the device model's" "$(printf '\t"-display",')" cfg
