# shellcheck shell=bash
# vk-slow.sh: to be sourced by vk-run and desktops-run: whether a program and its GPU work at the same time. Both
# are asleep for a frame (vk-frames -C; LVP_SLOW, mesa-patches/0040), so that no load of the machine counts.
: "${results:?}"
without_udmabuf() { # with it lavapipe's fences wait for itself
	local status=0
	[ ! -e /dev/udmabuf ] || mv /dev/udmabuf /dev/udmabuf-hidden
	"$@" || status=$?
	[ ! -e /dev/udmabuf-hidden ] || mv /dev/udmabuf-hidden /dev/udmabuf
	return $status
}
seconds_of() { sed -nE 's/^window 0: .* frames in ([0-9.]+) s,.*/\1/p' "$results/$1.log"; }
# FUNCTION that draws LOG with arguments: 250 ms of the program, and as many of its GPU, for the drawing and for the blit.
at_the_same_time() {
	local few=(-n 24 -s 65x33)
	"$1" processor "${few[@]}" -C 250 && LVP_SLOW=125 "$1" gpu "${few[@]}" && LVP_SLOW=125 "$1" both "${few[@]}" -C 250 || return 1
	awk -v p="$(seconds_of processor)" -v g="$(seconds_of gpu)" -v both="$(seconds_of both)" 'BEGIN {
		slower = p > g ? p : g
		printf "program %s s, GPU %s s, both %s s: %.2f of the frames/s of the slower one\n", p, g, both, slower / both
		exit !(g > 5.5 && slower >= 0.9 * both) }'
}
overlaps() {
	without_udmabuf at_the_same_time "$1" || { again && without_udmabuf at_the_same_time "$1"; } ||
		{ again && without_udmabuf at_the_same_time "$1"; }
}
