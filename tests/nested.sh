#!/bin/bash
# A machine in a machine: which of the two died is said, with its console.
. tests/machine.bash nested

run n$$-inner --lane runner/lanes/nested.lane -- 'test -c /dev/dri/card0 && echo c >/proc/sysrq-trigger'
expect "tells a panic of the inner guest" n$$-inner 255 "the inner guest's kernel panicked"
expect "shows the inner console" n$$-inner 255 "end of /prime/out/run/n$$-inner/console.log"
run n$$-status --lane runner/lanes/nested.lane -- "echo a 'b  c'; exit 3"
expect "passes on the status" n$$-status 3 "a b  c"

prepared_by n$$-panic 'echo c >/proc/sysrq-trigger'
run n$$-panic --lane "out/run/n$$-panic.lane" -- true
expect "tells a panic of the outer guest" n$$-panic 255 "the outer guest's kernel panicked"
expect "shows the outer console" n$$-panic 255 "end of /prime/out/run/n$$-panic/outer/console.log"
prepared_by n$$-lost 'echo o >/proc/sysrq-trigger; sleep 600'
run n$$-lost --lane "out/run/n$$-lost.lane" -- true
expect "tells the loss of the outer guest" n$$-lost 128 "the outer guest was lost during the inner boot"
# The lane's own command comes in the second try; a third is for what it allows for.
prepared_by n$$-again "mkdir /prime/out/run/n$$-here 2>/dev/null \&\& exit 128; $(sed -n 's/^prepare=//p' runner/lanes/nested.lane | sed 's/&/\\&/g')" 3
run n$$-again --lane "out/run/n$$-again.lane" -- 'exit 4'
expect "starts over where no inner guest came up" n$$-again 4 "no inner guest: try 2 of 3"
prepared_by n$$-none 'modprobe no_such_module'
run n$$-none --lane "out/run/n$$-none.lane" -- true
expect "tells a host that is none" n$$-none 128 "the outer guest cannot be the host"
expect "and why" n$$-none 128 "no_such_module not found"
rm -rf "$out"/n$$-*
