#!/bin/bash
# What scripts/guest/kilobytes counts in a trace. Prints cmocka's words.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

test_case() { # NAME KILOBYTES <TRACE
	local name=$1 want=$2 got
	got=$(scripts/guest/kilobytes)
	if [ "$got" = "$want" ]; then echo "[       OK ] kilobytes: $name"; else echo "[  FAILED  ] kilobytes: $name: $got, not $want"; fi
}
words() { # NAME HEADER WIDTH HEIGHT LAST ...: a command of 14 words, 13 and 14 as given
	echo "$1,7,0,0,0,0,0,0,0,$2,$3,1,0,$4${5:+,$5}"
}
to_host=$(words $((43 + 13 * 65536)) 64 16 1)
from_host=$(words $((43 + 13 * 65536)) 64 16 2)
buffer=$(words $((43 + 13 * 65536)) 512 1 1)
copy=$(words $((45 + 14 * 65536)) 128 16 0 0)
copy_back=$(words $((45 + 14 * 65536)) 128 16 0 2)
blit=$(words $((16 + 13 * 65536)) 640 480 1)
data=$((9 + 14 * 65536)),$to_host # of RESOURCE_INLINE_WRITE
padding=0,0,0,0,0,0,0,0,0,0,0,0,0,0,0
stream() { echo "Xorg-1 [000] ..... 1.0: stream: (virtio_gpu_cmd_submit+0x0/0x1) t={$1} c={${2:-0,0}}"; }

test_case "transfers of the driver" 7.5 <<'END'
gl-frames-9 [000] ..... 1.0: to_host: (virtio_gpu_cmd_transfer_to_host_3d+0x0/0x1) width=64 height=20
gl-frames-9 [000] ..... 1.0: to_host: (virtio_gpu_cmd_transfer_to_host_3d+0x0/0x1) width=32 height=20
gl-frames-9 [000] ..... 1.0: send: (virtio_gpu_transfer_to_host_ioctl+0x0/0x1) width=32 height=20
END
test_case "transfers of a stream, one after the other" 8.5 < <(stream "$to_host,$buffer,$to_host,$padding")
test_case "what is read back is not sent" 4 < <(stream "$from_host,$to_host,$copy_back,$padding")
test_case "copies, behind other commands" 8 < <(stream "0,0,0" "$blit,$copy,$padding")
test_case "data that looks like a transfer is none" 4 < <(stream "$data,$to_host,$padding")
test_case "a command that was cut off is none" 4 < <(stream "$to_host,$to_host")
