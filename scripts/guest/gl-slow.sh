# shellcheck shell=bash
# gl-slow.sh: to be sourced by gl-run, with frames() and buffers_back(): what a GPU that takes its time costs whom.
# KMS_SWRAST_SLOW is milliseconds that the stand-in's blit of a frame takes, behind a fence (mesa-patches, the last one).
: "${results:?}"
frame_ms=250 # long beside what a frame costs, also in a guest that gets little of a processor
small_frames=16
small=(-n "$small_frames" -r 2 -i 0 -s 65x33)

was_slow() { has_not 'KMS_SWRAST_SLOW: no fence' "$results/$1.log"; } # LOG
slow_frames() { # MS LOG and arguments of frames
	KMS_SWRAST_SLOW=$1 frames "${@:2}" && has '^renderer llvmpipe' "$results/$2.log" && was_slow "$2"
}
# What frames took, at best: the host's processors are not ours alone.
note_seconds() { # LOG [NAME SECONDS, which others had the guest's processors meanwhile]
	awk -v name="${2:-$1}" -v lost="${3:-0}" '/^window 0: .* frames in [0-9.]+ s,/ { sub(/.* frames in /, ""); print name, $1 - lost }' "$results/$1.log" >>"$results/seconds"
}
# LOG LOG ...: as the slowest of the others. On a quiet machine nine tenths of it are wanted, and a sum
# would be half: a busy one gets the middle.
as_fast() {
	awk -v logs="$*" '!($1 in best) || $2 < best[$1] { best[$1] = $2 }
		END { n = split(logs, log_of, " "); for (i = 1; i <= n; i++) { printf "%s %s s, ", log_of[i], best[log_of[i]]
				if (i > 1 && best[log_of[i]] > most) most = best[log_of[i]] }
			print ""; exit !(best[log_of[1]] && 0.75 * best[log_of[1]] <= most) }' "$results/seconds"
}
# Who waits for the GPU in each swap takes nearly the sum, half the frames/s of the slower one. And that was no
# GPU that took no time. "less" is without what others had of the guest's processors, which is more than frames
# lose by that, as two can wait at once; so what was taken from the clock has to be less than the sum as well.
overlap_frames=40
overlap_ms=250
overlap() {
	awk -v slow=$((overlap_frames * overlap_ms)) '!($1 in best) || $2 < best[$1] { best[$1] = $2 }
		END { slower = best["processor"] > best["gpu"] ? best["processor"] : best["gpu"]
			printf "processor %s s, GPU %s s, both %s s, %s s without what others took: %.2f of the frames/s of the slower one\n",
				best["processor"], best["gpu"], best["both"], best["less"], best["both"] ? slower / best["both"] : 0
			exit !(best["both"] && slower >= 0.9 * best["less"] && best["both"] <= 0.8 * (best["processor"] + best["gpu"]) &&
				best["gpu"] >= 0.9 * slow / 1000) }' "$results/seconds"
}
twice_or_thrice() { if "$@"; then "$@" || { again && "$@"; }; else again && "$@"; fi; }
processor_and_gpu_overlap() {
	local both before asleep=("${small[@]}" -n "$overlap_frames" -u "$overlap_ms")
	frames processor "${asleep[@]}" && slow_frames $overlap_ms gpu "${asleep[@]}" -u 0 || return 1
	rm -f "$results/both.log"
	slow_frames $overlap_ms both "${asleep[@]}" &
	both=$!
	within 600 has '^window 0: the first frame' "$results/both.log"
	before=$(starved)
	wait $both || return 1
	note_seconds both less $(($(starved) - before))
	note_seconds both && note_seconds processor && note_seconds gpu
	overlap
}
beside() { # LOG, and of another client: milliseconds of the GPU for a frame, and of the processor
	local other status=0
	KMS_SWRAST_SLOW=$2 frames "other-$1" -n 100000 -i 0 -u "$3" -s 301x217 &
	other=$!
	within 600 has '^window 0: the first frame' "$results/other-$1.log" &&
		frames "$1" "${small[@]}" -u $frame_ms && note_seconds "$1" || status=1
	pkill -KILL -f 'gl-frames .*-n 100000'
	wait $other || true
	was_slow "other-$1" || status=1
	return $status
}
slow_gpu_slows_nobody() { # more than a client that is as slow by itself
	beside slow-processor 0 200 && beside slow-gpu 200 0 && as_fast slow-gpu slow-processor
}
stuck_gpu_slows_nobody() {
	frames alone "${small[@]}" -u $frame_ms && note_seconds alone && beside stuck-gpu 3600000 0 && as_fast stuck-gpu alone
}

slow_frames_are_right() {
	check "frames of a slow GPU are right" slow_frames 100 slow -n 8 -i 0 -s 301x217 -c
	check "and parts of them, and other sizes" slow_frames 40 slow-sizes -n 8 -r 13 -i 0 -d -s 301x217 -c
}
slow_gpus_cost_little() {
	local before
	before=$(buffers)
	: >"$results/seconds"
	check "processor and GPU work at the same time" twice_or_thrice processor_and_gpu_overlap
	check "a GPU that takes 200 ms slows no other client" twice_or_thrice slow_gpu_slows_nobody
	check "one that takes 10 s (vgem ends its fence then) neither, and its client can be killed" twice_or_thrice stuck_gpu_slows_nobody
	check "and leaves no buffers" within 300 buffers_back "$before"
}
