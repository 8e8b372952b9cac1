# shellcheck shell=bash disable=SC2154 # variables and functions that gl-run has
# gl-short.sh: to be sourced by gl-run: what many clients leave, each of which lives for a frame or two.
# What is compared are two equal numbers of them, so no machine is too slow or too full for it.
: "${results:?}" "${session:?}"
short_half=150 short_width=401 short_height=301

# Calls of the driver that make and end what the host has an id for.
count_ids() {
	echo 0 >/sys/kernel/tracing/events/enable # of an earlier session
	cat >/sys/kernel/tracing/kprobe_events <<-'EVENTS'
		p:made_2d virtio_gpu:virtio_gpu_cmd_create_resource
		p:made_3d virtio_gpu:virtio_gpu_cmd_resource_create_3d
		p:made_blob virtio_gpu:virtio_gpu_cmd_resource_create_blob
		p:ended virtio_gpu:virtio_gpu_cmd_unref_resource
		p:context_made virtio_gpu:virtio_gpu_cmd_context_create
		p:context_ended virtio_gpu:virtio_gpu_cmd_context_destroy
	EVENTS
	echo 1 >/sys/kernel/tracing/events/kprobes/enable
}
ids() { # WORD: how many there are more than when the count began
	awk -v word="$1" '$1 ~ "^" word "made" { n += $2 } $1 == word "ended" { n -= $2 } END { print n + 0 }' /sys/kernel/tracing/kprobe_profile
}
server() { pgrep -nx "$(case $session in x11) echo Xorg ;; wayland) echo weston ;; *) echo sway ;; esac)"; }
kilobytes() { awk -v what="$2:" '$1 == what { print $2 }' "$1"; } # FILE WHAT
# Until nothing changes any more: servers and kernel free in their time.
note_held() { # NAME
	local now before=
	within 300 settled >&2 || true
	echo "$1 $(held_now)" | tee -a "$results/held" >&2
}
held_now() {
	echo "resources=$(ids '') contexts=$(ids context_) buffers=$(buffers) shared=$(kilobytes /proc/meminfo Shmem) server=$(kilobytes "/proc/$(server)/status" RssAnon) host=$(vmhost memory)"
}
settled() {
	now="$(ids '') $(ids context_) $(buffers)"
	[ "$now" != "$before" ] || return 0
	before=$now
	sleep 2
	return 1
}
noted() { sed -nE "s/^$1 .*\b$2=(-?[0-9]+).*/\1/p" "$results/held" | grep .; } # NAME WHAT: what has no number is not flat
client_pair() { # one ends by itself, the other one is killed while it draws
	local victim status=0
	rm -f "$results/killed.log"
	frames killed -n 100000 -i 0 -b -s ${short_width}x$short_height &
	victim=$!
	frames short -n 2 -i 0 -b -s ${short_width}x$short_height || status=1
	within 600 has '^window 0: the first frame' "$results/killed.log" || status=1
	pkill -KILL -f 'gl-frames .*-n 100000'
	wait $victim || true
	return $status
}
clients() { # HOW MANY
	for ((i = 0; i < $1; i += 2)); do
		client_pair || { tail -n 3 "$results"/{short,killed}.log; return 1; }
	done
}
as_many() { # WHAT: after the second half as after the first, but for what is on its way
	local first second
	first=$(noted half "$1") && second=$(noted all "$1") || return 1
	echo "$1: $(noted start "$1"), $first, $second"
	((second - first <= short_half / 30))
}
flat() { # WHAT: the second half takes less than a buffer for each fourth client would (of 4 bytes a pixel)
	local first second
	first=$(noted half "$1") && second=$(noted all "$1") || return 1
	echo "$1: $(noted start "$1"), $first, $second kB"
	((second - first < short_half * short_width * short_height / 1024))
}
# Of small things it is the server that keeps them: no more than a tenth of what it has.
server_is_flat() {
	local first second
	first=$(noted half server) && second=$(noted all server) || return 1
	echo "server: $(noted start server), $first, $second kB"
	((10 * second <= 11 * first))
}
short_lived_clients() {
	local pid
	count_ids
	pid=$(server)
	rm -f "$results/held"
	check "clients before the count" clients 20
	note_held start
	check "$short_half clients, of which half are killed" clients $short_half
	note_held half
	check "as many again" clients $short_half
	note_held all
	check "they leave no resources" as_many resources
	check "no contexts" as_many contexts
	check "no dma-bufs" as_many buffers
	check "no memory of the guest" flat shared
	check "none of the server, which is the same" server_is_flat
	check "none of the host" flat host
	check "the server is the one that it was" is "$(server)" "$pid"
	check "and a client's frames are right" frames last -n 4 -s 801x601
}
