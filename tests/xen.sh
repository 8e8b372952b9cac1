#!/bin/bash
# A domain of Xen: which of the three died is said, with its console; hostmem= keeps none from coming up.
. tests/machine.bash xen

# One try: a second would only take longer.
prepared_by x$$-dom0 'echo c >/proc/sysrq-trigger' 1
sed 's:dom0_mem=[^ ]*:dom0_mem=16M,max\:16M:' runner/lanes/xen-dom0.lane >"$out/x$$-small.lane"
prepared_by x$$-xen true 1
sed -i "s:^lane=.*:lane=out/run/x$$-small.lane:" "$out/x$$-xen.lane"
sed 's:^off=$:off=,hostmem=256M:' runner/lanes/xen.lane >"$out/x$$-window.lane"

run x$$-inner --lane runner/lanes/xen.lane -- 'test -c /dev/dri/card0 && echo c >/proc/sysrq-trigger'
expect "tells a panic of the domain" x$$-inner 255 "the inner guest's kernel panicked"
expect "shows its console" x$$-inner 255 "end of /prime/out/run/x$$-inner/console.log"
run x$$-dom0 --lane "out/run/x$$-dom0.lane" -- true
expect "tells a panic of the first domain" x$$-dom0 255 "the outer guest's kernel panicked"
run x$$-xen --lane "out/run/x$$-xen.lane" -- true
expect "tells a panic of the hypervisor" x$$-xen 255 "the outer guest's hypervisor panicked"
expect "shows the outer console" x$$-xen 255 "end of /prime/out/run/x$$-xen/outer/console.log"
run x$$-window --lane "out/run/x$$-window.lane" -- 'dmesg | grep -o "Host memory window: .*"'
expect "a domain has the window of hostmem=" x$$-window 0 "Host memory window: 0xe0000000 +0x10000000"
rm -rf "$out"/x$$-*
