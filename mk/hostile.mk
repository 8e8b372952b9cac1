# Random commands for a QEMU that watches its own memory: some on a host that is a guest and
# has /dev/udmabuf and EGL, ten times as many on this one, which is faster by more than that.
# The attacker is no guest, but a client of QEMU's qtest. Each run has a seed of its own,
# which it prints; SEED= repeats one.

COMMANDS ?= 2000
SEED ?=

hostile_inputs = $(call guest_inputs,DRIVER=stock LANE=nested-host) $(OUT)/mesa $(OUT)/qemu-asan \
	scripts/{hostile-run,qtest-env.sh} tests/lsan.supp mk/hostile.mk "=$(COMMANDS) $(SEED)"
hostile_run = scripts/hostile-run out/qemu-asan/tests/qtest/virtio-gpu-hostile-test /prime/out/qemu-asan/qemu-system-x86_64

check-hostile: override LANE := nested-host
check-hostile: override QEMU := stock
check-hostile: override BLOB := off
check-hostile: TIMEOUT := 1800
check-hostile: $(call machine,plain) $(mesa)
	$(Q)$(MAKE) qemu SANITIZE=1
	$(Q)mkdir -p $(OUT)/check; $(call kept,check: random commands for virtio-gpu,hostile,$(hostile_inputs),\
		$(MAKE) hostile-guest COMMANDS=$(COMMANDS) SEED=$(SEED) LANE=nested-host QEMU=stock BLOB=off TIMEOUT=$(TIMEOUT))
hostile-guest:
	$(Q)mkdir -p $(OUT)/run/hostile; rm -f $(OUT)/run/hostile/*.log
	$(Q)$(enter) $(hostile_run) $(COMMANDS)0 $(or $(SEED),any) host 2d gl-sdl >$(OUT)/run/hostile/host.log || \
		echo "FAILED the tests on the host" >>$(OUT)/run/hostile/host.log
	$(Q)$(enter) $(call runner,plain,$$(cat $(accel)),hostile,stock,none) -- \
		$(hostile_run) $(COMMANDS) $(or $(SEED),any) guest 2d 2d-egl gl || \
		echo "FAILED the machine" >>$(OUT)/run/hostile/output.log
	$(Q)cat $(OUT)/run/hostile/{host,output}.log >$(OUT)/run/hostile/all.log; \
	scripts/tally $(OUT)/run/hostile/all.log $(call counts,hostile)
.PHONY: check-hostile hostile-guest
