#!/bin/bash
# The runner's promises, in real machines: exit codes, messages, nothing left
# behind.
. tests/machine.bash runner

machines() { pgrep -cf "qemu.*prime.dir=/prime/out/run/$1 "; }
wait_for_machine() { for _ in $(seq 3000); do [ "$(machines "$1")" = 0 ] || return 0; sleep 0.1; done; return 1; }
# It has gigabytes to give back.
wait_for_no_machine() { for _ in $(seq 3000); do [ "$(machines "$1")" != 0 ] || return 0; sleep 0.1; done; return 1; }

# Several side by side, each with an end of its own.
run t$$-status -- 'echo out; echo err >&2; exit 3' &
run t$$-panic -- 'echo c >/proc/sysrq-trigger' &
run t$$-hang --timeout 2 -- 'sleep 1000' &
# shellcheck disable=SC2016 # the guest's
run t$$-late -- 'for i in $(seq 300); do echo "<4>WARNING: drivers/gpu/drm/drm_vblank.c:1 at drm_crtc_wait_one_vblank+0x1/0x2" >/dev/kmsg; done' &
run t$$-error -- 'echo "<3>[drm:virtio_gpu_x [virtio_gpu]] *ERROR* response 0x1203" >/dev/kmsg' &
wait
expect "passes on the status and the output" t$$-status 3 out
expect "tells a panic, with the console" t$$-panic 255 "Kernel panic"
expect "does not excuse more late vblanks than the host was busy for" t$$-late 1 drm_crtc_wait_one_vblank
expect "finds an error of the driver's" t$$-error 1 "response 0x1203"
expect "ends a job that does not" t$$-hang 124 "no end of the guest's job after 2 s"

# What a guest does to its port to the host is its own loss.
# shellcheck disable=SC2016 # the guest's
{
	run t$$-deaf -- 'yes x >"/dev/$(readlink /run/prime.host)"' &
	run t$$-endless -- 'yes x | tr -d "\n" >"/dev/$(readlink /run/prime.host)"' &
	wait
}
expect "ends a guest that does not read its answers" t$$-deaf 128 "does not read its answers"
expect "ends a guest whose line has no end" t$$-endless 128 "says a line without an end on the host port"

sed 's/-machine q35/-machine nonsense/' runner/lanes/direct.lane >"$out/bad.lane"
run t$$-bad --lane out/run/bad.lane -- true
expect "says that QEMU did not start, and why" t$$-bad 128 "QEMU did not start"
expect "shows what QEMU said" t$$-bad 128 "unsupported machine type"
sed 's/^stock=.*/stock=no-such-qemu/' runner/lanes/direct.lane >"$out/none.lane"
run t$$-none --lane out/run/none.lane -- true
expect "names a QEMU that is not there" t$$-none 128 "no-such-qemu"
run t$$-lane --lane runner/lanes/none.lane -- true
expect "names a lane that is not there" t$$-lane 128 "runner/lanes/none.lane"

# A limit is one of the time that the machine could run in: beside busy loops, all on one
# processor, a boot takes longer than twice the processor that it needs, and comes to its end.
run t$$-alone -- true
seconds=$(awk -v run="t$$-alone:" '$3 == run { print int(2 * $2) + 5 }' "$OUT/check/boots.log")
sed "s/^boot=.*/boot=$seconds/; s/^tcg-factor=.*/tcg-factor=1/" runner/lanes/direct.lane >"$out/busy.lane"
processor=$(taskset -cp $$ | grep -oE '[0-9]+$') loops=() start=$SECONDS
for _ in 1 2 3 4; do
	taskset -c "$processor" sh -c 'while :; do :; done # of tests/runner.sh' &
	loops+=($!)
done
RUNNER="taskset -c $processor $RUNNER" run t$$-busy --lane out/run/busy.lane -- 'echo through'
took=$((SECONDS - start))
kill "${loops[@]}"
wait "${loops[@]}" 2>/dev/null
expect "does not count what others had the processor for" t$$-busy 0 through
echo $((took > seconds)) >"$log/t$$-busy"
expect "and that was longer than the limit" t$$-busy 0 1

# Firmware that says TEXT on the first serial line, as a kernel does, and then spins where it is, waits for
# nothing, as others do for a disk, or says it again and again.
rom() { # NAME TEXT SECONDS spins|waits|talks [JOB [OPTION...]]
	local end
	case $4 in
	spins) end='\021\000\056\254\204\300\164\003\356\353\367\353\376' ;;
	waits) end='\023\000\056\254\204\300\164\003\356\353\367\372\364\353\375' ;;
	talks) end='\030\000\056\254\204\300\164\003\356\353\367\271\377\377\344\200\342\374\353\353' ;;
	esac
	printf "\\272\\370\\003\\276$end%s\\n" "$2" >"$out/$1.rom"
	truncate -s 65520 "$out/$1.rom"
	printf '\351\015\000%013d' 0 >>"$out/$1.rom"
	sed "s/^boot=.*/boot=$3/; s/^tcg-factor=.*/tcg-factor=1/; s|-no-reboot|& -bios out/run/$1.rom|" runner/lanes/direct.lane >"$out/$1.lane"
	run "$1" --lane "out/run/$1.lane" "${@:6}" -- "${5:-true}"
}
rom t$$-silent "prime.driver=/prime/out/module/plain/virtio-gpu.ko" 10 spins &
rom t$$-silent-ours "virtio_gpu: loading out-of-tree module taints kernel." 10 spins &
rom t$$-waits "something" 3 waits &
rom t$$-talks "something" 3 talks &
wait
expect "ends a boot that waits, by time" t$$-waits 124 "no end of the guest's boot, and not a word for 3 s"
expect "has patience with one that goes on, and has an end" t$$-talks 124 "no end of the guest's boot after 30 s"
expect "ends a boot that hangs, by what it takes" t$$-silent 124 "said nothing in its boot for 5 s of processors"
expect "and once more, as it may be the emulation" t$$-silent 124 "no boot: try 2 of 2"
expect "ends one with our driver in it" t$$-silent-ours 124 "said nothing in its boot for 5 s of processors"
grep -c 'said nothing' "$log/t$$-silent-ours" >"$log/t$$-once"
echo 0 >"$log/t$$-once.status"
expect "and that one for good" t$$-once 0 1

# Where the lane has tries of its own, for an inner guest, that one comes on top.
sed "s:^lane=.*:lane=out/run/t$$-silent.lane:; s:^tries=.*:tries=2:" runner/lanes/nested.lane >"$out/t$$-outer.lane"
run t$$-outer --lane "out/run/t$$-outer.lane" -- true
expect "and costs the lane no try" t$$-outer 124 "no boot: try 3 of 3"

# QEMU may break, too. Debian's gets one more try if nothing in the guest is ours, and nobody has read what it said,
# and if that one's boot hung before. Ordinary boots are on one processor here, which does not hang.
# shellcheck disable=SC2016 # the guest's
once='[ -e "$PRIME_DIR/again" ] || { touch "$PRIME_DIR/again"; sleep 1000; }'
sed 's/-smp 2/-smp 1/' runner/lanes/direct.lane >"$out/t$$-one.lane"
run t$$-broken --lane "out/run/t$$-one.lane" -- "$once" &
rom t$$-broken-q "something" 10 spins "$once" -q &
run t$$-broken-ours --lane "out/run/t$$-one.lane" -q -- "echo 'virtio_gpu: loading out-of-tree module taints kernel.' >/dev/kmsg; $once" &
wait_for_machine t$$-broken-q
cp "$out/t$$-one.lane" "$out/t$$-broken-q.lane"
for name in t$$-broken t$$-broken-q t$$-broken-ours; do
	for _ in $(seq 3000); do [ ! -e "$out/$name/again" ] || break; sleep 0.1; done
	pkill -SEGV -f "qemu.*prime.dir=/prime/out/run/$name "
done
wait
expect "says that QEMU broke, and of what" t$$-broken 128 "was ended by signal 11"
expect "says at the end what was lost" t$$-broken 128 "the guest was lost during the job"
expect "tries once more where neither is ours, after a boot that hung, too" t$$-broken-q 0 "no QEMU: try 3 of 3"
expect "but not where our driver is installed" t$$-broken-ours 128 "the guest was lost during the job"

# Signals, and a death without any: the machine goes too.
for signal in TERM INT KILL; do
	run t$$-kill -- 'sleep 1000' &
	wait_for_machine t$$-kill
	[ "$signal" != KILL ] || run t$$-twice --dir /prime/out/run/t$$-kill -- true
	pkill -"$signal" -f "^out/bin/runner .*/t$$-kill "
	wait
	wait_for_no_machine t$$-kill
	echo "left: $(machines t$$-kill)." >"$log/left"
	cp "$log/t$$-kill.status" "$log/left.status"
	case $signal in KILL) status=137 ;; *) status=130 ;; esac
	expect "takes the machine along on SIG$signal" left $status "left: 0."
done
expect "refuses a directory in use" t$$-twice 128 "in use by another run"
rm -rf "$out"/{hang,bad,none,busy}.lane "$out"/t$$-*
