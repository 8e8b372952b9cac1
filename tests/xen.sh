#!/bin/bash
# A domain of Xen: which of the three died is said, with its console.
. tests/machine.bash xen

# A second try would hide what they are for.
sed 's:^tries=.*:tries=1:; s:^prepare=.*:prepare=echo c >/proc/sysrq-trigger:' vm/lanes/xen.lane >"$out/x$$-dom0.lane"
sed 's:dom0_mem=[^ ]*:dom0_mem=16M,max\:16M:' vm/lanes/xen-dom0.lane >"$out/x$$-small.lane"
sed "s:^tries=.*:tries=1:; s:^lane=.*:lane=out/run/x$$-small.lane:" vm/lanes/xen.lane >"$out/x$$-xen.lane"

run x$$-inner --lane vm/lanes/xen.lane -- 'test -c /dev/dri/card0 && echo c >/proc/sysrq-trigger'
expect "tells a panic of the domain" x$$-inner 255 "the inner guest's kernel panicked"
expect "shows its console" x$$-inner 255 "end of /prime/out/run/x$$-inner/console.log"
run x$$-dom0 --lane "out/run/x$$-dom0.lane" -- true
expect "tells a panic of the first domain" x$$-dom0 255 "the outer guest's kernel panicked"
run x$$-xen --lane "out/run/x$$-xen.lane" -- true
expect "tells a panic of the hypervisor" x$$-xen 255 "the outer guest's hypervisor panicked"
expect "shows the outer console" x$$-xen 255 "end of /prime/out/run/x$$-xen/outer/console.log"
rm -rf "$out"/x$$-*
